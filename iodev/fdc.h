/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/fdc.h - 82077AA floppy disk controller in AT mode, and its drives. A medium is a struct block
 * whose size says how it is formatted.
 */
#ifndef IODEV_FDC_H
#define IODEV_FDC_H

#include "iodev/block.h"
#include "iodev/dma.h"

enum { FDC_DRIVES = 4, FDC_SECTOR = 512 };

/* A way to format a diskette, and the drive that takes it. */
struct fdc_format {
    uint16_t sectors; /* in all */
    uint8_t cylinders, heads, per_track;
    uint8_t drive;     /* type as in CMOS byte 10h: 1 360K, 2 1.2M, 3 720K, 4 1.44M, 6 2.88M */
    uint8_t rate;      /* as in the data rate register */
    uint32_t rotation; /* microseconds of a real drive */
    const char *name;  /* "1.44M" */
};

struct fdc_drive {
    uint8_t cylinder;     /* where the heads are */
    uint8_t present;      /* where the controller believes they are: PCN */
    uint8_t st0;          /* what SENSE INTERRUPT STATUS will say */
    bool seeking;         /* heads are on their way: they arrive at `due` */
    bool told;            /* st0 waits to be asked for */
    bool changed;         /* the disk change line */
    uint64_t due;         /* tick; UINT64_MAX: not moving */
    uint8_t type;         /* as in CMOS byte 10h; 0: no drive */
    struct block *medium; /* NULL: none */
    const struct fdc_format *format;
};

struct fdc {
    struct device dev;
    uint8_t dor;  /* digital output: 0-1 drive, 2 not reset, 3 interrupts and DMA, 4-7 motors */
    uint8_t tdr;  /* tape drive register: 0-1 */
    uint8_t rate; /* 0 500, 1 300, 2 250, 3 1000 kbit/s */
    /* What SPECIFY, CONFIGURE, PERPENDICULAR MODE and LOCK set. */
    uint8_t specify[2];
    uint8_t configure; /* 6 implied seek, 5 FIFO off, 4 no polling, 3-0 threshold - 1 */
    uint8_t pretrack;
    uint8_t perpendicular;
    bool locked;

    uint8_t phase;         /* enum fdc_phase */
    uint8_t step;          /* enum fdc_step: what happens at `due` */
    bool irq_level;        /* before the gate in dor */
    bool after_reset;      /* the reset's four answers raise the line only once */
    uint8_t command[9];    /* bytes of the command ... */
    uint8_t command_count; /* ... that have come */
    uint8_t result[10];
    uint8_t result_count, result_at;
    /* The execution phase. */
    uint8_t id[4]; /* cylinder, head, sector, size of the sector in hand */
    uint8_t side;  /* the head in use */
    uint8_t st1, st2;
    uint8_t track_sector;  /* READ TRACK: where on the track */
    uint16_t sectors_left; /* of commands that count sectors; 0: until the last of the track */
    uint8_t data[FDC_SECTOR];
    uint16_t data_at, data_end;
    uint8_t burst; /* bytes that the host may move now, without DMA */
    uint64_t due;  /* tick; UINT64_MAX: nothing is awaited */

    struct fdc_drive drive[FDC_DRIVES];
    struct event event, seek_event;
    struct dma *dma; /* plugged in by the board; channel 2 */
    struct irq_line irq;
};

extern const struct device_class fdc_class;

/* A drive for the format of this medium; without one (NULL) for 1.44M. Before the first reset. */
void fdc_plug(struct fdc *fdc, unsigned drive, struct block *medium);
/* Likewise another medium, or none, of which the guest is not told ... */
void fdc_insert(struct fdc *fdc, unsigned drive, struct block *medium);
/* ... and of which it is: it sees the disk change line. */
void fdc_change(struct fdc *fdc, unsigned drive, struct block *medium);
/* The format for so many sectors: the smallest that holds them. NULL: none does. */
const struct fdc_format *fdc_format_for(uint64_t sectors);
/* CMOS byte 10h: types of drive 0 (upper half) and 1. */
uint8_t fdc_drive_types(const struct fdc *fdc);

#endif
