/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_vga.c - the display: memory paths beside a slow model, registers, pictures. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "iodev/picture.h"
#include "tests/support/fake_board.h"
#include "util/png.h"

static struct fake_board *board;
static struct vga *vga;
static uint64_t seed;

static void setup(void)
{
    board = fake_board_create(100000000);
    board->ram.told = RAM_PICTURE;
    vga = device_create(&board->list, &vga_class);
    vga_plug_memory(vga, &board->memory, FAKE_RAM);
    device_reset_all(&board->list, RESET_POWER_ON);
    seed = 1;
}

static void teardown(void)
{
    fake_board_destroy(board);
}

static unsigned random_below(unsigned limit)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((seed >> 33) % limit);
}

static void seq(uint8_t index, uint8_t value)
{
    fake_out16(board, 0x3c4, (uint16_t)(value << 8 | index));
}

static void gc(uint8_t index, uint8_t value)
{
    fake_out16(board, 0x3ce, (uint16_t)(value << 8 | index));
}

static void crtc(uint8_t index, uint8_t value)
{
    fake_out16(board, 0x3d4, (uint16_t)(value << 8 | index));
}

static void attr(uint8_t index, uint8_t value)
{
    fake_in8(board, 0x3da);
    fake_out8(board, 0x3c0, index);
    fake_out8(board, 0x3c0, value);
    fake_out8(board, 0x3c0, 0x20);
}

static void dispi(uint16_t index, uint16_t value)
{
    fake_out16(board, 0x1ce, index);
    fake_out16(board, 0x1cf, value);
}

static uint16_t dispi_value(uint16_t index)
{
    fake_out16(board, 0x1ce, index);
    return fake_in16(board, 0x1cf);
}

/* ---- the model: planes, one bit at a time -------------------------------------------------------- */

static struct model {
    uint8_t plane[4][0x10000];
    uint8_t latch[4];
} * model;

/* Where an address leads. False: nowhere. */
static bool model_window(uint64_t address, unsigned *offset)
{
    uint64_t first = 0xa0000, last = 0xaffff;

    switch (vga->gc[6] >> 2 & 3) {
    case 0:
        last = 0xbffff;
        break;
    case 2:
        first = 0xb0000;
        last = 0xb7fff;
        break;
    case 3:
        first = 0xb8000;
        last = 0xbffff;
        break;
    }
    *offset = (unsigned)(address - first);
    return address >= first && address <= last && vga->misc & 2;
}

static unsigned model_even(unsigned offset)
{
    bool wide = !(vga->gc[6] & 0x0c);

    if (!(vga->gc[6] & 2))
        return offset;
    return (offset & 0xfffe) | (wide ? offset / 0x10000 : vga->misc & 0x20 ? 0 : 1);
}

static uint8_t model_read(uint64_t address)
{
    unsigned offset, at, plane = vga->gc[4] & 3;
    uint8_t result = 0;

    if (!model_window(address, &offset))
        return 0xff;
    at = offset;
    if (vga->seq[4] & 8) {
        plane = offset % 4;
        at = (offset & 0xffff) / 4;
    } else if (vga->gc[5] & 0x10) {
        plane = (plane & 2) + offset % 2;
        at = model_even(offset);
    }
    at &= 0xffff;
    for (unsigned p = 0; p < 4; p++)
        model->latch[p] = model->plane[p][at];
    if (!(vga->gc[5] & 8))
        return model->latch[plane];
    for (unsigned bit = 0; bit < 8; bit++) {
        bool same = true;

        for (unsigned p = 0; p < 4; p++) {
            if (vga->gc[7] >> p & 1 && (model->latch[p] >> bit & 1) != (vga->gc[2] >> p & 1))
                same = false;
        }
        result |= (uint8_t)(same << bit);
    }
    return result;
}

static unsigned model_rotate(unsigned value)
{
    for (unsigned i = vga->gc[3] & 7; i; i--)
        value = value >> 1 | (value & 1) << 7;
    return value;
}

