/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bench/stamp.c - runs a command and takes the time between the marker lines in its output:
 *
 *     stamp [-t SECONDS] [-o FILE] COMMAND [ARGUMENT...]
 *
 * For "item NAME begin", "item NAME end", "item NAME checksum HEX" it prints "NAME SECONDS
 * CPU-SECONDS HEX": from the arrival of the first line to that of the second, by the host's clock
 * and by the processor time of the command. At the end one line "total SECONDS CPU-SECONDS
 * STATUS": the exit code, 128 + a signal, or 124 when it took longer than SECONDS and was ended.
 * FILE gets the whole output.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct stamp {
    double wall, cpu;
};

struct reader {
    char line[256];
    size_t length; /* of the line so far; what does not fit is not kept */
    char name[64]; /* of the item that runs, or "" */
    struct stamp begin, end;
    bool ended;
};

static double seconds(const struct timespec *time)
{
    return (double)time->tv_sec + (double)time->tv_nsec / 1e9;
}

/* Now; the processor time is the command's, as long as it runs. */
static struct stamp stamp_now(clockid_t cpu_clock)
{
    struct timespec time;
    struct stamp now = { 0 };

    clock_gettime(CLOCK_MONOTONIC, &time);
    now.wall = seconds(&time);
    if (clock_gettime(cpu_clock, &time) == 0)
        now.cpu = seconds(&time);
    return now;
}

static void take_line(struct reader *reader, const struct stamp *now)
{
    char name[64], what[16], sum[32];
    int words;

    if (reader->length >= sizeof reader->line)
        return;
    reader->line[reader->length] = 0;
    words = sscanf(reader->line, "item %63s %15s %31s", name, what, sum);
    if (words == 2 && strcmp(what, "begin") == 0) {
        strcpy(reader->name, name);
        reader->begin = *now;
        reader->ended = false;
    } else if (words == 2 && strcmp(what, "end") == 0 && strcmp(name, reader->name) == 0) {
        reader->end = *now;
        reader->ended = true;
    } else if (words == 3 && strcmp(what, "checksum") == 0 && reader->ended &&
               strcmp(name, reader->name) == 0) {
        printf("%s %.4f %.4f %s\n", name, reader->end.wall - reader->begin.wall,
               reader->end.cpu - reader->begin.cpu, sum);
        fflush(stdout);
        reader->name[0] = 0;
        reader->ended = false;
    } else if (strncmp(reader->line, "work: ", 6) == 0) {
        fprintf(stderr, "%s\n", reader->line);
    }
}

static void take_bytes(struct reader *reader, const char *bytes, size_t count,
                       const struct stamp *now)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '\r')
            continue;
        if (bytes[i] == '\n') {
            take_line(reader, now);
            reader->length = 0;
            continue;
        }
        if (reader->length < sizeof reader->line)
            reader->line[reader->length++] = bytes[i];
    }
}

static int usage(void)
{
    fprintf(stderr, "usage: stamp [-t SECONDS] [-o FILE] COMMAND [ARGUMENT...]\n");
    return 2;
}

/* The command with its output in the pipe; not back on success. */
static void become(char **command, const int pipe_ends[2])
{
    dup2(pipe_ends[1], STDOUT_FILENO);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    execvp(command[0], command);
    fprintf(stderr, "stamp: %s: %s\n", command[0], strerror(errno));
    _exit(127);
}

int main(int argc, char **argv)
{
    double limit = 0;
    const char *kept = NULL;
    int option, pipe_ends[2], status = 0, code;
    bool late = false;
    pid_t child;
    clockid_t cpu_clock;
    struct reader reader = { .length = 0 };
    struct stamp start, end;
    struct rusage usage_of_child;
    FILE *copy = NULL;

    while ((option = getopt(argc, argv, "+t:o:")) != -1) {
        if (option == 't')
            limit = strtod(optarg, NULL);
        else if (option == 'o')
            kept = optarg;
        else
            return usage();
    }
    if (optind == argc)
        return usage();
    if (kept && !(copy = fopen(kept, "w"))) {
        fprintf(stderr, "stamp: %s: %s\n", kept, strerror(errno));
        return 4;
    }
    if (pipe(pipe_ends) != 0 || (child = fork()) < 0) {
        fprintf(stderr, "stamp: %s\n", strerror(errno));
        return 4;
    }
    if (child == 0)
        become(argv + optind, pipe_ends);
    close(pipe_ends[1]);
    if (clock_getcpuclockid(child, &cpu_clock) != 0)
        cpu_clock = CLOCK_MONOTONIC;
    start = end = stamp_now(cpu_clock);
    for (;;) {
        struct pollfd fd = { .fd = pipe_ends[0], .events = POLLIN };
        int wait = limit > 0 && !late ? (int)((limit - (end.wall - start.wall)) * 1000) + 1 : -1;
        char block[4096];
        ssize_t count;

        if (poll(&fd, 1, wait < -1 ? 0 : wait) == 0) {
            late = true;
            kill(child, SIGKILL);
        }
        end = stamp_now(cpu_clock);
        if (late)
            break;
        count = read(pipe_ends[0], block, sizeof block);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        take_bytes(&reader, block, (size_t)count, &end);
        if (copy)
            fwrite(block, 1, (size_t)count, copy);
    }
    wait4(child, &status, 0, &usage_of_child);
    end = stamp_now(cpu_clock);
    end.cpu = (double)(usage_of_child.ru_utime.tv_sec + usage_of_child.ru_stime.tv_sec) +
              (double)(usage_of_child.ru_utime.tv_usec + usage_of_child.ru_stime.tv_usec) / 1e6;
    code = late ? 124 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    printf("total %.4f %.4f %d\n", end.wall - start.wall, end.cpu, code);
    if (copy && fclose(copy) != 0) {
        fprintf(stderr, "stamp: %s: %s\n", kept, strerror(errno));
        return 4;
    }
    return 0;
}
