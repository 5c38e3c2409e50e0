/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_compare.c - engines held against each other: equal ones are found equal, and a
 * difference in a register, a flag, a byte of memory or a field of a device is found where it began.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cpu/access.h"
#include "cpu/break.h"
#include "cpu/decode.h"
#include "cpu/disasm.h"
#include "cpu/eflags.h"
#include "cpu/insn_table.h"
#include "cpu/observer.h"
#include "machine/case.h"
#include "machine/compare.h"
#include "machine/image.h"
#include "tests/support/broken_engine.h"
#include "tests/support/scratch.h"

static struct machine_config config;
static struct compare_options options;
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
    strcpy(options.engine[1], "interp");
    broken_mistake = (struct mistake){ 0 };
}

static void teardown(void)
{
    compare_destroy(compare);
    compare = NULL;
    machine_destroy(lead);
    lead = NULL;
    buf_free(&error);
    scratch_remove(&scratch);
}

static void start(void)
{
    lead = machine_create(&config, NULL, &error, &exit_code);
    ck_assert_msg(lead != NULL, "%s", buf_text(&error));
    compare = compare_create(lead, &options, &error, &exit_code);
    ck_assert_msg(compare != NULL, "%s", buf_text(&error));
}

/* The second machine runs on the engine that is wrong. */
static void start_broken(void)
{
    start();
    ck_assert(cpu_set_engine(compare->machine[1]->cpu, &engine_broken, &error));
    strcpy(compare->options.engine[1], "broken");
}

static uint64_t now(const struct machine *machine)
{
    return clock_now(&machine->clock);
}

/* What a machine by itself executes at `tick`. */
static void instruction_at(uint64_t tick, char text[96])
{
    struct machine *m = machine_create(&config, NULL, &error, &exit_code);
    struct buf buf = { 0 };
    uint8_t bytes[15];
    lin_addr la;

    ck_assert_int_eq(machine_run(m, tick), MACHINE_LIMIT);
    la = cpu_code64(m->cpu) ? m->cpu->rip : (uint32_t)(m->cpu->seg[SEG_CS].base + m->cpu->rip);
    ck_assert(cpu_peek(m->cpu, la, bytes, 15));
    disasm_bytes(bytes, 15, m->cpu->mode, m->cpu->rip, m->cpu->features, NULL, &buf);
    snprintf(text, 96, "%s", buf_text(&buf));
    buf_free(&buf);
    machine_destroy(m);
}

/* A difference that was made after the instruction of broken_mistake.tick, in this field. */
static void finds(const char *field)
{
    const struct difference *d = &compare->difference;
    enum machine_stop stop;
    char text[96];

    ck_assert_int_eq(compare_run(compare, UINT64_MAX, &stop), COMPARE_DIFFERENT);
    instruction_at(broken_mistake.tick, text);
    ck_assert_uint_eq(d->tick, broken_mistake.tick);
    ck_assert_int_eq(d->place, PLACE_INSTRUCTION);
    ck_assert_str_eq(d->insn_text, text);
    ck_assert_ptr_nonnull(d->row);
    ck_assert_str_eq(buf_text(&compare->difference.fields), field);
    /* both stand before it, equal */
    ck_assert_uint_eq(now(compare->machine[0]), broken_mistake.tick);
    ck_assert_uint_eq(now(compare->machine[1]), broken_mistake.tick);
    ck_assert(compare_equal(compare));
    ck_assert_ptr_nonnull(strstr(buf_text(&compare->difference.report), text));
}

START_TEST(the_same_engine_is_equal_to_itself)
{
    enum machine_stop stop;

    options.every = (uint64_t[]){ 4096, 100, 1, 3 }[_i];
    start();
    ck_assert_int_eq(compare_run(compare, UINT64_MAX, &stop), COMPARE_STOPPED);
    ck_assert_int_eq(stop, MACHINE_POWER_OFF);
    ck_assert_uint_eq(now(compare->machine[0]), now(compare->machine[1]));
    ck_assert_uint_eq(compare->ticks, now(lead));
    ck_assert_uint_gt(lead->pc->serial.sent, 500);
    ck_assert_uint_eq(lead->pc->serial.digest, compare->machine[1]->pc->serial.digest);
}
END_TEST

