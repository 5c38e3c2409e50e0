/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/fake_cable.h - the far end of a network card's cable, and frames for both ends. */
#ifndef TESTS_FAKE_CABLE_H
#define TESTS_FAKE_CABLE_H

#include "iodev/net.h"
#include "tests/support/fake_board.h"

enum { FAKE_FRAMES = 64 };

struct fake_cable {
    struct net_cable cable;
    uint8_t sent[FAKE_FRAMES][NET_MOST]; /* by the card: the last ones, by number */
    size_t bytes[FAKE_FRAMES];
    unsigned count;
    unsigned rooms; /* how often it said that it has room */
};

extern const uint8_t fake_station[NET_ADDRESS], fake_peer[NET_ADDRESS];

void fake_cable_init(struct fake_cable *fake);
/* A frame to `address` from the peer, of an experimental type. Valid until the next call. */
uint8_t *fake_frame(const uint8_t *address, size_t bytes);

#endif
