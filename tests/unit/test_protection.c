/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_protection.c - control transfers between levels, interrupts and tasks, run as guest
 * instructions. Expectations from the "Operation" sections of SDM Vol. 2.
 */
#include "tests/support/protection_fixture.h"

/* Real mode. */
START_TEST(real_mode_int_pushes_flags_cs_ip_and_iret_takes_them_back)
{
    cpu_set_eflags(cpu, IF | CF);
    run("cd 21");
    at(0, GUEST_HANDLERS + 0x210, 0);
    ck_assert_uint_eq(cpu->gpr[RSP], 0xfff8);
    ck_assert_uint_eq(guest_read(guest, 0xfff8, 2), GUEST_CODE + 2);
    ck_assert_uint_eq(guest_read(guest, 0xfffa, 2), 0);
    ck_assert_uint_eq(guest_read(guest, 0xfffc, 2), IF | CF | 2);
    ck_assert_uint_eq(cpu->eflags & IF, 0);
    guest_write(guest, cpu->rip, 1, 0xcf);
    ck_assert(guest_step(guest));
    at(0, GUEST_CODE + 2, 0);
    ck_assert_uint_eq(cpu->gpr[RSP], 0xfffe);
    ck_assert_uint_eq(cpu_eflags(cpu), IF | CF | 2);
}
END_TEST

START_TEST(real_mode_far_call_and_return)
{
    run("9a 78 56 34 12");
    at(0x1234, 0x5678, 0);
    ck_assert_uint_eq(cpu->seg[SEG_CS].base, 0x12340);
    ck_assert_uint_eq(guest_read(guest, 0xfffc, 2), 0);
    ck_assert_uint_eq(guest_read(guest, 0xfffa, 2), GUEST_CODE + 5);
    guest_write(guest, 0x12340 + 0x5678, 4, 0x0002ca); /* retf 2 */
    ck_assert(guest_step(guest));
    at(0, GUEST_CODE + 5, 0);
    ck_assert_uint_eq(cpu->gpr[RSP], 0);
}
END_TEST

START_TEST(real_mode_vector_beyond_the_table_ends_in_shutdown)
{
    cpu->idtr.limit = 0x1f; /* vectors 0-7 */
    refuse("cd 21", VEC_GP, 0x10a, REASON_IVT_LIMIT);
    guest_deliver(guest);
    ck_assert_int_eq(cpu->activity, CPU_SHUTDOWN);
    ck_assert_uint_eq(cpu->chain_length, 4);
    ck_assert_uint_eq(cpu->chain[0].vector, VEC_GP);
    ck_assert_uint_eq(cpu->chain[1].vector, VEC_GP);
    ck_assert_uint_eq(cpu->chain[2].vector, VEC_DF);
    ck_assert_uint_eq(cpu->chain[3].reason, REASON_IVT_LIMIT);
}
END_TEST

START_TEST(mov_ss_shadows_the_next_instruction)
{
    run("8e d0"); /* mov ss, ax */
    ck_assert_uint_eq(cpu->shadow, SHADOW_MOV_SS);
    guest_write(guest, cpu->rip, 1, 0x90);
    ck_assert(guest_step(guest));
    ck_assert_uint_eq(cpu->shadow, 0);
    refuse("8e c8", VEC_UD, 0, REASON_UNDEFINED_OPCODE); /* mov cs, ax */
}
END_TEST

/* Protected mode: JMP. */
START_TEST(far_jump_checks_the_code_segment)
{
    guest_protected(guest, 0);
    run("ea 00 90 00 00 08 00");
    at(CODE0, 0x9000, 0);
    refuse("ea 00 90 00 00 00 00", VEC_GP, 0, REASON_CODE_NULL);
    refuse("ea 00 90 00 00 10 00", VEC_GP, DATA0, REASON_TRANSFER_TYPE);
    refuse("ea 00 90 00 00 1b 00", VEC_GP, CODE3, REASON_CODE_RPL);
    refuse("ea 00 90 00 00 18 00", VEC_GP, CODE3, REASON_CODE_DPL);
    refuse("ea 00 90 00 00 78 00", VEC_NP, CODE_ABSENT, REASON_CODE_NOT_PRESENT);
    refuse("ea 00 00 01 00 60 00", VEC_GP, 0, REASON_CODE_LIMIT);
    refuse("ea 00 00 01 00 00 01", VEC_GP, 0x100, REASON_GDT_LIMIT);
}
END_TEST

