/* SPDX-License-Identifier: GPL-3.0-or-later */
/* util/out.h - a text sink: what prints writes to a struct out, so tests compare text. */
#ifndef UTIL_OUT_H
#define UTIL_OUT_H

#include <stdarg.h>
#include <stdio.h>

#include "util/buf.h"

struct out {
    void (*write)(struct out *out, const char *text, size_t length);
    void *context;  /* a FILE *, a struct buf *, ... */
    bool colour;    /* escape sequences are welcome */
    unsigned width; /* columns; 0: not a terminal, do not wrap */
};

void out_to_file(struct out *out, FILE *file); /* colour and width off */
void out_to_buf(struct out *out, struct buf *buf);
void out_to_nothing(struct out *out);
void out_text(struct out *out, const char *text);
void out_bytes(struct out *out, const char *text, size_t length);
void out_printf(struct out *out, const char *format, ...) PRINTF_LIKE(2, 3);
void out_vprintf(struct out *out, const char *format, va_list args);

#endif
