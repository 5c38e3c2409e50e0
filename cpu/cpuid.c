/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/cpuid.c - processor models as a table; the feature bits come from cpu/features.def.
 *
 * The 64-bit models call themselves family 6, model 1Ch (Atom "Bonnell"): like that processor this
 * one executes in order and never speculates, so that no guest needs to work around side channels
 * it does not have. The features are those of the table, not of that chip.
 * Source: SDM Vol. 2A, "CPUID - CPU Identification".
 */
#include "cpu/cpuid.h"

#include <stdlib.h>
#include <string.h>

#include "cpu/msr.h"
#include "cpu/xsave.h"
#include "util/bits.h"
#include "util/text.h"

struct feature_bit {
    const char *name;
    uint32_t leaf;
    uint8_t subleaf, reg, bit;
};

static const struct feature_bit feature_bits[F_COUNT] = {
#define FEATURE(id, text, number, sub, register, position)                                         \
    [F_##id] = {                                                                                   \
        .name = text, .leaf = number, .subleaf = sub, .reg = CPUID_##register, .bit = position     \
    },
#include "cpu/features.def"
#undef FEATURE
};

static const uint16_t features_486[] = { F_FPU, F_NONE };

#define PENTIUM F_FPU, F_VME, F_DE, F_PSE, F_TSC, F_MSR, F_MCE, F_CX8
static const uint16_t features_pentium[] = { PENTIUM, F_NONE };

#define PENTIUM3                                                                                   \
    PENTIUM, F_PAE, F_APIC, F_SEP, F_MTRR, F_PGE, F_MCA, F_CMOV, F_PAT, F_PSE36, F_MMX, F_FXSR,    \
        F_SSE
static const uint16_t features_pentium3[] = { PENTIUM3, F_NONE };

#define X86_64_V1 PENTIUM3, F_CLFSH, F_SSE2, F_SYSCALL, F_NX, F_LM, F_ITSC, F_ARAT
static const uint16_t features_v1[] = { X86_64_V1, F_NONE };

#define X86_64_V2                                                                                  \
    X86_64_V1, F_SSE3, F_MONITOR, F_SSSE3, F_CX16, F_SSE4_1, F_SSE4_2, F_POPCNT, F_TSCDL,          \
        F_RDRAND, F_FSGSBASE, F_TSC_ADJUST, F_SMEP, F_ERMS, F_RDSEED, F_SMAP, F_FSRM, F_PDPE1GB,   \
        F_RDTSCP, F_LAHF_LM, F_PREFETCHW
static const uint16_t features_v2[] = { X86_64_V2, F_NONE };

/* The psABI's level with what processors of that time have beside it. */
#define X86_64_V3                                                                                  \
    X86_64_V2, F_XSAVE, F_XSAVEOPT, F_AVX, F_AVX2, F_BMI1, F_BMI2, F_F16C, F_FMA, F_LZCNT,         \
        F_MOVBE, F_ADX, F_AES, F_PCLMULQDQ, F_PCID, F_INVPCID, F_X2APIC, F_UMIP
static const uint16_t features_v3[] = { X86_64_V3, F_NONE };

/* Everything that is implemented: what "+flag" may ask for. */
#define IMPLEMENTED                                                                                \
    X86_64_V3, F_XSAVEC, F_XGETBV1, F_XSAVES, F_SHA, F_VAES, F_VPCLMULQDQ, F_GFNI, F_RDPID,        \
        F_CLFLUSHOPT, F_CLWB, F_WBNOINVD, F_PREFETCHWT1, F_MOVDIRI, F_MOVDIR64B, F_SERIALIZE,      \
        F_PKU, F_LA57
static const uint16_t features_max[] = { IMPLEMENTED, F_NONE };

#define SIGNATURE_BONNELL 0x106ca
static const struct cpu_model models[] = {
    { "486", "Intel486 DX4", 0x480, 1, 0, 32, features_486 },
    { "pentium", "Pentium", 0x543, 1, 0, 32, features_pentium },
    { "pentium3", "Pentium III", 0x686, 2, 0, 36, features_pentium3 },
    { "x86-64-v1", "the first x86-64 processors", SIGNATURE_BONNELL, 0x16, 0x80000008, 40,
      features_v1 },
    { "x86-64-v2", "CMPXCHG16B, POPCNT, SSE3 to SSE4.2", SIGNATURE_BONNELL, 0x16, 0x80000008, 40,
      features_v2 },
    { "x86-64-v3", "AVX, AVX2, FMA, BMI1, BMI2 (default)", SIGNATURE_BONNELL, 0x16, 0x80000008, 40,
      features_v3 },
    { "max", "everything that is implemented", SIGNATURE_BONNELL, 0x1f, 0x80000008, 40,
      features_max },
};
#define DEFAULT_MODEL "x86-64-v3"

