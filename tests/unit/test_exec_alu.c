/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_exec_alu.c - arithmetic and logic: every shape of the eight operations at every
 * size against flags computed bit by bit, and single behaviours by name. Source: SDM Vol. 2.
 */
#include <stdlib.h>

#include "tests/support/test_cpu.h"
#include "util/bits.h"

enum operation { OP_ADD, OP_OR, OP_ADC, OP_SBB, OP_AND, OP_SUB, OP_XOR, OP_CMP };

/* The manual's words: a ripple of full adders. */
static uint64_t reference(enum operation op, uint64_t a, uint64_t b, unsigned size, unsigned *flags)
{
    bool subtract = op == OP_SBB || op == OP_SUB || op == OP_CMP;
    bool with_carry = op == OP_ADC || op == OP_SBB;
    unsigned bits = size * 8, carry, before_top = 0, out = 0;
    uint64_t result = 0;

    if (op == OP_OR || op == OP_AND || op == OP_XOR) {
        result = op == OP_OR ? a | b : op == OP_AND ? a & b : a ^ b;
    } else {
        carry = (with_carry && *flags & CF ? 1 : 0) ^ subtract;
        for (unsigned i = 0; i < bits; i++) {
            unsigned x = a >> i & 1, y = (b >> i & 1) ^ subtract;

            if (i == bits - 1)
                before_top = carry;
            if (i == 4 && (carry ^ subtract))
                out |= AF;
            result |= (uint64_t)(x ^ y ^ carry) << i;
            carry = (x & y) | (x & carry) | (y & carry);
        }
        if (carry ^ subtract)
            out |= CF;
        if (carry ^ before_top)
            out |= OF;
    }
    out |= result == 0 ? ZF : 0;
    out |= result >> (bits - 1) & 1 ? SF : 0;
    out |= __builtin_parity((unsigned)result & 0xff) ? 0 : PF;
    *flags = out;
    return result;
}

enum shape { E_G, G_E, ACC_IMM, E_IMM, E_IMM8, M_G, G_M, M_IMM, M_IMM8, FORMS };

/* Encode for registers AX (destination) and BX, or [TEST_DATA]. */
static unsigned encode(enum shape shape, enum operation op, unsigned size, enum test_mode mode,
                       uint64_t imm, uint8_t *code)
{
    unsigned n = 0, wide = size > 1, imm_size = size == 8 ? 4 : size;
    bool memory = shape >= M_G, word = size == 2;

    if (mode == MODE_REAL ? size == 4 : word)
        code[n++] = 0x66;
    if (size == 8)
        code[n++] = 0x48;
    switch (shape) {
    case E_G:
    case M_G:
        code[n++] = (uint8_t)(op * 8 + wide);
        break;
    case G_E:
    case G_M:
        code[n++] = (uint8_t)(op * 8 + 2 + wide);
        break;
    case ACC_IMM:
        code[n++] = (uint8_t)(op * 8 + 4 + wide);
        break;
    case E_IMM:
    case M_IMM:
        code[n++] = (uint8_t)(0x80 + wide);
        break;
    default:
        code[n++] = wide ? 0x83 : 0x80;
        break;
    }
    if (shape == ACC_IMM) {
        /* no ModRM */
    } else if (memory) {
        unsigned reg = shape == M_G ? 3 : shape == G_M ? 0 : op;

        if (mode == MODE_REAL) {
            code[n++] = (uint8_t)(reg << 3 | 6);
            store_le16(code + n, TEST_DATA);
            n += 2;
        } else {
            code[n++] = (uint8_t)(reg << 3 | 4);
            code[n++] = 0x25; /* disp32 */
            store_le32(code + n, TEST_DATA);
            n += 4;
        }
    } else if (shape == E_G) {
        code[n++] = 0xd8; /* ax, bx */
    } else if (shape == G_E) {
        code[n++] = 0xc3;
    } else {
        code[n++] = (uint8_t)(0xc0 | op << 3);
    }
    if (shape == E_IMM8 || shape == M_IMM8)
        imm_size = 1;
    if (shape == ACC_IMM || shape == E_IMM || shape == E_IMM8 || shape == M_IMM ||
        shape == M_IMM8) {
        for (unsigned i = 0; i < imm_size; i++)
            code[n++] = (uint8_t)(imm >> (8 * i));
    }
    return n;
}

/* The immediate as the instruction sees it. */
static uint64_t immediate(enum shape shape, unsigned size, uint64_t value)
{
    if (shape == E_IMM8 || shape == M_IMM8)
        return zero_extend((uint64_t)sign_extend(value, 1), size);
    return size == 8 ? (uint64_t)sign_extend(value, 4) : value;
}

