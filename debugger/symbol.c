/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * debugger/symbol.c - the sorted lists of names, and loading a file of any known format.
 * ELF is read by symbol_elf.c, text by symbol_map.c.
 */
#define _GNU_SOURCE /* qsort_r */
#include "debugger/symbol.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "debugger/symbol_file.h"
#include "util/bits.h"
#include "util/text.h"

enum {
    NAME_LONGEST = 4096,        /* a longer name is cut */
    NAMES_LARGEST = 1 << 30,    /* bytes of names in all */
    NEAREST_FARTHEST = 1 << 20, /* bytes past a symbol of unknown size */
};
#define TEXT_LARGEST MIB(512)

bool source_read(const struct symbol_source *source, uint64_t offset, void *to, size_t bytes)
{
    if (offset > source->length || bytes > source->length - offset)
        return false;
    if (source->bytes) {
        memcpy(to, source->bytes + offset, bytes);
        return true;
    }
    while (bytes) {
        ssize_t got = pread(source->fd, to, bytes, (off_t)offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false; /* shrunk since it was opened */
        to = (char *)to + got;
        offset += (uint64_t)got;
        bytes -= (size_t)got;
    }
    return true;
}

void symbols_add(struct symbols *symbols, const char *name, size_t length, uint64_t address,
                 uint64_t size, unsigned rank)
{
    struct symbol *symbol;

    if (!length || symbols->names.length > NAMES_LARGEST)
        return;
    if (length > NAME_LONGEST)
        length = NAME_LONGEST;
    if (symbols->count == symbols->capacity) {
        symbols->capacity = symbols->capacity ? symbols->capacity * 2 : 256;
        symbols->list = xrealloc(symbols->list, symbols->capacity * sizeof *symbols->list);
    }
    symbol = &symbols->list[symbols->count++];
    *symbol = (struct symbol){ .address = address,
                               .size = size,
                               .name = (uint32_t)symbols->names.length,
                               .rank = (uint8_t)rank };
    buf_add(&symbols->names, name, length);
    buf_add(&symbols->names, "", 1);
}

const char *symbol_text(const struct symbols *symbols, const struct symbol *symbol)
{
    return (const char *)symbols->names.data + symbol->name;
}

static int compare_address(const void *a, const void *b)
{
    const struct symbol *x = a, *y = b;

    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->name < y->name ? -1 : x->name > y->name;
}

static int compare_name(const void *a, const void *b, void *context)
{
    const struct symbols *symbols = context;
    const struct symbol *x = &symbols->list[*(const uint32_t *)a];
    const struct symbol *y = &symbols->list[*(const uint32_t *)b];
    int order = strcmp(symbol_text(symbols, x), symbol_text(symbols, y));

    if (order)
        return order;
    return x->address < y->address ? -1 : x->address > y->address;
}

/*
 * A kernel's symbol file mixes real addresses with per-CPU offsets and constants near 0. Those are
 * names of numbers, not of places: real-mode code at 7c00 is not "fixed_percpu_data+0x7c00".
 */
static void mark_numbers(struct symbols *symbols, size_t from)
{
    size_t high = 0;

    for (size_t i = from; i < symbols->count; i++)
        high += symbols->list[i].address >> 63;
    if (high < 64 || high < (symbols->count - from) / 2)
        return;
    for (size_t i = from; i < symbols->count; i++)
        symbols->list[i].data_only = symbols->list[i].address < MIB(1);
}

static void sort(struct symbols *symbols)
{
    qsort(symbols->list, symbols->count, sizeof *symbols->list, compare_address);
    symbols->by_name = xrealloc(symbols->by_name, symbols->count * sizeof *symbols->by_name);
    for (size_t i = 0; i < symbols->count; i++)
        symbols->by_name[i] = (uint32_t)i;
    qsort_r(symbols->by_name, symbols->count, sizeof *symbols->by_name, compare_name, symbols);
}

static bool parse_source(struct symbols *symbols, const struct symbol_source *source,
                         uint64_t offset, size_t *added, const char **format, struct buf *error)
{
    size_t before = symbols->count;
    uint8_t magic[4];
    bool ok;

    if (!source->length) {
        buf_printf(error, "%s: empty, expected an ELF, nm or map file", source->name);
        return false;
    }
    if (source_read(source, 0, magic, sizeof magic) && !memcmp(magic, "\177ELF", 4)) {
        ok = symbols_read_elf(symbols, source, offset, format, error);
    } else if (source->bytes) {
        ok = symbols_read_text(symbols, source->name, (const char *)source->bytes, source->length,
                               offset, format, error);
    } else if (source->length > TEXT_LARGEST) {
        buf_printf(error, "%s: %llu bytes, too large for a map file (512 MiB at most)",
                   source->name, (unsigned long long)source->length);
        return false;
    } else {
        char *text = xrealloc(NULL, source->length);

        ok = source_read(source, 0, text, source->length);
        if (!ok)
            buf_printf(error, "%s: cannot be read to its end", source->name);
        else
            ok = symbols_read_text(symbols, source->name, text, source->length, offset, format,
                                   error);
        free(text);
    }
    if (!ok) {
        symbols->count = before;
        return false;
    }
    *added = symbols->count - before;
    mark_numbers(symbols, before);
    sort(symbols);
    return true;
}

bool symbols_parse(struct symbols *symbols, const char *name, const uint8_t *bytes, size_t length,
                   uint64_t offset, size_t *added, const char **format, struct buf *error)
{
    struct symbol_source source = { .name = name, .fd = -1, .bytes = bytes, .length = length };

    return parse_source(symbols, &source, offset, added, format, error);
}

bool symbols_load(struct symbols *symbols, const char *file, uint64_t offset, size_t *added,
                  const char **format, struct buf *error)
{
    struct symbol_source source = { .name = file };
    struct stat st;
    bool ok = false;

    source.fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (source.fd < 0) {
        buf_printf(error, "%s: %s", file, strerror(errno));
        return false;
    }
    if (fstat(source.fd, &st) < 0) {
        buf_printf(error, "%s: %s", file, strerror(errno));
    } else if (!S_ISREG(st.st_mode)) {
        buf_printf(error, "%s: %s, expected a file of symbols", file,
                   S_ISDIR(st.st_mode) ? "a directory" : "not a regular file");
    } else {
        source.length = (uint64_t)st.st_size;
        ok = parse_source(symbols, &source, offset, added, format, error);
    }
    close(source.fd);
    return ok;
}

void symbols_free(struct symbols *symbols)
{
    free(symbols->list);
    free(symbols->by_name);
    buf_free(&symbols->names);
    memset(symbols, 0, sizeof *symbols);
}

/* First position in by_name whose name is not below the first `length` characters of `name`. */
static size_t lower_bound(const struct symbols *symbols, const char *name, size_t length)
{
    size_t low = 0, high = symbols->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *text = symbol_text(symbols, &symbols->list[symbols->by_name[middle]]);

        if (strncmp(text, name, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct symbol *symbols_find(const struct symbols *symbols, const char *name)
{
    size_t i = lower_bound(symbols, name, strlen(name) + 1);

    if (i == symbols->count ||
        strcmp(symbol_text(symbols, &symbols->list[symbols->by_name[i]]), name))
        return NULL;
    return &symbols->list[symbols->by_name[i]];
}

size_t symbols_prefix(const struct symbols *symbols, const char *prefix, size_t *first)
{
    size_t length = strlen(prefix), i;

    *first = lower_bound(symbols, prefix, length);
    for (i = *first; i < symbols->count; i++)
        if (strncmp(symbol_text(symbols, &symbols->list[symbols->by_name[i]]), prefix, length))
            break;
    return i - *first;
}

const struct symbol *symbols_nearest(const struct symbols *symbols, uint64_t address)
{
    size_t low = 0, high = symbols->count, i;
    const struct symbol *best = NULL;

    while (low < high) { /* low: the first symbol above the address */
        size_t middle = low + (high - low) / 2;

        if (symbols->list[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    for (i = low; i-- > 0;) { /* down over the names of one address, lowest rank last */
        const struct symbol *symbol = &symbols->list[i];

        if (best && symbol->address != best->address)
            break;
        if (symbol->data_only)
            continue;
        best = symbol;
    }
    if (!best || address - best->address > NEAREST_FARTHEST)
        return NULL;
    return best;
}

bool symbols_name(const struct symbols *symbols, uint64_t address, char *text, size_t size)
{
    const struct symbol *symbol = symbols_nearest(symbols, address);
    uint64_t offset;

    if (!symbol)
        return false;
    offset = address - symbol->address;
    if (offset)
        snprintf(text, size, "%s+0x%llx", symbol_text(symbols, symbol), (unsigned long long)offset);
    else
        snprintf(text, size, "%s", symbol_text(symbols, symbol));
    return true;
}

size_t symbols_close(const struct symbols *symbols, const char *name, const char **close,
                     size_t max)
{
    unsigned limit = strlen(name) < 4 ? 1 : strlen(name) < 8 ? 2 : 3;
    unsigned distance[8];
    size_t count = 0;

    if (max > ARRAY_SIZE(distance))
        max = ARRAY_SIZE(distance);
    for (size_t i = 0; i < symbols->count && max; i++) {
        const char *text = symbol_text(symbols, &symbols->list[symbols->by_name[i]]);
        unsigned d = text_distance(name, text, limit);
        size_t at;

        if (d > limit || (count && !strcmp(close[count - 1], text)))
            continue;
        for (at = count; at > 0 && distance[at - 1] > d; at--)
            ;
        if (at == max)
            continue;
        if (count < max)
            count++;
        memmove(close + at + 1, close + at, (count - 1 - at) * sizeof *close);
        memmove(distance + at + 1, distance + at, (count - 1 - at) * sizeof *distance);
        close[at] = text;
        distance[at] = d;
    }
    return count;
}