const struct cpu_model *cpuid_model(unsigned n)
{
    return n < ARRAY_SIZE(models) ? &models[n] : NULL;
}

static void set_feature(struct cpu *cpu, unsigned feature, bool on)
{
    if (on)
        cpu->features[feature / 64] |= BIT(feature % 64);
    else
        cpu->features[feature / 64] &= ~BIT(feature % 64);
}

static bool is_implemented(unsigned feature)
{
    for (unsigned i = 0; features_max[i] != F_NONE; i++) {
        if (features_max[i] == feature)
            return true;
    }
    return false;
}

static bool select_model(struct cpu *cpu, const char *name, struct buf *error)
{
    const char *names[ARRAY_SIZE(models) + 1] = { NULL };
    const char *near;

    for (unsigned i = 0; i < ARRAY_SIZE(models); i++) {
        names[i] = models[i].name;
        if (!strcmp(models[i].name, name)) {
            cpu->model = &models[i];
            return true;
        }
    }
    near = text_nearest(name, names);
    buf_printf(error, "-cpu: no model '%s'", name);
    if (near)
        buf_printf(error, ", did you mean '%s'?", near);
    else
        buf_add_text(error, "; '-cpu help' lists them");
    return false;
}

static bool select_flag(struct cpu *cpu, const char *flag, struct buf *error)
{
    const char *names[F_COUNT] = { NULL };
    const char *near;

    if (*flag != '+' && *flag != '-') {
        buf_printf(error, "-cpu: '%s' is neither +flag nor -flag", flag);
        return false;
    }
    for (unsigned i = 1; i < F_COUNT; i++) {
        names[i - 1] = feature_bits[i].name;
        if (strcmp(feature_bits[i].name, flag + 1) != 0)
            continue;
        if (*flag == '+' && !is_implemented(i)) {
            buf_printf(error, "-cpu: flag '%s' is not implemented; '-cpu help' lists what is",
                       flag + 1);
            return false;
        }
        set_feature(cpu, i, *flag == '+');
        return true;
    }
    near = text_nearest(flag + 1, names);
    buf_printf(error, "-cpu: no flag '%s'", flag + 1);
    if (near)
        buf_printf(error, ", did you mean '%s'?", near);
    else
        buf_add_text(error, "; '-cpu help' lists them");
    return false;
}

bool cpuid_select(struct cpu *cpu, const char *text, struct buf *error)
{
    char *copy = xstrdup(text && *text ? text : DEFAULT_MODEL), *part = copy, *comma;
    bool ok = true;

    for (bool first = true; ok && part; first = false, part = comma) {
        comma = strchr(part, ',');
        if (comma)
            *comma++ = '\0';
        if (!first) {
            ok = select_flag(cpu, part, error);
            continue;
        }
        ok = select_model(cpu, part, error);
        if (!ok)
            break;
        memset(cpu->features, 0, sizeof cpu->features);
        for (const uint16_t *f = cpu->model->features; *f != F_NONE; f++)
            set_feature(cpu, *f, true);
        cpu->physical_bits = cpu->model->physical_bits;
    }
    free(copy);
    return ok;
}

/*
 * TSC = crystal * numerator. The largest numerator up to 64 that divides the clock and leaves a
 * crystal of at least 10 MHz, else 1.
 */
static uint32_t crystal_numerator(const struct clock *clock)
{
    for (uint32_t n = 64; n > 1; n--) {
        if (clock->ips % n == 0 && clock->ips / n >= 10000000 && clock->ips / n % 1000 == 0)
            return n;
    }
    return 1;
}

uint64_t cpuid_crystal_hz(const struct cpu *cpu)
{
    return cpu->crystal_hz ? cpu->crystal_hz : cpu->clock->ips / crystal_numerator(cpu->clock);
}

