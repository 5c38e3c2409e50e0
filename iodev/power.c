/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/power.c - the power management function of a PIIX4, and the reset control register. Three
 * things are not as in that chip: the registers are at port 600h from the start, so that software
 * that knows this machine finds them without PCI; SMI_EN and SMI_STS of later chips are at 30h and
 * 34h, where the PIIX4 has general-purpose pins; port B2h is a source of SMIs after reset, though
 * they are off. SeaBIOS takes that for its own work, done before; it knows the state save map of
 * other processors only. Sources: ACPI Specification, "ACPI Hardware
 * Specification"; Intel 82371AB (PIIX4) data sheet, "Power Management"; Intel 82371SB (PIIX3) data
 * sheet, "Reset Control Register"; Intel I/O Controller Hub 9 data sheet, "SMI_EN", "SMI_STS".
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

    PM_CONTROL = 0x04, /* offsets from the base */
    PM_TIMER = 0x08,
    PM_GENERAL = 0x0c,
    PM_GLOBAL_CONTROL = 0x28,
    PM_SMI = 0x30,
    PM_BYTES = 0x40,
    GLOBAL_SMI = 0x01,

    REG_BASE = 0x40, /* configuration space */
    REG_ACTIVITY_B = 0x58,
    REG_MISC = 0x80,
    REG_SMBUS_BASE = 0x90,
    REG_SMBUS_CONFIG = 0xd2,
    ACTIVITY_B_APM = 0x02000000,

    SMBUS_STATUS = 0,
    SMBUS_CONTROL = 2,
    SMBUS_START = 0x40,
    SMBUS_DEVICE_ERROR = 0x04,
    SMBUS_STATUS_BITS = 0x1e, /* ones clear */
};

/* Where a register is in its block, which lies at a multiple of its size. */
static unsigned offset_of(uint64_t port)
{
    return port & (PM_BYTES - 1);
}

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
    return event_byte(owner, offset_of(port));
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
    unsigned offset = offset_of(port);
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

    return value >> (offset_of(port) - PM_TIMER) * 8 & mask_bits(size * 8);
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

    if (offset_of(port) == PM_SMI)
        power->smi_enable = value & (SMI_GLOBAL | SMI_EOS | SMI_APM);
    else if (offset_of(port) == PM_SMI + 4)
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

/* As the PIIX4 has it: a write to port B2h is a source, and SMIs are on. */
static bool piix4_smi(const struct power *power)
{
    return load_le32(&power->pci.config[REG_ACTIVITY_B]) & ACTIVITY_B_APM &&
           power->general[PM_GLOBAL_CONTROL - PM_GENERAL] & GLOBAL_SMI;
}

static void apm_write(void *owner, uint64_t port, unsigned size UNUSED, uint64_t value)
{
    struct power *power = owner;

    if (port & 1) {
        power->apm_status = (uint8_t)value;
        return;
    }
    power->apm_control = (uint8_t)value;
    if (power->smi_enable & SMI_APM)
        power->smi_status |= SMI_APM;
    if ((power->smi_enable & SMI_APM && power->smi_enable & SMI_GLOBAL) || piix4_smi(power)) {
        irq_set(&power->smi, true);
        irq_set(&power->smi, false);
    }
}

/* GPSTS to DEVCTL. Nothing sets the status registers here; the enable and control ones are kept. */
static bool is_kept(unsigned offset)
{
    return (offset >= 0x0e && offset < 0x14) || offset == 0x20 || offset == 0x21 || offset >= 0x28;
}

static uint64_t general_peek(const void *owner, uint64_t port, unsigned size UNUSED)
{
    return ((const struct power *)owner)->general[offset_of(port) - PM_GENERAL];
}

static uint64_t general_read(void *owner, uint64_t port, unsigned size)
{
    return general_peek(owner, port, size);
}

static void general_write(void *owner, uint64_t port, unsigned size UNUSED, uint64_t value)
{
    struct power *power = owner;

    if (is_kept(offset_of(port)))
        power->general[offset_of(port) - PM_GENERAL] = (uint8_t)value;
}

static uint64_t smbus_peek(const void *owner, uint64_t port, unsigned size UNUSED)
{
    return ((const struct power *)owner)->smbus[port & 15];
}

static uint64_t smbus_read(void *owner, uint64_t port, unsigned size)
{
    return smbus_peek(owner, port, size);
}

/* A transaction ends at once: no device acknowledges its address. */
static void smbus_write(void *owner, uint64_t port, unsigned size UNUSED, uint64_t value)
{
    struct power *power = owner;
    unsigned index = port & 15;

    if (index == SMBUS_STATUS) {
        power->smbus[index] &= (uint8_t) ~(value & SMBUS_STATUS_BITS);
        return;
    }
    power->smbus[index] = (uint8_t)value;
    if (index == SMBUS_CONTROL && value & SMBUS_START) {
        power->smbus[index] &= (uint8_t)~SMBUS_START;
        power->smbus[SMBUS_STATUS] |= SMBUS_DEVICE_ERROR;
    }
}

/* clang-format off */
static const struct io_range power_ports[] = {
    { 0xb2, 2, IO_8,                  apm_read, apm_write,
      "APM control (SMI) and status", apm_peek },
    { 0xcf9, 1, IO_8, reset_read, reset_write, "reset control", reset_peek },
    { 0 },
};

