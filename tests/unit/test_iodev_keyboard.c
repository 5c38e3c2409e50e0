/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_iodev_keyboard.c - 8042, keyboard, port 92h. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "iodev/i8042.h"
#include "iodev/port92.h"
#include "iodev/ps2_keyboard.h"
#include "tests/support/fake_board.h"

static struct fake_board *board;
static struct i8042 *kc;
static struct ps2_keyboard *kbd;
static struct fake_line irq1, irq12, a20, reset;

static void setup(void)
{
    board = fake_board_create(1000000);
    kc = device_create(&board->list, &i8042_class);
    kbd = device_create(&board->list, &ps2_keyboard_class);
    i8042_plug_keyboard(kc, &kbd->cable);
    memset(&irq1, 0, sizeof irq1);
    memset(&irq12, 0, sizeof irq12);
    memset(&a20, 0, sizeof a20);
    memset(&reset, 0, sizeof reset);
    fake_connect(&kc->irq1, &irq1);
    fake_connect(&kc->irq12, &irq12);
    fake_connect(&kc->a20, &a20);
    fake_connect(&kc->reset, &reset);
    device_reset_all(&board->list, RESET_POWER_ON);
}

static void teardown(void)
{
    fake_board_destroy(board);
}

static uint8_t status(void)
{
    return fake_in8(board, 0x64);
}

/* Wait for a byte as a driver does; -1: none within 100 ms. */
static int get(void)
{
    for (unsigned i = 0; i < 1000; i++) {
        if (status() & 1)
            return fake_in8(board, 0x60);
        fake_run_us(board, 100);
    }
    return -1;
}

/* All bytes that come within 100 ms of each other, as hex. */
static const char *get_all(void)
{
    static char text[256];
    int byte;

    text[0] = 0;
    while ((byte = get()) >= 0 && strlen(text) < sizeof text - 4)
        snprintf(text + strlen(text), 4, text[0] ? " %02x" : "%02x", (unsigned)byte & 0xff);
    return text;
}

static void command(uint8_t value)
{
    fake_out8(board, 0x64, value);
}

static void data(uint8_t value)
{
    fake_out8(board, 0x60, value);
}

static void set_command_byte(uint8_t value)
{
    command(0x60);
    data(value);
}

START_TEST(the_self_test_passes_and_sets_the_system_flag)
{
    ck_assert_uint_eq(status() & 0x07, 0);
    command(0xaa);
    ck_assert_uint_eq(status() & 0x08, 0x08);
    ck_assert_uint_eq(status() & 0x01, 0); /* takes a moment */
    ck_assert_int_eq(get(), 0x55);
    ck_assert_uint_eq(status() & 0x04, 0x04);
    command(0xab);
    ck_assert_int_eq(get(), 0x00);
    command(0xa9);
    ck_assert_int_eq(get(), 0x00);
}
END_TEST

START_TEST(the_command_byte_is_read_as_written)
{
    set_command_byte(0x47);
    command(0x20);
    ck_assert_int_eq(get(), 0x47);
    ck_assert_uint_eq(status() & 0x04, 0x04);
    command(0xad);
    command(0x20);
    ck_assert_int_eq(get(), 0x57);
    command(0xae);
    command(0xa7);
    command(0x20);
    ck_assert_int_eq(get(), 0x67);
    command(0xa8);
    command(0x20);
    ck_assert_int_eq(get(), 0x47);
    command(0x65);
    data(0x99);
    command(0x25);
    ck_assert_int_eq(get(), 0x99);
    command(0x60 + 31);
    data(0x12);
    command(0x3f);
    ck_assert_int_eq(get(), 0x12);
}
END_TEST

START_TEST(a_reset_keyboard_says_ack_and_test_passed)
{
    set_command_byte(0x20); /* no translation, no interrupt */
    data(0xff);
    ck_assert_str_eq(get_all(), "fa aa");
    data(0xf2);
    ck_assert_str_eq(get_all(), "fa ab 83");
    data(0xee);
    ck_assert_str_eq(get_all(), "ee");
    data(0xfe);
    ck_assert_str_eq(get_all(), "ee");
    data(0x01); /* unknown */
    ck_assert_str_eq(get_all(), "fe");
    set_command_byte(0x60);
    data(0xf2);
    ck_assert_str_eq(get_all(), "fa ab 41"); /* translated on the way, as in a real PC */
}
END_TEST

