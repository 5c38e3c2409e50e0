/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/image.c - disk images: which format a file has, its backing files, what all have alike. */
#include "machine/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/image_format.h"
#include "util/text.h"

/* Raw is the last: everything is raw. */
static const struct image_format *const formats[] = { &image_qcow2, &image_growing, &image_sparse,
                                                      &image_raw };

const struct image_format *image_probe(const uint8_t *head, size_t length)
{
    unsigned i = 0;

    while (formats[i]->probe && !formats[i]->probe(head, length))
        i++;
    return formats[i];
}

const struct image_format *image_format_find(const char *name, struct buf *error)
{
    const char *names[ARRAY_SIZE(formats) + 1] = { NULL };
    const char *nearest;

    for (unsigned i = 0; i < ARRAY_SIZE(formats); i++) {
        const struct image_format *f = formats[i];

        if (!strcmp(name, f->name) || (f->alias && !strcmp(name, f->alias)))
            return f;
        names[i] = f->name;
    }
    nearest = text_nearest(name, names);
    buf_printf(error, "format '%s' is unknown%s%s%s, expected raw, qcow2, growing or sparse", name,
               nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "");
    return NULL;
}

bool image_refuse(struct image_opening *o, const char *format, ...)
{
    va_list args;

    *o->exit_code = 2;
    buf_printf(o->error, "%s: ", o->file.path);
    va_start(args, format);
    buf_vprintf(o->error, format, args);
    va_end(args);
    return false;
}

bool image_load(struct image_opening *o, const char *what, uint64_t offset, void *data,
                size_t bytes)
{
    if (offset > o->file.size || bytes > o->file.size - offset)
        return image_refuse(o,
                            "%s is at byte %llu and %llu long, but the file ends at %llu; expected "
                            "all of it",
                            what, (unsigned long long)offset, (unsigned long long)bytes,
                            (unsigned long long)o->file.size);
    o->file.log = NULL;
    if (image_file_read(&o->file, offset, data, bytes))
        return true;
    *o->exit_code = 4;
    buf_printf(o->error, "%s: %s cannot be read: %s", o->file.path, what, strerror(errno));
    return false;
}

void image_ready(struct image *image, struct image_opening *o, const struct image_class *class,
                 uint64_t bytes)
{
    image->block.class = &class->block;
    image->block.sectors = bytes / BLOCK_SECTOR + (bytes % BLOCK_SECTOR != 0);
    image->block.read_only = !o->file.writable;
    image->bytes = bytes;
    image->file = o->file;
    image->file.log = o->options->log;
    o->file = (struct image_file){ .fd = -1 };
}

bool image_printable(char *text)
{
    bool clean = true;

    for (; *text; text++) {
        if ((uint8_t)*text < ' ' || *text == 0x7f) {
            *text = '?';
            clean = false;
        }
    }
    return clean;
}

void image_relative(const char *path, const char *name, struct buf *result)
{
    const char *slash = strrchr(path, '/');

    buf_clear(result);
    if (slash && *name != '/')
        buf_add(result, path, (size_t)(slash + 1 - path));
    buf_add_text(result, name);
}

/* A file, and whatever it needs. */
static struct block *open_one(const char *path, const struct image_options *options,
                              const struct image_opening *above, struct buf *error, int *exit_code)
{
    struct image_opening o = { .options = options,
                               .above = above,
                               .depth = above ? above->depth + 1 : 0,
                               .guessed = !options->format,
                               .error = error,
                               .exit_code = exit_code };
    const struct image_format *format = NULL;
    uint8_t head[IMAGE_HEAD] = { 0 };
    struct block *block = NULL;
    size_t length;

    *exit_code = 2;
    if (options->format) {
        struct buf why = { 0 };

        format = image_format_find(options->format, &why);
        if (!format)
            buf_printf(error, "%s: %s", path, buf_text(&why));
        buf_free(&why);
        if (!format)
            return NULL;
    }
    if (!image_file_open(&o.file, path, !options->read_only, NULL, error, exit_code))
        return NULL;
    *exit_code = 2;
    length = o.file.size < sizeof head ? (size_t)o.file.size : sizeof head;
    for (const struct image_opening *a = above; a; a = a->above) {
        if (a->file.device == o.file.device && a->file.inode == o.file.inode) {
            image_refuse(&o, "is its own backing file, expected a chain with an end");
            length = 0;
            format = NULL;
            break;
        }
    }
    if (error->length)
        ;
    else if (o.file.size == 0)
        image_refuse(&o, "is empty, expected an image");
    else if (image_load(&o, "the header", 0, head, length))
        block = (format ? format : image_probe(head, length))->open(&o);
    image_file_close(&o.file);
    return block;
}