START_TEST(far_jump_to_16_bit_code_changes_the_mode)
{
    guest_protected(guest, 0);
    run("ea 00 90 00 00 60 00");
    at(CODE16, 0x9000, 0);
    ck_assert_uint_eq(cpu->mode, MODE_STACK32);
}
END_TEST

START_TEST(conforming_code_keeps_the_level_of_the_caller)
{
    guest_protected(guest, 3);
    run("ea 00 90 00 00 28 00");
    at(CODE_CONFORMING | 3, 0x9000, 3);
}
END_TEST

START_TEST(a_jump_through_a_gate_cannot_change_the_level)
{
    guest_protected(guest, 3);
    call_gate(SYSTEM_CALL_GATE32, 3, CODE0, 0);
    refuse("ea 00 00 00 00 b3 00", VEC_GP, CODE0, REASON_JMP_GATE_DPL);
    call_gate(SYSTEM_CALL_GATE32, 3, CODE3, 0);
    run("ea 00 00 00 00 b3 00");
    at(CODE3 | 3, 0x9000, 3);
}
END_TEST

/* Protected mode: CALL and RET. */
START_TEST(a_call_gate_switches_stacks_and_copies_parameters)
{
    guest_protected(guest, 3);
    call_gate(SYSTEM_CALL_GATE32, 3, CODE0, 2);
    guest_write(guest, GUEST_STACK3, 4, 0xaaaa1111);
    guest_write(guest, GUEST_STACK3 + 4, 4, 0xbbbb2222);
    run("9a 00 00 00 00 b3 00");
    at(CODE0, 0x9000, 0);
    ck_assert_uint_eq(cpu->seg[SEG_SS].selector, DATA0);
    ck_assert_uint_eq(cpu->gpr[RSP], GUEST_STACK0 - 24);
    ck_assert_uint_eq(stack(0, 4), GUEST_CODE + 7);
    ck_assert_uint_eq(stack(1, 4), CODE3 | 3);
    ck_assert_uint_eq(stack(2, 4), 0xaaaa1111);
    ck_assert_uint_eq(stack(3, 4), 0xbbbb2222);
    ck_assert_uint_eq(stack(4, 4), GUEST_STACK3);
    ck_assert_uint_eq(stack(5, 4), DATA3 | 3);
    ck_assert(segment_load(cpu, SEG_ES, DATA0));
    guest_write(guest, 0x9000, 4, 0x0008ca); /* retf 8 */
    ck_assert(guest_step(guest));
    at(CODE3 | 3, GUEST_CODE + 7, 3);
    ck_assert_uint_eq(cpu->seg[SEG_SS].selector, DATA3 | 3);
    ck_assert_uint_eq(cpu->gpr[RSP], GUEST_STACK3 + 8);
    ck_assert_uint_eq(cpu->seg[SEG_ES].selector, 0); /* too privileged for level 3 */
    ck_assert_uint_eq(cpu->seg[SEG_DS].selector, DATA3 | 3);
}
END_TEST

START_TEST(a_16_bit_call_gate_pushes_words)
{
    guest_protected(guest, 3);
    call_gate(SYSTEM_CALL_GATE16, 3, CODE0, 1);
    guest_write(guest, GUEST_STACK3, 2, 0x1111);
    run("9a 00 00 00 00 b3 00");
    at(CODE0, 0x9000, 0);
    ck_assert_uint_eq(cpu->gpr[RSP], GUEST_STACK0 - 10);
    ck_assert_uint_eq(stack(0, 2), GUEST_CODE + 7);
    ck_assert_uint_eq(stack(2, 2), 0x1111);
    ck_assert_uint_eq(stack(4, 2), DATA3 | 3);
}
END_TEST

START_TEST(a_call_gate_is_guarded)
{
    guest_protected(guest, 3);
    call_gate(SYSTEM_CALL_GATE32, 0, CODE0, 0);
    refuse("9a 00 00 00 00 b0 00", VEC_GP, GATE_A, REASON_GATE_CPL);
    call_gate(SYSTEM_CALL_GATE32, 3, DATA0, 0);
    refuse("9a 00 00 00 00 b3 00", VEC_GP, DATA0, REASON_GATE_CODE_TYPE);
    call_gate(SYSTEM_CALL_GATE32, 3, 0, 0);
    refuse("9a 00 00 00 00 b3 00", VEC_GP, 0, REASON_GATE_CODE_NULL);
    call_gate(SYSTEM_CALL_GATE32, 3, CODE_ABSENT, 0);
    refuse("9a 00 00 00 00 b3 00", VEC_NP, CODE_ABSENT, REASON_CODE_NOT_PRESENT);
    guest_set_descriptor(guest, GATE_A,
                         guest_gate(SYSTEM_CALL_GATE32, 3, CODE0, 0x9000, 0) & ~BIT(47));
    refuse("9a 00 00 00 00 b3 00", VEC_NP, GATE_A, REASON_GATE_NOT_PRESENT);
}
END_TEST

