/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/atapi.c - a CD drive: commands outside packets, execution of packets, reading, the tray.
 * Source: ATA/ATAPI-4 (T13/1153D), "PACKET command feature set"; SFF-8020i; MMC-3 (T10/1363D).
 */
#include <inttypes.h>

#include "iodev/ata_internal.h"
#include "util/bits.h"

enum {
    SECTOR = 2048,
    RAW_SECTOR = 2352,
    BLOCKS = SECTOR / BLOCK_SECTOR, /* of the medium in one of the disc's */
    PREGAP = 150,                   /* sectors before the first one: two seconds */
};

bool cd_has_disc(const struct ata_drive *drive)
{
    return drive->medium && !drive->tray_open && drive->medium->sectors >= BLOCKS;
}

uint32_t cd_sectors(const struct ata_drive *drive)
{
    uint64_t sectors = drive->medium ? (drive->medium->sectors + BLOCKS - 1) / BLOCKS : 0;

    return sectors > UINT32_MAX ? UINT32_MAX : (uint32_t)sectors;
}

static void set_sense(struct ata_drive *drive, uint8_t key, uint8_t asc, uint8_t ascq)
{
    drive->sense_key = key;
    drive->asc = asc;
    drive->ascq = ascq;
}

void cd_check(struct ata_drive *drive, uint8_t key, uint8_t asc, uint8_t ascq)
{
    set_sense(drive, key, asc, ascq);
    ata_fail(drive, (uint8_t)(key << 4 | (key == KEY_ILLEGAL ? ATA_ABRT : 0)));
}

static void succeed(struct ata_drive *drive)
{
    ata_busy(drive, NEXT_DONE, NS_COMMAND);
}

/* Data begins to go to the host after so long. */
static void send(struct ata_drive *drive, uint64_t ns)
{
    ata_busy(drive, drive->dma ? NEXT_DMA : NEXT_IN, ns);
}

void cd_reply(struct ata_drive *drive, uint32_t bytes, uint32_t most)
{
    drive->units = 0;
    drive->pos = 0;
    drive->end = drive->stop = bytes < most ? bytes : most;
    if (drive->end)
        send(drive, NS_COMMAND);
    else
        succeed(drive);
}

static uint8_t bcd(unsigned value)
{
    return (uint8_t)(value / 10 << 4 | value % 10);
}

/* What a raw sector has around its data. Error correction is not computed: its bytes are zero. */
static void wrap(uint8_t *raw, uint64_t lba)
{
    uint64_t frame = lba + PREGAP;

    memset(raw, 0xff, 12);
    raw[0] = raw[11] = 0;
    raw[12] = bcd((unsigned)(frame / 75 / 60 % 100));
    raw[13] = bcd((unsigned)(frame / 75 % 60));
    raw[14] = bcd((unsigned)(frame % 75));
    raw[15] = 1; /* mode */
    memset(raw + 16 + SECTOR, 0, RAW_SECTOR - 16 - SECTOR);
}

/* One sector of the disc; the part that the last one lacks is zero. */
static enum block_result read_sector(struct ata_drive *drive, uint64_t lba, uint8_t *to)
{
    uint64_t first = lba * BLOCKS, sectors = drive->medium->sectors;
    unsigned there = BLOCKS;

    if (first >= sectors)
        return BLOCK_RANGE;
    if (sectors - first < BLOCKS) {
        there = (unsigned)(sectors - first);
        memset(to, 0, SECTOR);
    }
    return block_read(drive->medium, first, there, to);
}

static void no_disc(struct ata_drive *drive)
{
    cd_check(drive, KEY_NOT_READY, 0x3a, drive->tray_open ? 2 : 1);
}

bool cd_fill(struct ata_drive *drive)
{
    bool raw = drive->unit_bytes == RAW_SECTOR;
    uint32_t bytes = raw ? RAW_SECTOR : SECTOR, units = ATA_BUFFER / bytes;

    if (units > drive->units)
        units = drive->units;
    if (!units) { /* cannot be, but for a state from a file */
        ata_abort(drive);
        return false;
    }
    if (!cd_has_disc(drive)) {
        no_disc(drive);
        return false;
    }
    if (drive->attention) { /* another disc since the command began */
        drive->attention = false;
        cd_check(drive, KEY_ATTENTION, 0x28, 0);
        return false;
    }
    for (uint32_t i = 0; i < units; i++) {
        uint8_t *to = drive->buffer + (size_t)i * bytes;

        if (read_sector(drive, drive->lba + i, to + (raw ? 16 : 0)) != BLOCK_OK) {
            cd_check(drive, KEY_MEDIUM, 0x11, 0); /* unrecovered read error */
            return false;
        }
        if (raw)
            wrap(to, drive->lba + i);
    }
    drive->lba += units;
    drive->units -= units;
    drive->pos = 0;
    drive->end = drive->stop = units * bytes;
    return true;
}

