/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_iodev_ide_dma.c - bus masters of the IDE channels, transfers that are saved on their
 * way, and random accesses.
 */
#include <check.h>
#include <stdlib.h>

#include "tests/support/fake_ide.h"
#include "util/bits.h"

static struct fake_ide f;
static struct fake_board *board;

enum { SECTORS = 4096, LBA = ATA_LBA, READY = ATA_DRDY | ATA_DSC, TABLE = 0x1000 };

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

/* One DRQ block of so many sectors that begin with word number `first`. */
static void expect_words(uint32_t first, unsigned sectors)
{
    for (uint32_t i = 0; i < sectors * 128; i++)
        ck_assert_uint_eq(fake_in32(board, 0x1f0), first + i);
}

/* DMA */

static void prd(unsigned index, uint32_t address, uint32_t count, bool last)
{
    space_write(&board->memory, TABLE + index * 8, 4, address);
    space_write(&board->memory, TABLE + index * 8 + 4, 4, (count & 0xffff) | (uint32_t)last << 31);
}

static void start(bool to_memory)
{
    fake_out8(board, FAKE_BM, 0);
    fake_out32(board, FAKE_BM + 4, TABLE);
    fake_out8(board, FAKE_BM + 2, 6);
    fake_out8(board, FAKE_BM, (uint8_t)(to_memory ? 9 : 1));
}

static uint32_t ram32(uint32_t address)
{
    return (uint32_t)space_read(&board->memory, address, 4);
}

START_TEST(dma_reads_scatter)
{
    prd(0, 0x20000, 512 + 100, false);
    prd(1, 0x30000, 1024 - 100, true);
    fake_ide_command(&f, LBA, 16, 3, 0xc8);
    start(true);
    ck_assert_uint_eq(fake_in8(board, FAKE_BM + 2), 1);
    ck_assert_uint_eq(ram32(0x20004), 0); /* not at once */
    ck_assert_uint_eq(wait(), READY);
    ck_assert_uint_eq(fake_in8(board, FAKE_BM + 2), 4);
    ck_assert(f.irq[0].level);
    ck_assert_uint_eq(ram32(0x20000), 16 * 128);
    ck_assert_uint_eq(ram32(0x20000 + 608), 16 * 128 + 152);
    ck_assert_uint_eq(ram32(0x30000), 16 * 128 + 153);
    ck_assert_uint_eq(ram32(0x30000 + 920), 19 * 128 - 1);
    ck_assert_uint_eq(ram32(0x30000 + 924), 0);
    fake_out8(board, FAKE_BM + 2, 4);
    ck_assert_uint_eq(fake_in8(board, FAKE_BM + 2), 0);
    ck_assert_uint_eq(f.irq[0].rises, 1);
}
END_TEST

START_TEST(dma_writes_gather)
{
    for (uint32_t i = 0; i < 512; i++)
        space_write(&board->memory, 0x20000 + i * 4, 4, 0xabc00000 | i);
    prd(0, 0x20000, 6, false);
    prd(1, 0x20006, 2042, true);
    start(false); /* the bus master may come first */
    fake_ide_command48(&f, 40, 4, 0x35);
    ck_assert_uint_eq(wait(), READY);
    ck_assert_uint_eq(fake_in8(board, FAKE_BM + 2), 4);
    for (uint32_t i = 0; i < 512; i++)
        ck_assert_uint_eq(load_le32(f.disk_medium->bytes + 40 * 512 + i * 4), 0xabc00000 | i);
    ck_assert_uint_eq(f.disk_medium->flushes, 0);
    start(false);
    fake_ide_command48(&f, 40, 4, 0x3d); /* FUA */
    wait();
    ck_assert_uint_eq(f.disk_medium->flushes, 1);
}
END_TEST

