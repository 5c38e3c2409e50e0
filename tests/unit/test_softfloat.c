/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_softfloat.c - cpu/softfloat*.c: cases from the manual. test_softfloat_host.c
 * holds the same functions against a real processor.
 * Source: SDM Vol. 1, "Programming with Intel Streaming SIMD Extensions"; SDM Vol. 2.
 */
#include <check.h>

#include "cpu/softfloat.h"

#define ONE_32 0x3f800000u
#define TWO_32 0x40000000u
#define LARGEST_32 0x7f7fffffu
#define SMALLEST_NORMAL_32 0x00800000u
#define INFINITY_32 0x7f800000u
#define QNAN_32 0x7fc00000u
#define SNAN_32 0x7f800001u
#define INDEFINITE_32 0xffc00000u

#define ONE_64 0x3ff0000000000000u
#define TWO_64 0x4000000000000000u
#define QNAN_64 0x7ff8000000000000u
#define INDEFINITE_64 0xfff8000000000000u

static struct fp_env env_with_masks(uint8_t masks)
{
    return (struct fp_env){ .masks = masks };
}

static struct fp_env masked_env(void)
{
    return env_with_masks(FP_ALL_EXCEPTIONS);
}

/* Arithmetic. */

START_TEST(a_third_is_rounded_as_the_rounding_control_says)
{
    static const uint32_t thirds[] = { 0x3eaaaaab, 0x3eaaaaaa, 0x3eaaaaab, 0x3eaaaaaa };

    for (uint8_t rounding = 0; rounding < 4; rounding++) {
        struct fp_env env = masked_env();

        env.rounding = rounding;
        ck_assert_uint_eq(f32_div(ONE_32, 0x40400000, &env), thirds[rounding]);
        ck_assert_uint_eq(env.flags, FP_PE);
    }
}
END_TEST

START_TEST(equal_numbers_differ_by_plus_zero_unless_rounding_down)
{
    struct fp_env env = masked_env();

    ck_assert_uint_eq(f64_sub(ONE_64, ONE_64, &env), 0);
    env.rounding = FP_ROUND_DOWN;
    ck_assert_uint_eq(f64_sub(ONE_64, ONE_64, &env), 1ULL << 63);
}
END_TEST

START_TEST(invalid_operations_give_the_default_nan)
{
    struct fp_env env = masked_env();

    ck_assert_uint_eq(f32_sub(INFINITY_32, INFINITY_32, &env), INDEFINITE_32);
    ck_assert_uint_eq(f32_mul(0, INFINITY_32, &env), INDEFINITE_32);
    ck_assert_uint_eq(f32_div(0, 0, &env), INDEFINITE_32);
    ck_assert_uint_eq(f32_sqrt(ONE_32 | 0x80000000, &env), INDEFINITE_32);
    ck_assert_uint_eq(env.flags, FP_IE);
}
END_TEST

START_TEST(the_first_operand_nan_is_the_result)
{
    struct fp_env env = masked_env();

    ck_assert_uint_eq(f32_add(QNAN_32 | 1, QNAN_32 | 2, &env), QNAN_32 | 1);
    ck_assert_uint_eq(f32_add(ONE_32, QNAN_32 | 2, &env), QNAN_32 | 2);
    ck_assert_uint_eq(env.flags, 0);
    ck_assert_uint_eq(f32_add(SNAN_32, QNAN_32 | 2, &env), QNAN_32 | 1);
    ck_assert_uint_eq(env.flags, FP_IE);
}
END_TEST

START_TEST(dividing_by_zero_gives_infinity_and_ze)
{
    struct fp_env env = masked_env();

    ck_assert_uint_eq(f32_div(ONE_32, 0x80000000, &env), 0x80000000 | INFINITY_32);
    ck_assert_uint_eq(env.flags, FP_ZE);
}
END_TEST

START_TEST(overflow_gives_infinity_or_the_largest_number)
{
    struct fp_env env = masked_env();

    ck_assert_uint_eq(f32_mul(LARGEST_32, TWO_32, &env), INFINITY_32);
    ck_assert_uint_eq(env.flags, FP_OE | FP_PE);
    env.rounding = FP_ROUND_ZERO;
    ck_assert_uint_eq(f32_mul(LARGEST_32, TWO_32, &env), LARGEST_32);
}
END_TEST

