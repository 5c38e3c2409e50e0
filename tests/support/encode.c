/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/encode.c - a row of the instruction table -> bytes of one instruction. */
#include "tests/support/encode.h"

#include "util/bits.h"

/* What the row leaves open, chosen. */
struct choice {
    const struct row *row;
    unsigned bits;
    struct rng *rng;
    unsigned reg, rm, index, vvvv; /* register numbers 0-15 */
    bool memory, w, l, address_prefix;
    bool vsib;
};

unsigned encode_mode(unsigned bits)
{
    return bits == 64 ? MODE_CODE64 : bits == 32 ? MODE_CODE32 | MODE_STACK32 : MODE_CODE16;
}

static bool has_kind(const struct row *row, unsigned kind)
{
    for (unsigned i = 0; i < 4; i++) {
        if (OP_KIND(row->operands[i]) == kind)
            return true;
    }
    return false;
}

static bool must_be_memory(const struct row *row)
{
    return OPC_MOD(row->opcode) == 1 || has_kind(row, K_M) || has_kind(row, K_VM);
}

static bool must_be_register(const struct row *row)
{
    return OPC_MOD(row->opcode) == 2 || has_kind(row, K_R) || has_kind(row, K_U) ||
           has_kind(row, K_N) || has_kind(row, K_STI);
}

static void put(struct encoding *e, unsigned byte)
{
    if (e->length < sizeof e->bytes)
        e->bytes[e->length] = (uint8_t)byte;
    e->length++;
}

/* Group 1 to 4 prefixes of legacy encodings. */
static void put_prefixes(struct encoding *e, struct choice *c)
{
    static const uint8_t segments[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 };
    const struct row *row = c->row;
    struct rng *rng = c->rng;
    bool vex = OPC_IS_VEX(row->opcode);
    unsigned prefix = OPC_PREFIX(row->opcode);

    if (rng_once_in(rng, 6))
        put(e, segments[rng_below(rng, 6)]);
    if (rng_once_in(rng, 8)) {
        put(e, 0x67);
        c->address_prefix = true;
    }
    if (vex)
        return;
    if ((row->attributes & A_LOCK) && c->memory ? rng_once_in(rng, 4) : rng_once_in(rng, 200))
        put(e, 0xf0);
    if (prefix == 2)
        put(e, 0x66);
    else if (prefix != 1 && rng_once_in(rng, 4))
        put(e, 0x66); /* if it makes another instruction of it, the decoder will say so */
    if (prefix == 3 || prefix == 4)
        put(e, prefix == 3 ? 0xf3 : 0xf2);
    else if ((row->attributes & (A_REP | A_REPZ)) && rng_below(rng, 3))
        put(e, row->attributes & A_REPZ && rng_once_in(rng, 2) ? 0xf2 : 0xf3);
}

static void put_opcode(struct encoding *e, struct choice *c)
{
    const struct row *row = c->row;
    unsigned map = OPC_INDEX(row->opcode) >> 8, byte = row->opcode & 0xff;
    unsigned plus = row->opcode & PLUS_R ? c->rm & 7 : 0;

    if (OPC_IS_VEX(row->opcode)) {
        static const uint8_t pp[8] = { 0, 0, 1, 2, 3, 0, 0, 0 };
        unsigned last = (~c->vvvv & 15) << 3 | (unsigned)c->l << 2 | pp[OPC_PREFIX(row->opcode)];
        unsigned r = ~c->reg >> 3 & 1, x = ~c->index >> 3 & 1, b = ~c->rm >> 3 & 1;

        if (map == 5 && x && b && !c->w && rng_once_in(c->rng, 2)) {
            put(e, 0xc5);
            put(e, r << 7 | last);
        } else {
            put(e, 0xc4);
            put(e, r << 7 | x << 6 | b << 5 | (map - 4));
            put(e, (unsigned)c->w << 7 | last);
        }
    } else {
        unsigned rex = (unsigned)c->w << 3 | (c->reg >> 3) << 2 | (c->index >> 3) << 1 | c->rm >> 3;

        if (c->bits == 64 && (rex || rng_once_in(c->rng, 3)))
            put(e, 0x40 | rex);
        if (map)
            put(e, 0x0f);
        if (map > 1)
            put(e, map == 2 ? 0x38 : 0x3a);
    }
    put(e, byte + plus);
}

static void put_displacement(struct encoding *e, unsigned bytes, struct rng *rng)
{
    e->disp = e->length;
    e->disp_bytes = (uint8_t)bytes;
    for (unsigned i = 0; i < bytes; i++)
        put(e, (unsigned)rng_next(rng));
}

