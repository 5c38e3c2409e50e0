/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_float80.c - cpu/float80*.c: cases from the manual. test_float80_host.c holds the
 * same functions against a real FPU.
 * Source: SDM Vol. 1, "Programming with the x87 FPU"; SDM Vol. 2, the single instructions.
 */
#include <check.h>
#include <string.h>

#include "cpu/float80.h"

#define INTEGER_BIT 0x8000000000000000
#define INDEFINITE 0xffff, 0xc000000000000000
#define ONE 0x3fff, INTEGER_BIT
#define MINUS_ONE 0xbfff, INTEGER_BIT
#define TWO 0x4000, INTEGER_BIT
#define INFINITY_80 0x7fff, INTEGER_BIT
#define SMALLEST_NORMAL 0x0001, INTEGER_BIT
#define SMALLEST_DENORMAL 0x0000, 1
#define LARGEST 0x7ffe, 0xffffffffffffffff

static struct fp_env env_with_masks(uint8_t masks)
{
    return (struct fp_env){ .precision = FP_PRECISION_64, .masks = masks };
}

static struct fp_env masked_env(void)
{
    return env_with_masks(FP_ALL_EXCEPTIONS);
}

static struct float80 f80(uint16_t sign_exponent, uint64_t mantissa)
{
    return (struct float80){ mantissa, sign_exponent };
}

static void assert_float80(struct float80 actual, uint16_t sign_exponent, uint64_t mantissa)
{
    ck_assert_uint_eq(actual.sign_exponent, sign_exponent);
    ck_assert_uint_eq(actual.mantissa, mantissa);
}

/* Arithmetic and its exceptions. */

START_TEST(one_plus_one_is_exactly_two)
{
    struct fp_env env = masked_env();

    assert_float80(float80_add(f80(ONE), f80(ONE), &env), TWO);
    ck_assert_uint_eq(env.flags, 0);
    ck_assert(!env.c1);
}
END_TEST

START_TEST(equal_numbers_differ_by_plus_zero_unless_rounding_down)
{
    struct fp_env env = masked_env();

    assert_float80(float80_sub(f80(ONE), f80(ONE), &env), 0x0000, 0);
    env.rounding = FP_ROUND_DOWN;
    assert_float80(float80_sub(f80(ONE), f80(ONE), &env), 0x8000, 0);
}
END_TEST

START_TEST(a_third_is_rounded_as_the_rounding_control_says)
{
    static const uint64_t mantissas[] = { 0xaaaaaaaaaaaaaaab, 0xaaaaaaaaaaaaaaaa,
                                          0xaaaaaaaaaaaaaaab, 0xaaaaaaaaaaaaaaaa };

    for (uint8_t rounding = 0; rounding < 4; rounding++) {
        struct fp_env env = masked_env();

        env.rounding = rounding;
        assert_float80(float80_div(f80(ONE), f80(0x4000, 0xc000000000000000), &env), 0x3ffd,
                       mantissas[rounding]);
        ck_assert_uint_eq(env.flags, FP_PE);
        ck_assert(env.c1 == (mantissas[rounding] & 1));
    }
}
END_TEST

START_TEST(precision_control_shortens_the_significand)
{
    struct fp_env env = masked_env();

    env.precision = FP_PRECISION_24;
    assert_float80(float80_div(f80(ONE), f80(0x4000, 0xc000000000000000), &env), 0x3ffd,
                   0xaaaaab0000000000);
    env.precision = FP_PRECISION_53;
    assert_float80(float80_div(f80(ONE), f80(0x4000, 0xc000000000000000), &env), 0x3ffd,
                   0xaaaaaaaaaaaaa800);
}
END_TEST

START_TEST(infinity_minus_infinity_is_invalid)
{
    struct fp_env env = masked_env();

    assert_float80(float80_sub(f80(INFINITY_80), f80(INFINITY_80), &env), INDEFINITE);
    ck_assert_uint_eq(env.flags, FP_IE);
}
END_TEST

