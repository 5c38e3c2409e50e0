/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_iodev_apic.c - local APIC and I/O APIC: values from the SDM and data sheet. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "iodev/ioapic.h"
#include "iodev/lapic.h"
#include "tests/support/fake_board.h"

static struct fake_board *board;
static struct lapic *lapic;
static struct ioapic *ioapic;
static struct fake_line intr, nmi, init, smi;

/* One tick is one bus clock. */
static void setup(void)
{
    board = fake_board_create(100000000);
    lapic = device_create(&board->list, &lapic_class);
    ioapic = device_create(&board->list, &ioapic_class);
    lapic->bus_hz = 100000000;
    lapic->eoi = ioapic_eoi;
    lapic->eoi_context = ioapic;
    ioapic->deliver = lapic_deliver;
    ioapic->context = lapic;
    memset(&intr, 0, sizeof intr);
    memset(&nmi, 0, sizeof nmi);
    memset(&init, 0, sizeof init);
    memset(&smi, 0, sizeof smi);
    fake_connect(&lapic->intr, &intr);
    fake_connect(&lapic->nmi, &nmi);
    fake_connect(&lapic->init, &init);
    fake_connect(&lapic->smi, &smi);
    device_reset_all(&board->list, RESET_POWER_ON);
}

static void teardown(void)
{
    fake_board_destroy(board);
}

static uint32_t get(unsigned offset)
{
    return (uint32_t)space_read(&board->memory, 0xfee00000 + offset, 4);
}

static void put(unsigned offset, uint32_t value)
{
    space_write(&board->memory, 0xfee00000 + offset, 4, value);
}

static void enable(void)
{
    put(LAPIC_SVR, 0x1ff);
}

static void set_redir(unsigned pin, uint64_t entry)
{
    space_write(&board->memory, 0xfec00000, 4, 0x11 + 2 * pin);
    space_write(&board->memory, 0xfec00010, 4, entry >> 32);
    space_write(&board->memory, 0xfec00000, 4, 0x10 + 2 * pin);
    space_write(&board->memory, 0xfec00010, 4, entry & 0xffffffff);
}

static uint64_t get_redir(unsigned pin)
{
    uint64_t low;

    space_write(&board->memory, 0xfec00000, 4, 0x10 + 2 * pin);
    low = space_read(&board->memory, 0xfec00010, 4);
    space_write(&board->memory, 0xfec00000, 4, 0x11 + 2 * pin);
    return low | space_read(&board->memory, 0xfec00010, 4) << 32;
}

START_TEST(registers_have_their_reset_values)
{
    ck_assert_uint_eq(get(LAPIC_ID), 0);
    ck_assert_uint_eq(get(LAPIC_VERSION), 0x00050014);
    ck_assert_uint_eq(get(LAPIC_SVR), 0xff);
    ck_assert_uint_eq(get(LAPIC_DFR), 0xffffffff);
    for (unsigned offset = LAPIC_LVT_TIMER; offset <= LAPIC_LVT_ERROR; offset += 0x10)
        ck_assert_uint_eq(get(offset), 0x10000);
    ck_assert_uint_eq(lapic->base, 0xfee00900);
    ck_assert_uint_eq(get(0x04), 0); /* only the first 32 bits of 16 bytes */
}
END_TEST

START_TEST(masks_cannot_be_cleared_while_disabled)
{
    put(LAPIC_LVT_TIMER, 0x00020);
    ck_assert_uint_eq(get(LAPIC_LVT_TIMER), 0x10020);
    enable();
    put(LAPIC_LVT_TIMER, 0xffffffff);
    ck_assert_uint_eq(get(LAPIC_LVT_TIMER), 0x700ff);
    put(LAPIC_LVT_TIMER, 0x00020);
    put(LAPIC_SVR, 0xff);
    ck_assert_uint_eq(get(LAPIC_LVT_TIMER), 0x10020);
}
END_TEST

