/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/ps2_keyboard.c - PS/2 keyboard with scan code sets 1, 2 and 3. Sources: IBM PS/2 Hardware
 * Interface Technical Reference, "Keyboards (101- and 102-key)"; Microsoft "Keyboard Scan Code
 * Specification".
 */
#include "iodev/ps2_keyboard.h"

#include <string.h>

#include "util/bits.h"

enum {
    ACK = 0xfa,
    RESEND = 0xfe,
    ECHO = 0xee,
    TEST_PASSED = 0xaa,
    KIND_BREAK = 1,
    KIND_REPEAT = 2,
    TYPEMATIC_DEFAULT = 0x2b, /* 500 ms, 10.9 a second */
    TEST_US =
        1000, /* the self test; real ones take 300 ms, but the BIOS of Bochs waits 2.5 M ticks */
};

/* clang-format off */
/* Name, make code in set 2 (e0xxh: with prefix), make code in set 3. */
static const struct {
    const char *name;
    uint16_t set2;
    uint8_t set3;
} keys[KEY_COUNT] = {
    [KEY_ESC] = { "esc", 0x76, 0x08 },             [KEY_1] = { "1", 0x16, 0x16 },
    [KEY_2] = { "2", 0x1e, 0x1e },                 [KEY_3] = { "3", 0x26, 0x26 },
    [KEY_4] = { "4", 0x25, 0x25 },                 [KEY_5] = { "5", 0x2e, 0x2e },
    [KEY_6] = { "6", 0x36, 0x36 },                 [KEY_7] = { "7", 0x3d, 0x3d },
    [KEY_8] = { "8", 0x3e, 0x3e },                 [KEY_9] = { "9", 0x46, 0x46 },
    [KEY_0] = { "0", 0x45, 0x45 },                 [KEY_MINUS] = { "minus", 0x4e, 0x4e },
    [KEY_EQUAL] = { "equal", 0x55, 0x55 },         [KEY_BACKSPACE] = { "backspace", 0x66, 0x66 },
    [KEY_TAB] = { "tab", 0x0d, 0x0d },             [KEY_Q] = { "q", 0x15, 0x15 },
    [KEY_W] = { "w", 0x1d, 0x1d },                 [KEY_E] = { "e", 0x24, 0x24 },
    [KEY_R] = { "r", 0x2d, 0x2d },                 [KEY_T] = { "t", 0x2c, 0x2c },
    [KEY_Y] = { "y", 0x35, 0x35 },                 [KEY_U] = { "u", 0x3c, 0x3c },
    [KEY_I] = { "i", 0x43, 0x43 },                 [KEY_O] = { "o", 0x44, 0x44 },
    [KEY_P] = { "p", 0x4d, 0x4d },
    [KEY_BRACKET_LEFT] = { "bracket_left", 0x54, 0x54 },
    [KEY_BRACKET_RIGHT] = { "bracket_right", 0x5b, 0x5b }, [KEY_ENTER] = { "ret", 0x5a, 0x5a },
    [KEY_CTRL] = { "ctrl", 0x14, 0x11 },           [KEY_A] = { "a", 0x1c, 0x1c },
    [KEY_S] = { "s", 0x1b, 0x1b },                 [KEY_D] = { "d", 0x23, 0x23 },
    [KEY_F] = { "f", 0x2b, 0x2b },                 [KEY_G] = { "g", 0x34, 0x34 },
    [KEY_H] = { "h", 0x33, 0x33 },                 [KEY_J] = { "j", 0x3b, 0x3b },
    [KEY_K] = { "k", 0x42, 0x42 },                 [KEY_L] = { "l", 0x4b, 0x4b },
    [KEY_SEMICOLON] = { "semicolon", 0x4c, 0x4c }, [KEY_APOSTROPHE] = { "apostrophe", 0x52, 0x52 },
    [KEY_GRAVE] = { "grave_accent", 0x0e, 0x0e },  [KEY_SHIFT] = { "shift", 0x12, 0x12 },
    [KEY_BACKSLASH] = { "backslash", 0x5d, 0x5c }, [KEY_Z] = { "z", 0x1a, 0x1a },
    [KEY_X] = { "x", 0x22, 0x22 },                 [KEY_C] = { "c", 0x21, 0x21 },
    [KEY_V] = { "v", 0x2a, 0x2a },                 [KEY_B] = { "b", 0x32, 0x32 },
    [KEY_N] = { "n", 0x31, 0x31 },                 [KEY_M] = { "m", 0x3a, 0x3a },
    [KEY_COMMA] = { "comma", 0x41, 0x41 },         [KEY_DOT] = { "dot", 0x49, 0x49 },
    [KEY_SLASH] = { "slash", 0x4a, 0x4a },         [KEY_SHIFT_R] = { "shift_r", 0x59, 0x59 },
    [KEY_KP_MULTIPLY] = { "kp_multiply", 0x7c, 0x7e }, [KEY_ALT] = { "alt", 0x11, 0x19 },
    [KEY_SPACE] = { "spc", 0x29, 0x29 },           [KEY_CAPS_LOCK] = { "caps_lock", 0x58, 0x14 },
    [KEY_F1] = { "f1", 0x05, 0x07 },               [KEY_F2] = { "f2", 0x06, 0x0f },
    [KEY_F3] = { "f3", 0x04, 0x17 },               [KEY_F4] = { "f4", 0x0c, 0x1f },
    [KEY_F5] = { "f5", 0x03, 0x27 },               [KEY_F6] = { "f6", 0x0b, 0x2f },
    [KEY_F7] = { "f7", 0x83, 0x37 },               [KEY_F8] = { "f8", 0x0a, 0x3f },
    [KEY_F9] = { "f9", 0x01, 0x47 },               [KEY_F10] = { "f10", 0x09, 0x4f },
    [KEY_NUM_LOCK] = { "num_lock", 0x77, 0x76 },
    [KEY_SCROLL_LOCK] = { "scroll_lock", 0x7e, 0x5f },
    [KEY_KP_7] = { "kp_7", 0x6c, 0x6c },           [KEY_KP_8] = { "kp_8", 0x75, 0x75 },
    [KEY_KP_9] = { "kp_9", 0x7d, 0x7d },
    [KEY_KP_SUBTRACT] = { "kp_subtract", 0x7b, 0x84 },
    [KEY_KP_4] = { "kp_4", 0x6b, 0x6b },           [KEY_KP_5] = { "kp_5", 0x73, 0x73 },
    [KEY_KP_6] = { "kp_6", 0x74, 0x74 },           [KEY_KP_ADD] = { "kp_add", 0x79, 0x7c },
    [KEY_KP_1] = { "kp_1", 0x69, 0x69 },           [KEY_KP_2] = { "kp_2", 0x72, 0x72 },
    [KEY_KP_3] = { "kp_3", 0x7a, 0x7a },           [KEY_KP_0] = { "kp_0", 0x70, 0x70 },
    [KEY_KP_DECIMAL] = { "kp_decimal", 0x71, 0x71 }, [KEY_LESS] = { "less", 0x61, 0x13 },
    [KEY_F11] = { "f11", 0x78, 0x56 },             [KEY_F12] = { "f12", 0x07, 0x5e },
    [KEY_KP_ENTER] = { "kp_enter", 0xe05a, 0x79 }, [KEY_CTRL_R] = { "ctrl_r", 0xe014, 0x58 },
    [KEY_KP_DIVIDE] = { "kp_divide", 0xe04a, 0x77 }, [KEY_PRINT] = { "print", 0xe07c, 0x57 },
    [KEY_ALT_R] = { "alt_r", 0xe011, 0x39 },       [KEY_HOME] = { "home", 0xe06c, 0x6e },
    [KEY_UP] = { "up", 0xe075, 0x63 },             [KEY_PGUP] = { "pgup", 0xe07d, 0x6f },
    [KEY_LEFT] = { "left", 0xe06b, 0x61 },         [KEY_RIGHT] = { "right", 0xe074, 0x6a },
    [KEY_END] = { "end", 0xe069, 0x65 },           [KEY_DOWN] = { "down", 0xe072, 0x60 },
    [KEY_PGDN] = { "pgdn", 0xe07a, 0x6d },         [KEY_INSERT] = { "insert", 0xe070, 0x67 },
    [KEY_DELETE] = { "delete", 0xe071, 0x64 },     [KEY_META_L] = { "meta_l", 0xe01f, 0x8b },
    [KEY_META_R] = { "meta_r", 0xe027, 0x8c },     [KEY_MENU] = { "menu", 0xe02f, 0x8d },
    [KEY_PAUSE] = { "pause", 0xe114, 0x62 },
};

