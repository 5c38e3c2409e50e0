/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/fuzz/fuzz_qcow2.c - any bytes as a qcow2 image. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_image("qcow2", data, size);
    return 0;
}
