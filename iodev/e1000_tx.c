/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/e1000_tx.c - the transmitter of the 82540EM: the descriptor ring, packets put together from
 * buffers, checksums, segmentation. What a ring can hold is sent in portions, one event each, so that
 * no guest keeps the host busy for long. Source: Intel, "PCI/PCI-X Family of Gigabit Ethernet
 * Controllers Software Developer's Manual", "Packet Transmission".
 */
#include "iodev/e1000_internal.h"
#include "util/bits.h"

#define TX_START_US 1 /* from the write of TDT to the first frame */
#define DESCRIPTORS_AT_ONCE 64
#define FRAMES_AT_ONCE 64
#define BUFFER_MOST 16288u /* of one descriptor; longer ones are against the rules, and cut */
#define SEGMENT_LEAST 64   /* shorter ones would take the network for ever */

/* Bits of a descriptor's second dword but one. */
enum {
    CMD_EOP = 1 << 24,
    CMD_IC = 1 << 26,  /* legacy: insert a checksum */
    CMD_TSE = 1 << 26, /* data: segmentation */
    CMD_RS = 1 << 27,
    CMD_EXTENDED = 1 << 29,
    CMD_VLAN = 1 << 30,
    TYPE_CONTEXT = 0,
    TYPE_DATA = 1,

    STATUS_DONE = 1 << 0,

    OPTION_IP = 1 << 0,
    OPTION_TCP = 1 << 1,

    TU_TCP = 1 << 0,
    TU_IP = 1 << 1,
    TU_SEGMENT = 1 << 2,

    TCP_FIN_PSH = 0x09,
};
#define CMD_DELAY UINT32_C(0x80000000)

static void send_frame(struct e1000 *nic, uint8_t *frame, uint32_t bytes)
{
    uint32_t size;

    if (bytes < NET_LEAST && nic->tctl & TCTL_PSP) {
        memset(frame + bytes, 0, NET_LEAST - bytes);
        bytes = NET_LEAST;
    }
    if (bytes < NET_HEADER)
        return; /* not a frame */
    size = bytes + NET_FCS;
    e1000_count_size(nic, STAT_PTC64, size);
    e1000_count(nic, STAT_TPT);
    e1000_count(nic, STAT_GPTC);
    e1000_count_bytes(nic, STAT_TOT, size);
    e1000_count_bytes(nic, STAT_GOTC, size);
    if (net_is_broadcast(frame))
        e1000_count(nic, STAT_BPTC);
    else if (net_is_multicast(frame))
        e1000_count(nic, STAT_MPTC);
    if (e1000_loops_back(nic))
        e1000_receive(nic, frame, bytes);
    else if (nic->link)
        net_send(nic->cable, frame, bytes);
}

/* With the tag behind the addresses, if there is to be one. */
static void send_tagged(struct e1000 *nic, const uint8_t *packet, uint32_t bytes)
{
    uint8_t frame[NET_MOST + 4];

    if (bytes > NET_MOST - 4)
        return;
    if (nic->tx_vlan && nic->ctrl & CTRL_VME && bytes >= 12) {
        memcpy(frame, packet, 12);
        net_store16(frame + 12, nic->vet & 0xffff);
        net_store16(frame + 14, nic->tx_tag);
        memcpy(frame + 16, packet + 12, bytes - 12);
        bytes += 4;
    } else {
        memcpy(frame, packet, bytes);
    }
    send_frame(nic, frame, bytes);
}

/* The sum of bytes `start` to `end` (0: to the packet's end) at `offset`. */
static void put_checksum(uint8_t *packet, uint32_t bytes, uint32_t offset, uint32_t start,
                         uint32_t end)
{
    uint16_t sum;

    if (end && end + 1 < bytes)
        bytes = end + 1;
    if (start >= bytes || offset + 2 > bytes)
        return;
    sum = net_sum_fold(net_sum(0, packet + start, bytes - start));
    net_store16(packet + offset, (uint16_t)~sum);
}

