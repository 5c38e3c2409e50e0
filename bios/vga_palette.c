/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/vga_palette.c - INT 10h, functions 0Bh, 10h, 11h, 12h, 1Ah and 1Bh: palettes, fonts, choices,
 * what there is. 16-bit code. Source: IBM PS/2 and PC BIOS Interface Technical Reference,
 * "Interrupt 10h - Video"; Ralf Brown's interrupt list.
 */
#include "video.h"

#define PALETTE_ON 0x20

static void attribute_reset(void)
{
    in8((uint16_t)(bda_read16(BDA_CRTC) + 6)); /* the next write to 3C0h is an index */
}

static uint8_t attribute_read(uint8_t index)
{
    uint8_t value;

    attribute_reset();
    out8(PORT_ATTRIBUTE, index | (index >= 16 ? PALETTE_ON : 0));
    value = in8(PORT_ATTRIBUTE + 1);
    attribute_reset();
    out8(PORT_ATTRIBUTE, PALETTE_ON);
    attribute_reset();
    return value;
}

static void attribute_write(uint8_t index, uint8_t value)
{
    attribute_reset();
    out8(PORT_ATTRIBUTE, index);
    out8(PORT_ATTRIBUTE, value);
    out8(PORT_ATTRIBUTE, PALETTE_ON);
    attribute_reset();
}

/* 0Bh: the CGA's colour register. BH = 0: BL is background and border; 1: BL chooses a palette. */
void palette_cga(const struct regs *r)
{
    uint8_t select = bda_read8(BDA_COLOUR_SELECT);

    if (r->bh == 0) {
        uint8_t colour = (uint8_t)((r->bl & 7) | (r->bl & 8) << 1);

        select = (uint8_t)((select & 0xe0) | (r->bl & 0x1f));
        attribute_write(0x11, colour);
        if (bda_read8(BDA_VIDEO_MODE) > 3)
            attribute_write(0, colour);
    } else {
        select = (uint8_t)((select & ~0x20) | (r->bl & 1) << 5);
    }
    for (uint8_t i = 1; r->bh && i < 4; i++) /* cyan, magenta, white; or green, red, brown */
        attribute_write(i, (uint8_t)((select & 0x10) | i << 1 | (r->bl & 1)));
    bda_write8(BDA_COLOUR_SELECT, select);
}

static void dac_read(uint8_t index, uint8_t colour[3])
{
    out8(PORT_DAC_READ, index);
    for (uint8_t i = 0; i < 3; i++)
        colour[i] = in8(PORT_DAC_DATA);
}

/* 30% red, 59% green, 11% blue. */
static void sum_to_grey(uint8_t first, uint16_t count)
{
    for (; count; count--, first++) {
        uint8_t c[3], grey;

        dac_read(first, c);
        grey = (uint8_t)((77u * c[0] + 151u * c[1] + 28u * c[2] + 128) >> 8);
        dac_set(first, grey, grey, grey);
    }
}

/* BX: first colour, CX: how many, ES:DX: red, green and blue of each. */
static void dac_block(const struct regs *r, bool write)
{
    uint16_t at = r->dx;

    for (uint16_t i = 0; i < r->cx; i++) {
        uint8_t c[3];

        if (!write)
            dac_read((uint8_t)(r->bx + i), c);
        for (uint8_t n = 0; n < 3; n++, at++) {
            if (write)
                c[n] = far_read8(r->es, at);
            else
                far_write8(r->es, at, c[n]);
        }
        if (write)
            dac_set((uint8_t)(r->bx + i), c[0], c[1], c[2]);
    }
}

/* 13h: which part of the DAC the 16 colours use. BL = 0: BH is four pages or sixteen; 1: a page. */
static void select_dac_page(const struct regs *r)
{
    uint8_t mode = attribute_read(0x10);

    if (r->bl == 0)
        attribute_write(0x10, (uint8_t)((mode & 0x7f) | (r->bh & 1) << 7));
    else
        attribute_write(0x14, (uint8_t)(mode & 0x80 ? r->bh & 15 : (r->bh & 3) << 2));
}

