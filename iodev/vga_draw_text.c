/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/vga_draw_text.c - text cells to dots: glyphs from plane 2, two character maps, blinking,
 * underline, cursor. A cell is drawn when its character, attribute, glyph or phase is another one.
 */
#include <string.h>

#include "iodev/picture.h"

enum {
    GLYPH_BYTES = 32,
    MAP_BYTES = 256 * GLYPH_BYTES,
    COLUMNS_MOST = 256 + 1,
    LINE_GRAPHICS = 0x04, /* attribute controller register 10h: the ninth dot of C0h-DFh */
    BLINK = 0x08,
    CELL_KNOWN = 1u << 31,
    CELL_CURSOR = 1u << 16,
    CELL_HIDDEN = 1u << 17, /* blinks, and is not seen now */
};

/* Where a character map begins in plane 2. */
static unsigned map_offset(unsigned map)
{
    return (map & 3) * 0x4000 + (map >> 2) * 0x2000;
}

/* Map 1 is for attributes with bit 3, map 0 for the others. */
static unsigned map_number(const struct vga *vga, unsigned which)
{
    unsigned select = vga->seq[SEQ_FONT];

    return which ? (select >> 2 & 3) | (select >> 3 & 4) : (select & 3) | (select >> 2 & 4);
}

/* Read both maps again; fresh[map * 256 + character] says which glyphs are new. */
static void read_font(const struct vga *vga, struct picture *picture, uint8_t *fresh)
{
    for (unsigned which = 0; which < 2; which++) {
        const uint8_t *from = vga->memory + (size_t)map_offset(map_number(vga, which)) * 4 + 2;
        uint8_t *to = picture->font + which * MAP_BYTES;

        for (unsigned i = 0; i < MAP_BYTES; i++) {
            if (to[i] == from[i * 4])
                continue;
            to[i] = from[i * 4];
            fresh[which * 256 + i / GLYPH_BYTES] = 1;
        }
    }
}

static void make_room(struct picture *picture, size_t cells)
{
    if (!picture->font) {
        picture->font = xcalloc(2, MAP_BYTES);
    }
    if (picture->cell_room < cells) {
        picture->cells = xrealloc(picture->cells, cells * sizeof *picture->cells);
        picture->cell_room = cells;
    }
}

struct text {
    const struct vga *vga;
    struct picture *picture;
    struct vga_lines lines;
    uint32_t colour[16];
    unsigned cursor_at; /* memory counter; CURSOR_OFF */
    bool blink_seen;
};
#define CURSOR_OFF 0x10000u

static uint32_t cell_at(const struct text *t, unsigned counter)
{
    const uint8_t *at = t->vga->memory + (size_t)vga_counter_address(t->vga, counter, 0) * 4;
    uint32_t cell = CELL_KNOWN | at[0] | (uint32_t)at[1] << 8;

    if ((counter & 0xffff) == t->cursor_at)
        cell |= CELL_CURSOR;
    if (t->vga->attr[ATTR_MODE] & BLINK && at[1] & 0x80 && !t->blink_seen)
        cell |= CELL_HIDDEN;
    return cell;
}

/* The dots of one line of a cell, the first is bit 8. */
static unsigned glyph_line(const struct text *t, uint32_t cell)
{
    const struct vga *vga = t->vga;
    unsigned character = cell & 0xff, attribute = cell >> 8 & 0xff, scan = t->lines.row_scan;
    unsigned dots;

    if (cell & CELL_CURSOR && scan >= (vga->crtc[CRTC_CURSOR_START] & 31) &&
        scan <= (vga->crtc[CRTC_CURSOR_END] & 31))
        return 0x1ff;
    if (cell & CELL_HIDDEN)
        return 0;
    if ((attribute & 7) == 1 && scan == (vga->crtc[CRTC_UNDERLINE] & 31))
        return 0x1ff;
    dots = t->picture->font[(attribute >> 3 & 1) * MAP_BYTES + character * GLYPH_BYTES + scan];
    dots <<= 1;
    if (vga->attr[ATTR_MODE] & LINE_GRAPHICS && (character & 0xe0) == 0xc0)
        dots |= dots >> 1 & 1;
    return dots;
}

