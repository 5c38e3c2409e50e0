/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/trace.c - decoded traces: made from guest code, found by physical address and mode, killed
 * when their bytes are written. A killed trace stays where it is, each of its instructions replaced
 * by exec_lost, so that links into it and an execution that is inside it find out by themselves.
 */
#include <stddef.h>
#include <stdlib.h>

#include "cpu/decode.h"
#include "cpu/exec.h"
#include "cpu/tlb.h"
#include "cpu/watch.h"
#include "util/buf.h"

#define ARENA_BYTES MIB(32)

/* Leave in front of insn, which has not been executed: give back what was charged for it. */
static enum exec leave_before(struct cpu *cpu, const struct insn *insn)
{
    cpu->rip = insn_rip(cpu, insn);
    cpu->remaining += insn->left;
    return EXEC_LEAVE;
}

/* The trace was killed under us: look the rest up again. */
static enum exec exec_lost(struct cpu *cpu, struct insn *insn)
{
    return leave_before(cpu, insn);
}

/* After the last instruction of a trace that does not end in a branch. */
static enum exec exec_end_64(struct cpu *cpu, struct insn *insn)
{
    return exec_direct(cpu, insn, insn_rip(cpu, insn), true);
}

static enum exec exec_end(struct cpu *cpu, struct insn *insn)
{
    return exec_direct(cpu, insn, insn_rip(cpu, insn), false);
}

/* After the only instruction of a MODE_ALONE trace. */
static enum exec exec_end_alone(struct cpu *cpu, struct insn *insn)
{
    cpu->rip = insn_rip(cpu, insn);
    return EXEC_LEAVE;
}

/* A breakpoint may stand here: imm is nothing, the watch list decides. */
static enum exec exec_breakpoint(struct cpu *cpu, struct insn *insn)
{
    uint64_t rip = insn_rip(cpu, insn);
    uint64_t tick = cpu->clock->horizon - (uint64_t)(cpu->remaining + insn->left);

    if (watch_stops(cpu, tick, cpu->seg[SEG_CS].base + rip)) {
        leave_before(cpu, insn);
        return EXEC_BREAK;
    }
    NEXT(cpu, insn);
}

/* XCHG BX,BX with magic breakpoints on: stops behind it. Ends its trace. */
static enum exec exec_magic(struct cpu *cpu, struct insn *insn)
{
    cpu->watch->hit = (struct watch_hit){ .id = 0, .la = insn_rip(cpu, insn) };
    cpu->watch->hit_valid = true;
    cpu->rip = insn_next_rip(cpu, insn);
    return EXEC_BREAK;
}

static void kill_trace(struct cpu *cpu, struct trace *trace);

/* Before an instruction that crosses into another page, which was mapped to `imm`: is it still? This
 * is number `dst` of the trace. */
static enum exec exec_check_crossing(struct cpu *cpu, struct insn *insn)
{
    lin_addr la = cpu->seg[SEG_CS].base + insn_rip(cpu, insn);
    const struct tlb_page *page;

    la = ((la | PAGE_MASK) + 1) & (cpu_code64(cpu) ? ~UINT64_C(0) : 0xffffffff);
    page = tlb_page(cpu, la, ACCESS_EXEC, cpu->view);
    if (!page)
        return EXEC_FAULT;
    if (page->pa == insn->imm)
        NEXT(cpu, insn);
    kill_trace(cpu, (struct trace *)((char *)(insn - insn->dst) - offsetof(struct trace, insns)));
    return leave_before(cpu, insn);
}

static void forget_all(struct cpu *cpu)
{
    struct trace_cache *cache = cpu->traces;

    for (unsigned i = 0; i < CODE_PAGE_HASH; i++) {
        for (struct code_page *p = cache->pages[i]; p; p = p->next) {
            uint8_t *marks;

            if (space_page(cpu->memory, p->page, &marks) && marks)
                *marks &= (uint8_t)~RAM_CODE;
        }
    }
    memset(cache->pages, 0, sizeof cache->pages);
    memset(cache->hash, 0, sizeof cache->hash);
    memset(cache->jump, 0, sizeof cache->jump);
    cache->used = 0;
    cache->forget_pending = false;
    cache->counters.flushes++;
}

