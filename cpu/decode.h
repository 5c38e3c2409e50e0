/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/decode.h - bytes -> struct insn: prefixes, REX, VEX, opcode, ModRM, SIB, displacement,
 * immediate. Source: SDM Vol. 2A, "Instruction Format".
 */
#ifndef CPU_DECODE_H
#define CPU_DECODE_H

#include "cpu/insn_table.h"

enum decode {
    DECODE_OK,
    DECODE_UNDEFINED, /* no such instruction: insn is (bad), length counts the bytes looked at;
                         insn_is_evex() (decode_evex.h) tells AVX-512 from the rest */
    DECODE_LOCK,      /* LOCK where it is not legal */
    DECODE_MORE,      /* `count` bytes are not enough */
    DECODE_TOO_LONG,  /* more than 15 bytes */
};

/*
 * Decode one instruction of at most `count` (1-15) bytes for `mode` (MODE_*). `features` is the
 * bit set of struct cpu; NULL: everything in the table. insn->exec is set also for DECODE_UNDEFINED
 * and DECODE_LOCK (a handler that raises #UD). offset, left and link are the caller's.
 */
enum decode decode_insn(const uint8_t *bytes, unsigned count, unsigned mode,
                        const uint64_t *features, struct insn *insn);

/* The same, without insn->exec where the result is DECODE_OK: that is decode_handler()'s. */
enum decode decode_fields(const uint8_t *bytes, unsigned count, unsigned mode,
                          const uint64_t *features, struct insn *insn);
exec_fn decode_handler(const struct insn *insn, unsigned mode);

/* Does an opcode of map 1 (0F), 2 (0F38) or 3 (0F3A) take an immediate byte after VEX or EVEX? */
bool opcode_has_imm8(unsigned map, uint8_t opcode);

/* The handler of a decoded memory-form instruction that takes any address (FORM_*N). */
exec_fn decode_general_handler(const struct insn *insn);

#endif
