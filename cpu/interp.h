/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/interp.h - decoded traces, cached by physical address and mode, and the jump cache. */
#ifndef CPU_INTERP_H
#define CPU_INTERP_H

#include "cpu/engine.h"
#include "cpu/tlb.h"

#define TRACE_MAX 32 /* instructions */

/* Straight-line code from one entry point: ends at a branch, a page border or TRACE_MAX. */
struct trace {
    phys_addr pa;
    struct trace *hash_next;
    struct trace *page_next; /* traces that begin in the same page */
    struct trace *crossing_next;
    uint32_t mode;  /* MODE_* */
    uint16_t count; /* instructions, pseudo-instructions not counted */
    uint16_t bytes;
    bool dead;
    uint8_t heat;        /* the translator's: how often it was executed as cold code */
    struct insn insns[]; /* then one pseudo-instruction that leaves */
};

/* Linear address -> trace, for the current mode and CPL; valid as long as the TLB of fetches has had the
 * page since. */
struct jump_entry {
    uint64_t key; /* linear address ^ jump_key of its time */
    struct trace *trace;
    uint32_t generation; /* of the page's slot in that TLB; never 0 */
};
#define JUMP_ENTRIES 8192

struct trace_counters {
    uint64_t slow_lookups; /* jump cache misses */
    uint64_t decoded;      /* traces made */
    uint64_t instructions; /* decoded instructions in them */
    uint64_t invalidated;  /* traces killed because their code was written */
    uint64_t flushes;      /* of the whole cache */
    uint64_t alone;        /* instructions run singly */
};

#define TRACE_HASH 65536
#define CODE_PAGE_HASH 4096

/* A physical page that holds code of traces. */
struct code_page {
    phys_addr page;
    uint64_t lines;         /* bit n: bytes 64n..64n+63 belong to a trace */
    struct trace *traces;   /* that begin here, by page_next */
    struct trace *crossing; /* one-instruction traces that end here, by crossing_next */
    struct code_page *next;
};

/* Parts of the jump key: entries of another mode or CPL class do not match until it comes back. */
#define JUMP_MODE_SHIFT 59 /* MODE_*, 3 bits; all set: no mode, nothing matches */
#define JUMP_USER_SHIFT 62 /* CPL 3 */
#define JUMP_NONE (UINT64_C(7) << JUMP_MODE_SHIFT)

struct trace_cache {
    uint64_t jump_key;          /* mode and CPL class; alone lookups differ by bit 63 */
    const uint32_t *generation; /* [TLB_ENTRIES], of the TLB that code is fetched through */
    struct jump_entry jump[JUMP_ENTRIES];
    struct trace *hash[TRACE_HASH];
    struct code_page *pages[CODE_PAGE_HASH];
    uint8_t *arena; /* traces and code pages, until it is full: then all is forgotten */
    size_t used, size;
    bool forget_pending; /* forget all at the next boundary */
    struct trace_counters counters;
};

static inline unsigned jump_hash(lin_addr la)
{
    return (la ^ la >> 13) % JUMP_ENTRIES;
}

void interp_create(struct cpu *cpu);
void interp_destroy(struct cpu *cpu);
/* Trace at CS:rip: by the jump cache or by physical address, decoded if need be. NULL: the fetch
 * faults, or leaves what a cached trace can hold; the engine then goes on at cpu->rip. */
struct trace *trace_find_slow(struct cpu *cpu, uint64_t rip);
/* The same for one instruction without breakpoint checks. NULL: a fetch fault was raised. */
struct trace *trace_find_alone(struct cpu *cpu, uint64_t rip);
/* Replace pairs of instructions by fused handlers (fuse.c). `slots` without the end. */
void fuse_trace(struct trace *trace, unsigned slots);
/* May a trace hold bytes of this range, which lies in one page? */
bool trace_code_at(const struct cpu *cpu, phys_addr pa, unsigned bytes);
/* struct engine's run. */
enum stop interp_run(struct cpu *cpu, uint64_t limit);
/*
 * What a run is made of, for engines that leave a part of it to the interpreter. All of them but the
 * first two are called at an instruction boundary with cpu->remaining > 0; true: the run ends with
 * *stop.
 */
void interp_begin(struct cpu *cpu, uint64_t limit);
/* Between two instructions nothing asks for attention: no event, no shadow, nobody who looks. */
bool interp_is_quiet(const struct cpu *cpu);
/* Something does: one event, or one instruction with all that is around it. */
MUST_CHECK bool interp_attend(struct cpu *cpu, enum stop *stop);
/* From this trace on, when it is quiet, until something must be looked at. */
MUST_CHECK bool interp_trace(struct cpu *cpu, struct trace *trace, enum stop *stop);
/* One instruction by itself, at its exact tick. */
MUST_CHECK bool interp_alone(struct cpu *cpu, enum stop *stop);
/* Deliver cpu->fault, raised at cpu->rip. */
MUST_CHECK bool interp_fault(struct cpu *cpu, enum stop *stop);
/* Remember in insn->link the trace at CS:rip, if there is one; same page as insn only. */
void trace_link(struct cpu *cpu, struct insn *insn, uint64_t rip);
/* cpu->mode or the class of cpu->cpl changed. On every system call: keep it cheap. */
static inline void trace_select_jumps(struct cpu *cpu)
{
    struct trace_cache *cache = cpu->traces;
    bool user = view_is_user(cpu->view);
    uint64_t mode = (uint64_t)cpu->mode << JUMP_MODE_SHIFT;

    if (!cache)
        return;
    cache->generation = cpu->tlbs[TLB_FETCH + user].generation;
    if ((cache->jump_key & JUMP_NONE) == JUMP_NONE) /* an instruction runs singly */
        mode = JUMP_NONE;
    cache->jump_key = mode | (uint64_t)user << JUMP_USER_SHIFT;
}
/* Is the entry that of the address, now? */
static inline bool jump_matches(const struct trace_cache *cache, const struct jump_entry *e,
                                lin_addr la, uint64_t key)
{
    return likely(e->key == (la ^ cache->jump_key ^ key)) &&
           likely(e->generation == cache->generation[tlb_slot(la)]);
}

#endif
