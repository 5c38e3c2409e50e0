/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/decoder/zydis_judge.c - our decoder and disassembler against Zydis.
 *
 *   zydis_judge [COUNT [SEED]]
 *
 * COUNT (300000) byte strings, a third of them each for 16, 32 and 64-bit code: random ones, ones
 * with likely prefixes and opcodes, encodings of table rows, and copies of good ones with a few bits
 * flipped. Both decoders must agree on what is an instruction, its length, operand and address size
 * and its text. Each instruction is also decoded from fewer bytes than it has. Instruction sets that we do not have
 * are skipped and counted. Where we differ on purpose, a row in differences[] says why.
 */
#include <Zydis/Zydis.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/disasm.h"
#include "util/bits.h"
#include "util/buf.h"

#define BYTES 16 /* one more than an instruction may have */
#define KEPT 512 /* good strings to mutate */
#define SHOWN 40 /* failures printed in full */

/* Instruction sets that the table covers. */
static const ZydisISASet implemented[] = {
    ZYDIS_ISA_SET_CLFSH,      ZYDIS_ISA_SET_CMOV,         ZYDIS_ISA_SET_CMPXCHG16B,
    ZYDIS_ISA_SET_FAT_NOP,    ZYDIS_ISA_SET_FCMOV,        ZYDIS_ISA_SET_FXSAVE,
    ZYDIS_ISA_SET_FXSAVE64,   ZYDIS_ISA_SET_I186,         ZYDIS_ISA_SET_I286PROTECTED,
    ZYDIS_ISA_SET_I286REAL,   ZYDIS_ISA_SET_I386,         ZYDIS_ISA_SET_I486,
    ZYDIS_ISA_SET_I486REAL,   ZYDIS_ISA_SET_I86,          ZYDIS_ISA_SET_LAHF,
    ZYDIS_ISA_SET_LONGMODE,   ZYDIS_ISA_SET_MONITOR,      ZYDIS_ISA_SET_PAUSE,
    ZYDIS_ISA_SET_PENTIUMMMX, ZYDIS_ISA_SET_PENTIUMREAL,  ZYDIS_ISA_SET_POPCNT,
    ZYDIS_ISA_SET_PPRO,       ZYDIS_ISA_SET_PREFETCH_NOP, ZYDIS_ISA_SET_RDPMC,
    ZYDIS_ISA_SET_RDRAND,     ZYDIS_ISA_SET_RDSEED,       ZYDIS_ISA_SET_RDTSCP,
    ZYDIS_ISA_SET_RDWRFSGS,   ZYDIS_ISA_SET_SMAP,         ZYDIS_ISA_SET_SSE,
    ZYDIS_ISA_SET_SSE2,       ZYDIS_ISA_SET_SSE2MMX,      ZYDIS_ISA_SET_SSE3,
    ZYDIS_ISA_SET_SSE3X87,    ZYDIS_ISA_SET_SSE4,         ZYDIS_ISA_SET_SSE42,
    ZYDIS_ISA_SET_SSEMXCSR,   ZYDIS_ISA_SET_SSE_PREFETCH, ZYDIS_ISA_SET_SSSE3,
    ZYDIS_ISA_SET_SSSE3MMX,   ZYDIS_ISA_SET_X87,
};

/* The machine modes in turn. */
static const struct code {
    const char *name;
    unsigned mode; /* MODE_* */
    ZydisMachineMode machine;
    ZydisStackWidth stack;
} codes[] = {
    { "16", MODE_CODE16, ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16 },
    { "32", MODE_CODE32, ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32 },
    { "64", MODE_CODE64, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64 },
};

