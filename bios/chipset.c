/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/chipset.c - the local APIC lets the 8259A through; the power management block at port 600h.
 * 32-bit code. Our own board has the block there from the start; another PIIX4 (QEMU's "pc" machine, on which this
 * firmware can be tested) must be told so through its PCI configuration; without a PCI bus nothing answers.
 * Source: SDM Vol. 3A, "Local APIC"; MP Specification, "Virtual Wire Mode"; Intel 82371AB (PIIX4) data sheet, "Power Management".
 */
#include "flat.h"
#include "pci.h"

#define PIIX4_PM PCI_DEVFN(1, 3)
#define PIIX4_PM_ID 0x71138086u

#define I440FX PCI_DEVFN(0, 0)
#define I440FX_ID 0x12378086u

#define EFLAGS_ID 0x200000u
#define CPUID_1_EDX_APIC (1u << 9)
#define LOCAL_APIC 0xfee00000u
#define APIC_SPURIOUS (LOCAL_APIC + 0xf0)
#define APIC_LINT0 (LOCAL_APIC + 0x350)
#define APIC_LINT1 (LOCAL_APIC + 0x360)

bool cpu_identify(uint32_t *signature, uint32_t *features)
{
    uint32_t before, after, eax = 1, ebx, ecx, edx;

    __asm__ volatile("pushfl\n\tpopl %0\n\tmovl %0, %1\n\txorl %2, %1\n\tpushl %1\n\tpopfl\n\t"
                     "pushfl\n\tpopl %1\n\tpushl %0\n\tpopfl"
                     : "=&r"(before), "=&r"(after)
                     : "i"(EFLAGS_ID)
                     : "cc");
    *signature = *features = 0;
    if (!((before ^ after) & EFLAGS_ID))
        return false; /* no CPUID */
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
    *signature = eax;
    *features = edx;
    return edx & CPUID_1_EDX_APIC;
}

/* Virtual wire: LINT0 is the 8259A's output, LINT1 is NMI. After reset both are masked. */
static void apic_init(void)
{
    uint32_t signature, features;

    if (!cpu_identify(&signature, &features))
        return;
    write32(APIC_SPURIOUS, 0x10f); /* enabled; a spurious interrupt is as harmless as IRQ 7's */
    write32(APIC_LINT0, 0x0700);   /* ExtINT */
    write32(APIC_LINT1, 0x0400);   /* NMI */
}

/* System-management mode has its RAM behind the VGA's window; nobody else sees it. */
static void smram_init(void)
{
    if (pci_read(I440FX) == I440FX_ID)
        pci_write(I440FX + 0x70, (pci_read(I440FX + 0x70) & ~0xff0000u) | 0x0a0000);
}

void chipset_init(void)
{
    apic_init();
    smram_init();
    if (pci_read(PIIX4_PM) != PIIX4_PM_ID)
        return;
    pci_write(PIIX4_PM + 0x40, 0x601);                         /* PMBA: I/O at 600h */
    pci_write(PIIX4_PM + 0x80, pci_read(PIIX4_PM + 0x80) | 1); /* PMREGMISC: decode it */
    out16(0x604, 0x0001);                                      /* PM1a_CNT: SCI_EN */
}
