/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/avx_judge.c - see avx_judge.h. */
#include "tests/support/avx_judge.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu/eflags.h"
#include "cpu/exec.h"
#include "cpu/sse.h"

#if HAVE_VECTOR_JUDGE
#include <sys/mman.h>
#include <ucontext.h>

#define GUEST_MEMORY (0x11000u - 64) /* where `memory` lies in the model */

/* ---- states ---- */

void avx_state_random(struct avx_state *state, uint64_t *seed)
{
    unsigned kind = judge_random(seed) % 9; /* seldom uniform: single precision then */

    if (kind == 8)
        kind = 15;
    memset(state, 0, sizeof *state);
    for (unsigned i = 0; i < 8; i++) {
        state->gpr[i] = judge_random(seed);
        if (judge_random(seed) & 1) /* small integers of both signs */
            state->gpr[i] = (uint64_t)((int64_t)(state->gpr[i] & 63) - 32);
    }
    state->gpr[RBX] = AVX_RBX;
    state->flags = 0x202 | (judge_random(seed) & (CF | PF | AF | ZF | SF | OF));
    state->mxcsr = judge_random_mxcsr(seed);
    for (unsigned i = 0; i < 16; i++) {
        judge_random_lanes(state->ymm[i], kind, seed);
        judge_random_lanes(state->ymm[i] + 16, kind, seed);
    }
    for (unsigned i = 0; i < AVX_MEMORY; i += 16)
        judge_random_lanes(state->memory + i, kind, seed);
    state->vector = -1;
}

/* ---- encodings ---- */

unsigned avx_encode(const struct row *row, bool memory, uint64_t *seed, uint8_t *code)
{
    static const uint8_t gpr_choice[4] = { RAX, RCX, RDX, RBP }; /* not what addresses memory */
    static const uint8_t pp[8] = { [2] = 1, [3] = 2, [4] = 3 };  /* P66 PF3 PF2 */
    unsigned n = 0, reg = 0, rm = 0, vvvv = 0, w, l, map = (OPC_INDEX(row->opcode) >> 8) - 4;
    unsigned r = (unsigned)judge_random(seed), prefix = pp[OPC_PREFIX(row->opcode)];
    bool has_rm = false, immediate = false;

    for (unsigned i = 0; i < 4; i++) {
        unsigned kind = OP_KIND(row->operands[i]);
        unsigned number = (unsigned)judge_random(seed) & 15;

        switch (kind) {
        case K_V:
            reg = number;
            break;
        case K_G:
            reg = gpr_choice[number & 3];
            break;
        case K_H:
            vvvv = number;
            break;
        case K_W:
            has_rm = true;
            rm = number;
            break;
        case K_E:
            has_rm = true;
            rm = gpr_choice[number & 3];
            break;
        case K_U:
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
            immediate = true;
            break;
        default:
            break;
        }
    }
    if (memory && !has_rm)
        return 0;
    if (memory)
        rm = RBX;
    w = OPC_W(row->opcode) ? OPC_W(row->opcode) - 1 : r & 1;
    l = OPC_L(row->opcode) ? OPC_L(row->opcode) - 1 : r >> 1 & 1;
    if (map == 1 && !w && rm < 8 && r & 4) {
        code[n++] = 0xc5;
        code[n++] = (uint8_t)((~reg & 8) << 4 | (~vvvv & 15) << 3 | l << 2 | prefix);
    } else {
        code[n++] = 0xc4;
        code[n++] = (uint8_t)((~reg & 8) << 4 | 0x40 | (~rm & 8) << 2 | map);
        code[n++] = (uint8_t)(w << 7 | (~vvvv & 15) << 3 | l << 2 | prefix);
    }
    code[n++] = (uint8_t)row->opcode;
    code[n++] = (uint8_t)((memory ? 0x40 : 0xc0) | (reg & 7) << 3 | (rm & 7));
    if (memory)
        code[n++] = r >> 3 & 63;
    if (immediate)
        code[n++] = (uint8_t)judge_random(seed);
    return n;
}

