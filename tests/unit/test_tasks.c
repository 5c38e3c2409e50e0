/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_tasks.c - task switches, I/O permission, the order of events, and the handlers of
 * segment registers and tables. Source: SDM Vol. 3A, "Task Management", "Interrupt and Exception
 * Handling".
 */
#include "tests/support/protection_fixture.h"

/* Tasks. */
static void fill_tss_b(void)
{
    static const struct {
        unsigned at;
        uint32_t value;
    } words[] = {
        { 0x20, 0xa000 }, { 0x24, IF | 2 }, { 0x28, 0x11 },  { 0x38, 0x7000 },
        { 0x48, DATA0 },  { 0x4c, CODE0 },  { 0x50, DATA0 }, { 0x54, DATA0 },
        { 0x58, 0 },      { 0x5c, 0 },      { 0x60, LDT_A },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
        guest_write(guest, GUEST_TSS_B + words[i].at, 4, words[i].value);
}

START_TEST(call_to_a_tss_nests_and_iret_returns)
{
    guest_protected(guest, 0);
    fill_tss_b();
    cpu->gpr[RAX] = 0x99;
    run("9a 00 00 00 00 40 00");
    at(CODE0, 0xa000, 0);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x11);
    ck_assert_uint_eq(cpu->gpr[RSP], 0x7000);
    ck_assert_uint_eq(cpu_eflags(cpu), NT | IF | 2);
    ck_assert_uint_eq(cpu->tr.selector, TSS_B);
    ck_assert_uint_eq(cpu->ldtr.base, GUEST_LDT);
    ck_assert(cpu->cr0 & CR0_TS);
    ck_assert_uint_eq(guest_read(guest, GUEST_TSS_B, 2), TSS_A);
    ck_assert_uint_eq(guest_read(guest, GUEST_GDT + TSS_A + 5, 1), 0x8b);
    ck_assert_uint_eq(guest_read(guest, GUEST_GDT + TSS_B + 5, 1), 0x8b);
    ck_assert_uint_eq(guest_read(guest, GUEST_TSS + 0x20, 4), GUEST_CODE + 7);
    ck_assert_uint_eq(guest_read(guest, GUEST_TSS + 0x28, 4), 0x99);
    guest_write(guest, 0xa000, 1, 0xcf);
    ck_assert(guest_step(guest));
    at(CODE0, GUEST_CODE + 7, 0);
    ck_assert_uint_eq(cpu->tr.selector, TSS_A);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x99);
    ck_assert_uint_eq(guest_read(guest, GUEST_GDT + TSS_B + 5, 1), 0x89);
    ck_assert_uint_eq(guest_read(guest, GUEST_TSS_B + 0x24, 4) & NT, 0);
    ck_assert_uint_eq(guest_read(guest, GUEST_TSS_B + 0x20, 4), 0xa001);
}
END_TEST

START_TEST(jump_to_a_tss_frees_the_old_task)
{
    guest_protected(guest, 0);
    fill_tss_b();
    run("ea 00 00 00 00 40 00");
    at(CODE0, 0xa000, 0);
    ck_assert_uint_eq(cpu->eflags & NT, 0);
    ck_assert_uint_eq(guest_read(guest, GUEST_GDT + TSS_A + 5, 1), 0x89);
    refuse("ea 00 00 00 00 40 00", VEC_GP, TSS_B, REASON_TSS_BUSY);
}
END_TEST

START_TEST(a_task_gate_delivers_a_fault_with_its_error_code)
{
    guest_protected(guest, 0);
    fill_tss_b();
    guest_set_idt(guest, VEC_GP, guest_gate(SYSTEM_TASK_GATE, 0, TSS_B, 0, 0));
    cpu->gpr[RAX] = DATA0 | 3;
    refuse("8e d8", VEC_GP, DATA0, REASON_DATA_RPL);
    guest_deliver(guest);
    at(CODE0, 0xa000, 0);
    ck_assert_uint_eq(cpu->gpr[RSP], 0x7000 - 4);
    ck_assert_uint_eq(guest_read(guest, 0x7000 - 4, 4), DATA0);
    ck_assert_uint_eq(guest_read(guest, GUEST_TSS + 0x20, 4), GUEST_CODE);
    ck_assert_uint_eq(guest_read(guest, GUEST_TSS + 0x24, 4), RF | 2);
}
END_TEST

