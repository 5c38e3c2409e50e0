/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/softfloat_format.h - the interchange formats: half, single, double precision.
 *
 * Everything here takes a constant struct fp_format and is inlined, so that the compiler makes one
 * specialised copy per format. Source: SDM Vol. 1, "Floating-Point Data Types".
 */
#ifndef CPU_SOFTFLOAT_FORMAT_H
#define CPU_SOFTFLOAT_FORMAT_H

#include "cpu/softfloat_core.h"

struct fp_format {
    unsigned exponent_bits;
    unsigned fraction_bits;
};

static const struct fp_format fp_half = { 5, 10 };
static const struct fp_format fp_single = { 8, 23 };
static const struct fp_format fp_double = { 11, 52 };

static inline int32_t fp_bias(const struct fp_format *format)
{
    return (1 << (format->exponent_bits - 1)) - 1;
}

static inline uint64_t fp_encode(const struct fp_format *format, bool sign, uint32_t biased,
                                 uint64_t fraction)
{
    return (uint64_t)sign << (format->exponent_bits + format->fraction_bits) |
           (uint64_t)biased << format->fraction_bits | fraction;
}

static inline uint64_t fp_encode_zero(const struct fp_format *format, bool sign)
{
    return fp_encode(format, sign, 0, 0);
}

static inline uint64_t fp_encode_infinity(const struct fp_format *format, bool sign)
{
    return fp_encode(format, sign, (1u << format->exponent_bits) - 1, 0);
}

/* The default NaN. */
static inline uint64_t fp_encode_indefinite(const struct fp_format *format)
{
    return fp_encode(format, true, (1u << format->exponent_bits) - 1,
                     1ULL << (format->fraction_bits - 1));
}

/* A NaN, made quiet; the payload keeps its upper bits. */
static inline uint64_t fp_encode_nan(const struct fp_format *format, const struct fp_number *nan)
{
    uint64_t fraction = nan->significand << 1 >> (64 - format->fraction_bits);

    return fp_encode(format, nan->sign, (1u << format->exponent_bits) - 1,
                     fraction | 1ULL << (format->fraction_bits - 1));
}

static inline struct fp_number fp_unpack(const struct fp_format *format, uint64_t bits)
{
    uint32_t top = (1u << format->exponent_bits) - 1;
    uint32_t biased = (uint32_t)(bits >> format->fraction_bits) & top;
    uint64_t fraction = bits << (64 - format->fraction_bits); /* at the top of the word */
    struct fp_number x = {
        .sign = bits >> (format->exponent_bits + format->fraction_bits) & 1,
        .exponent = (int32_t)biased - fp_bias(format),
        .significand = FP_TOP_BIT | fraction >> 1,
    };
    unsigned shift;

    if (biased == 0) {
        if (fraction == 0) {
            x.kind = KIND_ZERO;
            return x;
        }
        shift = leading_zeros_64(fraction);
        x.denormal = true;
        x.significand = fraction << shift;
        x.exponent = -fp_bias(format) - (int32_t)shift;
    } else if (biased == top) {
        if (fraction == 0)
            x.kind = KIND_INFINITY;
        else
            x.kind = fraction >> 63 ? KIND_QNAN : KIND_SNAN;
    }
    return x;
}

/* The result is too large, even for its exponent to be rounded down to the largest. */
static inline uint64_t fp_pack_overflow(const struct fp_format *format, bool sign, bool inexact,
                                        struct fp_env *env)
{
    uint32_t top = (1u << format->exponent_bits) - 1;

    env->flags |= FP_OE;
    if (inexact || env->masks & FP_OE)
        env->flags |= FP_PE;
    env->c1 = fp_overflows_to_infinity(env->rounding, sign);
    if (env->c1)
        return fp_encode_infinity(format, sign);
    return fp_encode(format, sign, top - 1, (1ULL << format->fraction_bits) - 1);
}

/* The result is tiny: below the smallest normal number, even rounded with any exponent. */
static inline uint64_t fp_pack_tiny(const struct fp_format *format, const struct fp_exact *value,
                                    bool inexact, struct fp_env *env)
{
    unsigned bits = format->fraction_bits + 1;
    uint64_t hidden = 1ULL << format->fraction_bits;
    uint32_t shift = (uint32_t)(1 - fp_bias(format) - value->exponent);
    uint128 shifted = (uint128)value->high << 64 | value->low;
    struct fp_rounded r;

    if (!(env->masks & FP_UE)) {
        env->flags |= FP_UE | (inexact ? FP_PE : 0);
        return fp_encode_zero(format, value->sign);
    }
    if (env->ftz) {
        env->flags |= FP_UE | FP_PE;
        return fp_encode_zero(format, value->sign);
    }
    shifted = shift_right_sticky_128(shifted, shift);
    r = fp_round(value->sign, (uint64_t)(shifted >> 64), (uint64_t)shifted, bits, env->rounding);
    if (r.inexact)
        env->flags |= FP_UE | FP_PE; /* masked, an underflow must also be inexact */
    env->c1 = r.up;
    return fp_encode(format, value->sign, (uint32_t)(r.significand >> 63),
                     r.significand >> (64 - bits) & (hidden - 1));
}

/*
 * Round and encode; raises OE, UE, PE, sets C1, obeys FTZ. If OE or UE is unmasked, the value does
 * not matter (neither an SSE nor an x87 memory destination is written then), and PE tells whether a
 * result with an unlimited exponent would have been inexact.
 */
static inline uint64_t fp_pack(const struct fp_format *format, const struct fp_exact *value,
                               struct fp_env *env)
{
    unsigned bits = format->fraction_bits + 1;
    uint64_t hidden = 1ULL << format->fraction_bits;
    struct fp_rounded r = fp_round(value->sign, value->high, value->low, bits, env->rounding);
    int32_t biased = value->exponent + fp_bias(format) + r.carry;

    if (biased >= (1 << format->exponent_bits) - 1)
        return fp_pack_overflow(format, value->sign, r.inexact, env);
    if (biased <= 0)
        return fp_pack_tiny(format, value, r.inexact, env);
    if (r.inexact)
        env->flags |= FP_PE;
    env->c1 = r.up;
    return fp_encode(format, value->sign, (uint32_t)biased,
                     r.significand >> (64 - bits) & (hidden - 1));
}

#endif
