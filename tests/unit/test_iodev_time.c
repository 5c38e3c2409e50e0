/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_iodev_time.c - 8254, port 61h and the real-time clock. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "iodev/cmos.h"
#include "iodev/port61.h"
#include "tests/support/fake_board.h"

static struct fake_board *board;
static struct pit *pit;
static struct port61 *port61;
static struct cmos *cmos;
static struct fake_line out0, irq8, nmi;

static void start(uint64_t ips)
{
    board = fake_board_create(ips);
    board->clock.boot_seconds = 1714564800; /* 2024-05-01 12:00:00, a Wednesday */
    pit = device_create(&board->list, &pit_class);
    port61 = device_create(&board->list, &port61_class);
    cmos = device_create(&board->list, &cmos_class);
    port61->pit = pit;
    memset(&out0, 0, sizeof out0);
    memset(&irq8, 0, sizeof irq8);
    memset(&nmi, 0, sizeof nmi);
    fake_connect(&pit->out0, &out0);
    fake_connect(&cmos->irq, &irq8);
    fake_connect(&port61->nmi, &nmi);
    irq_connect(&cmos->nmi_mask, port61_set, port61, PORT61_NMI_MASK);
    device_reset_all(&board->list, RESET_POWER_ON);
    out0.rises = out0.falls = 0;
}

/* One tick is one clock of the 8254. */
static void setup(void)
{
    start(PIT_HZ);
}

static void teardown(void)
{
    fake_board_destroy(board);
}

static void program(unsigned channel, unsigned mode, bool bcd, unsigned count)
{
    fake_out8(board, 0x43, (uint8_t)(channel << 6 | 0x30 | mode << 1 | bcd));
    fake_out8(board, (uint16_t)(0x40 + channel), (uint8_t)count);
    fake_out8(board, (uint16_t)(0x40 + channel), (uint8_t)(count >> 8));
}

static unsigned count_of(unsigned channel)
{
    unsigned low;

    fake_out8(board, 0x43, (uint8_t)(channel << 6));
    low = fake_in8(board, (uint16_t)(0x40 + channel));
    return low | (unsigned)fake_in8(board, (uint16_t)(0x40 + channel)) << 8;
}

static uint8_t status_of(unsigned channel)
{
    fake_out8(board, 0x43, (uint8_t)(0xe0 | 2 << channel));
    return fake_in8(board, (uint16_t)(0x40 + channel));
}

START_TEST(mode_0_rises_once_after_count_plus_one_clocks)
{
    program(0, 0, false, 10);
    ck_assert(!out0.level);
    ck_assert_uint_eq(status_of(0), 0x70); /* OUT low, null count, both bytes, mode 0 */
    fake_run(board, 1);
    ck_assert_uint_eq(count_of(0), 10);
    ck_assert_uint_eq(status_of(0), 0x30);
    fake_run(board, 9);
    ck_assert_uint_eq(count_of(0), 1);
    ck_assert(!out0.level);
    fake_run(board, 1);
    ck_assert(out0.level);
    ck_assert_uint_eq(out0.rises, 1);
    fake_run(board, 5);
    ck_assert_uint_eq(count_of(0), 0xfffb); /* it counts on */
    fake_run(board, 200000);
    ck_assert_uint_eq(out0.rises, 1);
    ck_assert_uint_eq(clock_next_event(&board->clock), UINT64_MAX);
}
END_TEST

START_TEST(mode_0_stops_between_the_two_bytes)
{
    program(0, 0, false, 10);
    fake_run(board, 5);
    fake_out8(board, 0x40, 20);
    fake_run(board, 100);
    ck_assert(!out0.level);
    fake_out8(board, 0x40, 0);
    fake_run(board, 20);
    ck_assert(!out0.level);
    fake_run(board, 1);
    ck_assert(out0.level);
}
END_TEST

START_TEST(mode_2_is_low_for_the_last_clock_of_each_period)
{
    program(0, 2, false, 100);
    fake_run(board, 1); /* loaded */
    ck_assert(out0.level);
    fake_run(board, 98);
    ck_assert(out0.level);
    fake_run(board, 1);
    ck_assert(!out0.level);
    ck_assert_uint_eq(count_of(0), 1);
    fake_run(board, 1);
    ck_assert(out0.level);
    ck_assert_uint_eq(count_of(0), 100);
    fake_run(board, 100 * 50);
    ck_assert_uint_eq(out0.rises, 51);
}
END_TEST

