/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_decode_vex.c - VEX and EVEX prefixes. What is undefined here raised #UD on an AMD
 * Zen 3 processor, and what is not was executed by it, in 64-bit and in 32-bit code; where bytes
 * ran out at the end of a page it raised #PF or #UD as said. SDM Vol. 2A, "Vector Extension Prefix".
 */
#include <check.h>
#include <stdlib.h>

#include "cpu/decode_evex.h"
#include "cpu/disasm.h"
#include "cpu/exec.h"
#include "util/buf.h"

#define M16 MODE_CODE16
#define M32 MODE_CODE32
#define M64 MODE_CODE64

static unsigned hex_bytes(const char *hex, uint8_t bytes[16])
{
    unsigned count = 0;
    char *end;

    for (;;) {
        unsigned long value = strtoul(hex, &end, 16);

        if (end == hex)
            return count;
        ck_assert_uint_lt(count, 16);
        bytes[count++] = (uint8_t)value;
        hex = end;
    }
}

static enum decode decode(unsigned mode, const char *hex, struct insn *insn)
{
    uint8_t bytes[16];

    return decode_insn(bytes, hex_bytes(hex, bytes), mode, NULL, insn);
}

static struct insn good(unsigned mode, const char *hex, const char *id)
{
    uint8_t bytes[16];
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
    enum decode result = decode(mode, hex, &insn);

    ck_assert_msg(result == expected, "%s: result %d, not %d", hex, result, expected);
}

#define PADDB "vpaddb_Vdq_Hdq_Wdq"

START_TEST(both_prefixes_name_three_registers)
{
    struct insn insn = good(M64, "c5 71 fc eb", PADDB);

    ck_assert_uint_eq(insn.dst, 13); /* VEX.R */
    ck_assert_uint_eq(insn.src, 1);  /* VEX.vvvv */
    ck_assert_uint_eq(insn.third, 3);
    ck_assert_uint_eq(insn.vlen, 0);
    insn = good(M64, "c4 41 05 fc eb", "vpaddb_Vqq_Hqq_Wqq");
    ck_assert_uint_eq(insn.dst, 13);
    ck_assert_uint_eq(insn.src, 15);
    ck_assert_uint_eq(insn.third, 11); /* VEX.B */
    ck_assert_uint_eq(insn.vlen, 1);
    insn = good(M64, "c4 01 01 fc 6c f5 08", PADDB);
    ck_assert_uint_eq(insn.dst, 13);
    ck_assert_uint_eq(insn.src, 15); /* of three registers the one beside memory */
    ck_assert_uint_eq(insn.base, 13);
    ck_assert_uint_eq(insn.index, 14); /* VEX.X */
    ck_assert_int_eq(insn.disp, 8);
}
END_TEST

START_TEST(legacy_prefixes_that_vex_excludes_are_undefined)
{
    good(M64, "c5 f1 fc c3", PADDB);
    bad(M64, "66 c5 f1 fc c3", DECODE_UNDEFINED);
    bad(M64, "f2 c5 f1 fc c3", DECODE_UNDEFINED);
    bad(M64, "f3 c5 f1 fc c3", DECODE_UNDEFINED);
    bad(M64, "f0 c5 f1 fc c3", DECODE_UNDEFINED);
    bad(M64, "f0 c5 f1 fc 00", DECODE_UNDEFINED);
    bad(M64, "40 c5 f1 fc c3", DECODE_UNDEFINED);
    bad(M64, "48 c4 e1 71 fc c3", DECODE_UNDEFINED);
    bad(M64, "66 64 c5 f1 fc c3", DECODE_UNDEFINED);
    bad(M32, "66 c4 e1 71 fc c3", DECODE_UNDEFINED);
}
END_TEST

START_TEST(segment_address_size_and_a_rex_that_does_not_count_are_allowed)
{
    good(M64, "67 c5 f1 fc c3", PADDB);
    good(M64, "64 c5 f1 fc c3", PADDB);
    good(M64, "40 2e c5 f1 fc c3", PADDB);
    good(M64, "40 67 c5 f1 fc c3", PADDB);
}
END_TEST

START_TEST(there_are_three_maps)
{
    good(M64, "c4 e1 71 fc c3", PADDB);
    bad(M64, "c4 e0 71 fc c3", DECODE_UNDEFINED);
    bad(M64, "c4 e4 71 fc c3", DECODE_UNDEFINED);
    bad(M64, "c4 e5 71 fc c3", DECODE_UNDEFINED);
    bad(M64, "c4 f1 71 fc c3", DECODE_UNDEFINED);
}
END_TEST

START_TEST(vvvv_that_names_nothing_must_be_1111)
{
    good(M64, "c5 fa 6f c1", "vmovdqu_Vx_Wx");
    bad(M64, "c5 f2 6f c1", DECODE_UNDEFINED);
    good(M32, "c4 e1 7a 6f c1", "vmovdqu_Vx_Wx");
    bad(M32, "c4 e1 72 6f c1", DECODE_UNDEFINED);
    bad(M32, "c4 e1 3a 6f c1", DECODE_UNDEFINED); /* bit 3, which would name no register here */
}
END_TEST

