/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/exec_misc.c - RDPID, MOVDIR64B. Source: SDM Vol. 2, the pages of the instructions. */
#include "cpu/exec.h"

/* IA32_TSC_AUX; the 64-bit form too has 32 bits of it. */
EXEC(rdpid)
{
    cpu->gpr[insn->dst] = (uint32_t)cpu->msr.tsc_aux;
    return EXEC_NEXT;
}

/*
 * 64 bytes from the memory operand to ES:register, which is cut to the address size like any offset
 * and must be aligned. No override reaches the destination's segment. Memory is in order here, so
 * that a direct store is a store.
 */
EXEC(movdir64b)
{
    uint8_t bytes[64];
    uint64_t to = gpr_read(cpu, insn->dst, 2u << insn->asize);
    enum seg seg = cpu_code64(cpu) ? SEG_FLAT : SEG_ES;

    if (!cpu_read_bytes(cpu, MEM_SEG(insn), insn_offset(cpu, insn), bytes, sizeof bytes, 1) ||
        !cpu_write_bytes(cpu, seg, to, bytes, sizeof bytes, sizeof bytes))
        return EXEC_FAULT;
    return EXEC_NEXT;
}
