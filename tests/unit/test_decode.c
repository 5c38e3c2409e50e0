/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_decode.c - bytes -> struct insn. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/decode.h"
#include "cpu/exec.h"

/* "66 0f af c3" -> bytes; returns how many. */
static unsigned hex_bytes(const char *hex, uint8_t bytes[32])
{
    unsigned count = 0;
    char *end;

    for (;;) {
        unsigned long value = strtoul(hex, &end, 16);

        if (end == hex)
            return count;
        ck_assert_uint_lt(count, 32);
        bytes[count++] = (uint8_t)value;
        hex = end;
    }
}

static enum decode decode(unsigned mode, const char *hex, struct insn *insn)
{
    uint8_t bytes[32];
    unsigned count = hex_bytes(hex, bytes);

    return decode_insn(bytes, count < 15 ? count : 15, mode, NULL, insn);
}

/* Decode what must be an instruction of all the bytes, from the row `id`. */
static struct insn good(unsigned mode, const char *hex, const char *id)
{
    uint8_t bytes[32];
    struct insn insn;

    ck_assert_msg(decode(mode, hex, &insn) == DECODE_OK, "%s does not decode", hex);
    ck_assert_str_eq(insn_row(&insn)->id, id);
    ck_assert_uint_eq(insn.length, hex_bytes(hex, bytes));
    ck_assert_ptr_nonnull(insn.exec);
    return insn;
}

static void bad(unsigned mode, const char *hex, enum decode expected)
{
    struct insn insn;

    ck_assert_msg(decode(mode, hex, &insn) == expected, "%s: not result %d", hex, expected);
}

/* Prefixes */

START_TEST(prefixes_come_in_any_order_and_number)
{
    struct insn insn = good(MODE_CODE32, "66 67 f0 64 66 01 07", "add_Ev_Gv");

    ck_assert_uint_eq(insn.opsize, OPSIZE_16);
    ck_assert_uint_eq(insn.asize, ASIZE_16);
    ck_assert_uint_eq(insn.seg, SEG_FS);
    ck_assert(insn.lock);
    ck_assert(insn.seg_override);
}
END_TEST

START_TEST(the_last_segment_override_counts)
{
    ck_assert_uint_eq(good(MODE_CODE32, "26 64 8b 00", "mov_Gv_Ev").seg, SEG_FS);
    ck_assert_uint_eq(good(MODE_CODE32, "64 26 8b 00", "mov_Gv_Ev").seg, SEG_ES);
}
END_TEST

START_TEST(es_cs_ss_and_ds_overrides_do_nothing_in_64_bit_mode)
{
    struct insn insn = good(MODE_CODE64, "64 2e 8b 00", "mov_Gv_Ev");

    ck_assert_uint_eq(insn.seg, SEG_FS);
    insn = good(MODE_CODE64, "36 8b 00", "mov_Gv_Ev");
    ck_assert_uint_eq(insn.seg, SEG_FLAT);
    ck_assert(!insn.seg_override);
}
END_TEST

START_TEST(rex_counts_only_directly_before_the_opcode)
{
    ck_assert_uint_eq(good(MODE_CODE64, "48 01 c0", "add_Ev_Gv").opsize, OPSIZE_64);
    ck_assert_uint_eq(good(MODE_CODE64, "48 66 01 c0", "add_Ev_Gv").opsize, OPSIZE_16);
    ck_assert_uint_eq(good(MODE_CODE64, "66 48 01 c0", "add_Ev_Gv").opsize, OPSIZE_64);
    ck_assert_uint_eq(good(MODE_CODE64, "48 41 01 c0", "add_Ev_Gv").opsize, OPSIZE_32);
    ck_assert_uint_eq(good(MODE_CODE64, "40 66 88 e0", "mov_Eb_Gb").src, RAX * 8 + 1); /* AH */
}
END_TEST

START_TEST(bytes_40_to_4f_are_inc_and_dec_outside_64_bit_mode)
{
    ck_assert_uint_eq(good(MODE_CODE32, "43", "inc_Zv").dst, RBX);
    ck_assert_uint_eq(good(MODE_CODE16, "4f", "dec_Zv").dst, RDI);
}
END_TEST

