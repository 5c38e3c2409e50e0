/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/images.h - the firmware and the tour kernel, as they are built into the emulator.
 * The symbol texts have one line each, as `nm` prints them: linear address in hex, type, name.
 */
#ifndef BIOS_IMAGES_H
#define BIOS_IMAGES_H

/* 128 KiB; the last byte belongs at FFFFFFFFh and FFFFFh. */
extern const unsigned char bios_image[];
extern const unsigned bios_image_size;
extern const char bios_symbols[];        /* ended by NUL */
extern const unsigned bios_symbols_size; /* without the NUL */

/* The DSDT, with its checksum. */
extern const unsigned char dsdt_image[];
extern const unsigned dsdt_image_size;

/* Flat image for 7C00h, entered there in real mode. */
extern const unsigned char tour_image[];
extern const unsigned tour_image_size;
extern const char tour_symbols[];
extern const unsigned tour_symbols_size;
/* A boot sector that reads it from a diskette or disk: tour/sector.asm. */
extern const unsigned char tour_sector_image[];
extern const unsigned tour_sector_image_size;

#endif
