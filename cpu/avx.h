/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/avx.h - what handlers of VEX-encoded vector instructions are made of, beside sse.h: vectors
 * of 16 or 32 bytes as one or two lanes, and a destination that is cleared above its length.
 *
 *     AVX_BODY(vpaddb) { ... `bytes` is 16 or 32, a constant ...; return true; }
 *     AVX_R_RM(vpaddb)
 *
 * Rows carry A_AVX and list their registers as V, H, W or the like. The decoder files them so:
 *     V H W    dst src third (or memory)     V W    dst src (or memory)
 *     W H V    store: the memory operand, src, dst
 *     V W H    a third operand beside memory takes src
 *     V H W L  L is bits 7-4 of insn->imm
 * Source: SDM Vol. 1, "Programming with Intel AVX, FMA, and Intel AVX2"; SDM Vol. 2A, "Intel AVX
 * and Intel AVX2 Instruction Format".
 */
#ifndef CPU_AVX_H
#define CPU_AVX_H

#include "cpu/sse.h"

union ymm {
    union xmm lane[2];
    uint64_t q[4];
};

/* EXEC_NEXT, or what a handler returns: #UD or #NM is raised. */
enum exec avx_not_ready(struct cpu *cpu, struct insn *insn);

ALWAYS_INLINE enum exec avx_check(struct cpu *cpu, struct insn *insn)
{
    return likely(cpu->avx_ready) ? EXEC_NEXT : avx_not_ready(cpu, insn);
}

/* ---- handlers from bodies ---- */

#define AVX_BODY(name)                                                                             \
    ALWAYS_INLINE bool name##_body(struct cpu *cpu, struct insn *insn UNUSED,                      \
                                   const enum form form UNUSED, const unsigned bytes UNUSED)

#define AVX_HANDLER_(name, form, bytes)                                                            \
    static enum exec name##_##form##_##bytes(struct cpu *cpu, struct insn *insn)                   \
    {                                                                                              \
        enum exec ready = avx_check(cpu, insn);                                                    \
                                                                                                   \
        if (unlikely(ready != EXEC_NEXT))                                                          \
            return ready;                                                                          \
        if (unlikely(!name##_body(cpu, insn, FORM_##form, bytes)))                                 \
            return EXEC_FAULT;                                                                     \
        NEXT(cpu, insn);                                                                           \
    }
/* Indexed by insn->vlen. */
#define AVX_FORM_(name, form) [FORM_##form] = { name##_##form##_16, name##_##form##_32 }
#define AVX_R_RM(name)                                                                             \
    AVX_HANDLER_(name, R_R, 16)                                                                    \
    AVX_HANDLER_(name, R_M, 16)                                                                    \
    AVX_HANDLER_(name, R_N, 16)                                                                    \
    AVX_HANDLER_(name, R_R, 32)                                                                    \
    AVX_HANDLER_(name, R_M, 32)                                                                    \
    AVX_HANDLER_(name, R_N, 32)                                                                    \
    const struct handlers exec_##name = { .fn = { AVX_FORM_(name, R_R), AVX_FORM_(name, R_M),      \
                                                  AVX_FORM_(name, R_N) } };
/* The first operand is a register or memory. */
#define AVX_RM_R(name)                                                                             \
    AVX_HANDLER_(name, R_R, 16)                                                                    \
    AVX_HANDLER_(name, M_R, 16)                                                                    \
    AVX_HANDLER_(name, N_R, 16)                                                                    \
    AVX_HANDLER_(name, R_R, 32)                                                                    \
    AVX_HANDLER_(name, M_R, 32)                                                                    \
    AVX_HANDLER_(name, N_R, 32)                                                                    \
    const struct handlers exec_##name = { .fn = { AVX_FORM_(name, R_R), AVX_FORM_(name, M_R),      \
                                                  AVX_FORM_(name, N_R) } };
/* One function for all forms and lengths, for what is rare: it asks insn->mem and insn->vlen. */
#define AVX_ANY_(name, memory_form)                                                                \
    static enum exec name##_any(struct cpu *cpu, struct insn *insn)                                \
    {                                                                                              \
        enum exec ready = avx_check(cpu, insn);                                                    \
                                                                                                   \
        if (unlikely(ready != EXEC_NEXT))                                                          \
            return ready;                                                                          \
        if (unlikely(!name##_body(cpu, insn, insn->mem ? FORM_##memory_form : FORM_R_R,            \
                                  16u << insn->vlen)))                                             \
            return EXEC_FAULT;                                                                     \
        NEXT(cpu, insn);                                                                           \
    }                                                                                              \
    const struct handlers exec_##name = { .any = name##_any };
