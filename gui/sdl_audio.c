/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gui/sdl_audio.c - samples go from the machine's thread to SDL's through a ring without a lock: one
 * writes, one reads. A guest ahead of the host's time fills it, and what has no room is left out; one
 * that is behind, or stands, lets it run empty, and the last level fades instead of being cut.
 */
#include "gui/sdl_audio.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    RING = 8192,            /* a power of two */
    MOST = SPEAKER_HZ / 10, /* samples that may wait */
    LEAD = SPEAKER_HZ / 25, /* wait before the first is played: slices come unevenly */
    REST = SPEAKER_HZ,      /* silence that is handed on; after it the ring may run empty */
    DEVICE_SAMPLES = 1024,  /* that the host asks for at once */
    FADE = 128,             /* the level loses one part of so many with each sample */
};

_Static_assert(MOST <= RING && LEAD < MOST, "room for what may wait");

struct sdl_audio {
    const struct sdl_api *api;
    SDL_AudioDeviceID device;
    struct speaker *speaker;
    struct speaker_sink next; /* who heard it before */
    /* The machine's side. */
    uint64_t silent; /* samples since the last sound */
    /* Both: numbers of samples since the beginning, each written by one side alone. */
    atomic_uint in, out;
    int16_t ring[RING];
    /* The host's side. */
    bool playing;
    int level;
};

static void put(void *context, const int16_t *samples, uint64_t count)
{
    struct sdl_audio *audio = context;
    unsigned in = atomic_load_explicit(&audio->in, memory_order_relaxed);
    unsigned waiting = in - atomic_load_explicit(&audio->out, memory_order_acquire);
    unsigned room = waiting < MOST ? MOST - waiting : 0, n;

    if (audio->next.write)
        audio->next.write(audio->next.context, samples, count);
    if (samples)
        audio->silent = 0;
    else if (audio->silent >= REST)
        return;
    else
        audio->silent += count;
    n = count < room ? (unsigned)count : room;
    for (unsigned i = 0; i < n; i++)
        audio->ring[(in + i) % RING] = samples ? samples[i] : 0;
    atomic_store_explicit(&audio->in, in + n, memory_order_release);
}

/* In SDL's thread: the host wants so many bytes now. */
static void SDLCALL play(void *context, Uint8 *bytes, int length)
{
    struct sdl_audio *audio = context;
    int16_t *to = (int16_t *)(void *)bytes;
    unsigned out = atomic_load_explicit(&audio->out, memory_order_relaxed);
    unsigned waiting = atomic_load_explicit(&audio->in, memory_order_acquire) - out;

    if (waiting >= LEAD)
        audio->playing = true;
    for (int i = 0; i < length / 2; i++) {
        if (audio->playing && waiting) {
            audio->level = audio->ring[out++ % RING];
            waiting--;
        } else {
            audio->playing = false;
            audio->level -= audio->level / FADE;
            if (abs(audio->level) < FADE)
                audio->level = 0;
        }
        to[i] = (int16_t)audio->level;
    }
    atomic_store_explicit(&audio->out, out, memory_order_release);
}

/* ALSA writes lines of its own to stderr where there is no card: one line of ours is enough. */
static bool open_device(struct sdl_audio *audio)
{
    SDL_AudioSpec spec = { .freq = SPEAKER_HZ,
                           .format = AUDIO_S16SYS,
                           .channels = 1,
                           .samples = DEVICE_SAMPLES,
                           .callback = play,
                           .userdata = audio };
    int kept = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (kept >= 0 && null >= 0)
        dup2(null, STDERR_FILENO);
    if (audio->api->InitSubSystem(SDL_INIT_AUDIO) == 0)
        audio->device = audio->api->OpenAudioDevice(NULL, 0, &spec, NULL, 0);
    if (kept >= 0) {
        dup2(kept, STDERR_FILENO);
        close(kept);
    }
    if (null >= 0)
        close(null);
    return audio->device != 0;
}

struct sdl_audio *sdl_audio_open(const struct sdl_api *api, struct speaker *speaker,
                                 struct buf *error)
{
    struct sdl_audio *audio = xcalloc(1, sizeof *audio);

    audio->api = api;
    audio->speaker = speaker;
    audio->silent = REST;
    if (!open_device(audio)) {
        buf_printf(error, "-audio sdl: %s, expected an audio device", api->GetError());
        free(audio);
        return NULL;
    }
    audio->next = speaker->sink;
    speaker->sink = (struct speaker_sink){ put, audio };
    api->PauseAudioDevice(audio->device, 0);
    return audio;
}

void sdl_audio_close(struct sdl_audio *audio)
{
    if (!audio)
        return;
    audio->api->CloseAudioDevice(audio->device);
    speaker_catch_up(audio->speaker); /* the file behind us hears the rest */
    audio->speaker->sink = audio->next;
    free(audio);
}
