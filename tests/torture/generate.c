/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/torture/generate.c - a random program: functions, then a loop around a body of straight
 * lines, branches, inner loops and calls. Whatever happens in the body, the next round begins with
 * fresh pointers.
 */
#include "tests/torture/generate.h"

#include <string.h>

#include "cpu/eflags.h"
#include "cpu/watch.h"

static void gen_items(struct gen *g, unsigned count);

static void skip_forward(struct gen *g)
{
    struct rng *rng = &g->rng;
    bool jump = rng_once_in(rng, 6);
    unsigned count = 1 + rng_below(rng, 5), branch;

    branch = gen_forward(g, jump ? 16 : rng_below(rng, 16), false);
    gen_items(g, count);
    gen_here(g, branch);
}

/* Over one or two instructions: a branch of 8 bits. */
static void skip_near(struct gen *g)
{
    unsigned branch = gen_forward(g, rng_below(&g->rng, 16), true);

    gen_row(g);
    if (rng_once_in(&g->rng, 3))
        gen_row(g);
    gen_here(g, branch);
}

static void inner_loop(struct gen *g)
{
    struct rng *rng = &g->rng;
    unsigned count = 1 + rng_below(rng, 8), head;
    uint64_t times = 2 + rng_below(rng, rng_once_in(rng, 8) ? 200 : 12);
    uint64_t counter = AT_CONTROL + CONTROL_LOOPS + 4 * (1 + g->depth);
    bool in_register = g->bits == 64 && g->depth == 1 && rng_once_in(rng, 2);

    if (in_register) {
        gen_load(g, R14, times);
        g->stable |= 1u << R14;
        g->known[R14] = 1;
        head = g->at;
        gen_items(g, count);
        g->stable &= ~(1u << R14);
        if (rng_once_in(rng, 2))
            gen_code(g, "41 ff ce"); /* dec r14d */
        else
            gen_code(g, "49 83 ee 01"); /* sub r14,1 */
        gen_back(g, 5, head);
        return;
    }
    gen_absolute(g, "c7", 0, counter, g->bits == 16 ? 2 : 4, times);
    head = g->at;
    gen_items(g, count);
    if (rng_once_in(rng, 2))
        gen_absolute(g, "ff", 1, counter, 0, 0); /* dec */
    else
        gen_absolute(g, "83", 5, counter, 1, 1);     /* sub ...,1 */
    gen_back(g, rng_once_in(rng, 2) ? 5 : 15, head); /* jnz, jg */
}

/* LOOP, LOOPE, LOOPNE, with the counter left alone. */
static void loop_loop(struct gen *g)
{
    unsigned head;
    uint32_t before = g->stable;

    gen_load(g, RCX, 2 + rng_below(&g->rng, 30));
    g->stable |= 1u << RCX;
    g->known[RCX] = 1;
    head = g->at;
    gen_row(g);
    if (g->at - head < 60)
        gen_row(g);
    g->stable = before;
    if (g->at + 2 - head <= 128)
        gen_code(g, "%b %b",
                 (uint64_t)(rng_once_in(&g->rng, 3) ? 0xe0 + rng_below(&g->rng, 2) : 0xe2),
                 (uint64_t)(head - (g->at + 2)));
}

static void call_function(struct gen *g)
{
    struct rng *rng = &g->rng;
    unsigned target = g->function[rng_below(rng, g->functions)];

    if (rng_once_in(rng, 3)) {
        gen_load(g, RAX, gen_rip(g, target));
        gen_code(g, "ff d0"); /* call rax */
    } else {
        gen_call(g, target);
    }
}

/* jmp [table + rax * 8] to one of the next instructions. */
static void indirect_jump(struct gen *g)
{
    struct rng *rng = &g->rng;
    unsigned ends[JUMPS];

    gen_code(g, "83 e0 07"); /* and eax,7 */
    if (g->bits == 64) {
        gen_code(g, "ff 24 c5 %d", (uint64_t)(AT_CONTROL + CONTROL_JUMPS));
    } else if (g->bits == 32) {
        gen_code(g, "ff 24 c5 %d", (uint64_t)(AT_CONTROL + CONTROL_JUMPS));
    } else {
        gen_code(g, "c1 e0 03");                                            /* shl ax,3 */
        gen_code(g, "97");                                                  /* xchg di,ax */
        gen_code(g, "64 ff a5 %w", (uint64_t)(AT_CONTROL + CONTROL_JUMPS)); /* jmp [fs:di+...] */
    }
    g->jumps_taken = true;
    for (unsigned i = 0; i < JUMPS; i++) {
        ends[i] = g->at;
        if (i % 2 && !gen_full(g))
            gen_row(g);
    }
    for (unsigned i = 0; i < JUMPS; i++)
        g->p->jumps[i] = gen_rip(g, ends[rng_below(rng, JUMPS)]);
}