START_TEST(mode_2_takes_a_new_count_at_the_end_of_the_period)
{
    program(0, 2, false, 100);
    fake_run(board, 51);
    fake_out8(board, 0x40, 10);
    fake_out8(board, 0x40, 0);
    ck_assert_uint_eq(status_of(0) & 0x40, 0x40);
    ck_assert_uint_eq(count_of(0), 50);
    fake_run(board, 50);
    ck_assert_uint_eq(out0.rises, 1);
    ck_assert_uint_eq(count_of(0), 10);
    ck_assert_uint_eq(status_of(0) & 0x40, 0);
    fake_run(board, 30);
    ck_assert_uint_eq(out0.rises, 4);
}
END_TEST

START_TEST(mode_3_is_a_square_wave)
{
    program(0, 3, false, 10);
    fake_run(board, 1);
    ck_assert_uint_eq(count_of(0), 10);
    fake_run(board, 4);
    ck_assert(out0.level);
    ck_assert_uint_eq(count_of(0), 2);
    fake_run(board, 1);
    ck_assert(!out0.level);
    ck_assert_uint_eq(count_of(0), 10);
    fake_run(board, 5);
    ck_assert(out0.level);
    program(0, 3, false, 5); /* odd: three clocks high, two low */
    fake_run(board, 3);
    ck_assert(out0.level);
    fake_run(board, 1);
    ck_assert(!out0.level);
    fake_run(board, 1);
    ck_assert(!out0.level);
    fake_run(board, 1);
    ck_assert(out0.level);
}
END_TEST

START_TEST(mode_3_takes_a_new_count_at_the_end_of_the_half)
{
    program(0, 3, false, 100);
    fake_run(board, 11); /* 10 clocks into the high half */
    fake_out8(board, 0x40, 20);
    fake_out8(board, 0x40, 0);
    fake_run(board, 39);
    ck_assert(out0.level);
    fake_run(board, 1);
    ck_assert(!out0.level);
    fake_run(board, 9);
    ck_assert(!out0.level);
    fake_run(board, 1); /* the low half is already of the new count */
    ck_assert(out0.level);
    fake_run(board, 10);
    ck_assert(!out0.level);
}
END_TEST

START_TEST(mode_4_strobes_once)
{
    program(0, 4, false, 5);
    ck_assert(out0.level);
    fake_run(board, 5);
    ck_assert(out0.level);
    fake_run(board, 1);
    ck_assert(!out0.level);
    fake_run(board, 1);
    ck_assert(out0.level);
    fake_run(board, 100000);
    ck_assert_uint_eq(out0.rises, 1);
}
END_TEST

START_TEST(modes_1_and_5_wait_for_the_gate)
{
    program(2, 1, false, 20);
    fake_run(board, 100);
    ck_assert(pit_output(pit, 2));
    fake_out8(board, 0x61, 1);
    fake_run(board, 1);
    ck_assert(!pit_output(pit, 2));
    fake_run(board, 10);
    fake_out8(board, 0x61, 0);
    fake_out8(board, 0x61, 1); /* retrigger */
    fake_run(board, 20);
    ck_assert(!pit_output(pit, 2));
    fake_run(board, 1);
    ck_assert(pit_output(pit, 2));
    fake_out8(board, 0x61, 0);
    program(2, 5, false, 3);
    fake_run(board, 10);
    ck_assert(pit_output(pit, 2));
    fake_out8(board, 0x61, 1);
    fake_run(board, 3);
    ck_assert(pit_output(pit, 2));
    fake_run(board, 1);
    ck_assert(!pit_output(pit, 2));
    fake_run(board, 1);
    ck_assert(pit_output(pit, 2));
}
END_TEST

