/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/vbe_dispi.c - Bochs' display interface: modes of 4 to 32 bits a dot by eleven registers; and
 * the VGA's registers in memory, as QEMU's "std" VGA has them. Sources: Bochs, "VBE DISPI
 * interface" (iodev/display documentation); QEMU, docs/specs/standard-vga.
 */
#include <string.h>

#include "iodev/vga.h"
#include "util/bits.h"

enum {
    ID_OLDEST = 0xb0c0,
    ID_NEWEST = 0xb0c5,
    BANK_MASK = 0x1ff,

    /* The memory-mapped registers. */
    MMIO_EDID_BYTES = 0x100,
    MMIO_PORTS = 0x400, /* 3C0h-3DFh */
    MMIO_PORTS_END = 0x420,
    MMIO_DISPI = 0x500,
    MMIO_DISPI_END = MMIO_DISPI + 2 * VGA_DISPI_COUNT,
    MMIO_EXTENDED = 0x600, /* size of the extended registers, byte order */
    EXTENDED_BYTES = 8,
};
#define LITTLE_ENDIAN_FRAME 0x1e1e1e1eu

/* Bits of a dot, as they lie in memory. */
static unsigned stored_bits(unsigned bpp)
{
    return bpp == 15 ? 16 : bpp;
}

static bool is_depth(unsigned bpp)
{
    return bpp == 4 || bpp == 8 || bpp == 15 || bpp == 16 || bpp == 24 || bpp == 32;
}

/* Lines of the virtual screen that memory has room for. */
static uint16_t lines_of(unsigned width, unsigned bpp)
{
    uint64_t lines = (uint64_t)VGA_MEMORY_BYTES * 8 / ((uint64_t)width * stored_bits(bpp));

    return (uint16_t)(lines < 0xffff ? lines : 0xffff);
}

uint16_t dispi_read(const struct vga *vga, unsigned index)
{
    bool caps = vga->dispi[DISPI_ENABLE] & DISPI_GET_CAPS;

    switch (index) {
    case DISPI_XRES:
        return caps ? DISPI_MOST_XRES : vga->dispi[index];
    case DISPI_YRES:
        return caps ? DISPI_MOST_YRES : vga->dispi[index];
    case DISPI_BPP:
        return caps ? DISPI_MOST_BPP : vga->dispi[index];
    case DISPI_MEMORY:
        return VGA_MEMORY_BYTES >> 16;
    default:
        return index < VGA_DISPI_COUNT ? vga->dispi[index] : 0;
    }
}

/* The virtual screen is as wide as asked for, at least as the visible one, within memory. */
static void set_width(struct vga *vga, uint16_t width)
{
    uint16_t *r = vga->dispi;

    if (!r[DISPI_XRES] || !is_depth(r[DISPI_BPP]))
        return;
    if (width < r[DISPI_XRES])
        width = r[DISPI_XRES];
    width = (uint16_t)((width + 7) & ~7);
    if (!width || lines_of(width, r[DISPI_BPP]) < r[DISPI_YRES])
        width = (uint16_t)((r[DISPI_XRES] + 7) & ~7);
    r[DISPI_VIRT_WIDTH] = width;
    r[DISPI_VIRT_HEIGHT] = lines_of(width, r[DISPI_BPP]);
}

/* The DAC keeps its colours when it changes between 6 and 8 bits. */
static void set_dac_width(struct vga *vga, bool eight)
{
    if (eight == (bool)(vga->dispi[DISPI_ENABLE] & DISPI_8BIT_DAC))
        return;
    for (unsigned i = 0; i < sizeof vga->dac; i++)
        vga->dac[i] =
            (uint8_t)(eight ? vga->dac[i] << 2 | (vga->dac[i] >> 4 & 3) : vga->dac[i] >> 2);
}

static void clear_screen(struct vga *vga)
{
    uint64_t bytes = (uint64_t)vga->dispi[DISPI_VIRT_WIDTH] * vga->dispi[DISPI_YRES] *
                     stored_bits(vga->dispi[DISPI_BPP]) / 8;

    if (!vga->memory)
        return;
    if (bytes > VGA_MEMORY_BYTES)
        bytes = VGA_MEMORY_BYTES;
    for (uint64_t at = 0; at < bytes; at += 8) {
        if (load_le64(vga->memory + at)) /* what is zero stays clean */
            vga_memory_set(vga, at, 8, 0);
    }
}

