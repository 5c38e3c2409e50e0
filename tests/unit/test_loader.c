/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_loader.c - images become a boot plan, or one line that says why not: bzImage and
 * zImage, Multiboot ELF and a.out kludge with modules, flat images, boot sectors; and what
 * config_check() refuses. Sources: Linux, Documentation/x86/boot.rst; Multiboot 0.6.96.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "bios/images.h"
#include "machine/loader.h"
#include "tests/support/scratch.h"
#include "util/bits.h"

#define RAM MIB(16)
#define TOP (RAM - 0x20000) /* the firmware keeps its tables above */

static struct scratch scratch;
static struct machine_config config;
static struct boot_plan plan;
static struct buf error;
static int exit_code;

static void setup(void)
{
    scratch_make(&scratch);
    config_defaults(&config);
}

static void teardown(void)
{
    boot_plan_free(&plan);
    buf_free(&error);
    scratch_remove(&scratch);
}

static bool make(void)
{
    boot_plan_free(&plan);
    buf_clear(&error);
    exit_code = -1;
    return boot_plan_make(&plan, &config, RAM, 0, &error, &exit_code);
}

static void refused(const char *text)
{
    ck_assert(!make());
    ck_assert_msg(strstr(buf_text(&error), text), "'%s' is not in '%s'", text, buf_text(&error));
    ck_assert_ptr_null(strchr(buf_text(&error), '\n'));
    ck_assert_int_eq(exit_code, 2);
}

static void accepted(void)
{
    bool ok = make();

    ck_assert_msg(ok, "%s", buf_text(&error));
}

static const char *file(const void *bytes, size_t count)
{
    return scratch_file(&scratch, "image", bytes, count);
}

/* ---- Linux ---- */

enum { SETUP = 4 * 512 + 512, IMAGE = 0x8000 };
static uint8_t image[0x90000];

static void linux_image(unsigned version, bool high)
{
    memset(image, 0, sizeof image);
    image[0x1f1] = 4;
    store_le16(image + 0x1fe, 0xaa55);
    memcpy(image + 0x202, "HdrS", 4);
    store_le16(image + 0x206, (uint16_t)version);
    image[0x211] = high;
    store_le32(image + 0x22c, 0x37ffffff);
    store_le32(image + 0x238, 255);
    store_le32(image + 0x260, 0x100000);
    image[SETUP] = 0xcc; /* the first byte of the kernel proper */
}

static void linux_file(size_t bytes)
{
    config.kernel = file(image, bytes);
}

START_TEST(a_bzimage_is_laid_out_as_the_boot_protocol_says)
{
    const uint8_t *setup_code;

    linux_image(0x20f, true);
    linux_file(IMAGE);
    config.append = "console=ttyS0";
    accepted();
    ck_assert_int_eq(plan.kind, BOOT_LINUX);
    ck_assert_uint_eq(plan.setup.address, 0x10000);
    ck_assert_uint_eq(plan.setup.size, SETUP);
    ck_assert_uint_eq(plan.kernel.address, 0x100000);
    ck_assert_uint_eq(plan.kernel.size, IMAGE - SETUP);
    ck_assert_uint_eq(plan.kernel.data[0], 0xcc);
    ck_assert_uint_eq(plan.command_line.address, 0x20000);
    ck_assert_str_eq((const char *)plan.command_line.data, "console=ttyS0");
    ck_assert_uint_eq(plan.command_line.size, 14);
    setup_code = plan.setup.data;
    ck_assert_uint_eq(setup_code[0x210], 0xff);                /* type_of_loader: undefined */
    ck_assert_uint_eq(setup_code[0x211], 0x81);                /* CAN_USE_HEAP */
    ck_assert_uint_eq(load_le16(setup_code + 0x224), 0xfe00);  /* heap_end_ptr */
    ck_assert_uint_eq(load_le32(setup_code + 0x228), 0x20000); /* cmd_line_ptr */
    ck_assert_uint_eq(load_le32(setup_code + 0x218), 0);       /* no ramdisk */
    ck_assert_uint_eq(plan.initrd.size, 0);
    ck_assert_uint_eq(image[0x210], 0); /* the file's bytes are left alone */
}
END_TEST

