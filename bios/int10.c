/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/int10.c - INT 10h: text output in VGA mode 3 (80 columns, 25 rows, 16 colours). 16-bit code.
 * Source: IBM VGA Technical Reference (register values of mode 3); Ralf Brown's interrupt list.
 */
#include "far.h"
#include "io.h"

#define TEXT_SEGMENT 0xb800
#define COLUMNS 80
#define ROWS 25
#define PAGES 8
#define PAGE_BYTES 0x1000
#define LIGHT_GREY 0x07

static uint16_t cell_offset(uint8_t page, uint8_t column, uint8_t row)
{
    return (uint16_t)((page & (PAGES - 1)) * PAGE_BYTES + (row * COLUMNS + column) * 2);
}

static void crtc_write16(uint8_t index, uint16_t value)
{
    out16(PORT_CRTC, (uint16_t)(index | (value & 0xff00)));
    out16(PORT_CRTC, (uint16_t)((index + 1) | value << 8));
}

/* column in the low byte, row in the high byte, as in the BIOS data area */
static uint16_t cursor_get(uint8_t page)
{
    return bda_read16(BDA_CURSOR + (page & (PAGES - 1)) * 2u);
}

static void cursor_set(uint8_t page, uint8_t column, uint8_t row)
{
    bda_write16(BDA_CURSOR + (page & (PAGES - 1)) * 2u, (uint16_t)(row << 8 | column));
    if (page == bda_read8(BDA_PAGE))
        crtc_write16(0x0e, cell_offset(page, column, row) / 2);
}

static void cursor_shape(uint16_t shape) /* first line in the high byte, last in the low */
{
    uint8_t first = shape >> 8, last = (uint8_t)shape;

    bda_write16(BDA_CURSOR_SHAPE, shape);
    if (last < 8 && first < 8 && !(first & 0x20)) { /* given for 8 lines: stretch to 16 */
        first = (uint8_t)(first * 2 + (first > 5 ? 1 : 0));
        last = (uint8_t)(last * 2 + (last > 5 ? 1 : 0));
    }
    crtc_write16(0x0a, (uint16_t)(first << 8 | last));
}

/* Move the window's rows up by `lines` (down if negative); 0 clears it. */
static void scroll(uint8_t page, uint8_t left, uint8_t top, uint8_t right, uint8_t bottom,
                   int lines, uint8_t attribute)
{
    uint16_t blank = (uint16_t)(attribute << 8 | ' ');
    int height, row;

    if (right >= COLUMNS)
        right = COLUMNS - 1;
    if (bottom >= ROWS)
        bottom = ROWS - 1;
    if (left > right || top > bottom)
        return;
    height = bottom - top + 1;
    if (lines == 0 || lines > height || lines < -height)
        lines = height;
    for (int i = 0; i < height; i++) {
        row = lines > 0 ? top + i : bottom - i;
        if (row + lines >= top && row + lines <= bottom)
            far_copy16(TEXT_SEGMENT, cell_offset(page, left, (uint8_t)row),
                       cell_offset(page, left, (uint8_t)(row + lines)), right - left + 1u);
        else
            far_fill16(TEXT_SEGMENT, cell_offset(page, left, (uint8_t)row), blank,
                       right - left + 1u);
    }
}

static void teletype(uint8_t page, uint8_t character, bool with_attribute, uint8_t attribute)
{
    uint16_t cursor = cursor_get(page), cell;
    uint8_t column = (uint8_t)cursor, row = cursor >> 8;

    switch (character) {
    case '\a':
        return;
    case '\b':
        if (column > 0)
            column--;
        break;
    case '\n':
        row++;
        break;
    case '\r':
        column = 0;
        break;
    default:
        cell = cell_offset(page, column, row);
        far_write8(TEXT_SEGMENT, cell, character);
        if (with_attribute)
            far_write8(TEXT_SEGMENT, cell + 1u, attribute);
        if (++column == COLUMNS) {
            column = 0;
            row++;
        }
    }
    if (row >= ROWS) {
        row = ROWS - 1;
        scroll(page, 0, 0, COLUMNS - 1, ROWS - 1, 1,
               far_read8(TEXT_SEGMENT, cell_offset(page, 0, ROWS - 1) + 1u));
    }
    cursor_set(page, column, row);
}

void video_teletype(uint8_t character)
{
    teletype(bda_read8(BDA_PAGE), character, false, 0);
}

static void select_page(uint8_t page)
{
    uint16_t cursor;

    if (page >= PAGES)
        return;
    bda_write8(BDA_PAGE, page);
    bda_write16(BDA_PAGE_OFFSET, (uint16_t)(page * PAGE_BYTES));
    crtc_write16(0x0c, page * PAGE_BYTES / 2);
    cursor = cursor_get(page);
    cursor_set(page, (uint8_t)cursor, cursor >> 8);
}

static void write_registers(uint16_t port, const uint8_t *values, uint8_t count)
{
    for (uint8_t i = 0; i < count; i++)
        out16(port, (uint16_t)(values[i] << 8 | i));
}

