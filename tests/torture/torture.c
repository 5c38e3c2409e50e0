/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/torture/torture.c - random programs in two engines at once: after each slice of time both
 * must be in the same state, to the last bit of processor and memory.
 *
 *     torture [-programs N] [-seed S] [-program K] [-mode 16|32|64] [-engines A,B] [-rounds N]
 *             [-list] [-survey] [-selftest]
 *
 * -rounds N: at least so many rounds of each program's outermost loop. -list: print each program.
 * -survey: one line for each program that differs, and on to the next.
 * Exit status: 0 all agree, 1 a program was found that does not, 2 usage.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/torture/compare.h"
#include "tests/torture/generate.h"
#include "tests/torture/selftest.h"
#include "util/text.h"

/* `make check` sets these; an option wins. */
#ifdef SANITIZED /* several times as slow */
#define DEFAULT_PROGRAMS 2000
#else
#define DEFAULT_PROGRAMS 20000
#endif
#define DEFAULT_SEED 1

struct command {
    uint64_t programs, seed, only; /* only: UINT64_MAX: all */
    unsigned bits, rounds;
    const char *engines;
    bool list, survey, selftest;
};

static void usage(const char *object, const char *fact)
{
    fprintf(stderr, "torture: %s: %s\n", object, fact);
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
    *c = (struct command){ .programs = DEFAULT_PROGRAMS,
                           .seed = DEFAULT_SEED,
                           .only = UINT64_MAX,
                           .engines = engines[1] ? "interp,tb" : "interp,interp" };
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;

        if (!strcmp(name, "-list")) {
            c->list = true;
            continue;
        }
        if (!strcmp(name, "-survey")) {
            c->survey = true;
            continue;
        }
        if (!strcmp(name, "-selftest")) {
            c->selftest = true;
            continue;
        }
        if (strcmp(name, "-programs") && strcmp(name, "-seed") && strcmp(name, "-program") &&
            strcmp(name, "-mode") && strcmp(name, "-engines") && strcmp(name, "-rounds"))
            usage(name, "unknown, expected -programs, -seed, -program, -mode, -engines, -rounds, "
                        "-list, -survey or -selftest");
        if (!value)
            usage(name, "no argument, expected one");
        i++;
        if (!strcmp(name, "-programs")) {
            c->programs = number(name, value, UINT32_MAX);
        } else if (!strcmp(name, "-seed")) {
            c->seed = number(name, value, UINT64_MAX);
        } else if (!strcmp(name, "-program")) {
            c->only = number(name, value, UINT32_MAX);
        } else if (!strcmp(name, "-rounds")) {
            c->rounds = (unsigned)number(name, value, 1000000);
        } else if (!strcmp(name, "-engines")) {
            c->engines = value;
        } else {
            c->bits = (unsigned)number(name, value, 64);
            if (c->bits != 16 && c->bits != 32 && c->bits != 64)
                usage(name, "expected 16, 32 or 64");
        }
    }
}

