/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/register.c - names of registers and their parts, and reading and writing them. */
#include "debugger/register.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cpu/disasm.h"
#include "cpu/segment.h"
#include "util/bits.h"

/* clang-format off */
const struct reg_bit eflags_bits[] = {
    { "cf", 0, 1 }, { "pf", 2, 1 }, { "af", 4, 1 }, { "zf", 6, 1 }, { "sf", 7, 1 }, { "tf", 8, 1 },
    { "if", 9, 1 }, { "df", 10, 1 }, { "of", 11, 1 }, { "iopl", 12, 2 }, { "nt", 14, 1 },
    { "rf", 16, 1 }, { "vm", 17, 1 }, { "ac", 18, 1 }, { "vif", 19, 1 }, { "vip", 20, 1 },
    { "id", 21, 1 }, { 0 },
};
const struct reg_bit cr0_bits[] = {
    { "pe", 0, 1 }, { "mp", 1, 1 }, { "em", 2, 1 }, { "ts", 3, 1 }, { "et", 4, 1 }, { "ne", 5, 1 },
    { "wp", 16, 1 }, { "am", 18, 1 }, { "nw", 29, 1 }, { "cd", 30, 1 }, { "pg", 31, 1 }, { 0 },
};
const struct reg_bit cr4_bits[] = {
    { "vme", 0, 1 }, { "pvi", 1, 1 }, { "tsd", 2, 1 }, { "de", 3, 1 }, { "pse", 4, 1 },
    { "pae", 5, 1 }, { "mce", 6, 1 }, { "pge", 7, 1 }, { "pce", 8, 1 }, { "osfxsr", 9, 1 },
    { "osxmmexcpt", 10, 1 }, { "umip", 11, 1 }, { "la57", 12, 1 }, { "fsgsbase", 16, 1 },
    { "pcide", 17, 1 }, { "osxsave", 18, 1 }, { "smep", 20, 1 }, { "smap", 21, 1 },
    { "pke", 22, 1 }, { 0 },
};
const struct reg_bit efer_bits[] = {
    { "sce", 0, 1 }, { "lme", 8, 1 }, { "lma", 10, 1 }, { "nxe", 11, 1 }, { 0 },
};
static const struct reg_bit xcr0_bits[] = {
    { "x87", 0, 1 }, { "sse", 1, 1 }, { "avx", 2, 1 }, { "pkru", 9, 1 }, { 0 },
};
static const struct reg_bit dr6_bits[] = {
    { "b0", 0, 1 }, { "b1", 1, 1 }, { "b2", 2, 1 }, { "b3", 3, 1 }, { "bd", 13, 1 },
    { "bs", 14, 1 }, { "bt", 15, 1 }, { 0 },
};
static const struct reg_bit segment_parts[] = { /* first: enum reg_part */
    { "selector", PART_SELECTOR, 16 }, { "base", PART_BASE, 64 }, { "limit", PART_LIMIT, 32 },
    { "attr", PART_ATTR, 16 }, { "dpl", PART_DPL, 2 }, { "type", PART_TYPE, 4 }, { 0 },
};
static const struct reg_bit table_parts[] = {
    { "base", PART_BASE, 64 }, { "limit", PART_LIMIT, 32 }, { 0 },
};

