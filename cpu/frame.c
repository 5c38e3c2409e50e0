/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/frame.c - stacks that are checked before they are written: what far calls and events push.
 * Source: SDM Vol. 3A, "Stack Switching", "Exception- or Interrupt-Handler Procedures".
 */
#include <assert.h>

#include "cpu/protection.h"

static uint64_t frame_mask(const struct frame *frame)
{
    return frame->flat ? UINT64_MAX : frame->ss.attr & ATTR_DB ? UINT32_MAX : UINT64_C(0xffff);
}

void frame_on_current(const struct cpu *cpu, struct frame *frame, bool flat, unsigned size)
{
    frame->ss = cpu->seg[SEG_SS];
    frame->flat = flat;
    frame->inner = false;
    frame->error = 0;
    frame->sp = cpu->gpr[RSP];
    frame->size = size;
    frame->count = 0;
}

void frame_on_segment(struct cpu *cpu, struct frame *frame, uint16_t selector,
                      const struct descriptor *desc, uint64_t sp, unsigned size)
{
    segment_fill(cpu, &frame->ss, selector, desc->low);
    frame->flat = false;
    frame->inner = true;
    frame->error = selector & ~3u;
    frame->sp = sp;
    frame->size = size;
    frame->count = 0;
}

void frame_on_flat(struct frame *frame, uint64_t sp, bool inner)
{
    frame->ss = (struct segment){ 0 };
    frame->flat = true;
    frame->inner = inner;
    frame->error = 0;
    frame->sp = sp;
    frame->size = 8;
    frame->count = 0;
}

void frame_push(struct frame *frame, uint64_t value)
{
    assert(frame->count < ARRAY_SIZE(frame->slot));
    frame->slot[frame->count++] = zero_extend(value, frame->size);
}

/* Offset of slot i, counted from the first push. */
static uint64_t slot_offset(const struct frame *frame, unsigned i)
{
    return (frame->sp - (i + 1) * frame->size) & frame_mask(frame);
}

static lin_addr slot_linear(const struct cpu *cpu, const struct frame *frame, uint64_t offset)
{
    lin_addr la = (frame->flat ? 0 : frame->ss.base) + offset;

    return cpu_long_mode(cpu) && frame->flat ? la : (uint32_t)la;
}

static bool check_range(struct cpu *cpu, const struct frame *frame, uint64_t offset, unsigned bytes)
{
    enum privilege as = frame->inner ? AS_SUPERVISOR : AS_CPL;
    lin_addr la = slot_linear(cpu, frame, offset);

    if (frame->flat) {
        if (!is_canonical(cpu, la) || !is_canonical(cpu, la + bytes - 1))
            return RAISE(cpu, VEC_SS, frame->error, STACK_NON_CANONICAL, { EV_LINEAR, la },
                         { EV_SIZE, bytes });
    } else if (!(frame->ss.attr & ATTR_P)) {
        return RAISE(cpu, VEC_SS, frame->error, SEGMENT_NULL, { EV_SEGMENT, SEG_SS },
                     { EV_SELECTOR, frame->ss.selector });
    } else if (!segment_holds(&frame->ss, offset, bytes)) {
        return RAISE(cpu, VEC_SS, frame->error, STACK_NO_ROOM, { EV_SELECTOR, frame->ss.selector },
                     { EV_OFFSET, offset }, { EV_SIZE, bytes }, { EV_LIMIT, frame->ss.limit },
                     { EV_VALUE, frame->ss.attr });
    }
    return linear_aligned(cpu, la, frame->size, as) &&
           linear_probe(cpu, la, bytes, ACCESS_WRITE, as);
}

bool frame_check(struct cpu *cpu, const struct frame *frame)
{
    unsigned bytes = frame->count * frame->size;

    if ((frame->sp & frame_mask(frame)) >= bytes || frame->flat) /* in one piece */
        return check_range(cpu, frame, slot_offset(frame, frame->count - 1), bytes);
    for (unsigned i = 0; i < frame->count; i++)
        if (!check_range(cpu, frame, slot_offset(frame, i), frame->size))
            return false;
    return true;
}

uint64_t frame_write(struct cpu *cpu, const struct frame *frame)
{
    enum privilege as = frame->inner ? AS_SUPERVISOR : AS_CPL;
    uint64_t mask = frame_mask(frame);

    for (unsigned i = 0; i < frame->count; i++) {
        bool written = linear_write(cpu, slot_linear(cpu, frame, slot_offset(frame, i)),
                                    frame->size, as, frame->slot[i]);

        (void)written; /* frame_check saw that it can be */
    }
    return (frame->sp & ~mask) | ((frame->sp - frame->count * frame->size) & mask);
}
