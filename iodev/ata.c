/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/ata.c - registers of a drive and the phases of a command. Source: ATA/ATAPI-6 (T13/1410D),
 * "Protocols"; ATA/ATAPI-4 for what a drive with packets does.
 */
#include "iodev/ata.h"

#include "iodev/ata_internal.h"
#include "util/bits.h"

enum {
    COMMAND_DEVICE_RESET = 0x08,
    COMMAND_DIAGNOSTIC = 0x90,
    COMMAND_PACKET = 0xa0,

    REASON_CD = 1, /* interrupt reason: a command, or the status; else data */
    REASON_IO = 2, /* to the host */
};

static void set_intrq(struct ata_drive *drive, bool level)
{
    drive->intrq = level;
    if (drive->host.intrq)
        drive->host.intrq(drive->host.context);
}

static void schedule(struct ata_drive *drive, uint64_t ns)
{
    struct clock *clock = drive->dev.clock;

    /* Never before the next instruction. */
    clock_schedule(clock, &drive->event,
                   clock_now(clock) + clock_ticks_from(clock, ns, 1000000000) + 1);
}

void ata_busy(struct ata_drive *drive, enum ata_next next, uint64_t ns)
{
    drive->phase = PHASE_BUSY;
    drive->next = (uint8_t)next;
    drive->status = (uint8_t)((drive->status | ATA_BSY) & ~(ATA_DRQ | ATA_ERR | ATA_DF));
    schedule(drive, ns);
}

uint64_t ata_transfer_ns(const struct ata_drive *drive, uint64_t bytes)
{
    return bytes * (drive->is_cd ? NS_CD_KIB : NS_DISK_KIB) / 1024;
}

void ata_idle(struct ata_drive *drive)
{
    drive->phase = PHASE_IDLE;
    drive->next = NEXT_DONE;
    drive->units = 0;
    drive->pos = drive->end = drive->stop = 0;
    clock_cancel(drive->dev.clock, &drive->event);
}

static void end(struct ata_drive *drive, uint8_t status)
{
    ata_idle(drive);
    drive->status = status;
    if (drive->is_cd && drive->command == COMMAND_PACKET)
        drive->count[0] = REASON_CD | REASON_IO;
    set_intrq(drive, true);
}

void ata_done(struct ata_drive *drive)
{
    drive->error = 0;
    end(drive, ATA_DRDY | ATA_DSC);
}

void ata_fail(struct ata_drive *drive, uint8_t error)
{
    drive->error = error;
    end(drive, (uint8_t)(ATA_DRDY | ATA_ERR | (drive->is_cd ? 0 : ATA_DSC)));
}

void ata_abort(struct ata_drive *drive)
{
    ata_fail(drive, ATA_ABRT);
}

void ata_string(uint8_t *to, unsigned bytes, const char *text)
{
    for (unsigned i = 0; i < bytes; i++) {
        to[i ^ 1] = (uint8_t)(*text ? *text : ' ');
        text += *text != 0;
    }
}

/* What a drive says of its kind after a reset. */
void ata_signature(struct ata_drive *drive)
{
    drive->count[0] = drive->low[0] = 1;
    drive->mid[0] = drive->is_cd ? 0x14 : 0;
    drive->high[0] = drive->is_cd ? 0xeb : 0;
    drive->device &= ATA_DEV1;
}

/* Reset and diagnostic have ended: the code for "no error", and who we are. */
static void be_ready(struct ata_drive *drive)
{
    ata_idle(drive);
    ata_signature(drive);
    drive->error = 0x01;
    drive->status = drive->is_cd ? 0 : ATA_DRDY | ATA_DSC;
}