START_TEST(the_inner_stack_of_a_call_is_checked_with_ts)
{
    guest_protected(guest, 3);
    call_gate(SYSTEM_CALL_GATE32, 3, CODE0, 0);
    guest_write(guest, GUEST_TSS + 8, 2, 0);
    refuse("9a 00 00 00 00 b3 00", VEC_TS, 0, REASON_STACK_NULL);
    guest_write(guest, GUEST_TSS + 8, 2, DATA3 | 3);
    refuse("9a 00 00 00 00 b3 00", VEC_TS, DATA3, REASON_STACK_RPL);
    guest_write(guest, GUEST_TSS + 8, 2, DATA3);
    refuse("9a 00 00 00 00 b3 00", VEC_TS, DATA3, REASON_STACK_DPL);
    guest_write(guest, GUEST_TSS + 8, 2, DATA_ABSENT);
    refuse("9a 00 00 00 00 b3 00", VEC_SS, DATA_ABSENT, REASON_STACK_NOT_PRESENT);
    guest_write(guest, GUEST_TSS + 8, 2, DATA16);
    guest_write(guest, GUEST_TSS + 4, 4, 7); /* no room for 16 bytes: 16-bit SP wraps within one */
    refuse("9a 00 00 00 00 b3 00", VEC_SS, DATA16, REASON_STACK_NO_ROOM);
    cpu->tr.limit = 8;
    refuse("9a 00 00 00 00 b3 00", VEC_TS, TSS_A, REASON_TSS_STACK_LIMIT);
}
END_TEST

START_TEST(a_far_return_cannot_go_inward)
{
    guest_protected(guest, 3);
    guest_write(guest, GUEST_STACK3, 4, 0x9000);
    guest_write(guest, GUEST_STACK3 + 4, 4, CODE0);
    refuse("cb", VEC_GP, CODE0, REASON_RETURN_INWARD);
    guest_write(guest, GUEST_STACK3 + 4, 4, CODE0 | 3);
    refuse("cb", VEC_GP, CODE0, REASON_RETURN_DPL);
    guest_write(guest, GUEST_STACK3 + 4, 4, 0);
    refuse("cb", VEC_GP, 0, REASON_CODE_NULL);
}
END_TEST

START_TEST(a_return_to_a_16_bit_stack_keeps_the_upper_half_of_esp)
{
    guest_protected(guest, 0);
    guest_set_descriptor(guest, FREE_SLOT, guest_segment(0, 0xffff, 0xf3)); /* data, DPL 3 */
    guest_write(guest, GUEST_STACK0, 4, 0x9000);
    guest_write(guest, GUEST_STACK0 + 4, 4, CODE3 | 3);
    guest_write(guest, GUEST_STACK0 + 8, 4, 0x12345678);
    guest_write(guest, GUEST_STACK0 + 12, 4, FREE_SLOT | 3);
    run("cb");
    at(CODE3 | 3, 0x9000, 3);
    ck_assert_uint_eq(cpu->gpr[RSP], (GUEST_STACK0 & 0xffff0000) | 0x5678);
}
END_TEST

/* Interrupts in protected mode. */
START_TEST(int_n_from_level_3_switches_stacks_and_iretd_returns)
{
    guest_protected(guest, 3);
    cpu_set_eflags(cpu, IF | ZF);
    run("cd 80");
    at(CODE0, GUEST_HANDLERS + 0x800, 0);
    ck_assert_uint_eq(cpu->gpr[RSP], GUEST_STACK0 - 20);
    ck_assert_uint_eq(stack(0, 4), GUEST_CODE + 2);
    ck_assert_uint_eq(stack(1, 4), CODE3 | 3);
    ck_assert_uint_eq(stack(2, 4), IF | ZF | 2);
    ck_assert_uint_eq(stack(3, 4), GUEST_STACK3);
    ck_assert_uint_eq(stack(4, 4), DATA3 | 3);
    ck_assert_uint_eq(cpu->eflags & IF, 0);
    guest_write(guest, cpu->rip, 1, 0xcf);
    ck_assert(guest_step(guest));
    at(CODE3 | 3, GUEST_CODE + 2, 3);
    ck_assert_uint_eq(cpu->gpr[RSP], GUEST_STACK3);
    ck_assert_uint_eq(cpu_eflags(cpu), IF | ZF | 2);
}
END_TEST

