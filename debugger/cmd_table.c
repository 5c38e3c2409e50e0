/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/cmd_table.c - the tables of the processor: info gdt, ldt, idt, ivt, tss, tab. */
#include <string.h>

#include "cpu/access.h"
#include "cpu/segment.h"
#include "debugger/debugger.h"
#include "debugger/info.h"

/* FROM [TO]: entry numbers. Nothing given: all there are. */
static bool parse_range(struct debugger *dbg, const char *args, uint64_t *from, uint64_t *to)
{
    struct buf error = { 0 };
    struct expr *expr;
    bool ok = true;

    if (*args) {
        expr = expr_parse(&dbg->env, &args, &error);
        ok = expr && expr_eval(expr, &dbg->env, from, &error);
        expr_free(expr);
        *to = *from;
    }
    if (ok && *args) {
        expr = expr_parse(&dbg->env, &args, &error);
        ok = expr && expr_eval(expr, &dbg->env, to, &error);
        expr_free(expr);
    }
    if (!ok)
        return debugger_fail(dbg, &error);
    return !*args ? true : debugger_error(dbg, "'%.24s': FROM and TO expected", args);
}

static bool table_hole(struct debugger *dbg, lin_addr la)
{
    struct buf why = { 0 };

    show_hole(debugger_cpu(dbg), la, &why);
    out_printf(&dbg->out, "0x%llx: %s\n", (unsigned long long)la, buf_text(&why));
    buf_free(&why);
    return false;
}

static bool print_descriptors(struct debugger *dbg, const char *name, uint64_t base, uint32_t limit,
                              const char *args)
{
    struct cpu *cpu = debugger_cpu(dbg);
    uint64_t from = 0, to = limit / 8;
    struct buf text = { 0 };

    if (!parse_range(dbg, args, &from, &to))
        return false;
    out_printf(&dbg->out, "%s: base 0x%llx, limit 0x%x\n", name, (unsigned long long)base, limit);
    for (uint64_t i = from; i <= to && i < 8192; i++) {
        uint8_t raw[16] = { 0 };
        uint64_t low, high;
        bool wide;

        if (i * 8 + 7 > limit) {
            out_printf(&dbg->out, "%s[0x%04llx] beyond the limit 0x%x\n", name,
                       (unsigned long long)(i * 8), limit);
            break;
        }
        if (!cpu_peek(cpu, base + i * 8, raw, 8))
            return table_hole(dbg, base + i * 8);
        low = load_le64(raw);
        wide = cpu_long_mode(cpu) && low && !(descriptor_attr(low) & ATTR_S);
        if (wide && !cpu_peek(cpu, base + i * 8 + 8, raw + 8, 8))
            return table_hole(dbg, base + i * 8 + 8);
        high = load_le64(raw + 8);
        buf_clear(&text);
        show_descriptor(cpu, low, high, &text);
        out_printf(&dbg->out, "%s[0x%04llx] = %016llx: %s\n", name, (unsigned long long)(i * 8),
                   (unsigned long long)low, buf_text(&text));
        i += wide;
    }
    buf_free(&text);
    return true;
}

bool info_gdt(struct debugger *dbg, const struct call *call)
{
    const struct cpu *cpu = debugger_cpu(dbg);

    return print_descriptors(dbg, "GDT", cpu->gdtr.base, cpu->gdtr.limit, call->args);
}

bool info_ldt(struct debugger *dbg, const struct call *call)
{
    const struct cpu *cpu = debugger_cpu(dbg);

    if (!(cpu->ldtr.attr & ATTR_P) || !(cpu->ldtr.selector & ~3)) {
        out_text(&dbg->out, "LDTR is null: there is no LDT\n");
        return true;
    }
    return print_descriptors(dbg, "LDT", cpu->ldtr.base, cpu->ldtr.limit, call->args);
}

