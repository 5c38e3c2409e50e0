/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/e1000.c - Intel 82540EM: registers, interrupts, statistics. PHY and EEPROM are e1000_phy.c,
 * the rings e1000_tx.c and e1000_rx.c. Source: Intel, "PCI/PCI-X Family of Gigabit Ethernet
 * Controllers Software Developer's Manual", "Register Descriptions".
 */
#include "iodev/e1000.h"

#include <inttypes.h>

#include "iodev/e1000_internal.h"
#include "util/bits.h"

#define MEMORY_BYTES KIB(128)
#define IO_BYTES 64

enum register_offset {
    REG_CTRL = 0x0000,
    REG_STATUS = 0x0008,
    REG_EECD = 0x0010,
    REG_EERD = 0x0014,
    REG_MDIC = 0x0020,
    REG_ICR = 0x00c0,
    REG_ITR = 0x00c4,
    REG_ICS = 0x00c8,
    REG_IMS = 0x00d0,
    REG_IMC = 0x00d8,
    REG_RCTL = 0x0100,
    REG_TCTL = 0x0400,
    REG_RDT = 0x2818,
    REG_RDTR = 0x2820,
    REG_TDT = 0x3818,
    REG_STATISTICS = 0x4000,
};

/* Registers that are what was written to them, or arrays of such. */
struct plain_register {
    uint32_t offset, count; /* of 32-bit words */
    uint32_t member;        /* offset in struct e1000 */
    uint32_t writable;
};

#define ONE(offset, member, writable)                                                              \
    {                                                                                              \
        offset, 1, offsetof(struct e1000, member), writable                                        \
    }
#define MANY(offset, member)                                                                       \
    {                                                                                              \
        offset, sizeof(((struct e1000 *)0)->member) / 4, offsetof(struct e1000, member),           \
            UINT32_MAX                                                                             \
    }
#define FULL UINT32_MAX

/* clang-format off */
static const struct plain_register plain[] = {
    ONE(REG_CTRL, ctrl, FULL),
    ONE(0x0004, ctrl, FULL), /* the same register twice */
    ONE(REG_EERD, eerd, 0),
    ONE(0x0018, ctrl_ext, FULL),
    ONE(REG_MDIC, mdic, 0),
    ONE(0x0028, fcal, FULL),
    ONE(0x002c, fcah, 0xffff),
    ONE(0x0030, fct, 0xffff),
    ONE(0x0038, vet, 0xffff),
    ONE(REG_ITR, itr, 0xffff),
    ONE(REG_IMS, ims, 0),
    ONE(REG_RCTL, rctl, FULL),
    ONE(0x0170, fcttv, 0xffff),
    ONE(0x0178, txcw, FULL),
    ONE(0x0180, rxcw, 0),
    ONE(REG_TCTL, tctl, FULL),
    ONE(0x0410, tipg, FULL),
    ONE(0x0458, aifs, 0xffff),
    ONE(0x0e00, ledctl, FULL),
    ONE(0x1000, pba, 0xffff),
    ONE(0x2160, fcrtl, FULL),
    ONE(0x2168, fcrth, FULL),
    ONE(0x2800, rdbal, 0xfffffff0),
    ONE(0x2804, rdbah, FULL),
    ONE(0x2808, rdlen, 0xfff80),
    ONE(0x2810, rdh, 0xffff),
    ONE(REG_RDT, rdt, 0xffff),
    ONE(REG_RDTR, rdtr, 0xffff),
    ONE(0x2828, rxdctl, FULL),
    ONE(0x282c, radv, 0xffff),
    ONE(0x2c00, rsrpd, 0xfff),
    ONE(0x3000, txdmac, FULL),
    ONE(0x3800, tdbal, 0xfffffff0),
    ONE(0x3804, tdbah, FULL),
    ONE(0x3808, tdlen, 0xfff80),
    ONE(0x3810, tdh, 0xffff),
    ONE(REG_TDT, tdt, 0xffff),
    ONE(0x3820, tidv, 0xffff),
    ONE(0x3828, txdctl, FULL),
    ONE(0x382c, tadv, 0xffff),
    ONE(0x3830, tspmt, FULL),
    MANY(REG_STATISTICS, statistics),
    ONE(0x5000, rxcsum, 0x7ff),
    MANY(0x5200, multicast),
    MANY(0x5400, address),
    MANY(0x5600, vlan_filter),
    ONE(0x5800, wuc, FULL),
    ONE(0x5808, wufc, FULL),
    ONE(0x5820, manc, FULL),
};
/* clang-format on */

