/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/tools/coverage_check.c - is every row of the instruction table executed by a test?
 *
 * Reads what the judges left in $VITRINE_COVERAGE (tests/support/coverage.h) and prints each row
 * with the judges that met it. It fails for a row that was not executed; the decoder's judge does
 * not count, as it only decodes. A judge that could not run here is named, and then rows that are
 * missing are skipped, not failed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/insn_table.h"
#include "util/buf.h"

static const struct judge {
    const char *name;
    bool executes;
    const char *what;
} judges[] = {
    { "unit", true, "unit tests, some of them against the host processor (tests/unit)" },
    { "silicon", true, "generated cases against the host processor (tests/silicon)" },
    { "vectors", true, "recorded vectors (tests/vectors)" },
    { "guest", true, "guest programs (tests/guest)" },
    { "decoder", false, "Zydis (tests/decoder)" },
};

static unsigned find_row(const char *id)
{
    for (unsigned i = 1; i < insn_row_count; i++) {
        if (!strcmp(insn_rows[i].id, id))
            return i;
    }
    return 0;
}

/* Set bit `judge` of met[row] for what its file says. False: there is no file. */
static bool read_judge(const char *folder, unsigned judge, uint8_t *met)
{
    struct buf path = { 0 };
    char line[256], id[128];
    FILE *file;

    buf_printf(&path, "%s/%s", folder, judges[judge].name);
    file = fopen(buf_text(&path), "r");
    buf_free(&path);
    if (!file)
        return false;
    while (fgets(line, sizeof line, file)) {
        unsigned row = sscanf(line, "%*s %127s", id) == 1 ? find_row(id) : 0;

        if (row)
            met[row] |= (uint8_t)(1 << judge);
        else
            printf("%s: no such row: %s", judges[judge].name, line);
    }
    fclose(file);
    return true;
}

int main(void)
{
    const char *folder = getenv("VITRINE_COVERAGE");
    uint8_t *met = xcalloc(insn_row_count, 1);
    unsigned covered = 0, missing = 0, executing = 0;
    bool complete = true;

    if (!folder) {
        fprintf(stderr, "coverage_check: VITRINE_COVERAGE is not set: run `make check`\n");
        return 2;
    }
    for (unsigned k = 0; k < ARRAY_SIZE(judges); k++) {
        if (judges[k].executes)
            executing |= 1u << k;
        if (!read_judge(folder, k, met)) {
            printf("did not run here: %s\n", judges[k].what);
            complete = false;
        }
    }
    for (unsigned i = 1; i < insn_row_count; i++) {
        bool ok = met[i] & executing;

        printf("%-8s %-28s", ok ? "covered" : "MISSING", insn_rows[i].id);
        for (unsigned k = 0; k < ARRAY_SIZE(judges); k++) {
            if (met[i] >> k & 1)
                printf(" %s", judges[k].name);
        }
        printf("\n");
        if (ok)
            covered++;
        else
            missing++;
    }
    free(met);
    printf("%u passed, %u failed, %u skipped\n", covered, complete ? missing : 0,
           complete ? 0 : missing);
    return missing ? (complete ? 1 : 77) : 0;
}
