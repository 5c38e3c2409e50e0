/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/silicon/rules.c - what the host processor cannot judge, and where processors differ. */
#include "tests/silicon/rules.h"

#include <string.h>

#include "cpu/x87.h"
#include "tests/silicon/native.h"
#include "util/bits.h"

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

bool rule_asks_descriptors(const struct row *row)
{
    static const char *const prefixes[] = {
        "mov_SS_", "mov_Sw_", "pop_FS", "pop_GS", "lss_",  "lfs_", "lgs_", "call_Mp", "jmp_Mp",
        "retf",    "int_Ib",  "iret",   "verr_",  "verw_", "lar_", "lsl_", "sysexit",
    };

    for (unsigned i = 0; i < ARRAY_SIZE(prefixes); i++) {
        if (!strncmp(row->id, prefixes[i], strlen(prefixes[i])))
            return true;
    }
    return false;
}

bool rule_asks_bases(const struct row *row)
{
    return rule_asks_descriptors(row) || !strncmp(row->id, "wrfsbase", 8) ||
           !strncmp(row->id, "wrgsbase", 8);
}

/* ---- encodings without a judge ---- */

static bool has_prefix(const struct test_case *tc, const struct insn *insn, uint8_t prefix)
{
    (void)insn;
    for (unsigned i = 0; i < tc->length; i++) {
        uint8_t byte = tc->code[i];

        if (byte == prefix)
            return true;
        if (byte != 0x66 && byte != 0x67 && byte != 0xf0 && byte != 0xf2 && byte != 0xf3 &&
            (byte & 0xe7) != 0x26 && (byte & 0xfe) != 0x64)
            return false;
    }
    return false;
}

static bool narrow_branch(const struct insn *insn, const struct test_case *tc)
{
    return tc->bits == 64 && insn_row(insn)->attributes & A_BRANCH && has_prefix(tc, insn, 0x66);
}

static bool wide_far_pointer(const struct insn *insn, const struct test_case *tc)
{
    (void)tc;
    return insn->mem && insn->opsize == OPSIZE_64 &&
           (OP_SIZE(insn_row(insn)->operands[0]) == SZ_p ||
            OP_SIZE(insn_row(insn)->operands[1]) == SZ_p);
}

static bool narrow_movsxd(const struct insn *insn, const struct test_case *tc)
{
    return !strncmp(insn_row(insn)->id, "movsxd", 6) && has_prefix(tc, insn, 0x66);
}

static bool prefetch_register(const struct insn *insn, const struct test_case *tc)
{
    (void)tc;
    return OPC_INDEX(insn_row(insn)->opcode) == OPC_INDEX(MAP_0F(0x0d)) && !insn->mem;
}

static bool undefined_at_page_end(const struct insn *insn, const struct test_case *tc)
{
    return !strncmp(insn_row(insn)->id, "ud", 2) &&
           (case_code_address(tc) & PAGE_MASK) + tc->length > PAGE_SIZE;
}

static bool lock_of_selector(const struct insn *insn, const struct test_case *tc)
{
    return has_prefix(tc, insn, 0xf0) &&
           OPC_INDEX(insn_row(insn)->opcode) == OPC_INDEX(MAP_0F(0x00));
}

static bool lock_of_cr(const struct insn *insn, const struct test_case *tc)
{
    unsigned index = OPC_INDEX(insn_row(insn)->opcode);

    return has_prefix(tc, insn, 0xf0) &&
           (index == OPC_INDEX(MAP_0F(0x20)) || index == OPC_INDEX(MAP_0F(0x22)));
}

/* Operands of several words at the end of the address space: each word wraps, or none. */
static bool image_wraps(const struct insn *insn, const struct test_case *tc)
{
    uint64_t offset = (uint64_t)(int64_t)insn->disp;
    uint64_t mask = insn->asize == ASIZE_16 ? 0xffff : UINT32_MAX;

    if (insn->asize == ASIZE_64 || !insn->mem)
        return false;
    if (insn->base < 16)
        offset += tc->state.gpr[insn->base];
    if (insn->index < 16)
        offset += tc->state.gpr[insn->index] << insn->scale;
    for (unsigned i = 0; i < 4; i++) {
        unsigned size = OP_SIZE(insn_row(insn)->operands[i]);

        if (size == SZ_t)
            return (offset & mask) > mask - 9;
        if (size >= SZ_fenv)
            return (offset & mask) > mask - 1087;
    }
    return false;
}

