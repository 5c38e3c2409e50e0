/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/silicon/generate_special.c - what single instructions need beside: operands that the row
 * does not show, values between which something interesting happens, places to return to.
 */
#include <string.h>

#include "tests/silicon/generate.h"
#include "util/bits.h"

static uint64_t *gpr(struct maker *m, unsigned n)
{
    return &m->tc->state.gpr[n];
}

/* Offset in a segment of a linear address. */
static uint64_t in_segment(const struct maker *m, uint64_t address)
{
    return m->bits == 16 ? address - CASE_WINDOW : address;
}

static unsigned address_mask_bits(const struct maker *m)
{
    return m->e.insn.asize == ASIZE_64 ? 64 : m->e.insn.asize == ASIZE_32 ? 32 : 16;
}

/* A register as an address of the instruction's address size; what is above it is random. */
static void set_pointer(struct maker *m, unsigned n, uint64_t address)
{
    unsigned width = address_mask_bits(m);
    uint64_t value = in_segment(m, address);

    if (width < 64)
        value = (value & mask_bits(width)) |
                (rng_once_in(&m->rng, 4) ? rng_next(&m->rng) & ~mask_bits(width) : 0);
    *gpr(m, n) = value;
}

static void random_bytes(struct maker *m, uint64_t address, unsigned before, unsigned after)
{
    uint8_t bytes[512];
    unsigned count = before + after;

    for (unsigned i = 0; i + 8 <= sizeof bytes; i += 8)
        store_le64(bytes + i, value_integer(&m->rng));
    generate_memory(m, address - before, bytes, count < sizeof bytes ? count : sizeof bytes);
}

/* MOVS, CMPS, STOS, LODS, SCAS, INS, OUTS: pointers, and counts that end. */
static void strings(struct maker *m)
{
    unsigned size = encode_operand_bytes(&m->e.insn, 0);
    unsigned count = rng_below(&m->rng, rng_once_in(&m->rng, 3) ? 41 : 8);
    uint64_t from = generate_place(m, size ? size : 4), to = generate_place(m, size ? size : 4);
    uint8_t bytes[384];

    if (rng_once_in(&m->rng, 4)) /* overlapping */
        to = from + rng_below(&m->rng, 64) - 32;
    set_pointer(m, RSI, from);
    set_pointer(m, RDI, to);
    *gpr(m, RCX) = count;
    if (address_mask_bits(m) < 64 && rng_once_in(&m->rng, 4))
        *gpr(m, RCX) |= rng_next(&m->rng) & ~mask_bits(address_mask_bits(m));
    /* For comparisons: much of the same. */
    memset(bytes, (int)(rng_next(&m->rng) & 0xff), sizeof bytes);
    if (rng_once_in(&m->rng, 2)) {
        *gpr(m, RAX) = bytes[0] * UINT64_C(0x0101010101010101);
    }
    for (unsigned i = rng_below(&m->rng, 6); i; i--)
        bytes[rng_below(&m->rng, sizeof bytes)] = (uint8_t)rng_next(&m->rng);
    if (rng_once_in(&m->rng, 3))
        random_bytes(m, from, 192, 192);
    else
        generate_memory(m, from - 192, bytes, sizeof bytes);
    if (rng_once_in(&m->rng, 3))
        random_bytes(m, to, 192, 192);
    else
        generate_memory(m, to - 192, bytes, sizeof bytes);
}

/* What lies on the stack. */
static uint64_t stack_address(struct maker *m)
{
    return (m->bits == 16 ? CASE_WINDOW + (uint16_t)*gpr(m, RSP) : *gpr(m, RSP));
}

static void stack(struct maker *m)
{
    random_bytes(m, stack_address(m), 64, 128);
}

/* Words on the stack: where to return to, selectors, flags, stack pointer. */
static void put_stack_word(struct maker *m, uint8_t *bytes, unsigned *at, unsigned size,
                           uint64_t value)
{
    (void)m;
    store_le(bytes + *at, size, value);
    *at += size;
}

static unsigned operand_bytes(const struct maker *m)
{
    return 1u << m->e.insn.opsize;
}

static uint64_t flags_image(struct maker *m)
{
    /* TF would stop after the next instruction, VM and IOPL are not ours. */
    return (rng_next(&m->rng) & (EFLAGS_STATUS | DF | NT | AC | ID | RF | IF | IOPL)) |
           (rng_once_in(&m->rng, 8) ? VIF | VIP : 0);
}

