/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/checkpoint.h - the state of a whole machine in memory: the saved field rows of processor,
 * devices and board, the event queue, the TLB, input that waits, the contents of disks, RAM pages. A machine that is set
 * back to it and runs on does the same again, tick for tick.
 */
#ifndef MACHINE_CHECKPOINT_H
#define MACHINE_CHECKPOINT_H

#include "machine/pc.h"

/* A struct with state rows. */
struct machine_part {
    const char *name; /* "cpu", "pit", "board", "serial line" */
    const struct field *fields;
    void *state;
};
#define MACHINE_PARTS_MOST 64

/* All of them, always in the same order. Returns how many; at most `most` are written. */
unsigned machine_parts(struct machine *machine, struct machine_part *parts, unsigned most);

/* The bytes of all saved rows where they lie: runs of neighbours. */
struct machine_rows {
    size_t bytes;
    unsigned count;
    struct machine_run {
        uint8_t *at;
        size_t bytes;
    } run[];
};
const struct machine_rows *machine_rows(struct machine *machine);

/* Everything but RAM. Zero-initialised is empty. */
struct machine_state {
    uint64_t tick;
    struct buf rows;   /* the runs of all parts, one after the other */
    struct buf events; /* struct event_state */
    struct buf tlb;
    struct buf waiting[INPUT_LINES]; /* input that was read and not taken yet */
    struct media_state media;        /* what is in the drives, and its contents */
};

/* The machine stands between two instructions; lazy state is brought into one form first. */
void machine_state_save(struct machine_state *state, struct machine *machine);
/*
 * RAM is as it was already, and the engine knows what changed there (ram_page_put). The machine has
 * the configuration of the one that was saved.
 */
void machine_state_restore(const struct machine_state *state, struct machine *machine);
void machine_state_free(struct machine_state *state);

/* Contents of a RAM page; decoded code of it is forgotten when it is about to change. */
void ram_page_put(struct machine *machine, uint64_t page, const uint8_t *bytes);

/* With RAM: any number of them, of any machine. */
struct checkpoint {
    struct machine_state state;
    struct ram image; /* RAM_WRITTEN: this page is held */
};

/* False: the host has no memory for it. */
MUST_CHECK bool checkpoint_create(struct checkpoint *cp, const struct machine *machine,
                                  struct buf *error);
void checkpoint_destroy(struct checkpoint *cp);
/* All of the machine. */
void checkpoint_save(struct checkpoint *cp, struct machine *machine);
/*
 * The machine that was saved, or another one of the same configuration (engines may differ). False:
 * *error says in one line what does not fit, and nothing was changed.
 */
MUST_CHECK bool checkpoint_restore(const struct checkpoint *cp, struct machine *machine,
                                   struct buf *error);

#endif
