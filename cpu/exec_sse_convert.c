/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_sse_convert.c - conversions between integers, singles and doubles.
 * Source: SDM Vol. 2, instruction reference, CVT*.
 */
#include "cpu/sse_fp.h"

/* ---- within XMM registers ---- */

SOFT_32(cvtdq2ps, 4, f32_from_int64((int32_t)b, env))
SOFT_32(cvtps2dq, 4, (uint32_t)f32_to_int32(b, env))
SOFT_32(cvttps2dq, 4, (uint32_t)f32_to_int32_truncate(b, env))

/* Two doubles to two singles or integers; the upper half becomes zero. */
#define SOFT_NARROW(name, function)                                                                \
    SOFT(name)                                                                                     \
    {                                                                                              \
        uint32_t low = (uint32_t)function(s->q[0], env);                                           \
                                                                                                   \
        d->q[0] = (uint64_t)(uint32_t)function(s->q[1], env) << 32 | low;                          \
        d->q[1] = 0;                                                                               \
        return fp_reported_flags(env);                                                             \
    }
SOFT_NARROW(cvtpd2dq, f64_to_int32)
SOFT_NARROW(cvttpd2dq, f64_to_int32_truncate)
SOFT_NARROW(cvtpd2ps, f64_to_f32)

SOFT(cvtps2pd)
{
    d->q[0] = f32_to_f64((uint32_t)s->q[0], env);
    d->q[1] = f32_to_f64((uint32_t)(s->q[0] >> 32), env);
    return fp_reported_flags(env);
}

SOFT(cvtss2sd)
{
    d->q[0] = f32_to_f64((uint32_t)s->q[0], env);
    return fp_reported_flags(env);
}

SOFT(cvtsd2ss)
{
    LANE_D(d, 0) = f64_to_f32(s->q[0], env);
    return fp_reported_flags(env);
}

#define OPERATION_PACKED(name)                                                                     \
    OPERATION(name)                                                                                \
    FP_PACKED(name)
OPERATION_PACKED(cvtdq2ps)
OPERATION_PACKED(cvtps2dq)
OPERATION_PACKED(cvttps2dq)
OPERATION_PACKED(cvtpd2dq)
OPERATION_PACKED(cvttpd2dq)
OPERATION_PACKED(cvtpd2ps)
OPERATION(cvtps2pd)
FP_PART(cvtps2pd, 8)
OPERATION(cvtss2sd)
OPERATION(cvtsd2ss)

SSE_BODY(cvtss2sd)
{
    uint64_t s, r;

    if (!xmm_source_part(cpu, insn, form, 4, &s))
        return false;
    if (!likely(quick_32_to_64((uint32_t)s, &r)))
        return sse_compute(cpu, &sse_cvtss2sd, insn->dst, 0, s, 0);
    cpu->vec[insn->dst].q[0] = r;
    return true;
}
SSE_R_RM(cvtss2sd)

SSE_BODY(cvtsd2ss)
{
    uint64_t s;
    uint32_t r;

    if (!xmm_source_part(cpu, insn, form, 8, &s))
        return false;
    if (!likely(quick_64_to_32(s, cpu->mxcsr, &r)))
        return sse_compute(cpu, &sse_cvtsd2ss, insn->dst, 0, s, 0);
    xmm_write_low_32(cpu, insn->dst, r);
    return true;
}
SSE_R_RM(cvtsd2ss)

NOINLINE uint64_t sse_double_of(uint32_t value)
{
    struct fp_env env = { .masks = FP_ALL_EXCEPTIONS };

    return f64_from_int64((int32_t)value, &env);
}

SSE_BODY(cvtdq2pd)
{
    uint64_t s;

    if (!xmm_source_part(cpu, insn, form, 8, &s))
        return false;
    cpu->vec[insn->dst].q[0] = double_of((uint32_t)s);
    cpu->vec[insn->dst].q[1] = double_of((uint32_t)(s >> 32));
    return true;
}
SSE_R_RM(cvtdq2pd)

/* ---- general registers ---- */

SOFT(int_to_ss)
{
    LANE_D(d, 0) = f32_from_int64((int64_t)s->q[0], env);
    return fp_reported_flags(env);
}
SOFT_OPERATION(int_to_ss)

SOFT(int_to_sd)
{
    d->q[0] = f64_from_int64((int64_t)s->q[0], env);
    return fp_reported_flags(env);
}
SOFT_OPERATION(int_to_sd)

SSE_BODY(cvtsi2ss)
{
    int64_t s;
    uint32_t r;

    if (!integer_source(cpu, insn, form, insn->src, &s))
        return false;
    if (!likely(quick_int64_to_32(s, cpu->mxcsr, &r)))
        return sse_compute(cpu, &sse_int_to_ss, insn->dst, 0, (uint64_t)s, 0);
    xmm_write_low_32(cpu, insn->dst, r);
    return true;
}
SSE_R_RM(cvtsi2ss)

