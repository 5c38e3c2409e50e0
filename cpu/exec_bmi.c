/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_bmi.c - bit manipulation on general registers, ADCX and ADOX, MOVBE.
 *
 * The VEX-encoded ones exist in protected mode only and ask for no AVX state. Their operands G, B
 * and E (ModRM.reg, VEX.vvvv, ModRM.rm) are filed as cpu/avx.h says: of two registers beside a
 * memory operand the second is in src.
 * Source: SDM Vol. 2, the pages of the instructions; Vol. 2A, "VEX-Encoded GPR Instructions". Flags
 * that the manual leaves undefined: AMD family 19h.
 */
#include "cpu/exec.h"
#include "util/bits.h"

/* ---- VEX-encoded ---- */

static COLD enum exec vex_not_recognised(struct cpu *cpu, struct insn *insn)
{
    RAISE(cpu, VEC_UD, 0, PROTECTED_MODE_ONLY, { EV_NONE, 0 });
    return EXEC_FAULT;
}

/* Flat forms and 64-bit operands are 64-bit mode's. */
#define VEX_HANDLER_(name, form, log2)                                                             \
    static enum exec name##_##form##_##log2(struct cpu *cpu, struct insn *insn)                    \
    {                                                                                              \
        if ((log2) == 2 && !is_flat_form(FORM_##form) && unlikely(!cpu_protected(cpu)))            \
            return vex_not_recognised(cpu, insn);                                                  \
        return name##_body(cpu, insn, FORM_##form, 1u << (log2));                                  \
    }
#define VEX_FORM_(name, form) [FORM_##form] = { NULL, NULL, name##_##form##_2, name##_##form##_3 }
#define VEX_HANDLERS(name)                                                                         \
    VEX_HANDLER_(name, R_R, 2)                                                                     \
    VEX_HANDLER_(name, R_R, 3)                                                                     \
    VEX_HANDLER_(name, R_M, 2)                                                                     \
    VEX_HANDLER_(name, R_M, 3)                                                                     \
    VEX_HANDLER_(name, R_N, 2)                                                                     \
    VEX_HANDLER_(name, R_N, 3)                                                                     \
    const struct handlers exec_##name = { .fn = { VEX_FORM_(name, R_R), VEX_FORM_(name, R_M),      \
                                                  VEX_FORM_(name, R_N) } };

/* Operand E: memory, or register n. */
ALWAYS_INLINE bool e_read(struct cpu *cpu, const struct insn *insn, const enum form form,
                          const unsigned size, unsigned n, uint64_t *value)
{
    uint64_t place;

    if (form != FORM_R_R)
        return form_read(cpu, insn, form, size, ACCESS_READ, &place, value);
    *value = gpr_read(cpu, n, size);
    return true;
}

/* Operand B of "G, E, B". */
ALWAYS_INLINE uint64_t b_after_e(const struct cpu *cpu, const struct insn *insn,
                                 const enum form form, const unsigned size)
{
    return gpr_read(cpu, form == FORM_R_R ? insn->third : insn->src, size);
}

/* SF ZF PF by the result, CF given, OF AF clear. */
ALWAYS_INLINE void flags_set_bits(struct cpu *cpu, uint64_t result, bool cf, unsigned size)
{
    flags_set_result(cpu, result, size);
    flags_set_carry(cpu, cf, false, false);
}

BODY(andn)
{
    uint64_t e, result;

    if (!e_read(cpu, insn, form, size, insn->third, &e))
        return BODY_FAULT;
    result = ~gpr_read(cpu, insn->src, size) & e;
    gpr_write(cpu, insn->dst, size, result);
    flags_set_bits(cpu, result, false, size);
    NEXT(cpu, insn);
}
VEX_HANDLERS(andn)

/* BLSR, BLSMSK, BLSI: `x` is the source. */
#define LOWEST_BIT(name, expression, carry)                                                        \
    BODY(name)                                                                                     \
    {                                                                                              \
        uint64_t x, result;                                                                        \
                                                                                                   \
        if (!e_read(cpu, insn, form, size, insn->src, &x))                                         \
            return BODY_FAULT;                                                                     \
        result = (expression);                                                                     \
        gpr_write(cpu, insn->dst, size, result);                                                   \
        flags_set_bits(cpu, result, carry, size);                                                  \
        NEXT(cpu, insn);                                                                           \
    }                                                                                              \
    VEX_HANDLERS(name)
