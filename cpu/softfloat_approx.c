/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/softfloat_approx.c - RCPSS and RSQRTSS.
 * The manual only bounds the relative error by 1.5 * 2^-12, and processors differ. Here the exact
 * result is rounded to 12 bits, whatever the rounding control says.
 * Source: SDM Vol. 2B, "RCPPS", "RSQRTPS".
 */
#include "cpu/softfloat.h"
#include "cpu/softfloat_format.h"

#define APPROXIMATION_BITS 12

/* Denormals are zeros, whatever DAZ says. */
static struct fp_number unpack(uint32_t bits)
{
    struct fp_number x = fp_unpack(&fp_single, bits);

    if (x.denormal)
        x.kind = KIND_ZERO;
    return x;
}

/* Tiny results are zeros, whatever FTZ says. */
static uint32_t pack(const struct fp_exact *value)
{
    struct fp_rounded r =
        fp_round(value->sign, value->high, value->low, APPROXIMATION_BITS, FP_ROUND_NEAREST);
    int32_t biased = value->exponent + fp_bias(&fp_single) + r.carry;

    if (biased <= 0)
        return (uint32_t)fp_encode_zero(&fp_single, value->sign);
    return (uint32_t)fp_encode(&fp_single, value->sign, (uint32_t)biased,
                               r.significand << 1 >> (64 - fp_single.fraction_bits));
}

uint32_t f32_reciprocal(uint32_t a)
{
    const struct fp_number one = { .significand = FP_TOP_BIT };
    struct fp_number x = unpack(a);
    struct fp_exact quotient;

    if (fp_is_nan(&x))
        return (uint32_t)fp_encode_nan(&fp_single, &x);
    if (x.kind == KIND_ZERO)
        return (uint32_t)fp_encode_infinity(&fp_single, x.sign);
    if (x.kind == KIND_INFINITY)
        return (uint32_t)fp_encode_zero(&fp_single, x.sign);
    quotient = fp_divide_finite(&one, &x);
    return pack(&quotient);
}

uint32_t f32_reciprocal_sqrt(uint32_t a)
{
    const struct fp_number one = { .significand = FP_TOP_BIT };
    struct fp_number x = unpack(a);
    struct fp_exact root, quotient;

    if (fp_is_nan(&x))
        return (uint32_t)fp_encode_nan(&fp_single, &x);
    if (x.kind == KIND_ZERO)
        return (uint32_t)fp_encode_infinity(&fp_single, x.sign);
    if (x.sign)
        return (uint32_t)fp_encode_indefinite(&fp_single);
    if (x.kind == KIND_INFINITY)
        return (uint32_t)fp_encode_zero(&fp_single, false);
    root = fp_square_root_finite(&x);
    x.exponent = root.exponent;
    x.significand = root.high; /* 64 bits are plenty */
    quotient = fp_divide_finite(&one, &x);
    return pack(&quotient);
}
