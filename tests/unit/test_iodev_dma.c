/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_iodev_dma.c - 8237A DMA controllers. Values from the data sheet. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "iodev/dma.h"
#include "tests/support/fake_board.h"

static struct fake_board *board;
static struct dma *dma;

enum { DEMAND = 0x00, SINGLE = 0x40, BLOCK = 0x80, CASCADE = 0xc0 };
enum { VERIFY = 0x00, WRITE = 0x04, READ = 0x08, AUTO = 0x10, DOWN = 0x20 };

static void setup(void)
{
    board = fake_board_create(1000000);
    dma = device_create(&board->list, &dma_class);
    dma->memory = &board->memory;
    device_reset_all(&board->list, RESET_POWER_ON);
    fake_out8(board, 0xd6, CASCADE); /* as the firmware opens channels 0-3 */
    fake_out8(board, 0xd4, 0);
}

static void teardown(void)
{
    fake_board_destroy(board);
}

/* As a driver does: mask, mode, page, address, count, unmask. */
static void program(unsigned channel, uint8_t mode, uint32_t address, uint32_t units)
{
    static const uint16_t page[] = { 0x87, 0x83, 0x81, 0x82, 0x8f, 0x8b, 0x89, 0x8a };
    bool wide = channel >= 4;
    uint16_t base = wide ? 0xc0 : 0, step = wide ? 2 : 1;
    uint16_t low = (uint16_t)(wide ? address >> 1 : address);

    fake_out8(board, base + 10 * step, (uint8_t)(4 | (channel & 3)));
    fake_out8(board, base + 12 * step, 0);
    fake_out8(board, base + 11 * step, (uint8_t)(mode | (channel & 3)));
    fake_out8(board, (uint16_t)(base + (channel & 3) * 2 * step), (uint8_t)low);
    fake_out8(board, (uint16_t)(base + (channel & 3) * 2 * step), (uint8_t)(low >> 8));
    fake_out8(board, (uint16_t)(base + ((channel & 3) * 2 + 1) * step), (uint8_t)(units - 1));
    fake_out8(board, (uint16_t)(base + ((channel & 3) * 2 + 1) * step),
              (uint8_t)((units - 1) >> 8));
    fake_out8(board, page[channel], (uint8_t)(address >> 16));
    fake_out8(board, base + 10 * step, (uint8_t)(channel & 3));
}

static uint16_t counter(uint16_t port)
{
    uint16_t value;

    fake_out8(board, port >= 0xc0 ? 0xd8 : 0x0c, 0);
    value = fake_in8(board, port);
    return (uint16_t)(value | fake_in8(board, port) << 8);
}

START_TEST(a_device_writes_to_memory_until_the_terminal_count)
{
    uint8_t data[16] = "0123456789abcdef";
    bool end;

    program(2, SINGLE | WRITE, 0x1234f, 10);
    ck_assert_uint_eq(dma_move(dma, 2, data, 4, true, &end), 4);
    ck_assert(!end);
    ck_assert_uint_eq(counter(4), 0x2353);
    ck_assert_uint_eq(counter(5), 5);
    ck_assert_uint_eq(fake_in8(board, 8), 0);
    ck_assert_uint_eq(dma_move(dma, 2, data + 4, 12, true, &end), 6);
    ck_assert(end);
    ck_assert_mem_eq(board->ram.bytes + 0x1234f, "0123456789\0", 11);
    ck_assert_uint_eq(fake_in8(board, 0x0f), 0x0f); /* masked itself again */
    ck_assert_uint_eq(fake_in8(board, 8), 0x04);    /* terminal count ... */
    ck_assert_uint_eq(fake_in8(board, 8), 0x00);    /* ... read once */
    ck_assert_uint_eq(counter(5), 0xffff);
    ck_assert_uint_eq(dma_move(dma, 2, data, 4, true, &end), 0);
}
END_TEST

START_TEST(a_device_reads_from_memory)
{
    uint8_t data[8] = { 0 };
    bool end;

    memcpy(board->ram.bytes + 0x20000, "sector", 6);
    program(1, SINGLE | READ, 0x20000, 6);
    ck_assert(!dma_ready(dma, 1, true));
    ck_assert_uint_eq(dma_move(dma, 1, data, 8, true, &end), 0);
    ck_assert_uint_eq(dma_move(dma, 1, data, 8, false, &end), 6);
    ck_assert(end);
    ck_assert_mem_eq(data, "sector\0\0", 8);
}
END_TEST