/* Data of a packet is announced with its length. */
static void open_in(struct ata_drive *drive)
{
    drive->stop = drive->end;
    if (drive->is_cd && drive->command == COMMAND_PACKET) {
        uint32_t limit = drive->limit == 0 || drive->limit == 0xffff ? 0xfffe : drive->limit;

        if (drive->end - drive->pos > limit) /* all parts but the last are even */
            drive->stop = drive->pos + (limit == 1 ? 2 : limit & ~1u);
        drive->count[0] = REASON_IO;
        drive->mid[0] = (uint8_t)(drive->stop - drive->pos);
        drive->high[0] = (uint8_t)((drive->stop - drive->pos) >> 8);
    }
    drive->phase = PHASE_IN;
    drive->status = ATA_DRDY | ATA_DSC | ATA_DRQ;
    set_intrq(drive, true);
}

static bool fill(struct ata_drive *drive)
{
    return drive->is_cd ? cd_fill(drive) : disk_fill(drive);
}

/* How much the next block has that the host writes. */
static void open_out(struct ata_drive *drive, bool interrupt)
{
    uint32_t units = drive->units < drive->block_units ? drive->units : drive->block_units;

    drive->pos = 0;
    drive->end = drive->stop = units * drive->unit_bytes;
    drive->phase = PHASE_OUT;
    drive->status = ATA_DRDY | ATA_DSC | ATA_DRQ;
    if (interrupt)
        set_intrq(drive, true);
}

/* The part of a transfer by DMA that the next event moves: wait for it, if the host is ready. */
static void schedule_dma(struct ata_drive *drive)
{
    uint64_t left = (uint64_t)drive->units * drive->unit_bytes + (drive->end - drive->pos);

    if (drive->event.queued || !drive->host.dma_ready ||
        !drive->host.dma_ready(drive->host.context, !drive->writes))
        return;
    schedule(drive, ata_transfer_ns(drive, left < DMA_CHUNK ? left : DMA_CHUNK));
}

/* One buffer on its way. False: the transfer ends or waits here. */
static bool dma_buffer(struct ata_drive *drive, uint64_t *moved)
{
    uint32_t n;

    if (drive->pos == drive->end) {
        if (!drive->is_cd && !drive->writes && disk_send(drive, moved))
            return true;
        if (!drive->units) {
            ata_done(drive);
            return false;
        }
        if (drive->writes) {
            uint32_t most = ATA_BUFFER / drive->unit_bytes;

            drive->pos = 0;
            drive->end = (drive->units < most ? drive->units : most) * drive->unit_bytes;
        } else if (!fill(drive)) {
            return false;
        }
    }
    n = drive->host.dma_move(drive->host.context, drive->buffer + drive->pos,
                             drive->end - drive->pos, !drive->writes);
    drive->pos += n;
    *moved += n;
    if (drive->pos < drive->end)
        return false; /* until the host has more memory for us */
    return !drive->writes || disk_drain(drive);
}

static void dma_event(struct ata_drive *drive)
{
    uint64_t moved = 0;

    if (!drive->host.dma_ready || !drive->host.dma_ready(drive->host.context, !drive->writes))
        return;
    while (moved < DMA_CHUNK) {
        if (!dma_buffer(drive, &moved))
            return;
    }
    if (drive->units || drive->pos < drive->end)
        schedule_dma(drive);
    else
        ata_done(drive);
}

void ata_dma_kick(struct ata_drive *drive)
{
    if (drive->phase == PHASE_DMA)
        schedule_dma(drive);
}

static void event_fires(void *owner)
{
    struct ata_drive *drive = owner;

    if (drive->phase == PHASE_DMA) {
        dma_event(drive);
        return;
    }
    if (drive->phase != PHASE_BUSY)
        return;
    switch (drive->next) {
    case NEXT_IN:
        if (drive->pos < drive->end || fill(drive))
            open_in(drive);
        break;
    case NEXT_OUT:
        open_out(drive, false);
        break;
    case NEXT_WRITE:
        if (!disk_drain(drive))
            break;
        if (drive->units)
            open_out(drive, true);
        else
            ata_done(drive);
        break;
    case NEXT_DMA:
        drive->phase = PHASE_DMA;
        schedule_dma(drive);
        break;
    case NEXT_PACKET:
        drive->phase = PHASE_PACKET;
        drive->status = ATA_DRDY | ATA_DSC | ATA_DRQ;
        drive->count[0] = REASON_CD;
        drive->pos = 0;
        drive->end = drive->stop = sizeof drive->packet;
        break;
    case NEXT_RUN:
        cd_run(drive);
        break;
    case NEXT_RESET:
        be_ready(drive);
        break;
    case NEXT_DIAGNOSTIC:
        be_ready(drive);
        set_intrq(drive, !(drive->unit & 1)); /* device 0 speaks for both */
        break;
    default:
        ata_done(drive);
    }
}

