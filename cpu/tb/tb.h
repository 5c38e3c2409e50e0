/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/tb.h - translation blocks and the cache that holds them.
 *
 * A TB is straight-line guest code from one entry point: at most TB_MAX instructions within a page,
 * with side exits at conditional branches. It is found by physical address, linear PC and the state
 * that its translation depends on (tb_flags()). See doc/translator.md.
 */
#ifndef CPU_TB_TB_H
#define CPU_TB_TB_H

#include "cpu/interp.h"
#include "cpu/tlb.h"

#define TB_MAX 64     /* guest instructions */
#define TB_HASH 65536 /* physical lookup */
#define TB_PAGE_HASH 8192
#define TB_JUMPS 4096   /* entries of a jump cache */
#define TB_TABLES 24    /* jump caches: one for each tb_flags() in use */
#define TB_JUMP_SHIFT 7 /* of the hash of a linear PC: see tb_jump_slot() */
#define TB_REGIONS 16   /* the code buffer is recycled region by region */
#define TB_HOT 24       /* executions by the interpreter before an address is translated */

/* What a translation depends on beside code and addresses. */
enum {
    TBF_MODE = 7,       /* MODE_* */
    TBF_VIEW_SHIFT = 3, /* VIEW_*, 2 bits: which TLB */
    TBF_CPL0 = 1 << 5,  /* CPL is 0 */
    TBF_SSE = 1 << 6,   /* SSE instructions may run */
    TBF_AVX = 1 << 7,
    TBF_X87 = 1 << 8,  /* x87 instructions may run */
    TBF_FLAT = 1 << 9, /* not 64-bit mode: CS DS ES SS are 4 GiB from 0 */
};

struct tb;

/* A direct exit: its jump leads to its own stub until it is chained. */
struct tb_exit {
    uint8_t *jump; /* rel32 of the jump (writable address) */
    uint8_t *stub; /* where it leads unchained */
    struct tb *owner, *target;
    struct tb_exit *next_own; /* others of this TB */
    struct tb_exit *next_in;  /* others that lead to the same target */
    uint64_t rip;
};

/* What a call of an instruction's handler needs. `left` of insn[0] counts to the end of the TB; insn[1]
 * ends the handler. */
struct tb_site {
    struct insn insn[2];
    uint64_t rip, after; /* of the instruction, and behind it */
    struct tb *tb;
    uint32_t flags; /* of the TB */
};

struct tb {
    phys_addr pa;
    phys_addr second; /* page that its last instruction crosses into; 0: none */
    uint64_t rip;
    lin_addr la;
    uint32_t flags;
    uint32_t code_limit;   /* of CS where it counts, else 0 */
    uint16_t count, bytes; /* guest instructions, their bytes */
    uint32_t code_bytes;
    uint8_t *code; /* executable address */
    uint8_t region;
    bool dead;
    uint8_t helpers; /* instructions that call their handler */
    struct tb *hash_next, *page_next, *crossing_next, *region_next;
    struct tb_exit *incoming;
    struct tb_exit *exits;
    uint64_t executions; /* while tbs->counted */
    uint32_t *map;       /* [count + 1]: where each guest instruction's code begins; slow ways */
};

/* Linear PC -> code; valid while `generation` is that of the page in the TLB of fetches: never 0. */
struct tb_jump {
    uint64_t la;
    uint32_t generation;
    uint32_t unused; /* 32 bytes in all */
    struct tb *tb;
    uint64_t code; /* executable address; 0: none */
};

struct tb_table {
    uint32_t flags;
    bool used;
    struct tb_jump jump[TB_JUMPS];
};

struct tb_page {
    phys_addr page;
    uint64_t lines;      /* as in struct code_page */
    struct tb *tbs;      /* that begin here, by page_next */
    struct tb *crossing; /* that end here, by crossing_next */
    struct tb_page *next;
};

/*
 * Saved flags: what the status flags follow from (settle.c). CCOP_NONE: cpu's own words hold them. A
 * multiplication changes CF and OF of these only, a division the other four.
 */
enum ccop {
    CCOP_NONE,
    CCOP_CMP,   /* a, b */
    CCOP_SUB,   /* result, b */
    CCOP_ADD,   /* result, b */
    CCOP_LOGIC, /* result */
    CCOP_NEG,   /* result */
    CCOP_INC,   /* result, b: CF */
    CCOP_DEC,
    CCOP_SHL, /* operand, count */
    CCOP_SHR,
    CCOP_SAR,
    CCOP_RAW, /* a is EFLAGS as the host had them */
};

