/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/load.c - what the emulator gives us to boot, and getting it into memory; the order of other devices. 32-bit code.
 * The emulator describes it in the fw_cfg file opt/org.vitrine/boot; without that file a Linux
 * kernel is taken from the fw_cfg items that QEMU's -kernel fills.
 * Source: Linux, Documentation/x86/boot; Multiboot specification 0.6.96.
 */
#include "flat.h"
#include "fw_cfg.h"

enum boot_kind { BOOT_NONE, BOOT_LINUX, BOOT_MULTIBOOT, BOOT_FLAT, BOOT_SECTOR };

#define BOOT_MAGIC 0x4f4f4256u /* "VBOO" */
#define BOOT_VERSION 1

struct PACKED boot_header {
    uint32_t magic;
    uint32_t version;
    uint32_t kind;
    uint32_t flags;
    uint64_t entry;
    uint64_t argument; /* EBX of a multiboot kernel */
    uint32_t count;
    uint32_t reserved;
};

struct PACKED boot_segment {
    uint64_t load_address;
    uint64_t file_size;
    uint64_t memory_size;
    uint32_t select;
    uint32_t reserved;
};

#define MULTIBOOT_MAGIC 0x2badb002u
#define SECTOR_ENTRY 0x7c00u

static bool read_header(struct boot_header *header)
{
    return fw_cfg_read(bios_data.boot_select, 0, linear(header), sizeof(*header)) &&
           header->magic == BOOT_MAGIC && header->version == BOOT_VERSION;
}

static bool read_segment(uint32_t index, struct boot_segment *segment)
{
    return fw_cfg_read(bios_data.boot_select, sizeof(struct boot_header) + index * sizeof(*segment),
                       linear(segment), sizeof(*segment));
}

/* As CMOS says (3Dh: first and second, 38h: third), or disks, diskette, CD. */
static void read_boot_order(void)
{
    static const uint8_t usual[] = { BOOT_DISK, BOOT_DISKETTE, BOOT_CD };
    uint8_t low = cmos_read(0x3d), high = cmos_read(0x38);
    uint8_t order[] = { low & 15, low >> 4, high >> 4 }, count = 0;

    for (unsigned i = 0; i < ARRAY_LENGTH(order); i++)
        if (order[i] && order[i] <= BOOT_NETWORK)
            bios_data.boot_order[count++] = order[i];
    bios_data.boot_usual = !order[0];
    for (unsigned i = 0; !order[0] && i < ARRAY_LENGTH(usual); i++)
        bios_data.boot_order[i] = usual[i];
}

void boot_find(void)
{
    struct boot_header header;
    uint32_t size;

    read_boot_order();
    if (!fw_cfg_present())
        return;
    bios_data.boot_menu = (uint8_t)fw_cfg_number(FW_CFG_BOOT_MENU);
    if (bios_data.boot_menu) {
        uint16_t wait = fw_cfg_find("etc/boot-menu-wait", &size);

        bios_data.boot_menu_wait = wait ? (uint16_t)fw_cfg_number(wait) : 2500;
    }
    bios_data.boot_select = fw_cfg_find("opt/org.vitrine/boot", &size);
    if (bios_data.boot_select && read_header(&header))
        bios_data.boot_flags = header.flags;
}

static enum boot_result enter_at(uint16_t cs, uint16_t ip)
{
    bios_data.real_entry = (struct real_entry){
        .ip = ip,
        .cs = cs,
        .sp = SECTOR_ENTRY,
        .flags = EFLAGS_IF | 2,
    };
    return BOOT_ENTER_REAL;
}

/* The initrd must not lie where our tables are. Returns its address, told to the kernel as well. */
static uint32_t place_initrd(uint32_t setup, uint32_t size)
{
    uint32_t address = fw_cfg_number(FW_CFG_INITRD_ADDR);

    if (address + size > bios_data.ram_below_4g && size < bios_data.ram_below_4g) {
        address = (bios_data.ram_below_4g - size) & ~0xfffu;
        write32(setup + 0x218, address); /* ramdisk_image */
    }
    return address;
}

