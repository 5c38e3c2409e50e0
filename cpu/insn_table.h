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

/* Name of a feature ("sse4.1"). */
const char *feature_name(unsigned feature);

#endif