START_TEST(zero_times_infinity_is_invalid)
{
    struct fp_env env = masked_env();

    assert_float80(float80_mul(f80(0x8000, 0), f80(INFINITY_80), &env), INDEFINITE);
    ck_assert_uint_eq(env.flags, FP_IE);
}
END_TEST

START_TEST(dividing_by_zero_gives_infinity_and_ze)
{
    struct fp_env env = masked_env();

    assert_float80(float80_div(f80(MINUS_ONE), f80(0x0000, 0), &env), 0xffff, INTEGER_BIT);
    ck_assert_uint_eq(env.flags, FP_ZE);
}
END_TEST

START_TEST(dividing_zero_by_zero_is_invalid)
{
    struct fp_env env = masked_env();

    assert_float80(float80_div(f80(0x0000, 0), f80(0x8000, 0), &env), INDEFINITE);
    ck_assert_uint_eq(env.flags, FP_IE);
}
END_TEST

START_TEST(an_unmasked_zero_divide_does_not_write_the_register)
{
    struct fp_env env = env_with_masks(FP_ALL_EXCEPTIONS & ~FP_ZE);

    float80_div(f80(ONE), f80(0x0000, 0), &env);
    ck_assert_uint_eq(env.flags, FP_ZE);
    ck_assert(!fp_writes_register(&env));
    ck_assert(fp_has_unmasked(&env));
}
END_TEST

START_TEST(square_root_of_minus_zero_is_minus_zero)
{
    struct fp_env env = masked_env();

    assert_float80(float80_sqrt(f80(0x8000, 0), &env), 0x8000, 0);
    ck_assert_uint_eq(env.flags, 0);
}
END_TEST

START_TEST(square_root_of_a_negative_number_is_invalid)
{
    struct fp_env env = masked_env();

    assert_float80(float80_sqrt(f80(MINUS_ONE), &env), INDEFINITE);
    ck_assert_uint_eq(env.flags, FP_IE);
}
END_TEST

START_TEST(square_root_of_two_is_rounded_to_nearest)
{
    struct fp_env env = masked_env();

    assert_float80(float80_sqrt(f80(TWO), &env), 0x3fff, 0xb504f333f9de6484);
    ck_assert_uint_eq(env.flags, FP_PE);
}
END_TEST

/* NaNs and encodings without a meaning. */

START_TEST(of_two_quiet_nans_the_larger_significand_wins)
{
    struct fp_env env = masked_env();

    assert_float80(
        float80_add(f80(0x7fff, 0xc000000000000001), f80(0xffff, 0xc000000000000002), &env), 0xffff,
        0xc000000000000002);
    ck_assert_uint_eq(env.flags, 0);
}
END_TEST

START_TEST(of_two_equal_nans_the_positive_wins)
{
    struct fp_env env = masked_env();

    assert_float80(
        float80_add(f80(0xffff, 0xc000000000000001), f80(0x7fff, 0xc000000000000001), &env), 0x7fff,
        0xc000000000000001);
}
END_TEST

START_TEST(a_signalling_nan_is_invalid_and_yields_to_a_quiet_one)
{
    struct fp_env env = masked_env();

    assert_float80(
        float80_mul(f80(0x7fff, 0xbfffffffffffffff), f80(0x7fff, 0xc000000000000001), &env), 0x7fff,
        0xc000000000000001);
    ck_assert_uint_eq(env.flags, FP_IE);
}
END_TEST

START_TEST(a_lone_signalling_nan_is_made_quiet)
{
    struct fp_env env = masked_env();

    assert_float80(float80_add(f80(ONE), f80(0xffff, 0x8000000000000005), &env), 0xffff,
                   0xc000000000000005);
    ck_assert_uint_eq(env.flags, FP_IE);
}
END_TEST