/* Item pairs of QEMU's -kernel: copy `data` to where `address` says. */
static bool load_item(uint16_t data, uint32_t to, uint32_t size)
{
    return size == 0 || fw_cfg_read(data, 0, to, size);
}

static enum boot_result boot_linux(void)
{
    uint32_t setup = fw_cfg_number(FW_CFG_SETUP_ADDR);
    uint32_t command_line = fw_cfg_number(FW_CFG_CMDLINE_ADDR);
    uint32_t initrd_size = fw_cfg_number(FW_CFG_INITRD_SIZE);
    uint32_t setup_size = fw_cfg_number(FW_CFG_SETUP_SIZE), stack;

    if (setup_size == 0)
        return BOOT_NOTHING;
    if (setup >= EBDA_BASE || setup_size > EBDA_BASE - setup ||
        !load_item(FW_CFG_SETUP_DATA, setup, setup_size) ||
        !load_item(FW_CFG_KERNEL_DATA, fw_cfg_number(FW_CFG_KERNEL_ADDR),
                   fw_cfg_number(FW_CFG_KERNEL_SIZE)) ||
        !load_item(FW_CFG_CMDLINE_DATA, command_line, fw_cfg_number(FW_CFG_CMDLINE_SIZE)) ||
        !load_item(FW_CFG_INITRD_DATA, place_initrd(setup, initrd_size), initrd_size))
        return BOOT_BAD_SEGMENT;

    stack = command_line - setup - 16; /* as QEMU's own loader */
    if (command_line < setup || stack > 0xfff0)
        stack = 0xfff0;
    bios_data.real_entry = (struct real_entry){
        .ip = 0,
        .cs = (uint16_t)((setup >> 4) + 0x20),
        .data = (uint16_t)(setup >> 4),
        .ss = (uint16_t)(setup >> 4),
        .sp = (uint16_t)stack,
        .flags = 2,
    };
    return BOOT_ENTER_REAL;
}

static bool load_segments(const struct boot_header *header)
{
    struct boot_segment segment;

    for (uint32_t i = 0; i < header->count; i++) {
        uint32_t to, file_size, memory_size;

        if (!read_segment(i, &segment) || segment.load_address >> 32 || segment.memory_size >> 32 ||
            segment.file_size > segment.memory_size)
            return false;
        to = (uint32_t)segment.load_address;
        file_size = (uint32_t)segment.file_size;
        memory_size = (uint32_t)segment.memory_size;
        if (to + memory_size < to || !load_item((uint16_t)segment.select, to, file_size))
            return false;
        fill(to + file_size, 0, memory_size - file_size);
    }
    return true;
}

static enum boot_result boot_flat(uint32_t entry)
{
    if (entry >= 0x100000)
        enter_flat(entry, 0, 0);
    if (entry <= 0xffff)
        return enter_at(0, (uint16_t)entry);
    return enter_at((uint16_t)(entry >> 4), entry & 15);
}

uint32_t boot_load(uint32_t unused)
{
    struct boot_header header;

    (void)unused;
    if (!fw_cfg_present())
        return bios_data.disk_count || bios_data.cd_count ? BOOT_NOTHING : BOOT_NO_DMA;
    if (!bios_data.boot_select)
        return boot_linux();
    if (!read_header(&header))
        return BOOT_BAD_HEADER;
    switch (header.kind) {
    case BOOT_NONE:
    case BOOT_SECTOR:
        return BOOT_NOTHING;
    case BOOT_LINUX:
        return boot_linux();
    case BOOT_MULTIBOOT:
    case BOOT_FLAT:
        if (!load_segments(&header))
            return BOOT_BAD_SEGMENT;
        if (header.kind == BOOT_FLAT)
            return boot_flat((uint32_t)header.entry);
        enter_flat((uint32_t)header.entry, MULTIBOOT_MAGIC, (uint32_t)header.argument);
    }
    return BOOT_BAD_KIND;
}
