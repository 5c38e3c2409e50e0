/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_x87.c - x87: availability and pending exceptions, stack faults; loads, stores, and what
 * moves or looks at registers. Source: SDM Vol. 1, "Programming with the x87 FPU"; SDM Vol. 2, the
 * pages of the instructions.
 */
#include "cpu/x87.h"

/* ---- availability ---- */

COLD static bool raise_not_available(struct cpu *cpu)
{
    return RAISE(cpu, VEC_NM, 0, FPU_NOT_AVAILABLE, { EV_REGISTER, 0 }, { EV_VALUE, cpu->cr0 });
}

bool fpu_available(struct cpu *cpu)
{
    return likely(!(cpu->cr0 & (CR0_EM | CR0_TS))) || raise_not_available(cpu);
}

static void set_ferr(struct cpu *cpu, const struct insn *insn, bool level)
{
    cpu->ferr = level;
    if (!cpu->board.set_ferr)
        return;
    device_begin(cpu, insn);
    cpu->board.set_ferr(cpu->board.context, level);
    device_end(cpu, insn);
}

bool fpu_may_change_ferr(struct cpu *cpu)
{
    if (likely(!cpu->ferr) || cpu->alone)
        return true;
    cpu->want_alone = true;
    return false;
}

/*
 * ES is set. With CR0.NE it is #MF. Without, the way of the PC: FERR# goes out and the board makes
 * it IRQ13. As in the P6 family all errors are deferred to the next waiting instruction, here.
 *
 * Hardware now stops until an interrupt comes, unless the board answers with IGNNE# (a write to
 * port F0h). Here the instruction is left undone for one tick if an interrupt can be delivered, so
 * that IRQ13 is taken before it. Otherwise (IF clear, IRQ13 masked, or its handler is at work) it
 * is executed, as with IGNNE#: where hardware would wait for ever, the guest goes on.
 */
COLD enum exec fpu_wait_error(struct cpu *cpu, struct insn *insn)
{
    if (cpu->cr0 & CR0_NE) {
        RAISE(cpu, VEC_MF, 0, FPU_ERROR, { EV_VALUE, cpu->fpu.fsw }, { EV_ALLOWED, cpu->fpu.fcw });
        return EXEC_FAULT;
    }
    if (cpu->ferr)
        return EXEC_NEXT;
    if (!cpu->alone) {
        cpu->want_alone = true;
        return EXEC_FAULT;
    }
    set_ferr(cpu, insn, true);
    if ((cpu->pending & PENDING_INTR) && (cpu->eflags & IF)) {
        cpu->rip = insn_rip(cpu, insn);
        return EXEC_LEAVE;
    }
    return EXEC_NEXT;
}

COLD enum exec fpu_wait(struct cpu *cpu, struct insn *insn)
{
    if (!fpu_available(cpu))
        return EXEC_FAULT;
    return fpu_wait_error(cpu, insn);
}

/* FWAIT: #NM only if CR0.MP and CR0.TS are both set; CR0.EM does not matter. */
EXEC(fwait)
{
    if (unlikely((cpu->cr0 & (CR0_MP | CR0_TS)) == (CR0_MP | CR0_TS))) {
        raise_not_available(cpu);
        return EXEC_FAULT;
    }
    if (unlikely(cpu->fpu.fsw & FSW_ES)) {
        enum exec wait = fpu_wait_error(cpu, insn);

        if (wait != EXEC_NEXT)
            return wait;
    }
    return EXEC_NEXT;
}

/* ---- exceptions ---- */

/*
 * The 11-bit opcode: the low three bits of D8-DF and the ModRM byte. As in processors with the
 * fopcode compatibility mode it is kept only for unmasked exceptions, so it is looked up here.
 */
static uint16_t last_opcode(const struct cpu *cpu, const struct insn *insn)
{
    uint64_t base = cpu_code64(cpu) ? 0 : cpu->seg[SEG_CS].base;
    uint8_t bytes[15];

    if (!cpu_peek(cpu, base + insn_rip(cpu, insn), bytes, insn->length))
        return 0;
    for (unsigned i = 0; i + 1 < insn->length; i++)
        if ((bytes[i] & 0xf8) == 0xd8) /* no prefix looks like this */
            return (uint16_t)((bytes[i] & 7) << 8 | bytes[i + 1]);
    return 0;
}

