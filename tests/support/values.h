/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/values.h - random numbers, and values that are worth trying. */
#ifndef TESTS_SUPPORT_VALUES_H
#define TESTS_SUPPORT_VALUES_H

#include "cpu/float80.h"
#include "util/types.h"

/* Our own generator, so that a seed means the same everywhere. */
struct rng {
    uint64_t state;
};

static inline uint64_t rng_next(struct rng *rng)
{
    uint64_t z = rng->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* 0 .. n-1 */
static inline unsigned rng_below(struct rng *rng, unsigned n)
{
    return (unsigned)((rng_next(rng) >> 32) * n >> 32);
}

/* True once in n. */
static inline bool rng_once_in(struct rng *rng, unsigned n)
{
    return rng_below(rng, n) == 0;
}

/* Seed of a case: of the run, of a name, and two numbers. */
uint64_t rng_mix(uint64_t seed, const char *name, uint64_t a, uint64_t b);

uint64_t value_integer(struct rng *rng); /* 64 bits; the low parts are worth trying too */
uint32_t value_single(struct rng *rng);
uint64_t value_double(struct rng *rng);
uint16_t value_half(struct rng *rng);
struct float80 value_extended(struct rng *rng);
void value_bcd(struct rng *rng, uint8_t *bytes); /* 10 bytes */
/* `bytes` (a multiple of 8) of one kind: floats, text, ends of ranges, small numbers, anything. */
void value_lanes(struct rng *rng, void *to, unsigned bytes);

#endif