START_TEST(masked_underflow_is_reported_only_if_inexact)
{
    struct fp_env env = masked_env();

    ck_assert_uint_eq(f32_div(SMALLEST_NORMAL_32, TWO_32, &env), SMALLEST_NORMAL_32 >> 1);
    ck_assert_uint_eq(env.flags, 0);
    ck_assert_uint_eq(f32_div(SMALLEST_NORMAL_32 | 1, TWO_32, &env), SMALLEST_NORMAL_32 >> 1);
    ck_assert_uint_eq(env.flags, FP_UE | FP_PE);
}
END_TEST

START_TEST(unmasked_underflow_is_reported_even_if_exact)
{
    struct fp_env env = env_with_masks(FP_ALL_EXCEPTIONS & ~FP_UE);

    f32_div(SMALLEST_NORMAL_32, TWO_32, &env);
    ck_assert_uint_eq(fp_reported_flags(&env), FP_UE);
    ck_assert(fp_has_unmasked(&env));
}
END_TEST

START_TEST(ftz_replaces_tiny_results_by_zero)
{
    struct fp_env env = masked_env();

    env.ftz = true;
    ck_assert_uint_eq(f32_div(SMALLEST_NORMAL_32 | 0x80000000, TWO_32, &env), 0x80000000);
    ck_assert_uint_eq(env.flags, FP_UE | FP_PE);
}
END_TEST

START_TEST(daz_replaces_denormal_operands_by_zeros)
{
    struct fp_env env = masked_env();

    ck_assert_uint_eq(f32_add(1, 1, &env), 2);
    ck_assert_uint_eq(env.flags, FP_DE);
    env.flags = 0;
    env.daz = true;
    ck_assert_uint_eq(f32_add(1, 1, &env), 0);
    ck_assert_uint_eq(env.flags, 0);
}
END_TEST

START_TEST(an_unmasked_denormal_operand_hides_the_precision_exception)
{
    struct fp_env env = env_with_masks(FP_ALL_EXCEPTIONS & ~FP_DE);

    f32_add(1, ONE_32, &env);
    ck_assert_uint_eq(fp_reported_flags(&env), FP_DE);
}
END_TEST

START_TEST(fused_multiply_add_rounds_once)
{
    struct fp_env env = masked_env();

    /* (1 + 2^-52)^2 - (1 + 2^-51) is 2^-104; a rounded product would leave nothing. */
    ck_assert_uint_eq(f64_fma(ONE_64 + 1, ONE_64 + 1, ONE_64 + 2, FMA_NEGATE_ADDEND, &env),
                      0x3970000000000000);
    ck_assert_uint_eq(env.flags, 0);
}
END_TEST

START_TEST(fused_multiply_add_keeps_the_sign_of_a_nan)
{
    struct fp_env env = masked_env();

    ck_assert_uint_eq(f64_fma(ONE_64, ONE_64, QNAN_64 | 7, FMA_NEGATE_ADDEND, &env), QNAN_64 | 7);
    ck_assert_uint_eq(f64_fma(QNAN_64, ONE_64, ONE_64, FMA_NEGATE_PRODUCT, &env), QNAN_64);
    ck_assert_uint_eq(env.flags, 0);
}
END_TEST

START_TEST(infinite_product_and_opposite_infinity_are_invalid)
{
    struct fp_env env = masked_env();

    ck_assert_uint_eq(f64_fma(0x7ff0000000000000, ONE_64, 0xfff0000000000000, 0, &env),
                      INDEFINITE_64);
    ck_assert_uint_eq(env.flags, FP_IE);
}
END_TEST

START_TEST(approximations_are_within_the_error_of_the_manual)
{
    ck_assert_uint_eq(f32_reciprocal(0x40400000), 0x3eaab000); /* 1/3 in 12 bits */
    ck_assert_uint_eq(f32_reciprocal_sqrt(0x40800000), 0x3f000000);
    ck_assert_uint_eq(f32_reciprocal_sqrt(TWO_32), 0x3f350000);
}
END_TEST