#define STORED(member) REG_STORED, sizeof(((struct cpu *)0)->member), offsetof(struct cpu, member)
static const struct named {
    const char *name;
    uint8_t kind, size;
    uint32_t n;
    const struct reg_bit *bits; /* what may follow a dot */
    uint8_t part;
} named[] = {
    { "rip", REG_RIP, 8, 0, NULL, 0 }, { "eip", REG_RIP, 4, 0, NULL, 0 },
    { "ip", REG_RIP, 2, 0, NULL, 0 }, { "pc", REG_RIP, 8, 1, NULL, 0 },
    { "rflags", REG_FLAGS, 8, 0, eflags_bits, 0 }, { "eflags", REG_FLAGS, 4, 0, eflags_bits, 0 },
    { "flags", REG_FLAGS, 2, 0, eflags_bits, 0 },
    { "es", REG_SEGMENT, 2, SEG_ES, segment_parts, 0 },
    { "cs", REG_SEGMENT, 2, SEG_CS, segment_parts, 0 },
    { "ss", REG_SEGMENT, 2, SEG_SS, segment_parts, 0 },
    { "ds", REG_SEGMENT, 2, SEG_DS, segment_parts, 0 },
    { "fs", REG_SEGMENT, 2, SEG_FS, segment_parts, 0 },
    { "gs", REG_SEGMENT, 2, SEG_GS, segment_parts, 0 },
    { "ldtr", REG_SEGMENT, 2, REG_LDTR, segment_parts, 0 },
    { "tr", REG_SEGMENT, 2, REG_TR, segment_parts, 0 },
    { "fs_base", REG_SEGMENT, 8, SEG_FS, NULL, PART_BASE },
    { "gs_base", REG_SEGMENT, 8, SEG_GS, NULL, PART_BASE },
    { "gdtr", REG_TABLE, 8, 0, table_parts, PART_BASE },
    { "idtr", REG_TABLE, 8, 1, table_parts, PART_BASE },
    { "cr0", REG_CR, 8, 0, cr0_bits, 0 }, { "cr2", REG_CR, 8, 2, NULL, 0 },
    { "cr3", REG_CR, 8, 3, NULL, 0 }, { "cr4", REG_CR, 8, 4, cr4_bits, 0 },
    { "cr8", REG_CR, 8, 8, NULL, 0 },
    { "dr0", REG_DR, 8, 0, NULL, 0 }, { "dr1", REG_DR, 8, 1, NULL, 0 },
    { "dr2", REG_DR, 8, 2, NULL, 0 }, { "dr3", REG_DR, 8, 3, NULL, 0 },
    { "dr6", REG_DR, 8, 6, dr6_bits, 0 }, { "dr7", REG_DR, 8, 7, NULL, 0 },
    { "efer", REG_EFER, 8, 0, efer_bits, 0 },
    { "cpl", REG_CPL, 1, 0, NULL, 0 }, { "t", REG_TICK, 8, 0, NULL, 0 },
    { "icount", REG_ICOUNT, 8, 0, NULL, 0 },
    { "mxcsr", STORED(mxcsr), NULL, 0 }, { "xcr0", STORED(xcr0), xcr0_bits, 0 },
    { "pkru", STORED(pkru), NULL, 0 },
    { "fcw", STORED(fpu.fcw), NULL, 0 }, { "fsw", STORED(fpu.fsw), NULL, 0 },
    { "msr.apic_base", STORED(msr.apic_base), NULL, 0 },
    { "msr.sysenter_cs", STORED(msr.sysenter_cs), NULL, 0 },
    { "msr.sysenter_esp", STORED(msr.sysenter_esp), NULL, 0 },
    { "msr.sysenter_eip", STORED(msr.sysenter_eip), NULL, 0 },
    { "msr.star", STORED(msr.star), NULL, 0 }, { "msr.lstar", STORED(msr.lstar), NULL, 0 },
    { "msr.cstar", STORED(msr.cstar), NULL, 0 }, { "msr.fmask", STORED(msr.fmask), NULL, 0 },
    { "msr.kernel_gs_base", STORED(msr.kernel_gs_base), NULL, 0 },
    { "msr.tsc_aux", STORED(msr.tsc_aux), NULL, 0 },
    { "msr.tsc_adjust", STORED(msr.tsc_adjust), NULL, 0 },
    { "msr.pat", STORED(msr.pat), NULL, 0 },
    { "msr.misc_enable", STORED(msr.misc_enable), NULL, 0 },
    { "msr.mtrr_def_type", STORED(msr.mtrr_def_type), NULL, 0 },
    { "msr.tsc_deadline", STORED(msr.tsc_deadline), NULL, 0 },
    { "msr.debugctl", STORED(msr.debugctl), NULL, 0 },
    { "msr.xss", STORED(msr.xss), NULL, 0 },
};
/* clang-format on */

static bool same(const char *name, const char *text, size_t length)
{
    return strlen(name) == length && !strncmp(name, text, length);
}

