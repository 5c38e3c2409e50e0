/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * util/low.h - zeroed memory below 2 GiB where the host can give it, so that generated code reaches
 * it with a 32-bit absolute address; elsewhere any memory. Page-aligned, never swapped for another.
 */
#ifndef UTIL_LOW_H
#define UTIL_LOW_H

#include "util/types.h"

/* NULL: the host has no memory left. */
void *low_create(size_t bytes);
void low_destroy(void *p, size_t bytes);
/* Is all of it below 2 GiB? */
static inline bool low_is(const void *p, size_t bytes)
{
    return (uint64_t)(uintptr_t)p + bytes <= GIB(2);
}

#endif
