/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/e1000_phy.c - what the 82540EM has around its controller: the physical layer behind MDIC, the
 * 93C46 EEPROM behind EERD and EECD. Sources: Intel, "PCI/PCI-X Family of Gigabit Ethernet Controllers
 * Software Developer's Manual", "PHY Functionality and Features", "EEPROM Interface"; IEEE 802.3,
 * clause 22; Microchip 93C46 data sheet, "Instruction Set".
 */
#include "iodev/e1000_internal.h"
#include "util/bits.h"

enum {
    PHY_CONTROL = 0,
    PHY_STATUS = 1,
    PHY_ID1 = 2,
    PHY_ID2 = 3,
    PHY_ADVERTISED = 4,
    PHY_PARTNER = 5,
    PHY_EXPANSION = 6,
    PHY_1000_CONTROL = 9,
    PHY_1000_STATUS = 10,
    PHY_EXTENDED = 15,
    PHY_SPECIFIC = 16,
    PHY_SPECIFIC_STATUS = 17,
    PHY_EXTENDED_SPECIFIC = 20,

    CONTROL_RESET = 0x8000,
    CONTROL_LOOPBACK = 0x4000,
    CONTROL_RESTART = 0x0200,

    STATUS_DONE = 0x0020, /* auto-negotiation */
    STATUS_LINK = 0x0004,

    LINK_MS = 10, /* how long an agreement takes */
};

static const uint16_t phy_start[32] = {
    [PHY_CONTROL] = 0x1140, /* auto-negotiation, full duplex, 1000 Mbit/s */
    [PHY_STATUS] = 0x7949,  /* 10 and 100 Mbit/s, extended status, auto-negotiation */
    [PHY_ID1] = 0x0141,
    [PHY_ID2] = 0x0c20,
    [PHY_ADVERTISED] = 0x0de1,
    [PHY_1000_CONTROL] = 0x0e00,
    [PHY_EXTENDED] = 0x3000,
    [PHY_SPECIFIC] = 0x0360,
    [PHY_EXTENDED_SPECIFIC] = 0x0d60,
};

/* Bits that the guest can write. */
static const uint16_t phy_writable[32] = {
    [PHY_CONTROL] = 0x7d40,
    [PHY_ADVERTISED] = 0xffff,
    [7] = 0xffff,
    [PHY_1000_CONTROL] = 0xff00,
    [PHY_SPECIFIC] = 0xffff,
    [18] = 0xffff,
    [PHY_EXTENDED_SPECIFIC] = 0xffff,
    [24] = 0xffff,
    [29] = 0xffff,
    [30] = 0xffff,
};

/* What the registers say of an agreement with the far end, which can do all. */
static void link_registers(struct e1000 *nic)
{
    bool up = nic->link;

    nic->phy[PHY_STATUS] = (uint16_t)(phy_start[PHY_STATUS] | (up ? STATUS_DONE | STATUS_LINK : 0));
    nic->phy[PHY_PARTNER] = up ? 0x4de1 : 0;
    nic->phy[PHY_EXPANSION] = up ? 0x0001 : 0;
    nic->phy[PHY_1000_STATUS] = up ? 0x7c00 : 0;
    nic->phy[PHY_SPECIFIC_STATUS] = up ? 0xac00 : 0x8000;
}

void e1000_phy_reset(struct e1000 *nic)
{
    memcpy(nic->phy, phy_start, sizeof nic->phy);
    nic->link = nic->cable != NULL;
    link_registers(nic);
}

bool e1000_loops_back(const struct e1000 *nic)
{
    return nic->phy[PHY_CONTROL] & CONTROL_LOOPBACK || (nic->rctl & RCTL_LBM) == RCTL_LBM;
}

