/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/int09.c - INT 09h: scan codes (set 1, as the 8042 translates them) become keys of the US
 * layout in the keyboard buffer. 16-bit code. Source: IBM PC/AT Technical Reference, "Keyboard".
 */
#include "io.h"
#include "keyboard.h"

/* clang-format off */
/* Key codes by scan code: plain, with Shift, with Ctrl, with Alt; 0: no key. */
static const uint16_t keys[0x59][4] = {
    [0x01] = { 0x011b, 0x011b, 0x011b, 0x0100 }, [0x02] = { 0x0231, 0x0221, 0x0000, 0x7800 },
    [0x03] = { 0x0332, 0x0340, 0x0300, 0x7900 }, [0x04] = { 0x0433, 0x0423, 0x0000, 0x7a00 },
    [0x05] = { 0x0534, 0x0524, 0x0000, 0x7b00 }, [0x06] = { 0x0635, 0x0625, 0x0000, 0x7c00 },
    [0x07] = { 0x0736, 0x075e, 0x071e, 0x7d00 }, [0x08] = { 0x0837, 0x0826, 0x0000, 0x7e00 },
    [0x09] = { 0x0938, 0x092a, 0x0000, 0x7f00 }, [0x0a] = { 0x0a39, 0x0a28, 0x0000, 0x8000 },
    [0x0b] = { 0x0b30, 0x0b29, 0x0000, 0x8100 }, [0x0c] = { 0x0c2d, 0x0c5f, 0x0c1f, 0x8200 },
    [0x0d] = { 0x0d3d, 0x0d2b, 0x0000, 0x8300 }, [0x0e] = { 0x0e08, 0x0e08, 0x0e7f, 0x0e00 },
    [0x0f] = { 0x0f09, 0x0f00, 0x9400, 0xa500 }, [0x10] = { 0x1071, 0x1051, 0x1011, 0x1000 },
    [0x11] = { 0x1177, 0x1157, 0x1117, 0x1100 }, [0x12] = { 0x1265, 0x1245, 0x1205, 0x1200 },
    [0x13] = { 0x1372, 0x1352, 0x1312, 0x1300 }, [0x14] = { 0x1474, 0x1454, 0x1414, 0x1400 },
    [0x15] = { 0x1579, 0x1559, 0x1519, 0x1500 }, [0x16] = { 0x1675, 0x1655, 0x1615, 0x1600 },
    [0x17] = { 0x1769, 0x1749, 0x1709, 0x1700 }, [0x18] = { 0x186f, 0x184f, 0x180f, 0x1800 },
    [0x19] = { 0x1970, 0x1950, 0x1910, 0x1900 }, [0x1a] = { 0x1a5b, 0x1a7b, 0x1a1b, 0x1a00 },
    [0x1b] = { 0x1b5d, 0x1b7d, 0x1b1d, 0x1b00 }, [0x1c] = { 0x1c0d, 0x1c0d, 0x1c0a, 0x1c00 },
    [0x1e] = { 0x1e61, 0x1e41, 0x1e01, 0x1e00 }, [0x1f] = { 0x1f73, 0x1f53, 0x1f13, 0x1f00 },
    [0x20] = { 0x2064, 0x2044, 0x2004, 0x2000 }, [0x21] = { 0x2166, 0x2146, 0x2106, 0x2100 },
    [0x22] = { 0x2267, 0x2247, 0x2207, 0x2200 }, [0x23] = { 0x2368, 0x2348, 0x2308, 0x2300 },
    [0x24] = { 0x246a, 0x244a, 0x240a, 0x2400 }, [0x25] = { 0x256b, 0x254b, 0x250b, 0x2500 },
    [0x26] = { 0x266c, 0x264c, 0x260c, 0x2600 }, [0x27] = { 0x273b, 0x273a, 0x0000, 0x2700 },
    [0x28] = { 0x2827, 0x2822, 0x0000, 0x2800 }, [0x29] = { 0x2960, 0x297e, 0x0000, 0x2900 },
    [0x2b] = { 0x2b5c, 0x2b7c, 0x2b1c, 0x2b00 }, [0x2c] = { 0x2c7a, 0x2c5a, 0x2c1a, 0x2c00 },
    [0x2d] = { 0x2d78, 0x2d58, 0x2d18, 0x2d00 }, [0x2e] = { 0x2e63, 0x2e43, 0x2e03, 0x2e00 },
    [0x2f] = { 0x2f76, 0x2f56, 0x2f16, 0x2f00 }, [0x30] = { 0x3062, 0x3042, 0x3002, 0x3000 },
    [0x31] = { 0x316e, 0x314e, 0x310e, 0x3100 }, [0x32] = { 0x326d, 0x324d, 0x320d, 0x3200 },
    [0x33] = { 0x332c, 0x333c, 0x0000, 0x3300 }, [0x34] = { 0x342e, 0x343e, 0x0000, 0x3400 },
    [0x35] = { 0x352f, 0x353f, 0x0000, 0x3500 }, [0x37] = { 0x372a, 0x372a, 0x9600, 0x3700 },
    [0x39] = { 0x3920, 0x3920, 0x3920, 0x3920 }, [0x3b] = { 0x3b00, 0x5400, 0x5e00, 0x6800 },
    [0x3c] = { 0x3c00, 0x5500, 0x5f00, 0x6900 }, [0x3d] = { 0x3d00, 0x5600, 0x6000, 0x6a00 },
    [0x3e] = { 0x3e00, 0x5700, 0x6100, 0x6b00 }, [0x3f] = { 0x3f00, 0x5800, 0x6200, 0x6c00 },
    [0x40] = { 0x4000, 0x5900, 0x6300, 0x6d00 }, [0x41] = { 0x4100, 0x5a00, 0x6400, 0x6e00 },
    [0x42] = { 0x4200, 0x5b00, 0x6500, 0x6f00 }, [0x43] = { 0x4300, 0x5c00, 0x6600, 0x7000 },
    [0x44] = { 0x4400, 0x5d00, 0x6700, 0x7100 }, [0x47] = { 0x4700, 0x4737, 0x7700, 0x0000 },
    [0x48] = { 0x4800, 0x4838, 0x8d00, 0x0000 }, [0x49] = { 0x4900, 0x4939, 0x8400, 0x0000 },
    [0x4a] = { 0x4a2d, 0x4a2d, 0x8e00, 0x4a00 }, [0x4b] = { 0x4b00, 0x4b34, 0x7300, 0x0000 },
    [0x4c] = { 0x4c00, 0x4c35, 0x8f00, 0x0000 }, [0x4d] = { 0x4d00, 0x4d36, 0x7400, 0x0000 },
    [0x4e] = { 0x4e2b, 0x4e2b, 0x9000, 0x4e00 }, [0x4f] = { 0x4f00, 0x4f31, 0x7500, 0x0000 },
    [0x50] = { 0x5000, 0x5032, 0x9100, 0x0000 }, [0x51] = { 0x5100, 0x5133, 0x7600, 0x0000 },
    [0x52] = { 0x5200, 0x5230, 0x9200, 0x0000 }, [0x53] = { 0x5300, 0x532e, 0x9300, 0x0000 },
    [0x56] = { 0x565c, 0x567c, 0x0000, 0x0000 }, [0x57] = { 0x8500, 0x8700, 0x8900, 0x8b00 },
    [0x58] = { 0x8600, 0x8800, 0x8a00, 0x8c00 },
};
/* clang-format on */

