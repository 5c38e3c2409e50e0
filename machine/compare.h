/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/compare.h - two machines, one configuration, one input log, two engines: after each slice
 * all field rows, events and written pages are compared. At a difference both go back to the last
 * equal state, and the first instruction that differs is looked for.
 */
#ifndef MACHINE_COMPARE_H
#define MACHINE_COMPARE_H

#include "machine/checkpoint.h"

#define COMPARE_SLICE 4096
#define COMPARE_STEPS 64 /* instructions that are told of a difference; most of a block */

struct compare_options {
    char engine[2][16]; /* the reference and the one that is tried */
    uint64_t every;     /* ticks of a slice */
    uint64_t from;      /* up to this tick only the lead runs */
    uint64_t stop;      /* no further; UINT64_MAX: to the end */
    double sample;      /* the part of the slices that is compared; 0: all */
    /* The second opinion is a foreign emulator (compare_gdb.h). */
    char gdb[96];      /* "HOST:PORT" or "unix:PATH" of its stub; "": it is an engine of ours */
    char start[64];    /* both run to this address first; "": from where they stand */
    char ignore[128];  /* names of registers that may differ, between blanks */
    uint64_t length;   /* ticks that are compared from there on; 0: no matter how many */
    uint64_t start_at; /* `start` as a linear address, from who knows the symbols */
};

/*
 * "interp,tb[,every=N][,from=TICK][,stop=TICK][,sample=P]", all parts optional, also with blanks; or
 * "interp,gdb:HOST:PORT[,every=N][,from=ADDRESS][,stop=TICK|,stop=+TICKS][,ignore=NAME]...". False: *error is one
 * line without the name of the option.
 */
void compare_defaults(struct compare_options *options);
MUST_CHECK bool compare_parse(struct compare_options *options, const char *text, struct buf *error);
/* "0.01", "1%"; in 0 ... 1, not 0. */
MUST_CHECK bool compare_parse_sample(const char *text, double *part);

/* An instruction that the reference began while it made the slice that differs. */
struct compare_step {
    uint64_t tick, rip;
    uint16_t cs;
    uint8_t mode, count;
    uint8_t bytes[15];
    int exception; /* vector that it raised, -1: none */
    int interrupt; /* vector that was taken in front of it, -1: none */
};

/* How well the place of a difference is known. */
enum compare_place {
    PLACE_INSTRUCTION, /* translated alone it differs */
    PLACE_BLOCK,       /* it takes a block of several: each alone agrees */
    PLACE_SLICE,       /* it did not come again */
};

struct difference {
    enum compare_place place;
    uint64_t tick;         /* of the last equal state, before the instruction or block */
    uint64_t ticks;        /* from there on until it shows: 1 for one instruction */
    unsigned steps, named; /* step[named] is the instruction that is named */
    struct compare_step step[COMPARE_STEPS];
    const struct row *row; /* of the instruction; NULL: its bytes do not decode */
    struct insn insn;
    char insn_text[96];
    uint64_t flags;       /* status flags that differ */
    bool only_flags;      /* nothing else does */
    bool only_undefined;  /* and the manual leaves them undefined */
    struct buf fields;    /* "rax, cpu.cr2, memory 0x7000": what differs, in short */
    struct buf report;    /* the whole story */
    struct buf test_case; /* as -case reads it */
};

enum compare_end {
    COMPARE_STOPPED,   /* the lead stopped for *stop, which may be the limit */
    COMPARE_DIFFERENT, /* compare->difference; both machines stand at its tick, before it */
    COMPARE_FAILED,    /* the foreign emulator was lost: compare->error */
};

struct compare_gdb;

struct compare {
    struct compare_options options;
    struct machine *machine[2]; /* in the order of the engines' names */
    unsigned lead;              /* index of the one that is connected with the host */
    struct input_log log;
    struct checkpoint base;       /* last equal state: of the lead, with RAM ... */
    struct machine_state base_of; /* ... and of the other */
    bool started, different;
    bool resync;                   /* the lead has run alone since the last equal state */
    uint64_t ticks, slices, pages; /* compared */
    uint64_t random;
    struct difference difference;
    struct compare_gdb *gdb; /* not NULL: machine[1] is a foreign emulator, and NULL here */
    struct buf error;        /* of COMPARE_FAILED: one line */
    /* Now and then, with nothing to be changed. NULL: nobody looks. */
    void (*progress)(void *context, const struct compare *compare);
    void *progress_context;
};

/*
 * `lead` runs on one of the two engines; the other machine is made from its state. NULL: *error is
 * one line, *exit_code fits.
 */
struct compare *compare_create(struct machine *lead, const struct compare_options *options,
                               struct buf *error, int *exit_code);
void compare_destroy(struct compare *compare);
/* On for at most `ticks` ticks. */
enum compare_end compare_run(struct compare *compare, uint64_t ticks, enum machine_stop *stop);
/* What was compared, in words. */
void compare_describe(const struct compare *compare, struct out *out);
/*
 * The folder divergence-TICK in `folder`, with report.txt and repro.case. *path is its name. False:
 * *error is one line.
 */
MUST_CHECK bool compare_write(const struct compare *compare, const char *folder, struct buf *path,
                              struct buf *error);

/* ---- between compare.c, compare_find.c and compare_report.c ---- */

/* Are both in the same state? The pages written since the last equal state are looked at. */
bool compare_equal(struct compare *compare);
/* This is the last equal state from now on. */
void compare_advance(struct compare *compare);
/* Both back to the last equal state. */
void compare_go_back(struct compare *compare);
/* A machine on for exactly so many ticks, whatever would stop it; less where it cannot go on. */
enum machine_stop compare_run_exactly(struct machine *machine, uint64_t ticks);
/* There is a difference within `ticks` of the last equal state: fills compare->difference. */
void compare_find(struct compare *compare, uint64_t ticks);
/* Both stand where the difference shows: the texts of compare->difference. */
void compare_report(struct compare *compare);
void compare_report_case(struct compare *compare);
/* The instruction that is next becomes the last of d->step[], of which there are `most` at most. */
void compare_note_step(struct difference *d, const struct cpu *cpu, unsigned most);
/* Row, text and bytes of the instruction that d->named tells. */
void compare_name_instruction(struct difference *d, const struct cpu *cpu);
/* d->step[] in lines; `title` stands above them. */
void compare_print_steps(const struct compare *compare, const char *title, struct out *out);
/* "OF CF", or "none". */
void compare_list_flags(uint64_t flags, struct buf *text);
/* The names of the fields and the places in memory that differ now. */
void compare_name_fields(struct compare *compare, struct buf *names);

#endif
