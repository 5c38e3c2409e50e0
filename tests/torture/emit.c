/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/torture/emit.c - instructions written by hand, for code of 16, 32 and 64 bits. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/torture/generate.h"

bool gen_full(const struct gen *g)
{
    return g->at + 15 * 10 > g->limit || g->p->pieces + 32 > PIECES_MAX;
}

void gen_bytes(struct gen *g, const void *bytes, unsigned count)
{
    struct program *p = g->p;

    if (g->at + count > CODE_BYTES || p->pieces == PIECES_MAX || count > 15)
        abort(); /* gen_full() is asked before each group of instructions */
    memcpy(p->code + g->at, bytes, count);
    p->piece[p->pieces++] = (struct piece){ .at = (uint16_t)g->at, .length = (uint8_t)count };
    g->at += count;
}

struct line {
    uint8_t bytes[32];
    unsigned length;
};

static void put_number(struct line *line, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        line->bytes[line->length++] = (uint8_t)(value >> 8 * i);
}

static void put_hex(struct line *line, const char *text)
{
    while (*text) {
        char pair[3] = { text[0], text[1], 0 };

        if (*text == ' ') {
            text++;
            continue;
        }
        line->bytes[line->length++] = (uint8_t)strtoul(pair, NULL, 16);
        text += 2;
    }
}

void gen_code(struct gen *g, const char *format, ...)
{
    struct line line = { .length = 0 };
    va_list arguments;

    va_start(arguments, format);
    while (*format) {
        if (*format == ' ') {
            format++;
        } else if (*format == '%') {
            unsigned bytes = format[1] == 'b'   ? 1
                             : format[1] == 'w' ? 2
                             : format[1] == 'd' ? 4
                             : format[1] == 'q' ? 8
                                                : (g->bits == 16 ? 2 : 4);

            put_number(&line, va_arg(arguments, uint64_t), bytes);
            format += 2;
        } else {
            char pair[3] = { format[0], format[1], 0 };

            line.bytes[line.length++] = (uint8_t)strtoul(pair, NULL, 16);
            format += 2;
        }
    }
    va_end(arguments);
    gen_bytes(g, line.bytes, line.length);
}

void gen_load(struct gen *g, unsigned reg, uint64_t value)
{
    struct line line = { .length = 0 };

    if (g->bits != 64) {
        bool narrow = g->bits == 16 && rng_below(&g->rng, 4);

        if (g->bits == 16 && !narrow)
            put_number(&line, 0x66, 1);
        put_number(&line, 0xb8 + reg, 1);
        put_number(&line, value, narrow ? 2 : 4);
    } else if (value <= UINT32_MAX && rng_below(&g->rng, 4)) {
        if (reg & 8)
            put_number(&line, 0x41, 1);
        put_number(&line, 0xb8 + (reg & 7), 1);
        put_number(&line, value, 4);
    } else if (value == (uint64_t)(int64_t)(int32_t)value && rng_below(&g->rng, 2)) {
        put_number(&line, 0x48 | reg >> 3, 1);
        put_number(&line, 0xc7, 1);
        put_number(&line, 0xc0 | (reg & 7), 1);
        put_number(&line, value, 4);
    } else {
        put_number(&line, 0x48 | reg >> 3, 1);
        put_number(&line, 0xb8 + (reg & 7), 1);
        put_number(&line, value, 8);
    }
    gen_bytes(g, line.bytes, line.length);
}

/* Segments of 16-bit programs: what reaches the address, and from where it counts. */
static unsigned real_segment(uint64_t address, uint64_t *offset)
{
    if (address < 0x10000) {
        *offset = address;
        return 0x64; /* FS: 0000h */
    }
    if (address >= AT_CODE && address < AT_CODE + CODE_BYTES) {
        *offset = address - AT_CODE;
        return 0x2e;
    }
    if (address >= AT_DEVICE) {
        *offset = address - AT_DEVICE;
        return 0x65;
    }
    *offset = address - AT_DATA;
    return 0;
}

