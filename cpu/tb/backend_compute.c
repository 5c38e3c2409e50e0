/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/tb/backend_compute.c - the host instruction of each integer op, on operands that are in place. */
#include "cpu/tb/backend.h"

static bool is_high(unsigned value)
{
    return value >= V_AH && value <= V_BH;
}

/* An operation of `size` bytes; opcode as in put_sized(). AH and its like need the encoding as is. */
static void put_values(struct backend *be, unsigned opcode, unsigned size, unsigned reg,
                       struct host_rm rm, bool plain_bytes)
{
    if (size == 1 && plain_bytes)
        put_op(be->c, opcode, false, reg, rm, 0);
    else
        put_sized(be->c, opcode, size, reg, rm);
}

static void put_shift(struct backend *be, unsigned n, unsigned size, struct host_rm d,
                      unsigned count, bool cl, bool high)
{
    struct host_code *c = be->c;
    unsigned opcode = cl ? 0xd2 : count == 1 ? 0xd0 : 0xc0;

    put_values(be, opcode, size, n, d, high);
    if (!cl && count != 1)
        put8(c, count);
}

/* The host instruction of an op. d: a register, or [address]; a: a register or memory, not both
 * memory. */
void backend_compute(struct backend *be, const struct op *op, struct host_rm d, struct host_rm a,
                     bool use_imm)
{
    struct host_code *c = be->c;
    bool high = is_high(op->d) || is_high(op->a);
    unsigned size = op->size;

    switch (op->code) {
    case OP_MOV:
        if (use_imm && rm_is_reg(d)) {
            if (size == 1) {
                put_values(be, 0xc6, 1, 0, d, high);
                put8(c, (uint8_t)op->imm);
            } else if (size == 2) {
                put_store_imm(c, 2, d, (uint64_t)op->imm);
            } else {
                put_mov_imm(c, d.reg, size == 4 ? (uint32_t)op->imm : (uint64_t)op->imm);
            }
        } else if (use_imm) {
            put_store_imm(c, size, d, (uint64_t)op->imm);
        } else if (rm_is_reg(d)) {
            put_values(be, 0x8a, size, d.reg, a, high);
        } else {
            put_values(be, 0x88, size, a.reg, d, high);
        }
        break;
    case OP_MOVZX:
    case OP_MOVSX: {
        bool sign = op->code == OP_MOVSX;

        if (size == 2)
            put8(c, 0x66);
        if (op->from == 4) /* MOVSXD; a 32-bit move clears the rest */
            put_op(c, sign ? 0x63 : 0x8b, sign, d.reg, a, 0);
        else
            put_op(c, (sign ? 0x0fbe : 0x0fb6) | (op->from == 2), size == 8, d.reg, a,
                   op->from == 1 && !high ? 2 : 0);
        break;
    }
    case OP_ADD:
    case OP_OR:
    case OP_ADC:
    case OP_SBB:
    case OP_AND:
    case OP_SUB:
    case OP_XOR:
    case OP_CMP: {
        unsigned n = op->code - OP_ADD;

        if (op->code == OP_CMP)
            n = ALU_CMP;
        if (use_imm && size == 1) {
            put_op(c, 0x80, false, n, d, high ? 0 : 2);
            put8(c, (uint8_t)op->imm);
        } else if (use_imm) {
            put_alu_imm(c, n, size, d, (int32_t)op->imm);
        } else if (rm_is_reg(d)) {
            put_values(be, n << 3 | 2, size, d.reg, a, high);
        } else {
            put_values(be, n << 3, size, a.reg, d, high);
        }
        break;
    }
    case OP_TEST:
        if (use_imm) {
            put_values(be, 0xf6, size, 0, d, high);
            if (size == 1) {
                put8(c, (uint8_t)op->imm);
            } else {
                put32(c, (uint32_t)op->imm);
                if (size == 2)
                    c->p -= 2;
            }
        } else if (rm_is_reg(a)) {
            put_values(be, 0x84, size, a.reg, d, high);
        } else {
            put_values(be, 0x84, size, d.reg, a, high);
        }
        break;
    case OP_INC:
    case OP_DEC:
        put_values(be, 0xfe, size, op->code == OP_DEC, d, high);
        break;
    case OP_NOT:
    case OP_NEG:
        put_values(be, 0xf6, size, op->code == OP_NOT ? 2 : 3, d, high);
        break;
    case OP_ROL:
    case OP_ROR:
        put_shift(be, op->code - OP_ROL, size, d, (unsigned)op->imm, false, high);
        break;
    case OP_SHL:
    case OP_SHR:
        put_shift(be, 4 + op->code - OP_SHL, size, d, (unsigned)op->imm, false, high);
        break;
    case OP_SAR:
        put_shift(be, 7, size, d, (unsigned)op->imm, false, high);
        break;
    case OP_SHLCL:
    case OP_SHRCL:
        put_shift(be, 4 + op->code - OP_SHLCL, size, d, 0, true, high);
        break;
    case OP_SARCL:
        put_shift(be, 7, size, d, 0, true, high);
        break;
    case OP_IMUL:
        if (size == 2)
            put8(c, 0x66);
        put_op(c, 0x0faf, size == 8, d.reg, a, 0);
        break;
    case OP_IMULI:
        if (size == 2)
            put8(c, 0x66);
        put_op(c, 0x69, size == 8, d.reg, a, 0);
        put32(c, (uint32_t)op->imm);
        if (size == 2)
            c->p -= 2;
        break;
    case OP_SETCC:
        put_op(c, 0x0f90 | op->cc, false, 0, d, high ? 0 : 2);
        break;
    case OP_CMOV:
        if (size == 2)
            put8(c, 0x66);
        put_op(c, 0x0f40 | op->cc, size == 8, d.reg, a, 0);
        break;
    case OP_BT:
    case OP_BTS:
    case OP_BTR:
    case OP_BTC: {
        unsigned n = op->code - OP_BT;

        if (size == 2)
            put8(c, 0x66);
        if (use_imm) {
            put_op(c, 0x0fba, size == 8, 4 + n, d, 0);
            put8(c, (uint8_t)op->imm);
        } else {
            put_op(c, 0x0fa3 | n << 3, size == 8, a.reg, d, 0);
        }
        break;
    }
    case OP_BSWAP:
        put8(c, 0x40 | (size == 8 ? 8 : 0) | (d.reg & 8 ? 1 : 0));
        put8(c, 0x0f);
        put8(c, 0xc8 | (d.reg & 7));
        break;
    default:
        break;
    }
}
