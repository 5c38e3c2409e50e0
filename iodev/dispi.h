/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/dispi.h - ports, registers and bits of the display interface, for the device and, as copies that
 * bios/sources.am makes for C and for NASM, for the firmware: nothing but constants, one a line.
 * Source: Bochs, "VBE DISPI interface".
 */
#ifndef IODEV_DISPI_H
#define IODEV_DISPI_H

enum {
    DISPI_PORT_INDEX = 0x1ce,
    DISPI_PORT_DATA = 0x1cf,
};

/* Registers. */
enum {
    DISPI_ID = 0,
    DISPI_XRES = 1,
    DISPI_YRES = 2,
    DISPI_BPP = 3,
    DISPI_ENABLE = 4,
    DISPI_BANK = 5,
    DISPI_VIRT_WIDTH = 6,
    DISPI_VIRT_HEIGHT = 7,
    DISPI_X_OFFSET = 8,
    DISPI_Y_OFFSET = 9,
    DISPI_MEMORY = 10, /* in units of 64 KiB */
};

/* Bits of DISPI_ENABLE. */
enum {
    DISPI_ENABLED = 0x01,
    DISPI_GET_CAPS = 0x02,
    DISPI_8BIT_DAC = 0x20,
    DISPI_LFB_ENABLED = 0x40,
    DISPI_NO_CLEAR = 0x80,
};

#endif
