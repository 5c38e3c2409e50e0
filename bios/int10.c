/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/int10.c - INT 10h: characters, cursor, pages and scrolling, in text and in graphics; the way
 * to the other video services. 16-bit code. Sources: IBM PS/2 and PC BIOS Interface Technical
 * Reference, "Interrupt 10h - Video"; Ralf Brown's interrupt list.
 */
#include "video.h"

/* Called for each character: quicker than the table. */
static enum video_kind kind_of(uint8_t mode)
{
    if (mode <= 3 || mode == 7)
        return KIND_TEXT;
    if (mode <= 6)
        return mode == 6 ? KIND_CGA2 : KIND_CGA4;
    return mode == 0x13 ? KIND_LINEAR : KIND_PLANAR;
}

void screen_get(struct screen *s)
{
    s->mode = bda_read8(BDA_VIDEO_MODE) & 0x7f;
    s->columns = bda_read8(BDA_COLUMNS);
    s->rows = (uint8_t)(bda_read8(BDA_LAST_ROW) + 1);
    s->height = bda_read8(BDA_CHARACTER_HEIGHT);
    s->page_bytes = bda_read16(BDA_PAGE_BYTES);
    s->kind = vbe_mode() ? KIND_VESA : kind_of(s->mode);
    s->pages = s->kind == KIND_TEXT ? 8 : 1;
    if (s->kind == KIND_PLANAR) /* as many as 64 KiB of a plane hold, at most 8 */
        s->pages = s->mode == 0x0d ? 8 : s->mode == 0x0e ? 4 : s->mode < 0x11 ? 2 : 1;
    s->segment = s->kind == KIND_PLANAR || s->kind == KIND_LINEAR ? GRAPHICS_SEGMENT
                 : s->mode == 7                                   ? 0xb000
                                                                  : 0xb800;
}

static uint16_t cell_offset(const struct screen *s, uint8_t page, uint8_t column, uint8_t row)
{
    return (uint16_t)((page & 7) * s->page_bytes + (row * s->columns + column) * 2);
}

static void crtc_write16(uint8_t index, uint16_t value)
{
    crtc_write(index, value >> 8);
    crtc_write((uint8_t)(index + 1), (uint8_t)value);
}

/* column in the low byte, row in the high byte, as in the BIOS data area */
static uint16_t cursor_get(uint8_t page)
{
    return bda_read16(BDA_CURSOR + (page & 7) * 2u);
}

void cursor_set(const struct screen *s, uint8_t page, uint8_t column, uint8_t row)
{
    bda_write16(BDA_CURSOR + (page & 7) * 2u, (uint16_t)(row << 8 | column));
    if (page == bda_read8(BDA_PAGE) && s->kind == KIND_TEXT)
        crtc_write16(0x0e, cell_offset(s, page, column, row) / 2);
}

/* First line in the high byte, last in the low; given for 8 lines and stretched to the character. */
void cursor_shape(uint16_t shape)
{
    uint8_t first = (shape >> 8) & 0x3f, last = shape & 0x1f;
    uint8_t height = bda_read8(BDA_CHARACTER_HEIGHT);

    bda_write16(BDA_CURSOR_SHAPE, shape);
    if (!(bda_read8(BDA_VIDEO_CONTROL) & 1) && height > 8 && last < 8 && first < 8) {
        if (last == first + 1 && last == 7) { /* the usual underline: two lines above the end */
            first = (uint8_t)(height - 3);
            last = (uint8_t)(height - 2);
        } else {
            first = (uint8_t)((first + 1) * height / 8 - 1);
            last = (uint8_t)((last + 1) * height / 8 - 1);
        }
    }
    crtc_write(0x0a, first);
    crtc_write(0x0b, last);
}

