/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_insn_words.c - every row of the instruction table can be told in words and in the
 * manual's notation. Encodings as SDM Vol. 2 prints them.
 */
#include <check.h>
#include <string.h>

#include "debugger/insn_words.h"

static struct buf text;

static void teardown(void)
{
    buf_free(&text);
}

static const struct row *row_of(const char *id)
{
    for (unsigned i = 1; i < insn_row_count; i++)
        if (!strcmp(insn_rows[i].id, id))
            return &insn_rows[i];
    ck_abort_msg("no row %s", id);
    return NULL;
}

START_TEST(every_row_has_words_that_fit_its_operands)
{
    unsigned without = 0;

    for (unsigned i = 1; i < insn_row_count; i++) {
        const struct row *row = &insn_rows[i];

        if (!words_sentence(row)) {
            printf("%s (%s): no words in insn_words.def\n", row->mnemonic, row->id);
            without++;
            continue;
        }
        buf_clear(&text);
        words_say(row, NULL, NULL, &text);
        ck_assert_msg(!strchr(buf_text(&text), '$'), "%s: %s", row->id, buf_text(&text));
        ck_assert_msg(!strstr(buf_text(&text), "implicit"), "%s: %s", row->id, buf_text(&text));
        ck_assert_msg(!strstr(buf_text(&text), "the condition holds"), "%s", row->id);
        ck_assert_msg(text.data[text.length - 1] != '.', "%s", row->id);
    }
    ck_assert_uint_eq(without, 0);
}
END_TEST

START_TEST(every_row_has_an_encoding_and_a_form)
{
    for (unsigned i = 1; i < insn_row_count; i++) {
        const struct row *row = &insn_rows[i];

        buf_clear(&text);
        notation_encoding(row, &text);
        ck_assert_uint_ge(text.length, 2);
        buf_clear(&text);
        notation_form(row, &text);
        ck_assert_msg(!strchr(buf_text(&text), '?'), "%s: %s", row->id, buf_text(&text));
        ck_assert_ptr_null(strstr(buf_text(&text), "r/m,"));
        buf_clear(&text);
        notation_modes(row, &text);
        ck_assert_uint_gt(text.length, 0);
    }
}
END_TEST

START_TEST(encodings_are_in_the_notation_of_the_manual)
{
    static const struct {
        const char *id, *encoding, *form;
    } cases[] = {
        { "imul_Gv_Ev", "[66|REX.W] 0F AF /r", "imul r16/32/64, r/m16/32/64" },
        { "add_Eb_Gb", "00 /r", "add r/m8, r8" },
        { "mov_Zv_Iv", "[66|REX.W] B8+r iw/id/io", "mov r16/32/64, imm16/32/64" },
        { "cmpxchg16b_Mdq", "REX.W + 0F C7 /1", "cmpxchg16b m128" },
        { "lldt_Ew", "0F 00 /2", "lldt r/m16" },
        { "jz_Jz", "0F 84 cw/cd", "jz rel16/32" },
        { "in_AL_Ib", "E4 ib", "in AL, imm8" },
        { "int_Ib", "CD ib", "int imm8" },
        { "cbw", "98", "cbw|cwde|cdqe" },
        { "call_Ap", "9A cd/cp", "call ptr16:16/32" },
        { "endbr64", "F3 0F 1E FA", "endbr64" },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct row *row = row_of(cases[i].id);

        buf_clear(&text);
        notation_encoding(row, &text);
        ck_assert_str_eq(buf_text(&text), cases[i].encoding);
        buf_clear(&text);
        notation_form(row, &text);
        ck_assert_str_eq(buf_text(&text), cases[i].form);
    }
    for (unsigned i = 1, seen = 0; i < insn_row_count; i++)
        if (!strcmp(insn_rows[i].mnemonic, "vpaddb")) {
            buf_clear(&text);
            notation_encoding(&insn_rows[i], &text);
            buf_add_text(&text, " ");
            notation_form(&insn_rows[i], &text);
            ck_assert_str_eq(buf_text(&text),
                             seen++ ? "VEX.256.66.0F.WIG FC /r vpaddb ymm, ymm, ymm/m256"
                                    : "VEX.128.66.0F.WIG FC /r vpaddb xmm, xmm, xmm/m128");
        }
}
END_TEST

START_TEST(words_name_the_operands_in_their_roles)
{
    words_say(row_of("imul_Gv_Ev"), NULL, NULL, &text);
    ck_assert_ptr_nonnull(strstr(buf_text(&text), "multiplies operand 1 by operand 2, signed"));
    buf_clear(&text);
    for (unsigned i = 1; i < insn_row_count; i++)
        if (!strcmp(insn_rows[i].mnemonic, "vsubps")) {
            words_say(&insn_rows[i], NULL, NULL, &text);
            break;
        }
    ck_assert_str_eq(buf_text(&text),
                     "subtracts each single-precision value of operand 3 from that of operand 2; "
                     "the result goes to operand 1, and the bits above are cleared");
}
END_TEST

