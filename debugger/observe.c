/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * debugger/observe.c - what the processor tells us while it runs: exceptions, interrupts, ports,
 * MSRs, modes, control registers for the catch points; single instructions for the trace and
 * `finish`. A callback that nothing needs is NULL, and costs nothing.
 */
#include <string.h>

#include "cpu/decode.h"
#include "cpu/insn_table.h"
#include "debugger/debugger.h"

uint64_t debugger_stack_pointer(const struct cpu *cpu)
{
    if (cpu_code64(cpu))
        return cpu->gpr[RSP];
    return cpu->seg[SEG_SS].attr & ATTR_DB ? (uint32_t)cpu->gpr[RSP] : (uint16_t)cpu->gpr[RSP];
}

const struct fault *debugger_past_fault(const struct debugger *dbg, unsigned n)
{
    if (n >= dbg->fault_count || n >= FAULT_HISTORY)
        return NULL;
    return &dbg->faults[(dbg->fault_count - 1 - n) % FAULT_HISTORY];
}

/* A point was met: count it, and remember what was seen if the run is to stop. */
static bool caught(struct debugger *dbg, struct breakpoint *point, const char *format, ...)
    PRINTF_LIKE(3, 4);
static bool caught(struct debugger *dbg, struct breakpoint *point, const char *format, ...)
{
    struct buf error = { 0 };
    va_list args;

    if (!breakpoint_reached(point, &dbg->env, &error)) {
        buf_free(&error);
        return false;
    }
    if (dbg->caught) /* one instruction may do several things */
        buf_add_text(&dbg->caught_text, "; ");
    else
        buf_clear(&dbg->caught_text);
    dbg->caught = point->number;
    va_start(args, format);
    buf_vprintf(&dbg->caught_text, format, args);
    va_end(args);
    if (error.length)
        buf_printf(&dbg->caught_text, " (condition: %s)", buf_text(&error));
    buf_free(&error);
    dbg->observer.stop = true;
    return true;
}

static bool on_exception(void *context, struct cpu *cpu)
{
    struct debugger *dbg = context;
    const struct fault *fault = &cpu->fault;
    struct buf where = { 0 };
    bool stop = false;

    dbg->interrupts++;
    dbg->faults[dbg->fault_count++ % FAULT_HISTORY] = *fault;
    for (struct breakpoint *point = dbg->points.list; point && !stop; point = point->next) {
        if (point->kind != POINT_FAULT || !point->enabled ||
            (point->first != ANY_VECTOR && point->first != fault->vector) ||
            (point->has_error && (!fault->has_error || point->error != fault->error)) ||
            (point->has_cpl && point->cpl != cpu->cpl))
            continue;
        show_code_pointer(fault->cs, fault->rip, cpu->mode, &where);
        if (fault->has_error)
            stop = caught(dbg, point, "Caught %s(0x%x) before delivery at %s",
                          vector_name(fault->vector), fault->error, buf_text(&where));
        else
            stop = caught(dbg, point, "Caught %s before delivery at %s", vector_name(fault->vector),
                          buf_text(&where));
    }
    buf_free(&where);
    return stop;
}

static bool on_interrupt(void *context, struct cpu *cpu, unsigned vector, bool external)
{
    struct debugger *dbg = context;

    (void)cpu;
    dbg->interrupts++;
    for (struct breakpoint *point = dbg->points.list; point; point = point->next)
        if (point->kind == POINT_INTERRUPT && point->enabled &&
            (point->first == ANY_VECTOR || point->first == vector) &&
            caught(dbg, point, "Caught %s interrupt, vector 0x%x",
                   external ? "external" : "software", vector))
            return true;
    return false;
}

static bool on_port(void *context, struct cpu *cpu, uint16_t port, unsigned size, bool write,
                    uint64_t value)
{
    struct debugger *dbg = context;
    struct watch_hit hit = {
        .write = write, .pa = port, .size = size, .old_value = value, .new_value = value
    };
    const struct range *range = space_find(cpu->ports, port);
    bool stop = false;

    dbg->env.hit = &hit;
    for (struct breakpoint *point = dbg->points.list; point && !stop; point = point->next)
        if (point->kind == POINT_PORT && point->enabled && port <= point->last &&
            port + size > point->first && (write ? point->write : point->read))
            stop = caught(dbg, point, "Caught %s port 0x%x: 0x%0*llx%s%s%s",
                          write ? "output to" : "input from", port, (int)size * 2,
                          (unsigned long long)value, range ? " (" : "", range ? range->name : "",
                          range ? ")" : "");
    dbg->env.hit = NULL;
    return stop;
}

