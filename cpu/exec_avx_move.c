/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_avx_move.c - moves in VEX encoding, and what all AVX handlers share.
 * Source: SDM Vol. 2, instruction reference.
 */
#include "cpu/avx_int.h"

COLD enum exec avx_not_ready(struct cpu *cpu, struct insn *insn)
{
    if (!cpu_protected(cpu))
        RAISE(cpu, VEC_UD, 0, PROTECTED_MODE_ONLY, { EV_NONE, 0 });
    else if (!(cpu->cr4 & CR4_OSXSAVE))
        RAISE(cpu, VEC_UD, 0, AVX_NOT_ENABLED, { EV_REGISTER, 4 }, { EV_VALUE, cpu->cr4 });
    else if ((cpu->xcr0 & XCR0_AVX_STATE) != XCR0_AVX_STATE)
        RAISE(cpu, VEC_UD, 0, AVX_NOT_ENABLED, { EV_VALUE, cpu->xcr0 });
    else
        RAISE(cpu, VEC_NM, 0, FPU_NOT_AVAILABLE, { EV_REGISTER, 0 }, { EV_VALUE, cpu->cr0 });
    return EXEC_FAULT;
}

NOINLINE bool ymm_read_slow(struct cpu *cpu, const struct insn *insn, unsigned align)
{
    uint8_t bytes[32];

    if (align == 1 && !vec_check_alignment(cpu, insn, 32, ACCESS_READ))
        return false;
    if (!cpu_read_bytes(cpu, MEM_SEG(insn), insn_offset(cpu, insn), bytes, 32, align))
        return false;
    for (unsigned i = 0; i < 4; i++)
        cpu->slow_vec[i] = load_le64(bytes + 8 * i);
    return true;
}

NOINLINE bool ymm_write_slow(struct cpu *cpu, const struct insn *insn, unsigned align)
{
    uint8_t bytes[32];

    for (unsigned i = 0; i < 4; i++)
        store_le64(bytes + 8 * i, cpu->slow_vec[i]);
    if (align == 1 && !vec_check_alignment(cpu, insn, 32, ACCESS_WRITE))
        return false;
    return cpu_write_bytes(cpu, MEM_SEG(insn), insn_offset(cpu, insn), bytes, 32, align);
}

/* ---- whole registers ---- */

