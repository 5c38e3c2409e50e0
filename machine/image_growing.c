/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/image_growing.c - Bochs' growing images: a redolog without a file below it. A header of
 * 512 bytes; a catalog that says for each extent of the disk which one of the file it is; extents,
 * each behind a bitmap of the sectors that were ever written. Numbers are little-endian.
 * Source: Bochs Developers Guide, "Harddisk Images based on redologs".
 */
#include <stdlib.h>
#include <string.h>

#include "machine/image_format.h"
#include "util/bits.h"

#define MAGIC "Bochs Virtual HD Image"
#define HEADER 512
#define ABSENT UINT32_MAX
#define CATALOG_MOST MIB(1)
#define EXTENT_MOST GIB(1)

/* Where the fields are. */
enum { AT_TYPE = 32, AT_SUBTYPE = 48, AT_VERSION = 64, AT_HEADER = 68, AT_CATALOG = 72 };
enum { AT_BITMAP = 76, AT_EXTENT = 80, AT_DISK_V1 = 84, AT_DISK = 88 };
#define VERSION_1 0x10000u
#define VERSION_2 0x20000u

struct growing {
    struct image image; /* first */
    uint32_t *catalog;
    uint32_t entries;      /* of the catalog */
    uint32_t extent;       /* bytes of the disk in one */
    uint32_t bitmap_bytes; /* of its bitmap in the file, whole sectors ... */
    uint32_t bitmap_used;  /* ... and what of it has a sector for each bit */
    uint64_t first;        /* where extents begin */
    uint32_t next;         /* number of the next new one */
    uint32_t cached;       /* catalog index whose bitmap is held; ABSENT: none */
    uint8_t *bitmap;
};

static bool growing_probe(const uint8_t *head, size_t length)
{
    return length >= sizeof MAGIC && !memcmp(head, MAGIC, sizeof MAGIC);
}

static uint64_t extent_at(const struct growing *g, uint32_t number)
{
    return g->first + (uint64_t)number * ((uint64_t)g->bitmap_bytes + g->extent);
}

/* The bitmap of an extent that is in the file. */
static bool load_bitmap(struct growing *g, uint32_t index)
{
    if (g->cached == index)
        return true;
    g->cached = ABSENT;
    if (!image_file_read(&g->image.file, extent_at(g, g->catalog[index]), g->bitmap,
                         g->bitmap_used))
        return false;
    g->cached = index;
    return true;
}

static bool is_present(const struct growing *g, uint32_t sector)
{
    return g->bitmap[sector / 8] >> sector % 8 & 1;
}

/* Sectors from here on, at most `most`, which are as present as the first one. */
static unsigned run_of(const struct growing *g, uint32_t sector, unsigned most, bool *present)
{
    unsigned n = 1;

    *present = is_present(g, sector);
    while (n < most && is_present(g, sector + n) == *present)
        n++;
    return n;
}

static enum block_result growing_read(struct block *block, uint64_t sector, unsigned count,
                                      void *data)
{
    struct growing *g = (struct growing *)block;
    uint32_t in_extent = g->extent / BLOCK_SECTOR;
    uint8_t *to = data;

    while (count) {
        uint32_t index = (uint32_t)(sector / in_extent), in = (uint32_t)(sector % in_extent);
        unsigned n = count < in_extent - in ? count : in_extent - in;
        bool present = false;

        if (g->catalog[index] != ABSENT) {
            if (!load_bitmap(g, index))
                return BLOCK_IO;
            n = run_of(g, in, n, &present);
        }
        if (!present)
            memset(to, 0, (size_t)n * BLOCK_SECTOR);
        else if (!image_file_read(&g->image.file,
                                  extent_at(g, g->catalog[index]) + g->bitmap_bytes +
                                      (uint64_t)in * BLOCK_SECTOR,
                                  to, (size_t)n * BLOCK_SECTOR))
            return BLOCK_IO;
        to += (size_t)n * BLOCK_SECTOR;
        sector += n;
        count -= n;
    }
    return BLOCK_OK;
}

/*
 * Sectors of one extent. What refers comes after what is referred to: data, bitmap, catalog. An
 * extent that the catalog does not name yet is taken again by the next run.
 */
