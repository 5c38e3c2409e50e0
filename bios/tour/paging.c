/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/tour/paging.c - 4-level paging: linear bits 47:39, 38:30, 29:21 and 20:12 index four tables.
 * Source: SDM Vol. 3A, "4-Level Paging".
 */
#include "tour.h"

/* A page of zeros. Below 2 MiB, so that we reach it at its physical address. */
uint64_t page_allocate(void)
{
    uint64_t frame = tour.next_frame;
    uint64_t *entry = (uint64_t *)frame;

    tour.next_frame += PAGE_SIZE;
    for (unsigned i = 0; i < 512; i++)
        entry[i] = 0;
    return frame;
}

/* The entry of the last level for `linear`; a null pointer when a table is missing (and not made). */
uint64_t *page_entry(uint64_t linear, bool create)
{
    uint64_t *table = page_map[0];

    for (int shift = 39; shift > 12; shift -= 9) {
        uint64_t *entry = &table[linear >> shift & 511];

        if (!(*entry & PTE_P)) {
            if (!create)
                return 0;
            *entry = page_allocate() | PTE_P | PTE_W | PTE_U; /* rights are cut at the last level */
        }
        table = (uint64_t *)(*entry & PTE_ADDRESS);
    }
    return &table[linear >> 12 & 511];
}

void page_map_at(uint64_t linear, uint64_t physical, uint64_t rights)
{
    *page_entry(linear, true) = physical | rights | PTE_P;
    __asm__ volatile("invlpg (%0)" : : "r"(linear) : "memory");
}
