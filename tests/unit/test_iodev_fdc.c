/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_iodev_fdc.c - 82077AA floppy controller. Result bytes from its data sheet. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "iodev/fdc.h"
#include "tests/support/fake_ide.h"

static struct fake_board *board;
static struct fdc *fdc;
static struct dma *dma;
static struct fake_line irq;
static struct memory_block *medium; /* 1.44M, in drive 0 */
static uint8_t result[16];

enum { RQM = 0x80, DIO = 0x40, NO_DMA = 0x20, BUSY = 0x10 };
enum { BUFFER = 0x20000 };

static void setup(void)
{
    board = fake_board_create(10000000); /* ten ticks a microsecond */
    dma = device_create(&board->list, &dma_class);
    dma->memory = &board->memory;
    fdc = device_create(&board->list, &fdc_class);
    fdc->dma = dma;
    medium = memory_block_create(2880, true);
    fdc_plug(fdc, 0, &medium->block);
    memset(&irq, 0, sizeof irq);
    fake_connect(&fdc->irq, &irq);
    device_reset_all(&board->list, RESET_POWER_ON);
    fake_out8(board, 0xd6, 0xc0);
    fake_out8(board, 0xd4, 0x00);
}

static void teardown(void)
{
    block_close(&medium->block);
    fake_board_destroy(board);
}

static void send(const uint8_t *bytes, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        ck_assert_uint_eq(fake_in8(board, 0x3f4) & (RQM | DIO), RQM);
        fake_out8(board, 0x3f5, bytes[i]);
    }
}

#define SEND(...)                                                                                  \
    do {                                                                                           \
        const uint8_t bytes_[] = { __VA_ARGS__ };                                                  \
        send(bytes_, sizeof bytes_);                                                               \
    } while (0)

/* All result bytes; returns how many. */
static unsigned results(void)
{
    unsigned count = 0;

    while ((fake_in8(board, 0x3f4) & (RQM | DIO | BUSY)) == (RQM | DIO | BUSY))
        result[count++ % sizeof result] = fake_in8(board, 0x3f5);
    ck_assert_uint_eq(fake_in8(board, 0x3f4) & 0xf0, RQM);
    return count;
}

static void expect(unsigned count, const char *bytes)
{
    ck_assert_uint_eq(results(), count);
    ck_assert_mem_eq(result, bytes, count);
}

static void sense_all(void)
{
    for (unsigned i = 0; i < 4; i++) {
        SEND(0x08);
        ck_assert_uint_eq(results(), 2);
        ck_assert_uint_eq(result[0], 0xc0 | i);
        ck_assert_uint_eq(result[1], 0);
    }
}

/* As a driver starts: out of reset, motor on, rate, step rate 3 ms, DMA; heads at cylinder 0. */
static void start(void)
{
    fake_out8(board, 0x3f2, 0x1c);
    fake_run_us(board, 100);
    ck_assert(irq.level);
    sense_all();
    fake_out8(board, 0x3f7, 0x00);
    SEND(0x03, 0xdf, 0x02);
    ck_assert(!irq.level);
}

static void wait_irq(void)
{
    uint64_t end = fake_now(board) + 100000000;

    while (!irq.level && fake_now(board) < end)
        fake_run(board, clock_next_event(&board->clock) - fake_now(board));
    ck_assert(irq.level);
}

static void seek(unsigned drive, unsigned cylinder)
{
    SEND(0x0f, (uint8_t)drive, (uint8_t)cylinder);
    wait_irq();
    SEND(0x08);
    ck_assert_uint_eq(results(), 2);
    ck_assert_uint_eq(result[0], 0x20 | drive);
    ck_assert_uint_eq(result[1], cylinder);
}

static void program_dma(uint8_t mode, unsigned bytes)
{
    fake_out8(board, 0x0a, 6);
    fake_out8(board, 0x0c, 0);
    fake_out8(board, 0x0b, mode | 2);
    fake_out8(board, 0x04, (uint8_t)BUFFER);
    fake_out8(board, 0x04, (uint8_t)(BUFFER >> 8));
    fake_out8(board, 0x05, (uint8_t)(bytes - 1));
    fake_out8(board, 0x05, (uint8_t)((bytes - 1) >> 8));
    fake_out8(board, 0x81, BUFFER >> 16);
    fake_out8(board, 0x0a, 2);
}

