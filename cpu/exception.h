/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exception.h - vectors, and why an exception was raised. Every raise names a reason and its
 * evidence; the check and the reason are one line of code. Nested faults keep the chain.
 * Source: SDM Vol. 3A, "Interrupt and Exception Handling".
 */
#ifndef CPU_EXCEPTION_H
#define CPU_EXCEPTION_H

#include "util/out.h"
#include "util/types.h"

struct cpu;

enum vector {
    VEC_DE = 0,
    VEC_DB = 1,
    VEC_NMI = 2,
    VEC_BP = 3,
    VEC_OF = 4,
    VEC_BR = 5,
    VEC_UD = 6,
    VEC_NM = 7,
    VEC_DF = 8,
    VEC_TS = 10,
    VEC_NP = 11,
    VEC_SS = 12,
    VEC_GP = 13,
    VEC_PF = 14,
    VEC_MF = 16,
    VEC_AC = 17,
    VEC_MC = 18,
    VEC_XM = 19,
};

/* Page-fault error code bits. */
enum { PF_P = 1, PF_W = 2, PF_U = 4, PF_RSVD = 8, PF_I = 16, PF_PK = 32 };

/* Reason codes: rows of cpu/reasons.def. */
enum reason {
    REASON_NONE,
#define REASON(id, text, section) REASON_##id,
#include "cpu/reasons.def"
#undef REASON
    REASON_COUNT
};

enum evidence_kind {
    EV_NONE,
    EV_SELECTOR,      /* segment selector */
    EV_TABLE_LIMIT,   /* limit of the descriptor table */
    EV_DESC_ADDRESS,  /* linear address of the descriptor */
    EV_DESC,          /* its 8 bytes */
    EV_ENTRY_ADDRESS, /* physical address of a paging entry */
    EV_ENTRY,         /* its value */
    EV_LEVEL,         /* 5 PML5E ... 1 PTE */
    EV_LINEAR,        /* linear address accessed */
    EV_OFFSET,        /* effective address */
    EV_SIZE,          /* bytes accessed */
    EV_LIMIT,         /* segment limit */
    EV_CPL,
    EV_DPL,
    EV_RPL,
    EV_VALUE,    /* the value that was refused */
    EV_ALLOWED,  /* the bits or value that would be accepted */
    EV_REGISTER, /* control register or MSR number */
    EV_SEGMENT,  /* enum seg */
    EV_VECTOR,   /* IDT vector */
    EV_KEY,      /* protection key of the page */
};

struct evidence {
    uint8_t kind; /* enum evidence_kind */
    uint64_t value;
};

#define EVIDENCE_MAX 6

/* One exception, as it was raised. */
struct fault {
    uint8_t vector;
    bool has_error;
    bool external; /* EXT: raised while delivering an external event */
    bool new_task; /* raised by a task switch that was made: cpu->rip is the new task's and what is
                      pushed; the engine leaves it alone */
    uint16_t reason; /* enum reason */
    uint32_t error;
    uint64_t cr2;  /* #PF only: the linear address */
    uint64_t dr6;  /* #DB only: bits to set in DR6 */
    uint64_t tick; /* when */
    uint16_t cs;   /* where: the instruction that raised it */
    uint64_t rip;
    struct evidence evidence[EVIDENCE_MAX];
};

/*
 * Record an exception in cpu->fault; the engine delivers it once the instruction has been left.
 * Always returns false, so that a check reads: return RAISE(cpu, VEC_GP, 0, REASON, {EV_X, x}).
 * Vectors 8, 10-14, 17 carry `error`. #PF also sets fault.cr2 from the EV_LINEAR evidence.
 */
bool cpu_raise(struct cpu *cpu, enum vector vector, uint32_t error, enum reason reason,
               const struct evidence *evidence);
#define RAISE(cpu, vector, error, reason, ...)                                                     \
    cpu_raise(cpu, vector, error, REASON_##reason,                                                 \
              (const struct evidence[EVIDENCE_MAX]){ __VA_ARGS__ })

/* "#GP", "#PF", ...; "INT 80h" style names are the caller's business. */
const char *vector_name(unsigned vector);
bool vector_has_error(unsigned vector);
/* Words for a reason row: text and manual section. */
const char *reason_text(enum reason reason);
const char *reason_section(enum reason reason);
const char *reason_name(enum reason reason);
const char *evidence_name(enum evidence_kind kind);

/*
 * Deliver cpu->fault through the IDT. Contributory faults on the way become #DF, then shutdown
 * (cpu->activity = CPU_SHUTDOWN). The chain is kept in cpu->chain[] from first cause to last.
 */
void exception_deliver(struct cpu *cpu);

#endif
