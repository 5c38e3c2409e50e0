/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/torture/rows.c - instructions of the table, weighted like compiled code, with memory operands
 * that mostly lie where something is.
 */
#include <string.h>

#include "tests/torture/generate.h"

enum class {
    MOVE,
    CONDITIONAL,
    ALU,
    ALU_MORE, /* shifts, multiplication, bits */
    STACK,
    STRING,
    SSE,
    SSE_MORE,
    AVX,
    X87,
    MMX,
    OTHER,
    CLASSES = ROW_CLASSES,
    NEVER
};

/* Of a hundred. */
static const uint8_t weight[CLASSES] = { 23, 9, 25, 12, 6, 2, 7, 4, 3, 4, 2, 3 };

static bool begins(const char *id, const char *const *prefixes)
{
    for (; *prefixes; prefixes++)
        if (!strncmp(id, *prefixes, strlen(*prefixes)))
            return true;
    return false;
}

static enum class classify(const struct row *row) {
    static const char *const never[] = { "int_",   "int3",   "int1",   "into",   "iret",
                                         "hlt",    "sysc",   "syse",   "sysr",   "retf",
                                         "popf",   "sti",    "cli",    "std",    "in_",
                                         "out_",   "insb",   "insv",   "outs",   "mov_S",
                                         "mov_Er", "pop_E",  "pop_SS", "pop_DS", "pop_FS",
                                         "pop_GS", "les_",   "lds_",   "lss_",   "lfs_",
                                         "lgs_",   "rsm",    "rdtsc",  "rdfsb",  "wrfsb",
                                         "wrgsb",  "xrstor", "ud",     "mwait",  "monitor",
                                         "wrpkru", "rdpkru", NULL };
    static const char *const move[] = { "mov_", "movzx", "movsx", "lea_", "xchg", NULL };
    static const char *const conditional[] = { "cmov", "set", "bswap", NULL };
    static const char *const stack[] = { "push", "pop", "enter", "leave", NULL };
    static const char *const alu[] = { "add_", "or_", "adc_", "sbb_", "and_", "sub_", "xor_",
                                       "cmp_", "test", "inc_", "dec_", "neg_", "not_", NULL };
    static const char *const more[] = { "rol_", "ror_",  "rcl_",  "rcr_",  "shl_", "shr_", "sar_",
                                        "sal_", "shld_", "shrd_", "mul_",  "imul", "div_", "idiv_",
                                        "cbw",  "cwd",   "bt_",   "bts_",  "btr_", "btc_", "bsf_",
                                        "bsr_", "tzcn",  "lzcnt", "popcn", "lahf", "sahf", "cmc",
                                        "clc",  "stc",   "cld",   "xadd",  "cmpx", NULL };
    static const char *const sse[] = { "movap", "movup", "movdq", "movss", "movsd", "movq_",
                                       "movd_", "movhp", "movlp", "addp",  "adds",  "subp",
                                       "subs",  "mulp",  "muls",  "divs",  "sqrts", "cvts",
                                       "cvtt",  "ucom",  "comis", "pxor",  "por_",  "pand",
                                       "padd",  "psub",  "pcmpe", "pmovm", "punpc", "pshuf",
                                       "unpck", "shufp", "psll",  "psrl",  "andp",  "xorp",
                                       "maxs",  "mins",  NULL };

    if (row->attributes & (A_CPL0 | A_BRANCH | A_CALL | A_RET | A_IO) || row == &insn_rows[0] ||
        (begins(row->id, never) && strncmp(row->id, "pop_Ev", 6))) return NEVER;
    if (row->attributes & A_AVX) return AVX;
    if (row->attributes & A_SSE) return begins(row->id, sse) ? SSE : SSE_MORE;
    if (row->attributes & A_MMX) return MMX;
    if (row->attributes & A_FPU) return X87;
    if (row->attributes & (A_REP | A_REPZ)) return STRING;
    if (begins(row->id, stack)) return STACK;
    if (begins(row->id, move)) return MOVE;
    if (begins(row->id, conditional)) return CONDITIONAL;
    return begins(row->id, alu)    ? ALU
           : begins(row->id, more) ? ALU_MORE
                                   : OTHER;
}

void rows_classify(struct rows *rows)
{
    memset(rows, 0, sizeof *rows);
    for (unsigned i = 1; i < insn_row_count; i++) {
        enum class class = classify(&insn_rows[i]);

        if (class != NEVER && rows->count[class] < ROWS_MAX)
            rows->row[class][rows->count[class]++] = (uint16_t)i;
    }
}

static const struct row *pick(struct gen *g)
{
    unsigned at = rng_below(&g->rng, 100), class = 0;

    while (class < CLASSES - 1 && at >= weight[class])
        at -= weight[class ++];
    if ((class == STACK && g->in_function) || (class == AVX && g->bits == 16) ||
        (class == STRING && g->counters >> RCX & 1))
        class = ALU;
    return &insn_rows[g->rows->row[class][rng_below(&g->rng, g->rows->count[class])]];
}

