/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/pci.c - what is on the PCI bus gets its addresses and interrupts. 32-bit code.
 * I/O from C000h up, memory from E0000000h up (RAM ends at 3 GiB, the I/O APIC is at FEC00000h),
 * each BAR aligned to its size, in order of slots: the display comes first, where the VESA services
 * expect it. PIRQ A and B go to interrupt 10, C and D to 11.
 * Source: PCI Local Bus Specification 2.1, "Configuration Space Organization"; Intel 82371SB (PIIX3)
 * data sheet, "PIRQRC" and "IDETIM"; Intel 82371AB (PIIX4) data sheet, "SMBBA".
 */
#include "pci.h"
#include "flat.h"

#define IO_FIRST 0xc000u
#define IO_END 0x10000u
#define MEMORY_FIRST 0xe0000000u
#define MEMORY_END 0xfec00000u
#define PORT_ELCR2 0x4d1

#define PIIX3 PCI_DEVFN(1, 0)
#define PIIX3_ID 0x70008086u
#define IDE_ID 0x70108086u
#define PIIX4_PM_ID 0x71138086u

struct room {
    uint32_t io, memory; /* next address that is free */
};

/* Place one BAR; `mask` has its address bits. True: it was a memory BAR of 64 bits. */
static bool place_bar(uint32_t bar, uint32_t mask, struct room *room)
{
    uint32_t old = pci_read(bar), size, *next = &room->memory, end = MEMORY_END, found;
    bool wide = false;

    pci_write(bar, mask);
    found = pci_read(bar);
    pci_write(bar, old);
    if (!found)
        return false;
    if (mask != 0xfffffffeu && found & 1) { /* I/O; bits 16-31 may not be there */
        size = (~(found & ~3u) & 0xffff) + 1;
        next = &room->io;
        end = IO_END;
    } else {
        size = ~(found & ~(mask == 0xfffffffeu ? 0x7ffu : 15u)) + 1;
        wide = mask != 0xfffffffeu && (found & 6) == 4;
    }
    if (!size || size > end - *next || ((*next + size - 1) & ~(size - 1)) > end - size)
        return wide; /* no room: it stays where it is, at 0 */
    *next = (*next + size - 1) & ~(size - 1);
    pci_write(bar, *next);
    *next += size;
    return wide;
}

static void init_function(uint32_t function, struct room *room)
{
    static const uint8_t irq[4] = { 10, 10, 11, 11 };
    uint32_t id = pci_read(function), slot = function >> 11;
    uint8_t pin = pci_read8(function + PCI_PIN);
    uint16_t command = 3; /* I/O, memory */

    if ((pci_read8(function + PCI_HEADER) & 0x7f) != 0)
        return; /* a bridge to another bus: there is none */
    for (uint32_t i = 0; i < 6; i++)
        if (place_bar(function + PCI_BAR0 + i * 4, 0xffffffffu, room)) {
            i++;
            pci_write(function + PCI_BAR0 + i * 4, 0);
        }
    place_bar(function + PCI_ROM, 0xfffffffeu, room);
    if (pin)
        pci_write8(function + PCI_LINE, id == PIIX4_PM_ID ? 9 : irq[(slot - 1 + pin - 1) & 3]);
    if (id == IDE_ID) {
        pci_write(function + 0x40, 0x80008000u); /* both channels at their old ports */
        command |= 4;                            /* bus master */
    }
    if (id == PIIX4_PM_ID) {
        pci_write(function + 0x90, 0x701); /* SMBus at 700h */
        pci_write8(function + 0xd2, 0x09);
    }
    pci_write16(function + PCI_COMMAND, (uint16_t)pci_read(function + PCI_COMMAND) | command);
}

void pci_init(void)
{
    struct room room = { IO_FIRST, MEMORY_FIRST };

    if (pci_read(0) == PCI_NOBODY)
        return;
    if (pci_read(PIIX3) == PIIX3_ID) {
        pci_write(PIIX3 + 0x60, 0x0b0b0a0au);
        out8(PORT_ELCR2, in8(PORT_ELCR2) | 0x0c); /* both are level-triggered */
    }
    for (uint32_t function = 0; function < PCI_END; function = pci_next(function))
        if (pci_read(function) != PCI_NOBODY)
            init_function(function, &room);
}
