/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/frontend.c - guest instructions -> ops: integer instructions and branches. What has no
 * emitter is a call to the interpreter's handler; what ends a trace there ends the block before it
 * and is run singly.
 */
#include "cpu/exec.h"
#include "cpu/tb/ir.h"

struct op *block_op(struct block *b, enum op_code code, unsigned size)
{
    struct op *op = &b->ops[b->op_count++];

    *op = (struct op){
        .code = (uint8_t)code,
        .size = (uint8_t)size,
        .d = V_NONE,
        .a = V_NONE,
        .base = V_NONE,
        .index = V_NONE,
        .insn = (uint8_t)(b->count - 1),
        .defines = op_info[code].defines & ~DYNAMIC,
        .uses = op_info[code].uses & ~DYNAMIC,
    };
    return op;
}

static bool is_code64(const struct block *b)
{
    return (b->flags & TBF_MODE & MODE_CODE_MASK) == MODE_CODE64;
}

/* A byte register's offset into the register file, or the number of a wider one, as a value. */
static unsigned gpr_value(unsigned n, unsigned size)
{
    if (size != 1)
        return n;
    return n & 1 ? V_AH + (n >> 3) : n >> 3;
}

static bool kind_is_immediate(uint32_t operand)
{
    unsigned kind = OP_KIND(operand);

    return kind == K_I || kind == K_IS || kind == K_CONST;
}

static bool segment_is_flat(const struct block *b, unsigned seg, enum access access)
{
    if (seg == SEG_FLAT || seg == SEG_FLAT_SS)
        return true;
    if (is_code64(b))
        return seg != SEG_FS && seg != SEG_GS;
    return b->flags & TBF_FLAT && seg != SEG_FS && seg != SEG_GS &&
           (seg != SEG_CS || access == ACCESS_READ);
}

static void add_segment(struct block *b, unsigned seg, unsigned size, enum access access)
{
    struct op *op;

    if (segment_is_flat(b, seg, access))
        return;
    op = block_op(b, OP_SEG, size);
    op->d = V_T0;
    op->seg = (uint8_t)seg;
    op->cc = (uint8_t)access;
}

static void effective_address(struct block *b, unsigned d)
{
    const struct insn *insn = b->insn;
    struct op *op = block_op(b, OP_EA, 8);

    op->d = (uint8_t)d;
    op->imm = insn->disp;
    op->asize = insn->asize;
    op->scale = insn->scale;
    if (insn->base == REG_TRACE_IP)
        op->imm = (int64_t)(b->next_rip + (uint64_t)(int64_t)insn->disp);
    else if (insn->base != REG_ZERO)
        op->base = insn->base;
    if (insn->index != REG_ZERO)
        op->index = insn->index;
}

void block_address(struct block *b, unsigned size, enum access access)
{
    effective_address(b, V_T0);
    add_segment(b, b->insn->seg, size, access);
}

/* How wide the stack pointer is: ASIZE_*. */
static unsigned stack_asize(const struct block *b)
{
    return is_code64(b) ? ASIZE_64 : b->flags & MODE_STACK32 ? ASIZE_32 : ASIZE_16;
}

void block_stack_address(struct block *b, int64_t offset, unsigned size, enum access access)
{
    struct op *op = block_op(b, OP_EA, 8);

    op->d = V_T0;
    op->base = RSP;
    op->imm = offset;
    op->asize = (uint8_t)stack_asize(b);
    add_segment(b, is_code64(b) ? SEG_FLAT_SS : SEG_SS, size, access);
}

/* SP := SP + by, in the width of the stack; no flags. */
static void move_stack(struct block *b, int64_t by)
{
    struct op *op = block_op(b, OP_EA, 8);

    op->d = RSP;
    op->base = RSP;
    op->imm = by;
    op->asize = (uint8_t)stack_asize(b);
    op->size = (uint8_t)(2u << op->asize);
}

/* The source of a two-operand instruction: register or immediate. */
static void set_source(const struct block *b, struct op *op, unsigned position, unsigned size)
{
    const struct insn *insn = b->insn;

    if (kind_is_immediate(insn_row(insn)->operands[position])) {
        op->is_imm = true;
        op->imm = sign_extend(insn->imm, size);
    } else {
        op->a = (uint8_t)gpr_value(insn->src, size);
    }
}

