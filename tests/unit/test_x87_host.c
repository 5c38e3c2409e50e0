/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_x87_host.c - every row of insns_x87.def with the host processor as a judge: one
 * instruction from the same random state, registers, memory and flags afterwards. The last
 * instruction and data pointers are left out: processors differ in when they keep them.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/eflags.h"
#include "cpu/insn_table.h"
#include "tests/support/guest_cpu.h"

#if defined(__x86_64__) && defined(__linux__)
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

static const char *const row_ids[] = {
#define INSN(id, ...) #id,
#include "cpu/insns_x87.def"
#undef INSN
};

#define CASES 4000
#define DATA 0x30000 /* of the guest: where `memory` is */

enum { FX_FCW = 0, FX_FSW = 2, FX_FTW = 4, FX_FOP = 6, FX_MXCSR = 24, FX_ST = 32, FX_XMM = 160 };

struct state {
    uint8_t fx[512];
    uint8_t memory[512];
    uint64_t rax, flags;
    int vector; /* -1, or the exception that was raised */
};

/* ---- random states ---- */

static uint64_t seed;

static uint64_t next(void)
{
    uint64_t z = (seed += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static unsigned below(unsigned n)
{
    return (unsigned)(next() >> 32) % n;
}

/* Significands whose sums and quotients come near to rounding boundaries. */
static uint64_t random_fraction(unsigned width)
{
    uint64_t value = next() & mask_bits(width);

    switch (below(6)) {
    case 0:
        return 0;
    case 1:
        return mask_bits(width);
    case 2:
        return value & ~mask_bits(width - 4);
    case 3:
        return value & 7;
    case 4:
        return BIT(width - 1);
    default:
        return value;
    }
}

/* `tame`: what the transcendental instructions are defined for. */
static struct float80 random_float80(bool tame)
{
    static const uint16_t exponents[] = { 0,          1,          2,      63,     16383 - 64, 16383,
                                          16383 + 62, 16383 + 63, 0x7ffd, 0x7ffe, 0x7fff };
    uint64_t mantissa = random_fraction(63) | BIT(63);
    unsigned exponent, sign = (unsigned)next() & 0x8000;

    switch (below(tame ? 8 : 12)) {
    case 0:
        return float80_zero(sign);
    case 1:
        exponent = 0x7fff;
        if (below(2))
            mantissa = BIT(63); /* infinity */
        break;
    case 2:
        exponent = 0;
        mantissa = random_fraction(63) | (below(4) ? 0 : BIT(63)); /* some pseudo-denormals */
        break;
    case 3:
    case 4:
    case 5:
    case 6:
    case 7:
        exponent = tame ? 16383 - 8 + below(8) : 16383 - 70 + below(140);
        break;
    case 8:
        exponent = (unsigned)next() & 0x7fff;
        break;
    case 9:
        exponent = (unsigned)next() & 0x7fff;
        mantissa = next(); /* unsupported, mostly */
        break;
    default:
        exponent = exponents[below(ARRAY_SIZE(exponents))];
        break;
    }
    return (struct float80){ mantissa, (uint16_t)(sign | exponent) };
}

static void put_float80(uint8_t *to, struct float80 value)
{
    store_le64(to, value.mantissa);
    store_le16(to + 8, value.sign_exponent);
}

static uint64_t random_real(unsigned fraction, unsigned exponent_bits)
{
    uint64_t exponent = below(3) ? BIT(exponent_bits - 1) - 1 + below(70) - 35 : next();

    if (below(6) == 0)
        exponent = below(2) ? 0 : mask_bits(exponent_bits);
    return random_fraction(fraction) | (exponent & mask_bits(exponent_bits)) << fraction |
           (next() & 1) << (fraction + exponent_bits);
}

static void random_operand(uint8_t *memory, unsigned size)
{
    switch (size) {
    case SZ_d:
        store_le32(memory, (uint32_t)(below(3) ? random_real(23, 8) : next() >> below(64)));
        break;
    case SZ_q:
        store_le64(memory, below(3) ? random_real(52, 11) : next() >> below(64));
        break;
    case SZ_t:
        if (below(2)) {
            put_float80(memory, random_float80(false));
            break;
        }
        for (unsigned i = 0; i < 9; i++)
            memory[i] = (uint8_t)(below(10) << 4 | below(10));
        memory[9] = (uint8_t)next() & 0x80;
        break;
    default:
        break;
    }
}

static void random_fx(uint8_t fx[512], bool tame)
{
    unsigned fcw = 0x40 | ((unsigned)next() & 0xf00), fsw = (unsigned)next() & 0x7f00;

    fcw |= below(3) ? 0x3f : (unsigned)next() & 0x3f;
    if (below(4) == 0)
        fsw |= (unsigned)next() & 0x7f;
    else if (below(2))
        fsw |= (unsigned)next() & fcw & 0x3f;
    if (fsw & ~fcw & 0x3f)
        fsw |= 0x8080;
    memset(fx, 0, 512);
    store_le16(fx + FX_FCW, (uint16_t)fcw);
    store_le16(fx + FX_FSW, (uint16_t)fsw);
    switch (below(3)) {
    case 0:
        fx[FX_FTW] = 0xff;
        break;
    case 1: /* room for one more */
        fx[FX_FTW] = (uint8_t) ~(1 << ((fsw >> 11) + 7) % 8);
        break;
    default:
        fx[FX_FTW] = (uint8_t)next();
    }
    store_le32(fx + FX_MXCSR, 0x1f80);
    for (unsigned i = 0; i < 8; i++)
        put_float80(fx + FX_ST + 16 * i, random_float80(tame));
    for (unsigned i = 0; i < 16; i++)
        store_le64(fx + FX_XMM + 16 * i + 8 * below(2), next());
}

/* ---- encodings ---- */

static bool has_memory(const struct row *row)
{
    return OP_KIND(row->operands[0]) == K_M;
}

static unsigned encode(const struct row *row, uint8_t *code)
{
    unsigned n = 0, size = OP_SIZE(row->operands[0]);

    if (has_memory(row) && (size == SZ_fenv || size == SZ_fsave) && below(2))
        code[n++] = 0x66;
    if (OPC_W(row->opcode) == OPC_W(W1))
        code[n++] = 0x48;
    if (row->opcode & 0x100)
        code[n++] = 0x0f;
    code[n++] = (uint8_t)row->opcode;
    if (!row_has_modrm(row))
        return n;
    code[n++] = (uint8_t)((OPC_REG(row->opcode) - 1) << 3 |
                          (has_memory(row)       ? RBX
                           : OPC_RM(row->opcode) ? 0xc0 | (OPC_RM(row->opcode) - 1)
                                                 : 0xc0 | below(8)));
    return n;
}

/* ---- the host ---- */

static sigjmp_buf after_fault;
static volatile int fault_signal;

static void on_fault(int signal)
{
    fault_signal = signal;
    siglongjmp(after_fault, 1);
}

/* x87_judge_call(code, fx, memory, &rax): rax is followed by flags. */
void x87_judge_call(void *code, void *fx, void *memory, uint64_t *rax);
__asm__(".text\n"
        ".globl x87_judge_call\n"
        "x87_judge_call:\n\t"
        "push %rbx\n\tpush %rbp\n\tpush %r12\n\tpush %r13\n\tpush %r14\n\t"
        "mov %rdi, %r12\n\tmov %rsi, %r13\n\tmov %rdx, %rbx\n\tmov %rcx, %rbp\n\t"
        "fxrstor64 (%r13)\n\t"
        "mov (%rbp), %rax\n\tpush 8(%rbp)\n\tpopfq\n\t"
        "call *%r12\n\t"
        "pushfq\n\tpop 8(%rbp)\n\tmov %rax, (%rbp)\n\t"
        "fxsave64 (%r13)\n\tfninit\n\t"
        "pop %r14\n\tpop %r13\n\tpop %r12\n\tpop %rbp\n\tpop %rbx\n\tret\n");

static uint8_t *code_page;

static void host_create(void)
{
    struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };

    code_page = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert(code_page != MAP_FAILED);
    sigaction(SIGFPE, &action, NULL);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGILL, &action, NULL);
}

