/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/pit.c - 8254 programmable interval timer. Nothing counts here: a channel remembers at
 * which clock its count was loaded, and count and output follow from the present tick. Only the
 * next edge of channel 0 is an event. Source: Intel 8254 data sheet, "Mode Definitions".
 */
#include "iodev/pit.h"

#include <inttypes.h>

#include "util/bits.h"

enum { ACCESS_LATCH = 0, ACCESS_LOW = 1, ACCESS_HIGH = 2, ACCESS_BOTH = 3 };

#define NEVER UINT64_MAX

uint64_t pit_clocks(const struct pit *pit)
{
    return clock_ticks_to(pit->dev.clock, clock_now(pit->dev.clock), PIT_HZ);
}

static bool is_periodic(const struct pit_channel *ch)
{
    return ch->mode == 2 || ch->mode == 3;
}

/* Modes that start at a rising edge of GATE, and do not care about its level. */
static bool is_triggered(const struct pit_channel *ch)
{
    return ch->mode == 1 || ch->mode == 5;
}

static bool is_held(const struct pit_channel *ch)
{
    return !ch->gate && !is_triggered(ch);
}

/* Length of the first, high half of a square wave. */
static uint64_t high_half(uint32_t count)
{
    return (count + 1) / 2;
}

/* A waiting count is taken over at the end of a period (mode 3: of a half) that has passed. */
static struct pit_channel at_clock(const struct pit_channel *ch, uint64_t now)
{
    struct pit_channel result = *ch;

    if (!ch->counting || !ch->count_written || !is_periodic(ch) || is_held(ch) || now < ch->reload)
        return result;
    result.count_written = false;
    result.count = ch->written;
    result.start = ch->reload;
    if (ch->mode == 3) {
        uint64_t phase = (ch->reload - ch->start) % ch->count;

        if (phase) /* the high half ended: the new count begins with its low half */
            result.start = ch->reload - high_half(ch->written);
    }
    return result;
}

/* Clocks since the count was loaded; 0 until the clock that loads it. */
static uint64_t elapsed(const struct pit_channel *ch, uint64_t now)
{
    if (is_held(ch))
        return ch->held;
    return (int64_t)(now - ch->start) < 0 ? 0 : now - ch->start;
}

static bool is_loading(const struct pit_channel *ch, uint64_t now)
{
    return ch->counting && !is_held(ch) && (int64_t)(now - ch->start) < 0;
}

/* OUT at a clock; ch as at_clock() gave it. */
static bool output_at(const struct pit_channel *ch, uint64_t now)
{
    uint64_t e = elapsed(ch, now);

    if (!ch->counting)
        return ch->output;
    switch (ch->mode) {
    case 0:
        return e >= ch->count;
    case 1:
        return is_loading(ch, now) || e >= ch->count;
    case 2:
        return is_held(ch) || ch->count < 2 || e % ch->count != ch->count - 1;
    case 3:
        return is_held(ch) || ch->count < 2 || e % ch->count < high_half(ch->count);
    default:
        return e != ch->count || is_held(ch);
    }
}

/* The first clock after `now` at which OUT may change; NEVER when it does not. */
static uint64_t next_edge(const struct pit_channel *ch, uint64_t now)
{
    uint64_t e = elapsed(ch, now), first = now;
    uint64_t phase;

    if (!ch->counting || is_held(ch))
        return NEVER;
    if (is_loading(ch, now))
        first = ch->start;
    switch (ch->mode) {
    case 1:
        if (first > now)
            return first;
        return e < ch->count ? first + (ch->count - e) : NEVER;
    case 0:
        return e < ch->count ? first + (ch->count - e) : NEVER;
    case 2:
    case 3:
        if (ch->count < 2)
            return NEVER;
        phase = e % ch->count;
        e = ch->mode == 2 ? ch->count - 1 : high_half(ch->count);
        return first + ((phase < e ? e : ch->count) - phase);
    default:
        if (e < ch->count)
            return first + (ch->count - e);
        return e == ch->count ? now + 1 : NEVER;
    }
}

