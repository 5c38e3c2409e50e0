/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/fuzz/fuzz_image.h - bytes as a disk image: looked at, read, written. */
#ifndef TESTS_FUZZ_FUZZ_IMAGE_H
#define TESTS_FUZZ_FUZZ_IMAGE_H

#include <stddef.h>
#include <stdint.h>

void fuzz_image(const char *format, const uint8_t *data, size_t size);

#endif
