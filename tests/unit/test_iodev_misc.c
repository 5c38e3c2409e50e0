/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_iodev_misc.c - power management, debug ports, display, firmware configuration. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "iodev/debug_port.h"
#include "iodev/fw_cfg.h"
#include "iodev/isa_debug_exit.h"
#include "iodev/power.h"
#include "iodev/vga.h"
#include "tests/support/fake_board.h"
#include "util/bits.h"

static struct fake_board *board;

static void setup(void)
{
    board = fake_board_create(PM_TIMER_HZ);
}

static void teardown(void)
{
    fake_board_destroy(board);
}

static unsigned called;
static uint32_t called_with;

static void power_off(void *context)
{
    ck_assert_ptr_eq(context, board);
    called++;
}

static void exit_requested(void *context, uint32_t code)
{
    ck_assert_ptr_eq(context, board);
    called++;
    called_with = code;
}

/* Power management */

static struct power *power(struct fake_line *sci, struct fake_line *reset)
{
    struct power *dev = device_create(&board->list, &power_class);

    power_setup(dev, fake_pci(board));
    memset(sci, 0, sizeof *sci);
    memset(reset, 0, sizeof *reset);
    fake_connect(&dev->sci, sci);
    fake_connect(&dev->reset, reset);
    dev->power_off = power_off;
    dev->context = board;
    called = 0;
    device_reset_all(&board->list, RESET_POWER_ON);
    return dev;
}

START_TEST(sleep_enable_with_type_0_turns_off)
{
    struct fake_line sci, reset;

    power(&sci, &reset);
    ck_assert_uint_eq(fake_in16(board, 0x604), 0x0001); /* SCI_EN */
    fake_out16(board, 0x604, 0x3c00);                   /* another sleep type */
    ck_assert_uint_eq(called, 0);
    ck_assert_uint_eq(fake_in16(board, 0x604), 0x1c01);
    fake_out16(board, 0x604, 0x2000); /* what hobby systems write */
    ck_assert_uint_eq(called, 1);
}
END_TEST

START_TEST(the_power_button_raises_sci_when_enabled)
{
    struct fake_line sci, reset;
    struct power *dev = power(&sci, &reset);

    acpi_power_button(dev);
    ck_assert_uint_eq(fake_in16(board, 0x600), 0x0100);
    ck_assert(!sci.level);
    fake_out16(board, 0x602, 0x0100);
    ck_assert(sci.level);
    fake_out16(board, 0x600, 0x0100); /* ones clear */
    ck_assert(!sci.level);
    ck_assert_uint_eq(fake_in16(board, 0x600), 0);
    ck_assert_uint_eq(fake_in32(board, 0x600), 0x01000000);
}
END_TEST

START_TEST(the_pm_timer_counts_and_overflows)
{
    struct fake_line sci, reset;

    power(&sci, &reset);
    fake_run(board, 1000);
    ck_assert_uint_eq(fake_in32(board, 0x608), 1000);
    ck_assert_uint_eq(fake_in16(board, 0x608), 1000);
    ck_assert_uint_eq(clock_next_event(&board->clock), UINT64_MAX);
    fake_run(board, UINT64_C(0x80000000) - 1000);
    ck_assert_uint_eq(fake_in32(board, 0x608), 0x80000000);
    ck_assert_uint_eq(fake_in16(board, 0x600), 0x0001);
    fake_out16(board, 0x600, 0x0001);
    fake_out16(board, 0x602, 0x0001);
    ck_assert(!sci.level);
    fake_run(board, UINT64_C(0x80000000));
    ck_assert(sci.level);
    ck_assert_uint_eq(fake_in32(board, 0x608), 0);
}
END_TEST

START_TEST(port_cf9_resets_on_a_rising_edge)
{
    struct fake_line sci, reset;

    power(&sci, &reset);
    fake_out8(board, 0xcf9, 0x02);
    ck_assert_uint_eq(reset.rises, 0);
    fake_out8(board, 0xcf9, 0x06);
    ck_assert_uint_eq(reset.rises, 1);
    fake_out8(board, 0xcf9, 0x06);
    ck_assert_uint_eq(reset.rises, 1);
    ck_assert_uint_eq(fake_in8(board, 0xcf9), 0x06);
}
END_TEST

/* Debug ports */

START_TEST(the_debug_port_prints_and_is_found_by_reading)
{
    struct debug_port *one = device_create(&board->list, &debug_port_class);
    struct debug_port *two = device_create(&board->list, &debug_port_class);
    struct fake_serial serial;

    debug_port_setup(one, &board->ports, 0xe9, "debug_port");
    debug_port_setup(two, &board->ports, 0x402, "debugcon");
    fake_serial_init(&serial);
    one->output = &serial.line;
    ck_assert_uint_eq(fake_in8(board, 0xe9), 0xe9);
    ck_assert_uint_eq(fake_in8(board, 0x402), 0xe9);
    fake_out8(board, 0xe9, 'H');
    fake_out8(board, 0x402, 'x'); /* nobody listens */
    fake_out8(board, 0xe9, 'i');
    ck_assert_str_eq(buf_text(&serial.written), "Hi");
    ck_assert_uint_eq(one->written, 2);
    buf_free(&serial.written);
}
END_TEST

