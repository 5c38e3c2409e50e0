/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/decoder/judge_text.c - what Zydis makes of an instruction, in our words. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/decoder/judge.h"
#include "util/bits.h"

/* Prefixes are compared in our words. */
static ZyanStatus no_prefixes(const ZydisFormatter *formatter, ZydisFormatterBuffer *buffer,
                              ZydisFormatterContext *context)
{
    (void)formatter;
    (void)buffer;
    (void)context;
    return ZYAN_STATUS_SUCCESS;
}

void zydis_init(struct judge *j)
{
    ZydisFormatterFunc prefixes = &no_prefixes;

    for (unsigned i = 0; i < 3; i++) {
        ZydisDecoderInit(&j->decoders[i], codes[i].machine, codes[i].stack);
        /* Extensions that share an encoding with NOPs, and that we do not have. */
        ZydisDecoderEnableMode(&j->decoders[i], ZYDIS_DECODER_MODE_MPX, ZYAN_FALSE);
        ZydisDecoderEnableMode(&j->decoders[i], ZYDIS_DECODER_MODE_CLDEMOTE, ZYAN_FALSE);
        /* Ours decodes to BSF and BSR where it has no row. */
        ZydisDecoderEnableMode(&j->decoders[i], ZYDIS_DECODER_MODE_LZCNT, has_mnemonic("lzcnt"));
        ZydisDecoderEnableMode(&j->decoders[i], ZYDIS_DECODER_MODE_TZCNT, has_mnemonic("tzcnt"));
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
        ZYDIS_MNEMONIC_CLFLUSH,     ZYDIS_MNEMONIC_CLFLUSHOPT, ZYDIS_MNEMONIC_CLWB,
        ZYDIS_MNEMONIC_PREFETCHWT1, ZYDIS_MNEMONIC_FLDENV,     ZYDIS_MNEMONIC_FNSAVE,
        ZYDIS_MNEMONIC_FNSTENV,     ZYDIS_MNEMONIC_FRSTOR,     ZYDIS_MNEMONIC_FXRSTOR,
        ZYDIS_MNEMONIC_FXRSTOR64,   ZYDIS_MNEMONIC_FXSAVE,     ZYDIS_MNEMONIC_FXSAVE64,
        ZYDIS_MNEMONIC_INVLPG,      ZYDIS_MNEMONIC_LEA,        ZYDIS_MNEMONIC_LGDT,
        ZYDIS_MNEMONIC_PREFETCH,    ZYDIS_MNEMONIC_LIDT,       ZYDIS_MNEMONIC_PREFETCHNTA,
        ZYDIS_MNEMONIC_PREFETCHT0,  ZYDIS_MNEMONIC_PREFETCHT1, ZYDIS_MNEMONIC_PREFETCHT2,
        ZYDIS_MNEMONIC_PREFETCHW,   ZYDIS_MNEMONIC_SGDT,       ZYDIS_MNEMONIC_SIDT,
    };

    for (unsigned i = 0; i < ARRAY_SIZE(plain); i++) {
        if (plain[i] == mnemonic)
            return true;
    }
    return false;
}

const char *segment_name(const ZydisDecodedInstruction *zi)
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

void zydis_text(struct judge *j, const ZydisDecodedInstruction *zi,
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
    case ZYDIS_MNEMONIC_SHA256RNDS2:
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
