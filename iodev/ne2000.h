/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/ne2000.h - Realtek RTL8029AS, an NE2000 on the PCI bus: a DP8390 core with 16 KiB of memory. */
#ifndef IODEV_NE2000_H
#define IODEV_NE2000_H

#include "iodev/net.h"
#include "iodev/pci.h"

enum { NE2000_MEMORY = 16384, NE2000_MEMORY_FIRST = 0x4000, NE2000_PROM = 32 };

struct ne2000 {
    struct device dev;
    struct pci_function pci;
    uint8_t command;                         /* CR */
    uint8_t page_start, page_stop, boundary; /* PSTART, PSTOP, BNRY: pages of 256 bytes */
    uint8_t current;                         /* CURR: page of the next frame to be received */
    uint8_t tx_page;                         /* TPSR */
    uint16_t tx_bytes;                       /* TBCR */
    uint8_t tx_status, rx_status;            /* TSR, RSR */
    uint8_t isr, imr;
    uint16_t remote_address, remote_bytes;     /* RSAR or CRDA, RBCR: remote DMA */
    uint8_t rx_config, tx_config, data_config; /* RCR, TCR, DCR */
    uint8_t missed;                            /* CNTR2 */
    uint8_t station[NET_ADDRESS];              /* PAR */
    uint8_t multicast[8];                      /* MAR */
    uint8_t prom[NE2000_PROM];
    uint8_t memory[NE2000_MEMORY];
    struct event tx_event;
    uint8_t mac[NET_ADDRESS];
    struct net_cable *cable;
};

extern const struct device_class ne2000_class;

/* Its place on the bus, its address, its cable (may be NULL). */
void ne2000_setup(struct ne2000 *nic, struct pci_bus *bus, unsigned slot,
                  const uint8_t mac[NET_ADDRESS], struct net_cable *cable);

#endif