START_TEST(a_bad_segment_in_the_new_tss_faults_in_the_new_task)
{
    guest_protected(guest, 0);
    fill_tss_b();
    guest_write(guest, GUEST_TSS_B + 0x54, 4, DATA_ABSENT); /* DS */
    run("9a 00 00 00 00 40 00");
    /* The #NP is delivered in the context of the new task. */
    ck_assert_uint_eq(cpu->tr.selector, TSS_B);
    at(CODE0, GUEST_HANDLERS + 0xb0, 0);
    ck_assert_uint_eq(stack(0, 4), DATA_ABSENT);
    ck_assert_uint_eq(stack(1, 4), 0xa000);
    ck_assert_uint_eq(cpu->chain[0].reason, REASON_DATA_NOT_PRESENT);
    ck_assert(cpu->chain[0].new_task);
}
END_TEST

START_TEST(a_task_switch_is_checked_before_it_begins)
{
    guest_protected(guest, 0);
    fill_tss_b();
    guest_set_descriptor(guest, TSS_B, guest_segment(GUEST_TSS_B, 0x66, ATTR_P | SYSTEM_TSS32));
    refuse("9a 00 00 00 00 40 00", VEC_TS, TSS_B, REASON_TSS_LIMIT);
    guest_set_descriptor(guest, TSS_B, guest_segment(GUEST_TSS_B, 0x67, SYSTEM_TSS32));
    refuse("9a 00 00 00 00 40 00", VEC_NP, TSS_B, REASON_TSS_NOT_PRESENT);
    guest_protected(guest, 3);
    refuse("9a 00 00 00 00 40 00", VEC_GP, TSS_B, REASON_TSS_DPL);
}
END_TEST

START_TEST(the_debug_trap_of_a_tss_is_pending_after_the_switch)
{
    guest_protected(guest, 0);
    fill_tss_b();
    guest_write(guest, GUEST_TSS_B + 0x64, 2, 1);
    run("ea 00 00 00 00 40 00");
    ck_assert(cpu->pending & PENDING_DB);
    ck_assert_uint_eq(cpu->pending_dr6, BIT(15));
}
END_TEST

START_TEST(the_io_bitmap_decides_for_programs)
{
    guest_protected(guest, 3);
    guest_write(guest, GUEST_TSS + 0x68 + 0x60 / 8, 1, 1 << 4); /* port 64h denied */
    ck_assert(task_io_allowed(cpu, 0x60, 4));
    ck_assert(!task_io_allowed(cpu, 0x64, 1));
    ck_assert_uint_eq(cpu->fault.reason, REASON_IO_BITMAP);
    ck_assert(!task_io_allowed(cpu, 0x62, 4));
    ck_assert(!task_io_allowed(cpu, 0xffff, 1)); /* beyond the TSS limit */
    ck_assert_uint_eq(cpu->fault.reason, REASON_IO_BITMAP_LIMIT);
    cpu->eflags |= IOPL;
    ck_assert(task_io_allowed(cpu, 0x64, 1));
    cpu->eflags |= VM; /* IOPL does not count there */
    ck_assert(!task_io_allowed(cpu, 0x64, 1));
}
END_TEST

/* Events between instructions. */
static int acknowledge_30h(void *context)
{
    (void)context;
    return 0x30;
}

START_TEST(an_interrupt_is_taken_when_if_and_shadows_allow)
{
    guest_protected(guest, 0);
    cpu->board.acknowledge = acknowledge_30h;
    cpu_set_intr(cpu, 0, true);
    ck_assert(!interrupt_service(cpu)); /* IF clear */
    cpu->eflags |= IF;
    cpu->shadow = SHADOW_STI;
    ck_assert(!interrupt_service(cpu));
    cpu->shadow = 0;
    cpu->activity = CPU_HALTED;
    ck_assert(interrupt_service(cpu));
    ck_assert_int_eq(cpu->activity, CPU_RUNNING);
    at(CODE0, GUEST_HANDLERS + 0x300, 0);
}
END_TEST

