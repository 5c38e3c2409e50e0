/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/protection_fixture.h - a guest with its tables for each test of one program. */
#ifndef TESTS_SUPPORT_PROTECTION_FIXTURE_H
#define TESTS_SUPPORT_PROTECTION_FIXTURE_H

#include <check.h>
#include <stdlib.h>

#include "cpu/eflags.h"
#include "cpu/interp.h"
#include "tests/support/guest_cpu.h"

static struct guest *guest;
static struct cpu *cpu;

static UNUSED void setup(void)
{
    guest = guest_create();
    cpu = guest->cpu;
}

static UNUSED void teardown(void)
{
    guest_destroy(guest);
}

static UNUSED void run(const char *hex)
{
    guest_code(guest, hex);
    if (!guest_step(guest))
        ck_abort_msg("%s: %s(%04x) %s", hex, vector_name(cpu->fault.vector), cpu->fault.error,
                     reason_text(cpu->fault.reason));
}

/* The instruction faults, and neither registers nor the stack's bytes have changed. */
static UNUSED void refuse(const char *hex, unsigned vector, unsigned error, enum reason reason)
{
    struct cpu before;
    uint64_t top;

    guest_code(guest, hex);
    before = *cpu;
    top = guest_read(guest, (before.gpr[RSP] & 0xfffff) - 16, 8);
    ck_assert_msg(!guest_step(guest), "%s: no fault", hex);
    ck_assert_str_eq(reason_name(cpu->fault.reason), reason_name(reason));
    ck_assert_uint_eq(cpu->fault.vector, vector);
    ck_assert_uint_eq(cpu->fault.error, error);
    ck_assert_uint_eq(cpu->rip, before.rip);
    ck_assert_uint_eq(cpu->cpl, before.cpl);
    ck_assert_uint_eq(cpu->mode, before.mode);
    ck_assert_uint_eq(cpu->eflags, before.eflags);
    ck_assert_mem_eq(cpu->gpr, before.gpr, 16 * sizeof cpu->gpr[0]);
    ck_assert_mem_eq(cpu->seg, before.seg, sizeof cpu->seg);
    ck_assert_mem_eq(&cpu->tr, &before.tr, sizeof cpu->tr);
    ck_assert_uint_eq(guest_read(guest, (before.gpr[RSP] & 0xfffff) - 16, 8), top);
}

static UNUSED void at(unsigned selector, uint64_t rip, unsigned level)
{
    ck_assert_uint_eq(cpu->seg[SEG_CS].selector, selector);
    ck_assert_uint_eq(cpu->rip, rip);
    ck_assert_uint_eq(cpu->cpl, level);
}

static UNUSED uint64_t stack(unsigned slot, unsigned size)
{
    return guest_read(guest, cpu->gpr[RSP] + slot * size, size);
}

static UNUSED void call_gate(unsigned type, unsigned dpl, unsigned selector, unsigned count)
{
    guest_set_descriptor(guest, GATE_A, guest_gate(type, dpl, selector, 0x9000, count));
}

#endif
