/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/block.h - what a medium is to a drive: sectors of 512 bytes, counted from 0. Diskettes, disks
 * and CDs (four sectors make one of theirs) are all of this kind. Transfers are complete when a
 * function returns; how long the drive takes is its own affair, in guest time.
 */
#ifndef IODEV_BLOCK_H
#define IODEV_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define BLOCK_SECTOR 512u

enum block_result {
    BLOCK_OK,
    BLOCK_IO,        /* the host's error; it has been told once, in one line */
    BLOCK_RANGE,     /* sectors behind the end; nothing was moved */
    BLOCK_PROTECTED, /* write to what is read-only; nothing was moved */
};

struct block;

struct block_class {
    const char *name; /* "raw", "qcow2" */
    /* Within the medium: callers are block_read() and its kin, which look at the range first. */
    enum block_result (*read)(struct block *block, uint64_t sector, unsigned count, void *data);
    enum block_result (*write)(struct block *block, uint64_t sector, unsigned count,
                               const void *data);
    enum block_result (*flush)(struct block *block); /* what was written survives a power cut */
    void (*close)(struct block *block);              /* flushes; frees */
};

/* First member of every medium. */
struct block {
    const struct block_class *class;
    uint64_t sectors; /* does not change; a last part of a sector reads as filled with zeros */
    bool read_only;
};

static inline enum block_result block_range(const struct block *block, uint64_t sector,
                                            unsigned count)
{
    return sector > block->sectors || count > block->sectors - sector ? BLOCK_RANGE : BLOCK_OK;
}

static inline enum block_result block_read(struct block *block, uint64_t sector, unsigned count,
                                           void *data)
{
    enum block_result result = block_range(block, sector, count);

    return result ? result : block->class->read(block, sector, count, data);
}

static inline enum block_result block_write(struct block *block, uint64_t sector, unsigned count,
                                            const void *data)
{
    enum block_result result = block_range(block, sector, count);

    if (!result && block->read_only)
        result = BLOCK_PROTECTED;
    return result ? result : block->class->write(block, sector, count, data);
}

static inline enum block_result block_flush(struct block *block)
{
    return block->read_only ? BLOCK_OK : block->class->flush(block);
}

/* NULL is allowed. */
static inline void block_close(struct block *block)
{
    if (block)
        block->class->close(block);
}

#endif