START_TEST(a_wrapped_interpreter_is_equal_too)
{
    enum machine_stop stop;

    broken_mistake.block = 5;
    start_broken();
    ck_assert_int_eq(compare_run(compare, UINT64_MAX, &stop), COMPARE_STOPPED);
    ck_assert_int_eq(stop, MACHINE_POWER_OFF);
}
END_TEST

static void poke_register(struct cpu *cpu)
{
    cpu->gpr[R13] ^= 0x80;
}

static void poke_flag(struct cpu *cpu)
{
    flags_load(cpu, flags_status(cpu) ^ OF);
}

static void poke_memory(struct cpu *cpu)
{
    space_write(cpu->memory, 0x654321, 1, 0x77);
}

static void poke_device(struct cpu *cpu)
{
    struct pc *pc = cpu->board.context;

    pc->cmos->ram[0x33] ^= 4;
}

static void poke_event(struct cpu *cpu)
{
    struct pc *pc = cpu->board.context;

    clock_schedule(cpu->clock, &pc->com1->room_event, clock_now(cpu->clock) + 777777);
}

static void poke_vector(struct cpu *cpu)
{
    cpu->vec[9].d[2] = 5;
}

static const struct {
    void (*poke)(struct cpu *cpu);
    const char *field;
} pokes[] = {
    { poke_register, "r13" },
    { poke_flag, "OF" },
    { poke_memory, "memory 0x654321" },
    { poke_device, "cmos.ram+0x30" },
    { poke_event, "event 'uart room'" },
    { poke_vector, "vec[9]+8" },
};

/* Real mode firmware, protected and long mode; in the middle and at the ends of slices. */
static const uint64_t ticks[] = { 1, 4095, 4096, 33333, 61440, 100001 };

START_TEST(a_difference_is_found_where_it_began)
{
    broken_mistake.poke = pokes[_i % 6].poke;
    broken_mistake.tick = ticks[_i / 6];
    options.every = _i % 6 == 1 || _i % 3 == 2 ? 1 : 4096; /* flags do not live for long */
    start_broken();
    finds(pokes[_i % 6].field);
}
END_TEST

static void poke_disk(struct cpu *cpu)
{
    struct pc *pc = cpu->board.context;
    uint8_t sector[BLOCK_SECTOR] = { 0x5a };

    ck_assert_int_eq(block_write(pc->drive[1]->medium, 2345, 1, sector), BLOCK_OK);
}

/* A machine with a disk as hdb. */
static struct block *give_disk(void)
{
    const struct image_create_options how = { .bytes = MIB(2) };
    const struct image_options open = { 0 };
    const char *path = scratch_path(&scratch, "disk");
    struct block *image;

    ck_assert(image_create(path, &how, &error, &exit_code));
    image = image_open(path, &open, &error, &exit_code);
    ck_assert_ptr_nonnull(image);
    return config.ide[1] = image_overlay_through(image, 0, NULL);
}

START_TEST(a_difference_on_a_disk_is_found_too)
{
    struct block *disk = give_disk();
    uint8_t sector[BLOCK_SECTOR];

    broken_mistake.poke = poke_disk;
    broken_mistake.tick = ticks[_i];
    start_broken();
    finds("hdb sector 2345");
    teardown();
    ck_assert_int_eq(block_read(disk, 2345, 1, sector), BLOCK_OK);
    ck_assert_uint_eq(sector[0], 0); /* the machine that is wrong has a disk of its own */
    block_close(disk);
}
END_TEST

START_TEST(short_runs_are_interpreted_and_still_it_is_found)
{
    broken_mistake.poke = poke_register;
    broken_mistake.tick = 50003;
    broken_mistake.block = 16;
    start_broken();
    finds("r13");
}
END_TEST

static const uint8_t loop_code[] = {
    0x66, 0x31, 0xc0,       /* xor eax, eax */
    0x66, 0x40,             /* 1: inc eax */
    0x66, 0x89, 0xc3,       /* mov ebx, eax */
    0x66, 0x01, 0xc1,       /* add ecx, eax */
    0x66, 0x87, 0xd6,       /* xchg esi, edx */
    0x66, 0xc1, 0xe2, 0x03, /* shl edx, 3 */
    0xf9,                   /* stc */
    0xeb, 0xec,             /* jmp 1b */
};

