/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_machine.c - a whole PC without host: how a run ends and why, that limits are
 * exact, what a reset leaves, time while the processor halts, memory below and above 4 GiB, and
 * that a run does not depend on how it is cut into pieces.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/observer.h"
#include "cpu/watch.h"
#include "machine/machine.h"
#include "machine/pc.h"
#include "tests/support/scratch.h"
#include "tests/support/test_engine.h"

static struct scratch scratch;
static struct machine_config config;
static struct machine *machine;
static struct buf error;
static int exit_code;

static void setup(void)
{
    scratch_make(&scratch);
    config_defaults(&config);
    config.engine = test_engine_text();
    config.ram_bytes = MIB(2);
    config.quiet_bios = true;
    config.serial = "null";
}

static void teardown(void)
{
    machine_destroy(machine);
    machine = NULL;
    buf_free(&error);
    scratch_remove(&scratch);
}

static void create(void)
{
    machine = machine_create(&config, NULL, &error, &exit_code);
    ck_assert_msg(machine != NULL, "%s", buf_text(&error));
}

/* A machine whose firmware enters these bytes at 0000:7C00 in real mode. */
static void program(const void *bytes, size_t count)
{
    config.flat[0] = (struct flat_image){ scratch_file(&scratch, "image", bytes, count), 0x7c00 };
    config.flat_count = 1;
    create();
}
#define PROGRAM(...)                                                                               \
    program((const uint8_t[]){ __VA_ARGS__ }, sizeof(const uint8_t[]){ __VA_ARGS__ })

#define POWER_OFF 0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef /* mov dx, 604h; mov ax, 2000h; out */
#define SPIN 0xeb, 0xfe
#define GUEST_SECOND UINT64_C(1000000000) /* -ips 1G */

/* To the first instruction of the program. */
static void enter(void)
{
    unsigned id = watch_add(
        machine->cpu,
        (struct watch_range){ .kind = WATCH_EXEC_LINEAR, .first = 0x7c00, .last = 0x7c00 });

    ck_assert_int_eq(machine_run(machine, GUEST_SECOND * 10), MACHINE_BREAKPOINT);
    ck_assert_uint_eq(machine->cpu->rip, 0x7c00);
    watch_remove(machine->cpu, id);
}

static uint64_t now(void)
{
    return clock_now(&machine->clock);
}

START_TEST(a_limit_is_exact)
{
    uint64_t start;

    PROGRAM(0x40, 0xeb, 0xfd); /* inc ax; jmp back */
    ck_assert_uint_eq(now(), 0);
    ck_assert_uint_eq(machine->cpu->rip, 0xfff0);
    ck_assert_int_eq(machine_run(machine, 7), MACHINE_LIMIT);
    ck_assert_uint_eq(now(), 7);
    enter();
    start = now();
    for (unsigned i = 1; i <= 100; i++) {
        ck_assert_int_eq(machine_run(machine, i), MACHINE_LIMIT);
        start += i;
        ck_assert_uint_eq(now(), start);
    }
    ck_assert_int_eq(machine_run(machine, 3000001), MACHINE_LIMIT); /* over slices and events */
    ck_assert_uint_eq(now(), start + 3000001);
    ck_assert_int_eq(machine_run(machine, 0), MACHINE_LIMIT);
    ck_assert_uint_eq(now(), start + 3000001);
}
END_TEST

START_TEST(firmware_that_the_debugger_writes_to_is_this_machines_own)
{
    static const uint8_t byte = 0xa5;
    uint64_t places[] = { 0xff000, 0xfffff000 };

    for (unsigned i = 0; i < ARRAY_SIZE(places); i++) {
        uint8_t before, now;

        create();
        ck_assert(space_peek(&machine->memory, places[i], &before, 1));
        ck_assert_uint_ne(before, byte);
        ck_assert(space_poke(&machine->memory, places[i], &byte, 1));
        ck_assert(space_peek(&machine->memory, places[i], &now, 1));
        ck_assert_uint_eq(now, byte);
        machine_destroy(machine);
        create();
        ck_assert(space_peek(&machine->memory, places[i], &now, 1));
        ck_assert_uint_eq(now, before);
        machine_destroy(machine);
        machine = NULL;
    }
}
END_TEST

