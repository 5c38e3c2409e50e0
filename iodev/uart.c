/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/uart.c - 16550A serial port. A character leaves at once (unless `paced`), and the
 * interrupt that says so comes before the next instruction. Source: National Semiconductor
 * PC16550D data sheet.
 */
#include "iodev/uart.h"

#include <inttypes.h>

#include "util/bits.h"

enum {
    IER_RX = 0x01,
    IER_THRE = 0x02,
    IER_LINE = 0x04,
    IER_MODEM = 0x08,

    IIR_NONE = 0x01,
    IIR_MODEM = 0x00,
    IIR_THRE = 0x02,
    IIR_RX = 0x04,
    IIR_LINE = 0x06,
    IIR_TIMEOUT = 0x0c,
    IIR_FIFO = 0xc0,

    FCR_ENABLE = 0x01,
    FCR_CLEAR_RX = 0x02,
    FCR_CLEAR_TX = 0x04,

    LCR_DLAB = 0x80,

    MCR_DTR = 0x01,
    MCR_RTS = 0x02,
    MCR_OUT1 = 0x04,
    MCR_OUT2 = 0x08,
    MCR_LOOP = 0x10,

    LSR_READY = 0x01,
    LSR_OVERRUN = 0x02,
    LSR_ERRORS = 0x1e,
    LSR_THRE = 0x20,
    LSR_EMPTY = 0x40,

    MSR_CTS = 0x10,
    MSR_DSR = 0x20,
    MSR_RI = 0x40,
    MSR_DCD = 0x80,

    UART_HZ = 1843200,
};

static unsigned fifo_size(const struct uart *uart)
{
    return uart->fcr & FCR_ENABLE ? UART_FIFO : 1;
}

static unsigned trigger_level(const struct uart *uart)
{
    static const uint8_t levels[] = { 1, 4, 8, 14 };

    return uart->fcr & FCR_ENABLE ? levels[uart->fcr >> 6] : 1;
}

/* Ticks that `count` characters take on the line. */
static uint64_t character_ticks(const struct uart *uart, unsigned count)
{
    unsigned halves = 2 * (1 + 5 + (uart->lcr & 3)); /* start and data bits */
    uint64_t divisor = uart->divisor ? uart->divisor : 65536;

    halves += uart->lcr & 8 ? 2 : 0;                               /* parity */
    halves += !(uart->lcr & 4) ? 2 : (uart->lcr & 3) == 0 ? 3 : 4; /* stop bits */
    return clock_ticks_until(uart->dev.clock, divisor * 8 * halves * count, UART_HZ);
}

/* Modem inputs: the far end is there and ready, or the loop. */
static uint8_t modem_inputs(const struct uart *uart)
{
    uint8_t inputs = 0;

    if (!(uart->mcr & MCR_LOOP))
        return MSR_CTS | MSR_DSR | MSR_DCD;
    if (uart->mcr & MCR_RTS)
        inputs |= MSR_CTS;
    if (uart->mcr & MCR_DTR)
        inputs |= MSR_DSR;
    if (uart->mcr & MCR_OUT1)
        inputs |= MSR_RI;
    if (uart->mcr & MCR_OUT2)
        inputs |= MSR_DCD;
    return inputs;
}

/* The interrupt of highest priority. */
static uint8_t interrupt_id(const struct uart *uart)
{
    if (uart->ier & IER_LINE && uart->lsr & LSR_ERRORS)
        return IIR_LINE;
    if (uart->ier & IER_RX && uart->rx_count >= trigger_level(uart))
        return IIR_RX;
    if (uart->ier & IER_RX && uart->rx_timeout && uart->rx_count)
        return IIR_TIMEOUT;
    if (uart->ier & IER_THRE && uart->thre_interrupt)
        return IIR_THRE;
    if (uart->ier & IER_MODEM && uart->msr & 0x0f)
        return IIR_MODEM;
    return IIR_NONE;
}

static void update_irq(struct uart *uart)
{
    /* OUT2 drives the buffer between the chip and the bus; in the loop it is inactive. */
    bool level = interrupt_id(uart) != IIR_NONE && (uart->mcr & (MCR_OUT2 | MCR_LOOP)) == MCR_OUT2;

    if (level != uart->output) {
        uart->output = level;
        irq_set(&uart->irq, level);
    }
}

static void schedule_or_cancel(struct uart *uart, struct event *event, uint64_t due)
{
    if (due == UINT64_MAX)
        clock_cancel(uart->dev.clock, event);
    else
        clock_schedule(uart->dev.clock, event, due);
}

/* Four character times without a character in or out: what waits below the trigger is told of. */
static void restart_timeout(struct uart *uart)
{
    uart->rx_timeout = false;
    uart->timeout_due = UINT64_MAX;
    if (uart->fcr & FCR_ENABLE && uart->rx_count)
        uart->timeout_due = clock_now(uart->dev.clock) + character_ticks(uart, 4);
    schedule_or_cancel(uart, &uart->timeout_event, uart->timeout_due);
}

