/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/media.h - the drives that the command line asks for, and the images in them: which option
 * means which drive, and opening all of them in one place.
 */
#ifndef MACHINE_MEDIA_H
#define MACHINE_MEDIA_H

#include "machine/config.h"
#include "machine/drive.h"
#include "util/log.h"

enum media_unit {
    MEDIA_HDA,
    MEDIA_HDB,
    MEDIA_HDC,
    MEDIA_HDD,
    MEDIA_FDA,
    MEDIA_FDB,
    MEDIA_PFLASH0, /* flash memory: firmware */
    MEDIA_PFLASH1, /* its variables */
    MEDIA_UNITS,
    MEDIA_FREE = MEDIA_UNITS, /* the first IDE drive that nobody else asks for */
};

struct media_drive {
    const char *option; /* that asked for it, without a dash; NULL: there is no such drive */
    struct drive_options options;
    struct block *block; /* once it is open; NULL: no medium */
};

/* Zero-initialised: no drives. */
struct media {
    struct media_drive drive[MEDIA_UNITS];
    struct media_drive waiting[MEDIA_UNITS]; /* for what is free when all options were read */
    unsigned waiting_count;
    bool snapshot; /* no image is written to */
};

/* "hda" ... "fdb", "pflash0", "pflash1" */
const char *media_unit_name(enum media_unit unit);
/* -hda FILE and the like; the name is taken as it stands. False: *error is one line. */
MUST_CHECK bool media_add_file(struct media *media, const char *option, enum media_unit unit,
                               const char *file, struct buf *error);
/* -pflash FILE: the next of the two. False: likewise. */
MUST_CHECK bool media_add_pflash(struct media *media, const char *file, struct buf *error);
/* -drive TEXT. False: likewise. */
MUST_CHECK bool media_add_drive(struct media *media, const char *text, struct buf *error);
/* All options were read: who waits gets what is free. False: likewise. */
MUST_CHECK bool media_place(struct media *media, struct buf *error);
/* Open all images. False: *error is one line, *exit_code 2 (the image) or 4 (the host). */
MUST_CHECK bool media_open(struct media *media, struct log *log, struct buf *error, int *exit_code);
/*
 * Is it a diskette? The size is the format, and smaller ones are filled up with zeros when they are
 * read. False: *error is one line about `file`.
 */
MUST_CHECK bool media_is_diskette(struct block *block, const char *file, struct buf *error);
/*
 * Is it what flash memory can hold: whole blocks, and not too many of them? False: likewise.
 */
MUST_CHECK bool media_is_pflash(struct block *block, const char *file, struct buf *error);
/*
 * One image, as drives want it: writable ones under image_overlay_through(). NULL: *error is one line,
 * *exit_code 2 (the image) or 4 (the host).
 */
MUST_CHECK struct block *media_open_image(const struct drive_options *options, bool snapshot,
                                          struct log *log, struct buf *error, int *exit_code);
/* What the machine is to have of them. */
void media_plug(const struct media *media, struct machine_config *config);
/* It was made, and has them: they are closed by it. */
void media_taken(struct media *media);
void media_close(struct media *media);

#endif