START_TEST(a_step_is_one_instruction)
{
    PROGRAM(0x40, 0x40, 0x90, SPIN);
    enter();
    machine->cpu->gpr[RAX] = 0;
    ck_assert_int_eq(machine_step(machine), MACHINE_LIMIT);
    ck_assert_uint_eq(machine->cpu->gpr[RAX], 1);
    ck_assert_uint_eq(machine->cpu->rip, 0x7c01);
    machine_step(machine);
    machine_step(machine);
    ck_assert_uint_eq(machine->cpu->gpr[RAX], 2);
    ck_assert_uint_eq(machine->cpu->rip, 0x7c03);
}
END_TEST

START_TEST(power_off_ends_the_run)
{
    PROGRAM(POWER_OFF, SPIN);
    ck_assert_int_eq(machine_run(machine, UINT64_MAX), MACHINE_POWER_OFF);
    ck_assert_uint_eq(machine->cpu->rip, 0x7c07);              /* right behind the OUT */
    ck_assert_int_eq(machine_run(machine, 10), MACHINE_LIMIT); /* asked for once */
}
END_TEST

START_TEST(the_guest_ends_the_run_with_its_own_code)
{
    config.debug_exit = true;
    PROGRAM(0xb0, 0x10, 0xe6, 0xf4, SPIN); /* mov al, 10h; out f4h, al */
    ck_assert_int_eq(machine_run(machine, UINT64_MAX), MACHINE_EXIT);
    ck_assert_int_eq(machine->exit_code, 0x21);
}
END_TEST

START_TEST(a_reset_starts_again_or_ends_the_run)
{
    static const uint8_t bytes[] = { 0xc6, 0x06, 0x00, 0x05, 0x5a, /* mov byte [500h], 5ah */
                                     0xba, 0xf9, 0x0c, 0xb0, 0x06, 0xee, SPIN }; /* CF9h: 6 */
    uint8_t byte = 0;

    config.no_reboot = true;
    program(bytes, sizeof bytes);
    ck_assert_int_eq(machine_run(machine, UINT64_MAX), MACHINE_RESET);
    machine_destroy(machine);
    config.no_reboot = false;
    program(bytes, sizeof bytes);
    enter();
    machine_step(machine);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_int_eq(machine_step(machine), MACHINE_LIMIT); /* mov, mov, out */
    ck_assert_uint_eq(machine->cpu->rip, 0xfff0);
    ck_assert_uint_eq(machine->cpu->seg[SEG_CS].base, 0xffff0000); /* the reset vector's segment */
    ck_assert(space_peek(&machine->memory, 0x500, &byte, 1));
    ck_assert_uint_eq(byte, 0x5a); /* a reset keeps the memory */
    enter();                       /* and the machine boots again */
}
END_TEST

START_TEST(a_triple_fault_is_a_shutdown_with_its_chain)
{
    PROGRAM(0x0f, 0x01, 0x1e, 0x07, 0x7c, 0x0f, 0x0b, 0, 0, 0, 0, 0, 0); /* lidt [none]; ud2 */
    ck_assert_int_eq(machine_run(machine, UINT64_MAX), MACHINE_SHUTDOWN);
    ck_assert_uint_ge(machine->cpu->chain_length, 2);
    ck_assert_uint_eq(machine->cpu->chain[0].vector, VEC_UD);
}
END_TEST

START_TEST(halted_with_interrupts_off_is_for_ever)
{
    uint64_t start;

    PROGRAM(0xfa, 0xf4, SPIN); /* cli; hlt */
    enter();
    start = now();
    ck_assert_int_eq(machine_run(machine, GUEST_SECOND), MACHINE_LIMIT); /* not known yet */
    ck_assert_uint_eq(now(), start + GUEST_SECOND);
    ck_assert_int_eq(machine_run(machine, UINT64_MAX), MACHINE_DEAD);
    ck_assert_uint_ge(now() - start, 60 * GUEST_SECOND);
    ck_assert_uint_eq(machine->cpu->rip, 0x7c02);
}
END_TEST

