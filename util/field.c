/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * util/field.c - what follows from state field rows: find, print, compare, save, restore.
 *
 * Saved form: 16-bit number of rows, then for each row in table order: 8-bit length of the name,
 * name, 32-bit length of the value, value. All little-endian.
 */
#include "util/field.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "util/bits.h"
#include "util/text.h"

/* A number of 1, 2, 4 or 8 bytes, as opposed to a run of bytes. */
static bool is_number(const struct field *field)
{
    return field->format != FMT_BYTES &&
           (field->size == 1 || field->size == 2 || field->size == 4 || field->size == 8);
}

static size_t field_bytes(const struct field *field)
{
    return (size_t)field->size * field->count;
}

const struct field *field_find(const struct field *fields, const char *name, unsigned *index)
{
    size_t length = strlen(name);
    uint64_t element = 0;

    /* A member may have an index in its own name ("channel[2].mode"): whole names come first. */
    for (const struct field *field = fields; field->name; field++) {
        if (!strcmp(field->name, name)) {
            *index = 0;
            return field;
        }
    }
    if (length < 3 || name[length - 1] != ']' || name[length - 2] == '[')
        return NULL;
    while (length && name[length - 1] != '[')
        length--;
    if (!length)
        return NULL;
    for (const char *p = name + length; *p != ']'; p++) {
        if (*p < '0' || *p > '9' || element > UINT32_MAX)
            return NULL;
        element = element * 10 + (unsigned)(*p - '0');
    }
    length--;
    for (const struct field *field = fields; field->name; field++) {
        if (strlen(field->name) == length && !memcmp(field->name, name, length) &&
            element < field->count) {
            *index = (unsigned)element;
            return field;
        }
    }
    return NULL;
}

static const uint8_t *element_at(const struct field *field, const void *state, unsigned index)
{
    return (const uint8_t *)state + field->offset + (size_t)index * field->size;
}

/* The host's byte order: state is a struct. */
static uint64_t load_host(const uint8_t *p, unsigned size)
{
    uint16_t v16;
    uint32_t v32;
    uint64_t v64;

    switch (size) {
    case 1:
        return *p;
    case 2:
        memcpy(&v16, p, 2);
        return v16;
    case 4:
        memcpy(&v32, p, 4);
        return v32;
    default:
        memcpy(&v64, p, 8);
        return v64;
    }
}

static void store_host(uint8_t *p, unsigned size, uint64_t value)
{
    uint8_t v8 = (uint8_t)value;
    uint16_t v16 = (uint16_t)value;
    uint32_t v32 = (uint32_t)value;

    switch (size) {
    case 1:
        *p = v8;
        break;
    case 2:
        memcpy(p, &v16, 2);
        break;
    case 4:
        memcpy(p, &v32, 4);
        break;
    default:
        memcpy(p, &value, 8);
    }
}

uint64_t field_get(const struct field *field, const void *state, unsigned index)
{
    const uint8_t *p = element_at(field, state, index);

    if (is_number(field))
        return load_host(p, field->size);
    return load_le(p, field->size >= 8 ? 8 : field->size >= 4 ? 4 : field->size >= 2 ? 2 : 1);
}

void field_set(const struct field *field, void *state, unsigned index, uint64_t value)
{
    uint8_t *p = (uint8_t *)state + (element_at(field, state, index) - (const uint8_t *)state);

    if (field->format == FMT_BOOL)
        value = value != 0;
    if (is_number(field))
        store_host(p, field->size, value);
    else
        store_le(p, field->size >= 8 ? 8 : field->size >= 4 ? 4 : field->size >= 2 ? 2 : 1, value);
}

static void print_number(const struct field *field, uint64_t value, struct out *out)
{
    switch (field->format) {
    case FMT_DEC:
        out_printf(out, "%" PRIu64, value);
        break;
    case FMT_SIGNED:
        out_printf(out, "%" PRId64, sign_extend(value, field->size));
        break;
    case FMT_BOOL:
        out_text(out, value ? "true" : "false");
        break;
    default:
        out_printf(out, "0x%0*" PRIx64, (int)field->size * 2, value);
    }
}

