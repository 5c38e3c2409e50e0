/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_protection.c - control transfers between levels, interrupts and tasks, run as guest
 * instructions. Expectations from the "Operation" sections of SDM Vol. 2.
 */
#include <check.h>
#include <stdlib.h>

#include "cpu/eflags.h"
#include "cpu/interp.h"
#include "tests/support/guest_cpu.h"

static struct guest *guest;
static struct cpu *cpu;

static void setup(void)
{
    guest = guest_create();
    cpu = guest->cpu;
}

static void teardown(void)
{
    guest_destroy(guest);
}

static void run(const char *hex)
{
    guest_code(guest, hex);
    if (!guest_step(guest))
        ck_abort_msg("%s: %s(%04x) %s", hex, vector_name(cpu->fault.vector), cpu->fault.error,
                     reason_text(cpu->fault.reason));
}

/* The instruction faults, and neither registers nor the stack's bytes have changed. */
static void refuse(const char *hex, unsigned vector, unsigned error, enum reason reason)
{
    struct cpu before;
    uint64_t top;

    guest_code(guest, hex);
    before = *cpu;
    top = guest_read(guest, (before.gpr[RSP] & 0xfffff) - 16, 8);
    ck_assert_msg(!guest_step(guest), "%s: no fault", hex);
    ck_assert_str_eq(reason_name(cpu->fault.reason), reason_name(reason));
    ck_assert_uint_eq(cpu->fault.vector, vector);
    ck_assert_uint_eq(cpu->fault.error, error);
    ck_assert_uint_eq(cpu->rip, before.rip);
    ck_assert_uint_eq(cpu->cpl, before.cpl);
    ck_assert_uint_eq(cpu->mode, before.mode);
    ck_assert_uint_eq(cpu->eflags, before.eflags);
    ck_assert_mem_eq(cpu->gpr, before.gpr, 16 * sizeof cpu->gpr[0]);
    ck_assert_mem_eq(cpu->seg, before.seg, sizeof cpu->seg);
    ck_assert_mem_eq(&cpu->tr, &before.tr, sizeof cpu->tr);
    ck_assert_uint_eq(guest_read(guest, (before.gpr[RSP] & 0xfffff) - 16, 8), top);
}

static void at(unsigned selector, uint64_t rip, unsigned level)
{
    ck_assert_uint_eq(cpu->seg[SEG_CS].selector, selector);
    ck_assert_uint_eq(cpu->rip, rip);
    ck_assert_uint_eq(cpu->cpl, level);
}

static uint64_t stack(unsigned slot, unsigned size)
{
    return guest_read(guest, cpu->gpr[RSP] + slot * size, size);
}

static void call_gate(unsigned type, unsigned dpl, unsigned selector, unsigned count)
{
    guest_set_descriptor(guest, GATE_A, guest_gate(type, dpl, selector, 0x9000, count));
}

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
START_TEST(push_of_a_segment_register_writes_one_word)
{
    guest_protected(guest, 0);
    guest_write(guest, GUEST_STACK0 - 4, 4, 0xdeadbeef);
    run("1e"); /* push ds */
    ck_assert_uint_eq(cpu->gpr[RSP], GUEST_STACK0 - 4);
    ck_assert_uint_eq(guest_read(guest, GUEST_STACK0 - 4, 4), 0xdead0000 | DATA0);
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
    tcase_add_test(tcase, push_of_a_segment_register_writes_one_word);
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