/* Lengths, numbers and flags of a segment that is about to be sent; `last` of its packet. */
static void number_segment(struct e1000 *nic, bool last)
{
    uint8_t *packet = nic->tx_packet;
    uint32_t bytes = nic->tx_bytes, ip = nic->ts_ip_start, tcp = nic->ts_tcp_start, length;
    unsigned sum = nic->ts_tcp_offset;

    if (ip + 20 <= bytes && nic->ts_command & TU_IP) {
        net_store16(packet + ip + 2, bytes - ip);
        net_store16(packet + ip + 4, net_load16(packet + ip + 4) + nic->tx_segments);
    } else if (ip + 40 <= bytes && !(nic->ts_command & TU_IP)) {
        net_store16(packet + ip + 4, bytes - ip - 40); /* IPv6: without the header */
    }
    if (tcp + 8 > bytes)
        return;
    length = bytes - tcp;
    if (nic->ts_command & TU_TCP && tcp + 14 <= bytes) {
        uint32_t number = net_load16(packet + tcp + 4) << 16 | net_load16(packet + tcp + 6);

        number += (uint32_t)nic->tx_segments * nic->ts_segment;
        net_store16(packet + tcp + 4, number >> 16);
        net_store16(packet + tcp + 6, number);
        if (!last)
            packet[tcp + 13] &= (uint8_t)~TCP_FIN_PSH;
    } else if (!(nic->ts_command & TU_TCP)) {
        net_store16(packet + tcp + 4, length); /* UDP */
    }
    /* The driver left the sum of the pseudo header there, without the length. */
    if (nic->tx_options & OPTION_TCP && sum + 2u <= bytes)
        net_store16(packet + sum, net_sum_fold(net_load16(packet + sum) + length));
}

static void send_packet(struct e1000 *nic, bool last)
{
    uint8_t *packet = nic->tx_packet;
    uint32_t bytes = nic->tx_bytes;

    if (nic->tx_segment) {
        number_segment(nic, last);
        if (nic->tx_options & OPTION_TCP)
            put_checksum(packet, bytes, nic->ts_tcp_offset, nic->ts_tcp_start, nic->ts_tcp_end);
        if (nic->tx_options & OPTION_IP)
            put_checksum(packet, bytes, nic->ts_ip_offset, nic->ts_ip_start, nic->ts_ip_end);
        nic->tx_segments++;
    } else {
        if (nic->tx_options & OPTION_TCP)
            put_checksum(packet, bytes, nic->tx_tcp_offset, nic->tx_tcp_start, nic->tx_tcp_end);
        if (nic->tx_options & OPTION_IP)
            put_checksum(packet, bytes, nic->tx_ip_offset, nic->tx_ip_start, nic->tx_ip_end);
    }
    send_tagged(nic, packet, bytes);
}

/* Bytes of a buffer go into the packet; full segments leave. Returns how many did. */
static unsigned add_bytes(struct e1000 *nic, uint64_t address, uint32_t bytes)
{
    uint32_t most = nic->tx_segment ? (uint32_t)nic->ts_header + nic->ts_segment : NET_MOST;
    unsigned sent = 0;

    while (bytes) {
        uint32_t n = most - nic->tx_bytes;

        if (!n && !nic->tx_segment)
            break; /* longer than any frame: the rest is lost */
        if (!n) {  /* and there is more: this segment is not the last */
            send_packet(nic, false);
            sent++;
            memcpy(nic->tx_packet, nic->tx_header, nic->ts_header);
            nic->tx_bytes = nic->ts_header;
            continue;
        }
        n = n < bytes ? n : bytes;
        pci_dma_read(&nic->pci, address, nic->tx_packet + nic->tx_bytes, n);
        if (nic->tx_segment && nic->tx_bytes < nic->ts_header) {
            uint32_t left = nic->ts_header - nic->tx_bytes;

            memcpy(nic->tx_header + nic->tx_bytes, nic->tx_packet + nic->tx_bytes,
                   left < n ? left : n);
        }
        nic->tx_bytes += n;
        address += n;
        bytes -= n;
    }
    return sent;
}

static void end_packet(struct e1000 *nic)
{
    if (nic->tx_segment)
        e1000_count(nic, STAT_TSCTC);
    send_packet(nic, true);
    nic->tx_open = false;
    nic->tx_bytes = 0;
}

static void load_context(struct e1000 *nic, const uint8_t *d)
{
    if (d[11] & TU_SEGMENT) {
        nic->ts_ip_start = d[0];
        nic->ts_ip_offset = d[1];
        nic->ts_ip_end = load_le16(d + 2);
        nic->ts_tcp_start = d[4];
        nic->ts_tcp_offset = d[5];
        nic->ts_tcp_end = load_le16(d + 6);
        nic->ts_command = d[11];
        nic->ts_header = d[13];
        nic->ts_segment = load_le16(d + 14);
    } else {
        nic->tx_ip_start = d[0];
        nic->tx_ip_offset = d[1];
        nic->tx_ip_end = load_le16(d + 2);
        nic->tx_tcp_start = d[4];
        nic->tx_tcp_offset = d[5];
        nic->tx_tcp_end = load_le16(d + 6);
    }
}