static void host_run(struct state *state, const uint8_t *code, unsigned bytes)
{
    static _Alignas(64) struct state copy;

    memcpy(code_page, code, bytes);
    code_page[bytes] = 0xc3;
    copy = *state;
    fault_signal = 0;
    if (sigsetjmp(after_fault, 0) == 0)
        x87_judge_call(code_page, copy.fx, copy.memory, &copy.rax);
    if (fault_signal) { /* nothing was stored */
        __asm__ volatile("fninit");
        state->vector = fault_signal == SIGFPE ? VEC_MF : fault_signal == SIGILL ? VEC_UD : VEC_GP;
        return;
    }
    *state = copy;
}

/* ---- the model ---- */

static struct guest *model_create(void)
{
    struct guest *guest = guest_create();

    guest_long(guest, 3);
    guest->cpu->cr0 |= CR0_NE | CR0_MP;
    guest->cpu->cr4 |= CR4_OSFXSR;
    return guest;
}

static void put_fx(struct cpu *cpu, const uint8_t fx[512])
{
    cpu->fpu = (struct fpu){ .fcw = load_le16(fx + FX_FCW),
                             .fsw = load_le16(fx + FX_FSW),
                             .ftw = fx[FX_FTW] };
    for (unsigned i = 0; i < 8; i++)
        cpu->fpu.st[((cpu->fpu.fsw >> 11) + i) & 7] =
            (struct float80){ load_le64(fx + FX_ST + 16 * i), load_le16(fx + FX_ST + 16 * i + 8) };
    cpu->mxcsr = load_le32(fx + FX_MXCSR);
    for (unsigned i = 0; i < 16; i++) {
        cpu->vec[i].q[0] = load_le64(fx + FX_XMM + 16 * i);
        cpu->vec[i].q[1] = load_le64(fx + FX_XMM + 16 * i + 8);
    }
}