const uint8_t ps2_set2_to_set1[256] = {
    0xff, 0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3e, 0x0f, 0x29, 0x59,
    0x65, 0x38, 0x2a, 0x70, 0x1d, 0x10, 0x02, 0x5a, 0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11, 0x03, 0x5b,
    0x67, 0x2e, 0x2d, 0x20, 0x12, 0x05, 0x04, 0x5c, 0x68, 0x39, 0x2f, 0x21, 0x14, 0x13, 0x06, 0x5d,
    0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e, 0x6a, 0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5f,
    0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b, 0x0a, 0x60, 0x6c, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0c, 0x61,
    0x6d, 0x73, 0x28, 0x74, 0x1a, 0x0d, 0x62, 0x6e, 0x3a, 0x36, 0x1c, 0x1b, 0x75, 0x2b, 0x63, 0x76,
    0x55, 0x56, 0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b, 0x7c, 0x4f, 0x7d, 0x4b, 0x47, 0x7e, 0x7f, 0x6f,
    0x52, 0x53, 0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45, 0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54,
    0x80, 0x81, 0x82, 0x41, 0x54, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f,
    0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f,
    0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf,
    0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xbb, 0xbc, 0xbd, 0xbe, 0xbf,
    0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf,
    0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf,
    0xe0, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xed, 0xee, 0xef,
    0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
};
/* clang-format on */

