/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_iodev_pflash.c - flash memory: commands of the data sheet (28F128J3), where it is
 * memory and where a device, what reaches the medium.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "iodev/pflash.h"
#include "tests/support/fake_ide.h"

#define BASE UINT64_C(0xfffe0000)
#define BYTES 0x20000u

static struct fake_board *board;
static struct memory_block *medium;
static struct pflash *flash;
static unsigned changes;

static void count_change(void *context, uint64_t first, uint64_t bytes)
{
    ck_assert_ptr_eq(context, board);
    ck_assert_uint_eq(first, BASE);
    ck_assert_uint_eq(bytes, BYTES);
    changes++;
}

static void set_up(void)
{
    board = fake_board_create(10000000);
    medium = memory_block_create(BYTES / BLOCK_SECTOR, true);
    flash = device_create(&board->list, &pflash_class);
    flash->map_changed = count_change;
    flash->map_context = board;
    pflash_setup(flash, &board->memory, BASE, BYTES);
    pflash_insert(flash, &medium->block);
    pflash_load(flash);
    device_reset_all(&board->list, RESET_POWER_ON);
    changes = 0;
}

static void tear_down(void)
{
    fake_board_destroy(board);
    block_close(&medium->block);
}

static void put(uint32_t at, uint8_t value)
{
    space_write(&board->memory, BASE + at, 1, value);
}

static uint8_t get(uint32_t at)
{
    return (uint8_t)space_read(&board->memory, BASE + at, 1);
}

static enum range_kind kind(void)
{
    return space_find(&board->memory, BASE)->kind;
}

START_TEST(it_is_memory_while_it_gives_its_contents)
{
    uint8_t *host = space_page(&board->memory, BASE + 0x1000, NULL);

    ck_assert_ptr_nonnull(host);
    ck_assert_uint_eq(space_read(&board->memory, BASE + 0x1008, 8),
                      UINT64_C(0x0000040300000402)); /* words are their number */
    put(0x1000, 0x70);
    ck_assert_int_eq(kind(), RANGE_DEVICE);
    ck_assert_ptr_null(space_page(&board->memory, BASE + 0x1000, NULL));
    ck_assert_uint_eq(changes, 1);
    ck_assert_uint_eq(get(0x1234), PFLASH_READY);
    ck_assert_uint_eq(space_read(&board->memory, BASE, 4), 0x80808080); /* four cycles of a byte */
    put(0x1000, 0xff);
    ck_assert_int_eq(kind(), RANGE_ROM);
    ck_assert_ptr_eq(space_page(&board->memory, BASE + 0x1000, NULL), host);
    ck_assert_uint_eq(changes, 2);
    put(0x1000, 0xff); /* already there */
    ck_assert_uint_eq(changes, 2);
    ck_assert_uint_eq(medium->writes, 0);
}
END_TEST

START_TEST(the_debugger_sees_what_the_processor_would)
{
    uint8_t byte;

    put(0, 0x90);
    ck_assert(space_peek(&board->memory, BASE, &byte, 1));
    ck_assert_uint_eq(byte, 0x89);
    put(0, 0xff);
    ck_assert(space_peek(&board->memory, BASE + 4, &byte, 1));
    ck_assert_uint_eq(byte, 1);
    ck_assert(!space_poke(&board->memory, BASE + 4, &byte, 1)); /* no way past the chip */
}
END_TEST

START_TEST(programming_makes_zeros)
{
    memset(medium->bytes + 0x600, 0xff, 2);
    pflash_load(flash);
    put(0x600, 0x40);
    put(0x600, 0xa5);
    ck_assert_uint_eq(get(0), PFLASH_READY);
    put(0x601, 0x10);
    put(0x601, 0x5a);
    put(0, 0xff);
    ck_assert_uint_eq(get(0x600), 0xa5);
    ck_assert_uint_eq(get(0x601), 0x5a);
    ck_assert_uint_eq(get(0x602), 0x00); /* its neighbours keep what they had */
    ck_assert_uint_eq(get(0x604), 0x81);
    ck_assert_mem_eq(medium->bytes, flash->bytes, BYTES);

    put(0x600, 0x40);
    put(0x600, 0xf0); /* bits 6 and 4 are zero and stay so */
    ck_assert_uint_eq(get(0), PFLASH_READY | PFLASH_PROGRAM_ERROR);
    put(0, 0x50);
    ck_assert_uint_eq(get(0x600), 0xa0);
    ck_assert_uint_eq(medium->bytes[0x600], 0xa0);
    put(0, 0x70);
    ck_assert_uint_eq(get(0), 0); /* cleared, ready bit and all */
}
END_TEST

