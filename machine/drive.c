/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/drive.c - the parts of -drive, spelled as QEMU spells them. */
#include "machine/drive.h"

#include <stdlib.h>
#include <string.h>

#include "util/text.h"

enum key {
    KEY_FILE,
    KEY_FORMAT,
    KEY_IF,
    KEY_MEDIA,
    KEY_INDEX,
    KEY_UNIT,
    KEY_READONLY,
    KEY_SNAPSHOT,
    KEYS
};

static const char *const keys[] = { "file", "format",   "if",       "media", "index",
                                    "unit", "readonly", "snapshot", NULL };
#define KEYS_TEXT "file, format, if, media, index, unit, readonly or snapshot"

#define INDEX_MOST 3
#define VALUE_MOST 4096

/* The next "key=value" of *text, with doubled commas made single; *text goes behind it. */
static void next_part(const char **text, struct buf *part)
{
    const char *at = *text;

    buf_clear(part);
    while (*at && (*at != ',' || at[1] == ',')) {
        buf_add(part, at, 1);
        at += *at == ',' ? 2 : 1;
    }
    *text = *at ? at + 1 : at;
}

static bool bad(struct buf *error, const char *key, const char *value, const char *expected)
{
    buf_printf(error, "%s='%s', expected %s", key, value, expected);
    return false;
}

static bool parse_switch(bool *what, const char *key, const char *value, struct buf *error)
{
    *what = !strcmp(value, "on");
    return *what || !strcmp(value, "off") || bad(error, key, value, "on or off");
}

static bool apply(struct drive_options *d, enum key key, const char *value, struct buf *error)
{
    uint64_t number;

    switch (key) {
    case KEY_FILE:
        free(d->file);
        d->file = xstrdup(value);
        return *value || bad(error, "file", value, "the name of an image");
    case KEY_FORMAT:
        free(d->format);
        d->format = xstrdup(value);
        return !strcmp(value, "raw") || !strcmp(value, "qcow2") || !strcmp(value, "growing") ||
               !strcmp(value, "bochs") || !strcmp(value, "sparse") ||
               bad(error, "format", value, "raw, qcow2, growing or sparse");
    case KEY_IF:
        d->bus = !strcmp(value, "floppy")   ? DRIVE_FLOPPY
                 : !strcmp(value, "pflash") ? DRIVE_PFLASH
                                            : DRIVE_IDE;
        return d->bus != DRIVE_IDE || !strcmp(value, "ide") ||
               bad(error, "if", value, "ide, floppy or pflash");
    case KEY_MEDIA:
        d->medium = !strcmp(value, "cdrom") ? DRIVE_CDROM : DRIVE_DISK;
        return d->medium == DRIVE_CDROM || !strcmp(value, "disk") ||
               bad(error, "media", value, "disk or cdrom");
    case KEY_INDEX:
    case KEY_UNIT: /* of the one bus that there is */
        if (!text_number(value, &number) || number > INDEX_MOST)
            return bad(error, keys[key], value, "0 to 3");
        d->index = (int)number;
        return true;
    case KEY_READONLY:
        return parse_switch(&d->read_only, "readonly", value, error);
    default:
        return parse_switch(&d->snapshot, "snapshot", value, error);
    }
}

static bool parse_part(struct drive_options *d, char *part, struct buf *error)
{
    char *value = strchr(part, '=');
    const char *nearest;
    unsigned key = 0;

    if (!value) {
        buf_printf(error, "'%s' has no value, expected KEY=VALUE with KEY " KEYS_TEXT, part);
        return false;
    }
    *value++ = 0;
    while (keys[key] && strcmp(keys[key], part))
        key++;
    if (key < KEYS)
        return apply(d, (enum key)key, value, error);
    nearest = text_nearest(part, keys);
    buf_printf(error, "'%s' is unknown%s%s%s, expected " KEYS_TEXT, part,
               nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "");
    return false;
}

bool drive_parse(struct drive_options *d, const char *text, struct buf *error)
{
    struct buf part = { 0 };
    bool ok = true;

    *d = (struct drive_options){ .index = -1 };
    if (strlen(text) > VALUE_MOST) {
        buf_printf(error, "%zu bytes, expected at most %u", strlen(text), VALUE_MOST);
        return false;
    }
    do {
        next_part(&text, &part);
        buf_add(&part, "", 1);
        ok = parse_part(d, (char *)part.data, error);
    } while (ok && *text);
    if (ok && d->bus == DRIVE_FLOPPY && d->medium == DRIVE_CDROM) {
        buf_add_text(error, "a CD in a diskette drive, expected if=ide with media=cdrom");
        ok = false;
    } else if (ok && d->bus == DRIVE_FLOPPY && d->index > 1) {
        buf_printf(error, "diskette drive %d, expected index 0 or 1", d->index);
        ok = false;
    } else if (ok && d->bus == DRIVE_PFLASH && (d->medium == DRIVE_CDROM || d->index > 1)) {
        buf_add_text(error, d->index > 1
                                ? "a third flash memory, expected index 0 or 1"
                                : "a CD in flash memory, expected if=ide with media=cdrom");
        ok = false;
    } else if (ok && !d->file && d->medium == DRIVE_DISK) {
        buf_add_text(error, "no file, expected file=IMAGE (a CD drive alone may be empty)");
        ok = false;
    }
    buf_free(&part);
    if (!ok)
        drive_free(d);
    else if (d->medium == DRIVE_CDROM)
        d->read_only = true;
    return ok;
}

void drive_free(struct drive_options *d)
{
    free(d->file);
    free(d->format);
    *d = (struct drive_options){ .index = -1 };
}
