/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_exec_shift.c - shifts, rotates, double shifts, multiplication, division and bit
 * instructions, against the "Operation" sections of SDM Vol. 2 done one bit at a time.
 */
#include <stdlib.h>

#include "tests/support/test_cpu.h"
#include "util/bits.h"

__extension__ typedef unsigned __int128 wide_unsigned;
__extension__ typedef __int128 wide_signed;

enum { ROL, ROR, RCL, RCR, SHL, SHR, SAL, SAR };

/* One step of one position; *flags has CF. */
static uint64_t shift_once(unsigned op, uint64_t v, unsigned bits, unsigned *flags)
{
    unsigned top = v >> (bits - 1) & 1, low = v & 1, carry = *flags & CF;
    unsigned out = op == ROL || op == RCL || op == SHL || op == SAL ? top : low;

    switch (op) {
    case ROL:
        v = v << 1 | top;
        break;
    case RCL:
        v = v << 1 | carry;
        break;
    case SHL:
    case SAL:
        v = v << 1;
        break;
    case ROR:
        v = v >> 1 | (uint64_t)low << (bits - 1);
        break;
    case RCR:
        v = v >> 1 | (uint64_t)carry << (bits - 1);
        break;
    case SHR:
        v = v >> 1;
        break;
    default:
        v = v >> 1 | (uint64_t)top << (bits - 1);
        break;
    }
    *flags = (*flags & ~(unsigned)CF) | out;
    return v & mask_bits(bits);
}

static unsigned result_flags(uint64_t v, unsigned bits)
{
    return (v == 0 ? ZF : 0) | (v >> (bits - 1) & 1 ? SF : 0) |
           (__builtin_parity((unsigned)v & 0xff) ? 0 : PF);
}

static unsigned prefixes(enum test_mode mode, unsigned size, uint8_t *code)
{
    unsigned n = 0;

    if (mode == MODE_REAL ? size == 4 : size == 2)
        code[n++] = 0x66;
    if (size == 8)
        code[n++] = 0x48;
    return n;
}

static unsigned any_size(enum test_mode mode, uint64_t *seed, unsigned least)
{
    return 1u << (least + test_random(seed) % ((mode == MODE_LONG64 ? 4u : 3u) - least));
}

START_TEST(shifts_and_rotates_move_one_bit_at_a_time)
{
    enum test_mode mode = (enum test_mode)_i;
    struct cpu *cpu = test_cpu(mode, "90");
    uint64_t seed = 0x9e3779b97f4a7c15u + (unsigned)_i;

    for (unsigned round = 0; round < 24000; round++) {
        unsigned op = round % 8, form = round / 8 % 3, size = any_size(mode, &seed, 0), n;
        unsigned bits = size * 8, count, masked, defined;
        uint64_t value = test_value(&seed, size), v = value;
        unsigned before = (unsigned)test_random(&seed) & EFLAGS_STATUS, flags = before;
        bool memory = test_random(&seed) & 1;
        uint8_t code[16];

        count = form == 0 ? 1 : (unsigned)test_random(&seed) & (round & 64 ? 0xff : 0x1f);
        n = prefixes(mode, size, code);
        code[n++] = (uint8_t)((form == 0 ? 0xd0 : form == 1 ? 0xd2 : 0xc0) + (size > 1));
        code[n++] = (uint8_t)(op << 3 | (memory ? 3 : 0xc0)); /* [rbx], [bp+di], eax */
        if (form == 2)
            code[n++] = (uint8_t)count;
        test_bytes(cpu, code, n);
        cpu->gpr[RCX] = 0xffffff00 | count;
        cpu->gpr[RAX] = value;
        cpu->gpr[RBX] = cpu->gpr[RBP] = TEST_DATA;
        test_write(cpu, TEST_DATA, 8, value);
        test_set_status(cpu, before);
        masked = count & (size == 8 ? 63 : 31);
        for (unsigned i = 0; i < masked; i++)
            v = shift_once(op, v, bits, &flags);
        defined = EFLAGS_STATUS;
        if (masked && op >= SHL) {
            flags = (flags & CF) | result_flags(v, bits);
            defined &= ~(unsigned)AF;
            if (masked >= bits && op != SAR)
                defined &= ~(unsigned)CF;
        }
        if (masked == 1) {
            unsigned top = v >> (bits - 1) & 1, next = v >> (bits - 2) & 1;
            bool of = op == ROR || op == RCR ? top ^ next
                      : op == SAR            ? false
                      : op == SHR            ? value >> (bits - 1) & 1
                                             : top ^ (flags & CF);

            flags = (flags & ~(unsigned)OF) | (of ? OF : 0);
        } else if (masked) {
            defined &= ~(unsigned)OF;
        }
        ck_assert_int_eq(test_step(cpu), EXEC_OK);
        value = memory ? test_read(cpu, TEST_DATA, 8) : cpu->gpr[RAX];
        if (value != v || (test_status(cpu) ^ flags) & defined)
            ck_abort_msg(
                "mode %d op %u form %u size %u count %u: got %#lx flags %#x, expected %#lx "
                "flags %#x (before %#x)",
                mode, op, form, size, count, (long)value, test_status(cpu), (long)v, flags, before);
    }
}
END_TEST

