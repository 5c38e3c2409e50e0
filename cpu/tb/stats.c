/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/tb/stats.c - what the translator has done: counters, rates, the hottest blocks. */
#include <stdlib.h>

#include "cpu/tb/ir.h"
#include "util/text.h"

static const struct tb *next_live(const struct tb_cache *tbs, unsigned *region, const struct tb *tb)
{
    tb = tb ? tb->region_next : tbs->region[*region].first;
    for (;;) {
        for (; tb; tb = tb->region_next) {
            if (!tb->dead)
                return tb;
        }
        if (++*region == TB_REGIONS)
            return NULL;
        tb = tbs->region[*region].first;
    }
}

/* For each live block. */
#define EACH_TB(tb, tbs)                                                                           \
    for (unsigned region_ = 0, once_ = 1; once_; once_ = 0)                                        \
        for (const struct tb *tb = next_live(tbs, &region_, NULL); tb;                             \
             tb = next_live(tbs, &region_, tb))

static unsigned long long whole(uint64_t value)
{
    return (unsigned long long)value;
}

static double share(uint64_t part, uint64_t of)
{
    return of ? 100.0 * (double)part / (double)of : 0.0;
}

/* ---- rows without a translation of their own ---- */

struct helper_row {
    uint16_t row;
    uint64_t blocks, executed; /* calls in code, and how often they were made */
};

static int by_count(const void *a, const void *b)
{
    const struct helper_row *x = a, *y = b;

    if (x->executed != y->executed)
        return x->executed < y->executed ? 1 : -1;
    if (x->blocks != y->blocks)
        return x->blocks < y->blocks ? 1 : -1;
    return x->row - y->row;
}

static void count_helpers(struct tb_cache *tbs, struct helper_row *rows)
{
    struct block *b = xcalloc(1, sizeof *b);

    EACH_TB (tb, tbs) {
        if (!tb->helpers || !block_again(tbs, tb, b))
            continue;
        block_optimize(b);
        for (unsigned i = 0; i < b->op_count; i++) {
            const struct op *op = &b->ops[i];

            if (op->code == OP_HELPER && !op->dead) {
                rows[b->insns[op->insn].row].blocks++;
                rows[b->insns[op->insn].row].executed += tb->executions;
            }
        }
    }
    free(b);
}

static void print_helpers(struct tb_cache *tbs, struct out *out)
{
    struct helper_row *rows = xcalloc(insn_row_count, sizeof *rows);
    enum { MOST = 8 };

    for (unsigned i = 0; i < insn_row_count; i++)
        rows[i].row = (uint16_t)i;
    count_helpers(tbs, rows);
    qsort(rows, insn_row_count, sizeof *rows, by_count);
    for (unsigned i = 0; i < MOST && rows[i].blocks; i++) {
        out_printf(out, "  %-20s in code %llu times", insn_rows[rows[i].row].id,
                   whole(rows[i].blocks));
        if (tbs->counted)
            out_printf(out, ", called up to %llu times", whole(rows[i].executed));
        out_text(out, "\n");
    }
    free(rows);
}

/* ---- info tb ---- */

static void print_blocks(struct tb_cache *tbs, struct out *out)
{
    const struct tb_counters *c = &tbs->counters;
    uint64_t blocks = 0, instructions = 0, guest_bytes = 0, host_bytes = 0, helpers = 0;
    uint64_t chained = 0, direct = 0;

    EACH_TB (tb, tbs) {
        blocks++;
        instructions += tb->count;
        guest_bytes += tb->bytes;
        host_bytes += tb->code_bytes;
        helpers += tb->helpers;
        for (const struct tb_exit *e = tb->exits; e; e = e->next_own) {
            direct++;
            chained += e->target != NULL;
        }
    }
    out_printf(out, "blocks: %llu of %llu generated, %llu instructions in %llu bytes%s\n",
               whole(blocks), whole(c->generated), whole(instructions), whole(guest_bytes),
               tbs->forget_pending ? ", all to be flushed" : "");
    out_printf(out, "host code: %llu bytes of %zu MiB, %.1f for an instruction, %.1f for a byte\n",
               whole(host_bytes), tbs->buffer_bytes >> 20,
               instructions ? (double)host_bytes / (double)instructions : 0.0,
               guest_bytes ? (double)host_bytes / (double)guest_bytes : 0.0);
    out_printf(out, "direct exits: %llu, chained %llu (%.1f%%); %llu were chained so far\n",
               whole(direct), whole(chained), share(chained, direct), whole(c->chained));
    out_printf(out, "coverage: %.2f%% of the instructions in blocks have a translation%s\n",
               100.0 - share(helpers, instructions),
               helpers ? "; the others call their handler:" : "");
    if (helpers)
        print_helpers(tbs, out);
}

