/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_float80_mpfr.c - the transcendental instructions of the x87 against MPFR, over
 * their whole domains, in all rounding modes.
 *
 * The manual promises an error below 1 ulp and processors differ in the last bit. The model does
 * more: its results are those of correct rounding, and this test asks for that, flags and C1
 * included. For FSIN, FCOS, FSINCOS and FPTAN the argument is first reduced as the hardware does
 * it and float80_trig.c says: by multiples of a pi / 2 of 66 bits, exactly, if it is larger than
 * half of that. MPFR is asked about what remains.
 *
 * Source: SDM Vol. 1, "Transcendental Instruction Accuracy", "Pi"; SDM Vol. 2A, the instructions
 * and their tables of operands.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu/float80.h"
#include "util/types.h"

#ifdef HAVE_MPFR
#include <mpfr.h>

#ifndef CASES
#define CASES 20000
#endif

#define INTEGER_BIT 0x8000000000000000
#define BIAS 16383
#define TRAP_SCALE 24576 /* what unmasked overflow and underflow move the exponent by */
#define REFERENCE_BITS 256

/* ---- operands ---- */

static uint64_t random_64(uint64_t *seed)
{
    uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* A significand: uniform, with few bits, or near its ends. */
static uint64_t random_significand(uint64_t *seed)
{
    uint64_t r = random_64(seed), small = random_64(seed) & 15;

    switch (random_64(seed) & 7) {
    case 0:
        return INTEGER_BIT + small;
    case 1:
        return UINT64_MAX - small;
    case 2:
        return INTEGER_BIT | small << (random_64(seed) & 63);
    default:
        return INTEGER_BIT | r;
    }
}

/* A number with an exponent from `low` to `high`; below -16382 it is denormal. */
static struct float80 random_number(int low, int high, uint64_t *seed)
{
    uint64_t r = random_64(seed), significand = random_significand(seed);
    int exponent = low + (int)((r >> 1) % (unsigned)(high - low + 1));
    uint16_t sign = r & 1 ? 0x8000 : 0;

    if (exponent < 1 - BIAS) {
        significand >>= 1 - BIAS - exponent;
        return (struct float80){ significand ? significand : 1, sign };
    }
    return (struct float80){ significand, sign | (uint16_t)(exponent + BIAS) };
}

/* The next number away from zero or toward it. */
static struct float80 neighbour(struct float80 a, int steps)
{
    uint64_t m = a.mantissa + (uint64_t)(int64_t)steps;

    return m & INTEGER_BIT ? (struct float80){ m, a.sign_exponent } : a;
}

static void set_number(mpfr_t to, struct float80 a)
{
    int biased = a.sign_exponent & 0x7fff;
    mpz_t m;

    mpz_init(m);
    mpz_import(m, 1, 1, sizeof a.mantissa, 0, 0, &a.mantissa);
    mpfr_set_z_2exp(to, m, (biased ? biased : 1) - BIAS - 63, MPFR_RNDN);
    if (a.sign_exponent & 0x8000)
        mpfr_neg(to, to, MPFR_RNDN);
    mpz_clear(m);
}

static uint64_t significand_of(const mpfr_t a, int shift)
{
    uint64_t value = 0;
    mpfr_t scaled;
    mpz_t m;

    mpfr_init2(scaled, 64);
    mpz_init(m);
    mpfr_mul_2si(scaled, a, shift, MPFR_RNDN);
    mpfr_get_z(m, scaled, MPFR_RNDZ);
    mpz_abs(m, m);
    mpz_export(&value, NULL, 1, sizeof value, 0, 0, m);
    mpz_clear(m);
    mpfr_clear(scaled);
    return value;
}

/* Of at most 64 bits and within the range of normal numbers, or zero. */
static struct float80 number_of(const mpfr_t a)
{
    uint16_t sign = mpfr_signbit(a) ? 0x8000 : 0;
    int exponent = mpfr_zero_p(a) ? 0 : (int)mpfr_get_exp(a) - 1;

    if (mpfr_zero_p(a))
        return (struct float80){ 0, sign };
    if (exponent < 1 - BIAS) {
        uint64_t m = significand_of(a, BIAS - 1 + 63);

        return (struct float80){ m, sign | (m >> 63) };
    }
    return (struct float80){ significand_of(a, 63 - exponent), sign | (uint16_t)(exponent + BIAS) };
}

/* ---- what MPFR says ---- */

/*
 * A reference: all functions leave more than REFERENCE_BITS bits. What they cut off is kept as a
 * last bit that is set, so that the reference rounds like the exact value.
 */
static void stick(mpfr_t a, int cut_off)
{
    mpfr_t last;

    if (!cut_off)
        return;
    mpfr_init2(last, 2);
    mpfr_set_si_2exp(last, mpfr_signbit(a) ? -1 : 1, mpfr_get_exp(a) - REFERENCE_BITS - 2,
                     MPFR_RNDN);
    mpfr_prec_round(a, REFERENCE_BITS + 4, MPFR_RNDN);
    mpfr_add(a, a, last, MPFR_RNDN);
    mpfr_clear(last);
}

/* x without its multiples of the 66-bit pi / 2; returns how many there are, modulo 4. */
static unsigned reduce(mpfr_t reduced, const mpfr_t x)
{
    mpfr_t half_pi;
    unsigned quadrant;
    mpz_t n;

    mpfr_init2(half_pi, 66);
    mpz_init(n);
    mpfr_const_pi(half_pi, MPFR_RNDZ);
    mpfr_div_2ui(half_pi, half_pi, 1, MPFR_RNDN);
    mpfr_set_prec(reduced, 256);
    mpfr_div(reduced, x, half_pi, MPFR_RNDN);
    mpfr_get_z(n, reduced, MPFR_RNDN);
    quadrant = (unsigned)mpz_fdiv_ui(n, 4);
    mpfr_mul_z(reduced, half_pi, n, MPFR_RNDN); /* 66 + 63 bits: exact */
    /* A product of more than 16000 bits is avoided: tiny arguments stay as they are. */
    if (mpz_sgn(n) == 0)
        mpfr_set(reduced, x, MPFR_RNDN);
    else
        mpfr_sub(reduced, x, reduced, MPFR_RNDN);
    mpz_clear(n);
    mpfr_clear(half_pi);
    return quadrant;
}

static void reference_sine(mpfr_t result, const mpfr_t x, unsigned quadrants_ahead)
{
    unsigned quadrant;
    mpfr_t reduced;

    mpfr_init(reduced);
    quadrant = reduce(reduced, x) + quadrants_ahead;
    stick(result, quadrant & 1 ? mpfr_cos(result, reduced, MPFR_RNDZ)
                               : mpfr_sin(result, reduced, MPFR_RNDZ));
    if (quadrant & 2)
        mpfr_neg(result, result, MPFR_RNDN);
    mpfr_clear(reduced);
}

static void reference_sin(mpfr_t result, const mpfr_t x, const mpfr_t unused UNUSED)
{
    reference_sine(result, x, 0);
}

static void reference_cos(mpfr_t result, const mpfr_t x, const mpfr_t unused UNUSED)
{
    reference_sine(result, x, 1);
}

static void reference_tan(mpfr_t result, const mpfr_t x, const mpfr_t unused UNUSED)
{
    mpfr_t reduced;

    mpfr_init(reduced);
    if (reduce(reduced, x) & 1) {
        stick(result, mpfr_cot(result, reduced, MPFR_RNDZ));
        mpfr_neg(result, result, MPFR_RNDN);
    } else {
        stick(result, mpfr_tan(result, reduced, MPFR_RNDZ));
    }
    mpfr_clear(reduced);
}

static void reference_atan(mpfr_t result, const mpfr_t x, const mpfr_t y)
{
    stick(result, mpfr_atan2(result, y, x, MPFR_RNDZ));
}

/* The errors of the steps are below 2^-REFERENCE_BITS; the results are irrational. */
static void reference_2xm1(mpfr_t result, const mpfr_t x, const mpfr_t unused UNUSED)
{
    mpfr_t scaled;

    mpfr_init2(scaled, REFERENCE_BITS + 64);
    mpfr_const_log2(scaled, MPFR_RNDN);
    mpfr_mul(scaled, scaled, x, MPFR_RNDN);
    mpfr_expm1(result, scaled, MPFR_RNDN);
    mpfr_clear(scaled);
}

static void times(mpfr_t result, const mpfr_t log, const mpfr_t y)
{
    mpfr_set_prec(result, mpfr_get_prec(log) + 64);
    mpfr_mul(result, log, y, MPFR_RNDN); /* exact */
}

static void reference_yl2x(mpfr_t result, const mpfr_t x, const mpfr_t y)
{
    mpfr_t log;

    mpfr_init2(log, REFERENCE_BITS);
    mpfr_log2(log, x, MPFR_RNDN); /* exact for powers of two */
    times(result, log, y);
    mpfr_clear(log);
}

static void reference_yl2xp1(mpfr_t result, const mpfr_t x, const mpfr_t y)
{
    mpfr_t log, ln_2, sum;

    mpfr_init2(log, REFERENCE_BITS);
    mpfr_init2(ln_2, REFERENCE_BITS + 8);
    mpfr_init(sum);
    mpfr_const_log2(ln_2, MPFR_RNDN);
    if (mpfr_get_exp(x) > -4) {
        /* Some are exact, and huge ones are near such: log2(2^n + 1). */
        stick(log, mpfr_add_ui(log, x, 1, MPFR_RNDZ));
        mpfr_set_prec(sum, mpfr_get_prec(log));
        mpfr_set(sum, log, MPFR_RNDN);
        mpfr_set_prec(log, REFERENCE_BITS);
        stick(log, mpfr_log2(log, sum, MPFR_RNDZ));
    } else {
        mpfr_log1p(log, x, MPFR_RNDN);
        mpfr_div(log, log, ln_2, MPFR_RNDN);
    }
    times(result, log, y);
    mpfr_clear(sum);
    mpfr_clear(ln_2);
    mpfr_clear(log);
}

/* ---- the verdict ---- */

static const mpfr_rnd_t roundings[4] = { MPFR_RNDN, MPFR_RNDD, MPFR_RNDU, MPFR_RNDZ };

struct outcome {
    struct float80 value;
    uint8_t flags; /* OE UE PE */
    bool c1;
};

/* 64 bits in the range of the format, denormals among them; returns MPFR's ternary value. */
static int round_to_format(mpfr_t to, const mpfr_t exact, mpfr_rnd_t rounding)
{
    const mpfr_exp_t emin = mpfr_get_emin(), emax = mpfr_get_emax();
    int ternary;

    mpfr_set_prec(to, 64);
    mpfr_set_emin(-BIAS + 2 - 63);
    mpfr_set_emax(BIAS + 1);
    ternary = mpfr_set(to, exact, rounding);
    ternary = mpfr_check_range(to, ternary, rounding);
    ternary = mpfr_subnormalize(to, ternary, rounding);
    mpfr_set_emin(emin);
    mpfr_set_emax(emax);
    return ternary;
}

/* What the format makes of an exact result that is not zero, under *env. */
static struct outcome outcome_of(const mpfr_t exact, const struct fp_env *env)
{
    const mpfr_rnd_t rounding = roundings[env->rounding];
    struct outcome o = { { 0, 0 }, 0, false };
    mpfr_exp_t exponent;
    mpfr_t rounded;
    int ternary;

    mpfr_init2(rounded, 64);
    ternary = mpfr_set(rounded, exact, rounding);
    exponent = mpfr_get_exp(rounded) - 1; /* after rounding, unbounded: so tininess is found */
    if (exponent < 1 - BIAS && !(env->masks & FP_UE)) {
        o.flags = FP_UE;
        mpfr_mul_2ui(rounded, rounded, TRAP_SCALE, MPFR_RNDN);
    } else if (exponent > BIAS && !(env->masks & FP_OE)) {
        o.flags = FP_OE;
        mpfr_div_2ui(rounded, rounded, TRAP_SCALE, MPFR_RNDN);
    } else if (exponent < 1 - BIAS) {
        ternary = round_to_format(rounded, exact, rounding);
        o.flags = ternary ? FP_UE : 0;
    } else if (exponent > BIAS) {
        ternary = round_to_format(rounded, exact, rounding);
        o.flags = FP_OE;
    }
    if (ternary)
        o.flags |= FP_PE;
    o.c1 = ternary && (ternary > 0) != mpfr_signbit(exact);
    o.value = mpfr_inf_p(rounded)
                  ? (struct float80){ INTEGER_BIT, mpfr_signbit(rounded) ? 0xffff : 0x7fff }
                  : number_of(rounded);
    mpfr_clear(rounded);
    return o;
}

/* |result - exact| in units of the last place of `exact`. */
static double error_in_ulp(struct float80 result, const mpfr_t exact)
{
    mpfr_exp_t exponent = mpfr_get_exp(exact) - 1;
    mpfr_t difference;
    double ulp;

    if (exponent < 1 - BIAS)
        exponent = 1 - BIAS;
    mpfr_init2(difference, 512);
    set_number(difference, result);
    mpfr_sub(difference, difference, exact, MPFR_RNDZ);
    mpfr_mul_2si(difference, difference, 63 - exponent, MPFR_RNDN);
    ulp = mpfr_get_d(difference, MPFR_RNDZ); /* below 1 stays below 1 */
    mpfr_clear(difference);
    return ulp < 0 ? -ulp : ulp;
}

/* ---- the functions under test ---- */

typedef void reference_function(mpfr_t result, const mpfr_t x, const mpfr_t y);
typedef struct float80 model_function(struct float80 x, struct float80 y, struct fp_env *env);
typedef void operands_function(struct float80 *x, struct float80 *y, uint64_t *seed);

#define TRIG_MODEL(name)                                                                           \
    static struct float80 model_##name(struct float80 x, struct float80 y UNUSED,                  \
                                       struct fp_env *env)                                         \
    {                                                                                              \
        struct float80 result = { 0, 0 };                                                          \
                                                                                                   \
        ck_assert(float80_##name(x, &result, env));                                                \
        return result;                                                                             \
    }
TRIG_MODEL(sin)
TRIG_MODEL(cos)
TRIG_MODEL(tan)

static struct float80 model_sine_of_sincos(struct float80 x, struct float80 y UNUSED,
                                           struct fp_env *env)
{
    struct fp_env cosine_env = *env;
    struct float80 sine, cosine, alone;

    ck_assert(float80_cos(x, &alone, &cosine_env));
    ck_assert(float80_sincos(x, &sine, &cosine, env));
    ck_assert_mem_eq(&cosine.mantissa, &alone.mantissa, 8);
    ck_assert_uint_eq(cosine.sign_exponent, alone.sign_exponent);
    ck_assert_uint_eq(cosine_env.flags & ~env->flags, 0);
    return sine;
}

static struct float80 model_2xm1(struct float80 x, struct float80 y UNUSED, struct fp_env *env)
{
    return float80_2xm1(x, env);
}

static struct float80 model_atan(struct float80 x, struct float80 y, struct fp_env *env)
{
    return float80_atan2(y, x, env);
}

/* 0 < |x| < 2^63; a third near multiples of pi / 2, of the real one and of that with 66 bits. */
static void trig_operands(struct float80 *x, struct float80 *y UNUSED, uint64_t *seed)
{
    uint64_t choice = random_64(seed) % 6;

    if (choice < 2) {
        uint64_t multiple = random_64(seed) >> (random_64(seed) % 62 + 2);
        mpfr_t pi;

        mpfr_init2(pi, choice ? 66 : REFERENCE_BITS);
        mpfr_const_pi(pi, MPFR_RNDZ);
        mpfr_prec_round(pi, REFERENCE_BITS, MPFR_RNDN);
        mpfr_mul_ui(pi, pi, (unsigned long)(multiple ? multiple : 1), MPFR_RNDN);
        mpfr_div_2ui(pi, pi, 1 + (random_64(seed) & 1), MPFR_RNDN); /* of pi / 4 too */
        mpfr_prec_round(pi, 64, MPFR_RNDN);
        *x = neighbour(number_of(pi), (int)(random_64(seed) % 5) - 2);
        mpfr_clear(pi);
        x->sign_exponent |= random_64(seed) & 0x8000;
        if ((x->sign_exponent & 0x7fff) < BIAS + 63)
            return;
    }
    *x = choice == 2   ? random_number(-16445, 62, seed)
         : choice == 3 ? random_number(-70, 3, seed)
                       : random_number(-4, 62, seed);
}

/* 0 < |x| < 1. */
static void exponential_operands(struct float80 *x, struct float80 *y UNUSED, uint64_t *seed)
{
    *x = random_number(random_64(seed) & 3 ? -70 : -16445, -1, seed);
}

/* 0 < x, also near 1 and powers of two, with any y. */
static void log_operands(struct float80 *x, struct float80 *y, uint64_t *seed)
{
    uint64_t choice = random_64(seed) & 3;

    *x = choice == 0   ? random_number(-16445, BIAS, seed)
         : choice == 1 ? random_number(-1, 0, seed)
                       : random_number(-8, 8, seed);
    x->sign_exponent &= 0x7fff;
    *y = random_64(seed) & 3 ? random_number(-4, 4, seed) : random_number(-16445, BIAS, seed);
}

/* -1 < x; the manual promises results for -(1 - sqrt(1/2)) < x < sqrt(2) - 1. */
static void log1p_operands(struct float80 *x, struct float80 *y, uint64_t *seed)
{
    uint64_t choice = random_64(seed) & 3;

    *x = choice == 0   ? random_number(-16445, BIAS, seed)
         : choice == 1 ? random_number(-70, -1, seed)
                       : random_number(-5, -1, seed);
    if ((x->sign_exponent & 0x7fff) >= BIAS)
        x->sign_exponent &= 0x7fff;
    *y = random_64(seed) & 3 ? random_number(-4, 4, seed) : random_number(-16445, BIAS, seed);
}

/* All four quadrants; quotients near eighths, of any size, tiny and huge. */
static void atan_operands(struct float80 *x, struct float80 *y, uint64_t *seed)
{
    uint64_t choice = random_64(seed) & 3;

    *x = choice == 0 ? random_number(-16445, BIAS, seed) : random_number(-3, 3, seed);
    *y = choice == 0 ? random_number(-16445, BIAS, seed)
                     : random_number(choice == 1 ? -70 : -3, 3, seed);
}

static const struct {
    const char *name;
    model_function *model;
    reference_function *reference;
    operands_function *operands;
    bool has_y;
} functions[] = {
    { "fsin", model_sin, reference_sin, trig_operands, false },
    { "fcos", model_cos, reference_cos, trig_operands, false },
    { "fsincos", model_sine_of_sincos, reference_sin, trig_operands, false },
    { "fptan", model_tan, reference_tan, trig_operands, false },
    { "fpatan", model_atan, reference_atan, atan_operands, true },
    { "f2xm1", model_2xm1, reference_2xm1, exponential_operands, false },
    { "fyl2x", float80_yl2x, reference_yl2x, log_operands, true },
    { "fyl2xp1", float80_yl2xp1, reference_yl2xp1, log1p_operands, true },
};
enum { FYL2X = 6, FSINCOS = 2 };

static bool is_denormal(struct float80 a)
{
    return (a.sign_exponent & 0x7fff) == 0;
}

/* Exactly 1, whose logarithm is zero. */
static bool is_one(struct float80 a)
{
    return a.sign_exponent == BIAS && a.mantissa == INTEGER_BIT;
}

START_TEST(results_are_rounded_correctly_and_flags_exact)
{
    uint64_t seed = (uint64_t)_i;
    mpfr_t x, y, exact;

    mpfr_init2(x, 64);
    mpfr_init2(y, 64);
    mpfr_init(exact);
    for (unsigned i = 0; i < CASES; i++) {
        uint64_t r = random_64(&seed);
        struct fp_env env = { .rounding = r & 3,
                              .precision = r >> 2 & 3,
                              .masks = r & 16 ? FP_ALL_EXCEPTIONS : r >> 5 & FP_ALL_EXCEPTIONS };
        struct float80 a, b = { 0, 0 }, result;
        const char *wrong = NULL;
        struct outcome expected;
        uint8_t flags = 0;

        functions[_i].operands(&a, &b, &seed);
        if (_i == FYL2X && is_one(a))
            continue;
        if (is_denormal(a) || (functions[_i].has_y && is_denormal(b)))
            flags = FP_DE;
        result = functions[_i].model(a, b, &env);
        if (flags & ~env.masks) { /* an unmasked DE: nothing is computed */
            ck_assert_uint_eq(env.flags, FP_DE);
            continue;
        }
        set_number(x, a);
        set_number(y, b);
        mpfr_set_prec(exact, REFERENCE_BITS);
        functions[_i].reference(exact, x, y);
        expected = outcome_of(exact, &env);
        /* An exact multiple of the logarithm of a power of two is reported as inexact. */
        if (_i >= FYL2X)
            expected.flags |= FP_PE | (is_denormal(expected.value) ? FP_UE : 0);
        flags |= expected.flags;
        if (_i == FSINCOS)
            env.flags &= flags | ~(FP_UE | FP_PE); /* the cosine has its own */
        if (!(expected.flags & FP_OE) && !(expected.flags & ~env.masks & FP_UE) &&
            !(error_in_ulp(result, exact) < 1))
            wrong = "error of 1 ulp or more";
        else if (result.sign_exponent != expected.value.sign_exponent ||
                 result.mantissa != expected.value.mantissa)
            wrong = "result";
        else if (env.flags != flags)
            wrong = "flags";
        else if (env.c1 != expected.c1)
            wrong = "C1";
        if (wrong)
            ck_abort_msg("%s x %04x %016llx y %04x %016llx rounding %u masks %02x: %s; model %04x "
                         "%016llx %02x C1 %d, MPFR %04x %016llx %02x C1 %d",
                         functions[_i].name, a.sign_exponent, (unsigned long long)a.mantissa,
                         b.sign_exponent, (unsigned long long)b.mantissa, env.rounding, env.masks,
                         wrong, result.sign_exponent, (unsigned long long)result.mantissa,
                         env.flags, env.c1, expected.value.sign_exponent,
                         (unsigned long long)expected.value.mantissa, flags, expected.c1);
    }
    mpfr_clear(exact);
    mpfr_clear(y);
    mpfr_clear(x);
    mpfr_free_cache();
}
END_TEST

static Suite *float80_mpfr_suite(void)
{
    Suite *suite = suite_create("float80_mpfr");
    TCase *transcendental = tcase_create("transcendental");

    tcase_set_timeout(transcendental, 120);
    tcase_add_loop_test(transcendental, results_are_rounded_correctly_and_flags_exact, 0,
                        ARRAY_SIZE(functions));
    suite_add_tcase(suite, transcendental);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(float80_mpfr_suite());
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#else

int main(void)
{
    printf("test_float80_mpfr: configure did not find MPFR (libmpfr-dev), nothing is tested\n");
    return 77; /* skipped */
}

#endif
