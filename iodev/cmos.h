/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/cmos.h - MC146818 real-time clock and CMOS RAM. */
#ifndef IODEV_CMOS_H
#define IODEV_CMOS_H

#include "iodev/device.h"

/* Settings that the board knows. */
enum {
    CMOS_DISKETTES = 0x10, /* types of drive 0 (upper half) and 1 */
    CMOS_EQUIPMENT = 0x14, /* bits 7-6 diskette drives - 1, 1 coprocessor, 0 there are some */
};

struct cmos {
    struct device dev;
    uint8_t index;    /* 00h-7fh, chosen through port 70h */
    bool nmi_masked;  /* bit 7 of port 70h */
    uint8_t ram[128]; /* 00h-0dh: clock registers; rest: battery-backed settings */
    /* The calendar: `seconds` at clock `origin`, one more every 32768 clocks. */
    int64_t seconds;    /* since 1970, as the guest's clock sees it */
    uint64_t origin;    /* clocks of 32768 Hz since tick 0; a second began there */
    uint64_t checked;   /* clock up to which the flags of register C are worked out */
    uint8_t weekday;    /* difference between the guest's day of the week and the calendar's, 0-6 */
    bool output;        /* what the IRQ8 line was last driven to */
    struct event event; /* the next flag that raises IRQ8 */
    struct irq_line irq;
    struct irq_line nmi_mask; /* follows nmi_masked: to port 61h */
};

extern const struct device_class cmos_class;

/* For the board, after reset: a byte of the settings, kept with the checksum of 10h-2dh. */
void cmos_set(struct cmos *cmos, uint8_t index, uint8_t value);
/* The memory size bytes that a BIOS reads: RAM below and above 4 GiB, in bytes. */
void cmos_set_memory(struct cmos *cmos, uint64_t below_4g, uint64_t above_4g);
/* Seconds since 1970 that the guest's clock shows. */
int64_t cmos_seconds(const struct cmos *cmos);

#endif