void palette_service(struct regs *r)
{
    uint8_t mode = attribute_read(0x10), c[3];

    switch (r->al) {
    case 0x00:
        if (r->bl <= 0x14)
            attribute_write(r->bl, r->bh);
        break;
    case 0x01:
        attribute_write(0x11, r->bh);
        break;
    case 0x02:
        for (uint8_t i = 0; i < 17; i++)
            attribute_write(i < 16 ? i : 0x11, far_read8(r->es, (uint16_t)(r->dx + i)));
        break;
    case 0x03: /* bright backgrounds or blinking */
        attribute_write(0x10, (uint8_t)((mode & ~8) | (r->bl & 1) << 3));
        bda_write8(BDA_MODE_SELECT,
                   (uint8_t)((bda_read8(BDA_MODE_SELECT) & ~0x20) | (r->bl & 1) << 5));
        break;
    case 0x07:
        r->bh = attribute_read(r->bl & 31);
        break;
    case 0x08:
        r->bh = attribute_read(0x11);
        break;
    case 0x09:
        for (uint8_t i = 0; i < 17; i++)
            far_write8(r->es, (uint16_t)(r->dx + i), attribute_read(i < 16 ? i : 0x11));
        break;
    case 0x10:
        dac_set(r->bl, r->dh, r->ch, r->cl);
        break;
    case 0x12:
        dac_block(r, true);
        break;
    case 0x13:
        select_dac_page(r);
        break;
    case 0x15:
        dac_read(r->bl, c);
        r->dh = c[0];
        r->ch = c[1];
        r->cl = c[2];
        break;
    case 0x17:
        dac_block(r, false);
        break;
    case 0x18:
        out8(PORT_DAC_MASK, r->bl);
        break;
    case 0x19:
        r->bl = in8(PORT_DAC_MASK);
        break;
    case 0x1a:
        r->bl = mode >> 7;
        r->bh = attribute_read(0x14);
        if (!(mode & 0x80))
            r->bh = (uint8_t)(r->bh >> 2 & 3);
        break;
    case 0x1b:
        sum_to_grey((uint8_t)r->bx, r->cx);
        break;
    }
}

/* ---- 11h: fonts --------------------------------------------------------------------------------- */

/* Lines of the picture: 200, 350, 400 or 480. */
static uint16_t scan_lines(void)
{
    uint8_t overflow = crtc_read(0x07);
    uint16_t lines = (uint16_t)(crtc_read(0x12) | (overflow & 0x02) << 7 | (overflow & 0x40) << 3);

    return (uint16_t)(lines + 1);
}

/* Characters of `height` lines on the screen that is set. */
static void set_height(uint8_t height)
{
    uint16_t rows, lines = scan_lines();

    if (!height || height > 32)
        return;
    crtc_write(0x09, (uint8_t)((crtc_read(0x09) & 0xe0) | (height - 1)));
    rows = lines / height;
    crtc_write(0x14, (uint8_t)((crtc_read(0x14) & 0xe0) |
                               (bda_read8(BDA_VIDEO_MODE) == 7 ? height - 1 : 0x1f)));
    bda_write8(BDA_LAST_ROW, (uint8_t)(rows - 1));
    bda_write16(BDA_CHARACTER_HEIGHT, height);
    bda_write16(BDA_PAGE_BYTES, (uint16_t)((rows * bda_read8(BDA_COLUMNS) * 2 + 0xff) & 0xff00));
    lines = (uint16_t)(rows * height - 1); /* no half row at the end */
    crtc_write(0x12, (uint8_t)lines);
    crtc_write(0x07,
               (uint8_t)((crtc_read(0x07) & ~0x42) | (lines >> 7 & 0x02) | (lines >> 3 & 0x40)));
    cursor_shape(0x0607);
}

