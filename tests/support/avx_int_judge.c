/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/avx_int_judge.c - see avx_int_judge.h. */
#define _GNU_SOURCE /* the registers of a ucontext */
#include "tests/support/avx_int_judge.h"

#include <stdio.h>
#include <stdlib.h>

#include "cpu/decode.h"
#include "cpu/exec.h"
#include "cpu/sse.h"
#include "cpu/tlb.h"
#include "tests/support/test_engine.h"

/* ---- the model ---- */

struct guest *vex_guest_create(void)
{
    struct guest *guest = guest_create();
    struct cpu *cpu = guest->cpu;
    uint64_t table = GUEST_PAGES + 0x3000;

    guest_long(guest, 3);
    for (unsigned i = 0; i < 512; i++)
        guest_write(guest, table + 8 * i, 8, 0);
    guest_write(guest, table + GUEST_CODE / PAGE_SIZE * 8, 8,
                GUEST_CODE | 5); /* engines fetch it */
    table += JUDGE_WINDOW / PAGE_SIZE * 8;
    guest_write(guest, table, 8, JUDGE_WINDOW_PA | 7);
    guest_write(guest, table + 8, 8, (JUDGE_WINDOW_PA + PAGE_SIZE) | 7);
    guest_write(guest, table + 24, 8, (JUDGE_WINDOW_PA + 3 * PAGE_SIZE) | 5);
    guest_write(guest, GUEST_PAGES + 0x2000, 8, (GUEST_PAGES + 0x3000) | 7);
    for (unsigned i = 0; i < PAGE_SIZE; i++)
        guest->ram.bytes[JUDGE_WINDOW_PA + JUDGE_READ_ONLY + i] = JUDGE_PATTERN(i);
    tlb_flush(cpu);
    cpu->cr0 |= CR0_AM;
    cpu->cr4 |= CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE;
    cpu->xcr0 = XCR0_X87 | XCR0_SSE | XCR0_AVX;
    sse_update_ready(cpu);
    return guest;
}

static enum exec leave(struct cpu *cpu, struct insn *insn)
{
    (void)insn;
    (void)cpu;
    return EXEC_LEAVE;
}

int vex_model_step(struct guest *guest, const uint8_t *code, unsigned bytes)
{
    struct cpu *cpu = guest->cpu;
    struct insn insns[2];

    cpu->fault.error = 0;
    if (decode_insn(code, bytes, cpu->mode, NULL, insns) != DECODE_OK || insns[0].length != bytes)
        return VEC_UD;
    if (test_engine_is_other()) {
        test_engine_blocks(cpu, TEST_STEPS);
        return test_engine_step(cpu, GUEST_CODE, code, bytes);
    }
    insns[0].left = 1;
    insns[1] = (struct insn){ .exec = leave };
    cpu->gpr[REG_TRACE_IP] = 0;
    cpu->alone = true;
    return insns[0].exec(cpu, insns) == EXEC_FAULTED ? cpu->fault.vector : -1;
}

void vex_model_run(struct guest *guest, struct vex_state *state, const uint8_t *code,
                   unsigned bytes)
{
    struct cpu *cpu = guest->cpu;
    uint8_t *ram = guest->ram.bytes + JUDGE_WINDOW_PA;
    uint64_t stack = cpu->gpr[RSP];

    memcpy(cpu->gpr, state->gpr, sizeof state->gpr);
    cpu->gpr[RSP] = stack;
    cpu_set_eflags(cpu, state->flags);
    cpu_update_view(cpu);
    cpu->mxcsr = state->mxcsr;
    for (unsigned i = 0; i < 16; i++) {
        memset(&cpu->vec[i], 0xa5, sizeof cpu->vec[i]);
        memcpy(&cpu->vec[i], state->vec[i], 32);
    }
    memcpy(ram, state->memory, sizeof state->memory);

    state->vector = vex_model_step(guest, code, bytes);
    state->error = state->vector < 0 ? 0 : cpu->fault.error;
    state->cr2 = state->vector == VEC_PF ? cpu->fault.cr2 : 0;

    memcpy(state->gpr, cpu->gpr, sizeof state->gpr);
    state->gpr[RSP] = 0;
    state->flags = cpu_eflags(cpu);
    state->mxcsr = cpu->mxcsr;
    for (unsigned i = 0; i < 16; i++)
        memcpy(state->vec[i], &cpu->vec[i], 32);
    memcpy(state->memory, ram, sizeof state->memory);
}

