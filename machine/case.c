/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/case.c - the world of a test case: page tables, descriptors, and its state in a processor.
 * Source: SDM Vol. 3A, "4-Level Paging", "Segment Descriptors", "64-Bit Mode TSS".
 */
#include "machine/case.h"

#include "cpu/segment.h"
#include "cpu/sse.h"
#include "util/bits.h"

/* clang-format off */
const uint8_t case_page_rights[CASE_PAGES] = {
    CASE_HOLE, CASE_CODE, CASE_CODE, CASE_HOLE,
    CASE_DATA, CASE_DATA, CASE_READ_ONLY, CASE_HOLE,
    CASE_DATA, CASE_HOLE, CASE_DATA, CASE_DATA,
    CASE_HOLE, CASE_DATA, CASE_HOLE, CASE_DATA,
};
/* clang-format on */

/* Physical addresses behind the window. */
enum {
    WORLD_PML4 = CASE_PHYSICAL + CASE_WINDOW_BYTES,
    WORLD_PDPT = WORLD_PML4 + 0x1000,
    WORLD_PD = WORLD_PML4 + 0x2000,
    WORLD_PT = WORLD_PML4 + 0x3000,
    WORLD_HIGH_PDPT = WORLD_PML4 + 0x4000,
    WORLD_HIGH_PD = WORLD_PML4 + 0x5000,
    WORLD_GDT = WORLD_PML4 + 0x6000,
    WORLD_IDT = WORLD_PML4 + 0x7000,
    WORLD_TSS = WORLD_PML4 + 0x8000,
    WORLD_LDT = WORLD_PML4 + 0x9000,
    WORLD_HANDLER = WORLD_PML4 + 0xa000,
    WORLD_STACK = WORLD_PML4 + 0xc000,
};

/* The supervisor sees the first 2 MiB of physical memory here. */
#define HIGH UINT64_C(0xffff800000000000)
enum { PTE_P = 1, PTE_W = 2, PTE_U = 4, PTE_A = 0x20, PTE_D = 0x40, PTE_PS = 0x80 };
#define PTE_NX BIT(63)

uint8_t case_background(unsigned page)
{
    return case_page_rights[page] == CASE_CODE ? 0xcc : 0;
}

static void put64(struct cpu *cpu, uint64_t address, uint64_t value)
{
    space_write(cpu->memory, address, 8, value);
}

static void make_pages(struct cpu *cpu)
{
    uint64_t table = PTE_P | PTE_W | PTE_U | PTE_A;

    for (uint64_t a = WORLD_PML4; a < WORLD_GDT; a += 8)
        put64(cpu, a, 0);
    put64(cpu, WORLD_PML4, WORLD_PDPT | table);
    put64(cpu, WORLD_PDPT + (CASE_WINDOW >> 30) * 8, WORLD_PD | table);
    put64(cpu, WORLD_PD + (CASE_WINDOW >> 21 & 511) * 8, WORLD_PT | table);
    for (unsigned i = 0; i < CASE_PAGES; i++) {
        uint64_t entry = (CASE_PHYSICAL + i * PAGE_SIZE) | PTE_P | PTE_U | PTE_A | PTE_D;

        if (case_page_rights[i] == CASE_HOLE)
            continue;
        if (case_page_rights[i] == CASE_DATA)
            entry |= PTE_W;
        if (case_page_rights[i] != CASE_CODE)
            entry |= PTE_NX;
        put64(cpu, WORLD_PT + i * 8, entry);
    }
    put64(cpu, WORLD_PML4 + 256 * 8, WORLD_HIGH_PDPT | PTE_P | PTE_W | PTE_A);
    put64(cpu, WORLD_HIGH_PDPT, WORLD_HIGH_PD | PTE_P | PTE_W | PTE_A);
    put64(cpu, WORLD_HIGH_PD, PTE_P | PTE_W | PTE_A | PTE_D | PTE_PS);
}

static uint64_t descriptor(uint64_t base, uint32_t limit, unsigned attr)
{
    if (attr & ATTR_G)
        limit >>= 12;
    return (limit & 0xffff) | (base & 0xffffff) << 16 | (uint64_t)attr << 40 |
           (uint64_t)(limit >> 16) << 48 | (base >> 24 & 0xff) << 56;
}

