/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/vga_modes.c - the VGA's modes 0-13h: register values, palettes, fonts. 16-bit code. Sources:
 * IBM PS/2 and PC BIOS Interface Technical Reference, "Video parameter table"; IBM VGA Technical
 * Reference.
 */
#include "video.h"

enum { PALETTE_EGA, PALETTE_CGA, PALETTE_MONO, PALETTE_256 };

/* clang-format off */
#define ATTR_EGA 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f
#define ATTR_CGA 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17
#define ATTR_CGA4 0x00, 0x13, 0x15, 0x17, 0x02, 0x04, 0x06, 0x07, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17
#define ATTR_CGA2 0x00, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17
#define ATTR_MONO 0x00, 0x08, 0x08, 0x08, 0x08, 0x08, 0x08, 0x08, 0x10, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18
#define ATTR_MONO4 0x00, 0x08, 0x00, 0x00, 0x18, 0x18, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x18, 0x00, 0x00
#define ATTR_TWO 0x00, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f
#define ATTR_256 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f

/* Vertical timing of 400 lines (200 twice), 350, 480: CRTC 06h-18h around what a mode has itself. */
#define CRTC_40 0x2d, 0x27, 0x28, 0x90
#define CRTC_80 0x5f, 0x4f, 0x50, 0x82

