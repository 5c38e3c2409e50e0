/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/support/avx_judge.h - one VEX-encoded vector instruction on the host and in the model, from
 * one state: everything that both can say must agree. Companion of vector_judge.h, with YMM
 * registers.
 */
#ifndef TESTS_AVX_JUDGE_H
#define TESTS_AVX_JUDGE_H

#include "tests/support/vector_judge.h"

enum { AVX_MEMORY = 128, AVX_RBX = 32 };

/* General registers are numbered as in ModRM; RBX points at memory[AVX_RBX]. */
struct avx_state {
    uint64_t gpr[8];
    uint64_t flags;
    uint32_t mxcsr, unused;
    uint8_t ymm[16][32];
    uint8_t memory[AVX_MEMORY]; /* in the model, a page ends at memory[64] */
    int vector;                 /* -1, or the exception that was raised */
};

/* Registers and memory hold numbers of one precision; RBX is set. */
void avx_state_random(struct avx_state *state, uint64_t *seed);
/*
 * An encoding of `row` with random registers, VEX.L and VEX.W where the row leaves them open; its
 * bytes are counted. `memory`: the memory form at RBX + 0 to 63. 0: the row has no such form.
 */
unsigned avx_encode(const struct row *row, bool memory, uint64_t *seed, uint8_t *code);
/* vector_cpu_create() with AVX switched on. */
struct cpu *avx_cpu_create(void);
/* Run in place. */
void avx_host_run(struct avx_state *state, const uint8_t *code, unsigned bytes);
void avx_model_run(struct cpu *cpu, struct avx_state *state, const uint8_t *code, unsigned bytes);
/* Empty when they agree, else the first difference in words. `approximate`: VRCPPS and the like. */
const char *avx_difference(const struct avx_state *host, const struct avx_state *model,
                           bool approximate);

#endif
