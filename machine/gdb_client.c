/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/gdb_client.c - packets of gdb's remote protocol over a socket, and requests made of them. */
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "machine/gdb_client.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECT_MS = 5000,
    ANSWER_MS = 10000,
    RUN_MS = 120000,
    TRIES = 5,                  /* of one packet, until the far end must have got it */
    PACKET_MOST = 1 << 20,      /* characters of one packet, unpacked */
    JUNK_MOST = 65536,          /* characters between packets */
    NOTICES_MOST = 1000,        /* console texts before one answer */
    DESCRIPTION_MOST = 1 << 20, /* characters of one file */
    PIECE = 2048,               /* bytes of memory in one packet */
    PACKET_LEAST = 256,         /* so small a stub is of no use */
    PACKET_USUAL = 1024,        /* if it does not say */
    SIGNAL_TRAP = 5,
};

bool gdb_fail(struct gdb_client *client, const char *format, ...)
{
    va_list args;

    if (client->failed)
        return false;
    client->failed = true;
    buf_printf(&client->error, "gdb:%s: ", client->address);
    va_start(args, format);
    buf_vprintf(&client->error, format, args);
    va_end(args);
    return false;
}

/* ---- the socket ---- */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Wait until the socket is ready, at most up to `end`. */
static bool wait_for(struct gdb_client *client, short events, int64_t end, const char *what)
{
    for (;;) {
        struct pollfd fd = { .fd = client->fd, .events = events };
        int64_t left = end - now_ms();
        int n;

        if (client->interrupt && *client->interrupt)
            return gdb_fail(client, "interrupted");
        if (left <= 0)
            return gdb_fail(client, "no answer in time, expected %s", what);
        n = poll(&fd, 1, left > 200 ? 200 : (int)left);
        if (n > 0)
            return true;
        if (n < 0 && errno != EINTR)
            return gdb_fail(client, "%s", strerror(errno));
    }
}

static bool finish_connect(struct gdb_client *client, const struct sockaddr *to, socklen_t length)
{
    int error = 0;
    socklen_t size = sizeof error;

    if (connect(client->fd, to, length) == 0)
        return true;
    if (errno != EINPROGRESS && errno != EAGAIN)
        return gdb_fail(client, "%s", strerror(errno));
    if (!wait_for(client, POLLOUT, now_ms() + CONNECT_MS, "a connection"))
        return false;
    if (getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    return error ? gdb_fail(client, "%s", strerror(error)) : true;
}

static bool connect_unix(struct gdb_client *client, const char *path)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };

    if (!*path || strlen(path) >= sizeof to.sun_path)
        return gdb_fail(client, "path of %zu characters, expected 1 to %zu", strlen(path),
                        sizeof to.sun_path - 1);
    memcpy(to.sun_path, path, strlen(path) + 1);
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->fd < 0)
        return gdb_fail(client, "%s", strerror(errno));
    return finish_connect(client, (const struct sockaddr *)&to, sizeof to);
}

static bool connect_tcp(struct gdb_client *client, const char *host, const char *port)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
    int resolved = getaddrinfo(*host ? host : "127.0.0.1", port, &hints, &list), one = 1;
    bool ok;

    if (resolved)
        return gdb_fail(client, "%s",
                        resolved == EAI_SYSTEM ? strerror(errno) : gai_strerror(resolved));
    client->fd = socket(list->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ok = client->fd >= 0 ? finish_connect(client, list->ai_addr, list->ai_addrlen)
                         : gdb_fail(client, "%s", strerror(errno));
    if (ok) /* a packet is small, and its answer is waited for */
        setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    freeaddrinfo(list);
    return ok;
}

