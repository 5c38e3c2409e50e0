/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/backend_x86_64.c - ops -> host code for x86-64, one op after the other. Most ops are one
 * host instruction on the registers where the guest's live (backend.h).
 */
#include "cpu/decode.h"
#include "cpu/tb/backend.h"

#include <stddef.h>

/* Where a guest register is while generated code runs. H_NONE: in struct cpu. */
static const uint8_t home[16] = {
    [RAX] = H_RAX,       [RCX] = H_RCX, [RDX] = H_RDX,  [RBX] = H_RBX,
    [RSP] = H_GUEST_RSP, [RBP] = H_RBP, [RSI] = H_RSI,  [RDI] = H_RDI,
    [R8] = H_R8,         [R9] = H_NONE, [R10] = H_NONE, [R11] = H_NONE,
    [R12] = H_R12,       [R13] = H_R13, [R14] = H_NONE, [R15] = H_NONE,
};

static struct host_rm place_of(const struct tb_cache *tbs, unsigned value)
{
    if (value < 16)
        return home[value] != H_NONE ? rm_reg(home[value]) : rm_abs(&tbs->cpu->gpr[value]);
    if (value <= V_BH)
        return rm_reg(4 + value - V_AH); /* AH CH DH BH, without REX */
    if (value == V_KEPT)
        return rm_abs(&tbs->scratch[0]);
    return rm_reg(value == V_T0 ? H_ADDRESS : H_DATUM);
}

void backend_prepare(struct tb_cache *tbs)
{
    struct backend *be = tbs->backend;

    be->tbs = tbs;
    be->cpu = tbs->cpu;
    for (unsigned value = 0; value < ARRAY_SIZE(be->value); value++)
        be->value[value] = place_of(tbs, value);
}

void backend_jump_thunk(struct backend *be, const uint8_t *thunk)
{
    uint8_t *place = put_jmp(be->c);

    patch_rel32(place, thunk - be->c->delta);
}

void backend_call_thunk(struct backend *be, const uint8_t *thunk)
{
    uint8_t *place = put_call(be->c);

    patch_rel32(place, thunk - be->c->delta);
}

void *backend_meta(struct backend *be, size_t bytes)
{
    void *p = tb_take_meta(&be->tbs->region[be->tb->region], bytes);

    be->c->full |= !p;
    return p ? p : be->spare;
}

struct stub *backend_stub(struct backend *be, enum stub_kind kind, unsigned op, uint8_t *place)
{
    struct stub *s = &be->stub[be->stubs < BACKEND_STUBS ? be->stubs : BACKEND_STUBS - 1];

    if (be->stubs < BACKEND_STUBS)
        be->stubs++;
    else
        be->c->full = true;
    s->kind = (uint8_t)kind;
    s->op = (uint16_t)op;
    s->place = place;
    s->ea = NULL;
    s->exit = NULL;
    s->state = be->flags;
    s->x87 = be->x87;
    return s;
}

/* ---- addresses ---- */

