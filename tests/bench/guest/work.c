/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bench/guest/work.c - the benchmark's guest program. As the first process of a Linux guest it
 * runs its items and powers off; elsewhere it is an ordinary program, whose checksums are the ones
 * that the guests have to reach. Per item three lines,
 *
 *     item NAME begin
 *     item NAME end
 *     item NAME checksum HEX
 *
 * and the host takes the time between the first two. In the guest they go straight to the first
 * serial port, byte by byte: nothing is left in the kernel's buffers to be sent during the work.
 *
 * From the environment, which for the first process is the kernel command line: `items`, names with
 * commas between (default: all); `scale`, thousandths of the full work (1000); `tools`, the folder
 * of busybox and tiny (/bin); `scratch`, a folder to write to (/tmp).
 */
#include "work.h"

#include <string.h>
#include <sys/io.h>
#include <sys/reboot.h>
#include <unistd.h>

static const struct item *const items[] = {
    &integer_item,    &sieve_item, &quicksort_item, &sha256_item,  &matmul_item,  &nbody_item,
    &mandelbrot_item, &simd_item,  &memcpy_item,    &memset_item,  &chase_item,   &call_item,
    &bytecode_item,   &smc_item,   &smc_data_item,  &smc_jit_item, &syscall_item, &pipe_item,
    &fault_item,      &exec_item,  &gzip_item,      &sort_item,    &awk_item,
};

enum { COM1 = 0x3f8, LINE_STATUS = COM1 + 5, HOLDING_EMPTY = 0x20 };

static int is_guest(void)
{
    return getpid() == 1;
}

/* The ports are the program's only meanwhile: a task that has some is switched more slowly. */
static void say(const char *text)
{
    if (!is_guest() || ioperm(COM1, 8, 1) != 0) {
        fputs(text, stdout);
        fflush(stdout);
        return;
    }
    for (; *text; text++) {
        while (!(inb(LINE_STATUS) & HOLDING_EMPTY))
            continue;
        outb((unsigned char)*text, COM1);
    }
    ioperm(COM1, 8, 0);
}

static void power_off(void)
{
    if (is_guest()) {
        sync();
        reboot(RB_POWER_OFF);
    }
}

_Noreturn void work_fail(const char *what)
{
    char line[200];

    snprintf(line, sizeof line, "\nwork: %s: failed\n", what);
    say(line);
    power_off();
    exit(1);
}

void *work_alloc(size_t bytes)
{
    void *memory = malloc(bytes);

    if (!memory)
        work_fail("malloc");
    return memory;
}

static const char *setting(const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return value && *value ? value : otherwise;
}

static const char *path_in(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = work_alloc(size);

    snprintf(path, size, "%s/%s", folder, name);
    return path;
}

const char *work_tool(const char *name)
{
    return path_in(setting("tools", "/bin"), name);
}

const char *work_scratch(const char *name)
{
    return path_in(setting("scratch", "/tmp"), name);
}

/* Is `name` one of the names in `list`, which has commas between? */
static int listed(const char *list, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == 0))
            return 1;
    }
    return 0;
}

static void run_item(const struct item *item, long scale)
{
    long rounds = item->rounds * scale / 1000;
    char begin[64], end[64], checksum[96];
    uint64_t result;

    if (rounds < 1)
        rounds = 1;
    if (item->prepare)
        item->prepare(rounds);
    snprintf(begin, sizeof begin, "item %s begin\n", item->name);
    snprintf(end, sizeof end, "item %s end\n", item->name);
    say(begin);
    result = item->run(rounds);
    say(end);
    if (item->check)
        result = item->check(result);
    snprintf(checksum, sizeof checksum, "item %s checksum %016llx\n", item->name,
             (unsigned long long)result);
    say(checksum);
}

int main(void)
{
    const char *wanted = setting("items", "");
    long scale = strtol(setting("scale", "1000"), NULL, 10);

    if (is_guest())
        say("\n"); /* whatever the kernel was writing */
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        if (!*wanted || listed(wanted, items[i]->name))
            run_item(items[i], scale);
    }
    power_off();
    return 0;
}