START_TEST(a_block_is_erased_when_it_is_confirmed)
{
    put(0x1fff, 0x20);
    put(0x1fff, 0xd0);
    ck_assert_uint_eq(get(0x1fff), PFLASH_READY);
    put(0, 0xff);
    for (unsigned at = 0; at < PFLASH_BLOCK; at++)
        ck_assert_uint_eq(get(0x1000 + at), 0xff);
    ck_assert_uint_eq(get(0xffc), 0xff);
    ck_assert_uint_eq(get(0xffd), 0x03); /* word 3ffh */
    ck_assert_uint_eq(get(0x2001), 0x08);
    ck_assert_mem_eq(medium->bytes, flash->bytes, BYTES);

    put(0x3000, 0x20);
    put(0x3000, 0xff); /* not confirmed */
    ck_assert_uint_eq(get(0), PFLASH_READY | PFLASH_PROGRAM_ERROR | PFLASH_ERASE_ERROR);
    put(0, 0xff);
    ck_assert_uint_eq(get(0x3001), 0x0c);
}
END_TEST

START_TEST(the_buffer_is_programmed_at_once)
{
    memset(medium->bytes + 0x300, 0xff, 0x400);
    pflash_load(flash);
    put(0x380, 0xe8);
    ck_assert_uint_eq(get(0), PFLASH_READY); /* there is room */
    put(0x380, 255);
    for (unsigned i = 0; i < 256; i++)
        put(0x380 + i, (uint8_t)(i ^ 0x5a)); /* across two borders of sectors */
    ck_assert_uint_eq(medium->bytes[0x380], 0xff);
    put(0x380, 0xd0);
    ck_assert_uint_eq(get(0), PFLASH_READY);
    put(0, 0xff);
    ck_assert_uint_eq(get(0x37f), 0xff);
    for (unsigned i = 0; i < 256; i++)
        ck_assert_uint_eq(get(0x380 + i), i ^ 0x5a);
    ck_assert_uint_eq(get(0x480), 0xff);
    ck_assert_mem_eq(medium->bytes, flash->bytes, BYTES);
}
END_TEST

/* Backwards, with a hole, not confirmed, over the end of the chip. */
START_TEST(a_wrong_buffer_is_refused)
{
    const uint8_t wrong = PFLASH_READY | PFLASH_PROGRAM_ERROR | PFLASH_ERASE_ERROR;

    memset(medium->bytes, 0xff, BYTES);
    pflash_load(flash);
    put(0x10, 0xe8);
    put(0x10, 1);
    put(0x11, 1);
    put(0x10, 2); /* before the first */
    put(0x10, 0xd0);
    ck_assert_uint_eq(get(0), wrong);
    put(0, 0x50);
    put(0x10, 0xe8);
    put(0x10, 0);
    put(0x10, 0);
    put(0x10, 0xff);
    ck_assert_uint_eq(get(0), wrong);
    put(0, 0x50);
    put(BYTES - 1, 0xe8);
    put(BYTES - 1, 1);
    put(BYTES - 1, 0);
    put(BYTES - 1, 0); /* twice the same: the second is not given */
    put(BYTES - 1, 0xd0);
    ck_assert_uint_eq(get(0), wrong);
    ck_assert_uint_eq(medium->writes, 0);
}
END_TEST

START_TEST(what_is_protected_stays)
{
    medium->block.read_only = true;
    put(0x2000, 0x20);
    put(0x2000, 0xd0);
    ck_assert_uint_eq(get(0), PFLASH_READY | PFLASH_ERASE_ERROR | PFLASH_LOCKED);
    put(0, 0x50);
    put(0x2001, 0x40);
    put(0x2001, 0);
    ck_assert_uint_eq(get(0), PFLASH_READY | PFLASH_PROGRAM_ERROR | PFLASH_LOCKED);
    put(0, 0x90);
    ck_assert_uint_eq(get(0x2002), 1);
    put(0, 0xff);
    ck_assert_uint_eq(get(0x2001), 0x08);
    ck_assert_uint_eq(medium->writes, 0);
}
END_TEST

