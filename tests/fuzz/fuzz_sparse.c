/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/fuzz/fuzz_sparse.c - any bytes as a sparse image. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_image("sparse", data, size);
    return 0;
}
