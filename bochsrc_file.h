/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bochsrc_file.h - which Bochs configuration file is read, and what its parser asks of the host. */
#ifndef BOCHSRC_FILE_H
#define BOCHSRC_FILE_H

#include "machine/bochsrc.h"

/* The file of the current directory that Bochs would take; NULL: there is none. */
const char *bochsrc_file_find(void);
/* False: *error is one line, *missing says that the file could not be read. */
MUST_CHECK bool bochsrc_file_read(struct bochsrc *rc, const char *path, struct buf *error,
                                  bool *missing);
/* A line given on the command line. */
MUST_CHECK bool bochsrc_file_line(struct bochsrc *rc, const char *text, struct buf *error);

#endif
