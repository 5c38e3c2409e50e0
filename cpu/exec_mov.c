/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_mov.c - moves, extensions, exchanges, addresses.
 * Source: SDM Vol. 2, the pages of the instructions.
 */
#include "cpu/exec.h"
#include "cpu/insn_table.h"

BODY(mov)
{
    uint64_t value;

    if (!src_read(cpu, insn, form, size, &value))
        return BODY_FAULT;
    if (form == FORM_M_R || form == FORM_N_R || form == FORM_M_I || form == FORM_N_I) {
        if (!form_write(cpu, insn, form, size, value))
            return BODY_FAULT;
    } else {
        gpr_write(cpu, insn->dst, size, value);
    }
    NEXT(cpu, insn);
}
HANDLERS_2(mov)

/* MOV with the accumulator and an address in the instruction (insn->imm). */
EXEC(mov_moffs)
{
    unsigned size = op_size(insn, 0);
    uint64_t value;

    if (OP_KIND(insn_row(insn)->operands[0]) == K_O) {
        if (!cpu_write(cpu, MEM_SEG(insn), insn->imm, size, gpr_read(cpu, RAX, size)))
            return EXEC_FAULT;
    } else {
        if (!cpu_read(cpu, MEM_SEG(insn), insn->imm, size, &value))
            return EXEC_FAULT;
        gpr_write(cpu, RAX, size, value);
    }
    return EXEC_NEXT;
}

/* MOVZX, MOVSX, MOVSXD: `size` is the destination's; the source has 1, 2 or 4 bytes. */
ALWAYS_INLINE bool narrow_source(struct cpu *cpu, const struct insn *insn, enum form form,
                                 unsigned bytes, uint64_t *value)
{
    uint64_t place;

    if (form == FORM_R_R) {
        *value = gpr_read(cpu, insn->src, bytes);
        return true;
    }
    return form_read(cpu, insn, form, bytes, ACCESS_READ, &place, value);
}

#define EXTEND(name, bytes, extend)                                                                \
    BODY(name)                                                                                     \
    {                                                                                              \
        uint64_t value;                                                                            \
                                                                                                   \
        if (!narrow_source(cpu, insn, form, bytes, &value))                                        \
            return BODY_FAULT;                                                                     \
        gpr_write(cpu, insn->dst, size, (uint64_t)extend(value, bytes));                           \
        NEXT(cpu, insn);                                                                           \
    }                                                                                              \
    HANDLERS_R_RM(name)
EXTEND(movzx_b, 1, zero_extend)
EXTEND(movzx_w, 2, zero_extend)
EXTEND(movsx_b, 1, sign_extend)
EXTEND(movsx_w, 2, sign_extend)

/* MOVSXD: with a 16- or 32-bit operand size a plain move of that many bits. */
BODY(movsxd)
{
    unsigned bytes = size < 4 ? size : 4;
    uint64_t value;

    if (!narrow_source(cpu, insn, form, bytes, &value))
        return BODY_FAULT;
    gpr_write(cpu, insn->dst, size, (uint64_t)sign_extend(value, bytes));
    NEXT(cpu, insn);
}
HANDLERS_R_RM(movsxd)

/* LEA: the address, cut or zero-extended to the operand size. */
BODY(lea)
{
    uint64_t value;

    if (form == FORM_R_M)
        value = cpu->gpr[insn->base] + (cpu->gpr[insn->index] << insn->scale) +
                (uint64_t)(int64_t)insn->disp;
    else
        value = insn_offset(cpu, insn);
    gpr_write(cpu, insn->dst, size, value);
    NEXT(cpu, insn);
}
HANDLERS_R_RM(lea)

BODY(xchg)
{
    uint64_t dest, src = gpr_read(cpu, insn->src, size);
    uint64_t place;

    if (!dest_read(cpu, insn, form, size, ACCESS_RMW, &place, &dest) ||
        !dest_write(cpu, insn, form, size, place, src))
        return BODY_FAULT;
    gpr_write(cpu, insn->src, size, dest);
    NEXT(cpu, insn);
}
HANDLERS_RM_R(xchg)

/* CMOVcc: the source is read in any case; a 32-bit destination is zero-extended in any case. */
#define CMOV(cc, code)                                                                             \
    BODY(cmov##cc)                                                                                 \
    {                                                                                              \
        uint64_t value;                                                                            \
                                                                                                   \
        if (!src_read(cpu, insn, form, size, &value))                                              \
            return BODY_FAULT;                                                                     \
        if (flags_condition(cpu, code))                                                            \
            gpr_write(cpu, insn->dst, size, value);                                                \
        else if (size == 4)                                                                        \
            gpr_write(cpu, insn->dst, 4, gpr_read(cpu, insn->dst, 4));                             \
        NEXT(cpu, insn);                                                                           \
    }                                                                                              \
    HANDLERS_R_RM(cmov##cc)                                                                        \
    BODY(set##cc)                                                                                  \
    {                                                                                              \
        bool value = flags_condition(cpu, code);                                                   \
                                                                                                   \
        if (form == FORM_R)                                                                        \
            gpr_write(cpu, insn->dst, size, value);                                                \
        else if (!form_write(cpu, insn, form, size, value))                                        \
            return BODY_FAULT;                                                                     \
        NEXT(cpu, insn);                                                                           \
    }                                                                                              \
    HANDLERS_1(set##cc)
CMOV(o, 0x0)
CMOV(no, 0x1)
CMOV(b, 0x2)
CMOV(nb, 0x3)
CMOV(z, 0x4)
CMOV(nz, 0x5)
CMOV(be, 0x6)
CMOV(nbe, 0x7)
CMOV(s, 0x8)
CMOV(ns, 0x9)
CMOV(p, 0xa)
CMOV(np, 0xb)
CMOV(l, 0xc)
CMOV(nl, 0xd)
CMOV(le, 0xe)
CMOV(nle, 0xf)

/* BSWAP of a 16-bit register is undefined; hardware clears it. */
BODY(bswap)
{
    uint64_t value = gpr_read(cpu, insn->dst, size);

    value = size == 8   ? __builtin_bswap64(value)
            : size == 4 ? __builtin_bswap32((uint32_t)value)
                        : 0;
    gpr_write(cpu, insn->dst, size, value);
    NEXT(cpu, insn);
}
HANDLERS_1(bswap)

/* XLAT: AL := [DS:rBX + AL]. */
EXEC(xlat)
{
    uint64_t offset = cpu->gpr[RBX] + (uint8_t)cpu->gpr[RAX], value;

    offset &= insn->asize == ASIZE_64   ? ~UINT64_C(0)
              : insn->asize == ASIZE_32 ? UINT64_C(0xffffffff)
                                        : UINT64_C(0xffff);
    if (!cpu_read(cpu, MEM_SEG(insn), offset, 1, &value))
        return EXEC_FAULT;
    gpr_write(cpu, RAX, 1, value);
    return EXEC_NEXT;
}

/* CBW CWDE CDQE: the lower half of the accumulator, sign-extended. */
EXEC(cbw)
{
    unsigned size = insn_opsize(insn);

    gpr_write(cpu, RAX, size, (uint64_t)sign_extend(cpu->gpr[RAX], size / 2));
    return EXEC_NEXT;
}

/* CWD CDQ CQO: rDX := sign of rAX. */
EXEC(cwd)
{
    unsigned size = insn_opsize(insn);

    gpr_write(cpu, RDX, size, (uint64_t)(sign_extend(cpu->gpr[RAX], size) >> 63));
    return EXEC_NEXT;
}

EXEC(nop)
{
    return EXEC_NEXT;
}
