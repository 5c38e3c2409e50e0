/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_xsave_host.c - XSAVE, XSAVEOPT, XSAVEC, XRSTOR and XGETBV with the host processor
 * as a judge: the same state, component mask, image and page rights; memory, registers, fault, error
 * code and CR2 afterwards.
 *
 * Left out: the last instruction and data pointers (processors differ in when they keep them),
 * MXCSR_MASK, and states whose registers are zero without being known to be (the host tracks which
 * registers were zeroed; the model looks at the values).
 */
#define _GNU_SOURCE /* REG_ERR */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/sse.h"
#include "cpu/tlb.h"
#include "cpu/xsave.h"
#include "tests/support/guest_cpu.h"
#include "tests/support/test_cpu.h"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#define CASES 20000
#define PAGES 0xb000     /* of the guest: two pages that an area may be on */
#define STATE 0xe000     /* of the guest: the image that the state comes from */
#define OUTPUT 0x10000   /* ... and goes to */
#define IMAGE_BYTES 1024 /* more than x87, SSE and AVX need */
#define AVAILABLE (XCR0_X87 | XCR0_SSE | XCR0_AVX)

enum operation {
    DO_XSAVE,
    DO_XSAVE64,
    DO_XSAVEOPT,
    DO_XSAVEOPT64,
    DO_XSAVEC,
    DO_XSAVEC64,
    DO_XRSTOR,
    DO_XRSTOR64,
    DO_XGETBV,
    OPERATIONS
};

/* On (%rdi), %rcx for XGETBV. */
static const char *const code_of[OPERATIONS] = {
    "0f ae 27",    "48 0f ae 27", "0f ae 37",    "48 0f ae 37", "0f c7 27",
    "48 0f c7 27", "0f ae 2f",    "48 0f ae 2f", "0f 01 d0",
};

enum rights { RIGHT_ALL, RIGHT_READ, RIGHT_NONE };

struct scene {
    enum operation operation;
    uint32_t eax, edx, ecx;
    unsigned offset; /* of the area in the two pages */
    enum rights rights[2];
    uint8_t state[IMAGE_BYTES] __attribute__((aligned(64)));
    uint8_t memory[2 * PAGE_SIZE];
};

struct outcome {
    int vector; /* -1: none */
    uint32_t error;
    uint64_t cr2; /* from the first of the two pages */
    uint64_t rax;
    uint8_t memory[2 * PAGE_SIZE];
    uint8_t state[IMAGE_BYTES] __attribute__((aligned(64)));
};

static uint64_t seed;

static unsigned below(unsigned n)
{
    return (unsigned)(test_random(&seed) >> 32) % n;
}

/* ---- scenes ---- */

/* An image with components `present`, in which nothing is zero that an instruction could test. */
static void random_image(uint8_t *image, unsigned present, uint64_t packed)
{
    for (unsigned i = 0; i < IMAGE_BYTES; i++)
        image[i] = (uint8_t)(1 + below(255));
    memset(image + 8, 0, 16); /* instruction and data pointers */
    store_le16(image + 6, 0); /* last opcode */
    store_le32(image + XSAVE_MXCSR, below(2) ? 0x1f80 : below(0x10000));
    memset(image + XSAVE_HEADER, 0, 64);
    store_le64(image + XSAVE_XSTATE_BV, present);
    store_le64(image + XSAVE_XCOMP_BV, packed);
}

static void random_scene(struct scene *s)
{
    uint8_t *image;
    unsigned packed;

    s->operation = (enum operation)below(OPERATIONS);
    s->eax = below(4) ? below(8) : (uint32_t)test_random(&seed);
    s->edx = below(4) ? 0 : (uint32_t)test_random(&seed);
    s->ecx = below(8) ? below(2) : below(4);
    s->offset = 64 * (below(3) ? 48 + below(16) : below(16)) + (below(16) ? 0 : below(64));
    s->rights[0] = below(16) ? RIGHT_ALL : (enum rights)below(3);
    s->rights[1] = below(3) ? RIGHT_ALL : (enum rights)below(3);
    random_image(s->state, below(8), 0);
    for (unsigned i = 0; i < sizeof s->memory; i++)
        s->memory[i] = (uint8_t)test_random(&seed);
    if (s->operation != DO_XRSTOR && s->operation != DO_XRSTOR64)
        return;
    packed = below(8);
    image = s->memory + s->offset;
    if (below(2))
        random_image(image, below(8), 0);
    else
        random_image(image, packed & below(8), packed | XCOMP_COMPACTED);
    if (!below(8))
        image[XSAVE_HEADER + below(64)] ^= (uint8_t)(1 << below(8));
    if (!below(8))
        image[XSAVE_HEADER + below(16)] ^= (uint8_t)(1 << below(8));
    if (!below(16))
        image[XSAVE_MXCSR + 2] = 0x10; /* a bit that no processor has */
}

/* ---- the host ---- */

static uint8_t *host_pages;
static uint8_t host_output[IMAGE_BYTES] __attribute__((aligned(64)));
static uint8_t host_initial[IMAGE_BYTES] __attribute__((aligned(64)));
static sigjmp_buf back;
static struct outcome *noted;

