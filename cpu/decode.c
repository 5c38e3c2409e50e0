/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/decode.c - bytes -> struct insn, driven by the instruction table.
 * Source: SDM Vol. 2A, "Instruction Format"; Vol. 2D, "Opcode Map".
 */
#include "cpu/decode.h"

#include "cpu/decode_evex.h"
#include "cpu/exec.h"
#include "util/bits.h"

enum { REX_B = 1, REX_X = 2, REX_R = 4, REX_W = 8 };

struct decoder {
    const uint8_t *bytes;
    unsigned count; /* bytes there are */
    unsigned at;    /* bytes taken */
    bool short_of_bytes;
    bool no_register; /* a register that is not there, or a gather that names one twice */

    unsigned mode;
    uint8_t rex;
    bool has_rex, opsize_prefix, asize_prefix;
    bool vex; /* VEX: its fields are in rex (R X B W), opsize_prefix and insn->rep (pp) too */
    uint8_t vvvv, l; /* 0-15, not inverted; 0, 1 */
    uint8_t modrm;
    uint8_t reg, rm; /* fields of ModRM with REX.R, REX.B */
    bool has_modrm;
    uint8_t opcode;
};

static uint64_t take(struct decoder *d, unsigned size)
{
    uint64_t value;

    if (d->at + size > d->count) {
        d->short_of_bytes = true;
        return 0;
    }
    value = load_le(d->bytes + d->at, size);
    d->at += size;
    return value;
}

static uint8_t take_byte(struct decoder *d)
{
    if (likely(d->at < d->count))
        return d->bytes[d->at++];
    d->short_of_bytes = true;
    return 0;
}

static bool mode64(const struct decoder *d)
{
    return d->mode & MODE_CODE64;
}

static const bool legacy_prefix[256] = {
    [0x26] = true, [0x2e] = true, [0x36] = true, [0x3e] = true, [0x64] = true, [0x65] = true,
    [0x66] = true, [0x67] = true, [0xf0] = true, [0xf2] = true, [0xf3] = true,
};

/* Prefixes, up to the opcode. Returns its first byte. */
static uint8_t decode_prefixes(struct decoder *d, struct insn *insn)
{
    for (;;) {
        uint8_t byte = take_byte(d);

        if (mode64(d) && (byte & 0xf0) == 0x40) {
            d->rex = byte & 15;
            d->has_rex = true;
            continue;
        }
        if (likely(!legacy_prefix[byte]))
            return byte;
        switch (byte) {
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e: /* ES CS SS DS: no effect in 64-bit mode */
            if (!mode64(d)) {
                insn->seg = byte >> 3 & 3;
                insn->seg_override = 1;
            }
            break;
        case 0x64:
        case 0x65:
            insn->seg = byte == 0x64 ? SEG_FS : SEG_GS;
            insn->seg_override = 1;
            break;
        case 0x66:
            d->opsize_prefix = true;
            break;
        case 0x67:
            d->asize_prefix = true;
            break;
        case 0xf0:
            insn->lock = 1;
            break;
        case 0xf2:
            insn->rep = REP_F2;
            break;
        default: /* F3 */
            insn->rep = REP_F3;
            break;
        }
        d->rex = 0; /* REX counts only directly before the opcode */
        d->has_rex = false;
    }
}

/* MOV to and from CRn and DRn: ModRM.rm is a register whatever mod says. */
static bool ignores_mod(const struct row *row)
{
    return row->kinds & KINDS_MOD_FREE;
}

static bool has_operand(const struct row *row, unsigned kind)
{
    return row->kinds >> kind & 1;
}

/* VEX.vvvv that names no register is 1111b (here 0); a vector register as index needs a SIB byte. */
static bool vex_matches(const struct decoder *d, const struct insn *insn, const struct row *row)
{
    if (has_operand(row, K_VM) && ((d->modrm & 7) != 4 || insn->asize == ASIZE_16))
        return false;
    return !d->vvvv || has_operand(row, K_H) || has_operand(row, K_B);
}

/* What has been found, as the rows' conditions say it (MATCH_*). A register of 15 in the opcode is carried into
 * MOD, which matters to no row without ModRM. */
