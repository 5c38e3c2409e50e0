/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/insn_codes.h - the words that instruction table rows are written in, all integer constants.
 * Operand codes as in SDM Vol. 2D, appendix "Opcode Map". Only files that read rows include this.
 */
#ifndef CPU_INSN_CODES_H
#define CPU_INSN_CODES_H

#include "cpu/cpu.h"

/* Opcode: map and byte, and what else must hold for the row to match. Rows are tried in order. */
#define MAP_1(byte) (0x000u | (byte)) /* one-byte opcodes */
#define MAP_0F(byte) (0x100u | (byte))
#define MAP_0F38(byte) (0x200u | (byte))
#define MAP_0F3A(byte) (0x300u | (byte))
/* VEX-encoded. Their mandatory prefix is VEX.pp, W0 and W1 are VEX.W. */
#define VEX_0F(byte) (0x500u | (byte))
#define VEX_0F38(byte) (0x600u | (byte))
#define VEX_0F3A(byte) (0x700u | (byte))
#define OPC_IS_VEX(op) ((op)&0x400u)
#define OPC_INDEX(op) ((op)&0x7ff) /* map and byte */
#define NP (1u << 11)              /* none of 66 F3 F2 */
#define P66 (2u << 11)             /* mandatory prefix 66 (and not F3, F2) */
#define PF3 (3u << 11)
#define PF2 (4u << 11)
#define NOREP (5u << 11) /* no F3, no F2; 66 allowed */
#define OPC_PREFIX(op) ((op) >> 11 & 7)
#define REG(n) (((n) + 1u) << 14)     /* ModRM.reg is n: "/n" */
#define OPC_REG(op) ((op) >> 14 & 15) /* 0: any, n + 1 */
/* ModRM.rm is n (with REG_ONLY); without ModRM: the opcode's register, REX.B included, is n. */
#define RM(n) (((n) + 1u) << 18)
#define OPC_RM(op) ((op) >> 18 & 15)
#define MEM_ONLY (1u << 22)
#define REG_ONLY (2u << 22)
#define OPC_MOD(op) ((op) >> 22 & 3)
/* REX.W or VEX.W; outside 64-bit mode it counts in VEX rows without general registers only. */
#define W0 (1u << 24)
#define W1 (2u << 24)
#define OPC_W(op) ((op) >> 24 & 3)
#define PLUS_R (1u << 26) /* the low three bits of the opcode are a register: eight opcodes */
#define L0 (1u << 28)     /* VEX.L: 128 bits, or a scalar that must say so */
#define L1 (2u << 28)     /* 256 bits; neither: VEX.L is ignored */
#define OPC_L(op) ((op) >> 28 & 3)
#define MODRM (1u << 30) /* has a ModRM byte that no operand code shows (0F 18 hint NOPs) */

/* Operand kinds. */
enum {
    K_NONE,
    K_E,     /* ModRM.rm: general register or memory */
    K_G,     /* ModRM.reg: general register */
    K_M,     /* ModRM.rm: memory only */
    K_R,     /* ModRM.rm: general register only */
    K_I,     /* immediate, zero-extended (Iz in 64-bit operations: sign-extended) */
    K_IS,    /* immediate byte, sign-extended to the operand size */
    K_J,     /* relative branch target */
    K_O,     /* memory at an address given in the instruction (MOV AL,moffs) */
    K_A,     /* far pointer in the instruction */
    K_S,     /* ModRM.reg: segment register */
    K_C,     /* ModRM.reg: control register */
    K_D,     /* ModRM.reg: debug register */
    K_X,     /* memory at DS:rSI */
    K_Y,     /* memory at ES:rDI */
    K_Z,     /* low three bits of the opcode: general register */
    K_REG,   /* fixed general register (byte registers: AL CL DL BL AH ...) */
    K_SREG,  /* fixed segment register */
    K_CONST, /* the constant 1 or 3 */
    K_V,     /* ModRM.reg: XMM */
    K_W,     /* ModRM.rm: XMM or memory */
    K_U,     /* ModRM.rm: XMM only */
    K_H,     /* VEX.vvvv: XMM */
    K_L,     /* bits 7-4 of an immediate byte (insn->imm): XMM */
    K_B,     /* VEX.vvvv: general register */
    K_P,     /* ModRM.reg: MMX */
    K_Q,     /* ModRM.rm: MMX or memory */
    K_N,     /* ModRM.rm: MMX only */
    K_XMM0,  /* implicit XMM0 */
    K_ST0,   /* x87 top of stack */
    K_STI,   /* x87 ST(ModRM.rm) */
    K_F,     /* the flags register (PUSHF, POPF) */
    K_VM,    /* ModRM.rm, memory only: the SIB index is a vector register (gathers) */
};

