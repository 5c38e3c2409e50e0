/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/vbe.c - INT 10h, function 4Fh: VESA modes on the display interface at ports 1CEh and 1CFh.
 * 16-bit code. Source: VESA BIOS Extension (VBE) Core Functions Standard 3.0; VESA VBE/DDC Standard.
 */
#include "dispi.h"
#include "video.h"

#define LFB_BASE 0xe0000000u
#define VBE_OK 0x004f
#define VBE_FAILED 0x014f
#define VBE_NOT_IN_THIS_MODE 0x034f
#define MODE_TIMINGS 0x0800
#define MODE_LFB 0x4000
#define MODE_NO_CLEAR 0x8000
#define EDID_BYTES 128
#define MOST_DOT_HZ 400000000u
#define STATUS_RETRACE 0x08
#define RETRACE_LOOKS 0x2000000u /* at the status: a frame takes a tenth of them */

struct vesa_mode {
    uint16_t mode, width, height, bpp;
};

/* clang-format off */
/* VESA's own numbers up to 11Bh; the others as in the LGPL'd VGA BIOS and in QEMU. */
static const struct vesa_mode modes[] ROM_TABLE = {
    { 0x100, 640, 400, 8 },    { 0x101, 640, 480, 8 },    { 0x102, 800, 600, 4 },    { 0x103, 800, 600, 8 },
    { 0x104, 1024, 768, 4 },   { 0x105, 1024, 768, 8 },   { 0x106, 1280, 1024, 4 },  { 0x107, 1280, 1024, 8 },
    { 0x10d, 320, 200, 15 },   { 0x10e, 320, 200, 16 },   { 0x10f, 320, 200, 24 },   { 0x110, 640, 480, 15 },
    { 0x111, 640, 480, 16 },   { 0x112, 640, 480, 24 },   { 0x113, 800, 600, 15 },   { 0x114, 800, 600, 16 },
    { 0x115, 800, 600, 24 },   { 0x116, 1024, 768, 15 },  { 0x117, 1024, 768, 16 },  { 0x118, 1024, 768, 24 },
    { 0x119, 1280, 1024, 15 }, { 0x11a, 1280, 1024, 16 }, { 0x11b, 1280, 1024, 24 }, { 0x11c, 1600, 1200, 8 },
    { 0x11d, 1600, 1200, 15 }, { 0x11e, 1600, 1200, 16 }, { 0x11f, 1600, 1200, 24 }, { 0x140, 320, 200, 32 },
    { 0x141, 640, 400, 32 },   { 0x142, 640, 480, 32 },   { 0x143, 800, 600, 32 },   { 0x144, 1024, 768, 32 },
    { 0x145, 1280, 1024, 32 }, { 0x146, 320, 200, 8 },    { 0x147, 1600, 1200, 32 }, { 0x148, 1152, 864, 8 },
    { 0x149, 1152, 864, 15 },  { 0x14a, 1152, 864, 16 },  { 0x14b, 1152, 864, 24 },  { 0x14c, 1152, 864, 32 },
    { 0x175, 1280, 768, 16 },  { 0x176, 1280, 768, 24 },  { 0x177, 1280, 768, 32 },  { 0x178, 1280, 800, 16 },
    { 0x179, 1280, 800, 24 },  { 0x17a, 1280, 800, 32 },  { 0x17b, 1280, 960, 16 },  { 0x17c, 1280, 960, 24 },
    { 0x17d, 1280, 960, 32 },  { 0x17e, 1440, 900, 16 },  { 0x17f, 1440, 900, 24 },  { 0x180, 1440, 900, 32 },
    { 0x181, 1400, 1050, 16 }, { 0x182, 1400, 1050, 24 }, { 0x183, 1400, 1050, 32 }, { 0x184, 1680, 1050, 16 },
    { 0x185, 1680, 1050, 24 }, { 0x186, 1680, 1050, 32 }, { 0x187, 1920, 1200, 16 }, { 0x188, 1920, 1200, 24 },
    { 0x189, 1920, 1200, 32 }, { 0x18a, 2560, 1600, 16 }, { 0x18b, 2560, 1600, 24 }, { 0x18c, 2560, 1600, 32 },
    { 0x18d, 1280, 720, 16 },  { 0x18e, 1280, 720, 24 },  { 0x18f, 1280, 720, 32 },  { 0x190, 1920, 1080, 16 },
    { 0x191, 1920, 1080, 24 }, { 0x192, 1920, 1080, 32 },
};
/* clang-format on */

