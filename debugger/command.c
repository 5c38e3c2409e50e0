/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/command.c - finding commands, help, completion and the manual page, all from the rows. */
#include "debugger/command.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "debugger/debugger.h"
#include "debugger/register.h"
#include "util/text.h"

const struct command_group command_groups[] = {
    { "Run", run_commands },
    { "Break and watch", break_commands },
    { "Catch", catch_commands },
    { "Registers and tables", inspect_commands },
    { "Memory and code", memory_commands },
    { "Why", explain_commands },
    { "Trace", trace_commands },
    { "Engines", engine_commands },
    { "Comparison", compare_commands },
    { "Symbols", symbol_commands },
    { "Screen and keyboard", screen_commands },
    { "Drives", media_commands },
    { "Scripts and session", script_commands },
    { 0 },
};

/* Is `word` one of the blank-separated words of `list`? */
static bool in_list(const char *list, const char *word)
{
    size_t length = strlen(word);

    while (list && *list) {
        size_t n = strcspn(list, " ");

        if (n == length && !strncmp(list, word, n))
            return true;
        list += n + strspn(list + n, " ");
    }
    return false;
}

static bool is_called(const struct command *row, const char *word)
{
    return !strcmp(row->name, word) || (row->brief && !strcmp(row->brief, word)) ||
           in_list(row->aliases, word);
}

/* The tables of one search: a single one, or every group's. */
static const struct command *nth_table(const struct command *table, unsigned n)
{
    if (table)
        return n ? NULL : table;
    return command_groups[n].commands;
}

static const struct command *find_exact(const struct command *table, const char *word)
{
    const struct command *row;

    for (unsigned n = 0; nth_table(table, n); n++)
        for (row = nth_table(table, n); row->name; row++)
            if (is_called(row, word))
                return row;
    return NULL;
}

static void unknown(const struct command *table, const char *word, struct buf *error)
{
    const char *names[512];
    unsigned count = 0;
    const char *near;

    for (unsigned n = 0; nth_table(table, n); n++)
        for (const struct command *row = nth_table(table, n); row->name; row++)
            if (count + 3 < ARRAY_SIZE(names)) {
                names[count++] = row->name;
                if (row->brief)
                    names[count++] = row->brief;
            }
    names[count] = NULL;
    near = text_nearest(word, names);
    buf_printf(error, "unknown %s '%.40s'", table ? "topic" : "command", word);
    if (near)
        buf_printf(error, " (did you mean '%s'?)", near);
    buf_add_text(error, table ? ". 'help info' lists the topics" : ". 'help' lists groups");
}

const struct command *command_find(const struct command *table, const char *word, struct buf *error)
{
    const struct command *found = find_exact(table, word);
    struct buf several = { 0 };
    size_t length = strlen(word);
    unsigned count = 0;

    if (found || !length)
        return found;
    for (unsigned n = 0; nth_table(table, n); n++)
        for (const struct command *row = nth_table(table, n); row->name; row++)
            if (!strncmp(row->name, word, length)) {
                buf_printf(&several, "%s%s", count ? ", " : "", row->name);
                found = row;
                count++;
            }
    if (count > 1)
        buf_printf(error, "'%s' is ambiguous: %s", word, buf_text(&several));
    else if (!count)
        unknown(table, word, error);
    buf_free(&several);
    return count == 1 ? found : NULL;
}

static bool name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/* "4xg", and not "/tmp/file": digits, then at most two letters. */
static bool is_format(const char *text)
{
    size_t digits = strspn(text, "0123456789"), letters = 0;

    while (isalpha((unsigned char)text[digits + letters]))
        letters++;
    text += digits + letters;
    return letters <= 2 && (!*text || isspace((unsigned char)*text));
}

bool command_split(const char *line, char *name_buffer, size_t size, struct call *call,
                   struct buf *rest)
{
    size_t length = 0, end;
    bool blank;

    memset(call, 0, sizeof *call);
    while (isspace((unsigned char)*line))
        line++;
    if (!*line)
        return false;
    if (name_char(*line))
        while (name_char(line[length]))
            length++;
    else
        length = 1; /* ? and other signs are words of their own */
    snprintf(name_buffer, size, "%.*s", (int)length, line);
    line += length;
    blank = isspace((unsigned char)*line);
    while (isspace((unsigned char)*line))
        line++;
    if (*line == '/' && isalnum((unsigned char)line[1]) && (!blank || is_format(line + 1))) {
        size_t n = strcspn(++line, " \t");

        snprintf(call->slash, sizeof call->slash, "%.*s", (int)n, line);
        line += n;
        while (isspace((unsigned char)*line))
            line++;
    }
    buf_clear(rest);
    end = strlen(line);
    while (end && isspace((unsigned char)line[end - 1]))
        end--;
    buf_add(rest, line, end);
    call->name = name_buffer;
    call->args = buf_text(rest);
    return true;
}

