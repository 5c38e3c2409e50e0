/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/fdc.c - 82077AA: registers, phases, and the commands that move no data. Registers A and B
 * (3F0h, 3F1h) are not there in AT mode. Source: Intel 82077AA data sheet, "Registers", "Controller
 * Phases", "Command Set/Descriptions".
 */
#include "iodev/fdc.h"

#include <inttypes.h>
#include <string.h>

#include "iodev/fdc_internal.h"
#include "util/bits.h"

enum {
    MSR_READY = 0x80,
    MSR_TO_HOST = 0x40,
    MSR_NO_DMA = 0x20,
    MSR_BUSY = 0x10,
    DSR_RESET = 0x80,
    DIR_CHANGED = 0x80,
    VERSION_82077AA = 0x90,
    RECALIBRATE_STEPS = 79, /* more are not made: from there it takes two */
};

#define NEVER UINT64_MAX

static const struct fdc_format formats[] = {
    /* clang-format off */
    {  320, 40, 1,  8, 1, 2, 200000, "160K" },  {  360, 40, 1,  9, 1, 2, 200000, "180K" },
    {  640, 40, 2,  8, 1, 2, 200000, "320K" },  {  720, 40, 2,  9, 1, 2, 200000, "360K" },
    { 1440, 80, 2,  9, 4, 2, 200000, "720K" },  { 2400, 80, 2, 15, 2, 0, 166667, "1.2M" },
    { 2880, 80, 2, 18, 4, 0, 200000, "1.44M" }, { 3360, 80, 2, 21, 4, 0, 200000, "1.68M" },
    { 5760, 80, 2, 36, 6, 3, 200000, "2.88M" },
    /* clang-format on */
};

const struct fdc_format *fdc_format_for(uint64_t sectors)
{
    for (unsigned i = 0; i < ARRAY_SIZE(formats); i++) {
        if (sectors <= formats[i].sectors)
            return &formats[i];
    }
    return NULL;
}

static void plug(struct fdc_drive *drive, struct block *medium)
{
    drive->medium = medium;
    drive->format = medium ? fdc_format_for(medium->sectors) : NULL;
    if (!drive->format)
        drive->medium = NULL;
}

void fdc_plug(struct fdc *fdc, unsigned drive, struct block *medium)
{
    plug(&fdc->drive[drive], medium);
    fdc->drive[drive].type = fdc->drive[drive].format ? fdc->drive[drive].format->drive : 4;
}

void fdc_insert(struct fdc *fdc, unsigned drive, struct block *medium)
{
    plug(&fdc->drive[drive], medium);
}

void fdc_change(struct fdc *fdc, unsigned drive, struct block *medium)
{
    plug(&fdc->drive[drive], medium);
    fdc->drive[drive].changed = true;
}

uint8_t fdc_drive_types(const struct fdc *fdc)
{
    return (uint8_t)(fdc->drive[0].type << 4 | fdc->drive[1].type);
}

void fdc_set_irq(struct fdc *fdc, bool level)
{
    fdc->irq_level = level;
    irq_set(&fdc->irq, level && fdc->dor & DOR_GATE);
}

static uint64_t ticks_of(const struct fdc *fdc, uint64_t microseconds)
{
    return clock_ticks_from(fdc->dev.clock, microseconds, UINT64_C(1000000) * FDC_HURRY) + 1;
}

void fdc_after(struct fdc *fdc, enum fdc_step step, uint64_t microseconds)
{
    fdc->step = (uint8_t)step;
    fdc->due = clock_now(fdc->dev.clock) + ticks_of(fdc, microseconds);
    clock_schedule(fdc->dev.clock, &fdc->event, fdc->due);
}

uint64_t fdc_step_time(const struct fdc *fdc)
{
    static const uint16_t unit[] = { 1000, 1667, 2000, 500 }; /* microseconds, by data rate */

    return (16u - (fdc->specify[0] >> 4)) * unit[fdc->rate & 3];
}

