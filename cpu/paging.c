/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/paging.c - 32-bit, PAE, 4-level and 5-level paging: the walk, the rights, accessed and dirty bits.
 * Source: SDM Vol. 3A, "Paging".
 */
#include "cpu/paging.h"

enum {
    ENTRY_P = 1 << 0,
    ENTRY_W = 1 << 1,
    ENTRY_U = 1 << 2,
    ENTRY_A = 1 << 5,
    ENTRY_D = 1 << 6,
    ENTRY_PS = 1 << 7,
    ENTRY_G = 1 << 8,
};
#define ENTRY_NX BIT(63)
#define ENTRY_ADDRESS UINT64_C(0x000ffffffffff000)

/*
 * An entry from RAM or ROM. Structures in a device or nowhere read as all ones, which has reserved
 * bits set: a walk never disturbs a device.
 */
static uint64_t entry_read(const struct cpu *cpu, phys_addr address, unsigned size)
{
    const struct range *range = space_find(cpu->memory, address);

    if (unlikely(!range || range->kind == RANGE_DEVICE || range->last - address < size - 1))
        return size == 8 ? UINT64_MAX : UINT32_MAX;
    if (size == 8)
        return load_le64(range->host + (address - range->first));
    return load_le32(range->host + (address - range->first));
}

static bool wide_entries(const struct cpu *cpu)
{
    return cpu->cr4 & CR4_PAE;
}

ALWAYS_INLINE void record(struct walk *walk, unsigned level, phys_addr address, uint64_t value)
{
    walk->step[walk->count++] =
        (struct walk_step){ .level = (uint8_t)level, .address = address, .value = value };
}

ALWAYS_INLINE void reach_page(const struct cpu *cpu, struct walk *walk, uint64_t entry,
                              phys_addr frame, lin_addr la, unsigned shift)
{
    walk->mapped = true;
    walk->page_shift = (uint8_t)shift;
    walk->pa = (frame & ~mask_bits(shift)) | (la & mask_bits(shift));
    walk->dirty = entry & ENTRY_D;
    walk->key = entry >> 59 & 15;
    walk->global = entry & ENTRY_G && cpu->cr4 & CR4_PGE;
}

/* 8-byte entries: 5- and 4-level paging from that level, PAE from level 2 (its PDPTEs are registers). */
static void walk_wide(const struct cpu *cpu, lin_addr la, struct walk *walk, unsigned level,
                      phys_addr table)
{
    bool nxe = cpu->efer & EFER_NXE;
    uint64_t reserved = ENTRY_ADDRESS & ~mask_bits(cpu->physical_bits);

    if (!nxe)
        reserved |= ENTRY_NX;
    if (!cpu_long_mode(cpu))
        reserved |= mask_bits(11) << 52;
    for (;; level--) {
        unsigned shift = 3 + 9 * level;
        phys_addr address = ((table & ENTRY_ADDRESS) | (la >> shift & 0x1ff) * 8) & cpu->a20_mask;
        uint64_t entry = entry_read(cpu, address, 8);
        bool large = level == 1;

        record(walk, level, address, entry);
        if (!(entry & ENTRY_P))
            return;
        walk->reserved = entry & reserved;
        if (entry & ENTRY_PS && level > 1) {
            if (level >= 4 || (level == 3 && !cpu_has(cpu, F_PDPE1GB))) {
                walk->reserved |= ENTRY_PS;
            } else {
                large = true;
                walk->reserved |= entry & mask_bits(shift) & ~mask_bits(13);
            }
        }
        if (unlikely(walk->reserved))
            return;
        walk->user &= (entry & ENTRY_U) != 0;
        walk->writable &= (entry & ENTRY_W) != 0;
        walk->nx |= entry >> 63;
        if (large) {
            reach_page(cpu, walk, entry, entry & ENTRY_ADDRESS, la, shift);
            return;
        }
        table = entry;
    }
}

