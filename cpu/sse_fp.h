/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/sse_fp.h - SSE floating-point instructions: from an operation to registers and exceptions. */
#ifndef CPU_SSE_FP_H
#define CPU_SSE_FP_H

#include "cpu/sse.h"
#include "cpu/sse_host.h"

/* Raise #XM, or #UD without CR4.OSXMMEXCPT, for an unmasked one of `flags`. Returns false. */
bool sse_raise(struct cpu *cpu, uint8_t flags);

/* Exceptions go to MXCSR. False: one of them is unmasked and was raised. */
MUST_CHECK ALWAYS_INLINE bool sse_report(struct cpu *cpu, uint8_t flags)
{
    const uint32_t masks = cpu->mxcsr >> MXCSR_MASKS_SHIFT;

    cpu->mxcsr |= flags;
    return likely(!(flags & ~masks)) || sse_raise(cpu, flags);
}

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
#define SOFT_OPERATION(name) const struct sse_operation sse_##name = { NULL, soft_##name };
/* clang-format off */
#define SSE_SOFT_OPERATIONS(X)                                                                     \
    X(addsubps) X(addsubpd) X(haddps) X(haddpd) X(hsubps) X(hsubpd) X(dpps) X(dppd)                \
    X(roundps) X(roundpd) X(roundss) X(roundsd) X(comiss) X(comisd) X(ucomiss) X(ucomisd)          \
    X(int_to_ss) X(int_to_sd) X(cvtpi2ps) X(cvtps2pi) X(cvttps2pi) X(cvtpd2pi) X(cvttpd2pi)        \
    X(cvtss2si_32) X(cvtss2si_64) X(cvttss2si_32) X(cvttss2si_64)                                  \
    X(cvtsd2si_32) X(cvtsd2si_64) X(cvttsd2si_32) X(cvttsd2si_64)
/* clang-format on */
#define DECLARE_(name) extern const struct sse_operation sse_##name;
SSE_SOFT_OPERATIONS(DECLARE_)
#undef DECLARE_

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

/*
 * DPPS of `lanes` (1 or 2) 128-bit lanes. Each step of it, taken for all lanes, reports its
 * exceptions and, if one is unmasked, is the last. Returns what to report.
 */
uint8_t sse_dot_product(union xmm *d, const union xmm *s, unsigned lanes, unsigned imm,
                        struct fp_env *env);

/* COMISS and the like: EFLAGS by the relation. */
void sse_flags_by_relation(struct cpu *cpu, enum fp_relation relation);

#define COMPARE_BODY_(w, size)                                                                     \
    ALWAYS_INLINE bool compare_##w(struct cpu *cpu, const struct insn *insn, const enum form form, \
                                   const struct sse_operation *operation)                          \
    {                                                                                              \
        uint64_t d = cpu->vec[insn->dst].q[0], s;                                                  \
        bool less, greater;                                                                        \
                                                                                                   \
        if (!xmm_source_part(cpu, insn, form, size, &s))                                           \
            return false;                                                                          \
        if (likely(quick_relation_##w((uint##w##_t)d, (uint##w##_t)s, &less, &greater))) {         \
            cpu->flags_zero = less | greater;                                                      \
            cpu->flags_sign = 1; /* PF: an odd number of ones */                                   \
            flags_set_carry(cpu, less, false, false);                                              \
            return true;                                                                           \
        }                                                                                          \
        if (!sse_evaluate(cpu, operation, 0, d, 0, s, 0))                                          \
            return false;                                                                          \
        sse_flags_by_relation(cpu, (enum fp_relation)cpu->slow_vec[0]);                            \
        return true;                                                                               \
    }
COMPARE_BODY_(32, 4)
COMPARE_BODY_(64, 8)

/* Operand 1, a general register of the y operand size, := operand 2 by one of two operations. */
#define TO_INTEGER_BODY_(w, size)                                                                  \
    ALWAYS_INLINE bool to_integer_##w(                                                             \
        struct cpu *cpu, const struct insn *insn, const enum form form, const bool truncate,       \
        const struct sse_operation *to_32, const struct sse_operation *to_64)                      \
    {                                                                                              \
        const bool wide = insn_ysize(insn) == 8;                                                   \
        uint64_t s;                                                                                \
        int64_t r;                                                                                 \
                                                                                                   \
        if (!xmm_source_part(cpu, insn, form, size, &s))                                           \
            return false;                                                                          \
        if (!likely(quick_##w##_to_int((uint##w##_t)s, truncate, wide ? 0x1p63 : 0x1p31,           \
                                       cpu->mxcsr, &r))) {                                         \
            if (!sse_evaluate(cpu, wide ? to_64 : to_32, 0, 0, 0, s, 0))                           \
                return false;                                                                      \
            r = (int64_t)cpu->slow_vec[0];                                                         \
        }                                                                                          \
        cpu->gpr[insn->dst] = wide ? (uint64_t)r : (uint32_t)r;                                    \
        return true;                                                                               \
    }
TO_INTEGER_BODY_(32, 4)
TO_INTEGER_BODY_(64, 8)

/* General register `n` or memory as a signed integer of the y operand size. */
ALWAYS_INLINE bool integer_source(struct cpu *cpu, const struct insn *insn, const enum form form,
                                  unsigned n, int64_t *value)
{
    unsigned size = insn_ysize(insn);
    uint64_t v;
    lin_addr la;

    if (!is_source_memory(form))
        v = cpu->gpr[n];
    else if (!memory_read(cpu, insn, form, size, ACCESS_READ, &la, &v))
        return false;
    *value = size == 8 ? (int64_t)v : (int32_t)v;
    return true;
}

/* Integers that a double holds: no rounding, no exception. */
uint64_t sse_double_of(uint32_t value);

ALWAYS_INLINE uint64_t double_of(uint32_t value)
{
    uint64_t r;

    return likely(quick_int64_to_64((int32_t)value, 0, &r)) ? r : sse_double_of(value);
}

ALWAYS_INLINE void xmm_write_low_32(struct cpu *cpu, unsigned n, uint32_t value)
{
    LANE_D(&cpu->vec[n], 0) = value;
}

ALWAYS_INLINE uint32_t xmm_read_low_32(const struct cpu *cpu, unsigned n)
{
    return LANE_D(&cpu->vec[n], 0);
}

#endif
