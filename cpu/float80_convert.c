/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/float80_convert.c - between the 80-bit format and those of memory operands; constants.
 * Source: SDM Vol. 2A, "FLD", "FST/FSTP", "FILD", "FIST/FISTP", "FISTTP", "FBLD", "FBSTP",
 * "FLD1/FLDL2T/FLDL2E/FLDPI/FLDLG2/FLDLN2/FLDZ".
 */
#include "cpu/float80.h"
#include "cpu/float80_internal.h"
#include "cpu/softfloat_format.h"

/* Exact: every number of a narrower format is a normal one here. */
static struct float80 widen(const struct fp_number *x)
{
    switch (x->kind) {
    case KIND_ZERO:
        return float80_zero(x->sign);
    case KIND_INFINITY:
        return float80_infinity(x->sign);
    case KIND_FINITE:
        return (struct float80){ x->significand,
                                 (uint16_t)(x->sign << 15 | (x->exponent + FLOAT80_BIAS)) };
    default:
        return (struct float80){ x->significand, x->sign ? 0xffff : 0x7fff };
    }
}

static struct float80 load(const struct fp_number *x, struct fp_env *env)
{
    env->c1 = false;
    if (x->kind == KIND_SNAN) {
        env->flags |= FP_IE;
        return float80_quiet(x);
    }
    if (x->denormal)
        env->flags |= FP_DE;
    return widen(x);
}

struct float80 float80_from_f32(uint32_t a, struct fp_env *env)
{
    struct fp_number x = fp_unpack(&fp_single, a);

    return load(&x, env);
}

struct float80 float80_from_f64(uint64_t a, struct fp_env *env)
{
    struct fp_number x = fp_unpack(&fp_double, a);

    return load(&x, env);
}

struct float80 float80_widen_f32(uint32_t a, struct fp_env *env)
{
    struct fp_number x = fp_unpack(&fp_single, a);

    env->widened_denormal = x.denormal;
    return widen(&x);
}

struct float80 float80_widen_f64(uint64_t a, struct fp_env *env)
{
    struct fp_number x = fp_unpack(&fp_double, a);

    env->widened_denormal = x.denormal;
    return widen(&x);
}

static struct float80 from_integer(bool sign, uint64_t magnitude)
{
    unsigned shift;

    if (magnitude == 0)
        return float80_zero(sign);
    shift = leading_zeros_64(magnitude);
    return (struct float80){ magnitude << shift,
                             (uint16_t)(sign << 15 | (FLOAT80_BIAS + 63 - shift)) };
}

struct float80 float80_from_int64(int64_t a)
{
    return from_integer(a < 0, a < 0 ? -(uint64_t)a : (uint64_t)a);
}

/* A denormal operand raises no DE here. */
static uint64_t narrow(const struct fp_format *format, struct float80 a, struct fp_env *env)
{
    struct fp_number x = float80_unpack(a);
    struct fp_exact value;
    uint8_t flags_before = env->flags;
    uint64_t result;

    env->c1 = false;
    switch (x.kind) {
    case KIND_FINITE:
        value = fp_exact_of(&x);
        result = fp_pack(format, &value, env);
        if (!fp_writes_memory(env)) {
            env->flags = flags_before | (env->flags & (FP_OE | FP_UE)); /* PE belongs to a store */
            env->c1 = false;
        }
        return result;
    case KIND_ZERO:
        return fp_encode_zero(format, x.sign);
    case KIND_INFINITY:
        return fp_encode_infinity(format, x.sign);
    case KIND_UNSUPPORTED:
        env->flags |= FP_IE;
        return fp_encode_indefinite(format);
    case KIND_SNAN:
        env->flags |= FP_IE;
        break;
    default:
        break;
    }
    return fp_encode_nan(format, &x);
}

uint32_t float80_to_f32(struct float80 a, struct fp_env *env)
{
    return (uint32_t)narrow(&fp_single, a, env);
}

uint64_t float80_to_f64(struct float80 a, struct fp_env *env)
{
    return narrow(&fp_double, a, env);
}

/*
 * Round to an integer of at most `limit` in magnitude (`limit` + 1 if negative and `twos`).
 * False: it does not fit or is no number; IE is raised.
 */
