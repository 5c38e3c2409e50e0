/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_tb_show.c - the translator to look at: what `tb show`, `tb list hot` and `info tb`
 * print, that looking changes nothing, and what the host is told of generated code.
 */
#include <stdlib.h>
#include <string.h>

#include "cpu/tb/ir.h"
#include "cpu/tlb.h"
#include "tests/support/test_cpu.h"
#include "util/bits.h"

/* mov ecx, 100; again: dec ecx; mov [rbx], ecx; bsf eax, ebx; jnz again (0x...5); jmp rdx; there: hlt */
static const char *const code = "b9 64 00 00 00  ff c9  89 0b  0f bc c3  85 c9  75 f5  ff e2  f4";
enum { LOOP = GUEST_CODE + 5, JUMP = GUEST_CODE + 16, THERE = GUEST_CODE + 18 };

static struct buf text;

static struct cpu *make(const struct cpu_host *host)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, code);
    struct buf error = { 0 };

    if (host)
        cpu->host = *host;
    ck_assert_msg(cpu_set_engine(cpu, &engine_tb, &error), "%s", buf_text(&error));
    ck_assert(engine_tb.set(cpu, "hot", 0));
    ck_assert(engine_tb.set(cpu, "check", 1));
    cpu->gpr[RBX] = TEST_DATA;
    cpu->gpr[RDX] = THERE;
    return cpu;
}

static void run(struct cpu *cpu)
{
    ck_assert_int_eq(test_run(cpu, 10000), STOP_HALTED);
}

static const char *show(const struct cpu *cpu, uint64_t la)
{
    struct out out;

    buf_clear(&text);
    out_to_buf(&out, &text);
    engine_tb.show(cpu, la, &out);
    return buf_text(&text);
}

static const char *list(const struct cpu *cpu, unsigned most)
{
    struct out out;

    buf_clear(&text);
    out_to_buf(&out, &text);
    engine_tb.list(cpu, most, &out);
    return buf_text(&text);
}

static const char *describe(const struct cpu *cpu)
{
    struct out out;

    buf_clear(&text);
    out_to_buf(&out, &text);
    engine_tb.describe(cpu, &out);
    return buf_text(&text);
}

static void teardown(void)
{
    buf_free(&text);
    test_cpu_teardown();
}

static void has(const char *where, const char *what)
{
    ck_assert_msg(strstr(where, what) != NULL, "'%s' is not in:\n%s", what, where);
}

START_TEST(a_block_is_shown_with_its_ops_and_host_code)
{
    struct cpu *cpu = make(NULL);
    const char *shown;
    char expected[64];

    run(cpu);
    shown = show(cpu, LOOP);
    snprintf(expected, sizeof expected, "block 0x%x: 64-bit code, supervisor, 5 instructions",
             LOOP);
    has(shown, expected);
    has(shown, "dec ecx");
    has(shown, "dec.4   ecx");
    has(shown, "mov.4   [t0], ecx");
    has(shown, "call thunk.helper");
    has(shown, "tlb.write_tag");
    has(shown, "thunk.limit");
    has(shown, "slow ways and exits");
    snprintf(expected, sizeof expected, "exit to 0x%x: ", JUMP);
    has(shown, expected);
    has(show(cpu, JUMP), "jumps.la");
}
END_TEST

/* Host addresses vary from run to run; a transcript must not. */
START_TEST(no_address_of_the_host_is_left_without_a_name)
{
    struct cpu *cpu = make(NULL);
    static const uint32_t blocks[] = { GUEST_CODE, LOOP, JUMP };

    run(cpu);
    for (unsigned i = 0; i < ARRAY_SIZE(blocks); i++) {
        for (const char *p = show(cpu, blocks[i]); (p = strstr(p, "0x")) != NULL; p += 2) {
            uint64_t number = strtoull(p, NULL, 16);

            ck_assert_msg(number < 0x1000000 || number > UINT64_C(0x80000000), "%.20s in:\n%s", p,
                          buf_text(&text));
        }
    }
}
END_TEST

START_TEST(code_that_is_not_translated_is_shown_as_it_would_be)
{
    struct cpu *cpu = make(NULL);
    const char *shown = show(cpu, LOOP);

    has(shown, "not translated yet");
    has(shown, "dec.4   ecx");
    ck_assert_ptr_null(strstr(shown, "slow ways"));
    has(show(cpu, UINT64_C(0x100000000)), "no memory");
    run(cpu);
    has(show(cpu, LOOP + 2), "the one at 0x");
}
END_TEST

START_TEST(looking_changes_nothing)
{
    struct cpu *cpu = make(NULL);
    struct tlb *tlbs = xcalloc(TLB_COUNT, sizeof *tlbs);
    uint8_t *ram = xcalloc(1, 0x100000), *now = xcalloc(1, 0x100000);
    struct tb_cache *tbs = xcalloc(1, sizeof *tbs);

    test_small_pages(cpu);
    cpu_rebuild(cpu);
    run(cpu);
    memcpy(tlbs, cpu->tlbs, TLB_COUNT * sizeof *tlbs);
    memcpy(tbs, cpu->tbs, sizeof *tbs);
    space_read_block(cpu->memory, 0, ram, 0x100000);
    show(cpu, LOOP);
    show(cpu, 0x9000); /* not translated, and its page was never reached */
    list(cpu, 10);
    describe(cpu);
    space_read_block(cpu->memory, 0, now, 0x100000);
    ck_assert_int_eq(memcmp(ram, now, 0x100000), 0);
    ck_assert_int_eq(memcmp(tlbs, cpu->tlbs, TLB_COUNT * sizeof *tlbs), 0);
    ck_assert_int_eq(memcmp(tbs, cpu->tbs, sizeof *tbs), 0);
    free(tlbs);
    free(tbs);
    free(ram);
    free(now);
}
END_TEST