static void add_feature_bits(const struct cpu *cpu, uint32_t leaf, uint32_t subleaf,
                             uint32_t regs[4])
{
    for (unsigned i = 1; i < F_COUNT; i++) {
        const struct feature_bit *f = &feature_bits[i];

        if (f->leaf == leaf && f->subleaf == subleaf && cpu_has(cpu, i))
            regs[f->reg] |= UINT32_C(1) << f->bit;
    }
}

/* Leaf 4. Source: "Deterministic Cache Parameters Leaf". */
static void cache_leaf(uint32_t subleaf, uint32_t regs[4])
{
    static const struct {
        uint8_t type, level, ways;
        uint16_t sets;
    } caches[] = {
        { 1, 1, 6, 64 },   /* data, 24 KiB */
        { 2, 1, 8, 64 },   /* instructions, 32 KiB */
        { 3, 2, 8, 1024 }, /* unified, 512 KiB */
    };

    if (subleaf >= ARRAY_SIZE(caches))
        return;
    regs[CPUID_EAX] = caches[subleaf].type | (uint32_t)caches[subleaf].level << 5 | 1 << 8;
    regs[CPUID_EBX] = 63 | (uint32_t)(caches[subleaf].ways - 1) << 22;
    regs[CPUID_ECX] = caches[subleaf].sets - 1u;
}

/* Leaves 0Bh and 1Fh: one thread in one core. Source: "Extended Topology Enumeration Leaf". */
static void topology_leaf(const struct cpu *cpu, uint32_t subleaf, uint32_t regs[4])
{
    enum { SMT = 1, CORE = 2 };

    if (!cpu_has(cpu, F_X2APIC))
        return;
    regs[CPUID_ECX] = subleaf & 0xff; /* EDX, the x2APIC ID, is 0 */
    if (subleaf < 2) {
        regs[CPUID_EBX] = 1;
        regs[CPUID_ECX] |= (subleaf == 0 ? SMT : CORE) << 8;
    }
}

static void brand_leaf(const struct cpu *cpu, uint32_t leaf, uint32_t regs[4])
{
    char brand[48] = "vitrine ";

    strncat(brand, cpu->model->name, sizeof brand - strlen(brand) - 1);
    for (unsigned i = 0; i < 4; i++)
        regs[i] = load_le32(brand + (leaf - 0x80000002) * 16 + i * 4);
}

static void leaf_1(const struct cpu *cpu, uint32_t regs[4])
{
    regs[CPUID_EAX] = cpu->model->signature;
    if (cpu_has(cpu, F_CLFSH))
        regs[CPUID_EBX] = 8 << 8; /* CLFLUSH line: 64 bytes */
    regs[CPUID_EBX] |= 1 << 16;   /* one logical processor; APIC ID 0 */
    if (!(cpu->msr.apic_base & BIT(11)))
        regs[CPUID_EDX] &= ~(UINT32_C(1) << feature_bits[F_APIC].bit);
    if (cpu_has(cpu, F_XSAVE) && cpu->cr4 & CR4_OSXSAVE)
        regs[CPUID_ECX] |= UINT32_C(1) << 27;
}

/* Leaf 0Dh. Source: "Processor Extended State Enumeration Main Leaf" and sub-leaves. */
static void xsave_leaf(const struct cpu *cpu, uint32_t subleaf, uint32_t regs[4])
{
    uint64_t supported = xsave_supported(cpu);
    const struct xsave_component *component;

    if (!cpu_has(cpu, F_XSAVE))
        return;
    if (subleaf == 0) {
        regs[CPUID_EAX] = (uint32_t)supported;
        regs[CPUID_EBX] = xsave_standard_size(cpu->xcr0);
        regs[CPUID_ECX] = xsave_standard_size(supported);
        regs[CPUID_EDX] = supported >> 32;
    } else if (subleaf == 1) {
        if (cpu_has(cpu, F_XSAVEC))
            regs[CPUID_EBX] = xsave_compacted_size(cpu->xcr0 | cpu->msr.xss);
    } else if (subleaf < XSAVE_COMPONENTS && supported >> subleaf & 1) {
        component = &xsave_components[subleaf];
        regs[CPUID_EAX] = component->size;
        regs[CPUID_EBX] = component->offset;
        regs[CPUID_ECX] = component->aligned ? 2 : 0;
    }
}

