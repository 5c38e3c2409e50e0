/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/host_char.c - serial lines on the host: POSIX files, terminals and sockets. */
#define _GNU_SOURCE /* posix_openpt and its kin, cfmakeraw */
#include "machine/host_char.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#define ESCAPE_KEY 1 /* Ctrl-A, as QEMU */
#define INPUT_MOST 65536
#define OUTPUT_BLOCK 4096

/* clang-format off */
/* Everything from one member to the one before another. */
#define NOT_SAVED_SPAN(name, first, next, text)                                                    \
    { name, offsetof(struct host_char, first),                                                     \
      offsetof(struct host_char, next) - offsetof(struct host_char, first), 1, FMT_DERIVED, text }

const struct field host_char_fields[] = {
    NOT_SAVED_SPAN("host", line, sent, "the host's side"),
    FIELD(struct host_char, sent,   FMT_DEC, "bytes that the guest has sent"),
    FIELD(struct host_char, digest, FMT_HEX, "FNV digest of them"),
    NOT_SAVED(struct host_char, shown,          "bytes that were passed on"),
    NOT_SAVED(struct host_char, quit,           "wiring"),
    NOT_SAVED(struct host_char, break_in,       "wiring"),
    NOT_SAVED(struct host_char, log,            "messages"),
    NOT_SAVED(struct host_char, saved_terminal, "the host's side"),
    { 0 },
};
/* clang-format on */

static void take_output(void *host_pointer, const uint8_t *bytes, size_t count)
{
    struct host_char *host = host_pointer;

    size_t again;

    for (size_t i = 0; i < count; i++)
        host->digest = (host->digest ^ bytes[i]) * UINT64_C(0x100000001b3); /* FNV */
    again = host->shown > host->sent ? host->shown - host->sent : 0;
    host->sent += count;
    if (again >= count)
        return;
    host->shown = host->sent;
    bytes += again;
    count -= again;
    if (host->watch)
        host->watch(host->watch_context, bytes, count);
    if (host->out < 0 || host->broken)
        return;
    buf_add(&host->output, bytes, count);
    /* A line is shown when it ends, however long the guest then works without a pause. */
    if (host->output.length >= OUTPUT_BLOCK || memchr(bytes, '\n', count))
        host_char_flush(host);
}

void host_char_flush(struct host_char *host)
{
    size_t done = 0;

    while (done < host->output.length && !host->broken) {
        ssize_t n = write(host->out, host->output.data + done, host->output.length - done);

        if (n > 0) {
            done += (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            struct pollfd fd = { .fd = host->out, .events = POLLOUT };

            poll(&fd, 1, 100);
        } else if (!(n < 0 && errno == EINTR)) {
            host->broken = true;
            log_line(host->log, LOG_WARN, "serial", "output goes nowhere from now on: %s",
                     strerror(errno));
        }
    }
    buf_clear(&host->output);
}

/* Ctrl-A x quits, Ctrl-A c asks for the debugger, Ctrl-A Ctrl-A is itself. */
static void add_typed(struct host_char *host, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t byte = bytes[i];

        if (host->escape) {
            host->escape = false;
            if (byte == 'x' || byte == 'X') {
                if (host->quit)
                    *host->quit = true;
                continue;
            }
            if (byte == 'c' || byte == 'C') {
                if (host->break_in)
                    *host->break_in = true;
                continue;
            }
        } else if (byte == ESCAPE_KEY) {
            host->escape = true;
            continue;
        }
        buf_add(&host->input, &byte, 1);
    }
}

static void accept_peer(struct host_char *host)
{
    int fd = accept(host->listener, NULL, NULL);

    if (fd < 0)
        return;
    close(host->listener);
    host->listener = -1;
    host->in = host->out = fd;
    host->close_in = true;
}

