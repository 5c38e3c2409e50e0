/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_iodev_hpet.c - high precision event timer. Values from the HPET specification. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "iodev/hpet.h"
#include "tests/support/fake_board.h"

static struct fake_board *board;
static struct hpet *hpet;
static struct fake_line irq0, irq8, pin[32];

static void ioapic_receive(void *owner UNUSED, unsigned n, bool level)
{
    fake_line_receive(&pin[n], 0, level);
}

static void setup(void)
{
    board = fake_board_create(UINT64_C(1000000000)); /* ten ticks a clock */
    hpet = device_create(&board->list, &hpet_class);
    memset(&irq0, 0, sizeof irq0);
    memset(&irq8, 0, sizeof irq8);
    memset(pin, 0, sizeof pin);
    fake_connect(&hpet->irq0, &irq0);
    fake_connect(&hpet->irq8, &irq8);
    irq_connect(&hpet->ioapic, ioapic_receive, NULL, 0);
    device_reset_all(&board->list, RESET_POWER_ON);
}

static void teardown(void)
{
    fake_board_destroy(board);
}

static uint64_t get(unsigned offset, unsigned size)
{
    return space_read(&board->memory, HPET_BASE + offset, size);
}

static void set(unsigned offset, unsigned size, uint64_t value)
{
    space_write(&board->memory, HPET_BASE + offset, size, value);
}

START_TEST(it_says_what_it_can)
{
    ck_assert_uint_eq(get(0, 8), UINT64_C(0x009896808086a201));
    ck_assert_uint_eq(get(4, 4), 10000000); /* femtoseconds a clock */
    ck_assert_uint_eq(get(0x100, 8), UINT64_C(0x00f0000000000030));
    set(0x100, 8, UINT64_MAX);
    ck_assert_uint_eq(get(0x100, 8), UINT64_C(0x00f000000000003e) | 0x3f40);
    ck_assert_uint_eq(get(0x160, 8), 0); /* no fourth timer */
}
END_TEST

START_TEST(the_counter_stands_counts_and_is_set)
{
    fake_run(board, 1000);
    ck_assert_uint_eq(get(0xf0, 8), 0);
    set(0x10, 4, 1);
    fake_run(board, 1005);
    ck_assert_uint_eq(get(0xf0, 8), 100);
    set(0x10, 4, 0);
    fake_run(board, 1000);
    ck_assert_uint_eq(get(0xf0, 8), 100);
    set(0xf4, 4, 7);
    set(0xf0, 4, 0xffffffff);
    set(0x10, 4, 1);
    fake_run(board, 20);
    ck_assert_uint_eq(get(0xf0, 8), UINT64_C(0x800000001));
    ck_assert_uint_eq(get(0xf4, 4), 8);
}
END_TEST

START_TEST(one_shot_reaches_the_ioapic_once)
{
    set(0x10, 4, 1);
    set(0x140, 4, 21 << 9 | 0x04);
    set(0x148, 8, 500);
    fake_run(board, 4999);
    ck_assert_uint_eq(pin[21].rises, 0);
    fake_run(board, 1);
    ck_assert_uint_eq(pin[21].rises, 1);
    ck_assert_uint_eq(get(0x20, 4), 0); /* edges are not remembered */
    fake_run(board, 100000);
    ck_assert_uint_eq(pin[21].rises, 1);
    ck_assert_uint_eq(clock_next_event(&board->clock), UINT64_MAX);
}
END_TEST

START_TEST(level_interrupts_wait_for_the_status_register)
{
    set(0x10, 4, 1);
    set(0x120, 4, 20 << 9 | 0x06);
    set(0x128, 8, 10);
    fake_run(board, 100);
    ck_assert(pin[20].level);
    ck_assert_uint_eq(get(0x20, 4), 2);
    set(0x20, 4, 5); /* others */
    ck_assert(pin[20].level);
    set(0x20, 4, 2);
    ck_assert(!pin[20].level);
    ck_assert_uint_eq(get(0x20, 4), 0);
    set(0x128, 8, 20);
    fake_run(board, 100);
    ck_assert(pin[20].level);
    set(0x120, 4, 20 << 9 | 0x02); /* turned off */
    ck_assert(!pin[20].level);
}
END_TEST

