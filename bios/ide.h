/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/ide.h - drives at the two IDE channels: what the power-on (ide.c, 32-bit) finds out about them and
 * INT 13h (drive.c, int13_hard.c, cdrom.c, 16-bit) works with. Sources: ATA/ATAPI-6; SFF-8038i, "Bus
 * Master IDE"; Phoenix, "BIOS Enhanced Disk Drive Specification" 3.0.
 */
#ifndef BIOS_IDE_H
#define BIOS_IDE_H

#include "bios.h"
#include "io.h"

enum ide_register { /* from drive.base on */
                    IDE_DATA,
                    IDE_ERROR, /* written: features */
                    IDE_COUNT,
                    IDE_LOW,
                    IDE_MID,
                    IDE_HIGH,
                    IDE_DEVICE,
                    IDE_STATUS, /* written: command */
};

#define IDE_ERR 0x01
#define IDE_DRQ 0x08
#define IDE_DF 0x20
#define IDE_BSY 0x80

#define IDE_PACKET 0xa0
#define IDE_IDENTIFY_PACKET 0xa1
#define IDE_IDENTIFY 0xec

#define DISK_SECTOR 512u
#define CD_SECTOR 2048u

/* What INT 13h returns in AH. */
enum disk_status {
    DISK_OK = 0x00,
    DISK_BAD_COMMAND = 0x01,
    DISK_WRITE_PROTECTED = 0x03,
    DISK_SECTOR_NOT_FOUND = 0x04,
    DISK_BAD_DATA = 0x10,
    DISK_CONTROLLER = 0x20,
    DISK_NO_MEDIUM = 0x31,
    DISK_TIMEOUT = 0x80,
    DISK_NOT_READY = 0xaa,
    DISK_NOT_LOCKED = 0xb0,
};

#ifdef BIOS16

enum transfer { TRANSFER_READ, TRANSFER_WRITE, TRANSFER_VERIFY };

/* drive.c: `count` sectors of a disk from or to linear address `at`; *done is how many went well. */
enum disk_status disk_transfer(const struct drive *drive, enum transfer transfer, uint64_t lba,
                               uint32_t count, uint32_t at, uint32_t *done);
/* Sectors of 2048 bytes of a CD. */
enum disk_status cd_read(const struct drive *drive, uint32_t lba, uint32_t count, uint32_t at,
                         uint32_t *done);
/* `bytes` of it from byte `skip` of sector `lba` on; both even. */
enum disk_status cd_read_bytes(const struct drive *drive, uint32_t lba, uint32_t skip,
                               uint32_t bytes, uint32_t at);
/* A packet that moves no data. */
enum disk_status cd_command(const struct drive *drive, uint8_t opcode, uint8_t byte4);

/* Set AH, the status byte `where` of the BIOS data area, and the carry flag. */
void disk_finish(struct regs *r, enum bda_offset where, enum disk_status status);

/* int13_hard.c: INT 13h for disk `index` (80h is 0), and the functions 41h-4Eh that CD drives share. */
void int13_hard(struct regs *r, uint8_t index);
void int13_extended(struct regs *r, struct drive *drive);

/* cdrom.c: INT 13h for CD drive `index` (E0h is 0). */
void int13_cd(struct regs *r, uint8_t index);
/* Functions 4Ah-4Dh, and drives that are images on a CD. False: not its business. */
bool int13_el_torito(struct regs *r);
/* Boot from CD drive `index`: NULL and bios_data.real_entry, or why not. */
const char *cd_boot(uint8_t index);

#else

void ide_init(void);

#endif

#endif
