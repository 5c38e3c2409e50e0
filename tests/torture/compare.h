/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/torture/compare.h - two worlds side by side, and what becomes of a difference. */
#ifndef TESTS_TORTURE_COMPARE_H
#define TESTS_TORTURE_COMPARE_H

#include "tests/torture/world.h"
#include "util/out.h"

/* Side 0 is the reference. */
struct pair {
    const struct engine *engine[2];
    struct world *side[2];
    /* For the test of the test: called before each comparison; NULL: nothing. */
    void (*meddle)(void *context, struct pair *pair);
    void *context;
};

struct difference {
    bool found;
    uint64_t equal; /* the last tick at which both were the same ... */
    uint64_t tick;  /* ... and the one at which they were not */
};

bool pair_create(struct pair *pair, struct buf *error);
void pair_destroy(struct pair *pair);
/* Load the program and run it in both, in slices that follow from its seed. */
struct difference pair_run(struct pair *pair, const struct program *p);
/*
 * The same slices up to a tick; the last of them is shorter. True: then they are the same. The
 * worlds stay as they are then.
 */
bool pair_run_to(struct pair *pair, const struct program *p, uint64_t tick);
/* Are both the same now? `everything`: all of memory, not only what is marked as written. */
bool pair_equal(const struct pair *pair, bool everything);
/* What is not, line by line. */
void pair_print(const struct pair *pair, struct out *out);

/* ---- report.c ---- */

/* Replace instructions by NOPs as long as the difference stays. Returns those that are left. */
unsigned shrink(struct pair *pair, struct program *p, struct difference *d);
/* The first tick that differs is found (d->tick). Returns the row that the reference executes then;
 * the reference stands before it. */
unsigned culprit(struct pair *pair, const struct program *p, struct difference *d);
/* The program, the first tick that differs, both states. */
void report(struct pair *pair, const struct program *p, struct difference d, struct out *out);
void print_program(const struct program *p, const uint64_t *features, uint64_t mark,
                   struct out *out);

#endif
