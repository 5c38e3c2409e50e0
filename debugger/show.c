/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/show.c - registers, flags and instructions as text. */
#include "debugger/show.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "cpu/disasm.h"
#include "debugger/register.h"
#include "util/bits.h"
#include "util/text.h"

void show_ink(struct out *out, enum ink ink)
{
    static const char *const codes[] = { "\033[0m",  "\033[1m",  "\033[36m",
                                         "\033[33m", "\033[32m", "\033[31m" };

    if (out->colour)
        out_text(out, codes[ink]);
}

void snapshot_take(struct snapshot *snapshot, const struct cpu *cpu)
{
    static const uint8_t crs[] = { 0, 2, 3, 4, 8 };
    const uint64_t values[] = { cpu->cr0, cpu->cr2, cpu->cr3, cpu->cr4, cpu->cr8 };

    memcpy(snapshot->gpr, cpu->gpr, sizeof snapshot->gpr);
    snapshot->rip = cpu->rip;
    for (unsigned i = 0; i < ARRAY_SIZE(crs); i++)
        snapshot->cr[crs[i]] = values[i];
    snapshot->eflags = cpu_eflags(cpu);
    snapshot->tick = cpu->clock ? clock_now(cpu->clock) : 0;
    for (unsigned i = 0; i < ARRAY_SIZE(snapshot->selector); i++)
        snapshot->selector[i] = cpu->seg[i].selector;
    snapshot->valid = true;
}

lin_addr show_code_address(const struct cpu *cpu)
{
    lin_addr la = cpu->seg[SEG_CS].base + cpu->rip;

    return cpu_code64(cpu) ? cpu->rip : (uint32_t)la;
}

void show_code_pointer(uint16_t selector, uint64_t rip, unsigned mode, struct buf *text)
{
    unsigned code = mode & MODE_CODE_MASK;
    unsigned digits = code == MODE_CODE64 || rip >> 32   ? 16
                      : code == MODE_CODE32 || rip >> 16 ? 8
                                                         : 4;

    buf_printf(text, "%04x:%0*llx", selector, (int)digits, (unsigned long long)rip);
}

unsigned show_fetch(const struct cpu *cpu, lin_addr la, uint8_t bytes[15])
{
    unsigned count = 15, first = (unsigned)(PAGE_SIZE - (la & PAGE_MASK));

    if (cpu_peek(cpu, la, bytes, count))
        return count;
    if (first < count && cpu_peek(cpu, la, bytes, first))
        return first; /* the next page is not there */
    return 0;
}

struct symbol_context {
    const struct symbols *symbols;
    lin_addr base; /* branch targets are offsets in the code segment */
};

static bool branch_symbol(void *context, lin_addr la, char *name, size_t size)
{
    struct symbol_context *c = context;

    return symbols_name(c->symbols, la + c->base, name, size);
}

unsigned show_insn(const struct cpu *cpu, const struct symbols *symbols, lin_addr la, uint64_t rip,
                   unsigned mode, struct buf *text, uint8_t bytes[15])
{
    struct symbol_context context = { symbols, la - rip };
    struct disasm_options options = { branch_symbol, &context };
    unsigned count = show_fetch(cpu, la, bytes);

    if (!count)
        return 0;
    return disasm_bytes(bytes, count, mode, rip, cpu->features,
                        symbols && symbols->count ? &options : NULL, text);
}