static void make_tables(struct cpu *cpu, bool gates)
{
    const unsigned data = ATTR_P | ATTR_S | ATTR_DPL | TYPE_WRITABLE | TYPE_ACCESSED;
    const unsigned code = data | TYPE_CODE;
    uint64_t tss = HIGH + WORLD_TSS, ldt = HIGH + WORLD_LDT;

    for (uint64_t a = WORLD_GDT; a < CASE_PHYSICAL_END; a += 8)
        put64(cpu, a, 0);
    put64(cpu, WORLD_GDT + 0x10, descriptor(0, UINT32_MAX, (code & ~ATTR_DPL) | ATTR_L | ATTR_G));
    put64(cpu, WORLD_GDT + 0x18, descriptor(0, UINT32_MAX, (data & ~ATTR_DPL) | ATTR_DB | ATTR_G));
    put64(cpu, WORLD_GDT + 0x20, descriptor(0, UINT32_MAX, code | ATTR_DB | ATTR_G));
    put64(cpu, WORLD_GDT + 0x28, descriptor(0, UINT32_MAX, data | ATTR_DB | ATTR_G));
    put64(cpu, WORLD_GDT + 0x30, descriptor(0, UINT32_MAX, code | ATTR_L | ATTR_G));
    put64(cpu, WORLD_GDT + 0x40, descriptor(tss, 0x67, ATTR_P | SYSTEM_TSS32_BUSY));
    put64(cpu, WORLD_GDT + 0x48, tss >> 32);
    put64(cpu, WORLD_GDT + 0x50, descriptor(ldt, 0xf, ATTR_P | SYSTEM_LDT));
    put64(cpu, WORLD_GDT + 0x58, ldt >> 32);
    put64(cpu, WORLD_LDT, descriptor(CASE_WINDOW, 0xffff, code));
    put64(cpu, WORLD_LDT + 8, descriptor(CASE_WINDOW, 0xffff, data));
    put64(cpu, WORLD_TSS + 4, HIGH + WORLD_STACK);
    space_write(cpu->memory, WORLD_TSS + 0x66, 2, 0x68);
    space_write(cpu->memory, WORLD_HANDLER, 1, 0xf4); /* HLT */
    for (unsigned i = 0; i < 256; i++) {
        unsigned dpl = i == VEC_BP || i == VEC_OF ? 3 : 0;
        unsigned attr = (gates ? ATTR_P : 0) | dpl << 5 | SYSTEM_INT_GATE32;
        uint64_t handler = HIGH + WORLD_HANDLER;

        put64(cpu, WORLD_IDT + i * 16,
              (handler & 0xffff) | UINT64_C(0x10) << 16 | (uint64_t)attr << 40 |
                  (handler >> 16 & 0xffff) << 48);
        put64(cpu, WORLD_IDT + i * 16 + 8, handler >> 32);
    }
}

static void load_segments(struct cpu *cpu, unsigned bits)
{
    uint16_t cs = bits == 64 ? CASE_CS64 : bits == 32 ? CASE_CS32 : CASE_CS16;
    uint16_t data = bits == 16 ? CASE_DATA16 : CASE_DATA_SELECTOR;

    for (unsigned i = 0; i <= SEG_GS; i++) {
        uint16_t selector = i == SEG_CS ? cs : data;

        segment_fill(
            cpu, &cpu->seg[i], selector,
            space_read(cpu->memory, (selector & 4 ? WORLD_LDT : WORLD_GDT) + (selector & ~7u), 8));
    }
}

void case_world(struct cpu *cpu, unsigned bits, bool gates)
{
    for (uint64_t a = CASE_PHYSICAL; a < WORLD_PML4; a += 8)
        put64(cpu, a,
              case_background((unsigned)((a - CASE_PHYSICAL) / PAGE_SIZE)) *
                  UINT64_C(0x0101010101010101));
    make_pages(cpu);
    make_tables(cpu, gates);
    cpu->cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG;
    cpu->cr3 = WORLD_PML4;
    cpu->cr4 = CR4_PAE | CR4_PGE | CR4_DE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE;
    if (cpu_has(cpu, F_FSGSBASE))
        cpu->cr4 |= CR4_FSGSBASE;
    cpu->efer = EFER_LME | EFER_LMA | EFER_NXE | EFER_SCE;
    cpu->xcr0 = XCR0_X87 | XCR0_AVX_STATE;
    cpu->gdtr = (struct table_register){ HIGH + WORLD_GDT, 0x7f };
    cpu->idtr = (struct table_register){ HIGH + WORLD_IDT, 0xfff };
    segment_fill(cpu, &cpu->tr, 0x40, space_read(cpu->memory, WORLD_GDT + 0x40, 8));
    cpu->tr.base = HIGH + WORLD_TSS;
    segment_fill(cpu, &cpu->ldtr, 0x50, space_read(cpu->memory, WORLD_GDT + 0x50, 8));
    cpu->ldtr.base = HIGH + WORLD_LDT;
    load_segments(cpu, bits);
    cpu->cpl = 3;
    cpu_rebuild(cpu);
}

