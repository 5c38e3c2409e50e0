/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gui/sdl.c - a window: the picture, a status line below it, keys by their place on the keyboard. Only
 * lines that were drawn anew go to the host's texture, and nothing is presented while nothing changed.
 */
#include "gui/frontend.h"
#include "gui/sdl_api.h"
#include "gui/sdl_audio.h"
#include "gui/status.h"

#include <stdlib.h>
#include <string.h>

#include "machine/pc.h"
#include "machine/screen.h"

enum { ASK_SECONDS = 5, TITLE_NS = 1000000000 };

static const char paused_text[] = " Paused by debugger: type c ";

struct sdl {
    struct frontend fe; /* first member */
    struct sdl_api api;
    struct sdl_audio *audio; /* NULL: silent */
    SDL_Window *window;
    SDL_Renderer *renderer;
    SDL_Texture *screen, *bar, *paused;
    unsigned width, height;          /* of the picture that the texture is for */
    unsigned bar_width;              /* of its texture */
    int window_width, window_height; /* as we set it; another size is the user's */
    int return_width, return_height; /* before the full screen */
    uint64_t drawn;                  /* number of the drawing that the texture shows */
    bool present;                    /* the window is not up to date */
    bool full, grabbed;
    bool was_running;
    uint64_t close_until; /* host nanoseconds: the next attempt to close means it */
    uint64_t next_title;
    struct buf title;
    struct status status;
    int dx, dy, dz; /* of the mouse, since the last look */
    unsigned buttons;
    bool mouse_news;
    bool held[KEY_COUNT]; /* keys that the guest has seen going down */
};

/* ---- textures ---------------------------------------------------------------------------------- */

static SDL_Texture *make_texture(struct sdl *s, unsigned width, unsigned height)
{
    SDL_Texture *texture =
        s->api.CreateTexture(s->renderer, SDL_PIXELFORMAT_ARGB8888, SDL_TEXTUREACCESS_STREAMING,
                             (int)width, (int)height);

    if (texture)
        s->api.SetTextureBlendMode(texture, SDL_BLENDMODE_NONE);
    return texture;
}

static void drop(struct sdl *s, SDL_Texture **texture)
{
    if (*texture)
        s->api.DestroyTexture(*texture);
    *texture = NULL;
}

/* After the host lost them, too. */
static void drop_textures(struct sdl *s)
{
    drop(s, &s->screen);
    drop(s, &s->bar);
    drop(s, &s->paused);
    s->width = s->height = s->bar_width = 0;
    s->status.next_look = 0;
    s->present = true;
}

/* The window follows the picture, as long as the user has not given it a size of their own. */
static void fit_window(struct sdl *s, unsigned width, unsigned height)
{
    SDL_Rect room = { 0, 0, 1 << 14, 1 << 14 };
    int w, h, display = s->api.GetWindowDisplayIndex(s->window);

    s->api.GetWindowSize(s->window, &w, &h);
    if (s->full || w != s->window_width || h != s->window_height)
        return;
    if (display >= 0)
        s->api.GetDisplayUsableBounds(display, &room);
    s->window_width = (int)width < room.w ? (int)width : room.w;
    s->window_height = (int)height + STATUS_HEIGHT < room.h ? (int)height + STATUS_HEIGHT : room.h;
    s->api.SetWindowSize(s->window, s->window_width, s->window_height);
}

/* Lines that were drawn since the last time, in bands. */
static void update_screen(struct sdl *s)
{
    const struct picture *p = screen_picture(s->fe.machine);
    unsigned y = 0;

    if (s->screen && p->drawn == s->drawn && p->width == s->width && p->height == s->height)
        return;
    if (!p->width || !p->height)
        return;
    if (!s->screen || p->width != s->width || p->height != s->height) {
        drop(s, &s->screen);
        s->screen = make_texture(s, p->width, p->height);
        if (!s->screen)
            return;
        s->width = p->width;
        s->height = p->height;
        s->drawn = 0;
        fit_window(s, p->width, p->height);
    }
    while (y < p->height) {
        SDL_Rect band = { 0, (int)y, (int)p->width, 0 };

        for (; y < p->height && p->line_drawn[y] > s->drawn; y++)
            band.h++;
        if (band.h)
            s->api.UpdateTexture(s->screen, &band, p->pixels + (size_t)band.y * p->stride,
                                 (int)(p->stride * sizeof *p->pixels));
        else
            y++;
    }
    s->drawn = p->drawn;
    s->present = true;
}

