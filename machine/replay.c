/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/replay.c - input from outside: recorded with its tick, and given again. */
#include "machine/replay.h"

#include <stdlib.h>
#include <string.h>

#include "machine/image.h"
#include "machine/pc.h"
#include "util/bits.h"

enum { MOUSE_BYTES = 7 };

struct host_char *host_line(struct machine *machine, enum input_source source)
{
    struct pc *pc = machine->pc;

    return source == INPUT_SERIAL     ? &pc->serial
           : source == INPUT_DEBUGCON ? &pc->debugcon
                                      : &pc->com_line[source - INPUT_COM2];
}

void input_log_free(struct input_log *log)
{
    for (size_t i = 0; i < log->deed_count; i++) {
        image_state_free(log->deeds[i].image);
        medium_drop(log->deeds[i].medium);
    }
    free(log->deeds);
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

static void com2_heard(void *context, const uint8_t *bytes, size_t count)
{
    record(context, INPUT_COM2, bytes, count);
}

static void com3_heard(void *context, const uint8_t *bytes, size_t count)
{
    record(context, INPUT_COM3, bytes, count);
}

static void com4_heard(void *context, const uint8_t *bytes, size_t count)
{
    record(context, INPUT_COM4, bytes, count);
}

void replay_frame(struct machine *machine, unsigned index, const uint8_t *frame, size_t bytes)
{
    if (machine->input)
        record(machine, INPUT_NETWORK + index, frame, bytes);
}

void replay_attach(struct machine *machine, struct input_log *log)
{
    static void (*const heard[INPUT_LINES])(void *, const uint8_t *, size_t) = {
        serial_heard, debugcon_heard, com2_heard, com3_heard, com4_heard,
    };

    machine->input = log;
    machine->input_next = log ? log->count : 0;
    for (unsigned i = 0; i < INPUT_LINES; i++) {
        host_line(machine, i)->heard = log ? heard[i] : NULL;
        host_line(machine, i)->heard_context = machine;
    }
}

/* False: no room. */
static bool give(struct machine *machine, enum input_source source, const uint8_t *bytes,
                 size_t count)
{
    if (source < INPUT_LINES) {
        host_char_feed(host_line(machine, source), bytes, count);
        return true;
    }
    if (source == INPUT_KEYS)
        return typist_move(machine->pc->typist, bytes, count);
    if (source >= INPUT_NETWORK) {
        network_feed(&machine->pc->network[source - INPUT_NETWORK], bytes, count);
    } else if (count == MOUSE_BYTES) {
        struct ps2_mouse *mouse = machine->pc->mouse;

        ps2_mouse_move(mouse, (int16_t)load_le16(bytes), (int16_t)load_le16(bytes + 2),
                       (int16_t)load_le16(bytes + 4));
        ps2_mouse_buttons(mouse, bytes[6]);
    }
    return true;
}

bool replay_input(struct machine *machine, enum input_source source, const uint8_t *bytes,
                  size_t count)
{
    if (machine->input_only || replay_next(machine) != UINT64_MAX ||
        !give(machine, source, bytes, count))
        return false;
    if (machine->input)
        record(machine, source, bytes, count);
    return true;
}

static int16_t clamp(int n)
{
    return (int16_t)(n < -4096 ? -4096 : n > 4096 ? 4096 : n);
}

bool replay_mouse(struct machine *machine, int dx, int dy, int dz, unsigned buttons)
{
    uint8_t bytes[MOUSE_BYTES];

    store_le16(bytes, (uint16_t)clamp(dx));
    store_le16(bytes + 2, (uint16_t)clamp(dy));
    store_le16(bytes + 4, (uint16_t)clamp(dz));
    bytes[6] = (uint8_t)buttons;
    return replay_input(machine, INPUT_MOUSE, bytes, sizeof bytes);
}

bool replay_media(struct machine *machine, const struct media_deed *deed, struct buf *error)
{
    struct input_log *log = machine->input;
    struct media_deed *kept;
    uint8_t number[4];
    bool ok;

    if (machine->input_only || replay_next(machine) != UINT64_MAX) {
        buf_add_text(error, "recorded input comes first, expected that the machine runs on to it");
        return false;
    }
    ok = media_do(machine, deed, error);
    if (!log)
        return ok;
    log->deeds = xrealloc(log->deeds, (log->deed_count + 1) * sizeof *log->deeds);
    kept = &log->deeds[log->deed_count];
    *kept = *deed;
    kept->medium = ok ? medium_hold(deed->medium) : NULL; /* asked for only */
    kept->image =
        kept->medium && medium_changes(kept->medium) ? image_save(kept->medium->block) : NULL;
    store_le32(number, (uint32_t)log->deed_count++);
    record(machine, INPUT_MEDIA, number, sizeof number);
    return ok;
}

struct medium *replay_diskette(const struct machine *machine, const char *file)
{
    const struct input_log *log = machine->input;

    for (size_t i = 0; log && i < log->deed_count; i++) {
        if (log->deeds[i].unit >= MEDIA_FDA && log->deeds[i].medium &&
            !strcmp(log->deeds[i].medium->name, file))
            return medium_hold(log->deeds[i].medium);
    }
    return NULL;
}

void replay_give(struct machine *machine, const struct input_log *log, const struct input_record *r)
{
    struct buf error = { 0 };

    if (r->source == INPUT_MEDIA) {
        (void)!media_do(machine, &log->deeds[load_le32(log->bytes.data + r->offset)], &error);
        buf_free(&error); /* it is as when it was recorded */
        return;
    }
    (void)give(machine, r->source, log->bytes.data + r->offset, r->count); /* had room then */
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
            replay_give(machine, machine->input, &machine->input->records[machine->input_next++]);
        }
        return; /* the host comes after what was recorded */
    }
    if (machine->input_only)
        return;
    for (unsigned i = 0; i < INPUT_LINES; i++)
        host_char_poll(host_line(machine, i));
    host_char_poll(&machine->pc->printer);
    for (unsigned i = 0; i < machine->config.nic_count; i++)
        network_poll(&machine->pc->network[i]);
}
