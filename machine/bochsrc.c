/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/bochsrc.c - the lines of a Bochs configuration file: a directive, a colon, parameters with
 * commas between them. Blanks count only in quotes; $NAME is a variable of the environment.
 */
#include "machine/bochsrc.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MOST_DEPTH 8
#define BXSHARE "/usr/share/bochs" /* where Bochs' own files are when $BXSHARE is not set */

static void free_option(struct bochsrc_option *option)
{
    free(option->origin);
    free(option->directive);
    free(option->value);
}

void bochsrc_free(struct bochsrc *rc)
{
    for (unsigned i = 0; i < rc->count; i++)
        free_option(&rc->option[i]);
    free(rc->option);
    rc->option = NULL;
    rc->count = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(rc->com); i++) {
        free(rc->com[i]);
        rc->com[i] = NULL;
    }
    buf_free(&rc->notes);
}

static void drop(struct bochsrc *rc, const char *directive, const char *name)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < rc->count; i++) {
        struct bochsrc_option *option = &rc->option[i];

        if (strcmp(option->directive, directive) || (name && strcmp(option->name, name)))
            rc->option[kept++] = *option;
        else
            free_option(option);
    }
    rc->count = kept;
}

void bochsrc_drop(struct bochsrc *rc, const char *directive)
{
    drop(rc, directive, NULL);
}

void bochsrc_add(struct bochsrc *rc, const struct bochsrc_line *line, const char *name,
                 const char *value)
{
    struct bochsrc_option *option;
    struct buf origin = { 0 };

    drop(rc, line->directive, name);
    rc->option = xrealloc(rc->option, (rc->count + 1) * sizeof *rc->option);
    option = &rc->option[rc->count++];
    buf_printf(&origin, "%s:%u", line->file, line->number);
    option->origin = (char *)origin.data;
    option->directive = xstrdup(line->directive);
    option->name = name;
    option->value = value ? xstrdup(value) : NULL;
}

void bochsrc_note(struct bochsrc *rc, const struct bochsrc_line *line, const char *format, ...)
{
    va_list args;

    buf_printf(&rc->notes, "%s:%u: %s: ", line->file, line->number, line->directive);
    va_start(args, format);
    buf_vprintf(&rc->notes, format, args);
    va_end(args);
    buf_add_text(&rc->notes, "\n");
}

/* The variable whose name begins at `text`: its value into `to`. Returns what is behind the name. */
static const char *expand(const struct bochsrc *rc, const char *text, struct buf *to)
{
    struct buf name = { 0 };
    const char *value;

    while (isalnum((unsigned char)*text) || *text == '_')
        buf_add(&name, text++, 1);
    if (!name.length) {
        buf_add_text(to, "$");
        return text;
    }
    value = rc->host->variable(buf_text(&name));
    if (!value && !strcmp(buf_text(&name), "BXSHARE"))
        value = BXSHARE;
    if (value)
        buf_add_text(to, value);
    buf_free(&name);
    return text;
}

/* Up to a comma or the end, without quotes and the blanks outside them. Returns what follows. */
static const char *parameter(const struct bochsrc *rc, const char *text, struct buf *to)
{
    bool quoted = false;

    while (isspace((unsigned char)*text))
        text++;
    while (*text && (quoted || *text != ',')) {
        if (text[0] == '~' && text[1] == '/' && (!to->length || to->data[to->length - 1] == '=')) {
            const char *home = rc->host->variable("HOME");

            buf_add_text(to, home ? home : "~");
            text++;
            continue;
        }
        if (*text == '$') {
            text = expand(rc, text + 1, to);
            continue;
        }
        if (*text == '"')
            quoted = !quoted;
        else if (quoted || !isspace((unsigned char)*text))
            buf_add(to, text, 1);
        text++;
    }
    return *text ? text + 1 : text;
}

static bool include(struct bochsrc *rc, const struct bochsrc_line *line, const char *text,
                    struct buf *error)
{
    struct buf path = { 0 }, contents = { 0 }, why = { 0 };
    bool ok = false;

    parameter(rc, text, &path);
    if (rc->depth == MOST_DEPTH)
        buf_printf(error, "%s:%u: #include: more than %u files deep, expected an end", line->file,
                   line->number, MOST_DEPTH);
    else if (!rc->host->read || !rc->host->read(buf_text(&path), &contents, &why))
        buf_printf(error, "%s:%u: #include: %s", line->file, line->number,
                   why.length ? buf_text(&why) : "there are no files");
    else {
        rc->depth++;
        ok = bochsrc_parse(rc, buf_text(&path), buf_text(&contents), contents.length, error);
        rc->depth--;
    }
    buf_free(&path);
    buf_free(&contents);
    buf_free(&why);
    return ok;
}

/* A line that ends with a 0 byte. */
static bool parse_line(struct bochsrc *rc, struct bochsrc_line *line, const char *text,
                       struct buf *error)
{
    struct buf part = { 0 };
    size_t length;
    bool ok = true;

    while (isspace((unsigned char)*text))
        text++;
    if (!strncmp(text, "#include", 8) && isspace((unsigned char)text[8]))
        return include(rc, line, text + 8, error);
    if (!*text || *text == '#')
        return true;
    length = strcspn(text, ":");
    for (size_t i = 0; i < length; i++)
        if (!isspace((unsigned char)text[i]))
            buf_add(&part, text + i, 1);
    line->directive = xstrdup(buf_text(&part));
    line->count = 0;
    text += length + (text[length] == ':');
    while (*text) {
        buf_clear(&part);
        text = parameter(rc, text, &part);
        if (!part.length)
            continue;
        if (line->count == BOCHSRC_PARAMETERS) {
            buf_printf(error, "%s:%u: %s: more than %u parameters", line->file, line->number,
                       line->directive, BOCHSRC_PARAMETERS);
            ok = false;
            break;
        }
        line->parameter[line->count++] = xstrdup(buf_text(&part));
    }
    ok = ok && bochsrc_map(rc, line, error);
    for (unsigned i = 0; i < line->count; i++)
        free(line->parameter[i]);
    free(line->directive);
    buf_free(&part);
    return ok;
}

bool bochsrc_parse(struct bochsrc *rc, const char *name, const char *text, size_t length,
                   struct buf *error)
{
    struct bochsrc_line line = { .file = name };
    struct buf copy = { 0 };
    bool ok = true;

    for (size_t at = 0; at < length && ok;) {
        const char *end = memchr(text + at, '\n', length - at);
        size_t bytes = end ? (size_t)(end - text) - at : length - at;

        line.number++;
        buf_clear(&copy);
        buf_add(&copy, text + at, bytes);
        if (memchr(text + at, 0, bytes)) {
            buf_printf(error, "%s:%u: a zero byte, expected text", name, line.number);
            ok = false;
        } else {
            ok = parse_line(rc, &line, buf_text(&copy), error);
        }
        at += bytes + 1;
    }
    buf_free(&copy);
    return ok;
}
