/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_avx_move.c - moves in VEX encoding, and what all AVX handlers share.
 * Source: SDM Vol. 2, instruction reference.
 */
#include "cpu/avx.h"

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
    return cpu_write_bytes(cpu, MEM_SEG(insn), insn_offset(cpu, insn), bytes, 32, align);
}

AVX_BODY(vmovu_load)
{
    union ymm v;

    if (!ymm_source(cpu, insn, form, bytes, insn->src, &v))
        return false;
    ymm_write(cpu, insn->dst, bytes, &v);
    return true;
}
AVX_R_RM(vmovu_load)
