/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/watch.c - breakpoint and watchpoint ranges. */
#include "cpu/watch.h"

#include <stdlib.h>

#include "cpu/engine.h"
#include "cpu/paging.h"
#include "cpu/tlb.h"

void watch_create(struct cpu *cpu)
{
    cpu->watch = xcalloc(1, sizeof *cpu->watch);
    cpu->watch->next_id = 1;
    cpu->watch->passed_tick = UINT64_MAX;
}

void watch_destroy(struct cpu *cpu)
{
    if (cpu->watch)
        free(cpu->watch->ranges);
    free(cpu->watch);
    cpu->watch = NULL;
}

static bool is_exec(const struct watch_range *range)
{
    return range->kind == WATCH_EXEC_LINEAR || range->kind == WATCH_EXEC_PHYSICAL ||
           range->kind == WATCH_EXEC_VIRTUAL;
}

/* Decoded code holds the checks of breakpoints, TLB tags those of watchpoints. */
static void forget_derived(struct cpu *cpu, const struct watch_range *range)
{
    if (is_exec(range))
        cpu->engine->forget_all(cpu);
    else
        tlb_forget_all_tags(cpu);
}

unsigned watch_add(struct cpu *cpu, struct watch_range range)
{
    struct watch *watch = cpu->watch;

    if (is_exec(&range))
        range.last = range.first;
    range.id = watch->next_id++;
    watch->ranges = xrealloc(watch->ranges, (watch->count + 1) * sizeof *watch->ranges);
    watch->ranges[watch->count++] = range;
    forget_derived(cpu, &range);
    return range.id;
}

bool watch_remove(struct cpu *cpu, unsigned id)
{
    struct watch *watch = cpu->watch;

    for (unsigned i = 0; i < watch->count; i++) {
        struct watch_range range = watch->ranges[i];

        if (range.id != id)
            continue;
        watch->count--;
        for (unsigned k = i; k < watch->count; k++)
            watch->ranges[k] = watch->ranges[k + 1];
        forget_derived(cpu, &range);
        return true;
    }
    return false;
}

void watch_set_magic(struct cpu *cpu, bool on)
{
    if (cpu->watch->magic == on)
        return;
    cpu->watch->magic = on;
    cpu->engine->forget_all(cpu);
}

bool watch_wants_check(const struct cpu *cpu, lin_addr la)
{
    const struct watch *watch = cpu->watch;

    for (unsigned i = 0; i < watch->count; i++) {
        const struct watch_range *range = &watch->ranges[i];

        /* The base of a CS that is yet to come may have any offset within a page. */
        if (range->kind == WATCH_EXEC_VIRTUAL)
            return true;
        if (is_exec(range) && ((range->first ^ la) & PAGE_MASK) == 0)
            return true;
    }
    return false;
}

bool watch_exec_hit(struct cpu *cpu, lin_addr la)
{
    struct watch *watch = cpu->watch;
    const struct segment *cs = &cpu->seg[SEG_CS];
    uint64_t pa = 0;
    bool mapped = false, walked = false;

    if (!cpu_code64(cpu))
        la = (uint32_t)la;
    for (unsigned i = 0; i < watch->count; i++) {
        const struct watch_range *range = &watch->ranges[i];
        bool hit = false;

        if (range->kind == WATCH_EXEC_LINEAR) {
            hit = range->first == la;
        } else if (range->kind == WATCH_EXEC_VIRTUAL) {
            uint64_t offset = cpu_code64(cpu) ? la : (uint32_t)(la - cs->base);

            hit = range->selector == cs->selector && range->first == offset;
        } else if (range->kind == WATCH_EXEC_PHYSICAL && ((range->first ^ la) & PAGE_MASK) == 0) {
            if (!walked) {
                struct walk walk;

                paging_walk(cpu, la, &walk);
                walked = true;
                mapped = walk.mapped;
                pa = walk.pa & cpu->a20_mask;
            }
            hit = mapped && range->first == pa;
        }
        if (hit) {
            watch->hit = (struct watch_hit){ .id = range->id, .la = la, .pa = pa };
            return true;
        }
    }
    return false;
}

static bool overlaps(const struct watch_range *range, uint64_t first, uint64_t bytes)
{
    return range->first <= first + (bytes - 1) && first <= range->last;
}

/* Does a data range of either kind lie in these bytes? write: 0 read, 1 write, 2 any. */
static const struct watch_range *find_data(const struct cpu *cpu, lin_addr la, phys_addr pa,
                                           unsigned bytes, unsigned write)
{
    const struct watch *watch = cpu->watch;

    for (unsigned i = 0; i < watch->count; i++) {
        const struct watch_range *range = &watch->ranges[i];

        if (write != 2 && !(write ? range->write : range->read))
            continue;
        if ((range->kind == WATCH_DATA_LINEAR && overlaps(range, la, bytes)) ||
            (range->kind == WATCH_DATA_PHYSICAL && overlaps(range, pa, bytes)))
            return range;
    }
    return NULL;
}

bool watch_page(const struct cpu *cpu, lin_addr page, phys_addr pa)
{
    return find_data(cpu, page & ~PAGE_MASK, pa & ~PAGE_MASK, PAGE_SIZE, 2) != NULL;
}

bool watch_data_hit(struct cpu *cpu, lin_addr la, phys_addr pa, unsigned size, bool write)
{
    const struct watch_range *range = find_data(cpu, la, pa, size, write);

    if (!range)
        return false;
    cpu->watch->hit =
        (struct watch_hit){ .id = range->id, .write = write, .la = la, .pa = pa, .size = size };
    return true;
}

bool watch_stops(struct cpu *cpu, uint64_t tick, lin_addr la)
{
    const struct watch *watch = cpu->watch;

    /* A REP stops before its first iteration only: later ones are no instructions of their own. */
    if ((watch->passed_tick == tick && watch->passed_la == la) || cpu->in_rep)
        return false;
    return watch_exec_hit(cpu, la);
}
