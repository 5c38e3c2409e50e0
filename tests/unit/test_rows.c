/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_rows.c - rows of the instruction table that no judge executes: what is privileged,
 * what changes a segment register that a native judge needs, and what only raises #UD.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/insn_table.h"
#include "cpu/segment.h"
#include "cpu/sse.h"
#include "tests/support/coverage.h"
#include "tests/support/guest_cpu.h"
#include "util/bits.h"

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
    ck_assert_msg(guest_step(guest), "%s raises vector %u", hex, cpu->fault.vector);
}

static void note(const char *id)
{
    for (unsigned i = 1; i < insn_row_count; i++) {
        if (!strcmp(insn_rows[i].id, id)) {
            coverage_note_unit(i);
            return;
        }
    }
    ck_abort_msg("no row %s", id);
}

/* SDM Vol. 2, "UD - Undefined Instruction": nothing of the operand is read. */
START_TEST(ud0_and_ud1_are_undefined_by_design)
{
    guest_long(guest, 0);
    guest_code(guest, "0f ff 00");
    ck_assert(!guest_step(guest));
    ck_assert_uint_eq(cpu->fault.vector, VEC_UD);
    note("ud0_Gd_Ed");
    cpu->gpr[RAX] = UINT64_C(0x8000000000000000);
    guest_code(guest, "0f b9 00"); /* not canonical */
    ck_assert(!guest_step(guest));
    ck_assert_uint_eq(cpu->fault.vector, VEC_UD);
    note("ud1_Gd_Ed");
}
END_TEST

START_TEST(movsxd_extends_a_doubleword)
{
    guest_long(guest, 0);
    cpu->gpr[RBX] = 0x80000001;
    run("48 63 c3"); /* movsxd rax,ebx */
    ck_assert_uint_eq(cpu->gpr[RAX], UINT64_C(0xffffffff80000001));
    cpu->gpr[RAX] = UINT64_MAX;
    run("63 c3"); /* movsxd eax,ebx */
    ck_assert_uint_eq(cpu->gpr[RAX], 0x80000001);
    cpu->gpr[RAX] = UINT64_MAX;
    run("66 63 c3"); /* movsxd ax,bx */
    ck_assert_uint_eq(cpu->gpr[RAX], UINT64_C(0xffffffffffff0001));
}
END_TEST

START_TEST(hint_nops_change_nothing)
{
    uint64_t before[16];

    guest_long(guest, 0);
    memcpy(before, cpu->gpr, sizeof before);
    run("0f 0d c0"); /* nop eax */
    ck_assert_uint_eq(cpu->rip, GUEST_CODE + 3);
    ck_assert(!memcmp(before, cpu->gpr, sizeof before));
}
END_TEST

START_TEST(push_and_pop_of_fs_and_gs)
{
    guest_protected(guest, 0);
    cpu->gpr[RSP] = GUEST_STACK0;
    guest_write(guest, GUEST_STACK0 - 4, 4, 0xffffffff);
    run("0f a8"); /* push gs: DATA0 */
    ck_assert_uint_eq(cpu->gpr[RSP], GUEST_STACK0 - 4);
    ck_assert_uint_eq(guest_read(guest, GUEST_STACK0 - 4, 2), DATA0);
    guest_write(guest, GUEST_STACK0 - 4, 4, DATA_READ_ONLY);
    run("0f a1"); /* pop fs */
    ck_assert_uint_eq(cpu->seg[SEG_FS].selector, DATA_READ_ONLY);
    ck_assert(!(cpu->seg[SEG_FS].attr & TYPE_WRITABLE));
    ck_assert_uint_eq(cpu->gpr[RSP], GUEST_STACK0);
    cpu->gpr[RSP] = GUEST_STACK0 - 4;
    run("0f a9"); /* pop gs */
    ck_assert_uint_eq(cpu->seg[SEG_GS].selector, DATA_READ_ONLY);
    run("0f a0"); /* push fs */
    ck_assert_uint_eq(guest_read(guest, GUEST_STACK0 - 4, 2), DATA_READ_ONLY);
}
END_TEST

