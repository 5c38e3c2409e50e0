/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/image_qcow2_write.c - writing to qcow2 images. A cluster that only the disk of now refers to
 * is written in place; every other one goes to a new cluster: count, contents, and then the entry
 * that refers to it. So the file is sound between any two writes; what is cut short leaves a leak.
 */
#include <stdlib.h>
#include <string.h>

#include "machine/image_qcow2.h"

/* A new level 2 table instead of the one that is not there, or that snapshots have too. */
static bool own_l2(struct qcow2 *q, uint64_t l1)
{
    uint64_t old = q->l1[l1] & QCOW2_OFFSET, got, at, entry;
    size_t size = (size_t)qcow2_cluster_size(q);
    uint8_t *bytes, stored[8];
    const uint8_t *from;
    bool ok;

    at = qcow2_allocate(q, 1, &got);
    if (!at)
        return false;
    bytes = xcalloc(1, size);
    if (old) {
        from = qcow2_cached(q, q->l2, QCOW2_L2_CACHE, old);
        if (!from) {
            free(bytes);
            qcow2_release(q, at);
            return false;
        }
        memcpy(bytes, from, size);
    }
    ok = image_file_write(&q->image.file, at, bytes, size);
    free(bytes);
    if (!ok) {
        qcow2_release(q, at);
        return false;
    }
    qcow2_forget(q, at);
    entry = at | QCOW2_COPIED;
    qcow2_store(stored, 0, entry);
    if (!image_file_write(&q->image.file, q->l1_offset + l1 * 8, stored, 8))
        return false; /* whether the file has it is not known: the cluster stays taken */
    q->l1[l1] = entry;
    qcow2_set_add(&q->metadata, at);
    if (old)
        qcow2_release(q, old);
    return true;
}

/* The level 2 table of a place of the disk, to be changed. NULL: told. */
static uint8_t *l2_to_change(struct qcow2 *q, uint64_t offset)
{
    uint64_t l1 = offset >> (2 * q->cluster_bits - 3);

    if ((!(q->l1[l1] & QCOW2_OFFSET) || !(q->l1[l1] & QCOW2_COPIED)) && !own_l2(q, l1))
        return NULL;
    return qcow2_cached(q, q->l2, QCOW2_L2_CACHE, q->l1[l1] & QCOW2_OFFSET);
}

static bool is_in_place(const struct qcow2 *q, uint64_t entry)
{
    return entry & QCOW2_COPIED && !(entry & QCOW2_COMPRESSED) && entry & QCOW2_OFFSET &&
           !(q->version >= 3 && entry & QCOW2_ZERO);
}

/* Clusters that are neighbours in the file as well: *n, at first what is wanted, in bytes. */
static bool write_in_place(struct qcow2 *q, const uint8_t *l2, uint64_t offset, uint64_t *n,
                           const uint8_t *data)
{
    uint64_t size = qcow2_cluster_size(q), index = qcow2_l2_index(q, offset);
    uint64_t at = qcow2_load(l2, index) & QCOW2_OFFSET, run = 0, in = offset % size;

    do {
        uint64_t entry = qcow2_load(l2, index), here = entry & QCOW2_OFFSET;

        if (!is_in_place(q, entry) || here != at + run)
            break;
        if (here % size || here >= q->image.file.size || qcow2_is_metadata(q, here))
            return qcow2_broken(q,
                                "has a cluster of the disk at byte %llu, where none can be; "
                                "expected a sound image",
                                (unsigned long long)here);
        run += size;
    } while (++index < size / 8 && run - in < *n);
    *n = run - in < *n ? run - in : *n;
    return image_file_write(&q->image.file, at + in, data, (size_t)*n);
}

/* What the entry referred to has one reference less. */
static void release_entry(struct qcow2 *q, uint64_t entry)
{
    uint64_t bytes, at, last;

    if (entry & QCOW2_COMPRESSED) {
        at = qcow2_packed_at(q, entry, &bytes);
        last = (at + bytes - 1) >> q->cluster_bits;
        for (at >>= q->cluster_bits; at <= last; at++)
            qcow2_release(q, at << q->cluster_bits);
    } else if (entry & QCOW2_OFFSET) {
        qcow2_release(q, entry & QCOW2_OFFSET);
    }
}