static void near_return(struct maker *m)
{
    uint8_t bytes[32] = { 0 };
    unsigned at = 0;

    stack(m);
    put_stack_word(m, bytes, &at, operand_bytes(m), generate_code_target(m));
    generate_memory(m, stack_address(m), bytes, at);
    if (m->e.immediate < m->e.length) /* RET n: little, mostly */
        if (rng_below(&m->rng, 4)) {
            m->e.bytes[m->e.immediate] &= 0x3f;
            m->e.bytes[m->e.immediate + 1] = 0;
        }
}

static void far_frame(struct maker *m, bool iret)
{
    uint8_t bytes[64] = { 0 };
    unsigned at = 0, size = operand_bytes(m);
    uint64_t sp = *gpr(m, RSP) + 64 + 8 * rng_below(&m->rng, 8);

    stack(m);
    put_stack_word(m, bytes, &at, size, generate_code_target(m));
    put_stack_word(m, bytes, &at, size, generate_selector(m, true));
    if (iret) {
        put_stack_word(m, bytes, &at, size, flags_image(m));
        put_stack_word(m, bytes, &at, size, sp);
        put_stack_word(m, bytes, &at, size, generate_selector(m, false));
    }
    generate_memory(m, stack_address(m), bytes, at);
    if (!iret && m->e.immediate < m->e.length) {
        m->e.bytes[m->e.immediate] &= 0x3f;
        m->e.bytes[m->e.immediate + 1] = 0;
    }
}

static void far_return(struct maker *m)
{
    far_frame(m, false);
}

static void interrupt_return(struct maker *m)
{
    far_frame(m, true);
}

static void pop_flags(struct maker *m)
{
    uint8_t bytes[8];

    stack(m);
    store_le64(bytes, flags_image(m));
    generate_memory(m, stack_address(m), bytes, 8);
}

static void pop_segment(struct maker *m)
{
    uint8_t bytes[8];

    stack(m);
    store_le64(bytes, generate_selector(m, false) | (rng_next(&m->rng) << 16));
    generate_memory(m, stack_address(m), bytes, 8);
}

static void frames(struct maker *m)
{
    uint64_t high = rng_once_in(&m->rng, 8) ? rng_next(&m->rng) : 0;

    stack(m);
    *gpr(m, RBP) = *gpr(m, RSP) + 8 * rng_below(&m->rng, 24);
    if (m->bits == 16)
        *gpr(m, RBP) = (uint16_t)*gpr(m, RBP) | (uint32_t)(high << 16);
    random_bytes(m, m->bits == 16 ? CASE_WINDOW + (uint16_t)*gpr(m, RBP) : *gpr(m, RBP), 128, 32);
    if (m->e.length - m->e.immediate == 3) { /* ENTER: a small frame, few levels */
        m->e.bytes[m->e.immediate + 1] &= 1;
        if (rng_once_in(&m->rng, 2))
            m->e.bytes[m->e.immediate + 2] &= 7;
    }
}

/* Near branches: relative, or to what the operand holds. */
static void branch(struct maker *m)
{
    unsigned count = (unsigned)(m->e.length - m->e.immediate);
    uint64_t target = generate_code_target(m);

    stack(m);
    if (OP_KIND(m->row->operands[0]) == K_J && count > 1) {
        uint64_t next = m->tc->state.rip + m->e.length;

        for (unsigned i = 0; i < count; i++)
            m->e.bytes[m->e.immediate + i] = (uint8_t)((target - next) >> 8 * i);
    } else if (m->e.insn.mem) {
        uint8_t bytes[8];

        store_le64(bytes, target);
        generate_memory(m, m->target, bytes, operand_bytes(m));
    } else if (m->e.insn.dst < 16) {
        *gpr(m, m->e.insn.dst) = target;
    }
    if (!strncmp(m->row->mnemonic, "loop", 4) || !strncmp(m->row->mnemonic, "jcxz", 4))
        *gpr(m, RCX) = rng_below(&m->rng, 4) | (rng_once_in(&m->rng, 3) ? BIT(32) | BIT(16) : 0);
}

/* Far pointers in memory or in the instruction. */
static void far_pointer(struct maker *m)
{
    bool load = m->row->mnemonic[0] == 'l';
    uint64_t offset = generate_code_target(m);
    uint16_t selector = generate_selector(m, !load);
    unsigned size = operand_bytes(m);

    stack(m);
    if (m->e.insn.mem) {
        uint8_t bytes[10];

        store_le(bytes, size, offset);
        store_le16(bytes + size, selector);
        generate_memory(m, m->target, bytes, size + 2);
    } else if (m->e.length - m->e.immediate >= 4) {
        store_le(m->e.bytes + m->e.immediate, size, offset);
        store_le16(m->e.bytes + m->e.immediate + size, selector);
    }
}