static void boot_loop(void)
{
    config.flat[0] =
        (struct flat_image){ scratch_file(&scratch, "image", loop_code, sizeof loop_code), 0x7c00 };
    config.flat_count = 1;
    config.quiet_bios = true;
}

static void enter_loop(void)
{
    enum machine_stop stop;

    while (lead->cpu->rip != 0x7c00 || lead->cpu->seg[SEG_CS].base)
        ck_assert_int_eq(compare_run(compare, 1, &stop), COMPARE_STOPPED);
}

/* A mistake in how instructions are joined: SHL is wrong only behind three others of its block. */
START_TEST(a_mistake_of_blocks_names_the_shortest_one)
{
    const struct difference *d;
    enum machine_stop stop;

    boot_loop();
    broken_mistake.block = 40;
    broken_mistake.joined = 3;
    start_broken();
    ck_assert(break_set(compare->machine[1]->cpu, "shl_Ev_Ib", &error));
    options.from = 0;
    ck_assert_int_eq(compare_run(compare, 5000000, &stop), COMPARE_DIFFERENT);
    d = &compare->difference;
    ck_assert_int_eq(d->place, PLACE_BLOCK);
    ck_assert_uint_le(d->ticks, 5); /* inc, mov, add, xchg, shl */
    ck_assert_ptr_nonnull(strstr(buf_text(&compare->difference.report), "shl"));
    ck_assert_ptr_nonnull(
        strstr(buf_text(&compare->difference.report), "Each of them agrees when it is run alone"));
}
END_TEST

START_TEST(what_does_not_come_again_is_said_to)
{
    enum machine_stop stop;

    broken_mistake.poke = poke_register;
    broken_mistake.tick = 20000;
    broken_mistake.once = true;
    start_broken();
    ck_assert_int_eq(compare_run(compare, UINT64_MAX, &stop), COMPARE_DIFFERENT);
    ck_assert_int_eq(compare->difference.place, PLACE_SLICE);
    ck_assert_uint_le(compare->difference.tick, 20000);
    ck_assert_uint_gt(compare->difference.tick + 4096, 20000);
    ck_assert_str_eq(buf_text(&compare->difference.fields), "r13");
}
END_TEST

/* ---- each row of the tour is broken once ---- */

#define ROWS_MOST 4096
static uint64_t first_tick[ROWS_MOST];

static bool note_row(void *context, struct cpu *cpu)
{
    lin_addr la = cpu_code64(cpu) ? cpu->rip : (uint32_t)(cpu->seg[SEG_CS].base + cpu->rip);
    struct insn insn;
    uint8_t bytes[15];

    (void)context;
    if (cpu_peek(cpu, la, bytes, 15) &&
        decode_insn(bytes, 15, cpu->mode, cpu->features, &insn) == DECODE_OK &&
        !first_tick[insn.row])
        first_tick[insn.row] = clock_now(cpu->clock) + 1;
    return false;
}

START_TEST(each_broken_row_of_the_tour_is_named)
{
    static const char *const kinds[] = { "result", "flag", "memory", "count" };
    struct observer observer = { .instruction = note_row };
    unsigned tried = 0;

    ck_assert_uint_lt(insn_row_count, ROWS_MOST);
    lead = machine_create(&config, NULL, &error, &exit_code);
    lead->cpu->observer = &observer;
    ck_assert_int_eq(machine_run(lead, UINT64_MAX), MACHINE_POWER_OFF);
    lead->cpu->observer = NULL;
    for (unsigned row = 1; row < insn_row_count; row++) {
        enum machine_stop stop;
        char text[64];

        if (!first_tick[row] || insn_rows[row].attributes & A_IO)
            continue;
        snprintf(text, sizeof text, "%s:%s", insn_rows[row].id, kinds[tried % 4]);
        compare_destroy(compare);
        machine_destroy(lead);
        options.every = 1;
        options.from = first_tick[row] > 20 ? first_tick[row] - 20 : 0;
        start_broken();
        ck_assert(break_set(compare->machine[1]->cpu, text, &error));
        ck_assert_msg(compare_run(compare, UINT64_MAX, &stop) == COMPARE_DIFFERENT,
                      "%s is not found", text);
        ck_assert_msg(compare->difference.row == &insn_rows[row], "%s: %s is named", text,
                      compare->difference.row ? compare->difference.row->id : "no row");
        tried++;
    }
    ck_assert_uint_ge(tried, 100);
}
END_TEST