void fdc_move(struct fdc_drive *drive, unsigned cylinder)
{
    unsigned last = drive->type == 1 ? 41 : 82; /* where the heads are stopped */

    if (!drive->type)
        return;
    drive->cylinder = (uint8_t)(cylinder < last ? cylinder : last);
    if (drive->medium)
        drive->changed = false;
}

void fdc_results(struct fdc *fdc, unsigned count, bool interrupt)
{
    fdc->phase = FDC_RESULT;
    fdc->result_count = (uint8_t)count;
    fdc->result_at = 0;
    fdc->burst = 0;
    if (interrupt)
        fdc_set_irq(fdc, true);
}

/* Seeks go on while the controller is idle; each drive's end is told by SENSE INTERRUPT STATUS. */

static void schedule_seeks(struct fdc *fdc)
{
    uint64_t due = NEVER;

    for (unsigned i = 0; i < FDC_DRIVES; i++) {
        if (fdc->drive[i].seeking && fdc->drive[i].due < due)
            due = fdc->drive[i].due;
    }
    if (due == NEVER)
        clock_cancel(fdc->dev.clock, &fdc->seek_event);
    else
        clock_schedule(fdc->dev.clock, &fdc->seek_event, due);
}

static void seek_fires(void *owner)
{
    struct fdc *fdc = owner;

    for (unsigned i = 0; i < FDC_DRIVES; i++) {
        struct fdc_drive *drive = &fdc->drive[i];

        if (!drive->seeking || drive->due > clock_now(fdc->dev.clock))
            continue;
        drive->seeking = false;
        drive->due = NEVER;
        drive->told = true;
        fdc->after_reset = false;
        fdc_set_irq(fdc, true);
    }
    schedule_seeks(fdc);
}

/* The heads make `steps` steps and then stand at `cylinder`; `st0` is the answer. */
static void seek(struct fdc *fdc, unsigned cylinder, unsigned steps, uint8_t st0)
{
    struct fdc_drive *drive = &fdc->drive[fdc->command[1] & 3];

    if (steps)
        fdc_move(drive, cylinder);
    drive->st0 = (uint8_t)(st0 | (fdc->command[1] & 7));
    drive->seeking = true;
    drive->told = false;
    drive->due = clock_now(fdc->dev.clock) + ticks_of(fdc, steps * fdc_step_time(fdc) + 10);
    schedule_seeks(fdc);
    fdc->phase = FDC_IDLE;
}

/* Commands */

static void cmd_seek(struct fdc *fdc)
{
    struct fdc_drive *drive = &fdc->drive[fdc->command[1] & 3];
    int steps = fdc->command[2] - drive->present;
    int cylinder = drive->cylinder + steps;

    drive->present = fdc->command[2];
    seek(fdc, cylinder < 0 ? 0 : (unsigned)cylinder, (unsigned)(steps < 0 ? -steps : steps),
         ST0_SEEK_END);
}

static void cmd_relative_seek(struct fdc *fdc)
{
    struct fdc_drive *drive = &fdc->drive[fdc->command[1] & 3];
    unsigned steps = fdc->command[2];
    int cylinder;

    if (fdc->command[0] & 0x40) { /* towards the spindle */
        drive->present = (uint8_t)(drive->present + steps);
        cylinder = drive->cylinder + (int)steps;
    } else {
        drive->present = (uint8_t)(drive->present - steps);
        cylinder = drive->cylinder - (int)steps;
    }
    seek(fdc, cylinder < 0 ? 0 : (unsigned)cylinder, steps, ST0_SEEK_END);
}

static void cmd_recalibrate(struct fdc *fdc)
{
    struct fdc_drive *drive = &fdc->drive[fdc->command[1] & 3];
    unsigned steps = drive->type ? drive->cylinder : RECALIBRATE_STEPS + 1;
    bool reached = steps <= RECALIBRATE_STEPS;

    drive->present = 0;
    fdc->command[1] &= 3;
    seek(fdc, reached ? 0 : drive->cylinder - RECALIBRATE_STEPS,
         reached ? steps : RECALIBRATE_STEPS,
         reached ? ST0_SEEK_END : ST0_SEEK_END | ST0_EQUIPMENT | ST0_ABNORMAL);
}

