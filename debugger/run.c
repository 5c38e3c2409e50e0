/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/run.c - let the machine go until something wants to be reported, and report it. */
#include <string.h>

#include "debugger/debugger.h"
#include "machine/compare.h"
#include "machine/pc.h"
#include "util/text.h"

/* What one return of machine_run means. */
struct verdict {
    bool stop;
    struct buf reason; /* words for the report; empty: the stop line says enough */
};

static void where_and_when(struct debugger *dbg, struct buf *text)
{
    struct cpu *cpu = debugger_cpu(dbg);
    uint64_t now = clock_now(cpu->clock);
    char name[256], passed[32];

    if (symbols_name(&dbg->symbols, show_code_address(cpu), name, sizeof name))
        buf_printf(text, ", %s", name);
    buf_printf(text, "  t=%llu (+%s) %s CPL%u", (unsigned long long)now,
               text_thousands(now - dbg->previous_tick, passed), cpu_mode_name(cpu), cpu->cpl);
}

void debugger_report(struct debugger *dbg, const char *reason)
{
    struct cpu *cpu = debugger_cpu(dbg);
    struct buf text = { 0 };

    trace_flush(dbg);
    if (reason && *reason) {
        where_and_when(dbg, &text);
        show_ink(&dbg->out, INK_REASON);
        out_printf(&dbg->out, "%s%s%s\n", reason, buf_text(&text),
                   cpu->fault_waits ? " ; 'explain' says why" : "");
        show_ink(&dbg->out, INK_NONE);
    }
    if (dbg->effects && dbg->stepped.length) {
        show_effects(cpu, &dbg->stopped, &dbg->stepped);
        out_printf(&dbg->out, "%s\n", buf_text(&dbg->stepped));
    }
    buf_clear(&dbg->stepped);
    if (dbg->trace_registers)
        show_registers(cpu, &dbg->symbols, &dbg->stopped, &dbg->out);
    if (dbg->auto_disassemble)
        show_stop_line(cpu, &dbg->symbols, &dbg->out);
    buf_free(&text);
    dbg->listing_valid = false;
}

/* Points at CS:RIP: count them all, stop if one wants to. */
static void at_breakpoint(struct debugger *dbg, const struct run_request *request,
                          struct verdict *verdict)
{
    struct cpu *cpu = debugger_cpu(dbg);
    lin_addr la = show_code_address(cpu);
    struct breakpoint *point, *next;
    struct walk walk;
    bool known = false;

    paging_walk(cpu, la, &walk);
    for (point = dbg->points.list; point; point = next) {
        struct buf error = { 0 };

        next = point->next;
        if (!breakpoint_here(point, cpu, la, walk.mapped, walk.pa))
            continue;
        known = true;
        if (!breakpoint_reached(point, &dbg->env, &error))
            continue;
        if (!verdict->stop)
            dbg->stopped_at = point->number;
        buf_printf(&verdict->reason, "%sBreakpoint %u", verdict->stop ? ", " : "", point->number);
        if (error.length)
            buf_printf(&verdict->reason, " (condition: %s)", buf_text(&error));
        verdict->stop = true;
        buf_free(&error);
        if (point->temporary)
            breakpoint_delete(&dbg->points, point, cpu);
    }
    if (request->has_target && la == request->target) {
        known = true;
        if (!request->has_floor || debugger_stack_pointer(cpu) >= request->floor)
            verdict->stop = true;
    }
    if (!known && cpu->watch->magic && cpu->watch->hit.id == 0) {
        buf_add_text(&verdict->reason, "Magic breakpoint (xchg bx,bx)");
        verdict->stop = true;
    }
}

static void describe_hit(struct debugger *dbg, const struct breakpoint *point,
                         const struct watch_hit *hit, struct buf *text)
{
    struct cpu *cpu = debugger_cpu(dbg);
    uint64_t rip = cpu->gpr[REG_TRACE_IP]; /* of the instruction that has just run singly */
    lin_addr la = cpu_code64(cpu) ? rip : (uint32_t)(cpu->seg[SEG_CS].base + rip);
    unsigned size = hit->size > 8 ? 8 : hit->size;
    struct buf insn = { 0 };
    uint8_t bytes[15];
    char name[256];

    buf_printf(text, "Watchpoint %u: %s %u byte%s 0x%0*llx", point->number,
               hit->write ? "write" : "read", hit->size, hit->size == 1 ? "" : "s", (int)size * 2,
               (unsigned long long)hit->new_value);
    if (hit->size == 1 && hit->new_value >= 0x20 && hit->new_value < 0x7f)
        buf_printf(text, " '%c'", (int)hit->new_value);
    if (hit->write)
        buf_printf(text, " (was 0x%0*llx)", (int)size * 2, (unsigned long long)hit->old_value);
    if (cpu->cr0 & CR0_PG && hit->la != hit->pa)
        buf_printf(text, " at linear 0x%llx,", (unsigned long long)hit->la);
    else
        buf_add_text(text, " at");
    buf_printf(text, " phys 0x%llx by ", (unsigned long long)hit->pa);
    if (symbols_name(&dbg->symbols, la, name, sizeof name))
        buf_printf(text, "%s ", name);
    show_code_pointer(cpu->seg[SEG_CS].selector, rip, cpu->mode, text);
    if (show_insn(cpu, &dbg->symbols, la, rip, cpu->mode, &insn, bytes))
        buf_printf(text, " %s", buf_text(&insn));
    buf_free(&insn);
}