static unsigned model_bit(unsigned p, unsigned bit, uint8_t written)
{
    unsigned mode = vga->gc[5] & 3, latch = model->latch[p] >> bit & 1, value;
    unsigned set = vga->gc[0] >> p & 1, mask = vga->gc[8] >> bit & 1;

    if (mode == 1)
        return latch;
    if (mode == 0)
        value = vga->gc[1] >> p & 1 ? set : model_rotate(written) >> bit & 1;
    else if (mode == 2)
        value = written >> p & 1;
    else
        value = set;
    if (mode == 3)
        mask &= model_rotate(written) >> bit & 1;
    switch (vga->gc[3] >> 3 & 3) {
    case 1:
        value &= latch;
        break;
    case 2:
        value |= latch;
        break;
    case 3:
        value ^= latch;
        break;
    }
    return mask ? value : latch;
}

static void model_write(uint64_t address, uint8_t written)
{
    unsigned offset, at;

    if (!model_window(address, &offset))
        return;
    for (unsigned p = 0; p < 4; p++) {
        unsigned result = 0;

        at = offset;
        if (!(vga->seq[2] >> p & 1))
            continue;
        if (vga->seq[4] & 8) {
            if (p != offset % 4)
                continue;
            at = (offset & 0xffff) / 4;
        } else if (!(vga->seq[4] & 4)) {
            if (p % 2 != offset % 2)
                continue;
            at = model_even(offset);
        }
        for (unsigned bit = 0; bit < 8; bit++)
            result |= model_bit(p, bit, written) << bit;
        model->plane[p][at & 0xffff] = (uint8_t)result;
    }
}

static void same_memory(void)
{
    for (unsigned p = 0; p < 4; p++) {
        for (unsigned i = 0; i < 0x10000; i++)
            ck_assert_msg(vga->memory[i * 4 + p] == model->plane[p][i], "plane %u, byte %x", p, i);
    }
}

/* Write mode _i & 3, read mode _i >> 2 & 1, memory _i >> 3: planes, odd/even, chained. */
START_TEST(memory_goes_the_way_of_the_model)
{
    static const uint8_t memories[3] = { 0x06, 0x02, 0x0e };

    model = xcalloc(1, sizeof *model);
    seed = (uint64_t)_i + 1;
    for (unsigned i = 0; i < 0x40000; i++)
        model->plane[i % 4][i / 4] = vga->memory[i] = (uint8_t)random_below(256);
    for (unsigned round = 0; round < 300; round++) {
        fake_out8(board, 0x3c2, (uint8_t)(0x41 | random_below(2) << 5 | !!random_below(16) << 1));
        seq(4, memories[_i >> 3]);
        seq(2, (uint8_t)random_below(16));
        for (uint8_t i = 0; i < 9; i++)
            gc(i, (uint8_t)random_below(256));
        gc(5, (uint8_t)((_i & 3) | (_i & 4) << 1 | (_i >> 3 == 1 ? 0x10 : 0)));
        for (unsigned n = 0; n < 40; n++) {
            unsigned size = 1u << random_below(4);
            uint64_t address = 0xa0000 + random_below(0x20000 - 8), value = 0;

            if (random_below(2)) { /* at an offset that was used before, now and then */
                for (unsigned i = 0; i < size; i++)
                    value |= (uint64_t)model_read(address + i) << i * 8;
                ck_assert_uint_eq(space_read(&board->memory, address, size), value);
            } else {
                value = (uint64_t)random_below(1u << 31) << 32 | random_below(1u << 31);
                for (unsigned i = 0; i < size; i++)
                    model_write(address + i, (uint8_t)(value >> i * 8));
                space_write(&board->memory, address, size,
                            size == 8 ? value : value & ((UINT64_C(1) << size * 8) - 1));
            }
        }
    }
    same_memory();
    free(model);
}
END_TEST

/* ---- registers ----------------------------------------------------------------------------------- */

