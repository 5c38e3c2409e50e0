/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/silicon/report.c - the smallest case that still differs, its file, and the table. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cpu/disasm.h"
#include "tests/silicon/compare.h"
#include "tests/silicon/judge.h"
#include "tests/silicon/rules.h"
#include "tests/support/encode.h"
#include "util/bits.h"

/* Does the case still differ? */
static bool differs(struct judge *judge, const struct test_case *tc)
{
    static struct case_result host, model;

    return judge_once(judge, tc, &host, &model) && !compare_equal(&host, &model);
}

/* Set `bytes` at `at`, a part of *tc, to `plain`, if the case still differs then. */
static void try_plain(struct judge *judge, struct test_case *tc, void *at, const void *plain,
                      size_t bytes)
{
    uint8_t old[1024];

    if (bytes > sizeof old || !memcmp(at, plain, bytes))
        return;
    memcpy(old, at, bytes);
    memcpy(at, plain, bytes);
    if (!differs(judge, tc))
        memcpy(at, old, bytes);
}

static void shrink(struct judge *judge, struct test_case *tc)
{
    struct test_case plain;
    static const uint8_t zeros[1024];
    uint64_t flags = EFLAGS_ONE | IF;

    case_init(&plain, tc->bits);
    for (unsigned i = 0; i < tc->chunks; i++) /* whole pieces of memory first, then quadwords */
        try_plain(judge, tc, tc->pool + tc->chunk[i].offset, zeros,
                  tc->chunk[i].count < sizeof zeros ? tc->chunk[i].count : sizeof zeros);
    for (unsigned i = 0; i + 8 <= tc->pooled; i += 8)
        try_plain(judge, tc, tc->pool + i, zeros, 8);
    for (unsigned i = 0; i < 16; i++)
        try_plain(judge, tc, tc->state.vec[i], zeros, 32);
    for (unsigned i = 0; i < 16; i++)
        try_plain(judge, tc, &tc->state.gpr[i], zeros, 8);
    for (unsigned i = 0; i < 8; i++)
        try_plain(judge, tc, &tc->state.fpu.st[i], zeros, sizeof tc->state.fpu.st[i]);
    try_plain(judge, tc, &tc->state.fpu, &plain.state.fpu, sizeof plain.state.fpu);
    try_plain(judge, tc, &tc->state.fpu.fcw, &plain.state.fpu.fcw, 2);
    try_plain(judge, tc, &tc->state.fpu.fsw, zeros, 2);
    try_plain(judge, tc, &tc->state.fpu.ftw, zeros, 1);
    try_plain(judge, tc, &tc->state.fpu.fop, zeros, 2);
    try_plain(judge, tc, &tc->state.fpu.fip, zeros, 8);
    try_plain(judge, tc, &tc->state.fpu.fdp, zeros, 8);
    try_plain(judge, tc, &tc->state.mxcsr, &plain.state.mxcsr, 4);
    try_plain(judge, tc, &tc->state.rflags, &flags, 8);
    try_plain(judge, tc, &tc->state.fs_base, &plain.state.fs_base, 8);
    try_plain(judge, tc, &tc->state.gs_base, &plain.state.gs_base, 8);
}

static void print_bytes(struct out *out, const struct test_case *tc)
{
    for (unsigned i = 0; i < tc->length; i++)
        out_printf(out, "%02x ", tc->code[i]);
}