enum key key_find(const char *name)
{
    for (unsigned key = KEY_NONE + 1; key < KEY_COUNT; key++) {
        if (!strcmp(keys[key].name, name))
            return key;
    }
    return KEY_NONE;
}

const char *key_name(enum key key)
{
    return (unsigned)key < KEY_COUNT ? keys[key].name : NULL;
}

unsigned ps2_keyboard_room(const struct ps2_keyboard *kbd)
{
    return PS2_KEYBOARD_BUFFER - kbd->used;
}

static void tell_controller(struct ps2_keyboard *kbd)
{
    if (kbd->cable.ready)
        kbd->cable.ready(kbd->cable.host);
}

/* All bytes of a key, or one overrun code in their place. */
static void put_codes(struct ps2_keyboard *kbd, const uint8_t *codes, unsigned count)
{
    static const uint8_t overrun[] = { 0x00, 0xff, 0x00, 0x00 };

    if (count < ps2_keyboard_room(kbd)) { /* the last place is for the overrun code */
        memcpy(kbd->buffer + kbd->used, codes, count);
        kbd->used = (uint8_t)(kbd->used + count);
        kbd->overrun = false;
    } else if (!kbd->overrun && ps2_keyboard_room(kbd)) {
        kbd->buffer[kbd->used++] = overrun[kbd->scan_set & 3];
        kbd->overrun = true;
    }
    tell_controller(kbd);
}

static void put_reply(struct ps2_keyboard *kbd, uint8_t byte)
{
    if (kbd->reply_count < PS2_KEYBOARD_REPLIES)
        kbd->replies[kbd->reply_count++] = byte;
    tell_controller(kbd);
}

static uint8_t take_first(uint8_t *bytes, uint8_t *count)
{
    uint8_t byte = bytes[0];

    --*count;
    memmove(bytes, bytes + 1, *count);
    return byte;
}

static bool keyboard_take(void *owner, uint8_t *byte)
{
    struct ps2_keyboard *kbd = owner;

    if (kbd->reply_count)
        *byte = take_first(kbd->replies, &kbd->reply_count);
    else if (kbd->used && !kbd->command)
        *byte = take_first(kbd->buffer, &kbd->used);
    else
        return false;
    kbd->last_sent = *byte;
    return true;
}

/* The bytes of a key in set 2; break codes have F0h in front of the last byte of each part. */
static unsigned set2_codes(enum key key, bool pressed, uint8_t codes[8])
{
    static const uint8_t pause[] = { 0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77 };
    static const uint8_t print_make[] = { 0xe0, 0x12, 0xe0, 0x7c };
    static const uint8_t print_break[] = { 0xe0, 0xf0, 0x7c, 0xe0, 0xf0, 0x12 };
    unsigned count = 0;

    if (key == KEY_PAUSE) { /* make and break at once, nothing when it is released */
        memcpy(codes, pause, sizeof pause);
        return pressed ? sizeof pause : 0;
    }
    if (key == KEY_PRINT) {
        memcpy(codes, pressed ? print_make : print_break,
               pressed ? sizeof print_make : sizeof print_break);
        return pressed ? sizeof print_make : sizeof print_break;
    }
    if (keys[key].set2 >> 8)
        codes[count++] = (uint8_t)(keys[key].set2 >> 8);
    if (!pressed)
        codes[count++] = 0xf0;
    codes[count++] = (uint8_t)keys[key].set2;
    return count;
}

