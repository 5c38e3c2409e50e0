/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_models.c - processor models against the instruction table: for every row and every
 * model, what a model does not advertise it does not execute, and what it advertises exists. No
 * list of instructions in here: everything comes from the rows and from features.def.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/cpuid.h"
#include "cpu/decode.h"
#include "tests/support/guest_cpu.h"
#include "util/bits.h"
#include "util/buf.h"

#define WORDS ((F_COUNT + 63) / 64)

/* Features that bring no instruction: what they bring instead. */
static const struct {
    uint16_t feature;
    const char *what;
} without_rows[] = {
    { F_VME, "CR4.VME, CR4.PVI" },
    { F_DE, "CR4.DE" },
    { F_PSE, "CR4.PSE" },
    { F_PAE, "CR4.PAE" },
    { F_MCE, "CR4.MCE" },
    { F_APIC, "the local APIC" },
    { F_MTRR, "MSRs" },
    { F_PGE, "CR4.PGE" },
    { F_MCA, "MSRs" },
    { F_PAT, "an MSR, a bit in paging entries" },
    { F_PSE36, "bits in paging entries" },
    { F_PCID, "CR4.PCIDE" },
    { F_X2APIC, "MSRs" },
    { F_TSCDL, "an MSR, a mode of the APIC timer" },
    { F_TSC_ADJUST, "an MSR" },
    { F_SMEP, "CR4.SMEP" },
    { F_ERMS, "speed of REP MOVSB and STOSB" },
    { F_FSRM, "speed of REP MOVSB" },
    { F_UMIP, "CR4.UMIP" },
    { F_LA57, "CR4.LA57" },
    { F_ARCH_CAPS, "an MSR" },
    { F_XGETBV1, "XGETBV with ECX = 1" },
    { F_NX, "EFER.NXE" },
    { F_PDPE1GB, "1-GiB pages" },
    { F_LAHF_LM, "LAHF and SAHF in 64-bit mode" },
    { F_ITSC, "a TSC that never stops" },
    { F_ARAT, "an APIC timer that never stops" },
};

static bool in_set(const uint64_t *features, unsigned feature)
{
    return feature == F_NONE || (features[feature / 64] >> (feature % 64) & 1);
}

static void model_set(const struct cpu_model *model, uint64_t features[WORDS])
{
    memset(features, 0, WORDS * sizeof *features);
    for (const uint16_t *f = model->features; *f != F_NONE; f++)
        features[*f / 64] |= BIT(*f % 64);
}

/* ---- encodings of rows ---- */

struct sample {
    uint8_t bytes[16], length;
};
static const unsigned modes[] = { MODE_CODE16, MODE_CODE32, MODE_CODE64 };

/* Encodings by number: mandatory prefix, W, L and opcode, then ModRM. False: no more. */
static bool encoding(unsigned *n, unsigned mode, uint8_t bytes[16])
{
    static const uint8_t pp[] = { 0, 0x66, 0xf3, 0xf2 };
    unsigned modrm, prefix, w, l, opcode, at = 0;
    bool vex;

    do { /* the ModRM bytes of one memory operand for each reg, with SIB and without; registers */
        modrm = *n & 255;
        prefix = *n >> 8 & 3;
        w = *n >> 10 & 1;
        l = *n >> 11 & 1;
        opcode = *n >> 12;
        vex = opcode & 0x400;
        (*n)++;
        if (opcode > 0x7ff)
            return false;
    } while ((modrm < 0xc0 && ((modrm & 3) || modrm >= 0x40)) || (l && !vex) ||
             (w && !vex && mode != MODE_CODE64));
    memset(bytes, 0, 16);
    if (vex) {
        bytes[at++] = 0xc4;
        bytes[at++] = (uint8_t)(0xe0 | (opcode >> 8 & 3));
        bytes[at++] = (uint8_t)(w << 7 | 0x78 | l << 2 | prefix);
    } else {
        if (prefix)
            bytes[at++] = pp[prefix];
        if (w)
            bytes[at++] = 0x48;
        if (opcode >= 0x100)
            bytes[at++] = 0x0f;
        if (opcode >= 0x200)
            bytes[at++] = opcode >= 0x300 ? 0x3a : 0x38;
    }
    bytes[at++] = (uint8_t)opcode;
    bytes[at++] = (uint8_t)modrm;
    bytes[at] = 0x51; /* as a SIB byte: rcx + rdx * 2 */
    return true;
}

/* One encoding for each row and mode; length 0: there is none. */
static struct sample *make_samples(void)
{
    struct sample *samples = xcalloc(insn_row_count * 3, sizeof *samples);

    for (unsigned m = 0; m < 3; m++) {
        uint8_t bytes[16];

        for (unsigned n = 0; encoding(&n, modes[m], bytes);) {
            struct sample *sample;
            struct insn insn;

            if (decode_insn(bytes, 15, modes[m], NULL, &insn) != DECODE_OK)
                continue;
            sample = &samples[insn.row * 3 + m];
            if (!sample->length) {
                memcpy(sample->bytes, bytes, sizeof bytes);
                sample->length = insn.length;
            }
        }
    }
    return samples;
}

