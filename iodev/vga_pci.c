/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/vga_pci.c - the VGA as a PCI function, 1234:1111: BAR 0 is the linear frame buffer, BAR 2 the
 * memory-mapped registers, the expansion ROM a video BIOS for firmware that has none of its own.
 * Source: QEMU documentation, "QEMU Standard VGA".
 */
#include "iodev/vga.h"

enum { BAR_LFB = 0, BAR_REGISTERS = 2 };

/* Firmware that looks for the size of BAR 0 may put it anywhere for a moment: see vga_move_lfb(). */
static void moved(struct vga *vga)
{
    uint64_t first;

    vga_move_lfb(vga, pci_bar_base(&vga->pci, BAR_LFB, &first) ? first : 0);
    vga_move_registers(vga, pci_bar_base(&vga->pci, BAR_REGISTERS, &first) ? first : 0);
}

static void written(struct pci_function *function, unsigned first UNUSED, unsigned last UNUSED)
{
    moved((struct vga *)function->wiring.dev);
}

/* clang-format off */
static const struct pci_register registers[] = {
    { PCI_SUBSYSTEM_VENDOR, 2, 0x1af4, 0, 0, "subsystem vendor" },
    { PCI_SUBSYSTEM,        2, 0x1100, 0, 0, "subsystem" },
    { 0 },
};

static const struct pci_class vga_pci = {
    .vendor = 0x1234, .device = 0x1111, .revision = 2, .class = 0x030000,
    .command_bits = PCI_COMMAND_IO | PCI_COMMAND_MEMORY, .registers = registers,
    .bar = { [BAR_LFB] = { PCI_BAR_PREFETCH, VGA_MEMORY_BYTES, NULL },
             [BAR_REGISTERS] = { PCI_BAR_MEMORY, VGA_REGISTERS_BYTES, NULL } },
    .rom_alone = true, /* as on Bochs' board, whose BIOS makes its copy before it opens memory */
    .written = written,
};
/* clang-format on */

void vga_setup_pci(struct vga *vga, struct pci_bus *bus, const uint8_t *rom)
{
    pci_attach(bus, &vga->dev, &vga->pci, &vga_pci, PCI_DEVFN(2, 0));
    if (rom)
        pci_set_rom(&vga->pci, rom, VGA_ROM_BYTES);
}

void vga_pci_reset(struct vga *vga)
{
    pci_reset(&vga->pci);
    moved(vga);
}