#if HAVE_AVX_INT_JUDGE
#include <cpuid.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

/* ---- states ---- */

uint64_t vex_random(uint64_t *seed)
{
    uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t choose(uint64_t *seed, const uint64_t *from, unsigned count, unsigned bits)
{
    uint64_t value = 0;

    for (unsigned at = 0; at < 64; at += bits)
        value |= (from[vex_random(seed) % count] & mask_bits(bits)) << at;
    return value;
}

/* `bytes` bytes of one kind of values. */
static void fill(uint8_t *to, unsigned bytes, unsigned kind, uint64_t *seed)
{
    static const uint64_t ends8[] = { 0x00, 0x01, 0x7f, 0x80, 0x81, 0xff };
    static const uint64_t ends16[] = { 0, 1, 0x7fff, 0x8000, 0x8001, 0xffff, 0xff, 0x80 };
    static const uint64_t ends32[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x8000, 0xffff };
    static const uint64_t ends64[] = { 0, 1, INT64_MAX, BIT(63), UINT64_MAX, 0x80000000 };

    for (unsigned i = 0; i < bytes; i += 8) {
        uint64_t r = vex_random(seed);

        switch (kind) {
        case 0:
            r = choose(seed, ends8, ARRAY_SIZE(ends8), 8);
            break;
        case 1:
            r = choose(seed, ends16, ARRAY_SIZE(ends16), 16);
            break;
        case 2:
            r = choose(seed, ends32, ARRAY_SIZE(ends32), 32);
            break;
        case 3:
            r = choose(seed, ends64, ARRAY_SIZE(ends64), 64);
            break;
        case 4: /* strings of few letters, some ended early */
            r = (r & 0x0303030303030303) + 0x6060606060606060;
            if (vex_random(seed) & 1)
                r &= ~(UINT64_C(0xff) << (vex_random(seed) & 56));
            break;
        case 5: /* the same, words */
            r = (r & 0x0003000300030003) + 0x0060006000600060;
            if (vex_random(seed) & 1)
                r &= ~(UINT64_C(0xffff) << (vex_random(seed) & 48));
            break;
        case 6: /* shift counts and lane numbers, for lanes of 16, 32 and 64 bits */
            r &= UINT64_C(0x0000003f0000003f);
            break;
        case 7:
            r &= vex_random(seed) & 1 ? 15 : 127;
            break;
        default:
            break;
        }
        store_le64(to + i, r);
    }
}

#define KINDS 12 /* those above, and random bits */

/* An address in the window, most often whole pages from trouble. `cut`: the instruction uses its low
 * 32 bits only, where a host may have memory elsewhere (that of the address sanitizer, say). */
static uint64_t random_address(uint64_t *seed, bool wild, bool cut)
{
    uint64_t r = vex_random(seed), low = r >> 8 & 63;

    switch (wild ? r & 15 : r & 7) {
    case 0:
    case 1:
    case 2:
        return JUDGE_WINDOW + (r >> 8 & 0xf80);
    case 3:
    case 4:
        return JUDGE_WINDOW + (r >> 8 & 0xfff);
    case 5:
    case 6:
    case 7: /* across the first border */
        return JUDGE_WINDOW + PAGE_SIZE - 40 + low;
    case 8:
    case 9:
    case 10: /* into the missing page */
        return JUDGE_WINDOW + JUDGE_MISSING - 40 + low;
    case 11:
    case 12: /* out of it */
        return JUDGE_WINDOW + JUDGE_READ_ONLY - 40 + low;
    case 13:
        return JUDGE_WINDOW + JUDGE_READ_ONLY + low % 32;
    case 14: /* not canonical, or nearly so */
        return cut ? JUDGE_WINDOW + JUDGE_MISSING + low : UINT64_C(0x00007fffffffffc0) + 2 * low;
    default:
        return cut ? JUDGE_WINDOW - 64 - low : r | UINT64_C(0x0800000000000000);
    }
}

static bool address_is_cut(const struct vex_code *code)
{
    return code->bytes[0] == 0x67 || code->bytes[1] == 0x67;
}

/* Indices that lead from the base register to the window. */
static void set_indices(struct vex_state *state, const struct vex_code *code, unsigned size,
                        bool wild, uint64_t *seed)
{
    uint64_t base = state->gpr[code->base] + (uint64_t)(int64_t)code->disp;

    for (unsigned i = 0; i < 32; i += size) {
        uint64_t distance =
            random_address(seed, wild && !(vex_random(seed) & 3), address_is_cut(code)) - base;

        store_le(state->vec[code->index] + i, size,
                 (uint64_t)((int64_t)distance >> code->scale) & mask_bits(8 * size));
    }
}

void vex_state_random(struct vex_state *state, const struct row *row, const struct vex_code *code,
                      uint64_t *seed)
{
    unsigned kind = (unsigned)(vex_random(seed) % KINDS);
    bool wild = !(vex_random(seed) & 3);

    for (unsigned i = 0; i < 16; i++) {
        state->gpr[i] = vex_random(seed);
        if (vex_random(seed) & 1) /* string lengths, small integers of both signs */
            state->gpr[i] = (uint64_t)((int64_t)(state->gpr[i] & 63) - 32);
        fill(state->vec[i], 32, vex_random(seed) & 3 ? kind : 8, seed);
    }
    state->gpr[RSP] = 0;
    state->flags = 0x202 | (vex_random(seed) & (CF | PF | AF | ZF | SF | OF));
    if (!(vex_random(seed) & 3))
        state->flags |= AC;
    state->mxcsr = 0x1f80 | ((uint32_t)vex_random(seed) & 0xe07f);
    state->unused = 0;
    for (unsigned i = 0; i < sizeof state->memory; i += 256)
        fill(state->memory + i, 256, kind, seed);
    state->gpr[RDI] = random_address(seed, wild, address_is_cut(code));
    if (code->memory && code->vector_index) {
        state->gpr[code->base] = random_address(seed, false, false);
        set_indices(state, code, row->opcode & 1 ? 8 : 4, wild, seed);
    } else if (code->memory) {
        if (code->index != REG_ZERO)
            state->gpr[code->index] = vex_random(seed) & 63;
        state->gpr[code->base] =
            random_address(seed, wild, address_is_cut(code)) - (uint64_t)(int64_t)code->disp -
            (code->index != REG_ZERO ? state->gpr[code->index] << code->scale : 0);
        if (address_is_cut(code)) /* what is cut off does not matter */
            state->gpr[code->base] ^= vex_random(seed) << 32;
    }
    state->vector = -1;
    state->error = 0;
    state->cr2 = 0;
}

/* ---- encodings ---- */

bool vex_encode(const struct row *row, bool memory, uint64_t *seed, struct vex_code *code)
{
    /* Not RSP, and not what addresses memory. */
    static const uint8_t gpr_choice[8] = { RAX, RCX, RDX, RBP, R8, R11, R13, R15 };
    unsigned reg = 0, rm = 0, vvvv = 0, w, l, n = 0, map = OPC_INDEX(row->opcode) >> 8 & 3;
    bool has_rm = false, immediate = false, is4 = false, gs = false, asize = false;
    unsigned fourth = (unsigned)vex_random(seed) & 15;

    memset(code, 0, sizeof *code);
    for (unsigned i = 0; i < 4; i++) {
        unsigned kind = OP_KIND(row->operands[i]);
        bool general = kind == K_E || kind == K_G || kind == K_R || kind == K_B;
        unsigned number = (unsigned)vex_random(seed) & 15;

        if (general)
            number = gpr_choice[number & 7];
        switch (kind) {
        case K_V:
        case K_G:
            reg = number;
            break;
        case K_H:
        case K_B:
            vvvv = number;
            break;
        case K_E:
        case K_W:
            has_rm = true;
            rm = number;
            break;
        case K_U:
        case K_R:
            if (memory)
                return false;
            rm = number;
            break;
        case K_M:
        case K_VM:
            if (!memory)
                return false;
            has_rm = true;
            code->vector_index = kind == K_VM;
            break;
        case K_I:
            immediate = true;
            break;
        case K_L:
            is4 = true;
            break;
        default:
            break;
        }
    }
    if ((memory && (!has_rm || OPC_MOD(row->opcode) == 2)) ||
        (!memory && OPC_MOD(row->opcode) == 1))
        return false;
    if (OPC_REG(row->opcode))
        reg = OPC_REG(row->opcode) - 1u;
    w = OPC_W(row->opcode) ? OPC_W(row->opcode) - 1u : vex_random(seed) & 1;
    l = OPC_L(row->opcode) ? OPC_L(row->opcode) - 1u : vex_random(seed) & 1;

    code->memory = memory;
    code->base = RBX;
    code->index = REG_ZERO;
    if (code->vector_index)
        code->index = (unsigned)vex_random(seed) & 15;
    else if (memory && vex_random(seed) & 1)
        code->index = RSI;
    if (code->index != REG_ZERO)
        code->scale = (unsigned)vex_random(seed) & 3;
    if (memory && vex_random(seed) & 1)
        code->disp = (int8_t)vex_random(seed);
    gs = memory && !(vex_random(seed) & 3); /* its base is 0 in user programs */
    asize = (memory || OP_KIND(row->operands[0]) == K_V) && !(vex_random(seed) & 7);

    if (gs)
        code->bytes[n++] = 0x65;
    if (asize)
        code->bytes[n++] = 0x67;
    if (map == 1 && !w && rm < 8 && (code->index == REG_ZERO || code->index < 8) &&
        vex_random(seed) & 1) {
        code->bytes[n++] = 0xc5;
        code->bytes[n++] = (uint8_t)((reg & 8 ? 0 : 0x80) | (~vvvv & 15) << 3 | l << 2);
    } else {
        bool x = code->index != REG_ZERO && code->index >= 8;

        code->bytes[n++] = 0xc4;
        code->bytes[n++] =
            (uint8_t)((reg & 8 ? 0 : 0x80) | (x ? 0 : 0x40) | (!memory && rm & 8 ? 0 : 0x20) | map);
        code->bytes[n++] = (uint8_t)(w << 7 | (~vvvv & 15) << 3 | l << 2);
    }
    switch (OPC_PREFIX(row->opcode)) {
    case OPC_PREFIX(P66):
        code->bytes[n - 1] |= 1;
        break;
    case OPC_PREFIX(PF3):
        code->bytes[n - 1] |= 2;
        break;
    case OPC_PREFIX(PF2):
        code->bytes[n - 1] |= 3;
        break;
    default:
        break;
    }
    code->bytes[n++] = (uint8_t)row->opcode;
    if (row_has_modrm(row)) {
        unsigned mod = !memory ? 3 : code->disp ? 1 : 0;
        bool sib = memory && code->index != REG_ZERO;

        code->bytes[n++] = (uint8_t)(mod << 6 | (reg & 7) << 3 | (!memory ? rm & 7 : sib ? 4 : 3));
        if (sib)
            code->bytes[n++] = (uint8_t)(code->scale << 6 | (code->index & 7) << 3 | RBX);
        if (mod == 1)
            code->bytes[n++] = (uint8_t)code->disp;
    }
    if (is4)
        code->bytes[n++] = (uint8_t)(fourth << 4 | (vex_random(seed) & 15));
    else if (immediate)
        code->bytes[n++] = (uint8_t)vex_random(seed);
    code->count = n;
    return true;
}

/* ---- the host ---- */

static sigjmp_buf after_fault;
static volatile sig_atomic_t has_faulted;
static struct vex_state fault_state;
static unsigned ymm_offset; /* of the upper halves in an XSAVE area */
static uint8_t *code_page;

static void on_fault(int signal, siginfo_t *info, void *context)
{
    static const int registers[16] = { REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                       REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                       REG_R12, REG_R13, REG_R14, REG_R15 };
    const ucontext_t *uc = context;
    const greg_t *gregs = uc->uc_mcontext.gregs;
    const uint8_t *area = (const uint8_t *)uc->uc_mcontext.fpregs;
    bool upper;

    (void)info;
    (void)signal;
    /* The kernel leaves EFLAGS.AC as it was. */
    __asm__ volatile("sub $128, %%rsp; pushfq; andq $~0x40000, (%%rsp); popfq; add $128, %%rsp"
                     :
                     :
                     : "cc", "memory");
    upper = load_le64(area + 512) & XCR0_AVX;
    for (unsigned i = 0; i < 16; i++) {
        fault_state.gpr[i] = (uint64_t)gregs[registers[i]];
        memcpy(fault_state.vec[i], area + 160 + 16 * i, 16);
        if (upper)
            memcpy(fault_state.vec[i] + 16, area + ymm_offset + 16 * i, 16);
        else
            memset(fault_state.vec[i] + 16, 0, 16);
    }
    fault_state.flags = (uint64_t)gregs[REG_EFL];
    fault_state.mxcsr = load_le32(area + 24);
    fault_state.vector = (int)gregs[REG_TRAPNO];
    fault_state.error = (uint32_t)gregs[REG_ERR];
    fault_state.cr2 = fault_state.vector == VEC_PF ? (uint64_t)gregs[REG_CR2] : 0;
    if (fault_state.cr2 >= UINT64_C(0x00007ffffffff000)) /* Linux always says "present" there */
        fault_state.error &= ~1u;
    has_faulted = 1;
    siglongjmp(after_fault, 1);
}

bool avx_int_judge_open(const char **why)
{
    struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER };
    unsigned size, b, c, d;
    uint8_t *window;

    if (!__builtin_cpu_supports("avx2")) {
        *why = "this host has no AVX2";
        return false;
    }
    if (code_page)
        return true;
    __cpuid_count(0xd, 2, size, b, c, d);
    (void)size, (void)c, (void)d;
    ymm_offset = b;
    window = mmap((void *)(uintptr_t)JUDGE_WINDOW, 4 * PAGE_SIZE, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (window != (void *)(uintptr_t)JUDGE_WINDOW) {
        *why = "this host does not give away low addresses";
        return false;
    }
    for (unsigned i = 0; i < PAGE_SIZE; i++)
        window[JUDGE_READ_ONLY + i] = JUDGE_PATTERN(i);
    if (mprotect(window + JUDGE_MISSING, PAGE_SIZE, PROT_NONE) != 0 ||
        mprotect(window + JUDGE_READ_ONLY, PAGE_SIZE, PROT_READ) != 0)
        abort();
    code_page = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (code_page == MAP_FAILED)
        abort();
    sigaction(SIGFPE, &action, NULL);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGILL, &action, NULL);
    return true;
}