START_TEST(unnormals_pseudo_infinities_and_pseudo_nans_are_invalid)
{
    static const uint16_t exponents[] = { 0x0001, 0x3fff, 0x7ffe, 0x7fff, 0x7fff };
    static const uint64_t mantissas[] = { 1, 0x4000000000000000, 0, 0, 0x4000000000000000 };

    for (int i = 0; i < 5; i++) {
        struct fp_env env = masked_env();

        assert_float80(float80_add(f80(exponents[i], mantissas[i]), f80(ONE), &env), INDEFINITE);
        ck_assert_uint_eq(env.flags, FP_IE);
    }
}
END_TEST

START_TEST(a_pseudo_denormal_counts_as_denormal_with_the_value_of_a_normal)
{
    struct fp_env env = masked_env();

    assert_float80(float80_add(f80(0x0000, INTEGER_BIT), f80(0x0000, 0), &env), SMALLEST_NORMAL);
    ck_assert_uint_eq(env.flags, FP_DE);
}
END_TEST

/* Overflow, underflow, denormals. */

START_TEST(masked_overflow_gives_infinity_or_the_largest_number)
{
    struct fp_env env = masked_env();

    assert_float80(float80_mul(f80(LARGEST), f80(TWO), &env), INFINITY_80);
    ck_assert_uint_eq(env.flags, FP_OE | FP_PE);
    ck_assert(env.c1);
    env.rounding = FP_ROUND_ZERO;
    assert_float80(float80_mul(f80(LARGEST), f80(TWO), &env), LARGEST);
    ck_assert(!env.c1);
}
END_TEST

START_TEST(unmasked_overflow_moves_the_exponent_by_24576)
{
    struct fp_env env = env_with_masks(FP_ALL_EXCEPTIONS & ~FP_OE);

    assert_float80(float80_mul(f80(LARGEST), f80(TWO), &env), 0x7fff - 24576, 0xffffffffffffffff);
    ck_assert_uint_eq(env.flags, FP_OE);
    ck_assert(fp_writes_register(&env));
    ck_assert(!fp_writes_memory(&env));
}
END_TEST

START_TEST(unmasked_underflow_moves_the_exponent_by_24576)
{
    struct fp_env env = env_with_masks(FP_ALL_EXCEPTIONS & ~FP_UE);

    assert_float80(float80_div(f80(SMALLEST_NORMAL), f80(TWO), &env), 24576, INTEGER_BIT);
    ck_assert_uint_eq(env.flags, FP_UE);
}
END_TEST

START_TEST(masked_underflow_is_reported_only_if_inexact)
{
    struct fp_env env = masked_env();

    assert_float80(float80_div(f80(SMALLEST_NORMAL), f80(TWO), &env), 0x0000, INTEGER_BIT >> 1);
    ck_assert_uint_eq(env.flags, 0);
    assert_float80(float80_div(f80(0x0001, INTEGER_BIT | 1), f80(TWO), &env), 0x0000,
                   INTEGER_BIT >> 1);
    ck_assert_uint_eq(env.flags, FP_UE | FP_PE);
}
END_TEST

START_TEST(tininess_is_detected_after_rounding)
{
    struct fp_env env = masked_env();

    /* (1 - 2^-64) * 2^-16382 rounds to the smallest normal number even with unlimited exponent. */
    env.precision = FP_PRECISION_53;
    assert_float80(float80_mul(f80(0x3ffe, 0xffffffffffffffff), f80(SMALLEST_NORMAL), &env),
                   SMALLEST_NORMAL);
    ck_assert_uint_eq(env.flags, FP_PE);
}
END_TEST

START_TEST(an_unmasked_denormal_operand_stops_the_operation)
{
    struct fp_env env = env_with_masks(FP_ALL_EXCEPTIONS & ~FP_DE);

    float80_add(f80(SMALLEST_DENORMAL), f80(ONE), &env);
    ck_assert_uint_eq(env.flags, FP_DE); /* and not PE */
    ck_assert(!fp_writes_register(&env));
}
END_TEST

START_TEST(a_widened_denormal_counts_as_denormal_operand)
{
    struct fp_env env = masked_env();
    struct float80 operand = float80_widen_f32(0x00000001, &env);

    ck_assert_uint_eq(env.flags, 0);
    float80_mul(f80(ONE), operand, &env);
    ck_assert_uint_eq(env.flags, FP_DE);
}
END_TEST

