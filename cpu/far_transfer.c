/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/far_transfer.c - far JMP, CALL and RET: code segments, call gates, task gates, TSSs, and the
 * change of privilege level. Everything is checked before anything is changed.
 * Source: SDM Vol. 2, "JMP", "CALL", "RET", "Operation"; Vol. 3A, "Privilege Level Checking When
 * Transferring Program Control Between Code Segments".
 */
#include "cpu/exec.h"
#include "cpu/protection.h"

bool code_holds_rip(struct cpu *cpu, uint16_t selector, const struct descriptor *desc, uint64_t rip,
                    bool ext)
{
    uint32_t limit = descriptor_limit(desc->low);

    if (cpu_long_mode(cpu) && (descriptor_attr(desc->low) & ATTR_L)) {
        if (!is_canonical(cpu, rip))
            return RAISE(cpu, VEC_GP, ext, CODE_NON_CANONICAL, { EV_SELECTOR, selector },
                         { EV_OFFSET, rip });
    } else if (rip > limit) {
        return RAISE(cpu, VEC_GP, ext, CODE_LIMIT, { EV_SELECTOR, selector }, { EV_OFFSET, rip },
                     { EV_LIMIT, limit });
    }
    return true;
}

/* IA-32e mode: L and D are not both set. */
static bool code_size_ok(struct cpu *cpu, uint16_t selector, const struct descriptor *desc)
{
    uint16_t attr = descriptor_attr(desc->low);

    if (cpu_long_mode(cpu) && (attr & ATTR_L) && (attr & ATTR_DB))
        return RAISE(cpu, VEC_GP, selector_error(selector, false), CODE_L_AND_D,
                     EV_DESCRIPTOR(selector, desc));
    return true;
}

bool code_of_gate(struct cpu *cpu, uint16_t selector, bool ext, struct descriptor *desc)
{
    uint32_t error = selector_error(selector, ext);
    uint16_t attr;

    if (selector_null(selector))
        return RAISE(cpu, VEC_GP, ext, GATE_CODE_NULL, { EV_SELECTOR, selector });
    if (!descriptor_read(cpu, selector, VEC_GP, ext, false, desc))
        return false;
    attr = descriptor_attr(desc->low);
    if (!attr_is_code(attr))
        return RAISE(cpu, VEC_GP, error, GATE_CODE_TYPE, EV_DESCRIPTOR(selector, desc));
    if (attr_dpl(attr) > cpu->cpl)
        return RAISE(cpu, VEC_GP, error, GATE_CODE_DPL, EV_DESCRIPTOR(selector, desc),
                     { EV_CPL, cpu->cpl }, { EV_DPL, attr_dpl(attr) });
    if (cpu_long_mode(cpu) && (attr & (ATTR_L | ATTR_DB)) != ATTR_L)
        return RAISE(cpu, VEC_GP, error, GATE_CODE_NOT_64, EV_DESCRIPTOR(selector, desc));
    if (!(attr & ATTR_P))
        return RAISE(cpu, VEC_NP, error, CODE_NOT_PRESENT, EV_DESCRIPTOR(selector, desc));
    return true;
}

bool code_of_return(struct cpu *cpu, uint16_t selector, struct descriptor *desc)
{
    uint32_t error = selector_error(selector, false);
    unsigned rpl = selector & SELECTOR_RPL;
    uint16_t attr;

    if (selector_null(selector))
        return RAISE(cpu, VEC_GP, 0, CODE_NULL, { EV_SELECTOR, selector });
    if (!descriptor_read(cpu, selector, VEC_GP, false, false, desc))
        return false;
    attr = descriptor_attr(desc->low);
    if (!attr_is_code(attr))
        return RAISE(cpu, VEC_GP, error, CODE_TYPE, EV_DESCRIPTOR(selector, desc));
    if (!code_size_ok(cpu, selector, desc))
        return false;
    if (rpl < cpu->cpl)
        return RAISE(cpu, VEC_GP, error, RETURN_INWARD, EV_DESCRIPTOR(selector, desc),
                     { EV_RPL, rpl }, { EV_CPL, cpu->cpl });
    if (attr_is_conforming(attr) ? attr_dpl(attr) > rpl : attr_dpl(attr) != rpl)
        return RAISE(cpu, VEC_GP, error, RETURN_DPL, EV_DESCRIPTOR(selector, desc), { EV_RPL, rpl },
                     { EV_DPL, attr_dpl(attr) });
    if (!(attr & ATTR_P))
        return RAISE(cpu, VEC_NP, error, CODE_NOT_PRESENT, EV_DESCRIPTOR(selector, desc));
    return true;
}

