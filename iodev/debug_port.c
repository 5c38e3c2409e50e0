/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/debug_port.c - a port to print on. Reading gives E9h, by which a guest finds it. Sources:
 * Bochs user manual, "port_e9_hack"; QEMU documentation, "isa-debugcon".
 */
#include "iodev/debug_port.h"

#include <inttypes.h>

#include "util/bits.h"

enum { DEBUG_PORT_ID = 0xe9 };

static uint64_t debug_port_peek(const void *owner UNUSED, uint64_t address UNUSED,
                                unsigned size UNUSED)
{
    return DEBUG_PORT_ID;
}

static uint64_t debug_port_read(void *owner, uint64_t address, unsigned size)
{
    return debug_port_peek(owner, address, size);
}

static void debug_port_write(void *owner, uint64_t address UNUSED, unsigned size UNUSED,
                             uint64_t value)
{
    struct debug_port *port = owner;
    uint8_t byte = (uint8_t)value;

    port->written++;
    if (port->output && port->output->write)
        port->output->write(port->output->host, &byte, 1);
}

void debug_port_setup(struct debug_port *port, struct space *ports, uint16_t base, const char *name)
{
    port->dev.name = name;
    port->io[0] = (struct io_range){
        base, 1, IO_8, debug_port_read, debug_port_write, "debug console", debug_port_peek
    };
    space_add_device(ports, port->io, port, name);
}

static const struct field debug_port_fields[] = {
    NOT_SAVED(struct debug_port, dev, "device"),
    FIELD(struct debug_port, written, FMT_DEC, "bytes written"),
    NOT_SAVED(struct debug_port, io, "port"),
    NOT_SAVED(struct debug_port, output, "where it goes"),
    { 0 },
};

static void debug_port_reset(struct device *dev, enum reset kind)
{
    if (kind == RESET_POWER_ON)
        ((struct debug_port *)dev)->written = 0;
}

static void debug_port_describe(const struct device *dev, struct out *out)
{
    const struct debug_port *port = (const struct debug_port *)dev;

    out_printf(out, "port 0x%" PRIx64 ", %" PRIu64 " bytes written, %s\n", port->io[0].first,
               port->written, port->output ? "connected" : "nobody listens");
}

const struct device_class debug_port_class = {
    .name = "debug_port",
    .title = "debug console port",
    .size = sizeof(struct debug_port),
    .fields = debug_port_fields,
    .reset = debug_port_reset,
    .describe = debug_port_describe,
};
