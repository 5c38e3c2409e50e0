/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_gdb_client.c - the client of gdb's remote protocol against a stub that says what a
 * script says: right answers, and what a broken or a hostile one could send. Each mistake is one line,
 * and none takes longer than its time limit.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "machine/gdb_client.h"
#include "tests/support/scratch.h"

/*
 * A line of the script: after this packet, or one '+' or '-', was read, `send` goes out. "#**" in it
 * becomes the right checksum of the packet before.
 */
struct line {
    const char *packet; /* what stands between $ and #; "*": any; NULL ends the script */
    const char *send;   /* NULL: nothing */
    size_t count;       /* bytes of `send`; 0: up to its 0 */
};

#define LINES_MOST 24

static struct scratch scratch;
static struct gdb_client client;
static pid_t stub;
static int listener;

static void setup(void)
{
    scratch_make(&scratch);
    client = (struct gdb_client){ .fd = -1, .answer_ms = 2000 };
    stub = 0;
}

static void teardown(void)
{
    gdb_close(&client);
    if (stub) {
        kill(stub, SIGKILL);
        waitpid(stub, NULL, 0);
    }
    scratch_remove(&scratch);
}

/* ---- the far end, in a process of its own ---- */

static int read_char(int fd)
{
    uint8_t c;

    return read(fd, &c, 1) == 1 ? c : -1;
}

static void send_copy(int fd, const char *text, size_t count)
{
    char *copy = malloc(count + 1), *at = copy;
    unsigned sum = 0;

    memcpy(copy, text, count);
    for (size_t i = 0; i < count; i++) {
        static const char digits[] = "0123456789abcdef";

        if (copy[i] == '$') {
            sum = 0;
        } else if (copy[i] == '#' && i + 2 < count && copy[i + 1] == '*' && copy[i + 2] == '*') {
            copy[i + 1] = digits[sum >> 4 & 15];
            copy[i + 2] = digits[sum & 15];
        } else {
            sum += (unsigned char)copy[i];
        }
    }
    while (count) {
        ssize_t n = send(fd, at, count, MSG_NOSIGNAL);

        if (n <= 0)
            _exit(3);
        at += n;
        count -= (size_t)n;
    }
    free(copy);
}

static void play(int fd, const struct line *script)
{
    for (; script->packet; script++) {
        char text[4096];
        size_t n = 0;
        int c = 0;

        if (script->packet && (*script->packet == '+' || *script->packet == '-')) {
            if (read_char(fd) != *script->packet)
                _exit(1);
        } else if (script->packet) {
            do
                c = read_char(fd);
            while (c == '+');
            if (c != '$')
                _exit(1);
            while ((c = read_char(fd)) != '#' && c >= 0 && n < sizeof text - 1)
                text[n++] = (char)c;
            text[n] = 0;
            read_char(fd);
            read_char(fd);
            if (*script->packet != '*' && strcmp(text, script->packet) != 0)
                _exit(1);
        }
        if (script->send)
            send_copy(fd, script->send, script->count ? script->count : strlen(script->send));
    }
}

/* Connects the client to a stub that plays the script and then reads on, or closes the connection. */
static void begin(const struct line *script, bool closes)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    char address[128];

    snprintf(at.sun_path, sizeof at.sun_path, "%s", scratch_path(&scratch, "stub"));
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    stub = fork();
    ck_assert_int_ge(stub, 0);
    if (!stub) {
        int fd = accept(listener, NULL, NULL);

        play(fd, script);
        while (!closes && read_char(fd) >= 0)
            continue;
        _exit(0);
    }
    close(listener);
    snprintf(address, sizeof address, "unix:%s", at.sun_path);
    ck_assert_msg(gdb_connect(&client, address), "%s", buf_text(&client.error));
}

/* The script was played to its end. */
static void ends_well(void)
{
    int status;

    gdb_close(&client);
    ck_assert_int_eq(waitpid(stub, &status, 0), stub);
    stub = 0;
    ck_assert_int_eq(status, 0);
}

/* One request fails, with this in its line; and so does the next one, at once. */
static void fails_with(const char *fact)
{
    ck_assert(!gdb_request(&client, "?"));
    ck_assert_msg(strstr(buf_text(&client.error), fact) != NULL, "'%s' is not in '%s'", fact,
                  buf_text(&client.error));
    ck_assert_msg(!strncmp(buf_text(&client.error), "gdb:unix:/", 10), "%s",
                  buf_text(&client.error));
    ck_assert_ptr_null(strchr(buf_text(&client.error), '\n'));
    ck_assert(!gdb_request(&client, "?"));
}

