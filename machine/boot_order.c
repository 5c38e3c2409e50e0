/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/boot_order.c - -boot: its words, and the CMOS bytes in which QEMU hands the order to a PC's
 * firmware: 3Dh first device in bits 3-0 and second in bits 7-4, 38h third in bits 7-4.
 */
#include "machine/boot_order.h"

#include <string.h>

#include "util/text.h"

#define MENU_WAIT 2500
#define MENU_WAIT_MOST 60000

static const char letters[] = "acdn"; /* devices 1 to 4 of the CMOS */

static bool set_order(char *order, const char *from, size_t length, struct buf *error)
{
    for (size_t i = 0; i < length; i++)
        if (!strchr(letters, from[i]) || memchr(from, from[i], i)) {
            buf_printf(error, "'%.*s', expected letters of a, c, d and n, each once", (int)length,
                       from);
            return false;
        }
    if (length == 0 || length > BOOT_ORDER_MOST) {
        buf_printf(error, "'%.*s', expected one to three devices", (int)length, from);
        return false;
    }
    memcpy(order, from, length);
    order[length] = 0;
    return true;
}

static bool set_number(uint32_t *number, const char *from, size_t length, struct buf *error)
{
    char text[16] = "";
    uint64_t value;

    if (length < sizeof text)
        memcpy(text, from, length);
    if (!text_number(text, &value) || value > MENU_WAIT_MOST) {
        buf_printf(error, "'%.*s', expected milliseconds up to %d", (int)length, from,
                   MENU_WAIT_MOST);
        return false;
    }
    *number = (uint32_t)value;
    return true;
}

static bool is_word(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && !memcmp(text, word, length);
}

bool boot_order_parse(struct boot_order *boot, const char *text, struct buf *error)
{
    memset(boot, 0, sizeof *boot);
    boot->menu_wait = MENU_WAIT;
    for (const char *at = text; at;) {
        size_t length = strcspn(at, ","), name = strcspn(at, "=,");
        const char *value = at + name + 1;
        size_t value_length = length > name ? length - name - 1 : 0;

        if (name == length) { /* the letters alone */
            if (at != text)
                name = 0;
            else if (!set_order(boot->order, at, length, error))
                return false;
        } else if (is_word(at, name, "order")) {
            if (!set_order(boot->order, value, value_length, error))
                return false;
        } else if (is_word(at, name, "once")) {
            if (!set_order(boot->once, value, value_length, error))
                return false;
        } else if (is_word(at, name, "splash-time")) {
            if (!set_number(&boot->menu_wait, value, value_length, error))
                return false;
        } else if (is_word(at, name, "menu") &&
                   (is_word(value, value_length, "on") || is_word(value, value_length, "off"))) {
            boot->menu = value_length == 2;
        } else {
            name = 0;
        }
        if (name == 0) {
            buf_printf(error, "'%.*s', expected order=, once=, menu=on, menu=off or splash-time=",
                       (int)length, at);
            return false;
        }
        at = at[length] ? at + length + 1 : NULL;
    }
    return true;
}

void boot_order_cmos(const char *order, uint8_t *low, uint8_t *high)
{
    uint8_t device[BOOT_ORDER_MOST] = { 0 };

    for (unsigned i = 0; i < BOOT_ORDER_MOST && order[i]; i++)
        device[i] = (uint8_t)(strchr(letters, order[i]) - letters + 1);
    *low = (uint8_t)(device[1] << 4 | device[0]);
    *high = (uint8_t)(device[2] << 4);
}
