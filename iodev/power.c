/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/power.c - ACPI fixed hardware and the reset control register. Sources: ACPI Specification,
 * "ACPI Hardware Specification"; Intel 82371SB (PIIX3) data sheet, "Reset Control Register".
 */
#include "iodev/power.h"

#include <inttypes.h>

#include "util/bits.h"

enum {
    TMR = 0x0001, /* status and enable: bit 31 of the timer changed */
    GBL = 0x0020,
    PWRBTN = 0x0100,
    SLPBTN = 0x0200,
    RTC = 0x0400,
    WAK = 0x8000,
    STATUS_BITS = TMR | GBL | PWRBTN | SLPBTN | RTC | WAK,
    ENABLE_BITS = TMR | GBL | PWRBTN | SLPBTN | RTC,

    SCI_EN = 0x0001,
    SLP_TYP = 0x1c00,
    SLP_EN = 0x2000,

    RESET_HARD_BIT = 0x02,
    RESET_CPU = 0x04,

    PORT_EVENT = 0x600,
    PORT_TIMER = 0x608,
};

static uint64_t timer_now(const struct power *power)
{
    return clock_ticks_to(power->dev.clock, clock_now(power->dev.clock), PM_TIMER_HZ);
}

static uint16_t status_now(const struct power *power)
{
    uint64_t now = timer_now(power);

    return now >> 31 != power->checked >> 31 ? power->status | TMR : power->status;
}

static void catch_up(struct power *power)
{
    power->status = status_now(power);
    power->checked = timer_now(power);
}

static void update(struct power *power)
{
    bool level = power->status & power->enable;

    if (level != power->output) {
        power->output = level;
        irq_set(&power->sci, level);
    }
    if (power->enable & TMR && !(power->status & TMR))
        clock_schedule(
            power->dev.clock, &power->overflow,
            clock_ticks_until(power->dev.clock, ((power->checked >> 31) + 1) << 31, PM_TIMER_HZ));
    else
        clock_cancel(power->dev.clock, &power->overflow);
}

static void overflow_fires(void *owner)
{
    catch_up(owner);
    update(owner);
}

void acpi_power_button(struct power *power)
{
    catch_up(power);
    power->status |= PWRBTN;
    update(power);
}

/* The registers byte by byte: any access width lands here. */
static uint8_t event_byte(const struct power *power, unsigned offset)
{
    uint16_t value = offset < 2   ? status_now(power)
                     : offset < 4 ? power->enable
                                  : power->control | SCI_EN;

    return (uint8_t)(offset & 1 ? value >> 8 : value);
}

static uint64_t event_peek(const void *owner, uint64_t port, unsigned size UNUSED)
{
    return event_byte(owner, (unsigned)(port - PORT_EVENT));
}

static uint64_t event_read(void *owner, uint64_t port, unsigned size)
{
    return event_peek(owner, port, size);
}

static void write_control(struct power *power, uint16_t value)
{
    power->control = value & (uint16_t) ~(SLP_EN | SCI_EN);
    if (!(value & SLP_EN))
        return;
    if ((value & SLP_TYP) == 0) {
        log_line(power->dev.log, LOG_INFO, "power", "the guest turns the power off");
        if (power->power_off)
            power->power_off(power->context);
    } else {
        log_once(power->dev.log, &power->warned, LOG_WARN, "power",
                 "sleep type %u ignored: only 0 (S5) is there", (unsigned)(value & SLP_TYP) >> 10);
    }
}

static void event_write(void *owner, uint64_t port, unsigned size UNUSED, uint64_t value)
{
    struct power *power = owner;
    unsigned offset = (unsigned)(port - PORT_EVENT);
    unsigned shift = offset & 1 ? 8 : 0;
    uint16_t word = (uint16_t)(value << shift), keep = (uint16_t)(0xff00 >> shift);

    catch_up(power);
    switch (offset & 6) {
    case 0: /* ones clear */
        power->status &= (uint16_t)~word;
        break;
    case 2:
        power->enable = ((power->enable & keep) | word) & ENABLE_BITS;
        break;
    case 4:
        write_control(power, (power->control & keep) | word);
        break;
    }
    update(power);
}