/* Rows of a graphics mode: BL says, or DL. */
static void set_rows(const struct regs *r, uint8_t height)
{
    uint8_t rows = r->bl == 1 ? 14 : r->bl == 2 ? 25 : r->bl == 3 ? 43 : r->dl;

    bda_write8(BDA_LAST_ROW, (uint8_t)(rows - 1));
    bda_write16(BDA_CHARACTER_HEIGHT, height);
}

static void set_graphics_font(uint32_t pointer)
{
    far_write32(0, 0x43 * 4, pointer);
}

static void font_information(struct regs *r)
{
    uint32_t pointer = (uint32_t)ROM_SEGMENT << 16;

    switch (r->bh) {
    case 0:
        pointer = far_read32(0, 0x1f * 4);
        break;
    case 1:
        pointer = far_read32(0, 0x43 * 4);
        break;
    case 2:
    case 5:
        pointer |= font_of(14);
        break;
    case 3:
        pointer |= font_of(8);
        break;
    case 4:
        pointer |= font_of(8) + 128 * 8;
        break;
    default:
        pointer |= font_of(16);
    }
    r->es = pointer >> 16;
    r->bp = (uint16_t)pointer;
    r->cx = bda_read8(BDA_CHARACTER_HEIGHT);
    r->dl = bda_read8(BDA_LAST_ROW);
}

void font_service(struct regs *r)
{
    static const uint8_t heights[5] ROM_TABLE = { 0, 14, 8, 0, 16 }; /* of x0h-x4h */
    uint8_t height = r->al & 7 && (r->al & 15) < 5 ? rom_read8(&heights[r->al & 15]) : 0;
    uint16_t segment = ROM_SEGMENT, count = 256, first = 0;
    uint32_t from = font_of(height);

    if (r->al == 0x30) {
        font_information(r);
        return;
    }
    if (r->al == 0x20) { /* characters 80h-FFh of the CGA's modes */
        far_write32(0, 0x1f * 4, (uint32_t)r->es << 16 | r->bp);
        return;
    }
    if ((r->al & 0xf0) == 0x20) { /* the font of a graphics mode */
        if (r->al == 0x21)
            set_graphics_font((uint32_t)r->es << 16 | r->bp);
        else
            set_graphics_font((uint32_t)ROM_SEGMENT << 16 | font_of(r->al == 0x22   ? 14
                                                                    : r->al == 0x23 ? 8
                                                                                    : 16));
        set_rows(r, r->al == 0x21 ? r->cl : r->al == 0x22 ? 14 : r->al == 0x23 ? 8 : 16);
        return;
    }
    if (r->al > 0x14)
        return;
    if ((r->al & 15) == 3) { /* which two blocks are seen */
        indexed_write(PORT_SEQUENCER, 3, r->bl);
        return;
    }
    if (!(r->al & 15)) {
        segment = r->es;
        from = r->bp;
        count = r->cx;
        first = r->dx;
        height = r->bh;
    }
    if (!height || height > 32)
        return;
    font_load(segment, from, count, first, r->bl, height);
    if (r->al & 0x10)
        set_height(height);
}

/* ---- 12h, 1Ah, 1Bh ------------------------------------------------------------------------------- */

static void set_flag(uint8_t bit, bool on)
{
    uint8_t flags = bda_read8(BDA_VGA_FLAGS);

    bda_write8(BDA_VGA_FLAGS, (uint8_t)(on ? flags | bit : flags & ~bit));
}

/* 12h, BL = 30h: 200, 350 or 400 lines of text; from the next mode set on, as the flags say. */
static void choose_lines(uint8_t lines)
{
    uint8_t flags = bda_read8(BDA_VGA_FLAGS) & 0x6f;

    bda_write8(BDA_VGA_FLAGS, (uint8_t)(flags | (lines == 0 ? 0x80 : lines == 2 ? 0x10 : 0)));
}