static void update_bar(struct sdl *s)
{
    int width, height;
    struct canvas canvas;

    if (s->api.GetRendererOutputSize(s->renderer, &width, &height) || width <= 0)
        return;
    if (!s->bar || (unsigned)width != s->bar_width) {
        drop(s, &s->bar);
        s->bar = make_texture(s, (unsigned)width, STATUS_HEIGHT);
        s->bar_width = (unsigned)width;
        s->status.next_look = 0;
    }
    if (!status_look(&s->status, &s->fe, s->grabbed) || !s->bar)
        return;
    canvas = (struct canvas){ .width = s->bar_width, .height = STATUS_HEIGHT };
    canvas.pixels = xcalloc((size_t)canvas.width * canvas.height, sizeof *canvas.pixels);
    status_draw(&s->status, &s->fe, &canvas);
    s->api.UpdateTexture(s->bar, NULL, canvas.pixels, (int)(canvas.width * 4));
    free(canvas.pixels);
    s->present = true;
}

static void make_paused(struct sdl *s)
{
    struct canvas canvas = { .width = (sizeof paused_text - 1) * GLYPH_WIDTH,
                             .height = STATUS_HEIGHT };

    s->paused = make_texture(s, canvas.width, canvas.height);
    if (!s->paused)
        return;
    canvas.pixels = xcalloc((size_t)canvas.width * canvas.height, sizeof *canvas.pixels);
    canvas_fill(&canvas, 0x303840);
    canvas_text(&canvas, 0, (STATUS_HEIGHT - GLYPH_HEIGHT) / 2, paused_text, 0xffd75f);
    s->api.UpdateTexture(s->paused, NULL, canvas.pixels, (int)(canvas.width * 4));
    free(canvas.pixels);
}

/* ---- the window --------------------------------------------------------------------------------- */

/* The picture as large as it fits, dots square, in the middle. */
static SDL_Rect place_picture(const struct sdl *s, int width, int height)
{
    int w = width, h = (int)((int64_t)width * s->height / s->width);

    if (h > height) {
        h = height;
        w = (int)((int64_t)height * s->width / s->height);
    }
    return (SDL_Rect){ (width - w) / 2, (height - h) / 2, w, h };
}

static void present(struct sdl *s)
{
    bool bar = s->bar && (!s->full || s->status.message.length);
    SDL_Rect place, line;
    int width, height, below = s->full ? 0 : STATUS_HEIGHT;

    if (!s->screen || s->api.GetRendererOutputSize(s->renderer, &width, &height))
        return;
    if (height <= below || width <= 0)
        return;
    s->present = false;
    place = place_picture(s, width, height - below);
    s->api.SetRenderDrawColor(s->renderer, 0, 0, 0, 255);
    s->api.RenderClear(s->renderer);
    s->api.SetTextureScaleMode(s->screen, place.w % (int)s->width ? SDL_ScaleModeLinear
                                                                  : SDL_ScaleModeNearest);
    if (s->fe.running)
        s->api.SetTextureColorMod(s->screen, 255, 255, 255);
    else
        s->api.SetTextureColorMod(s->screen, 110, 110, 110);
    s->api.RenderCopy(s->renderer, s->screen, NULL, &place);
    if (!s->fe.running) {
        int w = (int)(sizeof paused_text - 1) * GLYPH_WIDTH, times = w * 2 <= width ? 2 : 1;

        if (!s->paused)
            make_paused(s);
        line = (SDL_Rect){ (width - w * times) / 2, (height - below - STATUS_HEIGHT * times) / 2,
                           w * times, STATUS_HEIGHT * times };
        if (s->paused)
            s->api.RenderCopy(s->renderer, s->paused, NULL, &line);
    }
    line = (SDL_Rect){ 0, height - STATUS_HEIGHT, width, STATUS_HEIGHT };
    if (bar)
        s->api.RenderCopy(s->renderer, s->bar, NULL, &line);
    s->api.RenderPresent(s->renderer);
}

static void update_title(struct sdl *s)
{
    uint64_t now = frontend_time();
    struct buf title = { 0 };

    if (now < s->next_title)
        return;
    s->next_title = now + TITLE_NS;
    buf_printf(&title, "%s - %s", frontend_machine_name(&s->fe),
               s->fe.running ? "" : "paused by debugger  ");
    frontend_describe(&s->fe, &title);
    if (strcmp(buf_text(&title), buf_text(&s->title)) != 0) {
        s->api.SetWindowTitle(s->window, buf_text(&title));
        buf_clear(&s->title);
        buf_add(&s->title, title.data, title.length);
    }
    buf_free(&title);
}

/* ---- input -------------------------------------------------------------------------------------- */

static void key(struct sdl *s, unsigned code, bool pressed)
{
    if (code == KEY_NONE || s->held[code] == pressed)
        return;
    s->held[code] = pressed;
    frontend_key(&s->fe, code, pressed);
}

