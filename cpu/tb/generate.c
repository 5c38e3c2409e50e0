/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/generate.c - tb_generate(): guest code at CS:RIP through front end, optimiser and back end.
 */
#include "cpu/access.h"
#include "cpu/decode.h"
#include "cpu/tb/backend.h"
#include "cpu/watch.h"

static uint64_t bytes_in_limit(const struct block *b, uint64_t rip)
{
    if (b->flags & MODE_CODE64)
        return UINT64_MAX;
    return rip > b->code_limit ? 0 : (uint64_t)b->code_limit - rip + 1;
}

static bool is_magic(const struct cpu *cpu, const struct insn *insn)
{
    return cpu->watch->magic && insn->length == 2 && insn->opsize == OPSIZE_16 && !insn->mem &&
           insn->dst == RBX && insn->src == RBX;
}

/*
 * The instruction at rip has `here` bytes in this page. True: the rest is in the next one, and the
 * block ends with it or before it.
 */
static bool translate_crossing(struct block *b, const uint8_t *host, unsigned here, uint64_t rip)
{
    struct cpu *cpu = b->cpu;
    lin_addr next = (b->la | PAGE_MASK) + 1;
    const struct tlb_page *page;
    uint8_t bytes[15];
    struct insn insn;
    unsigned first;

    memcpy(bytes, host, here);
    if (decode_fields(bytes, here, b->flags & TBF_MODE, cpu->features, &insn) != DECODE_MORE)
        return false;
    if (!(b->flags & (MODE_CODE64 | TBF_FLAT)) || !next)
        return true;
    page = b->again ? b->next_page : tlb_fetched(cpu, next);
    if (!page || !page->host || !page->marks)
        return true;
    memcpy(bytes + here, page->host, 15 - here);
    if (decode_fields(bytes, 15, b->flags & TBF_MODE, cpu->features, &insn) != DECODE_OK ||
        insn.length > bytes_in_limit(b, rip) || (!b->again && is_magic(cpu, &insn)))
        return true;
    first = b->op_count;
    b->crossing = page;
    block_translate(b, &insn, rip);
    b->crossing = NULL;
    if (b->op_count > first && b->ops[b->op_count - 1].code != OP_ALONE) {
        b->second = page->pa;
        b->bytes += insn.length;
    }
    return true;
}

/*
 * Decode and translate up to the end of the block. Stops in front of what a block cannot hold: an
 * instruction that crosses the page or the limit, a breakpoint, an encoding that is not legal.
 */
void block_build(struct block *b, const uint8_t *page)
{
    struct cpu *cpu = b->cpu;
    unsigned start = b->la & PAGE_MASK;
    unsigned most = cpu->block_most ? cpu->block_most : b->most;

    while (!b->ended && b->count < most && b->op_count + 24 < BLOCK_OPS) {
        unsigned here = PAGE_SIZE - start - b->bytes;
        uint64_t rip = b->rip + b->bytes;
        struct insn *insn = &b->insns[b->count];

        if (!here || (!b->again && watch_wants_check(cpu, b->la + b->bytes)))
            break;
        if (here < 15 && translate_crossing(b, page + start + b->bytes, here, rip))
            break;
        if (decode_fields(page + start + b->bytes, here < 15 ? here : 15, b->flags & TBF_MODE,
                          cpu->features, insn) != DECODE_OK ||
            insn->length > bytes_in_limit(b, rip) || (!b->again && is_magic(cpu, insn)))
            break;
        block_translate(b, insn, rip);
        if (b->ended && b->count == 0)
            return;
        b->bytes += b->ended && b->ops[b->op_count - 1].code == OP_ALONE ? 0 : insn->length;
    }
    if (!b->ended && b->count)
        block_op(b, OP_JMP, 8)->imm =
            (int64_t)(b->flags & MODE_CODE64 ? b->rip + b->bytes : (uint32_t)(b->rip + b->bytes));
}

void block_begin(struct block *b, struct tb_cache *tbs, uint32_t flags, uint64_t rip, lin_addr la,
                 uint32_t code_limit)
{
    b->cpu = tbs->cpu;
    b->tbs = tbs;
    b->flags = flags;
    b->rip = rip;
    b->la = la;
    b->code_limit = code_limit;
    b->most = tbs->most;
    b->count = b->bytes = b->op_count = 0;
    b->second = 0;
    b->crossing = b->next_page = NULL;
    b->has_vectors = b->has_x87 = b->ended = b->optimized = b->again = false;
}

static struct tb *take_tb(struct tb_cache *tbs)
{
    struct tb *tb = tb_take_meta(&tbs->region[tbs->current], sizeof *tb);

