/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/show_table.c - segments, descriptors, gates and paging entries in words. */
#include "debugger/show.h"

#include <string.h>

#include "cpu/disasm.h"
#include "cpu/segment.h"
#include "cpu/tlb.h"
#include "util/bits.h"

static const char *const system_types[16] = {
    "reserved (type 0)",      "16-bit TSS (available)", "LDT",
    "16-bit TSS (busy)",      "16-bit call gate",       "task gate",
    "16-bit interrupt gate",  "16-bit trap gate",       "reserved (type 8)",
    "32-bit TSS (available)", "reserved (type 10)",     "32-bit TSS (busy)",
    "32-bit call gate",       "reserved (type 13)",     "32-bit interrupt gate",
    "32-bit trap gate",
};
static const char *const long_types[16] = {
    [2] = "LDT",
    [9] = "64-bit TSS (available)",
    [11] = "64-bit TSS (busy)",
    [12] = "64-bit call gate",
    [14] = "64-bit interrupt gate",
    [15] = "64-bit trap gate",
};

static const char *system_type(unsigned type, bool long_mode)
{
    if (long_mode)
        return long_types[type] ? long_types[type] : "reserved in IA-32e mode";
    return system_types[type];
}

void show_attributes(uint16_t attr, bool long_mode, struct buf *text)
{
    unsigned type = attr & ATTR_TYPE;

    if (!(attr & ATTR_S)) {
        buf_add_text(text, system_type(type, long_mode));
    } else if (type & TYPE_CODE) {
        buf_printf(text, "%s code, %s%s",
                   attr & ATTR_L && long_mode ? "64-bit"
                   : attr & ATTR_DB           ? "32-bit"
                                              : "16-bit",
                   type & TYPE_READABLE ? "readable" : "execute-only",
                   type & TYPE_CONFORMING ? ", conforming" : "");
    } else {
        buf_printf(text, "data, %s%s%s", type & TYPE_WRITABLE ? "read/write" : "read-only",
                   type & TYPE_EXPAND_DOWN ? ", expand-down" : "",
                   attr & ATTR_DB ? "" : ", 16-bit");
    }
    if (attr & ATTR_S && type & TYPE_ACCESSED)
        buf_add_text(text, ", accessed");
}

static bool is_gate(uint16_t attr)
{
    unsigned type = attr & ATTR_TYPE;

    return !(attr & ATTR_S) && (type & 4);
}

void show_descriptor(const struct cpu *cpu, uint64_t low, uint64_t high, struct buf *text)
{
    bool long_mode = cpu_long_mode(cpu);
    uint16_t attr = descriptor_attr(low);
    uint64_t base = descriptor_base(low);

    if (!low && !high) {
        buf_add_text(text, "null");
        return;
    }
    if (is_gate(attr)) {
        show_gate(cpu, NULL, low, high, text);
        return;
    }
    if (!(attr & ATTR_S) && long_mode)
        base |= high << 32;
    show_attributes(attr, long_mode, text);
    buf_printf(text, ", base 0x%llx, limit 0x%x, DPL %u%s", (unsigned long long)base,
               descriptor_limit(low), (unsigned)bits(attr, 5, 2),
               attr & ATTR_P ? "" : " - NOT PRESENT");
}

void show_gate(const struct cpu *cpu, const struct symbols *symbols, uint64_t low, uint64_t high,
               struct buf *text)
{
    bool long_mode = cpu_long_mode(cpu);
    uint16_t attr = descriptor_attr(low), selector = (uint16_t)(low >> 16);
    unsigned type = attr & ATTR_TYPE;
    uint64_t offset =
        bits(low, 0, 16) | (type & 8 ? bits(low, 48, 16) << 16 : 0) | (long_mode ? high << 32 : 0);
    char name[256];

    buf_add_text(text, system_type(type, long_mode));
    if (type == 5) {
        buf_printf(text, " TSS 0x%04x DPL %u", selector, (unsigned)bits(attr, 5, 2));
    } else {
        buf_printf(text, " %04x:%0*llx", selector,
                   long_mode  ? 16
                   : type & 8 ? 8
                              : 4,
                   (unsigned long long)offset);
        if (symbols && symbols_name(symbols, offset, name, sizeof name))
            buf_printf(text, " <%s>", name);
        buf_printf(text, " DPL %u", (unsigned)bits(attr, 5, 2));
        if (long_mode)
            buf_printf(text, " IST %u", (unsigned)bits(low, 32, 3));
        else if (type == 4 || type == 12)
            buf_printf(text, " parameters %u", (unsigned)bits(low, 32, 5));
    }
    if (!(attr & ATTR_P))
        buf_add_text(text, " - NOT PRESENT");
}

