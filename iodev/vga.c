/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/vga.c - VGA registers and text memory. Sources: IBM VGA Technical Reference (PS/2 Hardware
 * Interface Technical Reference, "Video Subsystem"); FreeVGA project, "VGA Chipset Reference".
 */
#include "iodev/vga.h"

#include <string.h>

#include "util/bits.h"

enum {
    CRTC_END_DISPLAY = 0x01, /* columns - 1 */
    CRTC_OVERFLOW = 0x07,
    CRTC_MAX_SCAN_LINE = 0x09, /* height of a character - 1 */
    CRTC_CURSOR_START = 0x0a,  /* bit 5: off */
    CRTC_START_HIGH = 0x0c,
    CRTC_START_LOW = 0x0d,
    CRTC_CURSOR_HIGH = 0x0e,
    CRTC_CURSOR_LOW = 0x0f,
    CRTC_RETRACE_END = 0x11, /* bit 7: registers 0-7 are protected */
    CRTC_END_VERTICAL = 0x12,
    CRTC_OFFSET = 0x13,
    CRTC_COUNT = 0x19,

    MISC_COLOUR = 0x01,
    ATTR_PALETTE_ON = 0x20,
    STATUS_BLANK = 0x01,
    STATUS_RETRACE = 0x08,

    /* Timing of 720x400 at 70 Hz. */
    DOT_HZ = 28322000,
    LINE_DOTS = 900,
    FRAME_LINES = 449,
    VISIBLE_DOTS = 720,
    VISIBLE_LINES = 400,
    RETRACE_LINE = 412,
    RETRACE_LINES = 2,
};

/* What a video BIOS leaves for mode 3: 80x25 text, so that a kernel without one can print. */
static const uint8_t mode3_crtc[CRTC_COUNT] = {
    0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00,
    0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff,
};
static const uint8_t mode3_seq[5] = { 0x03, 0x00, 0x03, 0x00, 0x02 };
static const uint8_t mode3_gc[9] = { 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x00, 0xff };
static const uint8_t mode3_attr[21] = { 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14,
                                        0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d,
                                        0x3e, 0x3f, 0x0c, 0x00, 0x0f, 0x08, 0x00 };

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
    unsigned lines = vga->crtc[CRTC_END_VERTICAL] | (vga->crtc[CRTC_OVERFLOW] & 0x02) << 7 |
                     (vga->crtc[CRTC_OVERFLOW] & 0x40) << 3;

    return (lines + 1) / ((vga->crtc[CRTC_MAX_SCAN_LINE] & 31) + 1u);
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

/* The nearest ASCII character of code page 437. */
static char ascii_of(uint8_t c)
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

    for (unsigned i = 0; i < VGA_TEXT_COLUMNS && i < columns; i++) {
        out[i] = ascii_of(vga->text[(cell + i) * 2 % VGA_TEXT_BYTES]);
        if (out[i] != ' ')
            end = i + 1;
    }
    out[end] = 0;
}

/* Input status 1: where the beam is. */
static uint8_t beam_status(const struct vga *vga)
{
    struct clock *clock = vga->dev.clock;
    uint64_t dots = clock_ticks_to(clock, clock_now(clock), DOT_HZ);
    unsigned line = (unsigned)(dots / LINE_DOTS % FRAME_LINES);
    uint8_t status = 0;

    if (line >= VISIBLE_LINES || dots % LINE_DOTS >= VISIBLE_DOTS)
        status |= STATUS_BLANK;
    if (line >= RETRACE_LINE && line < RETRACE_LINE + RETRACE_LINES)
        status |= STATUS_RETRACE;
    return status;
}

/* Ports 3B4h-3BAh answer in monochrome, 3D4h-3DAh in colour. */
static bool is_selected(const struct vga *vga, uint64_t port)
{
    return (port >= 0x3d0) == (bool)(vga->misc & MISC_COLOUR);
}