START_TEST(no_encoding_decodes_to_a_row_that_the_model_lacks)
{
    const struct cpu_model *model = cpuid_model((unsigned)_i);
    uint64_t features[WORDS];
    bool *refused = xcalloc(insn_row_count, sizeof *refused);

    model_set(model, features);
    for (unsigned m = 0; m < (in_set(features, F_LM) ? 3 : 2); m++) {
        uint8_t bytes[16];

        for (unsigned n = 0; encoding(&n, modes[m], bytes);) {
            struct insn all, insn;
            enum decode with_all = decode_insn(bytes, 15, modes[m], NULL, &all);
            enum decode result = decode_insn(bytes, 15, modes[m], features, &insn);

            if (result == DECODE_OK && !in_set(features, insn_row(&insn)->feature))
                ck_abort_msg("%s executes %s", model->name, insn_row(&insn)->id);
            if (with_all != DECODE_OK)
                continue;
            if (in_set(features, insn_row(&all)->feature)) {
                if (result != DECODE_OK || insn.row != all.row)
                    ck_abort_msg("%s has %s, and decodes %s", model->name, insn_row(&all)->id,
                                 insn_row(&insn)->id);
            } else {
                refused[all.row] = true;
            }
        }
    }
    for (unsigned i = 1; i < insn_row_count; i++) {
        bool only64 = insn_rows[i].attributes & A_ONLY64 && !in_set(features, F_LM);

        if (!in_set(features, insn_rows[i].feature) && !refused[i] && !only64 &&
            !(OPC_W(insn_rows[i].opcode) == OPC_W(W1) && !in_set(features, F_LM)))
            ck_abort_msg("%s: no encoding of %s was tried", model->name, insn_rows[i].id);
    }
    free(refused);
}
END_TEST

START_TEST(what_the_model_lacks_raises_ud)
{
    const struct cpu_model *model = cpuid_model((unsigned)_i);
    struct sample *samples = make_samples();
    uint64_t features[WORDS];
    unsigned raised = 0;

    model_set(model, features);
    for (unsigned m = 1; m < (in_set(features, F_LM) ? 3 : 2); m++) {
        struct guest *guest = guest_create();
        struct buf error = { 0 };

        ck_assert(cpuid_select(guest->cpu, model->name, &error));
        if (m == 2)
            guest_long(guest, 0);
        else
            guest_protected(guest, 0);
        for (unsigned i = 1; i < insn_row_count; i++) {
            const struct sample *sample = &samples[i * 3 + m];
            struct insn insn;

            /* Some encodings have an older meaning: LZCNT is BSR. */
            if (!sample->length || in_set(features, insn_rows[i].feature) ||
                decode_insn(sample->bytes, 15, modes[m], features, &insn) == DECODE_OK)
                continue;
            for (unsigned k = 0; k < sample->length; k++)
                guest_write(guest, GUEST_CODE + k, 1, sample->bytes[k]);
            guest->cpu->rip = GUEST_CODE;
            if (guest_step(guest) || guest->cpu->fault.vector != VEC_UD)
                ck_abort_msg("%s: %s does not raise #UD", model->name, insn_rows[i].id);
            raised++;
        }
        guest_destroy(guest);
        buf_free(&error);
    }
    ck_assert(raised || !cpuid_model((unsigned)_i + 1)); /* the last one has everything */
    free(samples);
}
END_TEST

START_TEST(a_flag_that_is_taken_away_takes_its_rows_along)
{
    struct sample *samples = make_samples();

    for (unsigned f = 1; f < F_COUNT; f++) {
        uint64_t features[WORDS];

        memset(features, 0xff, sizeof features);
        features[f / 64] &= ~BIT(f % 64);
        for (unsigned i = 1; i < insn_row_count; i++) {
            for (unsigned m = 0; m < 3; m++) {
                const struct sample *sample = &samples[i * 3 + m];
                struct insn insn;
                bool ok;

                if (!sample->length)
                    continue;
                ok = decode_insn(sample->bytes, 15, modes[m], features, &insn) == DECODE_OK &&
                     insn.row == i;
                if (ok != (insn_rows[i].feature != f))
                    ck_abort_msg("max,-%s: %s is %s", feature_name(f), insn_rows[i].id,
                                 ok ? "there" : "not there");
            }
        }
    }
    free(samples);
}
END_TEST

static bool has_row(unsigned feature)
{
    for (unsigned i = 1; i < insn_row_count; i++) {
        if (insn_rows[i].feature == feature)
            return true;
    }
    return false;
}

static bool is_without_rows(unsigned feature)
{
    for (unsigned i = 0; i < ARRAY_SIZE(without_rows); i++) {
        if (without_rows[i].feature == feature)
            return true;
    }
    return false;
}

