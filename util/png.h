/* SPDX-License-Identifier: GPL-3.0-or-later */
/* util/png.h - pictures as PNG files. The same pixels give the same bytes in one build. */
#ifndef UTIL_PNG_H
#define UTIL_PNG_H

#include "util/buf.h"

/* Append a PNG file of 24 bits a pixel. Pixels are 00RRGGBBh; lines are `stride` pixels apart. */
void png_write(struct buf *to, const uint32_t *pixels, unsigned width, unsigned height,
               size_t stride);
/* CRC-32 of the colours alone, R, G, B, line by line: whatever compresses the file. */
uint32_t png_checksum(const uint32_t *pixels, unsigned width, unsigned height, size_t stride);

#endif