static unsigned key_codes(const struct ps2_keyboard *kbd, enum key key, bool pressed,
                          uint8_t codes[8])
{
    unsigned count = 0, from;
    bool released = false;

    if (kbd->scan_set == 3) {
        if (!pressed) {
            if (!(kbd->kind[key] & KIND_BREAK))
                return 0;
            codes[count++] = 0xf0;
        }
        codes[count++] = keys[key].set3;
        return count;
    }
    from = set2_codes(key, pressed, codes);
    if (kbd->scan_set == 2)
        return from;
    for (unsigned i = 0; i < from; i++) { /* set 1: as the controller would translate it */
        if (codes[i] == 0xf0) {
            released = true;
        } else {
            codes[count++] = ps2_set2_to_set1[codes[i]] | (released && codes[i] < 0xe0 ? 0x80 : 0);
            released = false;
        }
    }
    return count;
}

static void schedule_us(struct ps2_keyboard *kbd, uint64_t us)
{
    kbd->due = clock_now(kbd->dev.clock) + clock_ticks_from(kbd->dev.clock, us, 1000000);
    clock_schedule(kbd->dev.clock, &kbd->event, kbd->due);
}

static uint64_t repeat_delay_us(const struct ps2_keyboard *kbd)
{
    return ((kbd->typematic >> 5 & 3) + 1) * UINT64_C(250000);
}

static uint64_t repeat_period_us(const struct ps2_keyboard *kbd)
{
    return ((8u + (kbd->typematic & 7)) << (kbd->typematic >> 3 & 3)) * UINT64_C(4170);
}

static bool repeats(const struct ps2_keyboard *kbd, enum key key)
{
    return key != KEY_PAUSE && (kbd->scan_set != 3 || kbd->kind[key] & KIND_REPEAT);
}

static void stop_repeating(struct ps2_keyboard *kbd)
{
    kbd->repeating = KEY_NONE;
    if (!kbd->testing)
        clock_cancel(kbd->dev.clock, &kbd->event);
}

void ps2_keyboard_key(struct ps2_keyboard *kbd, enum key key, bool pressed)
{
    uint8_t codes[8];
    unsigned count;

    if (key <= KEY_NONE || key >= KEY_COUNT || kbd->down[key] == pressed)
        return;
    kbd->down[key] = pressed;
    if (!kbd->scanning || kbd->testing)
        return;
    count = key_codes(kbd, key, pressed, codes);
    if (count)
        put_codes(kbd, codes, count);
    if (pressed && repeats(kbd, key)) {
        kbd->repeating = (uint8_t)key;
        schedule_us(kbd, repeat_delay_us(kbd));
    } else if (!pressed && kbd->repeating == key) {
        stop_repeating(kbd);
    }
}

static void set_defaults(struct ps2_keyboard *kbd)
{
    static const uint8_t both[] = { KEY_SHIFT, KEY_CTRL, KEY_ALT, KEY_CAPS_LOCK };

    kbd->leds = 0;
    kbd->typematic = TYPEMATIC_DEFAULT;
    kbd->scan_set = 2;
    kbd->used = 0;
    kbd->overrun = false;
    memset(kbd->kind, KIND_REPEAT, sizeof kbd->kind);
    for (unsigned i = 0; i < sizeof both; i++)
        kbd->kind[both[i]] = KIND_BREAK;
    kbd->kind[KEY_SHIFT_R] = KIND_BREAK;
    kbd->kind[KEY_CTRL_R] = 0;
    kbd->kind[KEY_ALT_R] = 0;
    stop_repeating(kbd);
}

static void event_fires(void *owner)
{
    struct ps2_keyboard *kbd = owner;
    uint8_t codes[8];
    unsigned count;

    if (kbd->testing) {
        kbd->testing = false;
        put_reply(kbd, TEST_PASSED);
    } else if (kbd->repeating != KEY_NONE && kbd->scanning) {
        count = key_codes(kbd, kbd->repeating, true, codes);
        if (count && !kbd->used) /* what the guest does not fetch does not pile up */
            put_codes(kbd, codes, count);
        schedule_us(kbd, repeat_period_us(kbd));
    }
}

