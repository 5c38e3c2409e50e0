/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/cmd_inspect.c - registers, the stack, pages; set. */
#include <stdlib.h>
#include <string.h>

#include "debugger/debugger.h"
#include "debugger/register.h"
#include "util/text.h"

static void print_named(void *context, const char *name)
{
    struct debugger *dbg = context;
    struct reg_ref ref;

    if (reg_find(name, strlen(name), &ref))
        out_printf(&dbg->out, "%-14s 0x%llx\n", name,
                   (unsigned long long)reg_get(debugger_cpu(dbg), &ref));
}

/* r; r rax rbx; r msr. lists the names that begin so. */
static bool cmd_registers(struct debugger *dbg, const struct call *call)
{
    const char *rest = call->args;

    if (!*rest) {
        show_registers(debugger_cpu(dbg), &dbg->symbols, &dbg->shown, &dbg->out);
        snapshot_take(&dbg->shown, debugger_cpu(dbg));
        return true;
    }
    while (*rest) {
        size_t n = strcspn(rest, " ,");
        struct reg_ref ref;
        char name[64];

        snprintf(name, sizeof name, "%.*s", (int)n, rest);
        rest += n + strspn(rest + n, " ,");
        if (n && name[n - 1] == '.')
            reg_names(name, print_named, dbg);
        else if (reg_find(name + (name[0] == '$'), strlen(name) - (name[0] == '$'), &ref))
            print_named(dbg, name + (name[0] == '$'));
        else
            return debugger_error(dbg,
                                  "no register '%s'; 'r' shows all, 'r msr.' those that "
                                  "begin so",
                                  name);
    }
    return true;
}

static bool cmd_sreg(struct debugger *dbg, const struct call *call)
{
    (void)call;
    show_segments(debugger_cpu(dbg), &dbg->out);
    return true;
}

static bool cmd_creg(struct debugger *dbg, const struct call *call)
{
    (void)call;
    show_control(debugger_cpu(dbg), &dbg->out);
    return true;
}

static bool cmd_dreg(struct debugger *dbg, const struct call *call)
{
    (void)call;
    show_debug(debugger_cpu(dbg), &dbg->out);
    return true;
}

static bool cmd_fpu(struct debugger *dbg, const struct call *call)
{
    (void)call;
    show_fpu(debugger_cpu(dbg), &dbg->out);
    return true;
}

static bool cmd_sse(struct debugger *dbg, const struct call *call)
{
    (void)call;
    show_sse(debugger_cpu(dbg), &dbg->out);
    return true;
}

/* set */

static bool set_switch(struct debugger *dbg, const char *name, const char *value, bool *flag)
{
    if (strcmp(value, "on") && strcmp(value, "off"))
        return debugger_error(dbg, "set %s: on or off", name);
    *flag = !strcmp(value, "on");
    return true;
}

/* Settings of the debugger itself: "compat gdb", "u off". */
static bool set_option(struct debugger *dbg, const char *name, const char *value, bool *done)
{
    *done = true;
    if (!strcmp(name, "compat")) {
        if (strcmp(value, "gdb") && strcmp(value, "bochs"))
            return debugger_error(dbg, "set compat: bochs or gdb");
        dbg->gdb_words = !strcmp(value, "gdb");
        out_printf(&dbg->out, "b NUMBER is a %s address now\n",
                   dbg->gdb_words ? "linear" : "physical");
        return true;
    }
    if (!strcmp(name, "u") || !strcmp(name, "disassemble"))
        return set_switch(dbg, name, value, &dbg->auto_disassemble);
    *done = false;
    return true;
}

/* set byte [0x7c00] = 1: memory that the expression reads. */
static bool set_memory(struct debugger *dbg, const struct expr *target, uint64_t value)
{
    struct cpu *cpu = debugger_cpu(dbg);
    struct buf error = { 0 };
    uint64_t address;
    unsigned size;
    bool physical, ok;
    uint8_t raw[8];

    if (!expr_address(target, &dbg->env, &address, &size, &physical, &error))
        return debugger_fail(dbg, &error);
    store_le64(raw, value);
    ok = physical ? space_poke(cpu->memory, address, raw, size) : cpu_poke(cpu, address, raw, size);
    if (ok)
        return true;
    return debugger_error(dbg, "there is no memory to set at 0x%llx", (unsigned long long)address);
}

static bool set_target(struct debugger *dbg, const char *name, uint64_t value, bool force)
{
    struct buf error = { 0 };
    const char *at = name + (name[0] == '$');
    struct reg_ref ref;
    struct expr *target;
    bool ok;

    if (reg_find(at, strlen(at), &ref)) {
        if (reg_set(debugger_cpu(dbg), &ref, value, force, &error))
            return true;
        return debugger_fail(dbg, &error);
    }
    at = name;
    target = expr_parse(&dbg->env, &at, &error);
    if (!target)
        return debugger_fail(dbg, &error);
    if (!*at && expr_shape(target) == SHAPE_MEMORY)
        ok = set_memory(dbg, target, value);
    else
        ok = debugger_error(dbg,
                            "'%s' is neither a register nor memory; set rax = 1, "
                            "set eflags.if = 0, set byte [0x7c00] = 0x90",
                            name);
    expr_free(target);
    return ok;
}

