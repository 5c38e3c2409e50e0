/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bochsrc_file.c - Bochs configuration files: environment, files and the current directory. */
#include "bochsrc_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_BYTES (1 << 20)

static const char *variable(const char *name)
{
    return getenv(name);
}

static bool exists(const char *path)
{
    return access(path, R_OK) == 0;
}

static bool read_text(const char *path, struct buf *text, struct buf *error)
{
    FILE *file = fopen(path, "r");
    char block[4096];
    size_t n;
    bool ok;

    if (!file) {
        buf_printf(error, "%s: %s", path, strerror(errno));
        return false;
    }
    while ((n = fread(block, 1, sizeof block, file)) > 0 && text->length <= MOST_BYTES)
        buf_add(text, block, n);
    ok = !ferror(file) && text->length <= MOST_BYTES;
    if (ferror(file))
        buf_printf(error, "%s: %s", path, strerror(errno));
    else if (!ok)
        buf_printf(error, "%s: more than %d bytes, expected a configuration file", path,
                   MOST_BYTES);
    fclose(file);
    return ok;
}

static const struct bochsrc_host host = { variable, exists, read_text };

const char *bochsrc_file_find(void)
{
    static const char *const names[] = { ".bochsrc", "bochsrc", "bochsrc.txt" };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (exists(names[i]))
            return names[i];
    return NULL;
}

bool bochsrc_file_read(struct bochsrc *rc, const char *path, struct buf *error, bool *missing)
{
    struct buf text = { 0 };
    bool ok = read_text(path, &text, error);

    *missing = !ok;
    rc->host = &host;
    ok = ok && bochsrc_parse(rc, path, buf_text(&text), text.length, error);
    buf_free(&text);
    return ok;
}

bool bochsrc_file_line(struct bochsrc *rc, const char *text, struct buf *error)
{
    rc->host = &host;
    return bochsrc_parse(rc, "command line", text, strlen(text), error);
}
