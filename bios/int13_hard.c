/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/int13_hard.c - INT 13h for hard disks: by cylinder, head and sector, and the extensions 41h-49h, 4Eh,
 * which CD drives share. 16-bit code. Sources: Ralf Brown's interrupt list; Phoenix, "BIOS Enhanced Disk
 * Drive Specification" 3.0; ANSI T13/1572D, "BIOS Enhanced Disk Drive Services - 3".
 */
#include "far.h"
#include "ide.h"

void disk_finish(struct regs *r, enum bda_offset where, enum disk_status status)
{
    r->ah = (uint8_t)status;
    bda_write8(where, (uint8_t)status);
    set_carry(r, status != DISK_OK);
}

static void finish(struct regs *r, enum disk_status status)
{
    disk_finish(r, BDA_DISK_STATUS, status);
}

/* 02h, 03h, 04h: AL sectors at cylinder CH and CL bits 7-6, head DH, sector CL bits 5-0; ES:BX. */
static void by_geometry(struct regs *r, const struct drive *drive, enum transfer transfer)
{
    uint32_t cylinder = r->ch | (uint32_t)(r->cl & 0xc0) << 2, sector = r->cl & 0x3f, done = 0;
    uint64_t lba;
    enum disk_status status = DISK_BAD_COMMAND;

    if (r->al && sector && sector <= drive->translated_sectors && r->dh < drive->translated_heads &&
        cylinder < drive->translated_cylinders) {
        lba = (cylinder * drive->translated_heads + r->dh) * drive->translated_sectors + sector - 1;
        status = DISK_SECTOR_NOT_FOUND;
        if (lba + r->al <= drive->sectors)
            status =
                disk_transfer(drive, transfer, lba, r->al, (uint32_t)r->es * 16 + r->bx, &done);
    }
    r->al = (uint8_t)done;
    finish(r, status);
}

/* 08h */
static void parameters(struct regs *r, const struct drive *drive, uint8_t index)
{
    uint32_t last = drive->translated_cylinders - 1u;

    r->al = 0;
    r->ch = (uint8_t)last;
    r->cl = (uint8_t)(drive->translated_sectors | (last >> 2 & 0xc0));
    r->dh = (uint8_t)(drive->translated_heads - 1);
    r->dl = bda_read8(BDA_DISK_COUNT);
    if (index < 2) { /* not in IBM's book, but usual */
        r->es = EBDA_SEGMENT;
        r->di = (uint16_t)(uint32_t)bios_data.disk_table[index];
    }
    finish(r, DISK_OK);
}

/* The packet at DS:SI of the functions 42h-44h and 47h. */
struct address_packet {
    uint8_t size;
    uint16_t count;
    uint32_t at; /* linear */
    uint64_t lba;
};

static enum disk_status read_packet(const struct regs *r, struct address_packet *packet)
{
    uint32_t from = r->si, buffer;

    packet->size = far_read8(r->ds, from);
    packet->count = far_read16(r->ds, from + 2);
    buffer = far_read32(r->ds, from + 4);
    packet->at = (buffer >> 16) * 16 + (buffer & 0xffff);
    packet->lba = far_read32(r->ds, from + 8) | (uint64_t)far_read32(r->ds, from + 12) << 32;
    if (packet->size < 16)
        return DISK_BAD_COMMAND;
    if (buffer == 0xffffffff && packet->size >= 24) { /* a linear address of 64 bits */
        packet->at = far_read32(r->ds, from + 16);
        if (far_read32(r->ds, from + 20) || packet->at + packet->count * CD_SECTOR < packet->at)
            return DISK_BAD_COMMAND;
    }
    return DISK_OK;
}

/* 42h, 43h, 44h, 47h. What is left of the count says how far it came. */
static void by_block(struct regs *r, const struct drive *drive, enum transfer transfer, bool seek)
{
    struct address_packet packet;
    enum disk_status status = read_packet(r, &packet);
    uint32_t done = 0;
    bool cd = drive->kind == DRIVE_CD;

    if (status == DISK_OK && seek)
        packet.count = 0;
    if (status == DISK_OK && cd && transfer == TRANSFER_WRITE)
        status = DISK_WRITE_PROTECTED;
    if (status == DISK_OK && !cd && packet.lba + packet.count > drive->sectors)
        status = DISK_BAD_COMMAND;
    if (status == DISK_OK && cd && packet.lba >> 32)
        status = DISK_SECTOR_NOT_FOUND;
    if (status == DISK_OK && packet.count) {
        if (!cd)
            status = disk_transfer(drive, transfer, packet.lba, packet.count, packet.at, &done);
        else if (transfer == TRANSFER_READ)
            status = cd_read(drive, (uint32_t)packet.lba, packet.count, packet.at, &done);
        else
            status = cd_command(drive, 0, 0); /* verify: there is a disc */
    }
    if (status != DISK_OK)
        far_write16(r->ds, r->si + 2u, (uint16_t)done);
    finish(r, status);
}