/* ADD and the like: rm,reg; reg,rm; rm,imm. */
static bool emit_alu(struct block *b, unsigned code)
{
    const struct insn *insn = b->insn;
    unsigned size = op_size(insn, 0);
    bool store = code != OP_CMP && code != OP_TEST;
    bool dest_memory = insn->mem && operand_may_be_memory(insn_row(insn)->operands[0]);
    struct op *op;

    if (insn->mem)
        block_address(b, size, dest_memory && store ? ACCESS_RMW : ACCESS_READ);
    op = block_op(b, (enum op_code)code, size);
    if (dest_memory) {
        op->mem = MEM_DST;
        op->write = store;
        set_source(b, op, 1, size);
    } else {
        op->d = (uint8_t)gpr_value(insn->dst, size);
        if (insn->mem)
            op->mem = MEM_SRC;
        else
            set_source(b, op, 1, size);
    }
    return true;
}

static bool emit_mov(struct block *b, unsigned argument)
{
    const struct insn *insn = b->insn;
    unsigned size = op_size(insn, 0);
    bool dest_memory = insn->mem && operand_may_be_memory(insn_row(insn)->operands[0]);
    struct op *op;

    (void)argument;
    if (insn->mem)
        block_address(b, size, dest_memory ? ACCESS_WRITE : ACCESS_READ);
    op = block_op(b, OP_MOV, size);
    if (dest_memory) {
        op->mem = MEM_DST;
        op->write = true;
        set_source(b, op, 1, size);
    } else {
        op->d = (uint8_t)gpr_value(insn->dst, size);
        if (insn->mem)
            op->mem = MEM_SRC;
        else
            set_source(b, op, 1, size);
        if (op->is_imm && size == 8)
            op->imm = (int64_t)insn->imm;
    }
    return true;
}

static bool emit_extend(struct block *b, unsigned code)
{
    const struct insn *insn = b->insn;
    unsigned size = op_size(insn, 0), from = op_size(insn, 1);
    struct op *op;

    if (insn->mem)
        block_address(b, from, ACCESS_READ);
    op = block_op(b, from >= size ? OP_MOV : (enum op_code)code, size);
    op->from = (uint8_t)from;
    op->d = insn->dst;
    if (insn->mem)
        op->mem = MEM_SRC;
    else
        op->a = (uint8_t)gpr_value(insn->src, from);
    return true;
}

static bool emit_lea(struct block *b, unsigned argument)
{
    struct op *op;

    (void)argument;
    effective_address(b, b->insn->dst);
    op = &b->ops[b->op_count - 1];
    op->size = (uint8_t)insn_opsize(b->insn);
    return true;
}

/* INC DEC NEG NOT */
static bool emit_unary(struct block *b, unsigned code)
{
    const struct insn *insn = b->insn;
    unsigned size = op_size(insn, 0);
    struct op *op;

    if (insn->mem)
        block_address(b, size, ACCESS_RMW);
    op = block_op(b, (enum op_code)code, size);
    if (insn->mem) {
        op->mem = MEM_DST;
        op->write = true;
    } else {
        op->d = (uint8_t)gpr_value(insn->dst, size);
    }
    return true;
}

static bool emit_shift(struct block *b, unsigned code)
{
    const struct insn *insn = b->insn;
    uint32_t count = insn_row(insn)->operands[1];
    unsigned size = op_size(insn, 0), n = (unsigned)insn->imm & (size == 8 ? 63 : 31);
    struct op *op;

    if (OP_KIND(count) == K_REG) { /* CL */
        if (code == OP_ROL || code == OP_ROR)
            return false;
        b->has_vectors = b->has_x87 = false; /* it may become a call of the handler */
        code = code == OP_SHL ? OP_SHLCL : code == OP_SHR ? OP_SHRCL : OP_SARCL;
    } else if (n == 0 || n >= size * 8) {
        return false; /* nothing happens, or the handler knows what */
    }
    if (insn->mem)
        block_address(b, size, ACCESS_RMW);
    op = block_op(b, (enum op_code)code, size);
    op->imm = n;
    if (insn->mem) {
        op->mem = MEM_DST;
        op->write = true;
    } else {
        op->d = (uint8_t)gpr_value(insn->dst, size);
    }
    return true;
}

