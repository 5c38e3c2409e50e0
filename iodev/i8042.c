/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/i8042.c - 8042 keyboard controller with an auxiliary (mouse) port. Sources: IBM PS/2
 * Hardware Interface Technical Reference, "Keyboard and Auxiliary Device Controller"; scan code
 * translation: Microsoft "Keyboard Scan Code Specification".
 */
#include "iodev/i8042.h"

#include "iodev/ps2_keyboard.h"
#include "util/bits.h"

enum {
    STATUS_FULL = 0x01,
    STATUS_SYSTEM = 0x04,
    STATUS_COMMAND = 0x08,
    STATUS_UNLOCKED = 0x10,
    STATUS_AUX = 0x20,
    STATUS_TIMEOUT = 0x40,

    CB_IRQ1 = 0x01,
    CB_IRQ12 = 0x02,
    CB_SYSTEM = 0x04,
    CB_NO_KEYBOARD = 0x10,
    CB_NO_AUX = 0x20,
    CB_TRANSLATE = 0x40,

    PORT_NO_RESET = 0x01,
    PORT_A20 = 0x02,
    PORT_FULL = 0x10,
    PORT_AUX_FULL = 0x20,

    REPLY_US = 10, /* until the controller has worked out its own answer */
    BYTE_US = 500, /* a byte of 11 bits over a cable, shortened */
    TIMEOUT_US = 2000,
};

static uint64_t after_us(const struct i8042 *kc, uint64_t us)
{
    return clock_now(kc->dev.clock) + clock_ticks_from(kc->dev.clock, us, 1000000);
}

static void update_irqs(struct i8042 *kc)
{
    bool aux = kc->source == I8042_AUX || kc->source == I8042_AUX_TIMEOUT;
    bool irq1 = kc->full && !aux && kc->command_byte & CB_IRQ1;
    bool irq12 = kc->full && aux && kc->command_byte & CB_IRQ12;

    if (irq1 != kc->irq1_level) {
        kc->irq1_level = irq1;
        irq_set(&kc->irq1, irq1);
    }
    if (irq12 != kc->irq12_level) {
        kc->irq12_level = irq12;
        irq_set(&kc->irq12, irq12);
    }
}

/* Something may be waiting for the output buffer: try after its delay. */
static void want_transfer(struct i8042 *kc, uint64_t when)
{
    kc->due = when;
    if (!kc->full)
        clock_schedule(kc->dev.clock, &kc->transfer, when);
}

/* 8042 answers overtake what the devices have to say. */
static void reply(struct i8042 *kc, uint8_t byte, enum i8042_source source, uint64_t us)
{
    if (kc->reply_waits)
        log_line(kc->dev.log, LOG_DEBUG, "i8042", "answer %02x lost: not read in time", kc->reply);
    kc->reply = byte;
    kc->reply_source = (uint8_t)source;
    kc->reply_waits = true;
    kc->full = false; /* a byte that nobody read is overwritten */
    update_irqs(kc);
    want_transfer(kc, after_us(kc, us));
}

static void put(struct i8042 *kc, uint8_t byte, uint8_t source)
{
    kc->data = byte;
    kc->source = source;
    kc->full = true;
    update_irqs(kc);
}

/* Scan set 2 -> 1 on the way. False: the byte was a prefix that gives no byte of its own. */
static bool translate(struct i8042 *kc, uint8_t *byte)
{
    if (!(kc->command_byte & CB_TRANSLATE))
        return true;
    if (*byte == 0xf0) {
        kc->break_prefix = true;
        return false;
    }
    *byte = ps2_set2_to_set1[*byte];
    if (kc->break_prefix)
        *byte |= 0x80;
    kc->break_prefix = false;
    return true;
}

static void transfer_fires(void *owner)
{
    struct i8042 *kc = owner;
    uint8_t byte;

    if (kc->full)
        return;
    if (kc->reply_waits) {
        kc->reply_waits = false;
        put(kc, kc->reply, kc->reply_source);
        return;
    }
    if (kc->keyboard.take && !(kc->command_byte & CB_NO_KEYBOARD)) {
        while (kc->keyboard.take(kc->keyboard.device, &byte)) {
            if (translate(kc, &byte)) {
                put(kc, byte, I8042_KEYBOARD);
                return;
            }
        }
    }
    if (kc->aux.take && !(kc->command_byte & CB_NO_AUX) && kc->aux.take(kc->aux.device, &byte))
        put(kc, byte, I8042_AUX);
}

