/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/bench/guest/system.c - what the kernel does: system calls, pipes, page faults, processes. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "work.h"

static uint64_t syscall_run(long rounds)
{
    int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);
    uint64_t sum = 0;
    char bytes[64] = { 0 };

    if (zero < 0 || null < 0)
        work_fail("/dev/zero and /dev/null");
    for (long round = 0; round < rounds; round++) {
        sum += syscall(SYS_getppid) >= 0;
        sum += syscall(SYS_getppid) >= 0;
        sum += (uint64_t)read(zero, bytes, sizeof bytes);
        sum += (uint64_t)write(null, bytes, sizeof bytes);
        sum += close(-1) < 0;
    }
    close(zero);
    close(null);
    return mix(0, sum);
}

const struct item syscall_item = { .name = "syscall", .rounds = 150000, .run = syscall_run };

/* ---- a word between two processes --------------------------------------------------------------- */
static int take(int fd, uint32_t *word)
{
    return read(fd, word, sizeof *word) == (ssize_t)sizeof *word;
}

static void give(int fd, uint32_t word)
{
    if (write(fd, &word, sizeof word) != (ssize_t)sizeof word)
        work_fail("write to a pipe");
}

static uint64_t pipe_run(long rounds)
{
    int there[2], back[2], status;
    uint32_t word = 1;
    pid_t child;

    if (pipe(there) != 0 || pipe(back) != 0 || (child = fork()) < 0)
        work_fail("pipe and fork");
    if (child == 0) {
        close(there[1]);
        while (take(there[0], &word))
            give(back[1], word * 1664525 + 1013904223);
        _exit(0);
    }
    for (long round = 0; round < rounds; round++) {
        give(there[1], word ^ (uint32_t)round);
        if (!take(back[0], &word))
            work_fail("read from a pipe");
    }
    close(there[1]);
    if (waitpid(child, &status, 0) != child || status != 0)
        work_fail("the other end of the pipe");
    close(there[0]);
    close(back[0]);
    close(back[1]);
    return mix(0, word);
}

const struct item pipe_item = { .name = "pipe", .rounds = 8000, .run = pipe_run };

/* ---- page faults -------------------------------------------------------------------------------- */
enum { PAGES = 512 };

static uint64_t fault_run(long rounds)
{
    size_t bytes = PAGES * 4096;
    uint64_t sum = 0;

    for (long round = 0; round < rounds; round++) {
        uint8_t *memory =
            mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (memory == MAP_FAILED)
            work_fail("mmap");
        madvise(memory, bytes, MADV_NOHUGEPAGE); /* a fault a page, whatever the kernel likes */
        for (size_t i = 0; i < bytes; i += 4096) {
            sum += memory[i + 8]; /* the page of zeros, mapped for reading */
            memory[i] = (uint8_t)(i >> 12) + (uint8_t)round; /* and then one of its own */
        }
        for (size_t i = 0; i < bytes; i += 4096)
            sum = mix(sum, memory[i]);
        if (mprotect(memory, bytes / 2, PROT_READ) != 0 || munmap(memory, bytes) != 0)
            work_fail("munmap");
    }
    return sum;
}

const struct item fault_item = { .name = "fault", .rounds = 80, .run = fault_run };

/* ---- processes ---------------------------------------------------------------------------------- */
static uint64_t exec_run(long rounds)
{
    const char *tiny = work_tool("tiny");
    uint64_t sum = 0;

    for (long round = 0; round < rounds; round++) {
        char letter[2] = { (char)('0' + round % 64), 0 };
        char *argv[] = { "tiny", letter, NULL }, *environment[] = { NULL };
        pid_t child = fork();
        int status;

        if (child == 0) {
            execve(tiny, argv, environment);
            _exit(127);
        }
        if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
            WEXITSTATUS(status) == 127)
            work_fail(tiny);
        sum = mix(sum, (uint64_t)WEXITSTATUS(status));
    }
    return sum;
}

const struct item exec_item = { .name = "exec", .rounds = 200, .run = exec_run };
