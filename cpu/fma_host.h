/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/fma_host.h - fused multiply-add on a host that has FMA: the quick and the host way of
 * sse_host.h. Whether it has is asked at run time; the build assumes no more than x86-64 does.
 */
#ifndef CPU_FMA_HOST_H
#define CPU_FMA_HOST_H

#include "cpu/sse_host.h"

/* Adds a * b to c, or what `name` says; both return the exceptions to report. */
struct fma_operation {
    uint8_t (*host)(union xmm *c, const union xmm *a, const union xmm *b, uint32_t mxcsr);
    uint8_t (*soft)(union xmm *c, const union xmm *a, const union xmm *b, struct fp_env *env);
};

#if SSE_HOST

ALWAYS_INLINE bool host_has_fma(void)
{
    return __builtin_cpu_supports("fma");
}

#define FMA_HOST(name)                                                                             \
    static uint8_t host_##name(union xmm *c, const union xmm *a, const union xmm *b,               \
                               uint32_t mxcsr)                                                     \
    {                                                                                              \
        const uint32_t guest = (mxcsr | MXCSR_MASKS) & ~(uint32_t)MXCSR_FLAGS;                     \
        const uint32_t own = MXCSR_DEFAULT;                                                        \
        __m128i x, y, z;                                                                           \
        uint32_t after;                                                                            \
                                                                                                   \
        memcpy(&x, a, sizeof x);                                                                   \
        memcpy(&y, b, sizeof y);                                                                   \
        memcpy(&z, c, sizeof z);                                                                   \
        __asm__ volatile("ldmxcsr %[guest]\n\t" #name " %[b], %[a], %[c]\n\tstmxcsr %[after]\n\t"  \
                         "ldmxcsr %[own]"                                                          \
                         : [c] "+x"(z), [after] "=m"(after)                                        \
                         : [a] "x"(x), [b] "x"(y), [guest] "m"(guest), [own] "m"(own));            \
        memcpy(c, &z, sizeof z);                                                                   \
        return after & MXCSR_FLAGS;                                                                \
    }
#define FMA_HOST_OF(name) host_##name

/* c := +-(a * b) +- c for a constant `negate`, to nearest, exceptions masked: vfmadd231 and kin. */
#define FMA_INSN_(suffix, a, b, c, negate)                                                         \
    do {                                                                                           \
        switch (negate) {                                                                          \
        case 0:                                                                                    \
            __asm__("vfmadd231" suffix " %2, %1, %0" : "+x"(c) : "x"(a), "x"(b));                  \
            break;                                                                                 \
        case FMA_NEGATE_ADDEND:                                                                    \
            __asm__("vfmsub231" suffix " %2, %1, %0" : "+x"(c) : "x"(a), "x"(b));                  \
            break;                                                                                 \
        case FMA_NEGATE_PRODUCT:                                                                   \
            __asm__("vfnmadd231" suffix " %2, %1, %0" : "+x"(c) : "x"(a), "x"(b));                 \
            break;                                                                                 \
        default:                                                                                   \
            __asm__("vfnmsub231" suffix " %2, %1, %0" : "+x"(c) : "x"(a), "x"(b));                 \
            break;                                                                                 \
        }                                                                                          \
    } while (0)

/*
 * The result is taken if no flag can change: it is in the safe range (a zero may be an underflow),
 * no operand is denormal, and PE is masked and set already.
 */
#define QUICK_FMA(w, type, suffix)                                                                 \
    ALWAYS_INLINE bool quick_fma_##w(uint##w##_t a, uint##w##_t b, uint##w##_t c,                  \
                                     const unsigned negate, uint32_t mxcsr, uint##w##_t *result)   \
    {                                                                                              \
        type x = value_##w(a), y = value_##w(b), z = value_##w(c);                                 \
                                                                                                   \
        if (unlikely(!host_has_fma()) || unlikely(!quick_inexact(mxcsr)) || (mxcsr & MXCSR_RC))    \
            return false;                                                                          \
        FMA_INSN_(suffix, x, y, z, negate);                                                        \
        *result = bits_##w(z);                                                                     \
        return safe_##w(*result) && plain_##w(a) && plain_##w(b) && plain_##w(c);                  \
    }
QUICK_FMA(32, float, "ss")
QUICK_FMA(64, double, "sd")

/* Four singles: *c is changed if this returns true. */
ALWAYS_INLINE bool quick_fma_ps(const union xmm *a, const union xmm *b, union xmm *c,
                                const unsigned negate, uint32_t mxcsr)
{
    __m128i x, y, z, r, bad;

    if (unlikely(!host_has_fma()) || unlikely(!quick_inexact(mxcsr)) || (mxcsr & MXCSR_RC))
        return false;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    memcpy(&z, c, sizeof z);
    r = z;
    FMA_INSN_("ps", x, y, r, negate);
    bad = _mm_cmplt_epi32(magnitude_4(r), _mm_set1_epi32(0x01000000));
    bad = _mm_or_si128(bad, _mm_cmpgt_epi32(magnitude_4(r), _mm_set1_epi32(0x7f7fffff)));
    bad = _mm_or_si128(bad, denormal_4(magnitude_4(x)));
    bad = _mm_or_si128(bad, denormal_4(magnitude_4(y)));
    bad = _mm_or_si128(bad, denormal_4(magnitude_4(z)));
    if (unlikely(_mm_movemask_epi8(bad)))
        return false;
    memcpy(c, &r, sizeof r);
    return true;
}

#else

ALWAYS_INLINE bool host_has_fma(void)
{
    return false;
}

#define FMA_HOST(name)
#define FMA_HOST_OF(name) NULL

#define NO_QUICK_FMA(w)                                                                            \
    ALWAYS_INLINE bool quick_fma_##w(uint##w##_t a UNUSED, uint##w##_t b UNUSED,                   \
                                     uint##w##_t c UNUSED, const unsigned negate UNUSED,           \
                                     uint32_t mxcsr UNUSED, uint##w##_t *result)                   \
    {                                                                                              \
        *result = 0;                                                                               \
        return false;                                                                              \
    }
NO_QUICK_FMA(32)
NO_QUICK_FMA(64)

ALWAYS_INLINE bool quick_fma_ps(const union xmm *a UNUSED, const union xmm *b UNUSED,
                                union xmm *c UNUSED, const unsigned negate UNUSED,
                                uint32_t mxcsr UNUSED)
{
    return false;
}

#endif

/* One for each instruction, defined with the handlers; the three orders of operands share it. */
/* clang-format off */
#define FMA_OPERATIONS(X)                                                                          \
    X(vfmadd231ps) X(vfmadd231pd) X(vfmadd231ss) X(vfmadd231sd)                                    \
    X(vfmsub231ps) X(vfmsub231pd) X(vfmsub231ss) X(vfmsub231sd)                                    \
    X(vfnmadd231ps) X(vfnmadd231pd) X(vfnmadd231ss) X(vfnmadd231sd)                                \
    X(vfnmsub231ps) X(vfnmsub231pd) X(vfnmsub231ss) X(vfnmsub231sd)                                \
    X(vfmaddsub231ps) X(vfmaddsub231pd) X(vfmsubadd231ps) X(vfmsubadd231pd)
/* clang-format on */
#define DECLARE_(name) extern const struct fma_operation fma_##name;
FMA_OPERATIONS(DECLARE_)
#undef DECLARE_

#endif