/* The context makes sense: a header, and segments that are frames. */
static bool can_segment(const struct e1000 *nic)
{
    return nic->ts_header >= NET_HEADER && nic->ts_segment >= SEGMENT_LEAST &&
           (uint32_t)nic->ts_header + nic->ts_segment <= NET_MOST - 4;
}

static void begin_packet(struct e1000 *nic, const uint8_t *d, uint32_t command, bool extended)
{
    if (nic->tx_open)
        return;
    nic->tx_open = true;
    nic->tx_bytes = 0;
    nic->tx_segments = 0;
    nic->tx_segment = extended && command & CMD_TSE;
    nic->tx_options = extended ? d[13] & (OPTION_IP | OPTION_TCP) : 0;
    if (nic->tx_segment && !can_segment(nic)) {
        e1000_count(nic, STAT_TSCTFC);
        nic->tx_segment = false;
    }
}

/* One descriptor; returns how many frames left. */
static unsigned descriptor(struct e1000 *nic, uint64_t at)
{
    uint8_t d[E1000_DESCRIPTOR];
    uint32_t command, bytes;
    bool extended;
    unsigned sent = 0;

    pci_dma_read(&nic->pci, at, d, sizeof d);
    command = load_le32(d + 8);
    extended = command & CMD_EXTENDED;
    if (extended && (command >> 20 & 15) == TYPE_CONTEXT) {
        load_context(nic, d);
    } else {
        bytes = extended ? command & 0xfffff : command & 0xffff;
        begin_packet(nic, d, command, extended);
        sent = add_bytes(nic, load_le64(d), bytes < BUFFER_MOST ? bytes : BUFFER_MOST);
        if (command & CMD_EOP) {
            if (!extended && command & CMD_IC)
                put_checksum(nic->tx_packet, nic->tx_bytes, d[10], d[13], 0);
            nic->tx_vlan = command & CMD_VLAN;
            nic->tx_tag = load_le16(d + 14);
            end_packet(nic);
            sent++;
        }
    }
    if (command & CMD_RS) {
        d[12] |= STATUS_DONE;
        pci_dma_write(&nic->pci, at + 12, d + 12, 1);
        if (!(command & CMD_DELAY && nic->tidv))
            e1000_cause(nic, CAUSE_TXDW);
        else if (!nic->tx_delay.queued)
            clock_schedule(nic->dev.clock, &nic->tx_delay,
                           clock_now(nic->dev.clock) + e1000_delay(nic, nic->tidv));
    }
    return sent;
}

static bool has_work(const struct e1000 *nic)
{
    return nic->tctl & TCTL_EN && nic->tdh != nic->tdt && e1000_ring(nic->tdlen) &&
           pci_is_master(&nic->pci);
}

void e1000_tx_fires(void *owner)
{
    struct e1000 *nic = owner;
    uint64_t base = (uint64_t)nic->tdbah << 32 | (nic->tdbal & ~15u);
    uint32_t count = e1000_ring(nic->tdlen);
    unsigned frames = 0;

    for (unsigned n = 0; n < DESCRIPTORS_AT_ONCE && frames < FRAMES_AT_ONCE; n++) {
        if (!has_work(nic))
            break;
        if (nic->tdh >= count) { /* a head outside the ring: the guest put it there */
            nic->tdh = 0;
            break;
        }
        frames += descriptor(nic, base + (uint64_t)nic->tdh * E1000_DESCRIPTOR);
        nic->tdh = (nic->tdh + 1) % count;
    }
    if (nic->tdh == nic->tdt)
        e1000_cause(nic, CAUSE_TXQE);
    else if (nic->tdt < count) /* a tail that is never reached would keep it going for ever */
        e1000_tx_kick(nic);
}

void e1000_tx_kick(struct e1000 *nic)
{
    if (has_work(nic) && !nic->tx_event.queued)
        clock_schedule(nic->dev.clock, &nic->tx_event,
                       clock_now(nic->dev.clock) +
                           clock_ticks_from(nic->dev.clock, TX_START_US, 1000000));
}
