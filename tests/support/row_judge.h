/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/support/row_judge.h - encodings of table rows on general and vector registers, legacy and
 * VEX, run on the host and in the model from one state of 16 general registers, 16 YMM registers,
 * status flags and memory. x86-64 hosts with AVX under Linux only.
 */
#ifndef TESTS_ROW_JUDGE_H
#define TESTS_ROW_JUDGE_H

#include "tests/support/vector_judge.h"

/* RBX is an offset into `memory`; RSP is not used. */
struct row_state {
    uint64_t gpr[16];
    uint64_t flags;
    uint8_t vec[16][32];
    _Alignas(64) uint8_t memory[128];
    uint64_t above; /* bit n: the model has changed bits 511-256 of vector register n */
    int vector;     /* -1, or the exception that was raised */
};

/* Can this host run the row? By CPUID, and AVX rows by XCR0 too. */
bool row_judge_can(const struct row *row);
/* Do flags that the manual leaves undefined come out on this host as in the rows? */
bool row_judge_same_vendor(void);

/*
 * An encoding of `row` with random registers, and REX.W, VEX.W and operand size where the row leaves
 * them open: at most 15 bytes, their number is returned. Memory forms are at [RBX]. 0: no such form.
 */
unsigned row_encode(const struct row *row, bool memory, uint64_t *seed, uint8_t *code);
/* `alignment`: of RBX, most of the time. */
void row_state_random(struct row_state *state, unsigned alignment, uint64_t *seed);
void row_host_run(struct row_state *state, const uint8_t *code, unsigned bytes);
/* The processor of vector_cpu_create() with AVX enabled. */
struct cpu *row_cpu_create(void);
void row_model_run(struct cpu *cpu, struct row_state *state, const uint8_t *code, unsigned bytes);
/* Empty when they agree, else the first difference in words. */
const char *row_difference(const struct row *row, const struct row_state *host,
                           const struct row_state *model);
/*
 * `count` cases of a row: registers, memory, and memory through the model's general way. Ends the
 * test at the first difference; false: this host cannot judge.
 */
bool row_judge(const char *id, unsigned count);

#endif