static const char oem_name[] ROM_TABLE = "vitrine";
static const char vendor_name[] ROM_TABLE = "vitrine";
static const char product_name[] ROM_TABLE = "vitrine VGA";
static const char revision_name[] ROM_TABLE = "1";

static const uint8_t edid[EDID_BYTES] ROM_TABLE = {
#include "edid.inc"
};

static uint16_t dispi_read(uint16_t index)
{
    out16(DISPI_PORT_INDEX, index);
    return in16(DISPI_PORT_DATA);
}

static void dispi_write(uint16_t index, uint16_t value)
{
    out16(DISPI_PORT_INDEX, index);
    out16(DISPI_PORT_DATA, value);
}

uint16_t vbe_mode(void)
{
    return bda_read16(BDA_VESA_MODE);
}

void vbe_off(void)
{
    dispi_write(DISPI_ENABLE, 0);
    bda_write16(BDA_VESA_MODE, 0);
}

static bool find(uint16_t number, struct vesa_mode *mode)
{
    for (unsigned i = 0; i < ARRAY_LENGTH(modes); i++) {
        if (rom_read16(&modes[i].mode) != number)
            continue;
        mode->mode = number;
        mode->width = rom_read16(&modes[i].width);
        mode->height = rom_read16(&modes[i].height);
        mode->bpp = rom_read16(&modes[i].bpp);
        return true;
    }
    return false;
}

static uint16_t bytes_to_line(uint16_t width, uint16_t bpp)
{
    if (bpp == 4)
        return (uint16_t)(width / 8);
    return (uint16_t)(width * ((bpp + 7) / 8));
}

static void far_pointer(uint16_t segment, uint16_t at, const void *rom)
{
    far_write32(segment, at, (uint32_t)ROM_SEGMENT << 16 | (uint32_t)rom);
}

/* 00h: 256 bytes at ES:DI, or 512 when they begin with "VBE2". The modes stand in the block itself. */
static void controller_information(struct regs *r)
{
    uint16_t to = r->di, list = (uint16_t)(to + 0x22);
    bool second = far_read32(r->es, to) == 0x32454256; /* VBE2 */

    far_fill8(r->es, to, 0, second ? 512 : 256);
    far_write32(r->es, to, 0x41534556); /* VESA */
    far_write16(r->es, to + 4u, 0x0300);
    far_pointer(r->es, (uint16_t)(to + 6), oem_name);
    far_write32(r->es, to + 10u, 0x01); /* the DAC can have 8 bits */
    far_write32(r->es, to + 14u, (uint32_t)r->es << 16 | list);
    far_write16(r->es, to + 18u, dispi_read(DISPI_MEMORY));
    if (second) {
        far_write16(r->es, to + 20u, 0x0100);
        far_pointer(r->es, (uint16_t)(to + 22), vendor_name);
        far_pointer(r->es, (uint16_t)(to + 26), product_name);
        far_pointer(r->es, (uint16_t)(to + 30), revision_name);
    }
    for (unsigned i = 0; i < ARRAY_LENGTH(modes); i++, list += 2)
        far_write16(r->es, list, rom_read16(&modes[i].mode));
    far_write16(r->es, list, 0xffff);
    r->ax = VBE_OK;
}

_Static_assert(0x22 + 2 * (ARRAY_LENGTH(modes) + 1) <= 256, "the list of modes has room");

/* Red, green, blue and the rest: size and position of each. */
static void colour_masks(uint16_t segment, uint16_t at, uint16_t bpp)
{
    static const uint8_t masks[4][8] ROM_TABLE = {
        { 5, 10, 5, 5, 5, 0, 1, 15 }, /* 15 */
        { 5, 11, 6, 5, 5, 0, 0, 0 },
        { 8, 16, 8, 8, 8, 0, 0, 0 },
        { 8, 16, 8, 8, 8, 0, 8, 24 },
    };
    uint8_t row = bpp == 15 ? 0 : bpp == 16 ? 1 : bpp == 24 ? 2 : 3;

    if (bpp > 8)
        far_copy8(segment, at, ROM_SEGMENT, (uint32_t)masks[row], 8);
}

