/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/row_judge.c - see row_judge.h. */
#include "tests/support/row_judge.h"

#include <check.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu/exec.h"
#include "cpu/sse.h"

#if HAVE_VECTOR_JUDGE
#include <cpuid.h>
#include <sys/mman.h>

#define GUEST_MEMORY 0x10000u /* where `memory` lies in the model */
#define ABOVE UINT64_C(0x0123456789abcdef)

/* ---- the host's features ---- */

static const struct {
    uint32_t leaf, subleaf;
    uint8_t reg, bit;
} feature_bits[F_COUNT] = {
    [0] = { 0, 0, 0, 0 },
#define EAX 0
#define EBX 1
#define ECX 2
#define EDX 3
#define FEATURE(id, text, number, sub, register, position)                                         \
    [F_##id] = { number, sub, register, position },
#include "cpu/features.def"
#undef FEATURE
#undef EAX
#undef EBX
#undef ECX
#undef EDX
};

static bool host_cpuid(unsigned feature)
{
    uint32_t regs[4] = { 0 };

    if (feature == F_NONE)
        return true;
    if (!__get_cpuid_count(feature_bits[feature].leaf, feature_bits[feature].subleaf, &regs[0],
                           &regs[1], &regs[2], &regs[3]))
        return false;
    return regs[feature_bits[feature].reg] >> feature_bits[feature].bit & 1;
}

bool row_judge_can(const struct row *row)
{
    return __builtin_cpu_supports("avx") && host_cpuid(row->feature);
}

bool row_judge_same_vendor(void)
{
    uint32_t eax, ebx, ecx, edx;

    if (!__get_cpuid(0, &eax, &ebx, &ecx, &edx) || ebx != 0x68747541) /* "Auth" */
        return false;
    __get_cpuid(1, &eax, &ebx, &ecx, &edx);
    return (eax >> 8 & 15) + (eax >> 20 & 255) == 0x19;
}

/* ---- encodings ---- */

struct encoding {
    unsigned reg, rm, vvvv, immediates;
    bool has_rm, has_vvvv, sized, wide;
};

/* Registers for the operands. False: the row has no such form. */
static bool choose_operands(const struct row *row, bool memory, uint64_t *seed, struct encoding *e)
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned kind = OP_KIND(row->operands[i]), size = OP_SIZE(row->operands[i]);
        unsigned number = (unsigned)judge_random(seed) & 15;

        e->sized |= size == SZ_v;
        e->wide |= size == SZ_v || size == SZ_y;
        if ((kind == K_G || kind == K_E || kind == K_R || kind == K_B) && (number & 7) >= RBX &&
            (number & 7) <= RSP)
            number = number & 8 ? R9 : RDX; /* RBX addresses memory */
        switch (kind) {
        case K_G:
        case K_V:
            e->reg = number;
            break;
        case K_B:
        case K_H:
            e->vvvv = number;
            e->has_vvvv = true;
            break;
        case K_R:
        case K_U:
            if (memory)
                return false;
            e->rm = number;
            break;
        case K_M:
            if (!memory)
                return false;
            e->has_rm = true;
            break;
        case K_E:
        case K_W:
            e->has_rm = true;
            e->rm = number;
            break;
        case K_I:
            e->immediates++;
            break;
        default:
            break;
        }
    }
    if (OPC_REG(row->opcode))
        e->reg = OPC_REG(row->opcode) - 1;
    if (memory)
        e->rm = RBX;
    return !memory || e->has_rm;
}

