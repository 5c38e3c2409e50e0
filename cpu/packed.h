/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/packed.h - what packed integer instructions compute: one function serves MMX (8 bytes), SSE
 * (16 bytes) and each lane of AVX. `d` is the destination and first operand, `s` the second.
 * Source: SDM Vol. 1, "Programming with Intel MMX Technology"; SDM Vol. 2, section "Operation" of
 * the instruction that gives a function its name.
 */
#ifndef CPU_PACKED_H
#define CPU_PACKED_H

#include "util/bits.h"
#include "util/types.h"

/* An XMM register or memory operand; MMX uses q[0]. q[] holds the values, lanes lie inside. */
union xmm {
    uint8_t b[16];
    uint16_t w[8];
    uint32_t d[4];
    uint64_t q[2];
};
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LANE(type, i) (i)
#else
#define LANE(type, i) ((i) ^ (8 / sizeof(type) - 1))
#endif
/* Lane i, counted from the least significant end. */
#define LANE_B(v, i) (v)->b[LANE(uint8_t, i)]
#define LANE_W(v, i) (v)->w[LANE(uint16_t, i)]
#define LANE_D(v, i) (v)->d[LANE(uint32_t, i)]
#define LANE_Q(v, i) (v)->q[i]

/* PACKED(name, type, lane, expression): lanes of d := expression of a (from d) and b (from s). */
#define PACKED(name, type, lane, expression)                                                       \
    ALWAYS_INLINE void packed_##name(union xmm *d, const union xmm *s, const unsigned bytes)       \
    {                                                                                              \
        for (unsigned i = 0; i < bytes / sizeof(type); i++) {                                      \
            type a = (type)LANE_##lane(d, i), b = (type)LANE_##lane(s, i);                         \
                                                                                                   \
            (void)a, (void)b;                                                                      \
            LANE_##lane(d, i) = (expression);                                                      \
        }                                                                                          \
    }

ALWAYS_INLINE int32_t saturate(int32_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : value;
}
#define SATURATE_S8(x) (uint8_t) saturate(x, INT8_MIN, INT8_MAX)
#define SATURATE_U8(x) (uint8_t) saturate(x, 0, UINT8_MAX)
#define SATURATE_S16(x) (uint16_t) saturate(x, INT16_MIN, INT16_MAX)
#define SATURATE_U16(x) (uint16_t) saturate(x, 0, UINT16_MAX)

