/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_avx_int.c - packed integers in VEX encoding, on 128 or 256 bits.
 * Source: SDM Vol. 2, instruction reference; the arithmetic is in packed.h and packed_shuffle.h.
 */
#include "cpu/avx_int.h"

AVX_BINARY(paddb)
AVX_BINARY(paddw)
AVX_BINARY(paddd)
AVX_BINARY(paddq)
AVX_BINARY(paddsb)
AVX_BINARY(paddsw)
AVX_BINARY(paddusb)
AVX_BINARY(paddusw)
AVX_BINARY(psubb)
AVX_BINARY(psubw)
AVX_BINARY(psubd)
AVX_BINARY(psubq)
AVX_BINARY(psubsb)
AVX_BINARY(psubsw)
AVX_BINARY(psubusb)
AVX_BINARY(psubusw)
AVX_BINARY(pmullw)
AVX_BINARY(pmulhw)
AVX_BINARY(pmulhuw)
AVX_BINARY(pmulhrsw)
AVX_BINARY(pmulld)
AVX_BINARY(pmuludq)
AVX_BINARY(pmuldq)
AVX_BINARY(pmaddwd)
AVX_BINARY(pmaddubsw)
AVX_BINARY(phaddw)
AVX_BINARY(phaddd)
AVX_BINARY(phaddsw)
AVX_BINARY(phsubw)
AVX_BINARY(phsubd)
AVX_BINARY(phsubsw)
AVX_BINARY(psignb)
AVX_BINARY(psignw)
AVX_BINARY(psignd)
AVX_BINARY(psadbw)
AVX_BINARY(pcmpeqb)
AVX_BINARY(pcmpeqw)
AVX_BINARY(pcmpeqd)
AVX_BINARY(pcmpeqq)
AVX_BINARY(pcmpgtb)
AVX_BINARY(pcmpgtw)
AVX_BINARY(pcmpgtd)
AVX_BINARY(pcmpgtq)
AVX_BINARY(pavgb)
AVX_BINARY(pavgw)
AVX_BINARY(pminub)
AVX_BINARY(pminuw)
AVX_BINARY(pminud)
AVX_BINARY(pminsb)
AVX_BINARY(pminsw)
AVX_BINARY(pminsd)
AVX_BINARY(pmaxub)
AVX_BINARY(pmaxuw)
AVX_BINARY(pmaxud)
AVX_BINARY(pmaxsb)
AVX_BINARY(pmaxsw)
AVX_BINARY(pmaxsd)
AVX_BINARY(pand)
AVX_BINARY(pandn)
AVX_BINARY(por)
AVX_BINARY(pxor)
AVX_BINARY(psllvd)
AVX_BINARY(psllvq)
AVX_BINARY(psrlvd)
AVX_BINARY(psrlvq)
AVX_BINARY(psravd)
AVX_BINARY(packsswb)
AVX_BINARY(packssdw)
AVX_BINARY(packuswb)
AVX_BINARY(packusdw)
AVX_BINARY(punpcklbw)
AVX_BINARY(punpcklwd)
AVX_BINARY(punpckldq)
AVX_BINARY(punpcklqdq)
AVX_BINARY(punpckhbw)
AVX_BINARY(punpckhwd)
AVX_BINARY(punpckhdq)
AVX_BINARY(punpckhqdq)
AVX_BINARY(pshufb)

AVX_UNARY(pabsb)
AVX_UNARY(pabsw)
AVX_UNARY(pabsd)

/* The second lane of VMPSADBW has an immediate of its own, bits 3-5. */
AVX_IMM(mpsadbw, 3)
AVX_IMM_AS(vpalignr, palignr_imm, 0)
AVX_IMM(pblendw, 0)
AVX_UNARY_IMM(pshufd, 0)
AVX_UNARY_IMM(pshufhw, 0)
AVX_UNARY_IMM(pshuflw, 0)

/* ---- shifts ---- */

/* The count is the low 64 bits of operand 3, 128 bits wide for both lengths, or an immediate. */
#define AVX_SHIFT_BY(name, count)                                                                  \
    union ymm d = ymm_read(cpu, insn->src, bytes);                                                 \
                                                                                                   \
    for (unsigned i = 0; i < bytes / 16; i++)                                                      \
        packed_##name(&d.lane[i], count, 16);                                                      \
    ymm_write(cpu, insn->dst, bytes, &d)
