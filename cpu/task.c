/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/task.c - task state segments: task switches, stacks of inner levels, the I/O permission and
 * interrupt redirection bitmaps. Source: SDM Vol. 3A, "Task Management"; Vol. 1, "I/O Permission
 * Bit Map"; Vol. 3B, "8086 Emulation".
 */
#include "cpu/protection.h"
#include "cpu/tlb.h"

#define DR6_BT BIT(15)
#define DR7_LOCAL UINT64_C(0x155) /* L0-L3, LE: a task's own breakpoints */

/* Where the fields of a TSS are. Segment selectors are in the order ES CS SS DS FS GS. */
struct tss_layout {
    unsigned size; /* bytes of a slot */
    unsigned rip, eflags, registers, segments, segment_count, ldt;
    unsigned saved_end; /* end of what a switch saves */
    unsigned limit;     /* the least limit of a TSS that is switched to */
};

static const struct tss_layout tss16 = { 2, 0x0e, 0x10, 0x12, 0x22, 4, 0x2a, 0x2a, 0x2b };
static const struct tss_layout tss32 = { 4, 0x20, 0x24, 0x28, 0x48, 6, 0x60, 0x60, 0x67 };
#define TSS32_CR3 0x1c
#define TSS32_TRAP 0x64
#define TSS_IO_MAP 0x66

static const struct tss_layout *tss_layout(uint16_t attr)
{
    return attr & 8 ? &tss32 : &tss16;
}

/* What is read from the new TSS. */
struct task_state {
    uint64_t cr3, rip, eflags, gpr[8], trap;
    uint16_t selector[6], ldt;
};

bool task_descriptor(struct cpu *cpu, uint16_t selector, bool gate, bool ext,
                     struct descriptor *desc)
{
    uint32_t error = selector_error(selector, ext);
    unsigned rpl = selector & SELECTOR_RPL;
    uint16_t attr;

    if (selector & SELECTOR_LDT)
        return RAISE(cpu, VEC_GP, error, TSS_IN_LDT, { EV_SELECTOR, selector });
    if (!descriptor_read(cpu, selector, VEC_GP, ext, false, desc))
        return false;
    attr = descriptor_attr(desc->low);
    if (!gate && (attr_dpl(attr) < cpu->cpl || attr_dpl(attr) < rpl))
        return RAISE(cpu, VEC_GP, error, TSS_DPL, EV_DESCRIPTOR(selector, desc),
                     { EV_CPL, cpu->cpl }, { EV_RPL, rpl }, { EV_DPL, attr_dpl(attr) });
    if (attr_kind(attr) == SYSTEM_TSS16_BUSY || attr_kind(attr) == SYSTEM_TSS32_BUSY)
        return RAISE(cpu, VEC_GP, error, TSS_BUSY, EV_DESCRIPTOR(selector, desc));
    if (attr_kind(attr) != SYSTEM_TSS16 && attr_kind(attr) != SYSTEM_TSS32)
        return RAISE(cpu, VEC_GP, error, TSS_TYPE, EV_DESCRIPTOR(selector, desc));
    if (!(attr & ATTR_P))
        return RAISE(cpu, VEC_NP, error, TSS_NOT_PRESENT, EV_DESCRIPTOR(selector, desc));
    return true;
}

/* Linear accesses that were probed before: they cannot fail. */
static uint64_t fetch(struct cpu *cpu, lin_addr la, unsigned size)
{
    uint64_t value = 0;

    return linear_read(cpu, la, size, AS_SUPERVISOR, &value) ? value : 0;
}

static void store(struct cpu *cpu, lin_addr la, unsigned size, uint64_t value)
{
    bool written = linear_write(cpu, la, size, AS_SUPERVISOR, zero_extend(value, size));

    (void)written;
}

static void save_state(struct cpu *cpu, const struct task_request *to)
{
    const struct tss_layout *t = tss_layout(cpu->tr.attr);
    lin_addr base = cpu->tr.base;
    uint64_t eflags = to->cause == TASK_IRET ? to->eflags & ~(uint64_t)NT : to->eflags;

    store(cpu, base + t->rip, t->size, to->next_rip);
    store(cpu, base + t->eflags, t->size, eflags);
    for (unsigned i = 0; i < 8; i++)
        store(cpu, base + t->registers + i * t->size, t->size, cpu->gpr[i]);
    for (unsigned i = 0; i < t->segment_count; i++)
        store(cpu, base + t->segments + i * t->size, 2, cpu->seg[i].selector);
}

