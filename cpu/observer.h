/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/observer.h - callbacks for those who look on: tracing, catch points, lint. A NULL callback
 * costs nothing; `instruction` makes the engine run one instruction at a time.
 */
#ifndef CPU_OBSERVER_H
#define CPU_OBSERVER_H

#include "cpu/cpu.h"

struct observer {
    void *context;
    /* Before each instruction, at its boundary. True: stop the run here. */
    bool (*instruction)(void *context, struct cpu *cpu);
    /* An exception, before it is delivered (cpu->fault). True: stop the run; it is delivered when
     * the run goes on. */
    bool (*exception)(void *context, struct cpu *cpu);
    /* An interrupt was taken: vector, and whether it came from outside. True: stop. */
    bool (*interrupt)(void *context, struct cpu *cpu, unsigned vector, bool external);
    /* After a port access (size in bytes). True: stop after the instruction. */
    bool (*port)(void *context, struct cpu *cpu, uint16_t port, unsigned size, bool write,
                 uint64_t value);
    /* After RDMSR/WRMSR. */
    bool (*msr)(void *context, struct cpu *cpu, uint32_t index, bool write, uint64_t value);
    /* CPU mode changed (MODE_*, paging, CPL class): old and new name. */
    bool (*mode)(void *context, struct cpu *cpu, const char *from, const char *to);
    /* A control register was written: number 0, 2, 3, 4, 8. */
    bool (*control)(void *context, struct cpu *cpu, unsigned number, uint64_t old, uint64_t value);
    bool stop; /* one of them asked to stop */
};

#endif
