/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_float80_host.c - cpu/float80*.c with the host FPU as a judge.
 * Source: SDM Vol. 1, "Programming with the x87 FPU"; SDM Vol. 2, the single instructions.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "cpu/float80.h"
#include "util/types.h"

#if defined(__x86_64__)

static struct float80 f80(uint16_t sign_exponent, uint64_t mantissa)
{
    return (struct float80){ mantissa, sign_exponent };
}

/*
 * The judge: each instruction runs on the host FPU and in the model, on random operands that are
 * likely to be interesting, under random control words. The registers, the memory operand and the
 * status word must agree.
 */
struct machine {
    struct float80 st0, st1;
    uint16_t status; /* the bits in question of the status word, TOP included */
    uint8_t memory[16];
};

enum {
    SW_C0 = 1 << 8,
    SW_C1 = 1 << 9,
    SW_C2 = 1 << 10,
    SW_C3 = 1 << 14,
    SW_TOP = 7 << 11,
    SW_TOP_TWO = 6 << 11, /* two registers are in use */
};

struct __attribute__((aligned(16))) fxsave_area {
    uint16_t control, status;
    uint8_t unused[28];
    struct {
        uint64_t mantissa;
        uint16_t sign_exponent;
        uint16_t unused[3];
    } st[8];
    uint8_t rest[352];
};

/*
 * ST0 and ST1 are loaded under masked exceptions, which FLD m80 cannot raise anyway. FXSAVE and
 * FNINIT do not wait, so a pending unmasked exception is seen and dropped, not delivered.
 */
#define HOST(name, insn)                                                                           \
    static void host_##name(struct machine *m, uint16_t control, struct fxsave_area *area)         \
    {                                                                                              \
        __asm__ volatile("fninit\n\t"                                                              \
                         "fldt %[st1]\n\t"                                                         \
                         "fldt %[st0]\n\t"                                                         \
                         "fldcw %[control]\n\t" insn "\n\t"                                        \
                         "fxsave %[area]\n\t"                                                      \
                         "fninit"                                                                  \
                         : [area] "=m"(*area), [mem] "+m"(m->memory)                               \
                         : [st0] "m"(m->st0), [st1] "m"(m->st1), [control] "m"(control)            \
                         : "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)",    \
                           "cc");                                                                  \
    }

typedef void host_function(struct machine *m, uint16_t control, struct fxsave_area *area);
typedef void model_function(struct machine *m, struct fp_env *env);

/* An instruction that replaces ST0. */
#define MODEL_ST0(name, expression)                                                                \
    static void model_##name(struct machine *m, struct fp_env *env)                                \
    {                                                                                              \
        struct float80 result = expression;                                                        \
                                                                                                   \
        if (fp_writes_register(env))                                                               \
            m->st0 = result;                                                                       \
    }

#define BINARY(name, insn, function)                                                               \
    HOST(name, insn)                                                                               \
    MODEL_ST0(name, function(m->st0, m->st1, env))

#define UNARY(name, insn, function)                                                                \
    HOST(name, insn)                                                                               \
    MODEL_ST0(name, function(m->st0, env))

BINARY(add, "fadd %%st(1), %%st", float80_add)
BINARY(sub, "fsub %%st(1), %%st", float80_sub)
BINARY(mul, "fmul %%st(1), %%st", float80_mul)
BINARY(div, "fdiv %%st(1), %%st", float80_div)
BINARY(scale, "fscale", float80_scale)
UNARY(sqrt, "fsqrt", float80_sqrt)
UNARY(rndint, "frndint", float80_round_to_integral)

/* Arithmetic with a memory operand, which is widened first. */
static uint32_t memory_32(const struct machine *m)
{
    uint32_t value;

    memcpy(&value, m->memory, sizeof(value));
    return value;
}

static uint64_t memory_64(const struct machine *m)
{
    uint64_t value;

    memcpy(&value, m->memory, sizeof(value));
    return value;
}

HOST(add_m32, "fadds %[mem]")
MODEL_ST0(add_m32, float80_add(m->st0, float80_widen_f32(memory_32(m), env), env))
HOST(mul_m64, "fmull %[mem]")
MODEL_ST0(mul_m64, float80_mul(m->st0, float80_widen_f64(memory_64(m), env), env))
HOST(divr_m64, "fdivrl %[mem]")
MODEL_ST0(divr_m64, float80_div(float80_widen_f64(memory_64(m), env), m->st0, env))