/* Undefined flags are told from those that matter. */
START_TEST(undefined_flags_are_said_to_be)
{
    enum machine_stop stop;

    boot_loop();
    broken_mistake.block = 1;
    start_broken();
    ck_assert(break_set(compare->machine[1]->cpu, "add_Ev_Gv:flag", &error));
    ck_assert_int_eq(compare_run(compare, 5000000, &stop), COMPARE_DIFFERENT);
    ck_assert_str_eq(compare->difference.row->id, "add_Ev_Gv");
    ck_assert(!compare->difference.only_undefined);
}
END_TEST

static void undefine(struct cpu *cpu)
{
    flags_load(cpu, flags_status(cpu) ^ AF);
}

START_TEST(a_flag_that_the_manual_leaves_undefined)
{
    enum machine_stop stop;

    boot_loop();
    start_broken();
    enter_loop(); /* the first XOR */
    broken_mistake.poke = undefine;
    broken_mistake.tick = now(lead);
    ck_assert_int_eq(compare_run(compare, 1, &stop), COMPARE_DIFFERENT);
    ck_assert_str_eq(buf_text(&compare->difference.fields), "AF");
    ck_assert(compare->difference.only_undefined);
    ck_assert_ptr_nonnull(
        strstr(buf_text(&compare->difference.report),
               "undefined in the manual after this instruction: AF; nothing else"));
}
END_TEST

/* What the difference leaves behind: a report and a case that can be opened. */
START_TEST(report_and_case_are_written)
{
    struct buf path = { 0 }, file = { 0 };
    static struct test_case tc;
    static struct case_result expected;
    bool has_expected;

    broken_mistake.poke = poke_memory;
    broken_mistake.tick = 70007;
    start_broken();
    finds("memory 0x654321");
    ck_assert_ptr_nonnull(
        strstr(buf_text(&compare->difference.report), "the broken engine's block"));
    ck_assert_ptr_nonnull(
        strstr(buf_text(&compare->difference.report), "* 0x0000654321: 00 -> 77"));
    ck_assert_msg(compare_write(compare, scratch.folder, &path, &error), "%s", buf_text(&error));
    ck_assert_ptr_nonnull(strstr(buf_text(&path), "divergence-70007"));
    buf_printf(&file, "%s/repro.case", buf_text(&path));
    ck_assert_msg(
        case_read_file(buf_text(&file), &tc, &expected, &has_expected, &error, &exit_code), "%s",
        buf_text(&error));
    ck_assert_uint_gt(tc.length, 0);
    unlink(buf_text(&file));
    buf_clear(&file);
    buf_printf(&file, "%s/report.txt", buf_text(&path));
    ck_assert_int_eq(unlink(buf_text(&file)), 0);
    rmdir(buf_text(&path));
    ck_assert(!compare_write(compare, "/nowhere/at/all", &path, &error));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "/nowhere/at/all/divergence-70007: No such"));
    buf_free(&path);
    buf_free(&file);
}
END_TEST

/* The lead goes on as if nothing had been. */
START_TEST(after_a_difference_the_machine_is_as_it_was)
{
    struct machine *plain = machine_create(&config, NULL, &error, &exit_code);

    ck_assert_int_eq(machine_run(plain, UINT64_MAX), MACHINE_POWER_OFF);
    broken_mistake.poke = poke_register;
    broken_mistake.tick = 90001;
    start_broken();
    finds("r13");
    compare_destroy(compare);
    compare = NULL;
    ck_assert_int_eq(machine_run(lead, UINT64_MAX), MACHINE_POWER_OFF);
    ck_assert_uint_eq(now(lead), now(plain));
    ck_assert_uint_eq(lead->pc->serial.digest, plain->pc->serial.digest);
    machine_destroy(plain);
}
END_TEST

