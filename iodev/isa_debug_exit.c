/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/isa_debug_exit.c - a port that ends the run. Source: QEMU's hw/misc/debugexit.c. */
#include "iodev/isa_debug_exit.h"

#include <inttypes.h>

#include "util/bits.h"

static uint64_t exit_peek(const void *owner UNUSED, uint64_t address UNUSED, unsigned size UNUSED)
{
    return 0;
}

static uint64_t exit_read(void *owner, uint64_t address, unsigned size)
{
    return exit_peek(owner, address, size);
}

static void exit_write(void *owner, uint64_t address UNUSED, unsigned size UNUSED, uint64_t value)
{
    struct isa_debug_exit *port = owner;

    port->code = (uint32_t)value;
    port->requested = true;
    if (port->exit_requested)
        port->exit_requested(port->context, port->code);
}

void isa_debug_exit_setup(struct isa_debug_exit *port, struct space *ports, uint16_t base,
                          unsigned count)
{
    port->io[0] = (struct io_range){ base,      count,      IO_8 | IO_16 | IO_32,
                                     exit_read, exit_write, "a write ends the run",
                                     exit_peek };
    space_add_device(ports, port->io, port, port->dev.name);
}

static const struct field isa_debug_exit_fields[] = {
    NOT_SAVED(struct isa_debug_exit, dev, "device"),
    FIELD(struct isa_debug_exit, code, FMT_HEX, "last value written"),
    FIELD(struct isa_debug_exit, requested, FMT_BOOL, "a value was written"),
    NOT_SAVED(struct isa_debug_exit, io, "ports"),
    NOT_SAVED(struct isa_debug_exit, exit_requested, "wiring"),
    NOT_SAVED(struct isa_debug_exit, context, "wiring"),
    { 0 },
};

static void exit_reset(struct device *dev, enum reset kind UNUSED)
{
    struct isa_debug_exit *port = (struct isa_debug_exit *)dev;

    port->code = 0;
    port->requested = false;
}

static void exit_describe(const struct device *dev, struct out *out)
{
    const struct isa_debug_exit *port = (const struct isa_debug_exit *)dev;

    out_printf(out, "ports 0x%" PRIx64 "-0x%" PRIx64, port->io[0].first,
               port->io[0].first + port->io[0].count - 1);
    if (port->requested)
        out_printf(out, ", exit with 0x%" PRIx32 " requested\n", port->code);
    else
        out_text(out, ", no exit requested\n");
}

const struct device_class isa_debug_exit_class = {
    .name = "isa_debug_exit",
    .title = "exit port",
    .size = sizeof(struct isa_debug_exit),
    .fields = isa_debug_exit_fields,
    .reset = exit_reset,
    .describe = exit_describe,
};