static bool find_bit(const struct reg_bit *bit, const char *text, size_t length,
                     struct reg_ref *ref)
{
    for (; bit && bit->name; bit++) {
        if (!same(bit->name, text, length))
            continue;
        if (ref->kind == REG_SEGMENT || ref->kind == REG_TABLE) {
            ref->part = bit->first;
            ref->size = bit->width > 16 ? bit->width / 8 : 2;
            ref->width = bit->width;
        } else {
            ref->first = bit->first;
            ref->width = bit->width;
        }
        return true;
    }
    return false;
}

static bool find_gpr(const char *text, size_t length, struct reg_ref *ref)
{
    static const uint8_t sizes[] = { 8, 4, 2, 1 };
    static const char *const high[] = { "ah", "ch", "dh", "bh" };

    for (unsigned n = 0; n < 4; n++)
        if (same(high[n], text, length)) {
            *ref = (struct reg_ref){ .kind = REG_GPR, .size = 1, .first = 8, .width = 8, .n = n };
            return true;
        }
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++)
        for (unsigned n = 0; n < 16; n++) {
            const char *name = gpr_name(sizes[i] == 1 ? n * 8 : n, sizes[i]);

            if (name && same(name, text, length)) {
                *ref = (struct reg_ref){
                    .kind = REG_GPR, .size = sizes[i], .width = sizes[i] * 8, .n = n
                };
                return true;
            }
        }
    return false;
}

bool reg_find(const char *name, size_t length, struct reg_ref *ref)
{
    char lower[32];
    const char *dot;
    size_t head;

    if (!length || length >= sizeof lower)
        return false;
    for (size_t i = 0; i < length; i++)
        lower[i] = (char)tolower((unsigned char)name[i]);
    lower[length] = 0;
    if (find_gpr(lower, length, ref))
        return true;
    dot = strchr(lower, '.');
    head = dot ? (size_t)(dot - lower) : length;
    for (size_t i = 0; i < ARRAY_SIZE(named); i++) {
        const struct named *row = &named[i];

        *ref = (struct reg_ref){ .kind = row->kind,
                                 .part = row->part,
                                 .size = row->size,
                                 .width = row->size * 8,
                                 .n = row->n };
        if (same(row->name, lower, length))
            return true;
        if (dot && same(row->name, lower, head) &&
            find_bit(row->bits, dot + 1, length - head - 1, ref))
            return true;
    }
    /* Status flags alone: zf, cf (not "if": that begins a condition). */
    if (strcmp(lower, "if")) {
        *ref = (struct reg_ref){ .kind = REG_FLAGS, .size = 4 };
        if (find_bit(eflags_bits, lower, length, ref))
            return true;
    }
    return false;
}

static const struct segment *segment_of(const struct cpu *cpu, unsigned n)
{
    return n == REG_LDTR ? &cpu->ldtr : n == REG_TR ? &cpu->tr : &cpu->seg[n];
}

static uint64_t segment_get(const struct segment *segment, unsigned part)
{
    switch (part) {
    case PART_SELECTOR:
        return segment->selector;
    case PART_BASE:
        return segment->base;
    case PART_LIMIT:
        return segment->limit;
    case PART_ATTR:
        return segment->attr;
    case PART_DPL:
        return bits(segment->attr, 5, 2);
    default:
        return segment->attr & ATTR_TYPE;
    }
}

/* A number of 2, 4 or 8 bytes inside struct cpu, in the host's byte order. */
static uint64_t stored_get(const void *at, unsigned size)
{
    return size == 8   ? *(const uint64_t *)at
           : size == 4 ? *(const uint32_t *)at
                       : *(const uint16_t *)at;
}

static void stored_set(void *at, unsigned size, uint64_t value)
{
    if (size == 8)
        *(uint64_t *)at = value;
    else if (size == 4)
        *(uint32_t *)at = (uint32_t)value;
    else
        *(uint16_t *)at = (uint16_t)value;
}

static uint64_t code_base(const struct cpu *cpu)
{
    return cpu_code64(cpu) ? 0 : cpu->seg[SEG_CS].base;
}

