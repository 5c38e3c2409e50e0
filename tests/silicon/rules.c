/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/silicon/rules.c - what the host processor cannot judge, and where processors differ. */
#include "tests/silicon/rules.h"

#include <string.h>

#include "cpu/x87.h"

/* ---- rows without a judge ---- */

static const struct {
    const char *prefix; /* of the row's id */
    const char *reason;
} excluded[] = {
    { "syscall", "enters the host's kernel" },
    { "sysenter", "enters the host's kernel" },
    { "int1", "#DB belongs to the host's kernel" },
    { "sgdt", "the kernel answers for the processor (UMIP)" },
    { "sidt", "the kernel answers for the processor (UMIP)" },
    { "sldt", "the kernel answers for the processor (UMIP)" },
    { "str_", "the kernel answers for the processor (UMIP)" },
    { "smsw", "the kernel answers for the processor (UMIP)" },
    { "cpuid", "its result is the processor's own" },
    { "rdtsc", "its result is the processor's own" },
    { "rdpmc", "its result is the processor's own" },
    { "rdrand", "its result is the processor's own" },
    { "rdseed", "its result is the processor's own" },
    { "rdpid", "its result is the processor's own" },
    { "xgetbv", "its result is the processor's own" },
};

const char *rule_excludes(const struct row *row)
{
    for (unsigned i = 0; i < ARRAY_SIZE(excluded); i++) {
        if (!strncmp(row->id, excluded[i].prefix, strlen(excluded[i].prefix)))
            return excluded[i].reason;
    }
    return NULL;
}

/* ---- where processors differ ---- */

struct judged {
    const struct insn *insn;
    const struct row *row;
    const struct test_case *tc;
    const struct case_result *host;
    struct case_result *model;
};

/* The flags that the row calls undefined. */
static bool undefined_flags(struct judged *j)
{
    uint64_t mask = j->row->flags_undefined;
    uint64_t difference = (j->host->state.rflags ^ j->model->state.rflags) & mask;

    j->model->state.rflags ^= difference;
    return difference;
}

/* RF in a saved image: set by the processor when it pushes the flags of a fault. */
static bool resume_flag(struct judged *j)
{
    uint64_t difference = (j->host->state.rflags ^ j->model->state.rflags) & RF;

    j->model->state.rflags ^= difference;
    return difference;
}

/*
 * AMD: FXSAVE, XSAVE, and so the frame of a signal, hold zeros for the last opcode and pointers
 * unless an unmasked exception is pending. (What they are, FNSTENV behind the instruction tells.)
 */
static bool hidden_pointers(struct judged *j)
{
    const struct fpu *host = &j->host->state.fpu;
    struct fpu *model = &j->model->state.fpu;

    if (host->fsw & FSW_ES || host->fop || host->fip || host->fdp ||
        !(model->fop || model->fip || model->fdp))
        return false;
    model->fop = 0;
    model->fip = model->fdp = 0;
    return true;
}

static const struct {
    bool (*apply)(struct judged *);
    const char *reason;
} rules[] = {
    { resume_flag, "RF as pushed by a fault: the interpreter was stopped before it pushes" },
    { hidden_pointers, "AMD shows the x87 pointers in a saved image while ES is set only" },
    { undefined_flags, "flags that the manual leaves undefined" },
};
const unsigned rule_count = ARRAY_SIZE(rules);

const char *rule_reason(unsigned rule)
{
    return rules[rule].reason;
}

void rule_adjust(const struct insn *insn, const struct test_case *tc,
                 const struct case_result *host, struct case_result *model, uint64_t *used)
{
    struct judged j = { insn, insn_row(insn), tc, host, model };

    for (unsigned i = 0; i < rule_count; i++)
        used[i] += rules[i].apply(&j);
}
