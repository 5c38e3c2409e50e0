/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/silicon/native.h - test cases on the host processor. A child process owns the window of
 * machine/case.h at its real addresses. Each case is entered by returning from a signal handler
 * whose frame holds the case's state, and left by the signal of the exception that ends it, so that
 * a case costs one signal. x86-64 hosts under Linux only.
 */
#ifndef TESTS_SILICON_NATIVE_H
#define TESTS_SILICON_NATIVE_H

#include "machine/case.h"

#define NATIVE_BATCH 64

struct native_slot {
    struct test_case tc;
    struct case_result host;
    bool asks_bases; /* the instruction may change a segment, or its base */
    bool broken;     /* the child did not survive it, or it did not end */
};

struct native;

/* Why this host cannot judge, or NULL. */
const char *native_missing(void);
/* Does the host have the row's feature? */
bool native_has_feature(unsigned feature);
/* Is it of the family whose undefined flags the rows tell (insn_codes.h): AMD, 1Ah? */
bool native_has_undefined_flags(void);

/* What the host executed when it was asked: some hypervisors run 64-bit programs only, or do not
 * enter a program whose RSP is not canonical. */
struct native_abilities {
    bool code[65]; /* [16], [32], [64]: a NOP in a segment of that size comes back */
    bool any_stack_pointer;
    bool descriptors; /* the descriptor tables are those of Linux: all code sizes are there */
    uint64_t xcr0;    /* what its XSAVE saves */
};

struct native *native_create(void);
const struct native_abilities *native_abilities(const struct native *native);
void native_destroy(struct native *native);
/* The slots of batch 0 or 1: the one that is not running may be filled. */
struct native_slot *native_slots(struct native *native, unsigned batch);
/* Run slots 0..count-1 of a batch; then wait for them. */
void native_start(struct native *native, unsigned batch, unsigned count);
void native_wait(struct native *native);

#endif
