/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_command.c - the command table: names, abbreviations, splitting, help. */
#include <check.h>
#include <string.h>

#include "debugger/command.h"

static const char *found(const char *word)
{
    struct buf error = { 0 };
    const struct command *command = command_find(NULL, word, &error);

    buf_free(&error);
    return command ? command->name : "";
}

static void check_refused(const char *word, const char *words)
{
    struct buf error = { 0 };

    ck_assert_ptr_null(command_find(NULL, word, &error));
    ck_assert_msg(strstr(buf_text(&error), words) != NULL, "'%s' lacks '%s'", buf_text(&error),
                  words);
    buf_free(&error);
}

START_TEST(short_names_aliases_and_beginnings_are_found)
{
    ck_assert_str_eq(found("s"), "step");
    ck_assert_str_eq(found("si"), "step");
    ck_assert_str_eq(found("c"), "continue");
    ck_assert_str_eq(found("contin"), "continue");
    ck_assert_str_eq(found("?"), "calc");
    ck_assert_str_eq(found("until"), "rla");
    ck_assert_str_eq(found("why"), "explain");
    ck_assert_str_eq(found("p"), "print");
    ck_assert_str_eq(found("print-st"), "");
    ck_assert_str_eq(found("print-stack"), "print-stack");
}
END_TEST

START_TEST(wrong_names_are_answered_with_near_ones)
{
    check_refused("foo", "unknown command 'foo'");
    check_refused("contineu", "did you mean 'continue'?");
    check_refused("print-st", "ambiguous: print-stack, print-string");
}
END_TEST

START_TEST(no_name_stands_for_two_commands)
{
    for (const struct command_group *g = command_groups; g->title; g++)
        for (const struct command *row = g->commands; row->name; row++) {
            ck_assert_str_eq(found(row->name), row->name);
            if (row->brief)
                ck_assert_str_eq(found(row->brief), row->name);
            for (const char *a = row->aliases; a && *a;) {
                char word[32];
                size_t n = strcspn(a, " ");

                snprintf(word, sizeof word, "%.*s", (int)n, a);
                ck_assert_msg(!strcmp(found(word), row->name), "%s is %s, not %s", word,
                              found(word), row->name);
                a += n + strspn(a + n, " ");
            }
        }
}
END_TEST

START_TEST(every_row_is_complete)
{
    for (const struct command_group *g = command_groups; g->title; g++)
        for (const struct command *row = g->commands; row->name; row++) {
            ck_assert_ptr_nonnull(row->run);
            ck_assert_msg(row->usage && row->summary, "%s lacks usage or summary", row->name);
            ck_assert_msg(strlen(row->summary) <= 76, "%s: summary too long", row->name);
        }
}
END_TEST

static void check_split(const char *line, const char *name, const char *slash, const char *args)
{
    struct buf rest = { 0 };
    struct call call;
    char buffer[64];

    ck_assert(command_split(line, buffer, sizeof buffer, &call, &rest));
    ck_assert_str_eq(call.name, name);
    ck_assert_str_eq(call.slash, slash);
    ck_assert_str_eq(call.args, args);
    buf_free(&rest);
}

START_TEST(formats_may_stand_at_the_name_or_apart)
{
    struct buf rest = { 0 };
    struct call call;
    char buffer[64];

    check_split("x/8xb $rsp", "x", "8xb", "$rsp");
    check_split("x /8bx 0x7c00", "x", "8bx", "0x7c00");
    check_split("  b   kmain if \"rax==1\"  ", "b", "", "kmain if \"rax==1\"");
    check_split("?rax+1", "?", "", "rax+1");
    check_split("s", "s", "", "");
    ck_assert(!command_split("   ", buffer, sizeof buffer, &call, &rest));
    buf_free(&rest);
}
END_TEST

START_TEST(help_and_manual_name_every_command)
{
    struct buf help = { 0 }, manual = { 0 };
    struct out out;

    out_to_buf(&out, &help);
    command_overview(&out);
    out_to_buf(&out, &manual);
    command_manual(&out);
    for (const struct command_group *g = command_groups; g->title; g++)
        for (const struct command *row = g->commands; row->name; row++)
            ck_assert_msg(strstr(buf_text(&help), row->name) != NULL, "help lacks %s", row->name);
    ck_assert_ptr_nonnull(strstr(buf_text(&manual), ".TH VITRINE-DEBUGGER 7"));
    ck_assert_ptr_nonnull(strstr(buf_text(&manual), "print\\-stack"));
    buf_free(&help);
    buf_free(&manual);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("command");
    TCase *tcase = tcase_create("command");
    SRunner *runner;
    int failed;

    tcase_add_test(tcase, short_names_aliases_and_beginnings_are_found);
    tcase_add_test(tcase, wrong_names_are_answered_with_near_ones);
    tcase_add_test(tcase, no_name_stands_for_two_commands);
    tcase_add_test(tcase, every_row_is_complete);
    tcase_add_test(tcase, formats_may_stand_at_the_name_or_apart);
    tcase_add_test(tcase, help_and_manual_name_every_command);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
