/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/silicon/generate.c - random test cases of a row: an encoding, registers aimed so that the
 * memory operand lies where it is wanted, memory, floating-point state.
 */
#include "tests/silicon/generate.h"

#include <string.h>

#include "cpu/x87.h"
#include "util/bits.h"

/* First bytes of the window's pages (case_page_rights). */
enum { AT_CODE = 0x1000, AT_CODE_END = 0x3000, AT_DATA = 0x4000, AT_READ_ONLY = 0x6000 };
enum { AT_LONE = 0x8000, AT_STACK = 0xa000, AT_STACK_END = 0xc000, AT_LAST = 0xf000 };

uint64_t generate_place(struct maker *m, unsigned bytes)
{
    struct rng *rng = &m->rng;
    unsigned room = bytes ? bytes : 1, offset;
    bool aligned = rng_below(rng, 4) > 0;

    switch (rng_below(rng, 32)) {
    case 0: /* across two pages */
        offset = AT_DATA + PAGE_SIZE - 1 - rng_below(rng, room);
        break;
    case 1: /* from writable to read-only */
        offset = AT_READ_ONLY - 1 - rng_below(rng, room);
        break;
    case 2: /* to where nothing is */
        offset = AT_LONE + PAGE_SIZE - 1 - rng_below(rng, room);
        break;
    case 3: /* from where nothing is */
        offset = AT_LONE - 1 - rng_below(rng, room);
        break;
    case 4:
        offset = AT_READ_ONLY + rng_below(rng, PAGE_SIZE / 2);
        break;
    case 5:
        offset = rng_once_in(rng, 2) ? 0x7000 + rng_below(rng, PAGE_SIZE)
                                     : AT_CODE + rng_below(rng, PAGE_SIZE);
        break;
    case 6: /* the ends of address spaces */
        if (rng_once_in(rng, 2))
            break;
        if (m->bits == 64)
            return (rng_once_in(rng, 2) ? UINT64_C(0x800000000000) : UINT64_C(0xffff7fffffffff00)) +
                   rng_below(rng, 512) - (rng_once_in(rng, 2) ? 8 : 0);
        if (m->bits == 32)
            return UINT64_C(0x100000000) - rng_below(rng, 2 * room);
        return CASE_WINDOW + CASE_WINDOW_BYTES - rng_below(rng, 2 * room);
    default:
        break;
    }
    if (rng_once_in(rng, 16))
        aligned = !aligned;
    offset = AT_DATA + 64 + rng_below(rng, 2 * PAGE_SIZE - 128 - room);
    if (room >= 512)
        offset &= ~63u;
    if (aligned)
        offset &= ~((room & 32 ? 32u : room & 16 ? 16u : room & 8 ? 8u : room & 4 ? 4u : 2u) - 1);
    return CASE_WINDOW + offset;
}

uint64_t generate_code_target(struct maker *m)
{
    struct rng *rng = &m->rng;
    uint64_t offset = AT_CODE + rng_below(rng, AT_CODE_END - AT_CODE);

    switch (rng_below(rng, 24)) {
    case 0:
        offset = rng_below(rng, CASE_WINDOW_BYTES);
        break;
    case 1:
        if (m->bits == 64)
            return value_integer(rng);
        return (uint32_t)value_integer(rng);
    default:
        break;
    }
    return m->bits == 16 ? offset : CASE_WINDOW + offset;
}

uint16_t generate_selector(struct maker *m, bool code)
{
    static const uint16_t any[] = { 0x00, 0x03, 0x10, 0x18, 0x1b, 0x20, 0x23, 0x22, 0x28,
                                    0x2b, 0x29, 0x30, 0x33, 0x40, 0x43, 0x50, 0x63, 0x83,
                                    0x07, 0x0f, 0x06, 0x0d, 0x17, 0x14, 0x3b };

    uint16_t selector = any[rng_below(&m->rng, ARRAY_SIZE(any))];

    if (rng_below(&m->rng, 5) < 3)
        return m->tc->state.seg[code ? SEG_CS : SEG_DS];
    /* From a 16-bit stack to 64-bit code: the kernel's stack pointer would show through in RSP. */
    if (code && m->bits == 16 && (selector & ~3) == (CASE_CS64 & ~3))
        return m->tc->state.seg[SEG_CS];
    return selector;
}