/* `count` sectors from `lba` on. */
static void read_sectors(struct ata_drive *drive, uint32_t lba, uint32_t count, unsigned bytes)
{
    uint32_t sectors = cd_sectors(drive);

    if (lba > sectors || count > sectors - lba) {
        cd_check(drive, KEY_ILLEGAL, 0x21, 0); /* address out of range */
        return;
    }
    if (!count) {
        succeed(drive);
        return;
    }
    drive->lba = lba;
    drive->units = count;
    drive->unit_bytes = (uint16_t)bytes;
    drive->block_units = (uint16_t)(ATA_BUFFER / bytes);
    drive->pos = drive->end = drive->stop = 0;
    send(drive, NS_CD_ACCESS);
}

static void read_10(struct ata_drive *drive)
{
    read_sectors(drive, load_be32(drive->packet + 2), load_be16(drive->packet + 7), SECTOR);
}

static void read_12(struct ata_drive *drive)
{
    read_sectors(drive, load_be32(drive->packet + 2), load_be32(drive->packet + 6), SECTOR);
}

static void read_cd(struct ata_drive *drive)
{
    const uint8_t *p = drive->packet;
    unsigned type = p[1] >> 2 & 7, bytes;
    uint32_t count = (uint32_t)p[6] << 16 | load_be16(p + 7);

    switch (p[9] & 0xf8) {
    case 0x00:
        bytes = 0;
        break;
    case 0x10:
        bytes = SECTOR;
        break;
    case 0xf8:
        bytes = RAW_SECTOR;
        break;
    default:
        cd_check(drive, KEY_ILLEGAL, 0x24, 0);
        return;
    }
    if ((type && type != 2) || p[9] & 6 || p[10] & 7) { /* any type or mode 1; no subchannels */
        cd_check(drive, KEY_ILLEGAL, type && type != 2 ? 0x64 : 0x24, 0);
        return;
    }
    if (bytes)
        read_sectors(drive, load_be32(p + 2), count, bytes);
    else
        read_sectors(drive, load_be32(p + 2), 0, SECTOR);
}

static void read_capacity(struct ata_drive *drive)
{
    store_be32(drive->buffer, cd_sectors(drive) - 1);
    store_be32(drive->buffer + 4, SECTOR);
    cd_reply(drive, 8, 8);
}

static void seek(struct ata_drive *drive)
{
    if (load_be32(drive->packet + 2) >= cd_sectors(drive))
        cd_check(drive, KEY_ILLEGAL, 0x21, 0);
    else
        ata_busy(drive, NEXT_DONE, NS_CD_ACCESS);
}

static void request_sense(struct ata_drive *drive)
{
    uint8_t *b = drive->buffer;

    if (!drive->sense_key && drive->attention) {
        drive->attention = false;
        set_sense(drive, KEY_ATTENTION, 0x28, 0);
    }
    memset(b, 0, 18);
    b[0] = 0x70;
    b[2] = drive->sense_key;
    b[7] = 10;
    b[12] = drive->asc;
    b[13] = drive->ascq;
    set_sense(drive, KEY_NONE, 0, 0);
    cd_reply(drive, 18, drive->packet[4]);
}

static void start_stop(struct ata_drive *drive)
{
    switch (drive->packet[4] & 3) {
    case 2: /* eject */
        if (drive->locked && !drive->tray_open) {
            cd_check(drive, KEY_ILLEGAL, 0x53, 2); /* removal prevented */
            return;
        }
        if (!drive->tray_open)
            drive->media_event = MEDIA_REMOVED;
        drive->tray_open = true;
        break;
    case 3: /* load */
        if (drive->tray_open && drive->medium) {
            drive->attention = true;
            drive->media_event = MEDIA_NEW;
        }
        drive->tray_open = false;
        break;
    }
    succeed(drive);
}

static void prevent_allow(struct ata_drive *drive)
{
    drive->locked = drive->packet[4] & 1;
    succeed(drive);
}

enum { NEEDS_DISC = 1, KEEPS_ATTENTION = 2, KEEPS_SENSE = 4 };

