/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/lapic.c - local APIC of the one processor, as xAPIC (memory page) and x2APIC (MSRs); its
 * timer is lapic_timer.c. Source: SDM Vol. 3A, "Advanced Programmable Interrupt Controller
 * (APIC)", "Extended XAPIC (x2APIC)".
 */
#include "iodev/lapic_internal.h"

#include <inttypes.h>

#include "util/bits.h"

enum {
    ESR_SEND_VECTOR = 0x20,
    ESR_RECEIVE_VECTOR = 0x40,
    ESR_REGISTER = 0x80,
    VERSION = 0x14,
};

#define LAPIC_MMIO UINT64_C(0xfee00000)

/* What can be written of each local vector table entry. */
static const uint32_t lvt_writable[LVT_COUNT] = {
    [LVT_TIMER] = 0x700ff, [LVT_THERMAL] = 0x107ff, [LVT_PERF] = 0x107ff,
    [LVT_LINT0] = 0x1a7ff, [LVT_LINT1] = 0x1a7ff,   [LVT_ERROR] = 0x100ff,
};

bool lapic_enabled(const struct lapic *lapic)
{
    return lapic->base & BASE_ENABLE;
}

bool lapic_active(const struct lapic *lapic)
{
    return lapic_enabled(lapic) && lapic->svr & SVR_ENABLE;
}

static bool is_x2apic(const struct lapic *lapic)
{
    return lapic->base & BASE_X2APIC;
}

/* x2APIC IDs are wired, and logical destinations follow from them: cluster and bit. */
enum { X2APIC_ID = 0, X2APIC_LDR = X2APIC_ID >> 4 << 16 | 1 << (X2APIC_ID & 15) };

static bool test_vector(const uint32_t set[8], unsigned vector)
{
    return set[vector / 32] >> vector % 32 & 1;
}

static void set_vector(uint32_t set[8], unsigned vector, bool value)
{
    uint32_t bit = UINT32_C(1) << vector % 32;

    if (value)
        set[vector / 32] |= bit;
    else
        set[vector / 32] &= ~bit;
}

/* -1: none. */
static int highest_vector(const uint32_t set[8])
{
    for (int i = 7; i >= 0; i--) {
        if (set[i])
            return i * 32 + 31 - __builtin_clz(set[i]);
    }
    return -1;
}

static uint32_t processor_priority(const struct lapic *lapic)
{
    int serving = highest_vector(lapic->isr);
    uint32_t class = serving < 0 ? 0 : (uint32_t)serving & 0xf0;

    return (lapic->tpr & 0xf0) >= class ? lapic->tpr : class;
}

/* The vector to deliver now; -1: none. */
static int deliverable(const struct lapic *lapic)
{
    int vector = highest_vector(lapic->irr);

    if (!lapic_enabled(lapic) || vector < 0) /* disabled by software, it still has these */
        return -1;
    return (vector & 0xf0) > (int)(processor_priority(lapic) & 0xf0) ? vector : -1;
}

/* The 8259A's INTR reaches the processor: through LINT0, or past an APIC that is not in use. */
static bool extint_pending(const struct lapic *lapic)
{
    uint32_t lvt = lapic->lvt[LVT_LINT0];

    if (!lapic->lint0)
        return false;
    return !lapic_active(lapic) || (!(lvt & LVT_MASKED) && (lvt >> 8 & 7) == APIC_EXTINT);
}

static void update(struct lapic *lapic)
{
    bool level = deliverable(lapic) >= 0 || extint_pending(lapic);

    if (level != lapic->output) {
        lapic->output = level;
        irq_set(&lapic->intr, level);
    }
}

static void pulse(const struct irq_line *line)
{
    irq_set(line, true);
    irq_set(line, false);
}

static void report_error(struct lapic *lapic, uint32_t error);

