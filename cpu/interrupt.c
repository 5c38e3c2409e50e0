/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/interrupt.c - events through the interrupt table of each mode, and what is taken first at an
 * instruction boundary. Source: SDM Vol. 2, "INT n/INTO/INT3/INT1 - Call to Interrupt Procedure",
 * "Operation"; Vol. 3A, "Interrupt and Exception Handling", "8086 Emulation".
 */
#include "cpu/observer.h"
#include "cpu/protection.h"
#include "cpu/smm.h"

#define DR6_BD BIT(13) /* debug register access: a fault */

/* One event on its way. */
struct delivery {
    unsigned vector;
    bool ext;      /* EXT bit of error codes: not caused by an INT instruction of the program */
    bool software; /* the gate's DPL counts */
    bool has_error;
    uint32_t error;
    uint64_t return_rip;
    uint64_t eflags; /* what is pushed */
};

/* Error code that names an entry of the interrupt table. */
static uint32_t idt_error(const struct delivery *event)
{
    return event->vector << 3 | 2 | event->ext;
}

#define EV_GATE(event, gate)                                                                       \
    { EV_VECTOR, (event)->vector }, { EV_DESC_ADDRESS, (gate)->address },                          \
    {                                                                                              \
        EV_DESC, (gate)->low                                                                       \
    }

/* Faults but instruction breakpoints are returned to with RF set, so that a breakpoint at the
 * instruction does not hit again. */
static bool sets_rf(const struct cpu *cpu, unsigned vector, enum event_kind kind)
{
    if (kind != EVENT_EXCEPTION)
        return false;
    switch (vector) {
    case VEC_DB:
        return cpu->fault.dr6 & DR6_BD;
    case VEC_NMI:
    case VEC_BP:
    case VEC_OF:
    case VEC_MC:
        return false;
    default:
        return true;
    }
}

/* Real mode: 4 bytes IP, CS for each vector; FLAGS, CS, IP are pushed, error codes are not. */
static bool deliver_real(struct cpu *cpu, const struct delivery *event)
{
    lin_addr address = cpu->idtr.base + event->vector * 4;
    struct frame frame;
    uint64_t entry;
    uint16_t ip;

    if (event->vector * 4 + 3 > cpu->idtr.limit)
        return RAISE(cpu, VEC_GP, idt_error(event), IVT_LIMIT, { EV_VECTOR, event->vector },
                     { EV_TABLE_LIMIT, cpu->idtr.limit });
    if (!linear_read(cpu, address, 4, AS_SUPERVISOR, &entry))
        return false;
    ip = (uint16_t)entry;
    frame_on_current(cpu, &frame, false, 2);
    frame_push(&frame, event->eflags);
    frame_push(&frame, cpu->seg[SEG_CS].selector);
    frame_push(&frame, event->return_rip);
    if (!frame_check(cpu, &frame))
        return false;
    if (ip > cpu->seg[SEG_CS].limit)
        return RAISE(cpu, VEC_GP, event->ext, CODE_LIMIT, { EV_SELECTOR, entry >> 16 },
                     { EV_OFFSET, ip }, { EV_LIMIT, cpu->seg[SEG_CS].limit });
    cpu->gpr[RSP] = frame_write(cpu, &frame);
    cpu->eflags &= ~(uint32_t)(IF | TF | AC | RF);
    segment_load_real(cpu, SEG_CS, (uint16_t)(entry >> 16));
    cpu->rip = ip;
    cpu_update_mode(cpu);
    return true;
}

/* Find the event's gate: limit, type, DPL for INT instructions, present. */
static bool gate_read(struct cpu *cpu, const struct delivery *event, struct descriptor *gate)
{
    bool wide = cpu_long_mode(cpu);
    unsigned size = wide ? 16 : 8;
    unsigned kind, dpl;
    uint16_t attr;

    if (event->vector * size + size - 1 > cpu->idtr.limit)
        return RAISE(cpu, VEC_GP, idt_error(event), IDT_LIMIT, { EV_VECTOR, event->vector },
                     { EV_TABLE_LIMIT, cpu->idtr.limit });
    *gate = (struct descriptor){ .address = cpu->idtr.base + event->vector * size };
    if (!linear_read(cpu, gate->address, 8, AS_SUPERVISOR, &gate->low) ||
        (wide && !linear_read(cpu, gate->address + 8, 8, AS_SUPERVISOR, &gate->high)))
        return false;
    attr = descriptor_attr(gate->low);
    kind = attr_kind(attr);
    dpl = attr_dpl(attr);
    if (kind != SYSTEM_INT_GATE32 && kind != SYSTEM_TRAP_GATE32 &&
        (wide ||
         (kind != SYSTEM_INT_GATE16 && kind != SYSTEM_TRAP_GATE16 && kind != SYSTEM_TASK_GATE)))
        return RAISE(cpu, VEC_GP, idt_error(event), IDT_GATE_TYPE, EV_GATE(event, gate),
                     { EV_VALUE, kind });
    if (event->software && dpl < cpu->cpl)
        return RAISE(cpu, VEC_GP, idt_error(event), IDT_GATE_DPL, EV_GATE(event, gate),
                     { EV_CPL, cpu->cpl }, { EV_DPL, dpl });
    if (!(attr & ATTR_P))
        return RAISE(cpu, VEC_NP, idt_error(event), IDT_GATE_NOT_PRESENT, EV_GATE(event, gate));
    return true;
}

