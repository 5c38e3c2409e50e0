/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/interrupt_return.c - IRET in every mode. Source: SDM Vol. 2, "IRET/IRETD/IRETQ - Interrupt
 * Return", "Operation".
 */
#include "cpu/exec.h"
#include "cpu/protection.h"

/* Flags that every IRET loads; that 32- and 64-bit ones load besides. */
#define FLAGS_LOW (CF | PF | AF | ZF | SF | TF | DF | OF | NT)
#define FLAGS_HIGH (RF | AC | ID)

/* The words on top of the stack. */
struct image {
    uint64_t rip, cs, eflags, sp, ss;
};

static bool image_read(struct cpu *cpu, unsigned opsize, struct image *image)
{
    return stack_top(cpu, opsize, 0, &image->rip) && stack_top(cpu, opsize, opsize, &image->cs) &&
           stack_top(cpu, opsize, 2 * opsize, &image->eflags);
}

static void load_flags(struct cpu *cpu, uint64_t image, uint64_t mask)
{
    cpu_set_eflags(cpu, (cpu_eflags(cpu) & ~mask) | (image & mask) | EFLAGS_ONE);
}

/* Real mode, and virtual-8086 mode staying there: `mask` is what may be loaded. */
static bool return_by_selector(struct cpu *cpu, unsigned opsize, const struct image *image,
                               uint64_t mask)
{
    if (image->rip > cpu->seg[SEG_CS].limit)
        return RAISE(cpu, VEC_GP, 0, CODE_LIMIT, { EV_SELECTOR, (uint16_t)image->cs },
                     { EV_OFFSET, image->rip }, { EV_LIMIT, cpu->seg[SEG_CS].limit });
    stack_release(cpu, 3 * opsize);
    load_flags(cpu, image->eflags, opsize == 2 ? mask & 0xffff : mask);
    segment_load_real(cpu, SEG_CS, (uint16_t)image->cs);
    cpu->rip = image->rip;
    cpu_update_mode(cpu);
    return true;
}

/* IRET of a virtual-8086 program. */
static bool return_within_v86(struct cpu *cpu, unsigned opsize)
{
    struct image image;
    unsigned iopl = (cpu->eflags & IOPL) >> IOPL_SHIFT;

    if (iopl == 3)
        return image_read(cpu, opsize, &image) &&
               return_by_selector(cpu, opsize, &image, FLAGS_LOW | FLAGS_HIGH | IF);
    if (!(cpu->cr4 & CR4_VME) || opsize != 2)
        return RAISE(cpu, VEC_GP, 0, V86_IRET_IOPL, { EV_VALUE, iopl }, { EV_ALLOWED, 3 });
    if (!image_read(cpu, opsize, &image))
        return false;
    if ((image.eflags & TF) || ((image.eflags & IF) && (cpu->eflags & VIP)))
        return RAISE(cpu, VEC_GP, 0, V86_IRET_VIP, { EV_VALUE, image.eflags });
    if (!return_by_selector(cpu, opsize, &image, FLAGS_LOW))
        return false;
    cpu->eflags = (cpu->eflags & ~(uint32_t)VIF) | (image.eflags & IF ? VIF : 0);
    return true;
}

/* Protected mode, CPL 0, to virtual-8086 mode: the frame holds all segments. */
static bool return_to_v86(struct cpu *cpu, const struct image *image)
{
    static const enum seg segs[] = { SEG_SS, SEG_ES, SEG_DS, SEG_FS, SEG_GS };
    uint64_t sp, selector[ARRAY_SIZE(segs)];

    if (!stack_top(cpu, 4, 12, &sp))
        return false;
    for (unsigned i = 0; i < ARRAY_SIZE(segs); i++)
        if (!stack_top(cpu, 4, 16 + 4 * i, &selector[i]))
            return false;
    if (image->rip > 0xffff)
        return RAISE(cpu, VEC_GP, 0, CODE_LIMIT, { EV_SELECTOR, (uint16_t)image->cs },
                     { EV_OFFSET, image->rip }, { EV_LIMIT, 0xffff });
    load_flags(cpu, image->eflags, FLAGS_LOW | FLAGS_HIGH | IF | IOPL | VM | VIF | VIP);
    cpu->cpl = 3;
    segment_load_real(cpu, SEG_CS, (uint16_t)image->cs);
    for (unsigned i = 0; i < ARRAY_SIZE(segs); i++)
        segment_load_real(cpu, segs[i], (uint16_t)selector[i]);
    cpu->gpr[RSP] = sp;
    cpu->rip = image->rip;
    cpu_update_mode(cpu);
    return true;
}

