/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/decode_evex.h - the EVEX prefix (AVX-512): what its fields say, and how long the instruction
 * is. This processor has no AVX-512, so that every one of them raises #UD; the debugger still shows
 * where the next instruction begins. Source: SDM Vol. 2A, "Intel AVX-512 Encoding".
 */
#ifndef CPU_DECODE_EVEX_H
#define CPU_DECODE_EVEX_H

#include "cpu/insn.h"

struct buf;

struct evex {
    uint8_t map; /* 1 0F, 2 0F38, 3 0F3A, 5 and 6: half precision */
    uint8_t pp;  /* mandatory prefix: 0 none, 1 66, 2 F3, 3 F2 */
    uint8_t opcode;
    uint8_t vvvv;        /* 0-31, not inverted, V' included */
    uint8_t mask;        /* aaa: k0 (none) to k7 */
    uint8_t length_bits; /* L'L: 128, 256, 512 bits; with `b` and a register: rounding */
    bool r, x, b, r2, w; /* register extensions, not inverted; W */
    bool zeroing;        /* z */
    bool broadcast;      /* b: broadcast, rounding or no exceptions */
};

/*
 * The fields of payload bytes P0, P1, P2 and the opcode, as four bytes from P0 on. False: a
 * reserved bit is wrong or there is no such map.
 */
bool evex_fields(uint32_t bytes, struct evex *evex);
/*
 * Bytes from P0 to the end of the instruction, of which `count` are there. `asize` is ASIZE_*.
 * More than `count`: the instruction is cut off, and this is what is known to be missing.
 */
unsigned evex_length(const uint8_t *bytes, unsigned count, unsigned asize);

/* Did decode_insn() meet an EVEX prefix? insn->imm has the bytes for evex_fields(). */
bool insn_is_evex(const struct insn *insn);
/* "(avx-512: evex.512.66.0f38.w0 7c)" */
void evex_text(const struct insn *insn, struct buf *text);

/* Raises #UD. */
enum exec exec_evex(struct cpu *cpu, struct insn *insn);

#endif
