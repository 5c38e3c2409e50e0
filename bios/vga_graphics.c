/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/vga_graphics.c - dots and characters in graphics modes. 16-bit code. Source: IBM VGA
 * Technical Reference, "Graphics Modes" and "Write Modes".
 */
#include "video.h"

/* Where the byte with a dot is, in the mode's segment. */
static uint32_t dot_offset(const struct screen *s, uint8_t page, uint16_t x, uint16_t y)
{
    switch (s->kind) {
    case KIND_CGA4:
        return (y & 1) * 0x2000u + y / 2 * 80u + x / 4;
    case KIND_CGA2:
        return (y & 1) * 0x2000u + y / 2 * 80u + x / 8;
    case KIND_PLANAR:
        return (page * s->page_bytes + y * (uint32_t)s->columns + x / 8) & 0xffff;
    default:
        return (y * 320u + x) & 0xffff;
    }
}

/* The dots of `mask` in one byte of the planes become `colour`, or are combined with it. */
static void planar_write(uint32_t offset, uint8_t mask, uint8_t colour, bool xor)
{
    indexed_write(PORT_GRAPHICS, 0, colour & 15); /* set/reset ... */
    indexed_write(PORT_GRAPHICS, 1, 0x0f);        /* ... of all planes */
    indexed_write(PORT_GRAPHICS, 3, xor? 0x18 : 0);
    indexed_write(PORT_GRAPHICS, 8, mask);
    far_read8(GRAPHICS_SEGMENT, offset); /* latches */
    far_write8(GRAPHICS_SEGMENT, offset, 0xff);
}

static void planar_done(void)
{
    indexed_write(PORT_GRAPHICS, 0, 0);
    indexed_write(PORT_GRAPHICS, 1, 0);
    indexed_write(PORT_GRAPHICS, 3, 0);
    indexed_write(PORT_GRAPHICS, 8, 0xff);
}

/* The byte of plane `plane`. */
static uint8_t planar_read(uint32_t offset, uint8_t plane)
{
    indexed_write(PORT_GRAPHICS, 4, plane);
    return far_read8(GRAPHICS_SEGMENT, offset);
}

static void packed_write(uint16_t segment, uint32_t offset, uint8_t mask, uint8_t bits, bool xor)
{
    uint8_t old = far_read8(segment, offset);

    far_write8(segment, offset, (uint8_t)(xor? old ^ bits : (old & ~mask) | bits));
}

void dot_write(const struct screen *s, uint8_t page, uint16_t x, uint16_t y, uint8_t colour)
{
    uint32_t offset = dot_offset(s, page, x, y);
    bool xor = colour & 0x80;
    uint8_t shift;

    switch (s->kind) {
    case KIND_CGA4:
        shift = (uint8_t)(6 - (x & 3) * 2);
        packed_write(s->segment, offset, (uint8_t)(3 << shift), (uint8_t)((colour & 3) << shift),
                     xor);
        break;
    case KIND_CGA2:
        shift = 7 - (x & 7);
        packed_write(s->segment, offset, (uint8_t)(1 << shift), (uint8_t)((colour & 1) << shift),
                     xor);
        break;
    case KIND_PLANAR:
        planar_write(offset, (uint8_t)(0x80 >> (x & 7)), colour, xor);
        planar_done();
        break;
    case KIND_LINEAR:
        far_write8(s->segment, offset, colour);
        break;
    default:
        break;
    }
}

uint8_t dot_read(const struct screen *s, uint8_t page, uint16_t x, uint16_t y)
{
    uint32_t offset = dot_offset(s, page, x, y);
    uint8_t colour = 0;

    switch (s->kind) {
    case KIND_CGA4:
        return far_read8(s->segment, offset) >> (6 - (x & 3) * 2) & 3;
    case KIND_CGA2:
        return far_read8(s->segment, offset) >> (7 - (x & 7)) & 1;
    case KIND_PLANAR:
        for (uint8_t plane = 0; plane < 4; plane++)
            colour |= (uint8_t)((planar_read(offset, plane) >> (7 - (x & 7)) & 1) << plane);
        return colour;
    case KIND_LINEAR:
        return far_read8(s->segment, offset);
    default:
        return 0;
    }
}

/* A line of a character: from the table at vector 43h, in CGA's modes above 7Fh at vector 1Fh. */
static uint8_t glyph_line(const struct screen *s, uint8_t character, uint8_t line)
{
    uint32_t vector = 0x43, pointer;

    if (character >= 0x80 && (s->kind == KIND_CGA4 || s->kind == KIND_CGA2)) {
        vector = 0x1f;
        character &= 0x7f;
    }
    pointer = far_read32(0, vector * 4);
    return far_read8(pointer >> 16, (uint16_t)(pointer + character * s->height + line));
}

/* Two bits for each of eight bits, and each times the colour. */
static uint16_t spread(uint8_t bits, uint8_t colour)
{
    uint16_t wide = 0;

    for (uint8_t i = 0; i < 8; i++)
        if (bits & 1 << i)
            wide |= (uint16_t)((colour & 3) << i * 2);
    return wide;
}

