/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/power.c - ACPI fixed hardware, SMI by port B2h, and the reset control register. Sources:
 * ACPI Specification, "ACPI Hardware Specification"; Intel 82371SB (PIIX3) data sheet, "Reset
 * Control Register"; Intel I/O Controller Hub 9 data sheet, "SMI_EN", "SMI_STS", "APM_CNT".
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

    SMI_GLOBAL = 0x01,
    SMI_EOS = 0x02, /* end of SMI: there is one source, whose pulse needs no end */
    SMI_APM = 0x20,

    PORT_SMI = 0x630,
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

/* SMI_EN and SMI_STS, byte by byte. */
static uint64_t smi_peek(const void *owner, uint64_t port, unsigned size UNUSED)
{
    const struct power *power = owner;
    uint32_t value = port & 4 ? power->smi_status : power->smi_enable;

    return value >> (port & 3) * 8 & 0xff;
}

static uint64_t smi_read(void *owner, uint64_t port, unsigned size)
{
    return smi_peek(owner, port, size);
}

static void smi_write(void *owner, uint64_t port, unsigned size UNUSED, uint64_t value)
{
    struct power *power = owner;

    if (port == PORT_SMI)
        power->smi_enable = value & (SMI_GLOBAL | SMI_EOS | SMI_APM);
    else if (port == PORT_SMI + 4)
        power->smi_status &= ~(uint32_t)value; /* ones clear */
}

static uint64_t apm_peek(const void *owner, uint64_t port, unsigned size UNUSED)
{
    const struct power *power = owner;

    return port & 1 ? power->apm_status : power->apm_control;
}

static uint64_t apm_read(void *owner, uint64_t port, unsigned size)
{
    return apm_peek(owner, port, size);
}

static void apm_write(void *owner, uint64_t port, unsigned size UNUSED, uint64_t value)
{
    struct power *power = owner;

    if (port & 1) {
        power->apm_status = (uint8_t)value;
        return;
    }
    power->apm_control = (uint8_t)value;
    if (!(power->smi_enable & SMI_APM))
        return;
    power->smi_status |= SMI_APM;
    if (power->smi_enable & SMI_GLOBAL) {
        irq_set(&power->smi, true);
        irq_set(&power->smi, false);
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
    { 0x630, 8, IO_8,                 smi_read, smi_write,
      "SMI enable and status", smi_peek },
    { 0xb2, 2, IO_8,                  apm_read, apm_write,
      "APM control (SMI) and status", apm_peek },
    { 0xcf9, 1, IO_8,                 reset_read, reset_write, "reset control", reset_peek },
    { 0 },
};

static const struct field power_fields[] = {
    NOT_SAVED(struct power, dev, "device"),
    FIELD(struct power, status,        FMT_HEX,  "PM1a status: 0 timer, 8 power button"),
    FIELD(struct power, enable,        FMT_HEX,  "PM1a enable"),
    FIELD(struct power, control,       FMT_HEX,  "PM1a control"),
    FIELD(struct power, reset_control, FMT_HEX,  "port CF9h"),
    FIELD(struct power, apm_control,   FMT_HEX,  "port B2h: command for the SMI handler"),
    FIELD(struct power, apm_status,    FMT_HEX,  "port B3h: its data"),
    FIELD(struct power, smi_enable,    FMT_HEX,  "port 630h: bit 0 global, 5 APM"),
    FIELD(struct power, smi_status,    FMT_HEX,  "port 634h: bit 5 APM"),
    FIELD(struct power, output,        FMT_BOOL, "level of the SCI line"),
    FIELD(struct power, checked,       FMT_DEC,  "PM timer clock up to which the status is known"),
    NOT_SAVED(struct power, warned, "a message was printed"),
    NOT_SAVED(struct power, overflow, "bit 31 of the timer changes"),
    NOT_SAVED(struct power, sci, "SCI line"),
    NOT_SAVED(struct power, reset, "reset line"),
    NOT_SAVED(struct power, smi, "SMI line"),
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
    power->apm_control = power->apm_status = 0;
    power->smi_enable = power->smi_status = 0;
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
    if (power->smi_enable)
        out_printf(out, "SMI enable 0x%02x, status 0x%02x, command 0x%02x\n", power->smi_enable,
                   power->smi_status, power->apm_control);
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