START_TEST(f3_and_f2_win_over_66_as_mandatory_prefixes)
{
    good(MODE_CODE64, "0f 58 c1", "addps_Vx_Wx");
    good(MODE_CODE64, "66 0f 58 c1", "addpd_Vx_Wx");
    good(MODE_CODE64, "66 f3 0f 58 c1", "addss_Vd_Wd");
    good(MODE_CODE64, "f2 66 0f 58 c1", "addsd_Vq_Wq");
    good(MODE_CODE64, "f2 f3 0f 58 c1", "addss_Vd_Wd");
}
END_TEST

START_TEST(lock_needs_a_memory_destination_that_is_written)
{
    struct insn insn;

    good(MODE_CODE32, "f0 01 03", "add_Ev_Gv");
    bad(MODE_CODE32, "f0 01 c3", DECODE_LOCK);
    bad(MODE_CODE32, "f0 03 03", DECODE_LOCK);
    bad(MODE_CODE32, "f0 39 03", DECODE_LOCK);
    bad(MODE_CODE32, "f0 90", DECODE_LOCK);
    decode(MODE_CODE32, "f0 01 c3", &insn);
    ck_assert_uint_eq(insn.length, 3);
    ck_assert(insn.exec == exec_bad_lock);
}
END_TEST

/* Too few and too many bytes */

START_TEST(each_prefix_of_an_instruction_asks_for_more)
{
    static const char *const whole[] = {
        "66 2e 81 84 98 78 56 34 12 34 12",
        "0f 3a 0f c1 08",
        "66 0f 3a 0f 84 05 78 56 34 12 08",
        "c8 10 00 01",
        "9a 78 56 34 12 08 00",
    };

    for (unsigned i = 0; i < ARRAY_SIZE(whole); i++) {
        uint8_t bytes[32];
        unsigned count = hex_bytes(whole[i], bytes);
        struct insn insn;

        for (unsigned n = 1; n < count; n++)
            ck_assert_int_eq(decode_insn(bytes, n, MODE_CODE32, NULL, &insn), DECODE_MORE);
        ck_assert_int_eq(decode_insn(bytes, count, MODE_CODE32, NULL, &insn), DECODE_OK);
        ck_assert_uint_eq(insn.length, count);
    }
}
END_TEST

START_TEST(fifteen_bytes_are_the_limit)
{
    good(MODE_CODE32, "66 66 66 66 66 66 66 66 66 66 66 66 66 66 90", "nop");
    bad(MODE_CODE32, "66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 90", DECODE_TOO_LONG);
    bad(MODE_CODE32, "66 66 66 66 66 66 66 66 66 66 66 66 66 b8 01 00", DECODE_TOO_LONG);
}
END_TEST

/* Addresses */

START_TEST(sixteen_bit_addresses_have_their_own_registers)
{
    static const struct {
        const char *hex;
        uint8_t base, index, seg;
    } forms[] = {
        { "8b 00", RBX, RSI, SEG_DS },      { "8b 01", RBX, RDI, SEG_DS },
        { "8b 02", RBP, RSI, SEG_SS },      { "8b 03", RBP, RDI, SEG_SS },
        { "8b 04", RSI, REG_ZERO, SEG_DS }, { "8b 05", RDI, REG_ZERO, SEG_DS },
        { "8b 07", RBX, REG_ZERO, SEG_DS }, { "8b 46 fe", RBP, REG_ZERO, SEG_SS },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(forms); i++) {
        struct insn insn = good(MODE_CODE16, forms[i].hex, "mov_Gv_Ev");

        ck_assert(insn.mem);
        ck_assert_uint_eq(insn.base, forms[i].base);
        ck_assert_uint_eq(insn.index, forms[i].index);
        ck_assert_uint_eq(insn.seg, forms[i].seg);
        ck_assert_uint_eq(insn.asize, ASIZE_16);
    }
}
END_TEST

START_TEST(displacements_are_sign_extended)
{
    struct insn insn = good(MODE_CODE16, "8b 06 34 f2", "mov_Gv_Ev");

    ck_assert_int_eq(insn.disp, (int16_t)0xf234);
    ck_assert_uint_eq(insn.base, REG_ZERO);
    ck_assert_uint_eq(insn.seg, SEG_DS);
    ck_assert_int_eq(good(MODE_CODE16, "8b 46 80", "mov_Gv_Ev").disp, -128);
    ck_assert_int_eq(good(MODE_CODE32, "8b 80 00 00 00 80", "mov_Gv_Ev").disp, INT32_MIN);
}
END_TEST

