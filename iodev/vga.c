/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/vga.c - the VGA's registers and where its beam is. Sources: IBM VGA Technical Reference (PS/2 Hardware
 * Interface Technical Reference, "Video Subsystem"); FreeVGA project, "VGA Chipset Reference".
 */
#include "iodev/vga.h"

#include <stdlib.h>
#include <string.h>

#include "util/bits.h"

enum {
    STATUS_BLANK = 0x01,
    STATUS_RETRACE = 0x08,
    TEXT_CELLS = 80 * 25,
};

/* The bits that exist. */
static const uint8_t seq_bits[8] = { 0x03, 0x3d, 0x0f, 0x3f, 0x0e };
static const uint8_t gc_bits[16] = { 0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff };
static const uint8_t crtc_bits[VGA_CRTC_COUNT] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff, 0x3f, 0x7f, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xef, 0xff,
};
static const uint8_t attr_bits[32] = {
    0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f,
    0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0xef, 0xff, 0x3f, 0x0f, 0x0f,
};

/* What a video BIOS leaves for mode 3: 80x25 text, so that a kernel without one can print. */
static const uint8_t mode3_crtc[VGA_CRTC_COUNT] = {
    0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00,
    0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff,
};
static const uint8_t mode3_seq[5] = { 0x03, 0x00, 0x03, 0x00, 0x02 };
static const uint8_t mode3_gc[9] = { 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x00, 0xff };
static const uint8_t mode3_attr[21] = { 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14,
                                        0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d,
                                        0x3e, 0x3f, 0x0c, 0x00, 0x0f, 0x08, 0x00 };

/* A vertical register with its ninth and tenth bit in the overflow register. */
static unsigned vertical(const struct vga *vga, unsigned index, unsigned bit8, unsigned bit9)
{
    unsigned overflow = vga->crtc[CRTC_OVERFLOW];

    return vga->crtc[index] | (overflow >> bit8 & 1) << 8 | (overflow >> bit9 & 1) << 9;
}

struct vga_beam vga_beam(const struct vga *vga)
{
    unsigned dots = vga->seq[SEQ_CLOCKING] & 1 ? 8 : 9;
    unsigned units = vga->crtc[CRTC_MODE] & 4 ? 2 : 1; /* lines that the registers count */
    struct vga_beam beam = {
        .dot_hz = (vga->misc >> 2 & 3) == 1 ? 28322000 : 25175000,
        .line_dots = (vga->crtc[CRTC_TOTAL] + 5u) * dots,
        .shown_dots = (vga->crtc[CRTC_END_DISPLAY] + 1u) * dots,
        .lines = (vertical(vga, CRTC_VERTICAL_TOTAL, 0, 5) + 2) * units,
        .shown_lines = (vertical(vga, CRTC_END_VERTICAL, 1, 6) + 1) * units,
        .retrace = vertical(vga, CRTC_RETRACE_START, 2, 7) * units,
    };

    if (vga->seq[SEQ_CLOCKING] & 8) {
        beam.line_dots *= 2;
        beam.shown_dots *= 2;
    }
    /* The end register has the lowest four bits of the line where the pulse ends. */
    beam.retrace_lines = ((vga->crtc[CRTC_RETRACE_END] - vga->crtc[CRTC_RETRACE_START]) & 15);
    beam.retrace_lines = (beam.retrace_lines ? beam.retrace_lines : 16) * units;
    return beam;
}

static uint64_t dots_since_start(const struct vga *vga, const struct vga_beam *beam)
{
    struct clock *clock = vga->dev.clock;

    return clock_ticks_to(clock, clock_now(clock), beam->dot_hz);
}

uint64_t vga_frame_number(const struct vga *vga)
{
    struct vga_beam beam = vga_beam(vga);

    return dots_since_start(vga, &beam) / ((uint64_t)beam.line_dots * beam.lines);
}

