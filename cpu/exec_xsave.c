/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_xsave.c - XGETBV, XSETBV, XSAVE, XSAVEOPT, XSAVEC, XSAVES, XRSTOR, XRSTORS.
 *
 * Everything is modified as far as XSAVEOPT and XSAVES are concerned: only the init optimisation is
 * made, from the values of the registers (SDM Vol. 1, "Init Optimization and Modified Optimization",
 * leaves both to the processor). Which bytes are written and touched is what an AMD Zen 3 does where
 * the manual leaves it open: tests/unit/test_xsave_host.c.
 * Source: SDM Vol. 1, "Managing State Using the XSAVE Feature Set"; SDM Vol. 2, the pages of the
 * instructions.
 */
#include "cpu/paging.h"
#include "cpu/sse.h"
#include "cpu/tlb.h"
#include "cpu/x87.h"
#include "cpu/xsave.h"

#define MXCSR_INITIAL 0x1f80u

static bool xsave_enabled(struct cpu *cpu)
{
    return likely(cpu->cr4 & CR4_OSXSAVE) ||
           RAISE(cpu, VEC_UD, 0, XSAVE_NOT_ENABLED, { EV_REGISTER, 4 }, { EV_VALUE, cpu->cr4 });
}

static bool require_cpl0(struct cpu *cpu)
{
    return likely(!cpu->cpl) || RAISE(cpu, VEC_GP, 0, PRIVILEGED, { EV_CPL, cpu->cpl });
}

/* CR0.EM does not matter. */
static bool state_available(struct cpu *cpu)
{
    return xsave_enabled(cpu) &&
           (likely(!(cpu->cr0 & CR0_TS)) ||
            RAISE(cpu, VEC_NM, 0, FPU_NOT_AVAILABLE, { EV_REGISTER, 0 }, { EV_VALUE, cpu->cr0 }));
}

static uint64_t edx_eax(const struct cpu *cpu)
{
    return cpu->gpr[RDX] << 32 | (uint32_t)cpu->gpr[RAX];
}

/* XINUSE as XSAVEC, XSAVES and XGETBV see it: MXCSR belongs to component 1. */
static uint64_t in_use_with_mxcsr(const struct cpu *cpu)
{
    return xsave_in_use(cpu) | (cpu->mxcsr != MXCSR_INITIAL ? XCR0_SSE : 0);
}

/* ---- extended control registers ---- */

EXEC(xgetbv)
{
    uint32_t ecx = (uint32_t)cpu->gpr[RCX];
    uint64_t value = cpu->xcr0;

    if (!xsave_enabled(cpu))
        return EXEC_FAULT;
    if (ecx > 1 || (ecx == 1 && !cpu_has(cpu, F_XGETBV1))) {
        RAISE(cpu, VEC_GP, 0, XCR_UNKNOWN, { EV_REGISTER, ecx });
        return EXEC_FAULT;
    }
    if (ecx == 1)
        value &= in_use_with_mxcsr(cpu);
    cpu->gpr[RAX] = (uint32_t)value;
    cpu->gpr[RDX] = value >> 32;
    return EXEC_NEXT;
}

static bool xcr0_legal(struct cpu *cpu, uint64_t value)
{
    uint64_t supported = xsave_supported(cpu);

    if (value & ~supported || !(value & XCR0_X87))
        return RAISE(cpu, VEC_GP, 0, XCR0_RESERVED, { EV_VALUE, value }, { EV_ALLOWED, supported });
    if ((value & XCR0_AVX_STATE) == XCR0_AVX)
        return RAISE(cpu, VEC_GP, 0, XCR0_COMBINATION, { EV_VALUE, value });
    return true;
}

