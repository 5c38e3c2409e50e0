/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_exec_misc.c - processor number, cache lines, direct stores, hints:
 * insns_misc.def, and WBNOINVD, the prefetches and the reserved NOPs beside it.
 */
#include <check.h>
#include <stdlib.h>

#include "cpu/decode.h"
#include "cpu/exec.h"
#include "tests/support/test_cpu.h"

START_TEST(rdpid_reads_the_processor_number)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "f3 0f c7 f8"); /* rdpid rax */

    cpu->msr.tsc_aux = 0x89abcdef;
    cpu->gpr[RAX] = ~UINT64_C(0);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x89abcdef);
    cpu = test_cpu(MODE_REAL, "f3 0f c7 f9"); /* rdpid ecx, 32 bits whatever the operand size */
    cpu->msr.tsc_aux = 0x89abcdef;
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RCX], 0x89abcdef);
    test_code(cpu, "f3 0f c7 39"); /* no memory form */
    ck_assert_int_eq(test_step(cpu), VEC_UD);
}
END_TEST

/* clflush, clflushopt, clwb [rdi] */
static const char *const line_operations[] = { "0f ae 3f", "66 0f ae 3f", "66 0f ae 37" };

START_TEST(cache_lines_are_checked_like_loads_of_a_byte)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, line_operations[_i]);
    uint64_t table = test_small_pages(cpu), entry = table + 8 * 0x80;

    cpu->gpr[RDI] = 0x80fff;                /* one byte: no second page */
    test_write(cpu, entry, 8, 0x80000 | 1); /* read-only */
    test_write(cpu, entry + 8, 8, test_read(cpu, entry + 8, 8) & ~UINT64_C(1));
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_read(cpu, entry, 8) & 0x60, 0x20); /* accessed, not dirty */
    cpu->gpr[RDI] = 0x81000;
    test_code(cpu, line_operations[_i]);
    ck_assert_int_eq(test_step(cpu), VEC_PF);
    ck_assert_uint_eq(cpu->fault.error, 0);
    cpu->gpr[RDI] = 0x8000000000000000;
    test_code(cpu, line_operations[_i]);
    ck_assert_int_eq(test_step(cpu), VEC_GP);
}
END_TEST

/* As AMD family 19h does with such a code segment from the LDT. */
START_TEST(cache_lines_of_an_execute_only_segment_can_be_flushed)
{
    static const char *const code[] = { "2e 0f ae 3f", "2e 66 0f ae 3f", "2e 66 0f ae 37" };
    struct cpu *cpu = test_cpu(MODE_PROT32, "2e 8a 07"); /* mov al, cs:[edi] */

    cpu->seg[SEG_CS].attr &= ~(unsigned)TYPE_READABLE;
    cpu->seg[SEG_CS].limit = 0xffff;
    cpu_rebuild(cpu);
    cpu->gpr[RDI] = TEST_DATA;
    ck_assert_int_eq(test_step(cpu), VEC_GP);
    test_code(cpu, code[_i]);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    cpu->gpr[RDI] = 0x10000; /* the limit counts */
    test_code(cpu, code[_i]);
    ck_assert_int_eq(test_step(cpu), VEC_GP);
}
END_TEST

START_TEST(wbnoinvd_is_privileged_and_else_wbinvd)
{
    static const uint8_t code[] = { 0xf3, 0x0f, 0x09 };
    uint64_t features[(F_COUNT + 63) / 64];
    struct guest *guest = guest_create();
    struct insn insn;

    guest_long(guest, 3);
    guest_code(guest, "f3 0f 09");
    ck_assert(!guest_step(guest));
    ck_assert_uint_eq(guest->cpu->fault.vector, VEC_GP);
    ck_assert_str_eq(reason_name(guest->cpu->fault.reason), "PRIVILEGED");
    guest_long(guest, 0);
    guest_code(guest, "f3 0f 09");
    ck_assert(guest_step(guest));
    guest_destroy(guest);

    memset(features, 0xff, sizeof features);
    ck_assert_int_eq(decode_insn(code, 3, MODE_CODE64, features, &insn), DECODE_OK);
    ck_assert_str_eq(insn_rows[insn.row].id, "wbnoinvd");
    features[F_WBNOINVD / 64] &= ~BIT(F_WBNOINVD % 64);
    ck_assert_int_eq(decode_insn(code, 3, MODE_CODE64, features, &insn), DECODE_OK);
    ck_assert_str_eq(insn_rows[insn.row].id, "wbinvd");
}
END_TEST