static bool cmd_set(struct debugger *dbg, const struct call *call)
{
    const char *args = call->args, *equals;
    struct buf name = { 0 };
    bool force = false, done, ok;
    uint64_t value;

    if (!strncmp(args, "-f ", 3)) {
        force = true;
        args += 3 + strspn(args + 3, " ");
    }
    if (!strncmp(args, "var ", 4))
        args += 4 + strspn(args + 4, " ");
    equals = strchr(args, '=');
    if (!equals) {
        size_t n = strcspn(args, " ");
        const char *rest = args + n + strspn(args + n, " ");

        buf_add(&name, args, n);
        ok = set_option(dbg, buf_text(&name), rest, &done);
        if (!done) /* set rax 5 */
            ok = *rest ? debugger_value(dbg, rest, &value) &&
                             set_target(dbg, buf_text(&name), value, force)
                       : debugger_error(dbg, "usage: %s", call->command->usage);
        buf_free(&name);
        return ok;
    }
    while (equals > args && equals[-1] == ' ')
        equals--;
    buf_add(&name, args, (size_t)(equals - args));
    equals += strspn(equals, " =");
    ok = debugger_value(dbg, equals, &value) && set_target(dbg, buf_text(&name), value, force);
    buf_free(&name);
    return ok;
}

/* page ADDRESS [r|w|x] [u|s] */
static bool cmd_page(struct debugger *dbg, const struct call *call)
{
    struct cpu *cpu = debugger_cpu(dbg);
    enum access access = ACCESS_READ;
    bool user = cpu->cpl == 3, ok;
    const char *rest = call->args;
    struct buf error = { 0 };
    struct expr *expr;
    uint64_t la;

    if (!*rest)
        return debugger_error(dbg, "page needs a linear address; usage: %s", call->command->usage);
    expr = expr_parse(&dbg->env, &rest, &error);
    ok = expr && expr_eval(expr, &dbg->env, &la, &error);
    expr_free(expr);
    if (!ok)
        return debugger_fail(dbg, &error);
    for (; *rest; rest += rest[1] == ' ' ? 2 : 1) {
        if (*rest == 'r' || *rest == 'w' || *rest == 'x')
            access = *rest == 'r' ? ACCESS_READ : *rest == 'w' ? ACCESS_WRITE : ACCESS_EXEC;
        else if (*rest == 'u' || *rest == 's')
            user = *rest == 'u';
        else
            return debugger_error(dbg, "'%.8s': r, w or x, and u or s expected", rest);
    }
    show_walk(cpu, la, access, user, &dbg->out);
    return true;
}

/* The stack. */

static unsigned stack_width(const struct cpu *cpu)
{
    return cpu_code64(cpu) ? 8 : (cpu->mode & MODE_CODE_MASK) == MODE_CODE32 ? 4 : 2;
}

static lin_addr stack_linear(const struct cpu *cpu, uint64_t offset)
{
    if (cpu_code64(cpu))
        return offset;
    if (!(cpu->seg[SEG_SS].attr & ATTR_DB))
        offset &= 0xffff;
    return (uint32_t)(cpu->seg[SEG_SS].base + offset);
}

static bool cmd_print_stack(struct debugger *dbg, const struct call *call)
{
    struct cpu *cpu = debugger_cpu(dbg);
    unsigned width = stack_width(cpu);
    uint64_t count = 16, sp = debugger_stack_pointer(cpu);

    if (*call->args && !debugger_value(dbg, call->args, &count))
        return false;
    if (count > 4096)
        count = 4096;
    for (uint64_t i = 0; i < count; i++) {
        lin_addr la = stack_linear(cpu, sp + i * width);
        uint8_t raw[8] = { 0 };
        char name[256];
        uint64_t value;

        if (!cpu_peek(cpu, la, raw, width)) {
            struct buf why = { 0 };

            show_hole(cpu, la, &why);
            out_printf(&dbg->out, "0x%llx: %s\n", (unsigned long long)la, buf_text(&why));
            buf_free(&why);
            return false;
        }
        value = load_le64(raw);
        out_printf(&dbg->out, "| STACK 0x%0*llx [0x%0*llx]", width == 8 ? 16 : 8,
                   (unsigned long long)la, (int)width * 2, (unsigned long long)value);
        if (value && symbols_name(&dbg->symbols, width == 2 ? cpu->seg[SEG_CS].base + value : value,
                                  name, sizeof name))
            out_printf(&dbg->out, " <%s>", name);
        out_text(&dbg->out, "\n");
    }
    return true;
}

