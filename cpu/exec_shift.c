/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_shift.c - shifts and rotates. The count is cut to 5 bits, 6 for 64-bit operands; a count
 * of 0 changes no flag. Where the manual leaves OF undefined (counts above 1) the rule for a count
 * of 1 is applied to the result; AF is cleared.
 * Source: SDM Vol. 2, "SAL/SAR/SHL/SHR", "RCL/RCR/ROL/ROR", "SHLD", "SHRD".
 */
#include "cpu/exec.h"

#define HANDLERS_SHIFT(name)                                                                       \
    HANDLER_SIZES_(name, R_R)                                                                      \
    HANDLER_SIZES_(name, M_R)                                                                      \
    HANDLER_SIZES_(name, N_R)                                                                      \
    HANDLER_SIZES_(name, R_I)                                                                      \
    HANDLER_SIZES_(name, M_I)                                                                      \
    HANDLER_SIZES_(name, N_I)                                                                      \
    const struct handlers exec_##name = { .fn = {                                                  \
        HANDLER_ROW_(name, R_R), HANDLER_ROW_(name, M_R), HANDLER_ROW_(name, N_R),                 \
        HANDLER_ROW_(name, R_I), HANDLER_ROW_(name, M_I), HANDLER_ROW_(name, N_I) } };

ALWAYS_INLINE bool is_immediate_form(enum form form)
{
    return form == FORM_R_I || form == FORM_M_I || form == FORM_N_I;
}

ALWAYS_INLINE unsigned shift_count(const struct cpu *cpu, const struct insn *insn, enum form form,
                                   unsigned size)
{
    uint64_t count = is_immediate_form(form) ? insn->imm : cpu->gpr[RCX];

    return count & (size == 8 ? 63 : 31);
}

/* CF and OF only: rotates. */
ALWAYS_INLINE void set_cf_of(struct cpu *cpu, bool cf, bool of)
{
    flags_set_carry(cpu, cf, of, flag_af(cpu));
}

/* Opens a body with dest, count and msb; falls through with count != 0. */
#define SHIFT_BODY(name)                                                                           \
    BODY(name)                                                                                     \
    {                                                                                              \
        const unsigned width = size * 8;                                                           \
        unsigned count = shift_count(cpu, insn, form, size);                                       \
        uint64_t dest, result;                                                                     \
        uint64_t place;                                                                               \
                                                                                                   \
        if (!dest_read(cpu, insn, form, size, ACCESS_RMW, &place, &dest))                             \
            return BODY_FAULT;                                                                     \
        if (count == 0) {                                                                          \
            if (!dest_write(cpu, insn, form, size, place, dest))                                      \
                return BODY_FAULT;                                                                 \
            NEXT(cpu, insn);                                                                       \
        }

#define SHIFT_END(name)                                                                            \
        NEXT(cpu, insn);                                                                           \
    }                                                                                              \
    HANDLERS_SHIFT(name)

SHIFT_BODY(shl)
    bool cf;

    if (size == 8 || count < width) {
        result = zero_extend(dest << count, size);
        cf = dest >> (width - count) & 1;
    } else {
        result = 0;
        cf = count == width ? dest & 1 : 0;
    }
    if (!dest_write(cpu, insn, form, size, place, result))
        return BODY_FAULT;
    flags_set_carry(cpu, cf, cf ^ (result >> (width - 1) & 1), false);
    flags_set_result(cpu, result, size);
SHIFT_END(shl)

SHIFT_BODY(shr)
    bool cf = dest >> (count - 1) & 1;

    result = dest >> count;
    if (!dest_write(cpu, insn, form, size, place, result))
        return BODY_FAULT;
    flags_set_carry(cpu, cf, (result ^ result << 1) >> (width - 1) & 1, false);
    flags_set_result(cpu, result, size);
SHIFT_END(shr)

SHIFT_BODY(sar)
    int64_t value = sign_extend(dest, size);
    bool cf = value >> (count - 1) & 1;

    result = (uint64_t)(value >> count);
    if (!dest_write(cpu, insn, form, size, place, result))
        return BODY_FAULT;
    flags_set_carry(cpu, cf, false, false);
    flags_set_result(cpu, result, size);
    (void)width;
SHIFT_END(sar)