enum { TO_MEMORY = 0x44, FROM_MEMORY = 0x48 };

static uint8_t *buffer(void)
{
    return board->ram.bytes + BUFFER;
}

static unsigned lba(unsigned c, unsigned h, unsigned s)
{
    return (c * 2 + h) * 18 + s - 1;
}

START_TEST(reset_interrupts_once_and_tells_of_four_drives)
{
    ck_assert_uint_eq(fake_in8(board, 0x3f4), 0); /* held in reset */
    fake_out8(board, 0x3f2, 0x0c);
    ck_assert_uint_eq(fake_in8(board, 0x3f4), RQM);
    ck_assert(!irq.level);
    fake_run_us(board, 100);
    ck_assert_uint_eq(irq.rises, 1);
    sense_all();
    ck_assert_uint_eq(irq.rises, 1);
    SEND(0x08);
    expect(1, "\x80");             /* nothing to tell: an invalid command */
    fake_out8(board, 0x3f4, 0x80); /* reset through the data rate register, ends by itself */
    fake_run_us(board, 100);
    ck_assert_uint_eq(irq.rises, 2);
    sense_all();
    SEND(0x13, 0, 0x30, 0); /* no polling */
    fake_out8(board, 0x3f4, 0x80);
    fake_run_us(board, 100);
    ck_assert_uint_eq(irq.rises, 2);
}
END_TEST

START_TEST(interrupts_pass_the_gate_of_the_output_register)
{
    fake_out8(board, 0x3f2, 0x04);
    fake_run_us(board, 100);
    ck_assert(!irq.level);
    fake_out8(board, 0x3f2, 0x0c);
    ck_assert(irq.level);
    fake_out8(board, 0x3f2, 0x04);
    ck_assert(!irq.level);
}
END_TEST

START_TEST(it_is_an_82077aa)
{
    start();
    SEND(0x10);
    expect(1, "\x90");
    SEND(0x18); /* part ID of an 82078 */
    expect(1, "\x80");
    SEND(0x00);
    expect(1, "\x80");
}
END_TEST

START_TEST(settings_are_dumped_locked_and_reset)
{
    start();
    SEND(0x13, 0, 0x57, 12);
    SEND(0x12, 0x80 | 0x04 | 0x03); /* drive 0 perpendicular, GAP, WGATE */
    SEND(0x94);
    expect(1, "\x10");
    SEND(0x0e);
    expect(10, "\0\0\0\0\xdf\x02\0\x87\x57\x0c");
    fake_out8(board, 0x3f4, 0x80);
    SEND(0x0e);
    expect(10, "\0\0\0\0\xdf\x02\0\x84\x57\x0c"); /* GAP and WGATE are off, the rest is locked */
    SEND(0x12, 0x02);
    SEND(0x14);
    expect(1, "\0");
    fake_out8(board, 0x3f2, 0x08);
    fake_out8(board, 0x3f2, 0x0c);
    SEND(0x0e);
    expect(10, "\0\0\0\0\xdf\x02\0\x04\x70\0");
    device_reset_all(&board->list, RESET_HARD);
    fake_out8(board, 0x3f2, 0x0c);
    SEND(0x0e);
    expect(10, "\0\0\0\0\0\0\0\0\x20\0");
}
END_TEST

START_TEST(seeks_take_a_step_rate_and_tell_where_they_ended)
{
    uint64_t before;

    start();
    before = fake_now(board);
    SEND(0x0f, 0x04, 20);
    ck_assert_uint_eq(fake_in8(board, 0x3f4), RQM | 1); /* drive 0 is busy, the controller is not */
    wait_irq();
    /* 20 steps of 3 ms, ten times as fast */
    ck_assert_uint_ge(fake_now(board) - before, 20 * 300 * 10);
    ck_assert_uint_le(fake_now(board) - before, 20 * 300 * 10 + 100);
    ck_assert_uint_eq(fake_in8(board, 0x3f4), RQM);
    SEND(0x08);
    expect(2, "\x24\x14");
    ck_assert(!irq.level);
    SEND(0xcf, 0x00, 3); /* relative, inwards */
    wait_irq();
    SEND(0x08);
    expect(2, "\x20\x17");
    SEND(0x8f, 0x00, 5);
    wait_irq();
    SEND(0x08);
    expect(2, "\x20\x12");
    SEND(0x07, 0x00);
    wait_irq();
    SEND(0x08);
    expect(2, "\x20\x00");
    SEND(0x04, 0x00);
    expect(1, "\x38"); /* track 0 */
}
END_TEST

