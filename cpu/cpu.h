/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/cpu.h - the architectural state of one logical processor, in the order of the manual, and
 * what the engines need beside it. Source: SDM Vol. 1, "Basic Execution Environment"; Vol. 3A,
 * "System Architecture Overview", "Processor Management and Initialization".
 */
#ifndef CPU_CPU_H
#define CPU_CPU_H

#include "cpu/exception.h"
#include "cpu/float80.h"
#include "cpu/insn.h"
#include "memory/space.h"
#include "util/clock.h"
#include "util/field.h"
#include "util/log.h"

enum feature {
    F_NONE, /* every processor */
#define FEATURE(id, name, leaf, subleaf, reg, bit) F_##id,
#include "cpu/features.def"
#undef FEATURE
    F_COUNT
};

/* EFLAGS. Source: SDM Vol. 1, "EFLAGS Register". */
enum {
    CF = 1 << 0,
    EFLAGS_ONE = 1 << 1, /* always set */
    PF = 1 << 2,
    AF = 1 << 4,
    ZF = 1 << 6,
    SF = 1 << 7,
    TF = 1 << 8,
    IF = 1 << 9,
    DF = 1 << 10,
    OF = 1 << 11,
    IOPL_SHIFT = 12,
    IOPL = 3 << IOPL_SHIFT,
    NT = 1 << 14,
    RF = 1 << 16,
    VM = 1 << 17,
    AC = 1 << 18,
    VIF = 1 << 19,
    VIP = 1 << 20,
    ID = 1 << 21,
    EFLAGS_STATUS = CF | PF | AF | ZF | SF | OF,
};

enum {
    CR0_PE = 1 << 0,
    CR0_MP = 1 << 1,
    CR0_EM = 1 << 2,
    CR0_TS = 1 << 3,
    CR0_ET = 1 << 4,
    CR0_NE = 1 << 5,
    CR0_WP = 1 << 16,
    CR0_AM = 1 << 18,
    CR0_NW = 1 << 29,
    CR0_CD = 1 << 30,
};
#define CR0_PG UINT32_C(0x80000000)

enum {
    CR4_VME = 1 << 0,
    CR4_PVI = 1 << 1,
    CR4_TSD = 1 << 2,
    CR4_DE = 1 << 3,
    CR4_PSE = 1 << 4,
    CR4_PAE = 1 << 5,
    CR4_MCE = 1 << 6,
    CR4_PGE = 1 << 7,
    CR4_PCE = 1 << 8,
    CR4_OSFXSR = 1 << 9,
    CR4_OSXMMEXCPT = 1 << 10,
    CR4_UMIP = 1 << 11,
    CR4_LA57 = 1 << 12,
    CR4_FSGSBASE = 1 << 16,
    CR4_PCIDE = 1 << 17,
    CR4_OSXSAVE = 1 << 18,
    CR4_SMEP = 1 << 20,
    CR4_SMAP = 1 << 21,
    CR4_PKE = 1 << 22,
};

/* XCR0: what XSAVE saves and what may be used. Source: SDM Vol. 1, "XCR0". */
enum {
    XCR0_X87 = 1 << 0,
    XCR0_SSE = 1 << 1,
    XCR0_AVX = 1 << 2,
    XCR0_PKRU = 1 << 9,
    XCR0_AVX_STATE = XCR0_SSE | XCR0_AVX,
};

enum { EFER_SCE = 1 << 0, EFER_LME = 1 << 8, EFER_LMA = 1 << 10, EFER_NXE = 1 << 11 };

/*
 * Segment register with its descriptor cache. `attr` is bits 40-55 of the descriptor without the
 * limit nibble: type 0-3, S 4, DPL 5-6, P 7, AVL 12, L 13, D/B 14, G 15. `limit` is in bytes,
 * granularity applied. A null or otherwise unusable segment has P clear.
 */
struct segment {
    uint64_t base;
    uint64_t read_end;  /* derived: offsets below it may be read without further checks ... */
    uint64_t write_end; /* ... or written; 0: the slow path decides */
    uint32_t limit;
    uint16_t selector;
    uint16_t attr;
};
enum {
    ATTR_TYPE = 0xf,
    ATTR_S = 1 << 4,
    ATTR_DPL = 3 << 5,
    ATTR_P = 1 << 7,
    ATTR_AVL = 1 << 12,
    ATTR_L = 1 << 13,
    ATTR_DB = 1 << 14,
    ATTR_G = 1 << 15,
    TYPE_ACCESSED = 1,
    TYPE_WRITABLE = 2,
    TYPE_READABLE = 2,
    TYPE_EXPAND_DOWN = 4,
    TYPE_CONFORMING = 4,
    TYPE_CODE = 8,
};

