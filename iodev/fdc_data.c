/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/fdc_data.c - 82077AA: the commands with an execution phase. A sector's ID field passes one
 * sector's time after it was asked for: the medium is always where it is wanted. By DMA a sector moves
 * at once; the other way the host moves a burst of bytes as the FIFO's threshold has it, and the
 * medium waits for a slow one. No deleted address marks are kept: raw images have no place for them.
 * Source: Intel 82077AA data sheet, "Data Transfer Commands", "Status Register Encoding".
 */
#include <string.h>

#include "iodev/fdc_internal.h"
#include "util/bits.h"

enum {
    GIVE_UP = 2, /* revolutions */
    FORMAT_BYTES = 4,
    SIZE_512 = 2,
    ANY_BYTE = 0xff, /* SCAN: compares as equal */
};

static unsigned code(const struct fdc *fdc)
{
    return fdc->command[0] & FDC_CMD_MASK;
}

static unsigned unit(const struct fdc *fdc)
{
    return fdc->command[1] & 3;
}

static bool is_scan(const struct fdc *fdc)
{
    return code(fdc) == FDC_CMD_SCAN_EQUAL || code(fdc) == FDC_CMD_SCAN_LOW ||
           code(fdc) == FDC_CMD_SCAN_HIGH;
}

static bool is_write(const struct fdc *fdc)
{
    return code(fdc) == FDC_CMD_WRITE || code(fdc) == FDC_CMD_WRITE_DELETED ||
           code(fdc) == FDC_CMD_FORMAT;
}

bool fdc_data_to_host(const struct fdc *fdc)
{
    return !is_write(fdc) && !is_scan(fdc);
}

static uint8_t last_sector(const struct fdc *fdc)
{
    return fdc->command[6];
}

static uint64_t sector_time(const struct fdc *fdc)
{
    const struct fdc_format *format = fdc->drive[unit(fdc)].format;

    return format ? format->rotation / format->per_track : 200000 / 18;
}

static void finish(struct fdc *fdc, bool normal)
{
    dma_set_request(fdc->dma, 2, false);
    fdc->result[0] = (uint8_t)((normal ? 0 : ST0_ABNORMAL) | fdc->side << 2 | unit(fdc));
    fdc->result[1] = fdc->st1;
    fdc->result[2] = fdc->st2;
    memcpy(fdc->result + 3, fdc->id, sizeof fdc->id);
    fdc_results(fdc, 7, true);
}

/* Is there what the command looks for? Else the status says what was not found. */
static bool found(struct fdc *fdc)
{
    const struct fdc_drive *drive = &fdc->drive[unit(fdc)];
    const struct fdc_format *format = drive->format;

    if (!(fdc->command[0] & FDC_MFM) || fdc->rate != format->rate ||
        (code(fdc) != FDC_CMD_FORMAT &&
         (fdc->side >= format->heads || drive->cylinder >= format->cylinders))) {
        fdc->st1 |= ST1_NO_MARK;
        return false;
    }
    if (code(fdc) == FDC_CMD_FORMAT || code(fdc) == FDC_CMD_READ_ID)
        return true;
    if (code(fdc) == FDC_CMD_READ_TRACK && fdc->track_sector <= format->per_track)
        return true;
    if (fdc->id[0] != drive->cylinder)
        fdc->st2 |= ST2_CYLINDER;
    if (fdc->id[0] == drive->cylinder && fdc->id[1] == fdc->side && fdc->id[2] >= 1 &&
        fdc->id[2] <= format->per_track && fdc->id[3] == SIZE_512)
        return true;
    fdc->st1 |= ST1_NO_DATA;
    return false;
}

/* Look for the sector in hand. `later`: microseconds until then, besides its own time. */
static void search(struct fdc *fdc, uint64_t later)
{
    if (!fdc_turns(fdc, unit(fdc)))
        return; /* no index pulse ever ends the search */
    if (!found(fdc))
        fdc_after(fdc, FDC_FAIL, later + GIVE_UP * fdc->drive[unit(fdc)].format->rotation);
    else
        fdc_after(fdc, code(fdc) == FDC_CMD_READ_ID ? FDC_READ_ID : FDC_AT_DATA,
                  later + sector_time(fdc));
}

