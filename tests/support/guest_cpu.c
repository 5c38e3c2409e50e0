/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/guest_cpu.c - a processor, some RAM and descriptor tables. */
#include "tests/support/guest_cpu.h"

#include <stdlib.h>
#include <string.h>

#include "cpu/engine.h"
#include "tests/support/coverage.h"
#include "tests/support/test_engine.h"
#include "util/bits.h"

/* Attributes of segments: present, accessed. */
enum {
    A_CODE = ATTR_P | ATTR_S | TYPE_CODE | TYPE_READABLE | TYPE_ACCESSED,
    A_DATA = ATTR_P | ATTR_S | TYPE_WRITABLE | TYPE_ACCESSED,
    A_32 = ATTR_DB | ATTR_G,
    A_DPL1 = 1 << 5,
    A_DPL3 = 3 << 5,
};

static bool note_exception(void *context, struct cpu *cpu)
{
    struct guest *guest = context;

    (void)cpu;
    guest->raised = true;
    return true; /* stop before delivery */
}

struct guest *guest_create(void)
{
    struct guest *guest = calloc(1, sizeof *guest);
    struct cpu *cpu;

    if (!guest || !ram_create(&guest->ram, MIB(1)))
        abort();
    clock_init(&guest->clock, 1000000);
    space_init(&guest->memory, &guest->ram, &guest->log);
    space_init(&guest->ports, NULL, &guest->log);
    space_add_ram(&guest->memory, 0, MIB(1), 0);
    cpu = cpu_create("max", &guest->memory, &guest->ports, &guest->clock, &guest->log, 1,
                     &guest->messages);
    if (!cpu)
        abort();
    test_engine(cpu);
    guest->cpu = cpu;
    guest->observer = (struct observer){ .context = guest, .exception = note_exception };
    cpu->observer = &guest->observer;
    segment_load_real(cpu, SEG_CS, 0);
    cpu->idtr = (struct table_register){ 0, 0x3ff };
    cpu->rip = GUEST_CODE;
    cpu->gpr[RSP] = 0xfffe;
    for (unsigned i = 0; i < 256; i++) {
        guest_write(guest, i * 4, 4, GUEST_HANDLERS + i * 16);
        guest_write(guest, GUEST_HANDLERS + i * 16, 1, 0x90);
    }
    cpu_update_mode(cpu);
    return guest;
}

void guest_destroy(struct guest *guest)
{
    cpu_destroy(guest->cpu);
    space_destroy(&guest->memory);
    space_destroy(&guest->ports);
    ram_destroy(&guest->ram);
    buf_free(&guest->messages);
    free(guest);
}

uint64_t guest_read(struct guest *guest, uint64_t address, unsigned size)
{
    return space_read(&guest->memory, address, size);
}

void guest_write(struct guest *guest, uint64_t address, unsigned size, uint64_t value)
{
    space_write(&guest->memory, address, size, value);
}

uint64_t guest_segment(uint32_t base, uint32_t limit, unsigned attr)
{
    if (attr & ATTR_G)
        limit >>= 12;
    return (limit & 0xffff) | (uint64_t)(base & 0xffffff) << 16 | (uint64_t)attr << 40 |
           (uint64_t)(limit >> 16) << 48 | (uint64_t)(base >> 24) << 56;
}

void guest_set_descriptor(struct guest *guest, unsigned selector, uint64_t low)
{
    guest_write(guest, GUEST_GDT + (selector & ~7u), 8, low);
}

uint64_t guest_gate(unsigned type, unsigned dpl, unsigned selector, uint32_t offset, unsigned count)
{
    return (offset & 0xffff) | (uint64_t)selector << 16 | (uint64_t)count << 32 |
           (uint64_t)(ATTR_P | dpl << 5 | type) << 40 | (uint64_t)(offset >> 16) << 48;
}

void guest_set_idt(struct guest *guest, unsigned vector, uint64_t low)
{
    unsigned size = cpu_long_mode(guest->cpu) ? 16 : 8;

    guest_write(guest, GUEST_IDT + vector * size, 8, low);
    if (size == 16)
        guest_write(guest, GUEST_IDT + vector * size + 8, 8, 0);
}

static void fill_gdt(struct guest *guest, bool wide)
{
    unsigned size = wide ? ATTR_L : ATTR_DB;
    uint32_t end = UINT32_MAX;
    const struct {
        unsigned selector;
        uint64_t descriptor;
    } table[] = {
        { CODE0, guest_segment(0, end, A_CODE | ATTR_G | size) },
        { DATA0, guest_segment(0, end, A_DATA | A_32) },
        { CODE3, guest_segment(0, end, A_CODE | ATTR_G | size | A_DPL3) },
        { DATA3, guest_segment(0, end, A_DATA | A_32 | A_DPL3) },
        { CODE_CONFORMING, guest_segment(0, end, A_CODE | TYPE_CONFORMING | ATTR_G | size) },
        { TSS_A, guest_segment(GUEST_TSS, 0x7ff, ATTR_P | SYSTEM_TSS32_BUSY) },
        { TSS_B, guest_segment(GUEST_TSS_B, 0x67, ATTR_P | SYSTEM_TSS32) },
        { LDT_A, guest_segment(GUEST_LDT, 0x1f, ATTR_P | SYSTEM_LDT) },
        { CODE16, guest_segment(0, 0xffff, A_CODE) },
        { DATA16, guest_segment(0, 0xffff, A_DATA) },
        { DATA_ABSENT, guest_segment(0, end, (A_DATA | A_32) & ~ATTR_P) },
        { CODE_ABSENT, guest_segment(0, end, (A_CODE | ATTR_G | size) & ~ATTR_P) },
        { DATA_READ_ONLY, guest_segment(0, end, (A_DATA | A_32) & ~TYPE_WRITABLE) },
        { CODE_EXECUTE_ONLY, guest_segment(0, end, (A_CODE | ATTR_G | size) & ~TYPE_READABLE) },
        { DATA_DOWN, guest_segment(0, 0xfff, A_DATA | TYPE_EXPAND_DOWN) },
        { CODE1, guest_segment(0, end, A_CODE | ATTR_G | size | A_DPL1) },
        { DATA1, guest_segment(0, end, A_DATA | A_32 | A_DPL1) },
        { COMPAT3, guest_segment(0, end, A_CODE | A_32 | A_DPL3) },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(table); i++)
        guest_set_descriptor(guest, table[i].selector, table[i].descriptor);
    guest->cpu->gdtr = (struct table_register){ GUEST_GDT, GDT_END - 1 };
}

