/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/image_qcow2_create.c - an empty qcow2 image: header, table of refcounts, blocks of them,
 * level 1 table.
 */
#include <stdlib.h>
#include <string.h>

#include "machine/image_qcow2.h"

static bool is_power_of_two(uint64_t n)
{
    return n && !(n & (n - 1));
}

static unsigned log2_of(uint64_t n)
{
    return 63 - (unsigned)__builtin_clzll(n);
}

static bool choose(struct qcow2 *q, const char *path, const struct image_create_options *o,
                   struct buf *error)
{
    uint64_t cluster = o->cluster ? o->cluster : KIB(64), entries;
    unsigned width = o->refcount_bits ? o->refcount_bits : 16;

    if (!is_power_of_two(cluster) || cluster < 512 || cluster > MIB(2)) {
        buf_printf(error, "%s: clusters of %llu bytes, expected a power of two, 512 to 2M", path,
                   (unsigned long long)cluster);
        return false;
    }
    if (!is_power_of_two(width) || width > 64) {
        buf_printf(error, "%s: refcounts of %u bits, expected 1, 2, 4, 8, 16, 32 or 64", path,
                   width);
        return false;
    }
    q->version = 3;
    q->cluster_bits = log2_of(cluster);
    q->refcount_order = log2_of(width);
    entries = (o->bytes >> (2 * q->cluster_bits - 3)) +
              ((o->bytes & mask_bits(2 * q->cluster_bits - 3)) != 0);
    if (entries > QCOW2_L1_MOST) {
        buf_printf(error, "%s: %llu bytes, expected at most %llu with clusters of %llu bytes", path,
                   (unsigned long long)o->bytes,
                   (unsigned long long)(QCOW2_L1_MOST << (2 * q->cluster_bits - 3)),
                   (unsigned long long)cluster);
        return false;
    }
    if (o->backing && strlen(o->backing) > 255) {
        buf_printf(error, "%s: the name of the backing file has %zu bytes, expected at most 255",
                   path, strlen(o->backing));
        return false;
    }
    q->l1_size = (uint32_t)entries;
    return true;
}

/* Header, and the name of the backing file behind it. */
static void fill_header(const struct qcow2 *q, uint8_t *head, const struct image_create_options *o,
                        uint64_t table_clusters)
{
    static const uint8_t magic[4] = { 'Q', 'F', 'I', 0xfb };
    size_t at = QCOW2_HEADER_V3 + 8; /* a whole number of eight bytes, with the compression type */

    memcpy(head, magic, 4);
    qcow2_store32(head + QCOW2_AT_VERSION, q->version);
    qcow2_store32(head + QCOW2_AT_CLUSTER_BITS, q->cluster_bits);
    qcow2_store(head + QCOW2_AT_SIZE, 0, o->bytes);
    qcow2_store32(head + QCOW2_AT_L1_SIZE, q->l1_size);
    qcow2_store(head + QCOW2_AT_L1, 0, q->l1_offset);
    qcow2_store(head + QCOW2_AT_TABLE, 0, q->table_offset);
    qcow2_store32(head + QCOW2_AT_TABLE_CLUSTERS, (uint32_t)table_clusters);
    qcow2_store32(head + QCOW2_AT_REFCOUNT_ORDER, q->refcount_order);
    qcow2_store32(head + QCOW2_AT_HEADER_LENGTH, (uint32_t)at);
    if (!o->backing)
        return;
    if (o->backing_format) {
        size_t length = strlen(o->backing_format);

        qcow2_store32(head + at, 0xe2792aca);
        qcow2_store32(head + at + 4, (uint32_t)length);
        memcpy(head + at + 8, o->backing_format, length);
        at += 8 + (length + 7) / 8 * 8;
    }
    at += 8; /* the end of the extensions */
    qcow2_store(head + QCOW2_AT_BACKING, 0, at);
    qcow2_store32(head + QCOW2_AT_BACKING_SIZE, (uint32_t)strlen(o->backing));
    memcpy(head + at, o->backing, strlen(o->backing));
}

bool qcow2_create(struct image_file *file, const struct image_create_options *options,
                  struct buf *error)
{
    struct qcow2 q = { 0 };
    struct image_create_options o = *options;
    unsigned per_block;
    uint64_t size, l1_clusters, table_clusters, blocks = 0, used, count;
    uint8_t *bytes;
    bool ok;

    o.bytes = (o.bytes + BLOCK_SECTOR - 1) / BLOCK_SECTOR * BLOCK_SECTOR;
    if (o.backing_format) {
        const struct image_format *format = image_format_find(o.backing_format, error);

        if (!format)
            return false;
        o.backing_format = format->alias ? format->alias : format->name;
    }
    if (!choose(&q, file->path, &o, error))
        return false;
    size = qcow2_cluster_size(&q);
    per_block = q.cluster_bits + 3 - q.refcount_order;
    l1_clusters = ((uint64_t)q.l1_size * 8 + size - 1) / size;
    /* Header, table, blocks, L1 table: as many blocks as count all of these. */
    do {
        blocks++;
        table_clusters = (blocks * 8 + size - 1) / size;
        used = 1 + table_clusters + blocks + l1_clusters;
    } while (blocks << per_block < used);
    q.table_offset = size;
    q.l1_offset = (1 + table_clusters + blocks) * size;
    count = 1 + table_clusters + blocks; /* the L1 table is zeros, which the file has by its size */
    bytes = xcalloc((size_t)count, (size_t)size);
    fill_header(&q, bytes, &o, table_clusters);
    for (uint64_t i = 0; i < blocks; i++)
        qcow2_store(bytes + size, i, (1 + table_clusters + i) * size);
    for (uint64_t i = 0; i < used; i++)
        qcow2_refcount_put(bytes + (1 + table_clusters + (i >> per_block)) * size,
                           i & mask_bits(per_block), q.refcount_order, 1);
    ok = image_file_resize(file, used * size) &&
         image_file_write(file, size, bytes + size, (size_t)((count - 1) * size)) &&
         image_file_write(file, 0, bytes, (size_t)size);
    free(bytes);
    return ok;
}
