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
#include "tests/support/avx_int_judge.h"

#ifndef CASES
#define CASES 1500
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

Suite *avx_int_suite(void);
Suite *avx_int_suite(void)
{
    Suite *suite = suite_create("vex_int");
    TCase *rows = tcase_create("rows");

    tcase_set_timeout(rows, 60);
    tcase_add_checked_fixture(rows, setup, teardown);
#if HAVE_AVX_INT_JUDGE
    tcase_add_loop_test(rows, each_row_does_what_the_host_does, 0, ARRAY_SIZE(row_ids));
    tcase_add_test(rows, the_host_finds_the_same_encodings_undefined);
#endif
    suite_add_tcase(suite, rows);
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
