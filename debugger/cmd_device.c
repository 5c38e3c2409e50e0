/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/cmd_device.c - the topics of `info`: CPU, devices, ports, memory map, events. */
#include <inttypes.h>
#include <string.h>

#include "cpu/engine.h"
#include "cpu/insn_table.h"
#include "debugger/debugger.h"
#include "debugger/info.h"
#include "util/text.h"

/* The command `name` with the same arguments. */
static bool as_command(struct debugger *dbg, const char *name, const char *args)
{
    struct buf error = { 0 };
    struct call call = { .name = name, .args = args };

    call.command = command_find(NULL, name, &error);
    buf_free(&error);
    return call.command && call.command->run(dbg, &call);
}

static bool info_registers(struct debugger *dbg, const struct call *call)
{
    return as_command(dbg, "r", call->args);
}

static bool info_break(struct debugger *dbg, const struct call *call)
{
    return as_command(dbg, "blist", call->args);
}

static bool info_symbols(struct debugger *dbg, const struct call *call)
{
    return as_command(dbg, "slist", call->args);
}

static bool info_mode(struct debugger *dbg, const struct call *call)
{
    const struct cpu *cpu = debugger_cpu(dbg);
    static const char *const activities[] = { "running", "halted", "shut down",
                                              "waiting for SIPI" };

    (void)call;
    out_printf(&dbg->out, "%s, CPL %u, %s", cpu_mode_name(cpu), cpu->cpl,
               activities[cpu->activity]);
    if (cpu->smm)
        out_printf(&dbg->out, ", in system-management mode (SMBASE 0x%" PRIx32 ")", cpu->smbase);
    out_text(&dbg->out, "\n");
    out_printf(&dbg->out,
               "CR0.PE=%u EFLAGS.VM=%u EFER.LME=%u EFER.LMA=%u CS.L=%u CS.D=%u SS.B=%u\n",
               !!(cpu->cr0 & CR0_PE), !!(cpu->eflags & VM), !!(cpu->efer & EFER_LME),
               !!(cpu->efer & EFER_LMA), !!(cpu->seg[SEG_CS].attr & ATTR_L),
               !!(cpu->seg[SEG_CS].attr & ATTR_DB), !!(cpu->seg[SEG_SS].attr & ATTR_DB));
    out_printf(&dbg->out, "paging %s, interrupts %s%s%s, A20 %s\n",
               !(cpu->cr0 & CR0_PG) ? "off"
               : cpu_long_mode(cpu) ? cpu->cr4 & CR4_LA57 ? "on, 5-level" : "on, 4-level"
               : cpu->cr4 & CR4_PAE ? "on, PAE"
                                    : "on, 32-bit",
               cpu->eflags & IF ? "enabled" : "disabled",
               cpu->shadow ? ", held off for one instruction" : "",
               cpu->pending & PENDING_INTR ? ", one is waiting" : "",
               cpu->a20_mask == ~UINT64_C(0) ? "open" : "masked");
    return true;
}

static bool info_cpu(struct debugger *dbg, const struct call *call)
{
    struct cpu *cpu = debugger_cpu(dbg);
    unsigned column = 0;

    info_mode(dbg, call);
    show_registers(cpu, &dbg->symbols, &dbg->shown, &dbg->out);
    show_segments(cpu, &dbg->out);
    show_control(cpu, &dbg->out);
    out_text(&dbg->out, "features:");
    for (unsigned f = 1; f < F_COUNT; f++) {
        const char *name = feature_name(f);

        if (!cpu_has(cpu, f) || !name)
            continue;
        column += (unsigned)strlen(name) + 1;
        if (column > 84) {
            out_text(&dbg->out, "\n         ");
            column = (unsigned)strlen(name) + 1;
        }
        out_printf(&dbg->out, " %s", name);
    }
    out_text(&dbg->out, "\n");
    return true;
}

static bool info_eflags(struct debugger *dbg, const struct call *call)
{
    static const struct {
        unsigned bit;
        const char *set, *clear;
    } words[] = {
        { CF, "CF: the last operation carried or borrowed", NULL },
        { ZF, "ZF: the last result was 0", NULL },
        { SF, "SF: the last result was negative", NULL },
        { OF, "OF: the last result overflowed as a signed number", NULL },
        { IF, "IF: interrupts are taken", "if: interrupts wait" },
        { DF, "DF: string instructions go down", NULL },
        { TF, "TF: single-step trap after each instruction", NULL },
        { NT, "NT: IRET switches tasks", NULL },
        { RF, "RF: instruction breakpoints are ignored once", NULL },
        { VM, "VM: virtual-8086 mode", NULL },
        { AC, "AC: alignment is checked at CPL 3, or SMAP is suspended", NULL },
    };
    uint64_t eflags = cpu_eflags(debugger_cpu(dbg));
    struct buf text = { 0 };

    (void)call;
    show_eflags(eflags, &text);
    out_printf(&dbg->out, "eflags 0x%08x: %s\n", (unsigned)eflags, buf_text(&text));
    buf_free(&text);
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
        const char *line = eflags & words[i].bit ? words[i].set : words[i].clear;

        if (line)
            out_printf(&dbg->out, "  %s\n", line);
    }
    return true;
}