/* ---- packets ---- */

START_TEST(an_answer_is_acknowledged_and_taken)
{
    begin((struct line[]){ { "?", "+$T05thread:01;#**", 0 }, { "+", NULL, 0 }, { 0 } }, false);
    ck_assert(gdb_request(&client, "?"));
    ck_assert_str_eq(buf_text(&client.answer), "T05thread:01;");
    ends_well();
}
END_TEST

START_TEST(an_empty_answer_is_one)
{
    begin((struct line[]){ { "Qx", "+$#**", 0 }, { "+", NULL, 0 }, { 0 } }, false);
    ck_assert(gdb_request(&client, "Qx"));
    ck_assert_uint_eq(client.answer.length, 0);
    ends_well();
}
END_TEST

START_TEST(escapes_and_runs_are_unpacked)
{
    /* '#' escaped; "0" and three more; "x" and 97 more */
    begin((struct line[]){ { "?", "+$a}\003b0* cx*~#**", 0 }, { "+", NULL, 0 }, { 0 } }, false);
    ck_assert_msg(gdb_request(&client, "?"), "%s", buf_text(&client.error));
    ck_assert_uint_eq(client.answer.length, 3 + 4 + 1 + 98);
    ck_assert_mem_eq(client.answer.data, "a#b0000cxxx", 11);
    ends_well();
}
END_TEST

START_TEST(a_wrong_checksum_is_asked_for_again)
{
    begin((struct line[]){ { "?", "+$OK#9b", 0 },
                           { "-", "$OK#zz", 0 },
                           { "-", "$OK#9a", 0 },
                           { "+", NULL, 0 },
                           { 0 } },
          false);
    ck_assert(gdb_request(&client, "?"));
    ck_assert_str_eq(buf_text(&client.answer), "OK");
    ends_well();
}
END_TEST

START_TEST(a_refused_packet_is_sent_again)
{
    begin(
        (struct line[]){
            { "?", "-", 0 }, { "?", "-", 0 }, { "?", "+$OK#**", 0 }, { "+", NULL, 0 }, { 0 } },
        false);
    ck_assert(gdb_request(&client, "?"));
    ends_well();
}
END_TEST

START_TEST(what_is_no_packet_is_passed_over)
{
    begin((struct line[]){ { "?", "junk+more junk%Stop:#00$lost$OK#9a", 0 }, { 0 } }, false);
    ck_assert(gdb_request(&client, "?"));
    ck_assert_str_eq(buf_text(&client.answer), "OK");
}
END_TEST

START_TEST(a_packet_in_place_of_the_acknowledgement_is_an_old_one)
{
    begin((struct line[]){ { "?", "$old#**+$OK#**", 0 }, { 0 } }, false);
    ck_assert(gdb_request(&client, "?"));
    ck_assert_str_eq(buf_text(&client.answer), "OK");
}
END_TEST

/* ---- what does not go on ---- */

START_TEST(a_checksum_that_stays_wrong_is_an_error)
{
    static const char bad[] = "$OK#00";

    begin((struct line[]){ { "?", "+$OK#00", 0 },
                           { "-", bad, 0 },
                           { "-", bad, 0 },
                           { "-", bad, 0 },
                           { "-", bad, 0 },
                           { 0 } },
          false);
    fails_with("wrong checksum 5 times, expected an answer");
}
END_TEST

START_TEST(a_packet_that_stays_refused_is_an_error)
{
    begin((struct line[]){ { "?", "-", 0 },
                           { "?", "-", 0 },
                           { "?", "-", 0 },
                           { "?", "-", 0 },
                           { "?", "-", 0 },
                           { 0 } },
          false);
    fails_with("a packet was refused 5 times");
}
END_TEST

START_TEST(a_closed_connection_is_an_error)
{
    static const char *const sent[] = { "", "+", "+$", "+$OK", "+$OK#", "+$OK#9" };

    begin((struct line[]){ { "?", sent[_i], 0 }, { 0 } }, true);
    fails_with("the connection was closed, expected ");
}
END_TEST

