/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bios/far.h - memory outside our own segment, for 16-bit code. FS is ours: int_common saves it. */
#ifndef BIOS_FAR_H
#define BIOS_FAR_H

#include "bios.h"

static inline uint8_t far_read8(uint16_t segment, uint32_t offset)
{
    uint8_t value;

    __asm__ volatile("movw %1, %%fs\n\tmovb %%fs:(%2), %0"
                     : "=q"(value)
                     : "r"(segment), "r"(offset)
                     : "memory");
    return value;
}

static inline uint16_t far_read16(uint16_t segment, uint32_t offset)
{
    uint16_t value;

    __asm__ volatile("movw %1, %%fs\n\tmovw %%fs:(%2), %0"
                     : "=r"(value)
                     : "r"(segment), "r"(offset)
                     : "memory");
    return value;
}

static inline uint32_t far_read32(uint16_t segment, uint32_t offset)
{
    uint32_t value;

    __asm__ volatile("movw %1, %%fs\n\tmovl %%fs:(%2), %0"
                     : "=r"(value)
                     : "r"(segment), "r"(offset)
                     : "memory");
    return value;
}

static inline void far_write8(uint16_t segment, uint32_t offset, uint8_t value)
{
    __asm__ volatile("movw %1, %%fs\n\tmovb %0, %%fs:(%2)"
                     :
                     : "q"(value), "r"(segment), "r"(offset)
                     : "memory");
}

static inline void far_write16(uint16_t segment, uint32_t offset, uint16_t value)
{
    __asm__ volatile("movw %1, %%fs\n\tmovw %0, %%fs:(%2)"
                     :
                     : "r"(value), "r"(segment), "r"(offset)
                     : "memory");
}

static inline void far_write32(uint16_t segment, uint32_t offset, uint32_t value)
{
    __asm__ volatile("movw %1, %%fs\n\tmovl %0, %%fs:(%2)"
                     :
                     : "r"(value), "r"(segment), "r"(offset)
                     : "memory");
}

/* Fill or copy `count` words in one segment; a copy goes upwards. */
static inline void far_fill16(uint16_t segment, uint32_t to, uint16_t value, uint32_t count)
{
    __asm__ volatile("pushw %%es\n\tmovw %2, %%es\n\trep stosw\n\tpopw %%es"
                     : "+D"(to), "+c"(count)
                     : "r"(segment), "a"(value)
                     : "memory");
}

static inline void far_copy16(uint16_t segment, uint32_t to, uint32_t from, uint32_t count)
{
    __asm__ volatile("pushw %%ds\n\tpushw %%es\n\tmovw %3, %%ds\n\tmovw %3, %%es\n\trep movsw\n\t"
                     "popw %%es\n\tpopw %%ds"
                     : "+D"(to), "+S"(from), "+c"(count)
                     : "r"(segment)
                     : "memory");
}

/* Copy bytes upwards, from one segment to another. */
static inline void far_copy8(uint16_t to_segment, uint32_t to, uint16_t from_segment, uint32_t from,
                             uint32_t count)
{
    __asm__ volatile("pushw %%ds\n\tpushw %%es\n\tmovw %3, %%es\n\tmovw %4, %%ds\n\trep movsb\n\t"
                     "popw %%es\n\tpopw %%ds"
                     : "+D"(to), "+S"(from), "+c"(count)
                     : "r"(to_segment), "r"(from_segment)
                     : "memory");
}

static inline void far_fill8(uint16_t segment, uint32_t to, uint8_t value, uint32_t count)
{
    __asm__ volatile("pushw %%es\n\tmovw %2, %%es\n\trep stosb\n\tpopw %%es"
                     : "+D"(to), "+c"(count)
                     : "r"(segment), "a"(value)
                     : "memory");
}

/* A real-mode program's, in virtual-8086 mode: HLT is not ours there, nor are physical addresses. */
static inline bool in_protected_mode(void)
{
    uint16_t word;

    __asm__ volatile("smsw %0" : "=r"(word));
    return word & 1;
}

#define BDA_SEGMENT 0x40

static inline uint8_t bda_read8(uint32_t offset)
{
    return far_read8(BDA_SEGMENT, offset);
}

static inline uint16_t bda_read16(uint32_t offset)
{
    return far_read16(BDA_SEGMENT, offset);
}

static inline uint32_t bda_read32(uint32_t offset)
{
    return far_read32(BDA_SEGMENT, offset);
}

static inline void bda_write8(uint32_t offset, uint8_t value)
{
    far_write8(BDA_SEGMENT, offset, value);
}

static inline void bda_write16(uint32_t offset, uint16_t value)
{
    far_write16(BDA_SEGMENT, offset, value);
}

static inline void bda_write32(uint32_t offset, uint32_t value)
{
    far_write32(BDA_SEGMENT, offset, value);
}

#endif
