/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/show.c - a block to look at: guest code, ops before and after the optimiser, host code, side
 * by side. The ops are made again from guest memory; nothing is kept of them, and nothing changes.
 */
#include <stdlib.h>
#include <string.h>

#include "cpu/disasm.h"
#include "cpu/paging.h"
#include "cpu/tb/ir.h"
#include "util/buf.h"

enum { GUEST_WIDTH = 38, OP_WIDTH = 28, FLAGS_WIDTH = 14, MAX_LINES = 64, HOST_TARGETS = 1024 };
enum { FROM_LIMIT = 0xff, FROM_EXIT = 0xfe }; /* not guest instructions */

/* The lines of one column, for one guest instruction. */
struct column {
    struct buf line[MAX_LINES];
    unsigned count;
};

struct view {
    const struct cpu *cpu;
    struct tb_cache *tbs;
    const struct tb *tb; /* NULL: not translated yet */
    struct block *before, *after;
    struct disasm_options guest;
    struct column guest_column, ops, host;
    struct {
        uint32_t at;
        uint8_t insn;       /* or one of these */
    } target[HOST_TARGETS]; /* where code of the block proper leads to behind it, and from where */
    unsigned targets;
    struct out *out;
};

static struct buf *add_line(struct column *column)
{
    return &column->line[column->count < MAX_LINES ? column->count++ : MAX_LINES - 1];
}

static void clear(struct column *column)
{
    for (unsigned i = 0; i < column->count; i++)
        buf_clear(&column->line[i]);
    column->count = 0;
}

static void release(struct column *column)
{
    for (unsigned i = 0; i < MAX_LINES; i++)
        buf_free(&column->line[i]);
}

/* The columns side by side, then empty. */
static void flush(struct view *v)
{
    struct buf line = { 0 };

    for (unsigned i = 0; i < v->guest_column.count || i < v->ops.count || i < v->host.count; i++) {
        buf_clear(&line);
        buf_printf(&line, "%-*s %-*s %s", GUEST_WIDTH, buf_text(&v->guest_column.line[i]),
                   OP_WIDTH + FLAGS_WIDTH, buf_text(&v->ops.line[i]), buf_text(&v->host.line[i]));
        while (line.length && line.data[line.length - 1] == ' ')
            line.data[--line.length] = 0;
        out_printf(v->out, "%s\n", buf_text(&line));
    }
    buf_free(&line);
    clear(&v->guest_column);
    clear(&v->ops);
    clear(&v->host);
}

/* ---- host code ---- */

static bool is_scratch(unsigned reg)
{
    return reg >= R9 && reg <= R11;
}

/* Does the number in the text of this instruction stand for a host address? Where it does: which. */
static bool host_address(const struct insn *insn, uint64_t at, uint64_t *address)
{
    const struct row *row = insn_row(insn);

    if (OP_KIND(row->operands[0]) == K_J) {
        *address = at + insn->length + (uint64_t)(int64_t)insn->disp;
        return true;
    }
    if (insn->mem && (insn->base == REG_ZERO || is_scratch(insn->base)) && insn->disp > 0xffff) {
        *address = (uint32_t)insn->disp;
        return true;
    }
    /* mov r10d, imm: sites and exits */
    *address = insn->imm;
    return !insn->mem && insn->dst == R10 && OP_KIND(row->operands[1]) == K_I &&
           OP_ACCESS(row->operands[0]) == ACC_W && insn->imm <= INT32_MAX;
}

/* Append the text with the number replaced by its name, where it has one. */
static void put_named(const struct view *v, const struct insn *insn, uint64_t at, const char *text,
                      struct buf *to)
{
    char number[24], name[200];
    uint64_t address;
    const char *found = NULL;

    if (host_address(insn, at, &address) &&
        tb_host_name(v->tbs, v->tb, address, name, sizeof name)) {
        snprintf(number, sizeof number, "0x%llx", (unsigned long long)address);
        found = strstr(text, number);
    }
    if (!found) {
        buf_add_text(to, text);
        return;
    }
    buf_add(to, text, (size_t)(found - text));
    buf_add_text(to, name);
    buf_add_text(to, found + strlen(number));
}

