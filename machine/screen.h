/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/screen.h - the picture of a machine: for front ends, screenshots and tests. */
#ifndef MACHINE_SCREEN_H
#define MACHINE_SCREEN_H

#include "iodev/picture.h"
#include "machine/machine.h"

/* Up to date; valid until the next call. Between two instructions only. Changes no guest state. */
const struct picture *screen_picture(struct machine *machine);
/* As a PNG file. False: *error is one line. */
MUST_CHECK bool screen_save(struct machine *machine, const char *path, struct buf *error);
/* "640 x 480 dots, checksum 0badcafe" of the picture that was drawn last. */
void screen_describe(const struct picture *picture, struct buf *text);
/* Glyphs of code page 437, for a front end's own words: 256 of 16 lines of 8 dots, bit 7 left. */
const uint8_t *screen_font(void);

#endif
