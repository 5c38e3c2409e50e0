/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/vga_memory.c - the processor's way to video memory: memory maps, odd/even, chain-4, write
 * modes 0-3, read modes 0 and 1, latches. Sources: IBM VGA Technical Reference, "Graphics
 * Controller" and "Sequencer"; FreeVGA project, "Accessing the VGA Display Memory".
 */
#include "iodev/vga.h"
#include "util/bits.h"

enum {
    CHAIN_4 = 0x08,        /* sequencer register 4 */
    PLANES_BY_MASK = 0x04, /* ... 0: the lowest address bit chooses the planes (odd/even) */
    READ_COLOURS = 0x08,   /* graphics controller register 5: read mode 1 */
    READ_ODD_EVEN = 0x10,
    CHAIN_ODD_EVEN = 0x02, /* graphics controller register 6 */
};

/* A bit for each plane to a byte for each plane. */
static const uint32_t plane_bytes[16] = {
    0x00000000, 0x000000ff, 0x0000ff00, 0x0000ffff, 0x00ff0000, 0x00ff00ff, 0x00ffff00, 0x00ffffff,
    0xff000000, 0xff0000ff, 0xff00ff00, 0xff00ffff, 0xffff0000, 0xffff00ff, 0xffffff00, 0xffffffff,
};

/* Where in the window an address lies. False: the VGA does not answer there. */
static bool window_offset(const struct vga *vga, uint64_t address, uint32_t *offset)
{
    static const struct {
        uint32_t first, bytes;
    } maps[4] = {
        { 0xa0000, 0x20000 }, { 0xa0000, 0x10000 }, { 0xb0000, 0x8000 }, { 0xb8000, 0x8000 }
    };
    unsigned map = vga->gc[GC_MISC] >> 2 & 3;

    if (dispi_is_enabled(vga))
        map = 1;
    *offset = (uint32_t)address - maps[map].first;
    return vga->memory && vga->misc & MISC_RAM && vga->enable & 1 && *offset < maps[map].bytes;
}

/* The lowest address bit where it chooses planes: a page bit stands in for it. */
static uint32_t odd_even_offset(const struct vga *vga, uint32_t offset)
{
    uint32_t page;

    if (!(vga->gc[GC_MISC] & CHAIN_ODD_EVEN))
        return offset;
    page = vga->gc[GC_MISC] & 0x0c ? !(vga->misc & MISC_PAGE) : offset >> 16;
    return (offset & ~1u) | page;
}

/* Position in video memory of a byte of plane 0. */
static uint32_t planar_position(const struct vga *vga, uint32_t offset)
{
    if (dispi_is_enabled(vga))
        return ((vga->dispi[DISPI_BANK] * VGA_PLANE_BYTES + offset) * 4) & (VGA_MEMORY_BYTES - 1);
    return (offset & (VGA_PLANE_BYTES - 1)) * 4;
}

/* DISPI modes of 8 bits and more: a window of 64 KiB onto memory as it is. */
static bool is_banked(const struct vga *vga)
{
    return dispi_is_enabled(vga) && vga->dispi[DISPI_BPP] > 4;
}

static uint32_t banked_position(const struct vga *vga, uint32_t offset)
{
    return (vga->dispi[DISPI_BANK] * 0x10000u + offset) & (VGA_MEMORY_BYTES - 1);
}

/* One chained byte: the planes it goes to and where they are. */
static uint32_t write_place(const struct vga *vga, uint32_t offset, unsigned *planes)
{
    *planes = vga->seq[SEQ_MAP_MASK] & 15;
    if (vga->seq[SEQ_MEMORY] & CHAIN_4) {
        *planes &= 1u << (offset & 3);
        return offset & (VGA_PLANE_BYTES - 1) & ~3u;
    }
    if (!(vga->seq[SEQ_MEMORY] & PLANES_BY_MASK)) {
        *planes &= offset & 1 ? 0x0a : 0x05;
        offset = odd_even_offset(vga, offset);
    }
    return planar_position(vga, offset);
}

static uint32_t read_place(const struct vga *vga, uint32_t offset, unsigned *plane)
{
    *plane = vga->gc[4] & 3;
    if (vga->seq[SEQ_MEMORY] & CHAIN_4) {
        *plane = offset & 3;
        return offset & (VGA_PLANE_BYTES - 1) & ~3u;
    }
    if (vga->gc[GC_MODE] & READ_ODD_EVEN) {
        *plane = (*plane & 2) | (offset & 1);
        offset = odd_even_offset(vga, offset);
    }
    return planar_position(vga, offset);
}