bool gdb_connect(struct gdb_client *client, const char *address)
{
    char host[sizeof client->address];
    char *port;

    client->fd = -1;
    if (!client->answer_ms)
        client->answer_ms = ANSWER_MS;
    if (!client->run_ms)
        client->run_ms = RUN_MS;
    client->packet_size = PACKET_USUAL;
    snprintf(client->address, sizeof client->address, "%s", address);
    if (!strncmp(client->address, "unix:", 5))
        return connect_unix(client, client->address + 5);
    strcpy(host, client->address);
    port = strrchr(host, ':');
    if (!port || !port[1])
        return gdb_fail(client, "no port, expected gdb:HOST:PORT or gdb:unix:PATH");
    *port++ = 0;
    return connect_tcp(client, host, port);
}

void gdb_close(struct gdb_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    buf_free(&client->error);
    buf_free(&client->sent);
    buf_free(&client->answer);
}

static bool send_all(struct gdb_client *client, const void *bytes, size_t count)
{
    const uint8_t *at = bytes;
    int64_t end = now_ms() + client->answer_ms;

    while (count) {
        ssize_t n = send(client->fd, at, count, MSG_NOSIGNAL);

        if (n > 0) {
            at += n;
            count -= (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            if (!wait_for(client, POLLOUT, end, "that what is sent is read"))
                return false;
        } else if (!(n < 0 && errno == EINTR)) {
            return gdb_fail(client, "%s", strerror(errno));
        }
    }
    return true;
}

/* The next character, or -1 after an error. */
static int next_char(struct gdb_client *client, int64_t end, const char *what)
{
    while (client->in_at == client->in_count) {
        ssize_t n = recv(client->fd, client->in, sizeof client->in, 0);

        if (n > 0) {
            client->in_at = 0;
            client->in_count = (size_t)n;
        } else if (n == 0) {
            gdb_fail(client, "the connection was closed, expected %s", what);
            return -1;
        } else if (errno == EAGAIN) {
            if (!wait_for(client, POLLIN, end, what))
                return -1;
        } else if (errno != EINTR) {
            gdb_fail(client, "%s", strerror(errno));
            return -1;
        }
    }
    return client->in[client->in_at++];
}

/* ---- packets ---- */

static int hex_digit(int c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* One character of a packet, or a run or an escape of it, is unpacked. False: too long, or malformed. */
struct unpack {
    struct buf *text;
    bool escaped, run;
};

static bool unpack(struct unpack *u, uint8_t c)
{
    struct buf *text = u->text;
    unsigned count = 1;

    if (u->run) { /* the character before, so often again */
        u->run = false;
        if (c < ' ' || c > '~' || !text->length)
            return false;
        count = c - 29u;
        c = text->data[text->length - 1];
    } else if (u->escaped) {
        u->escaped = false;
        c ^= 0x20;
    } else if (c == '}') {
        u->escaped = true;
        return true;
    } else if (c == '*') {
        u->run = true;
        return true;
    }
    if (text->length + count > PACKET_MOST)
        return false;
    while (count--)
        buf_add(text, &c, 1);
    return true;
}

enum received { RECEIVED, RECEIVED_BADLY, RECEIVED_NOT };

/* Behind the '$': up to the checksum. RECEIVED_NOT: client->error says why. */
static enum received receive_body(struct gdb_client *client, int64_t end, const char *what)
{
    struct unpack u = { .text = &client->answer };
    unsigned sum = 0, raw = 0;
    bool bad = false;
    int high, low;

    buf_clear(&client->answer);
    for (;;) {
        int c = next_char(client, end, what);

        if (c < 0)
            return RECEIVED_NOT;
        if (c == '#')
            break;
        if (++raw > PACKET_MOST) {
            gdb_fail(client, "a packet of more than %u characters", PACKET_MOST);
            return RECEIVED_NOT;
        }
        if (c == '$') { /* the end of the one before was lost */
            buf_clear(&client->answer);
            u = (struct unpack){ .text = &client->answer };
            sum = 0;
            bad = false;
            continue;
        }
        sum += (unsigned)c;
        if (!bad && !unpack(&u, (uint8_t)c))
            bad = true;
    }
    high = next_char(client, end, what);
    low = high < 0 ? -1 : next_char(client, end, what);
    if (low < 0)
        return RECEIVED_NOT;
    if (hex_digit(high) < 0 || hex_digit(low) < 0 ||
        (unsigned)(hex_digit(high) * 16 + hex_digit(low)) != (sum & 0xff))
        return RECEIVED_BADLY;
    if (bad || u.run || u.escaped) { /* it came as it was sent, and cannot be read */
        gdb_fail(client, "a packet that cannot be unpacked, expected %s", what);
        return RECEIVED_NOT;
    }
    return RECEIVED;
}

/* Everything up to the next '$' goes by. False: an error. */
static bool skip_to_packet(struct gdb_client *client, int64_t end, const char *what)
{
    for (unsigned junk = 0; junk < JUNK_MOST; junk++) {
        int c = next_char(client, end, what);

        if (c < 0)
            return false;
        if (c == '$')
            return true;
    }
    return gdb_fail(client, "%u characters without a packet, expected %s", JUNK_MOST, what);
}

/* The next packet, acknowledged; texts for the console (O...) go by where a stop is waited for. */
static bool receive(struct gdb_client *client, int limit_ms, bool stop, const char *what)
{
    int64_t end = now_ms() + limit_ms;
    unsigned bad = 0;

    for (unsigned notices = 0; notices < NOTICES_MOST;) {
        if (!skip_to_packet(client, end, what))
            return false;
        switch (receive_body(client, end, what)) {
        case RECEIVED_NOT:
            return false;
        case RECEIVED_BADLY:
            if (++bad == TRIES)
                return gdb_fail(client, "wrong checksum %u times, expected %s", TRIES, what);
            if (!send_all(client, "-", 1))
                return false;
            continue;
        case RECEIVED:
            break;
        }
        if (!send_all(client, "+", 1))
            return false;
        buf_text(&client->answer); /* 0-terminated */
        if (!stop || !client->answer.length || client->answer.data[0] != 'O')
            return true;
        notices++;
    }
    return gdb_fail(client, "nothing but console texts, expected %s", what);
}

/* Until the far end has acknowledged client->sent. */
static bool transmit(struct gdb_client *client)
{
    int64_t end = now_ms() + client->answer_ms;

    for (unsigned tries = 0; tries < TRIES; tries++) {
        unsigned junk = 0;
        int c;

        if (!send_all(client, client->sent.data, client->sent.length))
            return false;
        do {
            c = next_char(client, end, "an acknowledgement");
            if (c < 0 || c == '+')
                return c == '+';
            if (c == '$' && receive_body(client, end, "an acknowledgement") == RECEIVED_NOT)
                return false; /* a packet that was sent again: it was acknowledged before */
            if (++junk == JUNK_MOST)
                return gdb_fail(client, "%u characters without an acknowledgement", JUNK_MOST);
        } while (c != '-');
    }
    return gdb_fail(client, "a packet was refused %u times", TRIES);
}

static bool send_packet(struct gdb_client *client, const char *format, va_list args)
{
    unsigned sum = 0;

    if (client->failed)
        return false;
    buf_clear(&client->sent);
    buf_add_text(&client->sent, "$");
    buf_vprintf(&client->sent, format, args);
    for (size_t i = 1; i < client->sent.length; i++)
        sum += client->sent.data[i];
    buf_printf(&client->sent, "#%02x", sum & 0xff);
    return transmit(client);
}

static bool send_text(struct gdb_client *client, const char *format, ...) PRINTF_LIKE(2, 3);
static bool send_text(struct gdb_client *client, const char *format, ...)
{
    va_list args;
    bool ok;

    va_start(args, format);
    ok = send_packet(client, format, args);
    va_end(args);
    return ok;
}

bool gdb_request(struct gdb_client *client, const char *format, ...)
{
    va_list args;
    bool ok;

    va_start(args, format);
    ok = send_packet(client, format, args);
    va_end(args);
    return ok && receive(client, client->answer_ms, false, "an answer");
}

/* A part of an answer for a message: no control characters, not long. */
static const char *shown(const struct buf *answer, char text[40])
{
    size_t n = answer->length < 32 ? answer->length : 32;

    for (size_t i = 0; i < n; i++)
        text[i] = answer->data[i] >= ' ' && answer->data[i] <= '~' ? (char)answer->data[i] : '?';
    strcpy(text + n, answer->length > n ? "..." : "");
    return text;
}

bool gdb_command(struct gdb_client *client, const char *what, const char *format, ...)
{
    char text[40];
    va_list args;
    bool ok;

    va_start(args, format);
    ok = send_packet(client, format, args);
    va_end(args);
    if (!ok || !receive(client, client->answer_ms, false, "OK"))
        return false;
    return !strcmp(buf_text(&client->answer), "OK")
               ? true
               : gdb_fail(client, "%s: answer '%s', expected OK", what,
                          shown(&client->answer, text));
}

/* ---- requests ---- */

static bool fetch(void *context, const char *name, struct buf *text)
{
    struct gdb_client *client = context;
    size_t piece = client->packet_size - 5;

    for (;;) {
        const struct buf *answer = &client->answer;

        if (!gdb_request(client, "qXfer:features:read:%s:%zx,%zx", name, text->length, piece))
            return false;
        if (!answer->length || (answer->data[0] != 'l' && answer->data[0] != 'm'))
            return gdb_fail(client, "no target description %s, expected an XML file", name);
        if (answer->length == 1 && answer->data[0] == 'm')
            return gdb_fail(client, "target description %s does not go on", name);
        buf_add(text, answer->data + 1, answer->length - 1);
        if (memchr(text->data ? text->data : (const uint8_t *)"", 0, text->length))
            return gdb_fail(client, "target description %s is not text", name);
        if (text->length > DESCRIPTION_MOST)
            return gdb_fail(client, "target description %s of more than %u characters", name,
                            DESCRIPTION_MOST);
        if (answer->data[0] == 'l')
            return true;
    }
}

bool gdb_describe(struct gdb_client *client)
{
    struct buf why = { 0 };
    const char *size;

    if (!gdb_request(client, "qSupported:xmlRegisters=i386"))
        return false;
    size = strstr(buf_text(&client->answer), "PacketSize=");
    if (size) {
        size_t value = 0;

        for (size += 11; hex_digit(*size) >= 0 && value < PACKET_MOST; size++)
            value = value * 16 + (size_t)hex_digit(*size);
        if (value < PACKET_LEAST)
            return gdb_fail(client, "packets of %zu characters, expected %u or more", value,
                            PACKET_LEAST);
        client->packet_size = value < PACKET_MOST ? value : PACKET_MOST;
    }
    if (!strstr(buf_text(&client->answer), "qXfer:features:read+"))
        return gdb_fail(client, "offers no target description (qXfer:features:read)");
    if (!gdb_target_parse(&client->target, fetch, client, &why))
        gdb_fail(client, "target description: %s", buf_text(&why));
    buf_free(&why);
    return !client->failed;
}

/* Hex digits of the answer into bytes. known (NULL: must be): "xx" stands for what is not available. */
static bool take_hex(struct gdb_client *client, uint8_t *to, size_t bytes, bool *unknown,
                     const char *what)
{
    const uint8_t *text = client->answer.data;
    char part[40];

    if (client->answer.length != 2 * bytes)
        return gdb_fail(client, "%s: answer '%s' of %zu characters, expected %zu", what,
                        shown(&client->answer, part), client->answer.length, 2 * bytes);
    for (size_t i = 0; i < bytes; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

        if (unknown && text[2 * i] == 'x' && text[2 * i + 1] == 'x') {
            to[i] = 0;
            unknown[i] = true;
        } else if (high < 0 || low < 0) {
            return gdb_fail(client, "%s: answer '%s', expected hexadecimal digits", what,
                            shown(&client->answer, part));
        } else {
            to[i] = (uint8_t)(high * 16 + low);
        }
    }
    return true;
}

bool gdb_read_registers(struct gdb_client *client, uint8_t *bytes, bool known[GDB_REGISTERS_MOST])
{
    const struct gdb_target *target = &client->target;
    bool unknown[GDB_REGISTERS_MOST * GDB_REGISTER_BYTES] = { false };

    if (!gdb_request(client, "g") || !take_hex(client, bytes, target->bytes, unknown, "registers"))
        return false;
    for (unsigned i = 0; i < target->count; i++)
        known[i] = !memchr(unknown + target->reg[i].offset, 1, target->reg[i].bytes);
    return true;
}

static void put_hex(const uint8_t *bytes, size_t count, char *text)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < count; i++) {
        *text++ = digits[bytes[i] >> 4];
        *text++ = digits[bytes[i] & 15];
    }
    *text = 0;
}

