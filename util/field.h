/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * util/field.h - state field rows. A struct that holds guest state describes each member once, in a
 * table of rows; dump, print, set, save, restore and engine comparison are derived from it.
 */
#ifndef UTIL_FIELD_H
#define UTIL_FIELD_H

#include "util/out.h"

enum field_format {
    FMT_HEX,     /* unsigned number, hexadecimal */
    FMT_DEC,     /* unsigned number, decimal */
    FMT_SIGNED,  /* signed number, decimal */
    FMT_BOOL,    /* false, true */
    FMT_BYTES,   /* a run of bytes */
    FMT_DERIVED, /* a cache or wiring: not saved, compared or printed (NOT_SAVED row) */
};

struct field {
    const char *name;
    uint32_t offset; /* bytes from the start of the struct */
    uint32_t size;   /* bytes of one element: 1, 2, 4, 8 for numbers */
    uint32_t count;  /* elements */
    enum field_format format;
    const char *text; /* what it is, in words */
};

/* clang-format off */
#define FIELD_SIZE_(type, member) sizeof(((type *)0)->member)
/* One number or bool; an array of bytes gives one run. */
#define FIELD(type, member, format, text)                                                          \
    { #member, offsetof(type, member), FIELD_SIZE_(type, member), 1, format, text }
/* An array of numbers: name[0] ... name[count-1]. */
#define FIELDS(type, member, format, text)                                                         \
    { #member, offsetof(type, member), FIELD_SIZE_(type, member[0]),                               \
      FIELD_SIZE_(type, member) / FIELD_SIZE_(type, member[0]), format, text }
/* Wiring and caches: rebuilt, not saved. */
#define NOT_SAVED(type, member, text)                                                              \
    { #member, offsetof(type, member), FIELD_SIZE_(type, member), 1, FMT_DERIVED, text }
/* clang-format on */

/* The row called `name` ("rip", "gpr[3]": *index set), or NULL. Tables end with a { 0 } row. */
const struct field *field_find(const struct field *fields, const char *name, unsigned *index);
/* Element `index` as a number (up to 8 bytes). */
uint64_t field_get(const struct field *field, const void *state, unsigned index);
void field_set(const struct field *field, void *state, unsigned index, uint64_t value);
/* "name = value" for one row, or all saved rows. */
void field_print(const struct field *field, const void *state, struct out *out);
void fields_print(const struct field *fields, const void *state, struct out *out);
/* First saved row whose bytes differ between two states, or NULL. */
const struct field *fields_compare(const struct field *fields, const void *a, const void *b);
/* Append all saved rows (name length, name, bytes; little-endian) / read them back. False: unknown
 * row, wrong size or truncated; *error says which in one line; state is then unspecified. */
void fields_save(const struct field *fields, const void *state, struct buf *to);
MUST_CHECK bool fields_restore(const struct field *fields, void *state, const uint8_t **from,
                               const uint8_t *end, struct buf *error);
/*
 * The saved rows as runs of bytes, neighbours joined: for copies and comparisons within one program.
 * At most `most` are written; returns how many there are.
 */
struct field_run {
    uint32_t offset, bytes;
};
unsigned fields_runs(const struct field *fields, struct field_run *runs, unsigned most);
/*
 * For tests: every byte of a struct of `size` bytes belongs to a row, but for gaps that alignment
 * explains (shorter than 8 bytes). Returns the offset of the first uncovered member, or -1.
 */
long fields_first_hole(const struct field *fields, size_t size);

#endif
