/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/cmd_catch.c - stop at what the processor does: exceptions, ports, MSRs, modes. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "debugger/debugger.h"
#include "util/text.h"

enum { WORDS_MOST = 8 };

struct words {
    char text[WORDS_MOST][256];
    unsigned count;
};

/* Blank-separated words; what follows `if` is one. */
static void split(const char *args, struct words *words)
{
    words->count = 0;
    while (*args && words->count < WORDS_MOST) {
        size_t n = words->count && !strcmp(words->text[words->count - 1], "if")
                       ? strlen(args)
                       : strcspn(args, " ");

        snprintf(words->text[words->count++], sizeof words->text[0], "%.*s", (int)n, args);
        args += n;
        args += strspn(args, " ");
    }
}

/* "#GP", "gp", "13", "0xd": the vector. */
static bool vector_of(const char *word, unsigned *vector)
{
    uint64_t number;

    for (unsigned v = 0; v < 32; v++) {
        const char *name = vector_name(v);

        if (name && name[0] == '#' && (!strcasecmp(name, word) || !strcasecmp(name + 1, word))) {
            *vector = v;
            return true;
        }
    }
    if (!text_number(word, &number) || number > 31)
        return false;
    *vector = (unsigned)number;
    return true;
}

static bool number_word(struct debugger *dbg, const struct words *words, unsigned i,
                        const char *what, uint64_t most, unsigned *value)
{
    uint64_t number;

    if (i >= words->count)
        return debugger_error(dbg, "catch %s needs %s", words->text[0], what);
    if (!debugger_value(dbg, words->text[i], &number))
        return false;
    if (number > most)
        return debugger_error(dbg, "0x%llx is not %s (at most 0x%llx)", (unsigned long long)number,
                              what, (unsigned long long)most);
    *value = (unsigned)number;
    return true;
}

/* r, w, rw at the end: which direction. */
static bool direction_word(struct debugger *dbg, const struct words *words, unsigned *i,
                           struct breakpoint *point)
{
    const char *word = *i < words->count ? words->text[*i] : "";

    point->read = point->write = true;
    if (!*word || !strcmp(word, "if"))
        return true;
    if (strspn(word, "rw") != strlen(word))
        return debugger_error(dbg, "'%s': r, w or rw expected", word);
    point->read = strchr(word, 'r') != NULL;
    point->write = strchr(word, 'w') != NULL;
    ++*i;
    return true;
}

/* err=, cpl=, first */
static bool filter_words(struct debugger *dbg, const struct words *words, unsigned *i,
                         struct breakpoint *point)
{
    for (; *i < words->count && strcmp(words->text[*i], "if"); ++*i) {
        const char *word = words->text[*i];
        uint64_t number;

        if (!strcmp(word, "first")) {
            point->temporary = true;
        } else if (!strncmp(word, "err=", 4)) {
            if (!debugger_value(dbg, word + 4, &number))
                return false;
            point->has_error = true;
            point->error = (uint32_t)number;
        } else if (!strncmp(word, "cpl=", 4)) {
            if (!debugger_value(dbg, word + 4, &number) || number > 3)
                return debugger_error(dbg, "cpl is 0-3");
            point->has_cpl = true;
            point->cpl = (uint8_t)number;
        } else {
            return debugger_error(dbg, "'%s': err=, cpl=, first or if expected", word);
        }
    }
    return true;
}

static bool if_word(struct debugger *dbg, const struct words *words, unsigned i, bool data,
                    struct breakpoint *point)
{
    static const struct watch_hit no_hit = { .size = 0 };
    struct buf error = { 0 };
    char text[256];
    const char *at = text;
    size_t length;

    if (i >= words->count)
        return true;
    if (strcmp(words->text[i], "if") || i + 1 >= words->count)
        return debugger_error(dbg, "'%s': only 'if \"EXPR\"' may follow", words->text[i]);
    snprintf(text, sizeof text, "%s", words->text[i + 1]);
    length = strlen(text);
    if (length >= 2 && text[0] == '"' && text[length - 1] == '"') {
        text[length - 1] = 0;
        at++;
    }
    point->condition_text = xstrdup(at);
    dbg->env.hit = data ? &no_hit : NULL;
    point->condition = expr_parse(&dbg->env, &at, &error);
    dbg->env.hit = NULL;
    if (!point->condition)
        return debugger_fail(dbg, &error);
    buf_free(&error);
    return !*at ? true : debugger_error(dbg, "'%s': unexpected after the condition", at);
}

