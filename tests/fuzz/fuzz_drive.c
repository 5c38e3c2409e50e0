/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/fuzz/fuzz_drive.c - any text as what -drive says. */
#include <stdlib.h>
#include <string.h>

#include "machine/drive.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct drive_options drive;
    struct buf error = { 0 };
    char *text = xcalloc(1, size + 1);

    memcpy(text, data, size);
    if (drive_parse(&drive, text, &error)) {
        if (error.length || drive.index < -1 || drive.index > 3 ||
            (!drive.file && drive.medium != DRIVE_CDROM))
            abort();
        drive_free(&drive);
    } else if (!error.length) {
        abort();
    }
    buf_free(&error);
    free(text);
    return 0;
}
