/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/softfloat_sse.h - what the softfloat*.c files share: operands under SSE rules. */
#ifndef CPU_SOFTFLOAT_SSE_H
#define CPU_SOFTFLOAT_SSE_H

#include "cpu/softfloat.h"
#include "cpu/softfloat_format.h"

/* Unpack; with DAZ, denormals are zeros. */
static inline struct fp_number sse_unpack(const struct fp_format *format, uint64_t bits,
                                          const struct fp_env *env)
{
    struct fp_number x = fp_unpack(format, bits);

    if (x.denormal && env->daz) {
        x.kind = KIND_ZERO;
        x.denormal = false;
    }
    return x;
}

static inline uint64_t sse_invalid(const struct fp_format *format, struct fp_env *env)
{
    env->flags |= FP_IE;
    return fp_encode_indefinite(format);
}

/* Raise DE if it is due: no NaN and no invalid operation has been met. */
static inline void sse_note_denormal(bool denormal, struct fp_env *env)
{
    if (denormal)
        env->flags |= FP_DE;
}

/* If one of two operands is a NaN, *result is the result. */
static inline bool sse_takes_nan(const struct fp_format *format, const struct fp_number *x,
                                 const struct fp_number *y, uint64_t *result, struct fp_env *env)
{
    if (!fp_is_nan(x) && !fp_is_nan(y))
        return false;
    if (x->kind == KIND_SNAN || y->kind == KIND_SNAN)
        env->flags |= FP_IE;
    *result = fp_encode_nan(format, fp_is_nan(x) ? x : y);
    return true;
}

#endif