/* Codes of the grey keys (after E0h) with Ctrl and with Alt, for 47h to 53h. */
static const uint8_t grey_ctrl[] = {
    0x77, 0x8d, 0x84, 0, 0x73, 0, 0x74, 0, 0x75, 0x91, 0x76, 0x92, 0x93,
};
static const uint8_t grey_alt[] = {
    0x97, 0x98, 0x99, 0, 0x9b, 0, 0x9d, 0, 0x9f, 0xa0, 0xa1, 0xa2, 0xa3,
};

#define RELEASED 0x80

static void change(enum bda_offset where, uint8_t bits, bool on)
{
    uint8_t old = bda_read8(where);

    bda_write8(where, (uint8_t)(on ? old | bits : old & ~bits));
}

/* Locks change when pressed, not when repeated; 40:18 knows whether the key is held. */
static void lock(uint8_t bit, bool pressed)
{
    if (pressed && !(bda_read8(BDA_SHIFT_KEYS) & bit))
        bda_write8(BDA_SHIFT_FLAGS, bda_read8(BDA_SHIFT_FLAGS) ^ bit);
    change(BDA_SHIFT_KEYS, bit, pressed);
}

/* A side's Ctrl or Alt: the common flag is off when neither is held. */
static void ctrl_or_alt(bool alt, bool right, bool pressed)
{
    uint8_t left_bit = alt ? 0x02 : 0x01, right_bit = alt ? MODE_RIGHT_ALT : MODE_RIGHT_CTRL;

    if (right)
        change(BDA_KEY_MODE, right_bit, pressed);
    else
        change(BDA_SHIFT_KEYS, left_bit, pressed);
    change(BDA_SHIFT_FLAGS, alt ? SHIFT_ALT : SHIFT_CTRL,
           bda_read8(BDA_KEY_MODE) & right_bit || bda_read8(BDA_SHIFT_KEYS) & left_bit);
    if (alt && !pressed && bda_read8(BDA_ALT_KEYPAD)) { /* a character by its number */
        key_store(bda_read8(BDA_ALT_KEYPAD));
        bda_write8(BDA_ALT_KEYPAD, 0);
    }
}