static const struct video_mode modes[] ROM_TABLE = {
    { 40, 24, 16, 0x0800, { 0x08, 0x03, 0x00, 0x02 }, 0x67,
      { CRTC_40, 0x2b, 0xa0, 0xbf, 0x1f, 0, 0x4f, 0x0d, 0x0e, 0, 0, 0, 0, 0x9c, 0x8e, 0x8f, 0x14, 0x1f, 0x96, 0xb9, 0xa3, 0xff },
      { ATTR_EGA, 0x0c, 0x00, 0x0f, 0x08 }, { 0, 0, 0, 0, 0, 0x10, 0x0e, 0x00, 0xff }, 0x00, KIND_TEXT, PALETTE_EGA },
    { 40, 24, 16, 0x0800, { 0x08, 0x03, 0x00, 0x02 }, 0x67,
      { CRTC_40, 0x2b, 0xa0, 0xbf, 0x1f, 0, 0x4f, 0x0d, 0x0e, 0, 0, 0, 0, 0x9c, 0x8e, 0x8f, 0x14, 0x1f, 0x96, 0xb9, 0xa3, 0xff },
      { ATTR_EGA, 0x0c, 0x00, 0x0f, 0x08 }, { 0, 0, 0, 0, 0, 0x10, 0x0e, 0x00, 0xff }, 0x01, KIND_TEXT, PALETTE_EGA },
    { 80, 24, 16, 0x1000, { 0x00, 0x03, 0x00, 0x02 }, 0x67,
      { CRTC_80, 0x55, 0x81, 0xbf, 0x1f, 0, 0x4f, 0x0d, 0x0e, 0, 0, 0, 0, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff },
      { ATTR_EGA, 0x0c, 0x00, 0x0f, 0x08 }, { 0, 0, 0, 0, 0, 0x10, 0x0e, 0x00, 0xff }, 0x02, KIND_TEXT, PALETTE_EGA },
    { 80, 24, 16, 0x1000, { 0x00, 0x03, 0x00, 0x02 }, 0x67,
      { CRTC_80, 0x55, 0x81, 0xbf, 0x1f, 0, 0x4f, 0x0d, 0x0e, 0, 0, 0, 0, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff },
      { ATTR_EGA, 0x0c, 0x00, 0x0f, 0x08 }, { 0, 0, 0, 0, 0, 0x10, 0x0e, 0x00, 0xff }, 0x03, KIND_TEXT, PALETTE_EGA },
    { 40, 24, 8, 0x4000, { 0x09, 0x03, 0x00, 0x02 }, 0x63,
      { CRTC_40, 0x2b, 0x80, 0xbf, 0x1f, 0, 0xc1, 0, 0, 0, 0, 0, 0, 0x9c, 0x8e, 0x8f, 0x14, 0x00, 0x96, 0xb9, 0xa2, 0xff },
      { ATTR_CGA4, 0x01, 0x00, 0x03, 0x00 }, { 0, 0, 0, 0, 0, 0x30, 0x0f, 0x0f, 0xff }, 0x04, KIND_CGA4, PALETTE_CGA },
    { 40, 24, 8, 0x4000, { 0x09, 0x03, 0x00, 0x02 }, 0x63,
      { CRTC_40, 0x2b, 0x80, 0xbf, 0x1f, 0, 0xc1, 0, 0, 0, 0, 0, 0, 0x9c, 0x8e, 0x8f, 0x14, 0x00, 0x96, 0xb9, 0xa2, 0xff },
      { ATTR_CGA4, 0x01, 0x00, 0x03, 0x00 }, { 0, 0, 0, 0, 0, 0x30, 0x0f, 0x0f, 0xff }, 0x05, KIND_CGA4, PALETTE_CGA },
    { 80, 24, 8, 0x4000, { 0x01, 0x01, 0x00, 0x06 }, 0x63,
      { CRTC_80, 0x54, 0x80, 0xbf, 0x1f, 0, 0xc1, 0, 0, 0, 0, 0, 0, 0x9c, 0x8e, 0x8f, 0x28, 0x00, 0x96, 0xb9, 0xc2, 0xff },
      { ATTR_CGA2, 0x01, 0x00, 0x01, 0x00 }, { 0, 0, 0, 0, 0, 0x00, 0x0d, 0x0f, 0xff }, 0x06, KIND_CGA2, PALETTE_CGA },
    { 80, 24, 16, 0x1000, { 0x00, 0x03, 0x00, 0x02 }, 0x66,
      { CRTC_80, 0x55, 0x81, 0xbf, 0x1f, 0, 0x4f, 0x0d, 0x0e, 0, 0, 0, 0, 0x9c, 0x8e, 0x8f, 0x28, 0x0f, 0x96, 0xb9, 0xa3, 0xff },
      { ATTR_MONO, 0x0e, 0x00, 0x0f, 0x08 }, { 0, 0, 0, 0, 0, 0x10, 0x0a, 0x00, 0xff }, 0x07, KIND_TEXT, PALETTE_MONO },
    { 40, 24, 8, 0x2000, { 0x09, 0x0f, 0x00, 0x06 }, 0x63,
      { CRTC_40, 0x2b, 0x80, 0xbf, 0x1f, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x9c, 0x8e, 0x8f, 0x14, 0x00, 0x96, 0xb9, 0xe3, 0xff },
      { ATTR_CGA, 0x01, 0x00, 0x0f, 0x00 }, { 0, 0, 0, 0, 0, 0x00, 0x05, 0x0f, 0xff }, 0x0d, KIND_PLANAR, PALETTE_CGA },
    { 80, 24, 8, 0x4000, { 0x01, 0x0f, 0x00, 0x06 }, 0x63,
      { CRTC_80, 0x54, 0x80, 0xbf, 0x1f, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x9c, 0x8e, 0x8f, 0x28, 0x00, 0x96, 0xb9, 0xe3, 0xff },
      { ATTR_CGA, 0x01, 0x00, 0x0f, 0x00 }, { 0, 0, 0, 0, 0, 0x00, 0x05, 0x0f, 0xff }, 0x0e, KIND_PLANAR, PALETTE_CGA },
    { 80, 24, 14, 0x8000, { 0x01, 0x0f, 0x00, 0x06 }, 0xa2,
      { CRTC_80, 0x54, 0x80, 0xbf, 0x1f, 0, 0x40, 0, 0, 0, 0, 0, 0, 0x83, 0x85, 0x5d, 0x28, 0x0f, 0x63, 0xba, 0xe3, 0xff },
      { ATTR_MONO4, 0x0b, 0x00, 0x05, 0x00 }, { 0, 0, 0, 0, 0, 0x00, 0x05, 0x05, 0xff }, 0x0f, KIND_PLANAR, PALETTE_MONO },
    { 80, 24, 14, 0x8000, { 0x01, 0x0f, 0x00, 0x06 }, 0xa3,
      { CRTC_80, 0x54, 0x80, 0xbf, 0x1f, 0, 0x40, 0, 0, 0, 0, 0, 0, 0x83, 0x85, 0x5d, 0x28, 0x0f, 0x63, 0xba, 0xe3, 0xff },
      { ATTR_EGA, 0x01, 0x00, 0x0f, 0x00 }, { 0, 0, 0, 0, 0, 0x00, 0x05, 0x0f, 0xff }, 0x10, KIND_PLANAR, PALETTE_EGA },
    { 80, 29, 16, 0xa000, { 0x01, 0x0f, 0x00, 0x06 }, 0xe3,
      { CRTC_80, 0x54, 0x80, 0x0b, 0x3e, 0, 0x40, 0, 0, 0, 0, 0, 0, 0xea, 0x8c, 0xdf, 0x28, 0x00, 0xe7, 0x04, 0xe3, 0xff },
      { ATTR_TWO, 0x01, 0x00, 0x0f, 0x00 }, { 0, 0, 0, 0, 0, 0x00, 0x05, 0x01, 0xff }, 0x11, KIND_PLANAR, PALETTE_EGA },
    { 80, 29, 16, 0xa000, { 0x01, 0x0f, 0x00, 0x06 }, 0xe3,
      { CRTC_80, 0x54, 0x80, 0x0b, 0x3e, 0, 0x40, 0, 0, 0, 0, 0, 0, 0xea, 0x8c, 0xdf, 0x28, 0x00, 0xe7, 0x04, 0xe3, 0xff },
      { ATTR_EGA, 0x01, 0x00, 0x0f, 0x00 }, { 0, 0, 0, 0, 0, 0x00, 0x05, 0x0f, 0xff }, 0x12, KIND_PLANAR, PALETTE_EGA },
    { 40, 24, 8, 0x2000, { 0x01, 0x0f, 0x00, 0x0e }, 0x63,
      { CRTC_80, 0x54, 0x80, 0xbf, 0x1f, 0, 0x41, 0, 0, 0, 0, 0, 0, 0x9c, 0x8e, 0x8f, 0x28, 0x40, 0x96, 0xb9, 0xa3, 0xff },
      { ATTR_256, 0x41, 0x00, 0x0f, 0x00 }, { 0, 0, 0, 0, 0, 0x40, 0x05, 0x0f, 0xff }, 0x13, KIND_LINEAR, PALETTE_256 },
};
/* clang-format on */