SHIFT_BODY(rol)
    bool cf;

    count %= width;
    result = count ? zero_extend(dest << count | dest >> (width - count), size) : dest;
    if (!dest_write(cpu, insn, form, size, place, result))
        return BODY_FAULT;
    cf = result & 1;
    set_cf_of(cpu, cf, cf ^ (result >> (width - 1) & 1));
SHIFT_END(rol)

SHIFT_BODY(ror)
    count %= width;
    result = count ? zero_extend(dest >> count | dest << (width - count), size) : dest;
    if (!dest_write(cpu, insn, form, size, place, result))
        return BODY_FAULT;
    set_cf_of(cpu, result >> (width - 1) & 1, (result ^ result << 1) >> (width - 1) & 1);
SHIFT_END(ror)

/* Rotates through CF: width + 1 bits. */
SHIFT_BODY(rcl)
    bool cf = flag_cf(cpu);

    count %= width + 1;
    result = dest;
    if (count) {
        uint64_t high = count > 1 ? dest >> (width + 1 - count) : 0;
        bool out = dest >> (width - count) & 1;

        result = zero_extend((count < 64 ? dest << count : 0) | (uint64_t)cf << (count - 1) | high,
                             size);
        cf = out;
    }
    if (!dest_write(cpu, insn, form, size, place, result))
        return BODY_FAULT;
    set_cf_of(cpu, cf, cf ^ (result >> (width - 1) & 1));
SHIFT_END(rcl)

SHIFT_BODY(rcr)
    bool cf = flag_cf(cpu);

    count %= width + 1;
    result = dest;
    if (count) {
        uint64_t low = count < 64 ? dest >> count : 0;
        uint64_t high = count > 1 ? dest << (width + 1 - count) : 0;
        bool out = dest >> (count - 1) & 1;

        result = zero_extend(low | (uint64_t)cf << (width - count) | high, size);
        cf = out;
    }
    if (!dest_write(cpu, insn, form, size, place, result))
        return BODY_FAULT;
    set_cf_of(cpu, cf, (result ^ result << 1) >> (width - 1) & 1);
SHIFT_END(rcr)

/*
 * SHLD, SHRD: bits come in from operand 2. A count above the width (16-bit operands) is undefined:
 * the 32-bit concatenation goes round, as the hardware does.
 */
ALWAYS_INLINE enum exec double_shift(struct cpu *cpu, struct insn *insn, enum form form,
                                     unsigned size, unsigned count, bool left)
{
    const unsigned width = size * 8;
    uint64_t dest, src = gpr_read(cpu, insn->src, size), result;
    uint64_t place;
    bool cf, of;

    count &= size == 8 ? 63 : 31;
    if (!dest_read(cpu, insn, form, size, ACCESS_RMW, &place, &dest))
        return BODY_FAULT;
    if (count == 0) {
        if (!dest_write(cpu, insn, form, size, place, dest))
            return BODY_FAULT;
        NEXT(cpu, insn);
    }
    if (count <= width) {
        if (left) {
            result = count == width ? src : dest << count | src >> (width - count);
            cf = dest >> (width - count) & 1;
        } else {
            result = count == width ? src : dest >> count | src << (width - count);
            cf = dest >> (count - 1) & 1;
        }
    } else { /* 16-bit, count 17-31 */
        unsigned more = count - 16;

        if (left) {
            result = src << more | dest >> (16 - more);
            cf = src >> (16 - more) & 1;
        } else {
            result = src >> more | dest << (16 - more);
            cf = src >> (more - 1) & 1;
        }
    }
    result = zero_extend(result, size);
    if (!dest_write(cpu, insn, form, size, place, result))
        return BODY_FAULT;
    of = (result ^ dest) >> (width - 1) & 1;
    flags_set_carry(cpu, cf, of, false);
    flags_set_result(cpu, result, size);
    NEXT(cpu, insn);
}

BODY(shld)
{
    return double_shift(cpu, insn, form, size, (unsigned)insn->imm, true);
}
HANDLERS_RM_R(shld)

BODY(shld_cl)
{
    return double_shift(cpu, insn, form, size, (unsigned)cpu->gpr[RCX], true);
}
HANDLERS_RM_R(shld_cl)

BODY(shrd)
{
    return double_shift(cpu, insn, form, size, (unsigned)insn->imm, false);
}
HANDLERS_RM_R(shrd)

BODY(shrd_cl)
{
    return double_shift(cpu, insn, form, size, (unsigned)cpu->gpr[RCX], false);
}
HANDLERS_RM_R(shrd_cl)
