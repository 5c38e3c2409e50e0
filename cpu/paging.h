/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/paging.h - linear to physical address: 32-bit, PAE, 4- and 5-level paging, with a walk record.
 * Source: SDM Vol. 3A, "Paging".
 */
#ifndef CPU_PAGING_H
#define CPU_PAGING_H

#include "cpu/access.h"

/* One paging-structure entry met on a walk. */
struct walk_step {
    uint8_t level;    /* 5 PML5E, 4 PML4E, 3 PDPTE, 2 PDE, 1 PTE */
    uint64_t address; /* physical */
    uint64_t value;
};

struct walk {
    unsigned count; /* entries read */
    struct walk_step step[5];
    bool mapped;                            /* all entries present, no reserved bit */
    phys_addr pa;                           /* if mapped */
    uint8_t page_shift;                     /* 12, 21, 22 or 30; 32+ without paging */
    bool user, writable, nx, global, dirty; /* combined rights */
    uint8_t key;                            /* protection key of the page */
    uint64_t reserved; /* reserved bits that are set in the last entry: page fault with RSVD */
};

/* Read the structures with space_peek; changes nothing. Without paging: mapped, pa = la. */
void paging_walk(const struct cpu *cpu, lin_addr la, struct walk *walk);
/*
 * Would this access fault? True: no. False: *error is the page-fault error code, *reason says why.
 * `view` (VIEW_*): whose rights.
 */
bool paging_allows(const struct cpu *cpu, const struct walk *walk, enum access access,
                   unsigned view, uint32_t *error, enum reason *reason);
/*
 * The processor's walk: sets accessed and (for writes) dirty bits, raises #PF with its reason and
 * the entry as evidence. On success *walk is filled.
 */
MUST_CHECK bool paging_translate(struct cpu *cpu, lin_addr la, enum access access, unsigned view,
                                 struct walk *walk);
/* PAE: load the four PDPTEs named by cr3; #GP(0) for reserved bits. */
MUST_CHECK bool paging_load_pdptes(struct cpu *cpu, uint64_t cr3);

/*
 * What PKRU takes away from data accesses to user pages with this key: bit 0 all, bit 1 writes (of
 * supervisor code only with CR0.WP). SDM Vol. 3A, "Protection Keys".
 */
enum { PKRU_ACCESS = 1, PKRU_WRITE = 2 };
static inline unsigned paging_key_denies(const struct cpu *cpu, unsigned key)
{
    return unlikely(cpu->cr4 & CR4_PKE) && cpu_long_mode(cpu) ? cpu->pkru >> key * 2 & 3 : 0;
}

static inline bool view_is_user(unsigned view)
{
    return view >= VIEW_USER;
}

#endif
