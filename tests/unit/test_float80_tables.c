/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_float80_tables.c - the manual's tables of operands of the transcendental
 * instructions: result and exceptions of every cell.
 * Source: SDM Vol. 2A, "FPATAN", "FYL2X", "FYL2XP1", "F2XM1", "FSIN", "FCOS", "FPTAN": the tables
 * of results; SDM Vol. 1, "Denormal Operand Exception (#D)".
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/float80.h"
#include "util/types.h"

#define INTEGER_BIT 0x8000000000000000
#define PI 0xc90fdaa22168c235
#define THREE_PI 0x96cbe3f9990e91a8

/* Operands, by the names that the tables have for them. */
static const struct {
    const char *name;
    struct float80 value;
} numbers[] = {
    { "-oo", { INTEGER_BIT, 0xffff } },
    { "-F", { 0xb000000000000000, 0xbffb } },
    { "-0", { 0, 0x8000 } },
    { "+0", { 0, 0 } },
    { "+F", { 0xb000000000000000, 0x3ffb } }, /* below 1, and what FYL2XP1 and F2XM1 take */
    { "+1", { INTEGER_BIT, 0x3fff } },
    { "+G", { 0xb000000000000000, 0x4002 } }, /* above 1 */
    { "+oo", { INTEGER_BIT, 0x7fff } },
    { "nan", { 0xc000000000000001, 0x7fff } },
};

/* Results that are numbers of their own. */
static const struct {
    const char *name;
    struct float80 value;
} angles[] = {
    { "+pi/4", { PI, 0x3ffe } },        { "-pi/4", { PI, 0xbffe } },
    { "+pi/2", { PI, 0x3fff } },        { "-pi/2", { PI, 0xbfff } },
    { "+pi", { PI, 0x4000 } },          { "-pi", { PI, 0xc000 } },
    { "+3pi/4", { THREE_PI, 0x4000 } }, { "-3pi/4", { THREE_PI, 0xc000 } },
};

static struct float80 number(const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++) {
        if (!strcmp(numbers[i].name, name))
            return numbers[i].value;
    }
    ck_abort_msg("no operand %s", name);
}

typedef struct float80 function(struct float80 x, struct float80 y, struct fp_env *env);

static struct float80 atan_of(struct float80 x, struct float80 y, struct fp_env *env)
{
    return float80_atan2(y, x, env);
}

static struct float80 exp_of(struct float80 x, struct float80 y UNUSED, struct fp_env *env)
{
    return float80_2xm1(x, env);
}

