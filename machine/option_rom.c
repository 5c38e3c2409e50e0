/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/option_rom.c - ROMs of cards. Source: PCI Firmware Specification, "PCI Expansion ROM
 * Contents": the first two bytes are 55h AAh.
 */
#include "machine/option_rom.h"

#include "machine/loader.h"

#define ROM_LEAST 2048 /* that a base address register can show */

bool option_rom_load(struct buf *rom, const char *path, const char *what, uint32_t most,
                     struct buf *error, int *exit_code)
{
    static const uint8_t zeros[4096];
    struct boot_plan reader = { 0 };
    const struct buf *file = loader_read_file(&reader, path, most, error, exit_code);
    size_t size = ROM_LEAST;

    if (!file)
        return false;
    if (file->length < 512 || file->data[0] != 0x55 || file->data[1] != 0xaa) {
        buf_printf(error, "%s: does not begin with 55h AAh, expected %s", path, what);
        *exit_code = 2;
        boot_plan_free(&reader);
        return false;
    }
    while (size < file->length)
        size *= 2;
    buf_add(rom, file->data, file->length);
    while (rom->length < size) {
        size_t left = size - rom->length;

        buf_add(rom, zeros, left < sizeof zeros ? left : sizeof zeros);
    }
    boot_plan_free(&reader);
    return true;
}