START_TEST(a_self_ipi_goes_through_irr_isr_and_eoi)
{
    enable();
    put(LAPIC_ICR_LOW, 0x00040041);
    ck_assert(intr.level);
    ck_assert_uint_eq(get(LAPIC_IRR + 0x20), 2);
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x41);
    ck_assert(!intr.level);
    ck_assert_uint_eq(get(LAPIC_IRR + 0x20), 0);
    ck_assert_uint_eq(get(LAPIC_ISR + 0x20), 2);
    ck_assert_uint_eq(get(LAPIC_PPR), 0x40);
    put(LAPIC_EOI, 0);
    ck_assert_uint_eq(get(LAPIC_ISR + 0x20), 0);
    put(LAPIC_ICR_HIGH, 0);
    put(LAPIC_ICR_LOW, 0x00000042); /* to APIC 0 */
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x42);
    put(LAPIC_EOI, 0);
    put(LAPIC_ICR_HIGH, 0x01000000); /* to APIC 1: nobody */
    put(LAPIC_ICR_LOW, 0x00000042);
    put(LAPIC_ICR_LOW, 0x000c0042); /* all but this one */
    ck_assert(!intr.level);
    put(LAPIC_ICR_LOW, 0x00080042); /* all */
    ck_assert(intr.level);
}
END_TEST

START_TEST(priority_classes_order_delivery)
{
    enable();
    put(LAPIC_ICR_LOW, 0x00040051);
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x51);
    put(LAPIC_ICR_LOW, 0x0004005f); /* the same class waits */
    ck_assert(!intr.level);
    put(LAPIC_ICR_LOW, 0x00040060);
    ck_assert(intr.level);
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x60);
    put(LAPIC_EOI, 0);
    ck_assert(!intr.level);
    put(LAPIC_EOI, 0);
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x5f);
}
END_TEST

START_TEST(the_task_priority_holds_back)
{
    enable();
    lapic_set_tpr(lapic, 5);
    ck_assert_uint_eq(get(LAPIC_TPR), 0x50);
    put(LAPIC_ICR_LOW, 0x00040055);
    ck_assert(!intr.level);
    ck_assert_ptr_nonnull(strstr(fake_describe(board, &lapic->dev), "vector 0x55 waits"));
    put(LAPIC_TPR, 0x4f);
    ck_assert_uint_eq(lapic_get_tpr(lapic), 4);
    ck_assert(intr.level);
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x55);
    put(LAPIC_TPR, 0x5a);
    ck_assert_uint_eq(get(LAPIC_PPR), 0x5a); /* the same class: the TPR is shown */
    put(LAPIC_TPR, 0x4f);
    ck_assert_uint_eq(get(LAPIC_PPR), 0x50);
    put(LAPIC_EOI, 0);
    put(LAPIC_ICR_LOW, 0x00040055);
    put(LAPIC_TPR, 0xf0);
    ck_assert(!intr.level);
    ck_assert_int_eq(lapic_acknowledge(lapic), 0xff); /* spurious */
    ck_assert_uint_eq(get(LAPIC_ISR + 0x70), 0);
}
END_TEST

START_TEST(the_8259_passes_until_the_apic_is_enabled)
{
    lapic_set_lint0(lapic, 0, true);
    ck_assert(intr.level);
    ck_assert_int_eq(lapic_acknowledge(lapic), -1);
    enable();
    ck_assert(!intr.level); /* LINT0 is masked */
    put(LAPIC_LVT_LINT0, 0x700);
    ck_assert(intr.level); /* virtual wire mode */
    put(LAPIC_ICR_LOW, 0x00040041);
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x41); /* its own come first */
    ck_assert_int_eq(lapic_acknowledge(lapic), -1);
    put(LAPIC_LVT_LINT0, 0x10700);
    ck_assert(!intr.level);
    lapic_set_base(lapic, 0xfee00100);
    ck_assert(intr.level);
    ck_assert_uint_eq(get(LAPIC_VERSION), 0xffffffff);
    lapic_set_lint0(lapic, 0, false);
    ck_assert(!intr.level);
}
END_TEST

START_TEST(nmi_comes_by_message_and_by_lint1)
{
    enable();
    lapic_set_lint1(lapic, 0, true);
    ck_assert_uint_eq(nmi.rises, 0);
    lapic_set_lint1(lapic, 0, false);
    put(LAPIC_LVT_LINT1, 0x400);
    lapic_set_lint1(lapic, 0, true);
    ck_assert_uint_eq(nmi.rises, 1);
    put(LAPIC_ICR_LOW, 0x00040400);
    ck_assert_uint_eq(nmi.rises, 2);
    put(LAPIC_ICR_HIGH, 0);
    put(LAPIC_ICR_LOW, 0x00004500);
    ck_assert_uint_eq(init.rises, 1);
    put(LAPIC_ICR_LOW, 0x00008500); /* INIT level de-assert: nothing */
    put(LAPIC_ICR_LOW, 0x000c4608); /* SIPI to the others */
    ck_assert_uint_eq(init.rises, 1);
}
END_TEST

