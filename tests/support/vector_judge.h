/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/support/vector_judge.h - one MMX or SSE instruction on the host and in the model, from one
 * state: everything that both can say must agree. x86-64 hosts under Linux only.
 */
#ifndef TESTS_VECTOR_JUDGE_H
#define TESTS_VECTOR_JUDGE_H

#if defined(__x86_64__) && defined(__linux__)
#define HAVE_VECTOR_JUDGE 1
#else
#define HAVE_VECTOR_JUDGE 0
#endif

#include "cpu/decode.h"

/* General registers are numbered as in ModRM; RBX points at `memory`, RDI at its second half. */
struct vector_state {
    uint64_t gpr[8];
    uint64_t flags;
    uint64_t unused;
    uint8_t fx[512]; /* as FXSAVE64 has it */
    uint8_t memory[64];
    int vector; /* -1, or the exception that was raised */
};

/* Does this host have the row's feature? */
bool host_has_feature(unsigned feature);
/* Random state, with many special values. */
void vector_state_random(struct vector_state *state, uint64_t *seed);
uint64_t judge_random(uint64_t *seed);
/* 16 bytes: doubles (kind 0-3), singles (4-7), various integers (8-12), uniform (13 and above). */
void judge_random_lanes(uint8_t *to, unsigned kind, uint64_t *seed);
/* Often all masked; roundings, masks, FTZ, DAZ and flags at random. */
uint32_t judge_random_mxcsr(uint64_t *seed);
/*
 * An encoding of `row` with random registers: at most 15 bytes, their number is returned. `memory`:
 * the memory form at [RBX]. 0: the row has no such form.
 */
unsigned vector_encode(const struct row *row, bool memory, uint64_t *seed, uint8_t *code);

/* Run on the host, in place. RBX and RDI are offsets into `memory` before and after. */
void host_run(struct vector_state *state, const uint8_t *code, unsigned bytes);

/* A processor in 64-bit mode without paging, with SSE enabled. */
struct cpu *vector_cpu_create(void);
void vector_cpu_destroy(struct cpu *cpu);
/* Decode for the CPU's mode and execute one instruction at address 0; its vector, or -1. */
int model_step(struct cpu *cpu, const uint8_t *code, unsigned bytes);
/* Run in the model, in place. */
void model_run(struct cpu *cpu, struct vector_state *state, const uint8_t *code, unsigned bytes);

/* Where processors differ: take over the x87 state. */
void vector_copy_x87(struct vector_state *to, const struct vector_state *from);
/* Empty when they agree, else the first difference in words. `approximate`: RCPPS and the like. */
const char *vector_difference(const struct vector_state *host, const struct vector_state *model,
                              bool approximate);

#endif
