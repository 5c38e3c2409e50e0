/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/smbios_tables.h - SMBIOS 2.8: what this PC is made of, for an operating system's inventory. For our
 * own firmware (smbios.c), and for the emulator, which offers it to other firmware (machine/firmware.c).
 * Who includes this says what VERSION is. Source: DMTF DSP0134, "System Management BIOS (SMBIOS)
 * Reference Specification" 2.8.
 */
#ifndef BIOS_SMBIOS_TABLES_H
#define BIOS_SMBIOS_TABLES_H

#include <stdint.h>

#ifndef PACKED
#define PACKED __attribute__((packed))
#endif

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

#define SMBIOS_STRUCTURES 9

/* clang-format off */
#define SMBIOS_HEADER(s, number, id) .header = { number, sizeof(s) - sizeof(((s *)0)->strings), id }

static const struct smbios_tables smbios_template = {
    .bios = {
        SMBIOS_HEADER(struct smbios_bios, 0, 0x0000), .vendor = 1, .version = 2, .segment = 0xf000, .date = 3,
        .characteristics = 1u << 7 /* PCI */ | 1u << 15 /* boots from CDs */ | 1u << 16 /* and as asked for */ | 1u << 19 /* EDD */,
        .extension = { 0x01 /* ACPI */, 0x14 /* a virtual machine; what boots can be told */ },
        .major = 0xff, .minor = 0xff, .controller_major = 0xff, .controller_minor = 0xff,
        .strings = STRINGS_BIOS,
    },
    .system = {
        SMBIOS_HEADER(struct smbios_system, 1, 0x0100), .maker = 1, .product = 2, .version = 3, .wake_up = 6 /* power switch */,
        .strings = STRINGS_SYSTEM,
    },
    .chassis = {
        SMBIOS_HEADER(struct smbios_chassis, 3, 0x0300), .maker = 1, .type = 1 /* other */,
        .boot_state = 3, .power_state = 3, .thermal_state = 3, .security = 2, .strings = STRINGS_CHASSIS,
    },
    .processor = {
        SMBIOS_HEADER(struct smbios_processor, 4, 0x0400), .socket = 1, .type = 3 /* central processor */, .family = 1, .maker = 2,
        .status = 0x41 /* there, enabled */, .upgrade = 1, .cache = { 0xffff, 0xffff, 0xffff },
        .cores = 1, .cores_enabled = 1, .threads = 1, .characteristics = 2 /* unknown */, .family2 = 1,
        .strings = STRINGS_PROCESSOR,
    },
    .array = {
        SMBIOS_HEADER(struct smbios_memory_array, 16, 0x1000), .location = 3 /* main board */, .use = 3 /* main memory */,
        .correction = 3 /* none */, .error = 0xfffe, .devices = 1,
    },
    .device = {
        SMBIOS_HEADER(struct smbios_memory_device, 17, 0x1100), .array = 0x1000, .error = 0xfffe, .width = 64, .data_width = 64,
        .form = 9 /* DIMM */, .locator = 1, .type = 7 /* RAM */, .detail = 2 /* other */, .maker = 2, .strings = STRINGS_MEMORY,
    },
    .mapped = { SMBIOS_HEADER(struct smbios_mapped, 19, 0x1300), .array = 0x1000, .width = 1 },
    .boot = { SMBIOS_HEADER(struct smbios_boot, 32, 0x2000) },
    .end = { SMBIOS_HEADER(struct smbios_end, 127, 0x7f00) },
};
/* clang-format on */

struct PACKED smbios_entry_point {
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
};

_Static_assert(sizeof(struct smbios_entry_point) == 0x1f, "SMBIOS entry point");

#define SMBIOS_LONGEST sizeof(struct smbios_processor)
_Static_assert(SMBIOS_LONGEST >= sizeof(struct smbios_bios) &&
                   SMBIOS_LONGEST >= sizeof(struct smbios_memory_device) &&
                   SMBIOS_LONGEST >= sizeof(struct smbios_system),
               "the longest structure");

/* What is not known before there is a machine. */
static inline void smbios_fill(struct smbios_tables *tables, uint64_t kib, uint32_t signature,
                               uint32_t features)
{
    uint32_t mib = (uint32_t)(kib >> 10);

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

#endif
