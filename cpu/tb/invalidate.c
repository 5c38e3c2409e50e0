/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/invalidate.c - which TBs hold code of a page, what becomes of them when it is written, and
 * the recycling of the code buffer.
 */
#include <stdlib.h>
#include <string.h>

#include "cpu/tb/tb.h"
#include "util/buf.h"

static struct tb_page **page_slot(struct tb_cache *tbs, phys_addr page)
{
    return &tbs->pages[page / PAGE_SIZE % TB_PAGE_HASH];
}

static struct tb_page *page_find(struct tb_cache *tbs, phys_addr page)
{
    struct tb_page *p = *page_slot(tbs, page);

    while (p && p->page != page)
        p = p->next;
    return p;
}

static struct tb_page *page_get(struct cpu *cpu, phys_addr page)
{
    struct tb_cache *tbs = cpu->tbs;
    struct tb_page *p = page_find(tbs, page);
    uint8_t *marks;

    if (!p) {
        p = tbs->free_pages;
        if (p)
            tbs->free_pages = p->next;
        else
            p = xcalloc(1, sizeof *p);
        *p = (struct tb_page){ .page = page, .next = *page_slot(tbs, page) };
        *page_slot(tbs, page) = p;
    }
    if (space_page(cpu->memory, page, &marks) && marks && !(*marks & RAM_TB)) {
        *marks |= RAM_TB;
        tlb_forget_write(cpu, page);
    }
    return p;
}

static void page_unmark(struct cpu *cpu, struct tb_page *p)
{
    uint8_t *marks;

    if (space_page(cpu->memory, p->page, &marks) && marks)
        *marks &= (uint8_t)~RAM_TB;
}

static unsigned last_byte(const struct tb *tb)
{
    return (unsigned)(tb->pa & PAGE_MASK) + tb->bytes - 1u;
}

/* In the page where it begins. */
static uint64_t lines_of(const struct tb *tb)
{
    unsigned first = (unsigned)(tb->pa & PAGE_MASK), last = last_byte(tb);

    if (last > PAGE_MASK)
        last = PAGE_MASK;
    return mask_bits(last / 64 + 1) & ~mask_bits(first / 64);
}

void tb_insert(struct cpu *cpu, struct tb *tb)
{
    struct tb **slot = tb_hash_slot(cpu->tbs, tb->pa, tb->rip, tb->flags);
    struct tb_page *page = page_get(cpu, tb->pa & ~PAGE_MASK);

    tb->hash_next = *slot;
    *slot = tb;
    tb->page_next = page->tbs;
    page->tbs = tb;
    page->lines |= lines_of(tb);
    if (tb->second) {
        page = page_get(cpu, tb->second);
        tb->crossing_next = page->crossing;
        page->crossing = tb;
        page->lines |= mask_bits((last_byte(tb) & PAGE_MASK) / 64 + 1);
    }
}

/* All ways into the TB lead elsewhere from now on; its own exits leave their targets' lists. */
static void unlink_tb(struct cpu *cpu, struct tb *tb)
{
    struct tb_cache *tbs = cpu->tbs;
    struct tb **link = tb_hash_slot(tbs, tb->pa, tb->rip, tb->flags);

    while (*link && *link != tb)
        link = &(*link)->hash_next;
    if (*link)
        *link = tb->hash_next;
    for (unsigned i = 0; i < TB_TABLES && tbs->tables[i].used; i++) {
        struct tb_jump *jump = &tbs->tables[i].jump[tb_jump_slot(tb->la)];

        if (jump->tb == tb)
            *jump = (struct tb_jump){ 0 };
    }
    for (struct tb_exit *e = tb->incoming, *next; e; e = next) {
        next = e->next_in;
        store_le32(e->jump, (uint32_t)(e->stub - (e->jump + 4)));
        e->target = NULL;
    }
    tb->incoming = NULL;
    for (struct tb_exit *e = tb->exits; e; e = e->next_own) {
        struct tb_exit **in;

        if (!e->target)
            continue;
        for (in = &e->target->incoming; *in && *in != e; in = &(*in)->next_in)
            ;
        if (*in)
            *in = e->next_in;
        e->target = NULL;
        store_le32(e->jump, (uint32_t)(e->stub - (e->jump + 4)));
    }
    if (tbs->from && tbs->from->owner == tb)
        tbs->from = NULL;
    /* A REP that overwrites itself sees it by its handler. */
    if (tbs->site && tbs->site->tb == tb)
        tbs->site->insn[0].exec = tb_end_of_handler;
    tb->dead = true;
    tbs->killed = 1;
}

/* Its TBs that are dead are taken out; what code the others have here. */
static void page_renew(struct cpu *cpu, struct tb_page *page)
{
    page->lines = 0;
    for (struct tb **link = &page->tbs; *link;) {
        if ((*link)->dead) {
            *link = (*link)->page_next;
        } else {
            page->lines |= lines_of(*link);
            link = &(*link)->page_next;
        }
    }
    for (struct tb **link = &page->crossing; *link;) {
        if ((*link)->dead) {
            *link = (*link)->crossing_next;
        } else {
            page->lines |= mask_bits((last_byte(*link) & PAGE_MASK) / 64 + 1);
            link = &(*link)->crossing_next;
        }
    }
    if (!page->lines)
        page_unmark(cpu, page);
}

