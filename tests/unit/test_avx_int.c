/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_avx_int.c - every row of insns_avx_int.def and insns_avx_move.def against the host
 * processor, faults included; which encodings of their opcodes are undefined; and what user programs
 * on the host cannot show.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu/decode.h"
#include "cpu/exec.h"
#include "cpu/sse.h"
#include "cpu/tlb.h"
#include "tests/support/avx_int_judge.h"

#ifndef CASES
#define CASES 800
#endif

static struct guest *guest;
static struct cpu *cpu;

static void setup(void)
{
    guest = vex_guest_create();
    cpu = guest->cpu;
    cpu->gpr[RBX] = JUDGE_WINDOW;
}

static void teardown(void)
{
    guest_destroy(guest);
}

/* ---- against the host ---- */

#if HAVE_AVX_INT_JUDGE

static const char *const row_ids[] = {
#define INSN(id, ...) #id,
#include "cpu/insns_avx_int.def"
#include "cpu/insns_avx_move.def"
#undef INSN
};

static const struct row *find_row(const char *id)
{
    for (unsigned i = 1; i < insn_row_count; i++) {
        if (strcmp(insn_rows[i].id, id) == 0)
            return &insn_rows[i];
    }
    ck_abort_msg("no row %s", id);
    return NULL;
}

static void judge(const struct row *row, const struct vex_code *code, uint64_t *seed)
{
    static struct vex_state host, model;
    const char *difference;

    vex_state_random(&host, row, code, seed);
    model = host;
    vex_model_run(guest, &model, code->bytes, code->count);
    if (model.vector == VEC_PF && vex_host_has(model.cr2))
        return;
    vex_host_run(&host, code->bytes, code->count);
    difference = vex_difference(&host, &model);
    if (*difference) {
        char text[64] = "";

        for (unsigned i = 0; i < code->count; i++)
            snprintf(text + 3 * i, sizeof text - 3 * i, "%02x ", code->bytes[i]);
        ck_abort_msg("%s (%s): %s", row->id, text, difference);
    }
}

START_TEST(each_row_does_what_the_host_does)
{
    const struct row *row = find_row(row_ids[_i]);
    uint64_t seed = (uint64_t)_i;
    unsigned judged = 0;
    const char *why;

    if (!avx_int_judge_open(&why)) {
        if (_i == 0)
            fprintf(stderr, "skipped: the rows against the host: %s\n", why);
        return;
    }
    for (unsigned i = 0; i < CASES; i++) {
        struct vex_code code;

        if (!vex_encode(row, i & 1, &seed, &code))
            continue;
        judge(row, &code, &seed);
        judged++;
    }
    ck_assert_uint_ge(judged, CASES / 2);
}
END_TEST

/*
 * Every prefix, VEX.W, VEX.L, VEX.vvvv used or not, register or memory, and /n of the opcodes that
 * these rows have: the model and the host agree on what is #UD.
 */
