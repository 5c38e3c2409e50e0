/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/check.c - is a block what ops.def and the back end ask for? Runs on every block where
 * tbs->check is set: in builds with --enable-sanitize, in the tests of the translator, and after
 * `tb check on` in the debugger.
 */
#include <assert.h>
#include <stdlib.h>

#include "cpu/tb/ir.h"
#include "util/bits.h"

/* What is known at an op. */
struct state {
    const struct block *b;
    int insn;          /* guest instruction, -1: none yet */
    uint64_t rip;      /* of the next one */
    bool t0, t1, kept; /* hold something */
    bool page;         /* an access has found its page, and nothing has come between */
    bool vectors, x87; /* the guest's are in the host's registers */
};

static bool is_one_of(unsigned size, const char *sizes)
{
    for (; *sizes; sizes++) {
        if (size == (unsigned)*sizes)
            return true;
    }
    return false;
}

static bool is_high(unsigned value)
{
    return value >= V_AH && value <= V_BH;
}

static bool needs_rex(unsigned value, unsigned size)
{
    return value != V_NONE && !is_high(value) &&
           (size == 1 ? value > RBX : value > RDI || value == RSP);
}

/* ---- sizes ---- */

/* The sizes that an op may have, as characters. */
static const char *sizes_of(const struct op *op)
{
    switch (op->code) {
    case OP_INSN:
    case OP_VECTORS:
    case OP_STACK:
    case OP_CROSS:
        return NULL;
    case OP_SETCC:
        return "\1";
    case OP_IMUL:
    case OP_IMULI:
    case OP_CMOV:
    case OP_BT:
    case OP_BTS:
    case OP_BTR:
    case OP_BTC:
    case OP_CBW:
    case OP_CWD:
    case OP_EA:
    case OP_CLD:
    case OP_CLI:
        return "\2\4\10";
    case OP_MUL:
    case OP_IMUL1:
    case OP_DIV:
    case OP_IDIV:
    case OP_BSWAP:
        return "\4\10";
    case OP_MOVZX:
    case OP_MOVSX:
        return "\2\4\10";
    case OP_SIMD:
        return "\20\40";
    case OP_X87:
        return "\12";
    case OP_SEG:
        return "\1\2\4\10\12\20\40";
    case OP_HELPER:
    case OP_BR:
    case OP_BRCX:
    case OP_CANON:
    case OP_JMP:
    case OP_JMPI:
    case OP_ALONE:
        return "\10";
    default:
        return "\1\2\4\10";
    }
}

static const char *check_size(const struct op *op)
{
    const char *sizes = sizes_of(op);

    if (sizes ? !is_one_of(op->size, sizes) : op->size != 0)
        return "it has no such size";
    if ((op->code == OP_MOVZX || op->code == OP_MOVSX) &&
        (!is_one_of(op->from, "\1\2\4") || op->from >= op->size))
        return "its source is not smaller than its destination";
    if ((op->code == OP_SIMD || op->code == OP_X87) && op->mem &&
        !is_one_of(op->from, "\1\2\4\10\12\20\40"))
        return "its memory operand has no such size";
    return NULL;
}

/* ---- operands ---- */

static const char *check_value(const struct op *op, unsigned value, unsigned size)
{
    if (value == V_T0)
        return "t0 is an address, not a datum";
    if (value > V_KEPT)
        return "it has no such operand";
    if (is_high(value) && size != 1)
        return "ah, ch, dh and bh have one byte";
    if ((value == V_T1 || value == V_KEPT) && op->code != OP_MOV && op->code != OP_CANON &&
        op->code != OP_JMPI)
        return "t1 and kept are moved and jumped to, nothing else";
    return NULL;
}

static const char *check_destination(const struct op *op)
{
    unsigned operands = op_info[op->code].operands;
    bool optional = op->code == OP_SIMD || op->code == OP_X87;

    if (op->code == OP_EA)
        return op->d < 16 || op->d == V_T0 ? NULL : "its result is t0 or a general register";
    if (op->code == OP_SEG)
        return op->d == V_T0 ? NULL : "its result is t0";
    if (!(operands & (O_D | O_B)))
        return op->d == V_NONE && op->mem != MEM_DST ? NULL : "it has no destination";
    if (op->mem == MEM_DST && op->d != V_NONE && !optional)
        return "its destination is memory and a value";
    if (op->d == V_NONE)
        return op->mem == MEM_DST || optional ? NULL : "it lacks a destination";
    return check_value(op, op->d, op->size);
}