START_TEST(from_and_stop_are_kept)
{
    enum machine_stop stop;

    options.from = 100000;
    options.stop = 150001;
    broken_mistake.poke = poke_register;
    broken_mistake.tick = 50000; /* the other machine does not run there */
    start_broken();
    ck_assert_int_eq(compare_run(compare, UINT64_MAX, &stop), COMPARE_STOPPED);
    ck_assert_int_eq(stop, MACHINE_LIMIT);
    ck_assert_uint_eq(now(lead), 150001);
    ck_assert_uint_eq(compare->ticks, 50001);
}
END_TEST

START_TEST(samples_are_compared_between_stretches_of_one_machine)
{
    enum machine_stop stop;
    uint64_t slices;

    options.sample = 0.02;
    start();
    ck_assert_uint_eq(compare->lead, 1);
    ck_assert_int_eq(compare_run(compare, UINT64_MAX, &stop), COMPARE_STOPPED);
    ck_assert_int_eq(stop, MACHINE_POWER_OFF);
    ck_assert_uint_ge(compare->slices, 2);
    ck_assert_uint_lt(compare->slices, 100); /* of 128 */
    slices = compare->slices;
    compare_destroy(compare);
    machine_destroy(lead);
    start(); /* the same slices again */
    ck_assert_int_eq(compare_run(compare, UINT64_MAX, &stop), COMPARE_STOPPED);
    ck_assert_uint_eq(compare->slices, slices);
}
END_TEST

START_TEST(a_sample_finds_what_is_always_wrong)
{
    enum machine_stop stop;

    boot_loop();
    options.sample = 0.3;
    start_broken();
    enter_loop();
    ck_assert(break_set(compare->machine[1]->cpu, "shl_Ev_Ib", &error));
    ck_assert_int_eq(compare_run(compare, 50000000, &stop), COMPARE_DIFFERENT);
    ck_assert_str_eq(compare->difference.row->id, "shl_Ev_Ib");
    ck_assert_int_eq(compare->difference.place, PLACE_INSTRUCTION);
}
END_TEST

/* An echo: bytes from the serial line into memory, and back. */
START_TEST(input_reaches_both)
{
    static const uint8_t echo[] = {
        0xbf, 0x00, 0x90,             /* mov di, 9000h */
        0xba, 0xfd, 0x03,             /* 1: mov dx, 3fdh */
        0xec, 0xa8, 0x01, 0x74, 0xf8, /* in al, dx; test al, 1; jz 1b */
        0xba, 0xf8, 0x03,             /* mov dx, 3f8h */
        0xec, 0xaa, 0xee,             /* in al, dx; stosb; out dx, al */
        0xeb, 0xf0,                   /* jmp 1b */
    };
    enum machine_stop stop;
    uint8_t seen[24];
    int ends[2];

    boot_loop();
    config.flat[0].file = scratch_file(&scratch, "echo", echo, sizeof echo);
    start();
    ck_assert_int_eq(pipe(ends), 0);
    lead->pc->serial.in = ends[0];
    ck_assert_int_eq(compare_run(compare, 1000000, &stop), COMPARE_STOPPED);
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_int_eq(write(ends[1], "abcdef", 6), 6);
        ck_assert_int_eq(compare_run(compare, 100003, &stop), COMPARE_STOPPED);
    }
    ck_assert_uint_eq(compare->log.bytes.length, 24);
    ck_assert(space_peek(&compare->machine[1]->memory, 0x9000, seen, 24));
    ck_assert(!memcmp(seen, "abcdefabcdefabcdefabcdef", 24));
    ck_assert_uint_ge(compare->machine[1]->pc->serial.sent, 24);
    close(ends[0]);
    close(ends[1]);
    lead->pc->serial.in = -1;
}
END_TEST