/* ---- the host ---- */

static sigjmp_buf after_fault;
static volatile int fault_signal;
static volatile uint32_t fault_mxcsr;

static void on_fault(int signal, siginfo_t *info, void *context)
{
    const ucontext_t *uc = context;

    (void)info;
    fault_signal = signal;
    fault_mxcsr = uc->uc_mcontext.fpregs->mxcsr;
    siglongjmp(after_fault, 1);
}

/* Load all registers from *state, call `code`, store them again. */
void avx_judge_call(void *code, struct avx_state *state);
#define YMM(insn_from, insn_to)                                                                    \
    ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\tvmovdqu " insn_from ", " insn_to "\n\t.endr\n"
__asm__(
    ".text\n"
    ".globl avx_judge_call\n"
    "avx_judge_call:\n\t"
    "push %rbx\n\tpush %rbp\n\tpush %r12\n\tpush %r13\n\tpush %r14\n\t"
    "mov %rdi, %r12\n\tmov %rsi, %r13\n\t"
    "ldmxcsr 72(%r13)\n\t" YMM(
        "80+32*\\n(%r13)",
        "%ymm\\n") "\tmov 0(%r13), %rax\n\tmov 8(%r13), %rcx\n\tmov 16(%r13), %rdx\n\tmov 24(%r13), %rbx\n\t"
                   "mov 40(%r13), %rbp\n\tmov 48(%r13), %rsi\n\tmov 56(%r13), %rdi\n\t"
                   "push 64(%r13)\n\tpopfq\n\t"
                   "call *%r12\n\t"
                   "pushfq\n\tpop 64(%r13)\n\t"
                   "mov %rax, 0(%r13)\n\tmov %rcx, 8(%r13)\n\tmov %rdx, 16(%r13)\n\tmov %rbx, 24(%r13)\n\t"
                   "mov %rbp, 40(%r13)\n\tmov %rsi, 48(%r13)\n\tmov %rdi, 56(%r13)\n\t" YMM(
                       "%ymm\\n",
                       "80+32*\\n(%r13)") "\tstmxcsr 72(%r13)\n\tldmxcsr avx_judge_mxcsr(%rip)\n\tvzeroupper\n\t"
                                          "pop %r14\n\tpop %r13\n\tpop %r12\n\tpop %rbp\n\tpop %rbx\n\tret\n"
                                          ".balign 4\navx_judge_mxcsr: .long 0x1f80\n");

void avx_host_run(struct avx_state *state, const uint8_t *code, unsigned bytes)
{
    static uint8_t *code_page;
    static _Alignas(64) struct avx_state copy;
    struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER };

    _Static_assert(offsetof(struct avx_state, mxcsr) == 72, "as in the assembly above");
    _Static_assert(offsetof(struct avx_state, ymm) == 80, "as in the assembly above");
    if (!code_page) {
        code_page = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (code_page == MAP_FAILED)
            abort();
        sigaction(SIGFPE, &action, NULL);
        sigaction(SIGSEGV, &action, NULL);
        sigaction(SIGILL, &action, NULL);
    }
    memcpy(code_page, code, bytes);
    code_page[bytes] = 0xc3;
    copy = *state;
    copy.gpr[RBX] += (uint64_t)(uintptr_t)copy.memory;
    fault_signal = 0;
    if (sigsetjmp(after_fault, 0) == 0)
        avx_judge_call(code_page, &copy);
    if (fault_signal) { /* nothing was stored: the state is the old one but for MXCSR */
        static const uint32_t own_mxcsr = 0x1f80;

        __asm__ volatile("ldmxcsr %0; vzeroupper" : : "m"(own_mxcsr));
        memcpy(state->memory, copy.memory, sizeof state->memory);
        state->vector = fault_signal == SIGFPE ? VEC_XM : fault_signal == SIGILL ? VEC_UD : VEC_GP;
        state->mxcsr = fault_mxcsr;
        return;
    }
    copy.gpr[RBX] -= (uint64_t)(uintptr_t)copy.memory;
    *state = copy;
}

