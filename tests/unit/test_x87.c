/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_x87.c - x87 at its borders: availability, #MF and FERR#, the state images in all
 * formats, instruction and data pointers. What the numbers are is test_x87_host.c's subject.
 * Source: SDM Vol. 1, "Programming with the x87 FPU"; SDM Vol. 3A, "Interrupt 7", "Interrupt 16".
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/insn_table.h"
#include "cpu/sse.h"
#include "cpu/x87.h"
#include "tests/support/guest_cpu.h"

#define DATA 0x30000
#define ONE ((struct float80){ BIT(63), 0x3fff })

static struct guest *guest;
static struct cpu *cpu;

static void set_up(void)
{
    guest = guest_create();
    cpu = guest->cpu;
    guest_protected(guest, 0);
    cpu->cr0 |= CR0_NE | CR0_MP;
    cpu->cr4 |= CR4_OSFXSR;
    cpu->fpu.fcw = 0x37f;
    cpu->gpr[RBX] = DATA;
}

static void tear_down(void)
{
    guest_destroy(guest);
}

static bool step(const char *hex)
{
    cpu->fault_waits = false; /* a fault of the step before is not delivered */
    guest_code(guest, hex);
    return guest_step(guest);
}

static void ck_assert_raises(const char *hex, unsigned vector)
{
    ck_assert(!step(hex));
    ck_assert_uint_eq(cpu->fault.vector, vector);
}

static void load_one(void)
{
    ck_assert(step("d9 e8")); /* fld1 */
}

/* 1.0 / 0.0 with ZE unmasked: pending. */
static void make_pending(void)
{
    load_one();
    ck_assert(step("d9 ee")); /* fldz */
    cpu->fpu.fcw &= (uint16_t)~FP_ZE;
    ck_assert(step("d8 f9")); /* fdivr st0, st1: 1 / 0 */
    ck_assert_uint_eq(cpu->fpu.fsw & (FP_ZE | FSW_ES | FSW_B), FP_ZE | FSW_ES | FSW_B);
}

/* ---- availability ---- */

/* A row as bytes: memory at [EBX]. */
static void row_bytes(const struct row *row, char *hex)
{
    if (row->opcode & 0x100)
        hex += sprintf(hex, "0f ");
    hex += sprintf(hex, "%02x ", row->opcode & 0xff);
    if (row_has_modrm(row))
        sprintf(hex, "%02x",
                (OPC_REG(row->opcode) - 1) << 3 |
                    (OP_KIND(row->operands[0]) == K_M ? RBX
                     : OPC_RM(row->opcode)            ? 0xc0 | (OPC_RM(row->opcode) - 1)
                                                      : 0xc1));
}

static const char *const row_ids[] = {
#define INSN(id, ...) #id,
#include "cpu/insns_x87.def"
#undef INSN
};

static const struct row *find_row(const char *id)
{
    for (unsigned i = 1; i < insn_row_count; i++)
        if (strcmp(insn_rows[i].id, id) == 0)
            return &insn_rows[i];
    ck_abort_msg("no row %s", id);
    return NULL;
}

static void set_cr0(uint64_t value)
{
    cpu->cr0 = value;
    sse_update_ready(cpu); /* as MOV to CR0 does */
}

START_TEST(every_row_but_fwait_needs_em_and_ts_clear)
{
    const struct row *row = find_row(row_ids[_i]);
    bool is_fwait = strcmp(row->id, "fwait") == 0;
    char hex[16];

    if (OPC_W(row->opcode) == OPC_W(W1))
        return; /* 64-bit mode */
    row_bytes(row, hex);
    set_cr0(cpu->cr0 | CR0_TS);
    ck_assert_raises(hex, VEC_NM);
    ck_assert_uint_eq(cpu->fault.reason, REASON_FPU_NOT_AVAILABLE);
    set_cr0((cpu->cr0 & ~(uint64_t)(CR0_TS | CR0_MP)) | CR0_EM);
    ck_assert(step(hex) == is_fwait);
    set_cr0((cpu->cr0 & ~(uint64_t)CR0_EM) | CR0_TS);
    ck_assert(step(hex) == is_fwait); /* MP clear */
}
END_TEST