/* One host instruction at `offset` into the block's code; its length. */
static unsigned host_insn(const struct view *v, uint32_t offset, struct insn *insn,
                          struct buf *text)
{
    const uint8_t *code = v->tb->code + offset;
    unsigned left = v->tb->code_bytes - offset, count = left < 15 ? left : 15;

    if (text)
        return disasm_bytes(code, count, MODE_CODE64, (uint64_t)(uintptr_t)code, NULL, NULL, text);
    return decode_insn(code, count, MODE_CODE64, NULL, insn) == DECODE_OK ? insn->length : 1;
}

static void host_lines(struct view *v, uint32_t from, uint32_t to)
{
    struct buf text = { 0 };

    while (from < to) {
        struct buf *line = add_line(&v->host);
        struct insn insn = { 0 };
        unsigned length;

        buf_clear(&text);
        host_insn(v, from, &insn, NULL);
        length = host_insn(v, from, NULL, &text);
        buf_printf(line, "+0x%-4x ", from);
        put_named(v, &insn, (uint64_t)(uintptr_t)v->tb->code + from, buf_text(&text), line);
        from += length;
    }
    buf_free(&text);
}

/* Branches of the block proper that lead behind it. */
static void find_targets(struct view *v)
{
    const struct tb *tb = v->tb;
    unsigned n = 0;

    for (uint32_t at = 0; at < tb->map[tb->count];) {
        struct insn insn = { 0 };
        unsigned length = host_insn(v, at, &insn, NULL);
        uint32_t to;

        while (n + 1 < tb->count && at >= tb->map[n + 1])
            n++;
        to = at + length + (uint32_t)insn.disp;
        if (insn.row && OP_KIND(insn_row(&insn)->operands[0]) == K_J && to >= tb->map[tb->count] &&
            to < tb->code_bytes && v->targets < HOST_TARGETS) {
            v->target[v->targets].at = to;
            v->target[v->targets++].insn = (uint8_t)(at < tb->map[0] ? FROM_LIMIT : n);
        }
        at += length;
    }
    for (const struct tb_exit *e = tb->exits; e && v->targets < HOST_TARGETS; e = e->next_own) {
        uint64_t at = (uint64_t)(e->stub + v->tbs->delta - tb->code);

        if (at < tb->code_bytes) { /* else the exit is in line, and its stub the thunk */
            v->target[v->targets].at = (uint32_t)at;
            v->target[v->targets++].insn = FROM_EXIT;
        }
    }
}

/* ---- guest code and ops ---- */

static void guest_line(struct view *v, unsigned n)
{
    struct buf *line = add_line(&v->guest_column);
    const struct block *b = v->before;
    uint64_t rip = block_rip(b, n);

    buf_printf(line, "%llx ", (unsigned long long)(b->la + b->at[n]));
    disasm_insn(&b->insns[n], b->flags & TBF_MODE, rip, &v->guest, line);
}

/* The ops of a guest instruction, without INSN. */
static unsigned ops_of(const struct block *b, unsigned n, unsigned *first)
{
    unsigned i = 0, count = 0;

    while (i < b->op_count && !(b->ops[i].code == OP_INSN && b->ops[i].insn == n))
        i++;
    *first = ++i;
    while (i + count < b->op_count && b->ops[i + count].code != OP_INSN)
        count++;
    return count;
}

static void op_line(struct view *v, const struct op *before, const struct op *after)
{
    struct buf *line = add_line(&v->ops);
    char defined[8], observed[8];
    struct buf text = { 0 };

    op_text(before, &text);
    buf_printf(line, "%-*s ", OP_WIDTH - 1, buf_text(&text));
    if (after && after->dead)
        buf_add_text(line, "removed");
    else if (after && after->follow)
        buf_printf(line, "last %c %u", after->delta < 0 ? '-' : '+', (unsigned)abs(after->delta));
    else if (before->defines && after)
        buf_printf(line, "%s>%s", flags_text(before->defines, defined),
                   after->live & after->defines ? flags_text(after->live & after->defines, observed)
                                                : "-");
    else if (before->defines)
        buf_add_text(line, flags_text(before->defines, defined));
    buf_free(&text);
}

static bool same_text(const struct op *a, const struct op *b)
{
    struct buf x = { 0 }, y = { 0 };
    bool same;

    op_text(a, &x);
    op_text(b, &y);
    same = !strcmp(buf_text(&x), buf_text(&y));
    buf_free(&x);
    buf_free(&y);
    return same;
}

