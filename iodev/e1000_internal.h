/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/e1000_internal.h - what the parts of the 82540EM know of each other. Names of registers and
 * bits as in Intel's "PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual".
 */
#ifndef IODEV_E1000_INTERNAL_H
#define IODEV_E1000_INTERNAL_H

#include "iodev/e1000.h"

enum e1000_ctrl {
    CTRL_SLU = 1 << 6,
    CTRL_RST = 1 << 26,
    CTRL_VME = 1 << 30,
};
#define CTRL_PHY_RST UINT32_C(0x80000000)

enum e1000_status { STATUS_FD = 1 << 0, STATUS_LU = 1 << 1, STATUS_1000 = 2 << 6 };

/* Causes of interrupts: ICR, ICS, IMS, IMC. */
enum e1000_cause {
    CAUSE_TXDW = 1 << 0,   /* a descriptor was written back */
    CAUSE_TXQE = 1 << 1,   /* the transmit queue is empty */
    CAUSE_LSC = 1 << 2,    /* the link came or went */
    CAUSE_RXDMT0 = 1 << 4, /* few receive descriptors are left */
    CAUSE_RXO = 1 << 6,    /* a frame was lost for want of them */
    CAUSE_RXT0 = 1 << 7,   /* received */
    CAUSE_MDAC = 1 << 9,   /* MDIC is ready */
    CAUSE_ALL = 0x1ffff,
};

enum e1000_rctl {
    RCTL_EN = 1 << 1,
    RCTL_UPE = 1 << 3,
    RCTL_MPE = 1 << 4,
    RCTL_LPE = 1 << 5,
    RCTL_LBM = 3 << 6,
    RCTL_BAM = 1 << 15,
    RCTL_VFE = 1 << 18,
    RCTL_BSEX = 1 << 25,
    RCTL_SECRC = 1 << 26,
};

enum { TCTL_EN = 1 << 1, TCTL_PSP = 1 << 3 };

/* Counters, as indices from 4000h. */
enum e1000_statistic {
    STAT_MPC = 0x10 / 4,
    STAT_PRC64 = 0x5c / 4, /* six size classes */
    STAT_GPRC = 0x74 / 4,
    STAT_BPRC = 0x78 / 4,
    STAT_MPRC = 0x7c / 4,
    STAT_GPTC = 0x80 / 4,
    STAT_GORC = 0x88 / 4, /* 64 bits */
    STAT_GOTC = 0x90 / 4,
    STAT_RNBC = 0xa0 / 4,
    STAT_ROC = 0xac / 4,
    STAT_TOR = 0xc0 / 4,
    STAT_TOT = 0xc8 / 4,
    STAT_TPR = 0xd0 / 4,
    STAT_TPT = 0xd4 / 4,
    STAT_PTC64 = 0xd8 / 4,
    STAT_MPTC = 0xf0 / 4,
    STAT_BPTC = 0xf4 / 4,
    STAT_TSCTC = 0xf8 / 4,
    STAT_TSCTFC = 0xfc / 4,
};

enum { E1000_DESCRIPTOR = 16 }; /* bytes */

/* The ring's descriptors; 0: none. */
static inline uint32_t e1000_ring(uint32_t length)
{
    return length / E1000_DESCRIPTOR;
}

void e1000_cause(struct e1000 *nic, uint32_t bits);
void e1000_count(struct e1000 *nic, enum e1000_statistic index);
void e1000_count_bytes(struct e1000 *nic, enum e1000_statistic index, uint64_t bytes);
/* One of six size classes from `first` on, for a frame of so many bytes with its check sequence. */
void e1000_count_size(struct e1000 *nic, enum e1000_statistic first, uint32_t bytes);
/* Ticks of so many units of 1.024 us, as the delay registers count. */
uint64_t e1000_delay(const struct e1000 *nic, uint32_t units);

/* e1000_tx.c */
void e1000_tx_kick(struct e1000 *nic); /* there may be something to send */
void e1000_tx_fires(void *owner);      /* tx_event */
/* e1000_rx.c */
bool e1000_can_receive(const void *device);
void e1000_receive(void *device, const uint8_t *frame, size_t bytes);
/* e1000_phy.c: PHY and EEPROM */
void e1000_phy_reset(struct e1000 *nic);
void e1000_link_fires(void *owner);
void e1000_write_mdic(struct e1000 *nic, uint32_t value);
void e1000_eeprom_fill(struct e1000 *nic);
void e1000_write_eerd(struct e1000 *nic, uint32_t value);
void e1000_write_eecd(struct e1000 *nic, uint32_t value);
uint32_t e1000_read_eecd(const struct e1000 *nic);
bool e1000_loops_back(const struct e1000 *nic);

#endif
