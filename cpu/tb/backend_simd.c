/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/tb/backend_simd.c - vector and x87 instructions: the guest's own, on the host's registers. */
#include <stddef.h>

#include "cpu/tb/backend.h"

/* What of an instruction's operands goes where in the host's encoding. */
struct encoding {
    const struct insn *insn;
    const struct row *row;
    unsigned reg, vvvv; /* ModRM.reg, VEX.vvvv */
    struct host_rm rm;
    bool wide, has_imm;
    unsigned gpr; /* guest register in ModRM.reg or .rm that is not at home; V_NONE */
    bool gpr_in_rm, gpr_written;
};

static unsigned host_gpr(struct backend *be, struct encoding *e, unsigned guest, bool in_rm,
                         unsigned access)
{
    struct host_rm place = backend_value(be, guest);

    if (rm_is_reg(place))
        return place.reg;
    e->gpr = guest;
    e->gpr_in_rm = in_rm;
    e->gpr_written = access == ACC_W || access == ACC_RW;
    if (access != ACC_W)
        put_load(be->c, 8, H_SCRATCH, place);
    return H_SCRATCH;
}

static struct encoding encoding_of(struct backend *be, const struct op *op, struct host_rm memory)
{
    const struct insn *insn = &be->b->insns[op->insn];
    const struct row *row = insn_row(insn);
    struct encoding e = { .insn = insn, .row = row, .gpr = V_NONE };

    if (OPC_REG(row->opcode))
        e.reg = OPC_REG(row->opcode) - 1;
    e.wide = OPC_W(row->opcode) == 2;
    for (unsigned i = 0; i < 4; i++) {
        uint32_t operand = row->operands[i];
        unsigned access = OP_ACCESS(operand);

        if (OP_SIZE(operand) == SZ_y && insn->opsize == OPSIZE_64)
            e.wide = true;
        switch (OP_KIND(operand)) {
        case K_V:
            e.reg = insn_register(insn, i);
            break;
        case K_G:
            e.reg = host_gpr(be, &e, insn_register(insn, i), false, access);
            break;
        case K_H:
            e.vvvv = insn_register(insn, i);
            break;
        case K_W:
        case K_U:
            e.rm = insn->mem ? memory : rm_reg(insn_register(insn, i));
            break;
        case K_E:
        case K_R:
            e.rm =
                insn->mem ? memory : rm_reg(host_gpr(be, &e, insn_register(insn, i), true, access));
            break;
        case K_M:
            e.rm = memory;
            break;
        case K_I:
        case K_L:
            e.has_imm = true;
            break;
        default:
            break;
        }
    }
    return e;
}

static void put_legacy(struct host_code *c, const struct encoding *e)
{
    static const unsigned escape[4] = { 0, 0x0f00, 0x0f3800, 0x0f3a00 };
    static const unsigned prefix[8] = { 0, 0, 0x66, 0xf3, 0xf2, 0, 0, 0 };
    unsigned opcode = OPC_INDEX(e->row->opcode);

    put_op(c, prefix[OPC_PREFIX(e->row->opcode)] << 24 | escape[opcode >> 8 & 3] | (opcode & 0xff),
           e->wide, e->reg, e->rm, 0);
}

static void put_vex(struct host_code *c, const struct encoding *e)
{
    static const unsigned pp[8] = { 0, 0, 1, 2, 3, 0, 0, 0 };
    unsigned opcode = OPC_INDEX(e->row->opcode), rex = rex_bits(e->reg, e->rm);

    put8(c, 0xc4);
    put8(c, (rex & 4 ? 0 : 0x80) | (rex & 2 ? 0 : 0x40) | (rex & 1 ? 0 : 0x20) | (opcode >> 8 & 3));
    put8(c, (e->wide ? 0x80 : 0) | (~e->vvvv & 15) << 3 | (unsigned)e->insn->vlen << 2 |
                pp[OPC_PREFIX(e->row->opcode)]);
    put8(c, opcode & 0xff);
    put_modrm(c, e->reg, e->rm);
}

static void probe_vector(struct backend *be, unsigned index)
{
    const struct op *op = &be->b->ops[index];

    if (op->align) {
        put_op(be->c, 0xf6, false, 0, rm_reg(H_ADDRESS), 2);
        put8(be->c, op->from - 1u);
        backend_stub(be, STUB_ALONE, index, put_jcc(be->c, CC_NE));
    }
    memory_probe(be, index, op->from, op->write);
}

