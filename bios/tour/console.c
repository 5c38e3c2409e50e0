/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bios/tour/console.c - coloured text to video memory, the same text to COM1. */
#include "tour.h"

#include "../io.h"

#include <stdarg.h>

#define COLUMNS 80
#define ROWS 25

extern uint8_t screen_row, screen_column; /* where boot.asm left off */

static volatile uint16_t *const video = (volatile uint16_t *)0xb8000;

static void serial(char c)
{
    while (!(in8(PORT_COM1 + 5) & 0x20)) {
    }
    out8(PORT_COM1, (uint8_t)c);
}

static void new_line(void)
{
    screen_column = 0;
    if (++screen_row < ROWS)
        return;
    screen_row = ROWS - 1;
    for (unsigned i = 0; i < COLUMNS * (ROWS - 1); i++)
        video[i] = video[i + COLUMNS];
    for (unsigned i = COLUMNS * (ROWS - 1); i < COLUMNS * ROWS; i++)
        video[i] = GREY << 8 | ' ';
}

static void put(enum colour colour, char c)
{
    if (c == '\n') {
        new_line();
        serial('\r');
    } else {
        video[screen_row * COLUMNS + screen_column] = (uint16_t)(colour << 8 | (uint8_t)c);
        if (++screen_column == COLUMNS)
            new_line();
    }
    serial(c);
}

static void put_number(enum colour colour, uint64_t value, unsigned base, unsigned digits)
{
    char text[20];
    unsigned i = 0;

    do {
        text[i++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value || i < digits);
    while (i)
        put(colour, text[--i]);
}

static void move_cursor(void)
{
    uint16_t at = (uint16_t)(screen_row * COLUMNS + screen_column);

    out16(PORT_CRTC, (uint16_t)(0x0e | (at & 0xff00)));
    out16(PORT_CRTC, (uint16_t)(0x0f | at << 8));
}

void say(enum colour colour, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    for (; *format; format++) {
        if (*format != '%') {
            put(colour, *format);
            continue;
        }
        switch (*++format) {
        case 's':
            for (const char *s = va_arg(arguments, const char *); *s; s++)
                put(colour, *s);
            break;
        case 'u':
            put_number(colour, va_arg(arguments, uint64_t), 10, 1);
            break;
        case 'x':
            put_number(colour, va_arg(arguments, uint64_t), 16, 1);
            break;
        case 'w':
            put_number(colour, va_arg(arguments, uint64_t), 16, 4);
            break;
        case 'q':
            put_number(colour, va_arg(arguments, uint64_t), 16, 16);
            break;
        }
    }
    va_end(arguments);
    move_cursor();
}
