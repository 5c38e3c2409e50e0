/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_iodev.c - what every device class promises. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "iodev/cmos.h"
#include "iodev/debug_port.h"
#include "iodev/fdc.h"
#include "iodev/fw_cfg.h"
#include "iodev/hpet.h"
#include "iodev/i440fx.h"
#include "iodev/i8042.h"
#include "iodev/ide.h"
#include "iodev/ioapic.h"
#include "iodev/isa_debug_exit.h"
#include "iodev/lapic.h"
#include "iodev/lpt.h"
#include "iodev/pflash.h"
#include "iodev/pic.h"
#include "iodev/piix3.h"
#include "iodev/pit.h"
#include "iodev/port61.h"
#include "iodev/port92.h"
#include "iodev/power.h"
#include "iodev/ps2_keyboard.h"
#include "iodev/ps2_mouse.h"
#include "iodev/typist.h"
#include "iodev/uart.h"
#include "iodev/vga.h"
#include "tests/support/fake_board.h"

static const struct device_class *const classes[] = {
    &pic_class,     &pit_class,         &port61_class,
    &cmos_class,    &i8042_class,       &port92_class,
    &uart_class,    &debug_port_class,  &isa_debug_exit_class,
    &power_class,   &lapic_class,       &ioapic_class,
    &vga_class,     &fw_cfg_class,      &ps2_keyboard_class,
    &pci_bus_class, &i440fx_class,      &piix3_class,
    &ide_class,     &ide_channel_class, &ata_drive_class,
    &typist_class,  &ps2_mouse_class,   &dma_class,
    &fdc_class,     &hpet_class,        &lpt_class,
    &pflash_class,
};

/* The IDE function with its channels, a disk without a medium and a CD drive; one of these. */
static struct device *create_ide(struct fake_board *board, const struct device_class *class)
{
    struct ide_channel *channel[2];
    struct ata_drive *disk, *cd;
    struct ide *ide;

    for (unsigned i = 0; i < 2; i++)
        channel[i] = device_create(&board->list, &ide_channel_class);
    ide = device_create(&board->list, &ide_class);
    ide_setup(ide, channel[0], channel[1], fake_pci(board));
    disk = device_create(&board->list, &ata_drive_class);
    cd = device_create(&board->list, &ata_drive_class);
    ide_plug(ide, disk, 0, false, NULL);
    ide_plug(ide, cd, 2, true, NULL);
    device_reset_all(&board->list, RESET_POWER_ON);
    fake_config_write(board, PCI_DEVFN(1, 1), 0x20, 4, 0xc000);
    fake_config_write(board, PCI_DEVFN(1, 1), 0x40, 4, 0x80008000);
    fake_config_write(board, PCI_DEVFN(1, 1), PCI_COMMAND, 2, 5);
    return class == &ide_class           ? &ide->dev
           : class == &ide_channel_class ? &channel[0]->dev
                                         : &cd->dev;
}

static struct device *create(struct fake_board *board, const struct device_class *class)
{
    struct device *dev;

    if (class == &ide_class || class == &ide_channel_class || class == &ata_drive_class)
        return create_ide(board, class);
    dev = class == &pci_bus_class ? &fake_pci(board)->dev : device_create(&board->list, class);
    if (class == &power_class)
        power_setup((struct power *)dev, fake_pci(board));
    if (class == &i440fx_class)
        i440fx_setup((struct i440fx *)dev, fake_pci(board));
    if (class == &piix3_class)
        piix3_setup((struct piix3 *)dev, fake_pci(board));
    if (class == &uart_class)
        uart_setup((struct uart *)dev, &board->ports, 0x3f8, "com1");
    if (class == &debug_port_class)
        debug_port_setup((struct debug_port *)dev, &board->ports, 0xe9, "debug_port");
    if (class == &isa_debug_exit_class)
        isa_debug_exit_setup((struct isa_debug_exit *)dev, &board->ports, 0xf4, 4);
    if (class == &dma_class)
        ((struct dma *)dev)->memory = &board->memory;
    if (class == &fdc_class) {
        ((struct fdc *)dev)->dma = device_create(&board->list, &dma_class);
        ((struct fdc *)dev)->dma->memory = &board->memory;
        fdc_plug((struct fdc *)dev, 1, NULL);
    }
    if (class == &vga_class)
        vga_plug_memory((struct vga *)dev, &board->memory, FAKE_RAM);
    if (class == &pflash_class)
        pflash_setup((struct pflash *)dev, &board->memory, 0xfffe0000, 0x20000);
    device_reset_all(&board->list, RESET_POWER_ON);
    return dev;
}

/* Pokes at all ports and registers of all devices with a fixed pseudo-random sequence. */
static void stir(struct fake_board *board, unsigned steps, uint64_t seed)
{
    while (steps--) {
        const struct space *space = &board->ports;
        const struct range *range;
        uint64_t address;
        unsigned size;

        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        if (seed >> 62 == 0 && board->memory.count > 1) {
            space = &board->memory;
            range = &space->ranges[1 + (seed >> 32) % (space->count - 1)];
        } else if (space->count) {
            range = &space->ranges[(seed >> 32) % space->count];
        } else {
            continue;
        }
        address = range->first + (seed >> 20) % (range->last - range->first + 1);
        size = 1u << (seed >> 59 & 3);
        if (seed >> 58 & 1)
            space_write((struct space *)space, address, size, seed >> 13);
        else
            space_read((struct space *)space, address, size);
        if (seed >> 57 & 1)
            fake_run(board, seed >> 40 & 0xffff);
    }
}

