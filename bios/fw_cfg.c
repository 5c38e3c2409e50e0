/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bios/fw_cfg.c - finding the firmware configuration device and files in it. 32-bit code. */
#include "fw_cfg.h"

static uint8_t next_byte(void)
{
    return in8(FW_CFG_PORT_DATA);
}

static void select_item(uint16_t key)
{
    out16(FW_CFG_PORT_SELECT, key);
}

bool fw_cfg_present(void)
{
    static const char signature[4] = { 'Q', 'E', 'M', 'U' };

    select_item(FW_CFG_SIGNATURE);
    for (unsigned i = 0; i < sizeof(signature); i++)
        if (next_byte() != signature[i])
            return false;
    select_item(FW_CFG_ID);
    return next_byte() & FW_CFG_ID_DMA;
}

uint32_t fw_cfg_number(uint16_t key)
{
    uint32_t value = 0;

    if (!fw_cfg_read(key, 0, linear(&value), sizeof(value)))
        return 0;
    return value;
}

static bool same_text(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

uint16_t fw_cfg_find(const char *name, uint32_t *size)
{
    struct fw_cfg_file file;
    uint32_t count;

    count = __builtin_bswap32(fw_cfg_number(FW_CFG_FILE_DIRECTORY));
    for (; count; count--) { /* the directory goes on where the last read ended */
        if (!fw_cfg_transfer(FW_CFG_DMA_READ, linear(&file), sizeof(file)))
            break;
        file.name[sizeof(file.name) - 1] = 0;
        if (same_text(file.name, name)) {
            *size = __builtin_bswap32(file.size);
            return __builtin_bswap16(file.select);
        }
    }
    return 0;
}
