/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/silicon/generate.h - random test cases of a row. */
#ifndef TESTS_SILICON_GENERATE_H
#define TESTS_SILICON_GENERATE_H

#include "machine/case.h"
#include "tests/support/encode.h"

/* A case in the making. */
struct maker {
    struct test_case *tc;
    const struct row *row;
    unsigned bits;
    const uint64_t *features;
    struct rng rng;
    struct encoding e;
    uint64_t target; /* of the explicit memory operand, as a linear address; 0: none */
};

/* Make a case of the row for code of `bits` from the seed. False: the seed gives none. */
bool generate_case(struct maker *m, const struct row *row, unsigned bits, const uint64_t *features,
                   uint64_t seed, struct test_case *tc);

/* A place for `bytes` of memory: mostly good, sometimes at an edge, as a linear address. */
uint64_t generate_place(struct maker *m, unsigned bytes);
/* Where code may go on: mostly INT3; as RIP. */
uint64_t generate_code_target(struct maker *m);
/* A selector that is the same here and in the world of cases. */
uint16_t generate_selector(struct maker *m, bool code);
/* Write `bytes` of memory before the case at a linear address. */
void generate_memory(struct maker *m, uint64_t address, const void *from, unsigned bytes);
/* The x87 state, all of it random. */
void generate_fpu(struct maker *m);
uint32_t generate_mxcsr(struct rng *rng);
/* What single rows need beside: generate_special.c. */
void generate_special(struct maker *m);

#endif