static void read_state(struct cpu *cpu, lin_addr base, const struct tss_layout *t,
                       struct task_state *state)
{
    *state = (struct task_state){ 0 };
    state->rip = fetch(cpu, base + t->rip, t->size);
    state->eflags = fetch(cpu, base + t->eflags, t->size);
    for (unsigned i = 0; i < 8; i++)
        state->gpr[i] = fetch(cpu, base + t->registers + i * t->size, t->size);
    for (unsigned i = 0; i < t->segment_count; i++)
        state->selector[i] = (uint16_t)fetch(cpu, base + t->segments + i * t->size, 2);
    state->ldt = (uint16_t)fetch(cpu, base + t->ldt, 2);
    if (t == &tss32) {
        state->cr3 = fetch(cpu, base + TSS32_CR3, 4);
        state->trap = fetch(cpu, base + TSS32_TRAP, 2) & 1;
    }
}

/* Everything that can fail while the old task still stands. */
static bool switch_check(struct cpu *cpu, const struct task_request *to)
{
    const struct tss_layout *old = tss_layout(cpu->tr.attr);
    const struct tss_layout *new = tss_layout(descriptor_attr(to->desc.low));
    lin_addr base = descriptor_base(to->desc.low);
    uint32_t limit = descriptor_limit(to->desc.low);
    bool nests = to->cause == TASK_CALL || to->cause == TASK_INT;
    bool leaves = !nests && !selector_null(cpu->tr.selector);

    if (limit < new->limit)
        return RAISE(cpu, VEC_TS, selector_error(to->selector, to->ext), TSS_LIMIT,
                     EV_DESCRIPTOR(to->selector, &to->desc), { EV_LIMIT, limit },
                     { EV_ALLOWED, new->limit });
    if (cpu->tr.limit < old->saved_end - 1)
        return RAISE(cpu, VEC_TS, selector_error(cpu->tr.selector, to->ext), TSS_OLD_LIMIT,
                     { EV_SELECTOR, cpu->tr.selector }, { EV_LIMIT, cpu->tr.limit },
                     { EV_ALLOWED, old->saved_end - 1 });
    return linear_probe(cpu, base, new->limit + 1, ACCESS_READ, AS_SUPERVISOR) &&
           (!nests || linear_probe(cpu, base, 2, ACCESS_WRITE, AS_SUPERVISOR)) &&
           linear_probe(cpu, cpu->tr.base + old->rip, old->saved_end - old->rip, ACCESS_WRITE,
                        AS_SUPERVISOR) &&
           linear_probe(cpu, to->desc.address + 5, 1, ACCESS_WRITE, AS_SUPERVISOR) &&
           (!leaves || linear_probe(cpu, cpu->gdtr.base + (cpu->tr.selector & ~7u) + 5, 1,
                                    ACCESS_WRITE, AS_SUPERVISOR));
}

/* LDTR of the new task. */
static bool load_ldt(struct cpu *cpu, uint16_t selector, bool ext)
{
    uint32_t error = selector_error(selector, ext);
    struct descriptor desc;
    uint16_t attr;

    cpu->ldtr = (struct segment){ .selector = selector };
    if (selector_null(selector))
        return true;
    if (selector & SELECTOR_LDT)
        return RAISE(cpu, VEC_TS, error, LDT_IN_LDT, { EV_SELECTOR, selector });
    if (!descriptor_read(cpu, selector, VEC_TS, ext, false, &desc))
        return false;
    attr = descriptor_attr(desc.low);
    if (attr_kind(attr) != SYSTEM_LDT)
        return RAISE(cpu, VEC_TS, error, LDT_TYPE, EV_DESCRIPTOR(selector, &desc));
    if (!(attr & ATTR_P))
        return RAISE(cpu, VEC_TS, error, LDT_NOT_PRESENT, EV_DESCRIPTOR(selector, &desc));
    segment_fill(cpu, &cpu->ldtr, selector, desc.low);
    return true;
}