/* The counting element as the CPU would read it. */
static uint16_t counter_at(const struct pit_channel *ch, uint64_t now)
{
    uint64_t e = elapsed(ch, now);
    uint64_t modulus = ch->bcd ? 10000 : 65536;
    uint64_t value;

    if (!ch->counting) {
        value = ch->count;
    } else if (ch->mode == 2) {
        value = ch->count - e % ch->count;
    } else if (ch->mode == 3) {
        uint64_t phase = e % ch->count, high = high_half(ch->count);

        value = (ch->count & ~UINT64_C(1)) - 2 * (phase < high ? phase : phase - high);
    } else {
        value = ch->count + modulus - e % modulus;
    }
    value %= modulus;
    if (ch->bcd)
        value = value / 1000 << 12 | value / 100 % 10 << 8 | value / 10 % 10 << 4 | value % 10;
    return (uint16_t)value;
}

bool pit_output_at(const struct pit *pit, unsigned channel, uint64_t clock)
{
    struct pit_channel ch = at_clock(&pit->channel[channel], clock);

    return output_at(&ch, clock);
}

bool pit_output(const struct pit *pit, unsigned channel)
{
    return pit_output_at(pit, channel, pit_clocks(pit));
}

static void drive(struct pit *pit, bool level)
{
    if (level != pit->level) {
        pit->level = level;
        irq_set(&pit->out0, level);
    }
}

/* Drive the line of channel 0 through every edge up to now. */
static void drive_to_now(struct pit *pit)
{
    uint64_t now = pit_clocks(pit), at = pit->driven;
    unsigned edges;

    /* More than a period at once (few ticks a second): one pulse stands for all of them. */
    for (edges = 0; edges < 4; edges++) {
        struct pit_channel ch = at_clock(&pit->channel[0], at);
        uint64_t edge = next_edge(&ch, at);

        if (edge > now)
            break;
        ch = at_clock(&pit->channel[0], edge);
        drive(pit, output_at(&ch, edge));
        at = edge;
    }
    pit->channel[0] = at_clock(&pit->channel[0], now);
    drive(pit, output_at(&pit->channel[0], now));
    pit->driven = now;
}

static void schedule_edge(struct pit *pit)
{
    uint64_t edge = next_edge(&pit->channel[0], pit->driven);

    if (edge == NEVER || !pit->out0.receive)
        clock_cancel(pit->dev.clock, &pit->edge);
    else
        clock_schedule(pit->dev.clock, &pit->edge, clock_ticks_until(pit->dev.clock, edge, PIT_HZ));
}

/* Bring a channel up to date before its state changes. */
static struct pit_channel *channel_now(struct pit *pit, unsigned channel)
{
    struct pit_channel *ch = &pit->channel[channel];

    if (channel == 2 && pit->listen)
        pit->listen(pit->listener);
    if (channel == 0)
        drive_to_now(pit);
    else
        *ch = at_clock(ch, pit_clocks(pit));
    return ch;
}

/* The state of a channel changed: its line and its next edge may be different. */
static void channel_changed(struct pit *pit, unsigned channel)
{
    if (channel == 0) {
        drive(pit, output_at(&pit->channel[0], pit->driven));
        schedule_edge(pit);
    }
}

static void edge_fires(void *owner)
{
    struct pit *pit = owner;

    drive_to_now(pit);
    schedule_edge(pit);
}

/* The next clock pulse moves the count register into the counting element. */
static void load(struct pit_channel *ch, uint64_t now)
{
    ch->count = ch->written;
    ch->count_written = false;
    ch->counting = true;
    ch->start = now + 1;
    ch->held = 0;
}

/* The end of the period (mode 3: half period) at work: there a new count is taken over. */
static uint64_t period_end(const struct pit_channel *ch, uint64_t now)
{
    uint64_t edge;

    if (ch->count < 2)
        return now + 1;
    edge = next_edge(ch, now);
    if (ch->mode == 2 && edge != NEVER && !output_at(ch, edge))
        edge++;
    return edge;
}

