/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/generate.c - tb_generate(): guest code at CS:RIP through front end, optimiser and back end.
 */
#include "cpu/access.h"
#include "cpu/decode.h"
#include "cpu/tb/backend.h"
#include "cpu/watch.h"

static uint64_t bytes_in_limit(const struct cpu *cpu, uint64_t rip)
{
    if (cpu->mode & MODE_CODE64)
        return UINT64_MAX;
    return rip > cpu->seg[SEG_CS].limit ? 0 : (uint64_t)cpu->seg[SEG_CS].limit - rip + 1;
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
    if (decode_insn(bytes, here, cpu->mode, cpu->features, &insn) != DECODE_MORE)
        return false;
    if (!(cpu->mode & MODE_CODE64 || b->flags & TBF_FLAT) || !next)
        return true;
    page = tlb_fetched(cpu, next);
    if (!page || !page->host || !page->marks)
        return true;
    memcpy(bytes + here, page->host, 15 - here);
    if (decode_insn(bytes, 15, cpu->mode, cpu->features, &insn) != DECODE_OK ||
        insn.length > bytes_in_limit(cpu, rip) || is_magic(cpu, &insn))
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
static void translate(struct block *b, const uint8_t *host)
{
    struct cpu *cpu = b->cpu;
    unsigned start = b->la & PAGE_MASK;
    unsigned most = cpu->block_most ? cpu->block_most : b->tbs->most;

    while (!b->ended && b->count < most && b->op_count + 24 < BLOCK_OPS) {
        unsigned here = PAGE_SIZE - start - b->bytes;
        uint64_t rip = b->rip + b->bytes;
        struct insn insn;

        if (!here || watch_wants_check(cpu, b->la + b->bytes))
            break;
        if (here < 15 && translate_crossing(b, host + start + b->bytes, here, rip))
            break;
        if (decode_insn(host + start + b->bytes, here < 15 ? here : 15, cpu->mode, cpu->features,
                        &insn) != DECODE_OK ||
            insn.length > bytes_in_limit(cpu, rip) || is_magic(cpu, &insn))
            break;
        block_translate(b, &insn, rip);
        if (b->ended && b->count == 0)
            return;
        b->bytes += b->ended && b->ops[b->op_count - 1].code == OP_ALONE ? 0 : insn.length;
    }
    if (!b->ended && b->count)
        block_op(b, OP_JMP, 8)->imm =
            (int64_t)(b->cpu->mode & MODE_CODE64 ? b->rip + b->bytes
                                                 : (uint32_t)(b->rip + b->bytes));
}

static struct tb *take_tb(struct tb_cache *tbs)
{
    struct tb_region *region = &tbs->region[tbs->current];
    struct tb *tb = (struct tb *)(void *)region->meta_next;

    if (region->meta_end - region->meta_next < (ptrdiff_t)sizeof *tb)
        return NULL;
    region->meta_next += (sizeof *tb + 7) & ~(size_t)7;
    *tb = (struct tb){ .region = (uint8_t)tbs->current };
    return tb;
}

struct tb *tb_generate(struct cpu *cpu)
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
        struct tb *tb = take_tb(tbs);

        b->cpu = cpu;
        b->tbs = tbs;
        b->flags = tb_flags(cpu);
        b->rip = cpu->rip;
        b->la = la;
        b->code_limit = cpu->seg[SEG_CS].limit;
        b->count = b->bytes = b->op_count = 0;
        b->second = 0;
        b->crossing = NULL;
        b->has_vectors = b->has_x87 = b->ended = false;
        memset(b->site, 0, sizeof b->site);
        translate(b, page->host);
        if (!b->count) {
            region->meta_next = meta;
            return NULL;
        }
        block_optimize(b);
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
            return tb;
        }
        region->meta_next = meta;
        tb_next_region(cpu);
    }
    return NULL;
}
