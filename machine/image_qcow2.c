/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/image_qcow2.c - qcow2 images: the header, and reading. */
#include "machine/image_qcow2.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

static const uint8_t magic[4] = { 'Q', 'F', 'I', 0xfb };

static bool qcow2_probe(const uint8_t *head, size_t length)
{
    return length >= 8 && !memcmp(head, magic, 4) && qcow2_load32(head + 4) >= 2;
}

bool qcow2_broken(struct qcow2 *q, const char *format, ...)
{
    struct buf line = { 0 };
    va_list args;

    va_start(args, format);
    buf_vprintf(&line, format, args);
    va_end(args);
    image_file_tell(&q->image.file, "%s", buf_text(&line));
    buf_free(&line);
    q->broken = true;
    return false;
}

/* ---- clusters of tables --------------------------------------------------------------------- */

uint8_t *qcow2_cached(struct qcow2 *q, struct qcow2_cluster *cache, unsigned count, uint64_t offset)
{
    struct qcow2_cluster *victim = cache;

    for (unsigned i = 0; i < count; i++) {
        if (cache[i].offset == offset) {
            cache[i].used = ++q->uses;
            return cache[i].bytes;
        }
        if (cache[i].used < victim->used)
            victim = &cache[i];
    }
    if (!victim->bytes)
        victim->bytes = xcalloc(1, (size_t)qcow2_cluster_size(q));
    victim->offset = 0;
    victim->used = 0;
    if (offset >= q->image.file.size) {
        qcow2_broken(q, "has a table at byte %llu, but ends at %llu; expected all of it",
                     (unsigned long long)offset, (unsigned long long)q->image.file.size);
        return NULL;
    }
    if (!image_file_read(&q->image.file, offset, victim->bytes, (size_t)qcow2_cluster_size(q)))
        return NULL;
    victim->offset = offset;
    victim->used = ++q->uses;
    return victim->bytes;
}

void qcow2_forget(struct qcow2 *q, uint64_t offset)
{
    for (unsigned i = 0; i < QCOW2_L2_CACHE; i++) {
        if (q->l2[i].offset == offset)
            q->l2[i].offset = q->l2[i].used = 0;
    }
    for (unsigned i = 0; i < QCOW2_BLOCK_CACHE; i++) {
        if (q->block[i].offset == offset)
            q->block[i].offset = q->block[i].used = 0;
    }
}

static size_t set_place(const struct qcow2_set *set, uint64_t offset)
{
    size_t i = (size_t)((offset >> 9) * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (set->size - 1);

    while (set->slot[i] && set->slot[i] != offset)
        i = (i + 1) & (set->size - 1);
    return i;
}

bool qcow2_set_has(const struct qcow2_set *set, uint64_t offset)
{
    return set->size && set->slot[set_place(set, offset)] == offset;
}

void qcow2_set_add(struct qcow2_set *set, uint64_t offset)
{
    if (set->count * 2 >= set->size) {
        struct qcow2_set old = *set;

        set->size = old.size ? old.size * 2 : 64;
        set->slot = xcalloc(set->size, sizeof *set->slot);
        for (size_t i = 0; i < old.size; i++) {
            if (old.slot[i])
                set->slot[set_place(set, old.slot[i])] = old.slot[i];
        }
        free(old.slot);
    }
    if (!qcow2_set_has(set, offset)) {
        set->slot[set_place(set, offset)] = offset;
        set->count++;
    }
}

void qcow2_set_remove(struct qcow2_set *set, uint64_t offset)
{
    size_t i;

    if (!qcow2_set_has(set, offset))
        return;
    i = set_place(set, offset);
    set->slot[i] = 0;
    set->count--;
    /* Whoever had to go further because of it comes back. */
    for (i = (i + 1) & (set->size - 1); set->slot[i]; i = (i + 1) & (set->size - 1)) {
        uint64_t moved = set->slot[i];

        set->slot[i] = 0;
        set->slot[set_place(set, moved)] = moved;
    }
}

/* ---- reading -------------------------------------------------------------------------------- */

#ifdef HAVE_ZLIB
static bool inflate_cluster(const uint8_t *from, size_t bytes, uint8_t *to, size_t size)
{
    z_stream z = { .next_in = (uint8_t *)from, /* not written to */
                   .avail_in = (unsigned)bytes,
                   .next_out = to,
                   .avail_out = (unsigned)size };
    int result;

    if (inflateInit2(&z, -12) != Z_OK) /* no header; a window of 4 KiB */
        return false;
    result = inflate(&z, Z_FINISH);
    inflateEnd(&z);
    return z.avail_out == 0 && (result == Z_STREAM_END || result == Z_BUF_ERROR);
}
#endif

#ifdef HAVE_ZSTD
static bool unzstd_cluster(const uint8_t *from, size_t bytes, uint8_t *to, size_t size)
{
    ZSTD_DStream *z = ZSTD_createDStream();
    ZSTD_inBuffer in = { from, bytes, 0 };
    ZSTD_outBuffer out = { to, size, 0 };
    size_t result = 1;

    /* What a frame may ask for is a little more than a cluster, whatever its header says. */
    bool ok = z && !ZSTD_isError(ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, 23));

    while (ok && out.pos < size && in.pos < bytes) {
        size_t before = in.pos, made = out.pos;

        result = ZSTD_decompressStream(z, &out, &in);
        ok = !ZSTD_isError(result) && (in.pos > before || out.pos > made);
    }
    ZSTD_freeDStream(z);
    return ok && out.pos == size;
}
#endif

