/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/backend.h - between the parts of the x86-64 back end.
 *
 * Guest registers live in host registers for as long as generated code runs: most under their own
 * name, RSP in R14, and R9 R10 R11 R14 R15 in struct cpu. R15 counts the instructions that are left
 * (cpu->remaining); R9, R10 and R11 are free for addresses and data. Vector registers and the x87
 * stack are the host's own while tbs->vectors and tbs->x87 say so.
 */
#ifndef CPU_TB_BACKEND_H
#define CPU_TB_BACKEND_H

#include "cpu/tb/host_x86_64.h"
#include "cpu/tb/ir.h"

enum { H_ADDRESS = H_R9, H_SCRATCH = H_R10, H_DATUM = H_R11, H_LEFT = H_R15, H_GUEST_RSP = H_R14 };

/* Where the status flags are. */
enum flag_place {
    FLAGS_CPU,    /* saved: tbs->cc_* or the words of struct cpu */
    FLAGS_RECIPE, /* they follow from operands that are still there: ccop */
    FLAGS_HOST,   /* only in the host's flags */
};

struct flag_state {
    enum flag_place place;
    bool host;      /* the host's flags hold them too ... */
    uint16_t lacks; /* ... but for these, which the manual leaves undefined */
    uint8_t ccop, size;
    uint8_t a, b; /* values; result or first operand, second operand */
    bool b_imm;
    int64_t imm;
};

/* The last x87 instruction, while its place is not in struct cpu. */
struct x87_pointers {
    bool pending, memory;
    bool clears_c1; /* makers differ in C1 after FCOMI: the manual clears it */
    uint8_t seg;
    uint64_t rip;
};

enum stub_kind {
    STUB_MEMORY, /* the TLB has not the page */
    STUB_SEGMENT,
    STUB_ALONE,   /* leave before the instruction, which is run singly */
    STUB_VECTORS, /* load the guest's vector registers */
    STUB_X87,
    STUB_SIDE,  /* a conditional branch is taken in mid-block */
    STUB_EXIT,  /* a direct exit that is not chained */
    STUB_CROSS, /* a direct exit to another page */
    STUB_LIMIT, /* no time for another round of the loop */
    STUB_MISS,  /* the jump cache has it not */
};

struct stub {
    uint8_t kind;
    uint16_t op;
    uint8_t bytes; /* STUB_MEMORY: of the access, and its kind */
    bool write;
    const struct op *ea;  /* its address has to be made first; NULL: it is there */
    struct tb_exit *exit; /* NULL: not chained, state.imm is where it leads */
    uint8_t *place;       /* rel32 of the branch that leads here */
    uint8_t *back;        /* where the quick way goes on */
    struct flag_state state;
    struct x87_pointers x87;
};

#define BACKEND_STUBS 400

struct backend {
    struct block *b;
    struct tb *tb;
    struct tb_cache *tbs;
    struct cpu *cpu;
    struct host_code *c;
    struct flag_state flags;
    struct x87_pointers x87;
    uint8_t *body; /* behind the check of the limit */
    uint16_t live_in;
    unsigned stubs;
    struct stub stub[BACKEND_STUBS];
    struct host_rm
        value[V_NONE + 1]; /* backend_value(): a table, for it is asked for all the time */
    uint64_t spare[40];    /* for what does not fit any more: the code is thrown away */
};

/* The place of a value as operand of a host instruction. */
static inline struct host_rm backend_value(const struct backend *be, unsigned value)
{
    return be->value[value];
}

/* Once, before the first block. */
void backend_prepare(struct tb_cache *tbs);
/* backend_flags.c */
void flags_save(struct backend *be);                      /* to memory, if they are not there */
void flags_want_host(struct backend *be, uint16_t flags); /* all, into the host's flags */
void flags_want_carry(struct backend *be);                /* CF at least */
void flags_before(struct backend *be, const struct op *op, bool clobbers);
/* The recipe of an op that has just defined flags. */
void flags_recipe(struct backend *be, const struct op *op, unsigned ccop, unsigned a, unsigned b);
void flags_recipe_imm(struct backend *be, const struct op *op, unsigned ccop, unsigned a,
                      int64_t imm);
void flags_host_only(struct backend *be, const struct op *op);
/* backend_memory.c: probe the TLB for [t0]; afterwards t0 is a host address. */
void memory_probe(struct backend *be, unsigned op, unsigned size, bool write);
void backend_address(struct backend *be, const struct op *ea);
struct stub *backend_stub(struct backend *be, enum stub_kind kind, unsigned op, uint8_t *place);
/* On to rip, chained later; the code ends here. */
void backend_side_exit(struct backend *be, uint64_t rip);
void backend_exit_stub(struct backend *be, const struct stub *s);
void backend_want_flags(struct backend *be, const struct op *op);
void backend_keep_operands(struct backend *be, const struct op *op, struct host_rm d,
                           struct host_rm a);
void backend_stub_code(struct backend *be, struct stub *s);
/* Memory that lives as long as the TB. */
void *backend_meta(struct backend *be, size_t bytes);
/* Compute: the op on host operands. */
void backend_compute(struct backend *be, const struct op *op, struct host_rm d, struct host_rm a,
                     bool use_imm);
/* backend_data.c: ops on registers, from [t0], to [t0]. */
void data_registers(struct backend *be, unsigned index);
void data_load(struct backend *be, unsigned index);
void data_store(struct backend *be, unsigned index);
void backend_jump_thunk(struct backend *be, const uint8_t *thunk);
void backend_call_thunk(struct backend *be, const uint8_t *thunk);
/* backend_simd.c */
void backend_simd(struct backend *be, unsigned index);
void backend_x87(struct backend *be, unsigned index);
void x87_save_pointers(struct backend *be);

#endif
