/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/compare_gdb.h - an opinion from outside: a foreign emulator, led instruction by instruction
 * through its gdb stub, beside one machine of ours. Ours goes first, and what comes from outside the
 * processor (devices, time, interrupts) is ours: it is given to the foreign one, so that both execute
 * the same instructions on the same values. The first register or byte that differs and is not a known
 * difference ends the comparison.
 */
#ifndef MACHINE_COMPARE_GDB_H
#define MACHINE_COMPARE_GDB_H

#include "cpu/observer.h"
#include "machine/compare.h"
#include "machine/gdb_client.h"

#define GDB_VALUE_BYTES 16 /* the widest register that is compared */
#define GDB_STEPS 8        /* instructions that a report shows */

/* What is known to differ without being a mistake: rows of compare_gdb_known.c. */
enum known_id {
    KNOWN_UNDEFINED,
    KNOWN_TIME,
    KNOWN_RANDOM,
    KNOWN_IDENTITY,
    KNOWN_PORT,
    KNOWN_DEVICE,
    KNOWN_HALT,
    KNOWN_TABLES,
    KNOWN_INTERRUPT,
    KNOWN_SMM,
    KNOWN_RF,
    KNOWN_BSF,
    KNOWN_SYSCALL,
    KNOWN_X87_CODES,
    KNOWN_X87_UNKEPT,
    KNOWN_X87_ORDER,
    KNOWN_APPROXIMATE,
    KNOWN_MMX,
    KNOWN_REP,
    KNOWN_EMPTY,
    KNOWN_START,
    KNOWN_USER,
    KNOWN_COUNT
};

enum {                         /* what of it differs */
       TAKE_GENERAL = 1 << 0,  /* general registers of known.registers */
       TAKE_OPERANDS = 1 << 1, /* ... and those that an operand of the row writes */
       TAKE_FLAGS = 1 << 2,
       TAKE_FLOATING = 1 << 3, /* x87, MMX, XMM */
       TAKE_MEMORY = 1 << 4,
       NOT_STEPPED = 1 << 5, /* the foreign one is led past it */
};

struct known {
    const char *name;
    const char *mnemonics; /* between blanks; NULL: told by other means */
    uint16_t registers;    /* bit n: general register n */
    uint8_t takes;
    const char *reason;
};
extern const struct known gdb_known[KNOWN_COUNT];

/* How a register of the foreign description is found in struct cpu. */
enum gdb_kind {
    GDB_GENERAL,
    GDB_RIP,
    GDB_FLAGS,
    GDB_SELECTOR,
    GDB_BASE,
    GDB_KERNEL_GS,
    GDB_CONTROL,
    GDB_EFER,
    GDB_ST,
    GDB_FCTRL,
    GDB_FSTAT,
    GDB_FTAG,
    GDB_UNKEPT, /* x87 pointers and opcode */
    GDB_XMM,
    GDB_MXCSR,
};

/* A register that both have. */
struct gdb_pair {
    const struct gdb_register *reg;
    enum gdb_kind kind;
    unsigned n;
    uint8_t before[GDB_VALUE_BYTES], ours[GDB_VALUE_BYTES], theirs[GDB_VALUE_BYTES];
    uint8_t theirs_before[GDB_VALUE_BYTES];
    uint8_t ignored[GDB_VALUE_BYTES]; /* bits that the user does not want to know of */
    bool known;                       /* the stub could say it */
    bool differs;
    bool accepted; /* it could not be made equal at the start: no difference while both are so: */
    uint8_t accepted_ours[GDB_VALUE_BYTES], accepted_theirs[GDB_VALUE_BYTES];
};

/* What is about the instruction, or the event, that was executed last. */
struct gdb_step {
    const struct row *row; /* NULL: it does not decode, or an event was delivered */
    struct insn insn;
    enum known_id known; /* KNOWN_COUNT: none */
    bool delivery;       /* of an exception */
};

struct compare_gdb {
    struct gdb_client client;
    struct gdb_pair pair[GDB_REGISTERS_MOST];
    unsigned pairs;
    struct observer observer;
    bool interrupted; /* an interrupt was taken in front of the next instruction */
    struct gdb_step step;
    uint64_t since; /* steps since the last look */
    uint64_t counts[KNOWN_COUNT];
    uint64_t start_pages; /* that were copied at the start */
    bool ignore_memory;
    bool no_reboot;  /* as it was configured */
    bool *page_seen; /* pages that ours has written, to be looked at as a whole now and then */
    uint32_t *pages;
    uint64_t page_count;
    uint64_t steps_since_pages, tick_of_pages; /* since and when they were */
    struct buf memory;                         /* names of the places in memory that differ */
    struct buf memory_report;
};

/* ---- between the files ---- */

/* compare_gdb_known.c: what may differ after the instruction that is next. */
void gdb_known_step(const struct cpu *cpu, struct gdb_step *step);
/* May the bits `diff` of this register differ after the step? KNOWN_COUNT: no. */
enum known_id gdb_known_register(const struct cpu *cpu, const struct gdb_step *step,
                                 const struct gdb_pair *pair, const uint8_t *diff);
/* What was passed over, with how often; with the reasons. */
void gdb_known_counts(const struct compare_gdb *gdb, struct out *out);
void gdb_known_reasons(const struct compare_gdb *gdb, struct out *out);

/* compare_gdb_state.c: pairs from the description. False: gdb->client.error. */
MUST_CHECK bool gdb_pairs(struct compare_gdb *gdb, const char *ignore);
/* Ours into pair->ours, theirs by `g` into pair->theirs. */
MUST_CHECK bool gdb_look(struct compare_gdb *gdb, const struct cpu *cpu);
/* The bits that count of a pair's two values into diff; false: none. */
bool gdb_pair_differs(const struct cpu *cpu, const struct gdb_pair *pair, uint8_t *diff);
/* Ours is written to the foreign one. */
MUST_CHECK bool gdb_give(struct compare_gdb *gdb, struct gdb_pair *pair);
/* Everything that differs. `accept`: what cannot be changed is no difference from now on. */
MUST_CHECK bool gdb_give_all(struct compare_gdb *gdb, const struct cpu *cpu, bool accept);
/* After a look: known differences are taken over, the others marked. *equal: there are none. */
MUST_CHECK bool gdb_judge(struct compare_gdb *gdb, const struct cpu *cpu, bool *equal);
/* Did ours change since the last equal state, and nothing of theirs? */
bool gdb_nothing_done(const struct compare_gdb *gdb);
/* This is the last equal state. */
void gdb_keep_before(struct compare_gdb *gdb);

/* compare_gdb_memory.c: bytes of memory that changed since the last equal state. */
MUST_CHECK bool gdb_memory_judge(struct compare *compare, bool *equal);
MUST_CHECK bool gdb_memory_give(struct compare *compare);
/* All pages that were ever written since this was done last. */
MUST_CHECK bool gdb_memory_pages(struct compare *compare, bool *equal);
/* At the start: what was written, and all below 1 MiB. */
MUST_CHECK bool gdb_memory_copy(struct compare *compare);

/* compare_gdb_report.c */
/* It lies in the last `steps` steps, which began at `tick`. `how` may be NULL. */
void gdb_report(struct compare *compare, uint64_t tick, uint64_t steps, const char *how);

/* ---- used by compare.c ---- */

bool compare_gdb_create(struct compare *compare, struct buf *error, int *exit_code);
void compare_gdb_destroy(struct compare *compare);
void compare_gdb_describe(const struct compare *compare, struct out *out);
enum compare_end compare_gdb_run(struct compare *compare, uint64_t ticks, enum machine_stop *stop);

#endif
