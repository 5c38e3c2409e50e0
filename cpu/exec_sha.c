/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_sha.c - SHA-1 and SHA-256: message schedules and rounds. a is the destination and first
 * operand, b the second. The working variables have their names of the standard. Memory operands
 * may lie anywhere, as on AMD family 19h; the manual asks for alignment.
 * Source: FIPS 180-4, "Secure Hash Standard"; SDM Vol. 2, the pages of the instructions.
 */
#include "cpu/lane.h"

ALWAYS_INLINE uint32_t rotate_left(uint32_t value, unsigned count)
{
    return value << count | value >> (32 - count);
}

ALWAYS_INLINE uint32_t rotate_right(uint32_t value, unsigned count)
{
    return rotate_left(value, 32 - count);
}

/* Doublewords 3 (most significant) to 0. */
ALWAYS_INLINE union xmm from_words(uint32_t w3, uint32_t w2, uint32_t w1, uint32_t w0)
{
    return (union xmm){ .q = { w0 | (uint64_t)w1 << 32, w2 | (uint64_t)w3 << 32 } };
}
#define WORD(v, i) ((uint32_t)((v).q[(i) / 2] >> ((i) % 2 * 32)))

/* ---- functions of the standard ---- */

ALWAYS_INLINE uint32_t choose(uint32_t x, uint32_t y, uint32_t z)
{
    return (x & y) ^ (~x & z);
}

ALWAYS_INLINE uint32_t parity(uint32_t x, uint32_t y, uint32_t z)
{
    return x ^ y ^ z;
}

ALWAYS_INLINE uint32_t majority(uint32_t x, uint32_t y, uint32_t z)
{
    return (x & y) ^ (x & z) ^ (y & z);
}

/* SHA-256: upper-case and lower-case sigma. */
ALWAYS_INLINE uint32_t sum_0(uint32_t x)
{
    return rotate_right(x, 2) ^ rotate_right(x, 13) ^ rotate_right(x, 22);
}

ALWAYS_INLINE uint32_t sum_1(uint32_t x)
{
    return rotate_right(x, 6) ^ rotate_right(x, 11) ^ rotate_right(x, 25);
}

ALWAYS_INLINE uint32_t sigma_0(uint32_t x)
{
    return rotate_right(x, 7) ^ rotate_right(x, 18) ^ x >> 3;
}

ALWAYS_INLINE uint32_t sigma_1(uint32_t x)
{
    return rotate_right(x, 17) ^ rotate_right(x, 19) ^ x >> 10;
}

/* ---- SHA-1: word 0 of four is the most significant doubleword ---- */

static NOINLINE union xmm sha1nexte_lane(union xmm a, union xmm b)
{
    return from_words(WORD(b, 3) + rotate_left(WORD(a, 3), 30), WORD(b, 2), WORD(b, 1), WORD(b, 0));
}
LANE_BINARY(sha1nexte)

static NOINLINE union xmm sha1msg1_lane(union xmm a, union xmm b)
{
    return from_words(WORD(a, 1) ^ WORD(a, 3), WORD(a, 0) ^ WORD(a, 2), WORD(b, 3) ^ WORD(a, 1),
                      WORD(b, 2) ^ WORD(a, 0));
}
LANE_BINARY(sha1msg1)

static NOINLINE union xmm sha1msg2_lane(union xmm a, union xmm b)
{
    uint32_t w16 = rotate_left(WORD(a, 3) ^ WORD(b, 2), 1);

    return from_words(w16, rotate_left(WORD(a, 2) ^ WORD(b, 1), 1),
                      rotate_left(WORD(a, 1) ^ WORD(b, 0), 1), rotate_left(WORD(a, 0) ^ w16, 1));
}
LANE_BINARY(sha1msg2)

/* a: A B C D; b: four words, E already added to the first; immediate: which of the 20 rounds. */
static NOINLINE union xmm sha1rnds4_lane(union xmm v, union xmm words, unsigned imm)
{
    static const uint32_t constants[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
    uint32_t a = WORD(v, 3), b = WORD(v, 2), c = WORD(v, 1), d = WORD(v, 0), e = 0;

    for (unsigned i = 0; i < 4; i++) {
        uint32_t f = (imm & 3) == 0   ? choose(b, c, d)
                     : (imm & 3) == 2 ? majority(b, c, d)
                                      : parity(b, c, d);
        uint32_t next = f + rotate_left(a, 5) + WORD(words, 3 - i) + e + constants[imm & 3];

        e = d;
        d = c;
        c = rotate_left(b, 30);
        b = a;
        a = next;
    }
    return from_words(a, b, c, d);
}
LANE_BINARY_IMM(sha1rnds4)

/* ---- SHA-256: word 0 of four is the least significant doubleword ---- */

static NOINLINE union xmm sha256msg1_lane(union xmm a, union xmm b)
{
    return from_words(WORD(a, 3) + sigma_0(WORD(b, 0)), WORD(a, 2) + sigma_0(WORD(a, 3)),
                      WORD(a, 1) + sigma_0(WORD(a, 2)), WORD(a, 0) + sigma_0(WORD(a, 1)));
}
LANE_BINARY(sha256msg1)

static NOINLINE union xmm sha256msg2_lane(union xmm a, union xmm b)
{
    uint32_t w16 = WORD(a, 0) + sigma_1(WORD(b, 2)), w17 = WORD(a, 1) + sigma_1(WORD(b, 3));

    return from_words(WORD(a, 3) + sigma_1(w17), WORD(a, 2) + sigma_1(w16), w17, w16);
}
LANE_BINARY(sha256msg2)

/* first: C D G H; second: A B E F; keys: two words with their constants added. */
static NOINLINE union xmm two_rounds(union xmm first, union xmm second, uint64_t keys)
{
    uint32_t a = WORD(second, 3), b = WORD(second, 2), c = WORD(first, 3), d = WORD(first, 2);
    uint32_t e = WORD(second, 1), f = WORD(second, 0), g = WORD(first, 1), h = WORD(first, 0);

    for (unsigned i = 0; i < 2; i++) {
        uint32_t t1 = h + sum_1(e) + choose(e, f, g) + (uint32_t)(keys >> (32 * i));
        uint32_t t2 = sum_0(a) + majority(a, b, c);

        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + t2;
    }
    return from_words(a, b, e, f);
}
SSE_LANE_(sha256rnds2, 1, two_rounds(a, b, cpu->vec[0].q[0]))