static uint32_t found(const struct decoder *d, const struct insn *insn)
{
    unsigned rm = d->has_modrm ? d->modrm & 7 : (d->opcode & 7u) + (d->rex & REX_B ? 8 : 0);

    return (d->opsize_prefix ? MATCH_66 : 0) | MATCH_REP(insn->rep) | REG(d->modrm >> 3 & 7u) |
           RM(rm) | (d->modrm >= 0xc0 ? REG_ONLY : MEM_ONLY) | (d->rex & REX_W ? W1 : W0) |
           (d->l ? L1 : L0) | (mode64(d) ? MATCH_64 : 0);
}

static bool row_matches(const struct decoder *d, const struct insn *insn, const struct row *row,
                        uint32_t bits, const uint64_t *features)
{
    if (d->vex) {
        /* General registers are never 64 bits wide outside 64-bit mode, whatever W says. */
        if (!mode64(d) && row->kinds & (KINDS2(K_E, K_G) | KINDS2(K_R, K_R)))
            bits = (bits & ~(W0 | W1)) | W0;
        if (!vex_matches(d, insn, row))
            return false;
    }
    if ((bits ^ row->match) & row->mask)
        return false;
    return !features || row->feature == F_NONE ||
           (features[row->feature / 64] >> (row->feature % 64) & 1);
}

/* ModRM, SIB and displacement of a memory operand. */
static void decode_memory(struct decoder *d, struct insn *insn, bool vector_index)
{
    unsigned mod = d->modrm >> 6, rm = d->modrm & 7;
    bool stack = false;

    insn->mem = 1;
    insn->base = insn->index = REG_ZERO;
    if (insn->asize == ASIZE_16) {
        static const uint8_t bases[8] = { RBX, RBX, RBP, RBP, RSI, RDI, RBP, RBX };
        static const uint8_t indices[8] = { RSI,      RDI,      RSI,      RDI,
                                            REG_ZERO, REG_ZERO, REG_ZERO, REG_ZERO };

        if (mod == 0 && rm == 6) {
            insn->disp = (int16_t)take(d, 2);
        } else {
            insn->base = bases[rm];
            insn->index = indices[rm];
            stack = insn->base == RBP;
            if (mod)
                insn->disp = mod == 1 ? (int8_t)take_byte(d) : (int16_t)take(d, 2);
        }
    } else {
        bool no_base = false;

        if (rm == 4) {
            uint8_t sib = take_byte(d);
            unsigned index = (sib >> 3 & 7) | (d->rex & REX_X ? 8 : 0);

            if (index != 4 || vector_index) {
                insn->index = (uint8_t)index;
                insn->scale = sib >> 6;
            }
            rm = sib & 7;
            no_base = mod == 0 && rm == 5;
        } else if (mod == 0 && rm == 5) {
            no_base = true;
            if (mode64(d))
                insn->base = REG_TRACE_IP; /* RIP-relative */
        }
        if (no_base) {
            insn->disp = (int32_t)take(d, 4);
        } else {
            insn->base = (uint8_t)(rm | (d->rex & REX_B ? 8 : 0));
            stack = insn->base == RSP || insn->base == RBP;
            if (mod)
                insn->disp = mod == 1 ? (int8_t)take_byte(d) : (int32_t)take(d, 4);
        }
    }
    if (!insn->seg_override)
        insn->seg = mode64(d) ? (stack ? SEG_FLAT_SS : SEG_FLAT) : stack ? SEG_SS : SEG_DS;
}

/*
 * Is there such a segment, control or debug register? CS cannot be loaded. DR4 and DR5 depend on
 * CR4.DE: their handlers look.
 */
static bool special_register_exists(uint32_t op, unsigned n)
{
    switch (OP_KIND(op)) {
    case K_S:
        return n <= SEG_GS && !(n == SEG_CS && OP_ACCESS(op) == ACC_W);
    case K_C:
        return n == 0 || n == 2 || n == 3 || n == 4 || n == 8;
    case K_D:
        return n < 8;
    default:
        return true;
    }
}

enum operand_class { CLASS_NONE, CLASS_REGISTER, CLASS_MEMORY, CLASS_IMMEDIATE, CLASS_OTHER };

static inline enum operand_class operand_class(const struct insn *insn, uint32_t op)
{
    switch (OP_KIND(op)) {
    case K_NONE:
        return CLASS_NONE;
    case K_E:
    case K_W:
    case K_Q:
        return insn->mem ? CLASS_MEMORY : CLASS_REGISTER;
    case K_M:
    case K_VM:
        return CLASS_MEMORY;
    case K_I:
    case K_IS:
    case K_CONST:
        return CLASS_IMMEDIATE;
    case K_X:
    case K_Y:
    case K_O:
    case K_A:
    case K_F:
    case K_J:
        return CLASS_OTHER;
    default:
        return CLASS_REGISTER;
    }
}

