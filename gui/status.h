/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gui/status.h - the line below the picture: what runs, how fast, drives and lights. */
#ifndef GUI_STATUS_H
#define GUI_STATUS_H

#include "gui/frontend.h"

enum { STATUS_HEIGHT = 20, GLYPH_WIDTH = 8, GLYPH_HEIGHT = 16 };

/* Pixels as struct picture has them. */
struct canvas {
    uint32_t *pixels;
    unsigned width, height;
};

struct status {
    struct buf left, right, message;
    uint64_t message_until; /* host nanoseconds */
    /* What the drives did when it was looked last. */
    uint64_t drive_seen[4];
    bool drive_busy[4];
    uint8_t leds;
    uint64_t next_look;
};

/* Code page 437; returns the column of dots behind the text. */
unsigned canvas_text(struct canvas *canvas, unsigned x, unsigned y, const char *text,
                     uint32_t colour);
void canvas_fill(struct canvas *canvas, uint32_t colour);

/* For some seconds, instead of the rest. */
void status_message(struct status *status, unsigned seconds, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* Look at the machine. True: the line is to be drawn anew. */
bool status_look(struct status *status, const struct frontend *fe, bool grabbed);
void status_draw(const struct status *status, const struct frontend *fe, struct canvas *canvas);
void status_free(struct status *status);

#endif