static const struct {
    bool (*fits)(const struct insn *insn, const struct test_case *tc);
    const char *reason;
} rejections[] = {
    { narrow_branch, "near branches with 66h in 64-bit mode: 16 bits for AMD, 64 for Intel" },
    { wide_far_pointer, "far pointers with a 64-bit offset: Intel only" },
    { narrow_movsxd, "MOVSXD with 66h reads 4 bytes on AMD, 2 by the manual" },
    { prefetch_register, "0F 0D with a register is #UD on AMD, does nothing on Intel" },
    { undefined_at_page_end, "UD0, UD1: AMD decodes no operand" },
    { lock_of_selector, "LOCK of 0F 00: AMD reads the operand before it says #UD" },
    { image_wraps, "state images and m80 at the end of the address space: AMD wraps word by word" },
    { lock_of_cr, "LOCK MOV CR is CR8 on AMD" },
};
const unsigned rejection_count = ARRAY_SIZE(rejections);

const char *rejection_reason(unsigned rejection)
{
    return rejections[rejection].reason;
}

bool rule_rejects(const struct insn *insn, const struct test_case *tc, uint64_t *used)
{
    for (unsigned i = 0; i < rejection_count; i++) {
        if (rejections[i].fits(insn, tc)) {
            used[i]++;
            return true;
        }
    }
    return false;
}

/* ---- where processors differ ---- */

struct judged {
    const struct insn *insn;
    const struct row *row;
    const struct test_case *tc;
    const struct case_result *host;
    struct case_result *model;
};

