/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/compare_gdb.c - our machine and a foreign emulator in lockstep: how both come to the start,
 * what one step is on each side, when they are looked at.
 *
 * A step of ours ends at each boundary at which a stub stops, too: behind an instruction, behind one
 * iteration of a REP, and behind the delivery of an exception. An interrupt of ours is delivered here
 * alone, and its result is given to the foreign one.
 */
#include "machine/compare_gdb.h"

#include <stdlib.h>
#include <string.h>

#include "cpu/decode.h"
#include "cpu/insn_table.h"
#include "cpu/watch.h"
#include "util/bits.h"
#include "util/text.h"

enum {
    SIGNAL_TRAP = 5,
    PAGES_EVERY = 8192, /* steps between looks at whole pages */
    REP_MOST = 1 << 20, /* iterations of ours beside one step of theirs */
    EMPTY_MOST = 8,     /* stops of the foreign one that may be for nothing */
};

enum outcome {
    ON,        /* go on */
    STOPPED,   /* *stop says why */
    DIFFERENT, /* gdb_report() was made */
    FAILED,    /* gdb->client.error */
};

static struct cpu *cpu_of(const struct compare *compare)
{
    return compare->machine[0]->cpu;
}

static uint64_t now_of(const struct compare *compare)
{
    return clock_now(&compare->machine[0]->clock);
}

/* ---- what is seen of ours ---- */

/* A faulting instruction and the first one of the handler are two steps: stop in between. */
static bool on_exception(void *context, struct cpu *cpu)
{
    struct compare *compare = context;
    struct difference *d = &compare->difference;

    if (d->steps)
        d->step[d->steps - 1].exception = cpu->fault.vector;
    return true;
}

static bool on_interrupt(void *context, struct cpu *cpu, unsigned vector, bool external)
{
    struct compare *compare = context;
    struct difference *d = &compare->difference;

    (void)cpu;
    if (!external)
        return false;
    if (d->steps < COMPARE_STEPS)
        d->step[d->steps].interrupt = (int)vector;
    compare->gdb->interrupted = true;
    return true;
}

/* Set while something is delivered: the handler's first instruction is not begun. */
static bool on_boundary(void *context, struct cpu *cpu)
{
    (void)context;
    (void)cpu;
    return true;
}

/* ---- creation ---- */

bool compare_gdb_create(struct compare *compare, struct buf *error, int *exit_code)
{
    struct machine *machine = compare->machine[0];
    struct compare_gdb *gdb = xcalloc(1, sizeof *gdb);
    bool ok;

    compare->gdb = gdb;
    gdb->client.interrupt = &machine->interrupt;
    gdb->page_seen = xcalloc(machine->ram.size / PAGE_SIZE, sizeof *gdb->page_seen);
    gdb->pages = xcalloc(machine->ram.size / PAGE_SIZE, sizeof *gdb->pages);
    gdb->observer = (struct observer){ .context = compare,
                                       .exception = on_exception,
                                       .interrupt = on_interrupt };
    ok = gdb_connect(&gdb->client, compare->options.gdb) && gdb_describe(&gdb->client) &&
         gdb_command(&gdb->client, "Qqemu.PhyMemMode (QEMU 4.1 or later)", "Qqemu.PhyMemMode:1") &&
         gdb_command(&gdb->client, "Qqemu.sstep", "Qqemu.sstep=7") &&
         gdb_pairs(gdb, compare->options.ignore);
    gdb->no_reboot = machine->config.no_reboot;
    machine->config.no_reboot = true; /* a reset cannot be given to the foreign one */
    *exit_code = 4;
    if (!ok)
        buf_add_text(error, buf_text(&gdb->client.error));
    return ok;
}

void compare_gdb_destroy(struct compare *compare)
{
    struct compare_gdb *gdb = compare->gdb;

    if (!gdb)
        return;
    compare->machine[0]->config.no_reboot = gdb->no_reboot;
    gdb_close(&gdb->client);
    buf_free(&gdb->memory);
    buf_free(&gdb->memory_report);
    free(gdb->page_seen);
    free(gdb->pages);
    free(gdb);
    compare->gdb = NULL;
}