START_TEST(int_n_is_held_against_the_gate)
{
    guest_protected(guest, 3);
    refuse("cd 40", VEC_GP, 0x40 * 8 + 2, REASON_IDT_GATE_DPL);
    guest_set_idt(guest, 0x40, 0);
    refuse("cd 40", VEC_GP, 0x40 * 8 + 2, REASON_IDT_GATE_TYPE);
    guest_set_idt(guest, 0x40,
                  guest_gate(SYSTEM_TRAP_GATE32, 3, CODE0, GUEST_HANDLERS, 0) & ~BIT(47));
    refuse("cd 40", VEC_NP, 0x40 * 8 + 2, REASON_IDT_GATE_NOT_PRESENT);
    guest_set_idt(guest, 0x40, guest_gate(SYSTEM_TRAP_GATE32, 3, 0, GUEST_HANDLERS, 0));
    refuse("cd 40", VEC_GP, 0, REASON_GATE_CODE_NULL);
    cpu->idtr.limit = 0x40 * 8;
    refuse("cd 40", VEC_GP, 0x40 * 8 + 2, REASON_IDT_LIMIT);
}
END_TEST

START_TEST(a_trap_gate_leaves_if_and_stays_on_the_stack_at_the_same_level)
{
    guest_protected(guest, 0);
    cpu_set_eflags(cpu, IF);
    guest_set_idt(guest, 3, guest_gate(SYSTEM_TRAP_GATE32, 0, CODE0, GUEST_HANDLERS + 0x30, 0));
    run("cc");
    at(CODE0, GUEST_HANDLERS + 0x30, 0);
    ck_assert_uint_eq(cpu->gpr[RSP], GUEST_STACK0 - 12);
    ck_assert_uint_eq(stack(0, 4), GUEST_CODE + 1);
    ck_assert(cpu->eflags & IF);
    ck_assert_uint_eq(cpu->chain_length, 1);
    ck_assert_uint_eq(cpu->chain[0].reason, REASON_INT3);
    ck_assert_uint_eq(cpu->chain[0].rip, GUEST_CODE);
}
END_TEST

START_TEST(a_fault_pushes_its_error_code_and_rf)
{
    guest_protected(guest, 3);
    cpu_set_eflags(cpu, IF);
    cpu->gpr[RAX] = 0x1234;
    refuse("8e d8", VEC_GP, 0x1234, REASON_LDT_NULL);
    guest_deliver(guest);
    at(CODE0, GUEST_HANDLERS + 0xd0, 0);
    ck_assert_uint_eq(stack(0, 4), 0x1234);
    ck_assert_uint_eq(stack(1, 4), GUEST_CODE);
    ck_assert_uint_eq(stack(3, 4), IF | RF | 2);
    ck_assert_uint_eq(cpu->chain_length, 1);
}
END_TEST

START_TEST(a_second_fault_on_the_way_is_a_double_fault)
{
    guest_protected(guest, 3);
    cpu->gpr[RAX] = DATA0;
    refuse("8e d8", VEC_GP, DATA0, REASON_DATA_CPL);
    guest_set_idt(guest, VEC_GP, 0);
    guest_deliver(guest);
    at(CODE0, GUEST_HANDLERS + 0x80, 0);
    ck_assert_uint_eq(stack(0, 4), 0);
    ck_assert_uint_eq(cpu->chain_length, 3);
    ck_assert_uint_eq(cpu->chain[0].reason, REASON_DATA_CPL);
    ck_assert_uint_eq(cpu->chain[1].reason, REASON_IDT_GATE_TYPE);
    ck_assert_uint_eq(cpu->chain[1].error, VEC_GP * 8 + 3);
    ck_assert(cpu->chain[1].external);
    ck_assert_uint_eq(cpu->chain[2].reason, REASON_DOUBLE_FAULT);
}
END_TEST

