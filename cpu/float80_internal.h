/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/float80_internal.h - what the float80*.c files share: unpacking, special operands, packing. */
#ifndef CPU_FLOAT80_INTERNAL_H
#define CPU_FLOAT80_INTERNAL_H

#include "cpu/float80.h"
#include "cpu/softfloat_core.h"

#define FLOAT80_BIAS 16383
#define FLOAT80_MAX_EXPONENT 0x7fff
#define FLOAT80_QUIET_BIT (1ULL << 62)
/* Unmasked overflow and underflow move the exponent by this much: 3 * 2^13. */
#define FLOAT80_TRAP_SCALE 24576

/* Encodings without an integer bit that are neither zero nor denormal no longer have a meaning. */
struct fp_number float80_unpack_special(struct float80 a);

/* Neither zero, denormal, infinity, NaN nor unsupported, as nearly all are. */
static inline bool float80_is_normal(struct float80 a)
{
    return (a.sign_exponent & 0x7fffu) - 1 < FLOAT80_MAX_EXPONENT - 1 && a.mantissa & FP_TOP_BIT;
}

static inline struct fp_number float80_unpack_normal(struct float80 a)
{
    return (struct fp_number){ KIND_FINITE, a.sign_exponent >> 15, false,
                               (a.sign_exponent & 0x7fff) - FLOAT80_BIAS, a.mantissa };
}

static inline struct fp_number float80_unpack(struct float80 a)
{
    return float80_is_normal(a) ? float80_unpack_normal(a) : float80_unpack_special(a);
}

/* Round to `bits` bits and encode; raises OE, UE, PE and sets C1. */
struct float80 float80_pack(const struct fp_exact *value, unsigned bits, struct fp_env *env);

/* Significand bits that env->precision asks for. */
static inline unsigned float80_precision_bits(const struct fp_env *env)
{
    switch (env->precision) {
    case FP_PRECISION_24:
        return 24;
    case FP_PRECISION_53:
        return 53;
    default:
        return 64;
    }
}

/* A NaN operand as a result: quiet. */
static inline struct float80 float80_quiet(const struct fp_number *nan)
{
    return (struct float80){ nan->significand | FLOAT80_QUIET_BIT, nan->sign ? 0xffff : 0x7fff };
}

/* Raise IE; the default NaN is the masked response. */
static inline struct float80 float80_invalid(struct fp_env *env)
{
    env->flags |= FP_IE;
    return float80_indefinite();
}

/* Handle unsupported encodings and NaNs. True: *result is the result. */
bool float80_takes_nan(const struct fp_number *x, struct fp_env *env, struct float80 *result);
bool float80_takes_nans(const struct fp_number *x, const struct fp_number *y, struct fp_env *env,
                        struct float80 *result);

/* Raise DE for denormal operands. True: it is unmasked, nothing more may happen. */
static inline bool float80_denormal_stops(bool denormal, struct fp_env *env)
{
    if (!denormal && !env->widened_denormal)
        return false;
    env->flags |= FP_DE;
    return !(env->masks & FP_DE);
}

#endif
