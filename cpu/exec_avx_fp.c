/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_avx_fp.c - floating-point arithmetic in VEX encoding.
 * Source: SDM Vol. 2, instruction reference; SDM Vol. 1, "SIMD Floating-Point Exceptions".
 */
#include "cpu/avx_fp.h"

NOINLINE bool avx_evaluate(struct cpu *cpu, const struct sse_operation *operation, unsigned imm,
                           unsigned n, unsigned bytes)
{
    const uint32_t mxcsr = cpu->mxcsr;
    union ymm d = ymm_read(cpu, n, bytes), s = slow_vec_get(cpu, bytes);
    uint8_t flags = 0;

    if (likely((mxcsr & MXCSR_MASKS) == MXCSR_MASKS && operation->host)) {
        for (unsigned i = 0; i < bytes / 16; i++)
            flags |= operation->host(&d.lane[i], &s.lane[i], imm, mxcsr);
    } else {
        struct fp_env env = sse_env(mxcsr);

        /* *env gathers the exceptions of all lanes: the last call reports them. */
        for (unsigned i = 0; i < bytes / 16; i++)
            flags = operation->soft(&d.lane[i], &s.lane[i], imm, &env);
    }
    if (!sse_report(cpu, flags))
        return false;
    slow_vec_set(cpu, bytes, &d);
    return true;
}

/* ---- VADD VSUB VMUL VDIV VMIN VMAX: PS, PD, SS, SD ---- */

