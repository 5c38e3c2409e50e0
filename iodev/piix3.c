/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/piix3.c - PIIX3, the ISA bridge. Ports that belong to it are chips of their own here: pic.c
 * (with ELCR), pit.c, port61.c, port92.c, and the reset control register in power.c.
 * Source: Intel 82371SB (PIIX3) data sheet, "PCI to ISA/IDE Bridge Configuration Registers".
 */
#include "iodev/piix3.h"

#include "util/bits.h"

enum {
    REG_PIRQ = 0x60,
    ROUTE_OFF = 0x80,
    ROUTABLE = 0xdef8, /* interrupts that a PIRQ may lead to: not 0, 1, 2, 8, 13 */
};

static void drive(struct piix3 *bridge, unsigned irq, bool was)
{
    bool level = (bridge->isa | bridge->pirq) >> irq & 1;

    if (level != was)
        irq_set(&bridge->irq[irq], level);
}

void piix3_isa_irq(void *owner, unsigned pin, bool level)
{
    struct piix3 *bridge = owner;
    bool was = (bridge->isa | bridge->pirq) >> pin & 1;

    if (pin >= 16)
        return;
    bridge->isa = (uint16_t)((bridge->isa & ~(1u << pin)) | (unsigned)level << pin);
    drive(bridge, pin, was);
}

/* Where a PIRQ leads, as a bit; 0: nowhere. */
static uint16_t route(const struct piix3 *bridge, unsigned n)
{
    uint8_t value = bridge->pci.config[REG_PIRQ + n];

    return value & ROUTE_OFF ? 0 : (uint16_t)(1u << (value & 15) & ROUTABLE);
}

static void update(struct piix3 *bridge)
{
    uint16_t now = 0, changed, was = bridge->isa | bridge->pirq;

    for (unsigned n = 0; n < PCI_PINS; n++) {
        if (bridge->pins >> n & 1)
            now |= route(bridge, n);
    }
    changed = now ^ bridge->pirq;
    bridge->pirq = now;
    for (unsigned irq = 0; changed; irq++, changed >>= 1) {
        if (changed & 1)
            drive(bridge, irq, was >> irq & 1);
    }
}

void piix3_pirq(void *owner, unsigned pin, bool level)
{
    struct piix3 *bridge = owner;

    bridge->pins = (uint8_t)((bridge->pins & ~(1u << pin)) | (unsigned)level << pin);
    update(bridge);
}

static void written(struct pci_function *function, unsigned first UNUSED, unsigned last UNUSED)
{
    update((struct piix3 *)function->wiring.dev);
}

/* clang-format off */
static const struct pci_register piix3_registers[] = {
    { 0x4c, 1, 0x4d,   0xff,   0, "ISA I/O recovery timer" },
    { 0x4e, 2, 0x0003, 0xffff, 0, "chip selects" },
    { 0x60, 4, 0x80808080, 0x8f8f8f8f, 0, "PIRQ routes: bit 7 off, 3-0 interrupt" },
    { 0x69, 1, 0x02,   0xfe,   0, "top of memory for ISA masters" },
    { 0x6a, 2, 0x0000, 0x0094, 0x8000, "miscellaneous status" },
    { 0x70, 2, 0x8080, 0xefef, 0, "motherboard interrupt routes" },
    { 0x76, 2, 0x0c0c, 0x8f8f, 0, "motherboard DMA" },
    { 0x78, 2, 0x0002, 0xffff, 0, "programmable chip select" },
    { 0x80, 1, 0x00,   0x7f,   0, "APIC base address relocation" },
    { 0x82, 1, 0x00,   0x0f,   0, "deterministic latency" },
    { 0xa0, 1, 0x08,   0x1f,   0, "SMI control" },
    { 0xa2, 2, 0x0000, 0x00ff, 0, "SMI enable" },
    { 0xa4, 4, 0x00000000, 0xffffffff, 0, "system events" },
    { 0xa8, 1, 0x0f,   0xff,   0, "fast-off timer" },
    { 0xaa, 2, 0x0000, 0x0000, 0x00ff, "SMI request" },
    { 0 },
};

static const struct pci_class piix3_pci = {
    .vendor = 0x8086,
    .device = 0x7000,
    .class = 0x060100,
    .several = true,
    .command = 0x0007,
    .command_bits = 0x0108,
    .status = 0x0200,
    .registers = piix3_registers,
    .written = written,
};

static const struct field piix3_fields[] = {
    NOT_SAVED(struct piix3, dev, "device"),
    PCI_FIELDS(struct piix3),
    FIELD(struct piix3, isa,  FMT_HEX, "interrupts that ISA devices assert, bit n: IRQ n"),
    FIELD(struct piix3, pirq, FMT_HEX, "interrupts that PCI devices assert"),
    FIELD(struct piix3, pins, FMT_HEX, "bit 0: PIRQ A, ... 3: PIRQ D"),
    NOT_SAVED(struct piix3, irq, "interrupt lines"),
    { 0 },
};
/* clang-format on */

void piix3_setup(struct piix3 *bridge, struct pci_bus *bus)
{
    pci_attach(bus, &bridge->dev, &bridge->pci, &piix3_pci, PCI_DEVFN(1, 0));
}

static void piix3_reset(struct device *dev, enum reset kind UNUSED)
{
    struct piix3 *bridge = (struct piix3 *)dev;

    pci_reset(&bridge->pci);
    update(bridge);
}

static void piix3_describe(const struct device *dev, struct out *out)
{
    const struct piix3 *bridge = (const struct piix3 *)dev;

    pci_describe(&bridge->pci, out);
    for (unsigned n = 0; n < PCI_PINS; n++) {
        uint16_t bit = route(bridge, n);

        out_printf(out, "PIRQ %c: ", 'A' + (int)n);
        if (bit)
            out_printf(out, "IRQ %d", __builtin_ctz(bit));
        else
            out_printf(out, "leads nowhere");
        out_printf(out, "%s\n", bridge->pins >> n & 1 ? ", asserted" : "");
    }
    out_printf(out, "asserted interrupts: ISA 0x%04x, PCI 0x%04x\n", bridge->isa, bridge->pirq);
}

const struct device_class piix3_class = {
    .name = "piix3",
    .title = "82371SB (PIIX3) ISA bridge: PCI interrupts",
    .size = sizeof(struct piix3),
    .fields = piix3_fields,
    .reset = piix3_reset,
    .describe = piix3_describe,
};