/* Reading by PIO ends with the last word, without an interrupt. */
static void finish_quietly(struct ata_drive *drive)
{
    ata_idle(drive);
    drive->status = ATA_DRDY | ATA_DSC;
}

/* The host has read or written all that it may for now. */
static void block_moved(struct ata_drive *drive)
{
    switch (drive->phase) {
    case PHASE_IN:
        if (drive->pos < drive->end)
            ata_busy(drive, NEXT_IN, NS_COMMAND);
        else if (drive->units)
            ata_busy(drive, NEXT_IN,
                     ata_transfer_ns(drive, (uint64_t)drive->block_units * drive->unit_bytes));
        else if (drive->is_cd && drive->command == COMMAND_PACKET)
            ata_busy(drive, NEXT_DONE, NS_COMMAND); /* its status is a phase with an interrupt */
        else
            finish_quietly(drive);
        break;
    case PHASE_OUT:
        ata_busy(drive, NEXT_WRITE, ata_transfer_ns(drive, drive->end));
        break;
    case PHASE_PACKET:
        memcpy(drive->packet, drive->buffer, sizeof drive->packet);
        drive->pos = drive->end = drive->stop = 0;
        ata_busy(drive, NEXT_RUN, NS_COMMAND);
        break;
    }
}

uint64_t ata_peek_data(const struct ata_drive *drive, unsigned size)
{
    uint64_t value = 0;

    if (drive->phase != PHASE_IN)
        return 0;
    for (unsigned i = 0; i < size && drive->pos + i < drive->stop; i++)
        value |= (uint64_t)drive->buffer[drive->pos + i] << i * 8;
    return value;
}

uint64_t ata_read_data(struct ata_drive *drive, unsigned size)
{
    uint64_t value;

    if (drive->phase != PHASE_IN)
        return 0;
    value = ata_peek_data(drive, size);
    drive->pos = drive->stop - drive->pos < size ? drive->stop : drive->pos + size;
    if (drive->pos == drive->stop)
        block_moved(drive);
    return value;
}

void ata_write_data(struct ata_drive *drive, unsigned size, uint64_t value)
{
    if (drive->phase != PHASE_OUT && drive->phase != PHASE_PACKET)
        return;
    for (; size-- && drive->pos < drive->stop; value >>= 8)
        drive->buffer[drive->pos++] = (uint8_t)value;
    if (drive->pos == drive->stop)
        block_moved(drive);
}

uint8_t ata_read_register(const struct ata_drive *drive, unsigned index, bool previous)
{
    switch (index) {
    case ATA_ERROR:
        return drive->error;
    case ATA_COUNT:
        return drive->count[previous];
    case ATA_LBA_LOW:
        return drive->low[previous];
    case ATA_LBA_MID:
        return drive->mid[previous];
    case ATA_LBA_HIGH:
        return drive->high[previous];
    case ATA_DEVICE:
        return drive->device | 0xa0;
    case ATA_STATUS:
        return drive->status;
    default:
        return 0;
    }
}

static void push(uint8_t reg[2], uint8_t value)
{
    reg[1] = reg[0];
    reg[0] = value;
}

void ata_write_register(struct ata_drive *drive, unsigned index, uint8_t value)
{
    if (drive->status & (ATA_BSY | ATA_DRQ))
        return;
    switch (index) {
    case ATA_ERROR:
        push(drive->feature, value);
        break;
    case ATA_COUNT:
        push(drive->count, value);
        break;
    case ATA_LBA_LOW:
        push(drive->low, value);
        break;
    case ATA_LBA_MID:
        push(drive->mid, value);
        break;
    case ATA_LBA_HIGH:
        push(drive->high, value);
        break;
    case ATA_DEVICE:
        drive->device = value & 0x5f;
        break;
    }
}

