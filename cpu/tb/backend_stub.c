/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/backend_stub.c - what a block does when its quick way is closed, behind its end: memory that
 * the TLB has not, faults, exits that are not chained.
 */
#include "cpu/tb/backend.h"

static void site_to_scratch(struct backend *be, const struct op *op)
{
    put_mov_imm(be->c, H_SCRATCH, (uintptr_t)backend_site(be, op->insn, op->stack));
}

static void jump_back(struct backend *be, const struct stub *s)
{
    patch_rel32(put_jmp(be->c), s->back);
}

/* Behind a call that says by ZF whether it went well: leave with the fault if not. */
static void leave_on_fault(struct backend *be, const struct stub *s,
                           const struct flag_state *before)
{
    struct flag_state after = be->flags;
    uint8_t *good = put_jcc(be->c, CC_NE);

    be->flags = *before;
    be->x87 = s->x87;
    x87_save_pointers(be);
    flags_save(be);
    site_to_scratch(be, &be->b->ops[s->op]);
    backend_jump_thunk(be, be->tbs->thunk.fault);
    patch_rel32(good, be->c->p);
    be->flags = after;
}

static unsigned log2_of(unsigned size)
{
    return size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3;
}

/* r11 := [r9] */
static void load_slowly(struct backend *be, const struct stub *s, unsigned size, bool for_write)
{
    const struct tb_thunks *t = &be->tbs->thunk;

    site_to_scratch(be, &be->b->ops[s->op]);
    backend_call_thunk(be, for_write ? t->rmw[log2_of(size)] : t->load[log2_of(size)]);
    leave_on_fault(be, s, &s->state);
}

/* [r9] := r11 */
static void store_slowly(struct backend *be, const struct stub *s, unsigned size)
{
    site_to_scratch(be, &be->b->ops[s->op]);
    backend_call_thunk(be, be->tbs->thunk.store[log2_of(size)]);
}

static void datum_from(struct backend *be, const struct op *op)
{
    struct host_code *c = be->c;

    if (op->is_imm)
        put_mov_imm(c, H_DATUM, (uint64_t)op->imm);
    else
        put_op(c, 0x8b, true, H_DATUM, backend_value(be, op->a), 0);
}

/* The source is in memory. */
static void slow_source(struct backend *be, struct stub *s, const struct op *op)
{
    struct host_rm d, datum = rm_reg(H_DATUM);
    unsigned size = op->code == OP_MOVZX || op->code == OP_MOVSX ? op->from : op->size;

    load_slowly(be, s, size, false);
    if ((op->defines && op->live) || op->code == OP_CMOV || op->code == OP_MUL ||
        op->code == OP_IMUL1 || op->code == OP_DIV || op->code == OP_IDIV) {
        jump_back(be, s); /* the quick way goes on from the datum */
        return;
    }
    if (op->code == OP_ADC || op->code == OP_SBB)
        flags_want_carry(be);
    if (op->code == OP_CMP || op->code == OP_TEST) {
        jump_back(be, s);
        return;
    }
    d = backend_value(be, op->d);
    if (!rm_is_reg(d)) {
        put_op(be->c, 0x8b, true, H_SCRATCH, d, 0);
        backend_compute(be, op, rm_reg(H_SCRATCH), datum, false);
        put_store(be->c, 8, d, H_SCRATCH);
    } else {
        backend_compute(be, op, d, datum, false);
    }
    jump_back(be, s);
}

/* The destination is in memory. */
static void slow_destination(struct backend *be, struct stub *s, const struct op *op)
{
    struct host_code *c = be->c;
    struct host_rm a = rm_reg(H_NONE), datum = rm_reg(H_DATUM);

    if (op->code == OP_MOV || op->code == OP_SETCC) {
        if (op->code == OP_MOV) {
            datum_from(be, op);
        } else {
            flags_want_host(be, op->uses);
            put_op(c, 0x0f90 | op->cc, false, 0, datum, 2);
        }
        store_slowly(be, s, op->size);
        leave_on_fault(be, s, &s->state);
        jump_back(be, s);
        return;
    }
    load_slowly(be, s, op->size, op->write);
    if (!op->write) { /* CMP, TEST */
        jump_back(be, s);
        return;
    }
    if (op->code == OP_XCHG) {
        put_store(c, 8, rm_abs(&be->tbs->scratch[1]), H_DATUM);
        datum_from(be, op);
        store_slowly(be, s, op->size);
        put_load(c, 8, H_DATUM, rm_abs(&be->tbs->scratch[1]));
        jump_back(be, s);
        return;
    }
    backend_want_flags(be, op);
    if (!op->is_imm && op->a != V_NONE) {
        a = backend_value(be, op->a);
        if (!rm_is_reg(a)) {
            put_op(c, 0x8b, true, H_SCRATCH, a, 0);
            a = rm_reg(H_SCRATCH);
        }
    }
    backend_keep_operands(be, op, datum, a);
    backend_compute(be, op, datum, a, op->is_imm);
    put8(c, 0x9c); /* pushfq */
    store_slowly(be, s, op->size);
    put8(c, 0x9d); /* popfq */
    jump_back(be, s);
}

void backend_stub_code(struct backend *be, struct stub *s)
{
    const struct op *op = &be->b->ops[s->op];
    struct host_code *c = be->c;
    const struct tb_thunks *t = &be->tbs->thunk;

    if (s->kind == STUB_EXIT && s->exit)
        s->exit->stub = c->p;
    patch_rel32(s->place, c->p);
    switch (s->kind) {
    case STUB_MEMORY:
        if (op->code == OP_SIMD || op->code == OP_X87)
            backend_vector_slow(be, s);
        else if (op->mem == MEM_SRC)
            slow_source(be, s, op);
        else
            slow_destination(be, s, op);
        break;
    case STUB_SEGMENT:
        put_mov_imm(c, H_DATUM, op->size | (unsigned)op->cc << 8 | (unsigned)op->seg << 16);
        site_to_scratch(be, op);
        backend_call_thunk(be, t->segment);
        leave_on_fault(be, s, &s->state);
        put_op(c, 0x8b, true, H_ADDRESS, rm_reg(H_DATUM), 0);
        jump_back(be, s);
        break;
    case STUB_ALONE:
        x87_save_pointers(be);
        flags_save(be);
        site_to_scratch(be, op);
        backend_jump_thunk(be, t->site_alone);
        break;
    case STUB_VECTORS:
    case STUB_X87:
        backend_call_thunk(be, s->kind == STUB_X87 ? t->x87 : t->vectors);
        patch_rel32(put_jcc(c, CC_NE), s->back);
        x87_save_pointers(be);
        flags_save(be);
        site_to_scratch(be, op);
        backend_jump_thunk(be, t->site_alone);
        break;
    case STUB_SIDE:
        put_alu_imm(c, ALU_ADD, 8, rm_reg(H_LEFT), (int32_t)(be->b->count - 1u - op->insn));
        backend_side_exit(be, (uint64_t)op->imm);
        break;
    case STUB_EXIT:
        if (s->exit) {
            put_mov_imm(c, H_SCRATCH, (uintptr_t)s->exit);
            backend_jump_thunk(be, t->chain);
        } else {
            put_mov_imm(c, H_DATUM, (uint64_t)s->state.imm);
            backend_jump_thunk(be, t->lookup);
        }
        break;
    default: /* STUB_MISS: r11 is the target */
        backend_jump_thunk(be, t->lookup);
        break;
    }
}
