/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/hpet.c - high precision event timer. Nothing counts here: the counter follows from the tick,
 * only the comparators' matches are events. 100 MHz are ten ticks at the usual billion ticks a second.
 * Source: Intel IA-PC HPET specification 1.0a.
 */
#include "iodev/hpet.h"

#include <inttypes.h>

#include "util/bits.h"

enum {
    ENABLE = 1,
    LEGACY = 2,

    REG_CAPABILITIES = 0x000,
    REG_CONFIG = 0x010,
    REG_STATUS = 0x020,
    REG_COUNTER = 0x0f0,
    REG_TIMERS = 0x100, /* 20h each: configuration, comparator */

    TIMER_LEVEL = 0x0002,
    TIMER_ENABLE = 0x0004,
    TIMER_PERIODIC = 0x0008,
    TIMER_CAN = 0x0030, /* is periodic, has 64 bits */
    TIMER_SET = 0x0040, /* the next write sets the comparator of a periodic timer */
    TIMER_32 = 0x0100,
    TIMER_ROUTE = 0x3e00,
    TIMER_WRITABLE =
        TIMER_LEVEL | TIMER_ENABLE | TIMER_PERIODIC | TIMER_SET | TIMER_32 | TIMER_ROUTE,
};

/* 10,000,000 fs a clock; vendor 8086h; legacy replacement, 64 bits, three timers, revision 1. */
#define CAPABILITIES UINT64_C(0x009896808086a201)
/* Pins of the I/O APIC that a timer can have: those without any other device. */
#define ROUTES UINT32_C(0x00f00000)
#define NEVER UINT64_MAX

static uint64_t clocks(const struct hpet *hpet)
{
    return clock_ticks_to(hpet->dev.clock, clock_now(hpet->dev.clock), HPET_HZ);
}

static uint64_t counter(const struct hpet *hpet)
{
    return hpet->config & ENABLE ? clocks(hpet) - hpet->origin : hpet->held;
}

static uint64_t width_mask(const struct hpet_timer *timer)
{
    return timer->config & TIMER_32 ? UINT32_MAX : UINT64_MAX;
}

static bool is_legacy(const struct hpet *hpet, unsigned n)
{
    return hpet->config & LEGACY && n < 2;
}

/* IRQ 0 and 8 belong to the timers, or to those who had them before. */
static void drive_legacy(struct hpet *hpet)
{
    bool legacy = hpet->config & LEGACY;

    irq_set(&hpet->irq0, legacy ? hpet->timer[0].level : hpet->pit);
    irq_set(&hpet->irq8, legacy ? hpet->timer[1].level : hpet->rtc);
}

static void set_line(struct hpet *hpet, unsigned n, bool level)
{
    struct hpet_timer *timer = &hpet->timer[n];

    timer->level = level;
    if (is_legacy(hpet, n))
        irq_set(n ? &hpet->irq8 : &hpet->irq0, level);
    else if (hpet->ioapic.receive && ROUTES >> (timer->config >> 9 & 31) & 1)
        hpet->ioapic.receive(hpet->ioapic.receiver, timer->config >> 9 & 31, level);
}

static void schedule(struct hpet *hpet, struct hpet_timer *timer)
{
    if (timer->match == NEVER)
        clock_cancel(hpet->dev.clock, &timer->event);
    else
        clock_schedule(hpet->dev.clock, &timer->event,
                       clock_ticks_until(hpet->dev.clock, timer->match, HPET_HZ));
}

/* When will the counter be at the comparator the next time? Nobody asks of a timer that is off. */
static void find_match(struct hpet *hpet, unsigned n)
{
    struct hpet_timer *timer = &hpet->timer[n];
    uint64_t mask = width_mask(timer), now = counter(hpet);
    uint64_t left = (timer->comparator - now) & mask;

    timer->match = NEVER;
    if (left == 0)
        left = mask == UINT64_MAX ? NEVER : mask + 1;
    if (hpet->config & ENABLE && timer->config & TIMER_ENABLE && left < NEVER - clocks(hpet))
        timer->match = clocks(hpet) + left;
    schedule(hpet, timer);
}

static void match(struct hpet *hpet, unsigned n)
{
    struct hpet_timer *timer = &hpet->timer[n];
    uint64_t mask = width_mask(timer), late = clocks(hpet) - timer->match;

    if (timer->config & TIMER_PERIODIC && timer->period & mask) /* several, when ticks are rare */
        timer->comparator =
            (timer->comparator + (late / (timer->period & mask) + 1) * (timer->period & mask)) &
            mask;
    if (timer->config & TIMER_LEVEL)
        hpet->status |= 1u << n;
    else
        set_line(hpet, n, false); /* an edge: it stays high until the next */
    set_line(hpet, n, true);
    find_match(hpet, n);
}

static void event_0(void *owner)
{
    match(owner, 0);
}

static void event_1(void *owner)
{
    match(owner, 1);
}

static void event_2(void *owner)
{
    match(owner, 2);
}