START_TEST(the_exit_port_hands_on_the_code)
{
    struct isa_debug_exit *dev = device_create(&board->list, &isa_debug_exit_class);

    isa_debug_exit_setup(dev, &board->ports, 0xf4, 4);
    fake_out8(board, 0xf4, 1); /* without a board: nothing */
    dev->exit_requested = exit_requested;
    dev->context = board;
    called = 0;
    fake_out32(board, 0xf4, 0x10);
    ck_assert_uint_eq(called, 1);
    ck_assert_uint_eq(called_with, 0x10);
    ck_assert_uint_eq(fake_in32(board, 0xf4), 0);
}
END_TEST

/* Display */

static struct vga *vga(void)
{
    struct vga *dev = device_create(&board->list, &vga_class);

    vga_plug_memory(dev, &board->memory, FAKE_RAM);
    device_reset_all(&board->list, RESET_POWER_ON);
    return dev;
}

static void crtc(uint8_t index, uint8_t value)
{
    fake_out16(board, 0x3d4, (uint16_t)(value << 8 | index));
}

START_TEST(text_is_seen_where_it_was_written)
{
    struct vga *dev = vga();
    char row[VGA_TEXT_COLUMNS + 1];

    vga_text_row(dev, 0, row);
    ck_assert_str_eq(row, "");
    for (unsigned i = 0; i < 5; i++)
        space_write(&board->memory, 0xb8000 + 2 * i, 2, 0x0700 | (uint8_t) "Hello"[i]);
    space_write(&board->memory, 0xb8000 + 160 * 24 + 158, 1, 'z');
    ck_assert_uint_eq(space_read(&board->memory, 0xb8000, 4), 0x07650748);
    vga_text_row(dev, 0, row);
    ck_assert_str_eq(row, "Hello");
    vga_text_row(dev, 24, row);
    ck_assert_uint_eq(strlen(row), 80);
    ck_assert_uint_eq(row[79], 'z');
    crtc(0x0d, 80); /* scrolled by a row */
    vga_text_row(dev, 23, row);
    ck_assert_uint_eq(row[79], 'z');
    crtc(0x0c, 0xff);
    vga_text_row(dev, 24, row); /* wraps around the memory, not beyond it */
    for (unsigned c = 0; c < 256; c++)
        space_write(&board->memory, 0xb8000 + 2 * c, 1, c);
    crtc(0x0c, 0);
    crtc(0x0d, 0);
    for (unsigned r = 0; r < 4; r++) {
        vga_text_row(dev, r, row);
        for (const char *p = row; *p; p++)
            ck_assert(*p >= 0x20 && *p < 0x7f);
    }
}
END_TEST

START_TEST(crtc_registers_are_read_back_and_protected)
{
    struct vga *dev = vga();
    unsigned column, row;

    ck_assert_uint_eq(vga_columns(dev), 80);
    ck_assert_uint_eq(vga_rows(dev), 25);
    crtc(0x0e, 0x07);
    crtc(0x0f, 0xcf);
    fake_out8(board, 0x3d4, 0x0f);
    ck_assert_uint_eq(fake_in8(board, 0x3d5), 0xcf);
    ck_assert_uint_eq(fake_in8(board, 0x3d4), 0x0f);
    ck_assert(vga_cursor(dev, &column, &row));
    ck_assert_uint_eq(column, 79);
    ck_assert_uint_eq(row, 24);
    crtc(0x0a, 0x20);
    ck_assert(!vga_cursor(dev, &column, &row));
    crtc(0x01, 0x27); /* protected by register 11h bit 7 */
    ck_assert_uint_eq(vga_columns(dev), 80);
    crtc(0x11, 0x0e);
    crtc(0x01, 0x27);
    ck_assert_uint_eq(vga_columns(dev), 40);
    ck_assert_uint_eq(fake_in8(board, 0x3b5), 0xff); /* colour is selected */
    fake_out8(board, 0x3c2, 0x66);
    ck_assert_uint_eq(fake_in8(board, 0x3cc), 0x66);
    ck_assert_uint_eq(fake_in8(board, 0x3d5), 0xff);
    ck_assert_uint_eq(fake_in8(board, 0x3b5), 0x27);
}
END_TEST

