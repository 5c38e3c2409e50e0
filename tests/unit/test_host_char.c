/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_host_char.c - the host's end of a serial line: bytes really go both ways through
 * a file, standard input and output, a pseudo-terminal and TCP, and a peer that goes away does no
 * harm. The device is an array that takes as much as it has room for.
 */
#define _GNU_SOURCE /* ptsname */
#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "machine/host_char.h"
#include "tests/support/scratch.h"

static struct scratch scratch;
static struct host_char host;
static struct buf error, messages;
static struct out message_out;
static struct log log_sink;
static int exit_code;

/* The device. */
static struct {
    uint8_t bytes[100000];
    size_t count, room;
} device;

static size_t can_receive(const void *context)
{
    (void)context;
    return device.room;
}

static void receive(void *context, const uint8_t *bytes, size_t count)
{
    (void)context;
    ck_assert_uint_le(count, device.room);
    memcpy(device.bytes + device.count, bytes, count);
    device.count += count;
    device.room -= count;
}

static void setup(void)
{
    signal(SIGPIPE, SIG_IGN); /* as main.c */
    scratch_make(&scratch);
    out_to_buf(&message_out, &messages);
    log_sink = (struct log){ .out = &message_out, .level = LOG_INFO };
    device.count = 0;
    device.room = sizeof device.bytes;
    host = (struct host_char){ .in = -1, .out = -1, .listener = -1 };
}

static void teardown(void)
{
    host_char_close(&host);
    buf_free(&error);
    buf_free(&messages);
    scratch_remove(&scratch);
}

static bool open_line(const char *spec)
{
    bool ok = host_char_open(&host, spec, &log_sink, &error, &exit_code);

    host.line.can_receive = can_receive;
    host.line.receive = receive;
    return ok;
}

static void opened(const char *spec)
{
    bool ok = open_line(spec);

    ck_assert_msg(ok, "%s", buf_text(&error));
}

/* The guest sends. */
static void send_text(const char *text)
{
    host.line.write(host.line.host, (const uint8_t *)text, strlen(text));
}

/* The peer reads exactly what is expected, within two seconds. */
static void peer_reads(int fd, const char *expected)
{
    char bytes[4096];
    size_t got = 0, wanted = strlen(expected);

    while (got < wanted) {
        struct pollfd ready = { .fd = fd, .events = POLLIN };
        ssize_t n;

        ck_assert_int_eq(poll(&ready, 1, 2000), 1);
        n = read(fd, bytes + got, wanted - got);
        ck_assert_int_gt(n, 0);
        got += (size_t)n;
    }
    ck_assert_mem_eq(bytes, expected, wanted);
}

/* The guest has received exactly this, within two seconds. */
static void guest_reads(const char *expected)
{
    for (unsigned i = 0; i < 200 && device.count < strlen(expected); i++) {
        host_char_wait(&host, 10 * 1000 * 1000);
        host_char_poll(&host);
    }
    ck_assert_uint_eq(device.count, strlen(expected));
    ck_assert_mem_eq(device.bytes, expected, device.count);
    device.count = 0;
}

