/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_insn_table.c - the instruction table agrees with itself, and the decoder with the
 * table: every row can be met, no two rows claim one encoding by accident, and whatever decodes has
 * a handler.
 */
#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/decode.h"
#include "cpu/decode_evex.h"
#include "cpu/exec.h"
#include "util/buf.h"

#define PREFIX_KINDS 4 /* none, 66, F3, F2 */
#define OPCODES 0x800
#define VECTOR_INDEX 7 /* the index of every SIB byte; VEX.vvvv is register 0 */

/* Everything that a row's conditions can ask about. */
struct encoding {
    unsigned prefix; /* 0 none, 1 66, 2 F3, 3 F2 */
    bool code64, rex_w, rex_b;
    bool l, sib16;   /* VEX.L; an address size that has no SIB byte */
    unsigned opcode; /* map and byte */
    uint8_t modrm;
};

static bool has_general_register(const struct row *row)
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned kind = OP_KIND(row->operands[i]);

        if (kind == K_E || kind == K_G || kind == K_R)
            return true;
    }
    return false;
}

/* The meaning of insn_codes.h once more, independent of the decoder. */
static bool conditions_hold(const struct row *row, const struct encoding *e)
{
    uint32_t op = row->opcode;
    bool is_register = e->modrm >> 6 == 3;
    bool special = false;
    bool w = e->rex_w && (e->code64 || !has_general_register(row));

    switch (OPC_PREFIX(op)) {
    case OPC_PREFIX(NP):
    case OPC_PREFIX(P66):
    case OPC_PREFIX(PF3):
    case OPC_PREFIX(PF2):
        if (e->prefix != OPC_PREFIX(op) - 1u)
            return false;
        break;
    case OPC_PREFIX(NOREP):
        if (e->prefix > 1)
            return false;
        break;
    default:
        break;
    }
    if ((row->attributes & A_NO64 && e->code64) || (row->attributes & A_ONLY64 && !e->code64))
        return false;
    if ((OPC_W(op) == OPC_W(W0) && w) || (OPC_W(op) == OPC_W(W1) && !w))
        return false;
    if ((OPC_L(op) == OPC_L(L0) && e->l) || (OPC_L(op) == OPC_L(L1) && !e->l))
        return false;
    if (!row_has_modrm(row))
        return !OPC_RM(op) || OPC_RM(op) - 1u == (e->opcode & 7u) + (e->rex_b ? 8 : 0);
    if (OPC_REG(op) && OPC_REG(op) - 1u != (e->modrm >> 3 & 7))
        return false;
    if (OPC_RM(op) && OPC_RM(op) - 1u != (e->modrm & 7))
        return false;
    if ((OPC_MOD(op) == OPC_MOD(MEM_ONLY) && is_register) ||
        (OPC_MOD(op) == OPC_MOD(REG_ONLY) && !is_register))
        return false;
    for (unsigned i = 0; i < 4; i++)
        special |= OP_KIND(row->operands[i]) == K_C || OP_KIND(row->operands[i]) == K_D;
    for (unsigned i = 0; i < 4 && !special; i++) {
        switch (OP_KIND(row->operands[i])) {
        case K_VM: /* a gather, whose three registers differ: see VECTOR_INDEX */
            if (is_register || (e->modrm & 7) != 4 || e->sib16 || (e->modrm >> 3 & 7) == 0 ||
                (e->modrm >> 3 & 7) == VECTOR_INDEX)
                return false;
            break;
        case K_M:
            if (is_register)
                return false;
            break;
        case K_R:
        case K_U:
        case K_N:
        case K_STI:
            if (!is_register)
                return false;
            break;
        default:
            break;
        }
    }
    return true;
}

/* All encodings of one opcode (map and byte): call next_encoding() until it is false. */
static bool next_encoding(struct encoding *e, bool has_modrm)
{
    if (has_modrm && ++e->modrm)
        return true;
    e->rex_b = !e->rex_b && e->code64;
    if (e->rex_b)
        return true;
    e->rex_w = !e->rex_w && (e->code64 || e->opcode & 0x400);
    if (e->rex_w)
        return true;
    e->l = !e->l && e->opcode & 0x400;
    if (e->l)
        return true;
    e->code64 = !e->code64;
    if (e->code64)
        return true;
    return ++e->prefix < PREFIX_KINDS;
}