START_TEST(a_halt_skips_to_the_next_interrupt)
{
    uint64_t start, retired;

    PROGRAM(0xfb, 0xf4, 0x43, 0xeb, 0xfc); /* sti; 1: hlt; inc bx; jmp 1b */
    enter();
    machine->cpu->gpr[RBX] = 0;
    start = now();
    retired = cpu_retired(machine->cpu);
    ck_assert_int_eq(machine_run(machine, GUEST_SECOND), MACHINE_LIMIT);
    ck_assert_uint_eq(now(), start + GUEST_SECOND);
    /* 18.2 timer interrupts a second, and little was executed meanwhile */
    ck_assert_uint_ge(machine->cpu->gpr[RBX], 18);
    ck_assert_uint_le(machine->cpu->gpr[RBX], 19);
    ck_assert_uint_lt(cpu_retired(machine->cpu) - retired, 10000);
    ck_assert_uint_gt(machine->cpu->idle_ticks, GUEST_SECOND - 100000);
}
END_TEST

static void ask_for_a_stop(void *context, struct machine *which)
{
    unsigned *calls = context;

    if (++*calls == 3)
        which->interrupt = true;
}

START_TEST(the_host_is_looked_at_once_a_slice_and_may_stop_the_run)
{
    unsigned calls = 0;

    PROGRAM(SPIN);
    machine->slice = 1000;
    machine->poll_host = ask_for_a_stop;
    machine->poll_context = &calls;
    ck_assert_int_eq(machine_run(machine, 1000000), MACHINE_REQUEST);
    ck_assert_uint_eq(now(), 2000);                                   /* at 0, 1000, 2000 */
    ck_assert_int_eq(machine_run(machine, 1000000), MACHINE_REQUEST); /* until it is cleared */
    machine->interrupt = false;
    ck_assert_int_eq(machine_run(machine, 10000), MACHINE_LIMIT);
    ck_assert_uint_eq(now(), 12000);
}
END_TEST

START_TEST(breakpoints_and_watchpoints_stop)
{
    /* inc ax; mov [500h], al; jmp back */
    PROGRAM(0x40, 0xa2, 0x00, 0x05, 0xeb, 0xfa);
    enter();
    machine->cpu->gpr[RAX] = 0x41;
    watch_add(machine->cpu,
              (struct watch_range){
                  .kind = WATCH_DATA_PHYSICAL, .first = 0x500, .last = 0x500, .write = true });
    ck_assert_int_eq(machine_run(machine, 1000), MACHINE_WATCHPOINT);
    ck_assert_uint_eq(machine->cpu->watch->hit.new_value, 0x42);
    ck_assert_uint_eq(machine->cpu->watch->hit.pa, 0x500);
    watch_add(machine->cpu,
              (struct watch_range){ .kind = WATCH_EXEC_PHYSICAL, .first = 0x7c01, .last = 0x7c01 });
    ck_assert_int_eq(machine_run(machine, 1000), MACHINE_BREAKPOINT);
    ck_assert_uint_eq(machine->cpu->rip, 0x7c01);
    ck_assert_uint_eq(machine->cpu->gpr[RAX] & 0xff, 0x43);
}
END_TEST

static bool stop_here(void *context, struct cpu *cpu)
{
    return cpu->fault.vector == *(unsigned *)context;
}

START_TEST(an_observer_may_stop_the_run)
{
    unsigned vector = VEC_UD;
    struct observer observer = { .context = &vector, .exception = stop_here };

    PROGRAM(0x0f, 0x0b); /* ud2: our BIOS has a handler, the observer comes first */
    enter();
    machine->cpu->observer = &observer;
    ck_assert_int_eq(machine_run(machine, 1000), MACHINE_REQUEST);
    ck_assert_uint_eq(machine->cpu->rip, 0x7c00);
    machine->cpu->observer = NULL;
}
END_TEST

/* What the guest can see: registers and the first 64 KiB. */
static void fingerprint(struct buf *text)
{
    static uint8_t memory[65536];

    ck_assert(space_peek(&machine->memory, 0, memory, sizeof memory));
    buf_add(text, memory, sizeof memory);
    buf_add(text, machine->cpu->gpr, 16 * sizeof machine->cpu->gpr[0]);
    buf_printf(text, "%llx %llx %llx", (unsigned long long)machine->cpu->rip,
               (unsigned long long)cpu_eflags(machine->cpu), (unsigned long long)now());
}