START_TEST(the_video_mode_of_the_command_line_goes_into_the_header)
{
    static const struct {
        const char *line;
        uint16_t mode;
    } cases[] = {
        { "quiet", 0xabcd }, /* the kernel's own */
        { "novga=1 quiet", 0xabcd },   { "vga=788 quiet", 788 },
        { "quiet  vga=0x317", 0x317 }, { "vga=0x317 vga=normal", 0xffff },
        { "vga=ext", 0xfffe },         { "a vga=ask b", 0xfffd },
        { "vga=65535 x", 0xffff },
    };
    static const char *const wrong[] = { "vga=", "a vga=65536", "vga=788x b", "vga=large",
                                         "vga=00000000000000788" };

    linux_image(0x20f, true);
    store_le16(image + 0x1fa, 0xabcd);
    linux_file(IMAGE);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        config.append = cases[i].line;
        accepted();
        ck_assert_uint_eq(load_le16(plan.setup.data + 0x1fa), cases[i].mode);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        config.append = wrong[i];
        refused("expected a mode");
    }
}
END_TEST

START_TEST(a_zimage_goes_below_the_video_memory_with_the_old_command_line)
{
    linux_image(0x200, false);
    linux_file(IMAGE);
    config.append = "ro";
    accepted();
    ck_assert_uint_eq(plan.setup.address, 0x90000);
    ck_assert_uint_eq(plan.kernel.address, 0x10000);
    ck_assert_uint_eq(plan.command_line.address, 0x98000);
    ck_assert_uint_eq(load_le16(plan.setup.data + 0x20), 0xa33f);
    ck_assert_uint_eq(load_le16(plan.setup.data + 0x22), 0x8000);
    ck_assert_uint_eq(plan.setup.data[0x211], 0); /* no heap before 2.01 */
    linux_image(0x201, false);
    linux_file(SETUP + 0x80001); /* one byte more than below 90000h */
    refused("do not fit");
    linux_file(SETUP + 0x80000);
    accepted();
}
END_TEST

START_TEST(a_ramdisk_goes_as_high_as_kernel_and_memory_let_it)
{
    static uint8_t disk[0x1801];
    const char *path;

    linux_image(0x20f, true);
    linux_file(IMAGE);
    path = scratch_file(&scratch, "disk", disk, sizeof disk);
    config.initrd = path;
    accepted();
    ck_assert_uint_eq(plan.initrd.address, (TOP - sizeof disk) & ~0xfffull);
    ck_assert_uint_eq(plan.initrd.size, sizeof disk);
    ck_assert_uint_eq(load_le32(plan.setup.data + 0x218), plan.initrd.address);
    ck_assert_uint_eq(load_le32(plan.setup.data + 0x21c), sizeof disk);
    /* initrd_addr_max is the last byte that may be used */
    store_le32(image + 0x22c, 0x3fffff);
    config.kernel = file(image, IMAGE);
    accepted();
    ck_assert_uint_eq(plan.initrd.address, 0x3fe000);
    /* init_size: the kernel needs this much while it unpacks itself */
    store_le32(image + 0x260, 0x2fe001);
    config.kernel = file(image, IMAGE);
    refused("do not fit between the kernel's end at 0x3fe001 and 0x400000");
    store_le32(image + 0x260, 0xffffffff);
    config.kernel = file(image, IMAGE);
    refused("do not fit");
}
END_TEST

START_TEST(a_linux_kernel_that_is_wrong_is_refused)
{
    linux_image(0x1ff, true);
    linux_file(IMAGE);
    refused("boot protocol 1.255, expected 2.00");
    linux_image(0x20f, true);
    linux_file(SETUP);
    refused("truncated");
    image[0x1f1] = 0; /* means 4 */
    linux_file(SETUP);
    refused("truncated");
    linux_file(SETUP + 1);
    accepted();
    image[0x1f1] = 64; /* 32.5 KiB with the boot sector: into the command line of old kernels */
    linux_file(0x20000);
    refused("set-up code of 33280 bytes, expected at most 32768");
    image[0x1f1] = 63;
    linux_file(0x20000);
    accepted();
    image[0x202] = 'h';
    linux_file(IMAGE);
    refused("neither a Linux kernel nor Multiboot");
    linux_image(0x20f, true);
    linux_file(0x268); /* the header is not whole */
    refused("neither");
}
END_TEST

