/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_compare_gdb.c - our machine beside a foreign emulator, which is a second machine of ours
 * behind a stub (gdb_mirror.h): what is equal is found equal, what is known to differ is passed over
 * and does not spread, and a register, a flag or a byte that differs is found where it began.
 */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/access.h"
#include "cpu/disasm.h"
#include "cpu/eflags.h"
#include "machine/compare_gdb.h"
#include "tests/support/gdb_mirror.h"
#include "tests/support/scratch.h"

enum { STEPS = 2400 }; /* of the firmware, in real mode, with ports and strings */

static struct machine_config config;
static struct compare_options options;
static struct gdb_mirror mirror;
static struct machine *lead;
static struct compare *compare;
static struct scratch scratch;
static struct buf error;
static int exit_code;

static void setup(void)
{
    scratch_make(&scratch);
    config_defaults(&config);
    config.ram_bytes = MIB(8);
    config.serial = "null";
    compare_defaults(&options);
    mirror = (struct gdb_mirror){ .path = scratch_path(&scratch, "gdb") };
}

static void teardown(void)
{
    gdb_mirror_stop(&mirror);
    compare_destroy(compare);
    compare = NULL;
    machine_destroy(lead);
    lead = NULL;
    buf_free(&error);
    scratch_remove(&scratch);
}

/* `how`: what follows "interp,gdb:...". */
static void start(const char *how)
{
    struct buf text = { 0 };

    mirror.config = config;
    gdb_mirror_start(&mirror);
    buf_printf(&text, "interp,gdb:unix:%s%s", mirror.path, how);
    ck_assert_msg(compare_parse(&options, buf_text(&text), &error), "%s", buf_text(&error));
    buf_free(&text);
    lead = machine_create(&config, NULL, &error, &exit_code);
    ck_assert_msg(lead != NULL, "%s", buf_text(&error));
    compare = compare_create(lead, &options, &error, &exit_code);
    ck_assert_msg(compare != NULL, "%s", buf_text(&error));
}

static uint64_t count(enum known_id id)
{
    return compare->gdb->counts[id];
}

static void agrees(void)
{
    enum machine_stop stop;
    enum compare_end end = compare_run(compare, STEPS, &stop);

    ck_assert_msg(end == COMPARE_STOPPED, "%s%s", buf_text(&compare->error),
                  buf_text(&compare->difference.report));
    ck_assert_int_eq(stop, MACHINE_LIMIT);
    ck_assert_uint_eq(clock_now(&lead->clock), STEPS);
    ck_assert_uint_eq(compare->ticks, STEPS);
}

/* What our machine by itself executes at `tick`. */
static void instruction_at(uint64_t tick, char text[96])
{
    struct machine *m = machine_create(&config, NULL, &error, &exit_code);
    struct buf buf = { 0 };
    uint8_t bytes[15];

    ck_assert_int_eq(machine_run(m, tick), MACHINE_LIMIT);
    ck_assert(cpu_peek(m->cpu, (uint32_t)(m->cpu->seg[SEG_CS].base + m->cpu->rip), bytes, 15));
    disasm_bytes(bytes, 15, m->cpu->mode, m->cpu->rip, m->cpu->features, NULL, &buf);
    snprintf(text, 96, "%s", buf_text(&buf));
    buf_free(&buf);
    machine_destroy(m);
}

/* The step number mirror.step is the first that differs, in this. */
static void finds(const char *fields)
{
    const struct difference *d = &compare->difference;
    enum machine_stop stop;
    char text[96];

    ck_assert_int_eq(compare_run(compare, STEPS, &stop), COMPARE_DIFFERENT);
    instruction_at(mirror.step - 1, text);
    ck_assert_str_eq(buf_text((struct buf *)&d->fields), fields);
    ck_assert_uint_eq(d->tick, mirror.step - 1);
    ck_assert_int_eq(d->place, PLACE_INSTRUCTION);
    ck_assert_str_eq(d->insn_text, text);
    ck_assert_ptr_nonnull(d->row);
    ck_assert_ptr_nonnull(strstr(buf_text((struct buf *)&d->report), text));
    ck_assert_uint_gt(d->test_case.length, 100);
    ck_assert_uint_eq(clock_now(&lead->clock), d->tick); /* ours stands before it */
}

START_TEST(the_same_processor_is_equal)
{
    start("");
    agrees();
    ck_assert_uint_eq(compare->slices, STEPS);
    ck_assert_uint_eq(count(KNOWN_UNDEFINED), 0);
    ck_assert_uint_eq(count(KNOWN_EMPTY), 0);
}
END_TEST