START_TEST(bits_that_do_not_exist_read_as_zero)
{
    static const uint8_t sequencer[5] = { 0x03, 0x3d, 0x0f, 0x3f, 0x0e };
    static const uint8_t graphics[9] = { 0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff };

    for (uint8_t i = 0; i < 5; i++) {
        seq(i, 0xff);
        ck_assert_uint_eq(fake_in8(board, 0x3c5), sequencer[i]);
    }
    for (uint8_t i = 0; i < 9; i++) {
        gc(i, 0xff);
        ck_assert_uint_eq(fake_in8(board, 0x3cf), graphics[i]);
    }
    crtc(0x11, 0);
    crtc(0x0a, 0xff);
    ck_assert_uint_eq(fake_in8(board, 0x3d5), 0x3f);
    crtc(0x17, 0xff);
    ck_assert_uint_eq(fake_in8(board, 0x3d5), 0xef);
    crtc(0x19, 0xff);
    ck_assert_uint_eq(fake_in8(board, 0x3d5), 0xff); /* there is no such register */
    attr(0x10, 0xff);
    fake_in8(board, 0x3da);
    fake_out8(board, 0x3c0, 0x30);
    ck_assert_uint_eq(fake_in8(board, 0x3c1), 0xef);
}
END_TEST

START_TEST(video_memory_can_be_switched_off)
{
    space_write(&board->memory, 0xb8000, 1, 0x55);
    ck_assert_uint_eq(space_read(&board->memory, 0xb8000, 1), 0x55);
    fake_out8(board, 0x3c2, 0x65);
    ck_assert_uint_eq(space_read(&board->memory, 0xb8000, 1), 0xff);
    space_write(&board->memory, 0xb8000, 1, 0x66);
    fake_out8(board, 0x3c2, 0x67);
    fake_out8(board, 0x3c3, 0);
    ck_assert_uint_eq(space_read(&board->memory, 0xb8000, 1), 0xff);
    fake_out8(board, 0x3c3, 1);
    ck_assert_uint_eq(space_read(&board->memory, 0xb8000, 1), 0x55);
}
END_TEST

START_TEST(the_beam_follows_the_registers)
{
    struct vga_beam beam = vga_beam(vga);

    ck_assert_uint_eq(beam.dot_hz, 28322000);
    ck_assert_uint_eq(beam.line_dots, 900);
    ck_assert_uint_eq(beam.shown_dots, 720);
    ck_assert_uint_eq(beam.lines, 449);
    ck_assert_uint_eq(beam.shown_lines, 400);
    ck_assert_uint_eq(beam.retrace, 412);
    ck_assert_uint_eq(beam.retrace_lines, 2);
    fake_run_us(board, 1000000);
    ck_assert_uint_eq(vga_frame_number(vga), 70);
}
END_TEST