/* A compressed cluster -> q->plain. */
static bool unpack(struct qcow2 *q, uint64_t entry)
{
    size_t size = (size_t)qcow2_cluster_size(q);
    uint64_t bytes, at = qcow2_packed_at(q, entry, &bytes);
    bool ok = false;

    if (q->unpacked == entry)
        return true;
    q->unpacked = 0;
    if (!q->plain) {
        q->plain = xcalloc(1, size);
        q->packed = xcalloc(2, size);
    }
    if (at >= q->image.file.size || bytes > 2 * size) {
        return qcow2_broken(q,
                            "has a compressed cluster at byte %llu, but ends at %llu; expected "
                            "all of it",
                            (unsigned long long)at, (unsigned long long)q->image.file.size);
    }
    if (!image_file_read(&q->image.file, at, q->packed, (size_t)bytes))
        return false;
    if (q->compression == 0) {
#ifdef HAVE_ZLIB
        ok = inflate_cluster(q->packed, (size_t)bytes, q->plain, size);
#else
        return qcow2_broken(q, "has clusters compressed with zlib, expected a vitrine built with "
                               "it (zlib1g-dev)");
#endif
    } else {
#ifdef HAVE_ZSTD
        ok = unzstd_cluster(q->packed, (size_t)bytes, q->plain, size);
#else
        return qcow2_broken(q, "has clusters compressed with zstd, expected a vitrine built with "
                               "it (libzstd-dev)");
#endif
    }
    if (!ok)
        return qcow2_broken(q,
                            "has a compressed cluster at byte %llu that cannot be unpacked, "
                            "expected a sound one",
                            (unsigned long long)at);
    q->unpacked = entry;
    return true;
}

/* What is found at a place of the disk. */
enum kind { KIND_DATA, KIND_ZERO, KIND_ABSENT, KIND_PACKED, KIND_BAD };

static enum kind kind_of(const struct qcow2 *q, uint64_t entry)
{
    if (entry & QCOW2_COMPRESSED)
        return KIND_PACKED;
    if (q->version >= 3 && entry & QCOW2_ZERO)
        return KIND_ZERO;
    return entry & QCOW2_OFFSET ? KIND_DATA : KIND_ABSENT;
}

/*
 * The run of clusters of one kind at `offset` of the disk, and neighbours in the file if they are
 * data: *bytes, at first the most that is wanted, is cut down to it.
 */
