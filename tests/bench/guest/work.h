/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/bench/guest/work.h - the benchmark's guest program: what an item is, and what items share. */
#ifndef WORK_H
#define WORK_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * One row of the benchmark: a fixed amount of work whose result is a checksum. Only `run` lies
 * between the two marker lines that the host takes the time of. No item may look at a clock or at
 * the model of the processor: every machine has to do the same.
 */
struct item {
    const char *name;
    long rounds; /* at scale 1 */
    void (*prepare)(long rounds);
    uint64_t (*run)(long rounds);
    uint64_t (*check)(uint64_t result); /* the checksum, where finding it is not part of the work */
};

extern const struct item integer_item, sieve_item, quicksort_item, sha256_item;
extern const struct item matmul_item, nbody_item, mandelbrot_item, simd_item;
extern const struct item memcpy_item, memset_item, chase_item;
extern const struct item call_item, bytecode_item;
extern const struct item smc_item, smc_data_item, smc_jit_item;
extern const struct item syscall_item, pipe_item, fault_item, exec_item;
extern const struct item gzip_item, sort_item, awk_item;

/* Not inlined and not looked into: its caller's loop is what is written there. */
#if __has_attribute(noipa)
#define OPAQUE __attribute__((noinline, noipa))
#else
#define OPAQUE __attribute__((noinline))
#endif

static inline uint64_t random_next(uint64_t *state)
{
    uint64_t x = *state;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}

/* A checksum takes one more word. */
static inline uint64_t mix(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return sum ^ sum >> 29;
}

static inline uint64_t mix_double(uint64_t sum, double value)
{
    union {
        double number;
        uint64_t bits;
    } u = { .number = value };

    return mix(sum, u.bits);
}

/* Ends the program with a line that says what failed. */
_Noreturn void work_fail(const char *what);

void *work_alloc(size_t bytes);

/* A path in the folder with busybox and the tiny program, or in the scratch folder. */
const char *work_tool(const char *name);
const char *work_scratch(const char *name);

#endif