START_TEST(the_display_interface_keeps_within_its_limits)
{
    ck_assert_uint_eq(dispi_value(DISPI_ID), 0xb0c5);
    dispi(DISPI_ID, 0xb0c2);
    ck_assert_uint_eq(dispi_value(DISPI_ID), 0xb0c2);
    dispi(DISPI_ID, 0x1234);
    ck_assert_uint_eq(dispi_value(DISPI_ID), 0xb0c2);
    ck_assert_uint_eq(dispi_value(DISPI_MEMORY), 256);
    ck_assert_uint_eq(dispi_value(11), 0);
    dispi(DISPI_ENABLE, DISPI_GET_CAPS);
    ck_assert_uint_eq(dispi_value(DISPI_XRES), 2560);
    ck_assert_uint_eq(dispi_value(DISPI_YRES), 1600);
    ck_assert_uint_eq(dispi_value(DISPI_BPP), 32);
    dispi(DISPI_ENABLE, DISPI_ENABLED); /* without a size */
    ck_assert_uint_eq(dispi_value(DISPI_ENABLE), 0);
    dispi(DISPI_XRES, 2561);
    ck_assert_uint_eq(dispi_value(DISPI_XRES), 0);
    dispi(DISPI_XRES, 640);
    dispi(DISPI_YRES, 480);
    dispi(DISPI_BPP, 17);
    ck_assert_uint_eq(dispi_value(DISPI_BPP), 8);
    dispi(DISPI_BPP, 32);
    vga->memory[0] = 1;
    dispi(DISPI_ENABLE, DISPI_ENABLED | DISPI_NO_CLEAR);
    ck_assert_uint_eq(vga->memory[0], 1);
    ck_assert_uint_eq(dispi_value(DISPI_VIRT_WIDTH), 640);
    ck_assert_uint_eq(dispi_value(DISPI_VIRT_HEIGHT), (16 << 20) / 2560);
    dispi(DISPI_XRES, 800); /* not while it is on */
    ck_assert_uint_eq(dispi_value(DISPI_XRES), 640);
    dispi(DISPI_VIRT_WIDTH, 1001);
    ck_assert_uint_eq(dispi_value(DISPI_VIRT_WIDTH), 1008);
    dispi(DISPI_VIRT_WIDTH, 65535); /* there is no memory for 480 such lines */
    ck_assert_uint_eq(dispi_value(DISPI_VIRT_WIDTH), 640);
    dispi(DISPI_VIRT_WIDTH, 8);
    ck_assert_uint_eq(dispi_value(DISPI_VIRT_WIDTH), 640);
    dispi(DISPI_ENABLE, 0);
    dispi(DISPI_ENABLE, DISPI_ENABLED);
    ck_assert_uint_eq(vga->memory[0], 0);
    dispi(DISPI_BANK, 3);
    space_write(&board->memory, 0xa1234, 4, 0x11223344);
    ck_assert_uint_eq(space_read(&board->memory, VGA_LFB + 0x31234u, 4), 0x11223344);
    ck_assert_uint_eq(space_read(&board->memory, 0xa1234, 4), 0x11223344);
    ck_assert_uint_eq(space_read(&board->memory, 0xb0000, 1), 0xff);
}
END_TEST

START_TEST(the_dac_has_eight_bits_when_asked)
{
    fake_out8(board, 0x3c8, 1);
    fake_out8(board, 0x3c9, 0xff); /* 3fh */
    fake_out8(board, 0x3c9, 0x20);
    fake_out8(board, 0x3c9, 0x01);
    ck_assert_uint_eq(vga_dac_colour(vga, 1), 0xff8204);
    dispi(DISPI_ENABLE, DISPI_8BIT_DAC);
    ck_assert_uint_eq(vga_dac_colour(vga, 1), 0xff8204);
    fake_out8(board, 0x3c8, 1);
    for (unsigned i = 0; i < 3; i++)
        fake_out8(board, 0x3c9, 0x99);
    ck_assert_uint_eq(vga_dac_colour(vga, 1), 0x999999);
    fake_out8(board, 0x3c7, 1);
    ck_assert_uint_eq(fake_in8(board, 0x3c9), 0x99);
    dispi(DISPI_ENABLE, 0);
    fake_out8(board, 0x3c7, 1);
    ck_assert_uint_eq(fake_in8(board, 0x3c9), 0x26);
}
END_TEST

