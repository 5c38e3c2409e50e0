/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * debugger/debugger.h - the command loop over one machine: prompt, run, stop report.
 */
#ifndef DEBUGGER_DEBUGGER_H
#define DEBUGGER_DEBUGGER_H

#include "cpu/observer.h"
#include "debugger/breakpoint.h"
#include "debugger/command.h"
#include "debugger/show.h"
#include "machine/machine.h"

/* Exit codes; those of the guest are odd. */
enum {
    EXIT_OK = 0,
    EXIT_USAGE = 2,
    EXIT_HOST_IO = 4,
    EXIT_ASSERTION = 120,
    EXIT_DIVERGENCE = 122,
    EXIT_TIMEOUT = 124,
    EXIT_TRIPLE_FAULT = 126,
};

struct debugger_options {
    struct out *out;     /* answers */
    const char *rc;      /* command file run first (-rc), or NULL */
    const char *script;  /* command file run after it (-x), or NULL */
    bool batch;          /* leave after the script */
    bool quiet;          /* no banner */
    bool no_echo;        /* do not show the prompt and each command of a script or a pipe */
    bool plain;          /* one fact per line, no decoration (-plain) */
    uint64_t max_icount; /* leave with EXIT_TIMEOUT at this tick; 0: never */
    const struct compare_options
        *compare; /* what `compare start` begins with (-compare), or NULL */
    void *host_context;
    void (*running)(void *context, bool running); /* the machine goes, stands; or NULL */
    bool (*waiting)(void *context); /* at the prompt, many times a second; false: leave. Or NULL */
    const volatile bool
        *timed_out; /* set by the caller's timer beside machine->interrupt, or NULL */
};

struct line;
struct trace_log;
struct compare;
struct compare_options;

/* alias NAME = TEXT */
struct alias {
    struct alias *next;
    char *name, *text;
};

enum { FAULT_HISTORY = 32 };

struct debugger {
    struct machine *machine;
    struct debugger_options options;
    struct out out;         /* what commands write to; kept in `answer` on its way */
    struct buf answer;      /* the text of this command ... */
    struct buf last_answer; /* ... and of the one before, for `expect` */
    struct buf guest_text;  /* the end of what the guest sent on the serial line */
    struct line *line;
    struct symbols symbols;
    struct breakpoints points;
    struct expr_env env;

    /* Command loop. */
    unsigned prompt_number;
    bool quit;
    unsigned nested; /* debugger_execute within itself */
    int exit_code;
    bool failed;     /* a command of the script failed */
    bool gdb_words;  /* set compat gdb */
    char *last_line; /* repeated by an empty line */
    struct alias *aliases;
    unsigned source_depth;
    const char *source_name; /* "boot.dbg", while a script runs */
    unsigned source_line;

    /* Running. */
    struct observer observer;
    bool running;
    enum machine_stop last_stop; /* how the last run ended */
    bool ended;                  /* powered off, reset or left: nothing can run */
    unsigned caught;             /* number of the catch point that an observer callback found */
    struct buf caught_text;      /* what it saw */
    unsigned stopped_at;         /* number of the point of the last stop, 0: none */
    uint64_t previous_tick;      /* of the stop before, for (+n) */
    uint64_t step_floor;         /* finish: stack pointer of the frame */
    uint8_t step_cpl;
    bool finishing, returning, finished; /* looking for RET; RET comes next; done */
    bool delivering;                     /* stop once the exception that waits has been delivered */
    unsigned interrupts;                 /* finish: handlers entered and not left yet */
    struct compare *compare;             /* another machine runs beside this one; NULL: none */
    struct buf compared;                 /* what the last comparison found, in words */
    bool watch_continues;                /* watch continue: report and go on */
    struct fault faults[FAULT_HISTORY];  /* a ring of the exceptions raised */
    uint64_t fault_count;

    /* Showing. */
    struct buf stepped; /* effects on: the instruction that is stepped */
    bool effects, trace_registers, auto_disassemble, show_bytes;
    struct trace_log *trace; /* NULL: off */
    struct snapshot shown;   /* registers at the last `r` */
    struct snapshot stopped; /* registers at the last stop */
    lin_addr next_examine;   /* `x` without address goes on here */
    bool next_examine_physical;
    lin_addr next_listing; /* `u` without address */
    bool listing_valid;
    char examine_format, examine_unit;
    unsigned listing_size; /* 16, 32, 64; 0: the current mode */
};

struct debugger *debugger_create(struct machine *machine, const struct debugger_options *options);
void debugger_destroy(struct debugger *dbg);
/* Banner, command files, then the prompt until `quit` or the end of input; the exit code. */
int debugger_run(struct debugger *dbg);
/* One command line (or several, separated by ';'). False: an error was printed. */
bool debugger_execute(struct debugger *dbg, const char *line);

/* For commands. */

/* "error: TEXT" on one line; always returns false. */
bool debugger_error(struct debugger *dbg, const char *format, ...) PRINTF_LIKE(2, 3);
bool debugger_fail(struct debugger *dbg, struct buf *error); /* the same; frees the text */
/* Value of a whole argument, with the error printed. */
/* A word that may stand in quotes, taken off *args. */
void debugger_take_word(const char **args, struct buf *word);
MUST_CHECK bool debugger_value(struct debugger *dbg, const char *text, uint64_t *value);
/* Run the commands of a file; false: it cannot be read, or a command failed. */
bool debugger_source(struct debugger *dbg, const char *file);
struct cpu *debugger_cpu(struct debugger *dbg);
/* observe.c: the callbacks that catch points, `finish` and the trace need, and no others. */
void debugger_observe(struct debugger *dbg);
/* The stack pointer as wide as the stack. */
uint64_t debugger_stack_pointer(const struct cpu *cpu);
/* The n-th last exception (0: the last) of the history, or NULL. */
const struct fault *debugger_past_fault(const struct debugger *dbg, unsigned n);
/* cmd_trace.c: called before each instruction while a trace is on. */
void trace_instruction(struct debugger *dbg, struct cpu *cpu);
void trace_flush(struct debugger *dbg); /* so that what stops the run stands below the trace */
void trace_close(struct debugger *dbg);
/* cmd_explain.c: the latest event, or the exception about to be delivered. */
void explain_latest(struct debugger *dbg);
/* cmd_script.c */
const char *alias_find(const struct debugger *dbg, const char *name);

/* cmd_run.c: let the machine go, report why it stopped. */
struct run_request {
    uint64_t ticks;  /* at most; UINT64_MAX: until something happens */
    bool single;     /* exactly one instruction or event */
    bool has_target; /* stop at linear `target` ... */
    lin_addr target;
    bool has_floor; /* ... with the stack pointer at or above `floor` */
    uint64_t floor;
    bool until_return; /* finish */
    bool quiet;        /* say nothing when what was asked for has happened */
};
/* Can the machine run at all? False: an error was printed. */
bool debugger_can_run(struct debugger *dbg);
enum machine_stop debugger_go(struct debugger *dbg, const struct run_request *request);
/* Where the machine stands, in one line; `reason` (may be NULL) on the line before. */
void debugger_report(struct debugger *dbg, const char *reason);

#endif
