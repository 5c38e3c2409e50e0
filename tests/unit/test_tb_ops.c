/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_tb_ops.c - the ops of the translator: a block that the front end made is good, and
 * the checker refuses it once it is broken in any of the ways that its rules name.
 */
#include <stdlib.h>
#include <string.h>

#include "cpu/tb/ir.h"
#include "tests/support/test_cpu.h"
#include "util/bits.h"

/* add rax, rbx; mov rdx, [rbx+0x10]; mov cl, ah; shl eax, 3; bt eax, 5; mov eax, fs:[rbx];
 * paddd xmm0, [rbx]; bsf eax, ebx (a helper); movzx ecx, byte [rbx]; fld1; cmovz eax, ebx;
 * shl eax, cl; test eax, eax; jz; add dword [rbx], 1; pop rsp; ret */
static const char *const code =
    "48 01 d8  48 8b 53 10  88 e1  c1 e0 03  0f ba e0 05  64 8b 03  66 0f fe 03  0f bc c3  "
    "0f b6 0b  d9 e8  0f 44 c3  d3 e0  85 c0  74 10  83 03 01  5c  c3";
enum { INSNS = 17 };

static struct block *block;

static struct block *make(bool optimized)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, code);
    struct buf error = { 0 };
    uint8_t *page = space_page(cpu->memory, GUEST_CODE & ~PAGE_MASK, NULL);

    ck_assert(cpu_set_engine(cpu, &engine_tb, &error));
    ck_assert_ptr_nonnull(page);
    block = xcalloc(1, sizeof *block);
    block_begin(block, cpu->tbs, tb_flags(cpu) | TBF_SSE | TBF_X87, cpu->rip, cpu->rip,
                cpu->seg[SEG_CS].limit);
    block_build(block, page);
    if (optimized)
        block_optimize(block);
    return block;
}

static void teardown(void)
{
    free(block);
    block = NULL;
    test_cpu_teardown();
}

/* The n-th op of this code. */
static struct op *op_at(struct block *b, unsigned code_wanted, unsigned n)
{
    for (unsigned i = 0; i < b->op_count; i++) {
        if (b->ops[i].code == code_wanted && !n--)
            return &b->ops[i];
    }
    ck_abort_msg("the block has no such op");
    return NULL;
}

static void remove_op(struct block *b, struct op *op)
{
    size_t n = (size_t)(op - b->ops);

    b->op_count--;
    memmove(op, op + 1, (b->op_count - n) * sizeof *op);
}

static struct op *insert_copy(struct block *b, unsigned at, const struct op *op)
{
    struct op copy = *op;

    memmove(&b->ops[at + 1], &b->ops[at], (b->op_count - at) * sizeof copy);
    b->ops[at] = copy;
    b->op_count++;
    return &b->ops[at];
}

static unsigned index_of(const struct block *b, const struct op *op)
{
    return (unsigned)(op - b->ops);
}

START_TEST(what_the_front_end_makes_is_good_before_and_after_the_optimiser)
{
    struct block *b = make(_i);
    unsigned at;
    const char *wrong = block_check(b, &at);

    ck_assert_uint_eq(b->count, INSNS);
    ck_assert_msg(!wrong, "op %u: %s", at, wrong ? wrong : "");
}
END_TEST

/* ---- one way to break a block each ---- */

static void no_such_op(struct block *b)
{
    op_at(b, OP_ADD, 0)->code = OP_COUNT;
}

static void no_end(struct block *b)
{
    remove_op(b, op_at(b, OP_JMPI, 0));
}

static void end_in_the_middle(struct block *b)
{
    insert_copy(b, index_of(b, op_at(b, OP_SHL, 0)) + 1, op_at(b, OP_JMPI, 0))->insn = 3;
}

static void two_ends(struct block *b)
{
    insert_copy(b, b->op_count, op_at(b, OP_JMPI, 0));
}

static void instruction_missing(struct block *b)
{
    remove_op(b, op_at(b, OP_INSN, 1));
}

static void instruction_twice(struct block *b)
{
    insert_copy(b, index_of(b, op_at(b, OP_INSN, 1)), op_at(b, OP_INSN, 1));
}

static void instruction_elsewhere(struct block *b)
{
    op_at(b, OP_INSN, 1)->imm++;
}

static void last_instruction_missing(struct block *b)
{
    b->count++;
}

static void foreign_op(struct block *b)
{
    op_at(b, OP_SHL, 0)->insn++;
}

static void op_before_any_instruction(struct block *b)
{
    remove_op(b, op_at(b, OP_INSN, 0));
}