void backend_address(struct backend *be, const struct op *op)
{
    struct host_code *c = be->c;
    struct host_rm d = backend_value(be, op->d), base = { .reg = H_NONE },
                   index = { .reg = H_NONE };
    struct host_rm ea = { H_NONE, H_NONE, H_NONE, op->scale, (int32_t)op->imm };
    unsigned to = rm_is_reg(d) ? d.reg : H_SCRATCH;
    bool in_place = op->d == op->base && op->index == V_NONE && rm_is_reg(d);
    unsigned helper = op->d == V_T0 ? H_ADDRESS : H_DATUM; /* t0 outlives an LEA */

    if (op->base != V_NONE) {
        base = backend_value(be, op->base);
        ea.base = base.reg;
        if (!rm_is_reg(base)) {
            put_op(c, 0x8b, true, helper, base, 0);
            ea.base = (uint8_t)helper;
        }
    }
    if (op->index != V_NONE) {
        index = backend_value(be, op->index);
        ea.index = index.reg;
        if (!rm_is_reg(index)) {
            put_op(c, 0x8b, true, H_SCRATCH, index, 0);
            ea.index = H_SCRATCH;
        }
    }
    if (op->d != V_T0 && op->size < 8) { /* LEA of 16 or 32 bits, or SP */
        bool partial = op->size == 2;

        if (op->asize == ASIZE_16 && !partial) { /* a 16-bit address, zero-extended */
            put_op(c, 0x8d, false, H_SCRATCH, ea, 0);
            put_op(c, 0x0fb7, false, to, rm_reg(H_SCRATCH), 0);
        } else if (partial) {
            put_op(c, 0x8d, false, H_SCRATCH, ea, 0);
            if (op->asize == ASIZE_32 || op->asize == ASIZE_16) {
                put8(c, 0x66);
                if (rm_is_reg(d))
                    put_op(c, 0x8b, false, d.reg, rm_reg(H_SCRATCH), 0);
                else
                    put_op(c, 0x89, false, H_SCRATCH, d, 0);
            } else {
                put_store(c, 2, d, H_SCRATCH);
            }
            return;
        } else {
            put_op(c, 0x8d, false, to, ea, 0);
        }
    } else if (op->base == V_NONE && op->index == V_NONE) {
        put_mov_imm(c, to,
                    op->asize == ASIZE_16   ? (uint16_t)op->imm
                    : op->asize == ASIZE_32 ? (uint32_t)op->imm
                                            : (uint64_t)op->imm);
    } else if ((int32_t)op->imm != op->imm) {
        put_mov_imm(c, H_DATUM, (uint64_t)op->imm);
        ea.disp = 0;
        put_op(c, 0x8d, true, to, ea, 0);
        put_op(c, 0x03, true, to, rm_reg(H_DATUM), 0);
    } else if (in_place && op->asize == ASIZE_64) {
        put_op(c, 0x8d, true, to, ea, 0);
    } else {
        if (op->index == V_NONE && ea.disp == 0)
            put_op(c, 0x8b, op->asize == ASIZE_64, to, rm_reg(ea.base), 0);
        else
            put_op(c, 0x8d, op->asize == ASIZE_64, to, ea, 0);
        if (op->asize == ASIZE_16)
            put_op(c, 0x0fb7, false, to, rm_reg(to), 0);
    }
    if (!rm_is_reg(d))
        put_store(c, 8, d, to);
}

/* t0: offset -> linear address, unless it is beyond what may be accessed without further checks. */
static void compile_segment(struct backend *be, unsigned index)
{
    const struct op *op = &be->b->ops[index];
    struct host_code *c = be->c;
    struct segment *seg = &be->cpu->seg[op->seg];
    bool code64 = (be->b->flags & TBF_MODE & MODE_CODE_MASK) == MODE_CODE64;

    flags_before(be, op, true);
    if (!code64) {
        struct stub *s;
        struct host_rm end = rm_abs(op->cc == ACCESS_READ ? &seg->read_end : &seg->write_end);

        if (op->size > 16) { /* the ends are good for 16 bytes */
            put_op(c, 0x8d, true, H_DATUM, rm_mem(H_ADDRESS, op->size - 16), 0);
            put_op(c, 0x3b, true, H_DATUM, end, 0);
        } else {
            put_op(c, 0x3b, true, H_ADDRESS, end, 0);
        }
        s = backend_stub(be, STUB_SEGMENT, index, put_jcc(c, CC_AE));
        put_op(c, 0x03, false, H_ADDRESS, rm_abs(&seg->base), 0);
        s->back = c->p;
    } else {
        put_op(c, 0x03, true, H_ADDRESS, rm_abs(&seg->base), 0);
    }
}

/* The address before this one was probed, and is still in t0. */
static void follow_address(struct backend *be, unsigned index, unsigned size, bool write)
{
    const struct op *ea = &be->b->ops[index - 1];
    struct host_code *c = be->c;
    int32_t delta = ea->delta;
    struct stub *s;

    if (delta != 0 || size > 1) {
        put_op(c, 0x8d, true, H_DATUM,
               rm_mem(H_ADDRESS, delta < 0 ? delta : delta + (int32_t)size - 1), 0);
        put_op(c, 0x33, true, H_DATUM, rm_reg(H_ADDRESS), 0);
        put_alu_imm(c, ALU_CMP, 8, rm_reg(H_DATUM), (int32_t)PAGE_MASK);
        s = backend_stub(be, STUB_MEMORY, index, put_jcc(c, CC_A));
        s->bytes = (uint8_t)size;
        s->write = write;
        s->ea = ea;
    }
    if (delta)
        put_op(c, 0x8d, true, H_ADDRESS, rm_mem(H_ADDRESS, delta), 0);
    if (delta != 0 || size > 1)
        s->back = c->p;
}

