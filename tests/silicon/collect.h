/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/silicon/collect.h - which quadwords of a page a case changed. Both worlds look at all their
 * pages after each case, so most of it is one pass over memory that is as it was.
 */
#ifndef TESTS_SILICON_COLLECT_H
#define TESTS_SILICON_COLLECT_H

#include "machine/case.h"
#include "memory/ram.h"
#include "util/bits.h"

typedef uint64_t collect_lane __attribute__((vector_size(16), may_alias));

enum { COLLECT_STEP = 8 }; /* quadwords looked at together */

static inline bool collect_same(const uint64_t *a, const uint64_t *b)
{
    const collect_lane *x = (const collect_lane *)(const void *)a;
    const collect_lane *y = (const collect_lane *)(const void *)b;
    collect_lane differs = (x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]);

    return !(differs[0] | differs[1]);
}

/*
 * Append to r->write, which has `n` entries, what differs in a page between the window and what it
 * should hold; and put that back. Returns the new number.
 */
static inline unsigned collect_page(struct case_result *r, unsigned n, unsigned page,
                                    uint64_t *window, const uint64_t *image)
{
    const unsigned quads = PAGE_SIZE / 8, first = page * quads;

    for (unsigned i = first; i < first + quads; i += COLLECT_STEP) {
        if (likely(collect_same(window + i, image + i)))
            continue;
        for (unsigned k = i; k < i + COLLECT_STEP; k++) {
            if (window[k] == image[k])
                continue;
            if (n < CASE_WRITES) {
                r->write[n].address = (uint32_t)CASE_WINDOW + k * 8;
                r->write[n++].value = window[k];
            } else {
                r->many = true;
            }
            window[k] = image[k];
        }
    }
    return n;
}

#endif