/* clang-format off */
PACKED(paddb,    uint8_t,  B, (uint8_t)(a + b))
PACKED(paddw,    uint16_t, W, (uint16_t)(a + b))
PACKED(paddd,    uint32_t, D, a + b)
PACKED(paddq,    uint64_t, Q, a + b)
PACKED(paddsb,   int8_t,   B, SATURATE_S8(a + b))
PACKED(paddsw,   int16_t,  W, SATURATE_S16(a + b))
PACKED(paddusb,  uint8_t,  B, SATURATE_U8(a + b))
PACKED(paddusw,  uint16_t, W, SATURATE_U16(a + b))
PACKED(psubb,    uint8_t,  B, (uint8_t)(a - b))
PACKED(psubw,    uint16_t, W, (uint16_t)(a - b))
PACKED(psubd,    uint32_t, D, a - b)
PACKED(psubq,    uint64_t, Q, a - b)
PACKED(psubsb,   int8_t,   B, SATURATE_S8(a - b))
PACKED(psubsw,   int16_t,  W, SATURATE_S16(a - b))
PACKED(psubusb,  uint8_t,  B, SATURATE_U8(a - b))
PACKED(psubusw,  uint16_t, W, SATURATE_U16(a - b))
PACKED(pmullw,   int16_t,  W, (uint16_t)(a * b))
PACKED(pmulhw,   int16_t,  W, (uint16_t)((a * b) >> 16))
PACKED(pmulhuw,  uint16_t, W, (uint16_t)(((uint32_t)a * b) >> 16))
PACKED(pmulhrsw, int16_t,  W, (uint16_t)((((a * b) >> 14) + 1) >> 1))
PACKED(pmulld,   uint32_t, D, a * b)
PACKED(pcmpeqb,  uint8_t,  B, a == b ? UINT8_MAX : 0)
PACKED(pcmpeqw,  uint16_t, W, a == b ? UINT16_MAX : 0)
PACKED(pcmpeqd,  uint32_t, D, a == b ? UINT32_MAX : 0)
PACKED(pcmpeqq,  uint64_t, Q, a == b ? UINT64_MAX : 0)
PACKED(pcmpgtb,  int8_t,   B, a > b ? UINT8_MAX : 0)
PACKED(pcmpgtw,  int16_t,  W, a > b ? UINT16_MAX : 0)
PACKED(pcmpgtd,  int32_t,  D, a > b ? UINT32_MAX : 0)
PACKED(pcmpgtq,  int64_t,  Q, a > b ? UINT64_MAX : 0)
PACKED(pand,     uint64_t, Q, a & b)
PACKED(pandn,    uint64_t, Q, ~a & b)
PACKED(por,      uint64_t, Q, a | b)
PACKED(pxor,     uint64_t, Q, a ^ b)
PACKED(pavgb,    uint8_t,  B, (uint8_t)((a + b + 1) >> 1))
PACKED(pavgw,    uint16_t, W, (uint16_t)((a + b + 1) >> 1))
PACKED(pminub,   uint8_t,  B, a < b ? a : b)
PACKED(pminuw,   uint16_t, W, a < b ? a : b)
PACKED(pminud,   uint32_t, D, a < b ? a : b)
PACKED(pminsb,   int8_t,   B, (uint8_t)(a < b ? a : b))
PACKED(pminsw,   int16_t,  W, (uint16_t)(a < b ? a : b))
PACKED(pminsd,   int32_t,  D, (uint32_t)(a < b ? a : b))
PACKED(pmaxub,   uint8_t,  B, a > b ? a : b)
PACKED(pmaxuw,   uint16_t, W, a > b ? a : b)
PACKED(pmaxud,   uint32_t, D, a > b ? a : b)
PACKED(pmaxsb,   int8_t,   B, (uint8_t)(a > b ? a : b))
PACKED(pmaxsw,   int16_t,  W, (uint16_t)(a > b ? a : b))
PACKED(pmaxsd,   int32_t,  D, (uint32_t)(a > b ? a : b))
PACKED(pabsb,    int8_t,   B, (uint8_t)(b < 0 ? -b : b))
PACKED(pabsw,    int16_t,  W, (uint16_t)(b < 0 ? -b : b))
PACKED(pabsd,    int32_t,  D, b < 0 ? 0 - (uint32_t)b : (uint32_t)b)
PACKED(psignb,   int8_t,   B, (uint8_t)(b < 0 ? -a : b ? a : 0))
PACKED(psignw,   int16_t,  W, (uint16_t)(b < 0 ? -a : b ? a : 0))
PACKED(psignd,   int32_t,  D, b < 0 ? 0 - (uint32_t)a : b ? (uint32_t)a : 0)
/* The low doubleword of each quadword. */
PACKED(pmuludq,  uint64_t, Q, (a & UINT32_MAX) * (b & UINT32_MAX))
PACKED(pmuldq,   int64_t,  Q, (uint64_t)((int64_t)(int32_t)a * (int32_t)b))
/* Each lane by its own count. */
PACKED(psllvd,   uint32_t, D, b < 32 ? a << b : 0)
PACKED(psllvq,   uint64_t, Q, b < 64 ? a << b : 0)
PACKED(psrlvd,   uint32_t, D, b < 32 ? a >> b : 0)
PACKED(psrlvq,   uint64_t, Q, b < 64 ? a >> b : 0)
PACKED(psravd,   int32_t,  D, (uint32_t)(a >> ((uint32_t)b < 32 ? b : 31)))
/* clang-format on */

/* PUNPCKL*, PUNPCKH*: lanes of d and s in turn, from the low or the high half. */
#define INTERLEAVE(name, type, lane, from)                                                         \
    ALWAYS_INLINE void packed_##name(union xmm *d, const union xmm *s, const unsigned bytes)       \
    {                                                                                              \
        const unsigned half = bytes / sizeof(type) / 2, first = (from)*half;                       \
        union xmm r = *d;                                                                          \
                                                                                                   \
        for (unsigned i = 0; i < half; i++) {                                                      \
            LANE_##lane(&r, 2 * i) = LANE_##lane(d, first + i);                                    \
            LANE_##lane(&r, 2 * i + 1) = LANE_##lane(s, first + i);                                \
        }                                                                                          \
        *d = r;                                                                                    \
    }