/* 01h: 256 bytes at ES:DI about mode CX. */
static void mode_information(struct regs *r)
{
    uint16_t to = r->di, line, images;
    uint32_t size;
    struct vesa_mode m;

    if (!find(r->cx & 0x1ff, &m))
        return;
    line = bytes_to_line(m.width, m.bpp);
    size = (uint32_t)line * m.height * (m.bpp == 4 ? 4 : 1);
    images = (uint16_t)(((uint32_t)dispi_read(DISPI_MEMORY) << 16) / size - 1);
    far_fill8(r->es, to, 0, 256);
    far_write16(r->es, to, m.bpp == 4 ? 0x1b : 0x9b); /* supported, colour, graphics, linear */
    far_write8(r->es, to + 2u, 0x07);                 /* window A: can be moved, read, written */
    far_write16(r->es, to + 4u, 64);                  /* granularity and size in KiB */
    far_write16(r->es, to + 6u, 64);
    far_write16(r->es, to + 8u, GRAPHICS_SEGMENT);
    far_write16(r->es, to + 16u, line);
    far_write16(r->es, to + 18u, m.width);
    far_write16(r->es, to + 20u, m.height);
    far_write8(r->es, to + 22u, 8); /* character cell */
    far_write8(r->es, to + 23u, 16);
    far_write8(r->es, to + 24u, m.bpp == 4 ? 4 : 1); /* planes */
    far_write8(r->es, to + 25u, (uint8_t)m.bpp);
    far_write8(r->es, to + 26u, 1);                                   /* banks */
    far_write8(r->es, to + 27u, m.bpp == 4 ? 3 : m.bpp == 8 ? 4 : 6); /* memory model */
    far_write8(r->es, to + 29u, (uint8_t)(images < 255 ? images : 255));
    far_write8(r->es, to + 30u, 1);
    colour_masks(r->es, (uint16_t)(to + 31), m.bpp);
    far_write8(r->es, to + 39u, m.bpp > 8 ? 2 : 0); /* the spare bits may be used */
    if (m.bpp != 4)
        far_write32(r->es, to + 40u, LFB_BASE);
    far_write16(r->es, to + 50u, line);
    far_write8(r->es, to + 52u, (uint8_t)(images < 255 ? images : 255));
    far_write8(r->es, to + 53u, (uint8_t)(images < 255 ? images : 255));
    colour_masks(r->es, (uint16_t)(to + 54), m.bpp);
    far_write32(r->es, to + 62u, MOST_DOT_HZ);
    r->ax = VBE_OK;
}

/*
 * The block of timings at ES:DI suits the mode: totals that have room for its picture, a clock that we said is
 * possible. That is all they are asked for: the display interface has no timings.
 */
static bool are_timings(const struct regs *r, const struct vesa_mode *m)
{
    uint32_t clock = far_read32(r->es, (uint16_t)(r->di + 13));

    return far_read16(r->es, r->di) > m->width &&
           far_read16(r->es, (uint16_t)(r->di + 6)) > m->height && clock && clock <= MOST_DOT_HZ;
}

/* 02h: mode BX; bit 11 timings at ES:DI, bit 14 linear frame buffer, bit 15 memory stays. */
static void set_mode(struct regs *r)
{
    uint16_t number = r->bx & 0x1ff;
    struct vesa_mode m;

    if (number < 0x100) {
        if (mode_set((uint8_t)number, !(r->bx & MODE_NO_CLEAR)))
            r->ax = VBE_OK;
        return;
    }
    if (!find(number, &m) || (m.bpp == 4 && r->bx & MODE_LFB) ||
        (r->bx & MODE_TIMINGS && !are_timings(r, &m)))
        return;
    mode_set(m.bpp == 4 ? 0x12 : 0x13, false); /* palette and attribute registers of its kind */
    dispi_write(DISPI_XRES, m.width);
    dispi_write(DISPI_YRES, m.height);
    dispi_write(DISPI_BPP, m.bpp);
    dispi_write(DISPI_ENABLE,
                (uint16_t)(DISPI_ENABLED | (r->bx & MODE_LFB ? DISPI_LFB_ENABLED : 0) |
                           (r->bx & MODE_NO_CLEAR ? DISPI_NO_CLEAR : 0)));
    bda_write16(BDA_VESA_MODE, r->bx & (0x1ff | MODE_LFB | MODE_NO_CLEAR));
    r->ax = VBE_OK;
}

