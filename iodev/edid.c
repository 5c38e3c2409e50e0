/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/edid.c - what the monitor says of itself. */
#include "iodev/vga.h"

const uint8_t vga_edid[VGA_EDID_BYTES] = {
#include "iodev/edid.inc"
};
