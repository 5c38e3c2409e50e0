/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tlb.c - the software TLB: one direct-mapped table for each view of memory.
 *
 * struct tlb_page says everything about a page; the tags of its struct tlb_entry are derived from
 * it, from the page's marks and from the watchpoints, and may be dropped at any time.
 * Source: SDM Vol. 3A, "Caching Translation Information".
 */
#include "cpu/tlb.h"

#include <string.h>

#include "cpu/debug_reg.h"
#include "cpu/interp.h"
#include "cpu/watch.h"
#include "util/buf.h"
#include "util/low.h"

static void drop_tags(struct tlb_entry *entry)
{
    entry->read_tag = entry->write_tag = TLB_NO_TAG;
}

/* Jumps to the page that is here, or was, have to ask again. */
static void next_generation(struct tlb *tlb, unsigned slot)
{
    if (unlikely(!++tlb->generation[slot]))
        tlb->generation[slot] = 1;
}

static void drop(struct tlb *tlb, unsigned slot)
{
    drop_tags(&tlb->entry[slot]);
    tlb->page[slot].page = TLB_NO_TAG;
    next_generation(tlb, slot);
}

void tlbs_create(struct cpu *cpu)
{
    cpu->tlbs = low_create(TLB_COUNT * sizeof *cpu->tlbs);
    if (!cpu->tlbs)
        out_of_memory();
    for (unsigned view = 0; view < TLB_COUNT; view++) {
        for (unsigned slot = 0; slot < TLB_ENTRIES; slot++)
            drop(&cpu->tlbs[view], slot);
    }
    cpu->tlb = cpu->tlbs[cpu->view].entry;
}

void tlbs_destroy(struct cpu *cpu)
{
    low_destroy(cpu->tlbs, TLB_COUNT * sizeof *cpu->tlbs);
    cpu->tlbs = NULL;
    cpu->tlb = NULL;
}

bool tlb_page_watched(const struct cpu *cpu, lin_addr page, phys_addr pa)
{
    return (cpu->watch->count && watch_page(cpu, page, pa)) ||
           debug_match(cpu, 1 << DR7_WRITE | 1 << DR7_READ_WRITE, page, PAGE_SIZE);
}

/* What may go straight to the host pointer. */
static void set_tags(struct cpu *cpu, struct tlb *tlb, unsigned slot, unsigned view)
{
    struct tlb_entry *entry = &tlb->entry[slot];
    const struct tlb_page *page = &tlb->page[slot];
    bool user = view_is_user(view), paging = cpu->cr0 & CR0_PG;
    unsigned denied = page->user ? paging_key_denies(cpu, page->key) : 0;

    drop_tags(entry);
    if (!page->host || view >= VIEW_COUNT)
        return;
    entry->addend = (uintptr_t)page->host - (uintptr_t)page->page;
    if (view == VIEW_USER_ALIGN || (user && !page->user) ||
        (paging && !user && page->user && cpu->cr4 & CR4_SMAP && view != VIEW_SUPERVISOR_AC))
        return;
    if (denied & PKRU_ACCESS)
        return;
    if (page->marks && *page->marks & RAM_WATCH)
        return;
    if (unlikely(cpu->watch->count || cpu->dr[7] & 0xff) &&
        tlb_page_watched(cpu, page->page, page->pa))
        return;
    entry->read_tag = page->page;
    if (page->marks && (*page->marks & (RAM_DIRTY | RAM_CODE | RAM_TB)) == RAM_DIRTY &&
        page->dirty &&
        ((page->writable && !(denied & PKRU_WRITE)) || (!user && !(cpu->cr0 & CR0_WP))))
        entry->write_tag = page->page;
}

/* Which of the three sizes of large pages: index into tlb->large. */
static unsigned large_kind(unsigned shift)
{
    return shift == 21 ? 0 : shift == 22 ? 1 : 2;
}

static const uint8_t large_shift[3] = { 21, 22, 30 };

