/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/atapi_info.c - what a CD drive tells of itself and of the disc in it: one track of data.
 * Source: SPC-2 (T10/1236D), "INQUIRY"; MMC-3 (T10/1363D); ATA/ATAPI-4 (T13/1153D), "IDENTIFY PACKET
 * DEVICE".
 */
#include "iodev/ata_internal.h"
#include "util/bits.h"

enum {
    CD_MOST = 450000, /* sectors; what has more is a DVD */
    PREGAP = 150,
    LEAD_OUT = 0xaa,
    DATA_TRACK = 0x14, /* ADR 1, control 4 */
    PROFILE_CD = 0x0008,
    PROFILE_DVD = 0x0010,
};

void cd_identify(struct ata_drive *drive)
{
    uint8_t *id = drive->buffer;
    char serial[] = "VT00000001";

    memset(id, 0, BLOCK_SECTOR);
    serial[9] = (char)('1' + drive->unit);
    store_le16(id, 0x85c0); /* ATAPI, CD, removable, DRQ within 50 us, packets of 12 bytes */
    ata_string(id + 20, 20, serial);
    ata_string(id + 46, 8, "1.0");
    ata_string(id + 54, 40, "VITRINE CD-ROM");
    store_le16(id + 49 * 2, 0x0f00); /* IORDY, LBA, DMA */
    store_le16(id + 50 * 2, 0x4000);
    store_le16(id + 53 * 2, 0x0006);
    store_le16(id + 63 * 2,
               (uint16_t)(0x0007 | (drive->mode >> 4 == 2 ? 0x100u << (drive->mode & 7) : 0)));
    store_le16(id + 64 * 2, 0x0003);
    for (unsigned i = 65; i <= 68; i++)
        store_le16(id + i * 2, 120);
    store_le16(id + 80 * 2, 0x001e); /* ATA-1 to -4 */
    store_le16(id + 82 * 2, 0x4210); /* PACKET, DEVICE RESET, NOP */
    store_le16(id + 83 * 2, 0x4000);
    store_le16(id + 84 * 2, 0x4000);
    store_le16(id + 85 * 2, 0x4210);
    store_le16(id + 87 * 2, 0x4000);
    store_le16(id + 88 * 2,
               (uint16_t)(0x003f | (drive->mode >> 4 == 4 ? 0x100u << (drive->mode & 7) : 0)));
}

static void text(uint8_t *to, unsigned bytes, const char *from)
{
    for (unsigned i = 0; i < bytes; i++) {
        to[i] = (uint8_t)(*from ? *from : ' ');
        from += *from != 0;
    }
}

void cd_inquiry(struct ata_drive *drive)
{
    uint8_t *b = drive->buffer;

    if (drive->packet[1] & 3 || drive->packet[2]) { /* no vital product data */
        cd_check(drive, KEY_ILLEGAL, 0x24, 0);
        return;
    }
    memset(b, 0, 36);
    b[0] = 0x05; /* CD */
    b[1] = 0x80; /* removable */
    b[3] = 0x21; /* ATAPI; format of the answer */
    b[4] = 31;
    text(b + 8, 8, "VITRINE");
    text(b + 16, 16, "CD-ROM");
    text(b + 32, 4, "1.0");
    cd_reply(drive, 36, drive->packet[4]);
}

static uint8_t *page(uint8_t *p, uint8_t code, uint8_t bytes)
{
    memset(p, 0, bytes + 2u);
    p[0] = code;
    p[1] = bytes;
    return p;
}

static uint8_t *page_error_recovery(struct ata_drive *drive, uint8_t *p)
{
    (void)drive;
    p = page(p, 0x01, 10);
    p[3] = 5; /* retries */
    return p + 12;
}

static uint8_t *page_audio(struct ata_drive *drive, uint8_t *p)
{
    (void)drive;
    p = page(p, 0x0e, 14);
    p[2] = 4; /* immediately */
    p[7] = 75;
    return p + 16;
}

static uint8_t *page_capabilities(struct ata_drive *drive, uint8_t *p)
{
    p = page(p, 0x2a, 18);
    p[2] = 0x08;                                      /* reads DVD-ROM */
    p[4] = 0x70;                                      /* mode 2 forms, several sessions */
    p[6] = (uint8_t)(0x29 | (drive->locked ? 2 : 0)); /* tray, ejects, locks */
    store_be16(p + 8, 176 * 300);
    store_be16(p + 10, 2);
    store_be16(p + 12, 512); /* KiB of buffer */
    store_be16(p + 14, 176 * 300);
    return p + 20;
}

