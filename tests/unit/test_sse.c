/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_sse.c - MMX and SSE: every row of insns_mmx.def and insns_sse.def against the
 * host, the ways of sse_host.h against each other, and what user programs on the host cannot show.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu/eflags.h"
#include "cpu/exec.h"
#include "cpu/sse.h"
#include "cpu/sse_fp.h"
#include "tests/support/vector_judge.h"

/* The rows under test. */
static const char *const row_ids[] = {
#define INSN(id, ...) #id,
#include "cpu/insns_mmx.def"
#include "cpu/insns_sse.def"
#undef INSN
};

static const struct row *find_row(const char *id)
{
    for (unsigned i = 1; i < insn_row_count; i++) {
        if (strcmp(insn_rows[i].id, id) == 0)
            return &insn_rows[i];
    }
    return NULL;
}

#if HAVE_VECTOR_JUDGE

#define CASES 3000

static bool is_approximate(const struct row *row)
{
    return strncmp(row->id, "rcp", 3) == 0 || strncmp(row->id, "rsqrt", 5) == 0;
}

/*
 * Forms: 0 registers, 1 memory at [RBX], 2 the same with a 67 prefix, which takes the model through
 * the general way to memory.
 */
static void judge(struct cpu *cpu, const struct row *row, unsigned form, uint64_t *seed)
{
    struct vector_state host, model;
    uint8_t code[16];
    unsigned bytes;
    const char *difference;

    code[0] = 0x67;
    bytes = vector_encode(row, form > 0, seed, code + (form == 2));
    if (!bytes)
        return;
    bytes += form == 2;
    vector_state_random(&host, seed);
    if (form == 2)
        host.gpr[RBX] = 0;
    model = host;
    model_run(cpu, &model, code, bytes);
    if (form == 2) /* host addresses have more than 32 bits */
        host_run(&host, code + 1, bytes - 1);
    else
        host_run(&host, code, bytes);
    difference = vector_difference(&host, &model, is_approximate(row));
    if (*difference) {
        char text[64] = "";

        for (unsigned i = 0; i < bytes; i++)
            snprintf(text + 3 * i, sizeof text - 3 * i, "%02x ", code[i]);
        ck_abort_msg("%s (%s): %s", row->id, text, difference);
    }
}

START_TEST(each_row_does_what_the_host_does)
{
    const struct row *row = find_row(row_ids[_i]);
    struct cpu *cpu = vector_cpu_create();
    uint64_t seed = (uint64_t)_i;

    ck_assert_ptr_nonnull(row);
    if (host_has_feature(row->feature)) {
        for (unsigned i = 0; i < CASES; i++)
            judge(cpu, row, i % 3, &seed);
    }
    vector_cpu_destroy(cpu);
}
END_TEST

#endif

Suite *sse_suite(void);
Suite *sse_suite(void)
{
    Suite *suite = suite_create("sse");
    TCase *rows = tcase_create("rows");

    tcase_set_timeout(rows, 60);
#if HAVE_VECTOR_JUDGE
    tcase_add_loop_test(rows, each_row_does_what_the_host_does, 0, ARRAY_SIZE(row_ids));
#endif
    suite_add_tcase(suite, rows);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(sse_suite());
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