START_TEST(movdiri_stores_4_or_8_bytes)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "0f 38 f9 0f"); /* movdiri [rdi], ecx */

    cpu->gpr[RDI] = TEST_DATA + 1;
    cpu->gpr[RCX] = 0x1122334455667788;
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_read(cpu, TEST_DATA, 8), 0x5566778800);
    test_code(cpu, "48 0f 38 f9 0f"); /* movdiri [rdi], rcx */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_read(cpu, TEST_DATA + 1, 8), 0x1122334455667788);
    test_code(cpu, "0f 38 f9 c1"); /* no register form */
    ck_assert_int_eq(test_step(cpu), VEC_UD);
    test_code(cpu, "f0 0f 38 f9 0f");
    ck_assert_int_eq(test_step(cpu), VEC_UD);
}
END_TEST

static void fill(struct cpu *cpu, uint64_t address)
{
    for (unsigned i = 0; i < 64; i += 8)
        test_write(cpu, address + i, 8, UINT64_C(0x0101010101010101) * (i + 1));
}

START_TEST(movdir64b_moves_64_bytes_to_an_aligned_address)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "66 0f 38 f8 07"); /* movdir64b rax, [rdi] */

    cpu->gpr[RDI] = TEST_DATA + 3; /* the source may lie anywhere */
    cpu->gpr[RAX] = TEST_DATA + 0x100;
    fill(cpu, TEST_DATA + 3);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    for (unsigned i = 0; i < 64; i += 8)
        ck_assert_uint_eq(test_read(cpu, TEST_DATA + 0x100 + i, 8),
                          UINT64_C(0x0101010101010101) * (i + 1));
    ck_assert_uint_eq(test_read(cpu, TEST_DATA + 0x140, 8), 0);
    for (unsigned i = 1; i < 64; i <<= 1) {
        cpu->gpr[RAX] = TEST_DATA + 0x200 + i;
        test_code(cpu, "66 0f 38 f8 07");
        ck_assert_int_eq(test_step(cpu), VEC_GP);
        ck_assert_str_eq(reason_name(cpu->fault.reason), "MISALIGNED");
        ck_assert_uint_eq(test_read(cpu, TEST_DATA + 0x200 + i, 8), 0);
    }
}
END_TEST

/* SDM Vol. 2, "MOVDIR64B": the register is an offset in ES, overridden or not. */
START_TEST(movdir64b_writes_through_es)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, "64 66 0f 38 f8 07"); /* movdir64b eax, fs:[edi] */

    cpu->seg[SEG_ES].base = 0x40;
    cpu->seg[SEG_FS] = cpu->seg[SEG_DS];
    cpu->seg[SEG_FS].base = 0x1000;
    cpu_rebuild(cpu);
    fill(cpu, TEST_DATA + 0x1000);
    cpu->gpr[RDI] = TEST_DATA;
    cpu->gpr[RAX] = 0xffffffff00000000 | TEST_DATA;
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_read(cpu, TEST_DATA + 0x40, 8), 0x0101010101010101);
    ck_assert_uint_eq(test_read(cpu, TEST_DATA, 8), 0);
    /* 16-bit addresses: AX is the offset. The linear address is what must be aligned. */
    cpu->gpr[RAX] = 0x10000 | (TEST_DATA + 0x80);
    cpu->gpr[RBX] = TEST_DATA;
    test_code(cpu, "64 67 66 0f 38 f8 07"); /* movdir64b ax, fs:[bx] */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_read(cpu, TEST_DATA + 0xc0, 8), 0x0101010101010101);
    cpu->seg[SEG_ES].base = 0x20;
    cpu_rebuild(cpu);
    test_code(cpu, "64 67 66 0f 38 f8 07");
    ck_assert_int_eq(test_step(cpu), VEC_GP);
}
END_TEST

