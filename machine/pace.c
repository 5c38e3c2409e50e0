/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/pace.c - waiting for the host: `-clock real` keeps virtual time from running ahead of it. A
 * guest that was too slow lags behind; it catches up a little while it is idle, and never jumps.
 */
#define _GNU_SOURCE /* ppoll */
#include "machine/pace.h"

#include <poll.h>
#include <time.h>

#include "machine/pc.h"

enum {
    LAG_NS = 100000000, /* more than this is not caught up */
    AHEAD_NS = 1000000, /* less than this is not worth a wait */
    SLICE_MS = 4,       /* of virtual time between looks at the host */
    WAIT_NS = 20000000, /* at once: signals and windows want to be seen */
    LEAST_US = 10,      /* of virtual time that passes at least when the host was waited for */
};

static const uint64_t billion = 1000000000;

static uint64_t host_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * billion + (uint64_t)t.tv_nsec;
}

bool pace_is_real(const struct machine *machine)
{
    enum clock_mode mode = machine->config.clock;

    return mode == CLOCK_REAL || (mode == CLOCK_UNSAID && machine->watched);
}

uint64_t pace_slice(const struct machine *machine)
{
    uint64_t most = clock_ticks_from(&machine->clock, SLICE_MS, 1000);

    return pace_is_real(machine) && most < machine->slice ? most : machine->slice;
}

/* Nanoseconds that tick `tick` is ahead of the host's clock; 0: it is due. */
static uint64_t ahead(struct machine *machine, uint64_t tick)
{
    struct pace *pace = &machine->pace;
    uint64_t now = clock_now(&machine->clock), host = host_ns(), passed, due;

    passed = pace->set ? host - pace->host : 0;
    if (!pace->set || now < pace->tick || /* it was set back */
        clock_ticks_to(&machine->clock, now - pace->tick, billion) + LAG_NS < passed) {
        *pace = (struct pace){ .tick = now, .host = host, .set = true };
        passed = 0;
    }
    due = clock_ticks_to(&machine->clock, tick - pace->tick, billion);
    return due > passed ? due - passed : 0;
}

/* Until something comes on the serial line or from a network, or so long. */
static void wait_for_input(struct machine *machine, uint64_t ns)
{
    struct pollfd fds[1 + NICS_MOST * NETWORK_FDS];
    const struct host_char *serial = &machine->pc->serial;
    struct timespec most = { .tv_sec = (time_t)(ns / billion), .tv_nsec = (long)(ns % billion) };
    unsigned count = 0;

    fds[count++] = (struct pollfd){ .fd = serial->listener >= 0 ? serial->listener : serial->in,
                                    .events = POLLIN };
    for (unsigned i = 0; i < machine->config.nic_count; i++) {
        struct network *network = &machine->pc->network[i];

        if (network->class)
            count += network->class->fds(network, fds + count);
    }
    ppoll(fds, count, &most, NULL);
}

void pace_run(struct machine *machine)
{
    uint64_t ns = ahead(machine, clock_now(&machine->clock));
    struct timespec time = { .tv_nsec = ns < WAIT_NS ? (long)ns : WAIT_NS };

    if (ns >= AHEAD_NS)
        nanosleep(&time, NULL);
}

static uint64_t within(uint64_t tick, uint64_t least, uint64_t most)
{
    return tick < least ? least : tick > most ? most : tick;
}

uint64_t pace_idle(struct machine *machine, uint64_t next)
{
    struct pace *pace = &machine->pace;
    uint64_t now = clock_now(&machine->clock), ns = ahead(machine, next);
    uint64_t least = now + clock_ticks_from(&machine->clock, LEAST_US, 1000000);
    const struct host_char *serial = &machine->pc->serial;

    if (!ns)
        return next;
    if (serial->input_taken < serial->input.length) { /* it has to be offered again */
        ns = ns < AHEAD_NS ? ns : AHEAD_NS;
        nanosleep(&(struct timespec){ .tv_nsec = (long)ns }, NULL);
    } else {
        wait_for_input(machine, ns < WAIT_NS ? ns : WAIT_NS);
    }
    return within(pace->tick + clock_ticks_from(&machine->clock, host_ns() - pace->host, billion),
                  least < next ? least : next, next);
}

uint64_t pace_wait(struct machine *machine, uint64_t ticks)
{
    const struct host_char *serial = &machine->pc->serial;
    uint64_t least = clock_ticks_from(&machine->clock, LEAST_US, 1000000), start = host_ns();
    bool waits = serial->input_taken < serial->input.length; /* it has to be offered again */

    wait_for_input(machine, waits ? 0 : clock_ticks_to(&machine->clock, ticks, billion));
    return within(clock_ticks_from(&machine->clock, host_ns() - start, billion),
                  least < ticks ? least : ticks, ticks);
}
