/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gui/sdl_api.h - SDL2, loaded when a window is asked for: a run without one pays nothing for the
 * libraries behind it, and the program starts where they are not installed.
 */
#ifndef GUI_SDL_API_H
#define GUI_SDL_API_H

#include <SDL.h>

#include "util/buf.h"

/* clang-format off */
#define SDL_FUNCTIONS(X)                                                                           \
    X(CloseAudioDevice) X(OpenAudioDevice) X(PauseAudioDevice)                                     \
    X(CreateRenderer) X(CreateTexture) X(CreateWindow) X(DestroyRenderer) X(DestroyTexture)        \
    X(DestroyWindow) X(GetClipboardText) X(GetDisplayUsableBounds) X(GetError)                     \
    X(GetRendererOutputSize) X(GetWindowDisplayIndex) X(GetWindowSize) X(InitSubSystem)            \
    X(PollEvent) X(QuitSubSystem) X(Quit) X(RenderClear) X(RenderCopy) X(RenderFillRect)           \
    X(RenderPresent) X(SetHint) X(SetRelativeMouseMode) X(SetRenderDrawBlendMode)                  \
    X(SetRenderDrawColor) X(SetTextureBlendMode) X(SetTextureColorMod) X(SetTextureScaleMode)      \
    X(SetWindowFullscreen) X(SetWindowKeyboardGrab) X(SetWindowMinimumSize) X(SetWindowSize)       \
    X(SetWindowTitle) X(StopTextInput) X(UpdateTexture) X(free)
/* clang-format on */

struct sdl_api {
    void *library;
#define SDL_MEMBER(name) __typeof__(SDL_##name) *name;
    SDL_FUNCTIONS(SDL_MEMBER)
#undef SDL_MEMBER
};

/* False: *error is one line. */
MUST_CHECK bool sdl_api_load(struct sdl_api *api, struct buf *error);
void sdl_api_unload(struct sdl_api *api);
/* The enum key at a place of the host's keyboard; KEY_NONE. */
unsigned sdl_key(SDL_Scancode code);

#endif