static void on_signal(int number, siginfo_t *info, void *context)
{
    const greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;

    (void)number;
    noted->vector = (int)r[REG_TRAPNO];
    if (noted->vector == VEC_PF) {
        noted->error = (uint32_t)r[REG_ERR];
        noted->cr2 = (uint64_t)(uintptr_t)info->si_addr - (uint64_t)(uintptr_t)host_pages;
    }
    siglongjmp(back, 1);
}

#define NATIVE(insn)                                                                               \
    __asm__ volatile(                                                                              \
        "push %%rax\n\tpush %%rdx\n\tmov $7, %%eax\n\txor %%edx, %%edx\n\t"                        \
        "xrstor64 (%[state])\n\tpop %%rdx\n\tpop %%rax\n\t" insn                                   \
        "\n\tpush %%rax\n\tmov $7, %%eax\n\txor %%edx, %%edx\n\t"                                  \
        "xsave64 (%[output])\n\txrstor64 (%[initial])\n\tpop %%rax"                                \
        : "+a"(rax), "+d"(rdx)                                                                     \
        : [state] "r"(s->state), [output] "r"(host_output), [initial] "r"(host_initial),           \
          "D"(area), "c"((uint64_t)s->ecx)                                                         \
        : "memory", "cc")

static void __attribute__((target("no-sse"))) native(const struct scene *s)
{
    uint8_t *area = host_pages + s->offset;
    uint64_t rax = s->eax, rdx = s->edx;

    switch (s->operation) {
    case DO_XSAVE:
        NATIVE("xsave (%%rdi)");
        break;
    case DO_XSAVE64:
        NATIVE("xsave64 (%%rdi)");
        break;
    case DO_XSAVEOPT:
        NATIVE("xsaveopt (%%rdi)");
        break;
    case DO_XSAVEOPT64:
        NATIVE("xsaveopt64 (%%rdi)");
        break;
    case DO_XSAVEC:
        NATIVE("xsavec (%%rdi)");
        break;
    case DO_XSAVEC64:
        NATIVE("xsavec64 (%%rdi)");
        break;
    case DO_XRSTOR:
        NATIVE("xrstor (%%rdi)");
        break;
    case DO_XRSTOR64:
        NATIVE("xrstor64 (%%rdi)");
        break;
    default:
        NATIVE("xgetbv");
        break;
    }
    noted->rax = rax;
}

static void run_host(const struct scene *s, struct outcome *o)
{
    static const int protection[] = { PROT_READ | PROT_WRITE, PROT_READ, PROT_NONE };

    memset(host_output, 0, sizeof host_output);
    memcpy(host_pages, s->memory, sizeof s->memory);
    for (unsigned i = 0; i < 2; i++)
        ck_assert_int_eq(mprotect(host_pages + i * PAGE_SIZE, PAGE_SIZE, protection[s->rights[i]]),
                         0);
    noted = o;
    if (!sigsetjmp(back, 1))
        native(s);
    ck_assert_int_eq(mprotect(host_pages, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE), 0);
    memcpy(o->memory, host_pages, sizeof o->memory);
    memcpy(o->state, host_output, sizeof o->state);
}

/* ---- the model ---- */

static struct guest *guest;
static struct cpu *cpu;
static uint64_t page_table;

static void step(const char *hex, uint64_t address)
{
    cpu->gpr[RDI] = address;
    guest_code(guest, hex);
    guest_step(guest);
}

static void run_model(const struct scene *s, struct outcome *o)
{
    static const unsigned entry_bits[] = { 7, 5, 0 };
    struct fpu fpu;
    union vec vec[32];
    uint32_t mxcsr;

    space_write_block(cpu->memory, STATE, s->state, IMAGE_BYTES);
    space_write_block(cpu->memory, PAGES, s->memory, sizeof s->memory);
    for (unsigned i = 0; i < 2; i++)
        test_write(cpu, page_table + (PAGES / PAGE_SIZE + i) * 8, 8,
                   (PAGES + i * PAGE_SIZE) | entry_bits[s->rights[i]]);
    tlb_flush(cpu);
    cpu->gpr[RAX] = AVAILABLE;
    cpu->gpr[RDX] = 0;
    step("48 0f ae 2f", STATE); /* xrstor64 */
    ck_assert(!guest->raised);
    fpu = cpu->fpu;
    mxcsr = cpu->mxcsr;
    memcpy(vec, cpu->vec, sizeof vec);

    cpu->gpr[RAX] = s->eax;
    cpu->gpr[RDX] = s->edx;
    cpu->gpr[RCX] = s->ecx;
    step(code_of[s->operation], PAGES + s->offset);
    space_read_block(cpu->memory, PAGES, o->memory, sizeof o->memory);
    if (guest->raised) { /* promise: a fault changes nothing */
        o->vector = cpu->fault.vector;
        if (o->vector == VEC_PF) {
            o->error = cpu->fault.error;
            o->cr2 = cpu->fault.cr2 - PAGES;
        }
        ck_assert_mem_eq(&fpu, &cpu->fpu, sizeof fpu);
        ck_assert_mem_eq(vec, cpu->vec, sizeof vec);
        ck_assert_uint_eq(mxcsr, cpu->mxcsr);
        return;
    }
    o->rax = cpu->gpr[RAX];
    for (unsigned i = 0; i < IMAGE_BYTES; i += 8)
        test_write(cpu, OUTPUT + i, 8, 0);
    cpu->gpr[RAX] = AVAILABLE;
    cpu->gpr[RDX] = 0;
    step("48 0f ae 27", OUTPUT); /* xsave64 */
    ck_assert(!guest->raised);
    space_read_block(cpu->memory, OUTPUT, o->state, sizeof o->state);
}

