/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/support/test_engine.h - which engine the processors of the tests run on: what the environment
 * variable VITRINE_ENGINE says, as -engine takes it; the interpreter without one.
 */
#ifndef TESTS_SUPPORT_TEST_ENGINE_H
#define TESTS_SUPPORT_TEST_ENGINE_H

#include "cpu/engine.h"

enum { TEST_STEPS = 1, TEST_BLOCKS = 64 }; /* instructions in a block */

/* For cpu_choose_engine() and struct machine_config. "tb" becomes "tb,hot=0": what a test executes a
 * single time is translated code. */
const char *test_engine_text(void);
/* For a new processor. Ends the program with one line when the engine is not to be had: exit code 77
 * (skipped). */
void test_engine(struct cpu *cpu);
/* Before runs of a single instruction, and before longer ones: a run that is shorter than the block
 * would be the interpreter's. */
void test_engine_blocks(struct cpu *cpu, unsigned most);
/* One instruction, put at an address that has room for 15 bytes and is its own linear one. The vector
 * of the exception that it raised, or -1; the processor has an observer that stops there. */
int test_engine_step(struct cpu *cpu, uint64_t address, const uint8_t *code, unsigned bytes);
/* Does VITRINE_ENGINE name another engine than the interpreter? */
bool test_engine_is_other(void);

#endif