static void judge_encodings(unsigned opcode)
{
    static struct vex_state host;

    for (unsigned bits = 0; bits < 512; bits++) {
        bool w = bits & 1, l = bits & 2, used = bits & 4, memory = bits & 8;
        unsigned pp = bits >> 4 & 3, reg = bits >> 6 & 7;
        /* VEX.R: as a register that is not RSP. */
        uint8_t code[16] = { 0xc4,
                             (uint8_t)(0x60 | (opcode >> 8 & 3)),
                             (uint8_t)(w << 7 | (used ? 13 : 15) << 3 | l << 2 | pp),
                             (uint8_t)opcode,
                             (uint8_t)((memory ? 4 : 0xc0) | reg << 3),
                             memory ? 0x33 : 0 /* [rbx + rsi or vector register 6] */ };
        unsigned most = opcode == VEX_0F(0x77) ? 4 : memory ? 7 : 6, count;
        struct insn insn;
        bool undefined;

        undefined = decode_insn(code, 15, cpu->mode, NULL, &insn) != DECODE_OK;
        count = undefined ? most : insn.length;
        memset(&host, 0, sizeof host);
        host.vector = -1;
        host.flags = 0x202;
        host.mxcsr = 0x1f80;
        host.gpr[RBX] = host.gpr[RDI] = JUDGE_WINDOW;
        vex_host_run(&host, code, count);
        if (undefined && host.vector != VEC_UD) {
            ck_abort_msg("%03x W%u L%u pp%u /%u %s vvvv %s: the host executes it", opcode, w, l, pp,
                         reg, memory ? "memory" : "register", used ? "used" : "1111");
        } else if (!undefined) {
            int vector = vex_model_step(guest, code, count);

            if ((vector == VEC_UD) != (host.vector == VEC_UD))
                ck_abort_msg("%03x W%u L%u pp%u /%u %s vvvv %s (%s): host %d, model %d", opcode, w,
                             l, pp, reg, memory ? "memory" : "register", used ? "used" : "1111",
                             insn_rows[insn.row].id, host.vector, vector);
        }
    }
}

START_TEST(the_host_finds_the_same_encodings_undefined)
{
    static bool seen[0x800];
    const char *why;

    if (!avx_int_judge_open(&why))
        return;
    cpu->gpr[RSI] = 0;
    cpu->gpr[RDI] = JUDGE_WINDOW;
    for (unsigned i = 0; i < ARRAY_SIZE(row_ids); i++) {
        unsigned opcode = OPC_INDEX(find_row(row_ids[i])->opcode);

        if (!seen[opcode])
            judge_encodings(opcode);
        seen[opcode] = true;
    }
}
END_TEST

#endif

/* ---- what programs on the host cannot show, and on any host ---- */

#define STEP(...)                                                                                  \
    vex_model_step(guest, (const uint8_t[]){ __VA_ARGS__ },                                        \
                   sizeof((const uint8_t[]){ __VA_ARGS__ }))
#define VPADDB_XMM1_XMM2_XMM3 0xc5, 0xe9, 0xfc, 0xcb
#define VMOVDQU_YMM1_MEM 0xc5, 0xfe, 0x6f, 0x0b /* [rbx] */
#define VMOVDQU_MEM_YMM1 0xc5, 0xfe, 0x7f, 0x0b
#define VMOVDQA_YMM1_MEM 0xc5, 0xfd, 0x6f, 0x0b
#define VMASKMOVPS_YMM1_YMM2_MEM 0xc4, 0xe2, 0x6d, 0x2c, 0x0b
#define VMASKMOVPS_MEM_YMM2_YMM1 0xc4, 0xe2, 0x6d, 0x2e, 0x0b
#define VPGATHERDD_XMM1_MEM_XMM2 0xc4, 0xe2, 0x69, 0x90, 0x0c, 0x33 /* [rbx+xmm6] */

static void set_vec(unsigned n, uint64_t q0, uint64_t q1, uint64_t q2, uint64_t q3)
{
    cpu->vec[n].q[0] = q0;
    cpu->vec[n].q[1] = q1;
    cpu->vec[n].q[2] = q2;
    cpu->vec[n].q[3] = q3;
}

static void assert_vec(unsigned n, uint64_t q0, uint64_t q1, uint64_t q2, uint64_t q3)
{
    ck_assert_uint_eq(cpu->vec[n].q[0], q0);
    ck_assert_uint_eq(cpu->vec[n].q[1], q1);
    ck_assert_uint_eq(cpu->vec[n].q[2], q2);
    ck_assert_uint_eq(cpu->vec[n].q[3], q3);
}

/* Memory of the window. */
static uint64_t window_read(unsigned offset, unsigned size)
{
    return space_read(cpu->memory, JUDGE_WINDOW_PA + offset, size);
}