/* An op as the optimiser made it, where it is another one. */
static void changed_line(struct view *v, const struct op *op)
{
    struct buf *line = add_line(&v->ops);
    struct buf text = { 0 };
    char observed[8];

    buf_add_text(&text, "=> ");
    op_text(op, &text);
    buf_printf(line, "%-*s %s", OP_WIDTH - 1, buf_text(&text),
               op->dead ? "removed" : flags_text(op->live & op->defines, observed));
    buf_free(&text);
}

static void op_lines(struct view *v, unsigned n)
{
    unsigned before, after, count = ops_of(v->before, n, &before);
    bool paired = ops_of(v->after, n, &after) == count;

    for (unsigned i = 0; i < count; i++) {
        const struct op *op = &v->before->ops[before + i], *now = &v->after->ops[after + i];
        bool same = paired && same_text(op, now);

        op_line(v, op, same ? now : NULL);
        if (paired && !same)
            changed_line(v, now);
    }
    if (!paired) {
        count = ops_of(v->after, n, &after);
        for (unsigned i = 0; i < count; i++)
            changed_line(v, &v->after->ops[after + i]);
    }
}

/* ---- the whole ---- */

static void heading(const struct view *v)
{
    static const char *const views[] = { "supervisor", "supervisor with AC", "user",
                                         "user, aligned" };
    const struct block *b = v->before;
    const struct tb *tb = v->tb;
    char name[200] = "";

    out_printf(v->out, "block 0x%llx", (unsigned long long)b->la);
    if (v->cpu->host.symbol &&
        v->cpu->host.symbol(v->cpu->host.symbol_context, b->la, name, sizeof name))
        out_printf(v->out, " <%s>", name);
    out_printf(v->out, ": %u-bit code, %s%s, %u instruction%s in %u bytes",
               16u << (b->flags & MODE_CODE_MASK), views[b->flags >> TBF_VIEW_SHIFT & 3],
               b->flags & TBF_FLAT ? ", flat segments" : "", b->count, b->count == 1 ? "" : "s",
               b->bytes);
    if (!tb) {
        out_text(v->out, ", not translated yet\n");
        return;
    }
    out_printf(v->out, " -> %u bytes of host code", tb->code_bytes);
    if (v->tbs->counted)
        out_printf(v->out, ", executed %llu times", (unsigned long long)tb->executions);
    out_text(v->out, v->tbs->forget_pending ? ", forgotten\n" : "\n");
}

/* What lies behind the block proper: lines for each place that something leads to. */
static void slow_ways(struct view *v)
{
    const struct tb *tb = v->tb;

    for (uint32_t at = tb->map[tb->count], next; at < tb->code_bytes; at = next) {
        struct buf *from = NULL;

        next = tb->code_bytes;
        for (unsigned i = 0; i < v->targets; i++) {
            if (v->target[i].at > at && v->target[i].at < next)
                next = v->target[i].at;
            if (v->target[i].at != at)
                continue;
            if (from)
                continue;
            from = add_line(&v->guest_column);
            if (v->target[i].insn == FROM_LIMIT)
                buf_add_text(from, "  too few instructions are left");
            else if (v->target[i].insn == FROM_EXIT)
                buf_add_text(from, "  exit while not chained");
            else
                buf_printf(from, "  out of %llx",
                           (unsigned long long)(tb->la + (block_rip(v->before, v->target[i].insn) -
                                                          v->before->rip)));
        }
        host_lines(v, at, next);
        flush(v);
    }
}

static void exits(const struct view *v)
{
    unsigned incoming = 0;

    for (const struct tb_exit *e = v->tb->exits; e; e = e->next_own)
        out_printf(v->out, "exit to 0x%llx: %s\n", (unsigned long long)e->rip,
                   e->target ? "chained" : "not chained");
    for (const struct tb_exit *e = v->tb->incoming; e; e = e->next_in)
        incoming++;
    out_printf(v->out, "%u exit%s of blocks lead%s here\n", incoming, incoming == 1 ? "" : "s",
               incoming == 1 ? "s" : "");
}