static void *arena_take(struct cpu *cpu, size_t bytes)
{
    struct trace_cache *cache = cpu->traces;
    void *p = cache->arena + cache->used;

    cache->used += (bytes + 63) & ~(size_t)63;
    return p;
}

static struct code_page **code_page_slot(const struct trace_cache *cache, phys_addr page)
{
    return (struct code_page **)&cache->pages[page / PAGE_SIZE % CODE_PAGE_HASH];
}

static struct code_page *code_page_find(const struct trace_cache *cache, phys_addr page)
{
    struct code_page *p = *code_page_slot(cache, page);

    while (p && p->page != page)
        p = p->next;
    return p;
}

/* The record of a page that is about to hold code; its writes will be reported from now on. */
static struct code_page *code_page_get(struct cpu *cpu, phys_addr page)
{
    struct code_page *p = code_page_find(cpu->traces, page), **slot;
    uint8_t *marks;

    if (!p) {
        slot = code_page_slot(cpu->traces, page);
        p = arena_take(cpu, sizeof *p);
        *p = (struct code_page){ .page = page, .next = *slot };
        *slot = p;
    }
    if (space_page(cpu->memory, page, &marks) && marks && !(*marks & RAM_CODE)) {
        *marks |= RAM_CODE;
        tlb_forget_write(cpu, page);
    }
    return p;
}

static uint64_t line_mask(unsigned first, unsigned last)
{
    return mask_bits(last / 64 + 1) & ~mask_bits(first / 64);
}

static unsigned trace_hash(phys_addr pa, unsigned mode)
{
    return (unsigned)((pa ^ pa >> 16 ^ (uint64_t)mode << 12) % TRACE_HASH);
}

static void kill_trace(struct cpu *cpu, struct trace *trace)
{
    struct trace **link = &cpu->traces->hash[trace_hash(trace->pa, trace->mode)];

    while (*link && *link != trace)
        link = &(*link)->hash_next;
    if (*link)
        *link = trace->hash_next;
    for (unsigned i = 0; trace->insns[i].exec != exec_end && trace->insns[i].exec != exec_end_64 &&
                         trace->insns[i].exec != exec_end_alone;
         i++)
        trace->insns[i].exec = exec_lost;
    trace->dead = true;
    cpu->traces->counters.invalidated++;
}

/* Kill those of a page's traces that hold a byte of first..last (offsets); recompute the lines. */
static void code_page_written(struct cpu *cpu, struct code_page *p, unsigned first, unsigned last)
{
    struct trace **link = &p->traces;
    uint64_t lines = 0;

    while (*link) {
        struct trace *t = *link;
        unsigned begin = t->pa & PAGE_MASK, end = begin + t->bytes - 1;

        if (begin <= last && end >= first) {
            kill_trace(cpu, t);
            *link = t->page_next;
        } else {
            lines |= line_mask(begin, end < PAGE_MASK ? end : PAGE_MASK);
            link = &t->page_next;
        }
    }
    for (link = &p->crossing; *link;) {
        struct trace *t = *link;
        unsigned end = (unsigned)((t->pa + t->bytes - 1) & PAGE_MASK);

        if (t->dead || end >= first) {
            if (!t->dead)
                kill_trace(cpu, t);
            *link = t->crossing_next;
        } else {
            lines |= line_mask(0, end);
            link = &t->crossing_next;
        }
    }
    p->lines = lines;
    if (!lines) {
        uint8_t *marks;

        if (space_page(cpu->memory, p->page, &marks) && marks)
            *marks &= (uint8_t)~RAM_CODE;
    }
}

bool trace_code_at(const struct cpu *cpu, phys_addr pa, unsigned bytes)
{
    const struct code_page *p = code_page_find(cpu->traces, pa & ~PAGE_MASK);
    unsigned first = pa & PAGE_MASK;

    return p && p->lines & line_mask(first, first + bytes - 1);
}

/* struct engine's forget: guest code changes at pa..pa+bytes-1. */
static void interp_forget(struct cpu *cpu, phys_addr pa, uint64_t bytes)
{
    while (bytes) {
        unsigned first = pa & PAGE_MASK;
        uint64_t here = bytes < PAGE_SIZE - first ? bytes : PAGE_SIZE - first;
        unsigned last = first + (unsigned)here - 1;
        struct code_page *p = code_page_find(cpu->traces, pa & ~PAGE_MASK);

        if (p && (p->lines & line_mask(first, last)))
            code_page_written(cpu, p, first, last);
        pa += here;
        bytes -= here;
    }
}

