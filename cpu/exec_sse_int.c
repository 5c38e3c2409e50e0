/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_sse_int.c - packed integers in XMM registers, and bitwise operations on any type.
 * Source: SDM Vol. 2, instruction reference; the arithmetic is in packed.h.
 */
#include "cpu/sse.h"

/* dest := name(dest, source) */
#define XMM_BINARY_AS(handler, name)                                                               \
    SSE_BODY(handler)                                                                              \
    {                                                                                              \
        union xmm d, s;                                                                            \
                                                                                                   \
        if (!xmm_source(cpu, insn, form, 16, &s))                                                  \
            return false;                                                                          \
        d = xmm_read(cpu, insn->dst);                                                              \
        packed_##name(&d, &s, 16);                                                                 \
        xmm_write(cpu, insn->dst, &d);                                                             \
        return true;                                                                               \
    }                                                                                              \
    SSE_R_RM(handler)
#define XMM_BINARY(name) XMM_BINARY_AS(name, name)

XMM_BINARY(paddb)
XMM_BINARY(paddw)
XMM_BINARY(paddd)
XMM_BINARY(paddq)
XMM_BINARY(paddsb)
XMM_BINARY(paddsw)
XMM_BINARY(paddusb)
XMM_BINARY(paddusw)
XMM_BINARY(psubb)
XMM_BINARY(psubw)
XMM_BINARY(psubd)
XMM_BINARY(psubq)
XMM_BINARY(psubsb)
XMM_BINARY(psubsw)
XMM_BINARY(psubusb)
XMM_BINARY(psubusw)
XMM_BINARY(pmullw)
XMM_BINARY(pmulhw)
XMM_BINARY(pmulhuw)
XMM_BINARY(pmulhrsw)
XMM_BINARY(pmulld)
XMM_BINARY(pmuludq)
XMM_BINARY(pmuldq)
XMM_BINARY(pmaddwd)
XMM_BINARY(pmaddubsw)
XMM_BINARY(psadbw)
XMM_BINARY(pcmpeqb)
XMM_BINARY(pcmpeqw)
XMM_BINARY(pcmpeqd)
XMM_BINARY(pcmpeqq)
XMM_BINARY(pcmpgtb)
XMM_BINARY(pcmpgtw)
XMM_BINARY(pcmpgtd)
XMM_BINARY(pcmpgtq)
XMM_BINARY(pand)
XMM_BINARY(pandn)
XMM_BINARY(por)
XMM_BINARY(pxor)
XMM_BINARY(pavgb)
XMM_BINARY(pavgw)
XMM_BINARY(pminub)
XMM_BINARY(pminuw)
XMM_BINARY(pminud)
XMM_BINARY(pminsb)
XMM_BINARY(pminsw)
XMM_BINARY(pminsd)
XMM_BINARY(pmaxub)
XMM_BINARY(pmaxuw)
XMM_BINARY(pmaxud)
XMM_BINARY(pmaxsb)
XMM_BINARY(pmaxsw)
XMM_BINARY(pmaxsd)
XMM_BINARY(pabsb)
XMM_BINARY(pabsw)
XMM_BINARY(pabsd)
XMM_BINARY(psignb)
XMM_BINARY(psignw)
XMM_BINARY(psignd)
XMM_BINARY(phaddw)
XMM_BINARY(phaddd)
XMM_BINARY(phaddsw)
XMM_BINARY(phsubw)
XMM_BINARY(phsubd)
XMM_BINARY(phsubsw)
XMM_BINARY(pshufb)
XMM_BINARY(packsswb)
XMM_BINARY(packuswb)
XMM_BINARY(packssdw)
XMM_BINARY(packusdw)
XMM_BINARY(punpcklbw)
XMM_BINARY(punpcklwd)
XMM_BINARY(punpckldq)
XMM_BINARY(punpcklqdq)
XMM_BINARY(punpckhbw)
XMM_BINARY(punpckhwd)
XMM_BINARY(punpckhdq)
XMM_BINARY(punpckhqdq)
XMM_BINARY_AS(unpcklps, punpckldq)
XMM_BINARY_AS(unpckhps, punpckhdq)
XMM_BINARY_AS(unpcklpd, punpcklqdq)
XMM_BINARY_AS(unpckhpd, punpckhqdq)