START_TEST(keys_arrive_translated_with_irq_1)
{
    ps2_keyboard_key(kbd, KEY_A, true);
    ck_assert(!irq1.level);
    fake_run_us(board, 600);
    ck_assert(irq1.level);
    ck_assert_uint_eq(status() & 0x21, 0x01);
    ck_assert_uint_eq(fake_in8(board, 0x60), 0x1e);
    ck_assert(!irq1.level);
    ps2_keyboard_key(kbd, KEY_A, false);
    ck_assert_str_eq(get_all(), "9e");
    ps2_keyboard_key(kbd, KEY_UP, true);
    ps2_keyboard_key(kbd, KEY_UP, false);
    ck_assert_str_eq(get_all(), "e0 48 e0 c8");
    ps2_keyboard_key(kbd, KEY_F7, true);
    ps2_keyboard_key(kbd, KEY_F7, false);
    ck_assert_str_eq(get_all(), "41 c1");
    ps2_keyboard_key(kbd, KEY_PAUSE, true);
    ps2_keyboard_key(kbd, KEY_PAUSE, false);
    ck_assert_str_eq(get_all(), "e1 1d 45 e1 9d c5");
    ps2_keyboard_key(kbd, KEY_PRINT, true);
    ps2_keyboard_key(kbd, KEY_PRINT, false);
    ck_assert_str_eq(get_all(), "e0 2a e0 37 e0 b7 e0 aa");
}
END_TEST

START_TEST(the_byte_stays_readable_and_irq_waits_for_the_read)
{
    ps2_keyboard_key(kbd, KEY_A, true);
    ps2_keyboard_key(kbd, KEY_B, true);
    fake_run_us(board, 10000);
    ck_assert_uint_eq(irq1.rises, 1);
    ck_assert_uint_eq(fake_in8(board, 0x60), 0x1e);
    ck_assert_uint_eq(fake_in8(board, 0x60), 0x1e);
    fake_run_us(board, 10000);
    ck_assert_uint_eq(irq1.rises, 2);
    ck_assert_uint_eq(fake_in8(board, 0x60), 0x30);
}
END_TEST

START_TEST(the_three_scan_sets_differ_as_they_should)
{
    static const struct {
        uint8_t set;
        const char *codes;
    } sets[] = {
        { 1, "1e 9e e0 1d e0 9d" },
        { 2, "1c f0 1c e0 14 e0 f0 14" },
        { 3, "1c 58" }, /* make only by default */
    };

    set_command_byte(0x00);
    for (unsigned i = 0; i < ARRAY_SIZE(sets); i++) {
        data(0xf0);
        ck_assert_str_eq(get_all(), "fa");
        data(sets[i].set);
        ck_assert_str_eq(get_all(), "fa");
        data(0xf0);
        get_all();
        data(0);
        ck_assert_int_eq(get(), 0xfa);
        ck_assert_int_eq(get(), sets[i].set);
        ps2_keyboard_key(kbd, KEY_A, true);
        ps2_keyboard_key(kbd, KEY_A, false);
        ps2_keyboard_key(kbd, KEY_CTRL_R, true);
        ps2_keyboard_key(kbd, KEY_CTRL_R, false);
        ck_assert_str_eq(get_all(), sets[i].codes);
    }
    data(0xf8); /* set 3: all keys send break codes */
    get_all();
    ps2_keyboard_key(kbd, KEY_A, true);
    ps2_keyboard_key(kbd, KEY_A, false);
    ck_assert_str_eq(get_all(), "1c f0 1c");
    data(0xf0);
    get_all();
    data(9);
    ck_assert_str_eq(get_all(), "fe");
}
END_TEST

