/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/torture/report.c - a difference made small, and told. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/access.h"
#include "cpu/disasm.h"
#include "tests/support/encode.h"
#include "tests/torture/compare.h"

/* ---- shrinking ---- */

#define SHRINK_RUNS 3000

/* One NOP of that length, in code of every size. */
static void put_nop(struct program *p, struct piece *piece)
{
    memset(p->code + piece->at, 0x66, piece->length);
    p->code[piece->at + piece->length - 1] = 0x90;
    piece->gone = true;
}

/* Pieces [first, first + count) that may go. False: the difference is gone with them. */
static bool try_without(struct pair *pair, struct program *p, unsigned first, unsigned count,
                        struct difference *d)
{
    struct program *smaller = xcalloc(1, sizeof *smaller);
    bool any = false, stays;
    struct difference now = { false, 0, 0 };

    *smaller = *p;
    for (unsigned i = first; i < first + count && i < p->pieces; i++) {
        if (smaller->piece[i].keep || smaller->piece[i].gone)
            continue;
        put_nop(smaller, &smaller->piece[i]);
        any = true;
    }
    if (any)
        now = pair_run(pair, smaller);
    stays = any && now.found;
    if (stays) {
        *p = *smaller;
        *d = now;
    }
    free(smaller);
    return stays;
}

static void drop_outside(struct pair *pair, struct program *p, struct difference *d)
{
    struct program *smaller = xcalloc(1, sizeof *smaller);

    for (unsigned i = p->events + p->breakpoints; i-- > 0;) {
        struct difference now;

        *smaller = *p;
        if (i < p->events) {
            smaller->events--;
            memmove(&smaller->event[i], &smaller->event[i + 1],
                    (p->events - i - 1) * sizeof p->event[0]);
        } else {
            unsigned k = i - p->events;

            smaller->breakpoints--;
            memmove(&smaller->breakpoint[k], &smaller->breakpoint[k + 1],
                    (p->breakpoints - k - 1) * sizeof p->breakpoint[0]);
        }
        now = pair_run(pair, smaller);
        if (now.found) {
            *p = *smaller;
            *d = now;
        }
    }
    free(smaller);
}

unsigned shrink(struct pair *pair, struct program *p, struct difference *d)
{
    unsigned runs = 0, left = 0;
    bool progress = true;

    drop_outside(pair, p, d);
    while (progress && runs < SHRINK_RUNS) {
        progress = false;
        for (unsigned count = p->pieces; count; count /= 2) {
            for (unsigned first = 0; first < p->pieces && runs < SHRINK_RUNS; first += count) {
                runs++;
                if (try_without(pair, p, first, count, d))
                    progress = true;
            }
        }
    }
    for (unsigned i = 0; i < p->pieces; i++)
        left += !p->piece[i].gone;
    return left;
}

/* ---- telling ---- */

static void print_line(struct out *out, uint64_t rip, const uint8_t *bytes, unsigned length,
                       unsigned mode, const uint64_t *features, const char *mark)
{
    struct buf text = { 0 };

    disasm_bytes(bytes, length, mode, rip, features, NULL, &text);
    out_printf(out, "%s%6" PRIx64 "  ", mark, rip);
    for (unsigned i = 0; i < 15; i++)
        if (i < length)
            out_printf(out, "%02x", bytes[i]);
        else if (i < 11)
            out_printf(out, "  ");
    out_printf(out, " %s\n", buf_text(&text));
    buf_free(&text);
}

void print_program(const struct program *p, const uint64_t *features, uint64_t mark,
                   struct out *out)
{
    unsigned base = p->bits == 16 ? 0 : AT_CODE, nops = 0;

