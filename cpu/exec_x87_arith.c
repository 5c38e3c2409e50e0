/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_x87_arith.c - x87 arithmetic, comparison and transcendental instructions; the numbers
 * themselves are float80.h's. Source: SDM Vol. 2, the pages of the instructions.
 */
#include "cpu/x87.h"

typedef struct float80 binary_function(struct float80 a, struct float80 b, struct fp_env *env);
typedef struct float80 unary_function(struct float80 a, struct fp_env *env);
typedef enum fp_relation compare_function(struct float80 a, struct float80 b, struct fp_env *env);

static inline struct float80 subtract_reversed(struct float80 a, struct float80 b,
                                               struct fp_env *env)
{
    return float80_sub(b, a, env);
}

static inline struct float80 divide_reversed(struct float80 a, struct float80 b, struct fp_env *env)
{
    return float80_div(b, a, env);
}

/* The memory operand of an arithmetic instruction or comparison. */
ALWAYS_INLINE bool read_real(struct cpu *cpu, const struct insn *insn, const enum form form,
                             const unsigned size, struct float80 *value, struct fp_env *env)
{
    uint64_t raw;
    lin_addr la;

    if (!memory_read(cpu, insn, form, size, ACCESS_READ, &la, &raw))
        return false;
    *value = size == 4 ? float80_widen_f32((uint32_t)raw, env) : float80_widen_f64(raw, env);
    return true;
}

ALWAYS_INLINE bool read_integer(struct cpu *cpu, const struct insn *insn, const enum form form,
                                const unsigned size, struct float80 *value)
{
    uint64_t raw;
    lin_addr la;

    if (!memory_read(cpu, insn, form, size, ACCESS_READ, &la, &raw))
        return false;
    *value = float80_from_int64(sign_extend(raw, size));
    return true;
}

/* ---- ST(dest) := function(...) ---- */

ALWAYS_INLINE void write_result(struct cpu *cpu, const struct insn *insn, unsigned dest,
                                struct float80 result, const struct fp_env *env, const bool pop)
{
    if (likely(fp_writes_register(env))) {
        fpu_write(cpu, dest, result);
        if (pop)
            fpu_pop(cpu);
    }
    fpu_report(cpu, insn, env);
}

/* An operand is missing: the masked response is the default NaN as the result. */
COLD static void write_underflow(struct cpu *cpu, const struct insn *insn, unsigned dest, bool pop)
{
    if (!fpu_stack_underflow(cpu, insn))
        return;
    fpu_write(cpu, dest, float80_indefinite());
    if (pop)
        fpu_pop(cpu);
}

/* ST0 := function(ST0, memory) */
ALWAYS_INLINE void binary_memory(struct cpu *cpu, const struct insn *insn,
                                 binary_function *function, struct float80 b, struct fp_env *env)
{
    struct float80 result;

    if (unlikely(fpu_empty(cpu, 0))) {
        write_underflow(cpu, insn, 0, false);
        return;
    }
    result = function(fpu_read(cpu, 0), b, env);
    write_result(cpu, insn, 0, result, env, false);
}

/* ST(dest) := function(ST(dest), ST(other)) */
ALWAYS_INLINE void binary_registers(struct cpu *cpu, const struct insn *insn,
                                    binary_function *function, unsigned dest, unsigned other,
                                    const bool pop)
{
    struct fp_env env = fpu_env(cpu);
    struct float80 result;

    if (unlikely(fpu_empty(cpu, dest) || fpu_empty(cpu, other))) {
        write_underflow(cpu, insn, dest, pop);
        return;
    }
    result = function(fpu_read(cpu, dest), fpu_read(cpu, other), &env);
    write_result(cpu, insn, dest, result, &env, pop);
}