static bool deliver_to_task(struct cpu *cpu, const struct delivery *event,
                            const struct descriptor *gate)
{
    struct task_request to = {
        .cause = TASK_INT,
        .selector = (uint16_t)(gate->low >> 16),
        .next_rip = event->return_rip,
        .eflags = event->eflags,
        .ext = event->ext,
        .has_error = event->has_error,
        .error = event->error,
    };

    return task_descriptor(cpu, to.selector, true, event->ext, &to.desc) && task_switch(cpu, &to);
}

/* The last step of protected modes: flags, CS:RIP. Interrupt gates (even types) clear IF. */
static void enter_handler(struct cpu *cpu, const struct descriptor *gate, uint16_t selector,
                          const struct descriptor *code, unsigned level, uint64_t rip)
{
    cpu->eflags &= ~(uint32_t)(TF | NT | RF | VM);
    if (!(gate->low >> 40 & 1))
        cpu->eflags &= ~(uint32_t)IF;
    code_load(cpu, selector, code, level);
    cpu->rip = rip;
    cpu_update_mode(cpu);
}

/* What every gate pushes last. */
static void push_return(struct cpu *cpu, struct frame *frame, const struct delivery *event)
{
    frame_push(frame, event->eflags);
    frame_push(frame, cpu->seg[SEG_CS].selector);
    frame_push(frame, event->return_rip);
    if (event->has_error)
        frame_push(frame, event->error);
}

/* Protected and virtual-8086 mode, 16- and 32-bit gates. */
static bool deliver_protected(struct cpu *cpu, const struct delivery *event)
{
    struct descriptor gate, code, stack;
    struct frame frame;
    uint16_t attr, selector, ss = 0;
    bool from_v86 = cpu->eflags & VM, inner;
    unsigned size, level;
    uint64_t rip, sp;

    if (!gate_read(cpu, event, &gate))
        return false;
    if (attr_kind(descriptor_attr(gate.low)) == SYSTEM_TASK_GATE)
        return deliver_to_task(cpu, event, &gate);
    size = gate.low >> 43 & 1 ? 4 : 2;
    selector = (uint16_t)(gate.low >> 16);
    rip = (gate.low & 0xffff) | (size == 4 ? gate.low >> 32 & 0xffff0000 : 0);
    if (!code_of_gate(cpu, selector, event->ext, &code))
        return false;
    attr = descriptor_attr(code.low);
    inner = !attr_is_conforming(attr) && attr_dpl(attr) < cpu->cpl;
    level = inner ? attr_dpl(attr) : cpu->cpl;
    if (from_v86 && (!inner || level != 0))
        return RAISE(cpu, VEC_GP, selector_error(selector, event->ext), V86_HANDLER_LEVEL,
                     EV_DESCRIPTOR(selector, &code), { EV_VECTOR, event->vector },
                     { EV_DPL, attr_dpl(attr) });
    if (inner) {
        if (!task_inner_stack(cpu, level, 0, event->ext, &ss, &sp) ||
            !segment_check_stack(cpu, ss, level, VEC_TS, event->ext, &stack))
            return false;
        frame_on_segment(cpu, &frame, ss, &stack, sp, size);
        frame.error = selector_error(ss, event->ext);
        if (from_v86) {
            frame_push(&frame, cpu->seg[SEG_GS].selector);
            frame_push(&frame, cpu->seg[SEG_FS].selector);
            frame_push(&frame, cpu->seg[SEG_DS].selector);
            frame_push(&frame, cpu->seg[SEG_ES].selector);
        }
        frame_push(&frame, cpu->seg[SEG_SS].selector);
        frame_push(&frame, cpu->gpr[RSP]);
    } else {
        frame_on_current(cpu, &frame, false, size);
        frame.error = event->ext;
    }
    push_return(cpu, &frame, event);
    if (!frame_check(cpu, &frame) || !code_holds_rip(cpu, selector, &code, rip, event->ext) ||
        !descriptor_mark_accessed(cpu, &code) || (inner && !descriptor_mark_accessed(cpu, &stack)))
        return false;
    sp = frame_write(cpu, &frame);
    if (inner)
        stack_load(cpu, ss, false, &stack, sp, 4);
    else
        cpu->gpr[RSP] = sp;
    if (from_v86) {
        segment_load_null(cpu, SEG_GS, 0);
        segment_load_null(cpu, SEG_FS, 0);
        segment_load_null(cpu, SEG_DS, 0);
        segment_load_null(cpu, SEG_ES, 0);
    }
    enter_handler(cpu, &gate, selector, &code, level, rip);
    return true;
}