START_TEST(a_sib_byte_gives_base_index_and_scale)
{
    struct insn insn = good(MODE_CODE32, "8b 44 8b 10", "mov_Gv_Ev");

    ck_assert_uint_eq(insn.base, RBX);
    ck_assert_uint_eq(insn.index, RCX);
    ck_assert_uint_eq(insn.scale, 2);
    ck_assert_int_eq(insn.disp, 0x10);
    insn = good(MODE_CODE32, "8b 04 24", "mov_Gv_Ev"); /* no index */
    ck_assert_uint_eq(insn.base, RSP);
    ck_assert_uint_eq(insn.index, REG_ZERO);
    ck_assert_uint_eq(insn.seg, SEG_SS);
    insn = good(MODE_CODE64, "42 8b 04 a0", "mov_Gv_Ev"); /* index R12, which is not RSP */
    ck_assert_uint_eq(insn.index, R12);
}
END_TEST

START_TEST(a_sib_byte_without_base_ignores_rex_b)
{
    struct insn insn = good(MODE_CODE64, "41 8b 04 2d 78 56 34 12", "mov_Gv_Ev");

    ck_assert_uint_eq(insn.base, REG_ZERO);
    ck_assert_uint_eq(insn.index, RBP);
    ck_assert_int_eq(insn.disp, 0x12345678);
    ck_assert_uint_eq(insn.seg, SEG_FLAT);
}
END_TEST

START_TEST(disp32_is_relative_to_rip_in_64_bit_mode_only)
{
    ck_assert_uint_eq(good(MODE_CODE64, "8b 05 10 00 00 00", "mov_Gv_Ev").base, REG_TRACE_IP);
    ck_assert_uint_eq(good(MODE_CODE64, "8b 04 25 10 00 00 00", "mov_Gv_Ev").base, REG_ZERO);
    ck_assert_uint_eq(good(MODE_CODE32, "8b 05 10 00 00 00", "mov_Gv_Ev").base, REG_ZERO);
    ck_assert_uint_eq(good(MODE_CODE64, "67 8b 05 10 00 00 00", "mov_Gv_Ev").asize, ASIZE_32);
}
END_TEST

START_TEST(rsp_and_rbp_use_the_stack_segment)
{
    ck_assert_uint_eq(good(MODE_CODE64, "8b 45 00", "mov_Gv_Ev").seg, SEG_FLAT_SS);
    ck_assert_uint_eq(good(MODE_CODE64, "41 8b 45 00", "mov_Gv_Ev").seg, SEG_FLAT); /* R13 */
    ck_assert_uint_eq(good(MODE_CODE32, "8b 44 2b 00", "mov_Gv_Ev").seg, SEG_DS); /* EBP as index */
    ck_assert_uint_eq(good(MODE_CODE32, "3e 8b 45 00", "mov_Gv_Ev").seg, SEG_DS);
}
END_TEST

/* Registers, sizes, immediates */

START_TEST(byte_registers_4_to_7_depend_on_rex)
{
    ck_assert_uint_eq(good(MODE_CODE64, "88 e0", "mov_Eb_Gb").src, RAX * 8 + 1); /* AH */
    ck_assert_uint_eq(good(MODE_CODE64, "40 88 e0", "mov_Eb_Gb").src, RSP * 8);  /* SPL */
    ck_assert_uint_eq(good(MODE_CODE64, "44 88 e0", "mov_Eb_Gb").src, R12 * 8);
    ck_assert_uint_eq(good(MODE_CODE32, "b7 01", "mov_Zb_Ib").dst, RBX * 8 + 1); /* BH */
}
END_TEST

START_TEST(rex_extends_each_register_field)
{
    struct insn insn = good(MODE_CODE64, "4d 89 c7", "mov_Ev_Gv");

    ck_assert_uint_eq(insn.dst, R15);
    ck_assert_uint_eq(insn.src, R8);
    ck_assert_uint_eq(good(MODE_CODE64, "41 57", "push_Zv").dst, R15);
    ck_assert_uint_eq(good(MODE_CODE64, "45 0f 6e c0", "movd_Pq_Ed").dst, 0); /* no MM8 */
}
END_TEST