static uint64_t whole_get(const struct cpu *cpu, const struct reg_ref *ref)
{
    switch (ref->kind) {
    case REG_GPR:
        return cpu->gpr[ref->n];
    case REG_RIP:
        return ref->n ? code_base(cpu) + cpu->rip : cpu->rip;
    case REG_FLAGS:
        return cpu_eflags(cpu);
    case REG_SEGMENT:
        return segment_get(segment_of(cpu, ref->n), ref->part);
    case REG_TABLE:
        return ref->part == PART_BASE ? (ref->n ? cpu->idtr.base : cpu->gdtr.base)
                                      : (ref->n ? cpu->idtr.limit : cpu->gdtr.limit);
    case REG_CR:
        return ref->n == 0   ? cpu->cr0
               : ref->n == 2 ? cpu->cr2
               : ref->n == 3 ? cpu->cr3
               : ref->n == 4 ? cpu->cr4
                             : cpu->cr8;
    case REG_DR:
        return cpu->dr[ref->n];
    case REG_EFER:
        return cpu->efer;
    case REG_STORED:
        return stored_get((const uint8_t *)cpu + ref->n, ref->size);
    case REG_CPL:
        return cpu->cpl;
    case REG_TICK:
        return cpu->clock ? clock_now(cpu->clock) : 0;
    case REG_ICOUNT:
        return cpu->clock ? cpu_retired(cpu) : 0;
    default:
        return 0;
    }
}

uint64_t reg_get(const struct cpu *cpu, const struct reg_ref *ref)
{
    return bits(whole_get(cpu, ref), ref->first, ref->width);
}

/* What depends on control registers and segments is computed anew. */
static void settle(struct cpu *cpu)
{
    if (cpu->tlbs)
        cpu_rebuild(cpu);
}

static bool set_selector(struct cpu *cpu, unsigned n, uint16_t selector, bool force,
                         struct buf *error)
{
    struct fault kept = cpu->fault;
    struct segment *segment = n == REG_LDTR ? &cpu->ldtr : n == REG_TR ? &cpu->tr : &cpu->seg[n];

    if (n < SEG_COUNT && !cpu_protected(cpu)) {
        segment_load_real(cpu, n, selector);
    } else if (n < SEG_COUNT && n != SEG_CS && !force) {
        if (!segment_load(cpu, n, selector)) {
            buf_printf(error, "%s=0x%x: %s(0x%x), %s; 'set -f' writes the selector alone",
                       seg_names[n], selector, vector_name(cpu->fault.vector), cpu->fault.error,
                       reason_text(cpu->fault.reason));
            cpu->fault = kept;
            return false;
        }
    } else {
        segment->selector = selector; /* the cache stays: set cs.base and so on */
    }
    return true;
}

static bool set_segment(struct cpu *cpu, const struct reg_ref *ref, uint64_t value, bool force,
                        struct buf *error)
{
    struct segment *segment = ref->n == REG_LDTR ? &cpu->ldtr
                              : ref->n == REG_TR ? &cpu->tr
                                                 : &cpu->seg[ref->n];

    switch (ref->part) {
    case PART_SELECTOR:
        if (!set_selector(cpu, ref->n, (uint16_t)value, force, error))
            return false;
        break;
    case PART_BASE:
        segment->base = value;
        break;
    case PART_LIMIT:
        segment->limit = (uint32_t)value;
        break;
    case PART_ATTR:
        segment->attr = (uint16_t)value;
        break;
    case PART_DPL:
        segment->attr = (uint16_t)((segment->attr & ~ATTR_DPL) | (value & 3) << 5);
        break;
    default:
        segment->attr = (uint16_t)((segment->attr & ~ATTR_TYPE) | (value & ATTR_TYPE));
    }
    settle(cpu);
    return true;
}

/* Bits that no mode of this processor may set. SDM Vol. 3A, "Control Registers". */
static uint64_t reserved_cr(const struct cpu *cpu, unsigned n)
{
    switch (n) {
    case 0:
        return ~UINT64_C(0xe005003f);
    case 3:
        return ~mask_bits(cpu->physical_bits ? cpu->physical_bits : 52) |
               (cpu->cr4 & CR4_PCIDE ? 0
                : cpu_long_mode(cpu) ? UINT64_C(0xfe7)
                                     : 7);
    case 4:
        return ~UINT64_C(0x77ffff);
    case 8:
        return ~UINT64_C(15);
    default:
        return 0;
    }
}