START_TEST(the_gate_holds_channel_2)
{
    /* How Linux calibrates: mode 0, gate on, wait for OUT in port 61h. */
    fake_out8(board, 0x61, 0);
    program(2, 0, false, 1000);
    fake_run(board, 5000);
    ck_assert_uint_eq(fake_in8(board, 0x61) & 0x20, 0);
    fake_out8(board, 0x61, 1);
    fake_run(board, 500);
    fake_out8(board, 0x61, 0);
    fake_run(board, 5000);
    ck_assert_uint_eq(fake_in8(board, 0x61) & 0x20, 0);
    fake_out8(board, 0x61, 1);
    fake_run(board, 498);
    ck_assert_uint_eq(fake_in8(board, 0x61) & 0x20, 0);
    fake_run(board, 4);
    ck_assert_uint_eq(fake_in8(board, 0x61) & 0x20, 0x20);
}
END_TEST

START_TEST(counts_can_be_decimal)
{
    program(0, 2, true, 0x1000);
    fake_run(board, 2);
    ck_assert_uint_eq(count_of(0), 0x0999);
    fake_run(board, 10);
    ck_assert_uint_eq(count_of(0), 0x0989);
    program(0, 0, true, 0);
    fake_run(board, 2);
    ck_assert_uint_eq(count_of(0), 0x9999);
}
END_TEST

START_TEST(latched_values_stay_until_they_are_read)
{
    program(0, 2, false, 0x1234);
    fake_run(board, 5);
    fake_out8(board, 0x43, 0xc2); /* read-back: count and status of channel 0 */
    fake_run(board, 50);
    fake_out8(board, 0x43, 0x00); /* ignored: a count is latched */
    ck_assert_uint_eq(fake_in8(board, 0x40), 0xb4);
    ck_assert_uint_eq(fake_in8(board, 0x40), 0x30);
    ck_assert_uint_eq(fake_in8(board, 0x40), 0x12);
    ck_assert_uint_eq(count_of(0), 0x1234 - 54);
    fake_out8(board, 0x43, 0x14); /* low byte only */
    fake_out8(board, 0x40, 0x80);
    fake_run(board, 1);
    ck_assert_uint_eq(fake_in8(board, 0x40), 0x80);
    ck_assert_uint_eq(fake_in8(board, 0x40), 0x80);
    ck_assert_uint_eq(fake_in8(board, 0x43), 0xff);
}
END_TEST

START_TEST(nobody_listening_means_no_event)
{
    pit->out0.receive = NULL;
    program(0, 2, false, 100);
    ck_assert_uint_eq(clock_next_event(&board->clock), UINT64_MAX);
    fake_run(board, 1000);
    ck_assert_uint_eq(count_of(0), 1);
}
END_TEST

START_TEST(a_slow_machine_still_gets_its_pulses)
{
    teardown();
    start(1000); /* one tick is 1193 clocks */
    program(0, 2, false, 100);
    fake_run(board, 20);
    ck_assert_uint_ge(out0.rises, 19);
    ck_assert_uint_le(out0.rises, 200);
}
END_TEST

START_TEST(the_rate_is_exact_over_a_day)
{
    teardown();
    start(50000000);
    program(0, 2, false, 0);
    fake_run(board, UINT64_C(50000000) * 86400 / 10);
    ck_assert_uint_eq(out0.rises, UINT64_C(1193182) * 8640 / 65536);
}
END_TEST

START_TEST(port_61_keeps_four_bits_and_shows_refresh)
{
    unsigned changes = 0;
    uint8_t last;

    fake_out8(board, 0x61, 0xff);
    ck_assert_uint_eq(fake_in8(board, 0x61) & 0xcf, 0x0f);
    last = fake_in8(board, 0x61) & 0x10;
    for (unsigned i = 0; i < 1800; i++) {
        fake_run(board, 1);
        changes += (fake_in8(board, 0x61) & 0x10) != last;
        last = fake_in8(board, 0x61) & 0x10;
    }
    ck_assert_uint_eq(changes, 100);
}
END_TEST

START_TEST(a_channel_check_is_an_nmi_unless_masked)
{
    fake_out8(board, 0x61, 0);
    fake_out8(board, 0x70, 0x80);
    port61_set(port61, PORT61_IOCHK, true);
    ck_assert(!nmi.level);
    ck_assert_uint_eq(fake_in8(board, 0x61) & 0xc0, 0x40);
    fake_out8(board, 0x70, 0x00);
    ck_assert(nmi.level);
    fake_out8(board, 0x61, 0x08); /* clears it */
    ck_assert(!nmi.level);
    port61_set(port61, PORT61_IOCHK, true);
    ck_assert(!nmi.level);
    port61_set(port61, PORT61_SERR, true);
    ck_assert_uint_eq(fake_in8(board, 0x61) & 0xc0, 0x80);
}
END_TEST