/* One row of a window is another one's copy, or blank. */
static void copy_row(const struct screen *s, uint8_t page, uint8_t left, uint8_t right, uint8_t to,
                     uint8_t from)
{
    if (s->kind == KIND_TEXT)
        far_copy16(s->segment, cell_offset(s, page, left, to), cell_offset(s, page, left, from),
                   right - left + 1u);
    else
        graphics_copy_row(s, page, left, right, to, from);
}

static void blank_row(const struct screen *s, uint8_t page, uint8_t left, uint8_t right,
                      uint8_t row, uint8_t attribute)
{
    if (s->kind == KIND_TEXT)
        far_fill16(s->segment, cell_offset(s, page, left, row), (uint16_t)(attribute << 8 | ' '),
                   right - left + 1u);
    else
        graphics_fill_row(s, page, left, right, row, attribute);
}

/* Move the window's rows up by `lines` (down if negative); 0 clears it. */
static void scroll(const struct screen *s, uint8_t page, uint8_t left, uint8_t top, uint8_t right,
                   uint8_t bottom, int lines, uint8_t attribute)
{
    int height;

    if (right >= s->columns)
        right = (uint8_t)(s->columns - 1);
    if (bottom >= s->rows)
        bottom = (uint8_t)(s->rows - 1);
    if (left > right || top > bottom)
        return;
    height = bottom - top + 1;
    if (lines == 0 || lines > height || lines < -height)
        lines = height;
    for (int i = 0; i < height; i++) {
        int row = lines > 0 ? top + i : bottom - i;

        if (row + lines >= top && row + lines <= bottom)
            copy_row(s, page, left, right, (uint8_t)row, (uint8_t)(row + lines));
        else
            blank_row(s, page, left, right, (uint8_t)row, attribute);
    }
}

static void put_character(const struct screen *s, uint8_t page, uint8_t column, uint8_t row,
                          uint8_t character, bool with_attribute, uint8_t attribute)
{
    uint16_t cell = cell_offset(s, page, column, row);

    if (s->kind != KIND_TEXT) {
        glyph_write(s, page, column, row, character, attribute);
        return;
    }
    far_write8(s->segment, cell, character);
    if (with_attribute)
        far_write8(s->segment, cell + 1u, attribute);
}

static void teletype(const struct screen *s, uint8_t page, uint8_t character, bool with_attribute,
                     uint8_t attribute)
{
    uint16_t cursor = cursor_get(page);
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
        put_character(s, page, column, row, character, with_attribute, attribute);
        if (++column >= s->columns) {
            column = 0;
            row++;
        }
    }
    if (row >= s->rows) {
        uint8_t blank = 0;

        row = (uint8_t)(s->rows - 1);
        if (s->kind == KIND_TEXT)
            blank = far_read8(s->segment, cell_offset(s, page, 0, row) + 1u);
        scroll(s, page, 0, 0, (uint8_t)(s->columns - 1), row, 1, blank);
    }
    cursor_set(s, page, column, row);
}

void video_teletype(uint8_t character)
{
    struct screen s;

    screen_get(&s);
    teletype(&s, bda_read8(BDA_PAGE), character, false, LIGHT_GREY);
}

void page_select(uint8_t page)
{
    struct screen s;
    uint16_t cursor, start;

    screen_get(&s);
    if (page >= s.pages)
        return;
    start = (uint16_t)(page * s.page_bytes);
    bda_write8(BDA_PAGE, page);
    bda_write16(BDA_PAGE_OFFSET, start);
    crtc_write16(0x0c, s.kind == KIND_TEXT ? start / 2 : start);
    cursor = cursor_get(page);
    cursor_set(&s, page, (uint8_t)cursor, cursor >> 8);
}

void video_set_mode_3(void)
{
    mode_set(3, true);
}

