/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_sse_int.c - packed integers in XMM registers, and bitwise operations on any type.
 * Source: SDM Vol. 2, instruction reference; the arithmetic is in packed.h and
 * packed_shuffle.h.
 */
#include "cpu/packed_shuffle.h"
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

/* dest := name(dest, source, immediate) */
#define XMM_IMM_AS(handler, name)                                                                  \
    SSE_BODY(handler)                                                                              \
    {                                                                                              \
        union xmm d, s, r;                                                                         \
                                                                                                   \
        if (!xmm_source(cpu, insn, form, 16, &s))                                                  \
            return false;                                                                          \
        d = xmm_read(cpu, insn->dst);                                                              \
        packed_##name(&r, &d, &s, (uint8_t)insn->imm);                                             \
        xmm_write(cpu, insn->dst, &r);                                                             \
        return true;                                                                               \
    }                                                                                              \
    SSE_R_RM(handler)
#define XMM_IMM(name) XMM_IMM_AS(name, name)

XMM_IMM(pshufd)
XMM_IMM(pshuflw)
XMM_IMM(pshufhw)
XMM_IMM(shufps)
XMM_IMM(shufpd)
XMM_IMM_AS(palignr, palignr_imm)
XMM_IMM(pblendw)
XMM_IMM(blendps)
XMM_IMM(blendpd)
XMM_IMM(mpsadbw)
XMM_IMM(phminposuw)

/* The mask is XMM0. */
#define XMM_BLEND(name)                                                                            \
    SSE_BODY(name)                                                                                 \
    {                                                                                              \
        union xmm d, s, mask, r;                                                                   \
                                                                                                   \
        if (!xmm_source(cpu, insn, form, 16, &s))                                                  \
            return false;                                                                          \
        d = xmm_read(cpu, insn->dst);                                                              \
        mask = xmm_read(cpu, 0);                                                                   \
        packed_##name(&r, &d, &s, &mask);                                                          \
        xmm_write(cpu, insn->dst, &r);                                                             \
        return true;                                                                               \
    }                                                                                              \
    SSE_R_RM(name)
XMM_BLEND(pblendvb)
XMM_BLEND(blendvps)
XMM_BLEND(blendvpd)

/* PMOVSX*, PMOVZX*: the low `size` bytes of the source, widened. */
#define WIDEN(name, size)                                                                          \
    SSE_BODY(name)                                                                                 \
    {                                                                                              \
        union xmm s = { .q = { 0, 0 } }, r;                                                        \
                                                                                                   \
        if (!xmm_source_part(cpu, insn, form, size, &s.q[0]))                                      \
            return false;                                                                          \
        packed_##name(&r, &s, 0);                                                                  \
        xmm_write(cpu, insn->dst, &r);                                                             \
        return true;                                                                               \
    }                                                                                              \
    SSE_R_RM(name)

WIDEN(pmovsxbw, 8)
WIDEN(pmovsxbd, 4)
WIDEN(pmovsxbq, 2)
WIDEN(pmovsxwd, 8)
WIDEN(pmovsxwq, 4)
WIDEN(pmovsxdq, 8)
WIDEN(pmovzxbw, 8)
WIDEN(pmovzxbd, 4)
WIDEN(pmovzxbq, 2)
WIDEN(pmovzxwd, 8)
WIDEN(pmovzxwq, 4)
WIDEN(pmovzxdq, 8)

/* PTEST: ZF if s & d is zero, CF if s & ~d is. */
SSE_BODY(ptest)
{
    union xmm d, s;
    uint64_t both, only_s;

    if (!xmm_source(cpu, insn, form, 16, &s))
        return false;
    d = xmm_read(cpu, insn->dst);
    both = (s.q[0] & d.q[0]) | (s.q[1] & d.q[1]);
    only_s = (s.q[0] & ~d.q[0]) | (s.q[1] & ~d.q[1]);
    flags_set_test(cpu, both, only_s);
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
    packed_insertps(&d, (uint32_t)value, (uint8_t)insn->imm);
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