/* A fixed interrupt arrives. */
static void accept(struct lapic *lapic, uint8_t vector, bool level)
{
    if (!lapic_active(lapic))
        return;
    if (vector < 16) {
        report_error(lapic, ESR_RECEIVE_VECTOR);
        return;
    }
    set_vector(lapic->irr, vector, true);
    set_vector(lapic->tmr, vector, level);
    update(lapic);
}

static void report_error(struct lapic *lapic, uint32_t error)
{
    uint32_t lvt = lapic->lvt[LVT_ERROR];

    log_once(lapic->dev.log, &lapic->warned[0], LOG_WARN, "lapic", "error: %s",
             error == ESR_REGISTER      ? "unknown register"
             : error == ESR_SEND_VECTOR ? "vector below 16 sent"
                                        : "vector below 16 received");
    lapic->errors |= error;
    if (!(lvt & LVT_MASKED) && (lvt & LVT_VECTOR) >= 16)
        accept(lapic, lvt & LVT_VECTOR, false);
}

/* An event of a local vector table entry. */
void lapic_raise_lvt(struct lapic *lapic, unsigned entry)
{
    uint32_t lvt = lapic->lvt[entry];

    if (lvt & LVT_MASKED)
        return;
    switch (entry == LVT_TIMER || entry == LVT_ERROR ? APIC_FIXED : lvt >> 8 & 7) {
    case APIC_FIXED:
        accept(lapic, lvt & LVT_VECTOR, entry == LVT_LINT0 && lvt & LVT_LEVEL);
        break;
    case APIC_NMI:
        pulse(&lapic->nmi);
        break;
    case APIC_INIT:
        pulse(&lapic->init);
        break;
    case APIC_SMI:
        pulse(&lapic->smi);
        break;
    default: /* ExtINT is a level: extint_pending() */
        break;
    }
}

/* LINT0 as a level-triggered input: it asks for as long as it is high and not in service. */
static void sample_lint0(struct lapic *lapic)
{
    uint32_t lvt = lapic->lvt[LVT_LINT0];

    if (lapic->lint0 && lapic_active(lapic) && lvt & LVT_LEVEL && (lvt >> 8 & 7) == APIC_FIXED &&
        !test_vector(lapic->isr, lvt & LVT_VECTOR))
        lapic_raise_lvt(lapic, LVT_LINT0);
}

void lapic_set_lint0(void *owner, unsigned pin UNUSED, bool level)
{
    struct lapic *lapic = owner;
    bool rises = level && !lapic->lint0;

    lapic->lint0 = level;
    if (rises && lapic_active(lapic))
        lapic_raise_lvt(lapic, LVT_LINT0);
    update(lapic);
}

void lapic_set_lint1(void *owner, unsigned pin UNUSED, bool level)
{
    struct lapic *lapic = owner;
    bool rises = level && !lapic->lint1;

    lapic->lint1 = level;
    if (!rises)
        return;
    if (lapic_active(lapic))
        lapic_raise_lvt(lapic, LVT_LINT1);
    else
        pulse(&lapic->nmi);
}

static bool is_destination(const struct lapic *lapic, uint32_t dest, bool logical)
{
    uint8_t own = lapic->ldr >> 24;

    if (is_x2apic(lapic))
        return dest == UINT32_MAX || dest == 0xff || /* the latter from an I/O APIC */
               (logical ? dest >> 16 == X2APIC_LDR >> 16 && dest & X2APIC_LDR & 0xffff
                        : dest == X2APIC_ID);
    if (dest == 0xff)
        return true;
    if (!logical)
        return dest == lapic->id >> 24;
    if (lapic->dfr >> 28 == 0xf) /* flat */
        return dest & own;
    return (dest & 0xf0) == (own & 0xf0) && dest & own & 0x0f; /* cluster */
}

