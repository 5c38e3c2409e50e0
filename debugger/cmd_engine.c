/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/cmd_engine.c - which engine runs the guest, and what the translator makes of its code. */
#include <string.h>

#include "debugger/debugger.h"

static const struct engine *translator(void)
{
    for (const struct engine *const *e = engines; *e; e++) {
        if ((*e)->show)
            return *e;
    }
    return NULL;
}

static void complete_engine(struct debugger *dbg, const char *word, struct completions *list)
{
    (void)dbg;
    for (const struct engine *const *e = engines; *e; e++) {
        if (!strncmp((*e)->name, word, strlen(word)))
            completions_add(list, (*e)->name);
    }
}

static bool cmd_engine(struct debugger *dbg, const struct call *call)
{
    struct cpu *cpu = debugger_cpu(dbg);
    struct buf error = { 0 };

    if (*call->args) {
        if (!strcmp(call->args, "tb") && !translator())
            return debugger_error(dbg, "engine tb is not built in");
        if (!cpu_choose_engine(cpu, call->args, &error))
            return debugger_fail(dbg, &error);
    }
    out_printf(&dbg->out, "engine %s", cpu->engine->name);
    for (const struct engine *const *e = engines; *e; e++) {
        if (*e != cpu->engine)
            out_printf(&dbg->out, "; 'engine %s' changes to the other", (*e)->name);
    }
    out_text(&dbg->out, "\n");
    return true;
}

/* ---- tb ---- */

/* "last", or an address. */
static bool tb_show_command(struct debugger *dbg, const char *args)
{
    const struct cpu *cpu = debugger_cpu(dbg);
    uint64_t la = cpu->mode & MODE_CODE64 ? cpu->rip : (uint32_t)(cpu->seg[SEG_CS].base + cpu->rip);

    if (!strcmp(args, "last")) {
        if (!cpu->engine->get(cpu, "last", &la))
            return debugger_error(dbg, "no block was translated since the last flush");
    } else if (*args && !debugger_value(dbg, args, &la)) {
        return false;
    }
    cpu->engine->show(cpu, la, &dbg->out);
    return true;
}

static bool tb_list_command(struct debugger *dbg, const char *args)
{
    const struct cpu *cpu = debugger_cpu(dbg);
    uint64_t most = 10;

    if (strncmp(args, "hot", 3) || (args[3] && args[3] != ' '))
        return debugger_error(dbg, "tb list: expected 'hot', or 'hot COUNT'");
    if (args[3] && !debugger_value(dbg, args + 4, &most))
        return false;
    cpu->engine->list(cpu, most < 100000 ? (unsigned)most : 100000, &dbg->out);
    return true;
}

/* count, time, check: on, off, or what it is. */
static bool tb_switch(struct debugger *dbg, const char *name, const char *args)
{
    struct cpu *cpu = debugger_cpu(dbg);
    uint64_t value = 0;

    if (*args && strcmp(args, "on") && strcmp(args, "off"))
        return debugger_error(dbg, "tb %s: '%s', expected on or off", name, args);
    if (*args && !cpu->engine->set(cpu, name, !strcmp(args, "on")))
        return debugger_error(dbg, "tb %s: there is no clock of the host here", name);
    if (cpu->engine->get(cpu, name, &value))
        out_printf(&dbg->out, "tb %s %s\n", name, value ? "on" : "off");
    return true;
}

static const char *const words[] = { "show", "list", "count", "time", "check", NULL };

bool engine_takes(const char *args)
{
    size_t n = strcspn(args, " ");

    for (unsigned i = 0; words[i]; i++) {
        if (strlen(words[i]) == n && !strncmp(args, words[i], n))
            return true;
    }
    return false;
}

bool cmd_blocks(struct debugger *dbg, const struct call *call)
{
    const struct cpu *cpu = debugger_cpu(dbg);
    size_t n = strcspn(call->args, " ");
    const char *rest = call->args + n + strspn(call->args + n, " ");
    char word[12];

    if (!translator())
        return debugger_error(dbg, "engine tb is not built in");
    if (cpu->engine != translator())
        return debugger_error(dbg,
                              "engine %s makes no blocks; 'engine tb' changes to the one "
                              "that does",
                              cpu->engine->name);
    snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), call->args);
    if (!strcmp(word, "show"))
        return tb_show_command(dbg, rest);
    if (!strcmp(word, "list"))
        return tb_list_command(dbg, rest);
    if (!strcmp(word, "count") || !strcmp(word, "time") || !strcmp(word, "check"))
        return tb_switch(dbg, word, rest);
    return debugger_error(dbg, "tb: expected show, list, count, time or check; 'info tb' has the "
                               "numbers");
}

static void complete_tb(struct debugger *dbg, const char *word, struct completions *list)
{
    (void)dbg;
    for (unsigned i = 0; words[i]; i++) {
        if (!strncmp(words[i], word, strlen(word)))
            completions_add(list, words[i]);
    }
}

const struct command engine_commands[] = {
    { NULL, "engine", NULL, cmd_engine, complete_engine, "engine [interp|tb]",
      "change to another engine between two instructions",
      "The state is the same whichever engine brought it about. Without a name: which one runs.",
      false },
    { NULL, "blocks", NULL, cmd_blocks, complete_tb, "tb show|list|count|time|check ...",
      "what the translator makes of guest code",
      "'tb' followed by one of these words, or 'blocks'; 'tb ADDRESS' is a temporary breakpoint.\n"
      "tb show [ADDR|last] shows a block: guest code, the ops it becomes, and host code, side by "
      "side. Of the flags\nan op defines, those that are observed stand behind '>'. Host code: rax "
      "rcx rdx rbx rbp rsi rdi r8 r12 r13\nare the guest's registers, r14 is its rsp, r15 counts "
      "the instructions that are left; r9 r10 r11 are free.\n"
      "tb count on: blocks translated from now on count how often they are executed (all are "
      "flushed first).\ntb list hot [COUNT] lists those that were executed most. tb time on "
      "measures how long generating takes,\ntb check on checks each block against the table of "
      "ops. 'info tb' has the numbers.",
      false },
    { 0 },
};
