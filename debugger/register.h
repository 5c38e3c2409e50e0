/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * debugger/register.h - what the user may call a register: "rax", "$eax", "ah", "eflags.if",
 * "cs.base", "cr0.pg", "gdtr.limit", "msr.star", "t".
 */
#ifndef DEBUGGER_REGISTER_H
#define DEBUGGER_REGISTER_H

#include "cpu/cpu.h"

enum reg_kind {
    REG_NONE,
    REG_GPR, /* n, size, byte registers: first bit 0 or 8 */
    REG_RIP, /* n 1: its linear address, as gdb's $pc */
    REG_FLAGS,
    REG_SEGMENT, /* n: enum seg, or REG_LDTR, REG_TR; part */
    REG_TABLE,   /* n: 0 GDTR, 1 IDTR; part */
    REG_CR,      /* n */
    REG_DR,      /* n */
    REG_EFER,
    REG_STORED, /* a number in struct cpu: n is its offset, size its bytes */
    REG_CPL,
    REG_TICK,   /* virtual time */
    REG_ICOUNT, /* retired instructions */
};
enum { REG_LDTR = SEG_COUNT, REG_TR };
enum reg_part { PART_SELECTOR, PART_BASE, PART_LIMIT, PART_ATTR, PART_DPL, PART_TYPE };

/* Where a named value lives: bits first .. first+width-1 of the register. */
struct reg_ref {
    uint8_t kind; /* enum reg_kind */
    uint8_t part; /* enum reg_part */
    uint8_t size; /* bytes of the whole register */
    uint8_t first, width;
    uint32_t n;
};

/* A flag or bit of a register, for names and printing. */
struct reg_bit {
    const char *name;
    uint8_t first, width;
};
extern const struct reg_bit eflags_bits[], cr0_bits[], cr4_bits[], efer_bits[]; /* to { 0 } */

/* The register called name[0..length-1] (without '$'), upper or lower case. */
MUST_CHECK bool reg_find(const char *name, size_t length, struct reg_ref *ref);
uint64_t reg_get(const struct cpu *cpu, const struct reg_ref *ref);
/*
 * Write it as the debugger: no side effect but the derived caches. False: *error has one line
 * ("cr3=0x1 sets reserved bits ..."); `force` writes what the processor would refuse.
 */
MUST_CHECK bool reg_set(struct cpu *cpu, const struct reg_ref *ref, uint64_t value, bool force,
                        struct buf *error);
/* Call back for every name that begins with `prefix`. */
void reg_names(const char *prefix, void (*each)(void *context, const char *name), void *context);

#endif
