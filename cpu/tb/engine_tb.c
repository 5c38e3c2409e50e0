/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/engine_tb.c - the translator as an engine: its run loop. Cold code is interpreted, one trace
 * at a time; what was executed TB_HOT times is translated. Whatever is not quiet straight-line work
 * (events, faults, single steps, breakpoints) is the interpreter's, at the same tick.
 */
#include <cpuid.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/observer.h"
#include "cpu/tb/backend.h"
#include "cpu/watch.h"
#include "util/low.h"

#define BUFFER_BYTES MIB(64)

static void index_emitters(struct tb_cache *tbs, const struct emitter *list)
{
    for (; list->handlers; list++) {
        for (unsigned row = 1; row < insn_row_count; row++) {
            if (insn_rows[row].handlers == list->handlers)
                tbs->emit[row] = list;
        }
    }
}

static bool host_has_avx(void)
{
    unsigned a, b, c, d, low, high;

    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !(c & bit_AVX))
        return false;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & 6) == 6;
}

/* What the host has of the table of features, by the same bits of its own CPUID. */
static void host_features(bool has[F_COUNT])
{
    static const struct {
        uint32_t leaf, subleaf, reg, bit;
    } where[F_COUNT] = {
#define EAX 0
#define EBX 1
#define ECX 2
#define EDX 3
#define FEATURE(id, name, leaf, subleaf, reg, bit) [F_##id] = { leaf, subleaf, reg, bit },
#include "cpu/features.def"
#undef FEATURE
#undef EAX
#undef EBX
#undef ECX
#undef EDX
    };
    unsigned regs[4] = { 0 };

    has[F_NONE] = true;
    for (unsigned f = F_NONE + 1; f < F_COUNT; f++) {
        /* CPUID takes long in virtual machines; neighbours in the table are mostly of one leaf. */
        bool same = where[f].leaf == where[f - 1].leaf && where[f].subleaf == where[f - 1].subleaf;

        if ((!same || f == F_NONE + 1) &&
            !__get_cpuid_count(where[f].leaf, where[f].subleaf, &regs[0], &regs[1], &regs[2],
                               &regs[3]))
            memset(regs, 0, sizeof regs);
        has[f] = regs[where[f].reg] >> where[f].bit & 1;
    }
}

static void tb_destroy(struct cpu *cpu)
{
    struct tb_cache *tbs = cpu->tbs;

    if (!tbs)
        return;
    tb_flush(cpu);
    for (struct tb_page *p = tbs->free_pages, *next; p; p = next) {
        next = p->next;
        free(p);
    }
    free(tbs->emit);
    free(tbs->block);
    free(tbs->backend);
    low_destroy(tbs->tables, TB_TABLES * sizeof *tbs->tables);
    tb_buffer_destroy(tbs);
    low_destroy(tbs, sizeof *tbs);
    cpu->tbs = NULL;
}

static bool tb_create(struct cpu *cpu, struct buf *error)
{
    struct tb_cache *tbs;
    bool has[F_COUNT];

    if (cpu->tbs)
        return true;
    tbs = low_create(sizeof *tbs);
    if (!tbs) {
        buf_add_text(error, "engine: the host has no memory left");
        return false;
    }
    tbs->cpu = cpu;
    tbs->hot = TB_HOT;
    tbs->most = TB_MAX;
#ifdef TB_CHECK
    tbs->check = true;
#endif
    cpu->tbs = tbs;
    tbs->tables = low_create(TB_TABLES * sizeof *tbs->tables);
    if (!tbs->tables || !low_is(tbs, sizeof *tbs) ||
        !low_is(tbs->tables, TB_TABLES * sizeof *tbs->tables) || !low_is(cpu, sizeof *cpu) ||
        !low_is(cpu->tlbs, TLB_COUNT * sizeof *cpu->tlbs)) {
        buf_add_text(error, "engine: the host gives no memory below 2 GiB");
        tb_destroy(cpu);
        return false;
    }
    if (!tb_buffer_create(tbs, cpu->host.code_bytes ? cpu->host.code_bytes : BUFFER_BYTES, error)) {
        tb_destroy(cpu);
        return false;
    }
    tbs->emit = xcalloc(insn_row_count, sizeof *tbs->emit);
    tbs->block = xcalloc(1, sizeof *tbs->block);
    tbs->backend = xcalloc(1, sizeof *tbs->backend);
    backend_prepare(tbs);
    index_emitters(tbs, emitters);
    index_emitters(tbs, emitters_x87);
    tbs->host_avx = host_has_avx();
    host_features(has);
    for (unsigned row = 1; row < insn_row_count; row++) {
        if (!tbs->emit[row] && simd_row_is_eligible(&insn_rows[row], tbs->host_avx) &&
            has[insn_rows[row].feature])
            tbs->emit[row] = &emitter_simd;
    }
    tb_make_thunks(tbs);
    if (cpu->host.code_made)
        cpu->host.code_made(cpu->host.context, tbs->buffer_execute,
                            (size_t)(tbs->thunks_end - tbs->buffer_write), "tb_thunks");
    return true;
}