static bool write_extent(struct growing *g, uint32_t index, uint32_t in, unsigned n,
                         const uint8_t *data)
{
    struct image_file *file = &g->image.file;
    bool new = g->catalog[index] == ABSENT, changed = new;
    uint32_t number = new ? g->next : g->catalog[index];
    uint64_t at = extent_at(g, number);
    uint8_t entry[4];

    if (new) {
        if (g->next >= g->entries) {
            image_file_tell(file, "has %u extents, more than its catalog, expected a sound image",
                            g->next);
            return false;
        }
        if (file->size < at + g->bitmap_bytes + g->extent &&
            !image_file_resize(file, at + g->bitmap_bytes + g->extent))
            return false;
        g->cached = ABSENT;
        memset(g->bitmap, 0, g->bitmap_used);
    } else if (!load_bitmap(g, index)) {
        return false;
    }
    if (!image_file_write(file, at + g->bitmap_bytes + (uint64_t)in * BLOCK_SECTOR, data,
                          (size_t)n * BLOCK_SECTOR))
        return false;
    for (uint32_t i = in; i < in + n; i++) {
        changed |= !is_present(g, i);
        g->bitmap[i / 8] |= (uint8_t)(1u << i % 8);
    }
    if (changed) {
        uint32_t from = new ? 0 : in / 8, to = new ? g->bitmap_used : (in + n - 1) / 8 + 1;

        if (!image_file_write(file, at + from, g->bitmap + from, to - from)) {
            g->cached = ABSENT;
            return false;
        }
    }
    if (new) {
        store_le32(entry, number);
        if (!image_file_write(file, HEADER + (uint64_t)index * 4, entry, 4))
            return false;
        g->catalog[index] = number;
        g->cached = index;
        g->next++;
    }
    return true;
}

static enum block_result growing_write(struct block *block, uint64_t sector, unsigned count,
                                       const void *data)
{
    struct growing *g = (struct growing *)block;
    uint32_t in_extent = g->extent / BLOCK_SECTOR;
    const uint8_t *from = data;

    while (count) {
        uint32_t in = (uint32_t)(sector % in_extent);
        unsigned n = count < in_extent - in ? count : in_extent - in;

        if (!write_extent(g, (uint32_t)(sector / in_extent), in, n, from))
            return BLOCK_IO;
        from += (size_t)n * BLOCK_SECTOR;
        sector += n;
        count -= n;
    }
    return BLOCK_OK;
}

static void growing_close(struct block *block)
{
    struct growing *g = (struct growing *)block;

    image_close(&g->image);
    free(g->catalog);
    free(g->bitmap);
    free(g);
}

static uint64_t growing_zeros(struct block *block, uint64_t sector, uint64_t most)
{
    struct growing *g = (struct growing *)block;
    uint32_t in_extent = g->extent / BLOCK_SECTOR;
    uint64_t zeros = 0;

    while (zeros < most) {
        uint32_t index = (uint32_t)(sector / in_extent), in = (uint32_t)(sector % in_extent);
        unsigned n = most - zeros < in_extent - in ? (unsigned)(most - zeros) : in_extent - in;
        bool present;

        if (g->catalog[index] != ABSENT) {
            if (!load_bitmap(g, index))
                break;
            n = run_of(g, in, n, &present);
            if (present)
                break;
        }
        zeros += n;
        sector += n;
    }
    return zeros;
}

static void growing_describe(struct block *block, struct out *out)
{
    const struct growing *g = (const struct growing *)block;

    out_printf(out, "extents: %u of %u bytes\n", g->next, g->extent);
}

static enum block_result growing_check(struct block *block, struct image_check *result,
                                       struct out *out)
{
    struct growing *g = (struct growing *)block;
    uint8_t *used = xcalloc(1, g->next / 8 + 1);
    uint32_t count = 0;

    for (uint32_t i = 0; i < g->entries; i++) {
        uint32_t number = g->catalog[i];

        if (number == ABSENT)
            continue;
        count++;
        if (used[number / 8] >> number % 8 & 1)
            image_complain(out, &result->errors, "extent %u is used twice, by catalog entry %u too",
                           number, i);
        used[number / 8] |= (uint8_t)(1u << number % 8);
    }
    free(used);
    result->leaks = g->next > count ? g->next - count : 0;
    if (g->image.file.size > extent_at(g, g->next))
        result->leaks++;
    return BLOCK_OK;
}

static const struct image_class growing_class = {
    .block = { "growing", growing_read, growing_write, image_flush, growing_close },
    .zeros = growing_zeros,
    .describe = growing_describe,
    .check = growing_check,
};

