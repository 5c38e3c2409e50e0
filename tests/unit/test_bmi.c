/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_bmi.c - the rows of insns_bmi.def, TZCNT and LZCNT against the host, and what a
 * program in 64-bit mode cannot show: other modes, fall-backs, faults.
 */
#include <check.h>
#include <stdlib.h>

#include "cpu/decode.h"
#include "cpu/exec.h"
#include "tests/support/row_judge.h"
#include "tests/support/test_cpu.h"

#ifndef CASES
#define CASES 6000
#endif

static const char *const row_ids[] = {
    "tzcnt_Gv_Ev",
    "lzcnt_Gv_Ev",
#define INSN(id, ...) #id,
#include "cpu/insns_bmi.def"
#undef INSN
};

START_TEST(each_row_does_what_the_host_does)
{
    row_judge(row_ids[_i], CASES);
}
END_TEST

static const struct {
    const char *hex, *name;
} vex_encodings[] = {
    { "c4 e2 78 f2 c1", "andn eax, eax, ecx" },   { "c4 e2 78 f2 07", "andn eax, eax, [..]" },
    { "c4 e2 70 f7 c2", "bextr eax, edx, ecx" },  { "c4 e2 78 f3 c9", "blsr eax, ecx" },
    { "c4 e2 78 f3 d1", "blsmsk eax, ecx" },      { "c4 e2 78 f3 d9", "blsi eax, ecx" },
    { "c4 e2 70 f5 c2", "bzhi eax, edx, ecx" },   { "c4 e2 72 f5 c2", "pext eax, ecx, edx" },
    { "c4 e2 73 f5 c2", "pdep eax, ecx, edx" },   { "c4 e2 73 f6 c2", "mulx eax, ecx, edx" },
    { "c4 e2 71 f7 c2", "shlx eax, edx, ecx" },   { "c4 e2 72 f7 c2", "sarx eax, edx, ecx" },
    { "c4 e2 73 f7 c2", "shrx eax, edx, ecx" },   { "c4 e3 7b f0 c2 07", "rorx eax, edx, 7" },
    { "c4 e3 7b f0 07 07", "rorx eax, [..], 7" },
};

START_TEST(vex_encodings_are_for_protected_mode)
{
    struct cpu *cpu = test_cpu(MODE_REAL, vex_encodings[_i].hex);
    struct guest *v86 = guest_create();

    ck_assert_int_eq(test_step(cpu), VEC_UD);
    ck_assert_str_eq(reason_name(cpu->fault.reason), "PROTECTED_MODE_ONLY");
    cpu = test_cpu(MODE_PROT32, vex_encodings[_i].hex);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    guest_v86(v86, 3);
    guest_code(v86, vex_encodings[_i].hex);
    ck_assert(!guest_step(v86));
    ck_assert_uint_eq(v86->cpu->fault.vector, VEC_UD);
    guest_destroy(v86);
    cpu->cr4 = 0; /* no AVX state is asked for */
    test_code(cpu, vex_encodings[_i].hex);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
}
END_TEST

START_TEST(outside_64_bit_mode_w_does_nothing)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, "c4 e2 f0 f2 c2"); /* andn eax, ecx, edx with W */

    cpu->gpr[RCX] = 0x0000ffff;
    cpu->gpr[RDX] = 0x80f0f0f0;
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x80f00000);
    ck_assert_uint_eq(test_status(cpu) & (SF | ZF | CF | OF), SF);
}
END_TEST

START_TEST(vex_l_and_a_register_in_vvvv_that_is_not_used_are_undefined)
{
    static const char *const undefined[] = {
        "c4 e2 7c f2 c1",    /* andn with L */
        "c4 e2 7c f3 c9",    /* blsr with L */
        "c4 e2 78 f3 c1",    /* group 17, /0 */
        "c4 e2 78 f3 e1",    /* group 17, /4 */
        "c4 e3 73 f0 c2 07", /* rorx with vvvv */
        "c4 e3 7f f0 c2 07", /* rorx with L */
        "66 c4 e2 78 f2 c1", /* a prefix that VEX excludes */
        "f0 c4 e2 78 f2 07", /* LOCK */
    };

    for (unsigned i = 0; i < ARRAY_SIZE(undefined); i++) {
        struct cpu *cpu = test_cpu(MODE_LONG64, undefined[i]);

        cpu->gpr[RDI] = TEST_DATA;
        ck_assert_msg(test_step(cpu) == VEC_UD, "%s", undefined[i]);
        test_cpu_teardown();
    }
}
END_TEST

