/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/int13.c - INT 13h: who serves which drive; one diskette, drive 0, read sector by sector from fw_cfg; INT 11h
 * and 12h beside it. 16-bit code. Source: Ralf Brown's interrupt list.
 */
#include "far.h"
#include "fw_cfg.h"
#include "ide.h"

#define SECTOR_SIZE 512u

static void finish(struct regs *r, enum disk_status status)
{
    disk_finish(r, BDA_DISKETTE_STATUS, status);
}

/* 02h read and 04h verify: AL sectors from cylinder CH, sector CL, head DH to ES:BX. */
static void read_sectors(struct regs *r)
{
    const struct diskette *diskette = &bios_data.diskette;
    uint8_t count = r->al, sector = r->cl & 0x3f;
    uint32_t first;

    if (count == 0 || sector == 0 || sector > diskette->sectors || r->dh >= diskette->heads ||
        r->ch >= diskette->cylinders || r->cl & 0xc0) {
        r->al = 0;
        finish(r, DISK_SECTOR_NOT_FOUND);
        return;
    }
    first = ((uint32_t)r->ch * diskette->heads + r->dh) * diskette->sectors + sector - 1;
    if (first + count > (uint32_t)diskette->cylinders * diskette->heads * diskette->sectors) {
        r->al = 0;
        finish(r, DISK_SECTOR_NOT_FOUND);
        return;
    }
    if (r->ah == 0x02 && !fw_cfg_read(diskette->select, first * SECTOR_SIZE,
                                      (uint32_t)r->es * 16 + r->bx, count * SECTOR_SIZE)) {
        r->al = 0;
        finish(r, DISK_CONTROLLER);
        return;
    }
    finish(r, DISK_OK);
}

static void drive_parameters(struct regs *r)
{
    const struct diskette *diskette = &bios_data.diskette;

    r->ax = 0;
    r->bx = diskette->type;
    r->ch = (uint8_t)(diskette->cylinders - 1);
    r->cl = diskette->sectors;
    r->dh = (uint8_t)(diskette->heads - 1);
    r->dl = 1;
    r->es = ROM_SEGMENT;
    r->di = (uint16_t)(uint32_t)diskette_table;
    finish(r, DISK_OK);
}

static void diskette(struct regs *r)
{
    if (r->dl != 0 || bios_data.diskette.select == 0) {
        if (r->ah == 0x08)
            r->dl = 0; /* number of drives of this kind */
        if (r->ah == 0x15) {
            r->ah = 0; /* no drive */
            set_carry(r, false);
            return;
        }
        if (r->ah == 0x00 && r->dl == 0)
            finish(r, DISK_OK);
        else
            finish(r, DISK_BAD_COMMAND);
        return;
    }
    switch (r->ah) {
    case 0x00:
        finish(r, DISK_OK);
        break;
    case 0x01:
        finish(r, (enum disk_status)bda_read8(BDA_DISKETTE_STATUS));
        break;
    case 0x02:
    case 0x04:
        read_sectors(r);
        break;
    case 0x03:
    case 0x05:
        r->al = 0;
        finish(r, DISK_WRITE_PROTECTED);
        break;
    case 0x08:
        drive_parameters(r);
        break;
    case 0x15:
        r->ah = 1; /* diskette drive that cannot tell a change */
        set_carry(r, false);
        break;
    case 0x16:
        finish(r, DISK_OK); /* not changed */
        break;
    default:
        finish(r, DISK_BAD_COMMAND);
    }
}

/* An image on a CD takes the number of the first drive of its kind; the others move up. */
void int13_disk(struct regs *r)
{
    uint8_t number = r->dl, image = bios_data.cd_image.drive, function = r->ah;
    bool moved = bios_data.cd_image_active && image < 0xe0 && !((number ^ image) & 0x80);

    if (int13_el_torito(r))
        return;
    if (number >= 0xe0 && number - 0xe0 < bios_data.cd_count) {
        int13_cd(r, number - 0xe0);
    } else if (number & 0x80) {
        int13_hard(r, (uint8_t)((number & 0x7f) - moved));
    } else {
        r->dl = (uint8_t)(number - moved);
        diskette(r);
        if (function != 0x08)
            r->dl = number;
    }
}

void int11_equipment(struct regs *r)
{
    r->ax = bda_read16(BDA_EQUIPMENT);
}

void int12_memory(struct regs *r)
{
    r->ax = bda_read16(BDA_MEMORY_KIB);
}
