/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gui/frontend.c - what all front ends share: when to look, speed, pasted text, names. */
#include "gui/frontend.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "machine/keymap.h"
#include "machine/pc.h"

enum {
    UPDATE_NS = 16000000, /* 60 pictures a second */
    METER_NS = 500000000, /* speed is looked at so often */
    PASTE_WAITING = 64,   /* key movements that may wait while more is pasted */
};

static const struct frontend_class *const classes[] = {
#ifdef HAVE_SDL
    &frontend_sdl,
#endif
#ifdef HAVE_CURSES
    &frontend_curses,
#endif
    NULL,
};

const struct frontend_class *frontend_find(const char *name)
{
    for (unsigned i = 0; classes[i]; i++) {
        if (!strcmp(classes[i]->name, name))
            return classes[i];
    }
    return NULL;
}

void frontend_list(struct buf *text)
{
    for (unsigned i = 0; classes[i]; i++)
        buf_printf(text, "%s, ", classes[i]->name);
    buf_add_text(text, "none");
}

uint64_t frontend_time(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

struct frontend *frontend_open(const struct frontend_class *class, struct machine *machine,
                               volatile bool *quit, volatile bool *break_in, struct buf *error)
{
    struct frontend *fe = class->open(machine, error);

    if (!fe)
        return NULL;
    fe->class = class;
    fe->machine = machine;
    fe->quit = quit;
    fe->break_in = break_in;
    fe->meter_time = frontend_time();
    fe->meter_retired = cpu_retired(machine->cpu);
    machine->watched = true;
    return fe;
}

void frontend_close(struct frontend *fe)
{
    if (!fe)
        return;
    fe->machine->watched = false;
    buf_free(&fe->paste);
    fe->class->close(fe);
}

void frontend_quit(struct frontend *fe)
{
    fe->closed = true;
    *fe->quit = true;
    fe->machine->interrupt = true;
}

void frontend_break_in(struct frontend *fe)
{
    if (!fe->running)
        return;
    *fe->break_in = true;
    fe->machine->interrupt = true;
}

void frontend_key(struct frontend *fe, unsigned key, bool pressed)
{
    uint8_t move = (uint8_t)(key | (pressed ? 0 : TYPIST_RELEASE));

    if (fe->running) /* a key that cannot be taken is lost, as on a full keyboard */
        (void)!replay_input(fe->machine, INPUT_KEYS, &move, 1);
}

void frontend_mouse(struct frontend *fe, int dx, int dy, int dz, unsigned buttons)
{
    if (fe->running)
        (void)!replay_mouse(fe->machine, dx, dy, dz, buttons);
}

void frontend_paste(struct frontend *fe, const char *text)
{
    buf_add_text(&fe->paste, text);
}

static void paste_more(struct frontend *fe)
{
    struct buf error = { 0 };

    while (fe->pasted < fe->paste.length && fe->machine->pc->typist->count < PASTE_WAITING) {
        char c[2] = { (char)fe->paste.data[fe->pasted], 0 };
        bool pair = *c == '\r' && fe->pasted + 1 < fe->paste.length &&
                    fe->paste.data[fe->pasted + 1] == '\n';

        if (!fe->machine->input_only && replay_next(fe->machine) != UINT64_MAX)
            break;
        if (!pair && !keymap_type(fe->machine, c, &error))
            fe->no_keys++;
        buf_clear(&error);
        fe->pasted++;
    }
    if (fe->pasted == fe->paste.length) {
        buf_clear(&fe->paste);
        fe->pasted = 0;
    }
    buf_free(&error);
}

static void read_meter(struct frontend *fe, uint64_t now)
{
    uint64_t retired = cpu_retired(fe->machine->cpu), passed = now - fe->meter_time;

    if (passed < METER_NS)
        return;
    /* A machine that was set back has retired less. */
    fe->mips = retired < fe->meter_retired
                   ? 0
                   : (double)(retired - fe->meter_retired) / (double)passed * 1e3;
    fe->meter_time = now;
    fe->meter_retired = retired;
}

static void update(struct frontend *fe)
{
    uint64_t now = frontend_time();

    if (now < fe->next_update)
        return;
    fe->next_update = now + UPDATE_NS;
    read_meter(fe, now);
    if (fe->running && fe->paste.length)
        paste_more(fe);
    fe->class->update(fe);
}

void frontend_poll(struct frontend *fe)
{
    fe->running = true;
    update(fe);
}

void frontend_running(struct frontend *fe, bool running)
{
    fe->running = running;
    if (!running && fe->class->stopped)
        fe->class->stopped(fe);
    fe->next_update = frontend_time() + UPDATE_NS; /* a step need not be seen */
}

bool frontend_idle(struct frontend *fe)
{
    fe->running = false;
    if (fe->class->shows_stopped)
        update(fe);
    return !fe->closed;
}

void frontend_describe(const struct frontend *fe, struct buf *text)
{
    const struct cpu *cpu = fe->machine->cpu;

    buf_printf(text, "%s  ", cpu->engine->name);
    if (fe->running)
        buf_printf(text, "%.*f MIPS  ", fe->mips < 99.95 ? 1 : 0, fe->mips);
    buf_add_text(text, cpu_mode_name(cpu));
}

const char *frontend_machine_name(const struct frontend *fe)
{
    const struct machine_config *c = &fe->machine->config;
    const char *file = c->kernel ? c->kernel : c->flat_count ? c->flat[0].file : NULL;
    const char *slash;

    for (unsigned i = 0; !file && i < ARRAY_SIZE(c->ide_name); i++)
        file = c->ide_name[i];
    if (!file)
        return "vitrine";
    slash = strrchr(file, '/');
    return slash ? slash + 1 : file;
}