START_TEST(silence_is_an_error_when_time_is_up)
{
    static const char *const sent[] = { "", "+", "+$O", "+$OK#9" };
    struct timespec a, b;

    client.answer_ms = 300;
    begin((struct line[]){ { "?", sent[_i], 0 }, { 0 } }, false);
    clock_gettime(CLOCK_MONOTONIC, &a);
    fails_with("no answer in time, expected ");
    clock_gettime(CLOCK_MONOTONIC, &b);
    ck_assert_int_lt(b.tv_sec - a.tv_sec, 5);
}
END_TEST

START_TEST(an_interrupt_ends_the_wait)
{
    volatile bool interrupt = true;

    begin((struct line[]){ { "?", "+", 0 }, { 0 } }, false);
    client.interrupt = &interrupt;
    fails_with("interrupted");
}
END_TEST

START_TEST(a_flood_is_an_error)
{
    static char flood[3 << 20];
    static const struct {
        char c;
        const char *first, *fact;
    } rows[] = {
        { 'x', "+$", "a packet of more than 1048576 characters" },
        { 'x', "+", "65536 characters without a packet" },
        { 'x', "", "65536 characters without an acknowledgement" },
    };

    memset(flood, rows[_i].c, sizeof flood);
    memcpy(flood, rows[_i].first, strlen(rows[_i].first));
    begin((struct line[]){ { "?", flood, sizeof flood }, { 0 } }, false);
    fails_with(rows[_i].fact);
}
END_TEST

START_TEST(a_packet_that_cannot_be_unpacked_is_an_error)
{
    /* a run of nothing; one that is no count; an end within an escape, within a run; too long a run */
    static const char *const bodies[] = { "*!", "0*\001", "ab}", "ab*", NULL };
    static char packet[41000];

    strcpy(packet, "+$");
    strcat(packet, bodies[_i] ? bodies[_i] : "0");
    for (unsigned i = 0; !bodies[_i] && i < 12000; i++) /* each 97 more */
        strcpy(packet + 3 + 2 * i, "*~");
    strcat(packet, "#**");
    begin((struct line[]){ { "?", packet, 0 }, { 0 } }, false);
    fails_with("a packet that cannot be unpacked");
}
END_TEST

START_TEST(nobody_there_is_an_error)
{
    static const struct {
        const char *address, *fact;
    } rows[] = {
        { "127.0.0.1:1", "Connection refused" },
        { "localhost", "no port, expected gdb:HOST:PORT" },
        { "localhost:", "no port, expected gdb:HOST:PORT" },
        { "localhost:noservice", "gdb:localhost:noservice: " },
        { "unix:/nowhere/at/all", "No such file or directory" },
        { "unix:", "path of 0 characters" },
    };

    ck_assert(!gdb_connect(&client, rows[_i].address));
    ck_assert_msg(strstr(buf_text(&client.error), rows[_i].fact) != NULL, "%s",
                  buf_text(&client.error));
}
END_TEST

/* ---- the description ---- */

START_TEST(registers_come_from_the_description)
{
    const struct gdb_register *reg;

    begin(
        (struct line[]){
            { "qSupported:xmlRegisters=i386", "+$PacketSize=400;qXfer:features:read+#**", 0 },
            { "qXfer:features:read:target.xml:0,3fb",
              "+$l<?xml version='1.0'?><!DOCTYPE target><target><!-- <reg name='no' bitsize='8'/> -->"
              "<xi:include href=\"core.xml\"/><reg name='last' bitsize='16'/></target>#**",
              0 },
            { "qXfer:features:read:core.xml:0,3fb",
              "+$m<feature name='f'><flags id='x'/><reg name=\"rax\" bitsize=\"64\" regnum=\"0\"/>#**",
              0 },
            { "qXfer:features:read:core.xml:4a,3fb",
              "+$l<reg bitsize='32' type='int' name='eflags'/>\n"
              "<reg name='st0' bitsize='80' regnum='7'/><register name='not'/></feature>#**",
              0 },
            { "+", NULL, 0 },
            { 0 } },
        false);
    ck_assert_msg(gdb_describe(&client), "%s", buf_text(&client.error));
    ck_assert_uint_eq(client.packet_size, 0x400);
    ck_assert_uint_eq(client.target.count, 4);
    ck_assert_uint_eq(client.target.bytes, 8 + 4 + 10 + 2);
    reg = gdb_target_find(&client.target, "st0");
    ck_assert_ptr_nonnull(reg);
    ck_assert_uint_eq(reg->number, 7);
    ck_assert_uint_eq(reg->offset, 12);
    ck_assert_uint_eq(reg->bytes, 10);
    reg = gdb_target_find(&client.target, "last");
    ck_assert_ptr_nonnull(reg);
    ck_assert_uint_eq(reg->number, 8);
    ck_assert_uint_eq(reg->offset, 22);
    ck_assert_ptr_null(gdb_target_find(&client.target, "no"));
    ends_well();
}
END_TEST

