/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/image_qcow2.h - qcow2 images, versions 2 and 3. The disk is cut into clusters; a level 1
 * table refers to level 2 tables, these to clusters of the file. Each cluster of the file has a
 * count of the references to it. All numbers are big-endian.
 * Source: QEMU's docs/interop/qcow2.txt.
 */
#ifndef MACHINE_IMAGE_QCOW2_H
#define MACHINE_IMAGE_QCOW2_H

#include "machine/image_format.h"
#include "util/bits.h"

#define QCOW2_L1_MOST MIB(4)    /* entries */
#define QCOW2_TABLE_MOST MIB(8) /* bytes of the table of refcount blocks */
#define QCOW2_SNAPSHOTS_MOST 65536u
#define QCOW2_L2_CACHE 16
#define QCOW2_BLOCK_CACHE 4

/* Entries of level 1 and 2 tables and of the table of refcount blocks. */
#define QCOW2_OFFSET UINT64_C(0x00fffffffffffe00)
#define QCOW2_COPIED BIT(63) /* refcount is exactly one: may be written in place */
#define QCOW2_COMPRESSED BIT(62)
#define QCOW2_ZERO BIT(0) /* reads as zeros, version 3 */

#define QCOW2_DIRTY BIT(0)
#define QCOW2_CORRUPT BIT(1)
#define QCOW2_EXTERNAL BIT(2)
#define QCOW2_COMPRESSION BIT(3)
#define QCOW2_EXTENDED_L2 BIT(4)
#define QCOW2_BITMAPS BIT(0) /* of the autoclear bits */

/* Where the fields of the header are. */
enum {
    QCOW2_AT_VERSION = 4,
    QCOW2_AT_BACKING = 8,
    QCOW2_AT_BACKING_SIZE = 16,
    QCOW2_AT_CLUSTER_BITS = 20,
    QCOW2_AT_SIZE = 24,
    QCOW2_AT_CRYPT = 32,
    QCOW2_AT_L1_SIZE = 36,
    QCOW2_AT_L1 = 40,
    QCOW2_AT_TABLE = 48,
    QCOW2_AT_TABLE_CLUSTERS = 56,
    QCOW2_AT_SNAPSHOT_COUNT = 60,
    QCOW2_AT_SNAPSHOTS = 64,
    QCOW2_HEADER_V2 = 72,
    QCOW2_AT_INCOMPATIBLE = 72,
    QCOW2_AT_COMPATIBLE = 80,
    QCOW2_AT_AUTOCLEAR = 88,
    QCOW2_AT_REFCOUNT_ORDER = 96,
    QCOW2_AT_HEADER_LENGTH = 100,
    QCOW2_HEADER_V3 = 104,
    QCOW2_AT_COMPRESSION = 104,
};

/* One cluster of level 2 entries or refcounts, as in the file. */
struct qcow2_cluster {
    uint64_t offset; /* 0: empty */
    uint64_t used;   /* when, for the choice of a victim */
    uint8_t *bytes;
};

/* A set of offsets: those of clusters with metadata, which no guest data may overwrite. */
struct qcow2_set {
    uint64_t *slot; /* 0: free */
    size_t size, count;
};

struct qcow2 {
    struct image image; /* first */
    unsigned version, cluster_bits, refcount_order;
    uint64_t incompatible, compatible, autoclear;
    unsigned compression; /* 0: deflate, 1: zstd */
    char *backing_name, *backing_format;
    uint64_t l1_offset, *l1; /* entries in the host's order */
    uint32_t l1_size;
    uint64_t table_offset, *table; /* of refcount blocks, likewise */
    uint32_t table_size;           /* entries */
    uint64_t snapshots_offset, snapshots_bytes;
    uint32_t snapshot_count;
    uint64_t bitmaps_offset; /* directory of dirty bitmaps, 0: none */
    uint64_t bitmaps_bytes;
    uint32_t bitmap_count;
    struct qcow2_cluster l2[QCOW2_L2_CACHE], block[QCOW2_BLOCK_CACHE];
    uint64_t uses;
    uint64_t unpacked; /* level 2 entry of the compressed cluster in `plain`; 0: none */
    uint8_t *plain, *packed;
    uint8_t *bounce; /* a cluster that is written in part */
    struct qcow2_set metadata;
    uint64_t free; /* clusters in front of this one are in use */
    bool broken;   /* a contradiction was found: no more writes */
};