/* Remainders, scaling, taking apart. */

START_TEST(prem_truncates_and_prem1_rounds_the_quotient)
{
    struct float80_reduction reduction;
    struct fp_env env = masked_env();
    struct float80 eleven = f80(0x4002, 0xb000000000000000);
    struct float80 four = f80(0x4001, INTEGER_BIT);

    assert_float80(float80_prem(eleven, four, &reduction, &env), 0x4000, 0xc000000000000000);
    ck_assert_uint_eq(reduction.quotient, 2);
    assert_float80(float80_prem1(eleven, four, &reduction, &env), 0xbfff, INTEGER_BIT);
    ck_assert_uint_eq(reduction.quotient, 3);
    ck_assert(!reduction.incomplete);
    ck_assert_uint_eq(env.flags, 0);
}
END_TEST

START_TEST(prem_of_far_exponents_is_incomplete_until_repeated)
{
    struct float80_reduction reduction;
    struct fp_env env = masked_env();
    struct float80 rest = f80(0x3fff + 200, INTEGER_BIT);
    int steps = 0;

    do {
        rest = float80_prem(rest, f80(0x4000, 0xc000000000000000), &reduction, &env);
        ck_assert_int_lt(++steps, 10);
    } while (reduction.incomplete);
    assert_float80(rest, ONE); /* 2^200 mod 3 */
    ck_assert_int_gt(steps, 1);
}
END_TEST

START_TEST(remainder_of_infinity_or_by_zero_is_invalid)
{
    struct float80_reduction reduction;
    struct fp_env env = masked_env();

    assert_float80(float80_prem(f80(INFINITY_80), f80(ONE), &reduction, &env), INDEFINITE);
    assert_float80(float80_prem1(f80(ONE), f80(0x0000, 0), &reduction, &env), INDEFINITE);
    ck_assert_uint_eq(env.flags, FP_IE);
}
END_TEST

START_TEST(scale_truncates_the_power)
{
    struct fp_env env = masked_env();

    /* -2.5 counts as -2. */
    assert_float80(float80_scale(f80(ONE), f80(0xc000, 0xa000000000000000), &env), 0x3ffd,
                   INTEGER_BIT);
    ck_assert_uint_eq(env.flags, 0);
}
END_TEST

START_TEST(massive_unmasked_overflow_of_scale_is_infinity)
{
    struct fp_env env = env_with_masks(FP_ALL_EXCEPTIONS & ~FP_OE);

    assert_float80(float80_scale(f80(ONE), f80(0x4010, INTEGER_BIT), &env), INFINITY_80);
    ck_assert_uint_eq(env.flags, FP_OE | FP_PE);
}
END_TEST

START_TEST(extract_splits_into_significand_and_exponent)
{
    struct fp_env env = masked_env();
    struct float80 exponent;

    assert_float80(float80_extract(f80(0xc001, 0xa000000000000000), &exponent, &env), 0xbfff,
                   0xa000000000000000);
    assert_float80(exponent, TWO);
}
END_TEST

START_TEST(extract_of_zero_is_a_zero_divide)
{
    struct fp_env env = masked_env();
    struct float80 exponent;

    assert_float80(float80_extract(f80(0x8000, 0), &exponent, &env), 0x8000, 0);
    assert_float80(exponent, 0xffff, INTEGER_BIT);
    ck_assert_uint_eq(env.flags, FP_ZE);
}
END_TEST

START_TEST(rounding_to_integral_breaks_ties_to_even)
{
    struct fp_env env = masked_env();

    assert_float80(float80_round_to_integral(f80(0x4000, 0xa000000000000000), &env), TWO);
    ck_assert(!env.c1);
    assert_float80(float80_round_to_integral(f80(0x3fff, 0xc000000000000000), &env), TWO);
    ck_assert(env.c1);
    ck_assert_uint_eq(env.flags, FP_PE);
}
END_TEST

/* Comparing and classifying. */

