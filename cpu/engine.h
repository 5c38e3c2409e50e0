/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/engine.h - what interpreter and translator both promise. */
#ifndef CPU_ENGINE_H
#define CPU_ENGINE_H

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "cpu/cpu.h"
#include "util/out.h"

enum stop {
    STOP_LIMIT,      /* the instructions asked for were executed, or a device ended the run */
    STOP_BREAKPOINT, /* a breakpoint stands at CS:RIP: cpu->watch->hit */
    STOP_WATCHPOINT, /* the last instruction touched one: cpu->watch->hit */
    STOP_HALTED,     /* HLT or MWAIT: time must move on */
    STOP_SHUTDOWN,   /* triple fault */
    STOP_REQUEST,    /* an observer asked for it */
};

struct engine {
    const char *name; /* "interp", "tb" */
    /* Called when the engine is chosen for the first time. False: *error is one line. NULL: nothing
     * to make. `destroy` takes it back with the processor. */
    bool (*create)(struct cpu *cpu, struct buf *error);
    void (*destroy)(struct cpu *cpu);
    /* A number that the engine can be told, after create: false if it knows no such name. NULL: none.
     * tb: "hot", executions before code is translated (0: at once); "most", guest instructions in a
     * TB (1-64); "check", every block is checked; "count", executions of blocks are counted; "time",
     * so is the host's time that generating takes (0, 1). */
    bool (*set)(struct cpu *cpu, const char *name, uint64_t value);
    /* The same back; tb also: "last", the linear address of the block that was made last. */
    bool (*get)(const struct cpu *cpu, const char *name, uint64_t *value);
    /*
     * Execute at most `limit` instructions (1 or more). On return every architectural register is
     * in struct cpu, at an instruction boundary, and the clock has moved by what was executed:
     * engines can be swapped, and two machines compared, between any two calls.
     */
    enum stop (*run)(struct cpu *cpu, uint64_t limit);
    void (*forget)(struct cpu *cpu, phys_addr pa, uint64_t bytes); /* guest code changed here */
    void (*forget_all)(struct cpu *cpu);                      /* breakpoints or features changed */
    void (*describe)(const struct cpu *cpu, struct out *out); /* counters, hit rates */
    /* What it makes of the code at a linear address: guest code, ops, host code. NULL: nothing. */
    void (*show)(const struct cpu *cpu, lin_addr la, struct out *out);
    /* Its blocks, those executed most often first, at most `most`. NULL: it has none. */
    void (*list)(const struct cpu *cpu, unsigned most, struct out *out);
};

extern const struct engine engine_interp;
#ifdef HAVE_TB
extern const struct engine engine_tb;
#endif

/* The engines of this build, the reference first; NULL ends the list. */
extern const struct engine *const engines[];
/* By name, up to a comma; NULL: *error says which there are. */
const struct engine *engine_find(const char *name, struct buf *error);
/* Go on with another engine, between two calls of run. False: *error is one line, and the engine is
 * as it was. */
MUST_CHECK bool cpu_set_engine(struct cpu *cpu, const struct engine *engine, struct buf *error);
/* The same as a user writes it, with what it shall be told: "tb,hot=0,most=1". */
MUST_CHECK bool cpu_choose_engine(struct cpu *cpu, const char *text, struct buf *error);

#endif