struct table_register {
    uint64_t base;
    uint32_t limit;
};

/* x87. Source: SDM Vol. 1, "Programming with the x87 FPU". */
struct fpu {
    struct float80 st[8]; /* physical registers R0-R7; MM0-MM7 are their mantissas */
    uint16_t fcw, fsw;    /* fsw.TOP is kept in fsw bits 11-13 */
    uint8_t ftw;          /* bit n: physical register n is not empty (the FXSAVE form) */
    uint16_t fop;         /* last opcode, 11 bits */
    uint16_t fcs, fds;
    uint64_t fip, fdp;
};

/* A vector register: room for 512 bits; 256 are in use (VEC_BYTES). */
union vec {
    uint8_t b[64];
    uint16_t w[32];
    uint32_t d[16];
    uint64_t q[8];
};

enum { VEC_BYTES = 32 }; /* MAXVL: what a write of fewer bytes in a VEX instruction clears */

enum activity {
    CPU_RUNNING,
    CPU_HALTED,   /* HLT or MWAIT: waits for an interrupt */
    CPU_SHUTDOWN, /* triple fault */
    CPU_WAIT_SIPI,
};

/* What is waiting to be looked at before the next instruction (cpu->pending). */
enum {
    PENDING_INTR = 1 << 0, /* the INTR input is high */
    PENDING_NMI = 1 << 1,  /* an NMI edge is latched */
    PENDING_INIT = 1 << 2,
    PENDING_SMI = 1 << 3,
    PENDING_DB = 1 << 4,      /* a #DB trap of the last instruction: cpu->pending_dr6 */
    PENDING_MONITOR = 1 << 5, /* the monitored line was written */
};

/* Interrupt shadows, until one more instruction has retired. */
enum { SHADOW_STI = 1, SHADOW_MOV_SS = 2 };

#define TLB_ENTRIES 1024
/*
 * One page of the software TLB. A tag is the page's linear address when that access may go straight
 * to the host pointer `la + addend`, TLB_NO_TAG otherwise (missing, no right, device, watched, not
 * dirty, code page): everything else costs only on a miss.
 */
struct tlb_entry {
    uint64_t read_tag, write_tag;
    uintptr_t addend;
    uint64_t unused; /* a power of two of bytes */
};
#define TLB_NO_TAG UINT64_C(1) /* never page aligned */

/* Views of memory: which rights the TLB tags stand for. */
enum {
    VIEW_SUPERVISOR,
    VIEW_SUPERVISOR_AC, /* SMAP suspended by EFLAGS.AC */
    VIEW_USER,
    VIEW_USER_ALIGN, /* alignment checks are on: no tags, the slow path looks at every access */
    VIEW_COUNT
};
/* Instruction fetches have TLBs of their own, so that what is fetched anew, and with it the accessed
 * bits, depends on the instructions and not on how an engine remembers their code. */
enum { TLB_FETCH = VIEW_COUNT, TLB_FETCH_USER, TLB_COUNT };

#define CHAIN_MAX 8

/* Model-specific registers that are plain storage; the rest live where they act. */
struct msrs {
    uint64_t apic_base, sysenter_cs, sysenter_esp, sysenter_eip, star, lstar, cstar, fmask;
    uint64_t kernel_gs_base, tsc_aux, tsc_adjust, pat, misc_enable, mtrr_def_type;
    uint64_t tsc_offset; /* TSC = tick + offset */
    uint64_t mtrr_fixed[11], mtrr_base[8], mtrr_mask[8];
    uint64_t mcg_status, feature_control, tsc_deadline, debugctl, bios_sign, xss;
};

struct trace_cache;
struct tb_cache;
struct tlb;
struct watch;
struct observer;
struct cpu_model;

/* What the board plugs in. All may be NULL. */
struct cpu_board {
    void *context;
    int (*acknowledge)(void *context);   /* INTA: vector 0-255 */
    uint64_t (*read_cr8)(void *context); /* TPR bits 7-4 */
    void (*write_cr8)(void *context, uint64_t value);
    void (*set_apic_base)(void *context, uint64_t value);
    void (*set_tsc_deadline)(void *context, uint64_t tick); /* 0: disarm */
    uint64_t (*get_tsc_deadline)(void *context);            /* tick; 0: not armed */
    void (*set_ferr)(void *context, bool level);            /* FERR#: IRQ13 */
    void (*set_smm)(void *context, bool active);            /* SMIACT#: SMRAM is seen or not */
    uint64_t (*x2apic_read)(void *context, unsigned index);
    void (*x2apic_write)(void *context, unsigned index, uint64_t value);
};