START_TEST(far_pointers_load_lss_lfs_and_lgs)
{
    guest_protected(guest, 0);
    guest_write(guest, 0x8000, 4, 0x12345678);
    guest_write(guest, 0x8004, 2, DATA_READ_ONLY);
    cpu->gpr[RBX] = 0x8000;
    run("0f b5 03"); /* lgs eax,[ebx] */
    ck_assert_uint_eq(cpu->gpr[RAX], 0x12345678);
    ck_assert_uint_eq(cpu->seg[SEG_GS].selector, DATA_READ_ONLY);
    run("0f b4 0b"); /* lfs ecx,[ebx] */
    ck_assert_uint_eq(cpu->gpr[RCX], 0x12345678);
    ck_assert_uint_eq(cpu->seg[SEG_FS].selector, DATA_READ_ONLY);
    guest_write(guest, 0x8004, 2, DATA16);
    run("0f b2 13"); /* lss edx,[ebx] */
    ck_assert_uint_eq(cpu->gpr[RDX], 0x12345678);
    ck_assert_uint_eq(cpu->seg[SEG_SS].selector, DATA16);
    ck_assert_uint_eq(cpu->seg[SEG_SS].limit, 0xffff);
}
END_TEST

/* SDM Vol. 2, "SLDT", "STR": the register form is wide, the memory form a word. */
START_TEST(sldt_and_str_store_selectors)
{
    guest_protected(guest, 0);
    cpu->ldtr.selector = LDT_A;
    cpu->gpr[RAX] = cpu->gpr[RCX] = 0xffffffff;
    run("0f 00 c0"); /* sldt eax */
    ck_assert_uint_eq(cpu->gpr[RAX], LDT_A);
    run("66 0f 00 c9"); /* str cx */
    ck_assert_uint_eq(cpu->gpr[RCX], 0xffff0000 | TSS_A);
    cpu->gpr[RBX] = 0x8000;
    guest_write(guest, 0x8000, 4, 0xffffffff);
    run("0f 00 0b"); /* str [ebx] */
    ck_assert_uint_eq(guest_read(guest, 0x8000, 4), 0xffff0000 | TSS_A);
}
END_TEST

START_TEST(sidt_stores_limit_and_base)
{
    guest_protected(guest, 0);
    cpu->idtr = (struct table_register){ 0x89abcdef, 0x7ff };
    cpu->gpr[RBX] = 0x8000;
    guest_write(guest, 0x8006, 2, 0x5555);
    run("0f 01 0b"); /* sidt [ebx] */
    ck_assert_uint_eq(guest_read(guest, 0x8000, 2), 0x7ff);
    ck_assert_uint_eq(guest_read(guest, 0x8002, 4), 0x89abcdef);
    ck_assert_uint_eq(guest_read(guest, 0x8006, 2), 0x5555);
}
END_TEST

/* There are no caches to lose: memory is what was written last. */
START_TEST(invd_keeps_memory)
{
    guest_long(guest, 0);
    guest_write(guest, 0x8000, 8, UINT64_C(0x0123456789abcdef));
    run("0f 08");
    ck_assert_uint_eq(guest_read(guest, 0x8000, 8), UINT64_C(0x0123456789abcdef));
    ck_assert_uint_eq(cpu->rip, GUEST_CODE + 2);
}
END_TEST