/* CS of the new task; its RPL is the CPL already. */
static bool load_code(struct cpu *cpu, uint16_t selector, bool ext, struct descriptor *desc)
{
    uint32_t error = selector_error(selector, ext);
    unsigned rpl = selector & SELECTOR_RPL;
    uint16_t attr;

    if (selector_null(selector))
        return RAISE(cpu, VEC_TS, ext, CODE_NULL, { EV_SELECTOR, selector });
    if (!descriptor_read(cpu, selector, VEC_TS, ext, false, desc))
        return false;
    attr = descriptor_attr(desc->low);
    if (!attr_is_code(attr))
        return RAISE(cpu, VEC_TS, error, CODE_TYPE, EV_DESCRIPTOR(selector, desc));
    if (attr_is_conforming(attr) ? attr_dpl(attr) > rpl : attr_dpl(attr) != rpl)
        return RAISE(cpu, VEC_TS, error, RETURN_DPL, EV_DESCRIPTOR(selector, desc), { EV_RPL, rpl },
                     { EV_DPL, attr_dpl(attr) });
    if (!(attr & ATTR_P))
        return RAISE(cpu, VEC_NP, error, CODE_NOT_PRESENT, EV_DESCRIPTOR(selector, desc));
    if (!descriptor_mark_accessed(cpu, desc))
        return false;
    segment_fill(cpu, &cpu->seg[SEG_CS], selector, desc->low);
    return true;
}

/* The segments of a new task in protected mode, in the order of their checks. */
static bool load_segments(struct cpu *cpu, const struct task_state *state, bool ext)
{
    static const enum seg data[] = { SEG_DS, SEG_ES, SEG_FS, SEG_GS };
    struct descriptor code, desc;

    if (!load_code(cpu, state->selector[SEG_CS], ext, &code) ||
        !segment_check_stack(cpu, state->selector[SEG_SS], cpu->cpl, VEC_TS, ext, &desc) ||
        !descriptor_mark_accessed(cpu, &desc))
        return false;
    segment_fill(cpu, &cpu->seg[SEG_SS], state->selector[SEG_SS], desc.low);
    for (unsigned i = 0; i < ARRAY_SIZE(data); i++) {
        uint16_t selector = state->selector[data[i]];

        if (selector_null(selector))
            continue;
        if (!segment_check_data(cpu, selector, VEC_TS, ext, &desc) ||
            !descriptor_mark_accessed(cpu, &desc))
            return false;
        segment_fill(cpu, &cpu->seg[data[i]], selector, desc.low);
    }
    cpu_derive_segments(cpu);
    return code_holds_rip(cpu, state->selector[SEG_CS], &code, cpu->rip, ext);
}

static bool push_error(struct cpu *cpu, const struct task_request *to, unsigned size)
{
    struct frame frame;

    if (!to->has_error)
        return true;
    frame_on_current(cpu, &frame, false, size);
    frame.error = to->ext;
    frame_push(&frame, to->error);
    if (!frame_check(cpu, &frame))
        return false;
    cpu->gpr[RSP] = frame_write(cpu, &frame);
    return true;
}

/* Registers of the new task. From here on a fault is its own. */
static bool load_state(struct cpu *cpu, const struct task_request *to,
                       const struct task_state *state, const struct tss_layout *t)
{
    uint64_t eflags = (state->eflags & 0x3f7fd5) | EFLAGS_ONE;

    if (to->cause == TASK_CALL || to->cause == TASK_INT)
        eflags |= NT;
    cpu->rip = state->rip;
    for (unsigned i = 0; i < 8; i++)
        cpu->gpr[i] = t->size == 4 ? state->gpr[i] : (cpu->gpr[i] & 0xffff0000) | state->gpr[i];
    cpu_set_eflags(cpu, eflags);
    cpu->cpl = cpu->eflags & VM ? 3 : state->selector[SEG_CS] & SELECTOR_RPL;
    for (unsigned i = 0; i < 6; i++) {
        segment_load_null(cpu, (enum seg)i, state->selector[i]);
        if (cpu->eflags & VM)
            segment_load_real(cpu, (enum seg)i, state->selector[i]);
    }
    if (t == &tss32 && (cpu->cr0 & CR0_PG)) {
        cpu->cr3 = state->cr3;
        tlb_flush_non_global(cpu);
        if ((cpu->cr4 & CR4_PAE) && !paging_load_pdptes(cpu, cpu->cr3))
            return false;
    }
    if (!load_ldt(cpu, state->ldt, to->ext))
        return false;
    if (!(cpu->eflags & VM) && !load_segments(cpu, state, to->ext))
        return false;
    cpu_update_mode(cpu);
    return push_error(cpu, to, t->size);
}

