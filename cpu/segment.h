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

/*
 * Read the descriptor that `selector` names from the GDT or LDT (supervisor access). Outside the
 * table: raises `vector` (#GP, #TS, ...) with the selector as error code (`ext`: EXT bit).
 * `wide`: a 16-byte system descriptor is expected (IA-32e mode).
 */
MUST_CHECK bool descriptor_read(struct cpu *cpu, uint16_t selector, enum vector vector, bool ext,
                                bool wide, struct descriptor *desc);
/* Fill a segment cache from a descriptor; no checks. */
void segment_fill(struct cpu *cpu, struct segment *seg, uint16_t selector, uint64_t desc);
/* Load ES SS DS FS GS as MOV and POP do, in the current mode, with all checks. */
MUST_CHECK bool segment_load(struct cpu *cpu, enum seg seg, uint16_t selector);
/* Real and virtual-8086 mode: base = selector * 16; in virtual-8086 mode also limit and rights. */
void segment_load_real(struct cpu *cpu, enum seg seg, uint16_t selector);
/* Recompute read_end and write_end of one cache (cpu_update_mode does all). */
void segment_derive(struct cpu *cpu, enum seg seg);
/* The effective address `offset` + `bytes` is not inside what `access` may do in seg: raise it. */
bool segment_refuse(struct cpu *cpu, enum seg seg, uint64_t offset, unsigned bytes,
                    enum access access);
/* Set the accessed bit of a descriptor in memory, if clear. */
MUST_CHECK bool descriptor_mark_accessed(struct cpu *cpu, struct descriptor *desc);

/* far_transfer.c: the operation of far JMP, CALL, RET. opsize in bytes (2, 4, 8). On success CS:RIP
 * are loaded and the caller leaves with EXEC_LEAVE. */
MUST_CHECK bool far_jump(struct cpu *cpu, uint16_t selector, uint64_t offset, unsigned opsize);
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
MUST_CHECK bool interrupt_return(struct cpu *cpu, unsigned opsize); /* IRET; CS:RIP loaded */
/*
 * At an instruction boundary: take what is pending in the manual's priority order (RESET, SMI,
 * INIT, traps of the last instruction, NMI, INTR), honouring shadows; wakes from HLT.
 * True: something was delivered.
 */
bool interrupt_service(struct cpu *cpu);

/* task.c */
enum task_cause { TASK_JMP, TASK_CALL, TASK_INT, TASK_IRET };
/* Switch to the task whose TSS descriptor is `desc`; next_rip is saved in the old TSS.
 * has_error: push `error` on the new task's stack. */
MUST_CHECK bool task_switch(struct cpu *cpu, uint16_t selector, struct descriptor *desc,
                            enum task_cause cause, uint64_t next_rip, bool has_error,
                            uint32_t error);
/* The stack for privilege level `level` (0-2) from the current 16- or 32-bit TSS, or RSPn / ISTn of
 * the 64-bit one (ist 1-7). */
MUST_CHECK bool task_inner_stack(struct cpu *cpu, unsigned level, unsigned ist, uint16_t *ss,
                                 uint64_t *sp);
/* I/O permission: CPL <= IOPL, or the TSS bitmap's bits for port..port+size-1 are clear; #GP(0). */
MUST_CHECK bool task_io_allowed(struct cpu *cpu, uint16_t port, unsigned size);

#endif