START_TEST(a_look_now_and_then_is_enough_where_nothing_differs)
{
    start(",every=100");
    agrees();
    ck_assert_uint_lt(compare->slices, STEPS * 3 / 4); /* ports and their like are looked at each */
}
END_TEST

START_TEST(a_line_with_errors_does_no_harm)
{
    mirror.asked_again = true;
    start("");
    agrees();
}
END_TEST

static void poke_register(struct cpu *cpu)
{
    cpu->gpr[RBP] ^= 0x80;
}

static void poke_flag(struct cpu *cpu)
{
    flags_load(cpu, flags_status(cpu) ^ CF);
}

static void poke_interrupt_flag(struct cpu *cpu)
{
    cpu_set_eflags(cpu, cpu_eflags(cpu) ^ DF);
}

START_TEST(a_register_that_differs_is_found_where_it_began)
{
    mirror.step = 2321;
    mirror.poke = poke_register;
    start("");
    finds("rbp");
}
END_TEST

START_TEST(a_status_flag_is_told_by_its_name)
{
    mirror.step = 1234;
    mirror.poke = poke_flag;
    start("");
    finds("CF");
}
END_TEST

START_TEST(another_flag_is_told_as_eflags)
{
    mirror.step = 1500;
    mirror.poke = poke_interrupt_flag;
    start("");
    finds("eflags");
}
END_TEST

/* From the first step on: firmware that loads the register does not hide it. */
static void spoil_register(struct cpu *cpu, const struct row *row UNUSED)
{
    cpu->gpr[RBP] = 0x1234;
}

START_TEST(between_looks_only_the_stretch_is_known)
{
    enum machine_stop stop;

    mirror.always = spoil_register;
    start(",every=700");
    ck_assert_int_eq(compare_run(compare, STEPS, &stop), COMPARE_DIFFERENT);
    ck_assert_int_eq(compare->difference.place, PLACE_SLICE);
    ck_assert_uint_gt(compare->difference.ticks, 1);
    ck_assert_uint_le(compare->difference.ticks, 700);
}
END_TEST

enum { STACK_PAGE = 0x9f000 }; /* of the firmware: ours has written to it */

static void poke_memory(struct cpu *cpu)
{
    uint64_t pa = STACK_PAGE + 0x10; /* far from the stack's pointer */

    space_write(cpu->memory, pa, 1, space_read(cpu->memory, pa, 1) ^ 1);
}

START_TEST(memory_that_only_the_foreign_one_wrote_shows_at_last)
{
    enum machine_stop stop;

    mirror.step = STEPS - 2;
    mirror.poke = poke_memory;
    start("");
    ck_assert_int_eq(compare_run(compare, STEPS, &stop), COMPARE_DIFFERENT);
    ck_assert_str_eq(buf_text(&compare->difference.fields), "memory 0x9f010");
    ck_assert_uint_ge(compare->difference.tick + compare->difference.ticks, STEPS - 2);
}
END_TEST

/* What was pushed becomes something else in memory. */
static void spoil_push(struct cpu *cpu, const struct row *row)
{
    uint64_t pa = cpu->seg[SEG_SS].base + (uint16_t)cpu->gpr[RSP];

    if (!strcmp(row->mnemonic, "push"))
        space_write(cpu->memory, pa, 1, space_read(cpu->memory, pa, 1) ^ 0x40);
}

START_TEST(a_byte_that_was_written_wrong_is_found_at_once)
{
    enum machine_stop stop;

    mirror.always = spoil_push;
    start("");
    ck_assert_int_eq(compare_run(compare, STEPS, &stop), COMPARE_DIFFERENT);
    ck_assert_str_eq(compare->difference.row->mnemonic, "push");
    ck_assert_int_eq(compare->difference.place, PLACE_INSTRUCTION);
    ck_assert_ptr_nonnull(strstr(buf_text(&compare->difference.fields), "memory 0x"));
}
END_TEST

START_TEST(memory_can_be_ignored)
{
    mirror.always = spoil_push;
    start(",ignore=memory");
    agrees();
    ck_assert_uint_gt(count(KNOWN_USER), 0);
}
END_TEST

static void flip_undefined(struct cpu *cpu, const struct row *row)
{
    flags_load(cpu, flags_status(cpu) ^ row->flags_undefined);
}

START_TEST(undefined_flags_are_passed_over_and_do_not_spread)
{
    mirror.always = flip_undefined;
    start("");
    agrees();
    ck_assert_uint_gt(count(KNOWN_UNDEFINED), 10);
}
END_TEST

static void flip_carry_too(struct cpu *cpu, const struct row *row)
{
    if (row->flags_undefined == AF)
        flags_load(cpu, flags_status(cpu) ^ (AF | CF));
}