START_TEST(the_attribute_flip_flop_is_reset_by_status_1)
{
    vga();
    fake_in8(board, 0x3da);
    fake_out8(board, 0x3c0, 0x10); /* index 10h, palette open */
    fake_out8(board, 0x3c0, 0x04);
    fake_out8(board, 0x3c0, 0x13);
    fake_in8(board, 0x3da);
    fake_out8(board, 0x3c0, 0x05); /* an index again */
    fake_out8(board, 0x3c0, 0x3a);
    ck_assert_uint_eq(fake_in8(board, 0x3c1), 0x3a);
    fake_out8(board, 0x3c0, 0x30);
    ck_assert_uint_eq(fake_in8(board, 0x3c0), 0x30);
    ck_assert_uint_eq(fake_in8(board, 0x3c1), 0x04);
    fake_in8(board, 0x3da);
    fake_out8(board, 0x3c0, 0x25); /* palette in use: its registers are shut */
    fake_out8(board, 0x3c0, 0x11);
    ck_assert_uint_eq(fake_in8(board, 0x3c1), 0x3a);
}
END_TEST

START_TEST(the_dac_steps_through_components_and_colours)
{
    vga();
    fake_out8(board, 0x3c8, 10);
    for (unsigned i = 0; i < 6; i++)
        fake_out8(board, 0x3c9, (uint8_t)(0xc0 + i));
    ck_assert_uint_eq(fake_in8(board, 0x3c8), 12);
    fake_out8(board, 0x3c7, 10);
    for (unsigned i = 0; i < 6; i++)
        ck_assert_uint_eq(fake_in8(board, 0x3c9), i); /* 6 bits */
    ck_assert_uint_eq(fake_in8(board, 0x3c7), 3);
    fake_out8(board, 0x3c7, 255);
    for (unsigned i = 0; i < 6; i++)
        fake_in8(board, 0x3c9); /* around the end */
}
END_TEST

START_TEST(retrace_follows_virtual_time)
{
    unsigned retraces = 0, blanks = 0;
    bool last = false;

    vga();
    for (unsigned i = 0; i < 100000; i++) {
        bool retrace = fake_in8(board, 0x3da) & 8;

        retraces += retrace && !last;
        blanks += fake_in8(board, 0x3da) & 1;
        last = retrace;
        fake_run(board, PM_TIMER_HZ / 100000);
    }
    ck_assert_uint_ge(retraces, 68); /* 70.09 Hz in just under a second */
    ck_assert_uint_le(retraces, 71);
    ck_assert_uint_ge(blanks, 25000);
    ck_assert_uint_le(blanks, 32000);
}
END_TEST

/* Firmware configuration */

static struct fw_cfg *fw_cfg(void)
{
    struct fw_cfg *dev = device_create(&board->list, &fw_cfg_class);

    dev->memory = &board->memory;
    device_reset_all(&board->list, RESET_POWER_ON);
    return dev;
}

static void read_key(uint16_t key, void *to, unsigned count)
{
    fake_out16(board, 0x510, key);
    for (unsigned i = 0; i < count; i++)
        ((uint8_t *)to)[i] = fake_in8(board, 0x511);
}

