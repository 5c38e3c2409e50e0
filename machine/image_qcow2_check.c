/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/image_qcow2_check.c - do the refcounts of a qcow2 image agree with what refers to its
 * clusters? And what an image needs that was not closed (lazy refcounts): new ones.
 */
#include <stdlib.h>
#include <string.h>

#include "machine/image_qcow2.h"

#define CLUSTERS_MOST MIB(256)

/* What a cluster is used for; tables are used once. */
enum use {
    USE_NONE,
    USE_HEADER,
    USE_L1,
    USE_SNAPSHOTS,
    USE_TABLE,
    USE_BLOCK,
    USE_BITMAP,
    USE_L2,
    USE_DATA,
    USE_PACKED
};

static const char *const use_names[] = { "nothing",        "the header",         "an L1 table",
                                         "the snapshots",  "the refcount table", "refcounts",
                                         "a dirty bitmap", "an L2 table",        "data",
                                         "compressed data" };

struct walk {
    struct qcow2 *q;
    uint64_t clusters; /* of the file */
    uint32_t *count;   /* references found */
    uint32_t *seen;    /* L2 tables: by which L1 table, from 1 */
    uint8_t *use;
    uint32_t l1; /* number of the L1 table that is looked at */
    bool copied; /* it is the active one: its flags are looked at, too */
    bool failed; /* the host cannot read */
    struct image_check *result;
    struct out *out;
};

static bool walk_start(struct walk *w, struct qcow2 *q, struct image_check *result, struct out *out)
{
    *w = (struct walk){ .q = q, .result = result, .out = out };
    w->clusters = (q->image.file.size + qcow2_cluster_size(q) - 1) >> q->cluster_bits;
    if (w->clusters > CLUSTERS_MOST) {
        image_complain(out, &result->errors, "the file has %llu clusters, expected at most %llu",
                       (unsigned long long)w->clusters, (unsigned long long)CLUSTERS_MOST);
        return false;
    }
    w->count = xcalloc((size_t)w->clusters + 1, sizeof *w->count);
    w->seen = xcalloc((size_t)w->clusters + 1, sizeof *w->seen);
    w->use = xcalloc((size_t)w->clusters + 1, 1);
    return true;
}

static void walk_end(struct walk *w)
{
    free(w->count);
    free(w->seen);
    free(w->use);
}

/* One more reference to the clusters of these bytes. False: they are not in the file. */
static bool refer(struct walk *w, uint64_t offset, uint64_t bytes, enum use use)
{
    uint64_t first = offset >> w->q->cluster_bits, last;

    if (!bytes)
        return true;
    if (offset >= w->q->image.file.size || bytes > UINT64_MAX - offset) {
        image_complain(w->out, &w->result->errors,
                       "byte %llu, for %s, is behind the end of the file",
                       (unsigned long long)offset, use_names[use]);
        return false;
    }
    last = (offset + bytes - 1) >> w->q->cluster_bits;
    for (uint64_t c = first; c <= last && c < w->clusters; c++) {
        if (w->use[c] &&
            (w->use[c] != use || (use != USE_L2 && use != USE_DATA && use != USE_PACKED)))
            image_complain(
                w->out, &w->result->errors, "the cluster at byte %llu is used for %s and for %s",
                (unsigned long long)c << w->q->cluster_bits, use_names[w->use[c]], use_names[use]);
        w->use[c] = (uint8_t)use;
        if (w->count[c] < UINT32_MAX)
            w->count[c]++;
    }
    return true;
}

/* A flag that says "referred to once" has to be right. */
static void look_at_flag(struct walk *w, const char *what, uint64_t entry)
{
    uint64_t at = entry & QCOW2_OFFSET, count;

    if (!w->copied)
        return;
    if (!qcow2_refcount(w->q, at >> w->q->cluster_bits, &count)) {
        w->failed = true;
        return;
    }
    if ((count == 1) != ((entry & QCOW2_COPIED) != 0))
        image_complain(w->out, &w->result->errors,
                       "%s at byte %llu is %smarked as referred to once, its refcount is %llu",
                       what, (unsigned long long)at, entry & QCOW2_COPIED ? "" : "not ",
                       (unsigned long long)count);
}

