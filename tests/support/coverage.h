/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/support/coverage.h - which rows of the instruction table the tests executed. Where the
 * environment has VITRINE_COVERAGE=FOLDER (`make check` sets it), each judge leaves a file there
 * with lines "judge row", and tests/tools/coverage_check, which runs last, fails for rows that no
 * judge executed. Without it nothing is written. Note a row where its result was compared.
 */
#ifndef TESTS_COVERAGE_H
#define TESTS_COVERAGE_H

#include "cpu/insn_table.h"

/* Row `row` was executed (or decoded, for the decoder's judge) as it should be. */
void coverage_note(unsigned row);
/* Row of what cpu is about to execute; 0: it cannot be fetched, or is none. */
unsigned coverage_next(const struct cpu *cpu);
/* coverage_note() for unit tests: written as "unit" when the process exits (Check forks many). */
void coverage_note_unit(unsigned row);
/* Append what was noted, and forget it. */
void coverage_write(const char *judge);

#endif
