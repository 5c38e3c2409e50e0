/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/msr.c - model-specific registers: one row each, with where its value lives, which bits may be
 * set, and what else happens. A number without a row is #GP(0).
 * Source: SDM Vol. 4, "Model-Specific Registers"; Vol. 3A, "Memory Type Range Registers".
 */
#include "cpu/msr.h"

#include "cpu/access.h"
#include "cpu/msr_x2apic.h"
#include "cpu/tlb.h"

struct msr_row {
    uint32_t index;
    uint16_t feature; /* without it there is no such register */
    uint16_t offset;  /* in struct cpu; 0: none */
    uint64_t allowed; /* bits that may be written as 1; others: #GP(0) */
    const char *name;
    uint64_t (*read)(const struct cpu *cpu);
    /* Takes effect; false: the value is not legal. NULL: stored at offset. */
    bool (*write)(struct cpu *cpu, const struct msr_row *row, uint64_t value);
};

static bool read_only(struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
    (void)row;
    return RAISE(cpu, VEC_GP, 0, MSR_READ_ONLY, { EV_REGISTER, row->index }, { EV_VALUE, value });
}

static bool refuse(struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
    return RAISE(cpu, VEC_GP, 0, MSR_RESERVED, { EV_REGISTER, row->index }, { EV_VALUE, value },
                 { EV_ALLOWED, row->allowed });
}

static void store(struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
    memcpy((uint8_t *)cpu + row->offset, &value, sizeof value);
}

static bool write_canonical(struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
    if (!is_canonical_base(cpu, value))
        return RAISE(cpu, VEC_GP, 0, NON_CANONICAL, { EV_LINEAR, value },
                     { EV_REGISTER, row->index });
    store(cpu, row, value);
    return true;
}

/* ---- time ---- */

static uint64_t read_tsc(const struct cpu *cpu)
{
    return cpu_tsc(cpu);
}

/* Is the timer armed, as far as the board can tell? Not in its other modes, where writes are ignored. */
static bool deadline_armed(const struct cpu *cpu)
{
    return !cpu->board.get_tsc_deadline || cpu->board.get_tsc_deadline(cpu->board.context);
}

static void tell_deadline(struct cpu *cpu)
{
    uint64_t deadline = cpu->msr.tsc_deadline, tsc = cpu_tsc(cpu), tick = 0;

    if (!cpu->board.set_tsc_deadline)
        return;
    if (deadline)
        tick = clock_now(cpu->clock) + (deadline > tsc ? deadline - tsc : 0);
    if (deadline && tick < clock_now(cpu->clock))
        tick = UINT64_MAX;
    cpu->board.set_tsc_deadline(cpu->board.context, deadline && !tick ? 1 : tick);
}

static void move_tsc(struct cpu *cpu, uint64_t delta)
{
    cpu->msr.tsc_offset += delta;
    cpu->msr.tsc_adjust += delta;
    if (cpu->msr.tsc_deadline && deadline_armed(cpu))
        tell_deadline(cpu);
}

static bool write_tsc(struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
    (void)row;
    move_tsc(cpu, value - cpu_tsc(cpu));
    return true;
}

static bool write_tsc_adjust(struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
    (void)row;
    move_tsc(cpu, value - cpu->msr.tsc_adjust);
    return true;
}

/* 0 once it has passed. */
static uint64_t read_tsc_deadline(const struct cpu *cpu)
{
    return cpu->msr.tsc_deadline > cpu_tsc(cpu) && deadline_armed(cpu) ? cpu->msr.tsc_deadline : 0;
}

static bool write_tsc_deadline(struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
    (void)row;
    cpu->msr.tsc_deadline = value;
    tell_deadline(cpu);
    return true;
}

/* Ratio of the TSC to 100 MHz. */
static uint64_t read_platform_info(const struct cpu *cpu)
{
    return (cpu->clock->ips / 100000000 & 0xff) << 8;
}

/* ---- system ---- */

/*
 * EN and EXTD: disabled, xAPIC, x2APIC. From disabled the way to x2APIC leads through xAPIC, and back
 * through disabled. SDM Vol. 3A, "x2APIC State Transitions".
 */
static bool apic_transition_legal(uint64_t old, uint64_t value)
{
    enum { MODES = APIC_BASE_EXTD | APIC_BASE_EN };

    if ((value & MODES) == APIC_BASE_EXTD)
        return false;
    if (value & APIC_BASE_EXTD)
        return old & APIC_BASE_EN;
    return !(old & APIC_BASE_EXTD) || !(value & APIC_BASE_EN);
}

