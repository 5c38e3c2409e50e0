/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/softfloat.h - single, double and half precision as SSE and AVX compute it, on integers only.
 *
 * Numbers are bit patterns: uint16_t half, uint32_t single, uint64_t double precision. All
 * functions take rounding, masks, FTZ and DAZ from *env (as in MXCSR) and add their exceptions to
 * env->flags. They return the masked response; when fp_has_unmasked() is true afterwards, the
 * instruction faults and its destination must be left alone. A packed operation calls the function
 * for each element with one *env and then takes fp_reported_flags().
 * A NaN operand is the result, made quiet; of two, the first.
 * Source: SDM Vol. 1, "Programming with Intel Streaming SIMD Extensions", in particular "SSE and
 * SSE2 SIMD Floating-Point Exceptions" and "Rules for Handling NaNs"; SDM Vol. 2.
 */
#ifndef CPU_SOFTFLOAT_H
#define CPU_SOFTFLOAT_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/fp_env.h"

/* ADDSS, SUBSS, MULSS, DIVSS, SQRTSS and the like. */
uint32_t f32_add(uint32_t a, uint32_t b, struct fp_env *env);
uint32_t f32_sub(uint32_t a, uint32_t b, struct fp_env *env);
uint32_t f32_mul(uint32_t a, uint32_t b, struct fp_env *env);
uint32_t f32_div(uint32_t a, uint32_t b, struct fp_env *env);
uint32_t f32_sqrt(uint32_t a, struct fp_env *env);
uint64_t f64_add(uint64_t a, uint64_t b, struct fp_env *env);
uint64_t f64_sub(uint64_t a, uint64_t b, struct fp_env *env);
uint64_t f64_mul(uint64_t a, uint64_t b, struct fp_env *env);
uint64_t f64_div(uint64_t a, uint64_t b, struct fp_env *env);
uint64_t f64_sqrt(uint64_t a, struct fp_env *env);

/* What the forms of fused multiply-add negate; a NaN keeps its sign. */
enum {
    FMA_NEGATE_PRODUCT = 1,
    FMA_NEGATE_ADDEND = 2,
};

/*
 * a * b + c with one rounding: VFMADD; VFMSUB with FMA_NEGATE_ADDEND; VFNMADD with
 * FMA_NEGATE_PRODUCT; VFNMSUB with both. Of several NaNs the first of a, b, c is the result. With
 * the operands numbered as in the manual, (a, b, c) is (1, 3, 2) for the forms 132, (2, 1, 3) for
 * 213, and (2, 3, 1) for 231.
 */
uint32_t f32_fma(uint32_t a, uint32_t b, uint32_t c, unsigned negate, struct fp_env *env);
uint64_t f64_fma(uint64_t a, uint64_t b, uint64_t c, unsigned negate, struct fp_env *env);

/* RCPSS, RSQRTSS: no exceptions, nothing of MXCSR matters; the relative error is below 2^-12. */
uint32_t f32_reciprocal(uint32_t a);
uint32_t f32_reciprocal_sqrt(uint32_t a);

/* MINSS, MAXSS: the second operand if either is a NaN (which raises IE) or both are zeros. */
uint32_t f32_min(uint32_t a, uint32_t b, struct fp_env *env);
uint32_t f32_max(uint32_t a, uint32_t b, struct fp_env *env);
uint64_t f64_min(uint64_t a, uint64_t b, struct fp_env *env);
uint64_t f64_max(uint64_t a, uint64_t b, struct fp_env *env);

/* UCOMISS raises IE for signalling NaNs, COMISS for all. */
enum fp_relation f32_ucomi(uint32_t a, uint32_t b, struct fp_env *env);
enum fp_relation f32_comi(uint32_t a, uint32_t b, struct fp_env *env);
enum fp_relation f64_ucomi(uint64_t a, uint64_t b, struct fp_env *env);
enum fp_relation f64_comi(uint64_t a, uint64_t b, struct fp_env *env);

/* CMPSS: `predicate` is the immediate, 0 to 7 for SSE and 0 to 31 for AVX. */
bool f32_compare(uint32_t a, uint32_t b, unsigned predicate, struct fp_env *env);
bool f64_compare(uint64_t a, uint64_t b, unsigned predicate, struct fp_env *env);

/* CVTSS2SD, CVTSD2SS. */
uint64_t f32_to_f64(uint32_t a, struct fp_env *env);
uint32_t f64_to_f32(uint64_t a, struct fp_env *env);

/*
 * CVTSS2SI, CVTTSS2SI (_truncate) and the like; AVX-512 adds the unsigned ones. What does not fit
 * raises IE and gives the integer indefinite: the most negative, or the largest unsigned integer.
 */
int32_t f32_to_int32(uint32_t a, struct fp_env *env);
int64_t f32_to_int64(uint32_t a, struct fp_env *env);
uint32_t f32_to_uint32(uint32_t a, struct fp_env *env);
uint64_t f32_to_uint64(uint32_t a, struct fp_env *env);
int32_t f64_to_int32(uint64_t a, struct fp_env *env);
int64_t f64_to_int64(uint64_t a, struct fp_env *env);
uint32_t f64_to_uint32(uint64_t a, struct fp_env *env);
uint64_t f64_to_uint64(uint64_t a, struct fp_env *env);
int32_t f32_to_int32_truncate(uint32_t a, struct fp_env *env);
int64_t f32_to_int64_truncate(uint32_t a, struct fp_env *env);
uint32_t f32_to_uint32_truncate(uint32_t a, struct fp_env *env);
uint64_t f32_to_uint64_truncate(uint32_t a, struct fp_env *env);
int32_t f64_to_int32_truncate(uint64_t a, struct fp_env *env);
int64_t f64_to_int64_truncate(uint64_t a, struct fp_env *env);
uint32_t f64_to_uint32_truncate(uint64_t a, struct fp_env *env);
uint64_t f64_to_uint64_truncate(uint64_t a, struct fp_env *env);

/* CVTSI2SS, CVTSI2SD; 32-bit integers are passed widened. */
uint32_t f32_from_int64(int64_t a, struct fp_env *env);
uint32_t f32_from_uint64(uint64_t a, struct fp_env *env);
uint64_t f64_from_int64(int64_t a, struct fp_env *env);
uint64_t f64_from_uint64(uint64_t a, struct fp_env *env);

/* The immediate byte of ROUNDSS and ROUNDSD. */
enum {
    ROUND_IMM_RC = 3,            /* FP_ROUND_*, unless: */
    ROUND_IMM_USE_ENV = 1 << 2,  /* env->rounding holds */
    ROUND_IMM_QUIET_PE = 1 << 3, /* an inexact result does not raise PE */
};

uint32_t f32_round_to_integral(uint32_t a, unsigned immediate, struct fp_env *env);
uint64_t f64_round_to_integral(uint64_t a, unsigned immediate, struct fp_env *env);

/* VCVTPH2PS (ignores DAZ, raises no DE) and VCVTPS2PH (ignores FTZ); env->rounding is used. */
uint32_t f16_to_f32(uint16_t a, struct fp_env *env);
uint16_t f32_to_f16(uint32_t a, struct fp_env *env);

#endif
