/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_iodev_ne2000.c - RTL8029AS: PROM, remote DMA, sending, the ring, bad guests. */
#include <check.h>
#include <stdlib.h>

#include "iodev/ne2000.h"
#include "tests/support/fake_cable.h"
#include "util/bits.h"

static struct fake_board *board;
static struct fake_cable f;
static struct ne2000 *ne;

enum { SLOT = 3, PORT = 0xc000 };

static void setup(void)
{
    board = fake_board_create(1000000000);
    fake_cable_init(&f);
    fake_pci(board);
    ne = device_create(&board->list, &ne2000_class);
    ne2000_setup(ne, board->pci, SLOT, fake_station, &f.cable);
    device_reset_all(&board->list, RESET_POWER_ON);
    fake_config_write(board, PCI_DEVFN(SLOT, 0), PCI_BAR0, 4, PORT);
    fake_config_write(board, PCI_DEVFN(SLOT, 0), PCI_COMMAND, 2, 1);
}

static void teardown(void)
{
    fake_board_destroy(board);
}

static void ne_start(void)
{
    static const uint8_t init[][2] = {
        { 0x0, 0x21 }, { 0xe, 0x49 }, { 0xa, 0 },    { 0xb, 0 },    { 0xc, 0x04 },
        { 0xd, 0x00 }, { 0x1, 0x4c }, { 0x2, 0x80 }, { 0x3, 0x7f }, { 0x7, 0xff },
        { 0xf, 0x03 }, { 0x0, 0x61 }, { 0x7, 0x4c },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(init); i++)
        fake_out8(board, (uint16_t)(PORT + init[i][0]), init[i][1]);
    for (unsigned i = 0; i < 6; i++)
        fake_out8(board, (uint16_t)(PORT + 1 + i), fake_station[i]);
    fake_out8(board, PORT, 0x22);
}

static void remote(uint8_t command, uint16_t address, uint16_t bytes)
{
    fake_out8(board, PORT + 8, (uint8_t)address);
    fake_out8(board, PORT + 9, (uint8_t)(address >> 8));
    fake_out8(board, PORT + 10, (uint8_t)bytes);
    fake_out8(board, PORT + 11, (uint8_t)(bytes >> 8));
    fake_out8(board, PORT, command);
}

START_TEST(the_ne2000_has_its_prom)
{
    ck_assert_uint_eq(fake_config_read(board, PCI_DEVFN(SLOT, 0), 0, 4), 0x802910ec);
    ck_assert_int_eq(fields_first_hole(ne2000_class.fields, ne2000_class.size), -1);
    fake_in8(board, PORT + 0x1f); /* reset */
    ck_assert_uint_eq(fake_in8(board, PORT + 7) & 0x80, 0x80);
    fake_out8(board, PORT + 0xe, 0x48); /* bytes */
    remote(0x0a, 0, 32);
    for (unsigned i = 0; i < 12; i++)
        ck_assert_uint_eq(fake_in8(board, PORT + 0x10), fake_station[i / 2]);
    fake_out8(board, PORT + 0xe, 0x49); /* words: every second one */
    remote(0x0a, 0, 32);
    for (unsigned i = 0; i < 6; i++)
        ck_assert_uint_eq(fake_in8(board, PORT + 0x10), fake_station[i]);
    ck_assert_uint_eq(fake_in8(board, PORT + 10), 'P');
}
END_TEST

START_TEST(the_ne2000_sends)
{
    const uint8_t *p = fake_frame(fake_peer, 60);

    ne_start();
    remote(0x12, 0x4000, 60);
    for (unsigned i = 0; i < 60; i += 2)
        fake_out16(board, PORT + 0x10, load_le16(p + i));
    ck_assert_uint_eq(fake_in8(board, PORT + 7) & 0x40, 0x40); /* remote DMA done */
    fake_out8(board, PORT + 4, 0x40);
    fake_out8(board, PORT + 5, 60);
    fake_out8(board, PORT + 6, 0);
    fake_out8(board, PORT, 0x26);
    ck_assert_uint_eq(fake_in8(board, PORT) & 4, 4);
    fake_run_us(board, 30);
    ck_assert_uint_eq(fake_in8(board, PORT) & 4, 0);
    ck_assert_uint_eq(f.count, 1);
    ck_assert_uint_eq(f.bytes[0], 60);
    ck_assert_int_eq(memcmp(f.sent[0], p, 60), 0);
    ck_assert(ne->pci.intx);
    fake_out8(board, PORT + 7, 2);
    ck_assert(!ne->pci.intx);
    ck_assert(fake_round_trip(board, &ne->dev));
}
END_TEST