static void invalid(struct fdc *fdc)
{
    fdc->result[0] = ST0_INVALID;
    fdc_results(fdc, 1, false);
}

static void cmd_sense_interrupt(struct fdc *fdc)
{
    bool more = false;
    int first = -1;

    for (int i = 0; i < FDC_DRIVES; i++) {
        if (fdc->drive[i].told && first < 0)
            first = i;
        else if (fdc->drive[i].told)
            more = true;
    }
    if (first < 0) {
        invalid(fdc);
        return;
    }
    fdc->drive[first].told = false;
    fdc->result[0] = fdc->drive[first].st0;
    fdc->result[1] = fdc->drive[first].present;
    fdc_set_irq(fdc, false);
    fdc_results(fdc, 2, more && !fdc->after_reset);
}

static void cmd_sense_drive(struct fdc *fdc)
{
    const struct fdc_drive *drive = &fdc->drive[fdc->command[1] & 3];

    fdc->result[0] = (uint8_t)(0x28 | (fdc->command[1] & 7));
    if (drive->type && drive->cylinder == 0)
        fdc->result[0] |= 0x10;
    if (drive->medium && drive->medium->read_only)
        fdc->result[0] |= 0x40;
    fdc_results(fdc, 1, false);
}

static void cmd_specify(struct fdc *fdc)
{
    fdc->specify[0] = fdc->command[1];
    fdc->specify[1] = fdc->command[2];
    fdc->phase = FDC_IDLE;
}

static void cmd_configure(struct fdc *fdc)
{
    fdc->configure = fdc->command[2] & 0x7f;
    fdc->pretrack = fdc->command[3];
    fdc->phase = FDC_IDLE;
}

static void cmd_perpendicular(struct fdc *fdc)
{
    uint8_t value = fdc->command[1];

    if (!(value & 0x80)) /* without OW the drives' bits stay */
        value = (uint8_t)((value & 3) | (fdc->perpendicular & 0x3c));
    fdc->perpendicular = value & 0x3f;
    fdc->phase = FDC_IDLE;
}

static void cmd_lock(struct fdc *fdc)
{
    fdc->locked = fdc->command[0] & 0x80;
    fdc->result[0] = fdc->locked ? 0x10 : 0;
    fdc_results(fdc, 1, false);
}

static void cmd_version(struct fdc *fdc)
{
    fdc->result[0] = VERSION_82077AA;
    fdc_results(fdc, 1, false);
}

static void cmd_dumpreg(struct fdc *fdc)
{
    for (unsigned i = 0; i < FDC_DRIVES; i++)
        fdc->result[i] = fdc->drive[i].present;
    fdc->result[4] = fdc->specify[0];
    fdc->result[5] = fdc->specify[1];
    fdc->result[6] = fdc->command[6]; /* EOT or SC of the last command */
    fdc->result[7] = (uint8_t)(fdc->locked << 7 | fdc->perpendicular);
    fdc->result[8] = fdc->configure;
    fdc->result[9] = fdc->pretrack;
    fdc_results(fdc, 10, false);
}

