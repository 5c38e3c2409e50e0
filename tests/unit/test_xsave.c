/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_xsave.c - what the host cannot judge of the XSAVE family: XSETBV, XSAVES, XRSTORS,
 * IA32_XSS, CPUID leaf 0Dh, exceptions. The rest: test_xsave_host.c.
 * Source: SDM Vol. 1, "Managing State Using the XSAVE Feature Set"; SDM Vol. 2, the pages of the
 * instructions.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/cpuid.h"
#include "cpu/msr.h"
#include "cpu/sse.h"
#include "cpu/xsave.h"
#include "tests/support/test_cpu.h"

#define AREA 0xa000
#define XGETBV "0f 01 d0"
#define XSETBV "0f 01 d1"
#define XSAVE "0f ae 27"
#define XRSTOR "0f ae 2f"
#define XSAVEC "0f c7 27"
#define XSAVES "0f c7 2f"
#define XRSTORS "0f c7 1f"

static struct cpu *cpu;

static void set_feature(unsigned feature, bool on)
{
    cpu->features[feature / 64] &= ~BIT(feature % 64);
    if (on)
        cpu->features[feature / 64] |= BIT(feature % 64);
}

/* 64-bit mode, with x87, SSE, AVX and PKRU whatever the model has. */
static void setup(void)
{
    cpu = test_cpu(MODE_LONG64, "90");
    set_feature(F_AVX, true);
    set_feature(F_PKU, true);
    cpu->cr4 |= CR4_OSFXSR | CR4_OSXSAVE;
    cpu->cr0 &= ~(uint64_t)(CR0_TS | CR0_EM);
    sse_update_ready(cpu);
    cpu->gpr[RDI] = AREA;
    for (unsigned i = 0; i < 3072; i += 8)
        test_write(cpu, AREA + i, 8, 0);
}

static int run(const char *hex)
{
    test_code(cpu, hex);
    return test_step(cpu);
}

static void expect(const char *hex, int vector, enum reason reason)
{
    ck_assert_int_eq(run(hex), vector);
    ck_assert_str_eq(reason_name(cpu->fault.reason), reason_name(reason));
}

static int xsetbv(uint64_t value)
{
    cpu->gpr[RCX] = 0;
    cpu->gpr[RAX] = (uint32_t)value;
    cpu->gpr[RDX] = value >> 32;
    return run(XSETBV);
}

/* ---- "XSETBV - Set Extended Control Register" ---- */

START_TEST(xcr0_takes_what_the_manual_allows)
{
    static const uint64_t good[] = { 1, 3, 7, 0x201, 0x203, 0x207 };
    static const uint64_t bad[] = { 0, 2,    6,    5,    0x205, 0x206,
                                    9, 0x11, 0x19, 0xe7, 0x407, BIT(63) | 7 };

    for (unsigned i = 0; i < ARRAY_SIZE(good); i++) {
        ck_assert_int_eq(xsetbv(good[i]), EXEC_OK);
        ck_assert_uint_eq(cpu->xcr0, good[i]);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        ck_assert_int_eq(xsetbv(bad[i]), VEC_GP);
        ck_assert_uint_eq(cpu->xcr0, 0x207);
    }
    set_feature(F_AVX, false);
    set_feature(F_PKU, false);
    ck_assert_int_eq(xsetbv(7), VEC_GP);
    ck_assert_str_eq(reason_name(cpu->fault.reason), "XCR0_RESERVED");
    ck_assert_int_eq(xsetbv(0x203), VEC_GP);
    ck_assert_int_eq(xsetbv(3), EXEC_OK);
}
END_TEST

START_TEST(avx_becomes_ready_with_xcr0)
{
    ck_assert(!cpu->avx_ready);
    ck_assert_int_eq(xsetbv(7), EXEC_OK);
    ck_assert(cpu->avx_ready);
    ck_assert_int_eq(xsetbv(3), EXEC_OK);
    ck_assert(!cpu->avx_ready);
}
END_TEST

