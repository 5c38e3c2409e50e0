/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/backend_data.c - ops on data: register to register, from memory, to memory; what each wants
 * of the flags before it, and how its own follow.
 */
#include "cpu/tb/backend.h"

static bool is_high(unsigned value)
{
    return value >= V_AH && value <= V_BH;
}

static bool defines_recipe(const struct op *op)
{
    return op->defines && op->live;
}

/* The register an op may compute in: the destination's own, or scratch for one that is in memory. */
static struct host_rm destination(struct backend *be, const struct op *op, bool reads)
{
    struct host_rm d = backend_value(be, op->d);

    if (rm_is_reg(d))
        return d;
    if (reads)
        put_op(be->c, 0x8b, true, H_SCRATCH, d, 0);
    return rm_reg(H_SCRATCH);
}

static void finish_destination(struct backend *be, const struct op *op)
{
    struct host_rm d = backend_value(be, op->d);

    if (!rm_is_reg(d))
        put_store(be->c, 8, d, H_SCRATCH);
}

static bool only_reads(const struct op *op)
{
    return op->code == OP_CMP || op->code == OP_TEST || op->code == OP_BT;
}

static bool writes_whole(const struct op *op)
{
    return (op->code == OP_MOV && op->size >= 4) ||
           ((op->code == OP_MOVZX || op->code == OP_MOVSX || op->code == OP_IMULI) &&
            op->size >= 4);
}

/* What an op wants of the flags that are there; before scratch is taken. */
void backend_want_flags(struct backend *be, const struct op *op)
{
    switch (op->code) {
    case OP_ADC:
    case OP_SBB:
        flags_want_carry(be);
        return;
    case OP_INC:
    case OP_DEC:
        if (op->live & CF)
            flags_want_carry(be);
        return;
    case OP_ROL:
    case OP_ROR:
    case OP_BT:
    case OP_BTS:
    case OP_BTR:
    case OP_BTC:
        if (op->live & ~op->defines)
            flags_want_host(be, ALL_FLAGS);
        return;
    case OP_SETCC:
    case OP_CMOV:
        flags_want_host(be, op->uses);
        return;
    default:
        return;
    }
}

/* What of an op's operands has to be kept for its own flags: d and a as they will be used. */
void backend_keep_operands(struct backend *be, const struct op *op, struct host_rm d,
                           struct host_rm a)
{
    struct host_code *c = be->c;
    struct tb_cache *tbs = be->tbs;

    if (!op->live)
        return;
    switch (op->code) {
    case OP_SHL:
    case OP_SHR:
    case OP_SAR:
        put_store(c, op->size, rm_abs(&tbs->cc_a), d.reg);
        put_store_imm(c, 4, rm_abs(&tbs->cc_b), (uint64_t)op->imm);
        return;
    case OP_IMUL:
    case OP_IMULI:
        if (!(op->live & op->defines))
            return;
        if (!rm_is_reg(a)) {
            put_load(c, 8, H_DATUM, a);
            a = rm_reg(H_DATUM);
        }
        put_store(c, 8, rm_abs(&tbs->cc_c), a.reg);
        if (op->code == OP_IMUL)
            put_store(c, 8, rm_abs(&tbs->cc_d), d.reg);
        else
            put_store_imm(c, 8, rm_abs(&tbs->cc_d), (uint64_t)op->imm);
        return;
    default:
        return;
    }
}

static void set_saved(struct backend *be, const struct op *op, unsigned ccop, uint16_t lacks)
{
    put_store_imm(be->c, 4, rm_abs(&be->tbs->cc_op), ccop | (unsigned)op->size << 8);
    be->flags = (struct flag_state){
        .place = FLAGS_CPU, .host = true, .lacks = lacks, .a = V_NONE, .b = V_NONE
    };
}

/* After a multiplication or division: what it did to the flags that flags_before() has saved. */
static void set_over(struct backend *be, const struct op *op, unsigned product)
{
    uint8_t *over = (uint8_t *)&be->tbs->cc_op + 2;

    be->flags.host = false;
    if (!(op->live & op->defines))
        return;
    if (product)
        put_store_imm(be->c, 1, rm_abs(over), PRODUCT(product, op->size));
    else
        put_store_imm(be->c, 1, rm_abs(over + 1), 1);
    be->flags = (struct flag_state){
        .place = FLAGS_CPU, .host = product, .lacks = SF | ZF | AF | PF, .a = V_NONE, .b = V_NONE
    };
}

/* After the host instruction: how the flags follow. `result`: the value that holds the result or
 * first operand; `second`: the source. */