START_TEST(two_seeks_at_once_are_told_one_by_one)
{
    start();
    fdc_plug(fdc, 1, NULL);
    SEND(0x0f, 0x00, 10);
    SEND(0x0f, 0x01, 10);
    ck_assert_uint_eq(fake_in8(board, 0x3f4), RQM | 3);
    fake_run_us(board, 10000);
    ck_assert_uint_eq(fake_in8(board, 0x3f4), RQM);
    SEND(0x08);
    expect(2, "\x20\x0a");
    ck_assert(irq.level); /* again, for the other */
    SEND(0x08);
    expect(2, "\x21\x0a");
    ck_assert(!irq.level);
}
END_TEST

START_TEST(recalibrate_gives_up_after_79_steps)
{
    start();
    seek(0, 82);
    SEND(0x07, 0x00);
    wait_irq();
    SEND(0x08);
    expect(2, "\x70\x00"); /* equipment check, abnormal */
    SEND(0x07, 0x00);
    wait_irq();
    SEND(0x08);
    expect(2, "\x20\x00");
    SEND(0x07, 0x01); /* no such drive */
    wait_irq();
    SEND(0x08);
    expect(2, "\x71\x00");
}
END_TEST

START_TEST(read_data_by_dma_ends_with_the_terminal_count)
{
    uint64_t before;

    start();
    seek(0, 5);
    program_dma(TO_MEMORY, 3 * 512);
    before = fake_now(board);
    SEND(0x46, 0x04, 5, 1, 2, 2, 18, 0x1b, 0xff);
    ck_assert_uint_eq(fake_in8(board, 0x3f4), BUSY);
    wait_irq();
    ck_assert_mem_eq(buffer(), medium->bytes + lba(5, 1, 2) * 512, 3 * 512);
    ck_assert_uint_ge(fake_now(board) - before, 3 * 11000); /* three of 18 in 20 ms */
    ck_assert_uint_le(fake_now(board) - before, 3 * 11200);
    ck_assert_uint_eq(fake_in8(board, 0x3f4), RQM | DIO | BUSY);
    fake_in8(board, 0x3f5);
    ck_assert(!irq.level); /* the first byte of the result lets it go */
    ck_assert_uint_eq(results(), 6);
    ck_assert_mem_eq(result, "\0\0\5\1\5\2", 6);
}
END_TEST

/* MT, TC: where a transfer ends decides what the result names. Data sheet, "Result Phase Table". */
START_TEST(the_result_names_the_sector_after_the_last)
{
    static const struct {
        uint8_t command, head, sector, sectors;
        const char *result;
    } cases[] = {
        { 0x46, 0, 3, 2, "\x00\0\0\x09\0\x05\2" },
        { 0x46, 0, 17, 2, "\x00\0\0\x0a\0\x01\2" },
        { 0x46, 1, 17, 2, "\x04\0\0\x0a\1\x01\2" },
        { 0xc6, 0, 17, 1, "\x00\0\0\x09\0\x12\2" },
        { 0xc6, 0, 17, 2, "\x00\0\0\x09\1\x01\2" },
        { 0xc6, 0, 17, 3, "\x04\0\0\x09\1\x02\2" },
        { 0xc6, 1, 17, 2, "\x04\0\0\x0a\0\x01\2" },
        { 0xc6, 0, 1, 36, "\x04\0\0\x0a\0\x01\2" },
        /* behind the end of the cylinder: EN */
        { 0x46, 0, 17, 3, "\x40\x80\0\x0a\0\x01\2" },
        { 0xc6, 1, 17, 3, "\x44\x80\0\x0a\0\x01\2" },
    };

    start();
    seek(0, 9);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t head = cases[i].head;

        program_dma(TO_MEMORY, cases[i].sectors * 512u);
        SEND(cases[i].command, (uint8_t)(head << 2), 9, head, cases[i].sector, 2, 18, 0x1b, 0xff);
        wait_irq();
        ck_assert_uint_eq(results(), 7);
        ck_assert_msg(!memcmp(result, cases[i].result, 7), "case %u: %02x %02x %02x  %u %u %u %u",
                      i, result[0], result[1], result[2], result[3], result[4], result[5],
                      result[6]);
    }
    ck_assert_mem_eq(buffer(), medium->bytes + lba(9, 1, 17) * 512, 1024);
}
END_TEST