void hpet_pit(void *owner, unsigned pin UNUSED, bool level)
{
    struct hpet *hpet = owner;

    hpet->pit = level;
    if (!(hpet->config & LEGACY))
        irq_set(&hpet->irq0, level);
}

void hpet_rtc(void *owner, unsigned pin UNUSED, bool level)
{
    struct hpet *hpet = owner;

    hpet->rtc = level;
    if (!(hpet->config & LEGACY))
        irq_set(&hpet->irq8, level);
}

/* Registers, as 64-bit words */

static void write_config(struct hpet *hpet, uint32_t value)
{
    uint32_t old = hpet->config;

    if (value & ~old & ENABLE)
        hpet->origin = clocks(hpet) - hpet->held;
    else if (old & ~value & ENABLE)
        hpet->held = counter(hpet);
    hpet->config = value & (ENABLE | LEGACY);
    if ((value ^ old) & LEGACY)
        drive_legacy(hpet);
    if ((value ^ old) & ENABLE) {
        for (unsigned n = 0; n < HPET_TIMERS; n++)
            find_match(hpet, n);
    }
}

static void write_status(struct hpet *hpet, uint32_t value)
{
    for (unsigned n = 0; n < HPET_TIMERS; n++) {
        if (!(value & hpet->status & 1u << n))
            continue;
        hpet->status &= ~(1u << n);
        set_line(hpet, n, false);
    }
}

static void write_counter(struct hpet *hpet, uint64_t value)
{
    hpet->held = value;
    hpet->origin = clocks(hpet) - value;
    for (unsigned n = 0; n < HPET_TIMERS; n++)
        find_match(hpet, n);
}

static void write_timer_config(struct hpet *hpet, unsigned n, uint32_t value)
{
    struct hpet_timer *timer = &hpet->timer[n];

    value &= TIMER_WRITABLE;
    if (timer->level && (!(value & TIMER_ENABLE) || (value ^ timer->config) & TIMER_ROUTE)) {
        hpet->status &= ~(1u << n);
        set_line(hpet, n, false);
    }
    timer->config = value;
    if (value & TIMER_32) {
        timer->comparator &= UINT32_MAX;
        timer->period &= UINT32_MAX;
    }
    find_match(hpet, n);
}

static void write_comparator(struct hpet *hpet, unsigned n, uint64_t value)
{
    struct hpet_timer *timer = &hpet->timer[n];

    value &= width_mask(timer);
    if (timer->config & TIMER_PERIODIC)
        timer->period = value;
    if (!(timer->config & TIMER_PERIODIC) || timer->config & TIMER_SET)
        timer->comparator = value;
    timer->config &= ~(uint32_t)TIMER_SET;
    find_match(hpet, n);
}

static uint64_t peek_word(const struct hpet *hpet, unsigned offset)
{
    unsigned n = (offset - REG_TIMERS) / 0x20;

    switch (offset) {
    case REG_CAPABILITIES:
        return CAPABILITIES;
    case REG_CONFIG:
        return hpet->config;
    case REG_STATUS:
        return hpet->status;
    case REG_COUNTER:
        return counter(hpet);
    }
    if (offset < REG_TIMERS || n >= HPET_TIMERS)
        return 0;
    switch (offset & 0x1f) {
    case 0x00:
        return (uint64_t)ROUTES << 32 | hpet->timer[n].config | TIMER_CAN;
    case 0x08:
        return hpet->timer[n].comparator;
    }
    return 0;
}

static void write_word(struct hpet *hpet, unsigned offset, uint64_t value)
{
    unsigned n = (offset - REG_TIMERS) / 0x20;

    switch (offset) {
    case REG_CONFIG:
        write_config(hpet, (uint32_t)value);
        return;
    case REG_STATUS:
        write_status(hpet, (uint32_t)value);
        return;
    case REG_COUNTER:
        write_counter(hpet, value);
        return;
    }
    if (offset < REG_TIMERS || n >= HPET_TIMERS)
        return;
    if ((offset & 0x1f) == 0x00)
        write_timer_config(hpet, n, (uint32_t)value);
    else if ((offset & 0x1f) == 0x08)
        write_comparator(hpet, n, value);
}

static uint64_t hpet_peek(const void *owner, uint64_t address, unsigned size)
{
    uint64_t word = peek_word(owner, (unsigned)(address - HPET_BASE) & ~7u);

    return size == 8 ? word : (uint32_t)(word >> (address & 4) * 8);
}

static uint64_t hpet_read(void *owner, uint64_t address, unsigned size)
{
    return hpet_peek(owner, address, size);
}

/* The other half of a word keeps its value; of the status register it is not written. */
static void hpet_write(void *owner, uint64_t address, unsigned size, uint64_t value)
{
    unsigned offset = (unsigned)(address - HPET_BASE) & ~7u;

    if (size == 4) {
        uint64_t word = offset == REG_STATUS ? 0 : peek_word(owner, offset);

        value = address & 4 ? (uint32_t)word | value << 32
                            : (word & ~UINT64_C(0xffffffff)) | (uint32_t)value;
    }
    write_word(owner, offset, value);
}

