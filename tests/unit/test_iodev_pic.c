/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_iodev_pic.c - 8259A pair: values from the data sheet and what systems rely on. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "iodev/pic.h"
#include "tests/support/fake_board.h"

static struct fake_board *board;
static struct pic *pic;
static struct fake_line intr;

static void init_chip(uint16_t port, uint8_t icw1, uint8_t vector, uint8_t icw3, uint8_t icw4)
{
    fake_out8(board, port, icw1);
    fake_out8(board, port + 1, vector);
    fake_out8(board, port + 1, icw3);
    fake_out8(board, port + 1, icw4);
}

/* As Linux does: vectors 20h and 28h, everything unmasked. */
static void init_both(void)
{
    init_chip(0x20, 0x11, 0x20, 0x04, 0x01);
    init_chip(0xa0, 0x11, 0x28, 0x02, 0x01);
}

static void setup(void)
{
    board = fake_board_create(1000000);
    pic = device_create(&board->list, &pic_class);
    memset(&intr, 0, sizeof intr);
    fake_connect(&pic->intr, &intr);
    device_reset_all(&board->list, RESET_POWER_ON);
}

static void teardown(void)
{
    fake_board_destroy(board);
}

static void pulse(unsigned irq)
{
    pic_set_irq(pic, irq, true);
    pic_set_irq(pic, irq, false);
}

START_TEST(it_is_silent_until_initialised)
{
    pic_set_irq(pic, 0, true);
    pic_set_irq(pic, 9, true);
    ck_assert(!intr.level);
    fake_out8(board, 0x20, 0x11);
    fake_out8(board, 0x21, 0x08);
    fake_out8(board, 0x21, 0x04);
    pic_set_irq(pic, 1, true);
    ck_assert(!intr.level);
    ck_assert_ptr_nonnull(strstr(fake_describe(board, &pic->dev),
                                 "IRQ1 pending but PIC1 is not initialised (ICW4 is missing)"));
    fake_out8(board, 0x21, 0x01);
    ck_assert(intr.level); /* IRQ1 rose after ICW1; the edge of IRQ0 was forgotten */
    ck_assert_uint_eq(pic_acknowledge(pic), 0x09);
    ck_assert(!intr.level);
}
END_TEST

START_TEST(an_edge_is_delivered_once)
{
    init_both();
    pic_set_irq(pic, 4, true);
    ck_assert(intr.level);
    ck_assert_uint_eq(pic_acknowledge(pic), 0x24);
    ck_assert(!intr.level);
    ck_assert_uint_eq(pic->master.isr, 0x10);
    fake_out8(board, 0x20, 0x20);
    ck_assert_uint_eq(pic->master.isr, 0);
    ck_assert(!intr.level); /* the line is still high */
    pic_set_irq(pic, 4, false);
    pic_set_irq(pic, 4, true);
    ck_assert(intr.level);
}
END_TEST

START_TEST(a_level_input_is_delivered_until_it_goes_low)
{
    init_both();
    fake_out8(board, 0x4d1, 0xff);
    ck_assert_uint_eq(fake_in8(board, 0x4d1), 0xde); /* 8 and 13 stay edges */
    fake_out8(board, 0x4d0, 0xff);
    ck_assert_uint_eq(fake_in8(board, 0x4d0), 0xf8);
    pic_set_irq(pic, 10, true);
    ck_assert_uint_eq(pic_acknowledge(pic), 0x2a);
    fake_out8(board, 0xa0, 0x20);
    fake_out8(board, 0x20, 0x20);
    ck_assert(intr.level);
    ck_assert_uint_eq(pic_acknowledge(pic), 0x2a);
    pic_set_irq(pic, 10, false);
    fake_out8(board, 0xa0, 0x20);
    fake_out8(board, 0x20, 0x20);
    ck_assert(!intr.level);
}
END_TEST

START_TEST(higher_priority_interrupts_lower_and_not_the_reverse)
{
    init_both();
    pic_set_irq(pic, 4, true);
    ck_assert_uint_eq(pic_acknowledge(pic), 0x24);
    pic_set_irq(pic, 5, true);
    ck_assert(!intr.level);
    pic_set_irq(pic, 1, true);
    ck_assert(intr.level);
    ck_assert_uint_eq(pic_acknowledge(pic), 0x21);
    fake_out8(board, 0x20, 0x20); /* non-specific: ends the highest, IRQ1 */
    ck_assert_uint_eq(pic->master.isr, 0x10);
    ck_assert(!intr.level);
    fake_out8(board, 0x20, 0x20);
    ck_assert_uint_eq(pic_acknowledge(pic), 0x25);
}
END_TEST

