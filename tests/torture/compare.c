/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/torture/compare.c - the same program in two worlds, slice by slice. */
#include "tests/torture/compare.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool pair_create(struct pair *pair, struct buf *error)
{
    for (unsigned i = 0; i < 2; i++) {
        pair->side[i] = xcalloc(1, sizeof *pair->side[i]);
        if (!world_create(pair->side[i], pair->engine[i], error))
            return false;
    }
    return true;
}

void pair_destroy(struct pair *pair)
{
    for (unsigned i = 0; i < 2; i++) {
        world_destroy(pair->side[i]);
        free(pair->side[i]);
    }
}

/* ---- are they the same? ---- */

static bool same_page(const struct pair *pair, uint32_t page)
{
    const struct world *a = pair->side[0], *b = pair->side[1];

    return !memcmp(a->ram.bytes + page * PAGE_SIZE, b->ram.bytes + page * PAGE_SIZE, PAGE_SIZE);
}

static bool same_memory(const struct pair *pair, bool everything)
{
    for (uint32_t page = 0; page < RAM_BYTES / PAGE_SIZE; page++) {
        unsigned marks = pair->side[0]->ram.marks[page] | pair->side[1]->ram.marks[page];

        if ((everything || marks & RAM_DIRTY) && !same_page(pair, page))
            return false;
    }
    return true;
}

static bool same_outside(const struct world *a, const struct world *b)
{
    return clock_now(&a->clock) == clock_now(&b->clock) && a->logged == b->logged &&
           a->log_sum == b->log_sum && a->ended == b->ended && a->asleep == b->asleep &&
           a->passed_limit == b->passed_limit && a->stuck == b->stuck;
}

/* A processor that does not go on, or ran too far, is a difference even if both do it. */
static bool behaves(const struct world *w)
{
    return !w->passed_limit && !w->stuck;
}

bool pair_equal(const struct pair *pair, bool everything)
{
    const struct world *a = pair->side[0], *b = pair->side[1];

    return same_outside(a, b) && behaves(a) && behaves(b) &&
           !fields_compare(cpu_fields, a->cpu, b->cpu) && same_memory(pair, everything);
}

/* ---- slices ---- */

/* How far the next comparison is, and how much each engine is asked for at once. */
struct plan {
    struct rng rng;
    bool fine; /* this program in small slices all along */
};

static struct plan plan_begin(const struct program *p)
{
    struct plan plan = { .rng = { p->seed ^ 0x70726f6772616dull } };

    plan.fine = rng_once_in(&plan.rng, 25);
    return plan;
}

static void plan_next(struct plan *plan, uint64_t *length, uint64_t slice[2])
{
    struct rng *rng = &plan->rng;
    unsigned kind = rng_below(rng, 16);

    if (plan->fine)
        *length = 1 + rng_below(rng, 40);
    else if (kind < 2)
        *length = 1;
    else if (kind < 6)
        *length = 2 + rng_below(rng, 49);
    else
        *length = 200 + rng_below(rng, 2500);
    slice[0] = rng_once_in(rng, 8) ? 1 + rng_below(rng, 50) : UINT64_MAX;
    slice[1] = rng_once_in(rng, 4) ? 1 + rng_below(rng, 50) : UINT64_MAX;
}

static void load_both(struct pair *pair, const struct program *p)
{
    for (unsigned i = 0; i < 2; i++)
        world_load(pair->side[i], p);
}

struct difference pair_run(struct pair *pair, const struct program *p)
{
    struct plan plan = plan_begin(p);
    struct difference d = { false, 0, 0 };

    load_both(pair, p);
    while (d.tick < p->ticks && !world_over(pair->side[0])) {
        uint64_t length, slice[2];

        plan_next(&plan, &length, slice);
        d.equal = d.tick;
        d.tick += length;
        for (unsigned i = 0; i < 2; i++)
            world_run(pair->side[i], d.tick, slice[i]);
        if (pair->meddle)
            pair->meddle(pair->context, pair);
        if (!pair_equal(pair, false)) {
            d.found = true;
            return d;
        }
    }
    d.found = !pair_equal(pair, true);
    return d;
}

bool pair_run_to(struct pair *pair, const struct program *p, uint64_t tick)
{
    struct plan plan = plan_begin(p);
    uint64_t at = 0;

    load_both(pair, p);
    while (at < tick) {
        uint64_t length, slice[2];

        plan_next(&plan, &length, slice);
        at = at + length > tick ? tick : at + length;
        for (unsigned i = 0; i < 2; i++)
            world_run(pair->side[i], at, slice[i]);
    }
    return pair_equal(pair, true);
}

/* ---- what differs ---- */

