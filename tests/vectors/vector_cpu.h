/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/vectors/vector_cpu.h - the little that the vector runner needs of a processor: real mode, 16
 * MiB of RAM with A20 on, ports that read all ones. vector_cpu.c is the only file of the runner that
 * knows the CPU model.
 */
#ifndef TESTS_VECTORS_VECTOR_CPU_H
#define TESTS_VECTORS_VECTOR_CPU_H

#include "util/types.h"

/* Order of the registers in a vector file. */
enum vector_reg {
    VECTOR_AX,
    VECTOR_BX,
    VECTOR_CX,
    VECTOR_DX,
    VECTOR_CS,
    VECTOR_SS,
    VECTOR_DS,
    VECTOR_ES,
    VECTOR_SP,
    VECTOR_BP,
    VECTOR_SI,
    VECTOR_DI,
    VECTOR_IP,
    VECTOR_FLAGS,
    VECTOR_REG_COUNT,
};

struct vector_regs {
    uint16_t value[VECTOR_REG_COUNT];
};

enum vector_stop {
    VECTOR_HALTED,   /* a HLT was executed; ip is behind it */
    VECTOR_LIMIT,    /* it was not reached */
    VECTOR_SHUTDOWN, /* triple fault */
};

struct vector_cpu;

/* RAM is all zero. NULL: out of memory. */
struct vector_cpu *vector_cpu_create(void);
void vector_cpu_destroy(struct vector_cpu *cpu);

/* RAM from address 0, for reading. */
const uint8_t *vector_cpu_ram(const struct vector_cpu *cpu);
/* Write RAM as DMA does: what was decoded of these bytes is forgotten. Not counted as written. */
void vector_cpu_write(struct vector_cpu *cpu, uint32_t address, const uint8_t *bytes,
                      uint32_t count);

/*
 * Real mode with these registers: segment bases are selector * 16, limits FFFFh; no interrupt is
 * pending or inhibited, not halted, interrupt table at 0. Bits 12-15 of flags are taken as given.
 * No page counts as written from here on.
 */
void vector_cpu_load(struct vector_cpu *cpu, const struct vector_regs *regs);
/* Row of the instruction that is next: 0, none, without VITRINE_COVERAGE. */
unsigned vector_cpu_row(const struct vector_cpu *cpu);
/* Execute up to and including a HLT, at most `limit` instructions (a REP iteration is one). */
enum vector_stop vector_cpu_run(struct vector_cpu *cpu, unsigned limit);
void vector_cpu_store(const struct vector_cpu *cpu, struct vector_regs *regs);
/*
 * Numbers of the 4 KiB pages that the guest wrote since the last load, ascending, at most `max`;
 * returns how many there are.
 */
unsigned vector_cpu_written(const struct vector_cpu *cpu, uint32_t *pages, unsigned max);

#endif
