/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/breakpoint.c - the list of stopping points, their conditions and counts. */
#include "debugger/breakpoint.h"

#include <stdlib.h>
#include <string.h>

#include "cpu/paging.h"

struct breakpoint *breakpoint_new(struct breakpoints *points, enum point_kind kind)
{
    struct breakpoint *point = xcalloc(1, sizeof *point), **end = &points->list;

    point->number = ++points->last_number;
    point->kind = kind;
    point->enabled = true;
    while (*end)
        end = &(*end)->next;
    *end = point;
    return point;
}

void breakpoint_arm(struct breakpoint *point, struct cpu *cpu)
{
    if (point->kind != POINT_EXEC && point->kind != POINT_DATA)
        return;
    if (point->enabled && !point->watch_id)
        point->watch_id = watch_add(cpu, point->range);
    if (!point->enabled && point->watch_id) {
        watch_remove(cpu, point->watch_id);
        point->watch_id = 0;
    }
}

struct breakpoint *breakpoint_find(const struct breakpoints *points, unsigned number)
{
    struct breakpoint *point;

    for (point = points->list; point; point = point->next)
        if (point->number == number)
            return point;
    return NULL;
}

void breakpoint_delete(struct breakpoints *points, struct breakpoint *point, struct cpu *cpu)
{
    struct breakpoint **at = &points->list;

    point->enabled = false;
    breakpoint_arm(point, cpu);
    while (*at != point)
        at = &(*at)->next;
    *at = point->next;
    expr_free(point->condition);
    free(point->condition_text);
    free(point);
}

void breakpoints_free(struct breakpoints *points, struct cpu *cpu)
{
    while (points->list)
        breakpoint_delete(points, points->list, cpu);
}

bool breakpoint_numbers(const struct breakpoints *points, struct buf *text)
{
    for (const struct breakpoint *point = points->list; point; point = point->next)
        buf_printf(text, "%s%u", point == points->list ? "" : ", ", point->number);
    return points->list != NULL;
}

bool breakpoint_reached(struct breakpoint *point, const struct expr_env *env, struct buf *error)
{
    uint64_t value;

    if (point->condition) {
        if (!expr_eval(point->condition, env, &value, error)) {
            point->hits++;
            return true;
        }
        if (!value)
            return false;
    }
    point->hits++;
    if (point->ignore) {
        point->ignore--;
        return false;
    }
    return true;
}

bool breakpoint_here(const struct breakpoint *point, const struct cpu *cpu, lin_addr la,
                     bool mapped, phys_addr pa)
{
    if (point->kind != POINT_EXEC || !point->enabled)
        return false;
    switch (point->range.kind) {
    case WATCH_EXEC_LINEAR:
        return la == point->range.first;
    case WATCH_EXEC_PHYSICAL:
        return mapped && pa == point->range.first;
    case WATCH_EXEC_VIRTUAL:
        return cpu->rip == point->range.first && cpu->seg[SEG_CS].selector == point->range.selector;
    default:
        return false;
    }
}

static void print_range(const struct breakpoint *point, const struct cpu *cpu,
                        const struct symbols *symbols, struct buf *text)
{
    const struct watch_range *range = &point->range;
    bool linear = range->kind == WATCH_EXEC_LINEAR || range->kind == WATCH_DATA_LINEAR;
    char name[256];
    struct walk walk;

    if (range->kind == WATCH_EXEC_VIRTUAL) {
        buf_printf(text, "%04x:%04llx", range->selector, (unsigned long long)range->first);
        return;
    }
    buf_printf(text, "%s 0x%llx", linear ? "linear" : "physical", (unsigned long long)range->first);
    if (range->last != range->first && point->kind == POINT_DATA)
        buf_printf(text, "-0x%llx", (unsigned long long)range->last);
    if (symbols_name(symbols, range->first, name, sizeof name) && (linear || !(cpu->cr0 & CR0_PG)))
        buf_printf(text, " <%s>", name);
    if (linear && cpu->cr0 & CR0_PG) {
        paging_walk(cpu, range->first, &walk);
        if (walk.mapped)
            buf_printf(text, ", physical 0x%llx", (unsigned long long)walk.pa);
        else
            buf_add_text(text, ", not mapped now");
    }
}

static void print_filters(const struct breakpoint *point, struct buf *text)
{
    if (point->has_error)
        buf_printf(text, " err=0x%x", point->error);
    if (point->has_cpl)
        buf_printf(text, " cpl=%u", point->cpl);
}

void breakpoint_print(const struct breakpoint *point, const struct cpu *cpu,
                      const struct symbols *symbols, struct buf *text)
{
    switch (point->kind) {
    case POINT_EXEC:
        print_range(point, cpu, symbols, text);
        break;
    case POINT_DATA:
        buf_printf(text, "%s ",
                   !point->range.write  ? "read of"
                   : !point->range.read ? "write to"
                                        : "access to");
        print_range(point, cpu, symbols, text);
        break;
    case POINT_FAULT:
        if (point->first == ANY_VECTOR)
            buf_add_text(text, "any exception");
        else
            buf_add_text(text, vector_name(point->first));
        print_filters(point, text);
        break;
    case POINT_INTERRUPT:
        if (point->first == ANY_VECTOR)
            buf_add_text(text, "any interrupt");
        else
            buf_printf(text, "interrupt 0x%x", point->first);
        break;
    case POINT_PORT:
        buf_printf(text, "%s port 0x%x",
                   !point->write  ? "input from"
                   : !point->read ? "output to"
                                  : "input or output,",
                   point->first);
        if (point->last != point->first)
            buf_printf(text, "-0x%x", point->last);
        break;
    case POINT_MSR:
        buf_printf(text, "%s of MSR 0x%x",
                   !point->write  ? "read"
                   : !point->read ? "write"
                                  : "read or write",
                   point->first);
        break;
    case POINT_MODE:
        buf_add_text(text, "change of CPU mode");
        break;
    case POINT_CONTROL:
        buf_printf(text, "write to cr%u", point->first);
        break;
    case POINT_TRIPLE:
        buf_add_text(text, "triple fault");
        break;
    case POINT_TIME:
        buf_printf(text, "t=%llu", (unsigned long long)point->tick);
        break;
    }
    if (point->condition_text)
        buf_printf(text, " if \"%s\"", point->condition_text);
}
