/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_bit.c - bit tests and scans, CMPXCHG, XADD.
 * Source: SDM Vol. 2, the pages of the instructions.
 */
#include "cpu/exec.h"

/* CF only; the other flags stay (the manual leaves OF SF AF PF undefined). */
ALWAYS_INLINE void set_cf(struct cpu *cpu, bool cf)
{
    flags_set_carry(cpu, cf, flag_of(cpu), flag_af(cpu));
}

ALWAYS_INLINE bool has_immediate(enum form form)
{
    return form == FORM_R_I || form == FORM_M_I || form == FORM_N_I;
}

/*
 * BT BTS BTR BTC. In memory a register bit offset is signed and reaches beyond the operand: the
 * address moves by whole operands.
 */
ALWAYS_INLINE enum exec bit_operation(struct cpu *cpu, struct insn *insn, enum form form,
                                      unsigned size, enum access access, char operation)
{
    const unsigned width = size * 8;
    uint64_t value, bit, index;
    uint64_t place;

    if (has_immediate(form)) {
        index = insn->imm & (width - 1);
        if (!dest_read(cpu, insn, form, size, access, &place, &value))
            return BODY_FAULT;
    } else if (form == FORM_R_R) {
        index = gpr_read(cpu, insn->src, size) & (width - 1);
        value = gpr_read(cpu, insn->dst, size);
        place = 0;
    } else {
        int64_t offset = sign_extend(gpr_read(cpu, insn->src, size), size);
        uint64_t ea = insn_offset(cpu, insn) + (uint64_t)((offset >> (size == 8   ? 6
                                                                      : size == 4 ? 5
                                                                                  : 4)) *
                                                          (int64_t)size);

        index = (uint64_t)offset & (width - 1);
        ea &= insn->asize == ASIZE_64   ? ~UINT64_C(0)
              : insn->asize == ASIZE_32 ? UINT64_C(0xffffffff)
                                        : UINT64_C(0xffff);
        if (!operand_linear_slow(cpu, insn, ea, size, access))
            return BODY_FAULT;
        place = cpu->slow_value;
        if (!read_linear(cpu, insn, place, size, access, &value))
            return BODY_FAULT;
    }
    bit = BIT(index);
    if (operation != 't') {
        uint64_t result = operation == 's'   ? value | bit
                          : operation == 'r' ? value & ~bit
                                             : value ^ bit;

        if (!dest_write(cpu, insn, form, size, place, result))
            return BODY_FAULT;
    }
    set_cf(cpu, value & bit);
    NEXT(cpu, insn);
}

