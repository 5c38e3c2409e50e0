/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gui/sdl_api.c - find SDL2 and its functions. */
#include "gui/sdl_api.h"

#include <dlfcn.h>
#include <string.h>

bool sdl_api_load(struct sdl_api *api, struct buf *error)
{
    static const char *const names[] = {
#define SDL_NAME(name) "SDL_" #name,
        SDL_FUNCTIONS(SDL_NAME)
#undef SDL_NAME
    };
    void *functions[sizeof names / sizeof *names];

    api->library = dlopen("libSDL2-2.0.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!api->library) {
        buf_printf(error, "-display sdl: %s, expected SDL 2 (package libsdl2-2.0-0)", dlerror());
        return false;
    }
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        functions[i] = dlsym(api->library, names[i]);
        if (!functions[i]) {
            buf_printf(error, "-display sdl: SDL 2 has no %s, expected 2.0.16 or newer", names[i]);
            sdl_api_unload(api);
            return false;
        }
    }
    /* The members behind the first are these pointers, in this order. */
    memcpy((char *)api + sizeof api->library, functions, sizeof functions);
    return true;
}

void sdl_api_unload(struct sdl_api *api)
{
    if (api->library)
        dlclose(api->library);
    api->library = NULL;
}
