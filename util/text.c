/* SPDX-License-Identifier: GPL-3.0-or-later */
/* util/text.c - numbers, hex dumps, sizes and nearest names. */
#include "util/text.h"

#include <string.h>

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* `length` digits of `base`, with '_' only between two digits. */
static bool parse_digits(const char *text, size_t length, unsigned base, uint64_t *value)
{
    uint64_t sum = 0;
    size_t i;

    if (!length)
        return false;
    for (i = 0; i < length; i++) {
        int digit = digit_value(text[i]);

        if (text[i] == '_' && i > 0 && i + 1 < length && text[i - 1] != '_')
            continue;
        if (digit < 0 || (unsigned)digit >= base)
            return false;
        if (__builtin_mul_overflow(sum, base, &sum) ||
            __builtin_add_overflow(sum, (unsigned)digit, &sum))
            return false;
    }
    *value = sum;
    return true;
}

static bool parse_number(const char *text, size_t length, uint64_t *value)
{
    if (!length || digit_value(text[0]) < 0 || text[0] > '9')
        return false;
    if (text[length - 1] == 'h' || text[length - 1] == 'H')
        return parse_digits(text, length - 1, 16, value);
    if (text[0] == '0' && length > 1) {
        if (text[1] == 'x' || text[1] == 'X')
            return parse_digits(text + 2, length - 2, 16, value);
        if (text[1] == 'b' || text[1] == 'B')
            return parse_digits(text + 2, length - 2, 2, value);
        return parse_digits(text, length, 8, value);
    }
    return parse_digits(text, length, 10, value);
}

bool text_number(const char *text, uint64_t *value)
{
    return parse_number(text, strlen(text), value);
}

bool text_size(const char *text, uint64_t unit, uint64_t *bytes)
{
    static const char suffixes[] = "kmgt";
    size_t length = strlen(text);
    const char *suffix;
    uint64_t count;

    if (!length)
        return false;
    suffix = strchr(suffixes, text[length - 1] | 0x20);
    if (suffix) {
        unit = UINT64_C(1024) << 10 * (suffix - suffixes);
        length--;
    }
    return parse_number(text, length, &count) && !__builtin_mul_overflow(count, unit, &count) &&
           (*bytes = count, true);
}

enum { DISTANCE_MAX = 64 };

static unsigned minimum(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: insert, delete, replace, swap two neighbours. */
unsigned text_distance(const char *a, const char *b, unsigned limit)
{
    unsigned rows[3][DISTANCE_MAX + 1];
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];
    size_t na = strlen(a), nb = strlen(b);
    size_t i, j;

    if (na > DISTANCE_MAX || nb > DISTANCE_MAX)
        return strcmp(a, b) ? limit + 1 : 0;
    for (j = 0; j <= nb; j++)
        last[j] = (unsigned)j;
    for (i = 1; i <= na; i++) {
        unsigned *spare = before;

        row[0] = (unsigned)i;
        for (j = 1; j <= nb; j++) {
            row[j] =
                minimum(last[j - 1] + (a[i - 1] != b[j - 1]), minimum(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = minimum(row[j], before[j - 2] + 1);
        }
        before = last;
        last = row;
        row = spare;
    }
    return minimum(last[nb], limit + 1);
}

const char *text_nearest(const char *text, const char *const *names)
{
    unsigned limit = minimum((unsigned)strlen(text) / 3 + 1, 3);
    const char *nearest = NULL;

    for (; *names; names++) {
        unsigned distance = text_distance(text, *names, limit);

        if (distance <= limit && distance < strlen(*names)) {
            nearest = *names;
            if (!distance)
                break;
            limit = distance - 1; /* the first of equals stays */
        }
    }
    return nearest;
}

const char *text_thousands(uint64_t value, char out[32])
{
    char reversed[32];
    unsigned n = 0, digits = 0, i;

    do {
        if (digits && digits % 3 == 0)
            reversed[n++] = ',';
        reversed[n++] = (char)('0' + value % 10);
        digits++;
        value /= 10;
    } while (value);
    for (i = 0; i < n; i++)
        out[i] = reversed[n - 1 - i];
    out[n] = 0;
    return out;
}

void text_hexdump(struct out *out, uint64_t address, const uint8_t *bytes, size_t count)
{
    int width = address + count > UINT64_C(0x100000000) ? 16 : 8;
    size_t i, j;

    for (i = 0; i < count; i += 16) {
        size_t n = count - i < 16 ? count - i : 16;
        char line[96], *p = line;

        for (j = 0; j < 16; j++) {
            if (j == 8)
                *p++ = ' ';
            *p++ = ' ';
            *p++ = j < n ? "0123456789abcdef"[bytes[i + j] >> 4] : ' ';
            *p++ = j < n ? "0123456789abcdef"[bytes[i + j] & 15] : ' ';
        }
        *p++ = ' ';
        *p++ = ' ';
        *p++ = '|';
        for (j = 0; j < n; j++)
            *p++ = bytes[i + j] >= 0x20 && bytes[i + j] < 0x7f ? (char)bytes[i + j] : '.';
        *p++ = '|';
        *p = 0;
        out_printf(out, "%0*llx %s\n", width, (unsigned long long)(address + i), line);
    }
}