static void read_input(struct host_char *host)
{
    uint8_t block[4096];
    struct pollfd fd = { .fd = host->in, .events = POLLIN };

    if (host->listener >= 0) {
        fd.fd = host->listener;
        if (poll(&fd, 1, 0) > 0)
            accept_peer(host);
        return;
    }
    while (host->in >= 0 && host->input.length - host->input_taken < INPUT_MOST) {
        ssize_t n;

        fd.fd = host->in;
        if (poll(&fd, 1, 0) <= 0)
            return;
        n = read(host->in, block, sizeof block);
        if (n > 0) {
            if (host->terminal)
                add_typed(host, block, (size_t)n);
            else
                buf_add(&host->input, block, (size_t)n);
        } else if (n == 0 || (errno != EINTR && errno != EAGAIN && errno != EIO)) {
            if (host->close_in && host->in != host->out)
                close(host->in);
            host->close_out |= host->close_in && host->in == host->out;
            host->in = -1; /* end of input; output may go on */
        } else {
            return;
        }
    }
}

static void give_input(void *host_pointer)
{
    struct host_char *host = host_pointer;
    struct chardev *line = &host->line;

    while (host->input_taken < host->input.length && line->can_receive) {
        size_t n = host->input.length - host->input_taken, room = line->can_receive(line->device);

        if (room == 0)
            return;
        if (n > room)
            n = room;
        line->receive(line->device, host->input.data + host->input_taken, n);
        host->input_taken += n;
    }
    if (host->input_taken == host->input.length) {
        buf_clear(&host->input);
        host->input_taken = 0;
    }
}

void host_char_poll(struct host_char *host)
{
    size_t before = host->input.length;

    read_input(host);
    if (host->heard && host->input.length > host->input_taken &&
        (host->input.length > before ||
         (host->line.can_receive && host->line.can_receive(host->line.device))))
        host->heard(host->heard_context, host->input.data + before, host->input.length - before);
    give_input(host);
    if (host->output.length)
        host_char_flush(host);
}

void host_char_feed(struct host_char *host, const uint8_t *bytes, size_t count)
{
    buf_add(&host->input, bytes, count);
    give_input(host);
}

bool host_char_wait(struct host_char *host, uint64_t nanoseconds)
{
    struct pollfd fd = { .fd = host->listener >= 0 ? host->listener : host->in, .events = POLLIN };
    struct timespec time = { .tv_sec = 60 };

    if (nanoseconds < UINT64_C(1000000000) * 60)
        time = (struct timespec){ .tv_sec = (time_t)(nanoseconds / 1000000000),
                                  .tv_nsec = (long)(nanoseconds % 1000000000) };
    host_char_flush(host);
    if (host->input_taken < host->input.length)
        return true;
    if (fd.fd < 0) {
        ppoll(NULL, 0, &time, NULL);
        return false;
    }
    return ppoll(&fd, 1, &time, NULL) > 0;
}

bool host_char_has_input(const struct host_char *host)
{
    return host->in >= 0 || host->listener >= 0 || host->input_taken < host->input.length;
}

static void raw_mode(struct host_char *host)
{
    struct termios raw;

    if (!isatty(host->in))
        return;
    if (!host->saved_terminal) {
        host->saved_terminal = xcalloc(1, sizeof(struct termios));
        if (tcgetattr(host->in, host->saved_terminal) != 0)
            return;
    }
    raw = *(struct termios *)host->saved_terminal;
    cfmakeraw(&raw);
    raw.c_oflag |= OPOST; /* "\n" from the emulator's own messages */
    tcsetattr(host->in, TCSANOW, &raw);
    host->terminal = true;
}

void host_char_suspend(struct host_char *host)
{
    host_char_flush(host);
    if (host->saved_terminal && host->in >= 0)
        tcsetattr(host->in, TCSANOW, host->saved_terminal);
}

void host_char_resume(struct host_char *host)
{
    if (host->saved_terminal && host->in >= 0)
        raw_mode(host);
}