SSE_BODY(cvtsi2sd)
{
    int64_t s;
    uint64_t r;

    if (!integer_source(cpu, insn, form, insn->src, &s))
        return false;
    if (!likely(quick_int64_to_64(s, cpu->mxcsr, &r)))
        return sse_compute(cpu, &sse_int_to_sd, insn->dst, 0, (uint64_t)s, 0);
    cpu->vec[insn->dst].q[0] = r;
    return true;
}
SSE_R_RM(cvtsi2sd)

/* CVTSS2SI, CVTSD2SI and with truncation; 32- and 64-bit destinations. */
#define TO_INTEGER(name, w, suffix, truncate)                                                      \
    SOFT(name##_32)                                                                                \
    {                                                                                              \
        d->q[0] = (uint32_t)f##w##_to_int32##suffix((uint##w##_t)s->q[0], env);                    \
        return fp_reported_flags(env);                                                             \
    }                                                                                              \
    SOFT_OPERATION(name##_32)                                                                      \
    SOFT(name##_64)                                                                                \
    {                                                                                              \
        d->q[0] = (uint64_t)f##w##_to_int64##suffix((uint##w##_t)s->q[0], env);                    \
        return fp_reported_flags(env);                                                             \
    }                                                                                              \
    SOFT_OPERATION(name##_64)                                                                      \
    SSE_BODY(name)                                                                                 \
    {                                                                                              \
        return to_integer_##w(cpu, insn, form, truncate, &sse_##name##_32, &sse_##name##_64);      \
    }                                                                                              \
    SSE_R_RM(name)
TO_INTEGER(cvtss2si, 32, , false)
TO_INTEGER(cvttss2si, 32, _truncate, true)
TO_INTEGER(cvtsd2si, 64, , false)
TO_INTEGER(cvttsd2si, 64, _truncate, true)

/* ---- MMX registers: a pending x87 exception comes first ---- */

/* From memory the x87 state is neither asked nor changed. */
ALWAYS_INLINE enum exec from_mmx_check(struct cpu *cpu, struct insn *insn)
{
    return insn->mem ? sse_check(cpu, insn) : sse_mmx_check(cpu, insn);
}

SOFT_32(cvtpi2ps, 2, f32_from_int64((int32_t)b, env))
SOFT_OPERATION(cvtpi2ps)

SSE_BODY(cvtpi2ps)
{
    uint64_t s;

    if (!mmx_source(cpu, insn, form, 8, &s) || !sse_compute(cpu, &sse_cvtpi2ps, insn->dst, 0, s, 0))
        return false;
    if (!insn->mem)
        mmx_enter(cpu);
    return true;
}
VECTOR_ANY_(cvtpi2ps, from_mmx_check, R_N)

SSE_BODY(cvtpi2pd)
{
    uint64_t s;

    if (!mmx_source(cpu, insn, form, 8, &s))
        return false;
    cpu->vec[insn->dst].q[0] = double_of((uint32_t)s);
    cpu->vec[insn->dst].q[1] = double_of((uint32_t)(s >> 32));
    if (form == FORM_R_R)
        mmx_enter(cpu);
    return true;
}
VECTOR_ANY_(cvtpi2pd, from_mmx_check, R_N)

#define TO_MMX(name, function, w, source)                                                          \
    SOFT(name)                                                                                     \
    {                                                                                              \
        uint32_t low = (uint32_t)function(source(0), env);                                         \
                                                                                                   \
        d->q[0] = (uint64_t)(uint32_t)function(source(1), env) << 32 | low;                        \
        return fp_reported_flags(env);                                                             \
    }                                                                                              \
    SOFT_OPERATION(name)                                                                           \
    SSE_BODY(name)                                                                                 \
    {                                                                                              \
        union xmm s = { .q = { 0, 0 } };                                                           \
                                                                                                   \
        if (!((w) == 64 ? xmm_source(cpu, insn, form, 16, &s)                                      \
                        : xmm_source_part(cpu, insn, form, 8, &s.q[0])))                           \
            return false;                                                                          \
        if (!sse_evaluate(cpu, &sse_##name, 0, 0, 0, s.q[0], s.q[1]))                              \
            return false;                                                                          \
        mmx_enter(cpu);                                                                            \
        mmx_write(cpu, insn->dst, cpu->slow_vec[0]);                                               \
        return true;                                                                               \
    }                                                                                              \
    SSE_MMX_R_RM_ANY(name)
#define SINGLE(i) (uint32_t)(s->q[0] >> 32 * (i))
#define DOUBLE(i) s->q[i]
TO_MMX(cvtps2pi, f32_to_int32, 32, SINGLE)
TO_MMX(cvttps2pi, f32_to_int32_truncate, 32, SINGLE)
TO_MMX(cvtpd2pi, f64_to_int32, 64, DOUBLE)
TO_MMX(cvttpd2pi, f64_to_int32_truncate, 64, DOUBLE)
