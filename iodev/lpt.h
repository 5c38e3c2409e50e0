/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/lpt.h - parallel port with a printer: standard mode, IRQ 7. */
#ifndef IODEV_LPT_H
#define IODEV_LPT_H

#include "iodev/chardev.h"
#include "iodev/device.h"

struct lpt {
    struct device dev;
    uint8_t data;
    uint8_t control; /* 0 strobe, 1 auto feed, 2 not reset, 3 select, 4 interrupt enabled */
    bool busy;       /* the printer takes a character */
    bool irq_level;
    uint64_t due;     /* tick at which it has; UINT64_MAX: it has none */
    uint64_t printed; /* characters */
    struct event event;
    struct chardev *output; /* where they go; plugged in by the board */
    struct irq_line irq;
};

extern const struct device_class lpt_class;

#endif