START_TEST(operand_size_follows_mode_and_prefixes)
{
    ck_assert_uint_eq(good(MODE_CODE16, "01 c0", "add_Ev_Gv").opsize, OPSIZE_16);
    ck_assert_uint_eq(good(MODE_CODE16, "66 01 c0", "add_Ev_Gv").opsize, OPSIZE_32);
    ck_assert_uint_eq(good(MODE_CODE64, "01 c0", "add_Ev_Gv").opsize, OPSIZE_32);
    ck_assert_uint_eq(good(MODE_CODE64, "50", "push_Zv").opsize, OPSIZE_64);
    ck_assert_uint_eq(good(MODE_CODE64, "66 50", "push_Zv").opsize, OPSIZE_16);
    ck_assert_uint_eq(good(MODE_CODE64, "66 48 50", "push_Zv").opsize, OPSIZE_64);
    ck_assert_uint_eq(good(MODE_CODE64, "66 c3", "ret").opsize, OPSIZE_64); /* near: always 64 */
    ck_assert_uint_eq(good(MODE_CODE64, "66 e8 00 00 00 00", "call_Jz").opsize, OPSIZE_64);
    ck_assert_uint_eq(good(MODE_CODE32, "66 e8 00 00", "call_Jz").opsize, OPSIZE_16);
}
END_TEST

START_TEST(immediates_are_extended_as_the_row_says)
{
    ck_assert_uint_eq(good(MODE_CODE64, "48 83 c0 ff", "add_Ev_Ibs").imm, UINT64_MAX);
    ck_assert_uint_eq(good(MODE_CODE64, "48 81 c0 ff ff ff ff", "add_Ev_Iz").imm, UINT64_MAX);
    ck_assert_uint_eq(good(MODE_CODE64, "cd 80", "int_Ib").imm, 0x80);
    ck_assert_uint_eq(good(MODE_CODE64, "c2 fe ff", "ret_Iw").imm, 0xfffe);
    ck_assert_uint_eq(good(MODE_CODE64, "48 b8 01 02 03 04 05 06 07 88", "mov_Zv_Iv").imm,
                      UINT64_C(0x8807060504030201));
    ck_assert_uint_eq(good(MODE_CODE64, "b8 ff ff ff ff", "mov_Zv_Iv").imm, 0xffffffff);
    ck_assert_uint_eq(good(MODE_CODE32, "d1 e0", "shl_Ev_1").imm, 1);
    ck_assert_uint_eq(good(MODE_CODE32, "c8 34 12 05", "enter_Iw_Ib").imm, 0x51234);
}
END_TEST

START_TEST(branch_displacements_are_sign_extended)
{
    ck_assert_int_eq(good(MODE_CODE16, "eb fe", "jmp_Jb").disp, -2);
    ck_assert_int_eq(good(MODE_CODE16, "e9 00 80", "jmp_Jz").disp, -0x8000);
    ck_assert_int_eq(good(MODE_CODE64, "e9 00 00 00 80", "jmp_Jz").disp, INT32_MIN);
}
END_TEST

START_TEST(a_moffs_address_has_the_address_size)
{
    ck_assert_uint_eq(good(MODE_CODE16, "a1 34 12", "mov_rAX_Ov").imm, 0x1234);
    ck_assert_uint_eq(good(MODE_CODE32, "a1 78 56 34 12", "mov_rAX_Ov").imm, 0x12345678);
    ck_assert_uint_eq(good(MODE_CODE64, "a1 01 02 03 04 05 06 07 88", "mov_rAX_Ov").imm,
                      UINT64_C(0x8807060504030201));
    ck_assert_uint_eq(good(MODE_CODE64, "67 a1 78 56 34 92", "mov_rAX_Ov").imm, 0x92345678);
}
END_TEST

START_TEST(a_far_pointer_is_offset_and_selector)
{
    ck_assert_uint_eq(good(MODE_CODE16, "ea 5b e0 00 f0", "jmp_Ap").imm, UINT64_C(0xf0000000e05b));
    ck_assert_uint_eq(good(MODE_CODE16, "66 ea 00 00 10 00 08 00", "jmp_Ap").imm,
                      UINT64_C(0x800100000));
    bad(MODE_CODE64, "ea 00 00 10 00 08 00", DECODE_UNDEFINED);
}
END_TEST

/* Which row */