static void deliver(struct lapic *lapic, uint8_t vector, unsigned mode, bool level, uint32_t dest,
                    bool logical)
{
    if (!lapic_enabled(lapic) || !is_destination(lapic, dest, logical))
        return;
    switch (mode) {
    case APIC_FIXED:
    case APIC_LOWEST:
        accept(lapic, vector, level);
        break;
    case APIC_NMI:
        pulse(&lapic->nmi);
        break;
    case APIC_INIT:
        pulse(&lapic->init);
        break;
    case APIC_SMI:
        pulse(&lapic->smi);
        break;
    default:
        log_once(lapic->dev.log, &lapic->warned[1], LOG_WARN, "lapic",
                 "message of delivery mode %u ignored", mode);
    }
}

void lapic_deliver(void *lapic, uint8_t vector, unsigned mode, bool level, uint8_t dest,
                   bool logical)
{
    deliver(lapic, vector, mode, level, dest, logical);
}

int lapic_acknowledge(struct lapic *lapic)
{
    int vector = deliverable(lapic);

    if (vector < 0 && extint_pending(lapic))
        return -1;
    if (vector < 0)
        return (int)(lapic->svr & 0xff); /* spurious: nothing in service */
    set_vector(lapic->irr, (unsigned)vector, false);
    set_vector(lapic->isr, (unsigned)vector, true);
    update(lapic);
    return vector;
}

static void end_of_interrupt(struct lapic *lapic)
{
    int vector = highest_vector(lapic->isr);

    if (vector < 0)
        return;
    set_vector(lapic->isr, (unsigned)vector, false);
    if (test_vector(lapic->tmr, (unsigned)vector) && lapic->eoi)
        lapic->eoi(lapic->eoi_context, (uint8_t)vector);
    sample_lint0(lapic);
    update(lapic);
}

/* The interrupt command register was written. An APIC disabled by software may still send. */
static void send(struct lapic *lapic)
{
    uint32_t icr = lapic->icr_low;
    unsigned mode = icr >> 8 & 7, shorthand = icr >> 18 & 3;
    uint8_t vector = icr & 0xff;
    uint32_t all = is_x2apic(lapic) ? UINT32_MAX : 0xff;
    uint32_t dest = shorthand ? all : is_x2apic(lapic) ? lapic->icr_high : lapic->icr_high >> 24;
    bool deassert = mode == APIC_INIT && !(icr & 0x4000);

    if (shorthand == 3 || deassert) /* all but this one: there is no other */
        return;
    if ((mode == APIC_FIXED || mode == APIC_LOWEST) && vector < 16) {
        report_error(lapic, ESR_SEND_VECTOR);
        return;
    }
    if (mode == APIC_STARTUP)
        return; /* for a processor that waits after INIT: not this one */
    if (mode == APIC_INIT && shorthand) {
        log_once(lapic->dev.log, &lapic->warned[2], LOG_WARN, "lapic",
                 "INIT with a shorthand that names itself");
        return;
    }
    deliver(lapic, vector, mode, false, dest, !shorthand && icr & 0x800);
}

static void write_lvt(struct lapic *lapic, unsigned entry, uint32_t value)
{
    uint32_t old_mode = lapic_timer_mode(lapic);

    value &= lvt_writable[entry];
    if (entry == LVT_TIMER && !lapic->has_deadline)
        value &= ~((uint32_t)TIMER_DEADLINE << 17);
    if (!(lapic->svr & SVR_ENABLE))
        value |= LVT_MASKED;
    if (entry == LVT_TIMER && (value >> 17 & 3) != old_mode) {
        bool deadline = old_mode == TIMER_DEADLINE || (value >> 17 & 3) == TIMER_DEADLINE;
        uint32_t left = lapic_timer_count(lapic);

        lapic->lvt[entry] = value;
        lapic->tsc_deadline = 0;
        lapic_timer_start(lapic, deadline ? 0 : left); /* to or from deadline mode disarms */
    }
    lapic->lvt[entry] = value;
    if (entry == LVT_TIMER)
        lapic_timer_schedule(lapic);
    if (entry == LVT_LINT0)
        sample_lint0(lapic);
    update(lapic);
}

