/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/softfloat_convert.c - conversions of SSE, F16C and AVX-512; rounding to integral values.
 * Source: SDM Vol. 2A, "CVTSD2SI" and its neighbours; "ROUNDSD"; Vol. 2C, "VCVTPH2PS",
 * "VCVTPS2PH".
 */
#include "cpu/softfloat.h"
#include "cpu/softfloat_sse.h"

/* `x`, of any format, in the format `to`. */
static inline uint64_t convert(const struct fp_number *x, const struct fp_format *to,
                               struct fp_env *env)
{
    struct fp_exact value;
    uint64_t nan;

    if (sse_takes_nan(to, x, x, &nan, env))
        return nan;
    sse_note_denormal(x->denormal, env);
    if (x->kind == KIND_INFINITY)
        return fp_encode_infinity(to, x->sign);
    if (x->kind == KIND_ZERO)
        return fp_encode_zero(to, x->sign);
    value = fp_exact_of(x);
    return fp_pack(to, &value, env);
}

uint64_t f32_to_f64(uint32_t a, struct fp_env *env)
{
    struct fp_number x = sse_unpack(&fp_single, a, env);

    return convert(&x, &fp_double, env);
}

uint32_t f64_to_f32(uint64_t a, struct fp_env *env)
{
    struct fp_number x = sse_unpack(&fp_double, a, env);

    return (uint32_t)convert(&x, &fp_single, env);
}

uint32_t f16_to_f32(uint16_t a, struct fp_env *env)
{
    struct fp_number x = fp_unpack(&fp_half, a);

    x.denormal = false;
    return (uint32_t)convert(&x, &fp_single, env);
}

uint16_t f32_to_f16(uint32_t a, struct fp_env *env)
{
    struct fp_number x = sse_unpack(&fp_single, a, env);
    bool ftz = env->ftz;
    uint16_t result;

    env->ftz = false;
    result = (uint16_t)convert(&x, &fp_half, env);
    env->ftz = ftz;
    return result;
}

/*
 * Round to an integer of at most `limit` in magnitude if positive, `negative_limit` if negative.
 * False: it does not fit; IE is raised. Denormals raise no DE here.
 */
static inline bool to_integer(const struct fp_format *format, uint64_t bits, unsigned rounding,
                              uint64_t limit, uint64_t negative_limit, uint64_t *value,
                              struct fp_env *env)
{
    struct fp_number x = sse_unpack(format, bits, env);
    bool inexact = false, up;

    if (x.kind == KIND_ZERO)
        return true;
    if (x.kind != KIND_FINITE || !fp_to_integer(&x, rounding, value, &inexact, &up) ||
        *value > (x.sign ? negative_limit : limit)) {
        env->flags |= FP_IE;
        return false;
    }
    if (inexact)
        env->flags |= FP_PE;
    if (x.sign)
        *value = -*value;
    return true;
}

static inline int64_t to_signed(const struct fp_format *format, uint64_t bits, unsigned rounding,
                                int64_t min, struct fp_env *env)
{
    uint64_t value = 0, limit = -(uint64_t)min;

    if (!to_integer(format, bits, rounding, limit - 1, limit, &value, env))
        return min;
    return (int64_t)value;
}

static inline uint64_t to_unsigned(const struct fp_format *format, uint64_t bits, unsigned rounding,
                                   uint64_t max, struct fp_env *env)
{
    uint64_t value = 0;

    if (!to_integer(format, bits, rounding, max, 0, &value, env))
        return max;
    return value;
}

int32_t f32_to_int32(uint32_t a, struct fp_env *env)
{
    return (int32_t)to_signed(&fp_single, a, env->rounding, INT32_MIN, env);
}

int64_t f32_to_int64(uint32_t a, struct fp_env *env)
{
    return to_signed(&fp_single, a, env->rounding, INT64_MIN, env);
}

uint32_t f32_to_uint32(uint32_t a, struct fp_env *env)
{
    return (uint32_t)to_unsigned(&fp_single, a, env->rounding, UINT32_MAX, env);
}

uint64_t f32_to_uint64(uint32_t a, struct fp_env *env)
{
    return to_unsigned(&fp_single, a, env->rounding, UINT64_MAX, env);
}

int32_t f64_to_int32(uint64_t a, struct fp_env *env)
{
    return (int32_t)to_signed(&fp_double, a, env->rounding, INT32_MIN, env);
}

int64_t f64_to_int64(uint64_t a, struct fp_env *env)
{
    return to_signed(&fp_double, a, env->rounding, INT64_MIN, env);
}

