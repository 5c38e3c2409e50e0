/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/e1000_rx.c - the receiver of the 82540EM: which frames are for it, checksums, the descriptor
 * ring. A frame waits on the cable while the ring is full, which a real one would lose; it is lost
 * when the ring has descriptors, but too few. Source: Intel, "PCI/PCI-X Family of Gigabit Ethernet
 * Controllers Software Developer's Manual", "Packet Reception".
 */
#include "iodev/e1000_internal.h"
#include "util/bits.h"

enum {
    STATUS_DD = 1 << 0,
    STATUS_EOP = 1 << 1,
    STATUS_IXSM = 1 << 2, /* nobody looked at checksums */
    STATUS_VP = 1 << 3,   /* a tag was taken out */
    STATUS_TCPCS = 1 << 5,
    STATUS_IPCS = 1 << 6,
    STATUS_PIF = 1 << 7, /* passed by the hash only */

    ERROR_TCPE = 1 << 5,
    ERROR_IPE = 1 << 6,

    RXCSUM_IP = 1 << 8,
    RXCSUM_TCP = 1 << 9,

    FRAME_MOST = 1522, /* with check sequence and tag, unless RCTL.LPE */

    TYPE_IPV4 = 0x0800,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
};
#define ADDRESS_VALID UINT32_C(0x80000000) /* RAH.AV */

static uint32_t buffer_bytes(const struct e1000 *nic)
{
    uint32_t bytes = 2048u >> (nic->rctl >> 16 & 3);

    return nic->rctl & RCTL_BSEX && bytes < 2048 ? bytes * 16 : bytes;
}

/* Descriptors that the hardware may use. */
static uint32_t free_descriptors(const struct e1000 *nic)
{
    uint32_t count = e1000_ring(nic->rdlen);

    if (!count || nic->rdh >= count)
        return 0;
    return nic->rdt >= nic->rdh ? nic->rdt - nic->rdh : count - nic->rdh + nic->rdt;
}

static bool listens(const struct e1000 *nic)
{
    return nic->rctl & RCTL_EN && (nic->link || e1000_loops_back(nic)) && pci_is_master(&nic->pci);
}

bool e1000_can_receive(const void *device)
{
    const struct e1000 *nic = device;

    return !listens(nic) || free_descriptors(nic);
}

static bool is_vlan(const struct e1000 *nic, const uint8_t *frame, size_t bytes)
{
    return bytes >= NET_HEADER + 4 && net_load16(frame + 12) == (nic->vet & 0xffff);
}

/* Is it for us? Sets *inexact where only a hash says so. */
static bool accepts(const struct e1000 *nic, const uint8_t *frame, size_t bytes, bool *inexact)
{
    static const unsigned shift[4] = { 4, 3, 2, 0 };
    unsigned hash;

    *inexact = false;
    if (nic->rctl & RCTL_VFE && is_vlan(nic, frame, bytes)) {
        unsigned id = net_load16(frame + 14) & 0xfff;

        if (!(nic->vlan_filter[id >> 5] >> (id & 31) & 1))
            return false;
    }
    if (net_is_broadcast(frame) && nic->rctl & RCTL_BAM)
        return true;
    if (nic->rctl & (net_is_multicast(frame) ? RCTL_MPE : RCTL_UPE))
        return true;
    for (unsigned i = 0; i < E1000_ADDRESSES; i++) {
        if (nic->address[2 * i + 1] & ADDRESS_VALID && load_le32(frame) == nic->address[2 * i] &&
            load_le16(frame + 4) == (nic->address[2 * i + 1] & 0xffff))
            return true;
    }
    if (!net_is_multicast(frame))
        return false;
    hash = (load_le16(frame + 4) >> shift[nic->rctl >> 12 & 3]) & 0xfff;
    *inexact = true;
    return nic->multicast[hash >> 5] >> (hash & 31) & 1;
}

/* IPv4, and TCP or UDP in it: bits of status and errors. */
static void look_at_sums(const struct e1000 *nic, const uint8_t *frame, size_t bytes,
                         uint8_t *status, uint8_t *errors)
{
    const uint8_t *ip = frame + NET_HEADER, *tcp;
    size_t left = bytes - NET_HEADER, header, total, length;
    uint32_t sum;

    if (left < 20 || net_load16(frame + 12) != TYPE_IPV4 || ip[0] >> 4 != 4)
        return;
    header = (size_t)(ip[0] & 15) * 4;
    total = net_load16(ip + 2);
    if (header < 20 || total < header || total > left)
        return;
    if (nic->rxcsum & RXCSUM_IP) {
        *status |= STATUS_IPCS;
        if (net_sum_fold(net_sum(0, ip, header)) != 0xffff)
            *errors |= ERROR_IPE;
    }
    tcp = ip + header;
    length = total - header;
    if (!(nic->rxcsum & RXCSUM_TCP) || net_load16(ip + 6) & 0x3fff) /* a fragment has no sum */
        return;
    if (!(ip[9] == PROTOCOL_TCP && length >= 20) && !(ip[9] == PROTOCOL_UDP && length >= 8))
        return;
    if (ip[9] == PROTOCOL_UDP && !net_load16(tcp + 6))
        return;                                          /* the sender made none */
    sum = net_sum(ip[9] + (uint32_t)length, ip + 12, 8); /* the pseudo header */
    *status |= STATUS_TCPCS;
    if (net_sum_fold(net_sum(sum, tcp, length)) != 0xffff)
        *errors |= ERROR_TCPE;
}