static void conclude(struct backend *be, const struct op *op, unsigned result, unsigned second,
                     bool use_imm)
{
    bool temporary = result == V_T1 || (second == V_T1 && !use_imm);
    unsigned ccop;

    if (!op->defines)
        return;
    if (!op->live) {
        be->flags =
            (struct flag_state){ .place = FLAGS_CPU, .host = false, .a = V_NONE, .b = V_NONE };
        return;
    }
    switch (op->code) {
    case OP_CMP:
    case OP_SUB:
    case OP_ADD:
        ccop = op->code == OP_CMP ? CCOP_CMP : op->code == OP_SUB ? CCOP_SUB : CCOP_ADD;
        if (op->code != OP_CMP && !use_imm && !temporary && (op->d & 15) == (op->a & 15) &&
            op->d < V_T0) {
            flags_host_only(be, op); /* of a register and itself, or its other byte */
            return;
        }
        if (use_imm)
            flags_recipe_imm(be, op, ccop, result, op->imm);
        else
            flags_recipe(be, op, ccop, result, second);
        break;
    case OP_AND:
    case OP_OR:
    case OP_XOR:
        flags_recipe(be, op, CCOP_LOGIC, result, V_NONE);
        temporary = result == V_T1;
        break;
    case OP_TEST:
        flags_recipe(be, op, CCOP_LOGIC, result, V_NONE);
        temporary = result == V_T1;
        break;
    case OP_NEG:
        flags_recipe(be, op, CCOP_NEG, result, V_NONE);
        break;
    case OP_INC:
    case OP_DEC:
        if (op->live & CF)
            put_op(be->c, 0x0f92, false, 0, rm_abs(&be->tbs->cc_b), 0);
        flags_recipe(be, op, op->code == OP_INC ? CCOP_INC : CCOP_DEC, result, V_NONE);
        break;
    case OP_SHL:
        set_saved(be, op, CCOP_SHL, AF | (op->imm > 1 ? OF : 0));
        return;
    case OP_SHR:
        set_saved(be, op, CCOP_SHR, AF | (op->imm > 1 ? OF : 0));
        return;
    case OP_SAR:
        set_saved(be, op, CCOP_SAR, AF | (op->imm > 1 ? OF : 0));
        return;
    case OP_IMUL:
    case OP_IMULI:
        set_over(be, op, PRODUCT_IMUL);
        return;
    default:
        flags_host_only(be, op);
        return;
    }
    if (temporary)
        flags_save(be);
}

/* The result of TEST stays nowhere; where its flags are observed and the operands are not one
 * register, AND computes the same in a temporary. */
static bool test_needs_result(const struct op *op)
{
    return op->code == OP_TEST && op->live && (op->is_imm || op->mem || op->d != op->a);
}

/* MUL, IMUL with one operand, DIV, IDIV: a in a register or memory of struct cpu. */
static void compile_muldiv(struct backend *be, unsigned index, struct host_rm a)
{
    const struct op *op = &be->b->ops[index];
    struct host_code *c = be->c;
    unsigned size = op->size;

    if (op->code == OP_DIV) {
        put_alu(c, ALU_CMP, size, H_RDX, a);
        backend_stub(be, STUB_ALONE, index, put_jcc(c, CC_AE));
    } else if (op->code == OP_IDIV) {
        put_op(c, 0x8b, size == 8, H_SCRATCH, rm_reg(H_RAX), 0);
        put_op(c, 0xc1, size == 8, 7, rm_reg(H_SCRATCH), 0);
        put8(c, size * 8 - 1);
        put_alu(c, ALU_CMP, size, H_SCRATCH, rm_reg(H_RDX));
        backend_stub(be, STUB_ALONE, index, put_jcc(c, CC_NE));
        if (rm_is_reg(a)) {
            put_op(c, 0x8d, size == 8, H_SCRATCH, rm_mem(a.reg, 1), 0);
        } else {
            put_op(c, 0x8b, size == 8, H_SCRATCH, a, 0);
            put_alu_imm(c, ALU_ADD, size, rm_reg(H_SCRATCH), 1);
        }
        put_alu_imm(c, ALU_CMP, size, rm_reg(H_SCRATCH), 1);
        backend_stub(be, STUB_ALONE, index, put_jcc(c, CC_BE));
    }
    put_sized(c, 0xf6, size,
              op->code == OP_MUL     ? 4
              : op->code == OP_IMUL1 ? 5
              : op->code == OP_DIV   ? 6
                                     : 7,
              a);
    if (op->code == OP_DIV || op->code == OP_IDIV) {
        set_over(be, op, PRODUCT_NONE);
        return;
    }
    if (op->live & op->defines) {
        put_store(c, 8, rm_abs(&be->tbs->cc_c), H_RAX);
        put_store(c, 8, rm_abs(&be->tbs->cc_d), H_RDX);
    }
    set_over(be, op, op->code == OP_MUL ? PRODUCT_MUL : PRODUCT_IMUL1);
}