static uint8_t dac_peek(const struct vga *vga)
{
    unsigned index = vga->dac_reading ? vga->dac_read_index : vga->dac_write_index;

    return vga->dac[(index * 3 + vga->dac_component) % sizeof vga->dac];
}

static uint64_t vga_peek(const void *owner, uint64_t port, unsigned size UNUSED)
{
    const struct vga *vga = owner;

    if ((port < 0x3c0 || port >= 0x3d0) && !is_selected(vga, port))
        return 0xff;
    switch (port) {
    case 0x3b4:
    case 0x3d4:
        return vga->crtc_index;
    case 0x3b5:
    case 0x3d5:
        return vga->crtc_index < CRTC_COUNT ? vga->crtc[vga->crtc_index] : 0xff;
    case 0x3ba:
    case 0x3da:
        return beam_status(vga);
    case 0x3c0:
        return vga->attr_index;
    case 0x3c1:
        return vga->attr[vga->attr_index & 31];
    case 0x3c2:
        return 0x10; /* input status 0: a monitor is sensed */
    case 0x3c4:
        return vga->seq_index;
    case 0x3c5:
        return vga->seq[vga->seq_index & 7];
    case 0x3c6:
        return vga->dac_mask;
    case 0x3c7:
        return vga->dac_reading ? 3 : 0;
    case 0x3c8:
        return vga->dac_write_index;
    case 0x3c9:
        return dac_peek(vga);
    case 0x3ca:
        return vga->feature;
    case 0x3cc:
        return vga->misc;
    case 0x3ce:
        return vga->gc_index;
    case 0x3cf:
        return vga->gc[vga->gc_index & 15];
    default:
        return 0xff;
    }
}

static void dac_step(struct vga *vga)
{
    if (++vga->dac_component < 3)
        return;
    vga->dac_component = 0;
    if (vga->dac_reading)
        vga->dac_read_index++;
    else
        vga->dac_write_index++;
}

static uint64_t vga_read(void *owner, uint64_t port, unsigned size)
{
    struct vga *vga = owner;
    uint64_t value = vga_peek(vga, port, size);

    if ((port == 0x3ba || port == 0x3da) && is_selected(vga, port))
        vga->attr_data = false; /* the flip-flop: 3C0h takes an index next */
    else if (port == 0x3c9)
        dac_step(vga);
    return value;
}

static void write_crtc(struct vga *vga, uint8_t value)
{
    uint8_t index = vga->crtc_index;

    if (index >= CRTC_COUNT)
        return;
    if (index <= CRTC_OVERFLOW && vga->crtc[CRTC_RETRACE_END] & 0x80) {
        if (index == CRTC_OVERFLOW) /* line compare bit 8 is not protected */
            vga->crtc[index] = (uint8_t)((vga->crtc[index] & ~0x10) | (value & 0x10));
        return;
    }
    vga->crtc[index] = value;
}

static void write_attr(struct vga *vga, uint8_t value)
{
    unsigned index = vga->attr_index & 31;

    if (!vga->attr_data)
        vga->attr_index = value & 0x3f;
    else if (index >= 16 || !(vga->attr_index & ATTR_PALETTE_ON))
        vga->attr[index] = index < 16 ? value & 0x3f : value;
    vga->attr_data = !vga->attr_data;
}