static const struct plain_register *find_plain(uint32_t offset)
{
    for (unsigned i = 0; i < ARRAY_SIZE(plain); i++) {
        if (offset - plain[i].offset < plain[i].count * 4)
            return &plain[i];
    }
    return NULL;
}

static uint32_t *word_at(const struct e1000 *nic, const struct plain_register *reg, uint32_t offset)
{
    uint8_t *first = (uint8_t *)(uintptr_t)nic + reg->member;

    return (uint32_t *)(void *)first + (offset - reg->offset) / 4;
}

/* Interrupts */

/* The pin follows the causes that are not masked; ITR sets how often it may be raised. */
static void update_pin(struct e1000 *nic)
{
    bool level = nic->icr & nic->ims;

    if (level && !nic->pci.intx) {
        if (nic->throttle.queued)
            return;
        if (nic->itr) /* in units of 256 ns */
            clock_schedule(nic->dev.clock, &nic->throttle,
                           clock_now(nic->dev.clock) +
                               clock_ticks_from(nic->dev.clock, nic->itr, 3906250));
    }
    pci_set_intx(&nic->pci, level);
}

static void throttle_fires(void *owner)
{
    update_pin(owner);
}

void e1000_cause(struct e1000 *nic, uint32_t bits)
{
    nic->icr |= bits & CAUSE_ALL;
    update_pin(nic);
}

static void tx_delay_fires(void *owner)
{
    e1000_cause(owner, CAUSE_TXDW);
}

static void rx_delay_fires(void *owner)
{
    e1000_cause(owner, CAUSE_RXT0);
}

uint64_t e1000_delay(const struct e1000 *nic, uint32_t units)
{
    return clock_ticks_from(nic->dev.clock, (uint64_t)units * 1024, 1000000000);
}

/* Statistics stick at their highest value, and are cleared when they are read. */

void e1000_count(struct e1000 *nic, enum e1000_statistic index)
{
    if (nic->statistics[index] != UINT32_MAX)
        nic->statistics[index]++;
}

void e1000_count_bytes(struct e1000 *nic, enum e1000_statistic index, uint64_t bytes)
{
    uint64_t old = nic->statistics[index] | (uint64_t)nic->statistics[index + 1] << 32;
    uint64_t sum = old + bytes < old ? UINT64_MAX : old + bytes;

    nic->statistics[index] = (uint32_t)sum;
    nic->statistics[index + 1] = (uint32_t)(sum >> 32);
}

void e1000_count_size(struct e1000 *nic, enum e1000_statistic first, uint32_t bytes)
{
    static const uint16_t most[] = { 64, 127, 255, 511, 1023 };
    unsigned size = 0;

    while (size < ARRAY_SIZE(most) && bytes > most[size])
        size++;
    e1000_count(nic, first + size);
}

/* Reset of the controller: CTRL.RST leaves PHY and EEPROM alone. */
static void controller_reset(struct e1000 *nic)
{
    memset(&nic->ctrl, 0, offsetof(struct e1000, phy) - offsetof(struct e1000, ctrl));
    nic->ctrl = 0x00140240; /* SLU, 1000 Mbit/s, pins 0 and 2 high */
    nic->pba = 0x00100030;  /* 48 KiB for receiving, 16 for sending */
    nic->ledctl = 0x07068302;
    nic->manc = 0x00002000;
    nic->rdtr = nic->tidv = 0;
    nic->address[0] = load_le32(nic->eeprom);
    nic->address[1] = UINT32_C(0x80000000) | load_le16(nic->eeprom + 2);
    nic->tx_open = nic->tx_segment = nic->tx_vlan = false;
    nic->tx_bytes = nic->tx_tag = nic->tx_segments = nic->tx_options = 0;
    nic->tx_ip_start = nic->tx_ip_offset = nic->tx_tcp_start = nic->tx_tcp_offset = 0;
    nic->tx_ip_end = nic->tx_tcp_end = 0;
    nic->ts_ip_start = nic->ts_ip_offset = nic->ts_tcp_start = nic->ts_tcp_offset = 0;
    nic->ts_ip_end = nic->ts_tcp_end = nic->ts_segment = 0;
    nic->ts_header = nic->ts_command = 0;
    clock_cancel(nic->dev.clock, &nic->tx_event);
    clock_cancel(nic->dev.clock, &nic->tx_delay);
    clock_cancel(nic->dev.clock, &nic->rx_delay);
    clock_cancel(nic->dev.clock, &nic->throttle);
    pci_set_intx(&nic->pci, false);
}

