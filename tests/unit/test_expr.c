/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_expr.c - expressions, register names, and registers as text. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "debugger/expr.h"
#include "debugger/register.h"
#include "debugger/show.h"
#include "util/bits.h"

/* A processor filled by hand: no TLB, no engine; 1 MiB of RAM. */
struct bench {
    struct cpu *cpu;
    struct ram ram;
    struct space memory;
    struct clock clock;
    struct symbols symbols;
    struct expr_env env;
};

static struct bench *bench_create(void)
{
    static const char map[] = "00007c00 T boot_start\n00100000 T kmain\n00100400 T zap\n";
    struct bench *bench = xcalloc(1, sizeof *bench);
    struct buf error = { 0 };
    const char *format;
    size_t added;

    bench->cpu = aligned_alloc(64, (sizeof(struct cpu) + 63) / 64 * 64);
    ck_assert_ptr_nonnull(bench->cpu);
    memset(bench->cpu, 0, sizeof *bench->cpu);
    ck_assert(ram_create(&bench->ram, MIB(1)));
    space_init(&bench->memory, &bench->ram, NULL);
    space_add_ram(&bench->memory, 0, MIB(1), 0);
    clock_init(&bench->clock, 1000);
    bench->cpu->memory = &bench->memory;
    bench->cpu->clock = &bench->clock;
    bench->cpu->a20_mask = ~UINT64_C(0);
    bench->cpu->eflags = EFLAGS_ONE;
    bench->cpu->flags_zero = 1;
    bench->cpu->seg[SEG_DS].selector = 0x1234;
    bench->cpu->seg[SEG_DS].base = 0x12340;
    ck_assert(symbols_parse(&bench->symbols, "map", (const uint8_t *)map, sizeof map - 1, 0, &added,
                            &format, &error));
    bench->env = (struct expr_env){ .cpu = bench->cpu, .symbols = &bench->symbols };
    return bench;
}

static void bench_destroy(struct bench *bench)
{
    space_destroy(&bench->memory);
    ram_destroy(&bench->ram);
    symbols_free(&bench->symbols);
    free(bench->cpu);
    free(bench);
}

static void check_value(const struct bench *bench, const char *text, uint64_t wanted)
{
    struct buf error = { 0 };
    uint64_t value = 0;
    bool ok = expr_value(&bench->env, text, &value, &error);

    ck_assert_msg(ok, "%s: %s", text, buf_text(&error));
    ck_assert_msg(value == wanted, "%s = 0x%llx, want 0x%llx", text, (unsigned long long)value,
                  (unsigned long long)wanted);
    buf_free(&error);
}

static void check_error(const struct bench *bench, const char *text, const char *words)
{
    struct buf error = { 0 };
    uint64_t value;

    ck_assert_msg(!expr_value(&bench->env, text, &value, &error), "%.40s was accepted", text);
    ck_assert_msg(strstr(buf_text(&error), words) != NULL, "%.40s: '%s' lacks '%s'", text,
                  buf_text(&error), words);
    ck_assert_ptr_null(strchr(buf_text(&error), '\n'));
    buf_free(&error);
}

START_TEST(numbers_of_every_base)
{
    struct bench *bench = bench_create();

    check_value(bench, "42", 42);
    check_value(bench, "0x7C00", 0x7c00);
    check_value(bench, "7c00h", 0x7c00);
    check_value(bench, "0b101", 5);
    check_value(bench, "017", 15);
    check_value(bench, "1_000_000", 1000000);
    check_value(bench, "'A'", 65);
    check_value(bench, "0xffffffffffffffff", UINT64_MAX);
    check_error(bench, "0x1ffffffffffffffff", "not a number of 64 bits");
    check_error(bench, "12zz", "not a number");
    bench_destroy(bench);
}
END_TEST

START_TEST(operators_bind_as_in_c)
{
    struct bench *bench = bench_create();

    check_value(bench, "1+2*3", 7);
    check_value(bench, "(1+2)*3", 9);
    check_value(bench, "10-2-3", 5);
    check_value(bench, "1<<4|1", 17);
    check_value(bench, "6&3==3", 6 & (3 == 3));
    check_value(bench, "!0 + ~0", 0);
    check_value(bench, "-1 >> 63", 1);
    check_value(bench, "7/2 + 7%2", 4);
    check_value(bench, "1 && 0 || 1", 1);
    check_value(bench, "0 && 1/0", 0);
    check_value(bench, "2 > 1 ? 10 : 20", 10);
    check_value(bench, "1 << 64", 0);
    check_error(bench, "1/0", "division by 0");
    check_error(bench, "1 +", "expected at the end");
    check_error(bench, "(1", "')'");
    check_error(bench, "1 2", "unexpected after");
    bench_destroy(bench);
}
END_TEST

START_TEST(registers_have_names_for_every_size_and_bit)
{
    struct bench *bench = bench_create();
    struct cpu *cpu = bench->cpu;

    cpu->gpr[RAX] = UINT64_C(0x1122334455667788);
    cpu->gpr[R9] = 0xfffe;
    cpu->cr0 = CR0_PE | 0x10;
    cpu->eflags |= IF;
    cpu->gdtr.limit = 0x27;
    check_value(bench, "rax", UINT64_C(0x1122334455667788));
    check_value(bench, "$eax", 0x55667788);
    check_value(bench, "AX", 0x7788);
    check_value(bench, "ah", 0x77);
    check_value(bench, "al", 0x88);
    check_value(bench, "r9b", 0xfe);
    check_value(bench, "cr0.pe", 1);
    check_value(bench, "cr0.pg", 0);
    check_value(bench, "eflags.if", 1);
    check_value(bench, "zf", 0);
    check_value(bench, "ds.base", 0x12340);
    check_value(bench, "ds", 0x1234);
    check_value(bench, "gdtr.limit", 0x27);
    check_error(bench, "rxx", "no register or symbol 'rxx'");
    bench_destroy(bench);
}
END_TEST