/* What gdb_target_parse() is given; "self.xml" includes itself. */
static bool give_file(void *context, const char *name, struct buf *text)
{
    if (!strcmp(name, "target.xml"))
        buf_add_text(text, context);
    else
        buf_add_text(text, "<xi:include href='self.xml'/>");
    return true;
}

START_TEST(a_bad_description_is_named)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        { "", "no registers" },
        { "<target/>", "no registers" },
        { "<reg bitsize='8'/>", "a register without a usable name" },
        { "<reg name='' bitsize='8'/>", "a register without a usable name" },
        { "<reg name='a b' bitsize='8'/>", "a register without a usable name" },
        { "<reg name='a name that is far too long for it' bitsize='8'/>",
          "a register without a usable name" },
        { "<reg name='a'/>", "register 'a' without a bitsize" },
        { "<reg name='a' bitsize='0'/>", "register 'a' without a bitsize" },
        { "<reg name='a' bitsize='12'/>", "register 'a' without a bitsize" },
        { "<reg name='a' bitsize='520'/>", "register 'a' without a bitsize" },
        { "<reg name='a' bitsize='-8'/>", "register 'a' without a bitsize" },
        { "<reg name='a' bitsize='99999999999999999999'/>", "register 'a' without a bitsize" },
        { "<reg name='a' bitsize='8' regnum='5'/><reg name='b' bitsize='8' regnum='5'/>",
          "register 'b' has a regnum out of order" },
        { "<reg name='a' bitsize='8' regnum='4294967296'/>",
          "register 'a' has a regnum out of order" },
        { "<reg name='a' bitsize='8'/><reg name='a' bitsize='8'/>", "two registers 'a'" },
        { "<reg name='a' bitsize='8'", "a tag without end" },
        { "<!-- <reg name='a' bitsize='8'/>", "a comment without end" },
        { "<xi:include/>", "an include without a usable name" },
        { "<xi:include href='a:0,1#'/>", "an include without a usable name" },
        { "<xi:include href='self.xml'/>", "too many includes" },
    };
    struct gdb_target target;
    struct buf why = { 0 };

    ck_assert(!gdb_target_parse(&target, give_file, (void *)rows[_i].text, &why));
    ck_assert_msg(strstr(buf_text(&why), rows[_i].why) != NULL, "'%s' for %s", buf_text(&why),
                  rows[_i].text);
    buf_free(&why);
}
END_TEST

START_TEST(more_registers_than_there_is_room_for_are_refused)
{
    struct gdb_target target;
    struct buf text = { 0 }, why = { 0 };

    for (unsigned i = 0; i <= GDB_REGISTERS_MOST; i++)
        buf_printf(&text, "<reg name='r%u' bitsize='512'/>", i);
    ck_assert(!gdb_target_parse(&target, give_file, text.data, &why));
    ck_assert_str_eq(buf_text(&why), "more than 256 registers");
    ck_assert_uint_eq(target.bytes, GDB_REGISTERS_MOST * GDB_REGISTER_BYTES);
    buf_free(&text);
    buf_free(&why);
}
END_TEST

START_TEST(a_stub_without_a_description_is_named)
{
    static const struct {
        const char *packet, *fact;
    } rows[] = {
        { "+$#**", "offers no target description" },
        { "+$PacketSize=10#**", "packets of 16 characters, expected 256 or more" },
    };

    begin((struct line[]){ { "*", rows[_i].packet, 0 }, { 0 } }, false);
    ck_assert(!gdb_describe(&client));
    ck_assert_msg(strstr(buf_text(&client.error), rows[_i].fact) != NULL, "%s",
                  buf_text(&client.error));
}
END_TEST

