/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/image_qcow2_refcount.c - which clusters of a qcow2 file are in use: refcounts, and new
 * clusters. Each step leaves a file in which no cluster that something refers to counts too few: what
 * refers to a cluster is written after its count has grown, and before it shrinks.
 */
#include "machine/image_qcow2.h"

#include <stdlib.h>
#include <string.h>

uint64_t qcow2_refcount_in(const uint8_t *block, uint64_t index, unsigned order)
{
    switch (order) {
    case 0:
    case 1:
    case 2: {
        unsigned per_byte = 8u >> order, width = 1u << order;

        return block[index / per_byte] >> index % per_byte * width & ((1u << width) - 1);
    }
    case 3:
        return block[index];
    case 4:
        return (uint64_t)block[index * 2] << 8 | block[index * 2 + 1];
    case 5:
        return qcow2_load32(block + index * 4);
    default:
        return qcow2_load(block, index);
    }
}

void qcow2_refcount_put(uint8_t *block, uint64_t index, unsigned order, uint64_t value)
{
    switch (order) {
    case 0:
    case 1:
    case 2: {
        unsigned per_byte = 8u >> order, width = 1u << order;
        unsigned shift = (unsigned)(index % per_byte) * width;
        uint8_t *byte = &block[index / per_byte];

        *byte = (uint8_t)((*byte & ~(((1u << width) - 1) << shift)) | value << shift);
        break;
    }
    case 3:
        block[index] = (uint8_t)value;
        break;
    case 4:
        block[index * 2] = (uint8_t)(value >> 8);
        block[index * 2 + 1] = (uint8_t)value;
        break;
    case 5:
        qcow2_store32(block + index * 4, (uint32_t)value);
        break;
    default:
        qcow2_store(block, index, value);
    }
}

/* Counts in one block, as a power of two. */
static unsigned block_bits(const struct qcow2 *q)
{
    return q->cluster_bits + 3 - q->refcount_order;
}

static bool in_range(const struct qcow2 *q, uint64_t offset, uint64_t start, uint64_t bytes)
{
    return bytes && offset + qcow2_cluster_size(q) > start && offset < start + bytes;
}

bool qcow2_is_metadata(const struct qcow2 *q, uint64_t offset)
{
    return offset < qcow2_cluster_size(q) ||
           in_range(q, offset, q->l1_offset, (uint64_t)q->l1_size * 8) ||
           in_range(q, offset, q->table_offset, (uint64_t)q->table_size * 8) ||
           in_range(q, offset, q->snapshots_offset, q->snapshots_bytes) ||
           qcow2_set_has(&q->metadata, offset);
}

static uint8_t *counts_of(struct qcow2 *q, uint64_t block)
{
    return qcow2_cached(q, q->block, QCOW2_BLOCK_CACHE, q->table[block] & QCOW2_OFFSET);
}

bool qcow2_refcount(struct qcow2 *q, uint64_t cluster, uint64_t *count)
{
    uint64_t block = cluster >> block_bits(q);
    const uint8_t *counts;

    *count = 0;
    if (block >= q->table_size || !(q->table[block] & QCOW2_OFFSET))
        return true;
    counts = counts_of(q, block);
    if (!counts)
        return false;
    *count = qcow2_refcount_in(counts, cluster & mask_bits(block_bits(q)), q->refcount_order);
    return true;
}

/* Part of a block of refcounts -> file: that of the indices first ... last. */
static bool write_counts(struct qcow2 *q, uint64_t block, const uint8_t *counts, uint64_t first,
                         uint64_t last)
{
    uint64_t from = first << q->refcount_order >> 3, to = (last << q->refcount_order >> 3) + 1;
    uint64_t at = q->table[block] & QCOW2_OFFSET;

    if (q->refcount_order > 3)
        to = (last + 1) << (q->refcount_order - 3);
    if (image_file_write(&q->image.file, at + from, counts + from, (size_t)(to - from)))
        return true;
    qcow2_forget(q, at); /* what is in the file now is read again */
    return false;
}