static uint64_t *large_word(struct tlb *tlb, unsigned kind, lin_addr la, uint64_t *bit)
{
    unsigned hash = la >> large_shift[kind] & (TLB_LARGE_BITS - 1);

    *bit = BIT(hash % 64);
    return &tlb->large[kind][hash / 64];
}

/* Remember that the slot is in use, in the list of its kind. */
static void list_slot(struct tlb *tlb, unsigned slot, bool global)
{
    uint16_t *count = &tlb->used_count[global];

    if (*count < TLB_ENTRIES)
        tlb->used[global][(*count)++] = (uint16_t)slot;
    else
        *count = TLB_ENTRIES + 1;
}

/* Does the cached translation allow the access? If not, a new walk has the last word. */
static bool page_allows(const struct cpu *cpu, const struct tlb_page *page, enum access access,
                        unsigned view)
{
    bool user = view_is_user(view);
    unsigned denied = page->user && access != ACCESS_EXEC ? paging_key_denies(cpu, page->key) : 0;

    if (access & ACCESS_WRITE && (!page->dirty || !((page->writable && !(denied & PKRU_WRITE)) ||
                                                    !(user || cpu->cr0 & CR0_WP))))
        return false;
    if (unlikely(denied & PKRU_ACCESS))
        return false;
    if (user)
        return page->user && !(access == ACCESS_EXEC && page->nx);
    if (access == ACCESS_EXEC)
        return !page->nx && !(page->user && cpu->cr4 & CR4_SMEP);
    return !page->user || !(cpu->cr4 & CR4_SMAP) || view == VIEW_SUPERVISOR_AC;
}

static bool fill(struct cpu *cpu, struct tlb *tlb, unsigned slot, lin_addr la, enum access access,
                 unsigned view)
{
    struct tlb_page *page = &tlb->page[slot];
    bool listed, was_global = page->global;
    struct walk walk;

    if (!paging_translate(cpu, la, access, view, &walk))
        return false;
    listed = page->page != TLB_NO_TAG && was_global == walk.global;
    page->page = la & ~PAGE_MASK;
    page->pa = walk.pa & ~PAGE_MASK & cpu->a20_mask;
    page->marks = NULL;
    page->host = space_page(cpu->memory, page->pa, &page->marks);
    page->user = walk.user;
    page->writable = walk.writable;
    page->nx = walk.nx;
    page->global = walk.global;
    page->dirty = walk.dirty;
    page->page_shift = walk.page_shift;
    page->key = walk.key;
    if (!listed)
        list_slot(tlb, slot, walk.global);
    if (walk.page_shift == 21 || walk.page_shift == 22 || walk.page_shift == 30) {
        uint64_t bit, *word = large_word(tlb, large_kind(walk.page_shift), la, &bit);

        *word |= bit;
    }
    return true;
}

struct tlb_page *tlb_page(struct cpu *cpu, lin_addr la, enum access access, unsigned view)
{
    struct tlb *tlb =
        &cpu->tlbs[access == ACCESS_EXEC ? TLB_FETCH + (unsigned)view_is_user(view) : view];
    unsigned slot = tlb_slot(la);
    struct tlb_page *page = &tlb->page[slot];
    bool hit = page->page == (la & ~PAGE_MASK) &&
               (!(cpu->cr0 & CR0_PG) || page_allows(cpu, page, access, view));

    if (!hit) {
        if (!fill(cpu, tlb, slot, la, access, view))
            return NULL;
        next_generation(tlb, slot);
    }
    if (access & ACCESS_WRITE && page->marks)
        ram_set_dirty(cpu->memory->ram, (uint64_t)(page->marks - cpu->memory->ram->marks));
    if (access != ACCESS_EXEC)
        set_tags(cpu, tlb, slot, view);
    return page;
}