static void write_svr(struct lapic *lapic, uint32_t value)
{
    lapic->svr = value & 0x1ff; /* focus and EOI broadcast control are not there */
    if (!(value & SVR_ENABLE)) {
        for (unsigned i = 0; i < LVT_COUNT; i++)
            lapic->lvt[i] |= LVT_MASKED;
    }
    lapic_timer_schedule(lapic);
    update(lapic);
}

unsigned lapic_get_tpr(const struct lapic *lapic)
{
    return lapic->tpr >> 4 & 15;
}

void lapic_set_tpr(struct lapic *lapic, unsigned cr8)
{
    lapic->tpr = (cr8 & 15) << 4;
    update(lapic);
}

uint32_t lapic_read(const struct lapic *lapic, unsigned offset)
{
    unsigned index = offset >> 4 & 7;

    switch (offset & 0xff0) {
    case LAPIC_ID:
        return lapic->id;
    case LAPIC_VERSION:
        return VERSION | (LVT_COUNT - 1) << 16;
    case LAPIC_TPR:
        return lapic->tpr;
    case LAPIC_APR:
    case LAPIC_PPR:
        return processor_priority(lapic);
    case LAPIC_LDR:
        return lapic->ldr;
    case LAPIC_DFR:
        return lapic->dfr;
    case LAPIC_SVR:
        return lapic->svr;
    case LAPIC_ISR ... LAPIC_ISR + 0x70:
        return lapic->isr[index];
    case LAPIC_TMR ... LAPIC_TMR + 0x70:
        return lapic->tmr[index];
    case LAPIC_IRR ... LAPIC_IRR + 0x70:
        return lapic->irr[index];
    case LAPIC_ESR:
        return lapic->esr;
    case LAPIC_ICR_LOW:
        return lapic->icr_low;
    case LAPIC_ICR_HIGH:
        return lapic->icr_high;
    case LAPIC_LVT_TIMER ... LAPIC_LVT_ERROR:
        return lapic->lvt[((offset & 0xff0) - LAPIC_LVT_TIMER) >> 4];
    case LAPIC_TIMER_INITIAL:
        return lapic_timer_mode(lapic) == TIMER_DEADLINE ? 0 : lapic->timer_initial;
    case LAPIC_TIMER_CURRENT:
        return lapic_timer_count(lapic);
    case LAPIC_TIMER_DIVIDE:
        return lapic->timer_divide;
    default:
        return 0;
    }
}

void lapic_write(struct lapic *lapic, unsigned offset, uint32_t value)
{
    uint32_t left;

    switch (offset & 0xff0) {
    case LAPIC_ID:
        lapic->id = value & 0xff000000;
        break;
    case LAPIC_TPR:
        lapic->tpr = value & 0xff;
        update(lapic);
        break;
    case LAPIC_EOI:
        end_of_interrupt(lapic);
        break;
    case LAPIC_LDR:
        lapic->ldr = value & 0xff000000;
        break;
    case LAPIC_DFR:
        lapic->dfr = value | 0x0fffffff;
        break;
    case LAPIC_SVR:
        write_svr(lapic, value);
        break;
    case LAPIC_ESR: /* any write: show what was collected */
        lapic->esr = lapic->errors;
        lapic->errors = 0;
        break;
    case LAPIC_ICR_LOW:
        lapic->icr_low = value & 0x000ccfff; /* delivery status: always idle */
        send(lapic);
        break;
    case LAPIC_ICR_HIGH:
        lapic->icr_high = value & 0xff000000;
        break;
    case LAPIC_LVT_TIMER ... LAPIC_LVT_ERROR:
        write_lvt(lapic, ((offset & 0xff0) - LAPIC_LVT_TIMER) >> 4, value);
        break;
    case LAPIC_TIMER_INITIAL:
        if (lapic_timer_mode(lapic) != TIMER_DEADLINE) {
            lapic->timer_initial = value;
            lapic_timer_start(lapic, value);
        }
        break;
    case LAPIC_TIMER_DIVIDE:
        left = lapic_timer_count(lapic);
        lapic->timer_divide = value & 0x0b;
        lapic_timer_start(lapic, left);
        break;
    case LAPIC_VERSION: /* read only */
    case LAPIC_APR:
    case LAPIC_PPR:
    case LAPIC_ISR ... LAPIC_ISR + 0x70:
    case LAPIC_TMR ... LAPIC_TMR + 0x70:
    case LAPIC_IRR ... LAPIC_IRR + 0x70:
    case LAPIC_TIMER_CURRENT:
        break;
    default:
        report_error(lapic, ESR_REGISTER);
    }
}