/* One interrupt gate; false: its bytes cannot be read. */
static bool gate_text(struct debugger *dbg, uint64_t vector, struct buf *text)
{
    struct cpu *cpu = debugger_cpu(dbg);
    unsigned size = cpu_long_mode(cpu) ? 16 : 8;
    lin_addr la = cpu->idtr.base + vector * size;
    uint8_t raw[16] = { 0 };
    uint64_t low;
    unsigned type;

    buf_clear(text);
    if (vector * size + size - 1 > cpu->idtr.limit) {
        buf_printf(text, "NOT USABLE: beyond the limit 0x%x", cpu->idtr.limit);
        return true;
    }
    if (!cpu_peek(cpu, la, raw, size))
        return table_hole(dbg, la);
    low = load_le64(raw);
    type = descriptor_attr(low) & (ATTR_TYPE | ATTR_S);
    if (type != 5 && type != 6 && type != 7 && type != 14 && type != 15)
        buf_printf(text, "NOT USABLE: %s, not a gate (%016llx)",
                   low ? "type of something else" : "all zero", (unsigned long long)low);
    else if (!(descriptor_attr(low) & ATTR_P))
        buf_printf(text, "NOT USABLE: present bit 0 (%016llx)", (unsigned long long)low);
    else
        show_gate(cpu, &dbg->symbols, low, load_le64(raw + 8), text);
    return true;
}

bool info_idt(struct debugger *dbg, const struct call *call)
{
    const struct cpu *cpu = debugger_cpu(dbg);
    unsigned size = cpu_long_mode(cpu) ? 16 : 8;
    uint64_t from = 0, to = (cpu->idtr.limit + UINT64_C(1)) / size, first;
    struct buf text = { 0 }, next = { 0 };
    bool ok = true;

    if (!(cpu->cr0 & CR0_PE)) {
        out_text(&dbg->out, "real mode: the IDT is the interrupt vector table\n");
        return info_ivt(dbg, call);
    }
    to = to > 256 ? 255 : to ? to - 1 : 0;
    if (!parse_range(dbg, call->args, &from, &to))
        return false;
    out_printf(&dbg->out, "IDT: base 0x%llx, limit 0x%x\n", (unsigned long long)cpu->idtr.base,
               cpu->idtr.limit);
    for (uint64_t i = from; ok && i <= to && i < 256; i++) {
        ok = gate_text(dbg, i, &text);
        for (first = i; ok && i < to; i++) { /* entries that say the same in one line */
            ok = gate_text(dbg, i + 1, &next);
            if (strcmp(buf_text(&text), buf_text(&next)))
                break;
        }
        if (!ok)
            break;
        if (first == i)
            out_printf(&dbg->out, "IDT[0x%02llx] %s\n", (unsigned long long)i, buf_text(&text));
        else
            out_printf(&dbg->out, "IDT[0x%02llx-0x%02llx] %s\n", (unsigned long long)first,
                       (unsigned long long)i, buf_text(&text));
    }
    buf_free(&text);
    buf_free(&next);
    return ok;
}

bool info_ivt(struct debugger *dbg, const struct call *call)
{
    struct cpu *cpu = debugger_cpu(dbg);
    lin_addr base = cpu->cr0 & CR0_PE ? 0 : cpu->idtr.base;
    uint64_t from = 0, to = 255;
    uint32_t last = 0;

    if (!parse_range(dbg, call->args, &from, &to))
        return false;
    for (uint64_t i = from; i <= to && i < 256; i++) {
        lin_addr target;
        uint8_t raw[4];
        char name[256];

        if (!space_peek(cpu->memory, base + i * 4, raw, 4))
            return table_hole(dbg, base + i * 4);
        if (i > from && load_le32(raw) == last)
            continue; /* the same as before */
        last = load_le32(raw);
        target = ((lin_addr)(last >> 16) << 4) + (last & 0xffff);
        out_printf(&dbg->out, "INT 0x%02llx -> %04x:%04x", (unsigned long long)i, last >> 16,
                   last & 0xffff);
        if (symbols_name(&dbg->symbols, target, name, sizeof name))
            out_printf(&dbg->out, " <%s>", name);
        out_text(&dbg->out, "\n");
    }
    if (!*call->args)
        out_text(&dbg->out, "vectors not listed are the same as the one above\n");
    return true;
}

/* The TSS. */

struct tss_field {
    const char *name;
    uint8_t offset, size;
};

