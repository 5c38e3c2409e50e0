/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_cpuid_msr.c - processor models, CPUID leaves, model-specific registers. */
#include <stdlib.h>

#include "cpu/cpuid.h"
#include "cpu/insn_table.h"
#include "cpu/msr.h"
#include "tests/support/cpu_setup.h"

static struct setup s;
static struct cpu *cpu;
static uint32_t regs[4];
static uint64_t value;

static void setup(void)
{
    setup_create(&s, NULL);
    cpu = s.cpu;
}

static void teardown(void)
{
    setup_destroy(&s);
}

static const char *const model_names[] = { "486",       "pentium",   "pentium3", "x86-64-v1",
                                           "x86-64-v2", "x86-64-v3", "max" };

static const struct {
    unsigned feature;
    const char *name;
    uint32_t leaf, subleaf, reg, bit;
} features[] = {
#define FEATURE(id, name, leaf, subleaf, reg, bit)                                                 \
    { F_##id, name, leaf, subleaf, CPUID_##reg, bit },
#include "cpu/features.def"
#undef FEATURE
};

START_TEST(feature_rows_do_not_share_a_bit_or_a_name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(features); i++) {
        for (unsigned k = 0; k < i; k++) {
            ck_assert_str_ne(features[i].name, features[k].name);
            ck_assert(features[i].leaf != features[k].leaf || features[i].reg != features[k].reg ||
                      features[i].subleaf != features[k].subleaf ||
                      features[i].bit != features[k].bit);
        }
    }
}
END_TEST

/* CPUID says what cpu_has() says, in every model. */
START_TEST(cpuid_shows_the_features_of_the_model)
{
    struct setup other;

    setup_create(&other, model_names[_i]);
    for (unsigned i = 0; i < ARRAY_SIZE(features); i++) {
        uint32_t highest;

        cpuid_query(other.cpu, features[i].leaf & 0x80000000, 0, regs);
        highest = regs[CPUID_EAX];
        cpuid_query(other.cpu, features[i].leaf, features[i].subleaf, regs);
        if (features[i].leaf <= highest)
            ck_assert_uint_eq(regs[features[i].reg] >> features[i].bit & 1,
                              cpu_has(other.cpu, features[i].feature));
        else
            ck_assert(!cpu_has(other.cpu, features[i].feature));
    }
    setup_destroy(&other);
}
END_TEST

/* A feature of the models has rows that need it, or is one of those that are no instructions. */
START_TEST(models_promise_only_what_the_table_has)
{
    static const char *const no_rows[] = {
        "fpu",  "vme",     "de",   "pse",     "pae",     "mce",          "apic",       "mtrr",
        "pge",  "mca",     "pat",  "pse36",   "cmov",    "tsc-deadline", "tsc-adjust", "smep",
        "erms", "fsrm",    "nx",   "pdpe1gb", "lahf-lm", "invtsc",       "arat",       "fxsr",
        "lm",   "xgetbv1", "umip", "pcid",    "la57",    "x2apic",
    };
    struct setup max;

    setup_create(&max, "max");
    for (unsigned i = 0; i < ARRAY_SIZE(features); i++) {
        bool found = false;

        if (!cpu_has(max.cpu, features[i].feature))
            continue;
        for (unsigned k = 0; k < ARRAY_SIZE(no_rows); k++)
            found |= !strcmp(no_rows[k], features[i].name);
        for (unsigned k = 1; k < insn_row_count; k++)
            found |= insn_rows[k].feature == features[i].feature;
        ck_assert_msg(found, "no row needs %s", features[i].name);
    }
    setup_destroy(&max);
}
END_TEST