static const char *check_source(const struct op *op)
{
    unsigned operands = op_info[op->code].operands;
    bool extends = op->code == OP_MOVZX || op->code == OP_MOVSX;
    unsigned sources =
        (op->a != V_NONE) + (op->mem == MEM_SRC) + (op->is_imm && op->code != OP_X87);

    if (op->code == OP_SIMD || op->code == OP_X87)
        return op->a == V_NONE && !(op->is_imm && op->code == OP_SIMD) ? NULL
                                                                       : "it has no source value";
    if (!(operands & O_A))
        return sources == 0 ? NULL : "it has no source";
    if (sources != 1)
        return sources ? "it has two sources" : "it lacks a source";
    if (op->is_imm && !is_one_of(op->code, (const char[]){ OP_MOV, OP_ADD, OP_OR, OP_ADC, OP_SBB,
                                                           OP_AND, OP_SUB, OP_XOR, OP_CMP, OP_TEST,
                                                           OP_BT, OP_BTS, OP_BTR, OP_BTC, 0 }))
        return "its source is not an immediate";
    return op->a == V_NONE ? NULL : check_value(op, op->a, extends ? op->from : op->size);
}

static const char *check_memory(const struct op *op)
{
    bool reads = op->code == OP_CMP || op->code == OP_TEST;

    if (op->mem && !(op_info[op->code].operands & O_M))
        return "it takes no memory operand";
    if (op->mem > MEM_DST)
        return "it has no such memory operand";
    if (op->write && (op->mem != MEM_DST || reads))
        return "it writes no memory";
    if (op->mem == MEM_DST && !reads && !op->write)
        return "it writes memory that was not probed for writing";
    if (op->align && (op->code != OP_SIMD || !op->mem))
        return "alignment is asked of vectors in memory";
    return NULL;
}

static const char *check_high_bytes(const struct op *op)
{
    if (!is_high(op->d) && !is_high(op->a))
        return NULL;
    if (op->mem)
        return "ah, ch, dh and bh do not go with memory";
    if (needs_rex(op->d, op->size) || needs_rex(op->a, 1))
        return "ah, ch, dh and bh do not go with a register that needs REX";
    return NULL;
}

static const char *check_details(const struct op *op)
{
    bool has_address = op->base != V_NONE || op->index != V_NONE;

    switch (op->code) {
    case OP_EA:
        if ((op->base != V_NONE && op->base > R15) || (op->index != V_NONE && op->index > R15) ||
            op->scale > 3 || op->asize > ASIZE_64)
            return "an address is made of general registers";
        return NULL;
    case OP_SEG:
        if (op->seg > SEG_GS || op->cc > ACCESS_RMW)
            return "it has no such segment or access";
        break;
    case OP_SHL:
    case OP_SHR:
    case OP_SAR:
    case OP_ROL:
    case OP_ROR:
        if (op->imm < 1 || op->imm >= op->size * 8)
            return "its count is 0 or too large";
        break;
    case OP_BT:
    case OP_BTS:
    case OP_BTR:
    case OP_BTC:
        if (op->is_imm && (op->imm < 0 || op->imm >= op->size * 8))
            return "it has no such bit";
        break;
    case OP_BR:
    case OP_SETCC:
    case OP_CMOV:
        if (op->cc > 15)
            return "it has no such condition";
        break;
    default:
        break;
    }
    return has_address ? "registers of an address belong to ea" : NULL;
}

/* ---- flags ---- */

static const char *check_flags(const struct op *op)
{
    const struct op_info *info = &op_info[op->code];
    bool conditional = op->code == OP_BR || op->code == OP_SETCC || op->code == OP_CMOV;
    bool by_cl = op->code == OP_SHLCL || op->code == OP_SHRCL || op->code == OP_SARCL;

    if ((op->defines | op->uses) & ~ALL_FLAGS)
        return "it defines or uses what is no status flag";
    if (!(info->defines & DYNAMIC) && op->defines != info->defines)
        return "it does not define the flags that ops.def says";
    if (conditional && op->uses != condition_flags(op->cc))
        return "it does not use the flags of its condition";
    if (by_cl && !op->uses && op->live)
        return "flags that a count of 0 leaves alone are observed";
    if (!(info->uses & DYNAMIC) && !by_cl && op->uses != info->uses)
        return "it does not use the flags that ops.def says";
    return NULL;
}

/*
 * `live` of each op holds what may be observed behind it. Worked out here from ops.def once more: the
 * back end computes no flag that is not live.
 */
static const char *check_live(const struct block *b, unsigned *at)
{
    uint16_t needed = ALL_FLAGS;

    for (unsigned i = b->op_count; i-- > 0;) {
        const struct op *op = &b->ops[i];

        *at = i;
        if (op->dead) {
            if (op->mem || op->defines & needed)
                return "it was removed, and is needed";
            continue;
        }
        if (needed & ~op->live)
            return "flags that are observed are not live";
        needed = (uint16_t)((needed & ~op->defines) | op->uses);
        if (op_exposes(op))
            needed = ALL_FLAGS;
    }
    return needed & ~b->live_in ? "flags that are observed are not live before the block" : NULL;
}

