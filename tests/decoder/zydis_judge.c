/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/decoder/zydis_judge.c - our decoder and disassembler against Zydis.
 *
 *   zydis_judge [COUNT [SEED]]
 *   zydis_judge -missing
 *
 * COUNT (DEFAULT_COUNT) byte strings, a third of them each for 16, 32 and 64-bit code: random ones, ones
 * with likely prefixes and opcodes, encodings of table rows with prefixes before them, and copies of
 * good ones with a prefix more or a few bits flipped. Then every combination of mandatory prefix, W,
 * L, vvvv used or not, opcode and ModRM byte of all maps, plain and VEX. Both decoders must agree
 * on what is an instruction, under which CPUID feature, on length, operand and address size, and on
 * its text. Each instruction is also decoded from fewer bytes than it has. Of an EVEX instruction
 * the length must agree. What Zydis decodes from instruction sets that are none of ours (judge_sets.c)
 * must be undefined here. Where we differ on purpose, a row in differences[] says why.
 *
 * -missing lists what Zydis knows of our instruction sets and the table has no row for.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/decode_evex.h"
#include "tests/decoder/judge.h"
#include "tests/support/coverage.h"

#ifdef SANITIZED /* several times as slow */
#define DEFAULT_COUNT 500000
#else
#define DEFAULT_COUNT 5000000
#endif

#define SHOWN 40 /* failures printed in full */

const struct code codes[3] = {
    { "16", MODE_CODE16, ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16 },
    { "32", MODE_CODE32, ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32 },
    { "64", MODE_CODE64, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64 },
};

enum verdict {
    AGREE,
    WE_ACCEPT,
    WE_REFUSE,
    LENGTH,
    TEXT,
    SEGMENT,
    OPSIZE,
    FEATURE,
    SHORT_BYTES,
    EVEX_LENGTH
};
static const char *const verdict_names[] = {
    "agree",
    "only we decode it",
    "only Zydis decodes it",
    "length",
    "text",
    "segment of the memory operand",
    "operand size",
    "feature",
    "decoded from too few bytes",
    "length of an EVEX instruction",
};

/* Where we differ and mean it: verdict, and our row or Zydis' mnemonic (a * ends a prefix). */
static const struct difference {
    enum verdict verdict;
    const char *row;
    const char *mnemonic;
    const char *theirs; /* stands in Zydis' text; NULL: anything */
    const char *why;
} differences[] = {
    /* clang-format off */
    { TEXT, "nop_Ev_1a", "nop", NULL, "0F 1A with a register is a NOP of ModRM.rm; Zydis prints ModRM.reg or EAX" },
    { TEXT, "nop_Ev_1b", "nop", NULL, "0F 1B with a register is a NOP of ModRM.rm; Zydis prints ModRM.reg or EAX" },
    { TEXT, "wbnoinvd", "wbinvd", NULL, "F3 0F 09 is WBNOINVD (SDM); Zydis 4.0 prints WBINVD, whatever its mode" },
    { TEXT, "nop_Ev_1e", "rdssp*", NULL, "F3 0F 1E /1 with a register is a NOP without CET" },
    { TEXT, "xchg_Zv_rAX", "pause", NULL, "F3 41 90 exchanges R8 (host processor: tests/silicon); Zydis prints PAUSE" },
    { WE_ACCEPT, "vpermq_Vqq_Wqq_Ib", NULL, NULL, "VPERMQ with VEX.W0 is executed by an AMD Zen 3 processor; Zydis wants W1" },
    { WE_ACCEPT, "vpermpd_Vqq_Wqq_Ib", NULL, NULL, "VPERMPD with VEX.W0 likewise" },
    { TEXT, "movmskp*", "movmskp*", ", xmm", "MOVMSKPS/PD: REX.W changes nothing, we print the 32-bit register" },
    { TEXT, "movsxd_Gv_Ez", "movsxd", "dword ptr", "MOVSXD r16, r/m16 (SDM): Zydis shows a doubleword in memory" },
    { TEXT, "lsl_Gv_Erv", "lsl", NULL, "LSL r64: only a word is used of the source, whose name differs" },
    { TEXT, "nop_Ev_1e", "nop", NULL, "0F 1E with 66h: Zydis keeps the 32-bit name because of CET" },
    { TEXT, NULL, NULL, "[r13d", "SIB without base ignores REX.B (SDM Vol. 2A, table 2-5); Zydis 4.0 does not with 67h" },
    { TEXT, "jmp_Ev", "jmp", NULL, "3Eh is a segment override here; with CET it is NOTRACK" },
    { TEXT, "call_Ev", "call", NULL, "3Eh is a segment override here; with CET it is NOTRACK" },
    /* clang-format on */
    { 0 },
};