static void bad_size(struct block *b)
{
    op_at(b, OP_ADD, 0)->size = 3;
}

static void size_where_there_is_none(struct block *b)
{
    op_at(b, OP_VECTORS, 0)->size = 4;
}

static void bad_source_size(struct block *b)
{
    op_at(b, OP_MOVZX, 0)->from = 4;
}

static void bad_vector_size(struct block *b)
{
    op_at(b, OP_SIMD, 0)->from = 3;
}

static void memory_where_there_is_none(struct block *b)
{
    struct op *op = op_at(b, OP_BT, 0);

    op->d = V_NONE;
    op->mem = MEM_DST;
}

static void store_without_write_probe(struct block *b)
{
    op_at(b, OP_ADD, 1)->write = false;
}

static void write_of_a_source(struct block *b)
{
    op_at(b, OP_MOV, 0)->write = true;
}

static void alignment_of_an_integer(struct block *b)
{
    op_at(b, OP_MOV, 0)->align = true;
}

static void no_destination(struct block *b)
{
    op_at(b, OP_ADD, 0)->d = V_NONE;
}

static void two_destinations(struct block *b)
{
    op_at(b, OP_ADD, 1)->d = RAX;
}

static void destination_where_there_is_none(struct block *b)
{
    op_at(b, OP_JMPI, 0)->d = RAX;
}

static void no_source(struct block *b)
{
    op_at(b, OP_ADD, 0)->a = V_NONE;
}

static void two_sources(struct block *b)
{
    op_at(b, OP_ADD, 0)->is_imm = true;
}

static void source_where_there_is_none(struct block *b)
{
    op_at(b, OP_SHL, 0)->a = RCX;
}

static void immediate_where_there_is_none(struct block *b)
{
    struct op *op = op_at(b, OP_CMOV, 0);

    op->a = V_NONE;
    op->is_imm = true;
}

static void address_as_datum(struct block *b)
{
    op_at(b, OP_ADD, 0)->a = V_T0;
}

static void temporary_in_arithmetic(struct block *b)
{
    op_at(b, OP_ADD, 0)->a = V_T1;
}

static void unknown_value(struct block *b)
{
    op_at(b, OP_ADD, 0)->a = V_KEPT + 1;
}

static void wide_high_byte(struct block *b)
{
    op_at(b, OP_ADD, 0)->a = V_AH;
}

static void high_byte_with_memory(struct block *b)
{
    struct op *op = op_at(b, OP_MOV, 0);

    op->size = 1;
    op->d = V_AH;
}

static void high_byte_with_rex(struct block *b)
{
    op_at(b, OP_MOV, 1)->d = RSI;
}

static void address_of_temporaries(struct block *b)
{
    op_at(b, OP_EA, 0)->base = V_T1;
}

static void address_elsewhere(struct block *b)
{
    op_at(b, OP_ADD, 0)->index = RCX;
}

static void address_into_a_temporary(struct block *b)
{
    op_at(b, OP_EA, 0)->d = V_T1;
}

static void segment_into_a_register(struct block *b)
{
    op_at(b, OP_SEG, 0)->d = RAX;
}

static void unknown_segment(struct block *b)
{
    op_at(b, OP_SEG, 0)->seg = SEG_FLAT;
}

static void no_count(struct block *b)
{
    op_at(b, OP_SHL, 0)->imm = 0;
}

static void large_count(struct block *b)
{
    op_at(b, OP_SHL, 0)->imm = 32;
}

static void large_bit(struct block *b)
{
    op_at(b, OP_BT, 0)->imm = 32;
}

static void bad_condition(struct block *b)
{
    op_at(b, OP_BR, 0)->cc = 16;
}

static void no_status_flag(struct block *b)
{
    op_at(b, OP_HELPER, 0)->defines |= IF;
}

static void too_few_flags(struct block *b)
{
    op_at(b, OP_ADD, 0)->defines = CF;
}

static void flags_of_another_condition(struct block *b)
{
    op_at(b, OP_CMOV, 0)->uses = CF;
}

static void flags_used_by_none(struct block *b)
{
    op_at(b, OP_ADD, 0)->uses = CF;
}

static void address_missing(struct block *b)
{
    remove_op(b, op_at(b, OP_EA, 0));
}

static void address_missing_for_the_segment(struct block *b)
{
    remove_op(b, op_at(b, OP_EA, 1));
}

static void address_used_twice(struct block *b)
{
    insert_copy(b, index_of(b, op_at(b, OP_ADD, 1)) + 1, op_at(b, OP_ADD, 1));
}