/* The fields of the header. */
static bool read_header(struct growing *g, struct image_opening *o, uint64_t *disk)
{
    uint8_t head[HEADER + 1] = { 0 };
    uint32_t version, bitmap;

    if (!image_load(o, "the header", 0, head, HEADER))
        return false;
    version = load_le32(head + AT_VERSION);
    bitmap = load_le32(head + AT_BITMAP);
    if (!growing_probe(head, HEADER))
        return image_refuse(o, "has no header of Bochs, expected \"" MAGIC "\"");
    if (strncmp((const char *)head + AT_TYPE, "Redolog", 16))
        return image_refuse(o, "is a '%.16s' image of Bochs, expected Redolog", head + AT_TYPE);
    if (strncmp((const char *)head + AT_SUBTYPE, "Growing", 16))
        return image_refuse(o,
                            "is a '%.16s' redolog, of no use without its base file, expected "
                            "Growing",
                            head + AT_SUBTYPE);
    if (version != VERSION_1 && version != VERSION_2)
        return image_refuse(o, "has version 0x%x, expected 0x10000 or 0x20000", version);
    if (load_le32(head + AT_HEADER) != HEADER)
        return image_refuse(o, "has a header of %u bytes, expected 512",
                            load_le32(head + AT_HEADER));
    g->entries = load_le32(head + AT_CATALOG);
    g->extent = load_le32(head + AT_EXTENT);
    *disk = load_le64(head + (version == VERSION_1 ? AT_DISK_V1 : AT_DISK));
    if (!g->entries || g->entries > CATALOG_MOST)
        return image_refuse(o, "has a catalog of %u entries, expected 1 to %llu", g->entries,
                            (unsigned long long)CATALOG_MOST);
    if (!g->extent || g->extent % BLOCK_SECTOR || g->extent > EXTENT_MOST)
        return image_refuse(o, "has extents of %u bytes, expected whole sectors and at most 1 GiB",
                            g->extent);
    if (!bitmap || bitmap > EXTENT_MOST / 8 || (uint64_t)bitmap * 8 < g->extent / BLOCK_SECTOR)
        return image_refuse(o, "has bitmaps of %u bytes for %u sectors, expected a bit for each",
                            bitmap, g->extent / BLOCK_SECTOR);
    if (*disk < BLOCK_SECTOR || *disk > (uint64_t)g->entries * g->extent)
        return image_refuse(o,
                            "is a disk of %llu bytes, expected 512 to %llu, for which the "
                            "catalog is large enough",
                            (unsigned long long)*disk,
                            (unsigned long long)((uint64_t)g->entries * g->extent));
    g->bitmap_used = (g->extent / BLOCK_SECTOR + 7) / 8;
    g->bitmap_bytes = (bitmap + BLOCK_SECTOR - 1) / BLOCK_SECTOR * BLOCK_SECTOR;
    return true;
}

static bool read_catalog(struct growing *g, struct image_opening *o)
{
    g->catalog = xcalloc(g->entries, sizeof *g->catalog);
    if (!image_load(o, "the catalog", HEADER, g->catalog, (size_t)g->entries * 4))
        return false;
    g->first = HEADER + (uint64_t)g->entries * 4;
    for (uint32_t i = 0; i < g->entries; i++) {
        uint32_t number = load_le32(&g->catalog[i]);

        g->catalog[i] = number;
        if (number == ABSENT)
            continue;
        if (number >= g->entries || extent_at(g, number + 1) > o->file.size)
            return image_refuse(o,
                                "catalog entry %u names extent %u, but the file ends at byte "
                                "%llu; expected all of it",
                                i, number, (unsigned long long)o->file.size);
        if (number >= g->next)
            g->next = number + 1;
    }
    return true;
}

static struct block *growing_open(struct image_opening *o)
{
    struct growing *g = xcalloc(1, sizeof *g);
    uint64_t disk;

    if (!read_header(g, o, &disk) || !read_catalog(g, o)) {
        free(g->catalog);
        free(g);
        return NULL;
    }
    g->bitmap = xcalloc(1, g->bitmap_used);
    g->cached = ABSENT;
    image_ready(&g->image, o, &growing_class, disk);
    return &g->image.block;
}

/* Extents of 8 MiB at most, which others can read, and a catalog that is a sector or more. */
static bool growing_create(struct image_file *file, const struct image_create_options *options,
                           struct buf *error)
{
    uint8_t head[HEADER] = MAGIC;
    uint64_t bytes = options->bytes;
    uint32_t entries = 128, extent = KIB(64);
    uint8_t *catalog;
    bool ok;

    if (bytes % BLOCK_SECTOR)
        bytes += BLOCK_SECTOR - bytes % BLOCK_SECTOR;
    while ((uint64_t)entries * extent < bytes && entries < CATALOG_MOST) {
        if (extent < MIB(8) && extent / KIB(64) <= entries / 128)
            extent *= 2;
        else
            entries *= 2;
    }
    if ((uint64_t)entries * extent < bytes) {
        buf_printf(error, "%s: %llu bytes, expected at most 8 TiB for growing", file->path,
                   (unsigned long long)bytes);
        return false;
    }
    memcpy(head + AT_TYPE, "Redolog", 7);
    memcpy(head + AT_SUBTYPE, "Growing", 7);
    store_le32(head + AT_VERSION, VERSION_2);
    store_le32(head + AT_HEADER, HEADER);
    store_le32(head + AT_CATALOG, entries);
    store_le32(head + AT_BITMAP, extent / BLOCK_SECTOR / 8);
    store_le32(head + AT_EXTENT, extent);
    store_le64(head + AT_DISK, bytes);
    catalog = xcalloc(entries, 4);
    memset(catalog, 0xff, (size_t)entries * 4);
    ok = image_file_write(file, HEADER, catalog, (size_t)entries * 4) &&
         image_file_write(file, 0, head, HEADER);
    free(catalog);
    return ok;
}

const struct image_format image_growing = { .name = "growing",
                                            .alias = "bochs",
                                            .probe = growing_probe,
                                            .open = growing_open,
                                            .create = growing_create };
