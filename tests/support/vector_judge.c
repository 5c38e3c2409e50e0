/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/vector_judge.c - see vector_judge.h. */
#include "tests/support/vector_judge.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu/eflags.h"
#include "cpu/exec.h"
#include "cpu/observer.h"
#include "cpu/segment.h"
#include "cpu/sse.h"
#include "tests/support/coverage.h"
#include "tests/support/test_engine.h"

#if HAVE_VECTOR_JUDGE
#include <cpuid.h>
#include <sys/mman.h>
#include <ucontext.h>

#define GUEST_MEMORY 0x10000u /* where `memory` lies in the model */
#define CODE_AT 0x8000u       /* where code lies that an engine runs */
#define FX_FCW 0
#define FX_FSW 2
#define FX_FTW 4
#define FX_MXCSR 24
#define FX_ST 32
#define FX_XMM 160

static uint32_t cpuid_1_ecx(void)
{
    unsigned a, b, c = 0, d;

    __get_cpuid(1, &a, &b, &c, &d);
    return c;
}

bool host_has_feature(unsigned feature)
{
    switch (feature) {
    case F_SSE3:
        return __builtin_cpu_supports("sse3");
    case F_SSSE3:
        return __builtin_cpu_supports("ssse3");
    case F_SSE4_1:
        return __builtin_cpu_supports("sse4.1");
    case F_SSE4_2:
        return __builtin_cpu_supports("sse4.2");
    case F_AVX:
        return __builtin_cpu_supports("avx");
    case F_FMA:
        return __builtin_cpu_supports("fma");
    case F_F16C: /* not all compilers know its name */
        return __builtin_cpu_supports("avx") && (cpuid_1_ecx() >> 29 & 1);
    case F_POPCNT:
        return __builtin_cpu_supports("popcnt");
    default:
        return true;
    }
}

/* ---- states ---- */

uint64_t judge_random(uint64_t *seed)
{
    uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint32_t random_single(uint64_t *seed)
{
    static const uint32_t special[] = {
        0x00000000, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000,
        0xffc12345, 0x7f812345, 0xff800001, 0x00000001, 0x807fffff, 0x00800000, 0x00800001,
        0x7f7fffff, 0xff7fffff, 0x4f000000, 0xcf000000, 0x4effffff, 0x5f000000, 0xdf000000,
        0x3f000000, 0x3fc00000, 0xc0200000, 0x4b800001, 0x34000000,
    };
    uint64_t r = judge_random(seed);

    switch (r >> 60) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
        return special[(uint32_t)r % ARRAY_SIZE(special)];
    case 5:
    case 6:
    case 7: /* few bits, near 1 */
        return (uint32_t)(r & 0x80000000) | (uint32_t)(120 + (r >> 32 & 15)) << 23 |
               (uint32_t)(r & 7) << 20;
    case 8:
    case 9:
    case 10:
    case 11: /* middle exponents */
        return (uint32_t)(r & 0x807fffff) | (uint32_t)(112 + (r >> 32 & 31)) << 23;
    case 12: /* tiny */
        return (uint32_t)(r & 0x81ffffff);
    default:
        return (uint32_t)r;
    }
}

static uint64_t random_double(uint64_t *seed)
{
    static const uint64_t special[] = {
        0x0000000000000000, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000,
        0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000, 0xfff8000012345678,
        0x7ff0000000000001, 0xfff4000000000000, 0x0000000000000001, 0x800fffffffffffff,
        0x0010000000000000, 0x0010000000000001, 0x7fefffffffffffff, 0x41dfffffffe00000,
        0x41e0000000000000, 0xc1e0000000000000, 0xc1e0000000200000, 0x43e0000000000000,
        0xc3e0000000000000, 0x3fe0000000000000, 0x3ff8000000000000, 0x36a0000000000000,
        0x47efffffe0000000, 0x380fffffffffffff, 0x3810000000000000, 0xc004000000000000,
    };
    uint64_t r = judge_random(seed), s = judge_random(seed);

    switch (r >> 60) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
        return special[(uint32_t)r % ARRAY_SIZE(special)];
    case 5:
    case 6:
    case 7:
        return (s & BIT(63)) | (1020 + (r & 7)) << 52 | (s & 7) << 49;
    case 8:
    case 9:
    case 10:
    case 11:
        return (s & 0x800fffffffffffff) | (960 + (r & 127)) << 52;
    case 12:
        return s & 0x803fffffffffffff;
    case 13: /* about what a single holds at its ends */
        return (s & 0x800fffffffffffff) | ((r & 256 ? 1023 - 152 : 1023 + 125) + (r & 31)) << 52;
    default:
        return s;
    }
}