static enum kind find_run(struct qcow2 *q, uint64_t offset, uint64_t *bytes, uint64_t *entry)
{
    uint64_t size = qcow2_cluster_size(q), index = qcow2_l2_index(q, offset);
    uint64_t l1 = offset >> (2 * q->cluster_bits - 3), run = size - offset % size;
    const uint8_t *l2;
    enum kind kind;

    *entry = 0;
    if (l1 >= q->l1_size || !(q->l1[l1] & QCOW2_OFFSET)) {
        run = (size / 8 - index) * size - offset % size;
        *bytes = run < *bytes ? run : *bytes;
        return KIND_ABSENT;
    }
    l2 = qcow2_cached(q, q->l2, QCOW2_L2_CACHE, q->l1[l1] & QCOW2_OFFSET);
    if (!l2)
        return KIND_BAD;
    *entry = qcow2_load(l2, index);
    kind = kind_of(q, *entry);
    if (kind == KIND_DATA) {
        uint64_t at = *entry & QCOW2_OFFSET;

        if (at % size || at >= q->image.file.size) {
            qcow2_broken(q,
                         "has a cluster at byte %llu, but ends at %llu; expected a whole one of "
                         "%llu bytes",
                         (unsigned long long)at, (unsigned long long)q->image.file.size,
                         (unsigned long long)size);
            return KIND_BAD;
        }
    }
    for (index++; kind != KIND_PACKED && run < *bytes && index < size / 8; index++) {
        uint64_t next = qcow2_load(l2, index), where = *entry & QCOW2_OFFSET;

        if (kind_of(q, next) != kind)
            break;
        if (kind == KIND_DATA && ((next & QCOW2_OFFSET) != where + run + offset % size ||
                                  (next & QCOW2_OFFSET) >= q->image.file.size))
            break;
        run += size;
    }
    *bytes = run < *bytes ? run : *bytes;
    return kind;
}

enum block_result qcow2_read(struct block *block, uint64_t sector, unsigned count, void *data)
{
    struct qcow2 *q = (struct qcow2 *)block;
    uint64_t offset = sector * BLOCK_SECTOR, left = (uint64_t)count * BLOCK_SECTOR;
    uint8_t *to = data;

    while (left) {
        uint64_t n = left, entry, in = offset % qcow2_cluster_size(q);
        bool ok = true;

        switch (find_run(q, offset, &n, &entry)) {
        case KIND_DATA:
            ok = image_file_read(&q->image.file, (entry & QCOW2_OFFSET) + in, to, (size_t)n);
            break;
        case KIND_ZERO:
            memset(to, 0, (size_t)n);
            break;
        case KIND_ABSENT:
            ok = image_read_backing(&q->image, offset, to, (size_t)n);
            break;
        case KIND_PACKED:
            ok = unpack(q, entry);
            if (ok)
                memcpy(to, q->plain + in, (size_t)n);
            break;
        case KIND_BAD:
            ok = false;
            break;
        }
        if (!ok)
            return BLOCK_IO;
        to += n;
        offset += n;
        left -= n;
    }
    return BLOCK_OK;
}

static uint64_t qcow2_zeros(struct block *block, uint64_t sector, uint64_t most)
{
    struct qcow2 *q = (struct qcow2 *)block;
    uint64_t zeros = 0;

    while (zeros < most) {
        uint64_t n = (most - zeros) * BLOCK_SECTOR, entry;
        enum kind kind = find_run(q, sector * BLOCK_SECTOR, &n, &entry);
        uint64_t wanted = n / BLOCK_SECTOR;

        n = kind == KIND_ZERO     ? wanted
            : kind == KIND_ABSENT ? image_backing_zeros(&q->image, sector, wanted)
                                  : 0;
        zeros += n;
        sector += n;
        if (n != wanted)
            break;
    }
    return zeros;
}

/* ---- opening -------------------------------------------------------------------------------- */