#define AVX_LOAD(name, align)                                                                      \
    AVX_BODY(name##_load)                                                                          \
    {                                                                                              \
        union ymm v;                                                                               \
                                                                                                   \
        if (!is_source_memory(form))                                                               \
            v = ymm_read(cpu, insn->src, bytes);                                                   \
        else if (!ymm_load(cpu, insn, form, bytes, align, &v))                                     \
            return false;                                                                          \
        ymm_write(cpu, insn->dst, bytes, &v);                                                      \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM(name##_load)
#define AVX_STORE(name, align)                                                                     \
    AVX_BODY(name##_store)                                                                         \
    {                                                                                              \
        union ymm v = ymm_read(cpu, insn->src, bytes);                                             \
                                                                                                   \
        if (form != FORM_R_R)                                                                      \
            return ymm_store(cpu, insn, form, bytes, align, &v);                                   \
        ymm_write(cpu, insn->dst, bytes, &v);                                                      \
        return true;                                                                               \
    }                                                                                              \
    AVX_RM_R(name##_store)

/* VMOVAPS, VMOVAPD, VMOVDQA, VMOVNTDQA, VMOVNTPS, VMOVNTPD, VMOVNTDQ: no caches here. */
AVX_LOAD(vmova, bytes)
AVX_STORE(vmova, bytes)
/* VMOVUPS, VMOVUPD, VMOVDQU, VLDDQU */
AVX_LOAD(vmovu, 1)
AVX_STORE(vmovu, 1)

/* ---- scalars and halves ---- */

/* VMOVSS, VMOVSD: from memory the rest becomes zero, between registers it comes from operand 2. */
#define AVX_SCALAR(name, size, low)                                                                \
    AVX_BODY(name##_load)                                                                          \
    {                                                                                              \
        uint64_t value;                                                                            \
                                                                                                   \
        if (!ymm_source_part(cpu, insn, form, size, insn->src, &value))                            \
            return false;                                                                          \
        xmm_write_zero(cpu, insn->dst, value, 0);                                                  \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM_128(name##_load)                                                                      \
    AVX_BODY(name##_merge)                                                                         \
    {                                                                                              \
        union xmm rest = xmm_read(cpu, insn->src), v = xmm_read(cpu, insn->third);                 \
                                                                                                   \
        xmm_write_zero(cpu, insn->dst, (v.q[0] & (low)) | (rest.q[0] & ~(low)), rest.q[1]);        \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM_ANY(name##_merge)                                                                     \
    AVX_BODY(name##_store)                                                                         \
    {                                                                                              \
        return memory_write(cpu, insn, form, size, cpu->vec[insn->src].q[0] & (low));              \
    }                                                                                              \
    AVX_RM_R_128(name##_store)
AVX_SCALAR(vmovss, 4, UINT64_C(0xffffffff))
AVX_SCALAR(vmovsd, 8, UINT64_MAX)

/* VMOVQ between vector registers or from memory. */
AVX_BODY(vmovq_load)
{
    uint64_t value;

    if (!ymm_source_part(cpu, insn, form, 8, insn->src, &value))
        return false;
    xmm_write_zero(cpu, insn->dst, value, 0);
    return true;
}
AVX_R_RM_128(vmovq_load)

AVX_BODY(vmovq_store)
{
    uint64_t value = cpu->vec[insn->src].q[0];

    if (form != FORM_R_R)
        return memory_write(cpu, insn, form, 8, value);
    xmm_write_zero(cpu, insn->dst, value, 0);
    return true;
}
AVX_RM_R_128(vmovq_store)

/* VMOVD, VMOVQ from and to a general register or memory. */
#define AVX_MOVE_GPR(load, store, size)                                                            \
    AVX_BODY(load)                                                                                 \
    {                                                                                              \
        uint64_t value;                                                                            \
        lin_addr la;                                                                               \
                                                                                                   \
        if (!is_source_memory(form))                                                               \
            value = gpr_read(cpu, insn->src, size);                                                \
        else if (!memory_read(cpu, insn, form, size, ACCESS_READ, &la, &value))                    \
            return false;                                                                          \
        xmm_write_zero(cpu, insn->dst, value, 0);                                                  \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM_128(load)                                                                             \
    AVX_BODY(store)                                                                                \
    {                                                                                              \
        uint64_t value = zero_extend(cpu->vec[insn->src].q[0], size);                              \
                                                                                                   \
        if (form != FORM_R_R)                                                                      \
            return memory_write(cpu, insn, form, size, value);                                     \
        cpu->gpr[insn->dst] = value;                                                               \
        return true;                                                                               \
    }                                                                                              \
    AVX_RM_R_128(store)
AVX_MOVE_GPR(vmovd_load, vmovd_store, 4)
AVX_MOVE_GPR(vmovq_load_gpr, vmovq_store_gpr, 8)

/* VMOVLPS, VMOVLPD: the low half from memory, the high one from operand 2. */
AVX_BODY(vmovlps_load)
{
    uint64_t value;

    if (!ymm_source_part(cpu, insn, form, 8, insn->third, &value))
        return false;
    xmm_write_zero(cpu, insn->dst, value, cpu->vec[insn->src].q[1]);
    return true;
}
AVX_R_RM_128(vmovlps_load)

AVX_BODY(vmovhlps)
{
    xmm_write_zero(cpu, insn->dst, cpu->vec[insn->third].q[1], cpu->vec[insn->src].q[1]);
    return true;
}
AVX_R_RM_ANY(vmovhlps)

/* VMOVHPS, VMOVHPD, VMOVLHPS: the high half from memory or a low half. */
AVX_BODY(vmovhps_load)
{
    uint64_t value;

    if (!ymm_source_part(cpu, insn, form, 8, insn->third, &value))
        return false;
    xmm_write_zero(cpu, insn->dst, cpu->vec[insn->src].q[0], value);
    return true;
}
AVX_R_RM_128(vmovhps_load)

AVX_BODY(vmovhps_store)
{
    return memory_write(cpu, insn, form, 8, cpu->vec[insn->src].q[1]);
}
AVX_RM_R_128(vmovhps_store)

/* ---- duplicates ---- */

/* The even quadwords; of 128 bits there is only one, and only that is read. */
AVX_BODY(vmovddup)
{
    union ymm v;

    if (bytes == 16 ? !ymm_source_part(cpu, insn, form, 8, insn->src, &v.q[0])
                    : !ymm_source(cpu, insn, form, 32, insn->src, &v))
        return false;
    for (unsigned i = 0; i < bytes / 8; i += 2)
        v.q[i + 1] = v.q[i];
    ymm_write(cpu, insn->dst, bytes, &v);
    return true;
}
AVX_R_RM(vmovddup)

/* VMOVSLDUP, VMOVSHDUP: the even or the odd singles, each twice. */
#define AVX_DUPLICATE(name, odd)                                                                   \
    AVX_BODY(name)                                                                                 \
    {                                                                                              \
        union ymm v;                                                                               \
                                                                                                   \
        if (!ymm_source(cpu, insn, form, bytes, insn->src, &v))                                    \
            return false;                                                                          \
        for (unsigned i = 0; i < bytes / 8; i++) {                                                 \
            uint32_t value = (uint32_t)(v.q[i] >> (odd)*32);                                       \
                                                                                                   \
            v.q[i] = (uint64_t)value << 32 | value;                                                \
        }                                                                                          \
        ymm_write(cpu, insn->dst, bytes, &v);                                                      \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM(name)
AVX_DUPLICATE(vmovsldup, 0)
AVX_DUPLICATE(vmovshdup, 1)

/* ---- masks of top bits ---- */

AVX_BODY(vmovmskps)
{
    union ymm s = ymm_read(cpu, insn->src, bytes);
    uint64_t mask = 0;

    for (unsigned i = 0; i < bytes / 8; i++)
        mask |= (s.q[i] >> 31 & 1) << (2 * i) | (s.q[i] >> 63) << (2 * i + 1);
    cpu->gpr[insn->dst] = mask;
    return true;
}
AVX_R(vmovmskps)

AVX_BODY(vmovmskpd)
{
    union ymm s = ymm_read(cpu, insn->src, bytes);
    uint64_t mask = 0;

    for (unsigned i = 0; i < bytes / 8; i++)
        mask |= (s.q[i] >> 63) << i;
    cpu->gpr[insn->dst] = mask;
    return true;
}
AVX_R(vmovmskpd)

AVX_BODY(vpmovmskb)
{
    union ymm s = ymm_read(cpu, insn->src, bytes);
    uint64_t mask = 0;

    for (unsigned i = 0; i < bytes / 16; i++)
        mask |= (uint64_t)packed_pmovmskb(&s.lane[i], 16) << (16 * i);
    cpu->gpr[insn->dst] = mask;
    return true;
}
AVX_R(vpmovmskb)

/* ---- state ---- */

/* Outside 64-bit mode the upper eight registers stay as they are. */
static unsigned register_count(const struct cpu *cpu)
{
    return cpu_code64(cpu) ? 16 : 8;
}

AVX_BODY(vzeroupper)
{
    for (unsigned i = 0; i < register_count(cpu); i++)
        memset(cpu->vec[i].b + 16, 0, VEC_BYTES - 16);
    return true;
}
AVX_R_RM_ANY(vzeroupper)

AVX_BODY(vzeroall)
{
    for (unsigned i = 0; i < register_count(cpu); i++)
        memset(cpu->vec[i].b, 0, VEC_BYTES);
    return true;
}
AVX_R_RM_ANY(vzeroall)
