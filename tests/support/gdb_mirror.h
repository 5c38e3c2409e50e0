/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/support/gdb_mirror.h - a stub of gdb's remote protocol before a second machine of ours, with
 * QEMU's manners: the far end of a comparison, without QEMU, in a process of its own. It can be wrong on
 * purpose. Its machine has no interrupts and no events, and is good for real mode only.
 */
#ifndef TESTS_SUPPORT_GDB_MIRROR_H
#define TESTS_SUPPORT_GDB_MIRROR_H

#include <sys/types.h>

#include "machine/machine.h"

struct gdb_mirror {
    struct machine_config config;
    const char *path; /* of its socket */
    pid_t process;
    /* After so many steps (0: never) ... */
    uint64_t step;
    void (*poke)(struct cpu *cpu); /* ... this is done once, ... */
    bool closes;                   /* ... or the connection is closed ... */
    unsigned signal;               /* ... or a step ends with this */
    /* After each step. `row` is what was executed. */
    void (*always)(struct cpu *cpu, const struct row *row);
    unsigned empty_every; /* each so many-th step does nothing */
    bool whole_strings;   /* a step takes a REP to its end */
    bool asked_again;     /* the first answer of ten has a wrong checksum */
};

/* Ready for a connection when this returns. */
void gdb_mirror_start(struct gdb_mirror *mirror);
void gdb_mirror_stop(struct gdb_mirror *mirror);

#endif
