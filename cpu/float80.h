/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/float80.h - the arithmetic of the x87 FPU on its 80-bit format, without host floating point.
 *
 * All functions take what the control word says from *env, add their exceptions to env->flags and
 * set env->c1 (cleared unless the result was rounded away from zero). The value returned is the
 * masked response, or for unmasked OE and UE the result with its exponent moved by 24576; when an
 * unmasked IE, DE or ZE is raised the value is meaningless and the destination must be left alone:
 * see fp_writes_register(), fp_writes_loaded() and fp_writes_memory(). Stack faults are the caller's
 * business. Where the manual leaves the processor a choice, those of AMD are followed.
 * Source: SDM Vol. 1, "Programming with the x87 FPU", in particular "x87 FPU Floating-Point
 * Exception Conditions" and "Rules for Handling NaNs"; SDM Vol. 2 for the single instructions.
 */
#ifndef CPU_FLOAT80_H
#define CPU_FLOAT80_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/fp_env.h"

struct float80 {
    uint64_t mantissa;      /* bit 63 is the explicit integer bit */
    uint16_t sign_exponent; /* bit 15 sign, bits 14-0 exponent biased by 16383 */
};

/* The default NaN ("real indefinite"), the result of masked invalid operations. */
static inline struct float80 float80_indefinite(void)
{
    return (struct float80){ 0xc000000000000000, 0xffff };
}

static inline struct float80 float80_zero(bool negative)
{
    return (struct float80){ 0, negative ? 0x8000 : 0 };
}

static inline struct float80 float80_infinity(bool negative)
{
    return (struct float80){ 0x8000000000000000, negative ? 0xffff : 0x7fff };
}

/* FCHS and FABS: never an exception, whatever the operand is. */
static inline struct float80 float80_negate(struct float80 a)
{
    return (struct float80){ a.mantissa, a.sign_exponent ^ 0x8000 };
}

static inline struct float80 float80_absolute(struct float80 a)
{
    return (struct float80){ a.mantissa, a.sign_exponent & 0x7fff };
}

/* FADD, FSUB, FMUL, FDIV, FSQRT: rounded to env->precision. */
struct float80 float80_add(struct float80 a, struct float80 b, struct fp_env *env);
struct float80 float80_sub(struct float80 a, struct float80 b, struct fp_env *env);
struct float80 float80_mul(struct float80 a, struct float80 b, struct fp_env *env);
struct float80 float80_div(struct float80 a, struct float80 b, struct fp_env *env);
struct float80 float80_sqrt(struct float80 a, struct fp_env *env);

/* What FPREM and FPREM1 put into the condition codes. */
struct float80_reduction {
    uint8_t quotient; /* its lowest three bits: C0 = bit 2, C3 = bit 1, C1 = bit 0 */
    bool incomplete;  /* C2: the exponents differed by 64 or more, repeat the instruction */
};

/* FPREM: a - b * quotient, the quotient truncated; and FPREM1: the quotient to nearest even. */
struct float80 float80_prem(struct float80 a, struct float80 b, struct float80_reduction *reduction,
                            struct fp_env *env);
struct float80 float80_prem1(struct float80 a, struct float80 b,
                             struct float80_reduction *reduction, struct fp_env *env);

/* FSCALE: a * 2^truncate(b). */
struct float80 float80_scale(struct float80 a, struct float80 b, struct fp_env *env);
/* FXTRACT: returns the significand (1.0 to 2.0, signed); *exponent is the unbiased exponent. */
struct float80 float80_extract(struct float80 a, struct float80 *exponent, struct fp_env *env);
/* FRNDINT: to an integral value by env->rounding. */
struct float80 float80_round_to_integral(struct float80 a, struct fp_env *env);

/*
 * FCOM, FTST: any NaN is an invalid operation. FUCOM: only a signalling one. The relation is also
 * good, and sets the condition codes, when an unmasked IE or DE is raised.
 */
enum fp_relation float80_compare(struct float80 a, struct float80 b, struct fp_env *env);
enum fp_relation float80_compare_quiet(struct float80 a, struct float80 b, struct fp_env *env);

