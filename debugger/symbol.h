/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * debugger/symbol.h - names of addresses: ELF symbol tables, System.map and `nm` output, Bochs
 * "hex name" files, NASM and GNU ld map files. Every file is looked at as if it were hostile.
 */
#ifndef DEBUGGER_SYMBOL_H
#define DEBUGGER_SYMBOL_H

#include "util/out.h"
#include "util/types.h"

struct symbol {
    uint64_t address;
    uint64_t size;  /* bytes; 0: unknown */
    uint32_t name;  /* offset into struct symbols' names */
    uint8_t rank;   /* of several names at one address the lowest rank is shown */
    bool data_only; /* per-CPU offsets and constants: found by name, not by address */
};

/* Zero-initialised is empty. */
struct symbols {
    struct symbol *list; /* by (address, rank) */
    uint32_t *by_name;   /* indices into list, by (name, address) */
    size_t count, capacity;
    struct buf names; /* 0-terminated, one after the other */
};

/*
 * Add the symbols of a file, each moved by `offset`. True: *added says how many and *format what
 * the file was taken for. False: *error is one line ("FILE: fact, expectation").
 */
MUST_CHECK bool symbols_load(struct symbols *symbols, const char *file, uint64_t offset,
                             size_t *added, const char **format, struct buf *error);
/* The same from bytes in memory; `name` is for messages. */
MUST_CHECK bool symbols_parse(struct symbols *symbols, const char *name, const uint8_t *bytes,
                              size_t length, uint64_t offset, size_t *added, const char **format,
                              struct buf *error);
void symbols_free(struct symbols *symbols);

/* By exact name, or NULL. */
const struct symbol *symbols_find(const struct symbols *symbols, const char *name);
/* The symbol that holds or most nearly precedes `address` (at most 1 MiB before it), or NULL. */
const struct symbol *symbols_nearest(const struct symbols *symbols, uint64_t address);
/* "kmain+0x14", "kmain"; false: no symbol near. */
bool symbols_name(const struct symbols *symbols, uint64_t address, char *text, size_t size);
const char *symbol_text(const struct symbols *symbols, const struct symbol *symbol);
/* Symbols whose names begin with `prefix`: list[by_name[first .. first+count-1]]. */
size_t symbols_prefix(const struct symbols *symbols, const char *prefix, size_t *first);
/* Up to `max` names close to `name`, nearest first; returns how many. */
size_t symbols_close(const struct symbols *symbols, const char *name, const char **close,
                     size_t max);

#endif
