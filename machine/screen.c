/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/screen.c - the picture of a machine. */
#include "machine/screen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bios/images.h"
#include "cpu/tlb.h"
#include "machine/pc.h"
#include "util/png.h"

const struct picture *screen_picture(struct machine *machine)
{
    struct pc *pc = machine->pc;

    vga_draw(pc->vga, &pc->picture);
    if (pc->picture.tags_must_go) /* so that the next write to those pages is seen */
        tlb_forget_writes(machine->cpu);
    return &pc->picture;
}

bool screen_save(struct machine *machine, const char *path, struct buf *error)
{
    const struct picture *picture = screen_picture(machine);
    struct buf png = { 0 };
    FILE *file = fopen(path, "wb");
    bool ok = file != NULL;

    if (ok) {
        png_write(&png, picture->pixels, picture->width, picture->height, picture->stride);
        ok = fwrite(png.data, 1, png.length, file) == png.length;
        ok = fclose(file) == 0 && ok;
    }
    if (!ok)
        buf_printf(error, "%s: %s, expected a file that can be written", path, strerror(errno));
    buf_free(&png);
    return ok;
}

void screen_describe(const struct picture *picture, struct buf *text)
{
    buf_printf(text, "%u x %u dots, checksum %08x", picture->width, picture->height,
               png_checksum(picture->pixels, picture->width, picture->height, picture->stride));
}

const uint8_t *screen_font(void)
{
    const char *symbol = strstr(bios_symbols, " font_8x16\n"); /* "000f1234 T font_8x16" */
    const char *line = symbol;

    while (line && line > bios_symbols && line[-1] != '\n')
        line--;
    return bios_image + (line ? bios_image_size - (0x100000 - strtoul(line, NULL, 16)) : 0);
}
