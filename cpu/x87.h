/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/x87.h - what x87 handlers are made of: availability, the register stack, stack faults, the
 * step from an operation's exceptions to the status word, and the macros that make handlers.
 *
 * A body returns false when it has faulted (nothing is changed then) and true when it is done:
 *
 *     X87_BODY(fadd_m) { ... read memory, compute, write the register ...; return true; }
 *     X87_REAL(fadd_m)
 *
 * The instruction and data pointers are kept by the wrappers. Source: SDM Vol. 1, "Programming with
 * the x87 FPU", "Guidelines for Writing x87 FPU Exception Handlers"; SDM Vol. 3A, "Interrupt 7 -
 * Device Not Available Exception (#NM)", "Interrupt 16 - x87 FPU Floating-Point Error (#MF)".
 */
#ifndef CPU_X87_H
#define CPU_X87_H

#include "cpu/exec.h"

/* Status word. Bits 0-5 are FP_IE ... FP_PE. */
#define FSW_SF (1 << 6) /* stack fault */
#define FSW_ES (1 << 7) /* an unmasked exception is pending */
#define FSW_C0 (1 << 8)
#define FSW_C1 (1 << 9)
#define FSW_C2 (1 << 10)
#define FSW_TOP (7 << 11)
#define FSW_C3 (1 << 14)
#define FSW_B (1 << 15) /* copy of ES */

#define FCW_INITIAL 0x37f /* all masked, 64 bits, to nearest */

/* ---- availability ---- */

/* The cheap check; what it refuses is for fpu_wait(). */
ALWAYS_INLINE bool fpu_ready(const struct cpu *cpu)
{
    return likely(!(cpu->cr0 & (CR0_EM | CR0_TS)) && !(cpu->fpu.fsw & FSW_ES));
}

/*
 * A waiting instruction is not ready: #NM, #MF, or FERR#. EXEC_NEXT: go on with it after all; any
 * other value is how to leave.
 */
enum exec fpu_wait(struct cpu *cpu, struct insn *insn);
/* The same without #NM, for FWAIT and MMX: ES is set. */
enum exec fpu_wait_error(struct cpu *cpu, struct insn *insn);
/* Raise #NM if CR0 says so. */
MUST_CHECK bool fpu_available(struct cpu *cpu);

/* Before an instruction, one that waits for pending exceptions and one that does not. EXEC_NEXT: it
 * may run; any other value is how to leave. */
ALWAYS_INLINE enum exec fpu_check_waiting(struct cpu *cpu, struct insn *insn)
{
    return fpu_ready(cpu) ? EXEC_NEXT : fpu_wait(cpu, insn);
}

ALWAYS_INLINE enum exec fpu_check_not_waiting(struct cpu *cpu, struct insn *insn)
{
    return fpu_available(cpu) ? EXEC_NEXT : EXEC_FAULT;
}

/* FERR# is out: an instruction that may take it back has to run alone. */
MUST_CHECK bool fpu_may_change_ferr(struct cpu *cpu);
/* The masks or the flags were loaded: set or clear ES and B, and take FERR# back. */
void fpu_summarize(struct cpu *cpu, const struct insn *insn);

/*
 * The x87 part of an FXSAVE or XSAVE image: bytes 0-23 and 32-159 of `image` (512 bytes; bytes 24-31
 * are MXCSR's). wide: REX.W, 64-bit pointers without selectors. After fpu_get_image() call
 * fpu_summarize(). SDM Vol. 1, "x87 State".
 */
void fpu_put_image(const struct cpu *cpu, bool wide, uint8_t *image);
void fpu_get_image(struct cpu *cpu, bool wide, const uint8_t *image);
/* MXCSR_MASK: the bits of MXCSR that may be set; #GP(0) for others. */
#define MXCSR_MASK 0xffffu
MUST_CHECK bool mxcsr_legal(struct cpu *cpu, uint32_t value);

/* ---- the register stack ---- */

ALWAYS_INLINE unsigned fpu_top(const struct cpu *cpu)
{
    return cpu->fpu.fsw >> 11 & 7;
}

/* Number of the physical register that is ST(i). */
ALWAYS_INLINE unsigned fpu_physical(const struct cpu *cpu, unsigned i)
{
    return ((cpu->fpu.fsw >> 11) + i) & 7;
}

ALWAYS_INLINE bool fpu_empty(const struct cpu *cpu, unsigned i)
{
    return !(cpu->fpu.ftw >> fpu_physical(cpu, i) & 1);
}

/* By members: a 16-byte load of what was just stored as 8 and 2 would stall the host. */
ALWAYS_INLINE struct float80 fpu_read(const struct cpu *cpu, unsigned i)
{
    const struct float80 *st = &cpu->fpu.st[fpu_physical(cpu, i)];

    return (struct float80){ st->mantissa, st->sign_exponent };
}

ALWAYS_INLINE void fpu_write(struct cpu *cpu, unsigned i, struct float80 value)
{
    unsigned n = fpu_physical(cpu, i);

    cpu->fpu.st[n].mantissa = value.mantissa;
    cpu->fpu.st[n].sign_exponent = value.sign_exponent;
    cpu->fpu.ftw |= (uint8_t)(1 << n);
}

ALWAYS_INLINE void fpu_move_top(struct cpu *cpu, unsigned by)
{
    unsigned top = (fpu_top(cpu) + by) & 7;

    cpu->fpu.fsw = (uint16_t)((cpu->fpu.fsw & ~FSW_TOP) | top << 11);
}

ALWAYS_INLINE void fpu_push(struct cpu *cpu, struct float80 value)
{
    fpu_move_top(cpu, 7);
    fpu_write(cpu, 0, value);
}

ALWAYS_INLINE void fpu_pop(struct cpu *cpu)
{
    cpu->fpu.ftw &= (uint8_t) ~(1 << fpu_top(cpu));
    fpu_move_top(cpu, 1);
}

/* ---- exceptions ---- */

/* What the control word says. One store: compilers make poor code of single fields. */
ALWAYS_INLINE struct fp_env fpu_env(const struct cpu *cpu)
{
    uint64_t fcw = cpu->fpu.fcw;
    struct fp_env env;

    _Static_assert(offsetof(struct fp_env, rounding) == 0 &&
                       offsetof(struct fp_env, precision) == 1 &&
                       offsetof(struct fp_env, masks) == 2 && sizeof env == 8,
                   "the order of struct fp_env");
    store_le64(&env, (fcw >> 10 & 3) | (fcw & 0x300) | (fcw & FP_ALL_EXCEPTIONS) << 16);
    return env;
}

ALWAYS_INLINE void fpu_set_codes(struct cpu *cpu, unsigned which, unsigned codes)
{
    cpu->fpu.fsw = (uint16_t)((cpu->fpu.fsw & ~which) | codes);
}

/* Set the flags of an unmasked exception, ES, B and the last opcode. */
void fpu_unmasked(struct cpu *cpu, const struct insn *insn, unsigned flags);

/* The end of an operation: its C1 and its exceptions. */
ALWAYS_INLINE void fpu_report(struct cpu *cpu, const struct insn *insn, const struct fp_env *env)
{
    fpu_set_codes(cpu, FSW_C1, env->c1 ? FSW_C1 : 0);
    if (likely(!(env->flags & ~env->masks)))
        cpu->fpu.fsw |= env->flags;
    else
        fpu_unmasked(cpu, insn, fp_reported_flags(env));
}

ALWAYS_INLINE bool fpu_invalid_masked(const struct cpu *cpu)
{
    return cpu->fpu.fcw & FP_IE;
}

/*
 * #IS: an operand register is empty (stack underflow, C1 = 0), or the one to be loaded is not
 * (overflow, C1 = 1). True: it is masked, and the default NaN is to be the result.
 */
bool fpu_stack_underflow(struct cpu *cpu, const struct insn *insn);
bool fpu_stack_overflow(struct cpu *cpu, const struct insn *insn);

/* ---- handlers from bodies ---- */

/* `form` and `size` (bytes) of the memory operand are constants wherever a body is instantiated. */
#define X87_BODY(name)                                                                             \
    ALWAYS_INLINE bool name##_body(struct cpu *cpu UNUSED, struct insn *insn UNUSED,               \
                                   const enum form form UNUSED, const unsigned size UNUSED)

