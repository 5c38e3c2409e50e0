/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/vga.h - a VGA with 16 MiB of video memory, Bochs' display interface ("DISPI") and a linear
 * frame buffer. vga.c has the registers, vga_memory.c the way of the processor's accesses through
 * them, vbe_dispi.c the display interface, vga_draw.c and vga_text.c the way to a picture.
 *
 * Video memory is a part of the machine's RAM, so that the linear frame buffer is memory like any
 * other for the processor, for checkpoints and for comparisons. Byte n of plane p lies at 4n + p;
 * in chain-4 modes byte n lies at n, which is the same dot.
 */
#ifndef IODEV_VGA_H
#define IODEV_VGA_H

#include "iodev/dispi.h"
#include "iodev/pci.h"

enum {
    VGA_TEXT_COLUMNS = 132, /* most that vga_text_row() gives */
    VGA_MEMORY_BYTES = 16 << 20,
    VGA_PLANE_BYTES = 0x10000, /* that the VGA's own registers reach */
    VGA_LFB = 0xe0000000,      /* where the linear frame buffer is after power-on */
    VGA_CRTC_COUNT = 0x19,
    VGA_DISPI_COUNT = 11,
    VGA_EDID_BYTES = 128,
    VGA_ROM_BYTES = 0x10000,      /* of the expansion ROM */
    VGA_REGISTERS_BYTES = 0x1000, /* of the memory-mapped registers: vbe_dispi.c */
};

/* Registers of the CRT controller. */
enum {
    CRTC_TOTAL = 0x00,       /* characters - 5 */
    CRTC_END_DISPLAY = 0x01, /* columns - 1 */
    CRTC_VERTICAL_TOTAL = 0x06,
    CRTC_OVERFLOW = 0x07,
    CRTC_PRESET_ROW = 0x08,    /* bits 4-0 first row scan, 6-5 byte panning */
    CRTC_MAX_SCAN_LINE = 0x09, /* height of a character - 1; bit 7: each line twice */
    CRTC_CURSOR_START = 0x0a,  /* bit 5: off */
    CRTC_CURSOR_END = 0x0b,    /* bits 6-5: skew */
    CRTC_START_HIGH = 0x0c,
    CRTC_START_LOW = 0x0d,
    CRTC_CURSOR_HIGH = 0x0e,
    CRTC_CURSOR_LOW = 0x0f,
    CRTC_RETRACE_START = 0x10,
    CRTC_RETRACE_END = 0x11, /* bit 7: registers 0-7 are protected */
    CRTC_END_VERTICAL = 0x12,
    CRTC_OFFSET = 0x13,    /* half of the character clocks of a row */
    CRTC_UNDERLINE = 0x14, /* bits 4-0 where; 5 count by four, 6 double words */
    CRTC_MODE = 0x17,      /* bits 1-0 no CGA rows, 2 double lines, 3 count by two, 6 bytes */
    CRTC_LINE_COMPARE = 0x18,
};

/* What the display interface can do. */
enum {
    DISPI_MOST_XRES = 2560,
    DISPI_MOST_YRES = 1600,
    DISPI_MOST_BPP = 32,
};

enum {
    MISC_COLOUR = 0x01,
    MISC_RAM = 0x02,  /* the processor reaches video memory */
    MISC_PAGE = 0x20, /* odd/even: the lower page */
    SEQ_CLOCKING = 1,
    SEQ_MAP_MASK = 2,
    SEQ_FONT = 3,
    SEQ_MEMORY = 4,
    GC_MODE = 5,
    GC_MISC = 6,
    ATTR_MODE = 0x10,
    ATTR_OVERSCAN = 0x11,
    ATTR_PLANES = 0x12,
    ATTR_PANNING = 0x13,
    ATTR_COLOUR = 0x14,
    ATTR_PALETTE_ON = 0x20, /* in the index */
};

