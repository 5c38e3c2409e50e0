/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_exec_string.c - string instructions with and without REP, the stack, branches.
 * Source: SDM Vol. 2, "REP/REPE/REPZ/REPNE/REPNZ", "MOVS", "PUSH", "ENTER", "Jcc", "LOOP".
 */
#include <stdlib.h>

#include "cpu/tlb.h"
#include "tests/support/test_cpu.h"
#include "util/bits.h"

static void run_to_end(struct cpu *cpu, uint64_t rip)
{
    for (unsigned i = 0; cpu->rip != rip; i++) {
        ck_assert_uint_lt(i, 100000);
        ck_assert_int_eq(test_step(cpu), EXEC_OK);
    }
}

START_TEST(movs_repeats_a_pattern_when_the_destination_is_just_ahead)
{
    for (unsigned distance = 1; distance < 20; distance++) {
        struct cpu *cpu = test_cpu(MODE_LONG64, "f3 a4");

        for (unsigned i = 0; i < distance; i++)
            test_write(cpu, TEST_DATA + i, 1, 'a' + i);
        cpu->gpr[RSI] = TEST_DATA;
        cpu->gpr[RDI] = TEST_DATA + distance;
        cpu->gpr[RCX] = 5000; /* over a page border */
        ck_assert_int_eq(test_run(cpu, 5000), STOP_LIMIT);
        ck_assert_uint_eq(cpu->rip, GUEST_CODE + 2);
        for (unsigned i = 0; i < 5000 + distance; i++)
            ck_assert_uint_eq(test_read(cpu, TEST_DATA + i, 1), 'a' + i % distance);
        ck_assert_uint_eq(test_read(cpu, TEST_DATA + 5000 + distance, 1), 0);
        test_cpu_teardown();
    }
}
END_TEST

START_TEST(movs_backward_moves_up_without_loss)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, "f3 a5"); /* rep movsd */

    for (unsigned i = 0; i < 2000; i++)
        test_write(cpu, TEST_DATA + 4 * i, 4, i);
    cpu_set_eflags(cpu, DF);
    cpu->gpr[RSI] = TEST_DATA + 4 * 1999;
    cpu->gpr[RDI] = TEST_DATA + 4 * 2003;
    cpu->gpr[RCX] = 2000;
    ck_assert_int_eq(test_run(cpu, 2000), STOP_LIMIT);
    ck_assert_uint_eq(cpu->gpr[RCX], 0);
    ck_assert_uint_eq(cpu->gpr[RSI], TEST_DATA - 4);
    for (unsigned i = 0; i < 2000; i++)
        ck_assert_uint_eq(test_read(cpu, TEST_DATA + 16 + 4 * i, 4), i);
}
END_TEST

START_TEST(a_count_of_zero_does_nothing_and_takes_a_tick)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "f3 48 ab 90");

    cpu->gpr[RDI] = UINT64_C(0x800000000000); /* not even looked at */
    test_set_status(cpu, ZF | CF);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->rip, GUEST_CODE + 3);
    ck_assert_uint_eq(test_status(cpu), ZF | CF);
    ck_assert_uint_eq(clock_now(cpu->clock), 1);
}
END_TEST

START_TEST(the_address_size_chooses_the_counters)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "67 f3 aa"); /* rep stosb with ECX, EDI */

    cpu->gpr[RCX] = UINT64_C(0xffffffff00000003);
    cpu->gpr[RDI] = UINT64_C(0xffffffff00000000) + TEST_DATA;
    cpu->gpr[RAX] = 0x77;
    run_to_end(cpu, GUEST_CODE + 3);
    ck_assert_uint_eq(cpu->gpr[RCX], 0);
    ck_assert_uint_eq(cpu->gpr[RDI], TEST_DATA + 3);
    ck_assert_uint_eq(test_read(cpu, TEST_DATA, 4), 0x777777);
    cpu = test_cpu(MODE_REAL, "f3 aa"); /* DI wraps in its segment */
    cpu->gpr[RDI] = 0x1fffe;
    cpu->gpr[RCX] = 0x10004;
    cpu->gpr[RAX] = 0x55;
    run_to_end(cpu, GUEST_CODE + 2);
    ck_assert_uint_eq(cpu->gpr[RDI], 0x10002);
    ck_assert_uint_eq(cpu->gpr[RCX], 0x10000);
    ck_assert_uint_eq(test_read(cpu, 0xfffe, 2), 0x5555);
    ck_assert_uint_eq(test_read(cpu, 0x10000, 1), 0);
    ck_assert_uint_eq(test_read(cpu, 0, 2), 0x5555);
}
END_TEST

