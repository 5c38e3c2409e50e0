/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_iodev_atapi.c - the CD drive: registers, packets by PIO and DMA, the disc's change. */
#include <check.h>
#include <stdlib.h>

#include "iodev/ata_internal.h"
#include "tests/support/fake_ide.h"
#include "util/bits.h"

static struct fake_ide f;
static struct fake_board *board;
static uint8_t data[0x40000];

enum { SECTORS = 1001, READY = ATA_DRDY | ATA_DSC, TABLE = 0x1000 };

static void setup(void)
{
    /* The last sector of the disc is half there. */
    fake_ide_create(&f, memory_block_create(64, true), memory_block_create(SECTORS * 4 - 2, true));
    board = f.board;
    memset(data, 0xee, sizeof data);
}

static void teardown(void)
{
    fake_ide_destroy(&f);
}

/* A packet with its data by PIO; returns the bytes of it, or -1 after CHECK CONDITION. */
#define PACKET(...) packet((const uint8_t[12]){ __VA_ARGS__ }, 0xfffe)

static int packet(const uint8_t bytes[12], uint16_t limit)
{
    uint32_t count;

    fake_ide_packet(&f, bytes, limit, false);
    count = fake_ide_packet_data(&f, data, sizeof data);
    ck_assert_uint_eq(fake_in8(board, 0x172) & 7, 3); /* status phase */
    ck_assert(f.irq[1].level);
    return fake_in8(board, 0x177) & ATA_ERR ? -1 : (int)count;
}

/* Sense key, ASC and ASCQ of the command before. */
static unsigned sense(void)
{
    ck_assert_int_eq(PACKET(0x03, [4] = 18), 18);
    ck_assert_uint_eq(data[0], 0x70);
    return (unsigned)data[2] << 16 | (unsigned)data[12] << 8 | data[13];
}

START_TEST(the_signature_tells_a_packet_device)
{
    fake_out8(board, 0x376, ATA_SRST);
    fake_out8(board, 0x376, 0);
    fake_ide_wait(&f, 0x170);
    ck_assert_uint_eq(fake_in8(board, 0x177), 0);
    ck_assert_uint_eq(fake_in16(board, 0x174), 0xeb14);
    fake_out8(board, 0x174, 0);
    fake_out8(board, 0x177, 0xec);
    fake_ide_wait(&f, 0x170);
    ck_assert_uint_eq(fake_in8(board, 0x171), ATA_ABRT);
    ck_assert_uint_eq(fake_in16(board, 0x174), 0xeb14);
    fake_out8(board, 0x174, 0);
    fake_out8(board, 0x177, 0x08);
    f.irq[1].rises = 0;
    fake_ide_wait(&f, 0x170);
    ck_assert_uint_eq(fake_in16(board, 0x174), 0xeb14);
    ck_assert_uint_eq(f.irq[1].rises, 0); /* DEVICE RESET has no interrupt */
    fake_out8(board, 0x177, 0xe5);
    ck_assert_uint_eq(fake_ide_wait(&f, 0x170), READY);
    ck_assert_uint_eq(fake_in8(board, 0x172), 0xff);
    fake_out8(board, 0x177, 0xc8);
    fake_ide_wait(&f, 0x170);
    ck_assert_uint_eq(fake_in8(board, 0x171), ATA_ABRT);
}
END_TEST

START_TEST(identify_packet_device_tells_its_kind)
{
    fake_out8(board, 0x177, 0xa1);
    ck_assert_uint_eq(fake_ide_wait(&f, 0x170), READY | ATA_DRQ);
    for (unsigned i = 0; i < 256; i++)
        store_le16(data + i * 2, fake_in16(board, 0x170));
    ck_assert_uint_eq(load_le16(data), 0x85c0);
    ck_assert_mem_eq(data + 54, "IVRTNI EDCR-MO", 14);
    ck_assert_uint_eq(fake_in8(board, 0x177), READY);
    fake_out8(board, 0x171, 2); /* overlapped packets are refused */
    fake_out8(board, 0x177, 0xa0);
    fake_ide_wait(&f, 0x170);
    ck_assert_uint_eq(fake_in8(board, 0x171), ATA_ABRT);
}
END_TEST

