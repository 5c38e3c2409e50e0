/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_iodev_pci.c - the PCI bus, the host bridge, the ISA bridge, power management on it. */
#include <check.h>
#include <stdlib.h>

#include "iodev/i440fx.h"
#include "iodev/piix3.h"
#include "iodev/power.h"
#include "tests/support/fake_board.h"

static struct fake_board *board;

/* A function with everything: I/O, memory and ROM BARs, a fixed port that a register opens, a pin. */
struct card {
    struct device dev;
    struct pci_function pci;
    unsigned writes;
    uint64_t last;
};

static uint64_t card_peek(const void *owner, uint64_t address, unsigned size)
{
    (void)owner;
    (void)size;
    return address & 15;
}

static uint64_t card_read(void *owner, uint64_t address, unsigned size)
{
    return card_peek(owner, address, size);
}

static void card_write(void *owner, uint64_t address, unsigned size, uint64_t value)
{
    struct card *card = owner;

    (void)address;
    (void)size;
    card->writes++;
    card->last = value;
}

static const struct io_range io_row = { 0, 16, IO_8, card_read, card_write, "ports", card_peek };
static const struct io_range memory_row = { 0,          4096,     IO_8 | IO_32, card_read,
                                            card_write, "memory", card_peek };
static const struct io_range fixed_rows[] = {
    { 0, 2, IO_8, card_read, card_write, "fixed", card_peek },
    { 0 },
};
static const struct pci_register card_registers[] = {
    { 0x40, 1, 0x12, 0xf0, 0x01, "mixed" },
    { 0x44, 4, 0, 0xffff, 0, "place of the fixed port" },
    { 0 },
};

static bool card_place(const struct pci_function *function, unsigned index, uint64_t *first)
{
    ck_assert_uint_eq(index, 0);
    *first = (uint64_t)(function->config[0x45] << 8 | function->config[0x44]);
    return *first;
}

static const struct pci_class card_pci = {
    .vendor = 0x1234,
    .device = 0x5678,
    .revision = 9,
    .class = 0x010180,
    .pin = 1,
    .command_bits = 7,
    .registers = card_registers,
    .bar = { [0] = { PCI_BAR_IO, 16, &io_row }, [1] = { PCI_BAR_MEMORY, 4096, &memory_row } },
    .fixed = fixed_rows,
    .place = card_place,
};

static const struct field card_fields[] = {
    NOT_SAVED(struct card, dev, "device"),
    PCI_FIELDS(struct card),
    FIELD(struct card, writes, FMT_DEC, "writes seen"),
    FIELD(struct card, last, FMT_HEX, "the last one"),
    { 0 },
};

static void card_reset(struct device *dev, enum reset kind)
{
    (void)kind;
    pci_reset(&((struct card *)dev)->pci);
}

static const struct device_class card_class = {
    .name = "card",
    .title = "test card",
    .size = sizeof(struct card),
    .fields = card_fields,
    .reset = card_reset,
};

static uint8_t card_rom[2048];
static struct card *card, *second;
static unsigned changes;
static uint64_t changed_first, changed_bytes;

enum { CARD = PCI_DEVFN(3, 0), SECOND = PCI_DEVFN(4, 0) };

static void changed(void *context, uint64_t first, uint64_t bytes)
{
    ck_assert_ptr_eq(context, board);
    changes++;
    changed_first = first;
    changed_bytes = bytes;
}

static void setup(void)
{
    board = fake_board_create(1000000);
    space_remove(&board->memory, 0xa0000, 0x60000); /* as on a PC: a hole, and ROM by the bridge */
    fake_pci(board)->memory_changed = changed;
    board->pci->context = board;
    changes = 0;
}

static void cards(void)
{
    card = device_create(&board->list, &card_class);
    pci_attach(board->pci, &card->dev, &card->pci, &card_pci, CARD);
    card_rom[0] = 0x55;
    pci_set_rom(&card->pci, card_rom, sizeof card_rom);
    second = device_create(&board->list, &card_class);
    pci_attach(board->pci, &second->dev, &second->pci, &card_pci, SECOND);
    device_reset_all(&board->list, RESET_POWER_ON);
}

