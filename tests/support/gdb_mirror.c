/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/gdb_mirror.c - a stub of gdb's remote protocol before a second machine of ours. */
#include "tests/support/gdb_mirror.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cpu/access.h"
#include "cpu/decode.h"
#include "cpu/disasm.h"
#include "cpu/insn_table.h"
#include "cpu/observer.h"
#include "cpu/segment.h"
#include "util/bits.h"

static const char description[] =
    "<?xml version=\"1.0\"?><target><architecture>i386:x86-64</architecture><feature name=\"core\">"
    "<reg name=\"rax\" bitsize=\"64\"/><reg name=\"rbx\" bitsize=\"64\"/>"
    "<reg name=\"rcx\" bitsize=\"64\"/><reg name=\"rdx\" bitsize=\"64\"/>"
    "<reg name=\"rsi\" bitsize=\"64\"/><reg name=\"rdi\" bitsize=\"64\"/>"
    "<reg name=\"rbp\" bitsize=\"64\"/><reg name=\"rsp\" bitsize=\"64\"/>"
    "<reg name=\"rip\" bitsize=\"64\"/><reg name=\"eflags\" bitsize=\"32\"/>"
    "<reg name=\"cs\" bitsize=\"32\"/><reg name=\"ss\" bitsize=\"32\"/>"
    "<reg name=\"ds\" bitsize=\"32\"/><reg name=\"es\" bitsize=\"32\"/>"
    "<reg name=\"cr0\" bitsize=\"64\"/><reg name=\"own\" bitsize=\"16\"/></feature></target>";

static const unsigned general[] = { RAX, RBX, RCX, RDX, RSI, RDI, RBP, RSP };
static const unsigned segments[] = { SEG_CS, SEG_SS, SEG_DS, SEG_ES };
enum { N_RIP = 8, N_FLAGS, N_SEGMENT, N_CR0 = N_SEGMENT + 4, N_OWN, N_COUNT };

struct far_end {
    struct gdb_mirror *mirror;
    struct machine *machine;
    int fd;
    uint64_t steps;
    unsigned answers;
};

/* ---- packets ---- */

static int read_char(struct far_end *e)
{
    uint8_t c;

    return read(e->fd, &c, 1) == 1 ? c : -1;
}

/* False: the client is gone. */
static bool read_packet(struct far_end *e, char *text, size_t size)
{
    size_t n = 0;
    int c;

    do {
        c = read_char(e);
        if (c < 0)
            return false;
    } while (c != '$');
    while ((c = read_char(e)) != '#' && n < size - 1) {
        if (c < 0)
            return false;
        text[n++] = (char)c;
    }
    text[n] = 0;
    read_char(e);
    read_char(e);
    if (write(e->fd, "+", 1) != 1)
        _exit(1);
    return true;
}

static void send_packet(struct far_end *e, const char *text)
{
    struct buf packet = { 0 };
    unsigned sum = 0;
    bool bad = e->mirror->asked_again && e->answers++ % 10 == 9;

    for (const char *c = text; *c; c++)
        sum += (unsigned char)*c;
    buf_printf(&packet, "$%s#%02x", text, (sum + bad) & 0xff);
    if (bad) /* the client asks again */
        buf_printf(&packet, "$%s#%02x", text, sum & 0xff);
    for (size_t done = 0; done < packet.length;) {
        ssize_t n = send(e->fd, packet.data + done, packet.length - done, MSG_NOSIGNAL);

        if (n <= 0)
            _exit(0);
        done += (size_t)n;
    }
    buf_free(&packet);
}

/* ---- registers ---- */

static unsigned bytes_of(unsigned n)
{
    return n == N_OWN ? 2 : n >= N_FLAGS && n < N_CR0 ? 4 : 8;
}

