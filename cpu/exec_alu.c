/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_alu.c - addition, subtraction, logic, comparison.
 * Source: SDM Vol. 2, the pages of the instructions.
 */
#include "cpu/exec.h"

/* ADD: DEST := DEST + SRC. */
BODY(add)
{
    uint64_t dest, src;
    uint64_t place;

    if (!src_read(cpu, insn, form, size, &src) ||
        !dest_read(cpu, insn, form, size, ACCESS_RMW, &place, &dest) ||
        !dest_write(cpu, insn, form, size, place, dest + src))
        return BODY_FAULT;
    flags_set_add(cpu, dest, src, dest + src, size);
    NEXT(cpu, insn);
}
HANDLERS_2(add)

/* ADC: DEST := DEST + SRC + CF. */
BODY(adc)
{
    uint64_t dest, src, result;
    uint64_t place;

    if (!src_read(cpu, insn, form, size, &src) ||
        !dest_read(cpu, insn, form, size, ACCESS_RMW, &place, &dest))
        return BODY_FAULT;
    result = dest + src + flag_cf(cpu);
    if (!dest_write(cpu, insn, form, size, place, result))
        return BODY_FAULT;
    flags_set_add(cpu, dest, src, result, size);
    NEXT(cpu, insn);
}
HANDLERS_2(adc)

/* SUB: DEST := DEST - SRC. */
BODY(sub)
{
    uint64_t dest, src;
    uint64_t place;

    if (!src_read(cpu, insn, form, size, &src) ||
        !dest_read(cpu, insn, form, size, ACCESS_RMW, &place, &dest) ||
        !dest_write(cpu, insn, form, size, place, dest - src))
        return BODY_FAULT;
    flags_set_sub(cpu, dest, src, dest - src, size);
    NEXT(cpu, insn);
}
HANDLERS_2(sub)

/* SBB: DEST := DEST - (SRC + CF). */
BODY(sbb)
{
    uint64_t dest, src, result;
    uint64_t place;

    if (!src_read(cpu, insn, form, size, &src) ||
        !dest_read(cpu, insn, form, size, ACCESS_RMW, &place, &dest))
        return BODY_FAULT;
    result = dest - src - flag_cf(cpu);
    if (!dest_write(cpu, insn, form, size, place, result))
        return BODY_FAULT;
    flags_set_sub(cpu, dest, src, result, size);
    NEXT(cpu, insn);
}
HANDLERS_2(sbb)

/* CMP: DEST - SRC, flags only. */
BODY(cmp)
{
    uint64_t dest, src;
    uint64_t place;

    if (!src_read(cpu, insn, form, size, &src) ||
        !dest_read(cpu, insn, form, size, ACCESS_READ, &place, &dest))
        return BODY_FAULT;
    flags_set_sub(cpu, dest, src, dest - src, size);
    NEXT(cpu, insn);
}
HANDLERS_2(cmp)

/* AND, OR, XOR: CF and OF clear, AF undefined (cleared, as the hardware does). */
#define LOGIC(name, operator)                                                                      \
    BODY(name)                                                                                     \
    {                                                                                              \
        uint64_t dest, src;                                                                        \
        uint64_t place;                                                                            \
                                                                                                   \
        if (!src_read(cpu, insn, form, size, &src) ||                                              \
            !dest_read(cpu, insn, form, size, ACCESS_RMW, &place, &dest) ||                        \
            !dest_write(cpu, insn, form, size, place, dest operator src))                          \
            return BODY_FAULT;                                                                     \
        flags_set_logic(cpu, dest operator src, size);                                             \
        NEXT(cpu, insn);                                                                           \
    }                                                                                              \
    HANDLERS_2(name)
LOGIC(and, &)
LOGIC(or, |)
LOGIC(xor, ^)

/* TEST: DEST AND SRC, flags only. */
BODY(test)
{
    uint64_t dest, src;
    uint64_t place;

    if (!src_read(cpu, insn, form, size, &src) ||
        !dest_read(cpu, insn, form, size, ACCESS_READ, &place, &dest))
        return BODY_FAULT;
    flags_set_logic(cpu, dest & src, size);
    NEXT(cpu, insn);
}
HANDLERS_2(test)

/* INC, DEC: CF stays. */
BODY(inc)
{
    uint64_t dest, result;
    uint64_t place;

    if (!dest_read(cpu, insn, form, size, ACCESS_RMW, &place, &dest))
        return BODY_FAULT;
    result = zero_extend(dest + 1, size);
    if (!dest_write(cpu, insn, form, size, place, result))
        return BODY_FAULT;
    flags_set_carry(cpu, flag_cf(cpu), result == BIT(size * 8 - 1), (result & 15) == 0);
    flags_set_result(cpu, result, size);
    NEXT(cpu, insn);
}
HANDLERS_1(inc)

BODY(dec)
{
    uint64_t dest;
    uint64_t place;

    if (!dest_read(cpu, insn, form, size, ACCESS_RMW, &place, &dest) ||
        !dest_write(cpu, insn, form, size, place, dest - 1))
        return BODY_FAULT;
    flags_set_carry(cpu, flag_cf(cpu), dest == BIT(size * 8 - 1), (dest & 15) == 0);
    flags_set_result(cpu, dest - 1, size);
    NEXT(cpu, insn);
}
HANDLERS_1(dec)

/* NEG: DEST := -DEST; CF set unless it was 0. */
BODY(neg)
{
    uint64_t dest;
    uint64_t place;

    if (!dest_read(cpu, insn, form, size, ACCESS_RMW, &place, &dest) ||
        !dest_write(cpu, insn, form, size, place, -dest))
        return BODY_FAULT;
    flags_set_sub(cpu, 0, dest, -dest, size);
    NEXT(cpu, insn);
}
HANDLERS_1(neg)

/* NOT: no flags. */
BODY(not )
{
    uint64_t dest;
    uint64_t place;

    if (!dest_read(cpu, insn, form, size, ACCESS_RMW, &place, &dest) ||
        !dest_write(cpu, insn, form, size, place, ~dest))
        return BODY_FAULT;
    NEXT(cpu, insn);
}
HANDLERS_1(not )