/* clang-format off */
static const struct command_row {
    uint8_t mask, value, bytes;
    void (*run)(struct fdc *fdc);
    const char *name;
} commands[] = {
    { 0x1f, FDC_CMD_READ,          9, fdc_data_begin,      "READ DATA" },
    { 0x1f, FDC_CMD_READ_DELETED,  9, fdc_data_begin,      "READ DELETED DATA" },
    { 0x3f, FDC_CMD_WRITE,         9, fdc_data_begin,      "WRITE DATA" },
    { 0x3f, FDC_CMD_WRITE_DELETED, 9, fdc_data_begin,      "WRITE DELETED DATA" },
    { 0x9f, FDC_CMD_READ_TRACK,    9, fdc_data_begin,      "READ TRACK" },
    { 0x1f, FDC_CMD_VERIFY,        9, fdc_data_begin,      "VERIFY" },
    { 0x1f, FDC_CMD_SCAN_EQUAL,    9, fdc_data_begin,      "SCAN EQUAL" },
    { 0x1f, FDC_CMD_SCAN_LOW,      9, fdc_data_begin,      "SCAN LOW OR EQUAL" },
    { 0x1f, FDC_CMD_SCAN_HIGH,     9, fdc_data_begin,      "SCAN HIGH OR EQUAL" },
    { 0xbf, FDC_CMD_FORMAT,        6, fdc_data_begin,      "FORMAT TRACK" },
    { 0xbf, FDC_CMD_READ_ID,       2, fdc_data_begin,      "READ ID" },
    { 0xff, 0x03,                  3, cmd_specify,         "SPECIFY" },
    { 0xff, 0x04,                  2, cmd_sense_drive,     "SENSE DRIVE STATUS" },
    { 0xff, 0x07,                  2, cmd_recalibrate,     "RECALIBRATE" },
    { 0xff, 0x08,                  1, cmd_sense_interrupt, "SENSE INTERRUPT STATUS" },
    { 0xff, 0x0e,                  1, cmd_dumpreg,         "DUMPREG" },
    { 0xff, 0x0f,                  3, cmd_seek,            "SEEK" },
    { 0xbf, 0x8f,                  3, cmd_relative_seek,   "RELATIVE SEEK" },
    { 0xff, 0x10,                  1, cmd_version,         "VERSION" },
    { 0xff, 0x12,                  2, cmd_perpendicular,   "PERPENDICULAR MODE" },
    { 0xff, 0x13,                  4, cmd_configure,       "CONFIGURE" },
    { 0x7f, 0x14,                  1, cmd_lock,            "LOCK" },
    { 0x00, 0x00,                  1, invalid,             "no command of this chip" },
};
/* clang-format on */

static const struct command_row *command_of(const struct fdc *fdc)
{
    const struct command_row *row = commands;

    while ((fdc->command[0] & row->mask) != row->value)
        row++;
    return row;
}

static void take_command_byte(struct fdc *fdc, uint8_t value)
{
    const struct command_row *row;

    if (fdc->phase == FDC_IDLE)
        fdc->command_count = 0;
    fdc->phase = FDC_COMMAND;
    fdc->command[fdc->command_count++] = value;
    row = command_of(fdc);
    if (fdc->command_count >= row->bytes)
        row->run(fdc);
}

/* Reset: by the line, by the digital output register, by the data rate register. */

static void stop(struct fdc *fdc)
{
    clock_cancel(fdc->dev.clock, &fdc->event);
    fdc->phase = FDC_IDLE;
    fdc->step = FDC_WAIT;
    fdc->due = NEVER;
    fdc->command_count = 0;
    fdc->result_count = fdc->result_at = 0;
    fdc->burst = 0;
    fdc->data_at = fdc->data_end = 0;
    fdc->after_reset = false;
    for (unsigned i = 0; i < FDC_DRIVES; i++) {
        struct fdc_drive *drive = &fdc->drive[i];

        drive->present = 0;
        drive->seeking = drive->told = false;
        drive->st0 = 0;
        drive->due = NEVER;
    }
    schedule_seeks(fdc);
    dma_set_request(fdc->dma, 2, false);
    fdc_set_irq(fdc, false);
}

static void software_reset(struct fdc *fdc)
{
    stop(fdc);
    fdc->perpendicular &= 0x3c;
    if (!fdc->locked) {
        fdc->configure = (uint8_t)((fdc->configure & ~CONFIGURE_THRESHOLD) | CONFIGURE_NO_FIFO);
        fdc->pretrack = 0;
    }
}

/* The reset is over: the controller asks all drives, and says so of each. */
static void restart(struct fdc *fdc)
{
    if (fdc->configure & CONFIGURE_NO_POLL)
        return;
    for (unsigned i = 0; i < FDC_DRIVES; i++) {
        fdc->drive[i].told = true;
        fdc->drive[i].st0 = (uint8_t)(ST0_POLLING | i);
    }
    fdc->after_reset = true;
    fdc_set_irq(fdc, true);
}