static bool write_apic_base(struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
    uint64_t allowed = BIT(8) | APIC_BASE_EN | (mask_bits(cpu->physical_bits) & ~PAGE_MASK) |
                       (cpu_has(cpu, F_X2APIC) ? APIC_BASE_EXTD : 0);

    if (value & ~allowed)
        return RAISE(cpu, VEC_GP, 0, MSR_RESERVED, { EV_REGISTER, row->index }, { EV_VALUE, value },
                     { EV_ALLOWED, allowed });
    if (!apic_transition_legal(cpu->msr.apic_base, value))
        return RAISE(cpu, VEC_GP, 0, APIC_MODE, { EV_REGISTER, row->index }, { EV_VALUE, value });
    cpu->msr.apic_base = value;
    if (cpu->board.set_apic_base)
        cpu->board.set_apic_base(cpu->board.context, value);
    return true;
}

static bool write_feature_control(struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
    if (cpu->msr.feature_control & 1) /* locked */
        return read_only(cpu, row, value);
    cpu->msr.feature_control = value;
    return true;
}

/* Bits that the processor reports cannot be changed; that is no fault. */
static bool write_misc_enable(struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
    (void)row;
    cpu->msr.misc_enable = (value & row->allowed) | (cpu->msr.misc_enable & ~row->allowed);
    return true;
}

static bool write_debugctl(struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
    if (value & ~row->allowed)
        return refuse(cpu, row, value);
    cpu->msr.debugctl = value;
    return true;
}

static bool write_efer(struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
    uint64_t allowed = EFER_LMA | (cpu_has(cpu, F_SYSCALL) ? EFER_SCE : 0) |
                       (cpu_has(cpu, F_LM) ? EFER_LME : 0) | (cpu_has(cpu, F_NX) ? EFER_NXE : 0);
    uint64_t old = cpu->efer;

    if (value & ~allowed)
        return RAISE(cpu, VEC_GP, 0, MSR_RESERVED, { EV_REGISTER, row->index }, { EV_VALUE, value },
                     { EV_ALLOWED, allowed });
    if ((value ^ old) & EFER_LME && cpu->cr0 & CR0_PG)
        return RAISE(cpu, VEC_GP, 0, LONG_MODE_SWITCH, { EV_REGISTER, row->index },
                     { EV_VALUE, value });
    cpu->efer = (value & ~(uint64_t)EFER_LMA) | (old & EFER_LMA);
    if ((old ^ value) & EFER_NXE)
        tlb_flush(cpu);
    return true;
}

/* ---- memory types ---- */

static bool memory_type_legal(unsigned type, bool pat)
{
    return type == 0 || type == 1 || (type >= 4 && type <= 6) || (pat && type == 7);
}

static bool all_types_legal(uint64_t value, bool pat)
{
    for (unsigned i = 0; i < 8; i++) {
        if (!memory_type_legal(value >> i * 8 & 0xff, pat))
            return false;
    }
    return true;
}

static bool write_pat(struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
    if (!all_types_legal(value, true))
        return refuse(cpu, row, value);
    store(cpu, row, value);
    return true;
}

static bool write_mtrr_fixed(struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
    if (!all_types_legal(value, false))
        return refuse(cpu, row, value);
    store(cpu, row, value);
    return true;
}

static bool write_mtrr_base(struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
    if (value & ~((mask_bits(cpu->physical_bits) & ~PAGE_MASK) | 0xff) ||
        !memory_type_legal(value & 0xff, false))
        return refuse(cpu, row, value);
    store(cpu, row, value);
    return true;
}

static bool write_mtrr_mask(struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
    if (value & ~((mask_bits(cpu->physical_bits) & ~PAGE_MASK) | BIT(11)))
        return refuse(cpu, row, value);
    store(cpu, row, value);
    return true;
}

static bool write_mtrr_def_type(struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
    if (value & ~row->allowed || !memory_type_legal(value & 0xff, false))
        return refuse(cpu, row, value);
    store(cpu, row, value);
    return true;
}

static uint64_t read_mtrrcap(const struct cpu *cpu)
{
    return ARRAY_SIZE(cpu->msr.mtrr_base) | BIT(8) | BIT(10); /* fixed ranges, write-combining */
}

static uint64_t read_zero(const struct cpu *cpu)
{
    (void)cpu;
    return 0;
}

