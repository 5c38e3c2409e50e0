/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/smbios.c - SMBIOS 2.8: what this PC is made of, for an operating system's inventory. The entry point
 * lies in the ROM and is a constant; so the structures, in the EBDA, have a constant length. 32-bit code.
 * Source: DMTF DSP0134, "System Management BIOS (SMBIOS) Reference Specification" 2.8.
 */
#include "flat.h"

struct PACKED smbios_header {
    uint8_t type, length;
    uint16_t handle;
};

/* The strings follow a structure, each ended by 0, the last one by another 0: that of the literal. */
#define STRINGS_BIOS                                                                               \
    "vitrine\0" VERSION "\0"                                                                       \
    "10/01/2025\0"
#define STRINGS_SYSTEM                                                                             \
    "vitrine\0"                                                                                    \
    "vitrine PC\0" VERSION "\0"
#define STRINGS_CHASSIS "vitrine\0"
#define STRINGS_PROCESSOR                                                                          \
    "CPU 0\0"                                                                                      \
    "vitrine\0"
#define STRINGS_MEMORY                                                                             \
    "DIMM 0\0"                                                                                     \
    "vitrine\0"

struct PACKED smbios_bios {
    struct smbios_header header;
    uint8_t vendor, version;
    uint16_t segment;
    uint8_t date, rom_size;
    uint64_t characteristics;
    uint8_t extension[2], major, minor, controller_major, controller_minor;
    char strings[sizeof(STRINGS_BIOS)];
};

struct PACKED smbios_system {
    struct smbios_header header;
    uint8_t maker, product, version, serial, uuid[16], wake_up, sku, family;
    char strings[sizeof(STRINGS_SYSTEM)];
};

struct PACKED smbios_chassis {
    struct smbios_header header;
    uint8_t maker, type, version, serial, asset, boot_state, power_state, thermal_state, security;
    uint32_t oem;
    uint8_t height, cords, elements, element_length;
    char strings[sizeof(STRINGS_CHASSIS)];
};

struct PACKED smbios_processor {
    struct smbios_header header;
    uint8_t socket, type, family, maker;
    uint32_t signature, features;
    uint8_t version, voltage;
    uint16_t clock, most_speed, speed;
    uint8_t status, upgrade;
    uint16_t cache[3];
    uint8_t serial, asset, part, cores, cores_enabled, threads;
    uint16_t characteristics, family2;
    char strings[sizeof(STRINGS_PROCESSOR)];
};

struct PACKED smbios_memory_array {
    struct smbios_header header;
    uint8_t location, use, correction;
    uint32_t most_kib;
    uint16_t error, devices;
    uint64_t most_bytes;
    char strings[2];
};

struct PACKED smbios_memory_device {
    struct smbios_header header;
    uint16_t array, error, width, data_width, mib;
    uint8_t form, set, locator, bank, type;
    uint16_t detail, speed;
    uint8_t maker, serial, asset, part, attributes;
    uint32_t more_mib;
    uint16_t configured_speed, least_voltage, most_voltage, voltage;
    char strings[sizeof(STRINGS_MEMORY)];
};

struct PACKED smbios_mapped {
    struct smbios_header header;
    uint32_t first_kib, last_kib;
    uint16_t array;
    uint8_t width;
    uint64_t first, last;
    char strings[2];
};

struct PACKED smbios_boot {
    struct smbios_header header;
    uint8_t reserved[6], status;
    char strings[2];
};

struct PACKED smbios_end {
    struct smbios_header header;
    char strings[2];
};

struct PACKED smbios_tables {
    struct smbios_bios bios;
    struct smbios_system system;
    struct smbios_chassis chassis;
    struct smbios_processor processor;
    struct smbios_memory_array array;
    struct smbios_memory_device device;
    struct smbios_mapped mapped;
    struct smbios_boot boot;
    struct smbios_end end;
};

#define STRUCTURES 9

/* clang-format off */
#define HEADER(s, number, id) .header = { number, sizeof(s) - sizeof(((s *)0)->strings), id }

