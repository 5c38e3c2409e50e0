/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_avx_permute.c - shuffles, blends, permutations, broadcasts, and moves of whole lanes, in
 * VEX encoding. Source: SDM Vol. 2, instruction reference.
 */
#include "cpu/avx_int.h"

/* ---- within lanes ---- */

AVX_IMM(shufps, 0)
AVX_IMM(shufpd, 2)
AVX_IMM(blendps, 4) /* also VPBLENDD */
AVX_IMM(blendpd, 2)
AVX_UNARY_IMM_AS(vpermilpd_imm, vpermilpd_imm, 2) /* VPERMILPS with an immediate is VPSHUFD */
AVX_BINARY_AS(vpermilps, vpermilps)
AVX_BINARY_AS(vpermilpd, vpermilpd)

/* The mask is operand 4: V H W L. */
#define AVX_BLEND(name)                                                                            \
    AVX_BODY(v##name)                                                                              \
    {                                                                                              \
        union ymm d, s, mask, r;                                                                   \
                                                                                                   \
        if (!ymm_source(cpu, insn, form, bytes, insn->third, &s))                                  \
            return false;                                                                          \
        d = ymm_read(cpu, insn->src, bytes);                                                       \
        mask = ymm_read(cpu, insn->imm >> 4 & 15, bytes);                                          \
        for (unsigned i = 0; i < bytes / 16; i++)                                                  \
            packed_##name(&r.lane[i], &d.lane[i], &s.lane[i], &mask.lane[i]);                      \
        ymm_write(cpu, insn->dst, bytes, &r);                                                      \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM(v##name)
AVX_BLEND(pblendvb)
AVX_BLEND(blendvps)
AVX_BLEND(blendvpd)

/* VINSERTPS: lane imm[7:6] of a register, or memory. */
AVX_BODY(vinsertps)
{
    uint64_t value;
    lin_addr la;
    union ymm d;

    if (is_source_memory(form)) {
        if (!memory_read(cpu, insn, form, 4, ACCESS_READ, &la, &value))
            return false;
    } else {
        union xmm s = xmm_read(cpu, insn->third);

        value = LANE_D(&s, insn->imm >> 6 & 3);
    }
    d = ymm_read(cpu, insn->src, 16);
    packed_insertps(&d.lane[0], (uint32_t)value, (uint8_t)insn->imm);
    ymm_write(cpu, insn->dst, 16, &d);
    return true;
}
AVX_R_RM_128(vinsertps)

/* ---- across lanes: 256 bits ---- */

/* VPERM2F128, VPERM2I128: each lane is one of four, or zero. */
AVX_BODY(vperm2f128)
{
    union ymm d, s, r;

    if (!ymm_source(cpu, insn, form, 32, insn->third, &s))
        return false;
    d = ymm_read(cpu, insn->src, 32);
    for (unsigned i = 0; i < 2; i++) {
        unsigned control = (unsigned)insn->imm >> (4 * i) & 15;

        r.lane[i] = (control & 2 ? &s : &d)->lane[control & 1];
        if (control & 8)
            r.lane[i].q[0] = r.lane[i].q[1] = 0;
    }
    ymm_write(cpu, insn->dst, 32, &r);
    return true;
}
AVX_R_RM(vperm2f128)

/* VPERMD, VPERMPS: doublewords of operand 3 by the numbers in operand 2. */
AVX_BODY(vpermd)
{
    union ymm index, s, r;

    if (!ymm_source(cpu, insn, form, 32, insn->third, &s))
        return false;
    index = ymm_read(cpu, insn->src, 32);
    for (unsigned i = 0; i < 8; i++) {
        unsigned n = LANE_D(&index.lane[i / 4], i % 4) & 7;

        LANE_D(&r.lane[i / 4], i % 4) = LANE_D(&s.lane[n / 4], n % 4);
    }
    ymm_write(cpu, insn->dst, 32, &r);
    return true;
}
AVX_R_RM(vpermd)

/* VPERMQ, VPERMPD */
AVX_BODY(vpermq)
{
    union ymm s, r;

    if (!ymm_source(cpu, insn, form, 32, insn->src, &s))
        return false;
    for (unsigned i = 0; i < 4; i++)
        r.q[i] = s.q[insn->imm >> (2 * i) & 3];
    ymm_write(cpu, insn->dst, 32, &r);
    return true;
}
AVX_R_RM(vpermq)

/* VINSERTF128, VINSERTI128 */
AVX_BODY(vinsertf128)
{
    union ymm d, s;

    if (!ymm_source(cpu, insn, form, 16, insn->third, &s))
        return false;
    d = ymm_read(cpu, insn->src, 32);
    d.lane[insn->imm & 1] = s.lane[0];
    ymm_write(cpu, insn->dst, 32, &d);
    return true;
}
AVX_R_RM(vinsertf128)

/* VEXTRACTF128, VEXTRACTI128 */
AVX_BODY(vextractf128)
{
    union ymm s = ymm_read(cpu, insn->src, 32);

    s.lane[0] = s.lane[insn->imm & 1];
    if (form != FORM_R_R)
        return ymm_store(cpu, insn, form, 16, 1, &s);
    ymm_write(cpu, insn->dst, 16, &s);
    return true;
}
AVX_RM_R(vextractf128)

/* ---- broadcasts ---- */

/* VPBROADCASTB, W, D, Q, VBROADCASTSS, VBROADCASTSD: `ones` repeats the element in a quadword. */
#define AVX_BROADCAST(name, size, ones)                                                            \
    AVX_BODY(name)                                                                                 \
    {                                                                                              \
        uint64_t value;                                                                            \
        union ymm r;                                                                               \
                                                                                                   \
        if (!ymm_source_part(cpu, insn, form, size, insn->src, &value))                            \
            return false;                                                                          \
        for (unsigned i = 0; i < bytes / 8; i++)                                                   \
            r.q[i] = value * UINT64_C(ones);                                                       \
        ymm_write(cpu, insn->dst, bytes, &r);                                                      \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM(name)
AVX_BROADCAST(vpbroadcastb, 1, 0x0101010101010101)
AVX_BROADCAST(vpbroadcastw, 2, 0x0001000100010001)
AVX_BROADCAST(vpbroadcastd, 4, 0x0000000100000001)
AVX_BROADCAST(vpbroadcastq, 8, 1)

/* VBROADCASTF128, VBROADCASTI128 */
AVX_BODY(vbroadcastf128)
{
    union ymm v;

    if (!ymm_source(cpu, insn, form, 16, insn->src, &v))
        return false;
    v.lane[1] = v.lane[0];
    ymm_write(cpu, insn->dst, 32, &v);
    return true;
}
AVX_R_RM(vbroadcastf128)
