/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * util/png.c - a PNG writer: zlib compresses where it was found, else the data is stored. Sources:
 * W3C, "Portable Network Graphics Specification"; RFC 1950 (zlib format), RFC 1951 (deflate).
 */
#include "util/png.h"

#include <string.h>

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

#include "util/crc32.h"

#define STORED_MOST 65535 /* bytes of a stored block */

static void put32(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)(value >> 24);
    to[1] = (uint8_t)(value >> 16);
    to[2] = (uint8_t)(value >> 8);
    to[3] = (uint8_t)value;
}

static void add32(struct buf *to, uint32_t value)
{
    uint8_t bytes[4];

    put32(bytes, value);
    buf_add(to, bytes, sizeof bytes);
}

static void add_chunk(struct buf *to, const char *type, const void *data, size_t length)
{
    size_t start;

    add32(to, (uint32_t)length);
    start = to->length;
    buf_add(to, type, 4);
    buf_add(to, data, length);
    add32(to, crc32_add(0, to->data + start, to->length - start));
}

#ifdef HAVE_ZLIB
static bool deflated(const struct buf *raw, struct buf *packed)
{
    uLongf length = compressBound((uLong)raw->length);

    packed->data = xrealloc(packed->data, length + 1);
    packed->capacity = length + 1;
    if (compress2(packed->data, &length, raw->data, (uLong)raw->length, 6) != Z_OK)
        return false;
    packed->length = length;
    return true;
}
#else
static bool deflated(const struct buf *raw, struct buf *packed)
{
    (void)raw;
    (void)packed;
    return false;
}
#endif

static uint32_t adler_of(const uint8_t *bytes, size_t count)
{
    uint32_t a = 1, b = 0;

    while (count--) {
        a = (a + *bytes++) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

/* A zlib stream of stored blocks. */
static void stored(const struct buf *raw, struct buf *packed)
{
    static const uint8_t head[2] = { 0x78, 0x01 };
    size_t at = 0;

    buf_clear(packed);
    buf_add(packed, head, sizeof head);
    do {
        size_t count = raw->length - at < STORED_MOST ? raw->length - at : STORED_MOST;
        uint8_t block[5] = { at + count == raw->length, (uint8_t)count, (uint8_t)(count >> 8),
                             (uint8_t)~count, (uint8_t)(~count >> 8) };

        buf_add(packed, block, sizeof block);
        buf_add(packed, raw->data + at, count);
        at += count;
    } while (at < raw->length);
    add32(packed, adler_of(raw->data, raw->length));
}

/* Red, green and blue of a line. */
static void line_bytes(const uint32_t *pixels, unsigned width, uint8_t *to)
{
    for (unsigned x = 0; x < width; x++) {
        to[x * 3] = (uint8_t)(pixels[x] >> 16);
        to[x * 3 + 1] = (uint8_t)(pixels[x] >> 8);
        to[x * 3 + 2] = (uint8_t)pixels[x];
    }
}

void png_write(struct buf *to, const uint32_t *pixels, unsigned width, unsigned height,
               size_t stride)
{
    static const uint8_t signature[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
    uint8_t header[13] = { 0 };
    struct buf raw = { 0 }, packed = { 0 };
    size_t row = (size_t)width * 3;

    raw.data = xcalloc(height ? height : 1, row + 1); /* each line begins with its filter: 0 */
    raw.length = raw.capacity = height * (row + 1);
    for (unsigned y = 0; y < height; y++)
        line_bytes(pixels + y * stride, width, raw.data + y * (row + 1) + 1);
    put32(header, width);
    put32(header + 4, height);
    header[8] = 8; /* bits of a sample */
    header[9] = 2; /* RGB */
    buf_add(to, signature, sizeof signature);
    add_chunk(to, "IHDR", header, sizeof header);
    if (!deflated(&raw, &packed))
        stored(&raw, &packed);
    add_chunk(to, "IDAT", packed.data, packed.length);
    add_chunk(to, "IEND", "", 0);
    buf_free(&raw);
    buf_free(&packed);
}

uint32_t png_checksum(const uint32_t *pixels, unsigned width, unsigned height, size_t stride)
{
    uint8_t *line = xcalloc(width ? width : 1, 3);
    struct buf owner = { .data = line };
    uint32_t crc = 0;

    for (unsigned y = 0; y < height; y++) {
        line_bytes(pixels + y * stride, width, line);
        crc = crc32_add(crc, line, (size_t)width * 3);
    }
    buf_free(&owner);
    return crc;
}