COLD void fpu_unmasked(struct cpu *cpu, const struct insn *insn, unsigned flags)
{
    cpu->fpu.fsw |= (uint16_t)(flags | FSW_ES | FSW_B);
    cpu->fpu.fop = last_opcode(cpu, insn);
}

void fpu_summarize(struct cpu *cpu, const struct insn *insn)
{
    if (cpu->fpu.fsw & ~cpu->fpu.fcw & FP_ALL_EXCEPTIONS) {
        cpu->fpu.fsw |= FSW_ES | FSW_B;
        return;
    }
    cpu->fpu.fsw &= (uint16_t) ~(FSW_ES | FSW_B);
    if (unlikely(cpu->ferr))
        set_ferr(cpu, insn, false);
}

static bool stack_fault(struct cpu *cpu, const struct insn *insn, unsigned c1)
{
    fpu_set_codes(cpu, FSW_C1, c1 | FSW_SF | FP_IE);
    if (fpu_invalid_masked(cpu))
        return true;
    fpu_unmasked(cpu, insn, FP_IE);
    return false;
}

COLD bool fpu_stack_underflow(struct cpu *cpu, const struct insn *insn)
{
    return stack_fault(cpu, insn, 0);
}

COLD bool fpu_stack_overflow(struct cpu *cpu, const struct insn *insn)
{
    return stack_fault(cpu, insn, FSW_C1);
}

/* ---- loads ---- */

/* Push what was loaded or converted. */
ALWAYS_INLINE void load(struct cpu *cpu, const struct insn *insn, struct float80 value,
                        const struct fp_env *env)
{
    if (unlikely(!fpu_empty(cpu, 7))) {
        if (fpu_stack_overflow(cpu, insn))
            fpu_push(cpu, float80_indefinite());
        return;
    }
    if (likely(fp_writes_loaded(env)))
        fpu_push(cpu, value);
    fpu_report(cpu, insn, env);
}

X87_BODY(fld_m)
{
    struct fp_env env = fpu_env(cpu);
    struct float80 value;
    uint64_t raw;
    lin_addr la;

    if (!memory_read(cpu, insn, form, size, ACCESS_READ, &la, &raw))
        return false;
    value = size == 4 ? float80_from_f32((uint32_t)raw, &env) : float80_from_f64(raw, &env);
    load(cpu, insn, value, &env);
    return true;
}
X87_REAL(fld_m)

X87_BODY(fild_m)
{
    struct fp_env env = fpu_env(cpu);
    uint64_t raw;
    lin_addr la;

    if (!memory_read(cpu, insn, form, size, ACCESS_READ, &la, &raw))
        return false;
    load(cpu, insn, float80_from_int64(sign_extend(raw, size)), &env);
    return true;
}
X87_INTEGER(fild_m)

/* FLD m80: any bit pattern, without an exception. */
X87_BODY(fld_m80)
{
    struct fp_env env = fpu_env(cpu);
    uint8_t bytes[10];

    if (!cpu_read_bytes(cpu, MEM_SEG(insn), insn_offset(cpu, insn), bytes, sizeof bytes, 1))
        return false;
    load(cpu, insn, (struct float80){ load_le64(bytes), load_le16(bytes + 8) }, &env);
    return true;
}
X87_EXTENDED(fld_m80)

X87_BODY(fbld)
{
    struct fp_env env = fpu_env(cpu);
    uint8_t bytes[10];

    if (!cpu_read_bytes(cpu, MEM_SEG(insn), insn_offset(cpu, insn), bytes, sizeof bytes, 1))
        return false;
    load(cpu, insn, float80_from_bcd(bytes), &env);
    return true;
}
X87_EXTENDED(fbld)

X87_BODY(fld_sti)
{
    struct fp_env env = fpu_env(cpu);

    if (unlikely(fpu_empty(cpu, insn->dst))) {
        if (fpu_stack_underflow(cpu, insn))
            fpu_push(cpu, float80_indefinite());
        return true;
    }
    load(cpu, insn, fpu_read(cpu, insn->dst), &env);
    return true;
}
X87_REGISTERS(fld_sti)

