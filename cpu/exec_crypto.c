/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_crypto.c - AES rounds and carry-less multiplication.
 *
 * A state is four columns of four bytes; a column is a doubleword, its row 0 the low byte. One
 * round on a column is four lookups: each table entry is what a byte contributes to its column
 * after SubBytes and MixColumns, and rows differ by a rotation only.
 * Source: FIPS 197, "Advanced Encryption Standard"; SDM Vol. 2, the pages of the instructions.
 */
#include "cpu/lane.h"

/* SubBytes and InvSubBytes. Source: FIPS 197, figures "S-box" and "Inverse S-box". */
/* clang-format off */
#define S_BOX(T)                                                                                   \
    T(0x63), T(0x7c), T(0x77), T(0x7b), T(0xf2), T(0x6b), T(0x6f), T(0xc5),                        \
    T(0x30), T(0x01), T(0x67), T(0x2b), T(0xfe), T(0xd7), T(0xab), T(0x76),                        \
    T(0xca), T(0x82), T(0xc9), T(0x7d), T(0xfa), T(0x59), T(0x47), T(0xf0),                        \
    T(0xad), T(0xd4), T(0xa2), T(0xaf), T(0x9c), T(0xa4), T(0x72), T(0xc0),                        \
    T(0xb7), T(0xfd), T(0x93), T(0x26), T(0x36), T(0x3f), T(0xf7), T(0xcc),                        \
    T(0x34), T(0xa5), T(0xe5), T(0xf1), T(0x71), T(0xd8), T(0x31), T(0x15),                        \
    T(0x04), T(0xc7), T(0x23), T(0xc3), T(0x18), T(0x96), T(0x05), T(0x9a),                        \
    T(0x07), T(0x12), T(0x80), T(0xe2), T(0xeb), T(0x27), T(0xb2), T(0x75),                        \
    T(0x09), T(0x83), T(0x2c), T(0x1a), T(0x1b), T(0x6e), T(0x5a), T(0xa0),                        \
    T(0x52), T(0x3b), T(0xd6), T(0xb3), T(0x29), T(0xe3), T(0x2f), T(0x84),                        \
    T(0x53), T(0xd1), T(0x00), T(0xed), T(0x20), T(0xfc), T(0xb1), T(0x5b),                        \
    T(0x6a), T(0xcb), T(0xbe), T(0x39), T(0x4a), T(0x4c), T(0x58), T(0xcf),                        \
    T(0xd0), T(0xef), T(0xaa), T(0xfb), T(0x43), T(0x4d), T(0x33), T(0x85),                        \
    T(0x45), T(0xf9), T(0x02), T(0x7f), T(0x50), T(0x3c), T(0x9f), T(0xa8),                        \
    T(0x51), T(0xa3), T(0x40), T(0x8f), T(0x92), T(0x9d), T(0x38), T(0xf5),                        \
    T(0xbc), T(0xb6), T(0xda), T(0x21), T(0x10), T(0xff), T(0xf3), T(0xd2),                        \
    T(0xcd), T(0x0c), T(0x13), T(0xec), T(0x5f), T(0x97), T(0x44), T(0x17),                        \
    T(0xc4), T(0xa7), T(0x7e), T(0x3d), T(0x64), T(0x5d), T(0x19), T(0x73),                        \
    T(0x60), T(0x81), T(0x4f), T(0xdc), T(0x22), T(0x2a), T(0x90), T(0x88),                        \
    T(0x46), T(0xee), T(0xb8), T(0x14), T(0xde), T(0x5e), T(0x0b), T(0xdb),                        \
    T(0xe0), T(0x32), T(0x3a), T(0x0a), T(0x49), T(0x06), T(0x24), T(0x5c),                        \
    T(0xc2), T(0xd3), T(0xac), T(0x62), T(0x91), T(0x95), T(0xe4), T(0x79),                        \
    T(0xe7), T(0xc8), T(0x37), T(0x6d), T(0x8d), T(0xd5), T(0x4e), T(0xa9),                        \
    T(0x6c), T(0x56), T(0xf4), T(0xea), T(0x65), T(0x7a), T(0xae), T(0x08),                        \
    T(0xba), T(0x78), T(0x25), T(0x2e), T(0x1c), T(0xa6), T(0xb4), T(0xc6),                        \
    T(0xe8), T(0xdd), T(0x74), T(0x1f), T(0x4b), T(0xbd), T(0x8b), T(0x8a),                        \
    T(0x70), T(0x3e), T(0xb5), T(0x66), T(0x48), T(0x03), T(0xf6), T(0x0e),                        \
    T(0x61), T(0x35), T(0x57), T(0xb9), T(0x86), T(0xc1), T(0x1d), T(0x9e),                        \
    T(0xe1), T(0xf8), T(0x98), T(0x11), T(0x69), T(0xd9), T(0x8e), T(0x94),                        \
    T(0x9b), T(0x1e), T(0x87), T(0xe9), T(0xce), T(0x55), T(0x28), T(0xdf),                        \
    T(0x8c), T(0xa1), T(0x89), T(0x0d), T(0xbf), T(0xe6), T(0x42), T(0x68),                        \
    T(0x41), T(0x99), T(0x2d), T(0x0f), T(0xb0), T(0x54), T(0xbb), T(0x16)
