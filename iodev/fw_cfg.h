/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/fw_cfg.h - firmware configuration: what the machine tells its BIOS, and files for it. */
#ifndef IODEV_FW_CFG_H
#define IODEV_FW_CFG_H

#include "iodev/device.h"

/* Keys with a fixed meaning. */
enum {
    FW_CFG_SIGNATURE = 0x00,
    FW_CFG_ID = 0x01,
    FW_CFG_RAM_SIZE = 0x03,
    FW_CFG_NB_CPUS = 0x05,
    FW_CFG_KERNEL_ADDR = 0x07,
    FW_CFG_KERNEL_SIZE = 0x08,
    FW_CFG_INITRD_ADDR = 0x0a,
    FW_CFG_INITRD_SIZE = 0x0b,
    FW_CFG_BOOT_MENU = 0x0e,
    FW_CFG_MAX_CPUS = 0x0f,
    FW_CFG_KERNEL_ENTRY = 0x10,
    FW_CFG_KERNEL_DATA = 0x11,
    FW_CFG_INITRD_DATA = 0x12,
    FW_CFG_CMDLINE_ADDR = 0x13,
    FW_CFG_CMDLINE_SIZE = 0x14,
    FW_CFG_CMDLINE_DATA = 0x15,
    FW_CFG_SETUP_ADDR = 0x16,
    FW_CFG_SETUP_SIZE = 0x17,
    FW_CFG_SETUP_DATA = 0x18,
    FW_CFG_FILE_DIR = 0x19,
    FW_CFG_FILE_FIRST = 0x20,
    FW_CFG_ARCH_LOCAL = 0x8000, /* keys of x86: ACPI, SMBIOS, E820 tables */
    FW_CFG_FILE_NAME = 56,      /* bytes of a name with its 0 */
};

struct fw_cfg_item {
    uint16_t key;
    uint32_t size;
    const uint8_t *data; /* the caller's; NULL: `value` */
    uint8_t value[8];
    char name[FW_CFG_FILE_NAME]; /* of a file, else "" */
};

struct fw_cfg {
    struct device dev;
    uint16_t key;              /* selected */
    uint32_t offset;           /* of the next byte of it */
    uint32_t dma_high;         /* upper half of the DMA address */
    struct fw_cfg_item *items; /* sorted by key */
    unsigned count;
    unsigned files;
    struct buf directory;
    bool warned;          /* of a write */
    struct space *memory; /* for DMA; plugged in by the board */
};

extern const struct device_class fw_cfg_class;

/* Bytes of a key; the data stays the caller's and must live as long. The last one counts. */
void fw_cfg_add_bytes(struct fw_cfg *fw, unsigned key, const void *data, uint32_t size);
/* Numbers are little-endian. */
void fw_cfg_add_u16(struct fw_cfg *fw, unsigned key, uint16_t value);
void fw_cfg_add_u32(struct fw_cfg *fw, unsigned key, uint32_t value);
void fw_cfg_add_u64(struct fw_cfg *fw, unsigned key, uint64_t value);
/* A file ("etc/e820", under 56 characters): its key, 20h and up. 0: the name is bad. */
unsigned fw_cfg_add_file(struct fw_cfg *fw, const char *name, const void *data, uint32_t size);

#endif
