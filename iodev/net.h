/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/net.h - what a network is to a network card: a cable that carries Ethernet frames, without
 * their check sequence. A frame that is sent leaves at once; frames for the card are offered by the
 * machine at an exact tick, as long as the card says that it takes one.
 */
#ifndef IODEV_NET_H
#define IODEV_NET_H

#include "util/types.h"

enum {
    NET_ADDRESS = 6,       /* bytes of a station's address */
    NET_HEADER = 14,       /* destination, source, type */
    NET_LEAST = 60,        /* what a frame is filled up to, without its check sequence */
    NET_FCS = 4,           /* the check sequence */
    NET_USUAL_MOST = 1514, /* the longest frame that every station takes */
    NET_MOST = 16384,      /* ... that any card here sends or takes */
};

struct net_cable {
    /* The far end. Never blocks the guest. NULL: nobody listens. */
    void (*send)(void *host, const uint8_t *frame, size_t bytes);
    void *host;
    /* The card's end, set by the card. One that does not listen takes frames and drops them. */
    bool (*can_receive)(const void *device);
    void (*receive)(void *device, const uint8_t *frame, size_t bytes);
    void *device;
    /* Set by the machine: the card has room again. May be NULL. */
    void (*has_room)(void *host);
};

/* Both take a NULL cable: it is not plugged in. */
static inline void net_send(const struct net_cable *cable, const uint8_t *frame, size_t bytes)
{
    if (cable && cable->send)
        cable->send(cable->host, frame, bytes);
}

static inline void net_has_room(const struct net_cable *cable)
{
    if (cable && cable->has_room)
        cable->has_room(cable->host);
}

static inline bool net_is_broadcast(const uint8_t *address)
{
    return (address[0] & address[1] & address[2] & address[3] & address[4] & address[5]) == 0xff;
}

/* Groups of stations, all of them included. */
static inline bool net_is_multicast(const uint8_t *address)
{
    return address[0] & 1;
}

/* CRC-32 of IEEE 802.3 as it is on the wire: the check sequence, lowest byte first. */
uint32_t net_fcs(const uint8_t *bytes, size_t count);
/* The same shift register after an address, highest bit first: what hash filters index with. */
uint32_t net_address_crc(const uint8_t *address);
/*
 * Ones' complement sum of big-endian 16-bit words, added to `sum`; an odd last byte is the upper half
 * of a word. net_sum_fold() makes it the checksum of RFC 1071, not yet complemented.
 */
uint32_t net_sum(uint32_t sum, const uint8_t *bytes, size_t count);
uint16_t net_sum_fold(uint32_t sum);

static inline unsigned net_load16(const uint8_t *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

static inline void net_store16(uint8_t *bytes, unsigned value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

#endif