/* ---- the model ---- */

struct cpu *avx_cpu_create(void)
{
    struct cpu *cpu = vector_cpu_create();

    cpu->cr4 |= CR4_OSXSAVE;
    cpu->xcr0 = 7;
    sse_update_ready(cpu);
    return cpu;
}

void avx_model_run(struct cpu *cpu, struct avx_state *state, const uint8_t *code, unsigned bytes)
{
    memcpy(cpu->gpr, state->gpr, sizeof state->gpr);
    cpu->gpr[RBX] += GUEST_MEMORY;
    flags_load(cpu, state->flags);
    cpu->mxcsr = state->mxcsr;
    for (unsigned i = 0; i < 16; i++) {
        for (unsigned j = 0; j < 4; j++)
            cpu->vec[i].q[j] = load_le64(state->ymm[i] + 8 * j);
    }
    space_write_block(cpu->memory, GUEST_MEMORY, state->memory, sizeof state->memory);
    state->vector = model_step(cpu, code, bytes);
    memcpy(state->gpr, cpu->gpr, sizeof state->gpr);
    state->gpr[RBX] -= GUEST_MEMORY;
    state->flags = (state->flags & ~(uint64_t)EFLAGS_STATUS) | flags_status(cpu);
    state->mxcsr = cpu->mxcsr;
    for (unsigned i = 0; i < 16; i++) {
        for (unsigned j = 0; j < 4; j++)
            store_le64(state->ymm[i] + 8 * j, cpu->vec[i].q[j]);
    }
    space_read_block(cpu->memory, GUEST_MEMORY, state->memory, sizeof state->memory);
}

/* ---- the verdict ---- */

/* Two values with a relative error of 1.5 * 2^-12 each, or what has no error. */
static bool close_enough(uint32_t a, uint32_t b)
{
    float x, y;

    if (a == b)
        return true;
    memcpy(&x, &a, 4);
    memcpy(&y, &b, 4);
    return fabsf(x - y) <= fabsf(x) * (3.0f / 4096) || (fabsf(x) < 3e-38f && fabsf(y) < 3e-38f);
}

const char *avx_difference(const struct avx_state *host, const struct avx_state *model,
                           bool approximate)
{
    static char text[300];

    text[0] = 0;
#define DIFFERENCE(...) return snprintf(text, sizeof text, __VA_ARGS__), text
    if (host->vector != model->vector)
        DIFFERENCE("exception: host %d, model %d", host->vector, model->vector);
    if (host->mxcsr != model->mxcsr)
        DIFFERENCE("MXCSR: host %04x, model %04x", host->mxcsr, model->mxcsr);
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
        bool same = true;

        for (unsigned j = 0; j < 32; j += 4) {
            uint32_t a = load_le32(host->ymm[i] + j), b = load_le32(model->ymm[i] + j);

            same = same && (approximate ? close_enough(a, b) : a == b);
        }
        if (!same) {
            const uint8_t *a = host->ymm[i], *b = model->ymm[i];

            DIFFERENCE("YMM%u: host %016llx %016llx %016llx %016llx, "
                       "model %016llx %016llx %016llx %016llx",
                       i, (unsigned long long)load_le64(a + 24),
                       (unsigned long long)load_le64(a + 16), (unsigned long long)load_le64(a + 8),
                       (unsigned long long)load_le64(a), (unsigned long long)load_le64(b + 24),
                       (unsigned long long)load_le64(b + 16), (unsigned long long)load_le64(b + 8),
                       (unsigned long long)load_le64(b));
        }
    }
    if (memcmp(host->memory, model->memory, sizeof host->memory) != 0)
        DIFFERENCE("memory");
    return text;
#undef DIFFERENCE
}

#endif