/* What the table says now about the selector in a cache; nothing when it agrees. */
static void stale_cache(const struct cpu *cpu, const struct segment *segment, bool code_or_data,
                        struct out *out)
{
    const bool local = segment->selector & 4;
    uint64_t table = local ? cpu->ldtr.base : cpu->gdtr.base;
    uint32_t limit = local ? cpu->ldtr.limit : cpu->gdtr.limit;
    unsigned index = segment->selector & ~7u;
    uint8_t raw[8];
    uint64_t now;

    if (!cpu_protected(cpu) || !(segment->attr & ATTR_P) || !(segment->selector & ~3))
        return;
    if (index + 7 > limit || !cpu_peek(cpu, table + index, raw, 8)) {
        out_printf(out,
                   "      cache outlives its descriptor: %s[0x%02x] is outside the table now\n",
                   local ? "LDT" : "GDT", index);
        return;
    }
    now = load_le64(raw);
    if (code_or_data && cpu_code64(cpu))
        return; /* base and limit of the descriptor do not matter */
    if (descriptor_limit(now) != segment->limit)
        out_printf(out, "      cache differs from %s[0x%02x]: limit is 0x%x there\n",
                   local ? "LDT" : "GDT", index, descriptor_limit(now));
    if (code_or_data && descriptor_base(now) != segment->base && !cpu_long_mode(cpu))
        out_printf(out, "      cache differs from %s[0x%02x]: base is 0x%x there\n",
                   local ? "LDT" : "GDT", index, descriptor_base(now));
}

static void one_segment(const struct cpu *cpu, const char *name, const struct segment *segment,
                        bool code_or_data, struct out *out)
{
    struct buf text = { 0 };

    if (segment->attr & ATTR_P) {
        buf_printf(&text, "DPL %u, ", (unsigned)bits(segment->attr, 5, 2));
        show_attributes(segment->attr, cpu_long_mode(cpu), &text);
    } else {
        buf_add_text(&text, "unusable");
    }
    out_printf(out, "%4s: 0x%04x, base=0x%016llx, limit=0x%08x, %s\n", name, segment->selector,
               (unsigned long long)segment->base, segment->limit, buf_text(&text));
    stale_cache(cpu, segment, code_or_data, out);
    buf_free(&text);
}

void show_segments(const struct cpu *cpu, struct out *out)
{
    static const uint8_t order[] = { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS };

    for (unsigned i = 0; i < ARRAY_SIZE(order); i++)
        one_segment(cpu, seg_names[order[i]], &cpu->seg[order[i]], true, out);
    one_segment(cpu, "ldtr", &cpu->ldtr, false, out);
    one_segment(cpu, "tr", &cpu->tr, false, out);
    out_printf(out, "gdtr: base=0x%016llx, limit=0x%x\n", (unsigned long long)cpu->gdtr.base,
               cpu->gdtr.limit);
    out_printf(out, "idtr: base=0x%016llx, limit=0x%x\n", (unsigned long long)cpu->idtr.base,
               cpu->idtr.limit);
}

/* Paging. */

const char *show_level(unsigned level, bool wide)
{
    static const char *const names[] = { "?", "PTE", "PDE", "PDPTE", "PML4E", "PML5E" };

    (void)wide;
    return names[level < ARRAY_SIZE(names) ? level : 0];
}

static unsigned entry_index(const struct cpu *cpu, const struct walk_step *step)
{
    unsigned size = cpu->cr4 & CR4_PAE ? 8 : 4;

    if (step->level == 3 && !cpu_long_mode(cpu))
        return step->address >> 3 & 3;
    return (unsigned)((step->address & PAGE_MASK) / size);
}

static void entry_flags(const struct cpu *cpu, const struct walk_step *step, bool last,
                        struct out *out)
{
    uint64_t v = step->value;

    if (!(v & 1)) {
        out_text(out, "P=0");
        return;
    }
    out_text(out, "P");
    if (!(step->level == 3 && !cpu_long_mode(cpu)))
        out_printf(out, " %s %s%s", v & 2 ? "RW" : "RO", v & 4 ? "U" : "S", v & 1 << 5 ? " A" : "");
    if (v & 1 << 3)
        out_text(out, " PWT");
    if (v & 1 << 4)
        out_text(out, " PCD");
    if (last)
        out_printf(out, "%s%s%s", v & 1 << 6 ? " D" : "",
                   v & 1 << 7 && step->level > 1 ? " PS" : "", v & 1 << 8 ? " G" : "");
    if (v >> 63 && cpu->cr4 & CR4_PAE)
        out_text(out, " NX");
    if (last && cpu->cr4 & CR4_PKE && cpu_long_mode(cpu))
        out_printf(out, " key %u", (unsigned)(v >> 59 & 15));
}

