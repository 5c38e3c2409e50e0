/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * debugger/insn_notation.c - rows of the instruction table in the notation of the manual: encoding,
 * operands, flags, exceptions, modes. SDM Vol. 2A, "Interpreting the Instruction Reference Pages".
 */
#include <string.h>

#include "debugger/insn_words.h"

/* Does an operand follow the operand size? Then 66h, and REX.W in 64-bit mode, choose. */
static bool has_size(const struct row *row, unsigned size)
{
    for (unsigned i = 0; i < 4; i++)
        if (OP_SIZE(row->operands[i]) == size && OP_KIND(row->operands[i]))
            return true;
    return false;
}

static const char *map_bytes(unsigned opcode)
{
    static const char *const names[] = { "", "0F", "0F38", "0F3A" };

    return names[opcode >> 8 & 3];
}

static void vex_prefix(const struct row *row, struct buf *text)
{
    static const char *const prefixes[] = { "", "", ".66", ".F3", ".F2", "" };
    static const char *const widths[] = { ".WIG", ".W0", ".W1" };
    unsigned l = OPC_L(row->opcode);

    buf_printf(text, "VEX.%s%s.%s%s ",
               l == 1                ? "128"
               : l == 2              ? "256"
               : has_size(row, SZ_x) ? "128/256"
                                     : "LIG",
               prefixes[OPC_PREFIX(row->opcode)], map_bytes(row->opcode),
               widths[OPC_W(row->opcode)]);
}

static void legacy_prefix(const struct row *row, struct buf *text)
{
    static const char *const prefixes[] = { "", "NP ", "66 ", "F3 ", "F2 ", "" };
    unsigned opcode = row->opcode, map = opcode >> 8 & 3, w = OPC_W(opcode);
    bool sized = has_size(row, SZ_v) || has_size(row, SZ_z) || has_size(row, SZ_y);

    buf_add_text(text, prefixes[OPC_PREFIX(opcode)]);
    if (w == 2)
        buf_add_text(text, "REX.W + ");
    else if (sized && !w && !(row->attributes & (A_FORCE64 | A_NOP_OPSIZE)) &&
             OPC_PREFIX(opcode) != 2)
        buf_add_text(text, row->attributes & (A_DEF64 | A_NO64) ? "[66] " : "[66|REX.W] ");
    buf_add_text(text, map == 0 ? "" : map == 1 ? "0F " : map == 2 ? "0F 38 " : "0F 3A ");
}

static void immediates(const struct row *row, struct buf *text)
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned kind = OP_KIND(row->operands[i]), size = OP_SIZE(row->operands[i]);

        if (kind == K_L)
            buf_add_text(text, " /is4");
        else if (kind == K_I || kind == K_IS)
            buf_add_text(text, size == SZ_b   ? " ib"
                               : size == SZ_w ? " iw"
                               : size == SZ_v ? " iw/id/io"
                                              : " iw/id");
        else if (kind == K_J)
            buf_add_text(text, size == SZ_b ? " cb" : " cw/cd");
        else if (kind == K_A)
            buf_add_text(text, " cd/cp");
        else if (kind == K_O)
            buf_add_text(text, " moffs");
    }
}

void notation_encoding(const struct row *row, struct buf *text)
{
    unsigned opcode = row->opcode, reg = OPC_REG(opcode), rm = OPC_RM(opcode);

    if (OPC_IS_VEX(opcode))
        vex_prefix(row, text);
    else
        legacy_prefix(row, text);
    buf_printf(text, "%02X", (opcode & 0xff) + (rm && !row_has_modrm(row) ? rm - 1 : 0));
    if (opcode & PLUS_R)
        buf_add_text(text, "+r");
    if (row_has_modrm(row)) {
        if (reg && rm)
            buf_printf(text, " %02X", 0xc0 | (reg - 1) << 3 | (rm - 1));
        else if (reg)
            buf_printf(text, " /%u", reg - 1);
        else
            buf_add_text(text, " /r");
    }
    immediates(row, text);
}