static void walk_pae(const struct cpu *cpu, lin_addr la, struct walk *walk)
{
    unsigned index = la >> 30 & 3;
    uint64_t entry = cpu->pdpte[index];

    record(walk, 3, ((cpu->cr3 & 0xffffffe0) + index * 8) & cpu->a20_mask, entry);
    if (entry & ENTRY_P)
        walk_wide(cpu, la, walk, 2, entry);
}

/* 4-byte entries. */
static void walk_32bit(const struct cpu *cpu, lin_addr la, struct walk *walk)
{
    phys_addr address = ((cpu->cr3 & 0xfffff000) | (la >> 22 & 0x3ff) * 4) & cpu->a20_mask;
    uint64_t entry = entry_read(cpu, address, 4);

    record(walk, 2, address, entry);
    if (!(entry & ENTRY_P))
        return;
    walk->user = entry & ENTRY_U;
    walk->writable = entry & ENTRY_W;
    if (entry & ENTRY_PS && cpu->cr4 & CR4_PSE) {
        /* PSE-36: bits 13-20 are address bits 32-39, as far as the processor has them. */
        unsigned high =
            cpu_has(cpu, F_PSE36) && cpu->physical_bits > 32 ? cpu->physical_bits - 32 : 0;

        if (high > 8)
            high = 8;
        walk->reserved = entry & (mask_bits(22) & ~mask_bits(13 + high));
        if (!walk->reserved)
            reach_page(cpu, walk, entry, (entry & 0xffc00000) | bits(entry, 13, high) << 32, la,
                       22);
        return;
    }
    address = ((entry & 0xfffff000) | (la >> 12 & 0x3ff) * 4) & cpu->a20_mask;
    entry = entry_read(cpu, address, 4);
    record(walk, 1, address, entry);
    if (!(entry & ENTRY_P))
        return;
    walk->user &= (entry & ENTRY_U) != 0;
    walk->writable &= (entry & ENTRY_W) != 0;
    reach_page(cpu, walk, entry, entry & 0xfffff000, la, 12);
}

void paging_walk(const struct cpu *cpu, lin_addr la, struct walk *walk)
{
    walk->count = 0;
    walk->mapped = false;
    walk->user = walk->writable = true;
    walk->nx = walk->global = walk->dirty = false;
    walk->key = 0;
    walk->reserved = 0;
    if (!(cpu->cr0 & CR0_PG)) {
        walk->mapped = walk->dirty = true;
        walk->page_shift = 32;
        walk->pa = la;
    } else if (cpu_long_mode(cpu)) {
        walk_wide(cpu, la, walk, cpu->cr4 & CR4_LA57 ? 5 : 4, cpu->cr3);
    } else if (cpu->cr4 & CR4_PAE) {
        walk_pae(cpu, la, walk);
    } else {
        walk_32bit(cpu, la, walk);
    }
}

static bool denied_by_key(const struct cpu *cpu, const struct walk *walk, bool write, bool user)
{
    unsigned denied = paging_key_denies(cpu, walk->key);

    return denied & PKRU_ACCESS || (denied & PKRU_WRITE && write && (user || cpu->cr0 & CR0_WP));
}

bool paging_allows(const struct cpu *cpu, const struct walk *walk, enum access access,
                   unsigned view, uint32_t *error, enum reason *reason)
{
    bool user = view_is_user(view), write = access & ACCESS_WRITE, fetch = access == ACCESS_EXEC;
    bool key_denies = !fetch && walk->mapped && walk->user && denied_by_key(cpu, walk, write, user);

    if (!(cpu->cr0 & CR0_PG))
        return true;
    if (walk->reserved)
        *reason = REASON_PAGE_RESERVED;
    else if (!walk->mapped)
        *reason = REASON_PAGE_NOT_PRESENT;
    else if (user && !walk->user)
        *reason = REASON_PAGE_SUPERVISOR;
    else if (write && !walk->writable && (user || cpu->cr0 & CR0_WP))
        *reason = REASON_PAGE_NOT_WRITABLE;
    else if (fetch && walk->nx)
        *reason = REASON_PAGE_NX;
    else if (!user && walk->user && fetch && cpu->cr4 & CR4_SMEP)
        *reason = REASON_PAGE_SMEP;
    else if (!user && walk->user && !fetch && cpu->cr4 & CR4_SMAP && view != VIEW_SUPERVISOR_AC)
        *reason = REASON_PAGE_SMAP;
    else if (key_denies)
        *reason = REASON_PAGE_KEY;
    else
        return true;
    *error = (walk->reserved || walk->mapped ? PF_P : 0) | (write ? PF_W : 0) | (user ? PF_U : 0) |
             (walk->reserved ? PF_RSVD : 0) | (key_denies ? PF_PK : 0);
    if (fetch && (cpu->cr4 & CR4_SMEP || (cpu->cr4 & CR4_PAE && cpu->efer & EFER_NXE)))
        *error |= PF_I;
    return false;
}