#define CONSTANT(name, which)                                                                      \
    X87_BODY(name)                                                                                 \
    {                                                                                              \
        struct fp_env env = fpu_env(cpu);                                                          \
                                                                                                   \
        load(cpu, insn, float80_load_constant(which, &env), &env);                                 \
        return true;                                                                               \
    }                                                                                              \
    X87_REGISTERS(name)
CONSTANT(fld1, FLOAT80_1)
CONSTANT(fldl2t, FLOAT80_LOG2_10)
CONSTANT(fldl2e, FLOAT80_LOG2_E)
CONSTANT(fldpi, FLOAT80_PI)
CONSTANT(fldlg2, FLOAT80_LOG10_2)
CONSTANT(fldln2, FLOAT80_LN_2)
CONSTANT(fldz, FLOAT80_0)

/* ---- stores ---- */

enum store { STORE_REAL, STORE_INTEGER, STORE_TRUNCATED };

ALWAYS_INLINE uint64_t convert(struct float80 a, const enum store store, const unsigned size,
                               struct fp_env *env)
{
    if (store == STORE_REAL)
        return size == 4 ? float80_to_f32(a, env) : float80_to_f64(a, env);
    if (store == STORE_INTEGER)
        return size == 2   ? (uint16_t)float80_to_int16(a, env)
               : size == 4 ? (uint32_t)float80_to_int32(a, env)
                           : (uint64_t)float80_to_int64(a, env);
    return size == 2   ? (uint16_t)float80_to_int16_truncate(a, env)
           : size == 4 ? (uint32_t)float80_to_int32_truncate(a, env)
                       : (uint64_t)float80_to_int64_truncate(a, env);
}

/* The masked response to an empty register. */
ALWAYS_INLINE uint64_t stored_indefinite(const enum store store, const unsigned size)
{
    if (store == STORE_REAL)
        return size == 4 ? UINT64_C(0xffc00000) : UINT64_C(0xfff8000000000000);
    return BIT(size * 8 - 1);
}

/* Memory that is not written because of an unmasked exception must be writable all the same. */
static bool could_store(struct cpu *cpu, const struct insn *insn, unsigned size)
{
    uint64_t offset = insn_offset(cpu, insn);
    unsigned align = size == 10 ? 8 : size;

    return cpu_check_alignment(cpu, MEM_SEG(insn), offset, size, align, ACCESS_WRITE) &&
           cpu_probe_write(cpu, MEM_SEG(insn), offset, size);
}

/* Memory := ST0. With an unmasked exception but PE memory is not touched and nothing is popped. */
ALWAYS_INLINE bool store_m(struct cpu *cpu, struct insn *insn, const enum form form,
                           const unsigned size, const enum store store, const bool pop)
{
    struct fp_env env = fpu_env(cpu);
    uint64_t raw;

    if (unlikely(fpu_empty(cpu, 0))) {
        if (!(fpu_invalid_masked(cpu)
                  ? memory_write(cpu, insn, form, size, stored_indefinite(store, size))
                  : could_store(cpu, insn, size)))
            return false;
        if (fpu_stack_underflow(cpu, insn) && pop)
            fpu_pop(cpu);
        return true;
    }
    raw = convert(fpu_read(cpu, 0), store, size, &env);
    if (likely(fp_writes_memory(&env))) {
        if (!memory_write(cpu, insn, form, size, raw))
            return false;
        if (pop)
            fpu_pop(cpu);
    } else if (!could_store(cpu, insn, size)) {
        return false;
    }
    fpu_report(cpu, insn, &env);
    return true;
}

#define STORE(name, store, pop, handlers)                                                          \
    X87_BODY(name)                                                                                 \
    {                                                                                              \
        return store_m(cpu, insn, form, size, store, pop);                                         \
    }                                                                                              \
    handlers(name)
STORE(fst_m, STORE_REAL, false, X87_REAL)
STORE(fstp_m, STORE_REAL, true, X87_REAL)
STORE(fist_m, STORE_INTEGER, false, X87_INTEGER)
STORE(fistp_m, STORE_INTEGER, true, X87_INTEGER)
STORE(fisttp_m, STORE_TRUNCATED, true, X87_INTEGER)

