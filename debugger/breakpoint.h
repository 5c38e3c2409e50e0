/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * debugger/breakpoint.h - everything that stops a run on purpose: breakpoints and watchpoints over
 * cpu/watch.h, catch points over cpu/observer.h, and points in time. One numbering for all.
 */
#ifndef DEBUGGER_BREAKPOINT_H
#define DEBUGGER_BREAKPOINT_H

#include "cpu/watch.h"
#include "debugger/expr.h"

enum point_kind {
    POINT_EXEC,      /* watch_kind WATCH_EXEC_* */
    POINT_DATA,      /* WATCH_DATA_* */
    POINT_FAULT,     /* catch #GP */
    POINT_INTERRUPT, /* catch int N */
    POINT_PORT,
    POINT_MSR,
    POINT_MODE,
    POINT_CONTROL, /* catch cr3 */
    POINT_TRIPLE,  /* on by default; deleted: a triple fault still stops, but says less */
    POINT_TIME,    /* sb, sba */
};

#define ANY_VECTOR 256

struct breakpoint {
    struct breakpoint *next;
    unsigned number;
    enum point_kind kind;
    bool enabled;
    bool temporary; /* deleted by the first stop */
    uint64_t hits;
    uint64_t ignore; /* hits to let pass */
    struct expr *condition;
    char *condition_text;
    /* POINT_EXEC, POINT_DATA */
    struct watch_range range;
    unsigned watch_id; /* in cpu->watch, while enabled */
    /* catch points */
    unsigned first, last; /* vectors, or ports, MSR number, control register */
    bool read, write;
    bool has_error, has_cpl;
    uint32_t error;
    uint8_t cpl;
    /* POINT_TIME */
    uint64_t tick;
};

struct breakpoints {
    struct breakpoint *list; /* by number */
    unsigned last_number;
};

/* A new one at the end of the list, enabled; the caller fills it and then calls breakpoint_arm. */
struct breakpoint *breakpoint_new(struct breakpoints *points, enum point_kind kind);
/* Put into cpu->watch what `enabled` says. */
void breakpoint_arm(struct breakpoint *point, struct cpu *cpu);
struct breakpoint *breakpoint_find(const struct breakpoints *points, unsigned number);
void breakpoint_delete(struct breakpoints *points, struct breakpoint *point, struct cpu *cpu);
void breakpoints_free(struct breakpoints *points, struct cpu *cpu);
/* "1, 2, 5" into text; false: there are none. */
bool breakpoint_numbers(const struct breakpoints *points, struct buf *text);
/*
 * It was reached: count, look at the condition and the ignore count. True: stop. A condition that
 * cannot be computed stops too, with the reason in *error.
 */
bool breakpoint_reached(struct breakpoint *point, const struct expr_env *env, struct buf *error);
/* Does an exec point stand at CS:RIP (its linear and physical address)? */
bool breakpoint_here(const struct breakpoint *point, const struct cpu *cpu, lin_addr la,
                     bool mapped, phys_addr pa);
/* "linear 0x7c00", "physical 0xb8000-0xb809f write", "#GP cpl=3": what it waits for. */
void breakpoint_print(const struct breakpoint *point, const struct cpu *cpu,
                      const struct symbols *symbols, struct buf *text);

#endif