START_TEST(repe_and_repne_end_at_the_flag)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, "f3 a6"); /* repe cmpsb */

    test_write(cpu, TEST_DATA, 8, UINT64_C(0x6867666564636261));
    test_write(cpu, TEST_DATA + 0x100, 8, UINT64_C(0x6867666f64636261));
    cpu->gpr[RSI] = TEST_DATA;
    cpu->gpr[RDI] = TEST_DATA + 0x100;
    cpu->gpr[RCX] = 8;
    run_to_end(cpu, GUEST_CODE + 2);
    ck_assert_uint_eq(cpu->gpr[RCX], 3);
    ck_assert_uint_eq(cpu->gpr[RSI], TEST_DATA + 5);
    ck_assert_uint_eq(test_status(cpu) & (ZF | CF | SF), CF | SF); /* 65h - 6fh */
    test_code(cpu, "f2 ae");                                       /* repne scasb */
    cpu->gpr[RDI] = TEST_DATA;
    cpu->gpr[RCX] = 100;
    cpu->gpr[RAX] = 'd';
    run_to_end(cpu, GUEST_CODE + 2);
    ck_assert_uint_eq(cpu->gpr[RCX], 96);
    ck_assert_uint_eq(cpu->gpr[RDI], TEST_DATA + 4);
    ck_assert_uint_eq(test_status(cpu) & ZF, ZF);
}
END_TEST

START_TEST(a_page_fault_leaves_the_iterations_before_it)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "f3 a4");
    uint64_t entries = test_small_pages(cpu);

    test_write(cpu, entries + 8 * (TEST_DATA / PAGE_SIZE + 1), 8, 0);
    tlb_flush(cpu);
    cpu->gpr[RSI] = 0x20000;
    cpu->gpr[RDI] = TEST_DATA + PAGE_SIZE - 10;
    cpu->gpr[RCX] = 100;
    cpu->rip = GUEST_CODE;
    while (cpu->gpr[RCX] > 90)
        ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_int_eq(test_step(cpu), VEC_PF);
    ck_assert_uint_eq(cpu->fault.error, 2);
    ck_assert_uint_eq(cpu->gpr[RCX], 90);
    ck_assert_uint_eq(cpu->gpr[RSI], 0x2000a);
    ck_assert_uint_eq(cpu->gpr[RDI], TEST_DATA + PAGE_SIZE);
    ck_assert_uint_eq(cpu->rip, GUEST_CODE);
}
END_TEST

START_TEST(a_segment_override_moves_the_source_only)
{
    struct cpu *cpu = test_cpu(MODE_REAL, "26 a4"); /* movsb with es: */

    segment_load_real(cpu, SEG_ES, 0x1000);
    cpu->gpr[RSI] = 0x10;
    cpu->gpr[RDI] = 0x20;
    test_write(cpu, 0x10010, 1, 0x99);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_read(cpu, 0x10020, 1), 0x99);
}
END_TEST

START_TEST(push_and_pop_of_the_stack_pointer)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, "54"); /* push esp: the old value */

    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_read(cpu, TEST_STACK - 4, 4), TEST_STACK);
    test_code(cpu, "5c"); /* pop esp: the value popped */
    test_write(cpu, cpu->gpr[RSP], 4, 0x1234);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RSP], 0x1234);
    cpu->gpr[RSP] = TEST_STACK;
    test_write(cpu, TEST_STACK, 4, 0xabcd);
    test_code(cpu, "8f 04 24"); /* pop [esp]: the address is of ESP after the pop */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_read(cpu, TEST_STACK + 4, 4), 0xabcd);
}
END_TEST