/* Load all registers but RSP from *state, call `code`, store them again. */
void avx_int_judge_call(void *code, struct vex_state *state);
#define EACH_YMM(op)                                                                               \
    op("0", "144") op("1", "176") op("2", "208") op("3", "240") op("4", "272") op("5", "304")      \
        op("6", "336") op("7", "368") op("8", "400") op("9", "432") op("10", "464")                \
            op("11", "496") op("12", "528") op("13", "560") op("14", "592") op("15", "624")
#define LOAD_YMM(n, at) "vmovdqu " at "(%rsi), %ymm" n "\n\t"
#define STORE_YMM(n, at) "vmovdqu %ymm" n ", " at "(%rax)\n\t"
#define EACH_GPR(op)                                                                               \
    op("rcx", "8") op("rdx", "16") op("rbx", "24") op("rbp", "40") op("rdi", "56") op("r8", "64")  \
        op("r9", "72") op("r10", "80") op("r11", "88") op("r12", "96") op("r13", "104")            \
            op("r14", "112") op("r15", "120")
#define LOAD_GPR(name, at) "mov " at "(%rsi), %" name "\n\t"
#define STORE_GPR(name, at) "mov %" name ", " at "(%rax)\n\t"
/* clang-format off */
__asm__(".text\n"
        ".globl avx_int_judge_call\n"
        "avx_int_judge_call:\n\t"
        "push %rbx\n\tpush %rbp\n\tpush %r12\n\tpush %r13\n\tpush %r14\n\tpush %r15\n\t"
        "mov %rdi, avx_int_judge_code(%rip)\n\tmov %rsi, avx_int_judge_state(%rip)\n\t"
        "ldmxcsr 136(%rsi)\n\t"
        EACH_YMM(LOAD_YMM)
        "push 128(%rsi)\n\t"
        "mov 0(%rsi), %rax\n\t"
        EACH_GPR(LOAD_GPR)
        "mov 48(%rsi), %rsi\n\t"
        "popfq\n\t"
        "call *avx_int_judge_code(%rip)\n\t"
        "pushfq\n\tpush $0x202\n\tpopfq\n\t" /* no alignment checks from here on */
        "push %rax\n\tmov avx_int_judge_state(%rip), %rax\n\t"
        EACH_GPR(STORE_GPR)
        "mov %rsi, 48(%rax)\n\t"
        "pop %rcx\n\tmov %rcx, 0(%rax)\n\tpop %rcx\n\tmov %rcx, 128(%rax)\n\t"
        EACH_YMM(STORE_YMM)
        "stmxcsr 136(%rax)\n\tldmxcsr avx_int_judge_mxcsr(%rip)\n\tvzeroupper\n\t"
        "pop %r15\n\tpop %r14\n\tpop %r13\n\tpop %r12\n\tpop %rbp\n\tpop %rbx\n\tret\n"
        ".data\n"
        ".balign 8\navx_int_judge_code: .quad 0\navx_int_judge_state: .quad 0\n"
        "avx_int_judge_mxcsr: .long 0x1f80\n"
        ".text\n");