static void gen_item(struct gen *g)
{
    struct rng *rng = &g->rng;
    unsigned kind = rng_below(rng, 100);

    if (kind < 78 || (kind >= 84 && g->depth > 3)) {
        gen_row(g);
    } else if (kind < 84) {
        gen_special(g);
    } else if (kind < 89) {
        skip_near(g);
    } else if (kind < 93) {
        skip_forward(g);
    } else if (kind < 95) {
        if (g->depth < 3 && !g->in_function)
            inner_loop(g);
    } else if (kind < 96) {
        loop_loop(g);
    } else if (kind < 99) {
        if (g->functions && !g->in_function)
            call_function(g);
    } else if (!g->jumps_taken && !g->in_function) {
        indirect_jump(g);
    }
}

static void gen_items(struct gen *g, unsigned count)
{
    g->depth++;
    for (unsigned i = 0; i < count && !gen_full(g); i++)
        gen_item(g);
    g->depth--;
}

static void gen_functions(struct gen *g)
{
    unsigned count = rng_below(&g->rng, FUNCTIONS_MAX + 1), function[FUNCTIONS_MAX];

    g->in_function = true;
    for (unsigned i = 0; i < count && !gen_full(g); i++) {
        if (rng_once_in(&g->rng, 4)) /* elsewhere in the page, or across its end */
            g->at += rng_below(&g->rng, 600);
        function[i] = g->at;
        gen_items(g, 1 + rng_below(&g->rng, 10));
        gen_code(g, "c3");
        g->function[g->functions++] = (uint16_t)function[i];
    }
    g->in_function = false;
}

static void keep_from(struct gen *g, unsigned piece)
{
    for (; piece < g->p->pieces; piece++)
        g->p->piece[piece].keep = true;
}

/* Stores into code find their sites: mostly one near. */
static void resolve_sites(struct gen *g)
{
    struct rng *rng = &g->rng;

    for (unsigned i = 0; i < g->fixes; i++) {
        const struct fix *f = &g->fix[i];
        uint32_t address = AT_CODE + 0x3f00; /* nobody executes that */
        unsigned nearest = UINT32_MAX;

        for (unsigned k = 0; k < g->sites; k++) {
            unsigned distance = (unsigned)(g->site[k].at > f->at ? g->site[k].at - f->at
                                                                 : 2 * (f->at - g->site[k].at));

            if (g->site[k].form != f->form)
                continue;
            if (rng_once_in(rng, 3))
                distance = rng_below(rng, 200);
            if (distance < nearest) {
                nearest = distance;
                address = AT_CODE + g->site[k].at;
            }
        }
        if (f->alias)
            address += AT_ALIAS - AT_CODE;
        if (g->bits == 16)
            address -= AT_CODE;
        for (unsigned k = 0; k < f->bytes; k++)
            g->p->code[f->at + k] = (uint8_t)(address >> 8 * k);
    }
}

static void choose_world(struct gen *g)
{
    struct program *p = g->p;
    struct rng *rng = &g->rng;

    p->user = g->bits != 16 && rng_once_in(rng, 3);
    p->paging = g->bits == 64   ? PAGING_LONG
                : g->bits == 16 ? PAGING_OFF
                                : rng_below(rng, PAGING_PAE + 1);
    p->eflags = EFLAGS_ONE | (rng_below(rng, 4) ? IF : 0) | (rng_next(rng) & EFLAGS_STATUS);
    if (p->user && rng_below(rng, 4))
        p->eflags |= IOPL;
    p->cr0 = rng_below(rng, 3) ? CR0_WP : 0;
    if (p->user && rng_once_in(rng, 3))
        p->cr0 |= CR0_AM;
    if (p->user && rng_once_in(rng, 8))
        p->eflags |= AC;
    p->cr4 = p->paging ? CR4_PGE : 0;
    if (p->bits == 64 && rng_once_in(rng, 2))
        p->cr4 |= CR4_FSGSBASE;
    if (!p->user && p->paging && rng_once_in(rng, 4))
        p->cr4 |= CR4_SMAP | CR4_SMEP;
    p->mxcsr = rng_below(rng, 4) ? 0x1f80 : (uint32_t)(rng_next(rng) & 0xffff);
    p->fcw = rng_below(rng, 4) ? 0x37f : 0x300 | (uint32_t)(rng_next(rng) & 0x3f);
    for (unsigned i = 0; i < (g->bits == 64 ? 16 : 8); i++)
        p->gpr[i] = g->bits == 64 ? value_integer(rng) : (uint32_t)value_integer(rng);
    if (g->bits == 64) {
        p->fs_base = AT_DATA + 16 * rng_below(rng, 64);
        p->gs_base = AT_DATA + 0x3000 - 16 * rng_below(rng, 64);
    }
}

