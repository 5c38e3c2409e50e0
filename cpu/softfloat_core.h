/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/softfloat_core.h - the arithmetic that all binary formats share, on integers only.
 *
 * Every format (half, single, double, double extended) is unpacked to a struct fp_number with a
 * normalised 64-bit significand. An operation on finite non-zero numbers gives a struct fp_exact:
 * the exact result, cut after 128 bits, with a lowest bit that is set if anything was cut off
 * ("sticky"). Rounding it is up to the destination format. Only float80*.c and softfloat*.c include
 * this file.
 */
#ifndef CPU_SOFTFLOAT_CORE_H
#define CPU_SOFTFLOAT_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/fp_env.h"
#include "util/types.h"

__extension__ typedef unsigned __int128 uint128;

#define FP_TOP_BIT (1ULL << 63)

enum fp_kind {
    KIND_FINITE = 0, /* and not zero */
    KIND_ZERO,
    KIND_INFINITY,
    KIND_QNAN,
    KIND_SNAN,
    KIND_UNSUPPORTED, /* an encoding of the 80-bit format that no longer has a meaning */
};

struct fp_number {
    enum fp_kind kind;
    bool sign;
    bool denormal;        /* a finite number with the smallest exponent field: raises DE */
    int32_t exponent;     /* KIND_FINITE: the value is significand * 2^(exponent - 63) */
    uint64_t significand; /* bit 63 is set; NaN: bit 62 is the quiet bit, the payload follows */
};

/* (high + low / 2^64) * 2^(exponent - 63); bit 63 of `high` is set. */
struct fp_exact {
    bool sign;
    int32_t exponent;
    uint64_t high;
    uint64_t low; /* bit 0 is sticky */
};

static inline bool fp_is_nan(const struct fp_number *x)
{
    return x->kind >= KIND_QNAN;
}

/* Number of zero bits above the leading one; `value` is not zero. */
static inline unsigned leading_zeros_64(uint64_t value)
{
    return (unsigned)__builtin_clzll(value);
}

static inline unsigned leading_zeros_128(uint128 value)
{
    uint64_t high = (uint64_t)(value >> 64);

    return high ? leading_zeros_64(high) : 64 + leading_zeros_64((uint64_t)value);
}

/* Shift right; bits that fall out are remembered in bit 0. */
static inline uint128 shift_right_sticky_128(uint128 value, uint32_t count)
{
    if (count == 0)
        return value;
    if (count >= 128)
        return value != 0;
    return value >> count | (value << (128 - count) != 0);
}

static inline uint64_t shift_right_sticky_64(uint64_t value, uint32_t count)
{
    if (count == 0)
        return value;
    if (count >= 64)
        return value != 0;
    return value >> count | (value << (64 - count) != 0);
}

/* `value` * 2^(exponent - 127) with its leading one moved to the top; `value` is not zero. */
static inline struct fp_exact fp_normalize(bool sign, int32_t exponent, uint128 value)
{
    unsigned shift = leading_zeros_128(value);

    value <<= shift;
    return (struct fp_exact){ sign, exponent - (int32_t)shift, (uint64_t)(value >> 64),
                              (uint64_t)value };
}

static inline struct fp_exact fp_exact_of(const struct fp_number *x)
{
    return (struct fp_exact){ x->sign, x->exponent, x->significand, 0 };
}

/* Whether |x| < |y|, both finite and not zero. */
static inline bool fp_magnitude_less(const struct fp_number *x, const struct fp_number *y)
{
    if (x->exponent != y->exponent)
        return x->exponent < y->exponent;
    return x->significand < y->significand;
}

/* x + y. False: the sum is exactly zero and *sum is not set. */
static inline bool fp_add_finite(const struct fp_number *x, const struct fp_number *y,
                                 struct fp_exact *sum)
{
    const struct fp_number *big = x, *small = y;
    uint128 b, s;

    if (fp_magnitude_less(x, y)) {
        big = y;
        small = x;
    }
    b = (uint128)big->significand << 63; /* the top bit takes the carry */
    s = (uint128)small->significand << 63;
    s = shift_right_sticky_128(s, (uint32_t)(big->exponent - small->exponent));
    b = big->sign == small->sign ? b + s : b - s;
    if (b == 0)
        return false;
    *sum = fp_normalize(big->sign, big->exponent + 1, b);
    return true;
}

static inline struct fp_exact fp_multiply_finite(const struct fp_number *x,
                                                 const struct fp_number *y)
{
    uint128 product = (uint128)x->significand * y->significand;

    return fp_normalize(x->sign != y->sign, x->exponent + y->exponent + 1, product);
}

/* The low half for a result whose exact tail is `part` / `whole` of its last place. */
static inline uint64_t fp_tail(uint64_t part, uint64_t whole)
{
    if (part == 0)
        return 0;
    if (part == whole - part)
        return FP_TOP_BIT;
    return part < whole - part ? 1 : FP_TOP_BIT | 1;
}

static inline struct fp_exact fp_divide_finite(const struct fp_number *x, const struct fp_number *y)
{
    bool smaller = x->significand < y->significand;
    uint128 dividend = (uint128)x->significand << (smaller ? 64 : 63);
    uint64_t quotient = (uint64_t)(dividend / y->significand);
    uint64_t remainder = (uint64_t)dividend - quotient * y->significand;

    return (struct fp_exact){ x->sign != y->sign, x->exponent - y->exponent - smaller, quotient,
                              fp_tail(remainder, y->significand) };
}