static void event_fires(void *owner)
{
    struct fdc *fdc = owner;
    enum fdc_step step = (enum fdc_step)fdc->step;

    fdc->due = NEVER;
    fdc->step = FDC_WAIT;
    if (step == FDC_RESTART)
        restart(fdc);
    else if (fdc->phase == FDC_EXECUTION)
        fdc_data_step(fdc, step);
}

/* Registers */

static uint8_t main_status(const struct fdc *fdc)
{
    uint8_t status = 0;

    if (!(fdc->dor & DOR_ENABLE))
        return 0;
    for (unsigned i = 0; i < FDC_DRIVES; i++)
        status |= (uint8_t)(fdc->drive[i].seeking << i);
    switch (fdc->phase) {
    case FDC_IDLE:
        return status | MSR_READY;
    case FDC_COMMAND:
        return status | MSR_READY | MSR_BUSY;
    case FDC_RESULT:
        return status | MSR_READY | MSR_TO_HOST | MSR_BUSY;
    default:
        status |= MSR_BUSY;
        if (fdc_without_dma(fdc))
            status |= MSR_NO_DMA;
        if (fdc->burst)
            status |= fdc_data_to_host(fdc) ? MSR_READY | MSR_TO_HOST : MSR_READY;
        return status;
    }
}

static uint8_t read_fifo(struct fdc *fdc)
{
    uint8_t value;

    if (fdc->phase == FDC_EXECUTION)
        return fdc->burst && fdc_data_to_host(fdc) ? fdc_data_read(fdc) : 0;
    if (fdc->phase != FDC_RESULT)
        return 0;
    if (fdc->result_at == 0 && command_of(fdc)->run != cmd_sense_interrupt)
        fdc_set_irq(fdc, false);
    value = fdc->result[fdc->result_at++];
    if (fdc->result_at >= fdc->result_count)
        fdc->phase = FDC_IDLE;
    return value;
}

static uint8_t peek_fifo(const struct fdc *fdc)
{
    if (fdc->phase == FDC_RESULT)
        return fdc->result[fdc->result_at];
    return fdc->phase == FDC_EXECUTION && fdc->burst ? fdc->data[fdc->data_at] : 0;
}

static void write_fifo(struct fdc *fdc, uint8_t value)
{
    if (!(fdc->dor & DOR_ENABLE))
        return;
    if (fdc->phase == FDC_IDLE || fdc->phase == FDC_COMMAND)
        take_command_byte(fdc, value);
    else if (fdc->phase == FDC_EXECUTION && fdc->burst && !fdc_data_to_host(fdc))
        fdc_data_write(fdc, value);
}

static void write_dor(struct fdc *fdc, uint8_t value)
{
    uint8_t old = fdc->dor;

    fdc->dor = value;
    if (!(value & DOR_ENABLE) && old & DOR_ENABLE)
        software_reset(fdc);
    else if (value & DOR_ENABLE && !(old & DOR_ENABLE))
        fdc_after(fdc, FDC_RESTART, 20);
    fdc_set_irq(fdc, fdc->irq_level); /* through the gate, as it is now */
    if (fdc->phase == FDC_EXECUTION && fdc->due == NEVER && !fdc->burst)
        fdc_data_step(fdc, FDC_WAIT); /* perhaps the drive turns now */
}

static void write_dsr(struct fdc *fdc, uint8_t value)
{
    fdc->rate = value & 3;
    if (!(value & DSR_RESET))
        return;
    software_reset(fdc);
    if (fdc->dor & DOR_ENABLE)
        fdc_after(fdc, FDC_RESTART, 20);
}

/* The drive that is selected answers, if its motor is on: select and motor share their lines. */
static bool change_line(const struct fdc *fdc)
{
    unsigned drive = fdc->dor & 3;

    return fdc->drive[drive].type && fdc->dor & 0x10 << drive &&
           (fdc->drive[drive].changed || !fdc->drive[drive].medium);
}