static void get_mode(struct regs *r)
{
    r->bx = vbe_mode() ? vbe_mode() : bda_read8(BDA_VIDEO_MODE);
    r->ax = VBE_OK;
}

/*
 * 04h: the state of the video system at ES:BX. CX bit 0 registers, 1 BIOS data, 2 DAC, 3 display
 * interface; all of them are always saved. The layout is our own.
 */
enum state_offset {
    STATE_DISPI = 0, /* 10 words */
    STATE_BDA = 32,  /* 40:49h-66h, 84h-8Ah, BAh-BBh */
    STATE_SEQUENCER = 80,
    STATE_CRTC = 96,
    STATE_GRAPHICS = 128,
    STATE_ATTRIBUTE = 144,
    STATE_MISC = 176,
    STATE_DAC = 192,
    STATE_BYTES = STATE_DAC + 768,
};

static void bda_state(uint16_t segment, uint16_t at, bool save)
{
    static const uint8_t parts[3][2] ROM_TABLE = { { 0x49, 30 }, { 0x84, 7 }, { 0xba, 2 } };

    for (unsigned i = 0; i < 3; i++) {
        uint8_t from = rom_read8(&parts[i][0]), count = rom_read8(&parts[i][1]);

        if (save)
            far_copy8(segment, at, BDA_SEGMENT, from, count);
        else
            far_copy8(BDA_SEGMENT, from, segment, at, count);
        at = (uint16_t)(at + count);
    }
}

static void indexed_state(uint16_t port, uint8_t count, uint16_t segment, uint16_t at, bool save)
{
    for (uint8_t i = 0; i < count; i++, at++) {
        if (save)
            far_write8(segment, at, indexed_read(port, i));
        else
            indexed_write(port, i, far_read8(segment, at));
    }
}

static void attribute_state(uint16_t segment, uint16_t at, bool save)
{
    uint16_t status = (uint16_t)(bda_read16(BDA_CRTC) + 6);

    for (uint8_t i = 0; i < 21; i++) {
        in8(status);
        out8(PORT_ATTRIBUTE, i);
        if (save)
            far_write8(segment, at + i, in8(PORT_ATTRIBUTE + 1));
        else
            out8(PORT_ATTRIBUTE, far_read8(segment, at + i));
    }
    in8(status);
    out8(PORT_ATTRIBUTE, 0x20);
    in8(status);
}

static void dac_state(uint16_t segment, uint16_t at, bool save)
{
    out8(save ? PORT_DAC_READ : PORT_DAC_WRITE, 0);
    for (unsigned i = 0; i < 768; i++) {
        if (save)
            far_write8(segment, at + i, in8(PORT_DAC_DATA));
        else
            out8(PORT_DAC_DATA, far_read8(segment, at + i));
    }
}

static void dispi_state(uint16_t segment, uint16_t at, bool save)
{
    static const uint8_t order[] ROM_TABLE = { DISPI_XRES,     DISPI_YRES,    DISPI_BPP,
                                               DISPI_ENABLE,   DISPI_BANK,    DISPI_VIRT_WIDTH,
                                               DISPI_X_OFFSET, DISPI_Y_OFFSET };

    if (!save)
        dispi_write(DISPI_ENABLE, 0);
    for (unsigned i = 0; i < ARRAY_LENGTH(order); i++, at += 2) {
        uint8_t index = rom_read8(&order[i]);

        if (save)
            far_write16(segment, at, dispi_read(index));
        else
            dispi_write(index, (uint16_t)(far_read16(segment, at) |
                                          (index == DISPI_ENABLE ? DISPI_NO_CLEAR : 0)));
    }
}

static void save_restore(struct regs *r)
{
    bool save = r->dl == 1;
    uint16_t at = r->bx;

    if (r->dl > 2)
        return;
    r->ax = VBE_OK;
    if (r->dl == 0) {
        r->bx = (STATE_BYTES + 63) / 64;
        return;
    }
    bda_state(r->es, (uint16_t)(at + STATE_BDA), save);
    if (save)
        far_write8(r->es, at + (uint32_t)STATE_MISC, in8(PORT_MISC_READ));
    else
        out8(PORT_MISC, far_read8(r->es, at + (uint32_t)STATE_MISC));
    if (!save)
        crtc_write(0x11, 0);
    indexed_state(PORT_SEQUENCER, 5, r->es, (uint16_t)(at + STATE_SEQUENCER), save);
    indexed_state(bda_read16(BDA_CRTC), 25, r->es, (uint16_t)(at + STATE_CRTC), save);
    indexed_state(PORT_GRAPHICS, 9, r->es, (uint16_t)(at + STATE_GRAPHICS), save);
    attribute_state(r->es, (uint16_t)(at + STATE_ATTRIBUTE), save);
    dispi_state(r->es, (uint16_t)(at + STATE_DISPI), save);
    dac_state(r->es, (uint16_t)(at + STATE_DAC), save);
}

