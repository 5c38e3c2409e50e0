/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/acpi_tables.h - the ACPI tables but for the DSDT, without addresses and checksums: for our own
 * firmware (acpi.c), and for the emulator, which offers them to other firmware (machine/firmware.c).
 * Source: ACPI specification 6.4, chapter "ACPI Software Programming Model"; the tables have the
 * sizes of ACPI 2.0 to 3.0, which every system reads.
 */
#ifndef BIOS_ACPI_TABLES_H
#define BIOS_ACPI_TABLES_H

#include <stdint.h>

#ifndef PACKED
#define PACKED __attribute__((packed))
#endif

#define SIGNATURE(a, b, c, d)                                                                      \
    ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

struct PACKED acpi_header {
    uint32_t signature;
    uint32_t length;
    uint8_t revision;
    uint8_t checksum;
    char oem_id[6];
    char oem_table_id[8];
    uint32_t oem_revision;
    char creator_id[4];
    uint32_t creator_revision;
};

struct PACKED acpi_rsdp {
    char signature[8];
    uint8_t checksum; /* of the first 20 bytes */
    char oem_id[6];
    uint8_t revision;
    uint32_t rsdt;
    uint32_t length;
    uint64_t xsdt;
    uint8_t checksum_all;
    uint8_t reserved[3];
};

#define HPET_BASE 0xfed00000u

struct PACKED acpi_address { /* Generic Address Structure */
    uint8_t space;           /* 1: I/O */
    uint8_t width;
    uint8_t offset;
    uint8_t access;
    uint64_t address;
};

struct PACKED acpi_fadt {
    struct acpi_header header;
    uint32_t facs, dsdt;
    uint8_t reserved1, profile;
    uint16_t sci_irq;
    uint32_t smi_command;
    uint8_t acpi_enable, acpi_disable, s4bios, pstate;
    uint32_t pm1a_event, pm1b_event, pm1a_control, pm1b_control, pm2_control, pm_timer;
    uint32_t gpe0, gpe1;
    uint8_t pm1_event_length, pm1_control_length, pm2_control_length, pm_timer_length;
    uint8_t gpe0_length, gpe1_length, gpe1_base, cst_control;
    uint16_t c2_latency, c3_latency, flush_size, flush_stride;
    uint8_t duty_offset, duty_width, day_alarm, month_alarm, century;
    uint16_t boot_architecture;
    uint8_t reserved2;
    uint32_t flags;
    struct acpi_address reset;
    uint8_t reset_value, reserved3[3];
    uint64_t x_facs, x_dsdt;
    struct acpi_address x_pm1a_event, x_pm1b_event, x_pm1a_control, x_pm1b_control;
    struct acpi_address x_pm2_control, x_pm_timer, x_gpe0, x_gpe1;
};

struct PACKED acpi_facs {
    uint32_t signature, length, hardware_signature, waking_vector, lock, flags;
    uint64_t x_waking_vector;
    uint8_t version, reserved[31];
};

struct PACKED madt_override {
    uint8_t type, length, bus, source;
    uint32_t gsi;
    uint16_t flags;
};

struct PACKED acpi_hpet {
    struct acpi_header header;
    uint32_t block; /* lower half of its capabilities */
    struct acpi_address address;
    uint8_t number;
    uint16_t least_period;
    uint8_t protection;
};

struct PACKED acpi_madt {
    struct acpi_header header;
    uint32_t local_apic, flags;
    struct PACKED {
        uint8_t type, length, processor, id;
        uint32_t flags;
    } cpu;
    struct PACKED {
        uint8_t type, length, id, reserved;
        uint32_t address, gsi_base;
    } io_apic;
    struct madt_override timer, sci, pci[3];
    struct PACKED {
        uint8_t type, length, processor;
        uint16_t flags;
        uint8_t lint;
    } nmi;
};

struct PACKED acpi_roots {
    struct PACKED {
        struct acpi_header header;
        uint32_t table[3];
    } rsdt;
    struct PACKED {
        struct acpi_header header;
        uint64_t table[3];
    } xsdt;
};

_Static_assert(sizeof(struct acpi_fadt) == 244, "FADT of ACPI 2.0 to 4.0");
_Static_assert(sizeof(struct acpi_facs) == 64, "FACS");
_Static_assert(sizeof(struct acpi_rsdp) == 36, "RSDP");