uint64_t lapic_x2apic_read(const struct lapic *lapic, unsigned index)
{
    switch (index << 4) {
    case LAPIC_ID:
        return X2APIC_ID;
    case LAPIC_LDR:
        return X2APIC_LDR;
    case LAPIC_ICR_LOW:
        return (uint64_t)lapic->icr_high << 32 | lapic->icr_low;
    default:
        return lapic_read(lapic, index << 4);
    }
}

void lapic_x2apic_write(struct lapic *lapic, unsigned index, uint64_t value)
{
    switch (index << 4) {
    case LAPIC_ICR_LOW: /* one write, so that no other can come between the halves */
        lapic->icr_high = (uint32_t)(value >> 32);
        lapic_write(lapic, LAPIC_ICR_LOW, (uint32_t)value);
        break;
    case LAPIC_SELF_IPI:
        if (value < 16)
            report_error(lapic, ESR_SEND_VECTOR);
        else
            accept(lapic, (uint8_t)value, false);
        break;
    default:
        lapic_write(lapic, index << 4, (uint32_t)value);
        break;
    }
}

/* All registers but the ID, as after power-up; the inputs keep their levels. */
static void clear_registers(struct lapic *lapic)
{
    lapic->tpr = 0;
    lapic->ldr = 0;
    lapic->dfr = 0xffffffff;
    lapic->svr = 0xff;
    memset(lapic->isr, 0, sizeof lapic->isr);
    memset(lapic->tmr, 0, sizeof lapic->tmr);
    memset(lapic->irr, 0, sizeof lapic->irr);
    lapic->esr = 0;
    lapic->errors = 0;
    lapic->icr_low = 0;
    lapic->icr_high = 0;
    for (unsigned i = 0; i < LVT_COUNT; i++)
        lapic->lvt[i] = LVT_MASKED;
    lapic->timer_divide = 0;
    lapic->timer_initial = 0;
    lapic->timer_left = 0;
    lapic->timer_start = 0;
    lapic->tsc_deadline = 0;
    clock_cancel(lapic->dev.clock, &lapic->timer);
}

void lapic_set_base(struct lapic *lapic, uint64_t value)
{
    uint64_t off = lapic->base & ~value, on = value & ~lapic->base;

    if ((value & ~PAGE_MASK) != LAPIC_MMIO)
        log_once(lapic->dev.log, &lapic->warned[3], LOG_WARN, "lapic",
                 "base 0x%" PRIx64 ": the registers stay at 0x%" PRIx64, value & ~PAGE_MASK,
                 LAPIC_MMIO);
    lapic->base = value;
    if (off & BASE_ENABLE)
        clear_registers(lapic);
    if (on & BASE_X2APIC) { /* "x2APIC State Transitions": the rest is kept */
        lapic->ldr = 0;
        lapic->dfr = 0xffffffff;
        lapic->icr_high = 0;
    }
    lapic_timer_schedule(lapic);
    update(lapic);
}

/* The page answers in xAPIC mode only. */
static bool page_answers(const struct lapic *lapic)
{
    return lapic_enabled(lapic) && !is_x2apic(lapic);
}