START_TEST(a_defined_flag_beside_them_is_a_difference)
{
    enum machine_stop stop;

    mirror.always = flip_carry_too;
    start("");
    ck_assert_int_eq(compare_run(compare, STEPS, &stop), COMPARE_DIFFERENT);
    ck_assert_str_eq(buf_text(&compare->difference.fields), "CF"); /* AF is undefined */
}
END_TEST

START_TEST(a_flag_can_be_ignored)
{
    mirror.always = flip_carry_too;
    start(",ignore=eflags.cf");
    agrees();
}
END_TEST

static void another_device(struct cpu *cpu, const struct row *row)
{
    if (!strcmp(row->mnemonic, "in"))
        cpu->gpr[RAX] ^= 0x5a;
}

START_TEST(what_a_port_says_is_ours)
{
    mirror.always = another_device;
    start("");
    agrees();
    ck_assert_uint_gt(count(KNOWN_PORT), 2);
}
END_TEST

static void another_register(struct cpu *cpu, const struct row *row)
{
    if (!strcmp(row->mnemonic, "in"))
        cpu->gpr[RBP] ^= 0x5a;
}

START_TEST(a_port_does_not_excuse_other_registers)
{
    enum machine_stop stop;

    mirror.always = another_register;
    start("");
    ck_assert_int_eq(compare_run(compare, STEPS, &stop), COMPARE_DIFFERENT);
    ck_assert_str_eq(buf_text(&compare->difference.fields), "rbp");
    ck_assert_str_eq(compare->difference.row->mnemonic, "in");
}
END_TEST

START_TEST(a_register_can_be_ignored)
{
    mirror.always = another_register;
    start(",ignore=rbp,ignore=rip");
    agrees();
    ck_assert_uint_gt(count(KNOWN_USER), 2);
}
END_TEST

START_TEST(empty_steps_are_made_good)
{
    mirror.empty_every = _i ? 101 : 7; /* between two looks one can be told */
    start(_i ? ",every=20" : "");
    agrees();
    ck_assert_uint_ge(count(KNOWN_EMPTY), STEPS / mirror.empty_every);
}
END_TEST

START_TEST(whole_strings_are_waited_for)
{
    enum machine_stop stop;

    mirror.whole_strings = true;
    start("");
    ck_assert_msg(compare_run(compare, STEPS, &stop) == COMPARE_STOPPED, "%s",
                  buf_text(&compare->difference.report));
    ck_assert_uint_gt(count(KNOWN_REP), 0);
}
END_TEST

static void lost(const char *fact)
{
    enum machine_stop stop;

    ck_assert_int_eq(compare_run(compare, STEPS, &stop), COMPARE_FAILED);
    ck_assert_msg(strstr(buf_text(&compare->error), fact) != NULL, "%s", buf_text(&compare->error));
}

START_TEST(a_stub_that_goes_away_is_an_error)
{
    mirror.step = 100;
    mirror.closes = true;
    start("");
    lost("the connection was closed, expected a stop");
}
END_TEST

START_TEST(another_signal_is_a_difference)
{
    enum machine_stop stop;

    mirror.step = 100;
    mirror.signal = 11;
    start("");
    ck_assert_int_eq(compare_run(compare, STEPS, &stop), COMPARE_DIFFERENT);
    ck_assert_str_eq(buf_text(&compare->difference.fields),
                     "the foreign one stopped with signal 11");
    ck_assert_uint_eq(compare->difference.tick, 99);
}
END_TEST

/* Where both begin when told so. */
START_TEST(both_run_to_an_address_first)
{
    enum machine_stop stop;
    char text[96];
    struct machine *m = machine_create(&config, NULL, &error, &exit_code);
    uint64_t la;

    ck_assert_int_eq(machine_run(m, 1500), MACHINE_LIMIT);
    la = m->cpu->seg[SEG_CS].base + m->cpu->rip;
    machine_destroy(m);
    snprintf(text, sizeof text, ",from=0x%llx,stop=+500", (unsigned long long)la);
    start(text);
    compare->options.start_at = la;
    ck_assert_msg(compare_run(compare, UINT64_MAX, &stop) == COMPARE_STOPPED, "%s%s",
                  buf_text(&compare->error), buf_text(&compare->difference.report));
    ck_assert_uint_eq(compare->ticks, 500);
    ck_assert_uint_ge(clock_now(&lead->clock), 500);
}
END_TEST

START_TEST(an_address_that_is_not_reached_is_an_error)
{
    start(",from=0x12345");
    compare->options.start_at = 0x12345;
    lost("not begun: our machine ended with 'limit' before 0x12345");
}
END_TEST

START_TEST(two_places_are_no_beginning)
{
    start("");
    ck_assert_int_eq(machine_run(lead, 100), MACHINE_LIMIT);
    lost("from=ADDRESS runs both to one place");
}
END_TEST

