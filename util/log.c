/* SPDX-License-Identifier: GPL-3.0-or-later */
/* util/log.c - messages of the machine. */
#include "util/log.h"

static PRINTF_LIKE(4, 0) void log_vline(struct log *log, enum log_level level, const char *area,
                                        const char *format, va_list args)
{
    struct buf line = { 0 };

    if (!log)
        return;
    log->count[level]++;
    if (!log->out || level > log->level)
        return;
    buf_printf(&line, "%s: ", area);
    buf_vprintf(&line, format, args);
    buf_add_text(&line, "\n");
    out_bytes(log->out, buf_text(&line), line.length); /* one write: lines never mix */
    buf_free(&line);
}

void log_line(struct log *log, enum log_level level, const char *area, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    log_vline(log, level, area, format, args);
    va_end(args);
}

void log_once(struct log *log, bool *seen, enum log_level level, const char *area,
              const char *format, ...)
{
    va_list args;

    if (*seen)
        return;
    *seen = true;
    va_start(args, format);
    log_vline(log, level, area, format, args);
    va_end(args);
}