static bool set_counts(struct qcow2 *q, uint64_t cluster, uint64_t number, uint64_t count)
{
    uint64_t block = cluster >> block_bits(q), index = cluster & mask_bits(block_bits(q));
    uint8_t *counts = counts_of(q, block);

    if (!counts)
        return false;
    for (uint64_t i = 0; i < number; i++)
        qcow2_refcount_put(counts, index + i, q->refcount_order, count);
    return write_counts(q, block, counts, index, index + number - 1);
}

/* A cluster of zeros, to be freed. */
static uint8_t *blank(const struct qcow2 *q, uint64_t clusters)
{
    return xcalloc((size_t)clusters, (size_t)qcow2_cluster_size(q));
}

/*
 * The first cluster without a block for its count becomes that block: it counts itself, and nothing
 * else has to be changed before the table names it.
 */
static bool make_block(struct qcow2 *q, uint64_t cluster)
{
    uint64_t block = cluster >> block_bits(q), at = cluster << q->cluster_bits;
    uint8_t *counts = blank(q, 1), entry[8];
    bool ok;

    if (qcow2_is_metadata(q, at)) {
        free(counts);
        return qcow2_broken(q, "counts the table at byte %llu as free, expected a sound image",
                            (unsigned long long)at);
    }
    qcow2_refcount_put(counts, cluster & mask_bits(block_bits(q)), q->refcount_order, 1);
    qcow2_store(entry, 0, at);
    ok = image_file_write(&q->image.file, at, counts, (size_t)qcow2_cluster_size(q)) &&
         image_file_write(&q->image.file, q->table_offset + block * 8, entry, 8);
    free(counts);
    if (!ok)
        return false;
    qcow2_forget(q, at);
    q->table[block] = at;
    qcow2_set_add(&q->metadata, at);
    return true;
}

/*
 * A larger table, at `cluster`, which the old one is too short for: in front of it the blocks that
 * count it and themselves. The header changes to it in one write; then the old one is free.
 */
static bool grow_table(struct qcow2 *q, uint64_t cluster)
{
    unsigned per_block = block_bits(q);
    uint64_t size = qcow2_cluster_size(q), old_offset = q->table_offset;
    uint64_t old_clusters = (uint64_t)q->table_size * 8 >> q->cluster_bits;
    uint64_t first = cluster >> per_block, blocks = 1, clusters, entries, needed;
    uint64_t *table;
    uint8_t *area, pointer[12];
    bool ok;

    for (;;) {
        entries = first + blocks + 1;
        if (entries < (uint64_t)q->table_size * 2)
            entries = (uint64_t)q->table_size * 2;
        clusters = (entries * 8 + size - 1) >> q->cluster_bits;
        needed = ((cluster + blocks + clusters - 1) >> per_block) - first + 1;
        if (needed <= blocks)
            break;
        blocks = needed;
    }
    entries = clusters << q->cluster_bits >> 3;
    if (entries * 8 > QCOW2_TABLE_MOST)
        return qcow2_broken(q, "needs a refcount table of %llu bytes, expected at most %llu",
                            (unsigned long long)entries * 8, (unsigned long long)QCOW2_TABLE_MOST);
    for (uint64_t i = cluster; i < cluster + blocks + clusters; i++) {
        if (qcow2_is_metadata(q, i << q->cluster_bits))
            return qcow2_broken(q, "counts the table at byte %llu as free, expected a sound image",
                                (unsigned long long)i << q->cluster_bits);
    }
    table = xcalloc((size_t)entries, 8);
    memcpy(table, q->table, (size_t)q->table_size * 8);
    area = blank(q, blocks + clusters);
    for (uint64_t i = 0; i < blocks; i++)
        table[first + i] = (cluster + i) << q->cluster_bits;
    for (uint64_t i = cluster; i < cluster + blocks + clusters; i++)
        qcow2_refcount_put(area + ((i >> per_block) - first) * size, i & mask_bits(per_block),
                           q->refcount_order, 1);
    for (uint64_t i = 0; i < entries; i++)
        qcow2_store(area + blocks * size, i, table[i]);
    qcow2_store(pointer, 0, (cluster + blocks) << q->cluster_bits);
    qcow2_store32(pointer + 8, (uint32_t)clusters);
    ok = image_file_write(&q->image.file, cluster << q->cluster_bits, area,
                          (size_t)((blocks + clusters) * size)) &&
         image_file_write(&q->image.file, QCOW2_AT_TABLE, pointer, sizeof pointer);
    free(area);
    if (!ok) {
        free(table);
        return false;
    }
    for (uint64_t i = 0; i < blocks; i++) {
        qcow2_forget(q, table[first + i]);
        qcow2_set_add(&q->metadata, table[first + i]);
    }
    free(q->table);
    q->table = table;
    q->table_size = (uint32_t)entries;
    q->table_offset = (cluster + blocks) << q->cluster_bits;
    for (uint64_t i = 0; i < old_clusters; i++)
        qcow2_release(q, old_offset + (i << q->cluster_bits));
    return true;
}