START_TEST(a_count_of_0_is_64_kib)
{
    prd(0, 0x20000, 0, false);
    prd(1, 0x40000, 0, true);
    fake_ide_command(&f, LBA, 0, 0, 0xc8);
    start(true);
    wait();
    ck_assert_uint_eq(fake_in8(board, FAKE_BM + 2), 4);
    ck_assert_uint_eq(ram32(0x2fffc), 16383);
    ck_assert_uint_eq(ram32(0x4fffc), 32767);
}
END_TEST

START_TEST(a_short_table_leaves_the_drive_waiting)
{
    prd(0, 0x20000, 700, true);
    fake_ide_command(&f, LBA, 16, 2, 0xc8);
    start(true);
    fake_run_us(board, 100000);
    ck_assert_uint_eq(status() & ATA_BSY, ATA_BSY);
    ck_assert_uint_eq(fake_in8(board, FAKE_BM + 2), 0); /* not active, no interrupt */
    ck_assert_uint_eq(f.irq[0].rises, 0);
    prd(0, 0x30000, 1024 - 700, true); /* more memory: it goes on */
    start(true);
    ck_assert_uint_eq(wait(), READY);
    ck_assert_uint_eq(fake_in8(board, FAKE_BM + 2), 4);
    ck_assert_uint_eq(ram32(0x30000), 16 * 128 + 175);
}
END_TEST

/* 60 sectors, for which the host gives memory in two tables that are cut anywhere. */
START_TEST(a_long_transfer_is_cut_anywhere)
{
    static const uint32_t cuts[] = {
        2, 510, 512, 514, 8190, 8192, 8194, 20002, 30206, 30208, 30718
    };
    uint32_t cut = cuts[_i], bytes = 60 * 512;
    unsigned reads = f.disk_medium->reads;

    prd(0, 0x20000, cut, true);
    fake_ide_command(&f, LBA, 16, 60, 0xc8);
    start(true);
    fake_run_us(board, 100000);
    ck_assert_uint_eq(status() & ATA_BSY, ATA_BSY);
    prd(0, 0x20000 + cut, bytes - cut, true);
    start(true);
    ck_assert_uint_eq(wait(), READY);
    for (uint32_t i = 0; i < bytes / 4; i++)
        ck_assert_uint_eq(ram32(0x20000 + i * 4), 16 * 128 + i);
    ck_assert_uint_eq(ram32(0x20000 + bytes), 0);
    ck_assert_uint_lt(f.disk_medium->reads - reads, 8);
}
END_TEST

START_TEST(a_long_table_stays_active)
{
    prd(0, 0x20000, 4096, true);
    fake_ide_command(&f, LBA, 16, 1, 0xc8);
    start(true);
    ck_assert_uint_eq(wait(), READY);
    ck_assert_uint_eq(fake_in8(board, FAKE_BM + 2), 5);
    fake_out8(board, FAKE_BM, 8);
    ck_assert_uint_eq(fake_in8(board, FAKE_BM + 2), 4);
}
END_TEST

START_TEST(memory_that_is_not_there_is_an_error)
{
    static const struct io_range device = { 0x300000, 0x1000, IO_8, NULL, NULL, "device", NULL };
    static const uint32_t nowhere[] = { 0x200000, 0xfffffffe, 0x300000, 0xfff00000 };

    space_add_device(&board->memory, &device, NULL, "device");
    for (unsigned i = 0; i < ARRAY_SIZE(nowhere); i++) {
        prd(0, 0x20000, 512, false);
        prd(1, nowhere[i], 512, true);
        fake_ide_command(&f, LBA, 16, 2, i & 1 ? 0xca : 0xc8);
        start(!(i & 1));
        fake_run_us(board, 10000);
        ck_assert_uint_eq(fake_in8(board, FAKE_BM + 2), 2);
        fake_out8(board, 0x3f6, ATA_SRST);
        fake_out8(board, 0x3f6, 0);
        ck_assert_uint_eq(wait(), READY);
    }
    fake_ide_command(&f, LBA, 16, 2, 0xc8);
    fake_out8(board, FAKE_BM, 0);
    fake_out32(board, FAKE_BM + 4, 0xfffffffc); /* the table itself */
    fake_out8(board, FAKE_BM + 2, 6);
    fake_out8(board, FAKE_BM, 9);
    fake_run_us(board, 10000);
    ck_assert_uint_eq(fake_in8(board, FAKE_BM + 2), 2);
}
END_TEST