static void set_kinds(struct ps2_keyboard *kbd, uint8_t kind)
{
    memset(kbd->kind, kind, sizeof kbd->kind);
    put_reply(kbd, ACK);
}

static void run_command(struct ps2_keyboard *kbd, uint8_t value)
{
    kbd->command = 0;
    switch (value) {
    case 0xed: /* LEDs */
    case 0xf0: /* scan code set */
    case 0xf3: /* typematic rate and delay */
    case 0xfb: /* set 3, key by key: repeats */
    case 0xfc: /* sends a break code */
    case 0xfd: /* make code only */
        kbd->command = value;
        put_reply(kbd, ACK);
        break;
    case 0xee:
        put_reply(kbd, ECHO);
        break;
    case 0xf2: /* identify */
        put_reply(kbd, ACK);
        put_reply(kbd, 0xab);
        put_reply(kbd, 0x83);
        break;
    case 0xf4:
        kbd->used = 0;
        kbd->scanning = true;
        put_reply(kbd, ACK);
        break;
    case 0xf5: /* defaults, no more scanning */
    case 0xf6: /* defaults */
        set_defaults(kbd);
        kbd->scanning = value == 0xf6;
        put_reply(kbd, ACK);
        break;
    case 0xf7:
        set_kinds(kbd, KIND_REPEAT);
        break;
    case 0xf8:
        set_kinds(kbd, KIND_BREAK);
        break;
    case 0xf9:
        set_kinds(kbd, 0);
        break;
    case 0xfa:
        set_kinds(kbd, KIND_BREAK | KIND_REPEAT);
        break;
    case 0xfe:
        put_reply(kbd, kbd->last_sent);
        break;
    case 0xff:
        kbd->reply_count = 0;
        put_reply(kbd, ACK);
        set_defaults(kbd);
        kbd->scanning = true;
        kbd->testing = true;
        schedule_us(kbd, TEST_US);
        break;
    default:
        log_line(kbd->dev.log, LOG_DEBUG, "ps2_keyboard", "unknown command %02x refused", value);
        put_reply(kbd, RESEND);
    }
}

static void set_kind(struct ps2_keyboard *kbd, uint8_t set3, uint8_t kind)
{
    for (unsigned key = KEY_NONE + 1; key < KEY_COUNT; key++) {
        if (keys[key].set3 == set3)
            kbd->kind[key] = kind;
    }
}

/* The argument of the command that is waiting for one. */
static void run_argument(struct ps2_keyboard *kbd, uint8_t value)
{
    uint8_t command = kbd->command;

    kbd->command = 0;
    switch (command) {
    case 0xed:
        kbd->leds = value & 7;
        put_reply(kbd, ACK);
        break;
    case 0xf3:
        kbd->typematic = value & 0x7f;
        put_reply(kbd, ACK);
        break;
    case 0xf0:
        if (value > 3) {
            put_reply(kbd, RESEND);
            break;
        }
        put_reply(kbd, ACK);
        if (value == 0) {
            put_reply(kbd, kbd->scan_set);
        } else {
            kbd->scan_set = value;
            kbd->used = 0;
        }
        break;
    default: /* fbh-fdh: a list of keys, until the next command */
        set_kind(kbd, value, command == 0xfb ? KIND_REPEAT : command == 0xfc ? KIND_BREAK : 0);
        kbd->command = command;
        put_reply(kbd, ACK);
    }
}

static void keyboard_send(void *owner, uint8_t value)
{
    struct ps2_keyboard *kbd = owner;

    if (kbd->testing) { /* a command ends the self test */
        kbd->testing = false;
        clock_cancel(kbd->dev.clock, &kbd->event);
    }
    if (kbd->command && value < 0xed)
        run_argument(kbd, value);
    else
        run_command(kbd, value);
}