void judge_random_lanes(uint8_t *to, unsigned kind, uint64_t *seed)
{
    for (unsigned i = 0; i < 16; i += 8) {
        uint64_t r = judge_random(seed);

        switch (kind) {
        case 0:
        case 1:
        case 2:
        case 3:
            r = random_double(seed);
            break;
        case 4:
        case 5:
        case 6:
        case 7:
            r = random_single(seed) | (uint64_t)random_single(seed) << 32;
            break;
        case 8: /* strings of few letters, some ended early */
            r = (r & 0x0303030303030303) + 0x6060606060606060;
            if (judge_random(seed) & 1)
                r &= ~(UINT64_C(0xff) << (judge_random(seed) & 56));
            break;
        case 9: /* the same, words */
            r = (r & 0x0003000300030003) + 0x0060006000600060;
            if (judge_random(seed) & 1)
                r &= ~(UINT64_C(0xffff) << (judge_random(seed) & 48));
            break;
        case 10: /* shift counts */
            r &= judge_random(seed) & 1 ? 15 : 127;
            break;
        case 11: /* bytes at their ends */
            for (unsigned j = 0; j < 64; j += 8) {
                static const uint8_t ends[] = { 0x00, 0x01, 0x7f, 0x80, 0x81, 0xff, 0x7f, 0x80 };

                r = (r & ~(UINT64_C(0xff) << j)) | (uint64_t)ends[judge_random(seed) & 7] << j;
            }
            break;
        case 12: /* words at their ends */
            for (unsigned j = 0; j < 64; j += 16) {
                static const uint16_t ends[] = { 0,      1,      0x7fff, 0x8000,
                                                 0x8001, 0xffff, 0x00ff, 0xff80 };

                r = (r & ~(UINT64_C(0xffff) << j)) | (uint64_t)ends[judge_random(seed) & 7] << j;
            }
            break;
        default:
            break;
        }
        store_le64(to + i, r);
    }
}

uint32_t judge_random_mxcsr(uint64_t *seed)
{
    uint64_t r = judge_random(seed);

    switch (r >> 61) {
    case 0:
    case 1:
        return 0x1f80;
    case 2:
    case 3:
        return 0x1fa0;
    case 4:
        return 0x1f80 | (uint32_t)(r & 0xe07f); /* rounding, FTZ, DAZ, flags */
    case 5:
        return 0x1f80 | (uint32_t)(r & 0x6000);
    default:
        return (uint32_t)r & 0xffff; /* masks too */
    }
}

void vector_state_random(struct vector_state *state, uint64_t *seed)
{
    unsigned kind = judge_random(seed) % 16;
    uint64_t top = judge_random(seed) & 7;

    memset(state, 0, sizeof *state);
    for (unsigned i = 0; i < 8; i++) {
        state->gpr[i] = judge_random(seed);
        if (judge_random(seed) & 1) /* string lengths, small integers of both signs */
            state->gpr[i] = (uint64_t)((int64_t)(state->gpr[i] & 63) - 32);
    }
    state->gpr[RBX] = 0;
    state->gpr[RDI] = 32;
    state->flags = 0x202 | (judge_random(seed) & (CF | PF | AF | ZF | SF | OF));
    store_le16(state->fx + FX_FCW, 0x37f);
    store_le16(state->fx + FX_FSW, (uint16_t)(top << 11));
    state->fx[FX_FTW] = (uint8_t)judge_random(seed);
    store_le32(state->fx + FX_MXCSR, judge_random_mxcsr(seed));
    for (unsigned i = 0; i < 8; i++) {
        judge_random_lanes(state->fx + FX_ST + 16 * i, kind, seed);
        store_le64(state->fx + FX_ST + 16 * i + 8, judge_random(seed) & 0xffff);
    }
    for (unsigned i = 0; i < 16; i++)
        judge_random_lanes(state->fx + FX_XMM + 16 * i, kind, seed);
    for (unsigned i = 0; i < 64; i += 16)
        judge_random_lanes(state->memory + i, kind, seed);
    state->vector = -1;
}