START_TEST(a_packet_goes_through_its_phases)
{
    fake_out8(board, 0x171, 0);
    fake_out8(board, 0x174, 8);
    fake_out8(board, 0x175, 0);
    fake_out8(board, 0x177, 0xa0);
    ck_assert_uint_eq(fake_in8(board, 0x376) & ATA_BSY, ATA_BSY);
    ck_assert_uint_eq(fake_ide_wait(&f, 0x170), READY | ATA_DRQ);
    ck_assert_uint_eq(fake_in8(board, 0x172) & 3, 1);
    ck_assert_uint_eq(f.irq[1].rises, 0);
    fake_out32(board, 0x170, 0x00000012); /* INQUIRY, 36 bytes */
    fake_out32(board, 0x170, 36);
    ck_assert_uint_eq(fake_in8(board, 0x376), READY | ATA_DRQ);
    fake_out32(board, 0x170, 0);
    for (unsigned part = 0; part < 5; part++) {
        ck_assert_uint_eq(fake_ide_wait(&f, 0x170), READY | ATA_DRQ);
        ck_assert_uint_eq(fake_in8(board, 0x172) & 3, 2);
        ck_assert_uint_eq(fake_in16(board, 0x174), part == 4 ? 4 : 8);
        ck_assert_uint_eq(f.irq[1].rises, part + 1);
        fake_in8(board, 0x177);
        for (unsigned i = 0; i < (part == 4 ? 2 : 4); i++)
            store_le16(data + part * 8 + i * 2, fake_in16(board, 0x170));
    }
    ck_assert_uint_eq(fake_ide_wait(&f, 0x170), READY);
    ck_assert_uint_eq(fake_in8(board, 0x172) & 3, 3);
    ck_assert_uint_eq(f.irq[1].rises, 6);
    ck_assert_uint_eq(data[0], 5);
    ck_assert_mem_eq(data + 8, "VITRINE CD-ROM", 14);
}
END_TEST

START_TEST(reading_by_pio)
{
    ck_assert_int_eq(PACKET(0x25), 8);
    ck_assert_uint_eq(load_be32(data), SECTORS - 1);
    ck_assert_uint_eq(load_be32(data + 4), 2048);
    ck_assert_int_eq(PACKET(0x28, [5] = 7, [8] = 9), 9 * 2048);
    for (uint32_t i = 0; i < 9 * 512; i++)
        ck_assert_uint_eq(load_le32(data + i * 4), 7 * 512 + i);
    ck_assert_int_eq(packet((const uint8_t[12]){ 0xa8, [5] = 1, [9] = 3 }, 2001), 3 * 2048);
    for (uint32_t i = 0; i < 3 * 512; i++)
        ck_assert_uint_eq(load_le32(data + i * 4), 512 + i);
    ck_assert_int_eq(packet((const uint8_t[12]){ 0x28, [5] = 1, [8] = 1 }, 1), 2048);
    ck_assert_int_eq(packet((const uint8_t[12]){ 0x28, [5] = 1, [8] = 1 }, 0), 2048);
    ck_assert_int_eq(PACKET(0x28, [4] = 1000 >> 8, [5] = 1000 & 255, [8] = 1), 2048);
    ck_assert_uint_eq(load_le32(data + 1020), 1000 * 512 + 255);
    ck_assert_uint_eq(load_le32(data + 1024), 0); /* the half that is not there */
    ck_assert_int_eq(PACKET(0x28), 0);
}
END_TEST

START_TEST(reading_behind_the_end_is_refused)
{
    ck_assert_int_eq(PACKET(0x28, [4] = 1001 >> 8, [5] = 1001 & 255, [8] = 1), -1);
    ck_assert_uint_eq(fake_in8(board, 0x171), 0x54);
    ck_assert_uint_eq(sense(), 0x052100);
    ck_assert_uint_eq(sense(), 0);
    ck_assert_int_eq(PACKET(0x28, [5] = 10, [7] = 255, [8] = 255), -1);
    ck_assert_int_eq(PACKET(0xa8, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), -1);
    ck_assert_int_eq(PACKET(0x2b, [3] = 1), -1);
    ck_assert_uint_eq(sense(), 0x052100);
    ck_assert_int_eq(PACKET(0x2b, [5] = 1), 0);
    f.cd_medium->fails_at = 80;
    ck_assert_int_eq(PACKET(0x28, [5] = 20, [8] = 1), -1);
    ck_assert_uint_eq(sense(), 0x031100);
}
END_TEST

