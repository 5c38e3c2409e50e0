/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/firmware.c - files for firmware that is not ours. The ACPI tables are those of our own BIOS
 * (bios/acpi_tables.h, bios/dsdt.asl); addresses in them are offsets into the file, which the
 * firmware moves by the commands of etc/table-loader, and then seals. Sources: QEMU,
 * hw/acpi/bios-linker-loader (the commands); UEFI and IEEE 1275 (paths of the boot order).
 */
#include "machine/firmware.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#ifndef VERSION
#define VERSION "unconfigured"
#endif

#include "bios/acpi_tables.h"
#include "bios/images.h"
#include "bios/smbios_tables.h"
#include "util/bits.h"

#define TABLES "etc/acpi/tables"
#define RSDP "etc/acpi/rsdp"

/* Commands of etc/table-loader, each 128 bytes. */
enum {
    COMMAND_BYTES = 128,
    COMMAND_ALLOCATE = 1,
    COMMAND_ADD_POINTER = 2,
    COMMAND_ADD_CHECKSUM = 3,

    ZONE_HIGH = 1,
    ZONE_FSEG = 2, /* F0000h-FFFFFh, where an RSDP is looked for */

    FACS_ALIGN = 64,
};

static void put_name(uint8_t *at, const char *name)
{
    memcpy(at, name, strlen(name));
}

static void allocate(struct buf *loader, const char *file, uint32_t align, uint8_t zone)
{
    uint8_t command[COMMAND_BYTES] = { COMMAND_ALLOCATE };

    put_name(command + 4, file);
    store_le32(command + 60, align);
    command[64] = zone;
    buf_add(loader, command, sizeof command);
}

/* The `size` bytes at `offset` of `file` are an offset into etc/acpi/tables. */
static void add_pointer(struct buf *loader, const char *file, size_t offset, uint8_t size)
{
    uint8_t command[COMMAND_BYTES] = { COMMAND_ADD_POINTER };

    put_name(command + 4, file);
    put_name(command + 60, TABLES);
    store_le32(command + 116, (uint32_t)offset);
    command[120] = size;
    buf_add(loader, command, sizeof command);
}

static void add_checksum(struct buf *loader, const char *file, size_t offset, size_t start,
                         size_t length)
{
    uint8_t command[COMMAND_BYTES] = { COMMAND_ADD_CHECKSUM };

    put_name(command + 4, file);
    store_le32(command + 60, (uint32_t)offset);
    store_le32(command + 64, (uint32_t)start);
    store_le32(command + 68, (uint32_t)length);
    buf_add(loader, command, sizeof command);
}

/* Behind what is there, at a multiple of 16. Returns where. */
static uint32_t put(struct buf *tables, const void *table, size_t bytes)
{
    static const uint8_t zeros[16];
    uint32_t place;

    buf_add(tables, zeros, -tables->length & 15);
    place = (uint32_t)tables->length;
    buf_add(tables, table, bytes);
    return place;
}

static void seal(struct buf *loader, uint32_t table, size_t bytes)
{
    add_checksum(loader, TABLES, table + offsetof(struct acpi_header, checksum), table, bytes);
}

static void make_acpi(struct firmware_files *files)
{
    struct buf *tables = &files->acpi, *loader = &files->loader;
    uint32_t facs, dsdt, place[3], roots, rsdt, xsdt;
    struct acpi_fadt fadt = fadt_template;
    struct acpi_roots root = roots_template;
    struct acpi_rsdp rsdp = rsdp_template;

    allocate(loader, RSDP, 16, ZONE_FSEG);
    allocate(loader, TABLES, FACS_ALIGN, ZONE_HIGH);

    facs = put(tables, &facs_template, sizeof facs_template);
    dsdt = put(tables, dsdt_image, dsdt_image_size); /* sealed by iasl */
    fadt.facs = facs;
    fadt.dsdt = dsdt;
    fadt.x_dsdt = dsdt;
    place[0] = put(tables, &fadt, sizeof fadt);
    add_pointer(loader, TABLES, place[0] + offsetof(struct acpi_fadt, facs), 4);
    add_pointer(loader, TABLES, place[0] + offsetof(struct acpi_fadt, dsdt), 4);
    add_pointer(loader, TABLES, place[0] + offsetof(struct acpi_fadt, x_dsdt), 8);
    seal(loader, place[0], sizeof fadt);
    place[1] = put(tables, &madt_template, sizeof madt_template);
    seal(loader, place[1], sizeof madt_template);
    place[2] = put(tables, &hpet_template, sizeof hpet_template);
    seal(loader, place[2], sizeof hpet_template);

    for (unsigned i = 0; i < ARRAY_SIZE(place); i++) {
        root.rsdt.table[i] = place[i];
        root.xsdt.table[i] = place[i];
    }
    roots = put(tables, &root, sizeof root);
    rsdt = roots + (uint32_t)offsetof(struct acpi_roots, rsdt);
    xsdt = roots + (uint32_t)offsetof(struct acpi_roots, xsdt);
    for (unsigned i = 0; i < ARRAY_SIZE(place); i++) {
        add_pointer(loader, TABLES, roots + offsetof(struct acpi_roots, rsdt.table) + i * 4, 4);
        add_pointer(loader, TABLES, roots + offsetof(struct acpi_roots, xsdt.table) + i * 8, 8);
    }
    seal(loader, rsdt, sizeof root.rsdt);
    seal(loader, xsdt, sizeof root.xsdt);

    rsdp.rsdt = rsdt;
    rsdp.xsdt = xsdt;
    buf_add(&files->rsdp, &rsdp, sizeof rsdp);
    add_pointer(loader, RSDP, offsetof(struct acpi_rsdp, rsdt), 4);
    add_pointer(loader, RSDP, offsetof(struct acpi_rsdp, xsdt), 8);
    add_checksum(loader, RSDP, offsetof(struct acpi_rsdp, checksum), 0, 20);
    add_checksum(loader, RSDP, offsetof(struct acpi_rsdp, checksum_all), 0, sizeof rsdp);
}