static void vga_write(void *owner, uint64_t port, unsigned size UNUSED, uint64_t written)
{
    struct vga *vga = owner;
    uint8_t value = (uint8_t)written;

    if ((port < 0x3c0 || port >= 0x3d0) && !is_selected(vga, port))
        return;
    vga->writes++;
    switch (port) {
    case 0x3b4:
    case 0x3d4:
        vga->crtc_index = value & 0x3f;
        break;
    case 0x3b5:
    case 0x3d5:
        write_crtc(vga, value);
        break;
    case 0x3ba:
    case 0x3da:
        vga->feature = value & 0x0b;
        break;
    case 0x3c0:
        write_attr(vga, value);
        break;
    case 0x3c2:
        vga->misc = value;
        break;
    case 0x3c4:
        vga->seq_index = value & 7;
        break;
    case 0x3c5:
        vga->seq[vga->seq_index & 7] = value;
        break;
    case 0x3c6:
        vga->dac_mask = value;
        break;
    case 0x3c7:
        vga->dac_read_index = value;
        vga->dac_component = 0;
        vga->dac_reading = true;
        break;
    case 0x3c8:
        vga->dac_write_index = value;
        vga->dac_component = 0;
        vga->dac_reading = false;
        break;
    case 0x3c9:
        vga->dac[(vga->dac_write_index * 3u + vga->dac_component) % sizeof vga->dac] = value & 0x3f;
        vga->dac_reading = false;
        dac_step(vga);
        break;
    case 0x3ce:
        vga->gc_index = value & 15;
        break;
    case 0x3cf:
        vga->gc[vga->gc_index & 15] = value;
        break;
    }
}

static uint64_t text_peek(const void *owner, uint64_t address, unsigned size)
{
    return load_le(&((const struct vga *)owner)->text[address - 0xb8000], size);
}

static uint64_t text_read(void *owner, uint64_t address, unsigned size)
{
    return text_peek(owner, address, size);
}

static void text_write(void *owner, uint64_t address, unsigned size, uint64_t value)
{
    struct vga *vga = owner;

    store_le(&vga->text[address - 0xb8000], size, value);
    vga->writes++;
}

/* clang-format off */
static const struct io_range vga_ports[] = {
    { 0x3b4, 2, IO_8, vga_read, vga_write, "VGA CRTC index and data, monochrome",  vga_peek },
    { 0x3ba, 1, IO_8, vga_read, vga_write, "VGA status, feature, monochrome",      vga_peek },
    { 0x3c0, 2, IO_8, vga_read, vga_write, "VGA attribute controller",             vga_peek },
    { 0x3c2, 1, IO_8, vga_read, vga_write, "VGA miscellaneous output, status 0",   vga_peek },
    { 0x3c4, 2, IO_8, vga_read, vga_write, "VGA sequencer index and data",         vga_peek },
    { 0x3c6, 4, IO_8, vga_read, vga_write, "VGA DAC mask, read, write, data",      vga_peek },
    { 0x3ca, 1, IO_8, vga_read, NULL,      "VGA feature control, read",            vga_peek },
    { 0x3cc, 1, IO_8, vga_read, NULL,      "VGA miscellaneous output, read",       vga_peek },
    { 0x3ce, 2, IO_8, vga_read, vga_write, "VGA graphics controller",              vga_peek },
    { 0x3d4, 2, IO_8, vga_read, vga_write, "VGA CRTC index and data, colour",      vga_peek },
    { 0x3da, 1, IO_8, vga_read, vga_write, "VGA status, feature, colour",          vga_peek },
    { 0 },
};

static const struct io_range vga_mmio[] = {
    { 0xb8000, VGA_TEXT_BYTES, IO_8 | IO_16 | IO_32 | IO_64, text_read, text_write,
      "VGA text memory", text_peek },
    { 0 },
};