struct block *image_open(const char *path, const struct image_options *options, struct buf *error,
                         int *exit_code)
{
    struct image_options base = *options;
    struct block *block, *overlay;

    if (options->snapshot)
        base.read_only = true;
    block = open_one(path, &base, NULL, error, exit_code);
    if (!block && error->length)
        image_printable((char *)error->data);
    if (!block || !options->snapshot)
        return block;
    overlay = image_overlay(block, true, options->overlay, options->log, error);
    if (!overlay) {
        *exit_code = 4;
        block_close(block);
    }
    return overlay;
}

struct block *image_open_backing(struct image_opening *o, const char *name, const char *format)
{
    struct image_options options = { .format = format, .read_only = true, .log = o->options->log };
    struct buf path = { 0 }, why = { 0 };
    struct block *block = NULL;

    if (o->depth + 1 >= IMAGE_CHAIN_MOST) {
        image_refuse(o, "is number %u of a chain of backing files, expected at most %u",
                     o->depth + 1, IMAGE_CHAIN_MOST);
        return NULL;
    }
    image_relative(o->file.path, name, &path);
    block = open_one(buf_text(&path), &options, o, &why, o->exit_code);
    if (!block)
        buf_printf(o->error, o->depth ? "%s%s" : "%s (backing file of %s)", buf_text(&why),
                   o->depth ? "" : o->file.path);
    buf_free(&path);
    buf_free(&why);
    return block;
}

bool image_read_backing(struct image *image, uint64_t offset, void *data, size_t bytes)
{
    uint64_t sector = offset / BLOCK_SECTOR;
    size_t count = bytes / BLOCK_SECTOR, there = count;
    struct block *backing = image->backing;

    if (!backing || sector >= backing->sectors)
        there = 0;
    else if (there > backing->sectors - sector)
        there = (size_t)(backing->sectors - sector);
    memset((uint8_t *)data + there * BLOCK_SECTOR, 0, (count - there) * BLOCK_SECTOR);
    return !there || block_read(backing, sector, (unsigned)there, data) == BLOCK_OK;
}

uint64_t image_backing_zeros(struct image *image, uint64_t sector, uint64_t most)
{
    struct block *backing = image->backing;

    if (!backing || sector >= backing->sectors)
        return most;
    if (most > backing->sectors - sector)
        most = backing->sectors - sector;
    return image_zeros(backing, sector, most);
}

enum block_result image_flush(struct block *block)
{
    return image_file_sync(&((struct image *)block)->file) ? BLOCK_OK : BLOCK_IO;
}

void image_close(struct image *image)
{
    block_close(image->backing);
    if (image->file.writable)
        (void)!image_file_sync(&image->file);
    image_file_close(&image->file);
}

uint64_t image_zeros(struct block *block, uint64_t sector, uint64_t most)
{
    const struct image_class *class = (const struct image_class *)block->class;

    if (block_range(block, sector, 1) || !class->zeros)
        return 0;
    if (most > block->sectors - sector)
        most = block->sectors - sector;
    return class->zeros(block, sector, most);
}

const char *image_format_name(struct block *block)
{
    return (image_is_overlay(block) ? image_overlay_base(block) : block)->class->name;
}

uint64_t image_bytes(struct block *block)
{
    return ((struct image *)(image_is_overlay(block) ? image_overlay_base(block) : block))->bytes;
}