/* Operand sizes. */
enum {
    SZ_0, /* no size: LEA, INVLPG */
    SZ_b,
    SZ_w,
    SZ_d,
    SZ_q,  /* 1, 2, 4, 8 bytes */
    SZ_v,  /* operand size: 2, 4, 8 */
    SZ_z,  /* 2, or 4 for 32- and 64-bit operand size */
    SZ_y,  /* 4 or 8 (REX.W) */
    SZ_rv, /* register: operand size; memory: 2 bytes (SLDT, STR, SMSW, MOV Ev,Sw) */
    SZ_p,  /* far pointer: offset of the operand size, selector */
    SZ_s,  /* descriptor-table register image: 6 or 10 bytes */
    SZ_a,  /* BOUND: two operands of the operand size */
    SZ_dq, /* 16 bytes */
    SZ_x,  /* vector length */
    SZ_qq, /* 32 bytes: YMM */
    SZ_t,  /* 10 bytes */
    SZ_rd_mb,
    SZ_rd_mw, /* register: 32 bits; memory: 1, 2 bytes (PEXTRB, PINSRW, ...) */
    SZ_fenv,
    SZ_fsave,
    SZ_fxsave, /* x87 images */
    SZ_adr,    /* register: as wide as an address (MOVDIR64B) */
    SZ_zz,     /* 64 bytes: ZMM */
    SZ_xsave,  /* 576 bytes, and as many as XCR0 and EDX:EAX ask for */
};

/* An operand: kind, size, fixed value; R() W() RW() ADDR() add the access. */
#define OPND(kind, size) ((kind) | (size) << 8)
#define OPND_FIXED(kind, size, value) ((kind) | (size) << 8 | (uint32_t)(value) << 24)
#define R(o) ((o) | ACC_R << 16)
#define W(o) ((o) | ACC_W << 16)
#define RW(o) ((o) | ACC_RW << 16)
#define ADDR(o) ((o) | ACC_ADDR << 16)
#define NO_OP 0
#define OP_KIND(o) ((o)&0xff)
#define OP_SIZE(o) ((o) >> 8 & 0xff)
#define OP_ACCESS(o) ((o) >> 16 & 0xff)
#define OP_VALUE(o) ((o) >> 24)

