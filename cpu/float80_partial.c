/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/float80_partial.c - remainders, scaling, taking apart, rounding to integers, comparing.
 * Source: SDM Vol. 2A, "FPREM", "FPREM1", "FSCALE", "FXTRACT", "FRNDINT", "FCOM", "FXAM".
 */
#include "cpu/float80.h"
#include "cpu/float80_internal.h"

/*
 * One step of a remainder of finite numbers; the result has the sign of the dividend unless the
 * quotient was rounded up. Nothing is ever rounded: the remainder is exact.
 */
static struct float80 remainder_step(const struct fp_number *x, const struct fp_number *y,
                                     bool nearest, struct float80_reduction *reduction,
                                     struct fp_env *env)
{
    int32_t difference = x->exponent - y->exponent;
    int32_t shift = difference;
    uint128 dividend = x->significand, divisor = y->significand; /* in the same unit */
    int32_t exponent = y->exponent;                              /* of that unit, plus 63 */
    uint128 quotient, remainder;
    struct fp_exact result;
    bool sign = x->sign;

    if (difference >= 64) {
        /*
         * The manual lets the processor choose to reduce the exponent by 32 to 63; those of Intel
         * and AMD choose so that the rest is a multiple of 32.
         */
        shift = difference % 32 + 32;
        exponent += difference - shift;
        reduction->incomplete = true;
    }
    if (difference < -1) {
        exponent = x->exponent;
        quotient = 0;
        remainder = dividend;
    } else {
        if (difference == -1) {
            exponent = x->exponent;
            divisor <<= 1;
        } else {
            dividend <<= shift;
        }
        quotient = dividend / divisor;
        remainder = dividend - quotient * divisor;
        if (nearest && !reduction->incomplete &&
            (remainder > divisor - remainder ||
             (remainder == divisor - remainder && quotient % 2 == 1))) {
            remainder = divisor - remainder;
            quotient++;
            sign = !sign;
        }
    }
    if (!reduction->incomplete)
        reduction->quotient = quotient & 7;
    if (remainder == 0)
        return float80_zero(x->sign);
    result = fp_normalize(sign, exponent + 64, remainder);
    return float80_pack(&result, 64, env);
}

static struct float80 prem(struct float80 a, struct float80 b, bool nearest,
                           struct float80_reduction *reduction, struct fp_env *env)
{
    struct fp_number x = float80_unpack(a), y = float80_unpack(b);
    struct fp_exact same;
    struct float80 result;

    env->c1 = false;
    *reduction = (struct float80_reduction){ 0, false };
    if (float80_takes_nans(&x, &y, env, &result))
        return result;
    if (x.kind == KIND_INFINITY || y.kind == KIND_ZERO)
        return float80_invalid(env);
    if (float80_denormal_stops(x.denormal || y.denormal, env) || x.kind == KIND_ZERO)
        return a;
    if (y.kind == KIND_INFINITY) {
        same = fp_exact_of(&x); /* an unmasked underflow scales it */
        return float80_pack(&same, 64, env);
    }
    return remainder_step(&x, &y, nearest, reduction, env);
}

struct float80 float80_prem(struct float80 a, struct float80 b, struct float80_reduction *reduction,
                            struct fp_env *env)
{
    return prem(a, b, false, reduction, env);
}

struct float80 float80_prem1(struct float80 a, struct float80 b,
                             struct float80_reduction *reduction, struct fp_env *env)
{
    return prem(a, b, true, reduction, env);
}

struct float80 float80_scale(struct float80 a, struct float80 b, struct fp_env *env)
{
    struct fp_number x = float80_unpack(a), y = float80_unpack(b);
    struct fp_exact scaled;
    struct float80 result;
    uint64_t power;
    bool inexact, up;

    env->c1 = false;
    if (float80_takes_nans(&x, &y, env, &result))
        return result;
    if (y.kind == KIND_INFINITY && x.kind == (y.sign ? KIND_INFINITY : KIND_ZERO))
        return float80_invalid(env); /* infinity * 2^-infinity, 0 * 2^infinity */
    if (float80_denormal_stops(x.denormal || y.denormal, env))
        return a;
    if (y.kind == KIND_INFINITY)
        return y.sign ? float80_zero(x.sign) : float80_infinity(x.sign);
    if (x.kind != KIND_FINITE)
        return a;
    scaled = fp_exact_of(&x);
    if (y.kind == KIND_FINITE) {
        if (!fp_to_integer(&y, FP_ROUND_ZERO, &power, &inexact, &up) || power > 0x10000)
            power = 0x10000; /* more than any exponent can take */
        scaled.exponent += y.sign ? -(int32_t)power : (int32_t)power;
    }
    return float80_pack(&scaled, 64, env);
}

