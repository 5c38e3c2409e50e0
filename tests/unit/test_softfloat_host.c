/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_softfloat_host.c - cpu/softfloat*.c with the host as a judge.
 * Source: SDM Vol. 1, "Programming with Intel Streaming SIMD Extensions"; SDM Vol. 2.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "cpu/softfloat.h"
#include "util/types.h"

#if defined(__x86_64__)

#include <signal.h>
#include <ucontext.h>

/*
 * The judge: each instruction runs on the host and in the model, on random operands that are likely
 * to be interesting, under random MXCSR values. Result and flags must agree.
 */
struct operation {
    uint64_t a, b, c;
    uint64_t result;
};

typedef void host_function(struct operation *op, uint32_t *mxcsr);
typedef uint64_t model_function(const struct operation *op, struct fp_env *env);

/* The result is xmm0. */
#define HOST(name, insn)                                                                           \
    static void host_##name(struct operation *op, uint32_t *mxcsr)                                 \
    {                                                                                              \
        const uint32_t all_masked = 0x1f80;                                                        \
                                                                                                   \
        __asm__ volatile(                                                                          \
            "movq %[a], %%xmm0\n\t"                                                                \
            "movq %[b], %%xmm1\n\t"                                                                \
            "movq %[c], %%xmm2\n\t"                                                                \
            "ldmxcsr %[mxcsr]\n\t" insn "\n\t"                                                     \
            "stmxcsr %[mxcsr]\n\t"                                                                 \
            "ldmxcsr %[all_masked]\n\t"                                                            \
            "movq %%xmm0, %[result]\n\t"                                                           \
            : [result] "=m"(op->result), [mxcsr] "+m"(*mxcsr)                                      \
            : [a] "m"(op->a), [b] "m"(op->b), [c] "m"(op->c), [all_masked] "m"(all_masked)         \
            : "rax", "cc", "xmm0", "xmm1", "xmm2");                                                \
    }

#define MODEL(name, expression)                                                                    \
    static uint64_t model_##name(const struct operation *op, struct fp_env *env)                   \
    {                                                                                              \
        return expression;                                                                         \
    }

