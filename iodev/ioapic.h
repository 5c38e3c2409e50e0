/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/ioapic.h - 82093AA I/O APIC. */
#ifndef IODEV_IOAPIC_H
#define IODEV_IOAPIC_H

#include "iodev/device.h"

enum { IOAPIC_PINS = 24 };

struct ioapic {
    struct device dev;
    uint8_t select;              /* register chosen through IOREGSEL */
    uint8_t id;                  /* 0-15 */
    uint32_t lines;              /* inputs that are asserted */
    uint64_t redir[IOAPIC_PINS]; /* redirection table */
    /* A message to the local APICs: lapic_deliver fits. Plugged in by the board. */
    void (*deliver)(void *context, uint8_t vector, unsigned mode, bool level, uint8_t dest,
                    bool logical);
    void *context;
};

extern const struct device_class ioapic_class;

/* Input 0-23, true when asserted whatever its polarity; the board puts ISA IRQ0 on 2. */
void ioapic_set_irq(void *ioapic, unsigned pin, bool asserted);
/* The processor ended a level-triggered interrupt: fits struct lapic's `eoi`. */
void ioapic_eoi(void *ioapic, uint8_t vector);

#endif
