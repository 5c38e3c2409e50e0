/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_sse_move.c - SSE instructions that move data, and the slow paths of sse.h.
 * Source: SDM Vol. 2, instruction reference.
 */
#include "cpu/avx.h"

COLD enum exec sse_not_ready(struct cpu *cpu, struct insn *insn)
{
    if (cpu->cr0 & CR0_EM)
        RAISE(cpu, VEC_UD, 0, SSE_NOT_ENABLED, { EV_REGISTER, 0 }, { EV_VALUE, cpu->cr0 });
    else if (!(cpu->cr4 & CR4_OSFXSR))
        RAISE(cpu, VEC_UD, 0, SSE_NOT_ENABLED, { EV_REGISTER, 4 }, { EV_VALUE, cpu->cr4 });
    else
        RAISE(cpu, VEC_NM, 0, FPU_NOT_AVAILABLE, { EV_REGISTER, 0 }, { EV_VALUE, cpu->cr0 });
    return EXEC_FAULT;
}

NOINLINE bool xmm_read_slow(struct cpu *cpu, const struct insn *insn, unsigned align)
{
    uint8_t bytes[16];

    if (align == 1 && !vec_check_alignment(cpu, insn, 16, ACCESS_READ))
        return false;
    if (!cpu_read_bytes(cpu, MEM_SEG(insn), insn_offset(cpu, insn), bytes, 16, align))
        return false;
    cpu->slow_vec[0] = load_le64(bytes);
    cpu->slow_vec[1] = load_le64(bytes + 8);
    return true;
}

NOINLINE bool xmm_write_slow(struct cpu *cpu, const struct insn *insn, unsigned align, uint64_t low,
                             uint64_t high)
{
    uint8_t bytes[16];

    store_le64(bytes, low);
    store_le64(bytes + 8, high);
    if (align == 1 && !vec_check_alignment(cpu, insn, 16, ACCESS_WRITE))
        return false;
    return cpu_write_bytes(cpu, MEM_SEG(insn), insn_offset(cpu, insn), bytes, 16, align);
}

static uint64_t masked_offset(const struct cpu *cpu, const struct insn *insn, unsigned byte)
{
    uint64_t offset = cpu->gpr[RDI] + byte;

    return insn->asize == ASIZE_64   ? offset
           : insn->asize == ASIZE_32 ? (uint32_t)offset
                                     : (uint16_t)offset;
}

NOINLINE bool sse_probe_masked(struct cpu *cpu, const struct insn *insn, unsigned first)
{
    uint64_t offset = masked_offset(cpu, insn, first);

    return cpu_check_alignment(cpu, MEM_SEG(insn), offset, 8, 8, ACCESS_WRITE) &&
           cpu_probe_write(cpu, MEM_SEG(insn), offset, 8);
}

NOINLINE bool sse_store_masked(struct cpu *cpu, const struct insn *insn, uint64_t value,
                               uint64_t mask, unsigned first)
{
    for (unsigned i = 0; i < 8; i++) {
        if (mask >> (8 * i + 7) & 1 &&
            !cpu_write(cpu, MEM_SEG(insn), masked_offset(cpu, insn, first + i), 1,
                       value >> (8 * i) & 0xff))
            return false;
    }
    return true;
}

/* ---- whole registers ---- */

