/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/pit.h - 8254 programmable interval timer. */
#ifndef IODEV_PIT_H
#define IODEV_PIT_H

#include "iodev/device.h"

#define PIT_HZ 1193182

struct pit_channel {
    uint8_t mode;   /* 0-5 */
    uint8_t access; /* 1: low byte, 2: high byte, 3: low then high */
    bool bcd;
    bool gate;          /* level of the GATE input */
    bool output;        /* OUT before anything was counted: low in mode 0 */
    bool counting;      /* a count was loaded (modes 1 and 5: and triggered) */
    bool count_written; /* a count waits in the count register */
    bool write_high;    /* the low byte was written, the high byte follows */
    bool read_high;     /* the low byte was read */
    bool status_latched;
    uint8_t latched;  /* bytes of the latched count still to be read: 0-2 */
    uint8_t status;   /* latched status */
    uint16_t latch;   /* latched count */
    uint8_t low_byte; /* of a count whose high byte follows */
    uint32_t written; /* the count register: 1-65536 */
    uint32_t count;   /* the count at work: 1-65536 */
    uint64_t start;   /* clock at which `count` was loaded */
    uint64_t held;    /* clocks counted when the gate went low */
    uint64_t reload;  /* clock at which `written` is taken over, while it waits (modes 2, 3) */
};

struct pit {
    struct device dev;
    struct pit_channel channel[3];
    bool level;      /* what the line of channel 0 was last driven to */
    uint64_t driven; /* clock up to which it has been driven */
    struct irq_line out0;
    struct event edge;              /* the next edge of channel 0 */
    void (*listen)(void *listener); /* before channel 2 changes; NULL: nobody */
    void *listener;
};

extern const struct device_class pit_class;

/* The GATE input of a channel (0-2); 0 and 1 are wired high. */
void pit_set_gate(struct pit *pit, unsigned channel, bool level);
/* The OUT output of a channel, now. */
bool pit_output(const struct pit *pit, unsigned channel);
/* The same at a clock since its state last changed. */
bool pit_output_at(const struct pit *pit, unsigned channel, uint64_t clock);
/* Clocks of 1.193182 MHz since power-on. */
uint64_t pit_clocks(const struct pit *pit);

#endif
