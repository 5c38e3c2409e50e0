/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/torture/generate.h - a program in the making. */
#ifndef TESTS_TORTURE_GENERATE_H
#define TESTS_TORTURE_GENERATE_H

#include "cpu/insn_table.h"
#include "tests/support/encode.h"
#include "tests/torture/program.h"

#define SITES_MAX 64
#define FIXES_MAX 64
#define FUNCTIONS_MAX 4

/* An absolute address in the code that is chosen when all sites are known. */
struct fix {
    uint16_t at; /* offset of the field */
    uint8_t bytes;
    uint8_t form;  /* SITE_* that it wants */
    int8_t before; /* so many bytes before the site */
    bool alias;
};
enum { SITE_OPCODE, SITE_IMMEDIATE };
/* An instruction whose bytes other instructions change. */
struct site {
    uint16_t at; /* of the byte */
    uint8_t form;
};

#define ROW_CLASSES 12
#define ROWS_MAX 512
struct rows {
    unsigned count[ROW_CLASSES];
    uint16_t row[ROW_CLASSES][ROWS_MAX];
};

struct gen {
    struct program *p;
    const struct rows *rows;
    struct rng rng;
    const uint64_t *features;
    unsigned bits;
    unsigned at;    /* offset of the next instruction */
    unsigned limit; /* where it has to end */
    unsigned depth;
    uint32_t stable;    /* registers that hold what their table says */
    uint64_t known[16]; /* ... namely this */
    uint32_t counters;  /* registers that count a loop: left alone too */
    bool calm;          /* hardly anything faults */
    bool in_function;   /* the stack must stay as it is */
    bool jumps_taken;   /* the table of indirect branches is in use */
    unsigned sites, fixes, functions;
    struct site site[SITES_MAX];
    struct fix fix[FIXES_MAX];
    uint16_t function[FUNCTIONS_MAX];
};

/* ---- emit.c: instructions by hand ---- */

bool gen_full(const struct gen *g);
/* One instruction of these bytes. */
void gen_bytes(struct gen *g, const void *bytes, unsigned count);
/*
 * One instruction as hex digits; "%b %w %d %q" are 1, 2, 4 and 8 bytes of the next argument
 * (uint64_t); "%v" is an offset of the code size: 2 bytes in 16-bit code, else 4.
 */
void gen_code(struct gen *g, const char *format, ...);
/* A register gets a number, by an instruction of some form. */
void gen_load(struct gen *g, unsigned reg, uint64_t value);
/* Opcode bytes (hex), ModRM.reg and an absolute linear address; then `immediate` bytes of value. */
void gen_absolute(struct gen *g, const char *opcode, unsigned reg, uint64_t address,
                  unsigned immediate, uint64_t value);
/* The same where the address is so many bytes before a site, found at the end. */
void gen_site_store(struct gen *g, const char *opcode, unsigned reg, unsigned form, int before,
                    unsigned immediate, uint64_t value);
/* Branches. A forward one returns what gen_here() needs to let it end at the next instruction. */
unsigned gen_forward(struct gen *g, unsigned condition, bool near); /* condition 16: JMP */
void gen_here(struct gen *g, unsigned branch);
void gen_back(struct gen *g, unsigned condition, unsigned target);
void gen_call(struct gen *g, unsigned target);
/* CODE address that a program of these bits counts: RIP. */
uint64_t gen_rip(const struct gen *g, unsigned offset);

/* ---- rows.c: instructions of the table ---- */

void gen_row(struct gen *g);

/* ---- special.c: what is not computing ---- */

void gen_special(struct gen *g);
/* The stack and the registers that hold pointers, at the head of the loop ... */
void gen_head(struct gen *g);
/* ... and the pointers once more. */
void gen_pointers(struct gen *g);
uint64_t gen_place(struct gen *g, unsigned bytes);

#endif