/* A byte register as an offset into the register file. */
static uint8_t byte_register(const struct decoder *d, unsigned n)
{
    return (uint8_t)(n >= 4 && n < 8 && !d->has_rex ? (n - 4) * 8 + 1 : n * 8);
}

static void set_register(const struct decoder *d, struct insn *insn, unsigned position,
                         unsigned size, unsigned n)
{
    uint8_t value = size == SZ_b ? byte_register(d, n) : (uint8_t)n;

    /* A third operand beside a memory operand takes the place that one does not need. */
    if (position == 2 && insn->mem)
        position = operand_may_be_memory(insn_rows[insn->row].operands[0]) ? 0 : 1;
    if (position == 0)
        insn->dst = value;
    else if (position == 1)
        insn->src = value;
    else
        insn->third = value;
}

static unsigned immediate_bytes(unsigned size, unsigned opsize)
{
    switch (size) {
    case SZ_b:
        return 1;
    case SZ_w:
        return 2;
    case SZ_v:
        return 1u << opsize;
    default: /* SZ_z */
        return opsize == OPSIZE_16 ? 2 : 4;
    }
}

static void decode_immediate(struct decoder *d, struct insn *insn, unsigned kind, unsigned size,
                             bool second)
{
    unsigned bytes = immediate_bytes(size, insn->opsize);
    uint64_t value;

    switch (kind) {
    case K_I:
        value = take(d, bytes);
        if (size == SZ_z)
            value = (uint64_t)sign_extend(value, bytes);
        if (second)
            insn->imm |= value << 16; /* ENTER */
        else
            insn->imm = value;
        break;
    case K_IS:
        insn->imm = (uint64_t)(int64_t)(int8_t)take_byte(d);
        break;
    case K_J:
        insn->disp = (int32_t)sign_extend(take(d, bytes), bytes);
        break;
    case K_O:
        insn->imm = take(d, 2u << insn->asize);
        break;
    case K_A:
        value = take(d, 1u << insn->opsize);
        insn->imm = value | take(d, 2) << 32;
        break;
    default:
        break;
    }
}

static void decode_operand(struct decoder *d, struct insn *insn, unsigned position, uint32_t op)
{
    unsigned kind = OP_KIND(op), size = OP_SIZE(op), reg = d->reg, rm = d->rm;

    switch (kind) {
    case K_E:
    case K_R:
    case K_W:
    case K_U:
        if (!insn->mem)
            set_register(d, insn, position, size, rm);
        break;
    case K_Q:
    case K_N:
    case K_STI:
        if (!insn->mem)
            set_register(d, insn, position, size, rm & 7);
        break;
    case K_C:
    case K_D:
        d->no_register |= !special_register_exists(op, reg);
        set_register(d, insn, position, size, reg);
        break;
    case K_G:
    case K_V:
        set_register(d, insn, position, size, reg);
        break;
    case K_S:
        d->no_register |= !special_register_exists(op, reg & 7);
        set_register(d, insn, position, size, reg & 7);
        break;
    case K_P:
        set_register(d, insn, position, size, reg & 7);
        break;
    case K_H:
    case K_B:
        set_register(d, insn, position, size, mode64(d) ? d->vvvv : d->vvvv & 7u);
        break;
    case K_L: /* nothing but its number is needed; bit 7 names a register in 64-bit mode only */
        insn->imm = take_byte(d) & (mode64(d) ? 0xff : 0x7f);
        break;
    case K_Z:
        set_register(d, insn, position, size, (d->opcode & 7u) | (d->rex & REX_B ? 8 : 0));
        break;
    case K_REG:
    case K_SREG:
        if (position == 0)
            insn->dst = (uint8_t)(size == SZ_b ? (OP_VALUE(op) & 3) * 8 + (OP_VALUE(op) >> 2)
                                               : OP_VALUE(op));
        else if (position == 1)
            insn->src = (uint8_t)(size == SZ_b ? (OP_VALUE(op) & 3) * 8 + (OP_VALUE(op) >> 2)
                                               : OP_VALUE(op));
        break;
    case K_CONST:
        insn->imm = OP_VALUE(op);
        break;
    case K_I:
    case K_IS:
    case K_J:
    case K_O:
    case K_A:
        decode_immediate(d, insn, kind, size,
                         position > 0 &&
                             OP_KIND(insn_rows[insn->row].operands[position - 1]) == K_I);
        break;
    default:
        break;
    }
}

