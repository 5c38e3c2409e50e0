/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/lapic_timer.c - the local APIC's timer: one-shot, periodic, TSC deadline. The count is
 * computed when it is read; only the next interrupt is an event. Source: SDM Vol. 3A, "APIC
 * Timer".
 */
#include <inttypes.h>

#include "iodev/lapic_internal.h"
#include "util/bits.h"

unsigned lapic_timer_mode(const struct lapic *lapic)
{
    return lapic->lvt[LVT_TIMER] >> 17 & 3;
}

static unsigned timer_divisor(const struct lapic *lapic)
{
    unsigned code = (lapic->timer_divide >> 1 & 4) | (lapic->timer_divide & 3);

    return 1u << ((code + 1) & 7);
}

/* Bus clocks since the timer was started. */
static uint64_t timer_clocks(const struct lapic *lapic)
{
    uint64_t now = clock_now(lapic->dev.clock);

    if (now < lapic->timer_start)
        return 0;
    return clock_ticks_to(lapic->dev.clock, now - lapic->timer_start, lapic->bus_hz);
}

uint32_t lapic_timer_count(const struct lapic *lapic)
{
    uint64_t divisor = timer_divisor(lapic), count;

    if (!lapic->timer_left || lapic_timer_mode(lapic) == TIMER_DEADLINE)
        return 0;
    count = timer_clocks(lapic) / divisor;
    if (count < lapic->timer_left)
        return lapic->timer_left - (uint32_t)count;
    if (lapic_timer_mode(lapic) != TIMER_PERIODIC || !lapic->timer_initial)
        return 0;
    return lapic->timer_initial - (uint32_t)((count - lapic->timer_left) % lapic->timer_initial);
}

/* Tick of the next interrupt; UINT64_MAX: none. */
static uint64_t timer_next(const struct lapic *lapic)
{
    uint64_t divisor = timer_divisor(lapic), count, next;

    if (lapic_timer_mode(lapic) == TIMER_DEADLINE) /* masked or not, it disarms itself */
        return lapic->tsc_deadline ? lapic->tsc_deadline : UINT64_MAX;
    if (!lapic_active(lapic) || lapic->lvt[LVT_TIMER] & LVT_MASKED)
        return UINT64_MAX; /* it counts, but nobody listens */
    if (!lapic->timer_left || !lapic->bus_hz)
        return UINT64_MAX;
    count = timer_clocks(lapic) / divisor;
    next = lapic->timer_left;
    if (count >= next) {
        if (lapic_timer_mode(lapic) != TIMER_PERIODIC || !lapic->timer_initial)
            return UINT64_MAX;
        next += ((count - next) / lapic->timer_initial + 1) * lapic->timer_initial;
    }
    next = clock_ticks_until(lapic->dev.clock, next * divisor, lapic->bus_hz);
    return next + lapic->timer_start < next ? UINT64_MAX : next + lapic->timer_start;
}

void lapic_timer_schedule(struct lapic *lapic)
{
    uint64_t next = timer_next(lapic);

    if (next == UINT64_MAX)
        clock_cancel(lapic->dev.clock, &lapic->timer);
    else
        clock_schedule(lapic->dev.clock, &lapic->timer, next);
}

void lapic_timer_fires(void *owner)
{
    struct lapic *lapic = owner;

    if (lapic_timer_mode(lapic) == TIMER_DEADLINE)
        lapic->tsc_deadline = 0;
    lapic_raise_lvt(lapic, LVT_TIMER);
    lapic_timer_schedule(lapic);
}

void lapic_timer_start(struct lapic *lapic, uint32_t count)
{
    lapic->timer_left = count;
    lapic->timer_start = clock_now(lapic->dev.clock);
    lapic_timer_schedule(lapic);
}

void lapic_set_tsc_deadline(struct lapic *lapic, uint64_t tick)
{
    if (lapic_timer_mode(lapic) != TIMER_DEADLINE)
        return;
    lapic->tsc_deadline = tick;
    lapic_timer_schedule(lapic);
}

uint64_t lapic_tsc_deadline(const struct lapic *lapic)
{
    return lapic->tsc_deadline;
}

void lapic_timer_describe(const struct lapic *lapic, struct out *out)
{
    static const char *const modes[] = { "one-shot", "periodic", "TSC deadline", "reserved mode" };

    out_printf(out, "timer: %s, vector 0x%02x%s", modes[lapic_timer_mode(lapic)],
               lapic->lvt[LVT_TIMER] & LVT_VECTOR,
               lapic->lvt[LVT_TIMER] & LVT_MASKED ? " (masked)" : "");
    if (lapic_timer_mode(lapic) == TIMER_DEADLINE)
        out_text(out, lapic->tsc_deadline ? ", armed" : ", not armed");
    else
        out_printf(out, ", count %" PRIu32 " of %" PRIu32 ", divided by %u",
                   lapic_timer_count(lapic), lapic->timer_initial, timer_divisor(lapic));
    if (lapic->timer.queued)
        out_printf(out, ", next at tick %" PRIu64, lapic->timer.when);
    out_text(out, "\n");
}