static void teardown(void)
{
    fake_board_destroy(board);
}

START_TEST(configuration_space_is_read_in_any_width)
{
    cards();
    ck_assert_uint_eq(fake_config_read(board, CARD, 0, 4), 0x56781234);
    ck_assert_uint_eq(fake_config_read(board, CARD, 2, 2), 0x5678);
    ck_assert_uint_eq(fake_config_read(board, CARD, 1, 1), 0x12);
    ck_assert_uint_eq(fake_config_read(board, CARD, 8, 4), 0x01018009);
    ck_assert_uint_eq(fake_config_read(board, CARD, PCI_PIN, 1), 1);
    ck_assert_uint_eq(fake_config_read(board, PCI_DEVFN(5, 0), 0, 4), 0xffffffff);
    ck_assert_uint_eq(fake_config_read(board, CARD + 1, 0, 2), 0xffff);
    fake_out32(board, 0xcf8, 0x80010000 | CARD << 8); /* another bus */
    ck_assert_uint_eq(fake_in32(board, 0xcfc), 0xffffffff);
    fake_out32(board, 0xcf8, CARD << 8); /* not enabled */
    ck_assert_uint_eq(fake_in32(board, 0xcfc), 0xffffffff);
    fake_out32(board, 0xcf8, 0xffffffff);
    ck_assert_uint_eq(fake_in32(board, 0xcf8), 0x80fffffc);
    fake_out16(board, 0xcf8, 0); /* not PCI's */
    fake_out8(board, 0xcf8, 0);
    ck_assert_uint_eq(fake_in32(board, 0xcf8), 0x80fffffc);
}
END_TEST

START_TEST(writes_go_through_masks)
{
    cards();
    fake_config_write(board, CARD, 0, 4, 0);
    ck_assert_uint_eq(fake_config_read(board, CARD, 0, 4), 0x56781234);
    fake_config_write(board, CARD, 0x40, 1, 0xee);
    ck_assert_uint_eq(fake_config_read(board, CARD, 0x40, 1), 0xe2);
    fake_config_write(board, CARD, 0x3c, 4, 0xffffffff);
    ck_assert_uint_eq(fake_config_read(board, CARD, 0x3c, 4), 0x000001ff);
    fake_config_write(board, CARD, PCI_COMMAND, 2, 0xffff);
    ck_assert_uint_eq(fake_config_read(board, CARD, PCI_COMMAND, 2), 0x0407);
    device_reset_all(&board->list, RESET_HARD);
    ck_assert_uint_eq(fake_config_read(board, CARD, PCI_COMMAND, 2), 0);
    ck_assert_uint_eq(fake_config_read(board, CARD, 0x40, 1), 0x12);
}
END_TEST

