/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/msr_x2apic.c - the local APIC's registers as MSRs 800h-83Fh in x2APIC mode: which there are,
 * who may read or write them, and which bits. What they do is the local APIC's business.
 * Source: SDM Vol. 3A, "Extended XAPIC (x2APIC)", tables "Local APIC Register Address Map
 * Supported by x2APIC", "x2APIC Register Availability".
 */
#include "cpu/msr_x2apic.h"

#include "cpu/msr.h"

enum { READ = 1, WRITE = 2 };

struct x2apic_row {
    uint8_t first, last; /* MSR numbers - 800h */
    uint8_t access;
    uint64_t allowed; /* bits that may be written as 1; others: #GP(0) */
    const char *name;
};

/* Bits of local vector table entries that only the APIC sets may be written back. */
#define LVT_STATUS 0x1000  /* delivery status */
#define LINT_STATUS 0x5000 /* and remote IRR */

/* clang-format off */
static const struct x2apic_row rows[] = {
    { 0x02, 0x02, READ,         0,                  "IA32_X2APIC_APICID" },
    { 0x03, 0x03, READ,         0,                  "IA32_X2APIC_VERSION" },
    { 0x08, 0x08, READ | WRITE, 0xff,               "IA32_X2APIC_TPR" },
    { 0x0a, 0x0a, READ,         0,                  "IA32_X2APIC_PPR" },
    { 0x0b, 0x0b, WRITE,        0,                  "IA32_X2APIC_EOI" },
    { 0x0d, 0x0d, READ,         0,                  "IA32_X2APIC_LDR" },
    { 0x0f, 0x0f, READ | WRITE, 0x1ff,              "IA32_X2APIC_SIVR" },
    { 0x10, 0x17, READ,         0,                  "IA32_X2APIC_ISR" },
    { 0x18, 0x1f, READ,         0,                  "IA32_X2APIC_TMR" },
    { 0x20, 0x27, READ,         0,                  "IA32_X2APIC_IRR" },
    { 0x28, 0x28, READ | WRITE, 0,                  "IA32_X2APIC_ESR" },
    { 0x30, 0x30, READ | WRITE, 0xffffffff000ccfff, "IA32_X2APIC_ICR" },
    { 0x32, 0x32, READ | WRITE, 0x700ff | LVT_STATUS,  "IA32_X2APIC_LVT_TIMER" },
    { 0x33, 0x33, READ | WRITE, 0x107ff | LVT_STATUS,  "IA32_X2APIC_LVT_THERMAL" },
    { 0x34, 0x34, READ | WRITE, 0x107ff | LVT_STATUS,  "IA32_X2APIC_LVT_PMI" },
    { 0x35, 0x35, READ | WRITE, 0x1a7ff | LINT_STATUS, "IA32_X2APIC_LVT_LINT0" },
    { 0x36, 0x36, READ | WRITE, 0x1a7ff | LINT_STATUS, "IA32_X2APIC_LVT_LINT1" },
    { 0x37, 0x37, READ | WRITE, 0x100ff | LVT_STATUS,  "IA32_X2APIC_LVT_ERROR" },
    { 0x38, 0x38, READ | WRITE, 0xffffffff,         "IA32_X2APIC_INIT_COUNT" },
    { 0x39, 0x39, READ,         0,                  "IA32_X2APIC_CUR_COUNT" },
    { 0x3e, 0x3e, READ | WRITE, 0xb,                "IA32_X2APIC_DIV_CONF" },
    { 0x3f, 0x3f, WRITE,        0xff,               "IA32_X2APIC_SELF_IPI" },
};
/* clang-format on */

static const struct x2apic_row *find_row(uint32_t index)
{
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        if (index - MSR_X2APIC >= rows[i].first && index - MSR_X2APIC <= rows[i].last)
            return &rows[i];
    }
    return NULL;
}

bool msr_is_x2apic(const struct cpu *cpu, uint32_t index)
{
    return index >= MSR_X2APIC && index < MSR_X2APIC + 0x100 && cpu->msr.apic_base & APIC_BASE_EXTD;
}

const char *msr_x2apic_name(uint32_t index)
{
    const struct x2apic_row *row = find_row(index);

    return row ? row->name : NULL;
}

bool msr_x2apic_peek(const struct cpu *cpu, uint32_t index, uint64_t *value)
{
    const struct x2apic_row *row = find_row(index);

    if (!row || !(row->access & READ) || !cpu->board.x2apic_read)
        return false;
    *value = cpu->board.x2apic_read(cpu->board.context, index - MSR_X2APIC);
    return true;
}

bool msr_x2apic_write(struct cpu *cpu, uint32_t index, uint64_t value)
{
    const struct x2apic_row *row = find_row(index);
    uint64_t allowed;

    if (!row || !cpu->board.x2apic_write)
        return RAISE(cpu, VEC_GP, 0, MSR_UNKNOWN, { EV_REGISTER, index }, { EV_VALUE, value });
    if (!(row->access & WRITE))
        return RAISE(cpu, VEC_GP, 0, MSR_READ_ONLY, { EV_REGISTER, index }, { EV_VALUE, value });
    allowed = row->allowed;
    if (index == MSR_X2APIC + 0x32 && !cpu_has(cpu, F_TSCDL))
        allowed &= ~UINT64_C(0x40000); /* no TSC-deadline mode */
    if (value & ~allowed)
        return RAISE(cpu, VEC_GP, 0, MSR_RESERVED, { EV_REGISTER, index }, { EV_VALUE, value },
                     { EV_ALLOWED, allowed });
    cpu->board.x2apic_write(cpu->board.context, index - MSR_X2APIC, value);
    return true;
}
