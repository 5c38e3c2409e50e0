/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/ps2.h - the cable between a keyboard controller and a keyboard or mouse. */
#ifndef IODEV_PS2_H
#define IODEV_PS2_H

#include "util/types.h"

struct ps2_cable {
    /* The device's end: the next byte it wants to send, taken; false: it has none. */
    bool (*take)(void *device, uint8_t *byte);
    /* The device's end: a byte from the controller. */
    void (*send)(void *device, uint8_t byte);
    void *device;
    /* The controller's end: the device has something to send. */
    void (*ready)(void *host);
    void *host;
};

#endif