START_TEST(bars_tell_their_size_and_move)
{
    cards();
    fake_config_write(board, CARD, 0x10, 4, 0xffffffff);
    fake_config_write(board, CARD, 0x14, 4, 0xffffffff);
    fake_config_write(board, CARD, 0x18, 4, 0xffffffff);
    fake_config_write(board, CARD, 0x30, 4, 0xfffffffe);
    ck_assert_uint_eq(fake_config_read(board, CARD, 0x10, 4), 0xfffffff1);
    ck_assert_uint_eq(fake_config_read(board, CARD, 0x14, 4), 0xfffff000);
    ck_assert_uint_eq(fake_config_read(board, CARD, 0x18, 4), 0);
    ck_assert_uint_eq(fake_config_read(board, CARD, 0x30, 4), 0xfffff800);

    fake_config_write(board, CARD, 0x10, 4, 0xc005);
    ck_assert_uint_eq(fake_config_read(board, CARD, 0x10, 4), 0xc001);
    ck_assert_uint_eq(fake_in8(board, 0xc003), 0xff); /* I/O is not enabled */
    fake_config_write(board, CARD, PCI_COMMAND, 2, PCI_COMMAND_IO);
    ck_assert_uint_eq(fake_in8(board, 0xc003), 3);
    fake_config_write(board, CARD, 0x11, 1, 0xd1); /* a byte of it */
    ck_assert_uint_eq(fake_in8(board, 0xc003), 0xff);
    ck_assert_uint_eq(fake_in8(board, 0xd103), 3);
    fake_out8(board, 0xd10f, 0x77);
    ck_assert_uint_eq(card->writes, 1);
    fake_config_write(board, CARD, 0x10, 4, 0x1c000); /* beyond the ports that there are */
    ck_assert_uint_eq(fake_in8(board, 0xc003), 0xff);

    fake_config_write(board, CARD, 0x14, 4, 0xe0000000);
    fake_config_write(board, CARD, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    ck_assert_uint_eq(space_read(&board->memory, 0xe0000005, 1), 5);
    fake_config_write(board, CARD, 0x14, 4, 0xfffff000); /* the last page there is */
    ck_assert_uint_eq(space_read(&board->memory, 0xe0000005, 1), 0xff);
    ck_assert_uint_eq(space_read(&board->memory, 0xffffffff, 1), 15);
    fake_config_write(board, CARD, PCI_COMMAND, 2, 0);
    ck_assert_uint_eq(space_read(&board->memory, 0xffffffff, 1), 0xff);
    ck_assert_uint_eq(changes, 0);
}
END_TEST

START_TEST(nothing_that_is_there_is_covered)
{
    static const struct io_range uart = { 0xc004, 2, IO_8, NULL, NULL, "another device", NULL };

    cards();
    space_add_device(&board->ports, &uart, NULL, "uart");
    fake_config_write(board, CARD, 0x10, 4, 0xc000);
    fake_config_write(board, SECOND, 0x10, 4, 0xc000);
    fake_config_write(board, CARD, 0x14, 4, 0x1000); /* over RAM */
    fake_config_write(board, CARD, PCI_COMMAND, 2, 7);
    fake_config_write(board, SECOND, PCI_COMMAND, 2, 7);
    ck_assert_ptr_eq(space_find(&board->ports, 0xc003)->owner, card);
    ck_assert_ptr_eq(space_find(&board->ports, 0xc004)->io, &uart);
    ck_assert_ptr_eq(space_find(&board->ports, 0xc006)->owner, card);
    ck_assert_uint_eq(space_find(&board->memory, 0x1000)->kind, RANGE_RAM);
    fake_config_write(board, CARD, PCI_COMMAND, 2, 0); /* what was under it comes to light */
    ck_assert_ptr_eq(space_find(&board->ports, 0xc003)->owner, second);
    fake_config_write(board, SECOND, PCI_COMMAND, 2, 0);
    ck_assert_ptr_null(space_find(&board->ports, 0xc003));
    ck_assert_ptr_eq(space_find(&board->ports, 0xc004)->io, &uart);
    ck_assert_uint_eq(space_find(&board->memory, 0x1000)->kind, RANGE_RAM);
}
END_TEST

START_TEST(the_rom_appears_when_enabled_twice)
{
    cards();
    fake_config_write(board, CARD, 0x30, 4, 0xe0000001);
    ck_assert_uint_eq(space_read(&board->memory, 0xe0000000, 1), 0xff);
    fake_config_write(board, CARD, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    ck_assert_uint_eq(space_read(&board->memory, 0xe0000000, 1), 0x55);
    ck_assert_uint_eq(changes, 1);
    ck_assert_uint_eq(changed_first, 0xe0000000);
    space_write(&board->memory, 0xe0000000, 1, 0);
    ck_assert_uint_eq(space_read(&board->memory, 0xe0000000, 1), 0x55);
    fake_config_write(board, CARD, 0x30, 4, 0xe0000000);
    ck_assert_uint_eq(space_read(&board->memory, 0xe0000000, 1), 0xff);
    ck_assert_uint_eq(changes, 2);
}
END_TEST

/* A card on which the ROM's own bit is enough, and which has nothing else. */
START_TEST(a_rom_alone_needs_no_memory_bit)
{
    static const struct pci_class alone = { .vendor = 0x1234, .device = 1, .rom_alone = true };

    card = device_create(&board->list, &card_class);
    pci_attach(board->pci, &card->dev, &card->pci, &alone, CARD);
    card_rom[0] = 0x55;
    pci_set_rom(&card->pci, card_rom, sizeof card_rom);
    device_reset_all(&board->list, RESET_POWER_ON);
    fake_config_write(board, CARD, 0x30, 4, 0xe0000000);
    ck_assert_uint_eq(space_read(&board->memory, 0xe0000000, 1), 0xff);
    fake_config_write(board, CARD, 0x30, 4, 0xe0000001);
    ck_assert_uint_eq(space_read(&board->memory, 0xe0000000, 1), 0x55);
    fake_config_write(board, CARD, PCI_COMMAND, 2, 0xffff);
    ck_assert_uint_eq(fake_config_read(board, CARD, PCI_COMMAND, 2), PCI_COMMAND_MEMORY);
}
END_TEST

START_TEST(fixed_ranges_go_where_the_class_says)
{
    cards();
    fake_config_write(board, CARD, 0x44, 2, 0x1f0);
    ck_assert_uint_eq(fake_in8(board, 0x1f1), 1);
    fake_config_write(board, CARD, 0x44, 2, 0x170);
    ck_assert_uint_eq(fake_in8(board, 0x1f1), 0xff);
    ck_assert_uint_eq(fake_in8(board, 0x171), 1);
}
END_TEST

START_TEST(restoring_brings_the_map_back)
{
    struct buf state = { 0 }, error = { 0 };
    const uint8_t *from;

    cards();
    fake_config_write(board, CARD, 0x10, 4, 0xc000);
    fake_config_write(board, CARD, PCI_COMMAND, 2, 1);
    fields_save(card_fields, card, &state);
    fake_config_write(board, CARD, 0x10, 4, 0xd000);
    from = state.data;
    ck_assert(fields_restore(card_fields, card, &from, from + state.length, &error));
    board->pci->dev.class->restored(&board->pci->dev);
    ck_assert_uint_eq(fake_in8(board, 0xd001), 0xff);
    ck_assert_uint_eq(fake_in8(board, 0xc001), 1);
    buf_free(&state);
}
END_TEST

/* Interrupts */

static struct piix3 *piix3;
static struct fake_line irq[16];

static void isa_bridge(void)
{
    piix3 = device_create(&board->list, &piix3_class);
    piix3_setup(piix3, board->pci);
    memset(irq, 0, sizeof irq);
    for (unsigned n = 0; n < 16; n++)
        fake_connect(&piix3->irq[n], &irq[n]);
    for (unsigned n = 0; n < PCI_PINS; n++)
        irq_connect(&board->pci->pirq[n], piix3_pirq, piix3, n);
    cards();
}

START_TEST(pins_are_routed_and_shared)
{
    enum { BRIDGE = PCI_DEVFN(1, 0) };

    isa_bridge();
    ck_assert_uint_eq(fake_config_read(board, BRIDGE, 0x60, 4), 0x80808080);
    pci_set_intx(&card->pci, true); /* slot 3, INTA#: PIRQ C */
    ck_assert_uint_eq(fake_config_read(board, CARD, PCI_STATUS, 2) & 8, 8);
    ck_assert_uint_eq(piix3->pirq, 0);
    fake_config_write(board, BRIDGE, 0x62, 1, 0x0b);
    ck_assert(irq[11].level); /* asserted while it is routed */
    fake_config_write(board, BRIDGE, 0x63, 1, 0x0b);
    pci_set_intx(&second->pci, true); /* slot 4: PIRQ D */
    pci_set_intx(&card->pci, false);
    ck_assert(irq[11].level);
    ck_assert_uint_eq(irq[11].rises, 1);
    fake_config_write(board, BRIDGE, 0x63, 1, 0x05);
    ck_assert(!irq[11].level);
    ck_assert(irq[5].level);
    piix3_isa_irq(piix3, 5, true);
    pci_set_intx(&second->pci, false);
    ck_assert(irq[5].level); /* ISA asks, too */
    piix3_isa_irq(piix3, 5, false);
    ck_assert(!irq[5].level);
    pci_set_intx(&second->pci, true);
    fake_config_write(board, SECOND, PCI_COMMAND, 2, PCI_COMMAND_NO_INTX);
    ck_assert(!irq[5].level);
    fake_config_write(board, SECOND, PCI_COMMAND, 2, 0);
    ck_assert(irq[5].level);
    fake_config_write(board, BRIDGE, 0x63, 1, 0x08); /* the clock's: not for PCI */
    ck_assert(!irq[5].level);
    ck_assert(!irq[8].level);
    fake_config_write(board, BRIDGE, 0x63, 1, 0x8b);
    ck_assert_uint_eq(piix3->pirq, 0);
    fake_config_write(board, BRIDGE, 0x63, 1, 0x0b);
    device_reset_all(&board->list, RESET_HARD);
    ck_assert(!irq[11].level);
}
END_TEST

/* Host bridge */

static struct i440fx *bridge;
static uint8_t rom[0x20000];
static unsigned smram_shown;

static void show_smram(void *context, bool shown)
{
    ck_assert_ptr_eq(context, board);
    smram_shown = shown;
}

static void host_bridge(void)
{
    bridge = device_create(&board->list, &i440fx_class);
    i440fx_setup(bridge, board->pci);
    for (unsigned i = 0; i < sizeof rom; i++)
        rom[i] = (uint8_t)(i >> 12 | 0x40);
    i440fx_set_rom(bridge, 0xe0000, sizeof rom, rom);
    bridge->memory_changed = changed;
    bridge->show_smram = show_smram;
    bridge->context = board;
    smram_shown = 0;
    device_reset_all(&board->list, RESET_POWER_ON);
    changes = 0;
}

static uint64_t at(uint64_t address)
{
    return space_read(&board->memory, address, 1);
}

START_TEST(after_reset_reads_come_from_rom)
{
    host_bridge();
    ck_assert_uint_eq(fake_config_read(board, 0, 0, 4), 0x12378086);
    ck_assert_uint_eq(at(0xc0000), 0xff);
    ck_assert_uint_eq(at(0xe0000), 0x40);
    ck_assert_uint_eq(at(0xfffff), 0x5f);
    space_write(&board->memory, 0xf0000, 1, 1);
    ck_assert_uint_eq(board->ram.bytes[0xf0000], 0);
}
END_TEST

/* Every piece in its four states, the neighbours untouched. */
START_TEST(pam_chooses_for_reads_and_writes)
{
    uint64_t first = 0xc0000 + (uint64_t)_i * 0x4000, last = _i == 12 ? 0xfffff : first + 0x3fff;
    unsigned reg = _i == 12 ? 0x59 : 0x5a + (unsigned)_i / 2;
    unsigned shift = _i == 12 || _i & 1 ? 4 : 0;
    uint64_t was, below, above;

    host_bridge();
    was = at(first);
    below = at(first - 1);
    above = at(last + 1);
    fake_config_write(board, 0, reg, 1, 2u << shift);
    ck_assert_uint_eq(changed_first, first);
    ck_assert_uint_eq(changed_bytes, last - first + 1);
    ck_assert_uint_eq(at(first), was);
    space_write(&board->memory, first, 1, 0x11);
    space_write(&board->memory, last, 1, 0x12);
    ck_assert_uint_eq(at(first), was);
    fake_config_write(board, 0, reg, 1, 1u << shift);
    ck_assert_uint_eq(at(first), 0x11);
    ck_assert_uint_eq(at(last), 0x12);
    space_write(&board->memory, first, 1, 0x22);
    ck_assert_uint_eq(at(first), 0x11);
    fake_config_write(board, 0, reg, 1, 3u << shift);
    space_write(&board->memory, first, 1, 0x33);
    ck_assert_uint_eq(at(first), 0x33);
    ck_assert_uint_eq(at(first - 1), below);
    ck_assert_uint_eq(at(last + 1), above);
    fake_config_write(board, 0, reg, 1, 0);
    ck_assert_uint_eq(at(first), was);
    space_write(&board->memory, first, 1, 0x44);
    ck_assert_uint_eq(board->ram.bytes[first], 0x33);
    ck_assert_uint_eq(changes, 4);
    fake_config_write(board, 0, reg, 1, 0xcc); /* reserved bits */
    ck_assert_uint_eq(fake_config_read(board, 0, reg, 1), 0);
    ck_assert_uint_eq(changes, 4);
}
END_TEST

START_TEST(restoring_pam_forgets_what_was_read)
{
    host_bridge();
    fake_config_write(board, 0, 0x59, 1, 0x10);
    fake_config_write(board, 0, 0x72, 1, 0x48);
    ck_assert(fake_round_trip(board, &bridge->dev));
    ck_assert_uint_eq(at(0xf0000), 0);
    ck_assert_uint_eq(smram_shown, 1);
    changes = 0;
    bridge->dev.class->restored(&bridge->dev);
    ck_assert_uint_eq(changes, 1);
    ck_assert_uint_eq(changed_first, 0xc0000);
    ck_assert_uint_eq(changed_bytes, 0x40000);
}
END_TEST

START_TEST(smram_opens_closes_and_locks)
{
    host_bridge();
    ck_assert_uint_eq(fake_config_read(board, 0, 0x72, 1), 0x02);
    i440fx_set_smm(bridge, true);
    ck_assert_uint_eq(smram_shown, 0); /* not enabled */
    fake_config_write(board, 0, 0x72, 1, 0x0d);
    ck_assert_uint_eq(fake_config_read(board, 0, 0x72, 1), 0x0a);
    ck_assert_uint_eq(smram_shown, 1);
    i440fx_set_smm(bridge, false);
    ck_assert_uint_eq(smram_shown, 0);
    fake_config_write(board, 0, 0x72, 1, 0x48);
    ck_assert_uint_eq(smram_shown, 1);
    fake_config_write(board, 0, 0x72, 1, 0x58); /* locking closes */
    ck_assert_uint_eq(smram_shown, 0);
    ck_assert_uint_eq(fake_config_read(board, 0, 0x72, 1), 0x1a);
    fake_config_write(board, 0, 0x72, 1, 0x40);
    ck_assert_uint_eq(fake_config_read(board, 0, 0x72, 1), 0x1a);
    ck_assert(fake_round_trip(board, &bridge->dev));
    fake_config_write(board, 0, 0x72, 1, 0x48);
    ck_assert_uint_eq(fake_config_read(board, 0, 0x72, 1), 0x1a); /* still */
    device_reset_all(&board->list, RESET_HARD);
    fake_config_write(board, 0, 0x72, 1, 0x48);
    ck_assert_uint_eq(smram_shown, 1);
}
END_TEST

/* Power management */

static struct power *pm;

static void power_management(void)
{
    pm = device_create(&board->list, &power_class);
    board->pci = NULL; /* a bus that finds port CF9h taken */
    power_setup(pm, fake_pci(board));
    device_reset_all(&board->list, RESET_POWER_ON);
}

enum { PM = PCI_DEVFN(1, 3) };

START_TEST(power_registers_move_with_pmba)
{
    power_management();
    ck_assert_uint_eq(fake_config_read(board, PM, 0, 4), 0x71138086);
    ck_assert_uint_eq(fake_config_read(board, PM, 0x40, 4), 0x601);
    ck_assert_uint_eq(fake_in16(board, 0x604), 0x0001);
    fake_config_write(board, PM, 0x40, 4, 0xb000);
    ck_assert_uint_eq(fake_in16(board, 0x604), 0xffff);
    ck_assert_uint_eq(fake_in16(board, 0xb004), 0x0001);
    fake_run(board, 1000);
    ck_assert_uint_eq(fake_in32(board, 0xb008), 3579);
    fake_config_write(board, PM, 0x80, 1, 0);
    ck_assert_uint_eq(fake_in16(board, 0xb004), 0xffff);
}
END_TEST

START_TEST(cf9_stays_the_reset_port)
{
    struct fake_line reset = { 0 };

    power_management();
    fake_connect(&pm->reset, &reset);
    fake_out32(board, 0xcf8, 0x80000b06); /* bytes 06h at CF8h, 0bh at CF9h: no reset */
    ck_assert_uint_eq(reset.rises, 0);
    fake_out8(board, 0xcf9, 0x06);
    ck_assert_uint_eq(reset.rises, 1);
    ck_assert_uint_eq(fake_in8(board, 0xcf9), 0x06);
    ck_assert_uint_eq(fake_in32(board, 0xcf8), 0x80000b04);
}
END_TEST

START_TEST(port_b2_raises_smi_as_in_a_piix4)
{
    struct fake_line smi = { 0 };

    power_management();
    fake_connect(&pm->smi, &smi);
    fake_out8(board, 0xb2, 1);
    ck_assert_uint_eq(smi.rises, 0);
    fake_out32(board, 0x628, 0x01);
    fake_out8(board, 0xb2, 1);
    ck_assert_uint_eq(smi.rises, 1);
    fake_config_write(board, PM, 0x5b, 1, 0x00);
    fake_out8(board, 0xb2, 1);
    ck_assert_uint_eq(smi.rises, 1);
}
END_TEST

START_TEST(nobody_answers_on_the_smbus)
{
    power_management();
    ck_assert_uint_eq(fake_in8(board, 0x700), 0xff);
    fake_config_write(board, PM, 0x90, 2, 0x700);
    fake_config_write(board, PM, 0xd2, 1, 0x09);
    ck_assert_uint_eq(fake_in8(board, 0x700), 0);
    fake_out8(board, 0x704, 0xa1);
    fake_out8(board, 0x702, 0x48);
    ck_assert_uint_eq(fake_in8(board, 0x700), 0x04);
    ck_assert_uint_eq(fake_in8(board, 0x702), 0x08);
    fake_out8(board, 0x700, 0x04);
    ck_assert_uint_eq(fake_in8(board, 0x700), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("iodev_pci");
    TCase *tcase = tcase_create("iodev_pci");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, configuration_space_is_read_in_any_width);
    tcase_add_test(tcase, writes_go_through_masks);
    tcase_add_test(tcase, bars_tell_their_size_and_move);
    tcase_add_test(tcase, nothing_that_is_there_is_covered);
    tcase_add_test(tcase, the_rom_appears_when_enabled_twice);
    tcase_add_test(tcase, a_rom_alone_needs_no_memory_bit);
    tcase_add_test(tcase, fixed_ranges_go_where_the_class_says);
    tcase_add_test(tcase, restoring_brings_the_map_back);
    tcase_add_test(tcase, pins_are_routed_and_shared);
    tcase_add_test(tcase, after_reset_reads_come_from_rom);
    tcase_add_loop_test(tcase, pam_chooses_for_reads_and_writes, 0, 13);
    tcase_add_test(tcase, restoring_pam_forgets_what_was_read);
    tcase_add_test(tcase, smram_opens_closes_and_locks);
    tcase_add_test(tcase, power_registers_move_with_pmba);
    tcase_add_test(tcase, cf9_stays_the_reset_port);
    tcase_add_test(tcase, port_b2_raises_smi_as_in_a_piix4);
    tcase_add_test(tcase, nobody_answers_on_the_smbus);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