static inline unsigned size_index(const struct insn *insn, uint32_t op)
{
    switch (OP_KIND(op)) {
    case K_V:
    case K_W:
    case K_U:
    case K_H:
    case K_P:
    case K_Q:
    case K_N:
        return 0;
    case K_J: /* the size code is that of the displacement */
        return insn->opsize;
    default:
        break;
    }
    switch (OP_SIZE(op)) {
    case SZ_b:
        return OPSIZE_8;
    case SZ_w:
        return OPSIZE_16;
    case SZ_d:
        return OPSIZE_32;
    case SZ_q:
        return OPSIZE_64;
    case SZ_z:
        return insn->opsize == OPSIZE_16 ? OPSIZE_16 : OPSIZE_32;
    case SZ_y:
        return insn->opsize == OPSIZE_64 ? OPSIZE_64 : OPSIZE_32;
    default:
        return insn->opsize;
    }
}

/* The handler for these operands: specialised if there is one. `flat`: FORM_*M may be used. */
static inline exec_fn choose_handler(const struct insn *insn, const struct row *row, bool code64,
                                     bool flat)
{
    const struct handlers *handlers = row->handlers;
    enum operand_class first = operand_class(insn, row->operands[0]);
    enum operand_class second = operand_class(insn, row->operands[1]);
    enum form form;
    exec_fn fn;

    if (OPC_IS_VEX(row->opcode)) {
        form = first == CLASS_MEMORY ? (flat ? FORM_M_R : FORM_N_R)
               : insn->mem           ? (flat ? FORM_R_M : FORM_R_N)
                                     : FORM_R_R;
        fn = handlers->fn[form][row->attributes & A_AVX ? insn->vlen
                                                        : size_index(insn, row->operands[0])];
        return fn ? fn : handlers->any;
    }
    if (first == CLASS_OTHER && OP_KIND(row->operands[0]) == K_J)
        form = code64 ? FORM_M : FORM_N;
    else if (first == CLASS_NONE) /* RET and the like: by mode and operand size */
        form = code64 ? FORM_M : FORM_N;
    else if (first == CLASS_REGISTER && second == CLASS_REGISTER)
        form = FORM_R_R;
    else if (first == CLASS_REGISTER && second == CLASS_IMMEDIATE)
        form = FORM_R_I;
    else if (first == CLASS_REGISTER && second == CLASS_MEMORY)
        form = flat ? FORM_R_M : FORM_R_N;
    else if (first == CLASS_MEMORY && second == CLASS_REGISTER)
        form = flat ? FORM_M_R : FORM_N_R;
    else if (first == CLASS_MEMORY && second == CLASS_IMMEDIATE)
        form = flat ? FORM_M_I : FORM_N_I;
    else if (first == CLASS_REGISTER)
        form = FORM_R;
    else if (first == CLASS_MEMORY)
        form = flat ? FORM_M : FORM_N;
    else
        return handlers->any;
    fn = handlers->fn[form][size_index(insn, row->operands[0])];
    return fn ? fn : handlers->any;
}

exec_fn decode_handler(const struct insn *insn, unsigned mode)
{
    bool code64 = (mode & MODE_CODE_MASK) == MODE_CODE64;

    return choose_handler(insn, insn_row(insn), code64,
                          code64 && insn->asize == ASIZE_64 && insn->seg >= SEG_FLAT);
}

exec_fn decode_general_handler(const struct insn *insn)
{
    return choose_handler(insn, insn_row(insn), false, false);
}

static enum decode undefined(struct decoder *d, struct insn *insn, enum decode result)
{
    if (result == DECODE_UNDEFINED)
        insn->row = 0;
    insn->exec = result == DECODE_LOCK ? exec_bad_lock : exec_bad.any;
    insn->length = (uint8_t)d->at;
    return result;
}

static enum decode needs_more(const struct decoder *d)
{
    return d->count >= 15 ? DECODE_TOO_LONG : DECODE_MORE;
}

bool opcode_has_imm8(unsigned map, uint8_t opcode)
{
    if (map == 1)
        return (opcode >= 0x70 && opcode <= 0x73) || opcode == 0xc2 ||
               (opcode >= 0xc4 && opcode <= 0xc6);
    return map == 3;
}

