/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_sse_fp.c - SSE floating-point arithmetic and comparison.
 * Source: SDM Vol. 2, instruction reference; SDM Vol. 1, "SIMD Floating-Point Exceptions".
 */
#include "cpu/sse_fp.h"

COLD bool sse_raise(struct cpu *cpu, uint8_t flags)
{
    enum vector vector = cpu->cr4 & CR4_OSXMMEXCPT ? VEC_XM : VEC_UD;

    return RAISE(cpu, vector, 0, SIMD_ERROR, { EV_VALUE, flags }, { EV_ALLOWED, cpu->mxcsr });
}

NOINLINE bool sse_evaluate(struct cpu *cpu, const struct sse_operation *operation, unsigned imm,
                           uint64_t d0, uint64_t d1, uint64_t s0, uint64_t s1)
{
    const uint32_t mxcsr = cpu->mxcsr;
    union xmm d = { .q = { d0, d1 } }, s = { .q = { s0, s1 } };
    uint8_t flags;

    if (likely((mxcsr & MXCSR_MASKS) == MXCSR_MASKS && operation->host)) {
        flags = operation->host(&d, &s, imm, mxcsr);
    } else {
        struct fp_env env = sse_env(mxcsr);

        flags = operation->soft(&d, &s, imm, &env);
    }
    if (!sse_report(cpu, flags))
        return false;
    cpu->slow_vec[0] = d.q[0];
    cpu->slow_vec[1] = d.q[1];
    return true;
}

NOINLINE bool sse_compute(struct cpu *cpu, const struct sse_operation *operation, unsigned n,
                          unsigned imm, uint64_t s0, uint64_t s1)
{
    if (!sse_evaluate(cpu, operation, imm, cpu->vec[n].q[0], cpu->vec[n].q[1], s0, s1))
        return false;
    cpu->vec[n].q[0] = cpu->slow_vec[0];
    cpu->vec[n].q[1] = cpu->slow_vec[1];
    return true;
}

/* ---- ADD SUB MUL DIV MIN MAX SQRT: PS, PD, SS, SD ---- */

