/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/float80.c - unpacking, rounding and packing of the 80-bit format; the basic operations.
 * Source: SDM Vol. 1, "x87 FPU Floating-Point Exception Conditions", "Rules for Handling NaNs",
 * "Unsupported Double Extended-Precision Floating-Point Encodings and Pseudo-Denormals".
 */
#include "cpu/float80.h"

#include "cpu/float80_internal.h"

struct fp_number float80_unpack_special(struct float80 a)
{
    struct fp_number x = { .sign = a.sign_exponent >> 15, .significand = a.mantissa };
    uint16_t exponent = a.sign_exponent & 0x7fff;
    unsigned shift;

    if (exponent == 0) {
        if (a.mantissa == 0) {
            x.kind = KIND_ZERO;
            return x;
        }
        shift = leading_zeros_64(a.mantissa); /* 0: a pseudo-denormal */
        x.denormal = true;
        x.significand <<= shift;
        x.exponent = 1 - FLOAT80_BIAS - (int32_t)shift;
    } else if (!(a.mantissa & FP_TOP_BIT)) {
        x.kind = KIND_UNSUPPORTED; /* unnormal, pseudo-infinity, pseudo-NaN */
    } else if (a.mantissa == FP_TOP_BIT) {
        x.kind = KIND_INFINITY;
    } else {
        x.kind = a.mantissa & FLOAT80_QUIET_BIT ? KIND_QNAN : KIND_SNAN;
    }
    return x;
}

static struct float80 encode(bool sign, int32_t biased, uint64_t mantissa)
{
    return (struct float80){ mantissa, (uint16_t)(sign << 15 | biased) };
}

/* The result is too large; `r` is it rounded, `biased` its exponent. */
static struct float80 overflow(bool sign, int32_t biased, const struct fp_rounded *r, unsigned bits,
                               struct fp_env *env)
{
    env->flags |= FP_OE;
    if (!(env->masks & FP_OE)) {
        env->c1 = r->up;
        if (r->inexact)
            env->flags |= FP_PE;
        biased -= FLOAT80_TRAP_SCALE;
        if (biased < FLOAT80_MAX_EXPONENT)
            return encode(sign, biased, r->significand);
        /* "Massive" overflow, of FSCALE only, is infinity however RC is set. */
        env->flags |= FP_PE;
        env->c1 = true;
        return float80_infinity(sign);
    }
    env->flags |= FP_PE;
    env->c1 = fp_overflows_to_infinity(env->rounding, sign);
    if (env->c1)
        return float80_infinity(sign);
    return encode(sign, FLOAT80_MAX_EXPONENT - 1, ~0ULL << (64 - bits));
}

/* The result, even rounded without a limit of its exponent, is below the smallest normal number. */
static struct float80 underflow(const struct fp_exact *value, unsigned bits, struct fp_env *env)
{
    int32_t biased = value->exponent + FLOAT80_BIAS;
    struct fp_rounded r;
    uint128 shifted;

    if (!(env->masks & FP_UE)) {
        env->flags |= FP_UE;
        r = fp_round(value->sign, value->high, value->low, bits, env->rounding);
        biased += FLOAT80_TRAP_SCALE + r.carry;
        if (biased > 0) {
            if (r.inexact)
                env->flags |= FP_PE;
            env->c1 = r.up;
            return encode(value->sign, biased, r.significand);
        }
        /* "Massive" underflow, of FSCALE only, is zero however RC is set. */
        env->flags |= FP_PE;
        return float80_zero(value->sign);
    }
    shifted = (uint128)value->high << 64 | value->low;
    shifted = shift_right_sticky_128(shifted, (uint32_t)(1 - biased));
    r = fp_round(value->sign, (uint64_t)(shifted >> 64), (uint64_t)shifted, bits, env->rounding);
    if (r.inexact)
        env->flags |= FP_UE | FP_PE;
    env->c1 = r.up;
    return encode(value->sign, (int32_t)(r.significand >> 63), r.significand);
}

