/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/cmd_script.c - symbols, scripts, help: what is about the session, not the guest. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "debugger/debugger.h"
#include "debugger/insn_words.h"
#include "util/text.h"

void debugger_take_word(const char **args, struct buf *word)
{
    size_t n;

    if (**args == '"') {
        n = strcspn(++*args, "\"");
        buf_add(word, *args, n);
        *args += n + ((*args)[n] == '"');
    } else {
        n = strcspn(*args, " \t");
        buf_add(word, *args, n);
        *args += n;
    }
    *args += strspn(*args, " \t");
}

/* Symbols. */

static bool cmd_ldsym(struct debugger *dbg, const struct call *call)
{
    struct buf file = { 0 }, error = { 0 };
    const char *rest = call->args, *format = "";
    uint64_t offset = 0;
    size_t added = 0;
    char count[32];
    bool ok;

    if (!strncmp(rest, "global ", 7))
        rest += 7 + strspn(rest + 7, " ");
    debugger_take_word(&rest, &file);
    if (!file.length) {
        buf_free(&file);
        return debugger_error(dbg, "usage: %s", call->command->usage);
    }
    if (*rest && !debugger_value(dbg, rest, &offset)) {
        buf_free(&file);
        return false;
    }
    ok = symbols_load(&dbg->symbols, buf_text(&file), offset, &added, &format, &error);
    if (ok)
        out_printf(&dbg->out, "%s symbols from %s (%s)\n", text_thousands(added, count),
                   buf_text(&file), format);
    else
        debugger_error(dbg, "%s", buf_text(&error));
    buf_free(&file);
    buf_free(&error);
    return ok;
}

enum { LISTED_MOST = 200 };

static bool cmd_slist(struct debugger *dbg, const struct call *call)
{
    struct buf prefix = { 0 };
    const char *args = call->args;
    size_t first, count;
    char total[32];

    debugger_take_word(&args, &prefix);
    count = symbols_prefix(&dbg->symbols, buf_text(&prefix), &first);
    for (size_t i = 0; i < count && i < LISTED_MOST; i++) {
        const struct symbol *symbol = &dbg->symbols.list[dbg->symbols.by_name[first + i]];

        out_printf(&dbg->out, "%016llx: %s\n", (unsigned long long)symbol->address,
                   symbol_text(&dbg->symbols, symbol));
    }
    if (count > LISTED_MOST)
        out_printf(&dbg->out, "... %s in all; 'slist PREFIX' lists fewer\n",
                   text_thousands(count, total));
    if (!count && dbg->symbols.count)
        debugger_error(dbg, "no symbol begins with '%s'", buf_text(&prefix));
    else if (!count)
        out_text(&dbg->out, "no symbols; 'ldsym FILE' loads some\n");
    buf_free(&prefix);
    return count || !dbg->symbols.count;
}

/* "symbol X": the address of a name, or the name of an address. */
static bool cmd_symbol(struct debugger *dbg, const struct call *call)
{
    uint64_t address;
    char name[256];

    if (!debugger_value(dbg, call->args, &address))
        return false;
    if (symbols_name(&dbg->symbols, address, name, sizeof name))
        out_printf(&dbg->out, "0x%llx is %s\n", (unsigned long long)address, name);
    else
        out_printf(&dbg->out, "0x%llx: no symbol near\n", (unsigned long long)address);
    return true;
}

const struct command symbol_commands[] = {
    { NULL, "ldsym", "file add-symbol-file symbol-file", cmd_ldsym, complete_file,
      "ldsym [global] FILE [OFFSET]", "load symbols, each moved by OFFSET",
      "ELF, System.map, nm, Bochs \"hex name\", NASM and ld map files are told apart by looking.",
      false },
    { NULL, "slist", NULL, cmd_slist, complete_symbol, "slist [PREFIX]", "list symbols", NULL,
      false },
    { NULL, "symbol", NULL, cmd_symbol, complete_address, "symbol EXPR",
      "the address of a symbol, or the symbol near an address", NULL, false },
    { 0 },
};

/* Scripts. */