static void print_frame(struct debugger *dbg, unsigned number, uint64_t frame, uint64_t rip)
{
    struct cpu *cpu = debugger_cpu(dbg);
    lin_addr la = cpu_code64(cpu) ? rip : (uint32_t)(cpu->seg[SEG_CS].base + rip);
    struct buf pointer = { 0 };
    char name[256];

    show_code_pointer(cpu->seg[SEG_CS].selector, rip, cpu->mode, &pointer);
    out_printf(&dbg->out, "#%-2u %s", number, buf_text(&pointer));
    if (symbols_name(&dbg->symbols, la, name, sizeof name))
        out_printf(&dbg->out, " <%s>", name);
    if (number)
        out_printf(&dbg->out, "  frame 0x%llx", (unsigned long long)frame);
    out_text(&dbg->out, "\n");
    buf_free(&pointer);
}

/* Follow the chain of saved frame pointers upwards; it must not go down or round. */
static bool cmd_backtrace(struct debugger *dbg, const struct call *call)
{
    struct cpu *cpu = debugger_cpu(dbg);
    unsigned width = stack_width(cpu), number = 1;
    uint64_t most = 16, frame = cpu->gpr[RBP] & mask_bits(width * 8);

    if (*call->args && !debugger_value(dbg, call->args, &most))
        return false;
    print_frame(dbg, 0, frame, cpu->rip);
    for (; number < most && number < 1000; number++) {
        uint8_t raw[16] = { 0 };
        uint64_t next;

        if (!frame || !cpu_peek(cpu, stack_linear(cpu, frame), raw, width * 2))
            break;
        next = load_le(raw, width);
        print_frame(dbg, number, frame, load_le(raw + width, width));
        if (next <= frame)
            break;
        frame = next;
    }
    if (number == 1)
        out_text(&dbg->out, "no frame pointer in rbp; 'print-stack' shows the raw stack\n");
    return true;
}

static bool cmd_info(struct debugger *dbg, const struct call *call)
{
    char name[64];
    struct buf rest = { 0 }, error = { 0 };
    struct call topic;
    bool ok;

    if (!command_split(call->args, name, sizeof name, &topic, &rest)) {
        for (const struct command *row = info_topics; row->name; row++)
            out_printf(&dbg->out, "info %-14s %s\n", row->name, row->summary);
        buf_free(&rest);
        return true;
    }
    topic.command = command_find(info_topics, name, &error);
    ok = topic.command ? topic.command->run(dbg, &topic) : debugger_fail(dbg, &error);
    buf_free(&rest);
    buf_free(&error);
    return ok;
}

const struct command inspect_commands[] = {
    { "r", "registers", "reg regs", cmd_registers, complete_register, "registers [NAME...]",
      "show the general registers and flags; changed ones are marked *",
      "A name shows one register or part: r cs.base eflags.if msr.star. A name that ends in a dot\n"
      "lists its parts: r cr0.",
      false },
    { NULL, "sreg", NULL, cmd_sreg, NULL, "sreg",
      "show segment registers with their descriptor caches",
      "A line below a register says where the cache and the table differ.", false },
    { NULL, "creg", "cr", cmd_creg, NULL, "creg", "show control registers, bit by bit",
      "Set bits are in capitals.", false },
    { NULL, "dreg", "dr", cmd_dreg, NULL, "dreg", "show debug registers", NULL, false },
    { NULL, "fp", "fpu mmx", cmd_fpu, NULL, "fp", "show the x87 registers", NULL, false },
    { NULL, "sse", "xmm", cmd_sse, NULL, "sse", "show the XMM registers and MXCSR", NULL, false },
    { NULL, "set", NULL, cmd_set, complete_register,
      "set [-f] REGISTER|MEMORY = EXPR | set compat bochs|gdb | set u on|off",
      "change a register, one of its bits, memory, or a setting",
      "set rax = 5; set eflags.if = 0; set cs.base = 0x7c00; set dword [0x1000] = 1.\n"
      "-f writes what the processor would refuse. 'set compat gdb' makes 'b NUMBER' linear;\n"
      "'set u off' drops the instruction from stop reports.",
      false },
    { NULL, "page", "pagewalk gva2gpa v2p", cmd_page, complete_address,
      "page ADDRESS [r|w|x] [u|s]", "show the paging-structure walk of a linear address",
      "Every entry from CR3 down with its flags, where and why the walk stops, and whether the\n"
      "access (read by default, at the current privilege) would fault. Nothing is changed.",
      false },
    { NULL, "print-stack", "stack", cmd_print_stack, NULL, "print-stack [COUNT]",
      "show the top of the stack", NULL, false },
    { NULL, "bt", "backtrace where", cmd_backtrace, NULL, "bt [COUNT]",
      "list the callers by their frame pointers", NULL, false },
    { "i", "info", NULL, cmd_info, complete_info, "info [TOPIC]",
      "show tables, devices and other state; without TOPIC: what there is", NULL, false },
    { 0 },
};
