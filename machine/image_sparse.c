/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/image_sparse.c - Bochs' sparse images: a header of 256 bytes, a table that says for each
 * page of the disk which one of the file it is, pages. An image whose name ends in a digit lies on
 * the one with the next lower digit, if there is such a file. Numbers are little-endian.
 * Source: Bochs User Manual, "Disk Image Modes".
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "machine/image_format.h"
#include "util/bits.h"

#define MAGIC 0x02468aceu
#define HEADER 256
#define ABSENT UINT32_MAX
#define PAGES_MOST MIB(16)
#define PAGE_MOST GIB(1)

enum { AT_MAGIC = 0, AT_VERSION = 4, AT_PAGE = 8, AT_PAGES = 12, AT_DISK = 16 };

struct sparse {
    struct image image; /* first */
    uint32_t *table;
    uint32_t pages, page; /* entries of the table; bytes of a page */
    uint64_t first;       /* where pages begin */
};

static bool sparse_probe(const uint8_t *head, size_t length)
{
    return length >= 8 && load_le32(head + AT_MAGIC) == MAGIC &&
           (load_le32(head + AT_VERSION) == 1 || load_le32(head + AT_VERSION) == 2);
}

static uint64_t page_at(const struct sparse *s, uint32_t number)
{
    return s->first + (uint64_t)number * s->page;
}

static enum block_result sparse_read(struct block *block, uint64_t sector, unsigned count,
                                     void *data)
{
    struct sparse *s = (struct sparse *)block;
    uint64_t offset = sector * BLOCK_SECTOR;
    size_t bytes = (size_t)count * BLOCK_SECTOR;
    uint8_t *to = data;

    while (bytes) {
        uint32_t index = (uint32_t)(offset / s->page), in = (uint32_t)(offset % s->page);
        size_t n = bytes < s->page - in ? bytes : s->page - in;

        if (s->table[index] == ABSENT
                ? !image_read_backing(&s->image, offset, to, n)
                : !image_file_read(&s->image.file, page_at(s, s->table[index]) + in, to, n))
            return BLOCK_IO;
        to += n;
        offset += n;
        bytes -= n;
    }
    return BLOCK_OK;
}

/*
 * A new page at the end of the file, which grows by whole ones only; its contents, and then the
 * entry that refers to it.
 */
static bool write_new(struct sparse *s, uint32_t index, uint32_t in, const uint8_t *data, size_t n)
{
    struct image_file *file = &s->image.file;
    uint64_t number = (file->size - s->first) / s->page;
    uint8_t entry[4], *page;
    bool ok;

    if (number >= ABSENT) {
        image_file_tell(file, "has as many pages as the format knows");
        return false;
    }
    if (!image_file_resize(file, page_at(s, (uint32_t)number) + s->page))
        return false;
    if (s->image.backing && n != s->page) {
        page = xcalloc(1, s->page);
        ok = image_read_backing(&s->image, (uint64_t)index * s->page, page, s->page);
        memcpy(page + in, data, n);
        ok = ok && image_file_write(file, page_at(s, (uint32_t)number), page, s->page);
        free(page);
    } else {
        ok = image_file_write(file, page_at(s, (uint32_t)number) + in, data, n);
    }
    store_le32(entry, (uint32_t)number);
    if (!ok || !image_file_write(file, HEADER + (uint64_t)index * 4, entry, 4))
        return false;
    s->table[index] = (uint32_t)number;
    return true;
}

static enum block_result sparse_write(struct block *block, uint64_t sector, unsigned count,
                                      const void *data)
{
    struct sparse *s = (struct sparse *)block;
    uint64_t offset = sector * BLOCK_SECTOR;
    size_t bytes = (size_t)count * BLOCK_SECTOR;
    const uint8_t *from = data;

    while (bytes) {
        uint32_t index = (uint32_t)(offset / s->page), in = (uint32_t)(offset % s->page);
        size_t n = bytes < s->page - in ? bytes : s->page - in;

        if (s->table[index] == ABSENT
                ? !write_new(s, index, in, from, n)
                : !image_file_write(&s->image.file, page_at(s, s->table[index]) + in, from, n))
            return BLOCK_IO;
        from += n;
        offset += n;
        bytes -= n;
    }
    return BLOCK_OK;
}