static unsigned put_absolute(struct gen *g, struct line *line, const char *opcode, unsigned reg,
                             uint64_t address)
{
    unsigned field;

    if (g->bits == 16) {
        uint64_t offset;
        unsigned prefix = real_segment(address, &offset);

        if (prefix)
            put_number(line, prefix, 1);
        put_hex(line, opcode);
        put_number(line, reg << 3 | 6, 1);
        field = line->length;
        put_number(line, offset, 2);
        return field;
    }
    if (g->p->short_data)
        put_number(line, 0x36, 1); /* SS: all of it */
    put_hex(line, opcode);
    if (g->bits == 64) {
        put_number(line, reg << 3 | 4, 1);
        put_number(line, 0x25, 1);
    } else {
        put_number(line, reg << 3 | 5, 1);
    }
    field = line->length;
    put_number(line, address, 4);
    return field;
}

void gen_absolute(struct gen *g, const char *opcode, unsigned reg, uint64_t address,
                  unsigned immediate, uint64_t value)
{
    struct line line = { .length = 0 };

    put_absolute(g, &line, opcode, reg, address);
    put_number(&line, value, immediate);
    gen_bytes(g, line.bytes, line.length);
}

void gen_site_store(struct gen *g, const char *opcode, unsigned reg, unsigned form, int before,
                    unsigned immediate, uint64_t value)
{
    struct line line = { .length = 0 };
    bool alias = g->bits != 16 && rng_once_in(&g->rng, 4);
    unsigned field = put_absolute(g, &line, opcode, reg, AT_CODE);

    if (g->fixes == FIXES_MAX)
        return;
    put_number(&line, value, immediate);
    g->fix[g->fixes++] = (struct fix){ .at = (uint16_t)(g->at + field),
                                       .bytes = g->bits == 16 ? 2 : 4,
                                       .form = (uint8_t)form,
                                       .before = (int8_t)before,
                                       .alias = alias && g->p->paging };
    gen_bytes(g, line.bytes, line.length);
}

/* ---- branches ---- */

static void put_distance(struct gen *g, unsigned field, unsigned bytes, unsigned target)
{
    uint32_t distance = target - (field + bytes);

    if (bytes == 1 && distance + 128 > 255)
        abort();
    for (unsigned i = 0; i < bytes; i++)
        g->p->code[field + i] = (uint8_t)(distance >> 8 * i);
}

/* Returns the offset of the distance. */
static unsigned put_branch(struct gen *g, unsigned condition, bool near)
{
    unsigned bytes = g->bits == 16 ? 2 : 4;

    if (near) {
        gen_code(g, "%b 00", (uint64_t)(condition == 16 ? 0xeb : 0x70 + condition));
        return g->at - 1;
    }
    if (condition == 16)
        gen_code(g, "e9 %v", UINT64_C(0));
    else
        gen_code(g, "0f %b %v", (uint64_t)(0x80 + condition), UINT64_C(0));
    return g->at - bytes;
}

unsigned gen_forward(struct gen *g, unsigned condition, bool near)
{
    return put_branch(g, condition, near) << 1 | near;
}

void gen_here(struct gen *g, unsigned branch)
{
    put_distance(g, branch >> 1, branch & 1 ? 1 : g->bits == 16 ? 2 : 4, g->at);
}

void gen_back(struct gen *g, unsigned condition, unsigned target)
{
    bool near = g->at + 2 - target <= 128 && rng_below(&g->rng, 4);
    unsigned field = put_branch(g, condition, near);

    put_distance(g, field, near ? 1 : g->bits == 16 ? 2 : 4, target);
}

void gen_call(struct gen *g, unsigned target)
{
    unsigned bytes = g->bits == 16 ? 2 : 4;

    gen_code(g, "e8 %v", UINT64_C(0));
    put_distance(g, g->at - bytes, bytes, target);
}

uint64_t gen_rip(const struct gen *g, unsigned offset)
{
    return offset + (g->bits == 16 ? 0u : AT_CODE);
}