static void at_watchpoint(struct debugger *dbg, struct verdict *verdict)
{
    struct cpu *cpu = debugger_cpu(dbg);
    struct watch_hit hit = cpu->watch->hit;
    struct breakpoint *point;
    struct buf error = { 0 };

    for (point = dbg->points.list; point; point = point->next)
        if (point->kind == POINT_DATA && point->enabled && point->watch_id == hit.id)
            break;
    if (!point)
        return;
    dbg->env.hit = &hit;
    if (breakpoint_reached(point, &dbg->env, &error)) {
        describe_hit(dbg, point, &hit, &verdict->reason);
        if (error.length)
            buf_printf(&verdict->reason, " (condition: %s)", buf_text(&error));
        dbg->stopped_at = point->number;
        verdict->stop = !dbg->watch_continues;
        if (!verdict->stop)
            out_printf(&dbg->out, "%s (t=%llu)\n", buf_text(&verdict->reason),
                       (unsigned long long)clock_now(cpu->clock));
        else if (point->temporary)
            breakpoint_delete(&dbg->points, point, cpu);
    }
    dbg->env.hit = NULL;
    buf_free(&error);
}

static void at_request(struct debugger *dbg, struct verdict *verdict)
{
    struct breakpoint *point;

    verdict->stop = true;
    if (dbg->caught) {
        point = breakpoint_find(&dbg->points, dbg->caught);
        buf_add_text(&verdict->reason, buf_text(&dbg->caught_text));
        dbg->stopped_at = dbg->caught;
        if (point && point->temporary) {
            breakpoint_delete(&dbg->points, point, debugger_cpu(dbg));
            debugger_observe(dbg);
        }
    } else if (dbg->finished) {
        buf_add_text(&verdict->reason, "Returned");
    } else if (dbg->delivering) {
        buf_printf(&verdict->reason, "%s delivered", vector_name(debugger_cpu(dbg)->fault.vector));
    } else if (dbg->options.timed_out && *dbg->options.timed_out) {
        buf_add_text(&verdict->reason, "Time is up");
        dbg->exit_code = EXIT_TIMEOUT;
        dbg->quit = true;
    } else {
        buf_add_text(&verdict->reason, "Interrupted");
    }
}

/* The ticks asked for have passed: is it the end, a point in time, or the -max-icount limit? */
static void at_limit(struct debugger *dbg, uint64_t deadline, struct verdict *verdict)
{
    uint64_t now = clock_now(&dbg->machine->clock);
    struct breakpoint *point, *next;

    for (point = dbg->points.list; point; point = next) {
        next = point->next;
        if (point->kind != POINT_TIME || !point->enabled || point->tick != now)
            continue;
        point->hits++;
        buf_printf(&verdict->reason, "Time breakpoint %u", point->number);
        verdict->stop = true;
        breakpoint_delete(&dbg->points, point, debugger_cpu(dbg)); /* time does not come again */
    }
    if (dbg->options.max_icount && now >= dbg->options.max_icount) {
        buf_printf(&verdict->reason, "%sThe limit of %llu instructions is reached",
                   verdict->reason.length ? ", " : "", (unsigned long long)dbg->options.max_icount);
        dbg->exit_code = EXIT_TIMEOUT;
        dbg->quit = true;
        verdict->stop = true;
    }
    if (now >= deadline)
        verdict->stop = true;
}

static void at_end(struct debugger *dbg, enum machine_stop stop, struct verdict *verdict)
{
    const struct cpu *cpu = debugger_cpu(dbg);

    verdict->stop = true;
    switch (stop) {
    case MACHINE_SHUTDOWN:
        buf_add_text(&verdict->reason, "Triple fault: the processor has shut down");
        break;
    case MACHINE_POWER_OFF:
        buf_add_text(&verdict->reason, "The guest has powered the machine off");
        dbg->ended = true;
        break;
    case MACHINE_RESET:
        buf_add_text(&verdict->reason, "The guest has reset the machine");
        dbg->ended = true;
        break;
    case MACHINE_EXIT:
        buf_printf(&verdict->reason, "The guest has left through isa-debug-exit, code %d",
                   dbg->machine->exit_code);
        dbg->ended = true;
        break;
    default:
        buf_printf(&verdict->reason, "Halted for ever: %s",
                   cpu_eflags(cpu) & IF ? "interrupts are enabled, but no event is coming"
                                        : "HLT with IF=0 and no NMI coming");
    }
}