/* "A,B" */
static void choose_engines(struct pair *pair, const char *names)
{
    const char *comma = strchr(names, ',');
    struct buf error = { 0 };

    if (!comma)
        usage("-engines", "expected two names with a comma between them");
    for (unsigned i = 0; i < 2; i++) {
        char name[32];
        size_t length = i ? strlen(comma + 1) : (size_t)(comma - names);

        snprintf(name, sizeof name, "%.*s", (int)(length < 31 ? length : 31),
                 i ? comma + 1 : names);
        pair->engine[i] = engine_find(name, &error);
        if (!pair->engine[i]) {
            fprintf(stderr, "torture: -engines: %s\n", buf_text(&error));
            exit(2);
        }
    }
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void open_pair(struct pair *pair)
{
    struct buf error = { 0 };

    if (!pair_create(pair, &error)) {
        fprintf(stderr, "torture: %s\n", buf_text(&error));
        exit(1);
    }
}

/* Does it differ again, in processors that have seen no other program? */
static void tell(struct pair *pair, struct program *p, struct difference d, const struct command *c,
                 uint64_t number, struct out *out)
{
    struct difference again;
    unsigned left;

    out_printf(out, "seed %" PRIu64 ", program %" PRIu64 ": %s and %s differ\n", c->seed, number,
               pair->side[0]->name, pair->side[1]->name);
    out_printf(out, "again: torture -engines %s -seed %" PRIu64 " -program %" PRIu64, c->engines,
               c->seed, number);
    if (c->bits)
        out_printf(out, " -mode %u", c->bits);
    if (c->rounds)
        out_printf(out, " -rounds %u", c->rounds);
    out_printf(out, "\n");
    pair_destroy(pair);
    open_pair(pair);
    again = pair_run(pair, p);
    if (!again.found) {
        out_printf(out,
                   "alone it does not differ: what ran before plays a part (tick %" PRIu64
                   "); run all programs up to this one again\n",
                   d.tick);
        return;
    }
    d = again;
    left = shrink(pair, p, &d);
    out_printf(out, "the difference stays with %u of %u instructions:\n", left, p->pieces);
    report(pair, p, d, out);
}

/* One line: what is left of the program, and the row that the reference executes at the first
 * difference. */
static void survey(struct pair *pair, struct program *p, struct difference d, uint64_t number,
                   struct out *out)
{
    unsigned row, left = shrink(pair, p, &d);

    row = culprit(pair, p, &d);
    out_printf(out, "program %" PRIu64 " (%u-bit): at %s; left:", number, p->bits,
               insn_rows[row].id);
    for (unsigned i = 0; i < p->pieces; i++) {
        struct insn insn;

        if (p->piece[i].gone || p->piece[i].keep)
            continue;
        left--;
        if (decode_insn(p->code + p->piece[i].at, p->piece[i].length, encode_mode(p->bits),
                        pair->side[0]->cpu->features, &insn) == DECODE_OK)
            out_printf(out, " %s", insn_rows[insn.row].id);
        else
            out_printf(out, " (bad)");
    }
    out_printf(out, " and %u of the frame, %u events, %u breakpoints\n", left, p->events,
               p->breakpoints);
}

int main(int argc, char **argv)
{
    static struct program program;
    static struct rows rows;
    struct pair pair = { .meddle = NULL };
    struct command c;
    struct out out;
    uint64_t first, last, ticks = 0, ended = 0, shut = 0, rounds = 0, failed = 0;
    double start = now();

    parse(&c, argc, argv);
    choose_engines(&pair, c.engines);
    out_to_file(&out, stdout);
    rows_classify(&rows);
    open_pair(&pair);
    if (c.selftest) {
        unsigned tests, wrong = selftest(&pair, &program, &rows, c.seed, &tests, &out);

        printf("%u passed, %u failed, 0 skipped\n", tests - wrong, wrong);
        pair_destroy(&pair);
        return wrong ? 1 : 0;
    }
    first = c.only == UINT64_MAX ? 0 : c.only;
    last = c.only == UINT64_MAX ? c.programs : c.only + 1;
    for (uint64_t i = first; i < last; i++) {
        struct difference d;
        uint32_t left;

        generate_program(&program, &rows, c.seed, i, c.bits, pair.side[0]->cpu->features);
        if (c.rounds && program.rounds < c.rounds) {
            program.ticks = program.ticks * c.rounds / program.rounds;
            program.rounds = c.rounds;
        }
        if (c.list)
            print_program(&program, pair.side[0]->cpu->features, UINT64_MAX, &out);
        d = pair_run(&pair, &program);
        if (d.found && c.survey) {
            survey(&pair, &program, d, i, &out);
            failed++;
            continue;
        }
        if (d.found) {
            tell(&pair, &program, d, &c, i, &out);
            printf("%" PRIu64 " passed, 1 failed, 0 skipped\n", i - first);
            pair_destroy(&pair);
            return 1;
        }
        ticks += clock_now(&pair.side[0]->clock);
        ended += pair.side[0]->ended;
        shut += pair.side[0]->cpu->activity == CPU_SHUTDOWN;
        left = load_le32(pair.side[0]->ram.bytes + AT_CONTROL + CONTROL_LOOPS);
        rounds += left < program.rounds ? program.rounds - left : 0;
    }
    printf("seed %" PRIu64 ": %s in %.1f s: %" PRIu64 " instructions, %" PRIu64 " rounds; %" PRIu64
           " programs went to their end, %" PRIu64 " to shutdown\n",
           c.seed, c.engines, now() - start, ticks, rounds, ended, shut);
    printf("%" PRIu64 " passed, %" PRIu64 " failed, 0 skipped\n", last - first - failed, failed);
    pair_destroy(&pair);
    return failed ? 1 : 0;
}