START_TEST(executions_are_counted_once_it_is_asked_for)
{
    struct cpu *cpu = make(NULL);
    const char *listed;
    uint64_t value;
    char first[64];

    run(cpu);
    has(list(cpu, 10), "executions are not counted");
    has(describe(cpu), "indirect jumps: not counted");
    ck_assert(engine_tb.set(cpu, "count", 1));
    ck_assert(engine_tb.get(cpu, "count", &value));
    ck_assert_uint_eq(value, 1);
    has(list(cpu, 10), "not counted yet"); /* the flush comes with the next run */
    for (unsigned i = 0; i < 3; i++) {
        cpu->rip = GUEST_CODE;
        cpu->activity = CPU_RUNNING;
        run(cpu);
    }
    listed = list(cpu, 1);
    /* The whole loop but for the round that ended the block before it, three times. */
    snprintf(first, sizeof first, "0x%x", LOOP);
    has(listed, first);
    ck_assert_uint_ge(strtoull(strchr(listed, '\n'), NULL, 10), 3 * 98);
    ck_assert_uint_le(strtoull(strchr(listed, '\n'), NULL, 10), 3 * 100);
    has(describe(cpu), "bsf_Gv_Ev");
    has(describe(cpu), "indirect jumps: 3,");
    ck_assert(!engine_tb.set(cpu, "count", 2));
}
END_TEST

START_TEST(the_last_block_is_known_until_a_flush)
{
    struct cpu *cpu = make(NULL);
    uint64_t la;

    ck_assert(!engine_tb.get(cpu, "last", &la));
    run(cpu);
    ck_assert(engine_tb.get(cpu, "last", &la));
    ck_assert_uint_eq(la, THERE);
    ck_assert(!engine_tb.get(cpu, "nonsense", &la));
}
END_TEST

/* ---- what the host lends ---- */

static uint64_t ticking(void *context)
{
    return *(uint64_t *)context += 1000;
}

START_TEST(generation_is_timed_by_the_clock_that_is_lent)
{
    uint64_t clock = 0;
    struct cpu_host host = { .context = &clock, .nanoseconds = ticking };
    struct cpu *cpu = make(NULL);

    ck_assert(!engine_tb.set(cpu, "time", 1)); /* there is none */
    cpu = make(&host);
    run(cpu);
    ck_assert_uint_eq(clock, 0); /* not asked for */
    has(describe(cpu), "generation time: not measured");
    ck_assert(cpu_set_engine(cpu, &engine_interp, NULL));
    ck_assert(cpu_set_engine(cpu, &engine_tb, NULL)); /* flushes */
    ck_assert(engine_tb.set(cpu, "time", 1));
    cpu->rip = GUEST_CODE;
    cpu->activity = CPU_RUNNING;
    run(cpu);
    ck_assert_uint_gt(clock, 0);
    has(describe(cpu), "1.0 us each");
}
END_TEST

struct told {
    unsigned made, dropped;
    char names[1024];
    const uint8_t *first, *end;
};

static void made(void *context, const void *start, size_t bytes, const char *name)
{
    struct told *told = context;
    size_t used = strlen(told->names);

    told->made++;
    ck_assert_uint_gt(bytes, 0);
    snprintf(told->names + used, sizeof told->names - used, "%s ", name);
    if (!told->first || (const uint8_t *)start < told->first)
        told->first = start;
    if ((const uint8_t *)start + bytes > told->end)
        told->end = (const uint8_t *)start + bytes;
}

static void dropped(void *context, const void *start, size_t bytes)
{
    struct told *told = context;

    told->dropped++;
    ck_assert((const uint8_t *)start <= told->end && (const uint8_t *)start + bytes >= told->end);
}

static bool symbol(void *context, lin_addr la, char *name, size_t size)
{
    (void)context;
    snprintf(name, size, "again");
    return la == LOOP;
}

START_TEST(the_host_is_told_what_code_is_made_and_dropped)
{
    struct told told = { 0 };
    struct cpu_host host = {
        .context = &told, .code_made = made, .code_dropped = dropped, .symbol = symbol
    };
    struct cpu *cpu = make(&host);
    char jump[32];

    ck_assert_str_eq(told.names, "tb_thunks ");
    run(cpu);
    has(told.names, "tb_again ");
    snprintf(jump, sizeof jump, "tb_%x ", JUMP);
    has(told.names, jump);
    ck_assert_uint_eq(told.dropped, 0);
    tb_flush(cpu);
    ck_assert_uint_eq(told.dropped, 1);
    test_cpu_teardown();
}
END_TEST

START_TEST(the_room_for_code_is_what_was_asked_for)
{
    struct cpu_host host = { .code_bytes = MIB(4) };
    struct cpu *cpu = make(&host);

    ck_assert_uint_eq(cpu->tbs->buffer_bytes, MIB(4));
    has(describe(cpu), "bytes of 4 MiB");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tb_show");
    TCase *tc = tcase_create("show");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, NULL, teardown);
    tcase_add_test(tc, a_block_is_shown_with_its_ops_and_host_code);
    tcase_add_test(tc, no_address_of_the_host_is_left_without_a_name);
    tcase_add_test(tc, code_that_is_not_translated_is_shown_as_it_would_be);
    tcase_add_test(tc, looking_changes_nothing);
    tcase_add_test(tc, executions_are_counted_once_it_is_asked_for);
    tcase_add_test(tc, the_last_block_is_known_until_a_flush);
    tcase_add_test(tc, generation_is_timed_by_the_clock_that_is_lent);
    tcase_add_test(tc, the_host_is_told_what_code_is_made_and_dropped);
    tcase_add_test(tc, the_room_for_code_is_what_was_asked_for);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