START_TEST(extended_control_registers_fault_as_the_manual_says)
{
    cpu->gpr[RAX] = 7;
    cpu->gpr[RCX] = 1;
    expect(XSETBV, VEC_GP, REASON_XCR_UNKNOWN);
    cpu->gpr[RCX] = 2;
    expect(XGETBV, VEC_GP, REASON_XCR_UNKNOWN);
    cpu->gpr[RCX] = 1;
    ck_assert_int_eq(run(XGETBV), EXEC_OK);
    set_feature(F_XGETBV1, false);
    expect(XGETBV, VEC_GP, REASON_XCR_UNKNOWN);
    cpu->gpr[RCX] = UINT64_C(0xffffffff00000000); /* only ECX counts */
    ck_assert_int_eq(run(XGETBV), EXEC_OK);
    cpu->cpl = 3;
    cpu_update_mode(cpu);
    ck_assert_int_eq(run(XGETBV), EXEC_OK);
    expect(XSETBV, VEC_GP, REASON_PRIVILEGED);
    cpu->cr4 &= ~(uint64_t)CR4_OSXSAVE;
    expect(XSETBV, VEC_UD, REASON_XSAVE_NOT_ENABLED);
    expect(XGETBV, VEC_UD, REASON_XSAVE_NOT_ENABLED);
}
END_TEST

START_TEST(xgetbv_1_tells_what_is_in_use)
{
    cpu->xcr0 = 0x207;
    cpu->mxcsr = 0x1f80;
    cpu->fpu = (struct fpu){ .fcw = 0x37f };
    cpu->gpr[RCX] = 1;
    ck_assert_int_eq(run(XGETBV), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0);
    cpu->pkru = 4;
    cpu->vec[15].q[3] = 1;
    ck_assert_int_eq(run(XGETBV), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x204);
    cpu->mxcsr = 0x1f81;
    cpu->fpu.st[3].mantissa = 1;
    ck_assert_int_eq(run(XGETBV), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x207);
    ck_assert_uint_eq(cpu->gpr[RDX], 0);
}
END_TEST

/* ---- exceptions of the others ---- */

START_TEST(saving_and_restoring_fault_in_the_order_of_the_manual)
{
    static const char *const all[] = { XSAVE, XRSTOR, "0f ae 37", XSAVEC, XSAVES, XRSTORS };

    for (unsigned i = 0; i < ARRAY_SIZE(all); i++) {
        cpu->gpr[RDI] = AREA + 32;
        expect(all[i], VEC_GP, REASON_MISALIGNED);
        cpu->cr0 |= CR0_TS;
        expect(all[i], VEC_NM, REASON_FPU_NOT_AVAILABLE);
        cpu->cr4 &= ~(uint64_t)CR4_OSXSAVE;
        expect(all[i], VEC_UD, REASON_XSAVE_NOT_ENABLED);
        cpu->cr4 |= CR4_OSXSAVE;
        cpu->cr0 &= ~(uint64_t)CR0_TS;
    }
    cpu->gpr[RDI] = AREA;
    cpu->cr0 |= CR0_EM; /* does not matter */
    ck_assert_int_eq(run(XSAVE), EXEC_OK);
    cpu->cpl = 3;
    cpu_update_mode(cpu);
    expect(XSAVES, VEC_GP, REASON_PRIVILEGED);
    expect(XRSTORS, VEC_GP, REASON_PRIVILEGED);
    ck_assert_int_eq(run("0f ae e7"), VEC_UD);    /* a register operand */
    ck_assert_int_eq(run("66 0f ae 27"), VEC_UD); /* a prefix */
    ck_assert_int_eq(run("f0 0f ae 27"), VEC_UD);
}
END_TEST

/* "Operation of XRSTORS": only the compacted format. */
START_TEST(xrstors_wants_the_compacted_format)
{
    cpu->gpr[RAX] = cpu->xcr0 = 7;
    expect(XRSTORS, VEC_GP, REASON_XSAVE_NOT_COMPACTED);
    ck_assert_int_eq(run(XSAVES), EXEC_OK);
    ck_assert_int_eq(run(XRSTORS), EXEC_OK);
    test_write(cpu, AREA + XSAVE_XCOMP_BV, 8, XCOMP_COMPACTED | 8);
    expect(XRSTORS, VEC_GP, REASON_XSAVE_HEADER);
}
END_TEST