/* ---- encodings ---- */

static bool is_vector_kind(unsigned kind)
{
    return kind == K_V || kind == K_W || kind == K_U || kind == K_P || kind == K_Q || kind == K_N;
}

unsigned vector_encode(const struct row *row, bool memory, uint64_t *seed, uint8_t *code)
{
    static const uint8_t gpr_choice[4] = { RAX, RCX, RDX, RBP }; /* not what addresses memory */
    unsigned n = 0, rex = 0, reg = 0, rm = 0, map = OPC_INDEX(row->opcode) >> 8, w;
    bool sized = false, has_rm = false, immediate = false, wide_sized = false;

    for (unsigned i = 0; i < 4; i++) {
        unsigned kind = OP_KIND(row->operands[i]), size = OP_SIZE(row->operands[i]);
        unsigned number = is_vector_kind(kind) ? (unsigned)judge_random(seed) & 15
                                               : gpr_choice[judge_random(seed) & 3];

        if (kind == K_P || kind == K_Q || kind == K_N)
            number &= 7;
        if (size == SZ_v)
            sized = true;
        if (size == SZ_y || size == SZ_v)
            wide_sized = true;
        switch (kind) {
        case K_V:
        case K_P:
        case K_G:
            reg = number;
            break;
        case K_E:
        case K_W:
        case K_Q:
            has_rm = true;
            rm = number;
            break;
        case K_U:
        case K_N:
        case K_R:
            if (memory)
                return 0;
            rm = number;
            break;
        case K_M:
            if (!memory)
                return 0;
            has_rm = true;
            break;
        case K_I:
        case K_IS:
            immediate = true;
            break;
        default:
            break;
        }
    }
    if (memory && !has_rm)
        return 0;
    if ((memory && OPC_MOD(row->opcode) == 2) || (!memory && OPC_MOD(row->opcode) == 1))
        return 0;
    w = OPC_W(row->opcode) == 2 ||
        (wide_sized && OPC_W(row->opcode) == 0 && judge_random(seed) & 1);
    if (memory)
        rm = RBX;
    if (OPC_REG(row->opcode))
        reg = OPC_REG(row->opcode) - 1;
    switch (OPC_PREFIX(row->opcode)) {
    case 2:
        code[n++] = 0x66;
        break;
    case 3:
    case 4:
        if (sized && judge_random(seed) & 1)
            code[n++] = 0x66;
        code[n++] = OPC_PREFIX(row->opcode) == 3 ? 0xf3 : 0xf2;
        break;
    default:
        break;
    }
    rex = w << 3 | (reg >> 3) << 2 | rm >> 3;
    if (rex)
        code[n++] = (uint8_t)(0x40 | rex);
    code[n++] = 0x0f;
    if (map > 1)
        code[n++] = map == 2 ? 0x38 : 0x3a;
    code[n++] = (uint8_t)row->opcode;
    if (row_has_modrm(row))
        code[n++] = (uint8_t)((memory ? 0 : 0xc0) | (reg & 7) << 3 | (rm & 7));
    if (immediate)
        code[n++] = (uint8_t)judge_random(seed);
    return n;
}

/* ---- the host ---- */

static sigjmp_buf after_fault;
static volatile int fault_signal;
static volatile uint32_t fault_mxcsr;
static uint8_t *code_page;

static void on_fault(int signal, siginfo_t *info, void *context)
{
    const ucontext_t *uc = context;

    (void)info;
    fault_signal = signal;
    fault_mxcsr = uc->uc_mcontext.fpregs->mxcsr;
    siglongjmp(after_fault, 1);
}