START_TEST(auto_initialisation_starts_anew)
{
    uint8_t data[10] = "abcdefghij";
    bool end;

    program(3, DEMAND | WRITE | AUTO, 0x30000, 4);
    ck_assert_uint_eq(dma_move(dma, 3, data, 10, true, &end), 4); /* stops at the count */
    ck_assert(end);
    ck_assert_uint_eq(counter(7), 3);
    ck_assert_uint_eq(counter(6), 0);
    ck_assert_uint_eq(fake_in8(board, 0x0f), 0x07); /* not masked */
    ck_assert_uint_eq(dma_move(dma, 3, data + 4, 4, true, &end), 4);
    ck_assert_mem_eq(board->ram.bytes + 0x30000, "efgh", 4);
}
END_TEST

START_TEST(addresses_wrap_within_their_64_kib)
{
    uint8_t data[4] = "wxyz";
    bool end;

    program(2, SINGLE | WRITE, 0x1fffe, 4);
    ck_assert_uint_eq(dma_move(dma, 2, data, 4, true, &end), 4);
    ck_assert_mem_eq(board->ram.bytes + 0x1fffe, "wx\0", 3); /* 20000h untouched */
    ck_assert_mem_eq(board->ram.bytes + 0x10000, "yz\0", 3);
    program(2, SINGLE | WRITE | DOWN, 0x30001, 4);
    ck_assert_uint_eq(dma_move(dma, 2, data, 4, true, &end), 4);
    ck_assert_mem_eq(board->ram.bytes + 0x30000, "xw", 2);
    ck_assert_mem_eq(board->ram.bytes + 0x3fffe, "zy", 2);
}
END_TEST

START_TEST(channels_5_to_7_move_words_in_128_kib)
{
    uint8_t data[8] = "01234567";
    bool end;

    program(6, SINGLE | WRITE, 0x5fffc, 4); /* page 5: its lowest bit is not used */
    ck_assert_uint_eq(dma_move(dma, 6, data, 8, true, &end), 8);
    ck_assert(end);
    ck_assert_mem_eq(board->ram.bytes + 0x5fffc, "0123", 4);
    ck_assert_mem_eq(board->ram.bytes + 0x40000, "4567", 4);
    program(5, SINGLE | WRITE, 0x60000, 4);
    ck_assert_uint_eq(dma_move(dma, 5, data, 3, true, &end), 2); /* no half words */
    ck_assert_uint_eq(counter(0xc6), 2);
}
END_TEST

START_TEST(verify_counts_and_touches_nothing)
{
    uint8_t data[4] = { 1, 2, 3, 4 };
    bool end;

    program(2, SINGLE | VERIFY, 0x40000, 4);
    ck_assert_uint_eq(dma_move(dma, 2, data, 4, true, &end), 4);
    ck_assert(end);
    ck_assert_mem_eq(board->ram.bytes + 0x40000, "\0\0\0\0", 4);
    program(2, SINGLE | VERIFY, 0x40000, 4);
    ck_assert_uint_eq(dma_move(dma, 2, data, 4, false, &end), 4);
    ck_assert_mem_eq(data, "\xff\xff\xff\xff", 4);
}
END_TEST