static const char *size_bits(unsigned size)
{
    switch (size) {
    case SZ_b:
        return "8";
    case SZ_w:
        return "16";
    case SZ_d:
        return "32";
    case SZ_q:
        return "64";
    case SZ_v:
        return "16/32/64";
    case SZ_z:
        return "16/32";
    case SZ_y:
        return "32/64";
    case SZ_p:
        return "16:16/32/64";
    case SZ_s:
        return "16&32/64";
    case SZ_a:
        return "16&16/32&32";
    case SZ_dq:
        return "128";
    case SZ_qq:
        return "256";
    case SZ_t:
        return "80";
    default:
        return "";
    }
}

static const char *vector_name_of(const struct row *row, unsigned size)
{
    if (size == SZ_qq || (size == SZ_x && OPC_L(row->opcode) == 2))
        return "ymm";
    return size == SZ_x && OPC_IS_VEX(row->opcode) && !OPC_L(row->opcode) ? "xmm/ymm" : "xmm";
}

static void vector_memory(const struct row *row, unsigned size, struct buf *text)
{
    const char *bits = size == SZ_x ? (OPC_L(row->opcode) == 2                          ? "256"
                                       : OPC_IS_VEX(row->opcode) && !OPC_L(row->opcode) ? "128/256"
                                                                                        : "128")
                                    : size_bits(size);

    buf_printf(text, "m%s", bits);
}

static void form_operand(const struct row *row, uint32_t op, struct buf *text)
{
    static const char *const sregs[] = { "ES", "CS", "SS", "DS", "FS", "GS" };
    static const char *const low[] = { "AL", "CL", "DL", "BL", "AH", "CH", "DH", "BH" };
    static const char *const wide[] = { "AX", "CX", "DX", "BX", "SP", "BP", "SI", "DI" };
    unsigned kind = OP_KIND(op), size = OP_SIZE(op), value = OP_VALUE(op);

    switch (kind) {
    case K_E:
        if (size == SZ_rv)
            buf_add_text(text, "r16/32/64/m16");
        else if (size == SZ_rd_mb || size == SZ_rd_mw)
            buf_printf(text, "r32/m%s", size == SZ_rd_mb ? "8" : "16");
        else
            buf_printf(text, "r/m%s", size_bits(size));
        break;
    case K_G:
    case K_R:
    case K_Z:
    case K_B:
        buf_printf(text, "r%s", size_bits(size));
        break;
    case K_M:
    case K_X:
    case K_Y:
        if (size == SZ_x)
            vector_memory(row, size, text);
        else
            buf_printf(text, "m%s", size_bits(size));
        break;
    case K_VM:
        buf_printf(text, "vm%s", size_bits(size));
        break;
    case K_I:
    case K_IS:
        buf_printf(text, "imm%s", size_bits(size));
        break;
    case K_J:
        buf_printf(text, "rel%s", size_bits(size));
        break;
    case K_O:
        buf_printf(text, "moffs%s", size_bits(size));
        break;
    case K_A:
        buf_add_text(text, "ptr16:16/32");
        break;
    case K_S:
        buf_add_text(text, "Sreg");
        break;
    case K_C:
        buf_add_text(text, "CR0-CR8");
        break;
    case K_D:
        buf_add_text(text, "DR0-DR7");
        break;
    case K_REG:
        if (size == SZ_v || size == SZ_z)
            buf_printf(text, "%s/E%s%s%s", wide[value & 7], wide[value & 7],
                       size == SZ_v ? "/R" : "", size == SZ_v ? wide[value & 7] : "");
        else
            buf_add_text(text, size == SZ_b ? low[value & 7] : wide[value & 7]);
        break;
    case K_SREG:
        buf_add_text(text, value < 6 ? sregs[value] : "?");
        break;
    case K_CONST:
        buf_printf(text, "%u", value);
        break;
    case K_V:
    case K_U:
    case K_H:
    case K_L:
        buf_add_text(text, vector_name_of(row, size));
        break;
    case K_W:
        buf_printf(text, "%s/", vector_name_of(row, size));
        vector_memory(row, size, text);
        break;
    case K_P:
    case K_N:
        buf_add_text(text, "mm");
        break;
    case K_Q:
        buf_printf(text, "mm/m%s", size_bits(size));
        break;
    case K_XMM0:
        buf_add_text(text, "<XMM0>");
        break;
    case K_ST0:
        buf_add_text(text, "ST(0)");
        break;
    case K_STI:
        buf_add_text(text, "ST(i)");
        break;
    default:
        buf_add_text(text, "<flags>");
    }
}

