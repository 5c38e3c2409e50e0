/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/irq.h - an interrupt request line: a wire from a device's output to somebody's input. */
#ifndef IODEV_IRQ_H
#define IODEV_IRQ_H

#include "util/types.h"

/* The driving device keeps one; the board plugs in the receiver. Unplugged lines go nowhere. */
struct irq_line {
    void (*receive)(void *receiver, unsigned pin, bool level);
    void *receiver;
    unsigned pin; /* the receiver's input number */
};

static inline void irq_set(const struct irq_line *line, bool level)
{
    if (line->receive)
        line->receive(line->receiver, line->pin, level);
}

static inline void irq_connect(struct irq_line *line, void (*receive)(void *, unsigned, bool),
                               void *receiver, unsigned pin)
{
    line->receive = receive;
    line->receiver = receiver;
    line->pin = pin;
}

#endif
