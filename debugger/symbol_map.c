/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * debugger/symbol_map.c - symbols from text, a line each. The format is seen from the words:
 *
 *   ffffffff81000000 T _stext            System.map, nm
 *   0000000000401000 0000002a T main     nm -S
 *   00007c00 start                       Bochs
 *       7C00      7C00  start            NASM map file: real and virtual address
 *       0x0000000000100000    _start     GNU ld map file; also "_end = ."
 */
#define _GNU_SOURCE /* memmem */
#include <ctype.h>
#include <string.h>

#include "debugger/symbol_file.h"

enum { WORDS = 5 };

struct words {
    const char *text[WORDS];
    size_t length[WORDS];
    unsigned count; /* WORDS: that many or more */
};

static void split(const char *line, size_t length, struct words *words)
{
    size_t i = 0;

    words->count = 0;
    while (words->count < WORDS) {
        while (i < length && isspace((unsigned char)line[i]))
            i++;
        if (i == length)
            return;
        words->text[words->count] = line + i;
        while (i < length && !isspace((unsigned char)line[i]))
            i++;
        words->length[words->count] = (size_t)(line + i - words->text[words->count]);
        words->count++;
    }
}

static bool hex_word(const char *text, size_t length, uint64_t *value)
{
    uint64_t sum = 0;

    if (length > 2 && text[0] == '0' && (text[1] | 0x20) == 'x') {
        text += 2;
        length -= 2;
    }
    if (!length || length > 16)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!isxdigit((unsigned char)text[i]))
            return false;
        sum = sum << 4 | (uint64_t)(isdigit((unsigned char)text[i]) ? text[i] - '0'
                                                                    : (text[i] | 0x20) - 'a' + 10);
    }
    *value = sum;
    return true;
}

static bool name_word(const char *text, size_t length)
{
    if (isdigit((unsigned char)text[0]) || !length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (!isgraph((unsigned char)text[i]) || strchr("=(){};,\"", text[i]))
            return false;
    return true;
}

/* Functions first, then data, then the rest; capital letters are global. */
static unsigned nm_rank(char type)
{
    unsigned rank = strchr("tTwW", type) ? 0 : strchr("dDbBrRvV", type) ? 3 : 6;

    return rank + (islower((unsigned char)type) ? 2 : 0);
}

static bool type_letter(const struct words *words, unsigned i)
{
    return words->length[i] == 1 && isalpha((unsigned char)words->text[i][0]) &&
           !strchr("U", words->text[i][0]);
}

enum format { TEXT_NONE, TEXT_NM, TEXT_BOCHS, TEXT_NASM, TEXT_LD, TEXT_FORMATS };

/* One line; returns what it was. `short_ok`: addresses of fewer than four digits are believed. */
static enum format parse_line(struct symbols *symbols, const struct words *w, uint64_t offset,
                              bool short_ok)
{
    uint64_t address, second;

    if (w->count < 2 || !hex_word(w->text[0], w->length[0], &address))
        return TEXT_NONE;
    if (w->length[0] < 4 && !short_ok)
        return TEXT_NONE;
    if (w->count >= 3 && w->length[0] >= 8 && type_letter(w, 1) &&
        name_word(w->text[2], w->length[2])) {
        if (!strchr("aN", w->text[1][0])) /* debugging symbols, local constants */
            symbols_add(symbols, w->text[2], w->length[2],
                        address + (w->text[1][0] == 'A' ? 0 : offset), 0, nm_rank(w->text[1][0]));
        return TEXT_NM;
    }
    if (hex_word(w->text[1], w->length[1], &second) && w->count >= 3) {
        if (w->count >= 4 && type_letter(w, 2) && name_word(w->text[3], w->length[3])) {
            symbols_add(symbols, w->text[3], w->length[3], address + offset, second,
                        nm_rank(w->text[2][0]));
            return TEXT_NM;
        }
        if (w->count == 3 && short_ok && name_word(w->text[2], w->length[2])) {
            symbols_add(symbols, w->text[2], w->length[2], second + offset, 0, 0);
            return TEXT_NASM;
        }
        return TEXT_NONE;
    }
    if (!name_word(w->text[1], w->length[1]) || w->text[1][0] == '.')
        return TEXT_NONE;
    if (w->count == 2 || (w->count > 2 && w->length[2] == 1 && w->text[2][0] == '=')) {
        symbols_add(symbols, w->text[1], w->length[1], address + offset, 0, 0);
        return w->text[0][1] == 'x' && w->length[0] == 18 ? TEXT_LD : TEXT_BOCHS;
    }
    return TEXT_NONE;
}

bool symbols_read_text(struct symbols *symbols, const char *name, const char *text, size_t length,
                       uint64_t offset, const char **format, struct buf *error)
{
    static const char *const names[TEXT_FORMATS] = { "", "nm / System.map", "address name",
                                                     "NASM map", "ld map" };
    const char *end = text + length;
    size_t seen[TEXT_FORMATS] = { 0 };
    bool nasm = length > 16 && memmem(text, length < 512 ? length : 512, "NASM Map", 8) != NULL;
    unsigned best = TEXT_NM;

    if (memchr(text, 0, length < 4096 ? length : 4096)) {
        buf_printf(error, "%s: not text and not ELF, expected an ELF, nm or map file", name);
        return false;
    }
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t line = (size_t)((stop ? stop : end) - text);
        struct words words;

        split(text, line < 8192 ? line : 8192, &words);
        seen[parse_line(symbols, &words, offset, nasm)]++;
        text += line + 1;
    }
    for (unsigned i = TEXT_NM; i < TEXT_FORMATS; i++)
        if (seen[i] > seen[best])
            best = i;
    if (!seen[best]) {
        buf_printf(error, "%s: no symbols found, expected an ELF, nm, System.map or map file",
                   name);
        return false;
    }
    *format = nasm ? names[TEXT_NASM] : names[best];
    return true;
}
