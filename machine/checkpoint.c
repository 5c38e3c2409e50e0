/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/checkpoint.c - the state of a machine: kept in memory, and put back. */
#include "machine/checkpoint.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/tlb.h"

#define RUNS_MOST 256 /* of one part */

unsigned machine_parts(struct machine *machine, struct machine_part *parts, unsigned most)
{
    struct pc *pc = machine->pc;
    const struct machine_part fixed[] = {
        { "cpu", cpu_fields, machine->cpu },
        { "machine", machine_fields, machine },
        { "board", pc_fields, pc },
        { "serial line", host_char_fields, &pc->serial },
        { "debugcon line", host_char_fields, &pc->debugcon },
        { "COM2 line", host_char_fields, &pc->com_line[0] },
        { "COM3 line", host_char_fields, &pc->com_line[1] },
        { "COM4 line", host_char_fields, &pc->com_line[2] },
        { "printer", host_char_fields, &pc->printer },
    };
    unsigned count = 0;

    for (; count < ARRAY_SIZE(fixed); count++) {
        if (count < most)
            parts[count] = fixed[count];
    }
    for (unsigned i = 0; i < machine->config.nic_count; i++, count++) {
        if (count < most)
            parts[count] = (struct machine_part){ "network", network_fields, &pc->network[i] };
    }
    for (struct device *dev = machine->devices.first; dev; dev = dev->next, count++) {
        if (count < most)
            parts[count] = (struct machine_part){ dev->name, dev->class->fields, dev };
    }
    return count;
}

const struct machine_rows *machine_rows(struct machine *machine)
{
    struct machine_part parts[MACHINE_PARTS_MOST];
    unsigned count = machine_parts(machine, parts, MACHINE_PARTS_MOST);
    struct machine_rows *rows = machine->rows;

    if (rows)
        return rows;
    assert(count <= MACHINE_PARTS_MOST);
    rows = xcalloc(1, sizeof *rows + count * RUNS_MOST * sizeof rows->run[0]);
    for (unsigned i = 0; i < count; i++) {
        struct field_run runs[RUNS_MOST];
        unsigned n = fields_runs(parts[i].fields, runs, RUNS_MOST);

        assert(n <= RUNS_MOST);
        for (unsigned r = 0; r < n; r++) {
            rows->run[rows->count++] =
                (struct machine_run){ (uint8_t *)parts[i].state + runs[r].offset, runs[r].bytes };
            rows->bytes += runs[r].bytes;
        }
    }
    return machine->rows = rows;
}

static void save_rows(struct machine *machine, uint8_t *to)
{
    const struct machine_rows *rows = machine_rows(machine);

    for (unsigned i = 0; i < rows->count; i++) {
        memcpy(to, rows->run[i].at, rows->run[i].bytes);
        to += rows->run[i].bytes;
    }
}

static void restore_rows(struct machine *machine, const uint8_t *from)
{
    const struct machine_rows *rows = machine_rows(machine);

    for (unsigned i = 0; i < rows->count; i++) {
        memcpy(rows->run[i].at, from, rows->run[i].bytes);
        from += rows->run[i].bytes;
    }
}

/* Make the buffer this long; its contents are about to be written. */
static void set_length(struct buf *buf, size_t length)
{
    if (buf->capacity < length + 1) {
        buf->data = xrealloc(buf->data, length + 1);
        buf->capacity = length + 1;
    }
    buf->length = length;
    buf->data[length] = 0;
}

void machine_state_save(struct machine_state *state, struct machine *machine)
{
    cpu_settle(machine->cpu);
    state->tick = clock_now(&machine->clock);
    set_length(&state->rows, machine_rows(machine)->bytes);
    save_rows(machine, state->rows.data);
    set_length(&state->events, machine->clock.registered * sizeof(struct event_state));
    clock_save(&machine->clock, (struct event_state *)(void *)state->events.data);
    buf_clear(&state->tlb);
    tlb_save(machine->cpu, &state->tlb);
    media_state_save(&state->media, machine);
    for (unsigned i = 0; i < INPUT_LINES; i++) {
        const struct buf *input = &host_line(machine, i)->input;
        size_t taken = host_line(machine, i)->input_taken;

        buf_clear(&state->waiting[i]);
        if (taken < input->length)
            buf_add(&state->waiting[i], input->data + taken, input->length - taken);
    }
}