_Static_assert(ARRAY_SIZE(differences) <= DIFFERENCES, "each is counted");

static void our_text(struct judge *j, const struct insn *insn, unsigned mode, uint64_t rip)
{
    const char *comment;

    buf_clear(&j->ours);
    disasm_insn(insn, mode, rip, NULL, &j->ours);
    comment = strstr(buf_text(&j->ours), " ; ");
    if (comment) {
        size_t length = (size_t)(comment - buf_text(&j->ours));

        j->ours.data[length] = 0;
        j->ours.length = length;
    }
}

static bool name_matches(const char *pattern, const char *name)
{
    size_t length;

    if (!pattern)
        return true;
    length = strlen(pattern);
    if (length && pattern[length - 1] == '*')
        return !strncmp(pattern, name, length - 1);
    return !strcmp(pattern, name);
}

static bool is_known(struct judge *j, enum verdict verdict, const char *row, const char *mnemonic)
{
    for (unsigned i = 0; differences[i].why; i++) {
        const struct difference *d = &differences[i];

        if (d->verdict == verdict && name_matches(d->row, row) &&
            name_matches(d->mnemonic, mnemonic) &&
            (!d->theirs || strstr(buf_text(&j->theirs), d->theirs))) {
            j->known_rows[i]++;
            return true;
        }
    }
    return false;
}

static void report(struct judge *j, const struct code *code, const uint8_t *bytes,
                   enum verdict verdict, const struct insn *insn, const char *mnemonic)
{
    const char *row = insn_rows[insn->row].id;

    if (is_known(j, verdict, row, mnemonic)) {
        j->known++;
        j->row_seen[insn->row] = true;
        return;
    }
    if (j->failed++ >= SHOWN)
        return;
    printf("%s-bit:", code->name);
    for (unsigned i = 0; i < BYTES; i++)
        printf(" %02x", bytes[i]);
    printf("\n  %s; row %s\n  ours:  %s\n  Zydis: %s\n", verdict_names[verdict], row,
           buf_text(&j->ours), buf_text(&j->theirs));
}

/* Do fewer bytes than the instruction has ask for more, and exactly its bytes give it? */
static bool ends_where_it_should(struct judge *j, const struct code *code, const uint8_t *bytes,
                                 const struct insn *insn)
{
    struct insn other;

    if (decode_insn(bytes, insn->length, code->mode, NULL, &other) != DECODE_OK ||
        memcmp(&other, insn, sizeof other))
        return false;
    return insn->length == 1 || decode_insn(bytes, below(j, insn->length - 1u) + 1, code->mode,
                                            NULL, &other) == DECODE_MORE;
}

/* The text does not show whether they move words, doublewords or quadwords. */
static bool depends_on_opsize(const ZydisDecodedInstruction *zi)
{
    switch (zi->meta.category) {
    case ZYDIS_CATEGORY_CALL:
    case ZYDIS_CATEGORY_COND_BR:
    case ZYDIS_CATEGORY_POP:
    case ZYDIS_CATEGORY_PUSH:
    case ZYDIS_CATEGORY_RET:
    case ZYDIS_CATEGORY_UNCOND_BR:
        return true;
    default:
        return zi->mnemonic == ZYDIS_MNEMONIC_ENTER || zi->mnemonic == ZYDIS_MNEMONIC_LEAVE;
    }
}