void generate_memory(struct maker *m, uint64_t address, const void *from, unsigned bytes)
{
    bool placed = case_add_memory(m->tc, address, from, bytes);

    (void)placed; /* no room: what was there stays */
}

/* ---- x87 ---- */

void generate_fpu(struct maker *m)
{
    struct rng *rng = &m->rng;
    struct fpu *fpu = &m->tc->state.fpu;
    uint64_t r = rng_next(rng);
    unsigned masks = r & 3 ? 0x3f : r >> 2 & 0x3f;

    fpu->fcw = (uint16_t)(0x40 | masks | (r >> 8 & 0xc00));
    /* Mostly 64 bits of precision; sometimes 24, 53, or the reserved code. */
    fpu->fcw |= (uint16_t)(r >> 30 & 3 ? 0x300 : r >> 32 & 0x300);
    fpu->fsw = (uint16_t)(r >> 40 & 0x7f7f);
    if (!(r >> 56 & 15)) /* an unmasked exception is pending */
        fpu->fsw |= (uint16_t)(~masks & 0x3f);
    else
        fpu->fsw &= (uint16_t) ~(~masks & 0x3f);
    fpu->fsw &= 0x7f7f;
    if (fpu->fsw & ~masks & 0x3f)
        fpu->fsw |= 0x8080;
    r = rng_next(rng);
    fpu->ftw = r & 3 ? 0xff : (uint8_t)(r >> 8);
    fpu->fop = r >> 16 & 0x7ff;
    fpu->fip = r >> 28 & 0x7fffffff;
    fpu->fdp = rng_next(rng) & 0x7fffffff;
    for (unsigned i = 0; i < 8; i++)
        fpu->st[i] = value_extended(rng);
    if (rng_once_in(rng, 4)) /* related operands: equal, opposite, a few bits apart */
        fpu->st[(fpu->fsw >> 11 & 7) ^ 1].sign_exponent =
            (uint16_t)(fpu->st[fpu->fsw >> 11 & 7].sign_exponent ^ (rng_next(rng) & 0x8003));
}

uint32_t generate_mxcsr(struct rng *rng)
{
    uint64_t r = rng_next(rng);

    switch (r >> 61) {
    case 0:
    case 1:
        return 0x1f80;
    case 2:
    case 3:
        return 0x1fa0;
    case 4:
        return 0x1f80 | (uint32_t)(r & 0xe07f); /* rounding, FTZ, DAZ, flags */
    case 5:
        return 0x1f80 | (uint32_t)(r & 0x6000);
    default:
        return (uint32_t)r & 0xffff; /* masks too */
    }
}

/* ---- the memory operand ---- */

/* The operand that is in memory, or 4. */
static unsigned memory_operand(const struct maker *m)
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned kind = OP_KIND(m->row->operands[i]);

        if (kind == K_O || (m->e.insn.mem && operand_may_be_memory(m->row->operands[i])))
            return i;
    }
    return 4;
}

/* What suits the operand: numbers of its kind. */
static void fill_operand(struct maker *m, uint64_t address, unsigned bytes)
{
    uint8_t data[704];
    unsigned before = 32, count = (before + bytes + 64 + 7) & ~7u;
    bool real = m->row->attributes & A_FPU;
    const char *name = m->row->mnemonic;

    if (count > sizeof data)
        count = sizeof data;
    if (m->row->attributes & (A_SSE | A_AVX | A_MMX)) {
        value_lanes(&m->rng, data, count);
    } else {
        for (unsigned i = 0; i < count; i += 8)
            store_le64(data + i, value_integer(&m->rng));
    }
    if (real && bytes == 10) {
        struct float80 f = value_extended(&m->rng);

        store_le64(data + before, f.mantissa);
        store_le16(data + before + 8, f.sign_exponent);
        if (name[1] == 'b')
            value_bcd(&m->rng, data + before);
    } else if (real && name[1] != 'i' && bytes == 4) {
        store_le32(data + before, value_single(&m->rng));
    } else if (real && name[1] != 'i' && bytes == 8) {
        store_le64(data + before, value_double(&m->rng));
    }
    generate_memory(m, address - before, data, count);
}