_Static_assert(sizeof(struct video_mode) == 67, "IBM's 64 bytes and three of ours");

static const uint8_t greys[16] ROM_TABLE = { 0,  5,  8,  11, 14, 17, 20, 24,
                                             28, 32, 36, 40, 45, 50, 56, 63 };
/* Three brightnesses of three saturations: from the weakest component to the strongest. */
static const uint8_t ramps[9][5] ROM_TABLE = {
    { 0, 16, 31, 47, 63 }, { 31, 39, 47, 55, 63 }, { 45, 49, 54, 58, 63 },
    { 0, 7, 14, 21, 28 },  { 14, 17, 21, 24, 28 }, { 20, 22, 24, 26, 28 },
    { 0, 4, 8, 12, 16 },   { 8, 10, 12, 14, 16 },  { 11, 12, 13, 15, 16 },
};

uint32_t mode_find(uint8_t mode)
{
    for (unsigned i = 0; i < ARRAY_LENGTH(modes); i++)
        if (rom_read8(&modes[i].mode) == mode)
            return (uint32_t)&modes[i];
    return 0;
}

#define ROW(row, member) ((const uint8_t *)&((const struct video_mode *)(row))->member)

void indexed_write(uint16_t port, uint8_t index, uint8_t value)
{
    out16(port, (uint16_t)(value << 8 | index));
}

uint8_t indexed_read(uint16_t port, uint8_t index)
{
    out8(port, index);
    return in8(port + 1);
}

void crtc_write(uint8_t index, uint8_t value)
{
    indexed_write(bda_read16(BDA_CRTC), index, value);
}

uint8_t crtc_read(uint8_t index)
{
    return indexed_read(bda_read16(BDA_CRTC), index);
}

void dac_set(uint8_t index, uint8_t red, uint8_t green, uint8_t blue)
{
    out8(PORT_DAC_WRITE, index);
    out8(PORT_DAC_DATA, red);
    out8(PORT_DAC_DATA, green);
    out8(PORT_DAC_DATA, blue);
}