/*
 * An opcode without a row. After VEX, 0F38 and 0F3A it has a ModRM byte (but for VZEROUPPER), and
 * all its bytes are fetched before it is undefined: a page that is not there comes first. Found
 * on an AMD Zen 3 processor; the manual does not say.
 */
static enum decode no_row(struct decoder *d, struct insn *insn, unsigned index)
{
    unsigned map = index >> 8 & 3;
    struct insn scratch = *insn;

    if (!d->vex && map < 2)
        return undefined(d, insn, DECODE_UNDEFINED);
    if (!d->has_modrm && !(map == 1 && d->opcode == 0x77))
        d->modrm = take_byte(d);
    if (d->modrm < 0xc0)
        decode_memory(d, &scratch, false);
    if (opcode_has_imm8(map, d->opcode))
        take(d, 1);
    return d->short_of_bytes ? needs_more(d) : undefined(d, insn, DECODE_UNDEFINED);
}

/*
 * EVEX: undefined as soon as the byte behind 62h is there, whatever the others are (so does an AMD
 * Zen 3 processor, which has no AVX-512 either); its length and fields are for the debugger.
 */
static enum decode decode_evex(struct decoder *d, struct insn *insn)
{
    const uint8_t *payload = d->bytes + d->at;
    unsigned count = d->count - d->at, length = evex_length(payload, count, insn->asize);
    bool excluded = d->has_rex || d->opsize_prefix || insn->rep != REP_NONE || insn->lock;
    struct evex evex;

    if (excluded || count < 4 || !evex_fields(load_le32(payload), &evex)) {
        d->at++;
        return undefined(d, insn, DECODE_UNDEFINED);
    }
    insn->imm = load_le32(payload);
    d->at += length < count ? length : count;
    undefined(d, insn, DECODE_UNDEFINED);
    insn->exec = exec_evex;
    return DECODE_UNDEFINED;
}

static void set_opsize(const struct decoder *d, struct insn *insn, const struct row *row)
{
    bool prefix = d->opsize_prefix;

    if (d->vex) {
        insn->opsize = mode64(d) && (d->rex & REX_W) ? OPSIZE_64 : OPSIZE_32;
        return;
    }
    if (OPC_PREFIX(row->opcode) == OPC_PREFIX(P66) || (row->attributes & A_NOP_OPSIZE))
        prefix = false;
    if (!mode64(d))
        insn->opsize =
            ((d->mode & MODE_CODE_MASK) == MODE_CODE32) != prefix ? OPSIZE_32 : OPSIZE_16;
    else if ((row->attributes & A_FORCE64) || (d->rex & REX_W))
        insn->opsize = OPSIZE_64;
    else if (prefix)
        insn->opsize = OPSIZE_16;
    else
        insn->opsize = row->attributes & A_DEF64 ? OPSIZE_64 : OPSIZE_32;
}

/*
 * The rest of a VEX prefix that begins with C4 or C5, up to the opcode. Returns the opcode's map as
 * part of an index (VEX_0F(0) ...), 0 if there is no such map or a prefix that VEX excludes stands
 * before it. Source: SDM Vol. 2A, "Vector Extension Prefix".
 */
static unsigned decode_vex(struct decoder *d, struct insn *insn)
{
    bool three_bytes = d->opcode == 0xc4;
    bool excluded = d->has_rex || d->opsize_prefix || insn->rep != REP_NONE || insn->lock;
    uint8_t first = take_byte(d), last = three_bytes ? take_byte(d) : first;
    unsigned map = three_bytes ? first & 31 : 1;

    d->vex = true;
    d->rex = (first & 0x80 ? 0 : REX_R) | (three_bytes && !(first & 0x40) ? REX_X : 0) |
             (three_bytes && !(first & 0x20) && mode64(d) ? REX_B : 0) |
             (three_bytes && (last & 0x80) ? REX_W : 0);
    d->vvvv = ~last >> 3 & 15;
    d->l = last >> 2 & 1;
    insn->vlen = d->l & 1;
    d->opsize_prefix = (last & 3) == 1;
    insn->rep = (last & 3) == 2 ? REP_F3 : (last & 3) == 3 ? REP_F2 : REP_NONE;
    d->opcode = take_byte(d);
    return excluded || map < 1 || map > 3 ? 0 : VEX_0F(0) + (map - 1) * 0x100;
}