static void print_block(struct view *v)
{
    const struct tb *tb = v->tb;

    heading(v);
    buf_add_text(add_line(&v->guest_column), "guest code");
    buf_printf(add_line(&v->ops), "%-*s flags", OP_WIDTH - 1, "ops");
    if (tb)
        buf_add_text(add_line(&v->host), "host code");
    flush(v);
    if (tb) {
        find_targets(v);
        host_lines(v, 0, tb->map[0]);
        flush(v);
    }
    for (unsigned n = 0; n < v->before->count; n++) {
        guest_line(v, n);
        op_lines(v, n);
        if (tb)
            host_lines(v, tb->map[n], tb->map[n + 1]);
        flush(v);
    }
    if (tb) {
        out_text(v->out, "slow ways and exits\n");
        slow_ways(v);
        exits(v);
    }
}

/* The disassembler counts addresses as RIP. */
static bool guest_symbol(void *context, lin_addr rip, char *name, size_t size)
{
    const struct view *v = context;
    const struct cpu_host *host = &v->cpu->host;

    return host->symbol &&
           host->symbol(host->symbol_context, rip + (v->before->la - v->before->rip), name, size);
}

static struct view *view_create(const struct cpu *cpu, struct out *out)
{
    struct view *v = xcalloc(1, sizeof *v);

    v->cpu = cpu;
    v->tbs = cpu->tbs;
    v->out = out;
    v->before = xcalloc(1, sizeof *v->before);
    v->after = xcalloc(1, sizeof *v->after);
    v->guest.symbol = guest_symbol;
    v->guest.context = v;
    return v;
}

static void view_destroy(struct view *v)
{
    release(&v->guest_column);
    release(&v->ops);
    release(&v->host);
    free(v->before);
    free(v->after);
    free(v);
}

static void show_tb(const struct cpu *cpu, const struct tb *tb, struct out *out)
{
    struct view *v = view_create(cpu, out);

    v->tb = tb;
    if (block_again(v->tbs, tb, v->before)) {
        *v->after = *v->before;
        block_optimize(v->after);
        print_block(v);
    } else {
        out_printf(out, "block 0x%llx: its guest code is no longer there\n",
                   (unsigned long long)tb->la);
    }
    view_destroy(v);
}

/* What the translator would make of it now. */
static void show_untranslated(const struct cpu *cpu, lin_addr la, struct out *out)
{
    struct view *v = view_create(cpu, out);
    uint64_t rip = cpu->mode & MODE_CODE64 ? la : (uint32_t)(la - cpu->seg[SEG_CS].base);
    const uint8_t *page = NULL;
    struct walk walk;

    paging_walk(cpu, la, &walk);
    if (walk.mapped)
        page = space_page(cpu->memory, walk.pa & cpu->a20_mask & ~PAGE_MASK, NULL);
    if (page) {
        block_begin(v->before, v->tbs, tb_flags(cpu), rip, la, cpu->seg[SEG_CS].limit);
        v->before->again = true;
        block_build(v->before, page);
    }
    if (page && v->before->count) {
        *v->after = *v->before;
        block_optimize(v->after);
        print_block(v);
    } else if (page) {
        out_printf(out, "0x%llx: what stands there is the interpreter's, no block begins with it\n",
                   (unsigned long long)la);
    } else {
        out_printf(out, "0x%llx: no memory, expected the address of code\n",
                   (unsigned long long)la);
    }
    view_destroy(v);
}

void tb_show(const struct cpu *cpu, lin_addr la, struct out *out)
{
    const struct tb_cache *tbs = cpu->tbs;
    const struct tb *around = NULL;
    unsigned shown = 0;

    for (unsigned i = 0; i < TB_REGIONS; i++) {
        for (const struct tb *tb = tbs->region[i].first; tb; tb = tb->region_next) {
            if (tb->dead)
                continue;
            if (tb->la == la) {
                out_text(out, shown++ ? "\n" : "");
                show_tb(cpu, tb, out);
            } else if (la - tb->la < tb->bytes) {
                around = tb;
            }
        }
    }
    if (!shown && around)
        out_printf(out, "no block begins at 0x%llx; the one at 0x%llx holds it\n",
                   (unsigned long long)la, (unsigned long long)around->la);
    if (!shown)
        show_untranslated(cpu, la, out);
}
