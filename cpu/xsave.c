/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/xsave.c - the table of state components: layout, contents, initial configuration.
 *
 * The offsets are those of processors that have AVX-512, so that its components (5 to 7, at 1088 to
 * 2687) find their place; 3 and 4 (MPX, 960 to 1087) are gone for good.
 * Source: SDM Vol. 1, "XSAVE-Managed State Components", "Standard Format of the Extended Region",
 * "Compacted Format of the Extended Region", "Init Optimization and Modified Optimization".
 */
#include "cpu/xsave.h"

#include "cpu/x87.h"

/* Outside 64-bit mode registers 8 to 15 are neither looked at nor changed. */
static unsigned vector_count(const struct cpu *cpu)
{
    return cpu_code64(cpu) ? 16 : 8;
}

/* ---- 0: x87; exec_xsave.c writes and reads it, which depends on REX.W ---- */

static bool x87_in_use(const struct cpu *cpu)
{
    const struct fpu *fpu = &cpu->fpu;

    if (fpu->fcw != FCW_INITIAL || fpu->fsw || fpu->ftw || fpu->fop || fpu->fcs || fpu->fds ||
        fpu->fip || fpu->fdp)
        return true;
    for (unsigned i = 0; i < 8; i++) {
        if (fpu->st[i].mantissa || fpu->st[i].sign_exponent)
            return true;
    }
    return false;
}

static void x87_init(struct cpu *cpu)
{
    cpu->fpu = (struct fpu){ .fcw = FCW_INITIAL };
}

/* ---- 1: XMM0-15 and 2: the upper halves of YMM0-15, 16 bytes each ---- */

static bool half_in_use(const struct cpu *cpu, unsigned half)
{
    for (unsigned i = 0; i < vector_count(cpu); i++) {
        if (cpu->vec[i].q[half * 2] | cpu->vec[i].q[half * 2 + 1])
            return true;
    }
    return false;
}

static unsigned put_half(const struct cpu *cpu, unsigned half, uint8_t *image)
{
    unsigned count = vector_count(cpu);

    for (unsigned i = 0; i < count; i++) {
        store_le64(image + 16 * i, cpu->vec[i].q[half * 2]);
        store_le64(image + 16 * i + 8, cpu->vec[i].q[half * 2 + 1]);
    }
    return 16 * count;
}

static void get_half(struct cpu *cpu, unsigned half, const uint8_t *image)
{
    for (unsigned i = 0; i < vector_count(cpu); i++) {
        cpu->vec[i].q[half * 2] = load_le64(image + 16 * i);
        cpu->vec[i].q[half * 2 + 1] = load_le64(image + 16 * i + 8);
    }
}

static void init_half(struct cpu *cpu, unsigned half)
{
    for (unsigned i = 0; i < vector_count(cpu); i++)
        cpu->vec[i].q[half * 2] = cpu->vec[i].q[half * 2 + 1] = 0;
}

static bool sse_in_use(const struct cpu *cpu)
{
    return half_in_use(cpu, 0);
}

static unsigned sse_put(const struct cpu *cpu, uint8_t *image)
{
    return put_half(cpu, 0, image);
}

static void sse_get(struct cpu *cpu, const uint8_t *image)
{
    get_half(cpu, 0, image);
}

static void sse_init(struct cpu *cpu)
{
    init_half(cpu, 0);
}

static bool avx_in_use(const struct cpu *cpu)
{
    return half_in_use(cpu, 1);
}

static unsigned avx_put(const struct cpu *cpu, uint8_t *image)
{
    return put_half(cpu, 1, image);
}

static void avx_get(struct cpu *cpu, const uint8_t *image)
{
    get_half(cpu, 1, image);
}

static void avx_init(struct cpu *cpu)
{
    init_half(cpu, 1);
}

/* ---- 9: PKRU; bits 63-32 are zeros, and ignored ---- */

static bool pkru_in_use(const struct cpu *cpu)
{
    return cpu->pkru != 0;
}

static unsigned pkru_put(const struct cpu *cpu, uint8_t *image)
{
    store_le64(image, cpu->pkru);
    return 8;
}

static void pkru_get(struct cpu *cpu, const uint8_t *image)
{
    cpu->pkru = load_le32(image);
}

static void pkru_init(struct cpu *cpu)
{
    cpu->pkru = 0;
}

/* clang-format off */
const struct xsave_component xsave_components[XSAVE_COMPONENTS] = {
    /*   feature       offset      size  aligned */
    [0] = { F_XSAVE,           0,  160, false, x87_in_use,  NULL,     NULL,     x87_init },
    [1] = { F_XSAVE,   XSAVE_SSE,  256, false, sse_in_use,  sse_put,  sse_get,  sse_init },
    [2] = { F_AVX, XSAVE_EXTENDED, 256, false, avx_in_use,  avx_put,  avx_get,  avx_init },
    [9] = { F_PKU,          2688,    8, false, pkru_in_use, pkru_put, pkru_get, pkru_init },
};
/* clang-format on */

uint64_t xsave_supported(const struct cpu *cpu)
{
    uint64_t supported = 0;

    for (unsigned n = 0; n < XSAVE_COMPONENTS; n++) {
        if (xsave_components[n].feature != F_NONE && cpu_has(cpu, xsave_components[n].feature))
            supported |= BIT(n);
    }
    return supported;
}

uint64_t xsave_in_use(const struct cpu *cpu)
{
    uint64_t in_use = 0;

    for (unsigned n = 0; n < XSAVE_COMPONENTS; n++) {
        if (xsave_components[n].in_use && xsave_components[n].in_use(cpu))
            in_use |= BIT(n);
    }
    return in_use;
}

unsigned xsave_standard_size(uint64_t components)
{
    unsigned size = XSAVE_EXTENDED;

    for (unsigned n = 2; n < XSAVE_COMPONENTS; n++) {
        if (components >> n & 1)
            size = (unsigned)xsave_components[n].offset + xsave_components[n].size;
    }
    return size;
}

unsigned xsave_compacted_offset(uint64_t components, unsigned n)
{
    unsigned offset = XSAVE_EXTENDED;

    for (unsigned i = 2;; i++) {
        if (!(components >> i & 1) && i != n)
            continue;
        if (xsave_components[i].aligned)
            offset = (offset + 63) & ~63u;
        if (i == n)
            return offset;
        offset += xsave_components[i].size;
    }
}

unsigned xsave_compacted_size(uint64_t components)
{
    for (unsigned n = XSAVE_COMPONENTS - 1; n >= 2; n--) {
        if (components >> n & 1)
            return xsave_compacted_offset(components, n) + xsave_components[n].size;
    }
    return XSAVE_EXTENDED;
}