static const struct field vga_fields[] = {
    NOT_SAVED(struct vga, dev, "device"),
    FIELD(struct vga, misc,            FMT_HEX,   "miscellaneous output"),
    FIELD(struct vga, feature,         FMT_HEX,   "feature control"),
    FIELD(struct vga, crtc_index,      FMT_HEX,   "CRTC index"),
    FIELD(struct vga, crtc,            FMT_BYTES, "CRTC registers"),
    FIELD(struct vga, seq_index,       FMT_HEX,   "sequencer index"),
    FIELD(struct vga, seq,             FMT_BYTES, "sequencer registers"),
    FIELD(struct vga, gc_index,        FMT_HEX,   "graphics controller index"),
    FIELD(struct vga, gc,              FMT_BYTES, "graphics controller registers"),
    FIELD(struct vga, attr_index,      FMT_HEX,
          "attribute controller index; bit 5 palette in use"),
    FIELD(struct vga, attr,            FMT_BYTES, "attribute controller registers"),
    FIELD(struct vga, attr_data,       FMT_BOOL,  "the next write to 3C0h is data"),
    FIELD(struct vga, dac_mask,        FMT_HEX,   "DAC mask"),
    FIELD(struct vga, dac_read_index,  FMT_HEX,   "DAC read index"),
    FIELD(struct vga, dac_write_index, FMT_HEX,   "DAC write index"),
    FIELD(struct vga, dac_component,   FMT_DEC,   "DAC component next: 0 red, 1 green, 2 blue"),
    FIELD(struct vga, dac_reading,     FMT_BOOL,  "DAC is being read"),
    FIELD(struct vga, dac,             FMT_BYTES, "DAC colours"),
    FIELD(struct vga, text,            FMT_BYTES, "text memory: character, attribute"),
    NOT_SAVED(struct vga, writes, "counts changes, for the display"),
    { 0 },
};
/* clang-format on */

/* The 64 colours of attribute registers: bits 2-0 bright, 5-3 dim; blue, green, red. */
static void default_palette(struct vga *vga)
{
    for (unsigned i = 0; i < 64; i++) {
        for (unsigned c = 0; c < 3; c++) {
            unsigned bit = 2 - c; /* red, green, blue */

            vga->dac[i * 3 + c] = (uint8_t)((i >> bit & 1) * 0x2a + (i >> (bit + 3) & 1) * 0x15);
        }
    }
}

static void vga_reset(struct device *dev, enum reset kind)
{
    struct vga *vga = (struct vga *)dev;

    vga->misc = 0x67;
    vga->feature = 0;
    vga->crtc_index = 0;
    vga->seq_index = 0;
    vga->gc_index = 0;
    vga->attr_index = ATTR_PALETTE_ON;
    vga->attr_data = false;
    vga->dac_mask = 0xff;
    vga->dac_read_index = 0;
    vga->dac_write_index = 0;
    vga->dac_component = 0;
    vga->dac_reading = false;
    memcpy(vga->crtc, mode3_crtc, sizeof mode3_crtc);
    memcpy(vga->seq, mode3_seq, sizeof mode3_seq);
    memcpy(vga->gc, mode3_gc, sizeof mode3_gc);
    memcpy(vga->attr, mode3_attr, sizeof mode3_attr);
    memset(vga->dac, 0, sizeof vga->dac);
    default_palette(vga);
    if (kind == RESET_POWER_ON) {
        for (unsigned i = 0; i < VGA_TEXT_BYTES; i += 2)
            store_le16(&vga->text[i], 0x0720);
    }
    vga->writes++;
}

static void vga_restored(struct device *dev)
{
    ((struct vga *)dev)->writes++;
}

static void vga_describe(const struct device *dev, struct out *out)
{
    const struct vga *vga = (const struct vga *)dev;
    unsigned column, row;

    if (vga->gc[6] & 1) {
        out_text(out, "graphics mode (not drawn)\n");
        return;
    }
    out_printf(out, "text mode, %u x %u, %s ports, first cell %u", vga_columns(vga), vga_rows(vga),
               vga->misc & MISC_COLOUR ? "colour" : "monochrome", crtc_pair(vga, CRTC_START_HIGH));
    if (vga_cursor(vga, &column, &row))
        out_printf(out, ", cursor at column %u, row %u\n", column, row);
    else
        out_text(out, ", cursor off\n");
}

const struct device_class vga_class = {
    .name = "vga",
    .title = "VGA text display",
    .size = sizeof(struct vga),
    .ports = vga_ports,
    .mmio = vga_mmio,
    .fields = vga_fields,
    .reset = vga_reset,
    .describe = vga_describe,
    .restored = vga_restored,
};