static int make_listener(unsigned *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static int connect_to(unsigned port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* A server without a fixed port: 0 lets the host choose; the listener knows which. */
static unsigned listener_port(void)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;

    ck_assert_int_ge(host.listener, 0);
    ck_assert_int_eq(getsockname(host.listener, (struct sockaddr *)&address, &size), 0);
    return ntohs(address.sin_port);
}

START_TEST(null_drops_output_and_has_no_input)
{
    const char *const names[] = { "null", "none", NULL };

    for (unsigned i = 0; i < 3; i++) {
        opened(names[i]);
        send_text("gone");
        host_char_poll(&host);
        ck_assert(!host_char_has_input(&host));
        ck_assert_uint_eq(host.output.length, 0);
        ck_assert(!host_char_wait(&host, 1000000));
        host_char_close(&host);
    }
}
END_TEST

START_TEST(a_file_takes_output_and_what_it_held_before_is_gone)
{
    const char *path = scratch_file(&scratch, "line", "old and longer", 14);
    char spec[128], bytes[64];
    int fd;

    snprintf(spec, sizeof spec, "file:%s", path);
    opened(spec);
    ck_assert(!host_char_has_input(&host));
    send_text("one ");
    send_text("two");
    fd = open(path, O_RDONLY);
    ck_assert_int_eq(read(fd, bytes, sizeof bytes), 0); /* still in the buffer */
    host_char_close(&host);
    ck_assert_int_eq(read(fd, bytes, sizeof bytes), 7);
    ck_assert_mem_eq(bytes, "one two", 7);
    close(fd);
}
END_TEST

START_TEST(a_block_of_output_is_written_at_once)
{
    const char *path = scratch_path(&scratch, "line");
    static char block[4097];
    char spec[128];
    int fd;

    snprintf(spec, sizeof spec, "file:%s", path);
    opened(spec);
    memset(block, 'b', 4096);
    send_text(block);
    fd = open(path, O_RDONLY);
    ck_assert_int_eq(lseek(fd, 0, SEEK_END), 4096);
    close(fd);
}
END_TEST

START_TEST(standard_input_and_output_carry_both_ways)
{
    int in[2], out[2];

    ck_assert_int_eq(pipe(in) | pipe(out), 0);
    dup2(in[0], 0);
    fflush(stdout);
    int saved = dup(1);
    dup2(out[1], 1);
    opened("stdio");
    dup2(saved, 1); /* for Check; the line keeps number 1 */
    host.out = out[1];
    ck_assert(!host.terminal);
    ck_assert_int_eq(write(in[1], "\001x typed", 8), 8);
    guest_reads("\001x typed"); /* Ctrl-A is a key of terminals only */
    send_text("printed");
    host_char_poll(&host);
    peer_reads(out[0], "printed");
    ck_assert(host_char_has_input(&host));
    close(in[1]);
    host_char_poll(&host);
    ck_assert(!host_char_has_input(&host)); /* end of input */
    send_text("on");                        /* output goes on */
    host_char_poll(&host);
    peer_reads(out[0], "on");
    close(out[0]);
    send_text("nobody");
    host_char_poll(&host);
    ck_assert(host.broken);
    ck_assert_ptr_nonnull(strstr(buf_text(&messages), "goes nowhere"));
    send_text("more");
    ck_assert_uint_eq(host.output.length, 0);
    close(saved);
}
END_TEST

START_TEST(input_waits_until_the_device_has_room)
{
    int in[2];

    ck_assert_int_eq(pipe(in), 0);
    opened("null");
    host.in = in[0];
    device.room = 3;
    ck_assert_int_eq(write(in[1], "abcdefg", 7), 7);
    close(in[1]);
    host_char_poll(&host);
    ck_assert_uint_eq(device.count, 3);
    host_char_poll(&host);
    ck_assert_uint_eq(device.count, 3);
    ck_assert(host_char_has_input(&host)); /* at end of input some still waits */
    ck_assert(host_char_wait(&host, 0));
    device.room = 2;
    host.line.has_room(host.line.host); /* the device asks */
    ck_assert_uint_eq(device.count, 5);
    device.room = 10;
    host_char_poll(&host);
    ck_assert_uint_eq(device.count, 7);
    ck_assert_mem_eq(device.bytes, "abcdefg", 7);
    ck_assert(!host_char_has_input(&host));
    close(in[0]);
}
END_TEST

START_TEST(a_flood_of_input_is_not_kept_without_end)
{
    int in[2];
    static uint8_t flood[8192];
    size_t sent = 0;

    ck_assert_int_eq(pipe(in), 0);
    fcntl(in[1], F_SETFL, O_NONBLOCK);
    opened("null");
    host.in = in[0];
    device.room = 0;
    for (unsigned i = 0; i < 100; i++) {
        ssize_t n = write(in[1], flood, sizeof flood);

        if (n > 0)
            sent += (size_t)n;
        host_char_poll(&host);
    }
    ck_assert_uint_lt(sent, 300000); /* the pipe is full */
    ck_assert_uint_le(host.input.length, 65536 + 4096);
    close(in[0]);
    close(in[1]);
}
END_TEST

START_TEST(a_pty_is_a_terminal_for_the_peer)
{
    int peer;
    struct termios mode;

    if (access("/dev/pts/ptmx", F_OK) != 0)
        return; /* no /dev/pts here */
    opened("pty");
    ck_assert_ptr_nonnull(strstr(buf_text(&messages), "redirected to /dev/pts/"));
    host_char_poll(&host); /* nobody has opened it yet */
    ck_assert(host_char_has_input(&host));
    peer = open(ptsname(host.out), O_RDWR | O_NOCTTY);
    ck_assert_int_ge(peer, 0);
    ck_assert_int_eq(tcgetattr(peer, &mode), 0);
    ck_assert(!(mode.c_lflag & (ECHO | ICANON)));
    send_text("to the\npeer");
    host_char_poll(&host);
    peer_reads(peer, "to the\npeer"); /* raw: no CR is added */
    ck_assert_int_eq(write(peer, "back\r\003", 6), 6);
    guest_reads("back\r\003"); /* Ctrl-C is a byte */
    close(peer);
    host_char_poll(&host);
    send_text("into the void");
    host_char_poll(&host);
    peer = open(ptsname(host.out), O_RDWR | O_NOCTTY);
    ck_assert_int_ge(peer, 0);
    ck_assert_int_eq(write(peer, "again", 5), 5); /* the next peer */
    guest_reads("again");
    close(peer);
}
END_TEST

START_TEST(a_tcp_client_carries_both_ways)
{
    unsigned port;
    int listener = make_listener(&port), peer;
    char spec[64];

    snprintf(spec, sizeof spec, "tcp:127.0.0.1:%u", port);
    opened(spec);
    peer = accept(listener, NULL, NULL);
    ck_assert_int_ge(peer, 0);
    send_text("hello");
    host_char_poll(&host);
    peer_reads(peer, "hello");
    ck_assert_int_eq(write(peer, "world", 5), 5);
    guest_reads("world");
    close(peer);
    host_char_wait(&host, 1000000000);
    host_char_poll(&host);
    ck_assert(!host_char_has_input(&host)); /* the peer is gone */
    for (unsigned i = 0; i < 50 && !host.broken; i++) {
        send_text("anybody there?");
        host_char_poll(&host);
        usleep(1000);
    }
    ck_assert(host.broken);
    close(listener);
}
END_TEST

START_TEST(a_tcp_server_waits_for_its_peer_without_stopping_the_guest)
{
    int peer;

    opened("tcp:127.0.0.1:0,server,nowait");
    send_text("lost: nobody is there");
    host_char_poll(&host);
    ck_assert(host_char_has_input(&host)); /* somebody may come */
    ck_assert(!host_char_wait(&host, 1000000));
    peer = connect_to(listener_port());
    ck_assert(host_char_wait(&host, 2000000000));
    host_char_poll(&host);
    ck_assert_int_eq(host.listener, -1);
    send_text("login:");
    host_char_poll(&host);
    peer_reads(peer, "login:");
    ck_assert_int_eq(write(peer, "root\n", 5), 5);
    guest_reads("root\n");
    close(peer);
    host_char_wait(&host, 1000000000);
    host_char_poll(&host);
    ck_assert(!host_char_has_input(&host));
}
END_TEST

START_TEST(a_tcp_server_without_nowait_waits_for_the_peer)
{
    unsigned port;
    char spec[64];
    int status;
    pid_t child;

    close(make_listener(&port)); /* a port that was free a moment ago */
    snprintf(spec, sizeof spec, "tcp::%u,server", port);
    child = fork();
    if (child == 0) {
        for (unsigned i = 0; i < 200; i++) {
            struct sockaddr_in address = { .sin_family = AF_INET,
                                           .sin_port = htons((uint16_t)port) };
            int fd = socket(AF_INET, SOCK_STREAM, 0);

            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
                _exit(write(fd, "here", 4) != 4);
            close(fd);
            usleep(10000);
        }
        _exit(1);
    }
    opened(spec);
    ck_assert_int_ge(host.in, 0); /* connected when it returns */
    guest_reads("here");
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(nothing_stays_open)
{
    unsigned port;
    int listener = make_listener(&port), before = dup(0), after, peer;
    char spec[64];

    close(before);
    for (unsigned i = 0; i < 3; i++) {
        snprintf(spec, sizeof spec, "tcp:127.0.0.1:%u", port);
        opened(spec);
        peer = accept(listener, NULL, NULL);
        if (i == 1) { /* the peer goes first: input ends, output is still open */
            close(peer);
            host_char_wait(&host, 1000000000);
            host_char_poll(&host);
            ck_assert(!host_char_has_input(&host));
        }
        host_char_close(&host);
        if (i != 1)
            close(peer);
        opened("tcp:127.0.0.1:0,server,nowait");
        host_char_close(&host);
    }
    after = dup(0);
    ck_assert_int_eq(after, before);
    close(after);
    close(listener);
}
END_TEST

START_TEST(ctrl_a_is_the_escape_key_of_a_terminal)
{
    volatile bool quit = false, break_in = false;
    int in[2];

    ck_assert_int_eq(pipe(in), 0);
    opened("null");
    host.in = in[0];
    host.terminal = true;
    host.quit = &quit;
    host.break_in = &break_in;
    ck_assert_int_eq(write(in[1], "a\001\001b\001zc\001", 8), 8);
    guest_reads("a\001bzc");
    ck_assert(!quit && !break_in);
    ck_assert_int_eq(write(in[1], "cd\001x", 4), 4); /* the key came in the read before */
    guest_reads("d");
    ck_assert(quit && break_in);
    close(in[0]);
    close(in[1]);
}
END_TEST

START_TEST(a_line_that_cannot_be_opened_is_named)
{
    static const struct {
        const char *spec, *text;
        int code;
    } cases[] = {
        { "floppy", "expected stdio", 2 },
        { "", "expected stdio", 2 },
        { "file:/nowhere/x", "/nowhere/x: No such file", 4 },
        { "tcp:localhost", "no port", 2 },
        { "tcp:localhost:", "no port", 2 },
        { "tcp:127.0.0.1:1", "refused", 4 },
        { "tcp:127.0.0.1:99999", "tcp:127.0.0.1:99999: ", 4 },
        { "tcp:no.such.host.invalid:80", "tcp:no.such.host.invalid:80: ", 4 },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        buf_clear(&error);
        ck_assert_msg(!open_line(cases[i].spec), "%s", cases[i].spec);
        ck_assert_msg(strstr(buf_text(&error), cases[i].text), "%s: %s", cases[i].spec,
                      buf_text(&error));
        ck_assert_ptr_null(strstr(buf_text(&error), "Success"));
        ck_assert_int_eq(exit_code, cases[i].code);
        host_char_close(&host);
    }
}
END_TEST

static void count_bytes(void *context, const uint8_t *bytes, size_t count)
{
    (void)bytes;
    *(size_t *)context += count;
}

START_TEST(a_watcher_sees_output_that_goes_nowhere)
{
    size_t seen = 0;

    opened("null");
    host.watch = count_bytes;
    host.watch_context = &seen;
    send_text("login: ");
    ck_assert_uint_eq(seen, 7);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host_char");
    TCase *tcase = tcase_create("host_char");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, null_drops_output_and_has_no_input);
    tcase_add_test(tcase, a_file_takes_output_and_what_it_held_before_is_gone);
    tcase_add_test(tcase, a_block_of_output_is_written_at_once);
    tcase_add_test(tcase, standard_input_and_output_carry_both_ways);
    tcase_add_test(tcase, input_waits_until_the_device_has_room);
    tcase_add_test(tcase, a_flood_of_input_is_not_kept_without_end);
    tcase_add_test(tcase, a_pty_is_a_terminal_for_the_peer);
    tcase_add_test(tcase, a_tcp_client_carries_both_ways);
    tcase_add_test(tcase, a_tcp_server_waits_for_its_peer_without_stopping_the_guest);
    tcase_add_test(tcase, a_tcp_server_without_nowait_waits_for_the_peer);
    tcase_add_test(tcase, nothing_stays_open);
    tcase_add_test(tcase, ctrl_a_is_the_escape_key_of_a_terminal);
    tcase_add_test(tcase, a_line_that_cannot_be_opened_is_named);
    tcase_add_test(tcase, a_watcher_sees_output_that_goes_nowhere);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
