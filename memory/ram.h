/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memory/ram.h - backing bytes of guest RAM, and a mark byte per 4 KiB page. Memory that the guest
 * never touched costs the host nothing.
 */
#ifndef MEMORY_RAM_H
#define MEMORY_RAM_H

#include "util/types.h"

enum {
    RAM_DIRTY = 1,    /* written since the last ram_clear_dirty */
    RAM_CODE = 2,     /* an engine holds decoded code of this page: writes must be reported */
    RAM_WATCH = 4,    /* a watchpoint lies here: accesses take the slow path */
    RAM_TB = 8,       /* likewise code, the translator's */
    RAM_WRITTEN = 16, /* written since power-on: all others are zero */
};

struct ram {
    uint8_t *bytes;
    uint8_t *marks;  /* one per page */
    uint64_t size;   /* bytes; a multiple of 4 KiB */
    uint32_t *dirty; /* page numbers that have RAM_DIRTY, in the order of their first write */
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

/* A page is written. */
static inline void ram_set_dirty(struct ram *ram, uint64_t page)
{
    if (likely(ram->marks[page] & RAM_DIRTY))
        return;
    ram->marks[page] |= RAM_DIRTY | RAM_WRITTEN;
    if (ram->dirty && ram->dirty_count < ram->size / PAGE_SIZE)
        ram->dirty[ram->dirty_count++] = (uint32_t)page;
}

#endif
