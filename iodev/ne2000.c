/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/ne2000.c - Realtek RTL8029AS. The guest moves bytes to and from the card's memory through a
 * data port ("remote DMA"); the core sends from there, and receives into a ring of pages. A frame
 * waits on the cable while the ring is full. Sources: National Semiconductor DP8390D data sheet;
 * Realtek RTL8029AS specification.
 */
#include "iodev/ne2000.h"

#include "util/bits.h"

enum {
    IO_BYTES = 32,
    DATA_PORT = 0x10,
    RESET_PORT = 0x18,

    CR_STOP = 0x01,
    CR_START = 0x02,
    CR_SEND = 0x04,
    CR_REMOTE = 0x38,
    CR_PAGE = 0xc0,
    REMOTE_READ = 0x08,
    REMOTE_WRITE = 0x10,
    REMOTE_PACKET = 0x18,
    REMOTE_STOP = 0x20,

    ISR_RECEIVED = 0x01,
    ISR_SENT = 0x02,
    ISR_RECEIVE_ERROR = 0x04,
    ISR_OVERWRITE = 0x10,
    ISR_COUNTER = 0x20,
    ISR_REMOTE_DONE = 0x40,
    ISR_RESET = 0x80,

    RCR_RUNTS = 0x02,
    RCR_BROADCAST = 0x04,
    RCR_MULTICAST = 0x08,
    RCR_ALL = 0x10,
    RCR_MONITOR = 0x20,

    TCR_LOOPBACK = 0x06,
    DCR_WORDS = 0x01,

    RSR_RECEIVED = 0x01,
    RSR_GROUP = 0x20,
    TSR_SENT = 0x01,

    RING_HEADER = 4,
    TX_US = 20, /* how long sending takes: less than on 10 Mbit/s, but not nothing */
};

static void update_pin(struct ne2000 *nic)
{
    pci_set_intx(&nic->pci, nic->isr & nic->imr & 0x7f);
}

static void set_isr(struct ne2000 *nic, uint8_t bits)
{
    nic->isr |= bits;
    update_pin(nic);
}

/* The card's memory: PROM from 0, RAM from 4000h; nothing elsewhere. */
static uint8_t memory_get(const struct ne2000 *nic, uint16_t address)
{
    if (address < NE2000_PROM)
        return nic->prom[address];
    if (address - NE2000_MEMORY_FIRST < NE2000_MEMORY && address >= NE2000_MEMORY_FIRST)
        return nic->memory[address - NE2000_MEMORY_FIRST];
    return 0xff;
}

static void memory_put(struct ne2000 *nic, uint16_t address, uint8_t value)
{
    if (address >= NE2000_MEMORY_FIRST && address - NE2000_MEMORY_FIRST < NE2000_MEMORY)
        nic->memory[address - NE2000_MEMORY_FIRST] = value;
}

/* Sending */

static void tx_fires(void *owner)
{
    struct ne2000 *nic = owner;
    uint8_t frame[NET_USUAL_MOST + NET_FCS];
    size_t bytes = nic->tx_bytes < sizeof frame ? nic->tx_bytes : sizeof frame;

    for (size_t i = 0; i < bytes; i++)
        frame[i] = memory_get(nic, (uint16_t)((nic->tx_page << 8) + i));
    if (!(nic->tx_config & TCR_LOOPBACK) && bytes >= NET_HEADER)
        net_send(nic->cable, frame, bytes);
    nic->command &= (uint8_t)~CR_SEND;
    nic->tx_status = TSR_SENT;
    set_isr(nic, ISR_SENT);
}

/* Receiving */

/*
 * STP stops the core and RST in ISR says so; it takes STA to start it again. STA clear while it runs
 * changes nothing: drivers turn pages by 40h and 00h. Data sheet, "Command Register".
 */
static bool runs(const struct ne2000 *nic)
{
    return !(nic->isr & ISR_RESET);
}

