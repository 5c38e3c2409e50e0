/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/acpi.c - the ACPI tables, in the last 64 KiB of RAM below 4 GiB; the RSDP is in the EBDA.
 * 32-bit code. acpi_tables.h has the tables; here they get addresses and checksums.
 */
#include "acpi_tables.h"
#include "flat.h"

extern const uint8_t dsdt_aml[], dsdt_aml_end[];

/* The byte that makes the sum of `bytes` bytes zero. */
static uint8_t checksum(const void *table, uint32_t bytes)
{
    const uint8_t *p = table;
    uint8_t sum = 0;

    while (bytes--)
        sum = (uint8_t)(sum - *p++);
    return sum;
}

static void seal(struct acpi_header *header)
{
    header->checksum = checksum(header, header->length);
}

/* Copy a table to *place and move *place behind it. */
static void *put(uint32_t *place, const void *table, uint32_t bytes)
{
    uint32_t address = *place;

    copy(address, (uint32_t)table, bytes);
    *place = (address + bytes + 15) & ~15u;
    return (void *)address;
}

uint32_t acpi_init(void)
{
    uint32_t place = bios_data.ram_below_4g, rsdp_place = EBDA_BASE + EBDA_RSDP;
    uint32_t facs_place = place + FIRMWARE_TABLES - FIRMWARE_NVS;
    struct acpi_header *dsdt;
    struct acpi_roots *roots;
    struct acpi_fadt *fadt;
    struct acpi_hpet *hpet;
    struct acpi_madt *madt;
    struct acpi_rsdp *rsdp;

    copy(facs_place, (uint32_t)&facs_template, sizeof(facs_template));
    dsdt = put(&place, dsdt_aml, (uint32_t)(dsdt_aml_end - dsdt_aml)); /* sealed by iasl */
    fadt = put(&place, &fadt_template, sizeof(fadt_template));
    fadt->facs = facs_place;
    fadt->x_facs = 0; /* ACPI 5.0 and later: only one of the two */
    fadt->dsdt = (uint32_t)dsdt;
    fadt->x_dsdt = (uint32_t)dsdt;
    seal(&fadt->header);
    madt = put(&place, &madt_template, sizeof(madt_template));
    seal(&madt->header);
    hpet = put(&place, &hpet_template, sizeof(hpet_template));
    seal(&hpet->header);

    roots = put(&place, &roots_template, sizeof(roots_template));
    roots->rsdt.table[0] = (uint32_t)fadt;
    roots->rsdt.table[1] = (uint32_t)madt;
    roots->rsdt.table[2] = (uint32_t)hpet;
    roots->xsdt.table[0] = (uint32_t)fadt;
    roots->xsdt.table[1] = (uint32_t)madt;
    roots->xsdt.table[2] = (uint32_t)hpet;
    seal(&roots->rsdt.header);
    seal(&roots->xsdt.header);

    rsdp = put(&rsdp_place, &rsdp_template, sizeof(rsdp_template));
    rsdp->rsdt = (uint32_t)&roots->rsdt;
    rsdp->xsdt = (uint32_t)&roots->xsdt;
    rsdp->checksum = checksum(rsdp, 20);
    rsdp->checksum_all = checksum(rsdp, sizeof(*rsdp));
    return place;
}