START_TEST(traps_come_before_nmi_and_nmi_before_interrupts)
{
    guest_protected(guest, 0);
    cpu->eflags |= IF;
    cpu->board.acknowledge = acknowledge_30h;
    cpu_set_intr(cpu, 0, true);
    cpu_set_nmi(cpu, 0, true);
    cpu->pending |= PENDING_DB;
    cpu->pending_dr6 = BIT(14);
    ck_assert(interrupt_service(cpu));
    at(CODE0, GUEST_HANDLERS + 0x10, 0);
    ck_assert(cpu->dr[6] & BIT(14));
    ck_assert(interrupt_service(cpu));
    at(CODE0, GUEST_HANDLERS + 0x20, 0);
    ck_assert(cpu->nmi_blocked);
    cpu_set_nmi(cpu, 0, true);
    ck_assert(!interrupt_service(cpu)); /* blocked, and IF is clear */
}
END_TEST

START_TEST(a_bad_gate_for_an_interrupt_sets_ext)
{
    guest_protected(guest, 0);
    cpu->eflags |= IF;
    cpu->board.acknowledge = acknowledge_30h;
    cpu_set_intr(cpu, 0, true);
    guest_set_idt(guest, 0x30, 0);
    ck_assert(interrupt_service(cpu));
    at(CODE0, GUEST_HANDLERS + 0xd0, 0);
    ck_assert_uint_eq(stack(0, 4), 0x30 * 8 + 3);
    ck_assert(cpu->chain[0].external);
}
END_TEST

/* Other instructions of exec_segment.c. */
START_TEST(push_of_a_segment_register_is_zero_extended)
{
    guest_protected(guest, 0);
    guest_write(guest, GUEST_STACK0 - 4, 4, 0xdeadbeef);
    run("1e"); /* push ds */
    ck_assert_uint_eq(cpu->gpr[RSP], GUEST_STACK0 - 4);
    ck_assert_uint_eq(guest_read(guest, GUEST_STACK0 - 4, 4), DATA0);
    run("07"); /* pop es */
    ck_assert_uint_eq(cpu->gpr[RSP], GUEST_STACK0);
}
END_TEST

START_TEST(pop_ss_moves_the_stack_it_popped_from)
{
    guest_protected(guest, 0);
    guest_write(guest, GUEST_STACK0, 4, DATA16);
    run("17");
    ck_assert_uint_eq(cpu->gpr[RSP], GUEST_STACK0 + 4);
    ck_assert_uint_eq(cpu->seg[SEG_SS].selector, DATA16);
    ck_assert_uint_eq(cpu->shadow, SHADOW_MOV_SS);
}
END_TEST

START_TEST(lar_lsl_verr_verw_answer_in_zf)
{
    guest_protected(guest, 0);
    cpu->gpr[RAX] = DATA0;
    run("0f 02 d8"); /* lar ebx, eax */
    ck_assert(flag_zf(cpu));
    ck_assert_uint_eq(cpu->gpr[RBX], 0x00cf9300);
    run("0f 03 d8"); /* lsl ebx, eax */
    ck_assert_uint_eq(cpu->gpr[RBX], 0xffffffff);
    run("0f 00 e8"); /* verw ax */
    ck_assert(flag_zf(cpu));
    cpu->gpr[RAX] = CODE_EXECUTE_ONLY;
    run("0f 00 e0"); /* verr ax */
    ck_assert(!flag_zf(cpu));
    cpu->gpr[RAX] = 0xfff8;
    run("0f 02 d8");
    ck_assert(!flag_zf(cpu));
    ck_assert_uint_eq(cpu->gpr[RBX], 0xffffffff);
}
END_TEST