EXEC(xsetbv)
{
    uint32_t ecx = (uint32_t)cpu->gpr[RCX];
    uint64_t value = edx_eax(cpu);

    if (!xsave_enabled(cpu) || !require_cpl0(cpu))
        return EXEC_FAULT;
    if (ecx) {
        RAISE(cpu, VEC_GP, 0, XCR_UNKNOWN, { EV_REGISTER, ecx }, { EV_VALUE, value });
        return EXEC_FAULT;
    }
    if (!xcr0_legal(cpu, value))
        return EXEC_FAULT;
    cpu->xcr0 = value;
    sse_update_ready(cpu);
    return exec_leave(cpu, insn);
}

/* ---- the area in memory ---- */

/* What an instruction works on; taken from the instruction before memory is written, which may
 * kill the trace. */
struct area {
    enum seg seg;
    uint64_t offset;
    bool wide;       /* REX.W */
    uint64_t asked;  /* RFBM: the components that are asked for */
    uint64_t packed; /* compacted format: the components that have a place in it */
};

static struct area area_of(const struct cpu *cpu, const struct insn *insn, uint64_t enabled)
{
    return (struct area){
        .seg = MEM_SEG(insn),
        .offset = insn_offset(cpu, insn),
        .wide = insn->opsize == OPSIZE_64,
        .asked = enabled & edx_eax(cpu),
    };
}

/* The linear address of the area: segment checks for `bytes` bytes, alignment. */
static bool area_linear(struct cpu *cpu, const struct area *area, unsigned bytes,
                        enum access access, lin_addr *la)
{
    return cpu_linear(cpu, area->seg, area->offset, bytes, access, la) &&
           (likely(!(*la & 63)) || RAISE(cpu, VEC_GP, 0, MISALIGNED, { EV_LINEAR, *la },
                                         { EV_SIZE, bytes }, { EV_ALLOWED, 64 }));
}

/*
 * All checks of the first `bytes` bytes. Where they end on another page than they begin, the first
 * byte is touched, then the last one: that is what CR2 says.
 */
static bool area_reach(struct cpu *cpu, const struct area *area, unsigned bytes, enum access access)
{
    lin_addr la;

    if (!area_linear(cpu, area, bytes, access, &la))
        return false;
    if ((la & PAGE_MASK) + bytes > PAGE_SIZE &&
        (!linear_probe(cpu, la, 1, access, AS_CPL) ||
         !linear_probe(cpu, la + (bytes - 1), 1, access, AS_CPL)))
        return false;
    return linear_probe(cpu, la, bytes, access, AS_CPL);
}

/* A piece of the area, which area_reach() has found writable. */
static bool area_write(struct cpu *cpu, const struct area *area, unsigned at, const void *from,
                       unsigned bytes)
{
    return cpu_write_bytes(cpu, area->seg, area->offset + at, from, bytes, 1);
}

static unsigned place_of(const struct area *area, unsigned n)
{
    return area->packed && n >= 2 ? xsave_compacted_offset(area->packed, n)
                                  : xsave_components[n].offset;
}

/* ---- saving ---- */

static bool save_mxcsr(struct cpu *cpu, const struct area *area)
{
    uint8_t image[8];

    store_le32(image, cpu->mxcsr);
    store_le32(image + 4, MXCSR_MASK);
    return area_write(cpu, area, XSAVE_MXCSR, image, sizeof image);
}

/* Around MXCSR, which belongs to other components. */
static bool save_x87(struct cpu *cpu, const struct area *area)
{
    const unsigned behind = XSAVE_MXCSR + 8;
    uint8_t image[XSAVE_SSE] = { 0 };

    fpu_put_image(cpu, area->wide, image);
    return area_write(cpu, area, 0, image, XSAVE_MXCSR) &&
           area_write(cpu, area, behind, image + behind, XSAVE_SSE - behind);
}

