/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_avx_fp.c - floating point in VEX encoding: every row of insns_avx_fp.def against
 * the host, the ways of fma_host.h against each other, and what user programs on the host cannot
 * show. Source: SDM Vol. 2; SDM Vol. 1, "SIMD Floating-Point Exceptions".
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu/exec.h"
#include "cpu/fma_host.h"
#include "cpu/sse.h"
#include "tests/support/avx_judge.h"

/* The rows under test. */
static const char *const row_ids[] = {
#define INSN(id, ...) #id,
#include "cpu/insns_avx_fp.def"
#undef INSN
};

#if HAVE_VECTOR_JUDGE

#ifndef CASES
#define CASES 3000
#endif

static const struct row *find_row(const char *id)
{
    for (unsigned i = 1; i < insn_row_count; i++) {
        if (strcmp(insn_rows[i].id, id) == 0)
            return &insn_rows[i];
    }
    return NULL;
}

static bool is_approximate(const struct row *row)
{
    return strncmp(row->id, "vrcp", 4) == 0 || strncmp(row->id, "vrsqrt", 6) == 0;
}

/*
 * Forms: 0 registers, 1 memory, 2 the same with a 67 prefix, which takes the model through the
 * general way to memory.
 */
static void judge(struct cpu *model_cpu, const struct row *row, unsigned form, uint64_t *seed)
{
    struct avx_state host, model;
    uint8_t code[17] = { 0x67 };
    const uint8_t *host_code = code + 1; /* host addresses have more than 32 bits */
    unsigned bytes = avx_encode(row, form > 0, seed, code + 1);
    const char *difference;

    if (!bytes)
        return;
    avx_state_random(&host, seed);
    model = host;
    avx_model_run(model_cpu, &model, form == 2 ? code : host_code, bytes + (form == 2));
    avx_host_run(&host, host_code, bytes);
    difference = avx_difference(&host, &model, is_approximate(row));
    if (*difference) {
        char text[64] = "";

        for (unsigned i = 0; i < bytes; i++)
            snprintf(text + 3 * i, sizeof text - 3 * i, "%02x ", host_code[i]);
        ck_abort_msg("%s (%s): %s", row->id, text, difference);
    }
}

START_TEST(each_row_does_what_the_host_does)
{
    const struct row *row = find_row(row_ids[_i]);
    uint64_t seed = (uint64_t)_i;
    struct cpu *model_cpu;

    ck_assert_ptr_nonnull(row);
    if (!host_has_feature(F_AVX) || !host_has_feature(row->feature))
        return;
    model_cpu = avx_cpu_create();
    for (unsigned i = 0; i < CASES; i++)
        judge(model_cpu, row, i % 3, &seed);
    vector_cpu_destroy(model_cpu);
}
END_TEST

/* ---- FMA: three ways to one result ---- */

static const struct {
    const char *name;
    const struct fma_operation *operation;
} operations[] = {
#define OPERATION_ROW(name) { #name, &fma_##name },
    FMA_OPERATIONS(OPERATION_ROW)
#undef OPERATION_ROW
};

/* All exceptions masked; rounding, DAZ, FTZ and old flags at random. */
static uint32_t masked_mxcsr(uint64_t *seed)
{
    return MXCSR_DEFAULT | ((uint32_t)judge_random(seed) & (MXCSR_RC | MXCSR_FTZ | MXCSR_DAZ));
}

/* Three operands of one precision; in one case of four, c is near -a * b. */
struct operands {
    union xmm a, b, c;
};

static void random_operands(struct operands *x, bool single, uint64_t *seed)
{
    union xmm *all[3] = { &x->a, &x->b, &x->c };

    for (unsigned i = 0; i < 3; i++) {
        uint8_t bytes[16];

        judge_random_lanes(bytes, single ? 4 : 0, seed);
        *all[i] = load_xmm(bytes);
    }
    if (judge_random(seed) & 3)
        return;
    for (unsigned i = 0; single && i < 4; i++) {
        struct fp_env env = { .masks = FP_ALL_EXCEPTIONS };

        LANE_D(&x->c, i) = f32_mul(LANE_D(&x->a, i), LANE_D(&x->b, i), &env) ^ 0x80000000;
    }
    for (unsigned i = 0; !single && i < 2; i++) {
        struct fp_env env = { .masks = FP_ALL_EXCEPTIONS };

        x->c.q[i] = f64_mul(x->a.q[i], x->b.q[i], &env) ^ BIT(63);
    }
}

