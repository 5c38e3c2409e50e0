/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_iodev_uart.c - 16550A: values from the PC16550D data sheet. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "iodev/uart.h"
#include "tests/support/fake_board.h"

enum { BASE = 0x3f8 };

static struct fake_board *board;
static struct uart *uart;
static struct fake_line irq;
static struct fake_serial serial;

static void setup(void)
{
    board = fake_board_create(10000000);
    uart = device_create(&board->list, &uart_class);
    uart_setup(uart, &board->ports, BASE, "com1");
    memset(&irq, 0, sizeof irq);
    fake_connect(&uart->irq, &irq);
    fake_serial_init(&serial);
    uart_connect(uart, &serial.line);
    device_reset_all(&board->list, RESET_POWER_ON);
}

static void teardown(void)
{
    buf_free(&serial.written);
    fake_board_destroy(board);
}

static uint8_t get(unsigned reg)
{
    return fake_in8(board, (uint16_t)(BASE + reg));
}

static void put(unsigned reg, uint8_t value)
{
    fake_out8(board, (uint16_t)(BASE + reg), value);
    fake_run(board, 1);
}

/* 115200 8N1, OUT2 on. */
static void init_line(uint8_t fcr, uint8_t ier)
{
    put(3, 0x80);
    put(0, 1);
    put(1, 0);
    put(3, 0x03);
    put(2, fcr);
    put(4, 0x0b);
    put(1, ier);
}

START_TEST(registers_have_their_reset_values)
{
    ck_assert_uint_eq(get(1), 0x00);
    ck_assert_uint_eq(get(2), 0x01);
    ck_assert_uint_eq(get(3), 0x00);
    ck_assert_uint_eq(get(4), 0x00);
    ck_assert_uint_eq(get(5), 0x60);
    ck_assert_uint_eq(get(6), 0xb0);
    put(7, 0x5a);
    ck_assert_uint_eq(get(7), 0x5a);
    put(1, 0xff);
    ck_assert_uint_eq(get(1), 0x0f);
    put(4, 0xff);
    ck_assert_uint_eq(get(4), 0x1f);
    put(3, 0x80);
    put(0, 0x34);
    put(1, 0x12);
    ck_assert_uint_eq(get(0), 0x34);
    ck_assert_uint_eq(get(1), 0x12);
    ck_assert_uint_eq(uart->divisor, 0x1234);
}
END_TEST

START_TEST(polled_output_leaves_at_once)
{
    init_line(0, 0);
    for (const char *p = "Hello"; *p; p++) {
        ck_assert_uint_eq(get(5) & 0x60, 0x60);
        fake_out8(board, BASE, (uint8_t)*p);
    }
    ck_assert_str_eq(buf_text(&serial.written), "Hello");
    ck_assert_uint_eq(irq.rises, 0);
    fake_run(board, 1);
    ck_assert_uint_eq(clock_next_event(&board->clock), UINT64_MAX);
}
END_TEST

START_TEST(the_transmitter_interrupt_comes_before_the_next_instruction)
{
    init_line(0x07, 0);
    put(1, 0x02); /* enabling it while empty raises it */
    ck_assert(irq.level);
    ck_assert_uint_eq(get(2), 0xc2);
    ck_assert(!irq.level); /* reading IIR was the acknowledgement */
    ck_assert_uint_eq(get(2), 0xc1);
    fake_out8(board, BASE, 'x');
    ck_assert(!irq.level);
    clock_fire_due(&board->clock);
    ck_assert(irq.level);
    ck_assert_uint_eq(get(2), 0xc2);
}
END_TEST

START_TEST(a_paced_transmitter_takes_a_character_time)
{
    uart->paced = true;
    init_line(0x07, 0x00);
    fake_out8(board, BASE, 'x');
    ck_assert_uint_eq(get(5) & 0x60, 0);
    fake_run_us(board, 80);
    ck_assert_uint_eq(get(5) & 0x60, 0);
    fake_run_us(board, 10); /* 10 bits of 115200 are 86.8 us */
    ck_assert_uint_eq(get(5) & 0x60, 0x60);
    put(3, 0x1f); /* 8 bits, even parity, 2 stop bits: 12 */
    fake_out8(board, BASE, 'x');
    fake_out8(board, BASE, 'y');
    fake_run_us(board, 200);
    ck_assert_uint_eq(get(5) & 0x60, 0);
    fake_run_us(board, 10);
    ck_assert_uint_eq(get(5) & 0x60, 0x60);
}
END_TEST

START_TEST(out2_gates_the_interrupt)
{
    init_line(0x01, 0x01);
    put(4, 0x03);
    fake_serial_send(&serial, "a", 1);
    fake_run_us(board, 1000);
    ck_assert(!irq.level);
    ck_assert_uint_eq(get(2), 0xc4);
    put(4, 0x0b);
    ck_assert(irq.level);
}
END_TEST

START_TEST(without_fifo_one_character_is_held)
{
    init_line(0x00, 0x01);
    fake_serial_send(&serial, "ab", 2);
    ck_assert_uint_eq(serial.left, 1);
    ck_assert(irq.level);
    ck_assert_uint_eq(get(2), 0x04);
    ck_assert_uint_eq(get(5), 0x61);
    ck_assert_uint_eq(get(0), 'a');
    ck_assert(!irq.level);
    fake_run(board, 1);
    ck_assert_uint_eq(get(0), 'b');
}
END_TEST

