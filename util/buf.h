/* SPDX-License-Identifier: GPL-3.0-or-later */
/* util/buf.h - growable bytes and strings. Out of memory ends the program with one line. */
#ifndef UTIL_BUF_H
#define UTIL_BUF_H

#include <stdarg.h>

#include "util/types.h"

/* Zero-initialised is empty. `data` is always followed by a 0 byte once anything was added. */
struct buf {
    uint8_t *data;
    size_t length;   /* bytes used */
    size_t capacity; /* bytes allocated */
};

void buf_add(struct buf *buf, const void *bytes, size_t count);
void buf_add_text(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(struct buf *buf, const char *format, va_list args);
void buf_clear(struct buf *buf); /* length 0, keeps the memory */
void buf_free(struct buf *buf);  /* back to zero-initialised */
const char *buf_text(
    struct buf *buf); /* 0-terminated, "" when empty; valid until the next change */

/* malloc family that never returns NULL: ends the program with "out of memory". */
void *xcalloc(size_t count, size_t size);
COLD _Noreturn void out_of_memory(void); /* for others who cannot do without */
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *text);

#endif