static void write_enable(struct vga *vga, uint16_t value)
{
    uint16_t *r = vga->dispi;
    bool was = dispi_is_enabled(vga);

    value &= DISPI_ENABLED | DISPI_GET_CAPS | DISPI_8BIT_DAC | DISPI_LFB_ENABLED | DISPI_NO_CLEAR;
    if (!r[DISPI_XRES] || !r[DISPI_YRES] || !is_depth(r[DISPI_BPP]) ||
        lines_of((r[DISPI_XRES] + 7u) & ~7u, r[DISPI_BPP]) < r[DISPI_YRES])
        value &= (uint16_t)~DISPI_ENABLED; /* nothing that could be shown */
    set_dac_width(vga, value & DISPI_8BIT_DAC);
    r[DISPI_ENABLE] = value;
    if (!dispi_is_enabled(vga) || was)
        return;
    r[DISPI_BANK] = r[DISPI_X_OFFSET] = r[DISPI_Y_OFFSET] = 0;
    set_width(vga, r[DISPI_XRES]);
    if (!(value & DISPI_NO_CLEAR))
        clear_screen(vga);
}

void dispi_write(struct vga *vga, unsigned index, uint16_t value)
{
    uint16_t *r = vga->dispi;

    vga->writes++;
    switch (index) {
    case DISPI_ID:
        if (value >= ID_OLDEST && value <= ID_NEWEST)
            r[index] = value;
        break;
    case DISPI_XRES:
        if (!dispi_is_enabled(vga) && value <= DISPI_MOST_XRES)
            r[index] = value;
        break;
    case DISPI_YRES:
        if (!dispi_is_enabled(vga) && value <= DISPI_MOST_YRES)
            r[index] = value;
        break;
    case DISPI_BPP:
        if (!dispi_is_enabled(vga) && (!value || is_depth(value)))
            r[index] = value ? value : 8;
        break;
    case DISPI_ENABLE:
        write_enable(vga, value);
        break;
    case DISPI_BANK:
        r[index] = value & BANK_MASK;
        break;
    case DISPI_VIRT_WIDTH:
        set_width(vga, value);
        break;
    case DISPI_X_OFFSET:
    case DISPI_Y_OFFSET:
        r[index] = value;
        break;
    }
}

void dispi_reset(struct vga *vga)
{
    memset(vga->dispi, 0, sizeof vga->dispi);
    vga->dispi_index = 0;
    vga->dispi[DISPI_ID] = ID_NEWEST;
    vga->dispi[DISPI_BPP] = 8;
}

void dispi_restored(struct vga *vga)
{
    const uint16_t *r = vga->dispi;

    if (r[DISPI_XRES] > DISPI_MOST_XRES || r[DISPI_YRES] > DISPI_MOST_YRES ||
        !is_depth(r[DISPI_BPP]) || (dispi_is_enabled(vga) && (!r[DISPI_XRES] || !r[DISPI_YRES])))
        dispi_reset(vga);
}

void dispi_describe(const struct vga *vga, struct out *out)
{
    const uint16_t *r = vga->dispi;

    if (!dispi_is_enabled(vga))
        return;
    out_printf(out, "display interface: %u x %u, %u bits a dot", r[DISPI_XRES], r[DISPI_YRES],
               r[DISPI_BPP]);
    out_printf(out, ", lines of %u dots, shown from %u, %u\n", r[DISPI_VIRT_WIDTH],
               r[DISPI_X_OFFSET], r[DISPI_Y_OFFSET]);
    out_printf(out, "bank %u at A0000h, %u-bit DAC\n", r[DISPI_BANK],
               r[DISPI_ENABLE] & DISPI_8BIT_DAC ? 8 : 6);
}

uint64_t vga_dispi_peek(const void *owner, uint64_t port, unsigned size UNUSED)
{
    const struct vga *vga = owner;

    if (port == DISPI_PORT_INDEX)
        return vga->dispi_index;
    return port == DISPI_PORT_DATA ? dispi_read(vga, vga->dispi_index) : 0xffff;
}

uint64_t vga_dispi_read(void *owner, uint64_t port, unsigned size)
{
    return vga_dispi_peek(owner, port, size);
}

/* The registers are words: a byte is read as the lower half, and not written. */
void vga_dispi_write(void *owner, uint64_t port, unsigned size, uint64_t value)
{
    struct vga *vga = owner;

    if (size != 2)
        return;
    if (port == DISPI_PORT_INDEX)
        vga->dispi_index = (uint16_t)value;
    else if (port == DISPI_PORT_DATA)
        dispi_write(vga, vga->dispi_index, (uint16_t)value);
}

/* ---- the registers in memory -------------------------------------------------------------------- */

static uint8_t edid_byte(unsigned at)
{
    return at < VGA_EDID_BYTES ? vga_edid[at] : 0;
}