static void timeout_fires(void *owner)
{
    struct uart *uart = owner;

    uart->timeout_due = UINT64_MAX;
    uart->rx_timeout = uart->rx_count != 0;
    update_irq(uart);
}

static void receive_byte(struct uart *uart, uint8_t byte)
{
    if (uart->rx_count >= fifo_size(uart)) {
        uart->lsr |= LSR_OVERRUN;
        if (uart->fcr & FCR_ENABLE)
            return;       /* the FIFO keeps what it has */
        uart->rx_count--; /* the register is overwritten */
    }
    uart->rx[uart->rx_count++] = byte;
}

static size_t uart_can_receive(const void *device)
{
    const struct uart *uart = device;
    unsigned size = fifo_size(uart);

    if (uart->mcr & MCR_LOOP || uart->rx_count >= size)
        return 0;
    return size - uart->rx_count;
}

static void uart_receive(void *device, const uint8_t *bytes, size_t count)
{
    struct uart *uart = device;

    if (uart->mcr & MCR_LOOP)
        return; /* the input is disconnected */
    for (size_t i = 0; i < count; i++)
        receive_byte(uart, bytes[i]);
    restart_timeout(uart);
    update_irq(uart);
}

/* Between instructions, so that what the far end then sends has a tick of its own. */
static void room_fires(void *owner)
{
    struct uart *uart = owner;

    uart->room_due = false;
    if (uart->line && uart->line->has_room)
        uart->line->has_room(uart->line->host);
}

static void tell_room(struct uart *uart)
{
    uart->room_due = true;
    clock_schedule(uart->dev.clock, &uart->room_event, 0);
}

static uint8_t read_rbr(struct uart *uart)
{
    uint8_t byte = uart->rx[0]; /* an empty register still shows its last character */

    if (!uart->rx_count)
        return byte;
    uart->rx_count--;
    if (uart->rx_count)
        memmove(uart->rx, uart->rx + 1, uart->rx_count);
    restart_timeout(uart);
    if (!uart->rx_count)
        tell_room(uart);
    update_irq(uart);
    return byte;
}

static void tx_fires(void *owner)
{
    struct uart *uart = owner;

    if (uart->tx_count)
        uart->tx_count--;
    if (uart->tx_count) {
        uart->tx_due = clock_now(uart->dev.clock) + character_ticks(uart, 1);
        clock_schedule(uart->dev.clock, &uart->tx_event, uart->tx_due);
        return;
    }
    uart->tx_due = UINT64_MAX;
    uart->thre_interrupt = true;
    update_irq(uart);
}

static void write_thr(struct uart *uart, uint8_t byte)
{
    uart->thre_interrupt = false;
    if (uart->mcr & MCR_LOOP) {
        receive_byte(uart, byte);
        restart_timeout(uart);
    } else if (uart->line && uart->line->write) {
        uart->line->write(uart->line->host, &byte, 1);
    }
    if (uart->paced && uart->tx_count < UART_FIFO)
        uart->tx_count++;
    if (!uart->paced && !(uart->ier & IER_THRE)) {
        uart->thre_interrupt = true; /* nobody is waiting for it: no event */
    } else if (uart->tx_due == UINT64_MAX) {
        uart->tx_due = clock_now(uart->dev.clock);
        if (uart->paced)
            uart->tx_due += character_ticks(uart, 1);
        clock_schedule(uart->dev.clock, &uart->tx_event, uart->tx_due);
    }
    update_irq(uart);
}

static void write_ier(struct uart *uart, uint8_t value)
{
    value &= 0x0f;
    /* Enabling the transmitter interrupt while it is empty raises it at once. */
    if (value & ~uart->ier & IER_THRE && !uart->tx_count)
        uart->thre_interrupt = true;
    uart->ier = value;
    update_irq(uart);
}

static void write_fcr(struct uart *uart, uint8_t value)
{
    bool changed = (uart->fcr ^ value) & FCR_ENABLE;

    uart->fcr = value & FCR_ENABLE ? value & 0xc9 : 0;
    if (changed || (value & FCR_ENABLE && value & FCR_CLEAR_RX)) {
        uart->rx_count = 0;
        uart->rx_timeout = false;
        restart_timeout(uart);
        tell_room(uart);
    }
    if (changed || (value & FCR_ENABLE && value & FCR_CLEAR_TX)) {
        if (uart->tx_count) {
            uart->tx_count = 0;
            uart->thre_interrupt = true;
        }
    }
    update_irq(uart);
}

