/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/pace.h - `-clock real`: virtual time against the host's clock. The guest sees nothing of it:
 * only the host waits, and input is recorded with the tick at which it came.
 */
#ifndef MACHINE_PACE_H
#define MACHINE_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct machine;

/* Where both times were the same. */
struct pace {
    uint64_t tick, host; /* host: nanoseconds */
    bool set;
};

/* Does the machine take its time? By -clock; when nothing was said, before a window. */
bool pace_is_real(const struct machine *machine);
/* Ticks between looks at the host: all that may be run ahead of its clock. */
uint64_t pace_slice(const struct machine *machine);
/* A guest that computes is ahead of the host: wait. */
void pace_run(struct machine *machine);
/*
 * HLT, and nothing to do before tick `next`: wait for it, or for input from the serial line or a
 * network. Returns the tick at which the guest goes on, behind now and up to `next`.
 */
uint64_t pace_idle(struct machine *machine, uint64_t next);
/* Likewise without a clock to keep to: so many ticks at most, as they pass on the host. */
uint64_t pace_wait(struct machine *machine, uint64_t ticks);

#endif
