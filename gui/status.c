/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gui/status.c - text in dots, and the status line made of it. */
#include "gui/status.h"

#include <stdarg.h>
#include <string.h>

#include "iodev/ata.h"
#include "machine/pc.h"
#include "machine/screen.h"

enum {
    LOOK_NS = 100000000,
    BACKGROUND = 0x202428,
    TEXT = 0xc8ccd0,
    DIM = 0x70767c,
    LIT = 0x7ee07e,
    LOUD = 0xffd75f,
};

void canvas_fill(struct canvas *canvas, uint32_t colour)
{
    for (size_t i = 0; i < (size_t)canvas->width * canvas->height; i++)
        canvas->pixels[i] = colour;
}

unsigned canvas_text(struct canvas *canvas, unsigned x, unsigned y, const char *text,
                     uint32_t colour)
{
    const uint8_t *font = screen_font();

    for (; *text && x + GLYPH_WIDTH <= canvas->width; text++, x += GLYPH_WIDTH) {
        const uint8_t *glyph = font + (unsigned char)*text * GLYPH_HEIGHT;

        for (unsigned row = 0; row < GLYPH_HEIGHT && y + row < canvas->height; row++) {
            uint32_t *to = canvas->pixels + (size_t)(y + row) * canvas->width + x;

            for (unsigned i = 0; i < GLYPH_WIDTH; i++) {
                if (glyph[row] >> (7 - i) & 1)
                    to[i] = colour;
            }
        }
    }
    return x;
}

void status_message(struct status *status, unsigned seconds, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buf_clear(&status->message);
    buf_add_text(&status->message, text);
    status->message_until = frontend_time() + seconds * UINT64_C(1000000000);
    status->next_look = 0;
}

/* What changes while a drive works. */
static uint64_t drive_signature(const struct ata_drive *drive)
{
    return drive->lba << 24 ^ (uint64_t)drive->pos << 8 ^ drive->status ^
           (uint64_t)drive->command << 56;
}

static bool look_at_drives(struct status *status, const struct pc *pc)
{
    bool changed = false;

    for (unsigned i = 0; i < ARRAY_SIZE(pc->drive); i++) {
        uint64_t now = pc->drive[i] ? drive_signature(pc->drive[i]) : 0;
        bool busy = now != status->drive_seen[i];

        changed |= busy != status->drive_busy[i];
        status->drive_busy[i] = busy;
        status->drive_seen[i] = now;
    }
    return changed;
}

static bool replace(struct buf *text, const struct buf *with)
{
    if (!strcmp(buf_text(text), buf_text((struct buf *)with)))
        return false;
    buf_clear(text);
    buf_add(text, with->data, with->length);
    return true;
}

bool status_look(struct status *status, const struct frontend *fe, bool grabbed)
{
    const struct pc *pc = fe->machine->pc;
    uint64_t now = frontend_time();
    struct buf text = { 0 };
    bool changed;

    if (now < status->next_look)
        return false;
    changed = status->next_look == 0;
    status->next_look = now + LOOK_NS;
    if (status->message.length && now >= status->message_until) {
        buf_clear(&status->message);
        changed = true;
    }
    buf_add_text(&text, fe->running ? "" : "Paused  ");
    frontend_describe(fe, &text);
    changed |= replace(&status->left, &text);
    buf_clear(&text);
    buf_add_text(&text, grabbed ? "Ctrl-Alt-G: give the mouse back" : "");
    changed |= replace(&status->right, &text);
    buf_free(&text);
    changed |= look_at_drives(status, pc) || status->leds != pc->keyboard->leds;
    status->leds = pc->keyboard->leds;
    return changed;
}

void status_draw(const struct status *status, const struct frontend *fe, struct canvas *canvas)
{
    static const char *const leds[] = { "Scroll", "Num", "Caps" };
    const struct pc *pc = fe->machine->pc;
    struct buf *left = (struct buf *)&status->left, *right = (struct buf *)&status->right;
    unsigned x = GLYPH_WIDTH, y = (STATUS_HEIGHT - GLYPH_HEIGHT) / 2;

    canvas_fill(canvas, BACKGROUND);
    if (status->message.length) {
        canvas_text(canvas, x, y, buf_text((struct buf *)&status->message), LOUD);
        return;
    }
    x = canvas_text(canvas, x, y, buf_text(left), TEXT) + 3 * GLYPH_WIDTH;
    for (unsigned i = 0; i < ARRAY_SIZE(pc->drive); i++) {
        const char name[] = { 'h', 'd', (char)('a' + i), 0 };

        if (pc->drive[i])
            x = canvas_text(canvas, x, y, name, status->drive_busy[i] ? LIT : DIM) + GLYPH_WIDTH;
    }
    for (unsigned i = ARRAY_SIZE(leds); i-- > 0;) {
        if (status->leds >> i & 1)
            x = canvas_text(canvas, x, y, leds[i], LIT) + GLYPH_WIDTH;
    }
    if (x + (right->length + 1) * GLYPH_WIDTH < canvas->width)
        canvas_text(canvas, canvas->width - ((unsigned)right->length + 1) * GLYPH_WIDTH, y,
                    buf_text(right), DIM);
}

void status_free(struct status *status)
{
    buf_free(&status->left);
    buf_free(&status->right);
    buf_free(&status->message);
}