#define AVX_SHIFT_IMM(name)                                                                        \
    AVX_BODY(v##name##_imm)                                                                        \
    {                                                                                              \
        AVX_SHIFT_BY(name, insn->imm);                                                             \
        return true;                                                                               \
    }                                                                                              \
    AVX_R(v##name##_imm)
#define AVX_SHIFT(name)                                                                            \
    AVX_BODY(v##name)                                                                              \
    {                                                                                              \
        union ymm s;                                                                               \
                                                                                                   \
        if (!ymm_source(cpu, insn, form, 16, insn->third, &s))                                     \
            return false;                                                                          \
        AVX_SHIFT_BY(name, s.q[0]);                                                                \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM(v##name)                                                                              \
    AVX_SHIFT_IMM(name)

AVX_SHIFT(psllw)
AVX_SHIFT(pslld)
AVX_SHIFT(psllq)
AVX_SHIFT(psrlw)
AVX_SHIFT(psrld)
AVX_SHIFT(psrlq)
AVX_SHIFT(psraw)
AVX_SHIFT(psrad)
AVX_SHIFT_IMM(pslldq)
AVX_SHIFT_IMM(psrldq)

/* ---- widening ---- */

/* VPMOVSX*, VPMOVZX*: elements of `from` bytes, as many as fit with `to` bytes each. */
#define AVX_WIDEN(name, from, to)                                                                  \
    AVX_BODY(v##name)                                                                              \
    {                                                                                              \
        const unsigned source = bytes * (from) / (to);                                             \
        union ymm s = { .q = { 0, 0, 0, 0 } }, r;                                                  \
                                                                                                   \
        if (source == 16 ? !ymm_source(cpu, insn, form, 16, insn->src, &s)                         \
                         : !ymm_source_part(cpu, insn, form, source, insn->src, &s.q[0]))          \
            return false;                                                                          \
        for (unsigned i = 0; i < bytes / 16; i++)                                                  \
            packed_##name(&r.lane[i], &s.lane[0], i * 16 / (to));                                  \
        ymm_write(cpu, insn->dst, bytes, &r);                                                      \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM(v##name)

AVX_WIDEN(pmovsxbw, 1, 2)
AVX_WIDEN(pmovsxbd, 1, 4)
AVX_WIDEN(pmovsxbq, 1, 8)
AVX_WIDEN(pmovsxwd, 2, 4)
AVX_WIDEN(pmovsxwq, 2, 8)
AVX_WIDEN(pmovsxdq, 4, 8)
AVX_WIDEN(pmovzxbw, 1, 2)
AVX_WIDEN(pmovzxbd, 1, 4)
AVX_WIDEN(pmovzxbq, 1, 8)
AVX_WIDEN(pmovzxwd, 2, 4)
AVX_WIDEN(pmovzxwq, 2, 8)
AVX_WIDEN(pmovzxdq, 4, 8)

/* ---- 128 bits only ---- */

AVX_BODY(vphminposuw)
{
    union ymm s, r;

    if (!ymm_source(cpu, insn, form, 16, insn->src, &s))
        return false;
    packed_phminposuw(&r.lane[0], &s.lane[0], &s.lane[0], 0);
    ymm_write(cpu, insn->dst, 16, &r);
    return true;
}
AVX_R_RM_128(vphminposuw)

/* VPINSRB, VPINSRW, VPINSRD, VPINSRQ: V H E Ib. */
#define AVX_INSERT(name, type, lane_, size, count)                                                 \
    AVX_BODY(name)                                                                                 \
    {                                                                                              \
        uint64_t value;                                                                            \
        lin_addr la;                                                                               \
        union ymm d;                                                                               \
                                                                                                   \
        if (!is_source_memory(form))                                                               \
            value = cpu->gpr[insn->third];                                                         \
        else if (!memory_read(cpu, insn, form, size, ACCESS_READ, &la, &value))                    \
            return false;                                                                          \
        d = ymm_read(cpu, insn->src, 16);                                                          \
        LANE_##lane_(&d.lane[0], insn->imm % (count)) = (type)value;                               \
        ymm_write(cpu, insn->dst, 16, &d);                                                         \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM_ANY(name)
AVX_INSERT(vpinsrb, uint8_t, B, 1, 16)
AVX_INSERT(vpinsrw, uint16_t, W, 2, 8)
AVX_INSERT(vpinsrd, uint32_t, D, 4, 4)
AVX_INSERT(vpinsrq, uint64_t, Q, 8, 2)

/* VPEXTRB, VPEXTRW, VPEXTRD (VEXTRACTPS), VPEXTRQ: E V Ib; a register is written as a whole. */
#define AVX_EXTRACT(name, lane, size, count)                                                       \
    AVX_BODY(name)                                                                                 \
    {                                                                                              \
        union xmm s = xmm_read(cpu, insn->src);                                                    \
        uint64_t value = LANE_##lane(&s, insn->imm % (count));                                     \
                                                                                                   \
        if (form != FORM_R_R)                                                                      \
            return memory_write(cpu, insn, form, size, value);                                     \
        cpu->gpr[insn->dst] = value;                                                               \
        return true;                                                                               \
    }                                                                                              \
    AVX_RM_R_ANY(name)
AVX_EXTRACT(vpextrb, B, 1, 16)
AVX_EXTRACT(vpextrw, W, 2, 8)
AVX_EXTRACT(vpextrd, D, 4, 4)
AVX_EXTRACT(vpextrq, Q, 8, 2)

/* ---- tests ---- */

/* VPTEST and, with the top bits of elements only, VTESTPS and VTESTPD: ZF if s & d is zero, CF if
 * s & ~d is. */
#define AVX_TEST(name, bits)                                                                       \
    AVX_BODY(name)                                                                                 \
    {                                                                                              \
        uint64_t both = 0, only_s = 0;                                                             \
        union ymm d, s;                                                                            \
                                                                                                   \
        if (!ymm_source(cpu, insn, form, bytes, insn->src, &s))                                    \
            return false;                                                                          \
        d = ymm_read(cpu, insn->dst, bytes);                                                       \
        for (unsigned i = 0; i < bytes / 8; i++) {                                                 \
            both |= s.q[i] & d.q[i] & UINT64_C(bits);                                              \
            only_s |= s.q[i] & ~d.q[i] & UINT64_C(bits);                                           \
        }                                                                                          \
        flags_set_test(cpu, both, only_s);                                                         \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM(name)
AVX_TEST(vptest, 0xffffffffffffffff)
AVX_TEST(vtestps, 0x8000000080000000)
AVX_TEST(vtestpd, 0x8000000000000000)
