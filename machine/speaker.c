/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/speaker.c - the cone is pushed while OUT of timer 2 and the speaker bit of port 61h are high,
 * and pulled while OUT is low. Each sample is the mean of as many looks as the timer has clocks in it.
 */
#include "machine/speaker.h"

#include "util/types.h"

enum { LOUDNESS = 8000, CHUNK = 512, SPEAKER_BIT = 2 };

void speaker_connect(struct speaker *speaker, struct pit *pit, struct port61 *port61)
{
    speaker->clock = pit->dev.clock;
    speaker->pit = pit;
    speaker->port61 = port61;
    pit->listen = port61->listen = speaker_catch_up;
    pit->listener = port61->listener = speaker;
}

/* The clock of the timer at which a sample begins. */
static uint64_t clock_of(uint64_t sample)
{
    return (uint64_t)((unsigned __int128)sample * PIT_HZ / SPEAKER_HZ);
}

static int16_t sample_at(const struct speaker *speaker, uint64_t sample)
{
    uint64_t from = clock_of(sample), to = clock_of(sample + 1);
    int64_t sum = 0;

    for (uint64_t at = from; at < to; at++)
        sum += pit_output_at(speaker->pit, 2, at) ? LOUDNESS : -LOUDNESS;
    return (int16_t)(sum / (int64_t)(to - from));
}

void speaker_catch_up(void *owner)
{
    struct speaker *speaker = owner;
    const struct speaker_sink *sink = &speaker->sink;
    uint64_t now = clock_ticks_to(speaker->clock, clock_now(speaker->clock), SPEAKER_HZ);
    int16_t samples[CHUNK];

    if (now <= speaker->position)
        return;
    if (!sink->write) {
        speaker->position = now;
    } else if (!(speaker->port61->control & SPEAKER_BIT)) {
        sink->write(sink->context, NULL, now - speaker->position);
        speaker->position = now;
    }
    while (speaker->position < now) {
        unsigned count = 0;

        while (count < CHUNK && speaker->position < now)
            samples[count++] = sample_at(speaker, speaker->position++);
        sink->write(sink->context, samples, count);
    }
}