static void write_count(struct pit_channel *ch, uint32_t value, uint64_t now)
{
    if (ch->bcd) {
        uint32_t decimal = 0, weight = 1;

        for (unsigned digit = 0; digit < 4; digit++, weight *= 10)
            decimal += (value >> digit * 4 & 15) * weight;
        ch->written = decimal ? decimal : 10000;
    } else {
        ch->written = value ? value : 65536;
    }
    ch->count_written = true;
    if (is_triggered(ch))
        return; /* until GATE rises */
    if (!is_periodic(ch) || !ch->counting)
        load(ch, now);
    else if (!is_held(ch))
        ch->reload = period_end(ch, now);
}

static void write_counter(struct pit *pit, unsigned channel, uint8_t value)
{
    struct pit_channel *ch = channel_now(pit, channel);
    uint64_t now = pit_clocks(pit);

    if (ch->access == ACCESS_LOW) {
        write_count(ch, value, now);
    } else if (ch->access == ACCESS_HIGH) {
        write_count(ch, (uint32_t)value << 8, now);
    } else if (!ch->write_high) {
        ch->low_byte = value;
        ch->write_high = true;
        if (ch->mode == 0) { /* the first byte stops counting, OUT goes low */
            ch->counting = false;
            ch->output = false;
        }
    } else {
        ch->write_high = false;
        write_count(ch, (uint32_t)value << 8 | ch->low_byte, now);
    }
    channel_changed(pit, channel);
}

static void latch_count(const struct pit *pit, struct pit_channel *ch)
{
    if (ch->latched)
        return; /* until it was read, further commands are ignored */
    ch->latch = counter_at(ch, pit_clocks(pit));
    ch->latched = ch->access == ACCESS_BOTH ? 2 : 1;
    ch->read_high = false;
}

static uint8_t status_now(const struct pit_channel *ch, uint64_t now)
{
    bool null_count = ch->count_written || is_loading(ch, now) || (!ch->counting && !ch->written);

    return (uint8_t)(output_at(ch, now) << 7 | null_count << 6 | ch->access << 4 | ch->mode << 1 |
                     ch->bcd);
}

static void read_back(struct pit *pit, uint8_t value)
{
    for (unsigned i = 0; i < 3; i++) {
        struct pit_channel *ch;

        if (!(value & 2 << i))
            continue;
        ch = channel_now(pit, i);
        if (!(value & 0x20))
            latch_count(pit, ch);
        if (!(value & 0x10) && !ch->status_latched) {
            ch->status = status_now(ch, pit_clocks(pit));
            ch->status_latched = true;
        }
        channel_changed(pit, i);
    }
}

static void write_control(struct pit *pit, uint8_t value)
{
    unsigned channel = value >> 6;
    struct pit_channel *ch;

    if (channel == 3) {
        read_back(pit, value);
        return;
    }
    ch = channel_now(pit, channel);
    if ((value >> 4 & 3) == ACCESS_LATCH) {
        latch_count(pit, ch);
    } else {
        ch->count = counter_at(ch, pit_clocks(pit)); /* stays readable */
        ch->access = value >> 4 & 3;
        ch->mode = value >> 1 & 7;
        if (ch->mode > 5)
            ch->mode -= 4;
        ch->bcd = value & 1;
        ch->output = ch->mode != 0;
        ch->counting = false;
        ch->count_written = false;
        ch->written = 0;
        ch->write_high = false;
        ch->read_high = false;
        ch->latched = 0;
        ch->status_latched = false;
    }
    channel_changed(pit, channel);
}

static void pit_write(void *owner, uint64_t port, unsigned size UNUSED, uint64_t value)
{
    struct pit *pit = owner;

    if ((port & 3) == 3)
        write_control(pit, (uint8_t)value);
    else
        write_counter(pit, port & 3, (uint8_t)value);
}