void code_load(struct cpu *cpu, uint16_t selector, const struct descriptor *desc, unsigned level)
{
    segment_fill(cpu, &cpu->seg[SEG_CS], (uint16_t)((selector & ~SELECTOR_RPL) | level), desc->low);
    segment_derive(cpu, SEG_CS);
    cpu->cpl = (uint8_t)level;
}

/* The code segment that JMP or CALL names directly. */
static bool code_of_direct(struct cpu *cpu, uint16_t selector, const struct descriptor *desc)
{
    uint32_t error = selector_error(selector, false);
    unsigned rpl = selector & SELECTOR_RPL;
    uint16_t attr = descriptor_attr(desc->low);

    if (!code_size_ok(cpu, selector, desc))
        return false;
    if (attr_is_conforming(attr)) {
        if (attr_dpl(attr) > cpu->cpl)
            return RAISE(cpu, VEC_GP, error, CODE_CONFORMING_DPL, EV_DESCRIPTOR(selector, desc),
                         { EV_CPL, cpu->cpl }, { EV_DPL, attr_dpl(attr) });
    } else {
        if (rpl > cpu->cpl)
            return RAISE(cpu, VEC_GP, error, CODE_RPL, EV_DESCRIPTOR(selector, desc),
                         { EV_CPL, cpu->cpl }, { EV_RPL, rpl });
        if (attr_dpl(attr) != cpu->cpl)
            return RAISE(cpu, VEC_GP, error, CODE_DPL, EV_DESCRIPTOR(selector, desc),
                         { EV_CPL, cpu->cpl }, { EV_DPL, attr_dpl(attr) });
    }
    if (!(attr & ATTR_P))
        return RAISE(cpu, VEC_NP, error, CODE_NOT_PRESENT, EV_DESCRIPTOR(selector, desc));
    return true;
}

/* The checks that a call gate or task gate makes on who uses it. */
static bool gate_admits(struct cpu *cpu, uint16_t selector, const struct descriptor *gate)
{
    uint32_t error = selector_error(selector, false);
    unsigned rpl = selector & SELECTOR_RPL;
    uint16_t attr = descriptor_attr(gate->low);

    if (attr_dpl(attr) < cpu->cpl)
        return RAISE(cpu, VEC_GP, error, GATE_CPL, EV_DESCRIPTOR(selector, gate),
                     { EV_CPL, cpu->cpl }, { EV_DPL, attr_dpl(attr) });
    if (attr_dpl(attr) < rpl)
        return RAISE(cpu, VEC_GP, error, GATE_RPL, EV_DESCRIPTOR(selector, gate), { EV_RPL, rpl },
                     { EV_DPL, attr_dpl(attr) });
    if (!(attr & ATTR_P))
        return RAISE(cpu, VEC_NP, error, GATE_NOT_PRESENT, EV_DESCRIPTOR(selector, gate));
    return true;
}

/* A call gate taken apart. */
struct call_gate {
    uint16_t selector;
    uint64_t offset;
    unsigned size; /* bytes of a slot on the stack: 2, 4, 8 */
    unsigned parameters;
    struct descriptor code;
};

static bool call_gate_read(struct cpu *cpu, uint16_t selector, struct descriptor *desc,
                           struct call_gate *gate)
{
    bool wide = cpu_long_mode(cpu);

    if (!gate_admits(cpu, selector, desc))
        return false;
    if (wide) {
        if (!descriptor_read(cpu, selector, VEC_GP, false, true, desc))
            return false;
        if (desc->high >> 40 & 0x1f)
            return RAISE(cpu, VEC_GP, selector_error(selector, false), GATE_HIGH_TYPE,
                         EV_DESCRIPTOR(selector, desc), { EV_VALUE, desc->high });
    }
    gate->selector = (uint16_t)(desc->low >> 16);
    gate->offset = (desc->low & 0xffff) | (desc->low >> 32 & 0xffff0000);
    gate->parameters = desc->low >> 32 & 31;
    gate->size = 4;
    if (wide) {
        gate->offset |= desc->high << 32;
        gate->parameters = 0;
        gate->size = 8;
    } else if (attr_kind(descriptor_attr(desc->low)) == SYSTEM_CALL_GATE16) {
        gate->offset &= 0xffff;
        gate->size = 2;
    }
    return code_of_gate(cpu, gate->selector, false, &gate->code);
}