/* Without structure 0, which the firmware makes: it is about itself. */
static void make_smbios(struct firmware_files *files, uint64_t ram_bytes, uint32_t signature,
                        uint32_t features)
{
    struct smbios_tables tables = smbios_template;
    size_t first = offsetof(struct smbios_tables, system), bytes = sizeof tables - first;
    struct smbios_entry_point entry = {
        .anchor = "_SM_",
        .length = sizeof entry,
        .major = 2,
        .minor = 8,
        .longest = SMBIOS_LONGEST,
        .table_length = (uint16_t)bytes,
        .structures = SMBIOS_STRUCTURES - 1,
        .bcd_revision = 0x28,
    };

    memcpy(entry.dmi_anchor, "_DMI_", 5);
    smbios_fill(&tables, ram_bytes >> 10, signature, features);
    buf_add(&files->smbios, (const uint8_t *)&tables + first, bytes);
    buf_add(&files->anchor, &entry, sizeof entry); /* address and sums are the firmware's */
}

static void add_ide(struct buf *order, const struct machine_config *config, bool cds)
{
    for (unsigned i = 0; i < ARRAY_SIZE(config->ide); i++) {
        if (config->ide_is_cd[i] == cds && (cds || config->ide[i]))
            buf_printf(order, "/pci@i0cf8/ide@1,1/drive@%u/disk@%u\n", i / 2, i % 2);
    }
}

/*
 * Each drive and card of the kinds that -boot names. Without -boot, and with once=, which is over at
 * the next reset, the CMOS alone has the order.
 */
static void make_boot_order(struct buf *order, const struct machine_config *config)
{
    for (const char *kind = config->boot.order; *kind && !*config->boot.once; kind++) {
        if (*kind == 'a') {
            for (unsigned i = 0; i < ARRAY_SIZE(config->floppy); i++)
                if (config->floppy[i])
                    buf_printf(order, "/pci@i0cf8/isa@1/fdc@03f0/floppy@%u\n", i);
        } else if (*kind == 'n') {
            for (unsigned i = 0; i < config->nic_count; i++)
                buf_printf(order, "/pci@i0cf8/ethernet@%x/ethernet-phy@0\n", NIC_SLOT + i);
        } else {
            add_ide(order, config, *kind == 'd');
        }
    }
    if (order->length)
        order->data[order->length - 1] = 0; /* the last line ends the file */
}

static void add_file(struct fw_cfg *fw, const char *name, const struct buf *file)
{
    fw_cfg_add_file(fw, name, file->data, (uint32_t)file->length);
}

void firmware_offer(struct firmware_files *files, struct fw_cfg *fw,
                    const struct machine_config *config, uint32_t signature, uint32_t features)
{
    make_acpi(files);
    make_smbios(files, config->ram_bytes, signature, features);
    make_boot_order(&files->boot_order, config);
    add_file(fw, TABLES, &files->acpi);
    add_file(fw, RSDP, &files->rsdp);
    add_file(fw, "etc/table-loader", &files->loader);
    add_file(fw, "etc/smbios/smbios-tables", &files->smbios);
    add_file(fw, "etc/smbios/smbios-anchor", &files->anchor);
    if (files->boot_order.length)
        add_file(fw, "bootorder", &files->boot_order);
}

void firmware_free(struct firmware_files *files)
{
    buf_free(&files->acpi);
    buf_free(&files->rsdp);
    buf_free(&files->loader);
    buf_free(&files->smbios);
    buf_free(&files->anchor);
    buf_free(&files->boot_order);
}