/* Registers are the aligned 32 bits of each 16 bytes. */
static uint64_t mmio_peek(const void *owner, uint64_t address, unsigned size UNUSED)
{
    const struct lapic *lapic = owner;

    if (!page_answers(lapic))
        return UINT32_MAX;
    return address & 15 ? 0 : lapic_read(lapic, address & 0xff0);
}

static uint64_t mmio_read(void *owner, uint64_t address, unsigned size)
{
    return mmio_peek(owner, address, size);
}

static void mmio_write(void *owner, uint64_t address, unsigned size UNUSED, uint64_t value)
{
    struct lapic *lapic = owner;

    if (page_answers(lapic) && !(address & 15))
        lapic_write(lapic, address & 0xff0, (uint32_t)value);
}

/* clang-format off */
static const struct io_range lapic_mmio[] = {
    { LAPIC_MMIO, 0x1000, IO_32, mmio_read, mmio_write, "local APIC registers", mmio_peek },
    { 0 },
};

static const struct field lapic_fields[] = {
    NOT_SAVED(struct lapic, dev, "device"),
    FIELD(struct lapic, base,          FMT_HEX,
          "IA32_APIC_BASE: bit 8 boot processor, 10 x2APIC, 11 enabled"),
    FIELD(struct lapic, id,            FMT_HEX,  "ID, bits 31-24"),
    FIELD(struct lapic, tpr,           FMT_HEX,  "task priority"),
    FIELD(struct lapic, ldr,           FMT_HEX,  "logical destination"),
    FIELD(struct lapic, dfr,           FMT_HEX,  "destination format"),
    FIELD(struct lapic, svr,           FMT_HEX,  "spurious vector; bit 8 software enable"),
    FIELDS(struct lapic, isr,          FMT_HEX,  "vectors in service"),
    FIELDS(struct lapic, tmr,          FMT_HEX,  "level-triggered vectors"),
    FIELDS(struct lapic, irr,          FMT_HEX,  "vectors requested"),
    FIELD(struct lapic, esr,           FMT_HEX,  "error status as shown"),
    FIELD(struct lapic, errors,        FMT_HEX,  "errors since it was last written"),
    FIELD(struct lapic, icr_low,       FMT_HEX,  "interrupt command, low"),
    FIELD(struct lapic, icr_high,      FMT_HEX,  "interrupt command, high"),
    FIELDS(struct lapic, lvt,          FMT_HEX,
          "timer, thermal, performance, LINT0, LINT1, error"),
    FIELD(struct lapic, timer_divide,  FMT_HEX,  "divide configuration"),
    FIELD(struct lapic, timer_initial, FMT_DEC,  "initial count"),
    FIELD(struct lapic, timer_left,    FMT_DEC,  "count left at timer_start"),
    FIELD(struct lapic, timer_start,   FMT_DEC,  "tick at which it began to count"),
    FIELD(struct lapic, tsc_deadline,  FMT_DEC,  "TSC deadline as a tick"),
    FIELD(struct lapic, lint0,         FMT_BOOL, "level of LINT0"),
    FIELD(struct lapic, lint1,         FMT_BOOL, "level of LINT1"),
    FIELD(struct lapic, output,        FMT_BOOL, "level of the line to the processor"),
    NOT_SAVED(struct lapic, warned, "messages that were printed"),
    NOT_SAVED(struct lapic, timer, "the timer's next interrupt"),
    NOT_SAVED(struct lapic, bus_hz, "timer clock: configuration"),
    NOT_SAVED(struct lapic, virtual_wire, "LINT0 after reset: configuration"),
    NOT_SAVED(struct lapic, has_deadline, "TSC-deadline mode exists: configuration"),
    NOT_SAVED(struct lapic, intr, "interrupt line"),
    NOT_SAVED(struct lapic, nmi, "NMI line"),
    NOT_SAVED(struct lapic, init, "INIT line"),
    NOT_SAVED(struct lapic, smi, "SMI line"),
    NOT_SAVED(struct lapic, eoi, "wiring"),
    NOT_SAVED(struct lapic, eoi_context, "wiring"),
    { 0 },
};
/* clang-format on */

