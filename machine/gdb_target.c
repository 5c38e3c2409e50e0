/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/gdb_target.c - the registers of a target description. Of the XML only what is needed is
 * understood: <reg name bitsize regnum>, <xi:include href>, comments and what else is to be passed
 * over. Source: "Debugging with GDB", appendix "Target Descriptions".
 */
#include <string.h>

#include "machine/gdb_client.h"
#include "util/text.h"

enum { NESTED_MOST = 4, FILES_MOST = 32, NAME_MOST = 64 };

struct parse {
    struct gdb_target *target;
    gdb_fetch_fn fetch;
    void *context;
    struct buf *why;
    unsigned next; /* number of the next register that says none */
    unsigned files;
};

static bool parse_file(struct parse *p, const char *name, unsigned nested);

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The value of an attribute of the tag text..end. False: there is none, or it does not fit. */
static bool attribute(const char *text, const char *end, const char *name, char *value, size_t size)
{
    size_t length = strlen(name);

    while (text < end) {
        const char *equals, *close;
        char quote;

        while (text < end && !is_blank(*text)) /* the tag's name, or what was not understood */
            text++;
        while (text < end && is_blank(*text))
            text++;
        equals = memchr(text, '=', (size_t)(end - text));
        if (!equals || equals + 1 >= end)
            return false;
        quote = equals[1];
        if (quote != '"' && quote != '\'')
            return false;
        close = memchr(equals + 2, quote, (size_t)(end - equals - 2));
        if (!close)
            return false;
        if ((size_t)(equals - text) == length && !memcmp(text, name, length)) {
            if ((size_t)(close - equals - 2) >= size)
                return false;
            memcpy(value, equals + 2, (size_t)(close - equals - 2));
            value[close - equals - 2] = 0;
            return true;
        }
        text = close + 1;
    }
    return false;
}

static bool has_name(const struct gdb_target *target, const char *name)
{
    return gdb_target_find(target, name) != NULL;
}

static bool add_register(struct parse *p, const char *text, const char *end)
{
    struct gdb_target *target = p->target;
    struct gdb_register *reg = &target->reg[target->count];
    char value[NAME_MOST];
    uint64_t bits, number;

    if (target->count == GDB_REGISTERS_MOST) {
        buf_printf(p->why, "more than %u registers", GDB_REGISTERS_MOST);
        return false;
    }
    if (!attribute(text, end, "name", reg->name, sizeof reg->name) || !*reg->name) {
        buf_add_text(p->why, "a register without a usable name");
        return false;
    }
    for (const char *c = reg->name; *c; c++) {
        if (*c < '!' || *c > '~') {
            buf_add_text(p->why, "a register without a usable name");
            return false;
        }
    }
    if (has_name(target, reg->name)) {
        buf_printf(p->why, "two registers '%s'", reg->name);
        return false;
    }
    if (!attribute(text, end, "bitsize", value, sizeof value) || !text_number(value, &bits) ||
        !bits || bits % 8 || bits > GDB_REGISTER_BYTES * 8) {
        buf_printf(p->why, "register '%s' without a bitsize of whole bytes up to %u", reg->name,
                   GDB_REGISTER_BYTES * 8);
        return false;
    }
    number = p->next;
    if (attribute(text, end, "regnum", value, sizeof value) &&
        (!text_number(value, &number) || number < p->next || number > 0xffff)) {
        buf_printf(p->why, "register '%s' has a regnum out of order", reg->name);
        return false;
    }
    reg->number = (unsigned)number;
    reg->bytes = (unsigned)bits / 8;
    reg->offset = target->bytes;
    target->bytes += reg->bytes;
    target->count++;
    p->next = reg->number + 1;
    return true;
}

static bool include(struct parse *p, const char *text, const char *end, unsigned nested)
{
    char name[NAME_MOST];

    if (!attribute(text, end, "href", name, sizeof name) || !*name ||
        strpbrk(name, ":,#$}*") != NULL) {
        buf_add_text(p->why, "an include without a usable name");
        return false;
    }
    if (nested == NESTED_MOST || p->files == FILES_MOST) {
        buf_add_text(p->why, "too many includes");
        return false;
    }
    return parse_file(p, name, nested + 1);
}

static bool is_tag(const char *text, const char *end, const char *name)
{
    size_t length = strlen(name);

    return (size_t)(end - text) > length && !memcmp(text, name, length) &&
           (is_blank(text[length]) || text[length] == '/');
}

static bool parse_text(struct parse *p, const char *text, const char *end, unsigned nested)
{
    while (text < end) {
        const char *open = memchr(text, '<', (size_t)(end - text)), *close;

        if (!open)
            return true;
        text = open + 1;
        if (end - text >= 3 && !memcmp(text, "!--", 3)) {
            close = strstr(text, "-->");
            if (!close) {
                buf_add_text(p->why, "a comment without end");
                return false;
            }
            text = close + 3;
            continue;
        }
        close = memchr(text, '>', (size_t)(end - text));
        if (!close) {
            buf_add_text(p->why, "a tag without end");
            return false;
        }
        if (is_tag(text, close, "reg") && !add_register(p, text, close))
            return false;
        if (is_tag(text, close, "xi:include") && !include(p, text, close, nested))
            return false;
        text = close + 1;
    }
    return true;
}

static bool parse_file(struct parse *p, const char *name, unsigned nested)
{
    struct buf text = { 0 };
    bool ok;

    p->files++;
    ok = p->fetch(p->context, name, &text);
    if (ok) {
        const char *start = buf_text(&text);

        ok = parse_text(p, start, start + strlen(start), nested);
    }
    buf_free(&text);
    return ok;
}

bool gdb_target_parse(struct gdb_target *target, gdb_fetch_fn fetch, void *context, struct buf *why)
{
    struct parse p = { .target = target, .fetch = fetch, .context = context, .why = why };

    memset(target, 0, sizeof *target);
    if (!parse_file(&p, "target.xml", 0))
        return false;
    if (!target->count) {
        buf_add_text(why, "no registers");
        return false;
    }
    return true;
}

const struct gdb_register *gdb_target_find(const struct gdb_target *target, const char *name)
{
    for (unsigned i = 0; i < target->count; i++) {
        if (!strcmp(target->reg[i].name, name))
            return &target->reg[i];
    }
    return NULL;
}
