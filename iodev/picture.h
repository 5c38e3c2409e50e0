/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/picture.h - what a monitor would show, and what of it is new. A picture is a function of
 * the guest's state and of guest time alone.
 */
#ifndef IODEV_PICTURE_H
#define IODEV_PICTURE_H

#include "iodev/vga.h"

/* Everything but memory that a picture depends on; two of them can be compared byte by byte. */
struct vga_look {
    uint8_t crtc[32], seq[8], gc[16], attr[32];
    uint8_t dac[768];
    uint16_t dispi[16];
    uint8_t attr_index, dac_mask, misc;
    uint8_t blink; /* bit 0: blinking characters are seen now */
};

/* Zero-initialised is empty: the first vga_draw() draws all of it. */
struct picture {
    unsigned width, height; /* dots; those of narrow modes are drawn two or four times */
    unsigned stride;        /* pixels from one line to the next */
    uint32_t *pixels;       /* 00RRGGBBh */
    size_t room;            /* pixels allocated */
    uint64_t drawn;         /* number of the drawing that changed something last; 0: none yet */
    uint64_t *line_drawn;   /* for each line: that number of its last change */
    unsigned line_room;
    bool tags_must_go; /* pages were taken (ram_take): the processor's write tags are too wide */
    /* What it was drawn from. */
    bool valid;
    struct vga_look look;
    uint32_t *cells; /* text: character, attribute, cursor of each cell */
    size_t cell_room, cell_count;
    uint8_t *font;         /* text: both character maps, 2 x 256 glyphs of 32 bytes */
    uint16_t cursor_shape; /* text: first and last line */
};

/* Bring the picture up to date. Only what changed since the last time is drawn. */
void vga_draw(struct vga *vga, struct picture *picture);
void picture_destroy(struct picture *picture);

/* --- Between the files that draw --- */

/* The scan lines of the CRTC: where each gets its data. */
struct vga_lines {
    unsigned height, columns;   /* scan lines; character clocks */
    unsigned char_dots, repeat; /* dots of a character, 1 or 2 for the slow dot clock */
    unsigned y;
    unsigned row_scan, max_scan, half; /* within the character row */
    unsigned doubled;                  /* every line twice */
    unsigned row, pitch;               /* memory counter of the row; from row to row */
    unsigned compare;                  /* after this line memory begins at 0 */
    unsigned panning, byte_panning;
    bool pan_stops; /* no panning below the split */
};
void vga_lines_begin(const struct vga *vga, struct vga_lines *lines);
void vga_lines_next(struct vga_lines *lines);
/* Address in each plane of a memory counter. */
unsigned vga_counter_address(const struct vga *vga, unsigned counter, unsigned row_scan);
/* The colour of an attribute controller input, 0-15. */
uint32_t vga_attribute_colour(const struct vga *vga, unsigned index);
uint32_t vga_dac_colour(const struct vga *vga, unsigned index);
void vga_draw_text(struct vga *vga, struct picture *picture, bool everything, bool memory_changed);
/* Line `y` is new. */
static inline void picture_line_new(struct picture *picture, unsigned y)
{
    picture->line_drawn[y] = picture->drawn + 1;
}

#endif