/* Two rows of one opcode: in which of its encodings does each hold, and both? */
static void count_overlap(const struct row *a, const struct row *b, unsigned opcode,
                          unsigned *only_a, unsigned *only_b, unsigned *both)
{
    struct encoding e = { .opcode = opcode };

    *only_a = *only_b = *both = 0;
    do {
        bool in_a = conditions_hold(a, &e), in_b = conditions_hold(b, &e);

        *only_a += in_a && !in_b;
        *only_b += in_b && !in_a;
        *both += in_a && in_b;
    } while (next_encoding(&e, row_has_modrm(a)));
}

/* "Rows are tried in order": F3 90 is PAUSE, also where NOP would hold, and so with REX.B. */
static bool overlap_is_meant(const struct row *a, const struct row *b)
{
    return !strcmp(a->id, "pause") && (!strcmp(b->id, "nop") || !strcmp(b->id, "xchg_Zv_rAX"));
}

START_TEST(rows_of_one_opcode_are_apart_or_special_before_general)
{
    for (unsigned op = 0; op < OPCODES; op++) {
        const uint16_t *rows = insn_candidates(op);

        for (unsigned i = 0; rows[i]; i++) {
            for (unsigned k = i + 1; rows[k]; k++) {
                const struct row *a = &insn_rows[rows[i]], *b = &insn_rows[rows[k]];
                unsigned only_a, only_b, both;

                count_overlap(a, b, op, &only_a, &only_b, &both);
                if (!both || overlap_is_meant(a, b))
                    continue;
                ck_assert_msg(only_b, "%s leaves nothing for %s", a->id, b->id);
                ck_assert_msg(!only_a, "%s and %s overlap, neither is a case of the other", a->id,
                              b->id);
            }
        }
    }
}
END_TEST

START_TEST(rows_of_one_opcode_agree_on_modrm)
{
    for (unsigned op = 0; op < OPCODES; op++) {
        const uint16_t *rows = insn_candidates(op);

        for (unsigned i = 1; rows[0] && rows[i]; i++)
            ck_assert_msg(row_has_modrm(&insn_rows[rows[0]]) == row_has_modrm(&insn_rows[rows[i]]),
                          "%s and %s: one has a ModRM byte", insn_rows[rows[0]].id,
                          insn_rows[rows[i]].id);
    }
}
END_TEST

START_TEST(the_index_leads_to_every_row)
{
    for (unsigned n = 1; n < insn_row_count; n++) {
        unsigned op = OPC_INDEX(insn_rows[n].opcode), last = op;
        bool found;

        ck_assert_msg(op < 0x400 || op >= 0x500, "%s: no such map", insn_rows[n].id);
        if (insn_rows[n].opcode & PLUS_R)
            last |= 7;
        for (; op <= last; op++) {
            found = false;
            for (const uint16_t *row = insn_candidates(op); *row; row++)
                found |= *row == n;
            ck_assert_msg(found, "%s is not in the index at %03x", insn_rows[n].id, op);
        }
    }
}
END_TEST

/* Everything before the ModRM byte. Returns the number of bytes. */
static unsigned put_opcode(uint8_t *bytes, const struct encoding *e)
{
    static const uint8_t prefix_bytes[PREFIX_KINDS] = { 0, 0x66, 0xf3, 0xf2 };
    unsigned at = 0;

    if (e->opcode & 0x400) {
        bytes[at++] = 0xc4;
        bytes[at++] = (uint8_t)(0xc0 | (e->rex_b ? 0 : 0x20) | (e->opcode >> 8 & 3));
        bytes[at++] = (uint8_t)((e->rex_w ? 0x80 : 0) | 0x78 | (e->l ? 4 : 0) | e->prefix);
    } else {
        if (e->prefix)
            bytes[at++] = prefix_bytes[e->prefix];
        if (e->rex_w || e->rex_b)
            bytes[at++] = (uint8_t)(0x40 | (e->rex_b ? 1 : 0) | (e->rex_w ? 8 : 0));
        if (e->opcode >= 0x100)
            bytes[at++] = 0x0f;
        if (e->opcode >= 0x200)
            bytes[at++] = e->opcode >= 0x300 ? 0x3a : 0x38;
    }
    bytes[at++] = (uint8_t)e->opcode;
    return at;
}

/*
 * Decode every opcode with every ModRM byte, prefix, address size, segment and REX or VEX that
 * chooses a row or a handler, in all modes.
 */