static uint64_t get(const struct cpu *cpu, unsigned n)
{
    return n < N_RIP      ? cpu->gpr[general[n]]
           : n == N_RIP   ? cpu->rip
           : n == N_FLAGS ? cpu_eflags(cpu)
           : n == N_CR0   ? cpu->cr0
           : n == N_OWN   ? 0x7777
                          : cpu->seg[segments[n - N_SEGMENT]].selector;
}

static void set(struct cpu *cpu, unsigned n, uint64_t value)
{
    if (n < N_RIP)
        cpu->gpr[general[n]] = value;
    else if (n == N_RIP)
        cpu->rip = value;
    else if (n == N_FLAGS)
        cpu_set_eflags(cpu, value);
    else if (n >= N_SEGMENT && n < N_CR0)
        segment_load_real(cpu, (enum seg)segments[n - N_SEGMENT], (uint16_t)value);
    cpu_rebuild(cpu);
}

/* ---- a step ---- */

static bool stop_here(void *context, struct cpu *cpu)
{
    (void)context;
    (void)cpu;
    return true;
}

static const struct row *next_row(const struct cpu *cpu, struct insn *insn)
{
    lin_addr la = (uint32_t)(cpu->seg[SEG_CS].base + cpu->rip);
    uint8_t bytes[15];

    if (!cpu_peek(cpu, la, bytes, sizeof bytes) ||
        decode_insn(bytes, sizeof bytes, cpu->mode, cpu->features, insn) != DECODE_OK)
        return NULL;
    return insn_row(insn);
}

/* One instruction, or the delivery of the exception that it raised. Events do not fire. */
static void one_step(struct cpu *cpu)
{
    struct observer observer = { .exception = stop_here };

    cpu->observer = &observer;
    cpu->pending &= (uint8_t)~PENDING_INTR;
    cpu->engine->run(cpu, 1);
    if (cpu->fault_waits) {
        observer.instruction = stop_here;
        cpu->engine->run(cpu, 1);
    }
    cpu->observer = NULL;
}

static void step(struct far_end *e)
{
    struct gdb_mirror *m = e->mirror;
    struct cpu *cpu = e->machine->cpu;
    struct insn insn;
    const struct row *row = next_row(cpu, &insn);
    uint64_t rip = cpu->rip;

    e->steps++;
    if (m->empty_every && e->steps % m->empty_every == 0)
        return;
    do
        one_step(cpu);
    while (m->whole_strings && row && row->attributes & (A_REP | A_REPZ) && insn.rep &&
           cpu->rip == rip);
    if (m->always && row)
        m->always(cpu, row);
    if (m->poke && m->step == e->steps)
        m->poke(cpu);
}

/* ---- requests ---- */

static void answer_memory(struct far_end *e, const char *text)
{
    unsigned long long address;
    unsigned count;
    uint8_t bytes[4096];
    struct buf hex = { 0 };

    if (sscanf(text, "m%llx,%x", &address, &count) != 2 || count > sizeof bytes ||
        !space_peek(&e->machine->memory, address, bytes, count)) {
        send_packet(e, "E14");
        return;
    }
    for (unsigned i = 0; i < count; i++)
        buf_printf(&hex, "%02x", bytes[i]);
    send_packet(e, buf_text(&hex));
    buf_free(&hex);
}

static void write_memory(struct far_end *e, const char *text)
{
    unsigned long long address;
    unsigned count, value;
    const char *hex = strchr(text, ':');

    if (!hex || sscanf(text, "M%llx,%x", &address, &count) != 2) {
        send_packet(e, "E22");
        return;
    }
    for (unsigned i = 0; i < count && sscanf(hex + 1 + 2 * i, "%2x", &value) == 1; i++) {
        uint8_t byte = (uint8_t)value;

        if (!space_poke(&e->machine->memory, address + i, &byte, 1)) {
            send_packet(e, "E14");
            return;
        }
    }
    send_packet(e, "OK");
}