START_TEST(a_command_line_is_as_long_as_the_kernel_takes)
{
    static char line[0x1100];

    linux_image(0x206, true);
    linux_file(IMAGE);
    memset(line, 'x', 255);
    config.append = line;
    accepted();
    line[255] = 'x';
    refused("256 characters, expected at most 255");
    store_le16(image + 0x206, 0x205); /* before 2.06 it is 255 always */
    store_le32(image + 0x238, 4000);
    linux_file(IMAGE);
    refused("at most 255");
    store_le16(image + 0x206, 0x206);
    linux_file(IMAGE);
    accepted();
    store_le32(image + 0x238, 0xffffffff);
    linux_file(IMAGE);
    memset(line, 'x', 0xfff);
    accepted();
    line[0xfff] = 'x';
    refused("4096 characters, expected at most 4095");
}
END_TEST

/* ---- Multiboot ---- */

struct piece {
    uint32_t type, offset, address, size, memory_size;
};

/* An ELF32 file of 8 KiB with a Multiboot header at 1000h. */
static void elf_image(const struct piece *pieces, unsigned count, uint32_t flags)
{
    memset(image, 0, sizeof image);
    memcpy(image, "\177ELF\1\1\1", 7);
    store_le32(image + 24, 0x100010); /* entry */
    store_le32(image + 28, 52);       /* program headers */
    store_le16(image + 42, 32);
    store_le16(image + 44, (uint16_t)count);
    for (unsigned i = 0; i < count; i++) {
        uint8_t *p = image + 52 + 32 * i;

        store_le32(p, pieces[i].type);
        store_le32(p + 4, pieces[i].offset);
        store_le32(p + 8, 0xc0000000); /* linked elsewhere: the physical address counts */
        store_le32(p + 12, pieces[i].address);
        store_le32(p + 16, pieces[i].size);
        store_le32(p + 20, pieces[i].memory_size);
    }
    store_le32(image + 0x1000, 0x1badb002);
    store_le32(image + 0x1004, flags);
    store_le32(image + 0x1008, 0u - 0x1badb002 - flags);
}

static void elf_refused(struct piece piece, const char *text)
{
    elf_image(&piece, 1, 0);
    config.kernel = file(image, 0x2000);
    refused(text);
}

START_TEST(an_elf_kernel_is_loaded_at_its_physical_addresses)
{
    const struct piece pieces[] = { { 1, 0x1000, 0x100000, 0x800, 0x2000 },
                                    { 4, 0, 0, 1, 1 }, /* a note */
                                    { 1, 0x1800, 0x200000, 0x10, 0x10 },
                                    { 1, 0, 0x300000, 0, 0 } };

    elf_image(pieces, 4, 3);
    config.kernel = file(image, 0x2000);
    accepted();
    ck_assert_int_eq(plan.kind, BOOT_MULTIBOOT);
    ck_assert_uint_eq(plan.entry, 0x100010);
    ck_assert_uint_eq(plan.count, 3); /* two, and the information structure */
    ck_assert_uint_eq(plan.segment[0].address, 0x100000);
    ck_assert_uint_eq(plan.segment[0].size, 0x800);
    ck_assert_uint_eq(plan.segment[0].memory_size, 0x2000);
    ck_assert_uint_eq(load_le32(plan.segment[0].data), 0x1badb002);
    ck_assert_uint_eq(plan.segment[1].address, 0x200000);
    ck_assert_uint_eq(plan.segment[2].address, plan.argument);
}
END_TEST