static void qcow2_free(struct qcow2 *q)
{
    for (unsigned i = 0; i < QCOW2_L2_CACHE; i++)
        free(q->l2[i].bytes);
    for (unsigned i = 0; i < QCOW2_BLOCK_CACHE; i++)
        free(q->block[i].bytes);
    free(q->l1);
    free(q->table);
    free(q->plain);
    free(q->packed);
    free(q->bounce);
    free(q->metadata.slot);
    free(q->backing_name);
    free(q->backing_format);
    free(q);
}

static void qcow2_close(struct block *block)
{
    struct qcow2 *q = (struct qcow2 *)block;

    image_close(&q->image);
    qcow2_free(q);
}

static void qcow2_describe(struct block *block, struct out *out)
{
    struct qcow2 *q = (struct qcow2 *)block;
    struct qcow2_snapshot s;
    uint64_t at = q->snapshots_offset;

    out_printf(out, "cluster_size: %llu\n", (unsigned long long)qcow2_cluster_size(q));
    if (q->backing_name) {
        out_printf(out, "backing file: %s\n", q->backing_name);
        if (q->backing_format)
            out_printf(out, "backing file format: %s\n", q->backing_format);
    }
    out_printf(out, "compat: %s\nrefcount bits: %u\ncompression type: %s\n",
               q->version >= 3 ? "1.1" : "0.10", 1u << q->refcount_order,
               q->compression ? "zstd" : "zlib");
    if (q->incompatible & QCOW2_DIRTY)
        out_text(out, "dirty: refcounts are put right when it is opened for writing\n");
    if (q->incompatible & QCOW2_CORRUPT)
        out_text(out, "corrupt: it can only be read\n");
    if (q->snapshot_count)
        out_text(out, "snapshots: (ID, time, bytes of machine state, name)\n");
    for (uint32_t i = 0; i < q->snapshot_count && qcow2_snapshot_next(q, &at, &s); i++) {
        time_t when = (time_t)s.seconds;
        struct tm tm;
        char text[32] = "?";

        if (gmtime_r(&when, &tm))
            strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
        out_printf(out, "  %s  %s  %llu  %s\n", s.id, text, (unsigned long long)s.state_bytes,
                   s.name);
    }
}

static const struct image_class qcow2_class = {
    .block = { "qcow2", qcow2_read, qcow2_write, image_flush, qcow2_close },
    .zeros = qcow2_zeros,
    .describe = qcow2_describe,
    .check = qcow2_check,
};

static bool refuse_features(struct image_opening *o, uint64_t features)
{
    if (features & QCOW2_EXTERNAL)
        return image_refuse(o, "keeps its data in another file (external data file), expected an "
                               "image of one");
    if (features & QCOW2_EXTENDED_L2)
        return image_refuse(o, "has extended L2 entries (subclusters), expected an image without");
    return image_refuse(o, "has incompatible feature bits 0x%llx, expected those of 2020",
                        (unsigned long long)features);
}

/* What lies between the header and the name of the backing file. */
static bool read_extensions(struct qcow2 *q, struct image_opening *o, const uint8_t *head,
                            uint32_t from, uint64_t size)
{
    uint64_t backing = qcow2_load(head + QCOW2_AT_BACKING, 0);
    uint64_t end = backing && backing < size ? backing : size;

    while (from + 8 <= end) {
        uint32_t type = qcow2_load32(head + from), length = qcow2_load32(head + from + 4);
        const uint8_t *data = head + from + 8;

        if (!type)
            break;
        if (length > end - from - 8)
            return image_refuse(o,
                                "has a header extension 0x%08x of %u bytes, expected at most "
                                "%llu",
                                type, length, (unsigned long long)(end - from - 8));
        if (type == 0xe2792aca && !q->backing_format) { /* backing file format */
            q->backing_format = xcalloc(1, (size_t)length + 1);
            memcpy(q->backing_format, data, length);
        } else if (type == 0x23852875 && length >= 24) { /* dirty bitmaps */
            q->bitmap_count = qcow2_load32(data);
            q->bitmaps_bytes = qcow2_load(data + 8, 0);
            q->bitmaps_offset = qcow2_load(data + 16, 0);
        }
        from += 8 + (length + 7) / 8 * 8;
    }
    return true;
}