/* ---- the comparison ---- */

/* MXCSR_MASK is the host's own. */
static void even_out(struct outcome *o, const struct scene *s)
{
    uint8_t *mask = o->memory + s->offset + XSAVE_MXCSR_MASK;

    if (s->operation < DO_XRSTOR && memcmp(mask, s->memory + s->offset + XSAVE_MXCSR_MASK, 4) != 0)
        memset(mask, 0, 4);
    memset(o->state + XSAVE_MXCSR_MASK, 0, 4);
}

static unsigned first_difference(const uint8_t *a, const uint8_t *b, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        if (a[i] != b[i])
            return i;
    }
    return bytes;
}

static bool agree(const struct scene *s, struct outcome *host, struct outcome *model)
{
    even_out(host, s);
    even_out(model, s);
    return memcmp(host, model, sizeof *host) == 0;
}

static void judge(const struct scene *s, struct outcome *host, struct outcome *model, unsigned n)
{
    unsigned at;

    ck_assert_msg(host->vector == model->vector && host->error == model->error &&
                      host->cr2 == model->cr2,
                  "case %u: %s mask %x area +%x rights %u %u: host #%d %x at +%llx, model #%d %x "
                  "at +%llx",
                  n, code_of[s->operation], s->eax, s->offset, s->rights[0], s->rights[1],
                  host->vector, host->error, (unsigned long long)host->cr2, model->vector,
                  model->error, (unsigned long long)model->cr2);
    at = first_difference(host->memory, model->memory, sizeof host->memory);
    ck_assert_msg(at == sizeof host->memory,
                  "case %u: %s mask %x state %x: byte %d of the area: host %02x, model %02x", n,
                  code_of[s->operation], s->eax, s->state[XSAVE_XSTATE_BV], (int)(at - s->offset),
                  host->memory[at], model->memory[at]);
    if (host->vector >= 0)
        return;
    at = first_difference(host->state, model->state, IMAGE_BYTES);
    ck_assert_msg(at == IMAGE_BYTES,
                  "case %u: %s mask %x: byte %u of the state: host %02x, model %02x", n,
                  code_of[s->operation], s->eax, at, host->state[at], model->state[at]);
    ck_assert_msg(host->rax == model->rax, "case %u: %s RAX: host %llx, model %llx", n,
                  code_of[s->operation], (unsigned long long)host->rax,
                  (unsigned long long)model->rax);
}

/* x87, SSE and AVX enabled, and nothing else; all instructions there. */
static bool host_is_able(void)
{
    unsigned a, b, c, d;
    uint32_t low, high;

    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
        return false;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return __get_cpuid_count(0xd, 1, &a, &b, &c, &d) && (a & 7) == 7 && low == AVAILABLE && !high;
}

static void set_up(void)
{
    struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_NODEFER };

    host_pages =
        mmap(NULL, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert(host_pages != MAP_FAILED);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGILL, &action, NULL);
    store_le32(host_initial + XSAVE_MXCSR, 0x1f80);
    guest = guest_create();
    cpu = guest->cpu;
    guest_long(guest, 3);
    page_table = test_small_pages(cpu);
    cpu->cr4 |= CR4_OSFXSR | CR4_OSXSAVE;
    cpu->cr0 &= ~(uint64_t)(CR0_TS | CR0_EM);
    cpu->xcr0 = AVAILABLE;
    cpu_rebuild(cpu);
}

START_TEST(host_and_model_agree)
{
    static struct scene s;
    static struct outcome host, model;

    if (!host_is_able()) {
        puts("skipped: the host has no XSAVEC, or XCR0 is not 7");
        return;
    }
    set_up();
    seed = 0x9e3779b97f4a7c15;
    for (unsigned n = 0; n < CASES; n++) {
        random_scene(&s);
        memset(&model, 0, sizeof model);
        model.vector = -1;
        run_model(&s, &model);
        /* A task switch of the host on the way may leave zeros that count as in use. */
        for (unsigned attempt = 0; attempt < 5; attempt++) {
            memset(&host, 0, sizeof host);
            host.vector = -1;
            run_host(&s, &host);
            if (agree(&s, &host, &model))
                break;
        }
        judge(&s, &host, &model, n);
    }
    guest_destroy(guest);
}
END_TEST

#else

START_TEST(host_and_model_agree)
{
    puts("skipped: the host is not x86-64 Linux");
}
END_TEST

#endif

int main(void)
{
    Suite *suite = suite_create("xsave against the host");
    TCase *tests = tcase_create("host");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, host_and_model_agree);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