/* Devices. */

bool info_one_device(struct debugger *dbg, const char *name)
{
    const struct device *dev = device_find(&dbg->machine->devices, name);
    const char *names[64];
    const char *near;
    unsigned count = 0;

    if (dev) {
        out_printf(&dbg->out, "%s: %s\n", dev->class->name, dev->class->title);
        if (dev->class->describe)
            dev->class->describe(dev, &dbg->out);
        else if (dev->class->fields)
            fields_print(dev->class->fields, dev, &dbg->out);
        return true;
    }
    for (dev = dbg->machine->devices.first; dev && count < 63; dev = dev->next)
        names[count++] = dev->class->name;
    names[count] = NULL;
    near = text_nearest(name, names);
    if (near)
        return debugger_error(dbg, "no device '%s' (did you mean '%s'?). 'info device' lists them",
                              name, near);
    return debugger_error(dbg, "no device '%s'. 'info device' lists them", name);
}

static bool info_device(struct debugger *dbg, const struct call *call)
{
    size_t n = strcspn(call->args, " ");
    char name[64];
    const struct device *dev;

    if (!n) {
        for (dev = dbg->machine->devices.first; dev; dev = dev->next)
            out_printf(&dbg->out, "%-16s %s\n", dev->class->name, dev->class->title);
        return true;
    }
    snprintf(name, sizeof name, "%.*s", (int)(n < 63 ? n : 63), call->args);
    if (!strcmp(call->args + n + strspn(call->args + n, " "), "fields")) { /* every state row */
        dev = device_find(&dbg->machine->devices, name);
        if (dev && dev->class->fields) {
            fields_print(dev->class->fields, dev, &dbg->out);
            return true;
        }
    }
    return info_one_device(dbg, name);
}

/* info pic: the topic is the name of the device. */
static bool info_named_device(struct debugger *dbg, const struct call *call)
{
    return info_one_device(dbg, call->command->name);
}

static void print_ranges(struct debugger *dbg, const struct space *space, int digits)
{
    static const char *const kinds[] = { "nothing", "RAM", "ROM", "device" };

    for (unsigned i = 0; i < space->count; i++) {
        const struct range *range = &space->ranges[i];
        const char *text = range->io && range->io->text ? range->io->text : "";

        out_printf(&dbg->out, "0x%0*llx-0x%0*llx  %-7s %-14s %s\n", digits,
                   (unsigned long long)range->first, digits, (unsigned long long)range->last,
                   kinds[range->kind], range->name ? range->name : "", text);
    }
}

static bool info_io(struct debugger *dbg, const struct call *call)
{
    (void)call;
    print_ranges(dbg, &dbg->machine->ports, 4);
    return true;
}

static bool info_mtree(struct debugger *dbg, const struct call *call)
{
    (void)call;
    print_ranges(dbg, &dbg->machine->memory, 9);
    return true;
}

static bool info_events(struct debugger *dbg, const struct call *call)
{
    const struct clock *clock = &dbg->machine->clock;
    uint64_t now = clock_now(clock);
    char ticks[32];

    (void)call;
    if (!clock->queue)
        out_text(&dbg->out, "no event is scheduled\n");
    for (const struct event *event = clock->queue; event; event = event->next)
        out_printf(&dbg->out, "t=%llu  in %s ticks  %s\n", (unsigned long long)event->when,
                   text_thousands(event->when > now ? event->when - now : 0, ticks), event->name);
    return true;
}

static bool info_engine(struct debugger *dbg, const struct call *call)
{
    const struct cpu *cpu = debugger_cpu(dbg);

    (void)call;
    out_printf(&dbg->out, "engine %s\n", cpu->engine->name);
    if (cpu->engine->describe)
        cpu->engine->describe(cpu, &dbg->out);
    return true;
}

