/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/decoder/judge_sets.c - Zydis' instruction sets and our features: what we should have, and
 * by which CPUID bit. Sets that are not here are none of ours: we must refuse their instructions.
 */
#include <string.h>

#include "tests/decoder/judge.h"

/* Some of the set needs no feature: LAHF outside 64-bit mode, UD2, FWAIT. */
#define ALWAYS F_COUNT

/* clang-format off */
static const struct set {
    ZydisISASet set;
    uint16_t features[4]; /* ended by 0; none: the rows say (NOPs, and what is always there) */
} sets[] = {
    { ZYDIS_ISA_SET_ADOX_ADCX, { F_ADX } },
    { ZYDIS_ISA_SET_AES, { F_AES } },
    { ZYDIS_ISA_SET_AVX, { F_AVX, F_PCLMULQDQ, F_AES } },
    { ZYDIS_ISA_SET_AVX2, { F_AVX2 } },
    { ZYDIS_ISA_SET_AVX2GATHER, { F_AVX2 } },
    { ZYDIS_ISA_SET_AVXAES, { F_AES, F_AVX } },
    { ZYDIS_ISA_SET_AVX_GFNI, { F_GFNI } },
    { ZYDIS_ISA_SET_BMI1, { F_BMI1 } },
    { ZYDIS_ISA_SET_BMI2, { F_BMI2 } },
    { ZYDIS_ISA_SET_CLFLUSHOPT, { F_CLFLUSHOPT } },
    { ZYDIS_ISA_SET_CLFSH, { F_CLFSH } },
    { ZYDIS_ISA_SET_CLWB, { F_CLWB } },
    { ZYDIS_ISA_SET_CMOV, { F_CMOV } },
    { ZYDIS_ISA_SET_CMPXCHG16B, { F_CX16 } },
    { ZYDIS_ISA_SET_F16C, { F_F16C } },
    { ZYDIS_ISA_SET_FAT_NOP, { 0 } },
    { ZYDIS_ISA_SET_FCMOV, { F_CMOV } },
    { ZYDIS_ISA_SET_FMA, { F_FMA } },
    { ZYDIS_ISA_SET_FXSAVE, { F_FXSR } },
    { ZYDIS_ISA_SET_FXSAVE64, { F_FXSR } },
    { ZYDIS_ISA_SET_GFNI, { F_GFNI } },
    { ZYDIS_ISA_SET_I186, { 0 } },
    { ZYDIS_ISA_SET_I286PROTECTED, { 0 } },
    { ZYDIS_ISA_SET_I286REAL, { 0 } },
    { ZYDIS_ISA_SET_I386, { 0 } },
    { ZYDIS_ISA_SET_I486, { 0 } },
    { ZYDIS_ISA_SET_I486REAL, { 0 } },
    { ZYDIS_ISA_SET_I86, { 0 } },
    { ZYDIS_ISA_SET_INVPCID, { F_INVPCID } },
    { ZYDIS_ISA_SET_LAHF, { F_LAHF_LM, ALWAYS } },
    { ZYDIS_ISA_SET_LONGMODE, { 0 } },
    { ZYDIS_ISA_SET_LZCNT, { F_LZCNT } },
    { ZYDIS_ISA_SET_MONITOR, { F_MONITOR } },
    { ZYDIS_ISA_SET_MOVBE, { F_MOVBE } },
    { ZYDIS_ISA_SET_MOVDIR, { F_MOVDIRI, F_MOVDIR64B } },
    { ZYDIS_ISA_SET_PAUSE, { 0 } },
    { ZYDIS_ISA_SET_PCLMULQDQ, { F_PCLMULQDQ } },
    { ZYDIS_ISA_SET_PENTIUMMMX, { F_MMX, F_SSE } },
    { ZYDIS_ISA_SET_PENTIUMREAL, { F_TSC, F_MSR, F_CX8 } },
    { ZYDIS_ISA_SET_PKU, { F_PKU } },
    { ZYDIS_ISA_SET_POPCNT, { F_POPCNT } },
    { ZYDIS_ISA_SET_PPRO, { F_CMOV, F_SEP, ALWAYS } },
    { ZYDIS_ISA_SET_PREFETCHWT1, { F_PREFETCHWT1 } },
    { ZYDIS_ISA_SET_PREFETCH_NOP, { F_PREFETCHW } },
    { ZYDIS_ISA_SET_RDPID, { F_RDPID } },
    { ZYDIS_ISA_SET_RDPMC, { 0 } },
    { ZYDIS_ISA_SET_RDRAND, { F_RDRAND } },
    { ZYDIS_ISA_SET_RDSEED, { F_RDSEED } },
    { ZYDIS_ISA_SET_RDTSCP, { F_RDTSCP } },
    { ZYDIS_ISA_SET_RDWRFSGS, { F_FSGSBASE } },
    { ZYDIS_ISA_SET_SERIALIZE, { F_SERIALIZE } },
    { ZYDIS_ISA_SET_SHA, { F_SHA } },
    { ZYDIS_ISA_SET_SMAP, { F_SMAP } },
    { ZYDIS_ISA_SET_SSE, { F_SSE } },
    { ZYDIS_ISA_SET_SSE2, { F_SSE2 } },
    { ZYDIS_ISA_SET_SSE2MMX, { F_SSE2 } },
    { ZYDIS_ISA_SET_SSE3, { F_SSE3 } },
    { ZYDIS_ISA_SET_SSE3X87, { F_SSE3 } },
    { ZYDIS_ISA_SET_SSE4, { F_SSE4_1 } },
    { ZYDIS_ISA_SET_SSE42, { F_SSE4_2 } },
    { ZYDIS_ISA_SET_SSEMXCSR, { F_SSE } },
    { ZYDIS_ISA_SET_SSE_PREFETCH, { F_SSE } },
    { ZYDIS_ISA_SET_SSSE3, { F_SSSE3 } },
    { ZYDIS_ISA_SET_SSSE3MMX, { F_SSSE3 } },
    { ZYDIS_ISA_SET_VAES, { F_VAES } },
    { ZYDIS_ISA_SET_VPCLMULQDQ, { F_VPCLMULQDQ } },
    { ZYDIS_ISA_SET_X87, { F_FPU, ALWAYS } },
    { ZYDIS_ISA_SET_XSAVE, { F_XSAVE } },
    { ZYDIS_ISA_SET_XSAVEC, { F_XSAVEC } },
    { ZYDIS_ISA_SET_XSAVEOPT, { F_XSAVEOPT } },
    { ZYDIS_ISA_SET_XSAVES, { F_XSAVES } },
};
/* clang-format on */