/*
 * What the host lends to an engine, from those who may look at it. All may be NULL or 0. Nothing that
 * the guest sees depends on it.
 */
struct cpu_host {
    void *context;
    uint64_t (*nanoseconds)(void *context); /* a clock, for counters */
    /* Host code was made for a block, or a range of it is used anew (so that tools know its names). */
    void (*code_made)(void *context, const void *start, size_t bytes, const char *name);
    void (*code_dropped)(void *context, const void *start, size_t bytes);
    void *symbol_context;
    bool (*symbol)(void *symbol_context, lin_addr la, char *name, size_t size); /* as in disasm.h */
    size_t code_bytes; /* room for host code; 0: what the engine thinks right */
};

struct cpu {
    /* Hot: what handlers touch. */
    uint64_t gpr[GPR_COUNT];
    int64_t
        flags_sign; /* lazy EFLAGS, see eflags.h: SF is its sign, PF the parity of its low byte */
    uint64_t flags_zero;   /* ZF: it is 0 */
    uint64_t flags_carry;  /* bit 63 CF, bit 63 xor bit 62 OF, bit 3 AF */
    int64_t remaining;     /* instructions left; counts down towards clock->horizon */
    struct tlb_entry *tlb; /* entries of the current view */
    struct insn *cursor;   /* next instruction, in builds without tail calls */
    uint64_t slow_value;   /* what a slow read found */
    uint64_t slow_vec[4];  /* the same for 16 and 32 bytes, and the result of a slow operation */
    uint64_t rip;          /* at instruction boundaries; inside a trace see insn_rip() */
    uint32_t eflags;       /* all but the status flags, which are lazy; bit 1 set */
    uint8_t mode;          /* MODE_* */
    uint8_t cpl;
    uint8_t view;      /* VIEW_* */
    bool alone;        /* one instruction runs singly: devices may be reached */
    bool want_alone;   /* set with EXEC_FAULT: run this instruction singly instead */
    bool sse_ready;    /* derived: SSE instructions may run; sse_update_ready() in sse.h */
    bool avx_ready;    /* derived: AVX instructions may run */
    bool mmx_ready;    /* derived: MMX instructions may run, if no x87 exception is pending */
    uint8_t mode_name; /* derived: index of cpu_mode_name(), to see changes */

    /* Segments and tables. */
    struct segment seg[SEG_COUNT];
    struct segment ldtr, tr;
    struct table_register gdtr, idtr;

    /* Control, debug and model-specific registers. */
    uint64_t cr0, cr2, cr3, cr4, cr8, efer, xcr0;
    uint64_t pdpte[4]; /* PAE: loaded with CR3 */
    uint64_t dr[8];
    struct msrs msr;

    /* Floating point and vectors. */
    struct fpu fpu;
    union vec vec[32] __attribute__((aligned(64)));
    uint64_t opmask[8];
    uint32_t mxcsr;
    uint32_t pkru; /* two bits a protection key: access disable, write disable */

    /* Events. */
    uint8_t activity; /* enum activity */
    uint8_t pending;  /* PENDING_* */
    uint8_t shadow;   /* SHADOW_* in force for the next instruction */
    bool in_rep;      /* CS:RIP is at a REP instruction that is not through */
    bool nmi_blocked; /* until IRET */
    bool smm;         /* in system-management mode: between SMI and RSM */
    uint32_t smbase;  /* where SMRAM begins: physical address */
    bool ferr;        /* FERR# output */
    uint64_t pending_dr6;
    uint64_t idle_ticks; /* ticks skipped by HLT: retired = now - idle_ticks */
    uint64_t monitor_address;
    bool monitor_armed;
    uint64_t random_state; /* RDRAND, RDSEED: from the run's seed */

    /* Faults. */
    struct fault fault;            /* being raised or last raised */
    struct fault chain[CHAIN_MAX]; /* first cause ... last consequence of the latest event */
    uint8_t chain_length;
    bool delivered_idle; /* an event was delivered and nothing has retired since */
    bool fault_waits;    /* cpu->fault was raised, and an observer stopped before its delivery */

