/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/vga_draw.c - from video memory to a picture: scan lines, colours, graphics modes. Text is
 * vga_draw_text.c. Sources: IBM VGA Technical Reference, "CRT Controller" and "Attribute
 * Controller"; FreeVGA project, "CRT Controller".
 */
#include <stdlib.h>
#include <string.h>

#include "iodev/picture.h"
#include "util/bits.h"

enum {
    VGA_PAGES = VGA_MEMORY_BYTES / PAGE_SIZE,
    PLANAR_PAGES = VGA_PLANE_BYTES * 4 / PAGE_SIZE,
    CHARACTERS_MOST = 256 + 1,
    SHIFT_PAIRS = 0x20, /* graphics controller register 5: CGA's two bits a dot */
    SHIFT_BYTES = 0x40, /* ... a byte a dot */
    BLINK = 0x08,       /* attribute controller register 10h */
    SCREEN_OFF = 0x20,  /* sequencer register 1 */
};

/* ---- scan lines --------------------------------------------------------------------------------- */

void vga_lines_begin(const struct vga *vga, struct vga_lines *lines)
{
    const uint8_t *crtc = vga->crtc;
    unsigned units = crtc[CRTC_MODE] & 4 ? 2 : 1;
    bool text = vga_is_text(vga);

    *lines = (struct vga_lines){
        .height = vga_beam(vga).shown_lines,
        .columns = crtc[CRTC_END_DISPLAY] + 1u,
        .char_dots = text && !(vga->seq[SEQ_CLOCKING] & 1) ? 9 : 8,
        .repeat = vga->seq[SEQ_CLOCKING] & 8 ? 2 : 1,
        .row_scan = crtc[CRTC_PRESET_ROW] & 31,
        .max_scan = crtc[CRTC_MAX_SCAN_LINE] & 31,
        .doubled = crtc[CRTC_MAX_SCAN_LINE] >> 7,
        .row = (unsigned)(crtc[CRTC_START_HIGH] << 8 | crtc[CRTC_START_LOW]),
        .pitch = crtc[CRTC_OFFSET] * 2u,
        .byte_panning = crtc[CRTC_PRESET_ROW] >> 5 & 3,
        .pan_stops = vga->attr[ATTR_MODE] & 0x20,
    };
    lines->compare = (crtc[CRTC_LINE_COMPARE] | (crtc[CRTC_OVERFLOW] & 0x10u) << 4 |
                      (crtc[CRTC_MAX_SCAN_LINE] & 0x40u) << 3) *
                         units +
                     units - 1;
    lines->panning = vga->attr[ATTR_PANNING] & 15;
    if (lines->char_dots == 9)
        lines->panning = lines->panning < 8 ? lines->panning + 1 : 0;
    else
        lines->panning = lines->panning < 8 ? lines->panning : 0;
}

void vga_lines_next(struct vga_lines *lines)
{
    bool split = lines->y++ == lines->compare;

    if (split) {
        lines->row = lines->row_scan = lines->half = 0;
        if (lines->pan_stops)
            lines->panning = lines->byte_panning = 0;
    } else if (lines->doubled && !lines->half) {
        lines->half = 1;
    } else {
        lines->half = 0;
        if (lines->row_scan == lines->max_scan) {
            lines->row_scan = 0;
            lines->row += lines->pitch;
        } else {
            lines->row_scan = (lines->row_scan + 1) & 31;
        }
    }
}

unsigned vga_counter_address(const struct vga *vga, unsigned counter, unsigned row_scan)
{
    unsigned mode = vga->crtc[CRTC_MODE], address = counter;

    /* Double words are packed, as chain-4 memory is: the counter is the address. */
    if (!(vga->crtc[CRTC_UNDERLINE] & 0x40) && !(mode & 0x40))
        address = counter << 1 | (counter >> (mode & 0x20 ? 15 : 13) & 1);
    if (!(mode & 1))
        address = (address & ~0x2000u) | (row_scan & 1) << 13;
    if (!(mode & 2))
        address = (address & ~0x4000u) | (row_scan & 2) << 13;
    return address & (VGA_PLANE_BYTES - 1);
}

/* The memory counter at a character clock of a line. */
static unsigned counter_at(const struct vga *vga, const struct vga_lines *lines, unsigned i)
{
    if (vga->crtc[CRTC_UNDERLINE] & 0x20)
        i /= 4;
    else if (vga->crtc[CRTC_MODE] & 8)
        i /= 2;
    return lines->row + lines->byte_panning + i;
}

/* ---- colours ------------------------------------------------------------------------------------ */

