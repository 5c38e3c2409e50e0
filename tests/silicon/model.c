/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/silicon/model.c - test cases in an engine. */
#include "tests/silicon/model.h"

#include <stdlib.h>
#include <string.h>

#include "cpu/break.h"
#include "cpu/engine.h"
#include "cpu/observer.h"
#include "tests/silicon/collect.h"
#include "tests/support/broken_engine.h"
#include "tests/support/test_engine.h"
#include "util/bits.h"

#define LONGEST_REP 2000 /* ticks */

struct model {
    struct clock clock;
    struct ram ram;
    struct space memory, ports;
    struct log log;
    struct observer observer;
    struct cpu *cpu;
    bool raised;
    /* what the window should hold before the case */
    uint64_t image[CASE_WINDOW_BYTES / 8] __attribute__((aligned(16)));
};

static bool note_exception(void *context, struct cpu *cpu)
{
    struct model *model = context;

    (void)cpu;
    model->raised = true;
    return true; /* stop before delivery */
}

/* Without 5-level paging: what is canonical would be another matter than on the host. */
struct model *model_create(unsigned bits, const char *broken, struct buf *error)
{
    struct model *model = calloc(1, sizeof *model);

    if (!model || !ram_create(&model->ram, MIB(2)))
        abort();
    clock_init(&model->clock, 1000000);
    space_init(&model->memory, &model->ram, &model->log);
    space_init(&model->ports, NULL, &model->log);
    space_add_ram(&model->memory, 0, MIB(2), 0);
    model->cpu = cpu_create("max,-la57", &model->memory, &model->ports, &model->clock, &model->log,
                            1, error);
    if (!model->cpu)
        abort();
    if (broken)
        model->cpu->engine = &engine_broken;
    else
        test_engine(model->cpu);
    if (broken && !break_set(model->cpu, broken, error)) {
        model_destroy(model);
        return NULL;
    }
    test_engine_blocks(model->cpu, TEST_STEPS);
    model->observer = (struct observer){ .context = model, .exception = note_exception };
    model->cpu->observer = &model->observer;
    case_world(model->cpu, bits, false);
    memcpy(model->image, model->ram.bytes + CASE_PHYSICAL, CASE_WINDOW_BYTES);
    return model;
}

void model_destroy(struct model *model)
{
    cpu_destroy(model->cpu);
    space_destroy(&model->memory);
    space_destroy(&model->ports);
    ram_destroy(&model->ram);
    free(model);
}

const struct cpu *model_cpu(const struct model *model)
{
    return model->cpu;
}

static void set_image(struct model *model, uint64_t address, const uint8_t *from, unsigned count)
{
    uint64_t offset = address - CASE_WINDOW;
    uint8_t *image = (uint8_t *)model->image;

    if (from)
        memcpy(image + offset, from, count);
    else
        memset(image + offset, case_background((unsigned)(offset / PAGE_SIZE)), count);
}

/* What changed, and everything as it was without a case. */
static void collect_writes(struct model *model, const struct test_case *tc,
                           struct case_result *result)
{
    uint64_t *memory = (uint64_t *)(void *)(model->ram.bytes + CASE_PHYSICAL);
    unsigned n = 0;

    result->many = false;
    for (unsigned page = 0; page < CASE_PAGES; page++) {
        if (case_page_rights[page] != CASE_HOLE)
            n = collect_page(result, n, page, memory, model->image);
    }
    result->writes = n;
    for (unsigned i = 0; i < tc->chunks; i++) {
        const struct case_chunk *c = &tc->chunk[i];

        set_image(model, c->address, NULL, c->count);
        space_write_block(&model->memory, c->address - CASE_WINDOW + CASE_PHYSICAL,
                          (uint8_t *)model->image + (c->address - CASE_WINDOW), c->count);
    }
    set_image(model, case_code_address(tc), NULL, tc->length);
    space_write_block(&model->memory, case_code_address(tc) - CASE_WINDOW + CASE_PHYSICAL,
                      (uint8_t *)model->image + (case_code_address(tc) - CASE_WINDOW), tc->length);
}

/* The host's program has more memory above the low 4 GiB than the world of cases. */
static bool reaches_far(const struct fault *fault)
{
    if (fault->vector != VEC_PF && fault->vector != VEC_AC)
        return false;
    for (unsigned i = 0; i < EVIDENCE_MAX; i++) {
        if (fault->evidence[i].kind == EV_LINEAR && fault->evidence[i].value >= GIB(4))
            return true;
    }
    return false;
}

enum model_end model_run(struct model *model, const struct test_case *tc, bool repeats,
                         struct case_result *result)
{
    struct cpu *cpu = model->cpu;
    uint64_t start = clock_now(&model->clock);
    bool ended;

    case_load_memory(cpu, tc);
    for (unsigned i = 0; i < tc->chunks; i++)
        set_image(model, tc->chunk[i].address, tc->pool + tc->chunk[i].offset, tc->chunk[i].count);
    set_image(model, case_code_address(tc), tc->code, tc->length);
    case_load(cpu, tc);
    cpu->fault_waits = false;
    cpu->activity = CPU_RUNNING;
    cpu->pending = 0;
    cpu->shadow = 0;
    model->raised = false;
    for (unsigned i = 0; i < LONGEST_REP && !model->raised; i++) {
        cpu->engine->run(cpu, repeats ? LONGEST_REP : 2);
        if (clock_now(&model->clock) - start > (repeats ? LONGEST_REP : 1))
            break;
    }
    ended = model->raised && cpu->cpl == 3 && !reaches_far(&cpu->fault);
    if (ended) {
        const struct fault *fault = &cpu->fault;

        case_save(cpu, &result->state);
        result->vector = fault->vector;
        result->error = fault->has_error ? fault->error : 0;
        result->cr2 = fault->vector == VEC_PF ? fault->cr2 : 0;
        /* No gate is present: INT3, INTO and the like end here. */
        if (fault->vector == VEC_NP && (fault->error & 7) == 2) {
            result->vector = fault->error >> 3;
            result->error = 0;
        }
    }
    collect_writes(model, tc, result);
    return ended ? MODEL_ENDED : MODEL_ENDLESS;
}
