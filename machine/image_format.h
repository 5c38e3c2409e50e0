/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/image_format.h - what a format of disk images is to machine/image.c. */
#ifndef MACHINE_IMAGE_FORMAT_H
#define MACHINE_IMAGE_FORMAT_H

#include "machine/image.h"
#include "machine/image_file.h"

#define IMAGE_HEAD 512      /* bytes from the beginning of a file that tell its format */
#define IMAGE_CHAIN_MOST 16 /* backing files of backing files */
#define IMAGE_LINES_MOST 20 /* that image_check() prints */

/* The class of every block that comes from image_open() or image_overlay(). */
struct image_class {
    struct block_class block;                                               /* first */
    uint64_t (*zeros)(struct block *block, uint64_t sector, uint64_t most); /* NULL: unknown */
    void (*describe)(struct block *block, struct out *out); /* what only this format has */
    enum block_result (*check)(struct block *block, struct image_check *result, struct out *out);
};

/* Of every image but overlays. */
struct image {
    struct block block; /* first */
    uint64_t bytes;     /* of the medium; the last sector may be a part of one */
    struct image_file file;
    struct block *backing; /* NULL: none */
};

/* An image that is about to be one. Whoever takes the file leaves file.fd -1. */
struct image_opening {
    const struct image_options *options;
    const struct image_opening *above; /* the image that this one backs; NULL: none */
    unsigned depth;
    struct image_file file;
    bool guessed; /* the format was not said */
    struct buf *error;
    int *exit_code;
};

struct image_format {
    const char *name, *alias;
    bool (*probe)(const uint8_t head[IMAGE_HEAD], size_t length);
    struct block *(*open)(struct image_opening *opening);
    /* The file is empty. False: *error, or the host's error was told to file->log. */
    bool (*create)(struct image_file *file, const struct image_create_options *options,
                   struct buf *error);
    bool backing; /* create() knows what a backing file is */
};

extern const struct image_format image_raw, image_qcow2, image_growing, image_sparse;

/* False, and *opening->error is "path: ...". */
COLD bool image_refuse(struct image_opening *opening, const char *format, ...) PRINTF_LIKE(2, 3);
/* False: refused, because `what` is not wholly in the file, or the host cannot read it. */
MUST_CHECK bool image_load(struct image_opening *opening, const char *what, uint64_t offset,
                           void *data, size_t bytes);
/* The image takes the file, and is one. */
void image_ready(struct image *image, struct image_opening *opening,
                 const struct image_class *class, uint64_t bytes);
/* The backing file of an image that is being opened; `format` NULL: by contents. */
MUST_CHECK struct block *image_open_backing(struct image_opening *opening, const char *name,
                                            const char *format);
/* What a file says of itself, to be shown: without control characters. True: it had none. */
bool image_printable(char *text);
/* `name` as seen from the folder of `path`. */
void image_relative(const char *path, const char *name, struct buf *result);
/* Bytes of the backing image; behind its end, or without one, zeros. */
MUST_CHECK bool image_read_backing(struct image *image, uint64_t offset, void *data, size_t bytes);
/* Zeros below, as far as known: for image_class.zeros; in sectors. */
uint64_t image_backing_zeros(struct image *image, uint64_t sector, uint64_t most);
enum block_result image_flush(struct block *block);
void image_close(struct image *image); /* file and backing; not the image itself */
/* The format that the beginning of a file shows; raw if nothing does. */
const struct image_format *image_probe(const uint8_t *head, size_t length);
/* NULL: *error is one line with the nearest name. */
const struct image_format *image_format_find(const char *name, struct buf *error);
/* What an overlay lies on; NULL: the block is none. */
struct block *image_overlay_base(struct block *block);
/* A line of image_check(), while there are not too many. */
void image_complain(struct out *out, uint64_t *count, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
