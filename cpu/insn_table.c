/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/insn_table.c - the instruction rows as an array, and the index by opcode. */
#include "cpu/insn_table.h"

#include "cpu/exec.h"
#include "cpu/insn_index.h"

const struct row insn_rows[] = {
    { "(bad)",
      "(bad)",
      "Interrupt 6 - Invalid Opcode Exception (#UD)",
      &exec_bad,
      0,
      A_END,
      0,
      0,
      0,
      F_NONE,
      { 0, 0, 0, 0 },
      0,
      0 },
#define INSN(id, opcode, mnemonic, op1, op2, op3, op4, tested, written, undefined, attributes,     \
             feature, handler, title)                                                              \
    { #id,                                                                                         \
      mnemonic,                                                                                    \
      title,                                                                                       \
      &handler,                                                                                    \
      opcode,                                                                                      \
      attributes,                                                                                  \
      tested,                                                                                      \
      (written)&0xfff,                                                                             \
      (undefined)&0xfff,                                                                           \
      feature,                                                                                     \
      { op1, op2, op3, op4 },                                                                      \
      KIND_SET(op1) | KIND_SET(op2) | KIND_SET(op3) | KIND_SET(op4),                               \
      undefined },
#include "cpu/insns.def"
#undef INSN
};

const unsigned insn_row_count = ARRAY_SIZE(insn_rows);

const uint16_t *insn_candidates(unsigned index)
{
    return &candidates[first_candidate[index & 0x7ff]];
}

const char *feature_name(unsigned feature)
{
    static const char *const names[] = {
        "none",
#define FEATURE(id, name, leaf, subleaf, reg, bit) name,
#include "cpu/features.def"
#undef FEATURE
    };

    return feature < ARRAY_SIZE(names) ? names[feature] : "?";
}
