/* SPDX-License-Identifier: GPL-3.0-or-later */
/* util/bits.h - fields, masks, sign extension, and little-endian bytes on any host. */
#ifndef UTIL_BITS_H
#define UTIL_BITS_H

#include <string.h>

#include "util/types.h"

/* Bit n (0-63). */
#define BIT(n) (UINT64_C(1) << (n))

/* `count` ones from bit 0 up; count 0-64. */
static inline uint64_t mask_bits(unsigned count)
{
    return count >= 64 ? ~UINT64_C(0) : BIT(count) - 1;
}

/* Bits first..first+count-1 of value, moved to bit 0. */
static inline uint64_t bits(uint64_t value, unsigned first, unsigned count)
{
    return value >> first & mask_bits(count);
}

/* The low `size` bytes (1, 2, 4, 8) of value. */
static inline uint64_t zero_extend(uint64_t value, unsigned size)
{
    return value & mask_bits(size * 8);
}

/* The low `size` bytes (1, 2, 4, 8) of value as a signed number. */
static inline int64_t sign_extend(uint64_t value, unsigned size)
{
    unsigned shift = 64 - size * 8;

    return (int64_t)(value << shift) >> shift;
}

/* Guest bytes are little-endian; memcpy keeps misaligned addresses legal. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LE16(v) (v)
#define LE32(v) (v)
#define LE64(v) (v)
#else
#define LE16(v) __builtin_bswap16(v)
#define LE32(v) __builtin_bswap32(v)
#define LE64(v) __builtin_bswap64(v)
#endif

static inline uint16_t load_le16(const void *p)
{
    uint16_t v;

    memcpy(&v, p, sizeof v);
    return LE16(v);
}

static inline uint32_t load_le32(const void *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof v);
    return LE32(v);
}

static inline uint64_t load_le64(const void *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof v);
    return LE64(v);
}

static inline void store_le16(void *p, uint16_t v)
{
    v = LE16(v);
    memcpy(p, &v, sizeof v);
}

static inline void store_le32(void *p, uint32_t v)
{
    v = LE32(v);
    memcpy(p, &v, sizeof v);
}

static inline void store_le64(void *p, uint64_t v)
{
    v = LE64(v);
    memcpy(p, &v, sizeof v);
}

/* `size` (1, 2, 4, 8) bytes at p, zero-extended. */
static inline uint64_t load_le(const void *p, unsigned size)
{
    switch (size) {
    case 1:
        return *(const uint8_t *)p;
    case 2:
        return load_le16(p);
    case 4:
        return load_le32(p);
    default:
        return load_le64(p);
    }
}

static inline void store_le(void *p, unsigned size, uint64_t v)
{
    switch (size) {
    case 1:
        *(uint8_t *)p = (uint8_t)v;
        break;
    case 2:
        store_le16(p, (uint16_t)v);
        break;
    case 4:
        store_le32(p, (uint32_t)v);
        break;
    default:
        store_le64(p, v);
    }
}

#endif
