/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/float80_log.c - F2XM1, FYL2X, FYL2XP1.
 * Source: SDM Vol. 1, "Transcendental Instruction Accuracy"; SDM Vol. 2A, the instructions and
 * their tables of special operands. The series are the ordinary Taylor series.
 */
#include "cpu/float80.h"

#include <stdlib.h>

#include "cpu/float80_wide.h"

static const struct wide ln_2 = { false, -1, UINT128(0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af) };
static const struct wide two_log2_e = { false, 1, UINT128(0xb8aa3b295c17f0bb, 0xbe87fed0691d3e88) };

/*
 * e^y - 1 = y * (1 + y/2 + y^2/(2*3) + ...) for |y| < 0.7; the sum is formed as its distance from 1
 * so that it fits a fraction.
 */
static struct wide exponential_minus_1(struct wide y)
{
    uint128 fraction = wide_fraction(y);
    uint128 sum = 0;

    for (unsigned n = 34; n >= 2; n--) {
        uint128 term = fraction / n;
        uint128 product = multiply_fractions(term, sum);

        sum = y.sign ? term - product : term + product;
    }
    if (y.sign)
        return wide_multiply(y, (struct wide){ false, -1, sum ? -sum : ~(uint128)0 });
    return wide_multiply(y, (struct wide){ false, 0, (uint128)1 << 127 | sum >> 1 });
}

struct float80 float80_2xm1(struct float80 a, struct fp_env *env)
{
    struct fp_number x = float80_unpack(a);
    struct float80 nan;

    env->c1 = false;
    if (float80_takes_nan(&x, env, &nan))
        return nan;
    if (x.kind == KIND_INFINITY)
        return x.sign ? (struct float80){ FP_TOP_BIT, 0x8000 | FLOAT80_BIAS } : a;
    if (float80_denormal_stops(x.denormal, env) || x.kind == KIND_ZERO)
        return a;
    if (x.exponent >= 0) {
        env->flags |= FP_PE;
        if (x.exponent == 0 && x.significand == FP_TOP_BIT && x.sign)
            return (struct float80){ FP_TOP_BIT, 0x8000 | (FLOAT80_BIAS - 1) }; /* 2^-1 - 1 */
        return a; /* 2^1 - 1 is 1, the rest is undefined */
    }
    return wide_pack(exponential_minus_1(wide_multiply(wide_of(&x), ln_2)), env);
}

/* log2((1 + s) / (1 - s)) = 2/ln(2) * (s + s^3/3 + s^5/5 + ...) for 0 < |s| < 0.172. */
static struct wide log2_of_ratio(struct wide s)
{
    uint128 fraction = wide_fraction(s);
    uint128 square = multiply_fractions(fraction, fraction);
    uint128 sum = 0;

    for (unsigned n = 26; n >= 1; n--)
        sum = ~(uint128)0 / (2 * n + 1) + multiply_fractions(square, sum);
    sum = multiply_fractions(square, sum);
    s = wide_multiply(s, (struct wide){ false, 0, (uint128)1 << 127 | sum >> 1 });
    return wide_multiply(s, two_log2_e);
}

/* An integer, not zero. */
static struct wide wide_of_integer(int32_t value)
{
    return wide_normalize(value < 0, 127, (uint32_t)(value < 0 ? -value : value));
}

/* Does this number have a logarithm that is an integer? */
static bool is_power_of_two(struct wide x)
{
    return x.significand == (uint128)1 << 127;
}

/* y * exponent, not zero: exact but for the last rounding, though processors report PE always. */
static struct float80 yl2x_of_power(int32_t exponent, const struct fp_number *y, struct fp_env *env)
{
    struct fp_exact product = fp_normalize(y->sign != (exponent < 0), 127,
                                           (uint128)y->significand * (uint32_t)abs(exponent));
    struct float80 result;

    product.exponent += y->exponent - 63;
    result = float80_pack(&product, 64, env);
    env->flags |= FP_PE | (result.sign_exponent & 0x7fff ? 0 : FP_UE);
    return result;
}

/* log2 of a positive number other than 1. */
static struct wide log2_of(struct wide x)
{
    /* 2^exponent * m with m between sqrt(1/2) and sqrt(2). */
    bool above = (uint64_t)(x.significand >> 64) >= 0xb504f333f9de6484;
    int32_t exponent = x.exponent + above;
    uint128 m = above ? x.significand >> 1 : x.significand; /* units of 2^-127 */
    uint128 one = (uint128)1 << 127;
    struct wide numerator, denominator, fraction;

