/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/interp.h - decoded traces, cached by physical address and mode, and the jump cache. */
#ifndef CPU_INTERP_H
#define CPU_INTERP_H

#include "cpu/engine.h"

#define TRACE_MAX 32 /* instructions */

/* Straight-line code from one entry point: ends at a branch, a page border or TRACE_MAX. */
struct trace {
    phys_addr pa;
    struct trace *hash_next;
    struct trace *page_next;  /* traces that begin in the same page */
    uint32_t mode;            /* MODE_* */
    uint16_t count;           /* instructions, pseudo-instructions not counted */
    uint16_t bytes;
    bool dead;
    struct insn insns[];      /* then one pseudo-instruction that leaves */
};

struct jump_entry {
    uint64_t key; /* linear address xor cpu->traces->jump_key */
    struct trace *trace;
};
#define JUMP_ENTRIES 4096

struct trace_counters {
    uint64_t lookups, jump_misses, decoded, invalidated, flushes, alone;
};

/* The CPU's linear-to-trace mapping may have changed: forget the jump cache. */
void trace_forget_jumps(struct cpu *cpu);

#endif
