/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/silicon/native_child.c - the child process: one signal a case. The handler takes the state
 * out of the frame of the case that ended and puts the next one's in.
 *
 * A case may leave any FS base (the C library's thread pointer), segment, or flag behind: from the
 * first signal on, nothing of the C library is called. Where the kernel keeps FSGSBASE to itself, a
 * base costs more than the signal: it is read where the case may have changed it, and at the end of
 * a batch, and written where it is another than the one that is there.
 */
#define _GNU_SOURCE /* names of registers in a signal's context, memfd_create() */

#include "tests/silicon/native_child.h"

#if SILICON_HOST

#include <asm/ldt.h>
#include <asm/prctl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "tests/silicon/collect.h"
#include "util/bits.h"

/* What the signal handler must reach. */
static struct {
    struct native_shared *shared;
    struct native_slot *slots;
    uint64_t fs_base, gs_base; /* what is there, if `bases_known` */
    bool bases_known;
    int in, out;
    bool entered;      /* a case is being executed */
    bool has_fsgsbase; /* for programs; before it is known, the kernel is asked */
    uint8_t batch;
    uint8_t *alias;  /* the window, writable */
    uint64_t *image; /* what the window should hold before the case, bytes and all */
} child;

/* Flags that sigreturn takes from the frame; NT and ID are those of the handler. */
#define FRAME_FLAGS (CF | PF | AF | ZF | SF | DF | OF | AC | RF)
#define ALT_STACK 65536

enum { FX_FIP = 8, FX_FDP = 16, FX_MXCSR = 24, FX_ST = 32, FX_XMM = 160 };
enum { XSAVE_BV = 512, XSAVE_YMMH = 576 };

static const int gpr_index[16] = {
    [RAX] = REG_RAX, [RCX] = REG_RCX, [RDX] = REG_RDX, [RBX] = REG_RBX,
    [RSP] = REG_RSP, [RBP] = REG_RBP, [RSI] = REG_RSI, [RDI] = REG_RDI,
    [R8] = REG_R8,   [R9] = REG_R9,   [R10] = REG_R10, [R11] = REG_R11,
    [R12] = REG_R12, [R13] = REG_R13, [R14] = REG_R14, [R15] = REG_R15,
};

#define NAKED_OF_RUNTIME __attribute__((no_stack_protector, no_sanitize("address", "undefined")))

static inline uint16_t read_selector(enum seg seg)
{
    uint16_t value = 0;

    switch (seg) {
    case SEG_ES:
        __asm__ volatile("mov %%es, %0" : "=r"(value));
        break;
    case SEG_DS:
        __asm__ volatile("mov %%ds, %0" : "=r"(value));
        break;
    case SEG_FS:
        __asm__ volatile("mov %%fs, %0" : "=r"(value));
        break;
    default:
        __asm__ volatile("mov %%gs, %0" : "=r"(value));
        break;
    }
    return value;
}

/* A system call without the C library. */
static inline int64_t call_kernel(int64_t number, uint64_t a, uint64_t b, uint64_t c)
{
    int64_t result = number;

    __asm__ volatile("syscall" : "+a"(result) : "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
}

/* For kernels that keep FSGSBASE to themselves. */
static inline void base_by_kernel(int code, uint64_t argument)
{
    call_kernel(SYS_arch_prctl, (uint64_t)code, argument, 0);
}

static inline uint64_t read_fs_base(void)
{
    uint64_t value;

    if (child.has_fsgsbase)
        __asm__ volatile("rdfsbase %0" : "=r"(value));
    else
        base_by_kernel(ARCH_GET_FS, (uint64_t)(uintptr_t)&value);
    return value;
}

static inline uint64_t read_gs_base(void)
{
    uint64_t value;

    if (child.has_fsgsbase)
        __asm__ volatile("rdgsbase %0" : "=r"(value));
    else
        base_by_kernel(ARCH_GET_GS, (uint64_t)(uintptr_t)&value);
    return value;
}

static inline void write_bases(uint64_t fs_base, uint64_t gs_base)
{
    if (child.has_fsgsbase) {
        __asm__ volatile("wrfsbase %0\n\twrgsbase %1" : : "r"(fs_base), "r"(gs_base));
        return;
    }
    if (!child.bases_known || child.fs_base != fs_base)
        base_by_kernel(ARCH_SET_FS, fs_base);
    if (!child.bases_known || child.gs_base != gs_base)
        base_by_kernel(ARCH_SET_GS, gs_base);
}

/* Segments of a case. The last thing before it. */
static inline void set_segments(const struct test_case *tc)
{
    uint16_t data = tc->state.seg[SEG_DS], fs = tc->state.seg[SEG_FS], gs = tc->state.seg[SEG_GS];

    __asm__ volatile("mov %0, %%ds\n\tmov %0, %%es" : : "r"(data));
    if (!child.bases_known || read_selector(SEG_FS) != fs || read_selector(SEG_GS) != gs) {
        __asm__ volatile("mov %0, %%fs" : : "r"(fs));
        __asm__ volatile("mov %0, %%gs" : : "r"(gs));
        child.bases_known = false; /* processors differ in what a null selector leaves there */
    }
    if (tc->bits == 64) {
        write_bases(tc->state.fs_base, tc->state.gs_base);
        child.fs_base = tc->state.fs_base;
        child.gs_base = tc->state.gs_base;
        child.bases_known = true;
    }
}

/* What the bases are behind a case. */
static inline void learn_bases(const struct native_slot *slot, const uint16_t *selectors, bool last)
{
    const struct test_case *tc = &slot->tc;

    if (tc->bits != 64) {
        child.fs_base = child.gs_base = 0; /* no part of the result */
        child.bases_known = false;
    } else if (child.has_fsgsbase || slot->asks_bases || last ||
               selectors[SEG_FS] != tc->state.seg[SEG_FS] ||
               selectors[SEG_GS] != tc->state.seg[SEG_GS]) {
        child.fs_base = read_fs_base();
        child.gs_base = read_gs_base();
    }
}

/* Copy without the C library. */
static inline void copy(void *to, const void *from, size_t count)
{
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
}

static void NAKED_OF_RUNTIME collect(const ucontext_t *uc, struct native_slot *slot,
                                     const uint16_t *selectors)
{
    const greg_t *regs = uc->uc_mcontext.gregs;
    const uint8_t *fx = (const uint8_t *)uc->uc_mcontext.fpregs;
    struct case_result *r = &slot->host;
    uint64_t present = load_le64(fx + XSAVE_BV);
    unsigned n = 0;

    for (unsigned i = 0; i < 16; i++)
        r->state.gpr[i] = (uint64_t)regs[gpr_index[i]];
    r->state.rip = (uint64_t)regs[REG_RIP];
    r->state.rflags = (uint64_t)regs[REG_EFL];
    r->state.fs_base = child.fs_base;
    r->state.gs_base = child.gs_base;
    for (unsigned i = 0; i < 6; i++)
        r->state.seg[i] = selectors[i];
    r->state.seg[SEG_CS] = (uint16_t)regs[REG_CSGSFS];
    r->state.seg[SEG_SS] = (uint16_t)((uint64_t)regs[REG_CSGSFS] >> 48);
    r->vector = (uint32_t)regs[REG_TRAPNO];
    r->error = (uint32_t)regs[REG_ERR];
    r->cr2 = (uint64_t)regs[REG_CR2];
    r->state.fpu.fcw = load_le16(fx);
    r->state.fpu.fsw = load_le16(fx + 2);
    r->state.fpu.ftw = fx[4];
    r->state.fpu.fop = load_le16(fx + 6);
    r->state.fpu.fip = load_le64(fx + FX_FIP);
    r->state.fpu.fdp = load_le64(fx + FX_FDP);
    r->state.mxcsr = load_le32(fx + FX_MXCSR);
    for (unsigned i = 0; i < 8; i++) {
        struct float80 *st = &r->state.fpu.st[(i + (r->state.fpu.fsw >> 11)) & 7];

        st->mantissa = load_le64(fx + FX_ST + 16 * i);
        st->sign_exponent = load_le16(fx + FX_ST + 16 * i + 8);
    }
    for (unsigned i = 0; i < 16; i++) {
        for (unsigned j = 0; j < 2; j++) {
            r->state.vec[i][j] = load_le64(fx + FX_XMM + 16 * i + 8 * j);
            r->state.vec[i][2 + j] = present & 4 ? load_le64(fx + XSAVE_YMMH + 16 * i + 8 * j) : 0;
        }
    }
    r->many = false;
    for (unsigned page = 0; page < CASE_PAGES; page++) {
        if (case_page_rights[page] == CASE_DATA)
            n = collect_page(r, n, page, (uint64_t *)(void *)child.alias, child.image);
    }
    r->writes = n;
}

/* Put `count` bytes into the window and its image; NULL: what is there without a case. */
static void NAKED_OF_RUNTIME set_memory(uint64_t address, const uint8_t *from, unsigned count)
{
    uint64_t offset = address - CASE_WINDOW;
    uint8_t *image = (uint8_t *)child.image;

    if (from) {
        copy(child.alias + offset, from, count);
        copy(image + offset, from, count);
        return;
    }
    for (unsigned i = 0; i < count; i++, offset++) {
        uint8_t byte = case_page_rights[offset / PAGE_SIZE] == CASE_CODE ? 0xcc : 0;

        child.alias[offset] = image[offset] = byte;
    }
}

static void NAKED_OF_RUNTIME clean(const struct test_case *tc)
{
    for (unsigned i = 0; i < tc->chunks; i++)
        set_memory(tc->chunk[i].address, NULL, tc->chunk[i].count);
    set_memory(case_code_address(tc), NULL, tc->length);
}

static void NAKED_OF_RUNTIME prepare(ucontext_t *uc, const struct test_case *tc)
{
    greg_t *regs = uc->uc_mcontext.gregs;
    uint8_t *fx = (uint8_t *)uc->uc_mcontext.fpregs;

    for (unsigned i = 0; i < tc->chunks; i++)
        set_memory(tc->chunk[i].address, tc->pool + tc->chunk[i].offset, tc->chunk[i].count);
    set_memory(case_code_address(tc), tc->code, tc->length);
    for (unsigned i = 0; i < 16; i++)
        regs[gpr_index[i]] = (greg_t)tc->state.gpr[i];
    regs[REG_RIP] = (greg_t)tc->state.rip;
    regs[REG_EFL] = (greg_t)((tc->state.rflags & FRAME_FLAGS) | EFLAGS_ONE | IF);
    regs[REG_CSGSFS] = (greg_t)(tc->state.seg[SEG_CS] | (uint64_t)tc->state.seg[SEG_SS] << 48);
    store_le16(fx, tc->state.fpu.fcw);
    store_le16(fx + 2, tc->state.fpu.fsw);
    fx[4] = tc->state.fpu.ftw;
    store_le16(fx + 6, tc->state.fpu.fop);
    store_le64(fx + FX_FIP, tc->state.fpu.fip);
    store_le64(fx + FX_FDP, tc->state.fpu.fdp);
    store_le32(fx + FX_MXCSR, tc->state.mxcsr);
    for (unsigned i = 0; i < 8; i++) {
        const struct float80 *st = &tc->state.fpu.st[(i + (tc->state.fpu.fsw >> 11)) & 7];

        store_le64(fx + FX_ST + 16 * i, st->mantissa);
        store_le64(fx + FX_ST + 16 * i + 8, st->sign_exponent);
    }
    for (unsigned i = 0; i < 16; i++) {
        for (unsigned j = 0; j < 2; j++) {
            store_le64(fx + FX_XMM + 16 * i + 8 * j, tc->state.vec[i][j]);
            store_le64(fx + XSAVE_YMMH + 16 * i + 8 * j, tc->state.vec[i][2 + j]);
        }
    }
    store_le64(fx + XSAVE_BV, load_le64(fx + XSAVE_BV) | 7);
}

static void NAKED_OF_RUNTIME on_signal(int number, siginfo_t *info, void *context)
{
    uint16_t selectors[6];
    ucontext_t *uc = context;
    struct native_shared *shared = child.shared;
    const struct test_case *tc;

    (void)number;
    (void)info;
    __builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() &
                                   ~(unsigned long long)(AC | NT | ID));
    selectors[SEG_ES] = read_selector(SEG_ES);
    selectors[SEG_DS] = read_selector(SEG_DS);
    selectors[SEG_FS] = read_selector(SEG_FS);
    selectors[SEG_GS] = read_selector(SEG_GS);
    if (child.entered) {
        struct native_slot *slot = &child.slots[shared->current];

        learn_bases(slot, selectors, shared->current + 1 == shared->count);
        collect(uc, slot, selectors);
        clean(&slot->tc);
        shared->current++;
    }
    while (!child.entered || shared->current == shared->count) {
        uint64_t byte = (uint64_t)(uintptr_t)&child.batch;

        if ((child.entered && call_kernel(SYS_write, (uint64_t)child.out, byte, 1) != 1) ||
            call_kernel(SYS_read, (uint64_t)child.in, byte, 1) != 1)
            call_kernel(SYS_exit_group, 0, 0, 0); /* the runner is gone */
        child.slots = shared->slot[child.batch & 1];
        child.entered = true;
    }
    tc = &child.slots[shared->current].tc;
    prepare(uc, tc);
    set_segments(tc);
}

static void set_ldt(unsigned entry, bool code)
{
    struct user_desc desc = {
        .entry_number = entry,
        .base_addr = CASE_WINDOW,
        .limit = CASE_WINDOW_BYTES - 1,
        .contents = code ? MODIFY_LDT_CONTENTS_CODE : MODIFY_LDT_CONTENTS_DATA,
    };

    syscall(SYS_modify_ldt, 1, &desc, sizeof desc); /* refused: the runner's question fails */
}

static void map_window(void)
{
    int fd = memfd_create("window", 0);
    void *alias;

    if (fd < 0 || ftruncate(fd, CASE_WINDOW_BYTES))
        _exit(4);
    alias = mmap(NULL, CASE_WINDOW_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
    child.image = aligned_alloc(PAGE_SIZE, CASE_WINDOW_BYTES);
    if (alias == MAP_FAILED || !child.image)
        _exit(4);
    child.alias = alias;
    for (unsigned i = 0; i < CASE_PAGES; i++) {
        void *at = (void *)(uintptr_t)(CASE_WINDOW + i * PAGE_SIZE);
        int rights = case_page_rights[i] == CASE_CODE   ? PROT_READ | PROT_EXEC
                     : case_page_rights[i] == CASE_DATA ? PROT_READ | PROT_WRITE
                                                        : PROT_READ;

        set_memory(CASE_WINDOW + i * PAGE_SIZE, NULL, PAGE_SIZE);
        if (case_page_rights[i] == CASE_HOLE)
            continue;
        if (mmap(at, PAGE_SIZE, rights, MAP_SHARED | MAP_POPULATE | MAP_FIXED, fd,
                 (off_t)i * PAGE_SIZE) != at)
            _exit(4);
        mlock(at, PAGE_SIZE);
    }
}

/*
 * Cases may reach anything in the low 4 GiB, where the world of cases has the window only. The
 * runner's processors keep their code there, and a child has all that the runner had.
 */
static void clear_low_memory(void)
{
    const uint64_t end = CASE_WINDOW + CASE_WINDOW_BYTES;

    if (munmap((void *)(uintptr_t)PAGE_SIZE, CASE_WINDOW - PAGE_SIZE) ||
        munmap((void *)(uintptr_t)end, GIB(4) - end))
        _exit(4);
}

_Noreturn void native_child(struct native_shared *shared, int in, int out)
{
    static const int signals[] = { SIGTRAP, SIGSEGV, SIGILL, SIGFPE, SIGBUS };
    struct sigaction action = { .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
    stack_t stack = { .ss_size = ALT_STACK };

    child.shared = shared;
    child.in = in;
    child.out = out;
    child.has_fsgsbase = native_has_feature(F_FSGSBASE);
    clear_low_memory();
    map_window();
    set_ldt(0, true);
    set_ldt(1, false);
    stack.ss_sp = malloc(ALT_STACK);
    if (!stack.ss_sp || sigaltstack(&stack, NULL))
        _exit(4);
    action.sa_sigaction = on_signal;
    for (unsigned i = 0; i < ARRAY_SIZE(signals); i++)
        sigaction(signals[i], &action, NULL);
    for (;;)
        raise(SIGTRAP); /* into the handler, which comes back into the first case */
}

#endif