    if (tb)
        tb->region = (uint8_t)tbs->current;
    return tb;
}

bool block_again(struct tb_cache *tbs, const struct tb *tb, struct block *b)
{
    const uint8_t *page = space_page(tbs->cpu->memory, tb->pa & ~PAGE_MASK, NULL);
    uint32_t code_limit = tb->flags & TBF_FLAT ? UINT32_MAX : tb->code_limit;
    struct tlb_page next = { .pa = tb->second };

    if (tb->second)
        next.host = space_page(tbs->cpu->memory, tb->second, &next.marks);
    for (unsigned most = TB_MAX; page; most = tb->count) {
        block_begin(b, tbs, tb->flags, tb->rip, tb->la, code_limit);
        b->again = true;
        b->most = most;
        b->next_page = &next;
        block_build(b, page);
        if (b->count == tb->count)
            return b->bytes == tb->bytes;
        if (most == tb->count)
            break;
    }
    return false;
}

/* Tell the host's tools what the code is. */
static void announce(struct cpu *cpu, const struct tb *tb)
{
    const struct cpu_host *host = &cpu->host;
    char name[200], symbol[160];

    if (host->symbol && host->symbol(host->symbol_context, tb->la, symbol, sizeof symbol))
        snprintf(name, sizeof name, "tb_%s", symbol);
    else
        snprintf(name, sizeof name, "tb_%llx", (unsigned long long)tb->la);
    host->code_made(host->context, tb->code, tb->code_bytes, name);
}

static struct tb *generate(struct cpu *cpu)
{
    struct tb_cache *tbs = cpu->tbs;
    struct block *b = tbs->block;
    lin_addr la = cpu->mode & MODE_CODE64 ? cpu->rip : (uint32_t)(cpu->seg[SEG_CS].base + cpu->rip);
    const struct tlb_page *page;

    if (cpu->mode & MODE_CODE64 && !is_canonical(cpu, cpu->rip))
        return NULL;
    page = tlb_page(cpu, la, ACCESS_EXEC, cpu->view);
    if (!page || !page->host || !page->marks || !tbs->table || tbs->table->flags != tb_flags(cpu))
        return NULL;
    for (unsigned attempt = 0; attempt < 2; attempt++) {
        struct tb_region *region = &tbs->region[tbs->current];
        struct host_code code = { .p = region->code_next,
                                  .end = region->code_end,
                                  .delta = tbs->delta };
        uint8_t *meta = region->meta_next;
        struct tb *tb;

        tb_buffer_prepare(tbs);
        block_begin(b, tbs, tb_flags(cpu), cpu->rip, la, cpu->seg[SEG_CS].limit);
        block_build(b, page->host);
        if (!b->count)
            return NULL;
        block_must_hold(b);
        block_optimize(b);
        block_must_hold(b);
        tb = take_tb(tbs);
        if (tb && block_compile(b, tb, &code)) {
            tb->pa = page->pa | (la & PAGE_MASK);
            tb->second = b->second;
            tb->rip = cpu->rip;
            tb->la = la;
            tb->flags = b->flags;
            tb->code_limit = tb_code_limit(cpu, b->flags);
            tb->count = (uint16_t)b->count;
            tb->bytes = (uint16_t)b->bytes;
            region->code_next = (uint8_t *)(((uintptr_t)code.p + 15) & ~(uintptr_t)15);
            if (region->last)
                region->last->region_next = tb;
            else
                region->first = tb;
            region->last = tb;
            tb_insert(cpu, tb);
            tb_remember(cpu, tb);
            tbs->last = tb;
            tbs->counters.generated++;
            tbs->counters.instructions += tb->count;
            tbs->counters.helpers += tb->helpers;
            tbs->counters.host_bytes += tb->code_bytes;
            if (unlikely(cpu->host.code_made != NULL))
                announce(cpu, tb);
            return tb;
        }
        region->meta_next = meta;
        tb_next_region(cpu);
    }
    return NULL;
}

struct tb *tb_generate(struct cpu *cpu)
{
    struct tb_counters *counters = &cpu->tbs->counters;
    uint64_t start, time;
    struct tb *tb;

    if (likely(!cpu->tbs->timed))
        return generate(cpu);
    start = cpu->host.nanoseconds(cpu->host.context);
    tb = generate(cpu);
    time = cpu->host.nanoseconds(cpu->host.context) - start;
    if (tb && time < 1000000) {
        counters->generation_ns += time;
        counters->timed++;
        counters->timed_instructions += tb->count;
    } else if (tb) { /* the host did something else meanwhile */
        counters->interrupted++;
    }
    return tb;
}
