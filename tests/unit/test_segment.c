/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_segment.c - descriptors, segment loads, limits, and the reasons of refusals. */
#include <check.h>
#include <stdlib.h>

#include "cpu/protection.h"
#include "tests/support/guest_cpu.h"

static struct guest *guest;
static struct cpu *cpu;

static void setup(void)
{
    guest = guest_create();
    cpu = guest->cpu;
    guest_protected(guest, 0);
    cpu->alone = true;
}

static void teardown(void)
{
    guest_destroy(guest);
}

static void expect_fault(bool result, unsigned vector, unsigned error, enum reason reason)
{
    ck_assert(!result);
    ck_assert_uint_eq(cpu->fault.vector, vector);
    ck_assert_str_eq(reason_name(cpu->fault.reason), reason_name(reason));
    ck_assert_uint_eq(cpu->fault.error, error);
}

static uint64_t evidence(enum evidence_kind kind)
{
    for (unsigned i = 0; i < EVIDENCE_MAX; i++)
        if (cpu->fault.evidence[i].kind == kind)
            return cpu->fault.evidence[i].value;
    ck_abort_msg("no such evidence: %s", evidence_name(kind));
    return 0;
}

START_TEST(a_load_fills_the_cache_from_the_descriptor)
{
    guest_set_descriptor(guest, FREE_SLOT, guest_segment(0x12345678, 0x54321fff, 0xc093));
    ck_assert(segment_load(cpu, SEG_ES, FREE_SLOT));
    ck_assert_uint_eq(cpu->seg[SEG_ES].selector, FREE_SLOT);
    ck_assert_uint_eq(cpu->seg[SEG_ES].base, 0x12345678);
    ck_assert_uint_eq(cpu->seg[SEG_ES].limit, 0x54321fff);
    ck_assert_uint_eq(cpu->seg[SEG_ES].attr, 0xc093);
    ck_assert_uint_eq(cpu->seg[SEG_ES].read_end, 0x54321fff + 1 - 15);
}
END_TEST

START_TEST(a_load_sets_the_accessed_bit_in_memory)
{
    guest_set_descriptor(guest, FREE_SLOT, guest_segment(0, 0xffff, 0x92));
    ck_assert(segment_load(cpu, SEG_FS, FREE_SLOT));
    ck_assert_uint_eq(guest_read(guest, GUEST_GDT + FREE_SLOT + 5, 1), 0x93);
    ck_assert_uint_eq(cpu->seg[SEG_FS].attr, 0x93);
}
END_TEST

START_TEST(an_index_beyond_the_gdt_names_the_selector_and_the_limit)
{
    expect_fault(segment_load(cpu, SEG_DS, GDT_END | 3), VEC_GP, GDT_END, REASON_GDT_LIMIT);
    ck_assert_uint_eq(evidence(EV_SELECTOR), GDT_END | 3);
    ck_assert_uint_eq(evidence(EV_TABLE_LIMIT), GDT_END - 1);
    expect_fault(segment_load(cpu, SEG_DS, 0x0c), VEC_GP, 0x0c, REASON_LDT_NULL);
    ck_assert_uint_eq(cpu->seg[SEG_DS].selector, DATA0);
}
END_TEST

START_TEST(the_ldt_is_used_when_the_table_indicator_is_set)
{
    segment_fill(cpu, &cpu->ldtr, LDT_A, guest_segment(GUEST_LDT, 0xf, ATTR_P | SYSTEM_LDT));
    guest_write(guest, GUEST_LDT + 8, 8, guest_segment(0x777, 0xff, 0x93));
    ck_assert(segment_load(cpu, SEG_DS, 0x0c));
    ck_assert_uint_eq(cpu->seg[SEG_DS].base, 0x777);
    expect_fault(segment_load(cpu, SEG_DS, 0x14), VEC_GP, 0x14, REASON_LDT_LIMIT);
    ck_assert_uint_eq(evidence(EV_TABLE_LIMIT), 0xf);
}
END_TEST

