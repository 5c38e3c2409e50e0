/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_iodev_mouse.c - the PS/2 mouse behind the 8042: commands, packets, wheel, rate. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "iodev/i8042.h"
#include "iodev/ps2_mouse.h"
#include "tests/support/fake_board.h"

static struct fake_board *board;
static struct i8042 *kc;
static struct ps2_mouse *mouse;
static struct fake_line irq12;

static void setup(void)
{
    board = fake_board_create(1000000);
    kc = device_create(&board->list, &i8042_class);
    mouse = device_create(&board->list, &ps2_mouse_class);
    i8042_plug_aux(kc, &mouse->cable);
    memset(&irq12, 0, sizeof irq12);
    fake_connect(&kc->irq12, &irq12);
    device_reset_all(&board->list, RESET_POWER_ON);
    fake_out8(board, 0x64, 0x60);
    fake_out8(board, 0x60, 0x47); /* both interrupts, aux on */
}

static void teardown(void)
{
    fake_board_destroy(board);
}

/* All bytes that come within `ms` of each other, as hex. */
static const char *bytes_within(unsigned ms)
{
    static char text[256];
    unsigned waited = 0;

    text[0] = 0;
    while (waited < ms * 10 && strlen(text) < sizeof text - 4) {
        uint8_t status = fake_in8(board, 0x64);

        if (status & 1) {
            ck_assert_uint_eq(status & 0x20, 0x20); /* it is the mouse's */
            ck_assert(irq12.level);
            snprintf(text + strlen(text), 4, text[0] ? " %02x" : "%02x", fake_in8(board, 0x60));
            waited = 0;
        } else {
            fake_run_us(board, 100);
            waited++;
        }
    }
    return text;
}

static const char *got(void)
{
    return bytes_within(60);
}

/* To the mouse; what it answers. */
static const char *tell(uint8_t value)
{
    fake_out8(board, 0x64, 0xd4);
    fake_out8(board, 0x60, value);
    return got();
}
#define TELL(value, answer) ck_assert_str_eq(tell(value), answer)

static void knock(unsigned a, unsigned b, unsigned c)
{
    const unsigned rates[] = { a, b, c };

    for (unsigned i = 0; i < 3; i++) {
        TELL(0xf3, "fa");
        TELL((uint8_t)rates[i], "fa");
    }
}

START_TEST(a_reset_says_ack_test_passed_and_number)
{
    TELL(0xf3, "fa");
    TELL(200, "fa");
    TELL(0xff, "fa aa 00");
    TELL(0xe9, "fa 00 02 64"); /* defaults: 4 counts, 100 a second, not reporting */
    TELL(0xf2, "fa 00");
}
END_TEST

START_TEST(movement_is_three_bytes)
{
    ps2_mouse_move(mouse, 5, 5, 0); /* nobody wants to know yet */
    ck_assert_str_eq(got(), "");
    TELL(0xf4, "fa");
    ck_assert_str_eq(got(), "");
    ps2_mouse_move(mouse, 5, 3, 0); /* down is negative */
    ck_assert_str_eq(got(), "28 05 fd");
    ps2_mouse_move(mouse, -1, -256, 0);
    ck_assert_str_eq(got(), "18 ff ff 08 00 01"); /* more than a packet holds: two of them */
    ps2_mouse_buttons(mouse, MOUSE_LEFT | MOUSE_MIDDLE);
    ck_assert_str_eq(got(), "0d 00 00");
    ps2_mouse_buttons(mouse, MOUSE_RIGHT);
    ck_assert_str_eq(got(), "0a 00 00");
    ps2_mouse_buttons(mouse, MOUSE_RIGHT);
    ck_assert_str_eq(got(), "");
    ps2_mouse_move(mouse, 0, 0, 1); /* there is no wheel before the knock */
    ck_assert_str_eq(got(), "");
    TELL(0xe9, "fa 21 02 64");
    TELL(0xf5, "fa");
    ps2_mouse_move(mouse, 9, 9, 0);
    ck_assert_str_eq(got(), "");
}
END_TEST

START_TEST(three_rates_show_the_wheel)
{
    knock(200, 200, 80);
    TELL(0xf2, "fa 00");
    knock(200, 100, 80);
    TELL(0xf2, "fa 03");
    TELL(0xf4, "fa");
    ps2_mouse_move(mouse, 0, 0, 1);
    ck_assert_str_eq(got(), "08 00 00 01");
    ps2_mouse_move(mouse, 1, 0, -9);
    ck_assert_str_eq(got(), "08 01 00 f8 08 00 00 ff");
    TELL(0xf6, "fa"); /* defaults keep the wheel, a reset does not */
    TELL(0xf2, "fa 03");
    TELL(0xff, "fa aa 00");
}
END_TEST