START_TEST(eight_operations_agree_with_full_adders_in_every_form)
{
    enum test_mode mode = (enum test_mode)_i;
    struct cpu *cpu = test_cpu(mode, "90");
    uint64_t seed = 88172645463325252u + (unsigned)_i;

    for (unsigned round = 0; round < 24000; round++) {
        unsigned size = 1u << test_random(&seed) % (mode == MODE_LONG64 ? 4 : 3);
        enum operation op = (enum operation)(round % 8);
        enum shape shape = (enum shape)(round / 8 % FORMS);
        uint64_t a = test_value(&seed, size), b = test_value(&seed, size), got, expected;
        uint64_t above = mode == MODE_LONG64 ? test_random(&seed) : (uint32_t)test_random(&seed);
        uint64_t full = (above & ~mask_bits(size * 8)) | a, left;
        unsigned before = (unsigned)test_random(&seed) & EFLAGS_STATUS, flags = before;
        uint8_t code[16];
        bool has_imm = shape == ACC_IMM || shape == E_IMM || shape == E_IMM8 || shape == M_IMM ||
                       shape == M_IMM8;
        bool memory_dest = shape == M_G || shape == M_IMM || shape == M_IMM8;

        test_bytes(cpu, code, encode(shape, op, size, mode, b, code));
        cpu->gpr[RAX] = full;
        cpu->gpr[RBX] = b;
        test_write(cpu, TEST_DATA, 8, shape == G_M ? b : full);
        test_set_status(cpu, before);
        if (has_imm)
            b = immediate(shape, size, b);
        expected = reference(op, a, b, size, &flags);
        left = size == 4 && !memory_dest ? 0 : full & ~mask_bits(size * 8);
        if (op == OP_CMP)
            expected = full;
        else
            expected |= left;
        ck_assert_int_eq(test_step(cpu), EXEC_OK);
        got = memory_dest ? test_read(cpu, TEST_DATA, 8) : cpu->gpr[RAX];
        if (got != expected || test_status(cpu) != flags)
            ck_abort_msg(
                "mode %d op %d shape %d size %u: %#lx, %#lx flags %#x: got %#lx flags %#x, "
                "expected %#lx flags %#x",
                mode, op, shape, size, (long)full, (long)b, before, (long)got, test_status(cpu),
                (long)expected, flags);
    }
}
END_TEST

START_TEST(add_of_two_negatives_sets_carry_and_overflow)
{
    struct cpu *cpu = test_cpu(MODE_REAL, "00 d8"); /* add al, bl */

    cpu->gpr[RAX] = 0x1180;
    cpu->gpr[RBX] = 0x80;
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x1100); /* AH untouched */
    ck_assert_uint_eq(test_status(cpu), CF | OF | ZF | PF);
}
END_TEST

START_TEST(high_byte_registers_are_bits_8_to_15)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "00 e7"); /* add bh, ah */

    cpu->gpr[RAX] = 0x7001;
    cpu->gpr[RBX] = UINT64_C(0xffffffffffff0fff);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RBX], UINT64_C(0xffffffffffff7fff));
    test_code(cpu, "40 00 e7"); /* add dil, spl: a REX prefix names other registers */
    cpu->gpr[RSP] = 0x11;
    cpu->gpr[RDI] = 0x2233;
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RDI], 0x2244);
    ck_assert_uint_eq(cpu->gpr[RBX], UINT64_C(0xffffffffffff7fff));
}
END_TEST

START_TEST(inc_and_dec_keep_the_carry)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, "40"); /* inc eax */

    cpu->gpr[RAX] = 0x7fffffff;
    test_set_status(cpu, CF);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x80000000);
    ck_assert_uint_eq(test_status(cpu), CF | OF | SF | AF | PF);
    test_code(cpu, "48"); /* dec eax */
    test_set_status(cpu, 0);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x7fffffff);
    ck_assert_uint_eq(test_status(cpu), OF | AF | PF);
    test_code(cpu, "fe 05 00 a0 00 00"); /* inc byte [TEST_DATA] */
    test_write(cpu, TEST_DATA, 4, 0x01ff);
    test_set_status(cpu, CF);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_read(cpu, TEST_DATA, 4), 0x0100);
    ck_assert_uint_eq(test_status(cpu), CF | ZF | AF | PF);
}
END_TEST

START_TEST(neg_sets_carry_unless_zero_and_overflows_at_the_most_negative)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "48 f7 d8"); /* neg rax */

    cpu->gpr[RAX] = BIT(63);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], BIT(63));
    ck_assert_uint_eq(test_status(cpu), CF | OF | SF | PF);
    test_code(cpu, "48 f7 d8");
    cpu->gpr[RAX] = 0;
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_status(cpu), ZF | PF);
    test_code(cpu, "f6 d8"); /* neg al */
    cpu->gpr[RAX] = 0x101;
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x1ff);
    ck_assert_uint_eq(test_status(cpu), CF | SF | AF | PF);
}
END_TEST