unsigned row_encode(const struct row *row, bool memory, uint64_t *seed, uint8_t *code)
{
    static const uint8_t prefixes[] = { 0, 0, 0x66, 0xf3, 0xf2, 0 };
    struct encoding e = { 0 };
    uint32_t op = row->opcode;
    unsigned n = 0, map = OPC_INDEX(op) >> 8 & 3, pp, l;
    bool w;

    if (!choose_operands(row, memory, seed, &e))
        return 0;
    if ((memory && OPC_MOD(op) == OPC_MOD(REG_ONLY)) ||
        (!memory && OPC_MOD(op) == OPC_MOD(MEM_ONLY)))
        return 0;
    w = OPC_W(op) ? OPC_W(op) == OPC_W(W1) : (e.wide || OPC_IS_VEX(op)) && judge_random(seed) & 1;
    if (OPC_IS_VEX(op)) {
        l = OPC_L(op) ? OPC_L(op) - 1 : (unsigned)judge_random(seed) & 1;
        pp = OPC_PREFIX(op) ? OPC_PREFIX(op) - 1 : 0;
        code[n++] = 0xc4;
        code[n++] = (uint8_t)((e.reg & 8 ? 0 : 0x80) | 0x40 | (e.rm & 8 ? 0 : 0x20) | map);
        code[n++] = (uint8_t)((w ? 0x80 : 0) | (15 - (e.has_vvvv ? e.vvvv : 0)) << 3 | l << 2 | pp);
    } else {
        if (e.sized && OPC_PREFIX(op) != OPC_PREFIX(P66) && judge_random(seed) & 1)
            code[n++] = 0x66;
        if (prefixes[OPC_PREFIX(op)])
            code[n++] = prefixes[OPC_PREFIX(op)];
        if (w || (e.reg | e.rm) & 8)
            code[n++] = (uint8_t)(0x40 | (w ? 8 : 0) | (e.reg & 8 ? 4 : 0) | (e.rm & 8 ? 1 : 0));
        code[n++] = 0x0f;
        if (map > 1)
            code[n++] = map == 2 ? 0x38 : 0x3a;
    }
    code[n++] = (uint8_t)op;
    code[n++] = (uint8_t)((memory ? 0 : 0xc0) | (e.reg & 7) << 3 | (e.rm & 7));
    while (e.immediates--)
        code[n++] = (uint8_t)judge_random(seed);
    return n;
}

/* ---- states ---- */

/* Few bits, runs of ones, small numbers, anything. */
static uint64_t random_bits(uint64_t *seed)
{
    uint64_t r = judge_random(seed), s = judge_random(seed);

    switch (r & 7) {
    case 0:
        return 0;
    case 1:
        return BIT(s & 63);
    case 2:
        return ~UINT64_C(0) << (s & 63) >> (s >> 8 & 63);
    case 3:
        return s & 0x4f4f; /* start and length of a field */
    case 4:
        return s & judge_random(seed) & judge_random(seed);
    case 5:
        return (uint64_t)(int64_t)(int32_t)(s | 0x80000000);
    default:
        return s;
    }
}

void row_state_random(struct row_state *state, unsigned alignment, uint64_t *seed)
{
    memset(state, 0, sizeof *state);
    for (unsigned i = 0; i < 16; i++)
        state->gpr[i] = random_bits(seed);
    state->gpr[RBX] = judge_random(seed) & 63;
    if (judge_random(seed) & 7)
        state->gpr[RBX] &= ~(uint64_t)(alignment - 1);
    state->flags = 0x202 | (judge_random(seed) & (CF | PF | AF | ZF | SF | OF));
    for (unsigned i = 0; i < 16; i++) {
        for (unsigned k = 0; k < 32; k += 8)
            store_le64(state->vec[i] + k, random_bits(seed));
    }
    for (unsigned k = 0; k < sizeof state->memory; k += 8)
        store_le64(state->memory + k, random_bits(seed));
    state->vector = -1;
}

/* ---- the host ---- */

struct row_state row_judge_live;
void *row_judge_code;
static sigjmp_buf after_fault;
static volatile int fault_signal;

void row_judge_call(void);
/* clang-format off */
#define GPRS(x)                                                                                    \
    x("rax", "0") x("rcx", "8") x("rdx", "16") x("rbx", "24") x("rbp", "40") x("rsi", "48")        \
    x("rdi", "56") x("r8", "64") x("r9", "72") x("r10", "80") x("r11", "88") x("r12", "96")        \
    x("r13", "104") x("r14", "112") x("r15", "120")
#define YMMS(x)                                                                                    \
    x("0") x("1") x("2") x("3") x("4") x("5") x("6") x("7") x("8") x("9") x("10") x("11") x("12")  \
    x("13") x("14") x("15")