bool gdb_write_register(struct gdb_client *client, const struct gdb_register *reg,
                        const uint8_t *bytes)
{
    char hex[2 * GDB_REGISTER_BYTES + 1];

    put_hex(bytes, reg->bytes, hex);
    return gdb_command(client, reg->name, "P%x=%s", reg->number, hex);
}

/* Bytes of memory that one packet holds. */
static size_t piece_of(const struct gdb_client *client, size_t bytes)
{
    size_t most = (client->packet_size - 64) / 2;

    if (most > PIECE)
        most = PIECE;
    return bytes < most ? bytes : most;
}

bool gdb_read_memory(struct gdb_client *client, uint64_t address, uint8_t *to, size_t bytes)
{
    while (bytes) {
        size_t n = piece_of(client, bytes);

        if (!gdb_request(client, "m%llx,%zx", (unsigned long long)address, n) ||
            !take_hex(client, to, n, NULL, "memory"))
            return false;
        address += n;
        to += n;
        bytes -= n;
    }
    return true;
}

bool gdb_write_memory(struct gdb_client *client, uint64_t address, const uint8_t *from,
                      size_t bytes)
{
    char hex[2 * PIECE + 1];

    while (bytes) {
        size_t n = piece_of(client, bytes);

        put_hex(from, n, hex);
        if (!gdb_command(client, "memory", "M%llx,%zx:%s", (unsigned long long)address, n, hex))
            return false;
        address += n;
        from += n;
        bytes -= n;
    }
    return true;
}

