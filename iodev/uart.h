/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/uart.h - 16550A serial port. */
#ifndef IODEV_UART_H
#define IODEV_UART_H

#include "iodev/chardev.h"
#include "iodev/device.h"

enum { UART_FIFO = 16 };

struct uart {
    struct device dev;
    uint8_t rx[UART_FIFO]; /* received, oldest first */
    uint8_t rx_count;
    uint8_t ier;         /* interrupt enable register */
    uint8_t fcr;         /* FIFO control register: bit 0 enabled, 7-6 trigger level */
    uint8_t lcr;         /* line control register */
    uint8_t mcr;         /* modem control register */
    uint8_t lsr;         /* line status: the error bits 1-4 only */
    uint8_t msr;         /* modem status: the change bits 0-3 only */
    uint8_t scr;         /* scratch register */
    uint16_t divisor;    /* of 115200 bit/s */
    uint8_t tx_count;    /* characters being sent, when `paced` */
    bool thre_interrupt; /* transmitter empty interrupt is pending */
    bool rx_timeout;     /* characters below the trigger level have waited long enough */
    bool output;         /* what the line was last driven to */
    bool room_due;       /* the far end is to be told that there is room */
    uint64_t tx_due;     /* ticks of the events below; UINT64_MAX: not running */
    uint64_t timeout_due;
    bool paced; /* sending a character takes its time; else it leaves at once */
    struct event tx_event, timeout_event, room_event;
    struct io_range io[2];
    struct irq_line irq;
    struct chardev *line; /* plugged in by uart_connect */
};

extern const struct device_class uart_class;

/* Map the eight ports; the name ("com1") is the device's from now on. */
void uart_setup(struct uart *uart, struct space *ports, uint16_t base, const char *name);
/* Plug the line in: sets the device's end of it. */
void uart_connect(struct uart *uart, struct chardev *line);

#endif