static inline struct float80 pack(const struct fp_exact *value, unsigned bits, struct fp_env *env)
{
    struct fp_rounded r = fp_round(value->sign, value->high, value->low, bits, env->rounding);
    int32_t biased = value->exponent + FLOAT80_BIAS + r.carry;

    if (biased >= FLOAT80_MAX_EXPONENT)
        return overflow(value->sign, biased, &r, bits, env);
    if (biased <= 0)
        return underflow(value, bits, env);
    if (r.inexact)
        env->flags |= FP_PE;
    env->c1 = r.up;
    return encode(value->sign, biased, r.significand);
}

struct float80 float80_pack(const struct fp_exact *value, unsigned bits, struct fp_env *env)
{
    return pack(value, bits, env);
}

static inline bool are_normal(struct float80 a, struct float80 b, const struct fp_env *env)
{
    return float80_is_normal(a) && float80_is_normal(b) && !env->widened_denormal;
}

bool float80_takes_nan(const struct fp_number *x, struct fp_env *env, struct float80 *result)
{
    if (x->kind < KIND_QNAN)
        return false;
    if (x->kind == KIND_UNSUPPORTED) {
        *result = float80_invalid(env);
        return true;
    }
    if (x->kind == KIND_SNAN)
        env->flags |= FP_IE;
    *result = float80_quiet(x);
    return true;
}

/* SDM Vol. 1, "Rules for Handling NaNs": the x87 column. */
bool float80_takes_nans(const struct fp_number *x, const struct fp_number *y, struct fp_env *env,
                        struct float80 *result)
{
    const struct fp_number *chosen;

    if (!fp_is_nan(x) && !fp_is_nan(y))
        return false;
    if (x->kind == KIND_UNSUPPORTED || y->kind == KIND_UNSUPPORTED) {
        *result = float80_invalid(env);
        return true;
    }
    if (x->kind == KIND_SNAN || y->kind == KIND_SNAN)
        env->flags |= FP_IE;
    if (!fp_is_nan(y))
        chosen = x;
    else if (!fp_is_nan(x))
        chosen = y;
    else if (x->kind != y->kind)
        chosen = x->kind == KIND_QNAN ? x : y;
    else if (x->significand != y->significand)
        chosen = x->significand > y->significand ? x : y;
    else
        chosen = x->sign ? y : x;
    *result = float80_quiet(chosen);
    return true;
}

static NOINLINE struct float80 add_special(struct float80 a, struct float80 b, bool subtract,
                                           struct fp_env *env)
{
    struct fp_number x = float80_unpack(a), y = float80_unpack(b);
    struct fp_exact sum;
    struct float80 result;

    env->c1 = false;
    if (float80_takes_nans(&x, &y, env, &result))
        return result;
    y.sign ^= subtract;
    if (x.kind == KIND_INFINITY && y.kind == KIND_INFINITY && x.sign != y.sign)
        return float80_invalid(env);
    if (float80_denormal_stops(x.denormal || y.denormal, env))
        return a;
    if (x.kind == KIND_INFINITY)
        return float80_infinity(x.sign);
    if (y.kind == KIND_INFINITY)
        return float80_infinity(y.sign);
    if (x.kind == KIND_ZERO && y.kind == KIND_ZERO)
        return float80_zero(x.sign == y.sign ? x.sign : env->rounding == FP_ROUND_DOWN);
    if (x.kind == KIND_ZERO)
        sum = fp_exact_of(&y);
    else if (y.kind == KIND_ZERO)
        sum = fp_exact_of(&x);
    else if (!fp_add_finite(&x, &y, &sum))
        return float80_zero(env->rounding == FP_ROUND_DOWN);
    return float80_pack(&sum, float80_precision_bits(env), env);
}

static inline struct float80 add(struct float80 a, struct float80 b, bool subtract,
                                 struct fp_env *env)
{
    struct fp_number x = float80_unpack_normal(a), y = float80_unpack_normal(b);
    struct fp_exact sum;

