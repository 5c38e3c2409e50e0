/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * debugger/command.h - the command table. One row gives dispatch, abbreviation, `help`, completion
 * and the manual page; the rows stand in cmd_*.c beside their functions.
 */
#ifndef DEBUGGER_COMMAND_H
#define DEBUGGER_COMMAND_H

#include "util/out.h"
#include "util/types.h"

struct debugger;
struct command;

/* One command as typed: "x/4xg $rsp" is name "x", slash "4xg", args "$rsp". */
struct call {
    const struct command *command;
    const char *name; /* as typed */
    char slash[24];
    const char *args; /* the rest, without blanks around it */
};

/* Candidates for completion are added to a list of strings. */
struct completions {
    char **list;
    unsigned count, capacity;
};
void completions_add(struct completions *list, const char *word);
void completions_free(struct completions *list);

typedef bool (*command_fn)(struct debugger *dbg, const struct call *call);
typedef void (*complete_fn)(struct debugger *dbg, const char *word, struct completions *list);

/* A table ends with a { 0 } row. */
struct command {
    const char *brief;   /* "s", or NULL */
    const char *name;    /* "step" */
    const char *aliases; /* other names, separated by blanks, or NULL */
    command_fn run;
    complete_fn complete; /* of the arguments, or NULL */
    const char *usage;    /* "step [COUNT]" */
    const char *summary;  /* one line */
    const char *help;     /* the rest, or NULL */
    bool repeats;         /* an empty line does it again without asking */
};

struct command_group {
    const char *title;
    const struct command *commands;
};
extern const struct command_group command_groups[]; /* to { 0 } */
extern const struct command run_commands[], break_commands[], catch_commands[], inspect_commands[],
    memory_commands[], explain_commands[], engine_commands[], compare_commands[], trace_commands[],
    symbol_commands[], screen_commands[], media_commands[], script_commands[];
extern const struct command info_topics[]; /* what may follow `info` */

/*
 * The command called `word`: brief name, name, alias, or an unambiguous beginning of a name in
 * `table` (NULL: all groups). NULL: *error says so, with the nearest names.
 */
const struct command *command_find(const struct command *table, const char *word,
                                   struct buf *error);
/* Split a line into the parts of a call; name_buffer holds the name. False: nothing but blanks. */
bool command_split(const char *line, char *name_buffer, size_t size, struct call *call,
                   struct buf *rest);
/* `help`, `help NAME`, `apropos WORD`. */
void command_overview(struct out *out);
void command_help(const struct command *command, struct out *out);
unsigned command_apropos(const char *word, struct out *out);
/* The manual page vitrine-debugger(7), in man macros. */
void command_manual(struct out *out);
/* What may stand at the end of `line`; words of commands, then what the row's completer says. */
void command_complete(struct debugger *dbg, const char *line, struct completions *list);

/* cmd_engine.c: `tb show` and its like; do they begin with one of its words? (`tb` is tbreak.) */
bool cmd_blocks(struct debugger *dbg, const struct call *call);
bool engine_takes(const char *args);

/* cmd_media.c */
bool info_block(struct debugger *dbg, const struct call *call);

/* Completers. */
void complete_address(struct debugger *dbg, const char *word, struct completions *list);
void complete_register(struct debugger *dbg, const char *word, struct completions *list);
void complete_symbol(struct debugger *dbg, const char *word, struct completions *list);
void complete_file(struct debugger *dbg, const char *word, struct completions *list);
void complete_command(struct debugger *dbg, const char *word, struct completions *list);
void complete_info(struct debugger *dbg, const char *word, struct completions *list);
void complete_device(struct debugger *dbg, const char *word, struct completions *list);
void complete_point(struct debugger *dbg, const char *word, struct completions *list);
void complete_catch(struct debugger *dbg, const char *word, struct completions *list);
void complete_on_off(struct debugger *dbg, const char *word, struct completions *list);

#endif