/* Do both take the same segment, override or not, for the operand in memory? */
static bool segments_agree(const struct insn *insn, const ZydisDecodedInstruction *zi,
                           const ZydisDecodedOperand *operands)
{
    static const ZydisRegister segments[SEG_COUNT] = {
        ZYDIS_REGISTER_ES, ZYDIS_REGISTER_CS, ZYDIS_REGISTER_SS, ZYDIS_REGISTER_DS,
        ZYDIS_REGISTER_FS, ZYDIS_REGISTER_GS, ZYDIS_REGISTER_DS, ZYDIS_REGISTER_SS,
    };

    for (unsigned i = 0; i < zi->operand_count_visible && insn->mem; i++) {
        if (operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY &&
            operands[i].mem.type == ZYDIS_MEMOP_TYPE_MEM &&
            operands[i].mem.segment != segments[insn->seg])
            return false;
    }
    return true;
}

static enum verdict compare(struct judge *j, const struct code *code, const uint8_t *bytes,
                            const struct insn *insn, const ZydisDecodedInstruction *zi,
                            const ZydisDecodedOperand *operands)
{
    if (insn->length != zi->length)
        return LENGTH;
    if (strcmp(buf_text(&j->ours), buf_text(&j->theirs)))
        return TEXT;
    if (!segments_agree(insn, zi, operands))
        return SEGMENT;
    if (!feature_agrees(insn_row(insn), zi))
        return FEATURE;
    if (depends_on_opsize(zi) && zi->operand_width != 8u << insn->opsize)
        return OPSIZE;
    if (!ends_where_it_should(j, code, bytes, insn))
        return SHORT_BYTES;
    return AGREE;
}

/* Neither a row of this name nor one with this opcode. */
static bool has_no_row(const ZydisDecodedInstruction *zi)
{
    if (zi->encoding == ZYDIS_INSTRUCTION_ENCODING_VEX &&
        !*insn_candidates(VEX_0F(zi->opcode) + (zi->opcode_map - ZYDIS_OPCODE_MAP_0F) * 0x100u))
        return true;
    return !has_mnemonic(ZydisMnemonicGetString(zi->mnemonic));
}

static void judge_string(struct judge *j, unsigned n, const uint8_t *bytes)
{
    const struct code *code = &codes[n];
    uint64_t rip = n == 2 ? UINT64_C(0xffff800012345678) : n == 1 ? 0xc0123456 : 0x7c00;
    ZydisDecodedInstruction zi;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    struct insn insn;
    enum verdict verdict;
    bool zydis_ok, we_ok;

    zydis_ok = ZYAN_SUCCESS(ZydisDecoderDecodeFull(&j->decoders[n], bytes, BYTES, &zi, operands));
    we_ok = decode_insn(bytes, 15, code->mode, NULL, &insn) == DECODE_OK;
    buf_clear(&j->ours);
    buf_clear(&j->theirs);
    if (!zydis_ok && !we_ok) {
        j->passed++;
        return;
    }
    if (zydis_ok && !we_ok && zi.encoding == ZYDIS_INSTRUCTION_ENCODING_EVEX) {
        if (insn_is_evex(&insn) && insn.length == zi.length)
            j->foreign++;
        else
            report(j, code, bytes, EVEX_LENGTH, &insn, ZydisMnemonicGetString(zi.mnemonic));
        return;
    }
    if (zydis_ok && !we_ok && !is_wanted(&zi)) {
        j->foreign++;
        return;
    }
    if (zydis_ok && !we_ok && has_no_row(&zi)) {
        j->no_row++;
        return;
    }
    if (zydis_ok)
        zydis_text(j, &zi, operands, rip);
    if (we_ok)
        our_text(j, &insn, code->mode, rip);
    verdict = !zydis_ok ? WE_ACCEPT
              : !we_ok  ? WE_REFUSE
                        : compare(j, code, bytes, &insn, &zi, operands);
    if (verdict == AGREE) {
        unsigned slot = j->kept_count[n] < KEPT ? j->kept_count[n]++ : below(j, KEPT);

        memcpy(j->kept[n][slot], bytes, BYTES);
        j->passed++;
        j->agreed++;
        j->row_seen[insn.row] = true;
    } else {
        report(j, code, bytes, verdict, &insn, zydis_ok ? ZydisMnemonicGetString(zi.mnemonic) : "");
    }
}

