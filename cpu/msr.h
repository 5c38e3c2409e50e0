/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/msr.h - model-specific registers, as a table. Source: SDM Vol. 4. */
#ifndef CPU_MSR_H
#define CPU_MSR_H

#include "cpu/cpu.h"

enum {
    MSR_TSC = 0x10,
    MSR_APIC_BASE = 0x1b,
    MSR_FEATURE_CONTROL = 0x3a,
    MSR_TSC_ADJUST = 0x3b,
    MSR_BIOS_SIGN_ID = 0x8b,
    MSR_PLATFORM_INFO = 0xce,
    MSR_MTRRCAP = 0xfe,
    MSR_SYSENTER_CS = 0x174,
    MSR_SYSENTER_ESP = 0x175,
    MSR_SYSENTER_EIP = 0x176,
    MSR_MCG_CAP = 0x179,
    MSR_MCG_STATUS = 0x17a,
    MSR_MISC_ENABLE = 0x1a0,
    MSR_DEBUGCTL = 0x1d9,
    MSR_MTRR_BASE0 = 0x200,
    MSR_MTRR_FIX64K = 0x250,
    MSR_MTRR_FIX16K_80000 = 0x258,
    MSR_MTRR_FIX16K_A0000 = 0x259,
    MSR_MTRR_FIX4K = 0x268,
    MSR_PAT = 0x277,
    MSR_MTRR_DEF_TYPE = 0x2ff,
    MSR_TSC_DEADLINE = 0x6e0,
    MSR_X2APIC = 0x800,
    MSR_XSS = 0xda0,
};
#define MSR_EFER UINT32_C(0xc0000080)
#define MSR_STAR UINT32_C(0xc0000081)
#define MSR_LSTAR UINT32_C(0xc0000082)
#define MSR_CSTAR UINT32_C(0xc0000083)
#define MSR_FMASK UINT32_C(0xc0000084)
#define MSR_FS_BASE UINT32_C(0xc0000100)
#define MSR_GS_BASE UINT32_C(0xc0000101)
#define MSR_KERNEL_GS_BASE UINT32_C(0xc0000102)
#define MSR_TSC_AUX UINT32_C(0xc0000103)

/*
 * RDMSR, WRMSR without the privilege check. False: #GP(0) is in cpu->fault, nothing was changed.
 * They may reach the clock and the local APIC: call between device_begin() and device_end().
 */
MUST_CHECK bool msr_read(struct cpu *cpu, uint32_t index, uint64_t *value);
MUST_CHECK bool msr_write(struct cpu *cpu, uint32_t index, uint64_t value);
/* The debugger's look: false where there is no such register. Changes nothing. */
MUST_CHECK bool msr_peek(const struct cpu *cpu, uint32_t index, uint64_t *value);
/* "IA32_EFER", or NULL. */
const char *msr_name(uint32_t index);
/* Values after RESET (not INIT, which keeps them). */
void msr_reset(struct cpu *cpu);

#endif