START_TEST(a_64_bit_elf_kernel_is_loaded_too)
{
    elf_image(NULL, 0, 0);
    image[4] = 2;
    store_le64(image + 24, 0x100020);
    store_le64(image + 32, 64);
    store_le16(image + 54, 56);
    store_le16(image + 56, 1);
    store_le32(image + 64, 1);
    store_le64(image + 64 + 8, 0x1000);
    store_le64(image + 64 + 24, 0x100000);
    store_le64(image + 64 + 32, 0x100);
    store_le64(image + 64 + 40, 0x100);
    config.kernel = file(image, 0x2000);
    accepted();
    ck_assert_uint_eq(plan.entry, 0x100020);
    ck_assert_uint_eq(plan.segment[0].address, 0x100000);
    store_le64(image + 24, 0xffffffff80100000);
    config.kernel = file(image, 0x2000);
    refused("expected a 32-bit address");
    store_le64(image + 24, 0x100020);
    store_le64(image + 64 + 40, 0xffffffffffffff00); /* the end wraps */
    config.kernel = file(image, 0x2000);
    refused("outside the RAM");
    store_le64(image + 64 + 40, 0x100);
    store_le64(image + 64 + 8, 0xffffffffffffff80); /* offset + size wraps */
    config.kernel = file(image, 0x2000);
    refused("truncated");
    store_le64(image + 64 + 8, 0x1000);
    store_le64(image + 32, 0xffffffffffffffff); /* the table itself */
    config.kernel = file(image, 0x2000);
    refused("program headers");
}
END_TEST

START_TEST(the_information_structure_tells_memory_line_and_modules)
{
    const struct piece piece = { 1, 0x1000, 0x100000, 0x800, 0x800 };
    static char list[128];
    const uint8_t *info, *module, *map;
    uint64_t base, end = 0;

    elf_image(&piece, 1, 3);
    config.kernel = file(image, 0x2000);
    snprintf(list, sizeof list, "%s", scratch_file(&scratch, "m1", "first", 5));
    snprintf(list + strlen(list), sizeof list - strlen(list), " one two,%s",
             scratch_file(&scratch, "m2", "second!", 7));
    config.initrd = list;
    config.append = "-v";
    accepted();
    base = plan.argument;
    info = plan.segment[plan.count - 1].data;
    ck_assert_uint_eq(load_le32(info), 1 | 4 | 8 | 64 | 512);
    ck_assert_uint_eq(load_le32(info + 4), 0x9e000 / 1024);
    ck_assert_uint_eq(load_le32(info + 8), (TOP - 0x100000) / 1024);
    ck_assert_ptr_nonnull(strstr((const char *)info + (load_le32(info + 16) - base), "/image -v"));
    ck_assert_uint_eq(load_le32(info + 20), 2);
    module = info + (load_le32(info + 24) - base);
    ck_assert_uint_eq(load_le32(module), 0x101000); /* behind the kernel, on a page */
    ck_assert_uint_eq(load_le32(module + 4), 0x101005);
    ck_assert_ptr_nonnull(
        strstr((const char *)info + (load_le32(module + 8) - base), "/m1 one two"));
    ck_assert_uint_eq(load_le32(module + 16), 0x102000);
    ck_assert_mem_eq(plan.segment[2].data, "second!", 7);
    /* The memory map has no holes in its RAM, and ends where the RAM ends. */
    map = info + (load_le32(info + 48) - base);
    for (uint32_t at = 0; at < load_le32(info + 44); at += load_le32(map + at) + 4) {
        ck_assert_uint_eq(load_le32(map + at), 20);
        if (load_le32(map + at + 20) == 1)
            end = load_le64(map + at + 4) + load_le64(map + at + 12);
    }
    ck_assert_uint_eq(end, TOP);
}
END_TEST

