/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/loader_linux.c - the Linux 16-bit boot protocol, version 2.00 and later, zImage and
 * bzImage. Source: Linux, Documentation/x86/boot.rst.
 */
#include <string.h>

#include "machine/loader.h"
#include "util/bits.h"
#include "util/text.h"

/* Offsets in the setup header. */
enum {
    SETUP_SECTS = 0x1f1,
    VID_MODE = 0x1fa,
    BOOT_FLAG = 0x1fe,
    HEADER = 0x202,
    VERSION = 0x206,
    TYPE_OF_LOADER = 0x210,
    LOADFLAGS = 0x211,
    RAMDISK_IMAGE = 0x218,
    RAMDISK_SIZE = 0x21c,
    HEAP_END_PTR = 0x224,
    CMD_LINE_PTR = 0x228,
    INITRD_ADDR_MAX = 0x22c,
    CMDLINE_SIZE = 0x238,
    INIT_SIZE = 0x260,
    HEADER_END = 0x268,
};
enum { LOADED_HIGH = 1, CAN_USE_HEAP = 0x80 };

#define REAL_ADDRESS 0x10000u /* set-up code: 32 KiB and its stack */
#define SETUP_MOST 0x8000u    /* boot.rst, "Memory Layout": heap, stack and command line follow */
#define COMMAND_LINE_ADDRESS 0x20000u
#define HIGH_ADDRESS 0x100000u
/* Our firmware keeps its ACPI tables at the top of low RAM. */
#define FIRMWARE_RESERVE 0x20000u

bool linux_recognise(const struct buf *file)
{
    return file->length > HEADER_END && !memcmp(file->data + HEADER, "HdrS", 4) &&
           load_le16(file->data + BOOT_FLAG) == 0xaa55;
}

static bool plan_initrd(struct boot_plan *plan, const struct machine_config *config, uint64_t top,
                        uint8_t *setup, unsigned version, struct buf *error, int *exit_code)
{
    uint64_t most = version >= 0x203 ? load_le32(setup + INITRD_ADDR_MAX) : 0x37ffffff;
    uint64_t kernel_end = plan->kernel.address + plan->kernel.size, address;
    const struct buf *file;

    if (version >= 0x20a && kernel_end < HIGH_ADDRESS + (uint64_t)load_le32(setup + INIT_SIZE))
        kernel_end = HIGH_ADDRESS + (uint64_t)load_le32(setup + INIT_SIZE);
    if (most >= top)
        most = top - 1;
    file = loader_read_file(plan, config->initrd, GIB(3), error, exit_code);
    if (!file)
        return false;
    address = file->length <= most ? (most + 1 - file->length) & ~PAGE_MASK : 0;
    if (address < kernel_end) {
        buf_printf(error,
                   "%s: %zu bytes do not fit between the kernel's end at 0x%llx and 0x%llx, "
                   "expected more memory (-m)",
                   config->initrd, file->length, (unsigned long long)kernel_end,
                   (unsigned long long)most + 1);
        *exit_code = 2;
        return false;
    }
    plan->initrd = (struct boot_segment){ address, file->length, file->data, file->length };
    store_le32(setup + RAMDISK_IMAGE, (uint32_t)address);
    store_le32(setup + RAMDISK_SIZE, (uint32_t)file->length);
    return true;
}

/*
 * vga= is for the boot loader: the video mode that the set-up code sets (boot.rst, "Special Command
 * Line Options"). The last one counts.
 */
static bool plan_video(const char *line, uint8_t *setup, struct buf *error)
{
    static const struct {
        const char *word;
        uint16_t mode;
    } names[] = { { "normal", 0xffff }, { "ext", 0xfffe }, { "ask", 0xfffd } };

    for (const char *word = line; *word; word += strcspn(word, " "), word += strspn(word, " ")) {
        char value[16] = "";
        size_t length = strcspn(word, " ");
        uint64_t mode = UINT64_MAX;

        if (strncmp(word, "vga=", 4) != 0)
            continue;
        if (length - 4 < sizeof(value))
            memcpy(value, word + 4, length - 4);
        for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
            if (!strcmp(value, names[i].word))
                mode = names[i].mode;
        }
        if (mode > UINT16_MAX && (!text_number(value, &mode) || mode > UINT16_MAX)) {
            buf_printf(error, "-append: %.*s, expected a mode up to 65535, normal, ext or ask",
                       (int)(length < 40 ? length : 40), word);
            return false;
        }
        store_le16(setup + VID_MODE, (uint16_t)mode);
    }
    return true;
}