START_TEST(registers_and_frame_buffer_can_be_moved)
{
    uint64_t at = 0xf0000000;
    unsigned sum = 0;

    space_write(&board->memory, VGA_LFB + 8u, 4, 0xcafe);
    vga_move_lfb(vga, 0xd0000000);
    ck_assert_uint_eq(space_read(&board->memory, VGA_LFB + 8u, 4), 0xffffffff);
    ck_assert_uint_eq(space_read(&board->memory, 0xd0000008, 4), 0xcafe);
    vga_move_registers(vga, at);
    for (unsigned i = 0; i < VGA_EDID_BYTES; i++)
        sum += (unsigned)space_read(&board->memory, at + i, 1);
    ck_assert_uint_eq(sum & 0xff, 0);
    ck_assert_uint_eq(space_read(&board->memory, at, 4), 0xffffff00);
    ck_assert_uint_eq(space_read(&board->memory, at + VGA_EDID_BYTES, 1), 0);
    space_write(&board->memory, at + 0x404, 2, 0x0b02); /* sequencer 2 */
    ck_assert_uint_eq(vga->seq[2], 0x0b);
    ck_assert_uint_eq(space_read(&board->memory, at + 0x405, 1), 0x0b);
    space_write(&board->memory, at + 0x500 + 2 * DISPI_XRES, 2, 320);
    ck_assert_uint_eq(dispi_value(DISPI_XRES), 320);
    ck_assert_uint_eq(space_read(&board->memory, at + 0x500, 2), 0xb0c5);
    ck_assert_uint_eq(space_read(&board->memory, at + 0x600, 4), 8);
    ck_assert_uint_eq(space_read(&board->memory, at + 0x604, 4), 0x1e1e1e1e);
    vga_move_registers(vga, 0);
    ck_assert_uint_eq(space_read(&board->memory, at, 4), 0xffffffff);
}
END_TEST

/* ---- pictures ------------------------------------------------------------------------------------ */

static uint32_t at(const struct picture *p, unsigned x, unsigned y)
{
    ck_assert_uint_lt(x, p->width);
    ck_assert_uint_lt(y, p->height);
    return p->pixels[y * p->stride + x];
}

/* A picture that was kept up to date is the one that is drawn now from nothing. */
static void same_as_new(struct picture *kept)
{
    struct picture fresh = { 0 };

    vga_draw(vga, kept);
    vga_draw(vga, &fresh);
    ck_assert_uint_eq(kept->width, fresh.width);
    ck_assert_uint_eq(kept->height, fresh.height);
    for (unsigned y = 0; y < kept->height; y++)
        ck_assert_msg(!memcmp(kept->pixels + y * kept->stride, fresh.pixels + y * fresh.stride,
                              kept->width * 4),
                      "line %u of %u", y, kept->height);
    picture_destroy(&fresh);
}

static unsigned new_lines(const struct picture *p)
{
    unsigned count = 0;

    for (unsigned y = 0; y < p->height; y++)
        count += p->line_drawn[y] == p->drawn;
    return count;
}

START_TEST(only_what_changed_is_drawn)
{
    struct picture p = { 0 };
    uint64_t drawn;

    vga_draw(vga, &p);
    ck_assert_uint_eq(p.width, 720);
    ck_assert_uint_eq(p.height, 400);
    ck_assert_uint_eq(new_lines(&p), 400);
    drawn = p.drawn;
    vga_draw(vga, &p);
    ck_assert_uint_eq(p.drawn, drawn);
    space_write(&board->memory, 0xb8000 + 160 * 7 + 20, 2, 0x1f41); /* one cell: 16 lines */
    vga_draw(vga, &p);
    ck_assert_uint_eq(p.drawn, drawn + 1);
    ck_assert_uint_eq(new_lines(&p), 16);
    ck_assert_uint_eq(at(&p, 90, 7 * 16), 0x0000aa);
    fake_run_us(board, 8 * 1000000 / 70 + 15000); /* the cursor blinks away: its row */
    vga_draw(vga, &p);
    ck_assert_uint_eq(p.drawn, drawn + 2);
    ck_assert_uint_eq(new_lines(&p), 16);
    same_as_new(&p);
    fake_out8(board, 0x3c8, 1); /* a colour: everything */
    fake_out8(board, 0x3c9, 63);
    vga_draw(vga, &p);
    ck_assert_uint_eq(new_lines(&p), 400);
    picture_destroy(&p);
}
END_TEST