static bool listens(const struct ne2000 *nic)
{
    return runs(nic) && !(nic->tx_config & TCR_LOOPBACK);
}

/*
 * Bytes of the ring that are free; 0 too where it is none. A frame has to leave a page: the pages
 * being equal says that the ring is empty.
 */
static unsigned ring_room(const struct ne2000 *nic)
{
    unsigned start = nic->page_start, stop = nic->page_stop, at = nic->current;

    if (start >= stop || at < start || at >= stop)
        return 0;
    if (at < nic->boundary)
        return (nic->boundary - at) * 256u;
    return at - nic->boundary < stop - start ? (stop - start - (at - nic->boundary)) * 256u : 0;
}

/* Pages that a frame takes, as bytes. */
static unsigned ring_need(size_t bytes)
{
    return ((unsigned)bytes + NET_FCS + RING_HEADER + 255) & ~255u;
}

static bool ne2000_can_receive(const void *device)
{
    const struct ne2000 *nic = device;

    return !listens(nic) || ring_room(nic) > ring_need(NET_USUAL_MOST);
}

static bool accepts(const struct ne2000 *nic, const uint8_t *frame, size_t bytes)
{
    if (bytes < NET_LEAST && !(nic->rx_config & RCR_RUNTS))
        return false;
    if (net_is_broadcast(frame))
        return nic->rx_config & RCR_BROADCAST;
    if (net_is_multicast(frame)) {
        unsigned hash = net_address_crc(frame) >> 26;

        return nic->rx_config & RCR_MULTICAST && nic->multicast[hash >> 3] >> (hash & 7) & 1;
    }
    return nic->rx_config & RCR_ALL || !memcmp(frame, nic->station, NET_ADDRESS);
}

static void ring_put(struct ne2000 *nic, unsigned *at, uint8_t value)
{
    memory_put(nic, (uint16_t)*at, value);
    if (++*at == nic->page_stop * 256u)
        *at = nic->page_start * 256u;
}

static void ne2000_receive(void *device, const uint8_t *frame, size_t bytes)
{
    struct ne2000 *nic = device;
    uint8_t whole[NET_USUAL_MOST + 4 + NET_FCS];
    unsigned at = nic->current * 256u, next;
    size_t size;

    if (!listens(nic) || bytes < NET_HEADER || bytes > NET_USUAL_MOST + 4)
        return;
    memcpy(whole, frame, bytes);
    if (bytes < NET_LEAST) { /* the far end of a real cable would have filled it */
        memset(whole + bytes, 0, NET_LEAST - bytes);
        bytes = NET_LEAST;
    }
    if (!accepts(nic, whole, bytes))
        return;
    if (nic->rx_config & RCR_MONITOR) {
        if (nic->missed < 0xff && ++nic->missed & 0x80)
            set_isr(nic, ISR_COUNTER);
        return;
    }
    if (ring_room(nic) <= ring_need(bytes)) {
        if (nic->missed < 0xff)
            nic->missed++;
        set_isr(nic, ISR_OVERWRITE | ISR_RECEIVE_ERROR);
        return;
    }
    store_le32(whole + bytes, net_fcs(whole, bytes));
    size = bytes + NET_FCS;
    next = nic->current + ring_need(bytes) / 256;
    if (next >= nic->page_stop)
        next -= (unsigned)(nic->page_stop - nic->page_start);
    nic->rx_status = (uint8_t)(RSR_RECEIVED | (net_is_multicast(whole) ? RSR_GROUP : 0));
    ring_put(nic, &at, nic->rx_status);
    ring_put(nic, &at, (uint8_t)next);
    ring_put(nic, &at, (uint8_t)size);
    ring_put(nic, &at, (uint8_t)(size >> 8));
    for (size_t i = 0; i < size; i++)
        ring_put(nic, &at, whole[i]);
    nic->current = (uint8_t)next;
    set_isr(nic, ISR_RECEIVED);
}

/* Remote DMA */