static bool read_backing_name(struct qcow2 *q, struct image_opening *o, const uint8_t *head,
                              uint64_t size)
{
    uint64_t at = qcow2_load(head + QCOW2_AT_BACKING, 0);
    uint32_t length = qcow2_load32(head + QCOW2_AT_BACKING_SIZE);

    if (!at)
        return true;
    if (length > 1023 || at > size || length > size - at)
        return image_refuse(o,
                            "has the name of a backing file at byte %llu and %u long, expected "
                            "at most 1023 in the first cluster",
                            (unsigned long long)at, length);
    if (!length)
        return true;
    q->backing_name = xcalloc(1, (size_t)length + 1);
    memcpy(q->backing_name, head + at, length);
    if (!image_printable(q->backing_name) ||
        (q->backing_format && !image_printable(q->backing_format)))
        return image_refuse(o,
                            "names a backing file with control characters, '%s', expected a "
                            "name that can be shown",
                            q->backing_name);
    return true;
}

/* The fields of the first `head` bytes; a cluster of them is read later. */
static bool read_header(struct qcow2 *q, struct image_opening *o, const uint8_t *head)
{
    uint32_t crypt = qcow2_load32(head + QCOW2_AT_CRYPT), l1_entries_bits;
    uint64_t known = QCOW2_DIRTY | QCOW2_CORRUPT | QCOW2_COMPRESSION, needed, bytes;

    q->version = qcow2_load32(head + QCOW2_AT_VERSION);
    if (memcmp(head, magic, 4))
        return image_refuse(o, "has no header of qcow2, expected \"QFI\\xfb\"");
    if (q->version != 2 && q->version != 3)
        return image_refuse(o, "is qcow version %u, expected 2 or 3", q->version);
    q->cluster_bits = qcow2_load32(head + QCOW2_AT_CLUSTER_BITS);
    if (q->cluster_bits < 9 || q->cluster_bits > 21)
        return image_refuse(o, "has clusters of 2^%u bytes, expected 2^9 to 2^21", q->cluster_bits);
    if (crypt)
        return image_refuse(o, "is encrypted (%s), expected an image in the clear",
                            crypt == 1   ? "AES"
                            : crypt == 2 ? "LUKS"
                                         : "unknown method");
    q->refcount_order = 4;
    if (q->version == 3) {
        q->incompatible = qcow2_load(head + QCOW2_AT_INCOMPATIBLE, 0);
        q->compatible = qcow2_load(head + QCOW2_AT_COMPATIBLE, 0);
        q->autoclear = qcow2_load(head + QCOW2_AT_AUTOCLEAR, 0);
        q->refcount_order = qcow2_load32(head + QCOW2_AT_REFCOUNT_ORDER);
        if (q->incompatible & ~known)
            return refuse_features(o, q->incompatible & ~known);
        if (q->refcount_order > 6)
            return image_refuse(o, "has refcounts of 2^%u bits, expected 2^0 to 2^6",
                                q->refcount_order);
        if (qcow2_load32(head + QCOW2_AT_HEADER_LENGTH) < QCOW2_HEADER_V3 ||
            qcow2_load32(head + QCOW2_AT_HEADER_LENGTH) > qcow2_cluster_size(q))
            return image_refuse(o, "has a header of %u bytes, expected %u to a cluster",
                                qcow2_load32(head + QCOW2_AT_HEADER_LENGTH), QCOW2_HEADER_V3);
        if (q->incompatible & QCOW2_COMPRESSION)
            q->compression = head[QCOW2_AT_COMPRESSION];
        if (q->compression > 1)
            return image_refuse(o, "is compressed in way %u, expected 0 (zlib) or 1 (zstd)",
                                q->compression);
    }
    bytes = qcow2_load(head + QCOW2_AT_SIZE, 0);
    if (bytes < BLOCK_SECTOR || bytes > INT64_MAX - BLOCK_SECTOR)
        return image_refuse(o, "is a disk of %llu bytes, expected 512 to 2^63",
                            (unsigned long long)bytes);
    q->image.bytes = bytes;
    q->l1_size = qcow2_load32(head + QCOW2_AT_L1_SIZE);
    q->l1_offset = qcow2_load(head + QCOW2_AT_L1, 0);
    l1_entries_bits = 2 * q->cluster_bits - 3;
    needed = (bytes >> l1_entries_bits) + ((bytes & mask_bits(l1_entries_bits)) != 0);
    if (q->l1_size > QCOW2_L1_MOST || q->l1_size < needed)
        return image_refuse(o, "has an L1 table of %u entries, expected %llu to %llu", q->l1_size,
                            (unsigned long long)needed, (unsigned long long)QCOW2_L1_MOST);
    q->table_offset = qcow2_load(head + QCOW2_AT_TABLE, 0);
    bytes = (uint64_t)qcow2_load32(head + QCOW2_AT_TABLE_CLUSTERS) << q->cluster_bits;
    if (bytes > QCOW2_TABLE_MOST || !bytes)
        return image_refuse(o, "has a refcount table of %llu bytes, expected 1 to %llu",
                            (unsigned long long)bytes, (unsigned long long)QCOW2_TABLE_MOST);
    q->table_size = (uint32_t)(bytes / 8);
    q->snapshot_count = qcow2_load32(head + QCOW2_AT_SNAPSHOT_COUNT);
    q->snapshots_offset = qcow2_load(head + QCOW2_AT_SNAPSHOTS, 0);
    if (q->snapshot_count > QCOW2_SNAPSHOTS_MOST)
        return image_refuse(o, "has %u snapshots, expected at most %u", q->snapshot_count,
                            QCOW2_SNAPSHOTS_MOST);
    return true;
}

