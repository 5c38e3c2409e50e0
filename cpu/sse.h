/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/sse.h - what MMX and SSE handlers are made of: availability checks, operands of 16, 8 and 4
 * bytes, and the macros that turn one body into a handler for each operand form.
 *
 * A body returns false when it has faulted (nothing is changed then) and true when it is done:
 *
 *     SSE_BODY(movdqa) { ... read the source, write the destination ...; return true; }
 *     SSE_R_RM(movdqa)
 *
 * Source: SDM Vol. 1, "Programming with Intel Streaming SIMD Extensions", "Programming with Intel
 * MMX Technology"; SDM Vol. 3A, "System Programming for Instruction Set Extensions".
 */
#ifndef CPU_SSE_H
#define CPU_SSE_H

#include "cpu/exec.h"
#include "cpu/packed.h"

#define FSW_ES (1 << 7)
#define FSW_TOP (7 << 11)

/* ---- availability ---- */

/*
 * May MMX, SSE and AVX instructions run? Called whenever CR0, CR4, XCR0 or the mode (real,
 * virtual-8086, protected) changes.
 */
static inline void sse_update_ready(struct cpu *cpu)
{
    cpu->mmx_ready = !(cpu->cr0 & (CR0_EM | CR0_TS));
    cpu->sse_ready = cpu->mmx_ready && (cpu->cr4 & CR4_OSFXSR);
    cpu->avx_ready = !(cpu->cr0 & CR0_TS) && (cpu->cr4 & CR4_OSXSAVE) &&
                     (cpu->xcr0 & XCR0_AVX_STATE) == XCR0_AVX_STATE && cpu_protected(cpu);
}

/*
 * EXEC_NEXT if the instruction may go on, else what its handler returns: with EXEC_FAULT the reason
 * is raised; a pending x87 exception may also call for an interrupt first (see fpu_wait_error).
 */
enum exec sse_not_ready(struct cpu *cpu, struct insn *insn);
enum exec mmx_not_ready(struct cpu *cpu, struct insn *insn);

ALWAYS_INLINE enum exec sse_check(struct cpu *cpu, struct insn *insn)
{
    return likely(cpu->sse_ready) ? EXEC_NEXT : sse_not_ready(cpu, insn);
}

/* MMX instructions report a pending x87 exception first. */
ALWAYS_INLINE enum exec mmx_check(struct cpu *cpu, struct insn *insn)
{
    if (likely(cpu->mmx_ready) && likely(!(cpu->fpu.fsw & FSW_ES)))
        return EXEC_NEXT;
    return mmx_not_ready(cpu, insn);
}

/* For instructions on both kinds of registers. */
ALWAYS_INLINE enum exec sse_mmx_check(struct cpu *cpu, struct insn *insn)
{
    return likely(cpu->sse_ready) ? mmx_check(cpu, insn) : sse_not_ready(cpu, insn);
}

/* ---- handlers from bodies ---- */

/* `form` is a constant wherever a body is instantiated. */
#define SSE_BODY(name)                                                                             \
    ALWAYS_INLINE bool name##_body(struct cpu *cpu, struct insn *insn, const enum form form UNUSED)

#define VECTOR_HANDLER_(name, check, form)                                                         \
    static enum exec name##_##form(struct cpu *cpu, struct insn *insn)                             \
    {                                                                                              \
        enum exec ready = check(cpu, insn);                                                        \
                                                                                                   \
        if (unlikely(ready != EXEC_NEXT))                                                          \
            return ready;                                                                          \
        if (unlikely(!name##_body(cpu, insn, FORM_##form)))                                        \
            return EXEC_FAULT;                                                                     \
        NEXT(cpu, insn);                                                                           \
    }
/* The same function for every operand size. */
#define VECTOR_FORM_(name, form)                                                                   \
    [FORM_##form] = { name##_##form, name##_##form, name##_##form, name##_##form }
#define VECTOR_R_RM_(name, check)                                                                  \
    VECTOR_HANDLER_(name, check, R_R)                                                              \
    VECTOR_HANDLER_(name, check, R_M)                                                              \
    VECTOR_HANDLER_(name, check, R_N)                                                              \
    const struct handlers exec_##name = {                                                          \
        .fn = { VECTOR_FORM_(name, R_R), VECTOR_FORM_(name, R_M), VECTOR_FORM_(name, R_N) }        \
    };
#define VECTOR_R_RMI_(name, check)                                                                 \
    VECTOR_HANDLER_(name, check, R_R)                                                              \
    VECTOR_HANDLER_(name, check, R_I)                                                              \
    VECTOR_HANDLER_(name, check, R_M)                                                              \
    VECTOR_HANDLER_(name, check, R_N)                                                              \
    const struct handlers exec_##name = {                                                          \
        .fn = { VECTOR_FORM_(name, R_R), VECTOR_FORM_(name, R_I), VECTOR_FORM_(name, R_M),         \
                VECTOR_FORM_(name, R_N) }                                                          \
    };
#define VECTOR_RM_R_(name, check)                                                                  \
    VECTOR_HANDLER_(name, check, R_R)                                                              \
    VECTOR_HANDLER_(name, check, M_R)                                                              \
    VECTOR_HANDLER_(name, check, N_R)                                                              \
    const struct handlers exec_##name = {                                                          \
        .fn = { VECTOR_FORM_(name, R_R), VECTOR_FORM_(name, M_R), VECTOR_FORM_(name, N_R) }        \
    };