/* clang-format off */
static const struct tss_field tss16[] = {
    { "link", 0, 2 }, { "sp0", 2, 2 }, { "ss0", 4, 2 }, { "sp1", 6, 2 }, { "ss1", 8, 2 },
    { "sp2", 10, 2 }, { "ss2", 12, 2 }, { "ip", 14, 2 }, { "flags", 16, 2 }, { "ax", 18, 2 },
    { "cx", 20, 2 }, { "dx", 22, 2 }, { "bx", 24, 2 }, { "sp", 26, 2 }, { "bp", 28, 2 },
    { "si", 30, 2 }, { "di", 32, 2 }, { "es", 34, 2 }, { "cs", 36, 2 }, { "ss", 38, 2 },
    { "ds", 40, 2 }, { "ldt", 42, 2 }, { 0 },
};
static const struct tss_field tss32[] = {
    { "link", 0, 2 }, { "esp0", 4, 4 }, { "ss0", 8, 2 }, { "esp1", 12, 4 }, { "ss1", 16, 2 },
    { "esp2", 20, 4 }, { "ss2", 24, 2 }, { "cr3", 28, 4 }, { "eip", 32, 4 }, { "eflags", 36, 4 },
    { "eax", 40, 4 }, { "ecx", 44, 4 }, { "edx", 48, 4 }, { "ebx", 52, 4 }, { "esp", 56, 4 },
    { "ebp", 60, 4 }, { "esi", 64, 4 }, { "edi", 68, 4 }, { "es", 72, 2 }, { "cs", 76, 2 },
    { "ss", 80, 2 }, { "ds", 84, 2 }, { "fs", 88, 2 }, { "gs", 92, 2 }, { "ldt", 96, 2 },
    { "trap", 100, 2 }, { "iomap", 102, 2 }, { 0 },
};
static const struct tss_field tss64[] = {
    { "rsp0", 4, 8 }, { "rsp1", 12, 8 }, { "rsp2", 20, 8 }, { "ist1", 36, 8 }, { "ist2", 44, 8 },
    { "ist3", 52, 8 }, { "ist4", 60, 8 }, { "ist5", 68, 8 }, { "ist6", 76, 8 }, { "ist7", 84, 8 },
    { "iomap", 102, 2 }, { 0 },
};
/* clang-format on */

bool info_tss(struct debugger *dbg, const struct call *call)
{
    struct cpu *cpu = debugger_cpu(dbg);
    bool wide = cpu->tr.attr & 8;
    const struct tss_field *field = cpu_long_mode(cpu) ? tss64 : wide ? tss32 : tss16;
    unsigned column = 0;

    (void)call;
    out_printf(&dbg->out, "TR 0x%04x, base 0x%llx, limit 0x%x\n", cpu->tr.selector,
               (unsigned long long)cpu->tr.base, cpu->tr.limit);
    if (!(cpu->tr.selector & ~3)) {
        out_text(&dbg->out, "TR is null: no TSS was loaded with LTR\n");
        return true;
    }
    for (; field->name; field++) {
        uint8_t raw[8] = { 0 };

        if ((unsigned)field->offset + field->size - 1 > cpu->tr.limit)
            break;
        if (!cpu_peek(cpu, cpu->tr.base + field->offset, raw, field->size))
            return table_hole(dbg, cpu->tr.base + field->offset);
        out_printf(&dbg->out, "%s%-6s 0x%0*llx", column ? "  " : "", field->name, field->size * 2,
                   (unsigned long long)load_le64(raw));
        column = (column + 1) % (field->size == 8 ? 2 : 4);
        if (!column)
            out_text(&dbg->out, "\n");
    }
    if (column)
        out_text(&dbg->out, "\n");
    return true;
}

/* Mapped ranges. */

enum { RANGES_MOST = 2000 };

struct mapping {
    struct debugger *dbg;
    uint64_t from, to;        /* what was asked for */
    uint64_t first, next, pa; /* the range being collected */
    uint64_t rights;          /* 1: a range is open; W 2, U 4, G 0x100, NX bit 63 */
    unsigned count;
};

