/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/tb/ir.h - a block of intermediate ops, between front end, optimiser and back end. */
#ifndef CPU_TB_IR_H
#define CPU_TB_IR_H

#include "cpu/insn_table.h"
#include "cpu/tb/tb.h"

enum op_code {
#define OP(name, text, operands, flags_defined, flags_used, effects, what) OP_##name,
#include "cpu/tb/ops.def"
#undef OP
    OP_COUNT
};

/* Columns of ops.def. */
enum { O_D = 1, O_A = 2, O_B = 4, O_M = 8 };
enum { FAULTS = 1, CALLS = 2, ENDS = 4, ENDS_SIDE = 8 };
#define NOT_CF (ALL_FLAGS & ~CF)
#define DYNAMIC 0x8000

struct op_info {
    const char *name;
    uint8_t operands, effects;
    uint16_t defines, uses;
    const char *what;
};
extern const struct op_info op_info[OP_COUNT];

/* Values: guest registers 0-15, then these. */
enum {
    V_AH = 16,
    V_CH,
    V_DH,
    V_BH,
    V_T0,   /* linear address of the memory operand; after the probe, its host address */
    V_T1,   /* a datum */
    V_KEPT, /* a datum in memory, for those that must outlive a memory access */
    V_NONE = 0xff
};

enum { MEM_NONE, MEM_SRC, MEM_DST };

struct op {
    uint8_t code, size; /* OP_*, bytes of the operation */
    uint8_t from;       /* MOVZX, MOVSX: bytes of the source; memory operands of SIMD and X87 */
    uint8_t cc;         /* condition; SEG: enum access */
    uint8_t d, a;       /* values; CMP, TEST, BT: d is the first operand, only read */
    uint8_t mem;        /* MEM_* */
    bool is_imm;        /* the source is imm; X87: control, not an operation */
    bool write;         /* MOV to memory and read-modify-write: the probe is for writing */
    bool align;         /* misaligned memory is the handler's */
    bool dead;          /* removed by the optimiser */
    bool follow; /* EA: t0 is `delta` behind the address before, mostly in one page with it */
    int32_t delta;
    uint8_t base, index, scale, asize, seg; /* EA (values), SEG */
    uint8_t insn;                           /* number in the block */
    uint16_t defines, uses, live;           /* flags; live: those that may be observed afterwards */
    int64_t imm;
};

#define BLOCK_OPS (TB_MAX * 6)

struct block {
    struct cpu *cpu;
    struct tb_cache *tbs;
    uint32_t flags; /* TBF_* */
    uint64_t rip;
    lin_addr la;
    unsigned count, bytes, op_count;
    bool has_vectors, has_x87;       /* the state is in the host's registers at this point */
    phys_addr second;                /* page that the last instruction crosses into, 0: none */
    const struct tlb_page *crossing; /* the one that is being translated does */
    bool ended, optimized;
    bool again;                       /* made to be looked at: breakpoints do not end it ... */
    const struct tlb_page *next_page; /* ... and the page behind it is this; NULL: unknown */
    unsigned most;                    /* guest instructions */
    uint32_t code_limit;              /* of CS; not for 64-bit mode */
    uint16_t live_in;                 /* flags that may be observed before they are defined */
    const struct insn *insn;          /* the one that is being translated */
    uint64_t insn_rip, next_rip;
    struct insn insns[TB_MAX];
    uint16_t at[TB_MAX]; /* where each of them begins, in bytes */
    struct op ops[BLOCK_OPS];
};

/* Of the block's instruction n, as the guest has it. */
static inline uint64_t block_rip(const struct block *b, unsigned n)
{
    uint64_t rip = b->rip + b->at[n];

    return (b->flags & TBF_MODE & MODE_CODE_MASK) == MODE_CODE64 ? rip : (uint32_t)rip;
}

/* frontend.c: guest instructions -> ops. False: the row has no translation of its own. */
typedef bool (*emit_fn)(struct block *b, unsigned argument);
struct emitter {
    const struct handlers *handlers;
    emit_fn emit;
    unsigned argument;
};
extern const struct emitter emitters[], emitters_x87[]; /* ended by NULL */
extern const struct emitter emitter_simd;               /* for rows that are eligible */
bool simd_row_is_eligible(const struct row *row, bool host_avx);

struct op *block_op(struct block *b, enum op_code code, unsigned size);
/* t0 := linear address of the memory operand. */
void block_address(struct block *b, unsigned size, enum access access);
void block_stack_address(struct block *b, int64_t offset, unsigned size, enum access access);
/* The translation of one instruction: the row's own, or a call of its handler. */
void block_translate(struct block *b, const struct insn *insn, uint64_t rip);

/* May the block be left here with the flags of the moment before this op? */
static inline bool op_exposes(const struct op *op)
{
    const struct op_info *info = &op_info[op->code];

    if (info->effects & (ENDS | ENDS_SIDE | CALLS) || op->code == OP_DIV || op->code == OP_IDIV)
        return true;
    return (info->effects & FAULTS) && (op->mem || !(info->operands & O_M));
}

/* Ops that change some flags of what the saved ones follow from. */
static inline bool op_is_muldiv(const struct op *op)
{
    return op->code >= OP_IMUL && op->code <= OP_IDIV;
}
/* optimize.c */
void block_optimize(struct block *b);
/* generate.c: an empty block, and guest code into it by the front end. `page` is where the host has
 * the page of b->la. Neither touches anything but the block. */
void block_begin(struct block *b, struct tb_cache *tbs, uint32_t flags, uint64_t rip, lin_addr la,
                 uint32_t code_limit);
void block_build(struct block *b, const uint8_t *page);
/* check.c: is the block what ops.def allows? NULL, or what is wrong, and at which op. */
const char *block_check(const struct block *b, unsigned *op);
/* Where tbs->check is set, a block that is not ends the program, printed. */
void block_must_hold(const struct block *b);
/* print.c */
uint16_t condition_flags(unsigned cc); /* what a condition looks at */
/* "add.8 rax, rbx", without its flags. */
void op_text(const struct op *op, struct buf *text);
/* The same with the flags it defines; of an optimised block, those that are observed. */
void op_print(const struct op *op, bool optimized, struct out *out);
void block_print(const struct block *b, struct out *out);
/* "cpazso", the letters of some status flags; at least 7 bytes. Returns text. */
const char *flags_text(unsigned flags, char *text);

/* backend_x86_64.c: host code at `c`; fills tb->exit. False: it does not fit. */
struct host_code;
bool block_compile(struct block *b, struct tb *tb, struct host_code *c);

#endif
