/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/fw_cfg.h - what the emulator tells the firmware: the QEMU firmware configuration device.
 * Everything goes through its DMA interface. Source: QEMU, docs/specs/fw_cfg.
 */
#ifndef BIOS_FW_CFG_H
#define BIOS_FW_CFG_H

#include "bios.h"
#include "io.h"

#define FW_CFG_PORT_SELECT 0x510
#define FW_CFG_PORT_DATA 0x511
#define FW_CFG_PORT_DMA_HIGH 0x514
#define FW_CFG_PORT_DMA_LOW 0x518 /* writing it starts the transfer */

enum fw_cfg_key {
    FW_CFG_SIGNATURE = 0x00,
    FW_CFG_ID = 0x01,
    FW_CFG_RAM_SIZE = 0x03,
    FW_CFG_KERNEL_ADDR = 0x07,
    FW_CFG_KERNEL_SIZE = 0x08,
    FW_CFG_INITRD_ADDR = 0x0a,
    FW_CFG_INITRD_SIZE = 0x0b,
    FW_CFG_BOOT_MENU = 0x0e,
    FW_CFG_KERNEL_DATA = 0x11,
    FW_CFG_INITRD_DATA = 0x12,
    FW_CFG_CMDLINE_ADDR = 0x13,
    FW_CFG_CMDLINE_SIZE = 0x14,
    FW_CFG_CMDLINE_DATA = 0x15,
    FW_CFG_SETUP_ADDR = 0x16,
    FW_CFG_SETUP_SIZE = 0x17,
    FW_CFG_SETUP_DATA = 0x18,
    FW_CFG_FILE_DIRECTORY = 0x19,
};

#define FW_CFG_ID_DMA 0x2

#define FW_CFG_DMA_ERROR 0x01u
#define FW_CFG_DMA_READ 0x02u
#define FW_CFG_DMA_SKIP 0x04u
#define FW_CFG_DMA_SELECT 0x08u

struct fw_cfg_dma { /* all big-endian */
    uint32_t control;
    uint32_t length;
    uint64_t address;
};

struct PACKED fw_cfg_file { /* big-endian */
    uint32_t size;
    uint16_t select;
    uint16_t reserved;
    char name[56];
};

/* The linear address of one of our variables. */
static inline uint32_t linear(const volatile void *pointer)
{
#ifdef BIOS16
    return EBDA_BASE + (uint32_t)pointer;
#else
    return (uint32_t)pointer;
#endif
}

/* One DMA operation to linear address `to`. False: the device reported an error. */
static inline bool fw_cfg_transfer(uint32_t control, uint32_t to, uint32_t length)
{
    volatile struct fw_cfg_dma dma;

    dma.control = __builtin_bswap32(control);
    dma.length = __builtin_bswap32(length);
    dma.address = (uint64_t)__builtin_bswap32(to) << 32;
    out32(FW_CFG_PORT_DMA_HIGH, 0);
    out32(FW_CFG_PORT_DMA_LOW, __builtin_bswap32(linear(&dma)));
    while (dma.control & ~__builtin_bswap32(FW_CFG_DMA_ERROR)) {
    }
    return dma.control == 0;
}

/* Read `length` bytes of item `key`, from byte `skip` on. */
static inline bool fw_cfg_read(uint16_t key, uint32_t skip, uint32_t to, uint32_t length)
{
    uint32_t select = (uint32_t)key << 16 | FW_CFG_DMA_SELECT;

    return fw_cfg_transfer(select | FW_CFG_DMA_SKIP, 0, skip) &&
           fw_cfg_transfer(FW_CFG_DMA_READ, to, length);
}

#ifndef BIOS16
bool fw_cfg_present(void);                              /* with DMA */
uint32_t fw_cfg_number(uint16_t key);                   /* a 32-bit item */
uint16_t fw_cfg_find(const char *name, uint32_t *size); /* key of a file; 0: not there */
#endif

#endif