void compare_gdb_describe(const struct compare *compare, struct out *out)
{
    const struct compare_gdb *gdb = compare->gdb;
    char a[32], b[32];

    out_printf(out, "%s and gdb:%s: %s steps compared%s\n", compare->options.engine[0],
               compare->options.gdb, text_thousands(compare->ticks, a),
               compare->different ? "; they differ" : ", no difference");
    if (gdb->start_pages)
        out_printf(out, "vitrine: pages that were copied at the start: %s\n",
                   text_thousands(gdb->start_pages, b));
    out_text(out, "vitrine: known differences: ");
    gdb_known_counts(gdb, out);
    out_text(out, "\n");
}

/* ---- the start ---- */

static bool run_ours_to(struct compare *compare, uint64_t ticks, enum machine_stop *stop)
{
    struct machine *machine = compare->machine[0];
    unsigned id =
        watch_add(machine->cpu, (struct watch_range){ .kind = WATCH_EXEC_LINEAR,
                                                      .first = compare->options.start_at,
                                                      .last = compare->options.start_at });

    *stop = machine_run(machine, ticks);
    watch_remove(machine->cpu, id);
    if (*stop == MACHINE_BREAKPOINT)
        return true;
    if (*stop != MACHINE_REQUEST)
        gdb_fail(&compare->gdb->client, "not begun: our machine ended with '%s' before 0x%llx",
                 machine_stop_name(*stop), (unsigned long long)compare->options.start_at);
    return false;
}

/* Where they stand, as the foreign one says it. */
static bool stand_together(struct compare *compare)
{
    struct compare_gdb *gdb = compare->gdb;
    const struct cpu *cpu = cpu_of(compare);
    uint8_t diff[GDB_VALUE_BYTES];

    if (!gdb_look(gdb, cpu))
        return false;
    for (unsigned i = 0; i < gdb->pairs; i++) {
        const struct gdb_pair *pair = &gdb->pair[i];

        if (pair->kind == GDB_RIP && gdb_pair_differs(cpu, pair, diff))
            return gdb_fail(&gdb->client,
                            "stands at rip 0x%llx, expected 0x%llx; from=ADDRESS runs both to "
                            "one place",
                            (unsigned long long)load_le64(pair->theirs),
                            (unsigned long long)load_le64(pair->ours));
    }
    return true;
}

static enum outcome start(struct compare *compare, uint64_t ticks, enum machine_stop *stop)
{
    struct compare_gdb *gdb = compare->gdb;
    struct cpu *cpu = cpu_of(compare);

    compare->started = true;
    *stop = MACHINE_LIMIT;
    if (*compare->options.start) {
        if (!run_ours_to(compare, ticks, stop))
            return gdb->client.failed ? FAILED : STOPPED;
        if (!gdb_run_to(&gdb->client, compare->options.start_at))
            return FAILED;
    } else if (!stand_together(compare)) {
        return FAILED;
    }
    if (!gdb_memory_copy(compare) || !gdb_give_all(gdb, cpu, true))
        return FAILED;
    cpu->block_most = 1;
    cpu->engine->forget_all(cpu);
    compare_advance(compare);
    gdb_keep_before(gdb);
    gdb->tick_of_pages = now_of(compare);
    return ON;
}

/* ---- one step ---- */

/* What is next, for the report and for what is known of it. */
static void note_next(struct compare *compare)
{
    struct gdb_step *step = &compare->gdb->step;
    struct difference *d = &compare->difference;
    const struct cpu *cpu = cpu_of(compare);
    const struct compare_step *noted;

    compare_note_step(d, cpu, GDB_STEPS);
    noted = &d->step[d->steps - 1];
    *step = (struct gdb_step){ .known = KNOWN_COUNT };
    if (noted->count && decode_insn(noted->bytes, noted->count, noted->mode, cpu->features,
                                    &step->insn) == DECODE_OK)
        step->row = insn_row(&step->insn);
    gdb_known_step(cpu, step);
}