#define INVERSE_S_BOX(T)                                                                           \
    T(0x52), T(0x09), T(0x6a), T(0xd5), T(0x30), T(0x36), T(0xa5), T(0x38),                        \
    T(0xbf), T(0x40), T(0xa3), T(0x9e), T(0x81), T(0xf3), T(0xd7), T(0xfb),                        \
    T(0x7c), T(0xe3), T(0x39), T(0x82), T(0x9b), T(0x2f), T(0xff), T(0x87),                        \
    T(0x34), T(0x8e), T(0x43), T(0x44), T(0xc4), T(0xde), T(0xe9), T(0xcb),                        \
    T(0x54), T(0x7b), T(0x94), T(0x32), T(0xa6), T(0xc2), T(0x23), T(0x3d),                        \
    T(0xee), T(0x4c), T(0x95), T(0x0b), T(0x42), T(0xfa), T(0xc3), T(0x4e),                        \
    T(0x08), T(0x2e), T(0xa1), T(0x66), T(0x28), T(0xd9), T(0x24), T(0xb2),                        \
    T(0x76), T(0x5b), T(0xa2), T(0x49), T(0x6d), T(0x8b), T(0xd1), T(0x25),                        \
    T(0x72), T(0xf8), T(0xf6), T(0x64), T(0x86), T(0x68), T(0x98), T(0x16),                        \
    T(0xd4), T(0xa4), T(0x5c), T(0xcc), T(0x5d), T(0x65), T(0xb6), T(0x92),                        \
    T(0x6c), T(0x70), T(0x48), T(0x50), T(0xfd), T(0xed), T(0xb9), T(0xda),                        \
    T(0x5e), T(0x15), T(0x46), T(0x57), T(0xa7), T(0x8d), T(0x9d), T(0x84),                        \
    T(0x90), T(0xd8), T(0xab), T(0x00), T(0x8c), T(0xbc), T(0xd3), T(0x0a),                        \
    T(0xf7), T(0xe4), T(0x58), T(0x05), T(0xb8), T(0xb3), T(0x45), T(0x06),                        \
    T(0xd0), T(0x2c), T(0x1e), T(0x8f), T(0xca), T(0x3f), T(0x0f), T(0x02),                        \
    T(0xc1), T(0xaf), T(0xbd), T(0x03), T(0x01), T(0x13), T(0x8a), T(0x6b),                        \
    T(0x3a), T(0x91), T(0x11), T(0x41), T(0x4f), T(0x67), T(0xdc), T(0xea),                        \
    T(0x97), T(0xf2), T(0xcf), T(0xce), T(0xf0), T(0xb4), T(0xe6), T(0x73),                        \
    T(0x96), T(0xac), T(0x74), T(0x22), T(0xe7), T(0xad), T(0x35), T(0x85),                        \
    T(0xe2), T(0xf9), T(0x37), T(0xe8), T(0x1c), T(0x75), T(0xdf), T(0x6e),                        \
    T(0x47), T(0xf1), T(0x1a), T(0x71), T(0x1d), T(0x29), T(0xc5), T(0x89),                        \
    T(0x6f), T(0xb7), T(0x62), T(0x0e), T(0xaa), T(0x18), T(0xbe), T(0x1b),                        \
    T(0xfc), T(0x56), T(0x3e), T(0x4b), T(0xc6), T(0xd2), T(0x79), T(0x20),                        \
    T(0x9a), T(0xdb), T(0xc0), T(0xfe), T(0x78), T(0xcd), T(0x5a), T(0xf4),                        \
    T(0x1f), T(0xdd), T(0xa8), T(0x33), T(0x88), T(0x07), T(0xc7), T(0x31),                        \
    T(0xb1), T(0x12), T(0x10), T(0x59), T(0x27), T(0x80), T(0xec), T(0x5f),                        \
    T(0x60), T(0x51), T(0x7f), T(0xa9), T(0x19), T(0xb5), T(0x4a), T(0x0d),                        \
    T(0x2d), T(0xe5), T(0x7a), T(0x9f), T(0x93), T(0xc9), T(0x9c), T(0xef),                        \
    T(0xa0), T(0xe0), T(0x3b), T(0x4d), T(0xae), T(0x2a), T(0xf5), T(0xb0),                        \
    T(0xc8), T(0xeb), T(0xbb), T(0x3c), T(0x83), T(0x53), T(0x99), T(0x61),                        \
    T(0x17), T(0x2b), T(0x04), T(0x7e), T(0xba), T(0x77), T(0xd6), T(0x26),                        \
    T(0xe1), T(0x69), T(0x14), T(0x63), T(0x55), T(0x21), T(0x0c), T(0x7d)