START_TEST(rdtscp_reads_the_time_and_tsc_aux)
{
    uint64_t first;

    guest_long(guest, 0);
    cpu->msr.tsc_aux = 0x89abcdef;
    cpu->gpr[RAX] = cpu->gpr[RCX] = cpu->gpr[RDX] = UINT64_MAX;
    run("0f 01 f9");
    ck_assert_uint_eq(cpu->gpr[RCX], 0x89abcdef);
    ck_assert_uint_eq(cpu->gpr[RAX] >> 32, 0);
    ck_assert_uint_eq(cpu->gpr[RDX] >> 32, 0);
    first = cpu->gpr[RDX] << 32 | cpu->gpr[RAX];
    run("0f 01 f9");
    ck_assert_uint_eq(cpu->gpr[RDX] << 32 | cpu->gpr[RAX], first + 1); /* ticks */
}
END_TEST

/* SDM Vol. 2, "RDPMC": CPUID leaf 0Ah says that there is no counter, so every number is wrong. */
START_TEST(rdpmc_has_no_counters)
{
    guest_long(guest, 0);
    cpu->gpr[RCX] = 0;
    guest_code(guest, "0f 33");
    ck_assert(!guest_step(guest));
    ck_assert_uint_eq(cpu->fault.vector, VEC_GP);
    note("rdpmc");
}
END_TEST

/* SDM Vol. 2, "RSM": #UD outside system-management mode. */
START_TEST(rsm_outside_smm_is_undefined)
{
    guest_long(guest, 0);
    guest_code(guest, "0f aa");
    ck_assert(!guest_step(guest));
    ck_assert_uint_eq(cpu->fault.vector, VEC_UD);
}
END_TEST

/* SDM Vol. 2, "XSAVES", "XRSTORS": with REX.W the x87 pointers are 64 bits wide. */
START_TEST(xsaves64_and_xrstors64_keep_wide_pointers)
{
    const uint64_t fdp = UINT64_C(0x123456789abc);
    uint8_t *area = guest->ram.bytes + GUEST_PAGES + 0x4000;

    guest_long(guest, 0);
    cpu->cr4 |= CR4_OSFXSR | CR4_OSXSAVE;
    cpu->cr0 &= ~(uint64_t)(CR0_TS | CR0_EM);
    cpu->xcr0 = XCR0_X87 | XCR0_AVX_STATE;
    sse_update_ready(cpu);
    memset(area, 0, 4096);
    cpu->fpu.fdp = fdp;
    cpu->fpu.fcw = 0x27f;
    cpu->gpr[RDI] = GUEST_PAGES + 0x4000;
    cpu->gpr[RAX] = XCR0_X87;
    cpu->gpr[RDX] = 0;
    run("48 0f c7 2f");
    ck_assert_uint_eq(load_le64(area + 16), fdp);
    ck_assert_uint_eq(load_le64(area + 512), XCR0_X87);           /* XSTATE_BV */
    ck_assert_uint_eq(load_le64(area + 520), BIT(63) | XCR0_X87); /* XCOMP_BV */
    note("xsaves64_M");
    cpu->fpu.fdp = 0;
    cpu->fpu.fcw = 0x37f;
    run("48 0f c7 1f");
    ck_assert_uint_eq(cpu->fpu.fdp, fdp);
    ck_assert_uint_eq(cpu->fpu.fcw, 0x27f);
    note("xrstors64_M");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rows");
    TCase *tc = tcase_create("rows");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, ud0_and_ud1_are_undefined_by_design);
    tcase_add_test(tc, movsxd_extends_a_doubleword);
    tcase_add_test(tc, hint_nops_change_nothing);
    tcase_add_test(tc, push_and_pop_of_fs_and_gs);
    tcase_add_test(tc, far_pointers_load_lss_lfs_and_lgs);
    tcase_add_test(tc, sldt_and_str_store_selectors);
    tcase_add_test(tc, sidt_stores_limit_and_base);
    tcase_add_test(tc, invd_keeps_memory);
    tcase_add_test(tc, rdtscp_reads_the_time_and_tsc_aux);
    tcase_add_test(tc, rdpmc_has_no_counters);
    tcase_add_test(tc, xsaves64_and_xrstors64_keep_wide_pointers);
    tcase_add_test(tc, rsm_outside_smm_is_undefined);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