/* clang-format on */

bool vex_host_has(uint64_t address)
{
    if (address - JUDGE_WINDOW < JUDGE_READ_ONLY + PAGE_SIZE)
        return false;
    return msync((void *)(uintptr_t)(address & ~(uint64_t)PAGE_MASK), PAGE_SIZE, MS_ASYNC) == 0;
}

void vex_host_run(struct vex_state *state, const uint8_t *code, unsigned bytes)
{
    uint8_t *window = (uint8_t *)(uintptr_t)JUDGE_WINDOW;

    _Static_assert(offsetof(struct vex_state, vec) == 144, "as in the assembly above");
    memcpy(window, state->memory, sizeof state->memory);
    memcpy(code_page, code, bytes);
    code_page[bytes] = 0xc3;
    has_faulted = 0;
    if (sigsetjmp(after_fault, 0) == 0)
        avx_int_judge_call(code_page, state);
    if (has_faulted) {
        static const uint32_t own_mxcsr = 0x1f80;

        __asm__ volatile("vzeroupper; ldmxcsr %0" : : "m"(own_mxcsr));
        memcpy(state, &fault_state, offsetof(struct vex_state, memory));
        state->vector = fault_state.vector;
        state->error = fault_state.error;
        state->cr2 = fault_state.cr2;
    }
    state->gpr[RSP] = 0;
    memcpy(state->memory, window, sizeof state->memory);
}

