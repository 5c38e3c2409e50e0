/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/compare_find.c - from a slice that differs to the first instruction that does.
 *
 * An engine that translates ends a run of so many instructions with the interpreter, because its
 * blocks do not fit exactly. So a slice is shortened until the last block in it is the one that
 * differs, then that stretch is run again with blocks of one instruction, which name it. What differs
 * in longer blocks only is a matter of how instructions were joined: the shortest block is named.
 */
#include <string.h>

#include "cpu/access.h"
#include "cpu/decode.h"
#include "cpu/disasm.h"
#include "cpu/insn_table.h"
#include "cpu/observer.h"
#include "machine/compare.h"

static void set_block_most(struct compare *compare, unsigned most)
{
    for (unsigned i = 0; i < 2; i++) {
        struct cpu *cpu = compare->machine[i]->cpu;

        if (cpu->block_most == most)
            continue;
        cpu->block_most = (uint8_t)most;
        cpu->engine->forget_all(cpu);
    }
}

static bool same_stop(enum machine_stop a, enum machine_stop b)
{
    /* Whether nothing can come is asked of the host. */
    return a == b || a == MACHINE_DEAD || b == MACHINE_DEAD;
}

/* From the last equal state so many ticks on: are they equal? */
static bool probe(struct compare *compare, uint64_t ticks)
{
    enum machine_stop stop[2];

    compare_go_back(compare);
    for (unsigned i = 0; i < 2; i++)
        stop[i] = compare_run_exactly(compare->machine[i], ticks);
    return same_stop(stop[0], stop[1]) && compare_equal(compare);
}

