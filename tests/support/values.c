/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/values.c - values that are worth trying, mixed with uniform ones. */
#include "tests/support/values.h"

#include "util/bits.h"

uint64_t rng_mix(uint64_t seed, const char *name, uint64_t a, uint64_t b)
{
    struct rng rng = { seed };

    for (; *name; name++)
        rng.state = rng_next(&rng) + (uint8_t)*name;
    rng.state = rng_next(&rng) + a;
    rng.state = rng_next(&rng) + b;
    return rng_next(&rng);
}

uint64_t value_integer(struct rng *rng)
{
    uint64_t r = rng_next(rng);
    unsigned n = r >> 8 & 63;

    switch (r & 15) {
    case 0:
        return 0;
    case 1:
        return ~UINT64_C(0);
    case 2:
        return BIT(n);
    case 3:
        return BIT(n) - 1;
    case 4:
        return ~BIT(n);
    case 5: { /* sign borders of each size */
        static const uint64_t border[] = { 0x7f,
                                           0x80,
                                           0x7fff,
                                           0x8000,
                                           0x7fffffff,
                                           0x80000000,
                                           0x7fffffffffffffff,
                                           0x8000000000000000 };

        return border[n & 7] + (r >> 16 & 3) - 1;
    }
    case 6: /* small, of both signs */
    case 7:
        return (uint64_t)((int64_t)(r >> 16 & 127) - 64);
    case 8: /* the same byte, word or doubleword all over */
        r = rng_next(rng);
        return n & 1 ? (r & 0xff) * UINT64_C(0x0101010101010101)
                     : (r & 0xffffffff) * UINT64_C(0x0000000100000001);
    case 9: /* decimal digits */
        return rng_next(rng) & rng_next(rng) & UINT64_C(0x9999999999999999);
    default:
        return rng_next(rng);
    }
}

uint32_t value_single(struct rng *rng)
{
    static const uint32_t special[] = {
        0x00000000, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000,
        0xffc12345, 0x7f812345, 0xff800001, 0x00000001, 0x807fffff, 0x00800000, 0x00800001,
        0x7f7fffff, 0xff7fffff, 0x4f000000, 0xcf000000, 0x4effffff, 0x5f000000, 0xdf000000,
        0x3f000000, 0x3fc00000, 0xc0200000, 0x4b800001, 0x34000000, 0x477fe000, 0x477ff000,
        0x33000000, 0x33800000, 0x387fc000, 0x38800000, 0x4f800000, 0x5f800000, 0x46fffe00,
    };
    uint64_t r = rng_next(rng);

    switch (r >> 60) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
        return special[(uint32_t)r % ARRAY_SIZE(special)];
    case 5:
    case 6:
    case 7: /* few bits, near 1 */
        return (uint32_t)(r & 0x80000000) | (uint32_t)(120 + (r >> 32 & 15)) << 23 |
               (uint32_t)(r & 7) << 20;
    case 8:
    case 9:
    case 10:
    case 11: /* middle exponents */
        return (uint32_t)(r & 0x807fffff) | (uint32_t)(112 + (r >> 32 & 31)) << 23;
    case 12: /* tiny */
        return (uint32_t)(r & 0x81ffffff);
    default:
        return (uint32_t)r;
    }
}

