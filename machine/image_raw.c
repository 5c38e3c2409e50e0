/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/image_raw.c - the medium, byte for byte: diskettes, ISO images, plain disks. */
#include <stdlib.h>
#include <string.h>

#include "machine/image_format.h"

struct raw {
    struct image image; /* first */
    bool guessed;       /* nobody said that it is raw */
};

static enum block_result raw_read(struct block *block, uint64_t sector, unsigned count, void *data)
{
    struct image *image = (struct image *)block;

    return image_file_read(&image->file, sector * BLOCK_SECTOR, data, (size_t)count * BLOCK_SECTOR)
               ? BLOCK_OK
               : BLOCK_IO;
}

/*
 * A guest could make its disk look like an image with a backing file of its choice, for the next
 * run to open: what was taken for raw because nothing else fits must go on to look so.
 */
static bool stays_raw(struct raw *raw, const void *data, size_t bytes)
{
    if (!raw->guessed || image_probe(data, bytes < IMAGE_HEAD ? bytes : IMAGE_HEAD) == &image_raw)
        return true;
    image_file_tell(&raw->image.file,
                    "the guest writes the header of an image format into the first sector, which "
                    "was not done; expected format=raw if it shall");
    return false;
}

static enum block_result raw_write(struct block *block, uint64_t sector, unsigned count,
                                   const void *data)
{
    struct raw *raw = (struct raw *)block;
    uint64_t offset = sector * BLOCK_SECTOR;
    size_t bytes = (size_t)count * BLOCK_SECTOR;

    if (count && !sector && !stays_raw(raw, data, bytes))
        return BLOCK_IO;
    if (offset + bytes > raw->image.bytes) /* a part of the last sector: the file keeps its size */
        bytes = (size_t)(raw->image.bytes - offset);
    return image_file_write(&raw->image.file, offset, data, bytes) ? BLOCK_OK : BLOCK_IO;
}

static void raw_close(struct block *block)
{
    image_close((struct image *)block);
    free(block);
}

static uint64_t raw_zeros(struct block *block, uint64_t sector, uint64_t most)
{
    return image_file_hole(&((struct image *)block)->file, sector * BLOCK_SECTOR,
                           most * BLOCK_SECTOR) /
           BLOCK_SECTOR;
}

static const struct image_class raw_class = {
    .block = { "raw", raw_read, raw_write, image_flush, raw_close },
    .zeros = raw_zeros,
};

static struct block *raw_open(struct image_opening *o)
{
    struct raw *raw = xcalloc(1, sizeof *raw);

    raw->guessed = o->guessed;
    image_ready(&raw->image, o, &raw_class, o->file.size);
    return &raw->image.block;
}

static bool raw_create(struct image_file *file, const struct image_create_options *options,
                       struct buf *error)
{
    (void)error;
    return image_file_resize(file, options->bytes);
}

const struct image_format image_raw = { .name = "raw", .open = raw_open, .create = raw_create };
