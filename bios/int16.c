/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/int16.c - INT 16h: what the keyboard buffer holds. 16-bit code; int09.c fills the buffer.
 * Source: Ralf Brown's interrupt list.
 */
#include "keyboard.h"

bool key_store(uint16_t key)
{
    uint16_t tail = bda_read16(BDA_KEY_TAIL), next = tail + 2;

    if (next == bda_read16(BDA_KEY_END))
        next = bda_read16(BDA_KEY_START);
    if (next == bda_read16(BDA_KEY_HEAD))
        return false; /* full */
    bda_write16(tail, key);
    bda_write16(BDA_KEY_TAIL, next);
    return true;
}

/* For the 84-key functions: keys that they do not know are dropped, E0h is hidden. */
static bool old_key(uint16_t *key)
{
    uint8_t low = (uint8_t)*key, high = *key >> 8;

    if (high == 0xe0) { /* keypad Enter and / */
        *key = (uint16_t)((low == '/' ? 0x3500 : 0x1c00) | low);
        return true;
    }
    if (low == 0xe0 && high != 0)
        *key = (uint16_t)(high << 8);
    else if ((low == 0 || low == 0xf0) && high > 0x84)
        return false; /* F11, F12 and other keys of the 101-key keyboard */
    if (low == 0xf0)
        *key = (uint16_t)(high << 8);
    return true;
}

/* The next key, or false. `take` it from the buffer or leave it there. */
static bool next_key(bool enhanced, bool take, uint16_t *key)
{
    for (;;) {
        uint16_t head = bda_read16(BDA_KEY_HEAD), next = head + 2;
        bool fits;

        if (head == bda_read16(BDA_KEY_TAIL))
            return false;
        *key = bda_read16(head);
        fits = enhanced || old_key(key);
        if (fits && !take)
            return true;
        if (next == bda_read16(BDA_KEY_END))
            next = bda_read16(BDA_KEY_START);
        bda_write16(BDA_KEY_HEAD, next);
        if (fits)
            return true;
    }
}

void int16_keyboard(struct regs *r)
{
    bool enhanced = r->ah & 0x10;
    uint16_t key;

    switch (r->ah) {
    case 0x00:
    case 0x10:
        while (!next_key(enhanced, true, &key))
            __asm__ volatile("sti\n\thlt\n\tcli");
        r->ax = key;
        break;
    case 0x01:
    case 0x11:
        if (next_key(enhanced, false, &key)) {
            r->ax = key;
            r->flags &= (uint16_t)~EFLAGS_ZF;
        } else {
            r->flags |= EFLAGS_ZF;
        }
        r->flags |= EFLAGS_IF; /* programs poll this one, and some with interrupts off */
        break;
    case 0x02:
        r->al = bda_read8(BDA_SHIFT_FLAGS);
        break;
    case 0x05:
        r->al = !key_store(r->cx);
        break;
    case 0x09:
        r->al = 0x20; /* 101-key functions are there */
        break;
    case 0x12:
        r->al = bda_read8(BDA_SHIFT_FLAGS);
        r->ah = bda_read8(BDA_SHIFT_KEYS) & 0x73;
        r->ah |= bda_read8(BDA_KEY_MODE) & 0x0c; /* right Ctrl and Alt */
        r->ah |= bda_read8(BDA_SHIFT_KEYS) & 0x04 ? 0x80 : 0;
        break;
    }
}