void show_stop_line(const struct cpu *cpu, const struct symbols *symbols, struct out *out)
{
    lin_addr la = show_code_address(cpu);
    struct buf text = { 0 }, pointer = { 0 };
    uint8_t bytes[15];
    char name[256];
    struct walk walk;
    unsigned length;

    paging_walk(cpu, la, &walk);
    show_code_pointer(cpu->seg[SEG_CS].selector, cpu->rip, cpu->mode, &pointer);
    show_ink(out, INK_ADDRESS);
    if (walk.mapped)
        out_printf(out, "(0) [0x%012llx] ", (unsigned long long)walk.pa);
    else
        out_text(out, "(0) [not mapped    ] ");
    out_text(out, buf_text(&pointer));
    show_ink(out, INK_NONE);
    out_text(out, " (");
    show_ink(out, INK_SYMBOL);
    if (symbols_name(symbols, la, name, sizeof name)) {
        out_text(out, name);
        if (!strchr(name, '+'))
            out_text(out, "+0");
    } else {
        out_text(out, "unk. ctxt");
    }
    show_ink(out, INK_NONE);
    out_text(out, "): ");
    length = show_insn(cpu, symbols, la, cpu->rip, cpu->mode, &text, bytes);
    if (!length) {
        buf_clear(&text);
        show_hole(cpu, la, &text);
        out_printf(out, "no instruction here: %s\n", buf_text(&text));
    } else {
        out_printf(out, "%-25s ; ", buf_text(&text));
        for (unsigned i = 0; i < length; i++)
            out_printf(out, "%02x", bytes[i]);
        out_text(out, "\n");
    }
    buf_free(&text);
    buf_free(&pointer);
}

void show_eflags(uint64_t eflags, struct buf *text)
{
    static const char *const order[] = { "id", "vip", "vif", "ac", "vm", "rf", "nt", "iopl", "of",
                                         "df", "if",  "tf",  "sf", "zf", "af", "pf", "cf" };

    for (unsigned i = 0; i < ARRAY_SIZE(order); i++) {
        const struct reg_bit *bit = eflags_bits;

        while (strcmp(bit->name, order[i]))
            bit++;
        if (i)
            buf_add_text(text, " ");
        if (bit->width > 1) {
            buf_printf(text, "IOPL=%u", (unsigned)bits(eflags, bit->first, bit->width));
            continue;
        }
        for (const char *c = bit->name; *c; c++) {
            char letter = (char)(eflags >> bit->first & 1 ? toupper((unsigned char)*c) : *c);

            buf_add(text, &letter, 1);
        }
    }
}

static void one_register(const char *name, uint64_t value, bool wide, bool changed, struct out *out)
{
    if (changed)
        show_ink(out, INK_CHANGED);
    if (wide)
        out_printf(out, "%c%3s: %08x_%08x", changed ? '*' : ' ', name, (unsigned)(value >> 32),
                   (unsigned)value);
    else
        out_printf(out, "%c%3s: 0x%08x", changed ? '*' : ' ', name, (unsigned)value);
    if (changed)
        show_ink(out, INK_NONE);
}

void show_registers(const struct cpu *cpu, const struct symbols *symbols,
                    const struct snapshot *before, struct out *out)
{
    static const uint8_t order[] = { RAX, RBX, RCX, RDX, RSI, RDI, RBP, RSP,
                                     R8,  R9,  R10, R11, R12, R13, R14, R15 };
    bool wide = cpu_long_mode(cpu);
    unsigned count = wide ? 16 : 8;
    struct buf flags = { 0 };
    char name[256];

    for (unsigned i = 0; i < count; i++) {
        unsigned n = order[i];

        one_register(gpr_name(n, wide ? 8 : 4), cpu->gpr[n], wide,
                     before->valid && before->gpr[n] != cpu->gpr[n], out);
        out_text(out, i % 4 == 3 ? "\n" : " ");
    }
    one_register(wide ? "rip" : "eip", cpu->rip, wide, before->valid && before->rip != cpu->rip,
                 out);
    if (symbols_name(symbols, show_code_address(cpu), name, sizeof name))
        out_printf(out, " <%s>", name);
    show_eflags(cpu_eflags(cpu), &flags);
    out_printf(out, "\n%ceflags 0x%08x: %s\n",
               before->valid && before->eflags != cpu_eflags(cpu) ? '*' : ' ',
               (unsigned)cpu_eflags(cpu), buf_text(&flags));
    buf_free(&flags);
}

/* Small numbers are decimal digits anyway. */
static void short_number(struct buf *text, uint64_t value)
{
    buf_printf(text, value < 10 ? "%llu" : "0x%llx", (unsigned long long)value);
}