START_TEST(data_registers_take_null_and_readable_segments_only)
{
    ck_assert(segment_load(cpu, SEG_DS, 3));
    ck_assert_uint_eq(cpu->seg[SEG_DS].selector, 3);
    ck_assert_uint_eq(cpu->seg[SEG_DS].attr & ATTR_P, 0);
    ck_assert_uint_eq(cpu->seg[SEG_DS].read_end, 0);
    ck_assert(segment_load(cpu, SEG_DS, CODE0));
    ck_assert_uint_eq(cpu->seg[SEG_DS].write_end, 0);
    expect_fault(segment_load(cpu, SEG_DS, CODE_EXECUTE_ONLY), VEC_GP, CODE_EXECUTE_ONLY,
                 REASON_DATA_TYPE);
    expect_fault(segment_load(cpu, SEG_DS, TSS_A), VEC_GP, TSS_A, REASON_DATA_TYPE);
    expect_fault(segment_load(cpu, SEG_GS, DATA_ABSENT), VEC_NP, DATA_ABSENT,
                 REASON_DATA_NOT_PRESENT);
}
END_TEST

START_TEST(data_segments_are_guarded_by_cpl_and_rpl)
{
    expect_fault(segment_load(cpu, SEG_DS, DATA0 | 1), VEC_GP, DATA0, REASON_DATA_RPL);
    ck_assert_uint_eq(evidence(EV_RPL), 1);
    ck_assert_uint_eq(evidence(EV_DPL), 0);
    ck_assert(segment_load(cpu, SEG_DS, DATA3 | 3));
    guest_protected(guest, 3);
    expect_fault(segment_load(cpu, SEG_DS, DATA0), VEC_GP, DATA0, REASON_DATA_CPL);
    ck_assert_uint_eq(evidence(EV_CPL), 3);
    ck_assert(segment_load(cpu, SEG_DS, CODE_CONFORMING));
}
END_TEST

START_TEST(the_stack_segment_must_be_of_the_level)
{
    ck_assert(segment_load(cpu, SEG_SS, DATA0));
    expect_fault(segment_load(cpu, SEG_SS, 0), VEC_GP, 0, REASON_STACK_NULL);
    expect_fault(segment_load(cpu, SEG_SS, DATA0 | 1), VEC_GP, DATA0, REASON_STACK_RPL);
    expect_fault(segment_load(cpu, SEG_SS, DATA_READ_ONLY), VEC_GP, DATA_READ_ONLY,
                 REASON_STACK_TYPE);
    expect_fault(segment_load(cpu, SEG_SS, DATA3), VEC_GP, DATA3, REASON_STACK_DPL);
    expect_fault(segment_load(cpu, SEG_SS, DATA_ABSENT), VEC_SS, DATA_ABSENT,
                 REASON_STACK_NOT_PRESENT);
}
END_TEST

START_TEST(loading_the_stack_segment_changes_the_width_of_sp)
{
    ck_assert_uint_eq(cpu->mode, MODE_CODE32 | MODE_STACK32);
    ck_assert(segment_load(cpu, SEG_SS, DATA16));
    ck_assert_uint_eq(cpu->mode, MODE_CODE32);
}
END_TEST

START_TEST(accesses_are_held_against_type_and_limit)
{
    ck_assert(segment_load(cpu, SEG_ES, DATA16));
    ck_assert(segment_refuse(cpu, SEG_ES, 0xfffc, 4, ACCESS_WRITE));
    expect_fault(segment_refuse(cpu, SEG_ES, 0xfffd, 4, ACCESS_READ), VEC_GP, 0,
                 REASON_SEGMENT_LIMIT);
    ck_assert_uint_eq(evidence(EV_LIMIT), 0xffff);
    ck_assert_uint_eq(evidence(EV_OFFSET), 0xfffd);
    ck_assert(segment_load(cpu, SEG_ES, DATA_READ_ONLY));
    expect_fault(segment_refuse(cpu, SEG_ES, 0, 1, ACCESS_RMW), VEC_GP, 0,
                 REASON_SEGMENT_NOT_WRITABLE);
    ck_assert(segment_load(cpu, SEG_ES, 0));
    expect_fault(segment_refuse(cpu, SEG_ES, 0, 1, ACCESS_READ), VEC_GP, 0, REASON_SEGMENT_NULL);
    ck_assert(segment_load(cpu, SEG_SS, DATA16));
    expect_fault(segment_refuse(cpu, SEG_SS, 0xffff, 2, ACCESS_READ), VEC_SS, 0,
                 REASON_SEGMENT_LIMIT);
}
END_TEST