static uint64_t mmio_peek(const void *owner, uint64_t address, unsigned size)
{
    const struct vga *vga = owner;
    unsigned at = (unsigned)(address - vga->registers_mapped);
    uint64_t value = 0;

    if (at < MMIO_EDID_BYTES) {
        for (unsigned i = 0; i < size; i++)
            value |= (uint64_t)edid_byte(at + i) << i * 8;
        return value;
    }
    if (at >= MMIO_PORTS && at < MMIO_PORTS_END) {
        for (unsigned i = 0; i < size; i++)
            value |= (vga_port_peek(vga, 0x3c0 + at - MMIO_PORTS + i, 1) & 0xff) << i * 8;
        return value;
    }
    if (at >= MMIO_DISPI && at < MMIO_DISPI_END && size == 2)
        return dispi_read(vga, (at - MMIO_DISPI) / 2);
    if (at >= MMIO_EXTENDED && at < MMIO_EXTENDED + EXTENDED_BYTES && size == 4)
        return at == MMIO_EXTENDED ? EXTENDED_BYTES : LITTLE_ENDIAN_FRAME;
    return 0;
}

static uint64_t mmio_read(void *owner, uint64_t address, unsigned size)
{
    struct vga *vga = owner;
    unsigned at = (unsigned)(address - vga->registers_mapped);
    uint64_t value = 0;

    if (at < MMIO_PORTS || at >= MMIO_PORTS_END)
        return mmio_peek(vga, address, size);
    for (unsigned i = 0; i < size; i++)
        value |= (vga_port_read(vga, 0x3c0 + at - MMIO_PORTS + i, 1) & 0xff) << i * 8;
    return value;
}

static void mmio_write(void *owner, uint64_t address, unsigned size, uint64_t value)
{
    struct vga *vga = owner;
    unsigned at = (unsigned)(address - vga->registers_mapped);

    if (at >= MMIO_PORTS && at < MMIO_PORTS_END) {
        for (unsigned i = 0; i < size; i++)
            vga_port_write(vga, 0x3c0 + at - MMIO_PORTS + i, 1, value >> i * 8 & 0xff);
    } else if (at >= MMIO_DISPI && at < MMIO_DISPI_END && size == 2) {
        dispi_write(vga, (at - MMIO_DISPI) / 2, (uint16_t)value);
    }
}

static void map_changed(struct vga *vga, uint64_t first, uint64_t bytes)
{
    if (vga->map_changed)
        vga->map_changed(vga->map_context, first, bytes);
}

static void unmap(struct vga *vga, const struct io_range *range, uint64_t *mapped, uint64_t bytes)
{
    uint64_t first = *mapped;

    *mapped = 0;
    if (!first)
        return;
    space_remove_row(vga->space, range);
    map_changed(vga, first, bytes);
}

void vga_move_lfb(struct vga *vga, uint64_t base)
{
    base &= ~(uint64_t)(VGA_MEMORY_BYTES - 1);
    vga->lfb = base;
    if (!vga->memory || vga->lfb_mapped == base)
        return;
    unmap(vga, vga->lfb_range, &vga->lfb_mapped, VGA_MEMORY_BYTES);
    vga->lfb_mapped = base;
    if (!base)
        return;
    if (!vga->lfb_range)
        vga->lfb_range = xcalloc(1, sizeof *vga->lfb_range);
    *vga->lfb_range = (struct io_range){ .first = base, .count = VGA_MEMORY_BYTES };
    space_fill_ram(vga->space, vga->lfb_range, vga->ram_offset);
    map_changed(vga, base, VGA_MEMORY_BYTES);
}

void vga_move_registers(struct vga *vga, uint64_t base)
{
    base &= ~(uint64_t)(VGA_REGISTERS_BYTES - 1);
    vga->registers_at = base;
    if (!vga->memory || vga->registers_mapped == base)
        return;
    unmap(vga, vga->registers_range, &vga->registers_mapped, VGA_REGISTERS_BYTES);
    vga->registers_mapped = base;
    if (!base)
        return;
    if (!vga->registers_range)
        vga->registers_range = xcalloc(1, sizeof *vga->registers_range);
    *vga->registers_range = (struct io_range){ .first = base,
                                               .count = VGA_REGISTERS_BYTES,
                                               .widths = IO_8 | IO_16 | IO_32,
                                               .read = mmio_read,
                                               .write = mmio_write,
                                               .text = "VGA registers",
                                               .peek = mmio_peek };
    space_fill_device(vga->space, vga->registers_range, vga, "vga");
    map_changed(vga, base, VGA_REGISTERS_BYTES);
}