START_TEST(reading_by_dma)
{
    space_write(&board->memory, TABLE, 8, 0x8000000000020000 | UINT64_C(3 * 2048) << 32);
    fake_out32(board, FAKE_BM + 12, TABLE);
    fake_ide_packet(&f, (const uint8_t[12]){ 0x28, [5] = 5, [8] = 3 }, 0, true);
    fake_out8(board, FAKE_BM + 8, 9);
    ck_assert_uint_eq(fake_ide_wait(&f, 0x170), READY);
    ck_assert_uint_eq(fake_in8(board, FAKE_BM + 10), 4);
    ck_assert_uint_eq(fake_in8(board, 0x172) & 3, 3);
    ck_assert_uint_eq(space_read(&board->memory, 0x20000, 4), 5 * 512);
    ck_assert_uint_eq(space_read(&board->memory, 0x20000 + 3 * 2048 - 4, 4), 8 * 512 - 1);
    ck_assert_uint_eq(f.irq[1].rises, 1);
    fake_out8(board, FAKE_BM + 8, 0); /* an answer that is not sectors; memory for more than it */
    fake_out8(board, FAKE_BM + 10, 6);
    fake_ide_packet(&f, (const uint8_t[12]){ 0x12, [4] = 36 }, 0, true);
    fake_out8(board, FAKE_BM + 8, 9);
    ck_assert_uint_eq(fake_ide_wait(&f, 0x170), READY);
    ck_assert_uint_eq(fake_in8(board, FAKE_BM + 10), 5);
    ck_assert_uint_eq(space_read(&board->memory, 0x20000, 2), 0x8005);
    ck_assert_uint_eq(space_read(&board->memory, 0x20000 + 36, 4), 5 * 512 + 9);
}
END_TEST

START_TEST(read_cd_gives_data_or_raw_sectors)
{
    ck_assert_int_eq(PACKET(0xbe, [5] = 3, [8] = 2, [9] = 0x10), 4096);
    ck_assert_uint_eq(load_le32(data), 3 * 512);
    ck_assert_int_eq(PACKET(0xbe, [5] = 75, [8] = 5, [9] = 0xf8), 5 * 2352);
    ck_assert_mem_eq(data, "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\3\0\1", 16);
    ck_assert_uint_eq(load_le32(data + 4 * 2352 + 16), 79 * 512);
    ck_assert_int_eq(PACKET(0xbe, [5] = 3, [8] = 2), 0);
    ck_assert_int_eq(PACKET(0xbe, [5] = 3, [8] = 2, [9] = 0x18), -1);
    ck_assert_uint_eq(sense(), 0x052400);
    ck_assert_int_eq(PACKET(0xbe, 1 << 2, [8] = 1, [9] = 0x10), -1); /* audio */
    ck_assert_uint_eq(sense(), 0x056400);
}
END_TEST

START_TEST(the_table_of_contents_has_one_track)
{
    ck_assert_int_eq(PACKET(0x43, [8] = 100), 20);
    ck_assert_mem_eq(data, "\0\x12\1\1\0\x14\1\0\0\0\0\0\0\x14\xaa\0\0\0\3\xe9", 20);
    ck_assert_int_eq(PACKET(0x43, 2, [6] = 0xaa, [8] = 100), 12);
    ck_assert_mem_eq(data + 4, "\0\x14\xaa\0\0\0\x0f\x1a", 8); /* 1151 frames */
    ck_assert_int_eq(PACKET(0x43, 0, 1, [8] = 12), 12);
    ck_assert_int_eq(PACKET(0x43, [8] = 12, [9] = 0x40), 12); /* the same, as of old */
    ck_assert_int_eq(PACKET(0x43, 0, 2, [8] = 100), 48);
    ck_assert_int_eq(PACKET(0x43, [6] = 2, [8] = 100), -1);
    ck_assert_uint_eq(sense(), 0x052400);
    ck_assert_int_eq(PACKET(0x43, [8] = 4), 4);
    ck_assert_int_eq(PACKET(0x43), 0);
}
END_TEST

START_TEST(mode_sense_has_pages)
{
    ck_assert_int_eq(PACKET(0x5a, 0, 0x2a, [8] = 255), 28);
    ck_assert_uint_eq(load_be16(data), 26);
    ck_assert_uint_eq(data[2], 0x01);
    ck_assert_uint_eq(data[8], 0x2a);
    ck_assert_uint_eq(data[14], 0x29);
    ck_assert_int_eq(PACKET(0x5a, 0, 0x3f, [8] = 255), 8 + 12 + 16 + 20);
    ck_assert_int_eq(PACKET(0x5a, 0, 0x41, [8] = 255), 20);
    ck_assert_uint_eq(data[11], 0);
    ck_assert_int_eq(PACKET(0x5a, 0, 0x05, [8] = 255), -1);
    ck_assert_uint_eq(sense(), 0x052400);
    ck_assert_int_eq(PACKET(0x5a, 0, 0xea, [8] = 255), -1);
    ck_assert_uint_eq(sense(), 0x053900);
}
END_TEST