/* Load all registers from *state, call `code`, store them again. */
void vector_judge_call(void *code, struct vector_state *state);
__asm__(".text\n"
        ".globl vector_judge_call\n"
        "vector_judge_call:\n\t"
        "push %rbx\n\tpush %rbp\n\tpush %r12\n\tpush %r13\n\tpush %r14\n\t"
        "mov %rdi, %r12\n\tmov %rsi, %r13\n\t"
        "fxrstor64 80(%r13)\n\t"
        "mov 0(%r13), %rax\n\tmov 8(%r13), %rcx\n\tmov 16(%r13), %rdx\n\tmov 24(%r13), %rbx\n\t"
        "mov 40(%r13), %rbp\n\tmov 48(%r13), %rsi\n\tmov 56(%r13), %rdi\n\t"
        "push 64(%r13)\n\tpopfq\n\t"
        "call *%r12\n\t"
        "pushfq\n\tpop 64(%r13)\n\t"
        "mov %rax, 0(%r13)\n\tmov %rcx, 8(%r13)\n\tmov %rdx, 16(%r13)\n\tmov %rbx, 24(%r13)\n\t"
        "mov %rbp, 40(%r13)\n\tmov %rsi, 48(%r13)\n\tmov %rdi, 56(%r13)\n\t"
        "fxsave64 80(%r13)\n\tfninit\n\tldmxcsr vector_judge_mxcsr(%rip)\n\t"
        "pop %r14\n\tpop %r13\n\tpop %r12\n\tpop %rbp\n\tpop %rbx\n\tret\n"
        ".balign 4\nvector_judge_mxcsr: .long 0x1f80\n");

void host_run(struct vector_state *state, const uint8_t *code, unsigned bytes)
{
    static _Alignas(64) struct vector_state copy;
    struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER };
    uint64_t base;

    _Static_assert(offsetof(struct vector_state, fx) == 80, "as in the assembly above");
    if (!code_page) {
        code_page = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (code_page == MAP_FAILED)
            abort();
        sigaction(SIGFPE, &action, NULL);
        sigaction(SIGSEGV, &action, NULL);
        sigaction(SIGBUS, &action, NULL);
        sigaction(SIGILL, &action, NULL);
    }
    memcpy(code_page, code, bytes);
    code_page[bytes] = 0xc3;
    copy = *state;
    base = (uint64_t)(uintptr_t)copy.memory;
    copy.gpr[RBX] += base;
    copy.gpr[RDI] += base;
    fault_signal = 0;
    if (sigsetjmp(after_fault, 0) == 0)
        vector_judge_call(code_page, &copy);
    if (fault_signal) { /* nothing was stored: the state is the old one but for MXCSR */
        static const uint32_t own_mxcsr = 0x1f80;

        __asm__ volatile("fninit; ldmxcsr %0" : : "m"(own_mxcsr));
        memcpy(state->memory, copy.memory, sizeof state->memory);
        state->vector = fault_signal == SIGFPE ? VEC_XM : fault_signal == SIGILL ? VEC_UD : VEC_GP;
        store_le32(state->fx + FX_MXCSR, fault_mxcsr);
        return;
    }
    copy.gpr[RBX] -= base;
    copy.gpr[RDI] -= base;
    *state = copy;
}

/* ---- the model ---- */

struct vector_board {
    struct ram ram;
    struct space memory, ports;
    struct clock clock;
    struct log log;
    struct buf error;
    struct observer observer;
};

static bool stop_there(void *context, struct cpu *cpu)
{
    (void)context;
    (void)cpu;
    return true; /* before its delivery: there are no tables */
}

struct cpu *vector_cpu_create(void)
{
    struct vector_board *board = calloc(1, sizeof *board);
    struct cpu *cpu;

    if (!board || !ram_create(&board->ram, MIB(1)))
        abort();
    space_init(&board->memory, &board->ram, NULL);
    space_init(&board->ports, NULL, NULL);
    space_add_ram(&board->memory, 0, MIB(1), 0);
    clock_init(&board->clock, 1000000);
    cpu = cpu_create("max", &board->memory, &board->ports, &board->clock, &board->log, 1,
                     &board->error);
    if (!cpu)
        abort();
    cpu->efer = EFER_LME | EFER_LMA;
    cpu->cr0 = CR0_PE | CR0_NE | CR0_ET;
    cpu->cr4 = CR4_OSFXSR | CR4_OSXMMEXCPT;
    cpu->seg[SEG_CS].base = 0;
    cpu->seg[SEG_CS].attr = ATTR_P | ATTR_S | ATTR_L | TYPE_CODE | TYPE_READABLE | TYPE_ACCESSED;
    cpu_derive_segments(cpu);
    cpu_update_mode(cpu);
    sse_update_ready(cpu);
    test_engine(cpu);
    test_engine_blocks(cpu, TEST_STEPS);
    board->observer.exception = stop_there;
    cpu->observer = &board->observer;
    cpu->board.context = board;
    return cpu;
}

