/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options.h - the command line: one table of options gives parsing, -help and suggestions. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "machine/bochsrc.h"
#include "machine/compare.h"
#include "machine/media.h"

/* -screenshot-at TICK=FILE */
struct screenshot {
    uint64_t tick;
    const char *file;
};
#define SCREENSHOTS_MOST 32

/* An option as it was given, on the command line or by a configuration file: -dump-config. */
struct option_given {
    const void *option; /* its row */
    char *value;        /* NULL: it has none */
};

struct options {
    struct machine_config config;
    struct media media;  /* -hda, -cdrom, -drive */
    bool debug;          /* -dbg, -S: start in the debugger */
    bool batch;          /* leave after the script */
    const char *script;  /* -x */
    const char *rc;      /* -rc */
    unsigned serials;    /* -serial options so far */
    const char *expect;  /* -expect: text that the serial output must show */
    double timeout;      /* -timeout: seconds of host time; 0: none */
    uint64_t max_icount; /* -max-icount: ticks; 0: none */
    struct screenshot screenshot[SCREENSHOTS_MOST]; /* by rising tick */
    unsigned screenshot_count;
    const char *audio;    /* -audio, as it was given; NULL: where there is a window */
    const char *display;  /* -display: a front end, or "none"; NULL: as it fits */
    const char *log_file; /* -D, -log */
    bool verbose;         /* -d */
    bool plain;
    bool perfmap;                 /* -perfmap: names of host code for perf and gdb */
    bool stats;                   /* -stats: ticks and speed at the end, on stderr */
    int colour;                   /* -1 auto, 0 never, 1 always */
    bool magic;                   /* -magic: XCHG BX,BX stops */
    const char *symbols;          /* -symbols FILE */
    const char *case_file;        /* -case FILE */
    bool compare, compare_sample; /* -compare, -compare-sample */
    struct compare_options compare_options;
    struct bochsrc bochsrc; /* -f: its values are used as they stand here */
    struct option_given *given;
    unsigned given_count;
};

enum options_result {
    OPTIONS_RUN,  /* go on */
    OPTIONS_DONE, /* everything asked for was printed (-help, -version, -cpu help): exit 0 */
    OPTIONS_BAD,  /* *error is one line: exit 2 */
    OPTIONS_FAIL, /* likewise, but the host's fault: exit 4 */
};

/* What is said of a configuration file is in options->bochsrc.notes, whatever the result. */
enum options_result options_parse(struct options *options, int argc, char **argv, struct out *out,
                                  struct buf *error);

#endif