START_TEST(not_changes_no_flag)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "f7 d0"); /* not eax */

    cpu->gpr[RAX] = UINT64_C(0xffffffff0000ffff);
    test_set_status(cpu, CF | AF | OF);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0xffff0000);
    ck_assert_uint_eq(test_status(cpu), CF | AF | OF);
}
END_TEST

START_TEST(test_clears_carry_and_overflow)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, "a8 80"); /* test al, 80h */

    cpu->gpr[RAX] = 0x80;
    test_set_status(cpu, CF | OF | ZF);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_status(cpu) & ~AF, SF);
    test_code(cpu, "f7 c0 00 00 00 7f"); /* test eax, imm */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_status(cpu) & ~AF, ZF | PF);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x80);
}
END_TEST

START_TEST(cmpxchg_stores_or_loads)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "f0 48 0f b1 1c 25 00 a0 00 00"); /* [TEST_DATA], rbx */

    cpu->gpr[RAX] = 5;
    cpu->gpr[RBX] = 7;
    test_write(cpu, TEST_DATA, 8, 5);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_read(cpu, TEST_DATA, 8), 7);
    ck_assert_uint_eq(test_status(cpu), ZF | PF);
    cpu->rip = GUEST_CODE;
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 7);
    ck_assert_uint_eq(test_read(cpu, TEST_DATA, 8), 7);
    ck_assert_uint_eq(test_status(cpu), CF | SF | AF | (__builtin_parity(0xfe) ? 0 : PF));
}
END_TEST

START_TEST(cmpxchg_32_leaves_the_upper_half_of_rax_when_equal)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "0f b1 cb"); /* cmpxchg ebx, ecx */

    cpu->gpr[RAX] = UINT64_C(0x1234567800000005);
    cpu->gpr[RBX] = UINT64_C(0xffffffff00000005);
    cpu->gpr[RCX] = UINT64_C(0xaaaaaaaa00000009);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RBX], 9);
    ck_assert_uint_eq(cpu->gpr[RAX], UINT64_C(0x1234567800000005));
    cpu->rip = GUEST_CODE;
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 9);
}
END_TEST

START_TEST(cmpxchg8b_and_16b)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "0f c7 0c 25 00 a0 00 00");

    test_write(cpu, TEST_DATA, 8, UINT64_C(0x0000000200000001));
    cpu->gpr[RDX] = 2;
    cpu->gpr[RAX] = 1;
    cpu->gpr[RCX] = 4;
    cpu->gpr[RBX] = 3;
    test_set_status(cpu, CF | SF);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_read(cpu, TEST_DATA, 8), UINT64_C(0x0000000400000003));
    ck_assert_uint_eq(test_status(cpu), CF | SF | ZF);
    cpu->rip = GUEST_CODE;
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RDX], 4);
    ck_assert_uint_eq(cpu->gpr[RAX], 3);
    ck_assert_uint_eq(test_status(cpu), CF | SF);
    test_code(cpu, "48 0f c7 0c 25 08 a0 00 00"); /* cmpxchg16b: not 16-byte aligned */
    ck_assert_int_eq(test_step(cpu), VEC_GP);
    test_code(cpu, "48 0f c7 0c 25 00 a0 00 00");
    test_write(cpu, TEST_DATA + 8, 8, 4);
    test_write(cpu, TEST_DATA, 8, 3);
    cpu->gpr[RBX] = 11;
    cpu->gpr[RCX] = 12;
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_read(cpu, TEST_DATA, 8), 11);
    ck_assert_uint_eq(test_read(cpu, TEST_DATA + 8, 8), 12);
    test_code(cpu, "0f c7 c8"); /* a register shape does not exist */
    ck_assert_int_eq(test_step(cpu), VEC_UD);
}
END_TEST

START_TEST(xadd_exchanges_and_adds)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, "0f c1 d8"); /* xadd eax, ebx */

    cpu->gpr[RAX] = 0xffffffff;
    cpu->gpr[RBX] = 1;
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0);
    ck_assert_uint_eq(cpu->gpr[RBX], 0xffffffff);
    ck_assert_uint_eq(test_status(cpu), CF | ZF | AF | PF);
    test_code(cpu, "0f c1 c0"); /* xadd eax, eax */
    cpu->gpr[RAX] = 21;
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 42);
}
END_TEST

