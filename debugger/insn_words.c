/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/insn_words.c - what an instruction does, in a sentence: insn_words.def. */
#include "debugger/insn_words.h"

#include <ctype.h>
#include <string.h>

static const struct {
    const char *names, *raises, *sentence;
} words[] = {
#define WORDS(names, raises, sentence) { names, raises, sentence },
#include "debugger/insn_words.def"
#undef WORDS
};

/* Is `name` one of the blank-separated names? One that ends in * is a beginning. */
static bool in_names(const char *names, const char *name, bool beginnings)
{
    size_t length = strlen(name);

    while (*names) {
        size_t n = strcspn(names, " ");

        if (n == length && !strncmp(names, name, n))
            return true;
        if (beginnings && n <= length + 1 && names[n - 1] == '*' && !strncmp(names, name, n - 1))
            return true;
        names += n + strspn(names + n, " ");
    }
    return false;
}

/* The words' index, or -1. */
static int find(const struct row *row)
{
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
        if (in_names(words[i].names, row->id, false))
            return (int)i;
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
        if (in_names(words[i].names, row->mnemonic, true))
            return (int)i;
    if (OPC_IS_VEX(row->opcode) && row->mnemonic[0] == 'v')
        for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
            if (in_names(words[i].names, row->mnemonic + 1, true))
                return (int)i;
    return -1;
}

const char *words_sentence(const struct row *row)
{
    int i = find(row);

    return i < 0 ? NULL : words[i].sentence;
}

const char *words_raises(const struct row *row)
{
    int i = find(row);

    return i < 0 ? "" : words[i].raises;
}

/* The 16 conditions, in the order of their codes. SDM Vol. 1, "Condition Codes". */
static const struct {
    const char *suffix, *text;
} conditions[] = {
    { "o", "OF = 1 (overflow)" },
    { "no", "OF = 0 (no overflow)" },
    { "b", "CF = 1 (below)" },
    { "nb", "CF = 0 (above or equal)" },
    { "z", "ZF = 1 (equal)" },
    { "nz", "ZF = 0 (not equal)" },
    { "be", "CF = 1 or ZF = 1 (below or equal)" },
    { "nbe", "CF = 0 and ZF = 0 (above)" },
    { "s", "SF = 1 (negative)" },
    { "ns", "SF = 0 (not negative)" },
    { "p", "PF = 1 (even parity)" },
    { "np", "PF = 0 (odd parity)" },
    { "l", "SF is not OF (less, signed)" },
    { "nl", "SF = OF (greater or equal, signed)" },
    { "le", "ZF = 1 or SF is not OF (less or equal, signed)" },
    { "nle", "ZF = 0 and SF = OF (greater, signed)" },
};

/* The condition's code, or -1. */
static int condition_of(const struct row *row)
{
    const char *name = row->mnemonic;
    size_t skip = !strncmp(name, "cmov", 4)  ? 4
                  : !strncmp(name, "set", 3) ? 3
                  : name[0] == 'j'           ? 1
                                             : 0;

    if (!skip || !row->flags_tested)
        return -1;
    for (unsigned i = 0; i < ARRAY_SIZE(conditions); i++)
        if (!strcmp(name + skip, conditions[i].suffix))
            return (int)i;
    return -1;
}

const char *words_condition(const struct row *row)
{
    int i = condition_of(row);

    return i < 0 ? NULL : conditions[i].text;
}

bool words_condition_holds(const struct row *row, uint64_t eflags)
{
    bool less = !(eflags & SF) != !(eflags & OF), holds = false;
    int code = condition_of(row);

    switch (code >> 1) {
    case 0:
        holds = eflags & OF;
        break;
    case 1:
        holds = eflags & CF;
        break;
    case 2:
        holds = eflags & ZF;
        break;
    case 3:
        holds = eflags & (CF | ZF);
        break;
    case 4:
        holds = eflags & SF;
        break;
    case 5:
        holds = eflags & PF;
        break;
    case 6:
        holds = less;
        break;
    default:
        holds = less || eflags & ZF;
    }
    return holds != (code & 1);
}

/* From the end of the mnemonic. */
static const char *element(const struct row *row)
{
    const char *name = row->mnemonic;
    size_t n = strlen(name);

    if (n > 2 && name[n - 2] == 'p' && name[n - 1] == 's')
        return "each single-precision value";
    if (n > 2 && name[n - 2] == 'p' && name[n - 1] == 'd' && strncmp(name, "vpb", 3))
        return "each double-precision value";
    if (n > 2 && name[n - 2] == 's' && name[n - 1] == 's')
        return "the low single-precision value";
    if (n > 2 && name[n - 2] == 's' && name[n - 1] == 'd' && !strchr("pv", name[0]))
        return "the low double-precision value";
    if (OPC_IS_VEX(row->opcode) && name[1] != 'p' && n > 2 && name[n - 2] == 's')
        return "the low double-precision value";
    switch (name[n - 1]) {
    case 'b':
        return "each byte";
    case 'w':
        return "each word";
    case 'd':
        return "each doubleword";
    case 'q':
        return "each quadword";
    default:
        return "each element";
    }
}

static bool numbered(void *context, unsigned i, struct buf *text)
{
    const struct row *row = context;

    if (!row->operands[i])
        return false;
    buf_printf(text, "operand %u", i + 1);
    return true;
}

/* Does the second operand come from VEX.vvvv, as one source more than the old form has? */
static bool has_source_more(const struct row *row)
{
    unsigned kind = OP_KIND(row->operands[1]);

    return OPC_IS_VEX(row->opcode) && kind == K_H && row->operands[2];
}

void words_say(const struct row *row, operand_text_fn operand, void *context, struct buf *text)
{
    const char *s = words_sentence(row);
    unsigned first = has_source_more(row) ? 1 : 0;
    bool named_first = false;

    if (!s)
        return;
    for (; *s; s++) {
        unsigned i;

        if (*s != '$') {
            buf_add(text, s, 1);
            continue;
        }
        s++;
        if (*s == 'e') {
            buf_add_text(text, element(row));
            continue;
        }
        if (*s == '?') {
            buf_add_text(text, words_condition(row) ? words_condition(row) : "the condition holds");
            continue;
        }
        named_first |= *s == '1';
        i = isdigit((unsigned char)*s) ? (unsigned)(*s - '1') : (unsigned)(*s - 'a') + first;
        if (i > 3 ||
            !(operand ? operand(context, i, text) : numbered((void *)(uintptr_t)row, i, text)))
            buf_add_text(text, "its implicit operand");
    }
    if (first && !named_first) {
        buf_add_text(text, "; the result goes to ");
        if (!(operand ? operand(context, 0, text) : numbered((void *)(uintptr_t)row, 0, text)))
            buf_add_text(text, "operand 1");
    }
    if (OPC_IS_VEX(row->opcode) && OP_KIND(row->operands[0]) == K_V &&
        OP_ACCESS(row->operands[0]) != ACC_R)
        buf_add_text(text, ", and the bits above are cleared");
}

bool row_is_called(const struct row *row, const char *word)
{
    size_t length = strlen(word);

    for (const char *name = row->mnemonic; *name;) {
        size_t n = strcspn(name, "|/");

        if (n == length && !strncmp(name, word, n))
            return true;
        name += n + (name[n] != 0);
    }
    return false;
}