START_TEST(nothing_outside_memory_is_touched)
{
    uint8_t data[8] = "abcdefgh";
    bool end;

    program(2, SINGLE | WRITE, FAKE_RAM - 4, 8); /* the page ends at 1 MiB: wraps to F0000h */
    ck_assert_uint_eq(dma_move(dma, 2, data, 8, true, &end), 8);
    ck_assert_mem_eq(board->ram.bytes + FAKE_RAM - 4, "abcd", 4);
    ck_assert_mem_eq(board->ram.bytes + FAKE_RAM - 0x10000, "efgh", 4);
    program(2, SINGLE | READ, 0x800000, 8); /* nobody there */
    ck_assert_uint_eq(dma_move(dma, 2, data, 8, false, &end), 8);
    ck_assert(end);
    ck_assert_mem_eq(data, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
    program(2, SINGLE | WRITE, 0x800000, 8);
    ck_assert_uint_eq(dma_move(dma, 2, data, 8, true, &end), 8);
}
END_TEST

static unsigned reported;

static void code_written(void *context, phys_addr pa, uint64_t bytes)
{
    ck_assert_ptr_eq(context, board);
    ck_assert_uint_eq(pa, 0x5000);
    ck_assert_uint_eq(bytes, 4);
    reported++;
}

START_TEST(pages_of_code_are_reported)
{
    uint8_t data[4] = { 0 };
    bool end;

    reported = 0;
    board->ram.code_written = code_written;
    board->ram.context = board;
    board->ram.marks[5] |= RAM_CODE;
    program(2, SINGLE | WRITE, 0x5000, 4);
    dma_move(dma, 2, data, 4, true, &end);
    ck_assert_uint_eq(reported, 1);
    ck_assert(ram_is_dirty(&board->ram, 5));
}
END_TEST

START_TEST(masks_commands_and_the_cascade_hold_transfers)
{
    program(2, SINGLE | WRITE, 0x5000, 4);
    ck_assert(dma_ready(dma, 2, true));
    fake_out8(board, 0x0a, 6);
    ck_assert(!dma_ready(dma, 2, true));
    fake_out8(board, 0x0e, 0); /* clear all masks */
    ck_assert(dma_ready(dma, 2, true));
    fake_out8(board, 0x0f, 0x04);
    ck_assert(!dma_ready(dma, 2, true));
    fake_out8(board, 0x0f, 0x00);
    fake_out8(board, 0x08, 0x04); /* controller off */
    ck_assert(!dma_ready(dma, 2, true));
    fake_out8(board, 0x08, 0x00);
    ck_assert(dma_ready(dma, 2, true));
    fake_out8(board, 0xd4, 0x04); /* channel 4 masked */
    ck_assert(!dma_ready(dma, 2, true));
    fake_out8(board, 0xd4, 0x00);
    fake_out8(board, 0x0d, 0); /* master clear: all masked */
    ck_assert_uint_eq(fake_in8(board, 0x0f), 0x0f);
    ck_assert(!dma_ready(dma, 2, true));
}
END_TEST

START_TEST(request_lines_show_in_the_status)
{
    dma_set_request(dma, 2, true);
    dma_set_request(dma, 7, true);
    ck_assert_uint_eq(fake_in8(board, 0x08), 0x40);
    ck_assert_uint_eq(fake_in8(board, 0xd0), 0x80);
    device_reset_all(&board->list, RESET_HARD);
    ck_assert_uint_eq(fake_in8(board, 0x08), 0x40); /* the device's business */
    dma_set_request(dma, 2, false);
    ck_assert_uint_eq(fake_in8(board, 0x08), 0);
}
END_TEST

START_TEST(software_requests_move_a_block)
{
    program(3, BLOCK | WRITE, 0x6000, 3);
    fake_out8(board, 0x0f, 0x0f); /* a mask does not hold them */
    fake_out8(board, 0x09, 0x07);
    ck_assert_mem_eq(board->ram.bytes + 0x6000, "\xff\xff\xff\0", 4);
    ck_assert_uint_eq(fake_in8(board, 8), 0x08); /* done, no request any more */
}
END_TEST

START_TEST(memory_goes_to_memory_through_channels_0_and_1)
{
    memcpy(board->ram.bytes + 0x7000, "block", 5);
    program(0, BLOCK | READ, 0x7000, 5);
    program(1, BLOCK | WRITE, 0x9000, 5);
    fake_out8(board, 0x08, 0x01);
    fake_out8(board, 0x09, 0x04);
    ck_assert_mem_eq(board->ram.bytes + 0x9000, "block\0", 6);
    ck_assert_uint_eq(fake_in8(board, 0x0d), 'k'); /* temporary register */
    ck_assert_uint_eq(fake_in8(board, 8) & 2, 2);
    program(0, BLOCK | READ, 0x7000, 1);
    program(1, BLOCK | WRITE, 0x9000, 4);
    fake_out8(board, 0x08, 0x03); /* channel 0 stays: a fill */
    fake_out8(board, 0x09, 0x04);
    ck_assert_mem_eq(board->ram.bytes + 0x9000, "bbbbk", 5);
}
END_TEST

START_TEST(page_registers_keep_what_is_written)
{
    for (unsigned i = 0; i < 16; i++)
        fake_out8(board, (uint16_t)(0x80 + i), (uint8_t)(0xa0 + i));
    for (unsigned i = 0; i < 16; i++)
        ck_assert_uint_eq(fake_in8(board, (uint16_t)(0x80 + i)), 0xa0 + i);
    ck_assert_ptr_nonnull(strstr(fake_describe(board, &dma->dev), "POST code (port 80h): 0xa0\n"));
    ck_assert_ptr_nonnull(strstr(fake_describe(board, &dma->dev), "channel 4: cascade\n"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("iodev_dma");
    TCase *tcase = tcase_create("dma");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_device_writes_to_memory_until_the_terminal_count);
    tcase_add_test(tcase, a_device_reads_from_memory);
    tcase_add_test(tcase, auto_initialisation_starts_anew);
    tcase_add_test(tcase, addresses_wrap_within_their_64_kib);
    tcase_add_test(tcase, channels_5_to_7_move_words_in_128_kib);
    tcase_add_test(tcase, verify_counts_and_touches_nothing);
    tcase_add_test(tcase, nothing_outside_memory_is_touched);
    tcase_add_test(tcase, pages_of_code_are_reported);
    tcase_add_test(tcase, masks_commands_and_the_cascade_hold_transfers);
    tcase_add_test(tcase, request_lines_show_in_the_status);
    tcase_add_test(tcase, software_requests_move_a_block);
    tcase_add_test(tcase, memory_goes_to_memory_through_channels_0_and_1);
    tcase_add_test(tcase, page_registers_keep_what_is_written);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