/* SDM Vol. 1, appendix "EFLAGS Condition Codes". */
START_TEST(conditions_are_those_of_the_manual)
{
    static const struct {
        const char *id;
        uint64_t holds, fails;
    } cases[] = {
        { "jo_Jz", OF, SF | CF },   { "jno_Jz", 0, OF },       { "jb_Jz", CF, ZF },
        { "jnb_Jz", ZF, CF },       { "jz_Jz", ZF, CF },       { "jnz_Jz", CF, ZF },
        { "jbe_Jz", ZF, SF },       { "jbe_Jz", CF, OF },      { "jnbe_Jz", OF, CF | ZF },
        { "js_Jz", SF, OF },        { "jns_Jz", OF, SF },      { "jp_Jz", PF, AF },
        { "jnp_Jz", AF, PF },       { "jl_Jz", SF, SF | OF },  { "jl_Jz", OF, ZF },
        { "jnl_Jz", SF | OF, OF },  { "jle_Jz", ZF, SF | OF }, { "jle_Jz", SF, 0 },
        { "jnle_Jz", SF | OF, ZF }, { "jnle_Jz", 0, SF },      { "cmovnle_Gv_Ev", 0, OF },
        { "setb_Eb", CF, 0 },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct row *row = row_of(cases[i].id);

        ck_assert_ptr_nonnull(words_condition(row));
        ck_assert_msg(words_condition_holds(row, cases[i].holds), "%s", cases[i].id);
        ck_assert_msg(!words_condition_holds(row, cases[i].fails), "%s", cases[i].id);
    }
    ck_assert_ptr_null(words_condition(row_of("add_Eb_Gb")));
}
END_TEST

START_TEST(exceptions_follow_from_the_row)
{
    static const struct {
        const char *id, *exceptions;
    } cases[] = {
        { "add_Eb_Gb", " #UD #GP(0) #SS(0) #PF #AC" },
        { "add_AL_Ib", " #UD" },
        { "div_Ev", " #UD #GP(0) #SS(0) #PF #AC #DE" },
        { "lgdt_Ms", " #UD #GP(0) #SS(0) #PF #AC" },
        { "cli", " #UD #GP(0)" },
        { "invlpg_M", " #UD #GP(0)" },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        buf_clear(&text);
        notation_exceptions(row_of(cases[i].id), &text);
        ck_assert_msg(!strcmp(buf_text(&text), cases[i].exceptions), "%s: %s", cases[i].id,
                      buf_text(&text));
    }
}
END_TEST

START_TEST(help_finds_mnemonics_and_guesses)
{
    const char *nearest = NULL;
    struct out out;

    out_to_buf(&out, &text);
    ck_assert(instruction_help("cwde", &out, &nearest));
    ck_assert_ptr_nonnull(strstr(buf_text(&text), "copies the sign"));
    buf_clear(&text);
    ck_assert(instruction_help("jecxz", &out, &nearest));
    ck_assert_uint_gt(text.length, 0);
    ck_assert(!instruction_help("cmpxchgg", &out, &nearest));
    ck_assert_str_eq(nearest, "cmpxchg");
    ck_assert(!instruction_help("", &out, &nearest));
    ck_assert(!instruction_help("zzzzzzzzzzzz", &out, &nearest));
    ck_assert_ptr_null(nearest);
}
END_TEST

START_TEST(the_document_has_every_row_once)
{
    struct out out;
    unsigned lines = 0, cells = 0;

    out_to_buf(&out, &text);
    instruction_document(&out);
    for (const char *line = buf_text(&text); line; line = strchr(line, '\n')) {
        line += *line == '\n';
        lines += !strncmp(line, "| `", 3);
    }
    ck_assert_uint_eq(lines, insn_row_count - 1);
    for (const char *p = buf_text(&text); *p; p++)
        cells += *p == '|' && (p == (char *)text.data || p[-1] != '\\');
    ck_assert_uint_eq(cells % 7, 0); /* seven bars a row, and nothing breaks a cell */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("insn_words");
    TCase *tcase = tcase_create("insn_words");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, every_row_has_words_that_fit_its_operands);
    tcase_add_test(tcase, every_row_has_an_encoding_and_a_form);
    tcase_add_test(tcase, encodings_are_in_the_notation_of_the_manual);
    tcase_add_test(tcase, words_name_the_operands_in_their_roles);
    tcase_add_test(tcase, conditions_are_those_of_the_manual);
    tcase_add_test(tcase, exceptions_follow_from_the_row);
    tcase_add_test(tcase, help_finds_mnemonics_and_guesses);
    tcase_add_test(tcase, the_document_has_every_row_once);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
