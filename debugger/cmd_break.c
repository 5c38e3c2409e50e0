/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/cmd_break.c - breakpoints and watchpoints: set, list, enable, delete, count. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "debugger/debugger.h"
#include "util/text.h"

/*
 * `if EXPR` or `if "EXPR"` at the end of a breakpoint's arguments. True: *condition and *text are
 * set (NULL when there is none). `data`: val, old, addr and size are known.
 */
static bool parse_condition(struct debugger *dbg, const char *rest, bool data,
                            struct expr **condition, char **text)
{
    static const struct watch_hit no_hit = { .size = 0 };
    struct buf inner = { 0 }, error = { 0 };
    const char *at;
    size_t length;

    *condition = NULL;
    *text = NULL;
    if (!*rest)
        return true;
    if (strncmp(rest, "if", 2) || (isalnum((unsigned char)rest[2]) || rest[2] == '_'))
        return debugger_error(dbg, "'%.24s': only 'if \"EXPR\"' may follow the address", rest);
    rest += 2 + strspn(rest + 2, " \t");
    length = strlen(rest);
    if (length >= 2 && rest[0] == '"' && rest[length - 1] == '"') {
        rest++;
        length -= 2;
    }
    buf_add(&inner, rest, length);
    at = buf_text(&inner);
    if (data)
        dbg->env.hit = &no_hit;
    *condition = expr_parse(&dbg->env, &at, &error);
    dbg->env.hit = NULL;
    if (*condition && *at) {
        buf_printf(&error, "'%.24s': unexpected after the condition", at);
        expr_free(*condition);
        *condition = NULL;
    }
    if (!*condition) {
        buf_free(&inner);
        return debugger_fail(dbg, &error);
    }
    *text = xstrdup(buf_text(&inner));
    buf_free(&inner);
    buf_free(&error);
    return true;
}

/* "Breakpoint 3 at linear 0x... <kmain+0x14>, physical 0x100014" */
static void announce(struct debugger *dbg, const struct breakpoint *point, const char *what)
{
    struct buf text = { 0 };

    breakpoint_print(point, debugger_cpu(dbg), &dbg->symbols, &text);
    out_printf(&dbg->out, "%s %u %s %s\n", what, point->number,
               point->kind == POINT_DATA ? "on" : "at", buf_text(&text));
    buf_free(&text);
}

static struct breakpoint *new_point(struct debugger *dbg, enum point_kind kind,
                                    struct watch_range range, struct expr *condition, char *text)
{
    struct breakpoint *point = breakpoint_new(&dbg->points, kind);

    point->range = range;
    point->condition = condition;
    point->condition_text = text;
    breakpoint_arm(point, debugger_cpu(dbg));
    return point;
}

static bool physical_exists(struct debugger *dbg, uint64_t address)
{
    const struct space *memory = debugger_cpu(dbg)->memory;
    uint64_t end = 0;

    if (space_find(memory, address))
        return true;
    for (unsigned i = 0; i < memory->count; i++)
        if (memory->ranges[i].kind == RANGE_RAM &&
            memory->ranges[i].ram_offset < dbg->machine->config.ram_bytes) /* no frame buffer */
            end = memory->ranges[i].last;
    return debugger_error(dbg,
                          "physical address above RAM end 0x%llx; did you mean the linear "
                          "'lb 0x%llx'?",
                          (unsigned long long)end, (unsigned long long)address);
}

/* b, pb, lb, tb: the address decides, or the command does. */
static bool cmd_break(struct debugger *dbg, const struct call *call)
{
    struct cpu *cpu = debugger_cpu(dbg);
    const char *name = call->command->name, *rest = call->args;
    bool linear = !strcmp(name, "lbreak"), physical = !strcmp(name, "pbreak");
    struct watch_range range = { .kind = WATCH_EXEC_LINEAR };
    struct breakpoint *point;
    struct expr *expr, *condition;
    struct buf error = { 0 };
    char *text;
    bool ok;

    if (!*rest || !strncmp(rest, "if ", 3)) {
        range.first = show_code_address(cpu);
    } else {
        if (*rest == '*' && !physical) { /* b *X: linear, as in gdb */
            linear = true;
            rest++;
        }
        expr = expr_parse(&dbg->env, &rest, &error);
        if (!expr)
            return debugger_fail(dbg, &error);
        if (!linear && !physical)
            physical = expr_shape(expr) == SHAPE_NUMBER && !dbg->gdb_words;
        ok = expr_eval(expr, &dbg->env, &range.first, &error);
        expr_free(expr);
        if (!ok)
            return debugger_fail(dbg, &error);
        if (physical) {
            range.kind = WATCH_EXEC_PHYSICAL;
            if (!physical_exists(dbg, range.first))
                return false;
        }
    }
    range.last = range.first;
    if (!parse_condition(dbg, rest, false, &condition, &text))
        return false;
    point = new_point(dbg, POINT_EXEC, range, condition, text);
    point->temporary = !strcmp(name, "tbreak");
    announce(dbg, point, point->temporary ? "Temporary breakpoint" : "Breakpoint");
    return true;
}

