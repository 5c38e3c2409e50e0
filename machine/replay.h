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

/* Lines come first: INPUT_SOURCES is how many. INPUT_NETWORK and up: a frame for network card 0 ... */
enum input_source { INPUT_SERIAL, INPUT_DEBUGCON, INPUT_SOURCES, INPUT_NETWORK = INPUT_SOURCES };

struct input_record {
    uint64_t tick;
    enum input_source source;
    size_t offset, count; /* in bytes; 0 of them: what waited was offered to the device again */
};

struct input_log {
    struct input_record *records; /* by rising tick */
    size_t count, capacity;
    struct buf bytes;
};

void input_log_free(struct input_log *log);
/* The line that a source is. */
struct host_char *host_line(struct machine *machine, enum input_source source);
/* From now on the machine writes its input into *log, after what is there already; NULL: no more. */
void replay_attach(struct machine *machine, struct input_log *log);
/* A frame is about to be given to a network card. */
void replay_frame(struct machine *machine, unsigned index, const uint8_t *frame, size_t bytes);
/* Tick of the next record that this machine has not been given; UINT64_MAX: it has seen all. */
uint64_t replay_next(const struct machine *machine);
/* Between two instructions: records that are due, else (unless input_only) what the host has. */
void replay_poll(struct machine *machine);
/* Tick at which something from outside is due that is not in the log: replay_poll() is to be called. */
uint64_t replay_due(const struct machine *machine);

#endif