/* IMUL r,rm and IMUL r,rm,imm. */
static bool emit_imul(struct block *b, unsigned code)
{
    const struct insn *insn = b->insn;
    unsigned size = op_size(insn, 0);
    struct op *op;

    if (insn->mem)
        block_address(b, size, ACCESS_READ);
    op = block_op(b, (enum op_code)code, size);
    op->d = insn->dst;
    if (insn->mem)
        op->mem = MEM_SRC;
    else
        op->a = insn->src;
    op->imm = sign_extend(insn->imm, size);
    return true;
}

/* MUL IMUL DIV IDIV rm. */
static bool emit_muldiv(struct block *b, unsigned code)
{
    const struct insn *insn = b->insn;
    unsigned size = op_size(insn, 0);
    struct op *op;

    if (size < 4)
        return false;
    if (insn->mem)
        block_address(b, size, ACCESS_READ);
    op = block_op(b, (enum op_code)code, size);
    if (insn->mem)
        op->mem = MEM_SRC;
    else
        op->a = insn->dst;
    return true;
}

static bool emit_setcc(struct block *b, unsigned cc)
{
    struct op *op;

    if (b->insn->mem)
        block_address(b, 1, ACCESS_WRITE);
    op = block_op(b, OP_SETCC, 1);
    op->cc = (uint8_t)cc;
    op->uses = condition_flags(cc);
    if (b->insn->mem) {
        op->mem = MEM_DST;
        op->write = true;
    } else {
        op->d = (uint8_t)gpr_value(b->insn->dst, 1);
    }
    return true;
}

static bool emit_cmov(struct block *b, unsigned cc)
{
    const struct insn *insn = b->insn;
    unsigned size = op_size(insn, 0);
    struct op *op;

    if (insn->mem)
        block_address(b, size, ACCESS_READ);
    op = block_op(b, OP_CMOV, size);
    op->cc = (uint8_t)cc;
    op->uses = condition_flags(cc);
    op->d = insn->dst;
    if (insn->mem)
        op->mem = MEM_SRC;
    else
        op->a = insn->src;
    return true;
}

/* BT and the like on registers. */
static bool emit_bt(struct block *b, unsigned code)
{
    const struct insn *insn = b->insn;
    unsigned size = op_size(insn, 0);
    struct op *op;

    if (insn->mem)
        return false;
    op = block_op(b, (enum op_code)code, size);
    op->d = insn->dst;
    if (kind_is_immediate(insn_row(insn)->operands[1])) {
        op->is_imm = true;
        op->imm = (int64_t)(insn->imm & (size * 8 - 1));
    } else {
        op->a = insn->src;
    }
    return true;
}

static bool emit_bswap(struct block *b, unsigned argument)
{
    unsigned size = insn_opsize(b->insn);

    (void)argument;
    if (size < 4)
        return false;
    block_op(b, OP_BSWAP, size)->d = b->insn->dst;
    return true;
}

static bool emit_xchg(struct block *b, unsigned argument)
{
    const struct insn *insn = b->insn;
    unsigned size = op_size(insn, 0);
    struct op *op;

    (void)argument;
    if (insn->mem)
        block_address(b, size, ACCESS_RMW);
    op = block_op(b, OP_XCHG, size);
    op->a = (uint8_t)gpr_value(insn->src, size);
    if (insn->mem) {
        op->mem = MEM_DST;
        op->write = true;
    } else {
        op->d = (uint8_t)gpr_value(insn->dst, size);
    }
    return true;
}

static bool emit_plain(struct block *b, unsigned code)
{
    block_op(b, (enum op_code)code, insn_opsize(b->insn));
    return true;
}

static bool emit_nop(struct block *b, unsigned argument)
{
    (void)b;
    (void)argument;
    return true;
}

static bool emit_cli(struct block *b, unsigned argument)
{
    (void)argument;
    if (!(b->flags & TBF_CPL0))
        return false;
    block_op(b, OP_CLI, 4);
    return true;
}

/* ---- stack ---- */

/* Store what `op` says at SP - size, then move SP. */
static struct op *push_op(struct block *b, unsigned size)
{
    struct op *op;

    block_stack_address(b, -(int64_t)size, size, ACCESS_WRITE);
    op = block_op(b, OP_MOV, size);
    op->mem = MEM_DST;
    op->write = true;
    return op;
}

static bool emit_push(struct block *b, unsigned argument)
{
    const struct insn *insn = b->insn;
    unsigned size = insn_opsize(insn);
    struct op *op;

    (void)argument;
    if (insn->mem)
        return false;
    op = push_op(b, size);
    op->a = insn->dst;
    move_stack(b, -(int64_t)size);
    return true;
}

