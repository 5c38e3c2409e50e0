/* SPDX-License-Identifier: GPL-3.0-or-later */
/* util/clock.c - virtual time and the event queue. */
#include "util/clock.h"

#include <string.h>

__extension__ typedef unsigned __int128 wide;

void clock_init(struct clock *clock, uint64_t ips)
{
    *clock = (struct clock){ .ips = ips ? ips : 1 };
    clock->countdown = &clock->idle_countdown;
}

void clock_attach(struct clock *clock, int64_t *countdown)
{
    uint64_t now = clock_now(clock);

    clock->countdown = countdown ? countdown : &clock->idle_countdown;
    *clock->countdown = 0;
    clock->horizon = now;
}

void event_init(struct clock *clock, struct event *event, const char *name, void (*fire)(void *),
                void *owner)
{
    *event = (struct event){ .order = clock->registered++,
                             .fire = fire,
                             .owner = owner,
                             .name = name,
                             .registered_before = clock->events };
    clock->events = event;
}

static bool comes_before(const struct event *a, const struct event *b)
{
    return a->when != b->when ? a->when < b->when : a->order < b->order;
}

/* The engine counts down to a nearer tick: now stays, the horizon comes closer. */
static void cut_horizon(struct clock *clock, uint64_t when)
{
    uint64_t now = clock_now(clock);

    if (when < now)
        when = now;
    if (*clock->countdown <= 0 || when >= clock->horizon)
        return;
    *clock->countdown -= (int64_t)(clock->horizon - when);
    clock->horizon = when;
}

static void enqueue(struct clock *clock, struct event *event)
{
    struct event **link;

    for (link = &clock->queue; *link && comes_before(*link, event); link = &(*link)->next)
        ;
    event->next = *link;
    *link = event;
    event->queued = true;
}

void clock_schedule(struct clock *clock, struct event *event, uint64_t when)
{
    uint64_t now = clock_now(clock);

    clock_cancel(clock, event);
    event->when = when < now ? now : when;
    enqueue(clock, event);
    cut_horizon(clock, event->when);
}

void clock_cancel(struct clock *clock, struct event *event)
{
    struct event **link;

    if (!event->queued)
        return;
    for (link = &clock->queue; *link; link = &(*link)->next) {
        if (*link == event) {
            *link = event->next;
            break;
        }
    }
    event->next = NULL;
    event->queued = false;
}

void clock_interrupt_run(struct clock *clock)
{
    cut_horizon(clock, 0);
}

void clock_set_horizon(struct clock *clock, uint64_t ticks)
{
    uint64_t now = clock_now(clock);

    if (ticks > INT64_MAX)
        ticks = INT64_MAX;
    clock->horizon = now + ticks;
    *clock->countdown = (int64_t)ticks;
}

uint64_t clock_next_event(const struct clock *clock)
{
    return clock->queue ? clock->queue->when : UINT64_MAX;
}

void clock_fire_due(struct clock *clock)
{
    while (clock->queue && clock->queue->when <= clock_now(clock)) {
        struct event *event = clock->queue;

        clock->queue = event->next;
        event->next = NULL;
        event->queued = false;
        event->fire(event->owner);
    }
}

void clock_skip_to(struct clock *clock, uint64_t when)
{
    uint64_t now = clock_now(clock);

    clock->horizon = when > now ? when : now;
    *clock->countdown = 0;
}

void clock_save(const struct clock *clock, struct event_state *state)
{
    memset(state, 0,
           clock->registered * sizeof *state); /* gaps too: states are compared as bytes */
    for (const struct event *event = clock->events; event; event = event->registered_before) {
        state[event->order].name = event->name;
        state[event->order].when = event->when;
        state[event->order].queued = event->queued;
    }
}

void clock_restore(struct clock *clock, uint64_t now, const struct event_state *state)
{
    clock->horizon = now;
    *clock->countdown = 0;
    clock->queue = NULL;
    for (struct event *event = clock->events; event; event = event->registered_before) {
        event->when = state[event->order].when;
        event->next = NULL;
        event->queued = false;
        if (state[event->order].queued)
            enqueue(clock, event);
    }
}

static uint64_t saturate(wide value)
{
    return value > UINT64_MAX ? UINT64_MAX : (uint64_t)value;
}

uint64_t clock_ticks_to(const struct clock *clock, uint64_t ticks, uint64_t hertz)
{
    return saturate((wide)ticks * hertz / clock->ips);
}

uint64_t clock_ticks_from(const struct clock *clock, uint64_t count, uint64_t hertz)
{
    return hertz ? saturate((wide)count * clock->ips / hertz) : UINT64_MAX;
}

uint64_t clock_ticks_until(const struct clock *clock, uint64_t count, uint64_t hertz)
{
    return hertz ? saturate(((wide)count * clock->ips + hertz - 1) / hertz) : UINT64_MAX;
}