/* All of ours is the foreign one's, too, and the last equal state. */
static enum outcome give_state(struct compare *compare, enum known_id why)
{
    struct compare_gdb *gdb = compare->gdb;

    gdb->counts[why]++;
    if (!gdb_memory_give(compare) || !gdb_give_all(gdb, cpu_of(compare), false))
        return FAILED;
    gdb->since = 0;
    compare_advance(compare);
    gdb_keep_before(gdb);
    return ON;
}

/* What waits is delivered, and no instruction begun. */
static enum machine_stop deliver(struct compare *compare)
{
    struct compare_gdb *gdb = compare->gdb;
    enum machine_stop stop;

    gdb->observer.instruction = on_boundary;
    stop = machine_run(compare->machine[0], 1);
    gdb->observer.instruction = NULL;
    gdb->step.row = NULL;
    gdb->step.known = KNOWN_COUNT;
    gdb->step.delivery = true;
    return stop;
}

/* System-management mode is left by itself. */
static enum outcome leave_smm(struct compare *compare, uint64_t end, enum machine_stop *stop)
{
    while (cpu_of(compare)->smm) {
        *stop = machine_run(compare->machine[0], 1);
        if (*stop != MACHINE_LIMIT && *stop != MACHINE_REQUEST)
            return STOPPED;
        if (now_of(compare) >= end) {
            *stop = MACHINE_LIMIT;
            return STOPPED;
        }
    }
    return give_state(compare, KNOWN_SMM);
}

/*
 * Our step. ON with *executed: the foreign one has to do the same. Else something was given to it, and
 * the next instruction is still to come.
 */
static enum outcome step_ours(struct compare *compare, uint64_t end, bool *executed,
                              enum machine_stop *stop)
{
    struct compare_gdb *gdb = compare->gdb;
    struct machine *machine = compare->machine[0];
    struct cpu *cpu = machine->cpu;
    bool waits = cpu->activity == CPU_HALTED;

    *executed = false;
    gdb->interrupted = false;
    /* A processor that waits is not looked at until something is delivered. */
    *stop = machine_run(machine, waits ? end - now_of(compare) : 1);
    if (gdb->interrupted)
        return give_state(compare, KNOWN_INTERRUPT);
    if (cpu->fault_waits || (*stop == MACHINE_LIMIT && !waits && cpu->pending & PENDING_DB)) {
        *stop = deliver(compare);
        if (gdb->interrupted)
            return give_state(compare, KNOWN_INTERRUPT);
        *executed = *stop == MACHINE_LIMIT || *stop == MACHINE_REQUEST;
        return *executed ? ON : STOPPED;
    }
    if (*stop != MACHINE_LIMIT || waits)
        return STOPPED;
    if (cpu->smm)
        return leave_smm(compare, end, stop);
    *executed = true;
    return ON;
}

static const struct gdb_pair *find_pair(const struct compare_gdb *gdb, enum gdb_kind kind)
{
    for (unsigned i = 0; i < gdb->pairs; i++) {
        if (gdb->pair[i].kind == kind)
            return &gdb->pair[i];
    }
    return NULL;
}

static enum outcome step_theirs(struct compare *compare)
{
    struct compare_gdb *gdb = compare->gdb;
    unsigned signal;

    if (gdb->step.known != KNOWN_COUNT && gdb_known[gdb->step.known].takes & NOT_STEPPED) {
        struct gdb_pair *rip = (struct gdb_pair *)find_pair(gdb, GDB_RIP);

        gdb->counts[gdb->step.known]++;
        return gdb_look(gdb, cpu_of(compare)) && gdb_give(gdb, rip) ? ON : FAILED;
    }
    if (!gdb_step(&gdb->client, &signal))
        return FAILED;
    if (signal != SIGNAL_TRAP) {
        struct buf how = { 0 };

        buf_printf(&how, "the foreign one stopped with signal %u", signal);
        gdb_report(compare, compare->base.state.tick, gdb->since + 1, buf_text(&how));
        buf_free(&how);
        return DIFFERENT;
    }
    return ON;
}