START_TEST(a_run_does_not_depend_on_how_it_is_cut)
{
    /* sti; 1: in al, 40h; stosb; and di, 8fffh; rdtsc; add bx, ax; jmp 1b: timer, clock, interrupts */
    static const uint8_t bytes[] = { 0xfb, 0xe4, 0x40, 0xaa, 0x81, 0xe7, 0xff,
                                     0x8f, 0x0f, 0x31, 0x01, 0xc3, 0xeb, 0xf3 };
    static const uint64_t pieces[] = { 3000000, 1, 997, 1000000 };
    struct buf first = { 0 }, other = { 0 };

    for (unsigned i = 0; i < ARRAY_SIZE(pieces); i++) {
        uint64_t done = 0;

        program(bytes, sizeof bytes);
        machine->slice = i == 2 ? 777 : machine->slice;
        enter();
        machine->cpu->gpr[RDI] = 0x8000;
        for (uint64_t n; done < 3000000; done += n) {
            n = i == 1 && done > 20000 ? 3000000 - done : pieces[i];
            n = n < 3000000 - done ? n : 3000000 - done;
            ck_assert_int_eq(machine_run(machine, n), MACHINE_LIMIT);
        }
        buf_clear(&other);
        fingerprint(i ? &other : &first);
        machine_destroy(machine);
        machine = NULL;
        if (i) {
            ck_assert_uint_eq(other.length, first.length);
            ck_assert_int_eq(memcmp(other.data, first.data, first.length), 0);
        }
    }
    buf_free(&first);
    buf_free(&other);
}
END_TEST

START_TEST(power_on_again_is_as_the_first_time)
{
    uint64_t start;

    PROGRAM(SPIN);
    machine_run(machine, 50000);
    start = now();
    machine_reset(machine, RESET_POWER_ON);
    ck_assert_uint_eq(now(), start); /* time goes on */
    ck_assert_uint_eq(machine->cpu->rip, 0xfff0);
    ck_assert_uint_eq(machine->cpu->cr0 & CR0_PE, 0);
    enter();
}
END_TEST

START_TEST(more_memory_than_3_gib_goes_on_above_4)
{
    uint8_t byte = 0xab;

    config.ram_bytes = GIB(5);
    PROGRAM(SPIN);
    ck_assert_uint_eq(machine->pc->ram_below_4g, GIB(3));
    ck_assert_uint_eq(machine->pc->ram_above_4g, GIB(2));
    space_write_block(&machine->memory, GIB(6) - 1, &byte, 1);
    byte = 0;
    ck_assert(space_peek(&machine->memory, GIB(6) - 1, &byte, 1));
    ck_assert_uint_eq(byte, 0xab);
    ck_assert_uint_eq(machine->ram.bytes[GIB(5) - 1], 0xab); /* no hole in the backing */
    ck_assert(!space_peek(&machine->memory, GIB(6), &byte, 1));
    ck_assert(!space_peek(&machine->memory, GIB(3), &byte, 1));
}
END_TEST

START_TEST(the_firmware_stands_at_both_ends_and_cannot_be_written)
{
    uint8_t low[16], high[16], zero[16] = { 0 };

    PROGRAM(SPIN);
    ck_assert(space_peek(&machine->memory, MIB(1) - 16, low, 16));
    ck_assert(space_peek(&machine->memory, GIB(4) - 16, high, 16));
    ck_assert_mem_eq(low, high, 16);
    space_write_block(&machine->memory, GIB(4) - 16, zero, 16);
    ck_assert(space_peek(&machine->memory, GIB(4) - 16, low, 16));
    ck_assert_mem_eq(low, high, 16);
}
END_TEST

START_TEST(foreign_firmware_runs_from_the_reset_vector)
{
    static uint8_t rom[0x20000];

    memset(rom, 0x90, sizeof rom);
    memcpy(rom + 0x1fff0, (const uint8_t[]){ 0xb8, 0x34, 0x12, SPIN }, 5); /* mov ax, 1234h */
    rom[0x10] = 0x77;
    config.bios = scratch_file(&scratch, "rom", rom, sizeof rom);
    create();
    ck_assert_int_eq(machine_run(machine, 10), MACHINE_LIMIT);
    ck_assert_uint_eq(machine->cpu->gpr[RAX] & 0xffff, 0x1234);
    ck_assert_uint_eq(space_read(&machine->memory, 0xe0010, 1), 0x77); /* and below 1 MiB */
    machine_destroy(machine);
    config.bios = scratch_file(&scratch, "rom", rom, 0x18000);
    machine = machine_create(&config, NULL, &error, &exit_code);
    ck_assert_ptr_null(machine);
    ck_assert_int_eq(exit_code, 2);
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "98304 bytes, expected a multiple of 64 KiB"));
}
END_TEST