START_TEST(a_benign_first_fault_is_only_followed)
{
    guest_protected(guest, 3);
    guest_set_idt(guest, VEC_UD, 0);
    refuse("0f 0b", VEC_UD, 0, REASON_UD_INSTRUCTION);
    guest_deliver(guest);
    at(CODE0, GUEST_HANDLERS + 0xd0, 0);
    ck_assert_uint_eq(stack(0, 4), VEC_UD * 8 + 3);
    ck_assert_uint_eq(cpu->chain_length, 2);
}
END_TEST

START_TEST(a_fault_while_delivering_a_double_fault_shuts_down)
{
    guest_protected(guest, 3);
    cpu->idtr.limit = 0;
    cpu->gpr[RAX] = DATA0;
    refuse("8e d8", VEC_GP, DATA0, REASON_DATA_CPL);
    guest_deliver(guest);
    ck_assert_int_eq(cpu->activity, CPU_SHUTDOWN);
    ck_assert_uint_eq(cpu->chain_length, 4);
    ck_assert_uint_eq(cpu->chain[3].reason, REASON_IDT_LIMIT);
    at(CODE3 | 3, GUEST_CODE, 3); /* as it was */
}
END_TEST

START_TEST(iret_loads_what_the_level_allows)
{
    guest_protected(guest, 3);
    cpu_set_eflags(cpu, IF);
    guest_write(guest, GUEST_STACK3, 4, 0x9000);
    guest_write(guest, GUEST_STACK3 + 4, 4, CODE3 | 3);
    guest_write(guest, GUEST_STACK3 + 8, 4, IOPL | CF | AC);
    run("cf");
    at(CODE3 | 3, 0x9000, 3);
    ck_assert_uint_eq(cpu_eflags(cpu), IF | CF | AC | 2); /* IF and IOPL stay: CPL > IOPL */
}
END_TEST

START_TEST(iret_unblocks_nmi_even_if_it_faults)
{
    guest_protected(guest, 0);
    cpu->nmi_blocked = true;
    guest_write(guest, GUEST_STACK0 + 4, 4, 0);
    refuse("cf", VEC_GP, 0, REASON_CODE_NULL);
    ck_assert(!cpu->nmi_blocked);
}
END_TEST

/* Virtual-8086 mode. */
START_TEST(iretd_enters_virtual_8086_mode_and_a_fault_leaves_it)
{
    static const uint32_t frame[] = { GUEST_CODE, 0,      VM | IOPL | IF | 2,
                                      0x8000,     0x2000, 0x100,
                                      0x200,      0x300,  0x400 };

    guest_protected(guest, 0);
    for (unsigned i = 0; i < ARRAY_SIZE(frame); i++)
        guest_write(guest, GUEST_STACK0 + 4 * i, 4, frame[i]);
    guest_code(guest, "cf");
    ck_assert(guest_step(guest));
    at(0, GUEST_CODE, 3);
    ck_assert(cpu->eflags & VM);
    ck_assert_uint_eq(cpu->mode, 0);
    ck_assert_uint_eq(cpu->seg[SEG_SS].base, 0x20000);
    ck_assert_uint_eq(cpu->seg[SEG_GS].selector, 0x400);
    refuse("0f 0b", VEC_UD, 0, REASON_UD_INSTRUCTION);
    guest_deliver(guest);
    at(CODE0, GUEST_HANDLERS + 0x60, 0);
    ck_assert_uint_eq(cpu->gpr[RSP], GUEST_STACK0 - 36);
    ck_assert_uint_eq(stack(0, 4), GUEST_CODE);
    ck_assert_uint_eq(stack(1, 4), 0);
    ck_assert_uint_eq(stack(2, 4), VM | IOPL | IF | RF | 2);
    ck_assert_uint_eq(stack(3, 4), 0x8000);
    ck_assert_uint_eq(stack(4, 4), 0x2000);
    ck_assert_uint_eq(stack(5, 4), 0x100);
    ck_assert_uint_eq(stack(8, 4), 0x400);
    ck_assert_uint_eq(cpu->seg[SEG_DS].attr & ATTR_P, 0);
    ck_assert(!(cpu->eflags & VM));
}
END_TEST

START_TEST(virtual_8086_int_and_iret_ask_for_iopl_3)
{
    guest_v86(guest, 2);
    refuse("cd 80", VEC_GP, 0, REASON_V86_INT_IOPL);
    refuse("cf", VEC_GP, 0, REASON_V86_IRET_IOPL);
    guest_v86(guest, 3);
    run("cd 80");
    at(CODE0, GUEST_HANDLERS + 0x800, 0);
}
END_TEST