enum product {
    PRODUCT_NONE,
    PRODUCT_IMUL, /* c * d, cut to size */
    PRODUCT_MUL,  /* low half, high half */
    PRODUCT_IMUL1,
};
#define PRODUCT(kind, size) ((kind) << 4 | (size))

/* How generated code is left. */
enum tb_leave {
    LEAVE_LOOKUP, /* cpu->rip is where to go on; tbs->from: the exit that led here, or NULL */
    LEAVE_LIMIT,  /* too little time for the next TB */
    LEAVE_FAULT,  /* cpu->fault at cpu->rip, or cpu->want_alone */
    LEAVE_ALONE,  /* the instruction at cpu->rip has to run singly */
    LEAVE_BREAK,
};

struct tb_counters {
    uint64_t generated, instructions, helpers, host_bytes;
    uint64_t generation_ns, timed, timed_instructions; /* of blocks that were timed, ... */
    uint64_t interrupted; /* ... without those that took over a millisecond */
    uint64_t entries, fast_hits, slow_lookups, slow_hits, chained;
    uint64_t indirect, indirect_misses; /* jumps to a register, while tbs->counted */
    uint64_t invalidated, regions_recycled, flushes;
    uint64_t traces, alone, x87_loads;
};

struct tb_region {
    uint8_t *code, *code_end; /* writable */
    uint8_t *meta, *meta_end;
    uint8_t *code_next, *meta_next;
    uint8_t *present, *meta_present; /* the host has memory up to here */
    struct tb *first, *last;         /* in order of generation, by region_next */
};

struct tb_cache {
    /* Reached by generated code, with 32-bit absolute addresses. */
    uint32_t cc_op;      /* enum ccop | size << 8 | PRODUCT << 16 | division << 24 */
    uint8_t killed;      /* a TB was invalidated: leave at the next boundary */
    uint8_t vectors;     /* guest vector registers and MXCSR are in the host's */
    uint8_t x87;         /* the guest's x87 state is in the host's ... */
    uint8_t x87_c1;      /* ... but for C1, which is clear */
    uint64_t cc_a, cc_b; /* of the operation */
    uint64_t cc_c, cc_d; /* of the product */
    uint64_t scratch[4];
    struct tb_exit *from;
    struct tb_site *site; /* whose handler is running, or NULL */
    uint64_t host_mxcsr;

    struct cpu *cpu;
    struct tb *hash[TB_HASH];
    struct tb_page *pages[TB_PAGE_HASH];
    struct tb_page *free_pages;
    struct tb_table *tables; /* low memory, [TB_TABLES] */
    struct tb_table *table;  /* the last one found */
    struct tb_region region[TB_REGIONS];
    unsigned current;        /* region that is being filled */
    uint8_t *buffer_write;   /* the code buffer, writable ... */
    uint8_t *buffer_execute; /* ... and executable */
    size_t buffer_bytes;
    uint8_t *meta;
    size_t meta_bytes;
    int64_t delta; /* executable - writable address */
    bool forget_pending;
    unsigned hot, most; /* see struct engine's set */
    bool check;         /* every block is checked (check.c) */
    bool counted;       /* code counts how often it is executed ... */
    bool timed;         /* ... and the host's time is taken when it is made */
    bool host_avx;
    struct tb_thunks {
        const uint8_t *enter, *leave, *probe, *helper, *chain, *alone, *limit, *segment, *settle,
            *load_cf, *load_flags, *vectors, *x87, *load_vec, *store_vec, *lookup;
    } thunk; /* executable addresses */
    uint8_t *thunks_end;
    const struct emitter **emit; /* [insn_row_count]: how a row is translated (frontend.c) */
    struct block *block;         /* being translated */
    struct backend *backend;
    struct tb_counters counters;
    struct tb *last; /* generated last, for `tb show last` */
};

/* In 16- and 32-bit code that is not flat, targets are checked against this limit. */
static inline uint32_t tb_code_limit(const struct cpu *cpu, uint32_t flags)
{
    return (flags & TBF_MODE & MODE_CODE_MASK) == MODE_CODE64 || flags & TBF_FLAT
               ? 0
               : cpu->seg[SEG_CS].limit;
}

