/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/i440fx.h - 82441FX host bridge: what the processor sees between A0000h and FFFFFh. Its PAM
 * registers choose, for each piece from C0000h on, RAM or ROM, for reading and writing apart
 * ("shadow RAM"); its SMRAM register who sees the RAM behind the VGA's window.
 */
#ifndef IODEV_I440FX_H
#define IODEV_I440FX_H

#include "iodev/pci.h"

enum {
    I440FX_PAM_FIRST = 0xc0000,
    I440FX_PAM_PIECE = 0x4000, /* the last is four of them */
    I440FX_PAM_PIECES = 16,
    I440FX_SMRAM_FIRST = 0xa0000,
    I440FX_SMRAM_BYTES = 0x20000,
};

struct i440fx {
    struct device dev;
    struct pci_function pci;
    bool smm;                              /* the processor is in system-management mode */
    bool smram_shown;                      /* the RAM is seen instead of the VGA */
    uint8_t attribute[I440FX_PAM_PIECES];  /* as mapped: bit 0 reads, bit 1 writes RAM */
    const uint8_t *rom[I440FX_PAM_PIECES]; /* what the bus has there, or NULL */
    uint8_t *blank;                        /* what is read where it has nothing */
    struct space *memory;
    /* Plugged in by the board. */
    void (*show_smram)(void *context, bool shown);
    /* Other bytes are read here from now on. */
    void (*memory_changed)(void *context, uint64_t first, uint64_t bytes);
    void *context;
};

extern const struct device_class i440fx_class;

/* Take over C0000h-FFFFFh of this memory, whose RAM is behind it. */
void i440fx_setup(struct i440fx *bridge, struct pci_bus *bus);
/* ROM on the bus, at whole pieces; owned by the caller. */
void i440fx_set_rom(struct i440fx *bridge, uint32_t first, uint32_t bytes, const uint8_t *rom);
/* The processor enters or leaves system-management mode. */
void i440fx_set_smm(struct i440fx *bridge, bool active);

#endif
