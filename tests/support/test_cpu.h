/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/support/test_cpu.h - one instruction (or a few) on a flat processor in one line:
 *
 *     struct cpu *cpu = test_cpu(MODE_REAL, "00 d8");
 *     ck_assert_int_eq(test_step(cpu), EXEC_OK);
 *
 * RAM, tables and stacks are those of guest_cpu.h: 1 MiB, code at GUEST_CODE, level 0.
 */
#ifndef TESTS_SUPPORT_TEST_CPU_H
#define TESTS_SUPPORT_TEST_CPU_H

#include <check.h>

#include "cpu/eflags.h"
#include "cpu/engine.h"
#include "tests/support/guest_cpu.h"

enum test_mode { MODE_REAL, MODE_PROT32, MODE_LONG64, TEST_MODES };

#define EXEC_OK (-1) /* test_step(): no exception */

/* Free room for operands: not in the first 64 KiB of anything else. */
enum { TEST_DATA = 0xa000, TEST_STACK = 0xf000 };

/* A new processor with these bytes at CS:RIP; registers 0, stack at TEST_STACK. */
struct cpu *test_cpu(enum test_mode mode, const char *hex);
/* Checked fixture: frees what test_cpu() made. */
void test_cpu_teardown(void);
/* Other code, RIP back at its start. */
void test_code(struct cpu *cpu, const char *hex);
void test_bytes(struct cpu *cpu, const uint8_t *code, unsigned count);
/* One instruction. EXEC_OK, or the vector of the exception it raised (not delivered). */
int test_step(struct cpu *cpu);
/* At most `ticks` ticks in one run of the engine, exceptions delivered through the tables. */
enum stop test_run(struct cpu *cpu, uint64_t ticks);
uint64_t test_read(const struct cpu *cpu, uint64_t address, unsigned size);
void test_write(struct cpu *cpu, uint64_t address, unsigned size, uint64_t value);
/* Flags as an instruction would have left them. */
void test_set_status(struct cpu *cpu, unsigned flags);
unsigned test_status(const struct cpu *cpu);
/* MODE_LONG64: 4 KiB pages instead of the large one; returns the address of page 0's entry. */
uint64_t test_small_pages(struct cpu *cpu);

uint64_t test_random(uint64_t *seed);
/* A value of `size` bytes from the corners more often than not. */
uint64_t test_value(uint64_t *seed, unsigned size);

#endif