void cd_mode_sense(struct ata_drive *drive)
{
    static const struct {
        uint8_t code;
        uint8_t *(*make)(struct ata_drive *drive, uint8_t *p);
    } pages[] = { { 0x01, page_error_recovery },
                  { 0x0e, page_audio },
                  { 0x2a, page_capabilities } };
    uint8_t *b = drive->buffer, *p = b + 8, code = drive->packet[2] & 0x3f;
    unsigned control = drive->packet[2] >> 6;

    if (control == 3) { /* saved values */
        cd_check(drive, KEY_ILLEGAL, 0x39, 0);
        return;
    }
    memset(b, 0, 8);
    b[2] = drive->tray_open ? 0x71 : cd_has_disc(drive) ? 0x01 : 0x70;
    for (unsigned i = 0; i < ARRAY_SIZE(pages); i++) {
        uint8_t *from = p;

        if (code != 0x3f && code != pages[i].code)
            continue;
        p = pages[i].make(drive, p);
        if (control == 1) /* what can be changed: nothing */
            memset(from + 2, 0, (size_t)(p - from - 2));
    }
    if (p == b + 8) {
        cd_check(drive, KEY_ILLEGAL, 0x24, 0);
        return;
    }
    store_be16(b, (uint32_t)(p - b) - 2);
    cd_reply(drive, (uint32_t)(p - b), load_be16(drive->packet + 7));
}

static unsigned profile(const struct ata_drive *drive)
{
    return !cd_has_disc(drive) ? 0 : cd_sectors(drive) > CD_MOST ? PROFILE_DVD : PROFILE_CD;
}

static uint8_t *feature(uint8_t *p, unsigned code, unsigned version, bool persistent, bool current,
                        unsigned bytes)
{
    memset(p, 0, 4 + bytes);
    store_be16(p, code);
    p[2] = (uint8_t)(version << 2 | (unsigned)persistent << 1 | current);
    p[3] = (uint8_t)bytes;
    return p + 4;
}

/* The features in order of their numbers. */
static uint8_t *put_feature(const struct ata_drive *drive, uint8_t *p, unsigned code)
{
    unsigned now = profile(drive);

    switch (code) {
    case 0x0000: /* profiles */
        p = feature(p, code, 0, true, true, 8);
        store_be16(p, PROFILE_DVD);
        p[2] = now == PROFILE_DVD;
        store_be16(p + 4, PROFILE_CD);
        p[6] = now == PROFILE_CD;
        return p + 8;
    case 0x0001: /* core: ATAPI */
        p = feature(p, code, 0, true, true, 4);
        p[3] = 2;
        return p + 4;
    case 0x0002: /* morphing */
        return feature(p, code, 0, true, true, 4) + 4;
    case 0x0003: /* removable medium: tray, ejects, locks */
        p = feature(p, code, 0, true, true, 4);
        p[0] = 0x29;
        return p + 4;
    case 0x0010: /* random readable */
        p = feature(p, code, 0, false, now != 0, 8);
        store_be32(p, 2048);
        store_be16(p + 4, 16);
        return p + 8;
    case 0x001e: /* CD read */
        return feature(p, code, 0, false, now == PROFILE_CD, 4) + 4;
    case 0x001f: /* DVD read */
        return feature(p, code, 0, false, now == PROFILE_DVD, 0);
    default:
        return p;
    }
}

void cd_get_configuration(struct ata_drive *drive)
{
    unsigned how = drive->packet[1] & 3, first = load_be16(drive->packet + 2);
    uint8_t *b = drive->buffer, *p = b + 8;

    if (how == 3) {
        cd_check(drive, KEY_ILLEGAL, 0x24, 0);
        return;
    }
    for (unsigned code = first; code <= 0x1f; code++) {
        uint8_t *from = p;

        p = put_feature(drive, p, code);
        if (how == 1 && p != from && !(from[2] & 1))
            p = from; /* only what is current */
        if (how == 2)
            break;
    }
    memset(b, 0, 8);
    store_be32(b, (uint32_t)(p - b) - 4);
    store_be16(b + 6, profile(drive));
    cd_reply(drive, (uint32_t)(p - b), load_be16(drive->packet + 7));
}

enum { CLASS_MEDIA = 4 };

