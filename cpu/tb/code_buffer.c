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
#include "util/bits.h"
#include "util/low.h"

#define THUNK_BYTES 16384
#define STEP KIB(128) /* what is made present at a time */

/* What is remembered of TBs takes 43 to 52 % of the room of their code. */
static size_t meta_for(size_t code_bytes)
{
    return (code_bytes / 16 * 9 + 63) & ~(size_t)63;
}

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

    tbs->meta_bytes = TB_REGIONS * meta_for(part);
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
#ifdef MADV_HUGEPAGE /* code, in a file, has none */
    madvise(tbs->meta, tbs->meta_bytes, MADV_HUGEPAGE);
#endif
    tbs->buffer_write = write;
    tbs->buffer_execute = execute;
    tbs->buffer_bytes = bytes;
    tbs->delta = (intptr_t)execute - (intptr_t)write;
    for (unsigned i = 0; i < TB_REGIONS; i++) {
        struct tb_region *region = &tbs->region[i];

        region->code = region->code_next = tbs->buffer_write + THUNK_BYTES + i * part;
        region->code_end = region->code + part;
        region->meta = region->meta_next = tbs->meta + i * meta_for(part);
        region->meta_end = region->meta + meta_for(part);
        region->present = region->code;
        region->meta_present = region->meta;
    }
    return true;
}

/* Memory behind `next`, made present where less than half a STEP of it is; up to where it is then. */
static uint8_t *make_present(uint8_t *present, const uint8_t *next, uint8_t *end, int64_t alias)
{
#if defined(MADV_POPULATE_WRITE) && defined(MADV_POPULATE_READ)
    uint8_t *from = present - ((uintptr_t)present & PAGE_MASK);
    size_t left = (size_t)(end - from), bytes = left < STEP ? left : STEP;

    if (next + STEP / 2 <= present || present == end)
        return present;
    if (!madvise(from, bytes, MADV_POPULATE_WRITE) && alias)
        madvise(from + alias, bytes, MADV_POPULATE_READ);
    return from + bytes;
#else
    (void)present;
    (void)next;
    (void)alias;
    return end;
#endif
}

/*
 * A page fault for each new page, at both addresses, takes longer than the translation that fills
 * it: pages are made present many at a time. Where the host cannot, they come one by one.
 */
void tb_buffer_prepare(struct tb_cache *tbs)
{
    struct tb_region *region = &tbs->region[tbs->current];

    region->present =
        make_present(region->present, region->code_next, region->code_end, tbs->delta);
    region->meta_present =
        make_present(region->meta_present, region->meta_next, region->meta_end, 0);
}

void *tb_take_meta(struct tb_region *region, size_t bytes)
{
    uint8_t *p = region->meta_next;

    bytes = (bytes + 7) & ~(size_t)7;
    if (region->meta_end - p < (ptrdiff_t)bytes)
        return NULL;
    region->meta_next += bytes;
    return memset(p, 0, bytes);
}

void tb_buffer_destroy(struct tb_cache *tbs)
{
    if (!tbs->buffer_write)
        return;
    munmap(tbs->buffer_write, tbs->buffer_bytes);
    munmap(tbs->buffer_execute, tbs->buffer_bytes);
    low_destroy(tbs->meta, tbs->meta_bytes);
}