/* Real-time clock */

static uint8_t rtc_read(uint8_t index)
{
    fake_out8(board, 0x70, index);
    return fake_in8(board, 0x71);
}

static void rtc_write(uint8_t index, uint8_t value)
{
    fake_out8(board, 0x70, index);
    fake_out8(board, 0x71, value);
}

static void seconds_pass(unsigned n)
{
    fake_run(board, n * board->clock.ips);
}

static void expect_time(const char *digits)
{
    char text[32];

    snprintf(text, sizeof text, "%02x%02x-%02x-%02x %02x:%02x:%02x %x", rtc_read(0x32), rtc_read(9),
             rtc_read(8), rtc_read(7), rtc_read(4), rtc_read(2), rtc_read(0), rtc_read(6));
    ck_assert_str_eq(text, digits);
}

START_TEST(the_calendar_starts_at_boot_time_and_runs)
{
    expect_time("2024-05-01 12:00:00 4");
    seconds_pass(59);
    expect_time("2024-05-01 12:00:59 4");
    seconds_pass(1 + 12 * 3600);
    expect_time("2024-05-02 00:01:00 5");
    seconds_pass(31 * 86400);
    expect_time("2024-06-02 00:01:00 1");
    ck_assert_uint_eq(rtc_read(0x0d), 0x80);
    ck_assert_uint_eq(rtc_read(0x0a), 0x26);
    ck_assert_uint_eq(rtc_read(0x0b), 0x02);
}
END_TEST

START_TEST(leap_days_are_known)
{
    static const struct {
        uint8_t century, year, month, day;
        const char *next;
    } cases[] = {
        { 0x20, 0x24, 0x02, 0x28, "2024-02-29 00:00:00 1" },
        { 0x20, 0x23, 0x02, 0x28, "2023-03-01 00:00:00 1" },
        { 0x20, 0x00, 0x02, 0x28, "2000-02-29 00:00:00 1" },
        { 0x21, 0x00, 0x02, 0x28, "2100-03-01 00:00:00 1" },
        { 0x19, 0x99, 0x12, 0x31, "2000-01-01 00:00:00 1" },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        rtc_write(0x0b, 0x82);
        rtc_write(0x32, cases[i].century);
        rtc_write(9, cases[i].year);
        rtc_write(8, cases[i].month);
        rtc_write(7, cases[i].day);
        rtc_write(6, 7); /* the day of the week is the guest's business */
        rtc_write(4, 0x23);
        rtc_write(2, 0x59);
        rtc_write(0, 0x59);
        rtc_write(0x0b, 0x02);
        seconds_pass(1);
        expect_time(cases[i].next);
    }
}
END_TEST

START_TEST(set_holds_the_time_still)
{
    rtc_write(0x0b, 0x92); /* SET clears the update-ended enable */
    ck_assert_uint_eq(rtc_read(0x0b), 0x82);
    seconds_pass(10);
    expect_time("2024-05-01 12:00:00 4");
    rtc_write(0, 0x30);
    rtc_write(0x0b, 0x02);
    expect_time("2024-05-01 12:00:30 4");
    seconds_pass(2);
    expect_time("2024-05-01 12:00:32 4");
}
END_TEST

START_TEST(binary_and_12_hour_formats)
{
    rtc_write(0x0b, 0x82);
    rtc_write(0x0b, 0x84); /* binary, 12 hours; the registers are then set anew */
    rtc_write(0x32, 20);
    rtc_write(9, 24);
    rtc_write(8, 5);
    rtc_write(7, 1);
    rtc_write(6, 4);
    rtc_write(4, 0x80 | 12);
    rtc_write(2, 59);
    rtc_write(0, 59);
    rtc_write(0x0b, 0x04);
    seconds_pass(1);
    ck_assert_uint_eq(rtc_read(4), 0x80 | 1);
    ck_assert_uint_eq(rtc_read(9), 24);
    seconds_pass(11 * 3600);
    ck_assert_uint_eq(rtc_read(4), 12); /* midnight is 12 AM */
    ck_assert_uint_eq(rtc_read(7), 2);
}
END_TEST