/* The end of FSTP m80 and FBSTP for an empty register. */
static bool store_empty(struct cpu *cpu, const struct insn *insn, const uint8_t bytes[10])
{
    if (!(fpu_invalid_masked(cpu)
              ? cpu_write_bytes(cpu, MEM_SEG(insn), insn_offset(cpu, insn), bytes, 10, 1)
              : could_store(cpu, insn, 10)))
        return false;
    if (fpu_stack_underflow(cpu, insn))
        fpu_pop(cpu);
    return true;
}

static void put_float80(uint8_t bytes[10], struct float80 value)
{
    store_le64(bytes, value.mantissa);
    store_le16(bytes + 8, value.sign_exponent);
}

X87_BODY(fstp_m80)
{
    uint8_t bytes[10];

    if (unlikely(fpu_empty(cpu, 0))) {
        put_float80(bytes, float80_indefinite());
        return store_empty(cpu, insn, bytes);
    }
    put_float80(bytes, fpu_read(cpu, 0));
    if (!cpu_write_bytes(cpu, MEM_SEG(insn), insn_offset(cpu, insn), bytes, sizeof bytes, 1))
        return false;
    fpu_pop(cpu);
    fpu_set_codes(cpu, FSW_C1, 0);
    return true;
}
X87_EXTENDED(fstp_m80)

X87_BODY(fbstp)
{
    static const uint8_t indefinite[10] = { [7] = 0xc0, 0xff, 0xff };
    struct fp_env env = fpu_env(cpu);
    uint8_t bytes[10];

    if (unlikely(fpu_empty(cpu, 0)))
        return store_empty(cpu, insn, indefinite);
    float80_to_bcd(fpu_read(cpu, 0), bytes, &env);
    if (likely(fp_writes_memory(&env))) {
        if (!cpu_write_bytes(cpu, MEM_SEG(insn), insn_offset(cpu, insn), bytes, sizeof bytes, 1))
            return false;
        fpu_pop(cpu);
    } else if (!could_store(cpu, insn, sizeof bytes)) {
        return false;
    }
    fpu_report(cpu, insn, &env);
    return true;
}
X87_EXTENDED(fbstp)

ALWAYS_INLINE void store_sti(struct cpu *cpu, const struct insn *insn, const bool pop)
{
    struct float80 value = fpu_read(cpu, 0);

    if (unlikely(fpu_empty(cpu, 0))) {
        if (!fpu_stack_underflow(cpu, insn))
            return;
        value = float80_indefinite();
    } else {
        fpu_set_codes(cpu, FSW_C1, 0);
    }
    fpu_write(cpu, insn->dst, value);
    if (pop)
        fpu_pop(cpu);
}

X87_BODY(fst_sti)
{
    store_sti(cpu, insn, false);
    return true;
}
X87_REGISTERS(fst_sti)

X87_BODY(fstp_sti)
{
    store_sti(cpu, insn, true);
    return true;
}
X87_REGISTERS(fstp_sti)

/* D9 D8+i: as FSTP, but of an empty register nothing is stored, and no stack fault raised. */
X87_BODY(fstp1)
{
    fpu_set_codes(cpu, FSW_C1, 0);
    if (!fpu_empty(cpu, 0))
        fpu_write(cpu, insn->dst, fpu_read(cpu, 0));
    fpu_pop(cpu);
    return true;
}
X87_REGISTERS(fstp1)

/* ---- registers ---- */

X87_BODY(fxch)
{
    struct float80 a = fpu_read(cpu, 0), b = fpu_read(cpu, insn->dst);

    if (unlikely(fpu_empty(cpu, 0) || fpu_empty(cpu, insn->dst))) {
        bool a_empty = fpu_empty(cpu, 0), b_empty = fpu_empty(cpu, insn->dst);

        if (!fpu_stack_underflow(cpu, insn))
            return true;
        if (a_empty)
            a = float80_indefinite();
        if (b_empty)
            b = float80_indefinite();
    } else {
        fpu_set_codes(cpu, FSW_C1, 0);
    }
    fpu_write(cpu, 0, b);
    fpu_write(cpu, insn->dst, a);
    return true;
}
X87_REGISTERS(fxch)