START_TEST(a_count_of_zero_changes_no_flag_but_clears_the_upper_half)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "d3 e0"); /* shl eax, cl */

    cpu->gpr[RAX] = UINT64_C(0xffffffff00000001);
    cpu->gpr[RCX] = 32;
    test_set_status(cpu, CF | OF | AF | ZF);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 1);
    ck_assert_uint_eq(test_status(cpu), CF | OF | AF | ZF);
}
END_TEST

START_TEST(double_shifts_take_bits_from_the_second_operand)
{
    enum test_mode mode = (enum test_mode)_i;
    struct cpu *cpu = test_cpu(mode, "90");
    uint64_t seed = 0x853c49e6748fea9bu;

    for (unsigned round = 0; round < 8000; round++) {
        unsigned size = any_size(mode, &seed, 1), bits = size * 8, n, masked;
        bool right = round & 1, by_cl = round & 2, memory = round & 4;
        unsigned count = (unsigned)test_random(&seed) & 0xff, flags, defined;
        unsigned before = (unsigned)test_random(&seed) & EFLAGS_STATUS;
        uint64_t a = test_value(&seed, size), b = test_value(&seed, size), v = a, got;
        uint8_t code[16];

        n = prefixes(mode, size, code);
        code[n++] = 0x0f;
        code[n++] = (uint8_t)(0xa4 + by_cl + 8 * right);
        code[n++] = memory ? 0x13 : 0xd0; /* [rbx] or [bp+di], or eax; edx */
        if (!by_cl)
            code[n++] = (uint8_t)count;
        test_bytes(cpu, code, n);
        cpu->gpr[RCX] = count;
        cpu->gpr[RAX] = a;
        cpu->gpr[RDX] = b;
        cpu->gpr[RBX] = cpu->gpr[RBP] = TEST_DATA;
        test_write(cpu, TEST_DATA, 8, a);
        test_set_status(cpu, before);
        masked = count & (size == 8 ? 63 : 31);
        if (masked > bits)
            masked = 0, count = 99; /* undefined */
        flags = before;
        for (unsigned i = 0; i < masked; i++) {
            unsigned in = right ? b >> i & 1 : b >> (bits - 1 - i) & 1;

            flags = (unsigned)(right ? v & 1 : v >> (bits - 1) & 1);
            v = right ? v >> 1 | (uint64_t)in << (bits - 1) : (v << 1 | in) & mask_bits(bits);
        }
        ck_assert_int_eq(test_step(cpu), EXEC_OK);
        got = memory ? test_read(cpu, TEST_DATA, 8) : cpu->gpr[RAX];
        if (count == 99)
            continue;
        defined = EFLAGS_STATUS;
        if (masked) {
            flags |= result_flags(v, bits);
            defined &= ~(unsigned)AF;
            if (masked == 1)
                flags |= (v ^ a) >> (bits - 1) & 1 ? OF : 0;
            else
                defined &= ~(unsigned)OF;
        }
        if (got != v || (test_status(cpu) ^ flags) & defined)
            ck_abort_msg("mode %d %s size %u count %u: %#lx:%#lx got %#lx flags %#x, expected %#lx "
                         "flags %#x",
                         mode, right ? "shrd" : "shld", size, count, (long)a, (long)b, (long)got,
                         test_status(cpu), (long)v, flags);
    }
}
END_TEST

