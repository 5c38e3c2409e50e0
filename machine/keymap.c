/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/keymap.c - keys by name and by character, for commands and front ends. */
#include "machine/keymap.h"

#include <string.h>

#include "machine/pc.h"
#include "util/text.h"

#define CHORD_MOST 16

/* Other names than those of ps2_keyboard.c. */
static const struct {
    const char *name, *key;
} aliases[] = {
    { "del", "delete" },
    { "enter", "ret" },
    { "return", "ret" },
    { "space", "spc" },
    { "escape", "esc" },
    { "ins", "insert" },
    { "control", "ctrl" },
    { "ctrl_l", "ctrl" },
    { "alt_l", "alt" },
    { "shift_l", "shift" },
    { "altgr", "alt_r" },
    { "pageup", "pgup" },
    { "pagedown", "pgdn" },
    { "sysrq", "print" },
    { "asterisk", "kp_multiply" },
    { "bksp", "backspace" },
    { "win", "meta_l" },
    { "compose", "menu" },
    { "kp_period", "kp_decimal" },
    { "period", "dot" },
};

/* Characters beside letters and digits: unshifted and shifted on one key. */
static const struct {
    char plain, shifted;
    enum key key;
} signs[] = {
    { '-', '_', KEY_MINUS },
    { '=', '+', KEY_EQUAL },
    { '[', '{', KEY_BRACKET_LEFT },
    { ']', '}', KEY_BRACKET_RIGHT },
    { ';', ':', KEY_SEMICOLON },
    { '\'', '"', KEY_APOSTROPHE },
    { '`', '~', KEY_GRAVE },
    { '\\', '|', KEY_BACKSLASH },
    { ',', '<', KEY_COMMA },
    { '.', '>', KEY_DOT },
    { '/', '?', KEY_SLASH },
    { ' ', 0, KEY_SPACE },
    { '\n', 0, KEY_ENTER },
    { '\r', 0, KEY_ENTER },
    { '\t', 0, KEY_TAB },
    { '\b', 0, KEY_BACKSPACE },
    { 27, 0, KEY_ESC },
    { '1', '!', KEY_1 },
    { '2', '@', KEY_2 },
    { '3', '#', KEY_3 },
    { '4', '$', KEY_4 },
    { '5', '%', KEY_5 },
    { '6', '^', KEY_6 },
    { '7', '&', KEY_7 },
    { '8', '*', KEY_8 },
    { '9', '(', KEY_9 },
    { '0', ')', KEY_0 },
};

static enum key find(const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(aliases); i++) {
        if (!strcmp(aliases[i].name, name))
            name = aliases[i].key;
    }
    return key_find(name);
}

static bool unknown(const char *name, struct buf *error)
{
    const char *names[KEY_COUNT + 1];
    const char *near;
    unsigned count = 0;

    for (unsigned key = KEY_NONE + 1; key < KEY_COUNT; key++)
        names[count++] = key_name(key);
    names[count] = NULL;
    near = text_nearest(name, names);
    buf_printf(error, "no key '%s', ", name);
    if (near)
        buf_printf(error, "the nearest is '%s'", near);
    else
        buf_add_text(error, "expected names as ctrl-alt-delete");
    return false;
}

/* "ctrl-alt-delete". */
static bool parse_chord(const char *text, size_t length, enum key *keys, unsigned *count,
                        struct buf *error)
{
    char name[32];

    *count = 0;
    for (size_t at = 0; at <= length;) {
        size_t end = at;

        while (end < length && (text[end] != '-' || end == at))
            end++;
        snprintf(name, sizeof name, "%.*s", (int)(end - at < 31 ? end - at : 31), text + at);
        if (!strcmp(name, "-"))
            strcpy(name, "minus");
        if (*count == CHORD_MOST) {
            buf_printf(error, "more than %u keys, expected those that hands can hold", CHORD_MOST);
            return false;
        }
        keys[*count] = find(name);
        if (keys[(*count)++] == KEY_NONE)
            return unknown(name, error);
        at = end + 1;
    }
    return true;
}

/* All keys down in this order, then up in the opposite one. */
static bool press(struct machine *machine, const enum key *keys, unsigned count, struct buf *error)
{
    uint8_t moves[2 * CHORD_MOST];
    unsigned waiting = machine->pc->typist->count;

    for (unsigned i = 0; i < count; i++) {
        moves[i] = (uint8_t)keys[i];
        moves[2 * count - 1 - i] = (uint8_t)(keys[i] | TYPIST_RELEASE);
    }
    if (replay_input(machine, INPUT_KEYS, moves, 2 * (size_t)count))
        return true;
    if (replay_next(machine) != UINT64_MAX)
        buf_add_text(error, "recorded input comes first, expected that the machine runs on to it");
    else
        buf_printf(error, "%u key movements wait already, expected that the machine runs on first",
                   waiting);
    return false;
}

bool keymap_send(struct machine *machine, const char *names, struct buf *error)
{
    enum key keys[CHORD_MOST];
    unsigned count;
    bool send = false;

    do { /* nothing is pressed before all names are known */
        for (const char *at = names + strspn(names, " "); *at;) {
            size_t length = strcspn(at, " ");

            if (!parse_chord(at, length, keys, &count, error) ||
                (send && !press(machine, keys, count, error)))
                return false;
            at += length;
            at += strspn(at, " ");
        }
        send = !send;
    } while (send);
    return true;
}

/* The keys of a character: one, or shift and one. 0: there are none. */
static unsigned keys_of(char c, enum key keys[2])
{
    char name[2] = { c, 0 };

    if (c >= 'a' && c <= 'z') {
        keys[0] = key_find(name);
        return 1;
    }
    if (c >= 'A' && c <= 'Z') {
        name[0] = (char)(c - 'A' + 'a');
        keys[0] = KEY_SHIFT;
        keys[1] = key_find(name);
        return 2;
    }
    for (unsigned i = 0; c && i < ARRAY_SIZE(signs); i++) {
        keys[0] = signs[i].key;
        if (signs[i].plain == c)
            return 1;
        if (signs[i].shifted == c) {
            keys[0] = KEY_SHIFT;
            keys[1] = signs[i].key;
            return 2;
        }
    }
    return 0;
}

bool keymap_type(struct machine *machine, const char *text, struct buf *error)
{
    enum key keys[2];
    unsigned moves = 0;

    for (const char *p = text; *p; p++) {
        unsigned count = keys_of(*p, keys);

        if (!count) {
            buf_printf(error, "byte %02x has no key, expected ASCII", (unsigned char)*p);
            return false;
        }
        moves += 2 * count;
    }
    if (moves + machine->pc->typist->count > TYPIST_MOVES) {
        buf_printf(error, "%u key movements, expected at most %u at a time",
                   moves + machine->pc->typist->count, TYPIST_MOVES);
        return false;
    }
    for (const char *p = text; *p; p++) {
        if (!press(machine, keys, keys_of(*p, keys), error))
            return false;
    }
    return true;
}