/* A table of offsets of clusters, in the host's order. */
static bool read_table(struct qcow2 *q, struct image_opening *o, const char *what, uint64_t offset,
                       uint32_t count, uint64_t **table)
{
    uint64_t size = qcow2_cluster_size(q);

    *table = xcalloc((size_t)count + 1, 8);
    if (offset % size || (count && !offset))
        return image_refuse(o, "%s is at byte %llu, expected a cluster", what,
                            (unsigned long long)offset);
    if (!image_load(o, what, offset, *table, (size_t)count * 8))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t entry = qcow2_load((const uint8_t *)*table, i), at = entry & QCOW2_OFFSET;

        (*table)[i] = entry;
        if (at % size || at >= o->file.size)
            return image_refuse(o,
                                "entry %u of %s is byte %llu, but the file ends at %llu; "
                                "expected a whole cluster in it",
                                i, what, (unsigned long long)at, (unsigned long long)o->file.size);
    }
    return true;
}

/* What refers to a table twice would be overwritten by its own contents. */
static bool collect_metadata(struct qcow2 *q, struct image_opening *o)
{
    const uint64_t *const tables[] = { q->table, q->l1 };
    const uint32_t sizes[] = { q->table_size, q->l1_size };

    for (unsigned t = 0; t < 2; t++) {
        for (uint32_t i = 0; i < sizes[t]; i++) {
            uint64_t at = tables[t][i] & QCOW2_OFFSET;

            if (!at)
                continue;
            if (qcow2_is_metadata(q, at))
                return image_refuse(o,
                                    "uses the cluster at byte %llu for two tables, expected one "
                                    "('vitrine image check' tells more)",
                                    (unsigned long long)at);
            qcow2_set_add(&q->metadata, at);
        }
    }
    return true;
}