/* The TSC frequency of leaf 15h is exactly the clock's; the bus is the crystal. */
START_TEST(leaf_15h_gives_the_tick_rate_exactly)
{
    static const uint64_t rates[] = { 1,         1000,      4770000,    33333333,   100000000,
                                      123456789, 200000000, 1000000000, 2147483647, 4000000000 };

    for (unsigned i = 0; i < ARRAY_SIZE(rates); i++) {
        s.clock.ips = rates[i];
        cpuid_query(cpu, 0x15, 0, regs);
        ck_assert_uint_eq(regs[CPUID_EAX], 1);
        ck_assert_uint_eq((uint64_t)regs[CPUID_ECX] * regs[CPUID_EBX], rates[i]);
        ck_assert_uint_eq(cpuid_crystal_hz(cpu), regs[CPUID_ECX]);
        cpuid_query(cpu, 0x16, 0, regs);
        ck_assert_uint_eq(regs[CPUID_EAX], (rates[i] + 500000) / 1000000);
    }
    cpu->crystal_hz = 1000000000; /* the board's, whatever the clock */
    for (unsigned i = 0; i < ARRAY_SIZE(rates); i++) {
        s.clock.ips = rates[i];
        cpuid_query(cpu, 0x15, 0, regs);
        ck_assert_uint_eq(regs[CPUID_ECX], 1000000000);
        ck_assert_uint_eq(UINT64_C(1000000000) * regs[CPUID_EBX], rates[i] * regs[CPUID_EAX]);
        ck_assert_uint_eq(cpuid_crystal_hz(cpu), 1000000000);
    }
    s.clock.ips = 99999999999; /* no ratio of 32 bits: not known */
    cpuid_query(cpu, 0x15, 0, regs);
    ck_assert_uint_eq(regs[CPUID_EBX], 0);
    cpu->crystal_hz = 0;
    s.clock.ips = 100000000;
}
END_TEST

START_TEST(vendor_brand_and_signature)
{
    char text[49] = { 0 };

    cpuid_query(cpu, 0, 0, regs);
    memcpy(text, &regs[CPUID_EBX], 4);
    memcpy(text + 4, &regs[CPUID_EDX], 4);
    memcpy(text + 8, &regs[CPUID_ECX], 4);
    ck_assert_str_eq(text, "GenuineIntel");
    for (unsigned i = 0; i < 3; i++)
        cpuid_query(cpu, 0x80000002 + i, 0, (uint32_t *)(void *)(text + i * 16));
    ck_assert_str_eq(text, "vitrine x86-64-v3");
    cpuid_query(cpu, 1, 0, regs);
    ck_assert_uint_eq(regs[CPUID_EAX], 0x106ca);
    cpuid_query(cpu, 0x80000008, 0, regs);
    ck_assert_uint_eq(regs[CPUID_EAX], 40 | 48 << 8);
}
END_TEST

START_TEST(leaves_beyond_the_last_give_the_last)
{
    uint32_t last[4];

    cpuid_query(cpu, 0x16, 0, last);
    cpuid_query(cpu, 0x17, 0, regs);
    ck_assert_mem_eq(regs, last, sizeof last);
    cpuid_query(cpu, 0x80000009, 0, regs);
    ck_assert_mem_eq(regs, last, sizeof last);
}
END_TEST

static const struct {
    const char *text, *error; /* NULL: accepted */
} selections[] = {
    { "max,-sse4.2,-avx", NULL },
    { "x86-64-v1,+popcnt", NULL },
    { "x86-64-v4", "-cpu: no model 'x86-64-v4', did you mean 'x86-64-v1'?" },
    { "zzzzzzzzzzzz", "-cpu: no model 'zzzzzzzzzzzz'; '-cpu help' lists them" },
    { "max,+arch-capabilities",
      "-cpu: flag 'arch-capabilities' is not implemented; '-cpu help' lists what is" },
    { "max,-popcmt", "-cpu: no flag 'popcmt', did you mean 'popcnt'?" },
    { "max,sse", "-cpu: 'sse' is neither +flag nor -flag" },
    { "max,", "-cpu: '' is neither +flag nor -flag" },
};

START_TEST(model_and_flags_are_selected_or_refused_in_one_line)
{
    struct buf error = { 0 };
    bool ok = cpuid_select(cpu, selections[_i].text, &error);

    ck_assert_int_eq(ok, selections[_i].error == NULL);
    ck_assert_str_eq(buf_text(&error), selections[_i].error ? selections[_i].error : "");
    buf_free(&error);
    if (_i == 0)
        ck_assert(!cpu_has(cpu, F_SSE4_2) && cpu_has(cpu, F_SSE4_1));
    if (_i == 1)
        ck_assert(cpu_has(cpu, F_POPCNT) && !cpu_has(cpu, F_SSE3));
}
END_TEST

