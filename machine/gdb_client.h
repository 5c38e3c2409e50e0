/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/gdb_client.h - the client's end of gdb's remote protocol: packets over a socket, and the
 * few requests by which a foreign emulator is led. Whatever the stub sends is looked at as hostile:
 * lengths, checksums, digits and times are bounded, and what breaks a bound is one line of error.
 * Source: "Debugging with GDB", appendix "GDB Remote Serial Protocol".
 */
#ifndef MACHINE_GDB_CLIENT_H
#define MACHINE_GDB_CLIENT_H

#include "util/buf.h"

#define GDB_REGISTERS_MOST 256
#define GDB_REGISTER_BYTES 64 /* the widest that is taken */

/* A register of the target description, and where it lies in the answer to `g`. */
struct gdb_register {
    char name[24];
    unsigned number; /* for `P` */
    unsigned bytes;
    unsigned offset; /* bytes from the start of the `g` packet */
};

struct gdb_target {
    struct gdb_register reg[GDB_REGISTERS_MOST];
    unsigned count;
    unsigned bytes; /* of all */
};

struct gdb_client {
    int fd;                         /* -1: not connected */
    char address[96];               /* "HOST:PORT" or "unix:PATH", for messages */
    int answer_ms;                  /* time limits: an answer, ... */
    int run_ms;                     /* ... and a stop after `c` */
    const volatile bool *interrupt; /* ends a wait; NULL: nothing does */
    size_t packet_size;             /* characters that the stub takes and sends */
    struct gdb_target target;
    bool failed; /* *error was filled: nothing is sent any more */
    struct buf error;
    struct buf sent, answer;
    uint8_t in[16384];
    size_t in_at, in_count;
};

/*
 * Connect to "HOST:PORT", ":PORT" or "unix:PATH". All of these return false after an error:
 * client->error is one line, "gdb:ADDRESS: fact, expectation".
 */
MUST_CHECK bool gdb_connect(struct gdb_client *client, const char *address);
void gdb_close(struct gdb_client *client);

/* One packet there, the answer into client->answer, unescaped and 0-terminated. */
MUST_CHECK bool gdb_request(struct gdb_client *client, const char *format, ...) PRINTF_LIKE(2, 3);
/* The same where the answer must be "OK"; `what` is named if it is not. */
MUST_CHECK bool gdb_command(struct gdb_client *client, const char *what, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* qSupported and the target description. */
MUST_CHECK bool gdb_describe(struct gdb_client *client);

/* All registers: target.bytes. known[i]: register i was available. */
MUST_CHECK bool gdb_read_registers(struct gdb_client *client, uint8_t *bytes,
                                   bool known[GDB_REGISTERS_MOST]);
MUST_CHECK bool gdb_write_register(struct gdb_client *client, const struct gdb_register *reg,
                                   const uint8_t *bytes);
MUST_CHECK bool gdb_read_memory(struct gdb_client *client, uint64_t address, uint8_t *to,
                                size_t bytes);
MUST_CHECK bool gdb_write_memory(struct gdb_client *client, uint64_t address, const uint8_t *from,
                                 size_t bytes);
/* One step; *signal is what it stopped with (5: SIGTRAP). */
MUST_CHECK bool gdb_step(struct gdb_client *client, unsigned *signal);
/* Until the instruction at this linear address is next. */
MUST_CHECK bool gdb_run_to(struct gdb_client *client, uint64_t address);
/* Say what went wrong, with the address in front; returns false. */
bool gdb_fail(struct gdb_client *client, const char *format, ...) PRINTF_LIKE(2, 3);

/* ---- gdb_target.c ---- */

/* Fetches one file of the description ("target.xml") into *text. */
typedef bool (*gdb_fetch_fn)(void *context, const char *name, struct buf *text);
/*
 * The registers that target.xml and the files it includes name, in the order of the `g` packet.
 * False: *why says what is wrong with the description, or is empty when fetch() failed.
 */
MUST_CHECK bool gdb_target_parse(struct gdb_target *target, gdb_fetch_fn fetch, void *context,
                                 struct buf *why);
const struct gdb_register *gdb_target_find(const struct gdb_target *target, const char *name);

#endif
