/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/e1000.h - Intel 82540EM gigabit Ethernet controller, a PCI function. */
#ifndef IODEV_E1000_H
#define IODEV_E1000_H

#include "iodev/net.h"
#include "iodev/pci.h"

enum {
    E1000_EEPROM_WORDS = 64,
    E1000_STATISTICS = 64,
    E1000_ADDRESSES = 16,
    E1000_FILTER_WORDS = 128,
};

struct e1000 {
    struct device dev;
    struct pci_function pci;
    uint32_t io_address; /* which register the I/O window shows */

    /* General. */
    uint32_t ctrl, ctrl_ext, eecd, eerd, mdic, fcal, fcah, fct, fcttv, fcrtl, fcrth, vet, txcw,
        rxcw, ledctl, pba, aifs, wuc, wufc, manc;
    uint32_t icr, ims, itr;
    /* Receiver and transmitter. */
    uint32_t rctl, rdbal, rdbah, rdlen, rdh, rdt, rdtr, radv, rsrpd, rxdctl, rxcsum;
    uint32_t tctl, tipg, tdbal, tdbah, tdlen, tdh, tdt, tidv, tadv, txdctl, txdmac, tspmt;
    uint32_t address[E1000_ADDRESSES * 2]; /* low and high halves: RAL, RAH */
    uint32_t multicast[E1000_FILTER_WORDS];
    uint32_t vlan_filter[E1000_FILTER_WORDS];
    uint32_t statistics[E1000_STATISTICS]; /* from 4000h on */

    /* The physical layer. */
    uint16_t phy[32];
    bool link;

    /* The Microwire EEPROM, bit by bit through EECD. */
    uint16_t eeprom[E1000_EEPROM_WORDS];
    uint8_t ee_bits;  /* that were clocked in */
    uint32_t ee_in;   /* the command so far */
    uint32_t ee_out;  /* what is clocked out, from bit 15 down */
    bool ee_writable; /* after EWEN */

    /* The packet that is being put together for the wire. */
    uint32_t tx_bytes;
    uint16_t tx_segments;     /* of it that were sent already */
    uint8_t tx_options;       /* bit 0 IP checksum, 1 TCP or UDP checksum */
    bool tx_open, tx_segment; /* has begun; is to be cut into segments */
    bool tx_vlan;
    uint16_t tx_tag;
    uint8_t tx_ip_start, tx_ip_offset, tx_tcp_start, tx_tcp_offset; /* context for checksums */
    uint16_t tx_ip_end, tx_tcp_end;
    uint8_t ts_ip_start, ts_ip_offset, ts_tcp_start, ts_tcp_offset; /* context for segmentation */
    uint16_t ts_ip_end, ts_tcp_end, ts_segment;
    uint8_t ts_header, ts_command; /* bytes; bit 0 TCP, 1 IPv4 */
    uint8_t tx_header[256];        /* of the packet that is cut */
    uint8_t tx_packet[NET_MOST];

    struct event tx_event, tx_delay, rx_delay, throttle, link_event;
    uint8_t mac[NET_ADDRESS];
    struct net_cable *cable;
};

extern const struct device_class e1000_class;

/* Its place on the bus, its address, its cable (may be NULL). */
void e1000_setup(struct e1000 *nic, struct pci_bus *bus, unsigned slot,
                 const uint8_t mac[NET_ADDRESS], struct net_cable *cable);

#endif