/* A gather needs three different registers for destination, index and mask. */
static bool gather_registers_differ(const struct insn *insn)
{
    return insn->dst != insn->index && insn->dst != insn->src && insn->src != insn->index;
}

/*
 * Outside 64-bit mode C4, C5 and 62 are VEX and EVEX only with what LES, LDS and BOUND do not have:
 * a register operand. False and short_of_bytes: there is no byte to tell.
 */
static bool is_vex_or_evex(struct decoder *d)
{
    if (d->opcode != 0x62 && (d->opcode & 0xfe) != 0xc4)
        return false;
    if (d->at >= d->count) {
        d->short_of_bytes = true;
        return false;
    }
    return mode64(d) || d->bytes[d->at] >= 0xc0;
}

enum decode decode_fields(const uint8_t *bytes, unsigned count, unsigned mode,
                          const uint64_t *features, struct insn *insn)
{
    struct decoder d = { .bytes = bytes, .count = count, .mode = mode };
    const uint16_t *candidate;
    const struct row *row;
    unsigned map = 0;
    uint32_t bits;

    memset(insn, 0, sizeof *insn);
    insn->base = insn->index = REG_ZERO;
    d.opcode = decode_prefixes(&d, insn);
    if (d.opcode == 0x0f && !d.short_of_bytes) {
        map = 0x100;
        d.opcode = take_byte(&d);
        if (d.opcode == 0x38 || d.opcode == 0x3a) {
            map = d.opcode == 0x38 ? 0x200 : 0x300;
            d.opcode = take_byte(&d);
        }
    }
    insn->asize = mode64(&d) ? (d.asize_prefix ? ASIZE_32 : ASIZE_64)
                  : ((mode & MODE_CODE_MASK) == MODE_CODE32) != d.asize_prefix ? ASIZE_32
                                                                               : ASIZE_16;
    if (!map && !d.short_of_bytes && is_vex_or_evex(&d)) {
        if (d.opcode == 0x62)
            return decode_evex(&d, insn);
        map = decode_vex(&d, insn);
        if (!map && !d.short_of_bytes)
            return no_row(&d, insn, 0);
    }
    if (d.short_of_bytes)
        return needs_more(&d);
    candidate = insn_candidates(map | d.opcode);
    if (!*candidate)
        return no_row(&d, insn, map);
    /* Rows of one opcode agree on having a ModRM byte, but for 90 (NOP, PAUSE, XCHG): none has. */
    d.has_modrm = row_has_modrm(&insn_rows[*candidate]);
    if (d.has_modrm)
        d.modrm = take_byte(&d);
    if (d.short_of_bytes)
        return needs_more(&d);
    bits = found(&d, insn);
    while (*candidate && !row_matches(&d, insn, &insn_rows[*candidate], bits, features))
        candidate++;
    if (!*candidate)
        return no_row(&d, insn, map);
    insn->row = *candidate;
    row = &insn_rows[*candidate];

    d.reg = (d.modrm >> 3 & 7) | (d.rex & REX_R ? 8 : 0);
    d.rm = (d.modrm & 7) | (d.rex & REX_B ? 8 : 0);
    set_opsize(&d, insn, row);
    if (d.has_modrm && d.modrm < 0xc0 && !ignores_mod(row))
        decode_memory(&d, insn, has_operand(row, K_VM));
    else if (!insn->seg_override)
        insn->seg = mode64(&d) ? SEG_FLAT : SEG_DS;
    for (unsigned i = 0; i < 4 && row->operands[i]; i++)
        decode_operand(&d, insn, i, row->operands[i]);
    if (d.short_of_bytes)
        return needs_more(&d);
    if (has_operand(row, K_VM) && !gather_registers_differ(insn))
        d.no_register = true;
    if (d.no_register)
        return undefined(&d, insn, DECODE_UNDEFINED);
    insn->length = (uint8_t)d.at;
    if (insn->lock && !((row->attributes & A_LOCK) && insn->mem))
        return undefined(&d, insn, DECODE_LOCK);
    return DECODE_OK;
}

enum decode decode_insn(const uint8_t *bytes, unsigned count, unsigned mode,
                        const uint64_t *features, struct insn *insn)
{
    enum decode result = decode_fields(bytes, count, mode, features, insn);

    if (result == DECODE_OK)
        insn->exec = decode_handler(insn, mode);
    return result;
}