static void load_registers(void)
{
    static const uint8_t sequencer[] = { 0x03, 0x00, 0x03, 0x00, 0x02 };
    static const uint8_t crtc[] = {
        0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00,
        0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff,
    };
    static const uint8_t graphics[] = { 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x00, 0xff };
    static const uint8_t attribute[] = {
        0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a,
        0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x0c, 0x00, 0x0f, 0x08, 0x00,
    };

    out8(0x3c2, 0x67); /* miscellaneous: colour addresses, 28 MHz */
    write_registers(0x3c4, sequencer, sizeof(sequencer));
    out16(PORT_CRTC, 0x0011); /* registers 0-7 writable */
    write_registers(PORT_CRTC, crtc, sizeof(crtc));
    write_registers(0x3ce, graphics, sizeof(graphics));
    in8(0x3da); /* next write to 3C0h is an index */
    for (uint8_t i = 0; i < sizeof(attribute); i++) {
        out8(0x3c0, i);
        out8(0x3c0, attribute[i]);
    }
    out8(0x3c0, 0x20); /* picture on */

    out8(0x3c6, 0xff);
    out8(0x3c8, 0);
    for (uint8_t i = 0; i < 64; i++) { /* rgbRGB: 2/3 and 1/3 of full intensity */
        out8(0x3c9, (uint8_t)((i & 0x04 ? 42 : 0) + (i & 0x20 ? 21 : 0)));
        out8(0x3c9, (uint8_t)((i & 0x02 ? 42 : 0) + (i & 0x10 ? 21 : 0)));
        out8(0x3c9, (uint8_t)((i & 0x01 ? 42 : 0) + (i & 0x08 ? 21 : 0)));
    }
}

static void set_mode(bool clear)
{
    load_registers();
    bda_write8(BDA_VIDEO_MODE, 3);
    bda_write16(BDA_COLUMNS, COLUMNS);
    bda_write16(BDA_PAGE_BYTES, PAGE_BYTES);
    bda_write16(BDA_CRTC, PORT_CRTC);
    bda_write8(BDA_LAST_ROW, ROWS - 1);
    bda_write16(BDA_CHARACTER_HEIGHT, 16);
    bda_write8(BDA_VIDEO_CONTROL, clear ? 0x60 : 0xe0);
    bda_write8(BDA_VIDEO_SWITCHES, 0xf9);
    bda_write8(BDA_VGA_FLAGS, 0x51);
    bda_write8(BDA_VGA_COMBINATION, 0x08); /* VGA, colour display */
    for (uint8_t page = 0; page < PAGES; page++)
        bda_write16(BDA_CURSOR + page * 2u, 0);
    select_page(0);
    cursor_shape(0x0d0e);
    if (clear)
        far_fill16(TEXT_SEGMENT, 0, LIGHT_GREY << 8 | ' ', COLUMNS * ROWS);
}

void video_set_mode_3(void)
{
    set_mode(true);
}

/* 09h, 0Ah: CX characters from the cursor on, which stays; 09h with attribute BL. */
static void write_characters(const struct regs *r, bool with_attribute)
{
    uint16_t cursor = cursor_get(r->bh);
    uint16_t cell = cell_offset(r->bh, (uint8_t)cursor, cursor >> 8);

    for (uint16_t count = r->cx; count; count--, cell += 2) {
        far_write8(TEXT_SEGMENT, cell, r->al);
        if (with_attribute)
            far_write8(TEXT_SEGMENT, cell + 1u, r->bl);
    }
}

/* 13h: AL bit 0 moves the cursor, bit 1: attributes are in the string. */
static void write_string(const struct regs *r)
{
    uint16_t before = cursor_get(r->bh), from = r->bp;

    cursor_set(r->bh, r->dl, r->dh);
    for (uint16_t count = r->cx; count; count--) {
        uint8_t character = far_read8(r->es, from++), attribute = r->bl;

        if (r->al & 2)
            attribute = far_read8(r->es, from++);
        teletype(r->bh, character, true, attribute);
    }
    if (!(r->al & 1))
        cursor_set(r->bh, (uint8_t)before, before >> 8);
}

void int10_video(struct regs *r)
{
    uint16_t cursor;

    switch (r->ah) {
    case 0x00: /* every mode is mode 3 so far */
        set_mode(!(r->al & 0x80));
        r->al = 0x30;
        break;
    case 0x01:
        cursor_shape(r->cx);
        break;
    case 0x02:
        cursor_set(r->bh, r->dl, r->dh);
        break;
    case 0x03:
        r->cx = bda_read16(BDA_CURSOR_SHAPE);
        r->dx = cursor_get(r->bh);
        r->ax = 0;
        break;
    case 0x05:
        select_page(r->al);
        break;
    case 0x06:
        scroll(bda_read8(BDA_PAGE), r->cl, r->ch, r->dl, r->dh, r->al, r->bh);
        break;
    case 0x07:
        scroll(bda_read8(BDA_PAGE), r->cl, r->ch, r->dl, r->dh, -(int)r->al, r->bh);
        break;
    case 0x08:
        cursor = cursor_get(r->bh);
        r->ax = far_read16(TEXT_SEGMENT, cell_offset(r->bh, (uint8_t)cursor, cursor >> 8));
        break;
    case 0x09:
        write_characters(r, true);
        break;
    case 0x0a:
        write_characters(r, false);
        break;
    case 0x0e: /* the page is the active one; BH is ignored as on most machines */
        video_teletype(r->al);
        break;
    case 0x0f:
        r->al = bda_read8(BDA_VIDEO_MODE);
        r->ah = COLUMNS;
        r->bh = bda_read8(BDA_PAGE);
        break;
    case 0x12:
        if (r->bl == 0x10) { /* EGA information: colour, 256 KiB */
            r->bx = 0x0003;
            r->cx = 0x0009;
        }
        break;
    case 0x13:
        write_string(r);
        break;
    case 0x1a:
        if (r->al == 0x00) {
            r->al = 0x1a;
            r->bx = 0x0008; /* VGA with colour display, no second one */
        }
        break;
    }
}