static void datum_missing(struct block *b)
{
    remove_op(b, op_at(b, OP_CANON, 0) - 1);
    remove_op(b, op_at(b, OP_CANON, 0));
}

/* t1 := [t0]; the address again, and something else stored there; then t1 */
static void datum_across_an_access(struct block *b)
{
    unsigned at = index_of(b, op_at(b, OP_CANON, 0));
    uint8_t insn = b->ops[at].insn;

    insert_copy(b, at, op_at(b, OP_ADD, 1))->insn = insn;
    insert_copy(b, at, op_at(b, OP_EA, 0))->insn = insn;
}

static void kept_missing(struct block *b)
{
    op_at(b, OP_CANON, 0)->a = V_KEPT;
}

static void vectors_missing(struct block *b)
{
    remove_op(b, op_at(b, OP_VECTORS, 0));
}

static void vectors_lost_in_a_helper(struct block *b)
{
    struct op *helper = op_at(b, OP_HELPER, 0);
    struct op *vectors = insert_copy(b, index_of(b, op_at(b, OP_SIMD, 0)) - 1, helper);

    vectors->insn = op_at(b, OP_SIMD, 0)->insn;
}

static void stack_missing(struct block *b)
{
    remove_op(b, op_at(b, OP_STACK, 0));
}

static const struct {
    const char *name, *expected;
    void (*fn)(struct block *b);
} breakages[] = {
#define BREAK(fn, expected)                                                                        \
    {                                                                                              \
#fn, expected, fn                                                                          \
    }
    BREAK(no_such_op, "no such op"),
    BREAK(no_end, "does not end"),
    BREAK(end_in_the_middle, "ends before its last op"),
    BREAK(two_ends, "ends before its last op"),
    BREAK(instruction_missing, "another guest instruction"),
    BREAK(instruction_twice, "not in order"),
    BREAK(instruction_elsewhere, "is elsewhere"),
    BREAK(last_instruction_missing, "are missing"),
    BREAK(foreign_op, "another guest instruction"),
    BREAK(op_before_any_instruction, "no guest instruction"),
    BREAK(bad_size, "no such size"),
    BREAK(size_where_there_is_none, "no such size"),
    BREAK(bad_source_size, "not smaller"),
    BREAK(bad_vector_size, "memory operand has no such size"),
    BREAK(memory_where_there_is_none, "takes no memory operand"),
    BREAK(store_without_write_probe, "not probed for writing"),
    BREAK(write_of_a_source, "writes no memory"),
    BREAK(alignment_of_an_integer, "alignment"),
    BREAK(no_destination, "lacks a destination"),
    BREAK(two_destinations, "memory and a value"),
    BREAK(destination_where_there_is_none, "has no destination"),
    BREAK(no_source, "lacks a source"),
    BREAK(two_sources, "two sources"),
    BREAK(source_where_there_is_none, "has no source"),
    BREAK(immediate_where_there_is_none, "not an immediate"),
    BREAK(address_as_datum, "t0 is an address"),
    BREAK(temporary_in_arithmetic, "moved and jumped to"),
    BREAK(unknown_value, "no such operand"),
    BREAK(wide_high_byte, "have one byte"),
    BREAK(high_byte_with_memory, "do not go with memory"),
    BREAK(high_byte_with_rex, "needs REX"),
    BREAK(address_of_temporaries, "made of general registers"),
    BREAK(address_elsewhere, "belong to ea"),
    BREAK(address_into_a_temporary, "t0 or a general register"),
    BREAK(segment_into_a_register, "its result is t0"),
    BREAK(unknown_segment, "no such segment"),
    BREAK(no_count, "count is 0"),
    BREAK(large_count, "too large"),
    BREAK(large_bit, "no such bit"),
    BREAK(bad_condition, "no such condition"),
    BREAK(no_status_flag, "no status flag"),
    BREAK(too_few_flags, "does not define the flags"),
    BREAK(flags_of_another_condition, "flags of its condition"),
    BREAK(flags_used_by_none, "does not use the flags"),
    BREAK(address_missing, "t0 is not set"),
    BREAK(address_missing_for_the_segment, "t0 is not set"),
    BREAK(address_used_twice, "t0 is not set"),
    BREAK(datum_missing, "t1 is not set"),
    BREAK(datum_across_an_access, "t1 is not set"),
    BREAK(kept_missing, "kept is not set"),
    BREAK(vectors_missing, "vectors were not asked for"),
    BREAK(vectors_lost_in_a_helper, "vectors were not asked for"),
    BREAK(stack_missing, "x87regs were not asked for"),
#undef BREAK
};