#define BIT_OPERATION(name, access, operation)                                                     \
    BODY(name)                                                                                     \
    {                                                                                              \
        return bit_operation(cpu, insn, form, size, access, operation);                            \
    }                                                                                              \
    HANDLER_(name, R_R, 1)                                                                         \
    HANDLER_(name, R_R, 2)                                                                         \
    HANDLER_(name, R_R, 3)                                                                         \
    HANDLER_(name, N_R, 1)                                                                         \
    HANDLER_(name, N_R, 2)                                                                         \
    HANDLER_(name, N_R, 3)                                                                         \
    HANDLER_SIZES_(name, R_I)                                                                      \
    HANDLER_SIZES_(name, M_I)                                                                      \
    HANDLER_SIZES_(name, N_I)                                                                      \
    const struct handlers exec_##name = {                                                          \
        .fn = { [FORM_R_R] = { NULL, name##_R_R_1, name##_R_R_2, name##_R_R_3 },                   \
                [FORM_M_R] = { NULL, name##_N_R_1, name##_N_R_2, name##_N_R_3 },                   \
                [FORM_N_R] = { NULL, name##_N_R_1, name##_N_R_2, name##_N_R_3 },                   \
                HANDLER_ROW_(name, R_I),                                                           \
                HANDLER_ROW_(name, M_I),                                                           \
                HANDLER_ROW_(name, N_I) }                                                          \
    };
BIT_OPERATION(bt, ACCESS_READ, 't')
BIT_OPERATION(bts, ACCESS_RMW, 's')
BIT_OPERATION(btr, ACCESS_RMW, 'r')
BIT_OPERATION(btc, ACCESS_RMW, 'c')

/*
 * BSF, BSR: a zero source sets ZF and leaves the destination (a 32-bit one too, upper half kept). Of
 * the undefined flags PF follows the bit number (0 for a zero source), the others are cleared.
 */
#define SCAN(name, expression)                                                                     \
    BODY(name)                                                                                     \
    {                                                                                              \
        uint64_t value;                                                                            \
                                                                                                   \
        if (!src_read(cpu, insn, form, size, &value))                                              \
            return BODY_FAULT;                                                                     \
        cpu->flags_zero = value;                                                                   \
        cpu->flags_sign = 0;                                                                       \
        cpu->flags_carry = 0;                                                                      \
        if (value) {                                                                               \
            cpu->flags_sign = expression;                                                          \
            gpr_write(cpu, insn->dst, size, (uint64_t)cpu->flags_sign);                            \
        }                                                                                          \
        NEXT(cpu, insn);                                                                           \
    }                                                                                              \
    HANDLERS_R_RM(name)
SCAN(bsf, __builtin_ctzll(value))
SCAN(bsr, 63 - __builtin_clzll(value))

/* CMPXCHG: the destination is written in any case; flags as CMP rAX, DEST. */
BODY(cmpxchg)
{
    uint64_t dest, a = gpr_read(cpu, RAX, size), src = gpr_read(cpu, insn->src, size);
    uint64_t place;
    bool equal;

    if (!dest_read(cpu, insn, form, size, ACCESS_RMW, &place, &dest))
        return BODY_FAULT;
    equal = a == dest;
    if (form != FORM_R_R) {
        if (!dest_write(cpu, insn, form, size, place, equal ? src : dest))
            return BODY_FAULT;
        if (!equal)
            gpr_write(cpu, RAX, size, dest);
    } else if (equal) {
        gpr_write(cpu, insn->dst, size, src);
    } else {
        gpr_write(cpu, RAX, size, dest);
    }
    flags_set_sub(cpu, a, dest, a - dest, size);
    NEXT(cpu, insn);
}
HANDLERS_RM_R(cmpxchg)

BODY(xadd)
{
    uint64_t dest, src = gpr_read(cpu, insn->src, size);
    uint64_t place;

    if (!dest_read(cpu, insn, form, size, ACCESS_RMW, &place, &dest))
        return BODY_FAULT;
    if (form != FORM_R_R && !dest_write(cpu, insn, form, size, place, dest + src))
        return BODY_FAULT;
    gpr_write(cpu, insn->src, size, dest);
    if (form == FORM_R_R) /* last: XADD of a register with itself leaves the sum */
        gpr_write(cpu, insn->dst, size, dest + src);
    flags_set_add(cpu, dest, src, dest + src, size);
    NEXT(cpu, insn);
}
HANDLERS_RM_R(xadd)

static void set_zf(struct cpu *cpu, bool zf)
{
    flags_load(cpu, (flags_status(cpu) & ~(uint32_t)ZF) | (zf ? ZF : 0));
}

/* CMPXCHG8B m64: EDX:EAX with memory, ECX:EBX in. The write happens in any case. */
EXEC(cmpxchg8b)
{
    uint64_t offset = insn_offset(cpu, insn), dest, expected, value;
    bool equal;

    if (!cpu_check_alignment(cpu, MEM_SEG(insn), offset, 8, 8, ACCESS_WRITE) ||
        !cpu_probe_write(cpu, MEM_SEG(insn), offset, 8) ||
        !cpu_read(cpu, MEM_SEG(insn), offset, 8, &dest))
        return EXEC_FAULT;
    expected = (uint64_t)(uint32_t)cpu->gpr[RDX] << 32 | (uint32_t)cpu->gpr[RAX];
    equal = dest == expected;
    value = equal ? (uint64_t)(uint32_t)cpu->gpr[RCX] << 32 | (uint32_t)cpu->gpr[RBX] : dest;
    if (!cpu_write(cpu, MEM_SEG(insn), offset, 8, value))
        return EXEC_FAULT;
    if (!equal) {
        cpu->gpr[RAX] = (uint32_t)dest;
        cpu->gpr[RDX] = dest >> 32;
    }
    set_zf(cpu, equal);
    return EXEC_NEXT;
}

/* CMPXCHG16B m128: aligned, or #GP(0). */
EXEC(cmpxchg16b)
{
    uint64_t offset = insn_offset(cpu, insn), dest[2], value[2];
    bool equal, aligned;

    /* Misaligned is #GP(0) before all; else the page is asked for as a write. */
    aligned = !((cpu->seg[MEM_SEG(insn)].base + offset) & 15);
    if ((aligned && !cpu_probe_write(cpu, MEM_SEG(insn), offset, 16)) ||
        !cpu_read_bytes(cpu, MEM_SEG(insn), offset, dest, 16, 16))
        return EXEC_FAULT;
    dest[0] = LE64(dest[0]);
    dest[1] = LE64(dest[1]);
    equal = dest[0] == cpu->gpr[RAX] && dest[1] == cpu->gpr[RDX];
    value[0] = LE64(equal ? cpu->gpr[RBX] : dest[0]);
    value[1] = LE64(equal ? cpu->gpr[RCX] : dest[1]);
    if (!cpu_write_bytes(cpu, MEM_SEG(insn), offset, value, 16, 16))
        return EXEC_FAULT;
    if (!equal) {
        cpu->gpr[RAX] = dest[0];
        cpu->gpr[RDX] = dest[1];
    }
    set_zf(cpu, equal);
    return EXEC_NEXT;
}
