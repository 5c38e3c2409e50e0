/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/operand.c - operands by table code at run time, the stack, and branch targets. */
#include "cpu/decode.h"
#include "cpu/exec.h"
#include "cpu/insn_table.h"
#include "cpu/segment.h"

bool operand_linear_slow(struct cpu *cpu, const struct insn *insn, uint64_t offset, unsigned size,
                         enum access access)
{
    lin_addr la;

    if (!cpu_linear(cpu, MEM_SEG(insn), offset, size, access, &la))
        return false;
    cpu->slow_value = la;
    return true;
}

unsigned op_size(const struct insn *insn, unsigned n)
{
    switch (OP_SIZE(insn_row(insn)->operands[n])) {
    case SZ_b:
        return 1;
    case SZ_w:
        return 2;
    case SZ_d:
        return 4;
    case SZ_q:
        return 8;
    case SZ_z:
        return insn->opsize == OPSIZE_16 ? 2 : 4;
    case SZ_y:
        return insn->opsize == OPSIZE_64 ? 8 : 4;
    case SZ_rv:
        return insn->mem ? 2 : insn_opsize(insn);
    case SZ_rd_mb:
        return insn->mem ? 1 : 4;
    case SZ_rd_mw:
        return insn->mem ? 2 : 4;
    default:
        return insn_opsize(insn);
    }
}

static bool op_is_memory(const struct insn *insn, unsigned n)
{
    unsigned kind = OP_KIND(insn_row(insn)->operands[n]);

    return kind == K_M || (kind == K_E && insn->mem);
}

bool op_read(struct cpu *cpu, const struct insn *insn, unsigned n, uint64_t *value)
{
    unsigned size = op_size(insn, n);

    if (op_is_memory(insn, n))
        return cpu_read(cpu, MEM_SEG(insn), insn_offset(cpu, insn), size, value);
    switch (OP_KIND(insn_row(insn)->operands[n])) {
    case K_I:
    case K_IS:
    case K_CONST:
        *value = insn->imm;
        return true;
    case K_S:
    case K_SREG:
        *value = cpu->seg[insn_register(insn, n)].selector;
        return true;
    default:
        *value = gpr_read(cpu, insn_register(insn, n), size);
        return true;
    }
}

bool op_write(struct cpu *cpu, const struct insn *insn, unsigned n, uint64_t value)
{
    unsigned size = op_size(insn, n);

    if (op_is_memory(insn, n))
        return cpu_write(cpu, MEM_SEG(insn), insn_offset(cpu, insn), size, value);
    gpr_write(cpu, insn_register(insn, n), size, value);
    return true;
}

bool stack_push(struct cpu *cpu, unsigned size, uint64_t value)
{
    uint64_t mask = stack_mask(cpu), sp = (cpu->gpr[RSP] - size) & mask;

    if (!cpu_write(cpu, stack_seg(cpu), sp, size, value))
        return false;
    cpu->gpr[RSP] = (cpu->gpr[RSP] & ~mask) | sp;
    return true;
}

bool stack_top(struct cpu *cpu, unsigned size, uint64_t skip, uint64_t *value)
{
    return cpu_read(cpu, stack_seg(cpu), (cpu->gpr[RSP] + skip) & stack_mask(cpu), size, value);
}

void stack_release(struct cpu *cpu, uint64_t bytes)
{
    uint64_t mask = stack_mask(cpu);

    cpu->gpr[RSP] = (cpu->gpr[RSP] & ~mask) | ((cpu->gpr[RSP] + bytes) & mask);
    if (mask == 0xffffffff)
        cpu->gpr[RSP] = (uint32_t)cpu->gpr[RSP];
}

bool branch_target_ok(struct cpu *cpu, uint64_t rip)
{
    if (cpu_code64(cpu)) {
        if (likely(is_canonical(cpu, rip)))
            return true;
        return RAISE(cpu, VEC_GP, 0, NON_CANONICAL, { EV_OFFSET, rip });
    }
    if (likely(rip <= cpu->seg[SEG_CS].limit))
        return true;
    return RAISE(cpu, VEC_GP, 0, SEGMENT_LIMIT, { EV_SEGMENT, SEG_CS }, { EV_OFFSET, rip },
                 { EV_LIMIT, cpu->seg[SEG_CS].limit }, { EV_SIZE, 1 });
}

enum exec exec_undefined(struct cpu *cpu, struct insn *insn)
{
    RAISE(cpu, VEC_UD, 0, UNDEFINED_OPCODE, { EV_NONE, 0 });
    return EXEC_FAULT;
}

COLD enum exec exec_general(struct cpu *cpu, struct insn *insn)
{
    return decode_general_handler(insn)(cpu, insn);
}
