/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/smbios.c - SMBIOS: smbios_tables.h has the structures. The entry point lies in the ROM and is a
 * constant; so the structures, in the EBDA, have a constant length. 32-bit code.
 */
#include "flat.h"
#include "smbios_tables.h"

_Static_assert(sizeof(smbios_template) <= EBDA_SMBIOS_BYTES, "bios.ld has so much room for SMBIOS");

/* clang-format off */
/* The entry point: its sums are constants, as all of it is. */
#define SUM2(n) (((n) & 0xff) + ((n) >> 8 & 0xff))
#define ADDRESS (EBDA_BASE + EBDA_SMBIOS)
#define SUM_DMI ('_' + 'D' + 'M' + 'I' + '_' + SUM2(sizeof(smbios_template)) + SUM2(ADDRESS) + SUM2(ADDRESS >> 16) + SMBIOS_STRUCTURES + 0x28)
#define SUM_SM ('_' + 'S' + 'M' + '_' + 0x1f + 2 + 8 + SUM2(SMBIOS_LONGEST)) /* the rest sums up to 0 */

__attribute__((section(".rom"), aligned(16), used)) static const struct smbios_entry_point entry_point = {
    .anchor = { '_', 'S', 'M', '_' }, .checksum = (uint8_t)-SUM_SM, .length = 0x1f, .major = 2, .minor = 8, .longest = SMBIOS_LONGEST,
    .dmi_anchor = { '_', 'D', 'M', 'I', '_' }, .dmi_checksum = (uint8_t)-SUM_DMI, .table_length = sizeof(smbios_template),
    .table = ADDRESS, .structures = SMBIOS_STRUCTURES, .bcd_revision = 0x28,
};
/* clang-format on */

void smbios_init(void)
{
    struct smbios_tables *tables = (struct smbios_tables *)ADDRESS;
    uint64_t kib = (bios_data.ram_below_4g + 0xfffff) >> 20 << 10;
    uint32_t signature, features;

    for (unsigned i = 0; i < bios_data.e820_count; i++)
        if (bios_data.e820[i].type == E820_RAM && bios_data.e820[i].base >> 32)
            kib += bios_data.e820[i].length >> 10;
    copy(ADDRESS, (uint32_t)&smbios_template, sizeof(smbios_template));
    cpu_identify(&signature, &features);
    smbios_fill(tables, kib, signature, features);
}
