/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/i8042.h - 8042 keyboard controller. */
#ifndef IODEV_I8042_H
#define IODEV_I8042_H

#include "iodev/device.h"
#include "iodev/ps2.h"

/* Where the byte in the output buffer comes from. */
enum i8042_source { I8042_CONTROLLER, I8042_KEYBOARD, I8042_AUX, I8042_AUX_TIMEOUT };

struct i8042 {
    struct device dev;
    uint8_t status;       /* bits 2 (system flag) and 3 (last write was a command) */
    uint8_t command_byte; /* controller RAM byte 0 */
    uint8_t ram[31];      /* controller RAM bytes 1-31 */
    uint8_t command;      /* whose data byte is awaited; 0: none, data goes to the keyboard */
    uint8_t output_port;  /* bit 0 not reset, 1 A20 */
    uint8_t data;         /* output buffer */
    bool full;            /* it holds a byte that was not read */
    uint8_t source;       /* of that byte: enum i8042_source */
    bool break_prefix;    /* translation: F0h was seen, the next code is a release */
    uint8_t reply;        /* a byte that waits to be put into the output buffer */
    bool reply_waits;
    uint8_t reply_source;
    uint64_t due; /* tick at which the output buffer may be filled next */
    bool irq1_level, irq12_level;
    bool warned;                    /* of an unknown command */
    struct event transfer;          /* fill the output buffer */
    struct ps2_cable keyboard, aux; /* take is NULL: nothing is plugged in */
    struct irq_line irq1, irq12;
    struct irq_line a20;   /* level: the A20 gate is open */
    struct irq_line reset; /* pulse */
};

extern const struct device_class i8042_class;

/* Plug a device's cable in: sets the controller's end of the device's struct. */
void i8042_plug_keyboard(struct i8042 *controller, struct ps2_cable *device);
void i8042_plug_aux(struct i8042 *controller, struct ps2_cable *device);

#endif