/* One function for all forms: it asks insn->mem. */
#define VECTOR_ANY_(name, check, memory_form)                                                      \
    static enum exec name##_any(struct cpu *cpu, struct insn *insn)                                \
    {                                                                                              \
        enum exec ready = check(cpu, insn);                                                        \
                                                                                                   \
        if (unlikely(ready != EXEC_NEXT))                                                          \
            return ready;                                                                          \
        if (unlikely(!name##_body(cpu, insn, insn->mem ? FORM_##memory_form : FORM_R_R)))          \
            return EXEC_FAULT;                                                                     \
        NEXT(cpu, insn);                                                                           \
    }                                                                                              \
    const struct handlers exec_##name = { .any = name##_any };

/*
 * For name##_body with a way that is tried first: name##_quick does all of it or, returning false,
 * nothing, and calls nobody. So its handlers need no stack frame. `ready`: the CPU's field that
 * `check` looks at.
 */
#define VECTOR_QUICK_HANDLER_(name, ready, form)                                                   \
    static enum exec name##_##form(struct cpu *cpu, struct insn *insn)                             \
    {                                                                                              \
        if (likely(cpu->ready) && likely(name##_quick(cpu, insn, FORM_##form)))                    \
            NEXT(cpu, insn);                                                                       \
        return name##_careful(cpu, insn);                                                          \
    }
#define VECTOR_QUICK_R_RM_(name, check, ready)                                                     \
    static NOINLINE enum exec name##_careful(struct cpu *cpu, struct insn *insn)                   \
    {                                                                                              \
        enum exec status = check(cpu, insn);                                                       \
                                                                                                   \
        if (unlikely(status != EXEC_NEXT))                                                         \
            return status;                                                                         \
        if (unlikely(!name##_body(cpu, insn, insn->mem ? FORM_R_N : FORM_R_R)))                    \
            return EXEC_FAULT;                                                                     \
        NEXT(cpu, insn);                                                                           \
    }                                                                                              \
    VECTOR_QUICK_HANDLER_(name, ready, R_R)                                                        \
    VECTOR_QUICK_HANDLER_(name, ready, R_M)                                                        \
    VECTOR_HANDLER_(name, check, R_N)                                                              \
    const struct handlers exec_##name = {                                                          \
        .fn = { VECTOR_FORM_(name, R_R), VECTOR_FORM_(name, R_M), VECTOR_FORM_(name, R_N) }        \
    };

#define SSE_R_RM(name) VECTOR_R_RM_(name, sse_check)
#define SSE_QUICK_R_RM(name) VECTOR_QUICK_R_RM_(name, sse_check, sse_ready)
#define SSE_R_RMI(name) VECTOR_R_RMI_(name, sse_check)
#define SSE_RM_R(name) VECTOR_RM_R_(name, sse_check)
#define SSE_R_RM_ANY(name) VECTOR_ANY_(name, sse_check, R_N)
#define SSE_RM_R_ANY(name) VECTOR_ANY_(name, sse_check, N_R)
#define SSE_MMX_R_RM_ANY(name) VECTOR_ANY_(name, sse_mmx_check, R_N)
#define MMX_R_RM(name) VECTOR_R_RM_(name, mmx_check)
#define MMX_R_RMI(name) VECTOR_R_RMI_(name, mmx_check)
#define MMX_RM_R(name) VECTOR_RM_R_(name, mmx_check)
#define MMX_R_RM_ANY(name) VECTOR_ANY_(name, mmx_check, R_N)
#define MMX_RM_R_ANY(name) VECTOR_ANY_(name, mmx_check, N_R)

/* ---- registers ---- */

ALWAYS_INLINE union xmm xmm_read(const struct cpu *cpu, unsigned n)
{
    union xmm v;

    memcpy(&v, &cpu->vec[n], sizeof v);
    return v;
}

/* The upper parts of the vector register stay: legacy SSE. */
ALWAYS_INLINE void xmm_write(struct cpu *cpu, unsigned n, const union xmm *v)
{
    memcpy(&cpu->vec[n], v, sizeof *v);
}

ALWAYS_INLINE uint64_t mmx_read(const struct cpu *cpu, unsigned n)
{
    return cpu->fpu.st[n & 7].mantissa;
}

ALWAYS_INLINE void mmx_write(struct cpu *cpu, unsigned n, uint64_t value)
{
    cpu->fpu.st[n & 7].mantissa = value;
    cpu->fpu.st[n & 7].sign_exponent = 0xffff;
}

/* Every MMX instruction but EMMS: TOP is 0 and all registers are in use. */
ALWAYS_INLINE void mmx_enter(struct cpu *cpu)
{
    cpu->fpu.fsw &= (uint16_t)~FSW_TOP;
    cpu->fpu.ftw = 0xff;
}

/* PTEST and its kin: ZF if `both` is zero, CF if `only` is, the other status flags clear. */
ALWAYS_INLINE void flags_set_test(struct cpu *cpu, uint64_t both, uint64_t only)
{
    cpu->flags_zero = both;
    cpu->flags_sign = 1;
    flags_set_carry(cpu, !only, false, false);
}

/* The y operand size: 4 bytes, or 8 with REX.W. */
ALWAYS_INLINE unsigned insn_ysize(const struct insn *insn)
{
    return insn->opsize == OPSIZE_64 ? 8 : 4;
}

/* ---- memory operands ---- */

ALWAYS_INLINE union xmm load_xmm(const void *p)
{
    union xmm v;

    v.q[0] = load_le64(p);
    v.q[1] = load_le64((const uint8_t *)p + 8);
    return v;
}

ALWAYS_INLINE void store_xmm(void *p, const union xmm *v)
{
    store_le64(p, v->q[0]);
    store_le64((uint8_t *)p + 8, v->q[1]);
}

/* #AC(0) at CPL 3 with alignment checks on: an operand of 16 or 32 bytes that may be misaligned has
 * to be a multiple of 16 (AMD Zen 3; the manual leaves it to the processor). */
ALWAYS_INLINE bool vec_check_alignment(struct cpu *cpu, const struct insn *insn, unsigned bytes,
                                       enum access access)
{
    return cpu_check_alignment(cpu, MEM_SEG(insn), insn_offset(cpu, insn), bytes, 16, access);
}

/* What the inline accessors below leave over: the value comes and goes by cpu->slow_vec. */
MUST_CHECK bool xmm_read_slow(struct cpu *cpu, const struct insn *insn, unsigned align);
MUST_CHECK bool xmm_write_slow(struct cpu *cpu, const struct insn *insn, unsigned align,
                               uint64_t low, uint64_t high);
/*
 * MASKMOVQ and MASKMOVDQU: can the eight bytes at DS:rDI + first be written? The manual leaves open
 * whether bytes that the mask leaves out may fault; they do on AMD processors (Zen 3), and an empty
 * mask does not help.
 */
MUST_CHECK bool sse_probe_masked(struct cpu *cpu, const struct insn *insn, unsigned first);
/* Write byte i of `value` to DS:rDI + first + i if bit 7 of byte i of `mask` is set. */
MUST_CHECK bool sse_store_masked(struct cpu *cpu, const struct insn *insn, uint64_t value,
                                 uint64_t mask, unsigned first);

/* Can all `bytes` (16 or 32) bytes of the memory operand be reached by one pointer? */
ALWAYS_INLINE bool vec_host_pointer(const struct cpu *cpu, const struct insn *insn,
                                    const enum form form, enum access access, const unsigned bytes,
                                    unsigned align, uintptr_t *pointer)
{
    const struct tlb_entry *e;
    lin_addr la;

    if (is_flat_form(form)) {
        la = cpu->gpr[insn->base] + (cpu->gpr[insn->index] << insn->scale) +
             (uint64_t)(int64_t)insn->disp;
    } else {
        const struct segment *seg = &cpu->seg[insn->seg];
        uint64_t offset = insn_offset(cpu, insn);
        uint64_t end = access == ACCESS_READ ? seg->read_end : seg->write_end;

        /* The bounds are made for 8 bytes. */
        if (unlikely(offset >= end || end - offset <= bytes - 8))
            return false;
        la = seg->base + offset;
        if (!(cpu->mode & MODE_CODE64))
            la = (uint32_t)la;
    }
    e = &cpu->tlb[la / PAGE_SIZE % TLB_ENTRIES];
    *pointer = (uintptr_t)(la + e->addend);
    return !(la & (align - 1)) &&
           (access == ACCESS_READ ? e->read_tag : e->write_tag) == ((la + bytes - 1) & ~PAGE_MASK);
}

/* 16 bytes; align 16: #GP(0) when misaligned, 1: no alignment asked. */
ALWAYS_INLINE bool xmm_load(struct cpu *cpu, const struct insn *insn, const enum form form,
                            unsigned align, union xmm *v)
{
    uintptr_t pointer;

    if (likely(vec_host_pointer(cpu, insn, form, ACCESS_READ, 16, align, &pointer))) {
        *v = load_xmm((const void *)pointer);
        return true;
    }
    if (!xmm_read_slow(cpu, insn, align))
        return false;
    v->q[0] = cpu->slow_vec[0];
    v->q[1] = cpu->slow_vec[1];
    return true;
}

ALWAYS_INLINE bool xmm_store(struct cpu *cpu, const struct insn *insn, const enum form form,
                             unsigned align, const union xmm *v)
{
    uintptr_t pointer;

    if (likely(vec_host_pointer(cpu, insn, form, ACCESS_WRITE, 16, align, &pointer))) {
        store_xmm((void *)pointer, v);
        return true;
    }
    return xmm_write_slow(cpu, insn, align, v->q[0], v->q[1]);
}

/* ---- operand 2 of R_R, R_M, R_N ---- */

ALWAYS_INLINE bool is_source_memory(const enum form form)
{
    return form == FORM_R_M || form == FORM_R_N;
}

/* XMM or 16 bytes of memory. */
ALWAYS_INLINE bool xmm_source(struct cpu *cpu, const struct insn *insn, const enum form form,
                              unsigned align, union xmm *v)
{
    if (is_source_memory(form))
        return xmm_load(cpu, insn, form, align, v);
    *v = xmm_read(cpu, insn->src);
    return true;
}

/* The low `size` (2, 4, 8) bytes of an XMM register, or memory of that size; the rest is zero. */
ALWAYS_INLINE bool xmm_source_part(struct cpu *cpu, const struct insn *insn, const enum form form,
                                   unsigned size, uint64_t *value)
{
    lin_addr la;

    if (is_source_memory(form))
        return memory_read(cpu, insn, form, size, ACCESS_READ, &la, value);
    *value = zero_extend(cpu->vec[insn->src].q[0], size);
    return true;
}

/* The same for name##_quick: vector register `n`, or memory that is at hand. */
ALWAYS_INLINE bool quick_source_part(const struct cpu *cpu, const struct insn *insn,
                                     const enum form form, const unsigned size, unsigned n,
                                     uint64_t *value)
{
    uintptr_t pointer;

    if (!is_source_memory(form)) {
        *value = zero_extend(cpu->vec[n].q[0], size);
        return true;
    }
    if (!is_flat_form(form) || !flat_access(cpu, insn, size, ACCESS_READ, &pointer))
        return false;
    *value = load_le((const void *)pointer, size);
    return true;
}

/* MMX register (all of it) or memory of `size` bytes. */
ALWAYS_INLINE bool mmx_source(struct cpu *cpu, const struct insn *insn, const enum form form,
                              unsigned size, uint64_t *value)
{
    lin_addr la;

    if (is_source_memory(form))
        return memory_read(cpu, insn, form, size, ACCESS_READ, &la, value);
    *value = mmx_read(cpu, insn->src);
    return true;
}

#endif
