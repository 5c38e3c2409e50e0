/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/fuzz/fuzz.h - a fuzzer is one function that takes any bytes, and aborts if a promise does not
 * hold. With libFuzzer (configure CC=clang --enable-fuzz --enable-sanitize) it looks for such bytes;
 * everywhere it runs the files that are kept (`make check`).
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