/* A device has something to send. */
static void device_ready(void *owner)
{
    struct i8042 *kc = owner;

    if (!kc->full && !kc->transfer.queued)
        want_transfer(kc, after_us(kc, BYTE_US));
}

void i8042_plug_keyboard(struct i8042 *kc, struct ps2_cable *device)
{
    device->ready = device_ready;
    device->host = kc;
    kc->keyboard = *device;
}

void i8042_plug_aux(struct i8042 *kc, struct ps2_cable *device)
{
    device->ready = device_ready;
    device->host = kc;
    kc->aux = *device;
}

static void pulse_reset(struct i8042 *kc)
{
    log_line(kc->dev.log, LOG_INFO, "i8042", "the guest resets the processor");
    irq_set(&kc->reset, true);
    irq_set(&kc->reset, false);
}

static void write_output_port(struct i8042 *kc, uint8_t value)
{
    bool a20 = value & PORT_A20;
    bool changed = (kc->output_port ^ value) & PORT_A20;

    kc->output_port = value | PORT_NO_RESET;
    if (changed)
        irq_set(&kc->a20, a20);
    if (!(value & PORT_NO_RESET))
        pulse_reset(kc);
}

static void write_command_byte(struct i8042 *kc, uint8_t value)
{
    kc->command_byte = value;
    kc->status = (uint8_t)((kc->status & ~STATUS_SYSTEM) | (value & CB_SYSTEM));
    if (!(value & CB_TRANSLATE))
        kc->break_prefix = false;
    update_irqs(kc);
    device_ready(kc); /* an interface that was enabled may have bytes */
}

static uint8_t output_port_now(const struct i8042 *kc)
{
    uint8_t value = kc->output_port & (uint8_t) ~(PORT_FULL | PORT_AUX_FULL);

    if (kc->irq1_level)
        value |= PORT_FULL;
    if (kc->irq12_level)
        value |= PORT_AUX_FULL;
    return value;
}

static void write_command(struct i8042 *kc, uint8_t value)
{
    kc->status |= STATUS_COMMAND;
    kc->command = 0;
    switch (value) {
    case 0x20: /* read the command byte */
        reply(kc, kc->command_byte, I8042_CONTROLLER, REPLY_US);
        break;
    case 0x21 ... 0x3f: /* read controller RAM */
        reply(kc, kc->ram[value - 0x21], I8042_CONTROLLER, REPLY_US);
        break;
    case 0x60 ... 0x7f: /* write it: data follows */
    case 0xd1 ... 0xd4: /* output port, output buffer, aux output buffer, to aux: data follows */
        kc->command = value;
        break;
    case 0xa4: /* is a password installed? no */
        reply(kc, 0xf1, I8042_CONTROLLER, REPLY_US);
        break;
    case 0xa7:
        write_command_byte(kc, kc->command_byte | CB_NO_AUX);
        break;
    case 0xa8:
        write_command_byte(kc, kc->command_byte & (uint8_t)~CB_NO_AUX);
        break;
    case 0xa9: /* test of the aux lines: no error */
    case 0xab: /* of the keyboard lines */
        reply(kc, 0x00, I8042_CONTROLLER, REPLY_US);
        break;
    case 0xaa: /* self test passed */
        kc->status |= STATUS_SYSTEM;
        kc->command_byte |= CB_SYSTEM;
        reply(kc, 0x55, I8042_CONTROLLER, REPLY_US);
        break;
    case 0xad:
        write_command_byte(kc, kc->command_byte | CB_NO_KEYBOARD);
        break;
    case 0xae:
        write_command_byte(kc, kc->command_byte & (uint8_t)~CB_NO_KEYBOARD);
        break;
    case 0xc0: /* input port: keyboard not locked, no manufacturing jumper */
        reply(kc, 0xa0, I8042_CONTROLLER, REPLY_US);
        break;
    case 0xd0:
        reply(kc, output_port_now(kc), I8042_CONTROLLER, REPLY_US);
        break;
    case 0xdd: /* A20 gate shut */
        write_output_port(kc, kc->output_port & (uint8_t)~PORT_A20);
        break;
    case 0xdf: /* A20 gate open */
        write_output_port(kc, kc->output_port | PORT_A20);
        break;
    case 0xe0: /* test inputs: both clock lines high */
        reply(kc, 0x03, I8042_CONTROLLER, REPLY_US);
        break;
    case 0xf0 ... 0xff: /* pulse output port bits 0-3 that are 0 here */
        if (!(value & 1))
            pulse_reset(kc);
        break;
    default:
        log_once(kc->dev.log, &kc->warned, LOG_WARN, "i8042", "unknown command %02x ignored",
                 value);
    }
}