START_TEST(compare_orders_numbers_and_reports_nans)
{
    struct fp_env env = masked_env();
    struct float80 qnan = f80(0x7fff, 0xc000000000000000);

    ck_assert_int_eq(float80_compare(f80(MINUS_ONE), f80(ONE), &env), FP_LESS);
    ck_assert_int_eq(float80_compare(f80(0x8000, 0), f80(0x0000, 0), &env), FP_EQUAL);
    ck_assert_int_eq(float80_compare(f80(INFINITY_80), f80(LARGEST), &env), FP_GREATER);
    ck_assert_int_eq(float80_compare_quiet(qnan, f80(ONE), &env), FP_UNORDERED);
    ck_assert_uint_eq(env.flags, 0);
    ck_assert_int_eq(float80_compare(qnan, f80(ONE), &env), FP_UNORDERED);
    ck_assert_uint_eq(env.flags, FP_IE);
}
END_TEST

START_TEST(classify_tells_what_a_register_holds)
{
    ck_assert_int_eq(float80_classify(f80(0x0001, 1)), FLOAT80_UNSUPPORTED);
    ck_assert_int_eq(float80_classify(f80(0x7fff, 0x8000000000000001)), FLOAT80_NAN);
    ck_assert_int_eq(float80_classify(f80(ONE)), FLOAT80_NORMAL);
    ck_assert_int_eq(float80_classify(f80(INFINITY_80)), FLOAT80_INFINITY);
    ck_assert_int_eq(float80_classify(f80(0x8000, 0)), FLOAT80_ZERO);
    ck_assert_int_eq(float80_classify(f80(SMALLEST_DENORMAL)), FLOAT80_DENORMAL);
}
END_TEST

/* Conversions. */

START_TEST(loading_single_and_double_is_exact)
{
    struct fp_env env = masked_env();

    assert_float80(float80_from_f32(0xc0200000, &env), 0xc000, 0xa000000000000000); /* -2.5 */
    assert_float80(float80_from_f64(0x3fb999999999999a, &env), 0x3ffb, 0xccccccccccccd000);
    ck_assert_uint_eq(env.flags, 0);
    assert_float80(float80_from_f64(1, &env), 0x3fff - 1074, INTEGER_BIT);
    ck_assert_uint_eq(env.flags, FP_DE);
}
END_TEST

START_TEST(loading_a_signalling_nan_makes_it_quiet)
{
    struct fp_env env = masked_env();

    assert_float80(float80_from_f32(0x7f800001, &env), 0x7fff, 0xc000010000000000);
    ck_assert_uint_eq(env.flags, FP_IE);
}
END_TEST

START_TEST(storing_as_single_rounds_and_overflows)
{
    struct fp_env env = masked_env();

    ck_assert_uint_eq(float80_to_f32(f80(0x3ffb, 0xcccccccccccccccd), &env), 0x3dcccccd);
    ck_assert_uint_eq(env.flags, FP_PE);
    ck_assert_uint_eq(float80_to_f32(f80(LARGEST), &env), 0x7f800000);
    ck_assert_uint_eq(env.flags, FP_OE | FP_PE);
}
END_TEST

START_TEST(an_unmasked_overflow_of_a_store_does_not_write_memory)
{
    struct fp_env env = env_with_masks(FP_ALL_EXCEPTIONS & ~FP_OE);

    float80_to_f64(f80(LARGEST), &env);
    ck_assert_uint_eq(env.flags, FP_OE); /* without PE */
    ck_assert(!fp_writes_memory(&env));
}
END_TEST

START_TEST(integers_out_of_range_are_indefinite)
{
    struct fp_env env = masked_env();

    ck_assert_int_eq(float80_to_int16(f80(0x400e, INTEGER_BIT), &env), INT16_MIN);
    ck_assert_uint_eq(env.flags, FP_IE);
    env.flags = 0;
    ck_assert_int_eq(float80_to_int16(f80(0xc00e, INTEGER_BIT), &env), INT16_MIN);
    ck_assert_uint_eq(env.flags, 0); /* -32768 fits */
}
END_TEST