#define AVX_R_RM_ANY(name) AVX_ANY_(name, R_N)
#define AVX_RM_R_ANY(name) AVX_ANY_(name, N_R)

/* ---- registers ---- */

ALWAYS_INLINE union ymm ymm_read(const struct cpu *cpu, unsigned n, const unsigned bytes)
{
    union ymm v = { .q = { 0, 0, 0, 0 } };

    memcpy(&v, &cpu->vec[n], bytes);
    return v;
}

/* Bits above `bytes` (16 or 32) become zero: every VEX instruction does so. */
ALWAYS_INLINE void ymm_write(struct cpu *cpu, unsigned n, const unsigned bytes, const union ymm *v)
{
    memcpy(&cpu->vec[n], v, bytes);
    memset(cpu->vec[n].b + bytes, 0, VEC_BYTES - bytes);
}

/* ---- memory operands ---- */

/* The value goes by cpu->slow_vec. */
MUST_CHECK bool ymm_read_slow(struct cpu *cpu, const struct insn *insn, unsigned align);
MUST_CHECK bool ymm_write_slow(struct cpu *cpu, const struct insn *insn, unsigned align);

/* align: `bytes` for the aligned moves (#GP(0) when misaligned), else 1. */
ALWAYS_INLINE bool ymm_load(struct cpu *cpu, const struct insn *insn, const enum form form,
                            const unsigned bytes, unsigned align, union ymm *v)
{
    uintptr_t pointer;

    if (bytes == 16)
        return xmm_load(cpu, insn, form, align, &v->lane[0]);
    if (likely(vec_host_pointer(cpu, insn, form, ACCESS_READ, 32, align, &pointer))) {
        v->lane[0] = load_xmm((const void *)pointer);
        v->lane[1] = load_xmm((const uint8_t *)pointer + 16);
        return true;
    }
    if (!ymm_read_slow(cpu, insn, align))
        return false;
    for (unsigned i = 0; i < 4; i++)
        v->q[i] = cpu->slow_vec[i];
    return true;
}

ALWAYS_INLINE bool ymm_store(struct cpu *cpu, const struct insn *insn, const enum form form,
                             const unsigned bytes, unsigned align, const union ymm *v)
{
    uintptr_t pointer;

    if (bytes == 16)
        return xmm_store(cpu, insn, form, align, &v->lane[0]);
    if (likely(vec_host_pointer(cpu, insn, form, ACCESS_WRITE, 32, align, &pointer))) {
        store_xmm((void *)pointer, &v->lane[0]);
        store_xmm((uint8_t *)pointer + 16, &v->lane[1]);
        return true;
    }
    for (unsigned i = 0; i < 4; i++)
        cpu->slow_vec[i] = v->q[i];
    return ymm_write_slow(cpu, insn, align);
}

/* The operand that ModRM.rm names: vector register `n`, or memory of any alignment. */
ALWAYS_INLINE bool ymm_source(struct cpu *cpu, const struct insn *insn, const enum form form,
                              const unsigned bytes, unsigned n, union ymm *v)
{
    if (is_source_memory(form))
        return ymm_load(cpu, insn, form, bytes, 1, v);
    *v = ymm_read(cpu, n, bytes);
    return true;
}

/* The same for `size` (1, 2, 4, 8) bytes, zero-extended: scalars and broadcasts. */
ALWAYS_INLINE bool ymm_source_part(struct cpu *cpu, const struct insn *insn, const enum form form,
                                   const unsigned size, unsigned n, uint64_t *value)
{
    lin_addr la;

    if (is_source_memory(form))
        return memory_read(cpu, insn, form, size, ACCESS_READ, &la, value);
    *value = zero_extend(cpu->vec[n].q[0], size);
    return true;
}

/* dest := packed_NAME(operand 2, operand 3), lane by lane: V H W. */
#define AVX_BINARY_AS(handler, name)                                                               \
    AVX_BODY(handler)                                                                              \
    {                                                                                              \
        union ymm d, s;                                                                            \
                                                                                                   \
        if (!ymm_source(cpu, insn, form, bytes, insn->third, &s))                                  \
            return false;                                                                          \
        d = ymm_read(cpu, insn->src, bytes);                                                       \
        for (unsigned i = 0; i < bytes / 16; i++)                                                  \
            packed_##name(&d.lane[i], &s.lane[i], 16);                                             \
        ymm_write(cpu, insn->dst, bytes, &d);                                                      \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM(handler)
#define AVX_BINARY(name) AVX_BINARY_AS(v##name, name)

#endif
