/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/avx_int.h - beside avx.h: handlers of instructions that have 128 bits only or registers only,
 * and bodies that do to each lane what packed.h and packed_shuffle.h say.
 */
#ifndef CPU_AVX_INT_H
#define CPU_AVX_INT_H

#include "cpu/avx.h"
#include "cpu/packed_shuffle.h"

/* ---- handlers ---- */

/* 128 bits, or a scalar, for which VEX.L does not count: `bytes` is 16 whatever insn->vlen is. */
#define AVX_FORM_128_(name, form) [FORM_##form] = { name##_##form##_16, name##_##form##_16 }
#define AVX_R_RM_128(name)                                                                         \
    AVX_HANDLER_(name, R_R, 16)                                                                    \
    AVX_HANDLER_(name, R_M, 16)                                                                    \
    AVX_HANDLER_(name, R_N, 16)                                                                    \
    const struct handlers exec_##name = {                                                          \
        .fn = { AVX_FORM_128_(name, R_R), AVX_FORM_128_(name, R_M), AVX_FORM_128_(name, R_N) }     \
    };
#define AVX_RM_R_128(name)                                                                         \
    AVX_HANDLER_(name, R_R, 16)                                                                    \
    AVX_HANDLER_(name, M_R, 16)                                                                    \
    AVX_HANDLER_(name, N_R, 16)                                                                    \
    const struct handlers exec_##name = {                                                          \
        .fn = { AVX_FORM_128_(name, R_R), AVX_FORM_128_(name, M_R), AVX_FORM_128_(name, N_R) }     \
    };
/* Registers only. */
#define AVX_R(name)                                                                                \
    AVX_HANDLER_(name, R_R, 16)                                                                    \
    AVX_HANDLER_(name, R_R, 32)                                                                    \
    const struct handlers exec_##name = { .fn = { AVX_FORM_(name, R_R) } };

/* ---- bodies ---- */

/* dest := packed_NAME(operand 2), lane by lane: V W. */
#define AVX_UNARY(name)                                                                            \
    AVX_BODY(v##name)                                                                              \
    {                                                                                              \
        union ymm d, s;                                                                            \
                                                                                                   \
        if (!ymm_source(cpu, insn, form, bytes, insn->src, &s))                                    \
            return false;                                                                          \
        d = s;                                                                                     \
        for (unsigned i = 0; i < bytes / 16; i++)                                                  \
            packed_##name(&d.lane[i], &s.lane[i], 16);                                             \
        ymm_write(cpu, insn->dst, bytes, &d);                                                      \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM(v##name)

/*
 * dest := packed_NAME(operand 2, operand 3, immediate), lane by lane: V H W Ib. The immediate is
 * shifted right by `step` bits from one lane to the next; 0: both take the same.
 */
#define AVX_IMM_AS(handler, name, step)                                                            \
    AVX_BODY(handler)                                                                              \
    {                                                                                              \
        union ymm d, s, r;                                                                         \
                                                                                                   \
        if (!ymm_source(cpu, insn, form, bytes, insn->third, &s))                                  \
            return false;                                                                          \
        d = ymm_read(cpu, insn->src, bytes);                                                       \
        for (unsigned i = 0; i < bytes / 16; i++)                                                  \
            packed_##name(&r.lane[i], &d.lane[i], &s.lane[i],                                      \
                          (unsigned)(uint8_t)insn->imm >> (i * (step)));                           \
        ymm_write(cpu, insn->dst, bytes, &r);                                                      \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM(handler)
#define AVX_IMM(name, step) AVX_IMM_AS(v##name, name, step)

/* The same with one source: V W Ib. */
#define AVX_UNARY_IMM_AS(handler, name, step)                                                      \
    AVX_BODY(handler)                                                                              \
    {                                                                                              \
        union ymm s, r;                                                                            \
                                                                                                   \
        if (!ymm_source(cpu, insn, form, bytes, insn->src, &s))                                    \
            return false;                                                                          \
        for (unsigned i = 0; i < bytes / 16; i++)                                                  \
            packed_##name(&r.lane[i], &s.lane[i], &s.lane[i],                                      \
                          (unsigned)(uint8_t)insn->imm >> (i * (step)));                           \
        ymm_write(cpu, insn->dst, bytes, &r);                                                      \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM(handler)
#define AVX_UNARY_IMM(name, step) AVX_UNARY_IMM_AS(v##name, name, step)

/* A register with its low `bytes` 16 given; the upper part becomes zero. */
ALWAYS_INLINE void xmm_write_zero(struct cpu *cpu, unsigned n, uint64_t low, uint64_t high)
{
    union ymm v = { .q = { low, high, 0, 0 } };

    ymm_write(cpu, n, 16, &v);
}

#endif
