/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/ide.h - the IDE function of a PIIX3, and its two channels. A channel is a cable with up to two
 * drives (ata.h), the registers that the host reaches them by, and a bus master that moves their data
 * by a list of memory regions, the PRD table.
 */
#ifndef IODEV_IDE_H
#define IODEV_IDE_H

#include "iodev/ata.h"
#include "iodev/pci.h"

struct ide;

struct ide_channel {
    struct device dev;
    uint8_t device;  /* device register, as last written: whose registers are read */
    uint8_t control; /* device control register */
    bool line;       /* level of the interrupt line */
    /* The bus master. */
    uint8_t bm_command;         /* bit 0 start, 3 to memory */
    uint8_t bm_status;          /* bit 0 active, 1 error, 2 interrupt */
    uint32_t bm_table;          /* PRD table pointer */
    uint32_t prd_next;          /* the entry after the one in hand */
    uint32_t prd_address;       /* of the one in hand: where its next byte goes */
    uint32_t prd_left;          /* its bytes that are left */
    bool prd_last;              /* it is marked as the last of the table */
    struct ata_drive *drive[2]; /* NULL: none */
    struct ide *ide;
    struct space *memory;
    struct irq_line irq;
};

struct ide {
    struct device dev;
    struct pci_function pci;
    struct ide_channel *channel[2];
    /*
     * After a reset the channels' ports answer once I/O is allowed. In the data sheet they stay shut
     * until firmware opens them; firmware that knows QEMU's chip alone does not.
     */
    bool open;
};

extern const struct device_class ide_class, ide_channel_class;

/* The channels, which are devices of their own, get the names ide0 and ide1. */
void ide_setup(struct ide *ide, struct ide_channel *primary, struct ide_channel *secondary,
               struct pci_bus *bus);
/* Put a drive on the cable: `unit` 0 and 1 on the primary channel, 2 and 3 on the secondary. */
void ide_plug(struct ide *ide, struct ata_drive *drive, unsigned unit, bool is_cd,
              struct block *medium);

#endif
