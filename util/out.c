/* SPDX-License-Identifier: GPL-3.0-or-later */
/* util/out.c - text sinks: a file, a buffer, nothing. */
#include "util/out.h"

#include <string.h>

static void write_file(struct out *out, const char *text, size_t length)
{
    fwrite(text, 1, length, out->context);
}

static void write_buf(struct out *out, const char *text, size_t length)
{
    buf_add(out->context, text, length);
}

static void write_nothing(struct out *out UNUSED, const char *text UNUSED, size_t length UNUSED)
{
}

void out_to_file(struct out *out, FILE *file)
{
    *out = (struct out){ .write = write_file, .context = file };
}

void out_to_buf(struct out *out, struct buf *buf)
{
    *out = (struct out){ .write = write_buf, .context = buf };
}

void out_to_nothing(struct out *out)
{
    *out = (struct out){ .write = write_nothing };
}

void out_bytes(struct out *out, const char *text, size_t length)
{
    if (length)
        out->write(out, text, length);
}

void out_text(struct out *out, const char *text)
{
    out_bytes(out, text, strlen(text));
}

void out_vprintf(struct out *out, const char *format, va_list args)
{
    char small[512];
    struct buf large = { 0 };
    va_list again;
    int length;

    va_copy(again, args);
    length = vsnprintf(small, sizeof small, format, again);
    va_end(again);
    if (length < 0)
        return;
    if ((size_t)length < sizeof small) {
        out_bytes(out, small, (size_t)length);
        return;
    }
    buf_vprintf(&large, format, args);
    out_bytes(out, buf_text(&large), large.length);
    buf_free(&large);
}

void out_printf(struct out *out, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    out_vprintf(out, format, args);
    va_end(args);
}
