/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/cmd_run.c - continue, step, next, finish, until, restart, time. */
#include <string.h>

#include "cpu/decode.h"
#include "debugger/debugger.h"
#include "util/text.h"

bool debugger_can_run(struct debugger *dbg)
{
    if (dbg->ended)
        return debugger_error(dbg, "the machine is off; 'restart' powers it on again");
    if (debugger_cpu(dbg)->activity == CPU_SHUTDOWN)
        return debugger_error(dbg, "the processor has shut down (triple fault); 'explain' says "
                                   "why, 'restart' powers it on again");
    return true;
}

/* Did the run end as asked, so that a counted command may go on? */
static bool may_go_on(const struct debugger *dbg, enum machine_stop stop)
{
    return stop == MACHINE_LIMIT || (stop == MACHINE_BREAKPOINT && !dbg->stopped_at) ? true : false;
}

static bool count_argument(struct debugger *dbg, const char *text, uint64_t *count)
{
    *count = 1;
    if (!*text)
        return true;
    if (!debugger_value(dbg, text, count))
        return false;
    return *count ? true : debugger_error(dbg, "a count of 0 does nothing; use 1 or more");
}

/* "if EXPR", 'if "EXPR"': the text of the condition. */
static const char *after_if(const char *args)
{
    if (strncmp(args, "if", 2) || (args[2] != ' ' && args[2] != '"' && args[2] != '('))
        return NULL;
    return args + 2 + strspn(args + 2, " ");
}

static bool unquoted_value(struct debugger *dbg, const char *text, uint64_t *value)
{
    struct buf inner = { 0 };
    size_t length = strlen(text);
    bool ok;

    if (length >= 2 && text[0] == '"' && text[length - 1] == '"')
        buf_add(&inner, text + 1, length - 2);
    else
        buf_add(&inner, text, length);
    ok = debugger_value(dbg, buf_text(&inner), value);
    buf_free(&inner);
    return ok;
}

static bool cmd_continue(struct debugger *dbg, const struct call *call)
{
    const char *condition = after_if(call->args);
    struct run_request request = { .ticks = UINT64_MAX };
    uint64_t count = 1, value;
    unsigned last = 0;

    if (!debugger_can_run(dbg))
        return false;
    if (condition) {
        if (!unquoted_value(dbg, condition, &value))
            return false;
        if (!value) {
            out_text(&dbg->out, "the condition is false: not continued\n");
            return true;
        }
    } else if (!count_argument(dbg, call->args, &count)) {
        return false;
    }
    if (count > 1 && dbg->stopped_at) { /* pass the point we stand at so many times less one */
        struct breakpoint *point = breakpoint_find(&dbg->points, dbg->stopped_at);

        last = dbg->stopped_at;
        if (point)
            point->ignore = count - 1;
    }
    do
        debugger_go(dbg, &request);
    while (!last && --count && dbg->stopped_at && !dbg->quit);
    return true;
}

static bool cmd_step(struct debugger *dbg, const struct call *call)
{
    struct run_request request = { .ticks = 1 };
    const char *args = call->args;

    if (!strncmp(args, "all", 3) && (args[3] == ' ' || !args[3])) /* step all: every processor */
        args += 3 + strspn(args + 3, " ");
    if (!debugger_can_run(dbg) || !count_argument(dbg, args, &request.ticks))
        return false;
    request.single = request.ticks == 1;
    debugger_go(dbg, &request);
    return true;
}

/* What `next` steps over: calls, software interrupts, REP and LOOP. False: a plain step will do. */
static bool step_over_target(const struct cpu *cpu, struct run_request *request)
{
    static const char *const loops[] = { "loop", "loope", "loopne" };
    lin_addr la = show_code_address(cpu);
    const struct row *row;
    struct insn insn;
    uint8_t bytes[15];
    unsigned count = show_fetch(cpu, la, bytes);
    bool call, over;

    if (!count || decode_insn(bytes, count, cpu->mode, cpu->features, &insn) != DECODE_OK)
        return false;
    row = insn_row(&insn);
    call = row->attributes & A_CALL || !strncmp(row->mnemonic, "call", 4) ||
           !strncmp(row->mnemonic, "int", 3) || !strcmp(row->mnemonic, "into");
    over = call || (insn.rep && row->attributes & (A_REP | A_REPZ));
    for (unsigned i = 0; i < ARRAY_SIZE(loops); i++)
        over = over || !strcmp(row->mnemonic, loops[i]);
    if (!over)
        return false;
    request->has_target = true;
    request->target = cpu_code64(cpu) ? la + insn.length : (uint32_t)(la + insn.length);
    request->has_floor = call; /* the same place deeper in a recursion does not count */
    request->floor = debugger_stack_pointer(cpu);
    return true;
}

static bool cmd_next(struct debugger *dbg, const struct call *call)
{
    uint64_t count;
    enum machine_stop stop;

    if (!debugger_can_run(dbg) || !count_argument(dbg, call->args, &count))
        return false;
    do {
        struct run_request request = { .ticks = 1, .single = true, .quiet = count > 1 };

        if (step_over_target(debugger_cpu(dbg), &request)) {
            request.ticks = UINT64_MAX;
            request.single = false;
        }
        stop = debugger_go(dbg, &request);
    } while (--count && may_go_on(dbg, stop) && !dbg->quit);
    return true;
}

static bool cmd_finish(struct debugger *dbg, const struct call *call)
{
    struct run_request request = { .ticks = UINT64_MAX, .until_return = true };

    (void)call;
    if (!debugger_can_run(dbg))
        return false;
    request.floor = debugger_stack_pointer(debugger_cpu(dbg));
    debugger_go(dbg, &request);
    return true;
}