static bool tb_set(struct cpu *cpu, const char *name, uint64_t value)
{
    if (!strcmp(name, "hot") && value <= UINT8_MAX) {
        cpu->tbs->hot = (unsigned)value;
    } else if (!strcmp(name, "most") && value >= 1 && value <= TB_MAX) {
        cpu->tbs->most = (unsigned)value;
        cpu->tbs->forget_pending = true;
    } else if (!strcmp(name, "check") && value <= 1) {
        cpu->tbs->check = value;
    } else if (!strcmp(name, "count") && value <= 1) {
        cpu->tbs->counted = value;
        cpu->tbs->forget_pending = true;
    } else if (!strcmp(name, "time") && value <= 1 && cpu->host.nanoseconds) {
        cpu->tbs->timed = value;
    } else {
        return false;
    }
    return true;
}

static bool tb_get(const struct cpu *cpu, const char *name, uint64_t *value)
{
    const struct tb_cache *tbs = cpu->tbs;

    if (!strcmp(name, "last") && tbs->last)
        *value = tbs->last->la;
    else if (!strcmp(name, "hot"))
        *value = tbs->hot;
    else if (!strcmp(name, "most"))
        *value = tbs->most;
    else if (!strcmp(name, "check"))
        *value = tbs->check;
    else if (!strcmp(name, "count"))
        *value = tbs->counted;
    else if (!strcmp(name, "time"))
        *value = tbs->timed;
    else
        return false;
    return true;
}

static void tb_forget(struct cpu *cpu, phys_addr pa, uint64_t bytes)
{
    engine_interp.forget(cpu, pa, bytes);
    tb_forget_code(cpu, pa, bytes);
}

static void tb_forget_all(struct cpu *cpu)
{
    engine_interp.forget_all(cpu);
    cpu->tbs->forget_pending = true;
    cpu->tbs->killed = 1;
}

/* One trace, and no other behind it: the clock is told that its end is the horizon. */
static bool run_trace_once(struct cpu *cpu, struct trace *trace, enum stop *stop)
{
    int64_t kept =
        cpu->remaining - trace->count - 1; /* one more, to see an interruption at the end */
    uint64_t horizon;
    bool stopped;

    if (kept <= 0)
        return interp_trace(cpu, trace, stop);
    cpu->remaining -= kept;
    cpu->clock->horizon -= (uint64_t)kept;
    horizon = cpu->clock->horizon;
    stopped = interp_trace(cpu, trace, stop);
    if (cpu->clock->horizon == horizon) { /* else the run was interrupted: that is the end */
        uint64_t next = clock_next_event(cpu->clock);

        cpu->remaining += kept;
        cpu->clock->horizon += (uint64_t)kept;
        if (unlikely(next < cpu->clock->horizon)) { /* it was scheduled in the trace */
            cpu->remaining -= (int64_t)(cpu->clock->horizon - next);
            cpu->clock->horizon = next;
        }
    }
    return stopped;
}

