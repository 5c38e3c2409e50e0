/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/vga_text.c - what is on the screen, in words: rows of text, the cursor, `info vga`. */
#include "iodev/picture.h"
#include "util/bits.h"

static uint16_t crtc_pair(const struct vga *vga, unsigned high)
{
    return (uint16_t)(vga->crtc[high] << 8 | vga->crtc[high + 1]);
}

unsigned vga_columns(const struct vga *vga)
{
    return vga->crtc[CRTC_END_DISPLAY] + 1u;
}

unsigned vga_rows(const struct vga *vga)
{
    unsigned height = (vga->crtc[CRTC_MAX_SCAN_LINE] & 31) + 1u;

    if (vga->crtc[CRTC_MAX_SCAN_LINE] & 0x80)
        height *= 2;
    return vga_beam(vga).shown_lines / height;
}

bool vga_is_text(const struct vga *vga)
{
    return !(vga->gc[GC_MISC] & 1);
}

bool vga_cursor(const struct vga *vga, unsigned *column, unsigned *row)
{
    unsigned cells = vga->crtc[CRTC_OFFSET] * 2u;
    unsigned at = (uint16_t)(crtc_pair(vga, CRTC_CURSOR_HIGH) - crtc_pair(vga, CRTC_START_HIGH));

    if (vga->crtc[CRTC_CURSOR_START] & 0x20 || !cells)
        return false;
    *column = at % cells;
    *row = at / cells;
    return *column < vga_columns(vga) && *row < vga_rows(vga);
}

char vga_ascii(uint8_t c)
{
    static const char low[] = " OO****.#o#mfdd*><|!PS-|^v><L-^v";
    static const char high[] = "CueaaaaceeeiiiAAEaAooouuyOUc$YPfaiounNao?--24!<>"
                               "###|++++++|+++++++++-++++++++=+++++++++++++#####"
                               "aBGpSsutFTOd8fen=+><()/~o..vn2# ";

    _Static_assert(sizeof low == 32 + 1 && sizeof high == 128 + 1, "one for each character");
    if (c < 0x20)
        return low[c];
    if (c == 0x7f)
        return '^';
    return c < 0x80 ? (char)c : high[c - 0x80];
}

void vga_text_row(const struct vga *vga, unsigned row, char out[VGA_TEXT_COLUMNS + 1])
{
    unsigned columns = vga_columns(vga), end = 0;
    unsigned cell = crtc_pair(vga, CRTC_START_HIGH) + row * vga->crtc[CRTC_OFFSET] * 2u;

    for (unsigned i = 0; i < VGA_TEXT_COLUMNS && i < columns && vga->memory; i++) {
        out[i] = vga_ascii(vga->memory[vga_counter_address(vga, cell + i, 0) * 4]);
        if (out[i] != ' ')
            end = i + 1;
    }
    out[end] = 0;
}

uint16_t vga_text_cell(const struct vga *vga, unsigned row, unsigned column)
{
    unsigned counter = crtc_pair(vga, CRTC_START_HIGH) + row * vga->crtc[CRTC_OFFSET] * 2u + column;

    return vga->memory ? load_le16(vga->memory + vga_counter_address(vga, counter, 0) * 4) : 0;
}

static void describe_text(const struct vga *vga, struct out *out)
{
    unsigned column, row;

    out_printf(out, "text mode, %u x %u, %s ports, first cell %u", vga_columns(vga), vga_rows(vga),
               vga->misc & MISC_COLOUR ? "colour" : "monochrome", crtc_pair(vga, CRTC_START_HIGH));
    if (vga_cursor(vga, &column, &row))
        out_printf(out, ", cursor at column %u, row %u\n", column, row);
    else
        out_text(out, ", cursor off\n");
    out_printf(out, "cells of %u x %u dots, %s\n", vga->seq[SEQ_CLOCKING] & 1 ? 8 : 9,
               (vga->crtc[CRTC_MAX_SCAN_LINE] & 31) + 1u,
               vga->attr[ATTR_MODE] & 8 ? "bit 7 of attributes blinks" : "16 backgrounds");
}

static void describe_graphics(const struct vga *vga, struct out *out)
{
    static const char *const colours[4] = { "16 colours in planes", "CGA's 4 colours",
                                            "256 colours", "256 colours" };
    struct vga_lines lines;

    vga_lines_begin(vga, &lines);
    out_printf(
        out, "graphics mode, %u x %u dots, %s", lines.columns * (vga->gc[GC_MODE] & 0x40 ? 4 : 8),
        lines.height / ((lines.max_scan + 1) << lines.doubled), colours[vga->gc[GC_MODE] >> 5 & 3]);
    out_printf(out, "%s, first counter %u, %u to a row\n",
               vga->seq[SEQ_MEMORY] & 8 ? ", chained" : "", lines.row, lines.pitch);
}

void vga_describe(const struct device *dev, struct out *out)
{
    static const char *const maps[4] = { "A0000h-BFFFFh", "A0000h-AFFFFh", "B0000h-B7FFFh",
                                         "B8000h-BFFFFh" };
    static const char *const logic[4] = { "", ", AND", ", OR", ", XOR" };
    const struct vga *vga = (const struct vga *)dev;
    struct vga_beam beam = vga_beam(vga);
    uint64_t dots = (uint64_t)beam.line_dots * beam.lines;

    if (dispi_is_enabled(vga))
        dispi_describe(vga, out);
    else if (vga_is_text(vga))
        describe_text(vga, out);
    else
        describe_graphics(vga, out);
    if (!(vga->attr_index & ATTR_PALETTE_ON) || vga->seq[SEQ_CLOCKING] & 0x20)
        out_text(out, "the screen is blanked\n");
    out_printf(out, "memory at %s%s, write mode %u%s to planes %x, read mode %u of plane %u\n",
               maps[vga->gc[GC_MISC] >> 2 & 3], vga->misc & MISC_RAM ? "" : " (switched off)",
               vga->gc[GC_MODE] & 3, logic[vga->gc[3] >> 3 & 3], vga->seq[SEQ_MAP_MASK],
               vga->gc[GC_MODE] >> 3 & 1, vga->gc[4] & 3);
    out_printf(out, "frame %llu, %u lines, %u.%02u Hz", (unsigned long long)vga_frame_number(vga),
               beam.lines, (unsigned)(beam.dot_hz / dots),
               (unsigned)(beam.dot_hz * 100ull / dots % 100));
    if (vga->lfb_mapped)
        out_printf(out, ", frame buffer at 0x%llx", (unsigned long long)vga->lfb_mapped);
    out_text(out, "\n");
}