START_TEST(configuration_and_disc_information)
{
    ck_assert_int_eq(PACKET(0x46, [8] = 255), 8 + 12 + 8 + 8 + 8 + 12 + 8 + 4);
    ck_assert_uint_eq(load_be16(data + 6), 0x0008);
    ck_assert_int_eq(PACKET(0x46, 2, 0, 0x1e, [8] = 255), 16);
    ck_assert_uint_eq(data[10] & 1, 1);
    ck_assert_int_eq(PACKET(0x46, 1, [8] = 255), 8 + 12 + 8 + 8 + 8 + 12 + 8);
    ck_assert_int_eq(PACKET(0x46, 3, [8] = 255), -1);
    ck_assert_int_eq(PACKET(0x46, 0, 0xff, 0xff, [8] = 255), 8);
    ck_assert_int_eq(PACKET(0x51, [8] = 255), 34);
    ck_assert_uint_eq(data[2], 0x0e);
    ck_assert_int_eq(PACKET(0xbd, [9] = 255), 8);
}
END_TEST

START_TEST(a_changed_disc_is_told_once)
{
    struct memory_block *dvd = numbered_block_create(UINT64_C(4) * 2000000);

    ck_assert_int_eq(PACKET(0x00), 0);
    ata_change_medium(f.cd, NULL);
    ck_assert_int_eq(PACKET(0x12, [4] = 36), 36); /* INQUIRY does not mind */
    ck_assert_int_eq(PACKET(0x4a, 1, [4] = 0x10, [8] = 8), 8);
    ck_assert_mem_eq(data, "\0\6\4\x10\3\0", 6); /* removed */
    ck_assert_int_eq(PACKET(0x00), -1);
    ck_assert_uint_eq(sense(), 0x062800);
    ck_assert_int_eq(PACKET(0x00), -1);
    ck_assert_uint_eq(sense(), 0x023a01);
    ata_change_medium(f.cd, &dvd->block);
    ck_assert_uint_eq(sense(), 0x062800); /* REQUEST SENSE asks for it */
    ck_assert_int_eq(PACKET(0x00), 0);
    ck_assert_int_eq(PACKET(0x4a, 1, [4] = 0x10, [8] = 8), 8);
    ck_assert_mem_eq(data, "\0\6\4\x10\2\2", 6);
    ck_assert_int_eq(PACKET(0x4a, 1, [4] = 0x10, [8] = 8), 8);
    ck_assert_uint_eq(data[4], 0);
    ck_assert_int_eq(PACKET(0x4a, 1, [4] = 0x02, [8] = 8), 4); /* a class that is not there */
    ck_assert_uint_eq(data[2], 0x80);
    ck_assert_int_eq(PACKET(0x4a, 0, [4] = 0x10, [8] = 8), -1);
    ck_assert_int_eq(PACKET(0x25), 8);
    ck_assert_uint_eq(load_be32(data), 1999999);
    ck_assert_int_eq(PACKET(0x46, [8] = 8), 8);
    ck_assert_uint_eq(load_be16(data + 6), 0x0010);
    block_close(&dvd->block);
}
END_TEST

START_TEST(the_tray_opens_locks_and_shuts)
{
    ck_assert_int_eq(PACKET(0x1e, [4] = 1), 0);
    ck_assert_int_eq(PACKET(0x1b, [4] = 2), -1);
    ck_assert_uint_eq(sense(), 0x055302);
    ck_assert(!ata_eject(f.cd));
    ck_assert_int_eq(PACKET(0x4a, 1, [4] = 0x10, [8] = 8), 8);
    ck_assert_uint_eq(data[4], 1);
    ck_assert_int_eq(PACKET(0x1e), 0);
    ck_assert_int_eq(PACKET(0x1b, [4] = 2), 0);
    ck_assert_int_eq(PACKET(0x00), -1);
    ck_assert_uint_eq(sense(), 0x023a02);
    ck_assert_int_eq(PACKET(0xbd, [9] = 8), 8);
    ck_assert_uint_eq(data[1], 0x10);
    ck_assert_int_eq(PACKET(0x28, [8] = 1), -1);
    ck_assert_int_eq(PACKET(0x1b, [4] = 3), 0);
    ck_assert_int_eq(PACKET(0x00), -1);
    ck_assert_uint_eq(sense(), 0x062800);
    ck_assert_int_eq(PACKET(0x00), 0);
    ck_assert(ata_eject(f.cd));
    ck_assert_ptr_nonnull(strstr(fake_describe(board, &f.cd->dev), "tray is open"));
}
END_TEST