START_TEST(packets_come_at_the_sample_rate)
{
    unsigned packets = 0;

    TELL(0xf3, "fa");
    TELL(20, "fa");
    TELL(0xf4, "fa");
    for (unsigned i = 0; i < 1000; i++) { /* a second of steady movement */
        ps2_mouse_move(mouse, 1, 0, 0);
        fake_run_us(board, 1000);
        if (fake_in8(board, 0x64) & 1) {
            (void)fake_in8(board, 0x60);
            packets++;
        }
    }
    ck_assert_uint_ge(packets, 3 * 19);
    ck_assert_uint_le(packets, 3 * 21);
}
END_TEST

START_TEST(nothing_is_lost_while_the_guest_is_busy)
{
    int sum = 0;

    TELL(0xf4, "fa");
    for (unsigned i = 0; i < 40; i++) {
        ps2_mouse_move(mouse, 10, 0, 0);
        fake_run_us(board, 10000); /* nobody reads */
    }
    for (const char *p = got(); *p; p += 8) { /* "08 0a 00 " */
        sum += (int)strtol(p + 3, NULL, 16);
        if (strlen(p) < 9)
            break;
        p++;
    }
    ck_assert_int_eq(sum, 400);
}
END_TEST

START_TEST(scaling_and_resolution)
{
    TELL(0xe8, "fa");
    TELL(3, "fa");
    TELL(0xe7, "fa");
    TELL(0xe9, "fa 10 03 64");
    TELL(0xf4, "fa");
    ps2_mouse_move(mouse, 4, 0, 0);
    ck_assert_str_eq(got(), "08 06 00");
    ps2_mouse_move(mouse, -7, 0, 0);
    ck_assert_str_eq(got(), "18 f2 00");
    TELL(0xe6, "fa");
    ps2_mouse_move(mouse, 4, 0, 0);
    ck_assert_str_eq(got(), "08 04 00");
}
END_TEST

START_TEST(remote_mode_waits_to_be_asked)
{
    TELL(0xf0, "fa");
    TELL(0xf4, "fa");
    ps2_mouse_move(mouse, 7, 0, 0);
    ck_assert_str_eq(got(), "");
    TELL(0xeb, "fa 08 07 00");
    TELL(0xeb, "fa 08 00 00");
    TELL(0xe9, "fa 60 02 64");
    TELL(0xea, "fa");
    ps2_mouse_move(mouse, 7, 0, 0);
    ck_assert_str_eq(got(), "08 07 00");
}
END_TEST

START_TEST(wrap_mode_sends_back)
{
    TELL(0xee, "fa");
    TELL(0xf4, "f4");
    TELL(0x12, "12");
    TELL(0xec, "fa");
    TELL(0xee, "fa");
    TELL(0xff, "fa aa 00");
}
END_TEST

START_TEST(what_it_does_not_know_is_refused)
{
    TELL(0x55, "fe");
    TELL(0x55, "fc"); /* the second time it is an error */
    TELL(0x55, "fe");
    TELL(0xf2, "fa 00");
    TELL(0xf3, "fa");
    TELL(77, "fe"); /* no such rate: once more */
    TELL(40, "fa");
    TELL(0xe8, "fa");
    TELL(4, "fe");
    TELL(1, "fa");
    TELL(0xe9, "fa 00 01 28");
    TELL(0xfe, "fa 00 01 28"); /* the last answer again */
    TELL(0xe8, "fa");
    TELL(0xf4, "fa"); /* a command instead of the argument */
    ps2_mouse_move(mouse, 1, 0, 0);
    ck_assert_str_eq(got(), "08 01 00");
    TELL(0xfe, "08 01 00");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mouse");
    TCase *tcase = tcase_create("mouse");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_reset_says_ack_test_passed_and_number);
    tcase_add_test(tcase, movement_is_three_bytes);
    tcase_add_test(tcase, three_rates_show_the_wheel);
    tcase_add_test(tcase, packets_come_at_the_sample_rate);
    tcase_add_test(tcase, nothing_is_lost_while_the_guest_is_busy);
    tcase_add_test(tcase, scaling_and_resolution);
    tcase_add_test(tcase, remote_mode_waits_to_be_asked);
    tcase_add_test(tcase, wrap_mode_sends_back);
    tcase_add_test(tcase, what_it_does_not_know_is_refused);
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 30);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