/* Input status 1: where the beam is. */
static uint8_t beam_status(const struct vga *vga)
{
    struct vga_beam beam = vga_beam(vga);
    uint64_t dots = dots_since_start(vga, &beam);
    unsigned line = (unsigned)(dots / beam.line_dots % beam.lines);
    uint8_t status = 0;

    if (line >= beam.shown_lines || dots % beam.line_dots >= beam.shown_dots)
        status |= STATUS_BLANK;
    if (line - beam.retrace < beam.retrace_lines)
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

uint64_t vga_port_peek(const void *owner, uint64_t port, unsigned size UNUSED)
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
        return vga->crtc_index < VGA_CRTC_COUNT ? vga->crtc[vga->crtc_index] : 0xff;
    case 0x3ba:
    case 0x3da:
        return beam_status(vga);
    case 0x3c0:
        return vga->attr_index;
    case 0x3c1:
        return vga->attr[vga->attr_index & 31];
    case 0x3c2:
        return 0x10; /* input status 0: a monitor is sensed */
    case 0x3c3:
        return vga->enable;
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

uint64_t vga_port_read(void *owner, uint64_t port, unsigned size)
{
    struct vga *vga = owner;
    uint64_t value = vga_port_peek(vga, port, size);

    if ((port == 0x3ba || port == 0x3da) && is_selected(vga, port))
        vga->attr_data = false; /* the flip-flop: 3C0h takes an index next */
    else if (port == 0x3c9)
        dac_step(vga);
    return value;
}

static void write_crtc(struct vga *vga, uint8_t value)
{
    uint8_t index = vga->crtc_index;

    if (index >= VGA_CRTC_COUNT)
        return;
    if (index <= CRTC_OVERFLOW && vga->crtc[CRTC_RETRACE_END] & 0x80) {
        if (index == CRTC_OVERFLOW) /* line compare bit 8 is not protected */
            vga->crtc[index] = (uint8_t)((vga->crtc[index] & ~0x10) | (value & 0x10));
        return;
    }
    vga->crtc[index] = value & crtc_bits[index];
}

static void write_attr(struct vga *vga, uint8_t value)
{
    unsigned index = vga->attr_index & 31;

    if (!vga->attr_data)
        vga->attr_index = value & 0x3f;
    else if (index >= 16 || !(vga->attr_index & ATTR_PALETTE_ON))
        vga->attr[index] = value & attr_bits[index];
    vga->attr_data = !vga->attr_data;
}

void vga_port_write(void *owner, uint64_t port, unsigned size UNUSED, uint64_t written)
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
        vga->misc = value & 0xef;
        break;
    case 0x3c3:
        vga->enable = value & 1;
        break;
    case 0x3c4:
        vga->seq_index = value & 7;
        break;
    case 0x3c5:
        vga->seq[vga->seq_index & 7] = value & seq_bits[vga->seq_index & 7];
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
        vga->dac[(vga->dac_write_index * 3u + vga->dac_component) % sizeof vga->dac] =
            vga->dispi[DISPI_ENABLE] & DISPI_8BIT_DAC ? value : value & 0x3f;
        vga->dac_reading = false;
        dac_step(vga);
        break;
    case 0x3ce:
        vga->gc_index = value & 15;
        break;
    case 0x3cf:
        vga->gc[vga->gc_index & 15] = value & gc_bits[vga->gc_index & 15];
        break;
    }
}

/* clang-format off */
static const struct io_range vga_ports[] = {
    { 0x3b4, 2, IO_8, vga_port_read, vga_port_write, "VGA CRTC index and data, monochrome",  vga_port_peek },
    { 0x3ba, 1, IO_8, vga_port_read, vga_port_write, "VGA status, feature, monochrome",      vga_port_peek },
    { 0x3c0, 2, IO_8, vga_port_read, vga_port_write, "VGA attribute controller",             vga_port_peek },
    { 0x3c2, 1, IO_8, vga_port_read, vga_port_write, "VGA miscellaneous output, status 0",   vga_port_peek },
    { 0x3c3, 1, IO_8, vga_port_read, vga_port_write, "VGA enable",                            vga_port_peek },
    { 0x3c4, 2, IO_8, vga_port_read, vga_port_write, "VGA sequencer index and data",         vga_port_peek },
    { 0x3c6, 4, IO_8, vga_port_read, vga_port_write, "VGA DAC mask, read, write, data",      vga_port_peek },
    { 0x3ca, 1, IO_8, vga_port_read, NULL,"VGA feature control, read",            vga_port_peek },
    { 0x3cc, 1, IO_8, vga_port_read, NULL,"VGA miscellaneous output, read",       vga_port_peek },
    { 0x3ce, 2, IO_8, vga_port_read, vga_port_write, "VGA graphics controller",              vga_port_peek },
    { 0x3d4, 2, IO_8, vga_port_read, vga_port_write, "VGA CRTC index and data, colour",      vga_port_peek },
    { 0x3da, 1, IO_8, vga_port_read, vga_port_write, "VGA status, feature, colour",          vga_port_peek },
    /* Three ports: the data register is 16 bits wide at an odd address. */
    { 0x1ce, 3, IO_8 | IO_16, vga_dispi_read, vga_dispi_write, "VGA display interface index, data", vga_dispi_peek },
    { 0 },
};

