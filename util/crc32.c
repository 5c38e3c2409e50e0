/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * util/crc32.c - zlib sums where it was found. Source: ISO 3309; RFC 1952 (gzip), "The CRC Code".
 */
#include "util/crc32.h"

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#ifdef HAVE_ZLIB
#include <zlib.h>

uint32_t crc32_add(uint32_t crc, const void *bytes, size_t count)
{
    return (uint32_t)crc32_z(crc, bytes, count);
}

#else

uint32_t crc32_add(uint32_t crc, const void *bytes, size_t count)
{
    static const uint32_t nibble[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    const uint8_t *byte = bytes;

    crc = ~crc;
    while (count--) {
        crc ^= *byte++;
        crc = nibble[crc & 15] ^ crc >> 4;
        crc = nibble[crc & 15] ^ crc >> 4;
    }
    return ~crc;
}

#endif