static void write_data(struct i8042 *kc, uint8_t value)
{
    uint8_t command = kc->command;

    kc->status &= (uint8_t)~STATUS_COMMAND;
    kc->command = 0;
    switch (command) {
    case 0: /* for the keyboard; this enables its interface */
        if (kc->command_byte & CB_NO_KEYBOARD)
            write_command_byte(kc, kc->command_byte & (uint8_t)~CB_NO_KEYBOARD);
        if (kc->keyboard.send)
            kc->keyboard.send(kc->keyboard.device, value);
        else
            reply(kc, 0xfe, I8042_CONTROLLER, TIMEOUT_US);
        break;
    case 0x60:
        write_command_byte(kc, value);
        break;
    case 0xd1:
        write_output_port(kc, value);
        break;
    case 0xd2: /* as if it came from the keyboard */
        reply(kc, value, I8042_KEYBOARD, REPLY_US);
        break;
    case 0xd3: /* as if it came from the aux device */
        reply(kc, value, I8042_AUX, REPLY_US);
        break;
    case 0xd4:
        if (kc->command_byte & CB_NO_AUX)
            write_command_byte(kc, kc->command_byte & (uint8_t)~CB_NO_AUX);
        if (kc->aux.send)
            kc->aux.send(kc->aux.device, value);
        else /* nobody clocks the byte in: time-out */
            reply(kc, 0xfe, I8042_AUX_TIMEOUT, TIMEOUT_US);
        break;
    default:
        kc->ram[command - 0x61] = value;
    }
}

static void i8042_write_data(void *owner, uint64_t port UNUSED, unsigned size UNUSED,
                             uint64_t value)
{
    write_data(owner, (uint8_t)value);
}

static void i8042_write_command(void *owner, uint64_t port UNUSED, unsigned size UNUSED,
                                uint64_t value)
{
    write_command(owner, (uint8_t)value);
}

static uint64_t i8042_peek_data(const void *owner, uint64_t port UNUSED, unsigned size UNUSED)
{
    return ((const struct i8042 *)owner)->data;
}

static uint64_t i8042_read_data(void *owner, uint64_t port UNUSED, unsigned size UNUSED)
{
    struct i8042 *kc = owner;

    if (kc->full) {
        kc->full = false;
        update_irqs(kc);
        want_transfer(kc, after_us(kc, kc->reply_waits ? REPLY_US : BYTE_US));
    }
    return kc->data; /* stays readable */
}

static uint64_t i8042_peek_status(const void *owner, uint64_t port UNUSED, unsigned size UNUSED)
{
    const struct i8042 *kc = owner;
    uint8_t value = kc->status | STATUS_UNLOCKED;

    if (kc->full) {
        value |= STATUS_FULL;
        if (kc->source == I8042_AUX || kc->source == I8042_AUX_TIMEOUT)
            value |= STATUS_AUX;
        if (kc->source == I8042_AUX_TIMEOUT)
            value |= STATUS_TIMEOUT;
    }
    return value;
}

static uint64_t i8042_read_status(void *owner, uint64_t port, unsigned size)
{
    return i8042_peek_status(owner, port, size);
}

/* clang-format off */
static const struct io_range i8042_ports[] = {
    { 0x60, 1, IO_8, i8042_read_data,   i8042_write_data,
      "keyboard data",            i8042_peek_data },
    { 0x64, 1, IO_8, i8042_read_status, i8042_write_command,
      "keyboard status, command", i8042_peek_status },
    { 0 },
};

