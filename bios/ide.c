/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/ide.c - the power-on looks for drives: what they say of themselves becomes bios_data.drives, the
 * numbers 80h and E0h on, and the tables of INT 41h and 46h. 32-bit code; by PIO, without interrupts.
 * Source: ATA/ATAPI-6, "IDENTIFY DEVICE"; Phoenix, "BIOS Enhanced Disk Drive Specification" 3.0.
 */
#include "ide.h"
#include "flat.h"
#include "pci.h"

#define IDE_FUNCTION PCI_DEVFN(1, 1)
#define CLASS_IDE_MASTER 0x010180u

#define PATIENCE 2000000 /* looks at a status before a drive is given up */

static const uint16_t bases[2] = { 0x1f0, 0x170 };

/* Ports of the bus master: BAR 4, when firmware has put it somewhere; or 0. */
static uint16_t find_master(void)
{
    uint32_t bar = pci_read(IDE_FUNCTION + PCI_BAR0 + 16);

    if (pci_read(IDE_FUNCTION) == PCI_NOBODY ||
        pci_read(IDE_FUNCTION + PCI_CLASS) >> 8 != CLASS_IDE_MASTER || !(bar & 1))
        return 0;
    return (uint16_t)(bar & 0xfff0);
}

/* The status when the drive is no longer busy; 0 when it does not come to that. */
static uint8_t ready(const struct drive *drive)
{
    for (unsigned tries = PATIENCE; tries; tries--) {
        uint8_t status = in8(drive->base + IDE_STATUS);

        if (!(status & IDE_BSY))
            return status;
    }
    return 0;
}

/* What the drive says of itself to the command. */
static bool ask(const struct drive *drive, uint8_t command, uint16_t *words)
{
    out8(drive->base + IDE_STATUS, command);
    if (!(ready(drive) & IDE_DRQ))
        return false;
    for (unsigned i = 0; i < 256; i++)
        words[i] = in16(drive->base + IDE_DATA);
    return true;
}

static void copy_model(struct drive *drive, const uint16_t *words)
{
    unsigned length = sizeof(drive->model) - 1;

    for (unsigned i = 0; i < length; i++) {
        uint8_t c = (uint8_t)(words[27 + i / 2] >> (i & 1 ? 0 : 8));

        drive->model[i] = (char)(c >= ' ' && c < 0x7f ? c : '?');
    }
    while (length && drive->model[length - 1] == ' ')
        length--;
    drive->model[length] = 0;
}

/* At most 1024 cylinders of at most 255 heads of at most 63 sectors: the drive's own, or by its size. */
static void translate(struct drive *drive)
{
    uint32_t heads = 16, cylinders;

    drive->translated_cylinders = drive->cylinders;
    drive->translated_heads = drive->heads;
    drive->translated_sectors = drive->track_sectors;
    if (drive->cylinders && drive->cylinders <= 1024 && drive->heads && drive->track_sectors)
        return;
    cylinders = drive->sectors > 0x40000000 ? 0x40000000 / 63 : (uint32_t)drive->sectors / 63;
    while (heads < 255 && cylinders / heads > 1024)
        heads = heads == 128 ? 255 : heads * 2;
    cylinders /= heads;
    drive->translated_cylinders = (uint16_t)(cylinders > 1024 ? 1024 : cylinders ? cylinders : 1);
    drive->translated_heads = (uint8_t)heads;
    drive->translated_sectors = 63;
}

static void describe_disk(struct drive *drive, const uint16_t *words)
{
    drive->kind = DRIVE_DISK;
    drive->cylinders = words[1];
    drive->heads = (uint8_t)words[3];
    drive->track_sectors = (uint8_t)words[6];
    drive->sectors = words[60] | (uint32_t)words[61] << 16;
    drive->wide = (words[83] & 0xc400) == 0x4400;
    if (drive->wide)
        drive->sectors = words[100] | (uint32_t)words[101] << 16 | (uint64_t)words[102] << 32;
    translate(drive);
}

/* True: there is a drive. It is selected. */
static bool look(struct drive *drive)
{
    uint16_t words[256];

    ready(drive);
    out8(drive->base + IDE_LOW, 0x5a); /* somebody keeps what he is told */
    if (in8(drive->base + IDE_LOW) != 0x5a)
        return false;
    if (ask(drive, IDE_IDENTIFY, words)) {
        describe_disk(drive, words);
    } else {
        if (in8(drive->base + IDE_MID) != 0x14 || in8(drive->base + IDE_HIGH) != 0xeb ||
            !ask(drive, IDE_IDENTIFY_PACKET, words) || (words[0] >> 8 & 0x1f) != 5)
            return false; /* a drive of packets that is no CD */
        drive->kind = DRIVE_CD;
    }
    copy_model(drive, words);
    return true;
}

/* INT 41h and 46h: the translated geometry, with the drive's own beside it. */
static void fill_table(uint8_t *table, const struct drive *drive)
{
    uint8_t sum = 0;

    *(uint16_t *)(table + 0) = drive->translated_cylinders;
    table[2] = drive->translated_heads;
    table[3] = 0xa0; /* a translated table */
    table[4] = drive->track_sectors;
    *(uint16_t *)(table + 5) = 0xffff; /* no precompensation */
    table[8] = drive->heads > 8 ? 0x08 : 0;
    *(uint16_t *)(table + 9) = drive->cylinders;
    table[11] = drive->heads;
    table[14] = drive->translated_sectors;
    for (unsigned i = 0; i < 15; i++)
        sum = (uint8_t)(sum - table[i]);
    table[15] = sum;
}

static void number_drive(const struct drive *drive)
{
    uint8_t index = (uint8_t)(drive - bios_data.drives);

    if (drive->kind == DRIVE_CD) {
        bios_data.cds[bios_data.cd_count++] = index;
        return;
    }
    if (bios_data.disk_count < 2) {
        uint8_t *table = bios_data.disk_table[bios_data.disk_count];

        fill_table(table, drive);
        write32((bios_data.disk_count ? 0x46 : 0x41) * 4,
                (uint32_t)EBDA_SEGMENT << 16 | ((uint32_t)table - EBDA_BASE));
    }
    bios_data.disks[bios_data.disk_count++] = index;
    write8(0x400 + BDA_DISK_COUNT, bios_data.disk_count);
}

void ide_init(void)
{
    uint16_t master = find_master();

    for (uint8_t unit = 0; unit < DRIVES; unit++) {
        struct drive *drive = &bios_data.drives[unit];
        uint8_t channel = unit / 2, status;

        out8(bases[channel] + IDE_DEVICE, (uint8_t)(0xa0 | (unit & 1) << 4)); /* who answers now */
        status = in8(bases[channel] + IDE_STATUS);
        if (status == 0xff || status == 0x7f)
            continue; /* nobody drives the bus */
        drive->unit = unit;
        drive->base = bases[channel];
        drive->control = drive->base + 0x206;
        drive->master = master ? (uint16_t)(master + channel * 8) : 0;
        out8(drive->control, 0x02); /* no interrupts while we look */
        if (look(drive))
            number_drive(drive);
    }
    for (uint8_t channel = 0; channel < 2; channel++) {
        const struct drive *drive = &bios_data.drives[channel * 2];

        if (!drive[0].kind && !drive[1].kind)
            continue;
        out8(bases[channel] + IDE_DEVICE, drive[0].kind ? 0xa0 : 0xb0);
        in8(bases[channel] + IDE_STATUS);
        out8(bases[channel] + 0x206, 0);
        out8(PORT_PIC2_MASK, (uint8_t)(in8(PORT_PIC2_MASK) & ~(0x40 << channel)));
    }
}