/* Offsets from the base: see place(). */
static const struct io_range power_windows[] = {
    { 0x00, 4, IO_8,                  event_read, event_write,
      "ACPI PM1a event: status, enable", event_peek },
    { PM_CONTROL, 2, IO_8,            event_read, event_write,
      "ACPI PM1a control: sleep, power off", event_peek },
    { PM_TIMER, 4, IO_8 | IO_16 | IO_32, timer_read, NULL,
      "ACPI PM timer, 3.579545 MHz", timer_peek },
    { PM_GENERAL, 0x24, IO_8,         general_read, general_write,
      "general-purpose events, global control", general_peek },
    { PM_SMI, 8, IO_8,                smi_read, smi_write,
      "SMI enable and status", smi_peek },
    { 0x00, 16, IO_8,                 smbus_read, smbus_write, "SMBus host controller", smbus_peek },
    { 0 },
};
enum { WINDOW_SMBUS = 5 };

static const struct pci_register power_registers[] = {
    { REG_BASE, 4, 0x00000601, 0x0000ffc0, 0, "PMBA: base of the registers" },
    { 0x44, 4, 0, 0xffffffff, 0, "count A" },
    { 0x48, 4, 0, 0xffffffff, 0, "count B" },
    { 0x4c, 4, 0, 0xffffffff, 0, "general-purpose input control" },
    { 0x50, 4, 0, 0xffffffff, 0, "device resource D" },
    { 0x54, 4, 0, 0xffffffff, 0, "device activity A" },
    { REG_ACTIVITY_B, 4, ACTIVITY_B_APM, 0xffffffff, 0, "device activity B: bit 25 SMI by port B2h" },
    { 0x5c, 4, 0, 0xffffffff, 0, "device resource A" },
    { 0x60, 4, 0, 0xffffffff, 0, "device resource B" },
    { 0x64, 4, 0, 0xffffffff, 0, "device resource C" },
    { REG_MISC, 1, 0x01, 0x01, 0, "PMREGMISC: bit 0 the registers answer" },
    { REG_SMBUS_BASE, 4, 0x00000001, 0x0000fff0, 0, "SMBBA: base of the SMBus controller" },
    { REG_SMBUS_CONFIG, 1, 0x00, 0x0f, 0, "SMBHSTCFG: bit 0 the controller answers" },
    { 0 },
};

static bool place(const struct pci_function *function, unsigned index, uint64_t *first)
{
    const uint8_t *config = function->config;
    bool smbus = index == WINDOW_SMBUS;
    uint32_t base = smbus ? load_le16(&config[REG_SMBUS_BASE]) & 0xfff0u
                          : load_le16(&config[REG_BASE]) & 0xffc0u;

    *first = base + (smbus ? 0 : power_windows[index].first);
    return base && config[smbus ? REG_SMBUS_CONFIG : REG_MISC] & 1;
}

static const struct pci_class power_pci = {
    .vendor = 0x8086,
    .device = 0x7113,
    .revision = 3,
    .class = 0x068000,
    .pin = 1,
    .command_bits = 0x0001,
    .status = 0x0280,
    .registers = power_registers,
    .fixed = power_windows,
    .place = place,
};

static const struct field power_fields[] = {
    NOT_SAVED(struct power, dev, "device"),
    PCI_FIELDS(struct power),
    FIELD(struct power, status,        FMT_HEX,  "PM1a status: 0 timer, 8 power button"),
    FIELD(struct power, enable,        FMT_HEX,  "PM1a enable"),
    FIELD(struct power, control,       FMT_HEX,  "PM1a control"),
    FIELD(struct power, reset_control, FMT_HEX,  "port CF9h"),
    FIELD(struct power, apm_control,   FMT_HEX,  "port B2h: command for the SMI handler"),
    FIELD(struct power, apm_status,    FMT_HEX,  "port B3h: its data"),
    FIELD(struct power, smi_enable,    FMT_HEX,  "SMI_EN: bit 0 global, 5 APM"),
    FIELD(struct power, smi_status,    FMT_HEX,  "SMI_STS: bit 5 APM"),
    FIELD(struct power, general,       FMT_BYTES, "registers 0Ch-2Fh"),
    FIELD(struct power, smbus,         FMT_BYTES, "registers of the SMBus controller"),
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

void power_setup(struct power *power, struct pci_bus *bus)
{
    pci_attach(bus, &power->dev, &power->pci, &power_pci, PCI_DEVFN(1, 3));
}

static void power_init(struct device *dev)
{
    struct power *power = (struct power *)dev;

    event_init(dev->clock, &power->overflow, "pm timer", overflow_fires, power);
}

static void power_reset(struct device *dev, enum reset kind UNUSED)
{
    struct power *power = (struct power *)dev;

    pci_reset(&power->pci);
    power->status = 0;
    power->enable = 0;
    power->control = 0;
    power->reset_control = 0;
    power->apm_control = power->apm_status = 0;
    power->smi_enable = power->smi_status = 0;
    memset(power->general, 0, sizeof power->general);
    memset(power->smbus, 0, sizeof power->smbus);
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

    pci_describe(&power->pci, out);
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
    .title = "82371AB (PIIX4) ACPI power management, and reset control",
    .size = sizeof(struct power),
    .ports = power_ports,
    .fields = power_fields,
    .init = power_init,
    .reset = power_reset,
    .describe = power_describe,
    .restored = power_restored,
};