static void ram_code_written(void *context, phys_addr pa, uint64_t bytes)
{
    struct cpu *cpu = context;

    cpu->engine->forget(cpu, pa, bytes);
}

/* Everything goes at the next boundary: an execution may be inside a trace now. */
static void interp_forget_all(struct cpu *cpu)
{
    struct trace_cache *cache = cpu->traces;

    cache->forget_pending = true;
    tlb_forget_jumps(cpu);
    memset(cache->hash, 0, sizeof cache->hash);
}

static void set_end(struct insn *end, unsigned offset, unsigned mode)
{
    *end = (struct insn){ .exec = mode & MODE_ALONE    ? exec_end_alone
                                  : mode & MODE_CODE64 ? exec_end_64
                                                       : exec_end,
                          .offset = (uint16_t)offset };
}

/* RIP-relative displacements are kept relative to the start of the trace. */
static bool fix_rip_relative(struct insn *insn)
{
    int64_t disp = (int64_t)insn->disp + insn->offset + insn->length;

    if (!insn->mem || insn->base != REG_TRACE_IP)
        return true;
    if (disp != (int32_t)disp)
        return false;
    insn->disp = (int32_t)disp;
    return true;
}

static bool is_magic(const struct cpu *cpu, const struct insn *insn)
{
    return cpu->watch->magic && insn->length == 2 && insn->opsize == OPSIZE_16 && !insn->mem &&
           insn->dst == RBX && insn->src == RBX && !strcmp(insn_rows[insn->row].mnemonic, "xchg");
}

/* The bytes of an instruction that may lie across two pages. Returns how many; 0: fetch fault. */
static unsigned fetch_crossing(struct cpu *cpu, lin_addr la, const uint8_t *host, uint8_t bytes[15],
                               phys_addr *second)
{
    unsigned here = PAGE_SIZE - (la & PAGE_MASK);
    const struct tlb_page *page;
    lin_addr next = (la | PAGE_MASK) + 1;

    if (!cpu_code64(cpu))
        next = (uint32_t)next;
    for (unsigned i = 0; i < here && i < 15; i++)
        bytes[i] = host[i];
    if (here >= 15)
        return 15;
    page = tlb_page(cpu, next, ACCESS_EXEC, cpu->view);
    if (!page)
        return 0;
    *second = page->pa;
    if (page->host)
        memcpy(bytes + here, page->host, 15 - here);
    else if (!space_peek(cpu->memory, page->pa, bytes + here, 15 - here))
        memset(bytes + here, 0xff, 15 - here);
    return 15;
}

static bool raise_too_long(struct cpu *cpu)
{
    return RAISE(cpu, VEC_GP, 0, INSN_TOO_LONG, { EV_SIZE, 16 });
}

static bool raise_cs_limit(struct cpu *cpu, uint64_t offset, unsigned bytes)
{
    return RAISE(cpu, VEC_GP, 0, SEGMENT_LIMIT, { EV_SEGMENT, SEG_CS }, { EV_OFFSET, offset },
                 { EV_SIZE, bytes }, { EV_LIMIT, cpu->seg[SEG_CS].limit });
}

/* How many bytes from rip lie inside the CS limit. */
static uint64_t bytes_in_limit(const struct cpu *cpu, uint64_t rip)
{
    if (cpu_code64(cpu))
        return UINT64_MAX;
    return rip > cpu->seg[SEG_CS].limit ? 0 : (uint64_t)cpu->seg[SEG_CS].limit - rip + 1;
}

