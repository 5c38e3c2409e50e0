/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/vectors/rules.h - where a later processor may differ from the recorded one (an 80286), as a
 * table. A rule leaves a test out or takes something out of its comparison; each is counted.
 */
#ifndef TESTS_VECTORS_RULES_H
#define TESTS_VECTORS_RULES_H

#include "tests/vectors/metadata.h"
#include "tests/vectors/moo.h"

/* One test, taken apart, and what is to be compared. */
struct judged {
    const struct moo_test *test;
    const struct metadata *metadata;
    bool lock;
    bool two_byte; /* opcode after 0Fh */
    uint8_t opcode;
    uint8_t modrm;      /* the byte after it, whether it is a ModRM byte or not */
    bool stack_segment; /* some access goes to SS */
    /* Set by the rules: */
    uint16_t compare[VECTOR_REG_COUNT]; /* bits of each register */
    bool halt_at_target;                /* put a HLT in front of the final CS:IP before running */
    bool vector_12_as_13;               /* #SS may have been raised where the 80286 raised #GP */
    int flags_pushed_at;                /* offset in SS of a pushed FLAGS word, or -1 */
};

struct rule {
    const char *name;
    bool leaves_out;
    bool (*apply)(struct judged *judged); /* true: it applied */
    const char *text;
};

extern const struct rule rules[]; /* up to a row without a name */
enum { MAX_RULES = 16 };

/* Linear address of an offset in a segment. */
static inline uint32_t real_address(uint16_t segment, unsigned offset)
{
    return segment * 16u + (offset & 0xffff);
}

void judged_init(struct judged *judged, const struct moo_test *test,
                 const struct metadata *metadata);

#endif