/* 05h: window BL (A only) to or at bank DX. */
static void window(struct regs *r)
{
    if (r->bl || r->bh > 1)
        return;
    if (r->bh == 1)
        r->dx = dispi_read(DISPI_BANK);
    else if (r->dx < dispi_read(DISPI_MEMORY))
        dispi_write(DISPI_BANK, r->dx);
    else
        return;
    r->ax = VBE_OK;
}

/* 06h: dots of a line in memory. BL = 0 set dots, 1 get, 2 set bytes, 3 get the most. */
static void line_length(struct regs *r)
{
    uint16_t bpp = dispi_read(DISPI_BPP), wanted = r->cx;

    if (r->bl > 3)
        return;
    if (r->bl == 2)
        wanted = (uint16_t)(bpp == 4 ? r->cx * 8 : r->cx / ((bpp + 7) / 8));
    if (r->bl == 3)
        wanted = (uint16_t)(((uint32_t)dispi_read(DISPI_MEMORY) << 16) / dispi_read(DISPI_YRES) /
                            (bpp == 4 ? 1 : (bpp + 7u) / 8)) &
                 0xfff8;
    if (r->bl == 3) {
        r->cx = wanted < 0x2000 ? wanted : 0x2000;
        r->bx = bytes_to_line(r->cx, bpp);
        r->dx = dispi_read(DISPI_YRES);
        r->ax = VBE_OK;
        return;
    }
    if (r->bl != 1) {
        dispi_write(DISPI_VIRT_WIDTH, wanted);
        if (dispi_read(DISPI_VIRT_WIDTH) < wanted) {
            r->ax = 0x024f; /* the hardware cannot */
            return;
        }
    }
    r->cx = dispi_read(DISPI_VIRT_WIDTH);
    r->bx = bytes_to_line(r->cx, bpp);
    r->dx = dispi_read(DISPI_VIRT_HEIGHT);
    r->ax = VBE_OK;
}

/* Until the next vertical retrace begins, or for a while if none does. */
static void wait_retrace(void)
{
    uint16_t status = (uint16_t)(bda_read16(BDA_CRTC) + 6);

    for (uint32_t looks = RETRACE_LOOKS; looks && in8(status) & STATUS_RETRACE; looks--) {
    }
    for (uint32_t looks = RETRACE_LOOKS; looks && !(in8(status) & STATUS_RETRACE); looks--) {
    }
}

/* 07h: the dot at the top left. BL = 0 set, 80h in the next vertical retrace, 1 get. */
static void display_start(struct regs *r)
{
    switch (r->bl) {
    case 0x80:
        wait_retrace();
        /* fall through */
    case 0x00:
        dispi_write(DISPI_X_OFFSET, r->cx);
        dispi_write(DISPI_Y_OFFSET, r->dx);
        break;
    case 0x01:
        r->bh = 0;
        r->cx = dispi_read(DISPI_X_OFFSET);
        r->dx = dispi_read(DISPI_Y_OFFSET);
        break;
    default:
        return;
    }
    r->ax = VBE_OK;
}

/* 08h: bits of a DAC colour. BL = 0 set to BH, 1 get. */
static void dac_width(struct regs *r)
{
    uint16_t enable = dispi_read(DISPI_ENABLE);

    if (r->bl > 1)
        return;
    if (dispi_read(DISPI_BPP) > 8) {
        r->ax = VBE_NOT_IN_THIS_MODE;
        return;
    }
    if (r->bl == 0) {
        enable = (uint16_t)(r->bh >= 8 ? enable | DISPI_8BIT_DAC : enable & ~DISPI_8BIT_DAC);
        dispi_write(DISPI_ENABLE, enable | DISPI_NO_CLEAR);
    }
    r->bh = enable & DISPI_8BIT_DAC ? 8 : 6;
    r->ax = VBE_OK;
}

