/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * debugger/insn_undefined.c - what this processor does to the flags that the manual leaves undefined.
 * Makers and generations of processors differ there: `tests/silicon/silicon -undefined` prints where
 * the host does something else. A test executes every row and compares with this.
 */
#include <stdio.h>
#include <string.h>

#include "debugger/insn_words.h"

/*
 * By mnemonic, for CF PF AF ZF SF OF: '=' as before, '0', '1', 'r' by the result (of a product, its
 * lower half; of AAA and AAS, AL), 'c' by the rule for a count of 1; '.' is defined.
 */
static const struct {
    const char *mnemonics, *flags;
} choices[] = {
    { " and or xor test ", "..0..." }, { " andn blsr blsmsk blsi bzhi ", ".r0..." },
    { " bextr ", ".r1.0." },           { " mul imul ", ".r0rr." },
    { " div idiv ", "======" },        { " shl sal shr sar shld shrd rol ror rcl rcr ", "..0..c" },
    { " bt bts btr btc ", ".==.==" },  { " bsf bsr ", "===.==" },
    { " tzcnt lzcnt ", ".00.0=" },     { " aaa aas ", ".r.r00" },
    { " aam aad ", "0.0..0" },         { " daa das ", ".....0" },
};

static const struct {
    unsigned bit;
    const char *name;
} flags[] = { { CF, "CF" }, { PF, "PF" }, { AF, "AF" }, { ZF, "ZF" }, { SF, "SF" }, { OF, "OF" } };

static const struct {
    char choice;
    const char *text;
} texts[] = { { '=', "as before" },
              { '0', "0" },
              { '1', "1" },
              { 'r', "by the result" },
              { 'c', "by the rule for a count of 1" } };

char undefined_choice(const struct row *row, unsigned flag)
{
    char name[24];

    snprintf(name, sizeof name, " %s ", row->mnemonic);
    for (unsigned i = 0; i < ARRAY_SIZE(choices); i++) {
        if (!strstr(choices[i].mnemonics, name))
            continue;
        for (unsigned k = 0; k < ARRAY_SIZE(flags); k++)
            if (flags[k].bit == flag)
                return choices[i].flags[k];
    }
    return row->attributes & A_CPL0 ? '=' : '.'; /* moves of control and debug registers */
}

void notation_undefined(const struct row *row, struct buf *text)
{
    bool any = false;

    for (unsigned t = 0; t < ARRAY_SIZE(texts); t++) {
        bool first = true;

        for (unsigned k = 0; k < ARRAY_SIZE(flags); k++) {
            if (!(row->flags_undefined & flags[k].bit) ||
                undefined_choice(row, flags[k].bit) != texts[t].choice)
                continue;
            buf_printf(text, "%s%s", !first ? " " : any ? ", " : " (here ", flags[k].name);
            first = false;
            any = true;
        }
        if (!first)
            buf_printf(text, " %s", texts[t].text);
    }
    if (any)
        buf_add_text(text, ")");
}
