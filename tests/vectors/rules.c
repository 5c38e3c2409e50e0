/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/vectors/rules.c - the table of differences between an 80286 and later processors. */
#include "tests/vectors/rules.h"

#include <string.h>

enum {
    CF = 0x001,
    PF = 0x004,
    AF = 0x010,
    ZF = 0x040,
    SF = 0x080,
    OF = 0x800,
    FLAGS_OF_286 = 0x0fff, /* bits 12-15 are IOPL, NT and 0 on the 80286, and differ in real mode */
};

static unsigned reg_field(const struct judged *judged)
{
    return judged->modrm >> 3 & 7;
}

/* Opcodes whose operand is on the stack, and ModRM forms that address through BP. */
static bool uses_stack_segment(const struct judged *judged, bool ss_prefix)
{
    static const char pushes_and_pops[] =
        "\x06\x07\x0e\x16\x17\x1e\x1f\x60\x61\x68\x6a\x8f\x9a\x9c\x9d\xc2\xc3\xc8\xc9\xca\xcb"
        "\xcc\xcd\xce\xcf\xe8\xff";
    unsigned mod = judged->modrm >> 6, rm = judged->modrm & 7;

    if (ss_prefix || (judged->opcode >= 0x50 && judged->opcode <= 0x5f))
        return true;
    if (memchr(pushes_and_pops, judged->opcode, sizeof pushes_and_pops - 1))
        return true;
    return mod != 3 && (rm == 2 || rm == 3 || (rm == 6 && mod != 0));
}

void judged_init(struct judged *judged, const struct moo_test *test,
                 const struct metadata *metadata)
{
    bool ss_prefix = false;
    unsigned i;

    *judged = (struct judged){ .test = test, .metadata = metadata, .flags_pushed_at = -1 };
    memset(judged->compare, 0xff, sizeof judged->compare);
    for (i = 0; i + 1 < test->code_count; i++) {
        uint8_t byte = test->code[i];

        if (byte == 0xf0)
            judged->lock = true;
        else if (byte == 0x36)
            ss_prefix = true;
        else if (byte == 0x26 || byte == 0x2e || byte == 0x3e)
            ss_prefix = false;
        else if (byte != 0xf2 && byte != 0xf3)
            break;
    }
    judged->two_byte = test->code[i] == 0x0f && i + 1 < test->code_count;
    i += judged->two_byte;
    judged->opcode = test->code[i];
    judged->modrm = i + 1 < test->code_count ? test->code[i + 1] : 0;
    judged->stack_segment = uses_stack_segment(judged, ss_prefix);
}

/* ---- tests left out ------------------------------------------------------------------------ */

static bool lock_is_invalid(struct judged *judged)
{
    uint8_t op = judged->opcode;
    unsigned reg = reg_field(judged);
    bool lockable;

    if (!judged->lock || judged->two_byte)
        return judged->lock;
    if (op < 0x38)
        lockable = (op & 7) <= 1; /* ADD OR ADC SBB AND SUB XOR with a memory destination */
    else if (op >= 0x80 && op <= 0x83)
        lockable = reg != 7; /* not CMP */
    else if (op == 0xf6 || op == 0xf7)
        lockable = reg == 2 || reg == 3; /* NOT NEG */
    else if (op == 0xfe || op == 0xff)
        lockable = reg <= 1; /* INC DEC */
    else
        lockable = op == 0x86 || op == 0x87; /* XCHG */
    return !lockable || judged->modrm >> 6 == 3;
}

static bool too_long(struct judged *judged)
{
    return judged->test->code_count > 11; /* one of them is the HLT */
}

static bool is_coprocessor(struct judged *judged)
{
    return !judged->two_byte &&
           ((judged->opcode >= 0xd8 && judged->opcode <= 0xdf) || judged->opcode == 0x9b);
}

/* MOV with segment register 4 or 5. */
static bool is_later_segment(struct judged *judged)
{
    return !judged->two_byte && (judged->opcode == 0x8c || judged->opcode == 0x8e) &&
           (reg_field(judged) == 4 || reg_field(judged) == 5);
}

/* ---- parts not compared -------------------------------------------------------------------- */