static void clear_settings(struct ata_drive *drive)
{
    drive->power = POWER_ACTIVE;
    drive->multiple = 0;
    drive->cache = drive->look_ahead = true;
    drive->locked = false;
    disk_reset(drive);
}

void ata_command(struct ata_drive *drive, uint8_t command)
{
    if (drive->is_cd && command == COMMAND_DEVICE_RESET) { /* even in the middle of another */
        drive->command = command;
        ata_idle(drive);
        set_intrq(drive, false);
        ata_busy(drive, NEXT_RESET, NS_COMMAND);
        return;
    }
    if (drive->status & (ATA_BSY | ATA_DRQ)) {
        log_once(drive->dev.log, &drive->warned, LOG_DEBUG, drive->dev.name,
                 "command %02x ignored: %02x is not done", command, drive->command);
        return;
    }
    set_intrq(drive, false);
    if (drive->power == POWER_SLEEP && command != COMMAND_DIAGNOSTIC)
        return; /* nothing but a reset wakes it */
    drive->command = command;
    drive->error = 0;
    drive->dma = drive->writes = drive->wide = drive->flushes = false;
    drive->unit_bytes = BLOCK_SECTOR;
    drive->block_units = 1;
    ata_idle(drive);
    if (command == COMMAND_DIAGNOSTIC) {
        drive->device = 0;
        ata_busy(drive, NEXT_DIAGNOSTIC, NS_RESET);
    } else if (!(drive->is_cd ? cd_command(drive) : disk_command(drive))) {
        ata_abort(drive);
    }
}

void ata_soft_reset(struct ata_drive *drive, bool asserted)
{
    ata_idle(drive);
    set_intrq(drive, false);
    if (drive->power == POWER_SLEEP)
        drive->power = POWER_STANDBY;
    drive->device = 0;
    drive->status = ATA_BSY;
    if (!asserted)
        ata_busy(drive, NEXT_RESET, NS_RESET);
}

void ata_change_medium(struct ata_drive *drive, struct block *medium)
{
    drive->medium = medium;
    drive->tray_open = false;
    drive->attention = true;
    drive->media_event = medium ? MEDIA_NEW : MEDIA_REMOVED;
}

bool ata_eject(struct ata_drive *drive)
{
    if (drive->locked) {
        drive->media_event = MEDIA_EJECT_REQUEST;
        return false;
    }
    drive->tray_open = true;
    drive->media_event = MEDIA_REMOVED;
    return true;
}

void ata_setup(struct ata_drive *drive, unsigned unit, bool is_cd, struct block *medium,
               const struct ata_host *host)
{
    static const char *const names[] = { "hda", "hdb", "hdc", "hdd" };

    drive->dev.name = names[unit & 3];
    drive->unit = (uint8_t)(unit & 3);
    drive->is_cd = is_cd;
    drive->medium = medium;
    drive->host = *host;
}