START_TEST(a_broken_block_is_refused)
{
    struct block *b = make(false);
    unsigned at;
    const char *wrong;

    breakages[_i].fn(b);
    wrong = block_check(b, &at);
    ck_assert_msg(wrong, "%s passed", breakages[_i].name);
    ck_assert_msg(strstr(wrong, breakages[_i].expected), "%s: op %u: %s", breakages[_i].name, at,
                  wrong);
}
END_TEST

/* ---- what the optimiser may get wrong ---- */

static void live_flag_forgotten(struct block *b)
{
    op_at(b, OP_TEST, 0)->live = 0; /* the branch behind it looks at ZF */
}

static void needed_compare_removed(struct block *b)
{
    op_at(b, OP_TEST, 0)->dead = true;
}

static void access_removed(struct block *b)
{
    op_at(b, OP_MOV, 0)->dead = true;
}

static void flags_before_the_block_forgotten(struct block *b)
{
    struct op *op = op_at(b, OP_ADD, 0);

    op->code = OP_ADC;
    op->uses = CF;
    op_at(b, OP_INSN, 0)->live = CF;
    b->live_in = 0;
}

static void shift_that_keeps_flags(struct block *b)
{
    op_at(b, OP_SHLCL, 0)->live = ZF; /* the optimiser saw that none is observed */
}

static void address_that_follows_none(struct block *b)
{
    op_at(b, OP_EA, 0)->follow = true;
}

static const struct {
    const char *name, *expected;
    void (*fn)(struct block *b);
} mistakes[] = {
#define MISTAKE(fn, expected)                                                                      \
    {                                                                                              \
#fn, expected, fn                                                                          \
    }
    MISTAKE(live_flag_forgotten, "are not live"),
    MISTAKE(needed_compare_removed, "was removed, and is needed"),
    MISTAKE(access_removed, "was removed, and is needed"),
    MISTAKE(flags_before_the_block_forgotten, "not live before the block"),
    MISTAKE(shift_that_keeps_flags, "count of 0"),
    MISTAKE(address_that_follows_none, "follows no address"),
#undef MISTAKE
};

START_TEST(a_mistake_of_the_optimiser_is_refused)
{
    struct block *b = make(true);
    unsigned at;
    const char *wrong;

    mistakes[_i].fn(b);
    wrong = block_check(b, &at);
    ck_assert_msg(wrong, "%s passed", mistakes[_i].name);
    ck_assert_msg(strstr(wrong, mistakes[_i].expected), "%s: op %u: %s", mistakes[_i].name, at,
                  wrong);
}
END_TEST

START_TEST(ops_are_printed_with_the_flags_that_are_observed)
{
    struct block *b = make(true);
    struct buf text = { 0 };
    struct out out;

    out_to_buf(&out, &text);
    block_print(b, &out);
    ck_assert_ptr_nonnull(
        strstr(buf_text(&text), "add.8   rax, rbx                     -> cpazso\n"));
    ck_assert_ptr_nonnull(strstr(buf_text(&text), "ea.8    t0 := rbx + 0x10\n"));
    ck_assert_ptr_nonnull(strstr(buf_text(&text), "mov.8   rdx, [t0]\n"));
    ck_assert_ptr_nonnull(strstr(buf_text(&text), "mov.1   cl, ah\n"));
    ck_assert_ptr_nonnull(strstr(buf_text(&text), "seg     t0 := fs + t0, to read 4\n"));
    ck_assert_ptr_nonnull(strstr(buf_text(&text), "simd.16 of 16 bytes [t0], aligned\n"));
    ck_assert_ptr_nonnull(strstr(buf_text(&text), "movzx.4 ecx, 1 bytes [t0]\n"));
    ck_assert_ptr_nonnull(strstr(buf_text(&text), "cmov.z  eax, ebx\n"));
    ck_assert_ptr_nonnull(strstr(buf_text(&text), "add.4   [t0], 0x1"));
    ck_assert_ptr_nonnull(strstr(buf_text(&text), "jmpi    t1\n"));
    buf_free(&text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tb_ops");
    TCase *tc = tcase_create("ops");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, NULL, teardown);
    tcase_add_loop_test(tc, what_the_front_end_makes_is_good_before_and_after_the_optimiser, 0, 2);
    tcase_add_loop_test(tc, a_broken_block_is_refused, 0, ARRAY_SIZE(breakages));
    tcase_add_loop_test(tc, a_mistake_of_the_optimiser_is_refused, 0, ARRAY_SIZE(mistakes));
    tcase_add_test(tc, ops_are_printed_with_the_flags_that_are_observed);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