/* What a read would give, from a copy that may be changed freely. */
static uint8_t read_counter(struct pit_channel *ch, uint64_t now)
{
    uint16_t count;
    bool high;

    if (ch->status_latched) {
        ch->status_latched = false;
        return ch->status;
    }
    count = ch->latched ? ch->latch : counter_at(ch, now);
    high = ch->access == ACCESS_HIGH || (ch->access == ACCESS_BOTH && ch->read_high);
    if (ch->access == ACCESS_BOTH)
        ch->read_high = !ch->read_high;
    if (ch->latched)
        ch->latched--;
    return (uint8_t)(high ? count >> 8 : count);
}

static uint64_t pit_read(void *owner, uint64_t port, unsigned size UNUSED)
{
    struct pit *pit = owner;
    unsigned channel = port & 3;

    if (channel == 3)
        return 0xff; /* write only */
    return read_counter(channel_now(pit, channel), pit_clocks(pit));
}

static uint64_t pit_peek(const void *owner, uint64_t port, unsigned size UNUSED)
{
    const struct pit *pit = owner;
    struct pit_channel ch;

    if ((port & 3) == 3)
        return 0xff;
    ch = at_clock(&pit->channel[port & 3], pit_clocks(pit));
    return read_counter(&ch, pit_clocks(pit));
}

void pit_set_gate(struct pit *pit, unsigned channel, bool level)
{
    struct pit_channel *ch = channel_now(pit, channel);
    uint64_t now = pit_clocks(pit);

    if (level == ch->gate)
        return;
    if (!level) {
        if (ch->counting && !is_triggered(ch))
            ch->held = elapsed(ch, now);
        ch->gate = false;
    } else {
        ch->gate = true;
        if (is_triggered(ch) || is_periodic(ch)) { /* a rising edge starts anew */
            if (ch->written)
                load(ch, now);
        } else {
            ch->start = now - ch->held;
        }
    }
    channel_changed(pit, channel);
}

/* clang-format off */
static const struct io_range pit_ports[] = {
    { 0x40, 1, IO_8, pit_read, pit_write, "8254 channel 0: count (IRQ0)",   pit_peek },
    { 0x41, 1, IO_8, pit_read, pit_write, "8254 channel 1: count (refresh)", pit_peek },
    { 0x42, 1, IO_8, pit_read, pit_write, "8254 channel 2: count (speaker)", pit_peek },
    { 0x43, 1, IO_8, pit_read, pit_write, "8254 control word, read-back",    pit_peek },
    { 0 },
};

#define CHANNEL_ROWS(n)                                                                            \
    FIELD(struct pit, channel[n].mode,           FMT_DEC,  "mode"),                                \
    FIELD(struct pit, channel[n].access,         FMT_DEC,  "1 low byte, 2 high byte, 3 both"),     \
    FIELD(struct pit, channel[n].bcd,            FMT_BOOL, "counts in decimal"),                   \
    FIELD(struct pit, channel[n].gate,           FMT_BOOL, "level of GATE"),                       \
    FIELD(struct pit, channel[n].output,         FMT_BOOL, "OUT while nothing is counted"),        \
    FIELD(struct pit, channel[n].counting,       FMT_BOOL, "a count was loaded"),                  \
    FIELD(struct pit, channel[n].count_written,  FMT_BOOL, "a count waits to be loaded"),          \
    FIELD(struct pit, channel[n].write_high,     FMT_BOOL, "the next write is the high byte"),     \
    FIELD(struct pit, channel[n].read_high,      FMT_BOOL, "the next read is the high byte"),      \
    FIELD(struct pit, channel[n].status_latched, FMT_BOOL, "the next read is the status"),         \
    FIELD(struct pit, channel[n].latched,        FMT_DEC,  "bytes of the latched count to read"),  \
    FIELD(struct pit, channel[n].status,         FMT_HEX,  "latched status"),                      \
    FIELD(struct pit, channel[n].latch,          FMT_HEX,  "latched count"),                       \
    FIELD(struct pit, channel[n].low_byte,       FMT_HEX,  "low byte of a count being written"),   \
    FIELD(struct pit, channel[n].written,        FMT_DEC,  "count register"),                      \
    FIELD(struct pit, channel[n].count,          FMT_DEC,  "count at work"),                       \
    FIELD(struct pit, channel[n].start,          FMT_DEC,  "clock at which it was loaded"),        \
    FIELD(struct pit, channel[n].held,           FMT_DEC,  "clocks counted when GATE fell"),       \
    FIELD(struct pit, channel[n].reload,         FMT_DEC,  "clock at which the next is taken")

