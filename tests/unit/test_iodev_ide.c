/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_iodev_ide.c - IDE channels and commands of disks by PIO. */
#include <check.h>
#include <stdlib.h>

#include "tests/support/fake_ide.h"
#include "util/bits.h"

static struct fake_ide f;
static struct fake_board *board;

enum { SECTORS = 4096, LBA = ATA_LBA, READY = ATA_DRDY | ATA_DSC };
#define PLENTY (UINT64_C(1) << 48)

static void setup(void)
{
    fake_ide_create(&f, memory_block_create(SECTORS, true), NULL);
    board = f.board;
}

static void teardown(void)
{
    fake_ide_destroy(&f);
}

static uint8_t status(void)
{
    return fake_in8(board, 0x3f6);
}

static uint8_t wait(void)
{
    return fake_ide_wait(&f, 0x1f0);
}

/* Status and error after a command that takes no data. */
static unsigned result(uint8_t device, uint32_t lba, uint8_t count, uint8_t command)
{
    fake_ide_command(&f, device, lba, count, command);
    wait();
    return (unsigned)fake_in8(board, 0x1f7) << 8 | fake_in8(board, 0x1f1);
}

enum {
    FINE = READY << 8,
    ABORTED = (READY | ATA_ERR) << 8 | ATA_ABRT,
    NOT_FOUND = (READY | ATA_ERR) << 8 | ATA_IDNF,
    BAD = (READY | ATA_ERR) << 8 | ATA_UNC
};

static uint32_t lba_now(void)
{
    return (uint32_t)fake_in8(board, 0x1f3) | (uint32_t)fake_in8(board, 0x1f4) << 8 |
           (uint32_t)fake_in8(board, 0x1f5) << 16 | (fake_in8(board, 0x1f6) & 15u) << 24;
}

/* One DRQ block of so many sectors that begin with word number `first`. */
static void expect_words(uint32_t first, unsigned sectors)
{
    for (uint32_t i = 0; i < sectors * 128; i++)
        ck_assert_uint_eq(fake_in32(board, 0x1f0), first + i);
}

static void identify(uint8_t *id)
{
    fake_ide_command(&f, 0, 0, 0, 0xec);
    ck_assert_uint_eq(wait(), READY | ATA_DRQ);
    for (unsigned i = 0; i < 512; i += 2)
        store_le16(id + i, fake_in16(board, 0x1f0));
    ck_assert_uint_eq(status(), READY);
}

static unsigned word(const uint8_t *id, unsigned index)
{
    return load_le16(id + 2 * index);
}

/* Registers */

START_TEST(the_ports_are_shut_until_pci_opens_them)
{
    device_reset_all(&board->list, RESET_HARD);
    ck_assert_uint_eq(fake_in8(board, 0x1f7), 0xff);
    fake_config_write(board, PCI_DEVFN(1, 1), 0x40, 2, 0x8000);
    ck_assert_uint_eq(fake_in8(board, 0x1f7), 0xff);
    fake_config_write(board, PCI_DEVFN(1, 1), PCI_COMMAND, 2, 1);
    ck_assert_uint_eq(fake_in8(board, 0x1f7), READY);
    ck_assert_uint_eq(fake_in8(board, 0x177), 0xff);
    ck_assert_uint_eq(fake_config_read(board, PCI_DEVFN(1, 1), 0, 4), 0x70108086);
    ck_assert_uint_eq(fake_config_read(board, PCI_DEVFN(1, 1), 8, 4), 0x01018000);
}
END_TEST

START_TEST(device_0_answers_for_a_missing_device_1)
{
    fake_out8(board, 0x1f6, ATA_DEV1);
    ck_assert_uint_eq(fake_in8(board, 0x1f7), 0);
    fake_out8(board, 0x1f2, 0x55);
    ck_assert_uint_eq(fake_in8(board, 0x1f2), 0x55);
    fake_out8(board, 0x1f7, 0xec); /* nobody executes it */
    fake_run_us(board, 1000);
    ck_assert_uint_eq(fake_in8(board, 0x1f7), 0);
    ck_assert_uint_eq(f.irq[0].rises, 0);
    f.channel[1]->drive[0] = NULL; /* a cable with nothing on it */
    ck_assert_uint_eq(fake_in8(board, 0x177), 0x7f);
    fake_out8(board, 0x172, 0x55);
    ck_assert_uint_eq(fake_in8(board, 0x172), 0x7f);
    fake_out8(board, 0x177, 0xec);
    ck_assert_uint_eq(fake_in16(board, 0x170), 0x7f7f);
}
END_TEST