START_TEST(one_opcode_means_different_things_by_mode)
{
    good(MODE_CODE32, "63 c8", "arpl_Ew_Gw");
    good(MODE_CODE64, "63 c8", "movsxd_Gv_Ez");
    good(MODE_CODE32, "c5 03", "lds_Gv_Mp");
    good(MODE_CODE32, "c5 c0 58 c0", "vaddps_Vx_Hx_Wx");
    bad(MODE_CODE32, "c5 c0 04 c0", DECODE_UNDEFINED);
    bad(MODE_CODE64, "c5 03 00 00", DECODE_UNDEFINED);
    good(MODE_CODE32, "27", "daa");
    bad(MODE_CODE64, "27", DECODE_UNDEFINED);
    bad(MODE_CODE32, "0f 05", DECODE_UNDEFINED); /* SYSCALL: Intel has it in 64-bit mode only */
}
END_TEST

START_TEST(opcode_90_is_nop_pause_or_xchg)
{
    good(MODE_CODE64, "90", "nop");
    good(MODE_CODE64, "48 90", "nop");
    good(MODE_CODE64, "f3 90", "pause");
    ck_assert_uint_eq(good(MODE_CODE64, "41 90", "xchg_Zv_rAX").dst, R8);
    ck_assert_uint_eq(good(MODE_CODE32, "91", "xchg_Zv_rAX").dst, RCX);
}
END_TEST

START_TEST(groups_choose_by_modrm_reg_mod_and_rm)
{
    good(MODE_CODE32, "80 38 01", "cmp_Eb_Ib");
    good(MODE_CODE32, "0f 01 38", "invlpg_M");
    good(MODE_CODE64, "0f 01 f8", "swapgs");
    bad(MODE_CODE32, "0f 01 f8", DECODE_UNDEFINED);
    good(MODE_CODE64, "0f 01 f9", "rdtscp");
    bad(MODE_CODE32, "ff f8", DECODE_UNDEFINED);
    good(MODE_CODE64, "48 0f c7 08", "cmpxchg16b_Mdq");
    good(MODE_CODE64, "0f c7 08", "cmpxchg8b_Mq");
    bad(MODE_CODE32, "8d c0", DECODE_UNDEFINED); /* LEA of a register */
}
END_TEST

START_TEST(mov_with_control_and_debug_registers_ignores_mod)
{
    struct insn insn = good(MODE_CODE32, "0f 22 05", "mov_Cy_Ry"); /* mod 0, rm 5: no disp32 */

    ck_assert(!insn.mem);
    ck_assert_uint_eq(insn.dst, 0);
    ck_assert_uint_eq(insn.src, RBP);
    insn = good(MODE_CODE64, "44 0f 20 04", "mov_Ry_Cy"); /* CR8; rm 4: no SIB */
    ck_assert_uint_eq(insn.dst, RSP);
    ck_assert_uint_eq(insn.src, 8);
    good(MODE_CODE64, "0f 21 3f", "mov_Ry_Dy");
}
END_TEST

START_TEST(registers_that_do_not_exist_are_undefined)
{
    bad(MODE_CODE32, "8e c8", DECODE_UNDEFINED);       /* MOV CS */
    bad(MODE_CODE32, "8e f0", DECODE_UNDEFINED);       /* segment register 6 */
    bad(MODE_CODE32, "8c f8", DECODE_UNDEFINED);       /* segment register 7 */
    bad(MODE_CODE32, "8e 78 10", DECODE_UNDEFINED);    /* the same from memory */
    bad(MODE_CODE32, "0f 20 c8", DECODE_UNDEFINED);    /* CR1 */
    bad(MODE_CODE64, "44 0f 22 c8", DECODE_UNDEFINED); /* CR9 */
    bad(MODE_CODE64, "44 0f 21 c0", DECODE_UNDEFINED); /* DR8 */
    good(MODE_CODE32, "8c c8", "mov_Erv_Sw");
    good(MODE_CODE64, "44 8e d8", "mov_Sw_Ew"); /* REX.R does not count: DS */
    good(MODE_CODE32, "0f 21 e0", "mov_Ry_Dy"); /* DR4: CR4.DE decides */
}
END_TEST

START_TEST(an_undefined_opcode_has_a_handler_and_a_length)
{
    struct insn insn;

    ck_assert_int_eq(decode(MODE_CODE64, "66 0f 04 00", &insn), DECODE_UNDEFINED);
    ck_assert_uint_eq(insn.row, 0);
    ck_assert_uint_eq(insn.length, 3);
    ck_assert(insn.exec == exec_bad.any);
}
END_TEST

