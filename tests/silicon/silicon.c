/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/silicon/silicon.c - the host processor judges the instruction table: random cases of every
 * row that is legal at CPL 3, executed natively and in the interpreter, compared bit by bit.
 *
 *     silicon [-cases N] [-seed S] [-row ID] [-group NAME] [-mode 16|32|64] [-undefined]
 *             [-write FILE] [-replay FILE] [-rows] [-break ROW[:KIND]]
 *
 * -break makes the interpreter wrong on purpose: what finds nothing then proves nothing.
 *
 * Exit status: 0 all agree, 1 some differ, 2 usage or a malformed file, 4 the host refuses.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/silicon/compare.h"
#include "tests/silicon/judge.h"
#include "tests/silicon/rules.h"
#include "tests/support/coverage.h"
#include "util/text.h"

/* `make check` sets these; an option wins. */
#define DEFAULT_CASES 300
#define DEFAULT_SEED 1

struct command {
    struct judge_options judge;
    const char *replay;
    bool rows;
};

static void usage(const char *object, const char *fact)
{
    fprintf(stderr, "silicon: %s: %s\n", object, fact);
    exit(2);
}

static uint64_t number(const char *option, const char *text, uint64_t most)
{
    char fact[128];
    uint64_t value;

    if (text_number(text, &value) && value <= most)
        return value;
    snprintf(fact, sizeof fact, "'%.40s', expected a number up to %" PRIu64, text, most);
    usage(option, fact);
    return 0;
}

static void parse(struct command *c, int argc, char **argv)
{
    c->judge.cases = DEFAULT_CASES;
    c->judge.seed = DEFAULT_SEED;
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;

        if (!strcmp(name, "-undefined")) {
            c->judge.undefined = true;
            continue;
        }
        if (!strcmp(name, "-rows")) {
            c->rows = true;
            continue;
        }
        if (strcmp(name, "-cases") && strcmp(name, "-seed") && strcmp(name, "-row") &&
            strcmp(name, "-group") && strcmp(name, "-mode") && strcmp(name, "-write") &&
            strcmp(name, "-replay") && strcmp(name, "-break"))
            usage(name, "unknown, expected -cases, -seed, -row, -group, -mode, -undefined, -rows, "
                        "-write, -replay or -break");
        if (!value)
            usage(name, "no argument, expected one");
        i++;
        if (!strcmp(name, "-cases")) {
            c->judge.cases = number(name, value, UINT32_MAX);
        } else if (!strcmp(name, "-seed")) {
            c->judge.seed = number(name, value, UINT64_MAX);
        } else if (!strcmp(name, "-row")) {
            c->judge.row = value;
        } else if (!strcmp(name, "-group")) {
            c->judge.group = value;
        } else if (!strcmp(name, "-write")) {
            c->judge.write = value;
        } else if (!strcmp(name, "-replay")) {
            c->replay = value;
        } else if (!strcmp(name, "-break")) {
            c->judge.broken = value;
        } else {
            c->judge.bits = (unsigned)number(name, value, 64);
            if (c->judge.bits != 16 && c->judge.bits != 32 && c->judge.bits != 64)
                usage(name, "expected 16, 32 or 64");
        }
    }
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void read_case(const char *path, struct test_case *tc)
{
    static struct case_result recorded;
    struct buf error = { 0 };
    bool has_recorded;
    int code;

    if (!case_read_file(path, tc, &recorded, &has_recorded, &error, &code)) {
        fprintf(stderr, "silicon: %s\n", buf_text(&error));
        buf_free(&error);
        exit(code);
    }
}

/* A case from a file: do the two agree now? */
static int replay(struct judge *judge, const char *path, const struct test_case *tc)
{
    static struct case_result host, model;

    if (!judge_once(judge, tc, &host, &model)) {
        fprintf(stderr, "silicon: %s: cannot be executed here\n", path);
        return 1;
    }
    if (compare_equal(&host, &model)) {
        printf("%s: host and interpreter agree\n", path);
        return 0;
    }
    printf("%s: host and interpreter differ\n", path);
    compare_print(&host, &model, judge->out);
    return 1;
}

