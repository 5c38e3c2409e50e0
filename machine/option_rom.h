/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/option_rom.h - files that are ROMs of cards: -vgabios, romfile=, -option-rom. */
#ifndef MACHINE_OPTION_ROM_H
#define MACHINE_OPTION_ROM_H

#include "machine/config.h"

/*
 * Reads one, and fills it up to a power of two with zeros. `what` it should be, for the message.
 * False: *error is one line; *exit_code 2, or 4 for host I/O.
 */
MUST_CHECK bool option_rom_load(struct buf *rom, const char *path, const char *what, uint32_t most,
                                struct buf *error, int *exit_code);

#endif