START_TEST(avx_needs_osxsave_and_both_states_and_no_task_switch)
{
    ck_assert_int_eq(STEP(VPADDB_XMM1_XMM2_XMM3), -1);
    cpu->cr0 |= CR0_EM; /* counts for legacy SSE only */
    sse_update_ready(cpu);
    ck_assert_int_eq(STEP(VPADDB_XMM1_XMM2_XMM3), -1);
    cpu->cr0 |= CR0_TS;
    sse_update_ready(cpu);
    ck_assert_int_eq(STEP(VPADDB_XMM1_XMM2_XMM3), VEC_NM);
    cpu->xcr0 = XCR0_X87 | XCR0_SSE;
    sse_update_ready(cpu);
    ck_assert_int_eq(STEP(VPADDB_XMM1_XMM2_XMM3), VEC_UD);
    cpu->xcr0 |= XCR0_AVX;
    cpu->cr4 &= ~(uint64_t)CR4_OSXSAVE;
    sse_update_ready(cpu);
    ck_assert_int_eq(STEP(VPADDB_XMM1_XMM2_XMM3), VEC_UD);
    ck_assert_int_eq(STEP(VPGATHERDD_XMM1_MEM_XMM2), VEC_UD);
    ck_assert_int_eq(STEP(0xc5, 0xf8, 0x77), VEC_UD); /* vzeroupper */
}
END_TEST

START_TEST(the_upper_half_becomes_zero_but_by_legacy_sse)
{
    set_vec(1, 1, 2, 3, 4);
    set_vec(2, 5, 6, 7, 8);
    set_vec(3, 9, 10, 11, 12);
    ck_assert_int_eq(STEP(0x66, 0x0f, 0xd4, 0xcb), -1); /* paddq xmm1, xmm3 */
    assert_vec(1, 10, 12, 3, 4);
    ck_assert_int_eq(STEP(0xc5, 0xed, 0xd4, 0xcb), -1); /* vpaddq ymm1, ymm2, ymm3 */
    assert_vec(1, 14, 16, 18, 20);
    ck_assert_int_eq(STEP(0xc5, 0xe9, 0xd4, 0xcb), -1); /* vpaddq xmm1, xmm2, xmm3 */
    assert_vec(1, 14, 16, 0, 0);
}
END_TEST

START_TEST(aligned_moves_ask_for_their_length)
{
    cpu->gpr[RBX] = JUDGE_WINDOW + 16;
    ck_assert_int_eq(STEP(VMOVDQA_YMM1_MEM), VEC_GP);
    ck_assert_uint_eq(cpu->fault.error, 0);
    ck_assert_int_eq(STEP(0xc5, 0xf9, 0x6f, 0x0b), -1);     /* vmovdqa xmm1, [rbx] */
    ck_assert_int_eq(STEP(0xc5, 0xfc, 0x2b, 0x0b), VEC_GP); /* vmovntps [rbx], ymm1 */
    cpu->gpr[RBX] = JUDGE_WINDOW + 1;
    ck_assert_int_eq(STEP(0xc5, 0xed, 0xfc, 0x0b), -1); /* vpaddb ymm1, ymm2, [rbx] */
    ck_assert_int_eq(STEP(VMOVDQU_YMM1_MEM), -1);
}
END_TEST

START_TEST(a_store_across_pages_is_whole_or_not_at_all)
{
    set_vec(1, 0x1111111111111111, 0x2222222222222222, 0x3333333333333333, 0x4444444444444444);
    cpu->gpr[RBX] = JUDGE_WINDOW + PAGE_SIZE - 12;
    ck_assert_int_eq(STEP(VMOVDQU_MEM_YMM1), -1);
    ck_assert_uint_eq(window_read(PAGE_SIZE - 12, 8), 0x1111111111111111);
    ck_assert_uint_eq(window_read(PAGE_SIZE - 4, 8), 0x2222222222222222);
    ck_assert_uint_eq(window_read(PAGE_SIZE + 12, 8), 0x4444444444444444);
    cpu->gpr[RBX] = JUDGE_WINDOW + JUDGE_MISSING - 31;
    ck_assert_int_eq(STEP(VMOVDQU_MEM_YMM1), VEC_PF);
    ck_assert_uint_eq(cpu->fault.cr2, JUDGE_WINDOW + JUDGE_MISSING);
    ck_assert_uint_eq(cpu->fault.error, 6);
    ck_assert_uint_eq(window_read(JUDGE_MISSING - 31, 8), 0);
}
END_TEST