/* clang-format off */
enum {
    Eb = OPND(K_E, SZ_b), Ew = OPND(K_E, SZ_w), Ed = OPND(K_E, SZ_d), Eq = OPND(K_E, SZ_q),
    Ev = OPND(K_E, SZ_v), Ez = OPND(K_E, SZ_z), Ey = OPND(K_E, SZ_y), Erv = OPND(K_E, SZ_rv),
    Erd_mb = OPND(K_E, SZ_rd_mb), Erd_mw = OPND(K_E, SZ_rd_mw),
    Gb = OPND(K_G, SZ_b), Gw = OPND(K_G, SZ_w), Gd = OPND(K_G, SZ_d), Gq = OPND(K_G, SZ_q),
    Gv = OPND(K_G, SZ_v), Gy = OPND(K_G, SZ_y), Gz = OPND(K_G, SZ_z), Ga = OPND(K_G, SZ_adr),
    M_ = OPND(K_M, SZ_0), Mb = OPND(K_M, SZ_b), Mw = OPND(K_M, SZ_w), Md = OPND(K_M, SZ_d),
    Mq = OPND(K_M, SZ_q), Mv = OPND(K_M, SZ_v), My = OPND(K_M, SZ_y), Mp = OPND(K_M, SZ_p),
    Ms = OPND(K_M, SZ_s), Ma = OPND(K_M, SZ_a), Mdq = OPND(K_M, SZ_dq), Mx = OPND(K_M, SZ_x),
    Mt = OPND(K_M, SZ_t), Mfenv = OPND(K_M, SZ_fenv), Mfsave = OPND(K_M, SZ_fsave),
    Mfxsave = OPND(K_M, SZ_fxsave), Mzz = OPND(K_M, SZ_zz), Mxsave = OPND(K_M, SZ_xsave),
    Rd = OPND(K_R, SZ_d), Rq = OPND(K_R, SZ_q), Rv = OPND(K_R, SZ_v), Ry = OPND(K_R, SZ_y),
    Ib = OPND(K_I, SZ_b), Iw = OPND(K_I, SZ_w), Iz = OPND(K_I, SZ_z), Iv = OPND(K_I, SZ_v),
    Ibs = OPND(K_IS, SZ_b),
    Jb = OPND(K_J, SZ_b), Jz = OPND(K_J, SZ_z), Ap = OPND(K_A, SZ_p),
    Ob = OPND(K_O, SZ_b), Ov = OPND(K_O, SZ_v),
    Sw = OPND(K_S, SZ_w), Cy = OPND(K_C, SZ_y), Dy = OPND(K_D, SZ_y),
    Xb = OPND(K_X, SZ_b), Xw = OPND(K_X, SZ_w), Xd = OPND(K_X, SZ_d), Xv = OPND(K_X, SZ_v), Xz = OPND(K_X, SZ_z),
    Yb = OPND(K_Y, SZ_b), Yv = OPND(K_Y, SZ_v), Yz = OPND(K_Y, SZ_z),
    Zb = OPND(K_Z, SZ_b), Zv = OPND(K_Z, SZ_v),
    Vx = OPND(K_V, SZ_x), Vdq = OPND(K_V, SZ_dq), Vq = OPND(K_V, SZ_q), Vd = OPND(K_V, SZ_d),
    Wx = OPND(K_W, SZ_x), Wdq = OPND(K_W, SZ_dq), Wq = OPND(K_W, SZ_q), Wd = OPND(K_W, SZ_d), Ww = OPND(K_W, SZ_w),
    Ux = OPND(K_U, SZ_x), Udq = OPND(K_U, SZ_dq), Uq = OPND(K_U, SZ_q),
    Vqq = OPND(K_V, SZ_qq), Wqq = OPND(K_W, SZ_qq), Uqq = OPND(K_U, SZ_qq), Mqq = OPND(K_M, SZ_qq), Ud = OPND(K_U, SZ_d),
    Hx = OPND(K_H, SZ_x), Hdq = OPND(K_H, SZ_dq), Hqq = OPND(K_H, SZ_qq), Hq = OPND(K_H, SZ_q), Hd = OPND(K_H, SZ_d),
    Lx = OPND(K_L, SZ_x), Ldq = OPND(K_L, SZ_dq), Lqq = OPND(K_L, SZ_qq), By = OPND(K_B, SZ_y),
    VMd = OPND(K_VM, SZ_d), VMq = OPND(K_VM, SZ_q),
    Pq = OPND(K_P, SZ_q), Pd = OPND(K_P, SZ_d), Qq = OPND(K_Q, SZ_q), Qd = OPND(K_Q, SZ_d), Nq = OPND(K_N, SZ_q),
    XMM0 = OPND(K_XMM0, SZ_dq), ST0 = OPND(K_ST0, SZ_t), STi = OPND(K_STI, SZ_t),
    Fv = OPND(K_F, SZ_v), ONE = OPND_FIXED(K_CONST, SZ_b, 1),
    AL = OPND_FIXED(K_REG, SZ_b, 0), CL = OPND_FIXED(K_REG, SZ_b, 1), AH = OPND_FIXED(K_REG, SZ_b, 4),
    AX = OPND_FIXED(K_REG, SZ_w, RAX), DX = OPND_FIXED(K_REG, SZ_w, RDX),
    rAX = OPND_FIXED(K_REG, SZ_v, RAX), zAX = OPND_FIXED(K_REG, SZ_z, RAX),
    ES_ = OPND_FIXED(K_SREG, SZ_w, SEG_ES), CS_ = OPND_FIXED(K_SREG, SZ_w, SEG_CS),
    SS_ = OPND_FIXED(K_SREG, SZ_w, SEG_SS), DS_ = OPND_FIXED(K_SREG, SZ_w, SEG_DS),
    FS_ = OPND_FIXED(K_SREG, SZ_w, SEG_FS), GS_ = OPND_FIXED(K_SREG, SZ_w, SEG_GS),
};
/* clang-format on */

/* Jcc: 70h-7Fh and 0F 80h-8Fh; the low four bits are the condition. */
static inline bool opc_is_jcc(uint32_t op)
{
    return (OPC_INDEX(op) & ~15u) == MAP_1(0x70) || (OPC_INDEX(op) & ~15u) == MAP_0F(0x80);
}

#define ALL_FLAGS (OF | SF | ZF | AF | PF | CF)

/*
 * The column of undefined flags says what becomes of each. Here that is what an AMD processor does
 * (Zen 5); makers and generations differ, and `tests/silicon/silicon -undefined` prints where the
 * host does. Bits 0-11 are the flags, those of a kind stand again further up.
 */