static const struct field vga_fields[] = {
    NOT_SAVED(struct vga, dev, "device"),
    PCI_FIELDS(struct vga),
    FIELD(struct vga, misc,            FMT_HEX,   "miscellaneous output"),
    FIELD(struct vga, feature,         FMT_HEX,   "feature control"),
    FIELD(struct vga, enable,          FMT_HEX,   "port 3C3h; bit 0: memory answers"),
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
    FIELD(struct vga, latch,           FMT_HEX,   "latches, plane 0 lowest"),
    FIELD(struct vga, dispi_index,     FMT_HEX,   "display interface index"),
    FIELDS(struct vga, dispi,          FMT_HEX,   "display interface registers"),
    FIELD(struct vga, lfb,             FMT_HEX,   "linear frame buffer's address; 0: none"),
    FIELD(struct vga, registers_at,    FMT_HEX,   "memory-mapped registers' address; 0: none"),
    NOT_SAVED(struct vga, space, "wiring"),
    NOT_SAVED(struct vga, ram, "wiring"),
    NOT_SAVED(struct vga, ram_offset, "wiring"),
    NOT_SAVED(struct vga, memory, "wiring"),
    NOT_SAVED(struct vga, lfb_mapped, "follows lfb"),
    NOT_SAVED(struct vga, registers_mapped, "follows registers_at"),
    NOT_SAVED(struct vga, registers_range, "follows registers_at"),
    NOT_SAVED(struct vga, lfb_range, "follows lfb"),
    NOT_SAVED(struct vga, map_changed, "wiring"),
    NOT_SAVED(struct vga, map_context, "wiring"),
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
    vga->enable = 1;
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
    vga->latch = 0;
    dispi_reset(vga);
    if (vga->pci.wiring.bus) {
        vga_pci_reset(vga);
    } else {
        vga_move_lfb(vga, VGA_LFB);
        vga_move_registers(vga, 0);
    }
    if (kind == RESET_POWER_ON && vga->memory) {
        for (unsigned cell = 0; cell < TEXT_CELLS; cell++) /* the even bytes of two planes */
            vga_memory_set(vga, cell * 8, 4, 0x0720);
    }
    vga->writes++;
}

static void vga_restored(struct device *dev)
{
    struct vga *vga = (struct vga *)dev;

    dispi_restored(vga);
    vga_move_lfb(vga, vga->lfb);
    vga_move_registers(vga, vga->registers_at);
    vga->writes++;
}

static void vga_destroy(struct device *dev)
{
    free(((struct vga *)dev)->registers_range);
    free(((struct vga *)dev)->lfb_range);
}

void vga_plug_memory(struct vga *vga, struct space *space, uint64_t ram_offset)
{
    vga->space = space;
    vga->ram = space->ram;
    vga->ram_offset = ram_offset;
    vga->memory = space->ram->bytes + ram_offset;
}

const struct device_class vga_class = {
    .name = "vga",
    .title = "VGA with Bochs display interface",
    .size = sizeof(struct vga),
    .ports = vga_ports,
    .mmio = vga_mmio,
    .fields = vga_fields,
    .reset = vga_reset,
    .describe = vga_describe,
    .restored = vga_restored,
    .destroy = vga_destroy,
};