/* Last instruction pointer and, if there is a memory operand, last data pointer. */
ALWAYS_INLINE void fpu_note_pointers(struct cpu *cpu, const struct insn *insn, bool memory)
{
    cpu->fpu.fip = insn_rip(cpu, insn);
    cpu->fpu.fcs = cpu->seg[SEG_CS].selector;
    if (memory) {
        cpu->fpu.fdp = insn_offset(cpu, insn);
        cpu->fpu.fds = cpu->seg[insn->seg].selector;
    }
}

#define X87_HANDLER_(name, suffix, form, size)                                                     \
    static enum exec name##suffix(struct cpu *cpu, struct insn *insn)                              \
    {                                                                                              \
        enum exec check = fpu_check_waiting(cpu, insn);                                            \
                                                                                                   \
        if (unlikely(check != EXEC_NEXT))                                                          \
            return check;                                                                          \
        if (!name##_body(cpu, insn, form, size))                                                   \
            return EXEC_FAULT;                                                                     \
        fpu_note_pointers(cpu, insn, (size) != 0);                                                 \
        NEXT(cpu, insn);                                                                           \
    }

/* Registers only. */
#define X87_REGISTERS(name)                                                                        \
    X87_HANDLER_(name, _any, FORM_R, 0)                                                            \
    const struct handlers exec_##name = { .any = name##_any };
/* Memory of 32 or 64 bits: floating point. */
#define X87_REAL(name)                                                                             \
    X87_HANDLER_(name, _M_2, FORM_M, 4)                                                            \
    X87_HANDLER_(name, _M_3, FORM_M, 8)                                                            \
    X87_HANDLER_(name, _N_2, FORM_N, 4)                                                            \
    X87_HANDLER_(name, _N_3, FORM_N, 8)                                                            \
    const struct handlers exec_##name = { .fn = { [FORM_M] = { [2] = name##_M_2, name##_M_3 },     \
                                                  [FORM_N] = { [2] = name##_N_2, name##_N_3 } } };
/* Memory of 16, 32 or 64 bits: integer. */
#define X87_INTEGER(name)                                                                          \
    X87_HANDLER_(name, _N_1, FORM_N, 2)                                                            \
    X87_HANDLER_(name, _N_2, FORM_N, 4)                                                            \
    X87_HANDLER_(name, _N_3, FORM_N, 8)                                                            \
    const struct handlers exec_##name = {                                                          \
        .fn = { [FORM_M] = { [1] = name##_N_1, name##_N_2, name##_N_3 },                           \
                [FORM_N] = { [1] = name##_N_1, name##_N_2, name##_N_3 } }                          \
    };
/* Memory of 80 bits. */
#define X87_EXTENDED(name)                                                                         \
    X87_HANDLER_(name, _any, FORM_N, 10)                                                           \
    const struct handlers exec_##name = { .any = name##_any };

/*
 * Control instructions: they leave the instruction and data pointers alone, may change masks and
 * flags, and the FN... ones do not wait for a pending exception.
 */
#define X87_CONTROL_(name, check_first)                                                            \
    static enum exec name##_any(struct cpu *cpu, struct insn *insn)                                \
    {                                                                                              \
        enum exec check = check_first(cpu, insn);                                                  \
                                                                                                   \
        if (unlikely(check != EXEC_NEXT))                                                          \
            return check;                                                                          \
        if (!fpu_may_change_ferr(cpu) || !name##_body(cpu, insn, FORM_N, 0))                       \
            return EXEC_FAULT;                                                                     \
        fpu_summarize(cpu, insn);                                                                  \
        NEXT(cpu, insn);                                                                           \
    }                                                                                              \
    const struct handlers exec_##name = { .any = name##_any };
#define X87_WAITING(name) X87_CONTROL_(name, fpu_check_waiting)
#define X87_NOT_WAITING(name) X87_CONTROL_(name, fpu_check_not_waiting)

#endif