static void flush_range(struct mapping *m)
{
    if (!m->rights)
        return;
    if (m->count++ < RANGES_MOST)
        out_printf(&m->dbg->out, "0x%016llx-0x%016llx -> 0x%012llx-0x%012llx %s %s%s%s\n",
                   (unsigned long long)m->first, (unsigned long long)(m->next - 1),
                   (unsigned long long)m->pa,
                   (unsigned long long)(m->pa + (m->next - m->first) - 1),
                   m->rights & 2 ? "RW" : "RO", m->rights & 4 ? "U" : "S",
                   m->rights & 0x100 ? " G" : "", m->rights >> 63 ? " NX" : "");
    m->rights = 0;
}

static void add_page(struct mapping *m, uint64_t la, uint64_t pa, uint64_t size, uint64_t rights)
{
    if (la + (size - 1) < m->from || la > m->to)
        return;
    if (m->rights && m->rights == rights && m->next == la && m->pa + (la - m->first) == pa) {
        m->next = la + size;
        return;
    }
    flush_range(m);
    m->first = la;
    m->next = la + size;
    m->pa = pa;
    m->rights = rights;
}

static unsigned top_level(const struct cpu *cpu)
{
    if (cpu_long_mode(cpu))
        return cpu->cr4 & CR4_LA57 ? 5 : 4;
    return cpu->cr4 & CR4_PAE ? 3 : 2;
}

/* All entries of one table; `rights` are those of the levels above. */
static void walk_table(struct mapping *m, unsigned level, phys_addr table, uint64_t base,
                       uint64_t rights)
{
    const struct cpu *cpu = debugger_cpu(m->dbg);
    bool wide = cpu->cr4 & CR4_PAE;
    unsigned bits_each = wide ? 9 : 10, size = wide ? 8 : 4, shift = 12 + bits_each * (level - 1);
    unsigned entries = 1u << bits_each;

    if (wide && !cpu_long_mode(cpu) && level == 3)
        entries = 4;
    for (unsigned i = 0; i < entries && m->count < RANGES_MOST; i++) {
        uint64_t la = base + ((uint64_t)i << shift), entry, below;
        uint8_t raw[8] = { 0 };

        if (cpu_long_mode(cpu) && level == top_level(cpu) && i >= 256)
            la |= UINT64_MAX << (shift + bits_each);
        if (la > m->to || la + (mask_bits(shift)) < m->from)
            continue;
        if (level == 3 && entries == 4)
            store_le64(raw, cpu->pdpte[i]);
        else if (!space_peek(cpu->memory, table + i * size, raw, size))
            return;
        entry = load_le64(raw);
        if (!(entry & 1))
            continue;
        below = (rights & entry & 6) | ((rights | entry) & BIT(63)) | 1;
        if (level == 3 && entries == 4)
            below = rights; /* a PDPTE register has no rights */
        if (level == 1 || (level < 4 && entry & 0x80 && entries != 4))
            add_page(m, la, entry & UINT64_C(0x000ffffffffff000) & ~mask_bits(shift), BIT(shift),
                     below | (entry & 0x100));
        else
            walk_table(m, level - 1, entry & UINT64_C(0x000ffffffffff000), la, below);
    }
}

bool info_tab(struct debugger *dbg, const struct call *call)
{
    const struct cpu *cpu = debugger_cpu(dbg);
    struct mapping m = { .dbg = dbg, .to = UINT64_MAX };

    if (!parse_range(dbg, call->args, &m.from, &m.to))
        return false;
    out_printf(&dbg->out, "cr3: 0x%012llx\n", (unsigned long long)cpu->cr3);
    if (!(cpu->cr0 & CR0_PG)) {
        out_text(&dbg->out, "paging is off: linear addresses are physical addresses\n");
        return true;
    }
    walk_table(&m, top_level(cpu), cpu->cr3 & ~PAGE_MASK, 0, 7);
    flush_range(&m);
    if (m.count >= RANGES_MOST)
        out_printf(&dbg->out, "... more than %u ranges; 'info tab FROM TO' shows a part\n",
                   RANGES_MOST);
    else if (!m.count)
        out_text(&dbg->out, "nothing is mapped there\n");
    return true;
}
