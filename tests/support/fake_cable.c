/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/fake_cable.c - the far end of a network card's cable. */
#include "tests/support/fake_cable.h"

#include <stdlib.h>
#include <string.h>

const uint8_t fake_station[NET_ADDRESS] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 };
const uint8_t fake_peer[NET_ADDRESS] = { 0x52, 0x55, 0x0a, 0x00, 0x02, 0x02 };

static void take(void *host, const uint8_t *frame, size_t bytes)
{
    struct fake_cable *fake = host;
    unsigned index = fake->count++ % FAKE_FRAMES;

    if (bytes > NET_MOST)
        abort();
    memcpy(fake->sent[index], frame, bytes);
    fake->bytes[index] = bytes;
}

static void room(void *host)
{
    ((struct fake_cable *)host)->rooms++;
}

void fake_cable_init(struct fake_cable *fake)
{
    memset(fake, 0, sizeof *fake);
    fake->cable = (struct net_cable){ .send = take, .host = fake, .has_room = room };
}

uint8_t *fake_frame(const uint8_t *address, size_t bytes)
{
    static uint8_t frame[NET_MOST + 100];

    for (size_t i = 0; i < bytes; i++)
        frame[i] = (uint8_t)(i * 7);
    memcpy(frame, address, NET_ADDRESS);
    memcpy(frame + NET_ADDRESS, fake_peer, NET_ADDRESS);
    net_store16(frame + 12, 0x88b5);
    return frame;
}