/* ---- the memory operand ---- */

static void patch(struct gen *g, struct encoding *e, unsigned at, unsigned bytes, uint64_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        e->bytes[at + i] = (uint8_t)(value >> 8 * i);
    if (!encode_again(e, g->bits, g->features))
        e->length = 0;
}

/* An offset in the segment that the operand counts from. */
static uint64_t place_in_segment(struct gen *g, const struct insn *insn, unsigned bytes)
{
    struct rng *rng = &g->rng;
    unsigned mask = bytes >= 16 && rng_below(rng, 8) ? ~15u : ~0u;

    if (g->bits == 64)
        return gen_place(g, bytes) - (insn->seg == SEG_FS   ? g->p->fs_base
                                      : insn->seg == SEG_GS ? g->p->gs_base
                                                            : 0);
    if (g->bits == 32)
        return gen_place(g, bytes) -
               (g->p->short_data && (insn->seg == SEG_DS || insn->seg == SEG_ES) ? SHORT_BASE : 0);
    switch (insn->seg) {
    case SEG_CS:
        return 0x3800 + (rng_below(rng, 0x800) & mask);
    case SEG_SS:
        return rng_below(rng, 0x1000) & mask;
    case SEG_FS:
        return 0x500 + (rng_below(rng, 0x600) & mask);
    case SEG_GS:
        return (8 * rng_below(rng, 0x20)) & mask;
    default:
        return gen_place(g, bytes) - (insn->seg == SEG_ES ? REAL_ES * 16 : REAL_DS * 16);
    }
}

static bool is_stable(const struct gen *g, unsigned reg)
{
    return (g->stable | g->counters) >> reg & 1;
}

/* Let the effective address be `offset`: registers that are free are loaded before. False: the
 * encoding leaves no choice. */
static bool aim(struct gen *g, struct encoding *e, uint64_t offset, unsigned bytes)
{
    const struct insn *insn = &e->insn;
    uint64_t rest = offset - (uint64_t)(int64_t)insn->disp, index = 0;
    bool indexed = insn->index < 16, based = insn->base < 16;

    if (insn->base == REG_TRACE_IP) {
        patch(g, e, e->disp, 4, offset - gen_rip(g, g->at + e->length));
        return e->length > 0;
    }
    if (indexed && (!based || insn->index != insn->base)) {
        if (is_stable(g, insn->index)) {
            index = g->known[insn->index] << insn->scale;
        } else {
            index = rng_below(&g->rng, 64) & (bytes >= 16 ? 0x30 : 0x3f);
            gen_load(g, insn->index, index);
            index <<= insn->scale;
        }
        rest -= index;
    }
    if (!based || is_stable(g, insn->base)) {
        uint64_t disp = offset - index - (based ? g->known[insn->base] : 0);

        if (based && indexed && insn->index == insn->base)
            disp -= g->known[insn->base] << insn->scale;
        if (!e->disp_bytes) /* what the register points to */
            return true;
        if (e->disp_bytes == 1) {
            if (bytes >= 16 && rng_below(&g->rng, 4))
                patch(g, e, e->disp, 1, (e->bytes[e->disp] & 0xf0) | (disp & 15)); /* aligned */
            return e->length > 0;
        }
        patch(g, e, e->disp, e->disp_bytes, disp);
        return e->length > 0;
    }
    if (indexed && insn->index == insn->base)
        rest = insn->scale ? rest / (1 + BIT(insn->scale)) : rest >> 1;
    if (g->bits == 16)
        rest &= 0xffff;
    gen_load(g, insn->base, rest);
    return true;
}

static unsigned memory_operand(const struct insn *insn)
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned kind = OP_KIND(insn_row(insn)->operands[i]);

        if (kind == K_O || (insn->mem && operand_may_be_memory(insn_row(insn)->operands[i])))
            return i;
    }
    return 4;
}

static bool place_operand(struct gen *g, struct encoding *e)
{
    unsigned n = memory_operand(&e->insn), bytes;
    uint64_t address;

    if (n == 4 || (!g->calm && rng_once_in(&g->rng, 100))) /* ... or wherever it points */
        return true;
    bytes = encode_operand_bytes(&e->insn, n);
    address = place_in_segment(g, &e->insn, bytes);
    if (OP_KIND(insn_row(&e->insn)->operands[n]) == K_O) {
        patch(g, e, e->immediate, (unsigned)(e->length - e->immediate), address);
        return e->length > 0;
    }
    return aim(g, e, address, bytes);
}

/* ---- which registers may change ---- */

