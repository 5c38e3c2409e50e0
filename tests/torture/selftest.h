/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/torture/selftest.h - the test of the test. */
#ifndef TESTS_TORTURE_SELFTEST_H
#define TESTS_TORTURE_SELFTEST_H

#include "tests/torture/compare.h"

/* Returns how many of *tests failed. `pair`: any two engines that agree. */
unsigned selftest(struct pair *pair, struct program *p, const struct rows *rows, uint64_t seed,
                  unsigned *tests, struct out *out);

#endif