/* Decode a trace at linear address la of `page`. NULL: a fault was raised on its first insn. */
static struct trace *trace_decode(struct cpu *cpu, uint64_t rip, lin_addr la,
                                  const struct tlb_page *page, unsigned mode)
{
    struct trace_cache *cache = cpu->traces;
    unsigned start = la & PAGE_MASK, offset = 0, slots = 0, count = 0;
    unsigned most = mode & MODE_ALONE ? 1 : TRACE_MAX;
    phys_addr second = 0;
    bool crossing = false;
    uint8_t device_bytes[PAGE_SIZE];
    const uint8_t *host = page->host;
    struct trace *t;

    if (!host) { /* code in device memory: what the debugger would see, kept for this time only */
        if (!space_peek(cpu->memory, page->pa, device_bytes, PAGE_SIZE))
            memset(device_bytes, 0xff, PAGE_SIZE);
        host = device_bytes;
        most = 1;
    }
    if (cache->size - cache->used < KIB(8) || cache->forget_pending)
        forget_all(cpu);
    t = (struct trace *)(cache->arena + cache->used);
    *t = (struct trace){ .pa = page->pa | start, .mode = mode };
    while (count < most && start + offset < PAGE_SIZE) {
        struct insn *insn = &t->insns[slots];
        unsigned here = PAGE_SIZE - start - offset;
        uint64_t in_limit = bytes_in_limit(cpu, rip + offset);
        enum decode result;

        if (!(mode & MODE_ALONE) && watch_wants_check(cpu, la + offset)) {
            *insn = (struct insn){ .exec = exec_breakpoint, .offset = (uint16_t)offset };
            insn = &t->insns[++slots];
        }
        result =
            decode_insn(host + start + offset, here < 15 ? here : 15, mode, cpu->features, insn);
        if (result == DECODE_MORE) {
            uint8_t bytes[15];

            if (count)
                break;
            if (in_limit <= here)
                return raise_cs_limit(cpu, rip + offset, 15), NULL;
            if (!fetch_crossing(cpu, la, host + start, bytes, &second))
                return NULL;
            crossing = true;
            *insn =
                (struct insn){ .exec = exec_check_crossing, .imm = second, .dst = (uint8_t)slots };
            insn = &t->insns[++slots];
            result = decode_insn(bytes, 15, mode, cpu->features, insn);
            most = 1;
        }
        if (result == DECODE_TOO_LONG) {
            if (count)
                break;
            raise_too_long(cpu);
            return NULL;
        }
        if (insn->length > in_limit) {
            if (count)
                break;
            raise_cs_limit(cpu, rip + offset, insn->length);
            return NULL;
        }
        insn->offset = (uint16_t)offset;
        if (!fix_rip_relative(insn) && count)
            break; /* does not fit so far from the start: begins the next trace */
        if (is_magic(cpu, insn)) {
            insn->exec = exec_magic;
            most = 0;
        }
        offset += insn->length;
        slots++;
        count++;
        if (insn_rows[insn->row].attributes & A_END || result != DECODE_OK)
            break;
    }
    if (count && t->insns[slots - 1].exec == exec_breakpoint)
        slots--; /* before an instruction that begins the next trace */
    set_end(&t->insns[slots], offset, mode);
    t->count = (uint16_t)count;
    t->bytes = (uint16_t)offset;
    for (unsigned i = slots, left = 0; i-- > 0;) {
        if (t->insns[i].length)
            left++;
        t->insns[i].left = (uint8_t)left;
    }
    fuse_trace(t, slots);
    cache->counters.decoded++;
    cache->counters.instructions += count;
    if (!page->host)
        return t; /* arena space is reused: never found again */
    arena_take(cpu, sizeof *t + (slots + 1) * sizeof(struct insn));
    {
        struct code_page *p = code_page_get(cpu, page->pa);
        unsigned last = start + offset - 1, hash = trace_hash(t->pa, mode);

        t->page_next = p->traces;
        p->traces = t;
        p->lines |= line_mask(start, last < PAGE_MASK ? last : PAGE_MASK);
        if (crossing && last >= PAGE_SIZE) {
            p = code_page_get(cpu, second);
            t->crossing_next = p->crossing;
            p->crossing = t;
            p->lines |= line_mask(0, last - PAGE_SIZE);
        }
        t->hash_next = cache->hash[hash];
        cache->hash[hash] = t;
    }
    return t;
}

static struct trace *trace_by_address(struct cpu *cpu, uint64_t rip, lin_addr la, unsigned mode)
{
    struct trace_cache *cache = cpu->traces;
    const struct tlb_page *page;
    struct trace *t;
    phys_addr pa;

