/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options_print.c - -help, -completion and -dump-config, from the table of options. */
#include "options_print.h"

#include <string.h>

#include "cpu/cpuid.h"

#define HELP_LINE 80
#define HELP_MARGIN 9 /* the groups' titles */
#define HELP_OPTION 15
#define HELP_TEXT ((HELP_LINE - HELP_MARGIN - 1) / 2 - HELP_OPTION - 1)

/* "-log, -D FILE" */
static void option_text(const struct option *o, struct buf *text)
{
    buf_clear(text);
    buf_printf(text, "-%s", o->name);
    for (const struct option *alias = o + 1; alias->name && !alias->help; alias++)
        if (alias->id == o->id)
            buf_printf(text, ", -%s", alias->name);
    if (o->argument)
        buf_printf(text, " %s", o->argument);
}

/* At most 24 lines of 80 columns: a screen. The manual page has the details. */
void options_print_help(const struct option *table, struct out *out)
{
    struct buf text = { 0 };
    bool half = false; /* the left half of a line is written ... */
    int blanks = 0;    /* ... and is short by this much */

    out_text(out,
             "usage: vitrine [OPTION...]  without options, a tour; vitrine image -help: disks\n");
    for (const struct option *o = table; o->name; o++) {
        bool narrow;

        if (!o->help)
            continue;
        option_text(o, &text);
        narrow = text.length <= HELP_OPTION && strlen(o->help) <= HELP_TEXT;
        if (half && narrow && !o->group) {
            out_printf(out, "%*s %-*s %s\n", blanks, "", HELP_OPTION, buf_text(&text), o->help);
            half = false;
            continue;
        }
        out_printf(out, "%s%-*s%-*s %s%s", half ? "\n" : "", HELP_MARGIN, o->group ? o->group : "",
                   HELP_OPTION, buf_text(&text), o->help, narrow ? "" : "\n");
        half = narrow;
        blanks = HELP_TEXT - (int)strlen(o->help);
    }
    if (half)
        out_text(out, "\n");
    buf_free(&text);
}

/* A word for a shell: as it is, or in quotes. */
static void print_quoted(struct out *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_@%+=:,./-";

    if (*word && !word[strspn(word, plain)]) {
        out_text(out, word);
        return;
    }
    out_text(out, "'");
    for (; *word; word++)
        if (*word == '\'')
            out_text(out, "'\\''");
        else
            out_printf(out, "%c", *word);
    out_text(out, "'");
}

void options_print_given(const struct options *o, struct out *out)
{
    out_text(out, "vitrine");
    for (unsigned i = 0; i < o->given_count; i++) {
        out_printf(out, " -%s", ((const struct option *)o->given[i].option)->name);
        if (o->given[i].value) {
            out_text(out, " ");
            print_quoted(out, o->given[i].value);
        }
    }
    out_text(out, "\n");
}

/* Values with a fixed choice, for the shell. */
static const char *const choices[][2] = {
    { "engine", "interp tb" },
    { "color", "auto always never" },
    { "compare", "interp,tb" },
    { "audio", "sdl none wav:" },
    { "display", "none" },
    { "serial", "stdio null pty file: tcp:" },
    { "debugcon", "stdio null file:" },
    { "rtc", "base=realtime base=2025-01-01" },
    { "smp", "1" },
    { "completion", "bash" },
};

/* Every option of the table; file names where one is due. */
void options_print_completion(const struct option *table, struct out *out)
{
    const char *bar = "";

    out_text(out, "# bash completion for vitrine: printed by 'vitrine -completion bash'\n"
                  "_vitrine()\n{\n    local cur=${COMP_WORDS[COMP_CWORD]}\n\n"
                  "    COMPREPLY=()\n    case ${COMP_WORDS[COMP_CWORD - 1]} in\n    ");
    for (const struct option *o = table; o->name; o++)
        if (o->argument && strstr(o->argument, "FILE")) {
            out_printf(out, "%s-%s", bar, o->name);
            bar = " | ";
        }
    out_text(out, ")\n        compopt -o filenames\n"
                  "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n        return\n"
                  "        ;;\n");
    for (size_t i = 0; i < ARRAY_SIZE(choices); i++)
        out_printf(out,
                   "    -%s)\n"
                   "        mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$cur\")\n"
                   "        return\n        ;;\n",
                   choices[i][0], choices[i][1]);
    out_text(out, "    -cpu)\n        mapfile -t COMPREPLY < <(compgen -W 'help");
    for (unsigned n = 0; cpuid_model(n); n++)
        out_printf(out, " %s", cpuid_model(n)->name);
    out_text(out, "' -- \"$cur\")\n        return\n        ;;\n");
    bar = "    ";
    for (const struct option *o = table; o->name; o++) {
        bool has_choices = !strcmp(o->name, "cpu");

        for (size_t i = 0; i < ARRAY_SIZE(choices); i++)
            has_choices |= !strcmp(choices[i][0], o->name);
        if (!o->argument || strstr(o->argument, "FILE") || has_choices)
            continue;
        out_printf(out, "%s-%s", bar, o->name);
        bar = " | ";
    }
    out_text(out,
             ")\n        return\n        ;;\n    esac\n    mapfile -t COMPREPLY < <(compgen -W '");
    for (const struct option *o = table; o->name; o++)
        out_printf(out, "%s-%s", o == table ? "" : " ", o->name);
    out_text(out, "' -- \"$cur\")\n}\ncomplete -F _vitrine vitrine\n");
}