/* Those that do not wait: FN..., FXSAVE, FXRSTOR. */
static bool waits(const struct row *row)
{
    return strncmp(row->id, "fx", 2) == 0
               ? strncmp(row->id, "fxs", 3) != 0 && strncmp(row->id, "fxr", 3) != 0
               : strncmp(row->id, "fn", 2) != 0 || strcmp(row->id, "fnop") == 0;
}

START_TEST(waiting_rows_report_a_pending_exception)
{
    const struct row *row = find_row(row_ids[_i]);
    char hex[16];

    if (OPC_W(row->opcode) == OPC_W(W1) || strcmp(row->id, "fndisi") == 0)
        return;
    make_pending();
    row_bytes(row, hex);
    if (!waits(row)) {
        ck_assert(step(hex));
        return;
    }
    ck_assert_raises(hex, VEC_MF);
    ck_assert_uint_eq(cpu->fault.reason, REASON_FPU_ERROR);
    ck_assert_uint_eq(cpu->rip, GUEST_CODE);
}
END_TEST

/* ---- FERR# ---- */

struct ferr_line {
    unsigned rises, falls;
    bool level, interrupts;
};

static void note_ferr(void *context, bool level)
{
    struct ferr_line *line = context;

    line->level = level;
    line->rises += level;
    line->falls += !level;
    if (line->interrupts)
        cpu_set_intr(cpu, 0, level);
}

static int acknowledge_irq13(void *context)
{
    (void)context;
    cpu_set_intr(cpu, 0, false);
    return 0x75;
}

static void connect_ferr(struct ferr_line *line, bool interrupts)
{
    *line = (struct ferr_line){ .interrupts = interrupts };
    cpu->board.context = line;
    cpu->board.set_ferr = note_ferr;
    cpu->board.acknowledge = acknowledge_irq13;
    cpu->cr0 &= ~(uint64_t)CR0_NE;
}

START_TEST(without_ne_the_next_waiting_instruction_asserts_ferr_and_irq13_comes_before_it)
{
    struct ferr_line line;

    connect_ferr(&line, true);
    make_pending();
    ck_assert_uint_eq(line.rises, 0);
    ck_assert(step("dd 7b 10")); /* fnstsw: does not wait */
    ck_assert_uint_eq(line.rises, 0);
    cpu->eflags |= IF;
    ck_assert(step("d9 e8")); /* fld1 */
    ck_assert_uint_eq(line.rises, 1);
    ck_assert_uint_eq(cpu->rip, GUEST_CODE); /* not done */
    ck_assert_uint_eq(fpu_top(cpu), 6);
    guest_step(guest); /* the interrupt, and one instruction of its handler */
    ck_assert_uint_eq(cpu->rip, GUEST_HANDLERS + 0x75 * 16 + 1);
    ck_assert(step("db e2")); /* fnclex takes FERR# back */
    ck_assert_uint_eq(line.falls, 1);
    ck_assert(!cpu->ferr);
    load_one();
    ck_assert_uint_eq(fpu_top(cpu), 5);
}
END_TEST

START_TEST(without_ne_and_without_an_answer_the_guest_goes_on)
{
    struct ferr_line line;

    connect_ferr(&line, true); /* IF is clear */
    make_pending();
    load_one();
    ck_assert_uint_eq(line.rises, 1);
    ck_assert_uint_eq(cpu->rip, GUEST_CODE + 2);
    ck_assert_uint_eq(fpu_top(cpu), 5);
    load_one();
    ck_assert_uint_eq(line.rises, 1);
    ck_assert(step("db e3")); /* fninit */
    ck_assert_uint_eq(line.falls, 1);
}
END_TEST