static const struct field pit_fields[] = {
    NOT_SAVED(struct pit, dev, "device"),
    CHANNEL_ROWS(0),
    CHANNEL_ROWS(1),
    CHANNEL_ROWS(2),
    FIELD(struct pit, level,  FMT_BOOL, "level of the line of channel 0"),
    FIELD(struct pit, driven, FMT_DEC,  "clock up to which it was driven"),
    NOT_SAVED(struct pit, out0, "line of channel 0"),
    NOT_SAVED(struct pit, edge, "the next edge of channel 0"),
    NOT_SAVED(struct pit, listen, "who hears channel 2"),
    NOT_SAVED(struct pit, listener, "its context"),
    { 0 },
};
/* clang-format on */

static void pit_init(struct device *dev)
{
    struct pit *pit = (struct pit *)dev;

    event_init(dev->clock, &pit->edge, "pit channel 0", edge_fires, pit);
}

/* The 8254 has no reset input and starts undefined; here: mode 3, full count, not counting. */
static void pit_reset(struct device *dev, enum reset kind UNUSED)
{
    struct pit *pit = (struct pit *)dev;

    for (unsigned i = 0; i < 3; i++)
        pit->channel[i] =
            (struct pit_channel){ .mode = 3, .access = ACCESS_BOTH, .gate = i < 2, .output = true };
    pit->driven = pit_clocks(pit);
    pit->level = true;
    irq_set(&pit->out0, true);
    schedule_edge(pit);
}

static void pit_restored(struct device *dev)
{
    struct pit *pit = (struct pit *)dev;

    for (unsigned i = 0; i < 3; i++) {
        struct pit_channel *ch = &pit->channel[i];

        if (ch->mode > 5)
            ch->mode = 0;
        ch->access &= 3;
        if (ch->counting && !ch->count)
            ch->count = 65536;
        if (ch->count_written && !ch->written)
            ch->written = 65536;
    }
    schedule_edge(pit);
}

static void pit_describe(const struct device *dev, struct out *out)
{
    static const char *const modes[] = { "interrupt on terminal count",
                                         "one-shot",
                                         "rate generator",
                                         "square wave",
                                         "software strobe",
                                         "hardware strobe" };
    const struct pit *pit = (const struct pit *)dev;
    uint64_t now = pit_clocks(pit);

    for (unsigned i = 0; i < 3; i++) {
        struct pit_channel ch = at_clock(&pit->channel[i], now);

        out_printf(out, "channel %u: mode %u, %s%s", i, ch.mode, modes[ch.mode],
                   ch.bcd ? ", decimal" : "");
        if (!ch.counting) {
            out_text(out, ch.count_written ? ", waits for GATE" : ", no count loaded");
        } else {
            out_printf(out, ", count 0x%04x of 0x%04x", counter_at(&ch, now), ch.count & 0xffff);
            if (is_periodic(&ch))
                out_printf(out, " (%u.%02u Hz)", PIT_HZ / ch.count,
                           (unsigned)(PIT_HZ % ch.count * UINT64_C(100) / ch.count));
        }
        out_printf(out, ", GATE %s, OUT %s\n", ch.gate ? "high" : "low",
                   output_at(&ch, now) ? "high" : "low");
    }
    if (pit->edge.queued)
        out_printf(out, "next edge of channel 0 at tick %" PRIu64 "\n", pit->edge.when);
}

const struct device_class pit_class = {
    .name = "pit",
    .title = "8254 programmable interval timer",
    .size = sizeof(struct pit),
    .ports = pit_ports,
    .fields = pit_fields,
    .init = pit_init,
    .reset = pit_reset,
    .describe = pit_describe,
    .restored = pit_restored,
};