START_TEST(elements_left_out_by_the_mask_do_not_fault)
{
    cpu->gpr[RBX] = JUDGE_WINDOW + JUDGE_MISSING - 12;
    space_write(cpu->memory, JUDGE_WINDOW_PA + JUDGE_MISSING - 8, 8, 0x0123456789abcdef);
    set_vec(1, 1, 2, 3, 4);
    set_vec(2, 0x8000000000000000, 0x80000000, 0, 0); /* elements 1 and 2 */
    ck_assert_int_eq(STEP(VMASKMOVPS_YMM1_YMM2_MEM), -1);
    assert_vec(1, 0x89abcdef00000000, 0x01234567, 0, 0);
    set_vec(1, 0x1111111100000000, 0x22222222, 0, 0);
    ck_assert_int_eq(STEP(VMASKMOVPS_MEM_YMM2_YMM1), -1);
    ck_assert_uint_eq(window_read(JUDGE_MISSING - 8, 8), 0x2222222211111111);

    set_vec(2, 0x8000000000000000, 0x8000000000000000, 0, 0); /* elements 1 and 3 */
    set_vec(1, 0x3333333300000000, 0, 0, 5);
    ck_assert_int_eq(STEP(VMASKMOVPS_MEM_YMM2_YMM1), VEC_PF);
    ck_assert_uint_eq(cpu->fault.cr2, JUDGE_WINDOW + JUDGE_MISSING);
    ck_assert_uint_eq(window_read(JUDGE_MISSING - 8, 8), 0x2222222211111111);
    ck_assert_int_eq(STEP(VMASKMOVPS_YMM1_YMM2_MEM), VEC_PF);
    assert_vec(1, 0x3333333300000000, 0, 0, 5);
}
END_TEST

START_TEST(a_masked_move_goes_on_behind_a_short_address)
{
    cpu->gpr[RBX] = 0xfffffff0;
    set_vec(2, 0, 0, 0, 0x8000000000000000); /* quadword 3 */
    ck_assert_int_eq(STEP(0x67, 0xc4, 0xe2, 0x6d, 0x2f, 0x0b),
                     VEC_PF); /* vmaskmovpd [ebx], ymm2, ymm1 */
    ck_assert_uint_eq(cpu->fault.cr2, 0x100000008);
    ck_assert_int_eq(STEP(0x67, 0xc4, 0xe2, 0x6d, 0x2d, 0x0b),
                     VEC_PF); /* vmaskmovpd ymm1, ymm2, [ebx] */
    ck_assert_uint_eq(cpu->fault.cr2, 0x100000008);
}
END_TEST

START_TEST(a_gather_keeps_what_it_has_done_when_an_element_faults)
{
    space_write(cpu->memory, JUDGE_WINDOW_PA + 0x40, 4, 0xcafe);
    set_vec(1, 0x2222222211111111, 0x4444444433333333, 5, 6);
    set_vec(2, 0x7000000080000000, 0xffffffff80000001, 7, 8); /* not element 1 */
    set_vec(6, 0x0000300000000040, 0x0000004000002000, 0, 0); /* element 2: the missing page */
    ck_assert_int_eq(STEP(VPGATHERDD_XMM1_MEM_XMM2), VEC_PF);
    ck_assert_uint_eq(cpu->fault.cr2, JUDGE_WINDOW + JUDGE_MISSING);
    assert_vec(1, 0x222222220000cafe, 0x4444444433333333, 5, 6);
    assert_vec(2, 0, 0xffffffff80000001, 7, 8);
    cpu->vec[6].q[1] = 0x0000004000000040; /* the page is there, and it goes on */
    ck_assert_int_eq(STEP(VPGATHERDD_XMM1_MEM_XMM2), -1);
    assert_vec(1, 0x222222220000cafe, 0x0000cafe0000cafe, 0, 0);
    assert_vec(2, 0, 0, 0, 0);
}
END_TEST

