/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/replay.h - what reached a machine from outside, stamped with its tick: recorded while it
 * runs, given again at the same ticks to another machine, or to the same one after going back.
 */
#ifndef MACHINE_REPLAY_H
#define MACHINE_REPLAY_H

#include "util/buf.h"

struct machine;
struct host_char;
struct media_deed;

enum input_source {
    INPUT_SERIAL, /* COM1 */
    INPUT_DEBUGCON,
    INPUT_COM2,
    INPUT_COM3,
    INPUT_COM4,
    INPUT_LINES,              /* those before have a struct host_char */
    INPUT_KEYS = INPUT_LINES, /* movements as in struct typist */
    INPUT_MOUSE,              /* replay_mouse() */
    INPUT_MEDIA,              /* a disc or diskette, out or in: the number of its media_deed */
    INPUT_NETWORK,            /* and up: a frame for network card 0 ... */
};

struct input_record {
    uint64_t tick;
    enum input_source source;
    size_t offset, count; /* in bytes; 0 of them: what waited was offered to the device again */
};

struct input_log {
    struct input_record *records; /* by rising tick */
    size_t count, capacity;
    struct buf bytes;
    struct media_deed *deeds; /* they hold their media */
    size_t deed_count;
};

void input_log_free(struct input_log *log);
/* The line that a source below INPUT_LINES is. */
struct host_char *host_line(struct machine *machine, enum input_source source);
/* From now on the machine writes its input into *log, after what is there already; NULL: no more. */
void replay_attach(struct machine *machine, struct input_log *log);
/*
 * What somebody does to a keyboard, or lets sendkey do: recorded, and given to the device now. False:
 * the device has no room, or what was recorded comes first; nothing has happened.
 */
MUST_CHECK bool replay_input(struct machine *machine, enum input_source source,
                             const uint8_t *bytes, size_t count);
/* The same for the mouse: dots right and down, notches towards the hand, MOUSE_LEFT ... */
MUST_CHECK bool replay_mouse(struct machine *machine, int dx, int dy, int dz, unsigned buttons);
/*
 * A hand at a drive: done now, and recorded. False: *error is one line; the guest may have been asked to
 * open the tray, which is recorded too.
 */
MUST_CHECK bool replay_media(struct machine *machine, const struct media_deed *deed,
                             struct buf *error);
/* The diskette of this file that the log holds, to be put in again; NULL: there is none. */
struct medium *replay_diskette(const struct machine *machine, const char *file);
/* A record of the log, to the device or the line that it is for. */
void replay_give(struct machine *machine, const struct input_log *log,
                 const struct input_record *record);
/* A frame is about to be given to a network card. */
void replay_frame(struct machine *machine, unsigned index, const uint8_t *frame, size_t bytes);
/* Tick of the next record that this machine has not been given; UINT64_MAX: it has seen all. */
uint64_t replay_next(const struct machine *machine);
/* Between two instructions: records that are due, else (unless input_only) what the host has. */
void replay_poll(struct machine *machine);
/* Tick at which something from outside is due that is not in the log: replay_poll() is to be called. */
uint64_t replay_due(const struct machine *machine);

#endif