START_TEST(fwait_without_ne_asserts_ferr)
{
    struct ferr_line line;

    connect_ferr(&line, false);
    make_pending();
    ck_assert(step("9b"));
    ck_assert(line.level);
}
END_TEST

/* ---- faults leave the old state ---- */

START_TEST(a_store_that_faults_does_not_pop)
{
    load_one();
    cpu->seg[SEG_DS].limit = DATA - 1;
    segment_derive(cpu, SEG_DS);
    ck_assert_raises("dd 1b", VEC_GP); /* fstp qword [ebx] */
    ck_assert_uint_eq(fpu_top(cpu), 7);
    ck_assert_raises("db 3b", VEC_GP); /* fstp tbyte [ebx] */
    ck_assert_raises("df 33", VEC_GP); /* fbstp */
    ck_assert_raises("dd 33", VEC_GP); /* fnsave */
    ck_assert_uint_eq(fpu_top(cpu), 7);
    ck_assert_uint_eq(cpu->fpu.ftw, 0x80);
    ck_assert_raises("d9 03", VEC_GP); /* fld dword [ebx] */
    ck_assert_uint_eq(fpu_top(cpu), 7);
}
END_TEST

START_TEST(an_unmasked_overflow_leaves_memory_alone)
{
    load_one();
    cpu->fpu.st[7].sign_exponent = 0x7000;
    cpu->fpu.fcw &= (uint16_t)~FP_OE;
    guest_write(guest, DATA, 8, 0x1234);
    ck_assert(step("dd 1b")); /* fstp qword [ebx] */
    ck_assert_uint_eq(guest_read(guest, DATA, 8), 0x1234);
    ck_assert_uint_eq(fpu_top(cpu), 7);
    ck_assert_uint_eq(cpu->fpu.fsw & (FP_OE | FSW_ES), FP_OE | FSW_ES);
    ck_assert_uint_eq(cpu->fpu.fop, 0x51b);
}
END_TEST

/* ---- pointers and images ---- */

static void set_environment(void)
{
    cpu->fpu.fcw = 0x37e;
    cpu->fpu.fsw = 0x3801; /* IE is unmasked: summarised at the next load */
    cpu->fpu.ftw = 0x80;
    cpu->fpu.st[7] = ONE;
    cpu->fpu.fip = 0x12345;
    cpu->fpu.fcs = 0x4321;
    cpu->fpu.fdp = 0x6789a;
    cpu->fpu.fds = 0x8765;
    cpu->fpu.fop = 0x71b;
}

static void ck_assert_words(unsigned size, const uint32_t *expected)
{
    for (unsigned i = 0; i < 7; i++)
        ck_assert_uint_eq(guest_read(guest, DATA + i * size, size), expected[i]);
}

START_TEST(a_non_control_instruction_sets_the_pointers)
{
    load_one();
    ck_assert_uint_eq(cpu->fpu.fip, GUEST_CODE);
    ck_assert_uint_eq(cpu->fpu.fcs, CODE0);
    ck_assert(step("90"));
    ck_assert(step("dd 53 10")); /* fst qword [ebx + 10h] */
    ck_assert_uint_eq(cpu->fpu.fdp, DATA + 0x10);
    ck_assert_uint_eq(cpu->fpu.fds, DATA0);
    ck_assert_uint_eq(guest_read(guest, DATA + 0x10, 8), 0x3ff0000000000000);
    ck_assert(step("d9 7b 20")); /* fnstcw: a control instruction */
    ck_assert_uint_eq(cpu->fpu.fdp, DATA + 0x10);
    ck_assert_uint_eq(cpu->fpu.fop, 0);
}
END_TEST