/* clang-format off */
#define ACPI_HEADER(a, b, c, d, bytes, rev)                                            \
    {                                                                             \
        .signature = SIGNATURE(a, b, c, d), .length = (bytes), .revision = (rev), \
        .oem_id = { 'V', 'I', 'T', 'R', 'I', 'N' },                               \
        .oem_table_id = { 'V', 'I', 'T', 'R', 'I', 'N', 'E', ' ' },               \
        .oem_revision = 1, .creator_id = { 'V', 'T', 'R', 'N' },                  \
        .creator_revision = 1,                                                    \
    }
#define PORT(bytes, port) { .space = 1, .width = (bytes) * 8, .access = (bytes) == 4 ? 3 : (bytes), .address = (port) }

static const struct acpi_fadt fadt_template = {
    .header = ACPI_HEADER('F', 'A', 'C', 'P', sizeof(struct acpi_fadt), 3),
    .profile = 1, /* desktop */
    .sci_irq = 9,
    .pm1a_event = 0x600,   .pm1_event_length = 4,   .x_pm1a_event = PORT(4, 0x600),
    .pm1a_control = 0x604, .pm1_control_length = 2, .x_pm1a_control = PORT(2, 0x604),
    .pm_timer = 0x608,     .pm_timer_length = 4,    .x_pm_timer = PORT(4, 0x608),
    .c2_latency = 0xfff,   /* no C2, no C3 */
    .c3_latency = 0xfff,
    .century = 0x32,
    .boot_architecture = 0x0003, /* legacy devices, 8042; bit 2 clear: there may be a VGA */
    .flags = 1 << 0    /* WBINVD works */
           | 1 << 2    /* C1 on every processor */
           | 1 << 5    /* no fixed sleep button */
           | 1 << 8    /* the PM timer has 32 bits */
           | 1 << 10,  /* there is a reset register */
    .reset = PORT(1, 0xcf9), .reset_value = 0x0e,
};

/* Where the DSDT lets a PIRQ lead. */
#define PCI_INTERRUPT(n) { .type = 2, .length = 10, .source = (n), .gsi = (n), .flags = 0x000d }

static const struct acpi_madt madt_template = {
    .header = ACPI_HEADER('A', 'P', 'I', 'C', sizeof(struct acpi_madt), 2),
    .local_apic = 0xfee00000, .flags = 1, /* two 8259A as well */
    .cpu     = { .type = 0, .length = 8, .processor = 0, .id = 0, .flags = 1 },
    .io_apic = { .type = 1, .length = 12, .id = 0, .address = 0xfec00000, .gsi_base = 0 },
    .timer   = { .type = 2, .length = 10, .source = 0, .gsi = 2, .flags = 0x0000 }, /* as ISA: edge, high */
    .sci     = { .type = 2, .length = 10, .source = 9, .gsi = 9, .flags = 0x000d }, /* level, high */
    .pci     = { PCI_INTERRUPT(5), PCI_INTERRUPT(10), PCI_INTERRUPT(11) },
    .nmi     = { .type = 4, .length = 6, .processor = 0xff, .flags = 0, .lint = 1 },
};

static const struct acpi_hpet hpet_template = {
    .header = ACPI_HEADER('H', 'P', 'E', 'T', sizeof(struct acpi_hpet), 1),
    .block = 0x8086a201,
    .address = { .space = 0, .width = 64, .address = HPET_BASE },
    .least_period = 0x80,
};

static const struct acpi_facs facs_template = {
    .signature = SIGNATURE('F', 'A', 'C', 'S'),
    .length = sizeof(struct acpi_facs),
    .version = 1,
};

static const struct acpi_roots roots_template = {
    .rsdt = { .header = ACPI_HEADER('R', 'S', 'D', 'T', sizeof(roots_template.rsdt), 1) },
    .xsdt = { .header = ACPI_HEADER('X', 'S', 'D', 'T', sizeof(roots_template.xsdt), 1) },
};

static const struct acpi_rsdp rsdp_template = {
    .signature = { 'R', 'S', 'D', ' ', 'P', 'T', 'R', ' ' },
    .oem_id = { 'V', 'I', 'T', 'R', 'I', 'N' },
    .revision = 2,
    .length = sizeof(struct acpi_rsdp),
};
/* clang-format on */

#endif