static void lapic_init(struct device *dev)
{
    struct lapic *lapic = (struct lapic *)dev;

    event_init(dev->clock, &lapic->timer, "lapic timer", lapic_timer_fires, lapic);
    lapic->bus_hz = 100000000;
    lapic->has_deadline = true;
}

static void lapic_reset(struct device *dev, enum reset kind UNUSED)
{
    struct lapic *lapic = (struct lapic *)dev;

    lapic->base = LAPIC_MMIO | BASE_ENABLE | BASE_BSP;
    lapic->id = 0;
    clear_registers(lapic);
    if (lapic->virtual_wire)
        lapic->lvt[LVT_LINT0] = APIC_EXTINT << 8;
    update(lapic);
}

static void lapic_restored(struct device *dev)
{
    lapic_timer_schedule((struct lapic *)dev);
}

static void describe_set(const char *name, const uint32_t set[8], struct out *out)
{
    if (highest_vector(set) < 0)
        return;
    out_printf(out, "%s:", name);
    for (unsigned vector = 0; vector < 256; vector++) {
        if (test_vector(set, vector))
            out_printf(out, " 0x%02x", vector);
    }
    out_text(out, "\n");
}

static void lapic_describe(const struct device *dev, struct out *out)
{
    static const char *const names[] = { "timer", "thermal", "performance",
                                         "LINT0", "LINT1",   "error" };
    static const char *const modes[] = { "fixed", "lowest", "SMI",     "?",
                                         "NMI",   "INIT",   "startup", "ExtINT" };
    const struct lapic *lapic = (const struct lapic *)dev;
    int vector = highest_vector(lapic->irr);

    out_printf(out, "local APIC %u: %s, TPR 0x%02x, PPR 0x%02x, spurious vector 0x%02x\n",
               lapic->id >> 24,
               !lapic_enabled(lapic)  ? "disabled by IA32_APIC_BASE"
               : !lapic_active(lapic) ? "disabled by software (SVR bit 8)"
               : is_x2apic(lapic)     ? "enabled, x2APIC mode"
                                      : "enabled",
               lapic->tpr, processor_priority(lapic), lapic->svr & 0xff);
    describe_set("requested (IRR)", lapic->irr, out);
    describe_set("in service (ISR)", lapic->isr, out);
    if (vector >= 0 && deliverable(lapic) < 0 && lapic_active(lapic))
        out_printf(out, "vector 0x%02x waits: its class %x is not above PPR class %x\n",
                   (unsigned)vector, (unsigned)vector >> 4, processor_priority(lapic) >> 4);
    for (unsigned i = LVT_THERMAL; i < LVT_COUNT; i++) {
        if (!(lapic->lvt[i] & LVT_MASKED))
            out_printf(out, "%s: %s, vector 0x%02x\n", names[i], modes[lapic->lvt[i] >> 8 & 7],
                       lapic->lvt[i] & LVT_VECTOR);
    }
    if (lapic->lint0)
        out_printf(out, "LINT0 (8259A) is raised%s\n",
                   extint_pending(lapic) ? " and reaches the processor" : " but masked");
    if (lapic->errors | lapic->esr)
        out_printf(out, "errors: 0x%02x\n", lapic->errors | lapic->esr);
    lapic_timer_describe(lapic, out);
}

const struct device_class lapic_class = {
    .name = "lapic",
    .title = "local APIC",
    .size = sizeof(struct lapic),
    .mmio = lapic_mmio,
    .fields = lapic_fields,
    .init = lapic_init,
    .reset = lapic_reset,
    .describe = lapic_describe,
    .restored = lapic_restored,
};
