/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/watch.h - breakpoint and watchpoint ranges that engines test. They cost nothing elsewhere:
 * code breakpoints become pseudo-instructions when a trace is decoded, watched pages lose their
 * TLB tags. The debugger sets them; conditions and counts are its business.
 */
#ifndef CPU_WATCH_H
#define CPU_WATCH_H

#include "util/types.h"

struct cpu;

enum watch_kind {
    WATCH_EXEC_LINEAR,   /* breakpoint at linear address `first` */
    WATCH_EXEC_PHYSICAL, /* at physical address */
    WATCH_EXEC_VIRTUAL,  /* at selector:offset; first = offset, selector */
    WATCH_DATA_LINEAR,   /* accesses to first..last */
    WATCH_DATA_PHYSICAL,
};

struct watch_range {
    unsigned id; /* the debugger's number */
    enum watch_kind kind;
    uint64_t first, last;
    uint16_t selector;
    bool read, write; /* data kinds */
};

struct watch_hit {
    unsigned id;
    bool write;
    lin_addr la;
    phys_addr pa;
    unsigned size;
    uint64_t old_value, new_value; /* up to 8 bytes from the first byte accessed; reads: equal */
};

/* Linear breakpoint that is one engine run long: "step over", "finish". */
struct watch {
    struct watch_range *ranges;
    unsigned count;
    unsigned next_id;
    bool magic; /* XCHG BX,BX stops: id 0 is reported */
    bool hit_valid;
    struct watch_hit hit; /* the last one */
    uint64_t passed_tick; /* a breakpoint at this tick was already reported ... */
    lin_addr passed_la;   /* ... and this is where the run began that goes on from it */
};

void watch_create(struct cpu *cpu);
void watch_destroy(struct cpu *cpu);
/* Adds a range; the engine forgets what it decoded. Returns its id. */
unsigned watch_add(struct cpu *cpu, struct watch_range range);
bool watch_remove(struct cpu *cpu, unsigned id);
void watch_set_magic(struct cpu *cpu, bool on);
/* Does any exec range want a check at an instruction whose linear / physical address has this page
 * offset? For the decoder. */
bool watch_wants_check(const struct cpu *cpu, lin_addr la);
/* Does a breakpoint at CS:rip (linear la) stop the run at this tick? Not if it is the one that the
 * run goes on from (passed_*). Sets hit. */
bool watch_stops(struct cpu *cpu, uint64_t tick, lin_addr la);
/* Is a breakpoint at CS:rip (linear la)? Sets hit. */
bool watch_exec_hit(struct cpu *cpu, lin_addr la);
/* Does the page hold a data range? For TLB tags. */
bool watch_page(const struct cpu *cpu, lin_addr page, phys_addr pa);
/* Does this access touch a data range? Sets hit (without values). */
bool watch_data_hit(struct cpu *cpu, lin_addr la, phys_addr pa, unsigned size, bool write);

#endif
