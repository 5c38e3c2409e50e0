/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/silicon/model.h - test cases in the interpreter. */
#ifndef TESTS_SILICON_MODEL_H
#define TESTS_SILICON_MODEL_H

#include "machine/case.h"

struct model;

/*
 * A processor with everything, in the world of cases of 16, 32 or 64 bits. `broken`: a row to make
 * wrong, as in cpu/break.h. NULL: there is no such row, *error is one line.
 */
struct model *model_create(unsigned bits, const char *broken, struct buf *error);
void model_destroy(struct model *model);
const struct cpu *model_cpu(const struct model *model);

enum model_end {
    MODEL_ENDED,   /* result is set */
    MODEL_ENDLESS, /* it went on and on, through other instructions, or reached for memory that the
                      host's program may have: not a case */
};
/*
 * Execute up to the exception that ends it. `repeats`: the instruction may take more than one tick
 * (REP). *steps: instructions that retired.
 */
enum model_end model_run(struct model *model, const struct test_case *tc, bool repeats,
                         struct case_result *result);

#endif
