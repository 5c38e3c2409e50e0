/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/isa_debug_exit.h - a port that ends the run with a code. */
#ifndef IODEV_ISA_DEBUG_EXIT_H
#define IODEV_ISA_DEBUG_EXIT_H

#include "iodev/device.h"

struct isa_debug_exit {
    struct device dev;
    uint32_t code;  /* last value written */
    bool requested; /* one was written */
    struct io_range io[2];
    /* Plugged in by the board. The exit status is (code << 1) | 1 by QEMU's convention. */
    void (*exit_requested)(void *context, uint32_t code);
    void *context;
};

extern const struct device_class isa_debug_exit_class;

/* Map `count` ports (1, 2 or 4) from base on; QEMU's default is 501h and 2, blog_os uses f4h, 4. */
void isa_debug_exit_setup(struct isa_debug_exit *port, struct space *ports, uint16_t base,
                          unsigned count);

#endif