START_TEST(unknown_msr_is_gp)
{
    static const uint32_t unknown[] = { 2, 0xffffffff, 0xc0000084 + 1, 0x48, 0x10a, 0x800, 0xc1 };

    for (unsigned i = 0; i < ARRAY_SIZE(unknown); i++) {
        ck_assert(!msr_read(cpu, unknown[i], &value));
        ck_assert_fault(cpu, VEC_GP, 0, MSR_UNKNOWN);
        ck_assert_uint_eq(fault_evidence(cpu, EV_REGISTER), unknown[i]);
        ck_assert(!msr_write(cpu, unknown[i], 0));
    }
}
END_TEST

/* Which of the 64 bits may be set, one at a time; -1: the register cannot be written. */
#define CANONICAL UINT64_C(0x00007fffffffffff)
static const struct {
    uint32_t index;
    uint64_t bits;
} msr_bits[] = {
    { MSR_STAR, UINT64_MAX },
    { MSR_LSTAR, CANONICAL },
    { MSR_FMASK, 0xffffffff },
    { MSR_TSC_AUX, 0xffffffff },
    { MSR_FS_BASE, CANONICAL },
    { MSR_KERNEL_GS_BASE, CANONICAL },
    { MSR_SYSENTER_CS, 0xffffffff },
    { MSR_SYSENTER_ESP, CANONICAL },
    { MSR_EFER, EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE },
    { MSR_MTRR_BASE0, UINT64_C(0xfffffff000) | 1 | 4 },
    { MSR_MTRR_BASE0 + 15, UINT64_C(0xfffffff800) },
    { MSR_MTRR_DEF_TYPE, 0xc05 },
    { MSR_MTRR_FIX4K, UINT64_C(0x0505050505050505) },
    { MSR_PAT, UINT64_C(0x0505050505050505) },
    { MSR_APIC_BASE, UINT64_C(0xfffffff900) },
    { MSR_MCG_STATUS, 7 },
    { MSR_MCG_CAP, 0 },
    { MSR_MTRRCAP, 0 },
    { MSR_PLATFORM_INFO, 0 },
    { MSR_TSC, UINT64_MAX },
};

START_TEST(msr_reserved_bits_are_gp)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        bool allowed = msr_bits[_i].bits >> bit & 1;

        ck_assert_msg(msr_write(cpu, msr_bits[_i].index, BIT(bit)) == allowed, "%s bit %u",
                      msr_name(msr_bits[_i].index), bit);
    }
}
END_TEST

START_TEST(stored_msrs_read_back)
{
    static const uint32_t stored[] = { MSR_STAR,           MSR_LSTAR,       MSR_CSTAR,
                                       MSR_FMASK,          MSR_FS_BASE,     MSR_GS_BASE,
                                       MSR_KERNEL_GS_BASE, MSR_TSC_AUX,     MSR_SYSENTER_CS,
                                       MSR_SYSENTER_ESP,   MSR_SYSENTER_EIP };

    for (unsigned i = 0; i < ARRAY_SIZE(stored); i++)
        ck_assert(msr_write(cpu, stored[i], 0x1000 + i));
    for (unsigned i = 0; i < ARRAY_SIZE(stored); i++) {
        ck_assert(msr_read(cpu, stored[i], &value));
        ck_assert_uint_eq(value, 0x1000 + i);
    }
    ck_assert_uint_eq(cpu->seg[SEG_GS].base, 0x1005);
}
END_TEST

START_TEST(tsc_counts_ticks_and_can_be_moved)
{
    clock_skip_to(&s.clock, 1000);
    ck_assert(msr_read(cpu, MSR_TSC, &value));
    ck_assert_uint_eq(value, 1000);
    ck_assert(msr_write(cpu, MSR_TSC, 5000));
    ck_assert(msr_read(cpu, MSR_TSC_ADJUST, &value));
    ck_assert_uint_eq(value, 4000);
    clock_skip_to(&s.clock, 1500);
    ck_assert(msr_read(cpu, MSR_TSC, &value));
    ck_assert_uint_eq(value, 5500);
    ck_assert(msr_write(cpu, MSR_TSC_ADJUST, 0));
    ck_assert(msr_read(cpu, MSR_TSC, &value));
    ck_assert_uint_eq(value, 1500);
    cpu_reset(cpu, true);
    ck_assert(msr_read(cpu, MSR_TSC, &value));
    ck_assert_uint_eq(value, 1500); /* INIT does not touch it */
    cpu_reset(cpu, false);
    ck_assert(msr_read(cpu, MSR_TSC, &value));
    ck_assert_uint_eq(value, 0);
}
END_TEST