/* Registers */

static uint32_t status(const struct e1000 *nic)
{
    return STATUS_FD | STATUS_1000 | (nic->link && nic->ctrl & CTRL_SLU ? STATUS_LU : 0);
}

static uint32_t register_peek(const struct e1000 *nic, uint32_t offset)
{
    const struct plain_register *reg;

    switch (offset) {
    case REG_STATUS:
        return status(nic);
    case REG_EECD:
        return e1000_read_eecd(nic);
    case REG_ICR:
    case REG_ICS:
        return nic->icr;
    default:
        reg = find_plain(offset);
        return reg ? *word_at(nic, reg, offset) : 0;
    }
}

static uint32_t register_read(struct e1000 *nic, uint32_t offset)
{
    uint32_t value = register_peek(nic, offset);

    if (offset == REG_ICR) {
        nic->icr = 0;
        update_pin(nic);
    } else if (offset - REG_STATISTICS < sizeof nic->statistics) {
        nic->statistics[(offset - REG_STATISTICS) / 4] = 0;
    }
    return value;
}

static void write_ctrl(struct e1000 *nic)
{
    if (nic->ctrl & CTRL_PHY_RST)
        e1000_phy_reset(nic);
    if (nic->ctrl & CTRL_RST)
        controller_reset(nic);
    nic->ctrl &= ~(CTRL_PHY_RST | CTRL_RST);
}

static void register_write(struct e1000 *nic, uint32_t offset, uint32_t value)
{
    const struct plain_register *reg = find_plain(offset);

    if (reg && offset - REG_STATISTICS >= sizeof nic->statistics) {
        uint32_t *word = word_at(nic, reg, offset);

        *word = (*word & ~reg->writable) | (value & reg->writable);
    }
    switch (offset) {
    case REG_CTRL:
    case REG_CTRL + 4:
        write_ctrl(nic);
        break;
    case REG_EECD:
        e1000_write_eecd(nic, value);
        break;
    case REG_EERD:
        e1000_write_eerd(nic, value);
        break;
    case REG_MDIC:
        e1000_write_mdic(nic, value);
        break;
    case REG_ICR: /* ones clear */
        nic->icr &= ~value;
        update_pin(nic);
        break;
    case REG_ICS:
        e1000_cause(nic, value);
        break;
    case REG_IMS:
        nic->ims |= value & CAUSE_ALL;
        update_pin(nic);
        break;
    case REG_IMC:
        nic->ims &= ~value;
        update_pin(nic);
        break;
    case REG_RCTL:
    case REG_RDT:
        net_has_room(nic->cable);
        break;
    case REG_TCTL:
    case REG_TDT:
        e1000_tx_kick(nic);
        break;
    default:
        break;
    }
}

static uint64_t memory_read(void *owner, uint64_t address, unsigned size UNUSED)
{
    return register_read(owner, (uint32_t)address & (MEMORY_BYTES - 4));
}

static void memory_write(void *owner, uint64_t address, unsigned size UNUSED, uint64_t value)
{
    register_write(owner, (uint32_t)address & (MEMORY_BYTES - 4), (uint32_t)value);
}

static uint64_t memory_peek(const void *owner, uint64_t address, unsigned size UNUSED)
{
    return register_peek(owner, (uint32_t)address & (MEMORY_BYTES - 4));
}

/* The I/O window: IOADDR names a register, IODATA is it. */
static uint64_t io_peek(const void *owner, uint64_t port, unsigned size UNUSED)
{
    const struct e1000 *nic = owner;

    switch (port & (IO_BYTES - 4)) {
    case 0:
        return nic->io_address;
    case 4:
        return nic->io_address < MEMORY_BYTES ? register_peek(nic, nic->io_address & ~3u) : 0;
    default:
        return 0;
    }
}

static uint64_t io_read(void *owner, uint64_t port, unsigned size)
{
    struct e1000 *nic = owner;

    if ((port & (IO_BYTES - 4)) == 4 && nic->io_address < MEMORY_BYTES)
        return register_read(nic, nic->io_address & ~3u);
    return io_peek(owner, port, size);
}

