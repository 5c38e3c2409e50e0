/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/vga.h - VGA registers and text memory. */
#ifndef IODEV_VGA_H
#define IODEV_VGA_H

#include "iodev/device.h"

enum { VGA_TEXT_BYTES = 0x8000, VGA_TEXT_COLUMNS = 80, VGA_TEXT_ROWS = 25 };

struct vga {
    struct device dev;
    uint8_t misc;    /* miscellaneous output register; bit 0: ports 3Dxh, not 3Bxh */
    uint8_t feature; /* feature control register */
    uint8_t crtc_index, crtc[32];
    uint8_t seq_index, seq[8];
    uint8_t gc_index, gc[16];
    uint8_t attr_index, attr[32]; /* bit 5 of the index: the palette is in use */
    bool attr_data;               /* the next write to 3C0h is data */
    uint8_t dac_mask;
    uint8_t dac_read_index, dac_write_index, dac_component; /* component 0-2: R, G, B */
    bool dac_reading;                                       /* 3C7h was written last */
    uint8_t dac[768];             /* 256 colours of 6 bits each component */
    uint8_t text[VGA_TEXT_BYTES]; /* B8000h-BFFFFh: character, attribute, ... */
    uint64_t writes; /* to text, palette or registers: a picture is new when this changed */
};

extern const struct device_class vga_class;

/* Row 0-24 as ASCII without trailing blanks; characters beyond ASCII become the nearest or '?'. */
void vga_text_row(const struct vga *vga, unsigned row, char out[VGA_TEXT_COLUMNS + 1]);
/* Columns and rows that the CRTC is set to. */
unsigned vga_columns(const struct vga *vga);
unsigned vga_rows(const struct vga *vga);
/* Cursor position; false: it is off or outside. */
bool vga_cursor(const struct vga *vga, unsigned *column, unsigned *row);

#endif