/* The five forms of each of the six operations. */
#define ARITHMETIC(name, iname, function)                                                          \
    X87_BODY(name##_m)                                                                             \
    {                                                                                              \
        struct fp_env env = fpu_env(cpu);                                                          \
        struct float80 b;                                                                          \
                                                                                                   \
        if (!read_real(cpu, insn, form, size, &b, &env))                                           \
            return false;                                                                          \
        binary_memory(cpu, insn, function, b, &env);                                               \
        return true;                                                                               \
    }                                                                                              \
    X87_REAL(name##_m)                                                                             \
    X87_BODY(iname##_m)                                                                            \
    {                                                                                              \
        struct fp_env env = fpu_env(cpu);                                                          \
        struct float80 b;                                                                          \
                                                                                                   \
        if (!read_integer(cpu, insn, form, size, &b))                                              \
            return false;                                                                          \
        binary_memory(cpu, insn, function, b, &env);                                               \
        return true;                                                                               \
    }                                                                                              \
    X87_INTEGER(iname##_m)                                                                         \
    X87_BODY(name##_st0)                                                                           \
    {                                                                                              \
        binary_registers(cpu, insn, function, 0, insn->src, false);                                \
        return true;                                                                               \
    }                                                                                              \
    X87_REGISTERS(name##_st0)                                                                      \
    X87_BODY(name##_sti)                                                                           \
    {                                                                                              \
        binary_registers(cpu, insn, function, insn->dst, 0, false);                                \
        return true;                                                                               \
    }                                                                                              \
    X87_REGISTERS(name##_sti)                                                                      \
    X87_BODY(name##p)                                                                              \
    {                                                                                              \
        binary_registers(cpu, insn, function, insn->dst, 0, true);                                 \
        return true;                                                                               \
    }                                                                                              \
    X87_REGISTERS(name##p)
ARITHMETIC(fadd, fiadd, float80_add)
ARITHMETIC(fmul, fimul, float80_mul)
ARITHMETIC(fsub, fisub, float80_sub)
ARITHMETIC(fsubr, fisubr, subtract_reversed)
ARITHMETIC(fdiv, fidiv, float80_div)
ARITHMETIC(fdivr, fidivr, divide_reversed)

/* ST0 := function(ST0) */
#define UNARY(name, function)                                                                      \
    X87_BODY(name)                                                                                 \
    {                                                                                              \
        struct fp_env env = fpu_env(cpu);                                                          \
        struct float80 result;                                                                     \
                                                                                                   \
        if (unlikely(fpu_empty(cpu, 0))) {                                                         \
            write_underflow(cpu, insn, 0, false);                                                  \
            return true;                                                                           \
        }                                                                                          \
        result = function(fpu_read(cpu, 0), &env);                                                 \
        write_result(cpu, insn, 0, result, &env, false);                                           \
        return true;                                                                               \
    }                                                                                              \
    X87_REGISTERS(name)
UNARY(fsqrt, float80_sqrt)
UNARY(frndint, float80_round_to_integral)
UNARY(f2xm1, float80_2xm1)

X87_BODY(fscale)
{
    binary_registers(cpu, insn, float80_scale, 0, 1, false);
    return true;
}
X87_REGISTERS(fscale)

/* ST1 := function(ST1, ST0), then pop. */
static inline struct float80 yl2x(struct float80 y, struct float80 x, struct fp_env *env)
{
    return float80_yl2x(x, y, env);
}

static inline struct float80 yl2xp1(struct float80 y, struct float80 x, struct fp_env *env)
{
    return float80_yl2xp1(x, y, env);
}

#define BINARY_POP(name, function)                                                                 \
    X87_BODY(name)                                                                                 \
    {                                                                                              \
        binary_registers(cpu, insn, function, 1, 0, true);                                         \
        return true;                                                                               \
    }                                                                                              \
    X87_REGISTERS(name)
BINARY_POP(fyl2x, yl2x)
BINARY_POP(fyl2xp1, yl2xp1)
BINARY_POP(fpatan, float80_atan2)

/* FPREM, FPREM1: the low bits of the quotient in C0, C3, C1; C2: not done yet. */
typedef struct float80 remainder_function(struct float80 a, struct float80 b,
                                          struct float80_reduction *reduction, struct fp_env *env);

ALWAYS_INLINE void remainder_body(struct cpu *cpu, const struct insn *insn,
                                  remainder_function *function)
{
    struct float80_reduction reduction = { 0 };
    struct fp_env env = fpu_env(cpu);
    struct float80 result;

    fpu_set_codes(cpu, FSW_C2, 0);
    if (unlikely(fpu_empty(cpu, 0) || fpu_empty(cpu, 1))) {
        write_underflow(cpu, insn, 0, false);
        return;
    }
    result = function(fpu_read(cpu, 0), fpu_read(cpu, 1), &reduction, &env);
    env.c1 = reduction.quotient & 1;
    write_result(cpu, insn, 0, result, &env, false);
    if (!fp_writes_register(&env) || float80_classify(result) == FLOAT80_NAN)
        return; /* no quotient: C0 and C3 stay */
    fpu_set_codes(cpu, FSW_C0 | FSW_C2 | FSW_C3,
                  (reduction.quotient & 4 ? FSW_C0 : 0) | (reduction.quotient & 2 ? FSW_C3 : 0) |
                      (reduction.incomplete ? FSW_C2 : 0));
}

X87_BODY(fprem)
{
    remainder_body(cpu, insn, float80_prem);
    return true;
}
X87_REGISTERS(fprem)

X87_BODY(fprem1)
{
    remainder_body(cpu, insn, float80_prem1);
    return true;
}
X87_REGISTERS(fprem1)

/* ---- one operand, two results: the second is pushed ---- */

/* True: both registers are as they should be. */
static bool can_push_second(struct cpu *cpu, const struct insn *insn)
{
    bool masked;

    if (likely(!fpu_empty(cpu, 0) && fpu_empty(cpu, 7)))
        return true;
    masked = fpu_empty(cpu, 0) ? fpu_stack_underflow(cpu, insn) : fpu_stack_overflow(cpu, insn);
    if (masked) {
        fpu_write(cpu, 0, float80_indefinite());
        fpu_push(cpu, float80_indefinite());
    }
    return false;
}

ALWAYS_INLINE void write_two(struct cpu *cpu, const struct insn *insn, struct float80 first,
                             struct float80 second, const struct fp_env *env)
{
    if (likely(fp_writes_register(env))) {
        fpu_write(cpu, 0, first);
        fpu_push(cpu, second);
    }
    fpu_report(cpu, insn, env);
}

/* FXTRACT: ST0 becomes the exponent, the significand is pushed. */
X87_BODY(fxtract)
{
    struct fp_env env = fpu_env(cpu);
    struct float80 significand, exponent;

    if (!can_push_second(cpu, insn))
        return true;
    significand = float80_extract(fpu_read(cpu, 0), &exponent, &env);
    write_two(cpu, insn, exponent, significand, &env);
    return true;
}
X87_REGISTERS(fxtract)

/* The four that reduce their argument: beyond 2^63 they only set C2. */
X87_BODY(fptan)
{
    struct fp_env env = fpu_env(cpu);
    struct float80 tangent, one = { BIT(63), 0x3fff };

    fpu_set_codes(cpu, FSW_C2, 0);
    if (!can_push_second(cpu, insn))
        return true;
    if (!float80_tan(fpu_read(cpu, 0), &tangent, &env)) {
        fpu_set_codes(cpu, FSW_C1 | FSW_C2, FSW_C2);
        return true;
    }
    if (float80_classify(tangent) == FLOAT80_NAN)
        one = tangent;
    write_two(cpu, insn, tangent, one, &env);
    return true;
}
X87_REGISTERS(fptan)

X87_BODY(fsincos)
{
    struct fp_env env = fpu_env(cpu);
    struct float80 sine, cosine;

    fpu_set_codes(cpu, FSW_C2, 0);
    if (!can_push_second(cpu, insn))
        return true;
    if (!float80_sincos(fpu_read(cpu, 0), &sine, &cosine, &env)) {
        fpu_set_codes(cpu, FSW_C1 | FSW_C2, FSW_C2);
        return true;
    }
    write_two(cpu, insn, sine, cosine, &env);
    return true;
}
X87_REGISTERS(fsincos)

#define SINE(name, function)                                                                       \
    X87_BODY(name)                                                                                 \
    {                                                                                              \
        struct fp_env env = fpu_env(cpu);                                                          \
        struct float80 result;                                                                     \
                                                                                                   \
        fpu_set_codes(cpu, FSW_C2, 0);                                                             \
        if (unlikely(fpu_empty(cpu, 0)))                                                           \
            write_underflow(cpu, insn, 0, false);                                                  \
        else if (function(fpu_read(cpu, 0), &result, &env))                                        \
            write_result(cpu, insn, 0, result, &env, false);                                       \
        else                                                                                       \
            fpu_set_codes(cpu, FSW_C1 | FSW_C2, FSW_C2);                                           \
        return true;                                                                               \
    }                                                                                              \
    X87_REGISTERS(name)
SINE(fsin, float80_sin)
SINE(fcos, float80_cos)

/* ---- comparison ---- */

/* How a relation is shown in C3, C2, C0 ... */
static unsigned relation_codes(enum fp_relation relation)
{
    static const uint16_t codes[] = { [FP_LESS] = FSW_C0,
                                      [FP_EQUAL] = FSW_C3,
                                      [FP_GREATER] = 0,
                                      [FP_UNORDERED] = FSW_C0 | FSW_C2 | FSW_C3 };

    return codes[relation];
}

/* ... and, by FCOMI and its like, in EFLAGS. */
static unsigned relation_eflags(enum fp_relation relation)
{
    static const uint8_t flags[] = {
        [FP_LESS] = CF, [FP_EQUAL] = ZF, [FP_GREATER] = 0, [FP_UNORDERED] = CF | PF | ZF
    };

    return flags[relation];
}

ALWAYS_INLINE void show_relation(struct cpu *cpu, enum fp_relation relation, const bool eflags)
{
    if (eflags)
        flags_load(cpu, relation_eflags(relation));
    else
        fpu_set_codes(cpu, FSW_C0 | FSW_C2 | FSW_C3, relation_codes(relation));
}

/* Compare ST0 with b; an unmasked IE or DE shows the relation but does not pop. */
ALWAYS_INLINE void compare(struct cpu *cpu, const struct insn *insn, compare_function *function,
                           bool b_empty, struct float80 b, struct fp_env *env, const unsigned pops,
                           const bool eflags)
{
    enum fp_relation relation = FP_UNORDERED;
    bool writes;

    if (unlikely(b_empty || fpu_empty(cpu, 0))) {
        writes = fpu_stack_underflow(cpu, insn);
    } else {
        relation = function(fpu_read(cpu, 0), b, env);
        env->c1 = false;
        fpu_report(cpu, insn, env);
        writes = fp_writes_register(env);
    }
    show_relation(cpu, relation, eflags);
    if (writes)
        for (unsigned i = 0; i < pops; i++)
            fpu_pop(cpu);
}

#define COMPARE_MEMORY(name, iname, pops)                                                          \
    X87_BODY(name##_m)                                                                             \
    {                                                                                              \
        struct fp_env env = fpu_env(cpu);                                                          \
        struct float80 b;                                                                          \
                                                                                                   \
        if (!read_real(cpu, insn, form, size, &b, &env))                                           \
            return false;                                                                          \
        compare(cpu, insn, float80_compare, false, b, &env, pops, false);                          \
        return true;                                                                               \
    }                                                                                              \
    X87_REAL(name##_m)                                                                             \
    X87_BODY(iname##_m)                                                                            \
    {                                                                                              \
        struct fp_env env = fpu_env(cpu);                                                          \
        struct float80 b;                                                                          \
                                                                                                   \
        if (!read_integer(cpu, insn, form, size, &b))                                              \
            return false;                                                                          \
        compare(cpu, insn, float80_compare, false, b, &env, pops, false);                          \
        return true;                                                                               \
    }                                                                                              \
    X87_INTEGER(iname##_m)
COMPARE_MEMORY(fcom, ficom, 0)
COMPARE_MEMORY(fcomp, ficomp, 1)

#define COMPARE_REGISTER(name, function, i, pops, eflags)                                          \
    X87_BODY(name)                                                                                 \
    {                                                                                              \
        struct fp_env env = fpu_env(cpu);                                                          \
                                                                                                   \
        compare(cpu, insn, function, fpu_empty(cpu, i), fpu_read(cpu, i), &env, pops, eflags);     \
        return true;                                                                               \
    }                                                                                              \
    X87_REGISTERS(name)
COMPARE_REGISTER(fcom_sti, float80_compare, insn->dst, 0, false)
COMPARE_REGISTER(fcomp_sti, float80_compare, insn->dst, 1, false)
COMPARE_REGISTER(fcompp, float80_compare, 1, 2, false)
COMPARE_REGISTER(fucom, float80_compare_quiet, insn->dst, 0, false)
COMPARE_REGISTER(fucomp, float80_compare_quiet, insn->dst, 1, false)
COMPARE_REGISTER(fucompp, float80_compare_quiet, 1, 2, false)
COMPARE_REGISTER(fcomi, float80_compare, insn->src, 0, true)
COMPARE_REGISTER(fcomip, float80_compare, insn->src, 1, true)
COMPARE_REGISTER(fucomi, float80_compare_quiet, insn->src, 0, true)
COMPARE_REGISTER(fucomip, float80_compare_quiet, insn->src, 1, true)

X87_BODY(ftst)
{
    struct fp_env env = fpu_env(cpu);

    compare(cpu, insn, float80_compare, false, float80_zero(false), &env, 0, false);
    return true;
}
X87_REGISTERS(ftst)