uint64_t value_double(struct rng *rng)
{
    static const uint64_t special[] = {
        0x0000000000000000, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000,
        0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000, 0xfff8000012345678,
        0x7ff0000000000001, 0xfff4000000000000, 0x0000000000000001, 0x800fffffffffffff,
        0x0010000000000000, 0x0010000000000001, 0x7fefffffffffffff, 0x41dfffffffe00000,
        0x41e0000000000000, 0xc1e0000000000000, 0xc1e0000000200000, 0x43e0000000000000,
        0xc3e0000000000000, 0x3fe0000000000000, 0x3ff8000000000000, 0x36a0000000000000,
        0x47efffffe0000000, 0x380fffffffffffff, 0x3810000000000000, 0xc004000000000000,
    };
    uint64_t r = rng_next(rng), s = rng_next(rng);

    switch (r >> 60) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
        return special[(uint32_t)r % ARRAY_SIZE(special)];
    case 5:
    case 6:
    case 7:
        return (s & BIT(63)) | (1020 + (r & 7)) << 52 | (s & 7) << 49;
    case 8:
    case 9:
    case 10:
    case 11:
        return (s & UINT64_C(0x800fffffffffffff)) | (960 + (r & 127)) << 52;
    case 12:
        return s & UINT64_C(0x803fffffffffffff);
    case 13: /* about what a single holds at its ends */
        return (s & UINT64_C(0x800fffffffffffff)) | ((r & 256 ? 1023 - 152 : 1023 + 125) + (r & 31))
                                                        << 52;
    default:
        return s;
    }
}

uint16_t value_half(struct rng *rng)
{
    static const uint16_t special[] = { 0,      0x8000, 0x3c00, 0x7c00, 0xfc00, 0x7e00, 0x7d00,
                                        0xfdff, 0x0001, 0x83ff, 0x0400, 0x7bff, 0xfbff, 0x3800 };
    uint64_t r = rng_next(rng);

    return r & BIT(32) ? (uint16_t)r : special[(uint16_t)r % ARRAY_SIZE(special)];
}

struct float80 value_extended(struct rng *rng)
{
    static const uint64_t mantissas[] = {
        0x8000000000000000, 0xc000000000000000, 0xffffffffffffffff, 0x8000000000000001,
        0xfffffffffffff800, 0xfffffffffffffc00, 0x8000000000000400, 0xffffff0000000000,
        0xffffff8000000000, 0xfffffffffffffffe, 0xa000000000000000, 0x8000008000000000,
        0xc90fdaa22168c235, 0xb504f333f9de6484, 0xd49a784bcd1b8afe, 0x9a209a84fbcff799,
    };
    uint64_t r = rng_next(rng), mantissa = rng_next(rng);
    unsigned sign = r >> 63, exponent;

    switch (r & 15) {
    case 0: /* zero, tiny pseudo-denormals and denormals */
        exponent = 0;
        mantissa = r >> 8 & 1 ? mantissa >> (r >> 16 & 63) : 0;
        break;
    case 1: /* infinity, NaNs */
        exponent = 0x7fff;
        mantissa = r >> 8 & 1 ? UINT64_C(0x8000000000000000) : mantissa | BIT(63);
        break;
    case 2: /* unnormals, pseudo-infinities, pseudo-NaNs; rarely, as they only raise #I */
        exponent = r >> 8 & 1 ? 0x7fff : r >> 16 & 0x7fff;
        mantissa = r >> 10 & 7 ? mantissa | BIT(63) : mantissa & ~BIT(63);
        break;
    case 3: /* a small integer, with halves */
        exponent = 16383 + 7;
        mantissa = (mantissa & 0xff) << 56 | BIT(63);
        break;
    case 4:
    case 5: /* near 1 */
        exponent = 16383 - 3 + (r >> 8 & 7);
        mantissa = mantissas[r >> 16 & 15];
        break;
    case 6: /* the ends of integers */
        exponent = 16383 + 14 + (r >> 8 & 1) * 16 + (r >> 9 & 1) * 32 + (r >> 10 & 1);
        mantissa = mantissas[r >> 16 & 15];
        break;
    case 7: /* the ends of double, of single */
        exponent = (r >> 8 & 1 ? 16383 - 1023 : 16383 - 127) - 2 + (r >> 9 & 3);
        if (r >> 12 & 1)
            exponent += r >> 8 & 1 ? 2046 : 254;
        mantissa = r >> 13 & 1 ? mantissas[r >> 16 & 15] : mantissa | BIT(63);
        break;
    case 8: /* the ends of its own range */
        exponent = r >> 8 & 1 ? 0x7ffe - (r >> 9 & 3) : 1 + (r >> 9 & 3);
        mantissa = r >> 13 & 1 ? mantissas[r >> 16 & 15] : mantissa | BIT(63);
        break;
    case 9:
    case 10:
    case 11: /* exact in 24 or 53 bits, middle */
        exponent = 16383 - 32 + (r >> 8 & 63);
        mantissa =
            (mantissa & (r >> 16 & 1 ? ~UINT64_C(0x7ff) : ~UINT64_C(0xffffffffff))) | BIT(63);
        break;
    case 12:
        exponent = r >> 8 & 0x7fff;
        mantissa = mantissas[r >> 24 & 15];
        break;
    default:
        exponent = r >> 12 & 1 ? 16383 - 64 + (r >> 16 & 127) : r >> 16 & 0x7fff;
        mantissa |= BIT(63);
        break;
    }
    if (exponent == 0x7fff && (r & 15) > 2)
        exponent = 0x7ffe;
    return (struct float80){ mantissa, (uint16_t)(sign << 15 | exponent) };
}

