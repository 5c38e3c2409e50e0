/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/piix3.h - 82371SB (PIIX3), function 0: the ISA bridge. It leads the four PCI interrupts to
 * ISA ones; an interrupt that both ask for is asserted as long as one of them does.
 */
#ifndef IODEV_PIIX3_H
#define IODEV_PIIX3_H

#include "iodev/pci.h"

struct piix3 {
    struct device dev;
    struct pci_function pci;
    uint16_t isa;  /* ISA devices assert these interrupts */
    uint16_t pirq; /* ... and these come from PCI */
    uint8_t pins;  /* PIRQ A (bit 0) to D */
    struct irq_line irq[16];
};

extern const struct device_class piix3_class;

void piix3_setup(struct piix3 *bridge, struct pci_bus *bus);
/* Receivers: ISA interrupt `pin`; PIRQ A to D. */
void piix3_isa_irq(void *bridge, unsigned pin, bool level);
void piix3_pirq(void *bridge, unsigned pin, bool level);

#endif