    if (unlikely(!are_normal(a, b, env)))
        return add_special(a, b, subtract, env);
    env->c1 = false;
    y.sign ^= subtract;
    if (unlikely(!fp_add_finite(&x, &y, &sum)))
        return float80_zero(env->rounding == FP_ROUND_DOWN);
    return pack(&sum, float80_precision_bits(env), env);
}

struct float80 float80_add(struct float80 a, struct float80 b, struct fp_env *env)
{
    return add(a, b, false, env);
}

struct float80 float80_sub(struct float80 a, struct float80 b, struct fp_env *env)
{
    return add(a, b, true, env);
}

static NOINLINE struct float80 mul_special(struct float80 a, struct float80 b, struct fp_env *env)
{
    struct fp_number x = float80_unpack(a), y = float80_unpack(b);
    bool sign = x.sign != y.sign;
    struct fp_exact product;
    struct float80 result;

    env->c1 = false;
    if (float80_takes_nans(&x, &y, env, &result))
        return result;
    if ((x.kind == KIND_INFINITY && y.kind == KIND_ZERO) ||
        (x.kind == KIND_ZERO && y.kind == KIND_INFINITY))
        return float80_invalid(env);
    if (float80_denormal_stops(x.denormal || y.denormal, env))
        return a;
    if (x.kind == KIND_INFINITY || y.kind == KIND_INFINITY)
        return float80_infinity(sign);
    if (x.kind == KIND_ZERO || y.kind == KIND_ZERO)
        return float80_zero(sign);
    product = fp_multiply_finite(&x, &y);
    return float80_pack(&product, float80_precision_bits(env), env);
}

struct float80 float80_mul(struct float80 a, struct float80 b, struct fp_env *env)
{
    struct fp_number x = float80_unpack_normal(a), y = float80_unpack_normal(b);
    struct fp_exact product;

    if (unlikely(!are_normal(a, b, env)))
        return mul_special(a, b, env);
    env->c1 = false;
    product = fp_multiply_finite(&x, &y);
    return pack(&product, float80_precision_bits(env), env);
}

struct float80 float80_div(struct float80 a, struct float80 b, struct fp_env *env)
{
    struct fp_number x = float80_unpack(a), y = float80_unpack(b);
    bool sign = x.sign != y.sign;
    struct fp_exact quotient;
    struct float80 result;

    env->c1 = false;
    if (float80_takes_nans(&x, &y, env, &result))
        return result;
    if (x.kind == y.kind && x.kind != KIND_FINITE)
        return float80_invalid(env); /* 0 / 0, infinity / infinity */
    if (y.kind == KIND_ZERO && x.kind == KIND_FINITE) {
        env->flags |= FP_ZE; /* has priority over DE, which is not raised even if ZE is masked */
        return float80_infinity(sign);
    }
    if (float80_denormal_stops(x.denormal || y.denormal, env))
        return a;
    if (x.kind == KIND_INFINITY)
        return float80_infinity(sign);
    if (x.kind == KIND_ZERO || y.kind == KIND_INFINITY)
        return float80_zero(sign);
    quotient = fp_divide_finite(&x, &y);
    return float80_pack(&quotient, float80_precision_bits(env), env);
}

struct float80 float80_sqrt(struct float80 a, struct fp_env *env)
{
    struct fp_number x = float80_unpack(a);
    struct fp_exact root;
    struct float80 result;

    env->c1 = false;
    if (float80_takes_nan(&x, env, &result))
        return result;
    if (x.kind == KIND_ZERO)
        return a;
    if (x.sign)
        return float80_invalid(env);
    if (float80_denormal_stops(x.denormal, env) || x.kind == KIND_INFINITY)
        return a;
    root = fp_square_root_finite(&x);
    return float80_pack(&root, float80_precision_bits(env), env);
}
