/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/speaker.h - what the PC speaker sounds like: samples of 44.1 kHz, 16 bits, one channel, made
 * from the state of the 8254 and port 61h. It only listens: nothing here is state of the machine.
 */
#ifndef MACHINE_SPEAKER_H
#define MACHINE_SPEAKER_H

#include "iodev/port61.h"

#define SPEAKER_HZ 44100

/* Where samples go, in order and without gaps: to a file, or to a front end that plays them. */
struct speaker_sink {
    /* `samples` NULL: so many of silence. */
    void (*write)(void *context, const int16_t *samples, uint64_t count);
    void *context;
};

struct speaker {
    struct clock *clock;
    struct pit *pit;
    struct port61 *port61;
    struct speaker_sink sink; /* write NULL: nobody hears it */
    uint64_t position;        /* samples since tick 0 that were made */
};

/* Listen to these chips from now on: they tell before their state changes. */
void speaker_connect(struct speaker *speaker, struct pit *pit, struct port61 *port61);
/*
 * Make the samples up to now. The chips ask for it before they change; a front end that plays does so
 * whenever it wants more, at the end of a slice. A machine that was set back to an earlier tick makes
 * no sample twice.
 */
void speaker_catch_up(void *speaker);

#endif