HOST(add_int16, "fiadds %[mem]")
MODEL_ST0(add_int16, float80_add(m->st0, float80_from_int64((int16_t)memory_32(m)), env))

static void set_reduction(struct machine *m, struct float80 result,
                          struct float80_reduction reduction, const struct fp_env *env)
{
    if (!fp_writes_register(env))
        return;
    m->st0 = result;
    m->status |= (reduction.incomplete ? SW_C2 : 0) | (reduction.quotient & 4 ? SW_C0 : 0) |
                 (reduction.quotient & 2 ? SW_C3 : 0) | (reduction.quotient & 1 ? SW_C1 : 0);
}

HOST(prem, "fprem")
static void model_prem(struct machine *m, struct fp_env *env)
{
    struct float80_reduction reduction;
    struct float80 result = float80_prem(m->st0, m->st1, &reduction, env);

    set_reduction(m, result, reduction, env);
}

HOST(prem1, "fprem1")
static void model_prem1(struct machine *m, struct fp_env *env)
{
    struct float80_reduction reduction;
    struct float80 result = float80_prem1(m->st0, m->st1, &reduction, env);

    set_reduction(m, result, reduction, env);
}

static void push(struct machine *m, struct float80 value)
{
    m->st1 = m->st0;
    m->st0 = value;
    m->status = (m->status & ~SW_TOP) | ((m->status - (1 << 11)) & SW_TOP);
}

HOST(extract, "fxtract")
static void model_extract(struct machine *m, struct fp_env *env)
{
    struct float80 exponent;
    struct float80 significand = float80_extract(m->st0, &exponent, env);

    if (fp_writes_register(env)) {
        m->st0 = exponent;
        push(m, significand);
    }
}

static void set_relation(struct machine *m, enum fp_relation relation)
{
    static const uint16_t codes[] = {
        [FP_LESS] = SW_C0,
        [FP_EQUAL] = SW_C3,
        [FP_GREATER] = 0,
        [FP_UNORDERED] = SW_C0 | SW_C2 | SW_C3,
    };

    m->status |= codes[relation];
}

HOST(com, "fcom %%st(1)")
static void model_com(struct machine *m, struct fp_env *env)
{
    set_relation(m, float80_compare(m->st0, m->st1, env));
}

HOST(ucom, "fucom %%st(1)")
static void model_ucom(struct machine *m, struct fp_env *env)
{
    set_relation(m, float80_compare_quiet(m->st0, m->st1, env));
}

HOST(com_m32, "fcoms %[mem]")
static void model_com_m32(struct machine *m, struct fp_env *env)
{
    set_relation(m, float80_compare(m->st0, float80_widen_f32(memory_32(m), env), env));
}

HOST(xam, "fxam")
static void model_xam(struct machine *m, struct fp_env *env)
{
    enum float80_class class = float80_classify(m->st0);

    (void)env;
    m->status |= (class & 4 ? SW_C3 : 0) | (class & 2 ? SW_C2 : 0) | (class & 1 ? SW_C0 : 0) |
                 (m->st0.sign_exponent & 0x8000 ? SW_C1 : 0);
}

#define LOAD(name, insn, expression)                                                               \
    HOST(name, insn)                                                                               \
    static void model_##name(struct machine *m, struct fp_env *env)                                \
    {                                                                                              \
        struct float80 value = expression;                                                         \
                                                                                                   \
        if (fp_writes_loaded(env))                                                                 \
            push(m, value);                                                                        \
    }

LOAD(load_m32, "flds %[mem]", float80_from_f32(memory_32(m), env))
LOAD(load_m64, "fldl %[mem]", float80_from_f64(memory_64(m), env))
LOAD(load_int16, "filds %[mem]", float80_from_int64((int16_t)memory_32(m)))
LOAD(load_int32, "fildl %[mem]", float80_from_int64((int32_t)memory_32(m)))
LOAD(load_int64, "fildll %[mem]", float80_from_int64((int64_t)memory_64(m)))
LOAD(load_bcd, "fbld %[mem]", float80_from_bcd(m->memory))
LOAD(load_1, "fld1", float80_load_constant(FLOAT80_1, env))
LOAD(load_log2_10, "fldl2t", float80_load_constant(FLOAT80_LOG2_10, env))
LOAD(load_log2_e, "fldl2e", float80_load_constant(FLOAT80_LOG2_E, env))
LOAD(load_pi, "fldpi", float80_load_constant(FLOAT80_PI, env))
LOAD(load_log10_2, "fldlg2", float80_load_constant(FLOAT80_LOG10_2, env))
LOAD(load_ln_2, "fldln2", float80_load_constant(FLOAT80_LN_2, env))
LOAD(load_0, "fldz", float80_load_constant(FLOAT80_0, env))

