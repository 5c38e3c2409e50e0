/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/pflash.h - parallel flash memory with Intel's command set (CFI 0001h), 8 bits wide in blocks
 * of 4 KiB: what a board has its firmware and its variables in.
 *
 * The contents are a medium; what the processor reads is a copy of them. As long as the chip gives
 * its contents it is ROM in the memory map, whose writes are the chip's commands; while it gives
 * anything else it is a device.
 */
#ifndef IODEV_PFLASH_H
#define IODEV_PFLASH_H

#include "iodev/block.h"
#include "iodev/device.h"

enum {
    PFLASH_BLOCK = 4096, /* that is erased at once */
    PFLASH_BUFFER = 256, /* bytes of the write buffer */
    PFLASH_MOST = 8 << 20,
};

/* Status register. */
enum {
    PFLASH_LOCKED = 0x02,        /* what was to be changed cannot be */
    PFLASH_PROGRAM_ERROR = 0x10, /* with the next one: a sequence of commands that is none */
    PFLASH_ERASE_ERROR = 0x20,
    PFLASH_READY = 0x80,
};

/* What reads give. */
enum pflash_mode { PFLASH_ARRAY, PFLASH_STATUS, PFLASH_ID, PFLASH_QUERY };

/* What the next write is. */
enum pflash_cycle {
    PFLASH_COMMAND,
    PFLASH_PROGRAM, /* the byte to be programmed */
    PFLASH_ERASE,   /* D0h: yes, erase this block */
    PFLASH_COUNT,   /* bytes for the buffer, less one */
    PFLASH_FILL,    /* one of them */
    PFLASH_CONFIRM, /* D0h: yes, program them */
};

struct pflash {
    struct device dev;
    uint8_t mode, cycle; /* enum pflash_mode, pflash_cycle */
    uint8_t status;
    uint32_t first;                /* offset of the first byte of the buffer */
    uint16_t count, filled;        /* bytes that it is to have, and has */
    uint8_t buffer[PFLASH_BUFFER]; /* ones where nothing was written */
    bool outside;                  /* a byte for it lay elsewhere */
    /* Wiring. */
    struct block *medium; /* NULL: all ones, and cannot be written */
    uint8_t *bytes;       /* the copy */
    uint32_t size;
    struct space *memory;
    struct io_range range; /* where it is */
    bool mapped, as_device;
    /* Other bytes are read there from now on: translations and decoded code are to be forgotten. */
    void (*map_changed)(void *context, uint64_t first, uint64_t bytes);
    void *map_context;
};

extern const struct device_class pflash_class;

/* At this address, of `size` bytes, both multiples of PFLASH_BLOCK. Before the reset. */
void pflash_setup(struct pflash *flash, struct space *memory, uint64_t base, uint32_t size);
/* Its contents from now on; the caller's. They are read with pflash_load(). */
void pflash_insert(struct pflash *flash, struct block *medium);
/* The medium was written to by others. */
void pflash_load(struct pflash *flash);

#endif
