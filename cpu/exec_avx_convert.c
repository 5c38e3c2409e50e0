/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_avx_convert.c - conversions in VEX encoding; half precision (F16C).
 * Source: SDM Vol. 2, instruction reference, VCVT*.
 */
#include "cpu/avx_fp.h"

/* ---- packed, elements of the same size ---- */

AVX_FP_UNARY(cvtdq2ps)
AVX_FP_UNARY(cvtps2dq)
AVX_FP_UNARY(cvttps2dq)

/* ---- packed, to wider elements: a lane of the result is made of 8 bytes of the source ---- */

/* As many bytes as the result has lanes of 8: one quadword at the start of each lane of *v. */
ALWAYS_INLINE bool half_source(struct cpu *cpu, const struct insn *insn, const enum form form,
                               const unsigned bytes, union ymm *v)
{
    union xmm s;

    *v = (union ymm){ .q = { 0, 0, 0, 0 } };
    if (bytes == 16)
        return ymm_source_part(cpu, insn, form, 8, insn->src, &v->q[0]);
    if (!xmm_source(cpu, insn, form, 1, &s))
        return false;
    v->q[0] = s.q[0];
    v->q[2] = s.q[1];
    return true;
}

#define WIDENING(name)                                                                             \
    AVX_BODY(v##name)                                                                              \
    {                                                                                              \
        union ymm s;                                                                               \
                                                                                                   \
        return half_source(cpu, insn, form, bytes, &s) &&                                          \
               avx_compute(cpu, insn, &sse_##name, bytes, &s);                                     \
    }                                                                                              \
    AVX_R_RM(v##name)
WIDENING(cvtps2pd)

AVX_BODY(vcvtdq2pd)
{
    union ymm s;

    if (!half_source(cpu, insn, form, bytes, &s))
        return false;
    for (unsigned i = 0; i < bytes / 16; i++) {
        s.q[2 * i + 1] = double_of((uint32_t)(s.q[2 * i] >> 32));
        s.q[2 * i] = double_of((uint32_t)s.q[2 * i]);
    }
    ymm_write(cpu, insn->dst, bytes, &s);
    return true;
}
AVX_R_RM(vcvtdq2pd)

/* ---- packed, to narrower elements: the lower halves of the result's lanes stand together ---- */

ALWAYS_INLINE union ymm narrowed(const struct cpu *cpu, const unsigned bytes)
{
    return (union ymm){ .q = { cpu->slow_vec[0], bytes == 32 ? cpu->slow_vec[2] : 0, 0, 0 } };
}

#define NARROWING(name)                                                                            \
    AVX_BODY(v##name)                                                                              \
    {                                                                                              \
        union ymm v;                                                                               \
                                                                                                   \
        if (!ymm_source(cpu, insn, form, bytes, insn->src, &v))                                    \
            return false;                                                                          \
        slow_vec_set(cpu, bytes, &v);                                                              \
        if (!avx_evaluate(cpu, &sse_##name, 0, insn->src, bytes))                                  \
            return false;                                                                          \
        v = narrowed(cpu, bytes);                                                                  \
        ymm_write(cpu, insn->dst, 16, &v);                                                         \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM(v##name)
NARROWING(cvtpd2dq)
NARROWING(cvttpd2dq)
NARROWING(cvtpd2ps)

/* ---- scalars ---- */

SSE_BODY(vcvtss2sd)
{
    uint64_t s, r;

    if (!ymm_source_part(cpu, insn, form, 4, insn->third, &s))
        return false;
    if (!likely(quick_32_to_64((uint32_t)s, &r)))
        return avx_compute_scalar(cpu, insn, &sse_cvtss2sd, s);
    avx_merge_64(cpu, insn->dst, insn->src, r);
    return true;
}
AVX_SCALAR(vcvtss2sd)

SSE_BODY(vcvtsd2ss)
{
    uint64_t s;
    uint32_t r;

    if (!ymm_source_part(cpu, insn, form, 8, insn->third, &s))
        return false;
    if (!likely(quick_64_to_32(s, cpu->mxcsr, &r)))
        return avx_compute_scalar(cpu, insn, &sse_cvtsd2ss, s);
    avx_merge_32(cpu, insn->dst, insn->src, r);
    return true;
}
AVX_SCALAR(vcvtsd2ss)

SSE_BODY(vcvtsi2ss)
{
    int64_t s;
    uint32_t r;

    if (!integer_source(cpu, insn, form, insn->third, &s))
        return false;
    if (!likely(quick_int64_to_32(s, cpu->mxcsr, &r)))
        return avx_compute_scalar(cpu, insn, &sse_int_to_ss, (uint64_t)s);
    avx_merge_32(cpu, insn->dst, insn->src, r);
    return true;
}
AVX_SCALAR(vcvtsi2ss)

SSE_BODY(vcvtsi2sd)
{
    int64_t s;
    uint64_t r;

    if (!integer_source(cpu, insn, form, insn->third, &s))
        return false;
    if (!likely(quick_int64_to_64(s, cpu->mxcsr, &r)))
        return avx_compute_scalar(cpu, insn, &sse_int_to_sd, (uint64_t)s);
    avx_merge_64(cpu, insn->dst, insn->src, r);
    return true;
}
AVX_SCALAR(vcvtsi2sd)

#define TO_INTEGER(name, w, truncate)                                                              \
    SSE_BODY(v##name)                                                                              \
    {                                                                                              \
        return to_integer_##w(cpu, insn, form, truncate, &sse_##name##_32, &sse_##name##_64);      \
    }                                                                                              \
    AVX_SCALAR(v##name)
TO_INTEGER(cvtss2si, 32, false)
TO_INTEGER(cvttss2si, 32, true)
TO_INTEGER(cvtsd2si, 64, false)
TO_INTEGER(cvttsd2si, 64, true)

/* ---- half precision ---- */

SOFT(cvtph2ps)
{
    for (unsigned i = 0; i < 4; i++)
        LANE_D(d, i) = f16_to_f32((uint16_t)(s->q[0] >> 16 * i), env);
    return fp_reported_flags(env);
}
static const struct sse_operation sse_cvtph2ps = { NULL, soft_cvtph2ps };
WIDENING(cvtph2ps)

/* Bit 2 of the immediate: round as MXCSR says, not as bits 1-0 say. */
SOFT(cvtps2ph)
{
    uint64_t r = 0;

    if (!(imm & 4))
        env->rounding = imm & 3;
    for (unsigned i = 0; i < 4; i++)
        r |= (uint64_t)f32_to_f16(LANE_D(s, i), env) << 16 * i;
    d->q[0] = r;
    return fp_reported_flags(env);
}
static const struct sse_operation sse_cvtps2ph = { NULL, soft_cvtps2ph };

/* Faults of the memory operand come before those of the conversion: so the host has it. */
AVX_BODY(vcvtps2ph)
{
    const uint32_t mxcsr = cpu->mxcsr;
    union ymm v = ymm_read(cpu, insn->src, bytes);
    bool stored;

    if (form != FORM_R_R &&
        (!cpu_check_alignment(cpu, MEM_SEG(insn), insn_offset(cpu, insn), bytes / 2, bytes / 2,
                              ACCESS_WRITE) ||
         !cpu_probe_write(cpu, MEM_SEG(insn), insn_offset(cpu, insn), bytes / 2)))
        return false;
    slow_vec_set(cpu, bytes, &v);
    if (!avx_evaluate(cpu, &sse_cvtps2ph, (uint8_t)insn->imm, insn->src, bytes))
        return false;
    v = narrowed(cpu, bytes);
    if (form == FORM_R_R) {
        ymm_write(cpu, insn->dst, 16, &v);
        return true;
    }
    stored = bytes == 16 ? memory_write(cpu, insn, form, 8, v.q[0])
                         : xmm_store(cpu, insn, form, 1, &v.lane[0]);
    if (!stored)
        cpu->mxcsr = mxcsr; /* #AC: as if nothing had been computed */
    return stored;
}
AVX_RM_R(vcvtps2ph)
