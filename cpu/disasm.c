/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/disasm.c - struct insn -> Intel syntax. Everything it says comes from the instruction table:
 * the mnemonic, which operands there are, and their sizes.
 *
 *   mov eax, dword ptr [rbx+rcx*4+0x10]
 *   jz 0x7c05 <boot+0x5>
 *   lea rsi, [rip+0x200] ; 0x401230 <message>
 *   a32 fs rep movsb           prefixes that no printed operand shows stand in front
 */
#include "cpu/disasm.h"

#include "cpu/decode_evex.h"
#include "util/bits.h"
#include "util/buf.h"

const char *const seg_names[SEG_COUNT] = { "es", "cs", "ss", "ds", "fs", "gs", "ds", "ss" };

const char *gpr_name(unsigned n, unsigned size)
{
    static const char *const high[4] = { "ah", "ch", "dh", "bh" };
    /* clang-format off */
    static const char *const names[4][16] = {
        { "al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil",
          "r8b", "r9b", "r10b", "r11b", "r12b", "r13b", "r14b", "r15b" },
        { "ax", "cx", "dx", "bx", "sp", "bp", "si", "di",
          "r8w", "r9w", "r10w", "r11w", "r12w", "r13w", "r14w", "r15w" },
        { "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi",
          "r8d", "r9d", "r10d", "r11d", "r12d", "r13d", "r14d", "r15d" },
        { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
          "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15" },
    };
    /* clang-format on */

    if (size == 1)
        return n & 1 ? high[n / 8 & 3] : names[0][n / 8 & 15];
    return names[size == 2 ? 1 : size == 4 ? 2 : 3][n & 15];
}

struct disasm {
    const struct insn *insn;
    const struct row *row;
    const struct disasm_options *options;
    unsigned mode;
    uint64_t rip; /* of this instruction */
    struct buf *text;
};

static void put_hex(struct buf *text, uint64_t value)
{
    buf_printf(text, "0x%llx", (unsigned long long)value);
}

/* Bytes of an operand; 0: the table gives it no size. */
static unsigned operand_bytes(const struct insn *insn, uint32_t op)
{
    unsigned opsize = 1u << insn->opsize;

    switch (OP_SIZE(op)) {
    case SZ_b:
        return 1;
    case SZ_w:
        return 2;
    case SZ_d:
        return 4;
    case SZ_q:
        return 8;
    case SZ_v:
        return opsize;
    case SZ_z:
        return opsize == 2 ? 2 : 4;
    case SZ_y:
        return opsize == 8 ? 8 : 4;
    case SZ_rv:
        return insn->mem ? 2 : opsize;
    case SZ_p:
        return opsize + 2;
    case SZ_a:
        return 2 * opsize;
    case SZ_dq:
        return 16;
    case SZ_x:
        return 16u << insn->vlen;
    case SZ_qq:
        return 32;
    case SZ_zz:
        return 64;
    case SZ_adr:
        return 2u << insn->asize;
    case SZ_t:
        return 10;
    case SZ_rd_mb:
        return insn->mem ? 1 : 4;
    case SZ_rd_mw:
        return insn->mem ? 2 : 4;
    default:
        return 0;
    }
}

static void put_memory_size(struct buf *text, unsigned bytes)
{
    static const struct {
        unsigned bytes;
        const char *name;
    } sizes[] = {
        { 1, "byte" },   { 2, "word" },     { 4, "dword" },    { 6, "fword" },    { 8, "qword" },
        { 10, "tbyte" }, { 16, "xmmword" }, { 32, "ymmword" }, { 64, "zmmword" },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
        if (sizes[i].bytes == bytes)
            buf_printf(text, "%s ptr ", sizes[i].name);
    }
}

/* " <symbol>" when the caller knows one. */
static void put_symbol(const struct disasm *d, uint64_t address)
{
    char name[256];

    if (d->options && d->options->symbol &&
        d->options->symbol(d->options->context, address, name, sizeof name))
        buf_printf(d->text, " <%s>", name);
}

static bool operand_is_memory(const struct insn *insn, uint32_t op)
{
    switch (OP_KIND(op)) {
    case K_M:
    case K_VM:
    case K_O:
        return true;
    case K_E:
    case K_W:
    case K_Q:
        return insn->mem;
    default:
        return false;
    }
}

static uint64_t address_mask(const struct insn *insn)
{
    return mask_bits(16u << insn->asize);
}

static void put_vector(struct buf *text, unsigned n, unsigned bytes)
{
    buf_printf(text, "%s%u", bytes == 64 ? "zmm" : bytes == 32 ? "ymm" : "xmm", n);
}

/*
 * VSIB: bytes of the index vector. Bit 0 of a gather's opcode tells quadword indices from
 * doublewords; there are as many as the wider of index and element leaves room for.
 */
