/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * debugger/insn_help.c - `help MNEMONIC` and doc/instructions.md: the instruction table for readers.
 */
#include <stdlib.h>
#include <string.h>

#include "debugger/insn_words.h"
#include "util/text.h"

/* Do two rows differ in no more than encoding and operands? */
static bool same_facts(const struct row *a, const struct row *b)
{
    uint32_t shown = A_CPL0 | A_NO64 | A_ONLY64 | A_PROT | A_UNDOC | A_LOCK;
    struct buf x = { 0 }, y = { 0 };
    bool same;

    words_say(a, NULL, NULL, &x);
    words_say(b, NULL, NULL, &y);
    notation_exceptions(a, &x);
    notation_exceptions(b, &y);
    same = !strcmp(buf_text(&x), buf_text(&y)) && a->feature == b->feature &&
           a->flags_tested == b->flags_tested && a->flags_written == b->flags_written &&
           a->flags_undefined == b->flags_undefined && !strcmp(a->title, b->title) &&
           !((a->attributes ^ b->attributes) & shown) &&
           OPC_IS_VEX(a->opcode) == OPC_IS_VEX(b->opcode);
    buf_free(&x);
    buf_free(&y);
    return same;
}

static void print_flags(const struct row *row, struct out *out)
{
    struct buf text = { 0 };

    buf_add_text(&text, "tested:");
    notation_flags(row->flags_tested, &text);
    buf_add_text(&text, "; written:");
    notation_flags(row->flags_written & ~row->flags_undefined, &text);
    buf_add_text(&text, "; undefined:");
    notation_flags(row->flags_undefined, &text);
    notation_undefined(row, &text);
    out_text(out, row->flags_tested | row->flags_written ? buf_text(&text)
                                                         : "neither tested nor changed");
    buf_free(&text);
}

static void print_facts(const struct row *row, struct out *out)
{
    struct buf text = { 0 };

    words_say(row, NULL, NULL, &text);
    out_printf(out, "%s (SDM Vol. 2)\n  it %s\n  flags: ", row->title, buf_text(&text));
    print_flags(row, out);
    buf_clear(&text);
    notation_modes(row, &text);
    out_printf(out, "\n  where: %s\n  feature: %s\n  may raise:", buf_text(&text),
               row->feature ? feature_name(row->feature) : "none needed");
    buf_clear(&text);
    notation_exceptions(row, &text);
    out_printf(out, "%s\n", text.length ? buf_text(&text) : " nothing of its own");
    buf_free(&text);
}

static void print_form(const struct row *row, struct out *out)
{
    struct buf encoding = { 0 }, form = { 0 };

    notation_encoding(row, &encoding);
    notation_form(row, &form);
    out_printf(out, "    %-28s %s\n", buf_text(&encoding), buf_text(&form));
    buf_free(&encoding);
    buf_free(&form);
}

static const char *nearest_mnemonic(const char *word)
{
    const char **names = xcalloc(insn_row_count + 1, sizeof *names);
    unsigned count = 0;
    const char *near;

    for (unsigned i = 1; i < insn_row_count; i++)
        if (!strpbrk(insn_rows[i].mnemonic, "|/"))
            names[count++] = insn_rows[i].mnemonic;
    near = text_nearest(word, names);
    free(names);
    return near;
}

bool instruction_help(const char *word, struct out *out, const char **nearest)
{
    const struct row *previous = NULL;

    for (unsigned i = 1; i < insn_row_count; i++) {
        const struct row *row = &insn_rows[i];

        if (!row_is_called(row, word))
            continue;
        if (!previous || !same_facts(previous, row))
            print_facts(row, out);
        print_form(row, out);
        previous = row;
    }
    if (!previous)
        *nearest = nearest_mnemonic(word);
    return previous != NULL;
}

/* Text in a table of Markdown: | would end the cell. */
static void cell(struct out *out, const char *text, bool code)
{
    out_text(out, code ? " | `" : " | ");
    for (; *text; text++) {
        if (*text == '|')
            out_text(out, "\\");
        out_bytes(out, text, 1);
    }
    out_text(out, code ? "`" : "");
}

static void document_row(const struct row *row, struct out *out)
{
    struct buf text = { 0 };

    out_text(out, "|");
    notation_form(row, &text);
    out_printf(out, " `");
    for (const char *p = buf_text(&text); *p; p++)
        out_printf(out, "%s%c", *p == '|' ? "\\" : "", *p);
    out_text(out, "`");
    buf_clear(&text);
    notation_encoding(row, &text);
    cell(out, buf_text(&text), true);
    buf_clear(&text);
    words_say(row, NULL, NULL, &text);
    cell(out, buf_text(&text), false);
    buf_clear(&text);
    if (row->flags_tested) {
        notation_flags(row->flags_tested, &text);
        buf_add_text(&text, " tested");
    }
    if (row->flags_written & ~row->flags_undefined) {
        buf_add_text(&text, text.length ? ";" : "");
        notation_flags(row->flags_written & ~row->flags_undefined, &text);
    }
    if (row->flags_undefined) {
        buf_add_text(&text, text.length ? ";" : "");
        notation_flags(row->flags_undefined, &text);
        buf_add_text(&text, " undefined");
        notation_undefined(row, &text);
    }
    cell(out, text.length ? buf_text(&text) + 1 : "-", false);
    buf_clear(&text);
    notation_modes(row, &text);
    cell(out, buf_text(&text), false);
    buf_clear(&text);
    notation_exceptions(row, &text);
    cell(out, text.length ? buf_text(&text) + 1 : "-", false);
    out_text(out, " |\n");
    buf_free(&text);
}

void instruction_document(struct out *out)
{
    out_text(out,
             "# Instructions\n\n"
             "Every row of the instruction table (`cpu/insns_*.def`), by the processor feature "
             "it needs. Written by\n`vitrine -instructions`; `tests/debugger/doc.sh --update` "
             "brings it up to date. `help NAME` in the debugger\nsays the same of one "
             "instruction. Encodings and operands are in the manual's notation; a prefix in\n"
             "brackets chooses the operand size.\n");
    for (unsigned feature = 0; feature < F_COUNT; feature++) {
        unsigned count = 0;

        for (unsigned i = 1; i < insn_row_count; i++) {
            const struct row *row = &insn_rows[i];

            if (row->feature != feature)
                continue;
            if (!count++)
                out_printf(out,
                           "\n## %s\n\n| instruction | encoding | what it does | flags | where | "
                           "may raise |\n|---|---|---|---|---|---|\n",
                           feature ? feature_name(feature) : "Every processor");
            document_row(row, out);
        }
    }
}