/* The heads go to the cylinder that the command names. Returns the microseconds. */
static uint64_t implied_seek(struct fdc *fdc)
{
    struct fdc_drive *drive = &fdc->drive[unit(fdc)];
    int steps = fdc->id[0] - drive->present;
    int cylinder = drive->cylinder + steps;

    if (!(fdc->configure & CONFIGURE_SEEK) || !steps)
        return 0;
    drive->present = fdc->id[0];
    fdc_move(drive, cylinder < 0 ? 0 : (unsigned)cylinder);
    return (unsigned)(steps < 0 ? -steps : steps) * fdc_step_time(fdc);
}

void fdc_data_begin(struct fdc *fdc)
{
    const struct block *medium = fdc->drive[unit(fdc)].medium;
    uint64_t later = 0;

    fdc->phase = FDC_EXECUTION;
    fdc->step = FDC_WAIT;
    fdc->side = fdc->command[1] >> 2 & 1;
    fdc->st1 = fdc->st2 = 0;
    fdc->sectors_left = 0;
    fdc->track_sector = 1;
    fdc->data_at = fdc->data_end = 0;
    fdc->burst = 0;
    switch (code(fdc)) {
    case FDC_CMD_FORMAT:
        fdc->sectors_left = fdc->command[3];
        break;
    case FDC_CMD_READ_ID:
        break;
    case FDC_CMD_READ_TRACK:
        fdc->sectors_left = last_sector(fdc);
        break;
    case FDC_CMD_VERIFY:
        fdc->sectors_left = fdc->command[1] & 0x80 ? fdc->command[8] : 0;
        break;
    }
    if (code(fdc) != FDC_CMD_FORMAT && code(fdc) != FDC_CMD_READ_ID) {
        memcpy(fdc->id, fdc->command + 2, sizeof fdc->id);
        later = implied_seek(fdc);
    }
    if (is_write(fdc) && medium && medium->read_only) {
        fdc->st1 |= ST1_PROTECTED;
        fdc_after(fdc, FDC_FAIL, later);
        return;
    }
    search(fdc, later);
}

static uint64_t block_sector(const struct fdc *fdc)
{
    const struct fdc_drive *drive = &fdc->drive[unit(fdc)];
    unsigned sector = code(fdc) == FDC_CMD_READ_TRACK ? fdc->track_sector : fdc->id[2];

    return ((uint64_t)drive->cylinder * drive->format->heads + fdc->side) *
               drive->format->per_track +
           sector - 1;
}

/* Images may be shorter than their format: what is missing reads as zeros, and cannot be written. */
static bool load_sector(struct fdc *fdc)
{
    enum block_result result =
        block_read(fdc->drive[unit(fdc)].medium, block_sector(fdc), 1, fdc->data);

    if (result == BLOCK_RANGE)
        memset(fdc->data, 0, FDC_SECTOR);
    if (result == BLOCK_OK || result == BLOCK_RANGE)
        return true;
    fdc->st1 |= ST1_DATA;
    fdc->st2 |= ST2_DATA;
    return false;
}

static bool store_sector(struct fdc *fdc, uint64_t sector)
{
    enum block_result result = block_write(fdc->drive[unit(fdc)].medium, sector, 1, fdc->data);

    if (result != BLOCK_OK)
        fdc->st1 |= result == BLOCK_PROTECTED ? ST1_PROTECTED : ST1_DATA;
    return result == BLOCK_OK;
}

/* An ID that the host gave for FORMAT TRACK: an image only has the sectors of its own format. */
static bool format_sector(struct fdc *fdc)
{
    const struct fdc_drive *drive = &fdc->drive[unit(fdc)];
    const struct fdc_format *format = drive->format;

    memcpy(fdc->id, fdc->data, sizeof fdc->id);
    if (fdc->id[0] != drive->cylinder || drive->cylinder >= format->cylinders ||
        fdc->id[1] != fdc->side || fdc->side >= format->heads || fdc->id[2] < 1 ||
        fdc->id[2] > format->per_track || fdc->id[3] != SIZE_512)
        return true;
    memset(fdc->data, fdc->command[5], FDC_SECTOR);
    return store_sector(fdc, block_sector(fdc));
}

/* SCAN: does the sector satisfy the condition against the host's bytes in `host`? */
static bool scan_satisfied(struct fdc *fdc, const uint8_t *host)
{
    for (unsigned i = 0; i < FDC_SECTOR; i++) {
        uint8_t disk = fdc->data[i];

        if (disk == host[i] || disk == ANY_BYTE || host[i] == ANY_BYTE)
            continue;
        return code(fdc) != FDC_CMD_SCAN_EQUAL &&
               (code(fdc) == FDC_CMD_SCAN_LOW ? disk < host[i] : disk > host[i]);
    }
    fdc->st2 |= ST2_HIT;
    return true;
}