/* Help. */

void command_overview(struct out *out)
{
    for (const struct command_group *group = command_groups; group->title; group++) {
        unsigned column = 0;

        out_printf(out, "%s\n", group->title);
        for (const struct command *row = group->commands; row->name; row++) {
            char text[64];
            int n;

            if (row->brief && strcmp(row->brief, row->name))
                n = snprintf(text, sizeof text, "%s (%s)", row->name, row->brief);
            else
                n = snprintf(text, sizeof text, "%s", row->name);
            if (column + (unsigned)n > 76) {
                out_text(out, "\n");
                column = 0;
            }
            out_printf(out, "%s%s", column ? "  " : "    ", text);
            column += (unsigned)n + (column ? 2 : 4);
        }
        out_text(out, "\n");
    }
    out_text(out, "'help NAME' explains one, 'help imul' an instruction, 'help #GP' an exception,\n"
                  "'apropos WORD' searches.\n"
                  "Names may be shortened; Tab completes; an empty line repeats.\n");
}

void command_help(const struct command *command, struct out *out)
{
    out_printf(out, "%s - %s\nusage: %s\n", command->name, command->summary, command->usage);
    if (command->aliases || command->brief)
        out_printf(out, "also:  %s%s%s\n", command->brief ? command->brief : "",
                   command->brief && command->aliases ? " " : "",
                   command->aliases ? command->aliases : "");
    if (command->help)
        out_printf(out, "%s\n", command->help);
}

static bool mentions(const char *text, const char *word)
{
    size_t length = strlen(word);

    for (; text && *text; text++)
        if (!strncasecmp(text, word, length))
            return true;
    return false;
}

static unsigned apropos_table(const struct command *row, const char *prefix, const char *word,
                              struct out *out)
{
    unsigned count = 0;

    for (; row->name; row++)
        if (mentions(row->name, word) || mentions(row->summary, word) ||
            mentions(row->help, word) || mentions(row->aliases, word)) {
            out_printf(out, "%s%-*s %s\n", prefix, (int)(16 - strlen(prefix)), row->name,
                       row->summary);
            count++;
        }
    return count;
}

unsigned command_apropos(const char *word, struct out *out)
{
    unsigned count = 0;

    for (const struct command_group *group = command_groups; group->title; group++)
        count += apropos_table(group->commands, "", word, out);
    return count + apropos_table(info_topics, "info ", word, out);
}

/* One line of text in man source: a leading dot or quote and backslashes must not be seen as roff. */
static void man_text(struct out *out, const char *text)
{
    bool start = true;

    for (; *text; text++) {
        if (start && (*text == '.' || *text == '\''))
            out_text(out, "\\&");
        if (*text == '\\')
            out_text(out, "\\e");
        else if (*text == '-')
            out_text(out, "\\-");
        else
            out_bytes(out, text, 1);
        start = *text == '\n';
    }
    out_text(out, "\n");
}

static void man_rows(struct out *out, const struct command *row)
{
    for (; row->name; row++) {
        out_text(out, ".TP\n.B ");
        man_text(out, row->usage);
        man_text(out, row->summary);
        if (row->brief || row->aliases) {
            out_text(out, ".br\nAlso: ");
            out_printf(out, "%s%s", row->brief ? row->brief : "", row->aliases ? " " : "");
            man_text(out, row->aliases ? row->aliases : "");
        }
        if (row->help) {
            out_text(out, ".RS\n.nf\n");
            man_text(out, row->help);
            out_text(out, ".fi\n.RE\n");
        }
    }
}

void command_manual(struct out *out)
{
    out_text(out, ".TH VITRINE-DEBUGGER 7 \"\" \"vitrine\" \"vitrine\"\n"
                  ".SH NAME\nvitrine-debugger \\- commands of the debugger of vitrine(1)\n"
                  ".SH DESCRIPTION\n"
                  "The debugger is started by\n.B vitrine \\-dbg\nand whenever Ctrl-C is typed. "
                  "Names may be shortened as long as they are unambiguous; an empty line repeats "
                  "the last command.\n");
    for (const struct command_group *group = command_groups; group->title; group++) {
        out_printf(out, ".SH %s\n", group->title);
        man_rows(out, group->commands);
    }
    out_text(out, ".SH TOPICS OF INFO\n");
    man_rows(out, info_topics);
    out_text(out, ".SH SEE ALSO\nvitrine(1)\n");
}

/* Completion. */