static void walk_l2(struct walk *w, uint64_t at)
{
    struct qcow2 *q = w->q;
    uint64_t size = qcow2_cluster_size(q), bytes, packed;
    const uint8_t *l2 = qcow2_cached(q, q->l2, QCOW2_L2_CACHE, at);

    if (!l2) {
        w->failed = true;
        return;
    }
    for (uint64_t i = 0; i < size / 8; i++) {
        uint64_t entry = qcow2_load(l2, i), data = entry & QCOW2_OFFSET;

        if (entry & QCOW2_COMPRESSED) {
            packed = qcow2_packed_at(q, entry, &bytes);
            /* Whole sectors are counted; the last one may end behind the end of the file. */
            refer(w, packed, bytes, USE_PACKED);
        } else if (data % size) {
            image_complain(w->out, &w->result->errors,
                           "entry %llu of the L2 table at byte %llu is byte %llu, no cluster",
                           (unsigned long long)i, (unsigned long long)at, (unsigned long long)data);
        } else if (data && refer(w, data, size, USE_DATA)) {
            look_at_flag(w, "data", entry);
        }
    }
}

static void walk_l1(struct walk *w, uint64_t offset, const uint64_t *l1, uint32_t size)
{
    w->l1++;
    refer(w, offset, (uint64_t)size * 8, USE_L1);
    for (uint32_t i = 0; i < size && !w->failed; i++) {
        uint64_t at = l1[i] & QCOW2_OFFSET, cluster = at >> w->q->cluster_bits;

        if (!at)
            continue;
        if (at % qcow2_cluster_size(w->q)) {
            image_complain(w->out, &w->result->errors,
                           "entry %u of the L1 table at byte %llu is byte %llu, no cluster", i,
                           (unsigned long long)offset, (unsigned long long)at);
            continue;
        }
        if (!refer(w, at, qcow2_cluster_size(w->q), USE_L2))
            continue;
        look_at_flag(w, "L2 table", l1[i]);
        if (w->seen[cluster] == w->l1) {
            image_complain(w->out, &w->result->errors,
                           "the L2 table at byte %llu is used twice in one L1 table",
                           (unsigned long long)at);
            continue;
        }
        w->seen[cluster] = w->l1;
        walk_l2(w, at);
    }
}

bool qcow2_snapshot_next(struct qcow2 *q, uint64_t *offset, struct qcow2_snapshot *s)
{
    uint8_t row[40], extra[16] = { 0 };
    uint32_t id, name, more;
    uint64_t at = *offset;

    if (at > q->image.file.size || sizeof row > q->image.file.size - at ||
        !image_file_read(&q->image.file, at, row, sizeof row))
        return false;
    *s = (struct qcow2_snapshot){ .l1_offset = qcow2_load(row, 0),
                                  .l1_size = qcow2_load32(row + 8),
                                  .seconds = qcow2_load32(row + 16),
                                  .clock = qcow2_load(row + 24, 0),
                                  .state_bytes = qcow2_load32(row + 32) };
    id = (uint32_t)row[12] << 8 | row[13];
    name = (uint32_t)row[14] << 8 | row[15];
    more = qcow2_load32(row + 36);
    at += sizeof row;
    if (s->l1_size > QCOW2_L1_MOST || more > KIB(1) || id + name + more > q->image.file.size - at)
        return false;
    if (!image_file_read(&q->image.file, at, extra, more < 16 ? more : 16) ||
        !image_file_read(&q->image.file, at + more, s->id,
                         id < sizeof s->id ? id : sizeof s->id - 1) ||
        !image_file_read(&q->image.file, at + more + id, s->name,
                         name < sizeof s->name ? name : sizeof s->name - 1))
        return false;
    image_printable(s->id);
    image_printable(s->name);
    if (more >= 8)
        s->state_bytes = qcow2_load(extra, 0);
    at += more + id + name;
    *offset = (at + 7) & ~UINT64_C(7);
    return true;
}