#define LOAD_GPR(name, at) "mov row_judge_live+" at "(%rip), %" name "\n\t"
#define STORE_GPR(name, at) "mov %" name ", row_judge_live+" at "(%rip)\n\t"
#define LOAD_YMM(n) "vmovdqu row_judge_live+136+32*" n "(%rip), %ymm" n "\n\t"
#define STORE_YMM(n) "vmovdqu %ymm" n ", row_judge_live+136+32*" n "(%rip)\n\t"
/* Load all registers, call the code, store them again. */
__asm__(".text\n"
        ".globl row_judge_call\n"
        "row_judge_call:\n\t"
        "push %rbx\n\tpush %rbp\n\tpush %r12\n\tpush %r13\n\tpush %r14\n\tpush %r15\n\t"
        YMMS(LOAD_YMM)
        GPRS(LOAD_GPR)
        "push row_judge_live+128(%rip)\n\tpopfq\n\t"
        "call *row_judge_code(%rip)\n\t"
        "pushfq\n\tpop row_judge_live+128(%rip)\n\t"
        GPRS(STORE_GPR)
        YMMS(STORE_YMM)
        "vzeroupper\n\t"
        "pop %r15\n\tpop %r14\n\tpop %r13\n\tpop %r12\n\tpop %rbp\n\tpop %rbx\n\t"
        "ret\n");
/* clang-format on */

static void on_fault(int signal)
{
    fault_signal = signal;
    siglongjmp(after_fault, 1);
}

void row_host_run(struct row_state *state, const uint8_t *code, unsigned bytes)
{
    uint64_t base = (uint64_t)(uintptr_t)row_judge_live.memory;
    struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };

    _Static_assert(offsetof(struct row_state, flags) == 128, "as in the assembly above");
    _Static_assert(offsetof(struct row_state, vec) == 136, "as in the assembly above");
    if (!row_judge_code) {
        row_judge_code = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (row_judge_code == MAP_FAILED)
            abort();
        sigaction(SIGSEGV, &action, NULL);
        sigaction(SIGILL, &action, NULL);
    }
    memcpy(row_judge_code, code, bytes);
    ((uint8_t *)row_judge_code)[bytes] = 0xc3;
    row_judge_live = *state;
    row_judge_live.gpr[RBX] += base;
    fault_signal = 0;
    if (sigsetjmp(after_fault, 0) == 0)
        row_judge_call();
    if (fault_signal) { /* nothing was stored */
        state->vector = fault_signal == SIGILL ? VEC_UD : VEC_GP;
        memcpy(state->memory, row_judge_live.memory, sizeof state->memory);
        return;
    }
    row_judge_live.gpr[RBX] -= base;
    *state = row_judge_live;
}

/* ---- the model ---- */

struct cpu *row_cpu_create(void)
{
    struct cpu *cpu = vector_cpu_create();

    cpu->cr4 |= CR4_OSXSAVE;
    cpu->xcr0 = XCR0_AVX_STATE | 1;
    sse_update_ready(cpu);
    return cpu;
}

void row_model_run(struct cpu *cpu, struct row_state *state, const uint8_t *code, unsigned bytes)
{
    memcpy(cpu->gpr, state->gpr, sizeof state->gpr);
    cpu->gpr[RBX] += GUEST_MEMORY;
    flags_load(cpu, state->flags);
    for (unsigned i = 0; i < 16; i++) {
        memcpy(&cpu->vec[i], state->vec[i], 32);
        cpu->vec[i].q[4] = cpu->vec[i].q[7] = ABOVE;
    }
    space_write_block(cpu->memory, GUEST_MEMORY, state->memory, sizeof state->memory);
    state->vector = model_step(cpu, code, bytes);
    memcpy(state->gpr, cpu->gpr, sizeof state->gpr);
    state->gpr[RBX] -= GUEST_MEMORY;
    state->flags = (state->flags & ~(uint64_t)EFLAGS_STATUS) | flags_status(cpu);
    for (unsigned i = 0; i < 16; i++) {
        memcpy(state->vec[i], &cpu->vec[i], 32);
        if (cpu->vec[i].q[4] != ABOVE || cpu->vec[i].q[7] != ABOVE)
            state->above |= BIT(i);
    }
    space_read_block(cpu->memory, GUEST_MEMORY, state->memory, sizeof state->memory);
}