START_TEST(identify_tells_size_and_abilities)
{
    uint8_t id[512];

    identify(id);
    ck_assert_uint_eq(word(id, 0), 0x0040);
    ck_assert_uint_eq(word(id, 1), SECTORS / 1008);
    ck_assert_uint_eq(word(id, 60) | word(id, 61) << 16, SECTORS);
    ck_assert_uint_eq(word(id, 100), SECTORS);
    ck_assert_uint_eq(word(id, 83) & 0xc400, 0x4400);
    ck_assert_uint_eq(word(id, 49) & 0x0300, 0x0300);
    ck_assert_mem_eq(id + 54, "IVRTNI EAHDRIDKS", 16);
    ck_assert_uint_eq(f.irq[0].rises, 1);
}
END_TEST

START_TEST(more_than_28_bits_are_told_and_reached)
{
    uint8_t id[512];
    uint64_t last = PLENTY - 1;

    fake_ide_destroy(&f);
    fake_ide_create(&f, numbered_block_create(PLENTY), NULL);
    board = f.board;
    identify(id);
    ck_assert_uint_eq(word(id, 60) | word(id, 61) << 16, 0x0fffffff);
    ck_assert_uint_eq(load_le64(id + 200), PLENTY);
    ck_assert_uint_eq(word(id, 1), 16383);
    fake_ide_command48(&f, last, 1, 0x24);
    ck_assert_uint_eq(wait(), READY | ATA_DRQ);
    ck_assert_uint_eq(fake_in32(board, 0x1f0), last & 0xffffffff);
    ck_assert_uint_eq(fake_in32(board, 0x1f0), last >> 32);
    for (unsigned i = 2; i < 128; i++)
        fake_in32(board, 0x1f0);
    ck_assert_uint_eq(status(), READY);
    fake_ide_command48(&f, last, 2, 0x24); /* one sector, and then an error */
    ck_assert_uint_eq(wait(), READY | ATA_DRQ);
    for (unsigned i = 0; i < 128; i++)
        fake_in32(board, 0x1f0);
    ck_assert_uint_eq(wait(), READY | ATA_ERR);
    ck_assert_uint_eq(fake_in8(board, 0x1f1), ATA_IDNF);
    ck_assert_uint_eq(result(LBA, 0, 0, 0xf8), FINE);
    ck_assert_uint_eq(lba_now(), 0x0fffffff);
    fake_ide_command48(&f, 0, 0, 0x27);
    wait();
    ck_assert_uint_eq(fake_in8(board, 0x1f5), 0xff);
    fake_out8(board, 0x3f6, ATA_HOB);
    ck_assert_uint_eq(fake_in8(board, 0x1f5), 0xff);
    ck_assert_uint_eq(fake_in8(board, 0x1f3), 0xff);
    fake_ide_command48(&f, 0x123456, 0, 0x42); /* 65536 sectors */
    wait();
    ck_assert_uint_eq(lba_now() & 0xffffff, 0x133455);
}
END_TEST

/* PIO */