START_TEST(only_eight_registers_outside_64_bit_mode)
{
    ck_assert_uint_eq(good(M32, "c4 e1 31 fc c3", PADDB).src, 1);   /* vvvv names register 9 */
    ck_assert_uint_eq(good(M32, "c4 c1 71 fc c3", PADDB).third, 3); /* VEX.B */
}
END_TEST

START_TEST(les_and_lds_have_a_memory_operand)
{
    good(M32, "c5 31", "lds_Gv_Mp");
    good(M16, "c4 31", "les_Gv_Mp");
    good(M16, "c5 f1 fc c3", PADDB);
    bad(M32, "c5", DECODE_MORE);
    bad(M64, "c5", DECODE_MORE);
    bad(M64, "c5 71", DECODE_MORE); /* VEX whatever follows */
}
END_TEST

START_TEST(a_gather_names_three_registers_with_a_sib_byte)
{
    ck_assert_uint_eq(good(M64, "c4 e2 69 90 0c 98", "vpgatherdd_128").index, 3);
    bad(M64, "c4 e2 69 90 0c 88", DECODE_UNDEFINED); /* destination and index */
    bad(M64, "c4 e2 71 90 0c 80", DECODE_UNDEFINED); /* destination and mask */
    bad(M64, "c4 e2 69 90 0c 90", DECODE_UNDEFINED); /* index and mask */
    bad(M64, "c4 e2 69 90 08 00 00", DECODE_UNDEFINED);
    bad(M64, "c4 e2 69 90 cb", DECODE_UNDEFINED);
}
END_TEST

START_TEST(w_is_ignored_where_the_row_does_not_ask)
{
    good(M64, "c4 e1 f1 fc c3", PADDB);
    good(M32, "c4 e1 f1 fc c3", PADDB);
}
END_TEST

START_TEST(all_bytes_are_fetched_before_an_opcode_is_undefined)
{
    static const char *const cut[] = {
        "c4 e4", "c4 e4 71", "c4 e4 71 fc",    "c4 e4 71 fc 05", "66 c5",    "66 c5 f1",
        "0f 3a", "0f 3a 04", "66 c5 f1 fc 05", "66 c5 f1 fc",    "c5 f2 6f", "c5 f2 6f 05",
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cut); i++)
        bad(M64, cut[i], DECODE_MORE);
    bad(M64, "0f 04", DECODE_UNDEFINED); /* in the map of 0F at once */
}
END_TEST

START_TEST(fields_of_evex)
{
    struct evex evex;

    /* vaddps zmm17 {k3} {z}, zmm26, dword [r24] {1to16} and the like */
    ck_assert(evex_fields(0x58d32ca1, &evex));
    ck_assert_uint_eq(evex.map, 1);
    ck_assert_uint_eq(evex.pp, 0);
    ck_assert_uint_eq(evex.opcode, 0x58);
    ck_assert_uint_eq(evex.vvvv, 26);
    ck_assert_uint_eq(evex.mask, 3);
    ck_assert_uint_eq(evex.length_bits, 2);
    ck_assert(!evex.r && evex.x && !evex.b && evex.r2 && !evex.w);
    ck_assert(evex.zeroing && evex.broadcast);
    ck_assert(!evex_fields(0x58d32ca9, &evex)); /* P0[3] */
    ck_assert(!evex_fields(0x58d328a1, &evex)); /* P1[2] */
    ck_assert(!evex_fields(0x58d32ca0, &evex)); /* map 0 */
    ck_assert(!evex_fields(0x58d32ca4, &evex)); /* map 4 */
}
END_TEST