/* Without XSAVEC bit 63 of XCOMP_BV is reserved. */
START_TEST(compacted_images_need_the_feature)
{
    cpu->gpr[RAX] = cpu->xcr0 = 7;
    ck_assert_int_eq(run(XSAVEC), EXEC_OK);
    ck_assert_int_eq(run(XRSTOR), EXEC_OK);
    set_feature(F_XSAVEC, false);
    expect(XRSTOR, VEC_GP, REASON_XSAVE_HEADER);
}
END_TEST

/* ---- images with PKRU, which hosts rarely have ---- */

START_TEST(pkru_is_a_component)
{
    cpu->gpr[RAX] = cpu->xcr0 = 0x207;
    cpu->pkru = 0x55555554;
    cpu->vec[2].q[2] = 0x1122334455667788;
    test_write(cpu, AREA + 2692, 4, 0x99);
    ck_assert_int_eq(run(XSAVE), EXEC_OK);
    ck_assert_uint_eq(test_read(cpu, AREA + 2688, 8), 0x55555554); /* the upper half: zeros */
    ck_assert_uint_eq(test_read(cpu, AREA + 576 + 32, 8), 0x1122334455667788);
    ck_assert_uint_eq(test_read(cpu, AREA + XSAVE_XSTATE_BV, 8) & 0x204, 0x204);
    cpu->pkru = 0;
    test_write(cpu, AREA + 2692, 4, 0x99); /* ignored */
    ck_assert_int_eq(run(XRSTOR), EXEC_OK);
    ck_assert_uint_eq(cpu->pkru, 0x55555554);
    test_write(cpu, AREA + XSAVE_XSTATE_BV, 8, 7);
    cpu->gpr[RAX] = 7; /* not asked for: stays */
    ck_assert_int_eq(run(XRSTOR), EXEC_OK);
    ck_assert_uint_eq(cpu->pkru, 0x55555554);
    cpu->gpr[RAX] = 0x200; /* not in the image: initial */
    ck_assert_int_eq(run(XRSTOR), EXEC_OK);
    ck_assert_uint_eq(cpu->pkru, 0);
}
END_TEST

/* "Compacted Format of the Extended Region": one follows the other. */
START_TEST(compacted_images_leave_nothing_free)
{
    cpu->xcr0 = 0x207;
    cpu->gpr[RAX] = 0x201;
    cpu->pkru = 0x1234;
    ck_assert_int_eq(run(XSAVES), EXEC_OK);
    ck_assert_uint_eq(test_read(cpu, AREA + 576, 8), 0x1234);
    ck_assert_uint_eq(test_read(cpu, AREA + XSAVE_XCOMP_BV, 8), XCOMP_COMPACTED | 0x201);
    cpu->gpr[RAX] = 0x207;
    ck_assert_int_eq(run(XSAVES), EXEC_OK);
    ck_assert_uint_eq(test_read(cpu, AREA + 832, 8), 0x1234);
    cpu->pkru = 0;
    ck_assert_int_eq(run(XRSTORS), EXEC_OK);
    ck_assert_uint_eq(cpu->pkru, 0x1234);
    ck_assert_uint_eq(xsave_compacted_size(0x207), 840);
    ck_assert_uint_eq(xsave_compacted_size(0x201), 584);
    ck_assert_uint_eq(xsave_standard_size(0x201), 2696);
}
END_TEST

/* Outside 64-bit mode registers 8 to 15 are neither saved nor restored nor initialised. */
START_TEST(only_eight_registers_outside_64_bit_mode)
{
    struct cpu *prot = cpu = test_cpu(MODE_PROT32, "90");

    prot->cr4 |= CR4_OSFXSR | CR4_OSXSAVE;
    prot->cr0 &= ~(uint64_t)(CR0_TS | CR0_EM);
    prot->gpr[RDI] = AREA;
    prot->gpr[RAX] = prot->xcr0 = 7;
    for (unsigned i = 0; i < 16; i++)
        prot->vec[i].q[0] = prot->vec[i].q[2] = i + 1;
    for (unsigned i = 0; i < 1024; i += 8)
        test_write(prot, AREA + i, 8, 0);
    ck_assert_int_eq(run(XSAVE), EXEC_OK);
    ck_assert_uint_eq(test_read(prot, AREA + 160 + 7 * 16, 8), 8);
    ck_assert_uint_eq(test_read(prot, AREA + 160 + 8 * 16, 8), 0);
    ck_assert_uint_eq(test_read(prot, AREA + 576 + 7 * 16, 8), 8);
    ck_assert_uint_eq(test_read(prot, AREA + 576 + 8 * 16, 8), 0);
    test_write(prot, AREA + XSAVE_XSTATE_BV, 8, 2);
    ck_assert_int_eq(run(XRSTOR), EXEC_OK);
    ck_assert_uint_eq(prot->vec[7].q[2], 0);
    ck_assert_uint_eq(prot->vec[7].q[0], 8);
    ck_assert_uint_eq(prot->vec[8].q[2], 9);
    ck_assert_uint_eq(prot->vec[8].q[0], 9);
}
END_TEST