void value_bcd(struct rng *rng, uint8_t *bytes)
{
    unsigned digits = rng_below(rng, 19);

    for (unsigned i = 0; i < 10; i++) {
        uint64_t r = rng_next(rng);

        bytes[i] = (uint8_t)((r & 0xffff) % 10 | (r >> 16 & 0xffff) % 10 << 4);
        if (i * 2 >= digits)
            bytes[i] = 0;
        if ((r >> 32 & 127) == 0)
            bytes[i] = (uint8_t)(r >> 40); /* no digits */
    }
    bytes[9] = rng_once_in(rng, 2) ? 0 : 0x80;
}

void value_lanes(struct rng *rng, void *to, unsigned bytes)
{
    unsigned kind = rng_below(rng, 18);
    uint8_t *p = to;

    for (unsigned i = 0; i < bytes; i += 8) {
        uint64_t r = rng_next(rng);

        switch (kind) {
        case 0:
        case 1:
        case 2:
        case 3:
            r = value_double(rng);
            break;
        case 4:
        case 5:
        case 6:
        case 7:
            r = value_single(rng) | (uint64_t)value_single(rng) << 32;
            break;
        case 8: /* strings of few letters, some ended early */
            r = (r & UINT64_C(0x0303030303030303)) + UINT64_C(0x6060606060606060);
            if (rng_once_in(rng, 2))
                r &= ~(UINT64_C(0xff) << (rng_next(rng) & 56));
            break;
        case 9: /* the same, words */
            r = (r & UINT64_C(0x0003000300030003)) + UINT64_C(0x0060006000600060);
            if (rng_once_in(rng, 2))
                r &= ~(UINT64_C(0xffff) << (rng_next(rng) & 48));
            break;
        case 10: /* counts */
            r &= rng_once_in(rng, 2) ? 15 : 127;
            break;
        case 11: /* bytes at their ends */
            for (unsigned j = 0; j < 64; j += 8) {
                static const uint8_t ends[] = { 0x00, 0x01, 0x7f, 0x80, 0x81, 0xff, 0x7f, 0x80 };

                r = (r & ~(UINT64_C(0xff) << j)) | (uint64_t)ends[rng_next(rng) & 7] << j;
            }
            break;
        case 12: /* words at their ends */
            for (unsigned j = 0; j < 64; j += 16) {
                static const uint16_t ends[] = { 0,      1,      0x7fff, 0x8000,
                                                 0x8001, 0xffff, 0x00ff, 0xff80 };

                r = (r & ~(UINT64_C(0xffff) << j)) | (uint64_t)ends[rng_next(rng) & 7] << j;
            }
            break;
        case 13:
            r = value_half(rng) | (uint64_t)value_half(rng) << 16 |
                (uint64_t)value_half(rng) << 32 | (uint64_t)value_half(rng) << 48;
            break;
        case 14:
            r = value_integer(rng);
            break;
        case 15: /* masks: sign bits of elements */
            r = rng_once_in(rng, 2) ? 0 : ~UINT64_C(0);
            break;
        default:
            break;
        }
        store_le64(p + i, r);
    }
}