static uint32_t big(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

START_TEST(firmware_finds_signature_and_numbers)
{
    struct fw_cfg *dev = fw_cfg();
    uint8_t bytes[12];

    read_key(0, bytes, 6);
    ck_assert_mem_eq(bytes, "QEMU\0\0", 6);
    read_key(1, bytes, 4);
    ck_assert_mem_eq(bytes, "\3\0\0\0", 4);
    fw_cfg_add_u16(dev, FW_CFG_NB_CPUS, 0x1234);
    fw_cfg_add_u32(dev, FW_CFG_KERNEL_SIZE, 0x12345678);
    fw_cfg_add_u64(dev, FW_CFG_RAM_SIZE, GIB(5));
    read_key(FW_CFG_NB_CPUS, bytes, 3);
    ck_assert_mem_eq(bytes, "\x34\x12\0", 3);
    read_key(FW_CFG_KERNEL_SIZE, bytes, 4);
    ck_assert_mem_eq(bytes, "\x78\x56\x34\x12", 4);
    read_key(FW_CFG_RAM_SIZE, bytes, 8);
    ck_assert_mem_eq(bytes, "\0\0\0\x40\1\0\0\0", 8);
    fw_cfg_add_u16(dev, FW_CFG_NB_CPUS, 2); /* the last one counts */
    read_key(FW_CFG_NB_CPUS, bytes, 2);
    ck_assert_mem_eq(bytes, "\2\0", 2);
    read_key(0x3777, bytes, 4);
    ck_assert_mem_eq(bytes, "\0\0\0\0", 4);
}
END_TEST

START_TEST(the_directory_lists_files_by_name)
{
    struct fw_cfg *dev = fw_cfg();
    uint8_t dir[4 + 3 * 64], bytes[8];
    char long_name[80];

    ck_assert_uint_eq(fw_cfg_add_file(dev, "etc/system-states", "abcdef", 6), 0x20);
    ck_assert_uint_eq(fw_cfg_add_file(dev, "bootorder", "xyz", 3), 0x21);
    ck_assert_uint_eq(fw_cfg_add_file(dev, "etc/e820", "12345678", 8), 0x22);
    ck_assert_uint_eq(fw_cfg_add_file(dev, "bootorder", "new", 3), 0x21);
    memset(long_name, 'a', sizeof long_name);
    long_name[56] = 0;
    ck_assert_uint_eq(fw_cfg_add_file(dev, long_name, "", 1), 0);
    ck_assert_uint_eq(fw_cfg_add_file(dev, "", "", 1), 0);
    read_key(FW_CFG_FILE_DIR, dir, sizeof dir);
    ck_assert_uint_eq(big(dir), 3);
    ck_assert_str_eq((char *)dir + 4 + 8, "bootorder");
    ck_assert_uint_eq(big(dir + 4), 3);
    ck_assert_uint_eq(big(dir + 8), 0x00210000);
    ck_assert_str_eq((char *)dir + 68 + 8, "etc/e820");
    ck_assert_uint_eq(big(dir + 68), 8);
    ck_assert_str_eq((char *)dir + 132 + 8, "etc/system-states");
    read_key(0x21, bytes, 4);
    ck_assert_mem_eq(bytes, "new\0", 4);
}
END_TEST

static uint32_t dma(uint32_t control, uint32_t length, uint64_t target)
{
    uint32_t command[4] = { __builtin_bswap32(control), __builtin_bswap32(length),
                            __builtin_bswap32((uint32_t)(target >> 32)),
                            __builtin_bswap32((uint32_t)target) };

    for (unsigned i = 0; i < 4; i++)
        space_write(&board->memory, 0x1000 + 4 * i, 4, command[i]);
    fake_out32(board, 0x514, 0);
    fake_out32(board, 0x518, __builtin_bswap32(0x1000));
    return __builtin_bswap32((uint32_t)space_read(&board->memory, 0x1000, 4));
}

START_TEST(dma_selects_skips_and_reads)
{
    struct fw_cfg *dev = fw_cfg();
    uint8_t bytes[16];

    ck_assert_uint_eq(fake_in32(board, 0x514), __builtin_bswap32(0x51454d55));
    ck_assert_uint_eq(fake_in32(board, 0x518), __builtin_bswap32(0x20434647));
    fw_cfg_add_file(dev, "file", "0123456789", 10);
    space_write(&board->memory, 0x200c, 1, 0x77);
    space_write(&board->memory, 0x200b, 1, 0x77);
    ck_assert_uint_eq(dma(0x0020000a, 12, 0x2000), 0);
    ck_assert(space_peek(&board->memory, 0x2000, bytes, 13));
    ck_assert_mem_eq(bytes, "0123456789\0\0\x77", 13);
    ck_assert_uint_eq(dma(0x0020000c, 4, 0), 0);
    ck_assert_uint_eq(dma(0x00000002, 3, 0x2000), 0);
    ck_assert(space_peek(&board->memory, 0x2000, bytes, 4));
    ck_assert_mem_eq(bytes, "4563", 4);
    ck_assert_uint_eq(dma(0x00200018, 4, 0x2000), 1); /* writing is refused */
    ck_assert_uint_eq(dma(0x0020000a, 0xffffffff, UINT64_C(0xfffffffffff00000)), 0); /* nowhere */
    ck_assert_uint_eq(fake_in8(board, 0x511), 0);
    fake_out8(board, 0x511, 5);
    fake_out8(board, 0x510, 5);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("misc");
    TCase *tcase = tcase_create("misc");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, sleep_enable_with_type_0_turns_off);
    tcase_add_test(tcase, the_power_button_raises_sci_when_enabled);
    tcase_add_test(tcase, the_pm_timer_counts_and_overflows);
    tcase_add_test(tcase, port_cf9_resets_on_a_rising_edge);
    tcase_add_test(tcase, the_debug_port_prints_and_is_found_by_reading);
    tcase_add_test(tcase, the_exit_port_hands_on_the_code);
    tcase_add_test(tcase, text_is_seen_where_it_was_written);
    tcase_add_test(tcase, crtc_registers_are_read_back_and_protected);
    tcase_add_test(tcase, the_attribute_flip_flop_is_reset_by_status_1);
    tcase_add_test(tcase, the_dac_steps_through_components_and_colours);
    tcase_add_test(tcase, retrace_follows_virtual_time);
    tcase_add_test(tcase, firmware_finds_signature_and_numbers);
    tcase_add_test(tcase, the_directory_lists_files_by_name);
    tcase_add_test(tcase, dma_selects_skips_and_reads);
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 30);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
