/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options_print.h - a row of the table of options, and the texts that are made from the table. */
#ifndef OPTIONS_PRINT_H
#define OPTIONS_PRINT_H

#include "options.h"

struct option {
    const char *name;
    const char *argument; /* what it is called in -help; NULL: none */
    int id;               /* of those who mean the same */
    const char *help;     /* NULL: an alias or an option taken for compatibility */
    const char *group;    /* of the first option of a group */
};

/* -help. The table ends with a row without name. */
void options_print_help(const struct option *table, struct out *out);
/* -completion bash */
void options_print_completion(const struct option *table, struct out *out);
/* -dump-config: what was given, as a line for a shell. */
void options_print_given(const struct options *o, struct out *out);

#endif