/* The CGA's colours: bit 3 bright, brown instead of dark yellow. */
static void cga_colour(uint8_t index, uint8_t irgb)
{
    uint8_t base = irgb & 8 ? 21 : 0;

    dac_set(index, (uint8_t)(base + (irgb & 4 ? 42 : 0)),
            (uint8_t)(base + (irgb == 6  ? 21
                              : irgb & 2 ? 42
                                         : 0)),
            (uint8_t)(base + (irgb & 1 ? 42 : 0)));
}

/* A component of hue 0-23, which runs from blue through red, yellow and green back. */
static uint8_t hue_level(const uint8_t *ramp, unsigned hue, unsigned first)
{
    unsigned at = (hue + 24 - first) % 24; /* up for 4 steps, high for 8, down for 4, low for 8 */

    if (at >= 16)
        at = 0;
    else if (at > 12)
        at = 16 - at;
    else if (at > 4)
        at = 4;
    return rom_read8(ramp + at);
}

static void set_256_colours(void)
{
    unsigned index = 32;

    for (uint8_t i = 0; i < 16; i++) {
        uint8_t grey = rom_read8(&greys[i]);

        cga_colour(i, i);
        dac_set((uint8_t)(16 + i), grey, grey, grey);
    }
    for (unsigned ramp = 0; ramp < 9; ramp++)
        for (unsigned hue = 0; hue < 24; hue++, index++)
            dac_set((uint8_t)index, hue_level(ramps[ramp], hue, 0), hue_level(ramps[ramp], hue, 8),
                    hue_level(ramps[ramp], hue, 16));
    for (; index < 256; index++)
        dac_set((uint8_t)index, 0, 0, 0);
}

static void set_palette(uint8_t palette)
{
    out8(PORT_DAC_MASK, 0xff);
    if (palette == PALETTE_256) {
        set_256_colours();
        return;
    }
    for (uint8_t i = 0; i < 64; i++) {
        uint8_t level = (uint8_t)(i & 8 ? (i & 16 ? 63 : 42) : i & 16 ? 21 : 0);

        if (palette == PALETTE_CGA)
            cga_colour(i, (uint8_t)((i & 7) | (i & 16) >> 1));
        else if (palette == PALETTE_MONO)
            dac_set(i, level, level, level);
        else /* rgbRGB: 2/3 and 1/3 of full intensity */
            dac_set(i, (uint8_t)((i & 0x04 ? 42 : 0) + (i & 0x20 ? 21 : 0)),
                    (uint8_t)((i & 0x02 ? 42 : 0) + (i & 0x10 ? 21 : 0)),
                    (uint8_t)((i & 0x01 ? 42 : 0) + (i & 0x08 ? 21 : 0)));
    }
}

uint32_t font_of(uint8_t height)
{
    return (uint32_t)(height == 8 ? font_8x8 : height == 14 ? font_8x14 : font_8x16);
}

void font_load(uint16_t segment, uint32_t from, uint16_t count, uint16_t first, uint8_t block,
               uint8_t height)
{
    uint8_t mask = indexed_read(PORT_SEQUENCER, 2), memory = indexed_read(PORT_SEQUENCER, 4);
    uint8_t mode = indexed_read(PORT_GRAPHICS, 5), misc = indexed_read(PORT_GRAPHICS, 6);
    uint32_t to = (block & 3) * 0x4000u + (block & 4 ? 0x2000 : 0) + first * 32u;

    indexed_write(PORT_SEQUENCER, 2, 0x04); /* plane 2 at A0000h, byte after byte */
    indexed_write(PORT_SEQUENCER, 4, 0x06);
    indexed_write(PORT_GRAPHICS, 5, 0x00);
    indexed_write(PORT_GRAPHICS, 6, 0x04);
    for (; count; count--, from += height, to += 32)
        far_copy8(GRAPHICS_SEGMENT, to, segment, from & 0xffff, height);
    indexed_write(PORT_SEQUENCER, 2, mask);
    indexed_write(PORT_SEQUENCER, 4, memory);
    indexed_write(PORT_GRAPHICS, 5, mode);
    indexed_write(PORT_GRAPHICS, 6, misc);
}