START_TEST(an_elf_kernel_that_is_wrong_is_refused)
{
    const struct piece over[] = { { 1, 0, 0x100000, 0x100, 0x2000 },
                                  { 1, 0, 0x101fff, 0x100, 0x100 } };
    const struct piece under[] = { { 1, 0, 0x101fff, 0x100, 0x100 },
                                   { 1, 0, 0x100000, 0x100, 0x2000 } };
    const struct piece good = { 1, 0, 0x100000, 0x100, 0x100 };
    struct piece many[70];

    elf_refused((struct piece){ 1, 0, 0xfffff000, 0x10, 0x2000 }, "outside the RAM");
    elf_refused((struct piece){ 1, 0, 0x100000, 0x10, 0xffffffff }, "outside the RAM");
    elf_refused((struct piece){ 1, 0, TOP - 0xfff, 0x10, 0x1000 }, "outside the RAM");
    elf_refused((struct piece){ 1, 0, 0x9d001, 0x10, 0x1000 }, "outside the RAM");
    elf_refused((struct piece){ 1, 0, 0xfffff, 0x10, 0x1000 }, "outside the RAM");
    elf_refused((struct piece){ 1, 0, 0x100000, 0x101, 0x100 }, "in the file");
    elf_refused((struct piece){ 1, 0x2001, 0x100000, 0, 0x100 }, "beyond the end");
    elf_refused((struct piece){ 1, 0x1f00, 0x100000, 0x101, 0x200 }, "beyond the end");
    elf_refused((struct piece){ 2, 0, 0x100000, 0x100, 0x100 }, "no loadable segment");
    elf_image(over, 2, 0);
    config.kernel = file(image, 0x2000);
    refused("overlap");
    elf_image(under, 2, 0);
    config.kernel = file(image, 0x2000);
    refused("overlap");
    for (unsigned i = 0; i < 70; i++)
        many[i] = (struct piece){ 1, 0, 0x100000 + 0x1000 * i, 0x10, 0x10 };
    elf_image(many, 70, 0);
    config.kernel = file(image, 0x2000);
    refused("more than 64 segments");
    elf_image(&good, 1, 4); /* wants a video mode */
    config.kernel = file(image, 0x2000);
    refused("requires features 0x4");
    elf_image(&good, 1, 0);
    store_le16(image + 42, 31); /* entries too short */
    config.kernel = file(image, 0x2000);
    refused("program headers");
    elf_image(&good, 1, 0);
    store_le16(image + 44, 0xffff);
    config.kernel = file(image, 0x2000);
    refused("program headers");
    elf_image(&good, 1, 0);
    image[5] = 2; /* big-endian */
    config.kernel = file(image, 0x2000);
    refused("not a little-endian ELF");
    elf_image(&good, 1, 0);
    image[0x1008] ^= 1; /* a wrong checksum is no header */
    config.kernel = file(image, 0x2000);
    refused("neither");
}
END_TEST

START_TEST(the_multiboot_header_stands_in_the_first_8_kib_on_a_multiple_of_four)
{
    const struct piece piece = { 1, 0, 0x100000, 0x100, 0x100 };
    uint8_t header[12];

    elf_image(&piece, 1, 0);
    memcpy(header, image + 0x1000, 12);
    memset(image + 0x1000, 0, 12);
    memcpy(image + 0x1ffc, header, 12);
    config.kernel = file(image, 0x3000);
    accepted();
    config.kernel = file(image, 0x2007); /* cut off */
    refused("neither");
    memset(image + 0x1ffc, 0, 12);
    memcpy(image + 0x2000, header, 12);
    config.kernel = file(image, 0x3000);
    refused("neither");
    memset(image + 0x2000, 0, 12);
    memcpy(image + 0x1002, header, 12);
    config.kernel = file(image, 0x3000);
    refused("neither");
}
END_TEST

/* An a.out kludge: header at 100h, `size` bytes of file. */
static void kludge(uint32_t header, uint32_t load, uint32_t load_end, uint32_t bss_end, size_t size)
{
    memset(image, 0, sizeof image);
    image[0x80] = 0x77;
    store_le32(image + 0x100, 0x1badb002);
    store_le32(image + 0x104, 0x10000);
    store_le32(image + 0x108, 0u - 0x1badb002 - 0x10000);
    store_le32(image + 0x10c, header);
    store_le32(image + 0x110, load);
    store_le32(image + 0x114, load_end);
    store_le32(image + 0x118, bss_end);
    store_le32(image + 0x11c, 0x100123);
    config.kernel = file(image, size);
}