START_TEST(an_expand_down_segment_begins_above_its_limit)
{
    ck_assert(segment_load(cpu, SEG_ES, DATA_DOWN));
    ck_assert_uint_eq(cpu->seg[SEG_ES].read_end, 0);
    ck_assert(segment_refuse(cpu, SEG_ES, 0x1000, 4, ACCESS_WRITE));
    ck_assert(segment_refuse(cpu, SEG_ES, 0xfffc, 4, ACCESS_WRITE));
    ck_assert(!segment_refuse(cpu, SEG_ES, 0xfff, 1, ACCESS_READ));
    ck_assert(!segment_refuse(cpu, SEG_ES, 0xfffe, 4, ACCESS_READ));
}
END_TEST

START_TEST(real_mode_loads_change_base_and_selector_only)
{
    cpu->cr0 = 0;
    cpu->seg[SEG_DS].limit = 0xffffffff; /* "unreal mode" */
    ck_assert(segment_load(cpu, SEG_DS, 0x1234));
    ck_assert_uint_eq(cpu->seg[SEG_DS].base, 0x12340);
    ck_assert_uint_eq(cpu->seg[SEG_DS].limit, 0xffffffff);
}
END_TEST

START_TEST(virtual_8086_loads_set_limit_and_rights)
{
    guest_v86(guest, 3);
    ck_assert(segment_load(cpu, SEG_DS, 0x1234));
    ck_assert_uint_eq(cpu->seg[SEG_DS].base, 0x12340);
    ck_assert_uint_eq(cpu->seg[SEG_DS].limit, 0xffff);
    ck_assert_uint_eq(cpu->seg[SEG_DS].attr, 0xf3);
}
END_TEST

START_TEST(in_64_bit_mode_limits_are_off_and_addresses_canonical)
{
    guest_long(guest, 0);
    ck_assert(segment_load(cpu, SEG_SS, 0));
    ck_assert(segment_load(cpu, SEG_DS, 0));
    ck_assert_uint_eq(cpu->seg[SEG_DS].read_end, UINT64_MAX);
    ck_assert(segment_refuse(cpu, SEG_DS, UINT64_C(0xffff800000000000), 8, ACCESS_WRITE));
    expect_fault(segment_refuse(cpu, SEG_FLAT, UINT64_C(0x7ffffffffff9), 8, ACCESS_READ), VEC_GP, 0,
                 REASON_NON_CANONICAL);
    expect_fault(segment_refuse(cpu, SEG_FLAT_SS, UINT64_C(0x800000000000), 8, ACCESS_READ), VEC_SS,
                 0, REASON_NON_CANONICAL);
    expect_fault(segment_load(cpu, SEG_SS, 3), VEC_GP, 0, REASON_STACK_NULL);
}
END_TEST

START_TEST(fs_keeps_a_base_in_64_bit_mode_until_a_null_load)
{
    guest_long(guest, 0);
    guest_set_descriptor(guest, FREE_SLOT, guest_segment(0x8000, 0xffff, 0x93));
    ck_assert(segment_load(cpu, SEG_FS, FREE_SLOT));
    ck_assert_uint_eq(cpu->seg[SEG_FS].base, 0x8000);
    ck_assert(segment_load(cpu, SEG_FS, 0));
    ck_assert_uint_eq(cpu->seg[SEG_FS].base, 0);
}
END_TEST

