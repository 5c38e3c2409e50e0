/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bios/keyboard.h - the keyboard buffer and the flags in the BIOS data area. */
#ifndef BIOS_KEYBOARD_H
#define BIOS_KEYBOARD_H

#include "far.h"

/* 40:17, shift flags */
#define SHIFT_RIGHT 0x01
#define SHIFT_LEFT 0x02
#define SHIFT_CTRL 0x04
#define SHIFT_ALT 0x08
#define SHIFT_SCROLL 0x10
#define SHIFT_NUM 0x20
#define SHIFT_CAPS 0x40
#define SHIFT_INSERT 0x80

/* 40:18, keys held: left Ctrl 01h, left Alt 02h, SysReq 04h, pause 08h, then the locks */

/* 40:96 */
#define MODE_E1 0x01
#define MODE_E0 0x02
#define MODE_RIGHT_CTRL 0x04
#define MODE_RIGHT_ALT 0x08

bool key_store(uint16_t key); /* scan code in the high byte, ASCII in the low; false: full */

#endif
