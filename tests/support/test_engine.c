/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/test_engine.c - the engine that VITRINE_ENGINE names. */
#include "tests/support/test_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *test_engine_text(void)
{
    const char *text = getenv("VITRINE_ENGINE");

    if (!text || !*text)
        return "interp";
    return strcmp(text, "tb") ? text : "tb,hot=0";
}

bool test_engine_is_other(void)
{
    return strncmp(test_engine_text(), "interp", 6) != 0;
}

void test_engine(struct cpu *cpu)
{
    struct buf error = { 0 };

    if (cpu_choose_engine(cpu, test_engine_text(), &error))
        return;
    fprintf(stderr, "VITRINE_ENGINE: %s\n", buf_text(&error));
    exit(77);
}

void test_engine_blocks(struct cpu *cpu, unsigned most)
{
    uint64_t now;

    if (!cpu->engine->set || (cpu->engine->get(cpu, "most", &now) && now == most))
        return;
    if (!cpu->engine->set(cpu, "most", most))
        abort();
}

int test_engine_step(struct cpu *cpu, uint64_t address, const uint8_t *code, unsigned bytes)
{
    uint64_t before = clock_now(cpu->clock);

    space_write_block(cpu->memory, address, code, bytes);
    cpu->rip = address;
    cpu->alone = false;
    cpu->engine->run(cpu, 1);
    if (!cpu->fault_waits && clock_now(cpu->clock) == before + 1)
        return -1;
    cpu->fault_waits = false;
    return cpu->fault.vector;
}