START_TEST(approximations_treat_denormals_as_zeros)
{
    ck_assert_uint_eq(f32_reciprocal(0x80000001), 0x80000000 | INFINITY_32);
    ck_assert_uint_eq(f32_reciprocal_sqrt(0x80000001), 0x80000000 | INFINITY_32);
    ck_assert_uint_eq(f32_reciprocal(LARGEST_32), 0); /* so are tiny results */
}
END_TEST

START_TEST(approximations_of_nans_and_negative_roots_are_nans)
{
    ck_assert_uint_eq(f32_reciprocal(SNAN_32), QNAN_32 | 1);
    ck_assert_uint_eq(f32_reciprocal_sqrt(ONE_32 | 0x80000000), INDEFINITE_32);
}
END_TEST

/* Comparing. */

START_TEST(min_and_max_return_the_second_operand_in_doubt)
{
    struct fp_env env = masked_env();

    ck_assert_uint_eq(f32_min(0x80000000, 0, &env), 0);
    ck_assert_uint_eq(f32_max(0, 0x80000000, &env), 0x80000000);
    ck_assert_uint_eq(env.flags, 0);
    ck_assert_uint_eq(f32_min(QNAN_32, ONE_32, &env), ONE_32);
    ck_assert_uint_eq(f32_max(ONE_32, SNAN_32, &env), SNAN_32); /* as it is */
    ck_assert_uint_eq(env.flags, FP_IE);
}
END_TEST

START_TEST(ucomi_accepts_quiet_nans_and_comi_does_not)
{
    struct fp_env env = masked_env();

    ck_assert_int_eq(f64_ucomi(ONE_64, QNAN_64, &env), FP_UNORDERED);
    ck_assert_uint_eq(env.flags, 0);
    ck_assert_int_eq(f64_comi(ONE_64, QNAN_64, &env), FP_UNORDERED);
    ck_assert_uint_eq(env.flags, FP_IE);
}
END_TEST

START_TEST(negative_numbers_are_ordered_by_falling_magnitude)
{
    struct fp_env env = masked_env();

    ck_assert_int_eq(f32_comi(ONE_32 | 0x80000000, TWO_32 | 0x80000000, &env), FP_GREATER);
    ck_assert_int_eq(f32_comi(TWO_32 | 0x80000000, ONE_32, &env), FP_LESS);
}
END_TEST

/* The table of SDM Vol. 2A, "CMPPD": A > B, A < B, A = B, unordered, signals on a quiet NaN. */
START_TEST(comparison_predicates_are_those_of_the_manual)
{
    /* clang-format off */
    static const bool table[32][5] = {
        { 0, 0, 1, 0, 0 }, /* EQ_OQ */    { 0, 1, 0, 0, 1 }, /* LT_OS */
        { 0, 1, 1, 0, 1 }, /* LE_OS */    { 0, 0, 0, 1, 0 }, /* UNORD_Q */
        { 1, 1, 0, 1, 0 }, /* NEQ_UQ */   { 1, 0, 1, 1, 1 }, /* NLT_US */
        { 1, 0, 0, 1, 1 }, /* NLE_US */   { 1, 1, 1, 0, 0 }, /* ORD_Q */
        { 0, 0, 1, 1, 0 }, /* EQ_UQ */    { 0, 1, 0, 1, 1 }, /* NGE_US */
        { 0, 1, 1, 1, 1 }, /* NGT_US */   { 0, 0, 0, 0, 0 }, /* FALSE_OQ */
        { 1, 1, 0, 0, 0 }, /* NEQ_OQ */   { 1, 0, 1, 0, 1 }, /* GE_OS */
        { 1, 0, 0, 0, 1 }, /* GT_OS */    { 1, 1, 1, 1, 0 }, /* TRUE_UQ */
        { 0, 0, 1, 0, 1 }, /* EQ_OS */    { 0, 1, 0, 0, 0 }, /* LT_OQ */
        { 0, 1, 1, 0, 0 }, /* LE_OQ */    { 0, 0, 0, 1, 1 }, /* UNORD_S */
        { 1, 1, 0, 1, 1 }, /* NEQ_US */   { 1, 0, 1, 1, 0 }, /* NLT_UQ */
        { 1, 0, 0, 1, 0 }, /* NLE_UQ */   { 1, 1, 1, 0, 1 }, /* ORD_S */
        { 0, 0, 1, 1, 1 }, /* EQ_US */    { 0, 1, 0, 1, 0 }, /* NGE_UQ */
        { 0, 1, 1, 1, 0 }, /* NGT_UQ */   { 0, 0, 0, 0, 1 }, /* FALSE_OS */
        { 1, 1, 0, 0, 1 }, /* NEQ_OS */   { 1, 0, 1, 0, 0 }, /* GE_OQ */
        { 1, 0, 0, 0, 0 }, /* GT_OQ */    { 1, 1, 1, 1, 1 }, /* TRUE_US */
    };
    /* clang-format on */

    for (unsigned predicate = 0; predicate < 32; predicate++) {
        const bool *row = table[predicate];
        struct fp_env env = masked_env();

        ck_assert_int_eq(f32_compare(TWO_32, ONE_32, predicate, &env), row[0]);
        ck_assert_int_eq(f32_compare(ONE_32, TWO_32, predicate, &env), row[1]);
        ck_assert_int_eq(f32_compare(ONE_32, ONE_32, predicate, &env), row[2]);
        ck_assert_uint_eq(env.flags, 0);
        ck_assert_int_eq(f32_compare(ONE_32, QNAN_32, predicate, &env), row[3]);
        ck_assert_uint_eq(env.flags, row[4] ? FP_IE : 0);
    }
}
END_TEST