static bool emit_push_imm(struct block *b, unsigned argument)
{
    unsigned size = insn_opsize(b->insn);
    struct op *op = push_op(b, size);

    (void)argument;
    op->is_imm = true;
    op->imm = sign_extend(b->insn->imm, size);
    move_stack(b, -(int64_t)size);
    return true;
}

static bool emit_pop(struct block *b, unsigned argument)
{
    const struct insn *insn = b->insn;
    unsigned size = insn_opsize(insn);
    struct op *op;

    (void)argument;
    if (insn->mem)
        return false;
    block_stack_address(b, 0, size, ACCESS_READ);
    op = block_op(b, OP_MOV, size);
    op->mem = MEM_SRC;
    if (insn->dst == RSP) {
        op->d = V_T1;
        move_stack(b, size);
        op = block_op(b, OP_MOV, size);
        op->a = V_T1;
        op->d = RSP;
        return true;
    }
    op->d = insn->dst;
    move_stack(b, size);
    return true;
}

static bool emit_leave(struct block *b, unsigned argument)
{
    unsigned size = insn_opsize(b->insn), asize = stack_asize(b);
    struct op *op;

    (void)argument;
    if (is_code64(b) ? size != 8 : size != 4 || asize != ASIZE_32)
        return false;
    op = block_op(b, OP_EA, 8);
    op->d = V_T0;
    op->base = RBP;
    op->asize = (uint8_t)asize;
    add_segment(b, is_code64(b) ? SEG_FLAT_SS : SEG_SS, size, ACCESS_READ);
    op = block_op(b, OP_MOV, size);
    op->mem = MEM_SRC;
    op->d = V_T1;
    op = block_op(b, OP_EA, size);
    op->d = RSP;
    op->base = RBP;
    op->imm = size;
    op->asize = (uint8_t)asize;
    op = block_op(b, OP_MOV, size);
    op->d = RBP;
    op->a = V_T1;
    return true;
}

/* ---- branches ---- */

static bool target_is_good(const struct block *b, uint64_t rip)
{
    if (is_code64(b))
        return is_canonical(b->cpu, rip);
    return rip <= b->code_limit;
}

static uint64_t direct_target(const struct block *b)
{
    const struct insn *insn = b->insn;
    uint64_t rip = b->next_rip + (uint64_t)(int64_t)insn->disp;

    return is_code64(b) ? rip : insn_opsize(insn) == 2 ? (uint16_t)rip : (uint32_t)rip;
}

static bool emit_jcc(struct block *b, unsigned cc)
{
    uint64_t rip = direct_target(b);
    struct op *op;

    if (!target_is_good(b, rip))
        return false;
    op = block_op(b, OP_BR, 8);
    op->cc = (uint8_t)cc;
    op->uses = condition_flags(cc);
    op->imm = (int64_t)rip;
    if (unlikely(b->insn->row == b->cpu->break_row))
        op->cc ^= 1; /* made wrong on purpose */
    /* A loop ends its block: the way back then gives nothing back. */
    if (rip <= b->insn_rip && rip >= b->rip) {
        block_op(b, OP_JMP, 8)->imm = (int64_t)b->next_rip;
        b->ended = true;
    }
    return true;
}

static bool emit_jmp(struct block *b, unsigned argument)
{
    uint64_t rip = direct_target(b);

    (void)argument;
    if (!target_is_good(b, rip))
        return false;
    block_op(b, OP_JMP, 8)->imm = (int64_t)rip;
    b->ended = true;
    return true;
}

static bool emit_call(struct block *b, unsigned argument)
{
    uint64_t rip = direct_target(b);
    unsigned size = insn_opsize(b->insn);
    struct op *op;

    (void)argument;
    if (!target_is_good(b, rip))
        return false;
    op = push_op(b, size);
    op->is_imm = true;
    op->imm = (int64_t)b->next_rip;
    move_stack(b, -(int64_t)size);
    block_op(b, OP_JMP, 8)->imm = (int64_t)rip;
    b->ended = true;
    return true;
}

/*
 * Indirect branches go by the jump cache, whose key is a linear address: 64-bit mode, and flat code of
 * 32 bits, where every target is within the limit. Others are run singly. 0: this is one of them.
 */