START_TEST(periodic_timers_go_on_by_themselves)
{
    set(0x10, 4, 3);
    set(0x100, 4, 0x4c); /* the next write sets the comparator */
    set(0x108, 8, 1000);
    set(0x108, 8, 300); /* the period */
    fake_run(board, 10000);
    ck_assert_uint_eq(irq0.rises, 1);
    ck_assert_uint_eq(get(0x108, 8), 1300);
    fake_run(board, 3000);
    ck_assert_uint_eq(irq0.rises, 2);
    fake_run(board, 30000);
    ck_assert_uint_eq(irq0.rises, 12);
    set(0x10, 4, 2); /* stands */
    fake_run(board, 30000);
    ck_assert_uint_eq(irq0.rises, 12);
    set(0x10, 4, 3);
    fake_run(board, 3000);
    ck_assert_uint_eq(irq0.rises, 13);
}
END_TEST

START_TEST(timers_of_32_bits_wrap)
{
    set(0xf0, 8, UINT64_C(0x1fffffff0));
    set(0x100, 4, 22 << 9 | 0x104);
    set(0x108, 8, 0x10);
    set(0x10, 4, 1);
    fake_run(board, 319);
    ck_assert_uint_eq(pin[22].rises, 0);
    fake_run(board, 1);
    ck_assert_uint_eq(pin[22].rises, 1);
    fake_run(board, UINT64_C(0x100000000) * 10 - 1);
    ck_assert_uint_eq(pin[22].rises, 1);
    fake_run(board, 1);
    ck_assert_uint_eq(pin[22].rises, 2);
}
END_TEST

START_TEST(legacy_replacement_cuts_the_old_timers_off)
{
    hpet_pit(hpet, 0, true);
    hpet_rtc(hpet, 0, true);
    ck_assert(irq0.level && irq8.level);
    set(0x10, 4, 2);
    ck_assert(!irq0.level && !irq8.level);
    hpet_pit(hpet, 0, false);
    hpet_pit(hpet, 0, true);
    ck_assert_uint_eq(irq0.rises, 1);
    set(0x10, 4, 3);
    set(0x120, 4, 4);
    set(0x128, 8, get(0xf0, 8) + 5);
    fake_run(board, 50);
    ck_assert_uint_eq(irq8.rises, 2);
    set(0x10, 4, 0);
    ck_assert(irq0.level && irq8.level);
    ck_assert_uint_eq(irq0.rises, 2);
}
END_TEST

START_TEST(rare_ticks_make_one_of_several_matches)
{
    struct fake_board *slow = fake_board_create(1000000); /* 100 clocks a tick */
    struct hpet *other = device_create(&slow->list, &hpet_class);

    device_reset_all(&slow->list, RESET_POWER_ON);
    space_write(&slow->memory, HPET_BASE + 0x100, 4, 0x4c);
    space_write(&slow->memory, HPET_BASE + 0x108, 8, 30);
    space_write(&slow->memory, HPET_BASE + 0x10, 4, 1);
    fake_run(slow, 10);
    ck_assert_uint_eq(other->timer[0].comparator, 1020);
    fake_board_destroy(slow);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("iodev_hpet");
    TCase *tcase = tcase_create("hpet");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, it_says_what_it_can);
    tcase_add_test(tcase, the_counter_stands_counts_and_is_set);
    tcase_add_test(tcase, one_shot_reaches_the_ioapic_once);
    tcase_add_test(tcase, level_interrupts_wait_for_the_status_register);
    tcase_add_test(tcase, periodic_timers_go_on_by_themselves);
    tcase_add_test(tcase, timers_of_32_bits_wrap);
    tcase_add_test(tcase, legacy_replacement_cuts_the_old_timers_off);
    tcase_add_test(tcase, rare_ticks_make_one_of_several_matches);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