/* Conversions. */

START_TEST(single_and_double_convert_into_each_other)
{
    struct fp_env env = masked_env();

    ck_assert_uint_eq(f32_to_f64(0xc0200000, &env), 0xc004000000000000);
    ck_assert_uint_eq(f64_to_f32(0xc004000000000000, &env), 0xc0200000);
    ck_assert_uint_eq(env.flags, 0);
    ck_assert_uint_eq(f64_to_f32(0x3fb999999999999a, &env), 0x3dcccccd);
    ck_assert_uint_eq(env.flags, FP_PE);
}
END_TEST

START_TEST(a_signalling_nan_is_made_quiet_by_conversion)
{
    struct fp_env env = masked_env();

    ck_assert_uint_eq(f32_to_f64(SNAN_32, &env), 0x7ff8000020000000);
    ck_assert_uint_eq(env.flags, FP_IE);
}
END_TEST

START_TEST(integers_out_of_range_are_indefinite)
{
    struct fp_env env = masked_env();

    ck_assert_int_eq(f32_to_int32(0x4f000000, &env), INT32_MIN); /* 2^31 */
    ck_assert_int_eq(f64_to_int64(QNAN_64, &env), INT64_MIN);
    ck_assert_uint_eq(f64_to_uint32(0xbff0000000000000, &env), UINT32_MAX); /* -1 */
    ck_assert_uint_eq(env.flags, FP_IE);
    env.flags = 0;
    ck_assert_int_eq(f32_to_int32(0xcf000000, &env), INT32_MIN); /* -2^31 fits */
    ck_assert_uint_eq(f32_to_uint32(0x4f000000, &env), 0x80000000);
    ck_assert_uint_eq(env.flags, 0);
}
END_TEST

START_TEST(truncating_conversions_ignore_the_rounding_control)
{
    struct fp_env env = masked_env();

    env.rounding = FP_ROUND_UP;
    ck_assert_int_eq(f64_to_int32(0x3ff8000000000000, &env), 2); /* 1.5 */
    ck_assert_int_eq(f64_to_int32_truncate(0x3ff8000000000000, &env), 1);
    ck_assert_uint_eq(env.flags, FP_PE);
}
END_TEST

START_TEST(large_integers_are_rounded)
{
    struct fp_env env = masked_env();

    ck_assert_uint_eq(f64_from_int64(-1, &env), 0xbff0000000000000);
    ck_assert_uint_eq(env.flags, 0);
    ck_assert_uint_eq(f32_from_int64(0x7fffffff, &env), 0x4f000000);
    ck_assert_uint_eq(f64_from_uint64(UINT64_MAX, &env), 0x43f0000000000000);
    ck_assert_uint_eq(env.flags, FP_PE);
}
END_TEST