/* By way of RAX and RDX. */
static bool is_muldiv(const struct op *op)
{
    return op_is_muldiv(op) && op->code != OP_IMUL && op->code != OP_IMULI;
}

/* reg := value; the bytes AH CH DH BH come down to the lowest. Clobbers the host's flags then. */
static void load_byte_down(struct backend *be, unsigned reg, unsigned value)
{
    bool high = is_high(value);

    put_op(be->c, 0x8b, true, reg, high ? rm_reg(value - V_AH) : backend_value(be, value), 0);
    if (high) {
        put_op(be->c, 0xc1, true, 5, rm_reg(reg), 0);
        put8(be->c, 8);
    }
}

/* Register (or immediate) to register. */
void data_registers(struct backend *be, unsigned index)
{
    const struct op *op = &be->b->ops[index];
    struct host_code *c = be->c;
    struct host_rm d = rm_reg(H_NONE), a = rm_reg(H_NONE);

    flags_before(be, op, is_muldiv(op));
    if (is_muldiv(op)) {
        compile_muldiv(be, index, backend_value(be, op->a));
        return;
    }
    if (op->code == OP_MOV && rm_is_reg(backend_value(be, op->d)) == false && op->size >= 4 &&
        op->is_imm && op->imm == (int32_t)op->imm && (op->size == 8 || op->imm >= 0)) {
        put_store_imm(c, 8, backend_value(be, op->d), (uint64_t)op->imm);
        return;
    }
    backend_want_flags(be, op);
    if (!op->is_imm && op->a != V_NONE)
        a = backend_value(be, op->a);
    if (test_needs_result(op)) {
        load_byte_down(be, H_DATUM, op->d);
        if (op->is_imm) {
            put_alu_imm(c, ALU_AND, op->size, rm_reg(H_DATUM), (int32_t)op->imm);
        } else if (is_high(op->a)) {
            load_byte_down(be, H_SCRATCH, op->a);
            put_alu(c, ALU_AND, op->size, H_DATUM, rm_reg(H_SCRATCH));
        } else {
            put_alu(c, ALU_AND, op->size, H_DATUM, a);
        }
        conclude(be, op, V_T1, V_NONE, false);
        return;
    }
    if (op->code == OP_XCHG) {
        d = backend_value(be, op->d);
        if (!rm_is_reg(d) && !rm_is_reg(a)) {
            put_load(c, 8, H_SCRATCH, d);
            put_load(c, 8, H_DATUM, a);
        } else {
            put_op(c, 0x8b, true, H_SCRATCH, d, 0);
            put_op(c, 0x8b, true, H_DATUM, a, 0);
        }
        if (op->size == 4) {
            put_op(c, 0x8b, false, H_SCRATCH, rm_reg(H_SCRATCH), 0);
            put_op(c, 0x8b, false, H_DATUM, rm_reg(H_DATUM), 0);
        }
        put_store(c, op->size < 4 ? op->size : 8, d, H_DATUM);
        put_store(c, op->size < 4 ? op->size : 8, a, H_SCRATCH);
        return;
    }
    if (only_reads(op)) {
        d = backend_value(be, op->d);
        if (!rm_is_reg(d) && !op->is_imm && !rm_is_reg(a)) {
            put_op(c, 0x8b, true, H_SCRATCH, d, 0);
            d = rm_reg(H_SCRATCH);
        }
        if (op->code == OP_BT && !op->is_imm) { /* in memory, BT would reach beyond */
            if (!rm_is_reg(d)) {
                put_op(c, 0x8b, true, H_SCRATCH, d, 0);
                d = rm_reg(H_SCRATCH);
            }
            if (!rm_is_reg(a)) {
                put_op(c, 0x8b, true, H_DATUM, a, 0);
                a = rm_reg(H_DATUM);
            }
        }
        backend_compute(be, op, d, a, op->is_imm);
        conclude(be, op, op->d, op->a, op->is_imm);
        return;
    }
    if ((op->code == OP_BTS || op->code == OP_BTR || op->code == OP_BTC) && !op->is_imm &&
        !rm_is_reg(a)) {
        put_op(c, 0x8b, true, H_DATUM, a, 0);
        a = rm_reg(H_DATUM);
    }
    d = destination(be, op, !writes_whole(op));
    backend_keep_operands(be, op, d, a);
    backend_compute(be, op, d, a, op->is_imm);
    if (op->d != V_NONE)
        finish_destination(be, op);
    conclude(be, op, op->d, op->a, op->is_imm);
}