START_TEST(reading_interrupts_for_each_block)
{
    fake_ide_command(&f, LBA, 7, 2, 0x20);
    ck_assert_uint_eq(status() & ATA_BSY, ATA_BSY); /* nothing at once */
    fake_run_us(board, 15);
    ck_assert_uint_eq(status() & ATA_BSY, ATA_BSY);
    fake_run_us(board, 10);
    ck_assert_uint_eq(status(), READY | ATA_DRQ);
    ck_assert(f.irq[0].level);
    ck_assert_uint_eq(fake_in8(board, 0x1f7), READY | ATA_DRQ); /* answers the interrupt */
    ck_assert(!f.irq[0].level);
    expect_words(7 * 128, 1);
    ck_assert_uint_eq(wait(), READY | ATA_DRQ);
    ck_assert_uint_eq(f.irq[0].rises, 2);
    expect_words(8 * 128, 1);
    ck_assert_uint_eq(status(), READY);
    fake_run_us(board, 1000);
    ck_assert_uint_eq(f.irq[0].rises, 2);
    ck_assert_uint_eq(fake_in8(board, 0x1f2), 0);
    ck_assert_uint_eq(lba_now(), 8);
    ck_assert_uint_eq(fake_in16(board, 0x1f0), 0); /* no data, no harm */
}
END_TEST

START_TEST(data_is_read_in_any_width)
{
    fake_ide_command(&f, LBA, 1, 1, 0x20);
    wait();
    ck_assert_uint_eq(fake_in8(board, 0x1f0), 0x80);
    ck_assert_uint_eq(fake_in16(board, 0x1f0), 0x0000);
    ck_assert_uint_eq(fake_in8(board, 0x1f0), 0x00);
    ck_assert_uint_eq(fake_in32(board, 0x1f0), 0x81);
    ck_assert_uint_eq(fake_in8(board, 0x1f6), 0xa0 | LBA);
    ck_assert_uint_eq(fake_in16(board, 0x1f2), 0x0100); /* count and LBA low side by side */
}
END_TEST

START_TEST(writing_asks_for_each_block)
{
    fake_ide_command(&f, LBA, 100, 2, 0x30);
    ck_assert_uint_eq(wait(), READY | ATA_DRQ);
    ck_assert_uint_eq(f.irq[0].rises, 0); /* the first comes without an interrupt */
    for (uint32_t i = 0; i < 128; i++)
        fake_out32(board, 0x1f0, ~i);
    ck_assert_uint_eq(status() & ATA_BSY, ATA_BSY);
    ck_assert_uint_eq(wait(), READY | ATA_DRQ);
    ck_assert_uint_eq(f.irq[0].rises, 1);
    fake_in8(board, 0x1f7);
    for (uint32_t i = 0; i < 256; i++)
        fake_out16(board, 0x1f0, (uint16_t)(i + 5));
    ck_assert_uint_eq(wait(), READY);
    ck_assert_uint_eq(f.irq[0].rises, 2);
    ck_assert_uint_eq(load_le32(f.disk_medium->bytes + 100 * 512 + 4 * 127), ~127u);
    ck_assert_uint_eq(load_le16(f.disk_medium->bytes + 101 * 512 + 510), 255 + 5);
    ck_assert_uint_eq(load_le32(f.disk_medium->bytes + 102 * 512), 102 * 128);
}
END_TEST

START_TEST(read_multiple_takes_as_many_as_were_set)
{
    ck_assert_uint_eq(result(LBA, 0, 4, 0xc4), ABORTED);
    ck_assert_uint_eq(result(0, 0, 3, 0xc6), ABORTED);
    ck_assert_uint_eq(result(0, 0, 32, 0xc6), ABORTED);
    ck_assert_uint_eq(result(0, 0, 4, 0xc6), FINE);
    f.irq[0].rises = 0;
    fake_ide_command(&f, LBA, 3, 6, 0xc4);
    wait();
    expect_words(3 * 128, 4);
    ck_assert_uint_eq(wait(), READY | ATA_DRQ);
    fake_in8(board, 0x1f7);
    ck_assert_uint_eq(f.irq[0].rises, 1);
    expect_words(7 * 128, 2);
    ck_assert_uint_eq(status(), READY);
    fake_ide_command48(&f, 50, 5, 0x39);
    wait();
    for (uint32_t i = 0; i < 4 * 128; i++)
        fake_out32(board, 0x1f0, i);
    ck_assert_uint_eq(wait(), READY | ATA_DRQ);
    for (uint32_t i = 0; i < 128; i++)
        fake_out32(board, 0x1f0, i + 512);
    ck_assert_uint_eq(wait(), READY);
    ck_assert_uint_eq(load_le32(f.disk_medium->bytes + 54 * 512 + 508), 512 + 127);
    ck_assert_uint_eq(result(0, 0, 0, 0xc6), FINE);
    ck_assert_uint_eq(result(LBA, 0, 4, 0xc4), ABORTED);
}
END_TEST