static void remote_advance(struct ne2000 *nic, unsigned bytes)
{
    nic->remote_address = (uint16_t)(nic->remote_address + bytes);
    if (nic->remote_address == nic->page_stop * 256u && nic->page_stop)
        nic->remote_address = (uint16_t)(nic->page_start * 256u);
    if (nic->remote_bytes > bytes) {
        nic->remote_bytes = (uint16_t)(nic->remote_bytes - bytes);
    } else if (nic->remote_bytes) {
        nic->remote_bytes = 0;
        set_isr(nic, ISR_REMOTE_DONE);
    }
}

/* An access to the data port moves a word in word mode, whatever its width. */
static unsigned remote_width(const struct ne2000 *nic, unsigned size)
{
    return size == 1 && nic->data_config & DCR_WORDS ? 2 : size;
}

static uint32_t data_peek(const struct ne2000 *nic, unsigned size)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < size; i++)
        value |= (uint32_t)memory_get(nic, (uint16_t)(nic->remote_address + i)) << i * 8;
    return value;
}

static void data_write(struct ne2000 *nic, unsigned size, uint32_t value)
{
    unsigned width = remote_width(nic, size);

    if ((nic->command & CR_REMOTE) != REMOTE_WRITE || !nic->remote_bytes)
        return;
    for (unsigned i = 0; i < width && i < nic->remote_bytes; i++)
        memory_put(nic, (uint16_t)(nic->remote_address + i), (uint8_t)(value >> i * 8));
    remote_advance(nic, width);
}

/* Registers */

static void chip_reset(struct ne2000 *nic)
{
    clock_cancel(nic->dev.clock, &nic->tx_event);
    nic->command = CR_STOP | REMOTE_STOP;
    nic->isr = ISR_RESET;
    nic->imr = 0;
    update_pin(nic);
}

static void write_command(struct ne2000 *nic, uint8_t value)
{
    uint8_t old = nic->command;
    bool ran = runs(nic);

    nic->command = (uint8_t)(value | (old & CR_SEND));
    if (value & CR_STOP) {
        nic->isr |= ISR_RESET;
        clock_cancel(nic->dev.clock, &nic->tx_event);
        nic->command &= (uint8_t)~CR_SEND;
        return;
    }
    if (value & CR_START)
        nic->isr &= (uint8_t)~ISR_RESET;
    if ((value & CR_REMOTE) == REMOTE_PACKET) { /* the oldest frame, by the length in its header */
        nic->remote_address = (uint16_t)(nic->boundary * 256u);
        nic->remote_bytes = (uint16_t)(memory_get(nic, (uint16_t)(nic->remote_address + 2)) |
                                       memory_get(nic, (uint16_t)(nic->remote_address + 3)) << 8);
    } else if (value & (REMOTE_READ | REMOTE_WRITE) && !(value & REMOTE_STOP) &&
               !nic->remote_bytes) {
        set_isr(nic, ISR_REMOTE_DONE);
    }
    if (value & CR_SEND && !(old & CR_SEND))
        clock_schedule(nic->dev.clock, &nic->tx_event,
                       clock_now(nic->dev.clock) +
                           clock_ticks_from(nic->dev.clock, TX_US, 1000000));
    if (runs(nic) && !ran)
        net_has_room(nic->cable);
}

static uint8_t read_page0(const struct ne2000 *nic, unsigned index)
{
    switch (index) {
    case 0x1: /* local DMA */
        return 0;
    case 0x2:
        return nic->current;
    case 0x3:
        return nic->boundary;
    case 0x4:
        return nic->tx_status;
    case 0x7:
        return nic->isr;
    case 0x8:
        return (uint8_t)nic->remote_address;
    case 0x9:
        return (uint8_t)(nic->remote_address >> 8);
    case 0xa: /* "PC": a card for PCI */
        return 'P';
    case 0xb:
        return 'C';
    case 0xc:
        return nic->rx_status;
    case 0xf:
        return nic->missed;
    default: /* collisions, FIFO, errors of frames: there are none */
        return 0;
    }
}