static bool cmd_source(struct debugger *dbg, const struct call *call)
{
    struct buf file = { 0 };
    const char *args = call->args;
    bool ok;

    debugger_take_word(&args, &file);
    if (!file.length)
        ok = debugger_error(dbg, "usage: %s", call->command->usage);
    else
        ok = debugger_source(dbg, buf_text(&file));
    buf_free(&file);
    return ok;
}

const char *alias_find(const struct debugger *dbg, const char *name)
{
    for (const struct alias *alias = dbg->aliases; alias; alias = alias->next)
        if (!strcmp(alias->name, name))
            return alias->text;
    return NULL;
}

static bool cmd_alias(struct debugger *dbg, const struct call *call)
{
    const char *args = call->args;
    struct buf name = { 0 };
    struct alias *alias;

    if (!*args) {
        for (alias = dbg->aliases; alias; alias = alias->next)
            out_printf(&dbg->out, "alias %s = %s\n", alias->name, alias->text);
        return true;
    }
    debugger_take_word(&args, &name);
    if (*args == '=')
        args += 1 + strspn(args + 1, " ");
    if (!*args) {
        buf_free(&name);
        return debugger_error(dbg, "usage: %s", call->command->usage);
    }
    for (alias = dbg->aliases; alias && strcmp(alias->name, buf_text(&name));)
        alias = alias->next;
    if (!alias) {
        alias = xcalloc(1, sizeof *alias);
        alias->name = xstrdup(buf_text(&name));
        alias->next = dbg->aliases;
        dbg->aliases = alias;
    }
    free(alias->text);
    buf_clear(&name);
    if (*args == '"')
        debugger_take_word(&args, &name);
    else
        buf_add_text(&name, args);
    alias->text = xstrdup(buf_text(&name));
    buf_free(&name);
    return true;
}

/* Where a message about a script points to. */
static void place(struct debugger *dbg)
{
    if (dbg->source_name)
        out_printf(&dbg->out, "%s:%u: ", dbg->source_name, dbg->source_line);
}

static bool assertion_failed(struct debugger *dbg)
{
    if (dbg->options.batch) {
        dbg->exit_code = EXIT_ASSERTION;
        dbg->quit = true;
    }
    return false;
}

/* The left side of "a == b": what it was, and what was wanted. */
static void explain_assertion(struct debugger *dbg, const char *text)
{
    const char *equals = strstr(text, "==");
    struct buf left = { 0 }, error = { 0 };
    uint64_t is, want;

    if (!equals || strstr(equals + 2, "==") || strpbrk(text, "&|?"))
        return;
    buf_add(&left, text, (size_t)(equals - text));
    while (left.length && left.data[left.length - 1] == ' ')
        left.data[--left.length] = 0;
    if (expr_value(&dbg->env, buf_text(&left), &is, &error) &&
        expr_value(&dbg->env, equals + 2, &want, &error))
        out_printf(&dbg->out, ": %s=0x%llx (want 0x%llx)", buf_text(&left), (unsigned long long)is,
                   (unsigned long long)want);
    buf_free(&left);
    buf_free(&error);
}

/* assert EXPR[, "text"] */
static bool cmd_assert(struct debugger *dbg, const struct call *call)
{
    const char *rest = call->args;
    struct buf error = { 0 }, text = { 0 };
    struct expr *expr = expr_parse(&dbg->env, &rest, &error);
    uint64_t value;
    bool ok;

    if (!expr)
        return debugger_fail(dbg, &error);
    buf_add(&text, call->args, (size_t)(rest - call->args));
    if (*rest == ',')
        rest += 1 + strspn(rest + 1, " ");
    ok = expr_eval(expr, &dbg->env, &value, &error);
    expr_free(expr);
    if (!ok) {
        buf_free(&text);
        debugger_fail(dbg, &error);
        return assertion_failed(dbg);
    }
    if (!value) {
        place(dbg);
        out_text(&dbg->out, "assertion failed");
        explain_assertion(dbg, buf_text(&text));
        if (*rest)
            out_printf(&dbg->out, ", %s", rest);
        out_text(&dbg->out, "\n");
        assertion_failed(dbg);
    }
    buf_free(&text);
    return value != 0;
}

enum { SCREEN_BYTES = 80 * 25 };
#define TEXT_SCREEN UINT64_C(0xb8000)

