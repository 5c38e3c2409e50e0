/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_gui.c - front ends: when they look, what they hand to the machine; and the window,
 * on SDL's own display without a screen: its dots are the picture's, its keys reach the keyboard.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gui/frontend.h"
#include "gui/status.h"
#include "machine/pc.h"
#include "machine/screen.h"

#ifdef HAVE_SDL
#include <dlfcn.h>

#include "gui/sdl_api.h"
#endif

static struct machine_config config;
static struct machine *machine;
static struct frontend *fe;
static struct buf error;
static volatile bool quit, break_in;
static unsigned updates;

static void setup(void)
{
    int exit_code;

    config_defaults(&config);
    config.ram_bytes = MIB(2);
    config.quiet_bios = true;
    config.serial = "null";
    quit = break_in = false;
    updates = 0;
    machine = machine_create(&config, NULL, &error, &exit_code);
    ck_assert_msg(machine != NULL, "%s", buf_text(&error));
}

static void teardown(void)
{
    frontend_close(fe);
    fe = NULL;
    machine_destroy(machine);
    buf_free(&error);
}

/* ---- what all of them share --------------------------------------------------------------------- */

static struct frontend *fake_open(struct machine *m, struct buf *why)
{
    (void)m;
    (void)why;
    return xcalloc(1, sizeof(struct frontend));
}

static void fake_close(struct frontend *f)
{
    free(f);
}

static void fake_update(struct frontend *f)
{
    (void)f;
    updates++;
}

static const struct frontend_class fake = { .name = "fake",
                                            .open = fake_open,
                                            .close = fake_close,
                                            .update = fake_update,
                                            .shows_stopped = true };

static void open_fake(void)
{
    fe = frontend_open(&fake, machine, &quit, &break_in, &error);
    ck_assert(fe != NULL && machine->watched);
}

static void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

START_TEST(it_looks_sixty_times_a_second_at_most)
{
    open_fake();
    for (unsigned i = 0; i < 100000; i++)
        frontend_poll(fe);
    ck_assert_uint_ge(updates, 1);
    ck_assert_uint_le(updates, 20); /* 100000 calls are no 300 ms */
    sleep_ms(20);
    updates = 0;
    frontend_poll(fe);
    ck_assert_uint_eq(updates, 1);
    /* A step in the debugger is not worth a look. */
    sleep_ms(20);
    frontend_running(fe, true);
    frontend_poll(fe);
    ck_assert_uint_eq(updates, 1);
}
END_TEST

START_TEST(keys_reach_the_keyboard_while_the_machine_runs)
{
    struct input_log log = { 0 };

    open_fake();
    replay_attach(machine, &log);
    frontend_running(fe, true);
    frontend_key(fe, KEY_A, true);
    frontend_key(fe, KEY_A, false);
    ck_assert_uint_eq(machine->pc->typist->count, 2);
    ck_assert_uint_eq(machine->pc->typist->moves[0], KEY_A);
    ck_assert_uint_eq(machine->pc->typist->moves[1], KEY_A | TYPIST_RELEASE);
    ck_assert_uint_eq(log.count, 2);
    frontend_running(fe, false);
    frontend_key(fe, KEY_B, true);
    ck_assert_uint_eq(machine->pc->typist->count, 2);
    replay_attach(machine, NULL);
    input_log_free(&log);
}
END_TEST

START_TEST(pasted_text_waits_until_it_is_typed)
{
    struct buf text = { 0 };

    open_fake();
    for (unsigned i = 0; i < 3000; i++) /* more than fits at once */
        buf_add_text(&text, i % 100 ? "x" : "\r\n\xc3\xbc");
    frontend_paste(fe, buf_text(&text));
    sleep_ms(20);
    frontend_poll(fe);
    ck_assert_uint_ge(machine->pc->typist->count, 60);
    ck_assert_uint_le(machine->pc->typist->count, 70);
    for (unsigned rounds = 0; fe->paste.length && rounds < 400; rounds++) {
        machine->pc->typist->count = 0; /* all of it was typed */
        fe->next_update = 0;
        frontend_poll(fe);
    }
    ck_assert_uint_eq(fe->paste.length, 0);
    ck_assert_uint_eq(fe->no_keys, 60);
    buf_free(&text);
}
END_TEST