static uint64_t timer_peek(const void *owner, uint64_t port, unsigned size)
{
    uint32_t value = (uint32_t)timer_now(owner);

    return value >> (port - PORT_TIMER) * 8 & mask_bits(size * 8);
}

static uint64_t timer_read(void *owner, uint64_t port, unsigned size)
{
    return timer_peek(owner, port, size);
}

static uint64_t reset_peek(const void *owner, uint64_t port UNUSED, unsigned size UNUSED)
{
    return ((const struct power *)owner)->reset_control;
}

static uint64_t reset_read(void *owner, uint64_t port, unsigned size)
{
    return reset_peek(owner, port, size);
}

static void reset_write(void *owner, uint64_t port UNUSED, unsigned size UNUSED, uint64_t value)
{
    struct power *power = owner;
    uint8_t old = power->reset_control;

    power->reset_control = value & (RESET_HARD_BIT | RESET_CPU);
    if (~old & value & RESET_CPU) {
        log_line(power->dev.log, LOG_INFO, "power", "the guest resets the machine through CF9h");
        irq_set(&power->reset, true);
        irq_set(&power->reset, false);
    }
}

/* clang-format off */
static const struct io_range power_ports[] = {
    { 0x600, 4, IO_8,                 event_read, event_write,
      "ACPI PM1a event: status, enable", event_peek },
    { 0x604, 2, IO_8,                 event_read, event_write,
      "ACPI PM1a control: sleep, power off", event_peek },
    { 0x608, 4, IO_8 | IO_16 | IO_32, timer_read, NULL,
      "ACPI PM timer, 3.579545 MHz", timer_peek },
    { 0xcf9, 1, IO_8,                 reset_read, reset_write, "reset control", reset_peek },
    { 0 },
};

static const struct field power_fields[] = {
    NOT_SAVED(struct power, dev, "device"),
    FIELD(struct power, status,        FMT_HEX,  "PM1a status: 0 timer, 8 power button"),
    FIELD(struct power, enable,        FMT_HEX,  "PM1a enable"),
    FIELD(struct power, control,       FMT_HEX,  "PM1a control"),
    FIELD(struct power, reset_control, FMT_HEX,  "port CF9h"),
    FIELD(struct power, output,        FMT_BOOL, "level of the SCI line"),
    FIELD(struct power, checked,       FMT_DEC,  "PM timer clock up to which the status is known"),
    NOT_SAVED(struct power, warned, "a message was printed"),
    NOT_SAVED(struct power, overflow, "bit 31 of the timer changes"),
    NOT_SAVED(struct power, sci, "SCI line"),
    NOT_SAVED(struct power, reset, "reset line"),
    NOT_SAVED(struct power, power_off, "wiring"),
    NOT_SAVED(struct power, context, "wiring"),
    { 0 },
};
/* clang-format on */

static void power_init(struct device *dev)
{
    struct power *power = (struct power *)dev;

    event_init(dev->clock, &power->overflow, "pm timer", overflow_fires, power);
}

static void power_reset(struct device *dev, enum reset kind UNUSED)
{
    struct power *power = (struct power *)dev;

    power->status = 0;
    power->enable = 0;
    power->control = 0;
    power->reset_control = 0;
    power->checked = timer_now(power);
    update(power);
}

static void power_restored(struct device *dev)
{
    update((struct power *)dev);
}

static void power_describe(const struct device *dev, struct out *out)
{
    const struct power *power = (const struct power *)dev;
    uint16_t status = status_now(power);

    out_printf(out, "PM1a status 0x%04x, enable 0x%04x, control 0x%04x: SCI %s%s%s%s\n", status,
               power->enable, power->control | SCI_EN, power->output ? "raised" : "not raised",
               status & TMR ? ", timer overflow seen" : "",
               status & PWRBTN ? ", power button pressed" : "",
               status & ~power->enable & PWRBTN ? " but not enabled" : "");
    out_printf(out, "PM timer 0x%08" PRIx32 "\n", (uint32_t)timer_now(power));
}

const struct device_class power_class = {
    .name = "acpi",
    .title = "ACPI power management and reset control",
    .size = sizeof(struct power),
    .ports = power_ports,
    .fields = power_fields,
    .init = power_init,
    .reset = power_reset,
    .describe = power_describe,
    .restored = power_restored,
};