START_TEST(fnstenv_protected_32_bit)
{
    set_environment();
    ck_assert(step("d9 33"));
    ck_assert_words(4, (const uint32_t[]){ 0xffff037e, 0xffff3801, 0xffff3fff, 0x12345, 0x071b4321,
                                           0x6789a, 0xffff8765 });
    ck_assert_uint_eq(cpu->fpu.fcw, 0x37f); /* masked after the store */
}
END_TEST

START_TEST(fnstenv_protected_16_bit)
{
    set_environment();
    guest_write(guest, DATA + 14, 4, 0x55555555);
    ck_assert(step("66 d9 33"));
    ck_assert_words(2,
                    (const uint32_t[]){ 0x037e, 0x3801, 0x3fff, 0x2345, 0x4321, 0x789a, 0x8765 });
    ck_assert_uint_eq(guest_read(guest, DATA + 14, 4), 0x55555555);
}
END_TEST

static void enter_v86(void)
{
    guest_v86(guest, 3);
    segment_load_real(cpu, SEG_DS, DATA >> 4);
    cpu->gpr[RBX] = 0;
}

/* Real and virtual-8086 mode: linear addresses, CS * 16 + IP = 55555h, DS * 16 + DP = eeeeah. */
START_TEST(fnstenv_real_16_bit)
{
    enter_v86();
    set_environment();
    ck_assert(step("d9 37")); /* [bx] */
    ck_assert_words(2,
                    (const uint32_t[]){ 0x037e, 0x3801, 0x3fff, 0x5555, 0x571b, 0xeeea, 0xe000 });
}
END_TEST

START_TEST(fnstenv_real_32_bit)
{
    enter_v86();
    set_environment();
    cpu->fpu.fip += 0x1000000;
    ck_assert(step("66 d9 37"));
    ck_assert_words(4, (const uint32_t[]){ 0xffff037e, 0xffff3801, 0xffff3fff, 0xffff5555,
                                           0x0010571b, 0xffffeeea, 0x0000e000 });
}
END_TEST

START_TEST(fldenv_takes_back_what_fnstenv_gave)
{
    static const char *const pairs[2][2] = { { "d9 33", "d9 23" }, { "66 d9 33", "66 d9 23" } };

    set_environment();
    cpu->fpu.fcs &= 0xffff;
    ck_assert(step(pairs[_i][0]));
    cpu->fpu = (struct fpu){ .fcw = 0x37f, .st[7] = ONE };
    ck_assert(step(pairs[_i][1]));
    ck_assert_uint_eq(cpu->fpu.fcw, 0x37e);
    ck_assert_uint_eq(cpu->fpu.fsw, 0xb881); /* ES and B */
    ck_assert_uint_eq(cpu->fpu.ftw, 0x80);
    ck_assert_uint_eq(cpu->fpu.fip, _i ? 0x2345 : 0x12345);
    ck_assert_uint_eq(cpu->fpu.fcs, 0x4321);
    ck_assert_uint_eq(cpu->fpu.fop, _i ? 0 : 0x71b);
}
END_TEST

START_TEST(fnsave_initialises_and_frstor_brings_all_back)
{
    set_environment();
    ck_assert(step("dd 33"));
    ck_assert_uint_eq(cpu->fpu.fcw, 0x37f);
    ck_assert_uint_eq(cpu->fpu.fsw, 0);
    ck_assert_uint_eq(cpu->fpu.ftw, 0);
    ck_assert_uint_eq(cpu->fpu.fip, 0);
    ck_assert_uint_eq(guest_read(guest, DATA + 28, 8), BIT(63)); /* ST0 */
    ck_assert_uint_eq(guest_read(guest, DATA + 36, 2), 0x3fff);
    cpu->fpu.st[7] = (struct float80){ 0, 0 };
    ck_assert(step("dd 23"));
    ck_assert_uint_eq(cpu->fpu.st[7].mantissa, BIT(63));
    ck_assert_uint_eq(cpu->fpu.fop, 0x71b);
    ck_assert_uint_eq(cpu->fpu.fsw, 0xb881);
}
END_TEST

