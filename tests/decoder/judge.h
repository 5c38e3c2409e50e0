/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/decoder/judge.h - what the parts of the decoder's judge share: see zydis_judge.c. */
#ifndef TESTS_DECODER_JUDGE_H
#define TESTS_DECODER_JUDGE_H

#include <Zydis/Zydis.h>

#include "cpu/disasm.h"
#include "util/buf.h"

#define BYTES 16 /* one more than an instruction may have */
#define KEPT 512 /* good strings to mutate */
#define DIFFERENCES 40

struct code {
    const char *name;
    unsigned mode; /* MODE_* */
    ZydisMachineMode machine;
    ZydisStackWidth stack;
};
extern const struct code codes[3]; /* 16, 32 and 64-bit code */

struct judge {
    ZydisDecoder decoders[3];
    ZydisFormatter formatter;
    uint64_t random;
    uint8_t kept[3][KEPT][BYTES];
    unsigned kept_count[3];
    uint64_t passed, failed, foreign, no_row, known;
    uint64_t agreed; /* passed, and an instruction */
    bool row_seen[UINT16_MAX + 1];
    uint64_t known_rows[DIFFERENCES];
    struct buf ours, theirs;
};

static inline uint64_t next_random(struct judge *j) /* splitmix64 */
{
    uint64_t z = (j->random += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline unsigned below(struct judge *j, unsigned limit)
{
    return (unsigned)(next_random(j) % limit);
}

/* ---- judge_strings.c ---- */

/* A random string for codes[code]: see zydis_judge.c. */
void make_string(struct judge *j, unsigned code, uint8_t bytes[BYTES]);
/* Every prefix, W, L, opcode and ModRM byte once: false after the last one. *at is 0 at first. */
bool sweep_string(unsigned code, uint32_t *at, uint8_t bytes[BYTES]);

/* ---- judge_sets.c ---- */

/* Is this an instruction that we should have? */
bool is_wanted(const ZydisDecodedInstruction *zi);
/* Is row->feature one that Zydis' instruction set stands for? */
bool feature_agrees(const struct row *row, const ZydisDecodedInstruction *zi);
/* Has the table a row that is called so? */
bool has_mnemonic(const char *name);

/* ---- judge_text.c ---- */

void zydis_init(struct judge *j);
/* j->theirs: what Zydis makes of it, in our words. */
void zydis_text(struct judge *j, const ZydisDecodedInstruction *zi,
                const ZydisDecodedOperand *operands, uint64_t rip);
/* The segment override in force, NULL if there is none. */
const char *segment_name(const ZydisDecodedInstruction *zi);

#endif
