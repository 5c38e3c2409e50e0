/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * image_command.c - `vitrine image create|info|convert|check`, with the options of qemu-img; and
 * `vitrine image tour`.
 */
#include "image_command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/image.h"
#include "machine/image_tour.h"
#include "util/text.h"

enum { CODE_OK = 0, CODE_BAD = 2, CODE_LEAKS = 3, CODE_HOST = 4 };

/* What was said. */
struct words {
    const char *format, *target_format, *backing, *backing_format, *options;
    const char *name[3];
    int names;
};

struct task {
    const char *name, *options, *usage, *help;
    int least, most; /* names */
    int (*run)(const struct words *w, struct out *out, void (*progress)(unsigned),
               struct buf *error);
};

static int create(const struct words *w, struct out *out, void (*progress)(unsigned),
                  struct buf *error);
static int info(const struct words *w, struct out *out, void (*progress)(unsigned),
                struct buf *error);
static int convert(const struct words *w, struct out *out, void (*progress)(unsigned),
                   struct buf *error);
static int check(const struct words *w, struct out *out, void (*progress)(unsigned),
                 struct buf *error);
static int tour(const struct words *w, struct out *out, void (*progress)(unsigned),
                struct buf *error);

/* clang-format off */
static const struct task tasks[] = {
    { "create", "fbFo", "[-f FORMAT] [-b BACKING [-F FORMAT]] [-o cluster_size=N] FILE [SIZE]",
      "a new image; its size may come from the backing file", 1, 2, create },
    { "info", "f", "[-f FORMAT] FILE", "format, sizes, backing file, snapshots", 1, 1, info },
    { "convert", "fOo", "[-f FORMAT] [-O FORMAT] FROM TO", "a copy in another format", 2, 2, convert },
    { "check", "f", "[-f FORMAT] FILE", "is it sound? 0: yes, 2: no, 3: it has leaks", 1, 1, check },
    { "tour", "", "FILE", "the built-in kernel, as a file for -fda, -hda or -cdrom", 1, 1, tour },
};
/* clang-format on */

static void usage(struct out *out)
{
    out_text(out, "usage: vitrine image COMMAND ...  disk images: raw, qcow2, growing, sparse\n");
    for (unsigned i = 0; i < ARRAY_SIZE(tasks); i++)
        out_printf(out, "  %s %s\n          %s\n", tasks[i].name, tasks[i].usage, tasks[i].help);
    out_text(out, "SIZE: bytes, or with K, M, G, T. FORMAT: without it, what the contents say; for "
                  "new\nimages raw.\n");
}

/* -o cluster_size=N,refcount_bits=N */
static bool parse_options(const char *text, struct image_create_options *o, struct buf *error)
{
    static const char *const keys[] = { "cluster_size", "refcount_bits", NULL };
    uint64_t number = 0;

    while (text && *text) {
        size_t length = strcspn(text, ",");
        char *part = xstrdup(text), *value;
        const char *nearest;
        bool ok = false;

        part[length] = 0;
        value = strchr(part, '=');
        if (value)
            *value++ = 0;
        nearest = text_nearest(part, keys);
        if (strcmp(part, keys[0]) && strcmp(part, keys[1]))
            buf_printf(
                error, "-o: '%s' is unknown%s%s%s, expected cluster_size= or refcount_bits=", part,
                nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "");
        else if (!value || !text_size(value, 1, &number) || !number || number > MIB(1024))
            buf_printf(error, "-o: %s=%s, expected a number", part, value ? value : "");
        else
            ok = true;
        if (ok && *part == 'c')
            o->cluster = number;
        else if (ok)
            o->refcount_bits = (unsigned)number;
        free(part);
        if (!ok)
            return false;
        text += length + (text[length] == ',');
    }
    return true;
}

static int create(const struct words *w, struct out *out, void (*progress)(unsigned),
                  struct buf *error)
{
    struct image_create_options o = { .format = w->format,
                                      .backing = w->backing,
                                      .backing_format = w->backing_format };
    int code = CODE_BAD;

    (void)out;
    (void)progress;
    if (w->names == 2 && (!text_size(w->name[1], 1, &o.bytes) || !o.bytes)) {
        buf_printf(error, "size '%s', expected a number of bytes such as 1474560, 512M or 10G",
                   w->name[1]);
        return CODE_BAD;
    }
    if (!parse_options(w->options, &o, error))
        return CODE_BAD;
    return image_create(w->name[0], &o, error, &code) ? CODE_OK : code;
}

