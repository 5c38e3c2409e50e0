/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/image_tour.c - one file that is a diskette of 1.44 MB, a disk and a CD: the boot sector of
 * bios/tour/sector.asm before an ISO 9660 file system whose El Torito catalogue names the tour. It has
 * one copy of the tour, TOUR.BIN. Sources: ECMA-119; "El Torito" Bootable CD-ROM Format Specification.
 */
#include "machine/image_tour.h"

#include <stdlib.h>
#include <string.h>

#include "bios/images.h"
#include "util/bits.h"
#include "util/types.h"

enum {
    DISKETTE_BYTES = 1474560,
    BLOCK = 2048,
    SECTOR = 512,
    SECTORS_HELD = 0x1b0, /* of the boot sector: where the tour lies, in sectors */
    /* In blocks. */
    PRIMARY = 16,
    BOOT_RECORD = 17,
    TERMINATOR = 18,
    CATALOGUE = 19,
    ROOT = 20,
    PATHS_LITTLE = 21,
    PATHS_BIG = 22,
    TOUR = 23,
    PATH_BYTES = 10,
    DIRECTORY_ROW = 34, /* and the name's bytes but the first, made even */
};

static void store_be32(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void store_both16(uint8_t *at, uint16_t value)
{
    store_le16(at, value);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
}

static void store_both32(uint8_t *at, uint32_t value)
{
    store_le32(at, value);
    store_be32(at + 4, value);
}

/* Returns the bytes of the record. */
static unsigned directory_record(uint8_t *at, const char *name, unsigned length, uint32_t block,
                                 uint32_t bytes, bool is_directory)
{
    static const uint8_t date[7] = { 125, 1, 1 }; /* 2025-01-01 */
    unsigned size = (DIRECTORY_ROW - 1 + length + 1) & ~1u;

    at[0] = (uint8_t)size;
    store_both32(at + 2, block);
    store_both32(at + 10, bytes);
    memcpy(at + 18, date, sizeof date);
    at[25] = is_directory ? 2 : 0;
    store_both16(at + 28, 1);
    at[32] = (uint8_t)length;
    memcpy(at + 33, name, length);
    return size;
}

static void descriptor(uint8_t *at, uint8_t type)
{
    at[0] = type;
    memcpy(at + 1, "CD001", 5);
    at[6] = 1;
}

static void no_date(uint8_t *at)
{
    memset(at, '0', 16);
    at[16] = 0;
}

static void primary_descriptor(uint8_t *at)
{
    descriptor(at, 1);
    memset(at + 8, ' ', 64); /* system, volume */
    memcpy(at + 40, "TOUR", 4);
    store_both32(at + 80, DISKETTE_BYTES / BLOCK);
    store_both16(at + 120, 1); /* volumes, and this one's number */
    store_both16(at + 124, 1);
    store_both16(at + 128, BLOCK);
    store_both32(at + 132, PATH_BYTES);
    store_le32(at + 140, PATHS_LITTLE);
    store_be32(at + 148, PATHS_BIG);
    directory_record(at + 156, "", 1, ROOT, BLOCK, true);
    memset(at + 190, ' ', 813 - 190); /* names of people and files */
    for (unsigned i = 0; i < 4; i++)
        no_date(at + 813 + 17 * i);
    at[881] = 1;
}

static void boot_catalogue(uint8_t *at, unsigned sectors)
{
    uint16_t sum = 0;

    at[0] = 1; /* validation entry: 80x86 */
    memcpy(at + 4, "vitrine", 7);
    store_le16(at + 30, 0xaa55);
    for (unsigned i = 0; i < 32; i += 2)
        sum = (uint16_t)(sum + load_le16(at + i));
    store_le16(at + 28, (uint16_t)-sum);
    at[32] = 0x88; /* bootable, no emulation, to 07C0:0000 */
    store_le16(at + 38, (uint16_t)sectors);
    store_le32(at + 40, TOUR);
}

void image_tour(struct buf *image)
{
    unsigned sectors = (tour_image_size + SECTOR - 1) / SECTOR, row;
    uint8_t *disk = xcalloc(1, DISKETTE_BYTES), *root = disk + ROOT * BLOCK;

    memcpy(disk, tour_sector_image, SECTOR);
    store_le16(disk + SECTORS_HELD, TOUR * (BLOCK / SECTOR));
    store_le16(disk + SECTORS_HELD + 2, (uint16_t)sectors);
    primary_descriptor(disk + PRIMARY * BLOCK);
    descriptor(disk + BOOT_RECORD * BLOCK, 0);
    memcpy(disk + BOOT_RECORD * BLOCK + 7, "EL TORITO SPECIFICATION", 23);
    store_le32(disk + BOOT_RECORD * BLOCK + 71, CATALOGUE);
    descriptor(disk + TERMINATOR * BLOCK, 255);
    boot_catalogue(disk + CATALOGUE * BLOCK, sectors);
    row = directory_record(root, "", 1, ROOT, BLOCK, true);
    row += directory_record(root + row, "\1", 1, ROOT, BLOCK, true);
    directory_record(root + row, "TOUR.BIN;1", 10, TOUR, tour_image_size, false);
    for (unsigned i = 0; i < 2; i++) { /* the root directory, whose parent is itself */
        uint8_t *path = disk + (i ? PATHS_BIG : PATHS_LITTLE) * BLOCK;

        path[0] = 1;
        if (i)
            store_be32(path + 2, ROOT);
        else
            store_le32(path + 2, ROOT);
        path[6 + i] = 1;
    }
    memcpy(disk + TOUR * BLOCK, tour_image, tour_image_size);
    buf_add(image, disk, DISKETTE_BYTES);
    free(disk);
}