static uint8_t read_page2(const struct ne2000 *nic, unsigned index)
{
    switch (index) {
    case 0x1:
        return nic->page_start;
    case 0x2:
        return nic->page_stop;
    case 0x4:
        return nic->tx_page;
    case 0xc:
        return (uint8_t)(nic->rx_config | 0xc0);
    case 0xd:
        return (uint8_t)(nic->tx_config | 0xe0);
    case 0xe:
        return (uint8_t)(nic->data_config | 0x80);
    case 0xf:
        return (uint8_t)(nic->imr | 0x80);
    default:
        return 0;
    }
}

static uint8_t register_peek(const struct ne2000 *nic, unsigned index)
{
    if (index == 0)
        return nic->command;
    switch (nic->command >> 6) {
    case 0:
        return read_page0(nic, index);
    case 1:
        return index <= 6   ? nic->station[index - 1]
               : index == 7 ? nic->current
                            : nic->multicast[index - 8];
    case 2:
        return read_page2(nic, index);
    default: /* Realtek's configuration: nothing is locked, the link is half duplex */
        return 0;
    }
}

static void write_page0(struct ne2000 *nic, unsigned index, uint8_t value)
{
    switch (index) {
    case 0x1:
        nic->page_start = value;
        break;
    case 0x2:
        nic->page_stop = value;
        break;
    case 0x3:
        nic->boundary = value;
        net_has_room(nic->cable);
        break;
    case 0x4:
        nic->tx_page = value;
        break;
    case 0x5:
        nic->tx_bytes = (uint16_t)((nic->tx_bytes & 0xff00) | value);
        break;
    case 0x6:
        nic->tx_bytes = (uint16_t)((nic->tx_bytes & 0x00ff) | value << 8);
        break;
    case 0x7:
        nic->isr &= (uint8_t) ~(value & 0x7f);
        /*
         * Drivers clear this behind frames that they have not seen yet, as the next one will set it
         * again. While the ring is full none comes, and frames wait: so it stays.
         */
        if (!ne2000_can_receive(nic) && ring_room(nic) && nic->current != nic->boundary)
            nic->isr |= ISR_RECEIVED;
        update_pin(nic);
        break;
    case 0x8:
        nic->remote_address = (uint16_t)((nic->remote_address & 0xff00) | value);
        break;
    case 0x9:
        nic->remote_address = (uint16_t)((nic->remote_address & 0x00ff) | value << 8);
        break;
    case 0xa:
        nic->remote_bytes = (uint16_t)((nic->remote_bytes & 0xff00) | value);
        break;
    case 0xb:
        nic->remote_bytes = (uint16_t)((nic->remote_bytes & 0x00ff) | value << 8);
        break;
    case 0xc:
        nic->rx_config = value & 0x3f;
        break;
    case 0xd:
        nic->tx_config = value & 0x1f;
        net_has_room(nic->cable);
        break;
    case 0xe:
        nic->data_config = value & 0x7f;
        break;
    default:
        nic->imr = value & 0x7f;
        update_pin(nic);
        break;
    }
}

static void register_write(struct ne2000 *nic, unsigned index, uint8_t value)
{
    if (index == 0) {
        write_command(nic, value);
    } else if (nic->command >> 6 == 0) {
        write_page0(nic, index, value);
    } else if (nic->command >> 6 == 1) {
        if (index <= 6)
            nic->station[index - 1] = value;
        else if (index == 7)
            nic->current = value;
        else
            nic->multicast[index - 8] = value;
    }
}

static uint64_t io_peek(const void *owner, uint64_t port, unsigned size)
{
    const struct ne2000 *nic = owner;
    unsigned index = port & (IO_BYTES - 1);
    uint64_t value = 0;

    if (index >= RESET_PORT)
        return 0;
    if (index >= DATA_PORT)
        return data_peek(nic, size);
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)register_peek(nic, (index + i) & 15) << i * 8;
    return value;
}