/* All four planes become `value`, a multiple of 4 in video memory. */
void vga_memory_set(struct vga *vga, uint64_t at, unsigned size, uint64_t value)
{
    struct ram *ram = vga->ram;
    uint64_t page = (vga->ram_offset + at) / PAGE_SIZE;

    if (unlikely(ram->marks[page] & (RAM_CODE | RAM_TB)) && vga->lfb_mapped) {
        space_write(vga->space, vga->lfb_mapped + at, size, value); /* tells the engine */
        return;
    }
    ram_set_dirty(ram, page);
    store_le(vga->memory + at, size, value);
}

static uint8_t rotated(const struct vga *vga, uint8_t value)
{
    unsigned by = vga->gc[3] & 7;

    return (uint8_t)(value >> by | value << (8 - by));
}

static uint32_t combined(const struct vga *vga, uint32_t value)
{
    switch (vga->gc[3] >> 3 & 3) {
    case 1:
        return value & vga->latch;
    case 2:
        return value | vga->latch;
    case 3:
        return value ^ vga->latch;
    default:
        return value;
    }
}

/* What the graphics controller makes of a byte: one for each plane. */
static uint32_t written(const struct vga *vga, uint8_t byte)
{
    uint32_t set = plane_bytes[vga->gc[0] & 15], enable = plane_bytes[vga->gc[1] & 15];
    uint32_t mask = vga->gc[8] * 0x01010101u, value;

    switch (vga->gc[GC_MODE] & 3) {
    case 0:
        value = rotated(vga, byte) * 0x01010101u;
        value = (value & ~enable) | (set & enable);
        break;
    case 1:
        return vga->latch;
    case 2:
        value = plane_bytes[byte & 15];
        break;
    default:
        mask &= rotated(vga, byte) * 0x01010101u;
        value = set;
    }
    return (combined(vga, value) & mask) | (vga->latch & ~mask);
}

static void write_byte(struct vga *vga, uint32_t offset, uint8_t byte)
{
    unsigned planes;
    uint32_t at = write_place(vga, offset, &planes), keep = ~plane_bytes[planes];

    if (planes)
        vga_memory_set(vga, at, 4,
                       (load_le32(vga->memory + at) & keep) | (written(vga, byte) & ~keep));
}

static uint8_t seen(const struct vga *vga, uint32_t planes, unsigned plane)
{
    uint32_t differ;

    if (!(vga->gc[GC_MODE] & READ_COLOURS))
        return (uint8_t)(planes >> plane * 8);
    differ = (planes ^ plane_bytes[vga->gc[2] & 15]) & plane_bytes[vga->gc[7] & 15];
    return (uint8_t) ~(differ | differ >> 8 | differ >> 16 | differ >> 24);
}

uint8_t vga_memory_peek(const struct vga *vga, uint64_t address)
{
    uint32_t offset, at;
    unsigned plane;

    if (!window_offset(vga, address, &offset))
        return 0xff;
    if (is_banked(vga))
        return vga->memory[banked_position(vga, offset)];
    at = read_place(vga, offset, &plane);
    return seen(vga, load_le32(vga->memory + at), plane);
}

static uint64_t memory_peek(const void *owner, uint64_t address, unsigned size)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)vga_memory_peek(owner, address + i) << i * 8;
    return value;
}

static uint64_t memory_read(void *owner, uint64_t address, unsigned size)
{
    struct vga *vga = owner;
    uint64_t value = memory_peek(vga, address, size);
    uint32_t offset;
    unsigned plane;

    /* The last byte that the VGA answers is the one that stays in the latches. */
    for (unsigned i = size; i-- > 0 && !is_banked(vga);) {
        if (!window_offset(vga, address + i, &offset))
            continue;
        vga->latch = load_le32(vga->memory + read_place(vga, offset, &plane));
        break;
    }
    return value;
}

static void memory_write(void *owner, uint64_t address, unsigned size, uint64_t value)
{
    struct vga *vga = owner;

    for (unsigned i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)(value >> i * 8);
        uint32_t offset;

        if (!window_offset(vga, address + i, &offset))
            continue;
        if (is_banked(vga))
            vga_memory_set(vga, banked_position(vga, offset), 1, byte);
        else
            write_byte(vga, offset, byte);
    }
}

/* clang-format off */
const struct io_range vga_mmio[] = {
    { 0xa0000, 0x20000, IO_8 | IO_16 | IO_32 | IO_64, memory_read, memory_write,
      "VGA memory", memory_peek },
    { 0 },
};
/* clang-format on */
