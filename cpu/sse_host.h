/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/sse_host.h - SSE arithmetic on an x86-64 host, and what stands for it elsewhere.
 *
 * Three ways to one result:
 *   quick   the compiler's float and double arithmetic. Only taken where no MXCSR flag can change:
 *           round to nearest, operands and result are not denormal, and the result is exact or PE
 *           is masked and already set. False: take another way.
 *   host    the instruction itself under the guest's MXCSR; all exceptions are masked.
 *   soft    softfloat.h, for everything else; the portable twin of the other two.
 * SSE_HOST 0 leaves only the last. A test holds the three against each other, bit for bit.
 * The host's own MXCSR is MXCSR_DEFAULT whenever C code runs, as the ABI has it; nobody looks at
 * its flags. Source: SDM Vol. 1, "SIMD Floating-Point Exceptions".
 */
#ifndef CPU_SSE_HOST_H
#define CPU_SSE_HOST_H

#include "cpu/packed.h"
#include "cpu/softfloat.h"

#ifndef SSE_HOST
#if defined(__x86_64__)
#define SSE_HOST 1
#else
#define SSE_HOST 0
#endif
#endif

enum {
    MXCSR_FLAGS = 0x3f,
    MXCSR_PE = 1 << 5,
    MXCSR_DAZ = 1 << 6,
    MXCSR_MASKS_SHIFT = 7,
    MXCSR_MASKS = 0x3f << MXCSR_MASKS_SHIFT,
    MXCSR_PM = 1 << 12,
    MXCSR_RC_SHIFT = 13,
    MXCSR_RC = 3 << MXCSR_RC_SHIFT,
    MXCSR_FTZ = 1 << 15,
    MXCSR_DEFAULT = 0x1f80,
};

/*
 * An instruction as a function: d is the destination and first operand, s the second; imm is the
 * immediate byte, where there is one. Both return the exceptions to report. `host` is right while
 * all exceptions are masked; NULL: there is none.
 */
struct sse_operation {
    uint8_t (*host)(union xmm *d, const union xmm *s, unsigned imm, uint32_t mxcsr);
    uint8_t (*soft)(union xmm *d, const union xmm *s, unsigned imm, struct fp_env *env);
};

static inline struct fp_env sse_env(uint32_t mxcsr)
{
    return (struct fp_env){ .rounding = mxcsr >> MXCSR_RC_SHIFT & 3,
                            .masks = mxcsr >> MXCSR_MASKS_SHIFT & FP_ALL_EXCEPTIONS,
                            .ftz = (mxcsr & MXCSR_FTZ) != 0,
                            .daz = (mxcsr & MXCSR_DAZ) != 0 };
}

#if SSE_HOST
#include <emmintrin.h>

/* ---- host ---- */

#define HOST_INSN_(text)                                                                           \
    __asm__ volatile("ldmxcsr %[guest]\n\t" text "\n\tstmxcsr %[after]\n\tldmxcsr %[own]"          \
                     : [d] "+x"(x), [after] "=m"(after)                                            \
                     : [s] "x"(y), [guest] "m"(guest), [own] "m"(own))
#define HOST_BODY_(statement)                                                                      \
    const uint32_t guest = (mxcsr | MXCSR_MASKS) & ~(uint32_t)MXCSR_FLAGS, own = MXCSR_DEFAULT;    \
    __m128i x, y;                                                                                  \
    uint32_t after;                                                                                \
                                                                                                   \
    memcpy(&x, d, sizeof x);                                                                       \
    memcpy(&y, s, sizeof y);                                                                       \
    (void)imm;                                                                                     \
    statement;                                                                                     \
    memcpy(d, &x, sizeof x);                                                                       \
    return after & MXCSR_FLAGS