START_TEST(a_count_of_0_is_256_sectors)
{
    ck_assert_uint_eq(result(LBA, 10, 0, 0x40), FINE);
    ck_assert_uint_eq(lba_now(), 10 + 255);
}
END_TEST

/* Addresses */

START_TEST(cylinders_heads_and_sectors_are_translated)
{
    fake_ide_command(&f, 0, 0, 0, 0x91);
    ck_assert_uint_eq(result(0, 0, 0, 0x91), ABORTED);
    ck_assert_uint_eq(result(3, 0, 17, 0x91), FINE); /* 4 heads, 17 sectors */
    fake_ide_command(&f, 2, 1 << 8 | 5, 1, 0x20);    /* cylinder 1, head 2, sector 5 */
    wait();
    expect_words(((1 * 4 + 2) * 17 + 4) * 128, 1);
    ck_assert_uint_eq(result(0, 0, 1, 0x20), NOT_FOUND); /* there is no sector 0 */
    ck_assert_uint_eq(result(0, 18, 1, 0x20), NOT_FOUND);
    ck_assert_uint_eq(result(4, 1, 1, 0x20), NOT_FOUND);
    ck_assert_uint_eq(result(0, 0xffff << 8 | 1, 1, 0x20), NOT_FOUND);
    ck_assert_uint_eq(result(3, 0 << 8 | 17, 2, 0x40), FINE); /* over the end of a cylinder */
    ck_assert_uint_eq(lba_now() & 0xffffff, 1 << 8 | 1);
    ck_assert_uint_eq(fake_in8(board, 0x1f6) & 15, 0);
}
END_TEST

START_TEST(sectors_behind_the_end_are_not_found)
{
    ck_assert_uint_eq(result(LBA, SECTORS, 1, 0x20), NOT_FOUND);
    ck_assert_uint_eq(lba_now(), SECTORS);
    ck_assert_uint_eq(result(LBA, 0xfffffff, 0, 0x20), NOT_FOUND);
    ck_assert_uint_eq(result(LBA, SECTORS - 2, 4, 0x40), NOT_FOUND);
    ck_assert_uint_eq(lba_now(), SECTORS);
    ck_assert_uint_eq(fake_in8(board, 0x1f2), 2);
    ck_assert_uint_eq(result(LBA, SECTORS, 0, 0x70), NOT_FOUND);
    ck_assert_uint_eq(result(LBA, SECTORS - 1, 0, 0x70), FINE);
    fake_ide_command48(&f, UINT64_C(0xffffffffffff), 1, 0x24);
    wait();
    ck_assert_uint_eq(fake_in8(board, 0x1f1), ATA_IDNF);
    fake_ide_command(&f, LBA, SECTORS - 1, 2, 0x30);
    wait();
    for (unsigned i = 0; i < 128; i++)
        fake_out32(board, 0x1f0, i);
    ck_assert_uint_eq(wait(), READY | ATA_DRQ);
    for (unsigned i = 0; i < 128; i++)
        fake_out32(board, 0x1f0, i);
    ck_assert_uint_eq(wait(), READY | ATA_ERR);
    ck_assert_uint_eq(fake_in8(board, 0x1f1), ATA_IDNF);
}
END_TEST

START_TEST(the_medium_s_errors_are_told)
{
    f.disk_medium->fails_at = 20;
    ck_assert_uint_eq(result(LBA, 20, 1, 0x20), BAD);
    ck_assert_uint_eq(lba_now(), 20);
    fake_ide_command(&f, LBA, 20, 1, 0x30);
    wait();
    for (unsigned i = 0; i < 128; i++)
        fake_out32(board, 0x1f0, i);
    wait();
    ck_assert_uint_eq(fake_in8(board, 0x1f1), ATA_UNC);
    f.disk_medium->block.read_only = true;
    fake_ide_command(&f, LBA, 21, 1, 0x30);
    wait();
    for (unsigned i = 0; i < 128; i++)
        fake_out32(board, 0x1f0, i);
    wait();
    ck_assert_uint_eq(fake_in8(board, 0x1f1), ATA_ABRT);
    ck_assert_uint_eq(load_le32(f.disk_medium->bytes + 21 * 512), 21 * 128);
}
END_TEST