/* Does the text stand on the guest's text screen, in one line? */
static bool on_screen(struct debugger *dbg, const char *text)
{
    char line[81];

    for (unsigned row = 0; row < 25; row++) {
        uint8_t cells[160];

        if (!space_peek(debugger_cpu(dbg)->memory, TEXT_SCREEN + row * sizeof cells, cells,
                        sizeof cells))
            return false;
        for (unsigned i = 0; i < 80; i++)
            line[i] = cells[i * 2] ? (char)cells[i * 2] : ' ';
        line[80] = 0;
        if (strstr(line, text))
            return true;
    }
    return false;
}

/* expect TEXT: in what the last command printed, in what the guest sent, or on its screen. */
static bool cmd_expect(struct debugger *dbg, const struct call *call)
{
    struct buf text = { 0 };
    const char *args = call->args;
    bool seen;

    if (*args == '"')
        debugger_take_word(&args, &text);
    else
        buf_add_text(&text, args);
    if (!text.length) {
        buf_free(&text);
        return debugger_error(dbg, "usage: %s", call->command->usage);
    }
    seen = strstr(buf_text(&dbg->last_answer), buf_text(&text)) ||
           strstr(buf_text(&dbg->guest_text), buf_text(&text)) || on_screen(dbg, buf_text(&text));
    if (!seen) {
        place(dbg);
        out_printf(&dbg->out, "expected text not seen: '%s'\n", buf_text(&text));
        assertion_failed(dbg);
    }
    buf_free(&text);
    return seen;
}

static bool cmd_echo(struct debugger *dbg, const struct call *call)
{
    struct buf text = { 0 };
    const char *args = call->args;

    if (*args == '"')
        debugger_take_word(&args, &text);
    else
        buf_add_text(&text, args);
    out_printf(&dbg->out, "%s\n", buf_text(&text));
    buf_free(&text);
    return true;
}

/* Help. */

static const char expression_help[] =
    "numbers     42 0x2a 2ah 0b101010 052 1_000 'A'\n"
    "registers   rax eax ah $rsp cs cs.base eflags.if cr0.pg gdtr.limit msr.star cpl t (virtual time)\n"
    "devices     pic.master.imr, cmos.index: 'info device NAME fields' lists what there is\n"
    "symbols     kmain, \"name with blanks\"\n"
    "memory      *LIN [LIN] $(LIN): as wide as addresses are; @PHYS; byte|word|dword|qword [LIN]\n"
    "addresses   SEG:OFF with a register or selector\n"
    "operators   ! ~ - * / % + - << >> : < <= > >= == != & ^ | && || ?:  (unsigned, 64 bits)\n";

static bool help_vector(struct debugger *dbg, const char *name)
{
    static const char *const kinds[] = {
        [VEC_DE] = "divide error: fault",
        [VEC_DB] = "debug: fault or trap, DR6 says which",
        [VEC_BP] = "breakpoint (INT3): trap",
        [VEC_OF] = "overflow (INTO): trap",
        [VEC_BR] = "BOUND range exceeded: fault",
        [VEC_UD] = "invalid opcode: fault",
        [VEC_NM] = "device not available (x87, SSE with CR0.TS or EM): fault",
        [VEC_DF] = "double fault: abort, error code 0",
        [VEC_TS] = "invalid TSS: fault",
        [VEC_NP] = "segment not present: fault",
        [VEC_SS] = "stack fault: fault",
        [VEC_GP] = "general protection: fault",
        [VEC_PF] = "page fault: fault, address in CR2",
        [VEC_MF] = "x87 floating-point error: fault",
        [VEC_AC] = "alignment check: fault",
        [VEC_MC] = "machine check: abort",
        [VEC_XM] = "SIMD floating-point error: fault",
    };

    for (unsigned v = 0; v < ARRAY_SIZE(kinds); v++) {
        if (!kinds[v] || strcasecmp(vector_name(v), name))
            continue;
        out_printf(&dbg->out, "%s, vector %u: %s%s\n", vector_name(v), v, kinds[v],
                   vector_has_error(v) ? ", pushes an error code" : "");
        if (v == VEC_PF)
            out_text(&dbg->out, "error code: bit 0 P (0: not present), 1 W (write), 2 U (user), 3 "
                                "RSVD (reserved bit), 4 I (fetch)\n");
        else if (vector_has_error(v) && v != VEC_DF)
            out_text(&dbg->out, "error code: bits 3-15 index of the selector or vector, bit 2 LDT, "
                                "bit 1 IDT, bit 0 EXT (external event)\n");
        out_printf(&dbg->out, "'catch %s' stops when it is raised, 'explain' says why\n",
                   vector_name(v));
        return true;
    }
    return debugger_error(dbg,
                          "no exception '%s'; there are #DE #DB #BP #OF #BR #UD #NM #DF #TS "
                          "#NP #SS #GP #PF #MF #AC #MC #XM",
                          name);
}

