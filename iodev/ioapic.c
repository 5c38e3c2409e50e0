/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/ioapic.c - I/O APIC. The polarity bit is kept but turns nothing around: a line here is
 * "asserted", which is what the guest's choice of polarity describes. Source: Intel 82093AA data
 * sheet.
 */
#include "iodev/ioapic.h"

#include "util/bits.h"

enum {
    REG_ID = 0,
    REG_VERSION = 1,
    REG_ARBITRATION = 2,
    REG_REDIR = 0x10,
    VERSION = 0x11,
    MODE_FIXED = 0,
    MODE_LOWEST = 1,

    REDIR_LOGICAL = 0x800,
    REDIR_ACTIVE_LOW = 0x2000,
    REDIR_REMOTE_IRR = 0x4000,
    REDIR_LEVEL = 0x8000,
    REDIR_MASKED = 0x10000,
};

#define REDIR_READ_ONLY UINT64_C(0x5000) /* delivery status, remote IRR */
#define REDIR_BITS UINT64_C(0xff0000000001ffff)

static bool is_level(uint64_t entry)
{
    unsigned mode = entry >> 8 & 7;

    return entry & REDIR_LEVEL && (mode == MODE_FIXED || mode == MODE_LOWEST);
}

static void send(struct ioapic *ioapic, unsigned pin)
{
    uint64_t entry = ioapic->redir[pin];

    if (is_level(entry))
        ioapic->redir[pin] |= REDIR_REMOTE_IRR;
    if (ioapic->deliver)
        ioapic->deliver(ioapic->context, entry & 0xff, entry >> 8 & 7, is_level(entry),
                        (uint8_t)(entry >> 56), entry & REDIR_LOGICAL);
}

/* A level input that is asserted, and not waiting for its EOI, sends. */
static void check_level(struct ioapic *ioapic, unsigned pin)
{
    uint64_t entry = ioapic->redir[pin];

    if (is_level(entry) && ioapic->lines >> pin & 1 && !(entry & (REDIR_MASKED | REDIR_REMOTE_IRR)))
        send(ioapic, pin);
}

void ioapic_set_irq(void *owner, unsigned pin, bool asserted)
{
    struct ioapic *ioapic = owner;
    uint32_t bit;
    bool rises;

    if (pin >= IOAPIC_PINS)
        return;
    bit = UINT32_C(1) << pin;
    rises = asserted && !(ioapic->lines & bit);
    if (asserted)
        ioapic->lines |= bit;
    else
        ioapic->lines &= ~bit;
    if (is_level(ioapic->redir[pin]))
        check_level(ioapic, pin);
    else if (rises && !(ioapic->redir[pin] & REDIR_MASKED)) /* an edge while masked is lost */
        send(ioapic, pin);
}

void ioapic_eoi(void *owner, uint8_t vector)
{
    struct ioapic *ioapic = owner;

    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
        if ((ioapic->redir[pin] & 0xff) == vector && is_level(ioapic->redir[pin])) {
            ioapic->redir[pin] &= ~(uint64_t)REDIR_REMOTE_IRR;
            check_level(ioapic, pin);
        }
    }
}

static uint32_t read_register(const struct ioapic *ioapic)
{
    unsigned index = ioapic->select;

    switch (index) {
    case REG_ID:
    case REG_ARBITRATION:
        return (uint32_t)ioapic->id << 24;
    case REG_VERSION:
        return VERSION | (IOAPIC_PINS - 1) << 16;
    case REG_REDIR ... REG_REDIR + 2 * IOAPIC_PINS - 1:
        return (uint32_t)(ioapic->redir[(index - REG_REDIR) / 2] >> (index & 1 ? 32 : 0));
    default:
        return 0;
    }
}

static void write_redir(struct ioapic *ioapic, unsigned index, uint32_t value)
{
    unsigned pin = index / 2;
    uint64_t old = ioapic->redir[pin], entry;

    if (index & 1)
        entry = (old & UINT32_MAX) | (uint64_t)value << 32;
    else
        entry = (old & ~(uint64_t)UINT32_MAX) | value;
    entry = (entry & ~REDIR_READ_ONLY) | (old & REDIR_READ_ONLY);
    if (!is_level(entry))
        entry &= ~(uint64_t)REDIR_REMOTE_IRR; /* the way to get rid of a stuck one */
    ioapic->redir[pin] = entry & REDIR_BITS;
    check_level(ioapic, pin);
}