START_TEST(errors_are_collected_until_the_register_is_written)
{
    enable();
    put(LAPIC_LVT_ERROR, 0xfe);
    put(LAPIC_ICR_LOW, 0x00040005);
    ck_assert_uint_eq(get(LAPIC_ESR), 0);
    ck_assert_int_eq(lapic_acknowledge(lapic), 0xfe);
    put(LAPIC_ESR, 0);
    ck_assert_uint_eq(get(LAPIC_ESR), 0x20);
    put(LAPIC_ESR, 0);
    ck_assert_uint_eq(get(LAPIC_ESR), 0);
    put(0x3d0, 1);
    put(LAPIC_ESR, 0);
    ck_assert_uint_eq(get(LAPIC_ESR), 0x80);
    put(LAPIC_LVT_ERROR, 5); /* a bad vector for errors must not recurse */
    put(0x3d0, 1);
}
END_TEST

START_TEST(the_one_shot_timer_fires_once)
{
    enable();
    put(LAPIC_TIMER_DIVIDE, 0x3); /* 16 */
    put(LAPIC_LVT_TIMER, 0x30);
    put(LAPIC_TIMER_INITIAL, 100);
    ck_assert_uint_eq(get(LAPIC_TIMER_CURRENT), 100);
    fake_run(board, 800);
    ck_assert_uint_eq(get(LAPIC_TIMER_CURRENT), 50);
    ck_assert(!intr.level);
    fake_run(board, 799);
    ck_assert(!intr.level);
    fake_run(board, 1);
    ck_assert(intr.level);
    ck_assert_uint_eq(get(LAPIC_TIMER_CURRENT), 0);
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x30);
    put(LAPIC_EOI, 0);
    fake_run(board, 10000);
    ck_assert(!intr.level);
    put(LAPIC_TIMER_INITIAL, 100);
    put(LAPIC_TIMER_INITIAL, 0); /* stops it */
    fake_run(board, 10000);
    ck_assert(!intr.level);
}
END_TEST

START_TEST(the_periodic_timer_keeps_its_beat)
{
    unsigned count = 0;

    enable();
    put(LAPIC_TIMER_DIVIDE, 0xb); /* 1 */
    put(LAPIC_LVT_TIMER, 0x20030);
    put(LAPIC_TIMER_INITIAL, 1000);
    for (unsigned i = 0; i < 100; i++) {
        fake_run(board, 100);
        if (intr.level) {
            count++;
            ck_assert_uint_eq(get(LAPIC_TIMER_CURRENT), 1000);
            lapic_acknowledge(lapic);
            put(LAPIC_EOI, 0);
        }
    }
    ck_assert_uint_eq(count, 10);
    put(LAPIC_LVT_TIMER, 0x30030); /* masked: it counts on without events */
    ck_assert_uint_eq(clock_next_event(&board->clock), UINT64_MAX);
    fake_run(board, 300);
    ck_assert_uint_eq(get(LAPIC_TIMER_CURRENT), 700);
    put(LAPIC_LVT_TIMER, 0x20030);
    fake_run(board, 699);
    ck_assert(!intr.level);
    fake_run(board, 1);
    ck_assert(intr.level);
}
END_TEST

START_TEST(dividers_are_as_the_table_says)
{
    static const struct {
        uint32_t code;
        unsigned divisor;
    } table[] = { { 0x0, 2 },  { 0x1, 4 },  { 0x2, 8 },   { 0x3, 16 },
                  { 0x8, 32 }, { 0x9, 64 }, { 0xa, 128 }, { 0xb, 1 } };

    enable();
    for (unsigned i = 0; i < ARRAY_SIZE(table); i++) {
        put(LAPIC_TIMER_DIVIDE, table[i].code);
        put(LAPIC_TIMER_INITIAL, 1000);
        fake_run(board, 256);
        ck_assert_uint_eq(get(LAPIC_TIMER_CURRENT), 1000 - 256 / table[i].divisor);
    }
    put(LAPIC_TIMER_DIVIDE, 0x0); /* changed while it runs: goes on from where it is */
    ck_assert_uint_eq(get(LAPIC_TIMER_CURRENT), 744);
    fake_run(board, 20);
    ck_assert_uint_eq(get(LAPIC_TIMER_CURRENT), 734);
}
END_TEST

