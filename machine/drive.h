/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/drive.h - what -drive says: file=,format=,if=,media=,index=,unit=,readonly=,snapshot= */
#ifndef MACHINE_DRIVE_H
#define MACHINE_DRIVE_H

#include "util/buf.h"

enum drive_bus { DRIVE_IDE, DRIVE_FLOPPY, DRIVE_PFLASH };
enum drive_medium { DRIVE_DISK, DRIVE_CDROM };

struct drive_options {
    char *file;   /* NULL: no medium */
    char *format; /* NULL: by contents */
    enum drive_bus bus;
    enum drive_medium medium;
    int index; /* on its bus; -1: the next one that is free */
    bool read_only, snapshot;
};

/* A comma in a value is written twice. False: *error is one line without the option's name. */
MUST_CHECK bool drive_parse(struct drive_options *drive, const char *text, struct buf *error);
void drive_free(struct drive_options *drive);

#endif