/* Shifts: the count is the low 64 bits of the source, or an immediate byte. */
#define XMM_SHIFT(name)                                                                            \
    SSE_BODY(name)                                                                                 \
    {                                                                                              \
        union xmm d, s;                                                                            \
                                                                                                   \
        if (form == FORM_R_I)                                                                      \
            s.q[0] = insn->imm;                                                                    \
        else if (!xmm_source(cpu, insn, form, 16, &s))                                             \
            return false;                                                                          \
        d = xmm_read(cpu, insn->dst);                                                              \
        packed_##name(&d, s.q[0], 16);                                                             \
        xmm_write(cpu, insn->dst, &d);                                                             \
        return true;                                                                               \
    }                                                                                              \
    SSE_R_RMI(name)

XMM_SHIFT(psllw)
XMM_SHIFT(pslld)
XMM_SHIFT(psllq)
XMM_SHIFT(psrlw)
XMM_SHIFT(psrld)
XMM_SHIFT(psrlq)
XMM_SHIFT(psraw)
XMM_SHIFT(psrad)
XMM_SHIFT(pslldq)
XMM_SHIFT(psrldq)

/* dest := expression of d (dest), s (source) and imm into r, which starts as a copy of d. */
#define XMM_WITH(name, statement)                                                                  \
    SSE_BODY(name)                                                                                 \
    {                                                                                              \
        const unsigned imm = (uint8_t)insn->imm;                                                   \
        union xmm d, s, r;                                                                         \
                                                                                                   \
        (void)imm;                                                                                 \
        if (!xmm_source(cpu, insn, form, 16, &s))                                                  \
            return false;                                                                          \
        d = r = xmm_read(cpu, insn->dst);                                                          \
        statement;                                                                                 \
        xmm_write(cpu, insn->dst, &r);                                                             \
        return true;                                                                               \
    }                                                                                              \
    SSE_R_RM(name)
#define EACH(count, statement)                                                                     \
    for (unsigned i = 0; i < (count); i++)                                                         \
    statement

/* clang-format off */
XMM_WITH(pshufd,  EACH(4, LANE_D(&r, i) = LANE_D(&s, imm >> (2 * i) & 3)); (void)d)
XMM_WITH(pshuflw, EACH(4, LANE_W(&r, i) = LANE_W(&s, imm >> (2 * i) & 3)); r.q[1] = s.q[1]; (void)d)
XMM_WITH(pshufhw, EACH(4, LANE_W(&r, i + 4) = LANE_W(&s, 4 + (imm >> (2 * i) & 3)));
                  r.q[0] = s.q[0]; (void)d)
XMM_WITH(shufps,  EACH(4, LANE_D(&r, i) = LANE_D(i < 2 ? &d : &s, imm >> (2 * i) & 3)))
XMM_WITH(shufpd,  r.q[0] = d.q[imm & 1]; r.q[1] = s.q[imm >> 1 & 1])
XMM_WITH(palignr, packed_palignr(&r, &s, imm, 16); (void)d)
XMM_WITH(pblendw, EACH(8, LANE_W(&r, i) = LANE_W(imm >> i & 1 ? &s : &d, i)))
XMM_WITH(blendps, EACH(4, LANE_D(&r, i) = LANE_D(imm >> i & 1 ? &s : &d, i)))
XMM_WITH(blendpd, EACH(2, LANE_Q(&r, i) = LANE_Q(imm >> i & 1 ? &s : &d, i)))
/* The mask is XMM0: the top bit of each lane. */
XMM_WITH(pblendvb, EACH(16, LANE_B(&r, i) = LANE_B(LANE_B(&cpu->vec[0], i) >> 7 ? &s : &d, i)))
XMM_WITH(blendvps, EACH(4, LANE_D(&r, i) = LANE_D(LANE_D(&cpu->vec[0], i) >> 31 ? &s : &d, i)))
XMM_WITH(blendvpd, EACH(2, LANE_Q(&r, i) = LANE_Q(LANE_Q(&cpu->vec[0], i) >> 63 ? &s : &d, i)))
/* clang-format on */