/*
 * Integer square root with remainder, each step doubling the number of root bits with one division.
 * The argument has one of its two top bits set. Source: P. Zimmermann, "Karatsuba Square Root",
 * INRIA RR-3805.
 */
static inline uint32_t square_root_32(uint32_t value, uint32_t *remainder)
{
    uint32_t root = 0;

    for (uint32_t bit = 1u << 15; bit; bit >>= 1) {
        uint32_t next = root | bit;

        if ((uint64_t)next * next <= value)
            root = next;
    }
    *remainder = value - root * root;
    return root;
}

static inline uint32_t square_root_64(uint64_t value, uint64_t *remainder)
{
    uint32_t top_remainder;
    uint64_t top_root = square_root_32((uint32_t)(value >> 32), &top_remainder);
    uint64_t dividend = (uint64_t)top_remainder << 16 | (value >> 16 & 0xffff);
    uint64_t quotient = dividend / (2 * top_root);
    uint64_t root = (top_root << 16) + quotient;
    int64_t rest = (int64_t)(((dividend - quotient * 2 * top_root) << 16 | (value & 0xffff)) -
                             quotient * quotient);

    if (rest < 0) {
        rest += (int64_t)(2 * root - 1);
        root--;
    }
    *remainder = (uint64_t)rest;
    return (uint32_t)root;
}

static inline uint64_t square_root_128(uint128 value, uint128 *remainder)
{
    uint64_t top_remainder;
    uint64_t top_root = square_root_64((uint64_t)(value >> 64), &top_remainder);
    uint128 dividend = (uint128)top_remainder << 32 | ((uint64_t)value >> 32);
    uint128 quotient = dividend / (2 * top_root);
    uint128 root = ((uint128)top_root << 32) + quotient;
    uint128 rest = (dividend - quotient * (2 * top_root)) << 32 | (uint32_t)value;
    uint128 square = quotient * quotient;

    if (rest < square) {
        rest += 2 * root - 1;
        root--;
    }
    *remainder = rest - square;
    return (uint64_t)root;
}

/* The square root of a positive finite number. */
static inline struct fp_exact fp_square_root_finite(const struct fp_number *x)
{
    bool odd = x->exponent & 1;
    uint128 remainder;
    uint64_t root = square_root_128((uint128)x->significand << (odd ? 64 : 63), &remainder);

    /* (root + 1/2)^2 is root^2 + root + 1/4: a tail of exactly one half is impossible. */
    return (struct fp_exact){ false, (x->exponent - odd) / 2, root,
                              remainder == 0     ? 0
                              : remainder > root ? FP_TOP_BIT | 1
                                                 : 1 };
}

struct fp_rounded {
    uint64_t significand; /* bit 63 is set unless the argument was below; unused bits are zero */
    bool carry;           /* all bits were one: the value is 2^64, `significand` holds 2^63 */
    bool inexact;
    bool up; /* away from zero */
};

/* Whether a magnitude grows; `rest` is what is cut off, in units of 2^-64 of its last place. */
static inline bool fp_rounds_up(unsigned rounding, bool sign, bool odd, uint64_t rest)
{
    switch (rounding) {
    case FP_ROUND_NEAREST:
        return (rest > FP_TOP_BIT) |
               ((rest == FP_TOP_BIT) & odd); /* as good as random: no branch */
    case FP_ROUND_DOWN:
        return sign && rest;
    case FP_ROUND_UP:
        return !sign && rest;
    default:
        return false;
    }
}

/* Round to the upper `bits` (1 to 64) bits of `high`. */
static inline struct fp_rounded fp_round(bool sign, uint64_t high, uint64_t low, unsigned bits,
                                         unsigned rounding)
{
    struct fp_rounded r = { high, false, false, false };
    uint64_t last = 1ULL << (64 - bits);
    uint64_t rest = low;

    if (bits < 64) {
        rest = high << bits | (low != 0);
        r.significand &= ~(last - 1);
    }
    r.inexact = rest != 0;
    r.up = fp_rounds_up(rounding, sign, r.significand & last, rest);
    r.significand += r.up ? last : 0;
    if (unlikely(r.up && r.significand == 0)) {
        r.significand = FP_TOP_BIT;
        r.carry = true;
    }
    return r;
}

/* Whether an overflow gives infinity rather than the largest finite number. */
static inline bool fp_overflows_to_infinity(unsigned rounding, bool sign)
{
    return rounding == FP_ROUND_NEAREST || rounding == (sign ? FP_ROUND_DOWN : FP_ROUND_UP);
}

/*
 * Round a finite number (not zero) to an integer.
 * False: it is 2^64 or more in magnitude. *inexact and *up as in struct fp_rounded.
 */
static inline bool fp_to_integer(const struct fp_number *x, unsigned rounding, uint64_t *magnitude,
                                 bool *inexact, bool *up)
{
    uint128 fixed; /* 64 bits before and 64 bits after the point */

    *magnitude = 0;
    *inexact = false;
    *up = false;
    if (x->exponent > 63)
        return false;
    fixed = shift_right_sticky_128((uint128)x->significand << 64, (uint32_t)(63 - x->exponent));
    *magnitude = (uint64_t)(fixed >> 64);
    *inexact = (uint64_t)fixed != 0;
    *up = fp_rounds_up(rounding, x->sign, *magnitude & 1, (uint64_t)fixed);
    if (*up && ++*magnitude == 0)
        return false;
    return true;
}

#endif