static void frequency_leaf(const struct cpu *cpu, uint32_t leaf, uint32_t regs[4])
{
    uint64_t crystal = cpuid_crystal_hz(cpu), tsc = cpu->clock->ips;

    if (leaf == 0x15) {
        uint64_t most = tsc, rest = crystal; /* the greatest common divisor, when rest is 0 */

        while (rest) {
            uint64_t next = most % rest;

            most = rest;
            rest = next;
        }
        regs[CPUID_EAX] = (uint32_t)(crystal / most);
        regs[CPUID_EBX] = tsc / most <= UINT32_MAX ? (uint32_t)(tsc / most) : 0; /* 0: not known */
        regs[CPUID_ECX] = crystal <= UINT32_MAX ? (uint32_t)crystal : 0;
    } else {
        uint64_t mhz = (cpu->clock->ips + 500000) / 1000000;

        regs[CPUID_EAX] = regs[CPUID_EBX] = mhz <= 0xffff ? (uint32_t)mhz : 0xffff;
        regs[CPUID_ECX] = (uint32_t)(crystal / 1000000) & 0xffff;
    }
}

void cpuid_query(const struct cpu *cpu, uint32_t leaf, uint32_t subleaf, uint32_t regs[4])
{
    const struct cpu_model *model = cpu->model;

    memset(regs, 0, 4 * sizeof *regs);
    if (leaf > (leaf & 0x80000000 ? model->max_extended : model->max_leaf))
        leaf = model->max_leaf; /* as Intel processors do */
    add_feature_bits(cpu, leaf, leaf == 7 || leaf == 0xd ? subleaf : 0, regs);
    switch (leaf) {
    case 0:
        regs[CPUID_EAX] = model->max_leaf;
        regs[CPUID_EBX] = load_le32("Genu");
        regs[CPUID_EDX] = load_le32("ineI");
        regs[CPUID_ECX] = load_le32("ntel");
        break;
    case 1:
        leaf_1(cpu, regs);
        break;
    case 2:
        regs[CPUID_EAX] = model->max_leaf >= 4 ? 0x00ff0001 : 0x03020101; /* FFh: see leaf 4 */
        regs[CPUID_EDX] = model->max_leaf >= 4 ? 0 : 0x0c040843;
        break;
    case 4:
        cache_leaf(subleaf, regs);
        break;
    case 5:
        if (cpu_has(cpu, F_MONITOR)) {
            regs[CPUID_EAX] = regs[CPUID_EBX] = 64; /* line that MONITOR watches */
            regs[CPUID_ECX] = 3; /* extensions; interrupts break MWAIT even if masked */
        }
        break;
    case 7:
        if (subleaf == 0 && cpu_has(cpu, F_PKU) && cpu->cr4 & CR4_PKE)
            regs[CPUID_ECX] |= 1 << 4; /* OSPKE */
        break;
    case 0xd:
        xsave_leaf(cpu, subleaf, regs);
        break;
    case 0xb:
    case 0x1f:
        topology_leaf(cpu, subleaf, regs);
        break;
    case 0x15:
    case 0x16:
        frequency_leaf(cpu, leaf, regs);
        break;
    case 0x80000000:
        regs[CPUID_EAX] = model->max_extended;
        break;
    case 0x80000002:
    case 0x80000003:
    case 0x80000004:
        brand_leaf(cpu, leaf, regs);
        break;
    case 0x80000006:
        regs[CPUID_ECX] = 512 << 16 | 6 << 12 | 64; /* L2: KiB, 8 ways, line */
        break;
    case 0x80000008:
        regs[CPUID_EAX] = cpu->physical_bits | (cpu_has(cpu, F_LA57) ? 57 : 48) << 8;
        break;
    default:
        break;
    }
}

static void list_flags(struct out *out, const uint16_t *features)
{
    unsigned column = 0;

    for (; *features != F_NONE; features++) {
        const char *name = feature_bits[*features].name;
        unsigned length = (unsigned)strlen(name) + 1;

        if (column + length > 88)
            column = 0;
        if (!column)
            out_text(out, "\n           ");
        out_printf(out, " %s", name);
        column += length;
    }
    out_text(out, "\n");
}

void cpuid_list(struct out *out)
{
    out_text(out, "-cpu MODEL[,+FLAG][,-FLAG]\n");
    for (unsigned i = 0; i < ARRAY_SIZE(models); i++) {
        out_printf(out, "  %-10s %s", models[i].name, models[i].title);
        list_flags(out, models[i].features);
    }
}
