/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/tb/tb.c - how a TB is found, and chaining. */
#include "cpu/tb/tb.h"

#include "cpu/access.h"
#include "cpu/segment.h"

static bool is_flat_segment(const struct segment *seg, bool write)
{
    return seg->base == 0 && seg->limit == UINT32_MAX && seg->read_end &&
           (!write || seg->write_end);
}

uint32_t tb_flags(const struct cpu *cpu)
{
    uint32_t flags = cpu->mode | (uint32_t)cpu->view << TBF_VIEW_SHIFT;

    if (cpu->cpl == 0)
        flags |= TBF_CPL0;
    if (cpu->sse_ready)
        flags |= TBF_SSE;
    if (cpu->avx_ready)
        flags |= TBF_AVX;
    if (cpu->mmx_ready)
        flags |= TBF_X87;
    if (!(cpu->mode & MODE_CODE64) && is_flat_segment(&cpu->seg[SEG_DS], true) &&
        is_flat_segment(&cpu->seg[SEG_ES], true) && is_flat_segment(&cpu->seg[SEG_SS], true) &&
        is_flat_segment(&cpu->seg[SEG_CS], false))
        flags |= TBF_FLAT;
    return flags;
}

/* The jump cache for these flags. */
static struct tb_table *find_table(struct tb_cache *tbs, uint32_t flags)
{
    struct tb_table *table = tbs->table;

    if (likely(table && table->flags == flags))
        return table;
    for (unsigned i = 0; i < TB_TABLES; i++) {
        table = &tbs->tables[i];
        if (!table->used) {
            table->used = true;
            table->flags = flags;
        }
        if (table->flags == flags) {
            tbs->table = table;
            return table;
        }
    }
    return NULL;
}

static lin_addr linear_pc(const struct cpu *cpu)
{
    return cpu->mode & MODE_CODE64 ? cpu->rip : (uint32_t)(cpu->seg[SEG_CS].base + cpu->rip);
}

void tb_remember(struct cpu *cpu, struct tb *tb)
{
    struct tb_table *table = find_table(cpu->tbs, tb->flags);
    struct tb_jump *jump;

    if (!table)
        return;
    jump = &table->jump[tb_jump_slot(tb->la)];
    *jump = (struct tb_jump){ .la = tb->la,
                              .generation = tb_generations(cpu, tb->flags)[tlb_slot(tb->la)],
                              .code = (uintptr_t)tb->code,
                              .tb = tb };
}

static unsigned hash_of(phys_addr pa, uint64_t rip, uint32_t flags)
{
    return (unsigned)((pa ^ pa >> 16 ^ rip >> 12 ^ (uint64_t)flags << 5) % TB_HASH);
}

struct tb **tb_hash_slot(struct tb_cache *tbs, phys_addr pa, uint64_t rip, uint32_t flags)
{
    return &tbs->hash[hash_of(pa, rip, flags)];
}

struct tb *tb_find_slow(struct cpu *cpu, uint32_t flags, uint64_t rip, lin_addr la)
{
    struct tb_cache *tbs = cpu->tbs;
    uint32_t code_limit = tb_code_limit(cpu, flags);
    const struct tlb_page *page;
    phys_addr pa;

    tbs->counters.slow_lookups++;
    if (cpu->mode & MODE_CODE64 ? !is_canonical(cpu, rip) : rip > cpu->seg[SEG_CS].limit)
        return NULL;
    page = tlb_page(cpu, la, ACCESS_EXEC, cpu->view);
    if (!page) /* the interpreter finds the fault again */
        return NULL;
    pa = page->pa | (la & PAGE_MASK);
    for (struct tb *tb = *tb_hash_slot(tbs, pa, rip, flags); tb; tb = tb->hash_next) {
        if (tb->pa == pa && tb->rip == rip && tb->la == la && tb->flags == flags &&
            tb->code_limit == code_limit) {
            tbs->counters.slow_hits++;
            tb_remember(cpu, tb);
            return tb;
        }
    }
    return NULL;
}

struct tb *tb_find(struct cpu *cpu)
{
    struct tb_cache *tbs = cpu->tbs;
    uint32_t flags = tb_flags(cpu);
    lin_addr la = linear_pc(cpu);
    const struct tb_table *table = find_table(tbs, flags);
    const struct tb_jump *jump;

    if (unlikely(!table))
        return NULL;
    jump = &table->jump[tb_jump_slot(la)];
    if (likely(jump->la == la && jump->generation == tb_generations(cpu, flags)[tlb_slot(la)])) {
        tbs->counters.fast_hits++;
        return jump->tb;
    }
    return tb_find_slow(cpu, flags, cpu->rip, la);
}

/*
 * Within a page the mapping that fetched the one fetches the other. Across pages the way is through
 * the jump cache, whose entries go with the mapping.
 */
void tb_chain(struct cpu *cpu, struct tb_exit *exit, struct tb *target)
{
    struct tb *owner = exit->owner;

    if (exit->target || owner->dead || target->dead || owner->flags != target->flags ||
        owner->code_limit != target->code_limit)
        return;
    if ((owner->la ^ target->la) & ~PAGE_MASK || (owner->pa ^ target->pa) & ~PAGE_MASK)
        return;
    exit->target = target;
    exit->next_in = target->incoming;
    target->incoming = exit;
    store_le32(exit->jump,
               (uint32_t)((intptr_t)target->code - cpu->tbs->delta - (intptr_t)(exit->jump + 4)));
    cpu->tbs->counters.chained++;
}