static void renew(struct cpu *cpu, phys_addr pa)
{
    struct tb_page *page = page_find(cpu->tbs, pa & ~PAGE_MASK);

    if (page)
        page_renew(cpu, page);
}

void tb_kill(struct cpu *cpu, struct tb *tb)
{
    if (tb->dead)
        return;
    unlink_tb(cpu, tb);
    renew(cpu, tb->pa);
    if (tb->second)
        renew(cpu, tb->second);
}

static void page_written(struct cpu *cpu, struct tb_page *page, unsigned first, unsigned last)
{
    for (struct tb *tb = page->tbs, *next; tb; tb = next) {
        next = tb->page_next;
        if ((tb->pa & PAGE_MASK) <= last && last_byte(tb) >= first) {
            tb_kill(cpu, tb);
            cpu->tbs->counters.invalidated++;
        }
    }
    for (struct tb *tb = page->crossing, *next; tb; tb = next) {
        next = tb->crossing_next;
        if ((last_byte(tb) & PAGE_MASK) >= first) {
            tb_kill(cpu, tb);
            cpu->tbs->counters.invalidated++;
        }
    }
}

static uint64_t line_mask(unsigned first, unsigned last)
{
    return mask_bits(last / 64 + 1) & ~mask_bits(first / 64);
}

bool tb_code_at(struct cpu *cpu, phys_addr pa, uint64_t bytes)
{
    while (bytes) {
        unsigned first = pa & PAGE_MASK;
        uint64_t here = bytes < PAGE_SIZE - first ? bytes : PAGE_SIZE - first;
        const struct tb_page *page = page_find(cpu->tbs, pa & ~PAGE_MASK);

        if (page && page->lines & line_mask(first, first + (unsigned)here - 1))
            return true;
        pa += here;
        bytes -= here;
    }
    return false;
}

void tb_forget_code(struct cpu *cpu, phys_addr pa, uint64_t bytes)
{
    while (bytes) {
        unsigned first = pa & PAGE_MASK;
        uint64_t here = bytes < PAGE_SIZE - first ? bytes : PAGE_SIZE - first;
        unsigned last = first + (unsigned)here - 1;
        struct tb_page *page = page_find(cpu->tbs, pa & ~PAGE_MASK);

        if (page && page->lines & line_mask(first, last))
            page_written(cpu, page, first, last);
        pa += here;
        bytes -= here;
    }
}

/* The empty records of pages. */
static void sweep_pages(struct tb_cache *tbs)
{
    for (unsigned i = 0; i < TB_PAGE_HASH; i++) {
        for (struct tb_page **link = &tbs->pages[i]; *link;) {
            struct tb_page *p = *link;

            if (p->tbs || p->crossing) {
                link = &p->next;
            } else {
                *link = p->next;
                p->next = tbs->free_pages;
                tbs->free_pages = p;
            }
        }
    }
}

/* The host's tools forget what its code was. */
static void drop_code(struct cpu *cpu, const struct tb_region *region)
{
    if (cpu->host.code_dropped && region->first)
        cpu->host.code_dropped(cpu->host.context, region->code + cpu->tbs->delta,
                               (size_t)(region->code_end - region->code));
}

static void empty_region(struct cpu *cpu, struct tb_region *region)
{
    drop_code(cpu, region);
    for (struct tb *tb = region->first; tb; tb = tb->region_next)
        tb_kill(cpu, tb);
    region->first = region->last = NULL;
    region->code_next = region->code;
    region->meta_next = region->meta;
}

void tb_next_region(struct cpu *cpu)
{
    struct tb_cache *tbs = cpu->tbs;

    tbs->current = (tbs->current + 1) % TB_REGIONS;
    if (tbs->region[tbs->current].first) {
        tbs->counters.regions_recycled++;
        empty_region(cpu, &tbs->region[tbs->current]);
        sweep_pages(tbs);
    }
}

void tb_flush(struct cpu *cpu)
{
    struct tb_cache *tbs = cpu->tbs;

    for (unsigned i = 0; i < TB_PAGE_HASH; i++) {
        for (struct tb_page *p = tbs->pages[i]; p; p = p->next) {
            page_unmark(cpu, p);
            p->tbs = p->crossing = NULL;
            p->lines = 0;
        }
    }
    sweep_pages(tbs);
    memset(tbs->hash, 0, sizeof tbs->hash);
    for (unsigned i = 0; i < TB_TABLES && tbs->tables[i].used; i++) {
        memset(tbs->tables[i].jump, 0, sizeof tbs->tables[i].jump);
        tbs->tables[i].used = false;
    }
    tbs->table = NULL;
    for (unsigned i = 0; i < TB_REGIONS; i++) {
        struct tb_region *region = &tbs->region[i];

        drop_code(cpu, region);
        region->first = region->last = NULL;
        region->code_next = region->code;
        region->meta_next = region->meta;
    }
    tbs->current = 0;
    tbs->from = NULL;
    tbs->last = NULL;
    tbs->forget_pending = false;
    tbs->counters.flushes++;
}