static void get_fx(const struct cpu *cpu, uint8_t fx[512])
{
    store_le16(fx + FX_FCW, cpu->fpu.fcw);
    store_le16(fx + FX_FSW, cpu->fpu.fsw);
    fx[FX_FTW] = cpu->fpu.ftw;
    store_le32(fx + FX_MXCSR, cpu->mxcsr);
    for (unsigned i = 0; i < 8; i++)
        put_float80(fx + FX_ST + 16 * i, cpu->fpu.st[((cpu->fpu.fsw >> 11) + i) & 7]);
    for (unsigned i = 0; i < 16; i++) {
        store_le64(fx + FX_XMM + 16 * i, cpu->vec[i].q[0]);
        store_le64(fx + FX_XMM + 16 * i + 8, cpu->vec[i].q[1]);
    }
}

static void model_run(struct guest *guest, struct state *state, const uint8_t *code, unsigned bytes)
{
    struct cpu *cpu = guest->cpu;

    for (unsigned i = 0; i < bytes; i++)
        guest_write(guest, GUEST_CODE + i, 1, code[i]);
    for (unsigned i = 0; i < sizeof state->memory; i += 8)
        guest_write(guest, DATA + i, 8, load_le64(state->memory + i));
    put_fx(cpu, state->fx);
    cpu->rip = GUEST_CODE;
    cpu->gpr[RAX] = state->rax;
    cpu->gpr[RBX] = DATA;
    cpu_set_eflags(cpu, state->flags);
    if (!guest_step(guest)) {
        state->vector = cpu->fault.vector;
        cpu->fault_waits = false;
        guest->raised = false;
    }
    get_fx(cpu, state->fx);
    for (unsigned i = 0; i < sizeof state->memory; i += 8)
        store_le64(state->memory + i, guest_read(guest, DATA + i, 8));
    state->rax = cpu->gpr[RAX];
    state->flags = cpu_eflags(cpu);
}

/* ---- the verdict ---- */

static bool one_of(const char *id, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(id, *list) == 0)
            return true;
    return false;
}

/* The manual clears C1, AMD processors leave it. */
static bool is_free_of_c1(const char *id)
{
    static const char *const ids[] = { "fcomi_ST0_STi", "fcomip_ST0_STi", "fucomi_ST0_STi",
                                       "fucomip_ST0_STi", NULL };

    return one_of(id, ids);
}