static unsigned indirect_size(const struct block *b)
{
    unsigned size = insn_opsize(b->insn);

    if (is_code64(b))
        return size == 8 ? 8 : 0;
    return b->flags & TBF_FLAT && size == 4 ? 4 : 0;
}

/* To t1, which a move of 4 bytes has zero-extended. */
static void jump_indirect(struct block *b)
{
    block_op(b, OP_JMPI, 8)->a = V_T1;
    b->ended = true;
}

static void check_canonical(struct block *b)
{
    if (is_code64(b))
        block_op(b, OP_CANON, 8)->a = V_T1;
}

static bool emit_jmp_ind(struct block *b, unsigned is_call)
{
    const struct insn *insn = b->insn;
    unsigned size = indirect_size(b);
    struct op *op;

    if (!size)
        return false;
    if (insn->mem)
        block_address(b, size, ACCESS_READ);
    op = block_op(b, OP_MOV, size);
    if (insn->mem)
        op->mem = MEM_SRC;
    else
        op->a = insn->dst;
    op->d = V_T1;
    check_canonical(b);
    if (is_call) {
        op = block_op(b, OP_MOV, 8);
        op->d = V_KEPT;
        op->a = V_T1;
        op = push_op(b, size);
        op->is_imm = true;
        op->imm = (int64_t)b->next_rip;
        move_stack(b, -(int64_t)size);
        op = block_op(b, OP_MOV, 8);
        op->d = V_T1;
        op->a = V_KEPT;
    }
    jump_indirect(b);
    return true;
}

static bool emit_ret(struct block *b, unsigned with_imm)
{
    unsigned size = indirect_size(b);
    struct op *op;

    if (!size)
        return false;
    block_stack_address(b, 0, size, ACCESS_READ);
    op = block_op(b, OP_MOV, size);
    op->mem = MEM_SRC;
    op->d = V_T1;
    check_canonical(b);
    move_stack(b, size + (with_imm ? (int64_t)b->insn->imm : 0));
    jump_indirect(b);
    return true;
}

/* clang-format off */
const struct emitter emitters[] = {
    { &exec_add, emit_alu, OP_ADD }, { &exec_or, emit_alu, OP_OR }, { &exec_adc, emit_alu, OP_ADC },
    { &exec_sbb, emit_alu, OP_SBB }, { &exec_and, emit_alu, OP_AND }, { &exec_sub, emit_alu, OP_SUB },
    { &exec_xor, emit_alu, OP_XOR }, { &exec_cmp, emit_alu, OP_CMP }, { &exec_test, emit_alu, OP_TEST },
    { &exec_mov, emit_mov, 0 }, { &exec_movzx_b, emit_extend, OP_MOVZX },
    { &exec_movzx_w, emit_extend, OP_MOVZX }, { &exec_movsx_b, emit_extend, OP_MOVSX },
    { &exec_movsx_w, emit_extend, OP_MOVSX }, { &exec_movsxd, emit_extend, OP_MOVSX },
    { &exec_lea, emit_lea, 0 }, { &exec_inc, emit_unary, OP_INC }, { &exec_dec, emit_unary, OP_DEC },
    { &exec_neg, emit_unary, OP_NEG }, { &exec_not, emit_unary, OP_NOT },
    { &exec_shl, emit_shift, OP_SHL }, { &exec_shr, emit_shift, OP_SHR },
    { &exec_sar, emit_shift, OP_SAR }, { &exec_rol, emit_shift, OP_ROL },
    { &exec_ror, emit_shift, OP_ROR }, { &exec_imul_2, emit_imul, OP_IMUL },
    { &exec_imul_3, emit_imul, OP_IMULI }, { &exec_mul, emit_muldiv, OP_MUL },
    { &exec_imul_1, emit_muldiv, OP_IMUL1 }, { &exec_div, emit_muldiv, OP_DIV },
    { &exec_idiv, emit_muldiv, OP_IDIV },
#define SET(n, name) { &exec_set##name, emit_setcc, n }, { &exec_cmov##name, emit_cmov, n }, { &exec_j##name, emit_jcc, n },
    SET(0, o) SET(1, no) SET(2, b) SET(3, nb) SET(4, z) SET(5, nz) SET(6, be) SET(7, nbe)
    SET(8, s) SET(9, ns) SET(10, p) SET(11, np) SET(12, l) SET(13, nl) SET(14, le) SET(15, nle)
#undef SET
    { &exec_bt, emit_bt, OP_BT }, { &exec_bts, emit_bt, OP_BTS }, { &exec_btr, emit_bt, OP_BTR },
    { &exec_btc, emit_bt, OP_BTC }, { &exec_bswap, emit_bswap, 0 }, { &exec_xchg, emit_xchg, 0 },
    { &exec_cbw, emit_plain, OP_CBW }, { &exec_cwd, emit_plain, OP_CWD },
    { &exec_cld, emit_plain, OP_CLD }, { &exec_cli, emit_cli, 0 }, { &exec_nop, emit_nop, 0 },
    { &exec_push, emit_push, 0 }, { &exec_push_imm, emit_push_imm, 0 }, { &exec_pop, emit_pop, 0 },
    { &exec_leave_frame, emit_leave, 0 }, { &exec_jmp, emit_jmp, 0 }, { &exec_call, emit_call, 0 },
    { &exec_jmp_ind, emit_jmp_ind, false }, { &exec_call_ind, emit_jmp_ind, true },
    { &exec_ret, emit_ret, false }, { &exec_ret_imm, emit_ret, true },
    { NULL, NULL, 0 },
};
/* clang-format on */

