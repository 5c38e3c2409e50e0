/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/silicon/judge.h - cases of all rows through both worlds, and what came of it. */
#ifndef TESTS_SILICON_JUDGE_H
#define TESTS_SILICON_JUDGE_H

#include "tests/silicon/model.h"
#include "tests/silicon/native.h"
#include "util/out.h"

struct judge_options {
    uint64_t cases; /* a row, over all modes */
    uint64_t seed;
    const char *row;    /* NULL: all; an id, or what it begins with and "*" */
    const char *group;  /* NULL: all */
    unsigned bits;      /* 0: all */
    bool undefined;     /* look at undefined flags */
    const char *broken; /* make this row wrong, as VITRINE_BREAK_ROW does: is it found? */
    const char *write;  /* where a difference's case goes; NULL: silicon-ROW-SEED.case */
};

/* Code sizes, 64 first. */
enum { MODES = 3 };
extern const unsigned judge_bits[MODES];

enum { SUSPECTS = 256, SUSPECTS_OF_ALL = 4096 };

/* A case that differs, and the seed that makes it. */
struct suspect {
    uint64_t seed;
    struct test_case tc;
};

/* A row in one mode. */
struct tally {
    uint64_t wanted, cases, differences, tries, faults, rejected;
    uint64_t flag_agrees[12], flag_differs[12]; /* undefined flags, by bit */
    struct suspect *suspect;                    /* the first cases that differ, up to SUSPECTS */
    unsigned suspects;
};

struct judge {
    struct judge_options options;
    struct native *native;
    struct model *model[MODES];
    struct tally *tally;  /* [row * MODES + mode] */
    uint64_t broken;      /* the child did not survive */
    uint64_t not_entered; /* nothing that this host could be asked */
    uint64_t unrepeated;  /* differed once, and not when run again */
    unsigned suspects;    /* of all tallies, up to SUSPECTS_OF_ALL */
    uint64_t selected_rows, skipped_rows, excluded_rows;
    uint64_t rule_used[32], rejected[32]; /* by rule */
    struct out *out;
};

/* NULL: options->broken names no row, *error is one line. */
struct judge *judge_create(const struct judge_options *options, struct out *out, struct buf *error);
void judge_destroy(struct judge *judge);
void judge_run(struct judge *judge);
/* One case, now. False: it is none (endless, unsafe), or the host did not survive it. Results are
 * normalised; rules were applied. */
bool judge_once(struct judge *judge, const struct test_case *tc, struct case_result *host,
                struct case_result *model);

const char *judge_group(const struct row *row);
/* Why this row is not run, or NULL. */
const char *judge_skips(const struct judge *judge, const struct row *row);

/* report.c: shrink and print the first difference of a row, and write it as a file. */
void report_difference(struct judge *judge, const struct row *row, const struct tally *tally);
/* The table at the end. */
void report_table(struct judge *judge);
void report_undefined(struct judge *judge);

#endif