START_TEST(write_data_reaches_the_medium)
{
    start();
    seek(0, 79);
    memset(buffer(), 0x5a, 1024);
    program_dma(FROM_MEMORY, 700); /* a part of a sector is filled up with zeros */
    SEND(0xc5, 0x00, 79, 0, 18, 2, 18, 0x1b, 0xff);
    wait_irq();
    expect(7, "\x04\0\0\x4f\1\2\2");
    ck_assert_mem_eq(medium->bytes + lba(79, 0, 18) * 512, buffer(), 512);
    ck_assert_mem_eq(medium->bytes + lba(79, 1, 1) * 512, buffer(), 188);
    ck_assert_uint_eq(medium->bytes[lba(79, 1, 1) * 512 + 188], 0);
    ck_assert_uint_eq(medium->bytes[lba(79, 1, 1) * 512 + 511], 0);
    ck_assert_uint_eq(medium->writes, 2);
}
END_TEST

START_TEST(what_is_not_found_says_why)
{
    static const struct {
        uint8_t command[9];
        uint8_t rate;
        const char *result;
    } cases[] = {
        { { 0x46, 0, 9, 0, 19, 2, 18, 0x1b, 0xff }, 0, "\x40\x04\0" },  /* no sector 19 */
        { { 0x46, 0, 9, 0, 0, 2, 18, 0x1b, 0xff }, 0, "\x40\x04\0" },   /* they start at 1 */
        { { 0x46, 0, 8, 0, 1, 2, 18, 0x1b, 0xff }, 0, "\x40\x04\x10" }, /* wrong cylinder */
        { { 0x46, 0, 9, 1, 1, 2, 18, 0x1b, 0xff }, 0, "\x40\x04\0" },   /* head field */
        { { 0x46, 0, 9, 0, 1, 3, 18, 0x1b, 0xff }, 0, "\x40\x04\0" },   /* size */
        { { 0x46, 0, 9, 0, 1, 2, 18, 0x1b, 0xff }, 2, "\x40\x01\0" },   /* 250 kbit/s */
        { { 0x06, 0, 9, 0, 1, 2, 18, 0x1b, 0xff }, 0, "\x40\x01\0" },   /* FM */
        { { 0x45, 0, 9, 0, 19, 2, 18, 0x1b, 0xff }, 0, "\x40\x04\0" },
    };

    start();
    seek(0, 9);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t before = fake_now(board);

        fake_out8(board, 0x3f7, cases[i].rate);
        program_dma(cases[i].command[0] == 0x45 ? FROM_MEMORY : TO_MEMORY, 512);
        send(cases[i].command, 9);
        wait_irq();
        ck_assert_uint_ge(fake_now(board) - before, 2 * 20000 * 10); /* two revolutions */
        ck_assert_uint_eq(results(), 7);
        ck_assert_msg(!memcmp(result, cases[i].result, 3), "case %u: %02x %02x %02x", i, result[0],
                      result[1], result[2]);
    }
    ck_assert_uint_eq(medium->writes, 0);
}
END_TEST

