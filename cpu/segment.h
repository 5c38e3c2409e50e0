/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/segment.h - selectors, descriptors and the descriptor caches.
 * Source: SDM Vol. 3A, "Segment Descriptors", "Protection".
 */
#ifndef CPU_SEGMENT_H
#define CPU_SEGMENT_H

#include "cpu/access.h"

/* A descriptor as read from a table: 8 bytes, or 16 for system descriptors in IA-32e mode. */
struct descriptor {
    lin_addr address;
    uint64_t low, high;
};

static inline uint32_t descriptor_limit(uint64_t d)
{
    uint32_t limit = (uint32_t)(d & 0xffff) | (uint32_t)(d >> 32 & 0xf0000);

    return d & BIT(55) ? limit << 12 | 0xfff : limit;
}

static inline uint32_t descriptor_base(uint64_t d)
{
    return (uint32_t)(d >> 16 & 0xffffff) | (uint32_t)(d >> 32 & 0xff000000);
}

/* Type 0-3, S 4, DPL 5-6, P 7, AVL 12, L 13, D/B 14, G 15: struct segment's attr. */
static inline uint16_t descriptor_attr(uint64_t d)
{
    return (uint16_t)(d >> 40 & 0xf0ff);
}

/* clang-format off */
enum {
    SYSTEM_TSS16 = 1, SYSTEM_LDT = 2, SYSTEM_TSS16_BUSY = 3, SYSTEM_CALL_GATE16 = 4,
    SYSTEM_TASK_GATE = 5, SYSTEM_INT_GATE16 = 6, SYSTEM_TRAP_GATE16 = 7, SYSTEM_TSS32 = 9,
    SYSTEM_TSS32_BUSY = 11, SYSTEM_CALL_GATE32 = 12, SYSTEM_INT_GATE32 = 14,
    SYSTEM_TRAP_GATE32 = 15, /* 9 and up: the 64-bit ones in IA-32e mode */
};
/* clang-format on */
#define SELECTOR_RPL 3
#define SELECTOR_LDT 4 /* table indicator */

static inline bool selector_null(uint16_t selector)
{
    return !(selector & ~SELECTOR_RPL);
}

static inline unsigned attr_dpl(uint16_t attr)
{
    return attr >> 5 & 3;
}

/* S and type: code 18h-1Fh, data 10h-17h, system 0-Fh. */
static inline unsigned attr_kind(uint16_t attr)
{
    return attr & (ATTR_S | ATTR_TYPE);
}

static inline bool attr_is_code(uint16_t attr)
{
    return (attr & (ATTR_S | TYPE_CODE)) == (ATTR_S | TYPE_CODE);
}

static inline bool attr_is_conforming(uint16_t attr)
{
    return attr_is_code(attr) && (attr & TYPE_CONFORMING);
}

static inline bool attr_is_writable_data(uint16_t attr)
{
    return (attr & (ATTR_S | TYPE_CODE | TYPE_WRITABLE)) == (ATTR_S | TYPE_WRITABLE);
}

/* Data or readable code: what DS, ES, FS and GS may hold. */
static inline bool attr_is_readable(uint16_t attr)
{
    return (attr & ATTR_S) && (!(attr & TYPE_CODE) || (attr & TYPE_READABLE));
}

/*
 * Find the descriptor that `selector` names in the GDT or LDT and read it (supervisor access).
 * *inside: the table holds it. False: #PF on the way.
 * `wide`: 16 bytes, a system descriptor of IA-32e mode.
 */
MUST_CHECK bool descriptor_find(struct cpu *cpu, uint16_t selector, bool wide,
                                struct descriptor *desc, bool *inside);
/*
 * The same for those who must have it. Outside the table: raises `vector` (#GP, #TS, ...) with the
 * selector as error code (`ext`: EXT bit).
 */
MUST_CHECK bool descriptor_read(struct cpu *cpu, uint16_t selector, enum vector vector, bool ext,
                                bool wide, struct descriptor *desc);
/* Set the accessed bit of a descriptor in memory, if clear. */
MUST_CHECK bool descriptor_mark_accessed(struct cpu *cpu, struct descriptor *desc);
/* Set or clear the busy bit of the TSS descriptor at `address`. */
MUST_CHECK bool descriptor_set_busy(struct cpu *cpu, lin_addr address, bool busy);

/* Fill a segment cache from a descriptor; no checks, derives nothing. */
void segment_fill(struct cpu *cpu, struct segment *seg, uint16_t selector, uint64_t desc);
/* Load ES SS DS FS GS as MOV and POP do, in the current mode, with all checks. */
MUST_CHECK bool segment_load(struct cpu *cpu, enum seg seg, uint16_t selector);
/* Real and virtual-8086 mode: base = selector * 16; in virtual-8086 mode also limit and rights. */
void segment_load_real(struct cpu *cpu, enum seg seg, uint16_t selector);
/* A null selector: P clear. FS and GS lose their base. */
void segment_load_null(struct cpu *cpu, enum seg seg, uint16_t selector);
/* Recompute read_end and write_end of one cache: after every change of it. */
void segment_derive(struct cpu *cpu, enum seg seg);
/* Is offset .. offset + bytes - 1 within the limit (also of an expand-down segment)? */
bool segment_holds(const struct segment *seg, uint64_t offset, unsigned bytes);
/*
 * The slow check of an access: may it be made at all? If not, raise #GP(0) or #SS(0) with the
 * reason. True: it may (the inline check was only too coarse to see it).
 */