LOWEST_BIT(blsr, x &(x - 1), x == 0)
LOWEST_BIT(blsmsk, x ^ (x - 1), x == 0)
LOWEST_BIT(blsi, x &(0 - x), x != 0)

/* Bits 7-0 of the second source say where the field starts, bits 15-8 how long it is. */
BODY(bextr)
{
    uint64_t value, control = b_after_e(cpu, insn, form, size);
    unsigned start = control & 0xff, length = control >> 8 & 0xff;

    if (!e_read(cpu, insn, form, size, insn->src, &value))
        return BODY_FAULT;
    value = start < 64 ? value >> start : 0;
    if (length < 64)
        value &= BIT(length) - 1;
    gpr_write(cpu, insn->dst, size, value);
    /* ZF PF by the result, SF clear, AF set. */
    cpu->flags_zero = value;
    cpu->flags_sign = value & 0xff;
    flags_set_carry(cpu, false, false, true);
    NEXT(cpu, insn);
}
VEX_HANDLERS(bextr)

BODY(bzhi)
{
    uint64_t value;
    unsigned index = b_after_e(cpu, insn, form, size) & 0xff;

    if (!e_read(cpu, insn, form, size, insn->src, &value))
        return BODY_FAULT;
    if (index < size * 8)
        value &= BIT(index) - 1;
    gpr_write(cpu, insn->dst, size, value);
    flags_set_bits(cpu, value, index >= size * 8, size);
    NEXT(cpu, insn);
}
VEX_HANDLERS(bzhi)

/* The bits of `value` that `mask` selects, moved together at the low end. */
static NOINLINE uint64_t extract_bits(uint64_t value, uint64_t mask)
{
    uint64_t result = 0;

    for (uint64_t to = 1; mask; mask &= mask - 1, to <<= 1) {
        if (value & mask & (0 - mask))
            result |= to;
    }
    return result;
}

/* The reverse: the low bits of `value` go where `mask` has ones. */
static NOINLINE uint64_t deposit_bits(uint64_t value, uint64_t mask)
{
    uint64_t result = 0;

    for (; mask; mask &= mask - 1, value >>= 1) {
        if (value & 1)
            result |= mask & (0 - mask);
    }
    return result;
}

/* The mask is the last operand. */
#define PARALLEL(name, function)                                                                   \
    BODY(name)                                                                                     \
    {                                                                                              \
        uint64_t mask;                                                                             \
                                                                                                   \
        if (!e_read(cpu, insn, form, size, insn->third, &mask))                                    \
            return BODY_FAULT;                                                                     \
        gpr_write(cpu, insn->dst, size, function(gpr_read(cpu, insn->src, size), mask));           \
        NEXT(cpu, insn);                                                                           \
    }                                                                                              \
    VEX_HANDLERS(name)
PARALLEL(pext, extract_bits)
PARALLEL(pdep, deposit_bits)

/* G:B := rDX * E; where G and B are one register, it gets the high half. */
BODY(mulx)
{
    uint64_t value;
    unsigned __int128 product;

    if (!e_read(cpu, insn, form, size, insn->third, &value))
        return BODY_FAULT;
    product = (unsigned __int128)value * gpr_read(cpu, RDX, size);
    gpr_write(cpu, insn->src, size, (uint64_t)product);
    gpr_write(cpu, insn->dst, size, (uint64_t)(product >> (size * 8)));
    NEXT(cpu, insn);
}
VEX_HANDLERS(mulx)

/* `x` by `n` bits, n already cut to the operand size. */
#define SHIFT_X(name, expression)                                                                  \
    BODY(name)                                                                                     \
    {                                                                                              \
        uint64_t x;                                                                                \
        unsigned n = b_after_e(cpu, insn, form, size) & (size * 8 - 1);                            \
                                                                                                   \
        if (!e_read(cpu, insn, form, size, insn->src, &x))                                         \
            return BODY_FAULT;                                                                     \
        gpr_write(cpu, insn->dst, size, (uint64_t)(expression));                                   \
        NEXT(cpu, insn);                                                                           \
    }                                                                                              \
    VEX_HANDLERS(name)