/* Is this system descriptor something that JMP and CALL can go through in the current mode? */
static bool is_call_gate(const struct cpu *cpu, unsigned kind)
{
    return kind == SYSTEM_CALL_GATE32 || (kind == SYSTEM_CALL_GATE16 && !cpu_long_mode(cpu));
}

/* JMP or CALL to a task gate or TSS, or to nothing that can be a target. */
static bool transfer_to_task(struct cpu *cpu, uint16_t selector, const struct descriptor *desc,
                             enum task_cause cause, uint64_t next_rip)
{
    struct task_request to = { .cause = cause,
                               .selector = selector,
                               .desc = *desc,
                               .next_rip = next_rip,
                               .eflags = cpu_eflags(cpu) };
    unsigned kind = attr_kind(descriptor_attr(desc->low));
    bool gate = kind == SYSTEM_TASK_GATE;
    bool tss = (kind & ~0xau) == SYSTEM_TSS16;

    if (cpu_long_mode(cpu) && (gate || tss))
        return RAISE(cpu, VEC_GP, selector_error(selector, false), TASK_IN_LONG_MODE,
                     EV_DESCRIPTOR(selector, desc));
    if (!gate && !tss)
        return RAISE(cpu, VEC_GP, selector_error(selector, false), TRANSFER_TYPE,
                     EV_DESCRIPTOR(selector, desc));
    if (gate) {
        if (!gate_admits(cpu, selector, desc))
            return false;
        to.selector = (uint16_t)(desc->low >> 16);
    }
    return task_descriptor(cpu, to.selector, gate, false, &to.desc) && task_switch(cpu, &to);
}

/* CS:RIP := selector:rip with the descriptor; the last step of every transfer. */
static void transfer(struct cpu *cpu, uint16_t selector, const struct descriptor *desc,
                     unsigned level, uint64_t rip)
{
    code_load(cpu, selector, desc, level);
    cpu->rip = rip;
    cpu_update_mode(cpu);
}

static bool real_target_ok(struct cpu *cpu, uint16_t selector, uint64_t offset)
{
    if (offset > cpu->seg[SEG_CS].limit)
        return RAISE(cpu, VEC_GP, 0, CODE_LIMIT, { EV_SELECTOR, selector }, { EV_OFFSET, offset },
                     { EV_LIMIT, cpu->seg[SEG_CS].limit });
    return true;
}

static void real_transfer(struct cpu *cpu, uint16_t selector, uint64_t offset)
{
    segment_load_real(cpu, SEG_CS, selector);
    cpu->rip = offset;
    cpu_update_mode(cpu);
}

/* The descriptor that a JMP or CALL names. */
static bool target_read(struct cpu *cpu, uint16_t selector, struct descriptor *desc)
{
    if (selector_null(selector))
        return RAISE(cpu, VEC_GP, 0, CODE_NULL, { EV_SELECTOR, selector });
    return descriptor_read(cpu, selector, VEC_GP, false, false, desc);
}

bool far_jump(struct cpu *cpu, uint16_t selector, uint64_t offset, unsigned opsize,
              uint64_t next_rip)
{
    struct descriptor desc;
    struct call_gate gate;
    uint16_t attr;

    offset = zero_extend(offset, opsize);
    if (!cpu_protected(cpu)) {
        if (!real_target_ok(cpu, selector, offset))
            return false;
        real_transfer(cpu, selector, offset);
        return true;
    }
    if (!target_read(cpu, selector, &desc))
        return false;
    attr = descriptor_attr(desc.low);
    if (attr_is_code(attr)) {
        if (!code_of_direct(cpu, selector, &desc) ||
            !code_holds_rip(cpu, selector, &desc, offset, false) ||
            !descriptor_mark_accessed(cpu, &desc))
            return false;
        transfer(cpu, selector, &desc, cpu->cpl, offset);
        return true;
    }
    if (!is_call_gate(cpu, attr_kind(attr)))
        return transfer_to_task(cpu, selector, &desc, TASK_JMP, next_rip);
    if (!call_gate_read(cpu, selector, &desc, &gate))
        return false;
    attr = descriptor_attr(gate.code.low);
    if (!attr_is_conforming(attr) && attr_dpl(attr) != cpu->cpl)
        return RAISE(cpu, VEC_GP, selector_error(gate.selector, false), JMP_GATE_DPL,
                     EV_DESCRIPTOR(gate.selector, &gate.code), { EV_CPL, cpu->cpl },
                     { EV_DPL, attr_dpl(attr) });
    if (!code_holds_rip(cpu, gate.selector, &gate.code, gate.offset, false) ||
        !descriptor_mark_accessed(cpu, &gate.code))
        return false;
    transfer(cpu, gate.selector, &gate.code, cpu->cpl, gate.offset);
    return true;
}