/* clang-format off */
static const struct field ata_drive_fields[] = {
    NOT_SAVED(struct ata_drive, dev, "device"),
    FIELDS(struct ata_drive, feature, FMT_HEX, "features; [1] written before"),
    FIELDS(struct ata_drive, count, FMT_HEX, "sector count, or reason of the interrupt"),
    FIELDS(struct ata_drive, low,   FMT_HEX, "LBA low, or sector"),
    FIELDS(struct ata_drive, mid,   FMT_HEX, "LBA mid, or cylinder low"),
    FIELDS(struct ata_drive, high,  FMT_HEX, "LBA high, or cylinder high"),
    FIELD(struct ata_drive, device,  FMT_HEX, "bit 6 LBA, 4 device 1, 3-0 head or LBA"),
    FIELD(struct ata_drive, status,  FMT_HEX, "7 BSY, 6 DRDY, 5 DF, 4 DSC, 3 DRQ, 0 ERR"),
    FIELD(struct ata_drive, error,   FMT_HEX, "6 UNC, 4 IDNF, 2 ABRT; packets: 7-4 sense key"),
    FIELD(struct ata_drive, command, FMT_HEX, "the command in hand, or the last"),
    FIELD(struct ata_drive, intrq,   FMT_BOOL, "it requests an interrupt"),
    FIELD(struct ata_drive, phase,   FMT_DEC, "0 idle, 1 busy, data: 2 in, 3 out, 4 packet, 5 DMA"),
    FIELD(struct ata_drive, next,    FMT_DEC, "what ends being busy"),
    FIELD(struct ata_drive, writes,  FMT_BOOL, "data goes to the medium"),
    FIELD(struct ata_drive, dma,     FMT_BOOL, "data goes by DMA"),
    FIELD(struct ata_drive, wide,    FMT_BOOL, "the command has 48 bits of address"),
    FIELD(struct ata_drive, flushes, FMT_BOOL, "its data is on the medium when it ends"),
    FIELD(struct ata_drive, unit_bytes,  FMT_DEC, "bytes of a sector on its way"),
    FIELD(struct ata_drive, block_units, FMT_DEC, "sectors with one interrupt"),
    FIELD(struct ata_drive, limit,  FMT_DEC, "bytes that the host takes at once"),
    FIELD(struct ata_drive, lba,    FMT_DEC, "next sector"),
    FIELD(struct ata_drive, units,  FMT_DEC, "sectors still to be read or written"),
    FIELD(struct ata_drive, pos,    FMT_DEC, "next byte in the buffer"),
    FIELD(struct ata_drive, end,    FMT_DEC, "behind its last byte"),
    FIELD(struct ata_drive, stop,   FMT_DEC, "behind the last one of this DRQ"),
    FIELD(struct ata_drive, buffer, FMT_BYTES, "data on its way"),
    FIELD(struct ata_drive, cylinders, FMT_DEC, "cylinders as the host counts"),
    FIELD(struct ata_drive, heads,     FMT_DEC, "heads"),
    FIELD(struct ata_drive, track_sectors, FMT_DEC, "sectors of a track"),
    FIELD(struct ata_drive, multiple,  FMT_DEC, "sectors of READ MULTIPLE"),
    FIELD(struct ata_drive, mode,      FMT_HEX, "transfer mode, as of SET FEATURES 03h"),
    FIELD(struct ata_drive, power,     FMT_HEX, "00 standby, 01 sleep, 80 idle, ff active"),
    FIELD(struct ata_drive, cache,      FMT_BOOL, "write cache"),
    FIELD(struct ata_drive, look_ahead, FMT_BOOL, "look-ahead"),
    FIELD(struct ata_drive, smart,      FMT_BOOL, "SMART"),
    FIELD(struct ata_drive, packet, FMT_BYTES, "the command packet"),
    FIELD(struct ata_drive, sense_key, FMT_HEX, "sense key"),
    FIELD(struct ata_drive, asc,       FMT_HEX, "additional sense code"),
    FIELD(struct ata_drive, ascq,      FMT_HEX, "... and its qualifier"),
    FIELD(struct ata_drive, media_event, FMT_DEC, "1 eject request, 2 new disc, 3 removed"),
    FIELD(struct ata_drive, attention, FMT_BOOL, "the next command is told of a change"),
    FIELD(struct ata_drive, locked,    FMT_BOOL, "the tray is locked"),
    FIELD(struct ata_drive, tray_open, FMT_BOOL, "the tray is open"),
    NOT_SAVED(struct ata_drive, is_cd, "kind of drive"),
    NOT_SAVED(struct ata_drive, unit, "place"),
    NOT_SAVED(struct ata_drive, medium, "wiring"),
    NOT_SAVED(struct ata_drive, host, "wiring"),
    NOT_SAVED(struct ata_drive, event, "end of being busy"),
    NOT_SAVED(struct ata_drive, warned, "a message was printed"),
    { 0 },
};
/* clang-format on */