static const struct {
    unsigned mode, length;
    const char *hex, *text;
} evex_samples[] = {
    /* clang-format off */
    { M64, 6,  "62 f1 7c 48 58 c1 90",             "(avx-512: evex.512.0f.w0 58)" },
    { M64, 6,  "62 f2 7d 48 7c c0 90",             "(avx-512: evex.512.66.0f38.w0 7c)" },
    { M64, 7,  "62 f1 7c 48 58 40 01 90",          "(avx-512: evex.512.0f.w0 58)" },
    { M64, 10, "62 f1 fd 28 58 05 01 02 03 04 90", "(avx-512: evex.256.66.0f.w1 58)" },
    { M64, 7,  "62 f1 fd 28 58 04 24 90",          "(avx-512: evex.256.66.0f.w1 58)" },
    { M64, 11, "62 f1 fd 28 58 04 25 01 02 03 04", "(avx-512: evex.256.66.0f.w1 58)" },
    { M64, 11, "62 f1 fe 08 58 84 24 01 02 03 04", "(avx-512: evex.128.f3.0f.w1 58)" },
    { M64, 7,  "62 f1 7c 48 c6 c1 07 90",          "(avx-512: evex.512.0f.w0 c6)" },
    { M64, 7,  "62 f3 7d 48 25 c1 07 90",          "(avx-512: evex.512.66.0f3a.w0 25)" },
    { M64, 6,  "62 f5 7c 48 58 c1 90",             "(avx-512: evex.512.map5.w0 58)" },
    { M64, 7,  "67 62 f1 7c 48 58 00 90",          "(avx-512: evex.512.0f.w0 58)" },
    { M32, 6,  "62 f1 7c 48 58 c1 90",             "(avx-512: evex.512.0f.w0 58)" },
    { M32, 10, "62 f1 7c 48 58 05 01 02 03 04 90", "(avx-512: evex.512.0f.w0 58)" },
    { M16, 8,  "62 f1 7c 48 58 06 01 02 90",       "(avx-512: evex.512.0f.w0 58)" },
    { M16, 6,  "62 f1 7c 48 58 04 90",             "(avx-512: evex.512.0f.w0 58)" },
    { M16, 8,  "62 f1 7c 48 58 84 01 02 90",       "(avx-512: evex.512.0f.w0 58)" },
    { M64, 2,  "62 f0 7c 48 58 c1",                "(bad)" }, /* map 0 */
    { M64, 2,  "62 f1 78 48 58 c1",                "(bad)" }, /* a bit that must be 1 */
    { M64, 3,  "66 62 f1 7c 48 58 c1",             "(bad)" },
    { M64, 3,  "48 62 f1 7c 48 58 c1",             "(bad)" },
    { M64, 3,  "f0 62 f1 7c 48 58 c1",             "(bad)" },
    /* clang-format on */
};

START_TEST(evex_has_a_length_and_a_text_and_raises_ud)
{
    struct buf text = { 0 };
    struct insn insn;
    uint8_t bytes[16];
    unsigned count = hex_bytes(evex_samples[_i].hex, bytes);
    bool evex = evex_samples[_i].text[1] == 'a';

    ck_assert_int_eq(decode_insn(bytes, count, evex_samples[_i].mode, NULL, &insn),
                     DECODE_UNDEFINED);
    ck_assert_uint_eq(insn.row, 0);
    ck_assert(insn_is_evex(&insn) == evex);
    ck_assert(insn.exec == (evex ? exec_evex : exec_bad.any));
    ck_assert_uint_eq(disasm_bytes(bytes, count, evex_samples[_i].mode, 0, NULL, NULL, &text),
                      evex_samples[_i].length);
    ck_assert_str_eq(buf_text(&text), evex_samples[_i].text);
    buf_free(&text);
}
END_TEST

START_TEST(evex_is_undefined_before_it_is_complete)
{
    static const char *const cut[] = { "62 f1", "62 f1 7c", "62 f1 7c 48", "62 f1 7c 48 58",
                                       "62 f1 7c 48 58 05" };

    for (unsigned i = 0; i < ARRAY_SIZE(cut); i++)
        bad(M64, cut[i], DECODE_UNDEFINED);
    bad(M64, "62", DECODE_MORE);
    bad(M32, "62", DECODE_MORE);
}
END_TEST

START_TEST(bound_has_a_memory_operand)
{
    good(M32, "62 07", "bound_Gv_Ma");
    bad(M64, "62 07", DECODE_UNDEFINED);
}
END_TEST

START_TEST(xop_does_not_exist)
{
    bad(M64, "8f e8 78 c0 c0 01", DECODE_UNDEFINED);
    bad(M32, "8f e8 78 c0 c0 01", DECODE_UNDEFINED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("decode_vex");
    TCase *tc = tcase_create("vex");
    SRunner *runner;
    int failed;

    tcase_add_test(tc, both_prefixes_name_three_registers);
    tcase_add_test(tc, legacy_prefixes_that_vex_excludes_are_undefined);
    tcase_add_test(tc, segment_address_size_and_a_rex_that_does_not_count_are_allowed);
    tcase_add_test(tc, there_are_three_maps);
    tcase_add_test(tc, vvvv_that_names_nothing_must_be_1111);
    tcase_add_test(tc, only_eight_registers_outside_64_bit_mode);
    tcase_add_test(tc, les_and_lds_have_a_memory_operand);
    tcase_add_test(tc, a_gather_names_three_registers_with_a_sib_byte);
    tcase_add_test(tc, w_is_ignored_where_the_row_does_not_ask);
    tcase_add_test(tc, all_bytes_are_fetched_before_an_opcode_is_undefined);
    tcase_add_test(tc, fields_of_evex);
    tcase_add_loop_test(tc, evex_has_a_length_and_a_text_and_raises_ud, 0,
                        ARRAY_SIZE(evex_samples));
    tcase_add_test(tc, evex_is_undefined_before_it_is_complete);
    tcase_add_test(tc, bound_has_a_memory_operand);
    tcase_add_test(tc, xop_does_not_exist);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