START_TEST(the_trigger_level_raises_and_the_timeout_catches_the_rest)
{
    init_line(0x81, 0x01); /* 8 characters */
    fake_serial_send(&serial, "1234567", 7);
    ck_assert(!irq.level);
    fake_run_us(board, 340);
    ck_assert(!irq.level);
    fake_run_us(board, 20); /* four characters: 347 us */
    ck_assert(irq.level);
    ck_assert_uint_eq(get(2), 0xcc);
    ck_assert_uint_eq(get(0), '1');
    ck_assert(!irq.level);
    fake_serial_send(&serial, "89", 2);
    ck_assert(irq.level);
    ck_assert_uint_eq(get(2), 0xc4);
    for (unsigned i = 0; i < 8; i++)
        ck_assert_uint_eq(get(0), '2' + i);
    ck_assert_uint_eq(get(5) & 1, 0);
    fake_run_us(board, 1000);
    ck_assert(!irq.level);
}
END_TEST

START_TEST(interrupts_have_their_priority)
{
    init_line(0x01, 0x0f);
    serial.line.receive(uart, (const uint8_t *)"0123456789abcdefX", 17); /* one too many */
    put(4, 0x18); /* loop and back: modem lines move */
    put(4, 0x0b);
    ck_assert_uint_eq(get(2) & 0x0f, 0x06);
    ck_assert_uint_eq(get(5) & 0x1f, 0x03);
    ck_assert_uint_eq(get(5) & 0x1f, 0x01);
    ck_assert_uint_eq(get(2) & 0x0f, 0x04);
    for (unsigned i = 0; i < 16; i++)
        get(0);
    ck_assert_uint_eq(get(2) & 0x0f, 0x02);
    ck_assert_uint_eq(get(2) & 0x0f, 0x00);
    get(6);
    ck_assert_uint_eq(get(2) & 0x0f, 0x01);
    ck_assert(!irq.level);
}
END_TEST

START_TEST(an_overrun_keeps_the_fifo)
{
    init_line(0x01, 0);
    serial.line.receive(uart, (const uint8_t *)"0123456789abcdefXYZ", 19);
    ck_assert_uint_eq(get(5) & 0x02, 0x02);
    for (unsigned i = 0; i < 16; i++)
        ck_assert_uint_eq(get(0), "0123456789abcdef"[i]);
    ck_assert_uint_eq(get(5) & 0x03, 0);
}
END_TEST

START_TEST(the_loop_returns_characters_and_modem_lines)
{
    init_line(0x01, 0);
    put(4, 0x1e); /* RTS, OUT1, OUT2 */
    ck_assert_uint_eq(get(6) & 0xf0, 0xd0);
    put(4, 0x1a); /* how Linux probes */
    ck_assert_uint_eq(get(6) & 0xf0, 0x90);
    get(6);
    ck_assert_uint_eq(get(6) & 0x0f, 0);
    fake_out8(board, BASE, 0xae);
    ck_assert_uint_eq(get(5) & 1, 1);
    ck_assert_uint_eq(get(0), 0xae);
    ck_assert_uint_eq(serial.written.length, 0);
    fake_serial_send(&serial, "lost?", 5);
    ck_assert_uint_eq(get(5) & 1, 0);
    put(4, 0x0b);
    fake_run(board, 1);
    ck_assert_uint_eq(get(0), 'l');
}
END_TEST

START_TEST(the_fifo_is_found_and_cleared)
{
    put(2, 0x01);
    ck_assert_uint_eq(get(2) & 0xc0, 0xc0);
    fake_serial_send(&serial, "abc", 3);
    put(2, 0x03);
    ck_assert_uint_eq(get(5) & 1, 0);
    put(2, 0x00);
    ck_assert_uint_eq(get(2) & 0xc0, 0);
}
END_TEST

/* A pasted file, read by an interrupt handler that looks at IIR and drains while LSR says so. */
START_TEST(pasting_100_kib_loses_nothing)
{
    size_t size = 100 * 1024, got = 0;
    uint8_t *sent = malloc(size), *received = malloc(size);
    unsigned rounds = 0;

    for (size_t i = 0; i < size; i++)
        sent[i] = (uint8_t)(i * 7 + i / 251);
    init_line(0xc1, 0x05);
    fake_serial_send(&serial, sent, size);
    while (got < size && rounds++ < 100000) {
        fake_run_us(board, 50);
        if (!irq.level)
            continue;
        get(2);
        while (get(5) & 1 && got < size) {
            ck_assert_uint_eq(uart->lsr & 0x02, 0);
            received[got++] = get(0);
            if (got % 5 == 0)
                fake_run(board, 3);
        }
    }
    ck_assert_uint_eq(got, size);
    ck_assert_mem_eq(sent, received, size);
    free(sent);
    free(received);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("uart");
    TCase *tcase = tcase_create("uart");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, registers_have_their_reset_values);
    tcase_add_test(tcase, polled_output_leaves_at_once);
    tcase_add_test(tcase, the_transmitter_interrupt_comes_before_the_next_instruction);
    tcase_add_test(tcase, a_paced_transmitter_takes_a_character_time);
    tcase_add_test(tcase, out2_gates_the_interrupt);
    tcase_add_test(tcase, without_fifo_one_character_is_held);
    tcase_add_test(tcase, the_trigger_level_raises_and_the_timeout_catches_the_rest);
    tcase_add_test(tcase, interrupts_have_their_priority);
    tcase_add_test(tcase, an_overrun_keeps_the_fifo);
    tcase_add_test(tcase, the_loop_returns_characters_and_modem_lines);
    tcase_add_test(tcase, the_fifo_is_found_and_cleared);
    tcase_add_test(tcase, pasting_100_kib_loses_nothing);
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 30);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