static void answer_registers(struct far_end *e)
{
    struct buf hex = { 0 };

    for (unsigned n = 0; n < N_COUNT; n++) {
        uint64_t value = get(e->machine->cpu, n);

        for (unsigned i = 0; i < bytes_of(n); i++)
            buf_printf(&hex, "%02x", (unsigned)(value >> 8 * i) & 0xff);
    }
    send_packet(e, buf_text(&hex));
    buf_free(&hex);
}

static void write_register(struct far_end *e, const char *text)
{
    unsigned n, byte;
    uint64_t value = 0;
    const char *hex = strchr(text, '=');

    if (!hex || sscanf(text, "P%x", &n) != 1 || n >= N_COUNT) {
        send_packet(e, "E22");
        return;
    }
    for (unsigned i = 0; i < bytes_of(n) && sscanf(hex + 1 + 2 * i, "%2x", &byte) == 1; i++)
        value |= (uint64_t)byte << 8 * i;
    set(e->machine->cpu, n, value);
    send_packet(e, "OK");
}

static void run_to(struct far_end *e, uint64_t la)
{
    struct cpu *cpu = e->machine->cpu;

    for (unsigned i = 0; i < 1000000 && cpu->seg[SEG_CS].base + cpu->rip != la; i++)
        machine_run(e->machine, 1);
    send_packet(e, "T05thread:01;");
}

static void serve(struct far_end *e)
{
    char text[8192];
    unsigned long long stop_at = 0;

    while (read_packet(e, text, sizeof text)) {
        if (!strncmp(text, "qSupported", 10)) {
            send_packet(e, "PacketSize=1000;qXfer:features:read+");
        } else if (!strncmp(text, "qXfer:features:read:target.xml:0,", 33)) {
            struct buf answer = { 0 };

            buf_printf(&answer, "l%s", description);
            send_packet(e, buf_text(&answer));
            buf_free(&answer);
        } else if (!strcmp(text, "Qqemu.PhyMemMode:1") || !strcmp(text, "Qqemu.sstep=7")) {
            send_packet(e, "OK");
        } else if (*text == 'g') {
            answer_registers(e);
        } else if (*text == 'P') {
            write_register(e, text);
        } else if (*text == 'm') {
            answer_memory(e, text);
        } else if (*text == 'M') {
            write_memory(e, text);
        } else if (sscanf(text, "Z1,%llx,1", &stop_at) == 1 || !strncmp(text, "z1,", 3)) {
            send_packet(e, "OK");
        } else if (*text == 'c') {
            run_to(e, stop_at);
        } else if (*text == 's') {
            char stop[32];
            bool now;

            step(e);
            now = e->mirror->step && e->steps == e->mirror->step;
            if (now && e->mirror->closes)
                return;
            snprintf(stop, sizeof stop, "T%02xthread:01;",
                     now && e->mirror->signal ? e->mirror->signal : 5);
            send_packet(e, stop);
        } else {
            send_packet(e, "");
        }
    }
}

static void far_end(struct gdb_mirror *mirror, int listener)
{
    struct far_end e = { .mirror = mirror };
    struct buf error = { 0 };
    int exit_code;

    e.machine = machine_create(&mirror->config, NULL, &error, &exit_code);
    if (!e.machine)
        _exit(1);
    e.fd = accept(listener, NULL, NULL);
    if (e.fd >= 0)
        serve(&e);
    _exit(0);
}

void gdb_mirror_start(struct gdb_mirror *mirror)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(at.sun_path, sizeof at.sun_path, "%s", mirror->path);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    mirror->process = fork();
    ck_assert_int_ge(mirror->process, 0);
    if (!mirror->process)
        far_end(mirror, listener);
    close(listener);
}

void gdb_mirror_stop(struct gdb_mirror *mirror)
{
    if (!mirror->process)
        return;
    kill(mirror->process, SIGKILL);
    waitpid(mirror->process, NULL, 0);
    mirror->process = 0;
}