START_TEST(immediates_are_pushed_with_the_operand_size)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "6a fe");

    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_read(cpu, TEST_STACK - 8, 8), ~UINT64_C(1));
    test_code(cpu, "66 6a fe");
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RSP], TEST_STACK - 10);
    ck_assert_uint_eq(test_read(cpu, TEST_STACK - 10, 2), 0xfffe);
}
END_TEST

START_TEST(enter_and_leave_with_nesting)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, "c8 10 00 02"); /* enter 16, 2 */

    cpu->gpr[RBP] = TEST_DATA + 0x100;
    test_write(cpu, TEST_DATA + 0xfc, 4, 0xbeef);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RBP], TEST_STACK - 4);
    ck_assert_uint_eq(cpu->gpr[RSP], TEST_STACK - 12 - 16);
    ck_assert_uint_eq(test_read(cpu, TEST_STACK - 4, 4), TEST_DATA + 0x100);
    ck_assert_uint_eq(test_read(cpu, TEST_STACK - 8, 4), 0xbeef);
    ck_assert_uint_eq(test_read(cpu, TEST_STACK - 12, 4), TEST_STACK - 4);
    test_code(cpu, "c9");
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RSP], TEST_STACK);
    ck_assert_uint_eq(cpu->gpr[RBP], TEST_DATA + 0x100);
}
END_TEST

START_TEST(pusha_and_popa)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, "60");

    for (unsigned i = 0; i < 8; i++)
        cpu->gpr[i] = i == RSP ? TEST_STACK : 0x1000 + i;
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    for (unsigned i = 0; i < 8; i++)
        ck_assert_uint_eq(test_read(cpu, TEST_STACK - 4 * (i + 1), 4),
                          i == RSP ? TEST_STACK : 0x1000 + i);
    test_code(cpu, "61");
    test_write(cpu, cpu->gpr[RSP] + 12, 4, 0xdead); /* ESP's place is skipped */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RSP], TEST_STACK);
}
END_TEST

START_TEST(sixteen_conditions)
{
    for (unsigned flags = 0; flags < 64; flags++) {
        unsigned f = (flags & 1 ? CF : 0) | (flags & 2 ? ZF : 0) | (flags & 4 ? SF : 0) |
                     (flags & 8 ? OF : 0) | (flags & 16 ? PF : 0);
        bool sf_of = !(f & SF) != !(f & OF);
        bool expected[8] = { f & OF, f & CF, f & ZF, f & (CF | ZF),
                             f & SF, f & PF, sf_of,  sf_of || f & ZF };
        struct cpu *cpu = test_cpu(MODE_LONG64, "90");

        for (unsigned cc = 0; cc < 16; cc++) {
            bool taken = expected[cc / 2] ^ (cc & 1);
            uint8_t jump[] = { (uint8_t)(0x70 | cc), 0x10 };
            uint8_t set[] = { 0x0f, (uint8_t)(0x90 | cc), 0xc0 };
            uint8_t move[] = { 0x0f, (uint8_t)(0x40 | cc), 0xc3 }; /* cmovcc eax, ebx */

            test_bytes(cpu, jump, sizeof jump);
            test_set_status(cpu, f);
            ck_assert_int_eq(test_step(cpu), EXEC_OK);
            ck_assert_uint_eq(cpu->rip, GUEST_CODE + (taken ? 0x12 : 2));
            test_bytes(cpu, set, sizeof set);
            cpu->gpr[RAX] = 0x5555;
            ck_assert_int_eq(test_step(cpu), EXEC_OK);
            ck_assert_uint_eq(cpu->gpr[RAX], 0x5500 | taken);
            test_bytes(cpu, move, sizeof move);
            cpu->gpr[RAX] = UINT64_C(0xffffffff00000001);
            cpu->gpr[RBX] = 2;
            ck_assert_int_eq(test_step(cpu), EXEC_OK);
            ck_assert_uint_eq(cpu->gpr[RAX], taken ? 2 : 1); /* the upper half is cleared anyway */
            ck_assert_uint_eq(test_status(cpu), f);
        }
        test_cpu_teardown();
    }
}
END_TEST

