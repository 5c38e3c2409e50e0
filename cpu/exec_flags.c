/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_flags.c - instructions on EFLAGS: single flags, LAHF, SAHF, PUSHF, POPF.
 * Source: SDM Vol. 2, the pages of the instructions; Vol. 3A, "Masking Maskable Hardware
 * Interrupts", "Virtual-8086 Mode".
 */
#include "cpu/exec.h"

/* AH as a byte register: its offset in the register file. */
#define REG_AH (RAX * 8 + 1)

EXEC(clc)
{
    flags_set_carry(cpu, false, flag_of(cpu), flag_af(cpu));
    return EXEC_NEXT;
}

EXEC(stc)
{
    flags_set_carry(cpu, true, flag_of(cpu), flag_af(cpu));
    return EXEC_NEXT;
}

EXEC(cmc)
{
    flags_set_carry(cpu, !flag_cf(cpu), flag_of(cpu), flag_af(cpu));
    return EXEC_NEXT;
}

EXEC(cld)
{
    cpu->eflags &= ~(uint32_t)DF;
    return EXEC_NEXT;
}

EXEC(std)
{
    cpu->eflags |= DF;
    return EXEC_NEXT;
}

static unsigned iopl(const struct cpu *cpu)
{
    return cpu->eflags >> IOPL_SHIFT & 3;
}

/* CLI, STI, and IF in POPF: CPL <= IOPL; in virtual-8086 mode (CPL 3) that is IOPL 3. */
static bool interrupt_flag_free(const struct cpu *cpu)
{
    return cpu->cpl <= iopl(cpu);
}

static bool refuse_iopl(struct cpu *cpu)
{
    return RAISE(cpu, VEC_GP, 0, IOPL, { EV_CPL, cpu->cpl }, { EV_VALUE, iopl(cpu) });
}

/*
 * IOPL does not let the program at IF: CR4.VME in virtual-8086 mode, CR4.PVI at CPL 3 give it VIF
 * instead. SDM Vol. 3A, "Virtual-8086 Mode Extensions", "Protected-Mode Virtual Interrupts".
 */
static bool has_virtual_flag(const struct cpu *cpu)
{
    return cpu->eflags & VM ? cpu->cr4 & CR4_VME : cpu->cpl == 3 && cpu->cr4 & CR4_PVI;
}

static bool refuse_virtual(struct cpu *cpu)
{
    return RAISE(cpu, VEC_GP, 0, VIRTUAL_PENDING, { EV_VALUE, cpu->eflags });
}

EXEC(cli)
{
    if (unlikely(!interrupt_flag_free(cpu))) {
        if (!has_virtual_flag(cpu) && !refuse_iopl(cpu))
            return EXEC_FAULT;
        cpu->eflags &= ~(uint32_t)VIF;
        return EXEC_NEXT;
    }
    cpu->eflags &= ~(uint32_t)IF;
    return EXEC_NEXT;
}

/* Interrupts stay off for one more instruction, if they were off. */
EXEC(sti)
{
    if (unlikely(!interrupt_flag_free(cpu))) {
        if ((!has_virtual_flag(cpu) && !refuse_iopl(cpu)) ||
            (cpu->eflags & VIP && !refuse_virtual(cpu)))
            return EXEC_FAULT;
        cpu->eflags |= VIF;
        return EXEC_NEXT;
    }
    if (cpu->eflags & IF)
        return EXEC_NEXT;
    cpu->eflags |= IF;
    cpu->shadow |= SHADOW_STI;
    return exec_leave(cpu, insn);
}

/* CPL > 0 is #UD here, not #GP. */
EXEC(clac)
{
    if (cpu->cpl)
        return exec_undefined(cpu, insn);
    cpu->eflags &= ~(uint32_t)AC;
    cpu_update_view(cpu);
    return EXEC_NEXT;
}

EXEC(stac)
{
    if (cpu->cpl)
        return exec_undefined(cpu, insn);
    cpu->eflags |= AC;
    cpu_update_view(cpu);
    return EXEC_NEXT;
}

EXEC(lahf)
{
    if (cpu_code64(cpu) && !cpu_has(cpu, F_LAHF_LM))
        return exec_undefined(cpu, insn);
    gpr_write(cpu, REG_AH, 1, (flags_status(cpu) & 0xff) | EFLAGS_ONE);
    return EXEC_NEXT;
}

EXEC(sahf)
{
    uint64_t flags = gpr_read(cpu, REG_AH, 1) & (SF | ZF | AF | PF | CF);

    if (cpu_code64(cpu) && !cpu_has(cpu, F_LAHF_LM))
        return exec_undefined(cpu, insn);
    flags_load(cpu, flags | (flag_of(cpu) ? OF : 0));
    return EXEC_NEXT;
}

/* In virtual-8086 mode both need IOPL 3, or CR4.VME and 16 bits: then IF is VIF. */
static bool flags_word_free(struct cpu *cpu)
{
    return likely(!(cpu->eflags & VM)) || iopl(cpu) == 3 || refuse_iopl(cpu);
}

static bool flags_word_virtual(const struct cpu *cpu, unsigned size)
{
    return unlikely(cpu->eflags & VM) && iopl(cpu) < 3 && cpu->cr4 & CR4_VME && size == 2;
}

EXEC(pushf)
{
    uint64_t flags = cpu_eflags(cpu) & ~(uint64_t)(VM | RF);
    unsigned size = insn_opsize(insn);

    if (flags_word_virtual(cpu, size))
        flags = (flags & ~(uint64_t)IF) | IOPL | (flags & VIF ? IF : 0);
    else if (!flags_word_free(cpu))
        return EXEC_FAULT;
    if (!stack_push(cpu, size, flags))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

static bool popf_virtual(struct cpu *cpu)
{
    uint64_t change = EFLAGS_STATUS | DF | NT, value;

    if (!stack_top(cpu, 2, 0, &value))
        return false;
    if (value & TF || (value & IF && cpu->eflags & VIP))
        return refuse_virtual(cpu);
    stack_release(cpu, 2);
    cpu_set_eflags(cpu, (cpu_eflags(cpu) & ~(change | TF | VIF | RF)) | (value & change) |
                            (value & IF ? VIF : 0));
    return true;
}

EXEC(popf)
{
    unsigned size = insn_opsize(insn);
    uint64_t change = EFLAGS_STATUS | TF | DF | NT | AC | ID, old = cpu_eflags(cpu), value;

    if (flags_word_virtual(cpu, size))
        return popf_virtual(cpu) ? EXEC_NEXT : EXEC_FAULT;
    if (!flags_word_free(cpu) || !stack_top(cpu, size, 0, &value))
        return EXEC_FAULT;
    if (interrupt_flag_free(cpu))
        change |= IF;
    if (!cpu->cpl)
        change |= IOPL;
    if (size == 2)
        change &= 0xffff;
    stack_release(cpu, size);
    value = (old & ~change & ~(uint64_t)RF) | (value & change);
    cpu_set_eflags(cpu, value);
    if (unlikely((value ^ old) & AC))
        cpu_update_view(cpu);
    /* Only what must be looked at before the next instruction leaves the trace. */
    if (value & TF || old & RF || (value & ~old & IF && cpu->pending))
        return exec_leave(cpu, insn);
    return EXEC_NEXT;
}
