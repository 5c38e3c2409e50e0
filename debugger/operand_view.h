/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * debugger/operand_view.h - the operands of an instruction that has not run: where its memory
 * operand lies, and what the operands hold. Nothing is changed.
 */
#ifndef DEBUGGER_OPERAND_VIEW_H
#define DEBUGGER_OPERAND_VIEW_H

#include "cpu/access.h"
#include "cpu/decode.h"

struct memory_operand {
    enum seg seg;
    uint64_t offset; /* effective address, cut to the address size */
    lin_addr la;
    unsigned size; /* bytes; 0: only the address counts (LEA) */
    enum access access;
};

/* Bytes of operand i; 0: none. */
unsigned operand_size(const struct insn *insn, unsigned i);
/* True: the instruction has a memory operand (the first one, for string instructions DS:rSI). */
bool operand_memory(const struct cpu *cpu, const struct insn *insn, uint64_t rip,
                    struct memory_operand *memory);
/* "[es:rdi]", and what stands there; "al = 0x12": operand i with its present value. False: there
 * is no operand i. */
bool operand_describe(const struct cpu *cpu, const struct insn *insn, uint64_t rip, unsigned i,
                      struct buf *text);

#endif