/* READ (10) of 32 sectors, by PIO: the first part comes, `meanwhile` happens, and then this is the end. */
static void read_is_cut(void (*meanwhile)(void), uint32_t end)
{
    ck_assert_uint_eq(fake_ide_packet(&f, (const uint8_t[12]){ 0x28, [8] = 32 }, 8192, false) &
                          (ATA_DRQ | ATA_ERR),
                      ATA_DRQ);
    meanwhile();
    for (unsigned i = 0; i < 2048; i++) /* what is in the buffer is still the old disc's */
        space_read(&board->ports, 0x170, 4);
    ck_assert_uint_eq(fake_ide_wait(&f, 0x170) & (ATA_DRQ | ATA_ERR), ATA_ERR);
    ck_assert_uint_eq(sense(), end);
}

static void take_out(void)
{
    ck_assert(ata_eject(f.cd));
    f.cd->medium = NULL;
}

static void vanish(void)
{
    ata_change_medium(f.cd, NULL);
}

static void exchange(void)
{
    ata_change_medium(f.cd, &f.cd_medium->block);
}

START_TEST(a_disc_that_goes_while_it_is_read_ends_the_command)
{
    static const struct {
        void (*meanwhile)(void);
        uint32_t end, then;
    } cases[] = { { take_out, 0x023a02, 0x023a02 },
                  { vanish, 0x023a01, 0x062800 },
                  { exchange, 0x062800, 0 } };

    read_is_cut(cases[_i].meanwhile, cases[_i].end);
    ck_assert_int_eq(PACKET(0x00), cases[_i].then ? -1 : 0);
    ck_assert_uint_eq(sense(), cases[_i].then);
}
END_TEST

START_TEST(unknown_packets_are_refused)
{
    ck_assert_int_eq(PACKET(0xff), -1);
    ck_assert_uint_eq(sense(), 0x052000);
    ck_assert_int_eq(PACKET(0x12, 1, [4] = 36), -1);
    ck_assert_uint_eq(sense(), 0x052400);
    ck_assert_int_eq(PACKET(0x12, [4] = 5), 5); /* an odd length */
}
END_TEST

START_TEST(device_reset_ends_a_packet)
{
    fake_ide_packet(&f, (const uint8_t[12]){ 0x28, [5] = 5, [8] = 3 }, 2048, false);
    fake_in32(board, 0x170);
    fake_out8(board, 0x177, 0x08);
    fake_ide_wait(&f, 0x170);
    ck_assert_uint_eq(fake_in16(board, 0x174), 0xeb14);
    ck_assert_int_eq(PACKET(0x28, [5] = 1, [8] = 1), 2048);
    ck_assert_uint_eq(load_le32(data), 512);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("iodev_atapi");
    TCase *tcase = tcase_create("iodev_atapi");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, the_signature_tells_a_packet_device);
    tcase_add_test(tcase, identify_packet_device_tells_its_kind);
    tcase_add_test(tcase, a_packet_goes_through_its_phases);
    tcase_add_test(tcase, reading_by_pio);
    tcase_add_test(tcase, reading_behind_the_end_is_refused);
    tcase_add_test(tcase, reading_by_dma);
    tcase_add_test(tcase, read_cd_gives_data_or_raw_sectors);
    tcase_add_test(tcase, the_table_of_contents_has_one_track);
    tcase_add_test(tcase, mode_sense_has_pages);
    tcase_add_test(tcase, configuration_and_disc_information);
    tcase_add_test(tcase, a_changed_disc_is_told_once);
    tcase_add_test(tcase, the_tray_opens_locks_and_shuts);
    tcase_add_loop_test(tcase, a_disc_that_goes_while_it_is_read_ends_the_command, 0, 3);
    tcase_add_test(tcase, unknown_packets_are_refused);
    tcase_add_test(tcase, device_reset_ends_a_packet);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