START_TEST(memory_s_end_ends_a_region)
{
    prd(0, 0xffe00, 1024, true); /* the board has 1 MiB */
    fake_ide_command(&f, LBA, 16, 2, 0xc8);
    start(true);
    fake_run_us(board, 10000);
    ck_assert_uint_eq(fake_in8(board, FAKE_BM + 2), 2);
    ck_assert_uint_eq(ram32(0xffffc), 17 * 128 - 1);
}
END_TEST

START_TEST(stopping_and_the_wrong_direction_move_nothing)
{
    prd(0, 0x20000, 512, true);
    fake_ide_command(&f, LBA, 16, 1, 0xc8);
    start(false);
    fake_run_us(board, 10000);
    ck_assert_uint_eq(ram32(0x20000), 0);
    fake_out8(board, FAKE_BM, 9); /* cannot be turned while it runs */
    ck_assert_uint_eq(fake_in8(board, FAKE_BM), 1);
    fake_out8(board, FAKE_BM, 0);
    ck_assert_uint_eq(fake_in8(board, FAKE_BM + 2), 0);
    fake_config_write(board, PCI_DEVFN(1, 1), PCI_COMMAND, 2, PCI_COMMAND_IO); /* no master */
    start(true);
    fake_run_us(board, 10000);
    ck_assert_uint_eq(ram32(0x20000), 0);
    fake_config_write(board, PCI_DEVFN(1, 1), PCI_COMMAND, 2, 5);
    ck_assert_uint_eq(wait(), READY);
    ck_assert_uint_eq(ram32(0x20000), 16 * 128);
}
END_TEST

START_TEST(dma_stops_at_the_end_of_the_disk)
{
    prd(0, 0x20000, 4096, true);
    fake_ide_command(&f, LBA, SECTORS - 2, 8, 0xc8);
    start(true);
    ck_assert_uint_eq(wait(), READY | ATA_ERR);
    ck_assert_uint_eq(fake_in8(board, 0x1f1), ATA_IDNF);
    ck_assert_uint_eq(ram32(0x203fc), SECTORS * 128 - 1);
    ck_assert_uint_eq(ram32(0x20400), 0);
}
END_TEST

static unsigned code_written;

static void count_code(void *context, phys_addr pa, uint64_t bytes)
{
    (void)context;
    (void)pa;
    (void)bytes;
    code_written++;
}

START_TEST(dma_tells_the_engine_about_code)
{
    board->ram.code_written = count_code;
    board->ram.marks[0x20] |= RAM_CODE;
    prd(0, 0x20000, 512, true);
    fake_ide_command(&f, LBA, 16, 1, 0xc8);
    start(true);
    wait();
    ck_assert_uint_eq(code_written, 1);
    ck_assert(board->ram.marks[0x20] & RAM_DIRTY);
}
END_TEST

/* State */

