/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/fuse.c - CMP or TEST of registers and immediates, followed by Jcc, as one handler: the flags
 * are stored as ever, but the branch looks at the operands. Neither half can fault after it has
 * changed something, so instruction boundaries stay exact: a trace that does not fit the limit is
 * run singly, and single traces are not fused.
 */
#include "cpu/exec.h"
#include "cpu/insn_table.h"

/* The condition of Jcc after CMP a, b. */
ALWAYS_INLINE bool cmp_condition(uint64_t a, uint64_t b, unsigned size, unsigned code)
{
    int64_t sa = sign_extend(a, size), sb = sign_extend(b, size);

    switch (code) {
    case 0x2:
        return a < b;
    case 0x3:
        return a >= b;
    case 0x4:
        return a == b;
    case 0x5:
        return a != b;
    case 0x6:
        return a <= b;
    case 0x7:
        return a > b;
    case 0x8:
        return sign_extend(a - b, size) < 0;
    case 0x9:
        return sign_extend(a - b, size) >= 0;
    case 0xc:
        return sa < sb;
    case 0xd:
        return sa >= sb;
    case 0xe:
        return sa <= sb;
    default:
        return sa > sb;
    }
}

/* The same after TEST: CF and OF are clear. */
ALWAYS_INLINE bool test_condition(uint64_t result, unsigned size, unsigned code)
{
    int64_t r = sign_extend(result, size);

    switch (code) {
    case 0x2:
        return false;
    case 0x3:
        return true;
    case 0x4:
    case 0x6:
        return r == 0;
    case 0x5:
    case 0x7:
        return r != 0;
    case 0x8:
    case 0xc:
        return r < 0;
    case 0x9:
    case 0xd:
        return r >= 0;
    case 0xe:
        return r <= 0;
    default:
        return r > 0;
    }
}

ALWAYS_INLINE enum exec fused(struct cpu *cpu, struct insn *insn, bool test, bool immediate,
                              unsigned size, unsigned code)
{
    uint64_t a = gpr_read(cpu, insn->dst, size);
    uint64_t b = immediate ? zero_extend(insn->imm, size) : gpr_read(cpu, insn->src, size);
    bool taken;
    uint64_t rip;

    if (test) {
        flags_set_logic(cpu, a & b, size);
        taken = test_condition(a & b, size, code);
    } else {
        flags_set_sub(cpu, a, b, a - b, size);
        taken = cmp_condition(a, b, size, code);
    }
    if (!taken) {
        insn++;
        NEXT(cpu, insn);
    }
    insn++;
    rip = insn_next_rip(cpu, insn) + (uint64_t)(int64_t)insn->disp;
    if (unlikely(!insn->link && !branch_target_ok(cpu, rip)))
        return EXEC_FAULT;
    cpu->remaining += insn->left - 1;
    return exec_direct(cpu, insn, rip, true);
}

/* Handlers for the twelve conditions that do not ask for OF or PF alone. */
#define FUSED_(name, test, immediate, size, code)                                                  \
    static enum exec name##_##size##_##code(struct cpu *cpu, struct insn *insn)                    \
    {                                                                                              \
        return fused(cpu, insn, test, immediate, size, 0x##code);                                  \
    }
#define FUSED_CODES_(name, test, immediate, size)                                                  \
    FUSED_(name, test, immediate, size, 2)                                                         \
    FUSED_(name, test, immediate, size, 3)                                                         \
    FUSED_(name, test, immediate, size, 4)                                                         \
    FUSED_(name, test, immediate, size, 5)                                                         \
    FUSED_(name, test, immediate, size, 6)                                                         \
    FUSED_(name, test, immediate, size, 7)                                                         \
    FUSED_(name, test, immediate, size, 8)                                                         \
    FUSED_(name, test, immediate, size, 9)                                                         \
    FUSED_(name, test, immediate, size, c)                                                         \
    FUSED_(name, test, immediate, size, d)                                                         \
    FUSED_(name, test, immediate, size, e)                                                         \
    FUSED_(name, test, immediate, size, f)
#define FUSED_ROW_(name, size)                                                                     \
    {                                                                                              \
        NULL, NULL, name##_##size##_2, name##_##size##_3, name##_##size##_4, name##_##size##_5,    \
            name##_##size##_6, name##_##size##_7, name##_##size##_8, name##_##size##_9, NULL,      \
            NULL, name##_##size##_c, name##_##size##_d, name##_##size##_e, name##_##size##_f       \
    }
#define FUSED(name, test, immediate)                                                               \
    FUSED_CODES_(name, test, immediate, 1)                                                         \
    FUSED_CODES_(name, test, immediate, 2)                                                         \
    FUSED_CODES_(name, test, immediate, 4)                                                         \
    FUSED_CODES_(name, test, immediate, 8)                                                         \
    static const exec_fn name##_table[4][16] = { FUSED_ROW_(name, 1), FUSED_ROW_(name, 2),         \
                                                 FUSED_ROW_(name, 4), FUSED_ROW_(name, 8) };
FUSED(cmp_jcc_r, false, false)
FUSED(cmp_jcc_i, false, true)
FUSED(test_jcc_r, true, false)
FUSED(test_jcc_i, true, true)

/* log2 of the size if insn's handler is one of those of `handlers` for `form`, else 4. */
static unsigned size_of_form(const struct insn *insn, const struct handlers *handlers,
                             enum form form)
{
    unsigned n = 0;

    while (n < 4 && handlers->fn[form][n] != insn->exec)
        n++;
    return n;
}

static void fuse_pair(struct insn *insn)
{
    static const struct {
        const struct handlers *handlers;
        enum form form;
        const exec_fn (*table)[16];
    } kinds[] = {
        { &exec_cmp, FORM_R_R, cmp_jcc_r_table },
        { &exec_cmp, FORM_R_I, cmp_jcc_i_table },
        { &exec_test, FORM_R_R, test_jcc_r_table },
        { &exec_test, FORM_R_I, test_jcc_i_table },
    };
    uint32_t opcode = insn_row(insn + 1)->opcode;

    if (!opc_is_jcc(opcode))
        return;
    for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
        unsigned n;

        if (insn_row(insn)->handlers != kinds[i].handlers)
            continue;
        n = size_of_form(insn, kinds[i].handlers, kinds[i].form);
        if (n < 4 && kinds[i].table[n][opcode & 15]) {
            insn->exec = kinds[i].table[n][opcode & 15];
            return;
        }
    }
}

void fuse_trace(struct trace *trace, unsigned slots)
{
    if (!(trace->mode & MODE_CODE64) || (trace->mode & MODE_ALONE))
        return;
    for (unsigned i = 0; i + 1 < slots; i++) {
        if (trace->insns[i].length && trace->insns[i + 1].length)
            fuse_pair(&trace->insns[i]);
    }
}