/* IA-32e mode: 16-byte gates, 64-bit handlers, SS:RSP always pushed, IST. */
static bool deliver_long(struct cpu *cpu, const struct delivery *event)
{
    struct descriptor gate, code;
    struct frame frame;
    uint16_t attr, selector;
    unsigned level, ist;
    uint64_t rip, sp = cpu->gpr[RSP];
    bool inner;

    if (!gate_read(cpu, event, &gate))
        return false;
    selector = (uint16_t)(gate.low >> 16);
    rip = (gate.low & 0xffff) | (gate.low >> 32 & 0xffff0000) | gate.high << 32;
    ist = gate.low >> 32 & 7;
    if (!code_of_gate(cpu, selector, event->ext, &code))
        return false;
    attr = descriptor_attr(code.low);
    inner = !attr_is_conforming(attr) && attr_dpl(attr) < cpu->cpl;
    level = inner ? attr_dpl(attr) : cpu->cpl;
    if ((inner || ist) && !task_inner_stack(cpu, level, ist, event->ext, NULL, &sp))
        return false;
    frame_on_flat(&frame, sp & ~UINT64_C(15), inner);
    frame.error = event->ext;
    frame_push(&frame, cpu->seg[SEG_SS].selector);
    frame_push(&frame, cpu->gpr[RSP]);
    push_return(cpu, &frame, event);
    if (!frame_check(cpu, &frame) || !code_holds_rip(cpu, selector, &code, rip, event->ext) ||
        !descriptor_mark_accessed(cpu, &code))
        return false;
    cpu->gpr[RSP] = frame_write(cpu, &frame);
    if (inner)
        segment_load_null(cpu, SEG_SS, (uint16_t)level);
    enter_handler(cpu, &gate, selector, &code, level, rip);
    return true;
}

/*
 * CR4.VME: INT n of a virtual-8086 program through its own table at linear address 0, without
 * leaving virtual-8086 mode. SDM Vol. 3A, "Handling Software Interrupts in Virtual-8086 Mode".
 */
static bool deliver_redirected(struct cpu *cpu, const struct delivery *event)
{
    struct frame frame;
    uint64_t entry, flags = event->eflags;
    bool virtual = (cpu->eflags & IOPL) != IOPL;

    if (!linear_read(cpu, event->vector * 4, 4, AS_CPL, &entry))
        return false;
    if (virtual) { /* IOPL reads as 3, IF as VIF */
        flags = (flags & ~(uint64_t)IF) | IOPL;
        flags |= cpu->eflags & VIF ? IF : 0;
    }
    frame_on_current(cpu, &frame, false, 2);
    frame_push(&frame, flags);
    frame_push(&frame, cpu->seg[SEG_CS].selector);
    frame_push(&frame, event->return_rip);
    if (!frame_check(cpu, &frame))
        return false;
    cpu->gpr[RSP] = frame_write(cpu, &frame);
    cpu->eflags &= ~(uint32_t)(TF | RF | NT | (virtual ? VIF : IF));
    segment_load_real(cpu, SEG_CS, (uint16_t)(entry >> 16));
    cpu->rip = (uint16_t)entry;
    cpu_update_mode(cpu);
    return true;
}