START_TEST(the_deadline_timer_fires_at_its_tick_and_disarms)
{
    enable();
    lapic_set_tsc_deadline(lapic, 500); /* not in that mode: ignored */
    ck_assert_uint_eq(lapic_tsc_deadline(lapic), 0);
    put(LAPIC_LVT_TIMER, 0x40030);
    put(LAPIC_TIMER_INITIAL, 10); /* ignored in that mode */
    lapic_set_tsc_deadline(lapic, 500);
    fake_run(board, 499);
    ck_assert(!intr.level);
    ck_assert_uint_eq(lapic_tsc_deadline(lapic), 500);
    fake_run(board, 1);
    ck_assert(intr.level);
    ck_assert_uint_eq(lapic_tsc_deadline(lapic), 0);
    lapic_acknowledge(lapic);
    put(LAPIC_EOI, 0);
    lapic_set_tsc_deadline(lapic, 100); /* has passed */
    clock_fire_due(&board->clock);
    ck_assert(intr.level);
    lapic_acknowledge(lapic);
    put(LAPIC_EOI, 0);
    lapic_set_tsc_deadline(lapic, 1000);
    lapic_set_tsc_deadline(lapic, 0);
    fake_run(board, 1000);
    ck_assert(!intr.level);
}
END_TEST

START_TEST(the_io_apic_answers_its_registers)
{
    space_write(&board->memory, 0xfec00000, 4, 1);
    ck_assert_uint_eq(space_read(&board->memory, 0xfec00010, 4), 0x00170011);
    space_write(&board->memory, 0xfec00000, 1, 0); /* Linux writes a byte */
    space_write(&board->memory, 0xfec00010, 4, 0x02000000);
    ck_assert_uint_eq(space_read(&board->memory, 0xfec00010, 4), 0x02000000);
    ck_assert_uint_eq(get_redir(5), 0x10000);
    set_redir(5, UINT64_C(0xffffffffffffffff));
    ck_assert_uint_eq(get_redir(5), UINT64_C(0xff0000000001afff));
}
END_TEST

START_TEST(an_edge_is_sent_once_and_lost_while_masked)
{
    enable();
    set_redir(4, 0x10034);
    ioapic_set_irq(ioapic, 4, true);
    set_redir(4, 0x00034);
    ck_assert(!intr.level);
    ioapic_set_irq(ioapic, 4, false);
    ioapic_set_irq(ioapic, 4, true);
    ck_assert(intr.level);
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x34);
    put(LAPIC_EOI, 0);
    ck_assert(!intr.level);
    ioapic_set_irq(ioapic, 99, true);
}
END_TEST

START_TEST(a_level_is_sent_again_after_eoi)
{
    enable();
    set_redir(9, 0x0a039); /* level, active low as ACPI programs PCI lines */
    ioapic_set_irq(ioapic, 9, true);
    ck_assert_uint_eq(get_redir(9) & 0x4000, 0x4000);
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x39);
    ck_assert_uint_eq(get(LAPIC_TMR + 0x10), 1u << 25);
    ck_assert(!intr.level);
    put(LAPIC_EOI, 0);
    ck_assert(intr.level);
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x39);
    ioapic_set_irq(ioapic, 9, false);
    put(LAPIC_EOI, 0);
    ck_assert(!intr.level);
    ck_assert_uint_eq(get_redir(9) & 0x4000, 0);
    set_redir(9, 0x1a039); /* a level that waits behind the mask is not lost */
    ioapic_set_irq(ioapic, 9, true);
    ck_assert(!intr.level);
    ck_assert_ptr_nonnull(strstr(fake_describe(board, &ioapic->dev), "asserted but masked"));
    set_redir(9, 0x0a039);
    ck_assert(intr.level);
}
END_TEST

START_TEST(destinations_are_physical_or_logical)
{
    enable();
    put(LAPIC_LDR, 0x04000000);
    set_redir(1, UINT64_C(0x0400000000000831)); /* logical, flat */
    ioapic_set_irq(ioapic, 1, true);
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x31);
    put(LAPIC_EOI, 0);
    set_redir(3, UINT64_C(0x0300000000000833));
    ioapic_set_irq(ioapic, 3, true);
    set_redir(5, UINT64_C(0x0500000000000035)); /* physical: APIC 5 */
    ioapic_set_irq(ioapic, 5, true);
    ck_assert(!intr.level);
    put(LAPIC_DFR, 0x0fffffff);
    put(LAPIC_LDR, 0x21000000); /* cluster 2, member 1 */
    set_redir(6, UINT64_C(0x1300000000000836));
    ioapic_set_irq(ioapic, 6, true);
    ck_assert(!intr.level);
    set_redir(7, UINT64_C(0x2300000000000837));
    ioapic_set_irq(ioapic, 7, true);
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x37);
    set_redir(8, UINT64_C(0x0000000000000400)); /* NMI */
    ioapic_set_irq(ioapic, 8, true);
    ck_assert_uint_eq(nmi.rises, 1);
}
END_TEST