START_TEST(a_masked_request_waits_and_info_says_so)
{
    init_both();
    fake_out8(board, 0x21, 0xfb);
    ck_assert_uint_eq(fake_in8(board, 0x21), 0xfb);
    pic_set_irq(pic, 1, true);
    ck_assert(!intr.level);
    ck_assert_ptr_nonnull(
        strstr(fake_describe(board, &pic->dev), "IRQ1 pending but masked (PIC1 IMR=0xfb)"));
    fake_out8(board, 0x21, 0xf9);
    ck_assert(intr.level);
    pic_acknowledge(pic);
    pic_set_irq(pic, 1, false);
    pic_set_irq(pic, 1, true);
    ck_assert_ptr_nonnull(strstr(fake_describe(board, &pic->dev),
                                 "IRQ1 pending but IRQ1 is in service and has had no EOI"));
    fake_out8(board, 0x21, 0xff);
    pic_set_irq(pic, 12, true);
    ck_assert_ptr_nonnull(strstr(fake_describe(board, &pic->dev),
                                 "IRQ12 pending but the cascade is masked (PIC1 IMR=0xff)"));
}
END_TEST

START_TEST(a_withdrawn_request_gives_irq_7)
{
    init_both();
    pulse(3);
    ck_assert(!intr.level);
    ck_assert_uint_eq(pic_acknowledge(pic), 0x27);
    ck_assert_uint_eq(pic->master.isr, 0); /* how a handler tells it from a real one */
}
END_TEST

START_TEST(a_withdrawn_slave_request_gives_irq_15)
{
    /* The processor's INTA begins while the slave's request goes away. */
    init_both();
    pic_set_irq(pic, 14, true);
    ck_assert(intr.level);
    pic->slave.irr = 0;
    ck_assert_uint_eq(pic_acknowledge(pic), 0x2f);
    ck_assert_uint_eq(pic->slave.isr, 0);
    ck_assert_uint_eq(pic->master.isr, 0x04); /* the master does not know: it needs an EOI */
}
END_TEST

START_TEST(slave_requests_come_through_input_2)
{
    init_both();
    pic_set_irq(pic, 8, true);
    pic_set_irq(pic, 14, true);
    pic_set_irq(pic, 3, true);
    ck_assert_uint_eq(pic_acknowledge(pic), 0x28); /* 8-15 are above 3 */
    ck_assert_uint_eq(pic->master.isr, 0x04);
    ck_assert_uint_eq(pic->slave.isr, 0x01);
    ck_assert(!intr.level);
    fake_out8(board, 0xa0, 0x20);
    fake_out8(board, 0x20, 0x20);
    ck_assert_uint_eq(pic_acknowledge(pic), 0x2e);
    fake_out8(board, 0xa0, 0x20);
    fake_out8(board, 0x20, 0x20);
    ck_assert_uint_eq(pic_acknowledge(pic), 0x23);
}
END_TEST

START_TEST(specific_eoi_ends_the_named_one)
{
    init_both();
    pic_set_irq(pic, 5, true);
    pic_acknowledge(pic);
    pic_set_irq(pic, 1, true);
    pic_acknowledge(pic);
    fake_out8(board, 0x20, 0x65);
    ck_assert_uint_eq(pic->master.isr, 0x02);
}
END_TEST

START_TEST(automatic_eoi_leaves_nothing_in_service)
{
    init_chip(0x20, 0x11, 0x20, 0x04, 0x03);
    init_chip(0xa0, 0x11, 0x28, 0x02, 0x03);
    pic_set_irq(pic, 4, true);
    ck_assert_uint_eq(pic_acknowledge(pic), 0x24);
    ck_assert_uint_eq(pic->master.isr, 0);
    /* Two slave requests in a row: the second makes a new edge at the master. */
    pic_set_irq(pic, 8, true);
    pic_set_irq(pic, 9, true);
    ck_assert_uint_eq(pic_acknowledge(pic), 0x28);
    ck_assert(intr.level);
    ck_assert_uint_eq(pic_acknowledge(pic), 0x29);
    ck_assert(!intr.level);
}
END_TEST

START_TEST(rotation_moves_the_lowest_priority)
{
    init_both();
    pic_set_irq(pic, 4, true);
    pic_acknowledge(pic);
    fake_out8(board, 0x20, 0xa0); /* rotate on non-specific EOI: 4 is lowest, 5 highest */
    pic_set_irq(pic, 1, true);
    pic_set_irq(pic, 5, true);
    ck_assert_uint_eq(pic_acknowledge(pic), 0x25);
    fake_out8(board, 0x20, 0x65);
    fake_out8(board, 0x20, 0xc7); /* set priority: 7 lowest again */
    ck_assert_uint_eq(pic_acknowledge(pic), 0x21);
    init_chip(0x20, 0x11, 0x20, 0x04, 0x03);
    fake_out8(board, 0x20, 0x80); /* rotate at automatic EOI */
    pic_set_irq(pic, 0, false);
    pic_set_irq(pic, 0, true);
    ck_assert_uint_eq(pic_acknowledge(pic), 0x20);
    ck_assert_uint_eq(pic->master.lowest, 0);
    fake_out8(board, 0x20, 0x00);
    ck_assert(!pic->master.rotate_aeoi);
}
END_TEST