void completions_add(struct completions *list, const char *word)
{
    for (unsigned i = 0; i < list->count; i++)
        if (!strcmp(list->list[i], word))
            return;
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 32;
        list->list = xrealloc(list->list, list->capacity * sizeof *list->list);
    }
    list->list[list->count++] = xstrdup(word);
}

void completions_free(struct completions *list)
{
    for (unsigned i = 0; i < list->count; i++)
        free(list->list[i]);
    free(list->list);
    memset(list, 0, sizeof *list);
}

static void add_matching(struct completions *list, const char *word, const char *name)
{
    if (name && !strncmp(name, word, strlen(word)))
        completions_add(list, name);
}

static void add_name(void *context, const char *name)
{
    completions_add(context, name);
}

static void complete_table(const struct command *row, const char *word, struct completions *list)
{
    for (; row->name; row++)
        add_matching(list, word, row->name);
}

void complete_command(struct debugger *dbg, const char *word, struct completions *list)
{
    (void)dbg;
    for (const struct command_group *group = command_groups; group->title; group++)
        complete_table(group->commands, word, list);
}

void complete_info(struct debugger *dbg, const char *word, struct completions *list)
{
    (void)dbg;
    complete_table(info_topics, word, list);
}

void complete_register(struct debugger *dbg, const char *word, struct completions *list)
{
    (void)dbg;
    reg_names(word, add_name, list);
}

enum { COMPLETIONS_MOST = 300 };

void complete_symbol(struct debugger *dbg, const char *word, struct completions *list)
{
    size_t first, count = symbols_prefix(&dbg->symbols, word, &first);

    for (size_t i = first; i < first + count && list->count < COMPLETIONS_MOST; i++)
        completions_add(list,
                        symbol_text(&dbg->symbols, &dbg->symbols.list[dbg->symbols.by_name[i]]));
}

void complete_address(struct debugger *dbg, const char *word, struct completions *list)
{
    complete_symbol(dbg, word, list);
    complete_register(dbg, word, list);
}

void complete_device(struct debugger *dbg, const char *word, struct completions *list)
{
    const struct device *dev;

    if (dbg->machine)
        for (dev = dbg->machine->devices.first; dev; dev = dev->next)
            add_matching(list, word, dev->class->name);
}

void complete_point(struct debugger *dbg, const char *word, struct completions *list)
{
    char number[16];

    for (const struct breakpoint *point = dbg->points.list; point; point = point->next) {
        snprintf(number, sizeof number, "%u", point->number);
        add_matching(list, word, number);
    }
}

void complete_catch(struct debugger *dbg, const char *word, struct completions *list)
{
    static const char *const words[] = { "io",  "int", "msr",    "mode", "cr0",
                                         "cr3", "cr4", "triple", "any" };

    (void)dbg;
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
        add_matching(list, word, words[i]);
    for (unsigned v = 0; v < 20; v++)
        if (vector_name(v) && vector_name(v)[0] == '#')
            add_matching(list, word, vector_name(v));
}

void complete_on_off(struct debugger *dbg, const char *word, struct completions *list)
{
    (void)dbg;
    add_matching(list, word, "on");
    add_matching(list, word, "off");
}

void complete_file(struct debugger *dbg, const char *word, struct completions *list)
{
    const char *slash = strrchr(word, '/');
    size_t directory = slash ? (size_t)(slash - word) + 1 : 0;
    char path[4096];
    struct dirent *entry;
    DIR *dir;

    (void)dbg;
    if (directory >= sizeof path)
        return;
    snprintf(path, sizeof path, "%.*s", (int)directory, word);
    dir = opendir(directory ? path : ".");
    if (!dir)
        return;
    while ((entry = readdir(dir)) != NULL && list->count < COMPLETIONS_MOST) {
        if (entry->d_name[0] == '.' && word[directory] != '.')
            continue;
        if (strncmp(entry->d_name, word + directory, strlen(word + directory)))
            continue;
        if ((size_t)snprintf(path, sizeof path, "%.*s%s", (int)directory, word, entry->d_name) <
            sizeof path)
            completions_add(list, path);
    }
    closedir(dir);
}

void command_complete(struct debugger *dbg, const char *line, struct completions *list)
{
    char name[64];
    struct buf rest = { 0 }, ignored = { 0 };
    struct call call;
    const char *word;
    const struct command *row;

    for (word = line + strlen(line); word > line && !strchr(" \t\"+-*(,:", word[-1]); word--)
        ;
    if (!command_split(line, name, sizeof name, &call, &rest) ||
        (word - line <= (long)strspn(line, " \t"))) {
        complete_command(dbg, word, list);
    } else {
        row = command_find(NULL, name, &ignored);
        if (row && row->complete)
            row->complete(dbg, word, list);
    }
    buf_free(&rest);
    buf_free(&ignored);
}
