/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/rom_scan.c - option ROMs are copied from the expansion ROMs of PCI functions and from the fw_cfg
 * files genroms/... into shadow RAM from C8000h up, where rom_run.c initialises them. 32-bit code.
 * Sources: PCI Firmware Specification, "PCI Expansion ROMs"; Plug and Play BIOS Specification 1.0A,
 * "Option ROM header"; Intel 82441FX (PMC) data sheet, "PAM".
 */
#include "flat.h"
#include "fw_cfg.h"
#include "pci.h"

#define ROM_SIGNATURE 0xaa55u
#define PCIR_SIGNATURE 0x52494350u /* "PCIR" */
#define PNP_SIGNATURE 0x506e5024u  /* "$PnP" */

#define ROM_FIRST 0xc8000u /* before it a video BIOS is expected */
#define ROM_END ROM_BASE
#define ROM_STEP 2048u

#define BLOCK 512u
#define I440FX PCI_DEVFN(0, 0)
#define I440FX_ID 0x12378086u
#define CLASS_DISPLAY 3

/* C8000h-DFFFFh: 3 is RAM, 1 RAM that cannot be written, 0 the bus. One nibble for 16 KiB. */
static void set_shadow(uint32_t from, uint32_t to, uint8_t kind)
{
    for (uint32_t at = from & ~0x3fffu; at < to; at += 0x4000) {
        uint32_t reg = I440FX + 0x5a + ((at - 0xc0000) >> 15);
        uint8_t shift = at & 0x4000 ? 4 : 0;

        pci_write8(reg, (uint8_t)((pci_read8(reg) & ~(3 << shift)) | kind << shift));
    }
}

static uint8_t read8(uint32_t address)
{
    return *(volatile uint8_t *)physical(address);
}

/* Room for a ROM of so many bytes; its first byte. 0: there is none. */
static uint32_t make_room(uint32_t bytes)
{
    if (pci_read(I440FX) != I440FX_ID)
        return 0; /* no shadow RAM that we know */
    if (!bios_data.rom_next) {
        bios_data.rom_next = ROM_FIRST;
        set_shadow(ROM_FIRST, ROM_END, 3);
    }
    if (!bytes || bytes > ROM_END - bios_data.rom_next) {
        bios_data.rom_left_out++;
        return 0;
    }
    return bios_data.rom_next;
}

/* A copy: what is to be run sums up to 0. */
static bool is_good(uint32_t rom)
{
    uint32_t bytes = read8(rom + 2) * BLOCK;
    uint8_t sum = 0;

    if (read16(rom) != ROM_SIGNATURE || !bytes || bytes > ROM_END - rom)
        return false;
    while (bytes--)
        sum = (uint8_t)(sum + read8(rom++));
    if (sum)
        bios_data.rom_left_out++;
    return !sum;
}

/* Of the images in an expansion ROM that for a PC BIOS, if it has one: copied. */
static uint32_t copy_image(uint32_t rom, uint32_t bytes)
{
    uint32_t header, place;

    for (uint32_t image = 0; image + BLOCK <= bytes && read16(rom + image) == ROM_SIGNATURE;) {
        uint32_t size;

        header = image + read16(rom + image + 0x18);
        if (header + 0x18 > bytes || read32(rom + header) != PCIR_SIGNATURE)
            return 0;
        size = read16(rom + header + 0x10) * BLOCK;
        if (size > bytes - image)
            return 0;
        if (read8(rom + header + 0x14) == 0) {
            place = make_room(size);
            if (place)
                copy(place, rom + image, size);
            return place && is_good(place) ? place : 0;
        }
        if (read8(rom + header + 0x15) & 0x80 || !size)
            return 0; /* the last one */
        image += size;
    }
    return 0;
}

static uint32_t from_function(uint32_t function)
{
    uint32_t base, found, rom;

    if (pci_read(function) == PCI_NOBODY || pci_read8(function + PCI_HEADER) & 0x7f ||
        pci_read8(function + PCI_CLASS + 3) == CLASS_DISPLAY)
        return 0;
    base = pci_read(function + PCI_ROM);
    if (!base)
        return 0;
    pci_write(function + PCI_ROM, 0xfffffffe);
    found = pci_read(function + PCI_ROM) & ~0x7ffu;
    pci_write(function + PCI_ROM, base | 1);
    rom = copy_image(base, ~found + 1);
    pci_write(function + PCI_ROM, base);
    return rom;
}

static uint32_t from_file(uint16_t number)
{
    uint32_t size, rom;
    uint16_t key;
    char name[] = "genroms/0.rom";

    name[8] = (char)(name[8] + number);
    key = fw_cfg_present() ? fw_cfg_find(name, &size) : 0;
    if (!key)
        return 0;
    rom = make_room(size);
    return rom && fw_cfg_read(key, 0, rom, size) && is_good(rom) ? rom : 0;
}

/* The next ROM, in shadow RAM: its segment in the upper half, in the lower what its AX is; or 0. */
uint32_t rom_load(uint32_t unused)
{
    uint32_t rom;

    (void)unused;
    while (bios_data.rom_function < PCI_END) {
        uint32_t function = bios_data.rom_function;

        bios_data.rom_function = pci_next(function);
        rom = from_function(function);
        if (rom)
            return rom >> 4 << 16 | function >> 8;
    }
    while (bios_data.rom_file < ROM_FILES) {
        rom = from_file(bios_data.rom_file++);
        if (rom)
            return rom >> 4 << 16;
    }
    return 0;
}

/* After its initialisation it may be shorter, or be gone; what is left may have something to boot. */
uint32_t rom_keep(uint32_t segment)
{
    uint32_t rom = segment << 4, bytes = read8(rom + 2) * BLOCK, header = rom + read16(rom + 0x1a);
    uint16_t vector;

    if (read16(rom) != ROM_SIGNATURE || !bytes || bytes > ROM_END - rom)
        return 0;
    bios_data.rom_next = (rom + bytes + ROM_STEP - 1) & ~(ROM_STEP - 1);
    for (unsigned n = 0; n < 8 && header != rom && header + 0x20 <= rom + bytes; n++) {
        if (read32(header) != PNP_SIGNATURE)
            break;
        vector = read16(header + 0x16); /* connects disks to INT 13h */
        if (vector && bios_data.bcv_count < ROM_VECTORS)
            bios_data.bcv[bios_data.bcv_count++] = segment << 16 | vector;
        vector = read16(header + 0x1a); /* boots */
        if (vector && bios_data.bev_count < ROM_VECTORS)
            bios_data.bev[bios_data.bev_count++] = segment << 16 | vector;
        header = rom + read16(header + 6);
    }
    return 0;
}

/* Nobody writes to them any more; where none is the bus answers again. */
uint32_t rom_close(uint32_t unused)
{
    (void)unused;
    if (bios_data.rom_next) {
        set_shadow(ROM_FIRST, ROM_END, 0);
        set_shadow(ROM_FIRST, bios_data.rom_next, 1);
    }
    return 0;
}
