/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/bench/guest/tools.c - busybox's gzip, sort and awk on made-up text in a RAM file system. */
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "work.h"

/*
 * `lines` lines "NUMBER WORD WORD WORD VALUE" into the scratch file `name`. Short words are
 * frequent, as in a language.
 */
static void write_text(const char *name, long lines)
{
    FILE *file = fopen(work_scratch(name), "w");
    uint64_t random = 0x8ebc6af09c88c6e3;

    if (!file)
        work_fail(work_scratch(name));
    for (long line = 0; line < lines; line++) {
        fprintf(file, "%u", (unsigned)(random_next(&random) % 100000));
        for (int word = 0; word < 3; word++) {
            uint64_t r = random_next(&random);
            uint64_t kind = r % 7 < 4 ? r >> 8 & 15 : r >> 8 & 1023;

            fputc(' ', file);
            for (uint64_t letters = kind * 77 + 13; letters; letters /= 13)
                fputc("etaoinshrdlum"[letters % 13], file);
        }
        fprintf(file, " %u.%02u\n", (unsigned)(random >> 50), (unsigned)(random >> 20) % 100);
    }
    if (fclose(file) != 0)
        work_fail(work_scratch(name));
}

/* Checksum of a file's bytes. */
static uint64_t file_sum(const char *name)
{
    FILE *file = fopen(work_scratch(name), "r");
    uint64_t sum = 0;
    int byte;

    if (!file)
        work_fail(work_scratch(name));
    while ((byte = getc(file)) != EOF)
        sum = mix(sum, (uint64_t)byte);
    fclose(file);
    return sum;
}

static void redirect(const char *path, int flags, int fd)
{
    int opened = open(path, flags, 0600);

    if (opened < 0 || dup2(opened, fd) < 0)
        _exit(126);
    close(opened);
}

/* busybox ARGV, its input and output in the scratch folder */
static void busybox(const char *input, const char *output, char *const *argv)
{
    const char *program = work_tool("busybox");
    pid_t child = fork();
    int status;

    if (child == 0) {
        char *environment[] = { "LC_ALL=C", NULL };

        redirect(work_scratch(input), O_RDONLY, 0);
        redirect(work_scratch(output), O_WRONLY | O_CREAT | O_TRUNC, 1);
        execve(program, argv, environment);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        work_fail(argv[0]);
}

/* ---- gzip, and back ----------------------------------------------------------------------------- */
static void gzip_prepare(long rounds)
{
    write_text("plain", rounds);
}

static uint64_t gzip_run(long rounds)
{
    (void)rounds;
    busybox("plain", "packed", (char *[]){ "gzip", "-c", NULL });
    busybox("packed", "unpacked", (char *[]){ "gunzip", "-c", NULL });
    return 0;
}

static uint64_t gzip_check(uint64_t result)
{
    uint64_t plain = file_sum("plain");

    (void)result;
    if (plain != file_sum("unpacked"))
        work_fail("gzip: what comes back");
    return mix(plain, file_sum("packed"));
}

const struct item gzip_item = {
    .name = "gzip",
    .rounds = 48000,
    .prepare = gzip_prepare,
    .run = gzip_run,
    .check = gzip_check,
};

/* ---- sort --------------------------------------------------------------------------------------- */
static void sort_prepare(long rounds)
{
    write_text("lines", rounds);
}

static uint64_t sort_run(long rounds)
{
    (void)rounds;
    busybox("lines", "sorted", (char *[]){ "sort", NULL });
    busybox("sorted", "numeric", (char *[]){ "sort", "-n", "-k", "5", NULL });
    return 0;
}

static uint64_t sort_check(uint64_t result)
{
    return mix(result, mix(file_sum("sorted"), file_sum("numeric")));
}

const struct item sort_item = {
    .name = "sort",
    .rounds = 12000,
    .prepare = sort_prepare,
    .run = sort_run,
    .check = sort_check,
};

/* ---- awk ---------------------------------------------------------------------------------------- */
static void awk_prepare(long rounds)
{
    write_text("records", rounds);
}

static uint64_t awk_run(long rounds)
{
    (void)rounds;
    busybox("records", "report",
            (char *[]){ "awk",
                        "{ count[$2]++; total += $5; if ($1 > most) most = $1;"
                        "  gsub(/[aeiou]/, \"\", $3); bytes += length($3) * NR % 7 }"
                        "/hr.*d/ { seen++ }"
                        "END { for (i = 1; i <= NR; i++) mean += total / (i + seen);"
                        "  printf \"%.6f %d %d %d %.9f\\n\", total, most, bytes, seen, mean }",
                        NULL });
    return 0;
}

static uint64_t awk_check(uint64_t result)
{
    return mix(result, file_sum("report"));
}

const struct item awk_item = { .name = "awk",
                               .rounds = 15000,
                               .prepare = awk_prepare,
                               .run = awk_run,
                               .check = awk_check };