#define ARITHMETIC_SS(name)                                                                        \
    SSE_BODY(v##name##ss)                                                                          \
    {                                                                                              \
        uint64_t s;                                                                                \
        uint32_t r;                                                                                \
                                                                                                   \
        if (!ymm_source_part(cpu, insn, form, 4, insn->third, &s))                                 \
            return false;                                                                          \
        if (!likely(                                                                               \
                quick_##name##_32(xmm_read_low_32(cpu, insn->src), (uint32_t)s, cpu->mxcsr, &r)))  \
            return avx_compute_scalar(cpu, insn, &sse_##name##ss, s);                              \
        avx_merge_32(cpu, insn->dst, insn->src, r);                                                \
        return true;                                                                               \
    }                                                                                              \
    AVX_SCALAR(v##name##ss)
#define ARITHMETIC_SD(name)                                                                        \
    SSE_BODY(v##name##sd)                                                                          \
    {                                                                                              \
        uint64_t s, r;                                                                             \
                                                                                                   \
        if (!ymm_source_part(cpu, insn, form, 8, insn->third, &s))                                 \
            return false;                                                                          \
        if (!likely(quick_##name##_64(cpu->vec[insn->src].q[0], s, cpu->mxcsr, &r)))               \
            return avx_compute_scalar(cpu, insn, &sse_##name##sd, s);                              \
        avx_merge_64(cpu, insn->dst, insn->src, r);                                                \
        return true;                                                                               \
    }                                                                                              \
    AVX_SCALAR(v##name##sd)
#define ARITHMETIC_PS(name)                                                                        \
    AVX_BODY(v##name##ps)                                                                          \
    {                                                                                              \
        union ymm d, s;                                                                            \
                                                                                                   \
        if (!ymm_source(cpu, insn, form, bytes, insn->third, &s))                                  \
            return false;                                                                          \
        d = ymm_read(cpu, insn->src, bytes);                                                       \
        for (unsigned i = 0; i < bytes / 16; i++) {                                                \
            if (!likely(quick_##name##ps(&d.lane[i], &s.lane[i], cpu->mxcsr)))                     \
                return avx_compute(cpu, insn, &sse_##name##ps, bytes, &s);                         \
        }                                                                                          \
        ymm_write(cpu, insn->dst, bytes, &d);                                                      \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM(v##name##ps)
#define ARITHMETIC_PD(name, first)                                                                 \
    AVX_BODY(v##name##pd)                                                                          \
    {                                                                                              \
        union ymm d, s;                                                                            \
                                                                                                   \
        if (!ymm_source(cpu, insn, form, bytes, first, &s))                                        \
            return false;                                                                          \
        d = ymm_read(cpu, insn->src, bytes);                                                       \
        for (unsigned i = 0; i < bytes / 8; i++) {                                                 \
            if (!likely(quick_##name##_64(d.q[i], s.q[i], cpu->mxcsr, &d.q[i])))                   \
                return avx_compute(cpu, insn, &sse_##name##pd, bytes, &s);                         \
        }                                                                                          \
        ymm_write(cpu, insn->dst, bytes, &d);                                                      \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM(v##name##pd)
#define ARITHMETIC(name)                                                                           \
    ARITHMETIC_PS(name)                                                                            \
    ARITHMETIC_PD(name, insn->third)                                                               \
    ARITHMETIC_SS(name)                                                                            \
    ARITHMETIC_SD(name)
ARITHMETIC(add)
ARITHMETIC(sub)
ARITHMETIC(mul)
ARITHMETIC(div)
ARITHMETIC(min)
ARITHMETIC(max)

/* ---- VSQRT: the packed forms have one source ---- */

AVX_FP_UNARY(sqrtps)
ARITHMETIC_PD(sqrt, insn->src)
ARITHMETIC_SS(sqrt)
ARITHMETIC_SD(sqrt)

/* ---- VADDSUB, VHADD, VHSUB, VROUND ---- */

AVX_FP_BINARY(addsubps)
AVX_FP_BINARY(addsubpd)
AVX_FP_BINARY(haddps)
AVX_FP_BINARY(haddpd)
AVX_FP_BINARY(hsubps)
AVX_FP_BINARY(hsubpd)
AVX_FP_UNARY(roundps)
AVX_FP_UNARY(roundpd)
AVX_FP_SCALAR(roundss, 4)
AVX_FP_SCALAR(roundsd, 8)

/* ---- VDPPS, VDPPD ---- */

/* The steps of both lanes go together: one that raises an exception in either is the last. */
static NOINLINE bool dot_product(struct cpu *cpu, const struct insn *insn, unsigned lanes)
{
    union ymm d = ymm_read(cpu, insn->src, 32), s = slow_vec_get(cpu, 32);
    struct fp_env env = sse_env(cpu->mxcsr);

    if (!sse_report(cpu, sse_dot_product(d.lane, s.lane, lanes, (uint8_t)insn->imm, &env)))
        return false;
    ymm_write(cpu, insn->dst, 16 * lanes, &d);
    return true;
}

AVX_BODY(vdpps)
{
    union ymm s;

    if (!ymm_source(cpu, insn, form, bytes, insn->third, &s))
        return false;
    slow_vec_set(cpu, bytes, &s);
    return dot_product(cpu, insn, bytes / 16);
}
AVX_R_RM(vdpps)

AVX_FP_BINARY(dppd)

/* ---- VRCP, VRSQRT: approximations, no exceptions ---- */

#define APPROXIMATION(name, function)                                                              \
    AVX_BODY(v##name##ps)                                                                          \
    {                                                                                              \
        union ymm v;                                                                               \
                                                                                                   \
        if (!ymm_source(cpu, insn, form, bytes, insn->src, &v))                                    \
            return false;                                                                          \
        for (unsigned i = 0; i < bytes / 4; i++)                                                   \
            LANE_D(&v.lane[i / 4], i % 4) = function(LANE_D(&v.lane[i / 4], i % 4));               \
        ymm_write(cpu, insn->dst, bytes, &v);                                                      \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM(v##name##ps)                                                                          \
    SSE_BODY(v##name##ss)                                                                          \
    {                                                                                              \
        uint64_t s;                                                                                \
                                                                                                   \
        if (!ymm_source_part(cpu, insn, form, 4, insn->third, &s))                                 \
            return false;                                                                          \
        avx_merge_32(cpu, insn->dst, insn->src, function((uint32_t)s));                            \
        return true;                                                                               \
    }                                                                                              \
    AVX_SCALAR(v##name##ss)

APPROXIMATION(rcp, f32_reciprocal)
APPROXIMATION(rsqrt, f32_reciprocal_sqrt)
