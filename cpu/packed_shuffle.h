/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/packed_shuffle.h - what SSE and AVX instructions with an immediate byte, a mask or a change of
 * element size compute in one lane of 16 bytes. `r` is the result and no operand; `d` is the first
 * and `s` the second source operand.
 * Source: SDM Vol. 2, section "Operation" of the instruction that gives a function its name.
 */
#ifndef CPU_PACKED_SHUFFLE_H
#define CPU_PACKED_SHUFFLE_H

#include "cpu/packed.h"

#define EACH(count, statement)                                                                     \
    for (unsigned i = 0; i < (count); i++)                                                         \
    statement

/* PACKED_IMM(name, statement): the statement sets every lane of r. */
#define PACKED_IMM(name, statement)                                                                \
    ALWAYS_INLINE void packed_##name(union xmm *r, const union xmm *d UNUSED, const union xmm *s,  \
                                     unsigned imm UNUSED)                                          \
    {                                                                                              \
        statement;                                                                                 \
    }
/* clang-format off */
PACKED_IMM(pshufd,  EACH(4, LANE_D(r, i) = LANE_D(s, imm >> (2 * i) & 3)))
PACKED_IMM(pshuflw, EACH(4, LANE_W(r, i) = LANE_W(s, imm >> (2 * i) & 3)); r->q[1] = s->q[1])
PACKED_IMM(pshufhw, EACH(4, LANE_W(r, i + 4) = LANE_W(s, 4 + (imm >> (2 * i) & 3)));
                    r->q[0] = s->q[0])
PACKED_IMM(shufps,  EACH(4, LANE_D(r, i) = LANE_D(i < 2 ? d : s, imm >> (2 * i) & 3)))
PACKED_IMM(shufpd,  r->q[0] = d->q[imm & 1]; r->q[1] = s->q[imm >> 1 & 1])
PACKED_IMM(vpermilpd_imm, r->q[0] = s->q[imm & 1]; r->q[1] = s->q[imm >> 1 & 1])
PACKED_IMM(pblendw, EACH(8, LANE_W(r, i) = LANE_W(imm >> i & 1 ? s : d, i)))
PACKED_IMM(blendps, EACH(4, LANE_D(r, i) = LANE_D(imm >> i & 1 ? s : d, i)))
PACKED_IMM(blendpd, EACH(2, LANE_Q(r, i) = LANE_Q(imm >> i & 1 ? s : d, i)))
/* clang-format on */

ALWAYS_INLINE void packed_palignr_imm(union xmm *r, const union xmm *d, const union xmm *s,
                                      unsigned imm)
{
    *r = *d;
    packed_palignr(r, s, imm, 16);
}

/* MPSADBW: eight sums of absolute differences of four bytes of s with sliding groups of d. */
ALWAYS_INLINE void packed_mpsadbw(union xmm *r, const union xmm *d, const union xmm *s,
                                  unsigned imm)
{
    unsigned from_s = (imm & 3) * 4, from_d = (imm >> 2 & 1) * 4;

    for (unsigned i = 0; i < 8; i++) {
        unsigned sum = 0;

        for (unsigned j = 0; j < 4; j++) {
            int difference = LANE_B(d, from_d + i + j) - LANE_B(s, from_s + j);

            sum += (unsigned)(difference < 0 ? -difference : difference);
        }
        LANE_W(r, i) = (uint16_t)sum;
    }
}

/* PHMINPOSUW: the smallest unsigned word and where it stands first. */
ALWAYS_INLINE void packed_phminposuw(union xmm *r, const union xmm *d UNUSED, const union xmm *s,
                                     unsigned imm UNUSED)
{
    unsigned at = 0;

    for (unsigned i = 1; i < 8; i++) {
        if (LANE_W(s, i) < LANE_W(s, at))
            at = i;
    }
    r->q[0] = LANE_W(s, at) | at << 16;
    r->q[1] = 0;
}

/* Blends by the top bit of each element of a mask register. */
#define PACKED_BLEND(name, lane, count, top)                                                       \
    ALWAYS_INLINE void packed_##name(union xmm *r, const union xmm *d, const union xmm *s,         \
                                     const union xmm *mask)                                        \
    {                                                                                              \
        for (unsigned i = 0; i < (count); i++)                                                     \
            LANE_##lane(r, i) = LANE_##lane(LANE_##lane(mask, i) >> (top) ? s : d, i);             \
    }
PACKED_BLEND(pblendvb, B, 16, 7)
PACKED_BLEND(blendvps, D, 4, 31)
PACKED_BLEND(blendvpd, Q, 2, 63)

/* PMOVSX*, PMOVZX*: as many elements of s as fit into r, from number `first` on. */
#define PACKED_WIDEN(name, cast, narrow, wide, count)                                              \
    ALWAYS_INLINE void packed_##name(union xmm *r, const union xmm *s, const unsigned first)       \
    {                                                                                              \
        for (unsigned i = 0; i < (count); i++)                                                     \
            LANE_##wide(r, i) = cast LANE_##narrow(s, first + i);                                  \
    }
/* clang-format off */
PACKED_WIDEN(pmovsxbw, (uint16_t)(int8_t),  B, W, 8)
PACKED_WIDEN(pmovsxbd, (uint32_t)(int8_t),  B, D, 4)
PACKED_WIDEN(pmovsxbq, (uint64_t)(int8_t),  B, Q, 2)
PACKED_WIDEN(pmovsxwd, (uint32_t)(int16_t), W, D, 4)
PACKED_WIDEN(pmovsxwq, (uint64_t)(int16_t), W, Q, 2)
PACKED_WIDEN(pmovsxdq, (uint64_t)(int32_t), D, Q, 2)
PACKED_WIDEN(pmovzxbw, (uint8_t),  B, W, 8)
PACKED_WIDEN(pmovzxbd, (uint8_t),  B, D, 4)
PACKED_WIDEN(pmovzxbq, (uint8_t),  B, Q, 2)
PACKED_WIDEN(pmovzxwd, (uint16_t), W, D, 4)
PACKED_WIDEN(pmovzxwq, (uint16_t), W, Q, 2)
PACKED_WIDEN(pmovzxdq, (uint32_t), D, Q, 2)
/* clang-format on */

/* VPERMILPS, VPERMILPD: elements of d by the numbers in s. */
ALWAYS_INLINE void packed_vpermilps(union xmm *d, const union xmm *s, const unsigned bytes UNUSED)
{
    const union xmm from = *d;

    for (unsigned i = 0; i < 4; i++)
        LANE_D(d, i) = LANE_D(&from, LANE_D(s, i) & 3);
}

ALWAYS_INLINE void packed_vpermilpd(union xmm *d, const union xmm *s, const unsigned bytes UNUSED)
{
    const union xmm from = *d;

    for (unsigned i = 0; i < 2; i++)
        d->q[i] = from.q[s->q[i] >> 1 & 1];
}

/* INSERTPS: `value` into lane imm[5:4] of d; imm[3:0]: lanes that become zero. */
ALWAYS_INLINE void packed_insertps(union xmm *d, uint32_t value, unsigned imm)
{
    LANE_D(d, imm >> 4 & 3) = value;
    for (unsigned i = 0; i < 4; i++) {
        if (imm >> i & 1)
            LANE_D(d, i) = 0;
    }
}

#endif
