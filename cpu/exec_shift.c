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
    const struct handlers exec_##name = {                                                          \
        .fn = { HANDLER_ROW_(name, R_R), HANDLER_ROW_(name, M_R), HANDLER_ROW_(name, N_R),         \
                HANDLER_ROW_(name, R_I), HANDLER_ROW_(name, M_I), HANDLER_ROW_(name, N_I) }        \
    };

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

/* What a shift or rotate by `count` (at least 1) makes of the operand. */
struct shifted {
    uint64_t result;
    bool cf, of;
};

ALWAYS_INLINE bool top_bit(uint64_t value, unsigned size)
{
    return value >> (size * 8 - 1) & 1;
}

/* Are the two top bits of the result different? OF of a right shift or rotate. */
ALWAYS_INLINE bool top_bits_differ(uint64_t result, unsigned size)
{
    return top_bit(result ^ result << 1, size);
}

ALWAYS_INLINE struct shifted shift_shl(uint64_t dest, unsigned count, unsigned size, bool carry)
{
    const unsigned width = size * 8;
    struct shifted s = { 0, false, false };

    (void)carry;
    if (size == 8 || count < width) {
        s.result = zero_extend(dest << count, size);
        s.cf = dest >> (width - count) & 1;
    } else if (count == width) {
        s.cf = dest & 1;
    }
    s.of = s.cf ^ top_bit(s.result, size);
    return s;
}

ALWAYS_INLINE struct shifted shift_shr(uint64_t dest, unsigned count, unsigned size, bool carry)
{
    uint64_t result = dest >> count;

    (void)carry;
    return (struct shifted){ result, dest >> (count - 1) & 1, top_bits_differ(result, size) };
}

ALWAYS_INLINE struct shifted shift_sar(uint64_t dest, unsigned count, unsigned size, bool carry)
{
    int64_t value = sign_extend(dest, size);

    (void)carry;
    return (struct shifted){ zero_extend((uint64_t)(value >> count), size),
                             value >> (count - 1) & 1, false };
}

ALWAYS_INLINE struct shifted shift_rol(uint64_t dest, unsigned count, unsigned size, bool carry)
{
    const unsigned width = size * 8;
    uint64_t result = dest;

    (void)carry;
    count %= width;
    if (count)
        result = zero_extend(dest << count | dest >> (width - count), size);
    return (struct shifted){ result, result & 1, (result & 1) ^ top_bit(result, size) };
}

ALWAYS_INLINE struct shifted shift_ror(uint64_t dest, unsigned count, unsigned size, bool carry)
{
    const unsigned width = size * 8;
    uint64_t result = dest;

    (void)carry;
    count %= width;
    if (count)
        result = zero_extend(dest >> count | dest << (width - count), size);
    return (struct shifted){ result, top_bit(result, size), top_bits_differ(result, size) };
}

/* Rotates through CF: width + 1 bits. */
ALWAYS_INLINE struct shifted shift_rcl(uint64_t dest, unsigned count, unsigned size, bool carry)
{
    const unsigned width = size * 8;
    struct shifted s = { dest, carry, false };

    count %= width + 1;
    if (count) {
        uint64_t low = count > 1 ? dest >> (width + 1 - count) : 0;
        uint64_t high = count < 64 ? dest << count : 0;

        s.result = zero_extend(high | (uint64_t)carry << (count - 1) | low, size);
        s.cf = dest >> (width - count) & 1;
    }
    s.of = s.cf ^ top_bit(s.result, size);
    return s;
}

ALWAYS_INLINE struct shifted shift_rcr(uint64_t dest, unsigned count, unsigned size, bool carry)
{
    const unsigned width = size * 8;
    struct shifted s = { dest, carry, false };

    count %= width + 1;
    if (count) {
        uint64_t low = count < 64 ? dest >> count : 0;
        uint64_t high = count > 1 ? dest << (width + 1 - count) : 0;

        s.result = zero_extend(low | (uint64_t)carry << (width - count) | high, size);
        s.cf = dest >> (count - 1) & 1;
    }
    s.of = top_bits_differ(s.result, size);
    return s;
}

/* Shifts set all status flags (AF, undefined, is 1), rotates CF and OF. A count of 0 still writes. */
#define SHIFT(name, sets_all_flags)                                                                \
    BODY(name)                                                                                     \
    {                                                                                              \
        unsigned count = shift_count(cpu, insn, form, size);                                       \
        uint64_t dest, place;                                                                      \
        struct shifted s;                                                                          \
                                                                                                   \
        if (!dest_read(cpu, insn, form, size, ACCESS_RMW, &place, &dest))                          \
            return BODY_FAULT;                                                                     \
        if (count == 0) {                                                                          \
            if (!dest_write(cpu, insn, form, size, place, dest))                                   \
                return BODY_FAULT;                                                                 \
            NEXT(cpu, insn);                                                                       \
        }                                                                                          \
        s = shift_##name(dest, count, size, flag_cf(cpu));                                         \
        if (!dest_write(cpu, insn, form, size, place, s.result))                                   \
            return BODY_FAULT;                                                                     \
        flags_set_carry(cpu, s.cf, s.of, (sets_all_flags) || flag_af(cpu));                        \
        if (sets_all_flags)                                                                        \
            flags_set_result(cpu, s.result, size);                                                 \
        NEXT(cpu, insn);                                                                           \
    }                                                                                              \
    HANDLERS_SHIFT(name)
SHIFT(shl, true)
SHIFT(shr, true)
SHIFT(sar, true)
SHIFT(rol, false)
SHIFT(ror, false)
SHIFT(rcl, false)
SHIFT(rcr, false)

/*
 * SHLD, SHRD: bits come in from operand 2. A count above the width (16-bit operands) leaves result
 * and flags undefined; hardware (AMD) rotates operand 2 then and clears CF. OF, undefined for counts
 * above 1, is there: the new sign against the bit below it (SHRD), against CF (SHLD; a count that is
 * the width: CF, above it 0).
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

        result = left ? src << more | src >> (16 - more) : src >> more | src << (16 - more);
        cf = false;
    }
    result = zero_extend(result, size);
    if (!dest_write(cpu, insn, form, size, place, result))
        return BODY_FAULT;
    if (left)
        of = count < width ? (result >> (width - 1) & 1) != cf : count == width && cf;
    else
        of = (result ^ result << 1) >> (width - 1) & 1;
    flags_set_carry(cpu, cf, of, true);
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
