/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/rom_run.c - option ROMs are initialised, and asked to connect their disks. 16-bit code.
 * Sources: Plug and Play BIOS Specification 1.0A; Phoenix and Compaq, "BIOS Boot Specification" 1.01.
 */
#include "far.h"

void roms_init(void)
{
    uint32_t rom, last = 0;

    while ((rom = call32(rom_load, 0)) != 0) {
        call_rom((rom & 0xffff0000u) | 3, (uint16_t)rom);
        call32(rom_keep, rom >> 16);
        last = rom;
    }
    for (uint8_t i = 0; i < bios_data.bcv_count; i++)
        call_rom(bios_data.bcv[i], 0);
    if (bios_data.rom_left_out)
        message("an option ROM was left out: too large, or its sum is wrong\n");
    if (!last)
        return;
    call32(rom_close, 0);
    /* Who said nothing about the order wants the network last. */
    if (bios_data.bev_count && bios_data.boot_usual)
        bios_data.boot_order[ARRAY_LENGTH(bios_data.boot_order) - 1] = BOOT_NETWORK;
}