/* So that there is a count of this cluster, which is in no block yet if it is not in use. */
static bool provide_block(struct qcow2 *q, uint64_t cluster)
{
    uint64_t block = cluster >> block_bits(q);

    if (block >= q->table_size)
        return grow_table(q, cluster);
    return q->table[block] & QCOW2_OFFSET || make_block(q, cluster);
}

bool qcow2_refcount_set(struct qcow2 *q, uint64_t cluster, uint64_t count)
{
    uint64_t block = cluster >> block_bits(q);

    if (count > mask_bits(1u << q->refcount_order))
        return qcow2_broken(q,
                            "has %llu references to the cluster at byte %llu, expected at most "
                            "%llu",
                            (unsigned long long)count,
                            (unsigned long long)cluster << q->cluster_bits,
                            (unsigned long long)mask_bits(1u << q->refcount_order));
    if (block >= q->table_size || !(q->table[block] & QCOW2_OFFSET))
        return qcow2_broken(q, "does not count the cluster at byte %llu, expected a sound image",
                            (unsigned long long)cluster << q->cluster_bits);
    return set_counts(q, cluster, 1, count);
}

/* The first cluster from q->free on that is counted as free, with as many neighbours in its block. */
static bool find_free(struct qcow2 *q, uint64_t most, uint64_t *first, uint64_t *got)
{
    for (;;) {
        uint64_t block = q->free >> block_bits(q), index = q->free & mask_bits(block_bits(q));
        const uint8_t *counts;

        if (q->free >= QCOW2_OFFSET >> q->cluster_bits)
            return qcow2_broken(q, "is full, expected fewer than 2^56 bytes in the file");
        if (block >= q->table_size || !(q->table[block] & QCOW2_OFFSET)) {
            if (!provide_block(q, q->free))
                return false;
            continue;
        }
        counts = counts_of(q, block);
        if (!counts)
            return false;
        while (index < BIT(block_bits(q)) && qcow2_refcount_in(counts, index, q->refcount_order))
            index++;
        q->free = (block << block_bits(q)) + index;
        for (*got = 0; *got < most && index + *got < BIT(block_bits(q)) &&
                       !qcow2_refcount_in(counts, index + *got, q->refcount_order);)
            ++*got;
        *first = q->free;
        if (*got)
            return true;
    }
}

uint64_t qcow2_allocate(struct qcow2 *q, uint64_t most, uint64_t *got)
{
    uint64_t first = 0, at;

    if (!find_free(q, most, &first, got))
        return 0;
    at = first << q->cluster_bits;
    for (uint64_t i = 0; i < *got; i++) {
        if (qcow2_is_metadata(q, at + (i << q->cluster_bits))) {
            qcow2_broken(q, "counts the table at byte %llu as free, expected a sound image",
                         (unsigned long long)at + (i << q->cluster_bits));
            return 0;
        }
    }
    if (!set_counts(q, first, *got, 1))
        return 0;
    q->free = first + *got;
    return at;
}

void qcow2_release(struct qcow2 *q, uint64_t offset)
{
    uint64_t cluster = offset >> q->cluster_bits, count;

    if (!qcow2_refcount(q, cluster, &count))
        return;
    if (!count) {
        qcow2_broken(q,
                     "counts the cluster at byte %llu as free, which is in use; expected a "
                     "sound image",
                     (unsigned long long)offset);
        return;
    }
    if (!set_counts(q, cluster, 1, count - 1) || count > 1)
        return;
    qcow2_forget(q, cluster << q->cluster_bits);
    qcow2_set_remove(&q->metadata, cluster << q->cluster_bits);
    if (q->free > cluster)
        q->free = cluster;
}
