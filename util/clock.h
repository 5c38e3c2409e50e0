/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * util/clock.h - virtual time and the one event queue.
 *
 * Time is counted in ticks: retired instructions, plus what HLT skipped. The engine counts down
 * `*countdown` towards `horizon`; now = horizon - *countdown, exact at every instruction boundary
 * and, in a device called by an instruction, the tick before that instruction retires.
 */
#ifndef UTIL_CLOCK_H
#define UTIL_CLOCK_H

#include "util/types.h"

struct event {
    uint64_t when;  /* tick at which it fires */
    uint64_t order; /* position among events of one tick: order of first registration */
    void (*fire)(void *owner);
    void *owner;
    const char *name;   /* for the debugger: "pit channel 0" */
    struct event *next; /* in the queue */
    bool queued;
    struct event *registered_before;
};

/* What a checkpoint keeps of an event. */
struct event_state {
    const char *name;
    uint64_t when;
    bool queued;
};

struct clock {
    uint64_t ips;           /* ticks a second of guest time */
    uint64_t horizon;       /* tick at which *countdown reaches 0 */
    int64_t *countdown;     /* ticks left until the horizon; lives in the CPU that runs */
    int64_t idle_countdown; /* used while no CPU is attached */
    struct event *queue;    /* by (when, order) */
    uint64_t registered;
    struct event *events;  /* all, the latest registered first */
    uint64_t boot_seconds; /* calendar time of tick 0: seconds since 1970 */
};

void clock_init(struct clock *clock, uint64_t ips);
/* The engine's counter from now on; keeps the current tick. */
void clock_attach(struct clock *clock, int64_t *countdown);

static inline uint64_t clock_now(const struct clock *clock)
{
    return clock->horizon - (uint64_t)*clock->countdown;
}

/* Give an event its function; it fires only when scheduled. Registration order breaks ties. */
void event_init(struct clock *clock, struct event *event, const char *name, void (*fire)(void *),
                void *owner);
/* (Re)schedule for tick `when`; a tick that has passed means "before the next instruction". */
void clock_schedule(struct clock *clock, struct event *event, uint64_t when);
void clock_cancel(struct clock *clock, struct event *event);
/* End the running engine after the instruction that is executing (or at once, between two). */
void clock_interrupt_run(struct clock *clock);
/* Set a new horizon: the countdown becomes `ticks`. */
void clock_set_horizon(struct clock *clock, uint64_t ticks);
/* Tick of the next event, UINT64_MAX when there is none. */
uint64_t clock_next_event(const struct clock *clock);
/* Fire everything due at or before now. */
void clock_fire_due(struct clock *clock);
/* Jump to a later tick (HLT); the countdown becomes 0. */
void clock_skip_to(struct clock *clock, uint64_t when);

/* All events by `order`, the order of registration: fills state[clock->registered]. */
void clock_save(const struct clock *clock, struct event_state *state);
/* Go to tick `now`, earlier or later, with the events as they were saved. Fires nothing. */
void clock_restore(struct clock *clock, uint64_t now, const struct event_state *state);

/* Ticks <-> units of a frequency, exact (128-bit inside), rounding down. */
uint64_t clock_ticks_to(const struct clock *clock, uint64_t ticks, uint64_t hertz);
uint64_t clock_ticks_from(const struct clock *clock, uint64_t count, uint64_t hertz);
/* First tick at which clock_ticks_to(tick, hertz) >= count: rounding up. */
uint64_t clock_ticks_until(const struct clock *clock, uint64_t count, uint64_t hertz);

#endif