static uint64_t slice_end(const struct debugger *dbg, uint64_t deadline)
{
    uint64_t now = clock_now(&dbg->machine->clock), end = deadline;

    for (const struct breakpoint *point = dbg->points.list; point; point = point->next)
        if (point->kind == POINT_TIME && point->enabled && point->tick > now && point->tick < end)
            end = point->tick;
    if (dbg->options.max_icount && dbg->options.max_icount < end)
        end = dbg->options.max_icount > now ? dbg->options.max_icount : now + 1;
    return end;
}

static enum machine_stop run_once(struct debugger *dbg, const struct run_request *request,
                                  uint64_t deadline)
{
    struct machine *machine = dbg->machine;
    uint64_t now = clock_now(&machine->clock), end = slice_end(dbg, deadline);

    machine->cpu->watch->passed_tick = now; /* what stands here was reported already */
    dbg->observer.stop = false;
    if (request->single)
        return machine_step(machine);
    if (dbg->compare) {
        enum machine_stop stop;

        compare_run(dbg->compare, end == UINT64_MAX ? UINT64_MAX : end - now, &stop);
        return stop;
    }
    return machine_run(machine, end == UINT64_MAX ? UINT64_MAX : end - now);
}

/* The other engine does something else: the machine was set back to before that. */
static void at_difference(const struct debugger *dbg, struct verdict *verdict)
{
    const struct compare_options *options = &dbg->compare->options;

    verdict->stop = true;
    buf_printf(&verdict->reason, "%s and %s differ after the next %s", options->engine[0],
               options->engine[1],
               dbg->compare->difference.place == PLACE_INSTRUCTION ? "instruction"
                                                                   : "instructions");
}

enum machine_stop debugger_go(struct debugger *dbg, const struct run_request *request)
{
    struct machine *machine = dbg->machine;
    uint64_t start = clock_now(&machine->clock), deadline;
    struct verdict verdict = { 0 };
    enum machine_stop stop = MACHINE_LIMIT;
    unsigned target = 0;

    if (__builtin_add_overflow(start, request->ticks, &deadline))
        deadline = UINT64_MAX;
    dbg->previous_tick = start;
    dbg->caught = dbg->stopped_at = 0;
    dbg->finishing = request->until_return;
    dbg->returning = dbg->finished = false;
    dbg->step_floor = request->floor;
    dbg->step_cpl = machine->cpu->cpl;
    snapshot_take(&dbg->stopped, machine->cpu);
    buf_clear(&dbg->stepped);
    if (dbg->effects && request->single)
        (void)show_insn(machine->cpu, &dbg->symbols, show_code_address(machine->cpu),
                        machine->cpu->rip, machine->cpu->mode, &dbg->stepped, (uint8_t[15]){ 0 });
    dbg->interrupts = 0;
    dbg->delivering = request->single && machine->cpu->fault_waits;
    if (request->until_return || dbg->delivering)
        debugger_observe(dbg);
    if (request->has_target)
        target = watch_add(machine->cpu, (struct watch_range){ .kind = WATCH_EXEC_LINEAR,
                                                               .first = request->target,
                                                               .last = request->target });
    machine->interrupt = false;
    if (machine->pc)
        host_char_resume(&machine->pc->serial);
    dbg->running = true;
    if (dbg->options.running)
        dbg->options.running(dbg->options.host_context, true);
    while (!verdict.stop) {
        buf_clear(&verdict.reason);
        stop = run_once(dbg, request, deadline);
        if (dbg->compare && dbg->compare->different) {
            stop = MACHINE_LIMIT;
            at_difference(dbg, &verdict);
            break;
        }
        switch (stop) {
        case MACHINE_LIMIT:
            at_limit(dbg, request->single ? 0 : deadline, &verdict);
            break;
        case MACHINE_BREAKPOINT:
            at_breakpoint(dbg, request, &verdict);
            break;
        case MACHINE_WATCHPOINT:
            at_watchpoint(dbg, &verdict);
            if (!verdict.stop && (request->single || clock_now(&machine->clock) >= deadline))
                verdict.stop = true;
            break;
        case MACHINE_REQUEST:
            at_request(dbg, &verdict);
            break;
        default:
            at_end(dbg, stop, &verdict);
        }
    }
    dbg->running = false;
    if (dbg->options.running)
        dbg->options.running(dbg->options.host_context, false);
    dbg->last_stop = stop;
    machine->interrupt = false;
    if (machine->pc) {
        host_char_flush(&machine->pc->serial);
        host_char_flush(&machine->pc->debugcon);
        host_char_suspend(&machine->pc->serial);
    }
    if (target)
        watch_remove(machine->cpu, target);
    dbg->finishing = dbg->returning = dbg->delivering = false;
    debugger_observe(dbg);
    if (!request->quiet || verdict.reason.length)
        debugger_report(dbg, buf_text(&verdict.reason));
    if (stop == MACHINE_SHUTDOWN)
        explain_latest(dbg);
    buf_free(&verdict.reason);
    return stop;
}
