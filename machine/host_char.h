/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/host_char.h - the host's end of a serial line: terminal, file, pty, TCP, nothing.
 * Output never blocks the guest for long; input waits here until the device takes it.
 */
#ifndef MACHINE_HOST_CHAR_H
#define MACHINE_HOST_CHAR_H

#include "iodev/chardev.h"
#include "util/buf.h"
#include "util/field.h"
#include "util/log.h"

struct host_char {
    struct chardev line; /* plug this into a device */
    int in, out;         /* file descriptors, -1: none */
    int listener;        /* TCP server waiting for its peer, -1: none */
    bool close_in, close_out;
    bool terminal;     /* `in` is a terminal in raw mode: Ctrl-A is the escape key */
    bool escape;       /* Ctrl-A was typed */
    bool broken;       /* the far end is gone; output is dropped */
    bool no_output;    /* at end of a run without output wanted */
    struct buf output; /* not written yet */
    struct buf input;  /* read, not yet taken by the device */
    size_t input_taken;
    void (*watch)(void *context, const uint8_t *bytes, size_t count); /* sees all output */
    void *watch_context;
    /* Sees what is read, before the device is offered it; count 0: it takes what waited. */
    void (*heard)(void *context, const uint8_t *bytes, size_t count);
    void *heard_context;
    uint64_t sent;       /* bytes from the guest */
    uint64_t digest;     /* of all of them: two lines can be compared */
    uint64_t shown;      /* so many were passed on: a guest that was set back sends them again */
    volatile bool *quit; /* set by Ctrl-A x */
    volatile bool *break_in; /* set by Ctrl-A c: the debugger is wanted */
    struct log *log;
    void *saved_terminal; /* its mode before */
};

/*
 * Open what `spec` names: stdio, null, file:PATH, pty, tcp:HOST:PORT[,server[,nowait]].
 * False: *error is one line.
 */
MUST_CHECK bool host_char_open(struct host_char *host, const char *spec, struct log *log,
                               struct buf *error, int *exit_code);
void host_char_close(struct host_char *host);
/* Read what the host has, give the device what it takes, write what it sent. Does not block. */
void host_char_poll(struct host_char *host);
/* Input from elsewhere: after what waits already. */
void host_char_feed(struct host_char *host, const uint8_t *bytes, size_t count);
/* Wait for input for at most `nanoseconds`; true: there is some. */
bool host_char_wait(struct host_char *host, uint64_t nanoseconds);
void host_char_flush(struct host_char *host);
/* Can input ever come? */
bool host_char_has_input(const struct host_char *host);
/* Give the terminal back (debugger prompt), take it again. */
void host_char_suspend(struct host_char *host);
void host_char_resume(struct host_char *host);
/* What of it belongs to the state of a machine. What waits in `input` does, too. */
extern const struct field host_char_fields[];

#endif
