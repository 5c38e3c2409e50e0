/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/insn.h - a decoded instruction, and what a row of the instruction table says.
 */
#ifndef CPU_INSN_H
#define CPU_INSN_H

#include "util/types.h"

struct cpu;
struct insn;
struct trace;

/* How a handler is left. EXEC_NEXT: done, the next one follows (seen by the engine only in builds
 * without tail calls: it is at cpu->cursor). */
enum exec {
    EXEC_NEXT,    /* go on at cpu->cursor */
    EXEC_LEAVE,   /* instruction boundary, cpu->rip is set, look at time and events */
    EXEC_FAULTED, /* nothing of the instruction was done: cpu->fault is set, or cpu->want_alone: it
                     reaches a device or a watchpoint and must be run singly, at its exact tick.
                     Handlers leave with EXEC_FAULT, which notes the instruction (exec.h). */
    EXEC_BREAK,   /* a breakpoint stands before this instruction */
};

typedef enum exec (*exec_fn)(struct cpu *cpu, struct insn *insn);

/* Register numbers of an instruction's address: gpr[16] is always 0, gpr[17] the trace's RIP. */
enum gpr {
    RAX,
    RCX,
    RDX,
    RBX,
    RSP,
    RBP,
    RSI,
    RDI,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15,
    REG_ZERO = 16,
    REG_TRACE_IP = 17,
    GPR_COUNT = 18
};

enum seg {
    SEG_ES,
    SEG_CS,
    SEG_SS,
    SEG_DS,
    SEG_FS,
    SEG_GS,
    SEG_FLAT,    /* 64-bit mode: base 0, faults are #GP(0) */
    SEG_FLAT_SS, /* 64-bit mode: base 0, faults are #SS(0) */
    SEG_COUNT
};

enum { ASIZE_16, ASIZE_32, ASIZE_64 };
enum { OPSIZE_8, OPSIZE_16, OPSIZE_32, OPSIZE_64 }; /* log2 of bytes */
enum { REP_NONE, REP_F3, REP_F2 };

/*
 * Registers: the row's operand 1 is `dst`, operand 2 `src`, operand 3 `third`, whichever of them
 * are registers. Byte registers are kept as an offset into the register file (number * 8, + 1 for
 * AH CH DH BH), all others as numbers. In a memory form base, index, scale, disp and seg are the
 * address: seg:(base + (index << scale) + disp) cut to asize.
 */
struct insn {
    exec_fn exec;
    union {
        uint64_t imm;       /* sign- or zero-extended as the row says; far pointer: offset |
                               selector << 32; ENTER: size | level << 16 */
        struct trace *link; /* direct branches: the trace at the target, once known */
    };
    int32_t disp; /* address displacement; direct branches: target - next instruction */
    uint8_t dst, src;
    union {
        uint8_t base;  /* memory form */
        uint8_t third; /* register form: the third operand */
    };
    uint8_t index;
    uint16_t offset; /* bytes from the start of the trace */
    uint8_t length;  /* bytes, 1-15; 0: pseudo-instruction */
    uint8_t left;    /* instructions from this one to the end of the trace, itself included */
    uint16_t row;    /* index into the instruction table */
    uint8_t seg : 3; /* enum seg */
    uint8_t lock : 1;
    uint8_t rep : 2;  /* REP_*: the F3/F2 byte, also where it is a mandatory prefix */
    uint8_t vlen : 2; /* vector length: 0 128, 1 256, 2 512 bits */
    uint8_t scale : 2;
    uint8_t asize : 2;  /* ASIZE_* */
    uint8_t opsize : 2; /* OPSIZE_* of the row's v operands */
    uint8_t mem : 1;    /* memory form */
    uint8_t seg_override : 1;
};

/* What the CPU must be like for a decoded trace to be right: part of the trace key. */
enum {
    MODE_CODE16 = 0,
    MODE_CODE32 = 1,
    MODE_CODE64 = 2,
    MODE_CODE_MASK = 3,
    MODE_STACK32 = 4, /* SS.B; not in 64-bit mode */
    MODE_ALONE = 8,   /* trace key only: one instruction, no breakpoint checks */
    MODE_COUNT = 16
};