static unsigned index_vector_bytes(const struct insn *insn, uint32_t op)
{
    unsigned index = insn_row(insn)->opcode & 1 ? 8 : 4, element = operand_bytes(insn, op);
    unsigned bytes = (16u << insn->vlen) / (index > element ? index : element) * index;

    return bytes < 16 ? 16 : bytes;
}

static void put_memory(const struct disasm *d, uint32_t op)
{
    const struct insn *insn = d->insn;
    unsigned size = 2u << insn->asize;
    int64_t disp = insn->disp;
    bool has_register = false;

    /* LEA, INVLPG, PREFETCHh use the address only; a NOP shows its operand size. */
    if (OP_KIND(op) != K_M || OP_ACCESS(op) != ACC_ADDR)
        put_memory_size(d->text, operand_bytes(insn, op));
    if (insn->seg_override)
        buf_printf(d->text, "%s:", seg_names[insn->seg]);
    buf_add_text(d->text, "[");
    if (OP_KIND(op) == K_O) {
        put_hex(d->text, insn->imm);
        buf_add_text(d->text, "]");
        return;
    }
    if (insn->base != REG_ZERO) {
        buf_add_text(d->text, insn->base != REG_TRACE_IP ? gpr_name(insn->base, size)
                              : insn->asize == ASIZE_64  ? "rip"
                                                         : "eip");
        has_register = true;
    }
    if (insn->index != REG_ZERO) {
        buf_add_text(d->text, has_register ? "+" : "");
        if (OP_KIND(op) == K_VM)
            put_vector(d->text, insn->index, index_vector_bytes(insn, op));
        else
            buf_add_text(d->text, gpr_name(insn->index, size));
        if (insn->scale)
            buf_printf(d->text, "*%u", 1u << insn->scale);
        has_register = true;
    }
    if (!has_register) {
        put_hex(d->text, (uint64_t)disp & address_mask(insn));
    } else if (disp) {
        buf_add_text(d->text, disp < 0 ? "-" : "+");
        put_hex(d->text, (uint64_t)(disp < 0 ? -disp : disp));
    }
    buf_add_text(d->text, "]");
}

static void put_branch_target(const struct disasm *d)
{
    uint64_t target = d->rip + d->insn->length + (uint64_t)(int64_t)d->insn->disp;

    target &= mask_bits(8u << d->insn->opsize);
    put_hex(d->text, target);
    put_symbol(d, target);
}

static void put_immediate(const struct disasm *d, unsigned position, uint32_t op)
{
    const struct insn *insn = d->insn;
    unsigned bytes = OP_KIND(op) == K_IS ? 1u << insn->opsize : operand_bytes(insn, op);
    uint64_t value = insn->imm;

    if (position && OP_KIND(d->row->operands[position - 1]) == K_I)
        value >>= 16; /* ENTER: the second of two */
    if (OP_KIND(op) == K_I && OP_SIZE(op) == SZ_z)
        bytes = 1u << insn->opsize;
    put_hex(d->text, zero_extend(value, bytes));
}

static void put_operand(const struct disasm *d, unsigned position)
{
    const struct insn *insn = d->insn;
    uint32_t op = d->row->operands[position];
    unsigned n = insn_register(insn, position);

    if (operand_is_memory(insn, op)) {
        put_memory(d, op);
        return;
    }
    switch (OP_KIND(op)) {
    case K_E:
    case K_G:
    case K_R:
    case K_B:
    case K_Z:
        buf_add_text(d->text, gpr_name(n, operand_bytes(insn, op)));
        break;
    case K_REG: /* byte registers AL to BL, AH to BH */
        n = OP_VALUE(op);
        if (OP_SIZE(op) == SZ_b)
            n = (n & 3) * 8 + (n >> 2);
        buf_add_text(d->text, gpr_name(n, operand_bytes(insn, op)));
        break;
    case K_S:
        buf_add_text(d->text, seg_names[n]);
        break;
    case K_SREG:
        buf_add_text(d->text, seg_names[OP_VALUE(op)]);
        break;
    case K_C:
        buf_printf(d->text, "cr%u", n);
        break;
    case K_D:
        buf_printf(d->text, "dr%u", n);
        break;
    case K_V:
    case K_W:
    case K_U:
    case K_H:
    case K_L:
        put_vector(d->text, n, operand_bytes(insn, op));
        break;
    case K_XMM0:
        buf_add_text(d->text, "xmm0");
        break;
    case K_P:
    case K_Q:
    case K_N:
        buf_printf(d->text, "mm%u", n);
        break;
    case K_ST0:
        buf_add_text(d->text, "st0");
        break;
    case K_STI:
        buf_printf(d->text, "st%u", n);
        break;
    case K_CONST:
        buf_printf(d->text, "%u", OP_VALUE(op));
        break;
    case K_I:
    case K_IS:
        put_immediate(d, position, op);
        break;
    case K_J:
        put_branch_target(d);
        break;
    case K_A:
        put_hex(d->text, insn->imm >> 32);
        buf_add_text(d->text, ":");
        put_hex(d->text, insn->imm & 0xffffffff);
        break;
    default:
        buf_add_text(d->text, "?");
        break;
    }
}

