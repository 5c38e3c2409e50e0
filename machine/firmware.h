/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/firmware.h - what firmware other than ours finds in fw_cfg, beside what all find there: the
 * ACPI tables with the script that puts them into memory, SMBIOS, the boot order as device paths.
 */
#ifndef MACHINE_FIRMWARE_H
#define MACHINE_FIRMWARE_H

#include "iodev/fw_cfg.h"
#include "machine/config.h"

/* The files; they live as long as the device that shows them. */
struct firmware_files {
    struct buf acpi, rsdp, loader, smbios, anchor, boot_order;
};

/* `signature` and `features`: EAX and EDX of the processor's CPUID leaf 1. */
void firmware_offer(struct firmware_files *files, struct fw_cfg *fw,
                    const struct machine_config *config, uint32_t signature, uint32_t features);
void firmware_free(struct firmware_files *files);

#endif