/* True: it was a shift or lock key. */
static bool shift_key(uint8_t code, bool grey, bool pressed)
{
    switch (code) {
    case 0x2a:
        if (!grey) /* E0 2A goes with the grey keys */
            change(BDA_SHIFT_FLAGS, SHIFT_LEFT, pressed);
        return true;
    case 0x36:
        if (!grey)
            change(BDA_SHIFT_FLAGS, SHIFT_RIGHT, pressed);
        return true;
    case 0x1d:
        ctrl_or_alt(false, grey, pressed);
        return true;
    case 0x38:
        ctrl_or_alt(true, grey, pressed);
        return true;
    case 0x3a:
        lock(SHIFT_CAPS, pressed);
        return true;
    case 0x45:
        lock(SHIFT_NUM, pressed);
        return true;
    case 0x46:
        if (grey)
            return false; /* Ctrl-Break */
        lock(SHIFT_SCROLL, pressed);
        return true;
    }
    return false;
}

__attribute__((noreturn)) static void restart(void)
{
    bda_write16(BDA_RESET_FLAG, 0x1234);
    out8(PORT_KBD_STATUS, 0xfe); /* pulse the reset line */
    for (;;)
        __asm__ volatile("cli\n\thlt");
}

static void grey_key(uint8_t code, uint8_t shift)
{
    uint8_t high = code;

    if (code == 0x1c) { /* Enter and / of the keypad */
        key_store(shift & SHIFT_ALT ? 0xa600 : shift & SHIFT_CTRL ? 0xe00a : 0xe00d);
        return;
    }
    if (code == 0x35) {
        key_store(shift & SHIFT_ALT ? 0xa400 : shift & SHIFT_CTRL ? 0x9500 : 0xe02f);
        return;
    }
    if (code == 0x37) {
        __asm__ volatile("int $0x05" : : : "memory", "eax", "ecx", "edx"); /* print screen */
        return;
    }
    if (code == 0x46) { /* Ctrl-Break */
        bda_write8(BDA_BREAK, 0x80);
        bda_write16(BDA_KEY_HEAD, bda_read16(BDA_KEY_START));
        bda_write16(BDA_KEY_TAIL, bda_read16(BDA_KEY_START));
        __asm__ volatile("int $0x1b" : : : "memory", "eax", "ecx", "edx");
        key_store(0);
        return;
    }
    if (code < 0x47 || code > 0x53)
        return;
    if (shift & SHIFT_ALT)
        high = grey_alt[code - 0x47];
    else if (shift & SHIFT_CTRL)
        high = grey_ctrl[code - 0x47];
    if (code == 0x52 && !(shift & (SHIFT_ALT | SHIFT_CTRL)))
        bda_write8(BDA_SHIFT_FLAGS, bda_read8(BDA_SHIFT_FLAGS) ^ SHIFT_INSERT);
    if (high)
        key_store((uint16_t)(high << 8 | (shift & SHIFT_ALT ? 0 : 0xe0)));
}