static bool is_rep(const struct gdb_step *step)
{
    return step->row && step->row->attributes & (A_REP | A_REPZ) && step->insn.rep != REP_NONE;
}

/*
 * A stub may take a string at once, or may find out with one more step that it is through. After this
 * both stand at the same place, if they ever will.
 */
static enum outcome settle_rep(struct compare *compare, enum machine_stop *stop)
{
    struct compare_gdb *gdb = compare->gdb;
    struct cpu *cpu = cpu_of(compare);
    const struct gdb_pair *rip = find_pair(gdb, GDB_RIP);
    const struct compare_step *noted = &compare->difference.step[compare->difference.steps - 1];
    uint8_t diff[GDB_VALUE_BYTES];
    unsigned signal;

    if (!gdb_pair_differs(cpu, rip, diff))
        return ON;
    gdb->counts[KNOWN_REP]++;
    if (cpu->rip != noted->rip) { /* ours is through */
        if (!gdb_step(&gdb->client, &signal))
            return FAILED;
        return gdb_look(gdb, cpu) ? ON : FAILED;
    }
    for (unsigned i = 0; i < REP_MOST && cpu->rip == noted->rip; i++) {
        *stop = machine_run(compare->machine[0], 1);
        if (*stop != MACHINE_LIMIT)
            return STOPPED;
    }
    return gdb_look(gdb, cpu) ? ON : FAILED;
}

/* A stop without an instruction: once more. Between looks it is the place that tells. */
static enum outcome settle_empty(struct compare *compare)
{
    struct compare_gdb *gdb = compare->gdb;
    struct cpu *cpu = cpu_of(compare);
    const struct gdb_pair *rip = find_pair(gdb, GDB_RIP);
    uint8_t diff[GDB_VALUE_BYTES];
    unsigned signal;

    for (unsigned i = 0; i < EMPTY_MOST; i++) {
        if (gdb->since > 1 ? !gdb_pair_differs(cpu, rip, diff) : !gdb_nothing_done(gdb))
            return ON;
        gdb->counts[KNOWN_EMPTY]++;
        if (!gdb_step(&gdb->client, &signal) || !gdb_look(gdb, cpu))
            return FAILED;
    }
    return ON;
}

/* Must both be looked at now? */
static bool is_due(const struct compare *compare)
{
    const struct compare_gdb *gdb = compare->gdb;
    const struct gdb_step *step = &gdb->step;

    return gdb->since >= compare->options.every || step->known != KNOWN_COUNT || step->delivery ||
           is_rep(step) || (step->row && step->row->flags_undefined);
}

static enum outcome look(struct compare *compare, enum machine_stop *stop)
{
    struct compare_gdb *gdb = compare->gdb;
    struct cpu *cpu = cpu_of(compare);
    bool equal = true;

    cpu_settle(cpu);
    if (!gdb_look(gdb, cpu) || settle_empty(compare) != ON)
        return FAILED;
    if (is_rep(&gdb->step)) {
        enum outcome outcome = settle_rep(compare, stop);

        if (outcome != ON)
            return outcome;
    }
    if (!gdb_judge(gdb, cpu, &equal) || !gdb_memory_judge(compare, &equal))
        return FAILED;
    if (!equal) {
        gdb_report(compare, compare->base.state.tick, gdb->since, NULL);
        return DIFFERENT;
    }
    compare->slices++;
    compare->ticks += gdb->since;
    gdb->since = 0;
    compare_advance(compare);
    gdb_keep_before(gdb);
    return ON;
}

static enum outcome look_at_pages(struct compare *compare)
{
    struct compare_gdb *gdb = compare->gdb;
    bool equal = true;