MUST_CHECK bool segment_refuse(struct cpu *cpu, enum seg seg, uint64_t offset, unsigned bytes,
                               enum access access);
/*
 * The checks of a stack segment selector for privilege level `level`, as a change of level makes
 * them: `vector` is #TS (inner level, task switch) or #GP (RET, IRET). Not null, writable data,
 * RPL = DPL = level; not present: #SS(selector).
 */
MUST_CHECK bool segment_check_stack(struct cpu *cpu, uint16_t selector, unsigned level,
                                    enum vector vector, bool ext, struct descriptor *desc);

/* far_transfer.c: the operation of far JMP, CALL, RET. opsize in bytes (2, 4, 8). On success CS:RIP
 * are loaded and the caller leaves with EXEC_LEAVE. next_rip, return_rip: the next instruction. */
MUST_CHECK bool far_jump(struct cpu *cpu, uint16_t selector, uint64_t offset, unsigned opsize,
                         uint64_t next_rip);
MUST_CHECK bool far_call(struct cpu *cpu, uint16_t selector, uint64_t offset, unsigned opsize,
                         uint64_t return_rip);
MUST_CHECK bool far_return(struct cpu *cpu, unsigned opsize, uint16_t release);

/* interrupt.c: an event through the IDT or the real-mode vector table. */
enum event_kind {
    EVENT_EXCEPTION, /* fault, trap or abort raised by the processor */
    EVENT_EXTERNAL,  /* INTR, NMI */
    EVENT_INT_N,     /* INT n: DPL is checked, IOPL in virtual-8086 mode */
    EVENT_INT3_INTO, /* INT3, INTO: DPL is checked */
    EVENT_INT1,      /* ICEBP */
};
/*
 * Vector through the gate: pushes, switches stack, loads CS:RIP. return_rip is what is pushed.
 * False: cpu->fault holds the new exception (EXT set for external events); state as before.
 */
MUST_CHECK bool interrupt_deliver(struct cpu *cpu, unsigned vector, enum event_kind kind,
                                  bool has_error, uint32_t error, uint64_t return_rip);
/* IRET. CS:RIP are loaded; next_rip is saved if it is a task return. */
MUST_CHECK bool interrupt_return(struct cpu *cpu, unsigned opsize, uint64_t next_rip);
/*
 * At an instruction boundary: take what is pending in the manual's priority order (RESET, SMI,
 * INIT, traps of the last instruction, NMI, INTR), honouring shadows; wakes from HLT.
 * True: something was delivered.
 */
bool interrupt_service(struct cpu *cpu);

/* task.c */
enum task_cause { TASK_JMP, TASK_CALL, TASK_INT, TASK_IRET };
struct task_request {
    enum task_cause cause;
    uint16_t selector;      /* of the new task's TSS ... */
    struct descriptor desc; /* ... and its descriptor: type and rights were checked */
    uint64_t next_rip;      /* saved in the old TSS */
    uint64_t eflags;        /* likewise (NT is handled here) */
    bool ext;               /* EXT bit of error codes */
    bool has_error;         /* push `error` on the new task's stack */
    uint32_t error;
};
/*
 * False: either nothing was changed, or fault.new_task is set: the switch was made and the new
 * task's first act is this fault, to be delivered with cpu->rip as it stands.
 */
MUST_CHECK bool task_switch(struct cpu *cpu, const struct task_request *to);
/* Read and check the TSS descriptor that a JMP, CALL or task gate names: #GP or #NP. In a task gate
 * (`gate`) it must be in the GDT; otherwise CPL and RPL are held against its DPL. */
MUST_CHECK bool task_descriptor(struct cpu *cpu, uint16_t selector, bool gate, bool ext,
                                struct descriptor *desc);
/* The stack for privilege level `level` (0-2) from the current 16- or 32-bit TSS, or RSPn / ISTn of
 * the 64-bit one (ist 1-7; *ss is not set). */
MUST_CHECK bool task_inner_stack(struct cpu *cpu, unsigned level, unsigned ist, bool ext,
                                 uint16_t *ss, uint64_t *sp);
/* I/O permission: CPL <= IOPL, or the TSS bitmap's bits for port..port+size-1 are clear; #GP(0). */
MUST_CHECK bool task_io_allowed(struct cpu *cpu, uint16_t port, unsigned size);
/* CR4.VME: does the TSS send INT `vector` of a virtual-8086 program to its own interrupt table? */
MUST_CHECK bool task_redirects(struct cpu *cpu, unsigned vector, bool *redirects);

#endif