START_TEST(movdir64b_faults_before_it_writes)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "66 0f 38 f8 07");
    uint64_t table = test_small_pages(cpu);

    test_write(cpu, table + 8 * 0x81, 8, 0);
    cpu->gpr[RDI] = 0x80fe0; /* the source's second half is not there */
    cpu->gpr[RAX] = TEST_DATA;
    fill(cpu, 0x80fc0);
    ck_assert_int_eq(test_step(cpu), VEC_PF);
    ck_assert_uint_eq(cpu->fault.cr2, 0x81000);
    ck_assert_uint_eq(cpu->fault.error, 0);
    ck_assert_uint_eq(test_read(cpu, TEST_DATA, 8), 0);
    cpu->gpr[RDI] = TEST_DATA;
    cpu->gpr[RAX] = 0x81040;
    test_code(cpu, "66 0f 38 f8 07");
    ck_assert_int_eq(test_step(cpu), VEC_PF);
    ck_assert_uint_eq(cpu->fault.cr2, 0x81040);
    ck_assert_uint_eq(cpu->fault.error, 2);
}
END_TEST

/* What does nothing: no register, flag or memory changes, and no address is checked. */
static const char *const hints[] = {
    "0f 01 e8",                   /* serialize */
    "0f 0d 0f",                   /* prefetchw [rdi] */
    "0f 0d 17",                   /* prefetchwt1 [rdi] */
    "0f 0d 07",                   /* prefetch [rdi] */
    "0f 18 07",                   /* prefetchnta [rdi] */
    "0f 18 0f",                   /* prefetcht0 [rdi] */
    "0f 18 17",                   /* prefetcht1 [rdi] */
    "0f 18 1f",                   /* prefetcht2 [rdi] */
    "0f 18 3f",                   /* reserved for hints */
    "0f 19 07",                   /* the same */
    "0f 1a 07",                   /* bndldx without MPX */
    "f3 0f 1b 07",                /* bndmk without MPX */
    "0f 1c 07",                   /* cldemote without the feature */
    "0f 1d c1",                   /* reserved for hints */
    "f3 0f 1e fa",                /* endbr64 */
    "f3 0f 1e fb",                /* endbr32 */
    "f3 48 0f 1e c8",             /* rdsspq rax without CET */
    "0f 1f 00",                   /* 3 to 11 bytes, as assemblers fill gaps */
    "0f 1f 40 00",                /* ... */
    "0f 1f 44 00 00",             /* ... */
    "66 0f 1f 44 00 00",          /* ... */
    "0f 1f 80 00 00 00 00",       /* ... */
    "0f 1f 84 00 00 00 00 00",    /* ... */
    "66 0f 1f 84 00 00 00 00 00", /* ... */
    "66 66 2e 0f 1f 84 00 00 00 00 00",
};

START_TEST(hints_do_nothing_anywhere)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, hints[_i]);
    uint64_t before[16];

    for (unsigned i = 0; i < 16; i++)
        cpu->gpr[i] = 0x8000000000000000 + i; /* no address that anyone could read */
    memcpy(before, cpu->gpr, sizeof before);
    test_set_status(cpu, CF | SF | PF);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_mem_eq(cpu->gpr, before, sizeof before);
    ck_assert_uint_eq(test_status(cpu), CF | SF | PF);
    ck_assert_uint_eq(cpu->rip, GUEST_CODE + (strlen(hints[_i]) + 1) / 3);
}
END_TEST

START_TEST(serialize_has_no_prefixes_and_no_memory_form)
{
    static const char *const undefined[] = { "66 0f 01 e8", "f2 0f 01 e8", "f0 0f 01 e8" };

    for (unsigned i = 0; i < ARRAY_SIZE(undefined); i++) {
        ck_assert_msg(test_step(test_cpu(MODE_LONG64, undefined[i])) == VEC_UD, "%s", undefined[i]);
        test_cpu_teardown();
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exec_misc");
    TCase *tc = tcase_create("exec_misc");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, NULL, test_cpu_teardown);
    tcase_add_test(tc, rdpid_reads_the_processor_number);
    tcase_add_loop_test(tc, cache_lines_are_checked_like_loads_of_a_byte, 0,
                        ARRAY_SIZE(line_operations));
    tcase_add_loop_test(tc, cache_lines_of_an_execute_only_segment_can_be_flushed, 0, 3);
    tcase_add_test(tc, wbnoinvd_is_privileged_and_else_wbinvd);
    tcase_add_test(tc, movdiri_stores_4_or_8_bytes);
    tcase_add_test(tc, movdir64b_moves_64_bytes_to_an_aligned_address);
    tcase_add_test(tc, movdir64b_writes_through_es);
    tcase_add_test(tc, movdir64b_faults_before_it_writes);
    tcase_add_loop_test(tc, hints_do_nothing_anywhere, 0, ARRAY_SIZE(hints));
    tcase_add_test(tc, serialize_has_no_prefixes_and_no_memory_form);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