/* ---- requests ---- */

/* A client that has heard of one register of two bytes and one of four. */
static void describe(void)
{
    client.target = (struct gdb_target){ .count = 2,
                                         .bytes = 6,
                                         .reg = { { "a", 0, 2, 0 }, { "b", 9, 4, 2 } } };
}

START_TEST(registers_are_read_and_written)
{
    uint8_t bytes[6];
    bool known[GDB_REGISTERS_MOST];

    begin((struct line[]){ { "g", "+$0102xxxxxxxx#**", 0 },
                           { "P9=0a0bfc0d", "+$OK#**", 0 },
                           { "+", NULL, 0 },
                           { 0 } },
          false);
    describe();
    ck_assert_msg(gdb_read_registers(&client, bytes, known), "%s", buf_text(&client.error));
    ck_assert_uint_eq(bytes[0], 1);
    ck_assert_uint_eq(bytes[1], 2);
    ck_assert(known[0]);
    ck_assert(!known[1]);
    ck_assert(gdb_write_register(&client, &client.target.reg[1],
                                 (const uint8_t[]){ 0x0a, 0x0b, 0xfc, 0x0d }));
    ends_well();
}
END_TEST

START_TEST(registers_of_another_length_are_an_error)
{
    static const struct {
        const char *packet, *fact;
    } rows[] = {
        { "+$0102030405#**", "registers: answer '0102030405' of 10 characters, expected 12" },
        { "+$01020304050607#**", "of 14 characters, expected 12" },
        { "+$E14#**", "registers: answer 'E14' of 3 characters, expected 12" },
        { "+$010203040z06#**", "expected hexadecimal digits" },
        { "+$#**", "answer '' of 0 characters" },
    };
    uint8_t bytes[6];
    bool known[GDB_REGISTERS_MOST];

    begin((struct line[]){ { "g", rows[_i].packet, 0 }, { 0 } }, false);
    describe();
    client.answer_ms = 500;
    ck_assert(!gdb_read_registers(&client, bytes, known));
    ck_assert_msg(strstr(buf_text(&client.error), rows[_i].fact) != NULL, "%s",
                  buf_text(&client.error));
}
END_TEST

START_TEST(memory_goes_in_pieces_that_fit)
{
    uint8_t bytes[200];
    char first[400] = "+$";

    for (unsigned i = 0; i < 96; i++) /* as much as fits a packet of 256 characters */
        strcat(first, "11");
    strcat(first, "#**");
    begin((struct line[]){ { "m1000,60", first, 0 },
                           { "m1060,60", first, 0 },
                           { "m10c0,8", "+$2222222222222222#**", 0 },
                           { "+", NULL, 0 },
                           { "M20,2:fe01", "+$OK#**", 0 },
                           { "+", NULL, 0 },
                           { 0 } },
          false);
    client.packet_size = 256;
    ck_assert_msg(gdb_read_memory(&client, 0x1000, bytes, 200), "%s", buf_text(&client.error));
    ck_assert_uint_eq(bytes[191], 0x11);
    ck_assert_uint_eq(bytes[199], 0x22);
    ck_assert(gdb_write_memory(&client, 0x20, (const uint8_t[]){ 0xfe, 1 }, 2));
    ends_well();
}
END_TEST

START_TEST(a_step_ends_with_a_signal)
{
    unsigned signal = 0;

    begin((struct line[]){ { "s", "+$O48690a#**$T05thread:01;#**", 0 },
                           { "+", NULL, 0 },
                           { "+", NULL, 0 },
                           { "s", "+$S0b#**", 0 },
                           { 0 } },
          false);
    ck_assert_msg(gdb_step(&client, &signal), "%s", buf_text(&client.error));
    ck_assert_uint_eq(signal, 5);
    ck_assert(gdb_step(&client, &signal));
    ck_assert_uint_eq(signal, 11);
}
END_TEST