/* NT: back to the task that the current TSS links to. */
static bool return_to_task(struct cpu *cpu, uint64_t next_rip)
{
    struct task_request to = { .cause = TASK_IRET,
                               .next_rip = next_rip,
                               .eflags = cpu_eflags(cpu) };
    uint64_t link;
    uint16_t attr;

    if (!linear_read(cpu, cpu->tr.base, 2, AS_SUPERVISOR, &link))
        return false;
    to.selector = (uint16_t)link;
    if (to.selector & SELECTOR_LDT)
        return RAISE(cpu, VEC_TS, selector_error(to.selector, false), TASK_LINK_LDT,
                     { EV_SELECTOR, to.selector });
    if (!descriptor_read(cpu, to.selector, VEC_TS, false, false, &to.desc))
        return false;
    attr = descriptor_attr(to.desc.low);
    if (attr_kind(attr) != SYSTEM_TSS16_BUSY && attr_kind(attr) != SYSTEM_TSS32_BUSY)
        return RAISE(cpu, VEC_TS, selector_error(to.selector, false), TASK_LINK_NOT_BUSY,
                     EV_DESCRIPTOR(to.selector, &to.desc));
    if (!(attr & ATTR_P))
        return RAISE(cpu, VEC_NP, selector_error(to.selector, false), TSS_NOT_PRESENT,
                     EV_DESCRIPTOR(to.selector, &to.desc));
    return task_switch(cpu, &to);
}

/* What CPL and IOPL let a return in protected mode change. */
static uint64_t flags_mask(const struct cpu *cpu, unsigned opsize)
{
    uint64_t mask = FLAGS_LOW;

    if (opsize > 2)
        mask |= FLAGS_HIGH;
    if (cpu->cpl <= (cpu->eflags & IOPL) >> IOPL_SHIFT)
        mask |= IF;
    if (cpu->cpl == 0)
        mask |= IOPL | (opsize > 2 ? VIF | VIP : 0);
    return mask;
}

/* Protected, compatibility and 64-bit mode: the same or an outer level. */
static bool return_protected(struct cpu *cpu, unsigned opsize)
{
    struct descriptor code, stack = { 0 };
    struct image image;
    uint16_t selector;
    uint64_t mask = flags_mask(cpu, opsize);
    unsigned level;
    bool to_64, with_stack, outer, null = false;

    if (!image_read(cpu, opsize, &image))
        return false;
    if (opsize == 4 && (image.eflags & VM) && cpu->cpl == 0 && !cpu_long_mode(cpu))
        return return_to_v86(cpu, &image);
    selector = (uint16_t)image.cs;
    if (!code_of_return(cpu, selector, &code))
        return false;
    level = selector & SELECTOR_RPL;
    outer = level > cpu->cpl;
    with_stack = outer || cpu_code64(cpu); /* 64-bit mode always returns to SS:RSP */
    to_64 = cpu_long_mode(cpu) && (descriptor_attr(code.low) & ATTR_L);
    if (with_stack && (!stack_top(cpu, opsize, 3 * opsize, &image.sp) ||
                       !stack_top(cpu, opsize, 4 * opsize, &image.ss) ||
                       !stack_of_return(cpu, (uint16_t)image.ss, level, to_64, &stack, &null)))
        return false;
    if (!code_holds_rip(cpu, selector, &code, image.rip, false) ||
        !descriptor_mark_accessed(cpu, &code) ||
        (with_stack && !null && !descriptor_mark_accessed(cpu, &stack)))
        return false;
    if (with_stack)
        stack_load(cpu, (uint16_t)image.ss, null, &stack, image.sp,
                   stack_return_size(&stack, to_64));
    else
        stack_release(cpu, 3 * opsize);
    load_flags(cpu, image.eflags, mask);
    code_load(cpu, selector, &code, level);
    if (outer)
        segments_drop_privileged(cpu);
    cpu->rip = image.rip;
    cpu_update_mode(cpu);
    return true;
}

bool interrupt_return(struct cpu *cpu, unsigned opsize, uint64_t next_rip)
{
    struct image image;

    cpu->nmi_blocked = false; /* even if the IRET faults */
    if (!(cpu->cr0 & CR0_PE))
        return image_read(cpu, opsize, &image) &&
               return_by_selector(cpu, opsize, &image, FLAGS_LOW | FLAGS_HIGH | IF | IOPL);
    if (cpu->eflags & VM)
        return return_within_v86(cpu, opsize);
    if (!(cpu->eflags & NT))
        return return_protected(cpu, opsize);
    if (cpu_long_mode(cpu))
        return RAISE(cpu, VEC_GP, 0, IRET_NT_LONG_MODE, { EV_VALUE, cpu->eflags });
    return return_to_task(cpu, next_rip);
}