START_TEST(quit_and_break_in_stop_the_run)
{
    open_fake();
    frontend_running(fe, true);
    frontend_break_in(fe);
    ck_assert(break_in && machine->interrupt && !quit);
    ck_assert_int_eq(machine_run(machine, 1000000), MACHINE_REQUEST);
    machine->interrupt = false;
    frontend_quit(fe);
    ck_assert(quit && machine->interrupt);
    ck_assert(!frontend_idle(fe)); /* the debugger leaves, too */
}
END_TEST

START_TEST(a_halt_takes_its_time_when_somebody_looks_on)
{
    static const uint8_t halts[] = { 0xfb, 0xf4, 0xeb, 0xfc }; /* sti; hlt; jmp */
    uint64_t start, taken;

    machine_run(machine, 30000000); /* the firmware has programmed the timer */
    for (unsigned i = 0; i < sizeof halts; i++)
        space_write(&machine->memory, machine->cpu->seg[SEG_CS].base + machine->cpu->rip + i, 1,
                    halts[i]);
    start = frontend_time();
    machine_run(machine, 300000000);
    taken = frontend_time() - start;
    open_fake();
    start = frontend_time();
    machine_run(machine, 300000000); /* 300 ms at -ips 1G */
    ck_assert_uint_ge(frontend_time() - start, 250000000);
    ck_assert_uint_lt(taken, 250000000);
}
END_TEST

/* The glyphs are the firmware's: 'A' begins with two empty lines, a full block is full. */
START_TEST(the_font_is_code_page_437)
{
    const uint8_t *font = screen_font();
    uint32_t pixels[GLYPH_WIDTH * 2 * GLYPH_HEIGHT] = { 0 };
    struct canvas canvas = { pixels, GLYPH_WIDTH * 2, GLYPH_HEIGHT };

    ck_assert_uint_eq(font['A' * GLYPH_HEIGHT + 1], 0);
    ck_assert_uint_eq(font['A' * GLYPH_HEIGHT + 2], 0x10);
    for (unsigned i = 0; i < GLYPH_HEIGHT; i++)
        ck_assert_uint_eq(font[0xdb * GLYPH_HEIGHT + i], 0xff);
    ck_assert_uint_eq(canvas_text(&canvas, 0, 0, " \xdb too long", 7), 2 * GLYPH_WIDTH);
    for (unsigned i = 0; i < sizeof pixels / sizeof *pixels; i++)
        ck_assert_uint_eq(pixels[i], i % (2 * GLYPH_WIDTH) < GLYPH_WIDTH ? 0 : 7);
}
END_TEST

START_TEST(front_ends_have_names)
{
    struct buf text = { 0 };

    frontend_list(&text);
    ck_assert(strstr(buf_text(&text), "none") != NULL);
    ck_assert(frontend_find("none") == NULL && frontend_find("vnc") == NULL);
    buf_free(&text);
}
END_TEST

/* ---- the window --------------------------------------------------------------------------------- */

#ifdef HAVE_SDL
static struct {
    int (*push)(SDL_Event *event);
    SDL_Window *(*window)(Uint32 id);
    SDL_Renderer *(*renderer)(SDL_Window *window);
    int (*read)(SDL_Renderer *renderer, const SDL_Rect *rect, Uint32 format, void *pixels,
                int pitch);
    const char *(*title)(SDL_Window *window);
} sdl;

static void *find(void *library, const char *name)
{
    void *function = dlsym(library, name);

    ck_assert_msg(function != NULL, "%s", name);
    return function;
}