static void walk_snapshots(struct walk *w)
{
    struct qcow2 *q = w->q;
    uint64_t at = q->snapshots_offset, size = qcow2_cluster_size(q);
    struct qcow2_snapshot s;

    refer(w, at, q->snapshots_bytes, USE_SNAPSHOTS);
    for (uint32_t i = 0; i < q->snapshot_count && !w->failed; i++) {
        uint64_t *l1;

        if (!qcow2_snapshot_next(q, &at, &s)) {
            w->failed = true;
            return;
        }
        if (!s.l1_size)
            continue;
        if (s.l1_offset % size || s.l1_offset > q->image.file.size ||
            (uint64_t)s.l1_size * 8 > q->image.file.size - s.l1_offset) {
            image_complain(w->out, &w->result->errors,
                           "the L1 table of snapshot %s is at byte %llu, not wholly in the file",
                           s.id, (unsigned long long)s.l1_offset);
            continue;
        }
        l1 = xcalloc(s.l1_size, 8);
        w->failed = !image_file_read(&q->image.file, s.l1_offset, l1, (size_t)s.l1_size * 8);
        for (uint32_t e = 0; e < s.l1_size; e++)
            l1[e] = qcow2_load((const uint8_t *)l1, e);
        if (!w->failed)
            walk_l1(w, s.l1_offset, l1, s.l1_size);
        free(l1);
    }
}

/* One dirty bitmap: the row of the directory at `row`. False: no row. */
static bool walk_bitmap(struct walk *w, const uint8_t *row, uint64_t left, uint64_t *length)
{
    uint64_t at, bytes;
    uint8_t *table;

    if (left < 24)
        return false;
    at = qcow2_load(row, 0);
    bytes = (uint64_t)qcow2_load32(row + 8) * 8;
    *length = (24 + ((uint64_t)row[18] << 8 | row[19]) + qcow2_load32(row + 20) + 7) & ~UINT64_C(7);
    if (*length > left || bytes > MIB(64) || !refer(w, at, bytes, USE_BITMAP))
        return false;
    table = xcalloc(1, (size_t)bytes + 1);
    w->failed = !image_file_read(&w->q->image.file, at, table, (size_t)bytes);
    for (uint64_t i = 0; i < bytes / 8; i++) {
        uint64_t entry = qcow2_load(table, i) & QCOW2_OFFSET;

        if (entry)
            refer(w, entry, qcow2_cluster_size(w->q), USE_BITMAP);
    }
    free(table);
    return true;
}

/* They count only while the bit says that they are kept up. */
static void walk_bitmaps(struct walk *w)
{
    struct qcow2 *q = w->q;
    uint64_t bytes = q->bitmaps_bytes, length = 0;
    uint8_t *directory;

    if (!(q->autoclear & QCOW2_BITMAPS) || !q->bitmap_count)
        return;
    if (bytes > MIB(64) || q->bitmap_count > 65535 || bytes > q->image.file.size ||
        !refer(w, q->bitmaps_offset, bytes, USE_BITMAP)) {
        image_complain(w->out, &w->result->errors,
                       "the directory of dirty bitmaps is not in the "
                       "file");
        return;
    }
    directory = xcalloc(1, (size_t)bytes + 24);
    w->failed = !image_file_read(&q->image.file, q->bitmaps_offset, directory, (size_t)bytes);
    for (uint64_t i = 0, at = 0; i < q->bitmap_count && !w->failed; i++, at += length) {
        if (!walk_bitmap(w, directory + at, bytes - at, &length)) {
            image_complain(w->out, &w->result->errors, "dirty bitmap %llu is no bitmap",
                           (unsigned long long)i);
            break;
        }
    }
    free(directory);
}