START_TEST(a_gather_of_equal_registers_is_undefined)
{
    set_vec(1, 1, 2, 3, 4);
    ck_assert_int_eq(STEP(0xc4, 0xe2, 0x71, 0x90, 0x0c, 0x33), VEC_UD); /* mask = destination */
    ck_assert_int_eq(STEP(0xc4, 0xe2, 0x69, 0x90, 0x0c, 0x0b), VEC_UD); /* index = destination */
    ck_assert_int_eq(STEP(0xc4, 0xe2, 0x69, 0x90, 0x0c, 0x13), VEC_UD); /* index = mask */
    assert_vec(1, 1, 2, 3, 4);
}
END_TEST

/* A page beyond the memory is a device to the processor. */
START_TEST(devices_are_reached_only_by_an_instruction_that_runs_alone)
{
    struct insn insn;
    const uint8_t codes[][6] = { { VMOVDQU_YMM1_MEM },
                                 { VMASKMOVPS_YMM1_YMM2_MEM },
                                 { VMASKMOVPS_MEM_YMM2_YMM1 },
                                 { VPGATHERDD_XMM1_MEM_XMM2 } };

    guest_write(guest, GUEST_PAGES + 0x3000 + (JUDGE_WINDOW + JUDGE_MISSING) / PAGE_SIZE * 8, 8,
                MIB(1) | 7);
    cpu->gpr[RBX] = JUDGE_WINDOW + JUDGE_MISSING;
    for (unsigned i = 0; i < ARRAY_SIZE(codes); i++) {
        set_vec(1, 1, 2, 3, 4);
        set_vec(2, 0x80000000, 0, 0, 0);
        ck_assert_int_eq(decode_insn(codes[i], 6, cpu->mode, NULL, &insn), DECODE_OK);
        insn.left = 1;
        cpu->alone = cpu->want_alone = false;
        ck_assert_int_eq(insn.exec(cpu, &insn), EXEC_FAULTED);
        ck_assert(cpu->want_alone);
        assert_vec(1, 1, 2, 3, 4);
        ck_assert_uint_eq(cpu->vec[2].q[0], 0x80000000);
    }
}
END_TEST

/* 32-bit code with a data segment of 8101h bytes. */
static void enter_small_segment(void)
{
    cpu->efer = 0;
    cpu->cr0 &= ~(uint64_t)CR0_PG;
    cpu->seg[SEG_CS].attr = ATTR_P | ATTR_S | ATTR_DB | TYPE_CODE | TYPE_READABLE | TYPE_ACCESSED;
    cpu->seg[SEG_DS] = (struct segment){
        .base = 0x8000,
        .limit = 0x8100,
        .attr = ATTR_P | ATTR_S | ATTR_DB | TYPE_WRITABLE | TYPE_ACCESSED | ATTR_DPL,
    };
    cpu_update_mode(cpu);
    cpu_derive_segments(cpu);
    tlb_flush(cpu);
}