static void set_registers(uint32_t row)
{
    uint8_t misc = rom_read8(ROW(row, misc));
    uint16_t crtc = misc & 1 ? 0x3d4 : 0x3b4;

    in8(crtc + 6); /* the next write to 3C0h is an index */
    out8(PORT_ATTRIBUTE, 0);
    indexed_write(PORT_SEQUENCER, 0, 0x01);
    for (uint8_t i = 0; i < 4; i++)
        indexed_write(PORT_SEQUENCER, (uint8_t)(i + 1), rom_read8(ROW(row, sequencer) + i));
    out8(PORT_MISC, misc);
    indexed_write(PORT_SEQUENCER, 0, 0x03);
    indexed_write(crtc, 0x11, 0); /* registers 0-7 writable */
    for (uint8_t i = 0; i < 25; i++)
        indexed_write(crtc, i, rom_read8(ROW(row, crtc) + i));
    for (uint8_t i = 0; i < 9; i++)
        indexed_write(PORT_GRAPHICS, i, rom_read8(ROW(row, graphics) + i));
    in8(crtc + 6);
    for (uint8_t i = 0; i < 20; i++) {
        out8(PORT_ATTRIBUTE, i);
        out8(PORT_ATTRIBUTE, rom_read8(ROW(row, attribute) + i));
    }
    out8(PORT_ATTRIBUTE, 0x14);
    out8(PORT_ATTRIBUTE, 0);
    bda_write16(BDA_CRTC, crtc);
}

static void clear_memory(uint8_t mode, uint8_t kind)
{
    switch (kind) {
    case KIND_TEXT:
        far_fill16(mode == 7 ? 0xb000 : 0xb800, 0, LIGHT_GREY << 8 | ' ', 0x4000);
        break;
    case KIND_CGA4:
    case KIND_CGA2:
        far_fill16(0xb800, 0, 0, 0x2000);
        break;
    default:
        far_fill16(GRAPHICS_SEGMENT, 0, 0, 0x8000);
    }
}

bool mode_set(uint8_t mode, bool clear)
{
    uint32_t row = mode_find(mode);
    uint8_t height, kind;

    if (!row)
        return false;
    kind = rom_read8(ROW(row, kind));
    height = rom_read8(ROW(row, height));
    vbe_off();
    set_registers(row);
    if (!(bda_read8(BDA_VGA_FLAGS) & 0x08))
        set_palette(rom_read8(ROW(row, palette)));
    if (kind == KIND_TEXT)
        font_load(ROM_SEGMENT, font_of(height), 256, 0, 0, height);
    if (clear)
        clear_memory(mode, kind);
    bda_write8(BDA_VIDEO_MODE, mode);
    bda_write16(BDA_COLUMNS, rom_read8(ROW(row, columns)));
    bda_write16(BDA_PAGE_BYTES, rom_read16(ROW(row, page_bytes)));
    bda_write8(BDA_LAST_ROW, rom_read8(ROW(row, last_row)));
    bda_write16(BDA_CHARACTER_HEIGHT, height);
    bda_write8(BDA_VIDEO_CONTROL, clear ? 0x60 : 0xe0);
    bda_write8(BDA_VIDEO_SWITCHES, 0xf9);
    bda_write8(BDA_VGA_FLAGS, (bda_read8(BDA_VGA_FLAGS) & 0x0e) | 0x11);
    bda_write8(BDA_VGA_COMBINATION, 0x08); /* VGA, colour display */
    bda_write8(BDA_MODE_SELECT, mode == 6 ? 0x1e : mode == 3 ? 0x29 : mode == 2 ? 0x2d : 0x2e);
    bda_write8(BDA_COLOUR_SELECT, mode == 6 ? 0x3f : 0x30);
    far_write32(0, 0x1f * 4, (uint32_t)ROM_SEGMENT << 16 | (uint32_t)(font_8x8 + 128 * 8));
    far_write32(0, 0x43 * 4, (uint32_t)ROM_SEGMENT << 16 | font_of(height));
    for (uint8_t page = 0; page < 8; page++)
        bda_write16(BDA_CURSOR + page * 2u, 0);
    page_select(0);
    cursor_shape(kind == KIND_TEXT ? 0x0d0e : 0x0000);
    if (kind == KIND_TEXT) /* the shape is given for 16 lines as it is */
        crtc_write(0x0a, 0x0d), crtc_write(0x0b, 0x0e);
    in8((uint16_t)(bda_read16(BDA_CRTC) + 6));
    out8(PORT_ATTRIBUTE, 0x20); /* picture on */
    return true;
}