/* A selector where the source operand is: MOV Sw, LAR, LSL, VERR, VERW, ARPL. */
static void selector_operand(struct maker *m)
{
    uint16_t selector = generate_selector(m, false);
    unsigned n = OP_ACCESS(m->row->operands[1]) == ACC_R && m->row->operands[1] ? 1 : 0;

    if (m->e.insn.mem) {
        uint8_t bytes[2];

        store_le16(bytes, selector);
        generate_memory(m, m->target, bytes, 2);
    } else {
        unsigned number = insn_register(&m->e.insn, n);

        if (number < 16)
            *gpr(m, number) = (*gpr(m, number) & ~UINT64_C(0xffff)) | selector;
    }
}

/* DIV, IDIV: half of them should have a quotient. */
static void divide(struct maker *m)
{
    if (rng_once_in(&m->rng, 4))
        return;
    *gpr(m, RDX) = rng_once_in(&m->rng, 2) ? 0 : rng_below(&m->rng, 16);
    if (m->row->mnemonic[0] == 'i' && rng_once_in(&m->rng, 2))
        *gpr(m, RDX) = ~UINT64_C(0);
    if (OP_SIZE(m->row->operands[0]) == SZ_b)
        *gpr(m, RAX) &= rng_once_in(&m->rng, 2) ? 0xff : 0x3ff;
}

/* BT and others with a bit offset in a register: near the operand. */
static void bit_offset(struct maker *m)
{
    if (m->e.insn.mem && rng_below(&m->rng, 16)) {
        uint64_t offset = (uint64_t)rng_below(&m->rng, 1024) - 512;

        if (m->e.insn.src != m->e.insn.base && m->e.insn.src != m->e.insn.index)
            *gpr(m, m->e.insn.src) = offset;
        random_bytes(m, m->target, 72, 88);
    }
}

/* CMPXCHG: the accumulator equals the destination half of the time. */
static void compare_exchange(struct maker *m)
{
    if (rng_once_in(&m->rng, 2))
        return;
    if (m->e.insn.mem) {
        uint8_t bytes[16];

        if (strstr(m->row->mnemonic, "16b")) {
            store_le64(bytes, *gpr(m, RAX));
            store_le64(bytes + 8, *gpr(m, RDX));
            generate_memory(m, m->target, bytes, 16);
        } else if (strstr(m->row->mnemonic, "8b")) {
            store_le32(bytes, (uint32_t)*gpr(m, RAX));
            store_le32(bytes + 4, (uint32_t)*gpr(m, RDX));
            generate_memory(m, m->target, bytes, 8);
        } else {
            store_le64(bytes, *gpr(m, RAX));
            generate_memory(m, m->target, bytes, 8);
        }
    } else if (m->e.insn.dst < 16) {
        *gpr(m, m->e.insn.dst) = *gpr(m, RAX);
    }
}

static void translate(struct maker *m)
{
    uint64_t place = generate_place(m, 1);

    set_pointer(m, RBX, place - (uint8_t)*gpr(m, RAX));
    random_bytes(m, place, 8, 8);
}

static void masked_move(struct maker *m)
{
    uint64_t place = generate_place(m, 16);

    set_pointer(m, RDI, place);
    random_bytes(m, place, 32, 48);
}

/* BOUND: bounds around the index. */
static void bounds(struct maker *m)
{
    unsigned size = operand_bytes(m);
    uint8_t bytes[16];
    uint64_t index = *gpr(m, m->e.insn.dst & 15);

    store_le(bytes, size, index - rng_below(&m->rng, 8) + (rng_once_in(&m->rng, 4) ? 8 : 0));
    store_le(bytes + size, size, index + rng_below(&m->rng, 8) - (rng_once_in(&m->rng, 4) ? 8 : 0));
    generate_memory(m, m->target, bytes, 2 * size);
}

/* FLDENV, FRSTOR: mostly a sensible environment. */
static void x87_environment(struct maker *m)
{
    uint8_t bytes[108];
    unsigned size = m->e.insn.opsize == OPSIZE_16 ? 2 : 4;
    bool whole = OP_SIZE(m->row->operands[0]) == SZ_fsave;
    unsigned count = 7 * size + (whole ? 80 : 0);

    for (unsigned i = 0; i + 8 <= sizeof bytes; i += 8)
        store_le64(bytes + i, rng_next(&m->rng));
    for (unsigned i = 0; whole && i < 8; i++) {
        struct float80 f = value_extended(&m->rng);

        store_le64(bytes + 7 * size + 10 * i, f.mantissa);
        store_le16(bytes + 7 * size + 10 * i + 8, f.sign_exponent);
    }
    if (rng_once_in(&m->rng, 2))
        store_le16(bytes, load_le16(bytes) | 0x3f);
    generate_memory(m, m->target, bytes, count);
}

