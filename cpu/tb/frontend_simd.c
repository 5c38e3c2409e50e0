/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/frontend_simd.c - vector and x87 instructions -> ops. They are executed by the host's own
 * instruction of the same name, so a row is eligible when its operands are registers that the host
 * has, memory and immediates, and when processors of all makers agree on its result.
 */
#include <string.h>

#include "cpu/exec.h"
#include "cpu/tb/ir.h"

/* Bytes of a memory operand; 0: not one of these. */
static unsigned memory_size(const struct insn *insn, uint32_t operand)
{
    switch (OP_SIZE(operand)) {
    case SZ_b:
    case SZ_rd_mb:
        return 1;
    case SZ_w:
    case SZ_rd_mw:
        return 2;
    case SZ_d:
        return 4;
    case SZ_q:
        return 8;
    case SZ_y:
        return insn->opsize == OPSIZE_64 ? 8 : 4;
    case SZ_t:
        return 10;
    case SZ_dq:
        return 16;
    case SZ_x:
        return 16u << insn->vlen;
    case SZ_qq:
        return 32;
    default:
        return 0;
    }
}

static bool is_rm(unsigned kind)
{
    return kind == K_E || kind == K_W || kind == K_M || kind == K_U || kind == K_R;
}

/* Approximations are the maker's own; masked stores and gathers may fault in the middle. */
static bool is_left_out(const struct row *row)
{
    static const char *const words[] = { "rcp",     "rsqrt",    "maskmov",  "gather", "ldmxcsr",
                                         "stmxcsr", "pcmpestr", "pcmpistr", "vzero",  "vpmaskmov" };

    for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
        if (strstr(row->mnemonic, words[i]))
            return true;
    }
    return false;
}

bool simd_row_is_eligible(const struct row *row, bool host_avx)
{
    unsigned vectors = 0;

    if (!(row->attributes & (A_SSE | A_AVX)) || row->attributes & (A_MMX | A_FPU | A_END | A_IO))
        return false;
    if (row->attributes & A_AVX && !host_avx)
        return false;
    for (unsigned i = 0; i < 4; i++) {
        switch (OP_KIND(row->operands[i])) {
        case K_V:
        case K_W:
        case K_U:
        case K_H:
        case K_L:
        case K_XMM0:
            vectors++;
            break;
        case K_NONE:
        case K_E:
        case K_G:
        case K_M:
        case K_R:
        case K_I:
            break;
        default:
            return false;
        }
    }
    return vectors && !is_left_out(row);
}

static bool emit_simd(struct block *b, unsigned argument)
{
    const struct insn *insn = b->insn;
    const struct row *row = insn_row(insn);
    unsigned size = 0;
    bool store = false;
    struct op *op;

    (void)argument;
    if (!(b->flags & (row->attributes & A_AVX ? TBF_AVX : TBF_SSE)))
        return false;
    for (unsigned i = 0; i < 4 && insn->mem; i++) {
        if (is_rm(OP_KIND(row->operands[i]))) {
            size = memory_size(insn, row->operands[i]);
            store = OP_ACCESS(row->operands[i]) == ACC_W;
        }
    }
    if (insn->mem && !size)
        return false;
    if (!b->has_vectors) {
        block_op(b, OP_VECTORS, 0);
        b->has_vectors = true;
    }
    if (insn->mem)
        block_address(b, size, store ? ACCESS_WRITE : ACCESS_READ);
    op = block_op(b, OP_SIMD, 16u << insn->vlen);
    op->defines = row->flags_written & ALL_FLAGS;
    op->from = (uint8_t)size;
    op->mem = !insn->mem ? MEM_NONE : store ? MEM_DST : MEM_SRC;
    op->write = store;
    op->align = insn->mem && row->attributes & A_ALIGN16;
    for (unsigned i = 0; i < 2; i++) { /* a general register that is written */
        unsigned kind = OP_KIND(row->operands[i]);

        if (OP_ACCESS(row->operands[i]) == ACC_W &&
            (kind == K_G || kind == K_R || (kind == K_E && !insn->mem)))
            op->d = (uint8_t)insn_register(insn, i);
    }
    return true;
}

const struct emitter emitter_simd = { NULL, emit_simd, 0 };

static bool emit_x87(struct block *b, unsigned argument)
{
    const struct insn *insn = b->insn;
    const struct row *row = insn_row(insn);
    unsigned size = insn->mem ? memory_size(insn, row->operands[0]) : 0;
    bool store = insn->mem && OP_ACCESS(row->operands[0]) == ACC_W;
    struct op *op;

    (void)argument;
    if (!(b->flags & TBF_X87) || (insn->mem && (!size || row->handlers == &exec_fnstsw)))
        return false;
    /* Data pointers are offsets; here they are made from linear addresses. */
    if (insn->mem && insn->seg != SEG_FLAT && insn->seg != SEG_FLAT_SS)
        return false;
    if (!b->has_x87) {
        block_op(b, OP_STACK, 0);
        b->has_x87 = true;
    }
    if (insn->mem)
        block_address(b, size, store ? ACCESS_WRITE : ACCESS_READ);
    op = block_op(b, OP_X87, 10);
    op->defines = row->flags_written & ALL_FLAGS;
    op->uses = row->flags_tested & ALL_FLAGS;
    op->from = (uint8_t)size;
    op->mem = !insn->mem ? MEM_NONE : store ? MEM_DST : MEM_SRC;
    op->write = store;
    op->is_imm = row->handlers == &exec_fnstsw; /* leaves the pointers alone */
    if (op->is_imm && !insn->mem)
        op->d = RAX;
    return true;
}

/* clang-format off */
#define E(name) { &exec_##name, emit_x87, 0 },
#define ARITH(name) E(name##_m) E(name##_st0) E(name##_sti) E(name##p)
const struct emitter emitters_x87[] = {
    ARITH(fadd) ARITH(fmul) ARITH(fsub) ARITH(fsubr) ARITH(fdiv) ARITH(fdivr)
    E(fiadd_m) E(fimul_m) E(fisub_m) E(fisubr_m) E(fidiv_m) E(fidivr_m)
    E(fcom_m) E(fcomp_m) E(ficom_m) E(ficomp_m) E(fcom_sti) E(fcomp_sti) E(fcompp)
    E(fucom) E(fucomp) E(fucompp) E(fcomi) E(fcomip) E(fucomi) E(fucomip) E(ftst) E(fxam)
    E(fld_m) E(fld_m80) E(fild_m) E(fld_sti) E(fld1) E(fldl2t) E(fldl2e) E(fldpi) E(fldlg2)
    E(fldln2) E(fldz) E(fst_m) E(fstp_m) E(fstp_m80) E(fist_m) E(fistp_m) E(fisttp_m)
    E(fst_sti) E(fstp_sti) E(fxch) E(fchs) E(fabs) E(fsqrt) E(frndint) E(fnstsw)
    { NULL, NULL, 0 },
};
#undef ARITH
#undef E
/* clang-format on */