static bool on_msr(void *context, struct cpu *cpu, uint32_t index, bool write, uint64_t value)
{
    struct debugger *dbg = context;

    (void)cpu;
    for (struct breakpoint *point = dbg->points.list; point; point = point->next)
        if (point->kind == POINT_MSR && point->enabled && point->first == index &&
            (write ? point->write : point->read) &&
            caught(dbg, point, "Caught %s of MSR 0x%x: 0x%llx", write ? "write" : "read", index,
                   (unsigned long long)value))
            return true;
    return false;
}

static bool on_mode(void *context, struct cpu *cpu, const char *from, const char *to)
{
    struct debugger *dbg = context;

    (void)cpu;
    for (struct breakpoint *point = dbg->points.list; point; point = point->next)
        if (point->kind == POINT_MODE && point->enabled &&
            caught(dbg, point, "Caught change of mode: %s -> %s", from, to))
            return true;
    return false;
}

static bool on_control(void *context, struct cpu *cpu, unsigned number, uint64_t old,
                       uint64_t value)
{
    struct debugger *dbg = context;

    (void)cpu;
    for (struct breakpoint *point = dbg->points.list; point; point = point->next)
        if (point->kind == POINT_CONTROL && point->enabled && point->first == number &&
            caught(dbg, point, "Caught write to cr%u: 0x%llx -> 0x%llx", number,
                   (unsigned long long)old, (unsigned long long)value))
            return true;
    return false;
}

/*
 * Is the next instruction a return of the frame that `finish` was typed in? Handlers that were
 * entered since may have stacks of their own: their IRETs are counted off.
 */
static bool returns_here(struct debugger *dbg, const struct cpu *cpu)
{
    const char *mnemonic;
    uint8_t bytes[15];
    struct insn insn;
    unsigned count;
    bool iret;

    if (!dbg->interrupts &&
        (cpu->cpl != dbg->step_cpl || debugger_stack_pointer(cpu) < dbg->step_floor))
        return false;
    count = show_fetch(cpu, show_code_address(cpu), bytes);
    if (!count || decode_insn(bytes, count, cpu->mode, cpu->features, &insn) != DECODE_OK)
        return false;
    mnemonic = insn_row(&insn)->mnemonic;
    iret = !strncmp(mnemonic, "iret", 4);
    if (iret && dbg->interrupts) {
        dbg->interrupts--;
        return false;
    }
    return !dbg->interrupts && (iret || !strncmp(mnemonic, "ret", 3));
}

static bool on_instruction(void *context, struct cpu *cpu)
{
    struct debugger *dbg = context;

    if (dbg->delivering)
        return true;
    if (dbg->returning) { /* the RET before this instruction was the one */
        dbg->finished = true;
        return true;
    }
    if (dbg->trace)
        trace_instruction(dbg, cpu);
    if (dbg->finishing)
        dbg->returning = returns_here(dbg, cpu);
    return false;
}

void debugger_observe(struct debugger *dbg)
{
    struct observer *o = &dbg->observer;
    bool wanted[POINT_TIME + 1] = { false };

    for (const struct breakpoint *point = dbg->points.list; point; point = point->next)
        if (point->enabled)
            wanted[point->kind] = true;
    o->exception = on_exception; /* always: the history of faults; exceptions are rare */
    o->interrupt = wanted[POINT_INTERRUPT] || dbg->finishing ? on_interrupt : NULL;
    o->port = wanted[POINT_PORT] ? on_port : NULL;
    o->msr = wanted[POINT_MSR] ? on_msr : NULL;
    o->mode = wanted[POINT_MODE] ? on_mode : NULL;
    o->control = wanted[POINT_CONTROL] ? on_control : NULL;
    o->instruction = dbg->trace || dbg->finishing || dbg->delivering ? on_instruction : NULL;
    dbg->machine->cpu->observer = o;
}
