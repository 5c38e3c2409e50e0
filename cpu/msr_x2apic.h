/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/msr_x2apic.h - MSRs 800h-8FFh in x2APIC mode; for msr.c. */
#ifndef CPU_MSR_X2APIC_H
#define CPU_MSR_X2APIC_H

#include "cpu/cpu.h"

enum { APIC_BASE_EXTD = 1 << 10, APIC_BASE_EN = 1 << 11 }; /* IA32_APIC_BASE */

/* Is this MSR one of the local APIC's, in the mode that it is in now? */
bool msr_is_x2apic(const struct cpu *cpu, uint32_t index);
const char *msr_x2apic_name(uint32_t index); /* NULL: no such register */
/* Reading has no side effect. False: no such register, or it is write-only. */
MUST_CHECK bool msr_x2apic_peek(const struct cpu *cpu, uint32_t index, uint64_t *value);
/* False: #GP(0) is in cpu->fault. */
MUST_CHECK bool msr_x2apic_write(struct cpu *cpu, uint32_t index, uint64_t value);

#endif