/* False: SDL is not installed here. */
static bool open_window(void)
{
    void *library = dlopen("libSDL2-2.0.so.0", RTLD_NOW | RTLD_NODELETE);

    if (!library) {
        puts("skipped window: libSDL2 is not installed");
        return false;
    }
    sdl.push = find(library, "SDL_PushEvent");
    sdl.window = find(library, "SDL_GetWindowFromID");
    sdl.renderer = find(library, "SDL_GetRenderer");
    sdl.read = find(library, "SDL_RenderReadPixels");
    sdl.title = find(library, "SDL_GetWindowTitle");
    if (!getenv("GUI_ON_DISPLAY")) {
        setenv("SDL_VIDEODRIVER", "dummy", 1);
        setenv("SDL_RENDER_DRIVER", "software", 1);
    }
    fe = frontend_open(&frontend_sdl, machine, &quit, &break_in, &error);
    ck_assert_msg(fe != NULL, "%s", buf_text(&error));
    return true;
}

static void look(bool running)
{
    fe->next_update = 0;
    if (running)
        frontend_poll(fe);
    else
        frontend_idle(fe);
}

static void push_key(SDL_Scancode code, SDL_Keycode symbol, unsigned mod, bool pressed)
{
    SDL_Event event = { .key = { .type = pressed ? SDL_KEYDOWN : SDL_KEYUP } };

    event.key.keysym.scancode = code;
    event.key.keysym.sym = symbol;
    event.key.keysym.mod = (Uint16)mod;
    ck_assert_int_eq(sdl.push(&event), 1);
}

/* The dots of the window, beginning with those of the picture. */
static uint32_t *window_dots(unsigned width, unsigned height)
{
    uint32_t *dots = xcalloc((size_t)width * height, sizeof *dots);
    SDL_Rect all = { 0, 0, (int)width, (int)height };

    ck_assert_int_eq(sdl.read(sdl.renderer(sdl.window(1)), &all, SDL_PIXELFORMAT_ARGB8888, dots,
                              (int)(width * 4)),
                     0);
    return dots;
}

static void dots_are_the_pictures(void)
{
    const struct picture *p = screen_picture(machine);
    uint32_t *dots = window_dots(p->width, p->height);

    for (unsigned y = 0; y < p->height; y++) {
        for (unsigned x = 0; x < p->width; x++)
            ck_assert_msg((dots[y * p->width + x] & 0xffffff) == p->pixels[y * p->stride + x],
                          "dot %u,%u", x, y);
    }
    free(dots);
}

/* A mode of the display interface, with something in it. */
static void set_mode(unsigned width, unsigned height)
{
    struct space *ports = &machine->ports;
    const unsigned values[][2] = { { 4, 0 }, { 1, width }, { 2, height }, { 3, 32 }, { 4, 0x41 } };

    for (unsigned i = 0; i < ARRAY_SIZE(values); i++) {
        space_write(ports, 0x1ce, 2, values[i][0]);
        space_write(ports, 0x1cf, 2, values[i][1]);
    }
}

static void fill(unsigned first_line, unsigned lines, unsigned pitch, uint32_t seed)
{
    struct vga *vga = machine->pc->vga;
    uint32_t *to = (uint32_t *)(void *)vga->memory + (size_t)first_line * pitch;
    uint64_t first = (vga->ram_offset + (uint64_t)first_line * pitch * 4) / PAGE_SIZE;

    for (size_t i = 0; i < (size_t)lines * pitch; i++)
        to[i] = (uint32_t)i * 2654435761u + seed;
    for (uint64_t page = 0; page <= (uint64_t)lines * pitch * 4 / PAGE_SIZE; page++)
        ram_set_dirty(&machine->ram, first + page);
}

START_TEST(the_window_shows_the_picture)
{
    if (!open_window())
        return;
    machine_run(machine, 30000000); /* the firmware has set the text mode */
    look(true);
    dots_are_the_pictures();
    set_mode(800, 600); /* SDL's own display is 1024x768 */
    fill(0, 600, 800, 1);
    look(true);
    look(true); /* the window has got its new size */
    dots_are_the_pictures();
    fill(300, 2, 800, 99); /* a part of it */
    look(true);
    dots_are_the_pictures();
    ck_assert(strstr(sdl.title(sdl.window(1)), "vitrine - ") != NULL);
    ck_assert(strstr(sdl.title(sdl.window(1)), "MIPS") != NULL);
}
END_TEST