/* ModRM of a memory operand, SIB, displacement. */
static void put_memory(struct encoding *e, struct choice *c)
{
    bool short_address = c->bits == 16 ? !c->address_prefix : c->bits == 32 && c->address_prefix;
    unsigned mod = rng_below(c->rng, 3), rm = c->rm & 7;

    if (short_address && !c->vsib) {
        put(e, mod << 6 | (c->reg & 7) << 3 | rm);
        if (mod == 0 && rm == 6)
            mod = 2;
        put_displacement(e, mod, c->rng); /* 0, 1 or 2 bytes */
        return;
    }
    if (c->vsib)
        rm = 4;
    put(e, mod << 6 | (c->reg & 7) << 3 | rm);
    if (rm == 4) {
        unsigned base = c->vsib ? c->rm & 7 : rng_below(c->rng, 8);

        put(e, rng_below(c->rng, 4) << 6 | (c->index & 7) << 3 | base);
        if (mod == 0 && base == 5)
            mod = 2;
    } else if (mod == 0 && rm == 5) {
        mod = 2;
    }
    put_displacement(e, mod == 2 ? 4 : mod, c->rng);
}

/* Register numbers that the row leaves open. In 32- and 16-bit code there are eight. */
static void choose(struct choice *c)
{
    const struct row *row = c->row;
    unsigned mask = c->bits == 64 ? 15 : 7;
    bool vex = OPC_IS_VEX(row->opcode);

    c->reg = rng_below(c->rng, 16) & mask;
    c->rm = rng_below(c->rng, 16) & mask;
    c->index = rng_below(c->rng, 16) & mask;
    c->vvvv = vex && (has_kind(row, K_H) || has_kind(row, K_B)) ? rng_below(c->rng, 16) & mask : 0;
    c->vsib = has_kind(row, K_VM);
    if (!row_has_modrm(row))
        c->reg = 0;
    if (OPC_REG(row->opcode))
        c->reg = (OPC_REG(row->opcode) - 1) | (c->reg & 8);
    if (OPC_RM(row->opcode))
        c->rm = (OPC_RM(row->opcode) - 1) | (row_has_modrm(row) ? c->rm & 8 : 0);
    c->memory = row_has_modrm(row) && !must_be_register(row) &&
                (must_be_memory(row) || rng_below(c->rng, 5) < 3);
    if (!c->memory)
        c->index &= 7;
    c->w = OPC_W(row->opcode) == 2 || (OPC_W(row->opcode) == 0 && rng_once_in(c->rng, 3));
    if (!vex && c->bits != 64)
        c->w = false;
    c->l = OPC_L(row->opcode) == 2 || (OPC_L(row->opcode) == 0 && rng_once_in(c->rng, 2));
}

static bool decodes_as(struct encoding *e, unsigned bits, const uint64_t *features)
{
    enum decode result = decode_insn(e->bytes, 15, encode_mode(bits), features, &e->insn);

    if (result != DECODE_OK && result != DECODE_LOCK)
        return false;
    e->length = e->insn.length;
    return true;
}

bool encode_again(struct encoding *e, unsigned bits, const uint64_t *features)
{
    unsigned row = e->insn.row, length = e->length;

    return decodes_as(e, bits, features) && e->insn.row == row && e->length == length;
}

bool encode_row(const struct row *row, unsigned bits, const uint64_t *features, struct rng *rng,
                struct encoding *e)
{
    struct choice c = { .row = row, .bits = bits, .rng = rng };
    unsigned end;

    memset(e, 0, sizeof *e);
    choose(&c);
    put_prefixes(e, &c);
    put_opcode(e, &c);
    if (row_has_modrm(row)) {
        if (c.memory)
            put_memory(e, &c);
        else
            put(e, 0xc0 | (c.reg & 7) << 3 | (c.rm & 7));
    }
    end = e->length;
    if (end > 15)
        return false;
    for (unsigned i = end; i < 15; i += 8) {
        uint64_t value = value_integer(rng);

        for (unsigned j = i; j < 15 && j < i + 8; j++)
            e->bytes[j] = (uint8_t)(value >> 8 * (j - i));
    }
    if (!decodes_as(e, bits, features) || e->insn.row != (unsigned)(row - insn_rows) ||
        e->length < end)
        return false;
    e->immediate = (uint8_t)end;
    return true;
}

unsigned encode_operand_bytes(const struct insn *insn, unsigned n)
{
    unsigned v = 1u << insn->opsize;

    switch (OP_SIZE(insn_row(insn)->operands[n])) {
    case SZ_b:
    case SZ_rd_mb:
        return 1;
    case SZ_w:
    case SZ_rv:
    case SZ_rd_mw:
        return 2;
    case SZ_d:
        return 4;
    case SZ_q:
        return 8;
    case SZ_v:
        return v;
    case SZ_z:
        return v == 2 ? 2 : 4;
    case SZ_y:
        return v == 8 ? 8 : 4;
    case SZ_p:
        return v + 2;
    case SZ_s:
    case SZ_t:
        return 10;
    case SZ_a:
        return 2 * v;
    case SZ_dq:
        return 16;
    case SZ_x:
        return 16u << insn->vlen;
    case SZ_qq:
        return 32;
    case SZ_fenv:
        return 28;
    case SZ_fsave:
        return 108;
    case SZ_fxsave:
        return 512;
    default:
        return 0;
    }
}