static bool save_components(struct cpu *cpu, const struct area *area, uint64_t components)
{
    uint8_t image[XSAVE_HEADER];

    if (components & XCR0_X87 && !save_x87(cpu, area))
        return false;
    for (unsigned n = 1; n < XSAVE_COMPONENTS; n++) {
        if (!(components >> n & 1))
            continue;
        if (!area_write(cpu, area, place_of(area, n), image, xsave_components[n].put(cpu, image)))
            return false;
    }
    return true;
}

/* XSAVE, XSAVEOPT: the standard format. XCOMP_BV and the rest of the header are left alone. */
static bool save_standard(struct cpu *cpu, struct insn *insn, bool optimise)
{
    struct area area = area_of(cpu, insn, cpu->xcr0);
    uint64_t in_use = xsave_in_use(cpu), old;
    uint8_t header[8];

    if (!area_reach(cpu, &area, xsave_standard_size(area.asked), ACCESS_WRITE) ||
        !cpu_read_bytes(cpu, area.seg, area.offset + XSAVE_XSTATE_BV, header, sizeof header, 1))
        return false;
    old = load_le64(header);
    store_le64(header, (old & ~area.asked) | (in_use & area.asked));
    if (area.asked & XCR0_AVX_STATE && !save_mxcsr(cpu, &area))
        return false;
    return save_components(cpu, &area, optimise ? area.asked & in_use : area.asked) &&
           area_write(cpu, &area, XSAVE_XSTATE_BV, header, sizeof header);
}

/* XSAVEC, XSAVES: the compacted format. What is in its initial configuration is not written. */
static bool save_compacted(struct cpu *cpu, struct insn *insn, uint64_t enabled)
{
    struct area area = area_of(cpu, insn, enabled);
    uint64_t saved = area.asked & in_use_with_mxcsr(cpu);
    uint8_t header[16];

    area.packed = area.asked | XCOMP_COMPACTED;
    store_le64(header, saved);
    store_le64(header + 8, area.packed);
    if (!area_reach(cpu, &area, xsave_compacted_size(area.asked), ACCESS_WRITE))
        return false;
    if (saved & XCR0_SSE && !save_mxcsr(cpu, &area))
        return false;
    return save_components(cpu, &area, saved) &&
           area_write(cpu, &area, XSAVE_XSTATE_BV, header, sizeof header);
}

