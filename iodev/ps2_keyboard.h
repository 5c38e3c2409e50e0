/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/ps2_keyboard.h - PS/2 keyboard: keys by name, whatever scan code set the guest chose. */
#ifndef IODEV_PS2_KEYBOARD_H
#define IODEV_PS2_KEYBOARD_H

#include "iodev/device.h"
#include "iodev/ps2.h"

/* Keys of the 105-key layout by their US legend. */
/* clang-format off */
enum key {
    KEY_NONE,
    KEY_ESC, KEY_1, KEY_2, KEY_3, KEY_4, KEY_5, KEY_6, KEY_7, KEY_8, KEY_9, KEY_0, KEY_MINUS,
    KEY_EQUAL, KEY_BACKSPACE, KEY_TAB, KEY_Q, KEY_W, KEY_E, KEY_R, KEY_T, KEY_Y, KEY_U, KEY_I,
    KEY_O, KEY_P, KEY_BRACKET_LEFT, KEY_BRACKET_RIGHT, KEY_ENTER, KEY_CTRL, KEY_A, KEY_S, KEY_D,
    KEY_F, KEY_G, KEY_H, KEY_J, KEY_K, KEY_L, KEY_SEMICOLON, KEY_APOSTROPHE, KEY_GRAVE, KEY_SHIFT,
    KEY_BACKSLASH, KEY_Z, KEY_X, KEY_C, KEY_V, KEY_B, KEY_N, KEY_M, KEY_COMMA, KEY_DOT, KEY_SLASH,
    KEY_SHIFT_R, KEY_KP_MULTIPLY, KEY_ALT, KEY_SPACE, KEY_CAPS_LOCK, KEY_F1, KEY_F2, KEY_F3,
    KEY_F4, KEY_F5, KEY_F6, KEY_F7, KEY_F8, KEY_F9, KEY_F10, KEY_NUM_LOCK, KEY_SCROLL_LOCK,
    KEY_KP_7, KEY_KP_8, KEY_KP_9, KEY_KP_SUBTRACT, KEY_KP_4, KEY_KP_5, KEY_KP_6, KEY_KP_ADD,
    KEY_KP_1, KEY_KP_2, KEY_KP_3, KEY_KP_0, KEY_KP_DECIMAL, KEY_LESS, KEY_F11, KEY_F12,
    KEY_KP_ENTER, KEY_CTRL_R, KEY_KP_DIVIDE, KEY_PRINT, KEY_ALT_R, KEY_HOME, KEY_UP, KEY_PGUP,
    KEY_LEFT, KEY_RIGHT, KEY_END, KEY_DOWN, KEY_PGDN, KEY_INSERT, KEY_DELETE, KEY_META_L,
    KEY_META_R, KEY_MENU, KEY_PAUSE,
    KEY_COUNT,
};
/* clang-format on */

enum { PS2_KEYBOARD_BUFFER = 16, PS2_KEYBOARD_REPLIES = 8 };

struct ps2_keyboard {
    struct device dev;
    uint8_t buffer[PS2_KEYBOARD_BUFFER];   /* scan codes that wait */
    uint8_t used;                          /* bytes of it */
    uint8_t replies[PS2_KEYBOARD_REPLIES]; /* answers to commands: they go first */
    uint8_t reply_count;
    uint8_t last_sent;       /* for the resend command */
    uint8_t command;         /* command whose argument is awaited; 0: none */
    uint8_t scan_set;        /* 1-3 */
    uint8_t leds;            /* bit 0 scroll lock, 1 num lock, 2 caps lock */
    uint8_t typematic;       /* bits 6-5 delay, 4-0 rate */
    bool scanning;           /* keys are reported */
    bool overrun;            /* keys were lost since the buffer was full */
    bool testing;            /* the self test after a reset command is running */
    uint8_t down[KEY_COUNT]; /* 1: the key is held */
    uint8_t kind[KEY_COUNT]; /* set 3: bit 0 sends a break code, 1 repeats */
    uint8_t repeating;       /* enum key that repeats; KEY_NONE */
    uint64_t due;            /* tick of the next repetition or the end of the self test */
    struct event event;
    struct ps2_cable cable; /* plug it into a controller */
};

extern const struct device_class ps2_keyboard_class;
/* What the controller makes of a set 2 byte. */
extern const uint8_t ps2_set2_to_set1[256];

/* A key moves. Repeated presses of a held key are ignored: the keyboard repeats by itself. */
void ps2_keyboard_key(struct ps2_keyboard *kbd, enum key key, bool pressed);
/* Bytes free in the buffer; a press and release need up to 14. */
unsigned ps2_keyboard_room(const struct ps2_keyboard *kbd);
/* "a", "ret", "shift_r", ... KEY_NONE / NULL: no such key. */
enum key key_find(const char *name);
const char *key_name(enum key key);

#endif
