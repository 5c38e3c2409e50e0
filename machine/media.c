/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/media.c - from options to drives with images in them. */
#include "machine/media.h"

#include <inttypes.h>
#include <string.h>

#include "iodev/fdc.h"
#include "iodev/pflash.h"
#include "machine/image.h"

#define IDE_UNITS 4

static const char *const names[] = {
    "hda", "hdb", "hdc", "hdd", "fda", "fdb", "pflash0", "pflash1"
};

const char *media_unit_name(enum media_unit unit)
{
    return unit < MEDIA_UNITS ? names[unit] : "none";
}

static const char *file_of(const struct media_drive *drive)
{
    return drive->options.file ? drive->options.file : "no medium";
}

/* Takes the options. */
static bool add(struct media *media, const char *option, enum media_unit unit,
                struct drive_options *options, struct buf *error)
{
    struct media_drive *drive =
        unit == MEDIA_FREE ? &media->waiting[media->waiting_count] : &media->drive[unit];

    if (unit == MEDIA_FREE && media->waiting_count == IDE_UNITS)
        buf_printf(error, "-%s: '%s' is a fifth IDE drive, expected up to four", option,
                   options->file ? options->file : "media=cdrom");
    else if (drive->option)
        buf_printf(error, "-%s: '%s' would be %s, which is '%s' of -%s, expected another drive",
                   option, options->file ? options->file : "no medium", names[unit], file_of(drive),
                   drive->option);
    if (error->length) {
        drive_free(options);
        return false;
    }
    drive->option = option;
    drive->options = *options;
    media->waiting_count += unit == MEDIA_FREE;
    return true;
}

bool media_add_file(struct media *media, const char *option, enum media_unit unit, const char *file,
                    struct buf *error)
{
    struct drive_options options = { .file = xstrdup(file), .index = -1 };

    if (!strcmp(option, "cdrom")) {
        options.medium = DRIVE_CDROM;
        options.read_only = true;
    }
    return add(media, option, unit, &options, error);
}

static enum media_unit pflash_unit(const struct media *media, int index)
{
    return index == 1 || (index < 0 && media->drive[MEDIA_PFLASH0].option) ? MEDIA_PFLASH1
                                                                           : MEDIA_PFLASH0;
}

bool media_add_pflash(struct media *media, const char *file, struct buf *error)
{
    struct drive_options options = { .file = xstrdup(file), .bus = DRIVE_PFLASH, .index = -1 };

    return add(media, "pflash", pflash_unit(media, -1), &options, error);
}

bool media_add_drive(struct media *media, const char *text, struct buf *error)
{
    struct drive_options options;
    enum media_unit unit = MEDIA_FREE;
    struct buf why = { 0 };
    bool ok = drive_parse(&options, text, &why);

    if (!ok)
        buf_printf(error, "-drive: %s", buf_text(&why));
    buf_free(&why);
    if (!ok)
        return false;
    if (options.bus == DRIVE_PFLASH)
        unit = pflash_unit(media, options.index);
    else if (options.bus == DRIVE_FLOPPY)
        unit = options.index == 1 || (options.index < 0 && media->drive[MEDIA_FDA].option)
                   ? MEDIA_FDB
                   : MEDIA_FDA;
    else if (options.index >= 0)
        unit = (enum media_unit)options.index;
    return add(media, "drive", unit, &options, error);
}

bool media_place(struct media *media, struct buf *error)
{
    enum media_unit unit = MEDIA_HDA;

    for (unsigned i = 0; i < media->waiting_count; i++) {
        struct media_drive *drive = &media->waiting[i];

        while (unit < IDE_UNITS && media->drive[unit].option)
            unit++;
        if (unit == IDE_UNITS) {
            buf_printf(error, "-%s: '%s' is a fifth IDE drive, expected up to four", drive->option,
                       file_of(drive));
            return false;
        }
        media->drive[unit] = *drive;
        *drive = (struct media_drive){ 0 };
    }
    media->waiting_count = 0;
    if (media->drive[MEDIA_PFLASH1].option && !media->drive[MEDIA_PFLASH0].option) {
        buf_printf(error, "-%s: '%s' is flash memory for variables, expected firmware before it",
                   media->drive[MEDIA_PFLASH1].option, file_of(&media->drive[MEDIA_PFLASH1]));
        return false;
    }
    return true;
}

