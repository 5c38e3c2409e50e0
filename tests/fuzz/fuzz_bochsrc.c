/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/fuzz/fuzz_bochsrc.c - any text as a configuration file of Bochs, which includes itself. */
#include <stdlib.h>
#include <string.h>

#include "machine/bochsrc.h"
#include "tests/fuzz/fuzz.h"

static const char *variable(const char *name)
{
    return !strcmp(name, "LTDL_LIBRARY_PATH") ? NULL : "a \"b\", $c";
}

static bool exists(const char *path)
{
    return strlen(path) % 2;
}

/* A short file, so that a text full of #include ends soon. */
static bool read_text(const char *path, struct buf *text, struct buf *error)
{
    if (strlen(path) % 3 == 0) {
        buf_printf(error, "%s: missing", path);
        return false;
    }
    buf_printf(text, "megs: 32\n#include %sa\nfloppya: 1_44=%s\n", path, path);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct bochsrc_host host = { variable, exists, read_text };
    struct bochsrc rc = { .host = &host, .strict = size % 2 };
    struct buf error = { 0 };

    if (size > 65536)
        return 0;
    if (bochsrc_parse(&rc, "rc", (const char *)data, size, &error) != !error.length)
        abort();
    if (error.length && strchr(buf_text(&error), '\n'))
        abort(); /* one line */
    for (unsigned i = 0; i < rc.count; i++)
        if (!rc.option[i].origin || !rc.option[i].name ||
            (rc.option[i].value && strchr(rc.option[i].value, '\n')))
            abort();
    bochsrc_free(&rc);
    buf_free(&error);
    return 0;
}
