/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/test_cpu.c - a processor for one instruction. */
#include "tests/support/test_cpu.h"

#include <string.h>

#include "cpu/tlb.h"
#include "tests/support/test_engine.h"
#include "util/bits.h"

#define MOST 8
static struct guest *made[MOST]; /* by the running test */
static unsigned made_count;

static struct guest *guest_of(const struct cpu *cpu)
{
    for (unsigned i = 0; i < made_count; i++) {
        if (made[i]->cpu == cpu)
            return made[i];
    }
    ck_abort_msg("not made by test_cpu()");
    return NULL;
}

struct cpu *test_cpu(enum test_mode mode, const char *hex)
{
    struct guest *guest;

    ck_assert_uint_lt(made_count, MOST);
    guest = made[made_count++] = guest_create();
    if (mode == MODE_PROT32)
        guest_protected(guest, 0);
    else if (mode == MODE_LONG64)
        guest_long(guest, 0);
    memset(guest->cpu->gpr, 0, 16 * sizeof guest->cpu->gpr[0]);
    guest->cpu->gpr[RSP] = TEST_STACK;
    guest_code(guest, hex);
    return guest->cpu;
}

void test_cpu_teardown(void)
{
    while (made_count)
        guest_destroy(made[--made_count]);
}

void test_code(struct cpu *cpu, const char *hex)
{
    guest_code(guest_of(cpu), hex);
}

void test_bytes(struct cpu *cpu, const uint8_t *code, unsigned count)
{
    space_write_block(cpu->memory, GUEST_CODE, code, count);
    cpu->rip = GUEST_CODE;
}

int test_step(struct cpu *cpu)
{
    return guest_step(guest_of(cpu)) ? EXEC_OK : cpu->fault.vector;
}

enum stop test_run(struct cpu *cpu, uint64_t ticks)
{
    struct observer *observer = cpu->observer;
    enum stop stop;

    if (observer == &guest_of(cpu)->observer)
        cpu->observer = NULL;
    test_engine_blocks(cpu, ticks > 1 ? TEST_BLOCKS : TEST_STEPS);
    stop = cpu->engine->run(cpu, ticks);
    cpu->observer = observer;
    return stop;
}

uint64_t test_read(const struct cpu *cpu, uint64_t address, unsigned size)
{
    return space_read(cpu->memory, address, size);
}

void test_write(struct cpu *cpu, uint64_t address, unsigned size, uint64_t value)
{
    space_write(cpu->memory, address, size, value);
}

void test_set_status(struct cpu *cpu, unsigned flags)
{
    cpu_set_eflags(cpu, (cpu_eflags(cpu) & ~(uint64_t)EFLAGS_STATUS) | flags);
}

unsigned test_status(const struct cpu *cpu)
{
    return (unsigned)cpu_eflags(cpu) & EFLAGS_STATUS;
}

uint64_t test_small_pages(struct cpu *cpu)
{
    uint64_t table = GUEST_PAGES + 0x3000;

    for (unsigned i = 0; i < 512; i++)
        test_write(cpu, table + 8 * i, 8, (i * PAGE_SIZE & (MIB(1) - 1)) | 7);
    test_write(cpu, GUEST_PAGES + 0x2000, 8, table | 7);
    tlb_flush(cpu);
    return table;
}

uint64_t test_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed * UINT64_C(0x2545f4914f6cdd1d);
}

uint64_t test_value(uint64_t *seed, unsigned size)
{
    uint64_t r = test_random(seed), top = BIT(size * 8 - 1), value;

    switch (r >> 60) {
    case 0:
        value = 0;
        break;
    case 1:
        value = 1;
        break;
    case 2:
        value = top;
        break;
    case 3:
        value = top - 1;
        break;
    case 4:
        value = ~UINT64_C(0);
        break;
    case 5:
        value = r & 0xff;
        break;
    case 6:
        value = BIT(r % (size * 8));
        break;
    case 7:
        value = 0x0f0f0f0f0f0f0f0f;
        break;
    default:
        value = test_random(seed);
        break;
    }
    return size == 8 ? value : value & mask_bits(size * 8);
}
