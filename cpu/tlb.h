/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/tlb.h - the software TLB: filling, and the flushes that the manual asks for. */
#ifndef CPU_TLB_H
#define CPU_TLB_H

#include "cpu/paging.h"

/* What the tags do not say about a page. */
struct tlb_page {
    lin_addr page;  /* linear address of the page, or TLB_NO_TAG */
    phys_addr pa;   /* physical address of the page */
    uint8_t *host;  /* its bytes, NULL for a device */
    uint8_t *marks; /* RAM_* byte, NULL for ROM and devices */
    bool user, writable, nx, global, dirty;
    uint8_t page_shift;
};

struct tlb {
    struct tlb_entry entry[TLB_ENTRIES];
    struct tlb_page page[TLB_ENTRIES];
    uint16_t used[TLB_ENTRIES]; /* slots filled since the last flush */
    unsigned used_count;        /* TLB_ENTRIES + 1: too many to list */
};

void tlbs_create(struct cpu *cpu);
void tlbs_destroy(struct cpu *cpu);
/*
 * The page of `la` for this access with the rights of `view`: from the TLB, or by a walk (which may
 * raise #PF: NULL). The entry's tags are set as far as rights, marks and watchpoints allow.
 */
struct tlb_page *tlb_page(struct cpu *cpu, lin_addr la, enum access access, unsigned view);
/* All entries (also global), all but global ones, or the one page (of every size that holds it). */
void tlb_flush(struct cpu *cpu);
void tlb_flush_non_global(struct cpu *cpu);
void tlb_flush_page(struct cpu *cpu, lin_addr la);
/* The marks of this physical page changed (code, watch, clean): its fast tags must go. */
void tlb_forget_write(struct cpu *cpu, phys_addr page);
void tlb_forget_all_tags(struct cpu *cpu);

#endif