static bool cmd_tbreak(struct debugger *dbg, const struct call *call)
{
    if (!strcmp(call->name, "tb") && engine_takes(call->args))
        return cmd_blocks(dbg, call);
    return cmd_break(dbg, call);
}

static bool cmd_vbreak(struct debugger *dbg, const struct call *call)
{
    struct watch_range range = { .kind = WATCH_EXEC_VIRTUAL };
    const char *rest = call->args;
    struct expr *expr, *condition;
    struct buf error = { 0 };
    char *text;
    bool ok;

    expr = expr_parse(&dbg->env, &rest, &error);
    if (!expr)
        return debugger_fail(dbg, &error);
    if (expr_shape(expr) != SHAPE_SEG_OFF) {
        expr_free(expr);
        return debugger_error(dbg, "vb needs SELECTOR:OFFSET, as in 'vb 0x07c0:0x10'; use lb for a "
                                   "linear address");
    }
    ok = expr_seg_off(expr, &dbg->env, &range.selector, &range.first, &error);
    expr_free(expr);
    if (!ok)
        return debugger_fail(dbg, &error);
    range.last = range.first;
    if (!parse_condition(dbg, rest, false, &condition, &text))
        return false;
    announce(dbg, new_point(dbg, POINT_EXEC, range, condition, text), "Breakpoint");
    return true;
}

/* Lists. */

static void list_point(struct debugger *dbg, const struct breakpoint *point)
{
    struct buf text = { 0 };

    breakpoint_print(point, debugger_cpu(dbg), &dbg->symbols, &text);
    out_printf(&dbg->out, "%4u  %-10s %c  %s", point->number,
               point->kind == POINT_EXEC   ? "breakpoint"
               : point->kind == POINT_DATA ? "watchpoint"
               : point->kind == POINT_TIME ? "time"
                                           : "catch",
               point->enabled ? 'y' : 'n', buf_text(&text));
    if (point->temporary)
        out_text(&dbg->out, ", temporary");
    out_printf(&dbg->out, ", %llu hit%s", (unsigned long long)point->hits,
               point->hits == 1 ? "" : "s");
    if (point->ignore)
        out_printf(&dbg->out, ", ignoring the next %llu", (unsigned long long)point->ignore);
    out_text(&dbg->out, "\n");
    buf_free(&text);
}

static bool list_points(struct debugger *dbg, bool data_only)
{
    unsigned count = 0;

    for (const struct breakpoint *point = dbg->points.list; point; point = point->next) {
        if (!point->number || (data_only && point->kind != POINT_DATA))
            continue;
        if (!count++)
            out_text(&dbg->out, " num  kind       on what, condition, hits\n");
        list_point(dbg, point);
    }
    if (!count)
        out_printf(&dbg->out, "no %s\n", data_only ? "watchpoints" : "breakpoints");
    if (debugger_cpu(dbg)->watch->magic && !data_only)
        out_text(&dbg->out, "magic breakpoint: xchg bx,bx stops\n");
    return true;
}

static bool cmd_blist(struct debugger *dbg, const struct call *call)
{
    (void)call;
    return list_points(dbg, false);
}

static bool no_such_point(struct debugger *dbg, uint64_t number)
{
    struct buf numbers = { 0 };

    for (const struct breakpoint *point = dbg->points.list; point; point = point->next)
        if (point->number)
            buf_printf(&numbers, "%s%u", numbers.length ? ", " : "", point->number);
    if (numbers.length)
        debugger_error(dbg, "no breakpoint %llu (there are %s)", (unsigned long long)number,
                       buf_text(&numbers));
    else
        debugger_error(dbg, "no breakpoint %llu (there are none)", (unsigned long long)number);
    buf_free(&numbers);
    return false;
}

