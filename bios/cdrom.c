/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/cdrom.c - El Torito: booting from a CD, and images on it that are drives: INT 13h, 4Ah-4Dh. The
 * image takes the number 00h or 80h, and the drives that are there move up by one. 16-bit code.
 * Source: Phoenix and IBM, "El Torito" Bootable CD-ROM Format Specification 1.0.
 */
#include <stddef.h>

#include "far.h"
#include "ide.h"

#define BOOT_RECORD 17u /* its sector */
#define SCRATCH 0x7e00u /* 2 KiB of memory, before anything is loaded */
#define UNITS_OF_CD (CD_SECTOR / DISK_SECTOR)

enum media { MEDIA_NONE, MEDIA_1200, MEDIA_1440, MEDIA_2880, MEDIA_HARD };

static void finish(struct regs *r, enum disk_status status)
{
    disk_finish(r, r->dl & 0x80 ? BDA_DISK_STATUS : BDA_DISKETTE_STATUS, status);
}

static const struct drive *cd_drive(uint8_t index)
{
    return &bios_data.drives[bios_data.cds[index]];
}

static enum disk_status read_one(uint8_t index, uint32_t lba, uint32_t at)
{
    uint32_t done;

    return cd_read(cd_drive(index), lba, 1, at, &done);
}

/* Sectors of 512 bytes of the image. */
static enum disk_status image_read(uint32_t sector, uint32_t count, uint32_t at)
{
    return cd_read_bytes(cd_drive(bios_data.cd_image_index),
                         bios_data.cd_image.lba + sector / UNITS_OF_CD,
                         sector % UNITS_OF_CD * DISK_SECTOR, count * DISK_SECTOR, at);
}

/* The image becomes a drive. The end of its one partition tells the geometry of a hard disk. */
static enum disk_status image_start(uint8_t index)
{
    struct cd_image *image = &bios_data.cd_image;
    uint16_t equipment = bda_read16(BDA_EQUIPMENT);
    enum disk_status status;
    uint8_t end[4];

    bios_data.cd_image_index = index;
    status = cd_read_bytes(cd_drive(index), image->lba, 0x1be + 4, sizeof(end),
                           EBDA_BASE + (uint32_t)end);
    if (status != DISK_OK)
        return status;
    image->cylinders = 79;
    image->heads = 1;
    image->sectors = image->media == MEDIA_1200 ? 15 : image->media == MEDIA_1440 ? 18 : 36;
    bios_data.cd_image_sectors = 80u * 2 * image->sectors;
    if (image->media == MEDIA_HARD) {
        image->heads = end[1];
        image->sectors = end[2];
        image->cylinders = end[3];
        bios_data.cd_image_sectors =
            (image->cylinders + ((uint32_t)(image->sectors & 0xc0) << 2) + 1) *
            (image->heads + 1u) * (image->sectors & 0x3f);
        if (!(image->sectors & 0x3f))
            return DISK_SECTOR_NOT_FOUND;
        bda_write8(BDA_DISK_COUNT, (uint8_t)(bda_read8(BDA_DISK_COUNT) + 1));
    } else {
        equipment = equipment & 1 ? (uint16_t)(equipment + 0x40) : (uint16_t)(equipment | 1);
        bda_write16(BDA_EQUIPMENT, equipment);
    }
    bios_data.cd_image_active = true;
    return DISK_OK;
}

static void image_end(void)
{
    uint16_t equipment = bda_read16(BDA_EQUIPMENT);

    if (!bios_data.cd_image_active)
        return;
    bios_data.cd_image_active = false;
    if (bios_data.cd_image.media == MEDIA_HARD)
        bda_write8(BDA_DISK_COUNT, (uint8_t)(bda_read8(BDA_DISK_COUNT) - 1));
    else
        bda_write16(BDA_EQUIPMENT,
                    equipment & 0xc0 ? (uint16_t)(equipment - 0x40) : (uint16_t)(equipment & ~1));
}

/* What the catalog at SCRATCH says of its first entry. NULL: bios_data.cd_image is filled. */
static const char *read_catalog(uint8_t index)
{
    struct cd_image *image = &bios_data.cd_image;
    uint16_t sum = 0;
    uint32_t entry = SCRATCH + 32;

    for (uint32_t i = 0; i < 32; i += 2)
        sum = (uint16_t)(sum + far_read16(0, SCRATCH + i));
    if (far_read8(0, SCRATCH) != 1 || far_read16(0, SCRATCH + 30) != 0xaa55 || sum)
        return "its boot catalog is not valid";
    if (far_read8(0, entry) != 0x88)
        return "its boot catalog says that it cannot be booted";
    image->size = 0x13;
    image->media = far_read8(0, entry + 1) & 15;
    image->drive = image->media == MEDIA_HARD ? 0x80 : image->media ? 0 : (uint8_t)(0xe0 + index);
    image->controller = cd_drive(index)->unit >> 1;
    image->specification = cd_drive(index)->unit & 1;
    image->load_segment = far_read16(0, entry + 2);
    image->load_sectors = far_read16(0, entry + 6);
    image->lba = far_read32(0, entry + 8);
    image->buffer_segment = 0;
    if (!image->load_segment)
        image->load_segment = 0x7c0;
    if (!image->load_sectors)
        image->load_sectors = 1;
    return image->media > MEDIA_HARD ? "its boot catalog has an image of an unknown kind" : NULL;
}

