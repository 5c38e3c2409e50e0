/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_mmx.c - instructions on MMX registers, those that came with SSE and later included.
 * Source: SDM Vol. 1, "Programming with Intel MMX Technology"; SDM Vol. 2, instruction reference.
 */
#include "cpu/sse.h"
#include "cpu/x87.h"

COLD enum exec mmx_not_ready(struct cpu *cpu, struct insn *insn)
{
    if (cpu->cr0 & CR0_EM)
        RAISE(cpu, VEC_UD, 0, SSE_NOT_ENABLED, { EV_REGISTER, 0 }, { EV_VALUE, cpu->cr0 });
    else if (cpu->cr0 & CR0_TS)
        RAISE(cpu, VEC_NM, 0, FPU_NOT_AVAILABLE, { EV_REGISTER, 0 }, { EV_VALUE, cpu->cr0 });
    else
        return fpu_wait_error(cpu, insn);
    return EXEC_FAULT;
}

/* dest := name(dest, source) */
#define MMX_BINARY_(name, bytes)                                                                   \
    SSE_BODY(name##_mmx)                                                                           \
    {                                                                                              \
        union xmm d, s;                                                                            \
                                                                                                   \
        if (!mmx_source(cpu, insn, form, bytes, &s.q[0]))                                          \
            return false;                                                                          \
        mmx_enter(cpu);                                                                            \
        d.q[0] = mmx_read(cpu, insn->dst);                                                         \
        packed_##name(&d, &s, 8);                                                                  \
        mmx_write(cpu, insn->dst, d.q[0]);                                                         \
        return true;                                                                               \
    }                                                                                              \
    MMX_R_RM(name##_mmx)
#define MMX_BINARY(name) MMX_BINARY_(name, 8)

MMX_BINARY(paddb)
MMX_BINARY(paddw)
MMX_BINARY(paddd)
MMX_BINARY(paddq)
MMX_BINARY(paddsb)
MMX_BINARY(paddsw)
MMX_BINARY(paddusb)
MMX_BINARY(paddusw)
MMX_BINARY(psubb)
MMX_BINARY(psubw)
MMX_BINARY(psubd)
MMX_BINARY(psubq)
MMX_BINARY(psubsb)
MMX_BINARY(psubsw)
MMX_BINARY(psubusb)
MMX_BINARY(psubusw)
MMX_BINARY(pmullw)
MMX_BINARY(pmulhw)
MMX_BINARY(pmulhuw)
MMX_BINARY(pmulhrsw)
MMX_BINARY(pmuludq)
MMX_BINARY(pmaddwd)
MMX_BINARY(pmaddubsw)
MMX_BINARY(psadbw)
MMX_BINARY(pcmpeqb)
MMX_BINARY(pcmpeqw)
MMX_BINARY(pcmpeqd)
MMX_BINARY(pcmpgtb)
MMX_BINARY(pcmpgtw)
MMX_BINARY(pcmpgtd)
MMX_BINARY(pand)
MMX_BINARY(pandn)
MMX_BINARY(por)
MMX_BINARY(pxor)
MMX_BINARY(pavgb)
MMX_BINARY(pavgw)
MMX_BINARY(pminub)
MMX_BINARY(pminsw)
MMX_BINARY(pmaxub)
MMX_BINARY(pmaxsw)
MMX_BINARY(pabsb)
MMX_BINARY(pabsw)
MMX_BINARY(pabsd)
MMX_BINARY(psignb)
MMX_BINARY(psignw)
MMX_BINARY(psignd)
MMX_BINARY(phaddw)
MMX_BINARY(phaddd)
MMX_BINARY(phaddsw)
MMX_BINARY(phsubw)
MMX_BINARY(phsubd)
MMX_BINARY(phsubsw)
MMX_BINARY(pshufb)
MMX_BINARY(packsswb)
MMX_BINARY(packuswb)
MMX_BINARY(packssdw)
MMX_BINARY(punpckhbw)
MMX_BINARY(punpckhwd)
MMX_BINARY(punpckhdq)
/* The low forms read only what they use. */
MMX_BINARY_(punpcklbw, 4)
MMX_BINARY_(punpcklwd, 4)
MMX_BINARY_(punpckldq, 4)

/* Shifts: the count is all 64 bits of the source, or an immediate byte. */
#define MMX_SHIFT(name)                                                                            \
    SSE_BODY(name##_mmx)                                                                           \
    {                                                                                              \
        union xmm d;                                                                               \
        uint64_t count;                                                                            \
                                                                                                   \
        if (form == FORM_R_I)                                                                      \
            count = insn->imm;                                                                     \
        else if (!mmx_source(cpu, insn, form, 8, &count))                                          \
            return false;                                                                          \
        mmx_enter(cpu);                                                                            \
        d.q[0] = mmx_read(cpu, insn->dst);                                                         \
        packed_##name(&d, count, 8);                                                               \
        mmx_write(cpu, insn->dst, d.q[0]);                                                         \
        return true;                                                                               \
    }                                                                                              \
    MMX_R_RMI(name##_mmx)

MMX_SHIFT(psllw)
MMX_SHIFT(pslld)
MMX_SHIFT(psllq)
MMX_SHIFT(psrlw)
MMX_SHIFT(psrld)
MMX_SHIFT(psrlq)
MMX_SHIFT(psraw)
MMX_SHIFT(psrad)

/* MOVD, MOVQ between an MMX register and a general register or memory. */
SSE_BODY(movd_mmx_load)
{
    uint64_t value;
    lin_addr la;

    if (!is_source_memory(form))
        value = (uint32_t)cpu->gpr[insn->src];
    else if (!memory_read(cpu, insn, form, 4, ACCESS_READ, &la, &value))
        return false;
    mmx_enter(cpu);
    mmx_write(cpu, insn->dst, value);
    return true;
}
MMX_R_RM(movd_mmx_load)

SSE_BODY(movq_mmx_load_gpr)
{
    uint64_t value;
    lin_addr la;

    if (!is_source_memory(form))
        value = cpu->gpr[insn->src];
    else if (!memory_read(cpu, insn, form, 8, ACCESS_READ, &la, &value))
        return false;
    mmx_enter(cpu);
    mmx_write(cpu, insn->dst, value);
    return true;
}
MMX_R_RM(movq_mmx_load_gpr)

SSE_BODY(movd_mmx_store)
{
    uint64_t value = (uint32_t)mmx_read(cpu, insn->src);

    if (form == FORM_R_R)
        cpu->gpr[insn->dst] = value;
    else if (!memory_write(cpu, insn, form, 4, value))
        return false;
    mmx_enter(cpu);
    return true;
}
MMX_RM_R_ANY(movd_mmx_store)

SSE_BODY(movq_mmx_store_gpr)
{
    uint64_t value = mmx_read(cpu, insn->src);

    if (form == FORM_R_R)
        cpu->gpr[insn->dst] = value;
    else if (!memory_write(cpu, insn, form, 8, value))
        return false;
    mmx_enter(cpu);
    return true;
}
MMX_RM_R_ANY(movq_mmx_store_gpr)

SSE_BODY(movq_mmx_load)
{
    uint64_t value;

    if (!mmx_source(cpu, insn, form, 8, &value))
        return false;
    mmx_enter(cpu);
    mmx_write(cpu, insn->dst, value);
    return true;
}
MMX_R_RM(movq_mmx_load)

/* Also MOVNTQ: the caches are not modelled. */
SSE_BODY(movq_mmx_store)
{
    uint64_t value = mmx_read(cpu, insn->src);

    if (form != FORM_R_R && !memory_write(cpu, insn, form, 8, value))
        return false;
    mmx_enter(cpu);
    if (form == FORM_R_R)
        mmx_write(cpu, insn->dst, value);
    return true;
}
MMX_RM_R(movq_mmx_store)

SSE_BODY(pshufw_mmx)
{
    union xmm s, r = { .q = { 0, 0 } };

    if (!mmx_source(cpu, insn, form, 8, &s.q[0]))
        return false;
    for (unsigned i = 0; i < 4; i++)
        LANE_W(&r, i) = LANE_W(&s, insn->imm >> (2 * i) & 3);
    mmx_enter(cpu);
    mmx_write(cpu, insn->dst, r.q[0]);
    return true;
}
MMX_R_RM_ANY(pshufw_mmx)

SSE_BODY(palignr_mmx)
{
    union xmm d, s;

    if (!mmx_source(cpu, insn, form, 8, &s.q[0]))
        return false;
    mmx_enter(cpu);
    d.q[0] = mmx_read(cpu, insn->dst);
    packed_palignr(&d, &s, insn->imm, 8);
    mmx_write(cpu, insn->dst, d.q[0]);
    return true;
}
MMX_R_RM_ANY(palignr_mmx)

SSE_BODY(pinsrw_mmx)
{
    uint64_t value;
    lin_addr la;
    union xmm d;

    if (!is_source_memory(form))
        value = cpu->gpr[insn->src];
    else if (!memory_read(cpu, insn, form, 2, ACCESS_READ, &la, &value))
        return false;
    mmx_enter(cpu);
    d.q[0] = mmx_read(cpu, insn->dst);
    LANE_W(&d, insn->imm & 3) = (uint16_t)value;
    mmx_write(cpu, insn->dst, d.q[0]);
    return true;
}
MMX_R_RM_ANY(pinsrw_mmx)

SSE_BODY(pextrw_mmx)
{
    union xmm s = { .q = { mmx_read(cpu, insn->src), 0 } };

    mmx_enter(cpu);
    cpu->gpr[insn->dst] = LANE_W(&s, insn->imm & 3);
    return true;
}
MMX_R_RM_ANY(pextrw_mmx)

SSE_BODY(pmovmskb_mmx)
{
    union xmm s = { .q = { mmx_read(cpu, insn->src), 0 } };

    mmx_enter(cpu);
    cpu->gpr[insn->dst] = packed_pmovmskb(&s, 8);
    return true;
}
MMX_R_RM_ANY(pmovmskb_mmx)

/* MASKMOVQ: the bytes whose mask byte has bit 7 set, to DS:rDI. */
SSE_BODY(maskmovq_mmx)
{
    uint64_t mask = mmx_read(cpu, insn->src);

    if (!sse_probe_masked(cpu, insn, 0) ||
        !sse_store_masked(cpu, insn, mmx_read(cpu, insn->dst), mask, 0))
        return false;
    mmx_enter(cpu);
    return true;
}
MMX_R_RM_ANY(maskmovq_mmx)

/* EMMS: all x87 registers are empty. */
SSE_BODY(emms)
{
    (void)insn;
    cpu->fpu.fsw &= (uint16_t)~FSW_TOP;
    cpu->fpu.ftw = 0;
    return true;
}
MMX_R_RM_ANY(emms)