/* clang-format off */
INTERLEAVE(punpcklbw,  uint8_t,  B, 0)
INTERLEAVE(punpcklwd,  uint16_t, W, 0)
INTERLEAVE(punpckldq,  uint32_t, D, 0)
INTERLEAVE(punpcklqdq, uint64_t, Q, 0)
INTERLEAVE(punpckhbw,  uint8_t,  B, 1)
INTERLEAVE(punpckhwd,  uint16_t, W, 1)
INTERLEAVE(punpckhdq,  uint32_t, D, 1)
INTERLEAVE(punpckhqdq, uint64_t, Q, 1)
/* clang-format on */

/* PACK*: the lanes of d, then those of s, halved in width with saturation. */
#define NARROW(name, type, wide, narrow, saturation)                                               \
    ALWAYS_INLINE void packed_##name(union xmm *d, const union xmm *s, const unsigned bytes)       \
    {                                                                                              \
        const unsigned lanes = bytes / sizeof(type);                                               \
        union xmm r = *d;                                                                          \
                                                                                                   \
        for (unsigned i = 0; i < lanes; i++) {                                                     \
            LANE_##narrow(&r, i) = saturation((type)LANE_##wide(d, i));                            \
            LANE_##narrow(&r, lanes + i) = saturation((type)LANE_##wide(s, i));                    \
        }                                                                                          \
        *d = r;                                                                                    \
    }
/* clang-format off */
NARROW(packsswb, int16_t, W, B, SATURATE_S8)
NARROW(packuswb, int16_t, W, B, SATURATE_U8)
NARROW(packssdw, int32_t, D, W, SATURATE_S16)
NARROW(packusdw, int32_t, D, W, SATURATE_U16)
/* clang-format on */

/* PHADD*, PHSUB*: neighbours combined, first those of d, then those of s. */
#define HORIZONTAL(name, type, lane, expression)                                                   \
    ALWAYS_INLINE void packed_##name(union xmm *d, const union xmm *s, const unsigned bytes)       \
    {                                                                                              \
        const unsigned half = bytes / sizeof(type) / 2;                                            \
        union xmm r = *d;                                                                          \
                                                                                                   \
        for (unsigned i = 0; i < 2 * half; i++) {                                                  \
            const union xmm *from = i < half ? d : s;                                              \
            type a = (type)LANE_##lane(from, 2 * (i % half));                                      \
            type b = (type)LANE_##lane(from, 2 * (i % half) + 1);                                  \
                                                                                                   \
            LANE_##lane(&r, i) = (expression);                                                     \
        }                                                                                          \
        *d = r;                                                                                    \
    }
/* clang-format off */
HORIZONTAL(phaddw,  int16_t,  W, (uint16_t)(a + b))
HORIZONTAL(phaddd,  uint32_t, D, a + b)
HORIZONTAL(phaddsw, int16_t,  W, SATURATE_S16(a + b))
HORIZONTAL(phsubw,  int16_t,  W, (uint16_t)(a - b))
HORIZONTAL(phsubd,  uint32_t, D, a - b)
HORIZONTAL(phsubsw, int16_t,  W, SATURATE_S16(a - b))
/* clang-format on */

/* PMADDWD: products of signed words, neighbours added; 8000h four times wraps to 80000000h. */
ALWAYS_INLINE void packed_pmaddwd(union xmm *d, const union xmm *s, const unsigned bytes)
{
    for (unsigned i = 0; i < bytes / 4; i++) {
        int32_t low = (int16_t)LANE_W(d, 2 * i) * (int16_t)LANE_W(s, 2 * i);
        int32_t high = (int16_t)LANE_W(d, 2 * i + 1) * (int16_t)LANE_W(s, 2 * i + 1);

        LANE_D(d, i) = (uint32_t)low + (uint32_t)high;
    }
}

/* PMADDUBSW: unsigned bytes of d times signed bytes of s, neighbours added with saturation. */
ALWAYS_INLINE void packed_pmaddubsw(union xmm *d, const union xmm *s, const unsigned bytes)
{
    for (unsigned i = 0; i < bytes / 2; i++) {
        int32_t low = LANE_B(d, 2 * i) * (int8_t)LANE_B(s, 2 * i);
        int32_t high = LANE_B(d, 2 * i + 1) * (int8_t)LANE_B(s, 2 * i + 1);

        LANE_W(d, i) = SATURATE_S16(low + high);
    }
}