static void choose_events(struct gen *g)
{
    struct program *p = g->p;
    struct rng *rng = &g->rng;

    p->events = rng_once_in(rng, 3) ? rng_below(rng, 4) : rng_below(rng, 2);
    for (unsigned i = 0; i < p->events; i++) {
        struct torture_event *e = &p->event[i];

        e->kind = i && rng_once_in(rng, 3) ? EVENT_NMI : EVENT_INTR;
        e->tick = 1 + rng_below(rng, 400);
        e->repeat = rng_below(rng, 4) ? 30 + rng_below(rng, rng_once_in(rng, 2) ? 100 : 1000) : 0;
    }
}

/* Memory written from outside: an opcode of the program. */
static void choose_dma(struct gen *g)
{
    struct program *p = g->p;
    struct rng *rng = &g->rng;

    if (g->sites && rng_once_in(rng, 4)) {
        const struct site *s = &g->site[rng_below(rng, g->sites)];

        p->event[p->events++] = (struct torture_event){ .kind = EVENT_DMA,
                                                        .tick = 1 + rng_below(rng, 1000),
                                                        .repeat = 50 + rng_below(rng, 500),
                                                        .address = AT_CODE + s->at,
                                                        .value = 0x28 };
    }
}

static void choose_breakpoints(struct gen *g)
{
    struct program *p = g->p;
    struct rng *rng = &g->rng;

    if (!rng_once_in(rng, 12))
        return;
    p->breakpoints = 1 + rng_below(rng, 3);
    for (unsigned i = 0; i < p->breakpoints; i++) {
        struct breakpoint *b = &p->breakpoint[i];

        if (rng_once_in(rng, 2)) {
            b->kind = rng_once_in(rng, 4) ? WATCH_EXEC_PHYSICAL : WATCH_EXEC_LINEAR;
            b->first = AT_CODE + p->piece[rng_below(rng, p->pieces)].at;
        } else {
            b->kind = WATCH_DATA_LINEAR;
            b->first = gen_place(g, 8);
            b->last = b->first + rng_below(rng, 16);
            b->write = true;
            b->read = rng_once_in(rng, 2);
        }
    }
}

void generate_program(struct program *p, const struct rows *rows, uint64_t seed, uint64_t number,
                      unsigned bits, const uint64_t *features)
{
    static const char *const name = "torture";
    struct gen g = { .p = p, .rows = rows, .features = features };
    unsigned size, head, first, ticks, share;

    memset(p, 0, sizeof *p);
    memset(p->code, 0xcc, sizeof p->code);
    p->seed = rng_mix(seed, name, number, 0);
    g.rng.state = p->seed;
    share = rng_below(&g.rng, 10);
    p->bits = g.bits = bits ? bits : share < 7 ? 64 : share < 9 ? 32 : 16;
    choose_world(&g);
    choose_events(&g);
    g.limit = 0x2c00;
    g.at = rng_below(&g.rng, 0x200);
    gen_functions(&g);
    if (rng_once_in(&g.rng, 3) && g.at < 0xf00) /* across a page's end early */
        g.at = 0xf00 + rng_below(&g.rng, 0xe0);
    p->entry = head = g.at;
    first = p->pieces;
    gen_head(&g);
    keep_from(&g, first);
    size = rng_once_in(&g.rng, 3) ? 60 + rng_below(&g.rng, 140) : 10 + rng_below(&g.rng, 50);
    gen_items(&g, size);
    g.limit = CODE_BYTES;
    p->recover = g.at;
    first = p->pieces;
    if (g.bits == 16) {
        gen_code(&g, "6a 00"); /* push 0; pop fs */
        gen_code(&g, "0f a1");
    }
    gen_absolute(&g, g.bits == 16 ? "66 ff" : "ff", 1, AT_CONTROL + CONTROL_LOOPS, 0, 0);
    gen_back(&g, 5, head);
    gen_code(&g, "e6 %b", (uint64_t)PORT_END);
    gen_code(&g, "eb fe");
    keep_from(&g, first);
    ticks = 1000 + rng_below(&g.rng, 6000);
    p->rounds = ticks / size;
    if (p->rounds < 20)
        p->rounds = 20;
    p->ticks = 2 * ticks + 1000;
    if (!g.jumps_taken)
        for (unsigned i = 0; i < JUMPS; i++)
            p->jumps[i] = gen_rip(&g, p->recover);
    resolve_sites(&g);
    choose_dma(&g);
    choose_breakpoints(&g);
}
