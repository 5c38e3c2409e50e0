/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/softfloat.c - add, subtract, multiply, divide, square root and fused multiply-add of SSE and
 * FMA. Each operation is written once for all formats.
 * Source: SDM Vol. 1, "SIMD Floating-Point Exception Conditions", "Fused-Multiply-ADD (FMA)
 * Numeric Behavior".
 */
#include "cpu/softfloat.h"

#include "cpu/softfloat_sse.h"

static inline uint64_t add(const struct fp_format *format, uint64_t a, uint64_t b, bool subtract,
                           struct fp_env *env)
{
    struct fp_number x = sse_unpack(format, a, env), y = sse_unpack(format, b, env);
    struct fp_exact sum;
    uint64_t nan;

    if (sse_takes_nan(format, &x, &y, &nan, env))
        return nan;
    y.sign ^= subtract;
    if (x.kind == KIND_INFINITY && y.kind == KIND_INFINITY && x.sign != y.sign)
        return sse_invalid(format, env);
    sse_note_denormal(x.denormal || y.denormal, env);
    if (x.kind == KIND_INFINITY)
        return fp_encode_infinity(format, x.sign);
    if (y.kind == KIND_INFINITY)
        return fp_encode_infinity(format, y.sign);
    if (x.kind == KIND_ZERO && y.kind == KIND_ZERO)
        return fp_encode_zero(format, x.sign == y.sign ? x.sign : env->rounding == FP_ROUND_DOWN);
    if (x.kind == KIND_ZERO)
        sum = fp_exact_of(&y);
    else if (y.kind == KIND_ZERO)
        sum = fp_exact_of(&x);
    else if (!fp_add_finite(&x, &y, &sum))
        return fp_encode_zero(format, env->rounding == FP_ROUND_DOWN);
    return fp_pack(format, &sum, env);
}

static inline uint64_t multiply(const struct fp_format *format, uint64_t a, uint64_t b,
                                struct fp_env *env)
{
    struct fp_number x = sse_unpack(format, a, env), y = sse_unpack(format, b, env);
    bool sign = x.sign != y.sign;
    struct fp_exact product;
    uint64_t nan;

    if (sse_takes_nan(format, &x, &y, &nan, env))
        return nan;
    if ((x.kind == KIND_INFINITY && y.kind == KIND_ZERO) ||
        (x.kind == KIND_ZERO && y.kind == KIND_INFINITY))
        return sse_invalid(format, env);
    sse_note_denormal(x.denormal || y.denormal, env);
    if (x.kind == KIND_INFINITY || y.kind == KIND_INFINITY)
        return fp_encode_infinity(format, sign);
    if (x.kind == KIND_ZERO || y.kind == KIND_ZERO)
        return fp_encode_zero(format, sign);
    product = fp_multiply_finite(&x, &y);
    return fp_pack(format, &product, env);
}

static inline uint64_t divide(const struct fp_format *format, uint64_t a, uint64_t b,
                              struct fp_env *env)
{
    struct fp_number x = sse_unpack(format, a, env), y = sse_unpack(format, b, env);
    bool sign = x.sign != y.sign;
    struct fp_exact quotient;
    uint64_t nan;

    if (sse_takes_nan(format, &x, &y, &nan, env))
        return nan;
    if (x.kind == y.kind && x.kind != KIND_FINITE)
        return sse_invalid(format, env); /* 0 / 0, infinity / infinity */
    if (y.kind == KIND_ZERO && x.kind == KIND_FINITE) {
        env->flags |= FP_ZE; /* has priority over DE */
        return fp_encode_infinity(format, sign);
    }
    sse_note_denormal(x.denormal || y.denormal, env);
    if (x.kind == KIND_INFINITY)
        return fp_encode_infinity(format, sign);
    if (x.kind == KIND_ZERO || y.kind == KIND_INFINITY)
        return fp_encode_zero(format, sign);
    quotient = fp_divide_finite(&x, &y);
    return fp_pack(format, &quotient, env);
}

static inline uint64_t square_root(const struct fp_format *format, uint64_t a, struct fp_env *env)
{
    struct fp_number x = sse_unpack(format, a, env);
    struct fp_exact root;
    uint64_t nan;

    if (sse_takes_nan(format, &x, &x, &nan, env))
        return nan;
    if (x.kind == KIND_ZERO)
        return fp_encode_zero(format, x.sign);
    if (x.sign)
        return sse_invalid(format, env);
    sse_note_denormal(x.denormal, env);
    if (x.kind == KIND_INFINITY)
        return a;
    root = fp_square_root_finite(&x);
    return fp_pack(format, &root, env);
}

/* product + z, z not zero; products have at most 106 bits. False: the sum is exactly zero. */
static inline bool add_to_product(struct fp_exact product, const struct fp_number *z,
                                  struct fp_exact *sum)
{
    /* One bit less than 128, for the carry: the lowest bits of a product are zero. */
    uint128 p = ((uint128)product.high << 64 | product.low) >> 1;
    uint128 s = (uint128)z->significand << 63;
    int32_t exponent = product.exponent > z->exponent ? product.exponent : z->exponent;
    bool sign = product.sign;

