/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/softfloat_compare.c - MIN, MAX, UCOMI, COMI, CMP of single and double precision.
 * Source: SDM Vol. 2A, "CMPPD", table "Comparison Predicate for CMPPD and CMPPS Instructions";
 * "COMISD", "MINSD", "MAXSD".
 */
#include "cpu/softfloat.h"
#include "cpu/softfloat_sse.h"

/* Compare; `quiet`: only signalling NaNs raise IE. */
static inline enum fp_relation compare(const struct fp_format *format, uint64_t a, uint64_t b,
                                       bool quiet, struct fp_env *env)
{
    struct fp_number x = sse_unpack(format, a, env), y = sse_unpack(format, b, env);
    bool less;

    if (fp_is_nan(&x) || fp_is_nan(&y)) {
        if (!quiet || x.kind == KIND_SNAN || y.kind == KIND_SNAN)
            env->flags |= FP_IE;
        return FP_UNORDERED;
    }
    sse_note_denormal(x.denormal || y.denormal, env);
    if (x.kind == KIND_ZERO && y.kind == KIND_ZERO)
        return FP_EQUAL;
    if (x.kind == KIND_ZERO)
        return y.sign ? FP_GREATER : FP_LESS;
    if (y.kind == KIND_ZERO)
        return x.sign ? FP_LESS : FP_GREATER;
    if (a == b)
        return FP_EQUAL;
    if (x.sign != y.sign)
        return x.sign ? FP_LESS : FP_GREATER;
    less = a < b; /* same sign: magnitudes are ordered as their encodings */
    return less != x.sign ? FP_LESS : FP_GREATER;
}

/* An operand of MIN or MAX as it is returned: with DAZ, a denormal is a zero. */
static inline uint64_t as_operand(const struct fp_format *format, uint64_t bits,
                                  const struct fp_env *env)
{
    struct fp_number x = sse_unpack(format, bits, env);

    return x.kind == KIND_ZERO ? fp_encode_zero(format, x.sign) : bits;
}

static inline uint64_t choose(const struct fp_format *format, uint64_t a, uint64_t b,
                              enum fp_relation wanted, struct fp_env *env)
{
    bool first = compare(format, a, b, false, env) == wanted;

    return as_operand(format, first ? a : b, env);
}

/*
 * Predicate bits 2-0 choose the relations, bit 3 changes the answer for unordered operands, bit 4
 * whether a quiet NaN raises IE. Rows: predicates 0-15; 16-31 only differ in that.
 */
static inline bool satisfies(enum fp_relation relation, unsigned predicate)
{
    enum { LT = 1 << FP_LESS, EQ = 1 << FP_EQUAL, GT = 1 << FP_GREATER, UN = 1 << FP_UNORDERED };
    /* clang-format off */
    static const uint8_t accepted[16] = {
        EQ,           LT,           LT | EQ, UN,               /* eq    lt   le   unord */
        LT | GT | UN, GT | EQ | UN, GT | UN, LT | EQ | GT,     /* neq   nlt  nle  ord */
        EQ | UN,      LT | UN,      LT | EQ | UN, 0,           /* eq_uq nge  ngt  false */
        LT | GT,      GT | EQ,      GT,      LT | EQ | GT | UN /* neq_oq ge  gt   true */
    };
    /* clang-format on */

    return accepted[predicate & 15] >> relation & 1;
}

/* Predicates LT, LE, NLT, NLE (and NGE, NGT, GE, GT) signal; bit 4 turns that round. */
static inline bool is_quiet(unsigned predicate)
{
    bool ordering = ((predicate & 3) == 1 || (predicate & 3) == 2);

    return ordering == (predicate >> 4 & 1);
}

uint32_t f32_min(uint32_t a, uint32_t b, struct fp_env *env)
{
    return (uint32_t)choose(&fp_single, a, b, FP_LESS, env);
}

uint32_t f32_max(uint32_t a, uint32_t b, struct fp_env *env)
{
    return (uint32_t)choose(&fp_single, a, b, FP_GREATER, env);
}

uint64_t f64_min(uint64_t a, uint64_t b, struct fp_env *env)
{
    return choose(&fp_double, a, b, FP_LESS, env);
}

uint64_t f64_max(uint64_t a, uint64_t b, struct fp_env *env)
{
    return choose(&fp_double, a, b, FP_GREATER, env);
}

enum fp_relation f32_ucomi(uint32_t a, uint32_t b, struct fp_env *env)
{
    return compare(&fp_single, a, b, true, env);
}

enum fp_relation f32_comi(uint32_t a, uint32_t b, struct fp_env *env)
{
    return compare(&fp_single, a, b, false, env);
}

enum fp_relation f64_ucomi(uint64_t a, uint64_t b, struct fp_env *env)
{
    return compare(&fp_double, a, b, true, env);
}

enum fp_relation f64_comi(uint64_t a, uint64_t b, struct fp_env *env)
{
    return compare(&fp_double, a, b, false, env);
}

bool f32_compare(uint32_t a, uint32_t b, unsigned predicate, struct fp_env *env)
{
    return satisfies(compare(&fp_single, a, b, is_quiet(predicate), env), predicate);
}

bool f64_compare(uint64_t a, uint64_t b, unsigned predicate, struct fp_env *env)
{
    return satisfies(compare(&fp_double, a, b, is_quiet(predicate), env), predicate);
}