/* The answer says why the processor stopped. */
static bool take_stop(struct gdb_client *client, unsigned *signal)
{
    const uint8_t *text = client->answer.data;
    char part[40];

    if (client->answer.length >= 3 && (text[0] == 'T' || text[0] == 'S') &&
        hex_digit(text[1]) >= 0 && hex_digit(text[2]) >= 0) {
        *signal = (unsigned)(hex_digit(text[1]) * 16 + hex_digit(text[2]));
        return true;
    }
    if (client->answer.length && (text[0] == 'W' || text[0] == 'X'))
        return gdb_fail(client, "the emulator has ended ('%s')", shown(&client->answer, part));
    return gdb_fail(client, "answer '%s' to a step, expected a stop such as T05",
                    shown(&client->answer, part));
}

bool gdb_step(struct gdb_client *client, unsigned *signal)
{
    return send_text(client, "s") && receive(client, client->answer_ms, true, "a stop") &&
           take_stop(client, signal);
}

bool gdb_run_to(struct gdb_client *client, uint64_t address)
{
    unsigned long long la = address;
    unsigned signal;
    const char *kind = "Z1";

    /* A hardware breakpoint changes nothing in memory; not each stub has one. */
    if (!gdb_request(client, "Z1,%llx,1", la))
        return false;
    if (strcmp(buf_text(&client->answer), "OK") != 0) {
        kind = "Z0";
        if (!gdb_command(client, "breakpoint", "Z0,%llx,1", la))
            return false;
    }
    if (!send_text(client, "c") || !receive(client, client->run_ms, true, "the breakpoint") ||
        !take_stop(client, &signal))
        return false;
    if (signal != SIGNAL_TRAP)
        return gdb_fail(client, "stopped with signal %u before 0x%llx", signal, la);
    return gdb_command(client, "breakpoint", "z%c,%llx,1", kind[1], la);
}
