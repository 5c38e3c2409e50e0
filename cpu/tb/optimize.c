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

/* What the way back through the block finds. */
struct backwards {
    bool shifts;        /* there are shifts by CL */
    unsigned addresses; /* of memory operands */
};

/*
 * From the last op to the first: which flags are looked at behind each, and what computes an address
 * or flags that nothing looks at.
 */
static struct backwards go_backwards(struct block *b)
{
    struct backwards back = { false, 0 };
    uint16_t live = ALL_FLAGS;
    bool address_used = false;

    for (struct op *op = &b->ops[b->op_count]; op-- > b->ops;) {
        op->live = live;
        switch (op->code) {
        case OP_INSN:
            address_used = false;
            continue;
        case OP_HELPER:
            address_used = false;
            break;
        case OP_EA:
        case OP_SEG:
            if (op->d == V_T0) {
                op->dead = !address_used;
                back.addresses++;
            }
            break;
        case OP_CMP:
        case OP_TEST:
            op->dead = !op->mem && !live;
            break;
        case OP_SHLCL:
        case OP_SHRCL:
        case OP_SARCL:
            back.shifts = true;
            break;
        default:
            break;
        }
        address_used |= op->mem != MEM_NONE;
        live = op_exposes(op) ? ALL_FLAGS : (uint16_t)((live & ~op->defines) | op->uses);
    }
    b->live_in = live;
    return back;
}

/* A shift by CL leaves the flags alone when CL is 0: where they are observed, the handler does it. */
static void shifts_observed(struct block *b)
{
    for (unsigned i = 0; i < b->op_count; i++) {
        struct op *op = &b->ops[i];

        if (op->code != OP_SHLCL && op->code != OP_SHRCL && op->code != OP_SARCL)
            continue;
        if (op->live)
            *op = (struct op){ .code = OP_HELPER,
                               .size = 8,
                               .d = V_NONE,
                               .a = V_NONE,
                               .base = V_NONE,
                               .index = V_NONE,
                               .insn = op->insn,
                               .defines = ALL_FLAGS,
                               .uses = ALL_FLAGS };
        else
            op->uses = 0;
    }
}

/*
 * ---- addresses in one page ----
 *
 * Registers as sums: what they were at a time, known by a number, and a constant. Two addresses of
 * the same parts differ by a constant, and the second need not ask the TLB when it is in one page
 * with the first.
 */
struct sums {
    uint32_t version[16];
    int64_t offset[16];
    uint32_t next;
};

static void sum_forget(struct sums *s, unsigned value)
{
    if (value >= V_AH && value <= V_BH)
        value -= V_AH;
    if (value < 16) {
        s->version[value] = s->next++;
        s->offset[value] = 0;
    }
}

/* What an op makes of the registers. */
static void sum_step(struct sums *s, const struct op *op)
{
    bool adds = (op->code == OP_ADD || op->code == OP_SUB) && op->size == 8 && op->is_imm &&
                !op->mem && op->d < 16;

    if (adds) {
        s->offset[op->d] += op->code == OP_ADD ? op->imm : -op->imm;
    } else if (op->code == OP_EA && op->d < 16 && op->d == op->base && op->index == V_NONE &&
               op->asize == ASIZE_64 && op->size == 8) {
        s->offset[op->d] += op->imm;
    } else if (op->code == OP_MOV && op->size == 8 && !op->mem && !op->is_imm && op->d < 16 &&
               op->a < 16) {
        s->version[op->d] = s->version[op->a];
        s->offset[op->d] = s->offset[op->a];
    } else {
        if (op->mem != MEM_DST && op->code != OP_CMP && op->code != OP_TEST && op->code != OP_BT)
            sum_forget(s, op->d);
        if (op->code == OP_XCHG)
            sum_forget(s, op->a);
        if (op->code == OP_MUL || op->code == OP_IMUL1 || op->code == OP_DIV ||
            op->code == OP_IDIV || op->code == OP_CBW || op->code == OP_CWD) {
            sum_forget(s, RAX);
            sum_forget(s, RDX);
        }
        if (op->code == OP_HELPER) {
            for (unsigned i = 0; i < 16; i++)
                sum_forget(s, i);
        }
    }
}

struct address {
    bool valid, write;
    uint32_t base, index;
    uint8_t scale;
    int64_t offset;
};

static struct address address_of(const struct sums *s, const struct op *ea)
{
    struct address a = { .valid = ea->asize == ASIZE_64 && ea->base < 16,
                         .scale = ea->scale,
                         .offset = ea->imm };

    if (!a.valid)
        return a;
    a.base = s->version[ea->base];
    a.offset += s->offset[ea->base];
    if (ea->index < 16) {
        a.index = s->version[ea->index];
        a.offset += s->offset[ea->index] * (1 << ea->scale);
    }
    return a;
}

static bool same_parts(const struct address *a, const struct address *b)
{
    return a->valid && b->valid && a->base == b->base && a->index == b->index &&
           (!a->index || a->scale == b->scale) && a->offset - b->offset < 2048 &&
           a->offset - b->offset > -2048;
}

static void follow_addresses(struct block *b)
{
    struct sums s = { .next = 17 };
    struct address last = { 0 };

    for (unsigned i = 0; i < 16; i++)
        s.version[i] = i + 1;
    for (unsigned i = 0; i < b->op_count; i++) {
        struct op *op = &b->ops[i], *user = &b->ops[i + 1];

        if (op->dead || op->code == OP_INSN)
            continue;
        if (op->code == OP_EA && op->d == V_T0) {
            struct address now = address_of(&s, op);
            bool direct = i + 1 < b->op_count && user->mem && !user->dead;

            now.valid &= direct && user->code != OP_X87;
            now.write = direct && user->write;
            if (same_parts(&now, &last) && (last.write || !now.write) && !user->align) {
                op->follow = true;
                op->delta = (int32_t)(now.offset - last.offset);
            }
            last = now;
            continue;
        }
        if (op->code == OP_SEG || op->code == OP_HELPER || op->code == OP_X87)
            last.valid = false;
        sum_step(&s, op);
    }
}

void block_optimize(struct block *b)
{
    struct backwards back = go_backwards(b);

    if (back.shifts) {
        shifts_observed(b);
        back = go_backwards(b);
    }
    if (back.addresses > 1)
        follow_addresses(b);
    b->optimized = true;
}
