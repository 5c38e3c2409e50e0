/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/segment.c - selectors, descriptors, the descriptor caches and the checks of every load and
 * access. Source: SDM Vol. 3A, "Segment Descriptors", "Limit Checking", "Type Checking",
 * "Privilege Levels"; Vol. 2, "MOV - Move", "Operation".
 */
#include "cpu/protection.h"

/* The most bytes that an access may have and still go by read_end and write_end alone. */
#define ACCESS_MAX 16

bool descriptor_find(struct cpu *cpu, uint16_t selector, bool wide, struct descriptor *desc,
                     bool *inside)
{
    bool local = selector & SELECTOR_LDT;
    unsigned index = selector & ~7u;
    uint64_t base = local ? cpu->ldtr.base : cpu->gdtr.base;
    uint32_t limit = local ? cpu->ldtr.limit : cpu->gdtr.limit;

    *desc = (struct descriptor){ .address = base + index };
    *inside = index + (wide ? 15 : 7) <= limit && (!local || (cpu->ldtr.attr & ATTR_P));
    if (!*inside)
        return true;
    return linear_read(cpu, desc->address, 8, AS_SUPERVISOR, &desc->low) &&
           (!wide || linear_read(cpu, desc->address + 8, 8, AS_SUPERVISOR, &desc->high));
}

bool descriptor_read(struct cpu *cpu, uint16_t selector, enum vector vector, bool ext, bool wide,
                     struct descriptor *desc)
{
    uint32_t error = selector_error(selector, ext);
    bool inside;

    if (!descriptor_find(cpu, selector, wide, desc, &inside))
        return false;
    if (inside)
        return true;
    if (!(selector & SELECTOR_LDT))
        return RAISE(cpu, vector, error, GDT_LIMIT, { EV_SELECTOR, selector },
                     { EV_TABLE_LIMIT, cpu->gdtr.limit });
    if (!(cpu->ldtr.attr & ATTR_P))
        return RAISE(cpu, vector, error, LDT_NULL, { EV_SELECTOR, selector },
                     { EV_VALUE, cpu->ldtr.selector });
    return RAISE(cpu, vector, error, LDT_LIMIT, { EV_SELECTOR, selector },
                 { EV_TABLE_LIMIT, cpu->ldtr.limit });
}

bool descriptor_mark_accessed(struct cpu *cpu, struct descriptor *desc)
{
    uint64_t type = desc->low >> 40 & 0xff;

    if (type & TYPE_ACCESSED)
        return true;
    if (!linear_write(cpu, desc->address + 5, 1, AS_SUPERVISOR, type | TYPE_ACCESSED))
        return false;
    desc->low |= BIT(40);
    return true;
}

bool descriptor_set_busy(struct cpu *cpu, lin_addr address, bool busy)
{
    uint64_t type;

    if (!linear_read(cpu, address + 5, 1, AS_SUPERVISOR, &type))
        return false;
    return linear_write(cpu, address + 5, 1, AS_SUPERVISOR, busy ? type | 2 : type & ~UINT64_C(2));
}

void segment_fill(struct cpu *cpu UNUSED, struct segment *seg, uint16_t selector, uint64_t desc)
{
    seg->selector = selector;
    seg->base = descriptor_base(desc);
    seg->limit = descriptor_limit(desc);
    seg->attr = descriptor_attr(desc);
}

void segment_load_real(struct cpu *cpu, enum seg seg, uint16_t selector)
{
    struct segment *s = &cpu->seg[seg];

    s->selector = selector;
    s->base = (uint64_t)selector << 4;
    if (cpu->eflags & VM) {
        s->limit = 0xffff;
        s->attr = ATTR_P | ATTR_DPL | ATTR_S | TYPE_WRITABLE | TYPE_ACCESSED;
    } else { /* limit and size stay as they are ("unreal mode") */
        s->attr &= ATTR_G | ATTR_DB | ATTR_AVL;
        s->attr |= ATTR_P | ATTR_S | TYPE_WRITABLE | TYPE_ACCESSED;
    }
    segment_derive(cpu, seg);
}

void segment_load_null(struct cpu *cpu, enum seg seg, uint16_t selector)
{
    struct segment *s = &cpu->seg[seg];

    s->selector = selector;
    s->base = 0;
    s->limit = 0;
    s->attr = seg == SEG_SS ? (uint16_t)((selector & SELECTOR_RPL) << 5) : 0;
    segment_derive(cpu, seg);
}