struct block *media_open_image(const struct drive_options *options, bool snapshot, struct log *log,
                               struct buf *error, int *exit_code)
{
    const struct image_options how = { .format = options->format,
                                       .read_only = options->read_only,
                                       .snapshot =
                                           (options->snapshot || snapshot) && !options->read_only,
                                       .log = log };
    struct block *block = image_open(options->file, &how, error, exit_code);

    if (block && !block->read_only && !image_is_overlay(block))
        block = image_overlay_through(block, 0, log);
    return block;
}

bool media_is_diskette(struct block *block, const char *file, struct buf *error)
{
    uint64_t bytes = image_bytes(block);

    if (bytes >= BLOCK_SECTOR && fdc_format_for(block->sectors))
        return true;
    buf_printf(error, "%s: %" PRIu64 " bytes, expected %s", file, bytes,
               bytes < BLOCK_SECTOR ? "a boot sector of 512 bytes at least"
                                    : "a diskette of at most 2949120");
    return false;
}

bool media_is_pflash(struct block *block, const char *file, struct buf *error)
{
    uint64_t bytes = image_bytes(block);

    if (bytes && bytes % PFLASH_BLOCK == 0 && bytes <= PFLASH_MOST)
        return true;
    buf_printf(error, "%s: %" PRIu64 " bytes, expected a multiple of 4096 up to 8 MiB", file,
               bytes);
    return false;
}

bool media_open(struct media *media, struct log *log, struct buf *error, int *exit_code)
{
    for (unsigned unit = 0; unit < MEDIA_UNITS; unit++) {
        struct media_drive *drive = &media->drive[unit];

        if (!drive->option || !drive->options.file)
            continue;
        drive->block = media_open_image(&drive->options, media->snapshot, log, error, exit_code);
        if (!drive->block)
            return false;
        if (unit >= MEDIA_PFLASH0
                ? !media_is_pflash(drive->block, drive->options.file, error)
                : unit >= MEDIA_FDA &&
                      !media_is_diskette(drive->block, drive->options.file, error)) {
            *exit_code = 2;
            return false;
        }
    }
    return true;
}

void media_plug(const struct media *media, struct machine_config *config)
{
    config->ide_taken = true;
    config->snapshot = media->snapshot;
    for (unsigned i = 0; i < ARRAY_SIZE(config->floppy); i++) {
        config->floppy_name[i] = media->drive[MEDIA_FDA + i].options.file;
        config->floppy[i] = media->drive[MEDIA_FDA + i].block;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(config->pflash); i++) {
        config->pflash_name[i] = media->drive[MEDIA_PFLASH0 + i].options.file;
        config->pflash[i] = media->drive[MEDIA_PFLASH0 + i].block;
    }
    for (unsigned unit = 0; unit < IDE_UNITS; unit++) {
        config->ide_name[unit] = media->drive[unit].options.file;
        config->ide[unit] = media->drive[unit].block;
        config->ide_is_cd[unit] =
            media->drive[unit].option && media->drive[unit].options.medium == DRIVE_CDROM;
    }
}

void media_taken(struct media *media)
{
    for (unsigned i = 0; i < MEDIA_UNITS; i++)
        media->drive[i].block = NULL;
}

void media_close(struct media *media)
{
    for (unsigned i = 0; i < MEDIA_UNITS; i++) {
        block_close(media->drive[i].block);
        drive_free(&media->drive[i].options);
        drive_free(&media->waiting[i].options);
    }
    *media = (struct media){ .snapshot = media->snapshot };
}