struct vga {
    struct device dev;
    struct pci_function pci;
    uint8_t misc;    /* miscellaneous output register; bit 0: ports 3Dxh, not 3Bxh */
    uint8_t feature; /* feature control register */
    uint8_t enable;  /* port 3C3h; bit 0: video memory and ports answer */
    uint8_t crtc_index, crtc[32];
    uint8_t seq_index, seq[8];
    uint8_t gc_index, gc[16];
    uint8_t attr_index, attr[32]; /* bit 5 of the index: the palette is in use */
    bool attr_data;               /* the next write to 3C0h is data */
    uint8_t dac_mask;
    uint8_t dac_read_index, dac_write_index, dac_component; /* component 0-2: R, G, B */
    bool dac_reading;                                       /* 3C7h was written last */
    uint8_t dac[768];      /* 256 colours of 6 bits each component, or 8: DISPI_8BIT_DAC */
    uint32_t latch;        /* the byte of plane 0 is the lowest */
    uint16_t dispi_index;  /* chosen through port 1CEh */
    uint16_t dispi[16];    /* its registers */
    uint64_t lfb;          /* where the frame buffer appears; 0: nowhere */
    uint64_t registers_at; /* likewise the memory-mapped registers */
    /* Wiring. */
    struct space *space;
    struct ram *ram;
    uint64_t ram_offset; /* of video memory in it */
    uint8_t *memory;     /* NULL: not plugged in */
    uint64_t lfb_mapped, registers_mapped;
    struct io_range *registers_range, *lfb_range;
    /* A part of the memory map has changed: translations and decoded code are to be forgotten. */
    void (*map_changed)(void *context, uint64_t first, uint64_t bytes);
    void *map_context;
    uint64_t writes; /* to palette or registers */
};

extern const struct device_class vga_class;

/* Video memory: VGA_MEMORY_BYTES of the space's RAM from `ram_offset` on. Before the reset. */
void vga_plug_memory(struct vga *vga, struct space *space, uint64_t ram_offset);
/*
 * A function on the bus, in slot 2; from then on its base address registers say where frame buffer
 * and registers are. VGA_ROM_BYTES of expansion ROM, the caller's, or NULL. Before the reset.
 */
void vga_setup_pci(struct vga *vga, struct pci_bus *bus, const uint8_t *rom);
/*
 * Where it is from now on; 0: nowhere. Multiples of the size. What else is at these addresses stays:
 * only the holes between are filled.
 */
void vga_move_lfb(struct vga *vga, uint64_t base);
void vga_move_registers(struct vga *vga, uint64_t base);

/* --- Between the files of the device --- */

void vga_pci_reset(struct vga *vga);

/* The processor's way to video memory, bytes A0000h-BFFFFh. */
uint8_t vga_memory_peek(const struct vga *vga, uint64_t address);
extern const struct io_range vga_mmio[];
/* Write `size` bytes of video memory at `at`, within it and within a page. */
void vga_memory_set(struct vga *vga, uint64_t at, unsigned size, uint64_t value);

uint64_t vga_dispi_peek(const void *vga, uint64_t port, unsigned size);
uint64_t vga_dispi_read(void *vga, uint64_t port, unsigned size);
void vga_dispi_write(void *vga, uint64_t port, unsigned size, uint64_t value);
uint16_t dispi_read(const struct vga *vga, unsigned index);
void dispi_write(struct vga *vga, unsigned index, uint16_t value);
void dispi_reset(struct vga *vga);
/* Registers came from a file that may say anything. */
void dispi_restored(struct vga *vga);
/* What the monitor says of itself: edid.c. */
extern const uint8_t vga_edid[VGA_EDID_BYTES];
/* In words, for `info vga`. */
void dispi_describe(const struct vga *vga, struct out *out);
static inline bool dispi_is_enabled(const struct vga *vga)
{
    return vga->dispi[DISPI_ENABLE] & DISPI_ENABLED;
}

/* Ports by their address, for the memory-mapped registers. */
uint64_t vga_port_read(void *vga, uint64_t port, unsigned size);
void vga_port_write(void *vga, uint64_t port, unsigned size, uint64_t value);
uint64_t vga_port_peek(const void *vga, uint64_t port, unsigned size);
void vga_describe(const struct device *dev, struct out *out);

/* --- What is on the screen --- */

/* Row 0-24 as ASCII without trailing blanks; characters beyond ASCII become the nearest or '?'. */
void vga_text_row(const struct vga *vga, unsigned row, char out[VGA_TEXT_COLUMNS + 1]);
/* Columns and rows that the CRTC is set to. */
unsigned vga_columns(const struct vga *vga);
unsigned vga_rows(const struct vga *vga);
/* Character and attribute << 8 of a cell. */
uint16_t vga_text_cell(const struct vga *vga, unsigned row, unsigned column);
/* The nearest ASCII character to one of code page 437. */
char vga_ascii(uint8_t character);
/* Text is shown, not dots. */
bool vga_is_text(const struct vga *vga);
/* Cursor position; false: it is off or outside. */
bool vga_cursor(const struct vga *vga, unsigned *column, unsigned *row);

/* How the beam runs: from the CRTC's registers. */
struct vga_beam {
    uint32_t dot_hz;
    unsigned line_dots, shown_dots;
    unsigned lines, shown_lines; /* of a frame */
    unsigned retrace, retrace_lines;
};
struct vga_beam vga_beam(const struct vga *vga);
/* Frames that were begun since tick 0. */
uint64_t vga_frame_number(const struct vga *vga);

#endif