/* 09h, 0Ah: CX characters from the cursor on, which stays; 09h with attribute BL. */
static void write_characters(const struct screen *s, const struct regs *r, bool with_attribute)
{
    uint16_t cursor = cursor_get(r->bh);
    uint8_t column = (uint8_t)cursor, row = cursor >> 8;

    for (uint16_t count = r->cx; count && row < s->rows; count--) {
        put_character(s, r->bh, column, row, r->al, with_attribute, r->bl);
        if (++column == s->columns) {
            column = 0;
            row++;
        }
    }
}

/* 08h: what is at the cursor. */
static void read_character(const struct screen *s, struct regs *r)
{
    uint16_t cursor = cursor_get(r->bh);
    uint8_t column = (uint8_t)cursor, row = cursor >> 8;

    if (s->kind == KIND_TEXT)
        r->ax = far_read16(s->segment, cell_offset(s, r->bh, column, row));
    else
        r->ax = glyph_read(s, r->bh, column, row);
}

/* 13h: AL bit 0 moves the cursor, bit 1: attributes are in the string. */
static void write_string(const struct screen *s, const struct regs *r)
{
    uint16_t before = cursor_get(r->bh), from = r->bp;

    cursor_set(s, r->bh, r->dl, r->dh);
    for (uint16_t count = r->cx; count; count--) {
        uint8_t character = far_read8(r->es, from++), attribute = r->bl;

        if (r->al & 2)
            attribute = far_read8(r->es, from++);
        teletype(s, r->bh, character, true, attribute);
    }
    if (!(r->al & 1))
        cursor_set(s, r->bh, (uint8_t)before, before >> 8);
}

/* What 00h returns in AL: by the mode. */
static void set_mode(struct regs *r)
{
    uint8_t mode = r->al & 0x7f;

    if (mode_set(mode, !(r->al & 0x80)))
        r->al = mode > 7 ? 0x20 : mode == 6 ? 0x3f : 0x30;
}

void int10_video(struct regs *r)
{
    struct screen s;
    uint8_t page = bda_read8(BDA_PAGE);

    screen_get(&s);
    switch (r->ah) {
    case 0x00:
        set_mode(r);
        break;
    case 0x01:
        cursor_shape(r->cx);
        break;
    case 0x02:
        cursor_set(&s, r->bh, r->dl, r->dh);
        break;
    case 0x03:
        r->cx = bda_read16(BDA_CURSOR_SHAPE);
        r->dx = cursor_get(r->bh);
        r->ax = 0;
        break;
    case 0x04: /* no light pen */
        r->ah = 0;
        break;
    case 0x05:
        page_select(r->al);
        break;
    case 0x06:
        scroll(&s, page, r->cl, r->ch, r->dl, r->dh, r->al, r->bh);
        break;
    case 0x07:
        scroll(&s, page, r->cl, r->ch, r->dl, r->dh, -(int)r->al, r->bh);
        break;
    case 0x08:
        read_character(&s, r);
        break;
    case 0x09:
        write_characters(&s, r, true);
        break;
    case 0x0a:
        write_characters(&s, r, s.kind != KIND_TEXT);
        break;
    case 0x0b:
        palette_cga(r);
        break;
    case 0x0c:
        dot_write(&s, r->bh, r->cx, r->dx, r->al);
        break;
    case 0x0d:
        r->al = dot_read(&s, r->bh, r->cx, r->dx);
        break;
    case 0x0e: /* the page is the active one; BH is ignored as on most machines */
        teletype(&s, page, r->al, false, r->bl);
        break;
    case 0x0f:
        r->al = bda_read8(BDA_VIDEO_MODE) | (bda_read8(BDA_VIDEO_CONTROL) & 0x80);
        r->ah = s.columns;
        r->bh = page;
        break;
    case 0x10:
        palette_service(r);
        break;
    case 0x11:
        font_service(r);
        break;
    case 0x12:
        select_service(r);
        break;
    case 0x13:
        write_string(&s, r);
        break;
    case 0x1a:
        combination_service(r);
        break;
    case 0x1b:
        state_service(r);
        break;
    case 0x4f:
        vbe_service(r);
        break;
    }
}