static bool writes_stable(const struct gen *g, const struct insn *insn, unsigned *which)
{
    const struct row *row = insn_row(insn);

    *which = 16;
    for (unsigned i = 0; i < 3; i++) {
        unsigned kind = OP_KIND(row->operands[i]), access = OP_ACCESS(row->operands[i]), n;

        if (access != ACC_W && access != ACC_RW)
            continue;
        if (kind == K_REG) {
            n = OP_VALUE(row->operands[i]);
            if (OP_SIZE(row->operands[i]) == SZ_b)
                n &= 3;
        } else if (kind == K_G || kind == K_R || kind == K_Z || kind == K_B ||
                   (kind == K_E && !insn->mem)) {
            n = insn_register(insn, i);
            if (OP_SIZE(row->operands[i]) == SZ_b)
                n /= 8;
        } else {
            continue;
        }
        if (n < 16 && is_stable(g, n))
            *which = n;
        if (*which == RSP)
            break;
    }
    return *which < 16;
}

static void prepare_string(struct gen *g, const struct insn *insn)
{
    uint64_t flat = g->p->short_data ? SHORT_BASE : 0;
    uint64_t es = g->bits == 16 ? REAL_ES * 16 : flat, ds = g->bits == 16 ? REAL_DS * 16 : flat;

    if (g->calm || rng_below(&g->rng, 8))
        gen_load(g, RDI, gen_place(g, 8) - es);
    if ((g->calm || rng_below(&g->rng, 8)) && !is_stable(g, RSI))
        gen_load(g, RSI, gen_place(g, 8) - ds);
    if (insn->rep && rng_below(&g->rng, 40))
        gen_load(g, RCX, rng_below(&g->rng, rng_once_in(&g->rng, 6) ? 700 : 24));
}

/* Mostly quotients that fit. */
static void prepare_division(struct gen *g, const struct insn *insn)
{
    bool byte = OP_SIZE(insn_row(insn)->operands[0]) == SZ_b;
    unsigned reg = byte ? insn->dst / 8u : insn->dst;

    if (!g->calm && rng_once_in(&g->rng, 6))
        return;
    if (byte)
        gen_code(g, "0f b6 c0"); /* movzx eax,al */
    else
        gen_code(g, "31 d2"); /* xor edx,edx */
    if (!insn->mem && !is_stable(g, reg))
        gen_load(g, reg, 0x101 + rng_below(&g->rng, 5000));
}

/* Memory that cannot be where it is wanted: addresses of 16 bits in 32-bit code, pointers that count. */
static bool suits_badly(const struct gen *g, const struct insn *insn)
{
    bool memory = memory_operand(insn) != 4 || insn_row(insn)->attributes & (A_REP | A_REPZ);

    if (!memory)
        return false;
    return (g->bits == 32 && insn->asize == ASIZE_16) ||
           (insn->mem && ((insn->base < 16 && g->counters >> insn->base & 1) ||
                          (insn->index < 16 && g->counters >> insn->index & 1)));
}

void gen_row(struct gen *g)
{
    struct encoding e;
    unsigned stable;

    for (unsigned tries = 0; tries < 40; tries++) {
        const struct row *row = pick(g);

        if (!encode_row(row, g->bits, g->features, &g->rng, &e))
            continue;
        if (g->calm && decode_insn(e.bytes, e.length, encode_mode(g->bits), g->features, &e.insn) !=
                           DECODE_OK) /* LOCK where it may not be */
            continue;
        if (e.insn.mem && e.insn.base < 16 && !is_stable(g, e.insn.base) && rng_below(&g->rng, 3))
            continue; /* rather by a pointer that is there */
        if (suits_badly(g, &e.insn) && rng_below(&g->rng, g->calm ? 200 : 20))
            continue;
        /* Handlers outside 64-bit code have no stack but the program's. */
        if (writes_stable(g, &e.insn, &stable) &&
            rng_below(&g->rng, stable == RSP && g->bits != 64 ? 500 : 40))
            continue;
        if (!strcmp(row->id, "enter_Iw_Ib") && rng_below(&g->rng, 20)) { /* a small frame */
            patch(g, &e, e.immediate + 1u, 1, 0);
            patch(g, &e, e.immediate + 2u, 1, rng_below(&g->rng, 4));
        }
        if (!strncmp(row->id, "div_", 4) || !strncmp(row->id, "idiv_", 5))
            prepare_division(g, &e.insn);
        if (row->attributes & (A_REP | A_REPZ))
            prepare_string(g, &e.insn);
        else if (!place_operand(g, &e))
            continue;
        gen_bytes(g, e.bytes, e.length);
        if (g->calm && (row->attributes & (A_REP | A_REPZ) || !strcmp(row->id, "leave") ||
                        !strcmp(row->id, "popa")))
            gen_pointers(g);
        return;
    }
}
