/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/int1a_pci.c - INT 1Ah, AH = B1h: the PCI BIOS of real mode. 16-bit code. There is one bus, and
 * no table of interrupt routes: ACPI has it. Source: PCI BIOS Specification 2.1.
 */
#include "far.h"
#include "pci.h"

enum pci_status {
    PCI_OK = 0x00,
    PCI_UNSUPPORTED = 0x81,
    PCI_NOT_FOUND = 0x86,
    PCI_BAD_REGISTER = 0x87,
};

/* Number SI of the functions whose register `offset` has `value` in the bits of `mask`. */
static enum pci_status find(struct regs *r, uint32_t offset, uint32_t value, uint32_t mask)
{
    uint32_t left = r->si;

    for (uint32_t function = 0; function < PCI_END; function = pci_next(function)) {
        if (pci_read(function) == PCI_NOBODY || (pci_read(function + offset) & mask) != value ||
            left--)
            continue;
        r->bx = (uint16_t)(function >> 8);
        return PCI_OK;
    }
    return PCI_NOT_FOUND;
}

/* 08h-0Ah read, 0Bh-0Dh write a byte, word, dword: register DI of bus BH, function BL. */
static enum pci_status access(struct regs *r)
{
    uint8_t function = (uint8_t)(r->al - 8), size = (uint8_t)(1 << function % 3);
    uint16_t port = (uint16_t)(PORT_PCI_DATA + (r->di & 3));

    if (r->di > 0xff || r->di & (size - 1))
        return PCI_BAD_REGISTER;
    pci_select((uint32_t)r->bx << 8 | r->di);
    switch (function) {
    case 0:
        r->cl = in8(port);
        break;
    case 1:
        r->cx = in16(port);
        break;
    case 2:
        r->ecx = in32(port);
        break;
    case 3:
        out8(port, r->cl);
        break;
    case 4:
        out16(port, r->cx);
        break;
    default:
        out32(port, r->ecx);
    }
    return PCI_OK;
}

void int1a_pci(struct regs *r)
{
    enum pci_status status = PCI_UNSUPPORTED;

    pci_select(0);
    if (in32(PORT_PCI_DATA) == PCI_NOBODY) { /* no PCI: as if we did not know the function */
        set_carry(r, true);
        return;
    }
    switch (r->al) {
    case 0x01:
        r->edx = 0x20494350; /* "PCI " */
        r->bx = 0x0210;
        r->cl = 0;    /* last bus */
        r->al = 0x01; /* mechanism #1, no special cycles */
        status = PCI_OK;
        break;
    case 0x02:
        status =
            r->dx == 0xffff ? 0x83 : find(r, PCI_ID, (uint32_t)r->cx << 16 | r->dx, PCI_NOBODY);
        break;
    case 0x03:
        status = find(r, PCI_CLASS, r->ecx << 8, 0xffffff00u);
        break;
    case 0x08 ... 0x0d:
        status = access(r);
        break;
    }
    r->ah = (uint8_t)status;
    set_carry(r, status != PCI_OK);
}