/* The entry to blame: the first that takes the right away, else the last that was read. */
static const struct walk_step *guilty_entry(const struct walk *walk, enum reason reason)
{
    for (unsigned i = 0; i < walk->count; i++) {
        uint64_t entry = walk->step[i].value;

        if (walk->step[i].level == 3 && i == 0) /* PDPTE register: grants nothing */
            continue;
        if ((reason == REASON_PAGE_SUPERVISOR && !(entry & ENTRY_U)) ||
            (reason == REASON_PAGE_NOT_WRITABLE && !(entry & ENTRY_W)) ||
            (reason == REASON_PAGE_NX && entry & ENTRY_NX))
            return &walk->step[i];
    }
    return &walk->step[walk->count - 1];
}

static COLD bool raise_page_fault(struct cpu *cpu, lin_addr la, const struct walk *walk,
                                  uint32_t error, enum reason reason)
{
    const struct walk_step *step = guilty_entry(walk, reason);
    const struct evidence evidence[EVIDENCE_MAX] = {
        { EV_LINEAR, la },         { EV_ENTRY_ADDRESS, step->address },
        { EV_ENTRY, step->value }, { EV_LEVEL, step->level },
        { EV_CPL, cpu->cpl },      { error & PF_PK ? EV_KEY : EV_NONE, walk->key },
    };

    return cpu_raise(cpu, VEC_PF, error, reason, evidence);
}

bool paging_translate(struct cpu *cpu, lin_addr la, enum access access, unsigned view,
                      struct walk *walk)
{
    unsigned size = wide_entries(cpu) ? 8 : 4;
    uint32_t error;
    enum reason reason;

    paging_walk(cpu, la, walk);
    if (unlikely(!paging_allows(cpu, walk, access, view, &error, &reason)))
        return raise_page_fault(cpu, la, walk, error, reason);
    for (unsigned i = 0; i < walk->count; i++) {
        struct walk_step *step = &walk->step[i];
        uint64_t value = step->value | ENTRY_A;

        if (step->level == 3 && i == 0) /* a PDPTE register has no accessed bit */
            continue;
        if (access & ACCESS_WRITE && i + 1 == walk->count) {
            value |= ENTRY_D;
            walk->dirty = true;
        }
        if (value != step->value) {
            space_write(cpu->memory, step->address, size, value);
            step->value = value;
        }
    }
    return true;
}

bool paging_load_pdptes(struct cpu *cpu, uint64_t cr3)
{
    uint64_t reserved = 0x1e6 | ~mask_bits(cpu->physical_bits);
    phys_addr table = cr3 & 0xffffffe0 & cpu->a20_mask;
    uint64_t entry[4];

    for (unsigned i = 0; i < 4; i++) {
        entry[i] = entry_read(cpu, table + i * 8, 8);
        if (entry[i] & ENTRY_P && entry[i] & reserved)
            return RAISE(cpu, VEC_GP, 0, PDPTE_RESERVED, { EV_ENTRY_ADDRESS, table + i * 8 },
                         { EV_ENTRY, entry[i] }, { EV_LEVEL, 3 },
                         { EV_VALUE, entry[i] & reserved });
    }
    memcpy(cpu->pdpte, entry, sizeof entry);
    return true;
}
