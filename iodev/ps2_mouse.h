/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/ps2_mouse.h - PS/2 mouse with three buttons and a wheel. */
#ifndef IODEV_PS2_MOUSE_H
#define IODEV_PS2_MOUSE_H

#include "iodev/device.h"
#include "iodev/ps2.h"

enum { PS2_MOUSE_PACKET = 4, PS2_MOUSE_REPLIES = 8 };
enum { MOUSE_LEFT = 1, MOUSE_RIGHT = 2, MOUSE_MIDDLE = 4 };

struct ps2_mouse {
    struct device dev;
    uint8_t replies[PS2_MOUSE_REPLIES]; /* answers to commands: they go first */
    uint8_t reply_count;
    uint8_t packet[PS2_MOUSE_PACKET]; /* of movement, what is left of it */
    uint8_t packet_count;
    uint8_t last[PS2_MOUSE_REPLIES]; /* packet or answer sent last, for the resend command */
    uint8_t last_count;
    int16_t dx, dy, dz;            /* moved and not reported yet: right, down, towards the hand */
    uint8_t buttons, told_buttons; /* MOUSE_LEFT ...; as the last packet had them */
    uint8_t id;                    /* 0; 3: packets have a fourth byte, the wheel */
    uint8_t sample_rate;           /* packets a second */
    uint8_t resolution;            /* 0-3: 1, 2, 4, 8 counts a millimetre; kept, not applied */
    uint8_t knock[2];              /* the last two sample rates: 200, 100, 80 shows the wheel */
    uint8_t command;               /* whose argument is awaited; 0: none */
    bool scaling;                  /* 2:1 */
    bool reporting, remote, wrap;
    bool bad;     /* the last byte was refused */
    bool testing; /* the self test after a reset command is running */
    uint64_t due; /* tick of the next packet or the end of the self test */
    struct event event;
    struct ps2_cable cable; /* plug it into a controller */
};

extern const struct device_class ps2_mouse_class;

/* The hand moves it: dots to the right and down, notches of the wheel towards the hand. */
void ps2_mouse_move(struct ps2_mouse *mouse, int dx, int dy, int dz);
void ps2_mouse_buttons(struct ps2_mouse *mouse, unsigned buttons);

#endif