enum { UNDEF_SAME, UNDEF_ZERO, UNDEF_ONE, UNDEF_RESULT, UNDEF_LIKE_1 };
#define U_KIND(flags, kind) ((uint64_t)(flags) << (12 * (kind)) | (flags))
#define U_SAME(flags) U_KIND(flags, UNDEF_SAME)     /* as before */
#define U_ZERO(flags) U_KIND(flags, UNDEF_ZERO)     /* cleared */
#define U_ONE(flags) U_KIND(flags, UNDEF_ONE)       /* set */
#define U_RESULT(flags) U_KIND(flags, UNDEF_RESULT) /* follows the result; of AAA and AAS, AL */
#define U_LIKE_1(flags) U_KIND(flags, UNDEF_LIKE_1) /* by the manual's rule for a count of 1 */

/* UNDEF_*: what becomes of one flag that the row calls undefined. */
static inline unsigned row_undefined(const struct row *row, unsigned flag)
{
    unsigned kind = UNDEF_LIKE_1;

    while (kind != UNDEF_SAME && !(row->undefined >> (12 * kind) & flag))
        kind--;
    return kind;
}

/* A kind of operand in a set of them. */
#define KIND_SET(o) (UINT64_C(1) << OP_KIND(o))
#define KINDS2(a, b) (UINT64_C(1) << (a) | UINT64_C(1) << (b))
#define KINDS4(a, b, c, d) (KINDS2(a, b) | KINDS2(c, d))

/*
 * The conditions of a row as bits: the row is meant when `match` is, in the bits of `mask`, what the
 * decoder found. REG, RM, MOD, W and L stand where the opcode has them, the prefixes in bits of their
 * own. A row whose operands allow only one kind of ModRM.mod says so in MOD.
 */
#define MATCH_MODRM 1u /* never in the mask: the row has a ModRM byte */
#define MATCH_66 (1u << 11)
#define MATCH_REP(rep) ((uint32_t)(rep) << 12) /* REP_* */
#define MATCH_64 (1u << 31)                    /* 64-bit mode */
#define MATCH_FIELDS (15u << 14 | 15u << 18 | 3u << 24 | 3u << 28)
#define KINDS_MOD_FREE KINDS2(K_C, K_D) /* ModRM.rm is a register whatever mod says */
#define KINDS_MEMORY KINDS2(K_M, K_VM)
#define KINDS_REGISTER KINDS4(K_R, K_U, K_N, K_STI)
#define KINDS_MODRM                                                                                \
    (KINDS4(K_E, K_G, K_M, K_R) | KINDS4(K_S, K_C, K_D, K_V) | KINDS4(K_W, K_U, K_VM, K_P) |       \
     KINDS2(K_Q, K_N) | KINDS2(K_STI, K_STI))
#define MATCH_MOD(code, kinds)                                                                     \
    (OPC_MOD(code)            ? OPC_MOD(code)                                                      \
     : (kinds)&KINDS_MOD_FREE ? 0u                                                                 \
     : (kinds)&KINDS_MEMORY   ? OPC_MOD(MEM_ONLY)                                                  \
     : (kinds)&KINDS_REGISTER ? OPC_MOD(REG_ONLY)                                                  \
                              : 0u)
#define MATCH_MASK(code, kinds, attrs)                                                             \
    ((OPC_PREFIX(code) ? MATCH_REP(3) : 0u) |                                                      \
     (OPC_PREFIX(code) == OPC_PREFIX(NP) || OPC_PREFIX(code) == OPC_PREFIX(P66) ? MATCH_66 : 0u) | \
     (OPC_REG(code) ? 15u << 14 : 0u) | (OPC_RM(code) ? 15u << 18 : 0u) |                          \
     (MATCH_MOD(code, kinds) ? 3u << 22 : 0u) | (OPC_W(code) ? 3u << 24 : 0u) |                    \
     (OPC_L(code) ? 3u << 28 : 0u) | ((attrs) & (A_NO64 | A_ONLY64) ? MATCH_64 : 0u))
#define MATCH_VALUE(code, kinds, attrs)                                                            \
    (((code)&MATCH_FIELDS) | MATCH_MOD(code, kinds) << 22 |                                        \
     (OPC_PREFIX(code) == OPC_PREFIX(P66) ? MATCH_66 : 0u) |                                       \
     (OPC_PREFIX(code) == OPC_PREFIX(PF3) ? MATCH_REP(REP_F3) : 0u) |                              \
     (OPC_PREFIX(code) == OPC_PREFIX(PF2) ? MATCH_REP(REP_F2) : 0u) |                              \
     ((attrs)&A_ONLY64 ? MATCH_64 : 0u) |                                                          \
     ((code) & (MODRM | 15u << 14 | 3u << 22) || (kinds)&KINDS_MODRM ? MATCH_MODRM : 0u))

/* Does the instruction have a ModRM byte? */
static inline bool row_has_modrm(const struct row *row)
{
    return row->match & MATCH_MODRM;
}

#endif