/* FCMOVcc: an empty register is a stack fault whether the condition holds or not. C1 stays. */
#define FCMOV(name, condition)                                                                     \
    X87_BODY(name)                                                                                 \
    {                                                                                              \
        if (unlikely(fpu_empty(cpu, 0) || fpu_empty(cpu, insn->src))) {                            \
            if (fpu_stack_underflow(cpu, insn))                                                    \
                fpu_write(cpu, 0, float80_indefinite());                                           \
            return true;                                                                           \
        }                                                                                          \
        if (condition)                                                                             \
            fpu_write(cpu, 0, fpu_read(cpu, insn->src));                                           \
        return true;                                                                               \
    }                                                                                              \
    X87_REGISTERS(name)
FCMOV(fcmovb, flag_cf(cpu))
FCMOV(fcmove, flag_zf(cpu))
FCMOV(fcmovbe, flag_cf(cpu) || flag_zf(cpu))
FCMOV(fcmovu, flag_pf(cpu))
FCMOV(fcmovnb, !flag_cf(cpu))
FCMOV(fcmovne, !flag_zf(cpu))
FCMOV(fcmovnbe, !flag_cf(cpu) && !flag_zf(cpu))
FCMOV(fcmovnu, !flag_pf(cpu))

/* FCHS, FABS: the sign bit, whatever else the register holds. */
#define SIGN(name, function)                                                                       \
    X87_BODY(name)                                                                                 \
    {                                                                                              \
        if (unlikely(fpu_empty(cpu, 0))) {                                                         \
            if (fpu_stack_underflow(cpu, insn))                                                    \
                fpu_write(cpu, 0, float80_indefinite());                                           \
            return true;                                                                           \
        }                                                                                          \
        fpu_set_codes(cpu, FSW_C1, 0);                                                             \
        fpu_write(cpu, 0, function(fpu_read(cpu, 0)));                                             \
        return true;                                                                               \
    }                                                                                              \
    X87_REGISTERS(name)
SIGN(fchs, float80_negate)
SIGN(fabs, float80_absolute)

/* FXAM: C3, C2, C0 are the class, C1 the sign, also of an empty register. */
X87_BODY(fxam)
{
    struct float80 value = fpu_read(cpu, 0);
    unsigned class = fpu_empty(cpu, 0) ? FLOAT80_EMPTY : float80_classify(value);

    fpu_set_codes(cpu, FSW_C0 | FSW_C1 | FSW_C2 | FSW_C3,
                  (class & 1 ? FSW_C0 : 0) | (class & 2 ? FSW_C2 : 0) | (class & 4 ? FSW_C3 : 0) |
                      (value.sign_exponent >> 15 ? FSW_C1 : 0));
    return true;
}
X87_REGISTERS(fxam)

X87_BODY(fnop)
{
    return true;
}
X87_REGISTERS(fnop)

/* FINCSTP, FDECSTP, FFREE, FFREEP: TOP and tags, never the registers. C1 is cleared. */
X87_BODY(fincstp)
{
    fpu_move_top(cpu, 1);
    fpu_set_codes(cpu, FSW_C1, 0);
    return true;
}
X87_REGISTERS(fincstp)

X87_BODY(fdecstp)
{
    fpu_move_top(cpu, 7);
    fpu_set_codes(cpu, FSW_C1, 0);
    return true;
}
X87_REGISTERS(fdecstp)

X87_BODY(ffree)
{
    cpu->fpu.ftw &= (uint8_t) ~(1 << fpu_physical(cpu, insn->dst));
    fpu_set_codes(cpu, FSW_C1, 0);
    return true;
}
X87_REGISTERS(ffree)

X87_BODY(ffreep)
{
    cpu->fpu.ftw &= (uint8_t) ~(1 << fpu_physical(cpu, insn->dst));
    fpu_set_codes(cpu, FSW_C1, 0);
    fpu_pop(cpu);
    return true;
}
X87_REGISTERS(ffreep)