/* Correct rounding is not promised: one unit in the last place and C1 are free. */
static bool is_approximate(const char *id)
{
    static const char *const ids[] = { "f2xm1",   "fyl2x", "fyl2xp1", "fptan", "fpatan",
                                       "fsincos", "fsin",  "fcos",    NULL };

    return one_of(id, ids);
}

static bool same_bytes(const uint8_t *a, const uint8_t *b, unsigned first, unsigned end, char *text,
                       const char *what)
{
    for (unsigned i = first; i < end; i++) {
        if (a[i] != b[i]) {
            sprintf(text, "%s byte %u: host %02x, model %02x", what, i, a[i], b[i]);
            return false;
        }
    }
    return true;
}

/* Registers in the order of their values: the next one up differs by 1, whatever the exponent. */
static bool same_register(const uint8_t *a, const uint8_t *b, bool approximate)
{
    uint64_t x = load_le64(a), y = load_le64(b);
    uint16_t x_top = load_le16(a + 8), y_top = load_le16(b + 8);
    uint64_t distance = ((x & mask_bits(63)) | (uint64_t)(x_top & 1) << 63) -
                        ((y & mask_bits(63)) | (uint64_t)(y_top & 1) << 63);

    if (x == y && x_top == y_top)
        return true;
    return approximate && abs(x_top - y_top) <= 1 && distance + 1 <= 2;
}

static bool same_states(const struct row *row, const struct state *host, const struct state *model,
                        char *text)
{
    bool approximate = is_approximate(row->id);
    unsigned size = OP_SIZE(row->operands[0]),
             free_codes = approximate || is_free_of_c1(row->id) ? 0x200 : 0;
    unsigned host_fsw = load_le16(host->fx + FX_FSW), model_fsw = load_le16(model->fx + FX_FSW);

    if (host->vector != model->vector) {
        sprintf(text, "exception: host %d, model %d", host->vector, model->vector);
        return false;
    }
    if (host->vector >= 0)
        return true;
    if ((host_fsw ^ model_fsw) & ~free_codes) {
        sprintf(text, "fsw: host %04x, model %04x", host_fsw, model_fsw);
        return false;
    }
    for (unsigned i = 0; i < 8; i++) {
        const uint8_t *a = host->fx + FX_ST + 16 * i, *b = model->fx + FX_ST + 16 * i;

        if (!same_register(a, b, approximate)) {
            sprintf(text, "st%u: host %04x:%016llx, model %04x:%016llx", i, load_le16(a + 8),
                    (unsigned long long)load_le64(a), load_le16(b + 8),
                    (unsigned long long)load_le64(b));
            return false;
        }
    }
    if (!same_bytes(host->fx, model->fx, FX_FCW, FX_FSW, text, "fcw") ||
        !same_bytes(host->fx, model->fx, FX_FTW, FX_FTW + 1, text, "ftw") ||
        !same_bytes(host->fx, model->fx, FX_MXCSR, FX_MXCSR + 4, text, "mxcsr") ||
        !same_bytes(host->fx, model->fx, FX_XMM, 416, text, "xmm"))
        return false;
    if (host->rax != model->rax || ((host->flags ^ model->flags) & EFLAGS_STATUS)) {
        sprintf(text, "rax %llx, %llx; flags %llx, %llx", (unsigned long long)host->rax,
                (unsigned long long)model->rax, (unsigned long long)host->flags,
                (unsigned long long)model->flags);
        return false;
    }
    if (size == SZ_fxsave)
        return same_bytes(host->memory, model->memory, 0, FX_FOP, text, "memory") &&
               same_bytes(host->memory, model->memory, FX_MXCSR, FX_MXCSR + 4, text, "memory") &&
               same_bytes(host->memory, model->memory, FX_ST, 512, text, "memory");
    if (size == SZ_fenv || size == SZ_fsave)
        return same_bytes(host->memory, model->memory, 0, 6, text, "memory") &&
               same_bytes(host->memory, model->memory, 28, 512, text, "memory");
    return same_bytes(host->memory, model->memory, 0, 512, text, "memory");
}