START_TEST(multiplication_gives_twice_the_width)
{
    enum test_mode mode = (enum test_mode)_i;
    struct cpu *cpu = test_cpu(mode, "90");
    uint64_t seed = 0xda3e39cb94b95bdbu;

    for (unsigned round = 0; round < 12000; round++) {
        unsigned size = any_size(mode, &seed, 0), bits = size * 8, n;
        bool is_signed = round & 1, over;
        uint64_t a = test_value(&seed, size), b = test_value(&seed, size), low, high;
        wide_unsigned product;
        uint8_t code[16];

        n = prefixes(mode, size, code);
        code[n++] = (uint8_t)(0xf6 + (size > 1));
        code[n++] = (uint8_t)(0xc3 | (is_signed ? 5 : 4) << 3); /* ebx */
        test_bytes(cpu, code, n);
        cpu->gpr[RAX] = a;
        cpu->gpr[RBX] = b;
        cpu->gpr[RDX] = 0;
        product = is_signed ? (wide_unsigned)((wide_signed)sign_extend(a, size) *
                                              (wide_signed)sign_extend(b, size))
                            : (wide_unsigned)a * b;
        low = (uint64_t)product & mask_bits(bits);
        high = (uint64_t)(product >> bits) & mask_bits(bits);
        over = is_signed ? (wide_signed)product != (wide_signed)sign_extend(low, size) : high != 0;
        ck_assert_int_eq(test_step(cpu), EXEC_OK);
        if (size == 1) {
            low |= high << 8;
            high = 0;
        }
        if (cpu->gpr[RAX] != low || cpu->gpr[RDX] != high ||
            (test_status(cpu) & (CF | OF)) != (over ? CF | OF : 0))
            ck_abort_msg("mode %d size %u signed %d: %#lx * %#lx: %#lx:%#lx flags %#x", mode, size,
                         is_signed, (long)a, (long)b, (long)cpu->gpr[RDX], (long)cpu->gpr[RAX],
                         test_status(cpu));
    }
}
END_TEST

START_TEST(imul_with_two_and_three_operands)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "0f af c3"); /* imul eax, ebx */

    cpu->gpr[RAX] = 0x10000;
    cpu->gpr[RBX] = 0x8000;
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x80000000);
    ck_assert_uint_eq(test_status(cpu) & (CF | OF), CF | OF);
    test_code(cpu, "48 6b c3 fe"); /* imul rax, rbx, -2 */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], UINT64_C(0xffffffffffff0000));
    ck_assert_uint_eq(test_status(cpu) & (CF | OF), 0);
    test_code(cpu, "66 69 c3 00 80"); /* imul ax, bx, -32768 */
    cpu->gpr[RBX] = 2;
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], UINT64_C(0xffffffffffff0000));
    ck_assert_uint_eq(test_status(cpu) & (CF | OF), CF | OF);
}
END_TEST

START_TEST(division_gives_quotient_and_remainder_or_faults)
{
    enum test_mode mode = (enum test_mode)_i;
    struct cpu *cpu = test_cpu(mode, "90");
    uint64_t seed = 0x2545f4914f6cdd1du;

    for (unsigned round = 0; round < 16000; round++) {
        unsigned size = any_size(mode, &seed, 0), bits = size * 8, n;
        bool is_signed = round & 1, fault;
        uint64_t d = test_value(&seed, size), low = test_value(&seed, size);
        uint64_t high = test_random(&seed) & 1 ? test_value(&seed, size)
                        : is_signed            ? (low >> (bits - 1) & 1 ? mask_bits(bits) : 0)
                                               : test_random(&seed) % (d ? d : 1);
        uint64_t q = 0, r = 0, rax, rdx;
        uint8_t code[16];

        n = prefixes(mode, size, code);
        code[n++] = (uint8_t)(0xf6 + (size > 1));
        code[n++] = (uint8_t)(0xc3 | (is_signed ? 7 : 6) << 3);
        test_bytes(cpu, code, n);
        cpu->gpr[RBX] = d;
        cpu->gpr[RAX] = rax = size == 1 ? high << 8 | low : low;
        cpu->gpr[RDX] = rdx = size == 1 ? 0 : high;
        if (is_signed) {
            wide_signed a = (wide_signed)((wide_unsigned)high << (128 - bits)) >> (128 - 2 * bits);
            wide_signed s = sign_extend(d, size), result = 0;

            a |= (wide_signed)low;
            fault = s == 0;
            if (!fault && s == -1)
                result = (wide_signed)(0 - (wide_unsigned)a);
            else if (!fault)
                result = a / s;
            fault = fault || result != (wide_signed)sign_extend((uint64_t)result, size) ||
                    (bits == 64 && s == -1 && high == BIT(63) && low == 0);
            q = (uint64_t)result & mask_bits(bits);
            r = fault || s == -1 ? 0 : (uint64_t)(a % s) & mask_bits(bits);
        } else {
            wide_unsigned a = (wide_unsigned)high << bits | low;

            fault = d == 0 || (a / d) >> bits;
            q = fault ? 0 : (uint64_t)(a / d);
            r = fault ? 0 : (uint64_t)(a % d);
        }
        if (fault) {
            ck_assert_int_eq(test_step(cpu), VEC_DE);
            ck_assert_uint_eq(cpu->gpr[RAX], rax);
            ck_assert_uint_eq(cpu->gpr[RDX], rdx);
            ck_assert_uint_eq(cpu->rip, GUEST_CODE);
            continue;
        }
        ck_assert_int_eq(test_step(cpu), EXEC_OK);
        if (size == 1)
            q |= r << 8, r = 0;
        if (cpu->gpr[RAX] != q || cpu->gpr[RDX] != r)
            ck_abort_msg("mode %d size %u signed %d: %#lx:%#lx / %#lx: %#lx rest %#lx", mode, size,
                         is_signed, (long)high, (long)low, (long)d, (long)cpu->gpr[RAX],
                         (long)cpu->gpr[RDX]);
    }
}
END_TEST