static void patch(struct maker *m, unsigned at, unsigned bytes, uint64_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        m->e.bytes[at + i] = (uint8_t)(value >> 8 * i);
    encode_again(&m->e, m->bits, m->features);
}

/* Inverse of an odd number modulo 2^64, by Newton's iteration. */
static uint64_t inverse(uint64_t k)
{
    uint64_t x = k;

    for (unsigned i = 0; i < 6; i++)
        x *= 2 - k * x;
    return x;
}

/* Registers and displacement such that the effective address is `offset`. */
static void aim(struct maker *m, uint64_t offset)
{
    const struct insn *insn = &m->e.insn;
    uint64_t *gpr = m->tc->state.gpr, rest = offset - (uint64_t)(int64_t)insn->disp;
    bool vector = OP_KIND(m->row->operands[memory_operand(m)]) == K_VM;
    bool indexed = insn->index < 16 && !vector;

    if (insn->base == REG_TRACE_IP) {
        patch(m, m->e.disp, 4, offset - m->tc->state.rip - m->e.length);
        return;
    }
    if (vector) {
        for (unsigned i = 0; i < 8; i++)
            if (OP_SIZE(m->row->operands[memory_operand(m)]) == SZ_d)
                ((uint32_t *)m->tc->state.vec[insn->index])[i] =
                    (uint32_t)rng_below(&m->rng, 64) * 4 - 128;
            else
                m->tc->state.vec[insn->index][i / 2] = (uint64_t)rng_below(&m->rng, 64) * 4 - 128;
    }
    if (insn->base < 16) {
        uint64_t upper = 0;

        if (indexed && insn->index == insn->base) {
            uint64_t k = 1 + BIT(insn->scale);

            gpr[insn->base] = k == 2 ? rest >> 1 : rest * inverse(k);
        } else {
            if (indexed && rng_below(&m->rng, 4))
                gpr[insn->index] = (uint64_t)rng_below(&m->rng, 128) - 64;
            gpr[insn->base] = rest - (indexed ? gpr[insn->index] << insn->scale : 0);
        }
        if (insn->asize != ASIZE_64 && rng_once_in(&m->rng, 4))
            upper = rng_next(&m->rng);
        if (insn->asize == ASIZE_32)
            gpr[insn->base] = (uint32_t)gpr[insn->base] | upper << 32;
        else if (insn->asize == ASIZE_16)
            gpr[insn->base] = (uint16_t)gpr[insn->base] | upper << 16;
        return;
    }
    if (indexed) {
        gpr[insn->index] = (uint64_t)rng_below(&m->rng, 128) - 64;
        rest = offset - (gpr[insn->index] << insn->scale);
    } else {
        rest = offset;
    }
    if (m->e.disp_bytes)
        patch(m, m->e.disp, m->e.disp_bytes, rest);
}

static void place_memory_operand(struct maker *m)
{
    unsigned n = memory_operand(m), bytes;
    uint64_t base = m->bits == 16 ? CASE_WINDOW : 0, address;
    const struct insn *insn = &m->e.insn;

    if (n == 4)
        return;
    bytes = encode_operand_bytes(insn, n);
    address = generate_place(m, bytes);
    if (m->bits == 64 && insn->seg == SEG_FS)
        base = m->tc->state.fs_base;
    if (m->bits == 64 && insn->seg == SEG_GS)
        base = m->tc->state.gs_base;
    m->target = address;
    if (OP_KIND(m->row->operands[n]) == K_O)
        patch(m, m->e.immediate, (unsigned)(m->e.length - m->e.immediate), address - base);
    else
        aim(m, address - base);
    fill_operand(m, address, bytes ? bytes : 16);
}

/* ---- everything ---- */

static void place_code(struct maker *m)
{
    struct rng *rng = &m->rng;
    unsigned offset = AT_CODE + 64 + rng_below(rng, PAGE_SIZE + PAGE_SIZE / 2);

    switch (rng_below(rng, 48)) {
    case 0: /* across two pages */
        offset = AT_CODE + PAGE_SIZE - rng_below(rng, m->e.length + 1u);
        break;
    case 1: /* to where nothing is */
        offset = AT_CODE_END - rng_below(rng, m->e.length + 1u);
        break;
    default:
        break;
    }
    m->tc->state.rip = (m->bits == 16 ? 0 : CASE_WINDOW) + offset;
}