static void io_write(void *owner, uint64_t port, unsigned size UNUSED, uint64_t value)
{
    struct e1000 *nic = owner;

    if ((port & (IO_BYTES - 4)) == 0)
        nic->io_address = (uint32_t)value;
    else if ((port & (IO_BYTES - 4)) == 4 && nic->io_address < MEMORY_BYTES)
        register_write(nic, nic->io_address & ~3u, (uint32_t)value);
}

static const struct io_range memory_row = { 0,           MEMORY_BYTES, IO_32,
                                            memory_read, memory_write, "82540EM registers",
                                            memory_peek };

static const struct io_range io_row = {
    0, IO_BYTES, IO_32, io_read, io_write, "82540EM registers: at 0 which, at 4 its value", io_peek
};

/* Having become master of the bus, it goes on. */
static void written(struct pci_function *function, unsigned first, unsigned last UNUSED)
{
    struct e1000 *nic = (struct e1000 *)function->wiring.dev;

    if (first <= PCI_COMMAND && pci_is_master(function)) {
        e1000_tx_kick(nic);
        net_has_room(nic->cable);
    }
}

/* clang-format off */
static const struct pci_register pci_registers[] = {
    { 0x0c, 2, 0x0000, 0xffff, 0, "cache line size, latency timer" },
    { PCI_SUBSYSTEM_VENDOR, 2, 0x8086, 0, 0, "subsystem vendor" },
    { PCI_SUBSYSTEM, 2, 0x001e, 0, 0, "subsystem" },
    { 0x3e, 2, 0x00ff, 0, 0, "minimum grant, maximum latency" },
    { 0 },
};

static const struct pci_class e1000_pci = {
    .vendor = 0x8086,
    .device = 0x100e,
    .revision = 3,
    .class = 0x020000,
    .pin = 1,
    .command_bits = 0x0117,
    .status = 0x0220,
    .registers = pci_registers,
    .bar = { [0] = { PCI_BAR_MEMORY, MEMORY_BYTES, &memory_row },
             [1] = { PCI_BAR_IO, IO_BYTES, &io_row } },
    .written = written,
};

#define R(member, text) FIELD(struct e1000, member, FMT_HEX, text)

