/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/insn_table.c - the instruction rows as an array, and the index by opcode. */
#include "cpu/insn_table.h"

#include "cpu/exec.h"
#include "cpu/insn_index.h"

#define KIND_SETS(a, b, c, d) (KIND_SET(a) | KIND_SET(b) | KIND_SET(c) | KIND_SET(d))

const struct row insn_rows[] = {
    { .id = "(bad)",
      .mnemonic = "(bad)",
      .title = "Interrupt 6 - Invalid Opcode Exception (#UD)",
      .handlers = &exec_bad,
      .attributes = A_END },
#define INSN(row, code, name, op1, op2, op3, op4, tested, written, undef, attrs, feat, handler,    \
             section)                                                                              \
    { .id = #row,                                                                                  \
      .mnemonic = name,                                                                            \
      .title = section,                                                                            \
      .handlers = &handler,                                                                        \
      .opcode = code,                                                                              \
      .attributes = attrs,                                                                         \
      .flags_tested = tested,                                                                      \
      .flags_written = (written)&0xfff,                                                            \
      .flags_undefined = (undef)&0xfff,                                                            \
      .undefined = undef,                                                                          \
      .feature = feat,                                                                             \
      .operands = { op1, op2, op3, op4 },                                                          \
      .kinds = KIND_SETS(op1, op2, op3, op4),                                                      \
      .match = MATCH_VALUE(code, KIND_SETS(op1, op2, op3, op4), attrs),                            \
      .mask = MATCH_MASK(code, KIND_SETS(op1, op2, op3, op4), attrs) },
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
