/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/backend_flags.c - the guest's status flags in the back end. An op leaves them in the host's
 * flags, where the next one may use them; what they follow from (a recipe) is remembered, and stored
 * only when an operand is about to go, or the block to be left, while somebody may still look.
 */
#include "cpu/tb/backend.h"

/* Store a value, all 64 bits of its register, without touching flags. */
static void store_value(struct backend *be, uint64_t *to, unsigned value)
{
    struct host_rm from = backend_value(be, value);

    if (value >= V_AH && value <= V_BH) {
        put_op(be->c, 0x88, false, from.reg, rm_abs(to), 0);
    } else if (rm_is_reg(from)) {
        put_store(be->c, 8, rm_abs(to), from.reg);
    } else {
        put_load(be->c, 8, H_SCRATCH, from);
        put_store(be->c, 8, rm_abs(to), H_SCRATCH);
    }
}

static void store_imm(struct backend *be, uint64_t *to, int64_t value)
{
    if (value == (int32_t)value) {
        put_store_imm(be->c, 8, rm_abs(to), (uint64_t)value);
    } else {
        put_mov_imm(be->c, H_SCRATCH, (uint64_t)value);
        put_store(be->c, 8, rm_abs(to), H_SCRATCH);
    }
}

void flags_save(struct backend *be)
{
    struct flag_state *f = &be->flags;
    struct tb_cache *tbs = be->tbs;
    struct host_code *c = be->c;

    if (f->place == FLAGS_CPU)
        return;
    if (f->place == FLAGS_HOST) {
        put8(c, 0x9c); /* pushfq; pop [cc_a] */
        put_op(c, 0x8f, false, 0, rm_abs(&tbs->cc_a), 0);
        put_store_imm(c, 4, rm_abs(&tbs->cc_op), CCOP_RAW | 8 << 8);
        f->place = FLAGS_CPU;
        return;
    }
    store_value(be, &tbs->cc_a, f->a);
    if (f->b_imm)
        store_imm(be, &tbs->cc_b, f->imm);
    else if (f->b != V_NONE)
        store_value(be, &tbs->cc_b, f->b);
    put_store_imm(c, 4, rm_abs(&tbs->cc_op), f->ccop | (unsigned)f->size << 8);
    f->place = FLAGS_CPU;
}

/* scratch := value, for a comparison again. */
static void load_scratch(struct backend *be, unsigned value)
{
    put_op(be->c, 0x8b, true, H_SCRATCH, backend_value(be, value), 0);
}

static void alu_second(struct backend *be, unsigned n)
{
    const struct flag_state *f = &be->flags;

    if (f->b_imm)
        put_alu_imm(be->c, n, f->size, rm_reg(H_SCRATCH), (int32_t)f->imm);
    else
        put_alu(be->c, n, f->size, H_SCRATCH, backend_value(be, f->b));
}

static bool is_high(unsigned value)
{
    return value >= V_AH && value <= V_BH;
}

void flags_want_host(struct backend *be, uint16_t flags)
{
    struct flag_state *f = &be->flags;

    if (f->host && !(f->lacks & flags))
        return;
    f->host = true;
    f->lacks = 0;
    if (f->place == FLAGS_RECIPE && !is_high(f->a) &&
        (f->b_imm || f->b == V_NONE || !is_high(f->b))) {
        switch (f->ccop) {
        case CCOP_CMP:
            load_scratch(be, f->a);
            alu_second(be, ALU_CMP);
            return;
        case CCOP_SUB:
            load_scratch(be, f->a);
            alu_second(be, ALU_ADD);
            alu_second(be, ALU_CMP);
            return;
        case CCOP_ADD:
            load_scratch(be, f->a);
            alu_second(be, ALU_SUB);
            alu_second(be, ALU_ADD);
            return;
        case CCOP_LOGIC:
            load_scratch(be, f->a);
            put_sized(be->c, 0x84, f->size, H_SCRATCH, rm_reg(H_SCRATCH));
            return;
        default:
            break;
        }
    }
    flags_save(be);
    backend_call_thunk(be, be->tbs->thunk.load_flags);
}

void flags_want_carry(struct backend *be)
{
    struct flag_state *f = &be->flags;

    if (f->host)
        return;
    if (f->place == FLAGS_RECIPE && f->ccop <= CCOP_LOGIC) {
        flags_want_host(be, CF);
        return;
    }
    flags_save(be);
    backend_call_thunk(be, be->tbs->thunk.load_cf);
    /* The host has CF only: `host` stays false, and the op that asked defines the others. */
}

static unsigned guest_register(unsigned value)
{
    return value >= V_AH && value <= V_BH ? value - V_AH : value;
}

static bool overwrites(const struct op *op, unsigned value)
{
    unsigned d =
        op->mem == MEM_DST || op->code == OP_CMP || op->code == OP_TEST || op->code == OP_BT
            ? V_NONE
            : guest_register(op->d);
    unsigned v = guest_register(value);

    if (value == V_NONE)
        return false;
    if (value == V_T1 && (op->mem || op->code == OP_JMPI))
        return true;
    switch (op->code) {
    case OP_XCHG:
        return v == guest_register(op->a) || v == d;
    case OP_MUL:
    case OP_IMUL1:
    case OP_DIV:
    case OP_IDIV:
        return v == RAX || v == RDX;
    case OP_CBW:
        return v == RAX;
    case OP_CWD:
        return v == RDX;
    case OP_HELPER:
        return true;
    default:
        return v == d;
    }
}

/*
 * Before an op: what it would destroy of flags that are still wanted is saved. `clobbers`: its code
 * changes the host's flags before it computes (a probe of the TLB does).
 */
void flags_before(struct backend *be, const struct op *op, bool clobbers)
{
    struct flag_state *f = &be->flags;
    uint16_t kept = op->live & (uint16_t)~op->defines;
    bool wanted = kept || op->uses || op_exposes(op);

    if (kept && op_is_muldiv(op) && op->live & op->defines)
        flags_save(be);
    if (f->place == FLAGS_RECIPE && kept &&
        (overwrites(op, f->a) || (!f->b_imm && overwrites(op, f->b))))
        flags_save(be);
    if (clobbers) {
        if (f->place == FLAGS_HOST && wanted)
            flags_save(be);
        f->host = false;
        if (f->place == FLAGS_HOST)
            f->place = FLAGS_CPU; /* nobody looks */
    }
}

void flags_recipe(struct backend *be, const struct op *op, unsigned ccop, unsigned a, unsigned b)
{
    be->flags = (struct flag_state){ .place = FLAGS_RECIPE,
                                     .host = true,
                                     .ccop = (uint8_t)ccop,
                                     .size = op->size,
                                     .a = (uint8_t)a,
                                     .b = (uint8_t)b };
    if (!op->live)
        be->flags.place = FLAGS_CPU;
}

void flags_recipe_imm(struct backend *be, const struct op *op, unsigned ccop, unsigned a,
                      int64_t imm)
{
    flags_recipe(be, op, ccop, a, V_NONE);
    be->flags.b_imm = true;
    be->flags.imm = imm;
}

void flags_host_only(struct backend *be, const struct op *op)
{
    be->flags = (struct flag_state){
        .place = op->live ? FLAGS_HOST : FLAGS_CPU, .host = true, .b = V_NONE, .a = V_NONE
    };
}