/* A transfer of `command` that is saved and restored on its way ends as it would have. */
static void interrupted(uint8_t command, uint64_t us)
{
    struct event_state events[16];
    const struct field *rows[] = { ata_drive_class.fields, ide_channel_class.fields };
    void *state[] = { f.disk, f.channel[0] };
    struct buf saved[2] = { { 0 }, { 0 } }, error = { 0 };
    uint64_t now;

    prd(0, 0x20000, 0, false);
    prd(1, 0x30000, 0, true);
    fake_ide_command(&f, LBA, 0, 0, command);
    start(true);
    fake_run_us(board, us);
    now = fake_now(board);
    ck_assert_uint_le(board->clock.registered, ARRAY_SIZE(events));
    clock_save(&board->clock, events);
    for (unsigned i = 0; i < 2; i++)
        fields_save(rows[i], state[i], &saved[i]);
    device_reset_all(&board->list, RESET_HARD);
    fake_run_us(board, 500);
    for (unsigned i = 0; i < 2; i++) {
        const uint8_t *from = saved[i].data;

        ck_assert(fields_restore(rows[i], state[i], &from, from + saved[i].length, &error));
        buf_free(&saved[i]);
    }
    f.disk->dev.class->restored(&f.disk->dev);
    fake_config_write(board, PCI_DEVFN(1, 1), 0x20, 4, FAKE_BM);
    fake_config_write(board, PCI_DEVFN(1, 1), 0x40, 4, 0x80008000);
    fake_config_write(board, PCI_DEVFN(1, 1), PCI_COMMAND, 2, 5);
    clock_restore(&board->clock, now, events);
}

START_TEST(a_dma_transfer_goes_on_after_restoring)
{
    interrupted(0xc8, 200); /* between its two events */
    ck_assert_uint_eq(ram32(0x2fffc), 16383);
    ck_assert_uint_eq(ram32(0x3fffc), 0);
    ck_assert_uint_eq(wait(), READY);
    ck_assert_uint_eq(ram32(0x3fffc), 32767);
    ck_assert_uint_eq(fake_in8(board, FAKE_BM + 2), 4);
}
END_TEST

START_TEST(a_pio_transfer_goes_on_after_restoring)
{
    interrupted(0x20, 100);
    ck_assert_uint_eq(status(), READY | ATA_DRQ);
    for (uint32_t sector = 0; sector < 256; sector++) {
        ck_assert_uint_eq(wait(), READY | ATA_DRQ);
        expect_words(sector * 128, 1);
    }
    ck_assert_uint_eq(status(), READY);
}
END_TEST

START_TEST(devices_describe_what_they_do)
{
    fake_ide_command(&f, LBA, 5, 1, 0x25);
    ck_assert_ptr_nonnull(strstr(fake_describe(board, &f.disk->dev), "READ DMA EXT"));
    ck_assert_ptr_nonnull(strstr(fake_describe(board, &f.channel[0]->dev), "device 0: hda, sel"));
    ck_assert_ptr_nonnull(strstr(fake_describe(board, &f.ide->dev), "primary channel answers"));
    ck_assert_ptr_nonnull(strstr(fake_describe(board, &f.ide->dev), "16 bytes at 0xc000"));
}
END_TEST

static const uint8_t fuzz_commands[] = { 0x20, 0x24, 0x25, 0x30, 0x35, 0x39, 0xc4, 0xc5,
                                         0xc6, 0xc8, 0xca, 0x91, 0xa0, 0xa1, 0xec, 0x08,
                                         0xe7, 0xef, 0x90, 0x40, 0xb0, 0xce, 0x3d, 0xe5 };

