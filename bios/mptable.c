/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/mptable.c - the table of the MultiProcessor Specification: one processor, the ISA and PCI buses, the I/O
 * APIC and what is wired to it; for systems that do not read ACPI. The pointer to it is in the EBDA, the table
 * behind those of ACPI. 32-bit code. Source: Intel, MultiProcessor Specification 1.4.
 */
#include "flat.h"
#include "pci.h"

#define IO_APIC_ID 0 /* as the MADT has it */
#define BUS_PCI 0
#define BUS_ISA 1
#define LEVEL_HIGH 0x000d

struct PACKED mp_pointer {
    char signature[4];
    uint32_t table;
    uint8_t length, revision, checksum, features[5];
};

struct PACKED mp_header {
    char signature[4];
    uint16_t length;
    uint8_t revision, checksum;
    char oem[8], product[12];
    uint32_t oem_table;
    uint16_t oem_length, count;
    uint32_t local_apic;
    uint16_t extended_length;
    uint8_t extended_checksum, reserved;
};

struct PACKED mp_processor {
    uint8_t type, id, version, flags;
    uint32_t signature, features, reserved[2];
};

struct PACKED mp_bus {
    uint8_t type, id;
    char name[6];
};

struct PACKED mp_io_apic {
    uint8_t type, id, version, flags;
    uint32_t address;
};

struct PACKED mp_interrupt {
    uint8_t type, kind;
    uint16_t flags;
    uint8_t bus, source, apic, pin;
};

enum mp_type { MP_PROCESSOR, MP_BUS, MP_IO_APIC, MP_INTERRUPT, MP_LOCAL_INTERRUPT };
enum mp_kind { MP_INT, MP_NMI, MP_SMI, MP_EXTINT };

struct table {
    struct mp_header *header;
    uint32_t end;
};

static void add(struct table *table, const void *entry, uint32_t bytes)
{
    copy(table->end, (uint32_t)entry, bytes);
    table->end += bytes;
    table->header->count++;
}

static void add_interrupt(struct table *table, uint8_t bus, uint8_t source, uint8_t pin,
                          uint16_t flags)
{
    struct mp_interrupt entry = { MP_INTERRUPT, MP_INT, flags, bus, source, IO_APIC_ID, pin };

    add(table, &entry, sizeof(entry));
}

static void add_local(struct table *table, enum mp_kind kind, uint8_t lint)
{
    struct mp_interrupt entry = { MP_LOCAL_INTERRUPT, (uint8_t)kind, 0, BUS_ISA, 0, 0xff, lint };

    add(table, &entry, sizeof(entry));
}

/* ISA interrupts keep their numbers, but for the timer, which is at pin 2; nothing is at the cascade. */
static void add_isa(struct table *table)
{
    for (uint8_t irq = 0; irq < 16; irq++)
        if (irq != 2)
            add_interrupt(table, BUS_ISA, irq, irq ? irq : 2, irq == 9 ? LEVEL_HIGH : 0);
}

/* Pins of what is on the bus, each once, to where pci_init() has led them. */
static void add_pci(struct table *table)
{
    uint8_t pins[32];

    fill((uint32_t)pins, 0, sizeof(pins));
    if (pci_read(0) == PCI_NOBODY)
        return;
    for (uint32_t function = 0; function < PCI_END; function = pci_next(function)) {
        uint8_t slot = (uint8_t)(function >> 11), pin;

        if (pci_read(function) == PCI_NOBODY)
            continue;
        pin = pci_read8(function + PCI_PIN);
        if (!pin || pin > 4 || pins[slot] & 1 << pin)
            continue;
        pins[slot] |= (uint8_t)(1 << pin);
        add_interrupt(table, BUS_PCI, (uint8_t)(slot << 2 | (pin - 1)),
                      pci_read8(function + PCI_LINE), LEVEL_HIGH);
    }
}

static uint8_t checksum(uint32_t at, uint32_t bytes)
{
    uint8_t sum = 0;

    while (bytes--)
        sum = (uint8_t)(sum - *(volatile uint8_t *)physical(at++));
    return sum;
}

void mp_table_init(uint32_t place)
{
    static const struct mp_header header = {
        .signature = { 'P', 'C', 'M', 'P' },
        .revision = 4,
        .oem = { 'V', 'I', 'T', 'R', 'I', 'N', 'E', ' ' },
        .product = { 'P', 'C', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ' },
        .local_apic = 0xfee00000,
    };
    static const struct mp_pointer pointer = {
        .signature = { '_', 'M', 'P', '_' },
        .length = 1, /* of 16 bytes */
        .revision = 4,
    };
    static const struct mp_bus buses[] = {
        { MP_BUS, BUS_PCI, { 'P', 'C', 'I', ' ', ' ', ' ' } },
        { MP_BUS, BUS_ISA, { 'I', 'S', 'A', ' ', ' ', ' ' } },
    };
    static const struct mp_io_apic io_apic = { MP_IO_APIC, IO_APIC_ID, 0x11, 1, 0xfec00000 };
    struct mp_processor processor = { .type = MP_PROCESSOR, .version = 0x14, .flags = 3 };
    struct table table = { (struct mp_header *)place, place + sizeof(header) };
    struct mp_pointer *at = (struct mp_pointer *)(EBDA_BASE + EBDA_MP);

    uint32_t signature, features;

    if (!cpu_identify(&signature, &features))
        return; /* no local APIC */
    processor.signature = signature;
    processor.features = features;
    copy(place, (uint32_t)&header, sizeof(header));
    add(&table, &processor, sizeof(processor));
    add(&table, &buses[0], sizeof(buses[0]));
    add(&table, &buses[1], sizeof(buses[1]));
    add(&table, &io_apic, sizeof(io_apic));
    add_isa(&table);
    add_pci(&table);
    add_local(&table, MP_EXTINT, 0);
    add_local(&table, MP_NMI, 1);
    table.header->length = (uint16_t)(table.end - place);
    table.header->checksum = checksum(place, table.end - place);
    copy((uint32_t)at, (uint32_t)&pointer, sizeof(pointer));
    at->table = place;
    at->checksum = checksum((uint32_t)at, sizeof(pointer));
}
