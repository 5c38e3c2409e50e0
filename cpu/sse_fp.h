/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/sse_fp.h - SSE floating-point instructions: from an operation to registers and exceptions. */
#ifndef CPU_SSE_FP_H
#define CPU_SSE_FP_H

#include "cpu/sse.h"
#include "cpu/sse_host.h"

/*
 * Compute operation(d, s, imm) under MXCSR; the result is left in cpu->slow_vec and its exceptions
 * in MXCSR. False: an unmasked exception was raised as #XM, or #UD without CR4.OSXMMEXCPT. Operands
 * come by value: a handler with an addressed local variable could not end in a tail call.
 */
MUST_CHECK bool sse_evaluate(struct cpu *cpu, const struct sse_operation *operation, unsigned imm,
                             uint64_t d0, uint64_t d1, uint64_t s0, uint64_t s1);
/* The same with XMM register `n` as d, to which the result is written. */
MUST_CHECK bool sse_compute(struct cpu *cpu, const struct sse_operation *operation, unsigned n,
                            unsigned imm, uint64_t s0, uint64_t s1);

/* The portable way of an operation, lane by lane: a from d, b from s. */
#define SOFT(name)                                                                                 \
    static uint8_t soft_##name(union xmm *d, const union xmm *s, unsigned imm UNUSED,              \
                               struct fp_env *env)
#define SOFT_32(name, lanes, expression)                                                           \
    SOFT(name)                                                                                     \
    {                                                                                              \
        for (unsigned i = 0; i < (lanes); i++) {                                                   \
            uint32_t a = LANE_D(d, i), b = LANE_D(s, i);                                           \
                                                                                                   \
            (void)a;                                                                               \
            LANE_D(d, i) = (expression);                                                           \
        }                                                                                          \
        return fp_reported_flags(env);                                                             \
    }
#define SOFT_64(name, lanes, expression)                                                           \
    SOFT(name)                                                                                     \
    {                                                                                              \
        for (unsigned i = 0; i < (lanes); i++) {                                                   \
            uint64_t a = LANE_Q(d, i), b = LANE_Q(s, i);                                           \
                                                                                                   \
            (void)a;                                                                               \
            LANE_Q(d, i) = (expression);                                                           \
        }                                                                                          \
        return fp_reported_flags(env);                                                             \
    }
/* Declared in sse_host.h, with a host way; or without one. */
#define OPERATION(name)                                                                            \
    HOST(name)                                                                                     \
    const struct sse_operation sse_##name = { HOST_OF(name), soft_##name };
#define SOFT_OPERATION(name) static const struct sse_operation sse_##name = { NULL, soft_##name };

/* Handlers without a quick way: 16 bytes, or the low `size` bytes, of the source. */
#define FP_PACKED(name)                                                                            \
    SSE_BODY(name)                                                                                 \
    {                                                                                              \
        union xmm s;                                                                               \
                                                                                                   \
        return xmm_source(cpu, insn, form, 16, &s) &&                                              \
               sse_compute(cpu, &sse_##name, insn->dst, (uint8_t)insn->imm, s.q[0], s.q[1]);       \
    }                                                                                              \
    SSE_R_RM(name)
#define FP_PART(name, size)                                                                        \
    SSE_BODY(name)                                                                                 \
    {                                                                                              \
        uint64_t s;                                                                                \
                                                                                                   \
        return xmm_source_part(cpu, insn, form, size, &s) &&                                       \
               sse_compute(cpu, &sse_##name, insn->dst, (uint8_t)insn->imm, s, 0);                 \
    }                                                                                              \
    SSE_R_RM(name)

ALWAYS_INLINE void xmm_write_low_32(struct cpu *cpu, unsigned n, uint32_t value)
{
    LANE_D(&cpu->vec[n], 0) = value;
}

ALWAYS_INLINE uint32_t xmm_read_low_32(const struct cpu *cpu, unsigned n)
{
    return LANE_D(&cpu->vec[n], 0);
}

#endif
