/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/line.h - where command lines come from: a terminal with readline, or plain input. */
#ifndef DEBUGGER_LINE_H
#define DEBUGGER_LINE_H

#include "util/types.h"

struct debugger;
struct line;

/* Input from stdin. A terminal gets editing, completion and a history file kept between sessions. */
struct line *line_create(struct debugger *dbg);
void line_destroy(struct line *line); /* saves the history */
bool line_is_terminal(const struct line *line);
/* The next line without its end, to be freed; NULL at the end of input. The prompt is shown to a
 * terminal only. */
char *line_read(struct line *line, const char *prompt);

#endif
