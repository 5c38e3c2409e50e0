/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/typist.h - hands for the keyboard: keys that wait, pressed one after the other. */
#ifndef IODEV_TYPIST_H
#define IODEV_TYPIST_H

#include "iodev/ps2_keyboard.h"

enum { TYPIST_MOVES = 4096 };

/* Everything is guest time, so that a checkpoint in the middle of a word goes on with the word. */
struct typist {
    struct device dev;
    uint8_t moves[TYPIST_MOVES]; /* a ring: enum key, TYPIST_RELEASE set to let it go */
    uint32_t first, count;
    struct event event;
    struct ps2_keyboard *keyboard;
};
enum { TYPIST_RELEASE = 0x80 };

extern const struct device_class typist_class;

/* So many movements after those that wait. False: there is no room, and none of them is kept. */
MUST_CHECK bool typist_move(struct typist *typist, const uint8_t *moves, size_t count);

#endif
