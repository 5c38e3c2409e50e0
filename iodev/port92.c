/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/port92.c - system control port A. Sources: IBM PS/2 Hardware Interface Technical
 * Reference, "System Control Port A"; Intel 82371SB (PIIX3) data sheet, "Port 92 Register".
 */
#include "iodev/port92.h"

#include "util/bits.h"

enum { FAST_RESET = 1, FAST_A20 = 2 };

static uint64_t port92_peek(const void *owner, uint64_t address UNUSED, unsigned size UNUSED)
{
    return ((const struct port92 *)owner)->value;
}

static uint64_t port92_read(void *owner, uint64_t address, unsigned size)
{
    return port92_peek(owner, address, size);
}

static void port92_write(void *owner, uint64_t address UNUSED, unsigned size UNUSED, uint64_t value)
{
    struct port92 *port = owner;
    uint8_t old = port->value;

    port->value = (uint8_t)value;
    if ((old ^ value) & FAST_A20)
        irq_set(&port->a20, value & FAST_A20);
    if (~old & value & FAST_RESET) { /* a rising edge */
        log_line(port->dev.log, LOG_INFO, "port92", "the guest resets the processor");
        irq_set(&port->reset, true);
        irq_set(&port->reset, false);
    }
}

/* clang-format off */
static const struct io_range port92_ports[] = {
    { 0x92, 1, IO_8, port92_read, port92_write,
      "fast A20 gate (bit 1), fast reset (bit 0)", port92_peek },
    { 0 },
};

static const struct field port92_fields[] = {
    NOT_SAVED(struct port92, dev, "device"),
    FIELD(struct port92, value, FMT_HEX, "bit 0 fast reset, 1 A20"),
    NOT_SAVED(struct port92, a20, "A20 line"),
    NOT_SAVED(struct port92, reset, "reset line"),
    { 0 },
};
/* clang-format on */

static void port92_reset(struct device *dev, enum reset kind UNUSED)
{
    struct port92 *port = (struct port92 *)dev;

    port->value = 0;
    irq_set(&port->a20, false);
}

static void port92_describe(const struct device *dev, struct out *out)
{
    out_printf(out, "fast A20 gate %s\n",
               ((const struct port92 *)dev)->value & FAST_A20 ? "open" : "shut");
}

const struct device_class port92_class = {
    .name = "port92",
    .title = "system control port A: fast A20 and reset",
    .size = sizeof(struct port92),
    .ports = port92_ports,
    .fields = port92_fields,
    .reset = port92_reset,
    .describe = port92_describe,
};