START_TEST(truncating_stores_ignore_the_rounding_control)
{
    struct fp_env env = masked_env();
    struct float80 value = f80(0xbfff, 0xf000000000000000); /* -1.875 */

    env.rounding = FP_ROUND_DOWN;
    ck_assert_int_eq(float80_to_int32(value, &env), -2);
    ck_assert_int_eq(float80_to_int32_truncate(value, &env), -1);
    ck_assert_uint_eq(env.flags, FP_PE);
}
END_TEST

START_TEST(packed_bcd_holds_eighteen_digits)
{
    static const uint8_t bcd[10] = { 0x78, 0x56, 0x34, 0x12, 0x90, 0x78, 0x56, 0x34, 0x12, 0x80 };
    struct fp_env env = masked_env();
    struct float80 value = float80_from_bcd(bcd);
    uint8_t stored[10];

    assert_float80(value, float80_from_int64(-123456789012345678).sign_exponent,
                   float80_from_int64(-123456789012345678).mantissa);
    float80_to_bcd(value, stored, &env);
    ck_assert_mem_eq(stored, bcd, sizeof(bcd));
    ck_assert_uint_eq(env.flags, 0);
}
END_TEST

START_TEST(too_large_a_number_gives_the_bcd_indefinite)
{
    static const uint8_t indefinite[10] = { 0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff };
    struct fp_env env = masked_env();
    uint8_t stored[10];

    float80_to_bcd(float80_from_int64(1000000000000000000), stored, &env);
    ck_assert_mem_eq(stored, indefinite, sizeof(indefinite));
    ck_assert_uint_eq(env.flags, FP_IE);
}
END_TEST

START_TEST(pi_is_rounded_as_the_rounding_control_says)
{
    struct fp_env env = masked_env();

    assert_float80(float80_load_constant(FLOAT80_PI, &env), 0x4000, 0xc90fdaa22168c235);
    env.rounding = FP_ROUND_ZERO;
    assert_float80(float80_load_constant(FLOAT80_PI, &env), 0x4000, 0xc90fdaa22168c234);
    ck_assert_uint_eq(env.flags, 0);
}
END_TEST

/* Transcendental instructions. */

START_TEST(sine_knows_66_bits_of_pi)
{
    struct fp_env env = masked_env();
    struct float80 result;

    ck_assert(float80_sin(f80(0x4000, 0xc90fdaa22168c235), &result, &env));
    assert_float80(result, 0xbfbf, INTEGER_BIT); /* pi minus the argument: -2^-64 */
    ck_assert_uint_eq(env.flags, FP_PE);
}
END_TEST

START_TEST(trigonometric_arguments_from_2_to_the_63_are_refused)
{
    struct fp_env env = masked_env();
    struct float80 result;

    ck_assert(!float80_sin(f80(0x403e, INTEGER_BIT), &result, &env));
    ck_assert(!float80_cos(f80(0xc03e, INTEGER_BIT), &result, &env));
    ck_assert(!float80_tan(f80(LARGEST), &result, &env));
    ck_assert_uint_eq(env.flags, 0);
}
END_TEST

START_TEST(sine_and_cosine_of_infinity_are_invalid)
{
    struct fp_env env = masked_env();
    struct float80 sine, cosine;

    ck_assert(float80_sincos(f80(INFINITY_80), &sine, &cosine, &env));
    assert_float80(sine, INDEFINITE);
    assert_float80(cosine, INDEFINITE);
    ck_assert_uint_eq(env.flags, FP_IE);
}
END_TEST

START_TEST(zero_has_exact_sine_cosine_and_tangent)
{
    struct fp_env env = masked_env();
    struct float80 result;

    float80_sin(f80(0x8000, 0), &result, &env);
    assert_float80(result, 0x8000, 0);
    float80_cos(f80(0x8000, 0), &result, &env);
    assert_float80(result, ONE);
    float80_tan(f80(0x8000, 0), &result, &env);
    assert_float80(result, 0x8000, 0);
    ck_assert_uint_eq(env.flags, 0);
}
END_TEST