/* Nothing translated here: interpret, and translate what is hot. */
static bool run_cold(struct cpu *cpu, struct tb **tb, enum stop *stop)
{
    struct trace *trace = trace_find_slow(cpu, cpu->rip);

    *tb = NULL;
    if (!trace)
        return interp_fault(cpu, stop);
    if (trace->heat < cpu->tbs->hot && !cpu->block_most) {
        trace->heat++;
    } else {
        *tb = tb_generate(cpu);
        if (*tb)
            return false;
        trace->heat = 0; /* not to be asked again at once */
    }
    cpu->tbs->counters.traces++;
    return run_trace_once(cpu, trace, stop);
}

typedef int (*enter_fn)(const void *code);

/* Enter at tb; false: go on with the loop. */
static bool run_tb(struct cpu *cpu, struct tb *tb, enum stop *stop)
{
    struct tb_cache *tbs = cpu->tbs;
    enter_fn enter = (enter_fn)(uintptr_t)tbs->thunk.enter;
    int64_t before = cpu->remaining;
    int leave;

    tbs->from = NULL;
    tbs->counters.entries++;
    leave = enter(tb->code);
    tb_settle_flags(tbs);
    if (cpu->remaining != before)
        cpu->delivered_idle = false;
    *stop = STOP_REQUEST;
    switch (leave) {
    case LEAVE_FAULT:
        tbs->from = NULL;
        tb_settle_fp(tbs);
        if (cpu->want_alone) {
            cpu->want_alone = false;
            tbs->counters.alone++;
            return interp_alone(cpu, stop);
        }
        return interp_fault(cpu, stop);
    case LEAVE_ALONE:
        tbs->from = NULL;
        tb_settle_fp(tbs);
        tbs->counters.alone++;
        return cpu->remaining > 0 && interp_alone(cpu, stop);
    case LEAVE_BREAK:
        *stop = STOP_BREAKPOINT;
        return true;
    default:
        break;
    }
    if (unlikely(cpu->watch->hit_valid)) {
        *stop = STOP_WATCHPOINT;
        return true;
    }
    return unlikely(cpu->observer && cpu->observer->stop);
}

static enum stop tb_loop(struct cpu *cpu)
{
    struct tb_cache *tbs = cpu->tbs;
    enum stop stop;

    while (cpu->remaining > 0) {
        struct tb_exit *from = tbs->from;
        struct tb *tb;

        tbs->from = NULL;
        if (unlikely(tbs->forget_pending))
            tb_flush(cpu);
        if (unlikely(!interp_is_quiet(cpu))) {
            tb_settle_fp(tbs);
            if (interp_attend(cpu, &stop))
                return stop;
            continue;
        }
        tb = tb_find(cpu);
        if (!tb) {
            tb_settle_fp(tbs);
            if (run_cold(cpu, &tb, &stop))
                return stop;
            if (!tb)
                continue;
        }
        if (cpu->remaining < tb->count) {
            struct trace *trace;

            tb_settle_fp(tbs);
            trace = trace_find_slow(cpu, cpu->rip);
            if (trace ? interp_trace(cpu, trace, &stop) : interp_fault(cpu, &stop))
                return stop;
            continue;
        }
        if (from && !from->owner->dead)
            tb_chain(cpu, from, tb);
        if (run_tb(cpu, tb, &stop))
            return stop;
    }
    return STOP_LIMIT;
}

static enum stop tb_run(struct cpu *cpu, uint64_t limit)
{
    enum stop stop;

    interp_begin(cpu, limit);
    stop = tb_loop(cpu);
    tb_settle_fp(cpu->tbs);
    cpu->tbs->from = NULL;
    return stop;
}

const struct engine engine_tb = {
    .name = "tb",
    .create = tb_create,
    .destroy = tb_destroy,
    .set = tb_set,
    .get = tb_get,
    .run = tb_run,
    .forget = tb_forget,
    .forget_all = tb_forget_all,
    .describe = tb_describe,
    .show = tb_show,
    .list = tb_list,
};