START_TEST(virtual_8086_events_need_a_level_0_handler)
{
    guest_v86(guest, 3);
    guest_set_idt(guest, 0x80, guest_gate(SYSTEM_INT_GATE32, 3, CODE1, 0x9000, 0));
    refuse("cd 80", VEC_GP, CODE1, REASON_V86_HANDLER_LEVEL);
}
END_TEST

START_TEST(vme_redirects_int_to_the_programs_own_table)
{
    guest_v86(guest, 0);
    cpu->cr4 |= CR4_VME;
    cpu->eflags |= VIF;
    guest_write(guest, GUEST_TSS + 0x66, 2, 0x88); /* 32 bytes of redirection map before */
    guest_write(guest, 0x21 * 4, 4, 0x01000009);   /* 0100:0009 */
    run("cd 21");
    at(0x100, 9, 3);
    ck_assert_uint_eq(guest_read(guest, 0x20000 + 0x7ffe, 2), IF | IOPL | 2);
    ck_assert_uint_eq(cpu->eflags & VIF, 0);
    guest_write(guest, GUEST_TSS + 0x68 + 0x21 / 8, 1, 2); /* bit 1 of byte 4: not redirected */
    segment_load_real(cpu, SEG_CS, 0);
    cpu_update_mode(cpu);
    refuse("cd 21", VEC_GP, 0, REASON_V86_INT_IOPL);
}
END_TEST

/* IA-32e mode. */
START_TEST(long_mode_int_pushes_ss_rsp_and_iretq_returns)
{
    guest_long(guest, 3);
    cpu_set_eflags(cpu, IF);
    cpu->gpr[RSP] = GUEST_STACK3 - 3;
    run("cd 80");
    at(CODE0, GUEST_HANDLERS + 0x800, 0);
    ck_assert_uint_eq(cpu->gpr[RSP], GUEST_STACK0 - 40);
    ck_assert_uint_eq(stack(0, 8), GUEST_CODE + 2);
    ck_assert_uint_eq(stack(1, 8), CODE3 | 3);
    ck_assert_uint_eq(stack(2, 8), IF | 2);
    ck_assert_uint_eq(stack(3, 8), GUEST_STACK3 - 3);
    ck_assert_uint_eq(stack(4, 8), DATA3 | 3);
    ck_assert_uint_eq(cpu->seg[SEG_SS].selector, 0);
    guest_write(guest, cpu->rip, 2, 0xcf48);
    ck_assert(guest_step(guest));
    at(CODE3 | 3, GUEST_CODE + 2, 3);
    ck_assert_uint_eq(cpu->gpr[RSP], GUEST_STACK3 - 3);
    ck_assert_uint_eq(cpu->seg[SEG_SS].selector, DATA3 | 3);
}
END_TEST

START_TEST(long_mode_aligns_the_stack_at_the_same_level_and_uses_ist)
{
    guest_long(guest, 0);
    cpu->gpr[RSP] = GUEST_STACK0 - 3;
    run("cc");
    ck_assert_uint_eq(cpu->gpr[RSP], GUEST_STACK0 - 16 - 40);
    ck_assert_uint_eq(stack(3, 8), GUEST_STACK0 - 3);
    ck_assert_uint_eq(cpu->seg[SEG_SS].selector, DATA0); /* not loaded */
    guest_set_idt(guest, 3, guest_gate(SYSTEM_INT_GATE32, 0, CODE0, 0x9000, 1));
    run("cc");
    ck_assert_uint_eq(cpu->gpr[RSP], GUEST_IST1 - 40);
}
END_TEST

START_TEST(long_mode_gates_lead_to_64_bit_code_only)
{
    guest_long(guest, 0);
    guest_set_idt(guest, 3, guest_gate(SYSTEM_INT_GATE32, 0, CODE16, 0x9000, 0));
    refuse("cc", VEC_GP, CODE16, REASON_GATE_CODE_NOT_64);
    guest_set_idt(guest, 3, guest_gate(SYSTEM_INT_GATE16, 0, CODE0, 0x9000, 0));
    refuse("cc", VEC_GP, 3 * 8 + 2, REASON_IDT_GATE_TYPE);
    guest_set_idt(guest, 3, guest_gate(SYSTEM_TASK_GATE, 0, TSS_B, 0, 0));
    refuse("cc", VEC_GP, 3 * 8 + 2, REASON_IDT_GATE_TYPE);
}
END_TEST