/* FXRSTOR, XRSTOR: an image that is mostly legal. XSAVE and the like: EDX:EAX. */
static void extended_image(struct maker *m)
{
    uint8_t bytes[832 + 256];
    bool restore = strstr(m->row->mnemonic, "rstor");
    bool extended = m->row->mnemonic[0] == 'x';

    if (extended) {
        *gpr(m, RAX) = rng_below(&m->rng, 4) ? 7 & rng_next(&m->rng) : rng_next(&m->rng);
        *gpr(m, RDX) = rng_next(&m->rng);
    }
    if (!restore)
        return;
    for (unsigned i = 0; i + 16 <= 512; i += 16) {
        struct float80 f = value_extended(&m->rng);

        store_le64(bytes + i, f.mantissa);
        store_le64(bytes + i + 8, f.sign_exponent);
    }
    value_lanes(&m->rng, bytes + 160, 352);
    store_le64(bytes, rng_next(&m->rng));
    store_le64(bytes + 8, rng_next(&m->rng) & 0x7fffffff);
    store_le64(bytes + 16, rng_next(&m->rng) & 0x7fffffff);
    store_le32(bytes + 24, rng_once_in(&m->rng, 16) ? (uint32_t)rng_next(&m->rng) & 0x1ffff
                                                    : generate_mxcsr(&m->rng));
    if (extended) {
        memset(bytes + 512, 0, 64);
        store_le64(bytes + 512,
                   rng_once_in(&m->rng, 16) ? rng_next(&m->rng) & 15 : rng_next(&m->rng) & 7);
        if (rng_once_in(&m->rng, 32))
            bytes[520 + rng_below(&m->rng, 56)] = 1;
        if (rng_once_in(&m->rng, 6))
            store_le64(bytes + 520,
                       BIT(63) | (rng_once_in(&m->rng, 8) ? rng_next(&m->rng) & 15 : 7));
        value_lanes(&m->rng, bytes + 576, 512 - 256);
    }
    generate_memory(m, m->target, bytes, extended ? 832 : 512);
}

/* INT n: not the system call. */
static void software_interrupt(struct maker *m)
{
    if (m->e.bytes[m->e.immediate] == 0x80)
        m->e.bytes[m->e.immediate] = 0x81;
}

static const struct {
    const char *prefix; /* of the row's id */
    void (*make)(struct maker *);
} specials[] = {
    { "movsb", strings },
    { "movsv", strings },
    { "cmpsb", strings },
    { "cmpsv", strings },
    { "stos", strings },
    { "lods", strings },
    { "scas", strings },
    { "insb", strings },
    { "insv", strings },
    { "outs", strings },
    { "popf", pop_flags },
    { "pop_ES", pop_segment },
    { "pop_SS", pop_segment },
    { "pop_DS", pop_segment },
    { "pop_FS", pop_segment },
    { "pop_GS", pop_segment },
    { "push", stack },
    { "pop_", stack },
    { "popa", stack },
    { "enter", frames },
    { "leave", frames },
    { "retf", far_return },
    { "ret", near_return },
    { "iret", interrupt_return },
    { "call_Ap", far_pointer },
    { "jmp_Ap", far_pointer },
    { "call_Mp", far_pointer },
    { "jmp_Mp", far_pointer },
    { "les_", far_pointer },
    { "lds_", far_pointer },
    { "lss_", far_pointer },
    { "lfs_", far_pointer },
    { "lgs_", far_pointer },
    { "call_", branch },
    { "jmp_", branch },
    { "j", branch },
    { "loop", branch },
    { "mov_SS_", selector_operand },
    { "mov_Sw_", selector_operand },
    { "lar_", selector_operand },
    { "lsl_", selector_operand },
    { "verr", selector_operand },
    { "verw", selector_operand },
    { "arpl", selector_operand },
    { "div_E", divide },
    { "idiv_E", divide },
    { "bt_Ev_Gv", bit_offset },
    { "bts_Ev_Gv", bit_offset },
    { "btr_Ev_Gv", bit_offset },
    { "btc_Ev_Gv", bit_offset },
    { "cmpxchg", compare_exchange },
    { "xlat", translate },
    { "maskmov", masked_move },
    { "vmaskmovdqu", masked_move },
    { "bound", bounds },
    { "fldenv", x87_environment },
    { "frstor", x87_environment },
    { "fxrstor", extended_image },
    { "xrstor", extended_image },
    { "xsave", extended_image },
    { "int_Ib", software_interrupt },
};

void generate_special(struct maker *m)
{
    for (unsigned i = 0; i < ARRAY_SIZE(specials); i++) {
        if (!strncmp(m->row->id, specials[i].prefix, strlen(specials[i].prefix))) {
            specials[i].make(m);
            encode_again(&m->e, m->bits, m->features);
            return;
        }
    }
}