START_TEST(the_ne2000_receives_into_its_ring)
{
    unsigned count = 0, page = 0x4c;

    ne_start();
    ck_assert(f.cable.can_receive(ne));
    while (f.cable.can_receive(ne)) {
        unsigned next = page + (1514 + 8 + 255) / 256;

        f.cable.receive(ne, fake_frame(fake_station, 1514), 1514);
        count++;
        next = next >= 0x80 ? next - (0x80 - 0x4c) : next;
        remote(0x0a, (uint16_t)(page << 8), 4);
        ck_assert_uint_eq(fake_in16(board, PORT + 0x10), 0x01u | next << 8);
        ck_assert_uint_eq(fake_in16(board, PORT + 0x10), 1518);
        page = next;
    }
    ck_assert_uint_eq(count, 8); /* 51 pages at 6 each */
    f.cable.receive(ne, fake_frame(fake_station, 1514), 1514);
    ck_assert_uint_eq(fake_in8(board, PORT + 7) & 0x15, 0x15); /* received, error, overwrite */
    ck_assert_uint_eq(fake_in8(board, PORT + 15), 1);
    ck_assert_uint_eq(fake_in8(board, PORT + 15), 0);
    f.rooms = 0;
    fake_out8(board, PORT + 3, 0x5d);
    ck_assert_uint_eq(f.rooms, 1);
    ck_assert(f.cable.can_receive(ne));
}
END_TEST

START_TEST(a_ring_is_never_filled_so_far_that_it_looks_empty)
{
    ne_start();
    fake_out8(board, PORT + 3, 0x58); /* twelve pages are free: room for one frame of six */
    f.cable.receive(ne, fake_frame(fake_station, 1514), 1514);
    ck_assert_uint_eq(ne->current, 0x52);
    ck_assert(!f.cable.can_receive(ne));
    f.cable.receive(ne, fake_frame(fake_station, 1514), 1514);
    ck_assert_uint_eq(ne->current, 0x52);
    f.cable.receive(ne, fake_frame(fake_station, 1000), 1000); /* four pages fit */
    ck_assert_uint_eq(ne->current, 0x56);
    fake_out8(board, PORT + 7, 0x7f); /* cleared, but there is more to read than fits */
    ck_assert_uint_eq(fake_in8(board, PORT + 7) & 0x7f, 1);
    fake_out8(board, PORT + 3, 0x55); /* all was read */
    fake_out8(board, PORT + 7, 0x7f);
    ck_assert_uint_eq(fake_in8(board, PORT + 7) & 0x7f, 0);
}
END_TEST

START_TEST(the_ne2000_filters)
{
    const uint8_t all[6] = { 255, 255, 255, 255, 255, 255 }, group[6] = { 1, 0, 0x5e, 0, 0, 1 };

    ne_start();
    fake_out8(board, PORT + 12, 0);
    f.cable.receive(ne, fake_frame(fake_peer, 60), 60);
    f.cable.receive(ne, fake_frame(all, 60), 60);
    f.cable.receive(ne, fake_frame(group, 60), 60);
    ck_assert_uint_eq(ne->current, 0x4c);
    fake_out8(board, PORT + 12, 0x0c);
    f.cable.receive(ne, fake_frame(all, 60), 60);
    ck_assert_uint_eq(ne->current, 0x4d);
    f.cable.receive(ne, fake_frame(group, 60), 60);
    ck_assert_uint_eq(ne->current, 0x4d);
    fake_out8(board, PORT, 0x62);
    fake_out8(board, PORT + 8 + 31 / 8, 1 << 31 % 8);
    f.cable.receive(ne, fake_frame(group, 60), 60);
    ck_assert_uint_eq(ne->current, 0x4e);
    ck_assert_uint_eq(ne->memory[0x0d00], 0x21); /* a group's */
    ck_assert_ptr_nonnull(strstr(fake_describe(board, &ne->dev), "next frame at 4e00h"));
}
END_TEST

