/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/eflags.h - status flags, kept as three words of the last operation and computed when read.
 *
 *   flags_zero   ZF = (flags_zero == 0)
 *   flags_sign   SF = (flags_sign < 0), PF = parity of its low byte
 *   flags_carry  the carry-out of each bit, moved so that the operand's top carry is bit 63:
 *                CF = bit 63, OF = bit 63 ^ bit 62, AF = bit 3
 *
 * An addition or subtraction of any size stores its sign-extended result twice and its carries once.
 */
#ifndef CPU_EFLAGS_H
#define CPU_EFLAGS_H

#include "cpu/cpu.h"
#include "util/bits.h"

ALWAYS_INLINE bool flag_cf(const struct cpu *cpu)
{
    return cpu->flags_carry >> 63;
}

ALWAYS_INLINE bool flag_zf(const struct cpu *cpu)
{
    return cpu->flags_zero == 0;
}

ALWAYS_INLINE bool flag_sf(const struct cpu *cpu)
{
    return cpu->flags_sign < 0;
}

ALWAYS_INLINE bool flag_of(const struct cpu *cpu)
{
    return (int64_t)(cpu->flags_carry ^ cpu->flags_carry << 1) < 0;
}

ALWAYS_INLINE bool flag_af(const struct cpu *cpu)
{
    return cpu->flags_carry >> 3 & 1;
}

ALWAYS_INLINE bool flag_pf(const struct cpu *cpu)
{
    return !__builtin_parity((unsigned)cpu->flags_sign & 0xff);
}

/* The carries of an operation of `size` bytes, in place for flags_carry. */
ALWAYS_INLINE uint64_t flags_align(uint64_t carries, unsigned size)
{
    return size == 8 ? carries : carries << (64 - size * 8) | (carries & 8);
}

ALWAYS_INLINE void flags_set_result(struct cpu *cpu, uint64_t result, unsigned size)
{
    int64_t r = sign_extend(result, size);

    cpu->flags_sign = r;
    cpu->flags_zero = (uint64_t)r;
}

/* result = a + b (+ carry); a, b of any width, cut to size. */
ALWAYS_INLINE void flags_set_add(struct cpu *cpu, uint64_t a, uint64_t b, uint64_t result,
                                 unsigned size)
{
    flags_set_result(cpu, result, size);
    cpu->flags_carry = flags_align((a & b) | ((a | b) & ~result), size);
}

/* result = a - b (- borrow) */
ALWAYS_INLINE void flags_set_sub(struct cpu *cpu, uint64_t a, uint64_t b, uint64_t result,
                                 unsigned size)
{
    flags_set_result(cpu, result, size);
    cpu->flags_carry = flags_align((~a & b) | ((~a | b) & result), size);
}

/* AND OR XOR TEST: CF OF AF clear. */
ALWAYS_INLINE void flags_set_logic(struct cpu *cpu, uint64_t result, unsigned size)
{
    flags_set_result(cpu, result, size);
    cpu->flags_carry = 0;
}

/* CF, OF, AF given apart (INC, shifts, ...). */
ALWAYS_INLINE void flags_set_carry(struct cpu *cpu, bool cf, bool of, bool af)
{
    cpu->flags_carry = (uint64_t)cf << 63 | (uint64_t)(cf ^ of) << 62 | (uint64_t)af << 3;
}

/* Set the six status flags from EFLAGS bits. */
static inline void flags_load(struct cpu *cpu, uint64_t eflags)
{
    flags_set_carry(cpu, eflags & CF, eflags & OF, eflags & AF);
    cpu->flags_zero = !(eflags & ZF);
    /* PF is the parity of the low byte: 0 has even parity, 1 odd. */
    cpu->flags_sign = (int64_t)((eflags & SF ? BIT(63) : 0) | (eflags & PF ? 0 : 1));
}

/* The six status flags as EFLAGS bits. */
static inline uint32_t flags_status(const struct cpu *cpu)
{
    return (flag_cf(cpu) ? CF : 0) | (flag_pf(cpu) ? PF : 0) | (flag_af(cpu) ? AF : 0) |
           (flag_zf(cpu) ? ZF : 0) | (flag_sf(cpu) ? SF : 0) | (flag_of(cpu) ? OF : 0);
}

/* Condition codes of Jcc, SETcc, CMOVcc: the low four bits of the opcode. */
ALWAYS_INLINE bool flags_condition(const struct cpu *cpu, unsigned code)
{
    bool r;

    switch (code >> 1) {
    case 0:
        r = flag_of(cpu);
        break;
    case 1:
        r = flag_cf(cpu);
        break;
    case 2:
        r = flag_zf(cpu);
        break;
    case 3:
        r = flag_cf(cpu) || flag_zf(cpu);
        break;
    case 4:
        r = flag_sf(cpu);
        break;
    case 5:
        r = flag_pf(cpu);
        break;
    case 6:
        r = flag_sf(cpu) != flag_of(cpu);
        break;
    default:
        r = flag_zf(cpu) || flag_sf(cpu) != flag_of(cpu);
        break;
    }
    return r != (code & 1);
}

#endif