/* The next number of "1 2 5-7" style lists (numbers and commas). */
static bool next_number(struct debugger *dbg, const char **text, struct breakpoint **point)
{
    char word[32];
    size_t n;
    uint64_t number;

    *text += strspn(*text, " ,");
    n = strcspn(*text, " ,");
    snprintf(word, sizeof word, "%.*s", (int)(n < 31 ? n : 31), *text);
    *text += n;
    *text += strspn(*text, " ,");
    if (!text_number(word, &number))
        return debugger_error(dbg, "'%s' is not the number of a breakpoint; 'blist' lists them",
                              word);
    *point =
        number && number <= UINT32_MAX ? breakpoint_find(&dbg->points, (unsigned)number) : NULL;
    return *point ? true : no_such_point(dbg, number);
}

static bool cmd_delete(struct debugger *dbg, const struct call *call)
{
    const char *rest = call->args;
    struct breakpoint *point, *next;

    if (!*rest || !strcmp(rest, "all")) {
        for (point = dbg->points.list; point; point = next) {
            next = point->next;
            if (point->number)
                breakpoint_delete(&dbg->points, point, debugger_cpu(dbg));
        }
        out_text(&dbg->out, "all breakpoints deleted\n");
    }
    while (*rest && strcmp(call->args, "all")) {
        if (!next_number(dbg, &rest, &point))
            return false;
        breakpoint_delete(&dbg->points, point, debugger_cpu(dbg));
    }
    debugger_observe(dbg);
    return true;
}

static bool cmd_enable(struct debugger *dbg, const struct call *call)
{
    bool enable = !strcmp(call->command->name, "bpe");
    const char *rest = call->args;
    struct breakpoint *point;

    if (!*rest)
        return debugger_error(dbg, "which one? 'blist' lists them");
    while (*rest) {
        if (!next_number(dbg, &rest, &point))
            return false;
        point->enabled = enable;
        breakpoint_arm(point, debugger_cpu(dbg));
    }
    debugger_observe(dbg);
    return true;
}

static bool cmd_ignore(struct debugger *dbg, const struct call *call)
{
    const char *rest = call->args;
    struct breakpoint *point;

    if (!next_number(dbg, &rest, &point) || !debugger_value(dbg, rest, &point->ignore))
        return false;
    out_printf(&dbg->out, "breakpoint %u does not stop for the next %llu hit%s\n", point->number,
               (unsigned long long)point->ignore, point->ignore == 1 ? "" : "s");
    return true;
}

static bool cmd_condition(struct debugger *dbg, const struct call *call)
{
    const char *rest = call->args;
    struct breakpoint *point;
    struct expr *condition = NULL;
    struct buf whole = { 0 };
    char *text = NULL;
    bool ok;

    if (!next_number(dbg, &rest, &point))
        return false;
    if (!strncmp(rest, "if ", 3))
        rest += 3;
    if (*rest)
        buf_printf(&whole, "if %s", rest);
    ok = parse_condition(dbg, buf_text(&whole), point->kind == POINT_DATA, &condition, &text);
    buf_free(&whole);
    if (!ok)
        return false;
    expr_free(point->condition);
    free(point->condition_text);
    point->condition = condition;
    point->condition_text = text;
    list_point(dbg, point);
    return true;
}

/* Watchpoints. */

struct watch_words {
    const char *word;
    bool read, write, linear, exec;
};

static const struct watch_words watch_words[] = {
    { "r", true, false, false, false }, { "read", true, false, false, false },
    { "w", false, true, false, false }, { "write", false, true, false, false },
    { "rw", true, true, false, false }, { "a", true, true, false, false },
    { "lr", true, false, true, false }, { "lw", false, true, true, false },
    { "lrw", true, true, true, false }, { "x", false, false, false, true },
};

