/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_avx_compare.c - VCMP with its 32 predicates; VCOMIS and VUCOMIS.
 * Source: SDM Vol. 2A, "CMPPD", table "Comparison Predicate for CMPPD and CMPPS Instructions".
 */
#include "cpu/avx_fp.h"

/*
 * Predicates 8-31 differ from 0-7 in what unordered operands give and whether quiet NaNs raise IE:
 * of ordered operands only bits 2-0 speak. The operations that legacy SSE does not have have no
 * host way.
 */
#define PREDICATE(imm) ((imm)&31)
#define IS_LEGACY(imm) (PREDICATE(imm) < 8)

SOFT_32(vcmpps, 4, f32_compare(a, b, PREDICATE(imm), env) ? UINT32_MAX : 0)
SOFT_64(vcmppd, 2, f64_compare(a, b, PREDICATE(imm), env) ? UINT64_MAX : 0)
SOFT_32(vcmpss, 1, f32_compare(a, b, PREDICATE(imm), env) ? UINT32_MAX : 0)
SOFT_64(vcmpsd, 1, f64_compare(a, b, PREDICATE(imm), env) ? UINT64_MAX : 0)
static const struct sse_operation sse_vcmpps = { NULL, soft_vcmpps };
static const struct sse_operation sse_vcmppd = { NULL, soft_vcmppd };
static const struct sse_operation sse_vcmpss = { NULL, soft_vcmpss };
static const struct sse_operation sse_vcmpsd = { NULL, soft_vcmpsd };
#define CHOOSE(name) (IS_LEGACY(insn->imm) ? &sse_##name : &sse_v##name)

AVX_BODY(vcmpps)
{
    union ymm d, s;

    if (!ymm_source(cpu, insn, form, bytes, insn->third, &s))
        return false;
    d = ymm_read(cpu, insn->src, bytes);
    for (unsigned i = 0; i < bytes / 16; i++) {
        for (unsigned j = 0; j < 4; j++) {
            uint32_t r;

            if (!quick_cmp_32(LANE_D(&d.lane[i], j), LANE_D(&s.lane[i], j), insn->imm & 7, &r))
                return avx_compute(cpu, insn, CHOOSE(cmpps), bytes, &s);
            LANE_D(&d.lane[i], j) = r;
        }
    }
    ymm_write(cpu, insn->dst, bytes, &d);
    return true;
}
AVX_R_RM(vcmpps)

AVX_BODY(vcmppd)
{
    union ymm d, s;

    if (!ymm_source(cpu, insn, form, bytes, insn->third, &s))
        return false;
    d = ymm_read(cpu, insn->src, bytes);
    for (unsigned i = 0; i < bytes / 8; i++) {
        if (!quick_cmp_64(d.q[i], s.q[i], insn->imm & 7, &d.q[i]))
            return avx_compute(cpu, insn, CHOOSE(cmppd), bytes, &s);
    }
    ymm_write(cpu, insn->dst, bytes, &d);
    return true;
}
AVX_R_RM(vcmppd)

SSE_BODY(vcmpss)
{
    uint64_t s;
    uint32_t r;

    if (!ymm_source_part(cpu, insn, form, 4, insn->third, &s))
        return false;
    if (!likely(quick_cmp_32(xmm_read_low_32(cpu, insn->src), (uint32_t)s, insn->imm & 7, &r)))
        return avx_compute_scalar(cpu, insn, CHOOSE(cmpss), s);
    avx_merge_32(cpu, insn->dst, insn->src, r);
    return true;
}
AVX_SCALAR(vcmpss)

SSE_BODY(vcmpsd)
{
    uint64_t s, r;

    if (!ymm_source_part(cpu, insn, form, 8, insn->third, &s))
        return false;
    if (!likely(quick_cmp_64(cpu->vec[insn->src].q[0], s, insn->imm & 7, &r)))
        return avx_compute_scalar(cpu, insn, CHOOSE(cmpsd), s);
    avx_merge_64(cpu, insn->dst, insn->src, r);
    return true;
}
AVX_SCALAR(vcmpsd)

/* ---- VCOMISS VCOMISD VUCOMISS VUCOMISD: like SSE but for availability ---- */

#define COMPARE(name, w)                                                                           \
    SSE_BODY(v##name)                                                                              \
    {                                                                                              \
        return compare_##w(cpu, insn, form, &sse_##name);                                          \
    }                                                                                              \
    AVX_SCALAR(v##name)
COMPARE(comiss, 32)
COMPARE(comisd, 64)
COMPARE(ucomiss, 32)
COMPARE(ucomisd, 64)