    if (bytes_in_limit(cpu, rip) == 0) {
        raise_cs_limit(cpu, rip, 1);
        return NULL;
    }
    if (cpu_code64(cpu) && !is_canonical(cpu, rip)) {
        RAISE(cpu, VEC_GP, 0, NON_CANONICAL, { EV_OFFSET, rip });
        return NULL;
    }
    page = tlb_page(cpu, la, ACCESS_EXEC, cpu->view);
    if (!page)
        return NULL;
    if (cache->forget_pending)
        forget_all(cpu);
    pa = page->pa | (la & PAGE_MASK);
    for (t = cache->hash[trace_hash(pa, mode)]; t; t = t->hash_next) {
        if (t->pa == pa && t->mode == mode && t->bytes <= bytes_in_limit(cpu, rip))
            return t;
    }
    return trace_decode(cpu, rip, la, page, mode);
}

static struct trace *find(struct cpu *cpu, uint64_t rip, unsigned mode, uint64_t key)
{
    struct trace_cache *cache = cpu->traces;
    lin_addr la = cpu_code64(cpu) ? rip : (uint32_t)(cpu->seg[SEG_CS].base + rip);
    struct jump_entry *e = &cache->jump[jump_hash(la)];
    struct trace *t;

    if (jump_matches(cache, e, la, key) && !e->trace->dead)
        return e->trace;
    cache->counters.slow_lookups++;
    t = trace_by_address(cpu, rip, la, mode);
    if (t && t->count && (uint8_t *)t != cache->arena + cache->used) {
        *e = (struct jump_entry){ .key = la ^ cache->jump_key ^ key,
                                  .trace = t,
                                  .generation = cache->generation[tlb_slot(la)] };
    }
    return t;
}

struct trace *trace_find_slow(struct cpu *cpu, uint64_t rip)
{
    if (cpu->alone) /* a branch that runs singly ends the run */
        return NULL;
    return find(cpu, rip, cpu->mode, 0);
}

struct trace *trace_find_alone(struct cpu *cpu, uint64_t rip)
{
    return find(cpu, rip, cpu->mode | MODE_ALONE, BIT(63));
}

void trace_link(struct cpu *cpu, struct insn *insn, uint64_t rip)
{
    const struct trace_cache *cache = cpu->traces;
    lin_addr la = cpu_code64(cpu) ? rip : (uint32_t)(cpu->seg[SEG_CS].base + rip);
    const struct jump_entry *e = &cache->jump[jump_hash(la)];

    if (jump_matches(cache, e, la, 0) && !e->trace->dead)
        insn->link = e->trace;
}

void interp_create(struct cpu *cpu)
{
    struct trace_cache *cache = xcalloc(1, sizeof *cache);

    cache->generation = cpu->tlbs[TLB_FETCH].generation;
    cache->size = ARENA_BYTES;
    cache->arena = xcalloc(1, cache->size);
    cpu->traces = cache;
    if (cpu->memory && cpu->memory->ram) {
        cpu->memory->ram->code_written = ram_code_written;
        cpu->memory->ram->context = cpu;
    }
}

void interp_destroy(struct cpu *cpu)
{
    if (!cpu->traces)
        return;
    free(cpu->traces->arena);
    free(cpu->traces);
    cpu->traces = NULL;
}

static void interp_describe(const struct cpu *cpu, struct out *out)
{
    const struct trace_cache *cache = cpu->traces;
    const struct trace_counters *c = &cache->counters;

    out_printf(out, "trace cache: %zu of %zu KiB used\n", cache->used / 1024, cache->size / 1024);
    out_printf(out, "decoded traces %llu, instructions in them %llu\n",
               (unsigned long long)c->decoded, (unsigned long long)c->instructions);
    out_printf(out, "slow lookups %llu, killed by writes %llu, flushes %llu, run singly %llu\n",
               (unsigned long long)c->slow_lookups, (unsigned long long)c->invalidated,
               (unsigned long long)c->flushes, (unsigned long long)c->alone);
}

const struct engine engine_interp = {
    .name = "interp",
    .run = interp_run,
    .forget = interp_forget,
    .forget_all = interp_forget_all,
    .describe = interp_describe,
};