/* INT n in virtual-8086 mode: IOPL 3, or redirected. */
static bool deliver_v86_int(struct cpu *cpu, const struct delivery *event)
{
    bool redirected = false;

    if ((cpu->cr4 & CR4_VME) && !task_redirects(cpu, event->vector, &redirected))
        return false;
    if (redirected)
        return deliver_redirected(cpu, event);
    if ((cpu->eflags & IOPL) != IOPL)
        return RAISE(cpu, VEC_GP, 0, V86_INT_IOPL, { EV_VECTOR, event->vector },
                     { EV_VALUE, (cpu->eflags & IOPL) >> IOPL_SHIFT }, { EV_ALLOWED, 3 });
    return deliver_protected(cpu, event);
}

bool interrupt_deliver(struct cpu *cpu, unsigned vector, enum event_kind kind, bool has_error,
                       uint32_t error, uint64_t return_rip)
{
    struct delivery event = {
        .vector = vector,
        .ext = kind == EVENT_EXCEPTION || kind == EVENT_EXTERNAL || kind == EVENT_INT1,
        .software = kind == EVENT_INT_N || kind == EVENT_INT3_INTO,
        .has_error = has_error,
        .error = error,
        .return_rip = return_rip,
        .eflags = cpu_eflags(cpu),
    };
    struct observer *observer = cpu->observer;
    bool delivered;

    if (sets_rf(cpu, vector, kind) || cpu->in_rep)
        event.eflags |= RF;
    else if (kind != EVENT_EXCEPTION && kind != EVENT_EXTERNAL)
        event.eflags &= ~(uint64_t)RF; /* cleared when the INT instruction began */
    if (!(cpu->cr0 & CR0_PE))
        delivered = deliver_real(cpu, &event);
    else if (cpu_long_mode(cpu))
        delivered = deliver_long(cpu, &event);
    else if ((cpu->eflags & VM) && kind == EVENT_INT_N)
        delivered = deliver_v86_int(cpu, &event);
    else
        delivered = deliver_protected(cpu, &event);
    if (!delivered)
        return false;
    cpu->in_rep = false;
    if (cpu->activity == CPU_HALTED)
        cpu->activity = CPU_RUNNING;
    if (kind != EVENT_EXCEPTION && observer && observer->interrupt &&
        observer->interrupt(observer->context, cpu, vector, kind == EVENT_EXTERNAL))
        observer->stop = true;
    return true;
}

static void take_external(struct cpu *cpu, unsigned vector)
{
    bool alone = cpu->alone;

    cpu->alone = true; /* an instruction boundary: devices and watched pages may be reached */
    cpu->want_alone = false;
    if (!interrupt_deliver(cpu, vector, EVENT_EXTERNAL, false, 0, cpu->rip))
        exception_deliver(cpu);
    cpu->alone = alone;
}

/* Table "Priority Among Concurrent Events". */
bool interrupt_service(struct cpu *cpu)
{
    if (cpu->pending & PENDING_INIT && !cpu->smm) {
        cpu->pending &= (uint8_t)~PENDING_INIT;
        cpu_reset(cpu, true);
        return true;
    }
    if (cpu->activity == CPU_SHUTDOWN || cpu->activity == CPU_WAIT_SIPI)
        return false; /* the machine decides what a shutdown means */
    if ((cpu->pending & PENDING_MONITOR) && cpu->activity == CPU_HALTED)
        cpu->activity = CPU_RUNNING;
    cpu->pending &= (uint8_t)~PENDING_MONITOR;
    if (cpu->shadow & SHADOW_MOV_SS)
        return false; /* everything waits for the instruction after MOV SS */
    if (cpu->pending & PENDING_SMI && !cpu->smm) {
        smm_enter(cpu);
        return true;
    }
    if (cpu->pending & PENDING_DB) {
        cpu->pending &= (uint8_t)~PENDING_DB;
        RAISE(cpu, VEC_DB, 0, DEBUG, { EV_VALUE, cpu->pending_dr6 });
        cpu->fault.dr6 = cpu->pending_dr6;
        cpu->pending_dr6 = 0;
        exception_deliver(cpu);
        return true;
    }
    if ((cpu->pending & PENDING_NMI) && !cpu->nmi_blocked) {
        cpu->pending &= (uint8_t)~PENDING_NMI;
        cpu->nmi_blocked = true;
        take_external(cpu, VEC_NMI);
        return true;
    }
    if ((cpu->pending & PENDING_INTR) && (cpu->eflags & IF) && !(cpu->shadow & SHADOW_STI) &&
        cpu->board.acknowledge) {
        int vector = cpu->board.acknowledge(cpu->board.context);

        if (vector >= 0) {
            take_external(cpu, (unsigned)vector & 0xff);
            return true;
        }
    }
    return false;
}