START_TEST(uip_rises_before_the_update)
{
    uint64_t ips = board->clock.ips;

    ck_assert_uint_eq(rtc_read(0x0a) & 0x80, 0);
    fake_run(board, ips - ips * 3 / 1000);
    ck_assert_uint_eq(rtc_read(0x0a) & 0x80, 0);
    fake_run(board, ips * 2 / 1000);
    ck_assert_uint_eq(rtc_read(0x0a) & 0x80, 0x80);
    expect_time("2024-05-01 12:00:00 4");
    fake_run(board, ips / 1000 + 1);
    ck_assert_uint_eq(rtc_read(0x0a) & 0x80, 0);
    expect_time("2024-05-01 12:00:01 4");
}
END_TEST

START_TEST(the_periodic_interrupt_comes_at_its_rate_if_it_is_read)
{
    unsigned count = 0;

    ck_assert_uint_eq(clock_next_event(&board->clock), UINT64_MAX);
    rtc_write(0x0b, 0x42); /* 1024 Hz */
    for (unsigned i = 0; i < 4096; i++) {
        fake_run(board, board->clock.ips / 4096);
        if (irq8.level) {
            count++;
            ck_assert_uint_eq(rtc_read(0x0c) & 0xc0, 0xc0);
            ck_assert(!irq8.level);
            ck_assert_uint_eq(rtc_read(0x0c), 0);
        }
    }
    ck_assert_uint_ge(count, 1022);
    ck_assert_uint_le(count, 1024);
    count = irq8.rises;
    seconds_pass(1); /* not read: raised once, no more events */
    ck_assert_uint_eq(irq8.rises, count + 1);
    ck_assert_uint_eq(clock_next_event(&board->clock), UINT64_MAX);
}
END_TEST

START_TEST(the_update_interrupt_comes_each_second)
{
    rtc_write(0x0b, 0x12);
    seconds_pass(1);
    ck_assert(irq8.level);
    ck_assert_uint_eq(rtc_read(0x0c) & 0x90, 0x90);
    fake_run(board, board->clock.ips - 100);
    ck_assert(!irq8.level);
    fake_run(board, 100);
    ck_assert(irq8.level);
}
END_TEST

START_TEST(the_alarm_fires_at_its_time_and_knows_any)
{
    rtc_write(1, 0x05);
    rtc_write(3, 0x01);
    rtc_write(5, 0x12);
    rtc_read(0x0c);
    rtc_write(0x0b, 0x22);
    seconds_pass(64);
    ck_assert(!irq8.level);
    seconds_pass(1);
    ck_assert(irq8.level);
    ck_assert_uint_eq(rtc_read(0x0c) & 0xa0, 0xa0);
    rtc_write(3, 0xff); /* at second 5 of every minute */
    rtc_write(5, 0xc0);
    seconds_pass(60);
    ck_assert(irq8.level);
    rtc_read(0x0c);
    rtc_write(5, 0x99); /* never */
    seconds_pass(2 * 86400);
    ck_assert(!irq8.level);
}
END_TEST

START_TEST(flags_are_set_without_interrupts_too)
{
    seconds_pass(2);
    ck_assert_uint_eq(rtc_read(0x0c), 0x50);
    ck_assert_uint_eq(rtc_read(0x0c), 0x00);
    ck_assert_uint_eq(irq8.rises, 0);
}
END_TEST

START_TEST(a_hard_reset_keeps_time_and_settings)
{
    rtc_write(0x40, 0x5a);
    rtc_write(0x0b, 0x72);
    seconds_pass(3);
    device_reset_all(&board->list, RESET_HARD);
    ck_assert_uint_eq(rtc_read(0x0b), 0x02);
    ck_assert_uint_eq(rtc_read(0x40), 0x5a);
    ck_assert(!irq8.level);
    expect_time("2024-05-01 12:00:03 4");
}
END_TEST

START_TEST(the_divider_starts_half_a_second_before_an_update)
{
    rtc_write(0x0a, 0x76); /* held in reset, right after power-on */
    seconds_pass(5);
    expect_time("2024-05-01 12:00:00 4");
    device_reset_all(&board->list, RESET_POWER_ON);
    rtc_write(0x0a, 0x76);
    rtc_write(0x0a, 0x26);
    fake_run(board, board->clock.ips * 49 / 100);
    expect_time("2024-05-01 12:00:00 4");
    fake_run(board, board->clock.ips / 50);
    expect_time("2024-05-01 12:00:01 4");
    seconds_pass(1);
    expect_time("2024-05-01 12:00:02 4");
}
END_TEST