uint32_t f64_to_uint32(uint64_t a, struct fp_env *env)
{
    return (uint32_t)to_unsigned(&fp_double, a, env->rounding, UINT32_MAX, env);
}

uint64_t f64_to_uint64(uint64_t a, struct fp_env *env)
{
    return to_unsigned(&fp_double, a, env->rounding, UINT64_MAX, env);
}

int32_t f32_to_int32_truncate(uint32_t a, struct fp_env *env)
{
    return (int32_t)to_signed(&fp_single, a, FP_ROUND_ZERO, INT32_MIN, env);
}

int64_t f32_to_int64_truncate(uint32_t a, struct fp_env *env)
{
    return to_signed(&fp_single, a, FP_ROUND_ZERO, INT64_MIN, env);
}

uint32_t f32_to_uint32_truncate(uint32_t a, struct fp_env *env)
{
    return (uint32_t)to_unsigned(&fp_single, a, FP_ROUND_ZERO, UINT32_MAX, env);
}

uint64_t f32_to_uint64_truncate(uint32_t a, struct fp_env *env)
{
    return to_unsigned(&fp_single, a, FP_ROUND_ZERO, UINT64_MAX, env);
}

int32_t f64_to_int32_truncate(uint64_t a, struct fp_env *env)
{
    return (int32_t)to_signed(&fp_double, a, FP_ROUND_ZERO, INT32_MIN, env);
}

int64_t f64_to_int64_truncate(uint64_t a, struct fp_env *env)
{
    return to_signed(&fp_double, a, FP_ROUND_ZERO, INT64_MIN, env);
}

uint32_t f64_to_uint32_truncate(uint64_t a, struct fp_env *env)
{
    return (uint32_t)to_unsigned(&fp_double, a, FP_ROUND_ZERO, UINT32_MAX, env);
}

uint64_t f64_to_uint64_truncate(uint64_t a, struct fp_env *env)
{
    return to_unsigned(&fp_double, a, FP_ROUND_ZERO, UINT64_MAX, env);
}

static inline uint64_t from_integer(const struct fp_format *format, bool sign, uint64_t magnitude,
                                    struct fp_env *env)
{
    struct fp_exact value;

    if (magnitude == 0)
        return fp_encode_zero(format, false);
    value = fp_normalize(sign, 127, magnitude);
    return fp_pack(format, &value, env);
}

uint32_t f32_from_int64(int64_t a, struct fp_env *env)
{
    return (uint32_t)from_integer(&fp_single, a < 0, a < 0 ? -(uint64_t)a : (uint64_t)a, env);
}

uint32_t f32_from_uint64(uint64_t a, struct fp_env *env)
{
    return (uint32_t)from_integer(&fp_single, false, a, env);
}

uint64_t f64_from_int64(int64_t a, struct fp_env *env)
{
    return from_integer(&fp_double, a < 0, a < 0 ? -(uint64_t)a : (uint64_t)a, env);
}

uint64_t f64_from_uint64(uint64_t a, struct fp_env *env)
{
    return from_integer(&fp_double, false, a, env);
}

/* ROUNDSS, ROUNDSD: denormals raise no DE. */
static inline uint64_t round_to_integral(const struct fp_format *format, uint64_t bits,
                                         unsigned immediate, struct fp_env *env)
{
    struct fp_number x = sse_unpack(format, bits, env);
    unsigned rounding = immediate & ROUND_IMM_USE_ENV ? env->rounding : immediate & ROUND_IMM_RC;
    uint64_t nan, magnitude;
    struct fp_exact value;
    bool inexact, up;

    if (sse_takes_nan(format, &x, &x, &nan, env))
        return nan;
    if (x.kind == KIND_ZERO)
        return fp_encode_zero(format, x.sign);
    if (x.kind == KIND_INFINITY || x.exponent >= (int32_t)format->fraction_bits)
        return bits;
    fp_to_integer(&x, rounding, &magnitude, &inexact, &up);
    if (inexact && !(immediate & ROUND_IMM_QUIET_PE))
        env->flags |= FP_PE;
    if (magnitude == 0)
        return fp_encode_zero(format, x.sign);
    value = fp_normalize(x.sign, 127, magnitude);
    return fp_pack(format, &value, env);
}

uint32_t f32_round_to_integral(uint32_t a, unsigned immediate, struct fp_env *env)
{
    return (uint32_t)round_to_integral(&fp_single, a, immediate, env);
}

uint64_t f64_round_to_integral(uint64_t a, unsigned immediate, struct fp_env *env)
{
    return round_to_integral(&fp_double, a, immediate, env);
}