START_TEST(special_mask_mode_lets_lower_priorities_through)
{
    init_both();
    pic_set_irq(pic, 3, true);
    pic_acknowledge(pic);
    fake_out8(board, 0x20, 0x68); /* special mask mode */
    pic_set_irq(pic, 6, true);
    ck_assert(!intr.level);
    fake_out8(board, 0x21, 0x08); /* mask the one in service */
    ck_assert(intr.level);
    ck_assert_uint_eq(pic_acknowledge(pic), 0x26);
    fake_out8(board, 0x20, 0x20); /* non-specific: not the masked one */
    ck_assert_uint_eq(pic->master.isr, 0x08);
    fake_out8(board, 0x20, 0x48);
    ck_assert(!pic->master.special_mask);
}
END_TEST

START_TEST(special_fully_nested_lets_the_slave_interrupt_itself)
{
    init_chip(0x20, 0x11, 0x20, 0x04, 0x11);
    init_chip(0xa0, 0x11, 0x28, 0x02, 0x01);
    pic_set_irq(pic, 14, true);
    ck_assert_uint_eq(pic_acknowledge(pic), 0x2e);
    pic_set_irq(pic, 8, true);
    ck_assert(intr.level);
    ck_assert_uint_eq(pic_acknowledge(pic), 0x28);
}
END_TEST

START_TEST(ocw3_chooses_what_is_read)
{
    init_both();
    pic_set_irq(pic, 4, true);
    pic_acknowledge(pic);
    pic_set_irq(pic, 6, true);
    ck_assert_uint_eq(fake_in8(board, 0x20), 0x40);
    fake_out8(board, 0x20, 0x0b);
    ck_assert_uint_eq(fake_in8(board, 0x20), 0x10);
    ck_assert_uint_eq(fake_in8(board, 0x20), 0x10);
    fake_out8(board, 0x20, 0x0a);
    ck_assert_uint_eq(fake_in8(board, 0x20), 0x40);
}
END_TEST

START_TEST(a_poll_acknowledges)
{
    init_both();
    fake_out8(board, 0x20, 0x0c);
    ck_assert_uint_eq(fake_in8(board, 0x20) & 0x80, 0);
    pic_set_irq(pic, 5, true);
    fake_out8(board, 0x20, 0x0c);
    ck_assert_uint_eq(fake_in8(board, 0x20), 0x85);
    ck_assert_uint_eq(pic->master.isr, 0x20);
    ck_assert(!intr.level);
    ck_assert_uint_eq(fake_in8(board, 0x20), 0x00); /* IRR again */
}
END_TEST

START_TEST(icw1_forgets_masks_and_service)
{
    init_both();
    pic_set_irq(pic, 4, true);
    pic_acknowledge(pic);
    fake_out8(board, 0x21, 0xff);
    fake_out8(board, 0x20, 0x13); /* single, ICW4 */
    fake_out8(board, 0x21, 0x40);
    fake_out8(board, 0x21, 0x01);
    ck_assert_uint_eq(fake_in8(board, 0x21), 0);
    ck_assert_uint_eq(pic->master.isr, 0);
    pulse(4);
    pic_set_irq(pic, 2, true); /* nothing is connected to input 2 but the slave */
    pic_set_irq(pic, 99, true);
    ck_assert(!intr.level);
    pic_set_irq(pic, 3, true);
    ck_assert_uint_eq(pic_acknowledge(pic), 0x43);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pic");
    TCase *tcase = tcase_create("pic");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, it_is_silent_until_initialised);
    tcase_add_test(tcase, an_edge_is_delivered_once);
    tcase_add_test(tcase, a_level_input_is_delivered_until_it_goes_low);
    tcase_add_test(tcase, higher_priority_interrupts_lower_and_not_the_reverse);
    tcase_add_test(tcase, a_masked_request_waits_and_info_says_so);
    tcase_add_test(tcase, a_withdrawn_request_gives_irq_7);
    tcase_add_test(tcase, a_withdrawn_slave_request_gives_irq_15);
    tcase_add_test(tcase, slave_requests_come_through_input_2);
    tcase_add_test(tcase, specific_eoi_ends_the_named_one);
    tcase_add_test(tcase, automatic_eoi_leaves_nothing_in_service);
    tcase_add_test(tcase, rotation_moves_the_lowest_priority);
    tcase_add_test(tcase, special_mask_mode_lets_lower_priorities_through);
    tcase_add_test(tcase, special_fully_nested_lets_the_slave_interrupt_itself);
    tcase_add_test(tcase, ocw3_chooses_what_is_read);
    tcase_add_test(tcase, a_poll_acknowledges);
    tcase_add_test(tcase, icw1_forgets_masks_and_service);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