START_TEST(the_a_out_kludge_gives_the_addresses)
{
    kludge(0x100080, 0x100000, 0x100400, 0x100800, 0x1000);
    accepted();
    ck_assert_uint_eq(plan.entry, 0x100123);
    ck_assert_uint_eq(plan.segment[0].address, 0x100000);
    ck_assert_uint_eq(plan.segment[0].size, 0x400);
    ck_assert_uint_eq(plan.segment[0].memory_size, 0x800);
    ck_assert_uint_eq(plan.segment[0].data[0], 0x77); /* from file offset 80h */
    kludge(0x100080, 0x100000, 0, 0, 0x1000);         /* all of the file, no bss */
    accepted();
    ck_assert_uint_eq(plan.segment[0].size, 0xf80);
    ck_assert_uint_eq(plan.segment[0].memory_size, 0xf80);
    kludge(0x100080, 0x100081, 0, 0, 0x1000);
    refused("do not fit the header's place");
    kludge(0x100101, 0x100000, 0, 0, 0x1000);
    refused("do not fit the header's place");
    kludge(0x100080, 0x100000, 0x100f81, 0, 0x1000);
    refused("beyond the end of the file");
    kludge(0x100080, 0x100000, 0xfffff, 0, 0x1000);
    refused("beyond the end of the file");
    kludge(0x100080, 0x100000, 0x100400, 0x1003ff, 0x1000);
    refused("lies before the end");
    kludge(0x100080, 0x100000, 0x100400, 0xffffffff, 0x1000);
    refused("outside the RAM");
    kludge(0x100080, 0x100000, 0x100400, 0x100800, 0x11f);
    refused("cut off");
}
END_TEST

START_TEST(modules_are_counted_and_must_fit)
{
    const struct piece piece = { 1, 0, 0x100000, 0x100, TOP - 0x100000 - 0x2000 };
    static char list[16 * 100 + 100];
    const char *module;

    elf_image(&piece, 1, 0);
    config.kernel = file(image, 0x2000);
    module = scratch_file(&scratch, "m", image, 0x1000);
    config.initrd = module;
    accepted(); /* one page for it, one for the information */
    snprintf(list, sizeof list, "%s,%s", module, module);
    config.initrd = list;
    refused("outside the RAM"); /* no page is left for the information */
    elf_image(&(const struct piece){ 1, 0, 0x100000, 0x100, 0x100 }, 1, 0);
    config.kernel = file(image, 0x2000);
    list[0] = 0;
    for (unsigned i = 0; i < 17; i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? "," : "", module);
    refused("more than 16 modules");
    *strrchr(list, ',') = 0;
    accepted();
    ck_assert_uint_eq(plan.count, 1 + 16 + 1);
}
END_TEST

/* ---- flat images, files ---- */

START_TEST(flat_images_are_placed_where_they_are_told)
{
    config.flat[0] = (struct flat_image){ file("abc", 3), 0x7c00 };
    config.flat[1] = (struct flat_image){ scratch_file(&scratch, "b", "de", 2), RAM - 2 };
    config.flat_count = 2;
    accepted();
    ck_assert_int_eq(plan.kind, BOOT_FLAT);
    ck_assert_uint_eq(plan.entry, 0x7c00);
    ck_assert_uint_eq(plan.segment[1].address, RAM - 2);
    ck_assert_mem_eq(plan.segment[1].data, "de", 2);
    config.flat[1].address = RAM - 1;
    refused("ends beyond the RAM");
    config.flat[1].address = RAM + 1;
    refused("ends beyond the RAM");
    config.flat[1].address = UINT64_MAX;
    refused("ends beyond the RAM");
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_named)
{
    config.kernel = scratch_path(&scratch, "none");
    ck_assert(!make());
    ck_assert_int_eq(exit_code, 4);
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "/none: No such file"));
    config.kernel = scratch.folder;
    refused("is a directory");
    config.kernel = file("", 0);
    refused("is empty");
    config.kernel = "/dev/zero"; /* endless, and stat() says 0 bytes */
    ck_assert(!make());
    ck_assert_int_eq(exit_code, 4);
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "to its end"));
}
END_TEST

START_TEST(without_an_image_the_tour_is_booted)
{
    config.quiet_bios = true;
    accepted();
    ck_assert_int_eq(plan.kind, BOOT_FLAT);
    ck_assert_uint_eq(plan.flags, BOOT_FLAG_QUIET);
    ck_assert_ptr_eq(plan.segment[0].data, tour_image);
}
END_TEST