uint32_t vga_dac_colour(const struct vga *vga, unsigned index)
{
    const uint8_t *dac = &vga->dac[(index & vga->dac_mask & 0xff) * 3];
    uint32_t colour = 0;

    for (unsigned i = 0; i < 3; i++) {
        unsigned level = dac[i];

        if (!(vga->dispi[DISPI_ENABLE] & DISPI_8BIT_DAC))
            level = (level << 2 | (level >> 4 & 3)) & 0xff;
        colour = colour << 8 | level;
    }
    return colour;
}

uint32_t vga_attribute_colour(const struct vga *vga, unsigned index)
{
    unsigned colour = vga->attr[index & vga->attr[ATTR_PLANES] & 15] & 63;
    unsigned high = vga->attr[ATTR_COLOUR];

    if (vga->attr[ATTR_MODE] & 0x80) /* P5, P4 select */
        colour = (colour & 15) | (high & 3) << 4;
    return vga_dac_colour(vga, colour | (high & 12) << 4);
}

struct colours {
    uint32_t attribute[16]; /* by what the planes say */
    uint32_t dac[256];
};

static void find_colours(const struct vga *vga, const struct vga_look *look, struct colours *c)
{
    for (unsigned i = 0; i < 16; i++) {
        unsigned index = i;

        if (vga->attr[ATTR_MODE] & BLINK) /* in graphics: plane 3 blinks */
            index = look->blink ? i | 8 : i ^ 8;
        c->attribute[i] = vga_attribute_colour(vga, index);
    }
    for (unsigned i = 0; i < 256; i++)
        c->dac[i] = vga_dac_colour(vga, i);
}

/* ---- graphics of the VGA's own registers --------------------------------------------------------- */

/* Bit `i` from the left of each plane's byte. */
static unsigned planar_dot(uint32_t data, unsigned i)
{
    data >>= 7 - i;
    return (data & 1) | (data >> 7 & 2) | (data >> 14 & 4) | (data >> 21 & 8);
}

/* Eight dots of 16 colours. */
static void planar_dots(uint32_t data, unsigned shift_pairs, uint8_t dots[8])
{
    for (unsigned i = 0; i < 8; i++) {
        if (shift_pairs) {
            unsigned low = data >> (i & 4) * 2, high = data >> ((i & 4) * 2 + 16);
            unsigned at = 6 - (i & 3) * 2;

            dots[i] = (uint8_t)((low >> at & 3) | (high >> at & 3) << 2);
        } else {
            dots[i] = (uint8_t)planar_dot(data, i);
        }
    }
}

static uint32_t *put(uint32_t *to, uint32_t colour, unsigned times)
{
    while (times--)
        *to++ = colour;
    return to;
}

static uint32_t *draw_character(const struct vga *vga, const struct vga_lines *lines,
                                const struct colours *c, uint32_t data, uint32_t *to)
{
    unsigned shift = vga->gc[GC_MODE];
    uint8_t dots[8];

    if (shift & SHIFT_BYTES) {
        for (unsigned i = 0; i < 4; i++)
            to = put(to, c->dac[data >> i * 8 & 0xff], 2 * lines->repeat);
        return to;
    }
    planar_dots(data, shift & SHIFT_PAIRS, dots);
    for (unsigned i = 0; i < 8; i++)
        to = put(to, c->attribute[dots[i]], lines->repeat);
    return to;
}

/* Dots that the beginning of a line is moved to the left by. */
static unsigned panned_dots(const struct vga *vga, const struct vga_lines *lines)
{
    return (vga->gc[GC_MODE] & SHIFT_BYTES ? lines->panning & 6 : lines->panning) * lines->repeat;
}

static void draw_graphics(struct vga *vga, struct picture *picture, const struct colours *c,
                          const uint8_t *changed, bool everything)
{
    uint32_t line[CHARACTERS_MOST * 16];
    struct vga_lines lines;

    for (vga_lines_begin(vga, &lines); lines.y < lines.height; vga_lines_next(&lines)) {
        unsigned skip = panned_dots(vga, &lines), count = lines.columns + (skip ? 1 : 0);
        bool draw = everything;
        uint32_t *to = line;

        for (unsigned i = 0; i < count && !draw; i++) {
            unsigned at = vga_counter_address(vga, counter_at(vga, &lines, i), lines.row_scan);

            draw = changed[at * 4 / PAGE_SIZE];
        }
        if (!draw)
            continue;
        for (unsigned i = 0; i < count; i++) {
            unsigned at = vga_counter_address(vga, counter_at(vga, &lines, i), lines.row_scan);

            to = draw_character(vga, &lines, c, load_le32(vga->memory + at * 4), to);
        }
        memcpy(picture->pixels + (size_t)lines.y * picture->stride, line + skip,
               picture->width * sizeof *line);
        picture_line_new(picture, lines.y);
    }
}

static void draw_blank(struct picture *picture, uint32_t colour)
{
    for (unsigned y = 0; y < picture->height; y++) {
        put(picture->pixels + (size_t)y * picture->stride, colour, picture->width);
        picture_line_new(picture, y);
    }
}

