/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/debugger.c - the command loop, command files, errors. */
#include "debugger/debugger.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "debugger/line.h"
#include "machine/builtin.h"
#include "machine/pc.h"
#include "util/text.h"

enum {
    SOURCE_DEEPEST = 16,
    ALIAS_DEEPEST = 8,
    ANSWER_KEPT = 1 << 16,
    GUEST_KEPT = 1 << 18,
    LINE_LONGEST = 1 << 16,
};

/* What commands write is kept for `expect` and passed on. */
static void write_answer(struct out *out, const char *text, size_t length)
{
    struct debugger *dbg = out->context;

    if (dbg->answer.length < ANSWER_KEPT)
        buf_add(&dbg->answer, text, length);
    out_bytes(dbg->options.out, text, length);
}

/* What the guest sends on its serial line: the end of it is kept. */
static void watch_serial(void *context, const uint8_t *bytes, size_t count)
{
    struct debugger *dbg = context;
    struct buf *text = &dbg->guest_text;

    for (size_t i = 0; i < count; i++)
        if (bytes[i]) /* kept as text */
            buf_add(text, bytes + i, 1);
    if (text->length > GUEST_KEPT) {
        size_t half = text->length / 2;

        memmove(text->data, text->data + half, text->length - half);
        text->length -= half;
        text->data[text->length] = 0;
    }
}

/* Symbols that come without asking: of our own firmware, of the tour, of an ELF kernel. */
static void load_known_symbols(struct debugger *dbg)
{
    const struct machine_config *config = &dbg->machine->config;
    struct builtin_symbols list[BUILTIN_MOST];
    unsigned builtins = dbg->machine->pc ? builtin_symbols(config, list) : 0;
    struct buf ignored = { 0 };
    const char *format;
    size_t added;
    bool ok = true;

    for (unsigned i = 0; ok && i < builtins; i++)
        ok = symbols_parse(&dbg->symbols, list[i].name, (const uint8_t *)list[i].text,
                           list[i].length, 0, &added, &format, &ignored);
    if (config->kernel) {
        FILE *file = fopen(config->kernel, "re");
        char magic[4] = "";

        if (file && fread(magic, 1, 4, file) == 4 && !memcmp(magic, "\177ELF", 4))
            ok = symbols_load(&dbg->symbols, config->kernel, 0, &added, &format, &ignored);
        if (file)
            fclose(file);
    }
    (void)ok; /* a stripped kernel is no mistake */
    buf_free(&ignored);
}

/* For the translator. */
static bool name_of_address(void *context, lin_addr la, char *name, size_t size)
{
    const struct debugger *dbg = context;

    return symbols_name(&dbg->symbols, la, name, size);
}

struct debugger *debugger_create(struct machine *machine, const struct debugger_options *options)
{
    struct debugger *dbg = xcalloc(1, sizeof *dbg);
    struct breakpoint *triple;

    dbg->machine = machine;
    dbg->options = *options;
    dbg->out = (struct out){ .write = write_answer,
                             .context = dbg,
                             .colour = options->out->colour,
                             .width = options->out->width };
    dbg->env = (struct expr_env){ .cpu = machine->cpu,
                                  .devices = &machine->devices,
                                  .symbols = &dbg->symbols };
    dbg->auto_disassemble = true;
    dbg->show_bytes = true;
    dbg->observer.context = dbg;
    dbg->examine_format = 'x';
    dbg->examine_unit = 'w';
    triple = breakpoint_new(&dbg->points, POINT_TRIPLE);
    triple->number = 0; /* there from the start: the user's points begin with 1 */
    dbg->points.last_number = 0;
    snapshot_take(&dbg->stopped, machine->cpu);
    dbg->shown = dbg->stopped;
    if (machine->pc && !machine->pc->serial.watch) {
        machine->pc->serial.watch = watch_serial;
        machine->pc->serial.watch_context = dbg;
    }
    load_known_symbols(dbg);
    debugger_observe(dbg);
    machine->cpu->host.symbol = name_of_address;
    machine->cpu->host.symbol_context = dbg;
    return dbg;
}

void debugger_destroy(struct debugger *dbg)
{
    if (!dbg)
        return;
    trace_close(dbg);
    dbg->machine->cpu->observer = NULL;
    dbg->machine->cpu->host.symbol = NULL;
    if (dbg->machine->pc && dbg->machine->pc->serial.watch_context == dbg)
        dbg->machine->pc->serial.watch = NULL;
    breakpoints_free(&dbg->points, dbg->machine->cpu);
    symbols_free(&dbg->symbols);
    line_destroy(dbg->line);
    while (dbg->aliases) {
        struct alias *alias = dbg->aliases;

        dbg->aliases = alias->next;
        free(alias->name);
        free(alias->text);
        free(alias);
    }
    buf_free(&dbg->answer);
    buf_free(&dbg->last_answer);
    buf_free(&dbg->guest_text);
    buf_free(&dbg->stepped);
    buf_free(&dbg->compared);
    buf_free(&dbg->caught_text);
    free(dbg->last_line);
    free(dbg);
}