/* Stores leave ST0 alone, so that an exception has all its evidence. */
#define STORE(name, insn, type, function)                                                          \
    HOST(name, insn)                                                                               \
    static void model_##name(struct machine *m, struct fp_env *env)                                \
    {                                                                                              \
        type value = function(m->st0, env);                                                        \
                                                                                                   \
        if (fp_writes_memory(env))                                                                 \
            memcpy(m->memory, &value, sizeof(value));                                              \
    }

STORE(store_m32, "fsts %[mem]", uint32_t, float80_to_f32)
STORE(store_m64, "fstl %[mem]", uint64_t, float80_to_f64)
STORE(store_int16, "fists %[mem]", int16_t, float80_to_int16)
STORE(store_int32, "fistl %[mem]", int32_t, float80_to_int32)

static void pop(struct machine *m)
{
    m->st0 = m->st1;
    m->st1 = float80_zero(false);
    m->status = (m->status & ~SW_TOP) | ((m->status + (1 << 11)) & SW_TOP);
}

#define STORE_POP(name, insn, type, function)                                                      \
    HOST(name, insn)                                                                               \
    static void model_##name(struct machine *m, struct fp_env *env)                                \
    {                                                                                              \
        type value = function(m->st0, env);                                                        \
                                                                                                   \
        if (fp_writes_memory(env)) {                                                               \
            memcpy(m->memory, &value, sizeof(value));                                              \
            pop(m);                                                                                \
        }                                                                                          \
    }

STORE_POP(store_int64, "fistpll %[mem]", int64_t, float80_to_int64)
STORE_POP(truncate_int16, "fisttps %[mem]", int16_t, float80_to_int16_truncate)
STORE_POP(truncate_int32, "fisttpl %[mem]", int32_t, float80_to_int32_truncate)
STORE_POP(truncate_int64, "fisttpll %[mem]", int64_t, float80_to_int64_truncate)

HOST(store_bcd, "fbstp %[mem]")
static void model_store_bcd(struct machine *m, struct fp_env *env)
{
    uint8_t bcd[10];

    float80_to_bcd(m->st0, bcd, env);
    if (fp_writes_memory(env)) {
        memcpy(m->memory, bcd, sizeof(bcd));
        pop(m);
    }
}

/* The transcendental instructions need only be near. */
UNARY(f2xm1, "f2xm1", float80_2xm1)

HOST(yl2x, "fyl2x")
static void model_yl2x(struct machine *m, struct fp_env *env)
{
    struct float80 result = float80_yl2x(m->st0, m->st1, env);

    if (fp_writes_register(env)) {
        pop(m);
        m->st0 = result;
    }
}

HOST(yl2xp1, "fyl2xp1")
static void model_yl2xp1(struct machine *m, struct fp_env *env)
{
    struct float80 result = float80_yl2xp1(m->st0, m->st1, env);

    if (fp_writes_register(env)) {
        pop(m);
        m->st0 = result;
    }
}

HOST(atan2, "fpatan")
static void model_atan2(struct machine *m, struct fp_env *env)
{
    struct float80 result = float80_atan2(m->st1, m->st0, env);

    if (fp_writes_register(env)) {
        pop(m);
        m->st0 = result;
    }
}

HOST(sin, "fsin")
static void model_sin(struct machine *m, struct fp_env *env)
{
    struct float80 result;

    if (!float80_sin(m->st0, &result, env))
        m->status |= SW_C2;
    else if (fp_writes_register(env))
        m->st0 = result;
}

HOST(cos, "fcos")
static void model_cos(struct machine *m, struct fp_env *env)
{
    struct float80 result;

    if (!float80_cos(m->st0, &result, env))
        m->status |= SW_C2;
    else if (fp_writes_register(env))
        m->st0 = result;
}

HOST(tan, "fptan")
static void model_tan(struct machine *m, struct fp_env *env)
{
    struct float80 result;

    if (!float80_tan(m->st0, &result, env)) {
        m->status |= SW_C2;
    } else if (fp_writes_register(env)) {
        m->st0 = result;
        push(m, (result.sign_exponent & 0x7fff) == 0x7fff ? result : f80(0x3fff, 1ULL << 63));
    }
}