START_TEST(loops_count_with_the_address_size)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, "67 e2 10"); /* loop with CX */

    cpu->gpr[RCX] = 0x10001;
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->rip, GUEST_CODE + 3);
    ck_assert_uint_eq(cpu->gpr[RCX], 0x10000);
    test_code(cpu, "67 e3 10"); /* jcxz */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->rip, GUEST_CODE + 0x13);
    test_code(cpu, "e1 10"); /* loope */
    test_set_status(cpu, 0);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->rip, GUEST_CODE + 2);
    ck_assert_uint_eq(cpu->gpr[RCX], 0xffff);
}
END_TEST

START_TEST(near_branches_wrap_at_the_operand_size)
{
    struct cpu *cpu = test_cpu(MODE_REAL, "e9 00 c0"); /* 4003h + c000h wraps to 3 */

    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->rip, 3);
    cpu = test_cpu(MODE_PROT32, "66 e9 fc bf"); /* 16-bit operand: EIP is cut */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->rip, 0);
    cpu = test_cpu(MODE_LONG64, "e8 00 00 00 00"); /* call: 8 bytes */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_read(cpu, TEST_STACK - 8, 8), GUEST_CODE + 5);
    test_code(cpu, "c2 20 00"); /* ret 32 */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->rip, GUEST_CODE + 5);
    ck_assert_uint_eq(cpu->gpr[RSP], TEST_STACK + 32);
}
END_TEST

START_TEST(a_branch_beyond_the_limit_faults_at_the_branch)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, "ff e0"); /* jmp eax */

    cpu->seg[SEG_CS].limit = 0xffff;
    cpu_derive_segments(cpu);
    cpu_update_mode(cpu);
    cpu->gpr[RAX] = 0x10000;
    ck_assert_int_eq(test_step(cpu), VEC_GP);
    ck_assert_uint_eq(cpu->rip, GUEST_CODE);
    test_code(cpu, "ff d0"); /* call eax: nothing is pushed */
    ck_assert_int_eq(test_step(cpu), VEC_GP);
    ck_assert_uint_eq(cpu->gpr[RSP], TEST_STACK);
    ck_assert_uint_eq(test_read(cpu, TEST_STACK - 4, 4), 0);
}
END_TEST

START_TEST(protected_mode_instructions_are_unknown_in_real_mode)
{
    static const char *const cases[] = {
        "0f 00 c0", "0f 00 c8", "0f 00 d0", "0f 00 d8", "0f 00 e0",
        "0f 00 e8", "0f 02 c0", "0f 03 c0", "63 c0", /* sldt str lldt ltr verr verw lar lsl arpl */
    };
    struct cpu *cpu = test_cpu(MODE_REAL, "90");

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        test_code(cpu, cases[i]);
        ck_assert_int_eq(test_step(cpu), VEC_UD);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exec_string");
    TCase *tc = tcase_create("exec_string");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, NULL, test_cpu_teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, movs_repeats_a_pattern_when_the_destination_is_just_ahead);
    tcase_add_test(tc, movs_backward_moves_up_without_loss);
    tcase_add_test(tc, a_count_of_zero_does_nothing_and_takes_a_tick);
    tcase_add_test(tc, the_address_size_chooses_the_counters);
    tcase_add_test(tc, repe_and_repne_end_at_the_flag);
    tcase_add_test(tc, a_page_fault_leaves_the_iterations_before_it);
    tcase_add_test(tc, a_segment_override_moves_the_source_only);
    tcase_add_test(tc, push_and_pop_of_the_stack_pointer);
    tcase_add_test(tc, immediates_are_pushed_with_the_operand_size);
    tcase_add_test(tc, enter_and_leave_with_nesting);
    tcase_add_test(tc, pusha_and_popa);
    tcase_add_test(tc, sixteen_conditions);
    tcase_add_test(tc, loops_count_with_the_address_size);
    tcase_add_test(tc, near_branches_wrap_at_the_operand_size);
    tcase_add_test(tc, a_branch_beyond_the_limit_faults_at_the_branch);
    tcase_add_test(tc, protected_mode_instructions_are_unknown_in_real_mode);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