/* The flags that the row calls undefined, where they need not be the host's. */
static bool undefined_flags(struct judged *j)
{
    uint64_t mask = j->row->flags_undefined;
    uint64_t difference = (j->host->state.rflags ^ j->model->state.rflags) & mask;

    if (!difference || native_has_undefined_flags())
        return false;
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

/* Null selectors 1-3: the host's kernel returns by IRET, which makes them 0. */
static bool null_selectors(struct judged *j)
{
    bool used = false;

    for (unsigned i = 0; i < 6; i++) {
        uint16_t *model = &j->model->state.seg[i];

        if (*model && *model < 4 && !j->host->state.seg[i]) {
            *model = 0;
            used = true;
        }
    }
    return used;
}

static bool has_title(const struct judged *j, const char *prefix)
{
    return !strncmp(j->row->title, prefix, strlen(prefix));
}

static bool is_image(const struct judged *j)
{
    for (unsigned i = 0; i < 4; i++) {
        if (OP_SIZE(j->row->operands[i]) >= SZ_fenv)
            return true;
    }
    return false;
}

/* Quadword of memory before the case. */
static uint64_t memory_before(const struct test_case *tc, uint64_t address)
{
    uint8_t bytes[8] = { 0 };

    for (unsigned i = 0; i < tc->chunks; i++) {
        for (unsigned k = 0; k < 8; k++) {
            uint64_t at = address + k - tc->chunk[i].address;

            if (at < tc->chunk[i].count)
                bytes[k] = tc->pool[tc->chunk[i].offset + at];
        }
    }
    return load_le64(bytes);
}

/* Take over what the host has in the bits of a written quadword. */
static bool copy_memory(struct judged *j, uint64_t address, uint64_t mask)
{
    uint64_t before = memory_before(j->tc, address), host = before;
    struct case_result *m = j->model;
    unsigned at = 0;

    for (unsigned i = 0; i < j->host->writes; i++) {
        if (j->host->write[i].address == address)
            host = j->host->write[i].value;
    }
    while (at < m->writes && m->write[at].address < address)
        at++;
    if (at == m->writes || m->write[at].address != address) {
        if (host == before || m->writes == CASE_WRITES)
            return false;
        memmove(&m->write[at + 1], &m->write[at], (m->writes - at) * sizeof m->write[0]);
        m->write[at].address = (uint32_t)address;
        m->write[at].value = before;
        m->writes++;
    }
    if (!((m->write[at].value ^ host) & mask))
        return false;
    m->write[at].value = (m->write[at].value & ~mask) | (host & mask);
    if (m->write[at].value == before) {
        m->writes--;
        memmove(&m->write[at], &m->write[at + 1], (m->writes - at) * sizeof m->write[0]);
    }
    return true;
}

/* Linear address of the memory operand, from the state before. */
static uint64_t operand_address(const struct judged *j)
{
    const struct insn *insn = j->insn;
    const struct case_state *s = &j->tc->state;
    uint64_t a = (uint64_t)(int64_t)insn->disp;

    if (insn->base < 16)
        a += s->gpr[insn->base];
    else if (insn->base == REG_TRACE_IP)
        a += s->rip + insn->length;
    if (insn->index < 16)
        a += s->gpr[insn->index] << insn->scale;
    if (insn->asize != ASIZE_64)
        a = insn->asize == ASIZE_32 ? (uint32_t)a : (uint16_t)a;
    if (j->tc->bits == 16)
        return CASE_WINDOW + a;
    if (insn->seg == SEG_FS || insn->seg == SEG_GS)
        a += insn->seg == SEG_FS ? s->fs_base : s->gs_base;
    return a;
}

/* FXSAVE, XSAVE: the pointers as in hidden_pointers(), and which MXCSR bits there are. */
static bool saved_image(struct judged *j)
{
    uint64_t at = operand_address(j);
    bool used = false;

    if ((!has_title(j, "FXSAVE") && !has_title(j, "XSAVE")) ||
        j->host->state.rip == j->tc->state.rip)
        return false;
    used |= copy_memory(j, at + 24, UINT64_C(0xffffffff00000000)); /* MXCSR_MASK */
    if (!(j->tc->state.fpu.fsw & FSW_ES)) {
        used |= copy_memory(j, at, UINT64_C(0xffff000000000000));
        for (unsigned i = 8; i < 24; i += 8)
            used |= copy_memory(j, at + i, UINT64_MAX);
    }
    return used;
}

/* MXCSR bit 17 is AMD's misaligned exception mask (MISALIGNSSE), reserved elsewhere. */
static bool amd_mxcsr_bit(struct judged *j)
{
    if (!has_title(j, "LDMXCSR") || !(j->host->state.mxcsr & 1u << 17) ||
        j->model->vector != VEC_GP)
        return false;
    *j->model = *j->host;
    return true;
}

static bool nothing_was_done(const struct test_case *tc, const struct case_result *r)
{
    return r->state.rip == tc->state.rip && r->state.gpr[RSP] == tc->state.gpr[RSP];
}

/* CMPS whose operands both fault: the manual does not say which is asked for first. Zen 3 reports
 * ES:rDI, Zen 5 DS:rSI. */
static bool compare_order(struct judged *j)
{
    if (!has_title(j, "CMPS/") || j->host->vector == VEC_BP || j->model->vector == VEC_BP ||
        !nothing_was_done(j->tc, j->host) || !nothing_was_done(j->tc, j->model) ||
        (j->host->vector == j->model->vector && j->host->cr2 == j->model->cr2))
        return false;
    j->model->vector = j->host->vector;
    j->model->error = j->host->error;
    j->model->cr2 = j->host->cr2;
    return true;
}

/* Of an operand of several words: which page is asked for first, and whether before its contents. */
static bool fault_order(struct judged *j)
{
    const struct test_case *tc = j->tc;
    uint64_t from, bytes, at;

    if (j->host->vector != VEC_PF || !nothing_was_done(tc, j->host) ||
        !nothing_was_done(tc, j->model) ||
        (j->model->vector == VEC_PF && j->host->cr2 == j->model->cr2))
        return false;
    if (is_image(j)) {
        from = operand_address(j);
        bytes = 1088;
    } else if (has_title(j, "RET") || has_title(j, "IRET") || has_title(j, "CALL")) {
        from = tc->bits == 16 ? CASE_WINDOW + (uint16_t)tc->state.gpr[RSP] : tc->state.gpr[RSP];
        from -= 16;
        bytes = 16 + 5 * 8;
    } else {
        return false;
    }
    bytes += has_title(j, "RET") ? 0x10000 : 0; /* what RET n releases lies between */
    at = j->host->cr2 - from;
    if (has_title(j, "CALL")) /* to 32-bit code: AMD pushes when it is there already */
        at = (uint32_t)at;
    if (at >= bytes)
        return false;
    j->model->vector = VEC_PF;
    j->model->error = j->host->error;
    j->model->cr2 = j->host->cr2;
    return true;
}

/* A far return that is wrong in several ways: selectors, their descriptors, stack, alignment. */
static bool far_return_faults(struct judged *j)
{
    if ((!has_title(j, "RET") && !has_title(j, "IRET")) || j->row->attributes & A_BRANCH ||
        j->host->vector == VEC_BP || j->model->vector == VEC_BP ||
        !nothing_was_done(j->tc, j->host) || !nothing_was_done(j->tc, j->model) ||
        (j->host->vector == j->model->vector && j->host->error == j->model->error))
        return false;
    j->model->vector = j->host->vector;
    j->model->error = j->host->error;
    j->model->cr2 = j->host->cr2;
    return true;
}

/* FXSAVE, XSAVE and their like: of several reasons why the operand is refused. */
static bool image_alignment(struct judged *j)
{
    uint64_t refusals = BIT(VEC_AC) | BIT(VEC_GP) | BIT(VEC_SS);

    if (!is_image(j) || j->host->vector == j->model->vector || j->host->error || j->model->error ||
        !(refusals >> j->host->vector & 1) || !(refusals >> j->model->vector & 1))
        return false;
    j->model->vector = j->host->vector;
    return true;
}

/* A far CALL that faults: the return address may have been pushed already; SP does not tell. */
static bool pushed_before_fault(struct judged *j)
{
    uint64_t sp = j->tc->state.gpr[RSP];

    if (!has_title(j, "CALL") || !j->host->writes || j->model->writes || j->host->writes > 3 ||
        j->host->state.gpr[RSP] != j->tc->state.gpr[RSP] || j->host->state.rip != j->tc->state.rip)
        return false;
    for (unsigned i = 0; i < j->host->writes; i++) {
        uint64_t below = sp - j->host->write[i].address - 1;

        if (j->tc->bits == 16)
            below &= 0xffff;
        if (below >= 24)
            return false;
        j->model->write[i] = j->host->write[i];
    }
    j->model->writes = j->host->writes;
    return true;
}

/* The manual says C1 := 0; AMD leaves it. */
static bool compare_c1(struct judged *j)
{
    unsigned difference = (j->host->state.fpu.fsw ^ j->model->state.fpu.fsw) & FSW_C1;

    if (!has_title(j, "FCOMI") || !difference)
        return false;
    j->model->state.fpu.fsw ^= (uint16_t)difference;
    return true;
}

/* AMD is in MMX state already when it reports #XM, or a page where MASKMOVQ cannot write. */
static bool mmx_state_at_fault(struct judged *j)
{
    bool mmx = false;

    for (unsigned i = 0; i < 4; i++) {
        unsigned kind = OP_KIND(j->row->operands[i]);

        mmx |= kind == K_P || kind == K_Q || kind == K_N;
    }
    if (!mmx || j->host->vector != j->model->vector ||
        (j->host->vector != VEC_XM && !(has_title(j, "MASKMOVQ") && j->host->vector != VEC_BP)))
        return false;
    j->model->state.fpu.ftw = j->host->state.fpu.ftw;
    j->model->state.fpu.fsw =
        (uint16_t)((j->model->state.fpu.fsw & ~FSW_TOP) | (j->host->state.fpu.fsw & FSW_TOP));
    return true;
}

/* RCP, RSQRT: the manual allows a relative error of 1.5 * 2^-12; the tables are each maker's. */
static bool approximations(struct judged *j)
{
    bool used = false;

    if (!has_title(j, "RCP") && !has_title(j, "RSQRT"))
        return false;
    for (unsigned i = 0; i < 16; i++) {
        uint32_t *host = (uint32_t *)(uintptr_t)(const void *)j->host->state.vec[i];
        uint32_t *model = (uint32_t *)j->model->state.vec[i];

        for (unsigned k = 0; k < 8; k++) {
            uint32_t a = host[k], b = model[k], distance = a > b ? a - b : b - a;

            /* Twice that error, of a number with 24 bits: at most 3 * 2^12 units in the last place;
             * and what is tiny becomes 0, which at the border is a matter of the same error. */
            bool tiny = (a << 1 == 0 && b << 1 <= 0x01000000 + (3 << 13)) ||
                        (b << 1 == 0 && a << 1 <= 0x01000000 + (3 << 13));

            if (a == b || (a ^ b) >> 31 || (distance > 3 << 12 && !tiny))
                continue;
            model[k] = a;
            used = true;
        }
    }
    return used;
}

/* The transcendental functions: within one unit in the last place, and the rounding bit with it. */
static bool transcendentals(struct judged *j)
{
    static const char *const titles[] = { "F2XM1", "FYL2X", "FPTAN",  "FPATAN",
                                          "FSIN",  "FCOS",  "FYL2XP1" };
    struct fpu *model = &j->model->state.fpu;
    const struct fpu *host = &j->host->state.fpu;
    bool used = false, fits = false;

    for (unsigned i = 0; i < ARRAY_SIZE(titles); i++)
        fits |= has_title(j, titles[i]);
    if (!fits)
        return false;
    for (unsigned i = 0; i < 8; i++) {
        uint64_t a = host->st[i].mantissa, b = model->st[i].mantissa;
        bool next =
            host->st[i].sign_exponent == model->st[i].sign_exponent && (a - b == 1 || b - a == 1);
        /* a power of two lies between */
        bool across = (host->st[i].sign_exponent == model->st[i].sign_exponent + 1 &&
                       a == BIT(63) && b == UINT64_MAX) ||
                      (model->st[i].sign_exponent == host->st[i].sign_exponent + 1 &&
                       b == BIT(63) && a == UINT64_MAX);

        if (!next && !across)
            continue;
        model->st[i] = host->st[i];
        used = true;
    }
    if ((host->fsw ^ model->fsw) & FSW_C1) {
        model->fsw ^= FSW_C1;
        used = true;
    }
    return used;
}

static const struct {
    bool (*apply)(struct judged *);
    const char *reason;
} rules[] = {
    { resume_flag, "RF as pushed by a fault: the interpreter was stopped before it pushes" },
    { hidden_pointers, "AMD shows the x87 pointers in a saved image while ES is set only" },
    { saved_image, "likewise in FXSAVE images, and AMD's MXCSR has one bit more" },
    { amd_mxcsr_bit, "MXCSR bit 17: MISALIGNSSE for AMD, reserved for others" },
    { null_selectors, "null selectors 1-3 are 0 after the kernel's IRET" },
    { compare_order, "CMPS: which of two operands that both fault is reported" },
    { fault_order, "#PF: which part of a far frame or state image is asked for first" },
    { far_return_faults, "far returns that are wrong in several ways: which fault is reported" },
    { image_alignment, "misaligned state images, not canonical or with AC set: #GP, #SS or #AC" },
    { pushed_before_fault, "AMD writes a far CALL's return address before it checks the target" },
    { compare_c1, "FCOMI and the like: AMD leaves C1, the manual clears it" },
    { mmx_state_at_fault, "AMD enters MMX state before it reports #XM, or a fault of MASKMOVQ" },
    { approximations, "RCP, RSQRT: within the manual's error; the tables are the maker's" },
    { transcendentals, "x87 transcendentals: within one unit in the last place, C1 with it" },
    { undefined_flags, "flags that the manual leaves undefined, on a host that is not AMD's 1Ah" },
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