static uint64_t fdc_peek(const void *owner, uint64_t port, unsigned size UNUSED)
{
    const struct fdc *fdc = owner;

    switch (port & 7) {
    case 2:
        return fdc->dor;
    case 3:
        return fdc->tdr | 0xfc;
    case 4:
        return main_status(fdc);
    case 5:
        return peek_fifo(fdc);
    default:
        return change_line(fdc) ? 0xff : 0xff & ~DIR_CHANGED; /* the other lines are nobody's */
    }
}

static uint64_t fdc_read(void *owner, uint64_t port, unsigned size)
{
    return (port & 7) == 5 ? read_fifo(owner) : fdc_peek(owner, port, size);
}

static void fdc_write(void *owner, uint64_t port, unsigned size UNUSED, uint64_t value)
{
    struct fdc *fdc = owner;

    switch (port & 7) {
    case 2:
        write_dor(fdc, (uint8_t)value);
        break;
    case 3:
        fdc->tdr = value & 3;
        break;
    case 4:
        write_dsr(fdc, (uint8_t)value);
        break;
    case 5:
        write_fifo(fdc, (uint8_t)value);
        break;
    default:
        fdc->rate = value & 3;
    }
}

/* clang-format off */
static const struct io_range fdc_ports[] = {
    { 0x3f2, 4, IO_8, fdc_read, fdc_write, "82077AA: output, tape, status, FIFO", fdc_peek },
    { 0x3f7, 1, IO_8, fdc_read, fdc_write, "82077AA: disk change line, data rate", fdc_peek },
    { 0 },
};

#define DRIVE_ROWS(n)                                                                              \
    FIELD(struct fdc, drive[n].cylinder, FMT_DEC,  "cylinder under the heads"),                    \
    FIELD(struct fdc, drive[n].present,  FMT_DEC,  "cylinder as the controller counts"),           \
    FIELD(struct fdc, drive[n].st0,      FMT_HEX,  "status for SENSE INTERRUPT STATUS"),           \
    FIELD(struct fdc, drive[n].seeking,  FMT_BOOL, "the heads are on their way"),                  \
    FIELD(struct fdc, drive[n].told,     FMT_BOOL, "that status waits to be asked for"),           \
    FIELD(struct fdc, drive[n].changed,  FMT_BOOL, "disk change line"),                            \
    FIELD(struct fdc, drive[n].due,      FMT_DEC,  "tick at which the heads arrive"),              \
    NOT_SAVED(struct fdc, drive[n].type, "kind of the drive"),                                     \
    NOT_SAVED(struct fdc, drive[n].medium, "medium"),                                              \
    NOT_SAVED(struct fdc, drive[n].format, "its format")

