/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/cpu_setup.h - a processor on 8 MiB of RAM, for tests that need no board. */
#ifndef TESTS_SUPPORT_CPU_SETUP_H
#define TESTS_SUPPORT_CPU_SETUP_H

#include <check.h>

#include "tests/support/test_engine.h"
#include "util/bits.h"

#define SETUP_RAM MIB(8)

struct setup {
    struct ram ram;
    struct space memory, ports;
    struct clock clock;
    struct cpu *cpu;
};

/* model: see cpu/cpuid.c; NULL: the default. */
static inline void setup_create(struct setup *s, const char *model)
{
    struct buf error = { 0 };

    ck_assert(ram_create(&s->ram, SETUP_RAM));
    space_init(&s->memory, &s->ram, NULL);
    space_add_ram(&s->memory, 0, SETUP_RAM, 0);
    space_init(&s->ports, NULL, NULL);
    clock_init(&s->clock, 100000000);
    s->cpu = cpu_create(model, &s->memory, &s->ports, &s->clock, NULL, 1, &error);
    ck_assert_msg(s->cpu != NULL, "%s", buf_text(&error));
    test_engine(s->cpu);
    buf_free(&error);
}

static inline void setup_destroy(struct setup *s)
{
    cpu_destroy(s->cpu);
    space_destroy(&s->memory);
    space_destroy(&s->ports);
    ram_destroy(&s->ram);
}

static inline void put32(struct setup *s, phys_addr pa, uint32_t value)
{
    store_le32(s->ram.bytes + pa, value);
}

static inline void put64(struct setup *s, phys_addr pa, uint64_t value)
{
    store_le64(s->ram.bytes + pa, value);
}

static inline uint64_t get64(const struct setup *s, phys_addr pa)
{
    return load_le64(s->ram.bytes + pa);
}

/* Turn on 64-bit mode without going through the steps: flat code at CPL 0, tables at cr3. */
static inline void setup_long_mode(struct setup *s, uint64_t cr3)
{
    struct cpu *cpu = s->cpu;

    cpu->cr0 = CR0_PE | CR0_ET | CR0_PG | CR0_WP;
    cpu->cr3 = cr3;
    cpu->cr4 = CR4_PAE | CR4_PGE;
    cpu->efer = EFER_LME | EFER_LMA | EFER_NXE | EFER_SCE;
    cpu->seg[SEG_CS].attr = ATTR_P | ATTR_S | TYPE_CODE | TYPE_READABLE | ATTR_L;
    cpu->seg[SEG_CS].base = 0;
    cpu_rebuild(cpu);
}

/* Protected mode with flat 32-bit segments, paging off. */
static inline void setup_flat32(struct setup *s)
{
    struct cpu *cpu = s->cpu;

    cpu->cr0 = CR0_PE | CR0_ET;
    for (unsigned i = 0; i < SEG_FLAT; i++) {
        cpu->seg[i].base = 0;
        cpu->seg[i].limit = UINT32_MAX;
        cpu->seg[i].attr = ATTR_P | ATTR_S | TYPE_WRITABLE | TYPE_ACCESSED | ATTR_DB | ATTR_G;
    }
    cpu->seg[SEG_CS].attr |= TYPE_CODE;
    cpu_rebuild(cpu);
}

/* What EV_kind of the last fault says. */
static inline uint64_t fault_evidence(const struct cpu *cpu, enum evidence_kind kind)
{
    for (unsigned i = 0; i < EVIDENCE_MAX; i++) {
        if (cpu->fault.evidence[i].kind == kind)
            return cpu->fault.evidence[i].value;
    }
    ck_abort_msg("no such evidence");
    return 0;
}

#define ck_assert_fault(cpu, v, e, r)                                                              \
    do {                                                                                           \
        ck_assert_uint_eq((cpu)->fault.vector, (v));                                               \
        ck_assert_str_eq(reason_name((cpu)->fault.reason), #r);                                    \
        ck_assert_uint_eq((cpu)->fault.error, (e));                                                \
    } while (0)

#endif
