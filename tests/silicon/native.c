/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/silicon/native.c - the runner's side of the child process: starts it, hands it batches, and
 * starts it again when a case took it down. What the host is.
 */
#include "tests/silicon/native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/silicon/native_child.h"
#include "util/bits.h"

#if SILICON_HOST

#include <cpuid.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define HWCAP2_FSGSBASE 2
#define PATIENCE_MS 5000 /* for one batch, on a busy machine */

struct native {
    struct native_shared *shared;
    int to_child, from_child;
    pid_t pid;
    unsigned batch, count;
    struct native_abilities abilities;
};

const char *native_missing(void)
{
#ifdef SANITIZED
    return "built with the address sanitizer, whose shadow lies where cases may reach";
#else
    unsigned a, b, c, d;

    if ((uintptr_t)native_missing < GIB(4))
        return "not built as a position-independent program: it lies where cases may reach";
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
        return "the host has no XSAVE";
    return NULL;
#endif
}

bool native_has_undefined_flags(void)
{
    uint32_t eax, ebx, ecx, edx;

    if (!__get_cpuid(0, &eax, &ebx, &ecx, &edx) || ebx != 0x68747541) /* "Auth" */
        return false;
    __get_cpuid(1, &eax, &ebx, &ecx, &edx);
    return (eax >> 8 & 15) + (eax >> 20 & 255) == 0x1a;
}

bool native_has_feature(unsigned feature)
{
    static const struct {
        uint32_t leaf, subleaf, reg, bit;
    } where[F_COUNT] = {
        [F_NONE] = { 0, 0, 0, 0 },
#define EAX 0
#define EBX 1
#define ECX 2
#define EDX 3
#define FEATURE(id, name, leaf, subleaf, reg, bit) [F_##id] = { leaf, subleaf, reg, bit },
#include "cpu/features.def"
#undef FEATURE
#undef EAX
#undef EBX
#undef ECX
#undef EDX
    };
    unsigned regs[4];

    if (feature == F_NONE)
        return true;
    if (feature == F_FSGSBASE && !(getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE))
        return false; /* the kernel keeps it to itself */
    return __get_cpuid_count(where[feature].leaf, where[feature].subleaf, &regs[0], &regs[1],
                             &regs[2], &regs[3]) &&
           (regs[where[feature].reg] >> where[feature].bit & 1);
}

static void start_child(struct native *native)
{
    int down[2], up[2];

    if (pipe(down) || pipe(up)) {
        perror("silicon: pipe");
        exit(4);
    }
    fflush(NULL);
    native->pid = fork();
    if (native->pid < 0) {
        perror("silicon: fork");
        exit(4);
    }
    if (native->pid == 0) {
        close(down[1]);
        close(up[0]);
        native_child(native->shared, down[0], up[1]);
    }
    close(down[0]);
    close(up[1]);
    native->to_child = down[1];
    native->from_child = up[0];
}

static void end_child(struct native *native)
{
    close(native->to_child);
    close(native->from_child);
    kill(native->pid, SIGKILL);
    waitpid(native->pid, NULL, 0);
}

void native_destroy(struct native *native)
{
    end_child(native);
    munmap(native->shared, sizeof *native->shared);
    free(native);
}

struct native_slot *native_slots(struct native *native, unsigned batch)
{
    return native->shared->slot[batch];
}

static void go(struct native *native)
{
    uint8_t byte = (uint8_t)native->batch;

    if (write(native->to_child, &byte, 1) != 1)
        native->shared->current = native->shared->first; /* it is dead: native_wait() sees it */
}

void native_start(struct native *native, unsigned batch, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        native->shared->slot[batch][i].broken = false;
    native->batch = batch;
    native->count = count;
    native->shared->first = 0;
    native->shared->current = 0;
    native->shared->count = count;
    if (count)
        go(native);
}

void native_wait(struct native *native)
{
    while (native->count) {
        struct pollfd fd = { native->from_child, POLLIN, 0 };
        uint8_t byte;
        unsigned bad;

        if (poll(&fd, 1, PATIENCE_MS) == 1 && read(native->from_child, &byte, 1) == 1)
            break;
        /* It died, or the case does not end: take it out, and go on behind it. */
        bad = native->shared->current;
        end_child(native);
        if (bad >= native->count)
            bad = native->count - 1;
        native->shared->slot[native->batch][bad].broken = true;
        start_child(native);
        if (bad + 1 == native->count)
            break;
        native->shared->first = native->shared->current = bad + 1;
        go(native);
    }
    native->count = 0;
}

static bool runs_nop(struct native *native, unsigned bits, bool odd_stack_pointer)
{
    struct native_slot *slot = &native->shared->slot[0][0];

    case_init(&slot->tc, bits);
    slot->tc.code[0] = 0x90;
    slot->tc.length = 1;
    if (odd_stack_pointer)
        slot->tc.state.gpr[RSP] = UINT64_C(0x800000000000);
    native_start(native, 0, 1);
    native_wait(native);
    return !slot->broken && slot->host.vector == VEC_BP &&
           slot->host.state.seg[SEG_CS] == slot->tc.state.seg[SEG_CS] &&
           slot->host.state.rip == slot->tc.state.rip + 2;
}

static uint64_t read_xcr0(void)
{
    uint32_t low, high;

    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

struct native *native_create(void)
{
    struct native *native = calloc(1, sizeof *native);

    if (!native)
        abort();
    native->shared = mmap(NULL, sizeof *native->shared, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (native->shared == MAP_FAILED) {
        perror("silicon: mmap");
        exit(4);
    }
    signal(SIGPIPE, SIG_IGN);
    start_child(native);
    for (unsigned bits = 16; bits <= 64; bits *= 2)
        native->abilities.code[bits] = runs_nop(native, bits, false);
    native->abilities.any_stack_pointer = runs_nop(native, 64, true);
    native->abilities.descriptors = native->abilities.code[16] && native->abilities.code[32];
    native->abilities.xcr0 = read_xcr0();
    return native;
}

const struct native_abilities *native_abilities(const struct native *native)
{
    return &native->abilities;
}

#else

struct native {
    struct native_slot slot[2][NATIVE_BATCH];
    struct native_abilities abilities;
};

const char *native_missing(void)
{
    return "the host is not x86-64 under Linux";
}

bool native_has_undefined_flags(void)
{
    return false;
}

bool native_has_feature(unsigned feature)
{
    (void)feature;
    return false;
}

struct native *native_create(void)
{
    struct native *native = calloc(1, sizeof *native);

    if (!native)
        abort();
    return native;
}

const struct native_abilities *native_abilities(const struct native *native)
{
    return &native->abilities;
}

void native_destroy(struct native *native)
{
    free(native);
}

struct native_slot *native_slots(struct native *native, unsigned batch)
{
    return native->slot[batch];
}

void native_start(struct native *native, unsigned batch, unsigned count)
{
    (void)native;
    (void)batch;
    (void)count;
}

void native_wait(struct native *native)
{
    (void)native;
}

#endif