START_TEST(leds_and_typematic_take_an_argument)
{
    set_command_byte(0x20);
    data(0xed);
    ck_assert_str_eq(get_all(), "fa");
    data(0x05);
    ck_assert_str_eq(get_all(), "fa");
    ck_assert_uint_eq(kbd->leds, 5);
    data(0xf3);
    ck_assert_str_eq(get_all(), "fa");
    data(0x7f);
    ck_assert_str_eq(get_all(), "fa");
    ck_assert_uint_eq(kbd->typematic, 0x7f);
    data(0xed);
    get_all();
    data(0xf4); /* a command in place of the argument */
    ck_assert_str_eq(get_all(), "fa");
    ck_assert_uint_eq(kbd->leds, 5);
}
END_TEST

START_TEST(a_held_key_repeats_after_the_delay)
{
    unsigned count = 0;

    set_command_byte(0x00);
    data(0xf3);
    get_all();
    data(0x00); /* 250 ms, 30 a second */
    get_all();
    ps2_keyboard_key(kbd, KEY_X, true);
    ps2_keyboard_key(kbd, KEY_X, true); /* the host's own repetition counts for nothing */
    ck_assert_int_eq(get(), 0x22);
    fake_run_us(board, 200000);
    ck_assert_uint_eq(status() & 1, 0);
    for (unsigned i = 0; i < 1000; i++) {
        fake_run_us(board, 1000);
        if (status() & 1) {
            ck_assert_uint_eq(fake_in8(board, 0x60), 0x22);
            count++;
        }
    }
    ck_assert_uint_ge(count, 27);
    ck_assert_uint_le(count, 30);
    ps2_keyboard_key(kbd, KEY_X, false);
    ck_assert_str_eq(get_all(), "f0 22");
    fake_run_us(board, 1000000);
    ck_assert_uint_eq(status() & 1, 0);
    ck_assert_uint_eq(clock_next_event(&board->clock), UINT64_MAX);
}
END_TEST

START_TEST(a_disabled_keyboard_keeps_its_bytes)
{
    command(0xad);
    ps2_keyboard_key(kbd, KEY_A, true);
    fake_run_us(board, 10000);
    ck_assert_uint_eq(status() & 1, 0);
    command(0xae);
    ck_assert_int_eq(get(), 0x1e);
    data(0xf5); /* no more scanning */
    ck_assert_str_eq(get_all(), "fa");
    ps2_keyboard_key(kbd, KEY_B, true);
    ck_assert_int_eq(get(), -1);
}
END_TEST

START_TEST(a_full_keyboard_says_overrun_once)
{
    set_command_byte(0x00);
    fake_run_us(board, 1000);
    for (unsigned i = 0; i < 20; i++) {
        ps2_keyboard_key(kbd, KEY_A, true);
        ps2_keyboard_key(kbd, KEY_A, false);
    }
    ck_assert_str_eq(get_all(), "1c f0 1c 1c f0 1c 1c f0 1c 1c f0 1c 1c f0 1c 00");
    ps2_keyboard_key(kbd, KEY_A, true);
    ck_assert_int_eq(get(), 0x1c);
}
END_TEST

START_TEST(a20_and_reset_follow_the_output_port)
{
    ck_assert(a20.level);
    command(0xdd);
    ck_assert(!a20.level);
    command(0xd0);
    ck_assert_int_eq(get() & 3, 1);
    command(0xdf);
    ck_assert(a20.level);
    command(0xd1);
    data(0xdd);
    ck_assert(!a20.level);
    command(0xd1);
    data(0xdf);
    ck_assert(a20.level);
    ck_assert_uint_eq(reset.rises, 0);
    command(0xff); /* pulses nothing */
    ck_assert_uint_eq(reset.rises, 0);
    command(0xfe);
    ck_assert_uint_eq(reset.rises, 1);
    ck_assert(!reset.level);
    command(0xd1);
    data(0xde);
    ck_assert_uint_eq(reset.rises, 2);
}
END_TEST

START_TEST(the_aux_port_loops_but_nobody_is_there)
{
    set_command_byte(0x47);
    command(0xd3); /* how Linux looks for the port */
    data(0x5a);
    fake_run_us(board, 100);
    ck_assert(irq12.level);
    ck_assert(!irq1.level);
    ck_assert_uint_eq(status() & 0x21, 0x21);
    ck_assert_int_eq(get(), 0x5a);
    ck_assert(!irq12.level);
    command(0xd4);
    data(0xff);
    fake_run_us(board, 10000);
    ck_assert_uint_eq(status() & 0x61, 0x61); /* time-out */
    ck_assert_int_eq(get(), 0xfe);
    command(0xd2);
    data(0x1e);
    fake_run_us(board, 100);
    ck_assert(irq1.level);
    ck_assert_int_eq(get(), 0x1e);
}
END_TEST

