/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/torture/world.h - one side of the comparison: a processor, its RAM and its devices. */
#ifndef TESTS_TORTURE_WORLD_H
#define TESTS_TORTURE_WORLD_H

#include "cpu/engine.h"
#include "tests/torture/program.h"

enum log_kind { LOG_IN, LOG_OUT, LOG_READ, LOG_WRITE, LOG_ACKNOWLEDGE, LOG_BREAK, LOG_WATCH };

/* What the outside saw. */
struct log_entry {
    uint64_t tick, address, value;
    uint8_t kind, size;
};
#define LOG_MAX 4096

struct world;
struct source { /* an event of the program */
    struct world *world;
    struct event event;
    const struct torture_event *what;
};

struct world {
    const char *name; /* of the engine */
    struct ram ram;
    struct space memory, ports;
    struct clock clock;
    struct cpu *cpu;
    struct log messages; /* errors of the engine itself: a block that its checker refuses */
    struct out message_out;
    struct buf fresh; /* the fields of a new processor */
    struct source source[EVENTS_MAX];
    bool ended;        /* PORT_END was written */
    bool asleep;       /* halted, and nothing can come */
    bool passed_limit; /* the engine ran further than it was asked */
    bool stuck;        /* ... or did not go on */
    unsigned logged;   /* entries that were wanted; those beyond LOG_MAX only count */
    uint64_t log_sum;
    uint32_t device_value;
    uint32_t syscall3, syscall0; /* handlers of SYSCALL from CPL 3, from CPL 0 */
    struct log_entry log[LOG_MAX];
};

/* False: *error is one line. */
MUST_CHECK bool world_create(struct world *w, const struct engine *engine, struct buf *error);
void world_destroy(struct world *w);
/* Everything as the program finds it, tick 0. */
void world_load(struct world *w, const struct program *p);
/*
 * Run until the tick, or the end of the program: world->ended, processor shut down or asleep with
 * nothing to come. `slice`: the most that the engine is asked for at once.
 */
void world_run(struct world *w, uint64_t until, uint64_t slice);
bool world_over(const struct world *w);

/* Exception handlers and the tables that lead there: handlers.c. */
void handlers_load(struct world *w, unsigned bits);

#endif
