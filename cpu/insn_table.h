/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/insn_table.h - the rows as an array, and the index by opcode. */
#ifndef CPU_INSN_TABLE_H
#define CPU_INSN_TABLE_H

#include "cpu/insn_codes.h"

extern const struct row insn_rows[]; /* row 0 is "(bad)" */
extern const unsigned insn_row_count;

/* Rows that may match an opcode, in order: indices ended by 0. `index` is OPC_INDEX(opcode). */
const uint16_t *insn_candidates(unsigned index);

static inline const struct row *insn_row(const struct insn *insn)
{
    return &insn_rows[insn->row];
}

static inline bool operand_may_be_memory(uint32_t op)
{
    unsigned kind = OP_KIND(op);

    return kind == K_E || kind == K_W || kind == K_Q || kind == K_M || kind == K_VM;
}

/*
 * The field of struct insn that holds operand `position` (0-3) when that is a register: dst, src,
 * third; in a memory form the third operand takes the place the memory operand does not need.
 */
static inline unsigned insn_register(const struct insn *insn, unsigned position)
{
    if (position == 3)
        return (unsigned)insn->imm >> 4;
    if (position == 2 && insn->mem)
        position = operand_may_be_memory(insn_row(insn)->operands[0]) ? 0 : 1;
    return position == 0 ? insn->dst : position == 1 ? insn->src : insn->third;
}

/* Name of a feature ("sse4.1"). */
const char *feature_name(unsigned feature);

#endif
