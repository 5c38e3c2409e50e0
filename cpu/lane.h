/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/lane.h - handlers of instructions that do the same to each 128-bit lane, from one function
 * of values, name_lane(), in SSE and in VEX encoding. Values, not pointers: such a function need
 * not be inlined, and the handler can still end in a tail call.
 *
 *     static union xmm aesenc_lane(union xmm a, union xmm b) { ... }
 *     LANES_BINARY(aesenc)               exec_aesenc, exec_vaesenc
 */
#ifndef CPU_LANE_H
#define CPU_LANE_H

#include "cpu/avx.h"

/* dest := name(dest, source): `call` uses a and b. `align`: of a memory operand. */
#define SSE_LANE_(name, align, call)                                                               \
    SSE_BODY(name)                                                                                 \
    {                                                                                              \
        union xmm a, b;                                                                            \
                                                                                                   \
        if (!xmm_source(cpu, insn, form, align, &b))                                               \
            return false;                                                                          \
        a = xmm_read(cpu, insn->dst);                                                              \
        (void)a;                                                                                   \
        a = call;                                                                                  \
        xmm_write(cpu, insn->dst, &a);                                                             \
        return true;                                                                               \
    }                                                                                              \
    SSE_R_RM(name)
/* dest := name(operand 2, operand 3), lane by lane: V H W. */
#define AVX_LANES_(name, call)                                                                     \
    AVX_BODY(name)                                                                                 \
    {                                                                                              \
        union ymm to, from;                                                                        \
                                                                                                   \
        if (!ymm_source(cpu, insn, form, bytes, insn->third, &from))                               \
            return false;                                                                          \
        to = ymm_read(cpu, insn->src, bytes);                                                      \
        for (unsigned i = 0; i < bytes / 16; i++) {                                                \
            union xmm a = to.lane[i], b = from.lane[i];                                            \
                                                                                                   \
            to.lane[i] = call;                                                                     \
        }                                                                                          \
        ymm_write(cpu, insn->dst, bytes, &to);                                                     \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM(name)
/* dest := name(operand 2): V W, 128 bits. */
#define AVX_LANE_UNARY_(name, call)                                                                \
    AVX_BODY(name)                                                                                 \
    {                                                                                              \
        union ymm v;                                                                               \
        union xmm b;                                                                               \
                                                                                                   \
        if (!ymm_source(cpu, insn, form, bytes, insn->src, &v))                                    \
            return false;                                                                          \
        b = v.lane[0];                                                                             \
        v.lane[0] = call;                                                                          \
        ymm_write(cpu, insn->dst, bytes, &v);                                                      \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM_ANY(name)

#define LANES_BINARY(name)                                                                         \
    SSE_LANE_(name, 16, name##_lane(a, b))                                                         \
    AVX_LANES_(v##name, name##_lane(a, b))
/* With the immediate byte. */
#define LANES_BINARY_IMM(name)                                                                     \
    SSE_LANE_(name, 16, name##_lane(a, b, (unsigned)insn->imm))                                    \
    AVX_LANES_(v##name, name##_lane(a, b, (unsigned)insn->imm))
/* In SSE encoding only, with memory of any alignment. */
#define LANE_BINARY(name) SSE_LANE_(name, 1, name##_lane(a, b))
#define LANE_BINARY_IMM(name) SSE_LANE_(name, 1, name##_lane(a, b, (unsigned)insn->imm))
/* The source is the only operand; not for 256 bits. */
#define LANE_UNARY(name)                                                                           \
    SSE_LANE_(name, 16, name##_lane(b))                                                            \
    AVX_LANE_UNARY_(v##name, name##_lane(b))
#define LANE_UNARY_IMM(name)                                                                       \
    SSE_LANE_(name, 16, name##_lane(b, (unsigned)insn->imm))                                       \
    AVX_LANE_UNARY_(v##name, name##_lane(b, (unsigned)insn->imm))

#endif