static uint64_t armed;

static void arm(void *context, uint64_t tick)
{
    (void)context;
    armed = tick;
}

START_TEST(tsc_deadline_is_given_to_the_board_as_a_tick)
{
    cpu->board.set_tsc_deadline = arm;
    clock_skip_to(&s.clock, 1000);
    ck_assert(msr_write(cpu, MSR_TSC, 50000));
    ck_assert(msr_write(cpu, MSR_TSC_DEADLINE, 50500));
    ck_assert_uint_eq(armed, 1500);
    ck_assert(msr_read(cpu, MSR_TSC_DEADLINE, &value));
    ck_assert_uint_eq(value, 50500);
    ck_assert(msr_write(cpu, MSR_TSC_ADJUST, 0)); /* the TSC jumps back: the deadline moves */
    ck_assert_uint_eq(armed, 50500);
    ck_assert(msr_write(cpu, MSR_TSC_DEADLINE, 10)); /* has passed: at once */
    ck_assert_uint_eq(armed, 1000);
    ck_assert(msr_read(cpu, MSR_TSC_DEADLINE, &value));
    ck_assert_uint_eq(value, 0);
    ck_assert(msr_write(cpu, MSR_TSC_DEADLINE, 0));
    ck_assert_uint_eq(armed, 0);
}
END_TEST

START_TEST(efer_keeps_lma_and_refuses_lme_under_paging)
{
    setup_long_mode(&s, 0x1000);
    ck_assert(msr_write(cpu, MSR_EFER, EFER_LME | EFER_NXE));
    ck_assert_uint_eq(cpu->efer, EFER_LME | EFER_LMA | EFER_NXE);
    ck_assert(!msr_write(cpu, MSR_EFER, EFER_NXE));
    ck_assert_fault(cpu, VEC_GP, 0, LONG_MODE_SWITCH);
}
END_TEST

START_TEST(older_models_lack_newer_registers)
{
    struct setup old;

    setup_create(&old, "pentium3");
    ck_assert(!msr_read(old.cpu, MSR_EFER, &value));
    ck_assert(msr_read(old.cpu, MSR_SYSENTER_CS, &value));
    setup_destroy(&old);
    setup_create(&old, "pentium");
    ck_assert(!msr_read(old.cpu, MSR_SYSENTER_CS, &value));
    ck_assert(msr_read(old.cpu, MSR_TSC, &value));
    setup_destroy(&old);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cpuid_msr");
    TCase *tc = tcase_create("cpuid_msr");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, feature_rows_do_not_share_a_bit_or_a_name);
    tcase_add_loop_test(tc, cpuid_shows_the_features_of_the_model, 0, ARRAY_SIZE(model_names));
    tcase_add_test(tc, models_promise_only_what_the_table_has);
    tcase_add_test(tc, leaf_15h_gives_the_tick_rate_exactly);
    tcase_add_test(tc, vendor_brand_and_signature);
    tcase_add_test(tc, leaves_beyond_the_last_give_the_last);
    tcase_add_loop_test(tc, model_and_flags_are_selected_or_refused_in_one_line, 0,
                        ARRAY_SIZE(selections));
    tcase_add_test(tc, unknown_msr_is_gp);
    tcase_add_loop_test(tc, msr_reserved_bits_are_gp, 0, ARRAY_SIZE(msr_bits));
    tcase_add_test(tc, stored_msrs_read_back);
    tcase_add_test(tc, tsc_counts_ticks_and_can_be_moved);
    tcase_add_test(tc, tsc_deadline_is_given_to_the_board_as_a_tick);
    tcase_add_test(tc, efer_keeps_lma_and_refuses_lme_under_paging);
    tcase_add_test(tc, older_models_lack_newer_registers);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