/* equal at `low`, different at `high`: bring them together. Returns the high one. */
static uint64_t halve(struct compare *compare, uint64_t low, uint64_t high)
{
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;

        if (probe(compare, middle))
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* With blocks of at most `most` instructions, the first of `ticks` that differs; 0: none. */
static uint64_t first_with(struct compare *compare, unsigned most, uint64_t ticks)
{
    set_block_most(compare, most);
    for (uint64_t end = 1; end <= ticks; end++) {
        if (!probe(compare, end))
            return end;
    }
    return 0;
}

/* The last equal state becomes the one `ticks` further on, if they are equal there. */
static bool move_on(struct compare *compare, uint64_t ticks)
{
    if (ticks && !probe(compare, ticks)) {
        compare_go_back(compare);
        return false;
    }
    if (ticks)
        compare_advance(compare);
    return true;
}

static void place(struct compare *compare, enum compare_place where, uint64_t ticks)
{
    compare->difference.place = where;
    compare->difference.tick = compare->base.state.tick;
    compare->difference.ticks = ticks;
}

/* Sets the last equal state, and how it is to be run from there so that the difference shows. */
static void narrow(struct compare *compare, uint64_t ticks)
{
    unsigned natural = compare->machine[1]->cpu->block_most;
    uint64_t end, alone, stretch;

    if (probe(compare, ticks)) {
        place(compare, PLACE_SLICE, ticks);
        return;
    }
    end = halve(compare, 0, ticks);
    if (end > COMPARE_STEPS && move_on(compare, end - COMPARE_STEPS)) {
        ticks -= end - COMPARE_STEPS;
        end = COMPARE_STEPS;
    }
    stretch = end + COMPARE_STEPS < ticks ? end + COMPARE_STEPS : ticks;

    alone = first_with(compare, 1, stretch);
    if (alone) {
        if (move_on(compare, alone - 1))
            place(compare, PLACE_INSTRUCTION, 1);
        else
            place(compare, PLACE_BLOCK, alone);
        return;
    }
    for (unsigned most = 2; most <= COMPARE_STEPS; most++) {
        uint64_t at = first_with(compare, most, stretch);
        uint64_t before = at > most ? at - most : 0;

        if (!at)
            continue;
        set_block_most(compare, 1); /* alone they agree: the state before the block */
        if (!move_on(compare, before))
            before = 0;
        set_block_most(compare, most);
        place(compare, PLACE_BLOCK, at - before);
        return;
    }
    set_block_most(compare, natural);
    place(compare, PLACE_BLOCK, end);
}

/* ---- which instructions ---- */

void compare_note_step(struct difference *d, const struct cpu *cpu, unsigned most)
{
    struct compare_step *step;
    lin_addr la = cpu_code64(cpu) ? cpu->rip : (uint32_t)(cpu->seg[SEG_CS].base + cpu->rip);
    unsigned count = 15;

    if (d->steps == most) { /* the last ones are those that matter */
        memmove(d->step, d->step + 1, (most - 1) * sizeof d->step[0]);
        d->steps--;
    }
    step = &d->step[d->steps];
    if (step->interrupt < 0)
        step->interrupt = -1;
    step->tick = clock_now(cpu->clock);
    step->cs = cpu->seg[SEG_CS].selector;
    step->rip = cpu->rip;
    step->mode = cpu->mode;
    step->exception = -1;
    if (!cpu_peek(cpu, la, step->bytes, count)) {
        count = (unsigned)(PAGE_SIZE - (la & PAGE_MASK));
        if (count >= 15 || !cpu_peek(cpu, la, step->bytes, count))
            count = 0;
    }
    step->count = (uint8_t)count;
    d->steps++;
    if (d->steps < COMPARE_STEPS)
        d->step[d->steps].interrupt = -1;
}

static bool on_instruction(void *context, struct cpu *cpu)
{
    compare_note_step(context, cpu, COMPARE_STEPS);
    return false;
}

static bool on_exception(void *context, struct cpu *cpu)
{
    struct difference *d = context;

    if (d->steps)
        d->step[d->steps - 1].exception = cpu->fault.vector;
    return false;
}

static bool on_interrupt(void *context, struct cpu *cpu, unsigned vector, bool external)
{
    struct difference *d = context;

    (void)cpu;
    if (external && d->steps < COMPARE_STEPS)
        d->step[d->steps].interrupt = (int)vector;
    return false;
}

/* What the reference executes from the last equal state on. */
static void watch_reference(struct compare *compare)
{
    struct difference *d = &compare->difference;
    struct observer observer = { .context = d,
                                 .instruction = on_instruction,
                                 .exception = on_exception,
                                 .interrupt = on_interrupt };
    struct cpu *cpu = compare->machine[0]->cpu;

    compare_go_back(compare);
    d->steps = 0;
    d->step[0].interrupt = -1;
    cpu->observer = &observer;
    compare_run_exactly(compare->machine[0], d->ticks < 4096 ? d->ticks : 4096);
    cpu->observer = NULL;
}

/*
 * One tick may begin several instructions: one that faults, then the first of the handler. If both
 * engines raised the same exception it is the last one that differs, else the first.
 */
static unsigned choose_step(const struct compare *compare)
{
    const struct difference *d = &compare->difference;
    const struct cpu *a = compare->machine[0]->cpu, *b = compare->machine[1]->cpu;

    if (!d->steps)
        return 0;
    if (d->place != PLACE_INSTRUCTION || a->fault.tick != b->fault.tick ||
        a->fault.rip != b->fault.rip || a->fault.vector != b->fault.vector ||
        a->chain_length != b->chain_length)
        return d->place == PLACE_INSTRUCTION ? 0 : d->steps - 1;
    return d->steps - 1;
}

void compare_name_instruction(struct difference *d, const struct cpu *cpu)
{
    const struct compare_step *step = &d->step[d->named];
    struct buf text = { 0 };

    d->row = NULL;
    snprintf(d->insn_text, sizeof d->insn_text, "(no instruction)");
    if (!d->steps || !step->count)
        return;
    if (decode_insn(step->bytes, step->count, step->mode, cpu->features, &d->insn) == DECODE_OK)
        d->row = insn_row(&d->insn);
    disasm_bytes(step->bytes, step->count, step->mode, step->rip, cpu->features, NULL, &text);
    snprintf(d->insn_text, sizeof d->insn_text, "%s", buf_text(&text));
    buf_free(&text);
}

static void name_instruction(struct compare *compare)
{
    struct difference *d = &compare->difference;

    d->named = choose_step(compare);
    compare_name_instruction(d, compare->machine[0]->cpu);
    d->only_undefined = d->only_flags && d->row && !(d->flags & ~d->row->flags_undefined);
}

/* Nothing of the person at the terminal, breakpoints and catch points gets in between. */
struct quiet {
    struct observer *observer;
    void (*poll_host)(void *context, struct machine *machine);
    bool interrupt;
};

static struct quiet make_quiet(struct machine *lead)
{
    struct quiet before = { lead->cpu->observer, lead->poll_host, lead->interrupt };

    lead->cpu->observer = NULL;
    lead->poll_host = NULL;
    lead->interrupt = false;
    lead->input_only = true;
    return before;
}

static void make_loud(struct machine *lead, const struct quiet *before)
{
    lead->cpu->observer = before->observer;
    lead->poll_host = before->poll_host;
    lead->interrupt = before->interrupt;
    lead->input_only = false;
}

void compare_find(struct compare *compare, uint64_t ticks)
{
    struct machine *lead = compare->machine[compare->lead];
    struct quiet quiet = make_quiet(lead);
    struct difference *d = &compare->difference;
    unsigned natural = compare->machine[1]->cpu->block_most;

    buf_clear(&d->fields);
    compare_name_fields(compare, &d->fields); /* in case it does not come again */
    narrow(compare, ticks);
    watch_reference(compare);
    if (!probe(compare, d->ticks) || d->place == PLACE_SLICE) {
        if (d->place != PLACE_SLICE) {
            buf_clear(&d->fields);
            compare_name_fields(compare, &d->fields);
        }
    } else {
        d->place = PLACE_SLICE; /* it showed, and does not any more */
    }
    name_instruction(compare);
    compare_report(compare);
    compare_go_back(compare);
    compare_report_case(compare);
    set_block_most(compare, natural);
    make_loud(lead, &quiet);
}