HOST(sincos, "fsincos")
static void model_sincos(struct machine *m, struct fp_env *env)
{
    struct float80 sine, cosine;

    if (!float80_sincos(m->st0, &sine, &cosine, env)) {
        m->status |= SW_C2;
    } else if (fp_writes_register(env)) {
        m->st0 = sine;
        push(m, cosine);
    }
}

/* xorshift64*; the seed is fixed, so that every run tests the same operands. */
static uint64_t random_64(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1d;
}

static unsigned random_below(uint64_t *state, unsigned limit)
{
    return (unsigned)((random_64(state) >> 32) % limit);
}

/* Runs of equal bits, few bits, and values around the rounding points of 24 and 53 bits. */
static uint64_t random_mantissa(uint64_t *state)
{
    uint64_t value = random_64(state);
    unsigned k = random_below(state, 64);
    int64_t nudge = (int64_t)random_below(state, 3) - 1;

    switch (random_below(state, 8)) {
    case 0:
        value = ~0ULL << k;
        break;
    case 1:
        value = 1ULL << k;
        break;
    case 2:
        value = (1ULL << k) - 1;
        break;
    case 3:
        value <<= k;
        break;
    case 4:
        value = (value & ~0ULL << 40) + (1ULL << 39) + (uint64_t)nudge;
        break;
    case 5:
        value = (value & ~0ULL << 11) + (1ULL << 10) + (uint64_t)nudge;
        break;
    default:
        break;
    }
    return value | 1ULL << 63;
}

static struct float80 random_float80(uint64_t *state)
{
    static const uint16_t landmarks[] = { 0,      1,      0x3f81, 0x3fff - 0x3fe, 0x3fff,
                                          0x3fff, 0x400e, 0x401e, 0x403e,         0x407e,
                                          0x43fe, 0x7ffe, 0x7fff, 0x3c01,         0x3fbf };
    struct float80 value = { random_mantissa(state), (uint16_t)random_64(state) };
    unsigned landmark = random_below(state, ARRAY_SIZE(landmarks));

    switch (random_below(state, 16)) {
    case 0:
        value.mantissa = random_64(state); /* mostly unsupported */
        break;
    case 1:
        value.mantissa = 1ULL << 63;
        value.sign_exponent |= 0x7fff;
        break;
    case 2:
        value.sign_exponent |= 0x7fff;
        value.mantissa ^= random_64(state) & 1ULL << 62;
        break;
    case 3:
        value.mantissa = 0;
        value.sign_exponent &= 0x8000;
        break;
    case 4:
        value.sign_exponent &= 0x8000;
        value.mantissa >>= random_below(state, 64); /* pseudo-denormals as well */
        break;
    case 5:
    case 6:
    case 7:
        value.sign_exponent = (value.sign_exponent & 0x8000) | (uint16_t)(0x3ff0 + landmark * 4);
        break;
    case 8:
        break;
    default:
        value.sign_exponent =
            (uint16_t)((value.sign_exponent & 0x8000) |
                       ((landmarks[landmark] + random_below(state, 7) - 3) & 0x7fff));
        break;
    }
    return value;
}

/* A second operand that may be near the first. */
static struct float80 random_partner(struct float80 first, uint64_t *state)
{
    struct float80 value = random_float80(state);

    switch (random_below(state, 4)) {
    case 0:
        value.sign_exponent = (uint16_t)(first.sign_exponent + random_below(state, 140) - 70);
        value.mantissa |= 1ULL << 63;
        break;
    case 1:
        value = first;
        value.sign_exponent ^= (uint16_t)(random_64(state) & 0x8000);
        value.mantissa += random_below(state, 5) - 2;
        break;
    default:
        break;
    }
    return value;
}

static void random_memory(struct machine *m, uint64_t *state)
{
    static const uint32_t exponents[] = { 0, 0, 0x7f800000, 0x3f800000 };
    uint64_t low = random_64(state), high = random_64(state);
    unsigned k = random_below(state, 64);

    switch (random_below(state, 4)) {
    case 0:
        low >>= k;
        break;
    case 1:
        low = (low & ~0x7ff0000000000000) | (k % 2 ? 0x7ff0000000000000 : 0);
        low >>= k / 4 * 4 == k ? 0 : k / 3;
        break;
    case 2:
        low = (low & 0x807fffff) | exponents[k % 4];
        break;
    default:
        break;
    }
    memcpy(m->memory, &low, 8);
    memcpy(m->memory + 8, &high, 8);
}

