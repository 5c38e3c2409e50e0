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

#ifndef CASES
#define CASES 3000
#endif

static bool is_approximate(const struct row *row)
{
    return strncmp(row->id, "rcp", 3) == 0 || strncmp(row->id, "rsqrt", 5) == 0;
}

/*
 * Forms: 0 registers, 1 memory at [RBX], 2 the same with a 67 prefix, which takes the model through
 * the general way to memory.
 */
static void judge(struct cpu *model_cpu, const struct row *row, unsigned form, uint64_t *seed)
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
    model_run(model_cpu, &model, code, bytes);
    if (form == 2) /* host addresses have more than 32 bits */
        host_run(&host, code + 1, bytes - 1);
    else
        host_run(&host, code, bytes);
    /* The manual says that memory operands too bring MMX state here; AMD processors differ. */
    if (form > 0 && strcmp(row->id, "cvtpi2ps_Vq_Qq") == 0)
        vector_copy_x87(&host, &model);
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
    struct cpu *model_cpu = vector_cpu_create();
    uint64_t seed = (uint64_t)_i;

    ck_assert_ptr_nonnull(row);
    if (host_has_feature(row->feature)) {
        for (unsigned i = 0; i < CASES; i++)
            judge(model_cpu, row, i % 3, &seed);
    }
    vector_cpu_destroy(model_cpu);
}
END_TEST

/* ---- three ways to one result ---- */

static const struct {
    const char *name;
    const struct sse_operation *operation;
} operations[] = {
#define OPERATION_ROW(name) { #name, &sse_##name },
    SSE_HOST_OPERATIONS(OPERATION_ROW)
#undef OPERATION_ROW
};

/* All exceptions masked; rounding, DAZ, FTZ and old flags at random. */
static uint32_t masked_mxcsr(uint64_t *seed)
{
    return MXCSR_DEFAULT | ((uint32_t)judge_random(seed) & (MXCSR_RC | MXCSR_FTZ | MXCSR_DAZ));
}

static union xmm random_operand(uint64_t *seed)
{
    struct vector_state state;

    vector_state_random(&state, seed);
    return load_xmm(state.memory);
}

START_TEST(host_and_portable_ways_agree)
{
    const struct sse_operation *operation = operations[_i].operation;
    uint64_t seed = (uint64_t)_i;

    if (!operation->host)
        return;
    for (unsigned i = 0; i < CASES; i++) {
        union xmm a = random_operand(&seed), b = random_operand(&seed), c = a;
        uint32_t mxcsr = masked_mxcsr(&seed);
        struct fp_env env = sse_env(mxcsr);
        uint8_t host = operation->host(&a, &b, i & 7, mxcsr);
        uint8_t soft = operation->soft(&c, &b, i & 7, &env);

        if (host != soft || memcmp(&a, &c, sizeof a) != 0)
            ck_abort_msg("%s mxcsr %04x: host %02x %016llx %016llx, portable %02x %016llx %016llx",
                         operations[_i].name, mxcsr, host, (unsigned long long)a.q[1],
                         (unsigned long long)a.q[0], soft, (unsigned long long)c.q[1],
                         (unsigned long long)c.q[0]);
    }
}
END_TEST