/* MPSADBW: eight sums of absolute differences of four bytes of s with sliding groups of d. */
ALWAYS_INLINE void mpsadbw(union xmm *r, const union xmm *d, const union xmm *s, unsigned imm)
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
XMM_WITH(mpsadbw, mpsadbw(&r, &d, &s, imm))

/* PHMINPOSUW: the smallest unsigned word and where it stands first. */
ALWAYS_INLINE void phminposuw(union xmm *r, const union xmm *s)
{
    unsigned at = 0;

    for (unsigned i = 1; i < 8; i++) {
        if (LANE_W(s, i) < LANE_W(s, at))
            at = i;
    }
    r->q[0] = LANE_W(s, at) | at << 16;
    r->q[1] = 0;
}
XMM_WITH(phminposuw, phminposuw(&r, &s); (void)d)

/* PMOVSX*, PMOVZX*: the low lanes of the source, widened. */
#define WIDEN(name, cast, narrow, wide, lanes, size)                                               \
    SSE_BODY(name)                                                                                 \
    {                                                                                              \
        union xmm s, r;                                                                            \
                                                                                                   \
        if (!xmm_source_part(cpu, insn, form, size, &s.q[0]))                                      \
            return false;                                                                          \
        for (unsigned i = 0; i < (lanes); i++)                                                     \
            LANE_##wide(&r, i) = cast LANE_##narrow(&s, i);                                        \
        xmm_write(cpu, insn->dst, &r);                                                             \
        return true;                                                                               \
    }                                                                                              \
    SSE_R_RM(name)

/* clang-format off */
WIDEN(pmovsxbw, (uint16_t)(int8_t),  B, W, 8, 8)
WIDEN(pmovsxbd, (uint32_t)(int8_t),  B, D, 4, 4)
WIDEN(pmovsxbq, (uint64_t)(int8_t),  B, Q, 2, 2)
WIDEN(pmovsxwd, (uint32_t)(int16_t), W, D, 4, 8)
WIDEN(pmovsxwq, (uint64_t)(int16_t), W, Q, 2, 4)
WIDEN(pmovsxdq, (uint64_t)(int32_t), D, Q, 2, 8)
WIDEN(pmovzxbw, (uint8_t),  B, W, 8, 8)
WIDEN(pmovzxbd, (uint8_t),  B, D, 4, 4)
WIDEN(pmovzxbq, (uint8_t),  B, Q, 2, 2)
WIDEN(pmovzxwd, (uint16_t), W, D, 4, 8)
WIDEN(pmovzxwq, (uint16_t), W, Q, 2, 4)
WIDEN(pmovzxdq, (uint32_t), D, Q, 2, 8)
/* clang-format on */

/* PTEST: ZF if s & d is zero, CF if s & ~d is; the others clear. */
SSE_BODY(ptest)
{
    union xmm d, s;
    uint64_t both, only_s;

    if (!xmm_source(cpu, insn, form, 16, &s))
        return false;
    d = xmm_read(cpu, insn->dst);
    both = (s.q[0] & d.q[0]) | (s.q[1] & d.q[1]);
    only_s = (s.q[0] & ~d.q[0]) | (s.q[1] & ~d.q[1]);
    cpu->flags_zero = both;
    cpu->flags_sign = 1;
    flags_set_carry(cpu, !only_s, false, false);
    return true;
}
SSE_R_RM(ptest)

/* ---- single lanes ---- */

