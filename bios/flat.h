/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bios/flat.h - physical memory and the parts of the power-on, for 32-bit code. */
#ifndef BIOS_FLAT_H
#define BIOS_FLAT_H

#include "bios.h"

/* A pointer to a physical address, of which the compiler knows nothing (0 is a good one, too). */
static inline volatile void *physical(uint32_t address)
{
    __asm__("" : "+r"(address));
    return (volatile void *)address;
}

static inline void write8(uint32_t address, uint8_t value)
{
    *(volatile uint8_t *)physical(address) = value;
}

static inline void write16(uint32_t address, uint16_t value)
{
    *(volatile uint16_t *)physical(address) = value;
}

static inline void write32(uint32_t address, uint32_t value)
{
    *(volatile uint32_t *)physical(address) = value;
}

static inline uint16_t read16(uint32_t address)
{
    return *(volatile uint16_t *)physical(address);
}

static inline uint32_t read32(uint32_t address)
{
    return *(volatile uint32_t *)physical(address);
}

static inline void fill(uint32_t to, uint8_t value, uint32_t bytes)
{
    uint32_t dwords = bytes / 4;

    bytes &= 3;
    __asm__ volatile("rep stosl" : "+D"(to), "+c"(dwords) : "a"(value * 0x01010101u) : "memory");
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(value) : "memory");
}

static inline void copy(uint32_t to, uint32_t from, uint32_t bytes)
{
    uint32_t dwords = bytes / 4;

    bytes &= 3;
    __asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(dwords) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

void chipset_init(void);
void pci_init(void);
bool memory_map_init(void); /* true: behind bios_data.ram_below_4g there is room for tables */
uint32_t acpi_init(void);   /* returns where its tables end */
void smbios_init(void);
void mp_table_init(uint32_t place);
/* Leaf 1 of CPUID; zeros without. True: there is a local APIC. */
bool cpu_identify(uint32_t *signature, uint32_t *features);
void boot_find(void);
__attribute__((noreturn)) void enter_flat(uint32_t entry, uint32_t eax, uint32_t ebx);

#endif