/* A cache as if its descriptor had been loaded. */
static void load_cache(struct guest *guest, struct segment *segment, unsigned selector)
{
    segment_fill(guest->cpu, segment, (uint16_t)selector,
                 guest_read(guest, GUEST_GDT + (selector & ~7u), 8));
}

static void enter(struct guest *guest, unsigned level)
{
    struct cpu *cpu = guest->cpu;
    unsigned data = level == 3 ? DATA3 | 3 : DATA0;

    load_cache(guest, &cpu->seg[SEG_CS], level == 3 ? CODE3 | 3 : CODE0);
    for (unsigned i = 0; i <= SEG_GS; i++)
        if (i != SEG_CS)
            load_cache(guest, &cpu->seg[i], data);
    load_cache(guest, &cpu->tr, TSS_A);
    cpu->ldtr = (struct segment){ 0 };
    cpu->cpl = (uint8_t)level;
    cpu->idtr = (struct table_register){ GUEST_IDT, cpu_long_mode(cpu) ? 0xfff : 0x7ff };
    cpu->gpr[RSP] = level == 3 ? GUEST_STACK3 : GUEST_STACK0;
    cpu_update_mode(cpu);
    cpu_derive_segments(cpu);
    for (unsigned i = 0; i < 256; i++)
        guest_set_idt(
            guest, i,
            guest_gate(SYSTEM_INT_GATE32, i == 0x80 ? 3 : 0, CODE0, GUEST_HANDLERS + i * 16, 0));
}

void guest_protected(struct guest *guest, unsigned level)
{
    struct cpu *cpu = guest->cpu;

    cpu->cr0 |= CR0_PE;
    fill_gdt(guest, false);
    guest_write(guest, GUEST_TSS + 4, 4, GUEST_STACK0);
    guest_write(guest, GUEST_TSS + 8, 4, DATA0);
    guest_write(guest, GUEST_TSS + 12, 4, GUEST_STACK1);
    guest_write(guest, GUEST_TSS + 16, 4, DATA1 | 1);
    guest_write(guest, GUEST_TSS + 0x66, 2, 0x68);
    enter(guest, level);
}

void guest_long(struct guest *guest, unsigned level)
{
    struct cpu *cpu = guest->cpu;

    fill_gdt(guest, true);
    guest_write(guest, GUEST_PAGES, 8, (GUEST_PAGES + 0x1000) | 7);
    guest_write(guest, GUEST_PAGES + 0x1000, 8, (GUEST_PAGES + 0x2000) | 7);
    guest_write(guest, GUEST_PAGES + 0x2000, 8, 0x87); /* one 2 MiB page */
    guest_write(guest, GUEST_TSS + 4, 8, GUEST_STACK0);
    guest_write(guest, GUEST_TSS + 12, 8, GUEST_STACK1);
    guest_write(guest, GUEST_TSS + 0x24, 8, GUEST_IST1);
    guest_write(guest, GUEST_TSS + 0x66, 2, 0x68);
    cpu->cr3 = GUEST_PAGES;
    cpu->cr4 |= CR4_PAE;
    cpu->efer |= EFER_LME | EFER_LMA;
    cpu->cr0 |= CR0_PE | CR0_PG;
    enter(guest, level);
}

void guest_v86(struct guest *guest, unsigned iopl)
{
    struct cpu *cpu = guest->cpu;

    guest_protected(guest, 3);
    cpu_set_eflags(cpu, VM | iopl << IOPL_SHIFT);
    for (unsigned i = 0; i <= SEG_GS; i++)
        segment_load_real(cpu, (enum seg)i, i == SEG_CS ? 0 : (uint16_t)(0x100 + i));
    segment_load_real(cpu, SEG_SS, 0x2000);
    cpu->gpr[RSP] = 0x8000;
    cpu_update_mode(cpu);
}

void guest_code(struct guest *guest, const char *hex)
{
    uint64_t to = GUEST_CODE;

    while (*hex) {
        char *end;
        unsigned long byte = strtoul(hex, &end, 16);

        if (end == hex)
            break;
        guest_write(guest, to++, 1, byte);
        hex = end;
    }
    guest->cpu->rip = GUEST_CODE;
}

bool guest_step(struct guest *guest)
{
    unsigned row = coverage_next(guest->cpu);

    guest->raised = false;
    guest->cpu->fault_waits = false; /* one that was not delivered is forgotten */
    test_engine_blocks(guest->cpu, TEST_STEPS);
    guest->cpu->engine->run(guest->cpu, 1);
    if (!guest->raised)
        coverage_note_unit(row);
    return !guest->raised;
}

void guest_deliver(struct guest *guest)
{
    guest->cpu->fault_waits = false;
    exception_deliver(guest->cpu);
}