/* PINSRB, PINSRW, PINSRD, PINSRQ: a general register or memory into one lane. */
#define INSERT(name, type, lane, size, lanes)                                                      \
    SSE_BODY(name)                                                                                 \
    {                                                                                              \
        uint64_t value;                                                                            \
        lin_addr la;                                                                               \
        union xmm d;                                                                               \
                                                                                                   \
        if (!is_source_memory(form))                                                               \
            value = cpu->gpr[insn->src];                                                           \
        else if (!memory_read(cpu, insn, form, size, ACCESS_READ, &la, &value))                    \
            return false;                                                                          \
        d = xmm_read(cpu, insn->dst);                                                              \
        LANE_##lane(&d, insn->imm % (lanes)) = (type)value;                                        \
        xmm_write(cpu, insn->dst, &d);                                                             \
        return true;                                                                               \
    }                                                                                              \
    SSE_R_RM_ANY(name)
INSERT(pinsrb, uint8_t, B, 1, 16)
INSERT(pinsrw, uint16_t, W, 2, 8)
INSERT(pinsrd, uint32_t, D, 4, 4)
INSERT(pinsrq, uint64_t, Q, 8, 2)

/* PEXTRB, PEXTRW, PEXTRD (EXTRACTPS), PEXTRQ: one lane to memory or, zero-extended, a register. */
#define EXTRACT(name, lane, size, lanes)                                                           \
    SSE_BODY(name)                                                                                 \
    {                                                                                              \
        union xmm s = xmm_read(cpu, insn->src);                                                    \
        uint64_t value = LANE_##lane(&s, insn->imm % (lanes));                                     \
                                                                                                   \
        if (form != FORM_R_R)                                                                      \
            return memory_write(cpu, insn, form, size, value);                                     \
        cpu->gpr[insn->dst] = value;                                                               \
        return true;                                                                               \
    }                                                                                              \
    SSE_RM_R_ANY(name)
EXTRACT(pextrb, B, 1, 16)
EXTRACT(pextrw, W, 2, 8)
EXTRACT(pextrd, D, 4, 4)
EXTRACT(pextrq, Q, 8, 2)

/* INSERTPS: lane imm[7:6] of a register, or memory, to lane imm[5:4]; imm[3:0]: zero lanes. */
SSE_BODY(insertps)
{
    union xmm d, s;
    uint64_t value;
    lin_addr la;

    if (is_source_memory(form)) {
        if (!memory_read(cpu, insn, form, 4, ACCESS_READ, &la, &value))
            return false;
    } else {
        s = xmm_read(cpu, insn->src);
        value = LANE_D(&s, insn->imm >> 6 & 3);
    }
    d = xmm_read(cpu, insn->dst);
    LANE_D(&d, insn->imm >> 4 & 3) = (uint32_t)value;
    for (unsigned i = 0; i < 4; i++) {
        if (insn->imm >> i & 1)
            LANE_D(&d, i) = 0;
    }
    xmm_write(cpu, insn->dst, &d);
    return true;
}
SSE_R_RM_ANY(insertps)

/* ---- general registers ---- */

/* POPCNT: ZF by the source, the other status flags clear. */
BODY(popcnt)
{
    uint64_t value;

    if (!src_read(cpu, insn, form, size, &value))
        return BODY_FAULT;
    gpr_write(cpu, insn->dst, size, (uint64_t)__builtin_popcountll(value));
    cpu->flags_zero = value;
    cpu->flags_sign = 1;
    cpu->flags_carry = 0;
    NEXT(cpu, insn);
}
HANDLERS_R_RM(popcnt)

/* CRC32: polynomial 11EDC6F41h, bits reflected; no inversion before or after. */
static NOINLINE bool crc32(struct cpu *cpu, const struct insn *insn)
{
    /* What four zero bits after the four bits n leave. */
    static const uint32_t nibble[16] = {
        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
        0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
    };
    uint64_t value;
    uint32_t crc;

    if (!op_read(cpu, insn, 1, &value))
        return false;
    crc = (uint32_t)cpu->gpr[insn->dst];
    for (unsigned n = 2 * op_size(insn, 1); n > 0; n--) {
        crc = crc >> 4 ^ nibble[(crc ^ value) & 15];
        value >>= 4;
    }
    cpu->gpr[insn->dst] = crc;
    return true;
}

EXEC(crc32)
{
    if (!crc32(cpu, insn))
        return EXEC_FAULT;
    return EXEC_NEXT;
}