void memory_probe(struct backend *be, unsigned index, unsigned size, bool write)
{
    struct host_code *c = be->c;
    unsigned view = be->b->flags >> TBF_VIEW_SHIFT & 3;
    const struct tlb_entry *entry = tlb_entries(be->cpu, view);
    struct host_rm tag =
        rm_mem(H_SCRATCH, (int32_t)(uintptr_t)(write ? &entry->write_tag : &entry->read_tag));
    struct stub *s;

    if (index && be->b->ops[index - 1].follow) {
        follow_address(be, index, size, write);
        return;
    }
    put_op(c, 0x8b, false, H_SCRATCH, rm_reg(H_ADDRESS), 0);
    if (size == 1)
        put_op(c, 0x8b, true, H_DATUM, rm_reg(H_ADDRESS), 0);
    else
        put_op(c, 0x8d, true, H_DATUM, rm_mem(H_ADDRESS, (int32_t)size - 1), 0);
    put_op(c, 0xc1, false, 5, rm_reg(H_SCRATCH), 0);
    put8(c, 7); /* page number * 32 */
    put_alu_imm(c, ALU_AND, 8, rm_reg(H_DATUM), ~(int32_t)PAGE_MASK);
    put_alu_imm(c, ALU_AND, 4, rm_reg(H_SCRATCH), (TLB_ENTRIES - 1) << 5);
    put_op(c, 0x3b, true, H_DATUM, tag, 0);
    s = backend_stub(be, STUB_MEMORY, index, put_jcc(c, CC_NE));
    s->bytes = (uint8_t)size;
    s->write = write;
    put_op(c, 0x03, true, H_ADDRESS, rm_mem(H_SCRATCH, (int32_t)(uintptr_t)&entry->addend), 0);
    s->back = c->p;
}

/* ---- leaving the block ---- */

static bool can_chain(const struct backend *be)
{
    return (be->b->flags & TBF_MODE & MODE_CODE_MASK) == MODE_CODE64 || be->b->flags & TBF_FLAT;
}

/* rip, then back to the engine, which looks it up. */
static void leave_lookup(struct backend *be, uint64_t rip)
{
    struct host_code *c = be->c;

    put_mov_imm(c, H_DATUM, rip);
    backend_jump_thunk(be, be->tbs->thunk.lookup);
}

static bool is_in_page(const struct backend *be, uint64_t rip)
{
    return !((rip ^ be->b->rip) & ~PAGE_MASK);
}

/* Chained later: `jump` leads to `stub` until then, with r10 the exit. */
static struct tb_exit *new_exit(struct backend *be, uint64_t rip, uint8_t *jump, uint8_t *stub)
{
    struct tb *tb = be->tb;
    struct tb_exit *exit = backend_meta(be, sizeof *exit);

    *exit = (struct tb_exit){
        .jump = jump, .stub = stub, .owner = tb, .rip = rip, .next_own = tb->exits
    };
    tb->exits = exit;
    return exit;
}

/* To another page, whose mapping may change: by the jump cache. */
static void leave_page(struct backend *be, uint64_t rip)
{
    struct host_code *c = be->c;
    struct tb_jump *jump = &be->tbs->table->jump[tb_jump_slot(rip)];
    uint8_t *miss[2];

    put_mov_imm(c, H_DATUM, rip);
    put_op(c, 0x3b, true, H_DATUM, rm_abs(&jump->la), 0);
    miss[0] = put_jcc(c, CC_NE);
    put_op(c, 0x8b, false, H_SCRATCH, rm_abs(&tb_generations(be->cpu, be->b->flags)[tlb_slot(rip)]),
           0);
    put_op(c, 0x3b, false, H_SCRATCH, rm_abs(&jump->generation), 0);
    miss[1] = put_jcc(c, CC_NE);
    put_op(c, 0xff, false, 4, rm_abs(&jump->code), 0);
    patch_rel32(miss[0], c->p);
    patch_rel32(miss[1], c->p);
    backend_jump_thunk(be, be->tbs->thunk.lookup);
}

/* A direct exit whose jump is at `place`: leads to its stub until it is chained. */
static void add_exit(struct backend *be, uint8_t *place, uint64_t rip)
{
    bool chained = can_chain(be);
    struct stub *s =
        backend_stub(be, chained && !is_in_page(be, rip) ? STUB_CROSS : STUB_EXIT, 0, place);

    s->state.imm = (int64_t)rip;
    s->exit = chained && is_in_page(be, rip) ? new_exit(be, rip, place, NULL) : NULL;
}

