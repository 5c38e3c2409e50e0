/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/lpt.c - LPT1 in standard mode, and the printer behind it: it is always selected and has paper,
 * takes the data at the rising edge of the strobe, is busy for five microseconds, and acknowledges.
 * Source: IBM PC/AT Technical Reference, "Parallel Printer Adapter"; IEEE 1284, compatibility mode.
 */
#include "iodev/lpt.h"

#include <inttypes.h>

enum {
    CONTROL_STROBE = 0x01,
    CONTROL_NOT_RESET = 0x04,
    CONTROL_SELECT = 0x08,
    CONTROL_IRQ = 0x10,
    CONTROL_BITS = 0x1f,
    CONTROL_OPEN = 0xe0, /* nobody drives them */

    STATUS_READY = 0x80,
    STATUS_NO_ACK = 0x40, /* the acknowledgement is too short to be seen */
    STATUS_SELECTED = 0x10,
    STATUS_NO_ERROR = 0x08,
    STATUS_OPEN = 0x07,

    BUSY_US = 5,
};

static void set_irq(struct lpt *lpt, bool level)
{
    lpt->irq_level = level;
    irq_set(&lpt->irq, level);
}

static void taken(void *owner)
{
    struct lpt *lpt = owner;

    lpt->due = UINT64_MAX;
    lpt->busy = false;
    if (lpt->control & CONTROL_IRQ)
        set_irq(lpt, true);
}

static void strobe(struct lpt *lpt)
{
    if (lpt->busy || !(lpt->control & CONTROL_NOT_RESET))
        return;
    lpt->busy = true;
    lpt->printed++;
    set_irq(lpt, false);
    if (lpt->output && lpt->output->write)
        lpt->output->write(lpt->output->host, &lpt->data, 1);
    lpt->due = clock_now(lpt->dev.clock) + clock_ticks_from(lpt->dev.clock, BUSY_US, 1000000) + 1;
    clock_schedule(lpt->dev.clock, &lpt->event, lpt->due);
}

static void write_control(struct lpt *lpt, uint8_t value)
{
    uint8_t old = lpt->control;

    lpt->control = value & CONTROL_BITS;
    if (!(value & CONTROL_IRQ))
        set_irq(lpt, false);
    if (value & ~old & CONTROL_STROBE)
        strobe(lpt);
}

static uint64_t lpt_peek(const void *owner, uint64_t port, unsigned size UNUSED)
{
    const struct lpt *lpt = owner;

    switch (port & 3) {
    case 0:
        return lpt->data;
    case 1:
        return STATUS_NO_ACK | STATUS_SELECTED | STATUS_NO_ERROR | STATUS_OPEN |
               (lpt->busy ? 0u : STATUS_READY);
    default:
        return lpt->control | CONTROL_OPEN;
    }
}

/* Looking at the status ends the interrupt: its pulse is over by then. */
static uint64_t lpt_read(void *owner, uint64_t port, unsigned size)
{
    if ((port & 3) == 1)
        set_irq(owner, false);
    return lpt_peek(owner, port, size);
}

static void lpt_write(void *owner, uint64_t port, unsigned size UNUSED, uint64_t value)
{
    struct lpt *lpt = owner;

    if ((port & 3) == 0)
        lpt->data = (uint8_t)value;
    else if ((port & 3) == 2)
        write_control(lpt, (uint8_t)value);
}

/* clang-format off */
static const struct io_range lpt_ports[] = {
    { 0x378, 3, IO_8, lpt_read, lpt_write, "LPT1: data, status, control", lpt_peek },
    { 0 },
};

static const struct field lpt_fields[] = {
    NOT_SAVED(struct lpt, dev, "device"),
    FIELD(struct lpt, data,      FMT_HEX,  "data"),
    FIELD(struct lpt, control,   FMT_HEX,
          "0 strobe, 1 auto feed, 2 not reset, 3 select, 4 interrupt"),
    FIELD(struct lpt, busy,      FMT_BOOL, "the printer takes a character"),
    FIELD(struct lpt, irq_level, FMT_BOOL, "interrupt line"),
    FIELD(struct lpt, due,       FMT_DEC,  "tick at which it has taken it"),
    FIELD(struct lpt, printed,   FMT_DEC,  "characters"),
    NOT_SAVED(struct lpt, event, "a character is taken"),
    NOT_SAVED(struct lpt, output, "where they go"),
    NOT_SAVED(struct lpt, irq, "interrupt line"),
    { 0 },
};
/* clang-format on */

static void lpt_init(struct device *dev)
{
    struct lpt *lpt = (struct lpt *)dev;

    event_init(dev->clock, &lpt->event, "printer", taken, lpt);
}

static void lpt_reset(struct device *dev, enum reset kind)
{
    struct lpt *lpt = (struct lpt *)dev;

    clock_cancel(dev->clock, &lpt->event);
    lpt->data = 0;
    lpt->control = CONTROL_SELECT | CONTROL_NOT_RESET;
    lpt->busy = false;
    lpt->due = UINT64_MAX;
    set_irq(lpt, false);
    if (kind == RESET_POWER_ON)
        lpt->printed = 0;
}

static void lpt_restored(struct device *dev)
{
    struct lpt *lpt = (struct lpt *)dev;

    if (lpt->due == UINT64_MAX)
        clock_cancel(dev->clock, &lpt->event);
    else
        clock_schedule(dev->clock, &lpt->event, lpt->due);
}

static void lpt_describe(const struct device *dev, struct out *out)
{
    const struct lpt *lpt = (const struct lpt *)dev;

    out_printf(out, "data 0x%02x, printer %s%s, %" PRIu64 " characters printed, %s\n", lpt->data,
               lpt->busy ? "busy" : "ready",
               lpt->control & CONTROL_NOT_RESET ? "" : " and held in reset", lpt->printed,
               lpt->output ? "connected" : "nobody listens");
    out_printf(out, "interrupt %s, IRQ 7 %s\n", lpt->control & CONTROL_IRQ ? "enabled" : "disabled",
               lpt->irq_level ? "high" : "low");
}

const struct device_class lpt_class = {
    .name = "lpt",
    .title = "parallel port LPT1",
    .size = sizeof(struct lpt),
    .ports = lpt_ports,
    .fields = lpt_fields,
    .init = lpt_init,
    .reset = lpt_reset,
    .describe = lpt_describe,
    .restored = lpt_restored,
};