void show_effects(const struct cpu *cpu, const struct snapshot *before, struct buf *text)
{
    static const char *const shown[] = { "cf", "pf", "af", "zf", "sf", "of", "df", "if" };
    static const char *const selectors[] = { "es", "cs", "ss", "ds", "fs", "gs" };
    uint64_t eflags = cpu_eflags(cpu), changed = eflags ^ before->eflags;
    const uint64_t crs[] = { cpu->cr0, cpu->cr2, cpu->cr3, cpu->cr4, cpu->cr8 };
    static const uint8_t numbers[] = { 0, 2, 3, 4, 8 };

    for (unsigned n = 0; n < 16; n++) {
        uint64_t old = before->gpr[n], value = cpu->gpr[n];
        unsigned size = (old | value) >> 32 || cpu_code64(cpu)                ? 8
                        : (old ^ value) >> 16 || (cpu->mode & MODE_CODE_MASK) ? 4
                                                                              : 2;

        if (old == value)
            continue;
        buf_printf(text, "  %s ", gpr_name(n, size));
        short_number(text, zero_extend(old, size));
        buf_add_text(text, "->");
        short_number(text, zero_extend(value, size));
    }
    for (unsigned i = 0; i < ARRAY_SIZE(selectors); i++)
        if (before->selector[i] != cpu->seg[i].selector)
            buf_printf(text, "  %s 0x%04x->0x%04x", selectors[i], before->selector[i],
                       cpu->seg[i].selector);
    for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++)
        if (before->cr[numbers[i]] != crs[i])
            buf_printf(text, "  cr%u 0x%llx->0x%llx", numbers[i],
                       (unsigned long long)before->cr[numbers[i]], (unsigned long long)crs[i]);
    if (changed & (EFLAGS_STATUS | DF | IF)) {
        buf_add_text(text, "  flags");
        for (unsigned i = 0; i < ARRAY_SIZE(shown); i++) {
            const struct reg_bit *bit = eflags_bits;

            while (strcmp(bit->name, shown[i]))
                bit++;
            if (i < 6 || changed >> bit->first & 1) /* all status flags; the others if changed */
                buf_printf(text, " %s%u", bit->name, (unsigned)(eflags >> bit->first & 1));
        }
    }
}

static void named_bits(uint64_t value, const struct reg_bit *bit, struct out *out)
{
    for (; bit->name; bit++) {
        out_text(out, " ");
        for (const char *c = bit->name; *c; c++) {
            char letter = (char)(value >> bit->first & 1 ? toupper((unsigned char)*c) : *c);

            out_bytes(out, &letter, 1);
        }
    }
    out_text(out, "\n");
}

void show_control(const struct cpu *cpu, struct out *out)
{
    out_printf(out, "CR0=0x%08llx:", (unsigned long long)cpu->cr0);
    named_bits(cpu->cr0, cr0_bits, out);
    out_printf(out, "CR2=page fault linear address 0x%016llx\n", (unsigned long long)cpu->cr2);
    out_printf(out, "CR3=0x%012llx: paging structures at 0x%llx\n", (unsigned long long)cpu->cr3,
               (unsigned long long)(cpu->cr3 & (cpu_long_mode(cpu)   ? ~PAGE_MASK
                                                : cpu->cr4 & CR4_PAE ? ~UINT64_C(31)
                                                                     : ~PAGE_MASK)));
    out_printf(out, "CR4=0x%08llx:", (unsigned long long)cpu->cr4);
    named_bits(cpu->cr4, cr4_bits, out);
    out_printf(out, "CR8=0x%llx\n", (unsigned long long)cpu->cr8);
    out_printf(out, "EFER=0x%08llx:", (unsigned long long)cpu->efer);
    named_bits(cpu->efer, efer_bits, out);
    out_printf(out, "XCR0=0x%08llx\n", (unsigned long long)cpu->xcr0);
}