static const struct field fdc_fields[] = {
    NOT_SAVED(struct fdc, dev, "device"),
    FIELD(struct fdc, dor,           FMT_HEX,   "digital output: drive, reset, gate, motors"),
    FIELD(struct fdc, tdr,           FMT_HEX,   "tape drive register"),
    FIELD(struct fdc, rate,          FMT_DEC,   "data rate: 500, 300, 250, 1000 kbit/s"),
    FIELD(struct fdc, specify,       FMT_BYTES, "step rate, head times, non-DMA mode"),
    FIELD(struct fdc, configure,     FMT_HEX,   "6 implied seek, 5 no FIFO, 4 no polling, 3-0 threshold"),
    FIELD(struct fdc, pretrack,      FMT_HEX,   "first track of write precompensation"),
    FIELD(struct fdc, perpendicular, FMT_HEX,   "perpendicular mode: 5-2 drives, 1 GAP, 0 WGATE"),
    FIELD(struct fdc, locked,        FMT_BOOL,  "a reset leaves FIFO and threshold"),
    FIELD(struct fdc, phase,         FMT_DEC,   "0 idle, 1 command, 2 execution, 3 result"),
    FIELD(struct fdc, step,          FMT_DEC,   "what happens next in the execution"),
    FIELD(struct fdc, irq_level,     FMT_BOOL,  "interrupt before its gate"),
    FIELD(struct fdc, after_reset,   FMT_BOOL,  "the drives' states follow from a reset"),
    FIELD(struct fdc, command,       FMT_BYTES, "command"),
    FIELD(struct fdc, command_count, FMT_DEC,   "bytes of it that have come"),
    FIELD(struct fdc, result,        FMT_BYTES, "result"),
    FIELD(struct fdc, result_count,  FMT_DEC,   "bytes of it"),
    FIELD(struct fdc, result_at,     FMT_DEC,   "bytes that were read"),
    FIELD(struct fdc, id,            FMT_BYTES, "sector in hand: cylinder, head, sector, size"),
    FIELD(struct fdc, side,          FMT_DEC,   "head"),
    FIELD(struct fdc, st1,           FMT_HEX,   "status register 1 so far"),
    FIELD(struct fdc, st2,           FMT_HEX,   "status register 2 so far"),
    FIELD(struct fdc, track_sector,  FMT_DEC,   "READ TRACK: sector on the track"),
    FIELD(struct fdc, sectors_left,  FMT_DEC,   "sectors to go, for commands that count them"),
    FIELD(struct fdc, data,          FMT_BYTES, "sector"),
    FIELD(struct fdc, data_at,       FMT_DEC,   "next byte of it"),
    FIELD(struct fdc, data_end,      FMT_DEC,   "bytes of it"),
    FIELD(struct fdc, burst,         FMT_DEC,   "bytes that the host may move now"),
    FIELD(struct fdc, due,           FMT_DEC,   "tick at which the execution goes on"),
    DRIVE_ROWS(0),
    DRIVE_ROWS(1),
    DRIVE_ROWS(2),
    DRIVE_ROWS(3),
    NOT_SAVED(struct fdc, event, "the execution goes on"),
    NOT_SAVED(struct fdc, seek_event, "heads arrive"),
    NOT_SAVED(struct fdc, dma, "DMA controllers"),
    NOT_SAVED(struct fdc, irq, "interrupt line"),
    { 0 },
};
/* clang-format on */

static void fdc_init(struct device *dev)
{
    struct fdc *fdc = (struct fdc *)dev;

    event_init(dev->clock, &fdc->event, "floppy controller", event_fires, fdc);
    event_init(dev->clock, &fdc->seek_event, "floppy seek", seek_fires, fdc);
}

static void fdc_reset(struct device *dev, enum reset kind)
{
    struct fdc *fdc = (struct fdc *)dev;

    fdc->dor = 0;
    stop(fdc);
    fdc->tdr = 0;
    fdc->rate = 2;
    memset(fdc->specify, 0, sizeof fdc->specify);
    fdc->configure = CONFIGURE_NO_FIFO;
    fdc->pretrack = 0;
    fdc->perpendicular = 0;
    fdc->locked = false;
    memset(fdc->command, 0, sizeof fdc->command);
    memset(fdc->result, 0, sizeof fdc->result);
    memset(fdc->id, 0, sizeof fdc->id);
    fdc->side = fdc->st1 = fdc->st2 = fdc->track_sector = 0;
    fdc->sectors_left = 0;
    memset(fdc->data, 0, sizeof fdc->data);
    for (unsigned i = 0; kind == RESET_POWER_ON && i < FDC_DRIVES; i++) {
        fdc->drive[i].cylinder = 0;
        fdc->drive[i].changed = true;
    }
}

static void fdc_restored(struct device *dev)
{
    struct fdc *fdc = (struct fdc *)dev;

    fdc->phase &= 3;
    fdc->side &= 1;
    if (fdc->phase == FDC_COMMAND && fdc->command_count >= sizeof fdc->command)
        fdc->phase = FDC_IDLE;
    if (fdc->result_count > sizeof fdc->result)
        fdc->result_count = sizeof fdc->result;
    if (fdc->phase == FDC_RESULT && fdc->result_at >= fdc->result_count)
        fdc->phase = FDC_IDLE;
    if (fdc->data_end > FDC_SECTOR)
        fdc->data_end = FDC_SECTOR;
    if (fdc->data_at > fdc->data_end)
        fdc->data_at = fdc->data_end;
    if (fdc->burst > fdc->data_end - fdc->data_at)
        fdc->burst = (uint8_t)(fdc->data_end - fdc->data_at);
    if (fdc->due == NEVER)
        clock_cancel(dev->clock, &fdc->event);
    else
        clock_schedule(dev->clock, &fdc->event, fdc->due);
    schedule_seeks(fdc);
}