START_TEST(host_and_portable_ways_agree)
{
    const struct fma_operation *operation = operations[_i].operation;
    bool single = strchr(operations[_i].name, 0)[-1] == 's';
    uint64_t seed = (uint64_t)_i;

    if (!host_has_fma())
        return;
    for (unsigned i = 0; i < 3 * CASES; i++) {
        uint32_t mxcsr = masked_mxcsr(&seed);
        struct fp_env env = sse_env(mxcsr);
        struct operands x;
        union xmm d;
        uint8_t host, soft;

        random_operands(&x, single, &seed);
        d = x.c;
        host = operation->host(&x.c, &x.a, &x.b, mxcsr);
        soft = operation->soft(&d, &x.a, &x.b, &env);
        if (host != soft || memcmp(&x.c, &d, sizeof d) != 0)
            ck_abort_msg("%s mxcsr %04x: host %02x %016llx %016llx, portable %02x %016llx %016llx",
                         operations[_i].name, mxcsr, host, (unsigned long long)x.c.q[1],
                         (unsigned long long)x.c.q[0], soft, (unsigned long long)d.q[1],
                         (unsigned long long)d.q[0]);
    }
}
END_TEST

/* Where the quick way is taken, the portable one gives the same and no flag that is not yet set. */
#define QUICK_TEST(w, single, negate)                                                              \
    do {                                                                                           \
        struct operands x;                                                                         \
        uint32_t mxcsr = masked_mxcsr(&seed) | (i & 1 ? MXCSR_PE : 0);                             \
        struct fp_env env = sse_env(mxcsr);                                                        \
        uint##w##_t a, b, c, quick;                                                                \
                                                                                                   \
        random_operands(&x, single, &seed);                                                        \
        a = (uint##w##_t)x.a.q[0];                                                                 \
        b = (uint##w##_t)x.b.q[0];                                                                 \
        c = (uint##w##_t)x.c.q[0];                                                                 \
        if (!quick_fma_##w(a, b, c, negate, mxcsr, &quick))                                        \
            break;                                                                                 \
        taken++;                                                                                   \
        ck_assert_uint_eq(quick, f##w##_fma(a, b, c, negate, &env));                               \
        ck_assert_uint_eq(env.flags & ~mxcsr, 0);                                                  \
    } while (0)

START_TEST(quick_and_portable_ways_agree)
{
    uint64_t seed = 1;
    unsigned taken = 0;

    for (unsigned i = 0; i < 20 * CASES; i++) {
        QUICK_TEST(32, true, 0);
        QUICK_TEST(32, true, FMA_NEGATE_ADDEND);
        QUICK_TEST(32, true, FMA_NEGATE_PRODUCT);
        QUICK_TEST(32, true, FMA_NEGATE_ADDEND | FMA_NEGATE_PRODUCT);
        QUICK_TEST(64, false, 0);
        QUICK_TEST(64, false, FMA_NEGATE_ADDEND);
        QUICK_TEST(64, false, FMA_NEGATE_PRODUCT);
        QUICK_TEST(64, false, FMA_NEGATE_ADDEND | FMA_NEGATE_PRODUCT);
    }
    ck_assert(taken > 0 || !host_has_fma());
}
END_TEST

START_TEST(quick_and_portable_packed_singles_agree)
{
    uint64_t seed = 2;
    unsigned taken = 0;

    for (unsigned i = 0; i < 20 * CASES; i++) {
        uint32_t mxcsr = masked_mxcsr(&seed) | MXCSR_PE;
        struct fp_env env = sse_env(mxcsr);
        struct operands x;
        union xmm d;

        random_operands(&x, true, &seed);
        for (unsigned j = 0; j < 4; j++) { /* special values are too frequent for all four */
            LANE_D(&x.a, j) = LANE_D(&x.a, j & i);
            LANE_D(&x.b, j) = LANE_D(&x.b, j & i);
            LANE_D(&x.c, j) = LANE_D(&x.c, j & i);
        }
        d = x.c;
        if (!quick_fma_ps(&x.a, &x.b, &d, 0, mxcsr))
            continue;
        taken++;
        ck_assert_uint_eq(fma_vfmadd231ps.soft(&x.c, &x.a, &x.b, &env) & ~mxcsr, 0);
        ck_assert_mem_eq(&x.c, &d, sizeof d);
    }
    ck_assert(taken > 0 || !host_has_fma());
}
END_TEST

/* ---- what programs on the host cannot show ---- */

static struct cpu *cpu;

static void setup(void)
{
    cpu = avx_cpu_create();
    cpu->mxcsr = MXCSR_DEFAULT;
    cpu->gpr[RBX] = 0x10000;
}

static void teardown(void)
{
    vector_cpu_destroy(cpu);
}

#define STEP(...)                                                                                  \
    model_step(cpu, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))
#define VADDSD_XMM1_XMM2_XMM3 0xc5, 0xeb, 0x58, 0xcb
#define VADDPD_YMM1_YMM2_YMM3 0xc5, 0xed, 0x58, 0xcb
#define VCVTPS2PH_MEM_YMM1 0xc4, 0xe3, 0x7d, 0x1d, 0x0b, 0x04

START_TEST(avx_needs_osxsave_xcr0_and_protected_mode)
{
    ck_assert_int_eq(STEP(VADDSD_XMM1_XMM2_XMM3), -1);
    cpu->cr4 &= ~(uint64_t)CR4_OSXSAVE;
    sse_update_ready(cpu);
    ck_assert_int_eq(STEP(VADDSD_XMM1_XMM2_XMM3), VEC_UD);
    cpu->cr4 |= CR4_OSXSAVE;
    cpu->xcr0 = 3;
    sse_update_ready(cpu);
    ck_assert_int_eq(STEP(VADDSD_XMM1_XMM2_XMM3), VEC_UD);
    cpu->xcr0 = 7;
    cpu->cr0 |= CR0_TS;
    sse_update_ready(cpu);
    ck_assert_int_eq(STEP(VADDSD_XMM1_XMM2_XMM3), VEC_NM);
    ck_assert_int_eq(STEP(0xc5, 0xf9, 0x2f, 0xca), VEC_NM); /* vcomisd xmm1, xmm2 */
}
END_TEST

START_TEST(osfxsr_and_emulation_do_not_matter)
{
    cpu->cr4 &= ~(uint64_t)CR4_OSFXSR;
    cpu->cr0 |= CR0_EM;
    sse_update_ready(cpu);
    ck_assert_int_eq(STEP(VADDSD_XMM1_XMM2_XMM3), -1);
}
END_TEST

START_TEST(an_unmasked_exception_in_the_upper_lane_leaves_all)
{
    const union vec before = { .q = { 1, 2, 3, 4 } };

    cpu->mxcsr = MXCSR_DEFAULT & ~(uint32_t)(FP_IE << MXCSR_MASKS_SHIFT);
    cpu->vec[1] = before;
    cpu->vec[2].q[0] = 1;                  /* DE is masked, and reported with the other lanes */
    cpu->vec[3].q[3] = 0x7ff0000000000001; /* a signalling NaN */
    ck_assert_int_eq(STEP(VADDPD_YMM1_YMM2_YMM3), VEC_XM);
    ck_assert_uint_eq(cpu->mxcsr & MXCSR_FLAGS, FP_IE | FP_DE);
    ck_assert_mem_eq(&cpu->vec[1], &before, sizeof before);
    cpu->cr4 &= ~(uint64_t)CR4_OSXMMEXCPT;
    ck_assert_int_eq(STEP(VADDPD_YMM1_YMM2_YMM3), VEC_UD);
}
END_TEST

START_TEST(scalars_clear_the_upper_half)
{
    cpu->mxcsr = MXCSR_DEFAULT | MXCSR_PE; /* the quick way is open */
    cpu->vec[1] = (union vec){ .q = { 1, 2, 3, 4 } };
    cpu->vec[2] = (union vec){ .q = { 0x3ff0000000000000, 5, 6, 7 } };
    cpu->vec[3] = (union vec){ .q = { 0x3ff0000000000000, 8, 9, 10 } };
    ck_assert_int_eq(STEP(VADDSD_XMM1_XMM2_XMM3), -1);
    ck_assert_uint_eq(cpu->vec[1].q[0], 0x4000000000000000);
    ck_assert_uint_eq(cpu->vec[1].q[1], 5);
    ck_assert_uint_eq(cpu->vec[1].q[2], 0);
    ck_assert_uint_eq(cpu->vec[1].q[3], 0);
    cpu->vec[1] = (union vec){ .q = { 0x3ff0000000000000, 2, 3, 4 } };
    ck_assert_int_eq(STEP(0xc4, 0xe2, 0xe9, 0xb9, 0xcb), -1); /* vfmadd231sd xmm1, xmm2, xmm3 */
    ck_assert_uint_eq(cpu->vec[1].q[0], 0x4000000000000000);
    ck_assert_uint_eq(cpu->vec[1].q[1], 2);
    ck_assert_uint_eq(cpu->vec[1].q[2], 0);
    ck_assert_uint_eq(cpu->vec[1].q[3], 0);
}
END_TEST

START_TEST(a_conversion_that_cannot_be_stored_reports_nothing)
{
    for (unsigned i = 0; i < 4; i++)
        cpu->vec[1].q[i] = 0x3f8000013f800001; /* inexact in half precision */
    cpu->gpr[RBX] = 0x8000000000000000;        /* not canonical */
    ck_assert_int_eq(STEP(VCVTPS2PH_MEM_YMM1), VEC_GP);
    ck_assert_uint_eq(cpu->mxcsr, MXCSR_DEFAULT);
    cpu->mxcsr = 0;
    ck_assert_int_eq(STEP(VCVTPS2PH_MEM_YMM1), VEC_GP);
    ck_assert_uint_eq(cpu->mxcsr, 0);
    cpu->mxcsr = MXCSR_DEFAULT;
    cpu->gpr[RBX] = 0x10ff9; /* across a page */
    ck_assert_int_eq(STEP(VCVTPS2PH_MEM_YMM1), -1);
    ck_assert_uint_eq(cpu->mxcsr, MXCSR_DEFAULT | MXCSR_PE);
    ck_assert_uint_eq(space_read(cpu->memory, 0x10ff9, 8), 0x3c003c003c003c00);
    ck_assert_uint_eq(space_read(cpu->memory, 0x11001, 8), 0x3c003c003c003c00);
}
END_TEST

#endif

Suite *avx_fp_suite(void);
Suite *avx_fp_suite(void)
{
    Suite *suite = suite_create("avx_fp");
    TCase *rows = tcase_create("rows"), *ways = tcase_create("ways");
    TCase *system = tcase_create("system");

    tcase_set_timeout(rows, 60);
    tcase_set_timeout(ways, 60);
#if HAVE_VECTOR_JUDGE
    if (!host_has_feature(F_AVX) || !host_has_feature(F_FMA) || !host_has_feature(F_F16C))
        printf("test_avx_fp: this host lacks AVX, FMA or F16C, their rows are not judged\n");
    tcase_add_loop_test(rows, each_row_does_what_the_host_does, 0, ARRAY_SIZE(row_ids));
    tcase_add_loop_test(ways, host_and_portable_ways_agree, 0, ARRAY_SIZE(operations));
    tcase_add_test(ways, quick_and_portable_ways_agree);
    tcase_add_test(ways, quick_and_portable_packed_singles_agree);
    tcase_add_checked_fixture(system, setup, teardown);
    tcase_add_test(system, avx_needs_osxsave_xcr0_and_protected_mode);
    tcase_add_test(system, osfxsr_and_emulation_do_not_matter);
    tcase_add_test(system, an_unmasked_exception_in_the_upper_lane_leaves_all);
    tcase_add_test(system, scalars_clear_the_upper_half);
    tcase_add_test(system, a_conversion_that_cannot_be_stored_reports_nothing);
#else
    printf("test_avx_fp: not an x86-64 host with Linux, nothing is judged\n");
    (void)row_ids;
#endif
    suite_add_tcase(suite, rows);
    suite_add_tcase(suite, ways);
    suite_add_tcase(suite, system);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(avx_fp_suite());
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
