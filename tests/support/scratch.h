/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/scratch.h - files that one test case makes, in a folder of its own. */
#ifndef TESTS_SUPPORT_SCRATCH_H
#define TESTS_SUPPORT_SCRATCH_H

#include <stddef.h>

struct scratch {
    char folder[64];
    char path[16][96];
    unsigned count;
};

/* An empty folder below the temporary one; aborts when there is none. */
void scratch_make(struct scratch *scratch);
/* A path in it; the file need not exist. The same name is the same path, until scratch_remove(). */
const char *scratch_path(struct scratch *scratch, const char *name);
/* A file with these bytes, instead of one with that name; its path. */
const char *scratch_file(struct scratch *scratch, const char *name, const void *bytes,
                         size_t count);
/* The folder and every path that was asked for. */
void scratch_remove(struct scratch *scratch);

#endif
