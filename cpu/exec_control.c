/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_control.c - MOV CRn and DRn, CLTS, LMSW, SMSW.
 * Source: SDM Vol. 2B, "MOV - Move to/from Control Registers", "MOV - Move to/from Debug
 * Registers"; Vol. 3A, "Control Registers", "Initializing IA-32e Mode".
 */
#include "cpu/control.h"
#include "cpu/debug_reg.h"
#include "cpu/exec.h"
#include "cpu/observer.h"
#include "cpu/sse.h"
#include "cpu/tlb.h"

static void tell_observer(struct cpu *cpu, unsigned number, uint64_t old, uint64_t value)
{
    struct observer *observer = cpu->observer;

    if (observer && observer->control &&
        observer->control(observer->context, cpu, number, old, value))
        observer->stop = true;
}

#define CR3_PCID UINT64_C(0xfff)
#define CR3_KEEP BIT(63) /* of the source of MOV to CR3: invalidate nothing */

static bool refuse(struct cpu *cpu, unsigned number, uint64_t value, uint64_t allowed)
{
    return RAISE(cpu, VEC_GP, 0, CR_RESERVED, { EV_REGISTER, number }, { EV_VALUE, value },
                 { EV_ALLOWED, allowed });
}

/* CR0.PG becomes 1. */
static bool paging_on(struct cpu *cpu, uint64_t cr0)
{
    if (cpu->efer & EFER_LME) {
        if (!(cpu->cr4 & CR4_PAE))
            return RAISE(cpu, VEC_GP, 0, LONG_MODE_NEEDS_PAE, { EV_REGISTER, 0 },
                         { EV_VALUE, cr0 });
        if (cpu->seg[SEG_CS].attr & ATTR_L)
            return RAISE(cpu, VEC_GP, 0, LONG_MODE_SWITCH, { EV_REGISTER, 0 }, { EV_VALUE, cr0 });
        cpu->efer |= EFER_LMA;
        return true;
    }
    return !(cpu->cr4 & CR4_PAE) || paging_load_pdptes(cpu, cpu->cr3);
}

static bool write_cr0(struct cpu *cpu, uint64_t value)
{
    const uint64_t known = CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM |
                           CR0_NW | CR0_CD | CR0_PG;
    uint64_t old = cpu->cr0, changed;

    if (value >> 32)
        return refuse(cpu, 0, value, known);
    value = (value & known) | CR0_ET;
    changed = old ^ value;
    if ((value & CR0_PG && !(value & CR0_PE)) || (value & CR0_NW && !(value & CR0_CD)))
        return RAISE(cpu, VEC_GP, 0, CR0_COMBINATION, { EV_REGISTER, 0 }, { EV_VALUE, value });
    if (changed & CR0_PG) {
        if (value & CR0_PG) {
            if (!paging_on(cpu, value))
                return false;
        } else if (cpu_long_mode(cpu)) {
            if (cpu->cr4 & CR4_PCIDE)
                return RAISE(cpu, VEC_GP, 0, PCIDE_RULE, { EV_REGISTER, 0 }, { EV_VALUE, value });
            if (cpu_code64(cpu))
                return RAISE(cpu, VEC_GP, 0, LONG_MODE_SWITCH, { EV_REGISTER, 0 },
                             { EV_VALUE, value });
            cpu->efer &= ~(uint64_t)EFER_LMA;
        }
    }
    cpu->cr0 = value;
    if (changed & CR0_PE) {
        cpu->cpl = 0;
        cpu_derive_segments(cpu);
    }
    if (changed & (CR0_PG | CR0_PE | CR0_WP))
        tlb_flush(cpu);
    sse_update_ready(cpu);
    cpu_update_mode(cpu);
    return true;
}

/*
 * The TLB holds only what belongs to the current PCID, so that another one finds it without
 * entries of its own: SDM Vol. 3A, "Operations that Invalidate TLBs and Paging-Structure Caches",
 * allows more to be invalidated than is asked for. Bit 63 keeps the entries of the same PCID.
 */
static bool write_cr3(struct cpu *cpu, uint64_t value)
{
    bool pcid = cpu->cr4 & CR4_PCIDE;
    uint64_t allowed = mask_bits(cpu->physical_bits) | (pcid ? CR3_KEEP : 0);

    if (value & ~allowed)
        return refuse(cpu, 3, value, allowed);
    if (cpu->cr0 & CR0_PG && cpu->cr4 & CR4_PAE && !cpu_long_mode(cpu) &&
        !paging_load_pdptes(cpu, value))
        return false;
    if (!(value & CR3_KEEP) || (cpu->cr3 ^ value) & CR3_PCID)
        tlb_flush_non_global(cpu);
    cpu->cr3 = value & ~CR3_KEEP;
    return true;
}

