/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/backend_stub.c - what a block does when its quick way is closed, behind its end: memory that
 * the TLB has not, faults, exits that are not chained.
 */
#include "cpu/tb/backend.h"

/* Not now: the interpreter runs the instruction, and raises what there is to be raised. */
static void leave_alone(struct backend *be, const struct stub *s)
{
    const struct block *b = be->b;
    unsigned insn = b->ops[s->op].insn;

    be->flags = s->state;
    be->x87 = s->x87;
    x87_save_pointers(be);
    flags_save(be);
    put_alu_imm(be->c, ALU_ADD, 8, rm_reg(H_LEFT), (int32_t)(b->count - insn));
    put_mov_imm(be->c, H_DATUM, block_rip(b, insn));
    backend_jump_thunk(be, be->tbs->thunk.alone);
}

void backend_stub_code(struct backend *be, struct stub *s)
{
    const struct op *op = &be->b->ops[s->op];
    struct host_code *c = be->c;
    const struct tb_thunks *t = &be->tbs->thunk;

    patch_rel32(s->place, c->p);
    switch (s->kind) {
    case STUB_MEMORY:
        if (s->ea)
            backend_address(be, s->ea);
        put_mov_imm(c, H_SCRATCH, s->bytes | (unsigned)s->write << 8);
        backend_call_thunk(be, t->probe);
        patch_rel32(put_jcc(c, CC_NE), s->back);
        leave_alone(be, s);
        break;
    case STUB_SEGMENT:
        put_mov_imm(c, H_SCRATCH, op->size | (unsigned)op->cc << 8 | (unsigned)op->seg << 16);
        backend_call_thunk(be, t->segment);
        put_op(c, 0x8b, true, H_ADDRESS, rm_reg(H_DATUM), 0);
        patch_rel32(put_jcc(c, CC_NE), s->back);
        leave_alone(be, s);
        break;
    case STUB_ALONE:
        leave_alone(be, s);
        break;
    case STUB_VECTORS:
    case STUB_X87:
        backend_call_thunk(be, s->kind == STUB_X87 ? t->x87 : t->vectors);
        patch_rel32(put_jcc(c, CC_NE), s->back);
        leave_alone(be, s);
        break;
    case STUB_SIDE:
        put_alu_imm(c, ALU_ADD, 8, rm_reg(H_LEFT), (int32_t)(be->b->count - 1u - op->insn));
        backend_side_exit(be, (uint64_t)op->imm);
        break;
    case STUB_EXIT:
    case STUB_CROSS:
        backend_exit_stub(be, s);
        break;
    default: /* STUB_MISS: r11 is the target */
        if (unlikely(be->tbs->counted))
            put_alu_imm(c, ALU_ADD, 8, rm_abs(&be->tbs->counters.indirect_misses), 1);
        backend_jump_thunk(be, t->lookup);
        break;
    }
}