#define BINARY_32(name, insn)                                                                      \
    HOST(f32_##name, insn " %%xmm1, %%xmm0")                                                       \
    MODEL(f32_##name, f32_##name((uint32_t)op->a, (uint32_t)op->b, env))

#define BINARY_64(name, insn)                                                                      \
    HOST(f64_##name, insn " %%xmm1, %%xmm0")                                                       \
    MODEL(f64_##name, f64_##name(op->a, op->b, env))

BINARY_32(add, "addss")
BINARY_32(sub, "subss")
BINARY_32(mul, "mulss")
BINARY_32(div, "divss")
BINARY_32(min, "minss")
BINARY_32(max, "maxss")
BINARY_64(add, "addsd")
BINARY_64(sub, "subsd")
BINARY_64(mul, "mulsd")
BINARY_64(div, "divsd")
BINARY_64(min, "minsd")
BINARY_64(max, "maxsd")

HOST(f32_sqrt, "sqrtss %%xmm0, %%xmm0")
MODEL(f32_sqrt, f32_sqrt((uint32_t)op->a, env))
HOST(f64_sqrt, "sqrtsd %%xmm0, %%xmm0")
MODEL(f64_sqrt, f64_sqrt(op->a, env))

/* In AT&T syntax the operands are: third, second, first. */
#define FMA(form, suffix, bits, type, x, y, z)                                                     \
    HOST(f##bits##_fmadd##form, "vfmadd" #form suffix " %%xmm2, %%xmm1, %%xmm0")                   \
    MODEL(f##bits##_fmadd##form, f##bits##_fma((type)op->x, (type)op->y, (type)op->z, 0, env))     \
    HOST(f##bits##_fmsub##form, "vfmsub" #form suffix " %%xmm2, %%xmm1, %%xmm0")                   \
    MODEL(f##bits##_fmsub##form,                                                                   \
          f##bits##_fma((type)op->x, (type)op->y, (type)op->z, FMA_NEGATE_ADDEND, env))            \
    HOST(f##bits##_fnmadd##form, "vfnmadd" #form suffix " %%xmm2, %%xmm1, %%xmm0")                 \
    MODEL(f##bits##_fnmadd##form,                                                                  \
          f##bits##_fma((type)op->x, (type)op->y, (type)op->z, FMA_NEGATE_PRODUCT, env))           \
    HOST(f##bits##_fnmsub##form, "vfnmsub" #form suffix " %%xmm2, %%xmm1, %%xmm0")                 \
    MODEL(f##bits##_fnmsub##form, f##bits##_fma((type)op->x, (type)op->y, (type)op->z,             \
                                                FMA_NEGATE_PRODUCT | FMA_NEGATE_ADDEND, env))

FMA(132, "ss", 32, uint32_t, a, c, b)
FMA(213, "ss", 32, uint32_t, b, a, c)
FMA(231, "ss", 32, uint32_t, b, c, a)
FMA(132, "sd", 64, uint64_t, a, c, b)
FMA(213, "sd", 64, uint64_t, b, a, c)
FMA(231, "sd", 64, uint64_t, b, c, a)

/* EFLAGS ZF, PF, CF as in AH after LAHF. */
static uint64_t relation_flags(enum fp_relation relation)
{
    static const uint8_t flags[] = {
        [FP_LESS] = 1, [FP_EQUAL] = 0x40, [FP_GREATER] = 0, [FP_UNORDERED] = 0x45
    };

    return flags[relation];
}

#define SET_FLAGS                                                                                  \
    " %%xmm1, %%xmm0\n\t"                                                                          \
    "lahf\n\t"                                                                                     \
    "movzbl %%ah, %%eax\n\t"                                                                       \
    "and $0x45, %%eax\n\t"                                                                         \
    "movq %%rax, %%xmm0"

HOST(f32_ucomi, "ucomiss" SET_FLAGS)
MODEL(f32_ucomi, relation_flags(f32_ucomi((uint32_t)op->a, (uint32_t)op->b, env)))
HOST(f32_comi, "comiss" SET_FLAGS)
MODEL(f32_comi, relation_flags(f32_comi((uint32_t)op->a, (uint32_t)op->b, env)))
HOST(f64_ucomi, "ucomisd" SET_FLAGS)
MODEL(f64_ucomi, relation_flags(f64_ucomi(op->a, op->b, env)))
HOST(f64_comi, "comisd" SET_FLAGS)
MODEL(f64_comi, relation_flags(f64_comi(op->a, op->b, env)))

#define FOR_8(X, n) X(n##0) X(n##1) X(n##2) X(n##3) X(n##4) X(n##5) X(n##6) X(n##7)
#define FOR_16(X, n) FOR_8(X, n) X(n##8) X(n##9) X(n##a) X(n##b) X(n##c) X(n##d) X(n##e) X(n##f)

#define COMPARE(imm)                                                                               \
    HOST(f32_cmp_##imm, "vcmpss $" #imm ", %%xmm1, %%xmm0, %%xmm0")                                \
    MODEL(f32_cmp_##imm, f32_compare((uint32_t)op->a, (uint32_t)op->b, imm, env) ? UINT32_MAX : 0) \
    HOST(f64_cmp_##imm, "vcmpsd $" #imm ", %%xmm1, %%xmm0, %%xmm0")                                \
    MODEL(f64_cmp_##imm, f64_compare(op->a, op->b, imm, env) ? UINT64_MAX : 0)

FOR_16(COMPARE, 0x0)
FOR_16(COMPARE, 0x1)

#define ROUND(imm)                                                                                 \
    HOST(f32_round_##imm, "roundss $" #imm ", %%xmm0, %%xmm0")                                     \
    MODEL(f32_round_##imm, f32_round_to_integral((uint32_t)op->a, imm, env))                       \
    HOST(f64_round_##imm, "roundsd $" #imm ", %%xmm0, %%xmm0")                                     \
    MODEL(f64_round_##imm, f64_round_to_integral(op->a, imm, env))

FOR_16(ROUND, 0x0)

HOST(f32_to_f64, "cvtss2sd %%xmm0, %%xmm0")
MODEL(f32_to_f64, f32_to_f64((uint32_t)op->a, env))
HOST(f64_to_f32, "cvtsd2ss %%xmm0, %%xmm0")
MODEL(f64_to_f32, f64_to_f32(op->a, env))
HOST(f16_to_f32, "vcvtph2ps %%xmm0, %%xmm0")
MODEL(f16_to_f32, f16_to_f32((uint16_t)op->a, env))
HOST(f32_to_f16, "movq %[a], %%xmm0\n\tvcvtps2ph $4, %%xmm0, %%xmm0")
MODEL(f32_to_f16, f32_to_f16((uint32_t)op->a, env))

#define TO_INTEGER(name, bits, insn, result_register, type)                                        \
    HOST(name, insn " %%xmm0, %%" result_register "\n\tmovq %%rax, %%xmm0")                        \
    MODEL(name, (type)name((uint##bits##_t)op->a, env))

TO_INTEGER(f32_to_int32, 32, "cvtss2si", "eax", uint32_t)
TO_INTEGER(f32_to_int64, 32, "cvtss2si", "rax", uint64_t)
TO_INTEGER(f32_to_int32_truncate, 32, "cvttss2si", "eax", uint32_t)
TO_INTEGER(f32_to_int64_truncate, 32, "cvttss2si", "rax", uint64_t)
TO_INTEGER(f64_to_int32, 64, "cvtsd2si", "eax", uint32_t)
TO_INTEGER(f64_to_int64, 64, "cvtsd2si", "rax", uint64_t)
TO_INTEGER(f64_to_int32_truncate, 64, "cvttsd2si", "eax", uint32_t)
TO_INTEGER(f64_to_int64_truncate, 64, "cvttsd2si", "rax", uint64_t)
TO_INTEGER(f32_to_uint32, 32, "vcvtss2usi", "eax", uint32_t)
TO_INTEGER(f32_to_uint64, 32, "vcvtss2usi", "rax", uint64_t)
TO_INTEGER(f32_to_uint32_truncate, 32, "vcvttss2usi", "eax", uint32_t)
TO_INTEGER(f32_to_uint64_truncate, 32, "vcvttss2usi", "rax", uint64_t)
TO_INTEGER(f64_to_uint32, 64, "vcvtsd2usi", "eax", uint32_t)
TO_INTEGER(f64_to_uint64, 64, "vcvtsd2usi", "rax", uint64_t)
TO_INTEGER(f64_to_uint32_truncate, 64, "vcvttsd2usi", "eax", uint32_t)
TO_INTEGER(f64_to_uint64_truncate, 64, "vcvttsd2usi", "rax", uint64_t)

#define FROM_INTEGER(name, insn, function, type)                                                   \
    HOST(name, "movq %%xmm0, %%rax\n\t" insn)                                                      \
    MODEL(name, function((type)op->a, env))

FROM_INTEGER(f32_from_int32, "cvtsi2ssl %%eax, %%xmm0", f32_from_int64, int32_t)
FROM_INTEGER(f32_from_int64, "cvtsi2ssq %%rax, %%xmm0", f32_from_int64, int64_t)
FROM_INTEGER(f64_from_int32, "cvtsi2sdl %%eax, %%xmm0", f64_from_int64, int32_t)
FROM_INTEGER(f64_from_int64, "cvtsi2sdq %%rax, %%xmm0", f64_from_int64, int64_t)
FROM_INTEGER(f32_from_uint32, "vcvtusi2ssl %%eax, %%xmm0, %%xmm0", f32_from_uint64, uint32_t)
FROM_INTEGER(f32_from_uint64, "vcvtusi2ssq %%rax, %%xmm0, %%xmm0", f32_from_uint64, uint64_t)
FROM_INTEGER(f64_from_uint32, "vcvtusi2sdl %%eax, %%xmm0, %%xmm0", f64_from_uint64, uint32_t)
FROM_INTEGER(f64_from_uint64, "vcvtusi2sdq %%rax, %%xmm0, %%xmm0", f64_from_uint64, uint64_t)

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

struct shape {
    unsigned exponent_bits, fraction_bits;
};

/* Runs of equal bits and few bits as fraction; exponents near the ends, the bias, and integers. */
static uint64_t random_float(const struct shape *shape, uint64_t *state)
{
    uint64_t top = (1ULL << shape->exponent_bits) - 1, bias = top / 2;
    uint64_t exponent = random_64(state) & top;
    uint64_t fraction = random_64(state);
    unsigned k = random_below(state, shape->fraction_bits + 1);
    bool sign = random_64(state) >> 63;

    switch (random_below(state, 6)) {
    case 0:
        fraction = ~0ULL << k;
        break;
    case 1:
        fraction = (1ULL << k) - (k & 1);
        break;
    case 2:
        fraction <<= k;
        break;
    case 3:
        fraction = 0;
        break;
    default:
        break;
    }
    fraction &= (1ULL << shape->fraction_bits) - 1;
    switch (random_below(state, 10)) {
    case 0:
        exponent = 0;
        break;
    case 1:
        exponent = top;
        break;
    case 2:
        exponent = top - 1 - random_below(state, 3);
        break;
    case 3:
        exponent = 1 + random_below(state, 3);
        break;
    case 4:
        exponent = (bias / 2 + random_below(state, 5)) & top;
        break;
    case 5:
        exponent = (bias - 24 + random_below(state, 90)) & top;
        break;
    case 6:
        exponent = (bias - 2 + random_below(state, 5)) & top;
        break;
    default:
        break;
    }
    return (uint64_t)sign << (shape->exponent_bits + shape->fraction_bits) |
           exponent << shape->fraction_bits | fraction;
}

static const struct shape shape_16 = { 5, 10 }, shape_32 = { 8, 23 }, shape_64 = { 11, 52 };

static void random_operands(struct operation *op, const struct shape *shape, uint64_t *state)
{
    if (!shape) { /* an integer */
        op->a = random_64(state) >> random_below(state, 64);
        op->a = random_below(state, 2) ? ~op->a : op->a;
        return;
    }
    op->a = random_float(shape, state);
    op->b = random_float(shape, state);
    op->c = random_float(shape, state);
    switch (random_below(state, 8)) {
    case 0:
        op->b = op->a ^ (random_64(state) & 3);
        break;
    case 1:
        op->b = op->a ^ 1ULL << (shape->exponent_bits + shape->fraction_bits);
        break;
    case 2:
        op->c = op->a + random_below(state, 3) - 1;
        break;
    default:
        break;
    }
    if (shape == &shape_32) {
        op->a &= UINT32_MAX;
        op->b &= UINT32_MAX;
        op->c &= UINT32_MAX;
    }
}

enum cpu_feature { BASE, SSE41, AVX, FMA3, F16C, AVX512 };

static bool host_has(enum cpu_feature feature)
{
    switch (feature) {
    case SSE41:
        return __builtin_cpu_supports("sse4.1");
    case AVX:
        return __builtin_cpu_supports("avx");
    case FMA3:
        return __builtin_cpu_supports("fma");
    case F16C:
        return __builtin_cpu_supports("avx2"); /* every processor with AVX2 has it */
    case AVX512:
        return __builtin_cpu_supports("avx512f");
    default:
        return true;
    }
}

static const struct judged {
    const char *name;
    host_function *host;
    model_function *model;
    enum cpu_feature feature;
    const struct shape *operands; /* NULL: integers */
    unsigned result_bits;
    unsigned rounds;
} judged[] = {
#define ROW(name, feature, operands, result_bits, rounds)                                          \
    { #name, host_##name, model_##name, feature, operands, result_bits, rounds },
#define BOTH(name, feature, rounds)                                                                \
    ROW(f32_##name, feature, &shape_32, 32, rounds) ROW(f64_##name, feature, &shape_64, 64, rounds)
    BOTH(add, BASE, 300000) BOTH(sub, BASE, 300000) BOTH(mul, BASE, 300000) BOTH(div, BASE, 300000)
        BOTH(sqrt, BASE, 200000) BOTH(min, BASE, 100000) BOTH(max, BASE, 100000) BOTH(
            ucomi, BASE, 100000) BOTH(comi, BASE, 100000)
#define FMA_FORM(form)                                                                             \
    BOTH(fmadd##form, FMA3, 200000)                                                                \
    BOTH(fmsub##form, FMA3, 50000)                                                                 \
    BOTH(fnmadd##form, FMA3, 50000)                                                                \
    BOTH(fnmsub##form, FMA3, 50000)
            FMA_FORM(132) FMA_FORM(213) FMA_FORM(231)
#define COMPARE_ROW(imm) BOTH(cmp_##imm, AVX, 20000)
                FOR_16(COMPARE_ROW, 0x0) FOR_16(COMPARE_ROW, 0x1)
#define ROUND_ROW(imm) BOTH(round_##imm, SSE41, 20000)
                    FOR_16(ROUND_ROW, 0x0) ROW(f32_to_f64, BASE, &shape_32, 64, 100000) ROW(
                        f64_to_f32, BASE, &shape_64, 32,
                        200000) ROW(f16_to_f32, F16C, &shape_16, 32,
                                    100000) ROW(f32_to_f16, F16C, &shape_32, 16, 200000)
#define TO_32(name, feature)                                                                       \
    ROW(f32_##name, feature, &shape_32, 32, 100000) ROW(f64_##name, feature, &shape_64, 32, 100000)
#define TO_64(name, feature)                                                                       \
    ROW(f32_##name, feature, &shape_32, 64, 100000) ROW(f64_##name, feature, &shape_64, 64, 100000)
                        TO_32(to_int32, BASE) TO_64(to_int64, BASE) TO_32(to_int32_truncate, BASE)
                            TO_64(to_int64_truncate, BASE) TO_32(to_uint32, AVX512) TO_64(to_uint64,
                                                                                          AVX512)
                                TO_32(to_uint32_truncate, AVX512) TO_64(to_uint64_truncate, AVX512)
                                    ROW(f32_from_int32, BASE, NULL, 32,
                                        100000) ROW(f32_from_int64, BASE, NULL, 32, 100000)
                                        ROW(f64_from_int32, BASE, NULL, 64,
                                            100000) ROW(f64_from_int64, BASE, NULL, 64, 100000)
                                            ROW(f32_from_uint32, AVX512, NULL, 32, 100000)
                                                ROW(f32_from_uint64, AVX512, NULL, 32, 100000) ROW(
                                                    f64_from_uint32, AVX512, NULL, 64, 100000)
                                                    ROW(f64_from_uint64, AVX512, NULL, 64, 100000)
};

enum { TRAPPED = 1 << 31 };

/* The flags at an unmasked exception; a signal handler has no other place for them. */
static volatile uint32_t trapped_flags;

/* Remember the flags, then let the instruction run again with all exceptions masked. */
static void on_sigfpe(int number, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;

    (void)number;
    (void)info;
    trapped_flags = TRAPPED | (uc->uc_mcontext.fpregs->mxcsr & FP_ALL_EXCEPTIONS);
    uc->uc_mcontext.fpregs->mxcsr |= 0x1f80;
}

/* Returns the flags, TRAPPED included. */
static uint32_t run_host(const struct judged *row, struct operation *op, const struct fp_env *env)
{
    uint32_t mxcsr =
        (uint32_t)(env->masks << 7 | env->rounding << 13 | env->ftz << 15 | env->daz << 6);

    trapped_flags = 0;
    row->host(op, &mxcsr);
    if (row->result_bits < 64)
        op->result &= (1ULL << row->result_bits) - 1;
    return trapped_flags ? trapped_flags : mxcsr & FP_ALL_EXCEPTIONS;
}

static uint32_t run_model(const struct judged *row, struct operation *op, struct fp_env *env)
{
    op->result = row->model(op, env);
    return fp_reported_flags(env) | (fp_has_unmasked(env) ? TRAPPED : 0);
}

START_TEST(model_and_host_agree_bit_for_bit)
{
    const struct judged *row = &judged[_i];
    struct sigaction action = { .sa_sigaction = on_sigfpe, .sa_flags = SA_SIGINFO };
    uint64_t state = 0x9e3779b97f4a7c15;
    unsigned differences = 0;

    if (!host_has(row->feature))
        return;
    sigaction(SIGFPE, &action, NULL);
    for (unsigned i = 0; i < row->rounds; i++) {
        struct operation host = { 0 }, model;
        struct fp_env env = { 0 };
        uint32_t host_flags, model_flags;

        random_operands(&host, row->operands, &state);
        model = host;
        env.rounding = i & 3;
        env.ftz = random_below(&state, 4) == 0;
        env.daz = random_below(&state, 4) == 0;
        env.masks = i % 64 ? FP_ALL_EXCEPTIONS : random_64(&state) & FP_ALL_EXCEPTIONS;
        host_flags = run_host(row, &host, &env);
        model_flags = run_model(row, &model, &env);
        if (host_flags == model_flags && (host_flags & TRAPPED || host.result == model.result))
            continue;
        if (++differences > 4)
            break;
        fprintf(stderr, "%s %llx, %llx, %llx: rounding %u ftz %u daz %u masks %02x\n", row->name,
                (unsigned long long)host.a, (unsigned long long)host.b, (unsigned long long)host.c,
                env.rounding, env.ftz, env.daz, env.masks);
        fprintf(stderr, "  host  %llx flags %x\n  model %llx flags %x\n",
                (unsigned long long)host.result, host_flags, (unsigned long long)model.result,
                model_flags);
    }
    ck_assert_msg(differences == 0, "%s differs from the host", row->name);
}
END_TEST

HOST(f32_reciprocal, "rcpss %%xmm0, %%xmm0")
HOST(f32_reciprocal_sqrt, "rsqrtss %%xmm0, %%xmm0")

/* Special results are equal; others differ by at most twice the allowed error, 3 * 2^-12. */
static bool approximations_agree(uint32_t host, uint32_t model)
{
    uint32_t exponent = model >> 23 & 0xff;
    uint32_t distance = host > model ? host - model : model - host;

    if (exponent == 0 || exponent == 0xff)
        return host == model;
    return distance <= 3 << 12;
}

START_TEST(approximations_of_model_and_host_are_near)
{
    uint64_t state = 0x9e3779b97f4a7c15;

    for (int i = 0; i < 100000; i++) {
        struct operation op = { .a = random_float(&shape_32, &state) };
        uint32_t a = (uint32_t)op.a, mxcsr = 0x1f80;

        if ((a & 0x7fffffff) < 0x7e7ff000 || (a & 0x7fffffff) > 0x7e801000) {
            /* Between the two, a reciprocal may be tiny or not. */
            host_f32_reciprocal(&op, &mxcsr);
            ck_assert(approximations_agree((uint32_t)op.result, f32_reciprocal(a)));
        }
        host_f32_reciprocal_sqrt(&op, &mxcsr);
        ck_assert(approximations_agree((uint32_t)op.result, f32_reciprocal_sqrt(a)));
        ck_assert_uint_eq(mxcsr, 0x1f80);
    }
}
END_TEST

#endif

static Suite *softfloat_host_suite(void)
{
    Suite *suite = suite_create("softfloat_host");
    TCase *host = tcase_create("host");

#if defined(__x86_64__)
    tcase_add_loop_test(host, model_and_host_agree_bit_for_bit, 0, ARRAY_SIZE(judged));
    tcase_add_test(host, approximations_of_model_and_host_are_near);
#endif
    tcase_set_timeout(host, 60); /* sanitizers and valgrind are slow */
    suite_add_tcase(suite, host);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(softfloat_host_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
