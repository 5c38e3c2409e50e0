/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/code_buffer.c - memory for host code: one file in memory, mapped twice, so that no address
 * is writable and executable. Below 2 GiB, where code and what it reaches have 32-bit addresses.
 */
#define _GNU_SOURCE /* memfd_create, MAP_32BIT */

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cpu/tb/tb.h"
#include "util/low.h"

#define THUNK_BYTES 16384
#define META_PER_CODE 1 /* bytes of what is remembered for each byte of code */

/* One file in memory at two addresses. */
static bool map_file(size_t bytes, void **execute, void **write)
{
    int fd = memfd_create("vitrine-code", MFD_CLOEXEC);

    *execute = *write = MAP_FAILED;
    if (fd < 0)
        return false;
    if (!ftruncate(fd, (off_t)bytes)) {
        *execute = mmap(NULL, bytes, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_32BIT, fd, 0);
        if (*execute != MAP_FAILED)
            *write = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    close(fd);
    return *write != MAP_FAILED;
}

/* The same without a file: perf gives names to code that belongs to none, and only to that. */
static bool map_nameless(size_t bytes, void **execute, void **write)
{
    *write = MAP_FAILED;
    *execute =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (*execute == MAP_FAILED)
        return false;
    *write = mremap(*execute, 0, bytes, MREMAP_MAYMOVE); /* of 0 bytes: the same pages again */
    return *write != MAP_FAILED && !mprotect(*execute, bytes, PROT_READ | PROT_EXEC);
}

bool tb_buffer_create(struct tb_cache *tbs, size_t bytes, struct buf *error)
{
    size_t part = (bytes - THUNK_BYTES) / TB_REGIONS & ~(size_t)63;
    void *execute, *write;
    bool mapped = tbs->cpu->host.code_made ? map_nameless(bytes, &execute, &write)
                                           : map_file(bytes, &execute, &write);

    tbs->meta_bytes = bytes * META_PER_CODE;
    tbs->meta = mapped ? low_create(tbs->meta_bytes) : NULL;
    if (!tbs->meta || !low_is(tbs->meta, tbs->meta_bytes) || !low_is(execute, bytes)) {
        buf_printf(error, "engine: the host gives no %zu MiB of executable memory below 2 GiB",
                   bytes >> 20);
        low_destroy(tbs->meta, tbs->meta_bytes);
        tbs->meta = NULL;
        if (write != MAP_FAILED)
            munmap(write, bytes);
        if (execute != MAP_FAILED)
            munmap(execute, bytes);
        return false;
    }
    tbs->buffer_write = write;
    tbs->buffer_execute = execute;
    tbs->buffer_bytes = bytes;
    tbs->delta = (intptr_t)execute - (intptr_t)write;
    for (unsigned i = 0; i < TB_REGIONS; i++) {
        struct tb_region *region = &tbs->region[i];

        region->code = region->code_next = tbs->buffer_write + THUNK_BYTES + i * part;
        region->code_end = region->code + part;
        region->meta = region->meta_next = tbs->meta + i * part * META_PER_CODE;
        region->meta_end = region->meta + part * META_PER_CODE;
    }
    return true;
}

void tb_buffer_destroy(struct tb_cache *tbs)
{
    if (!tbs->buffer_write)
        return;
    munmap(tbs->buffer_write, tbs->buffer_bytes);
    munmap(tbs->buffer_execute, tbs->buffer_bytes);
    low_destroy(tbs->meta, tbs->meta_bytes);
}