static const struct smbios_tables template = {
    .bios = {
        HEADER(struct smbios_bios, 0, 0x0000), .vendor = 1, .version = 2, .segment = ROM_SEGMENT, .date = 3,
        .characteristics = 1u << 7 /* PCI */ | 1u << 15 /* boots from CDs */ | 1u << 16 /* and as asked for */ | 1u << 19 /* EDD */,
        .extension = { 0x01 /* ACPI */, 0x14 /* a virtual machine; what boots can be told */ },
        .major = 0xff, .minor = 0xff, .controller_major = 0xff, .controller_minor = 0xff,
        .strings = STRINGS_BIOS,
    },
    .system = {
        HEADER(struct smbios_system, 1, 0x0100), .maker = 1, .product = 2, .version = 3, .wake_up = 6 /* power switch */,
        .strings = STRINGS_SYSTEM,
    },
    .chassis = {
        HEADER(struct smbios_chassis, 3, 0x0300), .maker = 1, .type = 1 /* other */,
        .boot_state = 3, .power_state = 3, .thermal_state = 3, .security = 2, .strings = STRINGS_CHASSIS,
    },
    .processor = {
        HEADER(struct smbios_processor, 4, 0x0400), .socket = 1, .type = 3 /* central processor */, .family = 1, .maker = 2,
        .status = 0x41 /* there, enabled */, .upgrade = 1, .cache = { 0xffff, 0xffff, 0xffff },
        .cores = 1, .cores_enabled = 1, .threads = 1, .characteristics = 2 /* unknown */, .family2 = 1,
        .strings = STRINGS_PROCESSOR,
    },
    .array = {
        HEADER(struct smbios_memory_array, 16, 0x1000), .location = 3 /* main board */, .use = 3 /* main memory */,
        .correction = 3 /* none */, .error = 0xfffe, .devices = 1,
    },
    .device = {
        HEADER(struct smbios_memory_device, 17, 0x1100), .array = 0x1000, .error = 0xfffe, .width = 64, .data_width = 64,
        .form = 9 /* DIMM */, .locator = 1, .type = 7 /* RAM */, .detail = 2 /* other */, .maker = 2, .strings = STRINGS_MEMORY,
    },
    .mapped = { HEADER(struct smbios_mapped, 19, 0x1300), .array = 0x1000, .width = 1 },
    .boot = { HEADER(struct smbios_boot, 32, 0x2000) },
    .end = { HEADER(struct smbios_end, 127, 0x7f00) },
};

_Static_assert(sizeof(template) <= EBDA_SMBIOS_BYTES, "bios.ld has so much room for SMBIOS");

/* The entry point: its sums are constants, as all of it is. */
#define SUM2(n) (((n) & 0xff) + ((n) >> 8 & 0xff))
#define ADDRESS (EBDA_BASE + EBDA_SMBIOS)
#define LONGEST sizeof(struct smbios_processor)
#define SUM_DMI ('_' + 'D' + 'M' + 'I' + '_' + SUM2(sizeof(template)) + SUM2(ADDRESS) + SUM2(ADDRESS >> 16) + STRUCTURES + 0x28)
#define SUM_SM ('_' + 'S' + 'M' + '_' + 0x1f + 2 + 8 + SUM2(LONGEST)) /* the rest sums up to 0 */

_Static_assert(LONGEST >= sizeof(struct smbios_bios) && LONGEST >= sizeof(struct smbios_memory_device) &&
               LONGEST >= sizeof(struct smbios_system), "the longest structure");

__attribute__((aligned(16), used)) static const struct PACKED {
    char anchor[4];
    uint8_t checksum, length, major, minor;
    uint16_t longest;
    uint8_t revision, formatted[5];
    char dmi_anchor[5];
    uint8_t dmi_checksum;
    uint16_t table_length;
    uint32_t table;
    uint16_t structures;
    uint8_t bcd_revision;
} entry_point = {
    .anchor = { '_', 'S', 'M', '_' }, .checksum = (uint8_t)-SUM_SM, .length = 0x1f, .major = 2, .minor = 8, .longest = LONGEST,
    .dmi_anchor = { '_', 'D', 'M', 'I', '_' }, .dmi_checksum = (uint8_t)-SUM_DMI, .table_length = sizeof(template),
    .table = ADDRESS, .structures = STRUCTURES, .bcd_revision = 0x28,
};
/* clang-format on */

_Static_assert(sizeof(entry_point) == 0x1f, "SMBIOS entry point");

void smbios_init(void)
{
    struct smbios_tables *tables = (struct smbios_tables *)ADDRESS;
    uint64_t kib = (bios_data.ram_below_4g + 0xfffff) >> 20 << 10;
    uint32_t mib, signature, features;

    for (unsigned i = 0; i < bios_data.e820_count; i++)
        if (bios_data.e820[i].type == E820_RAM && bios_data.e820[i].base >> 32)
            kib += bios_data.e820[i].length >> 10;
    mib = (uint32_t)(kib >> 10);
    copy(ADDRESS, (uint32_t) & template, sizeof(template));
    cpu_identify(&signature, &features);
    tables->processor.signature = signature;
    tables->processor.features = features;
    tables->array.most_kib = kib < 0x80000000 ? (uint32_t)kib : 0x80000000;
    if (kib >= 0x80000000)
        tables->array.most_bytes = kib << 10;
    tables->device.mib = (uint16_t)(mib < 0x7fff ? mib : 0x7fff);
    if (mib >= 0x7fff)
        tables->device.more_mib = mib;
    tables->mapped.last_kib = (uint32_t)kib - 1;
}