/* CALL without a change of level: push CS and the next RIP on the current stack. */
static bool call_same_level(struct cpu *cpu, uint16_t selector, struct descriptor *code,
                            uint64_t rip, unsigned size, bool flat, uint64_t return_rip)
{
    struct frame frame;

    frame_on_current(cpu, &frame, flat, size);
    frame_push(&frame, cpu->seg[SEG_CS].selector);
    frame_push(&frame, return_rip);
    if (!frame_check(cpu, &frame) || !code_holds_rip(cpu, selector, code, rip, false) ||
        !descriptor_mark_accessed(cpu, code))
        return false;
    cpu->gpr[RSP] = frame_write(cpu, &frame);
    transfer(cpu, selector, code, cpu->cpl, rip);
    return true;
}

/* CALL through a gate to 64-bit code of an inner level. */
static bool call_inner_64(struct cpu *cpu, struct call_gate *gate, unsigned level,
                          uint64_t return_rip)
{
    struct frame frame;
    uint64_t sp;

    if (!task_inner_stack(cpu, level, 0, false, NULL, &sp))
        return false;
    frame_on_flat(&frame, sp, true);
    frame_push(&frame, cpu->seg[SEG_SS].selector);
    frame_push(&frame, cpu->gpr[RSP]);
    frame_push(&frame, cpu->seg[SEG_CS].selector);
    frame_push(&frame, return_rip);
    if (!frame_check(cpu, &frame) ||
        !code_holds_rip(cpu, gate->selector, &gate->code, gate->offset, false) ||
        !descriptor_mark_accessed(cpu, &gate->code))
        return false;
    cpu->gpr[RSP] = frame_write(cpu, &frame);
    segment_load_null(cpu, SEG_SS, (uint16_t)level);
    transfer(cpu, gate->selector, &gate->code, level, gate->offset);
    return true;
}

/* CALL through a 16- or 32-bit gate to an inner level: stack switch, parameters are copied. */
static bool call_inner(struct cpu *cpu, struct call_gate *gate, unsigned level, uint64_t return_rip)
{
    struct frame frame;
    struct descriptor stack;
    uint64_t sp, parameter[32], mask = stack_mask(cpu);
    uint16_t ss;

    if (!task_inner_stack(cpu, level, 0, false, &ss, &sp) ||
        !segment_check_stack(cpu, ss, level, VEC_TS, false, &stack))
        return false;
    frame_on_segment(cpu, &frame, ss, &stack, sp, gate->size);
    frame_push(&frame, cpu->seg[SEG_SS].selector);
    frame_push(&frame, cpu->gpr[RSP]);
    for (unsigned i = 0; i < gate->parameters; i++)
        if (!cpu_read(cpu, SEG_SS, (cpu->gpr[RSP] + i * gate->size) & mask, gate->size,
                      &parameter[i]))
            return false;
    for (unsigned i = gate->parameters; i-- > 0;)
        frame_push(&frame, parameter[i]);
    frame_push(&frame, cpu->seg[SEG_CS].selector);
    frame_push(&frame, return_rip);
    if (!frame_check(cpu, &frame) ||
        !code_holds_rip(cpu, gate->selector, &gate->code, gate->offset, false) ||
        !descriptor_mark_accessed(cpu, &gate->code) || !descriptor_mark_accessed(cpu, &stack))
        return false;
    stack_load(cpu, ss, false, &stack, frame_write(cpu, &frame), 4);
    transfer(cpu, gate->selector, &gate->code, level, gate->offset);
    return true;
}

