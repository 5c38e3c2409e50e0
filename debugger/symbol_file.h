/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/symbol_file.h - between the readers of symbol files and the list they fill. */
#ifndef DEBUGGER_SYMBOL_FILE_H
#define DEBUGGER_SYMBOL_FILE_H

#include "debugger/symbol.h"

/* A file, or bytes in memory. */
struct symbol_source {
    const char *name;
    int fd;
    const uint8_t *bytes; /* NULL: read from fd */
    uint64_t length;
};

/* False: outside the file, or it has shrunk. */
MUST_CHECK bool source_read(const struct symbol_source *source, uint64_t offset, void *to,
                            size_t bytes);
void symbols_add(struct symbols *symbols, const char *name, size_t length, uint64_t address,
                 uint64_t size, unsigned rank);
/* Append what the file holds; false: *error has one line. */
MUST_CHECK bool symbols_read_elf(struct symbols *symbols, const struct symbol_source *source,
                                 uint64_t offset, const char **format, struct buf *error);
MUST_CHECK bool symbols_read_text(struct symbols *symbols, const char *name, const char *text,
                                  size_t length, uint64_t offset, const char **format,
                                  struct buf *error);

#endif
