/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/lapic_internal.h - what the files of the local APIC share: lapic.c, lapic_timer.c. */
#ifndef IODEV_LAPIC_INTERNAL_H
#define IODEV_LAPIC_INTERNAL_H

#include "iodev/lapic.h"

enum {
    BASE_BSP = 0x100, /* IA32_APIC_BASE */
    BASE_X2APIC = 0x400,
    BASE_ENABLE = 0x800,
    SVR_ENABLE = 0x100,
    LVT_VECTOR = 0xff,
    LVT_LEVEL = 0x8000,
    LVT_MASKED = 0x10000,
    TIMER_PERIODIC = 1, /* LVT timer bits 18-17 */
    TIMER_DEADLINE = 2,
};

/* Enabled in IA32_APIC_BASE and by software. */
bool lapic_active(const struct lapic *lapic);
/* An event of a local vector table entry, LVT_*. */
void lapic_raise_lvt(struct lapic *lapic, unsigned entry);

/* lapic_timer.c */
unsigned lapic_timer_mode(const struct lapic *lapic); /* LVT timer bits 18-17 */
uint32_t lapic_timer_count(const struct lapic *lapic);
/* Begin to count down from `count`; 0 stops it. */
void lapic_timer_start(struct lapic *lapic, uint32_t count);
/* A register or the mode changed: when is the next interrupt? */
void lapic_timer_schedule(struct lapic *lapic);
void lapic_timer_fires(void *lapic);
void lapic_timer_describe(const struct lapic *lapic, struct out *out);

#endif
