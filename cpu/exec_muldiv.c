/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_muldiv.c - multiplication and division.
 * Source: SDM Vol. 2, "MUL", "IMUL", "DIV", "IDIV".
 */
#include "cpu/exec.h"

/* CF = OF = the upper half matters; the others, undefined, stay. */
ALWAYS_INLINE void set_mul_flags(struct cpu *cpu, bool overflow)
{
    cpu->flags_carry = (uint64_t)overflow << 63 | (cpu->flags_carry & 8);
}

/* All are undefined: CF and OF stay, AF is set, the others are cleared. */
ALWAYS_INLINE void set_div_flags(struct cpu *cpu)
{
    cpu->flags_carry |= 8;
    cpu->flags_zero = 1;
    cpu->flags_sign = 1;
}

ALWAYS_INLINE void write_product(struct cpu *cpu, unsigned size, uint64_t low, uint64_t high)
{
    if (size == 1) {
        gpr_write(cpu, RAX, 2, (low & 0xff) | high << 8);
    } else {
        gpr_write(cpu, RAX, size, low);
        gpr_write(cpu, RDX, size, high);
    }
}

BODY(mul)
{
    uint64_t src, a = gpr_read(cpu, RAX, size), low, high;
    uint64_t place;

    if (!dest_read(cpu, insn, form, size, ACCESS_READ, &place, &src))
        return BODY_FAULT;
    if (size == 8) {
        unsigned __int128 product = (unsigned __int128)a * src;

        low = (uint64_t)product;
        high = (uint64_t)(product >> 64);
    } else {
        low = zero_extend(a * src, size);
        high = zero_extend(a * src >> (size * 8), size);
    }
    write_product(cpu, size, low, high);
    set_mul_flags(cpu, high != 0);
    NEXT(cpu, insn);
}
HANDLERS_1(mul)

/* Signed product: lower half, and whether it does not fit. *high: the upper half. */
ALWAYS_INLINE uint64_t signed_product(uint64_t a, uint64_t b, unsigned size, uint64_t *high,
                                      bool *overflow)
{
    __int128 product = (__int128)sign_extend(a, size) * sign_extend(b, size);
    uint64_t low = zero_extend((uint64_t)product, size);

    *high = zero_extend((uint64_t)(product >> (size * 8)), size);
    *overflow = product != sign_extend(low, size);
    return low;
}

BODY(imul_1)
{
    uint64_t src, low, high;
    uint64_t place;
    bool overflow;

    if (!dest_read(cpu, insn, form, size, ACCESS_READ, &place, &src))
        return BODY_FAULT;
    low = signed_product(gpr_read(cpu, RAX, size), src, size, &high, &overflow);
    write_product(cpu, size, low, high);
    set_mul_flags(cpu, overflow);
    NEXT(cpu, insn);
}
HANDLERS_1(imul_1)

BODY(imul_2)
{
    uint64_t src, low, high;
    bool overflow;

    if (!src_read(cpu, insn, form, size, &src))
        return BODY_FAULT;
    low = signed_product(gpr_read(cpu, insn->dst, size), src, size, &high, &overflow);
    gpr_write(cpu, insn->dst, size, low);
    set_mul_flags(cpu, overflow);
    NEXT(cpu, insn);
}
HANDLERS_R_RM(imul_2)

BODY(imul_3)
{
    uint64_t src, low, high;
    bool overflow;

    if (!src_read(cpu, insn, form, size, &src))
        return BODY_FAULT;
    low = signed_product(src, insn->imm, size, &high, &overflow);
    gpr_write(cpu, insn->dst, size, low);
    set_mul_flags(cpu, overflow);
    NEXT(cpu, insn);
}
HANDLERS_R_RM(imul_3)

static COLD bool raise_divide(struct cpu *cpu, uint64_t divisor)
{
    return RAISE(cpu, VEC_DE, 0, DIVIDE, { EV_VALUE, divisor });
}

ALWAYS_INLINE unsigned __int128 read_dividend(const struct cpu *cpu, unsigned size)
{
    if (size == 1)
        return (uint16_t)cpu->gpr[RAX];
    return (unsigned __int128)gpr_read(cpu, RDX, size) << (size * 8) | gpr_read(cpu, RAX, size);
}

ALWAYS_INLINE void write_quotient(struct cpu *cpu, unsigned size, uint64_t quotient,
                                  uint64_t remainder)
{
    if (size == 1) {
        gpr_write(cpu, RAX, 2, (quotient & 0xff) | remainder << 8);
    } else {
        gpr_write(cpu, RAX, size, quotient);
        gpr_write(cpu, RDX, size, remainder);
    }
}

BODY(div)
{
    uint64_t divisor, quotient, remainder;
    uint64_t place;

    if (!dest_read(cpu, insn, form, size, ACCESS_READ, &place, &divisor))
        return BODY_FAULT;
    if (size == 8 && cpu->gpr[RDX] != 0) {
        unsigned __int128 dividend = read_dividend(cpu, size);

        if (cpu->gpr[RDX] >= divisor) { /* includes 0 */
            raise_divide(cpu, divisor);
            return BODY_FAULT;
        }
        quotient = (uint64_t)(dividend / divisor);
        remainder = (uint64_t)(dividend % divisor);
    } else {
        uint64_t dividend = size == 8 ? cpu->gpr[RAX] : (uint64_t)read_dividend(cpu, size);

        if (divisor == 0 || (size < 8 && dividend / divisor > mask_bits(size * 8))) {
            raise_divide(cpu, divisor);
            return BODY_FAULT;
        }
        quotient = dividend / divisor;
        remainder = dividend % divisor;
    }
    write_quotient(cpu, size, quotient, remainder);
    set_div_flags(cpu);
    NEXT(cpu, insn);
}
HANDLERS_1(div)

BODY(idiv)
{
    uint64_t src;
    uint64_t place;
    int64_t divisor;
    __int128 dividend, quotient;

    if (!dest_read(cpu, insn, form, size, ACCESS_READ, &place, &src))
        return BODY_FAULT;
    divisor = sign_extend(src, size);
    if (size == 8)
        dividend = (__int128)read_dividend(cpu, size);
    else
        dividend = sign_extend((uint64_t)read_dividend(cpu, size), size * 2);
    if (divisor == 0) {
        raise_divide(cpu, src);
        return BODY_FAULT;
    }
    if (divisor == -1) { /* the host would trap on the most negative dividend */
        if (dividend == (__int128)((unsigned __int128)1 << 127)) {
            raise_divide(cpu, src);
            return BODY_FAULT;
        }
        quotient = -dividend;
    } else if (size < 8) {
        quotient = (int64_t)dividend / divisor;
    } else {
        quotient = dividend / divisor;
    }
    if (quotient != sign_extend((uint64_t)quotient, size)) {
        raise_divide(cpu, src);
        return BODY_FAULT;
    }
    write_quotient(cpu, size, zero_extend((uint64_t)quotient, size),
                   zero_extend((uint64_t)(dividend - quotient * divisor), size));
    set_div_flags(cpu);
    NEXT(cpu, insn);
}
HANDLERS_1(idiv)