static struct block *open_to_read(const char *path, const char *format, bool alone, struct log *log,
                                  struct buf *error, int *code)
{
    const struct image_options how = {
        .format = format, .read_only = true, .alone = alone, .log = log
    };

    return image_open(path, &how, error, code);
}

static int info(const struct words *w, struct out *out, void (*progress)(unsigned),
                struct buf *error)
{
    int code = CODE_OK;
    struct block *block = open_to_read(w->name[0], w->format, true, NULL, error, &code);

    (void)progress;
    if (!block)
        return code;
    image_describe(block, out);
    block_close(block);
    return CODE_OK;
}

static int check(const struct words *w, struct out *out, void (*progress)(unsigned),
                 struct buf *error)
{
    struct buf told = { 0 };
    struct out messages;
    struct log log = { .out = &messages };
    struct image_check result;
    int code = CODE_OK;
    struct block *block;

    (void)progress;
    out_to_buf(&messages, &told);
    block = open_to_read(w->name[0], w->format, true, &log, error, &code);
    if (!block)
        return code;
    code = CODE_OK;
    if (image_check(block, &result, out) != BLOCK_OK) {
        buf_add(error, told.data, told.length ? told.length - 1 : 0);
        code = CODE_HOST;
    } else if (result.errors) {
        buf_printf(error, "%s: %llu contradictions, expected none", w->name[0],
                   (unsigned long long)result.errors);
        code = CODE_BAD;
    } else if (result.leaks) {
        out_printf(out, "%s: %llu leaked clusters: room that nothing uses, no harm\n", w->name[0],
                   (unsigned long long)result.leaks);
        code = CODE_LEAKS;
    } else {
        out_printf(out, "%s: no errors were found\n", w->name[0]);
    }
    block_close(block);
    buf_free(&told);
    return code;
}

#define COPY_SECTORS 4096u /* 2 MiB at once */
#define GRAIN 128u         /* 64 KiB: zeros of that size are not written */

static bool is_zero(const uint8_t *bytes, size_t count)
{
    return !bytes[0] && !memcmp(bytes, bytes + 1, count - 1);
}

/* What is not zero of these sectors. */
static enum block_result copy_out(struct block *to, uint64_t sector, unsigned count,
                                  const uint8_t *bytes)
{
    enum block_result result = BLOCK_OK;
    unsigned at = 0;

    while (at < count && !result) {
        unsigned end = at, part;

        for (; end < count; end += part) {
            part = count - end < GRAIN ? count - end : GRAIN;
            if (is_zero(bytes + (size_t)end * BLOCK_SECTOR, (size_t)part * BLOCK_SECTOR))
                break;
        }
        if (end > at)
            result = block_write(to, sector + at, end - at, bytes + (size_t)at * BLOCK_SECTOR);
        at = end < count ? end + (count - end < GRAIN ? count - end : GRAIN) : end;
    }
    return result;
}

static enum block_result copy_all(struct block *from, struct block *to, void (*progress)(unsigned))
{
    uint8_t *bytes = xcalloc(COPY_SECTORS, BLOCK_SECTOR);
    enum block_result result = BLOCK_OK;
    uint64_t sector = 0;

    while (sector < from->sectors && !result) {
        uint64_t left = from->sectors - sector, zeros = image_zeros(from, sector, left);
        unsigned count = left < COPY_SECTORS ? (unsigned)left : COPY_SECTORS;

        if (zeros) {
            sector += zeros;
        } else {
            result = block_read(from, sector, count, bytes);
            if (!result)
                result = copy_out(to, sector, count, bytes);
            sector += count;
        }
        if (progress)
            progress((unsigned)((double)sector / (double)from->sectors * 1000));
    }
    free(bytes);
    return result ? result : block_flush(to);
}

static int convert(const struct words *w, struct out *out, void (*progress)(unsigned),
                   struct buf *error)
{
    struct buf told = { 0 };
    struct out messages;
    struct log log = { .out = &messages };
    struct image_create_options o = { .format = w->target_format };
    const struct image_options how = { .format = o.format ? o.format : "raw", .log = &log };
    struct block *from, *to = NULL;
    int code = CODE_OK;