/* The host's bytes are here; the medium's follow. False: the command is over. */
static bool scan_sector(struct fdc *fdc)
{
    uint8_t host[FDC_SECTOR];

    memcpy(host, fdc->data, sizeof host);
    if (!load_sector(fdc)) {
        finish(fdc, false);
        return false;
    }
    if (!scan_satisfied(fdc, host))
        return true;
    finish(fdc, true);
    return false;
}

/*
 * To the sector after the one in hand, as the result phase shows it. True: that is behind the last
 * sector of the cylinder, or of the count.
 */
static bool advance(struct fdc *fdc)
{
    unsigned stride = is_scan(fdc) && fdc->command[8] == 2 ? 2 : 1;

    if (code(fdc) == FDC_CMD_FORMAT)
        return --fdc->sectors_left == 0;
    if (code(fdc) == FDC_CMD_READ_TRACK) {
        fdc->track_sector++;
        fdc->id[2]++;
        return --fdc->sectors_left == 0;
    }
    if (fdc->sectors_left && --fdc->sectors_left == 0) { /* VERIFY with a count */
        fdc->id[2]++;
        return true;
    }
    if (fdc->id[2] != last_sector(fdc) && fdc->id[2] + stride <= 0xff &&
        (stride == 1 || fdc->id[2] + stride <= last_sector(fdc))) {
        fdc->id[2] = (uint8_t)(fdc->id[2] + stride);
        return false;
    }
    fdc->id[2] = 1;
    if (!(fdc->command[0] & FDC_MT)) {
        fdc->id[0]++;
        return true;
    }
    fdc->id[1] ^= 1;
    if (fdc->side == 0) {
        fdc->side = 1;
        return false;
    }
    fdc->id[0]++;
    return true;
}

/* The sector in hand is done. `end`: the terminal count came with it. */
static void next(struct fdc *fdc, bool end)
{
    bool marked = code(fdc) == FDC_CMD_READ_DELETED;
    uint8_t side = fdc->side;

    if (code(fdc) == FDC_CMD_READ_TRACK &&
        (fdc->id[0] != fdc->drive[unit(fdc)].cylinder || fdc->id[1] != fdc->side ||
         fdc->id[2] != fdc->track_sector))
        fdc->st1 |= ST1_NO_DATA; /* its IDs were not those that the command named */
    if (marked && !(fdc->command[0] & FDC_SK)) {
        fdc->st2 |= ST2_MARK; /* what was read is not what was asked for: no further sector */
        finish(fdc, true);
        return;
    }
    if (advance(fdc)) {
        bool counted =
            (code(fdc) == FDC_CMD_VERIFY || code(fdc) == FDC_CMD_FORMAT) && fdc->sectors_left == 0;

        if (is_scan(fdc))
            fdc->st2 |= ST2_MISS;
        else if (!end && !counted)
            fdc->st1 |= ST1_END;
        fdc->side = side;
        finish(fdc, end || counted || is_scan(fdc));
    } else if (end) {
        if (is_scan(fdc))
            fdc->st2 |= ST2_MISS;
        fdc->side = side;
        finish(fdc, true);
    } else {
        search(fdc, 0);
    }
}

/* The diskette was taken out meanwhile. */
static bool is_gone(struct fdc *fdc)
{
    if (fdc->drive[unit(fdc)].medium)
        return false;
    fdc->st1 |= ST1_NO_MARK;
    finish(fdc, false);
    return true;
}

/* All bytes of the sector are in fdc->data, or have left it. */
static void sector_moved(struct fdc *fdc, bool end)
{
    if (is_gone(fdc))
        return;
    if (code(fdc) == FDC_CMD_FORMAT ? !format_sector(fdc)
                                    : is_write(fdc) && !store_sector(fdc, block_sector(fdc)))
        finish(fdc, false);
    else if (!is_scan(fdc) || scan_sector(fdc))
        next(fdc, end);
}