static void print_element(struct out *out, const struct field *f, unsigned i, const struct cpu *a,
                          const struct cpu *b, bool differs)
{
    size_t at = f->offset + (size_t)i * f->size;
    char name[48];

    snprintf(name, sizeof name, f->count > 1 ? "%s[%u]" : "%s", f->name, i);
    out_printf(out, "%c %-22s", differs ? '*' : ' ', name);
    if (f->size <= 8) {
        out_printf(out, " %18" PRIx64 " %18" PRIx64 "\n", field_get(f, a, i), field_get(f, b, i));
        return;
    }
    for (unsigned side = 0; side < 2; side++) {
        const uint8_t *bytes = (const uint8_t *)(side ? b : a) + at;

        out_printf(out, "%s", side ? "\n                         " : " ");
        for (unsigned k = f->size < VEC_BYTES ? f->size : VEC_BYTES; k--;)
            out_printf(out, "%02x%s", bytes[k], k && k % 8 == 0 ? "'" : "");
    }
    out_printf(out, "\n");
}

/* The general registers, and whatever else is not the same: that has a star. */
static void print_fields(const struct pair *pair, struct out *out)
{
    const struct cpu *a = pair->side[0]->cpu, *b = pair->side[1]->cpu;

    for (const struct field *f = cpu_fields; f->name; f++) {
        bool always = f->offset < sizeof a->gpr || f->offset == offsetof(struct cpu, rip) ||
                      f->offset == offsetof(struct cpu, eflags);

        if (f->format == FMT_DERIVED)
            continue;
        for (unsigned i = 0; i < f->count; i++) {
            size_t at = f->offset + (size_t)i * f->size;
            bool differs = memcmp((const uint8_t *)a + at, (const uint8_t *)b + at, f->size) != 0;

            if (differs || always)
                print_element(out, f, i, a, b, differs);
        }
    }
}

static void print_memory(const struct pair *pair, struct out *out)
{
    unsigned lines = 0;

    for (uint32_t at = 0; at < RAM_BYTES; at += 8) {
        uint64_t a = load_le64(pair->side[0]->ram.bytes + at);
        uint64_t b = load_le64(pair->side[1]->ram.bytes + at);

        if (a != b && lines++ < 16)
            out_printf(out, "* memory %06x          %18" PRIx64 " %18" PRIx64 "\n", at, a, b);
    }
    if (lines > 16)
        out_printf(out, "  ... and %u more quadwords of memory\n", lines - 16);
}

static void print_entry(struct out *out, const struct world *w, unsigned n)
{
    static const char *const kinds[] = { "in",          "out",        "read",      "write",
                                         "acknowledge", "breakpoint", "watchpoint" };
    const struct log_entry *e = &w->log[n];

    if (n >= w->logged)
        out_printf(out, "    %-6s nothing\n", w->name);
    else
        out_printf(out, "    %-6s tick %" PRIu64 " %s %" PRIx64 " size %u value %" PRIx64 "\n",
                   w->name, e->tick, kinds[e->kind], e->address, e->size, e->value);
}

static void print_log(const struct pair *pair, struct out *out)
{
    const struct world *a = pair->side[0], *b = pair->side[1];

    if (a->logged == b->logged && a->log_sum == b->log_sum)
        return;
    out_printf(out, "* log entries            %18u %18u\n", a->logged, b->logged);
    for (unsigned i = 0; i < LOG_MAX && (i < a->logged || i < b->logged); i++) {
        const struct log_entry *x = &a->log[i], *y = &b->log[i];

        if (i < a->logged && i < b->logged && x->tick == y->tick && x->address == y->address &&
            x->value == y->value && x->kind == y->kind && x->size == y->size)
            continue;
        out_printf(out, "  entry %u:\n", i);
        print_entry(out, a, i);
        print_entry(out, b, i);
        break;
    }
}

static void print_number(struct out *out, const char *name, uint64_t a, uint64_t b)
{
    if (a != b)
        out_printf(out, "* %-22s %18" PRIu64 " %18" PRIu64 "\n", name, a, b);
}

void pair_print(const struct pair *pair, struct out *out)
{
    const struct world *a = pair->side[0], *b = pair->side[1];

    out_printf(out, "  %-22s %18s %18s\n", "", a->name, b->name);
    print_number(out, "tick", clock_now(&a->clock), clock_now(&b->clock));
    print_number(out, "program ended", a->ended, b->ended);
    print_number(out, "asleep for ever", a->asleep, b->asleep);
    for (unsigned i = 0; i < 2; i++) {
        const struct world *w = pair->side[i];

        if (w->passed_limit)
            out_printf(out, "  %s ran further than the limit it was given\n", w->name);
        if (w->stuck)
            out_printf(out, "  %s returns again and again without going on\n", w->name);
    }
    print_fields(pair, out);
    print_log(pair, out);
    print_memory(pair, out);
}