/* Everything that refers to clusters, but for the refcounts themselves. */
static void walk_contents(struct walk *w)
{
    struct qcow2 *q = w->q;

    refer(w, 0, qcow2_cluster_size(q), USE_HEADER);
    w->copied = !(q->incompatible & QCOW2_DIRTY);
    walk_l1(w, q->l1_offset, q->l1, q->l1_size);
    w->copied = false;
    walk_snapshots(w);
    walk_bitmaps(w);
}

static void compare_counts(struct walk *w)
{
    struct qcow2 *q = w->q;
    unsigned order = q->refcount_order, per_block = q->cluster_bits + 3 - order;
    uint64_t last = ((w->clusters + mask_bits(per_block)) >> per_block);

    for (uint64_t block = 0; (block < q->table_size || block < last) && !w->failed; block++) {
        uint64_t at = block < q->table_size ? q->table[block] & QCOW2_OFFSET : 0;
        const uint8_t *counts = NULL;

        if (!at && block >= last)
            continue;
        if (at)
            counts = qcow2_cached(q, q->block, QCOW2_BLOCK_CACHE, at);
        w->failed = at && !counts;
        for (uint64_t i = 0; i < BIT(per_block) && !w->failed; i++) {
            uint64_t c = (block << per_block) + i, found = c < w->clusters ? w->count[c] : 0;
            uint64_t stored = counts ? qcow2_refcount_in(counts, i, order) : 0;

            if (stored < found)
                image_complain(w->out, &w->result->errors,
                               "the cluster at byte %llu (%s) has refcount %llu, but %llu "
                               "references",
                               (unsigned long long)c << q->cluster_bits, use_names[w->use[c]],
                               (unsigned long long)stored, (unsigned long long)found);
            else if (stored > found)
                w->result->leaks++;
        }
    }
}

enum block_result qcow2_check(struct block *block, struct image_check *result, struct out *out)
{
    struct qcow2 *q = (struct qcow2 *)block;
    struct walk w;
    bool failed;

    if (q->incompatible & QCOW2_CORRUPT)
        image_complain(out, &result->errors, "the image is marked as corrupt");
    if (!walk_start(&w, q, result, out))
        return BLOCK_OK;
    walk_contents(&w);
    refer(&w, q->table_offset, (uint64_t)q->table_size * 8, USE_TABLE);
    for (uint32_t i = 0; i < q->table_size && !w.failed; i++) {
        uint64_t at = q->table[i] & QCOW2_OFFSET;

        if (at)
            refer(&w, at, qcow2_cluster_size(q), USE_BLOCK);
    }
    compare_counts(&w);
    failed = w.failed;
    walk_end(&w);
    return failed ? BLOCK_IO : BLOCK_OK;
}

/* ---- an image that was not closed ----------------------------------------------------------- */

/* Header: the new table of refcounts is at cluster `first`. Then, that they are right. */
static bool switch_to(struct qcow2 *q, uint64_t first, uint64_t clusters)
{
    uint8_t pointer[12], features[8];

    qcow2_store(pointer, 0, first << q->cluster_bits);
    qcow2_store32(pointer + 8, (uint32_t)clusters);
    qcow2_store(features, 0, q->incompatible & ~QCOW2_DIRTY);
    return image_file_sync(&q->image.file) &&
           image_file_write(&q->image.file, QCOW2_AT_TABLE, pointer, sizeof pointer) &&
           image_file_write(&q->image.file, QCOW2_AT_INCOMPATIBLE, features, 8);
}