    (void)out;
    if (!parse_options(w->options, &o, error))
        return CODE_BAD;
    out_to_buf(&messages, &told);
    from = open_to_read(w->name[0], w->format, false, &log, error, &code);
    if (!from)
        return code;
    o.bytes = image_bytes(from);
    if (image_create(w->name[1], &o, error, &code)) {
        to = image_open(w->name[1], &how, error, &code);
        if (!to)
            unlink(w->name[1]);
    }
    if (to) {
        enum block_result result = copy_all(from, to, progress);

        code = result ? CODE_HOST : CODE_OK;
        if (result) {
            buf_add(error, told.data, told.length ? told.length - 1 : 0);
            unlink(w->name[1]);
        }
    }
    block_close(to);
    block_close(from);
    buf_free(&told);
    return code;
}

static int tour(const struct words *w, struct out *out, void (*progress)(unsigned),
                struct buf *error)
{
    struct buf image = { 0 };
    FILE *file = fopen(w->name[0], "wbx");
    bool ok = file != NULL;

    (void)out;
    (void)progress;
    if (ok) {
        image_tour(&image);
        ok = fwrite(image.data, 1, image.length, file) == image.length;
        ok = fclose(file) == 0 && ok;
    }
    if (!file && errno == EEXIST) {
        buf_printf(error, "%s: exists already, expected a new name", w->name[0]);
        return CODE_BAD;
    }
    if (!ok)
        buf_printf(error, "%s: cannot be written: %s", w->name[0], strerror(errno));
    buf_free(&image);
    return ok ? CODE_OK : CODE_HOST;
}

static const struct task *find_task(const char *name, struct buf *error)
{
    const char *names[ARRAY_SIZE(tasks) + 1] = { NULL };
    const char *nearest;

    for (unsigned i = 0; i < ARRAY_SIZE(tasks); i++) {
        names[i] = tasks[i].name;
        if (!strcmp(name, names[i]))
            return &tasks[i];
    }
    nearest = text_nearest(name, names);
    buf_printf(
        error, "image: '%s' is no command%s%s%s, expected create, info, convert, check or tour",
        name, nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "");
    return NULL;
}

static const char **place_of(struct words *w, char option)
{
    switch (option) {
    case 'f':
        return &w->format;
    case 'O':
        return &w->target_format;
    case 'b':
        return &w->backing;
    case 'F':
        return &w->backing_format;
    default:
        return &w->options;
    }
}

static bool parse(const struct task *task, int argc, char **argv, struct words *w,
                  struct buf *error)
{
    bool names_only = false;

    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];

        if (names_only || *word != '-') {
            if (w->names == task->most) {
                buf_printf(error, "image %s: '%s' is one name too many, expected %s", task->name,
                           word, task->usage);
                return false;
            }
            w->name[w->names++] = word;
        } else if (!strcmp(word, "--")) {
            names_only = true;
        } else if (!word[1] || word[2] || !strchr(task->options, word[1])) {
            buf_printf(error, "image %s: %s is unknown, expected %s", task->name, word,
                       task->usage);
            return false;
        } else if (++i == argc) {
            buf_printf(error, "image %s: %s has no argument, expected %s", task->name, word,
                       task->usage);
            return false;
        } else {
            *place_of(w, word[1]) = argv[i];
        }
    }
    if (w->names < task->least) {
        buf_printf(error, "image %s: a name is missing, expected %s", task->name, task->usage);
        return false;
    }
    return true;
}

int image_command(int argc, char **argv, struct out *out, void (*progress)(unsigned thousandths),
                  struct buf *error)
{
    const struct task *task;
    struct words w = { 0 };

    if (argc && (!strcmp(argv[0], "-help") || !strcmp(argv[0], "--help") ||
                 !strcmp(argv[0], "-h") || !strcmp(argv[0], "help"))) {
        usage(out);
        return CODE_OK;
    }
    if (!argc) {
        buf_add_text(error, "image: no command, expected create, info, convert, check or tour");
        return CODE_BAD;
    }
    task = find_task(argv[0], error);
    if (!task || !parse(task, argc, argv, &w, error))
        return CODE_BAD;
    return task->run(&w, out, progress, error);
}