static const char *size_text(uint64_t bytes, char text[32])
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
    unsigned unit = 0;
    uint64_t tenths = 0;

    for (; bytes >= 1024; unit++) {
        tenths = (bytes % 1024 * 10 + 512) / 1024;
        bytes = bytes / 1024 + tenths / 10;
        tenths %= 10;
    }
    if (tenths)
        snprintf(text, 32, "%llu.%u %s", (unsigned long long)bytes, (unsigned)tenths, units[unit]);
    else
        snprintf(text, 32, "%llu %s", (unsigned long long)bytes, units[unit]);
    return text;
}

/* As qemu-img has them, so that scripts find them. */
void image_describe(struct block *block, struct out *out)
{
    const struct image_class *class;
    const struct image *image;
    struct stat st;
    char text[32];

    if (image_is_overlay(block))
        block = image_overlay_base(block);
    class = (const struct image_class *)block->class;
    image = (const struct image *)block;
    out_printf(out, "image: %s\nfile format: %s\n", image->file.path, class->block.name);
    out_printf(out, "virtual size: %s (%llu bytes)\n", size_text(image->bytes, text),
               (unsigned long long)image->bytes);
    if (fstat(image->file.fd, &st) == 0)
        out_printf(out, "disk size: %s\n", size_text((uint64_t)st.st_blocks * 512, text));
    out_printf(out, "file length: %llu bytes\n", (unsigned long long)image->file.size);
    if (class->describe)
        class->describe(block, out);
}

enum block_result image_check(struct block *block, struct image_check *result, struct out *out)
{
    const struct image_class *class;

    if (image_is_overlay(block))
        block = image_overlay_base(block);
    class = (const struct image_class *)block->class;
    *result = (struct image_check){ 0 };
    return class->check ? class->check(block, result, out) : BLOCK_OK;
}

void image_complain(struct out *out, uint64_t *count, const char *format, ...)
{
    va_list args;

    if (++*count > IMAGE_LINES_MOST)
        return;
    va_start(args, format);
    out_vprintf(out, format, args);
    va_end(args);
    out_text(out, *count == IMAGE_LINES_MOST ? "\n(more of them)\n" : "\n");
}

/* The backing file can be opened, and *bytes is its size if none was given. */
static bool look_at_backing(const char *path, const struct image_create_options *options,
                            uint64_t *bytes, struct buf *error, int *exit_code)
{
    const struct image_options how = { .format = options->backing_format, .read_only = true };
    struct buf name = { 0 };
    struct block *backing;

    image_relative(path, options->backing, &name);
    backing = image_open(buf_text(&name), &how, error, exit_code);
    buf_free(&name);
    if (!backing)
        return false;
    if (!*bytes)
        *bytes = ((struct image *)backing)->bytes;
    block_close(backing);
    return true;
}

bool image_create(const char *path, const struct image_create_options *options, struct buf *error,
                  int *exit_code)
{
    struct image_create_options o = *options;
    struct buf why = { 0 }, told = { 0 };
    const struct image_format *format = image_format_find(o.format ? o.format : "raw", &why);
    struct image_file file;
    struct out out;
    struct log log = { .out = &out };
    bool ok = false;

    *exit_code = 2;
    if (!format)
        buf_printf(error, "%s: %s", path, buf_text(&why));
    else if (o.backing && !format->backing)
        buf_printf(error, "%s: %s has no backing files, expected -f qcow2", path, format->name);
    else if (o.backing && !look_at_backing(path, &o, &o.bytes, error, exit_code))
        ;
    else if (!o.bytes)
        buf_printf(error, "%s: no size, expected at least a sector of 512 bytes", path);
    else if (o.bytes > INT64_MAX - BLOCK_SECTOR)
        buf_printf(error, "%s: %llu bytes, expected less than 8 EiB", path,
                   (unsigned long long)o.bytes);
    else
        ok = true;
    buf_free(&why);
    if (!ok || !image_file_create(&file, path, error, exit_code))
        return false;
    out_to_buf(&out, &told);
    file.log = &log;
    *exit_code = 2;
    ok = format->create(&file, &o, error);
    if (!ok && told.length) { /* "path: ...\n" */
        *exit_code = 4;
        buf_add(error, told.data, told.length - 1);
    }
    if (!ok)
        unlink(path);
    image_file_close(&file);
    buf_free(&told);
    return ok;
}
