/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/silicon/native_child.h - what runner and child share. */
#ifndef TESTS_SILICON_NATIVE_CHILD_H
#define TESTS_SILICON_NATIVE_CHILD_H

#include "tests/silicon/native.h"

#if defined __x86_64__ && defined __linux__
#define SILICON_HOST 1
#else
#define SILICON_HOST 0
#endif

struct native_shared {
    volatile uint32_t current; /* slot in work */
    uint32_t first, count;
    struct native_slot slot[2][NATIVE_BATCH];
};

/* Never returns: batch numbers (bytes) come in, the same bytes go out when they are done. */
_Noreturn void native_child(struct native_shared *shared, int in, int out);

#endif