/* Blocks and table at the end of the file, made from the references that were found. */
static bool write_refcounts(struct walk *w)
{
    struct qcow2 *q = w->q;
    unsigned order = q->refcount_order, per_block = q->cluster_bits + 3 - order;
    uint64_t size = qcow2_cluster_size(q), first = w->clusters, blocks = 1, clusters = 1, needed;
    uint8_t *area;
    bool ok;

    /* Blocks for all of the file and themselves, without a gap; then the table. */
    do {
        needed = (first + blocks + clusters + mask_bits(per_block)) >> per_block;
        ok = needed <= blocks && (blocks * 8 + size - 1) / size <= clusters;
        if (needed > blocks)
            blocks = needed;
        if ((blocks * 8 + size - 1) / size > clusters)
            clusters = (blocks * 8 + size - 1) / size;
    } while (!ok);
    if (clusters * size > QCOW2_TABLE_MOST || blocks * size > GIB(1))
        return false;
    area = xcalloc((size_t)(blocks + clusters), (size_t)size);
    for (uint64_t c = 0; c < first + blocks + clusters; c++) {
        uint64_t count = c < first ? w->count[c] : 1;

        if (count > mask_bits(1u << order)) {
            free(area);
            return false;
        }
        qcow2_refcount_put(area + (c >> per_block) * size, c & mask_bits(per_block), order, count);
    }
    for (uint64_t i = 0; i < blocks; i++)
        qcow2_store(area + blocks * size, i, (first + i) << q->cluster_bits);
    ok = image_file_write(&q->image.file, first << q->cluster_bits, area,
                          (size_t)((blocks + clusters) * size)) &&
         switch_to(q, first + blocks, clusters);
    if (ok) {
        for (uint32_t i = 0; i < q->table_size; i++) {
            if (q->table[i] & QCOW2_OFFSET) {
                qcow2_set_remove(&q->metadata, q->table[i] & QCOW2_OFFSET);
                qcow2_forget(q, q->table[i] & QCOW2_OFFSET);
            }
        }
        free(q->table);
        q->table_size = (uint32_t)(clusters * size / 8);
        q->table = xcalloc(q->table_size, 8);
        for (uint64_t i = 0; i < blocks; i++) {
            q->table[i] = (first + i) << q->cluster_bits;
            qcow2_set_add(&q->metadata, q->table[i]);
        }
        q->table_offset = (first + blocks) << q->cluster_bits;
        q->incompatible &= ~QCOW2_DIRTY;
    }
    free(area);
    return ok;
}

/* The flag "referred to once" of an entry, as the references say. True: it was wrong. */
static bool correct_flag(const struct walk *w, uint64_t *entry)
{
    uint64_t old = *entry, at = old & QCOW2_OFFSET;

    if (!at || old & QCOW2_COMPRESSED)
        return false;
    *entry = w->count[at >> w->q->cluster_bits] == 1 ? old | QCOW2_COPIED : old & ~QCOW2_COPIED;
    return *entry != old;
}

/* Those of the disk of now; what is shared must not look as if it could be written in place. */
static bool correct_flags(struct walk *w)
{
    struct qcow2 *q = w->q;
    uint64_t size = qcow2_cluster_size(q), entry;
    uint8_t stored[8];

    for (uint32_t i = 0; i < q->l1_size; i++) {
        uint64_t at = q->l1[i] & QCOW2_OFFSET;
        uint8_t *l2 = at ? qcow2_cached(q, q->l2, QCOW2_L2_CACHE, at) : NULL;

        if (at && !l2)
            return false;
        if (correct_flag(w, &q->l1[i])) {
            qcow2_store(stored, 0, q->l1[i]);
            if (!image_file_write(&q->image.file, q->l1_offset + i * UINT64_C(8), stored, 8))
                return false;
        }
        for (uint64_t e = 0; at && e < size / 8; e++) {
            entry = qcow2_load(l2, e);
            if (!correct_flag(w, &entry))
                continue;
            qcow2_store(l2, e, entry);
            if (!image_file_write(&q->image.file, at + e * 8, l2 + e * 8, 8))
                return false;
        }
    }
    return true;
}

bool qcow2_repair(struct qcow2 *q)
{
    struct image_check result = { 0 };
    struct out nowhere;
    struct walk w;
    bool ok = false;

    out_to_nothing(&nowhere);
    if (!walk_start(&w, q, &result, &nowhere))
        return false;
    walk_contents(&w);
    if (!w.failed && !result.errors)
        ok = correct_flags(&w) && write_refcounts(&w);
    walk_end(&w);
    return ok;
}