/* ---- modes of the display interface ------------------------------------------------------------ */

static uint32_t rgb555(unsigned v)
{
    unsigned r = v >> 10 & 31, g = v >> 5 & 31, b = v & 31;

    return (r << 3 | r >> 2) << 16 | (g << 3 | g >> 2) << 8 | (b << 3 | b >> 2);
}

static uint32_t rgb565(unsigned v)
{
    unsigned r = v >> 11 & 31, g = v >> 5 & 63, b = v & 31;

    return (r << 3 | r >> 2) << 16 | (g << 2 | g >> 4) << 8 | (b << 3 | b >> 2);
}

/* One line of `width` dots, the first of them `skip` dots into the first byte (4 bits only). */
static void draw_dispi_line(unsigned bpp, const uint8_t *from, unsigned skip, unsigned width,
                            const struct colours *c, uint32_t *to)
{
    switch (bpp) {
    case 4:
        for (unsigned x = 0; x < width; x++) {
            unsigned dot = x + skip;

            to[x] = c->attribute[planar_dot(load_le32(from + dot / 8 * 4), dot % 8)];
        }
        break;
    case 8:
        for (unsigned x = 0; x < width; x++)
            to[x] = c->dac[from[x]];
        break;
    case 15:
        for (unsigned x = 0; x < width; x++)
            to[x] = rgb555(load_le16(from + x * 2));
        break;
    case 16:
        for (unsigned x = 0; x < width; x++)
            to[x] = rgb565(load_le16(from + x * 2));
        break;
    case 24:
        for (unsigned x = 0; x < width; x++)
            to[x] = load_le16(from + x * 3) | (uint32_t)from[x * 3 + 2] << 16;
        break;
    default:
        for (unsigned x = 0; x < width; x++)
            to[x] = load_le32(from + x * 4) & 0xffffff;
    }
}

/* Where the lines are. */
struct dispi_frame {
    unsigned bpp, skip;
    uint64_t first, pitch, line_bytes;
};

static struct dispi_frame dispi_frame(const struct vga *vga)
{
    const uint16_t *r = vga->dispi;
    struct dispi_frame f = { .bpp = r[DISPI_BPP] };
    unsigned width = r[DISPI_XRES], bytes = (f.bpp + 7) / 8;

    if (f.bpp == 4) {
        f.skip = r[DISPI_X_OFFSET] % 8;
        f.pitch = r[DISPI_VIRT_WIDTH] / 8 * 4u;
        f.first = r[DISPI_X_OFFSET] / 8 * 4u;
        f.line_bytes = (f.skip + width + 7) / 8 * 4;
    } else {
        f.pitch = (uint64_t)r[DISPI_VIRT_WIDTH] * bytes;
        f.first = (uint64_t)r[DISPI_X_OFFSET] * bytes;
        f.line_bytes = (uint64_t)width * bytes;
    }
    f.first += r[DISPI_Y_OFFSET] * f.pitch;
    return f;
}

static bool any_changed(const uint8_t *changed, uint64_t first, uint64_t bytes)
{
    for (uint64_t page = first / PAGE_SIZE; page <= (first + bytes - 1) / PAGE_SIZE; page++) {
        if (changed[page])
            return true;
    }
    return false;
}

static void draw_dispi(struct vga *vga, struct picture *picture, const struct colours *c,
                       const uint8_t *changed, bool everything)
{
    struct dispi_frame f = dispi_frame(vga);

    for (unsigned y = 0; y < picture->height; y++) {
        uint64_t at = f.first + y * f.pitch;
        uint32_t *to = picture->pixels + (size_t)y * picture->stride;

        if (at + f.line_bytes > VGA_MEMORY_BYTES) { /* beyond memory: black */
            if (!everything)
                continue;
            put(to, 0, picture->width);
        } else if (everything || any_changed(changed, at, f.line_bytes)) {
            draw_dispi_line(f.bpp, vga->memory + at, f.skip, picture->width, c, to);
        } else {
            continue;
        }
        picture_line_new(picture, y);
    }
}

/* ---- the picture -------------------------------------------------------------------------------- */

static bool is_blank(const struct vga *vga)
{
    return !(vga->attr_index & ATTR_PALETTE_ON) || vga->seq[SEQ_CLOCKING] & SCREEN_OFF ||
           !vga->memory;
}