static void put_text(uint16_t segment, uint16_t at, const char *text)
{
    for (; *text; text++)
        far_write8(segment, at++, (uint8_t)*text);
}

/* The device path of 48h: where the drive is plugged in. */
static void device_path(const struct regs *r, const struct drive *drive, uint16_t size)
{
    uint16_t at = r->si;
    uint8_t length = size >= 74 ? 44 : 36, sum = 0;

    far_fill8(r->ds, at + 30u, 0, length);
    far_write16(r->ds, at + 30u, 0xbedd);
    far_write8(r->ds, at + 32u, length);
    put_text(r->ds, (uint16_t)(at + 36), drive->master ? "PCI " : "ISA ");
    put_text(r->ds, (uint16_t)(at + 40), drive->kind == DRIVE_CD ? "ATAPI   " : "ATA     ");
    if (drive->master)
        far_write32(r->ds, at + 48u, (uint32_t)(drive->unit >> 1) << 24 | 1u << 16 | 1u << 8);
    else
        far_write16(r->ds, at + 48u, drive->base);
    far_write8(r->ds, at + 56u, drive->unit & 1);
    for (uint8_t i = 0; i < length; i++)
        sum = (uint8_t)(sum - far_read8(r->ds, at + 30u + i));
    far_write8(r->ds, at + 30u + length - 1, sum);
}

/* What 48h points to: the drive as a driver would want to know it. */
static void extension_table(const struct drive *drive)
{
    uint8_t *table = bios_data.extension_table, sum = 0;

    *(uint16_t *)(table + 0) = drive->base;
    *(uint16_t *)(table + 2) = drive->control;
    table[4] = (uint8_t)(0xa0 | (drive->unit & 1) << 4 | (drive->kind == DRIVE_CD ? 0 : 0x40));
    table[5] = 0;
    table[6] = drive->unit & 2 ? 15 : 14;
    table[7] = 1;
    table[8] = 0x02;
    table[9] = 0x44;
    *(uint16_t *)(table + 10) =
        (uint16_t)((drive->kind == DRIVE_CD ? 0x0060 : 0x0018) | (drive->master ? 0x0002 : 0));
    *(uint16_t *)(table + 12) = 0;
    table[14] = 0x11;
    for (unsigned i = 0; i < 15; i++)
        sum = (uint8_t)(sum - table[i]);
    table[15] = sum;
}

/* 48h: as much as the caller has room for at DS:SI. */
static void extended_parameters(struct regs *r, const struct drive *drive)
{
    uint16_t size = far_read16(r->ds, r->si), at = r->si;
    bool cd = drive->kind == DRIVE_CD, geometry = !cd && drive->sectors <= 16514064u;
    uint64_t sectors = cd ? ~(uint64_t)0 : drive->sectors;

    if (size < 26) {
        finish(r, DISK_BAD_COMMAND);
        return;
    }
    size = size >= 74 ? 74 : size >= 66 ? 66 : size >= 30 ? 30 : 26;
    far_fill8(r->ds, at, 0, 26);
    far_write16(r->ds, at, size);
    far_write16(r->ds, at + 2u, cd ? 0x75 : geometry ? 0x03 : 0x01);
    if (geometry) {
        far_write32(r->ds, at + 4u, drive->cylinders);
        far_write32(r->ds, at + 8u, drive->heads);
        far_write32(r->ds, at + 12u, drive->track_sectors);
    }
    far_write32(r->ds, at + 16u, (uint32_t)sectors);
    far_write32(r->ds, at + 20u, (uint32_t)(sectors >> 32));
    far_write16(r->ds, at + 24u, cd ? CD_SECTOR : DISK_SECTOR);
    if (size >= 30) {
        extension_table(drive);
        far_write16(r->ds, at + 26u, (uint16_t)(uint32_t)bios_data.extension_table);
        far_write16(r->ds, at + 28u, EBDA_SEGMENT);
    }
    if (size >= 66)
        device_path(r, drive, size);
    finish(r, DISK_OK);
}