/* By slot of the TLB that this code is fetched through: what jump caches for these flags go by. */
static inline const uint32_t *tb_generations(const struct cpu *cpu, uint32_t flags)
{
    return cpu->tlbs[TLB_FETCH + view_is_user(flags >> TBF_VIEW_SHIFT & 3)].generation;
}

static inline unsigned tb_jump_slot(lin_addr la)
{
    return (unsigned)((la ^ la >> TB_JUMP_SHIFT) % TB_JUMPS);
}

/* tb.c */
uint32_t tb_flags(const struct cpu *cpu);
/* TB at CS:RIP by the jump cache, then by physical address; NULL: there is none yet. */
struct tb *tb_find(struct cpu *cpu);
struct tb *tb_find_slow(struct cpu *cpu, uint32_t flags, uint64_t rip, lin_addr la);
struct tb **tb_hash_slot(struct tb_cache *tbs, phys_addr pa, uint64_t rip, uint32_t flags);
/* Remember it in the jump cache. */
void tb_remember(struct cpu *cpu, struct tb *tb);
/* Let an exit lead straight to a TB, when that is right for as long as both live. */
void tb_chain(struct cpu *cpu, struct tb_exit *exit, struct tb *target);
/* invalidate.c */
void tb_insert(struct cpu *cpu, struct tb *tb);
void tb_kill(struct cpu *cpu, struct tb *tb);
void tb_forget_code(struct cpu *cpu, phys_addr pa, uint64_t bytes);
/* May a TB hold bytes of this range? */
bool tb_code_at(struct cpu *cpu, phys_addr pa, uint64_t bytes);
void tb_flush(struct cpu *cpu);
/* Take the next region; its TBs are dropped. */
void tb_next_region(struct cpu *cpu);
/* code_buffer.c. False: *error is one line. */
bool tb_buffer_create(struct tb_cache *tbs, size_t bytes, struct buf *error);
void tb_buffer_destroy(struct tb_cache *tbs);
void tb_buffer_prepare(struct tb_cache *tbs); /* room for the next blocks */
/* Zeroed bytes that live as long as the TBs of the region; NULL: it is full. */
void *tb_take_meta(struct tb_region *region, size_t bytes);
/* slow.c: what generated code calls. True: it went well. */
bool tb_slow_probe(struct tb_cache *tbs, const void *what, uint64_t la, uint64_t value,
                   unsigned size);
bool tb_slow_segment(struct tb_cache *tbs, const void *what, uint64_t offset, uint64_t value,
                     unsigned size);
bool tb_slow_settle(struct tb_cache *tbs, const void *site, uint64_t la, uint64_t value,
                    unsigned size);
bool tb_load_x87(struct tb_cache *tbs, const void *site, uint64_t la, uint64_t value,
                 unsigned size);
/* Run the site's handler. -1: go on behind it; else enum tb_leave, all state in struct cpu. */
int tb_call_helper(struct tb_cache *tbs, struct tb_site *site);
/* generate.c: translate at CS:RIP. NULL: there is nothing that could be translated. */
struct tb *tb_generate(struct cpu *cpu);
/* Make the block of a TB again, in `b`, from guest memory as it is. False: it is no longer there. */
struct block;
bool block_again(struct tb_cache *tbs, const struct tb *tb, struct block *b);
/* show.c, stats.c: struct engine's show, list and describe. Nothing changes. */
void tb_show(const struct cpu *cpu, lin_addr la, struct out *out);
void tb_list(const struct cpu *cpu, unsigned most, struct out *out);
void tb_describe(const struct cpu *cpu, struct out *out);
/* name.c: what stands at a host address, for `tb` (NULL: for none in particular): "remaining",
 * "r9 of guest", "+0x1c" in the block's own code, "thunk.helper". False: nothing known. */
bool tb_host_name(const struct tb_cache *tbs, const struct tb *tb, uint64_t address, char *name,
                  size_t size);
/* settle.c */
void tb_settle_flags(struct tb_cache *tbs);
/* Guest vector and x87 state back from the host registers into struct cpu. */
void tb_settle_fp(struct tb_cache *tbs);
/* The last handler of a site: back to the block. */
enum exec tb_end_of_handler(struct cpu *cpu, struct insn *insn);
/* Entries of a view's TLB. */
static inline struct tlb_entry *tlb_entries(const struct cpu *cpu, unsigned view)
{
    return cpu->tlbs[view].entry;
}
/* thunks.c */
void tb_make_thunks(struct tb_cache *tbs);

#endif
