/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/smm.h - system-management mode: the way in by SMI, the way out by RSM. */
#ifndef CPU_SMM_H
#define CPU_SMM_H

#include "cpu/cpu.h"

#define SMBASE_RESET UINT32_C(0x30000)

/*
 * An SMI is taken at an instruction boundary: SMRAM is shown (cpu->board.set_smm), the state is
 * saved at SMBASE + 8000h + 7C00h-7FFFh (processors without Intel 64: 7E00h-7FFFh), and execution
 * goes on at SMBASE:8000h. SDM Vol. 3C, "System Management Mode", "SMRAM State Save Map", "Initial
 * SMM Execution Environment".
 */
void smm_enter(struct cpu *cpu);
/*
 * RSM in system-management mode: CS:RIP is the interrupted program's. False: the saved state is not
 * legal and the processor is in shutdown. "Exiting From SMM".
 */
bool smm_leave(struct cpu *cpu);

#endif