#define LOAD(name, align)                                                                          \
    SSE_BODY(name##_load)                                                                          \
    {                                                                                              \
        union xmm v;                                                                               \
                                                                                                   \
        if (!xmm_source(cpu, insn, form, align, &v))                                               \
            return false;                                                                          \
        xmm_write(cpu, insn->dst, &v);                                                             \
        return true;                                                                               \
    }                                                                                              \
    SSE_R_RM(name##_load)
#define STORE(name, align)                                                                         \
    SSE_BODY(name##_store)                                                                         \
    {                                                                                              \
        union xmm v = xmm_read(cpu, insn->src);                                                    \
                                                                                                   \
        if (form != FORM_R_R)                                                                      \
            return xmm_store(cpu, insn, form, align, &v);                                          \
        xmm_write(cpu, insn->dst, &v);                                                             \
        return true;                                                                               \
    }                                                                                              \
    SSE_RM_R(name##_store)

/* MOVAPS, MOVAPD, MOVDQA, MOVNTDQA, MOVNTPS, MOVNTPD, MOVNTDQ: the caches are not modelled. */
LOAD(mova, 16)
STORE(mova, 16)
/* MOVUPS, MOVUPD, MOVDQU, LDDQU */
LOAD(movu, 1)
STORE(movu, 1)

/* ---- scalars ---- */

/* MOVSS, MOVSD: from a register the rest stays, from memory the rest becomes zero. */
SSE_BODY(movss_load)
{
    uint64_t value;

    if (!xmm_source_part(cpu, insn, form, 4, &value))
        return false;
    if (form == FORM_R_R)
        value |= cpu->vec[insn->dst].q[0] & ~UINT64_C(0xffffffff);
    else
        cpu->vec[insn->dst].q[1] = 0;
    cpu->vec[insn->dst].q[0] = value;
    return true;
}
SSE_R_RM(movss_load)

SSE_BODY(movss_store)
{
    uint64_t value = (uint32_t)cpu->vec[insn->src].q[0];

    if (form != FORM_R_R)
        return memory_write(cpu, insn, form, 4, value);
    cpu->vec[insn->dst].q[0] = (cpu->vec[insn->dst].q[0] & ~UINT64_C(0xffffffff)) | value;
    return true;
}
SSE_RM_R(movss_store)

SSE_BODY(movsd_load)
{
    uint64_t value;

    if (!xmm_source_part(cpu, insn, form, 8, &value))
        return false;
    cpu->vec[insn->dst].q[0] = value;
    if (form != FORM_R_R)
        cpu->vec[insn->dst].q[1] = 0;
    return true;
}
SSE_R_RM(movsd_load)

/* Also MOVLPS and MOVLPD to memory. */
SSE_BODY(movsd_store)
{
    uint64_t value = cpu->vec[insn->src].q[0];

    if (form != FORM_R_R)
        return memory_write(cpu, insn, form, 8, value);
    cpu->vec[insn->dst].q[0] = value;
    return true;
}
SSE_RM_R(movsd_store)

/* MOVQ: the upper half becomes zero. */
SSE_BODY(movq_load)
{
    uint64_t value;

    if (!xmm_source_part(cpu, insn, form, 8, &value))
        return false;
    cpu->vec[insn->dst].q[0] = value;
    cpu->vec[insn->dst].q[1] = 0;
    return true;
}
SSE_R_RM(movq_load)

SSE_BODY(movq_store)
{
    uint64_t value = cpu->vec[insn->src].q[0];

    if (form != FORM_R_R)
        return memory_write(cpu, insn, form, 8, value);
    cpu->vec[insn->dst].q[0] = value;
    cpu->vec[insn->dst].q[1] = 0;
    return true;
}
SSE_RM_R(movq_store)

/* MOVD, MOVQ from a general register or memory. */
#define LOAD_GPR(name, size)                                                                       \
    SSE_BODY(name)                                                                                 \
    {                                                                                              \
        uint64_t value;                                                                            \
        lin_addr la;                                                                               \
                                                                                                   \
        if (!is_source_memory(form))                                                               \
            value = gpr_read(cpu, insn->src, size);                                                \
        else if (!memory_read(cpu, insn, form, size, ACCESS_READ, &la, &value))                    \
            return false;                                                                          \
        cpu->vec[insn->dst].q[0] = value;                                                          \
        cpu->vec[insn->dst].q[1] = 0;                                                              \
        return true;                                                                               \
    }                                                                                              \
    SSE_R_RM(name)
LOAD_GPR(movd_load, 4)
LOAD_GPR(movq_load_gpr, 8)

#define STORE_GPR(name, size)                                                                      \
    SSE_BODY(name)                                                                                 \
    {                                                                                              \
        uint64_t value = zero_extend(cpu->vec[insn->src].q[0], size);                              \
                                                                                                   \
        if (form != FORM_R_R)                                                                      \
            return memory_write(cpu, insn, form, size, value);                                     \
        cpu->gpr[insn->dst] = value;                                                               \
        return true;                                                                               \
    }                                                                                              \
    SSE_RM_R(name)
STORE_GPR(movd_store, 4)
STORE_GPR(movq_store_gpr, 8)

/* ---- halves ---- */

/* MOVLPS, MOVLPD from memory, MOVHLPS: into the low half. */
SSE_BODY(movlps_load)
{
    uint64_t value;
    lin_addr la;

    if (!memory_read(cpu, insn, form, 8, ACCESS_READ, &la, &value))
        return false;
    cpu->vec[insn->dst].q[0] = value;
    return true;
}
SSE_R_RM(movlps_load)

SSE_BODY(movhlps)
{
    cpu->vec[insn->dst].q[0] = cpu->vec[insn->src].q[1];
    return true;
}
SSE_R_RM_ANY(movhlps)

/* MOVHPS, MOVHPD, MOVLHPS: into and from the high half. */
SSE_BODY(movhps_load)
{
    uint64_t value;

    if (!xmm_source_part(cpu, insn, form, 8, &value))
        return false;
    cpu->vec[insn->dst].q[1] = value;
    return true;
}
SSE_R_RM(movhps_load)

SSE_BODY(movhps_store)
{
    return memory_write(cpu, insn, form, 8, cpu->vec[insn->src].q[1]);
}
SSE_RM_R(movhps_store)

/* ---- duplicates ---- */

SSE_BODY(movddup)
{
    uint64_t value;

    if (!xmm_source_part(cpu, insn, form, 8, &value))
        return false;
    cpu->vec[insn->dst].q[0] = cpu->vec[insn->dst].q[1] = value;
    return true;
}
SSE_R_RM(movddup)

/* MOVSLDUP, MOVSHDUP: the even or the odd singles, each twice. */
#define DUPLICATE(name, odd)                                                                       \
    SSE_BODY(name)                                                                                 \
    {                                                                                              \
        union xmm v;                                                                               \
                                                                                                   \
        if (!xmm_source(cpu, insn, form, 16, &v))                                                  \
            return false;                                                                          \
        for (unsigned i = 0; i < 4; i += 2)                                                        \
            LANE_D(&v, i) = LANE_D(&v, i + 1) = LANE_D(&v, i + (odd));                             \
        xmm_write(cpu, insn->dst, &v);                                                             \
        return true;                                                                               \
    }                                                                                              \
    SSE_R_RM(name)
DUPLICATE(movsldup, 0)
DUPLICATE(movshdup, 1)

/* ---- masks and MMX registers ---- */

SSE_BODY(movmskps)
{
    uint64_t low = cpu->vec[insn->src].q[0], high = cpu->vec[insn->src].q[1];

    cpu->gpr[insn->dst] =
        (low >> 31 & 1) | (low >> 63) << 1 | (high >> 31 & 1) << 2 | (high >> 63) << 3;
    return true;
}
SSE_R_RM_ANY(movmskps)

SSE_BODY(movmskpd)
{
    cpu->gpr[insn->dst] = cpu->vec[insn->src].q[0] >> 63 | cpu->vec[insn->src].q[1] >> 63 << 1;
    return true;
}
SSE_R_RM_ANY(movmskpd)

SSE_BODY(pmovmskb)
{
    union xmm s = xmm_read(cpu, insn->src);

    cpu->gpr[insn->dst] = packed_pmovmskb(&s, 16);
    return true;
}
SSE_R_RM_ANY(pmovmskb)

SSE_BODY(maskmovdqu)
{
    const uint64_t *value = cpu->vec[insn->dst].q, *mask = cpu->vec[insn->src].q;

    return sse_probe_masked(cpu, insn, 0) && sse_probe_masked(cpu, insn, 8) &&
           sse_store_masked(cpu, insn, value[0], mask[0], 0) &&
           sse_store_masked(cpu, insn, value[1], mask[1], 8);
}
SSE_R_RM_ANY(maskmovdqu)

/* MOVDQ2Q, MOVQ2DQ touch both files: a pending x87 exception comes first. */
SSE_BODY(movdq2q)
{
    mmx_enter(cpu);
    mmx_write(cpu, insn->dst, cpu->vec[insn->src].q[0]);
    return true;
}
SSE_MMX_R_RM_ANY(movdq2q)

SSE_BODY(movq2dq)
{
    mmx_enter(cpu);
    cpu->vec[insn->dst].q[0] = mmx_read(cpu, insn->src);
    cpu->vec[insn->dst].q[1] = 0;
    return true;
}
SSE_MMX_R_RM_ANY(movq2dq)

/* ---- general registers and memory ---- */

/* MOVNTI: a general register to memory; asks for no SSE state. */
EXEC(movnti)
{
    unsigned size = insn_ysize(insn);

    if (!memory_write(cpu, insn, FORM_N_R, size, gpr_read(cpu, insn->src, size)))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

#define MXCSR_VALID 0xffffu

COLD static bool mxcsr_reserved(struct cpu *cpu, uint64_t value)
{
    return RAISE(cpu, VEC_GP, 0, MXCSR_RESERVED, { EV_VALUE, value }, { EV_ALLOWED, MXCSR_VALID });
}

SSE_BODY(ldmxcsr)
{
    uint64_t value;
    lin_addr la;

    if (!memory_read(cpu, insn, form, 4, ACCESS_READ, &la, &value))
        return false;
    if (value & ~(uint64_t)MXCSR_VALID)
        return mxcsr_reserved(cpu, value);
    cpu->mxcsr = (uint32_t)value;
    return true;
}
SSE_R_RM_ANY(ldmxcsr)

AVX_BODY(vldmxcsr)
{
    return ldmxcsr_body(cpu, insn, form);
}
AVX_R_RM_ANY(vldmxcsr)

SSE_BODY(stmxcsr)
{
    return memory_write(cpu, insn, form, 4, cpu->mxcsr);
}
SSE_RM_R_ANY(stmxcsr)

AVX_BODY(vstmxcsr)
{
    return stmxcsr_body(cpu, insn, form);
}
AVX_RM_R_ANY(vstmxcsr)