/* Where the quick way is taken, the portable one gives the same and no flag that is not yet set. */
#define QUICK_TEST(name, w, text)                                                                  \
    START_TEST(quick_and_portable_##name##_##w##_agree)                                            \
    {                                                                                              \
        uint64_t seed = w;                                                                         \
        unsigned taken = 0;                                                                        \
                                                                                                   \
        for (unsigned i = 0; i < 20 * CASES; i++) {                                                \
            uint##w##_t a = (uint##w##_t)random_operand(&seed).q[0];                               \
            uint##w##_t b = (uint##w##_t)random_operand(&seed).q[0], quick;                        \
            uint32_t mxcsr = masked_mxcsr(&seed) | (i & 1 ? MXCSR_PE : 0);                         \
            struct fp_env env = sse_env(mxcsr);                                                    \
                                                                                                   \
            if (!quick_##name##_##w(a, b, mxcsr, &quick))                                          \
                continue;                                                                          \
            taken++;                                                                               \
            ck_assert_uint_eq(quick, f##w##_##name(text));                                         \
            ck_assert_uint_eq(env.flags & ~mxcsr, 0);                                              \
        }                                                                                          \
        ck_assert(taken > 0 || !SSE_HOST);                                                         \
    }                                                                                              \
    END_TEST
#define TWO a, b, &env
#define ONE_OPERAND b, &env
QUICK_TEST(add, 32, TWO)
QUICK_TEST(add, 64, TWO)
QUICK_TEST(sub, 32, TWO)
QUICK_TEST(sub, 64, TWO)
QUICK_TEST(mul, 32, TWO)
QUICK_TEST(mul, 64, TWO)
QUICK_TEST(div, 32, TWO)
QUICK_TEST(div, 64, TWO)
QUICK_TEST(min, 32, TWO)
QUICK_TEST(min, 64, TWO)
QUICK_TEST(max, 32, TWO)
QUICK_TEST(max, 64, TWO)
QUICK_TEST(sqrt, 32, ONE_OPERAND)
QUICK_TEST(sqrt, 64, ONE_OPERAND)

/* ---- what programs on the host cannot show ---- */

static struct cpu *cpu;

static void setup(void)
{
    cpu = vector_cpu_create();
    cpu->mxcsr = MXCSR_DEFAULT;
    cpu->gpr[RBX] = 0x10000;
}

static void teardown(void)
{
    vector_cpu_destroy(cpu);
}

#define STEP(...)                                                                                  \
    model_step(cpu, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))
#define ADDPS_XMM1_XMM2 0x0f, 0x58, 0xca
#define ADDPS_XMM1_MEM 0x0f, 0x58, 0x0b
#define PADDB_MM1_MM2 0x0f, 0xfc, 0xca
#define PADDB_MM1_MEM 0x0f, 0xfc, 0x0b
#define CVTPI2PS_XMM1_MM2 0x0f, 0x2a, 0xca
#define CVTPI2PD_XMM1_MEM 0x66, 0x0f, 0x2a, 0x0b

START_TEST(sse_needs_osfxsr_and_no_emulation)
{
    cpu->cr4 &= ~(uint64_t)CR4_OSFXSR;
    sse_update_ready(cpu);
    ck_assert_int_eq(STEP(ADDPS_XMM1_XMM2), VEC_UD);
    ck_assert_int_eq(STEP(PADDB_MM1_MM2), -1); /* MMX does not ask for it */
    cpu->cr4 |= CR4_OSFXSR;
    cpu->cr0 |= CR0_EM | CR0_TS;
    sse_update_ready(cpu);
    ck_assert_int_eq(STEP(ADDPS_XMM1_XMM2), VEC_UD);
    ck_assert_int_eq(STEP(PADDB_MM1_MM2), VEC_UD);
}
END_TEST

START_TEST(task_switched_raises_nm)
{
    cpu->cr0 |= CR0_TS;
    sse_update_ready(cpu);
    ck_assert_int_eq(STEP(ADDPS_XMM1_XMM2), VEC_NM);
    ck_assert_int_eq(STEP(PADDB_MM1_MM2), VEC_NM);
    ck_assert_int_eq(STEP(0x0f, 0xc3, 0x03), -1);       /* movnti [rbx], eax */
    ck_assert_int_eq(STEP(0xf3, 0x0f, 0xb8, 0xc1), -1); /* popcnt eax, ecx */
}
END_TEST

START_TEST(a_pending_x87_exception_comes_before_mmx)
{
    cpu->fpu.fsw = FSW_ES;
    ck_assert_int_eq(STEP(PADDB_MM1_MM2), VEC_MF);
    ck_assert_int_eq(STEP(CVTPI2PS_XMM1_MM2), VEC_MF);
    ck_assert_int_eq(STEP(ADDPS_XMM1_XMM2), -1);
    ck_assert_int_eq(STEP(CVTPI2PD_XMM1_MEM), -1);
}
END_TEST

START_TEST(memory_of_16_bytes_must_be_aligned_but_for_movups)
{
    cpu->gpr[RBX]++;
    ck_assert_int_eq(STEP(ADDPS_XMM1_MEM), VEC_GP);
    ck_assert_uint_eq(cpu->fault.error, 0);
    ck_assert_int_eq(STEP(0x0f, 0x29, 0x0b), VEC_GP);       /* movaps [rbx], xmm1 */
    ck_assert_int_eq(STEP(0x67, 0x0f, 0x29, 0x0b), VEC_GP); /* movaps [ebx], xmm1 */
    ck_assert_int_eq(STEP(0x0f, 0x10, 0x0b), -1);           /* movups xmm1, [rbx] */
    ck_assert_int_eq(STEP(0xf2, 0x0f, 0xf0, 0x0b), -1);     /* lddqu xmm1, [rbx] */
    ck_assert_int_eq(STEP(PADDB_MM1_MEM), -1);
}
END_TEST

START_TEST(unaligned_moves_cross_pages)
{
    cpu->vec[1].q[0] = 0x1122334455667788;
    cpu->vec[1].q[1] = 0x99aabbccddeeff00;
    cpu->gpr[RBX] = 0x10ff9;
    ck_assert_int_eq(STEP(0x0f, 0x11, 0x0b), -1); /* movups [rbx], xmm1 */
    ck_assert_uint_eq(space_read(cpu->memory, 0x10ff9, 8), 0x1122334455667788);
    ck_assert_uint_eq(space_read(cpu->memory, 0x11001, 8), 0x99aabbccddeeff00);
    ck_assert_int_eq(STEP(0x0f, 0x10, 0x13), -1); /* movups xmm2, [rbx] */
    ck_assert_uint_eq(cpu->vec[2].q[0], 0x1122334455667788);
    ck_assert_uint_eq(cpu->vec[2].q[1], 0x99aabbccddeeff00);
}
END_TEST

START_TEST(all_16_bytes_must_lie_within_the_segment)
{
    cpu->efer = 0;
    cpu->seg[SEG_CS].attr = ATTR_P | ATTR_S | ATTR_DB | TYPE_CODE | TYPE_READABLE | TYPE_ACCESSED;
    cpu->seg[SEG_DS] = (struct segment){
        .base = 0x8000,
        .limit = 0x80ff,
        .attr = ATTR_P | ATTR_S | ATTR_DB | TYPE_WRITABLE | TYPE_ACCESSED,
    };
    cpu_update_mode(cpu);
    cpu_derive_segments(cpu);
    cpu->gpr[RBX] = 0x80f0;
    ck_assert_int_eq(STEP(0x0f, 0x11, 0x0b), -1); /* movups [ebx], xmm1 */
    for (unsigned i = 1; i < 16; i++) {
        cpu->gpr[RBX] = 0x80f0 + i;
        ck_assert_int_eq(STEP(0x0f, 0x11, 0x0b), VEC_GP);
        ck_assert_int_eq(STEP(0x0f, 0x10, 0x0b), VEC_GP);
    }
}
END_TEST

START_TEST(alignment_checks_ask_for_16_bytes_and_come_before_page_faults)
{
    cpu->cpl = 3;
    cpu->cr0 |= CR0_AM;
    cpu->eflags |= AC;
    cpu_update_mode(cpu);
    cpu->gpr[RBX] = 0x10010;
    ck_assert_int_eq(STEP(0x0f, 0x10, 0x0b), -1); /* movups xmm1, [rbx] */
    cpu->gpr[RBX] = 0x10008;
    ck_assert_int_eq(STEP(0x0f, 0x10, 0x0b), VEC_AC);
    ck_assert_uint_eq(cpu->fault.error, 0);
    ck_assert_int_eq(STEP(0x0f, 0x11, 0x0b), VEC_AC);                   /* movups [rbx], xmm1 */
    ck_assert_int_eq(STEP(0xf2, 0x0f, 0xf0, 0x0b), VEC_AC);             /* lddqu xmm1, [rbx] */
    ck_assert_int_eq(STEP(0x66, 0x0f, 0x3a, 0x63, 0x0b, 0x00), VEC_AC); /* pcmpistri */
    ck_assert_int_eq(STEP(ADDPS_XMM1_MEM), VEC_GP);
    ck_assert_int_eq(STEP(0xf3, 0x0f, 0x7e, 0x0b), -1); /* movq xmm1, [rbx] */
    cpu->gpr[RBX] = 0x7ffffffffff1;                     /* there is no page */
    cpu->cr0 |= CR0_PG;
    cpu->cr4 |= CR4_PAE;
    cpu_update_mode(cpu);
    ck_assert_int_eq(STEP(0x0f, 0x10, 0x03), VEC_GP); /* crosses into what is not canonical */
    cpu->gpr[RBX] = 0x7fffffff0001;
    ck_assert_int_eq(STEP(0x0f, 0x10, 0x03), VEC_AC);
    ck_assert_int_eq(STEP(0x8b, 0x03), VEC_AC); /* mov eax, [rbx] */
    ck_assert_int_eq(STEP(0x89, 0x03), VEC_AC);
}
END_TEST

START_TEST(a_masked_store_asks_for_all_its_bytes)
{
    cpu->efer = 0;
    cpu->seg[SEG_CS].attr = ATTR_P | ATTR_S | ATTR_DB | TYPE_CODE | TYPE_READABLE | TYPE_ACCESSED;
    cpu->seg[SEG_DS] = (struct segment){
        .limit = 0x100ff,
        .attr = ATTR_P | ATTR_S | ATTR_DB | TYPE_WRITABLE | TYPE_ACCESSED,
    };
    cpu_update_mode(cpu);
    cpu_derive_segments(cpu);
    cpu->gpr[RDI] = 0x100f0;
    ck_assert_int_eq(STEP(0x66, 0x0f, 0xf7, 0xca), -1); /* maskmovdqu xmm1, xmm2: an empty mask */
    cpu->gpr[RDI] = 0x100f1;
    ck_assert_int_eq(STEP(0x66, 0x0f, 0xf7, 0xca), VEC_GP);
    cpu->gpr[RDI] = 0x100f8;
    ck_assert_int_eq(STEP(0x0f, 0xf7, 0xca), -1); /* maskmovq mm1, mm2 */
    cpu->gpr[RDI] = 0x100f9;
    ck_assert_int_eq(STEP(0x0f, 0xf7, 0xca), VEC_GP);
}
END_TEST

START_TEST(reserved_mxcsr_bits_are_refused)
{
    space_write(cpu->memory, 0x10000, 4, 0x11f80);
    ck_assert_int_eq(STEP(0x0f, 0xae, 0x13), VEC_GP); /* ldmxcsr [rbx] */
    ck_assert_uint_eq(cpu->mxcsr, MXCSR_DEFAULT);
    space_write(cpu->memory, 0x10000, 4, 0xffff);
    ck_assert_int_eq(STEP(0x0f, 0xae, 0x13), -1);
    ck_assert_uint_eq(cpu->mxcsr, 0xffff);
}
END_TEST

START_TEST(an_unmasked_exception_without_osxmmexcpt_is_ud)
{
    cpu->mxcsr = 0;
    cpu->vec[2].q[0] = 0x7ff0000000000001;                  /* a signalling NaN */
    ck_assert_int_eq(STEP(0xf2, 0x0f, 0x58, 0xca), VEC_XM); /* addsd xmm1, xmm2 */
    ck_assert_uint_eq(cpu->mxcsr, FP_IE);
    ck_assert_uint_eq(cpu->vec[1].q[0], 0);
    cpu->cr4 &= ~(uint64_t)CR4_OSXMMEXCPT;
    ck_assert_int_eq(STEP(0xf2, 0x0f, 0x58, 0xca), VEC_UD);
}
END_TEST

START_TEST(a_masked_store_touches_only_its_bytes)
{
    cpu->gpr[RDI] = 0x10ffe;
    cpu->vec[1].q[0] = 0x8877665544332211;
    cpu->vec[2].q[0] = 0x0080000000008000;
    cpu->vec[2].q[1] = 0;
    ck_assert_int_eq(STEP(0x66, 0x0f, 0xf7, 0xca), -1); /* maskmovdqu xmm1, xmm2 */
    ck_assert_uint_eq(space_read(cpu->memory, 0x10ffe, 8), 0x0077000000002200);
}
END_TEST

#endif

Suite *sse_suite(void);
Suite *sse_suite(void)
{
    Suite *suite = suite_create("sse");
    TCase *rows = tcase_create("rows"), *ways = tcase_create("ways");
    TCase *system = tcase_create("system");

    tcase_set_timeout(rows, 60);
    tcase_set_timeout(ways, 60);
#if HAVE_VECTOR_JUDGE
    tcase_add_loop_test(rows, each_row_does_what_the_host_does, 0, ARRAY_SIZE(row_ids));
    tcase_add_loop_test(ways, host_and_portable_ways_agree, 0, ARRAY_SIZE(operations));
    tcase_add_test(ways, quick_and_portable_add_32_agree);
    tcase_add_test(ways, quick_and_portable_add_64_agree);
    tcase_add_test(ways, quick_and_portable_sub_32_agree);
    tcase_add_test(ways, quick_and_portable_sub_64_agree);
    tcase_add_test(ways, quick_and_portable_mul_32_agree);
    tcase_add_test(ways, quick_and_portable_mul_64_agree);
    tcase_add_test(ways, quick_and_portable_div_32_agree);
    tcase_add_test(ways, quick_and_portable_div_64_agree);
    tcase_add_test(ways, quick_and_portable_min_32_agree);
    tcase_add_test(ways, quick_and_portable_min_64_agree);
    tcase_add_test(ways, quick_and_portable_max_32_agree);
    tcase_add_test(ways, quick_and_portable_max_64_agree);
    tcase_add_test(ways, quick_and_portable_sqrt_32_agree);
    tcase_add_test(ways, quick_and_portable_sqrt_64_agree);
    tcase_add_checked_fixture(system, setup, teardown);
    tcase_add_test(system, sse_needs_osfxsr_and_no_emulation);
    tcase_add_test(system, task_switched_raises_nm);
    tcase_add_test(system, a_pending_x87_exception_comes_before_mmx);
    tcase_add_test(system, memory_of_16_bytes_must_be_aligned_but_for_movups);
    tcase_add_test(system, unaligned_moves_cross_pages);
    tcase_add_test(system, all_16_bytes_must_lie_within_the_segment);
    tcase_add_test(system, alignment_checks_ask_for_16_bytes_and_come_before_page_faults);
    tcase_add_test(system, a_masked_store_asks_for_all_its_bytes);
    tcase_add_test(system, reserved_mxcsr_bits_are_refused);
    tcase_add_test(system, an_unmasked_exception_without_osxmmexcpt_is_ud);
    tcase_add_test(system, a_masked_store_touches_only_its_bytes);
#endif
    suite_add_tcase(suite, rows);
    suite_add_tcase(suite, ways);
    suite_add_tcase(suite, system);
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