static void ata_drive_init(struct device *dev)
{
    struct ata_drive *drive = (struct ata_drive *)dev;

    event_init(dev->clock, &drive->event, "ata", event_fires, drive);
}

static void ata_drive_reset(struct device *dev, enum reset kind UNUSED)
{
    struct ata_drive *drive = (struct ata_drive *)dev;

    be_ready(drive);
    drive->device = 0;
    drive->command = 0;
    memset(drive->feature, 0, sizeof drive->feature);
    drive->count[1] = drive->low[1] = drive->mid[1] = drive->high[1] = 0;
    drive->writes = drive->dma = drive->wide = drive->flushes = false;
    drive->unit_bytes = BLOCK_SECTOR;
    drive->block_units = 1;
    drive->lba = 0;
    drive->limit = 0;
    memset(drive->buffer, 0, sizeof drive->buffer);
    memset(drive->packet, 0, sizeof drive->packet);
    drive->mode = 0x0c;
    drive->smart = true;
    drive->sense_key = drive->asc = drive->ascq = 0;
    drive->media_event = MEDIA_NOTHING;
    drive->attention = drive->tray_open = false;
    clear_settings(drive);
    set_intrq(drive, false);
}

/* Numbers from a file may be anything: what indexes the buffer is brought into it. */
static void ata_drive_restored(struct device *dev)
{
    struct ata_drive *drive = (struct ata_drive *)dev;

    if (drive->end > ATA_BUFFER)
        drive->end = ATA_BUFFER;
    if (drive->stop > drive->end)
        drive->stop = drive->end;
    if (drive->pos > drive->stop)
        drive->pos = drive->stop;
    if (drive->unit_bytes != 2048 && drive->unit_bytes != 2352)
        drive->unit_bytes = BLOCK_SECTOR;
    if (!drive->block_units || drive->block_units > ATA_BUFFER / drive->unit_bytes)
        drive->block_units = 1;
    if (drive->phase == PHASE_OUT && drive->is_cd)
        drive->phase = PHASE_IDLE;
    if (drive->is_cd)
        drive->writes = false;
    drive->heads = drive->heads ? drive->heads : 1;
    drive->track_sectors = drive->track_sectors ? drive->track_sectors : 1;
}

static void ata_drive_describe(const struct device *dev, struct out *out)
{
    static const char *const phases[] = { "idle",         "busy",   "data to the host",
                                          "data from it", "packet", "DMA" };
    const struct ata_drive *drive = (const struct ata_drive *)dev;
    uint8_t status = drive->status;

    if (drive->is_cd)
        cd_describe(drive, out);
    else
        disk_describe(drive, out);
    out_printf(out, "status 0x%02x:%s%s%s%s%s; error 0x%02x%s\n", status,
               status & ATA_BSY ? " BSY" : "", status & ATA_DRDY ? " DRDY" : "",
               status & ATA_DSC ? " DSC" : "", status & ATA_DRQ ? " DRQ" : "",
               status & ATA_ERR ? " ERR" : "", drive->error,
               drive->intrq ? ", requests an interrupt" : "");
    out_printf(out, "command 0x%02x, %s", drive->command,
               drive->phase < ARRAY_SIZE(phases) ? phases[drive->phase] : "?");
    if (drive->phase != PHASE_IDLE)
        out_printf(out, ": sector %llu, %u to go, bytes %u to %u of the buffer",
                   (unsigned long long)drive->lba, drive->units, drive->pos, drive->end);
    out_printf(out, "\n");
}

const struct device_class ata_drive_class = {
    .name = "ata",
    .title = "ATA disk or CD drive",
    .size = sizeof(struct ata_drive),
    .fields = ata_drive_fields,
    .init = ata_drive_init,
    .reset = ata_drive_reset,
    .describe = ata_drive_describe,
    .restored = ata_drive_restored,
};