/* What the picture depends on; the rest stays zero, so that it makes no difference. */
static void look_at(const struct vga *vga, struct vga_look *look)
{
    uint64_t frame = vga_frame_number(vga);

    memset(look, 0, sizeof *look);
    memcpy(look->dispi, vga->dispi, sizeof look->dispi);
    look->dispi[DISPI_ID] = look->dispi[DISPI_BANK] = 0;
    memcpy(look->dac, vga->dac, sizeof look->dac);
    look->dac_mask = vga->dac_mask;
    look->attr_index = vga->attr_index & ATTR_PALETTE_ON;
    memcpy(look->attr, vga->attr, sizeof look->attr);
    look->seq[SEQ_CLOCKING] = vga->seq[SEQ_CLOCKING];
    look->seq[SEQ_FONT] = vga->seq[SEQ_FONT];
    look->gc[GC_MODE] = vga->gc[GC_MODE] & (SHIFT_PAIRS | SHIFT_BYTES);
    look->gc[GC_MISC] = vga->gc[GC_MISC] & 1;
    memcpy(look->crtc, vga->crtc, sizeof look->crtc);
    for (unsigned i = CRTC_CURSOR_START; i <= CRTC_CURSOR_END; i++)
        look->crtc[i] = look->crtc[i - CRTC_CURSOR_START + CRTC_CURSOR_HIGH] = 0;
    if (!vga_is_text(vga) && vga->attr[ATTR_MODE] & BLINK)
        look->blink = !(frame >> 4 & 1);
}

static void set_size(struct picture *picture, unsigned width, unsigned height)
{
    size_t pixels = (size_t)width * height;

    if (picture->width != width || picture->height != height)
        picture->valid = false;
    picture->width = picture->stride = width;
    picture->height = height;
    if (picture->room < pixels) {
        picture->pixels = xrealloc(picture->pixels, pixels * sizeof *picture->pixels);
        picture->room = pixels;
    }
    if (picture->line_room < height) {
        picture->line_drawn = xrealloc(picture->line_drawn, height * sizeof *picture->line_drawn);
        memset(picture->line_drawn, 0, height * sizeof *picture->line_drawn);
        picture->line_room = height;
    }
}

static bool take_pages(struct vga *vga, struct picture *picture, uint64_t first, uint64_t bytes,
                       uint8_t *changed)
{
    bool any = false;

    if (first >= VGA_MEMORY_BYTES || !bytes)
        return false;
    if (bytes > VGA_MEMORY_BYTES - first)
        bytes = VGA_MEMORY_BYTES - first;
    for (uint64_t page = first / PAGE_SIZE; page <= (first + bytes - 1) / PAGE_SIZE; page++) {
        changed[page] = ram_take(vga->ram, vga->ram_offset / PAGE_SIZE + page, RAM_PICTURE);
        any |= changed[page];
    }
    picture->tags_must_go |= any;
    return any;
}

static void draw_from_memory(struct vga *vga, struct picture *picture, bool everything)
{
    uint8_t changed[VGA_PAGES] = { 0 };
    struct colours colours;
    bool any;

    if (dispi_is_enabled(vga)) {
        struct dispi_frame f = dispi_frame(vga);

        any = take_pages(vga, picture, f.first, (picture->height - 1) * f.pitch + f.line_bytes,
                         changed);
    } else {
        any = take_pages(vga, picture, 0, PLANAR_PAGES * PAGE_SIZE, changed);
    }
    if (!dispi_is_enabled(vga) && vga_is_text(vga)) {
        vga_draw_text(vga, picture, everything, any);
        return;
    }
    if (!any && !everything)
        return;
    find_colours(vga, &picture->look, &colours);
    if (dispi_is_enabled(vga))
        draw_dispi(vga, picture, &colours, changed, everything);
    else
        draw_graphics(vga, picture, &colours, changed, everything);
}

void vga_draw(struct vga *vga, struct picture *picture)
{
    struct vga_look look;
    struct vga_lines lines;
    bool everything, dispi = dispi_is_enabled(vga);

    look_at(vga, &look);
    vga_lines_begin(vga, &lines);
    if (dispi)
        set_size(picture, vga->dispi[DISPI_XRES], vga->dispi[DISPI_YRES]);
    else
        set_size(picture, lines.columns * lines.char_dots * lines.repeat, lines.height);
    everything = !picture->valid || memcmp(&look, &picture->look, sizeof look) != 0;
    picture->look = look;
    picture->valid = true;
    picture->tags_must_go = false;
    if (is_blank(vga) && (!dispi || !vga->memory)) {
        if (everything)
            draw_blank(picture, vga->seq[SEQ_CLOCKING] & SCREEN_OFF
                                    ? 0
                                    : vga_dac_colour(vga, vga->attr[ATTR_OVERSCAN]));
    } else {
        draw_from_memory(vga, picture, everything);
    }
    for (unsigned y = 0; y < picture->height; y++) {
        if (picture->line_drawn[y] > picture->drawn) {
            picture->drawn++;
            break;
        }
    }
}

void picture_destroy(struct picture *picture)
{
    free(picture->pixels);
    free(picture->line_drawn);
    free(picture->cells);
    free(picture->font);
    *picture = (struct picture){ 0 };
}