/* Both ends agree anew: the link is down for a while. */
static void negotiate(struct e1000 *nic)
{
    if (!nic->cable)
        return;
    if (nic->link) {
        nic->link = false;
        link_registers(nic);
        e1000_cause(nic, CAUSE_LSC);
    }
    clock_schedule(nic->dev.clock, &nic->link_event,
                   clock_now(nic->dev.clock) + clock_ticks_from(nic->dev.clock, LINK_MS, 1000));
}

void e1000_link_fires(void *owner)
{
    struct e1000 *nic = owner;

    nic->link = true;
    link_registers(nic);
    e1000_cause(nic, CAUSE_LSC);
    net_has_room(nic->cable);
}

static void phy_write(struct e1000 *nic, unsigned index, uint16_t value)
{
    uint16_t mask = phy_writable[index];

    if (index == PHY_CONTROL && value & CONTROL_RESET) {
        clock_cancel(nic->dev.clock, &nic->link_event);
        memcpy(nic->phy, phy_start, sizeof nic->phy);
        link_registers(nic);
        negotiate(nic);
        return;
    }
    nic->phy[index] = (uint16_t)((nic->phy[index] & ~mask) | (value & mask));
    if (index == PHY_CONTROL && value & CONTROL_RESTART)
        negotiate(nic);
}

enum {
    MDIC_WRITE = 1 << 26,
    MDIC_READ = 2 << 26,
    MDIC_READY = 1 << 28,
    MDIC_INTERRUPT = 1 << 29,
    MDIC_ERROR = 1 << 30,
};

void e1000_write_mdic(struct e1000 *nic, uint32_t value)
{
    unsigned index = value >> 16 & 31;

    nic->mdic = value & ~(uint32_t)(MDIC_ERROR | MDIC_READY);
    if ((value >> 21 & 31) != 1) /* the only one on the bus */
        nic->mdic |= MDIC_ERROR;
    else if (value & MDIC_READ)
        nic->mdic = (nic->mdic & 0xffff0000) | nic->phy[index];
    else if (value & MDIC_WRITE)
        phy_write(nic, index, (uint16_t)value);
    nic->mdic |= MDIC_READY;
    if (value & MDIC_INTERRUPT)
        e1000_cause(nic, CAUSE_MDAC);
}

/* The EEPROM */

enum {
    WORD_CONTROL1 = 0x0a, /* initialisation control: signature, identities come from here */
    WORD_SUBSYSTEM = 0x0b,
    WORD_SUBSYSTEM_VENDOR = 0x0c,
    WORD_DEVICE = 0x0d,
    WORD_VENDOR = 0x0e,
    WORD_CONTROL2 = 0x0f,
    WORD_SUM = 0x3f,
};
#define EEPROM_SUM 0xbaba

void e1000_eeprom_fill(struct e1000 *nic)
{
    uint16_t *word = nic->eeprom, sum = 0;

    memset(nic->eeprom, 0xff, sizeof nic->eeprom);
    for (unsigned i = 0; i < NET_ADDRESS / 2; i++)
        word[i] = (uint16_t)(nic->mac[2 * i] | nic->mac[2 * i + 1] << 8);
    word[3] = 0x0000; /* a network card, copper */
    word[WORD_CONTROL1] = 0x4403;
    word[WORD_SUBSYSTEM] = 0x001e;
    word[WORD_SUBSYSTEM_VENDOR] = 0x8086;
    word[WORD_DEVICE] = 0x100e;
    word[WORD_VENDOR] = 0x8086;
    word[WORD_CONTROL2] = 0x3040;
    for (unsigned i = 0; i < WORD_SUM; i++)
        sum = (uint16_t)(sum + word[i]);
    word[WORD_SUM] = (uint16_t)(EEPROM_SUM - sum);
}

enum { EERD_START = 1 << 0, EERD_DONE = 1 << 4 };

void e1000_write_eerd(struct e1000 *nic, uint32_t value)
{
    unsigned index = value >> 8 & 0xff;

    nic->eerd = value & 0xff00;
    if (value & EERD_START)
        nic->eerd |=
            EERD_DONE | (index < E1000_EEPROM_WORDS ? (uint32_t)nic->eeprom[index] << 16 : 0);
}

