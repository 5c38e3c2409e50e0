/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/video.h - what the parts of the video BIOS share. 16-bit code. Tables lie in the ROM
 * (ROM_TABLE) and are read through rom_read*(): data that is not, is copied to the EBDA.
 */
#ifndef BIOS_VIDEO_H
#define BIOS_VIDEO_H

#include "far.h"
#include "io.h"

#define ROM_TABLE __attribute__((section(".rom")))
#define rom_read8(address) far_read8(ROM_SEGMENT, (uint32_t)(address))
#define rom_read16(address) far_read16(ROM_SEGMENT, (uint32_t)(address))

#define PORT_ATTRIBUTE 0x3c0
#define PORT_MISC 0x3c2
#define PORT_SEQUENCER 0x3c4
#define PORT_DAC_MASK 0x3c6
#define PORT_DAC_READ 0x3c7
#define PORT_DAC_WRITE 0x3c8
#define PORT_DAC_DATA 0x3c9
#define PORT_MISC_READ 0x3cc
#define PORT_GRAPHICS 0x3ce

#define GRAPHICS_SEGMENT 0xa000
#define LIGHT_GREY 0x07

/* How a mode's memory is used. */
enum video_kind {
    KIND_TEXT,
    KIND_CGA4,   /* two bits a dot, two banks of lines */
    KIND_CGA2,   /* one bit a dot, two banks of lines */
    KIND_PLANAR, /* four planes */
    KIND_LINEAR, /* a byte a dot */
    KIND_VESA,   /* of the display interface: no characters */
};

/* The mode that is set, from the BIOS data area. */
struct screen {
    uint8_t mode;
    enum video_kind kind;
    uint8_t columns, rows, height; /* characters; lines of a character */
    uint8_t pages;
    uint16_t page_bytes, segment;
};
void screen_get(struct screen *s);

/* vga_modes.c */
/* A row of the table: the first 64 bytes are IBM's video parameters. */
struct PACKED video_mode {
    uint8_t columns, last_row, height;
    uint16_t page_bytes;
    uint8_t sequencer[4]; /* registers 1-4 */
    uint8_t misc;
    uint8_t crtc[25];
    uint8_t attribute[20];
    uint8_t graphics[9];
    uint8_t mode, kind, palette;
};
/* Offset of the row in the ROM; 0: no such mode. */
uint32_t mode_find(uint8_t mode);
bool mode_set(uint8_t mode, bool clear);
void dac_set(uint8_t index, uint8_t red, uint8_t green, uint8_t blue);
/* Copy `count` glyphs of `height` lines to plane 2, to character `first` of block `block`. */
void font_load(uint16_t segment, uint32_t from, uint16_t count, uint16_t first, uint8_t block,
               uint8_t height);
uint32_t font_of(uint8_t height);
extern const uint8_t font_8x8[], font_8x14[], font_8x16[];
void crtc_write(uint8_t index, uint8_t value);
uint8_t crtc_read(uint8_t index);
void indexed_write(uint16_t port, uint8_t index, uint8_t value);
uint8_t indexed_read(uint16_t port, uint8_t index);

/* int10.c */
void cursor_set(const struct screen *s, uint8_t page, uint8_t column, uint8_t row);
void cursor_shape(uint16_t shape);
void page_select(uint8_t page);

/* vga_graphics.c */
void dot_write(const struct screen *s, uint8_t page, uint16_t x, uint16_t y, uint8_t colour);
uint8_t dot_read(const struct screen *s, uint8_t page, uint16_t x, uint16_t y);
void glyph_write(const struct screen *s, uint8_t page, uint8_t column, uint8_t row,
                 uint8_t character, uint8_t colour);
uint8_t glyph_read(const struct screen *s, uint8_t page, uint8_t column, uint8_t row);
/* A row of characters from another one; or filled with a colour. */
void graphics_copy_row(const struct screen *s, uint8_t page, uint8_t left, uint8_t right,
                       uint8_t to, uint8_t from);
void graphics_fill_row(const struct screen *s, uint8_t page, uint8_t left, uint8_t right,
                       uint8_t row, uint8_t colour);

/* vga_palette.c: functions 0Bh, 10h, 11h, 12h, 1Ah, 1Bh */
void palette_cga(const struct regs *r);
void palette_service(struct regs *r);
void font_service(struct regs *r);
void select_service(struct regs *r);
void combination_service(struct regs *r);
void state_service(struct regs *r);

/* vbe.c: function 4Fh */
void vbe_service(struct regs *r);
/* A VGA mode is being set: the display interface goes off. */
void vbe_off(void);
uint16_t vbe_mode(void); /* 0: none */

#endif