static void print_lookups(const struct tb_cache *tbs, struct out *out)
{
    const struct tb_counters *c = &tbs->counters;
    uint64_t lookups = c->fast_hits + c->slow_lookups;

    out_printf(out, "code was entered %llu times\n", whole(c->entries));
    out_printf(out,
               "lookups: %llu; by linear address %.2f%% hit, by physical address %.2f%% of %llu\n",
               whole(lookups), share(c->fast_hits, lookups), share(c->slow_hits, c->slow_lookups),
               whole(c->slow_lookups));
    if (tbs->counted || c->indirect)
        out_printf(out,
                   "indirect jumps: %llu, found in the jump cache %llu (%.2f%%), missed %llu\n",
                   whole(c->indirect), whole(c->indirect - c->indirect_misses),
                   share(c->indirect - c->indirect_misses, c->indirect), whole(c->indirect_misses));
    else
        out_text(out, "indirect jumps: not counted ('tb count on')\n");
}

static void print_time(const struct tb_cache *tbs, struct out *out)
{
    const struct tb_counters *c = &tbs->counters;

    if (!tbs->timed && !c->timed) {
        out_text(out, "generation time: not measured ('tb time on')\n");
        return;
    }
    out_printf(
        out,
        "generation time: %.3f ms for %llu blocks, %.1f us each; %.2f million instructions a "
        "second\n",
        (double)c->generation_ns / 1e6, whole(c->timed),
        c->timed ? (double)c->generation_ns / 1e3 / (double)c->timed : 0.0,
        c->timed ? (double)c->timed_instructions * 1e3 / (double)c->generation_ns : 0.0);
    if (c->interrupted)
        out_printf(out,
                   "  not counted: %llu that took over a millisecond, with what else the host "
                   "did\n",
                   whole(c->interrupted));
}

void tb_describe(const struct cpu *cpu, struct out *out)
{
    struct tb_cache *tbs = cpu->tbs;
    const struct tb_counters *c = &tbs->counters;

    print_blocks(tbs, out);
    print_lookups(tbs, out);
    out_printf(out,
               "dropped: %llu blocks whose code was written, %llu regions recycled, %llu flushes\n",
               whole(c->invalidated), whole(c->regions_recycled), whole(c->flushes));
    print_time(tbs, out);
    out_printf(out,
               "interpreted: %llu traces, %llu single instructions; x87 state loaded %llu times\n",
               whole(c->traces), whole(c->alone), whole(c->x87_loads));
    engine_interp.describe(cpu, out);
}

/* ---- tb list hot ---- */

static int by_executions(const void *a, const void *b)
{
    const struct tb *x = *(const struct tb *const *)a, *y = *(const struct tb *const *)b;

    if (x->executions != y->executions)
        return x->executions < y->executions ? 1 : -1;
    return x->la != y->la ? (x->la < y->la ? -1 : 1) : (int)x->flags - (int)y->flags;
}

void tb_list(const struct cpu *cpu, unsigned most, struct out *out)
{
    const struct tb_cache *tbs = cpu->tbs;
    const struct tb **list;
    unsigned count = 0, n = 0;
    uint64_t total = 0;
    char name[200];

    EACH_TB (tb, tbs) {
        count++;
        total += tb->executions * tb->count;
    }
    if (!tbs->counted || tbs->forget_pending)
        out_printf(out, "executions are not counted%s\n",
                   tbs->forget_pending ? " yet" : "; 'tb count on' does it");
    if (!count)
        out_text(out, "no block is translated\n");
    list = xcalloc(count + 1, sizeof *list);
    EACH_TB (tb, tbs)
        list[n++] = tb;
    qsort(list, count, sizeof *list, by_executions);
    if (count)
        out_printf(out, "%14s %6s  %-18s %5s %5s %7s\n", "executions", "share", "block", "insns",
                   "bytes", "helpers");
    for (unsigned i = 0; i < count && i < most; i++) {
        const struct tb *tb = list[i];

        out_printf(out, "%14llu %5.1f%%  0x%-16llx %5u %5u %7u", whole(tb->executions),
                   share(tb->executions * tb->count, total), whole(tb->la), tb->count,
                   tb->code_bytes, tb->helpers);
        if (cpu->host.symbol &&
            cpu->host.symbol(cpu->host.symbol_context, tb->la, name, sizeof name))
            out_printf(out, "  %s", name);
        out_text(out, "\n");
    }
    free(list);
}