/* One cluster, of which `n` bytes from `in` on are new, to `at` of the file. */
static bool write_part(struct qcow2 *q, uint64_t offset, uint64_t in, uint64_t n, uint64_t at,
                       const uint8_t *data)
{
    uint64_t size = qcow2_cluster_size(q), sectors = q->image.block.sectors;
    uint64_t first = (offset - in) / BLOCK_SECTOR, there = size / BLOCK_SECTOR;

    if (!q->bounce)
        q->bounce = xcalloc(1, (size_t)size);
    if (there > sectors - first) { /* the disk ends in this cluster */
        there = sectors - first;
        memset(q->bounce, 0, (size_t)size);
    }
    if (qcow2_read(&q->image.block, first, (unsigned)there, q->bounce) != BLOCK_OK)
        return false;
    memcpy(q->bounce + in, data, (size_t)n);
    return image_file_write(&q->image.file, at, q->bounce, (size_t)size);
}

/* The contents of new clusters at `at`: whole ones as they are, the first and last with the old. */
static bool write_contents(struct qcow2 *q, uint64_t offset, uint64_t n, uint64_t at,
                           const uint8_t *data)
{
    uint64_t size = qcow2_cluster_size(q);

    while (n) {
        uint64_t in = offset % size, part = n < size - in ? n : size - in;
        bool ok;

        if (part == size) {
            part = n / size * size;
            ok = image_file_write(&q->image.file, at, data, (size_t)part);
        } else {
            ok = write_part(q, offset, in, part, at, data);
        }
        if (!ok)
            return false;
        data += part;
        offset += part;
        n -= part;
        at += in + part;
    }
    return true;
}

/* Clusters that cannot be written in place: *n, at first what is wanted, in bytes. */
static bool write_new(struct qcow2 *q, uint64_t offset, uint64_t *n, const uint8_t *data)
{
    uint64_t size = qcow2_cluster_size(q), index = qcow2_l2_index(q, offset), in = offset % size;
    uint64_t most = (in + *n + size - 1) / size, got, at, *old;
    uint64_t l1 = offset >> (2 * q->cluster_bits - 3), table;
    uint8_t *l2 = l2_to_change(q, offset);
    bool ok;

    if (!l2)
        return false;
    if (most > size / 8 - index)
        most = size / 8 - index;
    for (got = 1; got < most && !is_in_place(q, qcow2_load(l2, index + got));)
        got++;
    most = got;
    at = qcow2_allocate(q, most, &got);
    if (!at)
        return false;
    *n = got * size - in < *n ? got * size - in : *n;
    if (!write_contents(q, offset, *n, at, data)) {
        for (uint64_t i = 0; i < got; i++)
            qcow2_release(q, at + i * size);
        return false;
    }
    table = q->l1[l1] & QCOW2_OFFSET;
    l2 = qcow2_cached(q, q->l2, QCOW2_L2_CACHE, table); /* reading may have driven it out */
    if (!l2)
        return false;
    old = xcalloc((size_t)got, sizeof *old);
    for (uint64_t i = 0; i < got; i++) {
        old[i] = qcow2_load(l2, index + i);
        qcow2_store(l2, index + i, (at + i * size) | QCOW2_COPIED);
    }
    ok = image_file_write(&q->image.file, table + index * 8, l2 + index * 8, (size_t)got * 8);
    if (ok) {
        for (uint64_t i = 0; i < got; i++)
            release_entry(q, old[i]);
    } else {
        qcow2_forget(q, table); /* some of it may be in the file: the clusters stay taken */
    }
    free(old);
    return ok;
}

enum block_result qcow2_write(struct block *block, uint64_t sector, unsigned count,
                              const void *data)
{
    struct qcow2 *q = (struct qcow2 *)block;
    uint64_t offset = sector * BLOCK_SECTOR, left = (uint64_t)count * BLOCK_SECTOR;
    const uint8_t *from = data;

    while (left) {
        uint64_t n = left, l1 = offset >> (2 * q->cluster_bits - 3);
        uint64_t entry = q->l1[l1];
        const uint8_t *l2 = NULL;
        bool ok;

        if (q->broken)
            return BLOCK_IO;
        if (entry & QCOW2_OFFSET && entry & QCOW2_COPIED) {
            l2 = qcow2_cached(q, q->l2, QCOW2_L2_CACHE, entry & QCOW2_OFFSET);
            if (!l2)
                return BLOCK_IO;
        }
        if (l2 && is_in_place(q, qcow2_load(l2, qcow2_l2_index(q, offset))))
            ok = write_in_place(q, l2, offset, &n, from);
        else
            ok = write_new(q, offset, &n, from);
        if (!ok)
            return BLOCK_IO;
        from += n;
        offset += n;
        left -= n;
    }
    return BLOCK_OK;
}
