/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * debugger/insn_undefined.c - what this processor does to the flags that the manual leaves undefined.
 * The rows say it (insn_codes.h); a test executes every row and compares.
 */
#include "cpu/insn_table.h"
#include "debugger/insn_words.h"

static const struct {
    unsigned bit;
    const char *name;
} flags[] = { { CF, "CF" }, { PF, "PF" }, { AF, "AF" }, { ZF, "ZF" }, { SF, "SF" }, { OF, "OF" } };

static const char *const texts[] = { [UNDEF_SAME] = "as before",
                                     [UNDEF_ZERO] = "0",
                                     [UNDEF_ONE] = "1",
                                     [UNDEF_RESULT] = "by the result",
                                     [UNDEF_LIKE_1] = "by the rule for a count of 1" };

void notation_undefined(const struct row *row, struct buf *text)
{
    bool any = false;

    for (unsigned t = 0; t < ARRAY_SIZE(texts); t++) {
        bool first = true;

        for (unsigned k = 0; k < ARRAY_SIZE(flags); k++) {
            if (!(row->flags_undefined & flags[k].bit) || row_undefined(row, flags[k].bit) != t)
                continue;
            buf_printf(text, "%s%s", !first ? " " : any ? ", " : " (here ", flags[k].name);
            first = false;
            any = true;
        }
        if (!first)
            buf_printf(text, " %s", texts[t]);
    }
    if (any)
        buf_add_text(text, ")");
}