/* The window loses the keyboard, or a hot key was pressed: nothing stays down in the guest. */
static void let_go(struct sdl *s)
{
    for (unsigned code = KEY_NONE + 1; code < KEY_COUNT; code++)
        key(s, code, false);
}

static void grab(struct sdl *s, bool grabbed)
{
    s->grabbed = grabbed;
    s->api.SetRelativeMouseMode(grabbed ? SDL_TRUE : SDL_FALSE);
    if (!grabbed && s->buttons) {
        s->buttons = 0;
        s->mouse_news = true;
    }
    s->api.SetWindowKeyboardGrab(s->window, grabbed ? SDL_TRUE : SDL_FALSE);
    s->status.next_look = 0;
}

static void full_screen(struct sdl *s)
{
    bool full = !s->full;

    if (full)
        s->api.GetWindowSize(s->window, &s->return_width, &s->return_height);
    if (s->api.SetWindowFullscreen(s->window, full ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0))
        return;
    s->full = full;
    if (!full) /* where no window manager remembers it */
        s->api.SetWindowSize(s->window, s->return_width, s->return_height);
    s->present = true;
}

static void paste(struct sdl *s)
{
    char *text = s->api.GetClipboardText();

    if (text && *text) {
        status_message(&s->status, 2, "Typing %zu bytes", strlen(text));
        frontend_paste(&s->fe, text);
    } else {
        status_message(&s->status, 2, "The clipboard has no text");
    }
    s->api.free(text);
}

static void screenshot(struct sdl *s)
{
    struct machine *machine = s->fe.machine;
    struct buf error = { 0 };
    char path[64];

    snprintf(path, sizeof path, "vitrine-%llu.png", (unsigned long long)clock_now(&machine->clock));
    if (screen_save(machine, path, &error))
        status_message(&s->status, 3, "Wrote %s", path);
    else
        status_message(&s->status, 5, "%s", buf_text(&error));
    buf_free(&error);
}

/* Ctrl-Alt and a letter. False: it is the guest's. */
static bool hot_key(struct sdl *s, SDL_Keycode letter)
{
    switch (letter) {
    case SDLK_f:
        full_screen(s);
        break;
    case SDLK_g:
        grab(s, !s->grabbed);
        break;
    case SDLK_v:
        let_go(s); /* the text is typed without Ctrl and Alt */
        paste(s);
        return true;
    case SDLK_s:
        screenshot(s);
        break;
    case SDLK_d:
        frontend_break_in(&s->fe);
        break;
    default:
        return false;
    }
    let_go(s);
    return true;
}

static void close_window(struct sdl *s)
{
    uint64_t now = frontend_time();

    if (now < s->close_until) {
        frontend_quit(&s->fe);
        return;
    }
    s->close_until = now + ASK_SECONDS * UINT64_C(1000000000);
    status_message(&s->status, ASK_SECONDS, "Close the window again to switch the machine off");
}

static void window_event(struct sdl *s, const SDL_WindowEvent *event)
{
    switch (event->event) {
    case SDL_WINDOWEVENT_EXPOSED:
    case SDL_WINDOWEVENT_SIZE_CHANGED:
    case SDL_WINDOWEVENT_RESTORED:
    case SDL_WINDOWEVENT_SHOWN:
        s->present = true;
        break;
    case SDL_WINDOWEVENT_FOCUS_LOST:
        let_go(s);
        if (s->grabbed)
            grab(s, false);
        break;
    default:
        break;
    }
}

/* A click takes the mouse for a guest that listens to it; the click itself is not the guest's. */
static void button(struct sdl *s, const SDL_MouseButtonEvent *event)
{
    unsigned bit = event->button == SDL_BUTTON_LEFT     ? MOUSE_LEFT
                   : event->button == SDL_BUTTON_RIGHT  ? MOUSE_RIGHT
                   : event->button == SDL_BUTTON_MIDDLE ? MOUSE_MIDDLE
                                                        : 0;

    if (!s->grabbed) {
        if (event->state == SDL_PRESSED && s->fe.running && s->fe.machine->pc->mouse->reporting)
            grab(s, true);
        return;
    }
    s->buttons = event->state == SDL_PRESSED ? s->buttons | bit : s->buttons & ~bit;
    frontend_mouse(&s->fe, s->dx, s->dy, s->dz, s->buttons); /* a short click is one, too */
    s->dx = s->dy = s->dz = 0;
}