static uint64_t io_read(void *owner, uint64_t port, unsigned size)
{
    struct ne2000 *nic = owner;
    unsigned index = port & (IO_BYTES - 1);
    uint64_t value = io_peek(owner, port, size);

    if (index >= RESET_PORT)
        chip_reset(nic);
    else if (index >= DATA_PORT)
        remote_advance(nic, remote_width(nic, size));
    else if (index + size > 15 && nic->command >> 6 == 0) /* the tally is read */
        nic->missed = 0;
    return value;
}

static void io_write(void *owner, uint64_t port, unsigned size, uint64_t value)
{
    struct ne2000 *nic = owner;
    unsigned index = port & (IO_BYTES - 1);

    if (index >= RESET_PORT)
        return;
    if (index >= DATA_PORT) {
        data_write(nic, size, (uint32_t)value);
        return;
    }
    for (unsigned i = 0; i < size; i++)
        register_write(nic, (index + i) & 15, (uint8_t)(value >> i * 8));
}

static const struct io_range io_row = {
    0,       IO_BYTES, IO_8 | IO_16 | IO_32,
    io_read, io_write, "NE2000: DP8390 registers, at 10h data, at 18h reset",
    io_peek
};

/* clang-format off */
static const struct pci_register pci_registers[] = {
    { PCI_SUBSYSTEM_VENDOR, 2, 0x10ec, 0, 0, "subsystem vendor" },
    { PCI_SUBSYSTEM, 2, 0x8029, 0, 0, "subsystem" },
    { 0 },
};

static const struct pci_class ne2000_pci = {
    .vendor = 0x10ec,
    .device = 0x8029,
    .class = 0x020000,
    .pin = 1,
    .command_bits = 0x0001,
    .status = 0x0200,
    .registers = pci_registers,
    .bar = { [0] = { PCI_BAR_IO, IO_BYTES, &io_row } },
};

#define R(member, text) FIELD(struct ne2000, member, FMT_HEX, text)

static const struct field ne2000_fields[] = {
    NOT_SAVED(struct ne2000, dev, "device"),
    PCI_FIELDS(struct ne2000),
    R(command, "CR: 0 stop, 1 start, 2 send, 5-3 remote DMA, 7-6 page"),
    R(page_start, "first page of the ring"), R(page_stop, "page behind it"),
    R(boundary, "last page that the guest has read"), R(current, "page of the next frame"),
    R(tx_page, "page of the frame to send"),
    FIELD(struct ne2000, tx_bytes, FMT_DEC, "its bytes"),
    R(tx_status, "TSR"), R(rx_status, "RSR"),
    R(isr, "0 received, 1 sent, 2-3 errors, 4 overwrite, 5 counter, 6 remote DMA, 7 reset"),
    R(imr, "interrupts that are let through"),
    R(remote_address, "remote DMA: next byte"),
    FIELD(struct ne2000, remote_bytes, FMT_DEC, "remote DMA: bytes left"),
    R(rx_config, "RCR: 2 broadcast, 3 groups, 4 all, 5 monitor"),
    R(tx_config, "TCR: 2-1 loopback"), R(data_config, "DCR: 0 words"),
    FIELD(struct ne2000, missed, FMT_DEC, "frames missed"),
    FIELD(struct ne2000, station, FMT_BYTES, "address"),
    FIELD(struct ne2000, multicast, FMT_BYTES, "hash table of groups"),
    FIELD(struct ne2000, prom, FMT_BYTES, "PROM"),
    FIELD(struct ne2000, memory, FMT_BYTES, "memory from 4000h"),
    NOT_SAVED(struct ne2000, tx_event, "event"),
    NOT_SAVED(struct ne2000, mac, "configuration"),
    NOT_SAVED(struct ne2000, cable, "wiring"),
    { 0 },
};
/* clang-format on */

