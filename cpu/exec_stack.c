/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_stack.c - PUSH, POP, PUSHA, POPA, ENTER, LEAVE.
 * Source: SDM Vol. 2, the pages of the instructions; Vol. 1, "Procedure Calls".
 */
#include "cpu/exec.h"

/* In 64-bit mode the operand size is 64 or 16 bits; size index 3 is always 64-bit mode. */
EXEC_PART(push_slow)
{
    uint64_t value;

    if (!op_read(cpu, insn, 0, &value) || !stack_push(cpu, insn_opsize(insn), value))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

BODY(push)
{
    uint64_t value, place;
    uintptr_t host;

    if (size != 8)
        return push_slow(cpu, insn);
    if (!dest_read(cpu, insn, form, size, ACCESS_READ, &place, &value))
        return BODY_FAULT;
    if (!stack_access(cpu, cpu->gpr[RSP] - 8, ACCESS_WRITE, &host))
        return push_slow(cpu, insn);
    store_le((void *)host, 8, value);
    cpu->gpr[RSP] -= 8;
    NEXT(cpu, insn);
}
HANDLERS_1(push)

EXEC(push_imm)
{
    if (!stack_push(cpu, insn_opsize(insn), insn->imm))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

/* POP: SP moves before the address of a memory destination is computed. */
EXEC_PART(pop_slow)
{
    uint64_t value, old_sp = cpu->gpr[RSP];
    unsigned size = insn_opsize(insn);

    if (!stack_top(cpu, size, 0, &value))
        return EXEC_FAULT;
    stack_release(cpu, size);
    if (!op_write(cpu, insn, 0, value)) {
        cpu->gpr[RSP] = old_sp;
        return EXEC_FAULT;
    }
    return EXEC_NEXT;
}

BODY(pop)
{
    uintptr_t host;

    if (size != 8 || form != FORM_R || !stack_access(cpu, cpu->gpr[RSP], ACCESS_READ, &host))
        return pop_slow(cpu, insn);
    cpu->gpr[RSP] += 8;
    cpu->gpr[insn->dst] = load_le((const void *)host, 8);
    NEXT(cpu, insn);
}
HANDLERS_1(pop)

/*
 * PUSHA: AX CX DX BX SP BP SI DI; SP as it was before. As on hardware, a fault leaves the words in
 * memory that were pushed before it, and SP where it was.
 */
EXEC(pusha)
{
    unsigned size = insn_opsize(insn);
    uint64_t mask = stack_mask(cpu), sp = cpu->gpr[RSP];

    for (unsigned i = 0; i < 8; i++) {
        if (!cpu_write(cpu, stack_seg(cpu), (sp - (i + 1) * size) & mask, size,
                       gpr_read(cpu, i, size)))
            return EXEC_FAULT;
    }
    cpu->gpr[RSP] = (sp & ~mask) | ((sp - 8 * size) & mask);
    return EXEC_NEXT;
}

/*
 * POPA: the reverse; the popped SP is thrown away. As on hardware, a fault leaves the registers
 * loaded that were popped before it, and SP where it was.
 */
EXEC(popa)
{
    unsigned size = insn_opsize(insn);
    uint64_t value;

    for (unsigned i = 0; i < 8; i++) {
        unsigned n = 7 - i;

        if (!stack_top(cpu, size, i * size, &value))
            return EXEC_FAULT;
        if (n != RSP)
            gpr_write(cpu, n, size, value);
    }
    stack_release(cpu, 8 * size);
    return EXEC_NEXT;
}

/*
 * ENTER size, level: insn->imm = size | level << 16. Pushes rBP, then level - 1 frame pointers of
 * the outer frames and the new one. Pushed slots are operand size wide, rBP and rSP move by the
 * stack's width. One after the other: a pushed slot may be the one that is read next, and a fault
 * leaves in memory what was pushed before it, registers as they were.
 */
EXEC(enter)
{
    unsigned size = insn_opsize(insn), level = insn->imm >> 16 & 31;
    uint64_t mask = stack_mask(cpu), sp = cpu->gpr[RSP], bp = cpu->gpr[RBP], frame, value;
    unsigned count = level ? level + 1 : 1;

    frame = (cpu->gpr[RSP] & ~mask) | ((sp - size) & mask);
    for (unsigned i = 0; i < count; i++) {
        value = i == 0 ? bp : frame;
        if (i > 0 && i < level &&
            !cpu_read(cpu, stack_seg(cpu), (bp - i * size) & mask, size, &value))
            return EXEC_FAULT;
        if (!cpu_write(cpu, stack_seg(cpu), (sp - (i + 1) * size) & mask, size, value))
            return EXEC_FAULT;
    }
    /* The new top must be writable too. */
    sp -= count * size + (insn->imm & 0xffff);
    if (!cpu_check_alignment(cpu, stack_seg(cpu), sp & mask, size, size, ACCESS_WRITE) ||
        !cpu_probe_write(cpu, stack_seg(cpu), sp & mask, size))
        return EXEC_FAULT;
    gpr_write(cpu, RBP, size, frame);
    cpu->gpr[RSP] = (cpu->gpr[RSP] & ~mask) | (sp & mask);
    return EXEC_NEXT;
}

/* LEAVE: rSP := rBP; POP rBP. */
EXEC(leave_frame)
{
    unsigned size = insn_opsize(insn);
    uint64_t mask = stack_mask(cpu), bp = cpu->gpr[RBP], value;

    if (!cpu_read(cpu, stack_seg(cpu), bp & mask, size, &value))
        return EXEC_FAULT;
    cpu->gpr[RSP] = (cpu->gpr[RSP] & ~mask) | ((bp + size) & mask);
    gpr_write(cpu, RBP, size, value);
    return EXEC_NEXT;
}