static void write_line(const struct screen *s, uint32_t offset, uint8_t bits, uint8_t colour)
{
    bool xor = colour & 0x80;
    uint16_t wide;

    switch (s->kind) {
    case KIND_CGA4:
        wide = spread(bits, colour);
        packed_write(s->segment, offset, 0xff, wide >> 8, xor);
        packed_write(s->segment, offset + 1, 0xff, (uint8_t)wide, xor);
        break;
    case KIND_CGA2:
        packed_write(s->segment, offset, 0xff, colour & 1 ? bits : 0, xor);
        break;
    case KIND_PLANAR:
        planar_write(offset, bits, colour, xor);
        if (!xor)
            planar_write(offset, (uint8_t)~bits, 0, false);
        break;
    case KIND_LINEAR:
        for (uint8_t i = 0; i < 8; i++)
            far_write8(s->segment, (offset + i) & 0xffff, bits & 0x80 >> i ? colour : 0);
        break;
    default:
        break;
    }
}

void glyph_write(const struct screen *s, uint8_t page, uint8_t column, uint8_t row,
                 uint8_t character, uint8_t colour)
{
    if (s->kind == KIND_VESA)
        return;
    for (uint8_t line = 0; line < s->height; line++)
        write_line(s,
                   dot_offset(s, page, (uint16_t)(column * 8), (uint16_t)(row * s->height + line)),
                   glyph_line(s, character, line), colour);
    if (s->kind == KIND_PLANAR)
        planar_done();
}

/* Which dots of a line are not background. */
static uint8_t read_line(const struct screen *s, uint32_t offset)
{
    uint8_t bits = 0;
    uint16_t wide;

    switch (s->kind) {
    case KIND_CGA4:
        wide = (uint16_t)(far_read8(s->segment, offset) << 8 | far_read8(s->segment, offset + 1));
        for (uint8_t i = 0; i < 8; i++)
            bits |= (uint8_t)(wide >> i * 2 & 3 ? 1 << i : 0);
        return bits;
    case KIND_CGA2:
        return far_read8(s->segment, offset);
    case KIND_PLANAR:
        for (uint8_t plane = 0; plane < 4; plane++)
            bits |= planar_read(offset, plane);
        return bits;
    case KIND_LINEAR:
        for (uint8_t i = 0; i < 8; i++)
            bits |= (uint8_t)(far_read8(s->segment, (offset + i) & 0xffff) ? 0x80 >> i : 0);
        return bits;
    default:
        return 0;
    }
}

uint8_t glyph_read(const struct screen *s, uint8_t page, uint8_t column, uint8_t row)
{
    uint8_t seen[32], height = s->height < 32 ? s->height : 32;

    for (uint8_t line = 0; line < height; line++)
        seen[line] = read_line(
            s, dot_offset(s, page, (uint16_t)(column * 8), (uint16_t)(row * height + line)));
    for (unsigned character = 0; character < 256; character++) {
        uint8_t line = 0;

        while (line < height && glyph_line(s, (uint8_t)character, line) == seen[line])
            line++;
        if (line == height)
            return (uint8_t)character;
    }
    return 0;
}

/* Bytes of a character's line. */
static uint32_t line_bytes(const struct screen *s)
{
    return s->kind == KIND_LINEAR ? 8 : s->kind == KIND_CGA4 ? 2 : 1;
}

void graphics_copy_row(const struct screen *s, uint8_t page, uint8_t left, uint8_t right,
                       uint8_t to, uint8_t from)
{
    uint32_t bytes = (right - left + 1u) * line_bytes(s);

    if (s->kind == KIND_VESA)
        return;
    if (s->kind == KIND_PLANAR)
        indexed_write(PORT_GRAPHICS, 5, 0x01); /* write mode 1: all planes through the latches */
    for (uint8_t line = 0; line < s->height; line++) {
        uint16_t x = (uint16_t)(left * 8);

        far_copy8(s->segment, dot_offset(s, page, x, (uint16_t)(to * s->height + line)), s->segment,
                  dot_offset(s, page, x, (uint16_t)(from * s->height + line)), bytes);
    }
    if (s->kind == KIND_PLANAR)
        indexed_write(PORT_GRAPHICS, 5, 0x00);
}

void graphics_fill_row(const struct screen *s, uint8_t page, uint8_t left, uint8_t right,
                       uint8_t row, uint8_t colour)
{
    uint32_t bytes = (right - left + 1u) * line_bytes(s);
    uint8_t fill = s->kind == KIND_CGA4   ? (uint8_t)((colour & 3) * 0x55)
                   : s->kind == KIND_CGA2 ? (uint8_t)(colour & 1 ? 0xff : 0)
                                          : colour;

    if (s->kind == KIND_VESA)
        return;
    if (s->kind == KIND_PLANAR) {
        indexed_write(PORT_GRAPHICS, 0, colour & 15);
        indexed_write(PORT_GRAPHICS, 1, 0x0f);
    }
    for (uint8_t line = 0; line < s->height; line++)
        far_fill8(s->segment,
                  dot_offset(s, page, (uint16_t)(left * 8), (uint16_t)(row * s->height + line)),
                  fill, bytes);
    if (s->kind == KIND_PLANAR)
        planar_done();
}