const struct tlb_page *tlb_fetched(const struct cpu *cpu, lin_addr la)
{
    const struct tlb_page *page =
        &cpu->tlbs[TLB_FETCH + (unsigned)view_is_user(cpu->view)].page[tlb_slot(la)];

    return page->page == (la & ~PAGE_MASK) &&
                   (!(cpu->cr0 & CR0_PG) || page_allows(cpu, page, ACCESS_EXEC, cpu->view))
               ? page
               : NULL;
}

/* Drop all entries of one list, or of the whole table if the list has lost count. */
static void flush_list(struct tlb *tlb, unsigned global)
{
    unsigned count = tlb->used_count[global];

    if (unlikely(count > TLB_ENTRIES)) {
        for (unsigned slot = 0; slot < TLB_ENTRIES; slot++) {
            if (tlb->page[slot].global == global)
                drop(tlb, slot);
        }
    } else {
        for (unsigned i = 0; i < count; i++) {
            unsigned slot = tlb->used[global][i];

            if (tlb->page[slot].global == global)
                drop(tlb, slot);
        }
    }
    tlb->used_count[global] = 0;
}

void tlb_flush(struct cpu *cpu)
{
    for (unsigned view = 0; view < TLB_COUNT; view++) {
        struct tlb *tlb = &cpu->tlbs[view];

        if (!(tlb->used_count[0] | tlb->used_count[1]))
            continue;
        flush_list(tlb, 0);
        flush_list(tlb, 1);
        memset(tlb->large, 0, sizeof tlb->large);
    }
}

void tlb_flush_non_global(struct cpu *cpu)
{
    for (unsigned view = 0; view < TLB_COUNT; view++) {
        if (cpu->tlbs[view].used_count[0])
            flush_list(&cpu->tlbs[view], 0);
    }
}

/* Drop every 4 KiB piece of the large page of 1 << shift bytes that holds la. */
static NOINLINE void drop_large(struct tlb *tlb, lin_addr la, unsigned shift)
{
    for (unsigned slot = 0; slot < TLB_ENTRIES; slot++) {
        const struct tlb_page *page = &tlb->page[slot];

        if (page->page != TLB_NO_TAG && page->page_shift == shift && !((page->page ^ la) >> shift))
            drop(tlb, slot);
    }
}

void tlb_flush_page(struct cpu *cpu, lin_addr la)
{
    unsigned slot = tlb_slot(la);

    for (unsigned view = 0; view < TLB_COUNT; view++) {
        struct tlb *tlb = &cpu->tlbs[view];

        if (tlb->page[slot].page == (la & ~PAGE_MASK))
            drop(tlb, slot);
        for (unsigned kind = 0; kind < 3; kind++) {
            uint64_t bit, *word = large_word(tlb, kind, la, &bit);

            if (*word & bit)
                drop_large(tlb, la, large_shift[kind]);
        }
    }
}

void tlb_forget_jumps(struct cpu *cpu)
{
    for (unsigned slot = 0; slot < TLB_ENTRIES; slot++) {
        next_generation(&cpu->tlbs[TLB_FETCH], slot);
        next_generation(&cpu->tlbs[TLB_FETCH_USER], slot);
    }
}

/* Derive the tags of all entries again; page: only those of one physical page. */
static void renew_tags(struct cpu *cpu, bool all, phys_addr page)
{
    for (unsigned view = 0; view < TLB_COUNT; view++) {
        struct tlb *tlb = &cpu->tlbs[view];

        if (!(tlb->used_count[0] | tlb->used_count[1]))
            continue;
        for (unsigned slot = 0; slot < TLB_ENTRIES; slot++) {
            if (tlb->page[slot].page != TLB_NO_TAG && (all || tlb->page[slot].pa == page))
                set_tags(cpu, tlb, slot, view);
        }
    }
}

void tlb_forget_write(struct cpu *cpu, phys_addr page)
{
    renew_tags(cpu, false, page & ~PAGE_MASK);
}

void tlb_forget_all_tags(struct cpu *cpu)
{
    renew_tags(cpu, true, 0);
}