/* Commands without data */

START_TEST(commands_without_data)
{
    uint8_t id[512];

    ck_assert_uint_eq(result(0, 0, 0, 0x00), ABORTED);
    ck_assert_uint_eq(result(0, 0, 0, 0x08), ABORTED); /* a disk has no DEVICE RESET */
    ck_assert_uint_eq(result(0, 0, 0, 0xa0), ABORTED);
    ck_assert_uint_eq(result(0, 0, 0, 0xff), ABORTED);
    ck_assert_uint_eq(result(0, 0, 0, 0x10), FINE);
    ck_assert_uint_eq(result(0, 0, 0, 0xe7), FINE);
    ck_assert_uint_eq(result(0, 0, 0, 0xea), FINE);
    ck_assert_uint_eq(f.disk_medium->flushes, 2);
    ck_assert_uint_eq(result(0, 0, 0, 0xe5), FINE);
    ck_assert_uint_eq(fake_in8(board, 0x1f2), 0xff);
    ck_assert_uint_eq(result(0, 0, 0, 0xe2), FINE);
    ck_assert_uint_eq(result(0, 0, 0, 0xe5), FINE);
    ck_assert_uint_eq(fake_in8(board, 0x1f2), 0x00);
    ck_assert_uint_eq(result(0, 0, 0, 0xe1), FINE);
    ck_assert_uint_eq(result(0, 0, 0, 0x98), FINE);
    ck_assert_uint_eq(fake_in8(board, 0x1f2), 0x80);
    fake_out8(board, 0x1f1, 0x03);
    ck_assert_uint_eq(result(0, 0, 0x22, 0xef), FINE);
    fake_out8(board, 0x1f1, 0x03);
    ck_assert_uint_eq(result(0, 0, 0x23, 0xef), ABORTED);
    fake_out8(board, 0x1f1, 0x82);
    ck_assert_uint_eq(result(0, 0, 0, 0xef), FINE);
    fake_out8(board, 0x1f1, 0x77);
    ck_assert_uint_eq(result(0, 0, 0, 0xef), ABORTED);
    identify(id);
    ck_assert_uint_eq(word(id, 63), 0x0407);
    ck_assert_uint_eq(word(id, 85) & 0x20, 0);
}
END_TEST

START_TEST(a_sleeping_disk_is_woken_by_reset_only)
{
    ck_assert_uint_eq(result(0, 0, 0, 0xe6), FINE);
    fake_ide_command(&f, 0, 0, 0, 0xe5);
    fake_run_us(board, 1000);
    ck_assert_uint_eq(f.irq[0].rises, 1);
    fake_out8(board, 0x3f6, ATA_SRST);
    fake_out8(board, 0x3f6, 0);
    wait();
    ck_assert_uint_eq(result(0, 0, 0, 0xe5), FINE);
    ck_assert_uint_eq(fake_in8(board, 0x1f2), 0x00);
}
END_TEST

START_TEST(smart_says_that_all_is_well)
{
    unsigned sum = 0;

    fake_out8(board, 0x1f1, 0xda);
    ck_assert_uint_eq(result(0, 0xc24f00, 0, 0xb0), FINE);
    ck_assert_uint_eq(lba_now() & 0xffff00, 0xc24f00);
    fake_out8(board, 0x1f1, 0xda);
    ck_assert_uint_eq(result(0, 0x123400, 0, 0xb0), ABORTED);
    fake_out8(board, 0x1f1, 0xd0);
    fake_ide_command(&f, 0, 0xc24f00, 1, 0xb0);
    wait();
    for (unsigned i = 0; i < 512; i++)
        sum += fake_in8(board, 0x1f0);
    ck_assert_uint_eq(sum & 0xff, 0);
    fake_out8(board, 0x1f1, 0xd9);
    ck_assert_uint_eq(result(0, 0xc24f00, 0, 0xb0), FINE);
    fake_out8(board, 0x1f1, 0xda);
    ck_assert_uint_eq(result(0, 0xc24f00, 0, 0xb0), ABORTED);
}
END_TEST

