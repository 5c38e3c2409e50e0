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
    uint8_t page_shift, key;
};

#define TLB_LARGE_BITS 1024

struct tlb {
    struct tlb_entry entry[TLB_ENTRIES];
    struct tlb_page page[TLB_ENTRIES];
    /* Slots filled since the last flush, [1] with global pages; TLB_ENTRIES + 1: too many. */
    uint16_t used[2][TLB_ENTRIES];
    uint16_t used_count[2];
    /* Pieces of large pages may be here: one bit for each hash of la >> 21, 22 or 30. */
    uint64_t large[3][TLB_LARGE_BITS / 64];
    /* Changes with the page in a slot, never 0: what jump caches go by. */
    uint32_t generation[TLB_ENTRIES];
};

static inline unsigned tlb_slot(lin_addr la)
{
    return la / PAGE_SIZE % TLB_ENTRIES;
}

void tlbs_create(struct cpu *cpu);
void tlbs_destroy(struct cpu *cpu);
/*
 * The page of `la` for this access with the rights of `view`: from the TLB, or by a walk (which may
 * raise #PF: NULL). The entry's tags are set as far as rights, marks and watchpoints allow.
 */
struct tlb_page *tlb_page(struct cpu *cpu, lin_addr la, enum access access, unsigned view);
/* The page of `la` as fetches see it, if the TLB has it: nothing is filled. Else NULL. */
const struct tlb_page *tlb_fetched(const struct cpu *cpu, lin_addr la);
/* Does a data watchpoint or a debug register look at this page? */
bool tlb_page_watched(const struct cpu *cpu, lin_addr page, phys_addr pa);
/* All entries (also global), all but global ones, or the one page (of every size that holds it). */
void tlb_flush(struct cpu *cpu);
void tlb_flush_non_global(struct cpu *cpu);
void tlb_flush_page(struct cpu *cpu, lin_addr la);
/* Memory ranges or the A20 gate changed: host pointers are forgotten with everything else. */
static inline void tlb_memory_changed(struct cpu *cpu)
{
    tlb_flush(cpu);
}
/* What linear addresses of code lead to changed otherwise than by its pages (CS base, breakpoints): all
 * jumps ask again. */
void tlb_forget_jumps(struct cpu *cpu);
/* The marks of this physical page changed (code, watch, clean): its tags are derived again. */
void tlb_forget_write(struct cpu *cpu, phys_addr page);
void tlb_forget_all_tags(struct cpu *cpu);
/* Every page is to be asked for again before it is written: ram_clear_dirty(). */
void tlb_forget_writes(struct cpu *cpu);
/*
 * The pages it holds are state: a guest that changes its tables sees the old entries until it
 * flushes them. Appended to *to; and back, on a processor with the same memory map.
 */
void tlb_save(const struct cpu *cpu, struct buf *to);
void tlb_restore(struct cpu *cpu, const struct buf *from);
/* PKRU changed in these bits: the tags of pages with keys concerned are derived again. */
void tlb_keys_changed(struct cpu *cpu, uint32_t changed);

#endif