START_TEST(an_outer_return_drops_privileged_data_segments)
{
    cpu->seg[SEG_FS] = (struct segment){ .base = 0x5555 }; /* null, its base set by an MSR */
    ck_assert(segment_load(cpu, SEG_DS, DATA3));
    ck_assert(segment_load(cpu, SEG_GS, CODE_CONFORMING));
    cpu->cpl = 3;
    segments_drop_privileged(cpu);
    ck_assert_uint_eq(cpu->seg[SEG_ES].selector, 0);
    ck_assert_uint_eq(cpu->seg[SEG_ES].attr, 0);
    ck_assert_uint_eq(cpu->seg[SEG_DS].selector, DATA3);
    ck_assert_uint_eq(cpu->seg[SEG_GS].selector, CODE_CONFORMING);
    ck_assert_uint_eq(cpu->seg[SEG_FS].base, 0x5555);
}
END_TEST

START_TEST(a_frame_is_checked_as_a_whole_before_it_is_written)
{
    struct frame frame;

    frame_on_current(cpu, &frame, false, 4);
    frame.ss.limit = GUEST_STACK0 - 5;
    frame_push(&frame, 0x11111111);
    frame_push(&frame, 0x22222222);
    expect_fault(frame_check(cpu, &frame), VEC_SS, 0, REASON_STACK_NO_ROOM);
    frame.ss.limit = UINT32_MAX;
    ck_assert(frame_check(cpu, &frame));
    ck_assert_uint_eq(frame_write(cpu, &frame), GUEST_STACK0 - 8);
    ck_assert_uint_eq(guest_read(guest, GUEST_STACK0 - 4, 4), 0x11111111);
    ck_assert_uint_eq(guest_read(guest, GUEST_STACK0 - 8, 4), 0x22222222);
}
END_TEST

START_TEST(a_16_bit_stack_wraps_within_its_64_kib)
{
    struct frame frame;

    ck_assert(segment_load(cpu, SEG_SS, DATA16));
    cpu->gpr[RSP] = 0x50002;
    frame_on_current(cpu, &frame, false, 2);
    frame_push(&frame, 0x1111);
    frame_push(&frame, 0x2222);
    ck_assert(frame_check(cpu, &frame));
    ck_assert_uint_eq(frame_write(cpu, &frame), 0x5fffe);
    ck_assert_uint_eq(guest_read(guest, 0, 2), 0x1111);
    ck_assert_uint_eq(guest_read(guest, 0xfffe, 2), 0x2222);
}
END_TEST

START_TEST(every_reason_has_words_and_a_manual_section)
{
    for (unsigned i = 1; i < REASON_COUNT; i++) {
        ck_assert_uint_gt(strlen(reason_text(i)), 10);
        ck_assert_uint_gt(strlen(reason_section(i)), 3);
        ck_assert_uint_gt(strlen(reason_name(i)), 2);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("segment");
    TCase *tcase = tcase_create("segment");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_load_fills_the_cache_from_the_descriptor);
    tcase_add_test(tcase, a_load_sets_the_accessed_bit_in_memory);
    tcase_add_test(tcase, an_index_beyond_the_gdt_names_the_selector_and_the_limit);
    tcase_add_test(tcase, the_ldt_is_used_when_the_table_indicator_is_set);
    tcase_add_test(tcase, data_registers_take_null_and_readable_segments_only);
    tcase_add_test(tcase, data_segments_are_guarded_by_cpl_and_rpl);
    tcase_add_test(tcase, the_stack_segment_must_be_of_the_level);
    tcase_add_test(tcase, loading_the_stack_segment_changes_the_width_of_sp);
    tcase_add_test(tcase, accesses_are_held_against_type_and_limit);
    tcase_add_test(tcase, an_expand_down_segment_begins_above_its_limit);
    tcase_add_test(tcase, real_mode_loads_change_base_and_selector_only);
    tcase_add_test(tcase, virtual_8086_loads_set_limit_and_rights);
    tcase_add_test(tcase, in_64_bit_mode_limits_are_off_and_addresses_canonical);
    tcase_add_test(tcase, fs_keeps_a_base_in_64_bit_mode_until_a_null_load);
    tcase_add_test(tcase, an_outer_return_drops_privileged_data_segments);
    tcase_add_test(tcase, a_frame_is_checked_as_a_whole_before_it_is_written);
    tcase_add_test(tcase, a_16_bit_stack_wraps_within_its_64_kib);
    tcase_add_test(tcase, every_reason_has_words_and_a_manual_section);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
