/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/fdc_internal.h - what the two halves of the floppy controller share: commands and data. */
#ifndef IODEV_FDC_INTERNAL_H
#define IODEV_FDC_INTERNAL_H

#include "iodev/fdc.h"

enum fdc_phase { FDC_IDLE, FDC_COMMAND, FDC_EXECUTION, FDC_RESULT };

enum fdc_step {
    FDC_WAIT,     /* for ever: no index pulse comes */
    FDC_FAIL,     /* the search for a sector is given up */
    FDC_READ_ID,  /* an ID field has passed */
    FDC_AT_DATA,  /* the sector has passed, or is about to be written */
    FDC_DMA_LATE, /* the same, and DMA was not ready last time */
    FDC_BURST,    /* the host may move bytes again */
    FDC_RESTART,  /* the reset is over */
};

/* The lower five bits of commands with an execution phase. */
enum {
    FDC_CMD_READ_TRACK = 0x02,
    FDC_CMD_WRITE = 0x05,
    FDC_CMD_READ = 0x06,
    FDC_CMD_WRITE_DELETED = 0x09,
    FDC_CMD_READ_ID = 0x0a,
    FDC_CMD_READ_DELETED = 0x0c,
    FDC_CMD_FORMAT = 0x0d,
    FDC_CMD_SCAN_EQUAL = 0x11,
    FDC_CMD_VERIFY = 0x16,
    FDC_CMD_SCAN_LOW = 0x19,
    FDC_CMD_SCAN_HIGH = 0x1d,
    FDC_CMD_MASK = 0x1f,
    FDC_MT = 0x80,
    FDC_MFM = 0x40,
    FDC_SK = 0x20,
};

enum {
    ST0_ABNORMAL = 0x40,
    ST0_INVALID = 0x80,
    ST0_POLLING = 0xc0,
    ST0_SEEK_END = 0x20,
    ST0_EQUIPMENT = 0x10, /* no track 0 */
    ST1_END = 0x80,       /* of the cylinder, without a terminal count */
    ST1_DATA = 0x20,      /* CRC */
    ST1_OVERRUN = 0x10,
    ST1_NO_DATA = 0x04, /* no such sector */
    ST1_PROTECTED = 0x02,
    ST1_NO_MARK = 0x01, /* no address mark */
    ST2_MARK = 0x40,    /* deleted where data was asked for, or the other way round */
    ST2_DATA = 0x20,
    ST2_CYLINDER = 0x10, /* the wrong one */
    ST2_HIT = 0x08,      /* SCAN: equal */
    ST2_MISS = 0x04,     /* SCAN: not satisfied */
};

enum {
    DOR_ENABLE = 0x04,
    DOR_GATE = 0x08,
    CONFIGURE_SEEK = 0x40,
    CONFIGURE_NO_FIFO = 0x20,
    CONFIGURE_NO_POLL = 0x10,
    CONFIGURE_THRESHOLD = 0x0f,
};

/*
 * Mechanics run this much faster than real ones: a track of 1.44M takes 20 ms of guest time, a step
 * 0.3 ms. Drivers' time-outs are upper limits, and a guest that waits in a loop costs the host time.
 */
enum { FDC_HURRY = 10 };

static inline bool fdc_without_dma(const struct fdc *fdc)
{
    return fdc->specify[1] & 1;
}

/* Is the motor on, with a medium in the drive? */
static inline bool fdc_turns(const struct fdc *fdc, unsigned drive)
{
    return fdc->drive[drive].type && fdc->drive[drive].medium && fdc->dor & 0x10 << drive;
}

/* Something happens so many microseconds of a real drive from now. */
void fdc_after(struct fdc *fdc, enum fdc_step step, uint64_t microseconds);
void fdc_set_irq(struct fdc *fdc, bool level);
/* Microseconds of a real drive for a step of the heads. */
uint64_t fdc_step_time(const struct fdc *fdc);
/* Move the heads at once; the medium is seen. */
void fdc_move(struct fdc_drive *drive, unsigned cylinder);
/* The result phase: `count` bytes are in fdc->result. */
void fdc_results(struct fdc *fdc, unsigned count, bool interrupt);

/* A command of those above has all its bytes. */
void fdc_data_begin(struct fdc *fdc);
/* Its next step is due. */
void fdc_data_step(struct fdc *fdc, enum fdc_step step);
/* Bytes without DMA. */
uint8_t fdc_data_read(struct fdc *fdc);
void fdc_data_write(struct fdc *fdc, uint8_t value);
/* The direction in which the command in hand moves bytes. */
bool fdc_data_to_host(const struct fdc *fdc);

#endif
