/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/hpet.h - high precision event timer: a counter of 100 MHz and three comparators. */
#ifndef IODEV_HPET_H
#define IODEV_HPET_H

#include "iodev/device.h"

#define HPET_BASE UINT64_C(0xfed00000)
#define HPET_HZ 100000000

enum { HPET_TIMERS = 3 };

struct hpet_timer {
    uint64_t comparator; /* as it reads */
    uint64_t period;     /* of periodic mode */
    uint64_t match;      /* clock of the next match; UINT64_MAX: none */
    uint32_t config;     /* lower half of the configuration register */
    bool level;          /* what it drives its line to */
    struct event event;
};

struct hpet {
    struct device dev;
    uint32_t config; /* bit 0 counts, 1 legacy replacement */
    uint32_t status; /* level-triggered interrupts that were not acknowledged */
    uint64_t held;   /* counter while it does not count */
    uint64_t origin; /* clock at which it was 0, while it counts */
    bool pit, rtc;   /* levels of the lines that legacy replacement cuts off */
    struct hpet_timer timer[HPET_TIMERS];
    /* Plugged in by the board: IRQ 0 and 8, and the I/O APIC, which gets the pin of the route. */
    struct irq_line irq0, irq8, ioapic;
};

extern const struct device_class hpet_class;

/* Inputs: what would drive IRQ 0 and IRQ 8 if there were no such timer. */
void hpet_pit(void *hpet, unsigned pin, bool level);
void hpet_rtc(void *hpet, unsigned pin, bool level);

#endif