void backend_exit_stub(struct backend *be, const struct stub *s)
{
    uint64_t rip = (uint64_t)s->state.imm;

    if (s->exit) {
        s->exit->stub = be->c->p;
        put_mov_imm(be->c, H_SCRATCH, (uintptr_t)s->exit);
        backend_jump_thunk(be, be->tbs->thunk.chain);
    } else if (s->kind == STUB_CROSS) {
        leave_page(be, rip);
    } else {
        leave_lookup(be, rip);
    }
}

/* Here the code ends: no stub is needed. */
void backend_side_exit(struct backend *be, uint64_t rip)
{
    struct host_code *c = be->c;
    struct tb_exit *exit;

    if (!can_chain(be)) {
        leave_lookup(be, rip);
    } else if (!is_in_page(be, rip)) {
        leave_page(be, rip);
    } else {
        exit = new_exit(be, rip, NULL, (uint8_t *)(intptr_t)(be->tbs->thunk.chain - c->delta));
        put_mov_imm(c, H_SCRATCH, (uintptr_t)exit);
        exit->jump = put_jmp(c);
        patch_rel32(exit->jump, exit->stub);
    }
}

static void put_left(struct backend *be, int32_t by)
{
    if (by)
        put_alu_imm(be->c, ALU_ADD, 8, rm_reg(H_LEFT), by);
}

static void compile_branch(struct backend *be, unsigned index)
{
    const struct op *op = &be->b->ops[index];
    struct block *b = be->b;
    struct host_code *c = be->c;
    unsigned rest = b->count - 1u - op->insn;
    uint64_t rip = (uint64_t)op->imm;

    x87_save_pointers(be);
    if (rip == b->rip && rest == 0 && can_chain(be) && !be->live_in &&
        be->flags.place != FLAGS_HOST) {
        struct flag_state state;
        uint8_t *fall;

        /* The block is a loop, and nobody looks at the flags it begins with. */
        flags_want_host(be, op->uses);
        fall = put_jcc(c, op->cc ^ 1);
        state = be->flags;
        put_alu_imm(c, ALU_SUB, 8, rm_reg(H_LEFT), (int32_t)b->count);
        patch_rel32(put_jcc(c, CC_GE), be->body);
        be->flags.host = false;
        flags_save(be);
        put_left(be, (int32_t)b->count);
        leave_lookup(be, rip);
        patch_rel32(fall, c->p);
        be->flags = state;
        flags_save(be);
        return;
    }
    flags_save(be);
    flags_want_host(be, op->uses);
    if (rest == 0) {
        add_exit(be, put_jcc(c, op->cc), rip);
    } else {
        backend_stub(be, STUB_SIDE, index, put_jcc(c, op->cc));
    }
}

static void compile_jump_indirect(struct backend *be)
{
    struct host_code *c = be->c;
    const struct tb_table *table = be->tbs->table;
    struct host_rm entry = rm_mem(H_SCRATCH, (int32_t)(uintptr_t)table->jump), generation = entry,
                   code = entry, page = { H_NONE, H_NONE, H_ADDRESS, 2, 0 };

    x87_save_pointers(be);
    flags_save(be);
    generation.disp += (int32_t)offsetof(struct tb_jump, generation);
    code.disp += (int32_t)offsetof(struct tb_jump, code);
    if (unlikely(be->tbs->counted))
        put_alu_imm(c, ALU_ADD, 8, rm_abs(&be->tbs->counters.indirect), 1);
    put_op(c, 0x8b, false, H_SCRATCH, rm_reg(H_DATUM), 0);
    put_op(c, 0xc1, false, 5, rm_reg(H_SCRATCH), 0);
    put8(c, TB_JUMP_SHIFT);
    put_op(c, 0x33, false, H_SCRATCH, rm_reg(H_DATUM), 0);
    put_alu_imm(c, ALU_AND, 4, rm_reg(H_SCRATCH), TB_JUMPS - 1);
    put_op(c, 0xc1, false, 4, rm_reg(H_SCRATCH), 0);
    put8(c, 5); /* entries of 32 bytes */
    put_op(c, 0x3b, true, H_DATUM, entry, 0);
    backend_stub(be, STUB_MISS, 0, put_jcc(c, CC_NE));
    put_op(c, 0x8b, false, H_ADDRESS, rm_reg(H_DATUM), 0); /* tlb_slot() */
    put_op(c, 0xc1, false, 5, rm_reg(H_ADDRESS), 0);
    put8(c, 12);
    put_alu_imm(c, ALU_AND, 4, rm_reg(H_ADDRESS), TLB_ENTRIES - 1);
    page.disp = (int32_t)(uintptr_t)tb_generations(be->cpu, be->b->flags);
    put_op(c, 0x8b, false, H_ADDRESS, page, 0);
    put_op(c, 0x3b, false, H_ADDRESS, generation, 0);
    backend_stub(be, STUB_MISS, 0, put_jcc(c, CC_NE));
    put_op(c, 0xff, false, 4, code, 0);
}