static void write_mcr(struct uart *uart, uint8_t value)
{
    uint8_t before = modem_inputs(uart), after;
    bool left_loop = uart->mcr & MCR_LOOP && !(value & MCR_LOOP);

    uart->mcr = value & 0x1f;
    after = modem_inputs(uart);
    uart->msr |= (before ^ after) >> 4 & 0x0b;
    if (before & ~after & MSR_RI)
        uart->msr |= 0x04; /* trailing edge of the ring indicator */
    if (left_loop)
        tell_room(uart);
    update_irq(uart);
}

static uint64_t uart_peek(const void *owner, uint64_t port, unsigned size UNUSED)
{
    const struct uart *uart = owner;
    bool dlab = uart->lcr & LCR_DLAB;

    switch (port - uart->io[0].first) {
    case 0:
        return dlab ? uart->divisor & 0xff : uart->rx[0];
    case 1:
        return dlab ? uart->divisor >> 8 : uart->ier;
    case 2:
        return interrupt_id(uart) | (uart->fcr & FCR_ENABLE ? IIR_FIFO : 0);
    case 3:
        return uart->lcr;
    case 4:
        return uart->mcr;
    case 5:
        return uart->lsr | (uart->rx_count ? LSR_READY : 0) |
               (uart->tx_count ? 0 : LSR_THRE | LSR_EMPTY);
    case 6:
        return uart->msr | modem_inputs(uart);
    default:
        return uart->scr;
    }
}

static uint64_t uart_read(void *owner, uint64_t port, unsigned size)
{
    struct uart *uart = owner;
    uint64_t value = uart_peek(uart, port, size);

    switch (port - uart->io[0].first) {
    case 0:
        if (!(uart->lcr & LCR_DLAB))
            read_rbr(uart);
        break;
    case 2:
        if (interrupt_id(uart) == IIR_THRE) {
            uart->thre_interrupt = false;
            update_irq(uart);
        }
        break;
    case 5:
        uart->lsr = 0;
        update_irq(uart);
        break;
    case 6:
        uart->msr = 0;
        update_irq(uart);
        break;
    }
    return value;
}

static void uart_write(void *owner, uint64_t port, unsigned size UNUSED, uint64_t value)
{
    struct uart *uart = owner;
    bool dlab = uart->lcr & LCR_DLAB;

    switch (port - uart->io[0].first) {
    case 0:
        if (dlab)
            uart->divisor = (uint16_t)((uart->divisor & 0xff00) | value);
        else
            write_thr(uart, (uint8_t)value);
        break;
    case 1:
        if (dlab)
            uart->divisor = (uint16_t)((uart->divisor & 0xff) | value << 8);
        else
            write_ier(uart, (uint8_t)value);
        break;
    case 2:
        write_fcr(uart, (uint8_t)value);
        break;
    case 3:
        uart->lcr = (uint8_t)value;
        break;
    case 4:
        write_mcr(uart, (uint8_t)value);
        break;
    case 7:
        uart->scr = (uint8_t)value;
        break;
    }
}

void uart_setup(struct uart *uart, struct space *ports, uint16_t base, const char *name)
{
    uart->dev.name = name;
    uart->io[0] =
        (struct io_range){ base, 8, IO_8, uart_read, uart_write, "16550A serial port", uart_peek };
    space_add_device(ports, uart->io, uart, name);
}

void uart_connect(struct uart *uart, struct chardev *line)
{
    uart->line = line;
    line->can_receive = uart_can_receive;
    line->receive = uart_receive;
    line->device = uart;
}

/* clang-format off */
static const struct field uart_fields[] = {
    NOT_SAVED(struct uart, dev, "device"),
    FIELD(struct uart, rx,             FMT_BYTES, "received, oldest first"),
    FIELD(struct uart, rx_count,       FMT_DEC,   "how many"),
    FIELD(struct uart, ier,            FMT_HEX,
          "interrupt enable: 0 received, 1 transmitter empty, 2 line, 3 modem"),
    FIELD(struct uart, fcr,            FMT_HEX,   "FIFO control"),
    FIELD(struct uart, lcr,            FMT_HEX,   "line control"),
    FIELD(struct uart, mcr,            FMT_HEX,   "modem control: 3 OUT2 (interrupt gate), 4 loop"),
    FIELD(struct uart, lsr,            FMT_HEX,   "line status, errors only"),
    FIELD(struct uart, msr,            FMT_HEX,   "modem status, changes only"),
    FIELD(struct uart, scr,            FMT_HEX,   "scratch"),
    FIELD(struct uart, divisor,        FMT_DEC,   "divisor of 115200 bit/s"),
    FIELD(struct uart, tx_count,       FMT_DEC,   "characters being sent"),
    FIELD(struct uart, thre_interrupt, FMT_BOOL,  "transmitter empty interrupt pending"),
    FIELD(struct uart, rx_timeout,     FMT_BOOL,  "received characters have waited"),
    FIELD(struct uart, output,         FMT_BOOL,  "level of the interrupt line"),
    FIELD(struct uart, room_due,       FMT_BOOL,  "the far end is to be told of room"),
    FIELD(struct uart, tx_due,         FMT_DEC,   "tick at which a character is sent"),
    FIELD(struct uart, timeout_due,    FMT_DEC,   "tick of the receive time-out"),
    NOT_SAVED(struct uart, paced, "sending takes time: configuration"),
    NOT_SAVED(struct uart, tx_event, "a character is sent"),
    NOT_SAVED(struct uart, timeout_event, "receive time-out"),
    NOT_SAVED(struct uart, room_event, "room for the far end"),
    NOT_SAVED(struct uart, io, "ports"),
    NOT_SAVED(struct uart, irq, "interrupt line"),
    NOT_SAVED(struct uart, line, "serial line"),
    { 0 },
};
/* clang-format on */