static void describe(char *to, const struct state *state)
{
    to += sprintf(to, "fcw %04x fsw %04x ftw %02x mem %016llx %04x", load_le16(state->fx),
                  load_le16(state->fx + 2), state->fx[4],
                  (unsigned long long)load_le64(state->memory), load_le16(state->memory + 8));
    for (unsigned i = 0; i < 8; i++)
        to += sprintf(to, " %04x:%016llx", load_le16(state->fx + FX_ST + 16 * i + 8),
                      (unsigned long long)load_le64(state->fx + FX_ST + 16 * i));
}

/* Random bytes that FLDENV, FRSTOR or FXRSTOR is to load. */
static void random_image(uint8_t *memory, unsigned size)
{
    uint8_t fx[512];

    for (unsigned i = 0; i < 512; i += 8)
        store_le64(memory + i, next());
    if (size == SZ_fxsave) {
        random_fx(fx, false);
        memcpy(memory, fx, 6);
        memcpy(memory + FX_MXCSR, fx + FX_MXCSR, 512 - FX_MXCSR);
        store_le32(memory + FX_MXCSR, (uint32_t)next() & (below(8) ? 0xffff : 0x1ffff));
        if (below(2))
            store_le16(memory + FX_FSW, (uint16_t)next());
    }
    random_operand(memory, size);
}

START_TEST(each_row_does_what_the_host_does)
{
    const struct row *row = NULL;
    struct guest *guest = model_create();

    for (unsigned i = 1; i < insn_row_count; i++)
        if (strcmp(insn_rows[i].id, row_ids[_i]) == 0)
            row = &insn_rows[i];
    ck_assert_ptr_nonnull(row);
    host_create();
    seed = (uint64_t)_i << 32;
    for (unsigned n = 0; n < CASES; n++) {
        struct state host = { .vector = -1 }, model, before;
        char difference[200], was[400];
        uint8_t code[8];
        unsigned bytes = encode(row, code);

        random_fx(host.fx, is_approximate(row->id));
        random_image(host.memory, has_memory(row) ? OP_SIZE(row->operands[0]) : 0);
        host.rax = next();
        host.flags = 0x202 | (next() & EFLAGS_STATUS);
        model = before = host;
        model_run(guest, &model, code, bytes);
        host_run(&host, code, bytes);
        if (same_states(row, &host, &model, difference))
            continue;
        describe(was, &before);
        ck_abort_msg("%s %02x %02x %02x, case %u: %s\nbefore: %s", row->id, code[0], code[1],
                     code[2], n, difference, was);
    }
    guest_destroy(guest);
}
END_TEST

/* What D8-DF encodings are #UD is a matter of the table alone. */
START_TEST(the_same_encodings_are_undefined)
{
    struct guest *guest = model_create();

    host_create();
    for (unsigned op = 0xd8; op <= 0xdf; op++) {
        for (unsigned modrm = 0; modrm < 256; modrm++) {
            struct state host = { .vector = -1 }, model;
            uint8_t code[2] = { (uint8_t)op, (uint8_t)modrm };

            if (modrm < 0xc0 && (modrm & 0xc7) != 3)
                continue;
            random_fx(host.fx, true);
            store_le16(host.fx + FX_FCW, 0x37f);
            store_le16(host.fx + FX_FSW, 0);
            model = host;
            model_run(guest, &model, code, 2);
            host_run(&host, code, 2);
            ck_assert_msg(host.vector == model.vector, "%02x %02x: host %d, model %d", op, modrm,
                          host.vector, model.vector);
        }
    }
    guest_destroy(guest);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("x87, judged by the host");
    TCase *rows = tcase_create("rows");
    SRunner *runner;
    int failed;

    tcase_set_timeout(rows, 60);
    tcase_add_loop_test(rows, each_row_does_what_the_host_does, 0, ARRAY_SIZE(row_ids));
    tcase_add_test(rows, the_same_encodings_are_undefined);
    suite_add_tcase(suite, rows);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#else

int main(void)
{
    puts("test_x87_host: skipped, the judge needs an x86-64 Linux host");
    return 77;
}

#endif