/* Flags that the handler may leave other than they were; those it may leave alone must be there. */
static void emit_helper(struct block *b)
{
    const struct row *row = insn_row(b->insn);
    struct op *op = block_op(b, OP_HELPER, 8);

    op->defines = row->flags_written & ALL_FLAGS;
    op->uses = ALL_FLAGS; /* it may fault, and then they are pushed */
}

static void emit_alone(struct block *b)
{
    b->op_count -= b->crossing ? 2 : 1; /* OP_INSN, OP_CROSS */
    b->count--;
    block_op(b, OP_ALONE, 8)->imm = (int64_t)b->insn_rip;
    b->ended = true;
}

static bool is_high_byte(unsigned value)
{
    return value >= V_AH && value <= V_BH;
}

/* The host has no encoding for AH CH DH BH beside a register or address that needs REX. */
static bool needs_rex(unsigned value, unsigned size)
{
    return value != V_NONE && !is_high_byte(value) &&
           (size == 1 ? value > RBX : value > RDI || value == RSP);
}

static bool takes_high_bytes(unsigned code)
{
    return code == OP_MOV || code == OP_MOVZX || code == OP_MOVSX || code == OP_TEST ||
           (code >= OP_ADD && code <= OP_CMP && code != OP_ADC && code != OP_SBB);
}

static bool high_bytes_fit(const struct block *b, unsigned start)
{
    for (unsigned i = start; i < b->op_count; i++) {
        const struct op *op = &b->ops[i];

        if ((is_high_byte(op->d) || is_high_byte(op->a)) &&
            (op->mem || !takes_high_bytes(op->code) || needs_rex(op->d, op->size) ||
             needs_rex(op->a, 1)))
            return false;
    }
    return true;
}

void block_translate(struct block *b, const struct insn *insn, uint64_t rip)
{
    const struct row *row = insn_row(insn);
    const struct emitter *emitter = b->tbs->emit[insn->row];
    unsigned start;

    b->insn = &b->insns[b->count];
    if (insn != b->insn)
        b->insns[b->count] = *insn;
    b->at[b->count] = (uint16_t)(rip - b->rip);
    b->insn_rip = rip;
    b->next_rip = rip + insn->length;
    if (!is_code64(b))
        b->next_rip = (uint32_t)b->next_rip;
    b->count++;
    block_op(b, OP_INSN, 0)->imm = (int64_t)rip;
    if (b->crossing)
        block_op(b, OP_CROSS, 0)->imm = (int64_t)(uintptr_t)b->crossing;
    start = b->op_count;
    if (unlikely(insn->row == b->cpu->break_row) && !(row->attributes & A_BRANCH))
        emitter = NULL; /* made wrong on purpose: behind its handler */
    if (emitter && emitter->emit(b, emitter->argument) && high_bytes_fit(b, start))
        return;
    b->op_count = start;
    b->ended = false;
    if (row->attributes & (A_BRANCH | A_CALL | A_RET)) { /* its handler would go on by itself */
        emit_alone(b);
        return;
    }
    emit_helper(b);
    b->has_vectors = b->has_x87 = false;
    if (row->attributes & (A_END | A_IO)) {
        block_op(b, OP_JMP, 8)->imm = (int64_t)b->next_rip;
        b->ended = true;
    }
}