/* No prefix of a good file, and no single damaged byte of its headers, does harm. */
START_TEST(damaged_images_do_no_harm)
{
    const struct piece piece = { 1, 0x1000, 0x100000, 0x800, 0x800 };

    for (unsigned kind = 0; kind < 3; kind++) {
        unsigned first = kind == 0 ? 0x1f0 : kind == 1 ? 0 : 0x100;
        unsigned last = kind == 0 ? 0x268 : kind == 1 ? 90 : 0x120;

        for (unsigned at = first; at < last; at++)
            for (unsigned bit = 0; bit < 8; bit += 7) {
                if (kind == 0)
                    linux_image(0x20f, true);
                else if (kind == 1)
                    elf_image(&piece, 1, 0);
                else
                    kludge(0x100080, 0x100000, 0x100400, 0x100800, 0x1000);
                image[at] ^= (uint8_t)(1 << bit);
                config.kernel = file(image, 0x2000);
                if (!make())
                    ck_assert_uint_gt(error.length, 0);
                for (unsigned i = 0; i < plan.count; i++)
                    ck_assert_uint_le(plan.segment[i].address + plan.segment[i].memory_size, TOP);
            }
    }
}
END_TEST

START_TEST(a_configuration_is_checked_before_there_is_a_machine)
{
    static const struct {
        uint64_t ram, ips;
        const char *kernel, *flat, *initrd, *append, *text;
    } cases[] = {
        { MIB(1) - 4096, 0, NULL, NULL, NULL, NULL, "expected 1M to 64G" },
        { MIB(1) + 1, 0, NULL, NULL, NULL, NULL, "expected 1M to 64G" },
        { GIB(64) + 4096, 0, NULL, NULL, NULL, NULL, "expected 1M to 64G" },
        { 0, 999999, NULL, NULL, NULL, NULL, "-ips" },
        { 0, UINT64_C(100000000001), NULL, NULL, NULL, NULL, "-ips" },
        { 0, 0, NULL, NULL, "x", NULL, "-initrd: 'x' needs a kernel" },
        { 0, 0, NULL, NULL, NULL, "x", "-append: a command line needs a kernel" },
        { 0, 0, "k", "f", NULL, NULL, "-kernel and -flat: both" },
        { MIB(1), 1000000, "k", NULL, "x", "y", NULL },
        { GIB(64), UINT64_C(100000000000), NULL, "f", NULL, NULL, NULL },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        bool ok;

        config_defaults(&config);
        buf_clear(&error);
        if (cases[i].ram)
            config.ram_bytes = cases[i].ram;
        if (cases[i].ips)
            config.ips = cases[i].ips;
        config.kernel = cases[i].kernel;
        config.flat_count = cases[i].flat != NULL;
        config.initrd = cases[i].initrd;
        config.append = cases[i].append;
        ok = config_check(&config, &error);
        ck_assert_msg(ok == !cases[i].text, "case %u: %s", i, buf_text(&error));
        if (!ok)
            ck_assert_ptr_nonnull(strstr(buf_text(&error), cases[i].text));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loader");
    TCase *tcase = tcase_create("loader");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_bzimage_is_laid_out_as_the_boot_protocol_says);
    tcase_add_test(tcase, the_video_mode_of_the_command_line_goes_into_the_header);
    tcase_add_test(tcase, a_zimage_goes_below_the_video_memory_with_the_old_command_line);
    tcase_add_test(tcase, a_ramdisk_goes_as_high_as_kernel_and_memory_let_it);
    tcase_add_test(tcase, a_linux_kernel_that_is_wrong_is_refused);
    tcase_add_test(tcase, a_command_line_is_as_long_as_the_kernel_takes);
    tcase_add_test(tcase, an_elf_kernel_is_loaded_at_its_physical_addresses);
    tcase_add_test(tcase, a_64_bit_elf_kernel_is_loaded_too);
    tcase_add_test(tcase, the_information_structure_tells_memory_line_and_modules);
    tcase_add_test(tcase, an_elf_kernel_that_is_wrong_is_refused);
    tcase_add_test(tcase, the_multiboot_header_stands_in_the_first_8_kib_on_a_multiple_of_four);
    tcase_add_test(tcase, the_a_out_kludge_gives_the_addresses);
    tcase_add_test(tcase, modules_are_counted_and_must_fit);
    tcase_add_test(tcase, flat_images_are_placed_where_they_are_told);
    tcase_add_test(tcase, a_file_that_cannot_be_read_is_named);
    tcase_add_test(tcase, without_an_image_the_tour_is_booted);
    tcase_add_test(tcase, damaged_images_do_no_harm);
    tcase_add_test(tcase, a_configuration_is_checked_before_there_is_a_machine);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