void cd_get_event(struct ata_drive *drive)
{
    uint8_t *b = drive->buffer;
    bool media = drive->packet[4] >> CLASS_MEDIA & 1;

    if (!(drive->packet[1] & 1)) { /* not to be called back */
        cd_check(drive, KEY_ILLEGAL, 0x24, 0);
        return;
    }
    memset(b, 0, 8);
    b[3] = 1 << CLASS_MEDIA; /* the class that there is */
    if (!media) {
        store_be16(b, 2);
        b[2] = 0x80; /* no such event */
        cd_reply(drive, 4, load_be16(drive->packet + 7));
        return;
    }
    store_be16(b, 6);
    b[2] = CLASS_MEDIA;
    b[4] = drive->media_event & 15;
    b[5] = (uint8_t)((drive->tray_open ? 1 : 0) | (cd_has_disc(drive) ? 2 : 0));
    if (load_be16(drive->packet + 7) > 4)
        drive->media_event = MEDIA_NOTHING;
    cd_reply(drive, 8, load_be16(drive->packet + 7));
}

void cd_mechanism_status(struct ata_drive *drive)
{
    uint8_t *b = drive->buffer;

    memset(b, 0, 8);
    b[1] = drive->tray_open ? 0x10 : 0;
    b[5] = 1; /* one slot, of which there is no table */
    cd_reply(drive, 8, load_be16(drive->packet + 8));
}

/* An address as the host wants it: minute, second, frame, or a sector number. */
static void put_address(uint8_t *p, bool msf, uint32_t lba)
{
    uint32_t frame = lba + PREGAP;

    if (!msf) {
        store_be32(p, lba);
        return;
    }
    p[0] = 0;
    p[1] = (uint8_t)(frame / 75 / 60);
    p[2] = (uint8_t)(frame / 75 % 60);
    p[3] = (uint8_t)(frame % 75);
}

static uint8_t *put_track(uint8_t *p, uint8_t track, bool msf, uint32_t lba)
{
    p[0] = p[3] = 0;
    p[1] = DATA_TRACK;
    p[2] = track;
    put_address(p + 4, msf, lba);
    return p + 8;
}

/* A line of the raw table: points A0h to A2h, and the track. */
static uint8_t *put_point(uint8_t *p, uint8_t point, uint8_t minute, uint8_t second, uint8_t frame)
{
    memset(p, 0, 11);
    p[0] = 1; /* session */
    p[1] = DATA_TRACK;
    p[3] = point;
    p[8] = minute;
    p[9] = second;
    p[10] = frame;
    return p + 11;
}

void cd_read_toc(struct ata_drive *drive)
{
    uint8_t *b = drive->buffer, *p = b + 4, end[4], start[4];
    bool msf = drive->packet[1] & 2;
    uint8_t track = drive->packet[6], format = drive->packet[2] & 15;

    if (!format)
        format = drive->packet[9] >> 6; /* where SFF-8020i has it */
    b[2] = b[3] = 1;                    /* first and last track, or session */
    switch (format) {
    case 0:
        if (track > 1 && track != LEAD_OUT) {
            cd_check(drive, KEY_ILLEGAL, 0x24, 0);
            return;
        }
        if (track <= 1)
            p = put_track(p, 1, msf, 0);
        p = put_track(p, LEAD_OUT, msf, cd_sectors(drive));
        break;
    case 1:
        p = put_track(p, 1, msf, 0);
        break;
    case 2:
        put_address(end, true, cd_sectors(drive));
        put_address(start, true, 0);
        p = put_point(p, 0xa0, 1, 0, 0);
        p = put_point(p, 0xa1, 1, 0, 0);
        p = put_point(p, 0xa2, end[1], end[2], end[3]);
        p = put_point(p, 1, start[1], start[2], start[3]);
        break;
    default:
        cd_check(drive, KEY_ILLEGAL, 0x24, 0);
        return;
    }
    store_be16(b, (uint32_t)(p - b) - 2);
    cd_reply(drive, (uint32_t)(p - b), load_be16(drive->packet + 7));
}

void cd_read_disc_info(struct ata_drive *drive)
{
    uint8_t *b = drive->buffer;

    memset(b, 0, 34);
    store_be16(b, 32);
    b[2] = 0x0e; /* the disc and its last session are complete */
    b[3] = b[4] = b[5] = b[6] = 1;
    b[7] = 0x20;             /* unrestricted use */
    memset(b + 16, 0xff, 8); /* no lead-in or lead-out to be written */
    cd_reply(drive, 34, load_be16(drive->packet + 7));
}
