/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/silicon/judge.c - cases of all rows through both worlds. The interpreter goes first: what
 * does not end there, or reaches for memory outside the low 4 GiB, never gets to the host. While
 * the child runs one batch, the next is made.
 */
#include "tests/silicon/judge.h"

#include <stdlib.h>
#include <string.h>

#include "cpu/access.h"
#include "tests/silicon/compare.h"
#include "tests/silicon/generate.h"
#include "tests/silicon/rules.h"
#include "util/bits.h"

const unsigned judge_bits[MODES] = { 64, 32, 16 };

/* What the runner keeps of a case in a batch. */
struct pending {
    unsigned row, mode;
    uint64_t seed;
    struct insn insn;
    struct case_result model;
};

struct run {
    struct judge *judge;
    struct pending pending[2][NATIVE_BATCH];
    unsigned count[2];
    unsigned filling;
};

const char *judge_group(const struct row *row)
{
    if (row->attributes & A_AVX)
        return "avx";
    if (row->attributes & A_SSE)
        return "sse";
    if (row->attributes & A_MMX)
        return "mmx";
    if (row->attributes & A_FPU)
        return "x87";
    if (row->attributes & (A_REP | A_REPZ))
        return "string";
    if (row->attributes & (A_CPL0 | A_IO))
        return "privileged";
    if (row->attributes & (A_BRANCH | A_CALL | A_RET | A_END))
        return "branch";
    if (OPC_IS_VEX(row->opcode))
        return "vex-gpr";
    return "integer";
}

const char *judge_skips(const struct judge *judge, const struct row *row)
{
    if (!native_has_feature(row->feature))
        return "the host has it not";
    if (row->feature && !cpu_has(model_cpu(judge->model[0]), row->feature))
        return "the model has it not";
    if (!native_abilities(judge->native)->descriptors && rule_asks_descriptors(row))
        return "the host's descriptor tables are not those of Linux";
    return NULL;
}

static bool is_selected(const struct judge *judge, const struct row *row)
{
    const struct judge_options *o = &judge->options;

    if (o->group && strcmp(o->group, judge_group(row)) != 0)
        return false;
    if (o->row) {
        size_t length = strlen(o->row);

        if (length && o->row[length - 1] == '*')
            return !strncmp(row->id, o->row, length - 1);
        return !strcmp(row->id, o->row);
    }
    return true;
}

static bool names_gpr(const struct row *row)
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned kind = OP_KIND(row->operands[i]);

        if (kind == K_E || kind == K_G || kind == K_B || kind == K_R)
            return true;
    }
    return false;
}

/* W = 1 is for vectors only outside 64-bit mode. */
static bool mode_fits(const struct row *row, unsigned mode)
{
    if (mode == 0)
        return !(row->attributes & A_NO64);
    return !(row->attributes & A_ONLY64) &&
           (OPC_W(row->opcode) != 2 || (OPC_IS_VEX(row->opcode) && !names_gpr(row)));
}

/* How many cases of each mode: as many of 64-bit code as of the two others. */
static void share_out(struct judge *judge, unsigned number)
{
    const struct row *row = &insn_rows[number];
    const struct native_abilities *abilities = native_abilities(judge->native);
    struct tally *tally = &judge->tally[number * MODES];
    unsigned weight[MODES], total = 0;

    for (unsigned i = 0; i < MODES; i++) {
        bool wanted = !judge->options.bits || judge->options.bits == judge_bits[i];

        weight[i] = wanted && mode_fits(row, i) && abilities->code[judge_bits[i]] ? i ? 1 : 2 : 0;
        total += weight[i];
    }
    for (unsigned i = 0; i < MODES; i++)
        tally[i].wanted = total ? (judge->options.cases * weight[i] + total - 1) / total : 0;
}

struct judge *judge_create(const struct judge_options *options, struct out *out, struct buf *error)
{
    struct judge *judge = xcalloc(1, sizeof *judge);

