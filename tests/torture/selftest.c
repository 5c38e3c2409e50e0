/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/torture/selftest.c - is a difference found, and is the right instruction named? One bit of
 * the second world is flipped now and then; and an engine that gets one row wrong runs against the
 * reference.
 */
#include "tests/torture/selftest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/access.h"
#include "cpu/interp.h"
#include "tests/torture/generate.h"

/* ---- one bit ---- */

struct meddler {
    struct rng rng;
    unsigned comparison; /* the one before which it happens */
    unsigned seen;
    bool done;
    char what[64];
};

static void flip(struct meddler *m, void *base, unsigned bytes, const char *what)
{
    unsigned bit = rng_below(&m->rng, bytes * 8);

    ((uint8_t *)base)[bit / 8] ^= (uint8_t)(1 << bit % 8);
    snprintf(m->what, sizeof m->what, "%s, bit %u", what, bit);
}

static void meddle(void *context, struct pair *pair)
{
    struct meddler *m = context;
    struct world *w = pair->side[1];
    struct cpu *cpu = w->cpu;

    if (m->seen++ != m->comparison)
        return;
    m->done = true;
    switch (rng_below(&m->rng, 8)) {
    case 0:
        flip(m, cpu->vec, 16 * sizeof cpu->vec[0], "vector registers");
        break;
    case 1:
        flip(m, &cpu->fpu.st[rng_below(&m->rng, 8)].mantissa, 8, "x87 register");
        break;
    case 2:
        flip(m, &cpu->flags_carry, 8, "carry and overflow");
        break;
    case 3:
        flip(m, w->ram.bytes + AT_STACK, 2 * PAGE_SIZE, "stack");
        break;
    case 4: /* a page that nobody wrote: seen at the end of the program */
        flip(m, w->ram.bytes + RAM_BYTES - PAGE_SIZE, PAGE_SIZE, "memory never written");
        break;
    case 5:
        flip(m, &w->log_sum, 8, "log");
        break;
    case 6:
        flip(m, &cpu->rip, 1, "rip");
        break;
    default:
        flip(m, cpu->gpr, 8 * 8, "general registers");
        break;
    }
}

static bool bits_are_found(struct pair *pair, struct program *p, const struct rows *rows,
                           uint64_t seed, struct out *out)
{
    unsigned missed = 0, tried = 0;

    for (uint64_t i = 0; i < 200; i++) {
        struct meddler m = { .rng = { rng_mix(seed, "meddle", i, 0) } };
        struct difference d;

        m.comparison = rng_below(&m.rng, 8);
        pair->meddle = meddle;
        pair->context = &m;
        generate_program(p, rows, seed, i, 0, pair->side[0]->cpu->features);
        d = pair_run(pair, p);
        pair->meddle = NULL;
        if (!m.done)
            continue;
        tried++;
        if (!d.found) {
            missed++;
            out_printf(out, "program %" PRIu64 ": not found: %s\n", i, m.what);
        }
        pair->side[1]->ram.marks[RAM_BYTES / PAGE_SIZE - 1] |= RAM_DIRTY; /* cleared by the next */
    }
    out_printf(out, "%u of %u flipped bits were found\n", tried - missed, tried);
    return tried > 100 && !missed;
}

/* ---- one row ---- */

static unsigned broken_row; /* this one is executed wrongly */

static unsigned next_row(const struct cpu *cpu)
{
    struct insn insn;
    uint8_t bytes[15];
    unsigned count = 15;

    while (count && !cpu_peek(cpu, cpu->seg[SEG_CS].base + cpu->rip, bytes, count))
        count--;
    if (!count || decode_insn(bytes, count, cpu->mode, cpu->features, &insn) != DECODE_OK)
        return 0;
    return insn.row;
}

static enum stop broken_run(struct cpu *cpu, uint64_t limit)
{
    uint64_t end = clock_now(cpu->clock) + limit;

    for (;;) {
        uint64_t rip = cpu->rip, before = clock_now(cpu->clock);
        unsigned row = next_row(cpu);
        enum stop stop = engine_interp.run(cpu, 1);

        if (row == broken_row && clock_now(cpu->clock) != before && cpu->rip > rip &&
            cpu->rip - rip < 16)
            cpu->flags_carry ^= BIT(63) | BIT(62); /* CF */
        if (stop != STOP_LIMIT || clock_now(cpu->clock) >= end ||
            insn_rows[row].attributes & A_IO || /* a device may have ended the run */
            clock_next_event(cpu->clock) <= clock_now(cpu->clock))
            return stop;
    }
}

static void broken_forget(struct cpu *cpu, phys_addr pa, uint64_t bytes)
{
    engine_interp.forget(cpu, pa, bytes);
}

static void broken_forget_all(struct cpu *cpu)
{
    engine_interp.forget_all(cpu);
}

static void broken_describe(const struct cpu *cpu, struct out *out)
{
    engine_interp.describe(cpu, out);
}

static const struct engine broken = {
    .name = "broken",
    .run = broken_run,
    .forget = broken_forget,
    .forget_all = broken_forget_all,
    .describe = broken_describe,
};

static bool row_is_named(struct program *p, const struct rows *rows, uint64_t seed, const char *id,
                         struct out *out)
{
    struct pair pair = { .engine = { &engine_interp, &broken } };
    struct buf error = { 0 };
    bool named = false;

    for (broken_row = 1; broken_row < insn_row_count && strcmp(insn_rows[broken_row].id, id);)
        broken_row++;
    if (broken_row == insn_row_count || !pair_create(&pair, &error))
        abort();
    for (uint64_t i = 0; i < 400; i++) {
        struct difference d;
        unsigned row, left;

        generate_program(p, rows, seed, i, 64, pair.side[0]->cpu->features);
        d = pair_run(&pair, p);
        if (!d.found)
            continue;
        left = shrink(&pair, p, &d);
        row = culprit(&pair, p, &d);
        named = row == broken_row;
        out_printf(out,
                   "%s broken: program %" PRIu64 ", shrunk to %u of %u instructions, names %s\n",
                   id, i, left, p->pieces, insn_rows[row].id);
        break;
    }
    pair_destroy(&pair);
    return named;
}

unsigned selftest(struct pair *pair, struct program *p, const struct rows *rows, uint64_t seed,
                  unsigned *tests, struct out *out)
{
    static const char *const ids[] = { "xadd_Ev_Gv", "sub_Ev_Gv", "movzx_Gv_Eb", "addps_Vx_Wx" };
    unsigned failed = !bits_are_found(pair, p, rows, seed, out);

    *tests = 1 + ARRAY_SIZE(ids);
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++)
        failed += !row_is_named(p, rows, seed, ids[i], out);
    return failed;
}
