/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/int13.c - INT 13h: who serves which drive; INT 11h and 12h beside it. 16-bit code. Source: Ralf
 * Brown's interrupt list.
 */
#include "far.h"
#include "ide.h"

/* An image on a CD takes the number of the first drive of its kind; the others move up. */
void int13_disk(struct regs *r)
{
    uint8_t number = r->dl, image = bios_data.cd_image.drive, function = r->ah;
    bool moved = bios_data.cd_image_active && image < 0xe0 && !((number ^ image) & 0x80);

    if (int13_el_torito(r))
        return;
    if (number >= 0xe0 && number - 0xe0 < bios_data.cd_count) {
        int13_cd(r, number - 0xe0);
    } else if (number & 0x80) {
        int13_hard(r, (uint8_t)((number & 0x7f) - moved));
    } else {
        r->dl = (uint8_t)(number - moved);
        int13_diskette(r);
        if (function != 0x08)
            r->dl = number;
    }
}

void int11_equipment(struct regs *r)
{
    r->ax = bda_read16(BDA_EQUIPMENT);
}

void int12_memory(struct regs *r)
{
    r->ax = bda_read16(BDA_MEMORY_KIB);
}
