/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/disasm.h - struct insn -> Intel syntax, from the instruction table. */
#ifndef CPU_DISASM_H
#define CPU_DISASM_H

#include "cpu/decode.h"

struct buf;

/*
 * Name of an address ("kmain+0x14") into name[]; false: no symbol. The address is counted as `rip`
 * is: where CS has a base, the caller adds it.
 */
typedef bool (*symbol_fn)(void *context, lin_addr la, char *name, size_t size);

struct disasm_options {
    symbol_fn symbol; /* NULL: none */
    void *context;
};

/*
 * Append the text of insn, which stands at `rip` (branch targets are absolute) in code of `mode`.
 * insn is as decode_insn() left it: inside a trace a RIP-relative disp is another one.
 * (bad) for what does not decode, "(avx-512: evex.512.66.0f.w1 58)" for AVX-512; LOCK where it is not legal is printed with a comment.
 */
void disasm_insn(const struct insn *insn, unsigned mode, uint64_t rip,
                 const struct disasm_options *options, struct buf *text);
/*
 * Decode and print in one go; returns the length in bytes (at least 1): for (bad) the bytes looked
 * at, for an instruction cut off by `count` all of them.
 */
unsigned disasm_bytes(const uint8_t *bytes, unsigned count, unsigned mode, uint64_t rip,
                      const uint64_t *features, const struct disasm_options *options,
                      struct buf *text);
/* Append operand `position` (0-3) as disasm_insn() prints it; the row must have one there. */
void disasm_operand(const struct insn *insn, unsigned mode, uint64_t rip, unsigned position,
                    struct buf *text);
/* "rax", "eax", "ax", "al", "ah": number as in struct insn (byte registers: offset), size in bytes. */
const char *gpr_name(unsigned n, unsigned size);
extern const char *const seg_names[SEG_COUNT];

#endif