/* FXAM: the value is C3, C2, C0 as bits 2, 1, 0; C1 is the sign. */
enum float80_class {
    FLOAT80_UNSUPPORTED = 0,
    FLOAT80_NAN = 1,
    FLOAT80_NORMAL = 2,
    FLOAT80_INFINITY = 3,
    FLOAT80_ZERO = 4,
    FLOAT80_EMPTY = 5, /* given by the register tag, never by float80_classify() */
    FLOAT80_DENORMAL = 6,
};

enum float80_class float80_classify(struct float80 a);

/* FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ, in the order of their opcodes D9 E8-EE. */
enum float80_constant {
    FLOAT80_1,
    FLOAT80_LOG2_10,
    FLOAT80_LOG2_E,
    FLOAT80_PI,
    FLOAT80_LOG10_2,
    FLOAT80_LN_2,
    FLOAT80_0,
};

/* A constant, rounded by env->rounding; no exception is raised and C1 is cleared. */
struct float80 float80_load_constant(enum float80_constant which, struct fp_env *env);

/* FLD m32 and m64: a signalling NaN raises IE, a denormal DE. */
struct float80 float80_from_f32(uint32_t a, struct fp_env *env);
struct float80 float80_from_f64(uint64_t a, struct fp_env *env);
/*
 * The memory operand of FADD m32 and its like. Nothing is raised: a signalling NaN stays one, and
 * a denormal sets env->widened_denormal, which the operation that follows with the same *env
 * counts as a denormal operand.
 */
struct float80 float80_widen_f32(uint32_t a, struct fp_env *env);
struct float80 float80_widen_f64(uint64_t a, struct fp_env *env);
/* FILD, FIADD, ...: exact. */
struct float80 float80_from_int64(int64_t a);

/* FST m32 and m64. */
uint32_t float80_to_f32(struct float80 a, struct fp_env *env);
uint64_t float80_to_f64(struct float80 a, struct fp_env *env);
/* FIST: out of range or not a number raises IE and gives the most negative integer. */
int16_t float80_to_int16(struct float80 a, struct fp_env *env);
int32_t float80_to_int32(struct float80 a, struct fp_env *env);
int64_t float80_to_int64(struct float80 a, struct fp_env *env);
/* FISTTP: the same, truncating. */
int16_t float80_to_int16_truncate(struct float80 a, struct fp_env *env);
int32_t float80_to_int32_truncate(struct float80 a, struct fp_env *env);
int64_t float80_to_int64_truncate(struct float80 a, struct fp_env *env);

/* FBLD and FBSTP: 18 decimal digits, two a byte, lowest first; bit 7 of byte 9 is the sign. */
struct float80 float80_from_bcd(const uint8_t bcd[10]);
void float80_to_bcd(struct float80 a, uint8_t bcd[10], struct fp_env *env);

/*
 * The transcendental instructions, always in 64-bit precision. The error before the final rounding
 * is below 2^-40 ulp, so results are correctly rounded but for very rare near-ties; real processors
 * promise only less than 1 ulp and differ among each other in the last bit.
 */
/* F2XM1: 2^a - 1; for |a| > 1 the manual leaves the result open: `a` is returned. */
struct float80 float80_2xm1(struct float80 a, struct fp_env *env);
/* FYL2X: y * log2(x). */
struct float80 float80_yl2x(struct float80 x, struct float80 y, struct fp_env *env);
/* FYL2XP1: y * log2(x + 1). */
struct float80 float80_yl2xp1(struct float80 x, struct float80 y, struct fp_env *env);
/* FPATAN: the angle of the point (x, y), between -pi and pi. */
struct float80 float80_atan2(struct float80 y, struct float80 x, struct fp_env *env);
/*
 * FSIN, FCOS, FPTAN, FSINCOS (C1 tells how the sine was rounded). False: |a| is 2^63 or more, C2 is to be set and nothing changes.
 * FPTAN also pushes 1.0, or the NaN it returns a second time.
 */
bool float80_sin(struct float80 a, struct float80 *result, struct fp_env *env);
bool float80_cos(struct float80 a, struct float80 *result, struct fp_env *env);
bool float80_tan(struct float80 a, struct float80 *result, struct fp_env *env);
bool float80_sincos(struct float80 a, struct float80 *sine, struct float80 *cosine,
                    struct fp_env *env);

#endif