/* clang-format off */
static const struct field ps2_keyboard_fields[] = {
    NOT_SAVED(struct ps2_keyboard, dev, "device"),
    FIELD(struct ps2_keyboard, buffer,      FMT_BYTES, "scan codes that wait"),
    FIELD(struct ps2_keyboard, used,        FMT_DEC,   "how many"),
    FIELD(struct ps2_keyboard, replies,     FMT_BYTES, "answers to commands"),
    FIELD(struct ps2_keyboard, reply_count, FMT_DEC,   "how many"),
    FIELD(struct ps2_keyboard, last_sent,   FMT_HEX,   "last byte sent"),
    FIELD(struct ps2_keyboard, command,     FMT_HEX,   "command that awaits an argument"),
    FIELD(struct ps2_keyboard, scan_set,    FMT_DEC,   "scan code set"),
    FIELD(struct ps2_keyboard, leds,        FMT_HEX,
          "LEDs: bit 0 scroll lock, 1 num lock, 2 caps lock"),
    FIELD(struct ps2_keyboard, typematic,   FMT_HEX,   "typematic: bits 6-5 delay, 4-0 rate"),
    FIELD(struct ps2_keyboard, scanning,    FMT_BOOL,  "keys are reported"),
    FIELD(struct ps2_keyboard, overrun,     FMT_BOOL,  "the buffer overflowed"),
    FIELD(struct ps2_keyboard, testing,     FMT_BOOL,  "self test is running"),
    FIELD(struct ps2_keyboard, down,        FMT_BYTES, "1 for each key held"),
    FIELD(struct ps2_keyboard, kind,        FMT_BYTES, "set 3: bit 0 break code, 1 repeats"),
    FIELD(struct ps2_keyboard, repeating,   FMT_DEC,   "key that repeats, 0 none"),
    FIELD(struct ps2_keyboard, due,         FMT_DEC,
          "tick of the next repetition or end of self test"),
    NOT_SAVED(struct ps2_keyboard, event, "repetition, self test"),
    NOT_SAVED(struct ps2_keyboard, cable, "cable"),
    { 0 },
};
/* clang-format on */

static void ps2_keyboard_init(struct device *dev)
{
    struct ps2_keyboard *kbd = (struct ps2_keyboard *)dev;

    event_init(dev->clock, &kbd->event, "keyboard", event_fires, kbd);
    kbd->cable.take = keyboard_take;
    kbd->cable.send = keyboard_send;
    kbd->cable.device = kbd;
}

/* After power-on only: the keyboard is not on the reset line. */
static void ps2_keyboard_reset(struct device *dev, enum reset kind)
{
    struct ps2_keyboard *kbd = (struct ps2_keyboard *)dev;

    if (kind != RESET_POWER_ON)
        return;
    kbd->testing = false;
    kbd->reply_count = 0;
    kbd->command = 0;
    kbd->last_sent = 0;
    kbd->due = 0;
    memset(kbd->down, 0, sizeof kbd->down);
    set_defaults(kbd);
    kbd->scanning = true;
}

static void ps2_keyboard_restored(struct device *dev)
{
    struct ps2_keyboard *kbd = (struct ps2_keyboard *)dev;

    if (kbd->used > PS2_KEYBOARD_BUFFER)
        kbd->used = 0;
    if (kbd->reply_count > PS2_KEYBOARD_REPLIES)
        kbd->reply_count = 0;
    if (kbd->repeating >= KEY_COUNT)
        kbd->repeating = KEY_NONE;
    for (unsigned key = 0; key < KEY_COUNT; key++)
        kbd->down[key] = kbd->down[key] != 0;
    if (kbd->testing || kbd->repeating != KEY_NONE)
        clock_schedule(dev->clock, &kbd->event, kbd->due);
    else
        clock_cancel(dev->clock, &kbd->event);
}

static void ps2_keyboard_describe(const struct device *dev, struct out *out)
{
    const struct ps2_keyboard *kbd = (const struct ps2_keyboard *)dev;

    out_printf(out, "scan code set %u, %s, LEDs:%s%s%s%s\n", kbd->scan_set,
               kbd->testing    ? "self test running"
               : kbd->scanning ? "scanning"
                               : "not scanning",
               kbd->leds & 1 ? " scroll" : "", kbd->leds & 2 ? " num" : "",
               kbd->leds & 4 ? " caps" : "", kbd->leds & 7 ? "" : " off");
    out_printf(out, "%u bytes wait in the keyboard%s\n", kbd->used + kbd->reply_count,
               kbd->overrun ? ", more were lost" : "");
    for (unsigned key = KEY_NONE + 1; key < KEY_COUNT; key++) {
        if (kbd->down[key])
            out_printf(out, "held: %s\n", keys[key].name);
    }
}

const struct device_class ps2_keyboard_class = {
    .name = "ps2_keyboard",
    .title = "PS/2 keyboard",
    .size = sizeof(struct ps2_keyboard),
    .fields = ps2_keyboard_fields,
    .init = ps2_keyboard_init,
    .reset = ps2_keyboard_reset,
    .describe = ps2_keyboard_describe,
    .restored = ps2_keyboard_restored,
};
