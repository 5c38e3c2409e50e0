/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/host_x86_64.h - the host encoder: x86-64 instructions as bytes. Source: SDM Vol. 2A,
 * "Instruction Format".
 */
#ifndef CPU_TB_HOST_X86_64_H
#define CPU_TB_HOST_X86_64_H

#include "util/bits.h"

/* Host registers, as encoded. */
enum host_reg {
    H_RAX,
    H_RCX,
    H_RDX,
    H_RBX,
    H_RSP,
    H_RBP,
    H_RSI,
    H_RDI,
    H_R8,
    H_R9,
    H_R10,
    H_R11,
    H_R12,
    H_R13,
    H_R14,
    H_R15,
    H_NONE = 0xff
};

/* Condition codes, as in Jcc. */
enum host_cc {
    CC_O,
    CC_NO,
    CC_B,
    CC_AE,
    CC_E,
    CC_NE,
    CC_BE,
    CC_A,
    CC_S,
    CC_NS,
    CC_P,
    CC_NP,
    CC_L,
    CC_GE,
    CC_LE,
    CC_G
};

/* A register or memory operand. Memory without base and index is an absolute 32-bit address. */
struct host_rm {
    uint8_t reg;         /* H_NONE: memory */
    uint8_t base, index; /* H_NONE: none; index is never RSP */
    uint8_t scale;       /* log2 */
    int32_t disp;
};

/* Where code is written. `p` is the writable address; what it will be executed at is p + delta. */
struct host_code {
    uint8_t *p, *end; /* at most `end`: past it nothing is stored and `full` is set */
    int64_t delta;
    bool full;
};

static inline struct host_rm rm_reg(unsigned reg)
{
    return (struct host_rm){ .reg = (uint8_t)reg, .base = H_NONE, .index = H_NONE };
}

static inline struct host_rm rm_mem(unsigned base, int32_t disp)
{
    return (struct host_rm){ H_NONE, (uint8_t)base, H_NONE, 0, disp };
}

static inline struct host_rm rm_abs(const volatile void *p)
{
    return (struct host_rm){ H_NONE, H_NONE, H_NONE, 0, (int32_t)(uintptr_t)p };
}

static inline bool rm_is_reg(struct host_rm rm)
{
    return rm.reg != H_NONE;
}

static inline void put8(struct host_code *c, unsigned byte)
{
    *c->p++ = (uint8_t)byte;
}

static inline void put32(struct host_code *c, uint32_t value)
{
    store_le32(c->p, value);
    c->p += 4;
}

static inline void put64(struct host_code *c, uint64_t value)
{
    store_le64(c->p, value);
    c->p += 8;
}

static inline uint64_t host_address(const struct host_code *c)
{
    return (uint64_t)(uintptr_t)c->p + (uint64_t)c->delta;
}

/* ModRM, SIB and displacement at p; where it ends. Bytes go through a pointer of the caller's own: one
 * in memory would have to be read again after each, for all the compiler knows. */
static inline uint8_t *modrm_at(uint8_t *p, unsigned reg, struct host_rm rm)
{
    unsigned r = (reg & 7) << 3;
    unsigned sib_index =
        rm.index == H_NONE ? 4u << 3 : (unsigned)rm.scale << 6 | (rm.index & 7u) << 3;

    if (rm_is_reg(rm)) {
        *p++ = (uint8_t)(0xc0 | r | (rm.reg & 7));
    } else if (rm.base == H_NONE) { /* [disp32] or [index * scale + disp32] */
        *p++ = (uint8_t)(r | 4);
        *p++ = (uint8_t)(5 | sib_index);
        store_le32(p, (uint32_t)rm.disp);
        p += 4;
    } else {
        unsigned mod = rm.disp == 0 && (rm.base & 7) != 5 ? 0 : rm.disp == (int8_t)rm.disp ? 1 : 2;
        bool sib = rm.index != H_NONE || (rm.base & 7) == 4;

        *p++ = (uint8_t)(mod << 6 | r | (sib ? 4 : rm.base & 7));
        if (sib)
            *p++ = (uint8_t)(sib_index | (rm.base & 7));
        store_le32(p, (uint32_t)rm.disp);
        p += mod == 2 ? 4 : mod;
    }
    return p;
}

static inline void put_modrm(struct host_code *c, unsigned reg, struct host_rm rm)
{
    c->p = modrm_at(c->p, reg, rm);
}

static inline unsigned rex_bits(unsigned reg, struct host_rm rm)
{
    unsigned rex = reg & 8 ? 4 : 0;

    if (rm_is_reg(rm))
        return rex | (rm.reg & 8 ? 1 : 0);
    if (rm.base != H_NONE && rm.base & 8)
        rex |= 1;
    if (rm.index != H_NONE && rm.index & 8)
        rex |= 2;
    return rex;
}

/*
 * An instruction with ModRM. `opcode`: bytes with their escape, 0x0fXX, 0x0f38XX, 0x0f3aXX; bits
 * 24-31 a mandatory prefix. `wide` sets REX.W; `byte_regs`: bit 0 reg, bit 1 rm are byte registers
 * that need REX for SPL BPL SIL DIL.
 */
