/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/fake_board.h - a board without a processor: clock, spaces, devices, lines. */
#ifndef TESTS_FAKE_BOARD_H
#define TESTS_FAKE_BOARD_H

#include "iodev/chardev.h"
#include "iodev/device.h"
#include "iodev/pci.h"

enum { FAKE_RAM = 1 << 20, FAKE_VIDEO = 16 << 20 };

struct fake_board {
    struct clock clock;
    int64_t countdown; /* as the processor would keep it */
    struct ram ram;    /* FAKE_RAM at 0, and more that is nowhere, for a display */
    struct space memory, ports;
    struct device_list list;
    struct log log;
    struct out out;
    struct buf messages; /* what was logged */
    struct pci_bus *pci; /* after fake_pci() */
};

/* A line that counts what happens on it. */
struct fake_line {
    bool level;
    unsigned rises, falls;
};

/* The far end of a serial line. */
struct fake_serial {
    struct chardev line;
    struct buf written;  /* by the device */
    const uint8_t *feed; /* what is still to be sent to the device */
    size_t left;
};

struct fake_board *fake_board_create(uint64_t ips);
void fake_board_destroy(struct fake_board *board);
/* The board's PCI bus, made when it is asked for. */
struct pci_bus *fake_pci(struct fake_board *board);
/* Registers of 00:slot.function through ports CF8h and CFCh. */
uint32_t fake_config_read(struct fake_board *board, unsigned devfn, unsigned offset, unsigned size);
void fake_config_write(struct fake_board *board, unsigned devfn, unsigned offset, unsigned size,
                       uint32_t value);

uint8_t fake_in8(struct fake_board *board, uint16_t port);
uint16_t fake_in16(struct fake_board *board, uint16_t port);
uint32_t fake_in32(struct fake_board *board, uint16_t port);
void fake_out8(struct fake_board *board, uint16_t port, uint8_t value);
void fake_out16(struct fake_board *board, uint16_t port, uint16_t value);
void fake_out32(struct fake_board *board, uint16_t port, uint32_t value);

/* Let time pass: events fire at their ticks. */
void fake_run(struct fake_board *board, uint64_t ticks);
void fake_run_us(struct fake_board *board, uint64_t us);
uint64_t fake_now(const struct fake_board *board);

/* Receiver for irq_connect(). */
void fake_line_receive(void *line, unsigned pin, bool level);
void fake_connect(struct irq_line *output, struct fake_line *line);

/* Output goes to `written`; fake_serial_send() feeds as fast as the device takes it. */
void fake_serial_init(struct fake_serial *serial);
void fake_serial_send(struct fake_serial *serial, const void *bytes, size_t count);

/* describe() as text; the caller frees nothing: valid until the next call on this board. */
const char *fake_describe(struct fake_board *board, const struct device *dev);
/* Save all fields, scramble the state with a reset, restore; true when nothing was lost. */
bool fake_round_trip(struct fake_board *board, struct device *dev);

#endif
