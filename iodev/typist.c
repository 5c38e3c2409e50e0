/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/typist.c - hands for the keyboard. One key moves every two milliseconds of guest time, and
 * none while the guest has not fetched what the last one gave.
 */
#include "iodev/typist.h"

#include <string.h>

enum { MOVE_US = 2000 };

_Static_assert((int)KEY_COUNT <= (int)TYPIST_RELEASE, "a key and a bit are a byte");

static void schedule(struct typist *typist)
{
    struct clock *clock = typist->dev.clock;

    clock_schedule(clock, &typist->event,
                   clock_now(clock) + clock_ticks_from(clock, MOVE_US, 1000000));
}

static void event_fires(void *owner)
{
    struct typist *typist = owner;
    uint8_t move = typist->moves[typist->first % TYPIST_MOVES];

    if (!typist->count || !typist->keyboard)
        return;
    if (ps2_keyboard_room(typist->keyboard) == PS2_KEYBOARD_BUFFER) {
        ps2_keyboard_key(typist->keyboard, move & ~TYPIST_RELEASE, !(move & TYPIST_RELEASE));
        typist->first = (typist->first + 1) % TYPIST_MOVES;
        typist->count--;
    }
    if (typist->count)
        schedule(typist);
}

bool typist_move(struct typist *typist, const uint8_t *moves, size_t count)
{
    bool idle = !typist->count;

    if (typist->count > TYPIST_MOVES || count > TYPIST_MOVES - typist->count)
        return false;
    for (size_t i = 0; i < count; i++)
        typist->moves[(typist->first + typist->count++) % TYPIST_MOVES] = moves[i];
    if (idle && count)
        schedule(typist);
    return true;
}

static void typist_init(struct device *dev)
{
    struct typist *typist = (struct typist *)dev;

    event_init(dev->clock, &typist->event, "typist", event_fires, typist);
}

static void typist_reset(struct device *dev, enum reset kind)
{
    struct typist *typist = (struct typist *)dev;

    if (kind != RESET_POWER_ON)
        return; /* somebody still sits there */
    memset(typist->moves, 0, sizeof typist->moves);
    typist->first = typist->count = 0;
    clock_cancel(dev->clock, &typist->event);
}

/* A file may say anything. */
static void typist_restored(struct device *dev)
{
    struct typist *typist = (struct typist *)dev;

    if (typist->count > TYPIST_MOVES)
        typist->count = TYPIST_MOVES;
    typist->first %= TYPIST_MOVES;
    if (typist->count)
        schedule(typist);
}

static void typist_describe(const struct device *dev, struct out *out)
{
    const struct typist *typist = (const struct typist *)dev;

    out_printf(out, "%u key movements wait\n", typist->count);
}

/* clang-format off */
static const struct field typist_fields[] = {
    NOT_SAVED(struct typist, dev, "device"),
    FIELD(struct typist, moves, FMT_BYTES, "keys to move, bit 7: to release; a ring"),
    FIELD(struct typist, first, FMT_DEC,   "the next one"),
    FIELD(struct typist, count, FMT_DEC,   "how many"),
    NOT_SAVED(struct typist, event, "the next movement"),
    NOT_SAVED(struct typist, keyboard, "wiring"),
    { 0 },
};
/* clang-format on */

const struct device_class typist_class = {
    .name = "typist",
    .title = "Hands on the keyboard",
    .size = sizeof(struct typist),
    .fields = typist_fields,
    .init = typist_init,
    .reset = typist_reset,
    .describe = typist_describe,
    .restored = typist_restored,
};