void vector_cpu_destroy(struct cpu *cpu)
{
    struct vector_board *board = cpu->board.context;

    cpu_destroy(cpu);
    space_destroy(&board->memory);
    space_destroy(&board->ports);
    ram_destroy(&board->ram);
    free(board);
}

static enum exec leave(struct cpu *cpu, struct insn *insn)
{
    (void)insn;
    (void)cpu;
    return EXEC_LEAVE;
}

static void load_model(struct cpu *cpu, const struct vector_state *state)
{
    unsigned top;

    memcpy(cpu->gpr, state->gpr, sizeof state->gpr);
    cpu->gpr[RBX] += GUEST_MEMORY;
    cpu->gpr[RDI] += GUEST_MEMORY;
    flags_load(cpu, state->flags);
    cpu->mxcsr = load_le32(state->fx + FX_MXCSR);
    cpu->fpu.fcw = load_le16(state->fx + FX_FCW);
    cpu->fpu.fsw = load_le16(state->fx + FX_FSW);
    cpu->fpu.ftw = state->fx[FX_FTW];
    top = cpu->fpu.fsw >> 11 & 7;
    for (unsigned i = 0; i < 8; i++) {
        cpu->fpu.st[(top + i) & 7] = (struct float80){
            .mantissa = load_le64(state->fx + FX_ST + 16 * i),
            .sign_exponent = load_le16(state->fx + FX_ST + 16 * i + 8),
        };
    }
    for (unsigned i = 0; i < 32; i++)
        cpu->vec[i].q[0] = load_le64(state->fx + FX_XMM + 16 * (i & 15)),
        cpu->vec[i].q[1] = load_le64(state->fx + FX_XMM + 16 * (i & 15) + 8),
        cpu->vec[i].q[2] = UINT64_C(0x0123456789abcdef);
    space_write_block(cpu->memory, GUEST_MEMORY, state->memory, sizeof state->memory);
}

static void store_model(struct cpu *cpu, struct vector_state *state)
{
    unsigned top = cpu->fpu.fsw >> 11 & 7;

    memcpy(state->gpr, cpu->gpr, sizeof state->gpr);
    state->gpr[RBX] -= GUEST_MEMORY;
    state->gpr[RDI] -= GUEST_MEMORY;
    state->flags = (state->flags & ~(uint64_t)EFLAGS_STATUS) | flags_status(cpu);
    store_le32(state->fx + FX_MXCSR, cpu->mxcsr);
    store_le16(state->fx + FX_FSW, cpu->fpu.fsw);
    state->fx[FX_FTW] = cpu->fpu.ftw;
    for (unsigned i = 0; i < 8; i++) {
        store_le64(state->fx + FX_ST + 16 * i, cpu->fpu.st[(top + i) & 7].mantissa);
        store_le16(state->fx + FX_ST + 16 * i + 8, cpu->fpu.st[(top + i) & 7].sign_exponent);
    }
    for (unsigned i = 0; i < 16; i++) {
        store_le64(state->fx + FX_XMM + 16 * i, cpu->vec[i].q[0]);
        store_le64(state->fx + FX_XMM + 16 * i + 8, cpu->vec[i].q[1]);
        if (cpu->vec[i].q[2] != UINT64_C(0x0123456789abcdef))
            state->unused = 1; /* an upper part was touched */
    }
    space_read_block(cpu->memory, GUEST_MEMORY, state->memory, sizeof state->memory);
}

int model_step(struct cpu *cpu, const uint8_t *code, unsigned bytes)
{
    struct insn insns[2];

    if (decode_insn(code, bytes, cpu->mode, NULL, insns) != DECODE_OK || insns[0].length != bytes)
        return VEC_UD;
    if (test_engine_is_other()) {
        coverage_note_unit(insns[0].row);
        return test_engine_step(cpu, CODE_AT, code, bytes);
    }
    insns[0].left = 1;
    insns[1] = (struct insn){ .exec = leave };
    cpu->rip = 0;
    cpu->gpr[REG_TRACE_IP] = 0;
    cpu->alone = true;
    coverage_note_unit(insns[0].row);
    return insns[0].exec(cpu, insns) == EXEC_FAULTED ? cpu->fault.vector : -1;
}

