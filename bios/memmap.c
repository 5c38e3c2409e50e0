/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/memmap.c - the memory map that INT 15h reports. 32-bit code.
 * RAM comes from the emulator (etc/e820); what the firmware uses of it is taken out here.
 * Source: ACPI specification, "System Address Map Interfaces".
 */
#include "flat.h"
#include "fw_cfg.h"

#define FOUR_GIB 0x100000000ull

static void add(uint64_t base, uint64_t end, uint32_t type)
{
    struct e820_range *range = &bios_data.e820[bios_data.e820_count];

    if (end <= base || bios_data.e820_count == E820_MAX)
        return;
    range->base = base;
    range->length = end - base;
    range->type = type;
    bios_data.e820_count++;
}

/* RAM size without fw_cfg: CMOS 34h-35h, 64 KiB units above 16 MiB; 30h-31h, KiB above 1 MiB. */
static uint32_t ram_by_cmos(void)
{
    uint32_t above_16m = (uint32_t)cmos_read(0x35) << 24 | (uint32_t)cmos_read(0x34) << 16;

    if (above_16m)
        return 0x1000000 + above_16m;
    return 0x100000 + ((uint32_t)cmos_read(0x31) << 18 | (uint32_t)cmos_read(0x30) << 10);
}

/* Where the RAM that starts at 0 ends, below 4 GiB. */
static uint32_t find_top(uint16_t file, uint32_t count)
{
    struct e820_range range;
    uint64_t size = 0;

    for (uint32_t i = 0; i < count; i++)
        if (fw_cfg_read(file, i * sizeof(range), linear(&range), sizeof(range)) &&
            range.type == E820_RAM && range.base == 0 && range.length < FOUR_GIB)
            return (uint32_t)range.length;
    if (!fw_cfg_present())
        return ram_by_cmos();
    if (!fw_cfg_read(FW_CFG_RAM_SIZE, 0, linear(&size), sizeof(size)))
        return ram_by_cmos();
    return size < 0xc0000000 ? (uint32_t)size : 0xc0000000;
}

bool memory_map_init(void)
{
    struct e820_range range;
    uint32_t count = 0, size = 0, top;
    uint16_t file = 0;
    bool tables;

    if (fw_cfg_present())
        file = fw_cfg_find("etc/e820", &size);
    if (file)
        count = size / sizeof(range);
    top = find_top(file, count) & ~0xfffu;

    tables = top >= 0x200000;
    bios_data.ram_below_4g = tables ? top - FIRMWARE_TABLES : top;
    add(0, EBDA_BASE, E820_RAM);
    add(EBDA_BASE, 0xa0000, E820_RESERVED);
    add(ROM_BASE, 0x100000, E820_RESERVED);
    add(0x100000, bios_data.ram_below_4g, E820_RAM);
    if (tables) {
        add(bios_data.ram_below_4g, top - FIRMWARE_NVS, E820_ACPI);
        add(top - FIRMWARE_NVS, top, E820_NVS);
    }
    add(0xfec00000, 0xfec01000, E820_RESERVED); /* I/O APIC, local APIC, ROM */
    add(0xfee00000, 0xfee01000, E820_RESERVED);
    add(0u - (0x100000u - ROM_BASE), FOUR_GIB, E820_RESERVED);
    for (uint32_t i = 0; i < count; i++)
        if (fw_cfg_read(file, i * sizeof(range), linear(&range), sizeof(range)) &&
            (range.type != E820_RAM || range.base != 0))
            add(range.base, range.base + range.length, range.type);
    return tables;
}