START_TEST(memory_and_addresses)
{
    struct bench *bench = bench_create();
    uint8_t bytes[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

    ck_assert(space_poke(&bench->memory, 0x12350, bytes, 8));
    check_value(bench, "ds:0x10", 0x12350);
    check_value(bench, "0x07c0:0x10+4", 0x7c14);
    check_value(bench, "*0x12350", 0x04030201);
    check_value(bench, "@0x12350", 0x04030201);
    check_value(bench, "$(ds:0x10)", 0x04030201);
    check_value(bench, "byte [ds:0x11]", 2);
    check_value(bench, "word ptr [0x12350]", 0x0201);
    check_value(bench, "qword [0x12350]", UINT64_C(0x0807060504030201));
    check_value(bench, "kmain+4", 0x100004);
    check_value(bench, "\"boot_start\"", 0x7c00);
    check_error(bench, "kmian", "kmain");
    check_error(bench, "@0x10000000", "physical");
    bench_destroy(bench);
}
END_TEST

START_TEST(hostile_expressions_are_refused)
{
    struct bench *bench = bench_create();
    struct buf text = { 0 };

    for (unsigned i = 0; i < 100000; i++)
        buf_add_text(&text, "(");
    check_error(bench, buf_text(&text), "nested");
    buf_clear(&text);
    for (unsigned i = 0; i < 100000; i++)
        buf_add_text(&text, "-");
    check_error(bench, buf_text(&text), "nested");
    buf_clear(&text);
    for (unsigned i = 0; i < 100000; i++)
        buf_add_text(&text, "1+");
    buf_add_text(&text, "1");
    check_error(bench, buf_text(&text), "shorter");
    buf_clear(&text);
    for (unsigned i = 0; i < 100000; i++)
        buf_add_text(&text, "a");
    check_error(bench, buf_text(&text), "shorter name");
    buf_free(&text);
    bench_destroy(bench);
}
END_TEST

START_TEST(flags_are_shown_in_capitals_when_set)
{
    struct buf text = { 0 };

    show_eflags(0x246, &text);
    ck_assert_str_eq(buf_text(&text), "id vip vif ac vm rf nt IOPL=0 of df IF tf sf ZF af PF cf");
    buf_free(&text);
}
END_TEST

START_TEST(changed_registers_are_marked)
{
    struct bench *bench = bench_create();
    struct snapshot before = { 0 };
    struct buf text = { 0 };
    struct out out;

    out_to_buf(&out, &text);
    snapshot_take(&before, bench->cpu);
    bench->cpu->gpr[RCX] = 5;
    show_registers(bench->cpu, &bench->symbols, &before, &out);
    ck_assert_ptr_nonnull(strstr(buf_text(&text), " eax: 0x00000000"));
    ck_assert_ptr_nonnull(strstr(buf_text(&text), "*ecx: 0x00000005"));
    buf_clear(&text);
    show_effects(bench->cpu, &before, &text);
    ck_assert_str_eq(buf_text(&text), "  cx 0->5");
    buf_free(&text);
    bench_destroy(bench);
}
END_TEST

START_TEST(descriptors_are_put_into_words)
{
    struct bench *bench = bench_create();
    struct buf text = { 0 };

    show_descriptor(bench->cpu, UINT64_C(0x00cf9a000000ffff), 0, &text);
    ck_assert_str_eq(buf_text(&text), "32-bit code, readable, base 0x0, limit 0xffffffff, DPL 0");
    buf_clear(&text);
    show_descriptor(bench->cpu, UINT64_C(0x0000f20000000fff), 0, &text);
    ck_assert_str_eq(buf_text(&text), "data, read/write, 16-bit, base 0x0, limit 0xfff, DPL 3");
    buf_clear(&text);
    show_descriptor(bench->cpu, 0, 0, &text);
    ck_assert_str_eq(buf_text(&text), "null");
    buf_clear(&text);
    show_gate(bench->cpu, &bench->symbols, UINT64_C(0x00108e0000080000), 0, &text);
    ck_assert_str_eq(buf_text(&text), "32-bit interrupt gate 0008:00100000 <kmain> DPL 0");
    buf_free(&text);
    bench_destroy(bench);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("expr");
    TCase *tcase = tcase_create("expr");
    SRunner *runner;
    int failed;

    tcase_add_test(tcase, numbers_of_every_base);
    tcase_add_test(tcase, operators_bind_as_in_c);
    tcase_add_test(tcase, registers_have_names_for_every_size_and_bit);
    tcase_add_test(tcase, memory_and_addresses);
    tcase_add_test(tcase, hostile_expressions_are_refused);
    tcase_add_test(tcase, flags_are_shown_in_capitals_when_set);
    tcase_add_test(tcase, changed_registers_are_marked);
    tcase_add_test(tcase, descriptors_are_put_into_words);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