static bool high_flags(struct judged *judged)
{
    bool pushf = !judged->two_byte && judged->opcode == 0x9c;

    judged->compare[VECTOR_FLAGS] &= FLAGS_OF_286;
    if (judged->test->vector >= 0)
        judged->flags_pushed_at = (judged->test->after.value[VECTOR_SP] + 4) & 0xffff;
    else if (pushf)
        judged->flags_pushed_at = judged->test->after.value[VECTOR_SP];
    return true;
}

static bool undefined_flags(struct judged *judged)
{
    uint16_t mask =
        (judged->two_byte ? judged->metadata->two_byte
                          : judged->metadata->one_byte)[judged->opcode][reg_field(judged)];

    judged->compare[VECTOR_FLAGS] &= mask;
    return mask != 0xffff;
}

static bool undefined_flags_later(struct judged *judged)
{
    uint8_t op = judged->opcode;
    unsigned reg = reg_field(judged);
    uint16_t differ = 0;

    if (judged->two_byte)
        return false;
    if ((op == 0xc0 || op == 0xc1 || (op >= 0xd0 && op <= 0xd3)) && (reg == 4 || reg == 6))
        differ = AF; /* SHL, SAL */
    else if (op == 0x69 || op == 0x6b || ((op == 0xf6 || op == 0xf7) && (reg == 4 || reg == 5)))
        differ = SF | ZF | AF | PF; /* MUL, IMUL */
    else if ((op == 0xf6 || op == 0xf7) && reg >= 6)
        differ = CF | PF | AF | ZF | SF | OF; /* DIV, IDIV */
    else if (op == 0xd4)                      /* AAM; a divide error comes before any flag later */
        differ = judged->test->vector == 0 ? CF | PF | AF | ZF | SF | OF : SF;
    else if (op == 0xd5)
        differ = CF | OF | AF | SF; /* AAD */
    else if (op == 0x2f)
        differ = OF; /* DAS */
    judged->compare[VECTOR_FLAGS] &= (uint16_t)~differ;
    return differ != 0;
}

static bool halt_at_target(struct judged *judged)
{
    const struct moo_test *test = judged->test;
    uint32_t halt = real_address(test->after.value[VECTOR_CS], test->after.value[VECTOR_IP] - 1u);

    judged->halt_at_target = true;
    for (unsigned i = 0; i < test->ram_before.count; i++)
        if (test->ram_before.bytes[i].address == halt && test->ram_before.bytes[i].value == 0xf4)
            judged->halt_at_target = false;
    return judged->halt_at_target;
}

static bool stack_fault(struct judged *judged)
{
    judged->vector_12_as_13 = judged->test->vector == 13 && judged->stack_segment;
    return judged->vector_12_as_13;
}

static bool faulting_string(struct judged *judged)
{
    static const char strings[] = "\x6d\x6f\xa5\xa7\xab\xad\xaf";
    static const enum vector_reg moved[] = { VECTOR_AX, VECTOR_CX, VECTOR_SI, VECTOR_DI,
                                             VECTOR_FLAGS };

    if (judged->test->vector != 13 || judged->two_byte ||
        !memchr(strings, judged->opcode, sizeof strings - 1))
        return false;
    for (unsigned i = 0; i < ARRAY_SIZE(moved); i++)
        judged->compare[moved[i]] = 0;
    return true;
}

/* clang-format off */
const struct rule rules[] = {
    { "lock",            true,  lock_is_invalid,       "LOCK is #UD from the 80386 on unless it is a lockable memory form" },
    { "length",          true,  too_long,              "more than 10 bytes fault on the 80286; the limit is 15 later" },
    { "coprocessor",     true,  is_coprocessor,        "D8-DF and 9B differ with and without a coprocessor" },
    { "later-segments",  true,  is_later_segment,      "FS and GS exist from the 80386 on" },
    { "flags-12-15",     false, high_flags,            "FLAGS bits 12-15, also where FLAGS are pushed" },
    { "undefined",       false, undefined_flags,       "flags that metadata.json says are undefined" },
    { "undefined-later", false, undefined_flags_later, "undefined flags in which later processors differ" },
    { "halt-at-target",  false, halt_at_target,        "no HLT was recorded at the target: one is written" },
    { "stack-fault",     false, stack_fault,           "word at stack offset FFFF: vector 13 on the 80286, 12 later" },
    { "faulting-string", false, faulting_string,       "a faulting string iteration leaves AX CX SI DI FLAGS elsewhere" },
    { 0 },
};
/* clang-format on */