START_TEST(a_masked_deadline_passes_unseen)
{
    enable();
    put(LAPIC_LVT_TIMER, 0x50030); /* masked */
    lapic_set_tsc_deadline(lapic, 500);
    fake_run(board, 600);
    ck_assert_uint_eq(lapic_tsc_deadline(lapic), 0);
    put(LAPIC_LVT_TIMER, 0x40030);
    fake_run(board, 600);
    ck_assert(!intr.level);
    lapic_set_tsc_deadline(lapic, 5000);
    put(LAPIC_LVT_TIMER, 0x00030); /* another mode disarms */
    put(LAPIC_LVT_TIMER, 0x40030);
    ck_assert_uint_eq(lapic_tsc_deadline(lapic), 0);
    lapic->has_deadline = false; /* bit 18 of a processor without it is 0 */
    put(LAPIC_LVT_TIMER, 0x40030);
    ck_assert_uint_eq(get(LAPIC_LVT_TIMER), 0x30);
}
END_TEST

START_TEST(smi_comes_by_message_and_by_lvt)
{
    put(LAPIC_ICR_LOW, 0x00040200); /* self; an APIC disabled by software sends and takes it */
    ck_assert_uint_eq(smi.rises, 1);
    enable();
    put(LAPIC_LVT_LINT1, 0x00200);
    lapic_set_lint1(lapic, 0, true);
    ck_assert_uint_eq(smi.rises, 2);
    ck_assert_uint_eq(nmi.rises, 0);
    set_redir(8, UINT64_C(0x0000000000000200));
    ioapic_set_irq(ioapic, 8, true);
    ck_assert_uint_eq(smi.rises, 3);
}
END_TEST

START_TEST(disabled_by_software_it_sends_but_takes_no_vector)
{
    enable();
    lapic_set_tpr(lapic, 15);
    put(LAPIC_ICR_LOW, 0x00040041);
    put(LAPIC_SVR, 0xff);
    lapic_set_tpr(lapic, 0);
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x41); /* accepted before: kept */
    put(LAPIC_EOI, 0);
    put(LAPIC_ICR_LOW, 0x00040042);
    ck_assert(!intr.level);
    put(LAPIC_ICR_LOW, 0x00040400);
    ck_assert_uint_eq(nmi.rises, 1);
}
END_TEST

START_TEST(lint0_as_a_level_asks_again_after_eoi)
{
    enable();
    put(LAPIC_LVT_LINT0, 0x08045);
    lapic_set_lint0(lapic, 0, true);
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x45);
    put(LAPIC_EOI, 0);
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x45);
    lapic_set_lint0(lapic, 0, false);
    put(LAPIC_EOI, 0);
    ck_assert(!intr.level);
    put(LAPIC_LVT_LINT0, 0x18045);
    lapic_set_lint0(lapic, 0, true);
    put(LAPIC_LVT_LINT0, 0x08045); /* unmasked while high */
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x45);
}
END_TEST

START_TEST(clearing_the_enable_bit_clears_the_registers)
{
    enable();
    put(LAPIC_ID, 0x05000000);
    put(LAPIC_TPR, 0x30);
    put(LAPIC_LVT_TIMER, 0x00030);
    put(LAPIC_TIMER_INITIAL, 100);
    lapic_set_base(lapic, 0xfee00100);
    ck_assert_uint_eq(get(LAPIC_TPR), 0xffffffff); /* the page is gone */
    lapic_set_base(lapic, 0xfee00900);
    ck_assert_uint_eq(get(LAPIC_ID), 0x05000000);
    ck_assert_uint_eq(get(LAPIC_TPR), 0);
    ck_assert_uint_eq(get(LAPIC_SVR), 0xff);
    ck_assert_uint_eq(get(LAPIC_LVT_TIMER), 0x10000);
    fake_run(board, 200);
    ck_assert(!intr.level);
}
END_TEST

