/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/insn_words.h - a row of the instruction table in words, and in the manual's notation. */
#ifndef DEBUGGER_INSN_WORDS_H
#define DEBUGGER_INSN_WORDS_H

#include "cpu/insn_table.h"
#include "util/out.h"

/* What the instruction does: insn_words.def. NULL: the row has no words (a test forbids that). */
const char *words_sentence(const struct row *row);
/* The exceptions that the words add to those of the row: "#DE #GP(0)", or "". */
const char *words_raises(const struct row *row);
/*
 * The sentence with operands put in. `operand` appends the text of operand i (0-3) and says whether
 * there is one; NULL: "operand 1" and so on.
 */
typedef bool (*operand_text_fn)(void *context, unsigned i, struct buf *text);
void words_say(const struct row *row, operand_text_fn operand, void *context, struct buf *text);
/* "ZF = 1 (equal)": what a conditional instruction waits for. NULL: unconditional. */
const char *words_condition(const struct row *row);
/* Does that hold with these flags? Only where words_condition() is not NULL. */
bool words_condition_holds(const struct row *row, uint64_t eflags);

/* "66 0F 38 00 /r", "VEX.256.66.0F.WIG FC /r", "[66|REX.W] 0F AF /r". */
void notation_encoding(const struct row *row, struct buf *text);
/* "imul r16/32/64, r/m16/32/64". */
void notation_form(const struct row *row, struct buf *text);
/* " OF CF" or " none". */
void notation_flags(unsigned flags, struct buf *text);
/* " (here AF 0)": what this processor does to the row's undefined flags; nothing if it has none. */
void notation_undefined(const struct row *row, struct buf *text);
/* " #UD #GP(0) ...": everything that the instruction may raise. */
void notation_exceptions(const struct row *row, struct buf *text);
/* "all modes", "64-bit mode only; CPL 0": where it may be executed. */
void notation_modes(const struct row *row, struct buf *text);
/* Is `word` one of the row's mnemonics ("cwde" of "cbw|cwde|cdqe")? */
bool row_is_called(const struct row *row, const char *word);

/* `help MNEMONIC`. False: no row is called so; *nearest is the most similar mnemonic or NULL. */
bool instruction_help(const char *word, struct out *out, const char **nearest);
/* doc/instructions.md */
void instruction_document(struct out *out);

#endif