static inline uint64_t qcow2_cluster_size(const struct qcow2 *q)
{
    return UINT64_C(1) << q->cluster_bits;
}

static inline uint64_t qcow2_load(const uint8_t *table, uint64_t index)
{
    uint64_t v;

    memcpy(&v, table + index * 8, 8);
    return __builtin_bswap64(LE64(v));
}

static inline void qcow2_store(uint8_t *table, uint64_t index, uint64_t v)
{
    v = LE64(__builtin_bswap64(v));
    memcpy(table + index * 8, &v, 8);
}

static inline uint32_t qcow2_load32(const uint8_t *p)
{
    return __builtin_bswap32(load_le32(p));
}

static inline void qcow2_store32(uint8_t *p, uint32_t v)
{
    store_le32(p, __builtin_bswap32(v));
}

/* Index in its level 2 table of the cluster at `offset` of the disk. */
static inline uint64_t qcow2_l2_index(const struct qcow2 *q, uint64_t offset)
{
    return bits(offset, q->cluster_bits, q->cluster_bits - 3);
}

/* Where in the file the compressed cluster of an entry is. */
static inline uint64_t qcow2_packed_at(const struct qcow2 *q, uint64_t entry, uint64_t *bytes)
{
    unsigned split = 62 - (q->cluster_bits - 8);
    uint64_t at = entry & mask_bits(split);

    *bytes = (bits(entry, split, 62 - split) + 1) * 512 - at % 512;
    return at;
}

/* ---- image_qcow2.c ---- */

/* A cluster of the file through a cache; NULL: the host's error or a contradiction, told. */
uint8_t *qcow2_cached(struct qcow2 *q, struct qcow2_cluster *cache, unsigned count,
                      uint64_t offset);
void qcow2_forget(struct qcow2 *q, uint64_t offset);
/* Told once; there will be no more writes. Returns false. */
COLD bool qcow2_broken(struct qcow2 *q, const char *format, ...) PRINTF_LIKE(2, 3);
enum block_result qcow2_read(struct block *block, uint64_t sector, unsigned count, void *data);
void qcow2_set_add(struct qcow2_set *set, uint64_t offset);
void qcow2_set_remove(struct qcow2_set *set, uint64_t offset);
bool qcow2_set_has(const struct qcow2_set *set, uint64_t offset);

/* ---- image_qcow2_refcount.c ---- */

uint64_t qcow2_refcount_in(const uint8_t *block, uint64_t index, unsigned order);
void qcow2_refcount_put(uint8_t *block, uint64_t index, unsigned order, uint64_t value);
/* Of cluster number `cluster`. False: told. */
MUST_CHECK bool qcow2_refcount(struct qcow2 *q, uint64_t cluster, uint64_t *count);
MUST_CHECK bool qcow2_refcount_set(struct qcow2 *q, uint64_t cluster, uint64_t count);
/* Offset of at most `most` neighbours, now with a refcount of one; 0: none, told. */
uint64_t qcow2_allocate(struct qcow2 *q, uint64_t most, uint64_t *got);
/* One reference less; a failure leaves a leak. */
void qcow2_release(struct qcow2 *q, uint64_t offset);
/* Does this cluster hold header, tables or refcounts? */
bool qcow2_is_metadata(const struct qcow2 *q, uint64_t offset);

/* ---- image_qcow2_write.c ---- */

enum block_result qcow2_write(struct block *block, uint64_t sector, unsigned count,
                              const void *data);

/* ---- image_qcow2_check.c ---- */

enum block_result qcow2_check(struct block *block, struct image_check *result, struct out *out);
/* Refcounts of an image that was not closed, from what refers to clusters. False: told. */
MUST_CHECK bool qcow2_repair(struct qcow2 *q);
/* A snapshot's row of the table. False: it ends here, or is no row. */
struct qcow2_snapshot {
    uint64_t l1_offset;
    uint32_t l1_size, seconds;
    uint64_t clock, state_bytes;
    char id[64], name[256];
};
MUST_CHECK bool qcow2_snapshot_next(struct qcow2 *q, uint64_t *offset,
                                    struct qcow2_snapshot *snapshot);

/* ---- image_qcow2_create.c ---- */

bool qcow2_create(struct image_file *file, const struct image_create_options *options,
                  struct buf *error);

#endif