static void ne2000_init(struct device *dev)
{
    event_init(dev->clock, &((struct ne2000 *)dev)->tx_event, "ne2000 transmitter", tx_fires, dev);
}

void ne2000_setup(struct ne2000 *nic, struct pci_bus *bus, unsigned slot,
                  const uint8_t mac[NET_ADDRESS], struct net_cable *cable)
{
    memcpy(nic->mac, mac, NET_ADDRESS);
    nic->cable = cable;
    if (cable) {
        cable->can_receive = ne2000_can_receive;
        cable->receive = ne2000_receive;
        cable->device = nic;
    }
    pci_attach(bus, &nic->dev, &nic->pci, &ne2000_pci, PCI_DEVFN(slot, 0));
}

static void ne2000_reset(struct device *dev, enum reset kind)
{
    struct ne2000 *nic = (struct ne2000 *)dev;
    size_t first = offsetof(struct ne2000, command), end = offsetof(struct ne2000, prom);

    pci_reset(&nic->pci);
    memset((uint8_t *)nic + first, 0, end - first);
    if (kind == RESET_POWER_ON)
        memset(nic->memory, 0, sizeof nic->memory);
    /* Each byte twice, as on a 16-bit bus; "WW" says that it is one. */
    for (unsigned i = 0; i < NE2000_PROM; i++)
        nic->prom[i] = i < 2 * NET_ADDRESS ? nic->mac[i / 2] : i >= 28 ? 'W' : 0;
    chip_reset(nic);
}

static void ne2000_describe(const struct device *dev, struct out *out)
{
    const struct ne2000 *nic = (const struct ne2000 *)dev;
    const uint8_t *a = nic->station;

    pci_describe(&nic->pci, out);
    out_printf(out, "station %02x:%02x:%02x:%02x:%02x:%02x, %s%s%s\n", a[0], a[1], a[2], a[3], a[4],
               a[5], runs(nic) ? "running" : "stopped", nic->command & CR_SEND ? ", sending" : "",
               nic->cable ? "" : ", no cable");
    out_printf(out,
               "ring %02x00h-%02x00h, next frame at %02x00h, read up to %02x00h, %u bytes free\n",
               nic->page_start, nic->page_stop, nic->current, nic->boundary, ring_room(nic));
    out_printf(out, "takes%s%s%s%s\n", nic->rx_config & RCR_ALL ? " all" : " its address",
               nic->rx_config & RCR_BROADCAST ? ", broadcasts" : "",
               nic->rx_config & RCR_MULTICAST ? ", groups by hash" : "",
               nic->rx_config & RCR_MONITOR ? "; stores nothing (monitor)" : "");
    out_printf(out, "remote DMA at %04xh, %u bytes left, by %s\n", nic->remote_address,
               nic->remote_bytes, nic->data_config & DCR_WORDS ? "words" : "bytes");
    out_printf(out, "interrupts 0x%02x, let through 0x%02x:%s%s%s%s%s%s%s%s\n", nic->isr, nic->imr,
               nic->isr & ISR_RECEIVED ? " received" : "", nic->isr & ISR_SENT ? " sent" : "",
               nic->isr & ISR_RECEIVE_ERROR ? " receive error" : "",
               nic->isr & ISR_OVERWRITE ? " overwrite" : "",
               nic->isr & ISR_COUNTER ? " counter" : "",
               nic->isr & ISR_REMOTE_DONE ? " remote DMA done" : "",
               nic->isr & ISR_RESET ? " reset" : "", nic->isr ? "" : " none");
}

const struct device_class ne2000_class = {
    .name = "ne2000",
    .title = "Realtek RTL8029AS (NE2000) Ethernet",
    .size = sizeof(struct ne2000),
    .fields = ne2000_fields,
    .init = ne2000_init,
    .reset = ne2000_reset,
    .describe = ne2000_describe,
};