static bool same(uint32_t at, const char *text)
{
    for (; *text; text++)
        if (far_read8(0, at++) != (uint8_t)*text)
            return false;
    return true;
}

/* The sector of the boot catalog. */
static const char *find_catalog(uint8_t index, uint32_t *lba)
{
    enum disk_status status = read_one(index, BOOT_RECORD, SCRATCH);

    if (status == DISK_NO_MEDIUM)
        return "there is no disc in it";
    if (status != DISK_OK)
        return "its sector 17 cannot be read";
    if (far_read8(0, SCRATCH) != 0 || !same(SCRATCH + 1, "CD001\1EL TORITO SPECIFICATION"))
        return "its disc has no boot record (El Torito)";
    *lba = far_read32(0, SCRATCH + 0x47);
    return NULL;
}

const char *cd_boot(uint8_t index)
{
    const struct cd_image *image = &bios_data.cd_image;
    const char *error;
    uint32_t lba;

    image_end();
    error = find_catalog(index, &lba);
    if (error)
        return error;
    if (read_one(index, lba, SCRATCH) != DISK_OK)
        return "its boot catalog cannot be read";
    error = read_catalog(index);
    if (error)
        return error;
    if (image->media && image_start(index) != DISK_OK)
        return "its boot image is not a drive's";
    if (image->load_segment * 16u + image->load_sectors * DISK_SECTOR > EBDA_BASE)
        return "its boot image does not fit below the BIOS's data";
    if (cd_read_bytes(cd_drive(index), image->lba, 0, image->load_sectors * DISK_SECTOR,
                      image->load_segment * 16u) != DISK_OK)
        return "its boot image cannot be read";
    bios_data.real_entry = (struct real_entry){
        .ip = (uint16_t)((image->load_segment & 0xfff) << 4),
        .cs = image->load_segment & 0xf000,
        .sp = 0x7c00,
        .flags = EFLAGS_IF | 2,
        .dx = image->drive,
    };
    return NULL;
}

/* 4Bh: the image goes (AL = 0) or stays (1); what it was to DS:SI. */
static void terminate(struct regs *r)
{
    const struct cd_image *image = &bios_data.cd_image;
    const uint8_t *bytes = (const uint8_t *)image;

    if (r->al > 1 || !image->size || (r->dl != 0x7f && r->dl != image->drive)) {
        finish(r, DISK_BAD_COMMAND);
        return;
    }
    for (unsigned i = 0; i < sizeof(*image); i++)
        far_write8(r->ds, r->si + i, bytes[i]);
    if (r->al == 0)
        image_end();
    finish(r, DISK_OK);
}

/* 4Ah, 4Ch: an image by the packet at DS:SI; 4Ch boots it. */
static void start(struct regs *r)
{
    struct cd_image *image = &bios_data.cd_image;
    uint8_t *bytes = (uint8_t *)image, index = 0;
    enum disk_status status;

    if (far_read8(r->ds, r->si) < sizeof(*image) || !bios_data.cd_count) {
        finish(r, DISK_BAD_COMMAND);
        return;
    }
    image_end();
    for (unsigned i = 0; i < sizeof(*image); i++)
        bytes[i] = far_read8(r->ds, r->si + i);
    for (uint8_t i = 0; i < bios_data.cd_count; i++)
        if (cd_drive(i)->unit == (image->controller * 2 | (image->specification & 1)))
            index = i;
    image->media &= 15;
    image->drive = image->media == MEDIA_HARD ? 0x80 : image->media ? 0 : (uint8_t)(0xe0 + index);
    if (!image->load_segment)
        image->load_segment = 0x7c0;
    if (!image->load_sectors)
        image->load_sectors = 1;
    status = image->media > MEDIA_HARD ? DISK_BAD_COMMAND : DISK_OK;
    if (status == DISK_OK && image->media)
        status = image_start(index);
    if (status == DISK_OK && r->ah == 0x4c &&
        image->load_segment * 16u + image->load_sectors * DISK_SECTOR <= EBDA_BASE) {
        status = cd_read_bytes(cd_drive(index), image->lba, 0, image->load_sectors * DISK_SECTOR,
                               image->load_segment * 16u);
        if (status == DISK_OK) {
            bios_data.real_entry = (struct real_entry){
                .cs = image->load_segment, .sp = 0x7c00, .flags = EFLAGS_IF | 2, .dx = image->drive
            };
            enter_real(&bios_data.real_entry);
        }
    }
    finish(r, status);
}