    if (!gdb_memory_pages(compare, &equal))
        return FAILED;
    if (!equal) {
        gdb_report(compare, gdb->tick_of_pages, gdb->steps_since_pages,
                   "found when whole pages were looked at");
        return DIFFERENT;
    }
    gdb->steps_since_pages = 0;
    gdb->tick_of_pages = now_of(compare);
    return ON;
}

/* Before the next instruction both are looked at if it reaches a device, which may end the run, or is a
 * string, in which a step that was empty cannot be told from the place. */
static bool wants_look_before(struct compare *compare)
{
    struct gdb_step *step = &compare->gdb->step, before = *step;
    bool wants;

    note_next(compare);
    wants = step->known == KNOWN_PORT || step->known == KNOWN_HALT || step->known == KNOWN_DEVICE ||
            is_rep(step);
    compare->difference.steps--;
    *step = before;
    return wants;
}

static enum outcome step_both(struct compare *compare, uint64_t end, enum machine_stop *stop)
{
    struct compare_gdb *gdb = compare->gdb;
    enum outcome outcome;
    bool executed;

    if (gdb->since && wants_look_before(compare)) {
        outcome = look(compare, stop);
        if (outcome != ON)
            return outcome;
    }
    note_next(compare);
    outcome = step_ours(compare, end, &executed, stop);
    if (outcome != ON)
        return outcome;
    if (!executed) { /* the instruction that was noted comes again, or another one */
        compare->difference.steps = 0;
        return ON;
    }
    outcome = step_theirs(compare);
    if (outcome != ON)
        return outcome;
    gdb->since++;
    gdb->steps_since_pages++;
    if (!is_due(compare))
        return ON;
    outcome = look(compare, stop);
    if (outcome == ON && gdb->steps_since_pages >= PAGES_EVERY)
        outcome = look_at_pages(compare);
    return outcome;
}

static enum outcome go(struct compare *compare, uint64_t end, enum machine_stop *stop)
{
    while (now_of(compare) < end) {
        enum outcome outcome = step_both(compare, end, stop);

        if (outcome != ON)
            return outcome;
        if (compare->progress && compare->slices % 64 == 0)
            compare->progress(compare->progress_context, compare);
        if (compare->machine[0]->interrupt) {
            *stop = MACHINE_REQUEST;
            return STOPPED;
        }
    }
    if (compare->gdb->since) {
        enum outcome outcome = look(compare, stop);

        if (outcome != ON)
            return outcome;
    }
    *stop = MACHINE_LIMIT;
    return STOPPED;
}

enum compare_end compare_gdb_run(struct compare *compare, uint64_t ticks, enum machine_stop *stop)
{
    struct compare_gdb *gdb = compare->gdb;
    struct cpu *cpu = cpu_of(compare);
    struct observer *before = cpu->observer;
    uint64_t now = now_of(compare), end = now + ticks < now ? UINT64_MAX : now + ticks;
    enum outcome outcome = ON;

    if (!compare->started)
        outcome = start(compare, ticks, stop);
    now = now_of(compare);
    if (outcome == ON && compare->options.length && compare->options.length < end - now)
        end = now + compare->options.length;
    compare->options.length = 0;
    cpu->observer = &gdb->observer;
    if (outcome == ON)
        outcome = go(compare, end, stop);
    cpu->observer = before;
    if (outcome == STOPPED && !gdb->client.failed && gdb->page_count)
        outcome = look_at_pages(compare) == ON ? STOPPED : gdb->client.failed ? FAILED : DIFFERENT;
    if (outcome == FAILED && compare->machine[0]->interrupt) { /* a wait was ended by it */
        *stop = MACHINE_REQUEST;
        return COMPARE_STOPPED;
    }
    if (outcome == FAILED) {
        buf_clear(&compare->error);
        buf_add_text(&compare->error, buf_text(&gdb->client.error));
        return COMPARE_FAILED;
    }
    compare->different = outcome == DIFFERENT;
    return compare->different ? COMPARE_DIFFERENT : COMPARE_STOPPED;
}
