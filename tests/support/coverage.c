/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/coverage.c - see coverage.h. */
#include "tests/support/coverage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cpu/access.h"
#include "cpu/decode.h"
#include "util/buf.h"

static bool noted[UINT16_MAX + 1];

void coverage_note(unsigned row)
{
    noted[row & UINT16_MAX] = true;
}

unsigned coverage_next(const struct cpu *cpu)
{
    lin_addr la = cpu_code64(cpu) ? cpu->rip : (uint32_t)(cpu->seg[SEG_CS].base + cpu->rip);
    unsigned count = 15;
    uint8_t bytes[15];
    struct insn insn;

    if (!getenv("VITRINE_COVERAGE"))
        return 0;
    while (count && !cpu_peek(cpu, la, bytes, count))
        count--;
    return count && decode_insn(bytes, count, cpu->mode, NULL, &insn) == DECODE_OK ? insn.row : 0;
}

static void write_unit(void)
{
    coverage_write("unit");
}

void coverage_note_unit(unsigned row)
{
    static bool registered;

    if (!registered) {
        registered = true;
        atexit(write_unit);
    }
    coverage_note(row);
}

void coverage_write(const char *judge)
{
    const char *folder = getenv("VITRINE_COVERAGE");
    struct buf text = { 0 }, path = { 0 };
    int fd;

    if (!folder)
        return;
    for (unsigned i = 1; i < insn_row_count; i++) {
        if (noted[i])
            buf_printf(&text, "%s %s\n", judge, insn_rows[i].id);
    }
    memset(noted, 0, sizeof noted);
    if (!text.length)
        return;
    buf_printf(&path, "%s/%s", folder, judge);
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        perror(folder);
    /* One write, appended: lines of two processes do not mix. */
    fd = open(buf_text(&path), O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (fd < 0 || write(fd, text.data, text.length) != (ssize_t)text.length)
        perror(buf_text(&path));
    if (fd >= 0)
        close(fd);
    buf_free(&text);
    buf_free(&path);
}
