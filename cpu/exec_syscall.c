/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_syscall.c - SYSCALL, SYSRET, SYSENTER, SYSEXIT, SWAPGS and the FS and GS bases.
 * Source: SDM Vol. 2B, the pages of the instructions; Vol. 3A, "Fast System Calls in 64-Bit Mode".
 */
#include "cpu/exec.h"
#include "cpu/segment.h"

/* The fixed descriptors that these instructions load. */
#define FLAT_CODE (ATTR_P | ATTR_S | TYPE_CODE | TYPE_READABLE | TYPE_ACCESSED | ATTR_G)
#define FLAT_STACK (ATTR_P | ATTR_S | TYPE_WRITABLE | TYPE_ACCESSED | ATTR_DB | ATTR_G)

ALWAYS_INLINE void load_flat(struct cpu *cpu, enum seg seg, unsigned selector, unsigned attr)
{
    struct segment *s = &cpu->seg[seg];

    s->base = 0;
    s->limit = 0xffffffff;
    s->selector = (uint16_t)selector;
    s->attr = (uint16_t)attr;
}

/* CS and SS were loaded: the mode, and what is derived from the caches outside 64-bit mode. */
ALWAYS_INLINE void flat_loaded(struct cpu *cpu)
{
    cpu_update_mode(cpu);
    if (!cpu_code64(cpu)) {
        segment_derive(cpu, SEG_CS);
        segment_derive(cpu, SEG_SS);
    }
}

EXEC(syscall)
{
    unsigned selector = cpu->msr.star >> 32 & 0xfffc;
    uint64_t flags = cpu_eflags(cpu);

    if (!(cpu->efer & EFER_SCE))
        return exec_undefined(cpu, insn);
    cpu->gpr[RCX] = insn_next_rip(cpu, insn);
    cpu->gpr[R11] = flags;
    cpu->rip = cpu->msr.lstar;
    cpu_set_eflags(cpu, flags & ~cpu->msr.fmask & ~(uint64_t)RF);
    if (flags & TF && !(cpu->eflags & TF))
        cpu->delivered_idle = true; /* the mask takes the trap flag before it can trap */
    load_flat(cpu, SEG_CS, selector, FLAT_CODE | ATTR_L);
    load_flat(cpu, SEG_SS, selector + 8, FLAT_STACK);
    cpu->cpl = 0;
    cpu_update_mode(cpu);
    return EXEC_LEAVE;
}

EXEC(sysret)
{
    unsigned selector = cpu->msr.star >> 48 & 0xfffc;

    if (!(cpu->efer & EFER_SCE))
        return exec_undefined(cpu, insn);
    if (cpu->cpl) {
        RAISE(cpu, VEC_GP, 0, PRIVILEGED, { EV_CPL, cpu->cpl });
        return EXEC_FAULT;
    }
    if (insn->opsize == OPSIZE_64) {
        if (!is_canonical(cpu, cpu->gpr[RCX])) {
            RAISE(cpu, VEC_GP, 0, NON_CANONICAL, { EV_OFFSET, cpu->gpr[RCX] });
            return EXEC_FAULT;
        }
        cpu->rip = cpu->gpr[RCX];
        load_flat(cpu, SEG_CS, (selector + 16) | 3, FLAT_CODE | ATTR_L | ATTR_DPL);
    } else {
        cpu->rip = (uint32_t)cpu->gpr[RCX];
        load_flat(cpu, SEG_CS, selector | 3, FLAT_CODE | ATTR_DB | ATTR_DPL);
    }
    load_flat(cpu, SEG_SS, (selector + 8) | 3, FLAT_STACK | ATTR_DPL);
    cpu_set_eflags(cpu, cpu->gpr[R11] & 0x3c7fd7);
    cpu->cpl = 3;
    flat_loaded(cpu);
    return EXEC_LEAVE;
}

/* Protection must be on and IA32_SYSENTER_CS must name something. */
static bool sysenter_ready(struct cpu *cpu)
{
    return (cpu->cr0 & CR0_PE && cpu->msr.sysenter_cs & 0xfffc) ||
           RAISE(cpu, VEC_GP, 0, SYSENTER_CS, { EV_SELECTOR, cpu->msr.sysenter_cs & 0xffff });
}

