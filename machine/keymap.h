/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/keymap.h - keys by name, as QEMU has them, and characters of the US layout. */
#ifndef MACHINE_KEYMAP_H
#define MACHINE_KEYMAP_H

#include "machine/machine.h"

/* "ctrl-alt-delete" pressed together, or several of them with blanks between. False: *error. */
MUST_CHECK bool keymap_send(struct machine *machine, const char *names, struct buf *error);
/* The keys of a text. False: *error, and nothing is typed. */
MUST_CHECK bool keymap_type(struct machine *machine, const char *text, struct buf *error);

#endif
