/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/float80_wide.h - numbers with 128 significant bits, for the transcendental functions.
 *
 * Results are cut off, not rounded: each operation loses less than 2^-125 of its result. Series are
 * summed in fixed point: a uint128 then stands for a fraction, 2^-128 times its value.
 */
#ifndef CPU_FLOAT80_WIDE_H
#define CPU_FLOAT80_WIDE_H

#include "cpu/float80_internal.h"

#define UINT128(high, low) ((uint128)(high) << 64 | (low))

/* The value is significand * 2^(exponent - 127); bit 127 is set. */
struct wide {
    bool sign;
    int32_t exponent;
    uint128 significand;
};

/* `value` * 2^(exponent - 127), not zero. */
static inline struct wide wide_normalize(bool sign, int32_t exponent, uint128 value)
{
    unsigned shift = leading_zeros_128(value);

    return (struct wide){ sign, exponent - (int32_t)shift, value << shift };
}

static inline struct wide wide_of(const struct fp_number *x)
{
    return (struct wide){ x->sign, x->exponent, (uint128)x->significand << 64 };
}

/* The upper half of the product: multiplies fractions. */
static inline uint128 multiply_fractions(uint128 a, uint128 b)
{
    uint64_t a1 = (uint64_t)(a >> 64), a0 = (uint64_t)a;
    uint64_t b1 = (uint64_t)(b >> 64), b0 = (uint64_t)b;
    uint128 low = (uint128)a0 * b0;
    uint128 middle = (uint128)a1 * b0 + (low >> 64);
    uint128 other = (uint128)a0 * b1 + (uint64_t)middle;

    return (uint128)a1 * b1 + (middle >> 64) + (other >> 64);
}

/* Sixty-four more quotient bits: *remainder * 2^64 / divisor, where *remainder < divisor. */
static inline uint64_t divide_step(uint128 *remainder, uint128 divisor)
{
    uint64_t high = (uint64_t)(divisor >> 64), low = (uint64_t)divisor;
    uint128 quotient = *remainder / high;
    uint128 rest;

    if (quotient > UINT64_MAX)
        quotient = UINT64_MAX;
    rest = *remainder - quotient * high;
    while (rest <= UINT64_MAX && (uint128)(uint64_t)quotient * low > rest << 64) {
        quotient--;
        rest += high;
    }
    *remainder = (rest << 64) - (uint128)(uint64_t)quotient * low;
    return (uint64_t)quotient;
}

/* The fraction a / b, where a < b and bit 127 of b is set. */
static inline uint128 divide_fractions(uint128 a, uint128 b)
{
    uint64_t high = divide_step(&a, b);

    return UINT128(high, divide_step(&a, b));
}

static inline struct wide wide_multiply(struct wide a, struct wide b)
{
    return wide_normalize(a.sign != b.sign, a.exponent + b.exponent + 1,
                          multiply_fractions(a.significand, b.significand));
}

static inline struct wide wide_divide(struct wide a, struct wide b)
{
    bool less = a.significand < b.significand;
    uint128 fraction = divide_fractions(less ? a.significand : a.significand >> 1, b.significand);

    /* A halved dividend gives a quotient between 1/2 and 1. */
    return wide_normalize(a.sign != b.sign, a.exponent - b.exponent - less, fraction);
}

/* The sum must not be near zero if it is to be exact to 2^-125. */
static inline struct wide wide_add(struct wide a, struct wide b)
{
    struct wide big = a, small = b;
    uint32_t distance;

    if (a.exponent < b.exponent || (a.exponent == b.exponent && a.significand < b.significand)) {
        big = b;
        small = a;
    }
    distance = (uint32_t)(big.exponent - small.exponent);
    small.significand = distance < 127 ? small.significand >> 1 >> distance : 0;
    big.significand >>= 1;
    if (big.sign == small.sign)
        big.significand += small.significand;
    else
        big.significand -= small.significand + (distance >= 64); /* below the exact value */
    return wide_normalize(big.sign, big.exponent + 1, big.significand);
}

/* The number as a fraction; its exponent is negative, its sign is dropped. */
static inline uint128 wide_fraction(struct wide a)
{
    int32_t shift = -1 - a.exponent;

    return shift < 128 ? a.significand >> shift : 0;
}

/* Round an inexact result to 64 bits and encode it. */
static inline struct float80 wide_pack(struct wide a, struct fp_env *env)
{
    struct fp_exact value = { a.sign, a.exponent, (uint64_t)(a.significand >> 64),
                              (uint64_t)a.significand | 1 };

    return float80_pack(&value, 64, env);
}

#endif
