/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/avx_fp.h - floating-point instructions in VEX encoding: the operations of sse_fp.h, applied
 * to each 128-bit lane. All lanes report their exceptions together, and when one is unmasked
 * nothing is written.
 * Source: SDM Vol. 1, "SIMD Floating-Point Exceptions", "Programming with Intel AVX, FMA, and Intel
 * AVX2".
 */
#ifndef CPU_AVX_FP_H
#define CPU_AVX_FP_H

#include "cpu/avx.h"
#include "cpu/sse_fp.h"

/*
 * Compute operation(d, s, imm) under MXCSR for `bytes` (16 or 32) bytes: d is vector register `n`,
 * s is in cpu->slow_vec, where the result is left. False: an exception was raised, as in
 * sse_evaluate().
 */
MUST_CHECK bool avx_evaluate(struct cpu *cpu, const struct sse_operation *operation, unsigned imm,
                             unsigned n, unsigned bytes);

ALWAYS_INLINE void slow_vec_set(struct cpu *cpu, const unsigned bytes, const union ymm *v)
{
    for (unsigned i = 0; i < bytes / 8; i++)
        cpu->slow_vec[i] = v->q[i];
}

ALWAYS_INLINE union ymm slow_vec_get(const struct cpu *cpu, const unsigned bytes)
{
    union ymm v = { .q = { 0, 0, 0, 0 } };

    for (unsigned i = 0; i < bytes / 8; i++)
        v.q[i] = cpu->slow_vec[i];
    return v;
}

/* operand 1 := operation(operand 2, s, imm) */
ALWAYS_INLINE bool avx_compute(struct cpu *cpu, const struct insn *insn,
                               const struct sse_operation *operation, const unsigned bytes,
                               const union ymm *s)
{
    union ymm r;

    slow_vec_set(cpu, bytes, s);
    if (!avx_evaluate(cpu, operation, (uint8_t)insn->imm, insn->src, bytes))
        return false;
    r = slow_vec_get(cpu, bytes);
    ymm_write(cpu, insn->dst, bytes, &r);
    return true;
}

/* The same for scalars: what the operation leaves alone comes from operand 2. */
ALWAYS_INLINE bool avx_compute_scalar(struct cpu *cpu, const struct insn *insn,
                                      const struct sse_operation *operation, uint64_t s)
{
    const union ymm v = { .q = { s, 0, 0, 0 } };

    return avx_compute(cpu, insn, operation, 16, &v);
}

/* Vector register `n` gets `value` as its low 4 or 8 bytes, bytes 4-15 or 8-15 of `upper`, zero. */
ALWAYS_INLINE void avx_merge_32(struct cpu *cpu, unsigned n, unsigned upper, uint32_t value)
{
    const union vec *from = &cpu->vec[upper];
    union ymm r = { .q = { (from->q[0] & ~UINT64_C(0xffffffff)) | value, from->q[1], 0, 0 } };

    ymm_write(cpu, n, 16, &r);
}

ALWAYS_INLINE void avx_merge_64(struct cpu *cpu, unsigned n, unsigned upper, uint64_t value)
{
    union ymm r = { .q = { value, cpu->vec[upper].q[1], 0, 0 } };

    ymm_write(cpu, n, 16, &r);
}

/* ---- handlers ---- */

/* Scalars: VEX.L does not matter. The bodies are SSE_BODY. */
#define AVX_SCALAR(name) VECTOR_R_RM_(name, avx_check)

/* Packed, without a quick way: V H W with or without an immediate, and V W likewise. */
#define AVX_FP_BINARY(name)                                                                        \
    AVX_BODY(v##name)                                                                              \
    {                                                                                              \
        union ymm s;                                                                               \
                                                                                                   \
        return ymm_source(cpu, insn, form, bytes, insn->third, &s) &&                              \
               avx_compute(cpu, insn, &sse_##name, bytes, &s);                                     \
    }                                                                                              \
    AVX_R_RM(v##name)
#define AVX_FP_UNARY(name)                                                                         \
    AVX_BODY(v##name)                                                                              \
    {                                                                                              \
        union ymm s;                                                                               \
                                                                                                   \
        return ymm_source(cpu, insn, form, bytes, insn->src, &s) &&                                \
               avx_compute(cpu, insn, &sse_##name, bytes, &s);                                     \
    }                                                                                              \
    AVX_R_RM(v##name)
/* Scalar, without a quick way: V H W with or without an immediate. */
#define AVX_FP_SCALAR(name, size)                                                                  \
    SSE_BODY(v##name)                                                                              \
    {                                                                                              \
        uint64_t s;                                                                                \
                                                                                                   \
        return ymm_source_part(cpu, insn, form, size, insn->third, &s) &&                          \
               avx_compute_scalar(cpu, insn, &sse_##name, s);                                      \
    }                                                                                              \
    AVX_SCALAR(v##name)

#endif