START_TEST(arctangent_finds_the_quadrant_from_both_signs)
{
    struct fp_env env = masked_env();

    assert_float80(float80_atan2(f80(ONE), f80(ONE), &env), 0x3ffe, 0xc90fdaa22168c235);
    assert_float80(float80_atan2(f80(MINUS_ONE), f80(MINUS_ONE), &env), 0xc000, 0x96cbe3f9990e91a8);
    assert_float80(float80_atan2(f80(0x8000, 0), f80(MINUS_ONE), &env), 0xc000, 0xc90fdaa22168c235);
    assert_float80(float80_atan2(f80(0x8000, 0), f80(ONE), &env), 0x8000, 0);
}
END_TEST

START_TEST(logarithm_of_a_power_of_two_is_exact)
{
    struct fp_env env = masked_env();

    assert_float80(float80_yl2x(f80(0x3fff + 10, INTEGER_BIT), f80(ONE), &env), 0x4002,
                   0xa000000000000000);
}
END_TEST

START_TEST(logarithm_of_zero_is_a_zero_divide)
{
    struct fp_env env = masked_env();

    assert_float80(float80_yl2x(f80(0x0000, 0), f80(ONE), &env), 0xffff, INTEGER_BIT);
    ck_assert_uint_eq(env.flags, FP_ZE);
}
END_TEST

START_TEST(logarithm_of_a_negative_number_is_invalid)
{
    struct fp_env env = masked_env();

    assert_float80(float80_yl2x(f80(MINUS_ONE), f80(ONE), &env), INDEFINITE);
    ck_assert_uint_eq(env.flags, FP_IE);
}
END_TEST

START_TEST(logarithm_near_one_keeps_its_precision)
{
    struct fp_env env = masked_env();

    /* log2(1 + 2^-100) is 2^-100 * log2(e) but for 2^-200. */
    assert_float80(float80_yl2xp1(f80(0x3fff - 100, INTEGER_BIT), f80(ONE), &env), 0x3fff - 100,
                   0xb8aa3b295c17f0bc);
}
END_TEST

START_TEST(two_to_the_x_minus_one_keeps_its_precision_near_zero)
{
    struct fp_env env = masked_env();

    assert_float80(float80_2xm1(f80(0x3fff - 100, INTEGER_BIT), &env), 0x3fff - 101,
                   0xb17217f7d1cf79ac);
    assert_float80(float80_2xm1(f80(MINUS_ONE), &env), 0xbffe, INTEGER_BIT);
    assert_float80(float80_2xm1(f80(0xffff, INTEGER_BIT), &env), MINUS_ONE);
}
END_TEST

