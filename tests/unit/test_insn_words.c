/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_insn_words.c - every row of the instruction table can be told in words and in the
 * manual's notation. Encodings as SDM Vol. 2 prints them.
 */
#include <check.h>
#include <string.h>

#include "cpu/exec.h"
#include "debugger/insn_words.h"
#include "tests/support/encode.h"
#include "tests/support/guest_cpu.h"

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

/* One flag after an instruction whose result is in `value`. */
static bool flag_is(unsigned kind, unsigned flag, uint64_t before, uint64_t after, uint64_t value,
                    unsigned size)
{
    bool set = after & flag;

    switch (kind) {
    case UNDEF_SAME:
        return set == !!(before & flag);
    case UNDEF_ZERO:
        return !set;
    case UNDEF_ONE:
        return set;
    case UNDEF_RESULT:
        return set == (flag == PF   ? !__builtin_parity(value & 0xff)
                       : flag == ZF ? value == 0
                                    : value >> (size * 8 - 1) & 1);
    default:
        return true; /* tests/unit/test_exec_shift.c */
    }
}

/* A row's undefined flags over random operands in registers. */
static void execute_undefined(const struct row *row, struct guest *guest, unsigned bits)
{
    static const unsigned status[] = { CF, PF, AF, ZF, SF, OF };
    struct cpu *cpu = guest->cpu;
    struct rng rng = { 77 };
    unsigned done = 0;
    bool accumulator =
        row->attributes & A_NO64 || !strcmp(row->mnemonic, "mul") || !strncmp(row->id, "imul_E", 6);

    for (unsigned n = 0; n < 20000 && done < 40; n++) {
        uint64_t before, after, value;
        struct encoding e;
        char hex[48];
        unsigned size;

        if (!encode_row(row, bits, cpu->features, &rng, &e) || e.insn.mem)
            continue;
        for (unsigned i = 0; i < e.length; i++)
            snprintf(hex + 3 * i, 4, "%02x ", e.bytes[i]);
        guest_code(guest, hex);
        for (unsigned i = 0; i < (bits == 64 ? 16 : 8); i++)
            cpu->gpr[i] = bits == 64 ? value_integer(&rng) : (uint32_t)value_integer(&rng);
        before = (rng_next(&rng) & EFLAGS_STATUS) | EFLAGS_ONE;
        cpu_set_eflags(cpu, before);
        if (!guest_step(guest))
            continue;
        after = cpu_eflags(cpu);
        if (after == before && (strstr(row->title, "Shift") || strstr(row->title, "Rotate")))
            continue; /* by 0 */
        if (!strncmp(row->title, "BS", 2) && after & ZF)
            continue; /* of zero: no result */
        size = row->attributes & A_NO64 ? 1 : op_size(&e.insn, 0);
        value = gpr_read(cpu, accumulator ? RAX : e.insn.dst, size);
        for (unsigned i = 0; i < ARRAY_SIZE(status); i++)
            ck_assert_msg(
                !(row->flags_undefined & status[i]) ||
                    flag_is(row_undefined(row, status[i]), status[i], before, after, value, size),
                "%s: %s: flag %#x", row->id, hex, status[i]);
        done++;
    }
    ck_assert_msg(done == 40, "%s: %u executed", row->id, done);
}

START_TEST(undefined_flags_are_as_told)
{
    struct guest *guest[2] = { guest_create(), guest_create() };

    guest_long(guest[0], 0);
    guest_protected(guest[1], 0);
    for (unsigned i = 1; i < insn_row_count; i++) {
        const struct row *row = &insn_rows[i];
        bool only32 = row->attributes & A_NO64;

        if (row->flags_undefined && !(row->attributes & A_CPL0))
            execute_undefined(row, guest[only32], only32 ? 32 : 64);
    }
    buf_clear(&text);
    notation_undefined(row_of("imul_Ev"), &text);
    ck_assert_str_eq(buf_text(&text), " (here PF AF ZF SF as before)");
    guest_destroy(guest[0]);
    guest_destroy(guest[1]);
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
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, undefined_flags_are_as_told);
    tcase_add_test(tcase, help_finds_mnemonics_and_guesses);
    tcase_add_test(tcase, the_document_has_every_row_once);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