static void print_rows(struct judge *judge)
{
    for (unsigned i = 1; i < insn_row_count; i++) {
        const struct tally *t = &judge->tally[i * MODES];
        const char *why = rule_excludes(&insn_rows[i]);

        if (!why)
            why = judge_skips(judge, &insn_rows[i]);
        if (t[0].wanted + t[1].wanted + t[2].wanted)
            printf("  %-24s %-10s %8" PRIu64 " cases %8" PRIu64 " faults %6" PRIu64 " differ\n",
                   insn_rows[i].id, judge_group(&insn_rows[i]),
                   t[0].cases + t[1].cases + t[2].cases, t[0].faults + t[1].faults + t[2].faults,
                   t[0].differences + t[1].differences + t[2].differences);
        else if (why)
            printf("  %-24s %-10s %s\n", insn_rows[i].id, judge_group(&insn_rows[i]), why);
    }
}

int main(int argc, char **argv)
{
    static struct test_case tc;
    struct command c = { 0 };
    const char *missing = native_missing();
    uint64_t passed = 0, failed = 0, cases = 0, short_rows = 0, skipped = 0;
    struct buf error = { 0 };
    struct judge *judge;
    struct out out;
    double start = now(), seconds;

    parse(&c, argc, argv);
    if (c.replay)
        read_case(c.replay, &tc); /* its mistakes are told on every host */
    out_to_file(&out, stdout);
    if (missing) {
        printf("silicon: not run: %s\n0 passed, 0 failed, 1 skipped\n", missing);
        return 0;
    }
    judge = judge_create(&c.judge, &out, &error);
    if (!judge)
        usage("-break", buf_text(&error));
    if (!judge->selected_rows) {
        judge_destroy(judge);
        usage(c.judge.row ? c.judge.row : c.judge.group, "no row, expected one of the table");
    }
    if (c.replay) {
        int code = replay(judge, c.replay, &tc);

        judge_destroy(judge);
        return code;
    }
    for (unsigned i = 0; i < MODES; i++) {
        if ((!c.judge.bits || c.judge.bits == judge_bits[i]) &&
            !native_abilities(judge->native)->code[judge_bits[i]]) {
            printf("silicon: %u-bit code not run: the host does not execute it\n", judge_bits[i]);
            skipped++;
        }
    }
    judge_run(judge);
    seconds = now() - start;
    for (unsigned i = 1; i < insn_row_count; i++) {
        for (unsigned m = 0; m < MODES; m++) {
            const struct tally *t = &judge->tally[i * MODES + m];

            cases += t->cases;
            failed += t->differences;
            if (t->cases < t->wanted && (t->cases || !t->rejected)) {
                short_rows++;
                printf("%s, %u-bit code: only %" PRIu64 " cases of %" PRIu64 " in %" PRIu64
                       " tries\n",
                       insn_rows[i].id, judge_bits[m], t->cases, t->wanted, t->tries);
            }
            if (t->suspects)
                report_difference(judge, &insn_rows[i], t);
            else if (t->cases > t->faults)
                coverage_note(i);
        }
    }
    coverage_write("silicon");
    passed = cases - failed;
    if (c.rows)
        print_rows(judge);
    if (c.judge.undefined)
        report_undefined(judge);
    report_table(judge);
    printf("seed %" PRIu64 ": %" PRIu64 " cases in %.1f s, %.0f a second\n", c.judge.seed, cases,
           seconds, (double)cases / seconds);
    if (judge->not_entered)
        printf("%" PRIu64 " cases that this host does not enter, or whose XSAVE asks for more than "
               "AVX, were left out\n",
               judge->not_entered);
    if (judge->unrepeated)
        printf("%" PRIu64 " cases that the host did not repeat were left out\n", judge->unrepeated);
    if (judge->broken)
        printf("%" PRIu64 " cases did not come back from the host\n", judge->broken);
    printf("%" PRIu64 " passed, %" PRIu64 " failed, %" PRIu64 " skipped\n", passed,
           failed + short_rows, judge->skipped_rows + skipped);
    judge_destroy(judge);
    return failed || short_rows ? 1 : 0;
}