#define SCALAR_32(name, operation)                                                                 \
    ALWAYS_INLINE bool name##_quick(struct cpu *cpu, const struct insn *insn,                      \
                                    const enum form form)                                          \
    {                                                                                              \
        uint64_t s;                                                                                \
        uint32_t r;                                                                                \
                                                                                                   \
        if (!quick_source_part(cpu, insn, form, 4, insn->src, &s) ||                               \
            !quick_##operation##_32(xmm_read_low_32(cpu, insn->dst), (uint32_t)s, cpu->mxcsr, &r)) \
            return false;                                                                          \
        xmm_write_low_32(cpu, insn->dst, r);                                                       \
        return true;                                                                               \
    }                                                                                              \
    SSE_BODY(name)                                                                                 \
    {                                                                                              \
        uint64_t s;                                                                                \
        uint32_t r;                                                                                \
                                                                                                   \
        if (!xmm_source_part(cpu, insn, form, 4, &s))                                              \
            return false;                                                                          \
        if (!likely(quick_##operation##_32(xmm_read_low_32(cpu, insn->dst), (uint32_t)s,           \
                                           cpu->mxcsr, &r)))                                       \
            return sse_compute(cpu, &sse_##name, insn->dst, 0, s, 0);                              \
        xmm_write_low_32(cpu, insn->dst, r);                                                       \
        return true;                                                                               \
    }                                                                                              \
    SSE_QUICK_R_RM(name)
#define SCALAR_64(name, operation)                                                                 \
    ALWAYS_INLINE bool name##_quick(struct cpu *cpu, const struct insn *insn,                      \
                                    const enum form form)                                          \
    {                                                                                              \
        uint64_t s, r;                                                                             \
                                                                                                   \
        if (!quick_source_part(cpu, insn, form, 8, insn->src, &s) ||                               \
            !quick_##operation##_64(cpu->vec[insn->dst].q[0], s, cpu->mxcsr, &r))                  \
            return false;                                                                          \
        cpu->vec[insn->dst].q[0] = r;                                                              \
        return true;                                                                               \
    }                                                                                              \
    SSE_BODY(name)                                                                                 \
    {                                                                                              \
        uint64_t s, r;                                                                             \
                                                                                                   \
        if (!xmm_source_part(cpu, insn, form, 8, &s))                                              \
            return false;                                                                          \
        if (!likely(quick_##operation##_64(cpu->vec[insn->dst].q[0], s, cpu->mxcsr, &r)))          \
            return sse_compute(cpu, &sse_##name, insn->dst, 0, s, 0);                              \
        cpu->vec[insn->dst].q[0] = r;                                                              \
        return true;                                                                               \
    }                                                                                              \
    SSE_QUICK_R_RM(name)
#define PACKED_64(name, operation)                                                                 \
    SSE_BODY(name)                                                                                 \
    {                                                                                              \
        uint64_t r0, r1;                                                                           \
        union xmm s;                                                                               \
                                                                                                   \
        if (!xmm_source(cpu, insn, form, 16, &s))                                                  \
            return false;                                                                          \
        if (!likely(quick_##operation##_64(cpu->vec[insn->dst].q[0], s.q[0], cpu->mxcsr, &r0)) ||  \
            !likely(quick_##operation##_64(cpu->vec[insn->dst].q[1], s.q[1], cpu->mxcsr, &r1)))    \
            return sse_compute(cpu, &sse_##name, insn->dst, 0, s.q[0], s.q[1]);                    \
        cpu->vec[insn->dst].q[0] = r0;                                                             \
        cpu->vec[insn->dst].q[1] = r1;                                                             \
        return true;                                                                               \
    }                                                                                              \
    SSE_R_RM(name)
#define PACKED_32(name)                                                                            \
    SSE_BODY(name)                                                                                 \
    {                                                                                              \
        union xmm d, s;                                                                            \
                                                                                                   \
        if (!xmm_source(cpu, insn, form, 16, &s))                                                  \
            return false;                                                                          \
        d = xmm_read(cpu, insn->dst);                                                              \
        if (!likely(quick_##name(&d, &s, cpu->mxcsr)))                                             \
            return sse_compute(cpu, &sse_##name, insn->dst, 0, s.q[0], s.q[1]);                    \
        xmm_write(cpu, insn->dst, &d);                                                             \
        return true;                                                                               \
    }                                                                                              \
    SSE_R_RM(name)

#define OPERATIONS_4(name, call_32, call_64)                                                       \
    SOFT_32(name##ps, 4, call_32)                                                                  \
    SOFT_64(name##pd, 2, call_64)                                                                  \
    SOFT_32(name##ss, 1, call_32)                                                                  \
    SOFT_64(name##sd, 1, call_64)
#define ARITHMETIC(name)                                                                           \
    OPERATIONS_4(name, f32_##name(a, b, env), f64_##name(a, b, env))                               \
    OPERATION(name##ps)                                                                            \
    OPERATION(name##pd)                                                                            \
    OPERATION(name##ss)                                                                            \
    OPERATION(name##sd)                                                                            \
    PACKED_32(name##ps)                                                                            \
    PACKED_64(name##pd, name)                                                                      \
    SCALAR_32(name##ss, name)                                                                      \
    SCALAR_64(name##sd, name)
ARITHMETIC(add)
ARITHMETIC(sub)
ARITHMETIC(mul)
ARITHMETIC(div)
ARITHMETIC(min)
ARITHMETIC(max)

OPERATIONS_4(sqrt, f32_sqrt(b, env), f64_sqrt(b, env))
OPERATION(sqrtps)
OPERATION(sqrtpd)
OPERATION(sqrtss)
OPERATION(sqrtsd)
FP_PACKED(sqrtps)
PACKED_64(sqrtpd, sqrt)
SCALAR_32(sqrtss, sqrt)
SCALAR_64(sqrtsd, sqrt)

/* ---- CMPPS CMPPD CMPSS CMPSD: lanes of ones or zeros ---- */

OPERATIONS_4(cmp, f32_compare(a, b, imm & 7, env) ? UINT32_MAX : 0,
             f64_compare(a, b, imm & 7, env) ? UINT64_MAX : 0)
#define CMP_OPERATION(name)                                                                        \
    HOST_CMP(name)                                                                                 \
    const struct sse_operation sse_##name = { HOST_OF(name), soft_##name };
CMP_OPERATION(cmpps)
CMP_OPERATION(cmppd)
CMP_OPERATION(cmpss)
CMP_OPERATION(cmpsd)
FP_PACKED(cmpps)
FP_PACKED(cmppd)

SSE_BODY(cmpss)
{
    uint64_t s;
    uint32_t r;

    if (!xmm_source_part(cpu, insn, form, 4, &s))
        return false;
    if (!likely(
            quick_cmp_32(xmm_read_low_32(cpu, insn->dst), (uint32_t)s, (unsigned)insn->imm, &r)))
        return sse_compute(cpu, &sse_cmpss, insn->dst, (uint8_t)insn->imm, s, 0);
    xmm_write_low_32(cpu, insn->dst, r);
    return true;
}
SSE_R_RM(cmpss)

SSE_BODY(cmpsd)
{
    uint64_t s, r;

    if (!xmm_source_part(cpu, insn, form, 8, &s))
        return false;
    if (!likely(quick_cmp_64(cpu->vec[insn->dst].q[0], s, (unsigned)insn->imm, &r)))
        return sse_compute(cpu, &sse_cmpsd, insn->dst, (uint8_t)insn->imm, s, 0);
    cpu->vec[insn->dst].q[0] = r;
    return true;
}
SSE_R_RM(cmpsd)

/* ---- COMISS COMISD UCOMISS UCOMISD: ZF PF CF by the relation; OF SF AF clear ---- */

NOINLINE void sse_flags_by_relation(struct cpu *cpu, enum fp_relation relation)
{
    bool unordered = relation == FP_UNORDERED;

    cpu->flags_zero = !(relation == FP_EQUAL || unordered);
    cpu->flags_sign = !unordered; /* PF: 0 has even parity */
    flags_set_carry(cpu, relation == FP_LESS || unordered, false, false);
}

#define COMPARE(name, w, call)                                                                     \
    SOFT(name)                                                                                     \
    {                                                                                              \
        uint##w##_t a = (uint##w##_t)d->q[0], b = (uint##w##_t)s->q[0];                            \
                                                                                                   \
        d->q[0] = call;                                                                            \
        return fp_reported_flags(env);                                                             \
    }                                                                                              \
    SOFT_OPERATION(name)                                                                           \
    SSE_BODY(name)                                                                                 \
    {                                                                                              \
        return compare_##w(cpu, insn, form, &sse_##name);                                          \
    }                                                                                              \
    SSE_R_RM(name)
COMPARE(comiss, 32, f32_comi(a, b, env))
COMPARE(comisd, 64, f64_comi(a, b, env))
COMPARE(ucomiss, 32, f32_ucomi(a, b, env))
COMPARE(ucomisd, 64, f64_ucomi(a, b, env))

/* ---- SSE3: ADDSUB, HADD, HSUB ---- */

SOFT_32(addsubps, 4, i & 1 ? f32_add(a, b, env) : f32_sub(a, b, env))
SOFT_64(addsubpd, 2, i & 1 ? f64_add(a, b, env) : f64_sub(a, b, env))

#define HORIZONTAL_FP(name)                                                                        \
    SOFT(h##name##ps)                                                                              \
    {                                                                                              \
        union xmm r;                                                                               \
                                                                                                   \
        for (unsigned i = 0; i < 4; i++) {                                                         \
            const union xmm *from = i < 2 ? d : s;                                                 \
                                                                                                   \
            LANE_D(&r, i) =                                                                        \
                f32_##name(LANE_D(from, 2 * (i & 1)), LANE_D(from, 2 * (i & 1) + 1), env);         \
        }                                                                                          \
        *d = r;                                                                                    \
        return fp_reported_flags(env);                                                             \
    }                                                                                              \
    SOFT(h##name##pd)                                                                              \
    {                                                                                              \
        d->q[0] = f64_##name(d->q[0], d->q[1], env);                                               \
        d->q[1] = f64_##name(s->q[0], s->q[1], env);                                               \
        return fp_reported_flags(env);                                                             \
    }
HORIZONTAL_FP(add)
HORIZONTAL_FP(sub)

/* ---- SSE4.1: ROUND, dot products ---- */

OPERATIONS_4(round, f32_round_to_integral(b, imm, env), f64_round_to_integral(b, imm, env))

/*
 * DPPS, DPPD: imm[7:4] choose the products, imm[3:0] the lanes that get their sum. Each step
 * reports its exceptions and, if one is unmasked, is the last. True: it was not.
 */
static bool next_step(struct fp_env *env, uint8_t *flags)
{
    bool more = !fp_has_unmasked(env);

    *flags |= fp_reported_flags(env);
    env->flags = 0;
    return more;
}

uint8_t sse_dot_product(union xmm *d, const union xmm *s, unsigned lanes, unsigned imm,
                        struct fp_env *env)
{
    uint32_t product[2][4], half[2][2];
    uint8_t flags = 0;

    for (unsigned i = 0; i < 4 * lanes; i++)
        product[i / 4][i % 4] = imm >> (4 + i % 4) & 1 ? f32_mul(LANE_D(&d[i / 4], i % 4),
                                                                 LANE_D(&s[i / 4], i % 4), env)
                                                       : 0;
    if (!next_step(env, &flags))
        return flags;
    for (unsigned i = 0; i < 2 * lanes; i++)
        half[i / 2][i % 2] =
            f32_add(product[i / 2][2 * (i % 2)], product[i / 2][2 * (i % 2) + 1], env);
    if (!next_step(env, &flags))
        return flags;
    for (unsigned i = 0; i < lanes; i++) {
        uint32_t sum = f32_add(half[i][0], half[i][1], env);

        for (unsigned j = 0; j < 4; j++)
            LANE_D(&d[i], j) = imm >> j & 1 ? sum : 0;
    }
    return flags | fp_reported_flags(env);
}

SOFT(dpps)
{
    return sse_dot_product(d, s, 1, imm, env);
}

SOFT(dppd)
{
    uint64_t product[2], sum;
    uint8_t flags = 0;

    for (unsigned i = 0; i < 2; i++)
        product[i] = imm >> (4 + i) & 1 ? f64_mul(d->q[i], s->q[i], env) : 0;
    if (!next_step(env, &flags))
        return flags;
    sum = f64_add(product[0], product[1], env);
    for (unsigned i = 0; i < 2; i++)
        d->q[i] = imm >> i & 1 ? sum : 0;
    return flags | fp_reported_flags(env);
}

#define SOFT_PACKED(name)                                                                          \
    SOFT_OPERATION(name)                                                                           \
    FP_PACKED(name)
SOFT_PACKED(addsubps)
SOFT_PACKED(addsubpd)
SOFT_PACKED(haddps)
SOFT_PACKED(haddpd)
SOFT_PACKED(hsubps)
SOFT_PACKED(hsubpd)
SOFT_PACKED(roundps)
SOFT_PACKED(roundpd)
SOFT_OPERATION(roundss)
FP_PART(roundss, 4)
SOFT_OPERATION(roundsd)
FP_PART(roundsd, 8)
SOFT_PACKED(dpps)
SOFT_PACKED(dppd)

/* ---- RCPPS RCPSS RSQRTPS RSQRTSS: approximations, no exceptions ---- */

#define APPROXIMATION(name, function)                                                              \
    SSE_BODY(name##ps)                                                                             \
    {                                                                                              \
        union xmm s, r;                                                                            \
                                                                                                   \
        if (!xmm_source(cpu, insn, form, 16, &s))                                                  \
            return false;                                                                          \
        for (unsigned i = 0; i < 4; i++)                                                           \
            LANE_D(&r, i) = function(LANE_D(&s, i));                                               \
        xmm_write(cpu, insn->dst, &r);                                                             \
        return true;                                                                               \
    }                                                                                              \
    SSE_R_RM(name##ps)                                                                             \
    SSE_BODY(name##ss)                                                                             \
    {                                                                                              \
        uint64_t s;                                                                                \
                                                                                                   \
        if (!xmm_source_part(cpu, insn, form, 4, &s))                                              \
            return false;                                                                          \
        xmm_write_low_32(cpu, insn->dst, function((uint32_t)s));                                   \
        return true;                                                                               \
    }                                                                                              \
    SSE_R_RM(name##ss)

APPROXIMATION(rcp, f32_reciprocal)
APPROXIMATION(rsqrt, f32_reciprocal_sqrt)
