/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/chardev.h - what a serial line is to a device. Output leaves at once through `write`; input
 * is offered by the machine at an exact tick, as much as the device says it can take.
 */
#ifndef IODEV_CHARDEV_H
#define IODEV_CHARDEV_H

#include "util/types.h"

struct chardev {
    /* The far end. Never blocks the guest: the host side buffers. NULL: nobody listens. */
    void (*write)(void *host, const uint8_t *bytes, size_t count);
    void *host;
    /* The device's end, set by the device. */
    size_t (*can_receive)(const void *device); /* bytes it would take now */
    void (*receive)(void *device, const uint8_t *bytes, size_t count);
    void *device;
    /* Set by the machine: the device has room again. May be NULL. */
    void (*has_room)(void *host);
};

#endif