    for (unsigned i = 0; i < p->pieces; i++) {
        const struct piece *piece = &p->piece[i];
        uint64_t rip = base + piece->at;

        if (piece->gone && rip != mark) {
            nops++;
            continue;
        }
        if (nops)
            out_printf(out, "          (%u NOPs)\n", nops);
        nops = 0;
        if (piece->at == p->entry)
            out_printf(out, "  entry:\n");
        print_line(out, rip, p->code + piece->at, piece->length, encode_mode(p->bits), features,
                   rip == mark ? "=> " : "   ");
    }
    for (unsigned i = 0; i < p->events; i++) {
        static const char *const kinds[] = { "INTR", "NMI", "DMA" };
        const struct torture_event *e = &p->event[i];

        out_printf(out, "   %s at tick %" PRIu64, kinds[e->kind], e->tick);
        if (e->repeat)
            out_printf(out, ", then every %" PRIu64, e->repeat);
        if (e->kind == EVENT_DMA)
            out_printf(out, ": xor byte %x,%x", e->address, e->value);
        out_printf(out, "\n");
    }
    for (unsigned i = 0; i < p->breakpoints; i++)
        out_printf(out, "   %s %" PRIx64 "..%" PRIx64 "\n",
                   p->breakpoint[i].last ? "watchpoint" : "breakpoint", p->breakpoint[i].first,
                   p->breakpoint[i].last);
}

/* Halve (equal, tick] until one tick is left. */
static void narrow(struct pair *pair, const struct program *p, struct difference *d)
{
    uint64_t low = d->equal, high = d->tick;

    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;

        if (pair_run_to(pair, p, middle))
            low = middle;
        else
            high = middle;
    }
    d->tick = high;
}

/* The instruction that the processor is about to execute. Returns the bytes that can be read. */
static unsigned next_insn(const struct cpu *cpu, uint8_t bytes[15], struct insn *insn)
{
    unsigned count = 15;

    while (count && !cpu_peek(cpu, cpu->seg[SEG_CS].base + cpu->rip, bytes, count))
        count--;
    if (!count || decode_insn(bytes, count, cpu->mode, cpu->features, insn) != DECODE_OK)
        *insn = (struct insn){ .length = (uint8_t)count };
    return count;
}

unsigned culprit(struct pair *pair, const struct program *p, struct difference *d)
{
    struct world *w = pair->side[0];
    struct insn insn;
    uint8_t bytes[15];

    narrow(pair, p, d);
    world_load(w, p);
    world_run(w, d->tick ? d->tick - 1 : 0, UINT64_MAX);
    next_insn(w->cpu, bytes, &insn);
    return insn.row;
}

/* What the reference executes up to the tick that differs. */
static void print_path(struct pair *pair, const struct program *p, uint64_t from, uint64_t to,
                       struct out *out)
{
    struct world *w = pair->side[0];

    world_load(w, p);
    world_run(w, from, UINT64_MAX);
    while (clock_now(&w->clock) < to && !world_over(w)) {
        const struct cpu *cpu = w->cpu;
        struct insn insn;
        uint8_t bytes[15];

        out_printf(out, "   tick %-6" PRIu64 " ", clock_now(&w->clock));
        if (next_insn(cpu, bytes, &insn))
            print_line(out, cpu->rip, bytes, insn.length, cpu->mode, cpu->features, "");
        else
            out_printf(out, "%" PRIx64 "  no code\n", cpu->rip);
        world_run(w, clock_now(&w->clock) + 1, UINT64_MAX);
    }
}

static const char *paging_name(const struct program *p)
{
    static const char *const names[] = { "off", "32-bit", "PAE", "4-level" };

    return names[p->paging];
}

void report(struct pair *pair, const struct program *p, struct difference d, struct out *out)
{
    uint64_t rip, from;
    const struct cpu *cpu = pair->side[0]->cpu;
    unsigned base = p->bits == 16 ? REAL_CS * 16 : 0;

    out_printf(out, "%u-bit code, CPL %u, paging %s, %u rounds, %" PRIu64 " ticks at most\n",
               p->bits, p->user ? 3 : 0, paging_name(p), p->rounds, p->ticks);
    out_printf(out, "equal at tick %" PRIu64 ", different at %" PRIu64 "\n", d.equal, d.tick);
    culprit(pair, p, &d);
    from = d.tick ? d.tick - 1 : 0;
    rip = cpu->rip + cpu->seg[SEG_CS].base - base;
    out_printf(out, "first difference at tick %" PRIu64 ", after what %s executes at =>\n", d.tick,
               pair->side[0]->name);
    print_program(p, cpu->features, rip, out);
    out_printf(out, "the way there:\n");
    print_path(pair, p, from > 20 ? from - 20 : 0, d.tick, out);
    out_printf(out, "states:\n");
    if (pair_run_to(pair, p, d.tick))
        out_printf(out, "  equal this time: the engines do not repeat themselves\n");
    else
        pair_print(pair, out);
}
