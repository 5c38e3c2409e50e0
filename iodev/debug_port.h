/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/debug_port.h - a port to print on: Bochs' E9h, "isa-debugcon" at any other. */
#ifndef IODEV_DEBUG_PORT_H
#define IODEV_DEBUG_PORT_H

#include "iodev/chardev.h"
#include "iodev/device.h"

struct debug_port {
    struct device dev;
    uint64_t written; /* bytes */
    struct io_range io[2];
    struct chardev *output; /* plugged in by the board; NULL: nobody listens */
};

extern const struct device_class debug_port_class;

/* Map it; `name` is the device's: "debug_port". */
void debug_port_setup(struct debug_port *port, struct space *ports, uint16_t base,
                      const char *name);

#endif