static const struct {
    const char *text, *message; /* NULL: it is right */
} texts[] = {
    { "interp,interp", NULL },
    { "every=1", NULL },
    { "interp,interp,every=12,from=0x100,stop=99,sample=5%", NULL },
    { "", NULL },
    { "every=0", "'every=0', expected every=TICKS, from=TICK, stop=TICK, sample=1% or an engine" },
    { "sample=2",
      "'sample=2', expected every=TICKS, from=TICK, stop=TICK, sample=1% or an engine" },
    { "interp", "one engine, interp; expected two, such as interp,tb" },
    { "interp,interp,interp", "'interp' is a third engine, expected two" },
};

START_TEST(options_are_read_or_refused_in_one_line)
{
    bool ok = compare_parse(&options, texts[_i].text, &error);

    ck_assert_int_eq(ok, !texts[_i].message);
    if (texts[_i].message)
        ck_assert_str_eq(buf_text(&error), texts[_i].message);
}
END_TEST

START_TEST(another_engine_than_the_two_is_refused)
{
    strcpy(options.engine[0], "one");
    strcpy(options.engine[1], "two");
    lead = machine_create(&config, NULL, &error, &exit_code);
    ck_assert_ptr_null(compare_create(lead, &options, &error, &exit_code));
    ck_assert_str_eq(buf_text(&error), "compare: the machine runs on interp, expected one or two");
    ck_assert_int_eq(exit_code, 2);
}
END_TEST

/* A disc that is put in and taken out between two runs: the second machine sees it at the same tick. */
START_TEST(a_disc_reaches_both)
{
    static const uint8_t zeros[4096];
    const char *path = scratch_file(&scratch, "disc", zeros, sizeof zeros);
    enum machine_stop stop;

    config.ide_is_cd[2] = true;
    start();
    ck_assert_int_eq(compare_run(compare, 5000, &stop), COMPARE_STOPPED);
    ck_assert(media_change(lead, "hdc", path, NULL, false, &error));
    ck_assert(!compare->machine[1]->pc->drive[2]->medium);
    ck_assert(!compare->resync);
    ck_assert_int_eq(compare_run(compare, 5000, &stop), COMPARE_STOPPED);
    ck_assert_ptr_nonnull(compare->machine[1]->pc->drive[2]->medium);
    ck_assert(media_eject(lead, "hdc", false, &error));
    ck_assert_int_eq(compare_run(compare, 5000, &stop), COMPARE_STOPPED);
    ck_assert_int_eq(stop, MACHINE_LIMIT);
    ck_assert_ptr_null(compare->machine[1]->pc->drive[2]->medium);
    ck_assert(compare->machine[1]->pc->drive[2]->tray_open);
    ck_assert_uint_eq(compare->ticks, 15000);
    ck_assert(compare_equal(compare));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("compare");
    TCase *tc = tcase_create("compare");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, the_same_engine_is_equal_to_itself, 0, 4);
    tcase_add_test(tc, a_wrapped_interpreter_is_equal_too);
    tcase_add_loop_test(tc, a_difference_is_found_where_it_began, 0, 36);
    tcase_add_loop_test(tc, a_difference_on_a_disk_is_found_too, 0, ARRAY_SIZE(ticks) - 1);
    tcase_add_test(tc, short_runs_are_interpreted_and_still_it_is_found);
    tcase_add_test(tc, a_mistake_of_blocks_names_the_shortest_one);
    tcase_add_test(tc, what_does_not_come_again_is_said_to);
    tcase_add_test(tc, each_broken_row_of_the_tour_is_named);
    tcase_add_test(tc, undefined_flags_are_said_to_be);
    tcase_add_test(tc, a_flag_that_the_manual_leaves_undefined);
    tcase_add_test(tc, report_and_case_are_written);
    tcase_add_test(tc, after_a_difference_the_machine_is_as_it_was);
    tcase_add_test(tc, from_and_stop_are_kept);
    tcase_add_test(tc, samples_are_compared_between_stretches_of_one_machine);
    tcase_add_test(tc, a_sample_finds_what_is_always_wrong);
    tcase_add_test(tc, input_reaches_both);
    tcase_add_test(tc, a_disc_reaches_both);
    tcase_add_loop_test(tc, options_are_read_or_refused_in_one_line, 0, ARRAY_SIZE(texts));
    tcase_add_test(tc, another_engine_than_the_two_is_refused);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