static Suite *float80_suite(void)
{
    Suite *suite = suite_create("float80");
    TCase *arithmetic = tcase_create("arithmetic");
    TCase *nan = tcase_create("nan");
    TCase *range = tcase_create("range");
    TCase *partial = tcase_create("partial");
    TCase *conversion = tcase_create("conversion");
    TCase *transcendental = tcase_create("transcendental");

    tcase_add_test(arithmetic, one_plus_one_is_exactly_two);
    tcase_add_test(arithmetic, equal_numbers_differ_by_plus_zero_unless_rounding_down);
    tcase_add_test(arithmetic, a_third_is_rounded_as_the_rounding_control_says);
    tcase_add_test(arithmetic, precision_control_shortens_the_significand);
    tcase_add_test(arithmetic, infinity_minus_infinity_is_invalid);
    tcase_add_test(arithmetic, zero_times_infinity_is_invalid);
    tcase_add_test(arithmetic, dividing_by_zero_gives_infinity_and_ze);
    tcase_add_test(arithmetic, dividing_zero_by_zero_is_invalid);
    tcase_add_test(arithmetic, an_unmasked_zero_divide_does_not_write_the_register);
    tcase_add_test(arithmetic, square_root_of_minus_zero_is_minus_zero);
    tcase_add_test(arithmetic, square_root_of_a_negative_number_is_invalid);
    tcase_add_test(arithmetic, square_root_of_two_is_rounded_to_nearest);
    suite_add_tcase(suite, arithmetic);

    tcase_add_test(nan, of_two_quiet_nans_the_larger_significand_wins);
    tcase_add_test(nan, of_two_equal_nans_the_positive_wins);
    tcase_add_test(nan, a_signalling_nan_is_invalid_and_yields_to_a_quiet_one);
    tcase_add_test(nan, a_lone_signalling_nan_is_made_quiet);
    tcase_add_test(nan, unnormals_pseudo_infinities_and_pseudo_nans_are_invalid);
    tcase_add_test(nan, a_pseudo_denormal_counts_as_denormal_with_the_value_of_a_normal);
    suite_add_tcase(suite, nan);

    tcase_add_test(range, masked_overflow_gives_infinity_or_the_largest_number);
    tcase_add_test(range, unmasked_overflow_moves_the_exponent_by_24576);
    tcase_add_test(range, unmasked_underflow_moves_the_exponent_by_24576);
    tcase_add_test(range, masked_underflow_is_reported_only_if_inexact);
    tcase_add_test(range, tininess_is_detected_after_rounding);
    tcase_add_test(range, an_unmasked_denormal_operand_stops_the_operation);
    tcase_add_test(range, a_widened_denormal_counts_as_denormal_operand);
    suite_add_tcase(suite, range);

    tcase_add_test(partial, prem_truncates_and_prem1_rounds_the_quotient);
    tcase_add_test(partial, prem_of_far_exponents_is_incomplete_until_repeated);
    tcase_add_test(partial, remainder_of_infinity_or_by_zero_is_invalid);
    tcase_add_test(partial, scale_truncates_the_power);
    tcase_add_test(partial, massive_unmasked_overflow_of_scale_is_infinity);
    tcase_add_test(partial, extract_splits_into_significand_and_exponent);
    tcase_add_test(partial, extract_of_zero_is_a_zero_divide);
    tcase_add_test(partial, rounding_to_integral_breaks_ties_to_even);
    tcase_add_test(partial, compare_orders_numbers_and_reports_nans);
    tcase_add_test(partial, classify_tells_what_a_register_holds);
    suite_add_tcase(suite, partial);

    tcase_add_test(conversion, loading_single_and_double_is_exact);
    tcase_add_test(conversion, loading_a_signalling_nan_makes_it_quiet);
    tcase_add_test(conversion, storing_as_single_rounds_and_overflows);
    tcase_add_test(conversion, an_unmasked_overflow_of_a_store_does_not_write_memory);
    tcase_add_test(conversion, integers_out_of_range_are_indefinite);
    tcase_add_test(conversion, truncating_stores_ignore_the_rounding_control);
    tcase_add_test(conversion, packed_bcd_holds_eighteen_digits);
    tcase_add_test(conversion, too_large_a_number_gives_the_bcd_indefinite);
    tcase_add_test(conversion, pi_is_rounded_as_the_rounding_control_says);
    suite_add_tcase(suite, conversion);

    tcase_add_test(transcendental, sine_knows_66_bits_of_pi);
    tcase_add_test(transcendental, trigonometric_arguments_from_2_to_the_63_are_refused);
    tcase_add_test(transcendental, sine_and_cosine_of_infinity_are_invalid);
    tcase_add_test(transcendental, zero_has_exact_sine_cosine_and_tangent);
    tcase_add_test(transcendental, arctangent_finds_the_quadrant_from_both_signs);
    tcase_add_test(transcendental, logarithm_of_a_power_of_two_is_exact);
    tcase_add_test(transcendental, logarithm_of_zero_is_a_zero_divide);
    tcase_add_test(transcendental, logarithm_of_a_negative_number_is_invalid);
    tcase_add_test(transcendental, logarithm_near_one_keeps_its_precision);
    tcase_add_test(transcendental, two_to_the_x_minus_one_keeps_its_precision_near_zero);
    suite_add_tcase(suite, transcendental);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(float80_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