static void uart_init(struct device *dev)
{
    struct uart *uart = (struct uart *)dev;

    event_init(dev->clock, &uart->tx_event, "uart sent", tx_fires, uart);
    event_init(dev->clock, &uart->timeout_event, "uart time-out", timeout_fires, uart);
    event_init(dev->clock, &uart->room_event, "uart room", room_fires, uart);
    uart->tx_due = UINT64_MAX;
    uart->timeout_due = UINT64_MAX;
}

static void uart_reset(struct device *dev, enum reset kind UNUSED)
{
    struct uart *uart = (struct uart *)dev;

    clock_cancel(dev->clock, &uart->tx_event);
    clock_cancel(dev->clock, &uart->timeout_event);
    memset(uart->rx, 0, sizeof uart->rx);
    uart->rx_count = 0;
    uart->ier = 0;
    uart->fcr = 0;
    uart->lcr = 0;
    uart->mcr = 0;
    uart->lsr = 0;
    uart->msr = 0;
    uart->divisor = 12; /* 9600 bit/s; the chip leaves it undefined */
    uart->tx_count = 0;
    uart->thre_interrupt = false;
    uart->rx_timeout = false;
    uart->tx_due = UINT64_MAX;
    uart->timeout_due = UINT64_MAX;
    update_irq(uart);
    tell_room(uart);
}

static void uart_restored(struct device *dev)
{
    struct uart *uart = (struct uart *)dev;

    if (uart->rx_count > fifo_size(uart))
        uart->rx_count = (uint8_t)fifo_size(uart);
    if (uart->tx_count > UART_FIFO)
        uart->tx_count = UART_FIFO;
    schedule_or_cancel(uart, &uart->tx_event, uart->tx_due);
    schedule_or_cancel(uart, &uart->timeout_event, uart->timeout_due);
    schedule_or_cancel(uart, &uart->room_event, uart->room_due ? 0 : UINT64_MAX);
}

static void uart_describe(const struct device *dev, struct out *out)
{
    static const char *const parities[] = { "N", "O", "N", "E", "N", "1", "N", "0" };
    static const char *const sources[] = {
        "modem status",    "transmitter empty", "data received", "line status", "", "",
        "receive time-out"
    };
    const struct uart *uart = (const struct uart *)dev;
    uint8_t id = interrupt_id(uart);

    out_printf(out, "ports 0x%" PRIx64 "-0x%" PRIx64 ", %u bit/s %u%s%s, FIFO %s, %s\n",
               uart->io[0].first, uart->io[0].first + 7,
               UART_HZ / 16 / (uart->divisor ? uart->divisor : 65536u), 5u + (uart->lcr & 3),
               parities[uart->lcr >> 3 & 7],
               !(uart->lcr & 4)       ? "1"
               : (uart->lcr & 3) == 0 ? "1.5"
                                      : "2",
               uart->fcr & FCR_ENABLE ? "on" : "off",
               uart->mcr & MCR_LOOP ? "loop"
               : uart->line         ? "connected"
                                    : "nobody listens");
    out_printf(out, "%u of %u characters received wait, %u are being sent%s\n", uart->rx_count,
               fifo_size(uart), uart->tx_count,
               uart->lsr & LSR_OVERRUN ? ", overrun: characters were lost" : "");
    if (id == IIR_NONE)
        out_text(out, "no interrupt pending");
    else
        out_printf(out, "interrupt pending: %s", sources[id >> 1]);
    out_printf(out, " (enabled: 0x%x)%s\n", uart->ier,
               uart->mcr & MCR_OUT2 ? "" : ", gate OUT2 shut: no interrupt reaches the bus");
}

const struct device_class uart_class = {
    .name = "uart",
    .title = "16550A serial port",
    .size = sizeof(struct uart),
    .fields = uart_fields,
    .init = uart_init,
    .reset = uart_reset,
    .describe = uart_describe,
    .restored = uart_restored,
};