void show_hole(const struct cpu *cpu, lin_addr la, struct buf *text)
{
    const struct walk_step *step;
    struct walk walk;

    if (cpu_long_mode(cpu) && !is_canonical(cpu, la)) {
        buf_printf(text, "not canonical: bits 63-%u must be equal", cpu->cr4 & CR4_LA57 ? 56 : 47);
        return;
    }
    paging_walk(cpu, la, &walk);
    if (walk.mapped) {
        const struct range *range = space_find(cpu->memory, walk.pa);

        buf_printf(text, "physical 0x%llx is %s", (unsigned long long)walk.pa,
                   !range                        ? "empty: nothing answers there"
                   : range->kind == RANGE_DEVICE ? range->name
                                                 : "memory");
        if (range && range->kind == RANGE_DEVICE)
            buf_add_text(text, ", a device that reading could disturb");
        return;
    }
    step = &walk.step[walk.count - 1];
    if (walk.reserved)
        buf_printf(text, "not mapped (%s %u has reserved bits 0x%llx set; 'page 0x%llx')",
                   show_level(step->level, true), entry_index(cpu, step),
                   (unsigned long long)walk.reserved, (unsigned long long)la);
    else
        buf_printf(text, "not mapped (%s %u not present; 'page 0x%llx')",
                   show_level(step->level, true), entry_index(cpu, step), (unsigned long long)la);
}

static const char *page_size(unsigned shift)
{
    switch (shift) {
    case 12:
        return "4 KiB";
    case 21:
        return "2 MiB";
    case 22:
        return "4 MiB";
    default:
        return "1 GiB";
    }
}

static void show_verdict(const struct cpu *cpu, const struct walk *walk, enum access access,
                         bool user, struct out *out)
{
    static const char *const names[] = { "read", "write", "fetch", "read-modify-write" };
    unsigned view = user                             ? VIEW_USER
                    : cpu_eflags(cpu) & (uint32_t)AC ? VIEW_SUPERVISOR_AC
                                                     : VIEW_SUPERVISOR;
    uint32_t error;
    enum reason reason;

    if (paging_allows(cpu, walk, access, view, &error, &reason))
        out_printf(out, "a %s %s is allowed\n", user ? "user" : "supervisor", names[access]);
    else
        out_printf(out, "a %s %s raises #PF err=0x%04x: %s\n", user ? "user" : "supervisor",
                   names[access], error, reason_text(reason));
}

/* The processor may use an old translation until it is told otherwise. */
static void show_stale_tlb(const struct cpu *cpu, lin_addr la, const struct walk *walk,
                           struct out *out)
{
    lin_addr page = la & ~PAGE_MASK;

    if (!cpu->tlbs)
        return;
    for (unsigned view = 0; view < VIEW_COUNT; view++)
        for (unsigned i = 0; i < TLB_ENTRIES; i++) {
            const struct tlb_page *entry = &cpu->tlbs[view].page[i];

            if (entry->page != page ||
                (walk->mapped && (walk->pa & ~PAGE_MASK) == (entry->pa & ~PAGE_MASK)))
                continue;
            out_printf(out, "the TLB still holds an older entry: physical 0x%llx, %s, %s\n",
                       (unsigned long long)entry->pa, entry->writable ? "writable" : "read-only",
                       entry->user ? "user" : "supervisor");
            return;
        }
}

void show_walk(const struct cpu *cpu, lin_addr la, enum access access, bool user, struct out *out)
{
    struct walk walk;

    if (!(cpu->cr0 & CR0_PG)) {
        out_printf(out, "paging is off (CR0.PG=0): linear 0x%llx is physical 0x%llx\n",
                   (unsigned long long)la, (unsigned long long)(la & cpu->a20_mask));
        return;
    }
    if (cpu_long_mode(cpu) && !is_canonical(cpu, la)) {
        out_printf(out,
                   "linear 0x%llx is not canonical: bits 63-%u must be equal; an access raises "
                   "#GP(0) before paging\n",
                   (unsigned long long)la, cpu->cr4 & CR4_LA57 ? 56 : 47);
        return;
    }
    paging_walk(cpu, la, &walk);
    for (unsigned i = 0; i < walk.count; i++) {
        const struct walk_step *step = &walk.step[i];
        bool last = i + 1 == walk.count;

        out_printf(out, "%*s%s[%u] @0x%llx = 0x%llx: ", (int)(i * 2), "",
                   show_level(step->level, true), entry_index(cpu, step),
                   (unsigned long long)step->address, (unsigned long long)step->value);
        entry_flags(cpu, step, last, out);
        if (last && !walk.mapped) {
            if (walk.reserved)
                out_printf(out, " reserved bits 0x%llx", (unsigned long long)walk.reserved);
            out_text(out, " <- stops here");
        }
        out_text(out, "\n");
    }
    if (walk.mapped)
        out_printf(out, "linear 0x%llx is physical 0x%llx (%s page, %s, %s%s%s)\n",
                   (unsigned long long)la, (unsigned long long)walk.pa, page_size(walk.page_shift),
                   walk.user ? "user" : "supervisor", walk.writable ? "writable" : "read-only",
                   walk.nx ? ", no-execute" : "", walk.global ? ", global" : "");
    show_verdict(cpu, &walk, access, user, out);
    show_stale_tlb(cpu, la, &walk, out);
}