EXEC(sysenter)
{
    unsigned selector = cpu->msr.sysenter_cs & 0xfffc;
    bool wide = cpu_long_mode(cpu);

    if (!sysenter_ready(cpu))
        return EXEC_FAULT;
    cpu->eflags &= ~(uint32_t)(VM | IF | RF);
    cpu->gpr[RSP] = wide ? cpu->msr.sysenter_esp : (uint32_t)cpu->msr.sysenter_esp;
    cpu->rip = wide ? cpu->msr.sysenter_eip : (uint32_t)cpu->msr.sysenter_eip;
    load_flat(cpu, SEG_CS, selector, FLAT_CODE | (wide ? ATTR_L : ATTR_DB));
    load_flat(cpu, SEG_SS, selector + 8, FLAT_STACK);
    cpu->cpl = 0;
    flat_loaded(cpu);
    return EXEC_LEAVE;
}

EXEC(sysexit)
{
    unsigned selector = cpu->msr.sysenter_cs & 0xfffc;

    if (!sysenter_ready(cpu))
        return EXEC_FAULT;
    if (cpu->cpl) {
        RAISE(cpu, VEC_GP, 0, PRIVILEGED, { EV_CPL, cpu->cpl });
        return EXEC_FAULT;
    }
    if (insn->opsize == OPSIZE_64) {
        if (!is_canonical(cpu, cpu->gpr[RCX]) || !is_canonical(cpu, cpu->gpr[RDX])) {
            RAISE(cpu, VEC_GP, 0, NON_CANONICAL, { EV_OFFSET, cpu->gpr[RDX] },
                  { EV_VALUE, cpu->gpr[RCX] });
            return EXEC_FAULT;
        }
        cpu->gpr[RSP] = cpu->gpr[RCX];
        cpu->rip = cpu->gpr[RDX];
        load_flat(cpu, SEG_CS, (selector + 32) | 3, FLAT_CODE | ATTR_L | ATTR_DPL);
        load_flat(cpu, SEG_SS, (selector + 40) | 3, FLAT_STACK | ATTR_DPL);
    } else {
        cpu->gpr[RSP] = (uint32_t)cpu->gpr[RCX];
        cpu->rip = (uint32_t)cpu->gpr[RDX];
        load_flat(cpu, SEG_CS, (selector + 16) | 3, FLAT_CODE | ATTR_DB | ATTR_DPL);
        load_flat(cpu, SEG_SS, (selector + 24) | 3, FLAT_STACK | ATTR_DPL);
    }
    cpu->cpl = 3;
    flat_loaded(cpu);
    return EXEC_LEAVE;
}

EXEC(swapgs)
{
    uint64_t base = cpu->seg[SEG_GS].base;

    if (cpu->cpl) {
        RAISE(cpu, VEC_GP, 0, PRIVILEGED, { EV_CPL, cpu->cpl });
        return EXEC_FAULT;
    }
    cpu->seg[SEG_GS].base = cpu->msr.kernel_gs_base;
    cpu->msr.kernel_gs_base = base;
    return EXEC_NEXT;
}

static unsigned base_size(const struct insn *insn)
{
    return insn->opsize == OPSIZE_64 ? 8 : 4;
}

static bool write_base(struct cpu *cpu, const struct insn *insn, enum seg seg)
{
    uint64_t value = gpr_read(cpu, insn->dst, base_size(insn));

    if (!is_canonical_base(cpu, value))
        return RAISE(cpu, VEC_GP, 0, NON_CANONICAL, { EV_SEGMENT, seg }, { EV_LINEAR, value });
    cpu->seg[seg].base = value;
    return true;
}

EXEC(rdfsbase)
{
    if (!(cpu->cr4 & CR4_FSGSBASE))
        return exec_undefined(cpu, insn);
    gpr_write(cpu, insn->dst, base_size(insn), cpu->seg[SEG_FS].base);
    return EXEC_NEXT;
}

EXEC(rdgsbase)
{
    if (!(cpu->cr4 & CR4_FSGSBASE))
        return exec_undefined(cpu, insn);
    gpr_write(cpu, insn->dst, base_size(insn), cpu->seg[SEG_GS].base);
    return EXEC_NEXT;
}

EXEC(wrfsbase)
{
    if (!(cpu->cr4 & CR4_FSGSBASE))
        return exec_undefined(cpu, insn);
    if (!write_base(cpu, insn, SEG_FS))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

EXEC(wrgsbase)
{
    if (!(cpu->cr4 & CR4_FSGSBASE))
        return exec_undefined(cpu, insn);
    if (!write_base(cpu, insn, SEG_GS))
        return EXEC_FAULT;
    return EXEC_NEXT;
}