/* In each format FNSAVE is FNSTENV's image and the registers behind it; FRSTOR takes all of it. */
START_TEST(fnsave_in_every_format)
{
    static const struct {
        bool v86;
        unsigned environment;
        const char *fnstenv, *fnsave, *frstor;
    } formats[] = { { false, 28, "d9 33", "dd 33", "dd 23" },
                    { false, 14, "66 d9 33", "66 dd 33", "66 dd 23" },
                    { true, 14, "d9 37", "dd 37", "dd 27" },
                    { true, 28, "66 d9 37", "66 dd 37", "66 dd 27" } };
    unsigned environment = formats[_i].environment, bytes = environment + 80;
    uint8_t image[28];
    struct fpu before;

    if (formats[_i].v86)
        enter_v86();
    set_environment();
    cpu->fpu.st[3] = (struct float80){ 0x8123456789abcdef, 0xc321 };
    ck_assert(step(formats[_i].fnstenv));
    for (unsigned i = 0; i < environment; i++)
        image[i] = (uint8_t)guest_read(guest, DATA + i, 1);
    set_environment();
    cpu->fpu.st[3] = (struct float80){ 0x8123456789abcdef, 0xc321 };
    before = cpu->fpu;
    guest_write(guest, DATA + bytes, 4, 0x55555555);
    ck_assert(step(formats[_i].fnsave));
    for (unsigned i = 0; i < environment; i++)
        ck_assert_uint_eq(guest_read(guest, DATA + i, 1), image[i]);
    for (unsigned i = 0; i < 8; i++) { /* ST0 first */
        const struct float80 *st = &before.st[((before.fsw >> 11) + i) & 7];

        ck_assert_uint_eq(guest_read(guest, DATA + environment + 10 * i, 8), st->mantissa);
        ck_assert_uint_eq(guest_read(guest, DATA + environment + 10 * i + 8, 2), st->sign_exponent);
    }
    ck_assert_uint_eq(guest_read(guest, DATA + bytes, 4), 0x55555555);
    ck_assert_uint_eq(cpu->fpu.fcw, 0x37f);
    ck_assert_uint_eq(cpu->fpu.ftw, 0);
    ck_assert(step(formats[_i].frstor));
    ck_assert_mem_eq(cpu->fpu.st, before.st, sizeof before.st);
    ck_assert_uint_eq(cpu->fpu.fcw, before.fcw);
    ck_assert_uint_eq(cpu->fpu.ftw, before.ftw);
    ck_assert_uint_eq(cpu->fpu.fsw, before.fsw | 0x8080); /* ES and B, summarised */
    ck_assert(step(formats[_i].fnstenv)); /* the pointers, as far as the format has them */
    for (unsigned i = environment * 2 / 7; i < environment; i++)
        ck_assert_uint_eq(guest_read(guest, DATA + i, 1), image[i]);
}
END_TEST

START_TEST(fxsave_layout)
{
    set_environment();
    cpu->vec[7].q[0] = 0x1122334455667788;
    cpu->mxcsr = 0x1f81;
    for (unsigned i = 0; i < 512; i += 8)
        guest_write(guest, DATA + i, 8, 0x5555555555555555);
    ck_assert(step("0f ae 03"));
    ck_assert_uint_eq(guest_read(guest, DATA, 8), 0x071b00803801037e);
    ck_assert_uint_eq(guest_read(guest, DATA + 8, 8), 0x0000432100012345);
    ck_assert_uint_eq(guest_read(guest, DATA + 16, 8), 0x000087650006789a);
    ck_assert_uint_eq(guest_read(guest, DATA + 24, 8), 0x0000ffff00001f81);
    ck_assert_uint_eq(guest_read(guest, DATA + 32, 8), BIT(63));
    ck_assert_uint_eq(guest_read(guest, DATA + 40, 8), 0x3fff);
    ck_assert_uint_eq(guest_read(guest, DATA + 160 + 7 * 16, 8), 0x1122334455667788);
    ck_assert_uint_eq(guest_read(guest, DATA + 288, 8), 0x5555555555555555); /* no XMM8 */
    ck_assert_uint_eq(guest_read(guest, DATA + 504, 8), 0x5555555555555555);
}
END_TEST