static bool open_pty(struct host_char *host, struct log *log, struct buf *error)
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY);
    struct termios raw;

    if (fd < 0 || grantpt(fd) != 0 || unlockpt(fd) != 0) {
        buf_printf(error, "-serial pty: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    if (tcgetattr(fd, &raw) == 0) {
        cfmakeraw(&raw);
        tcsetattr(fd, TCSANOW, &raw);
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    host->in = host->out = fd;
    host->close_in = true;
    log_line(log, LOG_INFO, "serial", "redirected to %s", ptsname(fd));
    return true;
}

static bool open_tcp(struct host_char *host, const char *spec, struct buf *error, int *exit_code)
{
    char *copy = xstrdup(spec), *options, *port;
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
    bool server, ok = false, wait;
    int fd = -1, one = 1, resolved;

    options = strchr(copy, ',');
    if (options)
        *options++ = 0;
    server = options && strstr(options, "server");
    wait = !(options && (strstr(options, "nowait") || strstr(options, "wait=off")));
    port = strrchr(copy, ':');
    if (!port || !port[1]) {
        buf_printf(error, "-serial tcp:%s: no port, expected tcp:HOST:PORT[,server[,nowait]]",
                   spec);
        *exit_code = 2;
        free(copy);
        return false;
    }
    *port++ = 0;
    resolved = getaddrinfo(*copy ? copy : "127.0.0.1", port, &hints, &list);
    if (resolved == 0) {
        fd = socket(list->ai_family, list->ai_socktype, list->ai_protocol);
        if (fd >= 0 && server) {
            setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
            ok = bind(fd, list->ai_addr, list->ai_addrlen) == 0 && listen(fd, 1) == 0;
        } else if (fd >= 0) {
            ok = connect(fd, list->ai_addr, list->ai_addrlen) == 0;
        }
    }
    if (!ok) {
        buf_printf(error, "-serial tcp:%s: %s", spec,
                   resolved && resolved != EAI_SYSTEM ? gai_strerror(resolved) : strerror(errno));
        if (fd >= 0)
            close(fd);
    } else if (server) {
        host->listener = fd;
        if (wait)
            accept_peer(host);
    } else {
        host->in = host->out = fd;
        host->close_in = true;
    }
    if (list)
        freeaddrinfo(list);
    free(copy);
    return ok;
}

bool host_char_open(struct host_char *host, const char *spec, struct log *log, struct buf *error,
                    int *exit_code)
{
    *host = (struct host_char){ .in = -1, .out = -1, .listener = -1, .log = log };
    host->line.write = take_output;
    host->line.host = host;
    host->line.has_room = give_input;
    *exit_code = 4;
    if (!spec || !strcmp(spec, "null") || !strcmp(spec, "none"))
        return true;
    if (!strcmp(spec, "stdio") || !strcmp(spec, "mon:stdio")) {
        host->in = 0;
        host->out = 1;
        raw_mode(host);
        return true;
    }
    if (!strncmp(spec, "file:", 5)) {
        host->out = open(spec + 5, O_WRONLY | O_CREAT | O_TRUNC, 0666);
        host->close_out = true;
        if (host->out < 0)
            buf_printf(error, "%s: %s", spec + 5, strerror(errno));
        return host->out >= 0;
    }
    if (!strcmp(spec, "pty"))
        return open_pty(host, log, error);
    if (!strncmp(spec, "tcp:", 4))
        return open_tcp(host, spec + 4, error, exit_code);
    buf_printf(error,
               "-serial: '%s' is unknown, expected stdio, null, file:PATH, pty or "
               "tcp:HOST:PORT[,server]",
               spec);
    *exit_code = 2;
    return false;
}

void host_char_close(struct host_char *host)
{
    host_char_flush(host);
    host_char_suspend(host);
    free(host->saved_terminal);
    if (host->close_in && host->in >= 0)
        close(host->in);
    if (host->close_out && host->out >= 0 && host->out != host->in)
        close(host->out);
    if (host->listener >= 0)
        close(host->listener);
    buf_free(&host->output);
    buf_free(&host->input);
    *host = (struct host_char){ .in = -1, .out = -1, .listener = -1 };
}
