/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/int13.c - INT 13h: one diskette, drive 0, read sector by sector from fw_cfg; INT 11h and 12h
 * beside it. 16-bit code. Source: Ralf Brown's interrupt list.
 */
#include "far.h"
#include "fw_cfg.h"

enum disk_status {
    DISK_OK = 0x00,
    DISK_BAD_COMMAND = 0x01,
    DISK_WRITE_PROTECTED = 0x03,
    DISK_SECTOR_NOT_FOUND = 0x04,
    DISK_CONTROLLER = 0x20,
};

#define SECTOR_SIZE 512u

static enum disk_status finish(struct regs *r, enum disk_status status)
{
    r->ah = (uint8_t)status;
    bda_write8(BDA_DISKETTE_STATUS, (uint8_t)status);
    set_carry(r, status != DISK_OK);
    return status;
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

void int13_disk(struct regs *r)
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

void int11_equipment(struct regs *r)
{
    r->ax = bda_read16(BDA_EQUIPMENT);
}

void int12_memory(struct regs *r)
{
    r->ax = bda_read16(BDA_MEMORY_KIB);
}