static void print_bytes(const struct field *field, const uint8_t *bytes, struct out *out)
{
    size_t count = field_bytes(field);

    if (count > 16) {
        out_text(out, "\n");
        text_hexdump(out, 0, bytes, count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        out_printf(out, i ? " %02x" : "%02x", bytes[i]);
    out_text(out, "\n");
}

void field_print(const struct field *field, const void *state, struct out *out)
{
    out_printf(out, "%s = ", field->name);
    if (!is_number(field)) {
        print_bytes(field, element_at(field, state, 0), out);
        return;
    }
    for (unsigned i = 0; i < field->count; i++) {
        if (i)
            out_text(out, i % 8 ? " " : "\n    ");
        print_number(field, field_get(field, state, i), out);
    }
    out_text(out, "\n");
}

void fields_print(const struct field *fields, const void *state, struct out *out)
{
    for (; fields->name; fields++) {
        if (fields->format != FMT_DERIVED)
            field_print(fields, state, out);
    }
}

const struct field *fields_compare(const struct field *fields, const void *a, const void *b)
{
    for (; fields->name; fields++) {
        if (fields->format != FMT_DERIVED &&
            memcmp(element_at(fields, a, 0), element_at(fields, b, 0), field_bytes(fields)) != 0)
            return fields;
    }
    return NULL;
}

unsigned fields_runs(const struct field *fields, struct field_run *runs, unsigned most)
{
    struct field_run last = { 0, 0 };
    unsigned count = 0;

    for (; fields->name; fields++) {
        uint32_t bytes = (uint32_t)field_bytes(fields);

        if (fields->format == FMT_DERIVED || !bytes)
            continue;
        if (count && last.offset + last.bytes == fields->offset) {
            last.bytes += bytes;
        } else {
            last = (struct field_run){ fields->offset, bytes };
            count++;
        }
        if (count <= most)
            runs[count - 1] = last;
    }
    return count;
}

static unsigned saved_rows(const struct field *fields)
{
    unsigned count = 0;

    for (; fields->name; fields++)
        count += fields->format != FMT_DERIVED;
    return count;
}

static void add_le(struct buf *to, unsigned size, uint64_t value)
{
    uint8_t bytes[8];

    store_le(bytes, size, value);
    buf_add(to, bytes, size);
}

void fields_save(const struct field *fields, const void *state, struct buf *to)
{
    add_le(to, 2, saved_rows(fields));
    for (; fields->name; fields++) {
        size_t length = strlen(fields->name);

        if (fields->format == FMT_DERIVED)
            continue;
        add_le(to, 1, length);
        buf_add(to, fields->name, length);
        add_le(to, 4, field_bytes(fields));
        if (!is_number(fields)) {
            buf_add(to, element_at(fields, state, 0), field_bytes(fields));
            continue;
        }
        for (unsigned i = 0; i < fields->count; i++)
            add_le(to, fields->size, field_get(fields, state, i));
    }
}

static bool take_le(const uint8_t **from, const uint8_t *end, unsigned size, uint64_t *value)
{
    if ((size_t)(end - *from) < size)
        return false;
    *value = load_le(*from, size);
    *from += size;
    return true;
}

static bool restore_row(const struct field *field, void *state, const uint8_t **from,
                        const uint8_t *end, struct buf *error)
{
    uint64_t name_length, bytes;
    const char *name;

    if (!take_le(from, end, 1, &name_length) || (size_t)(end - *from) < name_length) {
        buf_printf(error, "%s: state ends before this row", field->name);
        return false;
    }
    name = (const char *)*from;
    *from += name_length;
    if (strlen(field->name) != name_length || memcmp(field->name, name, name_length) != 0) {
        buf_add_text(error, "unknown row ");
        for (uint64_t i = 0; i < name_length; i++) {
            char c = name[i];

            buf_printf(error, "%c", c > 0x20 && c < 0x7f ? c : '?');
        }
        buf_printf(error, ": expected %s", field->name);
        return false;
    }
    if (!take_le(from, end, 4, &bytes) || (size_t)(end - *from) < bytes) {
        buf_printf(error, "%s: state ends inside this row", field->name);
        return false;
    }
    if (bytes != field_bytes(field)) {
        buf_printf(error, "%s: %" PRIu64 " bytes, expected %zu", field->name, bytes,
                   field_bytes(field));
        return false;
    }
    if (is_number(field)) {
        for (unsigned i = 0; i < field->count; i++)
            field_set(field, state, i, load_le(*from + (size_t)i * field->size, field->size));
    } else {
        memcpy((uint8_t *)state + field->offset, *from, bytes);
    }
    *from += bytes;
    return true;
}

bool fields_restore(const struct field *fields, void *state, const uint8_t **from,
                    const uint8_t *end, struct buf *error)
{
    uint64_t rows;

    if (!take_le(from, end, 2, &rows)) {
        buf_add_text(error, "state ends before the number of rows");
        return false;
    }
    if (rows != saved_rows(fields)) {
        buf_printf(error, "%" PRIu64 " rows, expected %u", rows, saved_rows(fields));
        return false;
    }
    for (; fields->name; fields++) {
        if (fields->format != FMT_DERIVED && !restore_row(fields, state, from, end, error))
            return false;
    }
    return true;
}

/* A gap before a member at `offset` that the compiler may have left for its alignment. */
static size_t explained_gap(const struct field *next)
{
    size_t align = 8;

    if (is_number(next) && next->format != FMT_DERIVED)
        align = next->size;
    else if (next->format == FMT_BYTES)
        align = 64; /* vector registers */
    while (next->offset % align)
        align /= 2;
    return align - 1;
}

long fields_first_hole(const struct field *fields, size_t size)
{
    size_t covered = 0;

    while (covered < size) {
        const struct field *next = NULL;

        /* The row that covers most from here on, else the nearest behind. */
        for (const struct field *field = fields; field->name; field++) {
            if (field->offset + field_bytes(field) <= covered)
                continue;
            if (!next || field->offset < next->offset)
                next = field;
        }
        if (!next)
            return size - covered < 8 ? -1 : (long)covered;
        if (next->offset > covered && next->offset - covered > explained_gap(next))
            return (long)covered;
        covered = next->offset + field_bytes(next);
    }
    return -1;
}
