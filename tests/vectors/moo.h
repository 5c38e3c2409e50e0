/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/vectors/moo.h - reads MOO files: single-instruction tests recorded from hardware. A file is a
 * row of chunks: four letters, a 32-bit length, the body; little-endian; gzip or plain.
 *
 *     MOO    version, test count, CPU name             META  about the opcode (skipped)
 *     TEST   number, then NAME, BYTS, INIT { REGS, RAM }, FINA { REGS, RAM }, EXCP, HASH
 * Source: https://github.com/dbalsom/moo, "MOO file format".
 */
#ifndef TESTS_VECTORS_MOO_H
#define TESTS_VECTORS_MOO_H

#include "tests/vectors/vector_cpu.h"

enum { MOO_MAX_RAM = 4096, MOO_MAX_BYTES = 32, MOO_MAX_NAME = 96 };

struct moo_byte {
    uint32_t address;
    uint8_t value;
};

struct moo_ram {
    unsigned count;
    struct moo_byte bytes[MOO_MAX_RAM];
};

struct moo_test {
    uint32_t number;
    char name[MOO_MAX_NAME];     /* disassembly */
    uint8_t code[MOO_MAX_BYTES]; /* the last one is a HLT */
    unsigned code_count;
    struct vector_regs before, after;     /* after: complete, changes laid over `before` */
    struct moo_ram ram_before, ram_after; /* ram_after: what changed */
    int vector;                           /* of the exception or interrupt taken, or -1 */
};

struct moo_file {
    uint8_t *bytes;
    size_t size, at;
    const char *path;
};

/* False: unreadable or not a MOO file; one line on stderr. */
MUST_CHECK bool moo_open(struct moo_file *file, const char *path);
/* The next test. 0: no more. -1: the file is damaged; one line on stderr. */
MUST_CHECK int moo_next(struct moo_file *file, struct moo_test *test);
void moo_close(struct moo_file *file);

#endif