START_TEST(a_frame_buffer_write_is_a_line)
{
    struct picture p = { 0 };
    uint64_t drawn;

    dispi(DISPI_XRES, 1024);
    dispi(DISPI_YRES, 768);
    dispi(DISPI_BPP, 32);
    dispi(DISPI_ENABLE, DISPI_ENABLED | DISPI_LFB_ENABLED);
    vga_draw(vga, &p);
    ck_assert_uint_eq(p.width, 1024);
    ck_assert_uint_eq(p.height, 768);
    drawn = p.drawn;
    for (unsigned i = 0; i < 3; i++) { /* again and again: the mark comes back */
        space_write(&board->memory, VGA_LFB + (100u * 1024 + 7) * 4, 4, 0xff123456 + i);
        vga_draw(vga, &p);
        ck_assert_uint_eq(p.drawn, drawn + 1 + i);
        ck_assert_uint_eq(new_lines(&p), 1);
        ck_assert_uint_eq(at(&p, 7, 100), 0x123456 + i);
        ck_assert(p.tags_must_go);
    }
    vga_draw(vga, &p);
    ck_assert_uint_eq(p.drawn, drawn + 3);
    ck_assert(!p.tags_must_go);
    picture_destroy(&p);
}
END_TEST

/* Each depth: the colour of a dot that was put by hand. */
START_TEST(dots_of_every_depth)
{
    static const struct {
        uint16_t bpp;
        uint32_t value, colour;
    } depths[] = {
        { 15, 0x7c00, 0xff0000 }, { 15, 0x0201, 0x008408 },   { 16, 0xf800, 0xff0000 },
        { 16, 0x0401, 0x008208 }, { 24, 0x010203, 0x010203 }, { 32, 0x99010203, 0x010203 },
        { 8, 0x3f, 0x55aaff },
    };
    struct picture p = { 0 };
    unsigned bytes = (depths[_i].bpp + 7u) / 8;

    dispi(DISPI_XRES, 640);
    dispi(DISPI_YRES, 480);
    dispi(DISPI_BPP, depths[_i].bpp);
    dispi(DISPI_ENABLE, DISPI_ENABLED);
    fake_out8(board, 0x3c8, 0x3f);
    fake_out8(board, 0x3c9, 0x15);
    fake_out8(board, 0x3c9, 0x2a);
    fake_out8(board, 0x3c9, 0x3f);
    dispi(DISPI_VIRT_WIDTH, 800);
    dispi(DISPI_X_OFFSET, 10);
    dispi(DISPI_Y_OFFSET, 3);
    for (unsigned i = 0; i < bytes; i++)
        space_write(&board->memory, VGA_LFB + (5u * 800 + 17) * bytes + i, 1,
                    depths[_i].value >> i * 8 & 0xff);
    vga_draw(vga, &p);
    ck_assert_uint_eq(at(&p, 7, 2), depths[_i].colour);
    ck_assert_uint_eq(at(&p, 8, 2), at(&p, 9, 2));
    dispi(DISPI_Y_OFFSET, 65535); /* far outside */
    vga_draw(vga, &p);
    ck_assert_uint_eq(at(&p, 0, 0), 0);
    picture_destroy(&p);
}
END_TEST