START_TEST(unknown_commands_are_logged_and_harmless)
{
    command(0x99);
    ck_assert_ptr_nonnull(strstr(buf_text(&board->messages), "i8042: unknown command 99 ignored"));
    ck_assert_int_eq(get(), -1);
}
END_TEST

START_TEST(keys_have_names)
{
    ck_assert_int_eq(key_find("a"), KEY_A);
    ck_assert_int_eq(key_find("kp_enter"), KEY_KP_ENTER);
    ck_assert_int_eq(key_find("nokey"), KEY_NONE);
    ck_assert_str_eq(key_name(KEY_SPACE), "spc");
    ck_assert_ptr_null(key_name(KEY_COUNT));
    for (unsigned key = KEY_NONE + 1; key < KEY_COUNT; key++) {
        ck_assert_ptr_nonnull(key_name(key));
        ck_assert_int_eq(key_find(key_name(key)), key);
    }
    ps2_keyboard_key(kbd, KEY_NONE, true);
    ps2_keyboard_key(kbd, KEY_COUNT, true);
    ps2_keyboard_key(kbd, (enum key)1000, true);
}
END_TEST

/* Codes of the IBM 101-key table, set 1. */
START_TEST(no_two_keys_send_the_same_code)
{
    char seen[KEY_COUNT][24] = { { 0 } };

    for (unsigned key = KEY_NONE + 1; key < KEY_COUNT; key++) {
        if (key == KEY_PAUSE)
            continue;
        ps2_keyboard_key(kbd, key, true);
        snprintf(seen[key], sizeof seen[key], "%s", get_all());
        ps2_keyboard_key(kbd, key, false);
        get_all();
        for (unsigned other = KEY_NONE + 1; other < key; other++)
            ck_assert_msg(strcmp(seen[other], seen[key]) != 0, "%s and %s", key_name(other),
                          key_name(key));
    }
}
END_TEST

START_TEST(port_92_gates_a20_and_resets_on_a_rising_edge)
{
    struct port92 *port = device_create(&board->list, &port92_class);

    memset(&a20, 0, sizeof a20);
    fake_connect(&port->a20, &a20);
    fake_connect(&port->reset, &reset);
    fake_out8(board, 0x92, 0x02);
    ck_assert(a20.level);
    ck_assert_uint_eq(fake_in8(board, 0x92), 0x02);
    fake_out8(board, 0x92, 0x03);
    fake_out8(board, 0x92, 0x03);
    ck_assert_uint_eq(reset.rises, 1);
    fake_out8(board, 0x92, 0x00);
    ck_assert(!a20.level);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("keyboard");
    TCase *tcase = tcase_create("keyboard");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, the_self_test_passes_and_sets_the_system_flag);
    tcase_add_test(tcase, the_command_byte_is_read_as_written);
    tcase_add_test(tcase, a_reset_keyboard_says_ack_and_test_passed);
    tcase_add_test(tcase, keys_arrive_translated_with_irq_1);
    tcase_add_test(tcase, the_byte_stays_readable_and_irq_waits_for_the_read);
    tcase_add_test(tcase, the_three_scan_sets_differ_as_they_should);
    tcase_add_test(tcase, leds_and_typematic_take_an_argument);
    tcase_add_test(tcase, a_held_key_repeats_after_the_delay);
    tcase_add_test(tcase, a_disabled_keyboard_keeps_its_bytes);
    tcase_add_test(tcase, a_full_keyboard_says_overrun_once);
    tcase_add_test(tcase, a20_and_reset_follow_the_output_port);
    tcase_add_test(tcase, the_aux_port_loops_but_nobody_is_there);
    tcase_add_test(tcase, unknown_commands_are_logged_and_harmless);
    tcase_add_test(tcase, keys_have_names);
    tcase_add_test(tcase, no_two_keys_send_the_same_code);
    tcase_add_test(tcase, port_92_gates_a20_and_resets_on_a_rising_edge);
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 30);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