START_TEST(an_unknown_name_cannot_be_ignored)
{
    static const char *const names[] = { "rex", "own", "eflags.xf", "rax.cf" };
    struct buf text = { 0 };

    mirror.config = config;
    gdb_mirror_start(&mirror);
    buf_printf(&text, "gdb:unix:%s,ignore=%s", mirror.path, names[_i]);
    ck_assert(compare_parse(&options, buf_text(&text), &error));
    lead = machine_create(&config, NULL, &error, &exit_code);
    ck_assert_ptr_null(compare_create(lead, &options, &error, &exit_code));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "which ignore= names"));
    ck_assert_int_eq(exit_code, 4);
    buf_free(&text);
}
END_TEST

START_TEST(options_that_do_not_fit_are_named)
{
    static const struct {
        const char *text, *fact;
    } rows[] = {
        { "interp,gdb:", "expected gdb:HOST:PORT" },
        { "interp,gdb:host", "expected gdb:HOST:PORT" },
        { "interp,gdb:host:", "expected gdb:HOST:PORT" },
        { "gdb::1,gdb::2", "is a second foreign emulator" },
        { "interp,interp,gdb::1", "beside a foreign emulator, expected one engine" },
        { "gdb::1,sample=1%", "which cannot run ahead" },
        { "interp,interp,ignore=rax", "ignore= without gdb:" },
        { "interp,interp,stop=+5", "stop=+TICKS without gdb:" },
        { "gdb::1,stop=+0", "expected every=TICKS" },
        { "gdb::1,ignore=", "expected names of registers" },
        { "interp,interp,from=kmain", "expected from=TICK" },
    };

    ck_assert(!compare_parse(&options, rows[_i].text, &error));
    ck_assert_msg(strstr(buf_text(&error), rows[_i].fact) != NULL, "'%s' for %s", buf_text(&error),
                  rows[_i].text);
}
END_TEST

START_TEST(options_have_usual_values)
{
    ck_assert(
        compare_parse(&options, "gdb:localhost:1234,ignore=rax,from=kmain+4,ignore=af", &error));
    ck_assert_str_eq(options.engine[0], "interp");
    ck_assert_str_eq(options.engine[1], "gdb");
    ck_assert_str_eq(options.gdb, "localhost:1234");
    ck_assert_str_eq(options.start, "kmain+4");
    ck_assert_str_eq(options.ignore, "rax af");
    ck_assert_uint_eq(options.every, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("compare_gdb");
    TCase *tcase = tcase_create("compare_gdb");
    SRunner *runner;
    int failed;

    signal(SIGPIPE, SIG_IGN); /* as main.c */
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_same_processor_is_equal);
    tcase_add_test(tcase, a_look_now_and_then_is_enough_where_nothing_differs);
    tcase_add_test(tcase, a_line_with_errors_does_no_harm);
    tcase_add_test(tcase, a_register_that_differs_is_found_where_it_began);
    tcase_add_test(tcase, a_status_flag_is_told_by_its_name);
    tcase_add_test(tcase, another_flag_is_told_as_eflags);
    tcase_add_test(tcase, between_looks_only_the_stretch_is_known);
    tcase_add_test(tcase, memory_that_only_the_foreign_one_wrote_shows_at_last);
    tcase_add_test(tcase, a_byte_that_was_written_wrong_is_found_at_once);
    tcase_add_test(tcase, memory_can_be_ignored);
    tcase_add_test(tcase, undefined_flags_are_passed_over_and_do_not_spread);
    tcase_add_test(tcase, a_defined_flag_beside_them_is_a_difference);
    tcase_add_test(tcase, a_flag_can_be_ignored);
    tcase_add_test(tcase, what_a_port_says_is_ours);
    tcase_add_test(tcase, a_port_does_not_excuse_other_registers);
    tcase_add_test(tcase, a_register_can_be_ignored);
    tcase_add_loop_test(tcase, empty_steps_are_made_good, 0, 2);
    tcase_add_test(tcase, whole_strings_are_waited_for);
    tcase_add_test(tcase, a_stub_that_goes_away_is_an_error);
    tcase_add_test(tcase, another_signal_is_a_difference);
    tcase_add_test(tcase, both_run_to_an_address_first);
    tcase_add_test(tcase, an_address_that_is_not_reached_is_an_error);
    tcase_add_test(tcase, two_places_are_no_beginning);
    tcase_add_loop_test(tcase, an_unknown_name_cannot_be_ignored, 0, 4);
    tcase_add_loop_test(tcase, options_that_do_not_fit_are_named, 0, 11);
    tcase_add_test(tcase, options_have_usual_values);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