START_TEST(a_drive_that_does_not_turn_keeps_the_command)
{
    start();
    fake_out8(board, 0x3f2, 0x0c); /* motor off */
    program_dma(TO_MEMORY, 512);
    SEND(0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    fake_run_us(board, 10000000);
    ck_assert(!irq.level);
    ck_assert_uint_eq(fake_in8(board, 0x3f4), BUSY);
    ck_assert_ptr_nonnull(strstr(fake_describe(board, &fdc->dev), "does not turn (motor off)"));
    fake_out8(board, 0x3f2, 0x1c); /* index pulses at last */
    wait_irq();
    expect(7, "\0\0\0\0\0\2\2");
    fdc_change(fdc, 0, NULL);
    SEND(0x4a, 0);
    fake_run_us(board, 10000000);
    ck_assert(!irq.level);
    fake_out8(board, 0x3f2, 0x18); /* only a reset helps */
    fake_out8(board, 0x3f2, 0x1c);
    fake_run_us(board, 100);
    sense_all();
}
END_TEST

START_TEST(write_protection_and_errors_of_the_host)
{
    start();
    medium->fails_at = lba(0, 0, 2);
    program_dma(TO_MEMORY, 1024);
    SEND(0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    wait_irq();
    expect(7, "\x40\x20\x20\0\0\2\2");
    program_dma(FROM_MEMORY, 512);
    SEND(0x45, 0, 0, 0, 2, 2, 18, 0x1b, 0xff);
    wait_irq();
    expect(7, "\x40\x20\0\0\0\2\2");
    medium->block.read_only = true;
    SEND(0x04, 0);
    expect(1, "\x78");
    SEND(0x45, 0, 0, 0, 3, 2, 18, 0x1b, 0xff);
    wait_irq();
    expect(7, "\x40\x02\0\0\0\3\2");
    SEND(0x4d, 0, 2, 18, 0x54, 0xf6);
    wait_irq();
    ck_assert_uint_eq(results(), 7);
    ck_assert_uint_eq(result[1], 0x02);
}
END_TEST

START_TEST(dma_that_is_not_ready_is_an_overrun)
{
    start();
    program_dma(TO_MEMORY, 512);
    fake_out8(board, 0x0a, 6);
    SEND(0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    fake_run_us(board, 1200);
    ck_assert_uint_eq(fake_in8(board, 0x08) & 0x40, 0x40); /* it asks */
    wait_irq();
    expect(7, "\x40\x10\0\0\0\1\2");
    ck_assert_uint_eq(fake_in8(board, 0x08) & 0x40, 0);
    SEND(0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    fake_run_us(board, 1200);
    fake_out8(board, 0x0a, 2); /* just in time */
    wait_irq();
    expect(7, "\0\0\0\0\0\2\2");
}
END_TEST

static unsigned pio_interrupts;

/* Move a sector without DMA, in bursts that raise the line. */
static void pio(bool in, uint8_t *bytes, unsigned count, unsigned burst)
{
    unsigned done = 0;

    pio_interrupts = 0;
    while (done < count) {
        unsigned n = 0;

        wait_irq();
        pio_interrupts++;
        while (done < count && fake_in8(board, 0x3f4) == (RQM | NO_DMA | BUSY | (in ? DIO : 0))) {
            if (in)
                bytes[done] = fake_in8(board, 0x3f5);
            else
                fake_out8(board, 0x3f5, bytes[done]);
            done++;
            n++;
        }
        ck_assert_uint_eq(n, done < count || count % burst == 0 ? burst : count % burst);
    }
}

START_TEST(bytes_move_without_dma_in_bursts_of_the_fifo)
{
    uint8_t bytes[512];

    start();
    SEND(0x03, 0xdf, 0x03);
    SEND(0x46, 0, 0, 0, 4, 2, 4, 0x1b, 0xff);
    pio(true, bytes, 512, 1);
    ck_assert_uint_eq(pio_interrupts, 512);
    ck_assert_mem_eq(bytes, medium->bytes + 3 * 512, 512);
    wait_irq();
    expect(7, "\x40\x80\0\1\0\1\2"); /* without a terminal count it runs into the end */
    SEND(0x13, 0, 0x07, 0);
    memset(bytes, 0xa5, sizeof bytes);
    SEND(0x45, 0, 0, 0, 6, 2, 6, 0x1b, 0xff);
    pio(false, bytes, 512, 8);
    ck_assert_uint_eq(pio_interrupts, 64);
    ck_assert_mem_eq(bytes, medium->bytes + 5 * 512, 512);
    results();
    SEND(0x13, 0, 0x0f, 0);
    SEND(0x46, 0, 0, 0, 6, 2, 6, 0x1b, 0xff);
    pio(true, bytes, 512, 1);
}
END_TEST

START_TEST(read_id_tells_what_passes)
{
    unsigned seen = 0;

    start();
    seek(0, 33);
    for (unsigned i = 0; i < 40; i++) {
        SEND(0x4a, 0x04);
        wait_irq();
        ck_assert_uint_eq(results(), 7);
        ck_assert_mem_eq(result, "\x04\0\0\x21\1", 5);
        ck_assert(result[5] >= 1 && result[5] <= 18 && result[6] == 2);
        seen |= 1u << result[5];
    }
    ck_assert_uint_eq(seen, 0x7fffe); /* all 18 */
    fake_out8(board, 0x3f7, 3);
    SEND(0x4a, 0x00);
    wait_irq();
    ck_assert_uint_eq(results(), 7);
    ck_assert_mem_eq(result, "\x40\x01\0", 3);
}
END_TEST

START_TEST(format_track_fills_the_sectors_that_are_named)
{
    start();
    seek(0, 2);
    for (unsigned i = 0; i < 18; i++)
        memcpy(buffer() + i * 4, (uint8_t[]){ 2, 1, (uint8_t)(18 - i), 2 }, 4);
    program_dma(FROM_MEMORY, 72);
    SEND(0x4d, 0x04, 2, 18, 0x54, 0xf6);
    wait_irq();
    ck_assert_uint_eq(results(), 7);
    ck_assert_mem_eq(result, "\x04\0\0", 3);
    ck_assert_uint_eq(medium->writes, 18);
    for (unsigned i = 0; i < 18 * 512; i++)
        ck_assert_uint_eq(medium->bytes[lba(2, 1, 1) * 512 + i], 0xf6);
    ck_assert_mem_eq(medium->bytes + lba(3, 0, 1) * 512, "\0\x36", 2);
    memcpy(buffer(), (uint8_t[]){ 2, 1, 19, 2, 7, 1, 1, 2 }, 8); /* IDs that an image cannot hold */
    program_dma(FROM_MEMORY, 8);
    SEND(0x4d, 0x04, 2, 2, 0x54, 0x11);
    wait_irq();
    ck_assert_uint_eq(results(), 7);
    ck_assert_uint_eq(medium->writes, 18);
}
END_TEST

START_TEST(verify_moves_nothing)
{
    start();
    SEND(0x56, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
    wait_irq();
    expect(7, "\0\0\0\1\0\1\2");
    SEND(0xd6, 0x80, 0, 0, 17, 2, 18, 0x1b, 5); /* a count of sectors, both sides */
    wait_irq();
    expect(7, "\4\0\0\0\1\4\2");
    SEND(0x56, 0x80, 0, 0, 17, 2, 18, 0x1b, 5); /* more than there are */
    wait_irq();
    expect(7, "\x40\x80\0\1\0\1\2");
    SEND(0x56, 0x00, 0, 0, 1, 2, 19, 0x1b, 0xff);
    wait_irq();
    expect(7, "\x40\4\0\0\0\x13\2");
}
END_TEST

START_TEST(read_track_takes_the_sectors_as_they_come)
{
    start();
    program_dma(TO_MEMORY, 18 * 512);
    SEND(0x42, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
    wait_irq();
    expect(7, "\0\0\0\0\0\x13\2");
    ck_assert_mem_eq(buffer(), medium->bytes, 18 * 512);
    program_dma(TO_MEMORY, 2 * 512);
    SEND(0x42, 0x00, 0, 0, 7, 2, 18, 0x1b, 0xff); /* other numbers than those on the track */
    wait_irq();
    expect(7, "\0\4\0\0\0\x09\2");
    ck_assert_mem_eq(buffer(), medium->bytes, 1024);
}
END_TEST

START_TEST(there_are_no_deleted_marks)
{
    start();
    program_dma(TO_MEMORY, 1024);
    SEND(0x4c, 0x00, 0, 0, 5, 2, 18, 0x1b, 0xff);
    wait_irq();
    expect(7, "\0\0\x40\0\0\5\2"); /* read, marked, no further sector */
    ck_assert_mem_eq(buffer(), medium->bytes + 4 * 512, 512);
    memset(buffer(), 0, 512);
    SEND(0x6c, 0x00, 0, 0, 17, 2, 18, 0x1b, 0xff);
    wait_irq();
    expect(7, "\x40\x80\x40\1\0\1\2"); /* all were skipped */
    ck_assert_uint_eq(buffer()[4], 0);
}
END_TEST

START_TEST(scan_compares)
{
    static const struct {
        uint8_t command, change;
        const char *result; /* of sectors 3 and 4, where the host has sector 4's bytes, changed */
    } cases[] = {
        { 0x51, 0x00, "\0\0\x08\0\0\4\2" }, /* equal: hit in sector 4 */
        { 0x51, 0x7f, "\0\0\x04\1\0\1\2" }, /* not satisfied */
        { 0x59, 0x7f, "\0\0\x00\0\0\3\2" }, /* disk lower: at once */
        { 0x5d, 0x00, "\0\0\x08\0\0\4\2" }, /* disk higher: not sector 3, but 4 is equal */
        { 0x51, 0xff, "\0\0\x08\0\0\4\2" }, /* FFh is any byte */
    };

    start();
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (unsigned n = 0; n < 2; n++) {
            memcpy(buffer() + n * 512, medium->bytes + 3 * 512, 512);
            if (cases[i].change)
                buffer()[n * 512 + 1] = cases[i].change;
        }
        program_dma(FROM_MEMORY, 4096);
        SEND(cases[i].command, 0, 0, 0, 3, 2, 4, 0x1b, 1);
        wait_irq();
        ck_assert_uint_eq(results(), 7);
        ck_assert_msg(!memcmp(result, cases[i].result, 7), "case %u: %02x %02x %02x %u %u %u", i,
                      result[0], result[1], result[2], result[3], result[4], result[5]);
    }
}
END_TEST

START_TEST(implied_seeks_move_the_heads)
{
    start();
    SEND(0x13, 0, 0x60, 0);
    program_dma(TO_MEMORY, 512);
    SEND(0x46, 0, 40, 0, 1, 2, 18, 0x1b, 0xff);
    wait_irq();
    expect(7, "\0\0\0\x28\0\2\2");
    ck_assert_uint_eq(fdc->drive[0].cylinder, 40);
    ck_assert_mem_eq(buffer(), medium->bytes + lba(40, 0, 1) * 512, 512);
}
END_TEST

START_TEST(the_change_line_falls_with_a_step)
{
    start();
    ck_assert_uint_eq(fake_in8(board, 0x3f7) & 0x80, 0x80); /* since power-on */
    SEND(0x07, 0);
    wait_irq();
    ck_assert_uint_eq(fake_in8(board, 0x3f7) & 0x80, 0x80); /* no step was made */
    SEND(0x08);
    results();
    seek(0, 1);
    ck_assert_uint_eq(fake_in8(board, 0x3f7) & 0x80, 0);
    fdc_change(fdc, 0, NULL);
    seek(0, 0);
    ck_assert_uint_eq(fake_in8(board, 0x3f7) & 0x80, 0x80); /* nothing in it */
    fdc_change(fdc, 0, &medium->block);
    ck_assert_uint_eq(fake_in8(board, 0x3f7) & 0x80, 0x80);
    seek(0, 1);
    ck_assert_uint_eq(fake_in8(board, 0x3f7) & 0x80, 0);
    fdc_change(fdc, 0, &medium->block);
    fake_out8(board, 0x3f2, 0x0c); /* not selected without its motor */
    ck_assert_uint_eq(fake_in8(board, 0x3f7) & 0x80, 0);
}
END_TEST

START_TEST(sizes_give_formats)
{
    static const struct {
        unsigned kib;
        const char *name;
        uint8_t drive, rate;
    } cases[] = {
        { 160, "160K", 1, 2 },   { 180, "180K", 1, 2 },   { 320, "320K", 1, 2 },
        { 360, "360K", 1, 2 },   { 720, "720K", 4, 2 },   { 1200, "1.2M", 2, 0 },
        { 1440, "1.44M", 4, 0 }, { 1680, "1.68M", 4, 0 }, { 2880, "2.88M", 6, 3 },
    };

    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct fdc_format *format = fdc_format_for(cases[i].kib * 2);

        ck_assert_str_eq(format->name, cases[i].name);
        ck_assert_uint_eq(format->cylinders * format->heads * format->per_track, format->sectors);
        ck_assert_uint_eq(format->drive, cases[i].drive);
        ck_assert_uint_eq(format->rate, cases[i].rate);
        ck_assert_ptr_eq(format, fdc_format_for(cases[i].kib * 2 - 1)); /* images may be short */
    }
    ck_assert_ptr_null(fdc_format_for(5761));
    ck_assert_uint_eq(fdc_drive_types(fdc), 0x40);
}
END_TEST

START_TEST(short_images_read_as_zeros_behind_their_end)
{
    struct memory_block *little =
        memory_block_create(721, true); /* 720K, one sector of the 2nd half */

    fdc_plug(fdc, 1, &little->block);
    start();
    fake_out8(board, 0x3f2, 0x2d);
    fake_out8(board, 0x3f7, 2);
    seek(1, 40);
    memset(buffer(), 0xee, 1024);
    program_dma(TO_MEMORY, 1024);
    SEND(0x46, 0x01, 40, 0, 1, 2, 9, 0x1b, 0xff);
    wait_irq();
    ck_assert_uint_eq(results(), 7);
    ck_assert_mem_eq(result, "\1\0\0", 3);
    ck_assert_mem_eq(buffer(), little->bytes + 720 * 512, 512);
    for (unsigned i = 512; i < 1024; i++)
        ck_assert_uint_eq(buffer()[i], 0);
    program_dma(FROM_MEMORY, 512);
    SEND(0x45, 0x01, 40, 0, 2, 2, 9, 0x1b, 0xff);
    wait_irq();
    ck_assert_uint_eq(results(), 7);
    ck_assert_uint_eq(result[1], 0x20);
    block_close(&little->block);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("iodev_fdc");
    TCase *tcase = tcase_create("fdc");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, reset_interrupts_once_and_tells_of_four_drives);
    tcase_add_test(tcase, interrupts_pass_the_gate_of_the_output_register);
    tcase_add_test(tcase, it_is_an_82077aa);
    tcase_add_test(tcase, settings_are_dumped_locked_and_reset);
    tcase_add_test(tcase, seeks_take_a_step_rate_and_tell_where_they_ended);
    tcase_add_test(tcase, two_seeks_at_once_are_told_one_by_one);
    tcase_add_test(tcase, recalibrate_gives_up_after_79_steps);
    tcase_add_test(tcase, read_data_by_dma_ends_with_the_terminal_count);
    tcase_add_test(tcase, the_result_names_the_sector_after_the_last);
    tcase_add_test(tcase, write_data_reaches_the_medium);
    tcase_add_test(tcase, what_is_not_found_says_why);
    tcase_add_test(tcase, a_drive_that_does_not_turn_keeps_the_command);
    tcase_add_test(tcase, write_protection_and_errors_of_the_host);
    tcase_add_test(tcase, dma_that_is_not_ready_is_an_overrun);
    tcase_add_test(tcase, bytes_move_without_dma_in_bursts_of_the_fifo);
    tcase_add_test(tcase, read_id_tells_what_passes);
    tcase_add_test(tcase, format_track_fills_the_sectors_that_are_named);
    tcase_add_test(tcase, verify_moves_nothing);
    tcase_add_test(tcase, read_track_takes_the_sectors_as_they_come);
    tcase_add_test(tcase, there_are_no_deleted_marks);
    tcase_add_test(tcase, scan_compares);
    tcase_add_test(tcase, implied_seeks_move_the_heads);
    tcase_add_test(tcase, the_change_line_falls_with_a_step);
    tcase_add_test(tcase, sizes_give_formats);
    tcase_add_test(tcase, short_images_read_as_zeros_behind_their_end);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