void backend_simd(struct backend *be, unsigned index)
{
    const struct op *op = &be->b->ops[index];
    struct encoding e;

    flags_before(be, op, op->mem != MEM_NONE);
    if (op->mem)
        probe_vector(be, index);
    e = encoding_of(be, op, rm_mem(H_ADDRESS, 0));
    if (OPC_IS_VEX(e.row->opcode))
        put_vex(be->c, &e);
    else
        put_legacy(be->c, &e);
    if (e.has_imm)
        put8(be->c, (unsigned)e.insn->imm & 0xff);
    if (e.gpr != V_NONE && e.gpr_written)
        put_store(be->c, 8, backend_value(be, e.gpr), H_SCRATCH);
    if (op->defines)
        flags_host_only(be, op);
}

/* ---- x87 ---- */

/* Where the last x87 instruction was and what it read, for FIP and its like. */
void x87_save_pointers(struct backend *be)
{
    struct host_code *c = be->c;
    struct cpu *cpu = be->cpu;

    if (!be->x87.pending)
        return;
    be->x87.pending = false;
    put_store_imm(c, 1, rm_abs(&be->tbs->x87_c1), be->x87.clears_c1);
    if ((int64_t)(int32_t)be->x87.rip == (int64_t)be->x87.rip) {
        put_store_imm(c, 8, rm_abs(&cpu->fpu.fip), be->x87.rip);
    } else {
        put_mov_imm(c, H_SCRATCH, be->x87.rip);
        put_store(c, 8, rm_abs(&cpu->fpu.fip), H_SCRATCH);
    }
    put_load(c, 2, H_SCRATCH, rm_abs(&cpu->seg[SEG_CS].selector));
    put_store(c, 2, rm_abs(&cpu->fpu.fcs), H_SCRATCH);
    if (be->x87.memory) {
        put_load(c, 2, H_SCRATCH, rm_abs(&cpu->seg[be->x87.seg].selector));
        put_store(c, 2, rm_abs(&cpu->fpu.fds), H_SCRATCH);
    }
}

/* It leaves the pointers alone: the front end says so. */
static bool is_control(const struct op *op)
{
    return op->is_imm;
}

/* i of ST(i) */
static unsigned stack_register(const struct insn *insn)
{
    for (unsigned i = 0; i < 2; i++) {
        if (OP_KIND(insn_row(insn)->operands[i]) == K_STI)
            return insn_register(insn, i);
    }
    return 0;
}

/* AX := status word. */
static void store_status(struct backend *be, const struct op *op)
{
    struct host_code *c = be->c;

    flags_before(be, op, true);
    put8(c, 0xdf);
    put8(c, 0xe0);
    if (be->x87.pending && !be->x87.clears_c1)
        return;
    put_load(c, 1, H_DATUM, rm_abs(&be->tbs->x87_c1));
    if (be->x87.pending)
        put_mov_imm(c, H_DATUM, 1);
    put_op(c, 0xc1, false, 4, rm_reg(H_DATUM), 0);
    put8(c, 9); /* C1 */
    put_op(c, 0xf7, false, 2, rm_reg(H_DATUM), 0);
    put_alu(c, ALU_AND, 2, H_RAX, rm_reg(H_DATUM));
}

void backend_x87(struct backend *be, unsigned index)
{
    const struct op *op = &be->b->ops[index];
    const struct insn *insn = &be->b->insns[op->insn];
    const struct row *row = insn_row(insn);
    struct host_code *c = be->c;

    if (is_control(op)) {
        store_status(be, op);
        return;
    }
    flags_before(be, op, op->mem != MEM_NONE);
    if (op->mem)
        memory_probe(be, index, op->from, op->write);
    if (op->uses)
        flags_want_host(be, op->uses);
    if (op->mem) {
        unsigned view = be->b->flags >> TBF_VIEW_SHIFT & 3;
        const struct tlb_entry *entry = tlb_entries(be->cpu, view);

        put_op(c, OPC_INDEX(row->opcode), false, OPC_REG(row->opcode) - 1, rm_mem(H_ADDRESS, 0), 0);
        /* the address again, as data pointer */
        put_op(c, 0x2b, true, H_ADDRESS, rm_mem(H_SCRATCH, (int32_t)(uintptr_t)&entry->addend), 0);
        put_store(c, 8, rm_abs(&be->cpu->fpu.fdp), H_ADDRESS);
    } else {
        unsigned reg = OPC_REG(row->opcode) - 1;
        unsigned rm = OPC_RM(row->opcode) ? OPC_RM(row->opcode) - 1 : stack_register(insn);

        put8(c, OPC_INDEX(row->opcode));
        put8(c, 0xc0 | reg << 3 | rm);
    }
    if (op->defines)
        flags_host_only(be, op);
    be->x87.memory = op->mem || (be->x87.pending && be->x87.memory);
    if (op->mem)
        be->x87.seg = insn->seg;
    be->x87.pending = true;
    be->x87.clears_c1 = (op->defines & ALL_FLAGS) != 0;
    be->x87.rip = block_rip(be->b, op->insn);
}
