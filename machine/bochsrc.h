/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/bochsrc.h - a configuration file of Bochs -> the options of our command line that mean the
 * same. bochsrc.c reads lines, bochsrc_map.c knows the directives. What we do not have is taken with
 * a note; an unknown directive too, unless `strict`. Source: Bochs User Manual, "The configuration
 * file bochsrc".
 */
#ifndef MACHINE_BOCHSRC_H
#define MACHINE_BOCHSRC_H

#include "util/buf.h"
#include "util/types.h"

/* What the parser asks its caller. */
struct bochsrc_host {
    const char *(*variable)(const char *name); /* of the environment; NULL: not set */
    bool (*exists)(const char *path);          /* can the file be read? */
    /* A whole file for #include; NULL: there are no files. False: *error is one line. */
    bool (*read)(const char *path, struct buf *text, struct buf *error);
};

/* "-m 32M", and where it comes from. */
struct bochsrc_option {
    char *origin;    /* "bochsrc:3" */
    char *directive; /* "megs" */
    const char *name;
    char *value; /* NULL: the option has none */
};

struct bochsrc {
    bool strict; /* unknown directives are errors */
    const struct bochsrc_host *host;
    struct bochsrc_option *option; /* in the order of the command line */
    unsigned count;
    struct buf notes; /* lines "FILE:LINE: fact" */
    unsigned depth;   /* of #include */
    char *com[4];     /* where COM1 ... lead; NULL: nothing said so */
};

/* One file's text; `name` stands in messages. False: *error is one line. */
MUST_CHECK bool bochsrc_parse(struct bochsrc *rc, const char *name, const char *text, size_t length,
                              struct buf *error);
void bochsrc_free(struct bochsrc *rc);

/* --- Between the two files --- */

#define BOCHSRC_PARAMETERS 32

/* One line: "ata0-master: type=disk, path=c.img". */
struct bochsrc_line {
    const char *file;
    unsigned number;
    char *directive; /* "ata0-master" */
    char *parameter[BOCHSRC_PARAMETERS];
    unsigned count;
};

/* The option, in place of what earlier lines of that directive said of it. */
void bochsrc_add(struct bochsrc *rc, const struct bochsrc_line *line, const char *name,
                 const char *value);
/* No line of that directive counts any more. */
void bochsrc_drop(struct bochsrc *rc, const char *directive);
void bochsrc_note(struct bochsrc *rc, const struct bochsrc_line *line, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* What a line means. */
MUST_CHECK bool bochsrc_map(struct bochsrc *rc, const struct bochsrc_line *line, struct buf *error);

#endif