static void decode_everything(void (*visit)(void *context, const struct encoding *e,
                                            enum decode result, const struct insn *insn),
                              void *context)
{
    static const unsigned modes[] = { MODE_CODE16, MODE_CODE32, MODE_CODE64 };

    for (unsigned variant = 0; variant < 3 * PREFIX_KINDS * 32; variant++) {
        unsigned mode = modes[variant % 3], prefix = variant / 3 % PREFIX_KINDS;
        unsigned bits = variant / 3 / PREFIX_KINDS; /* B, W, 67h, FS, VEX.L */
        uint8_t bytes[24] = { 0 };
        unsigned start = 0;

        if (bits & 4)
            bytes[start++] = 0x67;
        if (bits & 8)
            bytes[start++] = 0x64;
        for (unsigned op = 0; op < OPCODES; op++) {
            const uint16_t *rows = insn_candidates(op);
            bool vex = op & 0x400, skip = mode == MODE_CODE64 && (op & ~15u) == 0x40; /* REX */
            unsigned last = rows[0] && row_has_modrm(&insn_rows[rows[0]]) ? 255 : 0;
            struct encoding e = {
                .prefix = prefix,
                .code64 = mode == MODE_CODE64,
                .rex_w = (bits & 2) != 0,
                .rex_b = (bits & 1) != 0,
                .l = (bits & 16) != 0,
                .sib16 = mode == MODE_CODE64 ? false : (mode == MODE_CODE16) != ((bits & 4) != 0),
                .opcode = op,
            };
            unsigned at = start + put_opcode(bytes + start, &e);

            if ((e.l && !vex) || (mode != MODE_CODE64 && (e.rex_b || (e.rex_w && !vex))))
                skip = true;
            for (unsigned modrm = 0; rows[0] && !skip && modrm <= last; modrm++) {
                struct insn insn;
                enum decode result;

                e.modrm = (uint8_t)modrm;
                bytes[at] = e.modrm;
                bytes[at + 1] = VECTOR_INDEX << 3;
                result = decode_insn(bytes, 15, mode, NULL, &insn);
                visit(context, &e, result, &insn);
            }
            memset(bytes + start, 0, sizeof bytes - start);
        }
    }
}

static void has_handler(void *context, const struct encoding *e, enum decode result,
                        const struct insn *insn)
{
    bool *seen = context;

    (void)e;
    /* No ck_assert in here: Check notes each one in a file, and these are millions. */
    if (result != DECODE_OK && result != DECODE_UNDEFINED)
        ck_abort_msg("%s: decode result %d", insn_rows[insn->row].id, result);
    if (!insn->exec)
        ck_abort_msg("%s: no handler for operand size %u, %s form", insn_rows[insn->row].id,
                     8u << insn->opsize, insn->mem ? "memory" : "register");
    if (result == DECODE_OK)
        seen[insn->row] = true;
    else if (insn->exec != exec_bad.any && !insn_is_evex(insn))
        ck_abort_msg("an undefined opcode does not raise #UD");
}

START_TEST(whatever_decodes_has_a_handler_and_every_row_is_met)
{
    bool *seen = xcalloc(insn_row_count, sizeof *seen);

    decode_everything(has_handler, seen);
    for (unsigned n = 1; n < insn_row_count; n++)
        ck_assert_msg(seen[n], "no bytes decode to %s", insn_rows[n].id);
    free(seen);
}
END_TEST

/* MOV with CS, CR1, DR8 ... fits its row and is undefined all the same. */
static bool has_special_register(const struct row *row)
{
    for (unsigned i = 0; i < 2; i++) {
        unsigned kind = OP_KIND(row->operands[i]);

        if (kind == K_S || kind == K_C || kind == K_D)
            return true;
    }
    return false;
}

static void is_first_match(void *context, const struct encoding *e, enum decode result,
                           const struct insn *insn)
{
    const uint16_t *n = insn_candidates(e->opcode);

    (void)context;
    while (*n && !conditions_hold(&insn_rows[*n], e))
        n++;
    if (result == DECODE_UNDEFINED && has_special_register(&insn_rows[*n]))
        return;
    if (*n != insn->row)
        ck_abort_msg("%03x /%02x: %s was chosen, not %s", e->opcode, e->modrm,
                     insn_rows[insn->row].id, insn_rows[*n].id);
}

START_TEST(the_decoder_takes_the_first_row_that_fits)
{
    decode_everything(is_first_match, NULL);
}
END_TEST

START_TEST(every_row_has_words)
{
    for (unsigned n = 0; n < insn_row_count; n++) {
        const struct row *row = &insn_rows[n];

        ck_assert_msg(row->id[0] && row->mnemonic[0] && row->title[0], "row %u (%s)", n, row->id);
        for (const char *p = row->mnemonic; n && *p; p++)
            ck_assert_msg(islower((unsigned char)*p) || isdigit((unsigned char)*p) ||
                              (strchr("|/", *p) && p != row->mnemonic && p[1]),
                          "%s: mnemonic %s", row->id, row->mnemonic);
        ck_assert_msg(!(strchr(row->mnemonic, '|') && strchr(row->mnemonic, '/')), "%s: %s",
                      row->id, row->mnemonic);
    }
}
END_TEST

