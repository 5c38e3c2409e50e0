/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_sse_string.c - PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM, and in VEX encoding.
 * Source: SDM Vol. 1, "String and Text Processing Instructions" of SSE4.2; SDM Vol. 2, "Imm8
 * Control Byte Operation for PCMPESTRI / PCMPESTRM / PCMPISTRI / PCMPISTRM".
 */
#include "cpu/avx_int.h"

/* The immediate byte. */
enum {
    STR_WORDS = 1 << 0,  /* elements are words, not bytes */
    STR_SIGNED = 1 << 1, /* and signed */
    STR_AGGREGATION = 3 << 2,
    STR_EQUAL_ANY = 0 << 2,
    STR_RANGES = 1 << 2,
    STR_EQUAL_EACH = 2 << 2,
    STR_EQUAL_ORDERED = 3 << 2,
    STR_NEGATIVE = 1 << 4,   /* complement the result ... */
    STR_VALID_ONLY = 1 << 5, /* ... but only where the second operand is valid */
    STR_HIGHEST = 1 << 6,    /* index: the last match instead of the first; mask: by elements */
};

struct string_operands {
    union xmm a, b;              /* first and second operand */
    unsigned length_a, length_b; /* valid elements */
    unsigned imm;
};

static int element(const union xmm *v, unsigned i, unsigned imm)
{
    if (imm & STR_WORDS)
        return imm & STR_SIGNED ? (int16_t)LANE_W(v, i) : LANE_W(v, i);
    return imm & STR_SIGNED ? (int8_t)LANE_B(v, i) : LANE_B(v, i);
}

/* Elements before the first zero. */
static unsigned implicit_length(const union xmm *v, unsigned imm)
{
    unsigned count = imm & STR_WORDS ? 8 : 16, n = 0;

    while (n < count && element(v, n, imm) != 0)
        n++;
    return n;
}

/* |rAX| or |rDX|, at most the number of elements. */
static unsigned explicit_length(uint64_t value, bool wide, unsigned imm)
{
    unsigned count = imm & STR_WORDS ? 8 : 16;
    int64_t length = wide ? (int64_t)value : (int32_t)value;
    uint64_t magnitude = length < 0 ? 0 - (uint64_t)length : (uint64_t)length;

    return magnitude < count ? (unsigned)magnitude : count;
}

/* Does element j of b match, by the aggregation that imm names? */
static bool matches(const struct string_operands *o, unsigned j, unsigned count)
{
    const unsigned imm = o->imm;
    int value = element(&o->b, j, imm);

    switch (imm & STR_AGGREGATION) {
    case STR_EQUAL_ANY: /* b[j] is in the set a */
        if (j >= o->length_b)
            return false;
        for (unsigned i = 0; i < o->length_a; i++) {
            if (element(&o->a, i, imm) == value)
                return true;
        }
        return false;
    case STR_RANGES: /* b[j] is in one of the ranges a[0]..a[1], a[2]..a[3], ... */
        if (j >= o->length_b)
            return false;
        for (unsigned i = 0; i + 1 < o->length_a; i += 2) {
            if (element(&o->a, i, imm) <= value && value <= element(&o->a, i + 1, imm))
                return true;
        }
        return false;
    case STR_EQUAL_EACH: /* a[j] equals b[j]; both beyond the end also match */
        if (j >= o->length_a || j >= o->length_b)
            return j >= o->length_a && j >= o->length_b;
        return element(&o->a, j, imm) == value;
    default: /* the string a begins at b[j], as far as b is known */
        for (unsigned i = 0; i < o->length_a && i + j < count; i++) {
            if (i + j >= o->length_b || element(&o->a, i, imm) != element(&o->b, i + j, imm))
                return false;
        }
        return true;
    }
}

/* IntRes2: a bit for each element of b. */
static uint32_t compare_strings(const struct string_operands *o)
{
    unsigned count = o->imm & STR_WORDS ? 8 : 16;
    uint32_t result = 0;

    for (unsigned j = 0; j < count; j++) {
        bool bit = matches(o, j, count);

        if (o->imm & STR_NEGATIVE && !(o->imm & STR_VALID_ONLY && j >= o->length_b))
            bit = !bit;
        result |= (uint32_t)bit << j;
    }
    return result;
}

/* CF: any match; ZF, SF: b, a end within the register; OF: bit 0 of the result; AF PF clear. */
static void set_flags(struct cpu *cpu, const struct string_operands *o, uint32_t result)
{
    unsigned count = o->imm & STR_WORDS ? 8 : 16;

    flags_load(cpu, (result ? CF : 0) | (o->length_b < count ? ZF : 0) |
                        (o->length_a < count ? SF : 0) | (result & 1 ? OF : 0));
}

/* Compare, set EFLAGS and write ECX or XMM0. Not inline: handlers stay free of addressed locals. */
static NOINLINE void compare(struct cpu *cpu, const struct insn *insn, uint64_t b0, uint64_t b1,
                             bool explicit, bool index)
{
    struct string_operands o = { .a = xmm_read(cpu, insn->dst),
                                 .b.q = { b0, b1 },
                                 .imm = (uint8_t)insn->imm };
    unsigned count = o.imm & STR_WORDS ? 8 : 16;
    uint32_t result;

    if (explicit) {
        bool wide = insn_ysize(insn) == 8;

        o.length_a = explicit_length(cpu->gpr[RAX], wide, o.imm);
        o.length_b = explicit_length(cpu->gpr[RDX], wide, o.imm);
    } else {
        o.length_a = implicit_length(&o.a, o.imm);
        o.length_b = implicit_length(&o.b, o.imm);
    }
    result = compare_strings(&o);
    set_flags(cpu, &o, result);
    if (index) {
        cpu->gpr[RCX] = !result               ? count
                        : o.imm & STR_HIGHEST ? 31u - (unsigned)__builtin_clz(result)
                                              : (unsigned)__builtin_ctz(result);
    } else {
        union xmm mask = { .q = { result, 0 } };

        if (o.imm & STR_HIGHEST) {
            for (unsigned i = 0; i < 16; i++)
                LANE_B(&mask, i) = result >> (o.imm & STR_WORDS ? i / 2 : i) & 1 ? 0xff : 0;
        }
        xmm_write(cpu, 0, &mask);
    }
}

/* The memory operand need not be aligned. The VEX form that writes XMM0 clears the rest of it. */
#define STRING_COMPARE(name, explicit, index)                                                      \
    SSE_BODY(name)                                                                                 \
    {                                                                                              \
        union xmm b;                                                                               \
                                                                                                   \
        if (!xmm_source(cpu, insn, form, 1, &b))                                                   \
            return false;                                                                          \
        compare(cpu, insn, b.q[0], b.q[1], explicit, index);                                       \
        return true;                                                                               \
    }                                                                                              \
    SSE_R_RM(name)                                                                                 \
    AVX_BODY(v##name)                                                                              \
    {                                                                                              \
        if (!name##_body(cpu, insn, form))                                                         \
            return false;                                                                          \
        if (!(index))                                                                              \
            memset(cpu->vec[0].b + 16, 0, VEC_BYTES - 16);                                         \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM_128(v##name)
STRING_COMPARE(pcmpestri, true, true)
STRING_COMPARE(pcmpestrm, true, false)
STRING_COMPARE(pcmpistri, false, true)
STRING_COMPARE(pcmpistrm, false, false)