START_TEST(iretq_to_level_0_takes_a_null_stack_segment_but_not_level_3)
{
    guest_long(guest, 0);
    guest_write(guest, GUEST_STACK0, 8, 0x9000);
    guest_write(guest, GUEST_STACK0 + 8, 8, CODE0);
    guest_write(guest, GUEST_STACK0 + 16, 8, 2);
    guest_write(guest, GUEST_STACK0 + 24, 8, 0x7000);
    guest_write(guest, GUEST_STACK0 + 32, 8, 0);
    run("48 cf");
    at(CODE0, 0x9000, 0);
    ck_assert_uint_eq(cpu->gpr[RSP], 0x7000);
    ck_assert_uint_eq(cpu->seg[SEG_SS].attr & ATTR_P, 0);
    cpu->gpr[RSP] = GUEST_STACK0;
    guest_write(guest, GUEST_STACK0 + 8, 8, CODE3 | 3);
    guest_write(guest, GUEST_STACK0 + 32, 8, 3);
    refuse("48 cf", VEC_GP, 0, REASON_STACK_NULL);
}
END_TEST

START_TEST(iretq_to_compatibility_mode)
{
    guest_long(guest, 0);
    guest_write(guest, GUEST_STACK0, 8, 0x9000);
    guest_write(guest, GUEST_STACK0 + 8, 8, COMPAT3 | 3);
    guest_write(guest, GUEST_STACK0 + 16, 8, 2);
    guest_write(guest, GUEST_STACK0 + 24, 8, 0x7000);
    guest_write(guest, GUEST_STACK0 + 32, 8, DATA3 | 3);
    run("48 cf");
    at(COMPAT3 | 3, 0x9000, 3);
    ck_assert_uint_eq(cpu->mode, MODE_CODE32 | MODE_STACK32);
    guest_code(guest, "cd 80"); /* and back */
    ck_assert(guest_step(guest));
    at(CODE0, GUEST_HANDLERS + 0x800, 0);
    ck_assert_uint_eq(cpu->mode, MODE_CODE64);
}
END_TEST

START_TEST(iret_with_nt_is_refused_in_long_mode)
{
    guest_long(guest, 0);
    cpu->eflags |= NT;
    refuse("48 cf", VEC_GP, 0, REASON_IRET_NT_LONG_MODE);
}
END_TEST

START_TEST(a_64_bit_call_gate_pushes_quadwords_on_the_inner_stack)
{
    guest_long(guest, 3);
    call_gate(SYSTEM_CALL_GATE32, 3, CODE0, 0);
    guest_write(guest, GUEST_GDT + GATE_A + 8, 8, 0);
    guest_write(guest, 0x5000, 4, 0);
    guest_write(guest, 0x5004, 2, GATE_A | 3);
    run("ff 1c 25 00 50 00 00"); /* call far [5000h] */
    at(CODE0, 0x9000, 0);
    ck_assert_uint_eq(cpu->gpr[RSP], GUEST_STACK0 - 32);
    ck_assert_uint_eq(stack(0, 8), GUEST_CODE + 7);
    ck_assert_uint_eq(stack(1, 8), CODE3 | 3);
    ck_assert_uint_eq(stack(2, 8), GUEST_STACK3);
    ck_assert_uint_eq(stack(3, 8), DATA3 | 3);
    guest_write(guest, 0x9000, 2, 0xcb48); /* retf, 64-bit */
    ck_assert(guest_step(guest));
    at(CODE3 | 3, GUEST_CODE + 7, 3);
    ck_assert_uint_eq(cpu->gpr[RSP], GUEST_STACK3);
}
END_TEST

START_TEST(a_non_canonical_inner_stack_is_a_stack_fault)
{
    guest_long(guest, 3);
    guest_write(guest, GUEST_TSS + 4, 8, UINT64_C(0x900000000000));
    guest_code(guest, "cd 80");
    ck_assert(!guest_step(guest));
    ck_assert_uint_eq(cpu->fault.vector, VEC_SS);
    ck_assert_uint_eq(cpu->fault.reason, REASON_STACK_NON_CANONICAL);
}
END_TEST