static bool cmd_until(struct debugger *dbg, const struct call *call)
{
    struct run_request request = { .ticks = UINT64_MAX, .has_target = true };
    const char *args = call->args + (*call->args == '*');

    if (!*args)
        return debugger_error(dbg, "%s needs an address; usage: %s", call->name,
                              call->command->usage);
    if (!debugger_can_run(dbg) || !debugger_value(dbg, args, &request.target))
        return false;
    debugger_go(dbg, &request);
    return true;
}

static bool cmd_restart(struct debugger *dbg, const struct call *call)
{
    bool warm = !strcmp(call->args, "warm");

    if (*call->args && !warm)
        return debugger_error(dbg, "'%.20s': usage: %s", call->args, call->command->usage);
    machine_reset(dbg->machine, warm ? RESET_HARD : RESET_POWER_ON);
    dbg->ended = false;
    dbg->last_stop = MACHINE_LIMIT;
    snapshot_take(&dbg->stopped, debugger_cpu(dbg));
    dbg->previous_tick = dbg->stopped.tick;
    debugger_report(dbg, warm ? "Reset" : "Powered on again");
    return true;
}

static bool cmd_time(struct debugger *dbg, const struct call *call)
{
    const struct machine *machine = dbg->machine;
    uint64_t now = clock_now(&machine->clock), retired = cpu_retired(machine->cpu);
    uint64_t next = clock_next_event(&machine->clock);
    char a[32], b[32], c[32];

    (void)call;
    out_printf(&dbg->out, "t=%llu: %s ticks = %s instructions + %s skipped by HLT\n",
               (unsigned long long)now, text_thousands(now, a), text_thousands(retired, b),
               text_thousands(now - retired, c));
    out_printf(&dbg->out, "guest time %.6f s at %s ticks a second\n",
               (double)now / (double)machine->clock.ips, text_thousands(machine->clock.ips, a));
    if (next != UINT64_MAX)
        out_printf(&dbg->out, "next event: %s in %s ticks\n", machine->clock.queue->name,
                   text_thousands(next > now ? next - now : 0, a));
    return true;
}

static bool cmd_time_break(struct debugger *dbg, const struct call *call)
{
    uint64_t now = clock_now(&dbg->machine->clock), tick;
    bool absolute = !strcmp(call->command->name, "sba");
    struct breakpoint *point;

    if (!*call->args)
        return debugger_error(dbg, "%s needs a number of ticks; usage: %s", call->name,
                              call->command->usage);
    if (!debugger_value(dbg, call->args, &tick))
        return false;
    if (!absolute && __builtin_add_overflow(tick, now, &tick))
        return debugger_error(dbg, "that is beyond the end of time (64 bits)");
    if (tick <= now)
        return debugger_error(dbg, "t=%llu has passed; it is t=%llu now", (unsigned long long)tick,
                              (unsigned long long)now);
    point = breakpoint_new(&dbg->points, POINT_TIME);
    point->tick = tick;
    out_printf(&dbg->out, "Time breakpoint %u at t=%llu, %llu tick%s from now\n", point->number,
               (unsigned long long)tick, (unsigned long long)(tick - now),
               tick - now == 1 ? "" : "s");
    return true;
}

static bool cmd_quit(struct debugger *dbg, const struct call *call)
{
    uint64_t code = 0;

    if (*call->args && !debugger_value(dbg, call->args, &code))
        return false;
    if (code > 127)
        return debugger_error(dbg, "exit codes are 0-127");
    if (code)
        dbg->exit_code = (int)code;
    dbg->quit = true;
    return true;
}

const struct command run_commands[] = {
    { "c", "continue", "cont", cmd_continue, NULL, "continue [COUNT | if \"EXPR\"]",
      "run until something stops the machine",
      "With COUNT the breakpoint at hand is passed COUNT-1 times. With 'if' the condition is\n"
      "looked at once, before running. Ctrl-C stops.",
      true },
    { "s", "step", "si stepi", cmd_step, NULL, "step [COUNT]",
      "execute one instruction, or COUNT of them",
      "Each iteration of a REP string instruction counts as one. An interrupt or exception that\n"
      "is delivered is a step of its own.",
      true },
    { "n", "next", "ni nexti", cmd_next, NULL, "next [COUNT]",
      "like step, but over calls, INT, REP and LOOP", NULL, true },
    { NULL, "finish", "fin", cmd_finish, NULL, "finish",
      "run until the current function has returned",
      "Looks for the RET or IRET that is executed with the stack pointer of this frame.", true },
    { NULL, "rla", "until advance", cmd_until, complete_address, "rla ADDRESS",
      "run until linear ADDRESS is reached", "Example: rla kmain+0x14", true },
    { NULL, "restart", "system_reset", cmd_restart, NULL, "restart [warm]",
      "power the machine off and on; warm: the reset button",
      "Breakpoints stay. Disks keep what was written.", false },
    { NULL, "sb", NULL, cmd_time_break, NULL, "sb TICKS", "stop TICKS ticks from now",
      "A tick is one instruction; HLT skips ahead. See ptime.", false },
    { NULL, "sba", NULL, cmd_time_break, NULL, "sba TICK", "stop at an absolute tick",
      "The same program reaches the same state at the same tick in every run.", false },
    { NULL, "ptime", "when", cmd_time, NULL, "ptime", "show virtual time", NULL, false },
    { "q", "quit", "exit", cmd_quit, NULL, "quit [CODE]", "leave", NULL, false },
    { 0 },
};