void tlb_keys_changed(struct cpu *cpu, uint32_t changed)
{
    if (!(cpu->cr4 & CR4_PKE) || !cpu_long_mode(cpu))
        return;
    for (unsigned view = 0; view < TLB_COUNT; view++) {
        struct tlb *tlb = &cpu->tlbs[view];

        if (!(tlb->used_count[0] | tlb->used_count[1]))
            continue;
        for (unsigned slot = 0; slot < TLB_ENTRIES; slot++) {
            const struct tlb_page *page = &tlb->page[slot];

            if (page->page != TLB_NO_TAG && page->user && changed >> page->key * 2 & 3)
                set_tags(cpu, tlb, slot, view);
        }
    }
}

void tlb_forget_writes(struct cpu *cpu)
{
    for (unsigned view = 0; view < VIEW_COUNT; view++) {
        struct tlb *tlb = &cpu->tlbs[view];

        if (!(tlb->used_count[0] | tlb->used_count[1]))
            continue;
        for (unsigned slot = 0; slot < TLB_ENTRIES; slot++)
            tlb->entry[slot].write_tag = TLB_NO_TAG;
    }
}

/* One page as it is saved: without what belongs to the process. */
struct saved_page {
    lin_addr page;
    phys_addr pa;
    uint16_t slot;
    uint8_t page_shift, key;
    bool user, writable, nx, global, dirty;
};

static void save_view(const struct tlb *tlb, struct buf *to)
{
    struct saved_page saved[TLB_ENTRIES];
    uint32_t count = 0;

    if (tlb->used_count[0] | tlb->used_count[1]) {
        for (unsigned slot = 0; slot < TLB_ENTRIES; slot++) {
            const struct tlb_page *page = &tlb->page[slot];

            if (page->page != TLB_NO_TAG)
                saved[count++] = (struct saved_page){
                    .page = page->page,
                    .pa = page->pa,
                    .slot = (uint16_t)slot,
                    .page_shift = page->page_shift,
                    .key = page->key,
                    .user = page->user,
                    .writable = page->writable,
                    .nx = page->nx,
                    .global = page->global,
                    .dirty = page->dirty,
                };
        }
    }
    buf_add(to, &count, sizeof count);
    buf_add(to, saved, count * sizeof *saved);
    if (count)
        buf_add(to, tlb->large, sizeof tlb->large);
}

void tlb_save(const struct cpu *cpu, struct buf *to)
{
    for (unsigned view = 0; view < TLB_COUNT; view++)
        save_view(&cpu->tlbs[view], to);
}

static const uint8_t *restore_view(struct cpu *cpu, struct tlb *tlb, const uint8_t *from)
{
    uint32_t count;

    memcpy(&count, from, sizeof count);
    from += sizeof count;
    for (uint32_t i = 0; i < count; i++, from += sizeof(struct saved_page)) {
        struct saved_page saved;
        struct tlb_page *page;

        memcpy(&saved, from, sizeof saved);
        page = &tlb->page[saved.slot];
        *page = (struct tlb_page){
            .page = saved.page,
            .pa = saved.pa,
            .user = saved.user,
            .writable = saved.writable,
            .nx = saved.nx,
            .global = saved.global,
            .dirty = saved.dirty,
            .page_shift = saved.page_shift,
            .key = saved.key,
        };
        page->host = space_page(cpu->memory, page->pa, &page->marks);
        list_slot(tlb, saved.slot, saved.global); /* the first access sets its tags */
    }
    if (count) {
        memcpy(tlb->large, from, sizeof tlb->large);
        from += sizeof tlb->large;
    }
    return from;
}

void tlb_restore(struct cpu *cpu, const struct buf *from)
{
    const uint8_t *p = from->data;

    tlb_flush(cpu);
    for (unsigned view = 0; view < TLB_COUNT; view++)
        p = restore_view(cpu, &cpu->tlbs[view], p);
}