/*
 * 09h: CX colours from DX on, at ES:DI as blue, green, red, 0. BL = 0 set, 80h in the next vertical
 * retrace, 1 get.
 */
static void palette(struct regs *r)
{
    uint16_t at = r->di;

    if (r->bl > 1 && r->bl != 0x80)
        return;
    if (r->bl == 0x80)
        wait_retrace();
    for (uint16_t i = 0; i < r->cx && i < 256; i++, at += 4) {
        uint8_t index = (uint8_t)(r->dx + i);

        if (r->bl == 1) {
            out8(PORT_DAC_READ, index);
            far_write8(r->es, (uint16_t)(at + 2), in8(PORT_DAC_DATA));
            far_write8(r->es, (uint16_t)(at + 1), in8(PORT_DAC_DATA));
            far_write8(r->es, at, in8(PORT_DAC_DATA));
            far_write8(r->es, (uint16_t)(at + 3), 0);
        } else {
            dac_set(index, far_read8(r->es, (uint16_t)(at + 2)),
                    far_read8(r->es, (uint16_t)(at + 1)), far_read8(r->es, at));
        }
    }
    r->ax = VBE_OK;
}

/* 0Ah: code for protected mode. */
extern const uint8_t vbe_protected[], vbe_protected_end[];
static void protected_mode(struct regs *r)
{
    if (r->bl)
        return;
    r->es = ROM_SEGMENT;
    r->di = (uint16_t)(uint32_t)vbe_protected;
    r->cx = (uint16_t)((uint32_t)vbe_protected_end - (uint32_t)vbe_protected);
    r->ax = VBE_OK;
}

/* 0Bh: the possible dot clock that is nearest to ECX, in Hz, for mode DX. No limit but ours: nothing runs at it. */
static void dot_clock(struct regs *r)
{
    struct vesa_mode m;

    if (r->bl || !find(r->dx & 0x1ff, &m))
        return;
    if (r->ecx > MOST_DOT_HZ)
        r->ecx = MOST_DOT_HZ;
    r->ax = VBE_OK;
}

/* 10h: power states. BL = 0 what there are, 1 set BH, 2 get. Off is a dark screen. */
static void power(struct regs *r)
{
    uint8_t clocking = indexed_read(PORT_SEQUENCER, 1);

    switch (r->bl) {
    case 0:
        r->bx = 0x0720; /* standby, suspend, off; DPMS 2.0 */
        break;
    case 1:
        indexed_write(PORT_SEQUENCER, 1, (uint8_t)((clocking & ~0x20) | (r->bh ? 0x20 : 0)));
        break;
    case 2:
        r->bh = clocking & 0x20 ? 4 : 0;
        break;
    default:
        return;
    }
    r->ax = VBE_OK;
}

/* 15h: the monitor. BL = 0 how it can be asked, 1 its description to ES:DI, 128 bytes. */
static void display_data(struct regs *r)
{
    if (r->bl == 0)
        r->bx = 0x0102; /* a second a block, DDC2 */
    else if (r->bl == 1 && r->dx == 0)
        far_copy8(r->es, r->di, ROM_SEGMENT, (uint32_t)edid, EDID_BYTES);
    else
        return;
    r->ax = VBE_OK;
}

void vbe_service(struct regs *r)
{
    uint8_t function = r->al;

    r->ax = function > 0x0b && function != 0x10 && function != 0x15 ? (uint16_t)(0x0100 | function)
                                                                    : VBE_FAILED;
    if (function >= 0x05 && function <= 0x09 && !vbe_mode()) {
        r->ax = VBE_NOT_IN_THIS_MODE;
        return;
    }
    switch (function) {
    case 0x00:
        controller_information(r);
        break;
    case 0x01:
        mode_information(r);
        break;
    case 0x02:
        set_mode(r);
        break;
    case 0x03:
        get_mode(r);
        break;
    case 0x04:
        save_restore(r);
        break;
    case 0x05:
        window(r);
        break;
    case 0x06:
        line_length(r);
        break;
    case 0x07:
        display_start(r);
        break;
    case 0x08:
        dac_width(r);
        break;
    case 0x09:
        palette(r);
        break;
    case 0x0a:
        protected_mode(r);
        break;
    case 0x0b:
        dot_clock(r);
        break;
    case 0x10:
        power(r);
        break;
    case 0x15:
        display_data(r);
        break;
    }
}
