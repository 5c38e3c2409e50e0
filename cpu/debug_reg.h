/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/debug_reg.h - DR0-DR7: which enabled breakpoints does an access meet?
 * Source: SDM Vol. 3B, "Debug Registers".
 */
#ifndef CPU_DEBUG_REG_H
#define CPU_DEBUG_REG_H

#include "cpu/cpu.h"
#include "util/bits.h"

/* R/Wn fields of DR7. */
enum { DR7_EXECUTE = 0, DR7_WRITE = 1, DR7_IO = 2, DR7_READ_WRITE = 3 };
enum { DR7_GD = 1 << 13 };
enum { DR6_BD = 1 << 13, DR6_BS = 1 << 14, DR6_BT = 1 << 15 };
#define DR6_FIXED UINT64_C(0xffff0ff0) /* bits that read as 1 */
#define DR7_FIXED UINT64_C(0x400)

static inline bool debug_enabled(const struct cpu *cpu, unsigned n)
{
    return cpu->dr[7] >> (n * 2) & 3;
}

static inline unsigned debug_kind(const struct cpu *cpu, unsigned n)
{
    return cpu->dr[7] >> (16 + n * 4) & 3;
}

/* Bytes that breakpoint n covers: LENn is 1, 2, 8, 4. */
static inline unsigned debug_length(const struct cpu *cpu, unsigned n)
{
    static const uint8_t bytes[4] = { 1, 2, 8, 4 };

    return bytes[cpu->dr[7] >> (18 + n * 4) & 3];
}

/* Is any of the enabled breakpoints of this kind (bit set: 1 << DR7_*)? */
static inline bool debug_any(const struct cpu *cpu, unsigned kinds)
{
    if (likely(!(cpu->dr[7] & 0xff)))
        return false;
    for (unsigned n = 0; n < 4; n++) {
        if (debug_enabled(cpu, n) && kinds >> debug_kind(cpu, n) & 1)
            return true;
    }
    return false;
}

/* DR6 bits B0-B3 of the enabled breakpoints of `kinds` that address..address+size-1 touches. */
static inline uint64_t debug_match(const struct cpu *cpu, unsigned kinds, uint64_t address,
                                   unsigned size)
{
    uint64_t hit = 0;

    if (likely(!(cpu->dr[7] & 0xff)))
        return 0;
    for (unsigned n = 0; n < 4; n++) {
        unsigned length = debug_length(cpu, n);
        uint64_t first = cpu->dr[n] & ~(uint64_t)(length - 1);

        if (debug_enabled(cpu, n) && kinds >> debug_kind(cpu, n) & 1 &&
            address <= first + (length - 1) && first <= address + (size - 1))
            hit |= BIT(n);
    }
    return hit;
}

#endif