/* The bytes that the host may move before the FIFO is full, or empty. */
static void open_burst(struct fdc *fdc)
{
    unsigned bytes = 15u - (fdc->configure & CONFIGURE_THRESHOLD);
    unsigned left = (unsigned)(fdc->data_end - fdc->data_at);

    if (fdc->configure & CONFIGURE_NO_FIFO || bytes == 0)
        bytes = 1;
    fdc->burst = (uint8_t)(bytes < left ? bytes : left);
    fdc_set_irq(fdc, true);
}

/* The host has moved a byte. */
static void close_burst(struct fdc *fdc)
{
    unsigned bytes = 16;

    if (--fdc->burst)
        return;
    fdc_set_irq(fdc, false);
    if (fdc->data_at == fdc->data_end) {
        sector_moved(fdc, false);
        return;
    }
    if (fdc->configure & CONFIGURE_NO_FIFO)
        bytes = 1;
    fdc_after(fdc, FDC_BURST, sector_time(fdc) * bytes / FDC_SECTOR);
}

uint8_t fdc_data_read(struct fdc *fdc)
{
    uint8_t value = fdc->data[fdc->data_at++];

    close_burst(fdc);
    return value;
}

void fdc_data_write(struct fdc *fdc, uint8_t value)
{
    fdc->data[fdc->data_at++] = value;
    close_burst(fdc);
}

static void move_by_dma(struct fdc *fdc, enum fdc_step step)
{
    bool to_memory = fdc_data_to_host(fdc), end;
    uint32_t bytes = code(fdc) == FDC_CMD_FORMAT ? FORMAT_BYTES : FDC_SECTOR, moved;

    if (!(fdc->dor & DOR_GATE) || !dma_ready(fdc->dma, 2, to_memory)) {
        if (step == FDC_DMA_LATE) {
            fdc->st1 |= ST1_OVERRUN;
            finish(fdc, false);
            return;
        }
        if (fdc->dor & DOR_GATE)
            dma_set_request(fdc->dma, 2, true);
        fdc_after(fdc, FDC_DMA_LATE, sector_time(fdc));
        return;
    }
    dma_set_request(fdc->dma, 2, false);
    if (!to_memory)
        memset(fdc->data, 0, sizeof fdc->data); /* a sector that ends early is filled with zeros */
    moved = dma_move(fdc->dma, 2, fdc->data, bytes, to_memory, &end);
    if (code(fdc) == FDC_CMD_FORMAT && moved < bytes)
        finish(fdc, end);
    else
        sector_moved(fdc, end);
}

/* The sector in hand is under the head. */
static void at_data(struct fdc *fdc, enum fdc_step step)
{
    bool skip = code(fdc) == FDC_CMD_READ_DELETED && fdc->command[0] & FDC_SK;

    if (is_gone(fdc))
        return;
    if (fdc_data_to_host(fdc) && !load_sector(fdc)) {
        finish(fdc, false);
    } else if (code(fdc) == FDC_CMD_VERIFY || skip) {
        if (skip)
            fdc->st2 |= ST2_MARK;
        next(fdc, false);
    } else if (fdc_without_dma(fdc)) {
        fdc->data_at = 0;
        fdc->data_end = code(fdc) == FDC_CMD_FORMAT ? FORMAT_BYTES : FDC_SECTOR;
        open_burst(fdc);
    } else {
        move_by_dma(fdc, step);
    }
}

/* The sector whose ID passes next, as the time has it. */
static void read_id(struct fdc *fdc)
{
    const struct fdc_drive *drive = &fdc->drive[unit(fdc)];
    uint64_t ticks = clock_ticks_from(fdc->dev.clock, sector_time(fdc), 1000000 * FDC_HURRY) + 1;

    if (is_gone(fdc))
        return;
    fdc->id[0] = drive->cylinder;
    fdc->id[1] = fdc->side;
    fdc->id[2] = (uint8_t)(1 + clock_now(fdc->dev.clock) / ticks % drive->format->per_track);
    fdc->id[3] = SIZE_512;
    finish(fdc, true);
}

void fdc_data_step(struct fdc *fdc, enum fdc_step step)
{
    switch (step) {
    case FDC_FAIL:
        finish(fdc, false);
        break;
    case FDC_READ_ID:
        read_id(fdc);
        break;
    case FDC_AT_DATA:
    case FDC_DMA_LATE:
        at_data(fdc, step);
        break;
    case FDC_BURST:
        open_burst(fdc);
        break;
    default:
        search(fdc, 0); /* the motor was turned on */
    }
}