/* ---- CPUID leaf 0Dh, IA32_XSS ---- */

START_TEST(cpuid_names_the_components)
{
    uint32_t regs[4];

    cpu->xcr0 = 3;
    cpuid_query(cpu, 0xd, 0, regs);
    ck_assert_uint_eq(regs[CPUID_EAX], 0x207);
    ck_assert_uint_eq(regs[CPUID_EBX], 576);
    ck_assert_uint_eq(regs[CPUID_ECX], 2696);
    ck_assert_uint_eq(regs[CPUID_EDX], 0);
    cpu->xcr0 = 7;
    cpuid_query(cpu, 0xd, 0, regs);
    ck_assert_uint_eq(regs[CPUID_EBX], 832);
    cpuid_query(cpu, 0xd, 1, regs);
    ck_assert_uint_eq(regs[CPUID_EAX] & 0xf, 0xf);
    ck_assert_uint_eq(regs[CPUID_EBX], 832);
    ck_assert_uint_eq(regs[CPUID_ECX] | regs[CPUID_EDX], 0); /* of IA32_XSS */
    cpuid_query(cpu, 0xd, 2, regs);
    ck_assert_uint_eq(regs[CPUID_EAX], 256);
    ck_assert_uint_eq(regs[CPUID_EBX], 576);
    ck_assert_uint_eq(regs[CPUID_ECX], 0);
    cpuid_query(cpu, 0xd, 9, regs);
    ck_assert_uint_eq(regs[CPUID_EAX], 8);
    ck_assert_uint_eq(regs[CPUID_EBX], 2688);
    for (unsigned n = 3; n < 70; n++) {
        cpuid_query(cpu, 0xd, n, regs);
        ck_assert(n == 9 || !(regs[0] | regs[1] | regs[2] | regs[3]));
    }
    set_feature(F_XSAVE, false);
    cpuid_query(cpu, 0xd, 0, regs);
    ck_assert(!(regs[0] | regs[1] | regs[2] | regs[3]));
}
END_TEST

START_TEST(xss_has_no_bits)
{
    uint64_t value;

    ck_assert(msr_write(cpu, MSR_XSS, 0));
    ck_assert(msr_read(cpu, MSR_XSS, &value));
    ck_assert_uint_eq(value, 0);
    for (unsigned bit = 0; bit < 64; bit++)
        ck_assert(!msr_write(cpu, MSR_XSS, BIT(bit)));
    set_feature(F_XSAVES, false);
    ck_assert(!msr_read(cpu, MSR_XSS, &value));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xsave");
    TCase *tests = tcase_create("xsave");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, setup, test_cpu_teardown);
    tcase_add_test(tests, xcr0_takes_what_the_manual_allows);
    tcase_add_test(tests, avx_becomes_ready_with_xcr0);
    tcase_add_test(tests, extended_control_registers_fault_as_the_manual_says);
    tcase_add_test(tests, xgetbv_1_tells_what_is_in_use);
    tcase_add_test(tests, saving_and_restoring_fault_in_the_order_of_the_manual);
    tcase_add_test(tests, xrstors_wants_the_compacted_format);
    tcase_add_test(tests, compacted_images_need_the_feature);
    tcase_add_test(tests, pkru_is_a_component);
    tcase_add_test(tests, compacted_images_leave_nothing_free);
    tcase_add_test(tests, only_eight_registers_outside_64_bit_mode);
    tcase_add_test(tests, cpuid_names_the_components);
    tcase_add_test(tests, xss_has_no_bits);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