static void draw_cell_line(const struct text *t, unsigned column, uint32_t cell)
{
    const struct vga_lines *lines = &t->lines;
    unsigned attribute = cell >> 8 & 0xff, dots = glyph_line(t, cell);
    unsigned back = attribute >> 4 & (t->vga->attr[ATTR_MODE] & BLINK ? 7 : 15);
    uint32_t colour[2] = { t->colour[back], t->colour[attribute & 15] };
    uint32_t *line = t->picture->pixels + (size_t)lines->y * t->picture->stride;
    int width = (int)t->picture->width;
    int x = ((int)(column * lines->char_dots) - (int)lines->panning) * (int)lines->repeat;

    for (unsigned i = 0; i < lines->char_dots; i++) {
        uint32_t dot = colour[dots >> (8 - i) & 1];

        for (unsigned n = 0; n < lines->repeat; n++, x++) {
            if (x >= 0 && x < width)
                line[x] = dot;
        }
    }
}

static void begin(struct text *t, const struct vga *vga, struct picture *picture)
{
    uint64_t frame = vga_frame_number(vga);
    const uint8_t *crtc = vga->crtc;

    *t = (struct text){ .vga = vga, .picture = picture, .cursor_at = CURSOR_OFF };
    for (unsigned i = 0; i < 16; i++)
        t->colour[i] = vga_attribute_colour(vga, i);
    t->blink_seen = !(frame >> 4 & 1);
    if (!(crtc[CRTC_CURSOR_START] & 0x20) && !(frame >> 3 & 1))
        t->cursor_at = ((unsigned)(crtc[CRTC_CURSOR_HIGH] << 8 | crtc[CRTC_CURSOR_LOW]) +
                        (crtc[CRTC_CURSOR_END] >> 5 & 3)) &
                       0xffff;
    vga_lines_begin(vga, &t->lines);
}

/* A character row begins: which of its cells are to be drawn. Returns how many. */
static unsigned find_new(struct text *t, uint32_t *cells, unsigned columns, bool everything,
                         const uint8_t *fresh, uint8_t *draw)
{
    unsigned count = 0;

    for (unsigned column = 0; column < columns; column++) {
        uint32_t cell = cell_at(t, t->lines.row + t->lines.byte_panning + column);

        draw[column] =
            everything || cells[column] != cell || fresh[(cell >> 11 & 1) * 256 + (cell & 0xff)];
        cells[column] = cell;
        count += draw[column];
    }
    return count;
}

/* Where the cursor was drawn its cell is new. */
static void forget_cursor(struct picture *picture)
{
    for (size_t i = 0; i < picture->cell_count; i++) {
        if (picture->cells[i] & CELL_CURSOR)
            picture->cells[i] = 0;
    }
}

void vga_draw_text(struct vga *vga, struct picture *picture, bool everything, bool memory_changed)
{
    uint8_t fresh[512] = { 0 }, draw[COLUMNS_MOST];
    unsigned columns, new_cells = 0, row = 0, last_row = ~0u;
    const struct vga_lines *lines;
    uint16_t cursor_shape =
        (uint16_t)((vga->crtc[CRTC_CURSOR_START] & 31) << 8 | (vga->crtc[CRTC_CURSOR_END] & 31));
    struct text t;

    begin(&t, vga, picture);
    lines = &t.lines;
    columns = lines->columns + 1;
    make_room(picture, (size_t)lines->height * columns);
    if (everything || memory_changed)
        read_font(vga, picture, fresh);
    if (cursor_shape != picture->cursor_shape && !everything)
        forget_cursor(picture);
    picture->cursor_shape = cursor_shape;
    for (; lines->y < lines->height; vga_lines_next(&t.lines)) {
        bool first =
            lines->y == 0 || (lines->row_scan == 0 && !lines->half) || lines->row != last_row;

        if (first) {
            new_cells = find_new(&t, picture->cells + (size_t)row * columns, columns, everything,
                                 fresh, draw);
            row++;
        }
        last_row = lines->row;
        if (!new_cells)
            continue;
        for (unsigned column = 0; column < columns; column++) {
            if (draw[column])
                draw_cell_line(&t, column, picture->cells[(size_t)(row - 1) * columns + column]);
        }
        picture_line_new(picture, lines->y);
    }
    picture->cell_count = (size_t)row * columns;
}