/* An instruction, or *unknown (NULL: none) and the nearest mnemonic. */
static bool help_instruction(struct debugger *dbg, const char *name, struct buf *unknown)
{
    char lower[24];
    const char *nearest = NULL;
    size_t n = 0;

    for (; name[n] && n + 1 < sizeof lower; n++)
        lower[n] = (char)tolower((unsigned char)name[n]);
    lower[n] = 0;
    if (instruction_help(lower, &dbg->out, &nearest))
        return true;
    if (unknown && nearest && *nearest == *lower) /* else it was hardly meant */
        buf_printf(unknown, "; the nearest instruction is '%s'", nearest);
    if (unknown)
        return debugger_fail(dbg, unknown);
    return nearest
               ? debugger_error(dbg, "no instruction '%.20s' (did you mean '%s'?)", name, nearest)
               : debugger_error(dbg, "no instruction '%.20s'", name);
}

static bool cmd_help(struct debugger *dbg, const struct call *call)
{
    const char *args = call->args;
    const struct command *command;
    struct buf word = { 0 }, error = { 0 };
    bool ok = true;

    if (!*args) {
        command_overview(&dbg->out);
        return true;
    }
    if (*args == '#')
        return help_vector(dbg, args);
    if (!strncmp(args, "expr", 4)) {
        out_text(&dbg->out, expression_help);
        return true;
    }
    debugger_take_word(&args, &word);
    command = command_find(NULL, buf_text(&word), &error);
    if (command && *args && !strcmp(command->name, "info"))
        command = command_find(info_topics, args, &error);
    if (!strcmp(buf_text(&word), "insn") && *args)
        ok = help_instruction(dbg, args, NULL);
    else if (command)
        command_help(command, &dbg->out);
    else
        ok = help_instruction(dbg, buf_text(&word), &error);
    buf_free(&word);
    buf_free(&error);
    return ok;
}

static bool cmd_apropos(struct debugger *dbg, const struct call *call)
{
    if (!*call->args)
        return debugger_error(dbg, "usage: %s", call->command->usage);
    if (!command_apropos(call->args, &dbg->out))
        return debugger_error(dbg, "nothing mentions '%.40s'", call->args);
    return true;
}

const struct command script_commands[] = {
    { "h", "help", NULL, cmd_help, complete_command,
      "help [NAME | MNEMONIC | insn MNEMONIC | #GP | expressions]",
      "list the commands, or explain one, or an instruction",
      "'help imul' shows what an instruction does, its encodings, flags, exceptions and where it may be\n"
      "executed. A command goes before an instruction of its name: 'help insn set'.",
      false },
    { NULL, "apropos", NULL, cmd_apropos, NULL, "apropos WORD", "search the help", NULL, false },
    { NULL, "source", NULL, cmd_source, complete_file, "source FILE", "run the commands of a file",
      "One command a line; # begins a comment.", false },
    { NULL, "alias", "define", cmd_alias, NULL, "alias NAME = COMMAND...",
      "a name of your own; what follows it is appended",
      "Several commands are separated by ';' in quotes.", false },
    { NULL, "assert", NULL, cmd_assert, complete_address, "assert EXPR [, \"text\"]",
      "fail unless EXPR holds; with -batch leave with exit code 120", NULL, false },
    { NULL, "expect", NULL, cmd_expect, NULL, "expect TEXT",
      "fail unless TEXT was printed by the last command or shown by the guest",
      "The guest's serial output so far and its text screen are looked at. With -batch a failure\n"
      "leaves with exit code 120.",
      false },
    { NULL, "echo", NULL, cmd_echo, NULL, "echo TEXT", "print TEXT", NULL, false },
    { 0 },
};
