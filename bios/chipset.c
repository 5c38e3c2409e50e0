/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/chipset.c - the power management block at port 600h. 32-bit code.
 * Our own board has it there from the start. A PIIX4 (QEMU's "pc" machine, on which this firmware
 * can be tested) must be told so through its PCI configuration; without a PCI bus nothing answers.
 * Source: Intel 82371AB (PIIX4) data sheet, "Power Management".
 */
#include "flat.h"
#include "io.h"

#define PORT_PCI_ADDRESS 0xcf8
#define PORT_PCI_DATA 0xcfc

#define PIIX4_PM 0x80000b00u /* bus 0, device 1, function 3 */
#define PIIX4_PM_ID 0x71138086u

static uint32_t pci_read(uint32_t address)
{
    out32(PORT_PCI_ADDRESS, address);
    return in32(PORT_PCI_DATA);
}

static void pci_write(uint32_t address, uint32_t value)
{
    out32(PORT_PCI_ADDRESS, address);
    out32(PORT_PCI_DATA, value);
}

void chipset_init(void)
{
    if (pci_read(PIIX4_PM) != PIIX4_PM_ID)
        return;
    pci_write(PIIX4_PM + 0x40, 0x601);                             /* PMBA: I/O at 600h */
    pci_write(PIIX4_PM + 0x80, pci_read(PIIX4_PM + 0x80) | 1);     /* PMREGMISC: decode it */
    out16(0x604, 0x0001);                                          /* PM1a_CNT: SCI_EN */
}