static void fuzz_step(uint64_t seed)
{
    static const uint16_t ports[] = { 0x1f0, 0x170, 0x3f0, 0x370, FAKE_BM, FAKE_BM + 8 };
    unsigned what = (unsigned)(seed >> 33), size = 1u << (what >> 3 & 3) % 3;
    uint16_t base = what & 0x40 ? 0x170 : 0x1f0;
    uint16_t port = (uint16_t)(ports[(what >> 7 & 7) % 6] + (what >> 10 & 7));
    uint8_t command = fuzz_commands[(what >> 15) % ARRAY_SIZE(fuzz_commands)];

    switch (what & 7) {
    case 0:
        fake_ide_command(&f, what >> 6 & 0x70, (uint32_t)(seed >> 50) % 3200, (uint8_t)(what >> 9),
                         command);
        break;
    case 1:
        fake_out8(board, base + 4, (uint8_t)(what >> 7));
        fake_out8(board, base + 7, base == 0x170 && what & 0x80 ? 0xa0 : command);
        break;
    case 2:
        space_write(&board->ports, port, size, seed >> 20);
        break;
    case 3: /* a packet that is often a known one, or data */
        fake_out32(board, base, what & 0x100 ? 0x28u | (what & 0x200 ? 0x80 : 0) : what);
        for (unsigned i = 0; i < (what >> 8 & 255) + 2; i++)
            fake_out32(board, base, (uint32_t)(seed >> (i & 31)) & 0x01000303);
        break;
    case 4:
        for (unsigned i = 0; i < (what >> 8 & 1023); i++)
            space_read(&board->ports, base, size);
        break;
    case 5:
        space_read(&board->ports, port, size);
        fake_out8(board, base + 0x206, what >> 8 & 2);
        break;
    case 6:
        fake_out32(board, (uint16_t)(FAKE_BM + 4 + (what & 8)), (uint32_t)seed & 0x11fffc);
        fake_out8(board, (uint16_t)(FAKE_BM + (what & 8)), 0);
        fake_out8(board, (uint16_t)(FAKE_BM + (what & 8)), what >> 8 & 9);
        break;
    default:
        fake_run_us(board, 1 + what / 8 % 500);
    }
}

/* Anything in any order, with transfers to and from all of memory on their way. */
START_TEST(random_accesses_are_harmless)
{
    uint64_t seed = UINT64_C(0x9e3779b97f4a7c15) * (uint64_t)(_i + 1);

    fake_ide_destroy(&f);
    fake_ide_create(&f, memory_block_create(3000, true), memory_block_create(4001, true));
    board = f.board;
    for (unsigned step = 0; step < 20000; step++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        fuzz_step(seed);
        ck_assert_uint_le(f.disk->pos, f.disk->end);
        ck_assert_uint_le(f.disk->end, ATA_BUFFER);
        ck_assert_uint_le(f.cd->pos, f.cd->end);
        ck_assert_uint_le(f.cd->end, ATA_BUFFER);
        if (seed >> 40 & 1)
            continue;
        if ((seed >> 41) % 499 == 0) {
            ck_assert(fake_round_trip(board, &f.disk->dev));
            ck_assert(fake_round_trip(board, &f.cd->dev));
            f.disk->dev.class->reset(&f.disk->dev, RESET_HARD);
            f.cd->dev.class->reset(&f.cd->dev, RESET_HARD);
        }
        if ((seed >> 41) % 503 == 0)
            ata_change_medium(f.cd, seed >> 50 & 1 ? &f.cd_medium->block : NULL);
    }
    ck_assert_uint_gt(f.disk_medium->reads, 20);
    ck_assert_uint_gt(f.disk_medium->writes, 20);
    ck_assert_uint_gt(f.cd_medium->reads, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("iodev_ide_dma");
    TCase *tcase = tcase_create("iodev_ide_dma");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, dma_reads_scatter);
    tcase_add_test(tcase, dma_writes_gather);
    tcase_add_test(tcase, a_count_of_0_is_64_kib);
    tcase_add_test(tcase, a_short_table_leaves_the_drive_waiting);
    tcase_add_loop_test(tcase, a_long_transfer_is_cut_anywhere, 0, 11);
    tcase_add_test(tcase, a_long_table_stays_active);
    tcase_add_test(tcase, memory_that_is_not_there_is_an_error);
    tcase_add_test(tcase, memory_s_end_ends_a_region);
    tcase_add_test(tcase, stopping_and_the_wrong_direction_move_nothing);
    tcase_add_test(tcase, dma_stops_at_the_end_of_the_disk);
    tcase_add_test(tcase, dma_tells_the_engine_about_code);
    tcase_add_test(tcase, a_dma_transfer_goes_on_after_restoring);
    tcase_add_test(tcase, a_pio_transfer_goes_on_after_restoring);
    tcase_add_test(tcase, devices_describe_what_they_do);
    tcase_add_loop_test(tcase, random_accesses_are_harmless, 0, 8);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
