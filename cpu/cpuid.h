/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/cpuid.h - processor models: what CPUID answers, and which features exist.
 * Source: SDM Vol. 2A, "CPUID - CPU Identification".
 */
#ifndef CPU_CPUID_H
#define CPU_CPUID_H

#include "cpu/cpu.h"
#include "util/out.h"

struct cpu_model {
    const char *name, *title;
    uint32_t signature; /* leaf 1 EAX: stepping, model, family */
    uint32_t max_leaf, max_extended;
    uint8_t physical_bits;
    const uint16_t *features; /* enum feature, ended by F_NONE */
};

enum { CPUID_EAX, CPUID_EBX, CPUID_ECX, CPUID_EDX };

/*
 * "model,+flag,-flag": sets cpu->model, features and physical_bits. False: *error is one line that
 * names the nearest model or flag.
 */
MUST_CHECK bool cpuid_select(struct cpu *cpu, const char *text, struct buf *error);
/* The processor models from the oldest on; NULL: there are no more. */
const struct cpu_model *cpuid_model(unsigned n);
/* The registers that CPUID returns. */
void cpuid_query(const struct cpu *cpu, uint32_t leaf, uint32_t subleaf, uint32_t regs[4]);
/* Models with their flags, and all flags: "-cpu help". */
void cpuid_list(struct out *out);
/*
 * Leaf 15h: TSC frequency = crystal * ratio, exactly the clock's ticks a second. The crystal is also
 * what the local APIC timer counts: the board's bus frequency.
 */
uint64_t cpuid_crystal_hz(const struct cpu *cpu);

#endif