static void write_register(struct ioapic *ioapic, uint32_t value)
{
    unsigned index = ioapic->select;

    if (index == REG_ID)
        ioapic->id = value >> 24 & 15;
    else if (index >= REG_REDIR && index < REG_REDIR + 2 * IOAPIC_PINS)
        write_redir(ioapic, index - REG_REDIR, value);
    else if (index != REG_VERSION && index != REG_ARBITRATION)
        log_line(ioapic->dev.log, LOG_DEBUG, "ioapic", "write to unknown register %02x", index);
}

static uint64_t select_peek(const void *owner, uint64_t address, unsigned size UNUSED)
{
    return address & 15 ? 0 : ((const struct ioapic *)owner)->select;
}

static uint64_t select_read(void *owner, uint64_t address, unsigned size)
{
    return select_peek(owner, address, size);
}

static void select_write(void *owner, uint64_t address, unsigned size UNUSED, uint64_t value)
{
    if (!(address & 15))
        ((struct ioapic *)owner)->select = (uint8_t)value;
}

static uint64_t window_peek(const void *owner, uint64_t address, unsigned size UNUSED)
{
    return address & 15 ? 0 : read_register(owner);
}

static uint64_t window_read(void *owner, uint64_t address, unsigned size)
{
    return window_peek(owner, address, size);
}

static void window_write(void *owner, uint64_t address, unsigned size, uint64_t value)
{
    if (!(address & 15) && size == 4)
        write_register(owner, (uint32_t)value);
}

/* clang-format off */
static const struct io_range ioapic_mmio[] = {
    { 0xfec00000, 16, IO_8 | IO_32, select_read, select_write,
      "I/O APIC register select", select_peek },
    { 0xfec00010, 16, IO_8 | IO_32, window_read, window_write, "I/O APIC window", window_peek },
    { 0 },
};

static const struct field ioapic_fields[] = {
    NOT_SAVED(struct ioapic, dev, "device"),
    FIELD(struct ioapic, select, FMT_HEX, "register selected"),
    FIELD(struct ioapic, id,     FMT_DEC, "ID"),
    FIELD(struct ioapic, lines,  FMT_HEX, "inputs asserted"),
    FIELDS(struct ioapic, redir, FMT_HEX, "redirection table"),
    NOT_SAVED(struct ioapic, deliver, "wiring"),
    NOT_SAVED(struct ioapic, context, "wiring"),
    { 0 },
};
/* clang-format on */

static void ioapic_reset(struct device *dev, enum reset kind UNUSED)
{
    struct ioapic *ioapic = (struct ioapic *)dev;

    ioapic->select = 0;
    ioapic->id = 0;
    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
        ioapic->redir[pin] = REDIR_MASKED;
}

static void ioapic_describe(const struct device *dev, struct out *out)
{
    static const char *const modes[] = { "fixed", "lowest", "SMI",     "?",
                                         "NMI",   "INIT",   "startup", "ExtINT" };
    const struct ioapic *ioapic = (const struct ioapic *)dev;
    unsigned masked = 0;

    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
        uint64_t entry = ioapic->redir[pin];
        bool asserted = ioapic->lines >> pin & 1;

        if (entry & REDIR_MASKED && !asserted) {
            masked++;
            continue;
        }
        out_printf(out, "pin %2u: vector 0x%02x, %s, %s, active %s, to %s %u%s%s%s\n", pin,
                   (unsigned)(entry & 0xff), modes[entry >> 8 & 7],
                   entry & REDIR_LEVEL ? "level" : "edge",
                   entry & REDIR_ACTIVE_LOW ? "low" : "high",
                   entry & REDIR_LOGICAL ? "logical" : "APIC", (unsigned)(entry >> 56),
                   asserted ? ", asserted" : "", entry & REDIR_MASKED ? " but masked" : "",
                   entry & REDIR_REMOTE_IRR ? ", in service: waits for EOI" : "");
    }
    if (masked)
        out_printf(out, "%u pins masked\n", masked);
}

const struct device_class ioapic_class = {
    .name = "ioapic",
    .title = "82093AA I/O APIC",
    .size = sizeof(struct ioapic),
    .mmio = ioapic_mmio,
    .fields = ioapic_fields,
    .reset = ioapic_reset,
    .describe = ioapic_describe,
};