static bool to_integer(struct float80 a, unsigned rounding, uint64_t limit, bool twos, bool *sign,
                       uint64_t *magnitude, struct fp_env *env)
{
    struct fp_number x = float80_unpack(a);
    bool inexact = false, up = false;

    env->c1 = false;
    *sign = x.sign;
    *magnitude = 0;
    if (x.kind == KIND_ZERO)
        return true;
    if (x.kind != KIND_FINITE || !fp_to_integer(&x, rounding, magnitude, &inexact, &up) ||
        *magnitude > limit + (twos && x.sign)) {
        env->flags |= FP_IE;
        return false;
    }
    if (inexact)
        env->flags |= FP_PE;
    env->c1 = up;
    return true;
}

static int64_t to_signed(struct float80 a, unsigned rounding, int64_t min, int64_t max,
                         struct fp_env *env)
{
    uint64_t magnitude;
    bool sign;

    if (!to_integer(a, rounding, (uint64_t)max, true, &sign, &magnitude, env))
        return min; /* the integer indefinite */
    return (int64_t)(sign ? -magnitude : magnitude);
}

int16_t float80_to_int16(struct float80 a, struct fp_env *env)
{
    return (int16_t)to_signed(a, env->rounding, INT16_MIN, INT16_MAX, env);
}

int32_t float80_to_int32(struct float80 a, struct fp_env *env)
{
    return (int32_t)to_signed(a, env->rounding, INT32_MIN, INT32_MAX, env);
}

int64_t float80_to_int64(struct float80 a, struct fp_env *env)
{
    return to_signed(a, env->rounding, INT64_MIN, INT64_MAX, env);
}

int16_t float80_to_int16_truncate(struct float80 a, struct fp_env *env)
{
    return (int16_t)to_signed(a, FP_ROUND_ZERO, INT16_MIN, INT16_MAX, env);
}

int32_t float80_to_int32_truncate(struct float80 a, struct fp_env *env)
{
    return (int32_t)to_signed(a, FP_ROUND_ZERO, INT32_MIN, INT32_MAX, env);
}

int64_t float80_to_int64_truncate(struct float80 a, struct fp_env *env)
{
    return to_signed(a, FP_ROUND_ZERO, INT64_MIN, INT64_MAX, env);
}

/* Digits above 9 are not checked: they count as what their four bits say. */
struct float80 float80_from_bcd(const uint8_t bcd[10])
{
    uint64_t magnitude = 0;

    for (int i = 8; i >= 0; i--)
        magnitude = magnitude * 100 + (bcd[i] >> 4) * 10u + (bcd[i] & 0xf);
    return from_integer(bcd[9] >> 7, magnitude);
}

void float80_to_bcd(struct float80 a, uint8_t bcd[10], struct fp_env *env)
{
    uint64_t magnitude;
    bool sign;

    if (!to_integer(a, env->rounding, 999999999999999999, false, &sign, &magnitude, env)) {
        for (int i = 0; i < 7; i++)
            bcd[i] = 0;
        bcd[7] = 0xc0; /* the packed BCD indefinite */
        bcd[8] = 0xff;
        bcd[9] = 0xff;
        return;
    }
    for (int i = 0; i < 9; i++) {
        unsigned pair = (unsigned)(magnitude % 100);

        bcd[i] = (uint8_t)(pair / 10 << 4 | pair % 10);
        magnitude /= 100;
    }
    bcd[9] = sign ? 0x80 : 0;
}

struct float80 float80_load_constant(enum float80_constant which, struct fp_env *env)
{
    /* 66 bits of each constant and a sticky bit decide every rounding. */
    /* clang-format off */
    static const struct fp_exact constants[] = {
        [FLOAT80_1]       = { false,  0, 0x8000000000000000, 0 },
        [FLOAT80_LOG2_10] = { false,  1, 0xd49a784bcd1b8afe, 0x492bf6ff4dafdb4c },
        [FLOAT80_LOG2_E]  = { false,  0, 0xb8aa3b295c17f0bb, 0xbe87fed0691d3e88 },
        [FLOAT80_PI]      = { false,  1, 0xc90fdaa22168c234, 0xc4c6628b80dc1cd1 },
        [FLOAT80_LOG10_2] = { false, -2, 0x9a209a84fbcff798, 0x8f8959ac0b7c9178 },
        [FLOAT80_LN_2]    = { false, -1, 0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af },
    };
    /* clang-format on */
    const struct fp_exact *value = &constants[which];
    struct fp_rounded r;

    env->c1 = false;
    if (which == FLOAT80_0)
        return float80_zero(false);
    r = fp_round(false, value->high, value->low, 64, env->rounding);
    return (struct float80){ r.significand, (uint16_t)(value->exponent + FLOAT80_BIAS) };
}
