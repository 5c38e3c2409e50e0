/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/interp.c - the interpreter's run loop. Traces run from handler to handler by themselves; the
 * loop is entered only for what happens between instructions: faults, events, single steps.
 */
#include "cpu/interp.h"

#include "cpu/exec.h"
#include "cpu/insn_table.h"
#include "cpu/observer.h"
#include "cpu/segment.h"
#include "cpu/watch.h"

EXEC(bad)
{
    return exec_undefined(cpu, insn);
}

enum exec exec_bad_lock(struct cpu *cpu, struct insn *insn)
{
    RAISE(cpu, VEC_UD, 0, LOCK_PREFIX, { EV_NONE, 0 });
    return EXEC_FAULT;
}

/* From handler to handler until something must be looked at. */
static enum exec run_trace(struct cpu *cpu, struct trace *trace)
{
#ifdef CHAINED_HANDLERS
    return trace->insns[0].exec(cpu, trace->insns);
#else
    enum exec result;

    cpu->cursor = trace->insns;
    do {
        result = cpu->cursor->exec(cpu, cpu->cursor);
    } while (result == EXEC_NEXT);
    return result;
#endif
}

/* cpu->fault, raised at cpu->rip, goes through the IDT. True: an observer wants to stop first. */
static bool deliver_fault(struct cpu *cpu)
{
    const struct observer *observer = cpu->observer;

    cpu->fault.rip = cpu->rip;
    cpu->fault.cs = cpu->seg[SEG_CS].selector;
    cpu->fault.tick = clock_now(cpu->clock);
    if (observer && observer->exception && observer->exception(observer->context, cpu)) {
        cpu->fault_waits = true;
        return true;
    }
    /* A guest that faults for ever without retiring an instruction must not stop time. */
    if (cpu->delivered_idle)
        cpu->remaining--;
    cpu->delivered_idle = true;
    cpu->alone = true;
    exception_deliver(cpu);
    cpu->alone = false;
    return false;
}

/* The instruction at cpu->cursor faulted: back to its boundary. */
static void back_to_fault(struct cpu *cpu)
{
    const struct insn *insn = cpu->cursor;

    cpu->rip = insn_rip(cpu, insn);
    cpu->remaining += insn->left;
}

/*
 * One instruction by itself. True: it retired. False: it faulted (cpu->fault is set, nothing
 * changed).
 */
static bool run_alone(struct cpu *cpu)
{
    struct trace *trace = trace_find_alone(cpu, cpu->rip);
    struct trace_cache *cache = cpu->traces;
    enum exec result;

    if (!trace)
        return false;
    cpu->traces->counters.alone++;
    cpu->alone = true;
    cpu->remaining -= trace->count;
    cpu->gpr[REG_TRACE_IP] = cpu->rip;
    /* A branch finds no trace to go on in, and leaves. */
    cache->jump_key |= JUMP_NONE;
    result = run_trace(cpu, trace);
    cache->jump_key = 0;
    trace_select_jumps(cpu);
    cpu->alone = false;
    if (result != EXEC_FAULTED)
        return true;
    back_to_fault(cpu);
    return false;
}

/* DR0-DR3 instruction breakpoints at CS:RIP: the bits for DR6. RF holds them off, and so do a MOV SS
 * just before and the iterations of a REP after its first. "Instruction-Breakpoint Exception
 * Condition". */
static uint64_t code_breakpoints(const struct cpu *cpu)
{
    lin_addr la = cpu->seg[SEG_CS].base + cpu->rip;
    uint64_t hits = 0;

    if (cpu->eflags & RF || cpu->shadow & SHADOW_MOV_SS || cpu->in_rep)
        return 0;
    if (!cpu_code64(cpu))
        la = (uint32_t)la;

    for (unsigned i = 0; i < 4; i++) {
        bool enabled = cpu->dr[7] >> (2 * i) & 3;

        if (enabled && (cpu->dr[7] >> (16 + 4 * i) & 15) == 0 && cpu->dr[i] == la)
            hits |= BIT(i);
    }
    return hits;
}

static bool wants_single_steps(const struct cpu *cpu)
{
    return cpu->observer && cpu->observer->instruction;
}

/* An instruction with something special around it: a shadow, TF, RF, DR7, an observer. */
static enum stop step_carefully(struct cpu *cpu, bool *stopped)
{
    bool trap = cpu->eflags & TF, idle = cpu->delivered_idle;
    uint32_t resume = cpu->eflags & RF;
    uint8_t shadow = cpu->shadow;
    uint64_t hits, pending_dr6;