#define TRIG(name)                                                                                 \
    static struct float80 name##_of(struct float80 x, struct float80 y UNUSED, struct fp_env *env) \
    {                                                                                              \
        struct float80 result = { 0, 0 };                                                          \
                                                                                                   \
        ck_assert(float80_##name(x, &result, env));                                                \
        return result;                                                                             \
    }
TRIG(sin)
TRIG(cos)
TRIG(tan)

/*
 * A table: rows are ST(1), columns ST(0). A cell names a number, a sign and F for any finite number
 * of that sign, an angle, # for an invalid operation and ##+ or ##- for a division by zero.
 */
struct table {
    const char *name;
    function *function;
    const char *st0, *rows[8]; /* of each row, the first word is ST(1) */
};

/* clang-format off */
static const struct table tables[] = {
    { "fpatan", atan_of,
             "-oo     -F    -0    +0    +F    +oo    nan", {
        "-oo  -3pi/4  -pi/2 -pi/2 -pi/2 -pi/2 -pi/4  nan",
        "-F   -pi     -F    -pi/2 -pi/2 -F    -0     nan",
        "-0   -pi     -pi   -pi   -0    -0    -0     nan",
        "+0   +pi     +pi   +pi   +0    +0    +0     nan",
        "+F   +pi     +F    +pi/2 +pi/2 +F    +0     nan",
        "+oo  +3pi/4  +pi/2 +pi/2 +pi/2 +pi/2 +pi/4  nan",
        "nan  nan     nan   nan   nan   nan   nan    nan", } },
    { "fyl2x", float80_yl2x,
             "-oo  -F  -0   +0   +F   +1  +G   +oo  nan", {
        "-oo  #    #   +oo  +oo  +oo  #   -oo  -oo  nan",
        "-F   #    #   ##+  ##+  +F   -0  -F   -oo  nan",
        "-0   #    #   #    #    +0   -0  -0   #    nan",
        "+0   #    #   #    #    -0   +0  +0   #    nan",
        "+F   #    #   ##-  ##-  -F   +0  +F   +oo  nan",
        "+oo  #    #   -oo  -oo  -oo  #   +oo  +oo  nan",
        "nan  nan  nan nan  nan  nan  nan nan  nan  nan", } },
    { "fyl2xp1", float80_yl2xp1,
             "-F   -0   +0   +F   nan", {
        "-oo  +oo  #    #    -oo  nan",
        "-F   +F   +0   -0   -F   nan",
        "-0   +0   +0   -0   -0   nan",
        "+0   -0   -0   +0   +0   nan",
        "+F   -F   -0   +0   +F   nan",
        "+oo  -oo  #    #    +oo  nan",
        "nan  nan  nan  nan  nan  nan", } },
    { "f2xm1", exp_of,
             "-F   -0   +0   +F   nan", {
        "+0   -F   -0   +0   +F   nan", } },
    { "fsin", sin_of,
             "-oo  -F   -0   +0   +F   +oo  nan", {
        "+0   #    -F   -0   +0   +F   #    nan", } },
    { "fcos", cos_of,
             "-oo  -F   -0   +0   +F   +oo  nan", {
        "+0   #    +F   +1   +1   +F   #    nan", } },
    { "fptan", tan_of,
             "-oo  -F   -0   +0   +F   +oo  nan", {
        "+0   #    -F   -0   +0   +F   #    nan", } },
};
/* clang-format on */

/* The next word of a line; false at its end. */
static bool next_word(const char **line, char word[16])
{
    size_t length;

    *line += strspn(*line, " ");
    length = strcspn(*line, " ");
    ck_assert_uint_lt(length, 16);
    memcpy(word, *line, length);
    word[length] = 0;
    *line += length;
    return length > 0;
}

static void expect(const char *what, const char *cell, struct float80 result, unsigned flags)
{
    struct float80 expected = { 0xc000000000000000, 0xffff }; /* the default NaN */
    unsigned expected_flags = 0;

    if (cell[1] == 'F') {
        ck_assert_msg(flags == FP_PE, "%s: flags %02x", what, flags);
        ck_assert_msg(result.sign_exponent >> 15 == (cell[0] == '-') &&
                          (result.sign_exponent & 0x7fff) != 0x7fff && result.mantissa,
                      "%s: %04x %016llx", what, result.sign_exponent,
                      (unsigned long long)result.mantissa);
        return;
    }
    if (cell[0] != '#') {
        bool found = false;

        for (unsigned i = 0; i < ARRAY_SIZE(angles) && !found; i++) {
            if (strcmp(angles[i].name, cell) == 0) {
                expected = angles[i].value;
                expected_flags = FP_PE;
                found = true;
            }
        }
        if (!found)
            expected = number(cell);
    } else if (cell[1] == '#') {
        expected = number(cell[2] == '+' ? "+oo" : "-oo");
        expected_flags = FP_ZE;
    } else {
        expected_flags = FP_IE;
    }
    ck_assert_msg(
        result.sign_exponent == expected.sign_exponent && result.mantissa == expected.mantissa,
        "%s: %04x %016llx", what, result.sign_exponent, (unsigned long long)result.mantissa);
    ck_assert_msg(flags == expected_flags, "%s: flags %02x", what, flags);
}

START_TEST(every_cell_of_the_tables_holds)
{
    const struct table *table = &tables[_i];

    for (unsigned r = 0; r < ARRAY_SIZE(table->rows) && table->rows[r]; r++) {
        const char *row = table->rows[r], *columns = table->st0;
        char st1[16], st0[16], cell[16];

        ck_assert(next_word(&row, st1));
        while (next_word(&columns, st0)) {
            struct fp_env env = { .precision = FP_PRECISION_64, .masks = FP_ALL_EXCEPTIONS };
            struct float80 result;
            char what[100];

            ck_assert(next_word(&row, cell));
            result = table->function(number(st0), number(st1), &env);
            snprintf(what, sizeof what, "%s: ST(1) %s, ST(0) %s, expected %s", table->name, st1,
                     st0, cell);
            expect(what, cell, result, env.flags);
        }
        ck_assert(!next_word(&row, cell));
    }
}
END_TEST

/* Denormal operands raise DE, and when that is unmasked nothing else happens. */
START_TEST(denormal_operands_raise_de)
{
    static const struct float80 denormal = { 0x4000, 0 };
    const struct float80 f = number("+F");

    for (unsigned which = 0; which < 2; which++) {
        struct float80 x = which ? f : denormal, y = which ? denormal : f;
        struct fp_env env = { .precision = FP_PRECISION_64, .masks = FP_ALL_EXCEPTIONS };

        if (which && !tables[_i].rows[1]) /* of ST(0) alone */
            break;
        tables[_i].function(x, y, &env);
        ck_assert_msg((env.flags & (FP_DE | FP_IE | FP_ZE)) == FP_DE, "%s: flags %02x",
                      tables[_i].name, env.flags);
        env.flags = 0;
        env.masks &= (uint8_t)~FP_DE;
        tables[_i].function(x, y, &env);
        ck_assert_msg(env.flags == FP_DE, "%s: flags %02x", tables[_i].name, env.flags);
    }
}
END_TEST

START_TEST(signalling_nans_and_what_is_no_number_raise_ie)
{
    static const struct float80 odd[] = {
        { 0x8000000000000001, 0x7fff }, /* signalling NaN */
        { 0x4000000000000000, 0x3fff }, /* unnormal */
        { 0x0000000000000000, 0x7fff }, /* pseudo-infinity */
        { 0x0000000000000001, 0x7fff }, /* pseudo-NaN */
    };

    for (unsigned i = 0; i < ARRAY_SIZE(odd); i++) {
        struct fp_env env = { .precision = FP_PRECISION_64, .masks = FP_ALL_EXCEPTIONS };
        struct float80 result = tables[_i].function(odd[i], number("+F"), &env);

        ck_assert_uint_eq(env.flags, FP_IE);
        ck_assert_uint_eq(result.sign_exponent & 0x7fff, 0x7fff);
        ck_assert_uint_eq(result.mantissa, i ? 0xc000000000000000 : 0xc000000000000001);
    }
}
END_TEST

/* FYL2X and FYL2XP1 of powers of two: exact in every rounding, yet processors report PE. */
START_TEST(integer_logarithms_are_exact)
{
    const struct float80 one = number("+1"), four = { INTEGER_BIT, 0x4001 };
    const struct float80 half = { INTEGER_BIT, 0x3ffe }, minus_half = { INTEGER_BIT, 0xbffe };
    const struct float80 three = { 0xc000000000000000, 0x4000 };

    for (uint8_t rounding = 0; rounding < 4; rounding++) {
        struct fp_env env = { .rounding = rounding, .masks = FP_ALL_EXCEPTIONS };
        struct float80 r = float80_yl2xp1(three, one, &env);

        ck_assert_uint_eq(r.sign_exponent, 0x4000);
        ck_assert_uint_eq(r.mantissa, INTEGER_BIT);
        r = float80_yl2x(four, one, &env);
        ck_assert_uint_eq(r.sign_exponent, 0x4000);
        ck_assert_uint_eq(r.mantissa, INTEGER_BIT);
        r = float80_yl2xp1(minus_half, one, &env);
        ck_assert_uint_eq(r.sign_exponent, 0xbfff);
        ck_assert_uint_eq(r.mantissa, INTEGER_BIT);
        r = float80_yl2x(half, one, &env);
        ck_assert_uint_eq(r.sign_exponent, 0xbfff);
        ck_assert_uint_eq(r.mantissa, INTEGER_BIT);
        ck_assert_uint_eq(env.flags, FP_PE);
        ck_assert(!env.c1);
    }
}
END_TEST

/* Found by comparing with MPFR: quotients and reciprocals on the border between two roundings. */
START_TEST(border_cases_fall_on_the_right_side)
{
    struct fp_env up = { .rounding = FP_ROUND_UP, .masks = FP_ALL_EXCEPTIONS };
    struct fp_env nearest = { .rounding = FP_ROUND_NEAREST, .masks = FP_ALL_EXCEPTIONS };
    struct float80 r;

    /* -cot(2^-65) is just above -2^65. */
    ck_assert(float80_tan((struct float80){ PI, 0x3fff }, &r, &up));
    ck_assert_uint_eq(r.sign_exponent, 0xc03f);
    ck_assert_uint_eq(r.mantissa, 0xffffffffffffffff);
    /* 2^-n / (1 - 2^-64) is just above 2^-n * (1 + 2^-64). */
    r = float80_atan2((struct float80){ INTEGER_BIT, 0x6c37 },
                      (struct float80){ 0xffffffffffffffff, 0x7877 }, &nearest);
    ck_assert_uint_eq(r.sign_exponent, 0x33be);
    ck_assert_uint_eq(r.mantissa, 0x8000000000000001);
}
END_TEST

static Suite *float80_tables_suite(void)
{
    Suite *suite = suite_create("float80_tables");
    TCase *operands = tcase_create("operands");

    tcase_add_loop_test(operands, every_cell_of_the_tables_holds, 0, ARRAY_SIZE(tables));
    tcase_add_loop_test(operands, denormal_operands_raise_de, 0, ARRAY_SIZE(tables));
    tcase_add_loop_test(operands, signalling_nans_and_what_is_no_number_raise_ie, 0,
                        ARRAY_SIZE(tables));
    tcase_add_test(operands, integer_logarithms_are_exact);
    tcase_add_test(operands, border_cases_fall_on_the_right_side);
    suite_add_tcase(suite, operands);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(float80_tables_suite());
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