void show_debug(const struct cpu *cpu, struct out *out)
{
    static const char *const kinds[] = { "execute", "write", "port", "read or write" };
    static const uint8_t lengths[] = { 1, 2, 8, 4 };

    for (unsigned i = 0; i < 4; i++) {
        unsigned control = (unsigned)(cpu->dr[7] >> (16 + 4 * i) & 15);

        out_printf(out, "DR%u=0x%016llx", i, (unsigned long long)cpu->dr[i]);
        if (cpu->dr[7] >> (2 * i) & 3)
            out_printf(out, ": enabled (%s%s), %s, %u byte%s",
                       cpu->dr[7] >> (2 * i) & 1 ? "local" : "",
                       cpu->dr[7] >> (2 * i) & 2 ? " global" : "", kinds[control & 3],
                       lengths[control >> 2], lengths[control >> 2] == 1 ? "" : "s");
        out_text(out, "\n");
    }
    out_printf(out, "DR6=0x%08llx\nDR7=0x%08llx\n", (unsigned long long)cpu->dr[6],
               (unsigned long long)cpu->dr[7]);
}

/* Near enough to read; the bits stand beside it. */
static double float80_approximately(struct float80 value)
{
    int exponent = value.sign_exponent & 0x7fff;
    double magnitude;

    if (exponent == 0x7fff)
        magnitude = value.mantissa << 1 ? (double)NAN : (double)INFINITY;
    else
        magnitude = ldexp((double)value.mantissa, (exponent ? exponent : 1) - 16383 - 63);
    return value.sign_exponent & 0x8000 ? -magnitude : magnitude;
}

void show_fpu(const struct cpu *cpu, struct out *out)
{
    const struct fpu *fpu = &cpu->fpu;
    unsigned top = fpu->fsw >> 11 & 7;
    static const char *const errors[] = { "IE", "DE", "ZE", "OE", "UE", "PE", "SF", "ES" };

    out_printf(out, "status  word: 0x%04x: TOP=%u C3=%u C2=%u C1=%u C0=%u", fpu->fsw, top,
               fpu->fsw >> 14 & 1, fpu->fsw >> 10 & 1, fpu->fsw >> 9 & 1, fpu->fsw >> 8 & 1);
    for (unsigned i = 0; i < 8; i++)
        if (fpu->fsw >> i & 1)
            out_printf(out, " %s", errors[i]);
    out_printf(
        out, "\ncontrol word: 0x%04x: rounding %s, precision %s, masks 0x%02x\n", fpu->fcw,
        (const char *const[]){ "nearest", "down", "up", "to zero" }[fpu->fcw >> 10 & 3],
        (const char *const[]){ "24 bits", "reserved", "53 bits", "64 bits" }[fpu->fcw >> 8 & 3],
        fpu->fcw & 0x3f);
    out_printf(out, "tag     word: 0x%02x (1: in use)\noperand:      0x%03x\n", fpu->ftw, fpu->fop);
    out_printf(out, "fip:          %04x:%llx\nfdp:          %04x:%llx\n", fpu->fcs,
               (unsigned long long)fpu->fip, fpu->fds, (unsigned long long)fpu->fdp);
    for (unsigned i = 0; i < 8; i++) {
        unsigned physical = (top + i) & 7;
        struct float80 value = fpu->st[physical];
        bool used = fpu->ftw >> physical & 1;

        out_printf(out, "st(%u) = %04x:%016llx", i, value.sign_exponent,
                   (unsigned long long)value.mantissa);
        if (used)
            out_printf(out, " = %.17g\n", float80_approximately(value));
        else
            out_text(out, " empty\n");
    }
}

void show_sse(const struct cpu *cpu, struct out *out)
{
    unsigned count = cpu_code64(cpu) ? 16 : 8;

    for (unsigned i = 0; i < count; i++)
        out_printf(out, "XMM[%02u]: %08x_%08x_%08x_%08x\n", i, cpu->vec[i].d[3], cpu->vec[i].d[2],
                   cpu->vec[i].d[1], cpu->vec[i].d[0]);
    out_printf(out, "MXCSR: 0x%08x: rounding %s, masks 0x%02x, flags 0x%02x%s%s\n", cpu->mxcsr,
               (const char *const[]){ "nearest", "down", "up", "to zero" }[cpu->mxcsr >> 13 & 3],
               cpu->mxcsr >> 7 & 0x3f, cpu->mxcsr & 0x3f, cpu->mxcsr & 1 << 15 ? " FZ" : "",
               cpu->mxcsr & 1 << 6 ? " DAZ" : "");
}