START_TEST(the_divider_may_be_restarted_at_tick_0)
{
    rtc_write(0x0a, 0x76);
    rtc_write(0x0a, 0x26);
    seconds_pass(1);
    expect_time("2024-05-01 12:00:01 4");
    ck_assert(fake_round_trip(board, &cmos->dev));
}
END_TEST

START_TEST(memory_size_bytes_are_as_a_bios_reads_them)
{
    unsigned sum = 0;

    cmos_set_memory(cmos, MIB(512), GIB(5));
    ck_assert_uint_eq(rtc_read(0x15) | rtc_read(0x16) << 8, 640);
    ck_assert_uint_eq(rtc_read(0x17) | rtc_read(0x18) << 8, 0xffff);
    ck_assert_uint_eq(rtc_read(0x30) | rtc_read(0x31) << 8, 0xffff);
    ck_assert_uint_eq(rtc_read(0x34) | rtc_read(0x35) << 8, (512 - 16) * 16);
    ck_assert_uint_eq(rtc_read(0x5b) | rtc_read(0x5c) << 8 | rtc_read(0x5d) << 16, 5 * 16384);
    for (uint8_t i = 0x10; i <= 0x2d; i++)
        sum += rtc_read(i);
    ck_assert_uint_eq(rtc_read(0x2e) << 8 | rtc_read(0x2f), sum);
    cmos_set_memory(cmos, MIB(8), 0);
    ck_assert_uint_eq(rtc_read(0x30) | rtc_read(0x31) << 8, 7 * 1024);
    ck_assert_uint_eq(rtc_read(0x34) | rtc_read(0x35) << 8, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("time");
    TCase *tcase = tcase_create("time");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, mode_0_rises_once_after_count_plus_one_clocks);
    tcase_add_test(tcase, mode_0_stops_between_the_two_bytes);
    tcase_add_test(tcase, mode_2_is_low_for_the_last_clock_of_each_period);
    tcase_add_test(tcase, mode_2_takes_a_new_count_at_the_end_of_the_period);
    tcase_add_test(tcase, mode_3_is_a_square_wave);
    tcase_add_test(tcase, mode_3_takes_a_new_count_at_the_end_of_the_half);
    tcase_add_test(tcase, mode_4_strobes_once);
    tcase_add_test(tcase, modes_1_and_5_wait_for_the_gate);
    tcase_add_test(tcase, the_gate_holds_channel_2);
    tcase_add_test(tcase, counts_can_be_decimal);
    tcase_add_test(tcase, latched_values_stay_until_they_are_read);
    tcase_add_test(tcase, nobody_listening_means_no_event);
    tcase_add_test(tcase, a_slow_machine_still_gets_its_pulses);
    tcase_add_test(tcase, the_rate_is_exact_over_a_day);
    tcase_add_test(tcase, port_61_keeps_four_bits_and_shows_refresh);
    tcase_add_test(tcase, a_channel_check_is_an_nmi_unless_masked);
    tcase_add_test(tcase, the_calendar_starts_at_boot_time_and_runs);
    tcase_add_test(tcase, leap_days_are_known);
    tcase_add_test(tcase, set_holds_the_time_still);
    tcase_add_test(tcase, binary_and_12_hour_formats);
    tcase_add_test(tcase, uip_rises_before_the_update);
    tcase_add_test(tcase, the_periodic_interrupt_comes_at_its_rate_if_it_is_read);
    tcase_add_test(tcase, the_update_interrupt_comes_each_second);
    tcase_add_test(tcase, the_alarm_fires_at_its_time_and_knows_any);
    tcase_add_test(tcase, flags_are_set_without_interrupts_too);
    tcase_add_test(tcase, a_hard_reset_keeps_time_and_settings);
    tcase_add_test(tcase, the_divider_starts_half_a_second_before_an_update);
    tcase_add_test(tcase, the_divider_may_be_restarted_at_tick_0);
    tcase_add_test(tcase, memory_size_bytes_are_as_a_bios_reads_them);
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 30);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