static bool info_faults(struct debugger *dbg, const struct call *call)
{
    const struct cpu *cpu = debugger_cpu(dbg);
    uint64_t most = 10;
    const struct fault *fault;
    struct buf where = { 0 };
    char total[32];

    if (*call->args && !debugger_value(dbg, call->args, &most))
        return false;
    out_printf(&dbg->out, "%s exception%s so far%s\n", text_thousands(dbg->fault_count, total),
               dbg->fault_count == 1 ? "" : "s", dbg->fault_count ? ", the latest first:" : "");
    for (unsigned n = 0; n < most && (fault = debugger_past_fault(dbg, n)) != NULL; n++) {
        buf_clear(&where);
        show_code_pointer(fault->cs, fault->rip,
                          fault->cs == cpu->seg[SEG_CS].selector ? cpu->mode
                          : cpu_long_mode(cpu)                   ? MODE_CODE64
                                                                 : MODE_CODE16,
                          &where);
        out_printf(&dbg->out, "t=%llu  %s", (unsigned long long)fault->tick,
                   vector_name(fault->vector));
        if (fault->has_error)
            out_printf(&dbg->out, "(0x%x)", fault->error);
        out_printf(&dbg->out, " at %s", buf_text(&where));
        if (fault->vector == VEC_PF)
            out_printf(&dbg->out, " for 0x%llx", (unsigned long long)fault->cr2);
        out_printf(&dbg->out, ": %s\n", reason_text(fault->reason));
    }
    buf_free(&where);
    return true;
}

const struct command info_topics[] = {
    { NULL, "block", "drives", info_block, NULL, "info block", "the drives and what is in them",
      NULL, false },
    { NULL, "break", "b breakpoints", info_break, NULL, "info break", "breakpoints and their hits",
      NULL, false },
    { NULL, "cpu", NULL, info_cpu, NULL, "info cpu", "all of the processor", NULL, false },
    { NULL, "device", "qtree", info_device, complete_device, "info device [NAME [fields]]",
      "the devices, or the state of one", NULL, false },
    { NULL, "eflags", "flags", info_eflags, NULL, "info eflags", "the flags in words", NULL,
      false },
    { NULL, "events", "timers", info_events, NULL, "info events",
      "what is scheduled in virtual time", NULL, false },
    { NULL, "faults", "exceptions history", info_faults, NULL, "info faults [COUNT]",
      "the last exceptions", NULL, false },
    { NULL, "gdt", NULL, info_gdt, NULL, "info gdt [FROM [TO]]", "global descriptor table", NULL,
      false },
    { NULL, "hpet", NULL, info_named_device, NULL, "info hpet", "high precision event timer", NULL,
      false },
    { NULL, "idt", NULL, info_idt, NULL, "info idt [FROM [TO]]", "interrupt descriptor table", NULL,
      false },
    { NULL, "io", "ports", info_io, NULL, "info io", "I/O ports and who answers them", NULL,
      false },
    { NULL, "ioapic", NULL, info_named_device, NULL, "info ioapic", "I/O APIC", NULL, false },
    { NULL, "ivt", NULL, info_ivt, NULL, "info ivt [FROM [TO]]", "real-mode interrupt vectors",
      NULL, false },
    { NULL, "lapic", NULL, info_named_device, NULL, "info lapic", "local APIC", NULL, false },
    { NULL, "ldt", NULL, info_ldt, NULL, "info ldt [FROM [TO]]", "local descriptor table", NULL,
      false },
    { NULL, "mode", NULL, info_mode, NULL, "info mode", "CPU mode and the bits that make it", NULL,
      false },
    { NULL, "mtree", "memory", info_mtree, NULL, "info mtree", "physical memory map", NULL, false },
    { NULL, "pic", "irq", info_named_device, NULL, "info pic", "8259A interrupt controllers", NULL,
      false },
    { NULL, "pit", NULL, info_named_device, NULL, "info pit", "8254 timer", NULL, false },
    { NULL, "registers", "r reg", info_registers, complete_register, "info registers [NAME]",
      "general registers", NULL, false },
    { NULL, "symbols", "symbol", info_symbols, complete_symbol, "info symbols [PREFIX]",
      "loaded symbols", NULL, false },
    { NULL, "tab", "mem", info_tab, NULL, "info tab [FROM [TO]]",
      "mapped linear addresses, as ranges", NULL, false },
    { NULL, "tb", "engine jit", info_engine, NULL, "info tb",
      "the engine: blocks and traces, hit rates, coverage", NULL, false },
    { NULL, "tss", NULL, info_tss, NULL, "info tss", "task-state segment", NULL, false },
    { NULL, "vga", "display", info_named_device, NULL, "info vga",
      "the display: mode, memory, beam", NULL, false },
    { 0 },
};