void case_init(struct test_case *tc, unsigned bits)
{
    uint16_t cs = bits == 64 ? CASE_CS64 : bits == 32 ? CASE_CS32 : CASE_CS16;

    memset(tc, 0, offsetof(struct test_case, pool));
    tc->bits = (uint8_t)bits;
    for (unsigned i = 0; i <= SEG_GS; i++)
        tc->state.seg[i] = i == SEG_CS ? cs : bits == 16 ? CASE_DATA16 : CASE_DATA_SELECTOR;
    if (bits == 64)
        tc->state.seg[SEG_FS] = tc->state.seg[SEG_GS] = 0;
    tc->state.rip = (bits == 16 ? 0 : CASE_WINDOW) + PAGE_SIZE;
    tc->state.rflags = EFLAGS_ONE | IF;
    tc->state.mxcsr = 0x1f80;
    tc->state.fpu.fcw = 0x37f;
}

bool case_add_memory(struct test_case *tc, uint64_t address, const void *bytes, unsigned count)
{
    const uint8_t *from = bytes;

    while (count) {
        uint64_t offset = address - CASE_WINDOW;
        unsigned part = PAGE_SIZE - (unsigned)(address & PAGE_MASK);
        struct case_chunk *chunk = &tc->chunk[tc->chunks];

        if (part > count)
            part = count;
        if (offset < CASE_WINDOW_BYTES && case_page_rights[offset / PAGE_SIZE] != CASE_HOLE) {
            if (tc->chunks == CASE_CHUNKS || tc->pooled + part > CASE_POOL)
                return false;
            *chunk = (struct case_chunk){ (uint32_t)address, (uint16_t)part, tc->pooled };
            memcpy(tc->pool + tc->pooled, from, part);
            tc->chunks++;
            tc->pooled = (uint16_t)(tc->pooled + part);
        }
        address += part;
        from += part;
        count -= part;
    }
    return true;
}

void case_load(struct cpu *cpu, const struct test_case *tc)
{
    const struct case_state *state = &tc->state;

    memcpy(cpu->gpr, state->gpr, sizeof state->gpr);
    if (tc->bits != 64) {
        for (unsigned i = 0; i < 16; i++)
            cpu->gpr[i] = i < 8 ? (uint32_t)state->gpr[i] : 0;
    }
    cpu->rip = state->rip;
    cpu_set_eflags(cpu, state->rflags);
    load_segments(cpu, tc->bits);
    if (tc->bits == 64) {
        for (enum seg seg = SEG_FS; seg <= SEG_GS; seg++) {
            segment_load_null(cpu, seg, 0);
            cpu->seg[seg].base = seg == SEG_FS ? state->fs_base : state->gs_base;
        }
    }
    cpu->cpl = 3;
    cpu_derive_segments(cpu);
    cpu_update_mode(cpu);
    cpu->fpu = state->fpu;
    cpu->ferr = false;
    cpu->mxcsr = state->mxcsr;
    for (unsigned i = 0; i < 16; i++) {
        memset(&cpu->vec[i], 0, sizeof cpu->vec[i]);
        memcpy(&cpu->vec[i], state->vec[i], sizeof state->vec[i]);
    }
}

void case_save(const struct cpu *cpu, struct case_state *state)
{
    memcpy(state->gpr, cpu->gpr, sizeof state->gpr);
    state->rip = cpu->rip;
    state->rflags = cpu_eflags(cpu);
    state->fs_base = cpu->seg[SEG_FS].base;
    state->gs_base = cpu->seg[SEG_GS].base;
    for (unsigned i = 0; i <= SEG_GS; i++)
        state->seg[i] = cpu->seg[i].selector;
    state->fpu = cpu->fpu;
    state->mxcsr = cpu->mxcsr;
    for (unsigned i = 0; i < 16; i++)
        memcpy(state->vec[i], &cpu->vec[i], sizeof state->vec[i]);
}

void case_load_memory(struct cpu *cpu, const struct test_case *tc)
{
    for (unsigned i = 0; i < tc->chunks; i++)
        space_write_block(cpu->memory, tc->chunk[i].address - CASE_WINDOW + CASE_PHYSICAL,
                          tc->pool + tc->chunk[i].offset, tc->chunk[i].count);
    space_write_block(cpu->memory, case_code_address(tc) - CASE_WINDOW + CASE_PHYSICAL, tc->code,
                      tc->length);
}