enum {
    EECD_CLOCK = 1 << 0,
    EECD_SELECT = 1 << 1,
    EECD_IN = 1 << 2,
    EECD_OUT = 1 << 3,
    EECD_REQUEST = 1 << 6,
    EECD_GRANT = 1 << 7,
    EECD_PRESENT = 1 << 8,
    EECD_WRITABLE = 0x77,

    /* A command: a start bit, two of operation, six of address. */
    COMMAND_BITS = 9,
    OP_EXTENDED = 0,
    OP_WRITE = 1,
    OP_READ = 2,
    OP_ERASE = 3,
};

/* The ninth bit of a command is in: what can be done without data is done. */
static void ee_command(struct e1000 *nic)
{
    unsigned address = nic->ee_in & 0x3f;

    switch (nic->ee_in >> 6 & 3) {
    case OP_READ:
        nic->ee_out = nic->eeprom[address]; /* behind a bit 16 that is 0 */
        break;
    case OP_ERASE:
        if (nic->ee_writable)
            nic->eeprom[address] = 0xffff;
        break;
    case OP_EXTENDED:
        if (address >> 4 == 0 || address >> 4 == 3) /* EWDS, EWEN */
            nic->ee_writable = address >> 4 == 3;
        else if (address >> 4 == 2 && nic->ee_writable) /* ERAL */
            memset(nic->eeprom, 0xff, sizeof nic->eeprom);
        break;
    default:
        break;
    }
}

/* One word of data has followed it. */
static void ee_data(struct e1000 *nic)
{
    unsigned address = nic->ee_in >> 16 & 0x3f, op = nic->ee_in >> 22 & 3;
    uint16_t word = (uint16_t)nic->ee_in;

    if (!nic->ee_writable)
        return;
    if (op == OP_WRITE)
        nic->eeprom[address] = word;
    for (unsigned i = 0; op == OP_EXTENDED && address >> 4 == 1 && i < E1000_EEPROM_WORDS; i++)
        nic->eeprom[i] = word; /* WRAL */
}

static void ee_clock(struct e1000 *nic, bool in)
{
    unsigned bits = nic->ee_bits;

    if (bits == 0 && !in)
        return; /* zeros before the start bit */
    if (bits < COMMAND_BITS + 16)
        nic->ee_in = nic->ee_in << 1 | in;
    if (bits < 255)
        nic->ee_bits = (uint8_t)(bits + 1);
    if (bits >= COMMAND_BITS)
        nic->ee_out = (nic->ee_out << 1) & 0x1ffff;
    if (bits + 1 == COMMAND_BITS) {
        nic->ee_out = 0xffff;
        ee_command(nic);
    } else if (bits + 1 == COMMAND_BITS + 16) {
        ee_data(nic);
        if ((nic->ee_in >> 22 & 3) == OP_READ) { /* the next word follows without a pause */
            uint32_t next = ((nic->ee_in >> 16) + 1) & 0x3f;

            nic->ee_in = 0x180 | next;
            nic->ee_bits = COMMAND_BITS;
            nic->ee_out |= nic->eeprom[next];
        }
    }
}

void e1000_write_eecd(struct e1000 *nic, uint32_t value)
{
    uint32_t old = nic->eecd;

    nic->eecd = value & EECD_WRITABLE;
    if (!(value & EECD_SELECT)) {
        nic->ee_bits = 0;
        nic->ee_in = 0;
        nic->ee_out = 0x1ffff; /* ready: writes take no time */
        return;
    }
    if (~old & value & EECD_CLOCK)
        ee_clock(nic, value & EECD_IN);
}

uint32_t e1000_read_eecd(const struct e1000 *nic)
{
    return nic->eecd | EECD_PRESENT | (nic->eecd & EECD_REQUEST ? EECD_GRANT : 0) |
           (nic->ee_out >> 16 & 1 ? EECD_OUT : 0);
}
