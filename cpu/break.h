/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/break.h - one instruction made wrong on purpose. A comparison of engines that finds nothing
 * proves nothing unless it finds this. An engine that translates asks for cpu->break_row when it
 * translates an instruction, and calls tb_break_after() behind it; no other code looks at it.
 */
#ifndef CPU_BREAK_H
#define CPU_BREAK_H

#include "cpu/cpu.h"

enum break_kind {
    BREAK_RESULT, /* a bit of the register it writes; of RAX if it writes none */
    BREAK_FLAG,   /* a status flag, one that it writes if there is one */
    BREAK_MEMORY, /* a bit of the byte it writes; the result if it writes none */
    BREAK_COUNT,  /* it is counted twice */
    BREAK_ORDER,  /* the two low bytes of its result, in memory or a register, change places */
    BREAK_KINDS
};

/*
 * `text` is "row" or "row:kind": an id of the instruction table and flag, result, memory, count or
 * order. The engine forgets what it has translated. False: *error is one line.
 */
MUST_CHECK bool break_set(struct cpu *cpu, const char *text, struct buf *error);
/*
 * Spoil what an instruction has just done. All of the processor's state, the status flags too, is
 * in *cpu, and is read from there afterwards; memory of code may be written.
 */
void tb_break_after(struct cpu *cpu, const struct insn *insn);

#endif