static bool set_cr(struct cpu *cpu, unsigned n, uint64_t value, bool force, struct buf *error)
{
    if (!force && value & reserved_cr(cpu, n)) {
        buf_printf(error, "cr%u=0x%llx sets reserved bits in this mode; 'set -f' forces it", n,
                   (unsigned long long)value);
        return false;
    }
    if (!force && n == 0 && (value & CR0_PG) && !(value & CR0_PE)) {
        buf_printf(error, "cr0=0x%llx sets PG without PE; 'set -f' forces it",
                   (unsigned long long)value);
        return false;
    }
    switch (n) {
    case 0:
        cpu->cr0 = value;
        break;
    case 2:
        cpu->cr2 = value;
        break;
    case 3:
        cpu->cr3 = value;
        break;
    case 4:
        cpu->cr4 = value;
        break;
    default:
        cpu->cr8 = value;
        if (cpu->board.write_cr8)
            cpu->board.write_cr8(cpu->board.context, value);
    }
    settle(cpu);
    return true;
}

bool reg_set(struct cpu *cpu, const struct reg_ref *ref, uint64_t value, bool force,
             struct buf *error)
{
    uint64_t mask = mask_bits(ref->width), whole;

    if (value & ~mask && ~value & ~mask && !force) {
        buf_printf(error, "0x%llx does not fit %u bit%s", (unsigned long long)value, ref->width,
                   ref->width == 1 ? "" : "s");
        return false;
    }
    if (ref->kind == REG_SEGMENT || (ref->kind == REG_TABLE && ref->part == PART_LIMIT))
        whole = value & mask;
    else if (ref->kind == REG_GPR && ref->size == 4)
        whole = value & mask; /* writing a 32-bit register clears the upper half */
    else
        whole = (whole_get(cpu, ref) & ~(mask << ref->first)) | (value & mask) << ref->first;
    switch (ref->kind) {
    case REG_GPR:
        cpu->gpr[ref->n] = whole;
        return true;
    case REG_RIP:
        cpu->rip = ref->n ? value - code_base(cpu) : ref->size == 8 ? value : value & mask;
        return true;
    case REG_FLAGS:
        cpu_set_eflags(cpu, whole | EFLAGS_ONE);
        settle(cpu);
        return true;
    case REG_SEGMENT:
        return set_segment(cpu, ref, whole, force, error);
    case REG_TABLE:
        if (ref->part == PART_BASE)
            *(ref->n ? &cpu->idtr.base : &cpu->gdtr.base) = whole;
        else
            *(ref->n ? &cpu->idtr.limit : &cpu->gdtr.limit) = (uint32_t)whole;
        return true;
    case REG_CR:
        return set_cr(cpu, ref->n, whole, force, error);
    case REG_DR:
        cpu->dr[ref->n] = whole;
        return true;
    case REG_EFER:
        cpu->efer = whole;
        settle(cpu);
        return true;
    case REG_STORED:
        stored_set((uint8_t *)cpu + ref->n, ref->size, whole);
        return true;
    default:
        buf_printf(error, "%s cannot be set",
                   ref->kind == REG_CPL ? "cpl (it follows ss and cs)" : "virtual time");
        return false;
    }
}

static void each_name(const char *prefix, const char *name,
                      void (*each)(void *context, const char *name), void *context)
{
    if (!strncmp(name, prefix, strlen(prefix)))
        each(context, name);
}

void reg_names(const char *prefix, void (*each)(void *context, const char *name), void *context)
{
    char full[48];

    for (unsigned size = 8; size; size /= 2)
        for (unsigned n = 0; n < 16; n++) {
            const char *name = gpr_name(size == 1 ? n * 8 : n, size);

            if (name)
                each_name(prefix, name, each, context);
        }
    for (size_t i = 0; i < ARRAY_SIZE(named); i++) {
        each_name(prefix, named[i].name, each, context);
        if (strncmp(prefix, named[i].name, strlen(named[i].name)))
            continue; /* parts only once the register is there */
        for (const struct reg_bit *bit = named[i].bits; bit && bit->name; bit++) {
            snprintf(full, sizeof full, "%s.%s", named[i].name, bit->name);
            each_name(prefix, full, each, context);
        }
    }
}