    /* Wiring and caches: rebuilt, not saved. */
    struct clock *clock;
    struct space *memory, *ports;
    struct log *log;
    struct cpu_board board;
    struct cpu_host host;
    uint64_t features[(F_COUNT + 63) / 64];
    const struct cpu_model *model;
    uint64_t a20_mask; /* ~0, or bit 20 clear */
    unsigned physical_bits;
    uint64_t crystal_hz; /* of the board; 0: what divides the clock well (cpuid.h) */
    uint64_t code_base;  /* CS base and limit that the jump cache stands for */
    uint32_t code_limit;
    struct tlb *tlbs;           /* all views */
    struct trace_cache *traces; /* the interpreter's */
    struct tb_cache *tbs;       /* the translator's, once it was chosen */
    const struct engine *engine;
    /* For comparisons. An engine that translates makes blocks of at most `block_most` instructions,
     * at once and not only where it pays; 0: as it likes. The translation of break_row, if it is
     * not 0, is made wrong (break.h). Both change with a forget_all. */
    uint8_t block_most, break_kind;
    uint16_t break_row;
    struct watch *watch;       /* breakpoints and watchpoints */
    struct observer *observer; /* NULL: nobody looks */
};

static inline bool cpu_has(const struct cpu *cpu, unsigned feature)
{
    return cpu->features[feature / 64] >> (feature % 64) & 1;
}

static inline bool cpu_long_mode(const struct cpu *cpu)
{
    return cpu->efer & EFER_LMA;
}

static inline bool cpu_code64(const struct cpu *cpu)
{
    return cpu->mode & MODE_CODE64;
}

static inline bool cpu_protected(const struct cpu *cpu)
{
    return (cpu->cr0 & CR0_PE) && !(cpu->eflags & VM);
}

static inline uint64_t cpu_retired(const struct cpu *cpu)
{
    return clock_now(cpu->clock) - cpu->idle_ticks;
}

extern const struct field cpu_fields[];

/*
 * One processor on a memory and an I/O space. `model` is a name of cpu/cpuid.c with optional
 * ",+flag,-flag"; on a mistake NULL is returned and *error has one line. `seed` feeds RDRAND.
 */
struct cpu *cpu_create(const char *model, struct space *memory, struct space *ports,
                       struct clock *clock, struct log *log, uint64_t seed, struct buf *error);
void cpu_destroy(struct cpu *cpu);
/* Power-up / RESET values (SDM Vol. 3A, "Processor State After Reset"). INIT keeps the FPU, MSRs. */
void cpu_reset(struct cpu *cpu, bool init);
/* Something that a mode, view or segment cache depends on was changed: recompute the derived. */
void cpu_update_mode(struct cpu *cpu);
/* Only CPL, EFLAGS.AC, CR0.AM or CR4.SMAP changed (STAC, CLAC, POPF): the cheap part of it. */
void cpu_update_view(struct cpu *cpu);
/* All segment caches (PE changed; code became or ceased to be 64-bit: cpu_update_mode does that). */
void cpu_derive_segments(struct cpu *cpu);
/* Bring what has several representations (the lazy status flags) into one, before state is saved
 * or compared. The architectural state does not change. */
void cpu_settle(struct cpu *cpu);
/* Time-stamp counter now; inside a handler only between device_begin() and device_end(). */
static inline uint64_t cpu_tsc(const struct cpu *cpu)
{
    return clock_now(cpu->clock) + cpu->msr.tsc_offset;
}
/* State was set from outside (a snapshot, the debugger): everything derived is computed again. */
void cpu_rebuild(struct cpu *cpu);
/* The same when all of the processor's state was put back, its TLB is about to be, and code in memory
 * is as the engine knows it: what was decoded and translated stays. Observers are not told. */
void cpu_restored(struct cpu *cpu);
/* EFLAGS, all bits; and back (all bits are taken: checks are the caller's). */
uint64_t cpu_eflags(const struct cpu *cpu);
void cpu_set_eflags(struct cpu *cpu, uint64_t value);
/* Inputs: level of INTR, an NMI edge, A20 gate, INIT, an SMI edge. They take effect before the next instruction. */
void cpu_set_intr(void *cpu, unsigned pin, bool level);
void cpu_set_nmi(void *cpu, unsigned pin, bool level);
void cpu_set_a20(void *cpu, unsigned pin, bool level);
void cpu_init_request(void *cpu, unsigned pin, bool level);
void cpu_set_smi(void *cpu, unsigned pin, bool level);
/* "real16", "v86", "prot16", "prot32", "compat32", "long64". */
const char *cpu_mode_name(const struct cpu *cpu);
#endif