void machine_state_restore(const struct machine_state *state, struct machine *machine)
{
    const struct event_state *events = (const void *)state->events.data;

    clock_restore(&machine->clock, state->tick, events);
    restore_rows(machine, state->rows.data);
    media_state_restore(&state->media, machine);
    for (struct device *dev = machine->devices.first; dev; dev = dev->next) {
        if (dev->class->restored)
            dev->class->restored(dev);
    }
    cpu_restored(machine->cpu);
    /* Devices may have scheduled events or driven lines: that is over already in what was saved. */
    restore_rows(machine, state->rows.data);
    clock_restore(&machine->clock, state->tick, events);
    tlb_restore(machine->cpu, &state->tlb);
    for (unsigned i = 0; i < INPUT_LINES; i++) {
        struct host_char *host = host_line(machine, i);

        buf_clear(&host->input);
        host->input_taken = 0;
        buf_add(&host->input, state->waiting[i].data, state->waiting[i].length);
    }
}

void machine_state_free(struct machine_state *state)
{
    buf_free(&state->rows);
    buf_free(&state->events);
    buf_free(&state->tlb);
    media_state_free(&state->media);
    for (unsigned i = 0; i < INPUT_LINES; i++)
        buf_free(&state->waiting[i]);
}

void ram_page_put(struct machine *machine, uint64_t page, const uint8_t *bytes)
{
    struct ram *ram = &machine->ram;
    uint64_t offset = page * PAGE_SIZE;
    uint8_t *to = ram->bytes + offset;

    if (!memcmp(to, bytes, PAGE_SIZE))
        return;
    if (ram->marks[page] & (RAM_CODE | RAM_TB) && ram->code_written) {
        ram->code_written(ram->context, pc_ram_address(machine->pc, offset), PAGE_SIZE);
    }
    memcpy(to, bytes, PAGE_SIZE);
    ram_set_dirty(ram, page);
}

bool checkpoint_create(struct checkpoint *cp, const struct machine *machine, struct buf *error)
{
    *cp = (struct checkpoint){ 0 };
    if (ram_create(&cp->image, machine->ram.size))
        return true;
    buf_printf(error, "checkpoint: the host has no address space for %llu MiB",
               (unsigned long long)(machine->ram.size >> 20));
    return false;
}

void checkpoint_destroy(struct checkpoint *cp)
{
    machine_state_free(&cp->state);
    ram_destroy(&cp->image);
}

void checkpoint_save(struct checkpoint *cp, struct machine *machine)
{
    const struct ram *ram = &machine->ram;

    machine_state_save(&cp->state, machine);
    for (uint64_t page = 0; page < ram->size / PAGE_SIZE; page++) {
        uint64_t offset = page * PAGE_SIZE;

        if (ram->marks[page] & RAM_WRITTEN) {
            memcpy(cp->image.bytes + offset, ram->bytes + offset, PAGE_SIZE);
            cp->image.marks[page] |= RAM_WRITTEN;
        } else if (cp->image.marks[page] & RAM_WRITTEN) { /* of an earlier save */
            memset(cp->image.bytes + offset, 0, PAGE_SIZE);
        }
    }
}

static bool fits(const struct checkpoint *cp, struct machine *machine, struct buf *error)
{
    const struct machine_state *state = &cp->state;
    uint64_t registered = machine->clock.registered;

    if (cp->image.size != machine->ram.size) {
        buf_printf(error, "checkpoint: of a machine with %llu MiB of memory, expected %llu MiB",
                   (unsigned long long)((cp->image.size - VGA_MEMORY_BYTES) >> 20),
                   (unsigned long long)(machine->config.ram_bytes >> 20));
        return false;
    }
    if (state->rows.length != machine_rows(machine)->bytes ||
        state->events.length != registered * sizeof(struct event_state)) {
        buf_add_text(error, "checkpoint: of a machine with other devices, expected the same ones");
        return false;
    }
    return true;
}

bool checkpoint_restore(const struct checkpoint *cp, struct machine *machine, struct buf *error)
{
    const struct ram *ram = &machine->ram;

    if (!fits(cp, machine, error))
        return false;
    for (uint64_t page = 0; page < ram->size / PAGE_SIZE; page++) {
        if ((ram->marks[page] | cp->image.marks[page]) & RAM_WRITTEN)
            ram_page_put(machine, page, cp->image.bytes + page * PAGE_SIZE);
    }
    machine_state_restore(&cp->state, machine);
    return true;
}