START_TEST(what_a_model_advertises_exists)
{
    for (const uint16_t *f = cpuid_model((unsigned)_i)->features; *f != F_NONE; f++)
        ck_assert_msg(has_row(*f) || is_without_rows(*f),
                      "%s advertises %s, which no instruction has", cpuid_model((unsigned)_i)->name,
                      feature_name(*f));
    for (unsigned i = 0; i < ARRAY_SIZE(without_rows); i++)
        ck_assert_msg(!has_row(without_rows[i].feature), "%s (%s) has an instruction",
                      feature_name(without_rows[i].feature), without_rows[i].what);
}
END_TEST

START_TEST(every_feature_of_a_row_is_in_the_last_model)
{
    unsigned last = 0;
    uint64_t features[WORDS];

    while (cpuid_model(last + 1))
        last++;
    model_set(cpuid_model(last), features);
    for (unsigned i = 1; i < insn_row_count; i++)
        ck_assert_msg(in_set(features, insn_rows[i].feature), "%s: no model has %s",
                      insn_rows[i].id, feature_name(insn_rows[i].feature));
}
END_TEST

START_TEST(an_older_model_has_no_feature_that_a_newer_one_lacks)
{
    const struct cpu_model *model = cpuid_model((unsigned)_i),
                           *next = cpuid_model((unsigned)_i + 1);
    uint64_t features[WORDS];

    if (!next)
        return;
    model_set(next, features);
    for (const uint16_t *f = model->features; *f != F_NONE; f++)
        ck_assert_msg(in_set(features, *f), "%s has %s, %s has not", model->name, feature_name(*f),
                      next->name);
}
END_TEST

static const struct bit {
    uint32_t leaf;
    uint8_t subleaf, reg, bit;
} feature_bits[F_COUNT] = {
#define FEATURE(id, text, number, sub, register, position)                                         \
    [F_##id] = { .leaf = number, .subleaf = sub, .reg = CPUID_##register, .bit = position },
#include "cpu/features.def"
#undef FEATURE
};

/* Both ways: a bit for each feature, and no bit in these registers without one. */
START_TEST(cpuid_shows_the_features_of_the_model_and_no_others)
{
    /* The bits that depend on the state, and what stands in registers with features. */
    static const struct bit others[] = {
        { 1, 0, CPUID_ECX, 27 }, /* OSXSAVE */
        { 7, 0, CPUID_ECX, 4 },  /* OSPKE */
        { 6, 0, CPUID_EAX, 2 },  /* ARAT: a feature */
    };
    struct guest *guest = guest_create();
    struct buf error = { 0 };

    ck_assert(cpuid_select(guest->cpu, cpuid_model((unsigned)_i)->name, &error));
    for (unsigned f = 1; f < F_COUNT; f++) {
        uint32_t regs[4], known = 0, expected = 0;

        if (feature_bits[f].leaf > (feature_bits[f].leaf & 0x80000000
                                        ? guest->cpu->model->max_extended
                                        : guest->cpu->model->max_leaf)) {
            ck_assert_msg(!cpu_has(guest->cpu, f), "%s: %s is in a leaf beyond the last",
                          guest->cpu->model->name, feature_name(f));
            continue;
        }
        cpuid_query(guest->cpu, feature_bits[f].leaf, feature_bits[f].subleaf, regs);
        for (unsigned k = 1; k < F_COUNT; k++) {
            if (feature_bits[k].leaf != feature_bits[f].leaf ||
                feature_bits[k].subleaf != feature_bits[f].subleaf ||
                feature_bits[k].reg != feature_bits[f].reg)
                continue;
            known |= UINT32_C(1) << feature_bits[k].bit;
            if (cpu_has(guest->cpu, k))
                expected |= UINT32_C(1) << feature_bits[k].bit;
        }
        for (unsigned k = 0; k < ARRAY_SIZE(others); k++) {
            if (others[k].leaf == feature_bits[f].leaf && others[k].reg == feature_bits[f].reg &&
                !(known >> others[k].bit & 1))
                regs[others[k].reg] &= ~(UINT32_C(1) << others[k].bit);
        }
        ck_assert_msg(regs[feature_bits[f].reg] == expected,
                      "%s: leaf %x.%u register %u is %08x, the features say %08x",
                      guest->cpu->model->name, feature_bits[f].leaf, feature_bits[f].subleaf,
                      feature_bits[f].reg, regs[feature_bits[f].reg], expected);
    }
    guest_destroy(guest);
    buf_free(&error);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("models");
    TCase *tc = tcase_create("models");
    SRunner *runner;
    int failed, count = 0;

    while (cpuid_model((unsigned)count))
        count++;
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, no_encoding_decodes_to_a_row_that_the_model_lacks, 0, count);
    tcase_add_loop_test(tc, what_the_model_lacks_raises_ud, 0, count);
    tcase_add_test(tc, a_flag_that_is_taken_away_takes_its_rows_along);
    tcase_add_loop_test(tc, what_a_model_advertises_exists, 0, count);
    tcase_add_test(tc, every_feature_of_a_row_is_in_the_last_model);
    tcase_add_loop_test(tc, an_older_model_has_no_feature_that_a_newer_one_lacks, 0, count);
    tcase_add_loop_test(tc, cpuid_shows_the_features_of_the_model_and_no_others, 0, count);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