/* Operand [t0] as source. */
void data_load(struct backend *be, unsigned index)
{
    const struct op *op = &be->b->ops[index];
    struct host_code *c = be->c;
    unsigned size = op->code == OP_MOVZX || op->code == OP_MOVSX ? op->from : op->size;
    struct host_rm memory = rm_mem(H_ADDRESS, 0), d;
    bool through_datum = defines_recipe(op) || op->code == OP_CMOV || is_muldiv(op);

    flags_before(be, op, true);
    memory_probe(be, index, size, false);
    if (through_datum) {
        put_load(c, size, H_DATUM, memory);
        memory = rm_reg(H_DATUM);
    }
    if (is_muldiv(op)) {
        compile_muldiv(be, index, memory);
        return;
    }
    if (test_needs_result(op)) {
        put_alu(c, ALU_AND, size, H_DATUM, backend_value(be, op->d));
        conclude(be, op, V_T1, V_NONE, false);
        return;
    }
    backend_want_flags(be, op);
    if (only_reads(op)) {
        d = backend_value(be, op->d);
        if (!rm_is_reg(d) && !rm_is_reg(memory)) {
            put_op(c, 0x8b, true, H_SCRATCH, d, 0);
            d = rm_reg(H_SCRATCH);
        }
    } else {
        d = destination(be, op, !writes_whole(op));
    }
    backend_keep_operands(be, op, d, memory);
    backend_compute(be, op, d, memory, false);
    if (!only_reads(op))
        finish_destination(be, op);
    conclude(be, op, op->d, V_T1, false);
    if (!op->defines)
        be->flags.host = be->flags.host && op->code == OP_CMOV;
}

/* Operand [t0] as destination. */
void data_store(struct backend *be, unsigned index)
{
    const struct op *op = &be->b->ops[index];
    struct host_code *c = be->c;
    struct host_rm memory = rm_mem(H_ADDRESS, 0), a = rm_reg(H_NONE);
    bool far_imm = op->is_imm && op->size == 8 && op->imm != (int32_t)op->imm;

    flags_before(be, op, true);
    memory_probe(be, index, op->size, op->write);
    backend_want_flags(be, op);
    if (!op->is_imm && op->a != V_NONE) {
        a = backend_value(be, op->a);
        if (!rm_is_reg(a)) {
            put_op(c, 0x8b, true, H_SCRATCH, a, 0);
            a = rm_reg(H_SCRATCH);
        }
    }
    if (op->code == OP_MOV) {
        if (far_imm) {
            put_mov_imm(c, H_DATUM, (uint64_t)op->imm);
            put_store(c, 8, memory, H_DATUM);
        } else {
            backend_compute(be, op, memory, a, op->is_imm);
        }
    } else if (op->code == OP_SETCC) {
        backend_compute(be, op, memory, a, false);
        be->flags.host = false;
    } else if (op->code == OP_XCHG) {
        put_load(c, op->size, H_DATUM, memory);
        put_store(c, op->size, memory, a.reg);
        a = backend_value(be, op->a);
        if (rm_is_reg(a) && op->size >= 4)
            put_op(c, 0x8b, op->size == 8, a.reg, rm_reg(H_DATUM), 0);
        else
            put_store(c, op->size < 4 ? op->size : 8, a, H_DATUM);
    } else if (only_reads(op)) { /* CMP, TEST with a register or immediate */
        if (op->live) {
            put_load(c, op->size, H_DATUM, memory);
            if (op->code == OP_TEST) {
                if (op->is_imm)
                    put_alu_imm(c, ALU_AND, op->size, rm_reg(H_DATUM), (int32_t)op->imm);
                else
                    put_alu(c, ALU_AND, op->size, H_DATUM, a);
            } else {
                backend_compute(be, op, rm_reg(H_DATUM), a, op->is_imm);
            }
            conclude(be, op, V_T1, op->a, op->is_imm);
        } else {
            backend_compute(be, op, memory, a, op->is_imm);
            conclude(be, op, V_T1, op->a, op->is_imm);
        }
    } else if (defines_recipe(op)) {
        put_load(c, op->size, H_DATUM, memory);
        backend_keep_operands(be, op, rm_reg(H_DATUM), a);
        backend_compute(be, op, rm_reg(H_DATUM), a, op->is_imm);
        put_store(c, op->size, memory, H_DATUM);
        conclude(be, op, V_T1, op->a, op->is_imm);
    } else {
        backend_compute(be, op, memory, a, op->is_imm);
        conclude(be, op, V_T1, op->a, op->is_imm);
    }
}