/* ---- order ---- */

static const char *begin_insn(struct state *s, const struct op *op)
{
    bool code64 = (s->b->flags & TBF_MODE & MODE_CODE_MASK) == MODE_CODE64;

    if (op->insn != s->insn + 1 || op->insn >= s->b->count)
        return "guest instructions are not in order";
    s->insn++;
    if ((uint64_t)op->imm != (code64 ? s->rip : (uint32_t)s->rip) && (uint64_t)op->imm != s->rip)
        return "the guest instruction is elsewhere";
    s->rip += s->b->insns[op->insn].length;
    s->t0 = s->t1 = s->kept = false;
    return NULL;
}

static const char *check_temporaries(struct state *s, const struct op *op)
{
    if (op->code == OP_SEG && !s->t0)
        return "t0 is not set";
    if (op->follow &&
        (op->code != OP_EA || op->d != V_T0 || !s->page || abs(op->delta) >= (int)PAGE_SIZE / 2))
        return "it follows no address";
    if (op->code == OP_SEG || op->code == OP_HELPER || op->code == OP_X87 || op->mem)
        s->page = op->mem && op->code != OP_X87;
    if (op->a == V_T1 && !s->t1)
        return "t1 is not set, or lost in an access to memory";
    if (op->a == V_KEPT && !s->kept)
        return "kept is not set";
    if (op->mem) {
        if (!s->t0)
            return "t0 is not set";
        s->t0 = s->t1 = false; /* a host address from here on; the datum's register was used */
    }
    if (op->code == OP_SEG || op->code == OP_HELPER ||
        (op->code == OP_EA && op->imm != (int32_t)op->imm))
        s->t1 = false;
    if (op->d == V_T0)
        s->t0 = true;
    if (op->d == V_T1)
        s->t1 = true;
    if (op->d == V_KEPT)
        s->kept = true;
    return NULL;
}

static const char *check_residence(struct state *s, const struct op *op)
{
    switch (op->code) {
    case OP_VECTORS:
        s->vectors = true;
        break;
    case OP_STACK:
        s->x87 = true;
        break;
    case OP_HELPER:
        s->vectors = s->x87 = false;
        break;
    case OP_SIMD:
        if (!s->vectors)
            return "vectors were not asked for since the block began or the last helper";
        break;
    case OP_X87:
        if (!s->x87)
            return "x87regs were not asked for since the block began or the last helper";
        break;
    default:
        break;
    }
    return NULL;
}

static const char *check_place(struct state *s, const struct op *op, bool last)
{
    bool ends = op_info[op->code].effects & ENDS;

    if (op->code == OP_INSN)
        return last ? "the block does not end" : begin_insn(s, op);
    if (s->insn < 0)
        return "no guest instruction has begun";
    if (op->insn != s->insn)
        return "it belongs to another guest instruction";
    if (ends != last)
        return ends ? "the block ends before its last op" : "the block does not end";
    return NULL;
}

static const char *check_op(struct state *s, const struct op *op, bool last)
{
    const char *wrong;

    if (op->code >= OP_COUNT)
        return "no such op";
    wrong = check_place(s, op, last);
    if (!wrong)
        wrong = check_size(op);
    if (!wrong)
        wrong = check_memory(op);
    if (!wrong)
        wrong = check_destination(op);
    if (!wrong)
        wrong = check_source(op);
    if (!wrong)
        wrong = check_high_bytes(op);
    if (!wrong)
        wrong = check_details(op);
    if (!wrong)
        wrong = check_flags(op);
    if (!wrong && !op->dead)
        wrong = check_temporaries(s, op);
    if (!wrong)
        wrong = check_residence(s, op);
    return wrong;
}

const char *block_check(const struct block *b, unsigned *op)
{
    struct state s = { .b = b, .insn = -1, .rip = b->rip };

    *op = 0;
    if (!b->op_count || b->op_count > BLOCK_OPS || !b->count || b->count > TB_MAX)
        return "the block is empty or too long";
    for (unsigned i = 0; i < b->op_count; i++) {
        const char *wrong = check_op(&s, &b->ops[i], i + 1 == b->op_count);

        *op = i;
        if (wrong)
            return wrong;
    }
    if (s.insn + 1 != (int)b->count)
        return "guest instructions are missing";
    return b->optimized ? check_live(b, op) : NULL;
}

void block_must_hold(const struct block *b)
{
    const char *wrong;
    unsigned at;

    if (likely(!b->tbs->check))
        return;
    wrong = block_check(b, &at);
    if (!wrong)
        return;
    if (b->cpu->log && b->cpu->log->out) {
        struct out *out = b->cpu->log->out;

        block_print(b, out);
        out_printf(out, "op %u: %s\n", at, wrong);
    }
    assert(!"a valid block"); /* a mistake of ours: code made from it would be wrong */
}
