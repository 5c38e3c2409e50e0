/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_gfni.c - bytes as elements of GF(2^8) modulo x^8 + x^4 + x^3 + x + 1, and as vectors of
 * eight bits under affine maps. Eight bytes are computed at a time, one in each byte of a quadword.
 * Source: SDM Vol. 2, "GF2P8MULB", "GF2P8AFFINEQB", "GF2P8AFFINEINVQB".
 */
#include "cpu/lane.h"

#define EACH_BYTE(value) ((value)*UINT64_C(0x0101010101010101))

/* The products of the bytes of x and y. */
static NOINLINE uint64_t gf_multiply(uint64_t x, uint64_t y)
{
    uint64_t product = 0;

    for (unsigned i = 8; i-- > 0;) {
        uint64_t carries = product >> 7 & EACH_BYTE(1);

        product = (product & EACH_BYTE(0x7f)) << 1 ^ carries * 0x1b; /* times x */
        product ^= x & (y >> i & EACH_BYTE(1)) * 0xff;
    }
    return product;
}

/* The inverses; that of 0 is 0. In a field of 256 elements the inverse is the 254th power. */
static NOINLINE uint64_t gf_invert(uint64_t x)
{
    uint64_t x2 = gf_multiply(x, x), x3 = gf_multiply(x2, x), x6 = gf_multiply(x3, x3);
    uint64_t x12 = gf_multiply(x6, x6), power = gf_multiply(x12, x3);

    for (unsigned i = 0; i < 4; i++) /* 15, 30, 60, 120, 240 */
        power = gf_multiply(power, power);
    return gf_multiply(gf_multiply(power, x12), x2);
}

/*
 * matrix * byte + constant for each byte of x. Byte 7 - i of the matrix is the row for bit i of the
 * results: the parity of what it shares with x.
 */
static NOINLINE uint64_t gf_affine(uint64_t x, uint64_t matrix, unsigned constant)
{
    uint64_t result = EACH_BYTE(constant & 0xff);

    for (unsigned i = 0; i < 8; i++) {
        uint64_t bits = x & EACH_BYTE(matrix >> (8 * (7 - i)) & 0xff);

        /* Bit 0 of each byte becomes its parity; what crosses into other bytes is cut off. */
        bits ^= bits >> 4;
        bits ^= bits >> 2;
        bits ^= bits >> 1;
        result ^= (bits & EACH_BYTE(1)) << i;
    }
    return result;
}

ALWAYS_INLINE union xmm gf2p8mulb_lane(union xmm a, union xmm b)
{
    for (unsigned i = 0; i < 2; i++)
        a.q[i] = gf_multiply(a.q[i], b.q[i]);
    return a;
}
LANES_BINARY(gf2p8mulb)

ALWAYS_INLINE union xmm gf2p8affineqb_lane(union xmm a, union xmm b, unsigned constant)
{
    for (unsigned i = 0; i < 2; i++)
        a.q[i] = gf_affine(a.q[i], b.q[i], constant);
    return a;
}
LANES_BINARY_IMM(gf2p8affineqb)

ALWAYS_INLINE union xmm gf2p8affineinvqb_lane(union xmm a, union xmm b, unsigned constant)
{
    for (unsigned i = 0; i < 2; i++)
        a.q[i] = gf_affine(gf_invert(a.q[i]), b.q[i], constant);
    return a;
}
LANES_BINARY_IMM(gf2p8affineinvqb)