START_TEST(fxsave64_has_wide_pointers_and_16_registers)
{
    guest_long(guest, 0);
    set_environment();
    cpu->fpu.fip = 0xffffffff80001234;
    cpu->vec[15].q[1] = 0x99;
    cpu->gpr[RBX] = DATA;
    ck_assert(step("48 0f ae 03"));
    ck_assert_uint_eq(guest_read(guest, DATA + 8, 8), 0xffffffff80001234);
    ck_assert_uint_eq(guest_read(guest, DATA + 160 + 15 * 16 + 8, 8), 0x99);
    cpu->fpu.fip = cpu->vec[15].q[1] = 0;
    ck_assert(step("48 0f ae 0b"));
    ck_assert_uint_eq(cpu->fpu.fip, 0xffffffff80001234);
    ck_assert_uint_eq(cpu->vec[15].q[1], 0x99);
}
END_TEST

START_TEST(fxsave_and_fxrstor_want_16_byte_alignment)
{
    cpu->gpr[RBX] = DATA + 8;
    ck_assert_raises("0f ae 03", VEC_GP);
    ck_assert_uint_eq(cpu->fault.reason, REASON_MISALIGNED);
    ck_assert_raises("0f ae 0b", VEC_GP);
}
END_TEST

START_TEST(fxrstor_refuses_reserved_mxcsr_bits)
{
    set_environment();
    ck_assert(step("0f ae 03"));
    guest_write(guest, DATA + 24, 4, 0x11f80);
    cpu->fpu.ftw = 0;
    ck_assert_raises("0f ae 0b", VEC_GP);
    ck_assert_uint_eq(cpu->fault.reason, REASON_MXCSR_RESERVED);
    ck_assert_uint_eq(cpu->fpu.ftw, 0); /* nothing was loaded */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("x87");
    TCase *tests = tcase_create("x87");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, every_row_but_fwait_needs_em_and_ts_clear, 0, ARRAY_SIZE(row_ids));
    tcase_add_loop_test(tests, waiting_rows_report_a_pending_exception, 0, ARRAY_SIZE(row_ids));
    tcase_add_test(tests,
                   without_ne_the_next_waiting_instruction_asserts_ferr_and_irq13_comes_before_it);
    tcase_add_test(tests, without_ne_and_without_an_answer_the_guest_goes_on);
    tcase_add_test(tests, fwait_without_ne_asserts_ferr);
    tcase_add_test(tests, a_store_that_faults_does_not_pop);
    tcase_add_test(tests, an_unmasked_overflow_leaves_memory_alone);
    tcase_add_test(tests, a_non_control_instruction_sets_the_pointers);
    tcase_add_test(tests, fnstenv_protected_32_bit);
    tcase_add_test(tests, fnstenv_protected_16_bit);
    tcase_add_test(tests, fnstenv_real_16_bit);
    tcase_add_test(tests, fnstenv_real_32_bit);
    tcase_add_loop_test(tests, fldenv_takes_back_what_fnstenv_gave, 0, 2);
    tcase_add_test(tests, fnsave_initialises_and_frstor_brings_all_back);
    tcase_add_loop_test(tests, fnsave_in_every_format, 0, 4);
    tcase_add_test(tests, fxsave_layout);
    tcase_add_test(tests, fxsave64_has_wide_pointers_and_16_registers);
    tcase_add_test(tests, fxsave_and_fxrstor_want_16_byte_alignment);
    tcase_add_test(tests, fxrstor_refuses_reserved_mxcsr_bits);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