/* What Zydis decodes of the sets that we should have, and we do not, by mnemonic. */
static int list_missing(struct judge *j)
{
    uint64_t *count = xcalloc(ZYDIS_MNEMONIC_MAX_VALUE + 1, sizeof *count);
    ZydisISASet *set = xcalloc(ZYDIS_MNEMONIC_MAX_VALUE + 1, sizeof *set);
    uint8_t bytes[BYTES];
    static const char *const shared[] = { "lzcnt", "tzcnt" }; /* with BSR and BSF */
    unsigned missing = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(shared); i++) {
        if (!has_mnemonic(shared[i])) {
            printf("%s\n", shared[i]);
            missing++;
        }
    }
    for (unsigned n = 0; n < 3; n++) {
        for (uint32_t at = 0; sweep_string(n, &at, bytes);) {
            ZydisDecodedInstruction zi;
            ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
            struct insn insn;

            if (!ZYAN_SUCCESS(
                    ZydisDecoderDecodeFull(&j->decoders[n], bytes, BYTES, &zi, operands)) ||
                !is_wanted(&zi) || decode_insn(bytes, 15, codes[n].mode, NULL, &insn) == DECODE_OK)
                continue;
            count[zi.mnemonic]++;
            set[zi.mnemonic] = zi.meta.isa_set;
        }
    }
    for (unsigned i = 0; i <= ZYDIS_MNEMONIC_MAX_VALUE; i++) {
        if (!count[i])
            continue;
        missing++;
        printf("%-20s %-12s %" PRIu64 " encodings%s\n", ZydisMnemonicGetString((ZydisMnemonic)i),
               ZydisISASetGetString(set[i]), count[i],
               has_mnemonic(ZydisMnemonicGetString((ZydisMnemonic)i)) ? ", others have a row" : "");
    }
    printf("%u mnemonics are missing\n", missing);
    free(count);
    free(set);
    return missing != 0;
}

int main(int argc, char **argv)
{
    struct judge *judge = xcalloc(1, sizeof *judge);
    unsigned unseen = 0;
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 0) : DEFAULT_COUNT, swept = 0;
    uint8_t bytes[BYTES];
    int status;

    zydis_init(judge);
    judge->random = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    if (argc > 1 && !strcmp(argv[1], "-missing")) {
        status = list_missing(judge);
        free(judge);
        return status;
    }
    for (uint64_t i = 0; i < count; i++) {
        make_string(judge, (unsigned)(i % 3), bytes);
        judge_string(judge, (unsigned)(i % 3), bytes);
    }
    printf("%" PRIu64 " random and mutated strings, %" PRIu64 " instructions agreed on\n", count,
           judge->agreed);
    for (unsigned n = 0; n < 3; n++) {
        for (uint32_t at = 0; sweep_string(n, &at, bytes); swept++)
            judge_string(judge, n, bytes);
    }
    printf("%" PRIu64 " strings of all opcodes\n", swept);
    printf("of foreign instruction sets, undefined here: %" PRIu64 "\n", judge->foreign);
    printf("of our instruction sets, without a row (-missing lists them): %" PRIu64 "\n",
           judge->no_row);
    for (unsigned i = 0; differences[i].why; i++)
        printf("known difference: %s: %" PRIu64 "\n", differences[i].why, judge->known_rows[i]);
    for (unsigned i = 1; i < insn_row_count; i++) {
        if (!judge->row_seen[i] && unseen++ < SHOWN)
            printf("never met: %s\n", insn_rows[i].id);
    }
    printf("instructions agreed on: %" PRIu64 "; rows met: %u of %u\n", judge->agreed,
           insn_row_count - 1 - unseen, insn_row_count - 1);
    for (unsigned i = 1; i < insn_row_count; i++) {
        if (judge->row_seen[i])
            coverage_note(i);
    }
    coverage_write("decoder");
    buf_free(&judge->ours);
    buf_free(&judge->theirs);
    printf("%" PRIu64 " passed, %" PRIu64 " failed, 0 skipped\n",
           judge->passed + judge->foreign + judge->known, judge->failed + judge->no_row);
    status = judge->failed || unseen || judge->no_row;
    free(judge);
    return status;
}
