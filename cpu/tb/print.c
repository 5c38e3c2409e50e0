/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/tb/print.c - ops as text. */
#include "cpu/disasm.h"
#include "cpu/tb/ir.h"
#include "util/bits.h"
#include "util/buf.h"

static const char *const conditions[16] = { "o", "no", "b", "nb", "z", "nz", "be", "nbe",
                                            "s", "ns", "p", "np", "l", "nl", "le", "nle" };

uint16_t condition_flags(unsigned cc)
{
    static const uint16_t flags[8] = { OF, CF, ZF, CF | ZF, SF, PF, SF | OF, ZF | SF | OF };

    return flags[cc >> 1 & 7];
}

const char *flags_text(unsigned flags, char *text)
{
    static const struct {
        unsigned bit;
        char letter;
    } letters[] = { { CF, 'c' }, { PF, 'p' }, { AF, 'a' }, { ZF, 'z' }, { SF, 's' }, { OF, 'o' } };
    char *p = text;

    for (unsigned i = 0; i < ARRAY_SIZE(letters); i++) {
        if (flags & letters[i].bit)
            *p++ = letters[i].letter;
    }
    *p = 0;
    return text;
}

static void put_value(struct buf *text, unsigned value, unsigned size)
{
    if (value < 16)
        buf_add_text(text, gpr_name(size == 1 ? value * 8 : value, size));
    else if (value <= V_BH)
        buf_add_text(text, gpr_name((value - V_AH) * 8 + 1, 1));
    else
        buf_add_text(text, value == V_T0     ? "t0"
                           : value == V_T1   ? "t1"
                           : value == V_KEPT ? "kept"
                                             : "?");
}

static void put_number(struct buf *text, int64_t value, unsigned size)
{
    buf_printf(text, "0x%llx", (unsigned long long)zero_extend((uint64_t)value, size));
}

/* [t0], with its size where that is not the op's. */
static void put_memory(struct buf *text, const struct op *op, unsigned size)
{
    if (size && size != op->size)
        buf_printf(text, "%u bytes ", size);
    buf_add_text(text, "[t0]");
}

static void put_address(struct buf *text, const struct op *op)
{
    static const unsigned bits[] = { 16, 32, 64, 64 };
    const char *separator = "";

    if (op->base != V_NONE) {
        put_value(text, op->base, 8);
        separator = " + ";
    }
    if (op->index != V_NONE) {
        buf_add_text(text, separator);
        put_value(text, op->index, 8);
        if (op->scale)
            buf_printf(text, "*%u", 1u << op->scale);
        separator = " + ";
    }
    if (!*separator)
        put_number(text, op->imm, bits[op->asize & 3] / 8);
    else if (op->imm)
        buf_printf(text, " %c 0x%llx", op->imm < 0 ? '-' : '+',
                   (unsigned long long)(op->imm < 0 ? 0 - (uint64_t)op->imm : (uint64_t)op->imm));
    if (op->asize != ASIZE_64)
        buf_printf(text, ", %u bits", bits[op->asize & 3]);
}

static void put_segment(struct buf *text, const struct op *op)
{
    static const char *const access[] = { "read", "write", "execute", "read and write" };

    buf_printf(text, "t0 := %s + t0, to %s %u", seg_names[op->seg % SEG_COUNT], access[op->cc & 3],
               op->size);
}

static bool is_shift(unsigned code)
{
    return code == OP_SHL || code == OP_SHR || code == OP_SAR || code == OP_ROL || code == OP_ROR;
}

/* Destination, source, immediate, with commas. */
static void put_operands(struct buf *text, const struct op *op)
{
    bool extends = op->code == OP_MOVZX || op->code == OP_MOVSX;
    unsigned source_size = extends ? op->from : op->size;
    const char *separator = "";

    if (op->d != V_NONE || op->mem == MEM_DST) {
        if (op->mem == MEM_DST)
            put_memory(text, op, 0);
        else
            put_value(text, op->d, op->size);
        separator = ", ";
    }
    if (op->a != V_NONE || op->mem == MEM_SRC) {
        buf_add_text(text, separator);
        if (op->mem == MEM_SRC)
            put_memory(text, op, extends ? op->from : 0);
        else
            put_value(text, op->a, source_size);
        separator = ", ";
    }
    if (op->is_imm || is_shift(op->code) || op->code == OP_IMULI) {
        buf_add_text(text, separator);
        put_number(text, op->imm, op->size);
    }
}

void op_text(const struct op *op, struct buf *text)
{
    const struct op_info *info = &op_info[op->code];
    char name[24];

    switch (op->code) {
    case OP_BR:
    case OP_SETCC:
    case OP_CMOV:
        snprintf(name, sizeof name, "%s.%s", info->name, conditions[op->cc & 15]);
        break;
    case OP_INSN:
    case OP_SEG:
    case OP_VECTORS:
    case OP_STACK:
    case OP_HELPER:
    case OP_BRCX:
    case OP_CANON:
    case OP_CROSS:
    case OP_JMP:
    case OP_JMPI:
    case OP_ALONE:
    case OP_CLI:
    case OP_CLD:
        snprintf(name, sizeof name, "%s", info->name);
        break;
    default:
        snprintf(name, sizeof name, "%s.%u", info->name, op->size);
        break;
    }
    buf_printf(text, "%-7s ", name);
    switch (op->code) {
    case OP_INSN:
    case OP_BR:
    case OP_BRCX:
    case OP_JMP:
    case OP_ALONE:
        put_number(text, op->imm, 8);
        break;
    case OP_EA:
        put_value(text, op->d, op->d == V_T0 ? 8 : op->size);
        buf_add_text(text, " := ");
        put_address(text, op);
        break;
    case OP_SEG:
        put_segment(text, op);
        break;
    case OP_SIMD:
    case OP_X87:
        if (op->mem)
            buf_printf(text, "%s %u bytes [t0]%s", op->mem == MEM_DST ? "to" : "of", op->from,
                       op->align ? ", aligned" : "");
        if (op->d != V_NONE) {
            buf_add_text(text, op->mem ? ", to " : "to ");
            put_value(text, op->d, 8);
        }
        break;
    default:
        put_operands(text, op);
        break;
    }
    while (text->length && text->data[text->length - 1] == ' ')
        text->data[--text->length] = 0;
}

void op_print(const struct op *op, bool optimized, struct out *out)
{
    unsigned flags = op->defines & (optimized ? op->live : ALL_FLAGS);
    struct buf text = { 0 };
    char letters[8];

    op_text(op, &text);
    if (flags)
        out_printf(out, "%-36s -> %s%s", buf_text(&text), flags_text(flags, letters),
                   op->dead ? "  removed" : "");
    else
        out_printf(out, "%s%s", buf_text(&text), op->dead ? "  removed" : "");
    buf_free(&text);
}

void block_print(const struct block *b, struct out *out)
{
    out_printf(out, "block at 0x%llx, flags 0x%x, %u instructions, %s\n",
               (unsigned long long)b->rip, b->flags, b->count,
               b->optimized ? "optimised" : "as the front end made it");
    for (unsigned i = 0; i < b->op_count; i++) {
        out_printf(out, "%3u  ", i);
        op_print(&b->ops[i], b->optimized, out);
        out_text(out, "\n");
    }
}