static bool is_letter(uint16_t key)
{
    uint8_t c = (uint8_t)key;

    return c >= 'a' && c <= 'z';
}

/* Alt and digits of the keypad: 10 times what there was, plus this one. */
static bool alt_number(uint8_t code)
{
    static const uint8_t digits[] = { 7, 8, 9, 0xff, 4, 5, 6, 0xff, 1, 2, 3, 0 };

    if (code < 0x47 || code > 0x52 || digits[code - 0x47] == 0xff)
        return false;
    bda_write8(BDA_ALT_KEYPAD, (uint8_t)(bda_read8(BDA_ALT_KEYPAD) * 10 + digits[code - 0x47]));
    return true;
}

static void plain_key(uint8_t code, uint8_t shift)
{
    bool shifted = shift & (SHIFT_LEFT | SHIFT_RIGHT);
    uint16_t key;

    if (code >= ARRAY_LENGTH(keys))
        return;
    if (shift & SHIFT_ALT) {
        if (alt_number(code))
            return;
        key = keys[code][3];
    } else if (shift & SHIFT_CTRL) {
        key = keys[code][2];
    } else {
        if (shift & SHIFT_CAPS && is_letter(keys[code][0]))
            shifted = !shifted;
        if (shift & SHIFT_NUM && code >= 0x47 && code <= 0x53)
            shifted = !shifted;
        key = keys[code][shifted];
    }
    if (key)
        key_store(key);
}

static void scan_code(uint8_t byte)
{
    uint8_t mode = bda_read8(BDA_KEY_MODE), code = byte & 0x7f, shift;
    bool grey = mode & MODE_E0, pressed = !(byte & RELEASED);

    if (byte == 0xe0 || byte == 0xe1) {
        change(BDA_KEY_MODE, byte == 0xe0 ? MODE_E0 : MODE_E1, true);
        return;
    }
    if (byte == 0xfa || byte == 0xfe || byte == 0xff || byte == 0x00)
        return;           /* answers of the keyboard to commands, overrun */
    if (mode & MODE_E1) { /* Pause: E1 1D 45, then the same released */
        if (code == 0x45)
            change(BDA_KEY_MODE, MODE_E1, false);
        return;
    }
    change(BDA_KEY_MODE, MODE_E0, false);
    if (shift_key(code, grey, pressed) || !pressed)
        return;
    shift = bda_read8(BDA_SHIFT_FLAGS);
    if (code == 0x53 && shift & SHIFT_CTRL && shift & SHIFT_ALT)
        restart();
    if (grey)
        grey_key(code, shift);
    else
        plain_key(code, shift);
}

/* INT 15h, 4Fh lets programs change the scan code or swallow it (carry clear). */
static bool intercept(uint8_t *byte)
{
    uint32_t eax = 0x4f00u | *byte;
    uint8_t carry;

    __asm__ volatile("stc\n\tint $0x15\n\tsetc %1" : "+a"(eax), "=q"(carry) : : "memory", "cc");
    *byte = (uint8_t)eax;
    return carry;
}

void int09_keyboard(struct regs *r)
{
    uint8_t byte;

    (void)r;
    if (in8(PORT_KBD_STATUS) & 0x01) {
        byte = in8(PORT_KBD_DATA);
        if (intercept(&byte))
            scan_code(byte);
    }
    out8(PORT_PIC1, PIC_EOI);
}