START_TEST(mulx_into_one_register_leaves_the_high_half)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "c4 e2 fb f6 c1"); /* mulx rax, rax, rcx */

    cpu->gpr[RDX] = 0xfedcba9876543210;
    cpu->gpr[RCX] = 0x100;
    test_set_status(cpu, CF | OF | ZF);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0xfe);
    ck_assert_uint_eq(cpu->gpr[RDX], 0xfedcba9876543210);
    ck_assert_uint_eq(test_status(cpu), CF | OF | ZF);
}
END_TEST

START_TEST(deposited_bits_are_extracted_again)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "c4 e2 73 f5 c2"); /* pdep eax, ecx, edx */

    cpu->gpr[RCX] = 0xb5;       /* from bit 0 on: 1 0 1 0 1 1 0 (1) */
    cpu->gpr[RDX] = 0xf0010804; /* to bits 2 11 16 28 29 30 31 */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x60010004);
    cpu->gpr[RCX] = cpu->gpr[RAX];
    test_code(cpu, "c4 e2 72 f5 c2"); /* pext eax, ecx, edx */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x35);
}
END_TEST

START_TEST(a_field_beyond_the_operand_is_zero)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "c4 e2 70 f7 c2"); /* bextr eax, edx, ecx */

    cpu->gpr[RDX] = 0xffffffffffffffff;
    cpu->gpr[RCX] = 0x2018; /* 32 bits from bit 24 on */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0xff);
    cpu->gpr[RCX] = 0xff20; /* from bit 32 on */
    test_code(cpu, "c4 e2 70 f7 c2");
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0);
    ck_assert_uint_eq(test_status(cpu) & (ZF | CF | OF), ZF);
}
END_TEST

START_TEST(bit_scans_take_f3_where_the_counts_are_missing)
{
    static const struct {
        const char *with, *without;
        uint16_t feature;
        uint8_t opcode;
    } pairs[] = {
        { "tzcnt_Gv_Ev", "bsf_Gv_Ev", F_BMI1, 0xbc },
        { "lzcnt_Gv_Ev", "bsr_Gv_Ev", F_LZCNT, 0xbd },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(pairs); i++) {
        const uint8_t code[] = { 0xf3, 0x0f, pairs[i].opcode, 0xc1 };
        uint64_t features[(F_COUNT + 63) / 64];
        struct insn insn;

        memset(features, 0xff, sizeof features);
        ck_assert_int_eq(decode_insn(code, 4, MODE_CODE64, features, &insn), DECODE_OK);
        ck_assert_str_eq(insn_rows[insn.row].id, pairs[i].with);
        features[pairs[i].feature / 64] &= ~BIT(pairs[i].feature % 64);
        ck_assert_int_eq(decode_insn(code, 4, MODE_CODE64, features, &insn), DECODE_OK);
        ck_assert_str_eq(insn_rows[insn.row].id, pairs[i].without);
        ck_assert_int_eq(decode_insn(code + 1, 3, MODE_CODE64, features, &insn), DECODE_OK);
        ck_assert_str_eq(insn_rows[insn.row].id, pairs[i].without);
    }
}
END_TEST

/* Two sums of 128 bits at once, each with a carry flag of its own. */
START_TEST(adcx_and_adox_keep_two_carry_chains_apart)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "66 48 0f 38 f6 c1"); /* adcx rax, rcx */

    cpu->gpr[RAX] = ~UINT64_C(0);
    cpu->gpr[RCX] = 1;
    cpu->gpr[RDX] = 5; /* rdx:rax + 0:rcx */
    cpu->gpr[RSI] = 1;
    cpu->gpr[RDI] = 2; /* rdi:rsi + 0:rcx */
    test_set_status(cpu, PF | AF);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_status(cpu), CF | PF | AF);
    test_code(cpu, "f3 48 0f 38 f6 f1"); /* adox rsi, rcx */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_status(cpu), CF | PF | AF);
    test_code(cpu, "66 48 0f 38 f6 d3"); /* adcx rdx, rbx (0) */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    test_code(cpu, "f3 48 0f 38 f6 fb"); /* adox rdi, rbx */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0);
    ck_assert_uint_eq(cpu->gpr[RDX], 6);
    ck_assert_uint_eq(cpu->gpr[RSI], 2);
    ck_assert_uint_eq(cpu->gpr[RDI], 2);
    ck_assert_uint_eq(test_status(cpu), PF | AF);
}
END_TEST