START_TEST(lock_is_for_memory_destinations_of_some)
{
    static const struct {
        const char *hex;
        int result;
    } cases[] = {
        { "f0 01 05 00 a0 00 00", EXEC_OK },    /* add [m], eax */
        { "f0 01 d8", VEC_UD },                 /* add eax, ebx */
        { "f0 03 05 00 a0 00 00", VEC_UD },     /* add eax, [m] */
        { "f0 39 05 00 a0 00 00", VEC_UD },     /* cmp [m], eax */
        { "f0 f7 1d 00 a0 00 00", EXEC_OK },    /* neg [m] */
        { "f0 f7 25 00 a0 00 00", VEC_UD },     /* mul [m] */
        { "f0 87 05 00 a0 00 00", EXEC_OK },    /* xchg */
        { "f0 89 05 00 a0 00 00", VEC_UD },     /* mov */
        { "f0 0f ab 05 00 a0 00 00", EXEC_OK }, /* bts */
        { "f0 0f a3 05 00 a0 00 00", VEC_UD },  /* bt */
        { "f0 0f c1 05 00 a0 00 00", EXEC_OK }, /* xadd */
        { "f0 90", VEC_UD },                    /* nop */
    };
    struct cpu *cpu = test_cpu(MODE_PROT32, "90");

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        test_code(cpu, cases[i].hex);
        if (test_step(cpu) != cases[i].result)
            ck_abort_msg("%s", cases[i].hex);
    }
}
END_TEST

START_TEST(decimal_adjustments)
{
    struct cpu *cpu = test_cpu(MODE_REAL, "27"); /* daa */

    cpu->gpr[RAX] = 0x79 + 0x35; /* SDM Vol. 2A, DAA: 79 + 35 = 114 */
    test_set_status(cpu, 0);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX] & 0xff, 0x14);
    ck_assert_uint_eq(test_status(cpu) & (CF | AF), CF | AF);
    test_code(cpu, "2f"); /* das: 35 - 47 = -12: EEh with CF AF */
    cpu->gpr[RAX] = 0xee;
    test_set_status(cpu, CF | AF);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX] & 0xff, 0x88);
    ck_assert_uint_eq(test_status(cpu) & (CF | AF), CF | AF);
    test_code(cpu, "37"); /* aaa */
    cpu->gpr[RAX] = 0x010b;
    test_set_status(cpu, 0);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x0201);
    ck_assert_uint_eq(test_status(cpu) & (CF | AF), CF | AF);
    test_code(cpu, "3f"); /* aas */
    cpu->gpr[RAX] = 0x02fe;
    test_set_status(cpu, AF);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x0108);
    test_code(cpu, "d4 0a"); /* aam */
    cpu->gpr[RAX] = 57;
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x0507);
    test_code(cpu, "d5 0a"); /* aad */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 57);
    test_code(cpu, "d4 00");
    ck_assert_int_eq(test_step(cpu), VEC_DE);
    cpu = test_cpu(MODE_LONG64, "27");
    ck_assert_int_eq(test_step(cpu), VEC_UD);
}
END_TEST

START_TEST(a_fault_on_the_write_leaves_registers_and_flags)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "48 01 1c 25 00 a0 00 00"); /* add [TEST_DATA], rbx */
    uint64_t entries = test_small_pages(cpu);

    test_write(cpu, entries + 8 * (TEST_DATA / PAGE_SIZE), 8, TEST_DATA | 5); /* read-only */
    cpu->cr0 |= CR0_WP;
    cpu_rebuild(cpu);
    cpu->gpr[RBX] = 1;
    test_set_status(cpu, CF | SF);
    ck_assert_int_eq(test_step(cpu), VEC_PF);
    ck_assert_uint_eq(cpu->fault.error, 3); /* present, write, supervisor */
    ck_assert_uint_eq(test_status(cpu), CF | SF);
    ck_assert_uint_eq(cpu->rip, GUEST_CODE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exec_alu");
    TCase *tc = tcase_create("exec_alu");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, NULL, test_cpu_teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, eight_operations_agree_with_full_adders_in_every_form, 0, TEST_MODES);
    tcase_add_test(tc, add_of_two_negatives_sets_carry_and_overflow);
    tcase_add_test(tc, high_byte_registers_are_bits_8_to_15);
    tcase_add_test(tc, inc_and_dec_keep_the_carry);
    tcase_add_test(tc, neg_sets_carry_unless_zero_and_overflows_at_the_most_negative);
    tcase_add_test(tc, not_changes_no_flag);
    tcase_add_test(tc, test_clears_carry_and_overflow);
    tcase_add_test(tc, cmpxchg_stores_or_loads);
    tcase_add_test(tc, cmpxchg_32_leaves_the_upper_half_of_rax_when_equal);
    tcase_add_test(tc, cmpxchg8b_and_16b);
    tcase_add_test(tc, xadd_exchanges_and_adds);
    tcase_add_test(tc, lock_is_for_memory_destinations_of_some);
    tcase_add_test(tc, decimal_adjustments);
    tcase_add_test(tc, a_fault_on_the_write_leaves_registers_and_flags);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
