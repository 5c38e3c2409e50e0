/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/case_file.c - test cases from files. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "machine/case.h"

#define MOST_BYTES 65536 /* of a case file */

bool case_read_file(const char *path, struct test_case *tc, struct case_result *expected,
                    bool *has_expected, struct buf *error, int *exit_code)
{
    FILE *file = fopen(path, "r");
    struct buf text = { 0 };
    char piece[4096];
    size_t count;
    bool ok = false;

    *exit_code = 4;
    if (!file) {
        buf_printf(error, "%s: %s", path, strerror(errno));
        return false;
    }
    while (text.length <= MOST_BYTES && (count = fread(piece, 1, sizeof piece, file)) > 0)
        buf_add(&text, piece, count);
    if (ferror(file)) {
        *exit_code = errno == EISDIR ? 2 : 4;
        buf_printf(error, "%s: %s, expected a case file", path, strerror(errno));
    } else if (text.length > MOST_BYTES) {
        *exit_code = 2;
        buf_printf(error, "%s: more than %u bytes, expected a case file", path, MOST_BYTES);
    } else {
        *exit_code = 2;
        ok = case_read(path, buf_text(&text), text.length, tc, expected, has_expected, error);
    }
    fclose(file);
    buf_free(&text);
    return ok;
}