static uint8_t random_masks(uint64_t *state)
{
    switch (random_below(state, 4)) {
    case 0:
        return 0;
    case 1:
        return (uint8_t)(random_64(state) & FP_ALL_EXCEPTIONS);
    default:
        return FP_ALL_EXCEPTIONS;
    }
}

enum {
    WITH_C1 = SW_C1,
    WITH_ALL = SW_C0 | SW_C1 | SW_C2 | SW_C3,
};

/* Where F2XM1 and FYL2XP1 have a defined result; processors differ outside. */
static bool is_at_most_1(struct float80 a)
{
    uint16_t exponent = a.sign_exponent & 0x7fff;

    return exponent < 0x3fff || exponent == 0x7fff ||
           (exponent == 0x3fff && a.mantissa == 1ULL << 63);
}

static bool is_at_most_a_quarter(struct float80 a)
{
    uint16_t exponent = a.sign_exponent & 0x7fff;

    return exponent < 0x3ffd || exponent == 0x7fff;
}

static const struct judged {
    const char *name;
    host_function *host;
    model_function *model;
    uint16_t conditions; /* the condition codes that must agree */
    unsigned rounds;
    bool near;                              /* results may differ by 1 ulp */
    bool (*is_defined)(struct float80 st0); /* NULL: the manual defines every result */
} judged[] = {
#define ROW(name, conditions, rounds)                                                              \
    {                                                                                              \
#name, host_##name, model_##name, conditions, rounds, false, NULL                          \
    }
#define NEAR(name, conditions, rounds)                                                             \
    {                                                                                              \
#name, host_##name, model_##name, conditions, rounds, true, NULL                           \
    }
#define NEAR_IF(name, conditions, rounds, is_defined)                                              \
    {                                                                                              \
#name, host_##name, model_##name, conditions, rounds, true, is_defined                     \
    }
    ROW(add, WITH_C1, 400000),
    ROW(sub, WITH_C1, 400000),
    ROW(mul, WITH_C1, 400000),
    ROW(div, WITH_C1, 400000),
    ROW(sqrt, WITH_C1, 300000),
    ROW(add_m32, WITH_C1, 100000),
    ROW(mul_m64, WITH_C1, 100000),
    ROW(divr_m64, WITH_C1, 100000),
    ROW(add_int16, WITH_C1, 50000),
    ROW(prem, WITH_ALL, 300000),
    ROW(prem1, WITH_ALL, 300000),
    ROW(scale, WITH_C1, 200000),
    ROW(extract, WITH_C1, 100000),
    ROW(rndint, WITH_C1, 200000),
    ROW(com, WITH_ALL, 200000),
    ROW(ucom, WITH_ALL, 200000),
    ROW(com_m32, WITH_ALL, 100000),
    ROW(xam, WITH_ALL, 100000),
    ROW(load_m32, WITH_C1, 100000),
    ROW(load_m64, WITH_C1, 100000),
    ROW(load_int16, WITH_C1, 20000),
    ROW(load_int32, WITH_C1, 20000),
    ROW(load_int64, WITH_C1, 50000),
    ROW(load_bcd, WITH_C1, 50000),
    ROW(load_1, WITH_C1, 100),
    ROW(load_log2_10, WITH_C1, 100),
    ROW(load_log2_e, WITH_C1, 100),
    ROW(load_pi, WITH_C1, 100),
    ROW(load_log10_2, WITH_C1, 100),
    ROW(load_ln_2, WITH_C1, 100),
    ROW(load_0, WITH_C1, 100),
    ROW(store_m32, WITH_C1, 300000),
    ROW(store_m64, WITH_C1, 300000),
    ROW(store_int16, WITH_C1, 200000),
    ROW(store_int32, WITH_C1, 200000),
    ROW(store_int64, WITH_C1, 200000),
    ROW(truncate_int16, WITH_C1, 100000),
    ROW(truncate_int32, WITH_C1, 100000),
    ROW(truncate_int64, WITH_C1, 100000),
    ROW(store_bcd, WITH_C1, 200000),
    NEAR_IF(f2xm1, 0, 100000, is_at_most_1),
    NEAR(yl2x, 0, 100000),
    NEAR_IF(yl2xp1, 0, 100000, is_at_most_a_quarter),
    NEAR(atan2, 0, 100000),
    NEAR(sin, SW_C2, 100000),
    NEAR(cos, SW_C2, 100000),
    NEAR(tan, SW_C2, 100000),
    NEAR(sincos, SW_C2, 100000),
#undef ROW
#undef NEAR
#undef NEAR_IF
};