static void sparse_close(struct block *block)
{
    struct sparse *s = (struct sparse *)block;

    image_close(&s->image);
    free(s->table);
    free(s);
}

static uint64_t sparse_zeros(struct block *block, uint64_t sector, uint64_t most)
{
    struct sparse *s = (struct sparse *)block;
    uint32_t in_page = s->page / BLOCK_SECTOR;
    uint64_t zeros = 0;

    while (zeros < most && s->table[sector / in_page] == ABSENT) {
        uint64_t n = in_page - sector % in_page;

        n = n < most - zeros ? n : most - zeros;
        n = image_backing_zeros(&s->image, sector, n);
        if (!n)
            break;
        zeros += n;
        sector += n;
    }
    return zeros;
}

static void sparse_describe(struct block *block, struct out *out)
{
    const struct sparse *s = (const struct sparse *)block;

    out_printf(out, "page size: %u\n", s->page);
    if (s->image.backing)
        out_printf(out, "backing file: %s\n", ((struct image *)s->image.backing)->file.path);
}

static enum block_result sparse_check(struct block *block, struct image_check *result,
                                      struct out *out)
{
    const struct sparse *s = (const struct sparse *)block;
    uint64_t there = (s->image.file.size - s->first) / s->page, count = 0;
    /* The table names no page behind the end. */
    uint8_t *used = xcalloc(1, (size_t)(there < PAGES_MOST ? there : PAGES_MOST) / 8 + 1);

    for (uint32_t i = 0; i < s->pages; i++) {
        uint32_t number = s->table[i];

        if (number == ABSENT)
            continue;
        count++;
        if (number >= PAGES_MOST)
            image_complain(out, &result->errors,
                           "page %u of the disk is page %u of the file, "
                           "which is beyond what a file has",
                           i, number);
        else if (used[number / 8] >> number % 8 & 1)
            image_complain(out, &result->errors,
                           "page %u of the file is used twice, by page %u too", number, i);
        else
            used[number / 8] |= (uint8_t)(1u << number % 8);
    }
    free(used);
    result->leaks = there > count ? there - count : 0;
    return BLOCK_OK;
}

static const struct image_class sparse_class = {
    .block = { "sparse", sparse_read, sparse_write, image_flush, sparse_close },
    .zeros = sparse_zeros,
    .describe = sparse_describe,
    .check = sparse_check,
};

static bool read_header(struct sparse *s, struct image_opening *o, uint64_t *disk)
{
    uint8_t head[HEADER];
    uint32_t version;

    if (!image_load(o, "the header", 0, head, HEADER))
        return false;
    version = load_le32(head + AT_VERSION);
    s->page = load_le32(head + AT_PAGE);
    s->pages = load_le32(head + AT_PAGES);
    if (load_le32(head + AT_MAGIC) != MAGIC)
        return image_refuse(o, "has no header of a sparse image, expected 0x%08x", MAGIC);
    if (version != 1 && version != 2)
        return image_refuse(o, "has version %u, expected 1 or 2", version);
    if (s->page < BLOCK_SECTOR || s->page > PAGE_MOST || s->page & (s->page - 1))
        return image_refuse(o, "has pages of %u bytes, expected a power of two, 512 to 1 GiB",
                            s->page);
    if (!s->pages || s->pages > PAGES_MOST)
        return image_refuse(o, "has %u pages, expected 1 to %llu", s->pages,
                            (unsigned long long)PAGES_MOST);
    *disk = version == 1 ? (uint64_t)s->pages * s->page : load_le64(head + AT_DISK);
    if (*disk < BLOCK_SECTOR || *disk > (uint64_t)s->pages * s->page)
        return image_refuse(o, "is a disk of %llu bytes, expected 512 to %llu, its pages",
                            (unsigned long long)*disk,
                            (unsigned long long)((uint64_t)s->pages * s->page));
    s->first = HEADER + (uint64_t)s->pages * 4;
    s->first = (s->first + s->page - 1) / s->page * s->page;
    return true;
}