static const struct field e1000_fields[] = {
    NOT_SAVED(struct e1000, dev, "device"),
    PCI_FIELDS(struct e1000),
    R(io_address, "register that the I/O window shows"),
    R(ctrl, "device control: 6 link up, 30 tags"), R(ctrl_ext, "extended device control"),
    R(eecd, "EEPROM lines"), R(eerd, "EEPROM read: 31-16 word, 15-8 address, 4 done"),
    R(mdic, "PHY: 15-0 word, 20-16 register, 28 ready"),
    R(fcal, "flow control address"), R(fcah, "... upper half"), R(fct, "flow control type"),
    R(fcttv, "flow control timer"), R(fcrtl, "flow control: low mark"),
    R(fcrth, "flow control: high mark"), R(vet, "VLAN type"), R(txcw, "transmit configuration word"),
    R(rxcw, "receive configuration word"), R(ledctl, "lamps"), R(pba, "packet buffer: KiB to receive"),
    R(aifs, "inter-frame spacing"), R(wuc, "wake-up control"), R(wufc, "wake-up filter"),
    R(manc, "management control"),
    R(icr, "interrupt causes: 0 TXDW 1 TXQE 2 LSC 4 RXDMT0 6 RXO 7 RXT0"),
    R(ims, "interrupt mask"), R(itr, "least time between interrupts, in 256 ns"),
    R(rctl, "receive control: 1 enabled"),
    R(rdbal, "receive ring"), R(rdbah, "... upper half"), R(rdlen, "... bytes"),
    R(rdh, "... head: next to be filled"), R(rdt, "... tail: first that is the guest's"),
    R(rdtr, "receive delay, in 1.024 us"), R(radv, "... at most"), R(rsrpd, "small packets"),
    R(rxdctl, "receive descriptor control"), R(rxcsum, "receive checksums: 8 IP, 9 TCP and UDP"),
    R(tctl, "transmit control: 1 enabled, 3 pad"), R(tipg, "inter-packet gap"),
    R(tdbal, "transmit ring"), R(tdbah, "... upper half"), R(tdlen, "... bytes"),
    R(tdh, "... head: next to be sent"), R(tdt, "... tail: first that is the guest's"),
    R(tidv, "transmit delay, in 1.024 us"), R(tadv, "... at most"),
    R(txdctl, "transmit descriptor control"), R(txdmac, "transmit DMA control"),
    R(tspmt, "segmentation: padding and minimum"),
    FIELDS(struct e1000, address, FMT_HEX, "station addresses, low and high halves; high 31: valid"),
    FIELDS(struct e1000, multicast, FMT_HEX, "hash table of groups"),
    FIELDS(struct e1000, vlan_filter, FMT_HEX, "table of VLANs"),
    FIELDS(struct e1000, statistics, FMT_DEC, "counters from 4000h on"),
    FIELDS(struct e1000, phy, FMT_HEX, "PHY registers"),
    FIELD(struct e1000, link, FMT_BOOL, "the link is up"),
    FIELDS(struct e1000, eeprom, FMT_HEX, "EEPROM"),
    FIELD(struct e1000, ee_bits, FMT_DEC, "bits of an EEPROM command that were clocked in"),
    R(ee_in, "... and these"), R(ee_out, "what the EEPROM clocks out"),
    FIELD(struct e1000, ee_writable, FMT_BOOL, "the EEPROM takes writes"),
    FIELD(struct e1000, tx_bytes, FMT_DEC, "bytes of the packet to be sent so far"),
    FIELD(struct e1000, tx_segments, FMT_DEC, "segments of it that were sent"),
    R(tx_options, "its checksums: 0 IP, 1 TCP or UDP"),
    FIELD(struct e1000, tx_open, FMT_BOOL, "it has begun"),
    FIELD(struct e1000, tx_segment, FMT_BOOL, "it is cut into segments"),
    FIELD(struct e1000, tx_vlan, FMT_BOOL, "it gets a tag"),
    R(tx_tag, "the tag"),
    R(tx_ip_start, "checksums: IP header"), R(tx_ip_offset, "IP checksum"),
    R(tx_tcp_start, "TCP header"), R(tx_tcp_offset, "TCP checksum"),
    R(tx_ip_end, "last byte for IP's"), R(tx_tcp_end, "last byte for TCP's; 0: all"),
    R(ts_ip_start, "segmentation: IP header"), R(ts_ip_offset, "IP checksum"),
    R(ts_tcp_start, "TCP header"), R(ts_tcp_offset, "TCP checksum"),
    R(ts_ip_end, "last byte for IP's"), R(ts_tcp_end, "last byte for TCP's; 0: all"),
    FIELD(struct e1000, ts_segment, FMT_DEC, "bytes of a segment"),
    FIELD(struct e1000, ts_header, FMT_DEC, "bytes of the header"),
    R(ts_command, "0 TCP, 1 IPv4"),
    FIELD(struct e1000, tx_header, FMT_BYTES, "header of a packet that is cut"),
    FIELD(struct e1000, tx_packet, FMT_BYTES, "the packet"),
    NOT_SAVED(struct e1000, tx_event, "event"),
    NOT_SAVED(struct e1000, tx_delay, "event"),
    NOT_SAVED(struct e1000, rx_delay, "event"),
    NOT_SAVED(struct e1000, throttle, "event"),
    NOT_SAVED(struct e1000, link_event, "event"),
    NOT_SAVED(struct e1000, mac, "configuration"),
    NOT_SAVED(struct e1000, cable, "wiring"),
    { 0 },
};
/* clang-format on */

static void e1000_init(struct device *dev)
{
    struct e1000 *nic = (struct e1000 *)dev;

    event_init(dev->clock, &nic->tx_event, "e1000 transmitter", e1000_tx_fires, nic);
    event_init(dev->clock, &nic->tx_delay, "e1000 transmit interrupt", tx_delay_fires, nic);
    event_init(dev->clock, &nic->rx_delay, "e1000 receive interrupt", rx_delay_fires, nic);
    event_init(dev->clock, &nic->throttle, "e1000 interrupt throttle", throttle_fires, nic);
    event_init(dev->clock, &nic->link_event, "e1000 link", e1000_link_fires, nic);
}