/* clang-format off */
static const struct packet {
    uint8_t code, flags;
    void (*run)(struct ata_drive *drive);
    const char *name;
} packets[] = {
    { 0x00, NEEDS_DISC,      succeed,       "TEST UNIT READY" },
    { 0x03, KEEPS_ATTENTION | KEEPS_SENSE, request_sense, "REQUEST SENSE" },
    { 0x12, KEEPS_ATTENTION, cd_inquiry,    "INQUIRY" },
    { 0x1b, 0,               start_stop,    "START STOP UNIT" },
    { 0x1e, 0,               prevent_allow, "PREVENT ALLOW MEDIUM REMOVAL" },
    { 0x25, NEEDS_DISC,      read_capacity, "READ CAPACITY" },
    { 0x28, NEEDS_DISC,      read_10,       "READ (10)" },
    { 0x2b, NEEDS_DISC,      seek,          "SEEK (10)" },
    { 0x43, NEEDS_DISC,      cd_read_toc,   "READ TOC" },
    { 0x46, KEEPS_ATTENTION, cd_get_configuration, "GET CONFIGURATION" },
    { 0x4a, KEEPS_ATTENTION, cd_get_event,  "GET EVENT STATUS NOTIFICATION" },
    { 0x51, NEEDS_DISC,      cd_read_disc_info, "READ DISC INFORMATION" },
    { 0x5a, 0,               cd_mode_sense, "MODE SENSE (10)" },
    { 0xa8, NEEDS_DISC,      read_12,       "READ (12)" },
    { 0xbd, 0,               cd_mechanism_status, "MECHANISM STATUS" },
    { 0xbe, NEEDS_DISC,      read_cd,       "READ CD" },
};
/* clang-format on */

static const struct packet *find(uint8_t code)
{
    for (unsigned i = 0; i < ARRAY_SIZE(packets); i++) {
        if (packets[i].code == code)
            return &packets[i];
    }
    return NULL;
}

void cd_run(struct ata_drive *drive)
{
    const struct packet *row = find(drive->packet[0]);

    if (!drive->is_cd) { /* cannot be, but for a state from a file */
        ata_abort(drive);
        return;
    }
    drive->units = 0;
    if (drive->attention && !(row && row->flags & KEEPS_ATTENTION)) {
        drive->attention = false;
        cd_check(drive, KEY_ATTENTION, 0x28, 0); /* the medium may have changed */
        return;
    }
    if (!row) {
        cd_check(drive, KEY_ILLEGAL, 0x20, 0);
        return;
    }
    if (!(row->flags & KEEPS_SENSE))
        set_sense(drive, KEY_NONE, 0, 0);
    if (row->flags & NEEDS_DISC && !cd_has_disc(drive)) {
        no_disc(drive);
        return;
    }
    row->run(drive);
}

/* Commands of disks are refused with the signature that says what this is. */
static void refuse(struct ata_drive *drive)
{
    ata_abort(drive);
    ata_signature(drive);
}

bool cd_command(struct ata_drive *drive)
{
    switch (drive->command) {
    case 0xa0: /* PACKET */
        if (drive->feature[0] & 2)
            return false; /* overlapped */
        drive->dma = drive->feature[0] & 1;
        drive->limit = (uint16_t)(drive->high[0] << 8 | drive->mid[0]);
        ata_busy(drive, NEXT_PACKET, NS_COMMAND);
        return true;
    case 0xa1: /* IDENTIFY PACKET DEVICE */
        cd_identify(drive);
        drive->units = 0;
        drive->pos = 0;
        drive->end = drive->stop = BLOCK_SECTOR;
        ata_busy(drive, NEXT_IN, NS_COMMAND);
        return true;
    case 0x20:
    case 0xec:
        refuse(drive);
        return true;
    case 0xe5: /* CHECK POWER MODE */
        drive->count[0] = drive->power;
        break;
    case 0xe0: /* STANDBY IMMEDIATE, IDLE IMMEDIATE, SLEEP */
        drive->power = POWER_STANDBY;
        break;
    case 0xe1:
        drive->power = POWER_IDLE;
        break;
    case 0xe6:
        drive->power = POWER_SLEEP;
        break;
    case 0xe7: /* FLUSH CACHE: there is none */
        break;
    case 0xef: /* SET FEATURES: the transfer mode, and what is ignored */
        if (drive->feature[0] == 0x03)
            drive->mode = drive->count[0];
        else if (drive->feature[0] != 0x66 && drive->feature[0] != 0xcc)
            return false;
        break;
    default:
        return false;
    }
    succeed(drive);
    return true;
}

void cd_describe(const struct ata_drive *drive, struct out *out)
{
    const struct packet *row = find(drive->packet[0]);

    if (drive->tray_open)
        out_printf(out, "CD drive, the tray is open");
    else if (cd_has_disc(drive))
        out_printf(out, "CD drive with a disc of %" PRIu32 " sectors", cd_sectors(drive));
    else
        out_printf(out, "CD drive without a disc");
    out_printf(out, "%s\n", drive->locked ? ", locked" : "");
    if (drive->command == 0xa0)
        out_printf(out, "last packet: %02x %s\n", drive->packet[0], row ? row->name : "unknown");
    if (drive->sense_key)
        out_printf(out, "sense %x/%02x/%02x%s\n", drive->sense_key, drive->asc, drive->ascq,
                   drive->attention ? ", and a change of the disc to be told" : "");
}
