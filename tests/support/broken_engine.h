/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/support/broken_engine.h - an engine for comparisons with a mistake of its own: the
 * interpreter, in blocks like a translator's, that spoils what it has done now and then.
 */
#ifndef TESTS_SUPPORT_BROKEN_ENGINE_H
#define TESTS_SUPPORT_BROKEN_ENGINE_H

#include "cpu/engine.h"

/*
 * How it is wrong. All of it depends on the processor's state alone, so that it comes again, but
 * for `once`.
 */
struct mistake {
    uint64_t tick; /* after the instruction that began at this tick; 0: not */
    void (*poke)(struct cpu *cpu);
    unsigned
        block; /* natural length of blocks; where there is less time they are interpreted, right */
    unsigned joined; /* cpu->break_row is wrong only as number `joined` of a block or later */
    bool once;       /* the poke is made the first time only */
    bool made;
};
extern struct mistake broken_mistake; /* there is one test process for each test */

/* Honours block_most, break_row and break_kind of struct cpu. */
extern const struct engine engine_broken;

#endif