struct cpu *debugger_cpu(struct debugger *dbg)
{
    return dbg->machine->cpu;
}

bool debugger_error(struct debugger *dbg, const char *format, ...)
{
    va_list args;

    trace_flush(dbg);
    show_ink(&dbg->out, INK_ERROR);
    if (dbg->source_name)
        out_printf(&dbg->out, "%s:%u: ", dbg->source_name, dbg->source_line);
    out_text(&dbg->out, "error: ");
    show_ink(&dbg->out, INK_NONE);
    va_start(args, format);
    out_vprintf(&dbg->out, format, args);
    va_end(args);
    out_text(&dbg->out, "\n");
    return false;
}

bool debugger_fail(struct debugger *dbg, struct buf *error)
{
    debugger_error(dbg, "%s", buf_text(error));
    buf_free(error);
    return false;
}

bool debugger_value(struct debugger *dbg, const char *text, uint64_t *value)
{
    struct buf error = { 0 };

    if (expr_value(&dbg->env, text, value, &error)) {
        buf_free(&error);
        return true;
    }
    return debugger_fail(dbg, &error);
}

/* One command without ';'. */
static bool execute_one(struct debugger *dbg, const char *line)
{
    struct buf rest = { 0 }, error = { 0 };
    const struct command *command;
    const char *text;
    struct call call;
    char name[64];
    bool ok = true;

    if (!command_split(line, name, sizeof name, &call, &rest) || name[0] == '#') {
        buf_free(&rest);
        return true;
    }
    text = alias_find(dbg, name);
    if (text && dbg->nested > ALIAS_DEEPEST) {
        ok = debugger_error(dbg, "alias '%s' leads back to itself", name);
    } else if (text) {
        struct buf whole = { 0 };

        buf_printf(&whole, "%s%s%s %s", text, call.slash[0] ? "/" : "", call.slash, call.args);
        ok = debugger_execute(dbg, buf_text(&whole));
        buf_free(&whole);
    } else {
        command = command_find(NULL, name, &error);
        call.command = command;
        ok = command ? command->run(dbg, &call) : debugger_fail(dbg, &error);
    }
    buf_free(&rest);
    buf_free(&error);
    return ok;
}

bool debugger_execute(struct debugger *dbg, const char *line)
{
    bool ok = true, quoted = false;
    const char *start = line;
    struct buf part = { 0 };

    if (!dbg->nested++) {
        struct buf swap = dbg->last_answer; /* `expect` looks at the command before */

        dbg->last_answer = dbg->answer;
        dbg->answer = swap;
        buf_clear(&dbg->answer);
    }
    while (isspace((unsigned char)*start))
        start++;
    if (strlen(line) > LINE_LONGEST) {
        ok =
            debugger_error(dbg, "a line of %zu characters; at most %u", strlen(line), LINE_LONGEST);
        start = "";
    } else if (*start == '#') {
        start = "";
    }
    for (const char *c = start;; c++) {
        if (*c == '"')
            quoted = !quoted;
        if (*c && (*c != ';' || quoted))
            continue;
        buf_clear(&part);
        buf_add(&part, start, (size_t)(c - start));
        if (c > start)
            ok = execute_one(dbg, buf_text(&part)) && ok;
        start = c + 1;
        if (!*c || dbg->quit)
            break;
    }
    buf_free(&part);
    dbg->nested--;
    if (!ok)
        dbg->failed = true;
    return ok;
}

static void show_prompt(struct debugger *dbg, struct buf *prompt)
{
    buf_clear(prompt);
    buf_printf(prompt, "<vitrine:%u> ", dbg->prompt_number + 1);
}

bool debugger_source(struct debugger *dbg, const char *file)
{
    const char *outer_name = dbg->source_name;
    unsigned outer_line = dbg->source_line, outer_nested = dbg->nested;
    struct buf prompt = { 0 };
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    bool ok = true;
    FILE *in;

    if (dbg->source_depth >= SOURCE_DEEPEST)
        return debugger_error(dbg, "%s: command files nested %u deep", file, SOURCE_DEEPEST);
    in = fopen(file, "re");
    if (!in)
        return debugger_error(dbg, "%s: %s", file, strerror(errno));
    dbg->source_depth++;
    dbg->nested = 0; /* each line is a command of its own */
    dbg->source_name = file;
    dbg->source_line = 0;
    errno = 0;
    while (!dbg->quit && (length = getline(&line, &capacity, in)) >= 0) {
        while (length && (line[length - 1] == '\n' || line[length - 1] == '\r'))
            line[--length] = 0;
        dbg->source_line++;
        if (memchr(line, 0, (size_t)length)) {
            ok = debugger_error(dbg, "not a text line");
            break;
        }
        if (!line[strspn(line, " \t")])
            continue;
        if (!dbg->options.no_echo) {
            show_prompt(dbg, &prompt);
            out_printf(dbg->options.out, "%s%s\n", buf_text(&prompt), line);
        }
        dbg->prompt_number++;
        ok = debugger_execute(dbg, line) && ok;
        errno = 0;
    }
    if (ferror(in))
        ok = debugger_error(dbg, "%s", strerror(errno ? errno : EIO));
    free(line);
    buf_free(&prompt);
    fclose(in);
    dbg->source_name = outer_name;
    dbg->source_line = outer_line;
    dbg->nested = outer_nested;
    dbg->source_depth--;
    return ok;
}

