/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/port61.c - system control port B. Source: Intel 82371SB (PIIX3) data sheet, "NMI Status
 * and Control Register".
 */
#include "iodev/port61.h"

#include "util/bits.h"

enum {
    GATE_2 = 0x01,
    SPEAKER = 0x02,
    SERR_OFF = 0x04,
    IOCHK_OFF = 0x08,
    REFRESH = 0x10,
    OUT_2 = 0x20,
    IOCHK_SEEN = 0x40,
    SERR_SEEN = 0x80,
    REFRESH_CLOCKS = 18, /* of the 8254: a refresh request every 15.09 us */
};

static void update_nmi(struct port61 *port)
{
    bool level = (port->serr || port->iochk) && !port->nmi_masked;

    if (level != port->nmi_level) {
        port->nmi_level = level;
        irq_set(&port->nmi, level);
    }
}

void port61_set(void *owner, unsigned pin, bool level)
{
    struct port61 *port = owner;

    if (pin == PORT61_NMI_MASK)
        port->nmi_masked = level;
    else if (pin == PORT61_IOCHK && level && !(port->control & IOCHK_OFF))
        port->iochk = true;
    else if (pin == PORT61_SERR && level && !(port->control & SERR_OFF))
        port->serr = true;
    update_nmi(port);
}

static uint64_t port61_peek(const void *owner, uint64_t address UNUSED, unsigned size UNUSED)
{
    const struct port61 *port = owner;
    uint8_t value = port->control;

    if (port->pit) {
        if (pit_clocks(port->pit) / REFRESH_CLOCKS & 1)
            value |= REFRESH;
        if (pit_output(port->pit, 2))
            value |= OUT_2;
    }
    if (port->iochk)
        value |= IOCHK_SEEN;
    if (port->serr)
        value |= SERR_SEEN;
    return value;
}

static uint64_t port61_read(void *owner, uint64_t address, unsigned size)
{
    return port61_peek(owner, address, size);
}

static void port61_write(void *owner, uint64_t address UNUSED, unsigned size UNUSED, uint64_t value)
{
    struct port61 *port = owner;

    if (port->listen)
        port->listen(port->listener);
    port->control = value & 0x0f;
    if (value & SERR_OFF)
        port->serr = false;
    if (value & IOCHK_OFF)
        port->iochk = false;
    if (port->pit)
        pit_set_gate(port->pit, 2, value & GATE_2);
    update_nmi(port);
}

/* clang-format off */
static const struct io_range port61_ports[] = {
    { 0x61, 1, IO_8, port61_read, port61_write, "speaker, timer 2 gate and output, NMI status",
      port61_peek },
    { 0 },
};

static const struct field port61_fields[] = {
    NOT_SAVED(struct port61, dev, "device"),
    FIELD(struct port61, control,    FMT_HEX,
          "bit 0 timer 2 gate, 1 speaker, 2 SERR# off, 3 IOCHK# off"),
    FIELD(struct port61, serr,       FMT_BOOL, "system error seen"),
    FIELD(struct port61, iochk,      FMT_BOOL, "channel check seen"),
    FIELD(struct port61, nmi_masked, FMT_BOOL, "NMI masked by port 70h"),
    FIELD(struct port61, nmi_level,  FMT_BOOL, "level of the NMI line"),
    NOT_SAVED(struct port61, pit, "the timer"),
    NOT_SAVED(struct port61, nmi, "line to the processor"),
    NOT_SAVED(struct port61, listen, "who hears the speaker"),
    NOT_SAVED(struct port61, listener, "its context"),
    { 0 },
};
/* clang-format on */

static void port61_reset(struct device *dev, enum reset kind UNUSED)
{
    struct port61 *port = (struct port61 *)dev;

    port->control = 0;
    port->serr = false;
    port->iochk = false;
    if (port->pit)
        pit_set_gate(port->pit, 2, false);
    update_nmi(port);
}

static void port61_describe(const struct device *dev, struct out *out)
{
    const struct port61 *port = (const struct port61 *)dev;

    out_printf(out, "speaker data %s, timer 2 gate %s, timer 2 output %s\n",
               port->control & SPEAKER ? "on" : "off", port->control & GATE_2 ? "high" : "low",
               port->pit && pit_output(port->pit, 2) ? "high" : "low");
    out_printf(out, "NMI: channel check %s%s, system error %s%s, %s at port 70h\n",
               port->control & IOCHK_OFF ? "off" : "on", port->iochk ? " (seen)" : "",
               port->control & SERR_OFF ? "off" : "on", port->serr ? " (seen)" : "",
               port->nmi_masked ? "masked" : "enabled");
}

const struct device_class port61_class = {
    .name = "port61",
    .title = "system control port B: speaker and NMI",
    .size = sizeof(struct port61),
    .ports = port61_ports,
    .fields = port61_fields,
    .reset = port61_reset,
    .describe = port61_describe,
};