/* ---- the verdict ---- */

const char *row_difference(const struct row *row, const struct row_state *host,
                           const struct row_state *model)
{
    static char text[300];
    unsigned flags = EFLAGS_STATUS;

    if (!row_judge_same_vendor())
        flags &= ~(unsigned)row->flags_undefined;
#define DIFFERENCE(...) return snprintf(text, sizeof text, __VA_ARGS__), text
    if (host->vector != model->vector)
        DIFFERENCE("exception: host %d, model %d", host->vector, model->vector);
    for (unsigned i = 0; i < 16; i++) {
        if (host->gpr[i] != model->gpr[i])
            DIFFERENCE("register %u: host %016llx, model %016llx", i,
                       (unsigned long long)host->gpr[i], (unsigned long long)model->gpr[i]);
    }
    if ((host->flags ^ model->flags) & flags)
        DIFFERENCE("EFLAGS: host %04llx, model %04llx", (unsigned long long)host->flags & flags,
                   (unsigned long long)model->flags & flags);
    for (unsigned i = 0; i < 16; i++) {
        const uint8_t *a = host->vec[i], *b = model->vec[i];

        if (memcmp(a, b, 32) != 0)
            DIFFERENCE("YMM%u: host %016llx %016llx %016llx %016llx, model %016llx %016llx %016llx "
                       "%016llx",
                       i, (unsigned long long)load_le64(a + 24),
                       (unsigned long long)load_le64(a + 16), (unsigned long long)load_le64(a + 8),
                       (unsigned long long)load_le64(a), (unsigned long long)load_le64(b + 24),
                       (unsigned long long)load_le64(b + 16), (unsigned long long)load_le64(b + 8),
                       (unsigned long long)load_le64(b));
    }
    if (memcmp(host->memory, model->memory, sizeof host->memory) != 0)
        DIFFERENCE("memory");
    if (model->above)
        DIFFERENCE("vector register %llx has changed above bit 255",
                   (unsigned long long)model->above);
    return "";
#undef DIFFERENCE
}

/* True: the instruction was executed, without an exception. */
static bool judge_one(struct cpu *cpu, const struct row *row, unsigned form, uint64_t *seed)
{
    struct row_state host, model;
    uint8_t code[24] = { 0x67 };
    unsigned bytes = row_encode(row, form > 0, seed, code + 1);
    const char *difference;

    if (!bytes)
        return false;
    row_state_random(&host, row->attributes & A_ALIGN16 ? 16 : 1, seed);
    model = host;
    /* Host addresses have more than 32 bits: only the model has the prefix. */
    row_model_run(cpu, &model, code + (form != 2), bytes + (form == 2));
    row_host_run(&host, code + 1, bytes);
    difference = row_difference(row, &host, &model);
    if (*difference) {
        char text[64] = "";

        for (unsigned i = 0; i < bytes; i++)
            snprintf(text + 3 * i, sizeof text - 3 * i, "%02x ", code[1 + i]);
        ck_abort_msg("%s (%s%s): %s", row->id, text, form == 2 ? "with 67 in the model" : "",
                     difference);
    }
    return host.vector < 0;
}

bool row_judge(const char *id, unsigned count)
{
    const struct row *row = insn_rows;
    unsigned executed = 0;
    uint64_t seed = 0;
    struct cpu *cpu;

    while (strcmp(row->id, id) != 0)
        row++;
    for (const char *p = id; *p; p++)
        seed = seed * 31 + (uint8_t)*p;
    if (!row_judge_can(row))
        return false;
    cpu = row_cpu_create();
    for (unsigned i = 0; i < count; i++)
        executed += judge_one(cpu, row, i % 3, &seed);
    vector_cpu_destroy(cpu);
    ck_assert_msg(executed >= count / 4, "%s: only %u of %u cases were executed", id, executed,
                  count);
    return true;
}

#else

bool row_judge(const char *id, unsigned count)
{
    (void)id;
    (void)count;
    return false;
}

#endif