static inline void put_op(struct host_code *c, unsigned opcode, bool wide, unsigned reg,
                          struct host_rm rm, unsigned byte_regs)
{
    unsigned rex = rex_bits(reg, rm) | (wide ? 8 : 0);
    uint8_t *p = c->p;

    if (opcode >> 24)
        *p++ = (uint8_t)(opcode >> 24);
    if ((byte_regs & 1 && reg >= 4 && reg < 8) ||
        (byte_regs & 2 && rm_is_reg(rm) && rm.reg >= 4 && rm.reg < 8))
        rex |= 0x40;
    if (rex)
        *p++ = (uint8_t)(0x40 | rex);
    if (opcode & 0xff0000)
        *p++ = (uint8_t)(opcode >> 16);
    if (opcode & 0xffff00)
        *p++ = (uint8_t)(opcode >> 8);
    *p++ = (uint8_t)opcode;
    c->p = modrm_at(p, reg, rm);
}

/* The same for an operation of `size` bytes (1, 2, 4, 8) whose byte form is `opcode`, the others
 * opcode + 1. */
static inline void put_sized(struct host_code *c, unsigned opcode, unsigned size, unsigned reg,
                             struct host_rm rm)
{
    if (size == 2)
        put8(c, 0x66);
    put_op(c, size == 1 ? opcode : opcode + 1, size == 8, reg, rm, size == 1 ? 3 : 0);
}

static inline void put_mov_imm(struct host_code *c, unsigned reg, uint64_t value)
{
    if (value == (uint32_t)value) {
        if (reg & 8)
            put8(c, 0x41);
        put8(c, 0xb8 | (reg & 7));
        put32(c, (uint32_t)value);
    } else if ((uint64_t)(int64_t)(int32_t)value == value) {
        put_op(c, 0xc7, true, 0, rm_reg(reg), 0);
        put32(c, (uint32_t)value);
    } else {
        put8(c, reg & 8 ? 0x49 : 0x48);
        put8(c, 0xb8 | (reg & 7));
        put64(c, value);
    }
}

static inline void put_load(struct host_code *c, unsigned size, unsigned reg, struct host_rm rm)
{
    if (size == 1)
        put_op(c, 0x0fb6, false, reg, rm, 2);
    else if (size == 2)
        put_op(c, 0x0fb7, false, reg, rm, 0);
    else
        put_op(c, 0x8b, size == 8, reg, rm, 0);
}

static inline void put_store(struct host_code *c, unsigned size, struct host_rm rm, unsigned reg)
{
    put_sized(c, 0x88, size, reg, rm);
}

/* An immediate store of `size` bytes; 8: sign-extended from 32 bits. */
static inline void put_store_imm(struct host_code *c, unsigned size, struct host_rm rm,
                                 uint64_t value)
{
    put_sized(c, 0xc6, size, 0, rm);
    if (size == 1) {
        put8(c, (unsigned)value & 0xff);
    } else if (size == 2) {
        put8(c, (unsigned)value & 0xff);
        put8(c, (unsigned)value >> 8 & 0xff);
    } else {
        put32(c, (uint32_t)value);
    }
}

/* ALU operation `n` (0 ADD OR ADC SBB AND SUB XOR CMP) with an immediate that fits 32 bits signed. */
static inline void put_alu_imm(struct host_code *c, unsigned n, unsigned size, struct host_rm rm,
                               int32_t value)
{
    if (size == 2)
        put8(c, 0x66);
    if (size == 1) {
        put_op(c, 0x80, false, n, rm, 2);
        put8(c, (uint8_t)value);
    } else if (value == (int8_t)value) {
        put_op(c, 0x83, size == 8, n, rm, 0);
        put8(c, (uint8_t)value);
    } else {
        put_op(c, 0x81, size == 8, n, rm, 0);
        put32(c, (uint32_t)value);
        if (size == 2)
            c->p -= 2;
    }
}

/* ALU operation `n`: rm := rm op reg; and reg := reg op rm. */
static inline void put_alu_store(struct host_code *c, unsigned n, unsigned size, struct host_rm rm,
                                 unsigned reg)
{
    put_sized(c, n << 3, size, reg, rm);
}

static inline void put_alu(struct host_code *c, unsigned n, unsigned size, unsigned reg,
                           struct host_rm rm)
{
    put_sized(c, n << 3 | 2, size, reg, rm);
}

enum { ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP };

/* rel32 branches to a place that is known, or 0 and patched later: they return the place of the
 * displacement. */
static inline uint8_t *put_jcc(struct host_code *c, unsigned cc)
{
    put8(c, 0x0f);
    put8(c, 0x80 | cc);
    put32(c, 0);
    return c->p - 4;
}

static inline uint8_t *put_jmp(struct host_code *c)
{
    put8(c, 0xe9);
    put32(c, 0);
    return c->p - 4;
}

static inline uint8_t *put_call(struct host_code *c)
{
    put8(c, 0xe8);
    put32(c, 0);
    return c->p - 4;
}

/* Let the rel32 at `place` lead to `to` (both writable addresses). */
static inline void patch_rel32(uint8_t *place, const uint8_t *to)
{
    store_le32(place, (uint32_t)(to - (place + 4)));
}

#endif