static void take_events(struct sdl *s)
{
    SDL_Event event;

    while (s->api.PollEvent(&event)) {
        switch (event.type) {
        case SDL_KEYDOWN:
            if (event.key.repeat) /* the guest's keyboard repeats by itself */
                break;
            if (!(event.key.keysym.mod & KMOD_CTRL && event.key.keysym.mod & KMOD_LALT &&
                  hot_key(s, event.key.keysym.sym)))
                key(s, sdl_key(event.key.keysym.scancode), true);
            break;
        case SDL_KEYUP:
            key(s, sdl_key(event.key.keysym.scancode), false);
            break;
        case SDL_MOUSEMOTION:
            if (s->grabbed) {
                s->dx += event.motion.xrel;
                s->dy += event.motion.yrel;
                s->mouse_news = true;
            }
            break;
        case SDL_MOUSEWHEEL:
            if (s->grabbed) {
                s->dz -= event.wheel.y; /* away from the hand is positive there */
                s->mouse_news = true;
            }
            break;
        case SDL_MOUSEBUTTONDOWN:
        case SDL_MOUSEBUTTONUP:
            button(s, &event.button);
            break;
        case SDL_WINDOWEVENT:
            window_event(s, &event.window);
            break;
        case SDL_QUIT:
            close_window(s);
            break;
        case SDL_RENDER_TARGETS_RESET:
        case SDL_RENDER_DEVICE_RESET:
            drop_textures(s);
            break;
        default:
            break;
        }
    }
}

/* ---- the front end ------------------------------------------------------------------------------ */

static void sdl_update(struct frontend *fe)
{
    struct sdl *s = (struct sdl *)fe;

    if (s->audio && fe->running)
        speaker_catch_up(&fe->machine->pc->speaker);
    take_events(s);
    if (s->mouse_news) {
        frontend_mouse(fe, s->dx, s->dy, s->dz, s->buttons);
        s->dx = s->dy = s->dz = 0;
        s->mouse_news = false;
    }
    if (fe->running != s->was_running) {
        s->was_running = fe->running;
        s->present = true;
        s->next_title = s->status.next_look = 0;
        if (!fe->running && s->grabbed)
            grab(s, false);
    }
    if (fe->no_keys && !fe->paste.length) {
        status_message(&s->status, 4, "%u bytes have no key on a US keyboard, and were left out",
                       fe->no_keys);
        fe->no_keys = 0;
    }
    update_screen(s);
    update_bar(s);
    update_title(s);
    if (s->present)
        present(s);
}

static void sdl_close(struct frontend *fe)
{
    struct sdl *s = (struct sdl *)fe;

    sdl_audio_close(s->audio);
    if (s->renderer)
        drop_textures(s);
    if (s->renderer)
        s->api.DestroyRenderer(s->renderer);
    if (s->window)
        s->api.DestroyWindow(s->window);
    if (s->api.library)
        s->api.Quit();
    sdl_api_unload(&s->api);
    status_free(&s->status);
    buf_free(&s->title);
    free(s);
}

static bool sdl_listen(struct frontend *fe, struct buf *error)
{
    struct sdl *s = (struct sdl *)fe;

    if (!fe->machine->pc || !fe->machine->pc->speaker.pit) /* a processor alone makes no sound */
        return true;
    s->audio = sdl_audio_open(&s->api, &fe->machine->pc->speaker, error);
    return s->audio;
}

static struct frontend *sdl_open(struct machine *machine, struct buf *error)
{
    struct sdl *s = xcalloc(1, sizeof *s);

    (void)machine;
    s->window_width = 720;
    s->window_height = 400 + STATUS_HEIGHT;
    if (!sdl_api_load(&s->api, error)) {
        free(s);
        return NULL;
    }
    s->api.SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1"); /* Ctrl-C and SIGTERM are main.c's */
    s->api.SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
    s->api.SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    if (s->api.InitSubSystem(SDL_INIT_VIDEO) == 0) {
        s->window = s->api.CreateWindow("vitrine", SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
                                        s->window_width, s->window_height, SDL_WINDOW_RESIZABLE);
        if (s->window)
            s->renderer = s->api.CreateRenderer(s->window, -1, 0);
    }
    if (!s->renderer) {
        buf_printf(error, "-display sdl: %s, expected a display to open a window on",
                   s->api.GetError());
        sdl_close(&s->fe);
        return NULL;
    }
    s->api.SetWindowMinimumSize(s->window, 160, 100 + STATUS_HEIGHT);
    s->api.StopTextInput(); /* keys, not characters: no input method in between */
    s->present = true;
    return &s->fe;
}

const struct frontend_class frontend_sdl = {
    .name = "sdl",
    .open = sdl_open,
    .close = sdl_close,
    .update = sdl_update,
    .listen = sdl_listen,
    .shows_stopped = true,
};
