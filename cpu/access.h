/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/access.h - guest memory as instructions see it: logical -> linear -> physical address.
 *
 * Every function that can fault returns false with nothing changed and either cpu->fault set or,
 * while cpu->alone is false, cpu->want_alone: the access reaches a device or a watched page and the
 * instruction has to be run singly. Callers just leave with EXEC_FAULT.
 * Source: SDM Vol. 3A, "Protected-Mode Memory Management", "Paging".
 */
#ifndef CPU_ACCESS_H
#define CPU_ACCESS_H

#include "cpu/cpu.h"
#include "util/bits.h"

enum access {
    ACCESS_READ = 0,
    ACCESS_WRITE = 1,
    ACCESS_EXEC = 2,
    ACCESS_RMW = 3, /* a read whose write follows: checked as a write */
};

/* Whose rights: the current CPL's, or the processor's own (descriptor tables, TSS, stacks of an
 * inner level), which are supervisor accesses whatever CPL is. */
enum privilege { AS_CPL, AS_SUPERVISOR };

/*
 * Read or write `size` bytes (1, 2, 4 or 8; little-endian, zero-extended) at seg:offset. `offset`
 * is already cut to the address size. Checks limit, type, canonical form, alignment, paging.
 *   #SS(0) or #GP(0)   beyond the segment limit, wrong type, null, or non-canonical
 *   #PF(code)          no translation or no right;  #AC(0) at CPL 3 with alignment checks on
 */
MUST_CHECK bool cpu_read(struct cpu *cpu, enum seg seg, uint64_t offset, unsigned size,
                         uint64_t *value);
MUST_CHECK bool cpu_write(struct cpu *cpu, enum seg seg, uint64_t offset, unsigned size,
                          uint64_t value);
/* The same checks as a write of `bytes`, without writing: afterwards cpu_write cannot fault. */
MUST_CHECK bool cpu_probe_write(struct cpu *cpu, enum seg seg, uint64_t offset, unsigned bytes);
/* A run of 1-4096 bytes (FXSAVE, 16-byte operands): all checks come before the first byte moves.
 * Misaligned to `align` (a power of two; 1: any address): #GP(0). #AC(0) as above. */
MUST_CHECK bool cpu_read_bytes(struct cpu *cpu, enum seg seg, uint64_t offset, void *to,
                               unsigned bytes, unsigned align);
MUST_CHECK bool cpu_write_bytes(struct cpu *cpu, enum seg seg, uint64_t offset, const void *from,
                                unsigned bytes, unsigned align);
/* Before one of the two above, where it asks for no alignment: #AC(0) at CPL 3 with alignment checks
 * on, when seg:offset is not a multiple of `align`. The segment is checked first. */
MUST_CHECK bool cpu_check_alignment(struct cpu *cpu, enum seg seg, uint64_t offset, unsigned bytes,
                                    unsigned align, enum access access);
/* seg:offset -> linear address after all segment checks for `bytes` bytes. */
MUST_CHECK bool cpu_linear(struct cpu *cpu, enum seg seg, uint64_t offset, unsigned bytes,
                           enum access access, lin_addr *la);

/* Linear accesses, paging checks only. Linear addresses are cut to 32 bits outside long mode. */
MUST_CHECK bool linear_read(struct cpu *cpu, lin_addr la, unsigned size, enum privilege as,
                            uint64_t *value);
MUST_CHECK bool linear_write(struct cpu *cpu, lin_addr la, unsigned size, enum privilege as,
                             uint64_t value);
/* #AC if alignment checks are on and la is not a multiple of `size` (a power of two). */
MUST_CHECK bool linear_aligned(struct cpu *cpu, lin_addr la, unsigned size, enum privilege as);
MUST_CHECK bool linear_probe(struct cpu *cpu, lin_addr la, unsigned bytes, enum access access,
                             enum privilege as);

/* The debugger's eyes: nothing changes. False: not mapped or not memory. */
MUST_CHECK bool cpu_peek(const struct cpu *cpu, lin_addr la, void *to, size_t bytes);
/* The debugger's hand: through the page tables, no rights asked, no accessed or dirty bit. */
MUST_CHECK bool cpu_poke(struct cpu *cpu, lin_addr la, const void *from, size_t bytes);

/* Slow paths of the inline accessors in exec.h: read leaves the value in cpu->slow_value. */
bool access_read_slow(struct cpu *cpu, const struct insn *insn, lin_addr la, unsigned size,
                      enum access access);
bool access_write_slow(struct cpu *cpu, const struct insn *insn, lin_addr la, unsigned size,
                       uint64_t value);

/* Bits above the low 48 or 57 are copies of the highest of them. */
static inline bool canonical_48(uint64_t la)
{
    return (uint64_t)((int64_t)(la << 16) >> 16) == la;
}

static inline bool canonical_57(uint64_t la)
{
    return (uint64_t)((int64_t)(la << 7) >> 7) == la;
}

/* May it be an address of memory, or RIP? CR4.LA57 decides. */
static inline bool is_canonical(const struct cpu *cpu, uint64_t la)
{
    return likely(canonical_48(la)) || (cpu->cr4 & CR4_LA57 && canonical_57(la));
}

/*
 * May a segment base, a descriptor table's base, an MSR that holds an address, or INVPCID's
 * descriptor have it? What the processor could translate decides, whether CR4.LA57 is set or not:
 * SDM Vol. 1, "Canonical Addressing", "CPU-canonical"; Vol. 3A, "Canonicality Checking".
 */
static inline bool is_canonical_base(const struct cpu *cpu, uint64_t la)
{
    return likely(canonical_48(la)) || (cpu_has(cpu, F_LA57) && canonical_57(la));
}

#endif