#define HOST(name)                                                                                 \
    static uint8_t host_##name(union xmm *d, const union xmm *s, unsigned imm, uint32_t mxcsr)     \
    {                                                                                              \
        HOST_BODY_(HOST_INSN_(#name " %[s], %[d]"));                                               \
    }

/* clang-format off */
/* The predicate of CMPPS and the like is part of the instruction. */
#define HOST_CASE_(name, n)                                                                        \
    case n:                                                                                        \
        HOST_INSN_(#name " $" #n ", %[s], %[d]");                                                  \
        break;
#define HOST_CMP(name)                                                                             \
    static uint8_t host_##name(union xmm *d, const union xmm *s, unsigned imm, uint32_t mxcsr)     \
    {                                                                                              \
        HOST_BODY_(switch (imm & 7) {                                                              \
            HOST_CASE_(name, 0)                                                                    \
            HOST_CASE_(name, 1)                                                                    \
            HOST_CASE_(name, 2)                                                                    \
            HOST_CASE_(name, 3)                                                                    \
            HOST_CASE_(name, 4)                                                                    \
            HOST_CASE_(name, 5)                                                                    \
            HOST_CASE_(name, 6)                                                                    \
            HOST_CASE_(name, 7)                                                                    \
        });                                                                                        \
    }
/* clang-format on */

#define HOST_OF(name) host_##name

/* ---- quick ---- */

ALWAYS_INLINE float value_32(uint32_t bits_)
{
    float value;

    memcpy(&value, &bits_, sizeof value);
    return value;
}

ALWAYS_INLINE double value_64(uint64_t bits_)
{
    double value;

    memcpy(&value, &bits_, sizeof value);
    return value;
}

ALWAYS_INLINE uint32_t bits_32(float value)
{
    uint32_t r;

    memcpy(&r, &value, sizeof r);
    return r;
}

ALWAYS_INLINE uint64_t bits_64(double value)
{
    uint64_t r;

    memcpy(&r, &value, sizeof r);
    return r;
}

/* Not denormal. Bits 63-1 of the doubled encoding are exponent and fraction. */
ALWAYS_INLINE bool plain_32(uint32_t a)
{
    return (uint32_t)(a << 1) - 1 >= (1u << 24) - 1;
}

ALWAYS_INLINE bool plain_64(uint64_t a)
{
    return (a << 1) - 1 >= BIT(53) - 1;
}

/* Neither denormal nor NaN. */
ALWAYS_INLINE bool ordered_32(uint32_t a)
{
    return plain_32(a) && ((uint32_t)(a << 1) <= 0xffu << 24);
}

ALWAYS_INLINE bool ordered_64(uint64_t a)
{
    return plain_64(a) && a << 1 <= UINT64_C(0x7ff) << 53;
}

/* Finite, and at least twice the smallest normal number: neither overflow nor underflow. */
ALWAYS_INLINE bool safe_32(uint32_t r)
{
    return (uint32_t)(r << 1) - (2u << 24) < 0xfdu << 24;
}

ALWAYS_INLINE bool safe_64(uint64_t r)
{
    return (r << 1) - (UINT64_C(2) << 53) < UINT64_C(0x7fd) << 53;
}

ALWAYS_INLINE bool zero_32(uint32_t a)
{
    return (uint32_t)(a << 1) == 0;
}

ALWAYS_INLINE bool zero_64(uint64_t a)
{
    return a << 1 == 0;
}

/* An inexact result changes nothing. */
ALWAYS_INLINE bool quick_inexact(uint32_t mxcsr)
{
    return (mxcsr & (MXCSR_PM | MXCSR_PE)) == (MXCSR_PM | MXCSR_PE);
}

/* The rounding error of z = x + y is zero (D. Knuth's TwoSum). */
ALWAYS_INLINE bool exact_add_32(float x, float y, float z)
{
    float part = z - x;

    return (x - (z - part)) + (y - part) == 0;
}

ALWAYS_INLINE bool exact_add_64(double x, double y, double z)
{
    double part = z - x;

    return (x - (z - part)) + (y - part) == 0;
}

ALWAYS_INLINE bool exact_mul_32(float x, float y, float z)
{
    return (double)x * y == z; /* 48 bits hold any product */
}

/* The significands' bits fit into 53 together (then z is exact; not the other way round). */
ALWAYS_INLINE bool exact_mul_64(double x, double y, double z UNUSED)
{
    return __builtin_ctzll(bits_64(x) | BIT(52)) + __builtin_ctzll(bits_64(y) | BIT(52)) >= 53;
}

#define QUICK_ARITHMETIC(name, w, type, operation, exact_zero, exact)                              \
    ALWAYS_INLINE bool quick_##name##_##w(uint##w##_t a, uint##w##_t b, uint32_t mxcsr,            \
                                          uint##w##_t *result)                                     \
    {                                                                                              \
        type x = value_##w(a), y = value_##w(b), z = x operation y;                                \
        uint##w##_t r = bits_##w(z);                                                               \
                                                                                                   \
        if (unlikely(!(plain_##w(a) && plain_##w(b)) || (mxcsr & MXCSR_RC)))                       \
            return false;                                                                          \
        if (unlikely(!safe_##w(r)) && !(zero_##w(r) && (exact_zero)))                              \
            return false;                                                                          \
        if (!likely(quick_inexact(mxcsr)) && !(exact))                                             \
            return false;                                                                          \
        *result = r;                                                                               \
        return true;                                                                               \
    }

/* clang-format off */
QUICK_ARITHMETIC(add, 32, float,  +, true, exact_add_32(x, y, z))
QUICK_ARITHMETIC(add, 64, double, +, true, exact_add_64(x, y, z))
QUICK_ARITHMETIC(sub, 32, float,  -, true, exact_add_32(x, -y, z))
QUICK_ARITHMETIC(sub, 64, double, -, true, exact_add_64(x, -y, z))
QUICK_ARITHMETIC(mul, 32, float,  *, zero_32(a) || zero_32(b), exact_mul_32(x, y, z))
QUICK_ARITHMETIC(mul, 64, double, *, zero_64(a) || zero_64(b), exact_mul_64(x, y, z))
QUICK_ARITHMETIC(div, 32, float,  /, zero_32(a), exact_mul_32(z, y, x))
QUICK_ARITHMETIC(div, 64, double, /, zero_64(a), z * y == x && exact_mul_64(z, y, x))
/* clang-format on */

#define QUICK_CHOICE(name, w, relation)                                                            \
    ALWAYS_INLINE bool quick_##name##_##w(uint##w##_t a, uint##w##_t b, uint32_t mxcsr UNUSED,     \
                                          uint##w##_t *result)                                     \
    {                                                                                              \
        *result = value_##w(a) relation value_##w(b) ? a : b;                                      \
        return ordered_##w(a) && ordered_##w(b);                                                   \
    }
QUICK_CHOICE(min, 32, <)
QUICK_CHOICE(min, 64, <)
QUICK_CHOICE(max, 32, >)
QUICK_CHOICE(max, 64, >)

/* `a` is the first operand and not used. */
ALWAYS_INLINE bool quick_sqrt_32(uint32_t a UNUSED, uint32_t b, uint32_t mxcsr, uint32_t *result)
{
    float z = _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(value_32(b))));

    if (unlikely(b >> 31) || !safe_32(b) || (mxcsr & MXCSR_RC))
        return false;
    if (!likely(quick_inexact(mxcsr)) && !exact_mul_32(z, z, value_32(b)))
        return false;
    *result = bits_32(z);
    return true;
}

ALWAYS_INLINE bool quick_sqrt_64(uint64_t a UNUSED, uint64_t b, uint32_t mxcsr, uint64_t *result)
{
    __m128d y = _mm_set_sd(value_64(b));
    double z = _mm_cvtsd_f64(_mm_sqrt_sd(y, y));

    if (unlikely(b >> 63) || !safe_64(b) || (mxcsr & MXCSR_RC))
        return false;
    if (!likely(quick_inexact(mxcsr)) && !(z * z == value_64(b) && exact_mul_64(z, z, 0)))
        return false;
    *result = bits_64(z);
    return true;
}

#define QUICK_COMPARE(w)                                                                           \
    ALWAYS_INLINE bool quick_relation_##w(uint##w##_t a, uint##w##_t b, bool *less, bool *greater) \
    {                                                                                              \
        *less = value_##w(a) < value_##w(b);                                                       \
        *greater = value_##w(a) > value_##w(b);                                                    \
        return ordered_##w(a) && ordered_##w(b);                                                   \
    }                                                                                              \
    ALWAYS_INLINE bool quick_cmp_##w(uint##w##_t a, uint##w##_t b, unsigned imm, uint##w##_t *r)   \
    {                                                                                              \
        unsigned predicate = imm & 3;                                                              \
        bool holds = predicate == 0   ? value_##w(a) == value_##w(b)                               \
                     : predicate == 1 ? value_##w(a) < value_##w(b)                                \
                     : predicate == 2 ? value_##w(a) <= value_##w(b)                               \
                                      : false;                                                     \
                                                                                                   \
        *r = holds != (imm >> 2 & 1) ? ~(uint##w##_t)0 : 0;                                        \
        return ordered_##w(a) && ordered_##w(b);                                                   \
    }
QUICK_COMPARE(32)
QUICK_COMPARE(64)

/* Four singles at once; what scalars do by plain, safe and zero. */
ALWAYS_INLINE __m128i magnitude_4(__m128i a)
{
    return _mm_and_si128(a, _mm_set1_epi32(0x7fffffff));
}

ALWAYS_INLINE __m128i denormal_4(__m128i magnitude)
{
    return _mm_andnot_si128(_mm_cmpeq_epi32(magnitude, _mm_setzero_si128()),
                            _mm_cmplt_epi32(magnitude, _mm_set1_epi32(0x00800000)));
}

#define QUICK_PS(name, operation, exact_zero)                                                      \
    ALWAYS_INLINE bool quick_##name##ps(union xmm *d, const union xmm *s, uint32_t mxcsr)          \
    {                                                                                              \
        __m128i zero = _mm_setzero_si128(), a, b, r, x, y, z, bad;                                 \
                                                                                                   \
        if (!likely(quick_inexact(mxcsr)) || (mxcsr & MXCSR_RC))                                   \
            return false;                                                                          \
        memcpy(&a, d, sizeof a);                                                                   \
        memcpy(&b, s, sizeof b);                                                                   \
        r = _mm_castps_si128(_mm_##operation##_ps(_mm_castsi128_ps(a), _mm_castsi128_ps(b)));      \
        x = magnitude_4(a);                                                                        \
        y = magnitude_4(b);                                                                        \
        z = magnitude_4(r);                                                                        \
        bad = _mm_cmplt_epi32(z, _mm_set1_epi32(0x01000000));                                      \
        bad = _mm_andnot_si128(_mm_and_si128(_mm_cmpeq_epi32(z, zero), exact_zero), bad);          \
        bad = _mm_or_si128(bad, _mm_cmpgt_epi32(z, _mm_set1_epi32(0x7f7fffff)));                   \
        bad = _mm_or_si128(bad, _mm_or_si128(denormal_4(x), denormal_4(y)));                       \
        if (unlikely(_mm_movemask_epi8(bad)))                                                      \
            return false;                                                                          \
        memcpy(d, &r, sizeof r);                                                                   \
        return true;                                                                               \
    }
QUICK_PS(add, add, _mm_set1_epi32(-1))
QUICK_PS(sub, sub, _mm_set1_epi32(-1))
QUICK_PS(mul, mul, _mm_or_si128(_mm_cmpeq_epi32(x, zero), _mm_cmpeq_epi32(y, zero)))
QUICK_PS(div, div, _mm_cmpeq_epi32(x, zero))

/* MINPS, MAXPS: neither NaN nor denormal. */
#define QUICK_PS_CHOICE(name)                                                                      \
    ALWAYS_INLINE bool quick_##name##ps(union xmm *d, const union xmm *s, uint32_t mxcsr UNUSED)   \
    {                                                                                              \
        const __m128i infinity = _mm_set1_epi32(0x7f800000);                                       \
        __m128i a, b, r, x, y, bad;                                                                \
                                                                                                   \
        memcpy(&a, d, sizeof a);                                                                   \
        memcpy(&b, s, sizeof b);                                                                   \
        x = magnitude_4(a);                                                                        \
        y = magnitude_4(b);                                                                        \
        bad = _mm_or_si128(denormal_4(x), denormal_4(y));                                          \
        bad = _mm_or_si128(bad, _mm_cmpgt_epi32(x, infinity));                                     \
        bad = _mm_or_si128(bad, _mm_cmpgt_epi32(y, infinity));                                     \
        if (unlikely(_mm_movemask_epi8(bad)))                                                      \
            return false;                                                                          \
        r = _mm_castps_si128(_mm_##name##_ps(_mm_castsi128_ps(a), _mm_castsi128_ps(b)));           \
        memcpy(d, &r, sizeof r);                                                                   \
        return true;                                                                               \
    }
QUICK_PS_CHOICE(min)
QUICK_PS_CHOICE(max)

/* ---- quick conversions ---- */

ALWAYS_INLINE bool quick_int64_to_64(int64_t a, uint32_t mxcsr, uint64_t *result)
{
    *result = bits_64((double)a);
    return (uint64_t)a + BIT(53) <= BIT(54) || (quick_inexact(mxcsr) && !(mxcsr & MXCSR_RC));
}

ALWAYS_INLINE bool quick_int64_to_32(int64_t a, uint32_t mxcsr, uint32_t *result)
{
    *result = bits_32((float)a);
    return (uint64_t)a + BIT(24) <= BIT(25) || (quick_inexact(mxcsr) && !(mxcsr & MXCSR_RC));
}

/* Doubles and singles to integers; `limit` is 2^31 or 2^63, and the result lies well inside. */
ALWAYS_INLINE bool quick_to_int(double x, bool truncate, double limit, uint32_t mxcsr,
                                int64_t *result)
{
    if (unlikely(!(x > -limit + 1 && x < limit - 1)) || (!truncate && (mxcsr & MXCSR_RC)))
        return false;
    *result = truncate ? _mm_cvttsd_si64(_mm_set_sd(x)) : _mm_cvtsd_si64(_mm_set_sd(x));
    return likely(quick_inexact(mxcsr)) || (double)*result == x;
}

ALWAYS_INLINE bool quick_64_to_int(uint64_t a, bool truncate, double limit, uint32_t mxcsr,
                                   int64_t *result)
{
    return plain_64(a) && quick_to_int(value_64(a), truncate, limit, mxcsr, result);
}

ALWAYS_INLINE bool quick_32_to_int(uint32_t a, bool truncate, double limit, uint32_t mxcsr,
                                   int64_t *result)
{
    return plain_32(a) && quick_to_int((double)value_32(a), truncate, limit, mxcsr, result);
}

ALWAYS_INLINE bool quick_32_to_64(uint32_t a, uint64_t *result)
{
    *result = bits_64((double)value_32(a));
    return ordered_32(a);
}

ALWAYS_INLINE bool quick_64_to_32(uint64_t a, uint32_t mxcsr, uint32_t *result)
{
    float z = (float)value_64(a);

    *result = bits_32(z);
    return !(mxcsr & MXCSR_RC) && (safe_32(*result) || zero_64(a)) &&
           (likely(quick_inexact(mxcsr)) || (double)z == value_64(a));
}

#else /* !SSE_HOST: every quick way is closed */

#define HOST(name)
#define HOST_CMP(name)
#define HOST_OF(name) NULL

#define NO_QUICK_(name, w)                                                                         \
    ALWAYS_INLINE bool quick_##name##_##w(uint##w##_t a UNUSED, uint##w##_t b UNUSED,              \
                                          uint32_t mxcsr UNUSED, uint##w##_t *result)              \
    {                                                                                              \
        *result = 0;                                                                               \
        return false;                                                                              \
    }
#define NO_QUICK(name) NO_QUICK_(name, 32) NO_QUICK_(name, 64)

NO_QUICK(add)
NO_QUICK(sub)
NO_QUICK(mul)
NO_QUICK(div)
NO_QUICK(min)
NO_QUICK(max)
NO_QUICK(sqrt)
NO_QUICK(cmp)

#define NO_QUICK_RELATION(w)                                                                       \
    ALWAYS_INLINE bool quick_relation_##w(uint##w##_t a UNUSED, uint##w##_t b UNUSED, bool *less,  \
                                          bool *greater)                                           \
    {                                                                                              \
        *less = *greater = false;                                                                  \
        return false;                                                                              \
    }

NO_QUICK_RELATION(32)
NO_QUICK_RELATION(64)

#define NO_QUICK_PS(name)                                                                          \
    ALWAYS_INLINE bool quick_##name##ps(union xmm *d UNUSED, const union xmm *s UNUSED,            \
                                        uint32_t mxcsr UNUSED)                                     \
    {                                                                                              \
        return false;                                                                              \
    }

NO_QUICK_PS(add)
NO_QUICK_PS(sub)
NO_QUICK_PS(mul)
NO_QUICK_PS(div)
NO_QUICK_PS(min)
NO_QUICK_PS(max)

#define NO_QUICK_CONVERSION(name, from, to)                                                        \
    ALWAYS_INLINE bool quick_##name(from a UNUSED, uint32_t mxcsr UNUSED, to *result)              \
    {                                                                                              \
        *result = 0;                                                                               \
        return false;                                                                              \
    }

NO_QUICK_CONVERSION(int64_to_64, int64_t, uint64_t)
NO_QUICK_CONVERSION(int64_to_32, int64_t, uint32_t)
NO_QUICK_CONVERSION(64_to_32, uint64_t, uint32_t)

ALWAYS_INLINE bool quick_32_to_64(uint32_t a UNUSED, uint64_t *result)
{
    *result = 0;
    return false;
}

#define NO_QUICK_TO_INT(w)                                                                         \
    ALWAYS_INLINE bool quick_##w##_to_int(uint##w##_t a UNUSED, bool truncate UNUSED,              \
                                          double limit UNUSED, uint32_t mxcsr UNUSED,              \
                                          int64_t *result)                                         \
    {                                                                                              \
        *result = 0;                                                                               \
        return false;                                                                              \
    }

NO_QUICK_TO_INT(32)
NO_QUICK_TO_INT(64)

#endif

/* Those that have a `host`: sse_addps and so on, defined with the handlers. */
/* clang-format off */
#define SSE_HOST_OPERATIONS(X)                                                                     \
    X(addps) X(addpd) X(addss) X(addsd) X(subps) X(subpd) X(subss) X(subsd)                        \
    X(mulps) X(mulpd) X(mulss) X(mulsd) X(divps) X(divpd) X(divss) X(divsd)                        \
    X(minps) X(minpd) X(minss) X(minsd) X(maxps) X(maxpd) X(maxss) X(maxsd)                        \
    X(sqrtps) X(sqrtpd) X(sqrtss) X(sqrtsd) X(cmpps) X(cmppd) X(cmpss) X(cmpsd)                    \
    X(cvtdq2ps) X(cvtps2dq) X(cvttps2dq) X(cvtpd2dq) X(cvttpd2dq) X(cvtps2pd) X(cvtpd2ps)          \
    X(cvtss2sd) X(cvtsd2ss)
/* clang-format on */
#define DECLARE_(name) extern const struct sse_operation sse_##name;
SSE_HOST_OPERATIONS(DECLARE_)
#undef DECLARE_

#endif