START_TEST(an_error_of_the_host_is_one_of_the_chip)
{
    medium->fails_at = 0x1200 / BLOCK_SECTOR;
    put(0x1000, 0x20);
    put(0x1000, 0xd0);
    ck_assert_uint_eq(get(0), PFLASH_READY | PFLASH_ERASE_ERROR);
    put(0, 0x50);
    put(0x1201, 0x40);
    put(0x1201, 0);
    ck_assert_uint_eq(get(0), PFLASH_READY | PFLASH_PROGRAM_ERROR);
    put(0, 0xff);
    ck_assert_uint_eq(get(0x1201), 0x04);
}
END_TEST

START_TEST(it_says_what_it_is)
{
    put(0, 0x90);
    ck_assert_uint_eq(get(0), 0x89);
    ck_assert_uint_eq(get(1), 0x18);
    ck_assert_uint_eq(get(2), 0);
    put(0x55, 0x98);
    ck_assert_uint_eq(get(0x10), 'Q');
    ck_assert_uint_eq(get(0x11), 'R');
    ck_assert_uint_eq(get(0x12), 'Y');
    ck_assert_uint_eq(get(0x13), 1);    /* command set 0001h */
    ck_assert_uint_eq(get(0x27), 17);   /* 2^17 bytes */
    ck_assert_uint_eq(get(0x2a), 8);    /* 2^8 in the buffer */
    ck_assert_uint_eq(get(0x2c), 1);    /* one region of */
    ck_assert_uint_eq(get(0x2d), 0x1f); /* 32 blocks */
    ck_assert_uint_eq(get(0x2e), 0);
    ck_assert_uint_eq(get(0x2f), 16); /* of 16 times 256 bytes */
    ck_assert_uint_eq(get(0x30), 0);
    ck_assert_uint_eq(get(0x31), 'P');
    ck_assert_uint_eq(get(0x0f), 0);
    ck_assert_uint_eq(get(0x1000), 0);
}
END_TEST

START_TEST(a_reset_gives_the_contents)
{
    put(0, 0xe8);
    put(0, 3);
    device_reset_all(&board->list, RESET_HARD);
    ck_assert_int_eq(kind(), RANGE_ROM);
    put(0, 0x70); /* a command again */
    ck_assert_uint_eq(get(0), PFLASH_READY);
}
END_TEST

/* A state holds the rows; whoever restores it has put the medium back before. */
START_TEST(a_restored_chip_reads_its_medium)
{
    put(0, 0x70);
    changes = 0;
    memset(medium->bytes + 0x5000, 0x77, 16);
    flash->mode = PFLASH_ARRAY;
    pflash_class.restored(&flash->dev);
    ck_assert_int_eq(kind(), RANGE_ROM);
    ck_assert_uint_eq(get(0x5003), 0x77);
    ck_assert_uint_eq(changes, 2); /* bytes and map */
    pflash_class.restored(&flash->dev);
    ck_assert_uint_eq(changes, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("iodev_pflash");
    TCase *tcase = tcase_create("iodev_pflash");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, it_is_memory_while_it_gives_its_contents);
    tcase_add_test(tcase, the_debugger_sees_what_the_processor_would);
    tcase_add_test(tcase, programming_makes_zeros);
    tcase_add_test(tcase, a_block_is_erased_when_it_is_confirmed);
    tcase_add_test(tcase, the_buffer_is_programmed_at_once);
    tcase_add_test(tcase, a_wrong_buffer_is_refused);
    tcase_add_test(tcase, what_is_protected_stays);
    tcase_add_test(tcase, an_error_of_the_host_is_one_of_the_chip);
    tcase_add_test(tcase, it_says_what_it_is);
    tcase_add_test(tcase, a_reset_gives_the_contents);
    tcase_add_test(tcase, a_restored_chip_reads_its_medium);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