void segment_derive(struct cpu *cpu, enum seg seg)
{
    struct segment *s = &cpu->seg[seg];
    uint64_t end;

    s->read_end = s->write_end = 0;
    if (seg == SEG_FLAT || seg == SEG_FLAT_SS) {
        s->base = 0;
        s->attr = ATTR_P | ATTR_S | TYPE_WRITABLE | TYPE_ACCESSED;
    }
    if (seg == SEG_FLAT || seg == SEG_FLAT_SS || cpu_code64(cpu)) {
        s->read_end = s->write_end = UINT64_MAX; /* canonical form is checked with the address */
        return;
    }
    if (!(s->attr & ATTR_P) || !(s->attr & ATTR_S))
        return;
    end = (uint64_t)s->limit + 1;
    end = end > ACCESS_MAX ? end - (ACCESS_MAX - 1) : 0;
    if (s->attr & TYPE_CODE) {
        s->read_end = s->attr & TYPE_READABLE ? end : 0;
    } else if (!(s->attr & TYPE_EXPAND_DOWN)) {
        s->read_end = end;
        s->write_end = s->attr & TYPE_WRITABLE ? end : 0;
    }
}

bool segment_holds(const struct segment *seg, uint64_t offset, unsigned bytes)
{
    uint64_t last = offset + bytes - 1;

    if ((seg->attr & (TYPE_CODE | TYPE_EXPAND_DOWN)) == TYPE_EXPAND_DOWN)
        return offset > seg->limit && last <= (seg->attr & ATTR_DB ? UINT32_MAX : 0xffff);
    return last <= seg->limit;
}

bool segment_refuse(struct cpu *cpu, enum seg seg, uint64_t offset, unsigned bytes,
                    enum access access)
{
    const struct segment *s = &cpu->seg[seg];
    enum vector vector = seg == SEG_SS || seg == SEG_FLAT_SS ? VEC_SS : VEC_GP;
    bool write = access == ACCESS_WRITE || access == ACCESS_RMW;

    if (cpu_code64(cpu)) {
        lin_addr la = offset + (seg == SEG_FS || seg == SEG_GS ? s->base : 0);

        if (is_canonical(cpu, la) && is_canonical(cpu, la + bytes - 1))
            return true;
        return RAISE(cpu, vector, 0, NON_CANONICAL, { EV_SEGMENT, seg }, { EV_OFFSET, offset },
                     { EV_LINEAR, la }, { EV_SIZE, bytes });
    }
    if (!(s->attr & ATTR_P))
        return RAISE(cpu, vector, 0, SEGMENT_NULL, { EV_SEGMENT, seg },
                     { EV_SELECTOR, s->selector }, { EV_OFFSET, offset }, { EV_SIZE, bytes });
    if (write && !attr_is_writable_data(s->attr))
        return RAISE(cpu, vector, 0, SEGMENT_NOT_WRITABLE, { EV_SEGMENT, seg },
                     { EV_SELECTOR, s->selector }, { EV_OFFSET, offset }, { EV_SIZE, bytes },
                     { EV_VALUE, s->attr });
    if (access == ACCESS_READ && !attr_is_readable(s->attr))
        return RAISE(cpu, vector, 0, SEGMENT_NOT_READABLE, { EV_SEGMENT, seg },
                     { EV_SELECTOR, s->selector }, { EV_OFFSET, offset }, { EV_SIZE, bytes },
                     { EV_VALUE, s->attr });
    if (!segment_holds(s, offset, bytes))
        return RAISE(cpu, vector, 0, SEGMENT_LIMIT, { EV_SEGMENT, seg },
                     { EV_SELECTOR, s->selector }, { EV_OFFSET, offset }, { EV_SIZE, bytes },
                     { EV_LIMIT, s->limit }, { EV_VALUE, s->attr });
    return true;
}