struct float80 float80_extract(struct float80 a, struct float80 *exponent, struct fp_env *env)
{
    struct fp_number x = float80_unpack(a);
    struct float80 result;

    env->c1 = false;
    if (float80_takes_nan(&x, env, &result)) {
        *exponent = result;
        return result;
    }
    if (x.kind == KIND_INFINITY) {
        *exponent = float80_infinity(false);
        return a;
    }
    if (x.kind == KIND_ZERO) {
        env->flags |= FP_ZE;
        *exponent = float80_infinity(true);
        return a;
    }
    *exponent = float80_from_int64(x.exponent);
    if (float80_denormal_stops(x.denormal, env))
        return a;
    return (struct float80){ x.significand, (uint16_t)(x.sign << 15 | FLOAT80_BIAS) };
}

struct float80 float80_round_to_integral(struct float80 a, struct fp_env *env)
{
    struct fp_number x = float80_unpack(a);
    struct fp_exact integral;
    struct float80 result;
    uint64_t magnitude;
    bool inexact;

    env->c1 = false;
    if (float80_takes_nan(&x, env, &result))
        return result;
    if (float80_denormal_stops(x.denormal, env) || x.kind != KIND_FINITE || x.exponent >= 63)
        return a;
    fp_to_integer(&x, env->rounding, &magnitude, &inexact, &env->c1);
    if (inexact)
        env->flags |= FP_PE;
    if (magnitude == 0)
        return float80_zero(x.sign);
    integral = fp_normalize(x.sign, 127, magnitude);
    return (struct float80){ integral.high,
                             (uint16_t)(x.sign << 15 | (integral.exponent + FLOAT80_BIAS)) };
}

static enum fp_relation compare(struct float80 a, struct float80 b, bool quiet, struct fp_env *env)
{
    struct fp_number x = float80_unpack(a), y = float80_unpack(b);
    bool less;

    env->c1 = false;
    if (fp_is_nan(&x) || fp_is_nan(&y)) {
        if (!quiet || x.kind > KIND_QNAN || y.kind > KIND_QNAN)
            env->flags |= FP_IE;
        return FP_UNORDERED;
    }
    /* Condition codes are set even if DE is unmasked. */
    float80_denormal_stops(x.denormal || y.denormal, env);
    if (x.kind == KIND_ZERO && y.kind == KIND_ZERO)
        return FP_EQUAL;
    if (x.kind == KIND_ZERO)
        return y.sign ? FP_GREATER : FP_LESS;
    if (y.kind == KIND_ZERO || x.sign != y.sign)
        return x.sign ? FP_LESS : FP_GREATER;
    /* Same sign, neither is zero. */
    if (x.kind == y.kind &&
        (x.kind == KIND_INFINITY || (x.exponent == y.exponent && x.significand == y.significand)))
        return FP_EQUAL;
    if (x.kind == KIND_INFINITY || y.kind == KIND_INFINITY)
        less = y.kind == KIND_INFINITY;
    else
        less = fp_magnitude_less(&x, &y);
    return less != x.sign ? FP_LESS : FP_GREATER;
}

enum fp_relation float80_compare(struct float80 a, struct float80 b, struct fp_env *env)
{
    return compare(a, b, false, env);
}

enum fp_relation float80_compare_quiet(struct float80 a, struct float80 b, struct fp_env *env)
{
    return compare(a, b, true, env);
}

enum float80_class float80_classify(struct float80 a)
{
    struct fp_number x = float80_unpack(a);

    switch (x.kind) {
    case KIND_FINITE:
        /* A pseudo-denormal is classified by its integer bit. */
        return x.denormal ? FLOAT80_DENORMAL : FLOAT80_NORMAL;
    case KIND_ZERO:
        return FLOAT80_ZERO;
    case KIND_INFINITY:
        return FLOAT80_INFINITY;
    case KIND_UNSUPPORTED:
        return FLOAT80_UNSUPPORTED;
    default:
        return FLOAT80_NAN;
    }
}
