/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/encode.h - a row of the instruction table -> bytes of one instruction. */
#ifndef TESTS_SUPPORT_ENCODE_H
#define TESTS_SUPPORT_ENCODE_H

#include "cpu/decode.h"
#include "tests/support/values.h"

struct encoding {
    uint8_t bytes[15];
    uint8_t length;
    uint8_t immediate;  /* where the immediate bytes begin; length: none */
    uint8_t disp;       /* where the displacement of the memory operand begins ... */
    uint8_t disp_bytes; /* ... and its size: 0, 1, 2, 4 */
    struct insn insn;   /* as decode_insn() has it */
};

/* MODE_* of code of `bits`. */
unsigned encode_mode(unsigned bits);

/*
 * A random encoding of the row in code of `bits`, with random prefixes, operands and immediate.
 * False: this try gave another row or none; try again.
 */
bool encode_row(const struct row *row, unsigned bits, const uint64_t *features, struct rng *rng,
                struct encoding *e);
/* Bytes were changed behind the opcode: decode again. */
bool encode_again(struct encoding *e, unsigned bits, const uint64_t *features);

/* Bytes that operand `n` has in memory; 0: none or not known. */
unsigned encode_operand_bytes(const struct insn *insn, unsigned n);

#endif