START_TEST(bit_tests_of_registers_take_the_offset_modulo_the_size)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "0f ab d8"); /* bts eax, ebx */

    cpu->gpr[RBX] = 33;
    test_set_status(cpu, ZF);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 2);
    ck_assert_uint_eq(test_status(cpu) & (CF | ZF), ZF); /* ZF unchanged */
    test_code(cpu, "48 0f ba f8 41");                    /* btc rax, 65 */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0);
    ck_assert_uint_eq(test_status(cpu) & CF, CF);
}
END_TEST

START_TEST(bit_tests_of_memory_reach_beyond_the_operand)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, "0f ab 1d 00 a0 00 00"); /* bts [TEST_DATA], ebx */

    cpu->gpr[RBX] = (uint32_t)-33; /* bit 31 of the doubleword 8 bytes below */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_read(cpu, TEST_DATA - 8, 8), BIT(31));
    test_code(cpu, "0f b3 1d 00 a0 00 00"); /* btr */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_status(cpu) & CF, CF);
    ck_assert_uint_eq(test_read(cpu, TEST_DATA - 8, 8), 0);
    test_code(cpu, "66 0f ba 2d 00 a0 00 00 1f"); /* bts word [m], 31: immediate modulo 16 */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(test_read(cpu, TEST_DATA, 8), 0x8000);
}
END_TEST

START_TEST(bit_scans_and_counts)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "48 0f bc c3"); /* bsf rax, rbx */

    cpu->gpr[RBX] = BIT(63) | BIT(40);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 40);
    ck_assert_uint_eq(test_status(cpu) & ZF, 0);
    test_code(cpu, "48 0f bd c3"); /* bsr */
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 63);
    test_code(cpu, "48 0f bc c3"); /* of zero: ZF, and all processors leave the destination */
    cpu->gpr[RBX] = 0;
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 63);
    ck_assert_uint_eq(test_status(cpu) & ZF, ZF);
    test_code(cpu, "f3 48 0f b8 c3"); /* popcnt rax, rbx */
    cpu->gpr[RBX] = UINT64_C(0xff00ff0000000001);
    test_set_status(cpu, EFLAGS_STATUS);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 17);
    ck_assert_uint_eq(test_status(cpu), 0);
    test_code(cpu, "0f c8"); /* bswap eax */
    cpu->gpr[RAX] = UINT64_C(0xffffffff12345678);
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x78563412);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exec_shift");
    TCase *tc = tcase_create("exec_shift");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, NULL, test_cpu_teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, shifts_and_rotates_move_one_bit_at_a_time, 0, TEST_MODES);
    tcase_add_test(tc, a_count_of_zero_changes_no_flag_but_clears_the_upper_half);
    tcase_add_loop_test(tc, double_shifts_take_bits_from_the_second_operand, 0, TEST_MODES);
    tcase_add_loop_test(tc, multiplication_gives_twice_the_width, 0, TEST_MODES);
    tcase_add_test(tc, imul_with_two_and_three_operands);
    tcase_add_loop_test(tc, division_gives_quotient_and_remainder_or_faults, 0, TEST_MODES);
    tcase_add_test(tc, bit_tests_of_registers_take_the_offset_modulo_the_size);
    tcase_add_test(tc, bit_tests_of_memory_reach_beyond_the_operand);
    tcase_add_test(tc, bit_scans_and_counts);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