static void run_host(const struct judged *row, struct machine *m, const struct fp_env *env)
{
    struct fxsave_area area;
    uint16_t control = (uint16_t)(0x40 | env->masks | env->precision << 8 | env->rounding << 10);

    row->host(m, control, &area);
    m->st0 = f80(area.st[0].sign_exponent, area.st[0].mantissa);
    m->st1 = f80(area.st[1].sign_exponent, area.st[1].mantissa);
    if ((area.status & SW_TOP) == SW_TOP)
        m->st1 = float80_zero(false); /* empty */
    m->status = area.status & (FP_ALL_EXCEPTIONS | SW_TOP | row->conditions);
}

static void run_model(const struct judged *row, struct machine *m, struct fp_env *env)
{
    m->status = SW_TOP_TWO;
    row->model(m, env);
    m->status |= env->flags;
    if (row->conditions == WITH_C1 && env->c1)
        m->status |= SW_C1;
}

/* The next larger magnitude, infinity after the largest. */
static struct float80 next_after(struct float80 a)
{
    a.mantissa++;
    if (a.mantissa == 0 || (a.mantissa == 1ULL << 63 && (a.sign_exponent & 0x7fff) == 0)) {
        a.mantissa = 1ULL << 63;
        a.sign_exponent++;
    }
    return a;
}

static bool same(struct float80 a, struct float80 b)
{
    return a.mantissa == b.mantissa && a.sign_exponent == b.sign_exponent;
}

static bool close_enough(struct float80 a, struct float80 b, bool near)
{
    return same(a, b) || (near && (same(next_after(a), b) || same(a, next_after(b))));
}

static bool machines_agree(const struct machine *x, const struct machine *y, bool near)
{
    return x->status == y->status && close_enough(x->st0, y->st0, near) &&
           close_enough(x->st1, y->st1, near) &&
           memcmp(x->memory, y->memory, sizeof(x->memory)) == 0;
}

static void print_machine(const char *title, const struct machine *m)
{
    fprintf(stderr, "  %s st0 %04x:%016llx st1 %04x:%016llx mem %02x:%016llx status %04x\n", title,
            m->st0.sign_exponent, (unsigned long long)m->st0.mantissa, m->st1.sign_exponent,
            (unsigned long long)m->st1.mantissa, m->memory[9] << 8 | m->memory[8],
            (unsigned long long)memory_64(m), m->status);
}

START_TEST(model_and_host_fpu_agree_bit_for_bit)
{
    static const uint8_t precisions[] = { FP_PRECISION_24, FP_PRECISION_53, FP_PRECISION_64,
                                          FP_PRECISION_64 };
    const struct judged *row = &judged[_i];
    uint64_t state = 0x9e3779b97f4a7c15;
    unsigned differences = 0;

    for (unsigned i = 0; i < row->rounds; i++) {
        struct machine before = { 0 };
        struct machine host, model;
        struct fp_env env = { 0 };

        env.rounding = i & 3;
        env.precision = precisions[i >> 2 & 3];
        env.masks = random_masks(&state);
        before.st0 = random_float80(&state);
        before.st1 = random_partner(before.st0, &state);
        random_memory(&before, &state);
        if (row->is_defined && !row->is_defined(before.st0))
            continue;
        host = model = before;
        run_host(row, &host, &env);
        run_model(row, &model, &env);
        if (machines_agree(&host, &model, row->near))
            continue;
        if (++differences > 4)
            break;
        fprintf(stderr, "%s: rounding %u precision %u masks %02x\n", row->name, env.rounding,
                env.precision, env.masks);
        print_machine("before", &before);
        print_machine("host  ", &host);
        print_machine("model ", &model);
    }
    ck_assert_msg(differences == 0, "%s differs from the host FPU", row->name);
}
END_TEST

#endif

static Suite *float80_host_suite(void)
{
    Suite *suite = suite_create("float80_host");
    TCase *host = tcase_create("host");

#if defined(__x86_64__)
    tcase_add_loop_test(host, model_and_host_fpu_agree_bit_for_bit, 0, ARRAY_SIZE(judged));
#endif
    tcase_set_timeout(host, 60); /* sanitizers and valgrind are slow */
    suite_add_tcase(suite, host);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(float80_host_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