START_TEST(what_the_processor_lacks_is_undefined)
{
    static const uint8_t popcnt[] = { 0xf3, 0x0f, 0xb8, 0xc1 };
    uint64_t features[F_COUNT / 64 + 1] = { 0 };
    struct insn insn;

    ck_assert_int_eq(decode_insn(popcnt, 4, MODE_CODE32, features, &insn), DECODE_UNDEFINED);
    features[F_POPCNT / 64] |= UINT64_C(1) << F_POPCNT % 64;
    ck_assert_int_eq(decode_insn(popcnt, 4, MODE_CODE32, features, &insn), DECODE_OK);
}
END_TEST

/* Which handler */

START_TEST(flat_addresses_get_the_handler_without_segment)
{
    /* 64-bit mode, 64-bit address, no FS or GS. */
    ck_assert(good(MODE_CODE64, "01 03", "add_Ev_Gv").exec == exec_add.fn[FORM_M_R][OPSIZE_32]);
    ck_assert(good(MODE_CODE64, "64 01 03", "add_Ev_Gv").exec == exec_add.fn[FORM_N_R][OPSIZE_32]);
    ck_assert(good(MODE_CODE64, "67 01 03", "add_Ev_Gv").exec == exec_add.fn[FORM_N_R][OPSIZE_32]);
    ck_assert(good(MODE_CODE32, "01 03", "add_Ev_Gv").exec == exec_add.fn[FORM_N_R][OPSIZE_32]);
    ck_assert(good(MODE_CODE64, "48 01 c3", "add_Ev_Gv").exec == exec_add.fn[FORM_R_R][OPSIZE_64]);
    ck_assert(good(MODE_CODE64, "80 c3 01", "add_Eb_Ib").exec == exec_add.fn[FORM_R_I][OPSIZE_8]);
    ck_assert(good(MODE_CODE16, "03 07", "add_Gv_Ev").exec == exec_add.fn[FORM_R_N][OPSIZE_16]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("decode");
    TCase *tc = tcase_create("decode");
    SRunner *runner;
    int failed;

    tcase_add_test(tc, prefixes_come_in_any_order_and_number);
    tcase_add_test(tc, the_last_segment_override_counts);
    tcase_add_test(tc, es_cs_ss_and_ds_overrides_do_nothing_in_64_bit_mode);
    tcase_add_test(tc, rex_counts_only_directly_before_the_opcode);
    tcase_add_test(tc, bytes_40_to_4f_are_inc_and_dec_outside_64_bit_mode);
    tcase_add_test(tc, f3_and_f2_win_over_66_as_mandatory_prefixes);
    tcase_add_test(tc, lock_needs_a_memory_destination_that_is_written);
    tcase_add_test(tc, each_prefix_of_an_instruction_asks_for_more);
    tcase_add_test(tc, fifteen_bytes_are_the_limit);
    tcase_add_test(tc, sixteen_bit_addresses_have_their_own_registers);
    tcase_add_test(tc, displacements_are_sign_extended);
    tcase_add_test(tc, a_sib_byte_gives_base_index_and_scale);
    tcase_add_test(tc, a_sib_byte_without_base_ignores_rex_b);
    tcase_add_test(tc, disp32_is_relative_to_rip_in_64_bit_mode_only);
    tcase_add_test(tc, rsp_and_rbp_use_the_stack_segment);
    tcase_add_test(tc, byte_registers_4_to_7_depend_on_rex);
    tcase_add_test(tc, rex_extends_each_register_field);
    tcase_add_test(tc, operand_size_follows_mode_and_prefixes);
    tcase_add_test(tc, immediates_are_extended_as_the_row_says);
    tcase_add_test(tc, branch_displacements_are_sign_extended);
    tcase_add_test(tc, a_moffs_address_has_the_address_size);
    tcase_add_test(tc, a_far_pointer_is_offset_and_selector);
    tcase_add_test(tc, one_opcode_means_different_things_by_mode);
    tcase_add_test(tc, opcode_90_is_nop_pause_or_xchg);
    tcase_add_test(tc, groups_choose_by_modrm_reg_mod_and_rm);
    tcase_add_test(tc, mov_with_control_and_debug_registers_ignores_mod);
    tcase_add_test(tc, registers_that_do_not_exist_are_undefined);
    tcase_add_test(tc, an_undefined_opcode_has_a_handler_and_a_length);
    tcase_add_test(tc, what_the_processor_lacks_is_undefined);
    tcase_add_test(tc, flat_addresses_get_the_handler_without_segment);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
