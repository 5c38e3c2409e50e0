/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bios/pci.h - PCI configuration space by mechanism #1. `address`: bus << 16 | devfn << 8 | offset. */
#ifndef BIOS_PCI_H
#define BIOS_PCI_H

#include "io.h"

#define PORT_PCI_ADDRESS 0xcf8
#define PORT_PCI_DATA 0xcfc

enum pci_offset {
    PCI_ID = 0x00,
    PCI_COMMAND = 0x04,
    PCI_CLASS = 0x08, /* with the revision in its low byte */
    PCI_HEADER = 0x0e,
    PCI_BAR0 = 0x10,
    PCI_ROM = 0x30,
    PCI_LINE = 0x3c,
    PCI_PIN = 0x3d,
};

#define PCI_DEVFN(slot, function) ((uint32_t)((slot) << 3 | (function)) << 8)
#define PCI_NOBODY 0xffffffffu

static inline void pci_select(uint32_t address)
{
    out32(PORT_PCI_ADDRESS, 0x80000000u | (address & 0xfffffcu));
}

static inline uint32_t pci_read(uint32_t address)
{
    pci_select(address);
    return in32(PORT_PCI_DATA);
}

static inline void pci_write(uint32_t address, uint32_t value)
{
    pci_select(address);
    out32(PORT_PCI_DATA, value);
}

static inline uint8_t pci_read8(uint32_t address)
{
    pci_select(address);
    return in8((uint16_t)(PORT_PCI_DATA + (address & 3)));
}

static inline void pci_write8(uint32_t address, uint8_t value)
{
    pci_select(address);
    out8((uint16_t)(PORT_PCI_DATA + (address & 3)), value);
}

static inline void pci_write16(uint32_t address, uint16_t value)
{
    pci_select(address);
    out16((uint16_t)(PORT_PCI_DATA + (address & 2)), value);
}

/* The function after this one (an address with offset 0) on bus 0; those of absent slots are left out. */
static inline uint32_t pci_next(uint32_t address)
{
    if (address & 0x700)
        return address + 0x100;
    if (pci_read(address) != PCI_NOBODY && pci_read8(address + PCI_HEADER) & 0x80)
        return address + 0x100;
    return address + 0x800;
}

#define PCI_END 0x10000u

#endif