uint64_t control_cr4_allowed(const struct cpu *cpu)
{
    static const struct {
        uint16_t feature;
        uint32_t bits;
    } rows[] = {
        { F_VME, CR4_VME | CR4_PVI }, { F_TSC, CR4_TSD },    { F_DE, CR4_DE },
        { F_PSE, CR4_PSE },           { F_PAE, CR4_PAE },    { F_MCE, CR4_MCE },
        { F_PGE, CR4_PGE },           { F_MMX, CR4_PCE },    { F_FXSR, CR4_OSFXSR },
        { F_SSE, CR4_OSXMMEXCPT },    { F_PCID, CR4_PCIDE }, { F_FSGSBASE, CR4_FSGSBASE },
        { F_XSAVE, CR4_OSXSAVE },     { F_SMEP, CR4_SMEP },  { F_SMAP, CR4_SMAP },
        { F_UMIP, CR4_UMIP },         { F_LA57, CR4_LA57 },  { F_PKU, CR4_PKE },
    };
    uint64_t allowed = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        if (cpu_has(cpu, rows[i].feature))
            allowed |= rows[i].bits;
    }
    return allowed;
}

/* What CR4 may not become from here. */
static bool cr4_legal(struct cpu *cpu, uint64_t value)
{
    uint64_t allowed = control_cr4_allowed(cpu), changed = cpu->cr4 ^ value;

    if (value & ~allowed)
        return refuse(cpu, 4, value, allowed);
    if (cpu_long_mode(cpu) && !(value & CR4_PAE))
        return RAISE(cpu, VEC_GP, 0, LONG_MODE_NEEDS_PAE, { EV_REGISTER, 4 }, { EV_VALUE, value });
    if (cpu_long_mode(cpu) && changed & CR4_LA57)
        return RAISE(cpu, VEC_GP, 0, LA57_IN_LONG_MODE, { EV_REGISTER, 4 }, { EV_VALUE, value });
    if (changed & value & CR4_PCIDE && (!cpu_long_mode(cpu) || cpu->cr3 & CR3_PCID))
        return RAISE(cpu, VEC_GP, 0, PCIDE_RULE, { EV_REGISTER, 4 }, { EV_VALUE, value });
    return true;
}

static bool write_cr4(struct cpu *cpu, uint64_t value)
{
    const uint64_t paging =
        CR4_PSE | CR4_PAE | CR4_PGE | CR4_PCIDE | CR4_SMEP | CR4_SMAP | CR4_LA57 | CR4_PKE;
    const uint64_t pdptes = CR4_PSE | CR4_PAE | CR4_PGE | CR4_SMEP;
    uint64_t changed = cpu->cr4 ^ value, old = cpu->cr4;

    if (!cr4_legal(cpu, value))
        return false;
    cpu->cr4 = value;
    if (cpu->cr0 & CR0_PG && value & CR4_PAE && !cpu_long_mode(cpu) && changed & pdptes &&
        !paging_load_pdptes(cpu, cpu->cr3)) {
        cpu->cr4 = old;
        return false;
    }
    if (changed & paging)
        tlb_flush(cpu);
    sse_update_ready(cpu);
    cpu_update_view(cpu);
    return true;
}

static bool write_cr8(struct cpu *cpu, uint64_t value)
{
    if (value & ~UINT64_C(15))
        return refuse(cpu, 8, value, 15);
    cpu->cr8 = value;
    if (cpu->board.write_cr8)
        cpu->board.write_cr8(cpu->board.context, value);
    return true;
}

uint64_t control_read(const struct cpu *cpu, unsigned number)
{
    switch (number) {
    case 0:
        return cpu->cr0;
    case 2:
        return cpu->cr2;
    case 3:
        return cpu->cr3;
    case 4:
        return cpu->cr4;
    default:
        return cpu->board.read_cr8 ? cpu->board.read_cr8(cpu->board.context) : cpu->cr8;
    }
}

bool control_write(struct cpu *cpu, unsigned number, uint64_t value)
{
    uint64_t old = control_read(cpu, number);
    bool ok = true;

    switch (number) {
    case 0:
        ok = write_cr0(cpu, value);
        break;
    case 2:
        cpu->cr2 = value;
        break;
    case 3:
        ok = write_cr3(cpu, value);
        break;
    case 4:
        ok = write_cr4(cpu, value);
        break;
    default:
        ok = write_cr8(cpu, value);
        break;
    }
    if (ok && unlikely(cpu->observer != NULL))
        tell_observer(cpu, number, old, control_read(cpu, number));
    return ok;
}