void notation_form(const struct row *row, struct buf *text)
{
    const char *before = "";
    size_t n, length = 0;

    for (const char *name = row->mnemonic; *name; name += n + (name[n] != 0)) {
        n = strcspn(name, "|");
        if (n == length && !strncmp(name, before, n))
            continue; /* INSD stands there for REX.W, too */
        buf_printf(text, "%s%.*s", length ? "|" : "", (int)n, name);
        before = name;
        length = n;
    }
    for (unsigned i = 0; i < 4 && row->operands[i]; i++) {
        buf_add_text(text, i ? ", " : " ");
        form_operand(row, row->operands[i], text);
    }
}

void notation_flags(unsigned flags, struct buf *text)
{
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = { { OF, "OF" }, { DF, "DF" }, { IF, "IF" }, { SF, "SF" },
                  { ZF, "ZF" }, { AF, "AF" }, { PF, "PF" }, { CF, "CF" } };
    bool any = false;

    for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
        if (flags & names[i].bit) {
            buf_printf(text, " %s", names[i].name);
            any = true;
        }
    if (!any)
        buf_add_text(text, " none");
}

static void add_once(struct buf *text, const char *word, size_t n)
{
    char padded[40];
    const char *at;

    snprintf(padded, sizeof padded, " %.*s", (int)n, word);
    for (at = buf_text(text); (at = strstr(at, padded)) != NULL; at++)
        if (!at[n + 1] || at[n + 1] == ' ')
            return;
    buf_add_text(text, padded);
}

static bool touches_memory(const struct row *row)
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned kind = OP_KIND(row->operands[i]);
        bool may = kind == K_X || kind == K_Y || kind == K_O ||
                   (operand_may_be_memory(row->operands[i]) && OPC_MOD(row->opcode) != 2);

        if (may && OP_ACCESS(row->operands[i]) != ACC_ADDR)
            return true;
    }
    return false;
}

void notation_exceptions(const struct row *row, struct buf *text)
{
    uint32_t attributes = row->attributes;
    const char *more = words_raises(row);
    struct buf list = { 0 };

    add_once(&list, "#UD", 3); /* at least with a LOCK that is not allowed, or not on a register */
    if (attributes & (A_FPU | A_MMX | A_SSE | A_AVX))
        add_once(&list, "#NM", 3);
    if (attributes & (A_FPU | A_MMX))
        add_once(&list, "#MF", 3);
    if (attributes & A_CPL0)
        add_once(&list, "#GP(0)", 6);
    if (touches_memory(row)) {
        add_once(&list, "#GP(0)", 6);
        add_once(&list, "#SS(0)", 6);
        add_once(&list, "#PF", 3);
        if (!(attributes & A_ALIGN16))
            add_once(&list, "#AC", 3);
    }
    while (*more) {
        size_t n = strcspn(more, " ");

        add_once(&list, more, n);
        more += n + strspn(more + n, " ");
    }
    buf_add_text(text, buf_text(&list));
    buf_free(&list);
}

void notation_modes(const struct row *row, struct buf *text)
{
    uint32_t a = row->attributes;

    buf_add_text(text, a & A_ONLY64                            ? "64-bit mode only"
                       : a & A_NO64                            ? "not in 64-bit mode"
                       : a & A_PROT || OPC_IS_VEX(row->opcode) ? "protected and 64-bit mode"
                                                               : "all modes");
    if (a & A_CPL0)
        buf_add_text(text, "; CPL 0 only");
    if (a & A_LOCK)
        buf_add_text(text, "; LOCK allowed");
    if (a & A_UNDOC)
        buf_add_text(text, "; not documented");
}
