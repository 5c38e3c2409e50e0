/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/replay.c - input from outside: recorded with its tick, and given again. */
#include "machine/replay.h"

#include <stdlib.h>

#include "machine/pc.h"

struct host_char *host_line(struct machine *machine, enum input_source source)
{
    return source == INPUT_SERIAL ? &machine->pc->serial : &machine->pc->debugcon;
}

void input_log_free(struct input_log *log)
{
    free(log->records);
    buf_free(&log->bytes);
    *log = (struct input_log){ 0 };
}

static void record(struct machine *machine, enum input_source source, const uint8_t *bytes,
                   size_t count)
{
    struct input_log *log = machine->input;

    if (log->count == log->capacity) {
        log->capacity = log->capacity ? log->capacity * 2 : 64;
        log->records = xrealloc(log->records, log->capacity * sizeof *log->records);
    }
    log->records[log->count++] = (struct input_record){ .tick = clock_now(&machine->clock),
                                                        .source = source,
                                                        .offset = log->bytes.length,
                                                        .count = count };
    buf_add(&log->bytes, bytes, count);
    machine->input_next = log->count;
}

static void serial_heard(void *context, const uint8_t *bytes, size_t count)
{
    record(context, INPUT_SERIAL, bytes, count);
}

static void debugcon_heard(void *context, const uint8_t *bytes, size_t count)
{
    record(context, INPUT_DEBUGCON, bytes, count);
}

void replay_frame(struct machine *machine, unsigned index, const uint8_t *frame, size_t bytes)
{
    if (machine->input)
        record(machine, INPUT_NETWORK + index, frame, bytes);
}

void replay_attach(struct machine *machine, struct input_log *log)
{
    struct pc *pc = machine->pc;

    machine->input = log;
    machine->input_next = log ? log->count : 0;
    pc->serial.heard = log ? serial_heard : NULL;
    pc->debugcon.heard = log ? debugcon_heard : NULL;
    pc->serial.heard_context = pc->debugcon.heard_context = machine;
}

uint64_t replay_next(const struct machine *machine)
{
    const struct input_log *log = machine->input;

    return log && machine->input_next < log->count ? log->records[machine->input_next].tick
                                                   : UINT64_MAX;
}

uint64_t replay_due(const struct machine *machine)
{
    uint64_t due = UINT64_MAX;

    if (machine->input_only || replay_next(machine) != UINT64_MAX)
        return due;
    for (unsigned i = 0; i < machine->config.nic_count; i++) {
        uint64_t next = network_next(&machine->pc->network[i]);

        due = next < due ? next : due;
    }
    return due;
}

void replay_poll(struct machine *machine)
{
    if (replay_next(machine) != UINT64_MAX) {
        uint64_t now = clock_now(&machine->clock);

        while (replay_next(machine) <= now) {
            const struct input_record *r = &machine->input->records[machine->input_next++];

            const uint8_t *bytes = machine->input->bytes.data + r->offset;

            if (r->source >= INPUT_NETWORK)
                network_feed(&machine->pc->network[r->source - INPUT_NETWORK], bytes, r->count);
            else
                host_char_feed(host_line(machine, r->source), bytes, r->count);
        }
        return; /* the host comes after what was recorded */
    }
    if (machine->input_only)
        return;
    host_char_poll(&machine->pc->serial);
    host_char_poll(&machine->pc->debugcon);
    for (unsigned i = 0; i < machine->config.nic_count; i++)
        network_poll(&machine->pc->network[i]);
}
