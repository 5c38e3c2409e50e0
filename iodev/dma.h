/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/dma.h - the two 8237A DMA controllers of an AT and their page registers. Channels 0-3 move
 * bytes within 64 KiB, 5-7 move words within 128 KiB, all of it below 16 MiB; channel 4 is the cable
 * between the two chips.
 */
#ifndef IODEV_DMA_H
#define IODEV_DMA_H

#include "iodev/device.h"

struct dma_channel {
    uint16_t base_address, base_count; /* as programmed: auto-initialisation goes back to them */
    uint16_t address, count;           /* of the next transfer; count: how many after it */
    uint16_t mode;                     /* bits 2-7 of the mode register */
};

struct dma_controller {
    struct dma_channel channel[4];
    uint8_t command;
    uint8_t done;      /* channels that reached their terminal count since status was read */
    uint8_t dreq;      /* level of the request lines */
    uint8_t request;   /* requested by software */
    uint8_t mask;      /* channels that do not see their line */
    uint8_t temporary; /* the last byte that memory-to-memory moved */
    bool high_byte;    /* the flip-flop: the next access is to the upper half */
};

struct dma {
    struct device dev;
    struct dma_controller controller[2]; /* [0]: channels 0-3, [1]: 4-7 */
    uint8_t page[16];                    /* ports 80h-8fh; 80h: the power-on self-test's code */
    struct space *memory;                /* plugged in by the board */
};

extern const struct device_class dma_class;

/* The request line of a channel, 0-7. */
void dma_set_request(void *dma, unsigned channel, bool level);
/* Would a transfer happen now if the device on this channel wanted one in that direction? */
bool dma_ready(const struct dma *dma, unsigned channel, bool to_memory);
/*
 * The device on this channel moves up to `count` bytes (channels 5-7: an even number). Returns how
 * many went over the bus; less than `count` after the terminal count, which sets *end, or when the
 * channel is not ready. Verify transfers touch no memory; a device that waits for data reads FFh then.
 */
uint32_t dma_move(struct dma *dma, unsigned channel, uint8_t *bytes, uint32_t count, bool to_memory,
                  bool *end);

#endif
