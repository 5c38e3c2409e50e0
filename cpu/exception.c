/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exception.c - raising exceptions with their reasons, and delivering them: double faults,
 * shutdown, CR2 and DR6. Source: SDM Vol. 3A, "Interrupt and Exception Handling", "Interrupt 8 -
 * Double Fault Exception (#DF)".
 */
#include "cpu/exception.h"

#include "cpu/segment.h"

static const char *const vector_names[] = {
    "#DE", "#DB", "NMI", "#BP", "#OF",     "#BR", "#UD", "#NM", "#DF", "INT 09h", "#TS",
    "#NP", "#SS", "#GP", "#PF", "INT 0Fh", "#MF", "#AC", "#MC", "#XM", "#VE",     "#CP",
};

const char *vector_name(unsigned vector)
{
    return vector < ARRAY_SIZE(vector_names) ? vector_names[vector] : "interrupt";
}

bool vector_has_error(unsigned vector)
{
    return vector == VEC_DF || (vector >= VEC_TS && vector <= VEC_PF) || vector == VEC_AC;
}

static const struct {
    const char *name, *text, *section;
} reasons[REASON_COUNT] = {
    [REASON_NONE] = { "NONE", "", "" },
#define REASON(id, text, section) [REASON_##id] = { #id, text, section },
#include "cpu/reasons.def"
#undef REASON
};

const char *reason_text(enum reason reason)
{
    return reasons[reason].text;
}

const char *reason_section(enum reason reason)
{
    return reasons[reason].section;
}

const char *reason_name(enum reason reason)
{
    return reasons[reason].name;
}

const char *evidence_name(enum evidence_kind kind)
{
    static const char *const names[] = {
        [EV_NONE] = "",
        [EV_SELECTOR] = "selector",
        [EV_TABLE_LIMIT] = "table limit",
        [EV_DESC_ADDRESS] = "descriptor address",
        [EV_DESC] = "descriptor",
        [EV_ENTRY_ADDRESS] = "entry address",
        [EV_ENTRY] = "entry",
        [EV_LEVEL] = "level",
        [EV_LINEAR] = "linear address",
        [EV_OFFSET] = "offset",
        [EV_SIZE] = "bytes",
        [EV_LIMIT] = "limit",
        [EV_CPL] = "CPL",
        [EV_DPL] = "DPL",
        [EV_RPL] = "RPL",
        [EV_VALUE] = "value",
        [EV_ALLOWED] = "allowed",
        [EV_REGISTER] = "register",
        [EV_SEGMENT] = "segment",
        [EV_VECTOR] = "vector",
        [EV_KEY] = "protection key",
    };

    return names[kind];
}

bool cpu_raise(struct cpu *cpu, enum vector vector, uint32_t error, enum reason reason,
               const struct evidence *evidence)
{
    struct fault fault = { .vector = vector, .reason = (uint16_t)reason };

    fault.has_error = vector_has_error(vector);
    fault.error = fault.has_error ? error : 0;
    fault.external = vector >= VEC_TS && vector <= VEC_GP && (error & 1);
    fault.tick = clock_now(cpu->clock);
    fault.cs = cpu->seg[SEG_CS].selector;
    fault.rip = cpu->rip; /* inside a trace the engine knows better */
    for (unsigned i = 0; i < EVIDENCE_MAX; i++) {
        fault.evidence[i] = evidence[i];
        if (vector == VEC_PF && evidence[i].kind == EV_LINEAR)
            fault.cr2 = evidence[i].value;
    }
    cpu->fault = fault;
    return false;
}

/* Table "Interrupt and Exception Classes". */
static bool is_contributory(unsigned vector)
{
    return vector == VEC_DE || (vector >= VEC_TS && vector <= VEC_GP) || vector == 21;
}

/* Does `second`, raised while `first` is delivered, make a double fault? */
static bool is_double_fault(unsigned first, unsigned second)
{
    if (first == VEC_PF)
        return second == VEC_PF || is_contributory(second);
    return is_contributory(first) && is_contributory(second);
}

/* Keep the first cause and the latest consequences. */
static void chain_add(struct cpu *cpu, const struct fault *fault)
{
    if (cpu->chain_length == CHAIN_MAX) {
        for (unsigned i = 1; i + 1 < CHAIN_MAX; i++)
            cpu->chain[i] = cpu->chain[i + 1];
        cpu->chain_length--;
    }
    cpu->chain[cpu->chain_length++] = *fault;
}

/* What an exception leaves in CR2, DR6 and DR7 before its handler is called. */
static void load_registers(struct cpu *cpu, const struct fault *fault)
{
    if (fault->vector == VEC_PF)
        cpu->cr2 = fault->cr2;
    if (fault->vector == VEC_DB) {
        cpu->dr[6] = (cpu->dr[6] & ~UINT64_C(0xf)) | fault->dr6;
        cpu->dr[7] &= ~BIT(13);            /* GD: the handler may use the debug registers */
        cpu->msr.debugctl &= ~UINT64_C(3); /* LBR, BTF */
    }
}

void exception_deliver(struct cpu *cpu)
{
    struct fault fault = cpu->fault;
    bool alone = cpu->alone;

    cpu->alone = true; /* an instruction boundary: devices and watched pages may be reached */
    cpu->want_alone = false;
    cpu->chain_length = 0;
    for (;;) {
        unsigned first = fault.vector;

        chain_add(cpu, &fault);
        load_registers(cpu, &fault);
        if (interrupt_deliver(cpu, first, EVENT_EXCEPTION, fault.has_error, fault.error, cpu->rip))
            break;
        if (first == VEC_DF) {
            chain_add(cpu, &cpu->fault);
            cpu->activity = CPU_SHUTDOWN;
            break;
        }
        fault = cpu->fault;
        if (is_double_fault(first, fault.vector)) {
            chain_add(cpu, &fault);
            RAISE(cpu, VEC_DF, 0, DOUBLE_FAULT, { EV_VECTOR, first }, { EV_VECTOR, fault.vector });
            fault = cpu->fault;
        }
    }
    cpu->alone = alone;
}