static void fill_registers(struct maker *m)
{
    struct case_state *s = &m->tc->state;
    struct rng *rng = &m->rng;
    uint64_t base = m->bits == 16 ? 0 : CASE_WINDOW;
    unsigned n = m->bits == 64 ? 16 : 8;

    for (unsigned i = 0; i < n; i++) {
        s->gpr[i] = value_integer(rng);
        if (rng_once_in(rng, 8))
            s->gpr[i] = base + AT_DATA + rng_below(rng, PAGE_SIZE);
        if (m->bits != 64)
            s->gpr[i] = (uint32_t)s->gpr[i];
    }
    s->gpr[RSP] = base + AT_STACK + 512 + 8 * rng_below(rng, 768);
    switch (rng_below(rng, 32)) {
    case 0:
        s->gpr[RSP] = base + AT_STACK + rng_below(rng, 40);
        break;
    case 1:
        s->gpr[RSP] = base + AT_STACK_END - rng_below(rng, 40);
        break;
    case 2:
        s->gpr[RSP] += rng_below(rng, 8);
        break;
    case 3:
        if (m->bits == 64)
            s->gpr[RSP] = UINT64_C(0x800000000000) + rng_below(rng, 64) - 32;
        else if (m->bits == 16)
            s->gpr[RSP] = rng_below(rng, 16);
        break;
    default:
        break;
    }
    if (m->bits == 16 && rng_once_in(rng, 4))
        s->gpr[RSP] |= rng_next(rng) << 16 & 0xffff0000;
    s->rflags = EFLAGS_ONE | IF | (rng_next(rng) & EFLAGS_STATUS);
    if (rng_once_in(rng, 4))
        s->rflags |= DF;
    if (rng_once_in(rng, 24))
        s->rflags |= AC;
    if (m->bits ==
        64) { /* mostly the same where they do not matter: a new one costs the host much */
        bool matter = m->e.insn.seg == SEG_FS || m->e.insn.seg == SEG_GS ||
                      m->row->feature == F_FSGSBASE || rng_once_in(rng, 32);

        s->fs_base = CASE_WINDOW + AT_DATA + (matter ? 16 * rng_below(rng, 64) : 0);
        s->gs_base = CASE_WINDOW - (matter ? 16 * rng_below(rng, 64) : 16);
    }
}

static void fill_vectors(struct maker *m)
{
    struct case_state *s = &m->tc->state;

    for (unsigned i = 0; i < (m->bits == 64 ? 16 : 8); i++)
        value_lanes(&m->rng, s->vec[i], 32);
    if (rng_once_in(&m->rng, 4))
        memcpy(s->vec[0], s->vec[1 + rng_below(&m->rng, 7)], 32);
    s->mxcsr = generate_mxcsr(&m->rng);
}

bool generate_case(struct maker *m, const struct row *row, unsigned bits, const uint64_t *features,
                   uint64_t seed, struct test_case *tc)
{
    bool floating;

    m->tc = tc;
    m->row = row;
    m->bits = bits;
    m->features = features;
    m->rng.state = seed;
    m->target = 0;
    if (!encode_row(row, bits, features, &m->rng, &m->e))
        return false;
    case_init(tc, bits);
    strncpy(tc->row, row->id, sizeof tc->row - 1);
    floating = row->attributes & (A_FPU | A_MMX | A_SSE | A_AVX) || rng_once_in(&m->rng, 16);
    place_code(m);
    fill_registers(m);
    if (floating) {
        generate_fpu(m);
        fill_vectors(m);
        if (row->attributes & (A_SSE | A_AVX) && rng_below(&m->rng, 8)) {
            tc->state.fpu.fsw &= 0x3800;
            tc->state.fpu.fcw = 0x37f;
        }
    }
    place_memory_operand(m);
    generate_special(m);
    for (unsigned i = 0; bits != 64 && i < 16; i++)
        tc->state.gpr[i] = (uint32_t)tc->state.gpr[i];
    memcpy(tc->code, m->e.bytes, m->e.length);
    tc->length = m->e.length;
    return true;
}