#define ALL UINT64_MAX
#define AT(member) offsetof(struct cpu, member)
#define VARIABLE_MTRR(n)                                                                           \
    { MSR_MTRR_BASE0 + 2 * (n), F_MTRR, AT(msr.mtrr_base[n]), ALL,                                 \
      "IA32_MTRR_PHYSBASE" #n,  NULL,   write_mtrr_base },                                         \
    {                                                                                              \
        MSR_MTRR_BASE0 + 2 * (n) + 1, F_MTRR, AT(msr.mtrr_mask[n]), ALL, "IA32_MTRR_PHYSMASK" #n,  \
            NULL, write_mtrr_mask                                                                  \
    }
#define FIXED_MTRR(index, n, name)                                                                 \
    {                                                                                              \
        index, F_MTRR, AT(msr.mtrr_fixed[n]), ALL, "IA32_MTRR_FIX" name, NULL, write_mtrr_fixed    \
    }

/* Sorted by index. */
/* clang-format off */
static const struct msr_row rows[] = {
    { 0x0, F_MCE, 0, 0, "IA32_P5_MC_ADDR", read_zero, read_only },
    { 0x1, F_MCE, 0, 0, "IA32_P5_MC_TYPE", read_zero, read_only },
    { MSR_TSC, F_TSC, 0, ALL, "IA32_TIME_STAMP_COUNTER", read_tsc, write_tsc },
    { 0x17, F_APIC, 0, 0, "IA32_PLATFORM_ID", read_zero, read_only },
    { MSR_APIC_BASE, F_APIC, AT(msr.apic_base), ALL, "IA32_APIC_BASE", NULL, write_apic_base },
    { MSR_FEATURE_CONTROL, F_LM, AT(msr.feature_control), ALL, "IA32_FEATURE_CONTROL", NULL, write_feature_control },
    { MSR_TSC_ADJUST, F_TSC_ADJUST, AT(msr.tsc_adjust), ALL, "IA32_TSC_ADJUST", NULL, write_tsc_adjust },
    { MSR_BIOS_SIGN_ID, F_MTRR, AT(msr.bios_sign), ALL, "IA32_BIOS_SIGN_ID", NULL, NULL },
    { MSR_PLATFORM_INFO, F_LM, 0, 0, "MSR_PLATFORM_INFO", read_platform_info, read_only },
    { MSR_MTRRCAP, F_MTRR, 0, 0, "IA32_MTRRCAP", read_mtrrcap, read_only },
    { MSR_SYSENTER_CS, F_SEP, AT(msr.sysenter_cs), 0xffffffff, "IA32_SYSENTER_CS", NULL, NULL },
    { MSR_SYSENTER_ESP, F_SEP, AT(msr.sysenter_esp), ALL, "IA32_SYSENTER_ESP", NULL, write_canonical },
    { MSR_SYSENTER_EIP, F_SEP, AT(msr.sysenter_eip), ALL, "IA32_SYSENTER_EIP", NULL, write_canonical },
    { MSR_MCG_CAP, F_MCA, 0, 0, "IA32_MCG_CAP", read_zero, read_only },
    { MSR_MCG_STATUS, F_MCA, AT(msr.mcg_status), 7, "IA32_MCG_STATUS", NULL, NULL },
    { MSR_MISC_ENABLE, F_MTRR, AT(msr.misc_enable), BIT(0) | BIT(3) | BIT(16) | BIT(18) | BIT(22) | BIT(34), "IA32_MISC_ENABLE", NULL, write_misc_enable },
    { MSR_DEBUGCTL, F_MTRR, AT(msr.debugctl), 0xffc3, "IA32_DEBUGCTL", NULL, write_debugctl },
    VARIABLE_MTRR(0), VARIABLE_MTRR(1), VARIABLE_MTRR(2), VARIABLE_MTRR(3),
    VARIABLE_MTRR(4), VARIABLE_MTRR(5), VARIABLE_MTRR(6), VARIABLE_MTRR(7),
    FIXED_MTRR(MSR_MTRR_FIX64K, 0, "64K_00000"),
    FIXED_MTRR(MSR_MTRR_FIX16K_80000, 1, "16K_80000"),
    FIXED_MTRR(MSR_MTRR_FIX16K_A0000, 2, "16K_A0000"),
    FIXED_MTRR(MSR_MTRR_FIX4K + 0, 3, "4K_C0000"), FIXED_MTRR(MSR_MTRR_FIX4K + 1, 4, "4K_C8000"),
    FIXED_MTRR(MSR_MTRR_FIX4K + 2, 5, "4K_D0000"), FIXED_MTRR(MSR_MTRR_FIX4K + 3, 6, "4K_D8000"),
    FIXED_MTRR(MSR_MTRR_FIX4K + 4, 7, "4K_E0000"), FIXED_MTRR(MSR_MTRR_FIX4K + 5, 8, "4K_E8000"),
    FIXED_MTRR(MSR_MTRR_FIX4K + 6, 9, "4K_F0000"), FIXED_MTRR(MSR_MTRR_FIX4K + 7, 10, "4K_F8000"),
    { MSR_PAT, F_PAT, AT(msr.pat), ALL, "IA32_PAT", NULL, write_pat },
    { MSR_MTRR_DEF_TYPE, F_MTRR, AT(msr.mtrr_def_type), 0xcff, "IA32_MTRR_DEF_TYPE", NULL, write_mtrr_def_type },
    { MSR_TSC_DEADLINE, F_TSCDL, 0, ALL, "IA32_TSC_DEADLINE", read_tsc_deadline, write_tsc_deadline },
    { MSR_XSS, F_XSAVES, AT(msr.xss), 0, "IA32_XSS", NULL, NULL }, /* no supervisor components */
    { MSR_EFER, F_SYSCALL, AT(efer), ALL, "IA32_EFER", NULL, write_efer },
    { MSR_STAR, F_SYSCALL, AT(msr.star), ALL, "IA32_STAR", NULL, NULL },
    { MSR_LSTAR, F_LM, AT(msr.lstar), ALL, "IA32_LSTAR", NULL, write_canonical },
    { MSR_CSTAR, F_LM, AT(msr.cstar), ALL, "IA32_CSTAR", NULL, write_canonical },
    { MSR_FMASK, F_SYSCALL, AT(msr.fmask), 0xffffffff, "IA32_FMASK", NULL, NULL },
    { MSR_FS_BASE, F_LM, AT(seg[SEG_FS].base), ALL, "IA32_FS_BASE", NULL, write_canonical },
    { MSR_GS_BASE, F_LM, AT(seg[SEG_GS].base), ALL, "IA32_GS_BASE", NULL, write_canonical },
    { MSR_KERNEL_GS_BASE, F_LM, AT(msr.kernel_gs_base), ALL, "IA32_KERNEL_GS_BASE", NULL, write_canonical },
    { MSR_TSC_AUX, F_RDTSCP, AT(msr.tsc_aux), 0xffffffff, "IA32_TSC_AUX", NULL, NULL },
};
/* clang-format on */

static const struct msr_row *find_row(uint32_t index)
{
    unsigned low = 0, high = ARRAY_SIZE(rows);

    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (rows[middle].index < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ARRAY_SIZE(rows) && rows[low].index == index ? &rows[low] : NULL;
}

const char *msr_name(uint32_t index)
{
    const struct msr_row *row = find_row(index);

    return row ? row->name : msr_x2apic_name(index);
}

bool msr_peek(const struct cpu *cpu, uint32_t index, uint64_t *value)
{
    const struct msr_row *row = find_row(index);

    if (msr_is_x2apic(cpu, index))
        return msr_x2apic_peek(cpu, index, value);
    if (!row || !cpu_has(cpu, row->feature))
        return false;
    if (row->read)
        *value = row->read(cpu);
    else
        memcpy(value, (const uint8_t *)cpu + row->offset, sizeof *value);
    return true;
}

bool msr_read(struct cpu *cpu, uint32_t index, uint64_t *value)
{
    return msr_peek(cpu, index, value) ||
           RAISE(cpu, VEC_GP, 0, MSR_UNKNOWN, { EV_REGISTER, index });
}

bool msr_write(struct cpu *cpu, uint32_t index, uint64_t value)
{
    const struct msr_row *row = find_row(index);

    if (msr_is_x2apic(cpu, index))
        return msr_x2apic_write(cpu, index, value);
    if (!row || !cpu_has(cpu, row->feature))
        return RAISE(cpu, VEC_GP, 0, MSR_UNKNOWN, { EV_REGISTER, index }, { EV_VALUE, value });
    if (row->write)
        return row->write(cpu, row, value);
    if (value & ~row->allowed)
        return refuse(cpu, row, value);
    store(cpu, row, value);
    return true;
}

void msr_reset(struct cpu *cpu)
{
    cpu->msr = (struct msrs){
        .apic_base = 0xfee00000 | BIT(11) | BIT(8), /* enabled, bootstrap processor */
        .pat = UINT64_C(0x0007040600070406),
        /* Fast strings; no branch trace, no PEBS; MONITOR. */
        .misc_enable = BIT(0) | BIT(11) | BIT(12) | BIT(18),
        .feature_control = 1,
        .tsc_offset = 0 - clock_now(cpu->clock),
    };
}