    p = shift_right_sticky_128(p, (uint32_t)(exponent - product.exponent));
    s = shift_right_sticky_128(s, (uint32_t)(exponent - z->exponent));
    if (product.sign == z->sign) {
        p += s;
    } else if (p >= s) {
        p -= s;
    } else {
        p = s - p;
        sign = z->sign;
    }
    if (p == 0)
        return false;
    *sum = fp_normalize(sign, exponent + 1, p);
    return true;
}

static inline uint64_t fused_multiply_add(const struct fp_format *format, uint64_t a, uint64_t b,
                                          uint64_t c, unsigned negate, struct fp_env *env)
{
    struct fp_number x = sse_unpack(format, a, env), y = sse_unpack(format, b, env);
    struct fp_number z = sse_unpack(format, c, env);
    bool product_sign = (x.sign != y.sign) != ((negate & FMA_NEGATE_PRODUCT) != 0);
    struct fp_exact product, sum;
    uint64_t nan = 0; /* for gcc -O1, which does not see that it is set where it is returned */

    if (fp_is_nan(&x) || fp_is_nan(&y)) {
        if (z.kind == KIND_SNAN)
            env->flags |= FP_IE;
        sse_takes_nan(format, &x, &y, &nan, env);
        return nan;
    }
    if (sse_takes_nan(format, &z, &z, &nan, env))
        return nan;
    if ((x.kind == KIND_INFINITY && y.kind == KIND_ZERO) ||
        (x.kind == KIND_ZERO && y.kind == KIND_INFINITY))
        return sse_invalid(format, env);
    z.sign ^= (negate & FMA_NEGATE_ADDEND) != 0;
    if (x.kind == KIND_INFINITY || y.kind == KIND_INFINITY) {
        if (z.kind == KIND_INFINITY && z.sign != product_sign)
            return sse_invalid(format, env);
        sse_note_denormal(x.denormal || y.denormal || z.denormal, env);
        return fp_encode_infinity(format, product_sign);
    }
    sse_note_denormal(x.denormal || y.denormal || z.denormal, env);
    if (z.kind == KIND_INFINITY)
        return fp_encode_infinity(format, z.sign);
    if (x.kind == KIND_ZERO || y.kind == KIND_ZERO) {
        if (z.kind == KIND_ZERO)
            return fp_encode_zero(format,
                                  product_sign == z.sign ? z.sign : env->rounding == FP_ROUND_DOWN);
        sum = fp_exact_of(&z);
        return fp_pack(format, &sum, env);
    }
    product = fp_multiply_finite(&x, &y);
    product.sign = product_sign;
    if (z.kind == KIND_ZERO)
        sum = product;
    else if (!add_to_product(product, &z, &sum))
        return fp_encode_zero(format, env->rounding == FP_ROUND_DOWN);
    return fp_pack(format, &sum, env);
}

uint32_t f32_add(uint32_t a, uint32_t b, struct fp_env *env)
{
    return (uint32_t)add(&fp_single, a, b, false, env);
}

uint32_t f32_sub(uint32_t a, uint32_t b, struct fp_env *env)
{
    return (uint32_t)add(&fp_single, a, b, true, env);
}

uint32_t f32_mul(uint32_t a, uint32_t b, struct fp_env *env)
{
    return (uint32_t)multiply(&fp_single, a, b, env);
}

uint32_t f32_div(uint32_t a, uint32_t b, struct fp_env *env)
{
    return (uint32_t)divide(&fp_single, a, b, env);
}

uint32_t f32_sqrt(uint32_t a, struct fp_env *env)
{
    return (uint32_t)square_root(&fp_single, a, env);
}

uint32_t f32_fma(uint32_t a, uint32_t b, uint32_t c, unsigned negate, struct fp_env *env)
{
    return (uint32_t)fused_multiply_add(&fp_single, a, b, c, negate, env);
}

uint64_t f64_add(uint64_t a, uint64_t b, struct fp_env *env)
{
    return add(&fp_double, a, b, false, env);
}

uint64_t f64_sub(uint64_t a, uint64_t b, struct fp_env *env)
{
    return add(&fp_double, a, b, true, env);
}

uint64_t f64_mul(uint64_t a, uint64_t b, struct fp_env *env)
{
    return multiply(&fp_double, a, b, env);
}

uint64_t f64_div(uint64_t a, uint64_t b, struct fp_env *env)
{
    return divide(&fp_double, a, b, env);
}

uint64_t f64_sqrt(uint64_t a, struct fp_env *env)
{
    return square_root(&fp_double, a, env);
}

uint64_t f64_fma(uint64_t a, uint64_t b, uint64_t c, unsigned negate, struct fp_env *env)
{
    return fused_multiply_add(&fp_double, a, b, c, negate, env);
}