START_TEST(the_serial_port_reaches_the_host_both_ways)
{
    /* 1: mov dx, 3fdh; in al, dx; test al, 1; jz 1b; mov dx, 3f8h; in al, dx; inc ax; out dx, al;
     * jmp 1b */
    static const uint8_t echo[] = { 0xba, 0xfd, 0x03, 0xec, 0xa8, 0x01, 0x74, 0xf8,
                                    0xba, 0xf8, 0x03, 0xec, 0x40, 0xee, 0xeb, 0xf0 };
    char spec[128], bytes[16] = "";
    const char *path = scratch_path(&scratch, "line");
    FILE *file;

    snprintf(spec, sizeof spec, "file:%s", path);
    config.serial = spec;
    program(echo, sizeof echo);
    machine->slice = 1000;
    enter();
    buf_add(&machine->pc->serial.input, "HAL", 3); /* as if it had been read */
    ck_assert_int_eq(machine_run(machine, 2000000), MACHINE_LIMIT);
    file = fopen(path, "rb");
    ck_assert_uint_eq(fread(bytes, 1, sizeof bytes, file), 3);
    ck_assert_str_eq(bytes, "IBM");
    fclose(file);
}
END_TEST

START_TEST(a_machine_that_cannot_be_made_says_why)
{
    static const struct {
        const char *cpu, *serial, *text;
        uint64_t ram;
        int code;
    } cases[] = {
        { "pentium9", NULL, "pentium", 0, 2 },
        { "max,+nonsense", NULL, "nonsense", 0, 2 },
        { "max", "smoke", "expected stdio", 0, 2 },
        { "max", "file:/nowhere/x", "No such file", 0, 4 },
        { "max", NULL, "expected 1M to 64G", 4096, 2 },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        buf_clear(&error);
        config_defaults(&config);
        config.cpu = cases[i].cpu;
        config.serial = cases[i].serial;
        if (cases[i].ram)
            config.ram_bytes = cases[i].ram;
        machine = machine_create(&config, NULL, &error, &exit_code);
        ck_assert_ptr_null(machine);
        ck_assert_int_eq(exit_code, cases[i].code);
        ck_assert_msg(strstr(buf_text(&error), cases[i].text), "%s", buf_text(&error));
    }
    machine_destroy(NULL);
}
END_TEST

START_TEST(every_stop_has_a_name)
{
    for (int stop = MACHINE_LIMIT; stop <= MACHINE_DEAD; stop++) {
        ck_assert_ptr_nonnull(machine_stop_name((enum machine_stop)stop));
        for (int other = MACHINE_LIMIT; other < stop; other++)
            ck_assert_str_ne(machine_stop_name((enum machine_stop)stop),
                             machine_stop_name((enum machine_stop)other));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("machine");
    TCase *tcase = tcase_create("machine");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_limit_is_exact);
    tcase_add_test(tcase, firmware_that_the_debugger_writes_to_is_this_machines_own);
    tcase_add_test(tcase, a_step_is_one_instruction);
    tcase_add_test(tcase, power_off_ends_the_run);
    tcase_add_test(tcase, the_guest_ends_the_run_with_its_own_code);
    tcase_add_test(tcase, a_reset_starts_again_or_ends_the_run);
    tcase_add_test(tcase, a_triple_fault_is_a_shutdown_with_its_chain);
    tcase_add_test(tcase, halted_with_interrupts_off_is_for_ever);
    tcase_add_test(tcase, a_halt_skips_to_the_next_interrupt);
    tcase_add_test(tcase, the_host_is_looked_at_once_a_slice_and_may_stop_the_run);
    tcase_add_test(tcase, breakpoints_and_watchpoints_stop);
    tcase_add_test(tcase, an_observer_may_stop_the_run);
    tcase_add_test(tcase, a_run_does_not_depend_on_how_it_is_cut);
    tcase_add_test(tcase, power_on_again_is_as_the_first_time);
    tcase_add_test(tcase, more_memory_than_3_gib_goes_on_above_4);
    tcase_add_test(tcase, the_firmware_stands_at_both_ends_and_cannot_be_written);
    tcase_add_test(tcase, foreign_firmware_runs_from_the_reset_vector);
    tcase_add_test(tcase, the_serial_port_reaches_the_host_both_ways);
    tcase_add_test(tcase, a_machine_that_cannot_be_made_says_why);
    tcase_add_test(tcase, every_stop_has_a_name);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
