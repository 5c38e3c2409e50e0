/* SPDX-License-Identifier: GPL-3.0-or-later */
/* util/log.h - messages of the machine: levels, to one sink, nothing global. */
#ifndef UTIL_LOG_H
#define UTIL_LOG_H

#include "util/out.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Zero-initialised: errors and warnings are dropped until `out` is set. */
struct log {
    struct out *out;
    enum log_level level; /* the most talkative level that is printed */
    uint64_t count[4];    /* messages per level, printed or not */
};

/* One line "area: message"; no full stop, no newline in format. log may be NULL. */
void log_line(struct log *log, enum log_level level, const char *area, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* The same, only while *seen is false; sets it. */
void log_once(struct log *log, bool *seen, enum log_level level, const char *area,
              const char *format, ...) PRINTF_LIKE(5, 6);

#endif