static bool read_table(struct sparse *s, struct image_opening *o)
{
    s->table = xcalloc(s->pages, sizeof *s->table);
    if (!image_load(o, "the page table", HEADER, s->table, (size_t)s->pages * 4))
        return false;
    if (o->file.size < s->first || (o->file.size - s->first) % s->page)
        return image_refuse(o,
                            "is %llu bytes long, expected whole pages of %u bytes behind the "
                            "first %llu",
                            (unsigned long long)o->file.size, s->page,
                            (unsigned long long)s->first);
    for (uint32_t i = 0; i < s->pages; i++) {
        uint32_t number = load_le32(&s->table[i]);

        s->table[i] = number;
        if (number != ABSENT && page_at(s, number) + s->page > o->file.size)
            return image_refuse(o,
                                "page %u of the disk is page %u of the file, which ends at "
                                "byte %llu; expected all of it",
                                i, number, (unsigned long long)o->file.size);
    }
    return true;
}

/* "disk3" lies on "disk2". */
static bool open_layer_below(struct sparse *s, struct image_opening *o)
{
    const char *path = o->file.path, *slash = strrchr(path, '/');
    char *below = xstrdup(slash ? slash + 1 : path);
    size_t length = strlen(below);
    struct buf name = { 0 };
    struct stat st;
    bool ok = true;

    if (!o->options->alone && length && below[length - 1] >= '1' && below[length - 1] <= '9') {
        below[length - 1]--;
        image_relative(path, below, &name);
        if (stat(buf_text(&name), &st) == 0 && S_ISREG(st.st_mode)) {
            struct sparse *b = (struct sparse *)image_open_backing(o, below, "sparse");

            s->image.backing = b ? &b->image.block : NULL;
            ok = b != NULL;
            if (ok && (b->page != s->page || b->pages != s->pages))
                ok = image_refuse(o,
                                  "has %u pages of %u bytes, expected %u of %u as in %s, on "
                                  "which it lies",
                                  s->pages, s->page, b->pages, b->page, buf_text(&name));
        }
    }
    buf_free(&name);
    free(below);
    return ok;
}

static struct block *sparse_open(struct image_opening *o)
{
    struct sparse *s = xcalloc(1, sizeof *s);
    uint64_t disk;

    if (!read_header(s, o, &disk) || !read_table(s, o) || !open_layer_below(s, o)) {
        block_close(s->image.backing);
        free(s->table);
        free(s);
        return NULL;
    }
    image_ready(&s->image, o, &sparse_class, disk);
    return &s->image.block;
}

static bool sparse_create(struct image_file *file, const struct image_create_options *options,
                          struct buf *error)
{
    uint64_t bytes = (options->bytes + BLOCK_SECTOR - 1) / BLOCK_SECTOR * BLOCK_SECTOR;
    uint32_t page = KIB(32), pages;
    uint64_t first;
    uint8_t *head;
    bool ok;

    while (bytes / page >= PAGES_MOST && page < PAGE_MOST)
        page *= 2;
    if (bytes / page >= PAGES_MOST) {
        buf_printf(error, "%s: %llu bytes, expected less than 16 PiB for sparse", file->path,
                   (unsigned long long)bytes);
        return false;
    }
    pages = (uint32_t)((bytes + page - 1) / page);
    first = (HEADER + (uint64_t)pages * 4 + page - 1) / page * page;
    head = xcalloc(1, (size_t)first);
    store_le32(head + AT_MAGIC, MAGIC);
    store_le32(head + AT_VERSION, 2);
    store_le32(head + AT_PAGE, page);
    store_le32(head + AT_PAGES, pages);
    store_le64(head + AT_DISK, bytes);
    memset(head + HEADER, 0xff, (size_t)pages * 4);
    ok = image_file_write(file, 0, head, (size_t)first);
    free(head);
    return ok;
}

const struct image_format image_sparse = { .name = "sparse",
                                           .probe = sparse_probe,
                                           .open = sparse_open,
                                           .create = sparse_create };
