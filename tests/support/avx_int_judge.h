/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/support/avx_int_judge.h - one VEX-encoded instruction on the host and in the model, from one
 * state and with the same addresses: everything must agree, exceptions and what they leave behind
 * included. x86-64 hosts with AVX2 under Linux only.
 *
 * Memory is a window of four pages at JUDGE_WINDOW in both: two for reading and writing, one that
 * is not there, one for reading only, whose byte n is JUDGE_PATTERN(n).
 */
#ifndef TESTS_AVX_INT_JUDGE_H
#define TESTS_AVX_INT_JUDGE_H

#include "tests/support/guest_cpu.h"

#if defined(__x86_64__) && defined(__linux__)
#define HAVE_AVX_INT_JUDGE 1
#else
#define HAVE_AVX_INT_JUDGE 0
#endif

#define JUDGE_WINDOW UINT64_C(0x180000)
#define JUDGE_WINDOW_PA 0x80000u /* where it lies in the model's memory */
enum { JUDGE_WRITABLE = 0x2000, JUDGE_MISSING = 0x2000, JUDGE_READ_ONLY = 0x3000 };
#define JUDGE_PATTERN(n) (uint8_t)((n)*37 + 1)

struct vex_state {
    uint64_t gpr[16]; /* RSP is not used */
    uint64_t flags;
    uint32_t mxcsr, unused;
    uint8_t vec[16][32];
    uint8_t memory[JUDGE_WRITABLE];
    int vector; /* -1, or the exception that was raised, and what it says: */
    uint32_t error;
    uint64_t cr2;
};

/* An encoding, and which parts of a state it depends on. */
struct vex_code {
    uint8_t bytes[16];
    unsigned count;
    bool memory;
    unsigned base, index, scale; /* memory: registers of the address */
    bool vector_index;
    int32_t disp;
};

/* False: this host cannot judge; *why says so. */
bool avx_int_judge_open(const char **why);
uint64_t vex_random(uint64_t *seed);
/* A random encoding of `row`; false: it has no such form. */
bool vex_encode(const struct row *row, bool memory, uint64_t *seed, struct vex_code *code);
/* Registers and memory, with many special values; addresses in and around the window. */
void vex_state_random(struct vex_state *state, const struct row *row, const struct vex_code *code,
                      uint64_t *seed);
/* Is there other memory of this process than the window? An engine that keeps some at low addresses makes a few gathers
 * succeed that should fault. */
bool vex_host_has(uint64_t address);
void vex_host_run(struct vex_state *state, const uint8_t *code, unsigned bytes);

/* A processor at CPL 3 in 64-bit mode with the window and AVX enabled. */
struct guest *vex_guest_create(void);
/* Decode and execute; the vector or -1. */
int vex_model_step(struct guest *guest, const uint8_t *code, unsigned bytes);
void vex_model_run(struct guest *guest, struct vex_state *state, const uint8_t *code,
                   unsigned bytes);

/* Empty when they agree, else the first difference in words. */
const char *vex_difference(const struct vex_state *host, const struct vex_state *model);

#endif