static void describe_drive(const struct fdc *fdc, unsigned i, struct out *out)
{
    static const char *const types[] = { "no", "360K", "1.2M", "720K", "1.44M", "2.88M", "2.88M" };
    const struct fdc_drive *drive = &fdc->drive[i];

    if (!drive->type)
        return;
    out_printf(out, "drive %u (fd%c): %s drive, ", i, 'a' + i, types[drive->type]);
    if (drive->medium)
        out_printf(out, "%s diskette%s, %u x %u x %u sectors", drive->format->name,
                   drive->medium->read_only ? ", write protected" : "", drive->format->cylinders,
                   drive->format->heads, drive->format->per_track);
    else
        out_text(out, "no diskette");
    out_printf(out, "; motor %s, cylinder %u%s%s%s\n", fdc->dor & 0x10 << i ? "on" : "off",
               drive->cylinder, drive->seeking ? ", seeking" : "",
               drive->changed ? ", disk changed" : "", fdc->dor % 4 == i ? ", selected" : "");
}

static void describe_command(const struct fdc *fdc, struct out *out)
{
    const struct command_row *row = command_of(fdc);

    switch (fdc->phase) {
    case FDC_IDLE:
        out_text(out, "waits for a command\n");
        break;
    case FDC_COMMAND:
        out_printf(out, "%s: %u of %u bytes have come\n", row->name, fdc->command_count,
                   row->bytes);
        break;
    case FDC_RESULT:
        out_printf(out, "%s: %u of %u result bytes were read, ST0 or the first is 0x%02x\n",
                   row->name, fdc->result_at, fdc->result_count, fdc->result[0]);
        break;
    default:
        out_printf(out, "%s: ", row->name);
        if (fdc->due == NEVER && !fdc->burst)
            out_printf(out, "drive %u does not turn (%s), so it waits for a reset\n",
                       fdc->command[1] & 3,
                       !fdc->drive[fdc->command[1] & 3].medium ? "no diskette" : "motor off");
        else
            out_printf(out, "at cylinder %u, head %u, sector %u\n", fdc->id[0], fdc->side,
                       fdc->id[2]);
    }
}

static void fdc_describe(const struct device *dev, struct out *out)
{
    static const unsigned rates[] = { 500, 300, 250, 1000 };
    const struct fdc *fdc = (const struct fdc *)dev;

    out_printf(out, "%s, %u kbit/s, %s, FIFO ", fdc->dor & DOR_ENABLE ? "on" : "held in reset",
               rates[fdc->rate & 3], fdc_without_dma(fdc) ? "without DMA" : "DMA channel 2");
    if (fdc->configure & CONFIGURE_NO_FIFO)
        out_text(out, "off");
    else
        out_printf(out, "threshold %u", 1 + (fdc->configure & CONFIGURE_THRESHOLD));
    out_printf(out, "%s%s\n", fdc->configure & CONFIGURE_SEEK ? ", implied seek" : "",
               fdc->locked ? ", locked" : "");
    describe_command(fdc, out);
    out_printf(out, "IRQ 6 %s%s\n", fdc->irq_level ? "high" : "low",
               fdc->dor & DOR_GATE ? "" : ", gate shut: neither interrupts nor DMA");
    for (unsigned i = 0; i < FDC_DRIVES; i++)
        describe_drive(fdc, i, out);
}

const struct device_class fdc_class = {
    .name = "fdc",
    .title = "82077AA floppy disk controller",
    .size = sizeof(struct fdc),
    .ports = fdc_ports,
    .fields = fdc_fields,
    .init = fdc_init,
    .reset = fdc_reset,
    .describe = fdc_describe,
    .restored = fdc_restored,
};