START_TEST(only_stp_stops_the_ne2000)
{
    static const uint8_t pages[] = { 0x40, 0x00, 0x60, 0x20, 0x22 };

    ne_start();
    for (unsigned i = 0; i < ARRAY_SIZE(pages); i++) { /* drivers turn pages with STA clear */
        fake_out8(board, PORT, pages[i]);
        f.cable.receive(ne, fake_frame(fake_station, 60), 60);
        ck_assert_uint_eq(ne->current, 0x4d + i);
    }
    fake_out8(board, PORT, 0x00);
    ck_assert_ptr_nonnull(strstr(fake_describe(board, &ne->dev), "running"));
    fake_out8(board, PORT, 0x21);
    ck_assert_uint_eq(fake_in8(board, PORT + 7) & 0x80, 0x80);
    fake_out8(board, PORT, 0x20); /* out of reset by STA alone */
    f.cable.receive(ne, fake_frame(fake_station, 60), 60);
    ck_assert_uint_eq(ne->current, 0x51);
    ck_assert_uint_eq(fake_in8(board, PORT + 7) & 0x80, 0x80);
    ck_assert_ptr_nonnull(strstr(fake_describe(board, &ne->dev), "stopped"));
    f.rooms = 0;
    fake_out8(board, PORT, 0x22);
    ck_assert_uint_eq(f.rooms, 1);
    fake_out8(board, PORT, 0x00);
    fake_out8(board, PORT, 0x22);
    ck_assert_uint_eq(f.rooms, 1); /* it ran all the time */
    f.cable.receive(ne, fake_frame(fake_station, 60), 60);
    ck_assert_uint_eq(ne->current, 0x52);
}
END_TEST

START_TEST(ne2000_rings_that_are_none_hurt_nobody)
{
    ne_start();
    for (unsigned i = 0; i < 4096; i++) {
        fake_out8(board, PORT, 0x22);
        fake_out8(board, PORT + 1, (uint8_t)(i * 37));
        fake_out8(board, PORT + 2, (uint8_t)(i * 91));
        fake_out8(board, PORT + 3, (uint8_t)(i * 53));
        fake_out8(board, PORT, 0x62);
        fake_out8(board, PORT + 7, (uint8_t)(i * 29));
        fake_out8(board, PORT, 0x22);
        f.cable.receive(ne, fake_frame(fake_station, 60 + i % 1400), 60 + i % 1400);
        fake_out8(board, PORT + 4, (uint8_t)i);
        fake_out8(board, PORT + 6, (uint8_t)i);
        fake_out8(board, PORT, i & 1 ? 0x26 : 0x1a);
        fake_in32(board, PORT + 0x10);
        fake_run_us(board, 21);
    }
    ck_assert_uint_gt(f.count, 0);
    ck_assert_ptr_nonnull(fake_describe(board, &ne->dev));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ne2000");
    TCase *n = tcase_create("ne2000");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(n, setup, teardown);
    tcase_add_test(n, the_ne2000_has_its_prom);
    tcase_add_test(n, the_ne2000_sends);
    tcase_add_test(n, the_ne2000_receives_into_its_ring);
    tcase_add_test(n, a_ring_is_never_filled_so_far_that_it_looks_empty);
    tcase_add_test(n, the_ne2000_filters);
    tcase_add_test(n, only_stp_stops_the_ne2000);
    tcase_add_test(n, ne2000_rings_that_are_none_hurt_nobody);
    suite_add_tcase(suite, n);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