/* Is t1 canonical? Else the interpreter runs the instruction and says what is wrong. */
static void compile_canonical(struct backend *be, unsigned index)
{
    const struct op *op = &be->b->ops[index];
    struct host_code *c = be->c;

    flags_before(be, op, true);
    put_op(c, 0x8b, true, H_SCRATCH, rm_reg(H_DATUM), 0);
    put_op(c, 0xc1, true, 4, rm_reg(H_SCRATCH), 0);
    put8(c, 16);
    put_op(c, 0xc1, true, 7, rm_reg(H_SCRATCH), 0);
    put8(c, 16);
    put_op(c, 0x3b, true, H_SCRATCH, rm_reg(H_DATUM), 0);
    backend_stub(be, STUB_ALONE, index, put_jcc(c, CC_NE));
}

/* What the handler of instruction n is called with. */
static struct tb_site *make_site(struct backend *be, unsigned n)
{
    const struct block *b = be->b;
    struct tb_site *site = backend_meta(be, sizeof *site);
    struct insn *insn = &site->insn[0];

    *insn = b->insns[n];
    insn->exec = decode_handler(insn, b->flags & TBF_MODE);
    insn->offset = 0;
    insn->left = (uint8_t)(b->count - n);
    if (insn->mem && insn->base == REG_TRACE_IP)
        insn->disp += insn->length;
    site->insn[1] = (struct insn){ .exec = tb_end_of_handler, .offset = insn->length };
    site->flags = b->flags;
    site->tb = be->tb;
    site->rip = block_rip(b, n);
    site->after = site->rip + insn->length;
    if ((b->flags & TBF_MODE & MODE_CODE_MASK) != MODE_CODE64)
        site->after = (uint32_t)site->after;
    return site;
}

static void compile_helper(struct backend *be, unsigned index)
{
    const struct op *op = &be->b->ops[index];

    x87_save_pointers(be);
    flags_save(be);
    put_mov_imm(be->c, H_SCRATCH, (uintptr_t)make_site(be, op->insn));
    backend_call_thunk(be, be->tbs->thunk.helper);
    be->flags = (struct flag_state){ .place = FLAGS_CPU, .a = V_NONE, .b = V_NONE };
    be->tb->helpers++;
}

static void compile_simple(struct backend *be, const struct op *op)
{
    struct host_code *c = be->c;

    switch (op->code) {
    case OP_CBW:
        flags_before(be, op, false);
        if (op->size == 2)
            put8(c, 0x66);
        if (op->size == 8)
            put8(c, 0x48);
        put8(c, 0x98);
        break;
    case OP_CWD:
        flags_before(be, op, false);
        if (op->size == 2)
            put8(c, 0x66);
        if (op->size == 8)
            put8(c, 0x48);
        put8(c, 0x99);
        break;
    case OP_CLI:
    case OP_CLD:
        flags_before(be, op, true);
        put_alu_imm(c, ALU_AND, 4, rm_abs(&be->cpu->eflags),
                    (int32_t) ~(uint32_t)(op->code == OP_CLI ? IF : DF));
        break;
    default:
        break;
    }
}

static void compile_resident(struct backend *be, unsigned index)
{
    const struct op *op = &be->b->ops[index];
    bool x87 = op->code == OP_STACK;
    struct stub *s;

    flags_before(be, op, true);
    put_op(be->c, 0x80, false, 7, rm_abs(x87 ? &be->tbs->x87 : &be->tbs->vectors), 0);
    put8(be->c, 0);
    s = backend_stub(be, x87 ? STUB_X87 : STUB_VECTORS, index, put_jcc(be->c, CC_E));
    s->back = be->c->p;
}