    if (m == one)
        return wide_of_integer(exponent);
    numerator = wide_normalize(m < one, 0, m < one ? one - m : m - one);
    denominator = wide_normalize(false, 1, one / 2 + m / 2);
    fraction = log2_of_ratio(wide_divide(numerator, denominator));
    return exponent ? wide_add(wide_of_integer(exponent), fraction) : fraction;
}

struct float80 float80_yl2x(struct float80 x, struct float80 y, struct fp_env *env)
{
    struct fp_number nx = float80_unpack(x), ny = float80_unpack(y);
    struct float80 nan;

    env->c1 = false;
    if (float80_takes_nans(&nx, &ny, env, &nan))
        return nan;
    if (nx.kind == KIND_ZERO) {
        if (ny.kind == KIND_ZERO)
            return float80_invalid(env);
        if (ny.kind == KIND_INFINITY)
            return float80_infinity(!ny.sign);
        env->flags |= FP_ZE;
        return float80_infinity(!ny.sign);
    }
    if (nx.sign)
        return float80_invalid(env);
    if (nx.kind == KIND_INFINITY) {
        if (ny.kind == KIND_ZERO)
            return float80_invalid(env);
        if (float80_denormal_stops(ny.denormal, env))
            return y;
        return float80_infinity(ny.sign);
    }
    if (nx.exponent == 0 && nx.significand == FP_TOP_BIT) { /* log2(1) is zero */
        if (ny.kind == KIND_INFINITY)
            return float80_invalid(env);
        if (float80_denormal_stops(ny.denormal, env))
            return y;
        return float80_zero(ny.sign);
    }
    if (float80_denormal_stops(nx.denormal || ny.denormal, env))
        return y;
    if (ny.kind == KIND_INFINITY)
        return float80_infinity(ny.sign != (nx.exponent < 0));
    if (ny.kind == KIND_ZERO)
        return float80_zero(ny.sign != (nx.exponent < 0));
    if (nx.significand == FP_TOP_BIT)
        return yl2x_of_power(nx.exponent, &ny, env);
    return wide_pack(wide_multiply(wide_of(&ny), log2_of(wide_of(&nx))), env);
}

struct float80 float80_yl2xp1(struct float80 x, struct float80 y, struct fp_env *env)
{
    struct fp_number nx = float80_unpack(x), ny = float80_unpack(y);
    const struct wide one = { false, 0, (uint128)1 << 127 };
    const struct wide two = { false, 1, (uint128)1 << 127 };
    struct float80 nan;
    struct wide log, sum;

    env->c1 = false;
    if (float80_takes_nans(&nx, &ny, env, &nan))
        return nan;
    if (nx.kind == KIND_INFINITY) {
        if (nx.sign || ny.kind == KIND_ZERO)
            return float80_invalid(env);
        if (float80_denormal_stops(ny.denormal, env))
            return y;
        return float80_infinity(ny.sign);
    }
    if (nx.kind == KIND_ZERO) {
        if (ny.kind == KIND_INFINITY)
            return float80_invalid(env);
        if (float80_denormal_stops(ny.denormal, env))
            return y;
        return float80_zero(nx.sign != ny.sign);
    }
    if (float80_denormal_stops(nx.denormal || ny.denormal, env))
        return y;
    if (ny.kind == KIND_INFINITY)
        return float80_infinity(nx.sign != ny.sign); /* the logarithm has the sign of x */
    if (ny.kind == KIND_ZERO)
        return float80_zero(nx.sign != ny.sign);
    if (nx.sign && nx.exponent >= 0) {
        env->flags |= FP_PE; /* x <= -1: undefined; this is what processors of AMD do */
        return x;
    }
    if (nx.exponent < -2) {
        log = log2_of_ratio(wide_divide(wide_of(&nx), wide_add(two, wide_of(&nx))));
    } else {
        sum = wide_add(one, wide_of(&nx));
        if (is_power_of_two(sum) && nx.exponent < 64) /* exactly */
            return yl2x_of_power(sum.exponent, &ny, env);
        log = log2_of(sum);
    }
    return wide_pack(wide_multiply(wide_of(&ny), log), env);
}