void e1000_setup(struct e1000 *nic, struct pci_bus *bus, unsigned slot,
                 const uint8_t mac[NET_ADDRESS], struct net_cable *cable)
{
    memcpy(nic->mac, mac, NET_ADDRESS);
    nic->cable = cable;
    if (cable) {
        cable->can_receive = e1000_can_receive;
        cable->receive = e1000_receive;
        cable->device = nic;
    }
    pci_attach(bus, &nic->dev, &nic->pci, &e1000_pci, PCI_DEVFN(slot, 0));
}

static void e1000_reset(struct device *dev, enum reset kind)
{
    struct e1000 *nic = (struct e1000 *)dev;

    pci_reset(&nic->pci);
    if (kind == RESET_POWER_ON)
        e1000_eeprom_fill(nic);
    nic->io_address = 0;
    nic->ee_bits = 0;
    nic->ee_in = 0;
    nic->ee_out = 0x1ffff;
    nic->ee_writable = false;
    clock_cancel(dev->clock, &nic->link_event);
    e1000_phy_reset(nic);
    controller_reset(nic);
}

static void describe_ring(struct out *out, const char *what, bool enabled, uint32_t high,
                          uint32_t low, uint32_t bytes, uint32_t head, uint32_t tail)
{
    out_printf(
        out,
        "%s %s, %" PRIu32 " descriptors at 0x%" PRIx64 ", head %" PRIu32 ", tail %" PRIu32 "\n",
        what, enabled ? "on" : "off", e1000_ring(bytes), (uint64_t)high << 32 | low, head, tail);
}

static void e1000_describe(const struct device *dev, struct out *out)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } causes[] = {
        { CAUSE_TXDW, "TXDW" },     { CAUSE_TXQE, "TXQE" }, { CAUSE_LSC, "LSC" },
        { CAUSE_RXDMT0, "RXDMT0" }, { CAUSE_RXO, "RXO" },   { CAUSE_RXT0, "RXT0" },
        { CAUSE_MDAC, "MDAC" },
    };
    const struct e1000 *nic = (const struct e1000 *)dev;
    const uint32_t *a = nic->address;

    pci_describe(&nic->pci, out);
    out_printf(out, "station %02x:%02x:%02x:%02x:%02x:%02x%s, link %s%s\n", a[0] & 0xff,
               a[0] >> 8 & 0xff, a[0] >> 16 & 0xff, a[0] >> 24, a[1] & 0xff, a[1] >> 8 & 0xff,
               a[1] >> 31 ? "" : " (not valid)",
               !nic->cable ? "down, no cable"
               : nic->link ? "up"
                           : "down",
               e1000_loops_back(nic) ? ", looped back" : "");
    describe_ring(out, "receiver", nic->rctl & RCTL_EN, nic->rdbah, nic->rdbal, nic->rdlen,
                  nic->rdh, nic->rdt);
    out_printf(out, "takes%s%s%s%s, %u-byte buffers\n", " its addresses",
               nic->rctl & RCTL_BAM ? ", broadcasts" : "",
               nic->rctl & RCTL_MPE ? ", all groups" : "", nic->rctl & RCTL_UPE ? ", all" : "",
               nic->rctl & RCTL_BSEX && nic->rctl >> 16 & 3 ? 32768u >> (nic->rctl >> 16 & 3)
                                                            : 2048u >> (nic->rctl >> 16 & 3));
    describe_ring(out, "transmitter", nic->tctl & TCTL_EN, nic->tdbah, nic->tdbal, nic->tdlen,
                  nic->tdh, nic->tdt);
    out_printf(out, "causes 0x%" PRIx32 " of 0x%" PRIx32 ":", nic->icr, nic->ims);
    for (unsigned i = 0; i < ARRAY_SIZE(causes); i++) {
        if (nic->icr & causes[i].bit)
            out_printf(out, " %s%s", causes[i].name, nic->ims & causes[i].bit ? "" : " (masked)");
    }
    out_printf(out, "%s\n", nic->icr ? "" : " none");
    out_printf(out,
               "since they were read: %" PRIu32 " frames received, %" PRIu32 " sent, %" PRIu32
               " lost\n",
               nic->statistics[STAT_GPRC], nic->statistics[STAT_GPTC], nic->statistics[STAT_MPC]);
}

const struct device_class e1000_class = {
    .name = "e1000",
    .title = "Intel 82540EM gigabit Ethernet",
    .size = sizeof(struct e1000),
    .fields = e1000_fields,
    .init = e1000_init,
    .reset = e1000_reset,
    .describe = e1000_describe,
};
