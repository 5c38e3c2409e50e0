/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/protection.h - what segment.c, far_transfer.c, interrupt.c and task.c share: evidence of
 * descriptors, targets of control transfers, and stacks that are checked before they are written.
 */
#ifndef CPU_PROTECTION_H
#define CPU_PROTECTION_H

#include "cpu/segment.h"

/* Three pieces of evidence: the selector, where its descriptor is, and what it says. */
#define EV_DESCRIPTOR(selector, desc)                                                              \
    { EV_SELECTOR, selector }, { EV_DESC_ADDRESS, (desc)->address },                               \
    {                                                                                              \
        EV_DESC, (desc)->low                                                                       \
    }

/* Error code that names a selector. */
static inline uint32_t selector_error(uint16_t selector, bool ext)
{
    return (selector & ~3u) | ext;
}

/* segment.c */
MUST_CHECK bool segment_check_data(struct cpu *cpu, uint16_t selector, enum vector vector, bool ext,
                                   struct descriptor *desc);
void segments_drop_privileged(struct cpu *cpu);

/* far_transfer.c */
/* Is CS:rip inside the code segment of `desc` (or canonical, if that is 64-bit code)? #GP(ext). */
MUST_CHECK bool code_holds_rip(struct cpu *cpu, uint16_t selector, const struct descriptor *desc,
                               uint64_t rip, bool ext);
/*
 * The code segment that a call gate or interrupt gate names: not null, code, DPL <= CPL, 64-bit in
 * IA-32e mode, present. #GP(selector), #NP(selector).
 */
MUST_CHECK bool code_of_gate(struct cpu *cpu, uint16_t selector, bool ext, struct descriptor *desc);
/* The code segment that RET or IRET goes back to. */
MUST_CHECK bool code_of_return(struct cpu *cpu, uint16_t selector, struct descriptor *desc);
/* Commit: CS := selector with RPL = CPL = level. The caller sets the rest and updates the mode. */
void code_load(struct cpu *cpu, uint16_t selector, const struct descriptor *desc, unsigned level);
/* The stack segment of an outer (or 64-bit) return; *null: a null selector that is allowed. */
MUST_CHECK bool stack_of_return(struct cpu *cpu, uint16_t selector, unsigned level, bool to_64,
                                struct descriptor *desc, bool *null);
/* How many bytes of RSP a return to that stack loads: all of it, 4, or (16-bit stack) 2. */
unsigned stack_return_size(const struct descriptor *stack, bool to_64);
/* Commit it: SS, and `size` bytes of RSP. */
void stack_load(struct cpu *cpu, uint16_t selector, bool null, const struct descriptor *desc,
                uint64_t sp, unsigned size);

/*
 * A stack on which words are collected, checked and only then written, so that a fault in the
 * middle leaves neither memory nor registers changed.
 */
struct frame {
    struct segment ss; /* not necessarily loaded yet */
    bool flat;         /* 64-bit mode: no limit, canonical addresses */
    bool inner;        /* of another privilege level: written with the processor's rights */
    uint32_t error;    /* error code of #SS: 0, EXT, or the new stack's selector */
    uint64_t sp;
    unsigned size; /* bytes of a slot: 2, 4, 8 */
    unsigned count;
    uint64_t slot[40]; /* in the order of the pushes */
};

/* The current stack of the current mode; `flat`: 64-bit code is what will run on it. */
void frame_on_current(const struct cpu *cpu, struct frame *frame, bool flat, unsigned size);
/* A stack in a segment that is not loaded yet. */
void frame_on_segment(struct cpu *cpu, struct frame *frame, uint16_t selector,
                      const struct descriptor *desc, uint64_t sp, unsigned size);
/* A stack of 64-bit mode at `sp`. */
void frame_on_flat(struct frame *frame, uint64_t sp, bool inner);
void frame_push(struct frame *frame, uint64_t value);
/* Limits, canonical form and paging of everything pushed. #SS(error), #PF. */
MUST_CHECK bool frame_check(struct cpu *cpu, const struct frame *frame);
/* After a good frame_check: write it. Returns the new stack pointer, all 64 bits of it. */
uint64_t frame_write(struct cpu *cpu, const struct frame *frame);

#endif
