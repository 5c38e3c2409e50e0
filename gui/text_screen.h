/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gui/text_screen.h - a text mode as cells, for terminals. It knows nothing of any terminal, and
 * curses.c nothing of the PC: both have names such as KEY_HOME.
 */
#ifndef GUI_TEXT_SCREEN_H
#define GUI_TEXT_SCREEN_H

#include "machine/machine.h"

enum { TEXT_COLUMNS_MOST = 132, TEXT_ROWS_MOST = 60 };

struct text_screen {
    bool graphics; /* no text mode: width and height in dots, no cells */
    bool blinks;   /* bit 7 of an attribute blinks; else it is a bright background */
    bool cursor;
    unsigned columns, rows, cursor_column, cursor_row;
    uint16_t cell[TEXT_ROWS_MOST][TEXT_COLUMNS_MOST]; /* character, attribute << 8 */
};

/* What is not used stays zero: two of them can be compared byte by byte. */
void text_screen_read(struct text_screen *screen, struct machine *machine);
/* Characters of code page 437. */
wchar_t text_screen_unicode(uint8_t character);
char text_screen_ascii(uint8_t character);

#endif
