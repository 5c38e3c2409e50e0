/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gui/frontend.h - who sits before a machine: a window, a terminal, or nobody. Between two slices of
 * a run the front end shows what is new and hands over what was typed; input reaches the machine by
 * replay_input() alone, so that it is recorded with its tick like any other.
 */
#ifndef GUI_FRONTEND_H
#define GUI_FRONTEND_H

#include "machine/machine.h"

struct frontend;

struct frontend_class {
    const char *name;
    /* NULL: *error is one line. */
    struct frontend *(*open)(struct machine *machine, struct buf *error);
    void (*close)(struct frontend *fe);
    /* Input in, picture out, some sixty times a second. */
    void (*update)(struct frontend *fe);
    /* The machine stands: the debugger has the terminal now. NULL: nothing to do. */
    void (*stopped)(struct frontend *fe);
    /* The speaker is to be heard. False: *error is one line. NULL: this one has no sound. */
    bool (*listen)(struct frontend *fe, struct buf *error);
    bool shows_stopped; /* update() is wanted at the debugger's prompt too */
};

/* First member of each front end's own struct. */
struct frontend {
    const struct frontend_class *class;
    struct machine *machine;
    volatile bool *quit;     /* set when the user is done */
    volatile bool *break_in; /* set when the user wants the debugger */
    bool running;            /* false: the debugger has stopped the machine */
    bool closed;
    uint64_t next_update; /* nanoseconds of the host */
    /* Text that is being pasted. */
    struct buf paste;
    size_t pasted;
    unsigned no_keys; /* bytes of it that have no key */
    /* Speed. */
    uint64_t meter_time, meter_retired;
    double mips;
};

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#ifdef HAVE_SDL
extern const struct frontend_class frontend_sdl;
#endif

#ifdef HAVE_CURSES
extern const struct frontend_class frontend_curses;
#endif

/* By name ("sdl"); NULL: not in this build, or unknown. */
const struct frontend_class *frontend_find(const char *name);
/* "sdl, none": what this build has. */
void frontend_list(struct buf *text);

/* NULL: *error is one line. The flags are the caller's, and live longer. */
struct frontend *frontend_open(const struct frontend_class *class, struct machine *machine,
                               volatile bool *quit, volatile bool *break_in, struct buf *error);
void frontend_close(struct frontend *fe);
/* Between slices of a run; cheap while it is not time for the next picture. */
void frontend_poll(struct frontend *fe);
/* The debugger lets the machine go, or has stopped it. */
void frontend_running(struct frontend *fe, bool running);
/* At the debugger's prompt, many times a second. False: the user is done. */
bool frontend_idle(struct frontend *fe);

/* For front ends. */

uint64_t frontend_time(void); /* nanoseconds of the host */
void frontend_quit(struct frontend *fe);
void frontend_break_in(struct frontend *fe);
/* A key moves; not while the machine stands or is given what was recorded. */
void frontend_key(struct frontend *fe, unsigned key, bool pressed);
/* The mouse moves or has other buttons down; likewise. */
void frontend_mouse(struct frontend *fe, int dx, int dy, int dz, unsigned buttons);
/* Type a text, as fast as the guest takes it. */
void frontend_paste(struct frontend *fe, const char *text);
/* "tb  312 MIPS  long64" */
void frontend_describe(const struct frontend *fe, struct buf *text);
/* What the machine is called: the file that it was started with. */
const char *frontend_machine_name(const struct frontend *fe);

#endif
