/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_stack.c - PUSH, POP, PUSHA, POPA, ENTER, LEAVE.
 * Source: SDM Vol. 2, the pages of the instructions; Vol. 1, "Procedure Calls".
 */
#include "cpu/exec.h"

/* Push in 64-bit mode: one probe of the TLB. */
ALWAYS_INLINE bool push_flat(struct cpu *cpu, const struct insn *insn, unsigned size,
                             uint64_t value)
{
    lin_addr la = cpu->gpr[RSP] - size;

    if (!write_linear(cpu, insn, la, size, value))
        return false;
    cpu->gpr[RSP] = la;
    return true;
}

/* In 64-bit mode the operand size is 64 or 16 bits; size index 3 is always 64-bit mode. */
ALWAYS_INLINE bool push(struct cpu *cpu, struct insn *insn, unsigned size, uint64_t value)
{
    return size == 8 ? push_flat(cpu, insn, 8, value) : stack_push(cpu, size, value);
}

BODY(push)
{
    uint64_t value;
    lin_addr la;

    if (!dest_read(cpu, insn, form, size, ACCESS_READ, &la, &value) ||
        !push(cpu, insn, size, value))
        return EXEC_FAULT;
    NEXT(cpu, insn);
}
HANDLERS_1(push)

EXEC(push_imm)
{
    if (!push(cpu, insn, insn_opsize(insn), insn->imm))
        return EXEC_FAULT;
    NEXT(cpu, insn);
}

/* POP: SP moves before the address of a memory destination is computed. */
BODY(pop)
{
    uint64_t value, old_sp = cpu->gpr[RSP];

    if (size == 8) {
        if (!read_linear(cpu, insn, old_sp, 8, ACCESS_READ, &value))
            return EXEC_FAULT;
        cpu->gpr[RSP] = old_sp + 8;
    } else {
        if (!stack_top(cpu, size, 0, &value))
            return EXEC_FAULT;
        stack_release(cpu, size);
    }
    if (form == FORM_R) {
        gpr_write(cpu, insn->dst, size, value);
    } else if (!memory_write(cpu, insn, form, size, value)) {
        cpu->gpr[RSP] = old_sp;
        return EXEC_FAULT;
    }
    NEXT(cpu, insn);
}
HANDLERS_1(pop)

/* PUSHA: AX CX DX BX SP BP SI DI; SP as it was before. */
EXEC(pusha)
{
    unsigned size = insn_opsize(insn);
    uint64_t mask = stack_mask(cpu), sp = cpu->gpr[RSP];

    /* Every slot is checked first; slots wrap one by one. */
    for (unsigned i = 1; i <= 8; i++) {
        if (!cpu_probe_write(cpu, stack_seg(cpu), (sp - i * size) & mask, size))
            return EXEC_FAULT;
    }
    for (unsigned i = 0; i < 8; i++) {
        if (!cpu_write(cpu, stack_seg(cpu), (sp - (i + 1) * size) & mask, size,
                       gpr_read(cpu, i, size)))
            return EXEC_FAULT;
    }
    cpu->gpr[RSP] = (sp & ~mask) | ((sp - 8 * size) & mask);
    NEXT(cpu, insn);
}

/* POPA: the reverse; the popped SP is thrown away. */
EXEC(popa)
{
    unsigned size = insn_opsize(insn);
    uint64_t value[8];

    for (unsigned i = 0; i < 8; i++) {
        if (!stack_top(cpu, size, i * size, &value[i]))
            return EXEC_FAULT;
    }
    for (unsigned i = 0; i < 8; i++) {
        unsigned n = 7 - i;

        if (n != RSP)
            gpr_write(cpu, n, size, value[i]);
    }
    stack_release(cpu, 8 * size);
    NEXT(cpu, insn);
}

/*
 * ENTER size, level: insn->imm = size | level << 16. Pushes rBP, then level - 1 frame pointers of
 * the outer frames and the new one. Pushed slots are operand size wide, rBP and rSP move by the
 * stack's width.
 */
EXEC(enter)
{
    unsigned size = insn_opsize(insn), level = insn->imm >> 16 & 31;
    uint64_t mask = stack_mask(cpu), sp = cpu->gpr[RSP], bp = cpu->gpr[RBP], frame, value[32];
    unsigned count = 0;

    value[count++] = bp;
    for (unsigned i = 1; i < level; i++) {
        bp -= size;
        if (!cpu_read(cpu, stack_seg(cpu), bp & mask, size, &value[count++]))
            return EXEC_FAULT;
    }
    frame = (cpu->gpr[RSP] & ~mask) | ((sp - size) & mask);
    if (level)
        value[count++] = frame;
    for (unsigned i = 0; i < count; i++) {
        if (!cpu_probe_write(cpu, stack_seg(cpu), (sp - (i + 1) * size) & mask, size))
            return EXEC_FAULT;
    }
    /* The new top must be writable too. */
    if (!cpu_probe_write(cpu, stack_seg(cpu),
                         (sp - count * size - (insn->imm & 0xffff)) & mask, size))
        return EXEC_FAULT;
    for (unsigned i = 0; i < count; i++) {
        if (!cpu_write(cpu, stack_seg(cpu), (sp - (i + 1) * size) & mask, size, value[i]))
            return EXEC_FAULT;
    }
    gpr_write(cpu, RBP, size, frame);
    cpu->gpr[RSP] = (sp & ~mask) | ((sp - count * size - (insn->imm & 0xffff)) & mask);
    NEXT(cpu, insn);
}

/* LEAVE: rSP := rBP; POP rBP. */
EXEC(leave_frame)
{
    unsigned size = insn_opsize(insn);
    uint64_t mask = stack_mask(cpu), bp = cpu->gpr[RBP], value;

    if (size == 8) {
        if (!read_linear(cpu, insn, bp, 8, ACCESS_READ, &value))
            return EXEC_FAULT;
        cpu->gpr[RSP] = bp + 8;
        cpu->gpr[RBP] = value;
        NEXT(cpu, insn);
    }
    if (!cpu_read(cpu, stack_seg(cpu), bp & mask, size, &value))
        return EXEC_FAULT;
    cpu->gpr[RSP] = (cpu->gpr[RSP] & ~mask) | ((bp + size) & mask);
    gpr_write(cpu, RBP, size, value);
    NEXT(cpu, insn);
}
