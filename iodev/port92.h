/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/port92.h - system control port A: fast A20 gate and fast reset. */
#ifndef IODEV_PORT92_H
#define IODEV_PORT92_H

#include "iodev/device.h"

struct port92 {
    struct device dev;
    uint8_t value;         /* as written; bit 0 fast reset, 1 A20 */
    struct irq_line a20;   /* level; the board ORs it with the keyboard controller's */
    struct irq_line reset; /* pulse */
};

extern const struct device_class port92_class;

#endif