/* Is the page that this instruction crosses into mapped as it was? */
static void compile_cross(struct backend *be, unsigned index)
{
    const struct op *op = &be->b->ops[index];
    const struct tlb_page *page = (const struct tlb_page *)(uintptr_t)op->imm;
    struct host_code *c = be->c;

    flags_before(be, op, true);
    put_mov_imm(c, H_SCRATCH, page->page);
    put_op(c, 0x3b, true, H_SCRATCH, rm_abs(&page->page), 0);
    backend_stub(be, STUB_ALONE, index, put_jcc(c, CC_NE));
    put_mov_imm(c, H_SCRATCH, page->pa);
    put_op(c, 0x3b, true, H_SCRATCH, rm_abs(&page->pa), 0);
    backend_stub(be, STUB_ALONE, index, put_jcc(c, CC_NE));
}

static void compile_op(struct backend *be, unsigned index)
{
    const struct op *op = &be->b->ops[index];

    switch (op->code) {
    case OP_INSN:
        break;
    case OP_EA:
        flags_before(be, op, false);
        if (!op->follow)
            backend_address(be, op);
        break;
    case OP_SEG:
        compile_segment(be, index);
        break;
    case OP_SIMD:
        backend_simd(be, index);
        break;
    case OP_X87:
        backend_x87(be, index);
        break;
    case OP_VECTORS:
    case OP_STACK:
        compile_resident(be, index);
        break;
    case OP_CBW:
    case OP_CWD:
    case OP_CLI:
    case OP_CLD:
        compile_simple(be, op);
        break;
    case OP_HELPER:
        compile_helper(be, index);
        break;
    case OP_BR:
        compile_branch(be, index);
        break;
    case OP_JMP:
        x87_save_pointers(be);
        flags_save(be);
        backend_side_exit(be, (uint64_t)op->imm);
        break;
    case OP_CROSS:
        compile_cross(be, index);
        break;
    case OP_CANON:
        compile_canonical(be, index);
        break;
    case OP_JMPI:
        compile_jump_indirect(be);
        break;
    case OP_ALONE:
        x87_save_pointers(be);
        flags_save(be);
        put_mov_imm(be->c, H_DATUM, (uint64_t)op->imm);
        backend_jump_thunk(be, be->tbs->thunk.alone);
        break;
    default:
        if (op->mem == MEM_SRC)
            data_load(be, index);
        else if (op->mem == MEM_DST)
            data_store(be, index);
        else
            data_registers(be, index);
    }
}

/* Enough for any op and its stub. */
#define ROOM 512

bool block_compile(struct block *b, struct tb *tb, struct host_code *c)
{
    struct backend *be = b->tbs->backend;
    uint8_t *start = c->p, *limit;

    be->b = b;
    be->tb = tb;
    be->c = c;
    be->stubs = 0;
    be->x87 = (struct x87_pointers){ 0 };
    be->flags = (struct flag_state){ .place = FLAGS_CPU, .a = V_NONE, .b = V_NONE };
    be->live_in = b->live_in;
    /* Time for all of it, or leave at once. */
    put_alu_imm(c, ALU_SUB, 8, rm_reg(H_LEFT), (int32_t)b->count);
    limit = put_jcc(c, CC_L);
    be->body = c->p;
    if (unlikely(b->tbs->counted))
        put_alu_imm(c, ALU_ADD, 8, rm_abs(&tb->executions), 1);
    tb->map = backend_meta(be, (b->count + 1u) * sizeof *tb->map);
    for (unsigned i = 0; i < b->op_count && !c->full; i++) {
        if (b->ops[i].dead)
            continue;
        if (b->ops[i].code == OP_INSN)
            tb->map[b->ops[i].insn] = (uint32_t)(c->p - start);
        compile_op(be, i);
        if (c->end - c->p < ROOM)
            c->full = true;
    }
    tb->map[b->count] = (uint32_t)(c->p - start);
    for (unsigned i = 0; i < be->stubs && !c->full; i++) {
        be->flags = be->stub[i].state;
        be->x87 = be->stub[i].x87;
        backend_stub_code(be, &be->stub[i]);
        if (c->end - c->p < ROOM)
            c->full = true;
    }
    if (c->full)
        return false;
    patch_rel32(limit, c->p);
    put_left(be, (int32_t)b->count);
    put_mov_imm(c, H_DATUM, b->rip);
    backend_jump_thunk(be, be->tbs->thunk.limit);
    tb->code = start + c->delta;
    tb->code_bytes = (uint32_t)(c->p - start);
    return true;
}