static void banner(struct debugger *dbg)
{
    const struct machine *machine = dbg->machine;
    uint64_t mib = machine->config.ram_bytes >> 20;

    out_printf(&dbg->out,
               "vitrine: a PC with %llu MiB, cpu %s, stopped before its %s instruction.\n",
               (unsigned long long)mib, machine->config.cpu ? machine->config.cpu : "default",
               cpu_retired(machine->cpu) ? "next" : "first");
    out_text(
        &dbg->out,
        "  s  one step     n  over calls    c  run (Ctrl-C stops)   b kmain  break at a symbol\n"
        "  r  registers    u  disassemble   x/4xw ADDR  memory      explain  why it faulted\n"
        "  help  lists all commands; an empty line repeats the last one; q leaves.\n");
}

/* An empty line: the last command again, if that is something one repeats. */
static const char *repeated(struct debugger *dbg)
{
    struct buf rest = { 0 }, error = { 0 };
    const struct command *command = NULL;
    struct call call;
    char name[64];
    bool counted;

    if (!dbg->last_line || !command_split(dbg->last_line, name, sizeof name, &call, &rest)) {
        buf_free(&rest);
        return NULL;
    }
    command = command_find(NULL, name, &error);
    /* x and u go on where they ended. */
    counted = command && (!strcmp(command->name, "x") || !strcmp(command->name, "xp") ||
                          !strcmp(command->name, "disasm"));
    if (counted) {
        char *again;
        struct buf text = { 0 };

        buf_printf(&text, "%s%s%s", name, call.slash[0] ? " /" : "", call.slash);
        again = xstrdup(buf_text(&text));
        buf_free(&text);
        free(dbg->last_line);
        dbg->last_line = again;
    }
    buf_free(&rest);
    buf_free(&error);
    return command && command->repeats ? dbg->last_line : NULL;
}

static void prompt_loop(struct debugger *dbg)
{
    struct buf prompt = { 0 };

    dbg->line = line_create(dbg);
    while (!dbg->quit) {
        const char *command;
        char *line;

        show_prompt(dbg, &prompt);
        line = line_read(dbg->line, buf_text(&prompt));
        if (!line) { /* end of input */
            if (line_is_terminal(dbg->line))
                out_text(&dbg->out, "\n");
            break;
        }
        if (!line_is_terminal(dbg->line) && !dbg->options.no_echo)
            out_printf(dbg->options.out, "%s%s\n", buf_text(&prompt), line);
        command = line[strspn(line, " \t")] ? line : repeated(dbg);
        if (command) {
            dbg->prompt_number++;
            debugger_execute(dbg, command);
        }
        if (command == line) {
            free(dbg->last_line);
            dbg->last_line = line;
        } else {
            free(line);
        }
    }
    buf_free(&prompt);
}

/* What the process says to its caller when nobody chose a code. */
static int final_code(const struct debugger *dbg)
{
    if (dbg->exit_code)
        return dbg->exit_code;
    if (dbg->last_stop == MACHINE_EXIT)
        return dbg->machine->exit_code;
    if (dbg->options.batch && dbg->last_stop == MACHINE_SHUTDOWN)
        return EXIT_TRIPLE_FAULT;
    return dbg->options.batch && dbg->failed ? EXIT_USAGE : EXIT_OK;
}

int debugger_run(struct debugger *dbg)
{
    if (!dbg->options.quiet && !dbg->options.batch)
        banner(dbg);
    if (!dbg->options.quiet)
        show_stop_line(debugger_cpu(dbg), &dbg->symbols, &dbg->out);
    if (dbg->options.rc && !debugger_source(dbg, dbg->options.rc))
        dbg->failed = true;
    if (dbg->options.script && !dbg->quit && !debugger_source(dbg, dbg->options.script))
        dbg->failed = true;
    if (!dbg->options.batch && !dbg->quit)
        prompt_loop(dbg);
    trace_close(dbg);
    return final_code(dbg);
}