    *stopped = false;
    if (cpu->watch->count &&
        watch_stops(cpu, clock_now(cpu->clock), cpu->seg[SEG_CS].base + cpu->rip)) {
        *stopped = true;
        return STOP_BREAKPOINT;
    }
    if (wants_single_steps(cpu) && cpu->observer->instruction(cpu->observer->context, cpu)) {
        *stopped = true;
        return STOP_REQUEST;
    }
    hits = cpu->dr[7] & 0xff ? code_breakpoints(cpu) : 0;
    if (hits) {
        RAISE(cpu, VEC_DB, 0, DEBUG, { EV_LINEAR, cpu->rip });
        cpu->fault.dr6 = hits;
        *stopped = deliver_fault(cpu);
        return STOP_REQUEST;
    }
    pending_dr6 = cpu->pending_dr6;
    cpu->shadow = 0;
    cpu->delivered_idle = false;
    cpu->eflags &= ~(uint32_t)RF; /* before: IRET may set it for the next instruction */
    if (run_alone(cpu)) {
        bool software_interrupt = cpu->delivered_idle; /* set by INT n: TF was cleared, no trap */

        cpu->delivered_idle = false;
        if (trap && !software_interrupt) {
            cpu->pending_dr6 |= BIT(14); /* BS */
            cpu->pending |= PENDING_DB;
        }
        if (cpu->watch->hit_valid) {
            *stopped = true;
            return STOP_WATCHPOINT;
        }
    } else {
        cpu->shadow = shadow;
        cpu->eflags |= resume;
        cpu->pending_dr6 = pending_dr6; /* what it had accessed before it faulted will be again */
        if (!pending_dr6)
            cpu->pending &= (uint8_t)~PENDING_DB;
        cpu->delivered_idle = idle;
        *stopped = deliver_fault(cpu);
        if (!*stopped)
            cpu->shadow = 0;
    }
    return STOP_REQUEST;
}

static bool interrupts_wait(const struct cpu *cpu)
{
    return (cpu->pending & ~PENDING_INTR) || ((cpu->pending & PENDING_INTR) && (cpu->eflags & IF));
}

bool interp_is_quiet(const struct cpu *cpu)
{
    return cpu->activity == CPU_RUNNING && !cpu->shadow && !interrupts_wait(cpu) &&
           !(cpu->eflags & (TF | RF)) && !(cpu->dr[7] & 0xff) && !wants_single_steps(cpu) &&
           !cpu->fault_waits;
}

void interp_begin(struct cpu *cpu, uint64_t limit)
{
    clock_set_horizon(cpu->clock, limit > INT64_MAX / 2 ? INT64_MAX / 2 : limit);
    cpu->watch->hit_valid = false;
    if (cpu->watch->passed_tick == clock_now(cpu->clock))
        cpu->watch->passed_la = cpu->seg[SEG_CS].base + cpu->rip;
}

/* An observer or a watchpoint ends the run. */
static bool is_stopped(const struct cpu *cpu, enum stop *stop)
{
    if (unlikely(cpu->watch->hit_valid)) {
        *stop = STOP_WATCHPOINT;
        return true;
    }
    *stop = STOP_REQUEST;
    return unlikely(cpu->observer && cpu->observer->stop);
}

bool interp_attend(struct cpu *cpu, enum stop *stop)
{
    bool stopped;

    if (unlikely(cpu->fault_waits)) { /* an observer stopped the run before its delivery */
        cpu->fault_waits = false;
        cpu->alone = true;
        exception_deliver(cpu);
        cpu->alone = false;
        return false;
    }
    *stop = STOP_SHUTDOWN;
    if (cpu->activity == CPU_SHUTDOWN)
        return true;
    if (cpu->pending && interrupt_service(cpu)) {
        *stop = STOP_REQUEST;
        return cpu->observer && cpu->observer->stop;
    }
    if (cpu->activity != CPU_RUNNING) {
        *stop = cpu->activity == CPU_SHUTDOWN ? STOP_SHUTDOWN : STOP_HALTED;
        return true;
    }
    *stop = step_carefully(cpu, &stopped);
    if (stopped)
        return true;
    *stop = STOP_REQUEST;
    return cpu->observer && cpu->observer->stop;
}

bool interp_fault(struct cpu *cpu, enum stop *stop)
{
    *stop = STOP_REQUEST;
    return deliver_fault(cpu) || is_stopped(cpu, stop);
}

bool interp_alone(struct cpu *cpu, enum stop *stop)
{
    if (!run_alone(cpu))
        return interp_fault(cpu, stop);
    cpu->delivered_idle = false;
    return is_stopped(cpu, stop);
}

bool interp_trace(struct cpu *cpu, struct trace *trace, enum stop *stop)
{
    int64_t before = cpu->remaining;

    if (before < trace->count) { /* longer than what is left: singly */
        if (cpu->watch->count &&
            watch_stops(cpu, clock_now(cpu->clock), cpu->seg[SEG_CS].base + cpu->rip)) {
            *stop = STOP_BREAKPOINT;
            return true;
        }
        return interp_alone(cpu, stop);
    }
    cpu->remaining -= trace->count;
    cpu->gpr[REG_TRACE_IP] = cpu->rip;
    switch (run_trace(cpu, trace)) {
    case EXEC_FAULTED:
        back_to_fault(cpu);
        if (cpu->remaining != before) /* instructions before this one retired */
            cpu->delivered_idle = false;
        if (cpu->want_alone) {
            cpu->want_alone = false;
            return interp_alone(cpu, stop);
        }
        return interp_fault(cpu, stop);
    case EXEC_BREAK:
        if (cpu->remaining != before)
            cpu->delivered_idle = false;
        *stop = STOP_BREAKPOINT;
        return true;
    default:
        cpu->delivered_idle = false;
        return is_stopped(cpu, stop);
    }
}

enum stop interp_run(struct cpu *cpu, uint64_t limit)
{
    interp_begin(cpu, limit);
    while (cpu->remaining > 0) {
        struct trace *trace;
        enum stop stop;

        if (unlikely(!interp_is_quiet(cpu))) {
            if (interp_attend(cpu, &stop))
                return stop;
            continue;
        }
        trace = trace_find_slow(cpu, cpu->rip);
        if (trace ? interp_trace(cpu, trace, &stop) : interp_fault(cpu, &stop))
            return stop;
    }
    return STOP_LIMIT;
}
