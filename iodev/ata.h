/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/ata.h - a drive on an ATA cable: a disk, or a CD drive that takes SCSI commands in packets.
 * The channel (ide.h) hands it the accesses to its registers and moves its data in DMA; the medium is
 * a struct block. What takes time takes it by the virtual clock, and ends with an interrupt.
 *
 *   ata.c        registers, phases of a command, reset; what both kinds have
 *   ata_disk.c   commands of disks
 *   atapi.c      packets of CD drives: execution and reading; atapi_info.c: what they tell
 */
#ifndef IODEV_ATA_H
#define IODEV_ATA_H

#include "iodev/block.h"
#include "iodev/device.h"

#define ATA_BUFFER 8192u /* what waits for the host: up to 16 sectors, 4 of a CD */

enum ata_register {
    ATA_DATA,
    ATA_ERROR, /* written: features */
    ATA_COUNT,
    ATA_LBA_LOW,
    ATA_LBA_MID,
    ATA_LBA_HIGH,
    ATA_DEVICE,
    ATA_STATUS, /* written: command */
};

enum {
    ATA_ERR = 0x01, /* status; CHK for packets */
    ATA_DRQ = 0x08,
    ATA_DSC = 0x10,
    ATA_DF = 0x20,
    ATA_DRDY = 0x40,
    ATA_BSY = 0x80,

    ATA_ABRT = 0x04, /* error */
    ATA_IDNF = 0x10,
    ATA_UNC = 0x40,

    ATA_DEV1 = 0x10, /* device register */
    ATA_LBA = 0x40,

    ATA_NIEN = 0x02, /* device control */
    ATA_SRST = 0x04,
    ATA_HOB = 0x80,
};

/* What a drive needs of its channel. */
struct ata_host {
    void *context;
    /* The interrupt request of a drive changed. */
    void (*intrq)(void *context);
    /* Would dma_move() move anything now? */
    bool (*dma_ready)(void *context, bool to_memory);
    /* Move up to so many bytes; returns how many went. Fewer: the host's list has come to its end. */
    uint32_t (*dma_move)(void *context, uint8_t *bytes, uint32_t count, bool to_memory);
};

struct ata_drive {
    struct device dev;
    /* Registers; [1] is what the host wrote before: the upper half for commands of 48 bits. */
    uint8_t feature[2], count[2], low[2], mid[2], high[2];
    uint8_t device, status, error;
    uint8_t command; /* the one in hand, or the last */
    bool intrq;
    /* The command in hand. */
    uint8_t phase;        /* enum ata_phase */
    uint8_t next;         /* enum ata_next: what the event brings */
    bool writes, dma;     /* its data */
    bool wide;            /* it has 48 bits of address */
    bool flushes;         /* its data is on the medium when it ends */
    uint16_t unit_bytes;  /* of a sector on its way: 512, 2048, 2352 */
    uint16_t block_units; /* that go with one interrupt */
    uint16_t limit;       /* packets: bytes that the host takes at once */
    uint64_t lba;         /* next sector */
    uint32_t units;       /* sectors that are still to be read or written */
    uint32_t pos, end;    /* in the buffer: what is next, and behind the last */
    uint32_t stop;        /* the host moves data up to here before it has to ask again */
    uint8_t buffer[ATA_BUFFER];
    /* Settings. */
    uint16_t cylinders; /* as the host counts them */
    uint8_t heads, track_sectors;
    uint8_t multiple; /* sectors of READ MULTIPLE; 0: not allowed */
    uint8_t mode;     /* of transfers, as SET FEATURES 03h has it */
    uint8_t power;    /* as CHECK POWER MODE reports it; POWER_ASLEEP */
    bool cache, look_ahead, smart;
    /* CD drives. */
    uint8_t packet[12];
    uint8_t sense_key, asc, ascq; /* of the last command */
    uint8_t media_event;          /* for GET EVENT STATUS NOTIFICATION */
    bool attention;               /* the disc was changed: the next command is told */
    bool locked, tray_open;
    /* Not state. */
    bool is_cd;
    uint8_t unit;         /* 0 hda ... 3 hdd */
    struct block *medium; /* NULL: a CD drive without a disc */
    struct ata_host host;
    struct event event;
    bool warned;
};

extern const struct device_class ata_drive_class;

/* `unit` 0-3 gives its name, hda to hdd, and its number on the cable. */
void ata_setup(struct ata_drive *drive, unsigned unit, bool is_cd, struct block *medium,
               const struct ata_host *host);
/*
 * Another disc, or none, is in the CD drive, whose tray is shut. A command that is reading ends with
 * UNIT ATTENTION or NOT READY at its next sector.
 */
void ata_change_medium(struct ata_drive *drive, struct block *medium);
/*
 * Somebody presses the eject button, and the tray opens; false: the guest has locked it, and is asked.
 * What is in it stays: ata_change_medium(), or shutting the tray, is up to the caller and the guest.
 */
bool ata_eject(struct ata_drive *drive);

/* For the channel: accesses to this drive. */
uint8_t ata_read_register(const struct ata_drive *drive, unsigned index, bool previous);
void ata_write_register(struct ata_drive *drive, unsigned index, uint8_t value);
uint64_t ata_read_data(struct ata_drive *drive, unsigned size);
uint64_t ata_peek_data(const struct ata_drive *drive, unsigned size);
void ata_write_data(struct ata_drive *drive, unsigned size, uint64_t value);
void ata_command(struct ata_drive *drive, uint8_t command);
void ata_soft_reset(struct ata_drive *drive, bool asserted);
/* dma_ready() may have become true. */
void ata_dma_kick(struct ata_drive *drive);

#endif