bool linux_plan(struct boot_plan *plan, const struct machine_config *config, const struct buf *file,
                uint64_t ram_below_4g, struct buf *error, int *exit_code)
{
    struct buf *setup_copy = &plan->files[plan->file_count++], *line;
    unsigned version = load_le16(file->data + VERSION);
    size_t setup_size = ((file->data[SETUP_SECTS] ? file->data[SETUP_SECTS] : 4) + 1) * 512u;
    const char *text = config->append ? config->append : "";
    size_t longest;
    uint8_t *setup;
    bool high;

    *exit_code = 2;
    if (version < 0x200) {
        buf_printf(error, "%s: boot protocol %u.%02u, expected 2.00 or later", config->kernel,
                   version >> 8, version & 255);
        return false;
    }
    if (setup_size > SETUP_MOST) {
        buf_printf(error, "%s: set-up code of %zu bytes, expected at most %u", config->kernel,
                   setup_size, SETUP_MOST);
        return false;
    }
    if (setup_size >= file->length) {
        buf_printf(error, "%s: %zu bytes, expected more than its set-up code of %zu (truncated?)",
                   config->kernel, file->length, setup_size);
        return false;
    }
    buf_add(setup_copy, file->data, setup_size);
    setup = setup_copy->data;
    high = setup[LOADFLAGS] & LOADED_HIGH;
    plan->kind = BOOT_LINUX;
    plan->kernel = (struct boot_segment){ .address = high ? HIGH_ADDRESS : REAL_ADDRESS,
                                          .data = file->data + setup_size,
                                          .size = file->length - setup_size };
    plan->setup = (struct boot_segment){ .address = high ? REAL_ADDRESS : 0x90000,
                                         .data = setup,
                                         .size = setup_size };
    if (plan->kernel.address + plan->kernel.size > ram_below_4g - FIRMWARE_RESERVE ||
        (!high && plan->kernel.size > 0x80000)) {
        buf_printf(error, "%s: %llu bytes do not fit into the RAM, expected more memory (-m)",
                   config->kernel, (unsigned long long)plan->kernel.size);
        return false;
    }
    longest = version >= 0x206 ? load_le32(setup + CMDLINE_SIZE) : 255;
    if (strlen(text) > longest || strlen(text) > 0xfff) {
        buf_printf(error, "-append: %zu characters, expected at most %zu for this kernel",
                   strlen(text), longest < 0xfff ? longest : (size_t)0xfff);
        return false;
    }
    if (!plan_video(text, setup, error))
        return false;
    line = &plan->files[plan->file_count++];
    buf_add(line, text, strlen(text) + 1);
    plan->command_line = (struct boot_segment){ .address = high ? COMMAND_LINE_ADDRESS : 0x98000,
                                                .data = line->data,
                                                .size = line->length };
    setup[TYPE_OF_LOADER] = 0xff;
    if (version >= 0x201) {
        setup[LOADFLAGS] |= CAN_USE_HEAP;
        store_le16(setup + HEAP_END_PTR,
                   (uint16_t)(plan->command_line.address - plan->setup.address - 0x200));
    }
    if (version >= 0x202) {
        store_le32(setup + CMD_LINE_PTR, (uint32_t)plan->command_line.address);
    } else {
        store_le16(setup + 0x20, 0xa33f); /* the old way: magic and offset */
        store_le16(setup + 0x22, (uint16_t)(plan->command_line.address - plan->setup.address));
    }
    store_le32(setup + RAMDISK_IMAGE, 0);
    store_le32(setup + RAMDISK_SIZE, 0);
    if (config->initrd)
        return plan_initrd(plan, config, ram_below_4g - FIRMWARE_RESERVE, setup, version, error,
                           exit_code);
    return true;
}