/* 4Dh: sectors of the boot catalog; the packet at DS:SI says how many, where to, from which on. */
static void catalog(struct regs *r)
{
    uint8_t index = bios_data.cd_image_index, record[6];
    uint32_t buffer = far_read32(r->ds, r->si + 2u), done, lba;
    enum disk_status status;

    if (r->dl >= 0xe0)
        index = r->dl - 0xe0;
    if (far_read8(r->ds, r->si) < 8 || index >= bios_data.cd_count) {
        finish(r, DISK_BAD_COMMAND);
        return;
    }
    status = cd_read_bytes(cd_drive(index), BOOT_RECORD, 0x46, sizeof(record),
                           EBDA_BASE + (uint32_t)record);
    if (status == DISK_OK) {
        lba = record[1] | (uint32_t)record[2] << 8 | (uint32_t)record[3] << 16 |
              (uint32_t)record[4] << 24;
        status =
            cd_read(cd_drive(index), lba + far_read16(r->ds, r->si + 6u),
                    far_read8(r->ds, r->si + 1u), (buffer >> 16) * 16 + (buffer & 0xffff), &done);
    }
    finish(r, status);
}

/* 02h, 04h: as for a disk. */
static void image_sectors(struct regs *r)
{
    const struct cd_image *image = &bios_data.cd_image;
    uint32_t cylinder = r->ch | (uint32_t)(r->cl & 0xc0) << 2, sector = r->cl & 0x3f;
    uint32_t most = image->cylinders | (uint32_t)(image->sectors & 0xc0) << 2, first;
    enum disk_status status = DISK_SECTOR_NOT_FOUND;

    first = (cylinder * (image->heads + 1u) + r->dh) * (image->sectors & 0x3fu) + sector - 1;
    if (r->al && sector && sector <= (image->sectors & 0x3fu) && r->dh <= image->heads &&
        cylinder <= most && first + r->al <= bios_data.cd_image_sectors) {
        status = DISK_OK;
        if (r->ah == 0x02)
            status = image_read(first, r->al, (uint32_t)r->es * 16 + r->bx);
    }
    if (status != DISK_OK)
        r->al = 0;
    finish(r, status);
}

/* 08h and 15h of the image. */
static void image_parameters(struct regs *r)
{
    const struct cd_image *image = &bios_data.cd_image;
    static const uint8_t types[] = { 0, 2, 4, 6, 0 };

    if (r->ah == 0x15) {
        r->ah = image->media == MEDIA_HARD ? 3 : 1;
        if (image->media == MEDIA_HARD) {
            r->cx = (uint16_t)(bios_data.cd_image_sectors >> 16);
            r->dx = (uint16_t)bios_data.cd_image_sectors;
        }
        set_carry(r, false);
        return;
    }
    r->al = 0;
    r->bl = types[image->media];
    r->ch = image->cylinders;
    r->cl = image->sectors;
    r->dh = image->heads;
    r->dl = image->media == MEDIA_HARD ? bda_read8(BDA_DISK_COUNT)
                                       : (uint8_t)((bda_read8(BDA_EQUIPMENT) >> 6) + 1);
    if (image->media != MEDIA_HARD) {
        r->es = ROM_SEGMENT;
        r->di = (uint16_t)(uint32_t)diskette_table;
    }
    finish(r, DISK_OK);
}

/* INT 13h for the drive that is an image. */
static void image_service(struct regs *r)
{
    switch (r->ah) {
    case 0x00:
    case 0x09:
    case 0x0c:
    case 0x0d:
    case 0x10:
    case 0x11:
    case 0x14:
    case 0x16:
        finish(r, DISK_OK);
        break;
    case 0x01:
        finish(r,
               (enum disk_status)bda_read8(r->dl & 0x80 ? BDA_DISK_STATUS : BDA_DISKETTE_STATUS));
        break;
    case 0x02:
    case 0x04:
        image_sectors(r);
        break;
    case 0x03:
    case 0x05:
        r->al = 0;
        finish(r, DISK_WRITE_PROTECTED);
        break;
    case 0x08:
    case 0x15:
        image_parameters(r);
        break;
    default: /* no extensions: programs fall back to what is above */
        finish(r, DISK_BAD_COMMAND);
    }
}

bool int13_el_torito(struct regs *r)
{
    switch (r->ah) {
    case 0x4a:
    case 0x4c:
        start(r);
        return true;
    case 0x4b:
        terminate(r);
        return true;
    case 0x4d:
        catalog(r);
        return true;
    }
    if (!bios_data.cd_image_active || r->dl != bios_data.cd_image.drive)
        return false;
    image_service(r);
    return true;
}

void int13_cd(struct regs *r, uint8_t index)
{
    struct drive *drive = &bios_data.drives[bios_data.cds[index]];

    switch (r->ah) {
    case 0x00:
    case 0x09:
    case 0x0c:
    case 0x0d:
    case 0x11:
    case 0x14:
        finish(r, DISK_OK);
        break;
    case 0x01:
        finish(r, (enum disk_status)bda_read8(BDA_DISK_STATUS));
        break;
    case 0x10:
        finish(r, cd_command(drive, 0, 0));
        break;
    case 0x15:
        r->ax = 0x0200; /* a removable medium that can tell a change */
        set_carry(r, false);
        break;
    case 0x03:
    case 0x05:
        finish(r, DISK_WRITE_PROTECTED);
        break;
    default: /* no geometry: not 02h, 04h, 08h */
        int13_extended(r, drive);
    }
}
