/* SPDX-License-Identifier: GPL-3.0-or-later */
/* util/low.c - memory below 2 GiB. */
#define _GNU_SOURCE /* MAP_32BIT */

#include "util/low.h"

#include <sys/mman.h>

#ifndef MAP_32BIT
#define MAP_32BIT 0
#endif

#ifdef MAP_FIXED_NOREPLACE
/* MAP_32BIT looks between 1 and 2 GiB only; there is room before that too. */
static void *first_gib(size_t bytes)
{
    for (uintptr_t at = MIB(64); at + bytes <= GIB(1); at += MIB(64)) {
        void *p = mmap((void *)at, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

        if (p == (void *)at)
            return p;
        if (p != MAP_FAILED) /* a kernel that does not know the flag */
            munmap(p, bytes);
    }
    return MAP_FAILED;
}
#else
static void *first_gib(size_t bytes)
{
    (void)bytes;
    return MAP_FAILED;
}
#endif

void *low_create(size_t bytes)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags | MAP_32BIT, -1, 0);

    if (p == MAP_FAILED)
        p = first_gib(bytes);
    if (p == MAP_FAILED)
        p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

void low_destroy(void *p, size_t bytes)
{
    if (p)
        munmap(p, bytes);
}
