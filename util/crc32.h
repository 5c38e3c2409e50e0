/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VITRINE_UTIL_CRC32_H
#define VITRINE_UTIL_CRC32_H

#include <stddef.h>
#include <stdint.h>

/*
 * CRC-32 as Ethernet, PNG and zlib have it (ISO 3309; polynomial EDB88320h, lowest bit first, inverted
 * before and after) of what `crc` is the sum of, 0 for nothing, and `count` bytes more.
 */
uint32_t crc32_add(uint32_t crc, const void *bytes, size_t count);

#endif
