/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/control.h - writing control registers with all their consequences. */
#ifndef CPU_CONTROL_H
#define CPU_CONTROL_H

#include "cpu/cpu.h"

/*
 * MOV CRn, LMSW without the privilege check; number 0, 2, 3, 4 or 8. False: #GP(0) is in cpu->fault
 * and nothing was changed. CR8 may reach the local APIC: between device_begin() and device_end().
 */
MUST_CHECK bool control_write(struct cpu *cpu, unsigned number, uint64_t value);
uint64_t control_read(const struct cpu *cpu, unsigned number);
/* CR4.UMIP hides the descriptor tables and the machine status word from programs: #GP(0). */
MUST_CHECK bool control_umip_allows(struct cpu *cpu);
/* CR4 bits that this model has. */
uint64_t control_cr4_allowed(const struct cpu *cpu);

#endif