void model_run(struct cpu *cpu, struct vector_state *state, const uint8_t *code, unsigned bytes)
{
    load_model(cpu, state);
    state->vector = model_step(cpu, code, bytes);
    store_model(cpu, state);
}

/* ---- the verdict ---- */

void vector_copy_x87(struct vector_state *to, const struct vector_state *from)
{
    memcpy(to->fx, from->fx, FX_MXCSR);
    memcpy(to->fx + FX_ST, from->fx + FX_ST, FX_XMM - FX_ST);
}

static bool close_enough(uint32_t a, uint32_t b)
{
    float x, y;

    if (a == b)
        return true;
    memcpy(&x, &a, 4);
    memcpy(&y, &b, 4);
    return fabsf(x - y) <= fabsf(x) * (3.0f / 4096) || (fabsf(x) < 3e-38f && fabsf(y) < 3e-38f);
}

const char *vector_difference(const struct vector_state *host, const struct vector_state *model,
                              bool approximate)
{
    static char text[200];

    text[0] = 0;
#define DIFFERENCE(...) return snprintf(text, sizeof text, __VA_ARGS__), text
    if (host->vector != model->vector)
        DIFFERENCE("exception: host %d, model %d", host->vector, model->vector);
    if (load_le32(host->fx + FX_MXCSR) != load_le32(model->fx + FX_MXCSR))
        DIFFERENCE("MXCSR: host %04x, model %04x", load_le32(host->fx + FX_MXCSR),
                   load_le32(model->fx + FX_MXCSR));
    if (model->unused)
        DIFFERENCE("the upper part of a vector register has changed");
    for (unsigned i = 0; i < 8; i++) {
        if (host->gpr[i] != model->gpr[i])
            DIFFERENCE("register %u: host %016llx, model %016llx", i,
                       (unsigned long long)host->gpr[i], (unsigned long long)model->gpr[i]);
    }
    if ((host->flags ^ model->flags) & EFLAGS_STATUS)
        DIFFERENCE("EFLAGS: host %04llx, model %04llx",
                   (unsigned long long)host->flags & EFLAGS_STATUS,
                   (unsigned long long)model->flags & EFLAGS_STATUS);
    for (unsigned i = 0; i < 16; i++) {
        const uint8_t *a = host->fx + FX_XMM + 16 * i, *b = model->fx + FX_XMM + 16 * i;
        bool same = true;

        for (unsigned j = 0; j < 16; j += 4)
            same = same && (approximate ? close_enough(load_le32(a + j), load_le32(b + j))
                                        : load_le32(a + j) == load_le32(b + j));
        if (!same)
            DIFFERENCE("XMM%u: host %016llx %016llx, model %016llx %016llx", i,
                       (unsigned long long)load_le64(a + 8), (unsigned long long)load_le64(a),
                       (unsigned long long)load_le64(b + 8), (unsigned long long)load_le64(b));
    }
    for (unsigned i = 0; i < 8; i++) {
        const uint8_t *a = host->fx + FX_ST + 16 * i, *b = model->fx + FX_ST + 16 * i;

        if (memcmp(a, b, 10) != 0)
            DIFFERENCE("ST%u: host %04x %016llx, model %04x %016llx", i, load_le16(a + 8),
                       (unsigned long long)load_le64(a), load_le16(b + 8),
                       (unsigned long long)load_le64(b));
    }
    if (load_le16(host->fx + FX_FSW) != load_le16(model->fx + FX_FSW))
        DIFFERENCE("FSW: host %04x, model %04x", load_le16(host->fx + FX_FSW),
                   load_le16(model->fx + FX_FSW));
    if (host->fx[FX_FTW] != model->fx[FX_FTW])
        DIFFERENCE("FTW: host %02x, model %02x", host->fx[FX_FTW], model->fx[FX_FTW]);
    if (memcmp(host->memory, model->memory, sizeof host->memory) != 0)
        DIFFERENCE("memory");
    return text;
#undef DIFFERENCE
}

#endif
