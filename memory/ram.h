/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memory/ram.h - backing bytes of guest RAM, and a mark byte per 4 KiB page. Memory that the guest
 * never touched costs the host nothing.
 */
#ifndef MEMORY_RAM_H
#define MEMORY_RAM_H

#include "util/types.h"

enum {
    RAM_DIRTY = 1,    /* written, and everybody who looks for that knows */
    RAM_CODE = 2,     /* an engine holds decoded code of this page: writes must be reported */
    RAM_WATCH = 4,    /* a watchpoint lies here: accesses take the slow path */
    RAM_TB = 8,       /* likewise code, the translator's */
    RAM_WRITTEN = 16, /* written since power-on: all others are zero */
    RAM_LISTED = 32,  /* in dirty[] although RAM_DIRTY is off: ram_take() */
    RAM_PICTURE = 64, /* written since the picture was drawn */
};

struct ram {
    uint8_t *bytes;
    uint8_t *marks;  /* one per page */
    uint64_t size;   /* bytes; a multiple of 4 KiB */
    uint8_t told;    /* marks that a write leaves for those who ask with ram_take() */
    uint32_t *dirty; /* pages written since ram_clear_dirty(), in the order of their first write */
    uint64_t dirty_count;
    /* Called before bytes of a RAM_CODE or RAM_TB page change; `pa` as in the memory space. */
    void (*code_written)(void *context, phys_addr pa, uint64_t bytes);
    void *context;
};

/* False: the host cannot give that much address space. */
MUST_CHECK bool ram_create(struct ram *ram, uint64_t bytes);
void ram_destroy(struct ram *ram);
/* All zero again, as at power-on; marks cleared. */
void ram_clear(struct ram *ram);
/* No page is dirty any more. Tags that allow writes past this must go: tlb_forget_writes(). */
void ram_clear_dirty(struct ram *ram);

/* Was the page written since ram_clear_dirty()? */
static inline bool ram_is_dirty(const struct ram *ram, uint64_t page)
{
    return ram->marks[page] & (RAM_DIRTY | RAM_LISTED);
}

/* A page is written. */
static inline void ram_set_dirty(struct ram *ram, uint64_t page)
{
    uint8_t before = ram->marks[page];

    if (likely(before & RAM_DIRTY))
        return;
    ram->marks[page] = (uint8_t)((before & ~RAM_LISTED) | RAM_DIRTY | RAM_WRITTEN | ram->told);
    if (!(before & RAM_LISTED) && ram->dirty && ram->dirty_count < ram->size / PAGE_SIZE)
        ram->dirty[ram->dirty_count++] = (uint32_t)page;
}

/*
 * Was the page written since the last ram_take() with this mark, one of ram->told? The next write
 * has to be seen again: the caller drops the tags that allow it, once after all its pages
 * (tlb_forget_writes()).
 */
static inline bool ram_take(struct ram *ram, uint64_t page, uint8_t mark)
{
    uint8_t marks = ram->marks[page];

    if (!(marks & mark))
        return false;
    if (marks & RAM_DIRTY)
        marks = (uint8_t)((marks & ~RAM_DIRTY) | RAM_LISTED);
    ram->marks[page] = (uint8_t)(marks & ~mark);
    return true;
}

#endif