START_TEST(a_step_that_ends_otherwise_is_an_error)
{
    static const struct {
        const char *packet, *fact;
    } rows[] = {
        { "+$W00#**", "the emulator has ended ('W00')" },
        { "+$X09#**", "the emulator has ended ('X09')" },
        { "+$E01#**", "answer 'E01' to a step, expected a stop such as T05" },
        { "+$T0#**", "answer 'T0' to a step" },
        { "+$#**", "answer '' to a step" },
    };
    unsigned signal;

    begin((struct line[]){ { "s", rows[_i].packet, 0 }, { 0 } }, false);
    ck_assert(!gdb_step(&client, &signal));
    ck_assert_msg(strstr(buf_text(&client.error), rows[_i].fact) != NULL, "%s",
                  buf_text(&client.error));
}
END_TEST

START_TEST(a_run_ends_at_its_breakpoint)
{
    begin((struct line[]){ { "Z1,7c00,1", "+$OK#**", 0 },
                           { "+", NULL, 0 },
                           { "c", "+$T05#**", 0 },
                           { "+", NULL, 0 },
                           { "z1,7c00,1", "+$OK#**", 0 },
                           { 0 } },
          false);
    ck_assert_msg(gdb_run_to(&client, 0x7c00), "%s", buf_text(&client.error));
    ends_well();
}
END_TEST

START_TEST(a_stub_with_software_breakpoints_only_will_do)
{
    begin((struct line[]){ { "Z1,7c00,1", "+$#**", 0 },
                           { "Z0,7c00,1", "+$OK#**", 0 },
                           { "c", "+$T05#**", 0 },
                           { "z0,7c00,1", "+$OK#**", 0 },
                           { 0 } },
          false);
    ck_assert_msg(gdb_run_to(&client, 0x7c00), "%s", buf_text(&client.error));
    ends_well();
}
END_TEST

START_TEST(a_refusal_is_named)
{
    begin((struct line[]){ { "Qqemu.sstep=7", "+$E22#**", 0 }, { 0 } }, false);
    ck_assert(!gdb_command(&client, "Qqemu.sstep", "Qqemu.sstep=%u", 7));
    ck_assert_ptr_nonnull(
        strstr(buf_text(&client.error), "Qqemu.sstep: answer 'E22', expected OK"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gdb_client");
    TCase *tcase = tcase_create("gdb_client");
    SRunner *runner;
    int failed;

    signal(SIGPIPE, SIG_IGN); /* as main.c */
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, an_answer_is_acknowledged_and_taken);
    tcase_add_test(tcase, an_empty_answer_is_one);
    tcase_add_test(tcase, escapes_and_runs_are_unpacked);
    tcase_add_test(tcase, a_wrong_checksum_is_asked_for_again);
    tcase_add_test(tcase, a_refused_packet_is_sent_again);
    tcase_add_test(tcase, what_is_no_packet_is_passed_over);
    tcase_add_test(tcase, a_packet_in_place_of_the_acknowledgement_is_an_old_one);
    tcase_add_test(tcase, a_checksum_that_stays_wrong_is_an_error);
    tcase_add_test(tcase, a_packet_that_stays_refused_is_an_error);
    tcase_add_loop_test(tcase, a_closed_connection_is_an_error, 0, 6);
    tcase_add_loop_test(tcase, silence_is_an_error_when_time_is_up, 0, 4);
    tcase_add_test(tcase, an_interrupt_ends_the_wait);
    tcase_add_loop_test(tcase, a_flood_is_an_error, 0, 3);
    tcase_add_loop_test(tcase, a_packet_that_cannot_be_unpacked_is_an_error, 0, 5);
    tcase_add_loop_test(tcase, nobody_there_is_an_error, 0, 6);
    tcase_add_test(tcase, registers_come_from_the_description);
    tcase_add_loop_test(tcase, a_bad_description_is_named, 0, 20);
    tcase_add_test(tcase, more_registers_than_there_is_room_for_are_refused);
    tcase_add_loop_test(tcase, a_stub_without_a_description_is_named, 0, 2);
    tcase_add_test(tcase, registers_are_read_and_written);
    tcase_add_loop_test(tcase, registers_of_another_length_are_an_error, 0, 5);
    tcase_add_test(tcase, memory_goes_in_pieces_that_fit);
    tcase_add_test(tcase, a_step_ends_with_a_signal);
    tcase_add_loop_test(tcase, a_step_that_ends_otherwise_is_an_error, 0, 5);
    tcase_add_test(tcase, a_run_ends_at_its_breakpoint);
    tcase_add_test(tcase, a_stub_with_software_breakpoints_only_will_do);
    tcase_add_test(tcase, a_refusal_is_named);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