EXEC(xsave)
{
    if (!state_available(cpu) || !save_standard(cpu, insn, false))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

EXEC(xsaveopt)
{
    if (!state_available(cpu) || !save_standard(cpu, insn, true))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

EXEC(xsavec)
{
    if (!state_available(cpu) || !save_compacted(cpu, insn, cpu->xcr0))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

EXEC(xsaves)
{
    if (!state_available(cpu) || !require_cpl0(cpu) ||
        !save_compacted(cpu, insn, cpu->xcr0 | cpu->msr.xss))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

/* ---- restoring ---- */

/* The bits that a field of the header may have. */
static bool header_legal(struct cpu *cpu, uint64_t value, uint64_t allowed)
{
    return !(value & ~allowed) ||
           RAISE(cpu, VEC_GP, 0, XSAVE_HEADER, { EV_VALUE, value }, { EV_ALLOWED, allowed });
}

/*
 * SDM Vol. 1, "Standard Form of XRSTOR", "Compacted Form of XRSTOR": bytes 8-23 of the header must be
 * zero in one case, 16-63 in the other. XRSTORS knows only the compacted form.
 */
static bool check_header(struct cpu *cpu, const uint8_t *header, uint64_t enabled,
                         bool compacted_only)
{
    uint64_t present = load_le64(header), packed = load_le64(header + 8);
    bool compacted = packed & XCOMP_COMPACTED && cpu_has(cpu, F_XSAVEC);
    unsigned reserved_end = compacted ? 64 : 24;

    if (compacted_only && !compacted)
        return RAISE(cpu, VEC_GP, 0, XSAVE_NOT_COMPACTED, { EV_VALUE, packed });
    if (!header_legal(cpu, packed, compacted ? enabled | XCOMP_COMPACTED : 0) ||
        !header_legal(cpu, present, compacted ? packed & enabled : enabled))
        return false;
    for (unsigned i = 16; i < reserved_end; i += 8) {
        if (!header_legal(cpu, load_le64(header + i), 0))
            return false;
    }
    return true;
}

static void restore_component(struct cpu *cpu, const struct area *area, unsigned n,
                              const uint8_t *image)
{
    if (n)
        xsave_components[n].get(cpu, image + place_of(area, n));
    else
        fpu_get_image(cpu, area->wide, image);
}

/*
 * The standard form takes MXCSR from memory for SSE and AVX, whatever XSTATE_BV says; the compacted
 * form treats it as a part of SSE.
 */
static bool mxcsr_to_load(struct cpu *cpu, const struct area *area, uint64_t present,
                          const uint8_t *image, uint32_t *value)
{
    *value = cpu->mxcsr;
    if (area->packed && area->asked & XCR0_SSE & ~present)
        *value = MXCSR_INITIAL;
    else if (area->asked & (area->packed ? XCR0_SSE : XCR0_AVX_STATE))
        *value = load_le32(image + XSAVE_MXCSR);
    return mxcsr_legal(cpu, *value);
}

/* Up to the last component that is asked for; in the compacted format: that is there to be loaded. */
static unsigned restored_size(const struct area *area, uint64_t present)
{
    if (!area->packed)
        return xsave_standard_size(area->asked);
    for (unsigned n = XSAVE_COMPONENTS - 1; n >= 2; n--) {
        if (area->asked & area->packed & present & BIT(n))
            return place_of(area, n) + xsave_components[n].size;
    }
    return XSAVE_EXTENDED;
}

static bool restore(struct cpu *cpu, struct insn *insn, uint64_t enabled, bool compacted_only)
{
    struct area area = area_of(cpu, insn, enabled);
    uint8_t image[XSAVE_MAX], *header = image + XSAVE_HEADER;
    uint32_t mxcsr, pkru = cpu->pkru;
    uint64_t present;
    unsigned bytes;
    lin_addr la;

    if (!area_linear(cpu, &area, XSAVE_EXTENDED, ACCESS_READ, &la) ||
        !linear_probe(cpu, la, 1, ACCESS_READ, AS_CPL) ||
        !cpu_read_bytes(cpu, area.seg, area.offset + XSAVE_HEADER, header, 64, 1) ||
        !check_header(cpu, header, enabled, compacted_only))
        return false;
    present = load_le64(header);
    area.packed = load_le64(header + 8);
    bytes = restored_size(&area, present);
    if (!area_reach(cpu, &area, bytes, ACCESS_READ) ||
        !cpu_read_bytes(cpu, area.seg, area.offset, image, bytes, 1) ||
        !mxcsr_to_load(cpu, &area, present, image, &mxcsr))
        return false;
    if (area.asked & XCR0_X87 && !fpu_may_change_ferr(cpu))
        return false;
    cpu->mxcsr = mxcsr;
    for (unsigned n = 0; n < XSAVE_COMPONENTS; n++) {
        if (area.asked & present & BIT(n))
            restore_component(cpu, &area, n, image);
        else if (area.asked & BIT(n))
            xsave_components[n].init(cpu);
    }
    if (area.asked & XCR0_X87)
        fpu_summarize(cpu, insn);
    if (unlikely(pkru != cpu->pkru))
        tlb_keys_changed(cpu, pkru ^ cpu->pkru);
    return true;
}

EXEC(xrstor)
{
    if (!state_available(cpu) || !restore(cpu, insn, cpu->xcr0, false))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

EXEC(xrstors)
{
    if (!state_available(cpu) || !require_cpl0(cpu) ||
        !restore(cpu, insn, cpu->xcr0 | cpu->msr.xss, true))
        return EXEC_FAULT;
    return EXEC_NEXT;
}
