/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/vectors/vector_cpu.c - the CPU model as the vector runner sees it. */
#include "tests/vectors/vector_cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/engine.h"
#include "cpu/segment.h"
#include "cpu/tlb.h"
#include "tests/support/coverage.h"
#include "tests/support/test_engine.h"

#define RAM_BYTES MIB(16)

struct vector_cpu {
    struct ram ram;
    struct space memory, ports; /* an empty I/O space reads as all ones */
    struct clock clock;
    struct cpu *cpu;
};

static const uint8_t general[] = {
    [VECTOR_AX] = RAX, [VECTOR_BX] = RBX, [VECTOR_CX] = RCX, [VECTOR_DX] = RDX,
    [VECTOR_SP] = RSP, [VECTOR_BP] = RBP, [VECTOR_SI] = RSI, [VECTOR_DI] = RDI,
};
static const uint8_t segments[] = {
    [VECTOR_CS] = SEG_CS,
    [VECTOR_SS] = SEG_SS,
    [VECTOR_DS] = SEG_DS,
    [VECTOR_ES] = SEG_ES,
};

static bool is_segment(unsigned reg)
{
    return reg >= VECTOR_CS && reg <= VECTOR_ES;
}

static bool is_general(unsigned reg)
{
    return reg <= VECTOR_DX || (reg >= VECTOR_SP && reg <= VECTOR_DI);
}

struct vector_cpu *vector_cpu_create(void)
{
    struct vector_cpu *v = calloc(1, sizeof *v);
    struct buf error = { 0 };

    if (!v || !ram_create(&v->ram, RAM_BYTES)) {
        free(v);
        return NULL;
    }
    clock_init(&v->clock, 1000000);
    space_init(&v->memory, &v->ram, NULL);
    space_init(&v->ports, NULL, NULL);
    space_add_ram(&v->memory, 0, RAM_BYTES, 0);
    v->cpu = cpu_create("max", &v->memory, &v->ports, &v->clock, NULL, 1, &error);
    if (!v->cpu)
        fprintf(stderr, "run_vectors: %s\n", buf_text(&error));
    buf_free(&error);
    if (v->cpu) {
        test_engine(v->cpu);
        return v;
    }
    vector_cpu_destroy(v);
    return NULL;
}

void vector_cpu_destroy(struct vector_cpu *v)
{
    if (!v)
        return;
    cpu_destroy(v->cpu);
    space_destroy(&v->memory);
    space_destroy(&v->ports);
    ram_destroy(&v->ram);
    free(v);
}

const uint8_t *vector_cpu_ram(const struct vector_cpu *v)
{
    return v->ram.bytes;
}

void vector_cpu_write(struct vector_cpu *v, uint32_t address, const uint8_t *bytes, uint32_t count)
{
    space_write_block(&v->memory, address, bytes, count);
}

void vector_cpu_load(struct vector_cpu *v, const struct vector_regs *regs)
{
    struct cpu *cpu = v->cpu;

    cpu_reset(cpu, false);
    for (unsigned i = 0; i < VECTOR_REG_COUNT; i++) {
        if (is_general(i))
            cpu->gpr[general[i]] = regs->value[i];
        else if (is_segment(i))
            segment_load_real(cpu, (enum seg)segments[i], regs->value[i]);
    }
    cpu->rip = regs->value[VECTOR_IP];
    cpu_set_eflags(cpu, regs->value[VECTOR_FLAGS]);
    cpu->idtr = (struct table_register){ 0, 0x3ff };
    cpu_update_mode(cpu);
    for (size_t page = 0; page < RAM_BYTES / PAGE_SIZE; page++)
        v->ram.marks[page] &= (uint8_t)~RAM_DIRTY;
    tlb_forget_all_tags(cpu);
}

unsigned vector_cpu_row(const struct vector_cpu *v)
{
    return coverage_next(v->cpu);
}

enum vector_stop vector_cpu_run(struct vector_cpu *v, unsigned limit)
{
    struct cpu *cpu = v->cpu;
    uint64_t end = clock_now(&v->clock) + limit;
    enum stop stop = STOP_LIMIT;

    while (stop == STOP_LIMIT && clock_now(&v->clock) < end)
        stop = cpu->engine->run(cpu, end - clock_now(&v->clock));
    return stop == STOP_HALTED     ? VECTOR_HALTED
           : stop == STOP_SHUTDOWN ? VECTOR_SHUTDOWN
                                   : VECTOR_LIMIT;
}

void vector_cpu_store(const struct vector_cpu *v, struct vector_regs *regs)
{
    const struct cpu *cpu = v->cpu;

    for (unsigned i = 0; i < VECTOR_REG_COUNT; i++) {
        if (is_general(i))
            regs->value[i] = (uint16_t)cpu->gpr[general[i]];
        else if (is_segment(i))
            regs->value[i] = cpu->seg[segments[i]].selector;
    }
    regs->value[VECTOR_IP] = (uint16_t)cpu->rip;
    regs->value[VECTOR_FLAGS] = (uint16_t)cpu_eflags(cpu);
}

unsigned vector_cpu_written(const struct vector_cpu *v, uint32_t *pages, unsigned max)
{
    unsigned count = 0;

    for (uint32_t page = 0; page < RAM_BYTES / PAGE_SIZE; page++) {
        if (!(v->ram.marks[page] & RAM_DIRTY))
            continue;
        if (count < max)
            pages[count] = page;
        count++;
    }
    return count;
}