/* Any register, any memory, any time: nothing breaks, and what is kept up to date stays right. */
START_TEST(random_pokes_break_nothing)
{
    static const uint16_t ports[] = { 0x3c0, 0x3c4, 0x3ce, 0x3d4, 0x3b4, 0x1ce };
    struct picture p = { 0 };
    struct buf text = { 0 };
    struct out out;

    seed = (uint64_t)_i + 1000;
    out_to_buf(&out, &text);
    for (unsigned round = 0; round < 50; round++) {
        for (unsigned n = random_below(30); n; n--) {
            uint16_t port = ports[random_below(ARRAY_SIZE(ports))];

            switch (random_below(8)) {
            case 0:
                fake_out8(board, (uint16_t)(0x3c0 + random_below(16)), (uint8_t)random_below(256));
                break;
            case 1:
                space_write(&board->memory, 0xa0000 + random_below(0x20000), 1, random_below(256));
                break;
            case 2:
                space_write(&board->memory, VGA_LFB + random_below(16 << 20), 4, random_below(~0u));
                break;
            case 3:
                space_read(&board->memory, 0xa0000 + random_below(0x20000), 8);
                break;
            case 4:
                fake_out8(board, 0x3c9, (uint8_t)random_below(256));
                break;
            case 5:
                dispi((uint16_t)random_below(12),
                      (uint16_t)(random_below(4) ? random_below(1700) : random_below(65536)));
                break;
            case 6: /* sizes that are possible, so that it is on now and then */
                dispi(DISPI_ENABLE, 0);
                dispi(DISPI_XRES, (uint16_t)random_below(400));
                dispi(DISPI_YRES, (uint16_t)random_below(300));
                dispi(DISPI_BPP, (uint16_t)(4u << random_below(4)));
                dispi(DISPI_ENABLE, (uint16_t)random_below(256));
                break;
            default:
                if (port == 0x3d4 && !random_below(3)) /* open the protected ones */
                    crtc(0x11, 0);
                fake_out16(board, port, (uint16_t)(random_below(256) << 8 | random_below(0x1a)));
            }
        }
        fake_run(board, random_below(3000000));
        same_as_new(&p);
        vga_describe(&vga->dev, &out);
        ck_assert(text.length > 0);
        buf_clear(&text);
        if (!random_below(10))
            dispi(DISPI_ENABLE, 0);
        if (!random_below(10))
            device_reset_all(&board->list, random_below(2) ? RESET_HARD : RESET_POWER_ON);
    }
    buf_free(&text);
    picture_destroy(&p);
}
END_TEST

START_TEST(a_picture_is_the_same_after_a_restore)
{
    struct picture p = { 0 };

    for (unsigned i = 0; i < 2000; i++)
        space_write(&board->memory, 0xb8000 + i * 2, 2, random_below(65536));
    seq(1, 1);
    vga_draw(vga, &p);
    ck_assert(fake_round_trip(board, &vga->dev));
    for (unsigned i = 0; i < 2000; i++) /* the round trip's reset cleared it */
        space_write(&board->memory, 0xb8000 + i * 2, 2, 0x0741);
    same_as_new(&p);
    picture_destroy(&p);
}
END_TEST

/* ---- PNG ------------------------------------------------------------------------------------------ */

START_TEST(a_png_file_has_its_parts)
{
    static const uint32_t pixels[6] = { 0xff0000, 0x00ff00, 1, 0x0000ff, 0xffffff, 2 };
    struct buf png = { 0 }, again = { 0 };

    png_write(&png, pixels, 2, 2, 3);
    png_write(&again, pixels, 2, 2, 3);
    ck_assert_uint_eq(png.length, again.length);
    ck_assert_mem_eq(png.data, again.data, png.length);
    ck_assert_mem_eq(png.data, "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x02\x08\x02", 26);
    ck_assert_mem_eq(png.data + png.length - 12, "\0\0\0\0IEND\xae\x42\x60\x82", 12);
    ck_assert_uint_eq(png_checksum(pixels, 2, 2, 3),
                      0xb53c910f); /* of ff0000 00ff00 0000ff ffffff */
    buf_free(&png);
    buf_free(&again);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vga");
    TCase *tcase = tcase_create("vga");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, memory_goes_the_way_of_the_model, 0, 24);
    tcase_add_test(tcase, bits_that_do_not_exist_read_as_zero);
    tcase_add_test(tcase, video_memory_can_be_switched_off);
    tcase_add_test(tcase, the_beam_follows_the_registers);
    tcase_add_test(tcase, the_display_interface_keeps_within_its_limits);
    tcase_add_test(tcase, the_dac_has_eight_bits_when_asked);
    tcase_add_test(tcase, registers_and_frame_buffer_can_be_moved);
    tcase_add_test(tcase, only_what_changed_is_drawn);
    tcase_add_test(tcase, a_frame_buffer_write_is_a_line);
    tcase_add_loop_test(tcase, dots_of_every_depth, 0, 7);
    tcase_add_loop_test(tcase, random_pokes_break_nothing, 0, 6);
    tcase_add_test(tcase, a_picture_is_the_same_after_a_restore);
    tcase_add_test(tcase, a_png_file_has_its_parts);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