START_TEST(round_takes_its_mode_from_the_immediate)
{
    struct fp_env env = masked_env();

    env.rounding = FP_ROUND_UP;
    ck_assert_uint_eq(f32_round_to_integral(0x3fc00000, FP_ROUND_DOWN, &env), ONE_32);
    ck_assert_uint_eq(f32_round_to_integral(0x3fa00000, ROUND_IMM_USE_ENV, &env), TWO_32);
    ck_assert_uint_eq(env.flags, FP_PE);
    env.flags = 0;
    ck_assert_uint_eq(
        f32_round_to_integral(0xbf000000, FP_ROUND_NEAREST | ROUND_IMM_QUIET_PE, &env),
        0x80000000); /* -0.5 */
    ck_assert_uint_eq(env.flags, 0);
}
END_TEST

START_TEST(half_precision_converts_both_ways)
{
    struct fp_env env = masked_env();

    ck_assert_uint_eq(f16_to_f32(0x3c00, &env), ONE_32);
    ck_assert_uint_eq(f16_to_f32(0x0001, &env), 0x33800000); /* 2^-24 */
    ck_assert_uint_eq(env.flags, 0);                         /* not even DE */
    ck_assert_uint_eq(f32_to_f16(0x477fe000, &env), 0x7bff); /* 65504 */
    ck_assert_uint_eq(env.flags, 0);
    ck_assert_uint_eq(f32_to_f16(0x477ff000, &env), 0x7c00); /* 65520 */
    ck_assert_uint_eq(env.flags, FP_OE | FP_PE);
}
END_TEST

static Suite *softfloat_suite(void)
{
    Suite *suite = suite_create("softfloat");
    TCase *arithmetic = tcase_create("arithmetic");
    TCase *comparison = tcase_create("comparison");
    TCase *conversion = tcase_create("conversion");

    tcase_add_test(arithmetic, a_third_is_rounded_as_the_rounding_control_says);
    tcase_add_test(arithmetic, equal_numbers_differ_by_plus_zero_unless_rounding_down);
    tcase_add_test(arithmetic, invalid_operations_give_the_default_nan);
    tcase_add_test(arithmetic, the_first_operand_nan_is_the_result);
    tcase_add_test(arithmetic, dividing_by_zero_gives_infinity_and_ze);
    tcase_add_test(arithmetic, overflow_gives_infinity_or_the_largest_number);
    tcase_add_test(arithmetic, masked_underflow_is_reported_only_if_inexact);
    tcase_add_test(arithmetic, unmasked_underflow_is_reported_even_if_exact);
    tcase_add_test(arithmetic, ftz_replaces_tiny_results_by_zero);
    tcase_add_test(arithmetic, daz_replaces_denormal_operands_by_zeros);
    tcase_add_test(arithmetic, an_unmasked_denormal_operand_hides_the_precision_exception);
    tcase_add_test(arithmetic, fused_multiply_add_rounds_once);
    tcase_add_test(arithmetic, fused_multiply_add_keeps_the_sign_of_a_nan);
    tcase_add_test(arithmetic, infinite_product_and_opposite_infinity_are_invalid);
    tcase_add_test(arithmetic, approximations_are_within_the_error_of_the_manual);
    tcase_add_test(arithmetic, approximations_treat_denormals_as_zeros);
    tcase_add_test(arithmetic, approximations_of_nans_and_negative_roots_are_nans);
    suite_add_tcase(suite, arithmetic);

    tcase_add_test(comparison, min_and_max_return_the_second_operand_in_doubt);
    tcase_add_test(comparison, ucomi_accepts_quiet_nans_and_comi_does_not);
    tcase_add_test(comparison, negative_numbers_are_ordered_by_falling_magnitude);
    tcase_add_test(comparison, comparison_predicates_are_those_of_the_manual);
    suite_add_tcase(suite, comparison);

    tcase_add_test(conversion, single_and_double_convert_into_each_other);
    tcase_add_test(conversion, a_signalling_nan_is_made_quiet_by_conversion);
    tcase_add_test(conversion, integers_out_of_range_are_indefinite);
    tcase_add_test(conversion, truncating_conversions_ignore_the_rounding_control);
    tcase_add_test(conversion, large_integers_are_rounded);
    tcase_add_test(conversion, round_takes_its_mode_from_the_immediate);
    tcase_add_test(conversion, half_precision_converts_both_ways);
    suite_add_tcase(suite, conversion);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(softfloat_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