START_TEST(every_member_has_a_row)
{
    const struct device_class *class = classes[_i];

    ck_assert_msg(fields_first_hole(class->fields, class->size) == -1, "%s: hole at %ld",
                  class->name, fields_first_hole(class->fields, class->size));
    for (const struct field *field = class->fields; field->name; field++)
        ck_assert_msg(field->text && field->text[0], "%s.%s has no text", class->name, field->name);
}
END_TEST

START_TEST(every_range_has_a_text)
{
    const struct io_range *tables[] = { classes[_i]->ports, classes[_i]->mmio };

    ck_assert_ptr_nonnull(classes[_i]->title);
    for (unsigned i = 0; i < 2; i++) {
        for (const struct io_range *io = tables[i]; io && io->count; io++)
            ck_assert_msg(io->text && io->text[0], "%s: range %llx", classes[_i]->name,
                          (unsigned long long)io->first);
    }
}
END_TEST

START_TEST(state_survives_save_and_restore)
{
    struct fake_board *board = fake_board_create(10000000);
    struct device *dev = create(board, classes[_i]);

    for (unsigned i = 0; i < 20; i++) {
        stir(board, 50, i * 1000 + (unsigned)_i);
        ck_assert_msg(fake_round_trip(board, dev), "%s after %u", dev->name, i);
    }
    fake_board_destroy(board);
}
END_TEST

/* What a snapshot file might hold instead: the device must stand it. */
START_TEST(any_restored_bytes_are_harmless)
{
    struct fake_board *board = fake_board_create(10000000);
    struct device *dev = create(board, classes[_i]);
    const struct device_class *class = dev->class;
    uint64_t seed = 12345;

    for (unsigned round = 0; round < 40; round++) {
        for (const struct field *field = class->fields; field->name; field++) {
            uint8_t *p = (uint8_t *)dev + field->offset;

            for (size_t i = 0; field->format != FMT_DERIVED && i < field->size * field->count;
                 i++) {
                seed = seed * UINT64_C(6364136223846793005) + 1;
                p[i] = (uint8_t)(round & 1 ? 0xff : seed >> 50);
                if (field->format == FMT_BOOL)
                    p[i] &= 1;
            }
        }
        if (class->restored)
            class->restored(dev);
        fake_describe(board, dev);
        for (unsigned i = 0; i < 10; i++)
            fake_run(board, 1000); /* a bounded time: events may be close together */
        stir(board, 30, seed);
        class->reset(dev, RESET_POWER_ON);
    }
    fake_board_destroy(board);
}
END_TEST

START_TEST(looking_changes_nothing)
{
    struct fake_board *board = fake_board_create(10000000);
    struct device *dev = create(board, classes[_i]);
    const struct space *spaces[] = { &board->ports, &board->memory };
    struct buf before = { 0 }, after = { 0 };

    stir(board, 200, 99);
    fields_save(dev->class->fields, dev, &before);
    fake_describe(board, dev);
    for (unsigned s = 0; s < 2; s++) {
        for (unsigned i = 0; i < spaces[s]->count; i++) {
            const struct range *range = &spaces[s]->ranges[i];
            uint8_t byte[8];

            if (range->kind != RANGE_DEVICE)
                continue;
            ck_assert_msg(range->io->peek, "%s: port %llx cannot be looked at", dev->name,
                          (unsigned long long)range->first);
            ck_assert(space_peek(spaces[s], range->first, byte, range->io->widths & IO_8 ? 1 : 4));
        }
    }
    fields_save(dev->class->fields, dev, &after);
    ck_assert_uint_eq(before.length, after.length);
    ck_assert_mem_eq(before.data, after.data, before.length);
    buf_free(&before);
    buf_free(&after);
    fake_board_destroy(board);
}
END_TEST

START_TEST(a_device_describes_itself)
{
    struct fake_board *board = fake_board_create(10000000);
    struct device *dev = create(board, classes[_i]);
    const char *text = fake_describe(board, dev);

    ck_assert_msg(text[0] && text[strlen(text) - 1] == '\n', "%s", dev->name);
    fake_board_destroy(board);
}
END_TEST

START_TEST(devices_are_found_by_name_and_class)
{
    struct fake_board *board = fake_board_create(10000000);
    struct uart *one = device_create(&board->list, &uart_class);
    struct uart *two = device_create(&board->list, &uart_class);

    uart_setup(one, &board->ports, 0x3f8, "com1");
    uart_setup(two, &board->ports, 0x2f8, "com2");
    ck_assert_ptr_eq(device_find(&board->list, "com2"), &two->dev);
    ck_assert_ptr_eq(device_find(&board->list, "uart"), &one->dev);
    ck_assert_ptr_null(device_find(&board->list, "com3"));
    ck_assert_str_eq(space_find(&board->ports, 0x2ff)->name, "com2");
    fake_board_destroy(board);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("iodev");
    TCase *tcase = tcase_create("iodev");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, every_member_has_a_row, 0, ARRAY_SIZE(classes));
    tcase_add_loop_test(tcase, every_range_has_a_text, 0, ARRAY_SIZE(classes));
    tcase_add_loop_test(tcase, state_survives_save_and_restore, 0, ARRAY_SIZE(classes));
    tcase_add_loop_test(tcase, any_restored_bytes_are_harmless, 0, ARRAY_SIZE(classes));
    tcase_add_loop_test(tcase, looking_changes_nothing, 0, ARRAY_SIZE(classes));
    tcase_add_loop_test(tcase, a_device_describes_itself, 0, ARRAY_SIZE(classes));
    tcase_add_test(tcase, devices_are_found_by_name_and_class);
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 30);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