static bool fill(struct debugger *dbg, const struct words *words, struct breakpoint *point)
{
    const char *kind = words->text[0];
    unsigned i = 1;

    if (!strcmp(kind, "io") || !strcmp(kind, "port")) {
        point->kind = POINT_PORT;
        if (!number_word(dbg, words, i++, "a port", 0xffff, &point->first) ||
            !direction_word(dbg, words, &i, point))
            return false;
        point->last = point->first;
    } else if (!strcmp(kind, "msr")) {
        point->kind = POINT_MSR;
        if (!number_word(dbg, words, i++, "an MSR number", UINT32_MAX, &point->first) ||
            !direction_word(dbg, words, &i, point))
            return false;
    } else if (!strcmp(kind, "int")) {
        point->kind = POINT_INTERRUPT;
        point->first = ANY_VECTOR;
        if (words->count > 1 && strcmp(words->text[1], "if") &&
            !number_word(dbg, words, i++, "a vector", 0xff, &point->first))
            return false;
    } else if (!strcmp(kind, "mode")) {
        point->kind = POINT_MODE;
    } else if (kind[0] == 'c' && kind[1] == 'r' && strchr("02348", kind[2]) && kind[2] &&
               !kind[3]) {
        point->kind = POINT_CONTROL;
        point->first = (unsigned)(kind[2] - '0');
    } else {
        point->kind = POINT_FAULT;
        if (!strcmp(kind, "any") || !strcmp(kind, "exception"))
            point->first = ANY_VECTOR;
        else if (!vector_of(kind, &point->first))
            return debugger_error(dbg,
                                  "nothing to catch called '%s'; there are exceptions (#GP, any), "
                                  "io PORT, msr N, int N, mode, cr0 cr3 cr4, triple",
                                  kind);
        if (!filter_words(dbg, words, &i, point))
            return false;
    }
    return if_word(dbg, words, i, point->kind == POINT_PORT, point);
}

static void list_catches(struct debugger *dbg)
{
    for (const struct breakpoint *point = dbg->points.list; point; point = point->next) {
        struct buf text = { 0 };

        if (point->kind <= POINT_DATA || point->kind == POINT_TIME)
            continue;
        breakpoint_print(point, debugger_cpu(dbg), &dbg->symbols, &text);
        if (point->number)
            out_printf(&dbg->out, "%4u  %s, %llu hit%s%s\n", point->number, buf_text(&text),
                       (unsigned long long)point->hits, point->hits == 1 ? "" : "s",
                       point->enabled ? "" : ", disabled");
        else
            out_printf(&dbg->out, "   -  %s, always\n", buf_text(&text));
        buf_free(&text);
    }
}

static bool cmd_catch(struct debugger *dbg, const struct call *call)
{
    struct breakpoint *point;
    struct words words;
    struct buf text = { 0 };

    split(call->args, &words);
    if (!words.count) {
        list_catches(dbg);
        return true;
    }
    if (!strcmp(words.text[0], "triple")) {
        out_text(&dbg->out, "a triple fault always stops, and is explained\n");
        return true;
    }
    point = breakpoint_new(&dbg->points, POINT_FAULT);
    if (!fill(dbg, &words, point)) {
        dbg->points.last_number--;
        breakpoint_delete(&dbg->points, point, debugger_cpu(dbg));
        return false;
    }
    debugger_observe(dbg);
    breakpoint_print(point, debugger_cpu(dbg), &dbg->symbols, &text);
    out_printf(&dbg->out, "Catch point %u: %s%s\n", point->number, buf_text(&text),
               point->temporary ? ", once" : "");
    buf_free(&text);
    return true;
}

static bool cmd_modebp(struct debugger *dbg, const struct call *call)
{
    struct call mode = *call;

    mode.args = "mode";
    return cmd_catch(dbg, &mode);
}

const struct command catch_commands[] = {
    { NULL, "catch", NULL, cmd_catch, complete_catch,
      "catch #GP [err=N] [cpl=N] [first] | any | int [N] | io PORT [r|w] | msr N [r|w] | mode | cr3",
      "stop at an exception, interrupt, port, MSR, mode or control register",
      "An exception is caught before it is delivered: 'explain' says why it was raised, 's'\n"
      "delivers it. 'first': once. 'catch io 0x60 r if \"val==1\"' looks at the value. A triple\n"
      "fault is always caught. 'catch' alone lists; 'd N' deletes.",
      false },
    { NULL, "modebp", NULL, cmd_modebp, NULL, "modebp", "stop when the CPU mode changes",
      "The same as 'catch mode'.", false },
    { 0 },
};
