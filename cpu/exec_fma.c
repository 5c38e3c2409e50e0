/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_fma.c - fused multiply-add.
 * Source: SDM Vol. 2, VFMADD132PD and its kin; SDM Vol. 1, "Fused-Multiply-ADD (FMA) Numeric
 * Behavior".
 */
#include "cpu/avx_fp.h"
#include "cpu/fma_host.h"

/* ---- operations: c := +-(a * b) +- c ---- */

#define SOFT_FMA(name, w, lane, lanes, negate)                                                     \
    static uint8_t soft_##name(union xmm *c, const union xmm *a, const union xmm *b,               \
                               struct fp_env *env)                                                 \
    {                                                                                              \
        for (unsigned i = 0; i < (lanes); i++) {                                                   \
            LANE_##lane(c, i) =                                                                    \
                f##w##_fma(LANE_##lane(a, i), LANE_##lane(b, i), LANE_##lane(c, i), negate, env);  \
        }                                                                                          \
        return fp_reported_flags(env);                                                             \
    }                                                                                              \
    FMA_HOST(name)                                                                                 \
    const struct fma_operation fma_##name = { FMA_HOST_OF(name), soft_##name };
#define SOFT_FMA_4(name, negate)                                                                   \
    SOFT_FMA(name##231ps, 32, D, 4, negate)                                                        \
    SOFT_FMA(name##231pd, 64, Q, 2, negate)                                                        \
    SOFT_FMA(name##231ss, 32, D, 1, negate)                                                        \
    SOFT_FMA(name##231sd, 64, Q, 1, negate)
SOFT_FMA_4(vfmadd, 0)
SOFT_FMA_4(vfmsub, FMA_NEGATE_ADDEND)
SOFT_FMA_4(vfnmadd, FMA_NEGATE_PRODUCT)
SOFT_FMA_4(vfnmsub, FMA_NEGATE_PRODUCT | FMA_NEGATE_ADDEND)
/* VFMADDSUB adds in odd elements and subtracts in even ones, VFMSUBADD the other way round. */
SOFT_FMA(vfmaddsub231ps, 32, D, 4, i & 1 ? 0 : FMA_NEGATE_ADDEND)
SOFT_FMA(vfmaddsub231pd, 64, Q, 2, i & 1 ? 0 : FMA_NEGATE_ADDEND)
SOFT_FMA(vfmsubadd231ps, 32, D, 4, i & 1 ? FMA_NEGATE_ADDEND : 0)
SOFT_FMA(vfmsubadd231pd, 64, Q, 2, i & 1 ? FMA_NEGATE_ADDEND : 0)

/* ---- which operands are multiplied, and to which the product is added ---- */

enum order { ORDER_132, ORDER_213, ORDER_231 };

/* The operands of a * b + c, as indices of operands 1, 2, 3. */
static const uint8_t orders[][3] = {
    [ORDER_132] = { 0, 2, 1 },
    [ORDER_213] = { 1, 0, 2 },
    [ORDER_231] = { 1, 2, 0 },
};

/*
 * Compute `bytes` bytes with operand 3 in cpu->slow_vec, where the result is left. False: an
 * exception was raised.
 */
static NOINLINE MUST_CHECK bool fma_evaluate(struct cpu *cpu, const struct insn *insn,
                                             const struct fma_operation *operation,
                                             enum order order, unsigned bytes)
{
    const uint32_t mxcsr = cpu->mxcsr;
    const union ymm operands[3] = { ymm_read(cpu, insn->dst, bytes),
                                    ymm_read(cpu, insn->src, bytes), slow_vec_get(cpu, bytes) };
    const union ymm *a = &operands[orders[order][0]], *b = &operands[orders[order][1]];
    union ymm c = operands[orders[order][2]];
    uint8_t flags = 0;

    if (likely((mxcsr & MXCSR_MASKS) == MXCSR_MASKS) && host_has_fma()) {
        for (unsigned i = 0; i < bytes / 16; i++)
            flags |= operation->host(&c.lane[i], &a->lane[i], &b->lane[i], mxcsr);
    } else {
        struct fp_env env = sse_env(mxcsr);

        for (unsigned i = 0; i < bytes / 16; i++)
            flags = operation->soft(&c.lane[i], &a->lane[i], &b->lane[i], &env);
    }
    if (!sse_report(cpu, flags))
        return false;
    slow_vec_set(cpu, bytes, &c);
    return true;
}

/* One of the operands x1, x2, x3, for a constant order; n: 0 to 2 for a, b, c. */
#define OPERAND(order, n, x1, x2, x3)                                                              \
    (orders[order][n] == 0 ? (x1) : orders[order][n] == 1 ? (x2) : (x3))

/* ---- handlers ---- */

/* Operand 1 := the result, with what is above the scalar left as it was, and zero above 16 bytes. */
#define FMA_SCALAR(name, n, w, suffix, negate)                                                     \
    SSE_BODY(name##n##suffix)                                                                      \
    {                                                                                              \
        uint64_t x3;                                                                               \
        uint##w##_t x1 = (uint##w##_t)cpu->vec[insn->dst].q[0];                                    \
        uint##w##_t x2 = (uint##w##_t)cpu->vec[insn->src].q[0], r;                                 \
                                                                                                   \
        if (!ymm_source_part(cpu, insn, form, w / 8, insn->third, &x3))                            \
            return false;                                                                          \
        if (!likely(quick_fma_##w(OPERAND(ORDER_##n, 0, x1, x2, (uint##w##_t)x3),                  \
                                  OPERAND(ORDER_##n, 1, x1, x2, (uint##w##_t)x3),                  \
                                  OPERAND(ORDER_##n, 2, x1, x2, (uint##w##_t)x3), negate,          \
                                  cpu->mxcsr, &r))) {                                              \
            cpu->slow_vec[0] = x3;                                                                 \
            cpu->slow_vec[1] = 0;                                                                  \
            if (!fma_evaluate(cpu, insn, &fma_##name##231##suffix, ORDER_##n, 16))                 \
                return false;                                                                      \
            r = (uint##w##_t)cpu->slow_vec[0];                                                     \
        }                                                                                          \
        avx_merge_##w(cpu, insn->dst, insn->dst, r);                                               \
        return true;                                                                               \
    }                                                                                              \
    AVX_SCALAR(name##n##suffix)

/* quick_ps and quick_pd: for one lane; VFMADDSUB has none. */
#define FMA_PACKED(name, n, suffix, quick)                                                         \
    AVX_BODY(name##n##suffix)                                                                      \
    {                                                                                              \
        union ymm x1, x2, x3, r;                                                                   \
        unsigned done = 0;                                                                         \
                                                                                                   \
        if (!ymm_source(cpu, insn, form, bytes, insn->third, &x3))                                 \
            return false;                                                                          \
        x1 = ymm_read(cpu, insn->dst, bytes);                                                      \
        x2 = ymm_read(cpu, insn->src, bytes);                                                      \
        r = OPERAND(ORDER_##n, 2, x1, x2, x3);                                                     \
        while (done < bytes / 16 &&                                                                \
               likely(quick(OPERAND(ORDER_##n, 0, &x1, &x2, &x3)->lane[done],                      \
                            OPERAND(ORDER_##n, 1, &x1, &x2, &x3)->lane[done], r.lane[done])))      \
            done++;                                                                                \
        if (unlikely(done < bytes / 16)) {                                                         \
            slow_vec_set(cpu, bytes, &x3);                                                         \
            if (!fma_evaluate(cpu, insn, &fma_##name##231##suffix, ORDER_##n, bytes))              \
                return false;                                                                      \
            r = slow_vec_get(cpu, bytes);                                                          \
        }                                                                                          \
        ymm_write(cpu, insn->dst, bytes, &r);                                                      \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM(name##n##suffix)

ALWAYS_INLINE bool quick_fma_pd(const union xmm *a, const union xmm *b, union xmm *c,
                                const unsigned negate, uint32_t mxcsr)
{
    return quick_fma_64(a->q[0], b->q[0], c->q[0], negate, mxcsr, &c->q[0]) &&
           quick_fma_64(a->q[1], b->q[1], c->q[1], negate, mxcsr, &c->q[1]);
}

#define QUICK_MADD_PS(a, b, c) quick_fma_ps(&(a), &(b), &(c), 0, cpu->mxcsr)
#define QUICK_MADD_PD(a, b, c) quick_fma_pd(&(a), &(b), &(c), 0, cpu->mxcsr)
#define QUICK_MSUB_PS(a, b, c) quick_fma_ps(&(a), &(b), &(c), FMA_NEGATE_ADDEND, cpu->mxcsr)
#define QUICK_MSUB_PD(a, b, c) quick_fma_pd(&(a), &(b), &(c), FMA_NEGATE_ADDEND, cpu->mxcsr)
#define QUICK_NMADD_PS(a, b, c) quick_fma_ps(&(a), &(b), &(c), FMA_NEGATE_PRODUCT, cpu->mxcsr)
#define QUICK_NMADD_PD(a, b, c) quick_fma_pd(&(a), &(b), &(c), FMA_NEGATE_PRODUCT, cpu->mxcsr)
#define FMA_NEGATE_BOTH (FMA_NEGATE_PRODUCT | FMA_NEGATE_ADDEND)
#define QUICK_NMSUB_PS(a, b, c) quick_fma_ps(&(a), &(b), &(c), FMA_NEGATE_BOTH, cpu->mxcsr)
#define QUICK_NMSUB_PD(a, b, c) quick_fma_pd(&(a), &(b), &(c), FMA_NEGATE_BOTH, cpu->mxcsr)
#define QUICK_NONE(a, b, c) ((void)(a), (void)(b), (void)(c), false)

#define FMA_ORDER(n)                                                                               \
    FMA_PACKED(vfmadd, n, ps, QUICK_MADD_PS)                                                       \
    FMA_PACKED(vfmadd, n, pd, QUICK_MADD_PD)                                                       \
    FMA_SCALAR(vfmadd, n, 32, ss, 0)                                                               \
    FMA_SCALAR(vfmadd, n, 64, sd, 0)                                                               \
    FMA_PACKED(vfmsub, n, ps, QUICK_MSUB_PS)                                                       \
    FMA_PACKED(vfmsub, n, pd, QUICK_MSUB_PD)                                                       \
    FMA_SCALAR(vfmsub, n, 32, ss, FMA_NEGATE_ADDEND)                                               \
    FMA_SCALAR(vfmsub, n, 64, sd, FMA_NEGATE_ADDEND)                                               \
    FMA_PACKED(vfnmadd, n, ps, QUICK_NMADD_PS)                                                     \
    FMA_PACKED(vfnmadd, n, pd, QUICK_NMADD_PD)                                                     \
    FMA_SCALAR(vfnmadd, n, 32, ss, FMA_NEGATE_PRODUCT)                                             \
    FMA_SCALAR(vfnmadd, n, 64, sd, FMA_NEGATE_PRODUCT)                                             \
    FMA_PACKED(vfnmsub, n, ps, QUICK_NMSUB_PS)                                                     \
    FMA_PACKED(vfnmsub, n, pd, QUICK_NMSUB_PD)                                                     \
    FMA_SCALAR(vfnmsub, n, 32, ss, FMA_NEGATE_BOTH)                                                \
    FMA_SCALAR(vfnmsub, n, 64, sd, FMA_NEGATE_BOTH)                                                \
    FMA_PACKED(vfmaddsub, n, ps, QUICK_NONE)                                                       \
    FMA_PACKED(vfmaddsub, n, pd, QUICK_NONE)                                                       \
    FMA_PACKED(vfmsubadd, n, ps, QUICK_NONE)                                                       \
    FMA_PACKED(vfmsubadd, n, pd, QUICK_NONE)
FMA_ORDER(132)
FMA_ORDER(213)
FMA_ORDER(231)