bool task_switch(struct cpu *cpu, const struct task_request *to)
{
    const struct tss_layout *t = tss_layout(descriptor_attr(to->desc.low));
    lin_addr base = descriptor_base(to->desc.low);
    bool nests = to->cause == TASK_CALL || to->cause == TASK_INT;
    struct task_state state;
    bool good;

    if (!switch_check(cpu, to))
        return false;
    save_state(cpu, to);
    if (!nests && !selector_null(cpu->tr.selector)) {
        lin_addr type = cpu->gdtr.base + (cpu->tr.selector & ~7u) + 5;

        store(cpu, type, 1, fetch(cpu, type, 1) & ~UINT64_C(2));
    }
    if (nests)
        store(cpu, base, 2, cpu->tr.selector);
    if (to->cause != TASK_IRET)
        store(cpu, to->desc.address + 5, 1, (to->desc.low >> 40 & 0xff) | 2);
    read_state(cpu, base, t, &state);
    segment_fill(cpu, &cpu->tr, to->selector, to->desc.low | BIT(41));
    cpu->cr0 |= CR0_TS;
    cpu->dr[7] &= ~DR7_LOCAL;
    if (state.trap) {
        cpu->pending_dr6 |= DR6_BT;
        cpu->pending |= PENDING_DB;
    }
    good = load_state(cpu, to, &state, t);
    cpu_update_mode(cpu);
    if (!good)
        cpu->fault.new_task = true;
    return good;
}

bool task_inner_stack(struct cpu *cpu, unsigned level, unsigned ist, bool ext, uint16_t *ss,
                      uint64_t *sp)
{
    bool wide = cpu_long_mode(cpu);
    unsigned size = wide ? 8 : tss_layout(cpu->tr.attr)->size;
    unsigned offset = wide && ist ? 0x1c + ist * 8 : wide ? 4 + level * 8 : size + level * 2 * size;
    unsigned last = offset + (wide ? 7 : size + 1);
    uint64_t selector;

    if (last > cpu->tr.limit)
        return RAISE(cpu, VEC_TS, selector_error(cpu->tr.selector, ext), TSS_STACK_LIMIT,
                     { EV_SELECTOR, cpu->tr.selector }, { EV_OFFSET, offset },
                     { EV_SIZE, last + 1 - offset }, { EV_LIMIT, cpu->tr.limit });
    if (!linear_read(cpu, cpu->tr.base + offset, size, AS_SUPERVISOR, sp))
        return false;
    if (wide)
        return true;
    if (!linear_read(cpu, cpu->tr.base + offset + size, 2, AS_SUPERVISOR, &selector))
        return false;
    *ss = (uint16_t)selector;
    return true;
}

/* The I/O map base of the current TSS; 0: the TSS has none. */
static bool io_map_base(struct cpu *cpu, uint64_t *base)
{
    *base = 0;
    if (!(cpu->tr.attr & ATTR_P) || !(cpu->tr.attr & 8) || cpu->tr.limit < TSS_IO_MAP + 1)
        return true;
    return linear_read(cpu, cpu->tr.base + TSS_IO_MAP, 2, AS_SUPERVISOR, base);
}

bool task_io_allowed(struct cpu *cpu, uint16_t port, unsigned size)
{
    uint64_t base, map;
    unsigned iopl = (cpu->eflags & IOPL) >> IOPL_SHIFT;

    if (!(cpu->cr0 & CR0_PE) || (!(cpu->eflags & VM) && cpu->cpl <= iopl))
        return true;
    if (!io_map_base(cpu, &base))
        return false;
    if (!base || base + port / 8 + 1 > cpu->tr.limit)
        return RAISE(cpu, VEC_GP, 0, IO_BITMAP_LIMIT, { EV_VALUE, port }, { EV_CPL, cpu->cpl },
                     { EV_SELECTOR, cpu->tr.selector }, { EV_OFFSET, base + port / 8 + 1 },
                     { EV_LIMIT, cpu->tr.limit });
    if (!linear_read(cpu, cpu->tr.base + base + port / 8, 2, AS_SUPERVISOR, &map))
        return false;
    if (map >> port % 8 & mask_bits(size))
        return RAISE(cpu, VEC_GP, 0, IO_BITMAP, { EV_VALUE, port }, { EV_SIZE, size },
                     { EV_CPL, cpu->cpl }, { EV_ALLOWED, iopl },
                     { EV_LINEAR, cpu->tr.base + base + port / 8 });
    return true;
}

bool task_redirects(struct cpu *cpu, unsigned vector, bool *redirects)
{
    uint64_t base, map;

    *redirects = false;
    if (!io_map_base(cpu, &base))
        return false;
    if (base < 32 || base - 32 + vector / 8 > cpu->tr.limit)
        return true;
    if (!linear_read(cpu, cpu->tr.base + base - 32 + vector / 8, 1, AS_SUPERVISOR, &map))
        return false;
    *redirects = !(map >> vector % 8 & 1);
    return true;
}