static const struct set *find_set(const ZydisDecodedInstruction *zi)
{
    for (unsigned i = 0; i < ARRAY_SIZE(sets); i++) {
        if (sets[i].set == zi->meta.isa_set)
            return &sets[i];
    }
    return NULL;
}

bool is_wanted(const ZydisDecodedInstruction *zi)
{
    if (zi->mnemonic == ZYDIS_MNEMONIC_ENDBR32 || zi->mnemonic == ZYDIS_MNEMONIC_ENDBR64)
        return true; /* NOPs without CET, but by their name */
    return zi->encoding != ZYDIS_INSTRUCTION_ENCODING_EVEX && find_set(zi);
}

bool feature_agrees(const struct row *row, const ZydisDecodedInstruction *zi)
{
    const struct set *set = find_set(zi);

    if (!set || !set->features[0])
        return true;
    for (unsigned i = 0; i < ARRAY_SIZE(set->features) && set->features[i]; i++) {
        if (set->features[i] == (row->feature == F_NONE ? (unsigned)ALWAYS : row->feature))
            return true;
    }
    return false;
}

/* One of the words of "a|b|c" or "a/b/c". */
static bool is_called(const char *words, const char *name)
{
    size_t length = strlen(name);

    for (;;) {
        size_t word = strcspn(words, "|/");

        if (word == length && !strncmp(words, name, length))
            return true;
        if (!words[word])
            return false;
        words += word + 1;
    }
}

bool has_mnemonic(const char *name)
{
    for (unsigned i = 1; i < insn_row_count; i++) {
        if (is_called(insn_rows[i].mnemonic, name))
            return true;
    }
    return false;
}