/* ---- the verdict ---- */

const char *vex_difference(const struct vex_state *host, const struct vex_state *model)
{
    static char text[300];

#define DIFFERENCE(...) return snprintf(text, sizeof text, __VA_ARGS__), text
    if (host->vector != model->vector || host->error != model->error || host->cr2 != model->cr2)
        DIFFERENCE("exception: host %d(%x) %llx, model %d(%x) %llx", host->vector, host->error,
                   (unsigned long long)host->cr2, model->vector, model->error,
                   (unsigned long long)model->cr2);
    if (host->mxcsr != model->mxcsr)
        DIFFERENCE("MXCSR: host %04x, model %04x", host->mxcsr, model->mxcsr);
    for (unsigned i = 0; i < 16; i++) {
        if (host->gpr[i] != model->gpr[i])
            DIFFERENCE("register %u: host %016llx, model %016llx", i,
                       (unsigned long long)host->gpr[i], (unsigned long long)model->gpr[i]);
    }
    if ((host->flags ^ model->flags) & EFLAGS_STATUS)
        DIFFERENCE("EFLAGS: host %04llx, model %04llx",
                   (unsigned long long)host->flags & EFLAGS_STATUS,
                   (unsigned long long)model->flags & EFLAGS_STATUS);
    for (unsigned i = 0; i < 16; i++) {
        const uint8_t *a = host->vec[i], *b = model->vec[i];

        if (memcmp(a, b, 32) != 0)
            DIFFERENCE("YMM%u: host %016llx %016llx %016llx %016llx, "
                       "model %016llx %016llx %016llx %016llx",
                       i, (unsigned long long)load_le64(a + 24),
                       (unsigned long long)load_le64(a + 16), (unsigned long long)load_le64(a + 8),
                       (unsigned long long)load_le64(a), (unsigned long long)load_le64(b + 24),
                       (unsigned long long)load_le64(b + 16), (unsigned long long)load_le64(b + 8),
                       (unsigned long long)load_le64(b));
    }
    for (unsigned i = 0; i < sizeof host->memory; i++) {
        if (host->memory[i] != model->memory[i])
            DIFFERENCE("memory at %x: host %02x, model %02x", i, host->memory[i], model->memory[i]);
    }
    return "";
#undef DIFFERENCE
}

#endif