static const struct field i8042_fields[] = {
    NOT_SAVED(struct i8042, dev, "device"),
    FIELD(struct i8042, status,       FMT_HEX,
          "status: bit 2 system flag, 3 last write was a command"),
    FIELD(struct i8042, command_byte, FMT_HEX,
          "command byte: 0 IRQ1, 1 IRQ12, 4 keyboard off, 5 aux off, 6 translate"),
    FIELD(struct i8042, ram,          FMT_BYTES, "controller RAM from 1 on"),
    FIELD(struct i8042, command,      FMT_HEX,   "command that awaits its data byte"),
    FIELD(struct i8042, output_port,  FMT_HEX,   "output port: bit 0 not reset, 1 A20"),
    FIELD(struct i8042, data,         FMT_HEX,   "output buffer"),
    FIELD(struct i8042, full,         FMT_BOOL,  "output buffer full"),
    FIELD(struct i8042, source,       FMT_DEC,
          "its byte is from 0 controller, 1 keyboard, 2 aux, 3 aux time-out"),
    FIELD(struct i8042, break_prefix, FMT_BOOL,  "translation saw F0h"),
    FIELD(struct i8042, reply,        FMT_HEX,   "byte waiting for the output buffer"),
    FIELD(struct i8042, reply_waits,  FMT_BOOL,  "a byte is waiting"),
    FIELD(struct i8042, reply_source, FMT_DEC,   "where the waiting byte is from"),
    FIELD(struct i8042, due,          FMT_DEC,   "tick at which the output buffer may be filled"),
    FIELD(struct i8042, irq1_level,   FMT_BOOL,  "level of IRQ1"),
    FIELD(struct i8042, irq12_level,  FMT_BOOL,  "level of IRQ12"),
    NOT_SAVED(struct i8042, warned, "a message was printed"),
    NOT_SAVED(struct i8042, transfer, "the next byte"),
    NOT_SAVED(struct i8042, keyboard, "keyboard cable"),
    NOT_SAVED(struct i8042, aux, "aux cable"),
    NOT_SAVED(struct i8042, irq1, "IRQ1 line"),
    NOT_SAVED(struct i8042, irq12, "IRQ12 line"),
    NOT_SAVED(struct i8042, a20, "A20 line"),
    NOT_SAVED(struct i8042, reset, "reset line"),
    { 0 },
};
/* clang-format on */

static void i8042_init(struct device *dev)
{
    struct i8042 *kc = (struct i8042 *)dev;

    event_init(dev->clock, &kc->transfer, "i8042 byte", transfer_fires, kc);
}

static void i8042_reset(struct device *dev, enum reset kind UNUSED)
{
    struct i8042 *kc = (struct i8042 *)dev;

    clock_cancel(dev->clock, &kc->transfer);
    kc->status = 0;
    kc->command_byte = CB_IRQ1 | CB_TRANSLATE | CB_NO_AUX;
    memset(kc->ram, 0, sizeof kc->ram);
    kc->command = 0;
    kc->output_port = 0xcf; /* port pins of the 8042 are high after reset: the A20 gate is open */
    kc->full = false;
    kc->reply_waits = false;
    kc->break_prefix = false;
    kc->data = 0;
    kc->due = 0;
    kc->source = I8042_CONTROLLER;
    kc->irq1_level = false;
    kc->irq12_level = false;
    irq_set(&kc->irq1, false);
    irq_set(&kc->irq12, false);
    irq_set(&kc->a20, true);
}

static void i8042_restored(struct device *dev)
{
    struct i8042 *kc = (struct i8042 *)dev;
    uint8_t command = kc->command;

    if (command && !(command >= 0x60 && command <= 0x7f) && !(command >= 0xd1 && command <= 0xd4))
        kc->command = 0;
    if (kc->full)
        clock_cancel(dev->clock, &kc->transfer);
    else /* one look too many finds nothing to do */
        clock_schedule(dev->clock, &kc->transfer, kc->due);
}

static void i8042_describe(const struct device *dev, struct out *out)
{
    static const char *const sources[] = { "the controller", "the keyboard", "the aux device",
                                           "an aux time-out" };
    const struct i8042 *kc = (const struct i8042 *)dev;
    uint8_t cb = kc->command_byte;

    out_printf(out,
               "status 0x%02x, command byte 0x%02x: keyboard %s, aux %s, IRQ1 %s, IRQ12 %s%s\n",
               (unsigned)i8042_peek_status(kc, 0x64, 1), cb, cb & CB_NO_KEYBOARD ? "off" : "on",
               cb & CB_NO_AUX ? "off" : "on", cb & CB_IRQ1 ? "on" : "off",
               cb & CB_IRQ12 ? "on" : "off", cb & CB_TRANSLATE ? ", translates to set 1" : "");
    if (kc->full)
        out_printf(out, "output buffer: 0x%02x from %s, not read yet\n", kc->data,
                   sources[kc->source & 3]);
    else
        out_text(out, "output buffer: empty\n");
    if (kc->command)
        out_printf(out, "command 0x%02x awaits its data byte\n", kc->command);
    out_printf(out, "A20 gate %s\n", kc->output_port & PORT_A20 ? "open" : "shut");
}

const struct device_class i8042_class = {
    .name = "i8042",
    .title = "8042 keyboard controller",
    .size = sizeof(struct i8042),
    .ports = i8042_ports,
    .fields = i8042_fields,
    .init = i8042_init,
    .reset = i8042_reset,
    .describe = i8042_describe,
    .restored = i8042_restored,
};