START_TEST(a_stopped_machine_looks_stopped)
{
    const struct picture *p;
    uint32_t *dots;

    if (!open_window())
        return;
    set_mode(640, 480);
    fill(0, 480, 640, 1);
    look(true);
    frontend_running(fe, false);
    look(false);
    p = screen_picture(machine);
    dots = window_dots(p->width, p->height);
    ck_assert_uint_lt(dots[0] >> 8 & 0xff, 111);                   /* darker */
    ck_assert_uint_eq(dots[240 * 640 + 110] & 0xffffff, 0x303840); /* the words' background */
    free(dots);
    ck_assert(strstr(sdl.title(sdl.window(1)), "paused by debugger") != NULL);
    frontend_running(fe, true);
    look(true);
    dots_are_the_pictures();
}
END_TEST

START_TEST(keys_of_the_window_are_the_guests)
{
    struct typist *typist = machine->pc->typist;

    if (!open_window())
        return;
    look(true);
    push_key(SDL_SCANCODE_Z, SDLK_y, 0, true); /* by place: on a German keyboard it says Y */
    push_key(SDL_SCANCODE_Z, SDLK_y, 0, true);
    push_key(SDL_SCANCODE_Z, SDLK_y, 0, false);
    push_key(SDL_SCANCODE_KP_ENTER, SDLK_KP_ENTER, 0, true);
    push_key(SDL_SCANCODE_AC_HOME, SDLK_AC_HOME, 0, true); /* no PC has it */
    look(true);
    ck_assert_uint_eq(typist->count, 3);
    ck_assert_uint_eq(typist->moves[0], KEY_Z);
    ck_assert_uint_eq(typist->moves[1], KEY_Z | TYPIST_RELEASE);
    ck_assert_uint_eq(typist->moves[2], KEY_KP_ENTER);
    /* A hot key: what is held goes up, the letter stays here. */
    push_key(SDL_SCANCODE_D, SDLK_d, KMOD_LCTRL | KMOD_LALT, true);
    push_key(SDL_SCANCODE_D, SDLK_d, KMOD_LCTRL | KMOD_LALT, false);
    look(true);
    ck_assert(break_in);
    ck_assert_uint_eq(typist->count, 4);
    ck_assert_uint_eq(typist->moves[3], KEY_KP_ENTER | TYPIST_RELEASE);
    /* Nothing reaches a machine that stands. */
    frontend_running(fe, false);
    push_key(SDL_SCANCODE_Q, SDLK_q, 0, true);
    look(false);
    ck_assert_uint_eq(typist->count, 4);
}
END_TEST

static void hot_key(SDL_Scancode code, SDL_Keycode symbol)
{
    push_key(code, symbol, KMOD_RCTRL | KMOD_LALT, true);
    push_key(code, symbol, KMOD_RCTRL | KMOD_LALT, false);
    look(true);
    look(true); /* what the host says of it */
}

START_TEST(the_full_screen_has_no_status_line)
{
    uint32_t *dots;

    if (!open_window())
        return;
    set_mode(512, 384); /* half of SDL's own display */
    fill(0, 384, 512, 1);
    look(true);
    look(true);
    hot_key(SDL_SCANCODE_F, SDLK_f);
    dots = window_dots(1024, 768);
    for (unsigned y = 0; y < 768; y++) {
        for (unsigned x = 0; x < 1024; x++)
            ck_assert_uint_eq(dots[y * 1024 + x] & 0xffffff,
                              screen_picture(machine)->pixels[y / 2 * 512 + x / 2]);
    }
    free(dots);
    hot_key(SDL_SCANCODE_F, SDLK_f);
    dots_are_the_pictures();
}
END_TEST

static void push_button(bool pressed)
{
    SDL_Event event = { .button = { .type = pressed ? SDL_MOUSEBUTTONDOWN : SDL_MOUSEBUTTONUP,
                                    .button = SDL_BUTTON_LEFT,
                                    .state = pressed ? SDL_PRESSED : SDL_RELEASED } };

    ck_assert_int_eq(sdl.push(&event), 1);
}