SHIFT_X(shlx, x << n)
SHIFT_X(shrx, x >> n)
SHIFT_X(sarx, sign_extend(x, size) >> n)

BODY(rorx)
{
    uint64_t x;
    unsigned n = insn->imm & (size * 8 - 1);

    if (!e_read(cpu, insn, form, size, insn->src, &x))
        return BODY_FAULT;
    if (n)
        x = x >> n | x << (size * 8 - n);
    gpr_write(cpu, insn->dst, size, x);
    NEXT(cpu, insn);
}
VEX_HANDLERS(rorx)

/* ---- with legacy encodings ---- */

/* OF stays; SF, AF and PF are clear whatever the result is. */
#define COUNT_ZEROS(name, expression)                                                              \
    BODY(name)                                                                                     \
    {                                                                                              \
        uint64_t x, result;                                                                        \
                                                                                                   \
        if (!src_read(cpu, insn, form, size, &x))                                                  \
            return BODY_FAULT;                                                                     \
        result = x ? (uint64_t)(expression) : size * 8;                                            \
        gpr_write(cpu, insn->dst, size, result);                                                   \
        cpu->flags_zero = result;                                                                  \
        cpu->flags_sign = 1; /* odd parity */                                                      \
        flags_set_carry(cpu, x == 0, flag_of(cpu), false);                                         \
        NEXT(cpu, insn);                                                                           \
    }                                                                                              \
    HANDLERS_R_RM(name)
COUNT_ZEROS(tzcnt, __builtin_ctzll(x))
COUNT_ZEROS(lzcnt, (unsigned)__builtin_clzll(x) - (64 - size * 8))

/* dest + src + carry; the carry out. */
ALWAYS_INLINE bool add_with_carry(uint64_t a, uint64_t b, bool carry, const unsigned size,
                                  uint64_t *sum)
{
    if (size < 8) {
        *sum = a + b + carry;
        return *sum >> (size * 8) & 1;
    }
    *sum = a + b + carry;
    return carry ? *sum <= a : *sum < a;
}

BODY(adcx)
{
    uint64_t b, sum;
    bool carry;

    if (!src_read(cpu, insn, form, size, &b))
        return BODY_FAULT;
    carry = add_with_carry(gpr_read(cpu, insn->dst, size), b, flag_cf(cpu), size, &sum);
    gpr_write(cpu, insn->dst, size, sum);
    flags_set_carry(cpu, carry, flag_of(cpu), flag_af(cpu));
    NEXT(cpu, insn);
}
HANDLERS_R_RM(adcx)

BODY(adox)
{
    uint64_t b, sum;
    bool carry;

    if (!src_read(cpu, insn, form, size, &b))
        return BODY_FAULT;
    carry = add_with_carry(gpr_read(cpu, insn->dst, size), b, flag_of(cpu), size, &sum);
    gpr_write(cpu, insn->dst, size, sum);
    flags_set_carry(cpu, flag_cf(cpu), carry, flag_af(cpu));
    NEXT(cpu, insn);
}
HANDLERS_R_RM(adox)

ALWAYS_INLINE uint64_t swap_bytes(uint64_t value, const unsigned size)
{
    return __builtin_bswap64(value) >> (64 - size * 8);
}

BODY(movbe_load)
{
    uint64_t value;

    if (!src_read(cpu, insn, form, size, &value))
        return BODY_FAULT;
    gpr_write(cpu, insn->dst, size, swap_bytes(value, size));
    NEXT(cpu, insn);
}
HANDLERS_R_RM(movbe_load)

BODY(movbe_store)
{
    uint64_t value = swap_bytes(gpr_read(cpu, insn->src, size), size);

    if (!form_write(cpu, insn, form, size, value))
        return BODY_FAULT;
    NEXT(cpu, insn);
}
HANDLER_SIZES_(movbe_store, M_R)
HANDLER_SIZES_(movbe_store, N_R)
const struct handlers exec_movbe_store = { .fn = { HANDLER_ROW_(movbe_store, M_R),
                                                   HANDLER_ROW_(movbe_store, N_R) } };