START_TEST(tables_are_stored_and_loaded)
{
    guest_protected(guest, 0);
    run("0f 01 05 00 50 00 00"); /* sgdt [5000h] */
    ck_assert_uint_eq(guest_read(guest, 0x5000, 2), GDT_END - 1);
    ck_assert_uint_eq(guest_read(guest, 0x5002, 4), GUEST_GDT);
    guest_write(guest, 0x5002, 4, 0x12345678);
    run("66 0f 01 1d 00 50 00 00"); /* lidt [5000h], 16-bit */
    ck_assert_uint_eq(cpu->idtr.base, 0x345678);
    ck_assert_uint_eq(cpu->idtr.limit, GDT_END - 1);
    cpu->gpr[RAX] = TSS_B;
    run("0f 00 d8"); /* ltr ax */
    ck_assert_uint_eq(cpu->tr.base, GUEST_TSS_B);
    ck_assert_uint_eq(guest_read(guest, GUEST_GDT + TSS_B + 5, 1), 0x8b);
    refuse("0f 00 d8", VEC_GP, TSS_B, REASON_TSS_BUSY);
    cpu->gpr[RAX] = DATA0;
    refuse("0f 00 d0", VEC_GP, DATA0, REASON_LDT_TYPE); /* lldt ax */
    cpu->gpr[RAX] = 0;
    run("0f 00 d0");
    refuse("0f 00 d8", VEC_GP, 0, REASON_TR_NULL);
    guest_protected(guest, 3);
    refuse("0f 01 15 00 50 00 00", VEC_GP, 0, REASON_PRIVILEGED);
}
END_TEST

START_TEST(bound_and_arpl)
{
    guest_protected(guest, 3);
    guest_write(guest, 0x5000, 4, (uint32_t)-2);
    guest_write(guest, 0x5004, 4, 5);
    cpu->gpr[RAX] = (uint32_t)-2;
    run("62 05 00 50 00 00");
    cpu->gpr[RAX] = 6;
    refuse("62 05 00 50 00 00", VEC_BR, 0, REASON_BOUND);
    cpu->gpr[RBX] = 3;
    cpu->gpr[RAX] = 0x11;
    run("63 d8"); /* arpl ax, bx */
    ck_assert_uint_eq(cpu->gpr[RAX], 0x13);
    ck_assert(flag_zf(cpu));
}
END_TEST

START_TEST(a_single_step_trap_does_not_follow_int_n)
{
    guest_protected(guest, 3);
    cpu_set_eflags(cpu, TF);
    run("cd 80");
    ck_assert_uint_eq(cpu->pending & PENDING_DB, 0);
    ck_assert(stack(2, 4) & TF);
    ck_assert_uint_eq(cpu->eflags & TF, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tasks");
    TCase *tcase = tcase_create("tasks");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, call_to_a_tss_nests_and_iret_returns);
    tcase_add_test(tcase, jump_to_a_tss_frees_the_old_task);
    tcase_add_test(tcase, a_task_gate_delivers_a_fault_with_its_error_code);
    tcase_add_test(tcase, a_bad_segment_in_the_new_tss_faults_in_the_new_task);
    tcase_add_test(tcase, a_task_switch_is_checked_before_it_begins);
    tcase_add_test(tcase, the_debug_trap_of_a_tss_is_pending_after_the_switch);
    tcase_add_test(tcase, the_io_bitmap_decides_for_programs);
    tcase_add_test(tcase, an_interrupt_is_taken_when_if_and_shadows_allow);
    tcase_add_test(tcase, traps_come_before_nmi_and_nmi_before_interrupts);
    tcase_add_test(tcase, a_bad_gate_for_an_interrupt_sets_ext);
    tcase_add_test(tcase, push_of_a_segment_register_is_zero_extended);
    tcase_add_test(tcase, pop_ss_moves_the_stack_it_popped_from);
    tcase_add_test(tcase, lar_lsl_verr_verw_answer_in_zf);
    tcase_add_test(tcase, tables_are_stored_and_loaded);
    tcase_add_test(tcase, bound_and_arpl);
    tcase_add_test(tcase, a_single_step_trap_does_not_follow_int_n);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