enum verdict { AGREE, WE_ACCEPT, WE_REFUSE, LENGTH, TEXT, SEGMENT, OPSIZE, SHORT_BYTES };
static const char *const verdict_names[] = {
    "agree",
    "only we decode it",
    "only Zydis decodes it",
    "length",
    "text",
    "segment of the memory operand",
    "operand size",
    "decoded from too few bytes",
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

struct judge {
    ZydisDecoder decoders[3];
    ZydisFormatter formatter;
    uint64_t random;
    uint8_t kept[3][KEPT][BYTES];
    unsigned kept_count[3];
    uint64_t passed, failed, skipped, known;
    uint64_t agreed; /* passed, and an instruction */
    bool row_seen[UINT16_MAX + 1];
    uint64_t skipped_sets[ZYDIS_ISA_SET_MAX_VALUE + 1];
    uint64_t known_rows[ARRAY_SIZE(differences)];
    struct buf ours, theirs;
};

/* splitmix64 */
static uint64_t next_random(struct judge *j)
{
    uint64_t z = (j->random += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static unsigned below(struct judge *j, unsigned limit)
{
    return (unsigned)(next_random(j) % limit);
}

/* The encoding of a row, with the rest as it is. */
static void make_row(struct judge *j, unsigned code, uint8_t bytes[BYTES])
{
    const struct row *row = &insn_rows[1 + below(j, insn_row_count - 1)];
    uint32_t op = row->opcode;
    unsigned at = 0, map = OPC_INDEX(op) >> 8;

    if (OPC_PREFIX(op) == OPC_PREFIX(P66))
        bytes[at++] = 0x66;
    else if (OPC_PREFIX(op) == OPC_PREFIX(PF3) || OPC_PREFIX(op) == OPC_PREFIX(PF2))
        bytes[at++] = OPC_PREFIX(op) == OPC_PREFIX(PF3) ? 0xf3 : 0xf2;
    if (code == 2 && (OPC_W(op) == OPC_W(W1) || below(j, 2)))
        bytes[at++] = (uint8_t)(0x40 | below(j, 8) | (OPC_W(op) == OPC_W(W1) ? 8 : 0));
    if (map)
        bytes[at++] = 0x0f;
    if (map >= 2)
        bytes[at++] = map == 2 ? 0x38 : 0x3a;
    bytes[at++] = (uint8_t)((OPC_INDEX(op) & 0xff) + (op & PLUS_R ? below(j, 8) : 0));
    if (OPC_REG(op))
        bytes[at] = (uint8_t)((bytes[at] & ~0x38u) | (OPC_REG(op) - 1) << 3);
    if (OPC_RM(op) && row_has_modrm(row))
        bytes[at] = (uint8_t)((bytes[at] & ~7u) | (OPC_RM(op) - 1));
    if (OPC_MOD(op) == OPC_MOD(REG_ONLY))
        bytes[at] |= 0xc0;
}

static void make_string(struct judge *j, unsigned code, uint8_t bytes[BYTES])
{
    static const uint8_t prefixes[] = { 0x66, 0x66, 0x66, 0xf3, 0xf3, 0xf2, 0xf2, 0x67,
                                        0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0xf0 };
    unsigned kind = below(j, 8), at = 0;

    for (unsigned i = 0; i < BYTES; i++)
        bytes[i] = (uint8_t)next_random(j);
    if (kind == 0)
        return;
    if (kind == 1) {
        make_row(j, code, bytes);
        return;
    }
    if (kind <= 3 && j->kept_count[code]) {
        memcpy(bytes, j->kept[code][below(j, j->kept_count[code])], BYTES);
        for (unsigned i = below(j, 4) + 1; i; i--)
            bytes[below(j, BYTES / (i + 1))] ^= (uint8_t)(1 << below(j, 8));
        return;
    }
    for (unsigned i = below(j, 8) < 4 ? 0 : below(j, 4); i; i--)
        bytes[at++] = prefixes[below(j, sizeof prefixes)];
    if (code == 2 && below(j, 2))
        bytes[at++] = (uint8_t)(0x40 + below(j, 16));
    switch (below(j, 8)) {
    case 0:
    case 1:
    case 2:
        break; /* any one-byte opcode */
    case 3:
        bytes[at++] = 0x0f;
        bytes[at++] = 0x38;
        break;
    case 4:
        bytes[at++] = 0x0f;
        bytes[at++] = 0x3a;
        break;
    default:
        bytes[at++] = 0x0f;
        break;
    }
}

static bool is_implemented(const ZydisDecodedInstruction *zi)
{
    ZydisISASet set = zi->meta.isa_set;

    if (zi->mnemonic == ZYDIS_MNEMONIC_ENDBR32 || zi->mnemonic == ZYDIS_MNEMONIC_ENDBR64)
        return true; /* NOPs without CET, but by their name */
    for (unsigned i = 0; i < ARRAY_SIZE(implemented); i++) {
        if (implemented[i] == set)
            return true;
    }
    return false;
}

/* Prefixes are compared in our words. */
static ZyanStatus no_prefixes(const ZydisFormatter *formatter, ZydisFormatterBuffer *buffer,
                              ZydisFormatterContext *context)
{
    (void)formatter;
    (void)buffer;
    (void)context;
    return ZYAN_STATUS_SUCCESS;
}

static void judge_init(struct judge *j, uint64_t seed)
{
    ZydisFormatterFunc prefixes = &no_prefixes;

    j->random = seed;
    for (unsigned i = 0; i < 3; i++) {
        ZydisDecoderInit(&j->decoders[i], codes[i].machine, codes[i].stack);
        /* Extensions that share an encoding with a NOP, BSF, BSR or WBINVD. */
        ZydisDecoderEnableMode(&j->decoders[i], ZYDIS_DECODER_MODE_MPX, ZYAN_FALSE);
        ZydisDecoderEnableMode(&j->decoders[i], ZYDIS_DECODER_MODE_LZCNT, ZYAN_FALSE);
        ZydisDecoderEnableMode(&j->decoders[i], ZYDIS_DECODER_MODE_TZCNT, ZYAN_FALSE);
        ZydisDecoderEnableMode(&j->decoders[i], ZYDIS_DECODER_MODE_WBNOINVD, ZYAN_FALSE);
        ZydisDecoderEnableMode(&j->decoders[i], ZYDIS_DECODER_MODE_CLDEMOTE, ZYAN_FALSE);
    }
    ZydisFormatterInit(&j->formatter, ZYDIS_FORMATTER_STYLE_INTEL);
    ZydisFormatterSetProperty(&j->formatter, ZYDIS_FORMATTER_PROP_FORCE_SIZE, ZYAN_TRUE);
    ZydisFormatterSetProperty(&j->formatter, ZYDIS_FORMATTER_PROP_FORCE_RELATIVE_RIPREL, ZYAN_TRUE);
    ZydisFormatterSetProperty(&j->formatter, ZYDIS_FORMATTER_PROP_HEX_UPPERCASE, ZYAN_FALSE);
    ZydisFormatterSetProperty(&j->formatter, ZYDIS_FORMATTER_PROP_ADDR_PADDING_ABSOLUTE,
                              ZYDIS_PADDING_DISABLED);
    ZydisFormatterSetProperty(&j->formatter, ZYDIS_FORMATTER_PROP_ADDR_SIGNEDNESS,
                              ZYDIS_SIGNEDNESS_UNSIGNED);
    ZydisFormatterSetProperty(&j->formatter, ZYDIS_FORMATTER_PROP_DISP_PADDING,
                              ZYDIS_PADDING_DISABLED);
    ZydisFormatterSetProperty(&j->formatter, ZYDIS_FORMATTER_PROP_IMM_PADDING,
                              ZYDIS_PADDING_DISABLED);
    ZydisFormatterSetProperty(&j->formatter, ZYDIS_FORMATTER_PROP_IMM_SIGNEDNESS,
                              ZYDIS_SIGNEDNESS_UNSIGNED);
    ZydisFormatterSetHook(&j->formatter, ZYDIS_FORMATTER_FUNC_PRINT_PREFIXES,
                          (const void **)&prefixes);
}

static bool is_string_insn(const ZydisDecodedInstruction *zi)
{
    return zi->meta.category == ZYDIS_CATEGORY_STRINGOP ||
           zi->meta.category == ZYDIS_CATEGORY_IOSTRINGOP;
}

/* Take out or replace the first `old`. */
static void replace(char *text, const char *old, const char *new)
{
    char *at = strstr(text, old);
    size_t rest;

    if (!at)
        return;
    rest = strlen(at + strlen(old)) + 1;
    memmove(at + strlen(new), at + strlen(old), rest);
    memcpy(at, new, strlen(new));
}

/* Instructions whose memory operand has no size in our text. */
static bool has_plain_memory(ZydisMnemonic mnemonic)
{
    static const ZydisMnemonic plain[] = {
        ZYDIS_MNEMONIC_CLFLUSH,    ZYDIS_MNEMONIC_FLDENV,     ZYDIS_MNEMONIC_FNSAVE,
        ZYDIS_MNEMONIC_FNSTENV,    ZYDIS_MNEMONIC_FRSTOR,     ZYDIS_MNEMONIC_FXRSTOR,
        ZYDIS_MNEMONIC_FXRSTOR64,  ZYDIS_MNEMONIC_FXSAVE,     ZYDIS_MNEMONIC_FXSAVE64,
        ZYDIS_MNEMONIC_INVLPG,     ZYDIS_MNEMONIC_LEA,        ZYDIS_MNEMONIC_LGDT,
        ZYDIS_MNEMONIC_PREFETCH,   ZYDIS_MNEMONIC_LIDT,       ZYDIS_MNEMONIC_PREFETCHNTA,
        ZYDIS_MNEMONIC_PREFETCHT0, ZYDIS_MNEMONIC_PREFETCHT1, ZYDIS_MNEMONIC_PREFETCHT2,
        ZYDIS_MNEMONIC_PREFETCHW,  ZYDIS_MNEMONIC_SGDT,       ZYDIS_MNEMONIC_SIDT,
    };

    for (unsigned i = 0; i < ARRAY_SIZE(plain); i++) {
        if (plain[i] == mnemonic)
            return true;
    }
    return false;
}

/* The segment override in force, NULL if there is none. */
static const char *segment_name(const ZydisDecodedInstruction *zi)
{
    const char *segment = NULL;

    for (unsigned i = 0; i < zi->raw.prefix_count; i++) {
        switch (zi->raw.prefixes[i].value) {
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e:
            if (zi->machine_mode != ZYDIS_MACHINE_MODE_LONG_64)
                segment = seg_names[zi->raw.prefixes[i].value >> 3 & 3];
            break;
        case 0x64:
            segment = "fs";
            break;
        case 0x65:
            segment = "gs";
            break;
        default:
            break;
        }
    }
    return segment;
}

/* One word of theirs, one of ours. */
static const struct {
    ZydisMnemonic mnemonic;
    const char *theirs, *ours;
} spellings[] = {
    { ZYDIS_MNEMONIC_RET, "ret far", "retf" },
    { ZYDIS_MNEMONIC_XLAT, "xlat", "xlatb" },
    { ZYDIS_MNEMONIC_FUCOMP, "st0, ", "" },
    { ZYDIS_MNEMONIC_FSTPNCE, "fstpnce", "fstp" },
    { ZYDIS_MNEMONIC_FENI8087_NOP, "feni8087_nop", "fneni" },
    { ZYDIS_MNEMONIC_FDISI8087_NOP, "fdisi8087_nop", "fndisi" },
    { ZYDIS_MNEMONIC_FSETPM287_NOP, "fsetpm287_nop", "fnsetpm" },
};

/* The prefixes that our text shows, from the ones that Zydis saw. */
static void add_prefixes(struct buf *text, const ZydisDecodedInstruction *zi, bool memory)
{
    unsigned natural = zi->machine_mode == ZYDIS_MACHINE_MODE_LONG_64     ? 64
                       : zi->machine_mode == ZYDIS_MACHINE_MODE_LEGACY_32 ? 32
                                                                          : 16;
    const char *rep = NULL;
    bool compares = zi->mnemonic == ZYDIS_MNEMONIC_CMPSB || zi->mnemonic == ZYDIS_MNEMONIC_CMPSW ||
                    zi->mnemonic == ZYDIS_MNEMONIC_CMPSD || zi->mnemonic == ZYDIS_MNEMONIC_CMPSQ ||
                    zi->mnemonic == ZYDIS_MNEMONIC_SCASB || zi->mnemonic == ZYDIS_MNEMONIC_SCASW ||
                    zi->mnemonic == ZYDIS_MNEMONIC_SCASD || zi->mnemonic == ZYDIS_MNEMONIC_SCASQ;

    for (unsigned i = 0; i < zi->raw.prefix_count; i++) {
        if (zi->raw.prefixes[i].value == 0xf2)
            rep = "repne";
        else if (zi->raw.prefixes[i].value == 0xf3)
            rep = compares ? "repe" : "rep";
    }
    if (!memory && zi->address_width != natural && zi->mnemonic != ZYDIS_MNEMONIC_JCXZ &&
        zi->mnemonic != ZYDIS_MNEMONIC_JECXZ && zi->mnemonic != ZYDIS_MNEMONIC_JRCXZ)
        buf_printf(text, "a%u ", zi->address_width);
    if (!memory && segment_name(zi))
        buf_printf(text, "%s ", segment_name(zi));
    if (zi->attributes & ZYDIS_ATTRIB_HAS_LOCK)
        buf_add_text(text, "lock ");
    if (rep && is_string_insn(zi))
        buf_printf(text, "%s ", rep);
}

/* What Zydis makes of it, in our words. */
static void zydis_text(struct judge *j, const ZydisDecodedInstruction *zi,
                       const ZydisDecodedOperand *operands, uint64_t rip)
{
    char text[256], *memory;

    if (!ZYAN_SUCCESS(ZydisFormatterFormatInstruction(
            &j->formatter, zi, operands, zi->operand_count_visible, text, sizeof text, rip, NULL)))
        strcpy(text, "(Zydis cannot print it)");
    if (operands[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE && operands[0].imm.is_relative) {
        uint64_t target = rip + zi->length + (uint64_t)operands[0].imm.value.s;

        sprintf(text + strcspn(text, " "), " 0x%" PRIx64, target & mask_bits(zi->operand_width));
    }
    if (operands[0].type == ZYDIS_OPERAND_TYPE_POINTER)
        sprintf(text + strcspn(text, " "), " far 0x%x:0x%x", operands[0].ptr.segment,
                operands[0].ptr.offset);
    replace(text, "*1", "");
    for (unsigned i = 0; i < ARRAY_SIZE(spellings); i++) {
        if (zi->mnemonic == spellings[i].mnemonic)
            replace(text, spellings[i].theirs, spellings[i].ours);
    }
    switch (zi->mnemonic) {
    case ZYDIS_MNEMONIC_BLENDVPD:
    case ZYDIS_MNEMONIC_BLENDVPS:
    case ZYDIS_MNEMONIC_PBLENDVB:
        strcat(text, ", xmm0");
        break;
    case ZYDIS_MNEMONIC_LEA: /* an override has no effect, but we show it */
        if (segment_name(zi)) {
            replace(text, "[", "?:[");
            replace(text, "?", segment_name(zi));
        }
        break;
    case ZYDIS_MNEMONIC_NOP: /* the second operand of a hint NOP is not in the manual */
        text[strcspn(text, ",")] = 0;
        break;
    default:
        break;
    }
    if (is_string_insn(zi))
        text[strcspn(text, " ")] = 0;
    if (zi->meta.category == ZYDIS_CATEGORY_ROTATE || zi->meta.category == ZYDIS_CATEGORY_SHIFT) {
        if ((zi->opcode & 0xfe) == 0xd0)
            replace(text, ", 0x1", ", 1");
    }
    memory = strstr(text, " ptr ");
    if (memory && has_plain_memory(zi->mnemonic)) {
        *memory = 0;
        memory = strrchr(text, ' ');
        memmove(memory + 1, memory + strlen(memory) + 5, strlen(memory + strlen(memory) + 5) + 1);
    }
    buf_clear(&j->theirs);
    add_prefixes(&j->theirs, zi, strchr(text, '[') != NULL);
    buf_add_text(&j->theirs, text);
}

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
    if (depends_on_opsize(zi) && zi->operand_width != 8u << insn->opsize)
        return OPSIZE;
    if (!ends_where_it_should(j, code, bytes, insn))
        return SHORT_BYTES;
    return AGREE;
}

static void judge_one(struct judge *j, unsigned n)
{
    const struct code *code = &codes[n];
    uint64_t rip = n == 2 ? UINT64_C(0xffff800012345678) : n == 1 ? 0xc0123456 : 0x7c00;
    ZydisDecodedInstruction zi;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    uint8_t bytes[BYTES];
    struct insn insn;
    bool zydis_ok, we_ok;

    make_string(j, n, bytes);
    zydis_ok = ZYAN_SUCCESS(ZydisDecoderDecodeFull(&j->decoders[n], bytes, BYTES, &zi, operands));
    we_ok = decode_insn(bytes, 15, code->mode, NULL, &insn) == DECODE_OK;
    buf_clear(&j->ours);
    buf_clear(&j->theirs);
    if (!zydis_ok && !we_ok) {
        j->passed++;
        return;
    }
    if (zydis_ok && !is_implemented(&zi)) {
        j->skipped++;
        j->skipped_sets[zi.meta.isa_set]++;
        return;
    }
    if (zydis_ok)
        zydis_text(j, &zi, operands, rip);
    if (we_ok)
        our_text(j, &insn, code->mode, rip);
    if (zydis_ok && we_ok) {
        enum verdict verdict = compare(j, code, bytes, &insn, &zi, operands);

        if (verdict == AGREE) {
            unsigned slot = j->kept_count[n] < KEPT ? j->kept_count[n]++ : below(j, KEPT);

            memcpy(j->kept[n][slot], bytes, BYTES);
            j->passed++;
            j->agreed++;
            j->row_seen[insn.row] = true;
        } else {
            report(j, code, bytes, verdict, &insn, ZydisMnemonicGetString(zi.mnemonic));
        }
        return;
    }
    report(j, code, bytes, we_ok ? WE_ACCEPT : WE_REFUSE, &insn,
           zydis_ok ? ZydisMnemonicGetString(zi.mnemonic) : "");
}

int main(int argc, char **argv)
{
    struct judge *judge = xcalloc(1, sizeof *judge);
    bool failed;
    unsigned unseen = 0;
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 0) : 300000;

    judge_init(judge, argc > 2 ? strtoull(argv[2], NULL, 0) : 1);
    for (uint64_t i = 0; i < count; i++)
        judge_one(judge, (unsigned)(i % 3));
    for (unsigned i = 0; i <= ZYDIS_ISA_SET_MAX_VALUE; i++) {
        if (judge->skipped_sets[i])
            printf("skipped: %s %" PRIu64 "\n", ZydisISASetGetString((ZydisISASet)i),
                   judge->skipped_sets[i]);
    }
    for (unsigned i = 0; differences[i].why; i++)
        printf("known difference: %s: %" PRIu64 "\n", differences[i].why, judge->known_rows[i]);
    for (unsigned i = 1; i < insn_row_count; i++) {
        if (!judge->row_seen[i] && unseen++ < SHOWN)
            printf("never met: %s\n", insn_rows[i].id);
    }
    printf("instructions agreed on: %" PRIu64 "; rows met: %u of %u\n", judge->agreed,
           insn_row_count - 1 - unseen, insn_row_count - 1);
    buf_free(&judge->ours);
    buf_free(&judge->theirs);
    printf("%" PRIu64 " passed, %" PRIu64 " failed, %" PRIu64 " skipped\n", judge->passed,
           judge->failed, judge->skipped + judge->known);
    failed = judge->failed;
    free(judge);
    return failed;
}