/* Before the first write: refcounts are right, and what we do not keep up is marked as old. */
static bool prepare_to_write(struct qcow2 *q, struct image_opening *o)
{
    uint8_t none[8] = { 0 };
    bool ok = true;

    if (q->incompatible & QCOW2_CORRUPT)
        return image_refuse(o, "is marked as corrupt, expected readonly=on, or a repair");
    if (!collect_metadata(q, o))
        return false;
    if (q->autoclear)
        ok = image_file_write(&o->file, QCOW2_AT_AUTOCLEAR, none, 8);
    q->autoclear = 0;
    if (ok && q->incompatible & QCOW2_DIRTY) {
        struct image_file file = o->file;

        q->image.file = o->file; /* for a moment */
        ok = qcow2_repair(q);
        file.size = q->image.file.size;
        o->file = file;
        q->image.file = (struct image_file){ .fd = -1 };
        if (!ok)
            return image_refuse(o, "was not closed and cannot be put right, expected readonly=on, "
                                   "or a repair");
    }
    if (!ok) {
        image_refuse(o, "cannot be written, expected readonly=on or snapshot=on");
        *o->exit_code = 4;
    }
    return ok;
}

static bool open_all(struct qcow2 *q, struct image_opening *o, uint8_t **head)
{
    uint8_t first[IMAGE_HEAD] = { 0 };
    size_t have;
    uint32_t length;

    if (!image_load(o, "the header", 0, first, QCOW2_HEADER_V2))
        return false;
    have = o->file.size < sizeof first ? (size_t)o->file.size : sizeof first;
    if (!image_load(o, "the header", 0, first, have) || !read_header(q, o, first))
        return false;
    have = (size_t)qcow2_cluster_size(q);
    *head = xcalloc(1, have);
    if (o->file.size < have)
        have = (size_t)o->file.size;
    if (!image_load(o, "the header", 0, *head, have))
        return false;
    length = q->version == 2 ? QCOW2_HEADER_V2 : qcow2_load32(*head + QCOW2_AT_HEADER_LENGTH);
    if (!read_extensions(q, o, *head, length, qcow2_cluster_size(q)) ||
        !read_backing_name(q, o, *head, qcow2_cluster_size(q)) ||
        !read_table(q, o, "the L1 table", q->l1_offset, q->l1_size, &q->l1) ||
        !read_table(q, o, "the refcount table", q->table_offset, q->table_size, &q->table))
        return false;
    if (q->snapshot_count && (q->snapshots_offset % qcow2_cluster_size(q) || !q->snapshots_offset ||
                              q->snapshots_offset >= o->file.size))
        return image_refuse(o,
                            "has a snapshot table at byte %llu, but ends at %llu; expected all "
                            "of it",
                            (unsigned long long)q->snapshots_offset,
                            (unsigned long long)o->file.size);
    q->image.file = o->file;
    q->snapshots_bytes = 0;
    for (uint32_t i = 0; i < q->snapshot_count; i++) {
        struct qcow2_snapshot snapshot;
        uint64_t at = q->snapshots_offset + q->snapshots_bytes;

        if (!qcow2_snapshot_next(q, &at, &snapshot)) {
            q->image.file = (struct image_file){ .fd = -1 };
            return image_refuse(o,
                                "has %u snapshots, but row %u of their table is no row; "
                                "expected all of them",
                                q->snapshot_count, i);
        }
        q->snapshots_bytes = at - q->snapshots_offset;
    }
    q->image.file = (struct image_file){ .fd = -1 };
    if (o->file.writable && !prepare_to_write(q, o))
        return false;
    if (q->backing_name && !o->options->alone) {
        const char *format = q->backing_format && *q->backing_format ? q->backing_format : NULL;

        q->image.backing = image_open_backing(o, q->backing_name, format);
        return q->image.backing != NULL;
    }
    return true;
}

static struct block *qcow2_open(struct image_opening *o)
{
    struct qcow2 *q = xcalloc(1, sizeof *q);
    uint8_t *head = NULL;
    bool ok = open_all(q, o, &head);

    free(head);
    if (!ok) {
        block_close(q->image.backing);
        qcow2_free(q);
        return NULL;
    }
    image_ready(&q->image, o, &qcow2_class, q->image.bytes);
    return &q->image.block;
}

const struct image_format image_qcow2 = { .name = "qcow2",
                                          .probe = qcow2_probe,
                                          .open = qcow2_open,
                                          .create = qcow2_create,
                                          .backing = true };