/* 45h: AL = 0 lock, 1 unlock, 2 is it? Locks are counted; a disk has nothing that comes out. */
static void lock(struct regs *r, struct drive *drive)
{
    enum disk_status status = DISK_OK;

    if (r->al > 2 || drive->kind != DRIVE_CD) {
        status = DISK_BAD_COMMAND;
    } else if (r->al == 0) {
        status = drive->locked == 0xff ? 0xb4 : DISK_OK;
        if (status == DISK_OK && !drive->locked++)
            status = cd_command(drive, 0x1e, 1);
    } else if (r->al == 1) {
        status = drive->locked ? DISK_OK : DISK_NOT_LOCKED;
        if (status == DISK_OK && !--drive->locked)
            status = cd_command(drive, 0x1e, 0);
    }
    if (r->al < 3)
        r->al = drive->locked != 0;
    finish(r, status);
}

/* 46h */
static void eject(struct regs *r, const struct drive *drive)
{
    if (drive->kind != DRIVE_CD)
        finish(r, DISK_BAD_COMMAND);
    else if (drive->locked)
        finish(r, 0xb1);
    else
        finish(r, cd_command(drive, 0x1b, 2));
}

void int13_extended(struct regs *r, struct drive *drive)
{
    switch (r->ah) {
    case 0x41:
        if (r->bx != 0x55aa) {
            finish(r, DISK_BAD_COMMAND);
            return;
        }
        r->bx = 0xaa55;
        r->cx = 0x0007; /* packets, removable media, parameters */
        finish(r, DISK_OK);
        r->ah = 0x30; /* version 3.0 */
        break;
    case 0x42:
        by_block(r, drive, TRANSFER_READ, false);
        break;
    case 0x43:
        if (r->al > 2)
            finish(r, DISK_BAD_COMMAND);
        else
            by_block(r, drive, TRANSFER_WRITE, false);
        break;
    case 0x44:
        by_block(r, drive, TRANSFER_VERIFY, false);
        break;
    case 0x45:
        lock(r, drive);
        break;
    case 0x46:
        eject(r, drive);
        break;
    case 0x47:
        by_block(r, drive, TRANSFER_READ, true);
        break;
    case 0x48:
        extended_parameters(r, drive);
        break;
    case 0x49: /* never changed: nobody can without our knowing */
        finish(r, DISK_OK);
        break;
    case 0x4e: /* AL = 0-5: prefetch and modes of transfer, which are the best already */
        if (r->al > 6) {
            finish(r, DISK_BAD_COMMAND);
        } else {
            r->al = r->al & 1 && r->al < 5; /* what was to be turned off is on */
            finish(r, DISK_OK);
        }
        break;
    default:
        finish(r, DISK_BAD_COMMAND);
    }
}

void int13_hard(struct regs *r, uint8_t index)
{
    struct drive *drive;
    uint32_t sectors;

    if (index >= bios_data.disk_count) {
        if (r->ah == 0x08)
            r->dl = bda_read8(BDA_DISK_COUNT);
        if (r->ah == 0x15) {
            r->ax = 0; /* no drive */
            set_carry(r, false);
            return;
        }
        finish(r, DISK_BAD_COMMAND);
        return;
    }
    drive = &bios_data.drives[bios_data.disks[index]];
    switch (r->ah) {
    case 0x00: /* reset and its kin: nothing is ever out of order */
    case 0x09: /* parameters, seek, ready?, recalibrate, diagnostic: the same */
    case 0x0c:
    case 0x0d:
    case 0x10:
    case 0x11:
    case 0x14:
        finish(r, DISK_OK);
        break;
    case 0x01:
        finish(r, (enum disk_status)bda_read8(BDA_DISK_STATUS));
        break;
    case 0x02:
        by_geometry(r, drive, TRANSFER_READ);
        break;
    case 0x03:
        by_geometry(r, drive, TRANSFER_WRITE);
        break;
    case 0x04:
        by_geometry(r, drive, TRANSFER_VERIFY);
        break;
    case 0x05: /* format: the sectors are there */
        finish(r, DISK_OK);
        break;
    case 0x08:
        parameters(r, drive, index);
        break;
    case 0x15:
        sectors = (uint32_t)drive->translated_cylinders * drive->translated_heads *
                  drive->translated_sectors;
        r->ax = 0x0300;
        r->cx = (uint16_t)(sectors >> 16);
        r->dx = (uint16_t)sectors;
        bda_write8(BDA_DISK_STATUS, 0);
        set_carry(r, false);
        break;
    default:
        int13_extended(r, drive);
    }
}