START_TEST(a_page_fault_while_pushing_becomes_a_double_fault_on_its_own_stack)
{
    guest_long(guest, 3);
    guest_write(guest, GUEST_TSS + 4, 8, 0x40000000); /* RSP0: not mapped */
    guest_set_idt(guest, VEC_DF, guest_gate(SYSTEM_INT_GATE32, 0, CODE0, 0xa000, 1));
    cpu->gpr[RAX] = DATA0;
    refuse("8e d8", VEC_GP, DATA0, REASON_DATA_CPL);
    guest_deliver(guest);
    /* #GP, then #PF: not a double fault; #PF again while delivering the #PF: #DF. */
    at(CODE0, 0xa000, 0);
    ck_assert_uint_eq(cpu->cr2 & ~UINT64_C(0xff), 0x3fffff00);
    ck_assert_uint_eq(cpu->chain_length, 4);
    ck_assert_uint_eq(cpu->chain[0].reason, REASON_DATA_CPL);
    ck_assert_uint_eq(cpu->chain[1].vector, VEC_PF);
    ck_assert_uint_eq(cpu->chain[2].vector, VEC_PF);
    ck_assert_uint_eq(cpu->chain[3].vector, VEC_DF);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("protection");
    TCase *tcase = tcase_create("protection");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, real_mode_int_pushes_flags_cs_ip_and_iret_takes_them_back);
    tcase_add_test(tcase, real_mode_far_call_and_return);
    tcase_add_test(tcase, real_mode_vector_beyond_the_table_ends_in_shutdown);
    tcase_add_test(tcase, mov_ss_shadows_the_next_instruction);
    tcase_add_test(tcase, far_jump_checks_the_code_segment);
    tcase_add_test(tcase, far_jump_to_16_bit_code_changes_the_mode);
    tcase_add_test(tcase, conforming_code_keeps_the_level_of_the_caller);
    tcase_add_test(tcase, a_jump_through_a_gate_cannot_change_the_level);
    tcase_add_test(tcase, a_call_gate_switches_stacks_and_copies_parameters);
    tcase_add_test(tcase, a_16_bit_call_gate_pushes_words);
    tcase_add_test(tcase, a_call_gate_is_guarded);
    tcase_add_test(tcase, the_inner_stack_of_a_call_is_checked_with_ts);
    tcase_add_test(tcase, a_far_return_cannot_go_inward);
    tcase_add_test(tcase, a_return_to_a_16_bit_stack_keeps_the_upper_half_of_esp);
    tcase_add_test(tcase, int_n_from_level_3_switches_stacks_and_iretd_returns);
    tcase_add_test(tcase, int_n_is_held_against_the_gate);
    tcase_add_test(tcase, a_trap_gate_leaves_if_and_stays_on_the_stack_at_the_same_level);
    tcase_add_test(tcase, a_fault_pushes_its_error_code_and_rf);
    tcase_add_test(tcase, a_second_fault_on_the_way_is_a_double_fault);
    tcase_add_test(tcase, a_benign_first_fault_is_only_followed);
    tcase_add_test(tcase, a_fault_while_delivering_a_double_fault_shuts_down);
    tcase_add_test(tcase, iret_loads_what_the_level_allows);
    tcase_add_test(tcase, iret_unblocks_nmi_even_if_it_faults);
    tcase_add_test(tcase, iretd_enters_virtual_8086_mode_and_a_fault_leaves_it);
    tcase_add_test(tcase, virtual_8086_int_and_iret_ask_for_iopl_3);
    tcase_add_test(tcase, virtual_8086_events_need_a_level_0_handler);
    tcase_add_test(tcase, vme_redirects_int_to_the_programs_own_table);
    tcase_add_test(tcase, long_mode_int_pushes_ss_rsp_and_iretq_returns);
    tcase_add_test(tcase, long_mode_aligns_the_stack_at_the_same_level_and_uses_ist);
    tcase_add_test(tcase, long_mode_gates_lead_to_64_bit_code_only);
    tcase_add_test(tcase, iretq_to_level_0_takes_a_null_stack_segment_but_not_level_3);
    tcase_add_test(tcase, iretq_to_compatibility_mode);
    tcase_add_test(tcase, iret_with_nt_is_refused_in_long_mode);
    tcase_add_test(tcase, a_64_bit_call_gate_pushes_quadwords_on_the_inner_stack);
    tcase_add_test(tcase, a_non_canonical_inner_stack_is_a_stack_fault);
    tcase_add_test(tcase, a_page_fault_while_pushing_becomes_a_double_fault_on_its_own_stack);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