START_TEST(movbe_swaps_in_every_mode_and_size)
{
    struct cpu *cpu = test_cpu(MODE_REAL, "66 0f 38 f0 07"); /* movbe eax, [bx] */

    cpu->gpr[RBX] = TEST_DATA;
    test_write(cpu, TEST_DATA, 8, 0x8877665544332211);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x11223344);
    test_code(cpu, "0f 38 f1 07"); /* movbe [bx], ax */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_read(cpu, TEST_DATA, 8), 0x8877665544334433);
    test_code(cpu, "0f 38 f0 c1"); /* no register form */
    ck_assert_int_eq(test_step(cpu), VEC_UD);
    cpu = test_cpu(MODE_LONG64, "48 0f 38 f0 03"); /* movbe rax, [rbx] */
    cpu->gpr[RBX] = TEST_DATA;
    test_write(cpu, TEST_DATA, 8, 0x8877665544332211);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x1122334455667788);
}
END_TEST

START_TEST(a_fault_leaves_registers_and_flags)
{
    static const char *const loads[] = {
        "c4 e2 f3 f6 07",    /* mulx rax, rcx, [rdi] */
        "c4 e2 f0 f2 07",    /* andn rax, rcx, [rdi] */
        "c4 e2 f8 f3 0f",    /* blsr rax, [rdi] */
        "66 48 0f 38 f6 07", /* adcx rax, [rdi] */
        "f3 48 0f bc 07",    /* tzcnt rax, [rdi] */
        "48 0f 38 f0 07",    /* movbe rax, [rdi] */
        "48 0f 38 f1 07",    /* movbe [rdi], rax */
    };

    for (unsigned i = 0; i < ARRAY_SIZE(loads); i++) {
        struct cpu *cpu = test_cpu(MODE_LONG64, loads[i]);

        cpu->gpr[RDI] = 0x8000000000000000;
        cpu->gpr[RAX] = 1;
        cpu->gpr[RCX] = 2;
        test_set_status(cpu, CF | OF | SF);
        ck_assert_int_eq(test_step(cpu), VEC_GP);
        ck_assert_uint_eq(cpu->gpr[RAX], 1);
        ck_assert_uint_eq(cpu->gpr[RCX], 2);
        ck_assert_uint_eq(test_status(cpu), CF | OF | SF);
        test_cpu_teardown();
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bmi");
    TCase *rows = tcase_create("rows"), *system = tcase_create("system");
    SRunner *runner;
    int failed;

    tcase_set_timeout(rows, 60);
    tcase_add_loop_test(rows, each_row_does_what_the_host_does, 0, ARRAY_SIZE(row_ids));
    tcase_add_checked_fixture(system, NULL, test_cpu_teardown);
    tcase_add_loop_test(system, vex_encodings_are_for_protected_mode, 0, ARRAY_SIZE(vex_encodings));
    tcase_add_test(system, outside_64_bit_mode_w_does_nothing);
    tcase_add_test(system, vex_l_and_a_register_in_vvvv_that_is_not_used_are_undefined);
    tcase_add_test(system, mulx_into_one_register_leaves_the_high_half);
    tcase_add_test(system, deposited_bits_are_extracted_again);
    tcase_add_test(system, a_field_beyond_the_operand_is_zero);
    tcase_add_test(system, bit_scans_take_f3_where_the_counts_are_missing);
    tcase_add_test(system, adcx_and_adox_keep_two_carry_chains_apart);
    tcase_add_test(system, movbe_swaps_in_every_mode_and_size);
    tcase_add_test(system, a_fault_leaves_registers_and_flags);
    suite_add_tcase(suite, rows);
    suite_add_tcase(suite, system);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