void report_difference(struct judge *judge, const struct row *row, const struct tally *tally)
{
    static struct case_result host, model;
    struct out *out = judge->out;
    struct test_case tc = tally->suspect->tc;
    uint64_t seed = tally->suspect->seed;
    struct buf text = { 0 };
    char name[128];
    struct out file;
    FILE *stream;

    disasm_bytes(tc.code, tc.length, encode_mode(tc.bits), tc.state.rip,
                 model_cpu(judge->model[0])->features, NULL, &text);
    out_printf(out, "%s, %u-bit code, seed %016" PRIx64 ": %" PRIu64 " of %" PRIu64 " differ\n  ",
               row->id, tc.bits, seed, tally->differences, tally->cases);
    print_bytes(out, &tc);
    out_printf(out, "   %s\n", buf_text(&text));
    buf_free(&text);
    if (!judge_once(judge, &tc, &host, &model)) {
        out_text(out, "    the host did not come back from it\n");
    } else if (compare_equal(&host, &model)) {
        out_text(out, "    a later run agrees: the host is not deterministic here\n");
        return;
    } else {
        shrink(judge, &tc);
        if (!judge_once(judge, &tc, &host, &model))
            out_text(out, "    the host did not come back from it\n");
        compare_print(&host, &model, out);
    }
    if (judge->options.write)
        snprintf(name, sizeof name, "%s", judge->options.write);
    else
        snprintf(name, sizeof name, "silicon-%s-%016" PRIx64 ".case", row->id, seed);
    stream = fopen(name, "w");
    if (!stream) {
        out_printf(out, "    %s: %s\n", name, strerror(errno));
        return;
    }
    out_to_file(&file, stream);
    case_write(&tc, &host, &file);
    fclose(stream);
    out_printf(out, "    case file: %s\n", name);
}

void report_table(struct judge *judge)
{
    static const char *const groups[] = { "integer", "string", "branch", "privileged", "x87",
                                          "mmx",     "sse",    "avx",    "vex-gpr" };
    struct out *out = judge->out;

    out_printf(out, "%-12s %6s %12s %12s %12s %8s %8s\n", "group", "rows", "cases", "faults",
               "differences", "excluded", "skipped");
    for (unsigned g = 0; g < ARRAY_SIZE(groups); g++) {
        uint64_t rows = 0, cases = 0, faults = 0, differences = 0, excluded = 0, skipped = 0;

        for (unsigned i = 1; i < insn_row_count; i++) {
            const struct tally *t = &judge->tally[i * MODES];
            uint64_t wanted = t[0].wanted + t[1].wanted + t[2].wanted;

            if (strcmp(judge_group(&insn_rows[i]), groups[g]) != 0)
                continue;
            if (rule_excludes(&insn_rows[i]))
                excluded++;
            else if (judge_skips(judge, &insn_rows[i]))
                skipped++;
            if (!wanted)
                continue;
            rows++;
            for (unsigned m = 0; m < MODES; m++) {
                cases += t[m].cases;
                faults += t[m].faults;
                differences += t[m].differences;
            }
        }
        out_printf(out,
                   "%-12s %6" PRIu64 " %12" PRIu64 " %12" PRIu64 " %12" PRIu64 " %8" PRIu64
                   " %8" PRIu64 "\n",
                   groups[g], rows, cases, faults, differences, excluded, skipped);
    }
    for (unsigned i = 0; i < rejection_count; i++)
        if (judge->rejected[i])
            out_printf(out, "left out: %6" PRIu64 " cases: %s\n", judge->rejected[i],
                       rejection_reason(i));
    for (unsigned i = 0; i < rule_count; i++)
        if (judge->rule_used[i])
            out_printf(out, "rule: %10" PRIu64 " cases: %s\n", judge->rule_used[i], rule_reason(i));
}

void report_undefined(struct judge *judge)
{
    static const struct {
        unsigned bit;
        const char *name;
    } flags[] = { { 0, "CF" }, { 2, "PF" }, { 4, "AF" }, { 6, "ZF" }, { 7, "SF" }, { 11, "OF" } };

    out_text(judge->out, "undefined flags: cases in which interpreter and host differ, of all\n");
    for (unsigned i = 1; i < insn_row_count; i++) {
        bool any = false;

        for (unsigned f = 0; f < ARRAY_SIZE(flags); f++) {
            uint64_t same = 0, other = 0;

            for (unsigned m = 0; m < MODES; m++) {
                same += judge->tally[i * MODES + m].flag_agrees[flags[f].bit];
                other += judge->tally[i * MODES + m].flag_differs[flags[f].bit];
            }
            if (!same && !other)
                continue;
            if (!any)
                out_printf(judge->out, "  %-20s", insn_rows[i].id);
            any = true;
            if (other)
                out_printf(judge->out, "  %s %" PRIu64 "/%" PRIu64, flags[f].name, other,
                           same + other);
            else
                out_printf(judge->out, "  %s equal", flags[f].name);
        }
        if (any)
            out_text(judge->out, "\n");
    }
}
