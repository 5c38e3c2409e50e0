/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bios/io.h - port I/O and the few ports that several parts use. */
#ifndef BIOS_IO_H
#define BIOS_IO_H

#include <stdint.h>

#define PORT_PIC1 0x20
#define PORT_PIC1_MASK 0x21
#define PORT_PIT0 0x40
#define PORT_PIT_COMMAND 0x43
#define PORT_KBD_DATA 0x60
#define PORT_KBD_STATUS 0x64
#define PORT_CMOS_INDEX 0x70
#define PORT_CMOS_DATA 0x71
#define PORT_A20 0x92
#define PORT_PIC2 0xa0
#define PORT_PIC2_MASK 0xa1
#define PORT_DMA2_MASK 0xd4
#define PORT_DMA2_MODE 0xd6
#define PORT_COM1 0x3f8
#define PORT_CRTC 0x3d4

#define PIC_EOI 0x20

enum cmos_register {
    CMOS_SECONDS = 0x00,
    CMOS_MINUTES = 0x02,
    CMOS_HOURS = 0x04,
    CMOS_DAY = 0x07,
    CMOS_MONTH = 0x08,
    CMOS_YEAR = 0x09,
    CMOS_A = 0x0a,
    CMOS_B = 0x0b,
    CMOS_C = 0x0c,
    CMOS_D = 0x0d,
    CMOS_DISKETTES = 0x10,
    CMOS_CENTURY = 0x32,
};

#define CMOS_B_24_HOURS 0x02
#define CMOS_B_PERIODIC 0x40
#define CMOS_B_HOLD 0x80

static inline void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void out16(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline void out32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory"); /* may start DMA */
}

static inline uint8_t in8(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint16_t in16(uint16_t port)
{
    uint16_t value;

    __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint32_t in32(uint16_t port)
{
    uint32_t value;

    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint8_t cmos_read(uint8_t index)
{
    out8(PORT_CMOS_INDEX, index);
    return in8(PORT_CMOS_DATA);
}

static inline void cmos_write(uint8_t index, uint8_t value)
{
    out8(PORT_CMOS_INDEX, index);
    out8(PORT_CMOS_DATA, value);
}

#endif