START_TEST(x2apic_mode_has_wide_registers_and_no_page)
{
    enable();
    put(LAPIC_ID, 0x05000000);
    put(LAPIC_TPR, 0x20);
    lapic_set_base(lapic, 0xfee00d00);
    ck_assert_uint_eq(get(LAPIC_VERSION), 0xffffffff);
    put(LAPIC_TPR, 0xf0); /* ignored */
    ck_assert_uint_eq(lapic_x2apic_read(lapic, 0x08), 0x20);
    ck_assert_uint_eq(lapic_x2apic_read(lapic, 0x02), 0); /* the ID is wired */
    ck_assert_uint_eq(lapic_x2apic_read(lapic, 0x0d), 1); /* cluster 0, bit 0 */
    ck_assert_uint_eq(lapic_x2apic_read(lapic, 0x0f), 0x1ff);
    lapic_x2apic_write(lapic, 0x30, UINT64_C(0x0000000100000041)); /* to APIC 1: nobody */
    ck_assert(!intr.level);
    ck_assert_uint_eq(lapic_x2apic_read(lapic, 0x30), UINT64_C(0x0000000100000041));
    lapic_x2apic_write(lapic, 0x30, UINT64_C(0xff00000000000041)); /* no xAPIC broadcast either */
    ck_assert(!intr.level);
    lapic_x2apic_write(lapic, 0x30, UINT64_C(0x0000000000000041));
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x41);
    lapic_x2apic_write(lapic, 0x0b, 0);
    lapic_x2apic_write(lapic, 0x30, UINT64_C(0x0001000100000842)); /* logical: another cluster */
    ck_assert(!intr.level);
    lapic_x2apic_write(lapic, 0x30, UINT64_C(0x0000000300000842));
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x42);
    lapic_x2apic_write(lapic, 0x0b, 0);
    lapic_x2apic_write(lapic, 0x30, UINT64_C(0xffffffff00000043));
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x43);
    lapic_x2apic_write(lapic, 0x0b, 0);
    lapic_x2apic_write(lapic, 0x3f, 0x44); /* SELF IPI */
    ck_assert_uint_eq(lapic_x2apic_read(lapic, 0x22), 1 << 4);
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x44);
    lapic_x2apic_write(lapic, 0x0b, 0);
    lapic_x2apic_write(lapic, 0x3f, 0x0f);
    lapic_x2apic_write(lapic, 0x28, 0);
    ck_assert_uint_eq(lapic_x2apic_read(lapic, 0x28), 0x20);
    set_redir(7, UINT64_C(0xff00000000000037)); /* an I/O APIC's broadcast */
    ioapic_set_irq(ioapic, 7, true);
    ck_assert_int_eq(lapic_acknowledge(lapic), 0x37);
    lapic_set_base(lapic, 0xfee00100);
    lapic_set_base(lapic, 0xfee00900);
    ck_assert_uint_eq(get(LAPIC_ID), 0x05000000);
    ck_assert_uint_eq(get(LAPIC_LDR), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("apic");
    TCase *tcase = tcase_create("apic");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, registers_have_their_reset_values);
    tcase_add_test(tcase, masks_cannot_be_cleared_while_disabled);
    tcase_add_test(tcase, a_self_ipi_goes_through_irr_isr_and_eoi);
    tcase_add_test(tcase, priority_classes_order_delivery);
    tcase_add_test(tcase, the_task_priority_holds_back);
    tcase_add_test(tcase, the_8259_passes_until_the_apic_is_enabled);
    tcase_add_test(tcase, nmi_comes_by_message_and_by_lint1);
    tcase_add_test(tcase, errors_are_collected_until_the_register_is_written);
    tcase_add_test(tcase, the_one_shot_timer_fires_once);
    tcase_add_test(tcase, the_periodic_timer_keeps_its_beat);
    tcase_add_test(tcase, dividers_are_as_the_table_says);
    tcase_add_test(tcase, the_deadline_timer_fires_at_its_tick_and_disarms);
    tcase_add_test(tcase, a_masked_deadline_passes_unseen);
    tcase_add_test(tcase, smi_comes_by_message_and_by_lvt);
    tcase_add_test(tcase, disabled_by_software_it_sends_but_takes_no_vector);
    tcase_add_test(tcase, lint0_as_a_level_asks_again_after_eoi);
    tcase_add_test(tcase, clearing_the_enable_bit_clears_the_registers);
    tcase_add_test(tcase, x2apic_mode_has_wide_registers_and_no_page);
    tcase_add_test(tcase, the_io_apic_answers_its_registers);
    tcase_add_test(tcase, an_edge_is_sent_once_and_lost_while_masked);
    tcase_add_test(tcase, a_level_is_sent_again_after_eoi);
    tcase_add_test(tcase, destinations_are_physical_or_logical);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
