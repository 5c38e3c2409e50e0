/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/fp_env.h - what a floating-point operation depends on, and what it reports.
 *
 * One struct serves x87 (fields as in the control word, flags as in the status word) and SSE
 * (fields as in MXCSR). The bit numbers of masks and flags are the same in all three registers.
 * Source: SDM Vol. 1, "x87 FPU Control Word", "x87 FPU Status Word", "MXCSR Control and Status
 * Register".
 */
#ifndef CPU_FP_ENV_H
#define CPU_FP_ENV_H

#include <stdbool.h>
#include <stdint.h>

/* Exceptions; a mask bit has the place of its flag. */
enum {
    FP_IE = 1 << 0, /* invalid operation */
    FP_DE = 1 << 1, /* denormal operand */
    FP_ZE = 1 << 2, /* divide by zero */
    FP_OE = 1 << 3, /* overflow */
    FP_UE = 1 << 4, /* underflow */
    FP_PE = 1 << 5, /* precision: the result is inexact */

    FP_PRE_COMPUTATION = FP_IE | FP_DE | FP_ZE,
    FP_POST_COMPUTATION = FP_OE | FP_UE | FP_PE,
    FP_ALL_EXCEPTIONS = FP_PRE_COMPUTATION | FP_POST_COMPUTATION,
};

/* Rounding control: RC of the x87 control word and of MXCSR. */
enum {
    FP_ROUND_NEAREST = 0, /* to the nearest, ties to even */
    FP_ROUND_DOWN = 1,    /* toward minus infinity */
    FP_ROUND_UP = 2,      /* toward plus infinity */
    FP_ROUND_ZERO = 3,    /* truncate */
};

/* Precision control: PC of the x87 control word. The reserved value 1 acts as 64 bits. */
enum {
    FP_PRECISION_24 = 0,
    FP_PRECISION_53 = 2,
    FP_PRECISION_64 = 3,
};

struct fp_env {
    /* In. */
    uint8_t rounding;      /* FP_ROUND_* */
    uint8_t precision;     /* FP_PRECISION_*; x87 add, subtract, multiply, divide, square root */
    uint8_t masks;         /* FP_*E bits; 1: the masked response is wanted */
    bool ftz;              /* SSE: flush tiny results to zero (while UE is masked) */
    bool daz;              /* SSE: denormal operands are zeros */
    bool widened_denormal; /* x87: set by float80_widen_*(), see there */
    /* Out. */
    uint8_t flags; /* FP_*E bits are added, never removed */
    bool c1;       /* x87: the result was rounded away from zero; set by every operation */
};

/* How two numbers compare. */
enum fp_relation {
    FP_LESS,
    FP_EQUAL,
    FP_GREATER,
    FP_UNORDERED, /* a NaN is involved */
};

/*
 * The flags to report. An unmasked pre-computation exception means that nothing was computed, so
 * the post-computation ones cannot have happened. Call it after all elements of a packed operation
 * have added their flags. Source: SDM Vol. 1, "SIMD Floating-Point Exception Priority".
 */
static inline uint8_t fp_reported_flags(const struct fp_env *env)
{
    if (env->flags & ~env->masks & FP_PRE_COMPUTATION)
        return env->flags & FP_PRE_COMPUTATION;
    return env->flags;
}

/* Whether an unmasked exception is to be delivered. */
static inline bool fp_has_unmasked(const struct fp_env *env)
{
    return (fp_reported_flags(env) & ~env->masks) != 0;
}

/*
 * Whether an x87 register destination is written: an unmasked IE, DE or ZE leaves it alone;
 * unmasked OE, UE and PE write their (scaled or rounded) result and then are delivered.
 */
static inline bool fp_writes_register(const struct fp_env *env)
{
    return !(env->flags & ~env->masks & FP_PRE_COMPUTATION);
}

/* Whether FLD of a memory operand pushes it: an unmasked DE is delivered after that. */
static inline bool fp_writes_loaded(const struct fp_env *env)
{
    return !(env->flags & ~env->masks & FP_IE);
}

/* Whether an x87 memory destination is written: unmasked OE and UE leave it alone too. */
static inline bool fp_writes_memory(const struct fp_env *env)
{
    return !(env->flags & ~env->masks & (FP_ALL_EXCEPTIONS & ~FP_PE));
}

#endif
