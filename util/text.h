/* SPDX-License-Identifier: GPL-3.0-or-later */
/* util/text.h - numbers, hex dumps, sizes and nearest names. */
#ifndef UTIL_TEXT_H
#define UTIL_TEXT_H

#include "util/out.h"

/*
 * A whole number: 0x1f, 1fh, 0b101, 017 (octal), 42, with '_' between digits. True: the whole of
 * text was a number that fits 64 bits, *value set. False: *value untouched.
 */
MUST_CHECK bool text_number(const char *text, uint64_t *value);
/* Like text_number, with a suffix K, M, G, T (x1024); a bare number counts `unit` bytes. */
MUST_CHECK bool text_size(const char *text, uint64_t unit, uint64_t *bytes);
/* The name of names[] (NULL-terminated) nearest to text by edit distance; NULL: none is near. */
const char *text_nearest(const char *text, const char *const *names);
/* Edit distance with transpositions, at most `limit` + 1. */
unsigned text_distance(const char *a, const char *b, unsigned limit);
/* 12345678 -> "12,345,678" into out[32]; returns out. */
const char *text_thousands(uint64_t value, char out[32]);
/* Classic hex dump lines: address, 16 bytes, characters. */
void text_hexdump(struct out *out, uint64_t address, const uint8_t *bytes, size_t count);

#endif
