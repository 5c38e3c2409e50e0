/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/scratch.c - files that one test case makes. */
#include "tests/support/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void scratch_make(struct scratch *scratch)
{
    scratch->count = 0;
    snprintf(scratch->folder, sizeof scratch->folder, "/tmp/vitrine-test.XXXXXX");
    if (!mkdtemp(scratch->folder))
        abort();
}

const char *scratch_path(struct scratch *scratch, const char *name)
{
    char path[sizeof scratch->path[0]];

    if ((size_t)snprintf(path, sizeof path, "%s/%s", scratch->folder, name) >= sizeof path)
        abort();
    for (unsigned i = 0; i < scratch->count; i++)
        if (!strcmp(scratch->path[i], path))
            return scratch->path[i];
    if (scratch->count == sizeof scratch->path / sizeof scratch->path[0])
        abort();
    memcpy(scratch->path[scratch->count], path, sizeof path);
    return scratch->path[scratch->count++];
}

const char *scratch_file(struct scratch *scratch, const char *name, const void *bytes, size_t count)
{
    const char *path = scratch_path(scratch, name);
    FILE *file = fopen(path, "wb");

    if (!file || fwrite(bytes, 1, count, file) != count || fclose(file) != 0)
        abort();
    return path;
}

void scratch_remove(struct scratch *scratch)
{
    for (unsigned i = 0; i < scratch->count; i++)
        remove(scratch->path[i]);
    rmdir(scratch->folder);
}