    judge->options = *options;
    judge->out = out;
    for (unsigned i = 0; i < MODES; i++) {
        judge->model[i] = model_create(judge_bits[i], options->broken, error);
        if (!judge->model[i]) {
            free(judge);
            return NULL;
        }
    }
    judge->native = native_create();
    judge->tally = xcalloc((size_t)insn_row_count * MODES, sizeof *judge->tally);
    for (unsigned i = 1; i < insn_row_count; i++) {
        if (!is_selected(judge, &insn_rows[i]))
            continue;
        judge->selected_rows++;
        if (rule_excludes(&insn_rows[i]))
            judge->excluded_rows++;
        else if (judge_skips(judge, &insn_rows[i]))
            judge->skipped_rows++;
        else
            share_out(judge, i);
    }
    return judge;
}

void judge_destroy(struct judge *judge)
{
    for (unsigned i = 0; i < insn_row_count * MODES; i++)
        free(judge->tally[i].suspect);
    free(judge->tally);
    for (unsigned i = 0; i < MODES; i++)
        model_destroy(judge->model[i]);
    native_destroy(judge->native);
    free(judge);
}

static unsigned mode_index(unsigned bits)
{
    return bits == 64 ? 0 : bits == 32 ? 1 : 2;
}

/* Run in the interpreter; false: not to be shown to the host. */
static bool model_accepts(struct judge *judge, const struct test_case *tc, const struct insn *insn,
                          struct case_result *result)
{
    const struct row *row = insn_row(insn);
    bool repeats = insn->rep && (row->attributes & (A_REP | A_REPZ));

    return model_run(judge->model[mode_index(tc->bits)], tc, repeats, result) == MODEL_ENDED;
}

static void note_undefined(struct tally *tally, const struct row *row,
                           const struct case_result *host, const struct case_result *model)
{
    uint64_t differs = host->state.rflags ^ model->state.rflags;

    for (unsigned i = 0; i < 12; i++) {
        if (!(row->flags_undefined >> i & 1))
            continue;
        if (differs >> i & 1)
            tally->flag_differs[i]++;
        else
            tally->flag_agrees[i]++;
    }
}

static void compare_batch(struct run *run, unsigned batch)
{
    struct judge *judge = run->judge;
    struct native_slot *slots = native_slots(judge->native, batch);

    for (unsigned i = 0; i < run->count[batch]; i++) {
        struct pending *p = &run->pending[batch][i];
        struct tally *tally = &judge->tally[p->row * MODES + p->mode];
        struct native_slot *slot = &slots[i];
        bool equal;

        tally->cases++;
        if (slot->broken) {
            judge->broken++;
            equal = false;
        } else {
            compare_normalise(&slot->tc, &slot->host, true);
            compare_normalise(&slot->tc, &p->model, false);
            if (slot->host.vector == VEC_BP || slot->host.vector == VEC_PF)
                note_undefined(tally, &insn_rows[p->row], &slot->host, &p->model);
            rule_adjust(&p->insn, &slot->tc, &slot->host, &p->model, judge->rule_used);
            equal = compare_equal(&slot->host, &p->model);
            tally->faults += slot->host.vector != VEC_BP;
        }
        if (equal)
            continue;
        tally->differences++;
        if (!tally->suspect)
            tally->suspect = xcalloc(SUSPECTS, sizeof *tally->suspect);
        if (!tally->suspects || (tally->suspects < SUSPECTS && judge->suspects < SUSPECTS_OF_ALL)) {
            tally->suspect[tally->suspects++] = (struct suspect){ p->seed, slot->tc };
            judge->suspects++;
        }
    }
    run->count[batch] = 0;
}

/* The batch that is full goes to the host; the one that is there comes back. */
static void turn(struct run *run)
{
    unsigned batch = run->filling;

    native_wait(run->judge->native);
    native_start(run->judge->native, batch, run->count[batch]);
    compare_batch(run, 1 - batch);
    run->filling = 1 - batch;
}

/* Not all hosts enter a program whose RSP is not canonical; and some have state beside AVX's, which
 * their XSAVE saves when it is asked for everything. */