/* A click gives the mouse to a guest that listens, Ctrl-Alt-G takes it back. */
START_TEST(the_mouse_is_the_guests_while_it_is_grabbed)
{
    struct ps2_mouse *mouse = machine->pc->mouse;
    SDL_Event motion = { .motion = { .type = SDL_MOUSEMOTION, .xrel = 7, .yrel = -3 } };
    SDL_Event wheel = { .wheel = { .type = SDL_MOUSEWHEEL, .y = 2 } };

    if (!open_window())
        return;
    look(true);
    push_button(true);
    sdl.push(&motion);
    look(true);
    ck_assert_int_eq(mouse->dx, 0);
    mouse->reporting = true;
    push_button(true);
    push_button(false);
    look(true);
    ck_assert_uint_eq(mouse->buttons, 0); /* the click that grabs it */
    push_button(true);
    sdl.push(&motion);
    sdl.push(&motion);
    sdl.push(&wheel);
    look(true);
    ck_assert_int_eq(mouse->dx, 14);
    ck_assert_int_eq(mouse->dy, -6);
    ck_assert_int_eq(mouse->dz, -2);
    ck_assert_uint_eq(mouse->buttons, MOUSE_LEFT);
    hot_key(SDL_SCANCODE_G, SDLK_g);
    sdl.push(&motion);
    look(true);
    ck_assert_uint_eq(mouse->buttons, 0);
    ck_assert_int_eq(mouse->dx, 14);
}
END_TEST

START_TEST(closing_the_window_asks_once)
{
    SDL_Event event = { .type = SDL_QUIT };

    if (!open_window())
        return;
    sdl.push(&event);
    look(true);
    ck_assert(!quit);
    sdl.push(&event);
    look(true);
    ck_assert(quit && fe->closed && machine->interrupt);
}
END_TEST

/* Not a judgement on the host, but on something gone wrong by a factor. */
START_TEST(a_full_picture_takes_milliseconds)
{
    uint64_t best = UINT64_MAX, idle = UINT64_MAX;

    if (!open_window())
        return;
    set_mode(1024, 768);
    look(true);
    for (unsigned i = 0; i < 50; i++) {
        uint64_t start;

        fill(0, 768, 1024, i);
        start = frontend_time();
        look(true);
        start = frontend_time() - start;
        best = start < best ? start : best;
        start = frontend_time();
        look(true);
        start = frontend_time() - start;
        idle = start < idle ? start : idle;
    }
    printf("1024x768x32: all of it new %.2f ms, nothing new %.1f us\n", (double)best / 1e6,
           (double)idle / 1e3);
    ck_assert_uint_lt(best, 100000000);
    ck_assert_uint_lt(idle, best / 2);
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("gui");
    TCase *tcase = tcase_create("gui");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, it_looks_sixty_times_a_second_at_most);
    tcase_add_test(tcase, keys_reach_the_keyboard_while_the_machine_runs);
    tcase_add_test(tcase, pasted_text_waits_until_it_is_typed);
    tcase_add_test(tcase, quit_and_break_in_stop_the_run);
    tcase_add_test(tcase, a_halt_takes_its_time_when_somebody_looks_on);
    tcase_add_test(tcase, the_font_is_code_page_437);
    tcase_add_test(tcase, front_ends_have_names);
#ifdef HAVE_SDL
    tcase_add_test(tcase, the_window_shows_the_picture);
    tcase_add_test(tcase, a_stopped_machine_looks_stopped);
    tcase_add_test(tcase, keys_of_the_window_are_the_guests);
    tcase_add_test(tcase, the_full_screen_has_no_status_line);
    tcase_add_test(tcase, the_mouse_is_the_guests_while_it_is_grabbed);
    tcase_add_test(tcase, closing_the_window_asks_once);
    tcase_add_test(tcase, a_full_picture_takes_milliseconds);
#endif
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
