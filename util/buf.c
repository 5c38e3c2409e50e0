/* SPDX-License-Identifier: GPL-3.0-or-later */
/* util/buf.c - growable bytes and strings. */
#include "util/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

COLD _Noreturn void out_of_memory(void)
{
    fputs("vitrine: out of memory\n", stderr);
    exit(4);
}

void *xcalloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);

    if (!p)
        out_of_memory();
    return p;
}

void *xrealloc(void *p, size_t size)
{
    p = realloc(p, size ? size : 1);
    if (!p)
        out_of_memory();
    return p;
}

char *xstrdup(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(xcalloc(size, 1), text, size);
}

/* Make room for `count` more bytes and the 0 behind them. */
static void buf_reserve(struct buf *buf, size_t count)
{
    size_t need;

    if (__builtin_add_overflow(buf->length, count, &need) || need >= SIZE_MAX / 2)
        out_of_memory();
    need++;
    if (need <= buf->capacity)
        return;
    if (need < 2 * buf->capacity)
        need = 2 * buf->capacity;
    if (need < 64)
        need = 64;
    buf->data = xrealloc(buf->data, need);
    buf->capacity = need;
}

void buf_add(struct buf *buf, const void *bytes, size_t count)
{
    buf_reserve(buf, count);
    if (count)
        memcpy(buf->data + buf->length, bytes, count);
    buf->length += count;
    buf->data[buf->length] = 0;
}

void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_vprintf(struct buf *buf, const char *format, va_list args)
{
    va_list again;
    int length;

    va_copy(again, args);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        return;
    buf_reserve(buf, (size_t)length);
    vsnprintf((char *)buf->data + buf->length, (size_t)length + 1, format, args);
    buf->length += (size_t)length;
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    buf_vprintf(buf, format, args);
    va_end(args);
}

void buf_clear(struct buf *buf)
{
    buf->length = 0;
    if (buf->data)
        buf->data[0] = 0;
}

void buf_free(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){ 0 };
}

const char *buf_text(struct buf *buf)
{
    return buf->data ? (const char *)buf->data : "";
}