/* clang-format on */

/* s times 2, 4, 8 modulo x^8 + x^4 + x^3 + x + 1. */
#define TIMES_2(s) ((s) << 1 ^ ((s) >> 7) * 0x11bu)
#define TIMES_4(s) TIMES_2(TIMES_2(s))
#define TIMES_8(s) TIMES_2(TIMES_4(s))
#define ITSELF(s) s
/* The columns of MixColumns and InvMixColumns that belong to row 0. */
#define MIXED(s) (TIMES_2(s) | (s) << 8 | (s) << 16 | (TIMES_2(s) ^ (s)) << 24)
#define UNMIXED(s)                                                                                 \
    ((TIMES_8(s) ^ TIMES_4(s) ^ TIMES_2(s)) | (TIMES_8(s) ^ (s)) << 8 |                            \
     (TIMES_8(s) ^ TIMES_4(s) ^ (s)) << 16 | (TIMES_8(s) ^ TIMES_2(s) ^ (s)) << 24)
#define MIXED_ENTRY(s) MIXED(s##u)
#define UNMIXED_ENTRY(s) UNMIXED(s##u)

static const uint8_t sub_bytes[256] = { S_BOX(ITSELF) };
static const uint8_t inverse_sub_bytes[256] = { INVERSE_S_BOX(ITSELF) };
static const uint32_t encrypt_column[256] = { S_BOX(MIXED_ENTRY) };
static const uint32_t decrypt_column[256] = { INVERSE_S_BOX(UNMIXED_ENTRY) };

ALWAYS_INLINE uint32_t rotate_left(uint32_t value, unsigned count)
{
    return value << count | value >> (32 - count);
}

ALWAYS_INLINE uint8_t row(uint32_t column, unsigned n)
{
    return (uint8_t)(column >> (8 * n));
}

/* Column from the columns that ShiftRows brings its rows 0 to 3 from, through a table. */
ALWAYS_INLINE uint32_t table_column(const uint32_t table[256], uint32_t c0, uint32_t c1,
                                    uint32_t c2, uint32_t c3)
{
    return table[row(c0, 0)] ^ rotate_left(table[row(c1, 1)], 8) ^
           rotate_left(table[row(c2, 2)], 16) ^ rotate_left(table[row(c3, 3)], 24);
}

ALWAYS_INLINE uint32_t byte_column(const uint8_t table[256], uint32_t c0, uint32_t c1, uint32_t c2,
                                   uint32_t c3)
{
    return table[row(c0, 0)] | (uint32_t)table[row(c1, 1)] << 8 |
           (uint32_t)table[row(c2, 2)] << 16 | (uint32_t)table[row(c3, 3)] << 24;
}

/* All four columns, then the round key. ShiftRows takes row r from r columns on, InvShiftRows from
 * r columns before. */