/* RXCSUM.PCSS: the sum of all that lies behind a byte of the frame. */
static uint16_t packet_sum(const struct e1000 *nic, const uint8_t *frame, size_t bytes)
{
    size_t start = nic->rxcsum & 0xff;

    return start < bytes ? net_sum_fold(net_sum(0, frame + start, bytes - start)) : 0;
}

static void count_frame(struct e1000 *nic, const uint8_t *frame, uint32_t size)
{
    e1000_count_size(nic, STAT_PRC64, size);
    e1000_count(nic, STAT_GPRC);
    e1000_count_bytes(nic, STAT_GORC, size);
    if (net_is_broadcast(frame))
        e1000_count(nic, STAT_BPRC);
    else if (net_is_multicast(frame))
        e1000_count(nic, STAT_MPRC);
}

/* Few are left: RCTL.RDMTS says which part of the ring. */
static bool is_low(const struct e1000 *nic)
{
    unsigned part = nic->rctl >> 8 & 3;

    return part < 3 && free_descriptors(nic) == e1000_ring(nic->rdlen) >> (part + 1);
}

static void tell(struct e1000 *nic)
{
    if (is_low(nic))
        e1000_cause(nic, CAUSE_RXDMT0);
    if (!nic->rdtr)
        e1000_cause(nic, CAUSE_RXT0);
    else if (!nic->rx_delay.queued)
        clock_schedule(nic->dev.clock, &nic->rx_delay,
                       clock_now(nic->dev.clock) + e1000_delay(nic, nic->rdtr));
}

/* The frame into buffers; there are enough. `d` has what all its descriptors have in common. */
static void store(struct e1000 *nic, const uint8_t *frame, uint32_t bytes, uint8_t *d)
{
    uint64_t base = (uint64_t)nic->rdbah << 32 | (nic->rdbal & ~15u);
    uint32_t count = e1000_ring(nic->rdlen), most = buffer_bytes(nic);
    uint8_t status = d[12];

    for (uint32_t done = 0; done < bytes;) {
        uint64_t at = base + (uint64_t)nic->rdh * E1000_DESCRIPTOR, buffer;
        uint32_t n = bytes - done < most ? bytes - done : most;

        pci_dma_read(&nic->pci, at, d, 8);
        buffer = load_le64(d);
        if (buffer)
            pci_dma_write(&nic->pci, buffer, frame + done, n);
        done += n;
        store_le16(d + 8, (uint16_t)n);
        d[12] = done == bytes ? status | STATUS_EOP : status;
        pci_dma_write(&nic->pci, at, d, E1000_DESCRIPTOR);
        nic->rdh = (nic->rdh + 1) % count;
    }
}

void e1000_receive(void *device, const uint8_t *frame, size_t bytes)
{
    struct e1000 *nic = device;
    uint8_t whole[NET_MOST + NET_FCS], d[E1000_DESCRIPTOR] = { 0 }, status = STATUS_DD, errors = 0;
    uint32_t size, stored, needed;
    bool inexact;

    if (!listens(nic) || bytes < NET_HEADER || bytes > NET_MOST)
        return;
    memcpy(whole, frame, bytes);
    if (bytes < NET_LEAST) {
        memset(whole + bytes, 0, NET_LEAST - bytes);
        bytes = NET_LEAST;
    }
    size = (uint32_t)bytes + NET_FCS;
    e1000_count(nic, STAT_TPR);
    e1000_count_bytes(nic, STAT_TOR, size);
    if (size > FRAME_MOST && !(nic->rctl & RCTL_LPE)) {
        e1000_count(nic, STAT_ROC);
        return;
    }
    if (!accepts(nic, whole, bytes, &inexact))
        return;
    if (inexact)
        status |= STATUS_PIF;
    store_le32(whole + bytes, net_fcs(whole, bytes));
    stored = size;
    if (is_vlan(nic, whole, bytes) && nic->ctrl & CTRL_VME) {
        store_le16(d + 14, (uint16_t)net_load16(whole + 14));
        memmove(whole + 12, whole + 16, size - 16);
        stored -= 4;
        status |= STATUS_VP;
    }
    look_at_sums(nic, whole, stored - NET_FCS, &status, &errors);
    if (!(status & (STATUS_IPCS | STATUS_TCPCS)))
        status |= STATUS_IXSM;
    store_le16(d + 10, packet_sum(nic, whole, stored - NET_FCS));
    if (nic->rctl & RCTL_SECRC)
        stored -= NET_FCS;
    needed = (stored + buffer_bytes(nic) - 1) / buffer_bytes(nic);
    if (needed > free_descriptors(nic)) {
        e1000_count(nic, STAT_MPC);
        e1000_count(nic, STAT_RNBC);
        e1000_cause(nic, CAUSE_RXO);
        return;
    }
    count_frame(nic, frame, size);
    d[12] = status;
    d[13] = errors;
    store(nic, whole, stored, d);
    tell(nic);
}