/* clang-format off */
static const struct io_range hpet_mmio[] = {
    { HPET_BASE, 0x400, IO_32 | IO_64, hpet_read, hpet_write, "high precision event timer", hpet_peek },
    { 0 },
};

#define TIMER_ROWS(n)                                                                              \
    FIELD(struct hpet, timer[n].config,     FMT_HEX,                                               \
          "13-9 route, 8 32 bits, 6 set, 3 periodic, 2 enabled, 1 level"),                         \
    FIELD(struct hpet, timer[n].comparator, FMT_DEC,  "comparator"),                               \
    FIELD(struct hpet, timer[n].period,     FMT_DEC,  "clocks between periodic matches"),          \
    FIELD(struct hpet, timer[n].match,      FMT_DEC,  "clock of the next match"),                  \
    FIELD(struct hpet, timer[n].level,      FMT_BOOL, "what it drives its line to"),               \
    NOT_SAVED(struct hpet, timer[n].event, "the next match")

static const struct field hpet_fields[] = {
    NOT_SAVED(struct hpet, dev, "device"),
    FIELD(struct hpet, config, FMT_HEX,  "0 counts, 1 legacy replacement"),
    FIELD(struct hpet, status, FMT_HEX,  "level-triggered interrupts to acknowledge"),
    FIELD(struct hpet, held,   FMT_DEC,  "counter while it stands"),
    FIELD(struct hpet, origin, FMT_DEC,  "clock at which it was 0"),
    FIELD(struct hpet, pit,    FMT_BOOL, "level of the 8254"),
    FIELD(struct hpet, rtc,    FMT_BOOL, "level of the RTC"),
    TIMER_ROWS(0),
    TIMER_ROWS(1),
    TIMER_ROWS(2),
    NOT_SAVED(struct hpet, irq0, "IRQ 0"),
    NOT_SAVED(struct hpet, irq8, "IRQ 8"),
    NOT_SAVED(struct hpet, ioapic, "I/O APIC"),
    { 0 },
};
/* clang-format on */

static void hpet_init(struct device *dev)
{
    struct hpet *hpet = (struct hpet *)dev;

    event_init(dev->clock, &hpet->timer[0].event, "hpet timer 0", event_0, hpet);
    event_init(dev->clock, &hpet->timer[1].event, "hpet timer 1", event_1, hpet);
    event_init(dev->clock, &hpet->timer[2].event, "hpet timer 2", event_2, hpet);
}

static void hpet_reset(struct device *dev, enum reset kind UNUSED)
{
    struct hpet *hpet = (struct hpet *)dev;

    for (unsigned n = 0; n < HPET_TIMERS; n++) {
        struct hpet_timer *timer = &hpet->timer[n];

        if (timer->level)
            set_line(hpet, n, false);
        timer->config = 0;
        timer->comparator = UINT64_MAX;
        timer->period = 0;
        timer->match = NEVER;
        schedule(hpet, timer);
    }
    hpet->config = 0;
    hpet->status = 0;
    hpet->held = 0;
    hpet->origin = 0;
    drive_legacy(hpet);
}

static void hpet_restored(struct device *dev)
{
    struct hpet *hpet = (struct hpet *)dev;

    for (unsigned n = 0; n < HPET_TIMERS; n++)
        schedule(hpet, &hpet->timer[n]);
}

static void hpet_describe(const struct device *dev, struct out *out)
{
    const struct hpet *hpet = (const struct hpet *)dev;

    out_printf(out, "counter %" PRIu64 " of 100 MHz, %s%s\n", counter(hpet),
               hpet->config & ENABLE ? "counts" : "stands",
               hpet->config & LEGACY ? ", legacy replacement: IRQ 0 and 8 are timers 0 and 1" : "");
    for (unsigned n = 0; n < HPET_TIMERS; n++) {
        const struct hpet_timer *timer = &hpet->timer[n];

        out_printf(out, "timer %u: %s, comparator %" PRIu64, n,
                   timer->config & TIMER_ENABLE ? "on" : "off", timer->comparator);
        if (timer->config & TIMER_PERIODIC)
            out_printf(out, ", every %" PRIu64 " clocks", timer->period);
        out_printf(out, ", %s bits, ", timer->config & TIMER_32 ? "32" : "64");
        if (is_legacy(hpet, n))
            out_printf(out, "IRQ %u", n ? 8u : 0u);
        else
            out_printf(out, "I/O APIC pin %u", timer->config >> 9 & 31);
        out_printf(out, "%s%s\n", timer->config & TIMER_LEVEL ? ", level" : ", edge",
                   hpet->status >> n & 1 ? ", not acknowledged" : "");
    }
}

const struct device_class hpet_class = {
    .name = "hpet",
    .title = "high precision event timer",
    .size = sizeof(struct hpet),
    .mmio = hpet_mmio,
    .fields = hpet_fields,
    .init = hpet_init,
    .reset = hpet_reset,
    .describe = hpet_describe,
    .restored = hpet_restored,
};