#define ENCRYPT(column, table)                                                                     \
    uint32_t w0 = (uint32_t)a.q[0], w1 = (uint32_t)(a.q[0] >> 32);                                 \
    uint32_t w2 = (uint32_t)a.q[1], w3 = (uint32_t)(a.q[1] >> 32);                                 \
                                                                                                   \
    b.q[0] ^= column(table, w0, w1, w2, w3) | (uint64_t)column(table, w1, w2, w3, w0) << 32;       \
    b.q[1] ^= column(table, w2, w3, w0, w1) | (uint64_t)column(table, w3, w0, w1, w2) << 32;       \
    return b;
#define DECRYPT(column, table)                                                                     \
    uint32_t w0 = (uint32_t)a.q[0], w1 = (uint32_t)(a.q[0] >> 32);                                 \
    uint32_t w2 = (uint32_t)a.q[1], w3 = (uint32_t)(a.q[1] >> 32);                                 \
                                                                                                   \
    b.q[0] ^= column(table, w0, w3, w2, w1) | (uint64_t)column(table, w1, w0, w3, w2) << 32;       \
    b.q[1] ^= column(table, w2, w1, w0, w3) | (uint64_t)column(table, w3, w2, w1, w0) << 32;       \
    return b;

/* a: state, b: round key. */
static NOINLINE union xmm aesenc_lane(union xmm a, union xmm b){
    ENCRYPT(table_column, encrypt_column)
} LANES_BINARY(aesenc)

    static NOINLINE union xmm
    aesenclast_lane(union xmm a,
                    union xmm b){ ENCRYPT(byte_column, sub_bytes) } LANES_BINARY(aesenclast)

        static NOINLINE union xmm
    aesdec_lane(union xmm a,
                union xmm b){ DECRYPT(table_column, decrypt_column) } LANES_BINARY(aesdec)

        static NOINLINE union xmm
    aesdeclast_lane(union xmm a,
                    union xmm b){ DECRYPT(byte_column, inverse_sub_bytes) } LANES_BINARY(aesdeclast)

    /* InvMixColumns alone: the S-box takes back what the table does first. */
    static uint32_t inverse_mix_column(uint32_t w)
{
    return decrypt_column[sub_bytes[row(w, 0)]] ^
           rotate_left(decrypt_column[sub_bytes[row(w, 1)]], 8) ^
           rotate_left(decrypt_column[sub_bytes[row(w, 2)]], 16) ^
           rotate_left(decrypt_column[sub_bytes[row(w, 3)]], 24);
}

static NOINLINE union xmm aesimc_lane(union xmm v)
{
    for (unsigned i = 0; i < 2; i++)
        v.q[i] = inverse_mix_column((uint32_t)v.q[i]) |
                 (uint64_t)inverse_mix_column((uint32_t)(v.q[i] >> 32)) << 32;
    return v;
}
LANE_UNARY(aesimc)

/* From doublewords 1 and 3: SubWord, and RotWord(SubWord) XOR RCON. */
static NOINLINE union xmm aeskeygenassist_lane(union xmm v, unsigned rcon)
{
    for (unsigned i = 0; i < 2; i++) {
        uint32_t w = (uint32_t)(v.q[i] >> 32);

        w = byte_column(sub_bytes, w, w, w, w);
        v.q[i] = w | (uint64_t)(rotate_left(w, 24) ^ rcon) << 32;
    }
    return v;
}
LANE_UNARY_IMM(aeskeygenassist)

/* Like a multiplication by hand without carries, four bits of y at a time. */
static unsigned __int128 carryless_product(uint64_t x, uint64_t y)
{
    unsigned __int128 multiples[16] = { 0, x }, product = 0;

    for (unsigned i = 2; i < 16; i += 2) {
        multiples[i] = multiples[i / 2] << 1;
        multiples[i + 1] = multiples[i] ^ x;
    }
    for (unsigned i = 16; i-- > 0;)
        product = product << 4 ^ multiples[y >> (4 * i) & 15];
    return product;
}

/* Bit 0 of the immediate chooses the quadword of a, bit 4 that of b. */
static NOINLINE union xmm pclmulqdq_lane(union xmm a, union xmm b, unsigned imm)
{
    unsigned __int128 product = carryless_product(a.q[imm & 1], b.q[imm >> 4 & 1]);

    return (union xmm){ .q = { (uint64_t)product, (uint64_t)(product >> 64) } };
}
LANES_BINARY_IMM(pclmulqdq)