/* PSADBW: the sum of the absolute differences of eight bytes. */
ALWAYS_INLINE void packed_psadbw(union xmm *d, const union xmm *s, const unsigned bytes)
{
    for (unsigned i = 0; i < bytes / 8; i++) {
        uint64_t sum = 0;

        for (unsigned j = 8 * i; j < 8 * i + 8; j++) {
            int difference = LANE_B(d, j) - LANE_B(s, j);

            sum += (uint64_t)(difference < 0 ? -difference : difference);
        }
        LANE_Q(d, i) = sum;
    }
}

/* PSHUFB: byte indices in s; bit 7 gives zero. */
ALWAYS_INLINE void packed_pshufb(union xmm *d, const union xmm *s, const unsigned bytes)
{
    union xmm r = *d;

    for (unsigned i = 0; i < bytes; i++) {
        uint8_t index = LANE_B(s, i);

        LANE_B(&r, i) = index & 0x80 ? 0 : LANE_B(d, index & (bytes - 1));
    }
    *d = r;
}

/* PALIGNR: d:s shifted right by `count` bytes. */
ALWAYS_INLINE void packed_palignr(union xmm *d, const union xmm *s, uint64_t count,
                                  const unsigned bytes)
{
    union xmm r = { .q = { 0, 0 } };

    for (unsigned i = 0; i < bytes && i + count < 2 * bytes; i++)
        LANE_B(&r, i) = i + count < bytes ? LANE_B(s, i + count) : LANE_B(d, i + count - bytes);
    *d = r;
}

/* Shifts by a count that is the same for all lanes. */
#define SHIFT(name, type, lane, bits_, too_large, expression)                                      \
    ALWAYS_INLINE void packed_##name(union xmm *d, uint64_t count, const unsigned bytes)           \
    {                                                                                              \
        const unsigned n = (unsigned)(count < (bits_) ? count : (bits_)-1);                        \
                                                                                                   \
        for (unsigned i = 0; i < bytes / sizeof(type); i++) {                                      \
            type a = (type)LANE_##lane(d, i);                                                      \
                                                                                                   \
            LANE_##lane(d, i) = count < (bits_) ? (expression) : (too_large);                      \
        }                                                                                          \
    }
/* clang-format off */
SHIFT(psllw, uint16_t, W, 16, 0, (uint16_t)(a << n))
SHIFT(pslld, uint32_t, D, 32, 0, a << n)
SHIFT(psllq, uint64_t, Q, 64, 0, a << n)
SHIFT(psrlw, uint16_t, W, 16, 0, (uint16_t)(a >> n))
SHIFT(psrld, uint32_t, D, 32, 0, a >> n)
SHIFT(psrlq, uint64_t, Q, 64, 0, a >> n)
SHIFT(psraw, int16_t,  W, 16, (uint16_t)(a >> n), (uint16_t)(a >> n))
SHIFT(psrad, int32_t,  D, 32, (uint32_t)(a >> n), (uint32_t)(a >> n))
/* clang-format on */
#undef SHIFT

/* PSLLDQ, PSRLDQ: the whole register by bytes. */
ALWAYS_INLINE void packed_pslldq(union xmm *d, uint64_t count, const unsigned bytes UNUSED)
{
    unsigned n = (unsigned)(count & 7) * 8;

    if (count > 15) {
        d->q[0] = d->q[1] = 0;
    } else if (count > 7) {
        d->q[1] = d->q[0] << n;
        d->q[0] = 0;
    } else if (n) {
        d->q[1] = d->q[1] << n | d->q[0] >> (64 - n);
        d->q[0] <<= n;
    }
}

ALWAYS_INLINE void packed_psrldq(union xmm *d, uint64_t count, const unsigned bytes UNUSED)
{
    unsigned n = (unsigned)(count & 7) * 8;

    if (count > 15) {
        d->q[0] = d->q[1] = 0;
    } else if (count > 7) {
        d->q[0] = d->q[1] >> n;
        d->q[1] = 0;
    } else if (n) {
        d->q[0] = d->q[0] >> n | d->q[1] << (64 - n);
        d->q[1] >>= n;
    }
}

/* PMOVMSKB: the top bits of all bytes. */
ALWAYS_INLINE uint32_t packed_pmovmskb(const union xmm *s, const unsigned bytes)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < bytes; i++)
        mask |= (uint32_t)(LANE_B(s, i) >> 7) << i;
    return mask;
}

#endif
