/* SPDX-License-Identifier: GPL-3.0-or-later */
/* util/low.c - memory below 2 GiB. */
#define _GNU_SOURCE /* MAP_32BIT */

#include "util/low.h"

#include <sys/mman.h>

#ifndef MAP_32BIT
#define MAP_32BIT 0
#endif

void *low_create(size_t bytes)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags | MAP_32BIT, -1, 0);

    if (p == MAP_FAILED)
        p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

void low_destroy(void *p, size_t bytes)
{
    if (p)
        munmap(p, bytes);
}