START_TEST(diagnostic_and_reset_show_the_signature)
{
    fake_ide_command(&f, LBA, 0x123456, 9, 0x90);
    ck_assert_uint_eq(wait(), READY);
    ck_assert_uint_eq(fake_in8(board, 0x1f1), 0x01);
    ck_assert_uint_eq(fake_in8(board, 0x1f2), 1);
    ck_assert_uint_eq(lba_now(), 1);
    ck_assert_uint_eq(f.irq[0].rises, 1);
    fake_ide_command(&f, LBA, 5, 8, 0x20); /* reset in the middle of a transfer */
    wait();
    fake_in32(board, 0x1f0);
    fake_out8(board, 0x3f6, ATA_SRST);
    fake_run_us(board, 100000);
    ck_assert_uint_eq(status(), ATA_BSY); /* as long as it is held */
    ck_assert(!f.irq[0].level);
    fake_out8(board, 0x3f6, 0);
    ck_assert_uint_eq(wait(), READY);
    ck_assert_uint_eq(lba_now(), 1);
    ck_assert_uint_eq(fake_in16(board, 0x1f0), 0);
}
END_TEST

START_TEST(nien_shuts_the_line)
{
    fake_out8(board, 0x3f6, ATA_NIEN);
    fake_ide_command(&f, 0, 0, 0, 0xe7);
    wait();
    ck_assert(!f.irq[0].level);
    fake_out8(board, 0x3f6, 0);
    ck_assert(f.irq[0].level);
    fake_out8(board, 0x1f6, ATA_DEV1); /* another drive, another request */
    ck_assert(!f.irq[0].level);
    fake_out8(board, 0x1f6, 0);
    ck_assert(f.irq[0].level);
    fake_in8(board, 0x3f6); /* the alternate status does not answer */
    ck_assert(f.irq[0].level);
    fake_in8(board, 0x1f7);
    ck_assert(!f.irq[0].level);
}
END_TEST

START_TEST(a_busy_drive_takes_no_command)
{
    fake_ide_command(&f, LBA, 7, 1, 0x20);
    fake_ide_command(&f, LBA, 9, 1, 0x20);
    wait();
    fake_ide_command(&f, LBA, 9, 1, 0xe7);
    expect_words(7 * 128, 1);
    ck_assert_uint_eq(status(), READY);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("iodev_ide");
    TCase *tcase = tcase_create("iodev_ide");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, the_ports_are_shut_until_pci_opens_them);
    tcase_add_test(tcase, device_0_answers_for_a_missing_device_1);
    tcase_add_test(tcase, identify_tells_size_and_abilities);
    tcase_add_test(tcase, more_than_28_bits_are_told_and_reached);
    tcase_add_test(tcase, reading_interrupts_for_each_block);
    tcase_add_test(tcase, data_is_read_in_any_width);
    tcase_add_test(tcase, writing_asks_for_each_block);
    tcase_add_test(tcase, read_multiple_takes_as_many_as_were_set);
    tcase_add_test(tcase, a_count_of_0_is_256_sectors);
    tcase_add_test(tcase, cylinders_heads_and_sectors_are_translated);
    tcase_add_test(tcase, sectors_behind_the_end_are_not_found);
    tcase_add_test(tcase, the_medium_s_errors_are_told);
    tcase_add_test(tcase, commands_without_data);
    tcase_add_test(tcase, a_sleeping_disk_is_woken_by_reset_only);
    tcase_add_test(tcase, smart_says_that_all_is_well);
    tcase_add_test(tcase, diagnostic_and_reset_show_the_signature);
    tcase_add_test(tcase, nien_shuts_the_line);
    tcase_add_test(tcase, a_busy_drive_takes_no_command);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