/* String operands are in the mnemonic and in rSI, rDI, rAX, DX; the flags register in the name. */
static bool operand_is_hidden(const struct row *row, unsigned position)
{
    for (unsigned i = 0; i < 2; i++) {
        unsigned kind = OP_KIND(row->operands[i]);

        if (kind == K_X || kind == K_Y)
            return true;
    }
    return OP_KIND(row->operands[position]) == K_F;
}

static void put_prefixes(const struct disasm *d)
{
    static const char *const asize_names[] = { "a16", "a32", "a64" };
    const struct insn *insn = d->insn;
    unsigned natural = d->mode & MODE_CODE64                       ? ASIZE_64
                       : (d->mode & MODE_CODE_MASK) == MODE_CODE32 ? ASIZE_32
                                                                   : ASIZE_16;
    bool shown = strchr(d->row->mnemonic, '/') != NULL, memory = false;

    for (unsigned i = 0; i < 4; i++)
        memory |= operand_is_memory(insn, d->row->operands[i]);
    if (!memory && !shown && insn->asize != natural)
        buf_printf(d->text, "%s ", asize_names[insn->asize]);
    if (!memory && insn->seg_override)
        buf_printf(d->text, "%s ", seg_names[insn->seg]);
    if (insn->lock)
        buf_add_text(d->text, "lock ");
    if (insn->rep == REP_F2 && (d->row->attributes & (A_REP | A_REPZ)))
        buf_add_text(d->text, "repne ");
    else if (insn->rep == REP_F3 && (d->row->attributes & A_REPZ))
        buf_add_text(d->text, "repe ");
    else if (insn->rep == REP_F3 && (d->row->attributes & A_REP))
        buf_add_text(d->text, "rep ");
}

/* "a|b|c" by operand size, "a/b/c" by address size; the last one stands for what is missing. */
static void put_mnemonic(const struct disasm *d)
{
    const char *word = d->row->mnemonic;
    bool by_address = strchr(word, '/') != NULL;
    unsigned skip = by_address                    ? d->insn->asize
                    : d->insn->opsize > OPSIZE_16 ? d->insn->opsize - 1u
                                                  : 0;
    size_t length;

    for (;;) {
        length = strcspn(word, "|/");
        if (!skip-- || !word[length])
            break;
        word += length + 1;
    }
    buf_add(d->text, word, length);
    /* Far branches: a selector and an offset, in the instruction or in memory. */
    if (OP_SIZE(d->row->operands[0]) == SZ_p)
        buf_add_text(d->text, " far");
}

void disasm_insn(const struct insn *insn, unsigned mode, uint64_t rip,
                 const struct disasm_options *options, struct buf *text)
{
    const struct row *row = insn_row(insn);
    struct disasm d = {
        .insn = insn, .row = row, .options = options, .mode = mode, .rip = rip, .text = text
    };
    const char *separator = " ";

    if (!insn->row) {
        if (insn_is_evex(insn))
            evex_text(insn, text);
        else
            buf_add_text(text, row->mnemonic);
        return;
    }
    put_prefixes(&d);
    put_mnemonic(&d);
    for (unsigned i = 0; i < 4 && row->operands[i]; i++) {
        if (operand_is_hidden(row, i))
            continue;
        buf_add_text(text, separator);
        put_operand(&d, i);
        separator = ", ";
    }
    if (insn->mem && insn->base == REG_TRACE_IP) {
        uint64_t address = rip + insn->length + (uint64_t)(int64_t)insn->disp;

        address &= address_mask(insn);
        buf_add_text(text, " ; ");
        put_hex(text, address);
        put_symbol(&d, address);
    }
    if (insn->lock && !((row->attributes & A_LOCK) && insn->mem))
        buf_add_text(text, " ; #UD: no lock here");
}

void disasm_operand(const struct insn *insn, unsigned mode, uint64_t rip, unsigned position,
                    struct buf *text)
{
    static const struct disasm_options plain;
    struct disasm d = { .insn = insn,
                        .row = insn_row(insn),
                        .mode = mode,
                        .rip = rip,
                        .options = &plain,
                        .text = text };

    put_operand(&d, position);
}

unsigned disasm_bytes(const uint8_t *bytes, unsigned count, unsigned mode, uint64_t rip,
                      const uint64_t *features, const struct disasm_options *options,
                      struct buf *text)
{
    struct insn insn;

    if (count > 15)
        count = 15;
    switch (decode_insn(bytes, count, mode, features, &insn)) {
    case DECODE_OK:
    case DECODE_LOCK:
    case DECODE_UNDEFINED:
        disasm_insn(&insn, mode, rip, options, text);
        return insn.length ? insn.length : 1;
    default:
        buf_add_text(text, insn_rows[0].mnemonic);
        return count ? count : 1;
    }
}