static bool require_cpl0(struct cpu *cpu)
{
    return likely(!cpu->cpl) || RAISE(cpu, VEC_GP, 0, PRIVILEGED, { EV_CPL, cpu->cpl });
}

static bool is_control_register(unsigned number)
{
    return number == 0 || (number >= 2 && number <= 4) || number == 8;
}

/* The register operand: all of it in 64-bit mode, else 32 bits. */
static unsigned register_size(const struct cpu *cpu)
{
    return cpu_code64(cpu) ? 8 : 4;
}

EXEC(mov_from_cr)
{
    uint64_t value;

    if (!is_control_register(insn->src))
        return exec_undefined(cpu, insn);
    if (!require_cpl0(cpu))
        return EXEC_FAULT;
    value = control_read(cpu, insn->src);
    gpr_write(cpu, insn->dst, register_size(cpu), value);
    return EXEC_NEXT;
}

EXEC(mov_to_cr)
{
    uint64_t value = gpr_read(cpu, insn->src, register_size(cpu));
    bool ok;

    if (!is_control_register(insn->dst))
        return exec_undefined(cpu, insn);
    if (!require_cpl0(cpu))
        return EXEC_FAULT;
    device_begin(cpu, insn);
    ok = control_write(cpu, insn->dst, value);
    device_end(cpu, insn);
    if (!ok)
        return EXEC_FAULT;
    return exec_leave(cpu, insn);
}

/* DR4 and DR5 are DR6 and DR7 under an old name, unless CR4.DE is set. 8: no such register. */
static unsigned debug_register(const struct cpu *cpu, unsigned number)
{
    if (number == 4 || number == 5)
        return cpu->cr4 & CR4_DE ? 8 : number + 2;
    return number < 8 ? number : 8;
}

/* DR7.GD: any access to a debug register is a debug exception. */
static bool debug_registers_free(struct cpu *cpu)
{
    if (likely(!(cpu->dr[7] & DR7_GD)))
        return true;
    RAISE(cpu, VEC_DB, 0, DEBUG, { EV_REGISTER, 7 }, { EV_VALUE, cpu->dr[7] });
    cpu->fault.dr6 = DR6_BD;
    return false;
}

EXEC(mov_from_dr)
{
    unsigned number = debug_register(cpu, insn->src);

    if (!require_cpl0(cpu))
        return EXEC_FAULT;
    if (number == 8)
        return exec_undefined(cpu, insn);
    if (!debug_registers_free(cpu))
        return EXEC_FAULT;
    gpr_write(cpu, insn->dst, register_size(cpu), cpu->dr[number]);
    return EXEC_NEXT;
}

EXEC(mov_to_dr)
{
    unsigned number = debug_register(cpu, insn->dst);
    uint64_t value = gpr_read(cpu, insn->src, register_size(cpu));

    if (!require_cpl0(cpu))
        return EXEC_FAULT;
    if (number == 8)
        return exec_undefined(cpu, insn);
    if (!debug_registers_free(cpu))
        return EXEC_FAULT;
    if (number >= 6 && value >> 32) {
        RAISE(cpu, VEC_GP, 0, DR_RESERVED, { EV_REGISTER, number }, { EV_VALUE, value });
        return EXEC_FAULT;
    }
    if (number == 6)
        value = (value & 0xe00f) | DR6_FIXED;
    else if (number == 7)
        value = (value & ~UINT64_C(0xd800)) | DR7_FIXED;
    cpu->dr[number] = value;
    tlb_forget_all_tags(cpu); /* pages with data breakpoints have none */
    return exec_leave(cpu, insn);
}

EXEC(clts)
{
    if (!require_cpl0(cpu))
        return EXEC_FAULT;
    cpu->cr0 &= ~(uint64_t)CR0_TS;
    sse_update_ready(cpu);
    return EXEC_NEXT;
}

bool control_umip_allows(struct cpu *cpu)
{
    return likely(!(cpu->cr4 & CR4_UMIP) || !cpu->cpl) ||
           RAISE(cpu, VEC_GP, 0, UMIP, { EV_CPL, cpu->cpl });
}

EXEC(smsw)
{
    if (!control_umip_allows(cpu) || !op_write(cpu, insn, 0, cpu->cr0))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

/* PE MP EM TS; PE cannot be cleared. */
EXEC(lmsw)
{
    uint64_t value;

    if (!require_cpl0(cpu) || !op_read(cpu, insn, 0, &value))
        return EXEC_FAULT;
    value = (value & 0xf) | (cpu->cr0 & CR0_PE);
    if (!control_write(cpu, 0, (cpu->cr0 & ~UINT64_C(0xf)) | value))
        return EXEC_FAULT;
    return exec_leave(cpu, insn);
}