/* Operand forms that a handler is specialised for. M: 64-bit mode, no FS/GS; N: any address. */
enum form {
    FORM_R_R,
    FORM_R_I,
    FORM_R_M,
    FORM_R_N,
    FORM_M_R,
    FORM_N_R,
    FORM_M_I,
    FORM_N_I,
    FORM_R,
    FORM_M,
    FORM_N,
    FORM_COUNT
};

/*
 * The handlers of one instruction. `any` alone: one function serves all forms (it asks insn).
 * Otherwise fn[form][log2 of the operand size]; a NULL entry falls back on `any`.
 */
struct handlers {
    exec_fn any;
    exec_fn fn[FORM_COUNT][4];
};

/* Row attributes. */
enum {
    A_NONE = 0,
    A_END = 1 << 0,      /* ends a trace: branches, mode changes, anything that may unmask events */
    A_CPL0 = 1 << 1,     /* #GP(0) unless CPL is 0 (for disassembly, explain, tests) */
    A_IO = 1 << 2,       /* reaches a device or the clock: ends a trace, exact tick */
    A_LOCK = 1 << 3,     /* LOCK is legal when the destination is memory */
    A_REP = 1 << 4,      /* REP prefixes: MOVS STOS LODS INS OUTS */
    A_REPZ = 1 << 5,     /* REPE/REPNE: CMPS SCAS */
    A_DEF64 = 1 << 6,    /* operand size defaults to 64 in 64-bit mode (PUSH, near branches) */
    A_FORCE64 = 1 << 7,  /* operand size is 64 in 64-bit mode, 66h or not */
    A_NO64 = 1 << 8,     /* #UD in 64-bit mode */
    A_ONLY64 = 1 << 9,   /* #UD outside 64-bit mode */
    A_PROT = 1 << 10,    /* #UD in real and virtual-8086 mode */
    A_FPU = 1 << 11,     /* x87: #NM by CR0.EM/TS, #MF pending */
    A_MMX = 1 << 12,     /* #UD by CR0.EM, #NM by CR0.TS, #MF pending */
    A_SSE = 1 << 13,     /* #UD by CR0.EM or CR4.OSFXSR clear, #NM by CR0.TS */
    A_ALIGN16 = 1 << 14, /* memory operand must be aligned to its size: #GP(0) */
    A_UNDOC = 1 << 15,   /* works, but the manual does not describe it */
    A_AVX = 1 << 16,
    A_BRANCH = 1 << 17, /* near branch; direct if the operand is J */
    A_CALL = 1 << 18,
    A_RET = 1 << 19,
    A_NOP_OPSIZE = 1 << 20,     /* 66h does not change the operands (mandatory prefix or ignored) */
    A_MAY_FAULT_LATE = 1 << 21, /* not used by engines: reads and writes memory apart */
};

enum { ACC_NONE, ACC_R, ACC_W, ACC_RW, ACC_ADDR };

/* What decoding and translation read of a row stands in one cache line. */
struct row {
    _Alignas(64) const struct handlers *handlers;
    uint32_t opcode; /* map, byte and conditions: insn_codes.h */
    uint32_t attributes;
    uint16_t flags_tested;    /* EFLAGS bits 0-11 that are read */
    uint16_t flags_written;   /* ... that may change, the undefined ones among them */
    uint16_t flags_undefined; /* ... that the manual leaves undefined: a part of flags_written */
    uint16_t feature;         /* enum feature */
    uint32_t operands[4];     /* kind, size, access, fixed value: insn_codes.h */
    uint64_t kinds;           /* which kinds are among them: 1 << K_* */
    uint32_t match, mask;     /* conditions by bits, derived: MATCH_* of insn_codes.h */
    uint64_t undefined;       /* what becomes of undefined flags: row_undefined() */
    const char *id;           /* "IMUL_Gv_Ev" */
    const char *mnemonic;     /* "imul" */
    const char *title;        /* manual section */
};

#endif