/* watch w ADDRESS [LENGTH] [if ...] */
static bool watch_address(struct debugger *dbg, const struct watch_words *words, const char *rest)
{
    struct watch_range range = { .read = words->read, .write = words->write };
    uint64_t length = 1;
    struct expr *expr, *condition;
    struct buf error = { 0 };
    char *text;
    bool ok;

    range.kind = words->exec     ? WATCH_EXEC_PHYSICAL
                 : words->linear ? WATCH_DATA_LINEAR
                                 : WATCH_DATA_PHYSICAL;
    expr = expr_parse(&dbg->env, &rest, &error);
    ok = expr && expr_eval(expr, &dbg->env, &range.first, &error);
    expr_free(expr);
    if (ok && *rest && strncmp(rest, "if", 2)) {
        rest += *rest == ',';
        expr = expr_parse(&dbg->env, &rest, &error);
        ok = expr && expr_eval(expr, &dbg->env, &length, &error);
        expr_free(expr);
    }
    if (!ok)
        return debugger_fail(dbg, &error);
    if (!length || __builtin_add_overflow(range.first, length - 1, &range.last))
        return debugger_error(dbg, "a range of 0x%llx bytes from 0x%llx is not possible",
                              (unsigned long long)length, (unsigned long long)range.first);
    if (!words->linear && !physical_exists(dbg, range.first))
        return false;
    if (!parse_condition(dbg, rest, !words->exec, &condition, &text))
        return false;
    announce(dbg, new_point(dbg, words->exec ? POINT_EXEC : POINT_DATA, range, condition, text),
             words->exec ? "Breakpoint" : "Watchpoint");
    return true;
}

/* watch EXPR: linear; what EXPR reads, or what stands at the address it names. */
static bool watch_expression(struct debugger *dbg, const struct watch_words *words,
                             const char *rest)
{
    struct watch_range range = { .kind = WATCH_DATA_LINEAR,
                                 .read = words->read,
                                 .write = words->write };
    struct cpu *cpu = debugger_cpu(dbg);
    struct expr *expr, *condition;
    unsigned size = cpu_code64(cpu) ? 8 : 4;
    bool physical = false, ok;
    struct buf error = { 0 };
    char *text;

    expr = expr_parse(&dbg->env, &rest, &error);
    if (!expr)
        return debugger_fail(dbg, &error);
    if (expr_shape(expr) == SHAPE_MEMORY) {
        ok = expr_address(expr, &dbg->env, &range.first, &size, &physical, &error);
        range.kind = physical ? WATCH_DATA_PHYSICAL : WATCH_DATA_LINEAR;
    } else {
        ok = expr_eval(expr, &dbg->env, &range.first, &error);
        if (ok && expr_shape(expr) == SHAPE_SYMBOL) {
            const struct symbol *symbol = symbols_nearest(&dbg->symbols, range.first);

            if (symbol && symbol->address == range.first && symbol->size)
                size = symbol->size < 4096 ? (unsigned)symbol->size : 4096;
        }
    }
    expr_free(expr);
    if (!ok)
        return debugger_fail(dbg, &error);
    if (__builtin_add_overflow(range.first, size - 1, &range.last))
        range.last = UINT64_MAX;
    if (!parse_condition(dbg, rest, true, &condition, &text))
        return false;
    announce(dbg, new_point(dbg, POINT_DATA, range, condition, text), "Watchpoint");
    return true;
}

static bool cmd_watch(struct debugger *dbg, const struct call *call)
{
    struct watch_words words = { .write = true };
    const char *args = call->args;
    size_t length = strcspn(args, " \t");

    if (!strcmp(call->name, "rwatch"))
        words = (struct watch_words){ .read = true };
    else if (!strcmp(call->name, "awatch"))
        words = (struct watch_words){ .read = true, .write = true };
    if (!*args)
        return list_points(dbg, true);
    if (!strcmp(args, "stop") || !strcmp(args, "continue")) {
        dbg->watch_continues = !strcmp(args, "continue");
        out_printf(&dbg->out, "watchpoints %s\n",
                   dbg->watch_continues ? "are reported, the run goes on" : "stop the run");
        return true;
    }
    if (args[length])
        for (size_t i = 0; i < ARRAY_SIZE(watch_words); i++)
            if (strlen(watch_words[i].word) == length &&
                !strncmp(watch_words[i].word, args, length))
                return watch_address(dbg, &watch_words[i], args + length + 1);
    return watch_expression(dbg, &words, args);
}

static bool cmd_unwatch(struct debugger *dbg, const struct call *call)
{
    struct breakpoint *point, *next;
    uint64_t address = 0;
    unsigned count = 0;

    if (*call->args && !debugger_value(dbg, call->args, &address))
        return false;
    for (point = dbg->points.list; point; point = next) {
        next = point->next;
        if (point->kind != POINT_DATA)
            continue;
        if (*call->args && point->number != address &&
            (address < point->range.first || address > point->range.last))
            continue;
        out_printf(&dbg->out, "watchpoint %u deleted\n", point->number);
        breakpoint_delete(&dbg->points, point, debugger_cpu(dbg));
        count++;
    }
    if (!count)
        return debugger_error(dbg, "no watchpoint%s%s; 'watch' lists them",
                              *call->args ? " at " : "s are set", call->args);
    return true;
}