void select_service(struct regs *r)
{
    switch (r->bl) {
    case 0x10: /* EGA information: colour or monochrome, 256 KiB, switches */
        r->bh = bda_read8(BDA_VIDEO_MODE) == 7;
        r->bl = 3;
        r->ch = bda_read8(BDA_VIDEO_SWITCHES) >> 4;
        r->cl = bda_read8(BDA_VIDEO_SWITCHES) & 15;
        return;
    case 0x20: /* another way to print the screen: there is no printer */
        return;
    case 0x30:
        choose_lines(r->al);
        break;
    case 0x31: /* AL = 1: mode set leaves the palette alone */
        set_flag(0x08, r->al & 1);
        break;
    case 0x32: /* AL = 1: video memory and ports are off */
        out8(PORT_MISC, (uint8_t)((in8(PORT_MISC_READ) & ~2) | (r->al & 1 ? 0 : 2)));
        break;
    case 0x33: /* AL = 0: colours become greys */
        set_flag(0x02, !(r->al & 1));
        break;
    case 0x34: /* AL = 1: cursor lines are taken as they are */
        bda_write8(BDA_VIDEO_CONTROL, (uint8_t)((bda_read8(BDA_VIDEO_CONTROL) & ~1) | (r->al & 1)));
        break;
    case 0x36: /* AL = 1: the screen is dark */
        indexed_write(PORT_SEQUENCER, 1,
                      (uint8_t)((indexed_read(PORT_SEQUENCER, 1) & ~0x20) | (r->al & 1) << 5));
        break;
    default:
        return;
    }
    r->al = 0x12;
}

void combination_service(struct regs *r)
{
    if (r->al == 0x00)
        r->bx = bda_read8(BDA_VGA_COMBINATION); /* VGA with colour display, no second one */
    else if (r->al == 0x01)
        bda_write8(BDA_VGA_COMBINATION, r->bl);
    else
        return;
    r->al = 0x1a;
}

/* What the video BIOS can: all modes, all line counts, all functions of 10h-12h. */
static const uint8_t abilities[16] ROM_TABLE = {
    0xff, 0xe0, 0x0f, 0, 0, 0, 0, 0x07, 2, 8, 0xef, 0x0c, 0, 0, 0, 0,
};

/* Colours of the mode that is set. */
static uint16_t colours_of(const struct screen *s)
{
    switch (s->kind) {
    case KIND_CGA4:
        return 4;
    case KIND_CGA2:
        return 2;
    case KIND_LINEAR:
        return 256;
    default:
        return s->mode == 7 || s->mode == 0x0f || s->mode == 0x11 ? 2 : 16;
    }
}

/* BX = 0: 64 bytes at ES:DI. */
void state_service(struct regs *r)
{
    uint16_t to = r->di, lines = scan_lines();
    struct screen s;

    if (r->bx)
        return;
    screen_get(&s);
    far_fill8(r->es, to, 0, 64);
    far_write32(r->es, to, (uint32_t)ROM_SEGMENT << 16 | (uint32_t)abilities);
    far_copy8(r->es, to + 4u, BDA_SEGMENT, BDA_VIDEO_MODE, 30);
    far_write8(r->es, to + 0x22u, s.rows);
    far_write16(r->es, to + 0x23u, s.height);
    far_write8(r->es, to + 0x25u, bda_read8(BDA_VGA_COMBINATION));
    far_write16(r->es, to + 0x27u, colours_of(&s));
    far_write8(r->es, to + 0x29u, s.pages);
    far_write8(r->es, to + 0x2au, lines == 350 ? 1 : lines == 480 ? 3 : lines == 200 ? 0 : 2);
    far_write8(r->es, to + 0x2du, 0x11); /* VGA, blinking */
    far_write8(r->es, to + 0x31u, 3);    /* 256 KiB */
    r->al = 0x1b;
}
