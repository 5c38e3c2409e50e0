/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/boot_order.h - which drives the firmware tries, in QEMU's words: -boot order=dc,once=a,menu=on. */
#ifndef MACHINE_BOOT_ORDER_H
#define MACHINE_BOOT_ORDER_H

#include "util/out.h"
#include "util/types.h"

#define BOOT_ORDER_MOST 3 /* devices that the CMOS has room for */

struct boot_order {
    char order[BOOT_ORDER_MOST +
               1]; /* of a diskette, c disk, d CD, n network; "": the firmware's own */
    char once[BOOT_ORDER_MOST + 1]; /* the same, from power-on to the first reset; "": as `order` */
    bool menu;
    uint32_t menu_wait; /* milliseconds in which a key opens it */
};

/* False: *error says what is wrong with the text, without naming the option. */
MUST_CHECK bool boot_order_parse(struct boot_order *boot, const char *text, struct buf *error);
/* CMOS bytes 3Dh and 38h for an order. */
void boot_order_cmos(const char *order, uint8_t *low, uint8_t *high);

#endif
