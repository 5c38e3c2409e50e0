/* SPDX-License-Identifier: GPL-3.0-or-later */
/* image_command.h - `vitrine image`: disk images without a machine. */
#ifndef IMAGE_COMMAND_H
#define IMAGE_COMMAND_H

#include "util/out.h"

/*
 * The words behind `vitrine image`. Returns the exit code; *error is one line if something is wrong.
 * `progress` is told how far a copy is, in thousandths; NULL: nobody looks.
 */
int image_command(int argc, char **argv, struct out *out, void (*progress)(unsigned thousandths),
                  struct buf *error);

#endif