bool far_call(struct cpu *cpu, uint16_t selector, uint64_t offset, unsigned opsize,
              uint64_t return_rip)
{
    struct descriptor desc;
    struct call_gate gate;
    uint16_t attr;
    unsigned level;

    offset = zero_extend(offset, opsize);
    if (!cpu_protected(cpu)) {
        struct frame frame;

        frame_on_current(cpu, &frame, false, opsize);
        frame_push(&frame, cpu->seg[SEG_CS].selector);
        frame_push(&frame, return_rip);
        if (!frame_check(cpu, &frame) || !real_target_ok(cpu, selector, offset))
            return false;
        cpu->gpr[RSP] = frame_write(cpu, &frame);
        real_transfer(cpu, selector, offset);
        return true;
    }
    if (!target_read(cpu, selector, &desc))
        return false;
    attr = descriptor_attr(desc.low);
    if (attr_is_code(attr))
        return code_of_direct(cpu, selector, &desc) &&
               call_same_level(cpu, selector, &desc, offset, opsize, cpu_code64(cpu), return_rip);
    if (!is_call_gate(cpu, attr_kind(attr)))
        return transfer_to_task(cpu, selector, &desc, TASK_CALL, return_rip);
    if (!call_gate_read(cpu, selector, &desc, &gate))
        return false;
    attr = descriptor_attr(gate.code.low);
    level = attr_dpl(attr);
    if (attr_is_conforming(attr) || level == cpu->cpl)
        return call_same_level(cpu, gate.selector, &gate.code, gate.offset, gate.size,
                               cpu_long_mode(cpu), return_rip);
    return cpu_long_mode(cpu) ? call_inner_64(cpu, &gate, level, return_rip)
                              : call_inner(cpu, &gate, level, return_rip);
}

bool stack_of_return(struct cpu *cpu, uint16_t selector, unsigned level, bool to_64,
                     struct descriptor *desc, bool *null)
{
    *null = selector_null(selector) && to_64 && level < 3;
    if (!*null)
        return segment_check_stack(cpu, selector, level, VEC_GP, false, desc);
    if ((selector & SELECTOR_RPL) != level)
        return RAISE(cpu, VEC_GP, selector_error(selector, false), STACK_RPL,
                     { EV_SELECTOR, selector }, { EV_RPL, selector & SELECTOR_RPL },
                     { EV_ALLOWED, level });
    return true;
}

void stack_load(struct cpu *cpu, uint16_t selector, bool null, const struct descriptor *desc,
                uint64_t sp, unsigned size)
{
    if (null)
        segment_load_null(cpu, SEG_SS, selector);
    else
        segment_fill(cpu, &cpu->seg[SEG_SS], selector, desc->low);
    segment_derive(cpu, SEG_SS);
    gpr_write(cpu, RSP, size, sp);
}

/* How much of RSP a return to this stack writes: a 16-bit stack leaves the upper half. */
unsigned stack_return_size(const struct descriptor *stack, bool to_64)
{
    return to_64 ? 8 : descriptor_attr(stack->low) & ATTR_DB ? 4 : 2;
}

/* RET to an outer level: SS:SP and, once more, the parameters come off. */
static bool return_outer(struct cpu *cpu, uint16_t selector, struct descriptor *code, uint64_t rip,
                         unsigned opsize, uint16_t release)
{
    unsigned level = selector & SELECTOR_RPL;
    bool to_64 = cpu_long_mode(cpu) && (descriptor_attr(code->low) & ATTR_L);
    struct descriptor stack;
    uint64_t sp, ss;
    bool null;

    if (!stack_top(cpu, opsize, 2 * opsize + release, &sp) ||
        !stack_top(cpu, opsize, 3 * opsize + release, &ss) ||
        !stack_of_return(cpu, (uint16_t)ss, level, to_64, &stack, &null) ||
        !code_holds_rip(cpu, selector, code, rip, false) || !descriptor_mark_accessed(cpu, code) ||
        (!null && !descriptor_mark_accessed(cpu, &stack)))
        return false;
    stack_load(cpu, (uint16_t)ss, null, &stack, sp + release, stack_return_size(&stack, to_64));
    code_load(cpu, selector, code, level);
    segments_drop_privileged(cpu);
    cpu->rip = rip;
    cpu_update_mode(cpu);
    return true;
}

bool far_return(struct cpu *cpu, unsigned opsize, uint16_t release)
{
    struct descriptor desc;
    uint64_t rip, cs;
    uint16_t selector;

    if (!stack_top(cpu, opsize, 0, &rip) || !stack_top(cpu, opsize, opsize, &cs))
        return false;
    selector = (uint16_t)cs;
    if (!cpu_protected(cpu)) {
        if (!real_target_ok(cpu, selector, rip))
            return false;
        stack_release(cpu, 2 * opsize + release);
        real_transfer(cpu, selector, rip);
        return true;
    }
    if (!code_of_return(cpu, selector, &desc))
        return false;
    if ((selector & SELECTOR_RPL) > cpu->cpl)
        return return_outer(cpu, selector, &desc, rip, opsize, release);
    if (!code_holds_rip(cpu, selector, &desc, rip, false) || !descriptor_mark_accessed(cpu, &desc))
        return false;
    stack_release(cpu, 2 * opsize + release);
    transfer(cpu, selector, &desc, cpu->cpl, rip);
    return true;
}