START_TEST(row_names_are_unique)
{
    for (unsigned n = 0; n < insn_row_count; n++) {
        for (unsigned i = 0; i < n; i++) {
            if (!strcmp(insn_rows[n].id, insn_rows[i].id))
                ck_abort_msg("two rows %s", insn_rows[n].id);
        }
    }
}
END_TEST

START_TEST(flag_masks_hold_flags)
{
    const unsigned flags = ALL_FLAGS | IF | DF;

    for (unsigned n = 0; n < insn_row_count; n++) {
        const struct row *row = &insn_rows[n];

        ck_assert_msg(!(row->flags_tested & ~flags), "%s: tested", row->id);
        ck_assert_msg(!(row->flags_written & ~flags), "%s: written", row->id);
        ck_assert_msg(!(row->flags_undefined & ~(unsigned)row->flags_written), "%s: undefined",
                      row->id);
    }
}
END_TEST

static bool may_be_memory(uint32_t operand)
{
    switch (OP_KIND(operand)) {
    case K_E:
    case K_M:
    case K_VM:
    case K_W:
    case K_Q:
        return true;
    default:
        return false;
    }
}

START_TEST(operands_fit_into_an_insn)
{
    for (unsigned n = 1; n < insn_row_count; n++) {
        const struct row *row = &insn_rows[n];
        unsigned memory = 0;

        for (unsigned i = 0; i < 4; i++) {
            unsigned kind = OP_KIND(row->operands[i]);

            ck_assert_msg(!row->operands[i] || i == 0 || row->operands[i - 1],
                          "%s: a gap before operand %u", row->id, i + 1);
            ck_assert_msg(!row->operands[i] || OP_ACCESS(row->operands[i]) != ACC_NONE,
                          "%s: operand %u without R, W, RW or ADDR", row->id, i + 1);
            memory += may_be_memory(row->operands[i]);
            /* The third operand's register shares its place with the address (but see VEX). */
            if (i >= 2 && row->operands[i] && !(row->opcode & REG_ONLY) && !OPC_IS_VEX(row->opcode))
                ck_assert_msg(kind == K_I || kind == K_IS || kind == K_CONST || kind == K_REG ||
                                  kind == K_XMM0,
                              "%s: operand %u is a register", row->id, i + 1);
        }
        ck_assert_msg(memory <= 1, "%s: two memory operands", row->id);
    }
}
END_TEST

START_TEST(attributes_go_together)
{
    for (unsigned n = 1; n < insn_row_count; n++) {
        const struct row *row = &insn_rows[n];
        uint32_t a = row->attributes;
        uint32_t first = row->operands[0];
        bool string = false;

        for (unsigned i = 0; i < 2; i++)
            string |= OP_KIND(row->operands[i]) == K_X || OP_KIND(row->operands[i]) == K_Y;
        ck_assert_msg(!(a & A_NO64 && a & A_ONLY64), "%s exists in no mode", row->id);
        ck_assert_msg(!(a & A_LOCK) || (may_be_memory(first) && OP_ACCESS(first) == ACC_RW),
                      "%s: LOCK without a memory operand that is read and written", row->id);
        ck_assert_msg(!!(a & (A_REP | A_REPZ)) == string, "%s: REP and string operands", row->id);
        ck_assert_msg(!(a & A_IO) || a & A_END, "%s: reaches a device, but goes on", row->id);
        ck_assert_msg(row->feature < F_COUNT, "%s: feature", row->id);
        ck_assert_ptr_nonnull(row->handlers);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("insn_table");
    TCase *tc = tcase_create("insn_table");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, rows_of_one_opcode_are_apart_or_special_before_general);
    tcase_add_test(tc, rows_of_one_opcode_agree_on_modrm);
    tcase_add_test(tc, the_index_leads_to_every_row);
    tcase_add_test(tc, whatever_decodes_has_a_handler_and_every_row_is_met);
    tcase_add_test(tc, the_decoder_takes_the_first_row_that_fits);
    tcase_add_test(tc, every_row_has_words);
    tcase_add_test(tc, row_names_are_unique);
    tcase_add_test(tc, flag_masks_hold_flags);
    tcase_add_test(tc, operands_fit_into_an_insn);
    tcase_add_test(tc, attributes_go_together);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
