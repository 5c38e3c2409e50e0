/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/optimize.c - the optimiser: which flags may be observed after each op, and what follows.
 *
 * A flag is observed by an op that uses it, and by everything that may leave the block in front of
 * its guest instruction (a fault, an event at its tick), because the state there must be exact.
 */
#include "cpu/tb/ir.h"

const struct op_info op_info[OP_COUNT] = {
#define OP(name, text, operands, defined, used, effects, what)                                     \
    [OP_##name] = { text, operands, effects, defined, used, what },
#include "cpu/tb/ops.def"
#undef OP
};

/* May the block be left here with the flags of the moment before this op? */
bool op_exposes(const struct op *op)
{
    unsigned effects = op_info[op->code].effects;

    if (effects & (ENDS | ENDS_SIDE | CALLS))
        return true;
    return (effects & FAULTS) && (op->mem || !(op_info[op->code].operands & O_M));
}

static void flags_backwards(struct block *b)
{
    uint16_t live = ALL_FLAGS;

    for (unsigned i = b->op_count; i-- > 0;) {
        struct op *op = &b->ops[i];

        op->live = live;
        live = (uint16_t)((live & ~op->defines) | op->uses);
        if (op_exposes(op))
            live = ALL_FLAGS;
    }
    b->live_in = live;
}

/* A shift by CL leaves the flags alone when CL is 0: where they are observed, the handler does it. */
static bool shifts_observed(struct block *b)
{
    bool changed = false;

    for (unsigned i = 0; i < b->op_count; i++) {
        struct op *op = &b->ops[i];

        if (op->code != OP_SHLCL && op->code != OP_SHRCL && op->code != OP_SARCL)
            continue;
        if (op->live) {
            *op = (struct op){ .code = OP_HELPER,
                               .size = 8,
                               .d = V_NONE,
                               .a = V_NONE,
                               .base = V_NONE,
                               .index = V_NONE,
                               .insn = op->insn,
                               .defines = ALL_FLAGS,
                               .uses = ALL_FLAGS };
            changed = true;
        } else {
            op->uses = 0;
        }
    }
    return changed;
}

/* What computes an address or flags that nothing looks at. */
static void drop_dead(struct block *b)
{
    bool address_used = false;

    for (unsigned i = b->op_count; i-- > 0;) {
        struct op *op = &b->ops[i];

        if (op->code == OP_INSN || op->code == OP_HELPER)
            address_used = false;
        if (op->mem)
            address_used = true;
        if ((op->code == OP_EA || op->code == OP_SEG) && op->d == V_T0 && !address_used)
            op->dead = true;
        if ((op->code == OP_CMP || op->code == OP_TEST) && !op->mem && !op->live)
            op->dead = true;
    }
}

void block_optimize(struct block *b)
{
    flags_backwards(b);
    if (shifts_observed(b))
        flags_backwards(b);
    drop_dead(b);
}