bool segment_check_stack(struct cpu *cpu, uint16_t selector, unsigned level, enum vector vector,
                         bool ext, struct descriptor *desc)
{
    uint32_t error = selector_error(selector, ext);
    uint16_t attr;

    if (selector_null(selector))
        return RAISE(cpu, vector, ext, STACK_NULL, { EV_SELECTOR, selector });
    if (!descriptor_read(cpu, selector, vector, ext, false, desc))
        return false;
    attr = descriptor_attr(desc->low);
    if ((selector & SELECTOR_RPL) != level)
        return RAISE(cpu, vector, error, STACK_RPL, EV_DESCRIPTOR(selector, desc),
                     { EV_RPL, selector & SELECTOR_RPL }, { EV_ALLOWED, level });
    if (!attr_is_writable_data(attr))
        return RAISE(cpu, vector, error, STACK_TYPE, EV_DESCRIPTOR(selector, desc));
    if (attr_dpl(attr) != level)
        return RAISE(cpu, vector, error, STACK_DPL, EV_DESCRIPTOR(selector, desc),
                     { EV_DPL, attr_dpl(attr) }, { EV_ALLOWED, level });
    if (!(attr & ATTR_P))
        return RAISE(cpu, VEC_SS, error, STACK_NOT_PRESENT, EV_DESCRIPTOR(selector, desc));
    return true;
}

/* MOV SS, POP SS, LSS. */
static bool load_stack(struct cpu *cpu, uint16_t selector)
{
    struct descriptor desc;

    if (selector_null(selector) && cpu_code64(cpu) && cpu->cpl < 3 &&
        (selector & SELECTOR_RPL) == cpu->cpl) {
        segment_load_null(cpu, SEG_SS, selector);
    } else {
        if (!segment_check_stack(cpu, selector, cpu->cpl, VEC_GP, false, &desc) ||
            !descriptor_mark_accessed(cpu, &desc))
            return false;
        segment_fill(cpu, &cpu->seg[SEG_SS], selector, desc.low);
        segment_derive(cpu, SEG_SS);
    }
    cpu_update_mode(cpu); /* SS.B is part of the mode */
    return true;
}

/* The checks of a data segment; `vector` #GP for a load, #TS for a task switch. */
bool segment_check_data(struct cpu *cpu, uint16_t selector, enum vector vector, bool ext,
                        struct descriptor *desc)
{
    uint32_t error = selector_error(selector, ext);
    unsigned rpl = selector & SELECTOR_RPL;
    uint16_t attr;

    if (!descriptor_read(cpu, selector, vector, ext, false, desc))
        return false;
    attr = descriptor_attr(desc->low);
    if (!attr_is_readable(attr))
        return RAISE(cpu, vector, error, DATA_TYPE, EV_DESCRIPTOR(selector, desc));
    if (!attr_is_conforming(attr)) {
        if (rpl > attr_dpl(attr))
            return RAISE(cpu, vector, error, DATA_RPL, EV_DESCRIPTOR(selector, desc),
                         { EV_RPL, rpl }, { EV_DPL, attr_dpl(attr) });
        if (cpu->cpl > attr_dpl(attr))
            return RAISE(cpu, vector, error, DATA_CPL, EV_DESCRIPTOR(selector, desc),
                         { EV_CPL, cpu->cpl }, { EV_DPL, attr_dpl(attr) });
    }
    if (!(attr & ATTR_P))
        return RAISE(cpu, VEC_NP, error, DATA_NOT_PRESENT, EV_DESCRIPTOR(selector, desc));
    return true;
}

bool segment_load(struct cpu *cpu, enum seg seg, uint16_t selector)
{
    struct descriptor desc;

    if (!cpu_protected(cpu)) {
        segment_load_real(cpu, seg, selector);
        return true;
    }
    if (seg == SEG_SS)
        return load_stack(cpu, selector);
    if (selector_null(selector)) {
        segment_load_null(cpu, seg, selector);
        return true;
    }
    if (!segment_check_data(cpu, selector, VEC_GP, false, &desc) ||
        !descriptor_mark_accessed(cpu, &desc))
        return false;
    segment_fill(cpu, &cpu->seg[seg], selector, desc.low);
    segment_derive(cpu, seg);
    return true;
}

/*
 * After a return to an outer level: data segments that the outer level could not have loaded become
 * null. SDM Vol. 2, "RET - Return From Procedure".
 */
void segments_drop_privileged(struct cpu *cpu)
{
    static const enum seg segs[] = { SEG_ES, SEG_DS, SEG_FS, SEG_GS };

    for (unsigned i = 0; i < ARRAY_SIZE(segs); i++) {
        struct segment *s = &cpu->seg[segs[i]];

        if ((s->attr & ATTR_P) && !attr_is_conforming(s->attr) && attr_dpl(s->attr) < cpu->cpl) {
            s->selector = 0;
            s->attr = 0;
            segment_derive(cpu, segs[i]);
        }
    }
}
