/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/silicon/compare.h - two results of one case, bit by bit. */
#ifndef TESTS_SILICON_COMPARE_H
#define TESTS_SILICON_COMPARE_H

#include "machine/case.h"
#include "util/out.h"

/* Put into the form that both worlds share: RIP of traps, register width of the mode. */
void compare_normalise(const struct test_case *tc, struct case_result *result, bool host);
/* Do they agree in every bit? */
bool compare_equal(const struct case_result *host, const struct case_result *model);
/* The parts that differ, one a line, indented: "rax  host 1  interpreter 2". */
void compare_print(const struct case_result *host, const struct case_result *model,
                   struct out *out);

#endif
