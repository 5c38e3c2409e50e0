/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gui/sdl_audio.h - the PC speaker on the host's audio. The machine puts samples in and never waits;
 * nothing of the host's side comes back.
 */
#ifndef GUI_SDL_AUDIO_H
#define GUI_SDL_AUDIO_H

#include "gui/sdl_api.h"
#include "machine/speaker.h"

struct sdl_audio;

/* Hear this speaker from now on, beside who hears it already. NULL: *error is one line. */
struct sdl_audio *sdl_audio_open(const struct sdl_api *api, struct speaker *speaker,
                                 struct buf *error);
void sdl_audio_close(struct sdl_audio *audio);

#endif