START_TEST(all_32_bytes_must_lie_within_the_segment)
{
    enter_small_segment();
    cpu->gpr[RBX] = 0x80e1;
    ck_assert_int_eq(STEP(VMOVDQU_MEM_YMM1), -1);
    ck_assert_int_eq(STEP(VMOVDQU_YMM1_MEM), -1);
    for (unsigned i = 1; i < 32; i++) {
        cpu->gpr[RBX] = 0x80e1 + i;
        ck_assert_int_eq(STEP(VMOVDQU_MEM_YMM1), VEC_GP);
        ck_assert_int_eq(STEP(VMOVDQU_YMM1_MEM), VEC_GP);
    }
    set_vec(2, 0x80000000, 0, 0, 0);
    cpu->gpr[RBX] = 0x80fd;
    ck_assert_int_eq(STEP(VMASKMOVPS_YMM1_YMM2_MEM), -1);
    ck_assert_int_eq(STEP(VMASKMOVPS_MEM_YMM2_YMM1), -1);
    cpu->gpr[RBX]++;
    ck_assert_int_eq(STEP(VMASKMOVPS_YMM1_YMM2_MEM), VEC_GP);
    ck_assert_int_eq(STEP(VMASKMOVPS_MEM_YMM2_YMM1), VEC_GP);
}
END_TEST

START_TEST(outside_64_bit_mode_eight_registers_are_cleared)
{
    enter_small_segment();
    for (unsigned i = 0; i < 16; i++)
        set_vec(i, 1, 2, 3, 4);
    ck_assert_int_eq(STEP(0xc5, 0xf8, 0x77), -1); /* vzeroupper */
    assert_vec(7, 1, 2, 0, 0);
    assert_vec(8, 1, 2, 3, 4);
    ck_assert_int_eq(STEP(0xc5, 0xfc, 0x77), -1); /* vzeroall */
    assert_vec(7, 0, 0, 0, 0);
    assert_vec(8, 1, 2, 3, 4);
}
END_TEST

START_TEST(a_gather_address_wraps_at_the_address_size)
{
    enter_small_segment();
    space_write(cpu->memory, 0x8010, 4, 0xbeef);
    cpu->gpr[RBX] = 0x20;
    set_vec(1, 0, 0, 0, 0);
    set_vec(2, 0x80000000, 0, 0, 0);
    set_vec(6, 0xfffffff0, 0, 0, 0); /* -16 */
    ck_assert_int_eq(STEP(VPGATHERDD_XMM1_MEM_XMM2), -1);
    ck_assert_uint_eq(cpu->vec[1].q[0], 0xbeef);
}
END_TEST

Suite *avx_int_suite(void);
Suite *avx_int_suite(void)
{
    Suite *suite = suite_create("avx_int");
    TCase *rows = tcase_create("rows"), *system = tcase_create("system");

    tcase_set_timeout(rows, 60);
    tcase_add_checked_fixture(rows, setup, teardown);
#if HAVE_AVX_INT_JUDGE
    tcase_add_loop_test(rows, each_row_does_what_the_host_does, 0, ARRAY_SIZE(row_ids));
    tcase_add_test(rows, the_host_finds_the_same_encodings_undefined);
#endif
    tcase_add_checked_fixture(system, setup, teardown);
    tcase_add_test(system, avx_needs_osxsave_and_both_states_and_no_task_switch);
    tcase_add_test(system, the_upper_half_becomes_zero_but_by_legacy_sse);
    tcase_add_test(system, aligned_moves_ask_for_their_length);
    tcase_add_test(system, a_store_across_pages_is_whole_or_not_at_all);
    tcase_add_test(system, elements_left_out_by_the_mask_do_not_fault);
    tcase_add_test(system, a_masked_move_goes_on_behind_a_short_address);
    tcase_add_test(system, a_gather_keeps_what_it_has_done_when_an_element_faults);
    tcase_add_test(system, a_gather_of_equal_registers_is_undefined);
    tcase_add_test(system, devices_are_reached_only_by_an_instruction_that_runs_alone);
    tcase_add_test(system, all_32_bytes_must_lie_within_the_segment);
    tcase_add_test(system, outside_64_bit_mode_eight_registers_are_cleared);
    tcase_add_test(system, a_gather_address_wraps_at_the_address_size);
    suite_add_tcase(suite, rows);
    suite_add_tcase(suite, system);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(avx_int_suite());
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