static bool cmd_magic(struct debugger *dbg, const struct call *call)
{
    bool on = !strcmp(call->command->name, "setmagicbps");

    if (on && *call->args && !strstr(call->args, "bx"))
        return debugger_error(dbg, "'%.20s': only xchg bx,bx can be a magic breakpoint today",
                              call->args);
    watch_set_magic(debugger_cpu(dbg), on);
    out_printf(&dbg->out, "xchg bx,bx %s\n", on ? "stops" : "does nothing");
    return true;
}

#define CONDITION_HELP                                                                             \
    "With 'if' it stops only while EXPR is not 0: b kmain if \"edi>4\". See 'help expressions'."

const struct command break_commands[] = {
    { "b", "break", NULL, cmd_break, complete_address, "break [*]ADDRESS [if \"EXPR\"]",
      "stop before the instruction at ADDRESS",
      "A plain number is physical, as in Bochs; a symbol, SEG:OFF or *X is linear, as gdb users\n"
      "mean it ('set compat gdb' makes numbers linear too). Without ADDRESS: here.\n" CONDITION_HELP,
      false },
    { "pb", "pbreak", "bp", cmd_break, complete_address, "pbreak ADDRESS [if \"EXPR\"]",
      "stop at a physical address", CONDITION_HELP, false },
    { "lb", "lbreak", NULL, cmd_break, complete_address, "lbreak ADDRESS [if \"EXPR\"]",
      "stop at a linear address", CONDITION_HELP, false },
    { "vb", "vbreak", NULL, cmd_vbreak, NULL, "vbreak SELECTOR:OFFSET [if \"EXPR\"]",
      "stop at a logical address", "CS must hold exactly this selector. " CONDITION_HELP, false },
    { "tb", "tbreak", NULL, cmd_tbreak, complete_address, "tbreak [*]ADDRESS [if \"EXPR\"]",
      "a breakpoint that is deleted when it stops",
      "'tb show', 'tb list' and the like are the translator's: 'help blocks'.", false },
    { NULL, "blist", "breakpoints", cmd_blist, NULL, "blist",
      "list breakpoints, watchpoints and catch points, with their hits", NULL, false },
    { "d", "delete", "del", cmd_delete, complete_point, "delete NUMBER... | all",
      "delete breakpoints", NULL, false },
    { NULL, "bpe", "enable", cmd_enable, complete_point, "bpe NUMBER...", "enable breakpoints",
      NULL, false },
    { NULL, "bpd", "disable", cmd_enable, complete_point, "bpd NUMBER...", "disable breakpoints",
      NULL, false },
    { NULL, "ignore", NULL, cmd_ignore, complete_point, "ignore NUMBER COUNT",
      "let a breakpoint be passed COUNT times", NULL, false },
    { NULL, "condition", NULL, cmd_condition, complete_point, "condition NUMBER [EXPR]",
      "change or remove the condition of a breakpoint", NULL, false },
    { NULL, "watch", "rwatch awatch", cmd_watch, complete_address,
      "watch r|w|rw|x|lr|lw|lrw ADDRESS [LENGTH] [if \"EXPR\"] | watch EXPR",
      "stop after an access to memory",
      "r w rw: physical, as in Bochs; lr lw lrw, and 'watch EXPR': linear. EXPR is a symbol or\n"
      "memory: watch counter, watch dword [ebp-4]. The condition may use val, old, addr and size:\n"
      "watch w 0xb8000 160 if \"val==0x41\". 'watch continue' reports and goes on, 'watch stop'\n"
      "stops again; 'watch' alone lists. rwatch: reads, awatch: both.",
      false },
    { NULL, "unwatch", NULL, cmd_unwatch, complete_point, "unwatch [ADDRESS | NUMBER]",
      "delete the watchpoints, or those on ADDRESS", NULL, false },
    { NULL, "setmagicbps", NULL, cmd_magic, NULL, "setmagicbps [\"bx\"]",
      "let the guest's xchg bx,bx stop the machine", NULL, false },
    { NULL, "clrmagicbps", NULL, cmd_magic, NULL, "clrmagicbps",
      "xchg bx,bx is an ordinary instruction again", NULL, false },
    { 0 },
};