static bool host_takes(const struct judge *judge, const struct test_case *tc, const struct row *row)
{
    const struct native_abilities *host = native_abilities(judge->native);
    uint64_t asked = (uint32_t)tc->state.gpr[RAX] | tc->state.gpr[RDX] << 32;

    if (tc->bits == 64 && !host->any_stack_pointer && !canonical_48(tc->state.gpr[RSP]))
        return false;
    return strncmp(row->id, "xsave", 5) != 0 ||
           !(asked & host->xcr0 & ~(uint64_t)(XCR0_X87 | XCR0_AVX_STATE));
}

static void run_row(struct run *run, unsigned number, unsigned mode)
{
    struct judge *judge = run->judge;
    const struct row *row = &insn_rows[number];
    struct tally *tally = &judge->tally[number * MODES + mode];
    const uint64_t *features = model_cpu(judge->model[mode])->features;
    unsigned bits = judge_bits[mode];
    uint64_t accepted = 0;
    bool asks_bases = rule_asks_bases(row);

    for (uint64_t n = 0; accepted < tally->wanted && n < 60 * tally->wanted + 2000; n++) {
        unsigned batch = run->filling;
        struct pending *p = &run->pending[batch][run->count[batch]];
        struct native_slot *slot = &native_slots(judge->native, batch)[run->count[batch]];
        struct maker maker;

        tally->tries++;
        p->seed = rng_mix(judge->options.seed, row->id, bits, n);
        if (!generate_case(&maker, row, bits, features, p->seed, &slot->tc))
            continue;
        p->insn = maker.e.insn;
        p->row = number;
        p->mode = mode;
        slot->asks_bases = asks_bases;
        if (!host_takes(judge, &slot->tc, row)) {
            judge->not_entered++;
            continue;
        }
        if (rule_rejects(&p->insn, &slot->tc, judge->rejected)) {
            tally->rejected++;
            continue;
        }
        if (!model_accepts(judge, &slot->tc, &p->insn, &p->model))
            continue;
        accepted++;
        if (++run->count[batch] == NATIVE_BATCH)
            turn(run);
    }
}

/*
 * What differed is run again: between two instructions the host's kernel may have saved and restored
 * the state, and lost what has no place in its image. A case that the host does not repeat is none.
 */
static void question(struct judge *judge, struct tally *tally)
{
    static struct case_result host, model;
    unsigned kept = 0;

    for (unsigned i = 0; i < tally->suspects; i++) {
        if (judge_once(judge, &tally->suspect[i].tc, &host, &model) &&
            compare_equal(&host, &model)) {
            judge->unrepeated++;
            tally->differences--;
            tally->cases--;
            tally->wanted--;
            continue;
        }
        tally->suspect[kept++] = tally->suspect[i];
    }
    tally->suspects = kept;
}

void judge_run(struct judge *judge)
{
    struct run *run = xcalloc(1, sizeof *run);

    run->judge = judge;
    for (unsigned i = 1; i < insn_row_count; i++) {
        for (unsigned mode = 0; mode < MODES; mode++) {
            if (judge->tally[i * MODES + mode].wanted)
                run_row(run, i, mode);
        }
    }
    turn(run);
    turn(run);
    native_wait(judge->native);
    for (unsigned i = 0; i < insn_row_count * MODES; i++)
        question(judge, &judge->tally[i]);
    free(run);
}

bool judge_once(struct judge *judge, const struct test_case *tc, struct case_result *host,
                struct case_result *model)
{
    struct native_slot *slot = &native_slots(judge->native, 0)[0];
    uint64_t used[32] = { 0 };
    struct insn insn;
    enum decode decoded =
        decode_insn(tc->code, tc->length, encode_mode(tc->bits),
                    model_cpu(judge->model[mode_index(tc->bits)])->features, &insn);

    if (decoded != DECODE_OK && decoded != DECODE_LOCK)
        return false;
    if (!model_accepts(judge, tc, &insn, model))
        return false;
    slot->tc = *tc;
    slot->asks_bases = rule_asks_bases(insn_row(&insn));
    native_start(judge->native, 0, 1);
    native_wait(judge->native);
    if (slot->broken)
        return false;
    *host = slot->host;
    compare_normalise(tc, host, true);
    compare_normalise(tc, model, false);
    rule_adjust(&insn, tc, host, model, used);
    return true;
}
